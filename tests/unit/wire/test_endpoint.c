#include "wire/endpoint.h"

#include "webhook_fixture.h"

#define URL "\"url\":\"https://a.example/x\""

static struct endpoint_document parsed(const char *json)
{
    struct endpoint_document out;
    struct error error;
    if (endpoint_parse(arena, &definitions, span_of(json), &out, &error) != STATUS_OK) {
        fail_msg("%s %s: %s", json, error.pointer, error.detail);
    }
    return out;
}

static const char *printed(const struct endpoint *endpoint)
{
    struct buf buf;
    buf_init(&buf, 0);
    endpoint_settings_print(&buf, endpoint);
    const char *text = arena_text(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

static void what_is_stored_is_what_was_chosen_without_what_is_secret(void **state)
{
    (void)state;
    static const char json[] =
        "{" URL ",\"event_types\":[\"stage.changed\",\"segment.*\"],\"models\":[\"purchase\"],\"segments\":[\"vip\"],"
        "\"stages\":[\"purchase.loyal\",\"prospect\"],\"format\":\"segment\",\"description\":\"a \\\"b\\\"\",\"include_silent\":true,"
        "\"authorization\":\"Basic x\",\"secret\":\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"}";
    static const char stored[] =
        "{" URL ",\"event_types\":[\"stage.changed\",\"segment.*\"],\"models\":[\"purchase\"],\"segments\":[\"vip\"],"
        "\"stages\":[\"purchase.loyal\",\"prospect\"],\"format\":\"segment\",\"description\":\"a \\\"b\\\"\",\"include_silent\":true}";
    struct endpoint_document endpoint = parsed(json);
    struct endpoint again = {0};
    assert_true(span_is(endpoint.authorization, "Basic x"));
    assert_int_equal(endpoint.secret.n, 50);
    assert_string_equal(printed(&endpoint.endpoint), stored);
    assert_int_equal(endpoint_settings_read(arena, span_of(stored), &again, NULL), STATUS_OK);
    assert_string_equal(printed(&again), stored);
}

static void what_is_left_out_is_everything(void **state)
{
    (void)state;
    struct endpoint_document least = parsed("{" URL ",\"models\":null}");
    assert_string_equal(printed(&least.endpoint), "{" URL ",\"format\":\"standard\",\"include_silent\":false}");
}

static void clients_of_rest_hooks_may_use_their_own_names(void **state)
{
    (void)state;
    static const char *const names[] = {"target_url", "targetUrl", "hookUrl", "hook_url"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct endpoint_document endpoint = parsed(arena_printf(
            arena, "{\"%s\":\"https://a.example/x\",\"event\":\"segment.entered\",\"subscription_url\":\"x\",\"zap\":{\"id\":1}}",
            names[i]));
        assert_true(span_is(endpoint.endpoint.url, "https://a.example/x"));
        assert_true(span_is(endpoint.endpoint.event_types, "segment.entered"));
        assert_string_equal(endpoint.url_pointer + 1, names[i]);
    }
}

static void a_mistake_is_told_with_its_place(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"[]", ""},
        {"{}", "/url"},
        {"{\"url\":\"https://\"}", "/url"},
        {"{\"url\":\"https://a\\u00e4.example\"}", "/url"},
        {"{" URL ",\"hookUrl\":\"https://b.example\"}", "/hookUrl"},
        {"{" URL ",\"url\":\"https://b.example\"}", "/url"},
        {"{" URL ",\"a/b\":1}", "/a~1b"},
        {"{" URL ",\"status\":\"paused\"}", "/status"},
        {"{" URL ",\"event_types\":[\"blank\"]}", "/event_types/0"},
        {"{" URL ",\"event_types\":[\"stage.changed,segment.left\"]}", "/event_types/0"},
        {"{" URL ",\"event_types\":[\"seg*\"]}", "/event_types/0"},
        {"{" URL ",\"events\":[]}", "/events"},
        {"{" URL ",\"models\":{}}", "/models"},
        {"{" URL ",\"models\":[\"vip\"]}", "/models/0"},
        {"{" URL ",\"segments\":[\"vip\",\"purchase\"]}", "/segments/1"},
        {"{" URL ",\"stages\":[\"loyal\",\"other.loyal\"]}", "/stages/1"},
        {"{" URL ",\"stages\":[\"\"]}", "/stages/0"},
        {"{" URL ",\"format\":\"Standard\"}", "/format"},
        {"{" URL ",\"description\":\"a\\nb\"}", "/description"},
        {"{" URL ",\"include_silent\":1}", "/include_silent"},
        {"{" URL ",\"authorization\":\"a\\r\\nX-Evil: 1\"}", "/authorization"},
        {"{" URL ",\"secret\":\"whsec_MDEyMzQ1Njc4OWFiY2RlZg==\"}", "/secret"},
        {"{" URL ",\"secret\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"}", "/secret"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct endpoint_document out;
        struct error error = {0};
        assert_int_equal(endpoint_parse(arena, &definitions, span_of(wrong[i][0]), &out, &error),
                         STATUS_INVALID_ENDPOINT);
        assert_string_equal(error.pointer, wrong[i][1]);
    }
}

