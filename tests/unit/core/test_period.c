#include "base/time.h"
#include "core/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static int64_t day_of(const char *text)
{
    int64_t day;
    if (!day_parse(span_of(text), &day))
        fail_msg("%s", text);
    return day;
}

static void assert_begins(enum grain grain, const char *day, const char *begin)
{
    assert_int_equal(period_begin(grain, day_of(day)), day_of(begin));
}

static void a_day_is_its_own_period(void **state)
{
    (void)state;
    for (int64_t day = -1000; day < 1000; day++) {
        assert_int_equal(period_begin(GRAIN_DAY, day), day);
        assert_int_equal(period_add(GRAIN_DAY, day, -3), day - 3);
    }
}

static void weeks_begin_on_monday_also_around_new_year(void **state)
{
    (void)state;
    assert_begins(GRAIN_WEEK, "1970-01-01", "1969-12-29");
    assert_begins(GRAIN_WEEK, "1969-12-28", "1969-12-22");
    assert_begins(GRAIN_WEEK, "2020-12-31", "2020-12-28"); /* week 53 of 2020 */
    assert_begins(GRAIN_WEEK, "2021-01-03", "2020-12-28");
    assert_begins(GRAIN_WEEK, "2021-01-04", "2021-01-04");
    assert_begins(GRAIN_WEEK, "2024-12-30", "2024-12-30"); /* week 1 of 2025 */
    assert_int_equal(period_between(GRAIN_WEEK, day_of("2020-12-31"), day_of("2021-01-03")), 0);
    assert_int_equal(period_between(GRAIN_WEEK, day_of("2020-12-31"), day_of("2021-01-04")), 1);
}

static void february_is_as_long_as_its_year_says(void **state)
{
    (void)state;
    assert_begins(GRAIN_MONTH, "2024-02-29", "2024-02-01");
    assert_int_equal(period_add(GRAIN_MONTH, day_of("2024-02-29"), 1), day_of("2024-03-01"));
    assert_int_equal(period_add(GRAIN_MONTH, day_of("2000-02-29"), 1), day_of("2000-03-01"));
    assert_int_equal(period_add(GRAIN_MONTH, day_of("1900-02-28"), 1) - day_of("1900-02-28"), 1);
    assert_int_equal(period_add(GRAIN_MONTH, day_of("2024-01-31"), -13), day_of("2022-12-01"));
    assert_int_equal(period_between(GRAIN_MONTH, day_of("2024-02-29"), day_of("2025-02-28")), 12);
}

/* Day by day from 1880 to 2420, more than 400 years: against the C library. */
static void periods_are_those_of_the_calendar(void **state)
{
    int64_t first = day_of("1880-01-01"), last = day_of("2420-01-01"), week = 0, month = 0;
    (void)state;
    for (int64_t day = first; day < last; day++) {
        time_t seconds = day * 86400;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        assert_int_equal(period_begin(GRAIN_WEEK, day), day - (tm.tm_wday + 6) % 7);
        assert_int_equal(period_begin(GRAIN_MONTH, day), day - tm.tm_mday + 1);
        week += day > first && tm.tm_wday == 1;
        month += day > first && tm.tm_mday == 1;
        assert_int_equal(period_between(GRAIN_WEEK, first, day), week);
        assert_int_equal(period_between(GRAIN_MONTH, first, day), month);
        assert_int_equal(period_between(GRAIN_MONTH, day, first), -month);
        assert_int_equal(period_add(GRAIN_MONTH, first, month), day - tm.tm_mday + 1);
        assert_int_equal(period_add(GRAIN_WEEK, day, -week), period_begin(GRAIN_WEEK, first));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_is_its_own_period),
        cmocka_unit_test(weeks_begin_on_monday_also_around_new_year),
        cmocka_unit_test(february_is_as_long_as_its_year_says),
        cmocka_unit_test(periods_are_those_of_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
