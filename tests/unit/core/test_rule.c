#include "base/buf.h"
#include "base/time.h"
#include "core/fact.h"
#include "core/rule.h"
#include "core/rule_tree.h"
#include "wire/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A customer of a shop in EUR, at a fixed time. */
#define NOW (INT64_C(1795219200) * USEC_PER_SEC)

static struct arena *arena;
static struct state customer;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    state_init(&customer, &(struct uuid){{1}}, span_of("42"), IDENTITY_USER);
    customer.a.orders_count = 3;
    customer.a.revenue_gross = 12345;
    customer.a.revenue_refunded = 345;
    customer.a.first_order_at = NOW - 40 * USEC_PER_DAY;
    customer.a.last_order_at = NOW - 10 * USEC_PER_DAY;
    customer.a.first_seen_at = NOW - 40 * USEC_PER_DAY;
    static const char *const traits[][2] = {
        {"age", "18"}, {"city", "\"Berlin\""}, {"tags", "[\"a\",\"b\"]"}, {"vip", "true"}};
    customer.profile.traits = ARENA_ARRAY(arena, struct trait, COUNT_OF(traits));
    customer.profile.n_traits = COUNT_OF(traits);
    for (size_t i = 0; i < COUNT_OF(traits); i++) {
        struct trait *trait = &customer.profile.traits[i];
        trait->name = span_of(traits[i][0]);
        trait->json = span_of(traits[i][1]);
        trait_value(arena, trait);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct rule_schema schema = {.resolve = fact_resolve, .money_exponent = 2};

static struct rule *compiled(const char *json)
{
    struct rule *rule;
    struct error error = {0};
    if (rule_parse(arena, span_of(json), &schema, &rule, &error) != STATUS_OK) {
        fail_msg("%s was refused at \"%s\": %s", json, error.pointer, error.detail);
    }
    return rule;
}

static bool holds(const char *json)
{
    struct fact_view view = {.state = &customer, .now = NOW};
    struct rule_env env = fact_env(&view);
    return rule_holds(compiled(json), &env);
}

static void assert_refused(const char *json, const char *pointer, const char *reason)
{
    struct rule *rule = NULL;
    struct error error = {0};
    enum status status = rule_parse(arena, span_of(json), &schema, &rule, &error);
    if (status != STATUS_INVALID_RULE) {
        fail_msg("%s gave %s", json, status_code(status));
    }
    assert_null(rule);
    assert_string_equal(error.pointer, pointer);
    if (strstr(error.detail, reason) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", json, error.detail, reason);
    }
}

static void numbers_money_times_and_strings_are_compared(void **state)
{
    (void)state;
    assert_true(holds("{\"==\":[{\"var\":\"orders_count\"},3]}"));
    assert_true(holds("{\"===\":[{\"var\":\"orders_count\"},3.0]}"));
    assert_false(holds("{\"!=\":[{\"var\":\"orders_count\"},3]}"));
    assert_true(holds("{\">\":[{\"var\":\"last_order_at\"},\"2026-11-10T23:59:59Z\"]}"));
    assert_true(holds("{\"==\":[{\"var\":\"last_order_at\"},\"2026-11-11T01:00:00+01:00\"]}"));
    assert_true(holds("{\"<\":[{\"var\":\"traits.city\"},\"Bern\"]}"));
    assert_false(holds("{\"<\":[{\"var\":\"traits.city\"},\"Berlin\"]}"));
    assert_true(holds("{\"==\":[{\"var\":\"traits.vip\"},true]}"));
    assert_true(holds("{\"<\":[1,{\"var\":\"orders_count\"},4]}"));
    assert_false(holds("{\"<\":[3,{\"var\":\"orders_count\"},4]}"));
    assert_true(holds("{\"<=\":[3,{\"var\":\"orders_count\"},3]}"));
}

static void money_is_compared_exactly_in_major_units(void **state)
{
    (void)state;
    assert_true(holds("{\"==\":[{\"var\":\"revenue\"},120]}"));
    assert_true(holds("{\"==\":[{\"var\":\"revenue\"},\"120.00\"]}"));
    customer.a.revenue_gross = 29;
    customer.a.revenue_refunded = 0;
    assert_true(holds("{\"==\":[{\"var\":\"revenue\"},0.29]}")); /* 0.29 * 100 is less than 29 in doubles */
    assert_true(holds("{\"<\":[{\"var\":\"revenue\"},\"0.295\"]}"));
    assert_true(holds("{\">\":[{\"var\":\"revenue\"},0.285]}"));
    customer.a.revenue_gross = INT64_C(9007199254740991);
    assert_true(holds("{\"==\":[{\"var\":\"revenue\"},90071992547409.91]}"));
    assert_true(holds("{\"<\":[{\"var\":\"revenue\"},90071992547409.92]}"));
}

static void money_is_calculated_with_numbers_and_money(void **state)
{
    (void)state;
    assert_true(holds("{\"==\":[{\"+\":[{\"var\":\"revenue\"},0.5,\"1\"]},121.5]}"));
    assert_true(holds("{\"==\":[{\"-\":[{\"var\":\"revenue\"},{\"var\":\"revenue_refunded\"}]},116.55]}"));
    assert_true(holds("{\"==\":[{\"*\":[{\"var\":\"revenue\"},2]},240]}"));
    assert_true(holds("{\"==\":[{\"/\":[{\"var\":\"revenue\"},{\"var\":\"orders_count\"}]},40]}"));
    assert_true(holds("{\"==\":[{\"/\":[{\"var\":\"revenue\"},{\"var\":\"order_value_avg\"}]},3]}"));
    assert_true(holds("{\">\":[{\"var\":\"revenue\"},{\"if\":[{\"var\":\"traits.vip\"},100,200]}]}"));
    assert_refused("{\">\":[{\"*\":[{\"var\":\"revenue\"},{\"var\":\"revenue\"}]},1]}", "/>/0/*",
                   "money times money");
    assert_refused("{\">\":[{\"/\":[1,{\"var\":\"revenue\"}]},1]}", "/>/0/~1", "divided by money");
    assert_refused("{\">\":[{\"+\":[{\"var\":\"orders_count\"},{\"var\":\"revenue\"}]},1]}", "/>/0/+/1/var",
                   "different types");
    assert_refused("{\">\":[{\"var\":\"revenue\"},{\"*\":[2,3]}]}", "/>/1/*", "different types");
}

static void a_comparison_with_null_is_false_whatever_it_asks(void **state)
{
    (void)state;
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        assert_false(holds(arena_printf(arena, "{\"%s\":[{\"var\":\"nps_last\"},5]}", ops[i])));
        assert_false(holds(arena_printf(arena, "{\"%s\":[5,{\"var\":\"traits.none\"}]}", ops[i])));
        assert_false(holds(arena_printf(arena, "{\"%s\":[{\"+\":[{\"var\":\"nps_last\"},1]},6]}", ops[i])));
        assert_false(holds(arena_printf(arena, "{\"%s\":[{\"/\":[1,0]},6]}", ops[i])));
    }
    assert_true(holds("{\"!\":{\"var\":\"nps_last\"}}"));
    assert_true(holds("{\"!\":{\"==\":[{\"var\":\"nps_last\"},5]}}"));
    assert_true(holds("{\"==\":[{\"var\":[\"nps_last\",5]},5]}"));
    assert_refused("{\"==\":[{\"var\":\"nps_last\"},null]}", "/==/1", "use missing");
}

