#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include "base/arena.h"
#include "base/buf.h"

/**
 * A place in a list, as `next_cursor` carries it: opaque to the caller, versioned, and good only for the list that it
 * came from.
 */
struct cursor {
    uint64_t list;    /* hash of what was asked for: shop, operation, filters, order */
    bool is_null;     /* the sort value is null */
    int64_t number;   /* the sort value: a time, or the bits of a double */
    struct span text; /* the sort value, when it is a text */
    struct uuid key;  /* of the last row */
};

/** base64url, in ${arena}. */
struct span cursor_encode(struct arena *arena, const struct cursor *cursor);
/** False when ${text} is no cursor of this version, or one of another list than ${list}. */
bool cursor_decode(struct arena *arena, struct span text, uint64_t list, struct cursor *out) MUST_CHECK;

/** `"has_more":true,"next_cursor":"..."`; false and null when ${next} is empty. */
void page_print(struct buf *buf, struct span next);

#endif
