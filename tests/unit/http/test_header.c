#include "../../../src/http/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void assert_key(const char *authorization, const char *expected)
{
    struct span key = {"", 0};
    bool has_key = key_of_basic(arena, span_of(authorization), &key) || key_of_bearer(span_of(authorization), &key);
    if (expected == NULL) {
        assert_false(has_key);
        return;
    }
    assert_true(has_key);
    assert_int_equal(key.n, strlen(expected));
    assert_memory_equal(key.p, expected, key.n);
}

static void basic_authorization_holds_the_key_as_its_user(void **state)
{
    (void)state;
    assert_key("Basic d2tfdGVzdDo=", "wk_test");            /* wk_test: */
    assert_key("Basic d2tfdGVzdA==", "wk_test");            /* without the colon */
    assert_key("Basic d2tfdGVzdA", "wk_test");              /* without padding */
    assert_key("basic  d2tfdGVzdDpzZWNyZXQ=  ", "wk_test"); /* wk_test:secret */
}

static void bearer_authorization_is_the_key(void **state)
{
    (void)state;
    assert_key("Bearer wk_test", "wk_test");
    assert_key("BEARER wk_test", "wk_test");
}

static void what_is_no_authorization_has_no_key(void **state)
{
    (void)state;
    assert_key("", NULL);
    assert_key("Basic", NULL);
    assert_key("Basic ", NULL);
    assert_key("Bearer ", NULL);
    assert_key("Digest abc", NULL);
    assert_key("Basic !!!!", NULL);
    assert_key("Basic d", NULL);
    assert_key("Basic Og==", NULL); /* ":" */
    assert_key("Basicd2tfdGVzdDo=", NULL);
}

static void a_write_key_loses_its_secret(void **state)
{
    (void)state;
    assert_true(span_is(key_of_write_key(span_of("key:secret")), "key"));
    assert_true(span_is(key_of_write_key(span_of(" key ")), "key"));
    assert_int_equal(key_of_write_key(span_of("")).n, 0);
    assert_int_equal(key_of_write_key(span_of(":secret")).n, 0);
}

static void a_request_id_is_of_1_to_128_plain_characters(void **state)
{
    (void)state;
    char long_id[130];
    memset(long_id, 'a', sizeof(long_id));
    assert_true(request_id_is_valid(span_of("A-z_0.9")));
    assert_true(request_id_is_valid((struct span){long_id, 128}));
    assert_false(request_id_is_valid((struct span){long_id, 129}));
    assert_false(request_id_is_valid(span_of("")));
    assert_false(request_id_is_valid(span_of("a b")));
    assert_false(request_id_is_valid(span_of("a\"b")));
    assert_false(request_id_is_valid(span_of("\xc3\xa4")));
}

static void assert_language(const char *accept, enum language expected)
{
    assert_int_equal(language_choose(span_of(accept)), expected);
}

static void the_language_of_higher_quality_is_chosen(void **state)
{
    (void)state;
    assert_language("zh", LANGUAGE_ZH);
    assert_language("zh-CN,zh;q=0.9,en;q=0.8", LANGUAGE_ZH);
    assert_language("en;q=0.8, zh-Hans;q=0.9", LANGUAGE_ZH);
    assert_language("en-US,en;q=0.9,zh-CN;q=0.8", LANGUAGE_EN);
    assert_language("zh;q=0.3;x=1, en;q=0.5", LANGUAGE_EN);
    assert_language("ZH-tw", LANGUAGE_ZH);
}

static void english_is_the_language_when_none_is_preferred(void **state)
{
    (void)state;
    assert_language("", LANGUAGE_EN);
    assert_language("de", LANGUAGE_EN);
    assert_language("*", LANGUAGE_EN);
    assert_language("zh;q=0", LANGUAGE_EN);
    assert_language("zh;q=0,*", LANGUAGE_EN);
    assert_language("zhx", LANGUAGE_EN);
    assert_language("zh;q=7", LANGUAGE_EN);
    assert_language("en;q=0,*", LANGUAGE_ZH);
    assert_language(",,;;q=1,", LANGUAGE_EN);
}

static void the_most_specific_range_decides_about_a_media_type(void **state)
{
    (void)state;
    assert_int_equal(accept_quality(span_of(""), "text/plain"), 1000);
    assert_int_equal(accept_quality(span_of("*/*"), "text/plain"), 1000);
    assert_int_equal(accept_quality(span_of("text/*;q=0.5"), "text/plain"), 500);
    assert_int_equal(accept_quality(span_of("*/*;q=0.1, text/plain;version=0.0.4;q=0.25"), "text/plain"),
                     250);
    assert_int_equal(accept_quality(span_of("text/plain;q=0, */*"), "text/plain"), 0);
    assert_int_equal(accept_quality(span_of("application/json"), "text/plain"), 0);
    assert_int_equal(accept_quality(span_of("text/pla"), "text/plain"), 0);
}

static void a_body_may_be_json_under_the_names_that_clients_give_it(void **state)
{
    (void)state;
    assert_true(media_type_is_json(span_of("")));
    assert_true(media_type_is_json(span_of("application/json; charset=utf-8")));
    assert_true(media_type_is_json(span_of("application/merge-patch+json")));
    assert_true(media_type_is_json(span_of("text/plain;charset=UTF-8")));
    assert_true(media_type_is_json(span_of("application/x-www-form-urlencoded")));
    assert_false(media_type_is_json(span_of("application/xml")));
    assert_false(media_type_is_json(span_of("multipart/form-data; boundary=x")));
    assert_false(media_type_is_json(span_of("text/csv")));
}

