#include "base/time.h"
#include "core/fact.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY USEC_PER_DAY
#define NOW (INT64_C(1795219200) * USEC_PER_SEC)

static struct arena *arena;
static struct state customer;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    state_init(&customer, &(struct uuid){{1}}, span_of("42"), IDENTITY_USER);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct fact_ref ref_of(const char *name)
{
    struct fact_ref ref;
    struct error error = {0};
    if (!fact_resolve(NULL, arena, span_of(name), &ref, &error)) {
        fail_msg("%s: %s", name, error.detail);
    }
    return ref;
}

static struct value read_at(const char *name, usec_t now)
{
    struct fact_view view = {.state = &customer, .now = now};
    struct fact_ref ref = ref_of(name);
    return fact_read(&view, &ref);
}

static double number_at(const char *name, usec_t now)
{
    struct value v = read_at(name, now);
    if (v.type != VALUE_NUMBER && v.type != VALUE_MONEY) {
        fail_msg("%s is %s", name, value_type_name(v.type));
    }
    return v.number;
}

static bool is_null(const char *name)
{
    return read_at(name, NOW).type == VALUE_NULL;
}

static struct instants flips_of(const char *name, double bound, usec_t after)
{
    struct instants out = {.at = ARENA_ARRAY(arena, usec_t, 64), .capacity = 64, .arena = arena};
    struct fact_view view = {.state = &customer, .now = NOW};
    struct fact_ref ref = ref_of(name);
    struct value v = ref.type == VALUE_MONEY ? value_money(bound) : value_number(bound);
    fact_flips(&view, &ref, &v, after, &out);
    return out;
}

/* ---- the catalogue ---- */

static void every_row_has_a_name_labels_and_a_sentence(void **state)
{
    (void)state;
    for (int fact = 0; fact < FACT_TRAIT; fact++) {
        const struct fact_info *info = fact_info((enum fact)fact);
        struct fact_ref ref = ref_of(info->name);
        assert_int_equal(ref.fact, fact);
        assert_int_equal(ref.type, info->type);
        assert_true(*info->unit && *info->label_en && *info->label_zh);
        assert_int_equal(info->sentence[strlen(info->sentence) - 1], '.');
        assert_true((info->kind == FACT_KIND_WINDOW) == (info->window_days != 0));
        assert_true((info->kind == FACT_KIND_RATIO || fact_kind_is_scored(info->kind)) == (*info->sql == '\0'));
    }
    assert_int_equal(fact_info(FACT_revenue_365d)->window_days, 365);
}

static void a_fact_without_a_value_is_null_exactly_when_the_catalogue_says_that_it_may_be(void **state)
{
    (void)state;
    for (int fact = 0; fact < FACT_TRAIT; fact++) {
        const struct fact_info *info = fact_info((enum fact)fact);
        assert_true(is_null(info->name) == info->is_nullable);
    }
}

static void names_outside_of_the_catalogue_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "", "orders", "Orders_count", "traits.", "events..count", "events.x", "events. - .count", "order"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct fact_ref ref;
        struct error error = {0};
        assert_false(fact_resolve(NULL, arena, span_of(names[i]), &ref, &error));
        assert_non_null(strstr(error.detail, "there is no fact"));
    }
}

static void a_counter_is_found_by_any_spelling_and_alias_of_its_event(void **state)
{
    (void)state;
    struct counter counters[] = {{span_of("game won"), 4}, {span_of("order cancelled"), 2}};
    customer.profile.counters = counters;
    customer.profile.n_counters = 2;
    assert_true(number_at("events.Game_Won.count", NOW) == 4);
    assert_true(number_at("events.Canceled Order.count", NOW) == 0); /* an event of the shop's own */
    assert_true(number_at("events.Order Canceled.count", NOW) == 2);
    assert_true(number_at("events.a.count.count", NOW) == 0);
}

