#include "../../../src/base/zone.h"

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_year(const char *text, int year, const char *begin, const char *end)
{
    struct zone_rule rule;
    usec_t expected_begin, expected_end;
    int64_t actual_begin, actual_end;
    assert_true(zone_rule_parse(text, &rule));
    assert_true(rule.has_summer);
    assert_true(time_parse(span_of(begin), &expected_begin));
    assert_true(time_parse(span_of(end), &expected_end));
    zone_rule_year(&rule, year, &actual_begin, &actual_end);
    assert_int_equal(actual_begin, expected_begin / USEC_PER_SEC);
    assert_int_equal(actual_end, expected_end / USEC_PER_SEC);
}

static void a_zone_without_summer_time_has_one_offset(void **state)
{
    (void)state;
    struct zone_rule rule;
    assert_true(zone_rule_parse("<+0330>-3:30", &rule));
    assert_int_equal(rule.standard, 12600);
    assert_false(rule.has_summer);
    assert_true(zone_rule_parse("EST5", &rule));
    assert_int_equal(rule.standard, -18000);
}

static void a_change_may_be_a_weekday_of_a_month(void **state)
{
    (void)state;
    assert_year("CET-1CEST,M3.5.0,M10.5.0/3", 2026, "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z");
    assert_year("EST5EDT,M3.2.0,M11.1.0", 2026, "2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z");
    assert_year("XXX0YYY,M12.5.4,M1.1.1", 2026, "2026-12-31T02:00:00Z", "2026-01-05T01:00:00Z");
}

static void a_change_may_be_a_day_that_leap_years_do_not_move(void **state)
{
    (void)state;
    assert_year("XXX0YYY,J60/0,J365/0", 2024, "2024-03-01T00:00:00Z", "2024-12-30T23:00:00Z");
    assert_year("XXX0YYY,J60/0,J365/0", 2025, "2025-03-01T00:00:00Z", "2025-12-30T23:00:00Z");
}

static void a_change_may_be_a_day_counted_from_zero(void **state)
{
    (void)state;
    assert_year("XXX0YYY,59/0,364/0", 2024, "2024-02-29T00:00:00Z", "2024-12-29T23:00:00Z");
}

static void a_change_may_be_at_another_day_s_hour(void **state)
{
    (void)state;
    assert_year("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z");
    assert_year("IST-2IDT,M3.4.4/26,M10.5.0", 2026, "2026-03-27T00:00:00Z", "2026-10-24T23:00:00Z");
}

static void summer_time_may_be_behind(void **state)
{
    (void)state;
    assert_year("IST-1GMT0,M10.5.0,M3.5.0/1", 2026, "2026-10-25T01:00:00Z", "2026-03-29T01:00:00Z");
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "CE-1", "CET", "<+03-3", "CET-1CEST", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M13.1.0,M1.1.0",
        "CET-1CEST,M0.1.0,M1.1.0", "CET-1CEST,M3.6.0,M1.1.0", "CET-1CEST,M3.0.0,M1.1.0", "CET-1CEST,M3.5.7,M1.1.0",
        "CET-1CEST,J0,J1", "CET-1CEST,J366,J1", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M3.5.0/,M10.5.0", "CET-1:60",
        "CET-168", "CET-99999999999999999999", "CET-1C,M3.5.0,M10.5.0",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct zone_rule rule;
        if (zone_rule_parse(texts[i], &rule)) {
            fail_msg("\"%s\" was taken as a rule", texts[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_without_summer_time_has_one_offset),
        cmocka_unit_test(a_change_may_be_a_weekday_of_a_month),
        cmocka_unit_test(a_change_may_be_a_day_that_leap_years_do_not_move),
        cmocka_unit_test(a_change_may_be_a_day_counted_from_zero),
        cmocka_unit_test(a_change_may_be_at_another_day_s_hour),
        cmocka_unit_test(summer_time_may_be_behind),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
