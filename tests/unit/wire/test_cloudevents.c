/* CloudEvents in their three modes, and what their types and data are taken to mean. */
#include "foreign_fixture.h"

#define STRUCTURED "application/cloudevents+json; charset=UTF-8"
#define BATCH      "application/cloudevents-batch+json"
#define EVENT(members)                                                                                       \
    "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/shop/"                                            \
    "berlin\",\"type\":\"com.acme.order.completed\","                                                        \
    "\"subject\":\"customers/42\"" members "}"

static struct exchange structured(const char *body)
{
    return (struct exchange){.headers = {{"Content-Type", STRUCTURED}}, .body = body};
}

static struct exchange batch(const char *body)
{
    return (struct exchange){.headers = {{"content-type", BATCH}}, .body = body};
}

/** A structured event of this type with these data. */
static struct exchange of_type(const char *type, const char *data)
{
    return structured(arena_printf(arena,
                                   "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"subject\":\"u\","
                                   "\"type\":\"%s\",\"data\":%s}",
                                   type, data));
}

/* --- modes --- */

static void a_structured_event_is_a_message(void **state)
{
    (void)state;
    struct exchange x = structured(
        EVENT(",\"time\":\"2026-11-21T17:00:00Z\",\"data\":{\"order_id\":\"A-1\",\"total\":49.90}"));
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"ce:/shop/berlin e-1\",\"timestamp\":\"2026-11-21T17:00:00Z\","
        "\"userId\":\"42\",\"event\":\"Order Completed\",\"properties\":{\"total\":49.90,"
        "\"order_id\":\"A-1\"}}");
    assert_span(x.translation.subject, "com.acme.order.completed");
    struct message m = translated(&x, 0);
    assert_int_equal(m.event.kind, EVENT_ORDER_COMPLETED);
    assert_int_equal(m.event.value, 4990);
    assert_int_equal(m.event.occurred_at, RECEIVED - 3600 * USEC_PER_SEC);
}

static void a_binary_event_has_its_attributes_in_headers(void **state)
{
    (void)state;
    struct exchange x = {.headers = {{"ce-specversion", "1.0"},
                                     {"CE-ID", "e 1"},
                                     {"ce-source", "/shop/berlin"},
                                     {"ce-type", "product.viewed"},
                                     {"ce-subject", "\"4 \\\"2\""},
                                     {"Content-Type", "application/json"}},
                         .body = "{\"sku\":\"p\"}"};
    assert_translated(cloudevents_translate, &x,
                      "{\"type\":\"track\",\"messageId\":\"ce:/shop/berlin e 1\",\"userId\":\"4 \\\"2\","
                      "\"event\":\"Product Viewed\",\"properties\":{\"sku\":\"p\"}}");
}

static void a_header_is_percent_decoded_once(void **state)
{
    (void)state;
    struct exchange x = {.headers = {{"ce-specversion", "1.0"},
                                     {"ce-id", "Euro%20%E2%82%AC%20%2541%zz"},
                                     {"ce-source", "s"},
                                     {"ce-type", "product.viewed"},
                                     {"ce-subject", "u"}}};
    assert_translated(cloudevents_translate, &x,
                      "{\"type\":\"track\",\"messageId\":\"ce:s Euro € %41%zz\",\"userId\":\"u\","
                      "\"event\":\"Product Viewed\",\"properties\":{}}");
}

static void only_a_whole_value_is_a_quoted_string(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *id;
    } cases[] = {{"\"a\"", "a"},         {"\"a%20\\\\b\"", "a \\b"}, {"the \"x\" one", "the \"x\" one"},
                 {"\"a\" b", "\"a\" b"}, {"\"open", "\"open"},       {"\"open\\\"", "\"open\\\""}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exchange x = {.headers = {{"ce-specversion", "1.0"},
                                         {"ce-id", "1"},
                                         {"ce-source", "s"},
                                         {"ce-type", "product.viewed"},
                                         {"ce-subject", cases[i].value}}};
        assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
        assert_span(translated(&x, 0).customer_id, cases[i].id);
    }
}

static void a_header_that_is_no_text_is_refused(void **state)
{
    (void)state;
    static const char *const values[] = {"%C0%A0", "%FF", "%00", "\xff", "%0A"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct exchange x = {.headers = {{"ce-specversion", "1.0"},
                                         {"ce-id", values[i]},
                                         {"ce-source", "s"},
                                         {"ce-type", "product.viewed"}}};
        assert_not_translated(cloudevents_translate, &x, STATUS_INVALID_UTF8, "");
    }
}

