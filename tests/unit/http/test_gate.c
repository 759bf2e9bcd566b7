#include "../../../src/http/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The loop's side, so that the gate is alone here. */

static struct exchange *woken[8];
static size_t n_woken;
static size_t n_waits;

void exchange_wait(struct exchange *exchange, void (*resume)(struct exchange *exchange))
{
    exchange->resume = resume;
    n_waits++;
}

void exchange_wake(struct exchange *exchange)
{
    woken[n_woken++] = exchange;
}

static struct gate gate;
static struct exchange exchanges[4];

static int make_gate(void **state)
{
    (void)state;
    memset(exchanges, 0, sizeof(exchanges));
    gate = (struct gate){.name = 1, .limit = 100};
    n_woken = 0;
    n_waits = 0;
    return 0;
}

static void let_in(struct exchange *exchange)
{
    (void)exchange;
}

static void who_fits_is_let_in(void **state)
{
    (void)state;
    assert_true(gate_enter(&gate, &exchanges[0], 60, let_in));
    assert_true(gate_enter(&gate, &exchanges[1], 40, let_in));
    assert_int_equal(n_waits, 0);
    assert_int_equal(gate.used, 100);
}

static void who_does_not_fit_waits_until_there_is_room(void **state)
{
    (void)state;
    assert_true(gate_enter(&gate, &exchanges[0], 60, let_in));
    assert_false(gate_enter(&gate, &exchanges[1], 41, let_in));
    assert_int_equal(n_waits, 1);
    gate_leave(&gate, &exchanges[0]);
    assert_int_equal(n_woken, 1);
    assert_ptr_equal(woken[0], &exchanges[1]);
    assert_int_equal(gate.used, 41);
}

static void nobody_overtakes_one_who_waits(void **state)
{
    (void)state;
    assert_true(gate_enter(&gate, &exchanges[0], 90, let_in));
    assert_false(gate_enter(&gate, &exchanges[1], 50, let_in));
    assert_false(gate_enter(&gate, &exchanges[2], 1, let_in));
    gate_leave(&gate, &exchanges[0]);
    assert_int_equal(n_woken, 2);
    assert_ptr_equal(woken[0], &exchanges[1]);
    assert_ptr_equal(woken[1], &exchanges[2]);
    assert_true(gate_enter(&gate, &exchanges[3], 1, let_in));
}

static void one_always_fits(void **state)
{
    (void)state;
    assert_true(gate_enter(&gate, &exchanges[0], 1000, let_in));
    assert_false(gate_enter(&gate, &exchanges[1], 1, let_in));
    gate_leave(&gate, &exchanges[0]);
    assert_int_equal(gate.used, 1);
}

static void leaving_twice_or_without_entering_gives_nothing_back(void **state)
{
    (void)state;
    assert_true(gate_enter(&gate, &exchanges[0], 70, let_in));
    gate_leave(&gate, &exchanges[1]);
    assert_int_equal(gate.used, 70);
    gate_leave(&gate, &exchanges[0]);
    gate_leave(&gate, &exchanges[0]);
    assert_int_equal(gate.used, 0);
}

static void who_waits_too_long_is_refused(void **state)
{
    (void)state;
    assert_int_equal(gate_waits_since(&gate), NONE);
    assert_true(gate_enter(&gate, &exchanges[0], 90, let_in));
    assert_false(gate_enter(&gate, &exchanges[1], 90, let_in));
    assert_false(gate_enter(&gate, &exchanges[2], 10, let_in));
    exchanges[1].waits_since = 1000;
    exchanges[2].waits_since = 2000;
    assert_int_equal(gate_waits_since(&gate), 1000);
    gate_expire(&gate, 999);
    assert_int_equal(n_woken, 0);
    gate_expire(&gate, 1000);
    assert_int_equal(n_woken, 2);
    assert_int_equal(exchanges[1].error.status, STATUS_QUEUE_FULL);
    assert_int_equal(exchanges[2].error.status, STATUS_OK);
    assert_int_equal(gate.used, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_fits_is_let_in, make_gate),
        cmocka_unit_test_setup(who_does_not_fit_waits_until_there_is_room, make_gate),
        cmocka_unit_test_setup(nobody_overtakes_one_who_waits, make_gate),
        cmocka_unit_test_setup(one_always_fits, make_gate),
        cmocka_unit_test_setup(leaving_twice_or_without_entering_gives_nothing_back, make_gate),
        cmocka_unit_test_setup(who_waits_too_long_is_refused, make_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
