#include "wire/scores.h"

#include "message_fixture.h"
#include "wire/accuracy.h"

#include <math.h>

static struct scores example(void)
{
    struct scores scores = {
        .is_fitted = true,
        .model = {2, false, 1.0 / 3, 4.489520000000001, 0.08819, 2.10388},
        .basis = {.exponential = {1, false, 0.1, 0.2, 1.1e-7, 5359.000000000001},
                  .regular = {2, false, 1.0 / 3, 4.489520000000001, 0.08819, 2.10388},
                  .usual_gap = 9.299999999999999,
                  .usual_value = 4210.499999999999},
        .has_spend = true,
        .spend = {6.25, 3.74, 1544.0 / 7},
        .margin = 0.3,
        .discount = 0.1,
    };
    struct blend *blend = &scores.blends[HORIZON_90D];
    blend->is_used = true;
    blend->intercept = -0.1 - 0.2;
    for (int i = 0; i < BLEND_FEATURES; i++)
        blend->weight[i] = (blend_features[i].sign ? blend_features[i].sign : -1) * (i + 1) / 7.0;
    return scores;
}

static struct fit_report report_of_example(void)
{
    struct fit_report report = {.verdict = FIT_OK, .until = 20778, .customers = 5000, .repeat_customers = 2400};
    report.by_k[0] = (struct fit_of_model){.model = {1, false, 0.1, 0.2, 0.3, 5359},
                                           .log_likelihood = -9582.1,
                                           .evaluations = 43,
                                           .condition = INFINITY,
                                           .is_degenerate = true,
                                           .reason = "no churn was found"};
    report.by_k[1] = (struct fit_of_model){.model = {2, false, 0.1, 0.2, 0.3, 0.4}, .condition = 812.5};
    report.trials[HORIZON_90D] = (struct blend_trial){true, 4800, 0.5, 0.49};
    return report;
}

static struct span printed(const struct scores *scores, const struct scores_note *note)
{
    struct buf buf;
    buf_init(&buf, 0);
    scores_print(&buf, scores, note);
    struct span text = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

static struct span document(void)
{
    struct scores scores = example();
    struct fit_report report = report_of_example();
    return printed(&scores, &(struct scores_note){span_of("default"), RECEIVED, &report});
}

static void assert_same_model(const struct btyd *a, const struct btyd *b)
{
    assert_int_equal(a->k, b->k);
    assert_int_equal(a->is_bg, b->is_bg);
    assert_memory_equal(&a->r, &b->r, 4 * sizeof(double));
}

static void parameters_read_back_bit_for_bit(void **state)
{
    (void)state;
    struct error error;
    struct scores want = example(), got = {.version = 7};
    assert_int_equal(scores_parse(arena, document(), &got, &error), STATUS_OK);
    assert_int_equal(got.version, 7);
    assert_true(got.is_fitted);
    assert_same_model(&got.model, &want.model);
    assert_same_model(&got.basis.exponential, &want.basis.exponential);
    assert_same_model(&got.basis.regular, &want.basis.regular);
    assert_memory_equal(&got.basis.usual_gap, &want.basis.usual_gap, 2 * sizeof(double));
    assert_memory_equal(&got.spend, &want.spend, sizeof(want.spend));
    assert_memory_equal(&got.margin, &want.margin, 2 * sizeof(double));
    assert_true(got.has_spend);
    assert_false(got.blends[HORIZON_30D].is_used);
    assert_true(got.blends[HORIZON_90D].is_used);
    assert_memory_equal(&got.blends[HORIZON_90D].intercept, &want.blends[HORIZON_90D].intercept, sizeof(double));
    assert_memory_equal(got.blends[HORIZON_90D].weight, want.blends[HORIZON_90D].weight,
                        sizeof(want.blends[HORIZON_90D].weight));
}

static void a_prior_has_neither_diagnostics_nor_a_model_of_spend(void **state)
{
    (void)state;
    struct error error;
    struct scores got, prior = example();
    prior.is_fitted = prior.has_spend = prior.blends[HORIZON_90D].is_used = false;
    struct span text = printed(&prior, &(struct scores_note){span_of("weekly"), NONE, NULL});
    got = (struct scores){.is_fitted = true, .has_spend = true};
    assert_int_equal(scores_parse(arena, text, &got, &error), STATUS_OK);
    assert_false(got.is_fitted);
    assert_false(got.has_spend);
    assert_false(got.blends[HORIZON_90D].is_used);
    assert_int_equal(scores_member(arena, text, span_of("holdout")).n, 0);
    assert_true(span_is(scores_member(arena, text, span_of("cadence")), "\"weekly\""));
    assert_int_equal(scores_member(arena, text, span_of("fitted_at")).n, 0);
}

static void a_document_tells_how_its_parameters_were_found(void **state)
{
    (void)state;
    struct span found = scores_member(arena, document(), span_of("diagnostics"));
    const char *text = arena_text(arena, found);
    assert_non_null(strstr(text, "\"by_k\":[{\"k\":1,"));
    assert_non_null(strstr(text, "\"condition\":null,\"degenerate\":true,\"reason\":\"no churn was found\""));
    assert_non_null(strstr(text, "\"blends\":{\"30d\":null,\"90d\":{\"customers\":4800,"));
    assert_true(span_is(scores_member(arena, document(), span_of("until")), "\"2026-11-21\""));
}

/** The document with the first ${from} made ${to}. */
static struct span changed(const char *from, const char *to)
{
    const char *text = arena_text(arena, document());
    const char *at = strstr(text, from);
    assert_non_null(at);
    return span_of(arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)));
}