static void counters_with_a_column_read_it(void **state)
{
    (void)state;
    customer.a.orders_reported_count = 1;
    customer.a.product_views_count = 2;
    customer.a.carts_count = 3;
    customer.a.checkouts_count = 4;
    assert_true(number_at("events.Completed Order.count", NOW) == 1);
    assert_true(number_at("events.Product Viewed.count", NOW) == 2);
    assert_true(number_at("events.Added Product.count", NOW) == 3);
    assert_true(number_at("events.checkout-started.count", NOW) == 4);
    assert_string_equal(fact_counter_sql(ref_of("events.Added Product.count").name), "c.carts_count");
    assert_null(fact_counter_sql(ref_of("events.Cart Viewed.count").name));
}

/* ---- values ---- */

static void revenue_is_net(void **state)
{
    (void)state;
    customer.a.revenue_gross = 1000;
    customer.a.revenue_refunded = 300;
    customer.a.orders_count = 3;
    assert_true(number_at("revenue", NOW) == 700);
    assert_true(number_at("order_value_avg", NOW) == 700.0 / 3);
}

static void the_usual_gap_needs_three_orders_and_is_at_least_a_day(void **state)
{
    (void)state;
    customer.a.first_order_at = NOW - 30 * DAY;
    customer.a.last_order_at = NOW - 10 * DAY;
    customer.a.orders_count = 1;
    assert_true(is_null("avg_days_between_orders"));
    customer.a.orders_count = 2;
    assert_true(number_at("avg_days_between_orders", NOW) == 20);
    assert_true(is_null("usual_gap_days") && is_null("silence_ratio"));
    customer.a.orders_count = 5;
    assert_true(number_at("usual_gap_days", NOW) == 5);
    assert_true(number_at("silence_ratio", NOW) == 2);
    customer.a.orders_count = 101;
    assert_true(number_at("avg_days_between_orders", NOW) == 0.2);
    assert_true(number_at("usual_gap_days", NOW) == 1);
}

static void elapsed_days_are_whole_and_rounded_down(void **state)
{
    (void)state;
    customer.a.last_seen_at = NOW - 2 * DAY;
    assert_true(number_at("days_since_last_seen", NOW) == 2);
    assert_true(number_at("days_since_last_seen", NOW - 1) == 1);
    assert_true(number_at("days_since_last_seen", NOW - 2 * DAY) == 0);
    assert_true(number_at("days_since_last_seen", NOW - 2 * DAY - 1) == -1);
    assert_true(number_at("days_since_last_seen", NOW - 3 * DAY) == -1);
}

static struct order order_at(usec_t completed_at, int64_t value)
{
    return (struct order){.completed_at = completed_at, .cancelled_at = NONE, .value = value};
}

static void a_window_holds_what_is_younger_than_its_days(void **state)
{
    (void)state;
    struct refund part = {.amount = 30};
    struct order orders[] = {order_at(NOW - 30 * DAY, 1), order_at(NOW - 30 * DAY + 1, 100),
                             order_at(NOW, 1000),         order_at(NOW + 1, 10000),
                             order_at(NONE, 100000),      order_at(NOW - DAY, 7)};
    orders[1].refunds = &part;
    orders[1].n_refunds = 1;
    orders[5].cancelled_at = NOW;
    customer.orders = orders;
    customer.n_orders = COUNT_OF(orders);
    customer.has_counted = false;
    for (int kept = 0; kept < 2; kept++) {
        assert_true(number_at("orders_count_30d", NOW) == 2);
        assert_true(number_at("revenue_30d", NOW) == 1070);
        assert_true(number_at("orders_count_90d", NOW) == 3);
        assert_true(number_at("orders_count_30d", NOW + 1) == 2);
        state_keep_counted(arena, &customer); /* the same from running sums */
    }
}

static void the_churn_reason_counts_until_the_customer_is_back(void **state)
{
    (void)state;
    customer.profile.churn_reason = span_of("price");
    assert_true(is_null("churn_reason"));
    customer.a.churned = 1;
    assert_true(span_is(read_at("churn_reason", NOW).string, "price"));
}

