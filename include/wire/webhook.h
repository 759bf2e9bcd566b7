#ifndef WIRE_WEBHOOK_H
#define WIRE_WEBHOOK_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/change.h"
#include "core/definition.h"
#include "core/endpoint.h"

/** What webhooks say: names of deliveries, bodies in both formats, examples. */

/** One request to one endpoint: a row of webhook_delivery, whatever the number of attempts. */
struct webhook_id {
    struct uuid endpoint_id;
    int64_t seq; /* of the change; below 0: a test */
    int part;
};
#define WEBHOOK_ID_TEXT 64
/**
 * The header webhook-id, and {id} of /v1/webhook-deliveries: "msg_{32 hex}_{seq}_{part}". The same for all attempts; without
 * a dot, which would make what is signed ambiguous.
 */
void webhook_id_print(const struct webhook_id *id, char out[WEBHOOK_ID_TEXT]);
/** Back from exactly what webhook_id_print() wrote. */
bool webhook_id_parse(struct span text, struct webhook_id *out) MUST_CHECK;

/**
 * How many requests a change makes in ${format}: standard 1; segment 2 (identify, then track) for a customer's
 * stage or membership, 0 for all else.
 */
int webhook_parts(enum endpoint_format format, const struct change *change);

/**
 * webhook_body_print(buf, format, part, definitions, line, message_id):
 * The body of one. Standard: {"type","timestamp","data"}, data as change_print(). Segment: one message of the spec, with
 * ${message_id} (the webhook-id, which may as well be empty: a null) as its messageId; under anonymousId when the customer has no better name.
 */
void webhook_body_print(struct buf *buf, enum endpoint_format format, int part, const struct definitions *definitions,
                        const struct change_line *line, struct span message_id);

/**
 * webhook_example(arena, definitions, type, seq, at, out):
 * A change of ${type} as the shop might see one at ${at}, of a customer who does not exist, for tests and samples.
 * Owns     ${out} is in ${arena} and borrows ${definitions}; print it with ${out}->definitions.
 */
struct webhook_example {
    struct change_line line;
    const struct definitions *definitions; /* the shop's, or with a segment that shows what one looks like */
};
void webhook_example(struct arena *arena, const struct definitions *definitions, enum change_type type, int64_t seq,
                     usec_t at, struct webhook_example *out);

/** An attempt, as an element of webhook_delivery.attempt_log. */
struct webhook_attempt {
    usec_t at;
    int status; /* 0: no reply came */
    int64_t duration_ms;
    const char *failure; /* why no reply came; NULL: one came */
    struct span reply;   /* the beginning of its body */
};
void webhook_attempt_print(struct buf *buf, const struct webhook_attempt *attempt);

/** What a delivery is, to be told. */
struct delivery_line {
    struct webhook_id id;
    enum change_type type;
    enum delivery_state state;
    int attempts_count;
    usec_t created_at;
    usec_t attempted_at, next_at; /* NONE */
    int status;                   /* of the latest attempt; 0: no reply came */
    int64_t duration_ms;          /* NONE: never attempted */
    const char *failure;          /* NULL: none */
    struct span attempts;         /* JSON; n = 0: not to be told */
};
const char *delivery_state_word(enum delivery_state state);
bool delivery_state_of(struct span word, enum delivery_state *out) MUST_CHECK;
void delivery_print(struct buf *buf, const struct delivery_line *line);

#endif
