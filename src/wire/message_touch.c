#include "address.h"
#include "crypto/digest.h"
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
            event->channel = channel.n == 0 ? 0 : hash_text(channel);
            event->touch.channel = reading_start(channel, TOUCH_BYTES_MAX);
        }
    }
}

/* --- campaigns --- */

/** The campaign of the page's `search`, else of its `url`. */
static struct utm page_read(const struct reading *r)
{
    static const struct span names[] = {SCAN_NAME("search"), SCAN_NAME("url")};
    struct utm utm = {.campaign = {"", 0}};
    size_t page = r->context[CONTEXT_PAGE];
    size_t tokens[COUNT_OF(names)];
    if (page == 0 || scan_type(r->scan, page) != TOKEN_OBJECT) {
        return utm;
    }
    scan_members(r->scan, page, names, COUNT_OF(names), tokens);
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        bool is_string = tokens[i] != 0 && scan_type(r->scan, tokens[i]) == TOKEN_STRING;
        if (is_string && utm.campaign.n == 0 && utm.source.n == 0 && utm.medium.n == 0) {
            utm = address_utm(r->arena, scan_string(r->arena, r->scan, tokens[i]));
        }
    }
    return utm;
}

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
        struct utm utm = page_read(r);
        touch->campaign = reading_start(reading_trim(utm.campaign), TOUCH_BYTES_MAX);
        touch->source = reading_start(reading_trim(utm.source), TOUCH_BYTES_MAX);
        touch->medium = reading_start(reading_trim(utm.medium), TOUCH_BYTES_MAX);
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
