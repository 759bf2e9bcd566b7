/*
 * What is bought together with a database: the worker counts pairs of the orders as they are then, one process at a time, and says
 * when; what is recommended follows from it.
 */
#include "../support/one_shop.h"
#include "app/idempotency.h"
#include "app/pairs.h"
#include "app/recommend.h"
#include "base/buf.h"
#include "base/time.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* An order of these products, each of the category of its first letter. */
static void order(const char *customer, const char *id, const char *products)
{
    char lines[512] = "";
    size_t n = 0;
    for (const char *p = products; *p; p++)
        n += (size_t)snprintf(lines + n, sizeof(lines) - n,
                              "%s{\"product_id\":\"%c\",\"name\":\"The %c\",\"category\":\"%s\",\"price\":10,\"quantity\":1}",
                              n ? "," : "", *p, *p, *p < 'f' ? "early" : "late");
    char at[TIME_TEXT];
    time_print(clock_now(&now), at);
    assert_int_equal(tell("\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s\",\"messageId\":\"%s\",\"timestamp\":\"%s\","
                          "\"properties\":{\"order_id\":\"%s\",\"total\":10,\"products\":[%s]}",
                          customer, id, at, id, lines),
                     STATUS_OK);
    clock_set(&now, clock_now(&now) + 60 * USEC_PER_SEC);
}

static void refund(const char *customer, const char *id)
{
    char at[TIME_TEXT];
    time_print(clock_now(&now), at);
    assert_int_equal(tell("\"type\":\"track\",\"event\":\"Order Refunded\",\"userId\":\"%s\",\"messageId\":\"r-%s\",\"timestamp\":\"%s\","
                          "\"properties\":{\"order_id\":\"%s\"}",
                          customer, id, at, id),
                     STATUS_OK);
}

static void pass(usec_t time)
{
    clock_set(&now, clock_now(&now) + time);
}

static void step(void)
{
    struct pairing_shop state = {0};
    struct error error = {0};
    if (pairing_step(session, shop, &state, &error) != STATUS_OK)
        fail_msg("%s %s", status_code(error.status), error.detail);
}

static struct pair_count counted(void)
{
    struct pair_count count;
    struct error error = {0};
    assert_int_equal(pair_count_read(session, shop, PAIR_PRODUCTS, &count, &error), STATUS_OK);
    return count;
}

