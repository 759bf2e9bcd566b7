/*
 * The views in the schema analytics: all of them are described, who reads them may read nothing else, and money has the digits of
 * its currency. What they say of a story is in tests/http/63-analytics.sh.
 */
#include "../support/database.h"
#include "base/log.h"
#include "core/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct database database;

/* Fails with the first row of a query that must have none. */
static void nothing(const char *complaint, const char *query)
{
    const struct db_result *rows = database_rows(&database, "%s", query);
    if (db_rows(rows))
        fail_msg("%.*s %s", (int)db_span(rows, 0, 0).n, db_span(rows, 0, 0).p, complaint);
}

static void every_view_and_every_column_has_a_comment(void **state)
{
    (void)state;
    assert_true(database_number(&database, "SELECT count(*) FROM pg_class WHERE relkind = 'v' AND relnamespace = "
                                           "'analytics'::regnamespace") > 20);
    nothing("has no comment", "SELECT relname::text FROM pg_class c WHERE relnamespace = 'analytics'::regnamespace AND "
                              "obj_description(c.oid, 'pg_class') IS NULL");
    nothing("has no comment",
            "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "WHERE c.relnamespace = 'analytics'::regnamespace AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL");
}

static void every_view_names_the_shop_and_its_key_and_none_has_json(void **state)
{
    (void)state;
    nothing("does not begin with shop_key",
            "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1 "
            "WHERE c.relnamespace = 'analytics'::regnamespace AND a.attname <> 'shop_key'");
    nothing("has a type that other tools cannot read",
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'analytics' AND "
            "data_type NOT IN ('text', 'uuid', 'integer', 'bigint', 'smallint', 'numeric', 'boolean', 'date', "
            "'timestamp with time zone')");
    nothing("has rows of entities and no updated_at",
            "SELECT v FROM unnest(ARRAY['customers', 'customer_stages', 'orders', 'order_lines', 'transitions', 'memberships', "
            "'spend', 'stages', 'segments']) AS v WHERE NOT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = "
            "'analytics' AND table_name = v AND column_name = 'updated_at')");
}

static void the_role_of_readers_reads_the_views_and_nothing_else(void **state)
{
    (void)state;
    if (database_number(&database, "SELECT count(*) FROM pg_roles WHERE rolname = 'lifecycled_analytics'") == 0)
        skip();
    nothing("cannot be read", "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'analytics'::regnamespace AND NOT "
                              "has_table_privilege('lifecycled_analytics', c.oid, 'SELECT')");
    nothing("can be written",
            "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'analytics'::regnamespace AND "
            "has_table_privilege('lifecycled_analytics', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')");
    nothing("can be reached", "SELECT c.relname::text FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND "
                              "c.relnamespace = 'public'::regnamespace AND (has_table_privilege('lifecycled_analytics', c.oid, "
                              "'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR "
                              "has_any_column_privilege('lifecycled_analytics', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))");
    assert_int_equal(database_number(&database, "SELECT has_schema_privilege('lifecycled_analytics', 'public', 'CREATE')::int + "
                                                "has_schema_privilege('lifecycled_analytics', 'analytics', 'CREATE')::int"),
                     0);
    struct error error = {0};
    assert_int_equal(database_try(&database, &error, "SET ROLE lifecycled_analytics; TABLE analytics.customers"), STATUS_OK);
    assert_int_not_equal(database_try(&database, &error, "TABLE public.customer"), STATUS_OK);
    assert_string_equal(error.sqlstate, "42501");
    assert_int_not_equal(database_try(&database, &error, "DELETE FROM analytics.shops"), STATUS_OK);
    database_run(&database, "RESET ROLE");
}

static void amounts_have_the_digits_of_each_currency(void **state)
{
    char code[4] = "AAA";
    int n = 0;
    (void)state;
    for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
        for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
            for (code[2] = 'A'; code[2] <= 'Z'; code[2]++) {
                int exponent = currency_exponent(code);
                if (exponent < 0)
                    continue;
                database_run(&database,
                             "INSERT INTO shop (shop_id, shop_key, space, currency, timezone, created_at) VALUES (%d, '%s', "
                             "'00000000-0000-0000-0000-%012d', '%s', 'UTC', now())",
                             ++n, code, exponent, code);
            }
    assert_true(n > 150);
    nothing("has other digits", "SELECT v.shop_key FROM analytics.shops v JOIN shop s USING (shop_key) WHERE v.minor_digits <> "
                                "right(s.space::text, 12)::integer OR v.minor_unit <> 10 ^ right(s.space::text, 12)::integer");
    database_run(&database, "INSERT INTO spend SELECT shop_id, 20000, 0, 0, 12345, 0, 0, now() FROM shop");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM analytics.spend WHERE shop_key = 'EUR' AND amount::text = "
                                                "'123.45' OR shop_key = 'JPY' AND amount::text = '12345' OR shop_key = 'KWD' "
                                                "AND amount::text = '12.345' OR shop_key = 'CLF' AND amount::text = '1.2345'"),
                     4);
}

