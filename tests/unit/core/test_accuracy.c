#include "core/accuracy.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define ASSERT_NEAR(value, expected) assert_true(fabs((value) - (expected)) < 1e-12)

static void figures_are_those_of_the_definitions(void **state)
{
    (void)state;
    double p[] = {.9, .4, .6, .1}, expected[] = {2, .5, 1, 0}, actual[] = {3, 0, 0, 1};
    struct accuracy a;
    accuracy_of(arena, 4, p, expected, actual, &a);
    assert_int_equal(a.customers, 4);
    assert_int_equal(a.buyers, 2);
    ASSERT_NEAR(a.auc, .5); /* .9 before both others, .1 after both */
    ASSERT_NEAR(a.log_loss, -(log(.9) + log(.6) + log(.4) + log(.1)) / 4);
    ASSERT_NEAR(a.accuracy, .5);
    ASSERT_NEAR(a.brier, (.01 + .16 + .36 + .81) / 4);
    ASSERT_NEAR(a.mae, 3.5 / 4);
    ASSERT_NEAR(a.rmse, sqrt((1 + .25 + 1 + 1) / 4));
    ASSERT_NEAR(a.bias, 100 * (3.5 / 4 - 1));
}

static void equal_probabilities_count_one_half(void **state)
{
    (void)state;
    double p[] = {.5, .5, .5, .2}, none[4] = {0}, actual[] = {1, 0, 1, 0};
    struct accuracy a;
    accuracy_of(arena, 4, p, none, actual, &a);
    ASSERT_NEAR(a.auc, (2 * .5 + 2) / 4);
}

static void the_order_of_equal_customers_does_not_matter(void **state)
{
    (void)state;
    enum { N = 100 };
    double p[N], none[N] = {0}, first[N], last[N];
    for (int i = 0; i < N; i++) {
        p[i] = .3;
        first[i] = i < 30;
        last[i] = i >= 70;
    }
    struct accuracy a, b;
    accuracy_of(arena, N, p, none, first, &a);
    accuracy_of(arena, N, p, none, last, &b);
    for (int g = 0; g < ACCURACY_GROUPS; g++) {
        assert_int_equal(a.groups[g].n, 10);
        ASSERT_NEAR(a.groups[g].predicted, .3);
        ASSERT_NEAR(a.groups[g].bought, .3);
        ASSERT_NEAR(a.groups[g].lift, 1);
        ASSERT_NEAR(b.groups[g].bought, .3);
    }
    ASSERT_NEAR(a.top_capture, .1);
    ASSERT_NEAR(b.top_capture, .1);
}

static void the_likeliest_are_the_first_group(void **state)
{
    (void)state;
    enum { N = 25 };
    double p[N], none[N] = {0}, actual[N];
    size_t n = 0;
    for (int i = 0; i < N; i++) {
        p[i] = i / 25.0;
        actual[i] = i >= 20;
    }
    struct accuracy a;
    accuracy_of(arena, N, p, none, actual, &a);
    ASSERT_NEAR(a.auc, 1);
    ASSERT_NEAR(a.groups[0].lift, 5);
    ASSERT_NEAR(a.top_capture, 2.0 / 5);
    ASSERT_NEAR(a.groups[9].bought, 0);
    for (int g = 0; g < ACCURACY_GROUPS; g++)
        n += a.groups[g].n;
    assert_int_equal(n, N);
}

static void certainty_that_errs_costs_a_finite_loss(void **state)
{
    (void)state;
    double p[] = {1, 0}, none[2] = {0}, actual[] = {0, 1};
    struct accuracy a;
    accuracy_of(arena, 2, p, none, actual, &a);
    assert_true(fabs(a.log_loss + log(1e-15)) < .1);
    ASSERT_NEAR(a.auc, 0);
}

static void of_nobody_all_figures_are_zero(void **state)
{
    (void)state;
    struct accuracy a, zero = {0};
    accuracy_of(arena, 0, NULL, NULL, NULL, &a);
    assert_memory_equal(&a, &zero, sizeof(a));
}

static void nobody_or_everybody_who_buys_is_defined(void **state)
{
    (void)state;
    double p[] = {.2, .7}, expected[] = {1, 2}, none[] = {0, 0}, all[] = {1, 2};
    struct accuracy a;
    accuracy_of(arena, 2, p, expected, none, &a);
    ASSERT_NEAR(a.auc, .5);
    ASSERT_NEAR(a.bias, 0);
    ASSERT_NEAR(a.groups[9].lift, 0);
    accuracy_of(arena, 2, p, expected, all, &a);
    ASSERT_NEAR(a.auc, .5);
    ASSERT_NEAR(a.bias, 0);
    ASSERT_NEAR(a.groups[9].lift, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_definitions),
        cmocka_unit_test(equal_probabilities_count_one_half),
        cmocka_unit_test(the_order_of_equal_customers_does_not_matter),
        cmocka_unit_test(the_likeliest_are_the_first_group),
        cmocka_unit_test(certainty_that_errs_costs_a_finite_loss),
        cmocka_unit_test(of_nobody_all_figures_are_zero),
        cmocka_unit_test(nobody_or_everybody_who_buys_is_defined),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
