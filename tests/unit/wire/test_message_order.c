#include "message_fixture.h"

#include "core/money.h"

#define COMPLETED "Order Completed"
#define UPDATED   "Order Updated"
#define REFUNDED  "Order Refunded"
#define CANCELLED "Order Cancelled"

static void not_tracked(const char *event, const char *properties, enum status expected, const char *pointer)
{
    refused("track", track(event, properties), expected, pointer);
}

/** The value of a completed order with these properties. */
static int64_t value_of(const char *properties)
{
    struct event e = tracked(COMPLETED, properties);
    assert_true(e.has_value);
    return e.value;
}

/* --- which order --- */

static void an_order_has_the_key_of_its_id(void **state)
{
    (void)state;
    struct uuid key;
    message_order_key(&shop, span_of("o1"), &key);
    assert_uuid_equal(tracked(COMPLETED, "{\"order_id\":\"o1\"}").order_key, key);
    assert_uuid_equal(tracked(UPDATED, "{\"order_id\":\"o1\"}").order_key, key);
    assert_uuid_equal(tracked(CANCELLED, "{\"order_id\":\"o1\"}").order_key, key);
    assert_uuid_equal(tracked(REFUNDED, "{\"order_id\":\"o1\"}").order_key, key);
    assert_span(tracked(COMPLETED, "{\"order_id\":820982911946154508123}").order_id, "820982911946154508123");
}

static void a_completed_order_without_id_is_its_own(void **state)
{
    (void)state;
    struct event e = tracked(COMPLETED, "{\"order_id\":\"\"}");
    struct uuid key = e.order_key;
    assert_uuid_equal(tracked(COMPLETED, "{\"order_id\":\"\"}").order_key, key);
    assert_span(e.order_id, "m");
    e = decoded("track",
                "{\"userId\":\"u\",\"event\":\"Order Completed\",\"timestamp\":\"2026-11-21T17:00:00Z\"}")
            .event;
    assert_int_not_equal(uuid_compare(&e.order_key, &key), 0);
    assert_int_equal(e.order_id.n, 36);
}

static void a_report_on_an_order_needs_its_id(void **state)
{
    (void)state;
    not_tracked(UPDATED, "{}", STATUS_MISSING_MEMBER, "/properties/order_id");
    not_tracked(CANCELLED, "{\"order_id\":null}", STATUS_MISSING_MEMBER, "/properties/order_id");
    not_tracked(REFUNDED, "{\"order_id\":\"\"}", STATUS_MISSING_MEMBER, "/properties/order_id");
    not_tracked(COMPLETED, "{\"order_id\":1.5}", STATUS_WRONG_TYPE, "/properties/order_id");
    not_tracked(COMPLETED, arena_printf(arena, "{\"order_id\":\"%0256d\"}", 1), STATUS_INVALID_VALUE,
                "/properties/order_id");
    tracked(COMPLETED, arena_printf(arena, "{\"order_id\":\"%0255d\"}", 1));
    refused("track", "{\"userId\":\"u\",\"event\":\"Order Updated\"}", STATUS_MISSING_MEMBER,
            "/properties/order_id");
}

static void other_events_name_no_order(void **state)
{
    (void)state;
    struct event e =
        tracked("Checkout Started", "{\"order_id\":{},\"revenue\":true,\"currency\":\"XTS\",\"products\":1}");
    assert_int_equal(e.order_id.n, 0);
    assert_false(e.has_value);
}

/* --- its value --- */

static void revenue_comes_before_subtotal_and_total(void **state)
{
    (void)state;
    assert_int_equal(value_of("{\"total\":27.5,\"subtotal\":22.5,\"revenue\":20}"), 2000);
    assert_int_equal(value_of("{\"total\":27.5,\"subtotal\":22.5,\"revenue\":null}"), 2250);
    assert_int_equal(value_of("{\"total\":27.5}"), 2750);
    assert_int_equal(value_of("{\"products\":[{\"price\":1}],\"total\":27.5}"), 2750);
}

