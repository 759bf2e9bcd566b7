/*
 * Shopify's webhooks as messages: the shared samples of each topic, and small payloads of our own for what
 * they do not show.
 */
#include "translate_fixture.h"
#include "wire/identity.h"

/** What an order says of john@, jon@example.com, example@email.com, g@, a@, b@shop.example and +49 30 123:
 * their hashes, as sha256sum makes them. */
#define JON         HASHED("email", "32023064c99bdd80005be565f7bcd3282c55e4981c5a5a63f1d2d84be7af258d")
#define BUYER       HASHED("email", "36e96648c5410d00a7da7206c01237139f950bed21d8c729aae019dbe07964e7")
#define JOHN        HASHED("email", "855f96e983f1f8e8be944692b6f719fd54329826cb62e98015efee8e2e071dd4")
#define GUEST       HASHED("email", "bc0aba4e18cc3a6697c0ea7fcf9cec4cb04d7b1bae152fb6ef4e4134e3bdd506")
#define ANN         HASHED("email", "f1a380e36299cc9e667d3485ebf78d8f0189d684d776a66cc9f26a54d82dc76c")
#define BERT        HASHED("email", "6673e5594665a8a557485883a13c94258fab0d5168ec31478457637634747599")
#define GUEST_PHONE HASHED("phone", "a2768111641e114d02ee6b68f0786da46ff3fac993f7751d663df57643a6b403")

static struct translation shopify(const char *topic, const char *body)
{
    return translated(shopify_translate, (struct headers){"X-Shopify-Topic", topic, NULL}, body);
}

static void refused_of(const char *topic, const char *body, enum status expected, const char *pointer)
{
    assert_refused(shopify_translate, (struct headers){"X-Shopify-Topic", topic, NULL}, body, expected,
                   pointer);
}

/* --- the samples ---------------------------------------------------------------------------------------- */

#define PERSON "\"externalIds\":[{\"type\":\"shopify\",\"id\":\"115310627314723954\"}," JOHN "," JON "]"

#define PRODUCTS \
    "[{\"product_id\":\"788032119674292922\",\"sku\":\"SKU2006-001\",\"name\":\"Aviator sunglasses\",\"price\":\"89.99\",\"quantity\":1}," \
    "{\"sku\":\"LENS-PROTECT-2YR\",\"name\":\"Lens Protection Plan (2 Year)\",\"price\":\"19.99\",\"quantity\":1}," \
    "{\"sku\":\"CASE-LEATHER-PREM\",\"name\":\"Premium Leather Case\",\"price\":\"24.99\",\"quantity\":1}," \
    "{\"product_id\":\"788032119674292922\",\"sku\":\"SKU2006-020\",\"name\":\"Mid-century lounger\",\"price\":\"159.99\",\"quantity\":1}," \
    "{\"product_id\":\"788032119674292922\",\"sku\":\"SKU2006-035\",\"name\":\"Coffee table\",\"price\":\"119.99\",\"quantity\":1}]"

#define COMPLETED                                                                                            \
    "{\"type\":\"track\",\"event\":\"Order "                                                                 \
    "Completed\",\"messageId\":\"shopify:order:820982911946154508:completed\","                              \
    "\"timestamp\":\"2022-01-01T00:00:00.000Z\",\"context\":{" PERSON                                        \
    ",\"channel\":\"web\",\"locale\":\"en\"},"                                                               \
    "\"properties\":{\"order_id\":\"820982911946154508\",\"revenue\":\"404.95\",\"discount\":\"20\","        \
    "\"currency\":\"USD\",\"country\":\"US\",\"products\":" PRODUCTS "}}"

#define CANCELLED                                                                                            \
    "{\"type\":\"track\",\"event\":\"Order Cancelled\","                                                     \
    "\"messageId\":\"shopify:order:820982911946154508:cancelled:2022-01-01T00:00:00.000Z\","                 \
    "\"timestamp\":\"2022-01-01T00:00:00.000Z\",\"context\":{" PERSON "},"                                   \
    "\"properties\":{\"order_id\":\"820982911946154508\",\"reason\":\"customer\"}}"

/** The sample as a real order that was paid. */
static const char *paid_order(const char *path)
{
    const char *order = with(sample(path), "\"test\": true", "\"test\": false");
    order = with(order, "\"voided\"", "\"paid\"");
    return with(order, "\"cancelled_at\": \"2021-12-31T19:00:00-05:00\"", "\"cancelled_at\": null");
}

