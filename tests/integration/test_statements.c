/* Every statement of the program against the schema, and the migrations that make it. */
#include "../support/database.h"
#include "base/log.h"
#include "db/migrate.h"
#include "gen/assets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void every_statement_can_be_prepared(void **state)
{
    struct database database;
    int n = 0;
    (void)state;
    database_make(&database);
    for (int i = 0; i < SQL_COUNT; i++) {
        const struct sql_statement *s = &sql_statements[i];
        struct error error = {0};
        /* what PREPARE does not take has no parameters, and can be run */
        bool is_command = begins(s->text, "BEGIN") || begins(s->text, "COMMIT") ||
                          begins(s->text, "ROLLBACK") || begins(s->text, "SET");
        if (is_command
                ? database_try(&database, &error, "%s", s->text) != STATUS_OK
                : database_try(&database, &error, "PREPARE statement_%d AS %s", i, s->text) != STATUS_OK)
            fail_msg("%s (%s): %s", s->name, s->file, error.detail);
        n++;
    }
    printf("%d statements\n", n);
    assert_true(n > 50);
    database_drop(&database);
}

static void a_bound_parameter_is_of_the_type_that_the_statement_says(void **state)
{
    struct database database;
    (void)state;
    database_make(&database);
    for (int i = 0; i < SQL_COUNT; i++) {
        const char *text = sql_statements[i].text;
        for (const char *p = strchr(text, '$'); p; p = strchr(p + 1, '$')) {
            const char *end = p + 1 + strspn(p + 1, "0123456789");
            if (end == p + 1)
                continue;
            if (!begins(end, "::"))
                fail_msg("%s: $%.*s has no type", sql_statements[i].name, (int)(end - p - 1), p + 1);
        }
    }
    database_drop(&database);
}

/* --- migrations --- */

static enum status migrate(struct database *database, int *n, struct error *error)
{
    return migrate_run(database->db, n, error);
}

static int newest(void)
{
    int n = 0;
    while (asset_migrations[n].name)
        n++;
    return n;
}

static void migrations_run_forward_from_an_empty_database_and_then_have_nothing_to_do(void **state)
{
    struct database database;
    struct error error = {0};
    int n = -1;
    (void)state;
    database_make_empty(&database);
    assert_int_equal(migrate_check(database.db, &error), STATUS_BAD_SCHEMA);
    assert_non_null(strstr(error.detail, "has no schema: run `lifecycled migrate`"));
    assert_int_equal(migrate(&database, &n, &error), STATUS_OK);
    assert_int_equal(n, newest());
    assert_int_equal(migrate_check(database.db, &error), STATUS_OK);
    assert_int_equal(migrate(&database, &n, &error), STATUS_OK);
    assert_int_equal(n, 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM schema_migration"), newest());
    database_drop(&database);
}

static void a_schema_that_is_newer_than_the_program_is_refused(void **state)
{
    struct database database;
    struct error error = {0};
    struct session *session;
    struct clock clock = {0};
    int n = -1;
    (void)state;
    database_make(&database);
    database_run(&database, "INSERT INTO schema_migration VALUES (%d, 'tomorrow', now())", newest() + 1);
    assert_int_equal(migrate_check(database.db, &error), STATUS_BAD_SCHEMA);
    assert_non_null(strstr(error.detail, "newer than this binary's"));
    assert_int_equal(migrate(&database, &n, &error), STATUS_BAD_SCHEMA);
    assert_int_equal(session_open(&database.config, &clock, &session, &error), STATUS_BAD_SCHEMA);
    assert_non_null(strstr(error.detail, "install the newer lifecycled"));
    database_drop(&database);
}

static void a_schema_that_is_older_than_the_program_is_refused(void **state)
{
    struct database database;
    struct error error = {0};
    struct session *session;
    struct clock clock = {0};
    (void)state;
    database_make(&database);
    database_run(&database, "DELETE FROM schema_migration WHERE version = %d", newest());
    assert_int_equal(session_open(&database.config, &clock, &session, &error), STATUS_BAD_SCHEMA);
    assert_non_null(strstr(error.detail, "run `lifecycled migrate`"));
    database_drop(&database);
}

static void a_migration_that_fails_leaves_nothing_behind(void **state)
{
    struct database database;
    struct error error = {0};
    int n = -1;
    (void)state;
    database_make_empty(&database);
    database_run(&database, "CREATE TABLE tally (in_the_way integer)");
    assert_int_not_equal(migrate(&database, &n, &error), STATUS_OK);
    assert_non_null(strstr(error.detail, "tally"));
    assert_int_equal(database_number(&database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
                     1);
    database_run(&database, "DROP TABLE tally");
    assert_int_equal(migrate(&database, &n, &error), STATUS_OK);
    assert_int_equal(n, newest());
    database_drop(&database);
}

static void every_table_has_a_comment(void **state)
{
    struct database database;
    (void)state;
    database_make(&database);
    const struct db_result *rows = database_rows(
        &database,
        "SELECT relname::text FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
        "AND relname <> 'schema_migration' AND obj_description(c.oid) IS NULL");
    if (db_rows(rows))
        fail_msg("the table %.*s has no comment", (int)db_span(rows, 0, 0).n, db_span(rows, 0, 0).p);
    database_drop(&database);
}

static int clean_up(void **state)
{
    (void)state;
    database_done();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_run_forward_from_an_empty_database_and_then_have_nothing_to_do),
        cmocka_unit_test(a_migration_that_fails_leaves_nothing_behind),
        cmocka_unit_test(a_schema_that_is_newer_than_the_program_is_refused),
        cmocka_unit_test(a_schema_that_is_older_than_the_program_is_refused),
        cmocka_unit_test(every_table_has_a_comment),
        cmocka_unit_test(every_statement_can_be_prepared),
        cmocka_unit_test(a_bound_parameter_is_of_the_type_that_the_statement_says),
    };
    database_server();
    log_open(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
