/* What a shop writes down about the events of its own systems. */
#include "foreign_fixture.h"

#include <stdio.h>

static struct exchange event(const char *type, const char *data, const char *mapping)
{
    return (struct exchange){
        .headers = {{"content-type", "application/cloudevents+json"}},
        .body =
            arena_printf(arena,
                         "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"subject\":\"orders/1\","
                         "\"shopper\":\"ada\",\"type\":\"%s\",\"data\":%s}",
                         type, data),
        .mapping = mapping};
}

/** The event makes this message, given after its messageId. */
static void assert_makes(struct exchange x, const char *type, const char *rest)
{
    assert_translated(cloudevents_translate, &x,
                      arena_printf(arena, "{\"type\":\"%s\",\"messageId\":\"ce:s 1\",%s}", type, rest));
}

static void a_type_is_an_event(void **state)
{
    (void)state;
    const char *mapping =
        "{\"types\":{\"placed\":\"Order Completed\",\"seen\":\"page\",\"known\":\"identify\"},"
        "\"user_id\":\"/data/by\"}";
    assert_makes(event("placed", "{\"by\":7,\"id\":\"o\"}", mapping), "track",
                 "\"userId\":\"7\",\"event\":\"Order Completed\",\"properties\":{\"by\":7,\"id\":\"o\","
                 "\"order_id\":\"o\"}");
    assert_makes(event("seen", "{\"by\":7}", mapping), "page", "\"userId\":\"7\",\"properties\":{\"by\":7}");
    assert_makes(event("known", "{\"by\":7}", mapping), "identify", "\"userId\":\"7\",\"traits\":{\"by\":7}");
}

static void a_type_that_is_null_is_not_used(void **state)
{
    (void)state;
    struct exchange x = event("ping", "{}", "{\"types\":{\"ping\":null}}");
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_int_equal(x.translation.kind, TRANSLATION_NOTHING);
    assert_span(x.translation.subject, "ping");
}

static void a_star_is_all_other_types(void **state)
{
    (void)state;
    const char *mapping = "{\"types\":{\"*\":null,\"order.completed\":{\"user_id\":\"/shopper\"}}}";
    struct exchange x = event("other", "{}", mapping);
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    assert_int_equal(x.translation.kind, TRANSLATION_NOTHING);
    assert_makes(event("order.completed", "{}", mapping), "track",
                 "\"userId\":\"ada\",\"event\":\"Order Completed\",\"properties\":{}");
}

static void properties_are_taken_from_where_the_mapping_says_and_nothing_else(void **state)
{
    (void)state;
    assert_makes(event("order.completed", "{\"no\":12,\"sum\":{\"net\":\"9.50\"},\"address\":\"Main St 1\"}",
                       "{\"user_id\":\"/shopper\",\"properties\":{\"order_id\":\"/data/no\",\"revenue\":\"/"
                       "data/sum/net\","
                       "\"currency\":{\"value\":\"EUR\"},\"coupon\":\"/data/coupon\"}}"),
                 "track",
                 "\"userId\":\"ada\",\"event\":\"Order "
                 "Completed\",\"properties\":{\"order_id\":12,\"revenue\":\"9.50\","
                 "\"currency\":\"EUR\"}");
}

static void of_several_pointers_the_first_that_leads_somewhere_counts(void **state)
{
    (void)state;
    const char *mapping =
        "{\"user_id\":\"/shopper\",\"properties\":{\"order_id\":[\"/data/order/no\",\"/data/no\"]}}";
    assert_makes(event("t", "{\"no\":1,\"order\":{\"no\":2}}", mapping), "track",
                 "\"userId\":\"ada\",\"event\":\"t\",\"properties\":{\"order_id\":2}");
    assert_makes(event("t", "{\"no\":1,\"order\":{\"no\":null}}", mapping), "track",
                 "\"userId\":\"ada\",\"event\":\"t\",\"properties\":{\"order_id\":1}");
}

