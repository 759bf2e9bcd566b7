/*
 * WooCommerce's webhooks as messages: the shared samples, and small payloads of our own for what they do not
 * show.
 */
#include "translate_fixture.h"

static struct translation woocommerce(const char *topic, const char *body)
{
    return translated(woocommerce_translate, (struct headers){"X-WC-Webhook-Topic", topic, "d1"}, body);
}

static void refused_of(const char *topic, const char *body, enum status expected, const char *pointer)
{
    assert_refused(woocommerce_translate, (struct headers){"X-WC-Webhook-Topic", topic, NULL}, body, expected,
                   pointer);
}

static struct translation exported(const char *body)
{
    struct translation out;
    struct error error;
    if (woocommerce_order(arena, span_of(body), &settings, &out, &error) != STATUS_OK)
        fail_msg("%s %s (%s)", status_code(error.status), error.pointer, error.detail);
    return out;
}

/* --- the samples ---------------------------------------------------------------------------------------- */

/* john.doe@example.com, as sha256sum has it; (555) 555-5555 is a telephone number of nobody */
#define JOHN  HASHED("email", "836f82db99121b3481011f16b49dfa5fbc714a0d1b1b9f784a1ebbbf5b39577f")
#define GUEST "\"context\":{\"externalIds\":[" JOHN "]"

/* 29.35 less 1.35 of tax less 10.00 of shipping */
#define COMPLETED                                                                                            \
    "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"woocommerce:order:727:completed\","   \
    "\"timestamp\":\"2017-03-22T19:28:02.000Z\"," GUEST ",\"channel\":\"rest-api\"},\"properties\":{"        \
    "\"order_id\":\"727\",\"revenue\":\"18\",\"discount\":\"0\",\"currency\":\"USD\",\"country\":\"US\",\"products\":[" \
    "{\"product_id\":\"93\",\"name\":\"Woo Single #1\",\"price\":3,\"quantity\":2},"                                                    \
    "{\"product_id\":\"22\",\"sku\":\"Bar3\",\"variant\":\"23\",\"name\":\"Ship Your Idea &ndash; Color: Black, Size: M Test\",\"price\":12,\"quantity\":1}]}}"

#define UPDATED(at)                                                                                          \
    "{\"type\":\"track\",\"event\":\"Order Updated\","                                                       \
    "\"messageId\":\"woocommerce:order:727:updated:" at ":e704aced0669a225\",\"timestamp\":\"" at            \
    "\"," GUEST "},"                                                                                         \
    "\"properties\":{\"order_id\":\"727\",\"revenue\":\"18\",\"discount\":\"0\",\"currency\":\"USD\","       \
    "\"cancelled\":false}}"

static void the_ping_is_taken(void **state)
{
    (void)state;
    struct headers none = {"X-WC-Webhook-ID", "5", NULL};
    assert_nothing(translated(woocommerce_translate, none, sample("woocommerce/ping.txt")),
                   "the ping of a new webhook");
}

static void a_paid_order_is_completed_when_it_was_made(void **state)
{
    (void)state;
    struct translation made = woocommerce("order.created", sample("woocommerce/order_created.json"));
    assert_messages(made, COMPLETED, UPDATED("2017-03-22T19:28:08.000Z"), NULL);
    assert_span(made.subject, "order.created");
}

static void a_later_state_is_another_update_of_the_same_order(void **state)
{
    (void)state;
    assert_messages(woocommerce("order.updated", sample("woocommerce/order_updated_completed.json")),
                    COMPLETED, UPDATED("2017-03-22T19:30:35.000Z"), NULL);
}

static void a_refund_stands_in_its_order_and_names_nobody(void **state)
{
    (void)state;
    assert_messages(
        woocommerce("order.updated", sample("woocommerce/order_updated_partially_refunded.DERIVED.json")),
        COMPLETED, UPDATED("2017-03-23T20:07:11.000Z"),
        "{\"type\":\"track\",\"event\":\"Order Refunded\",\"messageId\":\"woocommerce:refund:726\","
        "\"timestamp\":\"2017-03-23T20:07:11.000Z\",\"properties\":{\"order_id\":\"727\",\"refund_id\":"
        "\"726\","
        "\"amount\":\"10\",\"currency\":\"USD\"}}",
        NULL);
}

