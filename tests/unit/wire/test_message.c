#include "wire/identity.h"
#include "message_fixture.h"

/* --- envelopes --- */

static enum status opened(const char *body, bool is_batch, struct envelope **out, struct error *error)
{
    return envelope_parse(arena, span_of(body), is_batch, out, error);
}

static void not_opened(const char *body, bool is_batch, enum status expected, const char *pointer)
{
    struct envelope *envelope;
    struct error error;
    enum status status = opened(body, is_batch, &envelope, &error);
    assert_refusal(status, &error, expected, pointer, body);
}

static void a_single_message_counts_one(void **state)
{
    (void)state;
    struct envelope *envelope;
    assert_int_equal(opened("{\"writeKey\":\"wk\"}", false, &envelope, NULL), STATUS_OK);
    assert_int_equal(envelope_count(envelope), 1);
    assert_span(envelope_write_key(envelope), "wk");
    assert_int_equal(envelope_stripped(envelope), 0);
}

static void a_batch_counts_its_items(void **state)
{
    (void)state;
    struct envelope *envelope;
    assert_int_equal(opened("{\"batch\":[{},[1,{}],null,3],\"api_key\":\"wk\"}", true, &envelope, NULL),
                     STATUS_OK);
    assert_int_equal(envelope_count(envelope), 4);
    assert_span(envelope_write_key(envelope), "wk");
    assert_int_equal(opened("{\"batch\":[],\"writeKey\":7}", true, &envelope, NULL), STATUS_OK);
    assert_int_equal(envelope_count(envelope), 0);
    assert_span(envelope_write_key(envelope), "");
}

static void a_body_that_is_no_object_is_refused(void **state)
{
    (void)state;
    not_opened("[]", false, STATUS_WRONG_TYPE, "");
    not_opened("[{}]", true, STATUS_WRONG_TYPE, "");
    not_opened("null", false, STATUS_WRONG_TYPE, "");
    not_opened("", false, STATUS_MALFORMED_JSON, "");
    not_opened("{", true, STATUS_MALFORMED_JSON, "");
    not_opened("{\"a\":\"\xff\"}", false, STATUS_INVALID_UTF8, "");
}

static void a_batch_without_items_is_refused(void **state)
{
    (void)state;
    not_opened("{}", true, STATUS_MISSING_MEMBER, "/batch");
    not_opened("{\"batch\":null}", true, STATUS_MISSING_MEMBER, "/batch");
    not_opened("{\"batch\":{}}", true, STATUS_WRONG_TYPE, "/batch");
    not_opened("{\"batch\":[],\"context\":[]}", true, STATUS_WRONG_TYPE, "/context");
}

static void a_batch_of_too_many_items_is_refused(void **state)
{
    (void)state;
    for (size_t n = BATCH_ITEMS_MAX; n <= BATCH_ITEMS_MAX + 1; n++) {
        char *body = arena_alloc(arena, 2 * n + 16);
        size_t at = (size_t)sprintf(body, "{\"batch\":[");
        for (size_t i = 0; i < n; i++) {
            body[at++] = '1';
            body[at++] = ',';
        }
        memcpy(body + at - 1, "]}", 3);
        struct envelope *envelope;
        struct error error;
        enum status status = opened(body, true, &envelope, &error);
        assert_int_equal(status, n > BATCH_ITEMS_MAX ? STATUS_TOO_MANY : STATUS_OK);
    }
}

static const char *padded(const char *before, size_t n, const char *after)
{
    size_t n_before = strlen(before);
    size_t n_after = strlen(after);
    char *text = arena_alloc(arena, n + 1);
    memset(text, 'x', n);
    memcpy(text, before, n_before);
    memcpy(text + n - n_after, after, n_after);
    return text;
}

static void a_message_has_at_most_its_bytes(void **state)
{
    (void)state;
    const char *before = "{\"userId\":\"u\",\"event\":\"a\",\"x\":\"";
    decoded("track", padded(before, MESSAGE_BYTES_MAX, "\"}"));
    not_opened(padded(before, MESSAGE_BYTES_MAX + 1, "\"}"), false, STATUS_TOO_LARGE, "");
}

