/* Any bytes as a rule: over a customer, in memory, in words and in SQL; and over themselves as data. */
#include "base/buf.h"
#include "core/fact.h"
#include "db/rule_sql.h"
#include "wire/rule.h"

#include <assert.h>

#define NOW (INT64_C(1795219200) * USEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct state customer;
static struct order order;
static struct trait traits[3];

static void fill_customer(struct arena *arena)
{
    static const char *const texts[][2] = {
        {"age", "18"}, {"city", "\"Berlin\""}, {"tags", "[\"a\",1,true,null]"}};
    state_init(&customer, &(struct uuid){{1}}, span_of("42"), IDENTITY_USER);
    customer.a.orders_count = 3;
    customer.a.revenue_gross = 12345;
    customer.a.first_order_at = NOW - 40 * USEC_PER_DAY;
    customer.a.last_order_at = NOW - 10 * USEC_PER_DAY;
    order = (struct order){.completed_at = NOW - 10 * USEC_PER_DAY, .cancelled_at = NONE, .value = 12345};
    customer.orders = &order;
    customer.n_orders = 1;
    customer.has_counted = false;
    customer.profile.traits = traits;
    customer.profile.n_traits = COUNT_OF(traits);
    for (size_t i = 0; i < COUNT_OF(traits); i++) {
        traits[i] = (struct trait){.name = span_of(texts[i][0]), .json = span_of(texts[i][1])};
        trait_value(arena, &traits[i]);
    }
}

static void use(struct arena *arena, const struct rule *rule)
{
    struct fact_view view = {.state = &customer, .now = NOW};
    struct rule_env env = fact_env(&view);
    struct value v = rule_value(rule, &env, arena);
    assert(rule_holds(rule, &env) == value_is_true(&v));
    struct instants flips = {.at = ARENA_ARRAY(arena, usec_t, 8), .capacity = 8, .arena = arena};
    rule_flips(rule, &env, NOW, &flips);
    for (size_t i = 0; i < flips.n; i++) {
        assert(flips.at[i] > NOW);
    }
    struct buf text;
    buf_init(&text, 0);
    rule_formula(rule, &text);
    rule_text(rule, LANGUAGE_EN, &text);
    rule_text(rule, LANGUAGE_ZH, &text);
    assert(text.n != 0);
    buf_done(&text);
    struct rule_sql sql;
    rule_to_sql(arena, rule, 1, NOW, 2, &sql);
    assert(*sql.where);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rule_schema schema = {.resolve = fact_resolve, .money_exponent = 2};
    struct arena *arena = arena_new(1 << 16);
    struct span text = {(const char *)data, size}, out;
    struct error error;
    struct rule *rule;
    fill_customer(arena);
    if (rule_parse(arena, text, &schema, &rule, &error) == STATUS_OK) {
        use(arena, rule);
    }
    if (rule_run(arena, text, text, &out, &error) == STATUS_OK) {
        assert(out.n != 0);
    }
    arena_free(arena);
    return 0;
}
