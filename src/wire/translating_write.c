#include "translating.h"

#include "base/time.h"
#include "crypto/digest.h"

#include <inttypes.h>
#include <stdio.h>

static void next_place(struct translating *t, const char *name)
{
    char last = t->out.p[t->out.n - 1];
    if (last != '{' && last != '[')
        buf_char(&t->out, ',');
    if (name) {
        buf_json_string(&t->out, span_of(name));
        buf_char(&t->out, ':');
    }
}

void message_open(struct translating *t, const char *name, char bracket)
{
    next_place(t, name);
    buf_char(&t->out, bracket);
}

void message_close(struct translating *t, char bracket)
{
    buf_char(&t->out, bracket);
}

void message_text(struct translating *t, const char *name, struct span text)
{
    if (text.n == 0)
        return;
    next_place(t, name);
    buf_json_string(&t->out, text);
}

void message_bool(struct translating *t, const char *name, bool value)
{
    next_place(t, name);
    buf_text(&t->out, value ? "true" : "false");
}

void message_null(struct translating *t, const char *name)
{
    next_place(t, name);
    buf_text(&t->out, "null");
}

void message_decimal(struct translating *t, const char *name, struct decimal value)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%0*lld", value.scale + 1 + (value.digits < 0),
                     (long long)value.digits);
    int whole = n - value.scale;
    next_place(t, name);
    buf_printf(&t->out, value.scale ? "\"%.*s.%s\"" : "\"%.*s%s\"", whole, digits, digits + whole);
}

void message_number(struct translating *t, const char *name, size_t token)
{
    struct decimal number;
    struct span text = translating_number(t, token);
    if (text.n == 0 || text.n > TRANSLATED_TEXT_MAX || !decimal_parse(text, &number))
        return;
    next_place(t, name);
    buf_span(&t->out, scan_raw(&t->scan, token));
}

void message_begin(struct translating *t, const char *event, struct span message_id, usec_t at)
{
    message_open(t, NULL, '{');
    message_text(t, "type", span_of(event ? "track" : "identify"));
    if (event)
        message_text(t, "event", span_of(event));
    message_text(t, "messageId", message_id);
    if (at != NONE) {
        next_place(t, "timestamp");
        buf_json_time(&t->out, at);
    }
}

static void put_ids(struct translating *t, const struct who *who)
{
    message_text(t, "userId", who->user_id);
    message_text(t, "anonymousId", who->anonymous_id);
}

static void put_external(struct translating *t, const char *type, struct span id)
{
    if (id.n == 0)
        return;
    message_open(t, NULL, '{');
    message_text(t, "type", span_of(type));
    message_text(t, "id", id);
    message_close(t, '}');
}

static void put_origin(struct translating *t, const struct origin *origin)
{
    message_text(t, "channel", origin->channel);
    message_text(t, "locale", origin->locale);
    if (origin->campaign_source.n || origin->campaign_medium.n || origin->campaign_name.n) {
        message_open(t, "campaign", '{');
        message_text(t, "source", origin->campaign_source);
        message_text(t, "medium", origin->campaign_medium);
        message_text(t, "name", origin->campaign_name);
        message_close(t, '}');
    }
    if (origin->referrer.n) {
        message_open(t, "page", '{');
        message_text(t, "referrer", origin->referrer);
        message_close(t, '}');
    }
}

void message_context(struct translating *t, const struct who *who, const struct origin *origin)
{
    put_ids(t, who);
    message_open(t, "context", '{');
    if (who->id.n || who->email_hash.n || who->order_email_hash.n || who->phone_hash.n) {
        message_open(t, "externalIds", '[');
        put_external(t, who->system, who->id);
        put_external(t, "email_sha256", who->email_hash);
        put_external(t, "email_sha256", who->order_email_hash);
        put_external(t, "phone_sha256", who->phone_hash);
        message_close(t, ']');
    }
    if (origin)
        put_origin(t, origin);
    message_close(t, '}');
}

void message_account(struct translating *t, const struct who *who, bool is_active)
{
    put_ids(t, who);
    message_open(t, "context", '{');
    if (who->id.n) {
        message_open(t, "externalIds", '[');
        put_external(t, who->system, who->id);
        message_close(t, ']');
    }
    message_bool(t, "active", is_active);
    message_close(t, '}');
}

void message_end(struct translating *t)
{
    message_close(t, '}');
    t->n++;
}

/* What the traits say, by which two states of the same time differ. */
static uint64_t hash_of_traits(struct translating *t, const struct who *who,
                               void (*put_traits)(struct translating *t, const struct who *who))
{
    size_t before = t->out.n;
    message_open(t, NULL, '{');
    size_t start = t->out.n;
    put_traits(t, who);
    uint64_t hash = hash64((struct span){t->out.p + start, t->out.n - start});
    t->out.n = before;
    return hash;
}

void message_record(struct translating *t, const struct who *who, bool is_new, usec_t at,
                    void (*put_traits)(struct translating *t, const struct who *who))
{
    char time[TIME_TEXT] = "";
    if (at != NONE)
        time_print(at, time);
    const char *id = arena_printf(t->arena, "%s:customer:%.*s:%s:%s:%016" PRIx64, who->system, (int)who->id.n,
                                  who->id.p, is_new ? "created" : "updated", time,
                                  hash_of_traits(t, who, put_traits));
    message_begin(t, NULL, span_of(id), at);
    message_account(t, who, is_new);
    put_traits(t, who);
    message_end(t);
}
