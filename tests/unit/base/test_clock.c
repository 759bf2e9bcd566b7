#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_clock_that_was_not_set_tells_the_systems_time(void **state)
{
    (void)state;
    struct clock clock;
    clock_set(&clock, NONE);
    usec_t before = clock_now(&(struct clock){0});
    usec_t now = clock_now(&clock);
    assert_in_range(now - before, 0, 5 * USEC_PER_SEC);
    assert_false(clock.shifted);
}

static void a_clock_runs_on_from_where_it_was_set(void **state)
{
    (void)state;
    struct clock clock;
    clock_set(&clock, 1000);
    usec_t first = clock_now(&clock);
    assert_in_range(first, 1000, 1000 + 5 * USEC_PER_SEC);
    assert_true(clock.shifted);
    usec_t second = first;
    for (int i = 0; i < 10000000 && second == first; i++) {
        second = clock_now(&clock);
    }
    assert_true(second > first);
}

static void monotonic_time_does_not_go_back(void **state)
{
    (void)state;
    usec_t last = clock_monotonic();
    for (int i = 0; i < 10000; i++) {
        usec_t now = clock_monotonic();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_was_not_set_tells_the_systems_time),
        cmocka_unit_test(a_clock_runs_on_from_where_it_was_set),
        cmocka_unit_test(monotonic_time_does_not_go_back),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
