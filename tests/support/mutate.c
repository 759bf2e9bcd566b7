#include "mutate.h"

#include "base/buf.h"

/* Where a value of the sample stands, and the name before it when it is a member's. */
struct place {
    size_t start, end;
    size_t name; /* of the member: its quote; SIZE_MAX: an element, or the document */
};

#define PLACES_MAX 8192

struct places {
    struct place *all;
    size_t n;
    struct span text;
};

static size_t skip_space(struct span text, size_t i)
{
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\n' || text.p[i] == '\r' || text.p[i] == '\t'))
        i++;
    return i;
}

static size_t skip_string(struct span text, size_t i)
{
    for (i++; i < text.n && text.p[i] != '"'; i++)
        i += text.p[i] == '\\';
    return i < text.n ? i + 1 : text.n;
}

/* The end of the value at ${i}: brackets are counted, other values end where they must. */
static size_t value_end(struct span text, size_t i)
{
    size_t depth = 0;
    do {
        char c = i < text.n ? text.p[i] : '\0';
        if (c == '"') {
            i = skip_string(text, i);
            continue;
        }
        if (depth == 0 && (c == '\0' || c == ',' || c == '}' || c == ']' || c == ':'))
            return i;
        depth += c == '{' || c == '[';
        depth -= depth && (c == '}' || c == ']');
        i++;
        if (depth == 0 && (c == '}' || c == ']'))
            return i;
    } while (i < text.n && (depth || (text.p[i] != ',' && text.p[i] != '}' && text.p[i] != ']')));
    return i;
}

/* Whatever follows a colon, a comma or an opening bracket, and is not a name, is a value. */
static void find_places(struct arena *arena, struct span text, struct places *out)
{
    size_t name = SIZE_MAX;
    *out = (struct places){.all = ARENA_ARRAY(arena, struct place, PLACES_MAX), .text = text};
    for (size_t i = skip_space(text, 0); i < text.n && out->n < PLACES_MAX; i = skip_space(text, i)) {
        char c = text.p[i];
        if (c == ',' || c == ':' || c == '}' || c == ']') {
            i++;
            continue;
        }
        size_t end = c == '"' ? skip_string(text, i) : value_end(text, i);
        size_t next = skip_space(text, end);
        if (c == '"' && next < text.n && text.p[next] == ':') {
            name = i;
            i = end;
            continue;
        }
        out->all[out->n++] = (struct place){i, end, name};
        name = SIZE_MAX;
        i = c == '{' || c == '[' || end == i ? i + 1 : end;
    }
}

/* --- what is put in the place of a value ---------------------------------------------------------------- */

static void put_repeated(struct buf *out, const char *text, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        buf_text(out, text);
}

static void put_nested(struct buf *out, struct chance *chance)
{
    int64_t n = one_in(chance, 2) ? 200 : 40;
    bool is_object = one_in(chance, 2);
    put_repeated(out, is_object ? "{\"a\":" : "[", n);
    buf_text(out, "1");
    put_repeated(out, is_object ? "}" : "]", one_in(chance, 8) ? n - 1 : n);
}

static void put_long(struct buf *out, struct chance *chance)
{
    static const char *const units[] = {"x", "\xC3\xA4", "\\u0001", "9", "\\ud83d\\ude00", "a@"};
    static const int64_t lengths[] = {99, 100, 101, 254, 255, 256, 4000, 33000};
    const char *unit = ONE_OF(chance, units);
    buf_char(out, '"');
    put_repeated(out, unit, ONE_OF(chance, lengths));
    buf_char(out, '"');
}

static void put_odd_value(struct buf *out, struct chance *chance)
{
    static const char *const values[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "1.5",
        "1e400",
        "-1e-400",
        "9007199254740993",
        "9223372036854775808",
        "18446744073709551616",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        "01",
        "+1",
        ".5",
        "NaN",
        "Infinity",
        "\"\"",
        "\" \"",
        "\"0\"",
        "\"-3.50\"",
        "\"1e3\"",
        "\"12,50\"",
        "\"007\"",
        "\"99999999999999999999.99\"",
        "\"nobody\"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\x41\"",
        "\"\\\"",
        "\"\xff\xfe\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"\x01\"",
        "\"<b>&ndash;</b>\"",
        "\"0000-00-00T00:00:00Z\"",
        "\"1970-01-01T00:00:00\"",
        "\"0001-01-01T00:00:00+14:00\"",
        "\"9999-12-31T23:59:59-14:00\"",
        "\"2026-02-30T00:00:00Z\"",
        "\"EUR\"",
        "\"ZZZ\"",
        "\"refund\"",
        "\"success\"",
        "\"paid\"",
        "\"refunded\"",
        "\"https://a@b.example/?utm_source=%ff&utm_medium=%c3%a4&utm_campaign=%\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[1,\"a\",{}]",
        "{\"\":1}",
        "{\"id\":7}",
        "{\"id\":null,\"email\":[]}",
    };
    if (one_in(chance, 12))
        put_nested(out, chance);
    else if (one_in(chance, 8))
        put_long(out, chance);
    else
        buf_text(out, ONE_OF(chance, values));
}

