#include "document.h"

#include <stdarg.h>
#include <stdio.h>

enum status document_open(struct document *d, struct arena *arena, struct span json, enum status fault,
                          struct error *error)
{
    *d = (struct document){.arena = arena, .fault = fault, .error = error};
    enum status status = scan_parse(arena, arena_span(arena, json), SCAN_DEPTH_MAX, &d->scan, error);
    if (status == STATUS_TOO_DEEP) {
        return document_refuse(d, "", "the document is nested too deeply");
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (scan_type(&d->scan, 0) != TOKEN_OBJECT) {
        return document_refuse(d, "", "the document must be an object");
    }
    return STATUS_OK;
}

enum status document_refuse(const struct document *d, const char *pointer, const char *format, ...)
{
    char detail[sizeof(d->error->detail)];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    return error_set(d->error, d->fault, pointer, "%s", detail);
}

const char *document_pointer(const struct document *d, const char *pointer, struct span name)
{
    size_t n = strlen(pointer);
    char *text = arena_alloc(d->arena, n + 1 + 2 * name.n + 1);
    memcpy(text, pointer, n);
    text[n++] = '/';
    for (size_t i = 0; i < name.n; i++) {
        bool is_escaped = name.p[i] == '~' || name.p[i] == '/';
        if (is_escaped) {
            text[n++] = '~';
        }
        text[n++] = (char)(!is_escaped ? name.p[i] : name.p[i] == '~' ? '0' : '1');
    }
    return text;
}

#define NAME_SHOWN 63

enum status document_members(const struct document *d, size_t object, const char *pointer,
                             const struct span *names, size_t n, size_t *values)
{
    const struct scan *scan = &d->scan;
    if (scan_type(scan, object) != TOKEN_OBJECT) {
        return document_refuse(d, pointer, "must be an object");
    }
    memset(values, 0, n * sizeof(*values));
    unsigned seen = 0;
    for (size_t key = object + 1; key < scan_next(scan, object); key = scan_next(scan, key + 1)) {
        size_t i = scan_name(scan, key, names, n);
        struct span name = i == n ? scan_string(d->arena, scan, key) : names[i];
        int shown = (int)(name.n < NAME_SHOWN ? name.n : NAME_SHOWN);
        if (i == n) {
            return document_refuse(d, document_pointer(d, pointer, name), "there is no member \"%.*s\" here",
                                   shown, name.p);
        }
        if (seen >> i & 1) {
            return document_refuse(d, document_pointer(d, pointer, name),
                                   "the member \"%.*s\" is there twice", shown, name.p);
        }
        seen |= 1u << i;
        values[i] = scan_type(scan, key + 1) == TOKEN_NULL ? 0 : key + 1;
    }
    return STATUS_OK;
}

enum status document_text(const struct document *d, size_t token, const char *pointer, struct span *out)
{
    if (token == 0) {
        return document_refuse(d, pointer, "is missing");
    }
    if (scan_type(&d->scan, token) != TOKEN_STRING) {
        return document_refuse(d, pointer, "must be a string");
    }
    *out = scan_string(d->arena, &d->scan, token);
    return STATUS_OK;
}

#define DIGITS_MAX 18

enum status document_whole(const struct document *d, size_t token, const char *pointer, int64_t least, int64_t most,
                           int64_t *out)
{
    if (token == 0) {
        return document_refuse(d, pointer, "is missing");
    }
    int64_t n = 0;
    struct span text = scan_raw(&d->scan, token);
    bool is_digits = scan_type(&d->scan, token) == TOKEN_NUMBER && text.n <= DIGITS_MAX;
    for (size_t i = 0; i < text.n && is_digits; i++) {
        is_digits = text.p[i] >= '0' && text.p[i] <= '9';
        n = n * 10 + (text.p[i] - '0');
    }
    if (!is_digits || n < least || n > most) {
        return document_refuse(d, pointer, "must be a whole number from %lld to %lld", (long long)least, (long long)most);
    }
    *out = n;
    return STATUS_OK;
}

size_t document_find(const struct document *d, size_t object, struct span name)
{
    const struct scan *scan = &d->scan;
    size_t found = 0;
    for (size_t key = object + 1; key < scan_next(scan, object); key = scan_next(scan, key + 1)) {
        if (span_equal(scan_string(d->arena, scan, key), name)) {
            found = key + 1;
        }
    }
    return found;
}