static void a_large_item_does_not_sink_its_neighbours(void **state)
{
    (void)state;
    const char *body =
        padded("{\"batch\":[{\"type\":\"page\",\"userId\":\"u\"},{\"x\":\"", MESSAGE_BYTES_MAX + 60, "\"}]}");
    refused_item(body, 1, STATUS_TOO_LARGE, "/batch/1");
    assert_int_equal(decoded_item(body, 0).event.kind, EVENT_PAGE);
    body = padded("{\"batch\":[{\"x\":\"", BATCH_BYTES_MAX + 1, "\"}]}");
    not_opened(body, true, STATUS_TOO_LARGE, "");
}

static void a_batch_item_that_is_no_object_is_refused_alone(void **state)
{
    (void)state;
    const char *body = "{\"batch\":[null,7,{\"type\":\"page\",\"userId\":\"u\"},[]]}";
    refused_item(body, 0, STATUS_WRONG_TYPE, "/batch/0");
    refused_item(body, 1, STATUS_WRONG_TYPE, "/batch/1");
    refused_item(body, 3, STATUS_WRONG_TYPE, "/batch/3");
    assert_int_equal(decoded_item(body, 2).event.kind, EVENT_PAGE);
}

static const char *nested(const char *before, size_t depth, const char *after)
{
    char *text = arena_alloc(arena, strlen(before) + 2 * depth + strlen(after) + 1);
    char *p = stpcpy(text, before);
    memset(p, '[', depth);
    memset(p + depth, ']', depth);
    strcpy(p + 2 * depth, after);
    return text;
}

static void a_message_is_nested_as_deeply_alone_and_in_a_batch(void **state)
{
    (void)state;
    decoded("page", nested("{\"userId\":\"u\",\"x\":", MESSAGE_DEPTH_MAX - 1, "}"));
    not_opened(nested("{\"x\":", MESSAGE_DEPTH_MAX, "}"), false, STATUS_TOO_DEEP, "");
    decoded_item(
        nested("{\"batch\":[{\"type\":\"page\",\"userId\":\"u\",\"x\":", MESSAGE_DEPTH_MAX - 1, "}]}"), 0);
    not_opened(nested("{\"batch\":[{\"x\":", MESSAGE_DEPTH_MAX, "}]}"), true, STATUS_TOO_DEEP, "");
    decoded_item(nested("{\"batch\":[{\"type\":\"page\",\"userId\":\"u\"}],\"context\":{\"x\":",
                        MESSAGE_DEPTH_MAX, "}}"),
                 0);
}

/* --- types --- */

static void the_path_names_the_type(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        enum event_kind kind;
    } types[] = {{"identify", EVENT_IDENTIFY}, {"page", EVENT_PAGE},   {"screen", EVENT_SCREEN},
                 {"group", EVENT_GROUP},       {"alias", EVENT_ALIAS}, {"track", EVENT_CUSTOM}};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct message m = decoded(types[i].type, "{\"userId\":\"u\",\"type\":\"x\",\"event\":\"my_Event\"}");
        assert_int_equal(m.event.kind, types[i].kind);
        assert_span(m.event.name, types[i].kind == EVENT_CUSTOM ? "my event" : "");
        const char *start = arena_printf(arena, "{\"type\":\"%s\",", types[i].type);
        assert_memory_equal(m.payload.p, start, strlen(start));
    }
    refused("tracks", "{\"userId\":\"u\"}", STATUS_UNKNOWN_TYPE, "/type");
}

static void an_item_of_a_batch_names_its_own_type(void **state)
{
    (void)state;
    const char *body =
        "{\"batch\":[{\"userId\":\"u\"},{\"userId\":\"u\",\"type\":\"buy\"},{\"userId\":\"u\",\"type\":7},"
        "{\"userId\":\"u\",\"type\":null},{\"userId\":\"u\",\"type\":\"page\",\"type\":\"\\u0073creen\"}]}";
    refused_item(body, 0, STATUS_MISSING_MEMBER, "/batch/0/type");
    refused_item(body, 1, STATUS_UNKNOWN_TYPE, "/batch/1/type");
    refused_item(body, 2, STATUS_WRONG_TYPE, "/batch/2/type");
    refused_item(body, 3, STATUS_MISSING_MEMBER, "/batch/3/type");
    assert_int_equal(decoded_item(body, 4).event.kind, EVENT_SCREEN);
}

