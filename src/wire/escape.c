#include "escape.h"

static bool is_continuation(const char *p)
{
    return ((unsigned char)*p & 0xc0) == 0x80;
}

size_t escape_utf8_size(const char *p, const char *end)
{
    unsigned char lead = (unsigned char)*p;
    size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - p) < size) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(p + i)) {
            return 0;
        }
    }
    unsigned char second = (unsigned char)p[1];
    bool is_overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    bool is_surrogate = lead == 0xed && second > 0x9f;
    bool is_beyond = lead == 0xf4 && second > 0x8f;
    return is_overlong || is_surrogate || is_beyond ? 0 : size;
}

/** Value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/** The code unit of "\uXXXX" at ${p}, or -1 when there is none. */
static int code_unit(const char *p, const char *end)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return -1;
    }
    int unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_value(p[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

int32_t escape_read(const char *p, const char *end, size_t *size)
{
    int unit = code_unit(p, end);
    *size = 6;
    if (is_low_surrogate(unit)) {
        return ESCAPE_LONE;
    }
    if (!is_high_surrogate(unit)) {
        return unit;
    }
    int low = code_unit(p + 6, end);
    if (!is_low_surrogate(low)) {
        return ESCAPE_LONE;
    }
    *size = 12;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

struct span escape_clean(struct arena *arena, struct span text)
{
    char *out = arena_alloc(arena, text.n);
    char *to = out;
    const char *p = text.p;
    const char *end = text.p + text.n;
    for (;;) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        size_t n = (size_t)((escape ? escape : end) - p);
        memcpy(to, p, n);
        to += n;
        if (escape == NULL) {
            return (struct span){out, (size_t)(to - out)};
        }
        size_t size = 2;
        int32_t c = escape[1] == 'u' ? escape_read(escape, end, &size) : 'x';
        if (c != 0) {
            memcpy(to, c == ESCAPE_LONE ? "\\ufffd" : escape, size);
            to += size;
        }
        p = escape + size;
    }
}

static char *put_utf8(char *to, int32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

static char simple_escape(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

size_t escape_undo(struct span inside, char *to)
{
    const char *start = to;
    const char *p = inside.p;
    const char *end = inside.p + inside.n;
    while (p < end) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        size_t n = (size_t)((escape ? escape : end) - p);
        memcpy(to, p, n);
        to += n;
        if (escape == NULL) {
            break;
        }
        size_t size = 2;
        if (escape[1] == 'u') {
            to = put_utf8(to, escape_read(escape, end, &size));
        } else {
            *to++ = simple_escape(escape[1]);
        }
        p = escape + size;
    }
    return (size_t)(to - start);
}
