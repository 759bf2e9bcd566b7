#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/types.h"

/**
 * A growing byte buffer with sticky overflow: once an append would pass ${limit}, all further appends do
 * nothing and ${overflow} stays true; the caller checks once, at the end. limit 0 = no limit.
 */
struct buf {
    char *p;
    size_t n;
    size_t capacity;
    size_t limit;
    bool overflow;
};

void buf_init(struct buf *buf, size_t limit);
void buf_done(struct buf *buf);
void buf_reset(struct buf *buf);
void buf_append(struct buf *buf, const void *bytes, size_t n);
void buf_text(struct buf *buf, const char *text);
void buf_span(struct buf *buf, struct span s);
void buf_char(struct buf *buf, char c);
void buf_int(struct buf *buf, int64_t n);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/** The text as a quoted JSON string. */
void buf_json_string(struct buf *buf, struct span s);
/** RFC 3339 UTC with 3 decimals (6 when the time has microseconds), quoted; NONE prints null. */
void buf_json_time(struct buf *buf, usec_t t);
/** Give the bytes to the caller, who frees them with free(); the buffer is empty afterwards. */
char *buf_steal(struct buf *buf, size_t *n);

#endif
