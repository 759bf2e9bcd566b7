/* Time moves customers: at their own instants, within a second, and without looking at those who wait. */
#include "../support/one_shop.h"
#include "app/publish.h"
#include "app/shop.h"
#include "app/verify.h"
#include "base/log.h"
#include "base/time.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define CUSTOMERS   1000000
#define BLOCKS_MOST 10

static int set_up(void **state)
{
    struct error error = {0};
    (void)state;
    arena = arena_new(1 << 16);
    clock_set(&now, NONE);
    database_make(&database);
    session = database_session(&database, &now);
    return shop_create(session, "shop", "EUR", "UTC", &shop, &error) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    session_close(session);
    database_drop(&database);
    arena_free(arena);
    return 0;
}

static const char *time_text(usec_t at)
{
    char text[TIME_TEXT];
    time_print(at, text);
    return arena_printf(arena, "%s", text);
}

/* --- what the sweeper reads --- */

/* Blocks that a plan has touched: the top line tells for all below it. */
static int64_t blocks_of(const char *explain)
{
    int64_t n = 0;
    const struct db_result *rows = database_rows(&database, "%s", explain);
    for (int row = 0; row < db_rows(rows); row++) {
        const char *line = arena_text(arena, db_span(rows, row, 0));
        const char *buffers = strstr(line, "Buffers: shared");
        if (buffers == NULL)
            continue;
        const char *hit = strstr(buffers, "hit="), *read = strstr(buffers, "read=");
        n = (hit ? atoll(hit + 4) : 0) + (read ? atoll(read + 5) : 0);
        break;
    }
    return n;
}

static void fill(void)
{
    tell_whole("{\"type\":\"track\",\"event\":\"Order "
         "Completed\",\"userId\":\"first\",\"properties\":{\"revenue\":10}}");
    const struct db_result *rows = database_rows(
        &database,
        "SELECT string_agg(CASE attname WHEN 'customer_key' THEN "
        "'(lpad(to_hex(hashint8(n)::bigint & 4294967295), 8, ''0'') || lpad(to_hex(n), 24, ''0''))::uuid' "
        "WHEN 'external_id' THEN '''c'' || n' WHEN 'deadline' THEN 'deadline + n * interval ''1 second''' "
        "ELSE attname::text END, ', ' ORDER BY attnum)::text FROM pg_attribute "
        "WHERE attrelid = 'customer'::regclass AND attnum > 0 AND NOT attisdropped");
    char *columns = arena_text(arena, db_span(rows, 0, 0));
    database_run(&database, "ALTER TABLE customer SET UNLOGGED");
    database_run(&database, "INSERT INTO customer SELECT %s FROM customer, generate_series(1, %d) n", columns,
                 CUSTOMERS - 1);
    database_run(&database, "VACUUM (ANALYZE) customer");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE deadline > now()"),
                     CUSTOMERS);
}

static void with_a_million_customers_and_none_due_the_sweeper_reads_ten_blocks_at_most(void **state)
{
    (void)state;
    fill();
    /* as the service's connections plan: see db_open() */
    database_run(&database,
                 "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
                 "SET plan_cache_mode = force_generic_plan");
    database_run(&database, "PREPARE due AS %s", sql_statements[SQL_SWEEP_DUE].text);
    database_run(&database, "PREPARE first AS %s", sql_statements[SQL_SWEEP_FIRST].text);
    int64_t due = blocks_of("EXPLAIN (ANALYZE, BUFFERS) EXECUTE due (now(), 1024)");
    int64_t first = blocks_of("EXPLAIN (ANALYZE, BUFFERS) EXECUTE first");
    printf("sweep_due: %" PRId64 " blocks, sweep_first: %" PRId64 "\n", due, first);
    assert_in_range(due, 1, BLOCKS_MOST);
    assert_in_range(first, 1, BLOCKS_MOST);
    /* those of custom plans too, as an unprepared statement has them */
    database_run(&database, "RESET ALL");
    database_run(&database, "SET plan_cache_mode = force_custom_plan");
    assert_in_range(blocks_of("EXPLAIN (ANALYZE, BUFFERS) EXECUTE due (now(), 1024)"), 1, BLOCKS_MOST);
    assert_in_range(blocks_of("EXPLAIN (ANALYZE, BUFFERS) EXECUTE first"), 1, BLOCKS_MOST);
    /* and when three are, not many more */
    database_run(&database, "UPDATE customer SET deadline = now() - interval '1 hour' WHERE external_id IN "
                            "('c1', 'c2', 'c3')");
    assert_in_range(blocks_of("EXPLAIN (ANALYZE, BUFFERS) EXECUTE due (now(), 1024)"), 1, BLOCKS_MOST);
}

/* --- a year at once --- */

static void sweep_all(void)
{
    for (int n = 1; n > 0;) {
        const struct db_result *rows;
        struct error error = {0};
        struct db_args *args = db_args(arena, 2);
        arg_time(args, clock_now(&now));
        arg_int(args, DB_INT4, 16);
        assert_int_equal(db_run(session->db, SQL_SWEEP_DUE, args, &rows, &error), STATUS_OK);
        n = db_rows(rows);
        struct uuid *keys = ARENA_ARRAY(arena, struct uuid, (size_t)n);
        for (int row = 0; row < n; row++)
            keys[row] = db_uuid(rows, row, 0);
        assert_int_equal(session_tick(session, shop, keys, (size_t)n, false, &error), STATUS_OK);
    }
}