static void prices_times_quantities_are_the_last_resort(void **state)
{
    (void)state;
    assert_int_equal(
        value_of("{\"products\":[{\"price\":19},{\"price\":3,\"quantity\":2},{\"sku\":\"free\"}]}"), 2500);
    assert_int_equal(
        value_of(
            "{\"products\":[{\"price\":\"0.335\",\"quantity\":3},{\"price\":0.1,\"quantity\":\"0.5\"}]}"),
        106);
    assert_int_equal(value_of("{\"products\":[{\"price\":0.004},{\"price\":0.001}]}"), 1);
    assert_int_equal(value_of("{\"products\":[{\"price\":5,\"quantity\":0}]}"), 0);
}

static void a_completed_order_without_money_is_worth_nothing(void **state)
{
    (void)state;
    assert_int_equal(value_of("{}"), 0);
    assert_int_equal(value_of("{\"products\":[{\"sku\":\"a\"}]}"), 0);
    assert_int_equal(value_of("{\"currency\":\"no money, no currency\"}"), 0);
    assert_int_equal(value_of("{\"revenue\":0.00}"), 0);
}

static void an_update_tells_a_value_only_if_it_has_one(void **state)
{
    (void)state;
    assert_false(tracked(UPDATED, "{\"order_id\":\"o\",\"coupon\":\"c\"}").has_value);
    struct event e = tracked(UPDATED, "{\"order_id\":\"o\",\"total\":0}");
    assert_true(e.has_value);
    assert_int_equal(e.value, 0);
    assert_false(tracked(CANCELLED, "{\"order_id\":\"o\",\"total\":5}").has_value);
}

static void amounts_are_numbers_or_decimal_strings(void **state)
{
    (void)state;
    assert_int_equal(value_of("{\"revenue\":\"39.95\"}"), 3995);
    assert_int_equal(value_of("{\"revenue\":\"3\\u0039.95\"}"), 3995);
    assert_int_equal(value_of("{\"revenue\":2.71e1}"), 2710);
    not_tracked(COMPLETED, "{\"revenue\":\"\"}", STATUS_INVALID_AMOUNT, "/properties/revenue");
    not_tracked(COMPLETED, "{\"revenue\":\"12,50\"}", STATUS_INVALID_AMOUNT, "/properties/revenue");
    not_tracked(COMPLETED, "{\"subtotal\":\"free\"}", STATUS_INVALID_AMOUNT, "/properties/subtotal");
    not_tracked(COMPLETED, "{\"total\":true}", STATUS_WRONG_TYPE, "/properties/total");
    not_tracked(COMPLETED, "{\"revenue\":[1]}", STATUS_WRONG_TYPE, "/properties/revenue");
}

static void amounts_are_rounded_half_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(value_of("{\"revenue\":1.005}"), 101);
    assert_int_equal(value_of("{\"revenue\":1.0049999}"), 100);
    assert_int_equal(value_of("{\"revenue\":27.100000000000001}"), 2710);
}

static void a_negative_or_enormous_amount_is_refused(void **state)
{
    (void)state;
    not_tracked(COMPLETED, "{\"revenue\":-0.01}", STATUS_INVALID_AMOUNT, "/properties/revenue");
    not_tracked(COMPLETED, "{\"revenue\":1e18}", STATUS_INVALID_AMOUNT, "/properties/revenue");
    not_tracked(COMPLETED, "{\"revenue\":100000000000.01}", STATUS_INVALID_AMOUNT, "/properties/revenue");
    assert_int_equal(value_of("{\"revenue\":100000000000}"), MONEY_MAX);
    not_tracked(COMPLETED, "{\"revenue\":1,\"discount\":-1}", STATUS_INVALID_AMOUNT, "/properties/discount");
    not_tracked(COMPLETED, "{\"products\":[{\"price\":1},{\"price\":-1}]}", STATUS_INVALID_AMOUNT,
                "/properties/products/1/price");
    not_tracked(COMPLETED, "{\"products\":[{\"price\":1,\"quantity\":-1}]}", STATUS_INVALID_AMOUNT,
                "/properties/products/0/quantity");
    not_tracked(COMPLETED, "{\"products\":[{\"price\":1e12}]}", STATUS_INVALID_AMOUNT,
                "/properties/products");
}

