#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include "db/db.h"

#include <libpq-fe.h>

/* Private to db/: what a connection and its parameters are made of. */

struct db_args {
    struct arena *arena;
    size_t n;
    size_t most;
    const char **values;
    int *lengths;
    int *formats;
    /* of the array that is being built */
    enum db_type element;
    char *array;
    size_t array_n;
    size_t array_capacity;
    size_t array_left;
};

/* One queued command: a statement of ours, or the preparing of one. */
struct call {
    int prepares; /* enum sql_id that this command prepares, or -1 */
    bool is_commit;
    PGresult *result;
};

struct db {
    PGconn *pg;
    struct db_options options;
    char *url;
    bool is_prepared[SQL_COUNT];
    bool is_broken;
    bool commit_is_unknown;
    struct call *calls;
    size_t n_calls;
    size_t calls_capacity;
    size_t *results; /* the calls that are statements, in order */
    size_t n_results;
    size_t results_capacity;
    bool failed_to_send;
    bool has_started; /* the end of the round has been sent */
};

/* PGresult is the result. */
static inline const PGresult *result_pg(const struct db_result *result)
{
    return (const PGresult *)(const void *)result;
}

#endif