/* --- the kinds of damage -------------------------------------------------------------------------------- */

static struct span part(struct span text, size_t from, size_t to)
{
    return (struct span){text.p + from, to - from};
}

static void replace_value(struct buf *out, struct chance *chance, const struct places *places,
                          const struct place *at)
{
    buf_span(out, part(places->text, 0, at->start));
    put_odd_value(out, chance);
    buf_span(out, part(places->text, at->end, places->text.n));
}

/* The value of another place of the same sample: a type that fits somewhere, and not here. */
static void swap_value(struct buf *out, struct chance *chance, const struct places *places,
                       const struct place *at)
{
    const struct place *other = &places->all[chance_of(chance, (int64_t)places->n)];
    buf_span(out, part(places->text, 0, at->start));
    buf_span(out, part(places->text, other->start, other->end));
    buf_span(out, part(places->text, at->end, places->text.n));
}

/* Takes a member or element out, with a comma if there is one: mostly the rest is still JSON. */
static void remove_value(struct buf *out, struct chance *chance, const struct places *places,
                         const struct place *at)
{
    struct span text = places->text;
    size_t start = at->name == SIZE_MAX ? at->start : at->name;
    size_t end = skip_space(text, at->end);
    (void)chance;
    if (end < text.n && text.p[end] == ',') {
        end++;
    } else {
        while (start > 0 && text.p[start - 1] != ',' && text.p[start - 1] != '{' && text.p[start - 1] != '[')
            start--;
        start -= start > 0 && text.p[start - 1] == ',';
    }
    buf_span(out, part(text, 0, start));
    buf_span(out, part(text, end, text.n));
}

/* The same member again with another value; the last one wins. */
static void repeat_member(struct buf *out, struct chance *chance, const struct places *places,
                          const struct place *at)
{
    struct span text = places->text;
    size_t start = at->name == SIZE_MAX ? at->start : at->name;
    buf_span(out, part(text, 0, at->end));
    buf_char(out, ',');
    buf_span(out, part(text, start, at->start));
    put_odd_value(out, chance);
    buf_span(out, part(text, at->end, text.n));
}

static void repeat_many(struct buf *out, struct chance *chance, const struct places *places,
                        const struct place *at)
{
    struct span text = places->text;
    int64_t n = chance_of(chance, 300);
    buf_span(out, part(text, 0, at->end));
    for (int64_t i = 0; i < n && out->n < 400000; i++) {
        buf_char(out, ',');
        buf_span(out, part(text, at->name == SIZE_MAX ? at->start : at->name, at->end));
    }
    buf_span(out, part(text, at->end, text.n));
}

static void cut_short(struct buf *out, struct chance *chance, const struct places *places,
                      const struct place *at)
{
    (void)chance;
    buf_span(out, part(places->text, 0, at->start + (at->end - at->start) / 2));
}

static void flip_byte(struct buf *out, struct chance *chance, const struct places *places,
                      const struct place *at)
{
    buf_span(out, part(places->text, 0, at->start));
    buf_char(out, (char)chance_of(chance, 256));
    if (at->start < places->text.n)
        buf_span(out, part(places->text, at->start + 1, places->text.n));
}

static void damage(struct buf *out, struct chance *chance, const struct places *places)
{
    static void (*const kinds[])(struct buf *, struct chance *, const struct places *,
                                 const struct place *) = {
        replace_value, replace_value, replace_value, replace_value, swap_value, swap_value,
        remove_value,  remove_value,  repeat_member, repeat_many,   cut_short,  flip_byte,
    };
    const struct place *at = &places->all[chance_of(chance, (int64_t)places->n)];
    ONE_OF(chance, kinds)(out, chance, places, at);
}

struct span mutate_json(struct arena *arena, struct chance *chance, struct span sample)
{
    int64_t n = 1 + chance_of(chance, 4);
    for (int64_t i = 0; i < n; i++) {
        struct places places;
        struct buf out;
        find_places(arena, sample, &places);
        if (places.n == 0)
            break;
        buf_init(&out, 0);
        damage(&out, chance, &places);
        sample = out.n ? arena_span(arena, (struct span){out.p, out.n}) : (struct span){"", 0};
        buf_done(&out);
    }
    return sample;
}
