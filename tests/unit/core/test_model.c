#include "core/model.h"

#include "wire/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(65536);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct rule *rule(const char *json)
{
    struct rule_schema schema = {.resolve = fact_resolve, .money_exponent = 2};
    struct rule *out;
    struct error error;
    if (rule_parse(arena, span_of(json), &schema, &out, &error) != STATUS_OK) {
        fail_msg("%s: %s", json, error.detail);
    }
    return out;
}

/* A model of stages named "1", "2", ... with these rules, the last of them NULL. */
static struct model *model_of(const char *const *rules)
{
    struct model *model = ARENA_NEW(arena, struct model);
    while (rules[model->n_stages]) {
        model->n_stages++;
    }
    model->stages = ARENA_ARRAY(arena, struct stage, model->n_stages);
    for (size_t i = 0; i < model->n_stages; i++) {
        struct stage *stage = &model->stages[i];
        stage->number = (int)i + 1;
        snprintf(stage->key, sizeof(stage->key), "%d", stage->number);
        stage->role = ROLE_ACTIVE;
        stage->rule = rule(rules[i]);
    }
    return model;
}

#define MODEL(...) model_of((const char *const[]){__VA_ARGS__, NULL})

/* ---- roles and look-ups ---- */

static void every_role_is_found_by_its_name(void **state)
{
    (void)state;
    for (int role = ROLE_NONE + 1; role < ROLE_COUNT; role++) {
        assert_int_equal(role_of(span_of(role_name((enum role)role))), role);
    }
    assert_string_equal(role_name(ROLE_AT_RISK), "at_risk");
    assert_int_equal(role_of(span_of("Loyal")), ROLE_NONE);
    assert_int_equal(role_of(span_of("")), ROLE_NONE);
}

static void a_stage_is_found_by_number_and_by_key(void **state)
{
    (void)state;
    const struct model *model = MODEL("{\"==\":[{\"var\":\"orders_count\"},0]}", "true");
    assert_ptr_equal(model_stage(model, 2), &model->stages[1]);
    assert_null(model_stage(model, 3));
    assert_null(model_stage(model, 0));
    assert_ptr_equal(model_stage_by_key(model, span_of("1")), &model->stages[0]);
    assert_null(model_stage_by_key(model, span_of("11")));
    assert_null(model_stage_by_key(model, span_of("")));
}

/* ---- deciding ---- */

static struct value read_orders(const void *context, const struct fact_ref *ref)
{
    assert_int_equal(ref->fact, FACT_orders_count);
    return value_number(*(const int *)context);
}

static const struct stage *decide(const struct model *model, int orders, int current, bool *is_held)
{
    struct rule_env env = {.read = read_orders, .context = &orders};
    struct decision decision, again;
    model_decide(model, &env, current, &decision);
    if (decision.stage) {
        model_decide(model, &env, decision.stage->number, &again);
        assert_ptr_equal(again.stage, decision.stage);
    }
    if (is_held) {
        *is_held = decision.is_held;
    }
    return decision.stage;
}

#define ORDERS(op, n) "{\"" op "\":[{\"var\":\"orders_count\"}," n "]}"

static void the_first_stage_whose_rule_holds_wins(void **state)
{
    (void)state;
    const struct model *model = MODEL(ORDERS("<", "3"), ORDERS("<", "5"), "true");
    bool is_held = true;
    assert_int_equal(decide(model, 2, 0, &is_held)->number, 1);
    assert_false(is_held);
    assert_int_equal(decide(model, 3, 0, NULL)->number, 2);
    assert_int_equal(decide(model, 5, 0, NULL)->number, 3);
}

static void any_stage_may_follow_any_other(void **state)
{
    (void)state;
    const struct model *model = MODEL(ORDERS("<", "3"), ORDERS("<", "5"), "true");
    static const int orders[] = {0, 3, 5};
    for (int from = 1; from <= 3; from++) {
        for (int to = 1; to <= 3; to++) {
            assert_int_equal(decide(model, orders[to - 1], from, NULL)->number, to);
        }
    }
}

static void a_hold_keeps_those_who_are_in_the_stage(void **state)
{
    (void)state;
    struct model *model = MODEL(ORDERS("<", "4"), "true");
    model->stages[1].hold = rule(ORDERS(">=", "2"));
    bool is_held;
    assert_int_equal(decide(model, 3, 2, &is_held)->number, 2);
    assert_true(is_held);
    assert_int_equal(decide(model, 3, 1, &is_held)->number, 1);
    assert_false(is_held);
    assert_int_equal(decide(model, 3, 0, NULL)->number, 1);
    assert_int_equal(decide(model, 1, 2, NULL)->number, 1);
}

static void a_stage_that_is_gone_holds_nobody(void **state)
{
    (void)state;
    const struct model *model = MODEL(ORDERS("<", "4"), "true");
    assert_int_equal(decide(model, 3, 7, NULL)->number, 1);
}

