#include "wire/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena *arena;
static struct row_map *map;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    map = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    row_map_free(map);
    arena_free(arena);
    return 0;
}

/** The reason why a map with ${fields} (separated by spaces) does not fit ${header}, or "". */
static const char *bind(enum row_format format, const char *fields, const char *header)
{
    static struct error error;
    char one[256];
    error = (struct error){0};
    row_map_free(map);
    map = row_map_new(format);
    while (*fields != '\0') {
        size_t n = strcspn(fields, " ");
        snprintf(one, sizeof(one), "%.*s", (int)n, fields);
        if (row_map_add(map, one, &error) != STATUS_OK) {
            return error.detail;
        }
        fields += n + (fields[n] == ' ');
    }
    return row_map_bind(map, span_of(header), &error) == STATUS_OK ? "" : error.detail;
}

static const char *read_ordinal(const char *text, uint64_t ordinal)
{
    static char out[2048];
    struct row row;
    struct error error;
    if (row_read(map, arena, span_of(text), ordinal, &row, &error) != STATUS_OK) {
        snprintf(out, sizeof(out), "%s %s: %s", status_code(error.status), error.pointer, error.detail);
    } else {
        snprintf(out, sizeof(out), "%.*s", (int)row.json.n, row.json.p);
    }
    return out;
}

static const char *read_row(const char *text)
{
    return read_ordinal(text, 0);
}

static void csv(const char *fields, const char *header)
{
    assert_string_equal(bind(ROW_CSV, fields, header), "");
}

static void ndjson(const char *fields)
{
    assert_string_equal(bind(ROW_NDJSON, fields, ""), "");
}

/* --- tables --- */

static void columns_with_the_names_of_fields_need_no_map(void **state)
{
    (void)state;
    csv("", "userId,timestamp,event,order_id,revenue,currency,properties.coupon,messageId,other");
    assert_string_equal(
        read_row("anna,2020-01-02,Order Completed,A1,9.90,EUR,SPRING,m1,x"),
        "{\"event\":\"Order Completed\",\"messageId\":\"m1\",\"properties\":{\"coupon\":\"SPRING\",\"currency\":\"EUR\","
        "\"order_id\":\"A1\",\"revenue\":\"9.90\"},\"timestamp\":\"2020-01-02\",\"type\":\"track\",\"userId\":\"anna\"}");
}

static void a_map_takes_fields_from_columns_of_other_names(void **state)
{
    (void)state;
    csv("userId=kunde timestamp=am messageId=nr properties.address.city=ort", "nr,kunde,ort,am");
    assert_string_equal(read_row("m1,anna,Berlin,2020-01-02"),
                        "{\"event\":\"Order Completed\",\"messageId\":\"m1\",\"properties\":{\"address\":{\"city\":"
                        "\"Berlin\"}},\"timestamp\":\"2020-01-02\",\"type\":\"track\",\"userId\":\"anna\"}");
}

static void a_column_that_is_mapped_is_not_taken_by_its_own_name(void **state)
{
    (void)state;
    csv("properties.coupon=event", "userId,timestamp,messageId,event");
    assert_string_equal(read_row("anna,2020-01-02,m1,SPRING"),
                        "{\"event\":\"Order Completed\",\"messageId\":\"m1\",\"properties\":{\"coupon\":\"SPRING\"},"
                        "\"timestamp\":\"2020-01-02\",\"type\":\"track\",\"userId\":\"anna\"}");
}

static void an_empty_cell_is_no_value(void **state)
{
    (void)state;
    csv("", "userId,timestamp,messageId,revenue,event");
    assert_string_equal(read_row("anna,2020-01-02,m1,,"),
                        "{\"event\":\"Order Completed\",\"messageId\":\"m1\",\"timestamp\":\"2020-01-02\",\"type\":"
                        "\"track\",\"userId\":\"anna\"}");
}

static void a_table_may_tell_traits(void **state)
{
    (void)state;
    csv("type=kind", "userId,kind,traits.city,messageId");
    assert_string_equal(
        read_row("anna,identify,\"Berlin \"\"Mitte\"\"\",m1"),
        "{\"messageId\":\"m1\",\"traits\":{\"city\":\"Berlin \\\"Mitte\\\"\"},\"type\":\"identify\",\"userId\":\"anna\"}");
}

static void what_cannot_be_mapped_is_said(void **state)
{
    (void)state;
    assert_non_null(strstr(bind(ROW_CSV, "custmer=a", "a"), "there is no field custmer"));
    assert_non_null(strstr(bind(ROW_CSV, "properties.=a", "a"), "there is no field properties."));
    assert_non_null(strstr(bind(ROW_CSV, "userId", "a"), "FIELD=COLUMN"));
    assert_string_equal(bind(ROW_CSV, "userId=a userId=b", "a,b"), "the field userId is mapped twice");
    assert_string_equal(bind(ROW_CSV, "userId=c", "a,b"), "the file has no column c");
    assert_string_equal(bind(ROW_CSV, "userId=a", "a,a,timestamp"), "two columns have the name a");
    assert_string_equal(bind(ROW_CSV, "properties.a=x properties.a.b=y", "x,y,userId,timestamp"),
                        "the field properties.a.b is a part of properties.a");
}

