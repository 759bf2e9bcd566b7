#include "wire/score.h"

#include "message_fixture.h"

static const char *text_of(struct buf *buf)
{
    const char *text = arena_text(arena, (struct span){buf->p, buf->n});
    buf_done(buf);
    return text;
}

static void asks(const char *body, bool is_dry)
{
    bool got;
    struct error error;
    assert_int_equal(score_fit_ask(arena, span_of(body), &got, &error), STATUS_OK);
    assert_int_equal(got, is_dry);
}

static void refuses(const char *body, enum status status, const char *pointer)
{
    bool got;
    struct error error;
    assert_int_equal(score_fit_ask(arena, span_of(body), &got, &error), status);
    assert_string_equal(error.pointer, pointer);
}

static void a_fit_is_dry_only_when_that_is_asked_for(void **state)
{
    (void)state;
    asks("", false);
    asks("{}", false);
    asks("{\"dry_run\":null}", false);
    asks("{\"dry_run\":false}", false);
    asks("{\"dry_run\":true}", true);
}

static void what_is_no_request_for_a_fit_is_refused(void **state)
{
    (void)state;
    refuses("[]", STATUS_INVALID_VALUE, "");
    refuses("{\"dry_run\":1}", STATUS_INVALID_VALUE, "/dry_run");
    refuses("{\"dry\":true}", STATUS_INVALID_VALUE, "/dry");
    refuses("{\"dry_run\":true,\"dry_run\":true}", STATUS_INVALID_VALUE, "/dry_run");
    refuses("{", STATUS_MALFORMED_JSON, "");
}

/** A model with stages 1 `low` and 2 `high`, and a segment `leaving`. */
static struct stage stages[] = {{.key = "low", .number = 1},
                                {.key = "high", .number = 2}};
static struct model model = {.key = "risk", .stages = stages, .n_stages = 2};
static struct segment segment = {.key = "leaving"};
static const struct model *model_versions[] = {&model};
static const struct segment *segment_versions[] = {&segment};
static const struct model_history model_history = {model_versions, 1};
static const struct segment_history segment_history = {segment_versions, 1};
static const struct fit_move move = {&model_history, 1, 2, 7};
static const struct fit_crossing crossing = {&segment_history, 5, 3};
static const struct scores found = {.model = {.k = 2}};

static struct fit_outcome outcome_of(const struct fit_report *report)
{
    return (struct fit_outcome){.is_dry = true,
                                .verdict = "ok",
                                .version = 4,
                                .report = report,
                                .scores = &found,
                                .n_looked_at = 900,
                                .moves = &move,
                                .n_moves = 1,
                                .crossings = &crossing,
                                .n_crossings = 1};
}

static void who_would_move_is_told_by_stage_and_segment(void **state)
{
    (void)state;
    struct buf buf;
    struct fit_report report = {.verdict = FIT_OK, .customers = 900, .repeat_customers = 400};
    struct fit_outcome outcome = outcome_of(&report);
    buf_init(&buf, 0);
    fit_outcome_print(&buf, &outcome);
    const char *json = text_of(&buf);
    assert_non_null(strstr(json, "{\"dry_run\":true,\"verdict\":\"ok\",\"reason\":null,\"version\":4,\"diagnostics\":{"));
    assert_non_null(strstr(json, "\"holdout\":null,\"moves\":{\"customers\":900,\"models\":[{\"model\":\"risk\","
                                 "\"from\":\"low\",\"to\":\"high\",\"customers\":7}],\"segments\":[{\"segment\":"
                                 "\"leaving\",\"entered\":5,\"left\":3}]}}"));
    buf_init(&buf, 0);
    fit_outcome_text(&buf, &outcome);
    const char *text = text_of(&buf);
    assert_non_null(strstr(text, "Of 900 customers would move:\n  risk: low -> high\t7\n  leaving: 5 enter, 3 leave\n"));
    assert_non_null(strstr(text, "Used: k = 2; 30 days: the purchase model alone; 90 days: the purchase model alone"));
}

static void a_fit_of_too_few_says_why(void **state)
{
    (void)state;
    struct buf buf;
    struct fit_report report = {.verdict = FIT_TOO_FEW, .reason = "fewer than 100 customers", .customers = 3};
    struct fit_outcome outcome = {.verdict = "too_few", .report = &report, .scores = &found};
    buf_init(&buf, 0);
    fit_outcome_text(&buf, &outcome);
    const char *text = text_of(&buf);
    assert_non_null(strstr(text, "Verdict: too_few: fewer than 100 customers. Version 0 is in force.\n"));
    assert_null(strstr(text, "Used:"));
    assert_non_null(strstr(text, "No rule mentions a score: nobody moves.\n"));
}

static void amounts_of_parameters_are_of_the_shops_currency(void **state)
{
    (void)state;
    struct buf buf;
    struct scores scores = {.is_fitted = true,
                            .version = 2,
                            .applies_from = RECEIVED,
                            .basis = {.usual_value = 4958.4},
                            .has_spend = true,
                            .spend = {6, 4, 1140.5536417807975}};
    struct scores_view view = {.shop = &shop, .scores = &scores, .last_fit = {.at = NONE}};
    view.found = span_of("{\"until\":\"2026-11-20\",\"fitted_at\":null,\"diagnostics\":{\"verdict\":\"ok\"},\"holdout\":null}");
    view.document = span_of("{\"cadence\":\"coffee\"}");
    buf_init(&buf, 0);
    scores_reply_print(&buf, arena, &view);
    const char *text = text_of(&buf);
    assert_non_null(strstr(text, "{\"version\":2,\"source\":\"fit\",\"applies_from\":\"2026-11-21T18:00:00.000Z\","
                                 "\"cadence\":\"coffee\",\"fitted_at\":null,\"until\":\"2026-11-20\",\"currency\":\"EUR\""));
    assert_non_null(strstr(text, "\"usual_value\":\"49.58\""));
    assert_non_null(strstr(text, "\"spend\":{\"p\":6,\"q\":4,\"v\":\"11.405536417807975\"}"));
    assert_non_null(strstr(text, "\"diagnostics\":{\"verdict\":\"ok\"},\"last_fit\":null,\"rfm\":null}"));
    buf_init(&buf, 0);
    scores_accuracy_print(&buf, arena, &view);
    assert_non_null(strstr(text_of(&buf), "\"holdout\":null,\"reason\":\"the history was too short"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_is_dry_only_when_that_is_asked_for),
        cmocka_unit_test(what_is_no_request_for_a_fit_is_refused),
        cmocka_unit_test(who_would_move_is_told_by_stage_and_segment),
        cmocka_unit_test(a_fit_of_too_few_says_why),
        cmocka_unit_test(amounts_of_parameters_are_of_the_shops_currency),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
