#include "app/backtest.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../support/chance.h"
#include "../../support/customers.h"

static struct arena *arena;
static const struct fit_options options = {.cadence = {"fashion", 7}, .margin = .4, .discount = .1};

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

static void assert_near(double value, double expected, double part)
{
    if (!(fabs(value - expected) <= part * fabs(expected)))
        fail_msg("%g is not within %g of %g", value, part, expected);
}

/* --- recovery ------------------------------------------------------------------------------------------- */

static void assert_recovered(struct btyd truth, size_t n, uint64_t seed)
{
    struct chance chance = {seed};
    struct fit_sample sample = {n, ARENA_ARRAY(arena, struct purchases, n)};
    struct fit_of_model by_k[BTYD_K_MAX];
    for (size_t i = 0; i < n; i++)
        customers_draw(&chance, &truth, 52 + 52 * customers_uniform(&chance), &sample.customers[i]);
    fit_models(arena, &sample, by_k);
    assert_int_equal(fit_choose(by_k), truth.k);
    const struct fit_of_model *fit = &by_k[truth.k - 1];
    assert_false(fit->is_degenerate);
    assert_null(fit->reason);
    assert_true(fit->condition >= 1 && isfinite(fit->condition));
    assert_near(fit->model.r, truth.r, .15);
    assert_near(fit->model.r / fit->model.alpha, truth.r / truth.alpha, .1);
    assert_near(fit->model.a / (fit->model.a + fit->model.b), truth.a / (truth.a + truth.b), .1);
}

static void the_parameters_of_simulated_customers_are_found_again(void **state)
{
    (void)state;
    assert_recovered((struct btyd){.k = 1, .r = .8, .alpha = 6, .a = .8, .b = 2.5}, 4000, 11);
}

static void so_are_those_of_customers_with_regular_gaps(void **state)
{
    (void)state;
    assert_recovered((struct btyd){.k = 2, .r = 1.2, .alpha = 4, .a = .6, .b = 3}, 4000, 12);
    assert_recovered((struct btyd){.k = 3, .r = 2, .alpha = 3, .a = .5, .b = 4}, 4000, 13);
}

static void the_spend_of_simulated_customers_is_found_again(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct chance chance = {14};
    struct gamma_gamma truth = {6, 4, 1500}, found;
    struct fit_sample sample = {N, ARENA_ARRAY(arena, struct purchases, N)};
    for (size_t i = 0; i < N; i++) {
        struct purchases *c = &sample.customers[i];
        c->x = (double)(1 + chance_of(&chance, 6));
        c->value = customers_draw_spend(&chance, &truth, c->x);
    }
    double log_likelihood;
    size_t spenders;
    assert_null(fit_spend(arena, &sample, &found, &log_likelihood, &spenders));
    assert_int_equal(spenders, N);
    assert_near(found.p, truth.p, .1);
    assert_near(found.q, truth.q, .1);
    assert_near(found.v, truth.v, .15);
}

static void refunded_customers_are_left_out_of_spend(void **state)
{
    (void)state;
    enum { N = 200 };
    struct chance chance = {15};
    struct gamma_gamma found;
    struct fit_sample sample = {N, ARENA_ARRAY(arena, struct purchases, N)};
    for (size_t i = 0; i < N; i++)
        sample.customers[i] = (struct purchases){2, 3, 5, 0, i < 50 ? -100 * (double)i : (double)(500 + chance_of(&chance, 4000))};
    double log_likelihood;
    size_t spenders;
    (void)fit_spend(arena, &sample, &found, &log_likelihood, &spenders);
    assert_int_equal(spenders, N - 50);
}

/* --- shops ---------------------------------------------------------------------------------------------- */

static void assert_sane(const struct fit *fit)
{
    const struct purchases some[] = {{0, 0, 0, 0, 0}, {0, 0, 500, 0, 0}, {1, 1, 2, 0, 100}, {900, 500, 500, -900, -5}};
    assert_true(btyd_is_valid(&fit->scores.model));
    assert_true(fit->scores.margin == options.margin && fit->scores.discount == options.discount);
    for (size_t i = 0; i < COUNT_OF(some); i++) {
        for (enum score_horizon h = 0; h < HORIZON_COUNT; h++) {
            double p = scores_active(&fit->scores, &some[i], h);
            assert_true(p >= 0 && p <= 1);
        }
        assert_true(isfinite(scores_expected_orders(&fit->scores, &some[i], 365)));
        assert_true(isfinite(scores_lifetime_value(&fit->scores, &some[i], 100)));
    }
    for (enum score_horizon h = 0; h < HORIZON_COUNT; h++)
        assert_true(blend_is_monotone(&fit->scores.blends[h]));
}

