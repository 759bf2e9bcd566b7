/*
 * A rule has two meanings, in memory and in SQL: this holds them together, over random customers in temporary
 * tables. LIFECYCLED_TEST_SEED repeats a run; LIFECYCLED_TEST_ROUNDS (3000) is the number of random rules.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/time.h"
#include "base/uuid.h"
#include "core/fact.h"
#include "db/rule_sql.h"
#include "wire/rule.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CUSTOMERS 400
#define SHOP      7
#define NOW       (INT64_C(1795284123) * USEC_PER_SEC + 456789)
#define EXPONENT  2
#define AT_ONCE   64

struct customer {
    struct state state;
    bool has_profile;
};

static uint64_t seed;
static struct arena *kept;    /* customers */
static struct arena *scratch; /* rules */
static struct db *db;
static struct customer *customers;
static int64_t comparisons;

/* ---- chance ---- */

static uint64_t chance_state;

static uint64_t chance_next(void)
{
    uint64_t z = (chance_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t chance(int64_t n)
{
    return (int64_t)(chance_next() % (uint64_t)n);
}

static bool one_in(int64_t n)
{
    return chance(n) == 0;
}

#define ONE_OF(array) ((array)[chance((int64_t)COUNT_OF(array))])

/* ---- customers ---- */

static usec_t some_time(void)
{
    static const int days[] = {0, 1, 2, 29, 30, 31, 60, 89, 90, 91, 364, 365, 366, 1000};
    usec_t t = NOW - ONE_OF(days) * USEC_PER_DAY;
    return one_in(3) ? t - chance(40 * USEC_PER_DAY) : t + chance(3) - 1;
}

static struct span some_trait(size_t kind)
{
    static const char *const cities[] = {
        "\"Berlin\"", "\"Bern\"", "\"\\u5317\\u4eac\"", "\"\"",  "\"a\\\"b\\\\\\n\"", "\"\\ud83d\\ude00 z\"",
        "12",         "null",     "{\"x\":1}",          "\"12\""};
    static const char *const ages[] = {"0",
                                       "18",
                                       "18.0",
                                       "1.8E1",
                                       "17.999999999999999",
                                       "-3",
                                       "0.1",
                                       "1e99",
                                       "1e100",
                                       "1e-99",
                                       "\"18\"",
                                       "true",
                                       "-0",
                                       "12345678901234567890123456789012345678901",
                                       "9007199254740993"};
    static const char *const vips[] = {"true", "false", "null", "1", "\"true\"", "[]"};
    static const char *const tags[] = {
        "[]",    "[\"a\",\"b\"]", "[\"a\", 18, true, null]", "[18,19]",      "[[\"a\"],{}]",
        "\"a\"", "[\"\\u0061\"]", "[\"ab\",\"\"]",           "[1e200, 0.1]", "{\"a\":[\"a\"]}",
        "[ ]"};
    return span_of(kind == 0   ? ONE_OF(ages)
                   : kind == 1 ? ONE_OF(cities)
                   : kind == 2 ? ONE_OF(tags)
                               : ONE_OF(vips));
}

static void some_profile(struct profile *profile)
{
    static const char *const names[] = {"age", "city", "tags", "vip"};
    static const char *const counters[] = {"coupon applied", "page turned", "video played"};
    profile->traits = ARENA_ARRAY(kept, struct trait, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!one_in(5)) {
            struct trait *trait = &profile->traits[profile->n_traits++];
            trait->name = span_of(names[i]);
            trait->json = some_trait(i);
            trait_value(kept, trait);
        }
    }
    profile->counters = ARENA_ARRAY(kept, struct counter, COUNT_OF(counters));
    for (size_t i = 0; i < COUNT_OF(counters); i++) {
        if (!one_in(3)) {
            profile->counters[profile->n_counters++] = (struct counter){span_of(counters[i]), chance(4)};
        }
    }
    static const char *const reasons[] = {"", "price", "moved away"};
    profile->churn_reason = span_of(ONE_OF(reasons));
    static const char *const texts[] = {"", "", "B", "Berlin", "a", "北京"};
#define X(name, member, which) profile->name = span_of(ONE_OF(texts));
    TOUCH_TABLE(X)
#undef X
}

static void some_orders(struct state *state)
{
    state->n_orders = (size_t)chance(6);
    state->orders = ARENA_ARRAY(kept, struct order, state->n_orders);
    for (size_t i = 0; i < state->n_orders; i++) {
        struct order *order = &state->orders[i];
        order->key.b[15] = (unsigned char)i;
        order->completed_at = one_in(8) ? NONE : some_time();
        order->cancelled_at = one_in(8) ? NOW - 5 : NONE;
        order->value = chance(40) * 500;
        struct refund *refund = ARENA_NEW(kept, struct refund);
        refund->amount = one_in(4) ? -1 : chance(3) * 700;
        order->refunds = refund;
        order->n_refunds = one_in(3);
    }
    state->has_all_orders = true;
    state->has_counted = false;
}

static void some_customer(struct customer *customer, int number)
{
    struct accumulators *a = &customer->state.a;
#define X(name, type, null, comment) a->name = null && one_in(4) ? NONE : chance(one_in(6) ? 2000 : 5);
    ACCUMULATOR_TABLE(X)
#undef X
    a->subscription = chance(3);
    a->churned = chance(2);
    a->revenue_gross = chance(30) * 1000 + chance(3);
    a->revenue_refunded = one_in(3) ? a->revenue_gross : chance(a->revenue_gross + 1);
    a->order_value_last = one_in(4) ? NONE : chance(20) * 999;
    a->points_balance = chance(2000) - 1000;
    a->first_seen_at = one_in(10) ? NONE : some_time();
    a->last_seen_at = one_in(10) ? NONE : some_time();
    a->last_order_at = a->orders_count ? some_time() : NONE;
    a->first_order_at = a->orders_count > 1
                            ? a->last_order_at - chance(one_in(2) ? USEC_PER_DAY : 900 * USEC_PER_DAY)
                            : a->last_order_at;
    a->purchase_days = a->orders_count ? 1 + chance(a->orders_count) : 0;
    if (number % 50 == 0) {
        a->last_seen_at = NOW + chance(USEC_PER_DAY); /* ahead of the clock */
    }
    some_orders(&customer->state);
    customer->has_profile = !one_in(5);
    if (customer->has_profile) {
        some_profile(&customer->state.profile);
    }
}

/* ---- tables ---- */

static void put_sql_text(struct buf *out, struct span s)
{
    buf_char(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        buf_append(out, &s.p[i], 1);
        if (s.p[i] == '\'') {
            buf_char(out, '\'');
        }
    }
    buf_char(out, '\'');
}

static void put_sql_text_or_null(struct buf *out, struct span s)
{
    if (s.n) {
        put_sql_text(out, s);
    } else {
        buf_text(out, "NULL");
    }
}

static void put_sql_time(struct buf *out, usec_t t)
{
    char text[TIME_TEXT];
    if (t == NONE) {
        buf_text(out, "NULL");
        return;
    }
    time_print(t, text);
    buf_printf(out, "'%s'::timestamptz", text);
}

#define SQL_I4         "integer"
#define SQL_I8         "bigint"
#define SQL_TS         "timestamptz"
#define PUT_I4(out, n) put_sql_int(out, n)
#define PUT_I8(out, n) put_sql_int(out, n)
#define PUT_TS(out, n) put_sql_time(out, n)

static void put_sql_int(struct buf *out, int64_t n)
{
    if (n == NONE) {
        buf_text(out, "NULL");
    } else {
        buf_int(out, n);
    }
}

static void put_customer(struct buf *out, const struct customer *customer, int number)
{
    const struct accumulators *a = &customer->state.a;
    const struct profile *profile = &customer->state.profile;
    char key[UUID_TEXT];
    snprintf(key, sizeof(key), "00000000-0000-0000-0000-%012d", number);
    buf_printf(out, "INSERT INTO customer VALUES ('%s', %d, %d", key, SHOP, number);
#define X(name, type, null, comment)                                                                         \
    buf_text(out, ", ");                                                                                     \
    PUT_##type(out, a->name);
    ACCUMULATOR_TABLE(X)
#undef X
    buf_text(out, ");\n");
    if (customer->has_profile) {
        buf_printf(out, "INSERT INTO customer_profile VALUES ('%s', '{", key);
        for (size_t i = 0; i < profile->n_traits; i++) {
            buf_printf(out, "%s\"%.*s\":%.*s", i ? "," : "", (int)profile->traits[i].name.n,
                       profile->traits[i].name.p, (int)profile->traits[i].json.n, profile->traits[i].json.p);
        }
        buf_text(out, "}', '{");
        for (size_t i = 0; i < profile->n_counters; i++) {
            buf_printf(out, "%s\"%.*s\":%" PRId64, i ? "," : "", (int)profile->counters[i].name.n,
                       profile->counters[i].name.p, profile->counters[i].count);
        }
        buf_text(out, "}', ");
        put_sql_text_or_null(out, profile->churn_reason);
#define X(name, member, which)                                                                               \
    buf_text(out, ", ");                                                                                     \
    put_sql_text_or_null(out, profile->name);
        TOUCH_TABLE(X)
#undef X
        buf_text(out, ");\n");
    }
    for (size_t i = 0; i < customer->state.n_orders; i++) {
        const struct order *order = &customer->state.orders[i];
        buf_printf(out, "INSERT INTO customer_order VALUES ('%s', %d, ", key, SHOP);
        put_sql_time(out, order->completed_at);
        buf_printf(out, ", %" PRId64 ", %" PRId64 ", %s);\n", order->value, order_refunded(order),
                   order_is_counted(order) ? "true" : "false");
    }
}

static void run_script(struct buf *script)
{
    struct error error = {0};
    buf_append(script, "", 1);
    if (db_script(db, script->p, &error) != STATUS_OK) {
        fail_msg("%s %s", error.sqlstate, error.detail);
    }
}

static void make_tables(void)
{
    struct buf script;
    buf_init(&script, 0);
    buf_text(&script, "SET TimeZone = 'UTC'; SET standard_conforming_strings = on;\n"
                      "CREATE TEMP TABLE customer (customer_key uuid PRIMARY KEY, shop_id integer NOT NULL, "
                      "number integer NOT NULL");
#define X(name, type, null, comment)                                                                         \
    buf_printf(&script, ", " #name " " SQL_##type " %s", null ? "" : "NOT NULL");
    ACCUMULATOR_TABLE(X)
#undef X
    buf_text(&script,
             ");\n"
             "CREATE TEMP TABLE customer_profile (customer_key uuid PRIMARY KEY, traits json NOT NULL, "
             "counters json NOT NULL, churn_reason text"
#define X(name, member, which) ", " #name " text"
             TOUCH_TABLE(X)
#undef X
             ");\n"
             "CREATE TEMP TABLE customer_order (customer_key uuid NOT NULL, shop_id integer NOT NULL, "
             "completed_at timestamptz, value bigint NOT NULL, refunded bigint NOT NULL, "
             "is_counted boolean NOT NULL);\n");
    for (int i = 0; i < CUSTOMERS; i++) {
        put_customer(&script, &customers[i], i);
    }
    buf_text(&script, "ANALYZE customer; ANALYZE customer_profile; ANALYZE customer_order;");
    run_script(&script);
    buf_done(&script);
}

static int set_up(void **unused)
{
    (void)unused;
    const char *url = getenv("LIFECYCLED_TEST_DATABASE_URL");
    const char *given = getenv("LIFECYCLED_TEST_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)clock_now(&(struct clock){0});
    printf("seed %" PRIu64 "\n", seed);
    chance_state = seed;
    kept = arena_new(1 << 20);
    scratch = arena_new(1 << 16);
    customers = ARENA_ARRAY(kept, struct customer, CUSTOMERS);
    for (int i = 0; i < CUSTOMERS; i++) {
        some_customer(&customers[i], i);
    }
    struct error error = {0};
    struct db_options options = {0};
    if (url == NULL || db_open(url, &options, &db, &error) != STATUS_OK) {
        printf("LIFECYCLED_TEST_DATABASE_URL names no database: %s\n", error.detail);
        return -1;
    }
    make_tables();
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    printf("seed %" PRIu64 ": %" PRId64 " comparisons\n", seed, comparisons);
    db_close(db);
    arena_free(scratch);
    arena_free(kept);
    return 0;
}

/* ---- comparing ---- */

static const struct rule_schema schema = {.resolve = fact_resolve, .money_exponent = EXPONENT};

struct asked {
    const char *json;
    struct rule *rule;
    struct rule_sql sql;
};
static struct asked asked[2 * AT_ONCE];
static size_t n_asked;
static size_t n_exact, n_widened;

/** What the evaluator reads: some parameters and bounds are in force. */
static struct fact_view view_of(int customer)
{
    static const struct rfm bounds = {
        .recency = {365, 90, 31, 2}, .frequency = {1, 2, 3, 100}, .monetary = {0, 5000, 12000, 20000}};
    static struct scores scores;
    if (scores.model.k == 0) {
        scores_prior(span_of("default"), &scores);
    }
    return (struct fact_view){.state = &customers[customer].state, .now = NOW, .scores = &scores, .rfm = &bounds};
}

static void compare_one(const struct asked *a, const struct db_result *result)
{
    static bool selected[CUSTOMERS];
    memset(selected, 0, sizeof(selected));
    for (int row = 0; row < db_rows(result); row++) {
        int number = db_int(result, row, 0);
        assert_true(number >= 0 && number < CUSTOMERS && !selected[number]);
        selected[number] = true;
    }
    for (int i = 0; i < CUSTOMERS; i++) {
        struct fact_view view = view_of(i);
        struct rule_env env = fact_env(&view);
        bool holds = rule_holds(a->rule, &env);
        comparisons++;
        if (holds != selected[i] && (a->sql.is_exact || holds)) {
            fail_msg("seed %" PRIu64
                     ": customer %d is %s by the evaluator and %s by SQL\nrule  %s\nwhere %s\njoins %s",
                     seed, i, holds ? "in" : "out", selected[i] ? "in" : "out", a->json, a->sql.where,
                     a->sql.joins);
        }
    }
}

static void compare_all(void)
{
    struct error error = {0};
    if (db_sync(db, &error) != STATUS_OK) {
        for (size_t i = 0; i < n_asked; i++) {
            printf("rule  %s\nwhere %s\njoins %s\n", asked[i].json, asked[i].sql.where, asked[i].sql.joins);
        }
        fail_msg("seed %" PRIu64 ": one of these rules: %s %s", seed, error.sqlstate, error.detail);
    }
    for (size_t i = 0; i < n_asked; i++) {
        compare_one(&asked[i], db_result(db, i));
    }
    db_forget(db);
    n_asked = 0;
    arena_reset(scratch);
}

static void compare(const char *json)
{
    struct asked *a = &asked[n_asked];
    struct error error = {0};
    a->json = json;
    if (rule_parse(scratch, span_of(json), &schema, &a->rule, &error) != STATUS_OK) {
        fail_msg("seed %" PRIu64 ": %s was refused at \"%s\": %s", seed, json, error.pointer, error.detail);
    }
    rule_to_sql(scratch, a->rule, SHOP, NOW, 2, &a->sql);
    *(a->sql.is_exact ? &n_exact : &n_widened) += 1;
    const char *text = arena_printf(scratch, "SELECT c.number FROM customer c%s WHERE c.shop_id = $1 AND %s",
                                    a->sql.joins, a->sql.where);
    struct db_args *args = db_args(scratch, a->sql.n_params + 1);
    arg_int(args, DB_INT4, SHOP);
    rule_sql_bind(&a->sql, args);
    size_t number = db_send_text(db, text, args);
    assert_int_equal(number, n_asked);
    assert_true(++n_asked < COUNT_OF(asked));
}

/** Run what was asked once it is much; forgets the texts in ${scratch}. */
static void settle(void)
{
    if (n_asked >= AT_ONCE) {
        compare_all();
    }
}

/** A test that failed leaves questions behind. */
static int forget_questions(void **unused)
{
    (void)unused;
    db_forget(db);
    n_asked = n_exact = n_widened = 0;
    arena_reset(scratch);
    return 0;
}

/* ---- every fact, every operator, at and around its values ---- */

static const char *number_text(double n)
{
    char text[NUMBER_TEXT];
    value_number_print(n, text);
    return arena_text(scratch, span_of(text));
}

/** Minor units (thousandths of one included) as a literal in major units. */
static const char *money_text(double minor)
{
    const char *text = arena_printf(scratch, "%.5f", minor / 100);
    return one_in(2) ? text : arena_printf(scratch, "\"%s\"", text);
}

static const char *literal_text(const struct value *v, int step)
{
    static const double number_steps[] = {0, 1, -1, 0.5, -0.5};
    char time[TIME_TEXT];
    switch (v->type) {
    case VALUE_NUMBER:
        return step == 5   ? number_text(nextafter(v->number, 1e9))
               : step == 6 ? number_text(nextafter(v->number, -1e9))
                           : number_text(v->number + number_steps[step]);
    case VALUE_MONEY: return money_text(v->number + (step > 4 ? (step - 5.5) / 5 : number_steps[step]));
    case VALUE_TIME:
        time_print(v->time + (step == 1 ? 1 : step == 2 ? -1 : 0), time);
        return arena_printf(scratch, "\"%s\"", time);
    case VALUE_STRING: {
        struct buf out;
        buf_init(&out, 0);
        buf_json_string(&out, v->string);
        const char *text = arena_text(scratch, (struct span){out.p, out.n});
        buf_done(&out);
        return step == 1 ? arena_printf(scratch, "%.*sx\"", (int)strlen(text) - 1, text) : text;
    }
    case VALUE_BOOL: return v->boolean ? "true" : "false";
    case VALUE_NULL:
    case VALUE_LIST: break;
    }
    return "0";
}

static void compare_around(const char *name, const struct value *v)
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
    for (int step = 0; step < 7; step++) {
        for (size_t i = 0; i < COUNT_OF(ops); i++) {
            const char *literal = literal_text(v, step);
            if (v->type == VALUE_BOOL && i >= 2) {
                break; /* no order */
            }
            compare(arena_printf(scratch, "{\"%s\":[{\"var\":\"%s\"},%s]}", ops[i], name, literal));
            compare(arena_printf(scratch, "{\"!\":{\"%s\":[%s,{\"var\":\"%s\"}]}}", ops[i], literal, name));
            compare(arena_printf(scratch, "{\"!\":{\"%s\":[{\"var\":[\"%s\",%s]},%s]}}", ops[i], name,
                                 literal_text(v, step == 0), literal));
        }
        if (v->type != VALUE_BOOL) {
            compare(arena_printf(scratch, "{\"<=\":[%s,{\"var\":\"%s\"},%s]}", literal_text(v, 2), name,
                                 literal_text(v, step)));
            compare(arena_printf(scratch, "{\"!\":{\"<\":[%s,{\"var\":\"%s\"},%s]}}", literal_text(v, 2),
                                 name, literal_text(v, step)));
        }
        if (v->type != VALUE_BOOL) {
            compare(arena_printf(scratch, "{\"!\":{\"in\":[{\"var\":\"%s\"},[%s]]}}", name,
                                 literal_text(v, step)));
            compare(arena_printf(scratch, "{\"in\":[{\"var\":[\"%s\",%s]},[%s]]}", name,
                                 literal_text(v, step), literal_text(v, step)));
        }
        settle();
    }
    compare(arena_printf(scratch, "{\"missing\":[\"%s\"]}", name));
    compare(arena_printf(scratch, "{\"!\":{\"missing\":[\"%s\"]}}", name));
}

static void around_the_values_of(const char *name)
{
    struct fact_ref ref;
    assert_true(fact_resolve(NULL, kept, span_of(name), &ref, NULL));
    for (int i = 0; i < 3; i++) {
        struct fact_view view = view_of((int)chance(CUSTOMERS));
        struct value v = fact_read(&view, &ref);
        if (v.type == VALUE_NULL || v.type == VALUE_LIST) {
            continue;
        }
        compare_around(name, &v);
    }
}

static void every_fact_and_operator_mean_the_same_in_sql_at_and_around_the_facts_values(void **unused)
{
    (void)unused;
    size_t n_scored = 0;
    for (int fact = 0; fact < FACT_TRAIT; fact++) {
        size_t before = n_widened;
        around_the_values_of(fact_info((enum fact)fact)->name);
        compare_all();
        n_scored += fact_kind_is_scored(fact_info((enum fact)fact)->kind) ? n_widened - before : 0;
    }
    assert_true(n_scored > 100);
    static const char *const others[] = {"traits.age",
                                         "traits.city",
                                         "traits.vip",
                                         "traits.tags",
                                         "traits.none",
                                         "events.Coupon Applied.count",
                                         "events.video_played.count",
                                         "events.Order Completed.count",
                                         "events.never seen.count"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        around_the_values_of(others[i]);
        compare_all();
    }
    assert_int_equal(n_widened, n_scored); /* SQL does not know scores */
    printf("%zu rules, all but %zu of scores exact\n", n_exact + n_widened, n_scored);
}

/* ---- random rules ---- */

static const char *a_condition(int depth);
static const char *a_number(int depth);

static const char *a_fact_of(enum value_type type, bool may_move)
{
    for (;;) {
        struct fact_ref ref;
        const char *name = fact_info((enum fact)chance(FACT_TRAIT))->name;
        assert_true(fact_resolve(NULL, scratch, span_of(name), &ref, NULL));
        if (ref.type == type && (may_move || !ref.moves)) {
            return name;
        }
    }
}

static const char *var(const char *name)
{
    return arena_printf(scratch, one_in(2) ? "{\"var\":\"%s\"}" : "{\"var\":[\"%s\"]}", name);
}

static const char *a_number_literal(void)
{
    static const char *const some[] = {"0",   "1",   "2",  "3",   "4",   "10", "60", "90",
                                       "0.5", "1.5", "-1", "1e3", "365", "18", "0.1"};
    return ONE_OF(some);
}

static const char *a_counter(void)
{
    static const char *const names[] = {"events.Coupon Applied.count", "events.video-played.count",
                                        "events.Product Added.count", "events.page turned.count"};
    return ONE_OF(names);
}

static const char *a_trait(void)
{
    static const char *const names[] = {"traits.age", "traits.city", "traits.vip", "traits.tags",
                                        "traits.none"};
    return ONE_OF(names);
}

static const char *a_number(int depth)
{
    static const char *const ops[] = {"+", "-", "*", "/"};
    switch (chance(depth > 0 ? 9 : 5)) {
    case 0:
    case 1: return var(a_fact_of(VALUE_NUMBER, false));
    case 2:
        return arena_printf(scratch, "{\"var\":[\"%s\",%s]}", a_fact_of(VALUE_NUMBER, false),
                            a_number_literal());
    case 3: return one_in(2) ? var(a_counter()) : var(a_trait());
    case 4: return a_number_literal();
    case 5:
        return arena_printf(scratch, "{\"if\":[%s,%s,%s]}", a_condition(depth - 1),
                            var(a_fact_of(VALUE_NUMBER, false)), a_number_literal());
    case 6: return arena_printf(scratch, "{\"-\":[%s]}", a_number(depth - 1));
    default:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", ONE_OF(ops), a_number(depth - 1),
                            a_number(depth - 1));
    }
}

static const char *a_money(int depth)
{
    switch (chance(depth > 0 ? 6 : 2)) {
    case 0:
    case 1: return var(a_fact_of(VALUE_MONEY, false));
    case 2:
        return arena_printf(scratch, "{\"+\":[%s,%s]}", a_money(depth - 1), one_in(2) ? "10" : "\"0.01\"");
    case 3: return arena_printf(scratch, "{\"*\":[%s,%s]}", a_money(depth - 1), a_number(depth - 1));
    case 4: return arena_printf(scratch, "{\"/\":[%s,%s]}", a_money(depth - 1), a_number(depth - 1));
    default: return arena_printf(scratch, "{\"if\":[%s,%s,25]}", a_condition(depth - 1), a_money(depth - 1));
    }
}

static const char *a_comparison(int depth)
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
    static const char *const strings[] = {"\"Berlin\"", "\"B\"",      "\"北京\"", "\"\"",
                                          "\"a\"",      "\"active\"", "\"price\""};
    const char *op = ONE_OF(ops);
    switch (chance(11)) {
    case 0:
    case 1:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, var(a_fact_of(VALUE_NUMBER, true)),
                            a_number_literal());
    case 2: return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, a_number(depth), a_number(depth));
    case 3: return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, a_money(depth), a_money(depth));
    case 4:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, var(a_fact_of(VALUE_MONEY, true)),
                            one_in(2) ? "100" : "\"12.345\"");
    case 5:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, var(a_fact_of(VALUE_NUMBER, true)), a_number(1));
    case 6:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, var(a_fact_of(VALUE_TIME, true)),
                            var(a_fact_of(VALUE_TIME, true)));
    case 7: return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, var(a_trait()), ONE_OF(strings));
    case 8: return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, var(a_trait()), var(a_trait()));
    case 9:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", op, var(a_fact_of(VALUE_STRING, true)),
                            one_in(3) ? var(a_trait()) : ONE_OF(strings));
    default:
        return arena_printf(scratch, "{\"%s\":[%s,%s,%s]}", one_in(2) ? "<" : "<=", a_number(0),
                            one_in(2) ? var(a_fact_of(VALUE_NUMBER, false)) : a_number(depth), a_number(0));
    }
}

