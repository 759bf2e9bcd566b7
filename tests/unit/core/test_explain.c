#include "core/explain.h"

#include "base/buf.h"
#include "wire/model.h"
#include "wire/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define NOW (INT64_C(1780000000) * USEC_PER_SEC)

static struct shop shop = {.id = 1, .currency = "EUR", .exponent = 2};
static struct arena *arena;
static struct definitions definitions;
static struct state customer;
static struct explanation explanation;
static unsigned n_events;

/* ---- definitions ---- */

static int next_number(void *context, struct span key)
{
    (void)key;
    return ++*(int *)context;
}

static void add_model(struct span json)
{
    int stages = 0;
    struct model *model;
    struct error error;
    const struct model **versions = ARENA_ARRAY(arena, const struct model *, 1);
    int number = ++definitions.n_models;
    if (model_parse(arena, json, arena_printf(arena, "model_%d", number), next_number, &stages, 2, &model, &error) !=
        STATUS_OK) {
        fail_msg("%s %s", error.pointer, error.detail);
    }
    model->number = number;
    model->version = 1;
    versions[0] = model;
    definitions.models[number - 1] = (struct model_history){.versions = versions, .n = 1};
    definitions_seal(arena, &definitions);
}

static void add_preset(const char *preset)
{
    struct span json;
    struct error error;
    if (preset_expand(arena, span_of(preset), (struct span){0}, (struct span){0}, &json, &error) != STATUS_OK) {
        fail_msg("%s", error.detail);
    }
    add_model(json);
}

static void add_segment(const char *json)
{
    struct segment *segment;
    struct error error;
    const struct segment **versions = ARENA_ARRAY(arena, const struct segment *, 1);
    int number = ++definitions.n_segments;
    if (segment_parse(arena, span_of(json), "vip", 2, &segment, &error) != STATUS_OK) {
        fail_msg("%s %s", error.pointer, error.detail);
    }
    segment->number = number;
    segment->version = 1;
    versions[0] = segment;
    definitions.segments[number - 1] = (struct segment_history){.versions = versions, .n = 1};
    definitions_seal(arena, &definitions);
}

