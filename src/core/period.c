#include "core/period.h"

/* Days from civil and back: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". Years begin in March here. */

#define ERA_DAYS 146097

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Months since year 0, and the day of that month from 0. */
static int64_t month_of(int64_t day, int64_t *day_of_month)
{
    int64_t z = day + 719468, era = floor_div(z, ERA_DAYS), doe = z - era * ERA_DAYS;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day_of_month = doy - (153 * mp + 2) / 5;
    return (era * 400 + yoe) * 12 + mp + 2;
}

static int64_t month_begin(int64_t month)
{
    int64_t m = month - 2, year = floor_div(m, 12), mp = m - year * 12;
    int64_t era = floor_div(year, 400), yoe = year - era * 400;
    return era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + (153 * mp + 2) / 5 - 719468;
}

/* 1970-01-01 was a Thursday. */
static int64_t week_of(int64_t day)
{
    return floor_div(day + 3, 7);
}

static int64_t number_of(enum grain grain, int64_t day)
{
    int64_t unused;
    switch (grain) {
    case GRAIN_DAY: return day;
    case GRAIN_WEEK: return week_of(day);
    case GRAIN_MONTH: return month_of(day, &unused);
    }
    return day;
}

static int64_t begin_of(enum grain grain, int64_t number)
{
    switch (grain) {
    case GRAIN_DAY: return number;
    case GRAIN_WEEK: return number * 7 - 3;
    case GRAIN_MONTH: return month_begin(number);
    }
    return number;
}

int64_t period_begin(enum grain grain, int64_t day)
{
    return begin_of(grain, number_of(grain, day));
}

int64_t period_add(enum grain grain, int64_t day, int64_t n)
{
    return begin_of(grain, number_of(grain, day) + n);
}

int64_t period_between(enum grain grain, int64_t since, int64_t day)
{
    return number_of(grain, day) - number_of(grain, since);
}