static void a_table_without_customers_or_times_is_refused(void **state)
{
    (void)state;
    assert_non_null(strstr(bind(ROW_CSV, "", "timestamp,revenue"), "--map userId=COLUMN"));
    assert_non_null(strstr(bind(ROW_CSV, "", "userId,revenue"), "--map timestamp=COLUMN"));
}

static void a_row_with_another_number_of_columns_is_refused(void **state)
{
    (void)state;
    csv("", "userId,timestamp");
    assert_string_equal(read_row("anna"), "invalid_value : the row has 1 columns, the header 2");
    assert_string_equal(read_row("anna,2020-01-01,x"), "invalid_value : the row has 3 columns, the header 2");
}

/* --- times --- */

static void dates_of_eight_digits_and_times_without_a_zone_are_utc(void **state)
{
    static const char *const cases[][2] = {
        {"19970101", "\"1997-01-01\""},
        {"1997-01-01", "\"1997-01-01\""},
        {"2010-12-01 08:26:00", "\"2010-12-01 08:26:00Z\""},
        {"2010-12-01T08:26:00.5", "\"2010-12-01T08:26:00.5Z\""},
        {"2010-12-01T08:26:00+01:00", "\"2010-12-01T08:26:00+01:00\""},
        {"19971301", "\"19971301\""},
        {"yesterday", "\"yesterday\""},
    };
    (void)state;
    csv("", "userId,timestamp,messageId");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char row[128];
        snprintf(row, sizeof(row), "anna,%s,m1", cases[i][0]);
        assert_non_null(strstr(read_row(row), cases[i][1]));
    }
    ndjson("");
    assert_non_null(strstr(read_row("{\"userId\":\"a\",\"messageId\":\"m\",\"timestamp\":19970101}"), "\"1997-01-01\""));
}

static void what_happened_must_tell_when(void **state)
{
    (void)state;
    csv("", "userId,timestamp");
    assert_string_equal(read_row("anna,"), "missing_member /timestamp: timestamp is missing");
    ndjson("");
    assert_string_equal(read_row("{\"userId\":\"anna\",\"type\":\"page\"}"),
                        "missing_member /timestamp: timestamp is missing");
}

/* --- ids --- */

static void the_same_row_has_the_same_id_and_its_repeat_another(void **state)
{
    (void)state;
    char first[512], again[512];
    csv("", "userId,timestamp,revenue");
    snprintf(first, sizeof(first), "%s", read_ordinal("anna,2020-01-01,1.00", 0));
    snprintf(again, sizeof(again), "%s", read_ordinal("anna,2020-01-01,1.00", 0));
    assert_string_equal(first, again);
    assert_string_not_equal(first, read_ordinal("anna,2020-01-01,1.00", 1));
    assert_string_not_equal(first, read_ordinal("anna,2020-01-01,1.01", 0));
}

static void quotes_do_not_make_another_row(void **state)
{
    (void)state;
    char first[512];
    csv("", "userId,timestamp,revenue");
    snprintf(first, sizeof(first), "%s", read_row("anna,2020-01-01,1.00"));
    assert_string_equal(first, read_row("\"anna\",2020-01-01,\"1.00\""));
}

static void columns_that_join_to_one_text_are_two_rows(void **state)
{
    (void)state;
    struct row one, other;
    struct error error;
    csv("", "userId,timestamp,a,b");
    assert_int_equal(row_read(map, arena, span_of("anna,2020-01-01,ab,c"), 0, &one, &error), STATUS_OK);
    assert_int_equal(row_read(map, arena, span_of("anna,2020-01-01,a,bc"), 0, &other, &error), STATUS_OK);
    assert_int_not_equal(one.content, other.content);
}

static void an_order_without_ids_has_that_of_its_row(void **state)
{
    (void)state;
    ndjson("");
    const char *json = read_row("{\"userId\":\"anna\",\"timestamp\":\"2020-01-01\"}");
    const char *message_id = strstr(json, "\"messageId\":\"row-"), *order_id = strstr(json, "\"order_id\":\"row-");
    assert_non_null(message_id);
    assert_non_null(order_id);
    assert_memory_equal(message_id + strlen("\"messageId\":"), order_id + strlen("\"order_id\":"), 40);
}

static void only_an_order_has_an_order_id(void **state)
{
    (void)state;
    ndjson("");
    assert_null(strstr(
        read_row("{\"userId\":\"anna\",\"timestamp\":\"2020-01-01\",\"event\":\"Product Viewed\"}"), "order_id"));
    assert_null(
        strstr(read_row("{\"userId\":\"anna\",\"timestamp\":\"2020-01-01\",\"messageId\":\"m1\"}"), "order_id"));
}

