#include "../../../src/http/uri.h"

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

static void assert_span(struct span s, const char *expected)
{
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

static void assert_decodes(const char *raw, bool plus_is_space, const char *expected)
{
    struct span out;
    assert_true(percent_decode(arena, span_of(raw), plus_is_space, &out));
    assert_span(out, expected);
}

static void assert_broken(const char *raw)
{
    struct span out = {"untouched", 9};
    assert_false(percent_decode(arena, span_of(raw), true, &out));
    assert_span(out, "untouched");
}

static void a_target_is_cut_at_its_first_question_mark(void **state)
{
    (void)state;
    assert_span(target_split(span_of("/a/b?c=d?e")).path, "/a/b");
    assert_span(target_split(span_of("/a/b?c=d?e")).query, "c=d?e");
    assert_span(target_split(span_of("/a")).query, "");
    assert_span(target_split(span_of("/a?")).query, "");
    assert_span(target_split(span_of("")).path, "");
}

static void an_absolute_target_loses_scheme_and_host(void **state)
{
    (void)state;
    assert_span(target_split(span_of("http://shop.example:80/v1/track?x=1")).path, "/v1/track");
    assert_span(target_split(span_of("http://shop.example?x=1")).query, "x=1");
    assert_span(target_split(span_of("/v1/customers/http://x")).path, "/v1/customers/http://x");
    assert_span(target_split(span_of("*")).path, "*");
}

static void escapes_are_undone(void **state)
{
    (void)state;
    assert_decodes("plain", false, "plain");
    assert_decodes("a%2Fb%2fc", false, "a/b/c");
    assert_decodes("%e4%bd%a0%E5%A5%BD", false, "你好");
    assert_decodes("100%25", false, "100%");
    assert_decodes("", false, "");
}

static void a_plus_is_a_space_in_a_query_only(void **state)
{
    (void)state;
    assert_decodes("a+b", true, "a b");
    assert_decodes("a+b", false, "a+b");
    assert_decodes("a%2Bb", true, "a+b");
}

static void what_is_not_text_is_refused(void **state)
{
    (void)state;
    assert_broken("%");
    assert_broken("%4");
    assert_broken("a%zz");
    assert_broken("a%00b");
    assert_broken("%ff");
    assert_broken("%c0%af");       /* overlong */
    assert_broken("%ed%a0%80");    /* a surrogate */
    assert_broken("%f4%90%80%80"); /* above U+10FFFF */
    assert_broken("%e4%bd");       /* cut short */
    assert_broken("\xff");
}

static struct query_pair *pairs;
static size_t n_pairs;

static enum status parse(const char *raw, const char *known, struct error *error)
{
    return query_parse(arena, span_of(raw), known, &pairs, &n_pairs, error);
}

static void a_query_is_read_into_pairs(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(parse("from=2026-01-01&limit=&flag&name=a%26b+c", "from,limit,flag,name", &error),
                     STATUS_OK);
    assert_int_equal(n_pairs, 4);
    assert_span(pairs[0].name, "from");
    assert_span(pairs[0].value, "2026-01-01");
    assert_span(pairs[1].value, "");
    assert_span(pairs[2].value, "");
    assert_span(pairs[3].value, "a&b c");
}

static void an_empty_query_has_no_pairs(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(parse("", "", &error), STATUS_OK);
    assert_int_equal(n_pairs, 0);
    assert_int_equal(parse("&&", "", &error), STATUS_OK);
    assert_int_equal(n_pairs, 0);
}

static void an_unknown_name_is_refused_by_its_name(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(parse("limit=1&limi=2", "limit,cursor", &error), STATUS_INVALID_PARAMETER);
    assert_non_null(strstr(error.detail, "\"limi\""));
    assert_int_equal(parse("=1", "limit", &error), STATUS_INVALID_PARAMETER);
    assert_int_equal(parse("limit,cursor=1", "limit,cursor", &error), STATUS_INVALID_PARAMETER);
}

static void a_long_unknown_name_is_cut_between_characters(void **state)
{
    (void)state;
    struct error error = {0};
    char raw[256] = "x";
    for (int i = 0; i < 40; i++) {
        strcat(raw, "你");
    }
    assert_int_equal(parse(raw, "limit", &error), STATUS_INVALID_PARAMETER);
    assert_true(text_is_valid(span_of(error.detail)));
}

static void a_name_may_come_once(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(parse("a=1&b=2&a=3", "a,b", &error), STATUS_INVALID_PARAMETER);
    assert_non_null(strstr(error.detail, "\"a\" comes twice"));
}

static void a_broken_value_is_refused(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(parse("a=%zz", "a", &error), STATUS_INVALID_PARAMETER);
    assert_int_equal(parse("a=%00", "a", &error), STATUS_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_cut_at_its_first_question_mark),
        cmocka_unit_test(an_absolute_target_loses_scheme_and_host),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(a_plus_is_a_space_in_a_query_only),
        cmocka_unit_test(what_is_not_text_is_refused),
        cmocka_unit_test(a_query_is_read_into_pairs),
        cmocka_unit_test(an_empty_query_has_no_pairs),
        cmocka_unit_test(an_unknown_name_is_refused_by_its_name),
        cmocka_unit_test(a_long_unknown_name_is_cut_between_characters),
        cmocka_unit_test(a_name_may_come_once),
        cmocka_unit_test(a_broken_value_is_refused),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
