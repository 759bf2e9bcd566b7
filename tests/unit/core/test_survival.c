#include "core/survival.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROOM 32
#define ASSERT_NEAR(value, expected, distance) assert_true(fabs((value) - (expected)) <= (distance))

/* Curve of ${n} stays, ended ones as days, those that go on as -days. */
static size_t curve(const int *days, size_t n, struct survival *out)
{
    struct stays stays[ROOM];
    for (size_t i = 0; i < n; i++)
        stays[i] = (struct stays){.days = abs(days[i]), .ended = days[i] >= 0, .censored = days[i] < 0};
    size_t steps = stays_sort(stays, n);
    survival_estimate(stays, steps, out);
    return steps;
}

static const struct survival *step_at(const struct survival *steps, size_t n, int64_t days)
{
    for (size_t i = 0; i < n; i++)
        if (steps[i].days == days)
            return &steps[i];
    return NULL;
}

/* E. J. Freireich et al. (1963): weeks in remission of 21 patients with leukaemia on 6-mercaptopurine. */
static const int freireich[] = {6,  6,  6,  -6, 7,  -9, 10,  -10, -11, 13, 16,
                                -17, -19, -20, 22, 23, -25, -32, -32, -34, -35};

/* As the textbooks print it: D. G. Kleinbaum, M. Klein, "Survival Analysis"; intervals as Stata's sts list has them. */
static void the_leukaemia_table_of_the_textbooks_comes_out(void **state)
{
    (void)state;
    static const struct {
        int64_t days, at_risk, ended;
        double left, error, lower, upper;
    } expected[] = {
        {6, 21, 3, .8571, .0764, .6197, .9516},  {7, 17, 1, .8067, .0869, .5631, .9228},
        {10, 15, 1, .7529, .0963, .5032, .8894}, {13, 12, 1, .6902, .1068, .4316, .8491},
        {16, 11, 1, .6275, .1141, .3675, .8049}, {22, 7, 1, .5378, .1282, .2678, .7468},
        {23, 6, 1, .4482, .1346, .1881, .6801},
    };
    struct survival steps[ROOM];
    size_t n = curve(freireich, sizeof(freireich) / sizeof(freireich[0]), steps);
    assert_int_equal(n, 16);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct survival *step = step_at(steps, n, expected[i].days);
        assert_non_null(step);
        assert_int_equal(step->at_risk, expected[i].at_risk);
        assert_int_equal(step->ended, expected[i].ended);
        ASSERT_NEAR(step->left, expected[i].left, .00005);
        ASSERT_NEAR(step->error, expected[i].error, .00005);
        ASSERT_NEAR(step->lower, expected[i].lower, .00006);
        ASSERT_NEAR(step->upper, expected[i].upper, .00006);
    }
    assert_int_equal(survival_quantile(steps, n, 25), 13);
    assert_int_equal(survival_quantile(steps, n, 50), 23);
    assert_int_equal(survival_quantile(steps, n, 75), NONE);
}

/* The example of the paper of 1958, in tenths of a month: 7/8, times 4/5, times 3/4, times 1/2. */
static void the_example_of_kaplan_and_meier_comes_out(void **state)
{
    (void)state;
    static const int days[] = {8, -10, -27, 31, 54, -70, 92, -121};
    struct survival steps[ROOM];
    size_t n = curve(days, 8, steps);
    ASSERT_NEAR(step_at(steps, n, 8)->left, .875, 1e-15);
    ASSERT_NEAR(step_at(steps, n, 31)->left, .7, 1e-15);
    ASSERT_NEAR(step_at(steps, n, 54)->left, .525, 1e-15);
    ASSERT_NEAR(step_at(steps, n, 92)->left, .2625, 1e-15);
    assert_int_equal(steps[n - 1].at_risk, 1);
    assert_int_equal(survival_quantile(steps, n, 50), 92);
}

static void without_censoring_the_curve_is_the_share_that_is_left(void **state)
{
    (void)state;
    static const int days[] = {0, 0, 3, 5, 5, 5, 8, 13, 21, 34};
    struct survival steps[ROOM];
    size_t n = curve(days, 10, steps);
    assert_int_equal(n, 7);
    ASSERT_NEAR(steps[0].left, .8, 1e-15);
    ASSERT_NEAR(step_at(steps, n, 5)->left, .4, 1e-15);
    /* Greenwood's error is then that of a share: sqrt(.4 * .6 / 10) */
    ASSERT_NEAR(step_at(steps, n, 5)->error, sqrt(.024), 1e-15);
    assert_int_equal(survival_quantile(steps, n, 20), 0);
    assert_int_equal(survival_quantile(steps, n, 50), 5);
    assert_int_equal(survival_quantile(steps, n, 90), 21);
    assert_int_equal(survival_quantile(steps, n, 100), 34);
}