static void an_export_gives_what_the_webhook_gave(void **state)
{
    static const char *const samples[] = {"order_created.json", "order_updated_completed.json",
                                          "order_updated_partially_refunded.DERIVED.json"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const char *body = sample(arena_printf(arena, "woocommerce/%s", samples[i]));
        assert_true(span_equal(exported(body).body, woocommerce("order.updated", body).body));
    }
}

static void a_customer_is_known_without_name_and_street(void **state)
{
    (void)state;
    const char *rest =
        "\"timestamp\":\"2017-03-21T19:09:30.000Z\","
        "\"context\":{\"externalIds\":[{\"type\":\"woocommerce\",\"id\":\"25\"}],\"active\":%s},"
        "\"traits\":{\"email\":\"john.doe@example.com\",\"phone\":\"(555) 555-5555\",\"country\":\"US\","
        "\"role\":\"customer\",\"is_paying_customer\":false}}";
    const char *begin =
        "{\"type\":\"identify\",\"messageId\":\"woocommerce:customer:25:%s:2017-03-21T19:09:30.000Z:"
        "5d61cd1c7b3657de\",";
    const char *body = sample("woocommerce/customer.json");
    assert_messages(woocommerce("customer.created", body),
                    arena_printf(arena, "%s%s", with(begin, "%s", "created"), with(rest, "%s", "true")),
                    NULL);
    assert_messages(woocommerce("customer.updated", body),
                    arena_printf(arena, "%s%s", with(begin, "%s", "updated"), with(rest, "%s", "false")),
                    NULL);
}

/* --- what the samples do not show ----------------------------------------------------------------------- */

/** An order of 10.00 in ${status} with more ${members}. */
static const char *order(const char *status, const char *members)
{
    return arena_printf(
        arena,
        "{\"id\":7,\"status\":\"%s\",\"date_created_gmt\":\"2026-01-02T03:04:05\",\"total\":\"10.00\","
        "\"currency\":\"EUR\"%s}",
        status, members);
}

#define ORDER_7(more_context, more_properties)                                                               \
    "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"woocommerce:order:7:completed\","     \
    "\"timestamp\":\"2026-01-02T03:04:05.000Z\"," more_context ",\"properties\":{\"order_id\":\"7\","        \
    "\"revenue\":\"10\"" more_properties ",\"currency\":\"EUR\"}}"

#define PAID ",\"date_paid_gmt\":\"2026-01-02T03:05:00\""

static void an_order_counts_when_it_is_paid_or_worked_on(void **state)
{
    static const char *const waiting[] = {"pending", "on-hold", "checkout-draft"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(waiting); i++)
        assert_nothing(woocommerce("order.created", order(waiting[i], ",\"date_paid_gmt\":null")),
                       "the order is not paid");
    assert_messages(woocommerce("order.updated", order("processing", "")), ORDER_7("\"context\":{}", ""),
                    NULL);
    assert_messages(woocommerce("order.updated", order("completed", "")), ORDER_7("\"context\":{}", ""),
                    NULL);
    assert_messages(woocommerce("order.restored", order("on-hold", PAID)), ORDER_7("\"context\":{}", ""),
                    NULL);
}

#define CANCELLED_7(at, reason)                                                                              \
    "{\"type\":\"track\",\"event\":\"Order Cancelled\",\"messageId\":\"woocommerce:order:7:cancelled:" at    \
    "\","                                                                                                    \
    "\"timestamp\":\"" at "\",\"context\":{},\"properties\":{\"order_id\":\"7\",\"reason\":\"" reason "\"}}"

static void an_order_that_counted_can_be_cancelled(void **state)
{
    static const char *const later = ",\"date_modified_gmt\":\"2026-01-02T03:04:05Z\"";
    (void)state;
    assert_messages(woocommerce("order.updated", order("cancelled", PAID)), ORDER_7("\"context\":{}", ""),
                    CANCELLED_7("2026-01-02T03:04:05.000Z", "cancelled"), NULL);
    assert_messages(woocommerce("order.updated", order("failed", PAID)), ORDER_7("\"context\":{}", ""),
                    CANCELLED_7("2026-01-02T03:04:05.000Z", "failed"), NULL);
    assert_messages(woocommerce("order.updated", order("trash", later)),
                    CANCELLED_7("2026-01-02T03:04:05.000Z", "trash"), NULL);
}