static const char *a_test_of_an_item(void)
{
    static const char *const some[] = {"{\"==\":[{\"var\":\"\"},\"a\"]}",
                                       "{\">=\":[{\"var\":\"\"},18]}",
                                       "{\"!=\":[{\"var\":\"\"},\"a\"]}",
                                       "{\"var\":\"\"}",
                                       "{\"!\":{\"var\":\"\"}}",
                                       "{\"startsWith\":[{\"var\":\"\"},\"a\"]}",
                                       "{\"in\":[{\"var\":\"\"},[\"a\",\"ab\"]]}",
                                       "{\"!\":{\"<\":[{\"+\":[{\"var\":\"\"},1]},20]}}",
                                       "{\"==\":[{\"var\":\"\"},true]}",
                                       "{\"in\":[\"b\",{\"var\":\"\"}]}"};
    return ONE_OF(some);
}

static const char *an_atom(int depth)
{
    static const char *const quantifiers[] = {"some", "all", "none"};
    static const char *const needles[] = {"\"a\"", "18", "true", "\"\"", "{\"var\":\"subscription_status\"}"};
    static const char *const affixes[] = {"startsWith", "endsWith"};
    switch (chance(12)) {
    case 0:
        return arena_printf(scratch, "{\"in\":[%s,[%s,%s,3]]}", var(a_fact_of(VALUE_NUMBER, true)),
                            a_number_literal(), a_number_literal());
    case 1: return arena_printf(scratch, "{\"in\":[%s,[\"Berlin\",\"12\",\"\"]]}", var(a_trait()));
    case 2: return arena_printf(scratch, "{\"in\":[%s,%s]}", ONE_OF(needles), var(a_trait()));
    case 3:
        return arena_printf(scratch, "{\"in\":[\"%s\",%s]}", one_in(2) ? "c" : "",
                            var(a_fact_of(VALUE_STRING, false)));
    case 4:
        return arena_printf(scratch, "{\"missing\":[\"%s\",\"%s\"]}",
                            a_fact_of(one_in(2) ? VALUE_NUMBER : VALUE_TIME, true), a_trait());
    case 5:
        return arena_printf(scratch, "{\"missing_some\":[%d,[\"%s\",\"%s\",\"nps_last\"]]}", (int)chance(5),
                            a_trait(), a_fact_of(VALUE_NUMBER, true));
    case 6:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", ONE_OF(quantifiers), var(a_trait()),
                            a_test_of_an_item());
    case 7:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", ONE_OF(affixes),
                            one_in(2) ? var(a_trait()) : var("churn_reason"), one_in(2) ? "\"B\"" : "\"e\"");
    case 8:
        return one_in(2) ? var(a_trait()) : var(a_fact_of(one_in(2) ? VALUE_NUMBER : VALUE_STRING, false));
    case 9:
        return arena_printf(scratch, "{\"var\":[\"%s\",%s]}", one_in(2) ? "traits.age" : "nps_last",
                            a_number_literal());
    default: return a_comparison(depth);
    }
}

