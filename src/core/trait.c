#include "core/event.h"

#include <stdlib.h>

/*
 * What rules read of a trait's JSON text. The text was checked when it was accepted, so this reads what is
 * right and makes null of what is not; it never reads past the end.
 */

#define MANTISSA_MAX        40
#define EXPONENT_DIGITS_MAX 2

struct reader {
    const char *p;
    const char *end;
};

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')) {
        r->p++;
    }
}

static bool take(struct reader *r, char c)
{
    skip_space(r);
    if (r->p < r->end && *r->p == c) {
        r->p++;
        return true;
    }
    return false;
}

/** The next string's inside, still escaped; ${escaped}: it needs unescaping. */
static bool read_string(struct reader *r, struct span *raw, bool *escaped)
{
    if (!take(r, '"')) {
        return false;
    }
    const char *start = r->p;
    *escaped = false;
    for (; r->p < r->end && *r->p != '"'; r->p++) {
        if (*r->p == '\\') {
            *escaped = true;
            r->p++;
        }
    }
    if (r->p >= r->end) {
        r->p = r->end;
        return false;
    }
    *raw = (struct span){start, (size_t)(r->p - start)};
    r->p++;
    return true;
}

/** Step over one value of any kind, however deep. */
static void skip_value(struct reader *r)
{
    size_t depth = 0;
    do {
        skip_space(r);
        if (r->p >= r->end) {
            return;
        }
        struct span raw;
        bool escaped;
        char c = *r->p;
        if (c == '"') {
            (void)read_string(r, &raw, &escaped);
            continue;
        }
        if (c == '[' || c == '{') {
            depth++;
        } else if (c == ']' || c == '}') {
            depth -= depth != 0;
        } else if (c != ',' && c != ':') {
            do {
                r->p++;
            } while (r->p < r->end && strchr(",:]}[{\" \t\n\r", *r->p) == NULL);
            continue;
        }
        r->p++;
    } while (depth != 0);
}

static unsigned hex4(const char *p, const char *end)
{
    unsigned n = 0;
    for (int i = 0; i < 4 && p + i < end; i++) {
        char c = p[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 0;
        n = n << 4 | digit;
    }
    return n;
}

static size_t put_utf8(char *out, unsigned c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/** The character of the \uXXXX whose digits are at ${*p}; a lone surrogate is U+FFFD. Moves ${*p} past it. */
static unsigned unescape_unicode(const char **p, const char *end)
{
    unsigned c = hex4(*p, end);
    *p = end - *p < 4 ? end : *p + 4;
    if (c < 0xd800 || c > 0xdfff) {
        return c;
    }
    if (c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        unsigned low = hex4(*p + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *p += 6;
            return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

/** No escape is shorter than what it stands for. */
static struct span unescape(struct arena *arena, struct span raw)
{
    char *out = arena_alloc(arena, raw.n);
    size_t n = 0;
    const char *p = raw.p, *end = raw.p + raw.n;
    while (p < end) {
        char c = *p++;
        if (c != '\\' || p == end) {
            out[n++] = c;
            continue;
        }
        c = *p++;
        if (c == 'u') {
            n += put_utf8(out + n, unescape_unicode(&p, end));
            continue;
        }
        out[n++] = c == 'n'   ? '\n'
                   : c == 't' ? '\t'
                   : c == 'r' ? '\r'
                   : c == 'b' ? '\b'
                   : c == 'f' ? '\f'
                              : c;
    }
    return (struct span){out, n};
}

/** A number of moderate length: what SQL casts to float8 without an error, too. */
static struct value number(struct span text)
{
    char copy[MANTISSA_MAX + EXPONENT_DIGITS_MAX + 3];
    size_t mantissa = 0;
    while (mantissa < text.n && text.p[mantissa] != 'e' && text.p[mantissa] != 'E') {
        mantissa++;
    }
    size_t digits = text.n - mantissa;
    if (digits != 0) {
        digits--;
        if (digits != 0 && (text.p[mantissa + 1] == '+' || text.p[mantissa + 1] == '-')) {
            digits--;
        }
    }
    if (mantissa > MANTISSA_MAX || digits > EXPONENT_DIGITS_MAX) {
        return value_null();
    }
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    char *end;
    double n = strtod(copy, &end);
    return *end == '\0' && end != copy ? value_number(n) : value_null();
}

static struct value read_scalar(struct arena *arena, struct reader *r)
{
    skip_space(r);
    if (r->p < r->end && *r->p == '"') {
        struct span raw;
        bool escaped;
        if (!read_string(r, &raw, &escaped)) {
            return value_null();
        }
        return value_string(escaped ? unescape(arena, raw) : raw);
    }
    const char *start = r->p;
    skip_value(r);
    struct span text = {start, (size_t)(r->p - start)};
    if (text.n != 0 && (*text.p == '-' || (*text.p >= '0' && *text.p <= '9'))) {
        return number(text);
    }
    return span_is(text, "true")    ? value_bool(true)
           : span_is(text, "false") ? value_bool(false)
                                    : value_null();
}

static struct value read_list(struct arena *arena, struct reader *r)
{
    struct value *items = NULL;
    size_t n = 0, capacity = 0;
    if (take(r, ']')) {
        return value_list(NULL, 0);
    }
    do {
        items = arena_grow(arena, items, n, &capacity, sizeof(*items));
        items[n++] = read_scalar(arena, r);
    } while (take(r, ','));
    return take(r, ']') ? value_list(items, n) : value_null();
}

void trait_value(struct arena *arena, struct trait *trait)
{
    struct reader r = {trait->json.p, trait->json.p + trait->json.n};
    trait->value = take(&r, '[') ? read_list(arena, &r) : read_scalar(arena, &r);
}