static void the_order_of_every_topic_is_the_same_message(void **state)
{
    static const char *const topics[][2] = {
        {"orders/create", "orders_create"},       {"orders/paid", "orders_paid"},
        {"orders/updated", "orders_updated"},     {"orders/cancelled", "orders_cancelled"},
        {"orders/fulfilled", "orders_fulfilled"}, {"orders/partially_fulfilled", "orders_fulfilled"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        const char *path = arena_printf(arena, "shopify/%s.json", topics[i][1]);
        assert_nothing(shopify(topics[i][0], sample(path)), "a test order");
        struct translation made = shopify(topics[i][0], paid_order(path));
        assert_messages(made, COMPLETED, NULL);
        assert_span(made.subject, topics[i][0]);
    }
}

static void an_order_that_is_cancelled_was_completed_if_it_was_paid(void **state)
{
    (void)state;
    const char *voided = with(sample("shopify/orders_cancelled.json"), "\"test\": true", "\"test\": false");
    assert_messages(shopify("orders/cancelled", voided), CANCELLED, NULL);
    assert_messages(shopify("orders/cancelled", with(voided, "\"voided\"", "\"refunded\"")), COMPLETED,
                    CANCELLED, NULL);
}

static void a_refund_names_its_order_and_nobody(void **state)
{
    (void)state;
    settings.currency = span_of("USD");
    assert_messages(
        shopify("refunds/create", sample("shopify/refunds_create.json")),
        "{\"type\":\"track\",\"event\":\"Order "
        "Refunded\",\"messageId\":\"shopify:refund:245135271310201194\","
        "\"timestamp\":\"2020-01-01T00:00:00.000Z\",\"properties\":{\"order_id\":\"820982911946154508\","
        "\"refund_id\":\"245135271310201194\",\"amount\":\"75\",\"currency\":\"USD\"}}",
        "{\"type\":\"track\",\"event\":\"Order "
        "Refunded\",\"messageId\":\"shopify:refund:839212141605670573\","
        "\"timestamp\":\"2020-01-02T00:00:00.000Z\",\"properties\":{\"order_id\":\"820982911946154508\","
        "\"refund_id\":\"839212141605670573\",\"amount\":\"10\",\"currency\":\"USD\"}}",
        NULL);
}

static void customers_are_known_without_their_names_and_streets(void **state)
{
    (void)state;
    struct translation made = shopify("customers/create", sample("shopify/customers_create.json"));
    assert_messages(made,
                    "{\"type\":\"identify\",\"messageId\":\"shopify:customer:706405506930370084:created:2022-"
                    "01-01T00:00:00.000Z:"
                    "dc72b44404088c74\",\"timestamp\":\"2022-01-01T00:00:00.000Z\","
                    "\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"706405506930370084\"}],"
                    "\"active\":true},"
                    "\"traits\":{\"email\":\"bob@biller.com\",\"phone\":null,\"verified_email\":true,"
                    "\"state\":\"disabled\","
                    "\"country\":\"CA\"}}",
                    NULL);
    made = shopify("customers/update", sample("shopify/customers_update.json"));
    assert_messages(made,
                    "{\"type\":\"identify\",\"messageId\":\"shopify:customer:706405506930370084:updated:2022-"
                    "01-01T00:00:00.000Z:"
                    "dc72b44404088c74\",\"timestamp\":\"2022-01-01T00:00:00.000Z\","
                    "\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"706405506930370084\"}],"
                    "\"active\":false},"
                    "\"traits\":{\"email\":\"bob@biller.com\",\"phone\":null,\"verified_email\":true,"
                    "\"state\":\"disabled\","
                    "\"country\":\"CA\"}}",
                    NULL);
}

static void a_checkout_joins_its_cart_to_its_customer(void **state)
{
    (void)state;
    assert_messages(
        shopify("checkouts/create", sample("shopify/checkouts_create.json")),
        "{\"type\":\"track\",\"event\":\"Checkout Started\",\"messageId\":\"shopify:checkout:123123123\","
        "\"timestamp\":\"2022-01-01T00:00:00.000Z\",\"anonymousId\":\"cart:"
        "eeafa272cebfd4b22385bc4b645e762c\","
        "\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"603851970716743426\"}," JOHN "," BUYER
        "],\"channel\":\"web\"},"
        "\"properties\":{\"revenue\":\"398\",\"currency\":\"USD\",\"products\":["
        "{\"product_id\":\"632910392\",\"sku\":\"IPOD2008PINK\",\"variant\":\"808950810\",\"name\":\"IPod Nano - 8GB\",\"price\":\"199."
        "00\","
        "\"quantity\":1},"
        "{\"product_id\":\"632910392\",\"sku\":\"IPOD2008PINK\",\"variant\":\"808950810\",\"name\":\"IPod Nano - 8GB\",\"price\":\"199."
        "00\","
        "\"quantity\":1}]}}",
        NULL);
}

static void a_cart_says_what_was_put_into_it(void **state)
{
    (void)state;
    assert_messages(
        shopify("carts/create", sample("shopify/carts_create.json")),
        "{\"type\":\"track\",\"event\":\"Product Added\",\"messageId\":\"shopify:cart:exampleCartId:"
        "704912205188288575:3abdf474dce81d0025dd15b9a02ef6bf\",\"timestamp\":\"2022-01-01T00:00:00.000Z\","
        "\"anonymousId\":\"cart:exampleCartId\",\"context\":{\"channel\":\"web\"},"
        "\"properties\":{\"product_id\":\"788032119674292922\",\"sku\":\"example-shirt-s\","
        "\"variant\":\"704912205188288500\",\"name\":\"Example T-Shirt - Small\",\"price\":\"19.99\",\"quantity\":3}}",
        NULL);
}

static void assert_person(const struct translation *made, size_t i, enum identity_kind kind,
                          const char *value)
{
    assert_int_equal(made->people[i].kind, kind);
    assert_span(made->people[i].value, value);
}

static void the_topics_of_privacy_name_all_identities(void **state)
{
    (void)state;
    char email[IDENTITY_HASH_TEXT], phone[IDENTITY_HASH_TEXT];
    assert_true(identity_email(span_of("john@example.com"), email));
    assert_true(identity_phone(span_of("555-625-1199"), phone));
    struct translation made = shopify("customers/redact", sample("shopify/customers_redact.json"));
    assert_int_equal(made.kind, TRANSLATION_ERASE);
    assert_int_equal(made.n_people, 3);
    assert_person(&made, 0, IDENTITY_SHOPIFY, "191167");
    assert_person(&made, 1, IDENTITY_EMAIL, email);
    assert_person(&made, 2, IDENTITY_PHONE, phone);
    settings.user_id = span_of("id");
    made = shopify("customers/data_request", sample("shopify/customers_data_request.json"));
    assert_int_equal(made.kind, TRANSLATION_DISCLOSE);
    assert_int_equal(made.n_people, 4);
    assert_person(&made, 0, IDENTITY_USER, "191167");
    made = shopify("shop/redact", sample("shopify/shop_redact.json"));
    assert_int_equal(made.kind, TRANSLATION_ERASE_SHOP);
    assert_int_equal(made.n_people, 0);
}

static void an_app_that_was_uninstalled_says_so(void **state)
{
    (void)state;
    struct translation made = shopify("app/uninstalled", sample("shopify/app_uninstalled.json"));
    assert_nothing(made, "the app was uninstalled: nothing more will come");
}

/* --- what the samples do not show ----------------------------------------------------------------------- */

/** A paid order of 10.00 with more ${members}. */
static const char *order(const char *members)
{
    return arena_printf(arena,
                        "{\"financial_status\":\"paid\",\"created_at\":\"2026-01-02T03:04:05Z\","
                        "\"subtotal_price\":\"10.00\",\"currency\":\"EUR\",\"id\":7%s}",
                        members);
}

#define ORDER_7(more_context, more_properties)                                                               \
    "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"shopify:order:7:completed\","         \
    "\"timestamp\":\"2026-01-02T03:04:05.000Z\"," more_context ",\"properties\":{\"order_id\":\"7\","        \
    "\"revenue\":\"10\"" more_properties ",\"currency\":\"EUR\"}}"

static void only_money_that_came_makes_an_order_count(void **state)
{
    static const char *const unpaid[] = {"pending", "authorized", "voided", "expired", "unpaid"};
    static const char *const paid[] = {"paid", "partially_paid", "partially_refunded", "refunded"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(unpaid); i++)
        assert_nothing(
            shopify("orders/create", with(order(""), "\"paid\"", arena_printf(arena, "\"%s\"", unpaid[i]))),
            "the order is not paid");
    for (size_t i = 0; i < COUNT_OF(paid); i++)
        assert_messages(
            shopify("orders/create", with(order(""), "\"paid\"", arena_printf(arena, "\"%s\"", paid[i]))),
            ORDER_7("\"context\":{}", ""), NULL);
}

static void an_order_is_updated_at_the_time_of_its_state(void **state)
{
    (void)state;
    static const char *const more =
        ",\"updated_at\":\"2026-01-02T04:04:06+01:00\",\"total_discounts\":\"1.50\"";
    struct translation made = shopify("orders/updated", order(more));
    assert_messages(
        made, ORDER_7("\"context\":{}", ",\"discount\":\"1.5\""),
        "{\"type\":\"track\",\"event\":\"Order Updated\","
        "\"messageId\":\"shopify:order:7:updated:2026-01-02T03:04:06.000Z:f763805799fa6055\","
        "\"timestamp\":\"2026-01-02T03:04:06.000Z\",\"context\":{},\"properties\":{\"order_id\":\"7\","
        "\"revenue\":\"10\",\"discount\":\"1.5\",\"currency\":\"EUR\",\"cancelled\":false}}",
        NULL);
    /* another topic tells the same state: the same messages; another value at that second: another message */
    assert_true(span_equal(made.body, shopify("orders/paid", order(more)).body));
    assert_false(span_equal(made.body, shopify("orders/updated", with(order(more), "10.00", "10.01")).body));
}

static void a_current_price_is_not_looked_at(void **state)
{
    (void)state;
    assert_messages(
        shopify("orders/updated", order(",\"current_subtotal_price\":\"4.00\",\"total_price\":\"12.00\"")),
        ORDER_7("\"context\":{}", ""), NULL);
}

static void the_refunds_of_an_order_are_those_of_the_refund_topic(void **state)
{
    (void)state;
    static const char *const transactions =
        "\"created_at\":\"2026-02-01T00:00:00Z\",\"transactions\":["
        "{\"id\":9007199254740993,\"kind\":\"refund\",\"status\":\"success\",\"amount\":\"2.50\"},"
        "{\"id\":2,\"kind\":\"refund\",\"status\":\"pending\",\"amount\":\"1.00\"},"
        "{\"id\":3,\"kind\":\"void\",\"status\":\"success\",\"amount\":\"1.00\"},"
        "{\"id\":4,\"kind\":\"refund\",\"status\":\"success\",\"amount\":\"1.00\",\"test\":true},"
        "{\"id\":5,\"kind\":\"refund\",\"status\":\"success\",\"amount\":\"0.00\"}]";
    static const char *const refund =
        "{\"type\":\"track\",\"event\":\"Order Refunded\",\"messageId\":\"shopify:refund:9007199254740993\","
        "\"timestamp\":\"2026-02-01T00:00:00.000Z\",\"properties\":{\"order_id\":\"7\","
        "\"refund_id\":\"9007199254740993\",\"amount\":\"2.5\",\"currency\":\"EUR\"}}";
    settings.currency = span_of("EUR");
    assert_messages(
        shopify("refunds/create", arena_printf(arena, "{\"id\":1,\"order_id\":7,%s}", transactions)), refund,
        NULL);
    const char *refunds = arena_printf(arena, ",\"refunds\":[{\"id\":1,%s}]", transactions);
    assert_messages(shopify("orders/updated", order(refunds)), ORDER_7("\"context\":{}", ""), refund, NULL);
    assert_nothing(shopify("refunds/create", "{\"id\":1,\"order_id\":7,\"transactions\":[]}"),
                   "no money was given back");
}

static void a_refund_in_the_customers_currency_says_what_that_is_worth(void **state)
{
    (void)state;
    static const char *const given =
        "\"created_at\":\"2026-02-01T00:00:00Z\",\"transactions\":[{\"id\":2,\"kind\":\"refund\","
        "\"status\":\"success\",\"amount\":\"6.00\",\"currency\":\"CHF\"}]";
    static const char *const set = "{\"shop_money\":{\"amount\":\"10.00\",\"currency_code\":\"EUR\"},"
                                   "\"presentment_money\":{\"amount\":\"9.50\",\"currency_code\":\"CHF\"}}";
    static const char *const refund =
        "{\"type\":\"track\",\"event\":\"Order Refunded\",\"messageId\":\"shopify:refund:2\","
        "\"timestamp\":\"2026-02-01T00:00:00.000Z\",\"properties\":{\"order_id\":\"7\",\"refund_id\":\"2\","
        "\"amount\":\"6\",\"currency\":\"CHF\",\"exchange_rate\":\"1.052631578947\"}}";
    assert_messages(
        shopify("orders/updated",
                order(arena_printf(arena, ",\"refunds\":[{%s}],\"total_price_set\":%s", given, set))),
        ORDER_7("\"context\":{}", ""), refund, NULL);
    assert_messages(
        shopify("refunds/create",
                arena_printf(arena, "{\"order_id\":7,%s,\"refund_line_items\":[{\"subtotal_set\":%s}]}",
                             given, set)),
        refund, NULL);
    /* nothing tells what it is worth: the decoder refuses it, unless it is the shop's currency */
    assert_messages(shopify("refunds/create", arena_printf(arena, "{\"order_id\":7,%s}", given)),
                    with(refund, ",\"exchange_rate\":\"1.052631578947\"", ""), NULL);
}

static void a_guest_is_known_by_e_mail_or_phone(void **state)
{
    (void)state;
    assert_messages(
        shopify("orders/create", order(",\"customer\":null,\"contact_email\":\"g@shop.example\"")),
        ORDER_7("\"context\":{\"externalIds\":[" GUEST "]}", ""), NULL);
    assert_messages(
        shopify("orders/create", order(",\"email\":\"\",\"phone\":\"+49 30 123\",\"source_name\":\"pos\"")),
        ORDER_7("\"context\":{\"externalIds\":[" GUEST_PHONE "],\"channel\":\"pos\"}", ""), NULL);
}

static void an_order_says_every_address_that_it_has_by_its_hash(void **state)
{
    (void)state;
    const char *customer = ",\"customer\":{\"id\":5,\"email\":\"A@Shop.Example\"},\"email\":\"%s\"";
    static const char both[] =
        ORDER_7("\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"5\"}," ANN "," BERT "]}", "");
    assert_messages(shopify("orders/create", order(with(customer, "%s", " b@SHOP.example"))), both, NULL);
    static const char *const more[] = {"a@shop.example ", "", "test@test.com", "no address"};
    for (size_t i = 0; i < COUNT_OF(more); i++) /* the same once, and what names nobody not at all */
        assert_messages(shopify("orders/create", order(with(customer, "%s", more[i]))),
                        with(both, "," BERT, ""), NULL);
}

static void the_settings_of_a_source_are_followed(void **state)
{
    (void)state;
    const char *customer = ",\"customer\":{\"id\":5,\"email\":\"A@Shop.Example\"}";
    settings.channel = span_of("outlet");
    settings.order_prefix = span_of("n-");
    settings.user_id = span_of("email");
    assert_messages(
        shopify("orders/create", order(customer)),
        "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"shopify:order:n-7:completed\","
        "\"timestamp\":\"2026-01-02T03:04:05.000Z\",\"userId\":\"a@shop.example\","
        "\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"5\"}," ANN "],"
        "\"channel\":\"outlet\"},\"properties\":{\"order_id\":\"n-7\",\"revenue\":\"10\",\"currency\":"
        "\"EUR\"}}",
        NULL);
    settings = (struct translate_settings){.user_id = span_of("id"), .currency = span_of("CHF")};
    const char *with_id = ORDER_7("\"userId\":\"5\",\"context\":{\"externalIds\":[{\"type\":\"shopify\","
                                  "\"id\":\"5\"}," ANN "]}",
                                  "");
    assert_messages(shopify("orders/create", with(order(customer), "\"currency\":\"EUR\",", "")),
                    with(with_id, "EUR", "CHF"), NULL);
}

static void a_campaign_is_read_from_the_landing_page(void **state)
{
    (void)state;
    assert_messages(
        shopify(
            "orders/create",
            order(
                ",\"landing_site\":\"/"
                "p?x=1&utm_source=news%20letter&utm_medium=e+mail&utm_campaign=%C3%A4#utm_source=no\","
                "\"landing_site_ref\":\"ref\",\"referring_site\":\"https://search.example/find?q=my+name\"")),
        ORDER_7("\"context\":{\"campaign\":{\"source\":\"news letter\",\"medium\":\"e "
                "mail\",\"name\":\"\xC3\xA4\"},"
                "\"page\":{\"referrer\":\"https://search.example/find\"}}",
                ""),
        NULL);
    /* bytes that make no text are none */
    assert_messages(
        shopify("orders/create", order(",\"landing_site\":\"/?utm_source=%ff%fe&utm_medium=%00%\"")),
        ORDER_7("\"context\":{}", ""), NULL);
    assert_messages(shopify("orders/create", order(",\"landing_site\":null,\"landing_site_ref\":\"friend\"")),
                    ORDER_7("\"context\":{\"campaign\":{\"source\":\"friend\"}}", ""), NULL);
}

static void a_coupon_is_told(void **state)
{
    (void)state;
    assert_messages(
        shopify("orders/create", order(",\"discount_codes\":[{\"code\":\"TEN\",\"amount\":\"1.00\"}]")),
        ORDER_7("\"context\":{}", ",\"coupon\":\"TEN\""), NULL);
}

static void an_order_of_very_many_items_fits_a_message(void **state)
{
    (void)state;
    struct buf items;
    buf_init(&items, 0);
    buf_text(&items, ",\"line_items\":[");
    for (int i = 0; i < 2000; i++)
        buf_printf(&items, "%s{\"product_id\":%d,\"sku\":\"%090d\",\"quantity\":1}", i ? "," : "", i + 1, i);
    buf_text(&items, "]");
    struct translation made =
        shopify("orders/create", order(arena_text(arena, (struct span){items.p, items.n})));
    buf_done(&items);
    assert_int_equal(made.n, 1);
    assert_true(made.body.n > 16000 && made.body.n < MESSAGE_BYTES_MAX);
}

static void consent_and_tags_are_told(void **state)
{
    (void)state;
    struct translation made = shopify(
        "customers/update", "{\"id\":5,\"updated_at\":\"2026-01-02T00:00:00Z\",\"tags\":\"vip, new\","
                            "\"email_marketing_consent\":{\"state\":\"subscribed\"},\"state\":\"enabled\"}");
    assert_messages(
        made,
        "{\"type\":\"identify\",\"messageId\":\"shopify:customer:5:updated:2026-01-02T00:00:00.000Z:"
        "31d91bbe7d21d8d6\","
        "\"timestamp\":\"2026-01-02T00:00:00.000Z\","
        "\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"5\"}],\"active\":false},"
        "\"traits\":{\"accepts_marketing\":true,\"state\":\"enabled\",\"tags\":[\"vip\",\"new\"]}}",
        NULL);
}

static void a_checkout_that_names_nobody_waits(void **state)
{
    (void)state;
    assert_nothing(shopify("checkouts/create", "{\"token\":\"t\",\"cart_token\":\"c\",\"email\":\"\"}"),
                   "a checkout that names nobody yet");
    assert_nothing(
        shopify("checkouts/create", "{\"token\":\"t\",\"email\":\"test@test.com\",\"phone\":\"1111111\"}"),
        "a checkout that names nobody yet");
    assert_nothing(shopify("carts/create", "{\"token\":\"t\",\"line_items\":[]}"), "the cart is empty");
}

static void what_opens_a_cart_is_not_kept(void **state)
{
    (void)state;
    struct translation made =
        shopify("carts/update", "{\"token\":\"Z2Nw?key=secret\",\"line_items\":"
                                "[{\"variant_id\":1,\"product_id\":2,\"quantity\":1}]}");
    assert_messages(made,
                    "{\"type\":\"track\",\"event\":\"Product Added\",\"messageId\":\"shopify:cart:Z2Nw:1\","
                    "\"anonymousId\":\"cart:Z2Nw\",\"context\":{\"channel\":\"web\"},"
                    "\"properties\":{\"product_id\":\"2\",\"variant\":\"1\",\"quantity\":1}}",
                    NULL);
}

static void topics_of_no_use_are_taken(void **state)
{
    (void)state;
    assert_nothing(shopify("products/create", "not even JSON"), "a topic of no use here");
    assert_nothing(shopify("orders/edited", "{}"), "orders/updated tells the whole order");
    assert_span(shopify("a\x01topic", "{}").subject, "unknown");
    struct headers headers = {"shopify-topic", "orders/delete", NULL};
    assert_nothing(translated(shopify_translate, headers, "{}"),
                   "an order that is put away was still an order");
    assert_refused(shopify_translate, (struct headers){"X-Other", "", NULL}, "{}", STATUS_BAD_REQUEST, "");
}

static void what_cannot_be_right_is_refused_with_its_place(void **state)
{
    (void)state;
    refused_of("orders/create", "[]", STATUS_WRONG_TYPE, "");
    refused_of("orders/create", "{\"id\":", STATUS_MALFORMED_JSON, "");
    refused_of("orders/create", "{}", STATUS_MISSING_MEMBER, "/id");
    refused_of("orders/create", "{\"id\":1.5}", STATUS_WRONG_TYPE, "/id");
    refused_of("orders/create", "{\"id\":\"\"}", STATUS_INVALID_VALUE, "/id");
    refused_of("orders/create", "{\"id\":1}", STATUS_MISSING_MEMBER, "/created_at");
    refused_of("orders/create", order(",\"processed_at\":\"yesterday\""), STATUS_INVALID_TIMESTAMP,
               "/processed_at");
    refused_of("orders/create", with(order(""), "\"10.00\"", "\"ten\""), STATUS_INVALID_AMOUNT,
               "/subtotal_price");
    refused_of("orders/create", with(order(""), "\"10.00\"", "-10"), STATUS_INVALID_AMOUNT,
               "/subtotal_price");
    refused_of("orders/create", with(order(""), "\"10.00\"", "[]"), STATUS_WRONG_TYPE, "/subtotal_price");
    refused_of("orders/create", order(",\"line_items\":7"), STATUS_WRONG_TYPE, "/line_items");
    refused_of("orders/create", order(",\"customer\":7"), STATUS_WRONG_TYPE, "/customer");
    refused_of(
        "orders/create",
        order(",\"refunds\":[{\"transactions\":[{\"kind\":\"refund\",\"status\":\"success\",\"id\":1}]}]"),
        STATUS_MISSING_MEMBER, "/refunds/0/transactions/0/amount");
    refused_of("refunds/create", "{\"id\":1}", STATUS_MISSING_MEMBER, "/order_id");
    refused_of("customers/redact", "{\"shop_id\":1}", STATUS_MISSING_MEMBER, "/customer");
    refused_of("customers/redact", "{\"customer\":{\"email\":\"nobody\"}}", STATUS_MISSING_MEMBER,
               "/customer/id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_translation, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_order_of_every_topic_is_the_same_message),
        TEST(an_order_that_is_cancelled_was_completed_if_it_was_paid),
        TEST(a_refund_names_its_order_and_nobody),
        TEST(customers_are_known_without_their_names_and_streets),
        TEST(a_checkout_joins_its_cart_to_its_customer),
        TEST(a_cart_says_what_was_put_into_it),
        TEST(the_topics_of_privacy_name_all_identities),
        TEST(an_app_that_was_uninstalled_says_so),
        TEST(only_money_that_came_makes_an_order_count),
        TEST(an_order_is_updated_at_the_time_of_its_state),
        TEST(a_current_price_is_not_looked_at),
        TEST(the_refunds_of_an_order_are_those_of_the_refund_topic),
        TEST(a_refund_in_the_customers_currency_says_what_that_is_worth),
        TEST(a_guest_is_known_by_e_mail_or_phone),
        TEST(an_order_says_every_address_that_it_has_by_its_hash),
        TEST(the_settings_of_a_source_are_followed),
        TEST(a_campaign_is_read_from_the_landing_page),
        TEST(a_coupon_is_told),
        TEST(an_order_of_very_many_items_fits_a_message),
        TEST(consent_and_tags_are_told),
        TEST(a_checkout_that_names_nobody_waits),
        TEST(what_opens_a_cart_is_not_kept),
        TEST(topics_of_no_use_are_taken),
        TEST(what_cannot_be_right_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