/* "a+b 2/3/4" of each pair, by orders; of equals the one that comes first in the alphabet is first. */
static const char *pairs(enum pair_kind kind)
{
    struct pair_query query = {.shop = shop, .kind = kind, .least = 2, .limit = 100};
    struct basket_pair *rows;
    struct error error = {0};
    size_t n;
    int64_t total;
    assert_int_equal(pairs_read(session, &query, &rows, &n, &total, &error), STATUS_OK);
    assert_int_equal(total, n);
    const char *text = "";
    for (size_t i = 0; i < n; i++) {
        const struct db_result *names =
            database_rows(&database, "SELECT (SELECT text FROM term WHERE hash = %lld), (SELECT text FROM term WHERE hash = %lld)",
                          (long long)rows[i].a, (long long)rows[i].b);
        bool turns = rows[i].a_orders == rows[i].b_orders && span_compare(db_span(names, 0, 0), db_span(names, 0, 1)) > 0;
        struct span a = db_span(names, 0, turns), b = db_span(names, 0, !turns);
        text = arena_printf(arena, "%s%s%.*s+%.*s %d/%d/%d", text, i ? ", " : "", (int)a.n, a.p, (int)b.n, b.p,
                            (int)rows[i].orders, (int)rows[i].a_orders, (int)rows[i].b_orders);
    }
    return text;
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

static void orders_are_counted_once_they_have_changed(void **state)
{
    (void)state;
    step();
    assert_true(counted().counted_at == NONE);
    order("anna", "o1", "ab");
    order("ben", "o2", "ab");
    order("ben", "o3", "abf");
    order("cleo", "o4", "a");
    step();
    assert_string_equal(pairs(PAIR_PRODUCTS), "b+a 3/3/4");
    assert_string_equal(pairs(PAIR_CATEGORIES), "");
    struct pair_count count = counted();
    assert_true(count.is_current);
    assert_in_range(clock_now(&now) - count.counted_at, 0, 60 * USEC_PER_SEC);
    assert_int_equal(count.orders, 4);
    pass(USEC_PER_DAY);
    step();
    assert_true(counted().counted_at == count.counted_at); /* nothing has changed */
    order("cleo", "o5", "af");
    assert_false(counted().is_current);
    step();
    assert_string_equal(pairs(PAIR_CATEGORIES), "late+early 2/2/5");
}

static void a_young_count_is_left_alone(void **state)
{
    (void)state;
    order("anna", "o1", "ab");
    step();
    usec_t at = counted().counted_at;
    order("anna", "o2", "ab");
    clock_set(&now, at + USEC_PER_SEC);
    step();
    assert_true(counted().counted_at == at);
    pass(30 * USEC_PER_SEC);
    step();
    assert_string_equal(pairs(PAIR_PRODUCTS), "a+b 2/2/2");
}

static void a_refunded_order_leaves_the_pairs_at_the_next_count(void **state)
{
    (void)state;
    order("anna", "o1", "ab");
    order("ben", "o2", "ab");
    order("cleo", "o3", "ab");
    step();
    assert_string_equal(pairs(PAIR_PRODUCTS), "a+b 3/3/3");
    refund("cleo", "o3");
    pass(USEC_PER_DAY);
    assert_string_equal(pairs(PAIR_PRODUCTS), "a+b 3/3/3");
    step();
    assert_string_equal(pairs(PAIR_PRODUCTS), "a+b 2/2/2");
    refund("ben", "o2");
    pass(USEC_PER_DAY);
    step();
    assert_string_equal(pairs(PAIR_PRODUCTS), "");
    assert_int_equal(counted().orders, 1);
}

static void one_process_counts_at_a_time(void **state)
{
    (void)state;
    struct once turn = {
        .shop = shop, .api_key = span_of(""), .key = span_of("a count of pairs"), .patience = USEC_PER_DAY};
    struct span kept;
    struct error error = {0};
    order("anna", "o1", "ab");
    assert_int_equal(once_begin(session, &turn, &kept, &error), STATUS_OK);
    step();
    assert_true(counted().counted_at == NONE);
    assert_int_equal(once_forget(session, &turn, &error), STATUS_OK);
    step();
    assert_int_equal(counted().orders, 1);
}

static void the_pairs_of_one_item_begin_with_it(void **state)
{
    (void)state;
    struct pair_query query = {.shop = shop, .kind = PAIR_PRODUCTS, .least = 2, .limit = 1, .sort = PAIRS_BY_LIFT};
    struct basket_pair *rows;
    struct error error = {0};
    size_t n;
    int64_t total;
    for (int i = 0; i < 3; i++)
        order("anna", arena_printf(arena, "o%d", i), "ab");
    for (int i = 3; i < 5; i++)
        order("anna", arena_printf(arena, "o%d", i), "acg");
    order("ben", "o5", "b");
    order("ben", "o6", "h");
    step();
    query.of = database_number(&database, "SELECT hash FROM term WHERE text = 'a'");
    assert_int_equal(pairs_read(session, &query, &rows, &n, &total, &error), STATUS_OK);
    /* of 7 orders: a in 5; c and g in 2, both with a: lift 2 x 7 / (5 x 2) = 1.4; b in 4, 3 with a: 3 x 7 / (5 x 4) = 1.05 */
    assert_int_equal(n, 1);
    assert_int_equal(total, 3);
    assert_true(rows[0].a == query.of && rows[0].orders == 2 && rows[0].a_orders == 5 && rows[0].b_orders == 2);
    assert_true(fabs(basket_lift(&rows[0], 7) - 1.4) < 1e-12);
    query.least = 3;
    assert_int_equal(pairs_read(session, &query, &rows, &n, &total, &error), STATUS_OK);
    assert_true(n == 1 && total == 1 && rows[0].orders == 3);
}

/* More customers than are read at a time. */
static void every_page_of_customers_is_read(void **state)
{
    (void)state;
    struct ingest_item *items;
    for (int i = 0; i < 2100; i += 300) {
        struct buf batch;
        buf_init(&batch, 0);
        for (int k = i; k < i + 300; k++)
            buf_printf(&batch,
                       "%s{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"c%d\",\"messageId\":\"m%d\","
                       "\"properties\":{\"order_id\":\"o%d\",\"total\":1,\"products\":[{\"product_id\":\"a\"},{\"product_id\":\"b\"}]}}",
                       k > i ? "," : "{\"batch\":[", k, k, k);
        buf_text(&batch, "]}");
        buf_char(&batch, '\0');
        assert_int_equal(tell_batch(batch.p, 300, &items), STATUS_OK);
        buf_done(&batch);
    }
    step();
    assert_string_equal(pairs(PAIR_PRODUCTS), "a+b 2100/2100/2100");
}

/* --- what is recommended ------------------------------------------------------------------------------------------ */

static struct recommendations recommended(const char *customer)
{
    struct recommend_query query = {.shop = shop, .id = span_of(customer), .limit = 3};
    struct recommendations out;
    struct error error = {0};
    if (customer_recommendations(session, &query, &out, &error) != STATUS_OK)
        fail_msg("%s", error.detail);
    return out;
}

static void is_best_seller(const struct recommended *row, const char *item, int64_t orders)
{
    assert_true(span_is(row->term.text, item));
    assert_true(row->is_best_seller);
    assert_int_equal(row->orders, orders);
}

static void who_bought_something_gets_what_goes_with_it(void **state)
{
    (void)state;
    order("anna", "o1", "ab");
    order("ben", "o2", "ab");
    order("cleo", "o3", "ac");
    order("dora", "o4", "h");
    order("dora", "o5", "h");
    order("emil", "o6", "a");
    step();
    struct recommendations r = recommended("emil");
    assert_int_equal(r.products.n, 3);
    const struct recommended *row = &r.products.rows[0];
    assert_true(span_is(row->term.text, "b") && span_is(row->term.label, "The b") && span_is(row->with.text, "a"));
    assert_true(row->suggestion.pair.orders == 2 && row->suggestion.pair.a_orders == 4);
    /* confidence 2/4, lift (2/4) / (2/6) = 1.5: 0.5 x 1.5 / 2.5 = 0.3, bought today */
    assert_true(fabs(row->suggestion.score - 0.3) < 1e-12);
    is_best_seller(&r.products.rows[1], "h", 2);
    is_best_seller(&r.products.rows[2], "c", 1);
    assert_int_equal(r.categories.n, 1);
    is_best_seller(&r.categories.rows[0], "late", 2);
    pass(90 * USEC_PER_DAY); /* half of it then */
    assert_true(fabs(recommended("emil").products.rows[0].suggestion.score - 0.15) < 1e-12);
    pass(90 * USEC_PER_DAY); /* what was sold before the months that count is no best seller */
    r = recommended("emil");
    assert_int_equal(r.products.n, 1);
    assert_true(fabs(r.products.rows[0].suggestion.score - 0.075) < 1e-12);
}

static void who_bought_nothing_gets_the_best_sellers(void **state)
{
    (void)state;
    order("anna", "o1", "ab");
    order("ben", "o2", "a");
    assert_int_equal(tell("\"type\":\"identify\",\"userId\":\"new\",\"traits\":{\"name\":\"N\"},\"messageId\":\"i1\""), STATUS_OK);
    step();
    struct recommendations r = recommended("new");
    assert_int_equal(r.products.n, 2);
    is_best_seller(&r.products.rows[0], "a", 2);
    is_best_seller(&r.products.rows[1], "b", 1);
    assert_int_equal(r.since, day_from_date(2026, 1, 1));
}

static void what_was_sent_back_is_not_recommended_again(void **state)
{
    (void)state;
    order("anna", "o1", "ab");
    order("ben", "o2", "ab");
    order("emil", "o3", "a");
    order("emil", "o4", "b");
    refund("emil", "o4");
    step();
    assert_int_equal(recommended("emil").products.n, 0);
}

static void nobody_knows_what_a_stranger_wants(void **state)
{
    (void)state;
    struct recommend_query query = {.shop = shop, .id = span_of("stranger"), .limit = 3};
    struct recommendations out;
    struct error error = {0};
    assert_int_equal(customer_recommendations(session, &query, &out, &error), STATUS_NOT_FOUND);
}

int main(void)
{
    database_server();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(orders_are_counted_once_they_have_changed, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(a_young_count_is_left_alone, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(a_refunded_order_leaves_the_pairs_at_the_next_count, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(one_process_counts_at_a_time, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(the_pairs_of_one_item_begin_with_it, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(every_page_of_customers_is_read, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(who_bought_something_gets_what_goes_with_it, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(who_bought_nothing_gets_the_best_sellers, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(what_was_sent_back_is_not_recommended_again, one_shop_open, one_shop_close),
        cmocka_unit_test_setup_teardown(nobody_knows_what_a_stranger_wants, one_shop_open, one_shop_close),
    };
    return cmocka_run_group_tests(tests, one_shop_make, one_shop_drop);
}
