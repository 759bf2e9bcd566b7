#include "../../../src/wire/scan.h"
#include "message_fixture.h"
#include "wire/translate.h"

static struct span no_header(void *context, const char *name)
{
    (void)context;
    (void)name;
    return (struct span){"", 0};
}

static enum status translate(const char *body, struct translation *out, struct error *error)
{
    const struct translate_request request = {
        .header = no_header, .body = span_of(body), .received_at = RECEIVED};
    const struct translate_settings settings = {.currency = {"", 0}};
    return posthog_translate(arena, &request, &settings, out, error);
}

static const char *translated(const char *body)
{
    struct translation translation;
    struct error error;
    if (translate(body, &translation, &error) != STATUS_OK) {
        fail_msg("%s: %s %s", body, error.pointer, error.detail);
    }
    assert_int_equal(translation.kind, TRANSLATION_MESSAGES);
    return arena_text(arena, translation.body);
}

/** The batch of this event becomes a batch of this message. */
static void assert_becomes(const char *event, const char *message)
{
    const char *body = translated(arena_printf(arena, "{\"batch\":[%s]}", event));
    assert_string_equal(body, arena_printf(arena, "{\"batch\":[%s]}", message));
}

static void an_event_is_a_track_with_all_its_properties(void **state)
{
    (void)state;
    assert_becomes(
        "{\"event\":\"Order Completed\",\"distinct_id\":\"u1\",\"uuid\":\"m1\","
        "\"timestamp\":\"2026-11-21T17:00:00Z\",\"properties\":{\"order_id\":\"o1\",\"revenue\":1.10}}",
        "{\"type\":\"track\",\"userId\":\"u1\",\"event\":\"Order Completed\","
        "\"properties\":{\"order_id\":\"o1\",\"revenue\":1.10},\"messageId\":\"m1\","
        "\"timestamp\":\"2026-11-21T17:00:00Z\"}");
    struct message m = decoded_item(
        translated(
            "{\"batch\":[{\"event\":\"order_completed\",\"distinct_id\":7,\"properties\":{\"order_id\":"
            "\"o1\",\"revenue\":\"1.10\"}}]}"),
        0);
    assert_int_equal(m.event.kind, EVENT_ORDER_COMPLETED);
    assert_int_equal(m.event.value, 110);
}

static void identify_and_set_are_traits(void **state)
{
    (void)state;
    assert_becomes(
        "{\"event\":\"$identify\",\"distinct_id\":\"u1\",\"properties\":{\"$set\":{\"email\":\"a@b.co\"},"
        "\"$set_once\":{\"first\":1},\"$anon_distinct_id\":\"d1\"}}",
        "{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"d1\",\"traits\":{\"email\":\"a@b.co\"}}");
    assert_becomes("{\"event\":\"$set\",\"distinct_id\":\"u1\",\"$set\":{\"age\":3}}",
                   "{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"age\":3}}");
    assert_becomes(
        "{\"event\":\"x\",\"distinct_id\":\"u1\",\"properties\":{\"$set\":{\"email\":\"a@b.co\"}}}",
        "{\"type\":\"track\",\"userId\":\"u1\",\"event\":\"x\",\"properties\":{\"$set\":{\"email\":\"a@b."
        "co\"}},"
        "\"context\":{\"traits\":{\"email\":\"a@b.co\"}}}");
}

static void aliases_name_the_id_that_joins(void **state)
{
    (void)state;
    assert_becomes(
        "{\"event\":\"$create_alias\",\"distinct_id\":\"u1\",\"properties\":{\"distinct_id\":\"u1\","
        "\"alias\":\"d1\"}}",
        "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"d1\"}");
    assert_becomes(
        "{\"event\":\"$merge_dangerously\",\"properties\":{\"distinct_id\":\"u1\",\"alias\":\"u2\"}}",
        "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"u2\"}");
}

static void a_device_is_anonymous(void **state)
{
    (void)state;
    static const char *const events[] = {
        "{\"event\":\"x\",\"distinct_id\":\"d1\",\"properties\":{\"$is_identified\":false}}",
        "{\"event\":\"x\",\"distinct_id\":\"d1\",\"properties\":{\"$process_person_profile\":false}}",
        "{\"event\":\"x\",\"distinct_id\":\"d1\",\"properties\":{\"$device_id\":\"d1\"}}",
    };
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        struct message m = decoded_item(translated(arena_printf(arena, "{\"batch\":[%s]}", events[i])), 0);
        assert_true(m.is_anonymous);
    }
    struct message m =
        decoded_item(translated("{\"batch\":[{\"event\":\"x\",\"distinct_id\":\"u1\",\"properties\":{"
                                "\"$is_identified\":true,\"$device_id\":\"d1\"}}]}"),
                     0);
    assert_false(m.is_anonymous);
}

