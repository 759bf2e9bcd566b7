#include "base/buf.h"
#include "db/store.h"
#include "db/each.h"

#include <stdlib.h>

/*
 * traits and counters are JSON objects with sorted names. We alone write them, always in this form: names as JSON
 * strings of base/buf.c, values as they were sent (traits) or whole numbers (counters).
 */

struct span traits_encode(struct arena *arena, const struct profile *profile)
{
    struct buf buf;
    buf_init(&buf, 0);
    buf_char(&buf, '{');
    for (size_t i = 0; i < profile->n_traits; i++) {
        if (i)
            buf_char(&buf, ',');
        buf_json_string(&buf, profile->traits[i].name);
        buf_char(&buf, ':');
        buf_span(&buf, profile->traits[i].json);
    }
    buf_char(&buf, '}');
    struct span s = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return s;
}

struct span counters_encode(struct arena *arena, const struct profile *profile)
{
    struct buf buf;
    buf_init(&buf, 0);
    buf_char(&buf, '{');
    for (size_t i = 0; i < profile->n_counters; i++) {
        if (i)
            buf_char(&buf, ',');
        buf_json_string(&buf, profile->counters[i].name);
        buf_char(&buf, ':');
        buf_int(&buf, profile->counters[i].count);
    }
    buf_char(&buf, '}');
    struct span s = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return s;
}

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return ((unsigned)c | 0x20) - 'a' + 10;
}

/* A JSON string of ours at ${*at} (on its opening quote); leaves ${*at} after the closing one. */
static struct span read_string(struct arena *arena, const char **at, const char *end)
{
    const char *p = *at + 1;
    char *out = arena_alloc(arena, (size_t)(end - p) + 1);
    size_t n = 0;
    while (p < end && *p != '"') {
        if (*p != '\\' || p + 1 == end) {
            out[n++] = *p++;
            continue;
        }
        p++;
        switch (*p) {
        case 'n': out[n++] = '\n'; break;
        case 't': out[n++] = '\t'; break;
        case 'r': out[n++] = '\r'; break;
        case 'b': out[n++] = '\b'; break;
        case 'f': out[n++] = '\f'; break;
        case 'u': /* buf_json_string writes control characters only in this way */
            if (end - p > 4) {
                out[n++] = (char)(hex_digit(p[3]) << 4 | hex_digit(p[4]));
                p += 4;
            }
            break;
        default: out[n++] = *p; break;
        }
        p++;
    }
    *at = p < end ? p + 1 : end;
    return (struct span){out, n};
}

/* The end of the JSON value at ${p}: the ',' or '}' that closes the member. */
static const char *value_end(const char *p, const char *end)
{
    int depth = 0;
    bool quoted = false;
    for (; p < end; p++) {
        if (quoted) {
            if (*p == '\\')
                p++;
            else if (*p == '"')
                quoted = false;
        } else if (*p == '"') {
            quoted = true;
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if ((*p == '}' || *p == ']') && depth-- == 0) {
            return p;
        } else if (*p == ',' && depth == 0) {
            return p;
        }
    }
    return end;
}

struct member {
    struct span name;
    struct span value;
};

static struct member *read_members(struct arena *arena, struct span json, size_t *n)
{
    struct member *members = NULL;
    size_t capacity = 0;
    const char *p = json.p + 1, *end = json.p + json.n;
    *n = 0;
    while (p < end && *p == '"') {
        struct member member;
        member.name = read_string(arena, &p, end);
        p += p < end; /* ':' */
        const char *stop = value_end(p, end);
        member.value = arena_span(arena, (struct span){p, (size_t)(stop - p)});
        members = arena_grow(arena, members, *n, &capacity, sizeof(*members));
        members[(*n)++] = member;
        p = stop + (stop < end); /* ',' or '}' */
    }
    return members;
}

struct span hashes_encode(struct arena *arena, const uint64_t *set, size_t n)
{
    unsigned char *bytes = arena_alloc(arena, n * 8 + 1);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 8; k++)
            bytes[i * 8 + k] = (unsigned char)(set[i] >> (8 * (7 - k)));
    return (struct span){(char *)bytes, n * 8};
}

static uint64_t *read_hashes(struct arena *arena, struct span s, size_t *n)
{
    *n = s.n / 8;
    uint64_t *set = ARENA_ARRAY(arena, uint64_t, *n);
    for (size_t i = 0; i < *n; i++)
        for (size_t k = 0; k < 8; k++)
            set[i] = set[i] << 8 | (unsigned char)s.p[i * 8 + k];
    return set;
}

void profile_read(struct arena *arena, const struct db_result *result, int row, struct profile *out)
{
    size_t n;
    *out = (struct profile){.is_stored = true};
    struct member *members = read_members(arena, db_span(result, row, 1), &n);
    out->traits = ARENA_ARRAY(arena, struct trait, n);
    out->n_traits = n;
    for (size_t i = 0; i < n; i++) {
        out->traits[i] = (struct trait){.name = members[i].name, .json = members[i].value};
        trait_value(arena, &out->traits[i]);
    }
    members = read_members(arena, db_span(result, row, 2), &n);
    out->counters = ARENA_ARRAY(arena, struct counter, n);
    out->n_counters = n;
    for (size_t i = 0; i < n; i++)
        out->counters[i] = (struct counter){.name = members[i].name,
                                            .count = strtoll(arena_text(arena, members[i].value), NULL, 10)};
    out->categories = read_hashes(arena, db_span(result, row, 3), &out->n_categories);
    out->products = read_hashes(arena, db_span(result, row, 4), &out->n_products);
    out->channels = read_hashes(arena, db_span(result, row, 5), &out->n_channels);
    out->churn_reason = arena_span(arena, db_span(result, row, 6));
    marks_decode(arena, db_span(result, row, 7), &out->marks);
    int column = 8;
#define X(name, member, which) out->name = arena_span(arena, db_span(result, row, column++));
    TOUCH_TABLE(X)
#undef X
}

struct db_args *profile_args(struct arena *arena, const struct profile_row *rows, size_t n)
{
    static const struct span null;
    struct db_args *args = db_args(arena, PROFILE_COLUMNS + 1);
    EACH(args, DB_UUID, push_uuid, &rows[i].customer_key);
    EACH(args, DB_INT4, push_int, rows[i].shop_id);
    EACH(args, DB_JSON, push_span, traits_encode(arena, rows[i].profile));
    EACH(args, DB_JSON, push_span, counters_encode(arena, rows[i].profile));
    EACH(args, DB_BYTEA, push_span, hashes_encode(arena, rows[i].profile->categories, rows[i].profile->n_categories));
    EACH(args, DB_BYTEA, push_span, hashes_encode(arena, rows[i].profile->products, rows[i].profile->n_products));
    EACH(args, DB_BYTEA, push_span, hashes_encode(arena, rows[i].profile->channels, rows[i].profile->n_channels));
    EACH(args, DB_TEXT, push_span, rows[i].profile->churn_reason.n ? rows[i].profile->churn_reason : null);
    EACH(args, DB_BYTEA, push_span, marks_encode(arena, &rows[i].profile->marks));
#define X(name, member, which)                                                                               \
    EACH(args, DB_TEXT, push_span, rows[i].profile->name.n ? rows[i].profile->name : null);
    TOUCH_TABLE(X)
#undef X
    return args;
}