static void a_list_is_made_item_by_item(void **state)
{
    (void)state;
    const char *mapping =
        "{\"user_id\":\"/shopper\",\"properties\":{\"products\":{\"each\":\"/data/lines\",\"as\":{"
        "\"product_id\":\"/article\",\"price\":\"/cost/each\"}}}}";
    assert_makes(event("t", "{\"lines\":[{\"article\":\"a\",\"cost\":{\"each\":1.10}},{},7]}", mapping),
                 "track",
                 "\"userId\":\"ada\",\"event\":\"t\",\"properties\":{\"products\":[{\"product_id\":\"a\","
                 "\"price\":1.10},"
                 "{},{}]}");
    assert_makes(event("t", "{\"lines\":[]}", mapping), "track",
                 "\"userId\":\"ada\",\"event\":\"t\",\"properties\":{\"products\":[]}");
    assert_makes(event("t", "{}", mapping), "track", "\"userId\":\"ada\",\"event\":\"t\",\"properties\":{}");
}

static void a_type_may_have_its_own_members(void **state)
{
    (void)state;
    const char *mapping =
        "{\"properties\":{\"order_id\":\"/data/id\"},\"user_id\":\"/shopper\",\"types\":{"
        "\"back\":{\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"/data/order\"}}}}";
    assert_makes(event("back", "{\"id\":\"r\",\"order\":\"o\"}", mapping), "track",
                 "\"userId\":\"ada\",\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"o\"}");
    assert_makes(event("t", "{\"id\":\"r\",\"order\":\"o\"}", mapping), "track",
                 "\"userId\":\"ada\",\"event\":\"t\",\"properties\":{\"order_id\":\"r\"}");
}

static void an_address_of_an_event_stands_in_its_context_as_a_hash(void **state)
{
    (void)state;
    const char *mapping = "{\"anonymous_id\":\"/data/visitor\",\"traits\":{\"email\":\"/data/"
                          "mail\",\"name\":\"/data/visitor\"},\"channel\":"
                          "\"/data/via\",\"properties\":{}}";
    assert_makes(event("t", "{\"visitor\":\"v\",\"mail\":\"ada@shop.example\",\"via\":\"kiosk\"}", mapping),
                 "track",
                 "\"anonymousId\":\"v\",\"event\":\"t\",\"properties\":{},\"context\":{\"channel\":\"kiosk\","
                 "\"externalIds\":[{\"type\":\"email_sha256\",\"id\":\"" ADA "\"}]}");
    assert_makes(
        event("t", "{\"visitor\":\"v\"}",
              "{\"properties\":{},\"anonymous_id\":\"/data/visitor\",\"channel\":{\"value\":\"pos\"}}"),
        "track", "\"anonymousId\":\"v\",\"event\":\"t\",\"properties\":{},\"context\":{\"channel\":\"pos\"}");
}

static void pointers_are_those_of_rfc_6901(void **state)
{
    (void)state;
    assert_makes(event("t", "{\"a/b\":{\"m~n\":[0,{\"\":5}]}}",
                       "{\"user_id\":\"/shopper\",\"properties\":{\"x\":\"/data/a~1b/m~0n/1/\",\"y\":\"/data/"
                       "a~1b/m~0n/01\","
                       "\"z\":\"/data/a~1b/m~0n/2\",\"w\":\"/data/a~1b/m~0n/-\"}}"),
                 "track", "\"userId\":\"ada\",\"event\":\"t\",\"properties\":{\"x\":5}");
}

static void a_pointer_reads_an_attribute_that_came_as_a_header(void **state)
{
    (void)state;
    struct exchange x = {.headers = {{"ce-specversion", "1.0"},
                                     {"ce-id", "1"},
                                     {"ce-source", "s"},
                                     {"ce-type", "t"},
                                     {"ce-shopper", "ada%20l"}},
                         .body = "{\"a\":1}",
                         .mapping =
                             "{\"user_id\":\"/shopper\",\"properties\":{\"of\":\"/source\",\"a\":\"/data/a\","
                             "\"b\":\"/Shopper\",\"c\":\"/shopper/x\"}}"};
    assert_makes(x, "track", "\"userId\":\"ada l\",\"event\":\"t\",\"properties\":{\"of\":\"s\",\"a\":1}");
}