static void nobody_stands_in_a_withdrawn_model(void **state)
{
    (void)state;
    struct model *model = MODEL("true");
    model->is_withdrawn = true;
    assert_null(decide(model, 3, 1, NULL));
}

/* ---- checking ---- */

static void assert_live(const struct model *model)
{
    struct error error = {0};
    if (model_check(arena, model, &error) != STATUS_OK) {
        fail_msg("%s", error.detail);
    }
}

static void assert_dead(const struct model *model, const char *pointer, const char *words)
{
    struct error error = {0};
    assert_int_equal(model_check(arena, model, &error), STATUS_INVALID_MODEL);
    assert_string_equal(error.pointer, pointer);
    if (strstr(error.detail, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.detail, words);
    }
}

static void the_last_rule_must_be_literally_true(void **state)
{
    (void)state;
    assert_live(MODEL("true"));
    assert_dead(MODEL("false"), "/stages/0/rule", "must be true");
    assert_dead(MODEL("{\"!\":[false]}"), "/stages/0/rule", "must be true");
    assert_dead(MODEL(ORDERS("<", "1"), ORDERS(">=", "0")), "/stages/1/rule", "\"2\", must be true");
}

static void a_stage_behind_a_wider_one_is_dead(void **state)
{
    (void)state;
    assert_dead(MODEL(ORDERS("<", "5"), ORDERS("<", "3"), "true"), "/stages/1/rule",
                "an earlier one does, that of \"1\"");
    assert_live(MODEL(ORDERS("<", "3"), ORDERS("<", "5"), "true"));
}

static void stages_that_leave_nothing_over_shadow_the_next(void **state)
{
    (void)state;
    assert_dead(MODEL(ORDERS("<", "5"), ORDERS(">=", "5"), "true"), "/stages/2/rule", "\"3\"");
    assert_dead(MODEL("true", "true"), "/stages/1/rule", "that of \"1\"");
}

static void a_rule_that_contradicts_itself_can_never_hold(void **state)
{
    (void)state;
    assert_dead(MODEL("{\"and\":[" ORDERS(">", "3") "," ORDERS("<", "2") "]}", "true"), "/stages/0/rule",
                "can never hold");
    assert_dead(MODEL("false", "true"), "/stages/0/rule", "can never hold");
}

static void counts_are_whole_and_never_negative(void **state)
{
    (void)state;
    assert_dead(MODEL(ORDERS("<", "0"), "true"), "/stages/0/rule", "can never hold");
    assert_dead(MODEL("{\"<\":[2,{\"var\":\"orders_count\"},3]}", "true"), "/stages/0/rule",
                "can never hold");
    assert_dead(MODEL("{\"==\":[{\"var\":\"revenue\"},0.005]}", "true"), "/stages/0/rule", "can never hold");
    assert_live(MODEL("{\"<\":[{\"var\":\"points_balance\"},0]}", "true"));
    assert_live(MODEL("{\"<\":[7,{\"var\":\"nps_mean\"},7.5]}", "true"));
    assert_live(MODEL(ORDERS(">", "2.5"), "true"));
}

static void null_reaches_a_stage(void **state)
{
    (void)state;
    assert_live(MODEL("{\"<\":[{\"var\":\"nps_last\"},7]}", "{\">=\":[{\"var\":\"nps_last\"},7]}", "true"));
    assert_live(MODEL("{\"missing\":[\"last_order_at\"]}", "true"));
    assert_dead(MODEL("{\"missing\":[\"orders_count\"]}", "true"), "/stages/0/rule", "can never hold");
}

static void two_facts_are_compared_with_each_other(void **state)
{
    (void)state;
    static const char seen[] = "{\">\":[{\"var\":\"last_seen_at\"},{\"var\":\"last_order_at\"}]}";
    assert_live(MODEL(seen, "{\">=\":[{\"var\":\"last_seen_at\"},{\"var\":\"last_order_at\"}]}",
                      "{\"<\":[{\"var\":\"last_seen_at\"},{\"var\":\"last_order_at\"}]}", "true"));
    assert_live(MODEL(
        "{\">=\":[{\"var\":\"days_since_last_order\"},{\"*\":[{\"var\":\"usual_gap_days\"},3]}]}",
        "{\">=\":[{\"var\":\"days_since_last_order\"},{\"*\":[{\"var\":\"usual_gap_days\"},2]}]}", "true"));
}

