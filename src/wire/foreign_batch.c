#include "crypto/digest.h"
#include "foreign.h"
#include "wire/message.h"

#include <stdio.h>

enum status foreign_batch_init(struct foreign_batch *batch, struct arena *arena,
                               const struct translate_settings *settings, struct error *error)
{
    struct error reason;
    *batch = (struct foreign_batch){.arena = arena};
    if (mapping_read(arena, settings->mapping, &batch->mapping, &reason) != STATUS_OK) {
        return error_set(error, STATUS_INTERNAL, "", "the mapping of the source: %s: %s", reason.pointer,
                         reason.detail);
    }
    buf_init(&batch->out, BATCH_BYTES_MAX);
    buf_text(&batch->out, "{\"batch\":[");
    return STATUS_OK;
}

void foreign_batch_done(struct foreign_batch *batch)
{
    buf_done(&batch->out);
}

static void put(struct foreign_batch *batch, size_t index, struct span message)
{
    batch->indexes =
        arena_grow(batch->arena, batch->indexes, batch->n, &batch->indexes_capacity, sizeof(*batch->indexes));
    batch->indexes[batch->n] = index;
    if (batch->n++ > 0) {
        buf_char(&batch->out, ',');
    }
    buf_span(&batch->out, message);
}

enum status foreign_batch_add(struct foreign_batch *batch, const struct foreign *event, size_t index,
                              struct error *error)
{
    const struct mapping_rule *rule = mapping_rule_of(&batch->mapping, event->type);
    if (rule->is_ignored) {
        return STATUS_OK;
    }
    struct buf message;
    buf_init(&message, MESSAGE_BYTES_MAX);
    enum status status = foreign_message(event, rule, &message, error);
    if (status == STATUS_OK && message.overflow) {
        status = error_set(error, STATUS_TOO_LARGE, "", "it makes a message of more than %d bytes",
                           MESSAGE_BYTES_MAX);
    }
    if (status == STATUS_OK) {
        put(batch, index, (struct span){message.p, message.n});
    }
    buf_done(&message);
    return status;
}

void foreign_batch_refuse(struct foreign_batch *batch, size_t index, struct span message_id,
                          const struct error *error)
{
    batch->refusals = arena_grow(batch->arena, batch->refusals, batch->n_refusals, &batch->refusals_capacity,
                                 sizeof(*batch->refusals));
    batch->refusals[batch->n_refusals++] = (struct translation_refusal){
        .place = batch->n,
        .message_id = message_id,
        .status = error->status,
        .pointer = arena_printf(batch->arena, "/%zu%s", index, error->pointer),
        .detail = arena_printf(batch->arena, "%s", error->detail),
    };
    put(batch, index, span_of("null"));
}

enum status foreign_batch_finish(struct foreign_batch *batch, struct translation *out, struct error *error)
{
    buf_text(&batch->out, "]}");
    if (batch->out.overflow) {
        return error_set(error, STATUS_TOO_LARGE, "", "it makes more than %d bytes of messages",
                         BATCH_BYTES_MAX);
    }
    *out = (struct translation){.kind = TRANSLATION_NOTHING, .reason = "no event of a type that is used"};
    if (batch->n != 0) {
        out->kind = TRANSLATION_MESSAGES;
        out->reason = NULL;
        out->body = arena_span(batch->arena, (struct span){batch->out.p, batch->out.n});
        out->n = batch->n;
        out->indexes = batch->indexes;
        out->refusals = batch->refusals;
        out->n_refusals = batch->n_refusals;
    }
    return STATUS_OK;
}

/* --- what all of them have --- */

struct span foreign_message_id(struct arena *arena, const char *prefix, struct span one, struct span other)
{
    size_t n = strlen(prefix) + one.n + other.n + 2;
    bool is_clear = one.n == 0 || memchr(one.p, ' ', one.n) == NULL;
    if (n <= MESSAGE_ID_BYTES_MAX && is_clear) {
        const char *text = arena_printf(arena, "%s:%.*s%s%.*s", prefix, (int)one.n, one.p, one.n ? " " : "",
                                        (int)other.n, other.p);
        return span_of(text);
    }
    char *both = arena_alloc(arena, one.n + 1 + other.n); /* neither holds a NUL, which stands between them */
    unsigned char digest[32];
    memcpy(both, one.p, one.n);
    memcpy(both + one.n + 1, other.p, other.n);
    digest_sha256(both, one.n + 1 + other.n, digest);
    char *text = arena_printf(arena, "%s:%064d", prefix, 0);
    for (size_t i = 0; i < sizeof(digest); i++) {
        snprintf(text + strlen(prefix) + 1 + 2 * i, 3, "%02x", digest[i]);
    }
    return span_of(text);
}

struct span foreign_media_type(struct arena *arena, struct span header)
{
    const char *end = header.n == 0 ? NULL : memchr(header.p, ';', header.n);
    size_t n = end == NULL ? header.n : (size_t)(end - header.p);
    char *text = arena_alloc(arena, n + 1);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        char c = header.p[i];
        if (c != ' ' && c != '\t') {
            text[kept++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        }
    }
    return (struct span){text, kept};
}

bool foreign_is_json(struct span media_type)
{
    struct span ends[] = {span_of("/json"), span_of("+json")};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (media_type.n > ends[i].n &&
            memcmp(media_type.p + media_type.n - ends[i].n, ends[i].p, ends[i].n) == 0) {
            return true;
        }
    }
    return media_type.n == 0;
}
