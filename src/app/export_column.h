#ifndef APP_EXPORT_COLUMN_H
#define APP_EXPORT_COLUMN_H

#include "customer_filter.h"
#include "wire/table.h"

/** Private to app/: the columns of an export, from a row of its statement or from a state that was decided anew. */

enum column_kind {
    COLUMN_ID,
    COLUMN_IDENTITY, /* the kind of the id */
    COLUMN_CURRENCY,
    COLUMN_STAGE,    /* of ${model} */
    COLUMN_ROLE,
    COLUMN_SINCE,
    COLUMN_SEGMENTS,
    COLUMN_ENTERED,  /* the segment that is asked for */
    COLUMN_FACT
};

#define COLUMN_NOWHERE (-1)

struct column {
    enum column_kind kind;
    struct span name;
    int model;
    struct fact_ref ref;
    bool is_float;       /* of a fact: the statement gives float8 */
    bool is_of_state;    /* the row cannot tell: every customer is loaded */
    int at;              /* among the statement's columns */
};

#define COLUMNS_MOST 128

struct columns {
    const struct column *columns;
    size_t n;
    const struct span *names;
    struct search_column *sql; /* after the SEARCH_COLUMNS */
    size_t n_sql;
    bool are_of_state;
};

/**
 * columns_read(arena, filter, text, is_membership, out, error):
 * The columns named in ${text}, or (n = 0) the usual ones. Names live in ${arena}.
 * Errors   INVALID_PARAMETER.
 */
enum status columns_read(struct arena *arena, const struct customer_filter *filter, struct span text,
                         bool is_membership, struct columns *out, struct error *error) MUST_CHECK;

/** What a row is printed from. */
struct column_source {
    const struct definitions *definitions;
    usec_t as_of;
    const struct db_result *rows;
    int row;
    const struct look *look; /* NULL: the row is settled */
    struct arena *arena;     /* scratch */
};

void columns_print(const struct columns *columns, const struct column_source *source, struct table *table);

#endif
