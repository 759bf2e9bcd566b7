#ifndef APP_DUE_H
#define APP_DUE_H

#include "app/export.h"
#include "app/session.h"
#include "wire/due.h"

/** Who will move by time alone, when and where to, if nothing happens: decided when it is asked, never merely read. */

struct due_query {
    const struct shop *shop;
    struct span within; /* 7d, 12h, P7D; n = 0: DUE_USUAL */
    struct span model;  /* n = 0: every model in force */
    struct span to;     /* a stage's key, or a role; n = 0: anywhere */
    struct span sort;   /* `time` (n = 0), soonest first; `value`, most revenue first */
    struct span cursor;
    size_t limit;
};
#define DUE_USUAL "7d"
#define DUE_MOST_DAYS 366

struct due_page {
    size_t n;
    struct span next; /* n = 0: this is the last page */
    usec_t as_of;
};

/**
 * due_list(session, query, line, context, page, error):
 * Call ${line} for each move of a page: the next one of a customer under each model.
 * Errors   INVALID_PARAMETER, INVALID_CURSOR, DATABASE_AWAY; TIMED_OUT: too many customers may move within this time.
 * Cost     decides all whose stored deadline is not after the last move of the page; by value, all of the time asked for.
 */
typedef void (*due_line_fn)(void *context, const struct due_line *line);
enum status due_list(struct session *session, const struct due_query *query, due_line_fn line, void *context,
                     struct due_page *page, struct error *error) MUST_CHECK;

/**
 * All of them as a table, in the order that is asked for; limit 0: all. As export_new() and export_run() do.
 * Cost     a pass over the candidates for each DUE_AT_ONCE moves, which is what memory holds.
 */
#define DUE_AT_ONCE 100000
struct due_export;
enum status due_export_new(struct session *session, const struct due_query *query, enum table_format format,
                           bool guards, bool has_bom, struct due_export **out, struct error *error) MUST_CHECK;
void due_export_free(struct due_export *export);
usec_t due_export_as_of(const struct due_export *export);
enum status due_export_run(struct due_export *export, struct session *session, export_write_fn write, void *context,
                           struct export_count *count, struct error *error) MUST_CHECK;

#endif
