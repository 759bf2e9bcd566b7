#ifndef WIRE_REFUSAL_H
#define WIRE_REFUSAL_H

#include "base/buf.h"

/** A refused message: why, and no content. */
struct refusal_line {
    usec_t received_at;
    struct span code;
    struct span pointer;
    struct span detail;
};
void refusal_list_print(struct buf *buf, const struct refusal_line *lines, size_t n);

#endif