static void a_discount_and_a_coupon_are_noticed(void **state)
{
    (void)state;
    struct event e = tracked(COMPLETED, "{\"revenue\":1,\"discount\":\"2.5\",\"coupon\":\"hasbros\"}");
    assert_true(e.has_discount);
    assert_int_equal(e.discount, 250);
    assert_true(e.has_coupon);
    e = tracked(COMPLETED, "{\"discount\":null,\"coupon\":\"\"}");
    assert_false(e.has_discount);
    assert_false(e.has_coupon);
    assert_false(tracked(COMPLETED, "{\"coupon\":7}").has_coupon);
}

/* --- its currency --- */

static void the_currency_must_be_the_shops(void **state)
{
    (void)state;
    assert_int_equal(value_of("{\"revenue\":1,\"currency\":\"EUR\"}"), 100);
    assert_int_equal(value_of("{\"revenue\":1,\"currency\":\"eur\"}"), 100);
    assert_int_equal(value_of("{\"revenue\":1,\"currency\":null}"), 100);
    assert_int_equal(value_of("{\"revenue\":1,\"currency\":\"\"}"), 100);
    not_tracked(COMPLETED, "{\"revenue\":1,\"currency\":\"usd\"}", STATUS_CURRENCY_MISMATCH,
                "/properties/currency");
    not_tracked(COMPLETED, "{\"discount\":1,\"currency\":\"USD\"}", STATUS_CURRENCY_MISMATCH,
                "/properties/currency");
    not_tracked(REFUNDED, "{\"order_id\":\"o\",\"total\":1,\"currency\":\"USD\"}", STATUS_CURRENCY_MISMATCH,
                "/properties/currency");
    not_tracked(COMPLETED, "{\"revenue\":1,\"currency\":\"EUX\"}", STATUS_INVALID_VALUE,
                "/properties/currency");
    not_tracked(COMPLETED, "{\"revenue\":1,\"currency\":\"EURO\"}", STATUS_INVALID_VALUE,
                "/properties/currency");
    not_tracked(COMPLETED, "{\"revenue\":1,\"currency\":978}", STATUS_WRONG_TYPE, "/properties/currency");
}

static void a_mismatch_names_both_currencies(void **state)
{
    (void)state;
    struct message m;
    struct error error;
    const char *body = track(COMPLETED, "{\"revenue\":1,\"currency\":\"usd\"}");
    assert_int_equal(decode(span_of(body), false, 0, "track", &m, &error), STATUS_CURRENCY_MISMATCH);
    assert_non_null(strstr(error.detail, "USD"));
    assert_non_null(strstr(error.detail, "EUR"));
}

static void an_exchange_rate_makes_it_the_shops(void **state)
{
    (void)state;
    assert_int_equal(value_of("{\"revenue\":10,\"currency\":\"USD\",\"exchange_rate\":0.8655}"), 866);
    assert_int_equal(value_of("{\"revenue\":1500,\"currency\":\"JPY\",\"exchange_rate\":\"0.0055\"}"), 825);
    assert_int_equal(
        value_of("{\"products\":[{\"price\":1.5,\"quantity\":3}],\"currency\":\"GBP\",\"exchange_rate\":2}"),
        900);
    assert_int_equal(value_of("{\"revenue\":10,\"currency\":\"EUR\",\"exchange_rate\":7}"), 1000);
    assert_int_equal(
        tracked(COMPLETED, "{\"discount\":10,\"currency\":\"USD\",\"exchange_rate\":0.5}").discount, 500);
    not_tracked(COMPLETED, "{\"revenue\":1,\"currency\":\"USD\",\"exchange_rate\":0}", STATUS_INVALID_VALUE,
                "/properties/exchange_rate");
    not_tracked(COMPLETED, "{\"revenue\":1,\"currency\":\"USD\",\"exchange_rate\":-1}", STATUS_INVALID_VALUE,
                "/properties/exchange_rate");
    not_tracked(COMPLETED, "{\"revenue\":1,\"currency\":\"USD\",\"exchange_rate\":\"x\"}",
                STATUS_INVALID_VALUE, "/properties/exchange_rate");
    not_tracked(COMPLETED, "{\"revenue\":1e10,\"currency\":\"USD\",\"exchange_rate\":1e10}",
                STATUS_INVALID_AMOUNT, "/properties/revenue");
}

