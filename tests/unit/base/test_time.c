#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static usec_t parsed(const char *text)
{
    usec_t t = NONE;
    assert_true(time_parse(span_of(text), &t));
    return t;
}

static void assert_refused(const char *text)
{
    usec_t t = 42;
    if (time_parse(span_of(text), &t)) {
        fail_msg("\"%s\" was taken as a time", text);
    }
    assert_int_equal(t, 42);
}

static void the_epoch_is_zero(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
}

static void a_bare_date_is_its_midnight_in_utc(void **state)
{
    (void)state;
    assert_int_equal(parsed("2026-11-21"), INT64_C(1795219200000000));
}

static void month_and_day_may_be_unpadded(void **state)
{
    (void)state;
    assert_int_equal(parsed("2015-2-2T00:00:00.000Z"), parsed("2015-02-02T00:00:00Z"));
}

static void a_zone_is_taken_into_account(void **state)
{
    (void)state;
    usec_t noon = parsed("2026-11-21T12:00:00Z");
    assert_int_equal(parsed("2026-11-21T13:00:00+01:00"), noon);
    assert_int_equal(parsed("2026-11-21T06:30:00-0530"), noon);
    assert_int_equal(parsed("2026-11-21T20:00:00+08"), noon);
    assert_int_equal(parsed("2026-11-21 12:00:00z"), noon);
}

static void seconds_may_be_left_out(void **state)
{
    (void)state;
    assert_int_equal(parsed("2026-11-21T12:30Z"), parsed("2026-11-21T12:30:00Z"));
}

static void decimals_are_cut_to_microseconds(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00.5Z"), 500000);
    assert_int_equal(parsed("1970-01-01T00:00:00.123456Z"), 123456);
    assert_int_equal(parsed("1970-01-01T00:00:00.123456999Z"), 123456);
    assert_int_equal(parsed("1970-01-01T00:00:00.0000009Z"), 0);
}

static void a_leap_second_is_the_first_of_the_next_minute(void **state)
{
    (void)state;
    assert_int_equal(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01T00:00:00Z"));
}

static void a_time_without_a_zone_is_refused(void **state)
{
    (void)state;
    assert_refused("2026-11-21T12:00:00");
    assert_refused("2026-11-21T12:00:00.123");
}

static void a_date_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    assert_refused("2026-02-29");
    assert_refused("2100-02-29");
    assert_refused("2026-04-31T00:00:00Z");
    assert_refused("2026-13-01");
    assert_refused("2026-00-01");
    assert_refused("2026-01-00");
    assert_refused("0000-01-01");
    assert_int_equal(parsed("2024-02-29"), parsed("2024-03-01") - USEC_PER_DAY);
}

static void a_clock_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    assert_refused("2026-11-21T24:00:00Z");
    assert_refused("2026-11-21T12:60:00Z");
    assert_refused("2026-11-21T12:00:61Z");
    assert_refused("2026-11-21T12:00:00+24:00");
    assert_refused("2026-11-21T12:00:00+01:60");
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "now", "2026", "2026-11", "2026-11-", "26-11-21", "02026-11-21", "2026/11/21", "2026-11-21T", "2026-11-21Z",
        "2026-11-21T1:00:00Z", "2026-11-21T12Z", "2026-11-21T12:00:00.Z", "2026-11-21T12:00:00.1234567890Z",
        "2026-11-21T12:00:00ZZ", "2026-11-21T12:00:00+1", "2026-11-21T12:00:00+01:", "2026-11-21T12:00:00+010",
        " 2026-11-21", "2026-11-21 ", "-2026-11-21", "1795219200", "2026-11-21T12:00:00 +01:00", "2026-1a-21",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_refused(texts[i]);
    }
}

static void the_years_1_and_9999_are_the_borders(void **state)
{
    (void)state;
    assert_int_equal(parsed("0001-01-01T00:00:00Z"), TIME_MIN);
    assert_int_equal(parsed("9999-12-31T23:59:59.999999Z"), TIME_MAX);
    assert_refused("0001-01-01T00:00:00+00:01");
    assert_refused("9999-12-31T23:59:59.999999-00:01");
}

static void assert_printed(usec_t t, const char *expected)
{
    char text[TIME_TEXT];
    assert_int_equal(time_print(t, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void a_time_is_printed_with_milliseconds(void **state)
{
    (void)state;
    assert_printed(0, "1970-01-01T00:00:00.000Z");
    assert_printed(-1000, "1969-12-31T23:59:59.999Z");
    assert_printed(INT64_C(1795284000123000), "2026-11-21T18:00:00.123Z");
}

static void microseconds_are_printed_when_there_are_some(void **state)
{
    (void)state;
    assert_printed(INT64_C(1795284000123456), "2026-11-21T18:00:00.123456Z");
    assert_printed(TIME_MIN, "0001-01-01T00:00:00.000Z");
    assert_printed(TIME_MAX, "9999-12-31T23:59:59.999999Z");
}

static void what_is_printed_can_be_read(void **state)
{
    (void)state;
    for (usec_t t = TIME_MIN; t < TIME_MAX - INT64_C(87654321987654); t += INT64_C(87654321987654)) {
        char text[TIME_TEXT];
        size_t n = time_print(t, text);
        usec_t again;
        assert_true(time_parse((struct span){text, n}, &again));
        assert_int_equal(again, t);
    }
}

static void every_day_of_ten_thousand_years_has_one_date(void **state)
{
    (void)state;
    int64_t day = day_from_date(1, 1, 1);
    assert_int_equal(day, -719162);
    int last_year = 0, last_month = 12, last_mday = 31;
    for (; day <= day_from_date(9999, 12, 31); day++) {
        int year, month, mday;
        day_to_date(day, &year, &month, &mday);
        assert_int_equal(day_from_date(year, month, mday), day);
        if (mday == 1) {
            assert_true((month == last_month + 1 && year == last_year) || (month == 1 && year == last_year + 1));
        } else {
            assert_true(mday == last_mday + 1 && month == last_month && year == last_year);
        }
        last_year = year, last_month = month, last_mday = mday;
    }
}

static void a_day_is_read_from_its_date_alone(void **state)
{
    (void)state;
    int64_t day;
    assert_true(day_parse(span_of("1970-01-02"), &day));
    assert_int_equal(day, 1);
    assert_true(day_parse(span_of("1969-12-31"), &day));
    assert_int_equal(day, -1);
    assert_false(day_parse(span_of("1970-01-02T00:00:00Z"), &day));
    assert_false(day_parse(span_of("1970-02-30"), &day));
    assert_int_equal(day, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_epoch_is_zero),
        cmocka_unit_test(a_bare_date_is_its_midnight_in_utc),
        cmocka_unit_test(month_and_day_may_be_unpadded),
        cmocka_unit_test(a_zone_is_taken_into_account),
        cmocka_unit_test(seconds_may_be_left_out),
        cmocka_unit_test(decimals_are_cut_to_microseconds),
        cmocka_unit_test(a_leap_second_is_the_first_of_the_next_minute),
        cmocka_unit_test(a_time_without_a_zone_is_refused),
        cmocka_unit_test(a_date_that_does_not_exist_is_refused),
        cmocka_unit_test(a_clock_that_does_not_exist_is_refused),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(the_years_1_and_9999_are_the_borders),
        cmocka_unit_test(a_time_is_printed_with_milliseconds),
        cmocka_unit_test(microseconds_are_printed_when_there_are_some),
        cmocka_unit_test(what_is_printed_can_be_read),
        cmocka_unit_test(every_day_of_ten_thousand_years_has_one_date),
        cmocka_unit_test(a_day_is_read_from_its_date_alone),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