static void a_binary_event_says_the_type_of_its_data_in_content_type(void **state)
{
    (void)state;
    struct exchange x = {.headers = {{"ce-specversion", "1.0"},
                                     {"ce-id", "1"},
                                     {"ce-source", "s"},
                                     {"ce-type", "t"},
                                     {"ce-datacontenttype", "application/json"}}};
    assert_not_translated(cloudevents_translate, &x, STATUS_INVALID_VALUE, "");
    x.headers[4].name = "content-type";
    x.headers[4].value = "text/xml";
    x.body = "<a/>";
    assert_not_translated(cloudevents_translate, &x, STATUS_UNSUPPORTED_MEDIA_TYPE, "");
    x.headers[4].value = "application/vnd.acme+json";
    assert_not_translated(cloudevents_translate, &x, STATUS_MALFORMED_JSON, "");
}

static void a_batch_may_be_empty(void **state)
{
    (void)state;
    struct exchange x = batch("[]");
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_int_equal(x.translation.kind, TRANSLATION_NOTHING);
}

static void a_bad_item_does_not_sink_its_neighbours(void **state)
{
    (void)state;
    struct exchange x = batch("[" EVENT(
        "") ",7,{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"s\"},"
            "{\"specversion\":\"0.3\",\"id\":\"3\",\"source\":\"s\",\"type\":\"t\"}," EVENT("") "]");
    static const char message[] = "{\"type\":\"track\",\"messageId\":\"ce:/shop/berlin "
                                  "e-1\",\"userId\":\"42\",\"event\":\"Order Completed\","
                                  "\"properties\":{}}";
    assert_translated(cloudevents_translate, &x,
                      arena_printf(arena, "%s,null,null,null,%s", message, message));
    assert_int_equal(x.translation.n, 5);
    assert_int_equal(x.translation.n_refusals, 3);
    static const struct {
        enum status status;
        const char *pointer;
        const char *message_id;
    } expected[] = {{STATUS_WRONG_TYPE, "/1", ""},
                    {STATUS_MISSING_MEMBER, "/2/type", "ce:s 2"},
                    {STATUS_INVALID_VALUE, "/3/specversion", "ce:s 3"}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct translation_refusal *refusal = &x.translation.refusals[i];
        assert_int_equal(refusal->place, i + 1);
        assert_int_equal(refusal->status, expected[i].status);
        assert_string_equal(refusal->pointer, expected[i].pointer);
        assert_span(refusal->message_id, expected[i].message_id);
    }
    struct error error;
    struct message m;
    assert_int_equal(decode(x.translation.body, true, 1, NULL, &m, &error), STATUS_WRONG_TYPE);
}

static void an_ignored_item_leaves_the_indexes_of_the_others_known(void **state)
{
    (void)state;
    struct exchange x =
        batch("[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"ping\"}," EVENT("") "]");
    x.mapping = "{\"types\":{\"ping\":null}}";
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_int_equal(x.translation.n, 1);
    assert_int_equal(x.translation.indexes[0], 1);
}

static void a_format_other_than_json_is_not_read(void **state)
{
    (void)state;
    static const char *const types[] = {"application/cloudevents+avro",
                                        "application/cloudevents-batch+protobuf", "application/cloudevents"};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct exchange x = {.headers = {{"content-type", types[i]}}, .body = EVENT("")};
        assert_not_translated(cloudevents_translate, &x, STATUS_UNSUPPORTED_MEDIA_TYPE, "");
    }
}

/* --- attributes --- */

static void four_attributes_are_needed(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *pointer;
    } cases[] = {
        {"{\"source\":\"s\",\"type\":\"t\",\"specversion\":\"1.0\"}", "/id"},
        {"{\"id\":\"1\",\"source\":null,\"type\":\"t\",\"specversion\":\"1.0\"}", "/source"},
        {"{\"id\":\"1\",\"source\":\"s\",\"type\":\"\",\"specversion\":\"1.0\"}", "/type"},
        {"{\"id\":\"1\",\"source\":\"s\",\"type\":\"t\"}", "/specversion"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exchange x = structured(cases[i].body);
        assert_not_translated(cloudevents_translate, &x, STATUS_MISSING_MEMBER, cases[i].pointer);
    }
    struct exchange none = {.body = EVENT("")};
    assert_not_translated(cloudevents_translate, &none, STATUS_MISSING_MEMBER, "");
}