/* --- refunds --- */

static void a_refund_has_the_first_amount_that_is_given(void **state)
{
    (void)state;
    static const struct {
        const char *properties;
        int64_t amount;
    } refunds[] = {
        {"{\"order_id\":\"o\",\"revenue\":1,\"subtotal\":2,\"total\":3,\"amount\":4}", 100},
        {"{\"order_id\":\"o\",\"subtotal\":2,\"total\":3,\"amount\":4}", 200},
        {"{\"order_id\":\"o\",\"total\":3,\"amount\":4}", 300},
        {"{\"order_id\":\"o\",\"amount\":4,\"products\":[{}]}", 400},
        {"{\"order_id\":\"o\",\"products\":[{\"price\":2.5,\"quantity\":2},{}]}", 500},
        {"{\"order_id\":\"o\",\"total\":0}", 0},
    };
    for (size_t i = 0; i < COUNT_OF(refunds); i++) {
        struct event e = tracked(REFUNDED, refunds[i].properties);
        assert_false(e.refund_whole);
        assert_int_equal(e.refund_amount, refunds[i].amount);
        assert_false(e.has_value);
    }
}

static void a_refund_without_amount_is_of_the_whole_order(void **state)
{
    (void)state;
    assert_true(tracked(REFUNDED, "{\"order_id\":\"o\"}").refund_whole);
    assert_true(tracked(REFUNDED, "{\"order_id\":\"o\",\"products\":[]}").refund_whole);
    not_tracked(REFUNDED, "{\"order_id\":\"o\",\"products\":[{\"sku\":\"a\"},{}]}", STATUS_MISSING_MEMBER,
                "/properties/products/0/price");
}

static void a_refund_is_known_by_its_id_or_its_message(void **state)
{
    (void)state;
    struct event e = tracked(REFUNDED, "{\"order_id\":\"o\"}");
    assert_uuid_equal(e.refund_key, e.event_id);
    struct uuid key;
    digest_uuid5(&shop.space, span_of("refund:17"), &key);
    assert_uuid_equal(tracked(REFUNDED, "{\"order_id\":\"o\",\"refund_id\":17}").refund_key, key);
    assert_uuid_equal(tracked(REFUNDED, "{\"order_id\":\"o\",\"refund_id\":\"17\"}").refund_key, key);
    not_tracked(REFUNDED, "{\"order_id\":\"o\",\"refund_id\":{}}", STATUS_WRONG_TYPE,
                "/properties/refund_id");
}

/* --- what was bought --- */

static void assert_set(const uint64_t *set, size_t n, const char *const *names, size_t n_names)
{
    assert_int_equal(n, n_names);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || set[i - 1] < set[i]);
        bool is_there = false;
        for (size_t j = 0; j < n; j++) {
            is_there |= set[j] == hash64(span_of(names[i]));
        }
        assert_true(is_there);
    }
}

static void products_and_categories_are_sets(void **state)
{
    (void)state;
    struct event e = tracked(
        COMPLETED, "{\"product_id\":\"top\",\"category\":\"Top\",\"products\":["
                   "{\"product_id\":\"p1\",\"sku\":\"x\",\"category\":\" Games \"},"
                   "{\"product_id\":\"\",\"sku\":\"s1\",\"id\":\"x\",\"category\":\"A/B\"},"
                   "{\"id\":17,\"category\":\"gAMES\"},{\"product_id\":\"p1\"},"
                   "{\"name\":\"nameless\",\"category\":\"  \"},{\"product_id\":{},\"category\":[]}]}");
    static const char *const products[] = {"p1", "s1", "17"};
    static const char *const categories[] = {"games", "a/b"};
    assert_set(e.products, e.n_products, products, COUNT_OF(products));
    assert_set(e.categories, e.n_categories, categories, COUNT_OF(categories));
    e = tracked(UPDATED, "{\"order_id\":\"o\",\"products\":[{\"sku\":\"17\"}]}");
    assert_set(e.products, e.n_products, products + 2, 1);
    e = tracked(REFUNDED,
                "{\"order_id\":\"o\",\"total\":1,\"products\":[{\"sku\":\"17\",\"category\":\"a\"}]}");
    assert_int_equal(e.n_products, 0);
    assert_int_equal(e.n_categories, 0);
    e = tracked("Product Viewed", "{\"product_id\":\"p1\",\"category\":\"a\"}");
    assert_int_equal(e.n_products, 0);
}

