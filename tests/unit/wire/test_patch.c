#include "../../../src/wire/patch.h"

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

static void patches_are_merged_as_rfc_7396_shows(void **state)
{
    (void)state;
    /* target, patch, result: appendix A, and what it does not show */
    static const char *const cases[][3] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", "null"},
        {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
        {"{\"a\":1,\"\\u0061\":2}", "{\"b\":1,\"b\":2}", "{\"a\":2,\"b\":2}"},
        {"{\"a\":1}", "{\"\\u0061\":null}", "{}"},
        {"{\"n\":1.10}", "{\"m\":100000000000000000000}", "{\"n\":1.10,\"m\":100000000000000000000}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span out;
        assert_int_equal(patch_merge(arena, span_of(cases[i][0]), span_of(cases[i][1]), &out, NULL), STATUS_OK);
        assert_string_equal(arena_text(arena, out), cases[i][2]);
    }
}

static void a_patch_that_is_no_json_is_told(void **state)
{
    (void)state;
    struct error error;
    struct span out = {"untouched", 9};
    assert_int_equal(patch_merge(arena, span_of("{}"), span_of("{\"a\":"), &out, &error), STATUS_MALFORMED_JSON);
    assert_true(span_is(out, "untouched"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches_are_merged_as_rfc_7396_shows),
        cmocka_unit_test(a_patch_that_is_no_json_is_told),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