static void members_of_a_wrong_type_are_named(void **state)
{
    (void)state;
    refused("track", "{\"userId\":\"u\",\"event\":\"a\",\"properties\":[]}", STATUS_WRONG_TYPE,
            "/properties");
    refused("identify", "{\"userId\":\"u\",\"traits\":\"a\"}", STATUS_WRONG_TYPE, "/traits");
    refused("page", "{\"userId\":\"u\",\"context\":1}", STATUS_WRONG_TYPE, "/context");
    refused_item("{\"batch\":[{\"type\":\"page\",\"userId\":\"u\",\"context\":false}]}", 0, STATUS_WRONG_TYPE,
                 "/batch/0/context");
    decoded("track",
            "{\"userId\":\"u\",\"event\":\"a\",\"properties\":null,\"traits\":null,\"context\":null}");
}

static void a_track_message_needs_an_event(void **state)
{
    (void)state;
    refused("track", "{\"userId\":\"u\"}", STATUS_MISSING_MEMBER, "/event");
    refused("track", "{\"userId\":\"u\",\"event\":null}", STATUS_MISSING_MEMBER, "/event");
    refused("track", "{\"userId\":\"u\",\"event\":7}", STATUS_WRONG_TYPE, "/event");
    refused("track", "{\"userId\":\"u\",\"event\":\"\"}", STATUS_INVALID_VALUE, "/event");
    refused("track", "{\"userId\":\"u\",\"event\":\" _ \"}", STATUS_INVALID_VALUE, "/event");
    refused("track", padded("{\"userId\":\"u\",\"event\":\"", 24 + 256 + 2, "\"}"), STATUS_INVALID_VALUE,
            "/event");
    decoded("track", padded("{\"userId\":\"u\",\"event\":\"", 24 + 255 + 1, "\"}"));
}

static void a_known_event_is_counted_under_its_own_name(void **state)
{
    (void)state;
    struct event e = tracked("Viewed_Product", "{}");
    assert_int_equal(e.kind, EVENT_PRODUCT_VIEWED);
    assert_span(e.name, "product viewed");
    assert_span(tracked("My  Own-Event", "{}").name, "my own event");
}

/* --- who --- */

static void user_id_comes_before_anonymous_id(void **state)
{
    (void)state;
    struct message m = decoded("page", "{\"userId\":\"u\",\"anonymousId\":\"a\"}");
    assert_span(m.customer_id, "u");
    assert_int_equal(m.identities[0].kind, IDENTITY_USER);
    m = decoded("page", "{\"userId\":null,\"anonymousId\":\"a\"}");
    assert_span(m.customer_id, "a");
    assert_int_equal(m.identities[0].kind, IDENTITY_ANONYMOUS);
    m = decoded("page", "{\"userId\":\"\",\"anonymousId\":\"a\"}");
    assert_int_equal(m.identities[0].kind, IDENTITY_ANONYMOUS);
}

static void the_key_tells_users_and_anonymous_apart(void **state)
{
    (void)state;
    struct message user = decoded("page", "{\"userId\":\"a\"}");
    struct message anonymous = decoded("page", "{\"anonymousId\":\"a\"}");
    struct uuid key;
    digest_uuid5(&shop.space, span_of("user:a"), &key);
    assert_uuid_equal(user.event.identity_key, key);
    digest_uuid5(&shop.space, span_of("anonymous:a"), &key);
    assert_uuid_equal(anonymous.event.identity_key, key);
    identity_key(&shop, IDENTITY_ANONYMOUS, span_of("a"), &key);
    assert_uuid_equal(anonymous.event.identity_key, key);
}

static void a_key_of_a_long_id_is_made_like_any_other(void **state)
{
    (void)state;
    const char *id = padded("", 1000, "");
    struct uuid key;
    struct uuid expected;
    message_order_key(&shop, span_of(id), &key);
    digest_uuid5(&shop.space, span_of(arena_printf(arena, "order:%s", id)), &expected);
    assert_uuid_equal(key, expected);
}

static void an_integer_id_is_taken_as_its_text(void **state)
{
    (void)state;
    assert_span(decoded("page", "{\"userId\":820982911946154508123}").customer_id, "820982911946154508123");
    assert_span(decoded("page", "{\"userId\":-7}").customer_id, "-7");
    assert_uuid_equal(decoded("page", "{\"userId\":7}").event.identity_key,
                      decoded("page", "{\"userId\":\"7\"}").event.identity_key);
}