static void assert_refused(const char *from, const char *to, const char *pointer)
{
    struct error error;
    struct scores scores = {.version = 3};
    enum status status = scores_parse(arena, changed(from, to), &scores, &error);
    if (status != STATUS_INTERNAL || strcmp(error.pointer, pointer) != 0)
        fail_msg("%s: %s %s", to, error.pointer, error.detail);
    assert_int_equal(scores.model.k, 0);
}

static void what_no_fold_can_use_is_refused(void **state)
{
    (void)state;
    assert_refused("\"source\":\"fit\"", "\"source\":\"guess\"", "/source");
    assert_refused("\"k\":2", "\"k\":5", "/model/k");
    assert_refused("\"k\":2", "\"k\":1.5", "/model/k");
    assert_refused("\"alpha\":", "\"alfa\":", "/model/alfa");
    assert_refused("\"r\":", "\"r\":1e999,\"x\":", "/model/x");
    assert_refused("\"a\":0.08819", "\"a\":1e999", "/model/a");
    assert_refused("\"a\":0.08819", "\"a\":-1", "/model");
    assert_refused("\"a\":0.08819", "\"a\":\"1\"", "/model/a");
    assert_refused("\"name\":\"mbg_cnbd_k\"", "\"name\":\"other\"", "/model/name");
    assert_refused("\"exponential\":{", "\"exponential\":null,\"until\":{", "/until");
    assert_refused("\"margin\":0.3", "\"margin\":1.01", "/margin");
    assert_refused("\"discount_rate\":0.1", "\"discount_rate\":null", "/discount_rate");
    assert_refused("\"q\":3.74", "\"q\":1", "/spend");
    assert_refused("\"silence\":-", "\"silence\":", "/blends/90d/weights");
    assert_refused("\"silence\":-", "\"silense\":-", "/blends/90d/weights/silense");
    assert_refused("\"intercept\":", "\"intercept\":null,\"weight\":", "/blends/90d/weight");
}

static void a_back_test_has_its_figures_and_those_of_the_baselines(void **state)
{
    (void)state;
    struct buf buf;
    struct holdout holdout = {.is_known = true, .calibrated_to = 20688, .horizon_days = 90, .k = 2, .hiatus_days = 65};
    holdout.ours = (struct accuracy){.customers = 100, .buyers = 20, .auc = 0.75, .bias = -6.5};
    holdout.baseline[BASELINE_bg_nbd].auc = 0.7;
    buf_init(&buf, 0);
    holdout_members(&buf, &holdout);
    const char *text = arena_text(arena, (struct span){buf.p, buf.n});
    assert_non_null(strstr(text, "\"calibrated_to\":\"2026-08-23\",\"horizon_days\":90,\"is_short\":false"));
    assert_non_null(strstr(text, "\"method\":\"purchase_model\",\"k\":2,\"customers\":100,\"buyers\":20,\"auc\":0.75,"));
    assert_non_null(strstr(text, "\"hiatus\":{\"days\":65,"));
    assert_non_null(strstr(text, "\"bg_nbd\":{\"auc\":0.7,"));
    buf_reset(&buf);
    holdout_text(&buf, &holdout);
    text = arena_text(arena, (struct span){buf.p, buf.n});
    assert_non_null(strstr(text, "100 customers, of whom 20 (20.0 %) ordered"));
    assert_non_null(strstr(text, "\nBG/NBD"));
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_read_back_bit_for_bit),
        cmocka_unit_test(a_prior_has_neither_diagnostics_nor_a_model_of_spend),
        cmocka_unit_test(a_document_tells_how_its_parameters_were_found),
        cmocka_unit_test(what_no_fold_can_use_is_refused),
        cmocka_unit_test(a_back_test_has_its_figures_and_those_of_the_baselines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
