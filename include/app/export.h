#ifndef APP_EXPORT_H
#define APP_EXPORT_H

#include "app/customer_list.h"
#include "wire/audience.h"
#include "wire/table.h"

/** All customers who answer to a query, in no order, at constant memory. */

struct export_query {
    struct customer_query of;   /* who; no sort or cursor; limit 0: all */
    struct span columns;        /* names separated by commas; n = 0: the usual ones */
    enum audience audience;     /* instead of columns: as this tool takes them */
    enum table_format format;
    bool guards;                /* CSV: texts that look like formulas */
    bool has_bom;               /* CSV begins with a byte order mark */
    bool is_vouched;            /* audience: the caller knows that those agreed whose traits say nothing */
};

struct export;

/**
 * export_new(session, query, out, error):
 * Check and prepare; nothing of ${query} is needed afterwards.
 * Errors   INVALID_PARAMETER (filters, columns), NOT_FOUND, INVALID_RULE, DATABASE_AWAY.
 */
enum status export_new(struct session *session, const struct export_query *query, struct export **out,
                       struct error *error) MUST_CHECK;
void export_free(struct export *export);
/** Each row is true at this instant or later. */
usec_t export_as_of(const struct export *export);

struct export_count {
    int64_t rows;
    int64_t left_out; /* audience: nobody there could be named, or had not agreed */
};

/**
 * export_run(export, session, write, context, count, error):
 * Hand all rows to ${write}, some KB at a time; it returns false to stop. One snapshot of the database; rows that time
 * has or may have moved since they were stored are decided anew.
 * Errors   DATABASE_AWAY, TIMED_OUT, RETRY and what a broken row gives: what was written is not all.
 */
typedef bool (*export_write_fn)(void *context, struct span bytes);
enum status export_run(struct export *export, struct session *session, export_write_fn write, void *context,
                       struct export_count *count, struct error *error) MUST_CHECK;

#endif
