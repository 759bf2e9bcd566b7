#include "wire/csv.h"

enum where { FIELD_START, PLAIN, QUOTED, CLOSED };

/** Where ${c} leads from ${where}; line ends are the caller's. */
static enum where step(enum where where, char c)
{
    switch (where) {
    case FIELD_START:
    case PLAIN:
        if (c == ',') {
            return FIELD_START;
        }
        return where == FIELD_START && c == '"' ? QUOTED : PLAIN;
    case QUOTED: return c == '"' ? CLOSED : QUOTED;
    case CLOSED:
        if (c == ',') {
            return FIELD_START;
        }
        return c == '"' ? QUOTED : PLAIN;
    }
    return PLAIN;
}

/** Takes ${n} bytes and, when there is one, the line end behind them. */
static void take(struct span *text, size_t n, struct csv_record *out)
{
    size_t consumed = n + (n < text->n);
    out->text = (struct span){text->p, n};
    if (n != 0 && consumed > n && text->p[n - 1] == '\r') {
        out->text.n--;
    }
    text->p += consumed;
    text->n -= consumed;
}

/** Takes the first physical line alone. */
static void take_broken(struct span *text, struct csv_record *out)
{
    const char *end = memchr(text->p, '\n', text->n);
    *out = (struct csv_record){.lines = 1, .is_broken = true};
    take(text, end ? (size_t)(end - text->p) : text->n, out);
}

bool csv_take(struct span *text, bool is_last, struct csv_record *out)
{
    enum where where = FIELD_START;
    bool is_broken = false;
    size_t lines = 1, n = 0;
    for (; n < text->n; n++) {
        char c = text->p[n];
        if (c == '\n' && where != QUOTED) {
            break;
        }
        lines += c == '\n';
        is_broken = is_broken || (where == CLOSED && c != ',' && c != '"' && c != '\r');
        where = step(where, c);
    }
    if (n == text->n && (!is_last || n == 0)) {
        return false;
    }
    if (lines > 1 && (is_broken || where == QUOTED)) {
        take_broken(text, out);
        return true;
    }
    *out = (struct csv_record){.lines = lines, .is_broken = is_broken || where == QUOTED};
    take(text, n, out);
    return true;
}

/** Takes a quoted field, whose opening quote is gone, and its closing quote. */
static bool take_quoted(struct arena *arena, struct span *rest, struct span *out)
{
    size_t doubled = 0, i = 0;
    for (;; i++) {
        if (i == rest->n) {
            return false;
        }
        if (rest->p[i] != '"') {
            continue;
        }
        if (i + 1 == rest->n || rest->p[i + 1] != '"') {
            break;
        }
        doubled++;
        i++;
    }
    *out = (struct span){rest->p, i};
    if (doubled != 0) {
        char *copy = arena_alloc(arena, i - doubled);
        size_t n = 0;
        for (size_t k = 0; k < i; k++) {
            copy[n++] = rest->p[k];
            k += rest->p[k] == '"';
        }
        *out = (struct span){copy, n};
    }
    rest->p += i + 1;
    rest->n -= i + 1;
    return true;
}

enum status csv_fields(struct arena *arena, struct span record, struct span **out, size_t *n,
                       struct error *error)
{
    struct span *fields = NULL;
    size_t count = 0, capacity = 0;
    for (struct span rest = record;;) {
        struct span field;
        if (count == CSV_FIELDS_MAX) {
            return error_set(error, STATUS_TOO_MANY, "", "a row has at most %d columns", CSV_FIELDS_MAX);
        }
        if (rest.n != 0 && rest.p[0] == '"') {
            rest = (struct span){rest.p + 1, rest.n - 1};
            if (!take_quoted(arena, &rest, &field)) {
                return error_set(error, STATUS_INVALID_VALUE, "", "the quote of column %zu is not closed",
                                 count + 1);
            }
            if (rest.n != 0 && rest.p[0] != ',') {
                return error_set(error, STATUS_INVALID_VALUE, "",
                                 "something stands after the closing quote of column %zu", count + 1);
            }
        } else {
            const char *comma = rest.n != 0 ? memchr(rest.p, ',', rest.n) : NULL;
            field = (struct span){rest.p, comma ? (size_t)(comma - rest.p) : rest.n};
            rest = (struct span){rest.p + field.n, rest.n - field.n};
        }
        fields = arena_grow(arena, fields, count, &capacity, sizeof(*fields));
        fields[count++] = field;
        if (rest.n == 0) {
            break;
        }
        rest = (struct span){rest.p + 1, rest.n - 1}; /* the comma: another field follows, be it empty */
    }
    *out = fields;
    *n = count;
    return STATUS_OK;
}

void csv_put(struct buf *out, struct span field)
{
    bool needs_quotes = false;
    for (size_t i = 0; i < field.n && !needs_quotes; i++) {
        needs_quotes = memchr(",\"\r\n", field.p[i], 4) != NULL;
    }
    if (!needs_quotes) {
        buf_span(out, field);
        return;
    }
    buf_char(out, '"');
    for (size_t i = 0; i < field.n; i++) {
        if (field.p[i] == '"') {
            buf_char(out, '"');
        }
        buf_char(out, field.p[i]);
    }
    buf_char(out, '"');
}