static void an_order_that_is_restored_stands_again(void **state)
{
    (void)state;
    assert_messages(
        woocommerce("order.restored", order("completed", ",\"date_modified_gmt\":\"2026-01-05T00:00:00\"")),
        ORDER_7("\"context\":{}", ""),
        "{\"type\":\"track\",\"event\":\"Order Updated\","
        "\"messageId\":\"woocommerce:order:7:updated:2026-01-05T00:00:00.000Z:bb21317898f59a71\","
        "\"timestamp\":\"2026-01-05T00:00:00.000Z\",\"context\":{},\"properties\":{\"order_id\":\"7\","
        "\"revenue\":\"10\",\"currency\":\"EUR\",\"cancelled\":false}}",
        NULL);
}

static void a_deleted_order_is_cancelled_whoever_made_it(void **state)
{
    (void)state;
    assert_messages(woocommerce("order.deleted", "{\"id\":7}"),
                    "{\"type\":\"track\",\"event\":\"Order Cancelled\","
                    "\"messageId\":\"woocommerce:order:7:deleted:ac086d27f621990f\","
                    "\"properties\":{\"order_id\":\"7\",\"reason\":\"deleted\"}}",
                    NULL);
    assert_nothing(woocommerce("customer.deleted", "{\"id\":7}"),
                   "an account was closed; to erase a person is DELETE /v1/customers");
}

#define REFUND_7(id, more)                                                                                   \
    "{\"type\":\"track\",\"event\":\"Order Refunded\",\"messageId\":\"woocommerce:refund:" id "\","          \
    "\"timestamp\":\"2026-01-02T03:04:05.000Z\",\"properties\":{\"order_id\":\"7\",\"refund_id\":\"" id      \
    "\"" more "}}"

static void an_order_that_is_refunded_is_so_wholly(void **state)
{
    (void)state;
    assert_messages(woocommerce("order.updated", order("refunded", ",\"refunds\":[]")),
                    ORDER_7("\"context\":{}", ""), REFUND_7("7:rest", ""), NULL);
    assert_messages(
        woocommerce("order.updated", order("refunded", ",\"refunds\":[{\"id\":8,\"total\":\"-4.00\"}]")),
        ORDER_7("\"context\":{}", ""), REFUND_7("8", ",\"amount\":\"4\",\"currency\":\"EUR\""),
        REFUND_7("7:rest", ""), NULL);
    assert_messages(
        woocommerce("order.updated",
                    order("refunded",
                          ",\"refunds\":[{\"id\":8,\"total\":\"-4.00\"},{\"id\":9,\"total\":\"-6.00\"}]")),
        ORDER_7("\"context\":{}", ""), REFUND_7("8", ",\"amount\":\"4\",\"currency\":\"EUR\""),
        REFUND_7("9", ",\"amount\":\"6\",\"currency\":\"EUR\""), NULL);
}

static void a_value_is_exact(void **state)
{
    static const struct {
        const char *members;
        const char *value;
    } cases[] = {
        {",\"total\":\"0.30\",\"total_tax\":\"0.10\",\"shipping_total\":\"0.20\"", "\"0\""},
        {",\"total\":\"1000000000000.01\",\"total_tax\":\"0.0001\"", "\"1000000000000.0099\""},
        {",\"total\":27.1,\"total_tax\":\"7.05\"", "\"20.05\""},
        {",\"total\":\"5\",\"shipping_total\":\"9\"", "\"0\""}, /* store credit */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *one = with(ORDER_7("\"context\":{}", ""), "\"10\"", cases[i].value);
        assert_messages(woocommerce("order.updated", order("processing", cases[i].members)), one, NULL);
    }
    refused_of("order.updated",
               order("processing", ",\"total\":\"999999999999999999\",\"total_tax\":\"0.000000000001\""),
               STATUS_INVALID_AMOUNT, "/total");
}

static void customers_of_two_shops_are_not_the_same_people(void **state)
{
    (void)state;
    settings = (struct translate_settings){.order_prefix = span_of("n-"),
                                           .user_id = span_of("id"),
                                           .currency = span_of("CHF"),
                                           .channel = span_of("b2b")};
    assert_messages(
        woocommerce("order.updated",
                    with(order("processing", ",\"customer_id\":25,\"created_via\":\"admin\""),
                         ",\"currency\":\"EUR\"", "")),
        "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"woocommerce:order:n-7:completed\","
        "\"timestamp\":\"2026-01-02T03:04:05.000Z\",\"userId\":\"n-25\","
        "\"context\":{\"externalIds\":[{\"type\":\"woocommerce\",\"id\":\"n-25\"}],\"channel\":\"b2b\"},"
        "\"properties\":{\"order_id\":\"n-7\",\"revenue\":\"10\",\"currency\":\"CHF\"}}",
        NULL);
}

