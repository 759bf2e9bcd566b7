#include "translated.h"

#include <stdio.h>

#define GOOD                                                                                                 \
    "{\"type\":\"track\",\"userId\":\"u\",\"messageId\":\"m\",\"event\":\"Order Completed\","                \
    "\"properties\":{\"order_id\":\"o\",\"revenue\":\"1.00\"}}"

static bool is_pointer(const char *pointer)
{
    if (*pointer != '\0' && *pointer != '/')
        return false;
    for (const char *p = pointer; *p; p++)
        if (*p == '~' && p[1] != '0' && p[1] != '1')
            return false;
    return true;
}

static const char *refusal_fault(enum status status, const struct error *error)
{
    if (error->status != status)
        return "the error is not the status";
    if (status_http(status) < 400 || status_http(status) >= 500)
        return "a refusal that is not the caller's fault";
    if (!is_pointer(error->pointer))
        return "a pointer that is none";
    if (error->detail[0] == '\0')
        return "a refusal without a reason";
    return strchr(error->detail, '@') ? "a refusal that quotes an e-mail" : NULL;
}

/* Each message is understood or refused; those of ${must} (NULL: none) are understood. */
static const char *messages_fault(struct arena *arena, const struct envelope *envelope, const char *type,
                                  const struct shop *shop, const bool *must)
{
    for (size_t i = 0; i < envelope_count(envelope); i++) {
        struct message message;
        struct error error = {.status = STATUS_OK};
        enum status status = message_decode(arena, envelope, i, type, shop, TRANSLATED_AT, &message, &error);
        const char *fault = status == STATUS_OK ? NULL : refusal_fault(status, &error);
        if (fault)
            return fault;
        if (must && must[i] && status != STATUS_OK)
            return "a good message was lost because of its neighbour";
    }
    return NULL;
}

static const char *batch_fault(struct arena *arena, const struct translation *made, const struct shop *shop)
{
    struct envelope *envelope;
    struct error error = {0};
    struct buf body;
    struct span rest = made->body, one;
    size_t n = 1;
    buf_init(&body, 0);
    buf_text(&body, "{\"batch\":[" GOOD);
    for (; translation_take(&rest, &one); n++) {
        buf_char(&body, ',');
        buf_span(&body, one);
    }
    buf_text(&body, "," GOOD "]}");
    struct span text = arena_span(arena, (struct span){body.p, body.n});
    buf_done(&body);
    if (n != made->n + 1)
        return "there are not as many messages as it says";
    if (envelope_parse(arena, made->body, true, &envelope, &error) != STATUS_OK ||
        envelope_count(envelope) != made->n)
        return "a batch that is not taken";
    const char *fault = messages_fault(arena, envelope, NULL, shop, NULL);
    if (fault || text.n > BATCH_BYTES_MAX)
        return fault;
    bool *must = ARENA_ARRAY(arena, bool, made->n + 2);
    must[0] = must[made->n + 1] = true;
    if (envelope_parse(arena, text, true, &envelope, &error) != STATUS_OK)
        return "a batch that is not taken beside others";
    return messages_fault(arena, envelope, NULL, shop, must);
}

static const char *outcome_fault(struct arena *arena, const struct translation *made, const struct shop *shop)
{
    switch (made->kind) {
    case TRANSLATION_MESSAGES: return made->n ? batch_fault(arena, made, shop) : "no messages";
    case TRANSLATION_NOTHING: return made->reason && *made->reason ? NULL : "nothing, and no reason";
    case TRANSLATION_ERASE:
    case TRANSLATION_DISCLOSE: return made->n_people ? NULL : "nobody is meant";
    case TRANSLATION_ERASE_SHOP: return NULL;
    }
    return "an outcome that there is not";
}

static struct span topic_header(void *context, const char *name)
{
    static const char *const names[] = {"X-Shopify-Topic", "X-WC-Webhook-Topic"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return *(struct span *)context;
    return (struct span){"", 0};
}

const char *translated_fault(struct arena *arena, translator *function, struct span topic, struct span body,
                             const struct translate_settings *settings, const struct shop *shop,
                             enum status *status)
{
    struct translate_request request = {
        .header = topic_header, .context = &topic, .body = body, .received_at = TRANSLATED_AT};
    struct translation made = {.n = 0}, again = {.n = 0};
    struct error error = {.status = STATUS_OK}, repeated = {.status = STATUS_OK};
    *status = function(arena, &request, settings, &made, &error);
    if (function(arena, &request, settings, &again, &repeated) != *status ||
        !span_equal(made.body, again.body) || made.kind != again.kind ||
        strcmp(error.pointer, repeated.pointer) != 0)
        return "the same again is not the same";
    return *status == STATUS_OK ? outcome_fault(arena, &made, shop) : refusal_fault(*status, &error);
}

/* The message between two good ones, as a batch. */
static const char *neighbours_fault(struct arena *arena, struct span body, const struct shop *shop)
{
    static const bool must[] = {true, false, true};
    struct envelope *envelope;
    struct error error = {0};
    char *text = arena_printf(arena, "{\"batch\":[" GOOD ",%.*s," GOOD "]}", (int)body.n, body.p);
    if (envelope_parse(arena, span_of(text), true, &envelope, &error) != STATUS_OK ||
        envelope_count(envelope) != 3)
        return "a message that is taken alone, and not in a batch";
    return messages_fault(arena, envelope, NULL, shop, must);
}

const char *decoded_fault(struct arena *arena, struct span body, bool is_batch, const char *type,
                          const struct shop *shop, enum status *status)
{
    struct envelope *envelope;
    struct error error = {.status = STATUS_OK};
    *status = envelope_parse(arena, body, is_batch, &envelope, &error);
    if (*status != STATUS_OK)
        return refusal_fault(*status, &error);
    const char *fault = messages_fault(arena, envelope, type, shop, NULL);
    return fault || is_batch ? fault : neighbours_fault(arena, body, shop);
}