static void touches_are_facts_of_the_second_row(void **state)
{
    (void)state;
    struct fact_ref ref;
    assert_true(is_null("first_channel"));
    customer.profile.first_channel = span_of("email");
    customer.profile.last_campaign_source = span_of("news");
    assert_true(span_is(read_at("first_channel", NOW).string, "email"));
    assert_true(span_is(read_at("last_campaign_source", NOW).string, "news"));
    assert_true(is_null("last_channel"));
    assert_true(fact_resolve(NULL, arena, span_of("last_locale"), &ref, NULL));
    assert_true(fact_needs_profile(&ref));
}

/** An event that tells a channel and a campaign. */
static struct event touch_of(const char *channel, const char *campaign)
{
    return (struct event){.kind = EVENT_PAGE,
                          .occurred_at = NOW,
                          .touch = {.channel = span_of(channel), .campaign = span_of(campaign)}};
}

static void the_first_touch_stays_and_the_last_changes(void **state)
{
    (void)state;
    const struct event events[] = {touch_of("web", ""), touch_of("", ""), touch_of("email", "spring"),
                                   touch_of("web", "summer")};
    for (size_t i = 0; i < COUNT_OF(events); i++)
        state_apply(arena, NULL, &customer, &events[i]);
    assert_true(span_is(customer.profile.first_channel, "web"));
    assert_true(span_is(customer.profile.last_channel, "web"));
    assert_true(span_is(customer.profile.first_campaign, "spring"));
    assert_true(span_is(customer.profile.last_campaign, "summer"));
    assert_int_equal(customer.profile.last_campaign_source.n, 0);
}

static void a_touch_that_says_nothing_new_does_not_change_the_second_row(void **state)
{
    (void)state;
    struct event event = touch_of("web", "spring");
    assert_true(event_needs_profile(&event));
    state_apply(arena, NULL, &customer, &event);
    assert_true(customer.profile.is_changed);
    customer.profile.is_changed = false;
    state_apply(arena, NULL, &customer, &event);
    assert_false(customer.profile.is_changed);
    event = touch_of("", "");
    assert_false(event_needs_profile(&event));
}

/* ---- when they change ---- */

static void days_flip_when_they_reach_and_when_they_exceed_a_bound(void **state)
{
    (void)state;
    customer.a.last_order_at = NOW;
    struct instants out = flips_of("days_since_last_order", 60, NOW);
    assert_int_equal(out.n, 2);
    assert_int_equal(out.at[0], NOW + 60 * DAY);
    assert_int_equal(out.at[1], NOW + 61 * DAY);
    out = flips_of("days_since_last_order", 59.5, NOW);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.at[0], NOW + 60 * DAY);
    assert_int_equal(flips_of("days_since_last_order", 60, NOW + 60 * DAY).n, 1);
    assert_int_equal(flips_of("days_since_last_order", 60, NOW + 61 * DAY).n, 0);
}

static void nothing_flips_beyond_the_end_of_time(void **state)
{
    (void)state;
    customer.a.last_order_at = TIME_MAX - DAY;
    customer.a.first_order_at = TIME_MIN;
    customer.a.orders_count = 3;
    struct order order = order_at(TIME_MAX - DAY, 1);
    customer.orders = &order;
    customer.n_orders = 1;
    customer.has_counted = false;
    assert_int_equal(flips_of("days_since_last_order", 1, NOW).n, 1);
    assert_int_equal(flips_of("days_since_last_order", 2, NOW).n, 0);
    assert_int_equal(flips_of("days_since_last_order", 1e300, NOW).n, 0);
    assert_int_equal(flips_of("days_since_last_order", -1e300, NOW).n, 0);
    assert_int_equal(flips_of("silence_ratio", 1e300, NOW).n, 0);
    assert_int_equal(flips_of("silence_ratio", 1, NOW).n, 0);
    assert_int_equal(flips_of("orders_count_30d", 1, TIME_MAX - DAY).n, 0);
}