/** ${n} customers who buy on the days from ${first}, every ${step}, ${times} times, ${shift} days apart from each other. */
static void add_regulars(struct purchase_log *log, int n, int first, int step, int times, int shift, int64_t value)
{
    for (int i = 0; i < n; i++) {
        purchase_log_begin(log);
        for (int j = 0; j < times; j++)
            purchase_log_add(log, first + i * shift + j * step, value);
    }
}

static enum fit_verdict fit_of_regulars(int n, int first, int step, int times, int shift, int64_t value, int32_t until)
{
    struct purchase_log log;
    struct fit fit;
    purchase_log_init(&log);
    add_regulars(&log, n, first, step, times, shift, value);
    fit_scores(&log, until, &options, &fit);
    assert_sane(&fit);
    purchase_log_done(&log);
    return fit.report.verdict;
}

static void a_shop_without_customers_has_the_prior(void **state)
{
    (void)state;
    assert_int_equal(fit_of_regulars(0, 0, 0, 0, 0, 0, 20000), FIT_TOO_FEW);
}

static void so_has_one_with_a_customer_or_before_its_first_day(void **state)
{
    (void)state;
    assert_int_equal(fit_of_regulars(1, 20000, 1, 1, 0, 100, 20000), FIT_TOO_FEW);
    assert_int_equal(fit_of_regulars(1, 20000, 7, 1000, 0, 100, 27000), FIT_TOO_FEW);
    assert_int_equal(fit_of_regulars(200, 20000, 7, 3, 0, 100, 19000), FIT_TOO_FEW);
}

static void so_has_one_whose_customers_never_come_back(void **state)
{
    (void)state;
    assert_int_equal(fit_of_regulars(1000, 20000, 1, 1, 0, 100, 20100), FIT_TOO_FEW); /* all on one day */
    assert_int_equal(fit_of_regulars(1000, 20000, 1, 1, 1, 100, 22000), FIT_TOO_FEW);
    assert_int_equal(fit_of_regulars(1000, 20000, 1, 1, 0, 100, 20000), FIT_TOO_FEW); /* a history of one day */
}

static void identical_customers_are_degenerate_or_fitted_but_never_wrong(void **state)
{
    (void)state;
    (void)fit_of_regulars(300, 20000, 7, 20, 0, 100, 20140);
    (void)fit_of_regulars(300, 20000, 7, 2, 0, 100, 20300);
    (void)fit_of_regulars(300, 20000, 1, 1000, 0, 100, 21000);
    (void)fit_of_regulars(300, 20000, 30, 4, 1, 0, 20500);
    (void)fit_of_regulars(300, 20000, 30, 4, 1, -100, 20500);
}

static void customers_who_never_leave_are_degenerate(void **state)
{
    (void)state;
    assert_int_equal(fit_of_regulars(300, 20000, 7, 50, 0, 100, 20350), FIT_DEGENERATE);
}

/** Some customers, each with a number of purchases, gaps and values of any size, some of them refunded. */
static void fill_at_random(struct chance *chance, struct purchase_log *log)
{
    int64_t n = chance_of(chance, 400), purchases = 1 + chance_of(chance, 12), gap = 1 + chance_of(chance, 90);
    int64_t starts = 1 + chance_of(chance, 300), value = one_in(chance, 5) ? 1 : 1 + chance_of(chance, 1000000000);
    purchase_log_init(log);
    for (int64_t i = 0; i < n; i++) {
        int64_t day = 20000 + chance_of(chance, starts);
        purchase_log_begin(log);
        for (int64_t j = chance_of(chance, purchases + 1); j > 0; j--) {
            purchase_log_add(log, (int32_t)day, chance_of(chance, value) - (one_in(chance, 20) ? value : 0));
            day += chance_of(chance, gap);
        }
    }
}

