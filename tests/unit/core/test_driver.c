#include "core/driver.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct scores scores_of(bool has_blend)
{
    struct btyd model = {1, false, 0.52, 6.18, 0.89, 1.61};
    struct scores scores = {.model = model,
                            .basis = {.exponential = model, .regular = model, .usual_gap = 9, .usual_value = 4000},
                            .margin = 1};
    struct blend *blend = &scores.blends[HORIZON_90D];
    blend->is_used = has_blend;
    blend->intercept = -0.3;
    for (int i = 0; i < BLEND_FEATURES; i++)
        blend->weight[i] = (blend_features[i].sign ? blend_features[i].sign : 1) * 0.1 * (i + 1);
    return scores;
}

static void assert_sums_up(const struct drivers *drivers)
{
    double sum = drivers->base;
    for (int i = 0; i < drivers->n; i++)
        sum += drivers->items[i].contribution;
    assert_true(fabs(1 / (1 + exp(-sum)) - drivers->probability) < 1e-9);
    for (int i = 1; i < drivers->n; i++)
        assert_true(fabs(drivers->items[i - 1].contribution) >= fabs(drivers->items[i].contribution));
}

static const struct purchases regular = {.x = 7, .t_x = 60, .T = 75, .ln_gaps = 14, .value = 5500};

static void base_and_contributions_add_up_to_the_score_of_a_blend(void **state)
{
    (void)state;
    struct drivers drivers;
    struct scores scores = scores_of(true);
    drivers_of(&scores, &regular, HORIZON_90D, LANGUAGE_EN, &drivers);
    assert_true(drivers.is_blend);
    assert_int_equal(drivers.n, BLEND_FEATURES);
    assert_sums_up(&drivers);
    for (int i = 0; i < drivers.n; i++)
        assert_true(drivers.items[i].has_weight);
}

static void a_score_that_the_longer_horizon_bounds_is_explained_by_that_one(void **state)
{
    (void)state;
    struct drivers drivers;
    struct scores scores = scores_of(true);
    scores.blends[HORIZON_30D] = scores.blends[HORIZON_90D];
    scores.blends[HORIZON_30D].intercept = scores.blends[HORIZON_90D].intercept + 5;
    assert_true(scores_active(&scores, &regular, HORIZON_30D) == scores_active(&scores, &regular, HORIZON_90D));
    assert_int_equal(scores_serving(&scores, &regular, HORIZON_30D), HORIZON_90D);
    drivers_of(&scores, &regular, HORIZON_30D, LANGUAGE_EN, &drivers);
    assert_sums_up(&drivers);
}

static const struct driver *driver_named(const struct drivers *drivers, const char *key)
{
    for (int i = 0; i < drivers->n; i++)
        if (strcmp(drivers->items[i].key, key) == 0)
            return &drivers->items[i];
    fail_msg("no driver %s", key);
    return NULL;
}

static void the_purchase_model_is_driven_by_the_orders_and_by_the_silence_since(void **state)
{
    (void)state;
    struct drivers drivers;
    struct scores scores = scores_of(false);
    drivers_of(&scores, &regular, HORIZON_90D, LANGUAGE_ZH, &drivers);
    assert_false(drivers.is_blend);
    assert_int_equal(drivers.n, 2);
    assert_sums_up(&drivers);
    const struct driver *orders = driver_named(&drivers, "orders_so_far");
    const struct driver *silence = driver_named(&drivers, "silence_weeks");
    assert_true(orders->contribution > 0);
    assert_true(silence->contribution < 0);
    assert_true(silence->value == 15);
    assert_false(silence->has_weight);
    assert_string_equal(silence->label, "距上次下单的周数");
}

static void nothing_drives_the_score_of_who_has_ordered_once_and_today(void **state)
{
    (void)state;
    struct drivers drivers;
    const struct purchases newcomer = {0};
    for (int has_blend = 0; has_blend < 2; has_blend++) {
        struct scores scores = scores_of(has_blend);
        drivers_of(&scores, &newcomer, HORIZON_90D, LANGUAGE_EN, &drivers);
        assert_sums_up(&drivers);
        for (int i = 0; i < drivers.n; i++)
            assert_true(drivers.items[i].contribution == 0);
    }
}

static void contributions_are_finite_when_the_score_is_next_to_nothing(void **state)
{
    (void)state;
    struct drivers drivers;
    struct scores scores = scores_of(false);
    struct purchases lost = {.x = 900, .t_x = 100, .T = 5000, .ln_gaps = -2000, .value = 10};
    drivers_of(&scores, &lost, HORIZON_30D, LANGUAGE_EN, &drivers);
    for (int i = 0; i < drivers.n; i++)
        assert_true(isfinite(drivers.items[i].contribution));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_and_contributions_add_up_to_the_score_of_a_blend),
        cmocka_unit_test(a_score_that_the_longer_horizon_bounds_is_explained_by_that_one),
        cmocka_unit_test(the_purchase_model_is_driven_by_the_orders_and_by_the_silence_since),
        cmocka_unit_test(nothing_drives_the_score_of_who_has_ordered_once_and_today),
        cmocka_unit_test(contributions_are_finite_when_the_score_is_next_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