static void a_trait_of_another_type_is_compared_like_null(void **state)
{
    (void)state;
    static const char *const ops[] = {"==", "!=", "<", ">="};
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        assert_false(holds(arena_printf(arena, "{\"%s\":[{\"var\":\"traits.city\"},5]}", ops[i])));
        assert_false(holds(arena_printf(arena, "{\"%s\":[{\"var\":\"traits.age\"},\"18\"]}", ops[i])));
        assert_false(holds(
            arena_printf(arena, "{\"%s\":[{\"var\":\"traits.age\"},{\"var\":\"traits.city\"}]}", ops[i])));
    }
    assert_false(holds("{\"==\":[{\"+\":[{\"var\":\"traits.city\"},1]},1]}"));
    assert_true(holds("{\"==\":[{\"+\":[{\"var\":\"traits.age\"},1]},19]}"));
}

static void a_literal_of_the_wrong_type_is_refused_with_the_pointer_to_it(void **state)
{
    (void)state;
    assert_refused("{\"and\":[true,{\">=\":[{\"var\":\"orders_count\"},\"3\"]}]}", "/and/1/>=/1",
                   "the string \"3\"");
    assert_refused("{\"<\":[\"abc\",{\"var\":\"revenue\"}]}", "/</0", "amount of money");
    assert_refused("{\"<\":[{\"var\":\"last_order_at\"},\"yesterday\"]}", "/</1", "time");
    assert_refused("{\"<\":[{\"var\":\"last_order_at\"},5]}", "/</1", "time");
    assert_refused("{\"==\":[{\"var\":\"subscription_status\"},1]}", "/==/1", "string");
    assert_refused("{\"==\":[{\"var\":\"orders_count\"},true]}", "/==/1", "number");
    assert_refused("{\"in\":[{\"var\":\"orders_count\"},[\"1\"]]}", "/in/1/0", "number");
    assert_refused("{\"in\":[{\"var\":\"traits.a\"},[1,\"1\"]]}", "/in/1/1", "one type");
    assert_refused("{\"<\":[{\"var\":\"traits.vip\"},true]}", "/<", "no order");
    assert_refused("{\"==\":[{\"var\":\"traits.a\"},{\"var\":\"revenue\"}]}", "/==/0/var",
                   "a trait is never");
}

