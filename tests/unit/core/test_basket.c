#include "core/basket.h"
#include "../../support/chance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct baskets baskets;

static int set_up(void **state)
{
    (void)state;
    baskets_init(&baskets);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    baskets_done(&baskets);
    return 0;
}

/* Items up to the first 0. */
static void add(int64_t a, int64_t b, int64_t c, int64_t d)
{
    int64_t items[] = {a, b, c, d};
    size_t n = 0;
    while (n < COUNT_OF(items) && items[n])
        n++;
    assert_true(baskets_add(&baskets, items, n));
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/*
 * Five orders: bread 1, butter 2, milk 3.
 *   {1, 2}  {1, 2, 3}  {1}  {2, 3}  {1, 2}
 * bread in 4, butter in 4, milk in 2. bread + butter 3, butter + milk 2, bread + milk 1 (once is chance: left out).
 */
static void five_orders_have_two_pairs(void **state)
{
    (void)state;
    struct basket_count count;
    add(1, 2, 0, 0);
    add(1, 2, 3, 0);
    add(1, 0, 0, 0);
    add(2, 3, 0, 0);
    add(2, 1, 0, 0);
    baskets_count(&baskets, 100, &count);
    assert_int_equal(count.orders, 5);
    assert_int_equal(count.n, 2);
    assert_int_equal(count.least, 2);
    assert_int_equal(count.cut, 0);
    const struct basket_pair *p = &count.pairs[0];
    assert_true(p->a == 1 && p->b == 2 && p->orders == 3 && p->a_orders == 4 && p->b_orders == 4);
    assert_true(is_near(basket_support(p, count.orders), 0.6));    /* 3 of 5 */
    assert_true(is_near(basket_confidence(p), 0.75));              /* 3 of 4 */
    assert_true(is_near(basket_lift(p, count.orders), 0.9375));    /* 0.75 / (4 / 5) */
    p = &count.pairs[1];
    assert_true(p->a == 2 && p->b == 3 && p->orders == 2 && p->a_orders == 4 && p->b_orders == 2);
    struct basket_pair turned = basket_turned(p);
    assert_true(turned.a == 3 && turned.b == 2);
    assert_true(is_near(basket_confidence(p), 0.5) && is_near(basket_confidence(&turned), 1));
    assert_true(is_near(basket_lift(p, count.orders), 1.25) && is_near(basket_lift(&turned, count.orders), 1.25));
}

static void an_item_counts_once_an_order_and_none_is_no_item(void **state)
{
    (void)state;
    struct basket_count count;
    int64_t lines[] = {7, -3, 7, 0, -3, 7};
    int64_t none[] = {0, 0};
    assert_true(baskets_add(&baskets, lines, COUNT_OF(lines)));
    add(-3, 7, 7, 7);
    assert_true(baskets_add(&baskets, none, COUNT_OF(none)));
    assert_true(baskets_add(&baskets, NULL, 0));
    baskets_count(&baskets, 100, &count);
    assert_int_equal(count.orders, 2);
    assert_int_equal(count.n, 1);
    const struct basket_pair *p = &count.pairs[0];
    assert_true(p->a == -3 && p->b == 7 && p->orders == 2 && p->a_orders == 2 && p->b_orders == 2);
}

static void nothing_has_no_pairs(void **state)
{
    (void)state;
    struct basket_count count;
    baskets_count(&baskets, 1, &count);
    assert_true(count.n == 0 && count.orders == 0 && count.cut == 0 && count.least == 2);
}

/* {1,2} 4 times, {3,4} 3 times, {5,6} twice, {7,8} twice with 8 in a third order: of the last two the first has more lift. */
static void too_many_pairs_leave_the_rarest_out_and_say_so(void **state)
{
    (void)state;
    struct basket_count count;
    for (int i = 0; i < 4; i++)
        add(1, 2, 0, 0);
    for (int i = 0; i < 3; i++)
        add(3, 4, 0, 0);
    for (int i = 0; i < 2; i++) {
        add(7, 8, 0, 0);
        add(5, 6, 0, 0);
    }
    add(8, 9, 0, 0);
    baskets_count(&baskets, 3, &count);
    assert_int_equal(count.n, 3);
    assert_int_equal(count.least, 2);
    assert_int_equal(count.cut, 1);
    assert_true(count.pairs[0].a == 1 && count.pairs[1].a == 3 && count.pairs[2].a == 5);
}

/* --- against a count that is plainly right ---------------------------------------------------------------------- */

#define ITEMS 12
#define MOST_ORDERS 40

static int64_t naive_with(bool has[][ITEMS], size_t n, size_t a, size_t b)
{
    int64_t orders = 0;
    for (size_t i = 0; i < n; i++)
        orders += has[i][a] && has[i][b];
    return orders;
}

static void check_case(struct chance *chance)
{
    bool has[MOST_ORDERS][ITEMS] = {{false}};
    struct basket_count count;
    size_t n = (size_t)chance_of(chance, MOST_ORDERS), at = 0, expected = 0;
    int64_t density = 1 + chance_of(chance, 6);
    for (size_t i = 0; i < n; i++) {
        int64_t items[2 * ITEMS];
        size_t n_items = 0;
        for (size_t k = 0; k < ITEMS; k++)
            for (int twice = 0; twice < 2; twice++)
                if (one_in(chance, 2 * density)) {
                    has[i][k] = true;
                    items[n_items++] = (int64_t)k * 1000 - 5500;
                }
        assert_true(baskets_add(&baskets, items, n_items));
    }
    baskets_count(&baskets, 1000, &count);
    for (size_t a = 0; a < ITEMS; a++)
        for (size_t b = a + 1; b < ITEMS; b++) {
            int64_t both = naive_with(has, n, a, b);
            if (both < 2)
                continue;
            expected++;
            assert_true(at < count.n);
            const struct basket_pair *p = &count.pairs[at++];
            assert_true(p->a == (int64_t)a * 1000 - 5500 && p->b == (int64_t)b * 1000 - 5500);
            assert_int_equal(p->orders, both);
            assert_int_equal(p->a_orders, naive_with(has, n, a, a));
            assert_int_equal(p->b_orders, naive_with(has, n, b, b));
        }
    assert_int_equal(count.n, expected);
}

static void random_orders_are_counted_as_a_naive_count_does(void **state)
{
    (void)state;
    uint64_t seed = chance_seed();
    struct chance chance = {seed};
    printf("PROPERTY_SEED=%llu\n", (unsigned long long)seed);
    for (int64_t i = chance_cases(400); i > 0; i--) {
        check_case(&chance);
        baskets_done(&baskets);
        baskets_init(&baskets);
    }
}

/* Whatever the room, those that are kept are the best of all. */
static void what_is_kept_is_better_than_what_is_cut(void **state)
{
    (void)state;
    struct chance chance = {42};
    struct basket_count all, some;
    struct baskets again;
    baskets_init(&again);
    for (int i = 0; i < 300; i++) {
        int64_t items[5];
        for (size_t k = 0; k < COUNT_OF(items); k++)
            items[k] = 1 + chance_of(&chance, 1 + chance_of(&chance, 40));
        assert_true(baskets_add(&baskets, items, COUNT_OF(items)));
        assert_true(baskets_add(&again, items, COUNT_OF(items)));
    }
    baskets_count(&baskets, 100000, &all);
    baskets_count(&again, 50, &some);
    assert_int_equal(some.n, 50);
    assert_int_equal(some.cut, all.n - 50);
    size_t above = 0, below = 0;
    for (size_t i = 0; i < all.n; i++) {
        above += all.pairs[i].orders > some.least;
        below += all.pairs[i].orders < some.least;
    }
    assert_true(above <= 50 && all.n - below >= 50);
    for (size_t i = 0; i < some.n; i++)
        assert_true(some.pairs[i].orders >= some.least);
    baskets_done(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(five_orders_have_two_pairs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_item_counts_once_an_order_and_none_is_no_item, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_has_no_pairs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_pairs_leave_the_rarest_out_and_say_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_orders_are_counted_as_a_naive_count_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_kept_is_better_than_what_is_cut, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
