#ifndef WIRE_METRIC_TABLE_H
#define WIRE_METRIC_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "core/metric.h"
#include "core/rule.h"
#include "core/shop.h"
#include "wire/table.h"

/**
 * The rows of a metric on their way out: columns once, then rows cell by cell, each printed when it is whole. Evaluators fill
 * it in; they know nothing of formats.
 */

enum metric_format { METRIC_JSON, METRIC_CSV, METRIC_NDJSON };

#define METRIC_ROWS_MAX    100000
#define METRIC_COLUMNS_MAX 40

struct metric_cell {
    enum metric_type type;
    bool is_null;
    int64_t n; /* TIME, DATE (a day), BOOL, INT, MONEY (minor units) */
    double x;  /* RATE, NUMBER */
    struct span text, other; /* TEXT; NAMES: zh, en */
};

/** What of the head is told beside a table, too: in headers. */
#define METRIC_CURSOR 64
struct metric_told {
    bool has_complete, is_complete;
    bool has_total, has_more;
    int64_t total;            /* of rows that fit the question, where not all are told */
    char next[METRIC_CURSOR]; /* "": no page follows */
    const char *note;         /* English, of ASCII, static; NULL: nothing is missing */
};

struct metric_table {
    struct buf *out;
    const struct shop *shop;
    struct arena *arena;
    enum metric_format format;
    enum language language;
    bool guards; /* CSV: what a spreadsheet takes for a formula gets an apostrophe before it */
    struct span names[METRIC_COLUMNS_MAX];
    enum metric_type types[METRIC_COLUMNS_MAX];
    size_t n_columns;
    struct metric_cell cells[METRIC_COLUMNS_MAX]; /* of the row that is being filled */
    size_t at;           /* the column that is probably next */
    size_t n_rows;
    struct table printer; /* since the first row */
    struct buf members;  /* of the head: what metric_member_*() have said */
    struct metric_told told;
};

/** ${out} gets the rows, of JSON with commas between them; free with metric_table_done(). */
void metric_table_init(struct metric_table *table, struct arena *arena, struct buf *out, const struct shop *shop,
                       enum metric_format format, enum language language, bool guards);
void metric_table_done(struct metric_table *table);

/** A column more; all before the first row. A `currency` that no row sets is that of the shop. */
void metric_table_column(struct metric_table *table, const char *name, enum metric_type type);

/*
 * Cells of the row, in any order (quickest in that of the columns); a cell that is not set is null. What is set of a column
 * that the table does not have is left out: an evaluator says all that it knows. The type is that of the column, or the
 * column's is ANY.
 */
void cell_int(struct metric_table *table, const char *name, int64_t n);
void cell_money(struct metric_table *table, const char *name, int64_t minor);
/** ${part} / ${whole}, a RATE or a NUMBER; null when ${whole} is 0. */
void cell_rate(struct metric_table *table, const char *name, int64_t part, int64_t whole);
/** A RATE, or a NUMBER, that is known already; NAN: null. */
void cell_number(struct metric_table *table, const char *name, double x);
/** ${minor} / ${n} as MONEY, rounded half away from zero; null when ${n} is 0. */
void cell_money_per(struct metric_table *table, const char *name, int64_t minor, int64_t n);
void cell_bool(struct metric_table *table, const char *name, bool is_true);
/** p = NULL: null. Borrowed until the row ends. */
void cell_text(struct metric_table *table, const char *name, struct span text);
void cell_names(struct metric_table *table, const char *name, const char *zh, const char *en);
/** NONE: null. */
void cell_time(struct metric_table *table, const char *name, usec_t at);
void cell_date(struct metric_table *table, const char *name, int64_t day);

/** The row is whole. Errors TOO_MANY_GROUPS: it would be more than METRIC_ROWS_MAX; says what to narrow. */
enum status metric_row_end(struct metric_table *table, struct error *error) MUST_CHECK;
/** All rows are there. */
void metric_rows_end(struct metric_table *table);

/* Members of the head beside those of the frame; of CSV and NDJSON those are left out that are not in metric_told. */
void metric_member_int(struct metric_table *table, const char *name, int64_t n);
void metric_member_bool(struct metric_table *table, const char *name, bool is_true);
void metric_member_text(struct metric_table *table, const char *name, struct span text); /* p = NULL: null */
void metric_member_time(struct metric_table *table, const char *name, usec_t at);
void metric_member_date(struct metric_table *table, const char *name, int64_t day);
void metric_member_json(struct metric_table *table, const char *name, struct span json);
/** `next_cursor`: of fewer than METRIC_CURSOR bytes; n = 0: null. */
void metric_member_next(struct metric_table *table, struct span cursor);
/** `note`: what is missing, and why. Both texts are static; NULL: null. */
void metric_member_note(struct metric_table *table, const char *zh, const char *en);
/** More rows fit the question than are told: `total` and `has_more`. */
void metric_member_total(struct metric_table *table, int64_t total, bool has_more);

/** "2026-03-01", not quoted. */
#define DATE_TEXT 16
size_t date_print(int64_t day, char out[DATE_TEXT]);

/** The catalogue: {"data":[...]}, in both languages. */
void metric_list_print(struct buf *out);
/** The same for docs/generated/metrics.md. */
void metric_docs(struct buf *out);
/** The schemas of openapi.yaml that follow from it. */
void metric_schemas(struct buf *out);

#endif