static const char *a_condition(int depth)
{
    if (depth <= 0) {
        return an_atom(0);
    }
    switch (chance(8)) {
    case 0:
    case 1:
        return arena_printf(scratch, "{\"%s\":[%s,%s]}", one_in(2) ? "and" : "or", a_condition(depth - 1),
                            a_condition(depth - 1));
    case 2:
        return arena_printf(scratch, "{\"and\":[%s,%s,%s]}", an_atom(depth - 1), an_atom(depth - 1),
                            an_atom(depth - 1));
    case 3:
        return arena_printf(scratch, "{\"!\":%s}",
                            a_condition(depth - 1)[0] == '[' ? "true" : a_condition(depth - 1));
    case 4:
        return arena_printf(scratch, "{\"if\":[%s,%s,%s]}", a_condition(depth - 1), a_condition(depth - 1),
                            one_in(4) ? "false" : a_condition(depth - 1));
    case 5: return arena_printf(scratch, "{\"!!\":[%s]}", a_condition(depth - 1));
    case 6:
        return arena_printf(scratch, "{\"==\":[%s,%s]}", a_comparison(depth - 1),
                            one_in(2) ? "true" : a_comparison(depth - 1));
    default: return an_atom(depth - 1);
    }
}

static void random_rules_mean_the_same_in_sql_or_select_more(void **unused)
{
    (void)unused;
    const char *given = getenv("LIFECYCLED_TEST_ROUNDS");
    int rounds = given ? atoi(given) : 3000;
    for (int i = 0; i < rounds; i++) {
        compare(a_condition((int)chance(5)));
        settle();
    }
    compare_all();
    printf("%d rules, %zu exact, %zu widened\n", rounds, n_exact, n_widened);
    assert_true(n_exact > n_widened);
}

