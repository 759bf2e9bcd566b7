/* The journal of tallies: one entry a commit, added up by whoever has the turn, and read as if it were the sums. */
#include "../../src/app/tally_read.h"
#include "../support/one_shop.h"
#include "app/shop.h"
#include "app/tallier.h"
#include "base/time.h"
#include "db/store.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char order[] = "\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u%d\",\"timestamp\":"
                            "\"2026-02-%02dT00:00:00Z\",\"properties\":{\"order_id\":\"o%d\",\"revenue\":10}";

static struct tally_state read_cube(struct session *by, enum cube cube, struct tallies *out)
{
    struct tally_state state;
    struct error error = {0};
    struct tally_range range = {.cube = cube, .from = -1000000, .to = 4000000, .has_a = cube == CUBE_SALES};
    if (tallies_read(by, shop, &range, 1, out, &state, &error) != STATUS_OK)
        fail_msg("%s %s", error.detail, error.sqlstate);
    return state;
}

/* Of SALES: all orders. */
static int64_t total(struct session *by, enum cube cube, int k)
{
    struct tallies tallies;
    int64_t sum = 0;
    read_cube(by, cube, &tallies);
    for (size_t i = 0; i < tallies.n; i++)
        sum += tallies.rows[i].n[k];
    return sum;
}

static int64_t n_entries(void)
{
    return database_number(&database, "SELECT count(*) FROM tally_entry");
}

static void each_commit_is_one_entry_and_is_read_at_once(void **state)
{
    struct tallies tallies;
    (void)state;
    tell(order, 1, 1, 1);
    tell(order, 2, 2, 2);
    assert_int_equal(n_entries(), 2);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM tally"), 0);
    assert_int_equal(read_cube(session, CUBE_SALES, &tallies).head, 2);
    assert_int_equal(tallies.n, 2); /* a day each */
    assert_int_equal(total(session, CUBE_STANDING, 1), 2000 * total(session, CUBE_STANDING, 0) / 2);
}

static void what_is_added_up_reads_as_before(void **state)
{
    struct tallies before, after;
    struct error error = {0};
    (void)state;
    for (int i = 1; i <= 20; i++)
        tell(order, i % 7, i, i);
    for (int cube = 1; cube <= CUBE_MAX; cube++) {
        read_cube(session, (enum cube)cube, &before);
        if (cube == CUBE_MOVES)
            add_up();
        if (cube <= CUBE_MOVES)
            assert_true(before.n > 0);
        struct tally_state is = read_cube(session, (enum cube)cube, &after);
        assert_int_equal(is.head, 20);
        assert_true(is.behind == NONE);
        assert_int_equal(before.n, after.n);
        for (size_t i = 0; i < before.n; i++)
            assert_memory_equal(&before.rows[i].key, &after.rows[i].key, sizeof(before.rows[i].key));
    }
    assert_int_equal(n_entries(), 0);
    /* of a shop whose journal is empty nothing is touched */
    struct tallier_report report;
    assert_int_equal(tallier_once(session, &report, &error), STATUS_OK);
    assert_int_equal(report.n_waiting, 0);
    assert_false(report.is_busy);
}

static void ranges_choose_days_and_keys_in_sums_and_journal_alike(void **state)
{
    struct tally_state unused;
    struct error error = {0};
    (void)state;
    for (int i = 1; i <= 20; i++) {
        tell(order, i, i, i);
        if (i == 10)
            add_up();
    }
    int64_t first = 20485; /* 2026-02-01 */
    struct tally_range ranges[] = {
        {.cube = CUBE_SALES, .from = first, .to = first + 5, .has_a = true, .a = DIMENSION_TOTAL},
        {.cube = CUBE_GROWTH, .from = first + 3, .to = first + 15, .has_a = true, .a = GRAIN_DAY, .sums_days = true},
        {.cube = CUBE_SALES, .from = first + 15, .to = first + 16, .has_a = true, .a = DIMENSION_TOTAL},
        {.cube = CUBE_SALES, .from = first + 18, .to = first + 18, .has_a = true, .a = DIMENSION_TOTAL},
    };
    struct tallies out;
    assert_int_equal(tallies_read(session, shop, ranges, COUNT_OF(ranges), &out, &unused, &error), STATUS_OK);
    assert_int_equal(out.n, 7);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(out.rows[i].key.day, first + i);
        assert_int_equal(out.rows[i].n[1], 1000);
    }
    assert_int_equal(out.rows[5].key.day, first + 15);
    assert_int_equal(out.rows[6].key.cube, CUBE_GROWTH);
    assert_int_equal(out.rows[6].key.day, first + 3);
    assert_int_equal(out.rows[6].n[0], 12);
    /* nothing but the head */
    assert_int_equal(tallies_read(session, shop, NULL, 0, &out, &unused, &error), STATUS_OK);
    assert_int_equal(out.n, 0);
    assert_int_equal(unused.head, 20);
}

