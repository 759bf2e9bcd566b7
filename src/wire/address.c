#include "address.h"

#include "escape.h"

bool address_is_text(struct span text)
{
    for (size_t i = 0; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        size_t n = c < 0x80 ? (c >= 0x20 && c != 0x7f) : escape_utf8_size(text.p + i, text.p + text.n);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool address_undo(struct arena *arena, struct span raw, bool plus_is_space, struct span *out)
{
    char *text = arena_alloc(arena, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%' && i + 2 < raw.n && hex_digit(raw.p[i + 1]) >= 0 && hex_digit(raw.p[i + 2]) >= 0) {
            c = (char)(hex_digit(raw.p[i + 1]) << 4 | hex_digit(raw.p[i + 2]));
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        text[n++] = c;
    }
    *out = (struct span){text, n};
    return address_is_text(*out);
}

struct utm address_utm(struct arena *arena, struct span address)
{
    struct utm utm = {.campaign = {"", 0}, .source = {"", 0}, .medium = {"", 0}};
    struct span query = span_take(&address, '#');
    span_take(&query, '?');
    while (query.n != 0) {
        struct span value = span_take(&query, '&');
        struct span name = span_take(&value, '=');
        struct span *to = span_is(name, "utm_campaign") ? &utm.campaign
                          : span_is(name, "utm_source") ? &utm.source
                          : span_is(name, "utm_medium") ? &utm.medium
                                                        : NULL;
        struct span text;
        if (to != NULL && to->n == 0 && address_undo(arena, value, true, &text)) {
            *to = text;
        }
    }
    return utm;
}