static void a_window_flips_when_an_order_leaves_it(void **state)
{
    (void)state;
    struct order orders[] = {order_at(NOW - 30 * DAY, 1), order_at(NOW - 29 * DAY, 1), order_at(NOW - 5, 1)};
    orders[2].cancelled_at = NOW;
    customer.orders = orders;
    customer.n_orders = 3;
    customer.has_counted = false;
    struct instants out = flips_of("orders_count_30d", 1, NOW);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.at[0], NOW + DAY);
    assert_true(number_at("orders_count_30d", out.at[0] - 1) == 1);
    assert_true(number_at("orders_count_30d", out.at[0]) == 0);
}

/** The ratio has a bound's value at no instant before the flip and at the flip: both to the microsecond. */
static void the_silence_ratio_flips_at_the_first_microsecond(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 2000; i++) {
        customer.a.orders_count = 3 + rand() % 9;
        customer.a.last_order_at = NOW - rand() * INT64_C(1000);
        customer.a.first_order_at = customer.a.last_order_at - (rand() % 3 ? rand() * INT64_C(5000) : 0);
        double bound = rand() % 4 ? rand() / 1e8 : rand() % 5;
        usec_t after = customer.a.last_order_at - 5;
        struct instants out = flips_of("silence_ratio", bound, after);
        assert_true(out.n == 2);
        assert_true(number_at("silence_ratio", out.at[0]) >= bound);
        assert_true(number_at("silence_ratio", out.at[0] - 1) < bound);
        assert_true(number_at("silence_ratio", out.at[1]) > bound);
        assert_true(number_at("silence_ratio", out.at[1] - 1) <= bound);
        assert_int_equal(flips_of("silence_ratio", bound, out.at[1]).n, 0);
        assert_int_equal(flips_of("silence_ratio", bound, out.at[1] - 1).n, out.at[0] == out.at[1] ? 2 : 1);
    }
}

/** No flip is missed: between two neighbours of the list the truth of every comparison stays. */
static void between_flips_no_comparison_changes(void **state)
{
    (void)state;
    static const char *const names[] = {"days_since_last_order", "silence_ratio", "orders_count_30d",
                                        "revenue_30d"};
    struct order orders[] = {order_at(NOW - 3 * DAY - 7, 10), order_at(NOW - 2 * DAY, 20),
                             order_at(NOW - DAY, 30)};
    customer.orders = orders;
    customer.n_orders = 3;
    customer.has_counted = false;
    customer.a.orders_count = 3;
    customer.a.first_order_at = orders[0].completed_at;
    customer.a.last_order_at = orders[2].completed_at;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        for (double bound = -1; bound <= 60; bound += 0.5) {
            struct instants out = flips_of(names[i], bound, NOW - 40 * DAY);
            double before = number_at(names[i], NOW - 40 * DAY);
            for (usec_t t = NOW - 40 * DAY + DAY / 7; t < NOW + 40 * DAY; t += DAY / 7) {
                double after = number_at(names[i], t);
                bool has_flip = false;
                for (size_t k = 0; k < out.n; k++) {
                    has_flip = has_flip || (out.at[k] > t - DAY / 7 && out.at[k] <= t);
                }
                assert_true(has_flip ||
                            ((before < bound) == (after < bound) && (before <= bound) == (after <= bound)));
                before = after;
            }
        }
    }
}

/* ---- traits ---- */

static struct value trait_of(const char *json)
{
    /* a copy of exactly this size, so that a sanitizer sees a read beyond the end */
    char *copy = malloc(strlen(json) + !*json);
    memcpy(copy, json, strlen(json));
    struct trait trait = {.json = {copy, strlen(json)}};
    trait_value(arena, &trait);
    struct value v = trait.value;
    if (v.type == VALUE_STRING) {
        v.string = arena_span(arena, v.string);
    }
    free(copy);
    return v;
}

