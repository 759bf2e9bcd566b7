#ifndef TESTS_SUPPORT_DATABASE_H
#define TESTS_SUPPORT_DATABASE_H

#include "app/session.h"
#include "db/db.h"

/**
 * A database of a test's own in the PostgreSQL of LIFECYCLED_TEST_DATABASE_URL: cloned from a template that
 * the program migrates once. Whatever fails here ends the test.
 */
struct database {
    char name[64];
    char url[1024];
    struct config config; /* defaults, with this database */
    struct db *db;        /* for the test's own statements */
};

/** LIFECYCLED_TEST_DATABASE_URL, or the test program ends with 77: skipped. */
const char *database_server(void);
void database_make(struct database *out);
/** Without a schema. */
void database_make_empty(struct database *out);
/** Delete every row, which is much quicker than another database. */
void database_clear(struct database *database);
void database_drop(struct database *database);
/** Drop the template. */
void database_done(void);

/** ${url} with another database in it. */
void database_url(const char *url, const char *name, char out[1024]);

struct session *database_session(const struct database *database, const struct clock *clock);
/** Run statements, without parameters. */
void database_run(struct database *database, const char *format, ...) PRINTF_LIKE(2, 3);
/** The one number of a query; NONE: null or no row. */
int64_t database_number(struct database *database, const char *format, ...) PRINTF_LIKE(2, 3);
/** The rows of a query, until the next statement. */
const struct db_result *database_rows(struct database *database, const char *format, ...) PRINTF_LIKE(2, 3);
enum status database_try(struct database *database, struct error *error, const char *format, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;

#endif
