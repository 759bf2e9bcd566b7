#include "core/period.h"
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t day(const char *text)
{
    int64_t out;
    assert_true(day_parse(span_of(text), &out));
    return out;
}

static void weeks_begin_on_monday(void **state)
{
    (void)state;
    assert_int_equal(period_begin(GRAIN_WEEK, day("2026-11-22")), day("2026-11-16")); /* a Sunday */
    assert_int_equal(period_begin(GRAIN_WEEK, day("2026-11-23")), day("2026-11-23"));
    assert_int_equal(period_begin(GRAIN_WEEK, day("1970-01-01")), day("1969-12-29"));
    assert_int_equal(period_add(GRAIN_WEEK, day("2026-11-22"), -1), day("2026-11-09"));
    assert_int_equal(period_between(GRAIN_WEEK, day("2026-12-31"), day("2027-01-04")), 1);
}

static void months_have_their_own_lengths(void **state)
{
    (void)state;
    assert_int_equal(period_begin(GRAIN_MONTH, day("2024-02-29")), day("2024-02-01"));
    assert_int_equal(period_add(GRAIN_MONTH, day("2024-01-31"), 1), day("2024-02-01"));
    assert_int_equal(period_add(GRAIN_MONTH, day("2024-02-29"), 12), day("2025-02-01"));
    assert_int_equal(period_add(GRAIN_MONTH, day("2024-03-01"), -1), day("2024-02-01"));
    assert_int_equal(period_between(GRAIN_MONTH, day("2023-12-31"), day("2025-01-01")), 13);
    assert_int_equal(period_between(GRAIN_MONTH, day("2025-01-01"), day("2023-12-31")), -13);
}

/* Against the calendar itself, day by day over four centuries, before 1970 too. */
static void every_day_lies_in_its_periods(void **state)
{
    int64_t begin = day("1800-01-01"), month_begin = begin, months = 0;
    (void)state;
    for (int64_t d = begin; d < day("2200-01-01"); d++) {
        int year, month, mday;
        day_to_date(d, &year, &month, &mday);
        if (mday == 1 && d != begin) {
            months++;
            month_begin = d;
        }
        assert_int_equal(period_begin(GRAIN_DAY, d), d);
        assert_int_equal(period_begin(GRAIN_MONTH, d), month_begin);
        assert_int_equal(period_between(GRAIN_MONTH, begin, d), months);
        assert_int_equal(period_add(GRAIN_MONTH, begin, months), month_begin);
        int64_t week = period_begin(GRAIN_WEEK, d);
        assert_in_range(d - week, 0, 6);
        assert_int_equal(period_begin(GRAIN_WEEK, week), week);
        assert_int_equal(((week + 3) % 7 + 7) % 7, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weeks_begin_on_monday),
        cmocka_unit_test(months_have_their_own_lengths),
        cmocka_unit_test(every_day_lies_in_its_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