/* A stage 1 of a model 1 into which somebody moves on each of these days, counted from today. */
static void add_moves(int shop_id, const char *key, const char *days)
{
    database_run(&database,
                 "INSERT INTO shop (shop_id, shop_key, space, currency, timezone, created_at) VALUES (%d, '%s', "
                 "gen_random_uuid(), 'EUR', 'UTC', now()); "
                 "INSERT INTO definition VALUES (%d, 1, 1, 1, 'm', 1, NULL, now(), false, true, '{\"stages\":[{\"key\":\"s\"}]}'); "
                 "INSERT INTO definition_stage VALUES (%d, 1, 1, 's')",
                 shop_id, key, shop_id, shop_id);
    database_run(&database,
                 "INSERT INTO tally SELECT %d, 2, ((now() AT TIME ZONE 'UTC')::date - date '1970-01-01') + d, 1, 0, 1, "
                 "1, 0, 0, 0, 0, 0 FROM unnest(ARRAY[%s]) d",
                 shop_id, days);
}

static void days_before_the_last_ten_years_open_the_count_and_are_no_rows(void **state)
{
    (void)state;
    add_moves(1001, "old", "-739000, -3661, -3660, -1");
    add_moves(1002, "young", "-2, 0");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM analytics.daily_stages WHERE shop_key = 'old'"), 3661);
    assert_int_equal(database_number(&database, "SELECT customers FROM analytics.daily_stages WHERE shop_key = 'old' "
                                                "ORDER BY day LIMIT 1"),
                     3);
    assert_int_equal(database_number(&database, "SELECT customers FROM analytics.daily_stages WHERE shop_key = 'old' "
                                                "ORDER BY day DESC LIMIT 1"),
                     4);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM analytics.daily_stages WHERE shop_key = 'young'"), 3);
    assert_int_equal(database_number(&database, "SELECT sum(customers)::int8 FROM analytics.daily_stages WHERE shop_key = 'young'"),
                     4);
}

static void what_was_taken_back_is_no_row(void **state)
{
    (void)state;
    database_run(&database, "INSERT INTO tally SELECT 1001, cube, 20000, a, 0, 0, 0, 0, 0, 0, 0, 0 "
                            "FROM generate_series(4, 24) cube, generate_series(0, 3) a ON CONFLICT DO NOTHING");
    nothing("shows sums that are all 0",
            "SELECT 'a view' WHERE EXISTS (SELECT FROM analytics.daily_sales WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.daily_channels WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.daily_countries WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.daily_categories WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.product_months WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.cohorts WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.growth WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.acquisition WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.attribution WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.landings WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.touches WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.funnel WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.surveys WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.churn_reasons WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.win_backs WHERE shop_key = 'old') "
            "OR EXISTS (SELECT FROM analytics.service_answers WHERE shop_key = 'old')");
}

static int set_up(void **state)
{
    (void)state;
    database_make(&database);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    database_drop(&database);
    database_done();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_view_and_every_column_has_a_comment),
        cmocka_unit_test(every_view_names_the_shop_and_its_key_and_none_has_json),
        cmocka_unit_test(the_role_of_readers_reads_the_views_and_nothing_else),
        cmocka_unit_test(amounts_have_the_digits_of_each_currency),
        cmocka_unit_test(days_before_the_last_ten_years_open_the_count_and_are_no_rows),
        cmocka_unit_test(what_was_taken_back_is_no_row),
    };
    database_server();
    log_open(LOG_ERROR);
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