static int set_up(void **state)
{
    (void)state;
    static const struct uuid key = {{1}};
    arena = arena_new(65536);
    definitions = (struct definitions){.shop = &shop, .revision = 1};
    definitions.models = ARENA_ARRAY(arena, struct model_history, MODEL_SLOTS);
    definitions.segments = ARENA_ARRAY(arena, struct segment_history, SEGMENT_SLOTS);
    state_init(&customer, &key, span_of("anna"), IDENTITY_USER);
    n_events = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- a customer ---- */

static void happens(enum event_kind kind, usec_t at, int64_t value)
{
    struct effects effects = {.arena = arena};
    struct uuid key = {{2}};
    key.b[15] = (unsigned char)++n_events;
    struct event event = {.event_id = key,
                          .occurred_at = at,
                          .received_at = at,
                          .kind = kind,
                          .name = event_kind_normalised(kind),
                          .seen = true,
                          .order_key = key,
                          .order_id = span_of(arena_printf(arena, "order %u", n_events)),
                          .has_value = true,
                          .value = value,
                          .points = value};
    fold_event(&definitions, &customer, &event, &effects);
}

static void orders(int n, int days_ago)
{
    for (int i = 0; i < n; i++) {
        happens(EVENT_ORDER_COMPLETED, NOW - days_ago * USEC_PER_DAY - (n - i) * USEC_PER_SEC, 4000);
    }
}

static const struct explanation *explained(void)
{
    struct effects effects = {.arena = arena};
    struct explain_question question = {
        .now = NOW, .typical_value = 2500, .order = way_latest_order(&customer)};
    fold_advance(&definitions, &customer, NOW, &effects);
    explain_customer(arena, &definitions, &customer, &question, &explanation);
    return &explanation;
}

/* ---- what is said ---- */

static const char *taken(struct buf *text)
{
    const char *copy = arena_text(arena, (struct span){text->n ? text->p : "", text->n});
    buf_done(text);
    return copy;
}

static const char *way_said(const struct explanation *e, enum way_kind kind, const char *stage, enum language language)
{
    const struct model_reason *reason = &e->models[0];
    for (size_t i = 0; i < reason->ways.n; i++) {
        const struct way *way = &reason->ways.list[i];
        const struct stage *to = model_stage(reason->model, way->stage);
        if (way->kind == kind && strcmp(to->key, stage) == 0) {
            struct buf text;
            buf_init(&text, 0);
            explain_way_text(e, way, to, language, &text);
            return taken(&text);
        }
    }
    return NULL;
}

static const char *move_said(const struct explanation *e, size_t i, enum language language)
{
    struct buf text;
    assert_true(i < e->models[0].n_moves);
    buf_init(&text, 0);
    explain_move_text(&e->models[0].moves[i], e->now, language, &text);
    return taken(&text);
}

static const char *entry_said(const struct explanation *e, size_t i, enum language language)
{
    struct buf text;
    const struct segment_reason *reason = &e->segments[0];
    assert_true(i < reason->ways.n);
    buf_init(&text, 0);
    explain_entry_text(e, &reason->ways.list[i], reason, language, &text);
    return taken(&text);
}

static const char *flip_said(const struct explanation *e, enum language language)
{
    struct buf text;
    assert_int_not_equal(e->segments[0].flips_at, NONE);
    buf_init(&text, 0);
    explain_flip_text(&e->segments[0], e->now, language, &text);
    return taken(&text);
}

static const char *stage_said(const struct explanation *e, enum language language)
{
    struct buf text;
    buf_init(&text, 0);
    explain_stage_text(&e->models[0], language, &text);
    return taken(&text);
}

static const char *missing_said(const struct verdict *verdict, size_t i, enum language language)
{
    struct buf text;
    const struct condition *missing = verdict_missing(verdict, i);
    if (missing == NULL) {
        return NULL;
    }
    buf_init(&text, 0);
    condition_missing_text(missing, language, &text);
    return taken(&text);
}

static const struct stage_reason *stage_of(const struct explanation *e, const char *key)
{
    for (size_t i = 0; i < e->models[0].n_stages; i++) {
        if (strcmp(e->models[0].stages[i].stage->key, key) == 0) {
            return &e->models[0].stages[i];
        }
    }
    fail_msg("no stage %s", key);
    return NULL;
}

/* ---- stages and rules ---- */

static void the_rule_that_decided_is_told(void **state)
{
    (void)state;
    add_preset("growth");
    orders(1, 3);
    const struct explanation *e = explained();
    assert_string_equal(e->models[0].stage->key, "first_purchase");
    assert_false(e->models[0].is_held);
    assert_true(stage_of(e, "first_purchase")->is_current);
    assert_true(stage_of(e, "first_purchase")->rule.holds);
    assert_false(stage_of(e, "first_purchase")->is_overruled);
    assert_non_null(strstr(stage_said(e, LANGUAGE_EN), "First purchase, because orders is 1"));
    assert_non_null(strstr(stage_said(e, LANGUAGE_ZH), "初次购买，因为：订单数为 1"));
}

static void a_stage_that_takes_the_rest_is_explained_by_the_others(void **state)
{
    (void)state;
    add_preset("purchase");
    orders(1, 200);
    const struct explanation *e = explained();
    assert_string_equal(stage_said(e, LANGUAGE_EN), "Churned, because no earlier stage's rule holds");
    assert_string_equal(stage_said(e, LANGUAGE_ZH), "流失客户，因为不符合前面任何阶段的条件");
    assert_string_equal(missing_said(&stage_of(e, "first_purchase")->rule, 0, LANGUAGE_EN),
                        "days since last order is less than 180 (now 200)");
}

static void a_rule_that_holds_under_an_earlier_stage_is_overruled(void **state)
{
    (void)state;
    add_preset("purchase");
    orders(1, 3);
    const struct explanation *e = explained();
    assert_true(stage_of(e, "churned")->is_overruled);
    assert_false(stage_of(e, "loyal")->is_overruled);
}

#define STAGE(key, role, rule, more)                                                                          \
    "{\"key\":\"" key "\",\"name\":{\"zh\":\"" key "\",\"en\":\"" key "\"},\"role\":\"" role "\",\"rule\":" rule more "}"
#define MODEL(stages) "{\"name\":{\"zh\":\"m\",\"en\":\"m\"},\"stages\":[" stages "]}"
#define TEST(op, fact, bound) "{\"" op "\":[{\"var\":\"" fact "\"}," bound "]}"

static void a_hold_rule_that_decided_is_told(void **state)
{
    (void)state;
    add_model(span_of(MODEL(STAGE("few", "new", TEST("<", "orders_count_30d", "2"), ) "," STAGE(
        "many", "loyal", "true", ",\"hold\":" TEST(">=", "orders_count", "2")))));
    orders(2, 40);
    const struct explanation *e = explained();
    assert_string_equal(e->models[0].stage->key, "many");
    assert_true(e->models[0].is_held);
    assert_true(stage_of(e, "many")->hold.holds);
    assert_true(stage_of(e, "few")->is_overruled);
    assert_string_equal(stage_said(e, LANGUAGE_EN), "many, and kept there as long as orders is at least 2");
}

static void each_fact_that_a_rule_uses_is_told_once_with_its_value(void **state)
{
    (void)state;
    add_preset("purchase");
    orders(3, 5);
    const struct verdict *rule = &stage_of(explained(), "repeat_purchase")->rule;
    assert_int_equal(rule->n_facts, 3);
    assert_true(span_is(rule->facts[0].name, "orders_count"));
    assert_true(rule->facts[0].value.number == 3);
    assert_true(span_is(rule->facts[1].name, "days_since_last_order"));
    assert_true(rule->facts[1].value.number == 5);
    assert_true(span_is(rule->facts[2].name, "churn_reason"));
    assert_int_equal(rule->facts[2].value.type, VALUE_NULL);
}

static void what_is_missing_is_told_with_how_much(void **state)
{
    (void)state;
    add_preset("purchase");
    orders(3, 5);
    const struct verdict *loyal = &stage_of(explained(), "loyal")->rule;
    assert_string_equal(missing_said(loyal, 0, LANGUAGE_EN), "orders is at least 4 (now 3)");
    assert_string_equal(missing_said(loyal, 0, LANGUAGE_ZH), "订单数至少为 4（现为 3）");
    assert_null(missing_said(loyal, 1, LANGUAGE_EN));
    const struct condition *test = verdict_missing(loyal, 0);
    assert_true(test->is_missing);
    assert_true(test->wanted.number == 4);
    assert_true(test->difference.number == 1);
}

static void of_alternatives_each_is_missing(void **state)
{
    (void)state;
    add_segment("{\"rule\":{\"or\":[" TEST(">=", "revenue", "\"200.50\"") "," TEST(">", "nps_last", "8") "]}}");
    orders(1, 5);
    const struct verdict *rule = &explained()->segments[0].rule;
    assert_string_equal(missing_said(rule, 0, LANGUAGE_EN),
                        "revenue is at least 200.50 (now 40.00), or last NPS answer is more than 8 (now none)");
    assert_string_equal(missing_said(rule, 0, LANGUAGE_ZH),
                        "净消费额至少为 200.50（现为 40.00），或最近净推荐分大于 8（现无）");
    assert_true(rule->condition.parts[0].is_missing && rule->condition.parts[1].is_missing);
    assert_true(rule->condition.parts[0].difference.number == 16050);
}

static void a_negation_is_pushed_inwards_to_the_tests(void **state)
{
    (void)state;
    add_segment("{\"rule\":{\"!\":[{\"or\":[" TEST(">=", "orders_count", "2") "," TEST("<", "points_balance", "0") "]}]}}");
    orders(3, 5);
    const struct condition *whole = &explained()->segments[0].rule.condition;
    assert_int_equal(whole->kind, CONDITION_ALL);
    assert_false(whole->holds);
    assert_int_equal(whole->n_parts, 2);
    assert_true(whole->parts[0].is_missing);
    assert_true(whole->parts[0].difference.number == -1);
    assert_true(whole->parts[1].holds);
}

/* ---- by time ---- */

static void silence_is_told_in_days(void **state)
{
    (void)state;
    add_preset("purchase");
    orders(1, 169);
    const struct explanation *e = explained();
    assert_string_equal(move_said(e, 0, LANGUAGE_EN), "11 days from Churned if nothing happens");
    assert_string_equal(move_said(e, 0, LANGUAGE_ZH), "11 天后将变为流失客户");
    assert_int_equal(e->models[0].n_moves, 1);
}

static void a_short_time_is_told_in_hours(void **state)
{
    (void)state;
    static const struct stage lost = {.name_en = "Lost", .name_zh = "流失期"};
    struct stage_move move = {.at = NOW + 90 * 60 * USEC_PER_SEC, .stage = &lost};
    struct buf text;
    buf_init(&text, 0);
    explain_move_text(&move, NOW, LANGUAGE_EN, &text);
    assert_string_equal(taken(&text), "2 hours from Lost if nothing happens");
    move.at = NOW + 1;
    buf_init(&text, 0);
    explain_move_text(&move, NOW, LANGUAGE_ZH, &text);
    assert_string_equal(taken(&text), "不到 1 小时后将进入流失期");
}

static void the_moves_that_follow_are_told_too(void **state)
{
    (void)state;
    add_preset("ecommerce");
    orders(1, 1);
    const struct model_reason *reason = &explained()->models[0];
    assert_true(reason->n_moves >= 2);
    for (size_t i = 1; i < reason->n_moves; i++) {
        assert_true(reason->moves[i].at > reason->moves[i - 1].at);
    }
    assert_string_equal(reason->moves[reason->n_moves - 1].stage->key, "lost");
}

/* ---- by event ---- */

static void one_more_order_makes_loyal(void **state)
{
    (void)state;
    add_preset("purchase");
    orders(3, 5);
    const struct explanation *e = explained();
    assert_string_equal(way_said(e, WAY_ORDER, "loyal", LANGUAGE_EN), "One more order makes this customer Loyal");
    assert_string_equal(way_said(e, WAY_ORDER, "loyal", LANGUAGE_ZH), "再下 1 单即成为忠诚客户");
}

static void several_orders_are_counted_and_the_first_is_not_called_one_more(void **state)
{
    (void)state;
    add_preset("purchase");
    happens(EVENT_PAGE, NOW - USEC_PER_DAY, 0);
    const struct explanation *e = explained();
    assert_string_equal(way_said(e, WAY_ORDER, "first_purchase", LANGUAGE_EN),
                        "One order moves this customer to First purchase");
    assert_string_equal(way_said(e, WAY_ORDER, "loyal", LANGUAGE_EN), "4 orders make this customer Loyal");
    assert_string_equal(way_said(e, WAY_ORDER, "repeat_purchase", LANGUAGE_ZH), "下 2 单即进入“重复购买”阶段");
    assert_int_equal(e->usual_value, 2500);
}

static void cancelling_the_latest_order_names_it(void **state)
{
    (void)state;
    add_preset("purchase");
    orders(2, 5);
    const struct explanation *e = explained();
    const struct ways *ways = &e->models[0].ways;
    size_t i = 0;
    while (i < ways->n && ways->list[i].kind != WAY_ORDER_CANCELLED) {
        i++;
    }
    assert_true(i < ways->n);
    assert_true(span_is(ways->list[i].name, "order 2"));
    assert_string_equal(way_said(e, WAY_ORDER_CANCELLED, "first_purchase", LANGUAGE_EN),
                        "Cancelling the latest order moves this customer to First purchase");
}

static void an_amount_is_the_smallest_that_is_enough(void **state)
{
    (void)state;
    add_segment("{\"name\":{\"zh\":\"贵宾\",\"en\":\"VIP\"},\"rule\":" TEST(">", "revenue", "200") "}");
    orders(1, 5);
    const struct explanation *e = explained();
    assert_int_equal(e->segments[0].ways.n, 2);
    assert_int_equal(e->segments[0].ways.list[0].times, 5);
    assert_string_equal(entry_said(e, 0, LANGUAGE_EN), "5 more orders bring this customer into VIP");
    assert_int_equal(e->segments[0].ways.list[1].amount, 16001);
    assert_string_equal(entry_said(e, 1, LANGUAGE_EN), "One more order of 160.01 EUR brings this customer into VIP");
    assert_string_equal(entry_said(e, 1, LANGUAGE_ZH), "再下一笔 160.01 EUR 的订单即加入“贵宾”");
}

static void points_are_told_by_their_number(void **state)
{
    (void)state;
    add_segment("{\"rule\":" TEST(">=", "points_balance", "100") "}");
    happens(EVENT_POINTS_EARNED, NOW - USEC_PER_DAY, 30);
    const struct explanation *e = explained();
    assert_int_equal(e->segments[0].ways.n, 1);
    assert_string_equal(entry_said(e, 0, LANGUAGE_EN), "Earning 70 points brings this customer into vip");
}

static void who_would_leave_a_segment_is_told_when_and_by_what(void **state)
{
    (void)state;
    add_segment("{\"name\":{\"zh\":\"新近\",\"en\":\"Recent\"},\"rule\":{\"and\":[" TEST("<", "days_since_last_order", "5") "," TEST(
        "<", "complaints_count", "2") "]}}");
    orders(1, 2);
    const struct explanation *e = explained();
    assert_true(e->segments[0].is_member);
    assert_string_equal(flip_said(e, LANGUAGE_EN), "3 days from leaving Recent if nothing happens");
    assert_string_equal(flip_said(e, LANGUAGE_ZH), "3 天后将离开“新近”");
    assert_string_equal(entry_said(e, 0, LANGUAGE_EN), "Cancelling the latest order takes this customer out of Recent");
    assert_string_equal(entry_said(e, 2, LANGUAGE_ZH), "投诉 2 次即离开“新近”");
}

static void events_that_only_rules_know_are_tried_by_their_name(void **state)
{
    (void)state;
    add_segment("{\"rule\":" TEST(">=", "events.Store Visit.count", "3") "}");
    happens(EVENT_PAGE, NOW - USEC_PER_DAY, 0);
    const struct explanation *e = explained();
    assert_int_equal(e->segments[0].ways.n, 1);
    assert_int_equal(e->segments[0].ways.list[0].times, 3);
    assert_string_equal(entry_said(e, 0, LANGUAGE_EN), "3 \"store visit\" events bring this customer into vip");
    assert_string_equal(entry_said(e, 0, LANGUAGE_ZH), "发生 3 次“store visit”即加入“vip”");
}

static void where_any_event_will_do_only_a_page_view_is_told(void **state)
{
    (void)state;
    add_segment("{\"rule\":" TEST("<", "days_since_last_seen", "5") "}");
    orders(1, 9);
    const struct explanation *e = explained();
    assert_int_equal(e->segments[0].ways.n, 1);
    assert_int_equal(e->segments[0].ways.list[0].kind, WAY_PAGE);
}

static void nothing_of_the_customer_is_changed(void **state)
{
    (void)state;
    add_preset("purchase");
    add_segment("{\"rule\":" TEST(">=", "events.Coupon Applied.count", "3") "}");
    orders(3, 5);
    happens(EVENT_COUPON_APPLIED, NOW - USEC_PER_DAY, 0);
    explained();
    struct accumulators before = customer.a;
    struct order first = customer.orders[0];
    explained();
    assert_memory_equal(&before, &customer.a, sizeof(before));
    assert_memory_equal(&first, &customer.orders[0], sizeof(first));
    assert_int_equal(customer.n_orders, 3);
    assert_int_equal(customer.profile.n_counters, 1);
    assert_int_equal(customer.profile.counters[0].count, 1);
}

static void one_model_can_be_asked_for_alone(void **state)
{
    (void)state;
    add_preset("purchase");
    add_preset("bank");
    add_segment("{\"rule\":" TEST(">=", "revenue", "100") "}");
    orders(1, 5);
    struct explain_question question = {.now = NOW, .model = definitions.models[1].versions[0]};
    explain_customer(arena, &definitions, &customer, &question, &explanation);
    assert_int_equal(explanation.n_models, 1);
    assert_int_equal(explanation.models[0].model->number, 2);
    assert_true(explanation.models[0].ways.n > 0);
    assert_int_equal(explanation.n_segments, 0);
}

#define IT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IT(the_rule_that_decided_is_told),
        IT(a_stage_that_takes_the_rest_is_explained_by_the_others),
        IT(a_rule_that_holds_under_an_earlier_stage_is_overruled),
        IT(a_hold_rule_that_decided_is_told),
        IT(each_fact_that_a_rule_uses_is_told_once_with_its_value),
        IT(what_is_missing_is_told_with_how_much),
        IT(of_alternatives_each_is_missing),
        IT(a_negation_is_pushed_inwards_to_the_tests),
        IT(silence_is_told_in_days),
        IT(a_short_time_is_told_in_hours),
        IT(the_moves_that_follow_are_told_too),
        IT(one_more_order_makes_loyal),
        IT(several_orders_are_counted_and_the_first_is_not_called_one_more),
        IT(cancelling_the_latest_order_names_it),
        IT(an_amount_is_the_smallest_that_is_enough),
        IT(points_are_told_by_their_number),
        IT(who_would_leave_a_segment_is_told_when_and_by_what),
        IT(events_that_only_rules_know_are_tried_by_their_name),
        IT(where_any_event_will_do_only_a_page_view_is_told),
        IT(nothing_of_the_customer_is_changed),
        IT(one_model_can_be_asked_for_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