static void ids_of_other_types_are_refused(void **state)
{
    (void)state;
    refused("page", "{\"userId\":1.0}", STATUS_WRONG_TYPE, "/userId");
    refused("page", "{\"userId\":1e3}", STATUS_WRONG_TYPE, "/userId");
    refused("page", "{\"userId\":true}", STATUS_WRONG_TYPE, "/userId");
    refused("page", "{\"userId\":\"u\",\"anonymousId\":{}}", STATUS_WRONG_TYPE, "/anonymousId");
    refused("page", "{\"userId\":\"u\",\"messageId\":[]}", STATUS_WRONG_TYPE, "/messageId");
}

static void a_message_without_a_customer_is_refused(void **state)
{
    (void)state;
    refused("page", "{}", STATUS_MISSING_IDENTITY, "");
    refused("page", "{\"userId\":null,\"anonymousId\":\"\"}", STATUS_MISSING_IDENTITY, "");
    refused_item("{\"batch\":[{\"type\":\"page\"}]}", 0, STATUS_MISSING_IDENTITY, "/batch/0");
}

static void an_id_has_at_most_255_bytes(void **state)
{
    (void)state;
    decoded("page", padded("{\"userId\":\"", 11 + 255 + 2, "\"}"));
    refused("page", padded("{\"userId\":\"", 11 + 256 + 2, "\"}"), STATUS_INVALID_VALUE, "/userId");
    refused("page", padded("{\"userId\":\"u\",\"messageId\":\"", 27 + 256 + 2, "\"}"), STATUS_INVALID_VALUE,
            "/messageId");
}

static void a_nul_in_an_id_is_stripped(void **state)
{
    (void)state;
    struct message m = decoded("page", "{\"userId\":\"u\\u0000v\",\"x\\u0000\":\"\\ud800\"}");
    assert_span(m.customer_id, "uv");
    assert_span(m.payload, "{\"type\":\"page\",\"userId\":\"uv\",\"x\":\"\\ufffd\"}");
    struct envelope *envelope;
    assert_int_equal(opened("{\"a\\u0000\":\"\\u0000\\u0000\"}", false, &envelope, NULL), STATUS_OK);
    assert_int_equal(envelope_stripped(envelope), 3);
}

/* --- which message --- */

static void the_event_id_depends_on_the_message_id_alone(void **state)
{
    (void)state;
    struct message one = decoded("page", "{\"userId\":\"u\",\"messageId\":\"m\",\"name\":\"a\"}");
    struct message other = decoded("track", "{\"userId\":\"v\",\"messageId\":\"m\",\"event\":\"b\"}");
    assert_uuid_equal(one.event.event_id, other.event.event_id);
    assert_span(one.message_id, "m");
    other = decoded("page", "{\"userId\":\"u\",\"messageId\":\"n\",\"name\":\"a\"}");
    assert_uuid_not_equal(one.event.event_id, other.event.event_id);
    assert_span(decoded("page", "{\"userId\":\"u\",\"messageId\":12}").message_id, "12");
}

static void a_retry_without_message_id_has_the_same_event_id(void **state)
{
    (void)state;
    struct message one = decoded(
        "track",
        "{\"userId\":7,\"event\":\"a\",\"timestamp\":\"2026-11-21T17:00:00Z\",\"sentAt\":\"2026-11-21T17:00:"
        "01Z\","
        "\"properties\":{\"a\":[1,{\"x\":1,\"y\":\"\\u0041\"}],\"b\":null},\"context\":{\"ip\":\"1\"}}");
    struct message other = decoded(
        "track",
        "{ \"properties\": {\"b\":null, \"a\": [1, {\"y\":\"A\",\"x\":2,\"x\":1}]}, \"type\":\"track\","
        "\"timestamp\":\"2026-11-21T17:00:00Z\",\"sentAt\":\"2026-11-21T19:00:01Z\",\"event\":\"a\","
        "\"userId\":\"7\",\"anonymousId\":null,\"writeKey\":\"wk\",\"receivedAt\":\"x\"}");
    assert_uuid_equal(one.event.event_id, other.event.event_id);
    assert_int_equal(one.message_id.n, 0);
}