static void assert_bad(const char *mapping, const char *pointer)
{
    struct error error = {0};
    enum status status = mapping_check(span_of(mapping), &error);
    assert_refusal(status, &error, STATUS_INVALID_SOURCE, pointer, mapping);
}

static void a_mapping_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *mapping;
        const char *place; /* after /settings/mapping */
    } bad[] = {
        {"", NULL},
        {"{}", NULL},
        {"{\"types\":{}}", NULL},
        {"{\"types\":{\"a\":\"Order Completed\",\"*\":null,\"b\":{}}}", NULL},
        {"[]", ""},
        {"{", ""},
        {"{\"users\":\"/a\"}", "/users"},
        {"{\"event\":\"a\"}", "/event"},
        {"{\"user_id\":\"data.id\"}", "/user_id"},
        {"{\"user_id\":\"/\"}", "/user_id"},
        {"{\"user_id\":\"/a~2\"}", "/user_id"},
        {"{\"user_id\":7}", "/user_id"},
        {"{\"user_id\":[]}", "/user_id"},
        {"{\"user_id\":[\"/a\",7]}", "/user_id/1"},
        {"{\"user_id\":{\"value\":\"ada\"}}", "/user_id"},
        {"{\"channel\":{\"value\":{}}}", "/channel/value"},
        {"{\"channel\":{\"value\":null}}", "/channel"},
        {"{\"channel\":{\"each\":\"/a\",\"as\":{}}}", "/channel"},
        {"{\"traits\":{\"a\":{\"each\":\"/a\",\"as\":{}}}}", "/traits/a"},
        {"{\"properties\":[]}", "/properties"},
        {"{\"properties\":{\"\":\"/a\"}}", "/properties/"},
        {"{\"properties\":{\"a/b\":true}}", "/properties/a~1b"},
        {"{\"properties\":{\"a\":{\"each\":\"/a\",\"as\":{\"b\":{\"each\":\"/c\",\"as\":{}}}}}}",
         "/properties/a/as/b"},
        {"{\"properties\":{\"a\":{\"each\":\"a\",\"as\":{}}}}", "/properties/a/each"},
        {"{\"types\":[]}", "/types"},
        {"{\"types\":{\"\":null}}", "/types/"},
        {"{\"types\":{\"a\":7}}", "/types/a"},
        {"{\"types\":{\"a\":\" \"}}", "/types/a"},
        {"{\"types\":{\"a\":{\"types\":{}}}}", "/types/a/types"},
        {"{\"types\":{\"a\":{\"event\":7}}}", "/types/a/event"},
        {"{\"types\":{\"a\":{\"properties\":{\"b\":\"c\"}}}}", "/types/a/properties/b"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error error;
        if (bad[i].place != NULL) {
            assert_bad(bad[i].mapping, arena_printf(arena, "/settings/mapping%s", bad[i].place));
        } else if (mapping_check(span_of(bad[i].mapping), &error) != STATUS_OK) {
            fail_msg("%s: %s", bad[i].mapping, error.detail);
        }
    }
}

/** The first JSON of docs/cloudevents.md after ${heading}. */
static const char *documented(const char *heading)
{
    FILE *file = fopen("docs/cloudevents.md", "r");
    if (file == NULL) {
        fail_msg("docs/cloudevents.md cannot be read");
        return "";
    }
    char *text = arena_alloc(arena, 65536);
    size_t n = fread(text, 1, 65535, file);
    fclose(file);
    text[n] = '\0';
    char *begin = strstr(text, heading);
    begin = begin == NULL ? NULL : strstr(begin, "```json\n");
    char *end = begin == NULL ? NULL : strstr(begin + 8, "```");
    assert_non_null(end);
    *end = '\0';
    return begin + 8;
}

