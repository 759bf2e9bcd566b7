#include "core/blend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../support/chance.h"

static struct chance chance = {1};

static double between(double low, double high)
{
    return low + (high - low) * (double)chance_of(&chance, 1000001) / 1000000;
}

/** From ${low} to ${high}, evenly in the logarithm. */
static double over(double low, double high)
{
    return exp(between(log(low), log(high)));
}

static struct btyd any_model(int k)
{
    return (struct btyd){
        .k = k, .r = over(.01, 100), .alpha = over(.01, 1000), .a = over(.001, 100), .b = over(.01, 1000)};
}

static struct blend_basis any_basis(void)
{
    struct blend_basis basis = {
        .exponential = any_model(1), .usual_gap = over(.1, 500), .usual_value = over(1, 1e7)};
    int k = (int)chance_of(&chance, BTYD_K_MAX) + 1;
    basis.regular = k > 1 ? any_model(k) : basis.exponential;
    return basis;
}

static struct purchases any_customer(void)
{
    struct purchases c = {.x = (double)(chance_of(&chance, 2) * chance_of(&chance, 200))};
    c.t_x = c.x > 0 ? over(.1, 300) : 0;
    c.T = c.t_x + between(0, 100);
    c.value = c.x > 0 ? between(-1000, 100000) : 0;
    return c;
}

static void features_are_finite(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct blend_basis basis = any_basis();
        struct purchases c = any_customer();
        double f[BLEND_FEATURES];
        blend_look(&basis, &c, over(.1, 60), f);
        for (int j = 0; j < BLEND_FEATURES; j++)
            assert_true(isfinite(f[j]));
    }
}

static void so_they_are_at_the_edges(void **state)
{
    (void)state;
    const struct purchases edges[] = {
        {0, 0, 0, 0, 0}, {0, 0, 5000, 0, 0}, {1000, 142, 143, -2000, -50}, {1, 500, 500, 0, 0}};
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        struct blend_basis basis = {.exponential = any_model(1), .regular = any_model(4)};
        double f[BLEND_FEATURES];
        blend_look(&basis, &edges[i], 30 / DAYS_PER_WEEK, f); /* without a usual gap and value */
        for (int j = 0; j < BLEND_FEATURES; j++)
            assert_true(isfinite(f[j]));
    }
}

static void features_move_with_silence_only_as_the_table_says(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct blend_basis basis = any_basis();
        struct purchases c = any_customer();
        double before[BLEND_FEATURES], after[BLEND_FEATURES], horizon = over(.1, 60);
        blend_look(&basis, &c, horizon, before);
        c.T += over(1 / DAYS_PER_WEEK, 100);
        blend_look(&basis, &c, horizon, after);
        for (int j = 0; j < BLEND_FEATURES; j++) {
            double fall = (before[j] - after[j]) * blend_features[j].sign;
            assert_true(blend_features[j].moves ? fall >= -1e-9 : before[j] == after[j]);
        }
    }
}

static void every_feature_that_moves_has_a_sign(void **state)
{
    (void)state;
    for (int j = 0; j < BLEND_FEATURES; j++)
        assert_true((blend_features[j].sign != 0) == blend_features[j].moves);
}

static void a_monotone_blend_never_rises_with_silence(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct blend blend = {.is_used = true, .intercept = between(-3, 3)};
        for (int j = 0; j < BLEND_FEATURES; j++) {
            double size = between(0, 2);
            blend.weight[j] = blend_features[j].sign != 0 ? size * blend_features[j].sign : between(-2, 2);
        }
        assert_true(blend_is_monotone(&blend));
        struct blend_basis basis = any_basis();
        struct purchases c = any_customer();
        double last = 1, features[BLEND_FEATURES];
        for (int day = 0; day < 400; day++, c.T += 1 / DAYS_PER_WEEK) {
            blend_look(&basis, &c, 90 / DAYS_PER_WEEK, features);
            double p = blend_probability(&blend, features);
            assert_true(p >= 0 && p <= last + 1e-9);
            last = p;
        }
    }
}

static void a_weight_of_the_wrong_sign_is_seen(void **state)
{
    (void)state;
    for (int j = 0; j < BLEND_FEATURES; j++) {
        struct blend blend = {.is_used = true};
        blend.weight[j] = blend_features[j].sign > 0 ? -1e-6 : 1e-6;
        assert_int_equal(blend_is_monotone(&blend), blend_features[j].sign == 0);
    }
}

static void the_currency_does_not_matter(void **state)
{
    (void)state;
    struct blend_basis basis = any_basis();
    struct purchases c = {3, 10, 12, -1, 4500};
    double euros[BLEND_FEATURES], yen[BLEND_FEATURES];
    blend_look(&basis, &c, 10, euros);
    basis.usual_value *= 128;
    c.value *= 128;
    blend_look(&basis, &c, 10, yen);
    assert_memory_equal(euros, yen, sizeof(yen));
}

static void the_probability_is_the_logistic_function(void **state)
{
    (void)state;
    struct blend blend = {.is_used = true, .intercept = .5};
    double features[BLEND_FEATURES] = {0};
    blend.weight[BLEND_model_exponential] = 2;
    features[BLEND_model_exponential] = -1;
    assert_true(fabs(blend_probability(&blend, features) - 1 / (1 + exp(1.5))) < 1e-15);
    features[BLEND_model_exponential] = -1e6;
    assert_true(blend_probability(&blend, features) == 0);
    features[BLEND_model_exponential] = 1e6;
    assert_true(blend_probability(&blend, features) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_finite),
        cmocka_unit_test(so_they_are_at_the_edges),
        cmocka_unit_test(features_move_with_silence_only_as_the_table_says),
        cmocka_unit_test(every_feature_that_moves_has_a_sign),
        cmocka_unit_test(a_monotone_blend_never_rises_with_silence),
        cmocka_unit_test(a_weight_of_the_wrong_sign_is_seen),
        cmocka_unit_test(the_currency_does_not_matter),
        cmocka_unit_test(the_probability_is_the_logistic_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