static void other_content_without_message_id_is_another_event(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"userId\":\"u\",\"event\":\"a\",\"timestamp\":\"2026-11-21T17:00:00Z\"}",
        "{\"userId\":\"v\",\"event\":\"a\",\"timestamp\":\"2026-11-21T17:00:00Z\"}",
        "{\"userId\":\"u\",\"event\":\"b\",\"timestamp\":\"2026-11-21T17:00:00Z\"}",
        "{\"userId\":\"u\",\"event\":\"a\",\"timestamp\":\"2026-11-21T17:00:01Z\"}",
        "{\"userId\":\"u\",\"event\":\"a\",\"originalTimestamp\":\"2026-11-21T17:00:00Z\"}",
        "{\"userId\":\"u\",\"event\":\"a\",\"timestamp\":\"2026-11-21T17:00:00Z\",\"properties\":{}}",
        "{\"userId\":\"u\",\"event\":\"a\",\"timestamp\":\"2026-11-21T17:00:00Z\",\"properties\":{\"a\":1}}",
    };
    struct uuid ids[COUNT_OF(bodies)];
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        ids[i] = decoded("track", bodies[i]).event.event_id;
        for (size_t j = 0; j < i; j++) {
            assert_uuid_not_equal(ids[i], ids[j]);
        }
    }
    assert_uuid_not_equal(decoded("page", bodies[0]).event.event_id, ids[0]);
}

static void a_message_with_neither_id_nor_time_is_always_new(void **state)
{
    (void)state;
    const char *body = "{\"userId\":\"u\",\"event\":\"a\"}";
    assert_uuid_not_equal(decoded("track", body).event.event_id, decoded("track", body).event.event_id);
}

/* --- the payload --- */

static void the_payload_is_the_message_without_keys_and_delivery(void **state)
{
    (void)state;
    struct message m =
        decoded("page", " {\"writeKey\":\"wk\", \"userId\" : \"u\",\"sentAt\":\"x\",\"n\":[1.50, "
                        "1e400],\"receivedAt\":1,\"type\":\"track\","
                        "\"api_key\":\"k\",\"timestamp\":\"2026-11-21T17:00:00Z\",\"\\u0074ype\":2,"
                        "\"integrations\":{\"All\":false}} ");
    assert_span(m.payload, "{\"type\":\"page\",\"userId\" : \"u\",\"n\":[1.50, 1e400],"
                           "\"timestamp\":\"2026-11-21T17:00:00Z\",\"integrations\":{\"All\":false}}");
}

static void a_batch_lends_its_context_to_its_items(void **state)
{
    (void)state;
    const char *body = "{\"context\":{\"channel\":\"Web\",\"ip\":\"1\",\"ip\":\"2\",\"a\":{\"b\":1}},"
                       "\"integrations\":{\"All\":true},\"batch\":["
                       "{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"m\"},"
                       "{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"m\",\"context\":{\"\\u0069p\":"
                       "\"3\",\"a\":{},\"x\":1},"
                       "\"integrations\":{\"A\":1}},"
                       "{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"m\",\"context\":{\"channel\":"
                       "null},\"integrations\":7},"
                       "{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"m\",\"context\":null}]}";
    assert_span(decoded_item(body, 0).payload,
                "{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"m\",\"context\":{\"a\":{\"b\":1},"
                "\"channel\":\"Web\",\"ip\":\"2\"},\"integrations\":{\"All\":true}}");
    assert_span(
        decoded_item(body, 1).payload,
        "{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"m\",\"context\":{\"\\u0069p\":\"3\",\"a\":{},"
        "\"x\":1,\"channel\":\"Web\"},\"integrations\":{\"A\":1,\"All\":true}}");
    assert_span(decoded_item(body, 2).payload, "{\"type\":\"page\",\"userId\":\"u\",\"messageId\":\"m\","
                                               "\"context\":{\"channel\":null,\"a\":{\"b\":1},"
                                               "\"ip\":\"2\"},\"integrations\":7}");
    assert_true(decoded_item(body, 0).event.channel == hash64(span_of("web")));
    assert_true(decoded_item(body, 1).event.channel == hash64(span_of("web")));
    assert_true(decoded_item(body, 2).event.channel == 0);
    assert_true(decoded_item(body, 3).event.channel == hash64(span_of("web")));
}