static void assert_finite(const struct accuracy *a)
{
    assert_true(a->auc >= 0 && a->auc <= 1);
    assert_true(a->accuracy >= 0 && a->accuracy <= 1);
    assert_true(isfinite(a->log_loss) && isfinite(a->brier) && isfinite(a->mae) && isfinite(a->rmse));
    assert_true(isfinite(a->bias) && isfinite(a->expected) && isfinite(a->top_capture));
}

static void of_any_shop_all_figures_are_finite(void **state)
{
    (void)state;
    struct chance chance = {22};
    for (int64_t i = chance_cases(40); i > 0; i--) {
        struct purchase_log log;
        struct fit fit;
        fill_at_random(&chance, &log);
        fit_scores(&log, (int32_t)(20000 + chance_of(&chance, 800)), &options, &fit);
        assert_sane(&fit);
        assert_true(!fit.scores.has_spend || gamma_gamma_is_valid(&fit.scores.spend));
        assert_finite(&fit.report.holdout.ours);
        for (int b = 0; b < BASELINES; b++)
            assert_finite(&fit.report.holdout.baseline[b]);
        purchase_log_done(&log);
    }
}

static void simulate(struct purchase_log *log, size_t n, uint64_t seed, int days)
{
    struct chance chance = {seed};
    struct btyd truth = {.k = 1, .r = .6, .alpha = 5, .a = .8, .b = 2.5};
    purchase_log_init(log);
    customers_fill(&chance, &truth, n, 20000, days, log);
}

static void a_simulated_shop_is_fitted_with_its_holdout(void **state)
{
    (void)state;
    struct purchase_log log;
    struct fit fit;
    simulate(&log, 4000, 16, 540);
    fit_scores(&log, 20539, &options, &fit);
    assert_sane(&fit);
    assert_int_equal(fit.report.verdict, FIT_OK);
    assert_true(fit.scores.is_fitted && fit.scores.has_spend);
    assert_int_equal(fit.report.until, 20539);
    const struct holdout *h = &fit.report.holdout;
    assert_true(h->is_known && !h->is_short);
    assert_int_equal(h->calibrated_to, 20449);
    assert_int_equal(h->horizon_days, 90);
    assert_true(h->ours.auc > .65 && h->ours.auc < 1);
    assert_true(h->ours.log_loss < h->baseline[BASELINE_naive_same].log_loss);
    assert_true(fabs(h->ours.bias) < 15);
    purchase_log_done(&log);
}

#define ASSERT_SAME(one, two, member) assert_memory_equal(&(one)->member, &(two)->member, sizeof((one)->member))

/** Bit for bit; structs may differ in what lies between their members. */
static void assert_same(const struct fit *one, const struct fit *two)
{
    ASSERT_SAME(one, two, scores.model.k);
    ASSERT_SAME(one, two, scores.model.r);
    ASSERT_SAME(one, two, scores.model.alpha);
    ASSERT_SAME(one, two, scores.model.a);
    ASSERT_SAME(one, two, scores.model.b);
    ASSERT_SAME(one, two, scores.spend);
    for (enum score_horizon h = 0; h < HORIZON_COUNT; h++) {
        ASSERT_SAME(one, two, scores.blends[h].is_used);
        ASSERT_SAME(one, two, scores.blends[h].intercept);
        ASSERT_SAME(one, two, scores.blends[h].weight);
    }
    ASSERT_SAME(one, two, report.holdout.hiatus_days);
    ASSERT_SAME(one, two, report.holdout.ours);
    ASSERT_SAME(one, two, report.holdout.baseline);
}

static void the_same_log_gives_the_same_bits(void **state)
{
    (void)state;
    struct purchase_log log;
    struct fit one, two;
    simulate(&log, 1500, 17, 400);
    fit_scores(&log, 20399, &options, &one);
    fit_scores(&log, 20399, &options, &two);
    assert_same(&one, &two);
    purchase_log_done(&log);
}

