#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/status.h"
#include "gen/sql.h"

/**
 * One connection to PostgreSQL, used by one thread at a time, always in pipeline mode: statements are queued with
 * db_send() and run together by db_sync(). All values are binary. NULL is a connection that there is not: what is sent
 * to it is lost, and db_sync() says DATABASE_AWAY.
 */
struct db;

struct db_options {
    bool prepared;       /* named statements; off behind PgBouncer before 1.21 */
    bool index_only;     /* for point statements on big tables: cached plans never scan a table */
    int timeout_ms;      /* of one db_sync(); 0: none. Passing it breaks the connection */
    const _Atomic bool *gives_up; /* NULL, or true: a db_sync() under way ends like one that timed out */
};

/** Parameters of one statement, built in an arena. */
struct db_args;
/** The rows of one statement; valid until the next db_sync() or db_forget(). */
struct db_result;

/** Errors   DATABASE_AWAY. */
enum status db_open(const char *url, const struct db_options *options, struct db **out, struct error *error) MUST_CHECK;
void db_close(struct db *db);
bool db_is_broken(const struct db *db);

/**
 * db_send(db, sql, args):
 * Queue a statement; returns its number among the results of the next db_sync(). ${args} may be NULL.
 */
size_t db_send(struct db *db, enum sql_id sql, const struct db_args *args);
/** The same for a statement whose text was made at run time; never prepared. */
size_t db_send_text(struct db *db, const char *text, const struct db_args *args);

/**
 * db_sync(db, error):
 * Run everything queued. On failure later statements of the round were not run and the transaction, if one is
 * open, must be rolled back with db_rollback().
 * Errors   RETRY (40001, 40P01, 23505 and the like: run the transaction again), DATABASE_AWAY (connection
 *          lost: the outcome of a COMMIT in this round is not known), POISON (class 22, 23514, 54: a value that the
 *          database does not take), TIMED_OUT, INTERNAL.
 */
enum status db_sync(struct db *db, struct error *error) MUST_CHECK;
/** Let the database begin with what is queued; the next db_sync() then only waits for it. */
void db_start(struct db *db);
/** Was a COMMIT of the last round lost on its way, so that nobody knows whether it took place? */
bool db_commit_is_unknown(const struct db *db);
void db_rollback(struct db *db);
/** Free the results of the last round. */
void db_forget(struct db *db);

/** One statement and its result in one call. */
enum status db_run(struct db *db, enum sql_id sql, const struct db_args *args, const struct db_result **out,
                   struct error *error) MUST_CHECK;

/**
 * db_stream(db, text, args, row, context, error):
 * Run one statement outside of a round and hand over each row as it arrives, at constant memory. ${row}
 * returns false to stop.
 */
typedef bool (*db_row_fn)(void *context, const struct db_result *result, int row);
enum status db_stream(struct db *db, const char *text, const struct db_args *args, db_row_fn row, void *context,
                      struct error *error) MUST_CHECK;

/** Run a script of several statements (migrations). */
enum status db_script(struct db *db, const char *text, struct error *error) MUST_CHECK;

const struct db_result *db_result(const struct db *db, size_t n);
/** The same result, but the caller's from now on, who frees it: it outlives the round. */
struct db_result *db_take(struct db *db, size_t n);
void db_result_free(struct db_result *result);
int db_rows(const struct db_result *result);
/** Rows that an INSERT, UPDATE or DELETE touched. */
int64_t db_affected(const struct db_result *result);
bool db_is_null(const struct db_result *result, int row, int column);
int db_int(const struct db_result *result, int row, int column);       /* int2, int4; null: 0 */
int64_t db_int8(const struct db_result *result, int row, int column);  /* int2, int4, int8; null: NONE */
bool db_bool(const struct db_result *result, int row, int column);
double db_float8(const struct db_result *result, int row, int column);
usec_t db_time(const struct db_result *result, int row, int column);   /* null: NONE */
struct uuid db_uuid(const struct db_result *result, int row, int column);
struct span db_span(const struct db_result *result, int row, int column); /* borrows; null: n = 0 */

/* --- parameters ----------------------------------------------------------------------------------------- */

enum db_type { DB_BOOL, DB_INT2, DB_INT4, DB_INT8, DB_FLOAT8, DB_TIME, DB_UUID, DB_TEXT, DB_JSON, DB_BYTEA };

struct db_args *db_args(struct arena *arena, size_t most);
void arg_bool(struct db_args *args, bool value);
void arg_int(struct db_args *args, enum db_type type, int64_t value); /* DB_INT2, DB_INT4, DB_INT8; NONE: null */
void arg_float8(struct db_args *args, double value);
void arg_time(struct db_args *args, usec_t value); /* NONE: null */
void arg_uuid(struct db_args *args, const struct uuid *value);
void arg_span(struct db_args *args, enum db_type type, struct span value); /* TEXT, JSON, BYTEA; p = NULL: null */

/**
 * arg_array(args, type, n):
 * Begin an array parameter of ${n} elements; exactly ${n} push_*() calls of that type follow.
 */
void arg_array(struct db_args *args, enum db_type type, size_t n);
void push_bool(struct db_args *args, bool value);
void push_int(struct db_args *args, int64_t value); /* NONE: null */
void push_time(struct db_args *args, usec_t value); /* NONE: null */
void push_uuid(struct db_args *args, const struct uuid *value); /* NULL: null */
void push_span(struct db_args *args, struct span value); /* p = NULL: null */

#endif