static void a_worker_that_dies_has_done_nothing(void **state)
{
    struct error error = {0};
    struct db *dying;
    struct db_options options = {0};
    (void)state;
    tell(order, 1, 1, 1);
    assert_int_equal(db_open(database.url, &options, &dying, &error), STATUS_OK);
    assert_int_equal(db_script(dying,
                               "BEGIN; SELECT done FROM tally_turn FOR UPDATE SKIP LOCKED;"
                               "INSERT INTO tally SELECT 1, 19, 1, 1, 0, 0, 5, 0, 0, 0, 0, 0;"
                               "DELETE FROM tally_entry; UPDATE tally_turn SET done = 1",
                               &error),
                     STATUS_OK);
    assert_int_equal(total(session, CUBE_SALES, 0), 1);
    /* while it is at work the others leave the shop to it */
    struct tallier_report report;
    assert_int_equal(tallier_once(session, &report, &error), STATUS_OK);
    assert_int_equal(report.n_waiting, 1);
    assert_false(report.is_busy);
    assert_int_equal(n_entries(), 1);
    db_close(dying);
    for (int i = 0; n_entries() && i < 1000; i++)
        add_up();
    assert_int_equal(n_entries(), 0);
    assert_int_equal(total(session, CUBE_SALES, 0), 1);
}

static void an_entry_that_cannot_be_read_holds_up_its_shop_alone(void **state)
{
    const struct shop *first = shop, *second;
    struct error error = {0};
    struct tallier_report report;
    (void)state;
    tell(order, 1, 1, 1);
    assert_int_equal(shop_create(session, "second", "EUR", "UTC", &second, &error), STATUS_OK);
    database_run(&database, "CREATE TABLE before AS SELECT * FROM tally_entry");
    database_run(&database, "UPDATE tally_entry SET sums = '\\x01ff'");
    shop = second;
    tell(order, 1, 1, 1);
    assert_int_equal(tallier_once(session, &report, &error), STATUS_INTERNAL);
    assert_true(report.has_looked && report.oldest_at != NONE); /* so that it is seen to wait */
    assert_int_equal(total(session, CUBE_SALES, 0), 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM tally_entry WHERE shop_id = %d", second->id), 0);
    shop = first;
    struct tallies out;
    struct tally_state unused;
    struct tally_range range = {.cube = CUBE_SALES, .from = 0, .to = 4000000, .has_a = true, .a = DIMENSION_TOTAL};
    assert_int_equal(tallies_read(session, shop, &range, 1, &out, &unused, &error), STATUS_INTERNAL);
    database_run(&database, "UPDATE tally_entry e SET sums = b.sums FROM before b WHERE b.shop_id = e.shop_id");
    database_run(&database, "DROP TABLE before");
}

/* Whatever wrote them: in a journal, and where they are added up. */
static void a_sum_beyond_measure_holds_up_no_other(void **state)
{
    struct error error = {0};
    struct tally huge = {.key = {.shop_id = shop->id, .cube = CUBE_SOLD, .day = 20485, .a = 5}, .n = {1, TALLY_MAX, TALLY_MAX}};
    struct tallies out;
    (void)state;
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 3; k++)
            tally_append(session->db, arena, shop->id, &huge, 1, clock_now(&now));
        assert_int_equal(db_sync(session->db, &error), STATUS_OK);
        tell(order, 1, 1, i);
        add_up();
    }
    assert_int_equal(total(session, CUBE_SALES, 0), 2);
    read_cube(session, CUBE_SOLD, &out);
    assert_int_equal(out.rows[0].n[0], 6);
    assert_int_equal(out.rows[0].n[1], TALLY_MAX);
    /* days that are read as one */
    huge.key.day++;
    tally_append(session->db, arena, shop->id, &huge, 1, clock_now(&now));
    assert_int_equal(db_sync(session->db, &error), STATUS_OK);
    add_up();
    struct tally_range range = {.cube = CUBE_SOLD, .from = 0, .to = 40000, .sums_days = true};
    struct tally_state unused;
    assert_int_equal(tallies_read(session, shop, &range, 1, &out, &unused, &error), STATUS_OK);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.rows[0].n[0], 7);
    assert_int_equal(out.rows[0].n[1], TALLY_MAX);
    /* one that is stored as large as a column can hold */
    database_run(&database, "UPDATE tally SET s2 = 9223372036854775807 WHERE cube = 7");
    huge.n[2] = 0;
    tally_append(session->db, arena, shop->id, &huge, 1, clock_now(&now));
    assert_int_equal(db_sync(session->db, &error), STATUS_OK);
    add_up();
    assert_int_equal(n_entries(), 0);
    database_run(&database, "DELETE FROM tally WHERE cube = 7"); /* of no ledger */
}