static void if_none_match_compares_weakly_in_a_list(void **state)
{
    (void)state;
    assert_true(etag_list_has(span_of("\"7\""), span_of("\"7\"")));
    assert_true(etag_list_has(span_of("W/\"7\""), span_of("\"7\"")));
    assert_true(etag_list_has(span_of("\"a,b\" , W/\"c\",\"7\""), span_of("\"7\"")));
    assert_true(etag_list_has(span_of(" * "), span_of("\"7\"")));
    assert_false(etag_list_has(span_of("\"77\", \"a\""), span_of("\"7\"")));
    assert_false(etag_list_has(span_of("7"), span_of("\"7\"")));
    assert_false(etag_list_has(span_of("\"7"), span_of("\"7\"")));
    assert_false(etag_list_has(span_of(""), span_of("\"7\"")));
    assert_false(etag_list_has(span_of("W/"), span_of("\"7\"")));
}

static void if_match_gives_the_version_that_was_read(void **state)
{
    (void)state;
    assert_int_equal(etag_list_version(span_of("\"7\"")), 7);
    assert_int_equal(etag_list_version(span_of("\"x\", \"12\"")), 12);
    assert_int_equal(etag_list_version(span_of("*")), IF_MATCH_ANY);
    assert_int_equal(etag_list_version(span_of("W/\"7\"")), IF_MATCH_NONE);
    assert_int_equal(etag_list_version(span_of("\"habc\"")), IF_MATCH_NONE);
    assert_int_equal(etag_list_version(span_of("\"0\"")), IF_MATCH_NONE);
    assert_int_equal(etag_list_version(span_of("\"\"")), IF_MATCH_NONE);
    assert_int_equal(etag_list_version(span_of("\"99999999999999999999\"")), IF_MATCH_NONE);
    assert_int_equal(etag_list_version(span_of("7")), IF_MATCH_NONE);
}

static void digits_are_digits_alone(void **state)
{
    (void)state;
    assert_int_equal(digits_parse(span_of("0"), 10), 0);
    assert_int_equal(digits_parse(span_of("10"), 10), 10);
    assert_int_equal(digits_parse(span_of("11"), 10), -1);
    assert_int_equal(digits_parse(span_of(""), 10), -1);
    assert_int_equal(digits_parse(span_of("1 "), 10), -1);
    assert_int_equal(digits_parse(span_of("+1"), 10), -1);
    assert_int_equal(digits_parse(span_of("9999999999999999999999"), INT64_MAX), -1);
}

static void a_patch_is_a_merge_patch_or_plain_json(void **state)
{
    (void)state;
    assert_true(media_type_is_patch(span_of("application/merge-patch+json")));
    assert_true(media_type_is_patch(span_of("Application/JSON; charset=utf-8")));
    assert_false(media_type_is_patch(span_of("application/json-patch+json")));
    assert_false(media_type_is_patch(span_of("text/plain")));
    assert_false(media_type_is_patch(span_of("")));
}

static void assert_once(const char *value, const char *expected)
{
    struct span key = {"", 0};
    assert_int_equal(idempotency_key_parse(arena, span_of(value), &key), expected != NULL);
    if (expected != NULL) {
        assert_int_equal(key.n, strlen(expected));
        assert_memory_equal(key.p, expected, key.n);
    }
}

static void an_idempotency_key_is_a_string_or_a_bare_token(void **state)
{
    (void)state;
    assert_once("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    assert_once("  8e03978e-40d5-43dd-bc93-6894a57f9324 ", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    assert_once("\"a \\\"b\\\" \\\\ c\"", "a \"b\" \\ c");
}

static void what_is_no_idempotency_key_is_refused(void **state)
{
    static const char *const wrong[] = {"",    "  ",      "\"\"",    "\"",      "\"a",       "a\"",     "\"a\"b\"",
                                        "a b", "a,b",     "\"a\";p", "\"a\\b\"", "\"a\x7f\"", "\"\xc3\xa9\"", "\"a\\",
                                        "a;b", "\xc3\xa9"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_once(wrong[i], NULL);
    }
    char longest[ONCE_KEY_MAX + 2];
    memset(longest, 'k', sizeof(longest));
    longest[ONCE_KEY_MAX + 1] = '\0';
    assert_once(longest, NULL);
    longest[ONCE_KEY_MAX] = '\0';
    assert_once(longest, longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic_authorization_holds_the_key_as_its_user),
        cmocka_unit_test(bearer_authorization_is_the_key),
        cmocka_unit_test(what_is_no_authorization_has_no_key),
        cmocka_unit_test(a_write_key_loses_its_secret),
        cmocka_unit_test(a_request_id_is_of_1_to_128_plain_characters),
        cmocka_unit_test(the_language_of_higher_quality_is_chosen),
        cmocka_unit_test(english_is_the_language_when_none_is_preferred),
        cmocka_unit_test(the_most_specific_range_decides_about_a_media_type),
        cmocka_unit_test(a_body_may_be_json_under_the_names_that_clients_give_it),
        cmocka_unit_test(if_none_match_compares_weakly_in_a_list),
        cmocka_unit_test(if_match_gives_the_version_that_was_read),
        cmocka_unit_test(digits_are_digits_alone),
        cmocka_unit_test(a_patch_is_a_merge_patch_or_plain_json),
        cmocka_unit_test(an_idempotency_key_is_a_string_or_a_bare_token),
        cmocka_unit_test(what_is_no_idempotency_key_is_refused),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
