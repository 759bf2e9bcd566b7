#include "wire/metric_table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct shop shop = {.id = 1, .currency = "EUR", .exponent = 2, .timezone = "UTC"};
static struct arena *arena;
static struct buf out;
static struct metric_table table;

static void begin(enum metric_format format)
{
    buf_reset(&out);
    metric_table_init(&table, arena, &out, &shop, format, LANGUAGE_ZH, true);
}

static void end_row(void)
{
    struct error error;
    assert_int_equal(metric_row_end(&table, &error), STATUS_OK);
}

static void assert_printed(const char *expected)
{
    metric_rows_end(&table);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    metric_table_done(&table);
}

static void fill(void)
{
    metric_table_column(&table, "time", CELL_TIME);
    metric_table_column(&table, "day", CELL_DATE);
    metric_table_column(&table, "channel", CELL_TEXT);
    metric_table_column(&table, "name", CELL_NAMES);
    metric_table_column(&table, "orders", CELL_INT);
    metric_table_column(&table, "revenue", CELL_MONEY);
    metric_table_column(&table, "rate", CELL_RATE);
    metric_table_column(&table, "complete", CELL_BOOL);
    cell_rate(&table, "rate", 2, 3); /* in any order */
    cell_int(&table, "orders", -7);
    cell_time(&table, "time", 0);
    cell_date(&table, "day", 20454);
    cell_text(&table, "channel", span_of("=a,\"b\""));
    cell_names(&table, "name", "收入", "Revenue");
    cell_money(&table, "revenue", -5);
    cell_bool(&table, "complete", true);
    cell_int(&table, "what nobody asked for", 3);
    end_row();
    cell_rate(&table, "rate", 2, 0);
    end_row();
}

static void json_is_a_list_of_flat_objects(void **state)
{
    (void)state;
    begin(METRIC_JSON);
    fill();
    assert_printed("{\"time\":\"1970-01-01T00:00:00.000Z\",\"day\":\"2026-01-01\",\"channel\":\"=a,\\\"b\\\"\","
                   "\"name\":{\"zh\":\"收入\",\"en\":\"Revenue\"},\"orders\":-7,\"revenue\":\"-0.05\",\"rate\":0.666667,\"complete\":true}\n"
                   ",{\"time\":null,\"day\":null,\"channel\":null,\"name\":null,\"orders\":null,\"revenue\":null,\"rate\":null,"
                   "\"complete\":null}\n");
}

static void csv_has_a_line_of_names_and_guards_what_looks_like_a_formula(void **state)
{
    (void)state;
    begin(METRIC_CSV);
    fill();
    assert_printed("time,day,channel,name,orders,revenue,rate,complete\r\n"
                   "1970-01-01T00:00:00.000Z,2026-01-01,\"'=a,\"\"b\"\"\",收入,-7,-0.05,0.666667,true\r\n,,,,,,,\r\n");
}

static void a_table_without_rows_still_has_its_names(void **state)
{
    (void)state;
    begin(METRIC_CSV);
    metric_table_column(&table, "a", CELL_INT);
    assert_printed("a\r\n");
    begin(METRIC_NDJSON);
    metric_table_column(&table, "a", CELL_INT);
    assert_printed("");
}

static void money_of_an_average_is_rounded_half_away_from_zero(void **state)
{
    (void)state;
    static const int64_t cases[][2] = {{5, 2}, {-5, 2}, {4, 3}, {-4, 3}, {5, 3}, {7, -2}, {0, 3}};
    begin(METRIC_NDJSON);
    metric_table_column(&table, "x", CELL_MONEY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cell_money_per(&table, "x", cases[i][0], cases[i][1]);
        end_row();
    }
    cell_money_per(&table, "x", 1, 0);
    end_row();
    assert_printed("{\"x\":\"0.03\"}\n{\"x\":\"-0.03\"}\n{\"x\":\"0.01\"}\n{\"x\":\"-0.01\"}\n{\"x\":\"0.02\"}\n{\"x\":\"-0.04\"}\n"
                   "{\"x\":\"0.00\"}\n{\"x\":null}\n");
}

static void rates_have_at_most_six_decimals(void **state)
{
    (void)state;
    begin(METRIC_NDJSON);
    metric_table_column(&table, "x", CELL_RATE);
    static const double cases[] = {1, 0.5, 1.0 / 3, 1e-7, 123456.7890123, -0.0000004, 1e12, NAN};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cell_number(&table, "x", cases[i]);
        end_row();
    }
    assert_printed("{\"x\":1}\n{\"x\":0.5}\n{\"x\":0.333333}\n{\"x\":0}\n{\"x\":123456.789012}\n{\"x\":0}\n{\"x\":1000000000000}\n"
                   "{\"x\":null}\n");
}

static void the_currency_is_the_shops_and_a_column_of_any_type_takes_what_it_gets(void **state)
{
    (void)state;
    begin(METRIC_NDJSON);
    metric_table_column(&table, "currency", CELL_TEXT);
    metric_table_column(&table, "value", CELL_ANY);
    cell_money(&table, "value", 1234);
    end_row();
    cell_int(&table, "value", 3);
    end_row();
    assert_printed("{\"currency\":\"EUR\",\"value\":\"12.34\"}\n{\"currency\":\"EUR\",\"value\":3}\n");
}

static void members_stand_in_the_head_in_the_order_in_which_they_were_told(void **state)
{
    (void)state;
    begin(METRIC_JSON);
    metric_member_text(&table, "a", span_of("x\"y"));
    metric_member_text(&table, "b", (struct span){NULL, 0});
    metric_member_date(&table, "c", 0);
    metric_member_time(&table, "d", NONE);
    metric_member_total(&table, 12, true);
    buf_char(&table.members, '\0');
    assert_string_equal(table.members.p,
                        ",\"a\":\"x\\\"y\",\"b\":null,\"c\":\"1970-01-01\",\"d\":null,\"total\":12,\"has_more\":true");
    metric_table_done(&table);
}

static void a_row_too_many_is_refused_and_it_is_said_what_to_narrow(void **state)
{
    (void)state;
    struct error error;
    begin(METRIC_CSV);
    metric_table_column(&table, "x", CELL_INT);
    for (int i = 0; i < METRIC_ROWS_MAX; i++)
        end_row();
    assert_int_equal(metric_row_end(&table, &error), STATUS_TOO_MANY_GROUPS);
    assert_non_null(strstr(error.detail, "interval"));
    metric_table_done(&table);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_a_list_of_flat_objects),
        cmocka_unit_test(csv_has_a_line_of_names_and_guards_what_looks_like_a_formula),
        cmocka_unit_test(a_table_without_rows_still_has_its_names),
        cmocka_unit_test(money_of_an_average_is_rounded_half_away_from_zero),
        cmocka_unit_test(rates_have_at_most_six_decimals),
        cmocka_unit_test(the_currency_is_the_shops_and_a_column_of_any_type_takes_what_it_gets),
        cmocka_unit_test(members_stand_in_the_head_in_the_order_in_which_they_were_told),
        cmocka_unit_test(a_row_too_many_is_refused_and_it_is_said_what_to_narrow),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
