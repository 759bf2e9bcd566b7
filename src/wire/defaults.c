#include "wire/defaults.h"

#include "base/buf.h"
#include "scan.h"
#include "wire/message.h"

enum member { BATCH, CONTEXT, PROPERTIES, CHANNEL, MEMBER_COUNT };

static const struct span members[MEMBER_COUNT] = {
    [BATCH] = SCAN_NAME("batch"),
    [CONTEXT] = SCAN_NAME("context"),
    [PROPERTIES] = SCAN_NAME("properties"),
    [CHANNEL] = SCAN_NAME("channel"),
};

enum property { OWN_CHANNEL, CURRENCY, FIRST_AMOUNT, PROPERTY_COUNT = FIRST_AMOUNT + 5 };

static const struct span properties[PROPERTY_COUNT] = {
    [OWN_CHANNEL] = SCAN_NAME("channel"),
    [CURRENCY] = SCAN_NAME("currency"),
    [FIRST_AMOUNT] = SCAN_NAME("revenue"),
    [FIRST_AMOUNT + 1] = SCAN_NAME("total"),
    [FIRST_AMOUNT + 2] = SCAN_NAME("subtotal"),
    [FIRST_AMOUNT + 3] = SCAN_NAME("amount"),
    [FIRST_AMOUNT + 4] = SCAN_NAME("discount"),
};

struct applying {
    struct arena *arena;
    const struct message_defaults *defaults;
    struct scan scan;
    struct buf out;
    size_t copied; /* bytes of the text that are in ${out} */
    bool shared_channel;
};

static bool is_object(const struct applying *a, size_t token)
{
    return token != 0 && scan_type(&a->scan, token) == TOKEN_OBJECT;
}

static void copy_to(struct applying *a, size_t end)
{
    buf_append(&a->out, a->scan.text + a->copied, end - a->copied);
    a->copied = end;
}

/** As the last member of ${object}, which wins over one of the same name that is null. */
static void put_last(struct applying *a, size_t object, const char *text, struct span value)
{
    const struct token *token = &a->scan.tokens[object];
    bool is_empty = scan_next(&a->scan, object) == object + 1;
    copy_to(a, token->start + token->size - 1);
    buf_text(&a->out, is_empty ? "" : ",");
    buf_text(&a->out, text);
    buf_json_string(&a->out, value);
}

static bool channel_in(struct applying *a, size_t object)
{
    size_t channel = 0;
    if (is_object(a, object)) {
        scan_members(&a->scan, object, &members[CHANNEL], 1, &channel);
    }
    return channel != 0;
}

static void apply_channel(struct applying *a, size_t context)
{
    if (is_object(a, context)) {
        put_last(a, context, "\"channel\":", a->defaults->channel);
    }
}

static void apply_currency(struct applying *a, size_t object, const size_t *values)
{
    bool has_amount = false;
    for (int i = FIRST_AMOUNT; i < PROPERTY_COUNT; i++) {
        has_amount |= values[i] != 0;
    }
    if (has_amount && values[CURRENCY] == 0 && a->defaults->currency.n != 0) {
        put_last(a, object, "\"currency\":", a->defaults->currency);
    }
}

/** Members are written in the order of the text, which only grows. */
static void apply_message(struct applying *a, size_t message)
{
    size_t values[MEMBER_COUNT];
    size_t said[PROPERTY_COUNT] = {0};
    if (scan_type(&a->scan, message) != TOKEN_OBJECT) {
        return;
    }
    scan_members(&a->scan, message, members, MEMBER_COUNT, values);
    if (is_object(a, values[PROPERTIES])) {
        scan_members(&a->scan, values[PROPERTIES], properties, PROPERTY_COUNT, said);
    }
    bool needs_channel = a->defaults->channel.n != 0 && !a->shared_channel && values[CHANNEL] == 0 &&
                         said[OWN_CHANNEL] == 0 && !channel_in(a, values[CONTEXT]);
    bool is_context_first = values[CONTEXT] < values[PROPERTIES];
    if (needs_channel && is_context_first) {
        apply_channel(a, values[CONTEXT]);
    }
    if (is_object(a, values[PROPERTIES])) {
        apply_currency(a, values[PROPERTIES], said);
    }
    if (needs_channel && !is_context_first) {
        apply_channel(a, values[CONTEXT]);
    }
    if (needs_channel && values[CONTEXT] == 0) {
        const struct token *token = &a->scan.tokens[message];
        bool is_empty = scan_next(&a->scan, message) == message + 1;
        copy_to(a, token->start + token->size - 1);
        buf_text(&a->out, is_empty ? "\"context\":{\"channel\":" : ",\"context\":{\"channel\":");
        buf_json_string(&a->out, a->defaults->channel);
        buf_char(&a->out, '}');
    }
}

static void apply_batch(struct applying *a)
{
    size_t values[MEMBER_COUNT];
    scan_members(&a->scan, 0, members, MEMBER_COUNT, values);
    size_t batch = values[BATCH];
    if (batch == 0 || scan_type(&a->scan, batch) != TOKEN_ARRAY) {
        return;
    }
    a->shared_channel = channel_in(a, values[CONTEXT]);
    for (size_t item = batch + 1; item < scan_next(&a->scan, batch); item = scan_next(&a->scan, item)) {
        apply_message(a, item);
    }
}

struct span defaults_apply(struct arena *arena, struct span body, bool is_batch,
                           const struct message_defaults *defaults)
{
    struct applying a = {.arena = arena, .defaults = defaults};
    if (scan_parse(arena, body, MESSAGE_DEPTH_MAX + 2, &a.scan, NULL) != STATUS_OK ||
        scan_type(&a.scan, 0) != TOKEN_OBJECT) {
        return body;
    }
    buf_init(&a.out, 0);
    if (is_batch) {
        apply_batch(&a);
    } else {
        apply_message(&a, 0);
    }
    if (a.copied != 0) {
        struct token whole = a.scan.tokens[0];
        copy_to(&a, whole.start + whole.size);
        body = arena_span(arena, (struct span){a.out.p, a.out.n});
    }
    buf_done(&a.out);
    return body;
}