static void attributes_have_their_types(void **state)
{
    (void)state;
    struct exchange x = structured(EVENT(",\"time\":\"yesterday\""));
    assert_not_translated(cloudevents_translate, &x, STATUS_INVALID_TIMESTAMP, "/time");
    x = structured(EVENT(",\"subject\":[]"));
    assert_not_translated(cloudevents_translate, &x, STATUS_WRONG_TYPE, "/subject");
    x = structured(EVENT(",\"id\":\"a\\nb\""));
    assert_not_translated(cloudevents_translate, &x, STATUS_INVALID_VALUE, "/id");
    x = structured(EVENT(",\"datacontenttype\":\"text/plain\",\"data\":\"a\""));
    assert_not_translated(cloudevents_translate, &x, STATUS_UNSUPPORTED_MEDIA_TYPE, "/datacontenttype");
    x = structured("[]");
    assert_not_translated(cloudevents_translate, &x, STATUS_WRONG_TYPE, "");
    x = batch(EVENT(""));
    assert_not_translated(cloudevents_translate, &x, STATUS_WRONG_TYPE, "");
}

static void source_and_id_together_are_the_message(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *id;
    } pairs[] = {{"a", "b"}, {"a b", "c"}, {"a", "b c"}, {"a b c", "d"}, {"a b", "c d"}};
    struct uuid ids[COUNT_OF(pairs)];
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct exchange x = structured(arena_printf(
            arena,
            "{\"specversion\":\"1.0\",\"type\":\"t\",\"subject\":\"u\",\"source\":\"%s\",\"id\":\"%s\"}",
            pairs[i].source, pairs[i].id));
        assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
        ids[i] = translated(&x, 0).event.event_id;
        for (size_t k = 0; k < i; k++) {
            assert_uuid_not_equal(ids[i], ids[k]);
        }
    }
}

static void a_long_id_is_hashed(void **state)
{
    (void)state;
    char id[400];
    memset(id, 'x', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    struct exchange x = structured(arena_printf(
        arena, "{\"specversion\":\"1.0\",\"type\":\"t\",\"subject\":\"u\",\"source\":\"s\",\"id\":\"%s\"}",
        id));
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    struct message one = translated(&x, 0);
    assert_int_equal(one.message_id.n, strlen("ce:") + 64);
    id[0] = 'y';
    x.body = arena_printf(
        arena, "{\"specversion\":\"1.0\",\"type\":\"t\",\"subject\":\"u\",\"source\":\"s\",\"id\":\"%s\"}",
        id);
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_uuid_not_equal(one.event.event_id, translated(&x, 0).event.event_id);
}

/* --- data --- */

static void data_may_be_base64_of_json(void **state)
{
    (void)state;
    struct exchange x = structured(EVENT(",\"data_base64\":\"eyJvcmRlcl9pZCI6Ik8ifQ==\""));
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_span(translated(&x, 0).event.order_id, "O");
    x = structured(EVENT(",\"data_base64\":\"eyJvcmRl\""));
    assert_not_translated(cloudevents_translate, &x, STATUS_MALFORMED_JSON, "/data_base64");
    x = structured(EVENT(",\"data_base64\":\"!\""));
    assert_not_translated(cloudevents_translate, &x, STATUS_INVALID_VALUE, "/data_base64");
    x = structured(EVENT(",\"data_base64\":\"e30=\",\"data\":{}"));
    assert_not_translated(cloudevents_translate, &x, STATUS_INVALID_VALUE, "/data_base64");
}

static void data_that_is_no_object_needs_a_mapping(void **state)
{
    (void)state;
    struct exchange x = of_type("product.viewed", "[1,{\"sku\":\"p\"}]");
    assert_not_translated(cloudevents_translate, &x, STATUS_WRONG_TYPE, "/data");
    x.mapping = "{\"properties\":{\"sku\":\"/data/1/sku\"}}";
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"ce:s 1\",\"userId\":\"u\",\"event\":\"Product Viewed\","
        "\"properties\":{\"sku\":\"p\"}}");
}

static void numbers_keep_all_their_digits(void **state)
{
    (void)state;
    struct exchange x = of_type("order.completed", "{\"id\":820982911946154508,\"total\":27.10}");
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_span(translated(&x, 0).event.order_id, "820982911946154508");
}