static void products_must_be_an_array_of_objects(void **state)
{
    (void)state;
    not_tracked(COMPLETED, "{\"products\":{}}", STATUS_WRONG_TYPE, "/properties/products");
    not_tracked(COMPLETED, "{\"products\":[{},7]}", STATUS_WRONG_TYPE, "/properties/products/1");
    not_tracked(COMPLETED, "{\"products\":[null]}", STATUS_WRONG_TYPE, "/properties/products/0");
    tracked(COMPLETED, "{\"products\":null}");
}

static void an_order_has_at_most_a_thousand_products(void **state)
{
    (void)state;
    for (size_t n = 1000; n <= 1001; n++) {
        char *list = arena_alloc(arena, n * 16 + 64);
        size_t at = (size_t)sprintf(list, "{\"products\":[");
        for (size_t i = 0; i < n; i++) {
            at += (size_t)sprintf(list + at, "{\"sku\":\"%zu\"},", (i * 7919) % n);
        }
        strcpy(list + at - 1, "]}");
        if (n <= 1000) {
            assert_int_equal(tracked(COMPLETED, list).n_products, 1000);
        } else {
            not_tracked(COMPLETED, list, STATUS_TOO_MANY, "/properties/products");
        }
    }
}

static void a_cancellation_may_have_a_reason(void **state)
{
    (void)state;
    assert_span(tracked(CANCELLED, "{\"order_id\":\"o\",\"reason\":\"late\"}").reason, "late");
    assert_span(tracked(CANCELLED, "{\"order_id\":\"o\"}").reason, "");
}

static void only_an_update_that_says_so_gives_an_order_back(void **state)
{
    (void)state;
    assert_true(tracked("Order Updated", "{\"order_id\":\"o\",\"cancelled\":false}").is_reinstated);
    assert_false(tracked("Order Updated", "{\"order_id\":\"o\",\"cancelled\":true}").is_reinstated);
    assert_false(tracked("Order Updated", "{\"order_id\":\"o\",\"cancelled\":null}").is_reinstated);
    assert_false(tracked("Order Updated", "{\"order_id\":\"o\"}").is_reinstated);
    assert_false(tracked("Order Completed", "{\"order_id\":\"o\",\"cancelled\":false}").is_reinstated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_has_the_key_of_its_id),
        cmocka_unit_test(a_completed_order_without_id_is_its_own),
        cmocka_unit_test(a_report_on_an_order_needs_its_id),
        cmocka_unit_test(other_events_name_no_order),
        cmocka_unit_test(revenue_comes_before_subtotal_and_total),
        cmocka_unit_test(prices_times_quantities_are_the_last_resort),
        cmocka_unit_test(a_completed_order_without_money_is_worth_nothing),
        cmocka_unit_test(an_update_tells_a_value_only_if_it_has_one),
        cmocka_unit_test(amounts_are_numbers_or_decimal_strings),
        cmocka_unit_test(amounts_are_rounded_half_away_from_zero),
        cmocka_unit_test(a_negative_or_enormous_amount_is_refused),
        cmocka_unit_test(a_discount_and_a_coupon_are_noticed),
        cmocka_unit_test(the_currency_must_be_the_shops),
        cmocka_unit_test(a_mismatch_names_both_currencies),
        cmocka_unit_test(an_exchange_rate_makes_it_the_shops),
        cmocka_unit_test(a_refund_has_the_first_amount_that_is_given),
        cmocka_unit_test(a_refund_without_amount_is_of_the_whole_order),
        cmocka_unit_test(a_refund_is_known_by_its_id_or_its_message),
        cmocka_unit_test(products_and_categories_are_sets),
        cmocka_unit_test(products_must_be_an_array_of_objects),
        cmocka_unit_test(an_order_has_at_most_a_thousand_products),
        cmocka_unit_test(a_cancellation_may_have_a_reason),
        cmocka_unit_test(only_an_update_that_says_so_gives_an_order_back),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
