#include "uri.h"

struct target target_split(struct span raw)
{
    if (raw.n > 0 && raw.p[0] != '/') {
        const char *host = memmem(raw.p, raw.n, "://", 3);
        if (host != NULL) {
            size_t skip = (size_t)(host + 3 - raw.p);
            while (skip < raw.n && raw.p[skip] != '/' && raw.p[skip] != '?') {
                skip++;
            }
            raw = (struct span){raw.p + skip, raw.n - skip};
        }
    }
    const char *mark = raw.n ? memchr(raw.p, '?', raw.n) : NULL;
    if (mark == NULL) {
        return (struct target){raw, {raw.p + raw.n, 0}};
    }
    size_t n = (size_t)(mark - raw.p);
    return (struct target){{raw.p, n}, {mark + 1, raw.n - n - 1}};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/** Length of the well-formed sequence at ${p} (RFC 3629, table 3-7 of Unicode), 0 when there is none. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned char first_least, first_most, second_least, second_most;
        size_t length;
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    if (p[0] < 0x80) {
        return p[0] != 0;
    }
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (p[0] < forms[i].first_least || p[0] > forms[i].first_most) {
            continue;
        }
        if (n < forms[i].length || p[1] < forms[i].second_least || p[1] > forms[i].second_most) {
            return 0;
        }
        for (size_t k = 2; k < forms[i].length; k++) {
            if ((p[k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return forms[i].length;
    }
    return 0;
}

bool text_is_valid(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        size_t length = utf8_sequence(p + i, s.n - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

bool percent_decode(struct arena *arena, struct span raw, bool plus_is_space, struct span *out)
{
    size_t plain = 0;
    while (plain < raw.n && raw.p[plain] != '%' && !(plus_is_space && raw.p[plain] == '+')) {
        plain++;
    }
    struct span decoded = raw;
    if (plain < raw.n) {
        char *to = arena_copy(arena, raw.p, raw.n);
        size_t n = plain;
        for (size_t i = plain; i < raw.n; i++) {
            char c = raw.p[i];
            if (c == '%') {
                int high = i + 2 < raw.n ? hex_value(raw.p[i + 1]) : -1;
                int low = high >= 0 ? hex_value(raw.p[i + 2]) : -1;
                if (low < 0) {
                    return false;
                }
                c = (char)(high * 16 + low);
                i += 2;
            } else if (c == '+' && plus_is_space) {
                c = ' ';
            }
            to[n++] = c;
        }
        decoded = (struct span){to, n};
    }
    if (!text_is_valid(decoded)) {
        return false;
    }
    *out = decoded;
    return true;
}

bool list_has(const char *list, struct span name)
{
    if (name.n == 0) {
        return false;
    }
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n == name.n && memcmp(p, name.p, n) == 0) {
            return true;
        }
        p += n + (p[n] == ',');
    }
    return false;
}

static enum status pair_parse(struct arena *arena, struct span raw, const char *known,
                              struct query_pair *pair, struct error *error)
{
    const char *mark = memchr(raw.p, '=', raw.n);
    size_t n = mark ? (size_t)(mark - raw.p) : raw.n;
    struct span value = mark ? (struct span){mark + 1, raw.n - n - 1} : (struct span){raw.p + raw.n, 0};
    if (!percent_decode(arena, (struct span){raw.p, n}, true, &pair->name)) {
        return error_set(error, STATUS_INVALID_PARAMETER, "",
                         "the name of a query parameter is not valid text");
    }
    if (!list_has(known, pair->name)) {
        int shown = (int)(pair->name.n < 64 ? pair->name.n : 64);
        while (shown > 0 && !text_is_valid((struct span){pair->name.p, (size_t)shown})) {
            shown--;
        }
        return error_set(error, STATUS_INVALID_PARAMETER, "",
                         "the query parameter \"%.*s\" is not known here", shown, pair->name.p);
    }
    if (!percent_decode(arena, value, true, &pair->value)) {
        return error_set(error, STATUS_INVALID_PARAMETER, "",
                         "the query parameter \"%.*s\" is not valid text", (int)pair->name.n, pair->name.p);
    }
    return STATUS_OK;
}

enum status query_parse(struct arena *arena, struct span raw, const char *known, struct query_pair **pairs,
                        size_t *n, struct error *error)
{
    struct query_pair found[QUERY_PAIRS_MAX];
    size_t count = 0;
    for (size_t at = 0; at < raw.n;) {
        const char *end = memchr(raw.p + at, '&', raw.n - at);
        size_t length = end ? (size_t)(end - raw.p) - at : raw.n - at;
        struct span piece = {raw.p + at, length};
        at += length + 1;
        if (length == 0) {
            continue;
        }
        if (count == QUERY_PAIRS_MAX) {
            return error_set(error, STATUS_INVALID_PARAMETER, "", "there are more than %d query parameters",
                             QUERY_PAIRS_MAX);
        }
        enum status status = pair_parse(arena, piece, known, &found[count], error);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t i = 0; i < count; i++) {
            if (span_equal(found[i].name, found[count].name)) {
                return error_set(error, STATUS_INVALID_PARAMETER, "",
                                 "the query parameter \"%.*s\" comes twice", (int)found[i].name.n,
                                 found[i].name.p);
            }
        }
        count++;
    }
    *pairs = count ? arena_copy(arena, found, count * sizeof(found[0])) : NULL;
    *n = count;
    return STATUS_OK;
}

bool query_find(struct arena *arena, struct span raw, const char *name, struct span *out)
{
    size_t n_name = strlen(name);
    while (raw.n > 0) {
        struct span pair = span_take(&raw, '&');
        if (pair.n > n_name && pair.p[n_name] == '=' && memcmp(pair.p, name, n_name) == 0) {
            struct span value = {pair.p + n_name + 1, pair.n - n_name - 1};
            return value.n != 0 && percent_decode(arena, value, true, out);
        }
    }
    return false;
}

void uri_encode(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            (c != 0 && strchr("-._~", c) != NULL)) {
            buf_char(out, (char)c);
        } else {
            buf_printf(out, "%%%02X", c);
        }
    }
}
