#ifndef WIRE_TABLE_H
#define WIRE_TABLE_H

#include "base/arena.h"
#include "base/buf.h"

/**
 * Rows of named cells, as CSV (RFC 4180: a line of names, CR LF, quotes where they are needed) or as a JSON object a
 * line. A cell that holds nothing is empty in CSV and null in JSON. Cells are printed in the order of the names.
 */

enum table_format { TABLE_CSV, TABLE_NDJSON };

struct table {
    struct buf *out;
    enum table_format format;
    bool guards; /* CSV: a text that a spreadsheet takes for a formula gets an apostrophe before it */
    const struct span *names;
    const struct span *keys; /* the same, as JSON has them before a value */
    size_t n;
    size_t at; /* the cell that comes next */
};

/** ${names} must live as long as the table; what it needs besides lives in ${arena}. */
void table_init(struct table *table, struct arena *arena, struct buf *out, enum table_format format, bool guards,
                const struct span *names, size_t n);
/** CSV: the names. */
void table_head(struct table *table);

void table_null(struct table *table);
void table_text(struct table *table, struct span text);
void table_int(struct table *table, int64_t n);
void table_number(struct table *table, double n);
void table_bool(struct table *table, bool is_true);
/** Minor units as decimals: a string in JSON. */
void table_money(struct table *table, int64_t minor, int exponent);
/** RFC 3339; NONE: nothing. */
void table_time(struct table *table, usec_t t);
/** Any JSON value. CSV: a string's text, and of lists and objects the JSON. */
void table_json(struct table *table, struct arena *arena, struct span json);
/** CSV: the texts with commas between them. */
void table_list(struct table *table, const struct span *texts, size_t n);
/** The row is whole: all cells were printed. */
void table_row_end(struct table *table);

#endif