static void what_lies_outside_of_the_language_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_refused("{\"map\":[{\"var\":\"traits.tags\"},1]}", "/map", "rules make no lists");
    assert_refused("{\"and\":[{\"cat\":[\"a\",\"b\"]}]}", "/and/0/cat", "rules make no strings");
    assert_refused("{\"frobnicate\":1}", "/frobnicate", "there is no operator frobnicate");
    assert_refused("{\"a/b~c\":1}", "/a~1b~0c", "there is no operator");
    assert_refused("{\"==\":[1,1],\"!=\":[1,2]}", "", "one member");
    assert_refused("{}", "", "one member");
    assert_refused("{\"var\":\"order_count\"}", "/var", "there is no fact order_count");
    assert_refused("{\"var\":{\"var\":\"orders_count\"}}", "/var/var", "must be written out");
    assert_refused("{\">\":[1,2,3]}", "/>", "2 arguments");
    assert_refused("{\"<\":[1]}", "/<", "at least 2");
    assert_refused("{\"!\":[true,false]}", "/!", "1 argument");
    assert_refused("{\"some\":[{\"var\":\"orders_count\"},true]}", "/some/0/var", "items of a trait");
    assert_refused("{\"some\":[{\"var\":\"traits.tags\"},{\"var\":\"orders_count\"}]}", "/some/1/var",
                   "the item itself");
    assert_refused("{\"==\":[{\"if\":[true,1,\"a\"]},1]}", "/==/0/if", "several types");
}

static void facts_that_move_stand_alone_in_a_comparison(void **state)
{
    (void)state;
    assert_true(holds("{\">=\":[{\"var\":\"days_since_last_order\"},10]}"));
    assert_true(holds("{\"<=\":[5,{\"var\":\"days_since_last_order\"},10]}"));
    assert_true(
        holds("{\"<\":[{\"var\":\"days_since_last_order\"},{\"*\":[{\"var\":\"usual_gap_days\"},2]}]}"));
    assert_true(holds("{\"in\":[{\"var\":\"days_since_last_order\"},[9,10]]}"));
    assert_false(holds("{\"missing\":[\"days_since_last_order\"]}"));
    assert_refused("{\"<\":[{\"+\":[{\"var\":\"days_since_last_order\"},1]},10]}", "/</0/+/0/var",
                   "changes as time passes");
    assert_refused("{\"!\":{\"var\":\"orders_count_30d\"}}", "/!/var", "changes as time passes");
    assert_refused("{\"<\":[{\"var\":\"days_since_last_order\"},{\"var\":\"days_since_first_order\"}]}",
                   "/</1/var", "both change");
    assert_refused("{\"==\":[{\"if\":[true,{\"var\":\"silence_ratio\"}]},1]}", "/==/0/if/1/var",
                   "changes as time passes");
}

static void lists_and_strings_are_searched(void **state)
{
    (void)state;
    assert_true(holds("{\"in\":[{\"var\":\"traits.city\"},[\"Bern\",\"Berlin\"]]}"));
    assert_true(holds("{\"in\":[\"erl\",{\"var\":\"traits.city\"}]}"));
    assert_true(holds("{\"in\":[\"a\",{\"var\":\"traits.tags\"}]}"));
    assert_false(holds("{\"in\":[\"c\",{\"var\":\"traits.tags\"}]}"));
    assert_false(holds("{\"in\":[{\"var\":\"orders_count\"},[]]}"));
    assert_true(holds("{\"in\":[{\"var\":\"revenue\"},[1,120]]}"));
    assert_true(holds("{\"startsWith\":[{\"var\":\"traits.city\"},\"Ber\"]}"));
    assert_true(holds("{\"endsWith\":[{\"var\":\"traits.city\"},\"lin\"]}"));
    assert_false(holds("{\"startsWith\":[{\"var\":\"traits.age\"},\"1\"]}"));
    assert_true(holds("{\"some\":[{\"var\":\"traits.tags\"},{\"==\":[{\"var\":\"\"},\"b\"]}]}"));
    assert_false(holds("{\"all\":[{\"var\":\"traits.tags\"},{\"==\":[{\"var\":\"\"},\"b\"]}]}"));
    assert_true(holds("{\"none\":[{\"var\":\"traits.tags\"},{\"==\":[{\"var\":\"\"},\"c\"]}]}"));
    assert_true(holds("{\"none\":[{\"var\":\"traits.age\"},{\"==\":[{\"var\":\"\"},18]}]}"));
}