static void what_is_not_known_is_not_a_number(void **state)
{
    (void)state;
    static const int open[] = {-1, -2}, ended[] = {4, 4};
    struct survival steps[ROOM];
    size_t n = curve(open, 2, steps);
    assert_int_equal(n, 2);
    ASSERT_NEAR(steps[1].left, 1, 0);
    ASSERT_NEAR(steps[1].error, 0, 0);
    assert_true(isnan(steps[1].lower) && isnan(steps[1].upper));
    assert_int_equal(survival_quantile(steps, n, 50), NONE);
    n = curve(ended, 2, steps);
    assert_int_equal(n, 1);
    ASSERT_NEAR(steps[0].left, 0, 0);
    assert_true(isnan(steps[0].error) && isnan(steps[0].lower) && isnan(steps[0].upper));
    assert_int_equal(survival_quantile(steps, n, 50), 4);
    assert_int_equal(curve(NULL, 0, steps), 0);
    assert_int_equal(survival_quantile(steps, 0, 50), NONE);
}

static void a_median_on_the_line_is_found_whatever_the_rounding(void **state)
{
    (void)state;
    for (int64_t half = 1; half <= 5000; half++) { /* one a day, and as many that end at the same time later */
        struct survival steps[5];
        struct stays stays[5] = {{1, half / 3, 0}, {2, half / 3, 0}, {3, half - 2 * (half / 3), 0}, {4, half, 0}};
        size_t n = stays_sort(stays, 4);
        survival_estimate(stays, n, steps);
        assert_int_equal(survival_quantile(steps, n, 50), 3);
    }
}

static void equal_lengths_are_put_together(void **state)
{
    (void)state;
    struct stays stays[] = {{9, 1, 0}, {2, 0, 4}, {9, 2, 5}, {3, 0, 0}, {2, 1, 0}};
    assert_int_equal(stays_sort(stays, 5), 2);
    assert_int_equal(stays[0].days, 2);
    assert_int_equal(stays[0].ended, 1);
    assert_int_equal(stays[0].censored, 4);
    assert_int_equal(stays[1].ended, 3);
    assert_int_equal(stays[1].censored, 5);
}

/* As the usual worked example of nearest ranks: of 15, 20, 35, 40, 50 the 30th percentile is 20, the 40th 20, the 50th 35. */
static void quantiles_are_values_that_occur(void **state)
{
    (void)state;
    struct weight w[] = {{50, 1}, {15, 1}, {40, 1}, {20, 1}, {35, 1}, {99, 0}};
    assert_int_equal(weights_quantile(w, 6, 5), 15);
    assert_int_equal(weights_quantile(w, 6, 30), 20);
    assert_int_equal(weights_quantile(w, 6, 40), 20);
    assert_int_equal(weights_quantile(w, 6, 50), 35);
    assert_int_equal(weights_quantile(w, 6, 100), 50);
    assert_int_equal(weights_quantile(w, 0, 50), NONE);
    struct weight none[] = {{1, 0}};
    assert_int_equal(weights_quantile(none, 1, 50), NONE);
}

static void a_weight_stands_for_as_many_values(void **state)
{
    (void)state;
    struct weight w[] = {{60, 5}, {7, 90}, {600, 4}, {6000, 1}};
    assert_int_equal(weights_quantile(w, 4, 90), 7);
    assert_int_equal(weights_quantile(w, 4, 91), 60);
    assert_int_equal(weights_quantile(w, 4, 99), 600);
    struct weight many[] = {{1, INT64_C(4000000000000000000)}, {2, INT64_C(4000000000000000000)}};
    assert_int_equal(weights_quantile(many, 2, 50), 1);
    assert_int_equal(weights_quantile(many, 2, 51), 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leukaemia_table_of_the_textbooks_comes_out),
        cmocka_unit_test(the_example_of_kaplan_and_meier_comes_out),
        cmocka_unit_test(without_censoring_the_curve_is_the_share_that_is_left),
        cmocka_unit_test(what_is_not_known_is_not_a_number),
        cmocka_unit_test(a_median_on_the_line_is_found_whatever_the_rounding),
        cmocka_unit_test(equal_lengths_are_put_together),
        cmocka_unit_test(quantiles_are_values_that_occur),
        cmocka_unit_test(a_weight_stands_for_as_many_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
