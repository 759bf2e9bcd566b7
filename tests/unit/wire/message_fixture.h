#ifndef TESTS_UNIT_WIRE_MESSAGE_FIXTURE_H
#define TESTS_UNIT_WIRE_MESSAGE_FIXTURE_H

#include "../../support/same_event.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "wire/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/** 2026-11-21T18:00:00Z, when all messages of these tests are received. */
#define RECEIVED INT64_C(1795284000000000)

static struct arena *arena;
static struct shop shop = {
    .id = 1, .key = "demo", .space = {{1, 2, 3}}, .currency = "EUR", .exponent = 2, .timezone = "UTC"};

static inline int set_up(void **state)
{
    (void)state;
    arena = arena_new(65536);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static inline enum status decode(struct span body, bool is_batch, size_t index, const char *type,
                                 struct message *out, struct error *error)
{
    struct envelope *envelope;
    enum status status = envelope_parse(arena, body, is_batch, &envelope, error);
    return status == STATUS_OK ? message_decode(arena, envelope, index, type, &shop, RECEIVED, out, error)
                               : status;
}

/** What the ledger would give back must be what was decoded. */
static inline void assert_recalled(const struct message *m)
{
    struct event recalled = {
        .identity_key = m->event.identity_key,
        .event_id = m->event.event_id,
        .occurred_at = m->event.occurred_at,
        .received_at = m->event.received_at,
    };
    struct error error;
    if (message_recall(arena, m->payload, &shop, &recalled, &error) != STATUS_OK) {
        fail_msg("%s: %.*s", error.detail, (int)m->payload.n, m->payload.p);
    }
    const char *difference = event_difference(&m->event, &recalled);
    if (difference != NULL) {
        fail_msg("%s differs: %.*s", difference, (int)m->payload.n, m->payload.p);
    }
}

static inline struct message decoded(const char *type, const char *body)
{
    struct message m;
    struct error error;
    if (decode(span_of(body), false, 0, type, &m, &error) != STATUS_OK) {
        fail_msg("%s: %s %s (%s)", body, status_code(error.status), error.pointer, error.detail);
    }
    assert_recalled(&m);
    return m;
}

static inline struct message decoded_item(const char *body, size_t index)
{
    struct message m;
    struct error error;
    if (decode(span_of(body), true, index, NULL, &m, &error) != STATUS_OK) {
        fail_msg("%s: %s %s (%s)", body, status_code(error.status), error.pointer, error.detail);
    }
    assert_recalled(&m);
    return m;
}

static inline void assert_refusal(enum status status, const struct error *error, enum status expected,
                                  const char *pointer, const char *body)
{
    if (status != expected) {
        fail_msg("%s: %s", body, status_code(status));
    }
    assert_int_equal(error->status, expected);
    assert_string_equal(error->pointer, pointer);
}

static inline void refused(const char *type, const char *body, enum status expected, const char *pointer)
{
    struct message m;
    struct error error;
    enum status status = decode(span_of(body), false, 0, type, &m, &error);
    assert_refusal(status, &error, expected, pointer, body);
}

static inline void refused_item(const char *body, size_t index, enum status expected, const char *pointer)
{
    struct message m;
    struct error error;
    enum status status = decode(span_of(body), true, index, NULL, &m, &error);
    assert_refusal(status, &error, expected, pointer, body);
}

/** A track message of user u with ${event} and ${properties}. */
static inline const char *track(const char *event, const char *properties)
{
    return arena_printf(arena, "{\"userId\":\"u\",\"messageId\":\"m\",\"event\":\"%s\",\"properties\":%s}",
                        event, properties);
}

static inline struct event tracked(const char *event, const char *properties)
{
    return decoded("track", track(event, properties)).event;
}

static inline void assert_span(struct span s, const char *expected)
{
    if (!span_is(s, expected)) {
        fail_msg("\"%.*s\" is not \"%s\"", (int)s.n, s.p, expected);
    }
}

static inline void assert_uuid_equal(struct uuid a, struct uuid b)
{
    assert_memory_equal(a.b, b.b, sizeof(a.b));
}

static inline void assert_uuid_not_equal(struct uuid a, struct uuid b)
{
    assert_memory_not_equal(a.b, b.b, sizeof(a.b));
}

#endif