static void missing_tells_what_has_no_value(void **state)
{
    (void)state;
    assert_true(holds("{\"missing\":\"nps_last\"}"));
    assert_true(holds("{\"missing\":[\"orders_count\",\"traits.none\"]}"));
    assert_false(holds("{\"missing\":[[\"orders_count\",\"traits.age\"]]}"));
    assert_false(holds("{\"missing_some\":[1,[\"orders_count\",\"nps_last\"]]}"));
    assert_true(holds("{\"missing_some\":[2,[\"orders_count\",\"nps_last\"]]}"));
    assert_true(holds("{\"if\":[{\"missing\":\"nps_last\"},true,{\">\":[{\"var\":\"nps_last\"},5]}]}"));
}

/* ---- limits ---- */

static const char *nested(size_t depth)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < depth; i++) {
        buf_text(&out, "{\"!\":[");
    }
    buf_text(&out, "true");
    for (size_t i = 0; i < depth; i++) {
        buf_text(&out, "]}");
    }
    const char *text = arena_text(arena, (struct span){out.p, out.n});
    buf_done(&out);
    return text;
}

static const char *repeated(const char *before, const char *item, size_t n, const char *after)
{
    struct buf out;
    buf_init(&out, 0);
    buf_text(&out, before);
    for (size_t i = 0; i < n; i++) {
        buf_text(&out, i ? "," : "");
        buf_text(&out, item);
    }
    buf_text(&out, after);
    const char *text = arena_text(arena, (struct span){out.p, out.n});
    buf_done(&out);
    return text;
}

static const char *refusal(const char *json)
{
    struct rule *rule;
    static struct error error;
    assert_int_equal(rule_parse(arena, span_of(json), &schema, &rule, &error), STATUS_INVALID_RULE);
    return error.detail;
}

static void sixty_four_levels_are_taken_and_no_more(void **state)
{
    (void)state;
    assert_true(holds(nested(64)));
    assert_non_null(strstr(refusal(nested(65)), "64 levels"));
    assert_non_null(strstr(refusal(nested(3000)), "64 levels"));
}

static void five_hundred_parts_are_taken_and_no_more(void **state)
{
    (void)state;
    assert_true(holds(repeated("{\"and\":[", "1", 499, "]}")));
    assert_non_null(strstr(refusal(repeated("{\"and\":[", "1", 500, "]}")), "500 parts"));
}

static void a_thousand_items_are_taken_and_no_more(void **state)
{
    (void)state;
    assert_true(holds(repeated("{\"in\":[{\"var\":\"orders_count\"},[", "3", 1000, "]]}")));
    assert_non_null(
        strstr(refusal(repeated("{\"in\":[{\"var\":\"orders_count\"},[", "3", 1001, "]]}")), "1000 items"));
}

static void sixty_four_kilobytes_are_taken_and_no_more(void **state)
{
    (void)state;
    struct rule *rule;
    struct error error;
    char *text = arena_alloc(arena, RULE_BYTES_MAX + 1);
    memset(text, ' ', RULE_BYTES_MAX + 1);
    memcpy(text, "true", 4);
    assert_int_equal(rule_parse(arena, (struct span){text, RULE_BYTES_MAX}, &schema, &rule, &error),
                     STATUS_OK);
    assert_int_equal(rule_parse(arena, (struct span){text, RULE_BYTES_MAX + 1}, &schema, &rule, &error),
                     STATUS_INVALID_RULE);
}

