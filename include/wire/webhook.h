#ifndef WIRE_WEBHOOK_H
#define WIRE_WEBHOOK_H

#include "base/buf.h"
#include "core/change.h"
#include "core/definition.h"
#include "core/endpoint.h"

/**
 * How many requests a change makes in ${format}: standard 1; segment 2 (identify, then track) for a customer's
 * stage or membership, 0 for all else.
 */
int webhook_parts(enum endpoint_format format, const struct change *change);

/** The body of one. Standard: {"type","timestamp","data"}, data as change_print(). Segment: one message of the spec. */
void webhook_body_print(struct buf *buf, enum endpoint_format format, int part, const struct definitions *definitions,
                        const struct change_line *line, struct span message_id);

#endif
