#include "base/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static void assert_trace(const char *value, const char *expected)
{
    struct uuid trace = {{0}};
    char text[TRACE_TEXT];
    assert_int_equal(traceparent_parse(span_of(value), &trace), expected != NULL);
    trace_print(&trace, text);
    assert_string_equal(text, expected ? expected : "00000000000000000000000000000000");
}

static void a_traceparent_names_its_trace(void **state)
{
    (void)state;
    assert_trace("00-" TRACE "-" PARENT "-01", TRACE);
    assert_trace("00-" TRACE "-" PARENT "-00", TRACE);
    assert_trace("00-0000000000000000000000000000000f-" PARENT "-ff", "0000000000000000000000000000000f");
}

static void a_later_version_may_say_more(void **state)
{
    (void)state;
    assert_trace("cc-" TRACE "-" PARENT "-01", TRACE);
    assert_trace("cc-" TRACE "-" PARENT "-01-what-the-future-holds", TRACE);
    assert_trace("cc-" TRACE "-" PARENT "-01.what-the-future-holds", NULL);
    assert_trace("00-" TRACE "-" PARENT "-01-what-the-future-holds", NULL);
    assert_trace("ff-" TRACE "-" PARENT "-01", NULL);
}

static void what_is_no_traceparent_names_none(void **state)
{
    static const char *const wrong[] = {
        "",
        "00",
        TRACE,
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-0",
        "00-" TRACE "-" PARENT "-0g",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "0x-" TRACE "-" PARENT "-01",
        "00_" TRACE "-" PARENT "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "_01",
        " 00-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-01 ",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_trace(wrong[i], NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_traceparent_names_its_trace),
        cmocka_unit_test(a_later_version_may_say_more),
        cmocka_unit_test(what_is_no_traceparent_names_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