static void a_reader_of_a_long_journal_says_how_far_it_came(void **state)
{
    struct tallies out;
    (void)state;
    tell(order, 1, 1, 1);
    clock_set(&now, clock_now(&now) + USEC_PER_DAY);
    database_run(&database, "UPDATE tally_head SET head = 5001; INSERT INTO tally_entry SELECT 1, n, '2026-04-01Z', "
                            "'\\x01' FROM generate_series(2, 5001) n");
    struct tally_state is = read_cube(session, CUBE_SALES, &out);
    assert_int_equal(is.head, 2048);
    assert_int_equal(is.behind, INT64_C(1775001600) * USEC_PER_SEC);
    assert_int_equal(out.n, 1);
    struct tallier_report report;
    struct error error = {0};
    assert_int_equal(tallier_once(session, &report, &error), STATUS_OK);
    assert_int_equal(report.n_waiting, 5001);
    assert_true(report.is_busy);
    add_up();
    is = read_cube(session, CUBE_SALES, &out);
    assert_int_equal(is.head, 5001);
    assert_true(is.behind == NONE);
}

/* --- all at once ------------------------------------------------------------------------------------------------- */

#define TOLD 1500

static _Atomic int n_told;
static _Atomic bool is_over;

static void *work(void *context)
{
    struct session *own = context;
    while (!atomic_load(&is_over)) {
        struct tallier_report report;
        struct error error = {0};
        arena_reset(own->arena);
        if (tallier_once(own, &report, &error) != STATUS_OK) {
            fprintf(stderr, "%s %s\n", error.detail, error.sqlstate);
            abort();
        }
    }
    return NULL;
}

static void *watch(void *context)
{
    struct session *own = context;
    int64_t last = 0;
    for (bool goes_on = true; goes_on;) {
        goes_on = !atomic_load(&is_over);
        arena_reset(own->arena);
        int least = atomic_load(&n_told);
        int64_t n = total(own, CUBE_SALES, 0);
        int most = atomic_load(&n_told) + 1;
        if (n < least || n > most || n < last)
            return arena_printf(own->arena, "%" PRId64 " of %d to %d, %" PRId64 " before", n, least, most, last);
        last = n;
    }
    return NULL;
}

static void two_workers_and_readers_never_lose_or_repeat_a_sum(void **state)
{
    pthread_t threads[4];
    struct session *sessions[4];
    (void)state;
    atomic_store(&n_told, 0);
    atomic_store(&is_over, false);
    for (int i = 0; i < 4; i++) {
        sessions[i] = database_session(&database, &now);
        assert_int_equal(pthread_create(&threads[i], NULL, i < 2 ? work : watch, sessions[i]), 0);
    }
    for (int i = 0; i < TOLD; i++) {
        tell(order, i % 100, i % 28 + 1, i);
        atomic_fetch_add(&n_told, 1);
    }
    atomic_store(&is_over, true);
    for (int i = 0; i < 4; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        if (failure)
            fail_msg("%s", (const char *)failure);
        session_close(sessions[i]);
    }
    add_up();
    assert_int_equal(total(session, CUBE_SALES, 0), TOLD);
}