static void an_order_of_nobody_gets_no_order_id(void **state)
{
    (void)state;
    ndjson("");
    assert_null(strstr(read_row("{\"timestamp\":\"2020-01-01\"}"), "order_id"));
    assert_null(strstr(read_row("{\"userId\":null,\"timestamp\":\"2020-01-01\"}"), "order_id"));
    assert_non_null(strstr(read_row("{\"anonymousId\":\"a\",\"timestamp\":\"2020-01-01\"}"), "order_id"));
    assert_non_null(strstr(read_row("{\"context\":{\"externalIds\":[]},\"timestamp\":\"2020-01-01\"}"), "order_id"));
    csv("", "userId,timestamp,revenue");
    assert_null(strstr(read_row(",2020-01-01,1"), "order_id"));
    assert_non_null(strstr(read_row("anna,2020-01-01,1"), "order_id"));
}

/* --- lines of JSON --- */

static void a_message_stays_as_it_is(void **state)
{
    (void)state;
    ndjson("");
    assert_string_equal(
        read_row("{\"type\":\"track\",\"event\":\"Product Viewed\",\"userId\":7,\"timestamp\":\"2020-01-01\","
                 "\"messageId\":\"m1\",\"properties\":{\"sku\":\"a\",\"n\":1.50},\"context\":{\"channel\":\"web\"}}\r\n"),
        "{\"properties\":{\"sku\":\"a\",\"n\":1.50},\"context\":{\"channel\":\"web\"},\"event\":\"Product Viewed\","
        "\"messageId\":\"m1\",\"timestamp\":\"2020-01-01\",\"type\":\"track\",\"userId\":7}");
}

static void members_are_renamed_and_moved(void **state)
{
    (void)state;
    ndjson("userId=customer.id timestamp=when properties.coupon=code");
    assert_string_equal(
        read_row("{\"customer\":{\"id\":7},\"when\":\"2020-01-01\",\"code\":\"X\",\"order_id\":\"A\",\"revenue\":1.5,"
                 "\"messageId\":\"m1\",\"properties\":{\"kept\":true}}"),
        "{\"customer\":{\"id\":7},\"event\":\"Order Completed\",\"messageId\":\"m1\",\"properties\":{\"kept\":true,"
        "\"coupon\":\"X\",\"order_id\":\"A\",\"revenue\":1.5},\"timestamp\":\"2020-01-01\",\"type\":\"track\",\"userId\":7}");
}

static void the_propertys_own_value_wins_over_a_member_of_its_name(void **state)
{
    (void)state;
    ndjson("");
    assert_non_null(strstr(read_row("{\"userId\":\"a\",\"timestamp\":\"2020-01-01\",\"revenue\":1,\"properties\":{"
                                    "\"revenue\":2}}"),
                           "\"revenue\":2}"));
}

static void a_track_message_without_event_is_not_made_an_order(void **state)
{
    (void)state;
    ndjson("");
    assert_null(strstr(read_row("{\"type\":\"track\",\"userId\":\"a\",\"timestamp\":\"2020-01-01\"}"), "Order"));
}

static void the_time_of_sending_is_left_out(void **state)
{
    (void)state;
    ndjson("");
    assert_null(strstr(read_row("{\"userId\":\"a\",\"timestamp\":\"2020-01-01\",\"sentAt\":\"2020-01-01T00:00:00Z\"}"),
                       "sentAt"));
}

static void properties_that_are_no_object_are_left_to_be_refused(void **state)
{
    (void)state;
    ndjson("");
    assert_non_null(
        strstr(read_row("{\"userId\":\"a\",\"timestamp\":\"2020-01-01\",\"properties\":[1]}"), "\"properties\":[1]"));
}

static void a_line_that_is_no_object_is_refused(void **state)
{
    (void)state;
    ndjson("");
    assert_string_equal(read_row("[]"), "wrong_type : a line must be an object");
    assert_memory_equal(read_row("{\"a\""), "malformed_json", 14);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_with_the_names_of_fields_need_no_map),
        TEST(a_map_takes_fields_from_columns_of_other_names),
        TEST(a_column_that_is_mapped_is_not_taken_by_its_own_name),
        TEST(an_empty_cell_is_no_value),
        TEST(a_table_may_tell_traits),
        TEST(what_cannot_be_mapped_is_said),
        TEST(a_table_without_customers_or_times_is_refused),
        TEST(a_row_with_another_number_of_columns_is_refused),
        TEST(dates_of_eight_digits_and_times_without_a_zone_are_utc),
        TEST(what_happened_must_tell_when),
        TEST(the_same_row_has_the_same_id_and_its_repeat_another),
        TEST(quotes_do_not_make_another_row),
        TEST(columns_that_join_to_one_text_are_two_rows),
        TEST(an_order_without_ids_has_that_of_its_row),
        TEST(only_an_order_has_an_order_id),
        TEST(an_order_of_nobody_gets_no_order_id),
        TEST(a_message_stays_as_it_is),
        TEST(members_are_renamed_and_moved),
        TEST(the_propertys_own_value_wins_over_a_member_of_its_name),
        TEST(a_track_message_without_event_is_not_made_an_order),
        TEST(the_time_of_sending_is_left_out),
        TEST(properties_that_are_no_object_are_left_to_be_refused),
        TEST(a_line_that_is_no_object_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
