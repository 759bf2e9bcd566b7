#include "crypto/digest.h"
#include "escape.h"
#include "message_parts.h"

/** The text of a string, trimmed and not too long; n = 0 when ${token} is anything else. */
static struct span text_read(const struct reading *r, size_t token)
{
    if (token == 0 || scan_type(r->scan, token) != TOKEN_STRING) {
        return (struct span){"", 0};
    }
    return reading_start(reading_trim(scan_string(r->arena, r->scan, token)), TOUCH_BYTES_MAX);
}

static void channel_read(const struct reading *r, struct event *event)
{
    size_t tokens[] = {r->context[CONTEXT_CHANNEL], r->properties[PROPERTY_CHANNEL]};
    for (size_t i = 0; i < COUNT_OF(tokens) && event->channel == 0; i++) {
        if (tokens[i] != 0 && scan_type(r->scan, tokens[i]) == TOKEN_STRING) {
            struct span channel = reading_lower(r, scan_string(r->arena, r->scan, tokens[i]));
            event->channel = channel.n == 0 ? 0 : hash64(channel);
            event->touch.channel = reading_start(channel, TOUCH_BYTES_MAX);
        }
    }
}

/* --- the parameters of a page's address --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/** Is this UTF-8 without control characters? */
static bool is_text(struct span text)
{
    for (size_t i = 0; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        size_t n = c < 0x80 ? (c >= 0x20 && c != 0x7f) : escape_utf8_size(text.p + i, text.p + text.n);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}

/** The value of a parameter: '+' and "%XX" undone, trimmed, not too long; n = 0 when that is no text. */
static struct span parameter_read(const struct reading *r, struct span value)
{
    char *text = arena_alloc(r->arena, value.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '%' && i + 2 < value.n && hex_digit(value.p[i + 1]) >= 0 && hex_digit(value.p[i + 2]) >= 0) {
            c = (char)(hex_digit(value.p[i + 1]) << 4 | hex_digit(value.p[i + 2]));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        text[n++] = c;
    }
    struct span all = {text, n};
    return is_text(all) ? reading_start(reading_trim(all), TOUCH_BYTES_MAX) : (struct span){"", 0};
}

/** Cuts ${text} at the first ${mark}: what was before it. ${text} is what follows, empty when there is no
 * mark. */
static struct span take_until(struct span *text, char mark)
{
    const char *at = text->n == 0 ? NULL : memchr(text->p, mark, text->n);
    struct span before = {text->p, at == NULL ? text->n : (size_t)(at - text->p)};
    size_t taken = at == NULL ? text->n : before.n + 1;
    text->p += taken;
    text->n -= taken;
    return before;
}

/** Of repeated parameters the first that says something counts. */
static void parameters_read(const struct reading *r, struct span query, struct touch *touch)
{
    while (query.n != 0) {
        struct span value = take_until(&query, '&');
        struct span name = take_until(&value, '=');
        struct span *to = span_is(name, "utm_campaign") ? &touch->campaign
                          : span_is(name, "utm_source") ? &touch->source
                          : span_is(name, "utm_medium") ? &touch->medium
                                                        : NULL;
        if (to != NULL && to->n == 0) {
            *to = parameter_read(r, value);
        }
    }
}

/** The query of the page: `search`, else that of its `url`. */
static struct span query_read(const struct reading *r)
{
    static const struct span names[] = {SCAN_NAME("search"), SCAN_NAME("url")};
    size_t page = r->context[CONTEXT_PAGE];
    size_t tokens[COUNT_OF(names)];
    if (page == 0 || scan_type(r->scan, page) != TOKEN_OBJECT) {
        return (struct span){"", 0};
    }
    scan_members(r->scan, page, names, COUNT_OF(names), tokens);
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        if (tokens[i] != 0 && scan_type(r->scan, tokens[i]) == TOKEN_STRING) {
            struct span rest = scan_string(r->arena, r->scan, tokens[i]);
            struct span query = take_until(&rest, '#');
            take_until(&query, '?');
            if (query.n != 0) {
                return query;
            }
        }
    }
    return (struct span){"", 0};
}

/* --- campaigns --- */

static void campaign_read(const struct reading *r, struct touch *touch)
{
    static const struct span names[] = {SCAN_NAME("name"), SCAN_NAME("source"), SCAN_NAME("medium")};
    size_t campaign = r->context[CONTEXT_CAMPAIGN];
    if (campaign != 0 && scan_type(r->scan, campaign) == TOKEN_OBJECT) {
        size_t tokens[COUNT_OF(names)];
        scan_members(r->scan, campaign, names, COUNT_OF(names), tokens);
        touch->campaign = text_read(r, tokens[0]);
        touch->source = text_read(r, tokens[1]);
        touch->medium = text_read(r, tokens[2]);
    }
    if (touch->campaign.n == 0 && touch->source.n == 0 && touch->medium.n == 0) {
        parameters_read(r, query_read(r), touch);
    }
    touch->source = reading_lower(r, touch->source);
    touch->medium = reading_lower(r, touch->medium);
}

void message_touch_read(const struct reading *r, struct event *event)
{
    event->channel = 0;
    event->touch =
        (struct touch){.channel = {"", 0}, .campaign = {"", 0}, .source = {"", 0}, .medium = {"", 0}};
    channel_read(r, event);
    campaign_read(r, &event->touch);
    if (event->kind == EVENT_CAMPAIGN_TOUCHED && r->properties[PROPERTY_CAMPAIGN] != 0) {
        struct span campaign = text_read(r, r->properties[PROPERTY_CAMPAIGN]);
        event->touch.campaign = campaign.n == 0 ? event->touch.campaign : campaign;
    }
    event->touch.locale = text_read(r, r->context[CONTEXT_LOCALE]);
}
