#include "core/state.h"
#include "message_parts.h"
#include "wire/message.h"

#include <stdlib.h>

#define TRAIT_NAME_MAX 100
#define POINTS_MAX     INT64_C(1000000000000)
#define REASON_MAX     255

/* a message is too small to hold more than a customer may */
_Static_assert(MESSAGE_BYTES_MAX <= TRAITS_BYTES_MAX, "traits of one message fit");

/* --- traits --- */

struct numbered_trait {
    struct trait trait;
    size_t key; /* of equal names the last wins */
};

static int compare_traits(const void *a, const void *b)
{
    const struct numbered_trait *one = a;
    const struct numbered_trait *other = b;
    int c = span_compare(one->trait.name, other->trait.name);
    return c != 0 ? c : (one->key > other->key) - (one->key < other->key);
}

enum status message_traits_read(const struct reading *r, struct event *event)
{
    size_t object = r->members[MEMBER_TRAITS];
    if (object == 0) {
        return STATUS_OK;
    }
    struct numbered_trait *all = NULL;
    size_t n = 0;
    size_t capacity = 0;
    for (size_t key = object + 1; key < scan_next(r->scan, object); key = scan_next(r->scan, key + 1)) {
        struct span name = scan_string(r->arena, r->scan, key);
        if (name.n > TRAIT_NAME_MAX) {
            return reading_refuse(r, STATUS_TOO_LARGE, "/traits", "a trait's name has at most %d bytes",
                                  TRAIT_NAME_MAX);
        }
        bool is_removed = scan_type(r->scan, key + 1) == TOKEN_NULL;
        struct span json = is_removed ? (struct span){"", 0} : scan_raw(r->scan, key + 1);
        all = arena_grow(r->arena, all, n, &capacity, sizeof(*all));
        all[n++] = (struct numbered_trait){.trait = {.name = name, .json = json}, .key = key};
    }
    if (n == 0) {
        return STATUS_OK;
    }
    qsort(all, n, sizeof(*all), compare_traits);
    struct trait *traits = ARENA_ARRAY(r->arena, struct trait, n < TRAITS_MAX ? n : TRAITS_MAX);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && span_equal(all[i].trait.name, all[i + 1].trait.name)) {
            continue;
        }
        if (kept == TRAITS_MAX) {
            return reading_refuse(r, STATUS_TOO_MANY, "/traits", "more than %d traits", TRAITS_MAX);
        }
        traits[kept] = all[i].trait;
        if (traits[kept].json.n != 0) {
            trait_value(r->arena, &traits[kept]);
        }
        kept++;
    }
    event->traits = traits;
    event->n_traits = kept;
    return STATUS_OK;
}

/* --- track events that are not about orders --- */

/** A whole number from ${least} to ${most}. */
static enum status whole_read(const struct reading *r, enum property property, int64_t least, int64_t most,
                              int64_t *out)
{
    const char *pointer = property_pointer(property);
    struct decimal number;
    if (r->properties[property] == 0) {
        return reading_refuse(r, STATUS_MISSING_MEMBER, pointer, "is missing");
    }
    enum status status = reading_decimal(r, r->properties[property], pointer, STATUS_INVALID_VALUE, &number);
    if (status != STATUS_OK) {
        return status;
    }
    if (number.scale != 0 || number.digits < least || number.digits > most) {
        return reading_refuse(r, STATUS_INVALID_VALUE, pointer, "must be a whole number from %lld to %lld",
                              (long long)least, (long long)most);
    }
    *out = number.digits;
    return STATUS_OK;
}

enum status message_survey_read(const struct reading *r, struct event *event)
{
    const char *pointer = property_pointer(PROPERTY_KIND);
    size_t token = r->properties[PROPERTY_KIND];
    if (token == 0) {
        return reading_refuse(r, STATUS_MISSING_MEMBER, pointer, "kind is missing: nps or csat");
    }
    if (scan_type(r->scan, token) != TOKEN_STRING) {
        return reading_refuse(r, STATUS_WRONG_TYPE, pointer, "kind must be a string");
    }
    struct span kind = reading_lower(r, scan_string(r->arena, r->scan, token));
    event->score_is_nps = span_is(kind, "nps");
    if (!event->score_is_nps && !span_is(kind, "csat")) {
        return reading_refuse(r, STATUS_INVALID_VALUE, pointer, "kind must be nps or csat");
    }
    int64_t score = 0;
    enum status status = event->score_is_nps ? whole_read(r, PROPERTY_SCORE, 0, 10, &score)
                                             : whole_read(r, PROPERTY_SCORE, 1, 5, &score);
    event->score = (int)score;
    return status;
}

enum status message_points_read(const struct reading *r, struct event *event)
{
    bool is_amount = r->properties[PROPERTY_POINTS] == 0 && r->properties[PROPERTY_AMOUNT] != 0;
    return whole_read(r, is_amount ? PROPERTY_AMOUNT : PROPERTY_POINTS, 0, POINTS_MAX, &event->points);
}

enum status message_reason_read(const struct reading *r, struct event *event)
{
    size_t token = r->properties[PROPERTY_REASON];
    if (token != 0 && scan_type(r->scan, token) != TOKEN_STRING) {
        return reading_refuse(r, STATUS_WRONG_TYPE, property_pointer(PROPERTY_REASON),
                              "reason must be a string");
    }
    event->reason = reading_start(reading_text(r, token), REASON_MAX);
    return STATUS_OK;
}

enum status message_campaign_read(const struct reading *r, struct event *event)
{
    (void)event; /* checked only: message_touch_read() reads them, of this event and others */
    static const enum property strings[] = {PROPERTY_CAMPAIGN, PROPERTY_CHANNEL};
    for (size_t i = 0; i < COUNT_OF(strings); i++) {
        size_t token = r->properties[strings[i]];
        if (token != 0 && scan_type(r->scan, token) != TOKEN_STRING) {
            return reading_refuse(r, STATUS_WRONG_TYPE, property_pointer(strings[i]), "must be a string");
        }
    }
    return STATUS_OK;
}
