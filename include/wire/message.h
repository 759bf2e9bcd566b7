#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "base/arena.h"
#include "base/status.h"
#include "core/event.h"
#include "core/identity.h"
#include "core/shop.h"

/**
 * Messages in the vocabulary of the Segment spec: from bytes to their meaning (struct event) and to the payload
 * that the ledger keeps. Pure functions of (bytes, shop, time of receipt).
 */

#define MESSAGE_BYTES_MAX 32768
#define BATCH_BYTES_MAX 512000
#define BATCH_ITEMS_MAX 2500
#define MESSAGE_DEPTH_MAX 64
#define ID_BYTES_MAX 255        /* userId, anonymousId, order_id */
#define MESSAGE_ID_BYTES_MAX 255
#define IDENTITIES_MAX 12       /* of one message; further ones are not looked at */
#define FUTURE_MAX (24 * 3600 * USEC_PER_SEC)

/** A body that was read: one message or a batch. Borrows from the body's bytes. */
struct envelope;

/**
 * envelope_parse(arena, body, is_batch, out, error):
 * Strictly read JSON (RFC 8259, UTF-8, depth, size; a raw NUL byte is malformed; "\u0000" in a string is stripped
 * and counted; a lone surrogate is replaced by U+FFFD; numbers of any size are kept as text; of repeated
 * members the last wins).
 * Errors   MALFORMED_JSON, INVALID_UTF8, TOO_DEEP, TOO_LARGE, TOO_MANY, WRONG_TYPE, MISSING_MEMBER (`batch`); for
 *          the body as a whole only. A batch item that is null, a scalar or otherwise wrong is refused by message_decode.
 */
enum status envelope_parse(struct arena *arena, struct span body, bool is_batch, struct envelope **out,
                           struct error *error) MUST_CHECK;
/** `writeKey` or `api_key` of the body; n = 0 when it has none. */
struct span envelope_write_key(const struct envelope *envelope);
/** Number of messages: 1, or the items of `batch`. */
size_t envelope_count(const struct envelope *envelope);
/** Message ${index} as it stands in the body, without what the batch says for all of its items. */
struct span envelope_item(const struct envelope *envelope, size_t index);
/** How many "\u0000" were stripped. */
size_t envelope_stripped(const struct envelope *envelope);

/** One message, understood. */
struct message {
    struct event event;        /* identity_key, event_id, occurred_at, received_at included */
    struct span payload;       /* a JSON object for the ledger: the message without writeKey, api_key, sentAt,
                                  with what of the batch's context and integrations it lacks; always valid JSON
                                  text that PostgreSQL's json takes */
    struct span message_id;    /* as sent; n = 0: none */
    struct span customer_id;   /* userId, else anonymousId, as sent; else "WORD:VALUE" of the first identity */
    const struct identity *identities; /* the first is whose message it is: event.identity_key; without repeats */
    size_t n_identities;
};

/**
 * message_decode(arena, envelope, index, type, shop, received_at, out, error):
 * Understand message ${index}. ${type} is the type that the path names ("track", "identify", ...), or NULL for an
 * item of a batch, which must carry its own.
 * Whose it is: userId, else anonymousId, else the first of the other identities in the order of IDENTITY_TABLE:
 * context.externalIds [{"type":"shopify"|"woocommerce"|"member"|"email"|"phone"|"email_sha256"|"phone_sha256","id"}],
 * `email` and `phone` of the traits (identify) or of context.traits; else the order that it names. identity_key =
 * UUIDv5(shop space, "user:" userId), ("anonymous:" anonymousId), ...; event_id = UUIDv5 of the messageId
 * alone; without one, of the canonical message if that has a timestamp, else random. order_key = UUIDv5(shop space,
 * "order:" order_id), for a completed order without an id one of shop, customer and message.
 * A refused message leaves ${out} as it was but for its message_id, if that could be read.
 * Errors   the codes for one message in base/status.h; the pointer starts at the body ("/batch/3/properties/revenue").
 *          null counts as absent everywhere.
 */
enum status message_decode(struct arena *arena, const struct envelope *envelope, size_t index, const char *type,
                           const struct shop *shop, usec_t received_at, struct message *out,
                           struct error *error) MUST_CHECK;

/**
 * message_recall(arena, payload, shop, event, error):
 * The meaning of a message as the ledger kept it: fills in ${event} from ${payload}; the caller has set
 * identity_key, event_id, occurred_at, received_at. Gives exactly what message_decode gave at acceptance.
 * Errors   STATUS_INTERNAL: the payload is not one that message_decode made.
 */
enum status message_recall(struct arena *arena, struct span payload, const struct shop *shop, struct event *event,
                           struct error *error) MUST_CHECK;

/** Whose message the ledger kept: its first identity. False when ${payload} is not one of ours. */
bool message_identity(struct arena *arena, struct span payload, const struct shop *shop,
                      struct identity *out) MUST_CHECK;

/** The key of an order. */
void message_order_key(const struct shop *shop, struct span order_id, struct uuid *out);

#endif