static void a_groups_event_without_a_person_names_nobody(void **state)
{
    (void)state;
    assert_becomes("{\"event\":\"$groupidentify\",\"distinct_id\":\"$company_5\",\"properties\":{"
                   "\"$group_type\":\"company\",\"$group_key\":\"5\",\"$group_set\":{\"n\":1}}}",
                   "{\"type\":\"group\",\"groupId\":\"5\",\"traits\":{\"n\":1}}");
    assert_becomes("{\"event\":\"$groupidentify\",\"distinct_id\":\"u1\",\"properties\":{"
                   "\"$group_type\":\"company\",\"$group_key\":\"5\"}}",
                   "{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"5\"}");
}

static void pages_tell_where_they_were_seen_and_what_led_there(void **state)
{
    (void)state;
    assert_becomes(
        "{\"event\":\"$pageview\",\"distinct_id\":\"u1\",\"properties\":{\"$current_url\":\"https://s/\","
        "\"$pathname\":\"/\",\"title\":\"Home\",\"utm_source\":\"news\",\"utm_campaign\":\"may\","
        "\"$lib\":\"web\",\"$lib_version\":\"1\",\"$browser_language\":\"de\"}}",
        "{\"type\":\"page\",\"userId\":\"u1\",\"name\":\"Home\",\"properties\":{\"$current_url\":\"https://s/"
        "\","
        "\"$pathname\":\"/\",\"title\":\"Home\",\"utm_source\":\"news\",\"utm_campaign\":\"may\","
        "\"$lib\":\"web\",\"$lib_version\":\"1\",\"$browser_language\":\"de\"},\"context\":{\"channel\":"
        "\"web\","
        "\"library\":{\"name\":\"web\",\"version\":\"1\"},\"page\":{\"url\":\"https://s/\",\"path\":\"/\","
        "\"title\":\"Home\"},\"campaign\":{\"source\":\"news\",\"name\":\"may\"},\"locale\":\"de\"}}");
    assert_becomes(
        "{\"event\":\"$screen\",\"distinct_id\":\"u1\",\"properties\":{\"$screen_name\":\"Cart\"}}",
        "{\"type\":\"screen\",\"userId\":\"u1\",\"name\":\"Cart\",\"properties\":{\"$screen_name\":\"Cart\"}"
        "}");
}

static void what_is_not_understood_is_refused_in_its_place(void **state)
{
    (void)state;
    const char *body =
        translated("{\"api_key\":\"k\",\"sent_at\":\"2026-11-21T18:00:00Z\",\"batch\":[null,7,\"x\",[],{},"
                   "{\"event\":7,\"distinct_id\":\"u1\"},{\"event\":\"x\",\"distinct_id\":{}},"
                   "{\"event\":\"x\",\"distinct_id\":\"u1\",\"properties\":[]}]}");
    for (size_t i = 0; i < 4; i++) {
        refused_item(body, i, STATUS_WRONG_TYPE, arena_printf(arena, "/batch/%zu", i));
    }
    refused_item(body, 4, STATUS_MISSING_IDENTITY, "/batch/4");
    refused_item(body, 5, STATUS_WRONG_TYPE, "/batch/5/event");
    refused_item(body, 6, STATUS_WRONG_TYPE, "/batch/6/userId");
    refused_item(body, 7, STATUS_WRONG_TYPE, "/batch/7/properties");
}

static void assert_refused(const char *body, enum status status, const char *pointer)
{
    struct translation translation;
    struct error error;
    assert_int_equal(translate(body, &translation, &error), status);
    assert_string_equal(error.pointer, pointer);
}

static void a_body_that_is_no_batch_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"batch\":", STATUS_MALFORMED_JSON, "");
    assert_refused("[]", STATUS_WRONG_TYPE, "");
    assert_refused("{\"event\":\"x\"}", STATUS_MISSING_MEMBER, "/batch");
    assert_refused("{\"batch\":{}}", STATUS_WRONG_TYPE, "/batch");
}

static void the_key_goes_along(void **state)
{
    (void)state;
    struct envelope *envelope;
    struct error error;
    const char *body = translated("{\"api_key\":\"phc_1\",\"batch\":[]}");
    assert_int_equal(envelope_parse(arena, span_of(body), true, &envelope, &error), STATUS_OK);
    struct span key = envelope_write_key(envelope);
    assert_true(span_is(key, "phc_1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_a_track_with_all_its_properties),
        cmocka_unit_test(identify_and_set_are_traits),
        cmocka_unit_test(aliases_name_the_id_that_joins),
        cmocka_unit_test(a_device_is_anonymous),
        cmocka_unit_test(a_groups_event_without_a_person_names_nobody),
        cmocka_unit_test(pages_tell_where_they_were_seen_and_what_led_there),
        cmocka_unit_test(what_is_not_understood_is_refused_in_its_place),
        cmocka_unit_test(a_body_that_is_no_batch_is_refused),
        cmocka_unit_test(the_key_goes_along),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
