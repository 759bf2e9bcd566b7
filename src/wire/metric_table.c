#include "wire/metric_table.h"

#include "core/money.h"
#include "wire/customer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

void metric_table_init(struct metric_table *table, struct arena *arena, struct buf *out, const struct shop *shop,
                       enum metric_format format, enum language language, bool guards)
{
    *table = (struct metric_table){
        .out = out, .shop = shop, .arena = arena, .format = format, .language = language, .guards = guards};
    buf_init(&table->members, 0);
}

void metric_table_done(struct metric_table *table)
{
    buf_done(&table->members);
}

/* --- columns ---------------------------------------------------------------------------------------------------- */

static void clear_row(struct metric_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++)
        table->cells[i].is_null = true;
    table->at = 0;
}

void metric_table_column(struct metric_table *table, const char *name, enum metric_type type)
{
    assert(table->n_columns < METRIC_COLUMNS_MAX && table->printer.out == NULL);
    table->cells[table->n_columns].is_null = true;
    table->types[table->n_columns] = type;
    table->names[table->n_columns++] = span_of(name);
}

/* The cell of a column, set from now on; NULL: there is no such column. */
static struct metric_cell *cell(struct metric_table *table, const char *name, enum metric_type type)
{
    struct span key = span_of(name);
    for (size_t i = 0; i < table->n_columns; i++) {
        size_t at = (table->at + i) % table->n_columns;
        if (!span_equal(table->names[at], key))
            continue;
        table->at = at + 1;
        bool is_number = type == CELL_RATE && table->types[at] == CELL_NUMBER;
        assert(table->types[at] == type || table->types[at] == CELL_ANY || is_number);
        table->cells[at] = (struct metric_cell){.type = type};
        return &table->cells[at];
    }
    return NULL;
}

/* --- cells ------------------------------------------------------------------------------------------------------ */

static void set(struct metric_table *table, const char *name, enum metric_type type, int64_t n)
{
    struct metric_cell *at = cell(table, name, type);
    if (at)
        at->n = n;
}

void cell_int(struct metric_table *table, const char *name, int64_t n)
{
    set(table, name, CELL_INT, n);
}

void cell_money(struct metric_table *table, const char *name, int64_t minor)
{
    set(table, name, CELL_MONEY, minor);
}

void cell_bool(struct metric_table *table, const char *name, bool is_true)
{
    set(table, name, CELL_BOOL, is_true);
}

void cell_date(struct metric_table *table, const char *name, int64_t day)
{
    set(table, name, CELL_DATE, day);
}

void cell_time(struct metric_table *table, const char *name, usec_t at)
{
    struct metric_cell *c = cell(table, name, CELL_TIME);
    if (c)
        *c = (struct metric_cell){.type = CELL_TIME, .n = at, .is_null = at == NONE};
}

void cell_number(struct metric_table *table, const char *name, double x)
{
    struct metric_cell *at = cell(table, name, CELL_RATE);
    if (at)
        *at = (struct metric_cell){.type = CELL_RATE, .x = x, .is_null = isnan(x)};
}

void cell_rate(struct metric_table *table, const char *name, int64_t part, int64_t whole)
{
    cell_number(table, name, whole ? (double)part / (double)whole : NAN);
}

void cell_money_per(struct metric_table *table, const char *name, int64_t minor, int64_t n)
{
    struct metric_cell *at = cell(table, name, CELL_MONEY);
    if (at == NULL)
        return;
    at->is_null = n == 0;
    if (n == 0)
        return;
    int64_t whole = minor / n, rest = minor % n;
    bool is_up = 2 * (rest < 0 ? -rest : rest) >= (n < 0 ? -n : n);
    at->n = whole + (is_up ? ((minor < 0) == (n < 0) ? 1 : -1) : 0);
}

void cell_text(struct metric_table *table, const char *name, struct span text)
{
    struct metric_cell *at = cell(table, name, CELL_TEXT);
    if (at)
        *at = (struct metric_cell){.type = CELL_TEXT, .text = text, .is_null = text.p == NULL};
}

void cell_names(struct metric_table *table, const char *name, const char *zh, const char *en)
{
    struct metric_cell *at = cell(table, name, CELL_NAMES);
    if (at)
        *at = (struct metric_cell){.type = CELL_NAMES,
                                   .text = span_of(zh ? zh : ""),
                                   .other = span_of(en ? en : "")};
}

/* --- rows ------------------------------------------------------------------------------------------------------- */

size_t date_print(int64_t day, char out[DATE_TEXT])
{
    int year, month, mday;
    day_to_date(day, &year, &month, &mday);
    return (size_t)snprintf(out, DATE_TEXT, "%04d-%02u-%02u", year, (unsigned)month % 100, (unsigned)mday % 100);
}

