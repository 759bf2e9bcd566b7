#include "../../../src/app/lag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND USEC_PER_SEC
#define NOON   (INT64_C(1767268800) * SECOND)

static void nothing_waits_at_first_and_when_a_look_finds_nothing(void **state)
{
    struct lag lag;
    (void)state;
    lag_begin(&lag, 10 * SECOND);
    assert_int_equal(lag_read(&lag, NOON, 11 * SECOND), 0);
    lag_look(&lag, NOON - 7 * SECOND, 12 * SECOND);
    lag_look(&lag, NONE, 13 * SECOND);
    assert_int_equal(lag_read(&lag, NOON, 13 * SECOND), 0);
}

static void what_waits_gets_older_between_two_looks(void **state)
{
    struct lag lag;
    (void)state;
    lag_look(&lag, NOON, 10 * SECOND);
    assert_int_equal(lag_read(&lag, NOON + SECOND, 11 * SECOND), SECOND);
    assert_int_equal(lag_read(&lag, NOON + 90 * SECOND, 100 * SECOND), 90 * SECOND);
    assert_int_equal(lag_read(&lag, NOON - SECOND, 10 * SECOND), 0); /* by a clock that was set back */
}

static void who_cannot_look_is_behind_by_as_much(void **state)
{
    struct lag lag;
    (void)state;
    lag_begin(&lag, 0);
    assert_int_equal(lag_read(&lag, NOON, LAG_UNSEEN), 0);
    assert_int_equal(lag_read(&lag, NOON, 60 * SECOND), 60 * SECOND);
    lag_look(&lag, NOON - 600 * SECOND, 60 * SECOND);
    assert_int_equal(lag_read(&lag, NOON, 120 * SECOND), 600 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_waits_at_first_and_when_a_look_finds_nothing),
        cmocka_unit_test(what_waits_gets_older_between_two_looks),
        cmocka_unit_test(who_cannot_look_is_behind_by_as_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