/* --- texts ------------------------------------------------------------------------------------------------------- */

static void texts_are_kept_once_with_the_first_label(void **state)
{
    static const char line[] = "\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"u%d\",\"properties\":{"
                               "\"order_id\":\"o%d\",\"revenue\":10,\"products\":[{\"product_id\":\"p1\"%s,\"category\":"
                               "\"Tea\",\"price\":10,\"quantity\":1}]}";
    (void)state;
    tell(line, 1, 1, "");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM term WHERE label <> ''"), 0);
    int64_t n = database_number(&database, "SELECT count(*) FROM term");
    assert_true(n >= 2);
    tell(line, 2, 2, ",\"name\":\"Green\"");
    tell(line, 3, 3, ",\"name\":\"Black\"");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM term"), n);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM term WHERE text = 'p1' AND label = 'Green'"), 1);
    struct tallies products;
    struct term terms[3];
    struct error error = {0};
    read_cube(session, CUBE_PRODUCT, &products);
    assert_int_equal(products.n, 1);
    int64_t hashes[] = {products.rows[0].key.a, 0, 12345};
    assert_int_equal(terms_read(session, shop, hashes, 3, terms, &error), STATUS_OK);
    assert_int_equal(terms[0].text.n, 2);
    assert_memory_equal(terms[0].text.p, "p1", 2);
    assert_int_equal(terms[0].label.n, 5);
    assert_int_equal(terms[1].text.n + terms[2].text.n, 0);
}

static void a_new_connection_may_lead_to_a_database_that_lacks_texts(void **state)
{
    static const char visit[] = "\"type\":\"page\",\"userId\":\"u%d\",\"context\":{\"channel\":\"email\"}";
    (void)state;
    tell(visit, 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM term WHERE text = 'email'"), 1);
    database_run(&database, "DELETE FROM term");
    tell(visit, 2);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM term WHERE text = 'email'"), 0); /* told before */
    database_run(&database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
                          "pid <> pg_backend_pid()");
    tell(visit, 3);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM term WHERE text = 'email'"), 1);
    session_close(session);
    session = database_session(&database, &now);
}

/* Its XXH64 has the bits of NONE, which is stored as null. */
static void a_text_whose_hash_is_none_is_kept_as_any_other(void **state)
{
    static const char touched[] = "\"type\":\"track\",\"event\":\"Campaign Touched\",\"userId\":\"u1\",\"properties\":{"
                                  "\"campaign\":\"campaaUOO:4{P3Wg\",\"channel\":\"email\"}";
    struct tallies tallies;
    struct term term;
    struct error error = {0};
    (void)state;
    assert_int_equal(tell(touched), STATUS_OK);
    read_cube(session, CUBE_TOUCHED, &tallies);
    assert_int_equal(tallies.n, 1);
    assert_int_equal(terms_read(session, shop, &tallies.rows[0].key.b, 1, &term, &error), STATUS_OK);
    assert_true(span_equal(term.text, span_of("campaaUOO:4{P3Wg")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, one_shop_open, one_shop_close)
        TEST(each_commit_is_one_entry_and_is_read_at_once),
        TEST(what_is_added_up_reads_as_before),
        TEST(ranges_choose_days_and_keys_in_sums_and_journal_alike),
        TEST(a_worker_that_dies_has_done_nothing),
        TEST(an_entry_that_cannot_be_read_holds_up_its_shop_alone),
        TEST(a_sum_beyond_measure_holds_up_no_other),
        TEST(a_reader_of_a_long_journal_says_how_far_it_came),
        TEST(two_workers_and_readers_never_lose_or_repeat_a_sum),
        TEST(texts_are_kept_once_with_the_first_label),
        TEST(a_new_connection_may_lead_to_a_database_that_lacks_texts),
        TEST(a_text_whose_hash_is_none_is_kept_as_any_other),
    };
    database_server();
    int failed = cmocka_run_group_tests(tests, one_shop_make, one_shop_drop);
    database_done();
    return failed;
}