static void a_patch_changes_what_it_names(void **state)
{
    (void)state;
    struct endpoint_document out, stored = parsed("{" URL ",\"segments\":[\"vip\"],\"description\":\"x\"}");
    struct error error;
    assert_int_equal(endpoint_patch(arena, &definitions, &stored.endpoint,
                                    span_of("{\"description\":null,\"authorization\":null,\"status\":\"paused\"}"), &out, &error),
                     STATUS_OK);
    assert_string_equal(printed(&out.endpoint), "{" URL ",\"segments\":[\"vip\"],\"format\":\"standard\",\"include_silent\":false}");
    assert_true(out.names_authorization && out.names_status && !out.names_url);
    assert_int_equal(out.endpoint.status, ENDPOINT_PAUSED);
    assert_int_equal(endpoint_patch(arena, &definitions, &stored.endpoint, span_of("{\"secret\":\"x\"}"), &out, &error),
                     STATUS_INVALID_ENDPOINT);
    assert_string_equal(error.pointer, "/secret");
}

static void a_list_that_a_patch_leaves_alone_may_name_what_is_gone(void **state)
{
    (void)state;
    struct endpoint_document out;
    struct endpoint stored = {.url = span_of("https://a.example/x"), .segments = span_of("gone,vip")};
    struct change_filter filter;
    struct change entered = {.type = CHANGE_ENTERED, .number = 1};
    struct error error;
    assert_int_equal(endpoint_patch(arena, &definitions, &stored, span_of("{\"description\":\"y\"}"), &out, &error),
                     STATUS_OK);
    assert_int_equal(endpoint_patch(arena, &definitions, &stored, span_of("{\"segments\":[\"gone\"]}"), &out, &error),
                     STATUS_INVALID_ENDPOINT);
    endpoint_filter(&definitions, &stored, &filter);
    assert_true(change_matches(&filter, &entered));
    entered.number = 2;
    assert_false(change_matches(&filter, &entered));
}

static void a_filter_lets_through_what_it_names(void **state)
{
    (void)state;
    struct endpoint_document endpoint =
        parsed("{" URL ",\"event_types\":[\"stage.*\",\"segment.entered\"],\"stages\":[\"purchase.loyal\"]}");
    struct change_filter filter;
    struct change move = {.type = CHANGE_STAGE, .number = 1, .from = 1, .to = 2};
    endpoint_filter(&definitions, &endpoint.endpoint, &filter);
    assert_true(change_matches(&filter, &move));
    move.to = 0;
    assert_false(change_matches(&filter, &move));
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_ENTERED, .number = 1}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_LEFT, .number = 1}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_ENTERED, .number = 1, .is_silent = true}));
}

static void a_range_is_named_by_numbers_or_times(void **state)
{
    (void)state;
    struct endpoint_recovery out;
    struct error error;
    assert_int_equal(endpoint_recovery_parse(arena, span_of("{\"since\":\"1970-01-01T00:00:01Z\",\"until\":7,\"all\":true}"),
                                             &out, &error),
                     STATUS_OK);
    assert_int_equal(out.since.at, USEC_PER_SEC);
    assert_int_equal(out.until.seq, 7);
    assert_true(out.is_all && out.until.at == NONE);
    assert_int_equal(endpoint_recovery_parse(arena, span_of("{\"since\":1}"), &out, &error), STATUS_OK);
    assert_false(out.until.is_given || out.is_all);
    assert_int_equal(endpoint_recovery_parse(arena, span_of("{\"since\":-1}"), &out, &error), STATUS_INVALID_ENDPOINT);
    assert_string_equal(error.pointer, "/since");
    assert_int_equal(endpoint_recovery_parse(arena, (struct span){"", 0}, &out, &error), STATUS_INVALID_ENDPOINT);
}

static void what_is_asked_without_a_body_has_its_defaults(void **state)
{
    (void)state;
    struct endpoint_rotation rotation;
    enum change_type type;
    struct error error;
    assert_int_equal(endpoint_rotation_parse(arena, (struct span){"", 0}, &rotation, &error), STATUS_OK);
    assert_int_equal(rotation.hours, ENDPOINT_ROTATION_HOURS);
    assert_int_equal(rotation.secret.n, 0);
    assert_int_equal(endpoint_test_parse(arena, (struct span){"", 0}, &type, &error), STATUS_OK);
    assert_int_equal(type, CHANGE_STAGE);
    assert_int_equal(endpoint_test_parse(arena, span_of("{\"type\":\"segment.*\"}"), &type, &error), STATUS_INVALID_ENDPOINT);
    assert_int_equal(endpoint_test_parse(arena, span_of("{\"type\":\"blank\"}"), &type, &error), STATUS_INVALID_ENDPOINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_is_what_was_chosen_without_what_is_secret),
        cmocka_unit_test(what_is_left_out_is_everything),
        cmocka_unit_test(clients_of_rest_hooks_may_use_their_own_names),
        cmocka_unit_test(a_mistake_is_told_with_its_place),
        cmocka_unit_test(a_patch_changes_what_it_names),
        cmocka_unit_test(a_list_that_a_patch_leaves_alone_may_name_what_is_gone),
        cmocka_unit_test(a_filter_lets_through_what_it_names),
        cmocka_unit_test(a_range_is_named_by_numbers_or_times),
        cmocka_unit_test(what_is_asked_without_a_body_has_its_defaults),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
