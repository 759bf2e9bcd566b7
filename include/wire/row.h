#ifndef WIRE_ROW_H
#define WIRE_ROW_H

#include "base/arena.h"
#include "base/status.h"

/**
 * Rows of an import, of a CSV table or one JSON object a line, made into messages of the Segment spec: the JSON that
 * message_decode() reads. Where a member of the message comes from is a map of fields to columns.
 *
 * A field is one of ROW_FIELD_TABLE, or a path that begins with properties, traits or context
 * ("properties.coupon"). Its column is a column of the table; of a JSON line a member, or a path to one. A field that is
 * not mapped is taken from the column of its own name. An empty cell is no value.
 */

/** Fields with a name of their own: name, path in the message, taken from the CSV column of that name? */
#define ROW_FIELD_TABLE(X)                                                                                    \
    X("event", "event", true)                                                                                 \
    X("userId", "userId", true)                                                                               \
    X("anonymousId", "anonymousId", true)                                                                     \
    X("messageId", "messageId", true)                                                                         \
    X("timestamp", "timestamp", true)                                                                         \
    X("order_id", "properties.order_id", true)                                                                \
    X("revenue", "properties.revenue", true)                                                                  \
    X("currency", "properties.currency", true)                                                                \
    X("type", "type", false)

#define ROW_FIELDS_MAX 256
#define ROW_DEPTH_MAX 8

enum row_format { ROW_CSV, ROW_NDJSON };

struct row_map;

struct row_map *row_map_new(enum row_format format);
void row_map_free(struct row_map *map);

/**
 * row_map_add(map, text, error):
 * Take a field from a column: "FIELD=COLUMN".
 * Errors   INVALID_VALUE: not of this form, no such field, or a field that was mapped before; TOO_MANY.
 */
enum status row_map_add(struct row_map *map, const char *text, struct error *error) MUST_CHECK;

/**
 * row_map_bind(map, header, error):
 * All is mapped; of a CSV table ${header} is its first record, of JSON lines it is ignored.
 * Errors   INVALID_VALUE: the header cannot be read, two columns have the name of one that is wanted, a field is
 *          part of another; NOT_FOUND: a mapped column is not there, nor one for the customer or the time.
 */
enum status row_map_bind(struct row_map *map, struct span header, struct error *error) MUST_CHECK;

/** The columns of a CSV table after row_map_bind(). */
const struct span *row_map_columns(const struct row_map *map, size_t *n);

/** A row that was read. */
struct row {
    struct span json; /* the message; until the next row is read */
    uint64_t content; /* a hash of what the row holds: equal rows have equal ones */
};

/**
 * row_read(map, arena, text, ordinal, out, error):
 * Make a message of the row ${text}: a CSV record, or a line of JSON.
 * A row without messageId gets one that is a hash of its content and its ${ordinal} among equal rows (from 0), so that
 * two rows that are alike are two, and the same import again tells nothing new; an order without order_id gets
 * that same one, unless the row tells nobody whose it is. Type is `track` unless told. Event is `Order Completed` unless told, in a table, and of a JSON line that
 * tells neither type nor event. A timestamp may also be a date, YYYYMMDD, or a time without a zone: UTC. `sentAt` is
 * left out: times of history are what they are.
 * Errors   of the row: INVALID_VALUE, TOO_MANY, MALFORMED_JSON, TOO_DEEP, INVALID_UTF8, WRONG_TYPE; MISSING_MEMBER: track,
 *          page and screen must tell when.
 */
enum status row_read(struct row_map *map, struct arena *arena, struct span text, uint64_t ordinal,
                     struct row *out, struct error *error) MUST_CHECK;

#endif
