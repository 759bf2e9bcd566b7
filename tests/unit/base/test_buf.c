#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static void assert_text(const struct buf *buf, const char *expected)
{
    assert_int_equal(buf->n, strlen(expected));
    assert_memory_equal(buf->p, expected, buf->n);
}

static void appends_follow_each_other(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    buf_text(&buf, "a");
    buf_char(&buf, 'b');
    buf_span(&buf, (struct span){"cde", 2});
    buf_append(&buf, "", 0);
    buf_printf(&buf, "-%d-", 7);
    assert_text(&buf, "abcd-7-");
    buf_done(&buf);
}

static void integers_are_printed_to_their_borders(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    buf_int(&buf, 0);
    buf_char(&buf, ' ');
    buf_int(&buf, INT64_MIN);
    buf_char(&buf, ' ');
    buf_int(&buf, INT64_MAX);
    assert_text(&buf, "0 -9223372036854775808 9223372036854775807");
    buf_done(&buf);
}

static void a_buffer_grows(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    for (int i = 0; i < 100000; i++) {
        buf_char(&buf, (char)('a' + i % 26));
    }
    assert_int_equal(buf.n, 100000);
    assert_int_equal(buf.p[99999], 'a' + 99999 % 26);
    assert_false(buf.overflow);
    buf_done(&buf);
}

static void an_append_that_would_pass_the_limit_appends_nothing(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 5);
    buf_text(&buf, "abc");
    buf_text(&buf, "def");
    assert_true(buf.overflow);
    assert_text(&buf, "abc");
    buf_done(&buf);
}

static void the_limit_itself_may_be_reached(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 5);
    buf_printf(&buf, "%s", "abcde");
    assert_false(buf.overflow);
    assert_text(&buf, "abcde");
    buf_done(&buf);
}

static void an_overflow_stays_until_the_reset(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 2);
    buf_text(&buf, "abc");
    buf_text(&buf, "a");
    buf_printf(&buf, "%d", 1);
    assert_true(buf.overflow);
    assert_int_equal(buf.n, 0);
    buf_reset(&buf);
    buf_text(&buf, "ok");
    assert_false(buf.overflow);
    assert_text(&buf, "ok");
    buf_done(&buf);
}

static void a_json_string_is_quoted_and_escaped(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    buf_json_string(&buf, span_of("say \"hi\"\\\n\r\t\b\f\x01\x1f caf\xc3\xa9 \x7f"));
    assert_text(&buf, "\"say \\\"hi\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f caf\xc3\xa9 \x7f\"");
    buf_reset(&buf);
    buf_json_string(&buf, (struct span){"a\0b", 3});
    assert_text(&buf, "\"a\\u0000b\"");
    buf_reset(&buf);
    buf_json_string(&buf, (struct span){NULL, 0});
    assert_text(&buf, "\"\"");
    buf_done(&buf);
}

static void a_json_time_is_quoted_and_none_is_null(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    buf_json_time(&buf, 0);
    buf_json_time(&buf, NONE);
    assert_text(&buf, "\"1970-01-01T00:00:00.000Z\"null");
    buf_done(&buf);
}

static void stolen_bytes_belong_to_the_caller(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    buf_text(&buf, "mine");
    size_t n;
    char *p = buf_steal(&buf, &n);
    assert_int_equal(n, 4);
    assert_string_equal(p, "mine");
    assert_int_equal(buf.n, 0);
    buf_text(&buf, "again");
    assert_text(&buf, "again");
    free(p);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_follow_each_other),
        cmocka_unit_test(integers_are_printed_to_their_borders),
        cmocka_unit_test(a_buffer_grows),
        cmocka_unit_test(an_append_that_would_pass_the_limit_appends_nothing),
        cmocka_unit_test(the_limit_itself_may_be_reached),
        cmocka_unit_test(an_overflow_stays_until_the_reset),
        cmocka_unit_test(a_json_string_is_quoted_and_escaped),
        cmocka_unit_test(a_json_time_is_quoted_and_none_is_null),
        cmocka_unit_test(stolen_bytes_belong_to_the_caller),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
