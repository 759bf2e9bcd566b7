#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t usec_t;

/** "No value" of a usec_t or of a stored integer fact (SQL NULL). */
#define NONE INT64_MIN

#define USEC_PER_SEC INT64_C(1000000)
#define USEC_PER_DAY (INT64_C(86400) * USEC_PER_SEC)

/** Bytes that belong to somebody else; not NUL-terminated. */
struct span {
    const char *p;
    size_t n;
};

struct uuid {
    unsigned char b[16];
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static inline bool span_is(struct span s, const char *text)
{
    return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/** Without spaces and control characters at its ends. */
static inline struct span span_trim(struct span s)
{
    while (s.n && (unsigned char)s.p[0] <= ' ')
        s = (struct span){s.p + 1, s.n - 1};
    while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

/** Take what stands before the first ${end} off ${rest}, and that with it; all of it when there is none. */
static inline struct span span_take(struct span *rest, char end)
{
    const char *at = rest->n ? (const char *)memchr(rest->p, end, rest->n) : NULL;
    struct span part = {rest->p, at ? (size_t)(at - rest->p) : rest->n};
    size_t taken = part.n + (at != NULL);
    *rest = (struct span){rest->p + taken, rest->n - taken};
    return part;
}

/** Bytewise order, as collation "C" has it. */
static inline int span_compare(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static inline int uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}
/** All zero: nobody. */
static inline bool uuid_is_nil(const struct uuid *uuid)
{
    return uuid_compare(uuid, &(struct uuid){{0}}) == 0;
}

#endif
