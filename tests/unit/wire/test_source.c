#include "wire/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const char *printed(const struct source_settings *settings)
{
    struct buf buf;
    buf_init(&buf, 0);
    source_settings_print(&buf, settings);
    const char *text = arena_text(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

static struct source_document parsed(const char *json)
{
    struct source_document out;
    struct error error;
    if (source_parse(arena, span_of(json), &out, &error) != STATUS_OK) {
        fail_msg("%s %s: %s", json, error.pointer, error.detail);
    }
    return out;
}

static void what_is_stored_is_what_was_chosen_without_the_secret(void **state)
{
    (void)state;
    static const char json[] = "{\"type\":\"shopify\",\"name\":\"Shop\",\"settings\":{\"currency\":\"EUR\",\"channel\":\"web\","
                               "\"order_prefix\":\"s-\",\"user_id\":\"id\",\"rotation_hours\":0,\"secret\":\"long enough\"}}";
    static const char stored[] = "{\"currency\":\"EUR\",\"channel\":\"web\",\"order_prefix\":\"s-\",\"user_id\":\"id\","
                                 "\"rotation_hours\":0}";
    struct source_document source = parsed(json);
    struct source_settings again;
    assert_int_equal(source.type, SOURCE_SHOPIFY);
    assert_true(span_is(source.settings.secret, "long enough"));
    assert_string_equal(printed(&source.settings), stored);
    assert_int_equal(source_settings_read(arena, SOURCE_SHOPIFY, span_of(stored), &again, NULL), STATUS_OK);
    assert_string_equal(printed(&again), stored);
    assert_int_equal(again.secret.n, 0);
}

static void what_is_left_out_has_its_default(void **state)
{
    (void)state;
    struct source_document least = parsed("{\"type\":\"segment\",\"name\":\"x\"}");
    assert_string_equal(printed(&least.settings), "{\"rotation_hours\":24}");
    struct source_document nulls =
        parsed("{\"type\":\"cloudevents\",\"name\":\"x\",\"settings\":{\"mapping\":{},\"channel\":null}}");
    assert_string_equal(printed(&nulls.settings), "{\"mapping\":{},\"rotation_hours\":24}");
}

static void a_mistake_is_told_with_its_place(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"[]", ""},
        {"{\"name\":\"x\"}", "/type"},
        {"{\"type\":7,\"name\":\"x\"}", "/type"},
        {"{\"type\":\"segment\",\"name\":\"\"}", "/name"},
        {"{\"type\":\"segment\",\"name\":\"a\\nb\"}", "/name"},
        {"{\"type\":\"segment\",\"name\":\"x\",\"name\":\"y\"}", "/name"},
        {"{\"type\":\"segment\",\"name\":\"x\",\"settings\":7}", "/settings"},
        {"{\"type\":\"segment\",\"name\":\"x\",\"settings\":{\"a/b\":7}}", "/settings/a~1b"},
        {"{\"type\":\"segment\",\"name\":\"x\",\"settings\":{\"currency\":\"eur\"}}", "/settings/currency"},
        {"{\"type\":\"segment\",\"name\":\"x\",\"settings\":{\"order_prefix\":\"a\"}}", "/settings/order_prefix"},
        {"{\"type\":\"shopify\",\"name\":\"x\",\"settings\":{\"rotation_hours\":-1}}", "/settings/rotation_hours"},
        {"{\"type\":\"shopify\",\"name\":\"x\",\"settings\":{\"rotation_hours\":1.5}}", "/settings/rotation_hours"},
        {"{\"type\":\"shopify\",\"name\":\"x\",\"settings\":{\"secret\":\"\"}}", "/settings/secret"},
        {"{\"type\":\"cloudevents\",\"name\":\"x\",\"settings\":{\"mapping\":[]}}", "/settings/mapping"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct source_document out;
        struct error error;
        assert_int_equal(source_parse(arena, span_of(wrong[i][0]), &out, &error), STATUS_INVALID_SOURCE);
        assert_string_equal(error.pointer, wrong[i][1]);
    }
}

static void a_patch_changes_what_it_names(void **state)
{
    (void)state;
    struct source_document out, stored = parsed("{\"type\":\"shopify\",\"name\":\"x\",\"settings\":{\"currency\":\"EUR\","
                                                "\"channel\":\"web\"}}");
    struct error error;
    assert_int_equal(source_patch(arena, &stored,
                                  span_of("{\"settings\":{\"currency\":null,\"user_id\":\"email\"}}"), &out, &error),
                     STATUS_OK);
    assert_true(span_is(out.name, "x"));
    assert_string_equal(printed(&out.settings), "{\"channel\":\"web\",\"user_id\":\"email\",\"rotation_hours\":24}");
    assert_int_equal(source_patch(arena, &stored, span_of("{\"type\":\"segment\"}"), &out, &error),
                     STATUS_INVALID_SOURCE);
    assert_string_equal(error.pointer, "/type");
    assert_int_equal(source_patch(arena, &stored, span_of("{\"name\":null}"), &out, &error), STATUS_INVALID_SOURCE);
    assert_string_equal(error.pointer, "/name");
}

static void the_next_secret_may_be_dictated_where_there_are_signatures(void **state)
{
    (void)state;
    struct span secret;
    struct error error;
    assert_int_equal(source_rotation_parse(arena, SOURCE_SEGMENT, (struct span){"", 0}, &secret, &error), STATUS_OK);
    assert_int_equal(secret.n, 0);
    assert_int_equal(
        source_rotation_parse(arena, SOURCE_SHOPIFY, span_of("{\"secret\":\"long enough\"}"), &secret, &error),
        STATUS_OK);
    assert_true(span_is(secret, "long enough"));
    assert_int_equal(
        source_rotation_parse(arena, SOURCE_SEGMENT, span_of("{\"secret\":\"long enough\"}"), &secret, &error),
        STATUS_INVALID_SOURCE);
}

static void words_and_urls_are_those_of_the_table(void **state)
{
    (void)state;
    struct uuid id = {{0x2f}};
    for (int type = SOURCE_NONE + 1; type < SOURCE_TYPE_COUNT; type++) {
        assert_int_equal(source_type_of(span_of(source_type_word((enum source_type)type))), type);
    }
    for (int result = RESULT_ANY + 1; result < RESULT_COUNT; result++) {
        assert_int_equal(source_result_of(span_of(source_result_word((enum source_result)result))), result);
    }
    assert_int_equal(source_type_of(span_of("magento")), SOURCE_NONE);
    assert_string_equal(source_url(arena, SOURCE_SEGMENT, &id), "/v1/batch");
    assert_string_equal(source_url(arena, SOURCE_SHOPIFY, &id),
                        "/webhooks/shopify/2f000000-0000-0000-0000-000000000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_is_what_was_chosen_without_the_secret),
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(a_mistake_is_told_with_its_place),
        cmocka_unit_test(a_patch_changes_what_it_names),
        cmocka_unit_test(the_next_secret_may_be_dictated_where_there_are_signatures),
        cmocka_unit_test(words_and_urls_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