static void what_makes_too_large_a_message_is_refused_alone(void **state)
{
    (void)state;
    char *text = arena_alloc(arena, 30001);
    memset(text, 'x', 30000);
    struct exchange x =
        batch(arena_printf(arena, "[" EVENT(",\"data\":{\"a\":\"%s\"}") "," EVENT("") "]", text));
    x.mapping = "{\"properties\":{\"a\":\"/data/a\",\"b\":\"/data/a\"}}";
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_int_equal(x.translation.n, 2);
    assert_int_equal(x.translation.n_refusals, 1);
    assert_int_equal(x.translation.refusals[0].status, STATUS_TOO_LARGE);
    assert_string_equal(x.translation.refusals[0].pointer, "/0");
}

/* --- what they mean --- */

static void the_last_words_of_a_type_are_an_event_of_ours(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        enum event_kind kind;
    } cases[] = {
        {"order.completed", EVENT_ORDER_COMPLETED},
        {"com.acme.shop.order.completed.v2", EVENT_ORDER_COMPLETED},
        {"com.acme.Shop_Order_Completed", EVENT_ORDER_COMPLETED},
        {"com.acme/OrderCompleted", EVENT_ORDER_COMPLETED},
        {"acme:completed-order", EVENT_ORDER_COMPLETED},
        {"acme.order.placed", EVENT_ORDER_COMPLETED},
        {"acme.order.paid", EVENT_ORDER_COMPLETED},
        {"acme.order.canceled", EVENT_ORDER_CANCELLED},
        {"acme.order.updated", EVENT_ORDER_UPDATED},
        {"acme.checkout.started", EVENT_CHECKOUT_STARTED},
        {"acme.product.viewed", EVENT_PRODUCT_VIEWED},
        {"acme.wishlist.product.added.to.cart", EVENT_WISHLIST_TO_CART},
        {"acme.user.updated", EVENT_IDENTIFY},
        {"acme.page.viewed", EVENT_PAGE},
        {"order.created", EVENT_CUSTOM},
        {"reorder.completed", EVENT_CUSTOM},
        {"v1", EVENT_CUSTOM},
        {"...", EVENT_CUSTOM},
        {"com.acme.loyalty.joined", EVENT_CUSTOM},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exchange x = of_type(cases[i].type, "{\"order_id\":\"o\"}");
        if (run(cloudevents_translate, &x) != STATUS_OK || translated(&x, 0).event.kind != cases[i].kind) {
            fail_msg("%s is not %s", cases[i].type, event_kind_name(cases[i].kind));
        }
    }
}

static void another_type_is_an_event_of_that_name(void **state)
{
    (void)state;
    struct exchange x = of_type("com.acme.loyalty.joined", "null");
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_span(translated(&x, 0).event.name, "com.acme.loyalty.joined");
}

static void a_refund_keeps_its_own_id_apart_from_its_orders(void **state)
{
    (void)state;
    struct exchange x = of_type("order.refunded", "{\"id\":\"r-1\",\"order\":{\"id\":7},\"total\":1}");
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_span(translated(&x, 0).event.order_id, "7");
}

static void a_person_is_named_by_the_data_or_else_the_subject(void **state)
{
    (void)state;
    static const struct {
        const char *subject;
        const char *data;
        const char *id;
    } cases[] = {
        {"42", "{}", "42"},
        {"customers/42", "{}", "42"},
        {"/v1/Users/42", "{}", "42"},
        {"customers/42", "{\"customer_id\":7}", "7"},
        {"orders/1", "{\"customer\":{\"id\":\"c\"}}", "c"},
        {"orders/1", "{\"anonymousId\":\"a\"}", "a"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exchange x = structured(arena_printf(arena,
                                                    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\","
                                                    "\"type\":\"t\",\"subject\":\"%s\",\"data\":%s}",
                                                    cases[i].subject, cases[i].data));
        assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
        assert_span(translated(&x, 0).customer_id, cases[i].id);
    }
    struct exchange x = structured("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"t\","
                                   "\"subject\":\"orders/1\"}");
    struct message m;
    struct error error;
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_int_equal(decode(x.translation.body, true, 0, NULL, &m, &error), STATUS_MISSING_IDENTITY);
}

static void a_customers_data_are_traits(void **state)
{
    (void)state;
    struct exchange x = of_type("customer.created", "{\"email\":\"ada@shop.example\",\"vip\":true}");
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"identify\",\"messageId\":\"ce:s 1\",\"userId\":\"u\",\"traits\":{\"email\":"
        "\"ada@shop.example\",\"vip\":true}}");
}

