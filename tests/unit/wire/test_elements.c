#include "wire/elements.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void takes(struct span *text, bool is_last, const char *expected, size_t before, size_t lines,
                  bool is_broken)
{
    struct csv_record record;
    size_t told;
    assert_true(elements_take(text, is_last, &record, &told));
    if (!span_is(record.text, expected))
        fail_msg("\"%.*s\" is not \"%s\"", (int)record.text.n, record.text.p, expected);
    assert_int_equal(told, before);
    assert_int_equal(record.lines, lines);
    assert_int_equal(record.is_broken, is_broken);
}

static void takes_none(struct span text, bool is_last)
{
    struct csv_record record;
    size_t before;
    struct span rest = text;
    assert_false(elements_take(&rest, is_last, &record, &before));
    assert_true(span_equal(rest, text));
}

static void elements_of_arrays_and_lines_are_taken(void **state)
{
    (void)state;
    struct span text =
        span_of("[\n {\"a\":[1,\n2]},{\"b\":\"}\\\"]{\"}\n]\n[{\"c\":{}}]\n{\"d\":1}\n\n{\"e\":2}");
    takes(&text, true, "{\"a\":[1,\n2]}", 1, 1, false);
    takes(&text, true, "{\"b\":\"}\\\"]{\"}", 0, 0, false);
    takes(&text, true, "{\"c\":{}}", 2, 0, false);
    takes(&text, true, "{\"d\":1}", 1, 0, false);
    takes(&text, true, "{\"e\":2}", 2, 0, false);
    takes_none(text, true);
    takes_none(span_of("[ ]\n"), true);
}

static void an_element_that_does_not_end_waits_for_more(void **state)
{
    (void)state;
    takes_none(span_of("[{\"a\":[1,2]"), false);
    takes_none(span_of("{\"a\":\"b\\"), false);
    takes_none(span_of("garbage"), false);
    takes_none(span_of(""), false);
}

static void what_is_no_object_costs_its_line(void **state)
{
    (void)state;
    struct span text = span_of("nonsense, {\"a\":1}\n{\"b\":\"open\n{\"c\":1}\n");
    takes(&text, true, "nonsense, {\"a\":1}", 0, 0, true);
    takes(&text, true, "{\"b\":\"open", 1, 0, true);
    takes(&text, true, "{\"c\":1}", 1, 0, false);
    text = span_of("{\"cut\":[1,\n 2\n{\"d\":1}\n");
    takes(&text, true, "{\"cut\":[1,\n 2", 0, 1, true);
    takes(&text, true, "{\"d\":1}", 1, 0, false);
    text = span_of("[{\"cut\":[1,");
    takes(&text, true, "{\"cut\":[1,", 0, 0, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_of_arrays_and_lines_are_taken),
        cmocka_unit_test(an_element_that_does_not_end_waits_for_more),
        cmocka_unit_test(what_is_no_object_costs_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
