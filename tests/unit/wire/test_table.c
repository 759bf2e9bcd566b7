#include "wire/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    buf_init(&out, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&out);
    arena_free(arena);
    return 0;
}

static const struct span names[] = {{"id", 2}, {"what, else", 10}};

static struct table begin(enum table_format format, bool guards)
{
    struct table table;
    buf_reset(&out);
    table_init(&table, arena, &out, format, guards, names, COUNT_OF(names));
    return table;
}

#define assert_out(text)                                                                                     \
    do {                                                                                                     \
        buf_char(&out, '\0');                                                                                \
        assert_string_equal(out.p, text);                                                                    \
    } while (0)

/** One row of CSV: ${text} and a number. */
static void assert_csv(const char *text, bool guards, const char *expected)
{
    struct table table = begin(TABLE_CSV, guards);
    table_text(&table, span_of(text));
    table_int(&table, -5);
    table_row_end(&table);
    assert_out(expected);
}

static void test_csv_quotes_what_needs_it(void **state)
{
    (void)state;
    assert_csv("plain", true, "plain,-5\r\n");
    assert_csv("", true, ",-5\r\n");
    assert_csv("one, two", true, "\"one, two\",-5\r\n");
    assert_csv("say \"so\"", true, "\"say \"\"so\"\"\",-5\r\n");
    assert_csv("two\nlines", true, "\"two\nlines\",-5\r\n");
    assert_csv(" spaces ", true, "\" spaces \",-5\r\n");
    assert_csv("\xe5\xbc\xa0\xe4\xb8\x89", true, "\xe5\xbc\xa0\xe4\xb8\x89,-5\r\n");
}

static void test_csv_guards_against_formulas(void **state)
{
    (void)state;
    assert_csv("=1+1", true, "'=1+1,-5\r\n");
    assert_csv("+1", true, "'+1,-5\r\n");
    assert_csv("-1", true, "'-1,-5\r\n");
    assert_csv("@SUM(A1)", true, "'@SUM(A1),-5\r\n");
    assert_csv("\tx", true, "'\tx,-5\r\n");
    assert_csv("\rx", true, "\"'\rx\",-5\r\n");
    assert_csv("=HYPERLINK(\"a\",\"b\")", true, "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\",-5\r\n");
    assert_csv("a=1", true, "a=1,-5\r\n");
    assert_csv("=1+1", false, "=1+1,-5\r\n");
}

static void test_head(void **state)
{
    (void)state;
    struct table table = begin(TABLE_CSV, true);
    table_head(&table);
    assert_out("id,\"what, else\"\r\n");
    table = begin(TABLE_NDJSON, true);
    table_head(&table);
    assert_out("");
}

static void test_ndjson(void **state)
{
    (void)state;
    struct table table = begin(TABLE_NDJSON, true);
    table_text(&table, span_of("=a\"b"));
    table_money(&table, -1205, 2);
    table_row_end(&table);
    table_time(&table, INT64_C(1767225600000000));
    table_null(&table);
    table_row_end(&table);
    table_number(&table, 2.5);
    table_bool(&table, true);
    table_row_end(&table);
    assert_out("{\"id\":\"=a\\\"b\",\"what, else\":\"-12.05\"}\n"
               "{\"id\":\"2026-01-01T00:00:00.000Z\",\"what, else\":null}\n"
               "{\"id\":2.5,\"what, else\":true}\n");
}

static void test_lists(void **state)
{
    (void)state;
    static const struct span list[] = {{"=a", 2}, {"b \"c\"", 5}};
    struct table table = begin(TABLE_CSV, true);
    table_list(&table, list, 0);
    table_list(&table, list, 1);
    table_row_end(&table);
    table_list(&table, list, 2);
    table_list(&table, list + 1, 1);
    table_row_end(&table);
    assert_out(",'=a\r\n\"'=a,b \"\"c\"\"\",\"b \"\"c\"\"\"\r\n");
    table = begin(TABLE_NDJSON, true);
    table_list(&table, list, 0);
    table_list(&table, list, 2);
    table_row_end(&table);
    assert_out("{\"id\":[],\"what, else\":[\"=a\",\"b \\\"c\\\"\"]}\n");
}

static void test_json(void **state)
{
    (void)state;
    struct table table = begin(TABLE_CSV, true);
    table_json(&table, arena, span_of("\"=\\u4e2d\""));
    table_json(&table, arena, span_of("-1.50"));
    table_row_end(&table);
    table_json(&table, arena, span_of("[1,\n2]"));
    table_json(&table, arena, span_of("null"));
    table_row_end(&table);
    table_json(&table, arena, (struct span){NULL, 0});
    table_json(&table, arena, span_of("false"));
    table_row_end(&table);
    assert_out("'=\xe4\xb8\xad,-1.50\r\n\"[1,\n2]\",\r\n,false\r\n");
    table = begin(TABLE_NDJSON, true);
    table_json(&table, arena, span_of("[1,\n2]"));
    table_json(&table, arena, (struct span){NULL, 0});
    table_row_end(&table);
    assert_out("{\"id\":[1, 2],\"what, else\":null}\n"); /* a line is a line */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_quotes_what_needs_it), cmocka_unit_test(test_csv_guards_against_formulas),
        cmocka_unit_test(test_head),                     cmocka_unit_test(test_ndjson),
        cmocka_unit_test(test_lists),                    cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