static void an_address_in_other_data_names_its_customer_by_a_hash(void **state)
{
    (void)state;
    struct exchange x = of_type("product.viewed", "{\"email\":\"ada@shop.example\"}");
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"ce:s 1\",\"userId\":\"u\",\"event\":\"Product Viewed\","
        "\"properties\":{},\"context\":{\"externalIds\":[{\"type\":\"email_sha256\",\"id\":\"" ADA "\"}]}}");
    x = of_type("product.viewed", "{\"email\":\"Ada@Shop.example\",\"phone\":\"+49 30 123\",\"sku\":\"x\"}");
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"ce:s 1\",\"userId\":\"u\",\"event\":\"Product Viewed\","
        "\"properties\":{\"sku\":\"x\"},\"context\":{\"externalIds\":[{\"type\":\"email_sha256\",\"id\":"
        "\"" ADA "\"},{\"type\":\"phone_sha256\",\"id\":"
                 "\"a2768111641e114d02ee6b68f0786da46ff3fac993f7751d663df57643a6b403\"}]}}");
}

static void what_is_no_address_is_data(void **state)
{
    (void)state;
    struct exchange x = of_type("product.viewed", "{\"email\":true,\"phone\":\"no\"}");
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"ce:s 1\",\"userId\":\"u\",\"event\":\"Product Viewed\","
        "\"properties\":{\"email\":true,\"phone\":\"no\"}}");
}

static void the_source_says_what_an_event_leaves_out(void **state)
{
    (void)state;
    struct exchange x = of_type("order.completed", "{\"order_id\":\"7\",\"total\":1}");
    x.currency = "EUR";
    x.channel = "pos";
    x.order_prefix = "berlin-";
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"ce:s 1\",\"userId\":\"u\",\"event\":\"Order Completed\","
        "\"properties\":{\"total\":1,\"order_id\":\"berlin-7\",\"currency\":\"EUR\"},"
        "\"context\":{\"channel\":\"pos\"}}");
    x.body = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"subject\":\"u\",\"type\":\"order."
             "completed\","
             "\"data\":{\"order_id\":8,\"currency\":\"USD\",\"channel\":\"web\"}}";
    assert_translated(
        cloudevents_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"ce:s 1\",\"userId\":\"u\",\"event\":\"Order Completed\","
        "\"properties\":{\"currency\":\"USD\",\"channel\":\"web\",\"order_id\":\"berlin-8\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_structured_event_is_a_message),
        cmocka_unit_test(a_binary_event_has_its_attributes_in_headers),
        cmocka_unit_test(a_header_is_percent_decoded_once),
        cmocka_unit_test(only_a_whole_value_is_a_quoted_string),
        cmocka_unit_test(a_header_that_is_no_text_is_refused),
        cmocka_unit_test(a_binary_event_says_the_type_of_its_data_in_content_type),
        cmocka_unit_test(a_batch_may_be_empty),
        cmocka_unit_test(a_bad_item_does_not_sink_its_neighbours),
        cmocka_unit_test(an_ignored_item_leaves_the_indexes_of_the_others_known),
        cmocka_unit_test(a_format_other_than_json_is_not_read),
        cmocka_unit_test(four_attributes_are_needed),
        cmocka_unit_test(attributes_have_their_types),
        cmocka_unit_test(source_and_id_together_are_the_message),
        cmocka_unit_test(a_long_id_is_hashed),
        cmocka_unit_test(data_may_be_base64_of_json),
        cmocka_unit_test(data_that_is_no_object_needs_a_mapping),
        cmocka_unit_test(numbers_keep_all_their_digits),
        cmocka_unit_test(what_makes_too_large_a_message_is_refused_alone),
        cmocka_unit_test(the_last_words_of_a_type_are_an_event_of_ours),
        cmocka_unit_test(another_type_is_an_event_of_that_name),
        cmocka_unit_test(a_refund_keeps_its_own_id_apart_from_its_orders),
        cmocka_unit_test(a_person_is_named_by_the_data_or_else_the_subject),
        cmocka_unit_test(a_customers_data_are_traits),
        cmocka_unit_test(what_is_no_address_is_data),
        cmocka_unit_test(an_address_in_other_data_names_its_customer_by_a_hash),
        cmocka_unit_test(the_source_says_what_an_event_leaves_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
