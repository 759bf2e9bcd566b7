#include "../../../src/http/limiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND USEC_PER_SEC

static const struct quota three_in_ten = {.requests = 3, .window_s = 10};
static const struct uuid anna = {{1}}, bert = {{2}};

static int make(void **state)
{
    *state = limiter_new();
    return 0;
}

static int done(void **state)
{
    limiter_free(*state);
    return 0;
}

static void assert_take(struct limiter *limiter, const struct uuid *key, usec_t now, bool may, int remaining, int reset_s)
{
    struct allowance left;
    assert_int_equal(limiter_take(limiter, key, &three_in_ten, now, &left), may);
    assert_int_equal(left.remaining, remaining);
    assert_int_equal(left.reset_s, reset_s);
}

static void a_window_has_room_for_as_many_as_the_quota_says(void **state)
{
    assert_take(*state, &anna, 0, true, 2, 10);
    assert_take(*state, &anna, 4 * SECOND, true, 1, 6);
    assert_take(*state, &anna, 4 * SECOND + 1, true, 0, 6);
    assert_take(*state, &anna, 10 * SECOND - 1, false, 0, 1);
}

static void a_new_window_begins_with_the_first_request_after_the_last(void **state)
{
    for (int i = 2; i >= 0; i--) {
        assert_take(*state, &anna, 0, true, i, 10);
    }
    assert_take(*state, &anna, 1, false, 0, 10);
    assert_take(*state, &anna, 25 * SECOND, true, 2, 10);
    assert_take(*state, &anna, 34 * SECOND, true, 1, 1);
}

static void each_key_has_a_window_of_its_own(void **state)
{
    for (int i = 2; i >= 0; i--) {
        assert_take(*state, &anna, 0, true, i, 10);
    }
    assert_take(*state, &bert, SECOND, true, 2, 10);
    assert_take(*state, &anna, SECOND, false, 0, 9);
}

static void another_quota_is_in_force_at_once(void **state)
{
    const struct quota one_in_hour = {.requests = 1, .window_s = 3600};
    struct allowance left;
    assert_true(limiter_take(*state, &anna, &one_in_hour, 0, &left));
    assert_false(limiter_take(*state, &anna, &one_in_hour, SECOND, &left));
    assert_take(*state, &anna, 2 * SECOND, true, 2, 10);
    assert_false(limiter_take(*state, &anna, &(struct quota){.requests = 1, .window_s = 60}, 3 * SECOND, &left));
    assert_int_equal(left.remaining, 0);
}

static void thousands_of_keys_are_told_apart_and_forgotten(void **state)
{
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 5000; i++) {
            struct uuid key = {{(unsigned char)(i >> 8), (unsigned char)i}};
            assert_take(*state, &key, round * 20 * SECOND, true, 2, 10);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_window_has_room_for_as_many_as_the_quota_says, make, done),
        cmocka_unit_test_setup_teardown(a_new_window_begins_with_the_first_request_after_the_last, make, done),
        cmocka_unit_test_setup_teardown(each_key_has_a_window_of_its_own, make, done),
        cmocka_unit_test_setup_teardown(another_quota_is_in_force_at_once, make, done),
        cmocka_unit_test_setup_teardown(thousands_of_keys_are_told_apart_and_forgotten, make, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
