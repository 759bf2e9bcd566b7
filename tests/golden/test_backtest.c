/*
 * How right predictions are on the public data sets, against what can be reached there without knowing the
 * future. The back-tests of the literature leave reversals out; reversed invoices are not in these logs.
 */
#include "app/backtest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/real_data.h"

static const struct fit_options options = {.cadence = {"default", 7}, .margin = 1, .discount = .1};

static void print_line(const char *name, const struct accuracy *a)
{
    printf("  %-10s AUC %.4f  log-loss %.4f  accuracy %.4f  MAE %.3f  RMSE %.3f  bias %+.1f %%\n", name,
           a->auc, a->log_loss, a->accuracy, a->mae, a->rmse, a->bias);
}

static void print_all(enum real_data which, const char *to, const struct holdout *h)
{
    printf("%s to %s, %d days: k = %d, %s, N = %d\n", real_data_name(which), to, h->horizon_days, h->k,
           h->is_blend ? "blend" : "plain", h->hiatus_days);
    print_line("ours", &h->ours);
    for (int b = 0; b < BASELINES; b++)
        print_line(baselines[b].key, &h->baseline[b]);
}

struct goal {
    double auc;
    double log_loss;
};

static void assert_goal(enum real_data which, const char *to, int days, struct goal goal)
{
    struct purchase_log log;
    struct holdout h;
    if (!real_data_load(which, &log))
        skip();
    backtest_run(&log, real_day(to), days, &options, &h);
    purchase_log_done(&log);
    print_all(which, to, &h);
    assert_true(h.is_known && !h.is_short);
    assert_int_equal(h.verdict, FIT_OK);
    assert_true(h.ours.auc >= goal.auc);
    assert_true(h.ours.log_loss <= goal.log_loss);
    assert_true(h.ours.accuracy >= h.baseline[BASELINE_hiatus].accuracy + .01);
    assert_true(h.ours.rmse <= 1.015 * h.baseline[BASELINE_bg_nbd].rmse);
}

static void cdnow_sample_reaches_its_goals(void **state)
{
    (void)state;
    assert_goal(CDNOW_SAMPLE, "1997-09-30", 39 * 7, (struct goal){.775, .49});
}

static void cdnow_full_reaches_its_goals(void **state)
{
    (void)state;
    assert_goal(CDNOW_FULL, "1997-09-30", 39 * 7, (struct goal){.765, .50});
}

static void online_retail_reaches_its_goals_over_half_a_year(void **state)
{
    (void)state;
    assert_goal(ONLINE_RETAIL, "2011-06-09", 26 * 7, (struct goal){.73, .54});
}

static void online_retail_reaches_its_goals_over_a_quarter(void **state)
{
    (void)state;
    assert_goal(ONLINE_RETAIL, "2011-09-09", 13 * 7, (struct goal){.735, .61});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cdnow_sample_reaches_its_goals),
        cmocka_unit_test(cdnow_full_reaches_its_goals),
        cmocka_unit_test(online_retail_reaches_its_goals_over_half_a_year),
        cmocka_unit_test(online_retail_reaches_its_goals_over_a_quarter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
