#include "crypto/digest.h"
#include "message_parts.h"

/* What metrics group by. Nothing is refused here: what is of another type than it should be is not told. */

#define GROUPS_MAX 4 /* terms beside those of the lines */

/** ISO 3166 codes, and names as they come: in upper case, so that "de" and "DE" are one. */
static struct span country_read(const struct reading *r)
{
    static const struct span names[] = {SCAN_NAME("country")};
    size_t token = r->properties[PROPERTY_COUNTRY];
    size_t location = r->context[CONTEXT_LOCATION];
    if (token == 0 && location != 0 && scan_type(r->scan, location) == TOKEN_OBJECT) {
        scan_members(r->scan, location, names, COUNT_OF(names), &token);
    }
    if (token == 0 || scan_type(r->scan, token) != TOKEN_STRING) {
        return (struct span){"", 0};
    }
    struct span text = reading_start(reading_trim(scan_string(r->arena, r->scan, token)), TOUCH_BYTES_MAX);
    char *upper = arena_alloc(r->arena, text.n);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        upper[i] = (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
    }
    return (struct span){upper, text.n};
}

static bool has_reason(enum event_kind kind)
{
    return kind == EVENT_SUBSCRIPTION_CANCELLED || kind == EVENT_CUSTOMER_CHURNED;
}

static bool is_inquiry(enum event_kind kind)
{
    return kind == EVENT_COMPLAINT_OPENED || kind == EVENT_COMPLAINT_RESOLVED || kind == EVENT_SUPPORT_REQUESTED ||
           kind == EVENT_SUPPORT_ANSWERED;
}

static uint64_t inquiry_read(const struct reading *r)
{
    static const enum property ids[] = {PROPERTY_COMPLAINT_ID, PROPERTY_TICKET_ID, PROPERTY_REQUEST_ID, PROPERTY_ID};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct span id = reading_text(r, r->properties[ids[i]]);
        if (id.n != 0) {
            return hash_text(id);
        }
    }
    return 0;
}

static uint64_t term_add(struct term *terms, size_t *n, struct span text)
{
    if (text.n == 0) {
        return 0;
    }
    terms[*n] = (struct term){hash_text(text), text, {"", 0}};
    return terms[(*n)++].hash;
}

void message_groups_read(const struct reading *r, struct event *event)
{
    struct term *terms = ARENA_ARRAY(r->arena, struct term, event->n_terms + GROUPS_MAX);
    size_t n = event->n_terms;
    if (n != 0) {
        memcpy(terms, event->terms, n * sizeof(*terms));
    }
    const struct touch *touch = &event->touch;
    event->by_channel = term_add(terms, &n, touch->channel.n != 0 ? touch->channel : touch->source);
    event->by_campaign = term_add(terms, &n, touch->campaign);
    event->by_country = term_add(terms, &n, country_read(r));
    if (has_reason(event->kind)) {
        event->by_reason = term_add(terms, &n, event->reason.n != 0 ? event->reason : span_of(REASON_UNSPECIFIED));
    }
    event->inquiry = is_inquiry(event->kind) ? inquiry_read(r) : 0;
    event->terms = terms;
    event->n_terms = n;
}