static void print_names(struct metric_table *table, const struct metric_cell *c)
{
    if (table->format == METRIC_CSV) {
        table_text(&table->printer, table->language == LANGUAGE_ZH ? c->text : c->other);
        return;
    }
    struct buf json;
    buf_init(&json, 0);
    names_print(&json, c->text.p, c->other.p);
    table_json(&table->printer, table->arena, (struct span){json.p, json.n});
    buf_done(&json);
}

/* At most 6 decimals: what is behind them is no information. */
static double rounded(double x)
{
    return fabs(x) < 1e9 ? round(x * 1e6) / 1e6 : x;
}

static void print_cell(struct metric_table *table, const struct metric_cell *c)
{
    struct table *printer = &table->printer;
    char text[DATE_TEXT];
    if (c->is_null) {
        table_null(printer);
        return;
    }
    switch (c->type) {
    case CELL_TIME: table_time(printer, c->n); break;
    case CELL_DATE: table_text(printer, (struct span){text, date_print(c->n, text)}); break;
    case CELL_TEXT: table_text(printer, c->text); break;
    case CELL_NAMES: print_names(table, c); break;
    case CELL_BOOL: table_bool(printer, c->n != 0); break;
    case CELL_INT: table_int(printer, c->n); break;
    case CELL_MONEY: table_money(printer, c->n, table->shop->exponent); break;
    case CELL_RATE:
    case CELL_NUMBER: table_number(printer, rounded(c->x)); break;
    case CELL_ANY:
    case METRIC_TYPES: assert(false);
    }
}

/* The printer, made once the columns are known. */
static void begin(struct metric_table *table)
{
    if (table->printer.out)
        return;
    table_init(&table->printer, table->arena, table->out, table->format == METRIC_CSV ? TABLE_CSV : TABLE_NDJSON,
               table->guards, table->names, table->n_columns);
    table_head(&table->printer);
}

enum status metric_row_end(struct metric_table *table, struct error *error)
{
    if (table->n_rows == METRIC_ROWS_MAX)
        return error_set(error, STATUS_TOO_MANY_GROUPS, "",
                         "the answer would have more than %d rows: ask for a shorter range, a longer interval or fewer "
                         "dimensions in group_by",
                         METRIC_ROWS_MAX);
    begin(table);
    if (table->format == METRIC_JSON && table->n_rows)
        buf_char(table->out, ',');
    for (size_t i = 0; i < table->n_columns; i++) {
        struct metric_cell *c = &table->cells[i];
        if (c->is_null && span_is(table->names[i], "currency"))
            *c = (struct metric_cell){.type = CELL_TEXT, .text = span_of(table->shop->currency)};
        print_cell(table, c);
    }
    table_row_end(&table->printer);
    table->n_rows++;
    clear_row(table);
    return STATUS_OK;
}

void metric_rows_end(struct metric_table *table)
{
    begin(table);
}

/* --- members of the head ---------------------------------------------------------------------------------------- */

static struct buf *member(struct metric_table *table, const char *name)
{
    buf_char(&table->members, ',');
    buf_json_string(&table->members, span_of(name));
    buf_char(&table->members, ':');
    return &table->members;
}

void metric_member_int(struct metric_table *table, const char *name, int64_t n)
{
    buf_int(member(table, name), n);
}

void metric_member_bool(struct metric_table *table, const char *name, bool is_true)
{
    buf_text(member(table, name), is_true ? "true" : "false");
}

void metric_member_text(struct metric_table *table, const char *name, struct span text)
{
    struct buf *buf = member(table, name);
    if (text.p)
        buf_json_string(buf, text);
    else
        buf_text(buf, "null");
}

void metric_member_time(struct metric_table *table, const char *name, usec_t at)
{
    buf_json_time(member(table, name), at);
}

void metric_member_date(struct metric_table *table, const char *name, int64_t day)
{
    char text[DATE_TEXT];
    size_t n = date_print(day, text);
    buf_json_string(member(table, name), (struct span){text, n});
}

void metric_member_json(struct metric_table *table, const char *name, struct span json)
{
    buf_span(member(table, name), json);
}

void metric_member_next(struct metric_table *table, struct span cursor)
{
    assert(cursor.n < METRIC_CURSOR);
    metric_member_text(table, "next_cursor", cursor.n ? cursor : (struct span){NULL, 0});
    memcpy(table->told.next, cursor.n ? cursor.p : "", cursor.n);
    table->told.next[cursor.n] = '\0';
}

void metric_member_note(struct metric_table *table, const char *zh, const char *en)
{
    struct buf *buf = member(table, "note");
    table->told.note = en;
    if (en)
        names_print(buf, zh, en);
    else
        buf_text(buf, "null");
}

void metric_member_total(struct metric_table *table, int64_t total, bool has_more)
{
    metric_member_int(table, "total", total);
    metric_member_bool(table, "has_more", has_more);
    table->told.has_total = true;
    table->told.total = total;
    table->told.has_more = has_more;
}
