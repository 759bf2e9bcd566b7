#include "wire/table.h"

#include "base/time.h"
#include "core/money.h"
#include "core/value.h"
#include "scan.h"

#include <assert.h>
#include <math.h>

#define WHOLE_MAX 9007199254740992.0

void table_init(struct table *table, struct arena *arena, struct buf *out, enum table_format format, bool guards,
                const struct span *names, size_t n)
{
    struct span *keys = ARENA_ARRAY(arena, struct span, n);
    struct buf key;
    buf_init(&key, 0);
    for (size_t i = 0; i < n; i++) {
        buf_reset(&key);
        buf_char(&key, i ? ',' : '{');
        buf_json_string(&key, names[i]);
        buf_char(&key, ':');
        keys[i] = arena_span(arena, (struct span){key.p, key.n});
    }
    buf_done(&key);
    *table = (struct table){
        .out = out, .format = format, .guards = guards, .names = names, .keys = keys, .n = n};
}

/* --- cells ------------------------------------------------------------------------------------------------------ */

/* True for JSON. */
static bool begin(struct table *table)
{
    assert(table->at < table->n);
    if (table->format == TABLE_NDJSON)
        buf_span(table->out, table->keys[table->at]);
    else if (table->at)
        buf_char(table->out, ',');
    table->at++;
    return table->format == TABLE_NDJSON;
}

/* A spreadsheet would make a formula of it. */
static bool looks_like_formula(struct span text)
{
    return text.n && memchr("=+-@\t\r", text.p[0], 6) != NULL;
}

static bool needs_quotes(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == ',' || text.p[i] == '"' || text.p[i] == '\r' || text.p[i] == '\n')
            return true;
    return text.n && (text.p[0] == ' ' || text.p[text.n - 1] == ' ');
}

static void put_quoted(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_char(out, '"');
        buf_char(out, text.p[i]);
    }
}

static void put_csv(struct table *table, struct span text)
{
    bool is_guarded = table->guards && looks_like_formula(text);
    if (!needs_quotes(text)) {
        if (is_guarded)
            buf_char(table->out, '\'');
        buf_span(table->out, text);
        return;
    }
    buf_text(table->out, is_guarded ? "\"'" : "\"");
    put_quoted(table->out, text);
    buf_char(table->out, '"');
}

void table_null(struct table *table)
{
    if (begin(table))
        buf_text(table->out, "null");
}

void table_text(struct table *table, struct span text)
{
    if (begin(table))
        buf_json_string(table->out, text);
    else
        put_csv(table, text);
}

void table_int(struct table *table, int64_t n)
{
    (void)begin(table);
    buf_int(table->out, n);
}

void table_number(struct table *table, double n)
{
    char text[NUMBER_TEXT];
    (void)begin(table);
    if (n == floor(n) && fabs(n) < WHOLE_MAX)
        buf_int(table->out, (int64_t)n);
    else
        buf_append(table->out, text, value_number_print(n, text));
}

void table_bool(struct table *table, bool is_true)
{
    (void)begin(table);
    buf_text(table->out, is_true ? "true" : "false");
}

void table_money(struct table *table, int64_t minor, int exponent)
{
    char text[MONEY_TEXT];
    bool is_json = begin(table);
    size_t n = money_print(minor, exponent, text);
    if (is_json)
        buf_char(table->out, '"');
    buf_append(table->out, text, n);
    if (is_json)
        buf_char(table->out, '"');
}

void table_time(struct table *table, usec_t t)
{
    char text[TIME_TEXT];
    if (begin(table))
        buf_json_time(table->out, t);
    else if (t != NONE)
        buf_append(table->out, text, time_print(t, text));
}

void table_json(struct table *table, struct arena *arena, struct span json)
{
    struct scan scan;
    struct error error;
    if (table->format == TABLE_NDJSON && json.n) {
        (void)begin(table);
        for (size_t i = 0; i < json.n; i++) /* no line break is inside a string */
            buf_char(table->out, json.p[i] == '\n' || json.p[i] == '\r' ? ' ' : json.p[i]);
        return;
    }
    if (json.n == 0 || scan_parse(arena, json, SCAN_DEPTH_MAX, &scan, &error) != STATUS_OK ||
        scan_type(&scan, 0) == TOKEN_NULL) {
        table_null(table);
        return;
    }
    if (scan_type(&scan, 0) == TOKEN_STRING) {
        table_text(table, scan_string(arena, &scan, 0));
        return;
    }
    bool is_plain = scan_type(&scan, 0) == TOKEN_NUMBER || scan_type(&scan, 0) <= TOKEN_TRUE;
    if (!is_plain) {
        table_text(table, json);
        return;
    }
    (void)begin(table);
    buf_span(table->out, json);
}

static void put_csv_list(struct table *table, const struct span *texts, size_t n)
{
    if (n == 1) {
        put_csv(table, texts[0]);
        return;
    }
    buf_text(table->out, table->guards && n && looks_like_formula(texts[0]) ? "\"'" : "\"");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(table->out, ',');
        put_quoted(table->out, texts[i]);
    }
    buf_char(table->out, '"');
}

void table_list(struct table *table, const struct span *texts, size_t n)
{
    if (!begin(table)) {
        if (n)
            put_csv_list(table, texts, n);
        return;
    }
    buf_char(table->out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(table->out, ',');
        buf_json_string(table->out, texts[i]);
    }
    buf_char(table->out, ']');
}

/* --- rows ------------------------------------------------------------------------------------------------------- */

void table_row_end(struct table *table)
{
    assert(table->at == table->n);
    buf_text(table->out, table->format == TABLE_CSV ? "\r\n" : "}\n");
    table->at = 0;
}

void table_head(struct table *table)
{
    if (table->format == TABLE_NDJSON)
        return;
    for (size_t i = 0; i < table->n; i++)
        table_text(table, table->names[i]);
    table_row_end(table);
}
