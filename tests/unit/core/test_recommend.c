#include "core/recommend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW (1000 * USEC_PER_DAY)

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 12);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/*
 * 100 orders; 20 with a, 10 with b, 8 with both: confidence 8/20 = 0.4, lift 0.4 / (10/100) = 4, so
 * 0.4 x 4/5 = 0.32 today, half of that 90 days later, a quarter after 180.
 */
static void a_score_is_confidence_damped_by_lift_and_age(void **state)
{
    (void)state;
    struct basket_pair pair = {.a = 1, .b = 2, .orders = 8, .a_orders = 20, .b_orders = 10};
    assert_true(fabs(recommend_score(&pair, 100, 0) - 0.32) < 1e-12);
    assert_true(fabs(recommend_score(&pair, 100, 90 * USEC_PER_DAY) - 0.16) < 1e-12);
    assert_true(fabs(recommend_score(&pair, 100, 180 * USEC_PER_DAY) - 0.08) < 1e-12);
    assert_true(fabs(recommend_score(&pair, 100, -5) - 0.32) < 1e-12);
}

static void what_they_have_is_not_suggested_and_each_has_its_best_reason(void **state)
{
    (void)state;
    struct suggestion *out;
    struct owned_item owned[] = {{-7, NOW}, {1, NOW}, {2, NOW - 900 * USEC_PER_DAY}};
    struct basket_pair pairs[] = {
        {.a = 1, .b = 2, .orders = 9, .a_orders = 10, .b_orders = 10},  /* 2 is owned */
        {.a = 1, .b = 3, .orders = 4, .a_orders = 10, .b_orders = 10},
        {.a = 2, .b = 3, .orders = 10, .a_orders = 10, .b_orders = 10}, /* stronger, but 900 days ago */
        {.a = -7, .b = 4, .orders = 6, .a_orders = 10, .b_orders = 10},
        {.a = 9, .b = 5, .orders = 10, .a_orders = 10, .b_orders = 10}, /* 9 is not owned */
    };
    size_t n = recommend(arena, owned, COUNT_OF(owned), pairs, COUNT_OF(pairs), 100, NOW, &out);
    assert_int_equal(n, 2);
    assert_true(out[0].pair.b == 4 && out[0].pair.a == -7 && out[0].bought_at == NOW);
    assert_true(out[1].pair.b == 3 && out[1].pair.a == 1);
    assert_true(out[0].score > out[1].score);
}

static void who_has_nothing_gets_nothing(void **state)
{
    (void)state;
    struct suggestion *out;
    struct basket_pair pair = {.a = 1, .b = 2, .orders = 9, .a_orders = 10, .b_orders = 10};
    assert_int_equal(recommend(arena, NULL, 0, &pair, 1, 100, NOW, &out), 0);
    assert_int_equal(recommend(arena, NULL, 0, NULL, 0, 0, NOW, &out), 0);
}

static void equals_come_in_one_order(void **state)
{
    (void)state;
    struct suggestion *out;
    struct owned_item owned[] = {{1, NOW}};
    struct basket_pair pairs[] = {{.a = 1, .b = 9, .orders = 4, .a_orders = 10, .b_orders = 10},
                                  {.a = 1, .b = 3, .orders = 4, .a_orders = 10, .b_orders = 10}};
    assert_int_equal(recommend(arena, owned, 1, pairs, 2, 100, NOW, &out), 2);
    assert_true(out[0].pair.b == 3 && out[1].pair.b == 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_score_is_confidence_damped_by_lift_and_age, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_they_have_is_not_suggested_and_each_has_its_best_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_nothing_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equals_come_in_one_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
