#include "wire/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/** The records of ${text}, each between brackets. */
static const char *records(const char *text)
{
    static char out[1024];
    struct span rest = span_of(text);
    struct csv_record record;
    size_t n = 0;
    out[0] = '\0';
    while (csv_take(&rest, true, &record)) {
        n += (size_t)snprintf(out + n, sizeof(out) - n, "[%.*s]%s%zu", (int)record.text.n, record.text.p,
                              record.is_broken ? "!" : "", record.lines);
    }
    assert_int_equal(rest.n, 0);
    return out;
}

/** The fields of ${record}, each between brackets; the reason when there are none. */
static const char *fields(const char *record)
{
    static char out[1024];
    struct span *list;
    size_t count, n = 0;
    struct error error;
    if (csv_fields(arena, span_of(record), &list, &count, &error) != STATUS_OK) {
        snprintf(out, sizeof(out), "%s: %s", status_code(error.status), error.detail);
        return out;
    }
    for (size_t i = 0; i < count; i++) {
        n += (size_t)snprintf(out + n, sizeof(out) - n, "[%.*s]", (int)list[i].n, list[i].p);
    }
    return out;
}

static void lines_end_with_lf_or_crlf_and_the_last_need_not_end(void **state)
{
    (void)state;
    assert_string_equal(records("a,b\nc\r\nd"), "[a,b]1[c]1[d]1");
    assert_string_equal(records("a\n"), "[a]1");
    assert_string_equal(records(""), "");
    assert_string_equal(records("\n\r\n"), "[]1[]1");
}

static void a_carriage_return_within_a_line_belongs_to_it(void **state)
{
    (void)state;
    assert_string_equal(records("a\rb\n"), "[a\rb]1");
}

static void a_quoted_field_may_hold_line_ends(void **state)
{
    (void)state;
    assert_string_equal(records("\"a\nb\",c\r\nd"), "[\"a\nb\",c]2[d]1");
}

static void half_a_record_is_none_until_the_rest_has_come(void **state)
{
    (void)state;
    struct csv_record record;
    struct span text = span_of("a,\"b\nc");
    assert_false(csv_take(&text, false, &record));
    assert_int_equal(text.n, 6);
    text = span_of("a,b");
    assert_false(csv_take(&text, false, &record));
    text = span_of("a,b\n");
    assert_true(csv_take(&text, false, &record));
}

static void a_quote_that_is_never_closed_costs_its_own_line_only(void **state)
{
    (void)state;
    assert_string_equal(records("\"a,1\nb,2\nc,3\n"), "[\"a,1]!1[b,2]1[c,3]1");
    assert_string_equal(records("a,\"b"), "[a,\"b]!1");
}

static void a_quote_that_is_closed_lines_later_in_the_wrong_place_costs_its_own_line_only(void **state)
{
    (void)state;
    assert_string_equal(records("\"a,1\nb,2\n\"c\",3\nd\n"), "[\"a,1]!1[b,2]1[\"c\",3]1[d]1");
}

static void fields_are_what_stands_between_commas(void **state)
{
    (void)state;
    assert_string_equal(fields("a,b,c"), "[a][b][c]");
    assert_string_equal(fields(",,"), "[][][]");
    assert_string_equal(fields(""), "[]");
    assert_string_equal(fields(" a , b "), "[ a ][ b ]");
}

static void quotes_are_taken_off_and_doubled_ones_halved(void **state)
{
    (void)state;
    assert_string_equal(fields("\"a,b\",\"\",\"c\"\"d\"\"\""), "[a,b][][c\"d\"]");
    assert_string_equal(fields("\"\"\"\""), "[\"]");
}

static void a_quote_within_a_plain_field_is_a_character(void **state)
{
    (void)state;
    assert_string_equal(fields("5\" disc,a\"b\""), "[5\" disc][a\"b\"]");
}

static void quotes_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    assert_string_equal(fields("a,\"b"), "invalid_value: the quote of column 2 is not closed");
    assert_string_equal(fields("\"a\"b"), "invalid_value: something stands after the closing quote of column 1");
}

static void more_columns_than_the_limit_are_refused(void **state)
{
    (void)state;
    char text[CSV_FIELDS_MAX + 1];
    struct span *list;
    size_t n;
    struct error error;
    memset(text, ',', sizeof(text));
    assert_int_equal(csv_fields(arena, (struct span){text, CSV_FIELDS_MAX - 1}, &list, &n, &error), STATUS_OK);
    assert_int_equal(n, CSV_FIELDS_MAX);
    assert_int_equal(csv_fields(arena, (struct span){text, CSV_FIELDS_MAX}, &list, &n, &error), STATUS_TOO_MANY);
}

static void a_field_is_written_in_quotes_only_where_it_needs_them(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    csv_put(&out, span_of("plain text"));
    buf_char(&out, ',');
    csv_put(&out, span_of("a,\"b\"\nc"));
    assert_string_equal(out.p, "plain text,\"a,\"\"b\"\"\nc\"");
    buf_done(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_end_with_lf_or_crlf_and_the_last_need_not_end),
        TEST(a_carriage_return_within_a_line_belongs_to_it),
        TEST(a_quoted_field_may_hold_line_ends),
        TEST(half_a_record_is_none_until_the_rest_has_come),
        TEST(a_quote_that_is_never_closed_costs_its_own_line_only),
        TEST(a_quote_that_is_closed_lines_later_in_the_wrong_place_costs_its_own_line_only),
        TEST(fields_are_what_stands_between_commas),
        TEST(quotes_are_taken_off_and_doubled_ones_halved),
        TEST(a_quote_within_a_plain_field_is_a_character),
        TEST(quotes_that_make_no_sense_are_refused),
        TEST(more_columns_than_the_limit_are_refused),
        TEST(a_field_is_written_in_quotes_only_where_it_needs_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