static void a_batch_cannot_lend_more_than_a_message_holds(void **state)
{
    (void)state;
    const char *body = padded("{\"batch\":[{\"type\":\"page\",\"userId\":\"u\"}],\"context\":{\"x\":\"",
                              MESSAGE_BYTES_MAX + 100, "\"}}");
    refused_item(body, 0, STATUS_TOO_LARGE, "/batch/0");
    char *many = arena_alloc(arena, 400001);
    size_t at = (size_t)sprintf(many, "{\"batch\":[");
    for (int i = 0; i < 1000; i++) {
        at += (size_t)sprintf(many + at, "{},");
    }
    at += (size_t)sprintf(many + at - 1, "],\"context\":{\"x\":\"") - 1;
    memset(many + at, 'x', 20000);
    strcpy(many + at + 20000, "\"}}");
    not_opened(many, true, STATUS_TOO_LARGE, "/context");
}

static void a_payload_that_is_not_ours_is_our_fault(void **state)
{
    (void)state;
    static const char *const payloads[] = {"",
                                           "[]",
                                           "{}",
                                           "{\"type\":7}",
                                           "{\"type\":\"buy\"}",
                                           "{\"type\":\"track\"}",
                                           "{\"type\":\"track\",\"event\":\"Order Updated\"}"};
    for (size_t i = 0; i < COUNT_OF(payloads); i++) {
        struct event event = {.points = 42};
        struct error error;
        assert_int_equal(message_recall(arena, span_of(payloads[i]), &shop, &event, &error), STATUS_INTERNAL);
        assert_int_equal(error.status, STATUS_INTERNAL);
        assert_int_equal(event.points, 42);
    }
}

static void a_refusal_leaves_the_output_alone(void **state)
{
    (void)state;
    struct message m = {.customer_id = {"x", 1}};
    struct error error;
    assert_int_equal(decode(span_of("{\"userId\":\"u\"}"), false, 0, "track", &m, &error),
                     STATUS_MISSING_MEMBER);
    assert_span(m.customer_id, "x");
    assert_int_equal(decode(span_of("{\"userId\":\"u\"}"), false, 0, "track", &m, NULL),
                     STATUS_MISSING_MEMBER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_message_counts_one),
        cmocka_unit_test(a_batch_counts_its_items),
        cmocka_unit_test(a_body_that_is_no_object_is_refused),
        cmocka_unit_test(a_batch_without_items_is_refused),
        cmocka_unit_test(a_batch_of_too_many_items_is_refused),
        cmocka_unit_test(a_message_has_at_most_its_bytes),
        cmocka_unit_test(a_large_item_does_not_sink_its_neighbours),
        cmocka_unit_test(a_batch_item_that_is_no_object_is_refused_alone),
        cmocka_unit_test(a_message_is_nested_as_deeply_alone_and_in_a_batch),
        cmocka_unit_test(the_path_names_the_type),
        cmocka_unit_test(an_item_of_a_batch_names_its_own_type),
        cmocka_unit_test(members_of_a_wrong_type_are_named),
        cmocka_unit_test(a_track_message_needs_an_event),
        cmocka_unit_test(a_known_event_is_counted_under_its_own_name),
        cmocka_unit_test(user_id_comes_before_anonymous_id),
        cmocka_unit_test(the_key_tells_users_and_anonymous_apart),
        cmocka_unit_test(a_key_of_a_long_id_is_made_like_any_other),
        cmocka_unit_test(an_integer_id_is_taken_as_its_text),
        cmocka_unit_test(ids_of_other_types_are_refused),
        cmocka_unit_test(a_message_without_a_customer_is_refused),
        cmocka_unit_test(an_id_has_at_most_255_bytes),
        cmocka_unit_test(a_nul_in_an_id_is_stripped),
        cmocka_unit_test(the_event_id_depends_on_the_message_id_alone),
        cmocka_unit_test(a_retry_without_message_id_has_the_same_event_id),
        cmocka_unit_test(other_content_without_message_id_is_another_event),
        cmocka_unit_test(a_message_with_neither_id_nor_time_is_always_new),
        cmocka_unit_test(the_payload_is_the_message_without_keys_and_delivery),
        cmocka_unit_test(a_batch_lends_its_context_to_its_items),
        cmocka_unit_test(a_batch_cannot_lend_more_than_a_message_holds),
        cmocka_unit_test(a_payload_that_is_not_ours_is_our_fault),
        cmocka_unit_test(a_refusal_leaves_the_output_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
