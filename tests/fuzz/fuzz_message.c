#include "../support/same_event.h"
#include "wire/message.h"

#include <stdio.h>
#include <stdlib.h>

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

static void recall(struct arena *arena, const struct message *m)
{
    struct event event = {
        .identity_key = m->event.identity_key,
        .event_id = m->event.event_id,
        .occurred_at = m->event.occurred_at,
        .received_at = m->event.received_at,
    };
    struct error error;
    enum status status = message_recall(arena, m->payload, &shop, &event, &error);
    check(status == STATUS_OK, error.detail);
    const char *difference = event_difference(&m->event, &event);
    check(difference == NULL, difference);
}

static void decode(struct arena *arena, struct span body, bool is_batch, const char *type)
{
    struct envelope *envelope;
    struct error error = {.status = STATUS_OK};
    enum status status = envelope_parse(arena, body, is_batch, &envelope, &error);
    check(status == error.status, "the error is not the status");
    if (status != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < envelope_count(envelope); i++) {
        struct message m;
        error.status = STATUS_OK;
        status = message_decode(arena, envelope, i, type, &shop, RECEIVED, &m, &error);
        check(status == error.status, "the error is not the status");
        if (status == STATUS_OK) {
            check(m.event.occurred_at <= RECEIVED, "after its receipt");
            check(m.payload.n <= MESSAGE_BYTES_MAX + 32, "too large a payload");
            recall(arena, &m);
        }
    }
}

/** The first byte says how the rest came: as a batch, or as a message whose type the path names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {NULL, "track", "identify", "page", "screen", "group", "alias"};
    if (size == 0) {
        return 0;
    }
    struct arena *arena = arena_new(4096);
    struct span body = {(const char *)data + 1, size - 1};
    if (data[0] == 'b') {
        decode(arena, body, true, NULL);
    } else {
        decode(arena, body, false, types[data[0] % COUNT_OF(types)]);
    }
    arena_free(arena);
    return 0;
}