static void the_documented_mapping_makes_an_order_of_a_sale(void **state)
{
    (void)state;
    struct exchange x =
        event("com.acme.sale",
              "{\"no\":17,\"sum\":{\"net\":\"20.00\"},\"buyer\":{\"no\":42,\"mail\":\"ada@shop.example\"},"
              "\"lines\":[{\"article\":\"tea\",\"price\":10,\"pieces\":2}]}",
              documented("## Mapping"));
    assert_makes(x, "track",
                 "\"userId\":\"42\",\"event\":\"Order "
                 "Completed\",\"properties\":{\"order_id\":17,\"revenue\":\"20.00\","
                 "\"currency\":\"EUR\",\"products\":[{\"product_id\":\"tea\",\"price\":10,\"quantity\":2}]},"
                 "\"context\":{"
                 "\"externalIds\":[{\"type\":\"email_sha256\",\"id\":\"" ADA "\"}]}");
    struct message m;
    assert_int_equal(run(cloudevents_translate, &x), STATUS_OK);
    m = translated(&x, 0);
    assert_int_equal(m.event.value, 2000);
    assert_int_equal(m.event.n_products, 1);
}

/** {"OBJECT":{"0":JSON,"1":JSON,...}} with ${n} members. */
static const char *many(const char *object, const char *json, int n)
{
    const char *text = "";
    for (int i = 0; i < n; i++) {
        text = arena_printf(arena, "%s%s\"%d\":%s", text, i ? "," : "", i, json);
    }
    return arena_printf(arena, "{\"%s\":{%s}}", object, text);
}

static void a_mapping_is_bounded(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(mapping_check(span_of(many("properties", "\"/a\"", 100)), &error), STATUS_OK);
    assert_bad(many("properties", "\"/a\"", 101), "/settings/mapping/properties");
    assert_int_equal(mapping_check(span_of(many("types", "null", 200)), &error), STATUS_OK);
    assert_bad(many("types", "null", 201), "/settings/mapping/types");
    assert_bad("{\"user_id\":[\"/a\",\"/a\",\"/a\",\"/a\",\"/a\",\"/a\",\"/a\",\"/a\",\"/a\"]}",
               "/settings/mapping/user_id");
    char *spaces = arena_alloc(arena, 16386);
    memset(spaces, ' ', 16384);
    memcpy(spaces, "{}", 2);
    assert_int_equal(mapping_check((struct span){spaces, 16384}, &error), STATUS_OK);
    assert_int_equal(mapping_check((struct span){spaces, 16385}, &error), STATUS_INVALID_SOURCE);
}

static void a_long_name_in_a_refusal_is_cut_between_characters(void **state)
{
    (void)state;
    const char *name = "";
    for (int i = 0; i < 40; i++) {
        name = arena_printf(arena, "%s京", name);
    }
    const char *shown = arena_text(arena, (struct span){name, 63});
    assert_bad(arena_printf(arena, "{\"types\":{\"%s\":{\"properties\":{\"%s\":7}}}}", name, name),
               arena_printf(arena, "/settings/mapping/types/%s/properties/%s", shown, shown));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_is_an_event),
        cmocka_unit_test(a_type_that_is_null_is_not_used),
        cmocka_unit_test(a_star_is_all_other_types),
        cmocka_unit_test(properties_are_taken_from_where_the_mapping_says_and_nothing_else),
        cmocka_unit_test(of_several_pointers_the_first_that_leads_somewhere_counts),
        cmocka_unit_test(a_list_is_made_item_by_item),
        cmocka_unit_test(a_type_may_have_its_own_members),
        cmocka_unit_test(an_address_of_an_event_stands_in_its_context_as_a_hash),
        cmocka_unit_test(pointers_are_those_of_rfc_6901),
        cmocka_unit_test(a_pointer_reads_an_attribute_that_came_as_a_header),
        cmocka_unit_test(a_mapping_is_checked),
        cmocka_unit_test(a_mapping_is_bounded),
        cmocka_unit_test(the_documented_mapping_makes_an_order_of_a_sale),
        cmocka_unit_test(a_long_name_in_a_refusal_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
