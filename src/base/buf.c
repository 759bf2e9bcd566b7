#include "base/buf.h"

#include "base/time.h"
#include "memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit};
}

void buf_done(struct buf *buf)
{
    free(buf->p);
    *buf = (struct buf){.limit = buf->limit};
}

void buf_reset(struct buf *buf)
{
    buf->n = 0;
    buf->overflow = false;
    if (buf->p != NULL) {
        buf->p[0] = '\0';
    }
}

/** Where ${n} more bytes may be written (with one more for a NUL), or NULL after an overflow. */
static char *room_for(struct buf *buf, size_t n)
{
    size_t limit = buf->limit ? buf->limit : SIZE_MAX / 4;
    if (buf->overflow || n > limit || buf->n > limit - n) {
        buf->overflow = true;
        return NULL;
    }
    size_t need = buf->n + n + 1;
    if (need > buf->capacity) {
        size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
        while (capacity < need) {
            capacity *= 2;
        }
        buf->p = memory_resize(buf->p, capacity);
        buf->capacity = capacity;
    }
    return buf->p + buf->n;
}

/** The byte after the last one is always NUL, so that a debugger or a caller may read ${p} as text. */
void buf_append(struct buf *buf, const void *bytes, size_t n)
{
    char *to = room_for(buf, n);
    if (to == NULL) {
        return;
    }
    if (n != 0) {
        memcpy(to, bytes, n);
    }
    buf->n += n;
    buf->p[buf->n] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_span(struct buf *buf, struct span s)
{
    buf_append(buf, s.p, s.n);
}

void buf_char(struct buf *buf, char c)
{
    buf_append(buf, &c, 1);
}

void buf_int(struct buf *buf, int64_t n)
{
    char digits[21];
    char *end = digits + sizeof(digits);
    char *p = end;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (n < 0) {
        *--p = '-';
    }
    buf_append(buf, p, (size_t)(end - p));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    char *to = room_for(buf, (size_t)n);
    if (to != NULL) {
        vsnprintf(to, (size_t)n + 1, format, again);
        buf->n += (size_t)n;
    }
    va_end(again);
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void append_escaped(struct buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    switch (c) {
    case '"': buf_append(buf, "\\\"", 2); return;
    case '\\': buf_append(buf, "\\\\", 2); return;
    case '\n': buf_append(buf, "\\n", 2); return;
    case '\r': buf_append(buf, "\\r", 2); return;
    case '\t': buf_append(buf, "\\t", 2); return;
    case '\b': buf_append(buf, "\\b", 2); return;
    case '\f': buf_append(buf, "\\f", 2); return;
    default: buf_append(buf, (const char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    }
}

void buf_json_string(struct buf *buf, struct span s)
{
    buf_char(buf, '"');
    size_t start = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (needs_escape(c)) {
            buf_append(buf, s.p + start, i - start);
            append_escaped(buf, c);
            start = i + 1;
        }
    }
    if (s.n > start) {
        buf_append(buf, s.p + start, s.n - start);
    }
    buf_char(buf, '"');
}

void buf_json_time(struct buf *buf, usec_t t)
{
    if (t == NONE) {
        buf_text(buf, "null");
        return;
    }
    char text[TIME_TEXT];
    size_t n = time_print(t, text);
    buf_char(buf, '"');
    buf_append(buf, text, n);
    buf_char(buf, '"');
}

char *buf_steal(struct buf *buf, size_t *n)
{
    char *p = buf->p;
    if (p == NULL) {
        p = memory_resize(NULL, 1);
        p[0] = '\0';
    }
    if (n != NULL) {
        *n = buf->n;
    }
    *buf = (struct buf){.limit = buf->limit};
    return p;
}
