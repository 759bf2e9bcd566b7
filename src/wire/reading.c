#include "reading.h"

#include "crypto/digest.h"

#include <stdarg.h>
#include <stdio.h>

const struct span member_names[MEMBER_COUNT] = {
#define X(name, text) [MEMBER_##name] = SCAN_NAME(text),
    MEMBER_TABLE(X)
#undef X
};

static const struct span property_names[PROPERTY_COUNT] = {
#define X(name, text) [PROPERTY_##name] = SCAN_NAME(text),
    PROPERTY_TABLE(X)
#undef X
};

static const struct span context_names[CONTEXT_COUNT] = {
#define X(name, text) [CONTEXT_##name] = SCAN_NAME(text),
    CONTEXT_TABLE(X)
#undef X
};

const char *member_pointer(enum member member)
{
    static const char *const pointers[MEMBER_COUNT] = {
#define X(name, text) [MEMBER_##name] = "/" text,
        MEMBER_TABLE(X)
#undef X
    };
    return pointers[member];
}

const char *property_pointer(enum property property)
{
    static const char *const pointers[PROPERTY_COUNT] = {
#define X(name, text) [PROPERTY_##name] = "/properties/" text,
        PROPERTY_TABLE(X)
#undef X
    };
    return pointers[property];
}

enum status reading_refuse(const struct reading *r, enum status status, const char *pointer,
                           const char *format, ...)
{
    struct error error;
    char whole[sizeof(error.pointer)];
    snprintf(whole, sizeof(whole), "%s%s", r->place, pointer);
    va_list args;
    va_start(args, format);
    vsnprintf(error.detail, sizeof(error.detail), format, args);
    va_end(args);
    return error_set(r->error, status, whole, "%s", error.detail);
}

enum status reading_open(struct reading *r)
{
    static const enum member objects[] = {MEMBER_PROPERTIES, MEMBER_CONTEXT, MEMBER_TRAITS};
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        size_t token = r->members[objects[i]];
        if (token != 0 && scan_type(r->scan, token) != TOKEN_OBJECT) {
            return reading_refuse(r, STATUS_WRONG_TYPE, member_pointer(objects[i]), "%s must be an object",
                                  member_names[objects[i]].p);
        }
    }
    if (r->members[MEMBER_PROPERTIES] != 0) {
        scan_members(r->scan, r->members[MEMBER_PROPERTIES], property_names, PROPERTY_COUNT, r->properties);
    }
    if (r->members[MEMBER_CONTEXT] != 0) {
        scan_members(r->scan, r->members[MEMBER_CONTEXT], context_names, CONTEXT_COUNT, r->context);
    }
    return STATUS_OK;
}

struct span reading_text(const struct reading *r, size_t token)
{
    if (token != 0 && scan_type(r->scan, token) == TOKEN_STRING) {
        return scan_string(r->arena, r->scan, token);
    }
    if (token != 0 && scan_type(r->scan, token) == TOKEN_NUMBER && r->scan->tokens[token].is_integer) {
        return scan_raw(r->scan, token);
    }
    return (struct span){"", 0};
}

enum status reading_id(const struct reading *r, size_t token, const char *pointer, struct span *out)
{
    if (token == 0) {
        *out = (struct span){"", 0};
        return STATUS_OK;
    }
    bool is_text = scan_type(r->scan, token) == TOKEN_STRING || r->scan->tokens[token].is_integer;
    if (!is_text) {
        return reading_refuse(r, STATUS_WRONG_TYPE, pointer, "must be a string or an integer");
    }
    struct span text = reading_text(r, token);
    if (text.n > 255) {
        return reading_refuse(r, STATUS_INVALID_VALUE, pointer, "longer than 255 bytes");
    }
    *out = text;
    return STATUS_OK;
}

enum status reading_decimal(const struct reading *r, size_t token, const char *pointer, enum status if_bad,
                            struct decimal *out)
{
    enum token_type type = scan_type(r->scan, token);
    if (type != TOKEN_NUMBER && type != TOKEN_STRING) {
        return reading_refuse(r, STATUS_WRONG_TYPE, pointer, "must be a number or a string that holds one");
    }
    struct span text =
        type == TOKEN_NUMBER ? scan_raw(r->scan, token) : scan_string(r->arena, r->scan, token);
    if (!decimal_parse(text, out)) {
        return reading_refuse(r, if_bad, pointer, "not a decimal number of at most 18 digits");
    }
    return STATUS_OK;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span reading_trim(struct span text)
{
    while (text.n != 0 && is_space(text.p[0])) {
        text.p++;
        text.n--;
    }
    while (text.n != 0 && is_space(text.p[text.n - 1])) {
        text.n--;
    }
    return text;
}

struct span reading_start(struct span text, size_t most)
{
    if (text.n > most) {
        text.n = most;
        while (((unsigned char)text.p[text.n] & 0xc0) == 0x80) {
            text.n--; /* not in the middle of a character */
        }
    }
    return text;
}

struct span reading_lower(const struct reading *r, struct span text)
{
    text = reading_trim(text);
    char *lower = arena_alloc(r->arena, text.n);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return (struct span){lower, text.n};
}

uint64_t reading_hash(const struct reading *r, struct span text)
{
    struct span lower = reading_lower(r, text);
    return lower.n == 0 ? 0 : hash_text(lower);
}
