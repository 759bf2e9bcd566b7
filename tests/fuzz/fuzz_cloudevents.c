/* Any bytes as events of any system: what is made of them is a batch that the decoder reads item by item. */
#include "wire/message.h"
#include "wire/translate.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define RECEIVED INT64_C(1795284000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct shop shop = {.id = 1, .space = {{1, 2, 3}}, .currency = "EUR", .exponent = 2};

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/** The header ${name} of lines "NAME: VALUE". */
static struct span header_of(void *context, const char *name)
{
    struct span rest = *(const struct span *)context;
    size_t n = strlen(name);
    while (rest.n != 0) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t line = end == NULL ? rest.n : (size_t)(end - rest.p);
        if (line > n + 1 && rest.p[n] == ':' && strncasecmp(rest.p, name, n) == 0) {
            return (struct span){rest.p + n + 2, line - n - 2};
        }
        size_t taken = line + (end != NULL);
        rest = (struct span){rest.p + taken, rest.n - taken};
    }
    return (struct span){"", 0};
}

static void decode(struct arena *arena, const struct translation *translation)
{
    struct envelope *envelope;
    struct error error = {.status = STATUS_OK};
    enum status status = envelope_parse(arena, translation->body, true, &envelope, &error);
    check(status == STATUS_OK, error.detail);
    check(envelope_count(envelope) == translation->n, "another number of messages");
    size_t refused = 0;
    for (size_t i = 0; i < translation->n; i++) {
        struct message m;
        bool is_refused = refused < translation->n_refusals && translation->refusals[refused].place == i;
        status = message_decode(arena, envelope, i, NULL, &shop, RECEIVED, &m, &error);
        check(!is_refused || status == STATUS_WRONG_TYPE, "a refused item is a message");
        check(status != STATUS_INTERNAL, "our fault");
        refused += is_refused;
    }
    check(refused == translation->n_refusals, "a refusal of no item");
}

/** Mode, mapping, headers and body, each but the first ended by a line "--". */
static struct span take_part(struct span *rest)
{
    struct span part = *rest;
    for (size_t i = 0; i + 3 <= rest->n; i++) {
        if (memcmp(rest->p + i, "--\n", 3) == 0 && (i == 0 || rest->p[i - 1] == '\n')) {
            part.n = i;
            *rest = (struct span){rest->p + i + 3, rest->n - i - 3};
            return part;
        }
    }
    *rest = (struct span){"", 0};
    return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct arena *arena = arena_new(4096);
    struct span rest = {(const char *)data + 1, size - 1};
    struct translate_settings settings = {.currency = span_of("EUR"),
                                          .channel = span_of("pos"),
                                          .order_prefix = span_of("o-"),
                                          .user_id = {"", 0}};
    settings.mapping = take_part(&rest);
    struct span headers = take_part(&rest);
    struct translate_request request = {
        .header = header_of, .context = &headers, .body = rest, .received_at = RECEIVED};
    struct error error = {.status = STATUS_OK};
    struct translation translation;
    enum status status = data[0] == 'w'
                             ? standard_webhook_translate(arena, &request, &settings, &translation, &error)
                             : cloudevents_translate(arena, &request, &settings, &translation, &error);
    check(status == error.status, "the error is not the status");
    if (status == STATUS_OK && translation.kind == TRANSLATION_MESSAGES) {
        decode(arena, &translation);
    }
    arena_free(arena);
    return 0;
}
