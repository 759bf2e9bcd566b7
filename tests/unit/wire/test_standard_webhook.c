/* The body of a Standard Webhook as a message; its signature is checked elsewhere. */
#include "foreign_fixture.h"

static struct exchange webhook(const char *body)
{
    return (struct exchange){.headers = {{"webhook-id", "msg_1"}, {"content-type", "application/json"}},
                             .body = body};
}

static void a_webhook_is_a_message(void **state)
{
    (void)state;
    struct exchange x = webhook("{\"type\":\"order.completed\",\"timestamp\":\"2026-11-21T17:00:00.5Z\","
                                "\"data\":{\"customer_id\":\"ada\",\"id\":\"A-1\",\"total\":\"9.50\"}}");
    assert_translated(
        standard_webhook_translate, &x,
        "{\"type\":\"track\",\"messageId\":\"webhook:msg_1\",\"timestamp\":\"2026-11-21T17:00:00.5Z\","
        "\"userId\":\"ada\",\"event\":\"Order Completed\",\"properties\":{\"customer_id\":\"ada\","
        "\"id\":\"A-1\",\"total\":\"9.50\",\"order_id\":\"A-1\"}}");
    struct message m = translated(&x, 0);
    assert_int_equal(m.event.value, 950);
    assert_span(x.translation.subject, "order.completed");
}

static void a_mapping_says_what_it_means(void **state)
{
    (void)state;
    struct exchange x = webhook("{\"type\":\"sale\",\"till\":4,\"data\":{\"who\":\"ada\"}}");
    x.mapping =
        "{\"types\":{\"sale\":\"Order Completed\",\"*\":null},\"user_id\":\"/data/who\",\"properties\":{"
        "\"till\":\"/till\"}}";
    assert_translated(standard_webhook_translate, &x,
                      "{\"type\":\"track\",\"messageId\":\"webhook:msg_1\",\"userId\":\"ada\",\"event\":"
                      "\"Order Completed\",\"properties\":{\"till\":4}}");
    x.body = "{\"type\":\"stock.counted\"}";
    assert_int_equal(run(standard_webhook_translate, &x), STATUS_OK);
    assert_int_equal(x.translation.kind, TRANSLATION_NOTHING);
}

static void a_bad_one_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum status status;
        const char *pointer;
    } cases[] = {
        {"", STATUS_MALFORMED_JSON, ""},
        {"[]", STATUS_WRONG_TYPE, ""},
        {"{\"data\":{}}", STATUS_MISSING_MEMBER, "/type"},
        {"{\"type\":7}", STATUS_WRONG_TYPE, "/type"},
        {"{\"type\":\"\"}", STATUS_INVALID_VALUE, "/type"},
        {"{\"type\":\"a\\u0001\"}", STATUS_INVALID_VALUE, "/type"},
        {"{\"type\":\"a\",\"timestamp\":\"noon\"}", STATUS_INVALID_TIMESTAMP, "/timestamp"},
        {"{\"type\":\"a\",\"timestamp\":1}", STATUS_INVALID_TIMESTAMP, "/timestamp"},
        {"{\"type\":\"a\",\"data\":[]}", STATUS_WRONG_TYPE, "/data"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exchange x = webhook(cases[i].body);
        assert_not_translated(standard_webhook_translate, &x, cases[i].status, cases[i].pointer);
    }
}

static void a_webhook_has_an_id(void **state)
{
    (void)state;
    struct exchange x = {.body = "{\"type\":\"a\"}"};
    assert_not_translated(standard_webhook_translate, &x, STATUS_MISSING_MEMBER, "");
    x.headers[0].name = "webhook-id";
    x.headers[0].value = "\xff";
    assert_not_translated(standard_webhook_translate, &x, STATUS_INVALID_UTF8, "");
}

static void a_mapping_that_is_none_is_our_fault(void **state)
{
    (void)state;
    struct exchange x = webhook("{\"type\":\"a\"}");
    x.mapping = "[]";
    assert_not_translated(standard_webhook_translate, &x, STATUS_INTERNAL, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_webhook_is_a_message),
        cmocka_unit_test(a_mapping_says_what_it_means),
        cmocka_unit_test(a_bad_one_is_refused),
        cmocka_unit_test(a_webhook_has_an_id),
        cmocka_unit_test(a_mapping_that_is_none_is_our_fault),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