static void when_the_clock_jumps_a_year_every_move_has_its_own_instant(void **state)
{
    const int customers = 100;
    int version;
    struct error error = {0};
    struct publication publication = {
        .kind = KIND_MODEL,
        .key = span_of("silence"),
        .if_match = VERSION_ABSENT,
        .document = span_of(
            "{\"name\":{\"zh\":\"s\",\"en\":\"s\"},\"stages\":["
            "{\"key\":\"fresh\",\"name\":{\"zh\":\"f\",\"en\":\"f\"},\"role\":\"active\","
            "\"rule\":{\"<\":[{\"var\":\"days_since_last_seen\"},10]}},"
            "{\"key\":\"quiet\",\"name\":{\"zh\":\"q\",\"en\":\"q\"},\"role\":\"at_risk\","
            "\"rule\":{\"<\":[{\"var\":\"days_since_last_seen\"},100]}},"
            "{\"key\":\"gone\",\"name\":{\"zh\":\"g\",\"en\":\"g\"},\"role\":\"lost\",\"rule\":true}]}")};
    (void)state;
    clock_set(&now, INT64_C(1767225600) * USEC_PER_SEC); /* 2026-01-01 */
    if (definition_publish(session, shop, &publication, &version, &error) != STATUS_OK)
        fail_msg("%s", error.detail);
    for (int i = 0; i < customers; i++)
        tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"c%d\",\"timestamp\":\"%s\","
             "\"properties\":{\"revenue\":1}}",
             i, time_text(clock_now(&now) / USEC_PER_SEC * USEC_PER_SEC - i * 3601 * USEC_PER_SEC));
    clock_set(&now, INT64_C(1798761600) * USEC_PER_SEC); /* 2027-01-01 */
    sweep_all();
    /* fresh -> quiet after 10 days, quiet -> gone after 100, first purchase -> churned after 180 */
    assert_int_equal(database_number(&database, "SELECT count(*) FROM transition WHERE cause = 2"),
                     3 * customers);
    assert_int_equal(
        database_number(&database,
                        "SELECT count(*) FROM transition t JOIN customer c USING (customer_key) WHERE "
                        "t.cause = 2 AND t.at NOT IN (last_seen_at + interval '240 hours', last_seen_at + "
                        "interval '2400 hours', last_order_at + interval '4320 hours')"),
        0);
    assert_int_equal(database_number(&database, "SELECT count(DISTINCT at) FROM transition WHERE cause = 2"),
                     3 * customers);
    assert_int_equal(database_number(&database,
                                     "SELECT count(*) FROM transition WHERE cause = 2 AND recorded_at < "
                                     "'2027-01-01Z'"),
                     0);
    assert_int_equal(
        database_number(&database, "SELECT count(*) FROM customer WHERE deadline <= '2027-01-01Z'"), 0);
    struct verify_report report;
    assert_int_equal(verify_run(session, &(struct verify_options){0}, &report, &error), STATUS_OK);
    assert_int_equal(report.drifts, 0);
    assert_int_equal(report.lagging, 0);
    assert_int_equal(report.customers, customers);
}

static void deadlines_that_nobody_has_swept_are_lag_and_no_drift(void **state)
{
    struct verify_report report;
    struct error error = {0};
    (void)state;
    clock_set(&now, INT64_C(1767225600) * USEC_PER_SEC);
    for (int i = 0; i < 5; i++)
        tell_whole("{\"type\":\"track\",\"event\":\"Order "
             "Completed\",\"userId\":\"c%d\",\"properties\":{\"revenue\":1}}",
             i);
    clock_set(&now, INT64_C(1798761600) * USEC_PER_SEC);
    assert_int_equal(verify_run(session, &(struct verify_options){0}, &report, &error), STATUS_OK);
    assert_int_equal(report.drifts, 0);
    assert_int_equal(report.lagging, 5);
    sweep_all();
    assert_int_equal(verify_run(session, &(struct verify_options){0}, &report, &error), STATUS_OK);
    assert_int_equal(report.drifts, 0);
    assert_int_equal(report.lagging, 0);
}

/* --- the real service, by the real clock --- */

static void a_move_is_in_the_table_within_a_second_of_its_instant(void **state)
{
    struct service *service;
    struct error error = {0};
    (void)state;
    assert_int_equal(service_new(&database.config, &now, &service, &error), STATUS_OK);
    assert_int_equal(service_start(service, &error), STATUS_OK);
    /* two seconds less than 180 days ago: `purchase` calls the customer churned in two seconds */
    for (int i = 0; i < 20; i++)
        tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"c%d\",\"timestamp\":\"%s\","
             "\"properties\":{\"revenue\":1}}",
             i, time_text(clock_now(&now) - 180 * USEC_PER_DAY + 2 * USEC_PER_SEC + i * 50000));
    assert_int_equal(database_number(&database, "SELECT count(*) FROM transition WHERE cause = 2"), 0);
    usec_t until = clock_monotonic() + 20 * USEC_PER_SEC;
    while (database_number(&database, "SELECT count(*) FROM transition WHERE cause = 2") < 20 &&
           clock_monotonic() < until)
        usleep(20000);
    service_drain(service);
    service_free(service);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM transition WHERE cause = 2"), 20);
    int64_t latest = database_number(
        &database, "SELECT (max(extract(epoch FROM recorded_at - at)) * 1000000)::int8 FROM transition "
                   "WHERE cause = 2");
    printf("the latest was recorded %" PRId64 " ms after its instant\n", latest / 1000);
    assert_in_range(latest, 0, USEC_PER_SEC);
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
        cmocka_unit_test_setup_teardown(when_the_clock_jumps_a_year_every_move_has_its_own_instant, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(deadlines_that_nobody_has_swept_are_lag_and_no_drift, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_move_is_in_the_table_within_a_second_of_its_instant, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            with_a_million_customers_and_none_due_the_sweeper_reads_ten_blocks_at_most, set_up, tear_down),
    };
    database_server();
    log_open(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