static void where_an_order_came_from_is_read_from_its_notes(void **state)
{
    static const char *const meta =
        ",\"created_via\":\"store-api\",\"meta_data\":[7,{\"key\":\"_wc_order_attribution_utm_source\","
        "\"value\":\"news\"},"
        "{\"key\":\"_wc_order_attribution_utm_medium\",\"value\":\"(none)\"},{\"key\":\"other\",\"value\":[1]"
        "},"
        "{\"key\":\"_wc_order_attribution_utm_campaign\",\"value\":\"spring\"},"
        "{\"key\":\"_wc_order_attribution_referrer\",\"value\":\"https://a.example/?u=me\"}]";
    (void)state;
    assert_messages(
        woocommerce("order.updated", order("processing", meta)),
        ORDER_7("\"context\":{\"channel\":\"web\",\"campaign\":{\"source\":\"news\",\"name\":\"spring\"},"
                "\"page\":{\"referrer\":\"https://a.example/\"}}",
                ""),
        NULL);
}

static void a_coupon_is_told(void **state)
{
    (void)state;
    assert_messages(
        woocommerce("order.updated", order("processing", ",\"coupon_lines\":[{\"id\":1,\"code\":\"ten\"}]")),
        ORDER_7("\"context\":{}", ",\"coupon\":\"ten\""), NULL);
}

static void topics_of_no_use_are_taken(void **state)
{
    (void)state;
    assert_nothing(woocommerce("product.created", "not even JSON"), "a topic of no use here");
    assert_nothing(woocommerce("action.woocommerce_add_to_cart", "{}"), "a topic of no use here");
    assert_refused(woocommerce_translate, (struct headers){"X-Other", "", NULL}, "{}", STATUS_BAD_REQUEST,
                   "");
}

static void what_cannot_be_right_is_refused_with_its_place(void **state)
{
    (void)state;
    refused_of("order.updated", "[]", STATUS_WRONG_TYPE, "");
    refused_of("order.updated", "{\"id\":7,", STATUS_MALFORMED_JSON, "");
    refused_of("order.updated", "{}", STATUS_MISSING_MEMBER, "/id");
    refused_of("order.deleted", "{\"id\":[]}", STATUS_WRONG_TYPE, "/id");
    refused_of("order.updated", "{\"id\":7}", STATUS_MISSING_MEMBER, "/date_created_gmt");
    refused_of("order.updated", order("processing", ",\"date_modified_gmt\":\"soon\""),
               STATUS_INVALID_TIMESTAMP, "/date_modified_gmt");
    refused_of("order.updated", order("processing", ",\"total_tax\":\"much\""), STATUS_INVALID_AMOUNT,
               "/total_tax");
    refused_of("order.updated", order("processing", ",\"billing\":\"me\""), STATUS_WRONG_TYPE, "/billing");
    refused_of("order.updated", order("processing", ",\"refunds\":[{\"id\":1}]"), STATUS_MISSING_MEMBER,
               "/refunds/0/total");
    refused_of("order.updated", order("processing", ",\"refunds\":[7]"), STATUS_WRONG_TYPE, "/refunds/0");
    refused_of("order.updated", order("processing", ",\"coupon_lines\":7"), STATUS_WRONG_TYPE,
               "/coupon_lines");
    refused_of("customer.created", "{\"email\":\"a@shop.example\"}", STATUS_MISSING_MEMBER, "/id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_translation, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_ping_is_taken),
        TEST(a_paid_order_is_completed_when_it_was_made),
        TEST(a_later_state_is_another_update_of_the_same_order),
        TEST(a_refund_stands_in_its_order_and_names_nobody),
        TEST(an_export_gives_what_the_webhook_gave),
        TEST(a_customer_is_known_without_name_and_street),
        TEST(an_order_counts_when_it_is_paid_or_worked_on),
        TEST(an_order_that_counted_can_be_cancelled),
        TEST(an_order_that_is_restored_stands_again),
        TEST(a_deleted_order_is_cancelled_whoever_made_it),
        TEST(an_order_that_is_refunded_is_so_wholly),
        TEST(a_value_is_exact),
        TEST(customers_of_two_shops_are_not_the_same_people),
        TEST(where_an_order_came_from_is_read_from_its_notes),
        TEST(a_coupon_is_told),
        TEST(topics_of_no_use_are_taken),
        TEST(what_cannot_be_right_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