static void a_part_without_sql_widens_the_rule_under_any_negation(void **unused)
{
    (void)unused;
    const char *without =
        "{\">=\":[{\"var\":\"days_since_last_order\"},{\"*\":[{\"var\":\"usual_gap_days\"},2]}]}";
    compare(without);
    compare(arena_printf(scratch, "{\"!\":%s}", without));
    compare(arena_printf(scratch, "{\"and\":[%s,{\">\":[{\"var\":\"orders_count\"},2]}]}", without));
    compare(arena_printf(scratch, "{\"!\":{\"or\":[%s,{\"!\":%s}]}}", without, without));
    compare(arena_printf(scratch, "{\"if\":[%s,{\">\":[{\"var\":\"orders_count\"},2]},false]}", without));
    compare(
        arena_printf(scratch, "{\"!\":{\"if\":[{\">\":[{\"var\":\"orders_count\"},2]},%s,true]}}", without));
    compare_all();
    assert_int_equal(n_widened, 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, forget_questions)
    const struct CMUnitTest tests[] = {
        TEST(every_fact_and_operator_mean_the_same_in_sql_at_and_around_the_facts_values),
        TEST(random_rules_mean_the_same_in_sql_or_select_more),
        TEST(a_part_without_sql_widens_the_rule_under_any_negation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
