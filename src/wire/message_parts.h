#ifndef SRC_WIRE_MESSAGE_PARTS_H
#define SRC_WIRE_MESSAGE_PARTS_H

#include "base/buf.h"
#include "envelope.h"
#include "reading.h"

/** The parts of wire/message.h, a file each. */

/**
 * message_payload_build(r, envelope, type, out):
 * The payload of the message at r->message, and in r->members where its members are. When members of the batch
 * were merged in, ${r} afterwards reads the payload instead of the body.
 * Errors   TOO_LARGE when the merged message is over MESSAGE_BYTES_MAX.
 */
enum status message_payload_build(struct reading *r, const struct envelope *envelope, struct span type,
                                  struct span *out) MUST_CHECK;

/**
 * message_canonical(r, type, out):
 * What a message without messageId is known by: its type, ids, times and what it says, as JSON with sorted
 * members; not context, integrations and what differs from one delivery to the next.
 */
void message_canonical(const struct reading *r, struct span type, struct buf *out);

/**
 * message_identities_read(r, kind, out):
 * By what names the message calls its customer; an event of kind EVENT_CUSTOM is a track of any name.
 * Errors   MISSING_IDENTITY: none, and no order; WRONG_TYPE, INVALID_VALUE.
 */
enum status message_identities_read(const struct reading *r, enum event_kind kind,
                                    struct message *out) MUST_CHECK;

/** sentAt at ${token} of ${scan}; NONE when it is absent or no time. */
usec_t message_sent_at(struct arena *arena, const struct scan *scan, size_t token);

/**
 * message_time_read(r, received_at, out):
 * When the message happened: as it says, corrected by the skew of a browser's or phone's clock, not later than
 * ${received_at}.
 * Errors   INVALID_TIMESTAMP, TIMESTAMP_IN_FUTURE.
 */
enum status message_time_read(const struct reading *r, usec_t received_at, usec_t *out) MUST_CHECK;

/** The members of ${event} that only some kinds have; its kind and event_id are there already. */
enum status message_order_read(const struct reading *r, struct event *event) MUST_CHECK;
enum status message_traits_read(const struct reading *r, struct event *event) MUST_CHECK;
enum status message_survey_read(const struct reading *r, struct event *event) MUST_CHECK;
enum status message_points_read(const struct reading *r, struct event *event) MUST_CHECK;
enum status message_reason_read(const struct reading *r, struct event *event) MUST_CHECK;
enum status message_campaign_read(const struct reading *r, struct event *event) MUST_CHECK;

/**
 * message_touch_read(r, event):
 * What brought the customer: channel (and its hash), campaign and locale. What is of another type than it should be
 * is not told. The kind of ${event} is there already.
 */
void message_touch_read(const struct reading *r, struct event *event);

/**
 * message_groups_read(r, event):
 * What metrics group ${event} by, and the texts behind these hashes. Its kind, touch, reason and lines are there already.
 */
void message_groups_read(const struct reading *r, struct event *event);

/** UUIDv5 of ${prefix} and ${name}. */
void message_key(const struct uuid *space, const char *prefix, struct span name, struct uuid *out);

#endif