static void traits_are_strings_numbers_and_booleans(void **state)
{
    (void)state;
    assert_true(span_is(trait_of("\"Berlin\"").string, "Berlin"));
    assert_true(span_is(trait_of("\"\"").string, ""));
    assert_true(span_is(trait_of("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"").string, "a\"\\/\b\f\n\r\t"));
    assert_true(span_is(trait_of("\"\\u00e4\\u5317\\ud83d\\ude00\"").string, "ä北😀"));
    assert_true(span_is(trait_of("\"\\ud83dx\\ude00\"").string, "\xef\xbf\xbdx\xef\xbf\xbd"));
    assert_true(trait_of("-12.5e1").number == -125);
    assert_true(trait_of(" 7 ").number == 7);
    assert_true(trait_of("true").boolean);
    assert_int_equal(trait_of("false").type, VALUE_BOOL);
}

static void what_rules_cannot_read_is_null(void **state)
{
    (void)state;
    static const char *const jsons[] = {"",       "null",
                                        "{}",     "{\"a\":[1,\"}\"]}",
                                        "1e100",  "1e-100",
                                        "\"open", "\"open\\",
                                        "[1",     "[1,",
                                        "[",      "tru",
                                        "-",      "12345678901234567890123456789012345678901"};
    for (size_t i = 0; i < COUNT_OF(jsons); i++) {
        assert_int_equal(trait_of(jsons[i]).type, VALUE_NULL);
    }
}

static void a_list_keeps_its_scalars_and_holds_null_for_the_rest(void **state)
{
    (void)state;
    static char json[] = "[\"a\", 1 ,true,null,[\"x\",[]],{\"y\":\"]\"},\"b\"]";
    struct trait trait = {.json = span_of(json)};
    trait_value(arena, &trait);
    assert_int_equal(trait.value.type, VALUE_LIST);
    assert_int_equal(trait.value.list.n, 7);
    static const enum value_type types[] = {VALUE_STRING, VALUE_NUMBER, VALUE_BOOL,  VALUE_NULL,
                                            VALUE_NULL,   VALUE_NULL,   VALUE_STRING};
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(trait.value.list.items[i].type, types[i]);
    }
    assert_int_equal(trait_of("[]").list.n, 0);
    assert_int_equal(trait_of("[]").type, VALUE_LIST);
}

static void a_trait_is_found_by_its_name(void **state)
{
    (void)state;
    struct trait traits[] = {{.name = span_of("a"), .json = span_of("1")},
                             {.name = span_of("a.b"), .json = span_of("2")},
                             {.name = span_of("z"), .json = span_of("3")}};
    for (size_t i = 0; i < 3; i++) {
        trait_value(arena, &traits[i]);
    }
    customer.profile.traits = traits;
    customer.profile.n_traits = 3;
    assert_true(number_at("traits.a", NOW) == 1);
    assert_true(number_at("traits.a.b", NOW) == 2);
    assert_true(number_at("traits.z", NOW) == 3);
    assert_true(is_null("traits.b"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_row_has_a_name_labels_and_a_sentence),
        TEST(a_fact_without_a_value_is_null_exactly_when_the_catalogue_says_that_it_may_be),
        TEST(names_outside_of_the_catalogue_are_refused),
        TEST(a_counter_is_found_by_any_spelling_and_alias_of_its_event),
        TEST(counters_with_a_column_read_it),
        TEST(revenue_is_net),
        TEST(the_usual_gap_needs_three_orders_and_is_at_least_a_day),
        TEST(elapsed_days_are_whole_and_rounded_down),
        TEST(a_window_holds_what_is_younger_than_its_days),
        TEST(the_churn_reason_counts_until_the_customer_is_back),
        TEST(touches_are_facts_of_the_second_row),
        TEST(the_first_touch_stays_and_the_last_changes),
        TEST(a_touch_that_says_nothing_new_does_not_change_the_second_row),
        TEST(days_flip_when_they_reach_and_when_they_exceed_a_bound),
        TEST(nothing_flips_beyond_the_end_of_time),
        TEST(a_window_flips_when_an_order_leaves_it),
        TEST(the_silence_ratio_flips_at_the_first_microsecond),
        TEST(between_flips_no_comparison_changes),
        TEST(traits_are_strings_numbers_and_booleans),
        TEST(what_rules_cannot_read_is_null),
        TEST(a_list_keeps_its_scalars_and_holds_null_for_the_rest),
        TEST(a_trait_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
