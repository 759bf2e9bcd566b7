#include "crypto/digest.h"
#include "import_private.h"

#include <stdlib.h>

/* The message of a row; what an order says was kept as messages. */
static enum status message_text(struct import *import, struct arena *arena, struct span text,
                                uint64_t ordinal, struct row *out, struct error *error)
{
    if (import->source->format != IMPORT_WOOCOMMERCE)
        return row_read(import->source->map, arena, text, ordinal, out, error);
    *out = (struct row){.json = text, .content = hash64(text)};
    return STATUS_OK;
}

enum status import_decode(struct import *import, struct arena *arena, struct span text, uint64_t ordinal,
                          struct message *message, uint64_t *content, struct error *error)
{
    struct row row;
    struct envelope *envelope;
    enum status status = message_text(import, arena, text, ordinal, &row, error);
    if (status != STATUS_OK)
        return status;
    status = envelope_parse(arena, row.json, false, &envelope, error);
    if (status != STATUS_OK)
        return status;
    *content = row.content;
    return message_decode(arena, envelope, 0, NULL, import->shop, import->received_at, message, error);
}

static enum status keep(struct import *import, struct span text, const struct message *message,
                        uint64_t content)
{
    if (import->n_places == import->capacity) {
        size_t capacity = import->capacity ? import->capacity * 2 : 1 << 14;
        struct place *places = realloc(import->places, capacity * sizeof(*places));
        if (places == NULL)
            return error_set(import->error, STATUS_NO_MEMORY, "", "no memory for the index of %zu rows",
                             capacity);
        import->places = places;
        import->capacity = capacity;
    }
    if (fwrite(text.p, 1, text.n, import->spool) != text.n)
        return import_file_error(import, "cannot write", "the temporary file");
    import->places[import->n_places++] = (struct place){.customer = message->event.identity_key,
                                                        .occurred_at = message->event.occurred_at,
                                                        .content = content,
                                                        .offset = import->spooled,
                                                        .size = (uint32_t)text.n,
                                                        .line = import->line};
    import->spooled += (int64_t)text.n;
    import->figures->messages++;
    return STATUS_OK;
}

/* Orders are taken whole or not at all: all their messages are looked at before the first is kept. */
static enum status read_order(struct import *import, struct span text, struct message **messages,
                              struct translation *order, struct error *reason)
{
    struct envelope *envelope;
    enum status status = woocommerce_order(import->arena, text, &import->source->settings, order, reason);
    if (status != STATUS_OK || order->kind != TRANSLATION_MESSAGES)
        return status;
    status = envelope_parse(import->arena, order->body, true, &envelope, reason);
    *messages = ARENA_ARRAY(import->arena, struct message, order->n);
    for (size_t i = 0; i < order->n && status == STATUS_OK; i++)
        status = message_decode(import->arena, envelope, i, NULL, import->shop, import->received_at,
                                &(*messages)[i], reason);
    return status;
}

static enum status order_row(struct import *import, struct span text)
{
    struct message *messages = NULL;
    struct translation order = {.kind = TRANSLATION_NOTHING};
    struct error reason;
    if (read_order(import, text, &messages, &order, &reason) != STATUS_OK)
        return import_refuse(import, import->line, text, &reason);
    if (order.kind != TRANSLATION_MESSAGES)
        import->figures->skipped++;
    struct span rest = order.body, one;
    for (size_t i = 0; i < order.n && translation_take(&rest, &one); i++) {
        enum status status = keep(import, one, &messages[i], hash64(one));
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status import_row(struct import *import, struct span text)
{
    struct message message;
    struct error reason;
    uint64_t content;
    arena_reset(import->arena);
    if (import->source->format == IMPORT_WOOCOMMERCE)
        return order_row(import, text);
    if (import_decode(import, import->arena, text, 0, &message, &content, &reason) == STATUS_OK)
        return keep(import, text, &message, content);
    return import_refuse(import, import->line, text, &reason);
}
