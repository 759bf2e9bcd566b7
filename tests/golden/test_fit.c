/*
 * Fits to the public data sets, against published parameters and log-likelihoods: BG/NBD and MBG/NBD of the CDNOW sample
 * (Fader, Hardie and Lee 2005; BTYDplus), Gamma-Gamma (Fader and Hardie 2013); of the full set and of Online Retail
 * against an independent implementation that reproduces these.
 */
#include "app/fit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/real_data.h"

#define CDNOW_UNTIL "1997-09-30"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void load(enum real_data which, const char *until, struct fit_sample *out)
{
    struct purchase_log log;
    if (!real_data_load(which, &log))
        skip();
    fit_sample_of(arena, &log, real_day(until), out);
    purchase_log_done(&log);
}

static void assert_near(double value, double expected, double by)
{
    if (!(fabs(value - expected) <= by))
        fail_msg("%.8g is not within %g of %.8g", value, by, expected);
}

/** Parameters to four digits, the log-likelihood to the third decimal. */
static void assert_fit(const struct fit_of_model *fit, struct btyd published, double log_likelihood)
{
    assert_false(fit->is_degenerate);
    assert_near(fit->model.r, published.r, 5e-4 * published.r);
    assert_near(fit->model.alpha, published.alpha, 5e-4 * published.alpha);
    assert_near(fit->model.a, published.a, 5e-4 * published.a);
    assert_near(fit->model.b, published.b, 5e-4 * published.b);
    assert_near(fit->log_likelihood, log_likelihood, 2e-3);
}

static void bg_nbd_of_the_cdnow_sample_is_as_published(void **state)
{
    (void)state;
    struct fit_sample sample;
    struct fit_of_model fit;
    load(CDNOW_SAMPLE, CDNOW_UNTIL, &sample);
    fit_model(arena, &sample, &(struct btyd){.k = 1, .is_bg = true}, &fit);
    assert_fit(&fit, (struct btyd){.r = .2425945, .alpha = 4.4136019, .a = .7929199, .b = 2.4258881}, -9582.429);
}

static void mbg_nbd_of_the_cdnow_sample_is_as_published(void **state)
{
    (void)state;
    struct fit_sample sample;
    struct fit_of_model by_k[BTYD_K_MAX];
    load(CDNOW_SAMPLE, CDNOW_UNTIL, &sample);
    fit_models(arena, &sample, by_k);
    assert_int_equal(fit_choose(by_k), 1);
    assert_fit(&by_k[0], (struct btyd){.r = .524843, .alpha = 6.18308, .a = .891360, .b = 1.614004}, -9582.136);
}

static void both_of_the_full_set_are_those_of_another_implementation(void **state)
{
    (void)state;
    struct fit_sample sample;
    struct fit_of_model fit;
    load(CDNOW_FULL, CDNOW_UNTIL, &sample);
    fit_model(arena, &sample, &(struct btyd){.k = 1, .is_bg = true}, &fit);
    assert_fit(&fit, (struct btyd){.r = .25162, .alpha = 4.78894, .a = .72343, .b = 2.16109}, -95368.444);
    fit_model(arena, &sample, &(struct btyd){.k = 1}, &fit);
    assert_fit(&fit, (struct btyd){.r = .63714, .alpha = 7.31029, .a = .80747, .b = 1.22839}, -95336.958);
}

static void gamma_gamma_of_the_cdnow_sample_is_as_published(void **state)
{
    (void)state;
    struct fit_sample sample;
    struct gamma_gamma spend;
    double log_likelihood;
    size_t spenders;
    load(CDNOW_SAMPLE, CDNOW_UNTIL, &sample);
    assert_null(fit_spend(arena, &sample, &spend, &log_likelihood, &spenders));
    assert_int_equal(spenders, 946);
    assert_near(spend.p, 6.25, .005);
    assert_near(spend.q, 3.74, .005);
    assert_near(spend.v, 1544, 1); /* cents */
    /* Published for dollars, where a density is 100 times that for cents. */
    assert_near(log_likelihood + 946 * log(100), -4055.9177, .01);
}

static void gamma_gamma_of_the_full_set_is_that_of_another_implementation(void **state)
{
    (void)state;
    struct fit_sample sample;
    struct gamma_gamma spend;
    double log_likelihood;
    size_t spenders;
    load(CDNOW_FULL, CDNOW_UNTIL, &sample);
    assert_null(fit_spend(arena, &sample, &spend, &log_likelihood, &spenders));
    assert_near(spend.p, 6.27536, .005);
    assert_near(spend.q, 3.62445, .005);
    assert_near(spend.v, 1498.369, 1);
}

static void online_retail_is_degenerate_with_exponential_gaps_alone(void **state)
{
    (void)state;
    struct fit_sample sample;
    struct fit_of_model by_k[BTYD_K_MAX];
    load(ONLINE_RETAIL, "2011-12-09", &sample);
    assert_int_equal(sample.n, 4338);
    fit_models(arena, &sample, by_k);
    assert_true(by_k[0].is_degenerate);
    assert_non_null(by_k[0].reason);
    assert_near(by_k[0].log_likelihood, -37645.5, .5);
    assert_int_equal(fit_choose(by_k), 2);
    assert_fit(&by_k[1], (struct btyd){.r = .90975, .alpha = 4.48952, .a = .08819, .b = 2.10388},
               by_k[1].log_likelihood);
    assert_near(by_k[1].log_likelihood, -36891.8, .1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bg_nbd_of_the_cdnow_sample_is_as_published),
        cmocka_unit_test(mbg_nbd_of_the_cdnow_sample_is_as_published),
        cmocka_unit_test(both_of_the_full_set_are_those_of_another_implementation),
        cmocka_unit_test(gamma_gamma_of_the_cdnow_sample_is_as_published),
        cmocka_unit_test(gamma_gamma_of_the_full_set_is_that_of_another_implementation),
        cmocka_unit_test(online_retail_is_degenerate_with_exponential_gaps_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