static void purchases_after_the_last_day_are_not_seen(void **state)
{
    (void)state;
    struct purchase_log log, cut;
    struct fit of_all, of_cut;
    simulate(&log, 1500, 18, 500);
    purchase_log_init(&cut);
    for (size_t i = 0; i < log.n_customers; i++) {
        for (size_t j = log.first[i]; j < log.first[i + 1] && log.days[j] <= 20400; j++) {
            if (j == log.first[i])
                purchase_log_begin(&cut);
            purchase_log_add(&cut, log.days[j], log.values[j]);
        }
    }
    fit_scores(&log, 20400, &options, &of_all);
    fit_scores(&cut, 20400, &options, &of_cut);
    assert_same(&of_all, &of_cut);
    purchase_log_done(&log);
    purchase_log_done(&cut);
}

/* --- back-tests ----------------------------------------------------------------------------------------- */

static void a_backtest_without_a_past_or_a_future_is_not_known(void **state)
{
    (void)state;
    struct purchase_log log;
    struct holdout h;
    simulate(&log, 300, 19, 200);
    backtest_run(&log, 19999, 90, &options, &h);
    assert_false(h.is_known);
    backtest_run(&log, 20400, 90, &options, &h);
    assert_false(h.is_known);
    backtest_run(&log, 20100, 0, &options, &h);
    assert_false(h.is_known);
    purchase_log_done(&log);
}

static void a_horizon_beyond_the_log_is_said_to_be_short(void **state)
{
    (void)state;
    struct purchase_log log;
    struct holdout h;
    simulate(&log, 1000, 20, 300);
    backtest_run(&log, 20200, 365, &options, &h);
    assert_true(h.is_known && h.is_short);
    purchase_log_done(&log);
}

static void a_tiny_shop_is_judged_by_the_prior(void **state)
{
    (void)state;
    struct purchase_log log;
    struct holdout h;
    simulate(&log, 20, 21, 300);
    backtest_run(&log, 20200, 90, &options, &h);
    assert_true(h.is_known && !h.is_blend);
    assert_int_equal(h.verdict, FIT_TOO_FEW);
    assert_int_equal(h.ours.customers, h.baseline[BASELINE_zero].customers);
    purchase_log_done(&log);
}

static void the_hiatus_rule_learns_its_days_from_the_past_alone(void **state)
{
    (void)state;
    struct purchase_log log;
    struct holdout h;
    /* Half buy every 20 days for ever, half leave after three purchases: who is silent for long has left. */
    purchase_log_init(&log);
    add_regulars(&log, 200, 20000, 20, 30, 0, 100);
    add_regulars(&log, 200, 20000, 20, 3, 0, 100);
    backtest_run(&log, 20300, 90, &options, &h);
    assert_true(h.hiatus_days < 110);
    assert_true(h.baseline[BASELINE_hiatus].accuracy == 1);
    assert_true(h.baseline[BASELINE_hiatus].auc == 1);
    assert_true(h.baseline[BASELINE_zero].accuracy == .5);
    purchase_log_done(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parameters_of_simulated_customers_are_found_again),
        cmocka_unit_test(so_are_those_of_customers_with_regular_gaps),
        cmocka_unit_test(the_spend_of_simulated_customers_is_found_again),
        cmocka_unit_test(refunded_customers_are_left_out_of_spend),
        cmocka_unit_test(a_shop_without_customers_has_the_prior),
        cmocka_unit_test(so_has_one_with_a_customer_or_before_its_first_day),
        cmocka_unit_test(so_has_one_whose_customers_never_come_back),
        cmocka_unit_test(identical_customers_are_degenerate_or_fitted_but_never_wrong),
        cmocka_unit_test(customers_who_never_leave_are_degenerate),
        cmocka_unit_test(of_any_shop_all_figures_are_finite),
        cmocka_unit_test(a_simulated_shop_is_fitted_with_its_holdout),
        cmocka_unit_test(the_same_log_gives_the_same_bits),
        cmocka_unit_test(purchases_after_the_last_day_are_not_seen),
        cmocka_unit_test(a_backtest_without_a_past_or_a_future_is_not_known),
        cmocka_unit_test(a_horizon_beyond_the_log_is_said_to_be_short),
        cmocka_unit_test(a_tiny_shop_is_judged_by_the_prior),
        cmocka_unit_test(the_hiatus_rule_learns_its_days_from_the_past_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