static void malformed_json_is_told_apart_from_an_invalid_rule(void **state)
{
    (void)state;
    static const char *const malformed[] = {"",
                                            "{",
                                            "{\"==\":[1,1]",
                                            "tru",
                                            "01",
                                            "[1,]",
                                            "\"\\u0000\"",
                                            "\"\xff\"",
                                            "{\"!\":true,\"!\":false}",
                                            "true true",
                                            "1e999"};
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct rule *rule;
        struct error error;
        assert_int_equal(rule_parse(arena, span_of(malformed[i]), &schema, &rule, &error),
                         STATUS_MALFORMED_JSON);
        assert_int_equal(error.status, STATUS_MALFORMED_JSON);
    }
}

/* ---- what a rule mentions, and when it flips ---- */

struct seen {
    char text[1024];
};

static void note(void *context, const struct fact_ref *ref, const char *op, const struct value *literal)
{
    struct seen *seen = context;
    size_t n = strlen(seen->text);
    snprintf(seen->text + n, sizeof(seen->text) - n, "%d %s %g;", ref->fact, op ? op : "",
             literal ? literal->number : 0);
}

static void visiting_tells_each_variable_and_each_test_against_a_literal(void **state)
{
    (void)state;
    struct seen seen = {""};
    rule_visit(
        compiled(
            "{\"and\":[{\"<\":[5,{\"var\":\"orders_count\"}]},{\"in\":[{\"var\":\"carts_count\"},[1,2]]},"
            "{\">\":[{\"var\":\"events_count\"},{\"+\":[1,2]}]}]}"),
        note, &seen);
    assert_string_equal(seen.text, arena_printf(arena, "%d > 5;%d  0;%d in 1;%d in 2;%d  0;%d  0;",
                                                FACT_orders_count, FACT_orders_count, FACT_carts_count,
                                                FACT_carts_count, FACT_carts_count, FACT_events_count));
}

static void a_rule_tells_whether_it_needs_orders_and_the_profile(void **state)
{
    (void)state;
    assert_true(rule_mentions(compiled("{\"!\":{\">\":[{\"var\":\"revenue_90d\"},5]}}"), fact_needs_orders));
    assert_false(rule_mentions(compiled("{\">\":[{\"var\":\"revenue\"},5]}"), fact_needs_orders));
    assert_true(rule_mentions(compiled("{\"missing\":[\"traits.x\"]}"), fact_needs_profile));
    assert_true(
        rule_mentions(compiled("{\">\":[{\"var\":\"events.Game Won.count\"},5]}"), fact_needs_profile));
    assert_false(rule_mentions(compiled("{\">\":[{\"var\":\"events.Completed Order.count\"},5]}"),
                               fact_needs_profile));
    assert_true(rule_mentions(compiled("{\">\":[{\"var\":\"days_since_last_seen\"},5]}"), fact_moves));
    assert_false(rule_mentions(compiled("{\">\":[{\"var\":\"orders_count\"},5]}"), fact_moves));
}