static void texts_and_lists_are_searched(void **state)
{
    (void)state;
    assert_live(MODEL("{\"in\":[{\"var\":\"traits.country\"},[\"DE\",\"AT\"]]}",
                      "{\"==\":[{\"var\":\"traits.country\"},\"FR\"]}", "true"));
    assert_live(MODEL("{\"and\":[{\"startsWith\":[{\"var\":\"traits.email\"},\"shop\"]},"
                      "{\"endsWith\":[{\"var\":\"traits.email\"},\"@example.com\"]}]}",
                      "true"));
    assert_live(MODEL("{\"and\":[{\"in\":[\"vip\",{\"var\":\"traits.tags\"}]},{\"in\":[\"eu\",{\"var\":"
                      "\"traits.tags\"}]}]}",
                      "{\"some\":[{\"var\":\"traits.tags\"},{\"==\":[{\"var\":\"\"},\"vip\"]}]}", "true"));
    assert_dead(MODEL("{\"==\":[{\"var\":\"traits.country\"},\"DE\"]}",
                      "{\"and\":[{\"in\":[{\"var\":\"traits.country\"},[\"DE\",\"AT\"]]},"
                      "{\"!\":[{\"==\":[{\"var\":\"traits.country\"},\"AT\"]}]}]}",
                      "true"),
                "/stages/1/rule", "that of \"1\"");
    assert_live(MODEL("{\"!\":[{\"var\":\"churn_reason\"}]}", "true"));
}

static void branches_are_searched(void **state)
{
    (void)state;
    assert_live(MODEL("{\"if\":[" ORDERS("==", "0") ",{\">\":[{\"var\":\"carts_count\"},9]},"
                                                    "{\">\":[{\"var\":\"reviews_count\"},77]}]}",
                      "true"));
    assert_dead(MODEL("{\"if\":[" ORDERS("==", "0") ",false," ORDERS("==", "0") "]}", "true"),
                "/stages/0/rule", "can never hold");
}

/* Reached by one row in millions: all facts must be right at once, and the earlier stages take nearly all. */
static void a_narrow_stage_among_many_facts_is_found(void **state)
{
    (void)state;
    assert_live(MODEL(
        "{\"or\":[{\"<\":[{\"var\":\"orders_count\"},12]},{\"<\":[{\"var\":\"reviews_count\"},3]},"
        "{\">\":[{\"var\":\"carts_count\"},40]},{\"!=\":[{\"var\":\"traits.country\"},\"CN\"]},"
        "{\"<\":[{\"var\":\"revenue\"},\"1000.00\"]},{\">\":[{\"var\":\"revenue\"},\"1000.00\"]}]}",
        "{\"and\":[{\"==\":[{\"var\":\"orders_count\"},12]},{\"==\":[{\"var\":\"shares_count\"},7]},"
        "{\"==\":[{\"var\":\"referrals_count\"},5]},{\"==\":[{\"var\":\"categories_count\"},4]},"
        "{\"==\":[{\"var\":\"channels_count\"},9]},{\"==\":[{\"var\":\"traits.country\"},\"CN\"]},"
        "{\"==\":[{\"var\":\"complaints_count\"},33]},{\"<\":[10,{\"var\":\"days_since_last_order\"},12]},"
        "{\"==\":[{\"var\":\"revenue\"},\"1000.00\"]},{\">=\":[{\"var\":\"silence_ratio\"},1.5]}]}",
        "true"));
}

static void a_dead_stage_among_many_facts_is_refused(void **state)
{
    (void)state;
    assert_dead(
        MODEL("{\"and\":[{\">=\":[{\"var\":\"orders_count\"},12]},{\">\":[{\"var\":\"shares_count\"},0]}]}",
              "{\"and\":[{\"==\":[{\"var\":\"orders_count\"},12]},{\"==\":[{\"var\":\"shares_count\"},7]},"
              "{\"==\":[{\"var\":\"referrals_count\"},5]},{\"==\":[{\"var\":\"categories_count\"},4]},"
              "{\"==\":[{\"var\":\"channels_count\"},9]},{\"==\":[{\"var\":\"traits.country\"},\"CN\"]},"
              "{\"==\":[{\"var\":\"complaints_count\"},33]},{\"==\":[{\"var\":\"products_count\"},8]}]}",
              "true"),
        "/stages/1/rule", "that of \"1\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_is_found_by_its_name),
        cmocka_unit_test(a_stage_is_found_by_number_and_by_key),
        cmocka_unit_test(the_first_stage_whose_rule_holds_wins),
        cmocka_unit_test(any_stage_may_follow_any_other),
        cmocka_unit_test(a_hold_keeps_those_who_are_in_the_stage),
        cmocka_unit_test(a_stage_that_is_gone_holds_nobody),
        cmocka_unit_test(nobody_stands_in_a_withdrawn_model),
        cmocka_unit_test(the_last_rule_must_be_literally_true),
        cmocka_unit_test(a_stage_behind_a_wider_one_is_dead),
        cmocka_unit_test(stages_that_leave_nothing_over_shadow_the_next),
        cmocka_unit_test(a_rule_that_contradicts_itself_can_never_hold),
        cmocka_unit_test(counts_are_whole_and_never_negative),
        cmocka_unit_test(null_reaches_a_stage),
        cmocka_unit_test(two_facts_are_compared_with_each_other),
        cmocka_unit_test(texts_and_lists_are_searched),
        cmocka_unit_test(branches_are_searched),
        cmocka_unit_test(a_narrow_stage_among_many_facts_is_found),
        cmocka_unit_test(a_dead_stage_among_many_facts_is_refused),
    };
    return cmocka_run_group_tests_name("core/model", tests, set_up, tear_down);
}
