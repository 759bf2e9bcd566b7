#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

static struct calendar *open_zone(const char *zone)
{
    struct calendar *calendar = calendar_new(zone);
    if (calendar == NULL) {
        fail_msg("the zone %s cannot be loaded", zone);
    }
    return calendar;
}

static usec_t at(const char *text)
{
    usec_t t;
    assert_true(time_parse(span_of(text), &t));
    return t;
}

static int64_t day(const char *text)
{
    int64_t n;
    assert_true(day_parse(span_of(text), &n));
    return n;
}

static void assert_begins(const char *zone, const char *date, const char *expected)
{
    struct calendar *calendar = open_zone(zone);
    assert_int_equal(calendar_midnight(calendar, day(date)), at(expected));
    calendar_free(calendar);
}

static void an_unknown_zone_has_no_calendar(void **state)
{
    (void)state;
    assert_null(calendar_new("Europe/Atlantis"));
    assert_null(calendar_new("Europe"));
    assert_null(calendar_new("tzdata.zi"));
}

static void a_name_that_leaves_the_zones_has_no_calendar(void **state)
{
    (void)state;
    assert_null(calendar_new(""));
    assert_null(calendar_new("/etc/localtime"));
    assert_null(calendar_new("../../../etc/localtime"));
    assert_null(calendar_new("Europe/../Europe/Berlin"));
    assert_null(calendar_new("Europe/Berlin "));
    assert_null(calendar_new("Europe/Berlin/"));
}

static void a_day_of_utc_begins_at_midnight(void **state)
{
    (void)state;
    assert_begins("UTC", "2026-11-21", "2026-11-21T00:00:00Z");
    assert_begins("Etc/GMT+5", "2026-11-21", "2026-11-21T05:00:00Z");
}

static void a_day_of_berlin_follows_summer_time(void **state)
{
    (void)state;
    assert_begins("Europe/Berlin", "2026-01-15", "2026-01-14T23:00:00Z");
    assert_begins("Europe/Berlin", "2026-07-15", "2026-07-14T22:00:00Z");
    assert_begins("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z");
}

static void summer_time_goes_on_for_ever(void **state)
{
    (void)state;
    assert_begins("Europe/Berlin", "2199-07-15", "2199-07-14T22:00:00Z");
    assert_begins("Europe/Berlin", "3026-07-15", "3026-07-14T22:00:00Z");
    assert_begins("Europe/Berlin", "9998-01-15", "9998-01-14T23:00:00Z");
}

static void a_day_whose_midnight_is_left_out_begins_at_one(void **state)
{
    (void)state;
    assert_begins("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z");
}

static void a_day_that_begins_twice_begins_the_first_time(void **state)
{
    (void)state;
    assert_begins("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"); /* set back at 00:01 */
}

static void a_day_that_was_left_out_begins_with_the_next(void **state)
{
    (void)state;
    assert_begins("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z");
    assert_begins("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z");
}

static void an_instant_before_midnight_is_the_day_before(void **state)
{
    (void)state;
    struct calendar *calendar = open_zone("Asia/Shanghai");
    assert_int_equal(calendar_day(calendar, at("2026-11-21T15:59:59.999999Z")), day("2026-11-21"));
    assert_int_equal(calendar_day(calendar, at("2026-11-21T16:00:00Z")), day("2026-11-22"));
    calendar_free(calendar);
}

static void the_borders_of_time_have_days(void **state)
{
    (void)state;
    struct calendar *calendar = open_zone("America/New_York");
    assert_int_equal(calendar_day(calendar, TIME_MIN), day("0001-01-01") - 1);
    assert_int_equal(calendar_day(calendar, TIME_MAX), day("9999-12-31"));
    calendar_free(calendar);
}

/* Zones with rules of every form: by weekday, summer time in the south, negative summer time, none, half hours. */
static const char *const zones[] = {
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/St_Johns",
    "America/Santiago", "America/Nuuk", "Asia/Shanghai", "Asia/Kolkata", "Asia/Gaza", "Asia/Tehran", "Africa/Casablanca",
    "Africa/Cairo", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll",
};

static void every_day_agrees_with_libc_until_2200(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        struct calendar *calendar = open_zone(zones[i]);
        setenv("TZ", zones[i], 1);
        tzset();
        /* a step that is prime to the day meets every hour */
        for (time_t second = -2208988800; second < 7258118400; second += 400127) {
            struct tm local;
            localtime_r(&second, &local);
            int64_t expected = day_from_date(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
            if (calendar_day(calendar, second * USEC_PER_SEC) != expected) {
                fail_msg("%s at %lld", zones[i], (long long)second);
            }
        }
        calendar_free(calendar);
    }
    unsetenv("TZ");
    tzset();
}

static void a_day_begins_where_the_day_before_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        struct calendar *calendar = open_zone(zones[i]);
        for (int64_t n = day("1900-01-01"); n < day("2600-01-01"); n += n < day("2040-01-01") ? 1 : 17) {
            usec_t begin = calendar_midnight(calendar, n);
            if (calendar_day(calendar, begin) < n || calendar_day(calendar, begin - 1) >= n) {
                fail_msg("%s, day %lld", zones[i], (long long)n);
            }
        }
        calendar_free(calendar);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_zone_has_no_calendar),
        cmocka_unit_test(a_name_that_leaves_the_zones_has_no_calendar),
        cmocka_unit_test(a_day_of_utc_begins_at_midnight),
        cmocka_unit_test(a_day_of_berlin_follows_summer_time),
        cmocka_unit_test(summer_time_goes_on_for_ever),
        cmocka_unit_test(a_day_whose_midnight_is_left_out_begins_at_one),
        cmocka_unit_test(a_day_that_begins_twice_begins_the_first_time),
        cmocka_unit_test(a_day_that_was_left_out_begins_with_the_next),
        cmocka_unit_test(an_instant_before_midnight_is_the_day_before),
        cmocka_unit_test(the_borders_of_time_have_days),
        cmocka_unit_test(every_day_agrees_with_libc_until_2200),
        cmocka_unit_test(a_day_begins_where_the_day_before_ends),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