static int compare_times(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

static struct instants flips_of(const char *json, usec_t after)
{
    struct instants out = {.at = ARENA_ARRAY(arena, usec_t, 64), .capacity = 64, .arena = arena};
    struct fact_view view = {.state = &customer, .now = NOW};
    struct rule_env env = fact_env(&view);
    rule_flips(compiled(json), &env, after, &out);
    qsort(out.at, out.n, sizeof(*out.at), compare_times);
    return out;
}

static void a_rule_flips_when_a_fact_that_moves_meets_the_other_side(void **state)
{
    (void)state;
    usec_t last = customer.a.last_order_at;
    struct instants out = flips_of(
        "{\"and\":[{\">=\":[{\"var\":\"days_since_last_order\"},60]},"
        "{\"!\":{\"<\":[{\"*\":[{\"var\":\"orders_count\"},10]},{\"var\":\"days_since_last_order\"}]}}]}",
        NOW);
    assert_int_equal(out.n, 4);
    assert_int_equal(out.at[0], last + 30 * USEC_PER_DAY);
    assert_int_equal(out.at[1], last + 31 * USEC_PER_DAY);
    assert_int_equal(out.at[2], last + 60 * USEC_PER_DAY);
    assert_int_equal(out.at[3], last + 61 * USEC_PER_DAY);
    assert_int_equal(flips_of("{\">\":[{\"var\":\"days_since_last_order\"},{\"var\":\"nps_last\"}]}", NOW).n,
                     0);
    assert_int_equal(flips_of("{\"<=\":[20,{\"var\":\"days_since_last_order\"},30]}", NOW).n, 4);
    assert_int_equal(flips_of("{\"in\":[{\"var\":\"days_since_last_order\"},[20,25]]}", NOW).n, 4);
    assert_int_equal(flips_of("{\"missing\":\"days_since_last_order\"}", NOW).n, 0);
    assert_int_equal(flips_of("{\">\":[{\"var\":\"orders_count\"},5]}", NOW).n, 0);
}

/* ---- rules on any data ---- */

static const char *run(const char *rule, const char *data)
{
    struct span out;
    struct error error = {0};
    if (rule_run(arena, span_of(rule), span_of(data), &out, &error) != STATUS_OK) {
        return arena_printf(arena, "%s %s", status_code(error.status), error.pointer);
    }
    return arena_text(arena, out);
}

static void on_any_data_the_value_of_the_deciding_operand_is_returned(void **state)
{
    (void)state;
    assert_string_equal(run("{\"and\":[1,{\"var\":\"a\"}]}", "{\"a\":\"x\"}"), "\"x\"");
    assert_string_equal(run("{\"or\":[0,\"\",{\"var\":\"a.1.b\"}]}", "{\"a\":[0,{\"b\":[1,2.5]}]}"),
                        "[1,2.5]");
    assert_string_equal(run("{\"if\":[false,1,0,2,[],3,{\"-\":[0]}]}", ""), "0");
    assert_string_equal(run("{\"missing\":[\"a\",\"b\"]}", "{\"a\":\"\"}"), "[\"a\",\"b\"]");
    assert_string_equal(run("{\"/\":[1,0]}", ""), "null");
    assert_string_equal(run("{\"!=\":[{\"var\":\"a\"},1]}", "{}"), "false");
    assert_string_equal(run("{\"==\":[{\"var\":\"a\"},null]}", "{}"), "false");
}

static void on_any_data_what_javascript_would_coerce_is_refused(void **state)
{
    (void)state;
    assert_string_equal(run("{\"==\":[1,\"1\"]}", ""), "invalid_rule /==/1");
    assert_string_equal(run("{\"==\":[{\"var\":\"a\"},1]}", "{\"a\":\"1\"}"), "invalid_rule /==/1");
    assert_string_equal(run("{\"==\":[{\"var\":\"a\"},{\"var\":\"b\"}]}", "{\"a\":\"1\",\"b\":1}"),
                        "invalid_rule /==/1/var");
    assert_string_equal(run("{\"+\":[{\"var\":\"a\"},1]}", "{\"a\":\"1\"}"), "invalid_rule /+/0/var");
    assert_string_equal(run("{\"==\":[{\"if\":[true,{\"var\":\"a\"},5]},\"5\"]}", "{}"),
                        "invalid_rule /==/1");
    assert_string_equal(run("{\"some\":[{\"var\":\"a\"},{\"==\":[{\"var\":\"\"},1]}]}", "{\"a\":[\"1\"]}"),
                        "invalid_rule /some/1/==/1");
    assert_string_equal(run("{\"var\":\"a.length\"}", "{\"a\":[1]}"), "invalid_rule /var");
    assert_string_equal(run("{\"var\":\"a\"}", "{\"a\":{}}"), "invalid_rule /var");
    assert_string_equal(run("{\"var\":\"a\"}", "{\"a\":"), "malformed_json ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(numbers_money_times_and_strings_are_compared),
        TEST(money_is_compared_exactly_in_major_units),
        TEST(money_is_calculated_with_numbers_and_money),
        TEST(a_comparison_with_null_is_false_whatever_it_asks),
        TEST(a_trait_of_another_type_is_compared_like_null),
        TEST(a_literal_of_the_wrong_type_is_refused_with_the_pointer_to_it),
        TEST(what_lies_outside_of_the_language_is_refused_with_the_reason),
        TEST(facts_that_move_stand_alone_in_a_comparison),
        TEST(lists_and_strings_are_searched),
        TEST(missing_tells_what_has_no_value),
        TEST(sixty_four_levels_are_taken_and_no_more),
        TEST(five_hundred_parts_are_taken_and_no_more),
        TEST(a_thousand_items_are_taken_and_no_more),
        TEST(sixty_four_kilobytes_are_taken_and_no_more),
        TEST(malformed_json_is_told_apart_from_an_invalid_rule),
        TEST(visiting_tells_each_variable_and_each_test_against_a_literal),
        TEST(a_rule_tells_whether_it_needs_orders_and_the_profile),
        TEST(a_rule_flips_when_a_fact_that_moves_meets_the_other_side),
        TEST(on_any_data_the_value_of_the_deciding_operand_is_returned),
        TEST(on_any_data_what_javascript_would_coerce_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
