#include "base/time.h"
#include "core/purchase.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct purchase_log purchases_of_six;

static int32_t day(int month, int mday)
{
    return (int32_t)day_from_date(2015, month, mday);
}

/* The micro-case of lifetimes and pymc-marketing: fourteen orders of six customers. */
static int set_up(void **state)
{
    (void)state;
    static const struct {
        int customer, month, mday, value;
    } orders[] = {{1, 1, 1, 1},  {1, 2, 6, 2},  {2, 1, 1, 2},  {3, 1, 1, 3}, {3, 1, 2, 1},
                  {3, 1, 5, 5},  {4, 1, 16, 6}, {4, 2, 2, 3},  {4, 2, 5, 3}, {4, 2, 5, 6},
                  {5, 1, 16, 3}, {5, 1, 17, 1}, {5, 1, 18, 8}, {6, 2, 2, 5}};
    purchase_log_init(&purchases_of_six);
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        if (i == 0 || orders[i].customer != orders[i - 1].customer) {
            purchase_log_begin(&purchases_of_six);
        }
        purchase_log_add(&purchases_of_six, day(orders[i].month, orders[i].mday), orders[i].value);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    purchase_log_done(&purchases_of_six);
    return 0;
}

static void the_summary_of_six_customers_is_as_published(void **state)
{
    (void)state;
    static const struct {
        double x, t_x, T, value;
    } known[] = {{1, 36, 37, 2}, {0, 0, 37, 0}, {2, 4, 37, 3}, {2, 20, 22, 6}, {2, 2, 22, 4.5}, {0, 0, 5, 0}};
    assert_int_equal(purchases_of_six.n_customers, COUNT_OF(known));
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct purchases c;
        assert_true(purchase_log_look(&purchases_of_six, i, day(2, 7), &c));
        assert_true(c.x == known[i].x && c.value == known[i].value);
        assert_true(c.t_x == known[i].t_x / DAYS_PER_WEEK && c.T == known[i].T / DAYS_PER_WEEK);
    }
}

static void the_orders_of_a_day_are_one_purchase(void **state)
{
    (void)state;
    int64_t value;
    assert_int_equal(purchases_of_six.n_days, 13);
    assert_int_equal(purchase_log_between(&purchases_of_six, 3, day(2, 4), day(2, 5), &value), 1);
    assert_int_equal(value, 9);
}

static void gaps_are_known_by_their_logarithms(void **state)
{
    (void)state;
    struct purchases c;
    assert_true(purchase_log_look(&purchases_of_six, 3, day(2, 7), &c));
    assert_true(fabs(c.ln_gaps - log(17 / 7.0) - log(3 / 7.0)) < 1e-14);
    assert_true(purchase_log_look(&purchases_of_six, 3, day(1, 31), &c));
    assert_true(c.ln_gaps == 0);
}

static void what_comes_later_is_not_seen(void **state)
{
    (void)state;
    struct purchases c;
    assert_true(purchase_log_look(&purchases_of_six, 0, day(2, 5), &c));
    assert_true(c.x == 0 && c.t_x == 0 && c.T == 35 / DAYS_PER_WEEK && c.value == 0);
    assert_false(purchase_log_look(&purchases_of_six, 3, day(1, 15), &c));
    assert_true(purchase_log_look(&purchases_of_six, 3, day(1, 16), &c));
    assert_true(c.T == 0);
}

static void purchases_between_two_days_are_after_the_first(void **state)
{
    (void)state;
    int64_t value;
    assert_int_equal(purchase_log_between(&purchases_of_six, 2, day(1, 1), day(1, 5), &value), 2);
    assert_int_equal(value, 6);
    assert_int_equal(purchase_log_between(&purchases_of_six, 2, day(1, 5), day(2, 7), &value), 0);
    assert_int_equal(value, 0);
    assert_int_equal(purchase_log_between(&purchases_of_six, 2, day(1, 5), day(1, 1), NULL), 0);
}

static void a_customer_without_purchases_is_none(void **state)
{
    (void)state;
    struct purchase_log log;
    int32_t first, last;
    purchase_log_init(&log);
    assert_false(purchase_log_span(&log, &first, &last));
    purchase_log_begin(&log);
    purchase_log_begin(&log);
    purchase_log_add(&log, -3, 1);
    purchase_log_begin(&log);
    assert_int_equal(log.n_customers, 1);
    assert_true(purchase_log_span(&log, &first, &last));
    assert_int_equal(first, -3);
    assert_int_equal(last, -3);
    purchase_log_done(&log);
}

static void the_span_is_that_of_all_customers(void **state)
{
    (void)state;
    int32_t first, last;
    assert_true(purchase_log_span(&purchases_of_six, &first, &last));
    assert_int_equal(first, day(1, 1));
    assert_int_equal(last, day(2, 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_of_six_customers_is_as_published),
        cmocka_unit_test(the_orders_of_a_day_are_one_purchase),
        cmocka_unit_test(gaps_are_known_by_their_logarithms),
        cmocka_unit_test(what_comes_later_is_not_seen),
        cmocka_unit_test(purchases_between_two_days_are_after_the_first),
        cmocka_unit_test(a_customer_without_purchases_is_none),
        cmocka_unit_test(the_span_is_that_of_all_customers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
