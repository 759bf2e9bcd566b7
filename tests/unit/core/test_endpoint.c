#include "core/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW (INT64_C(1767225600) * USEC_PER_SEC)

static void what_an_answer_means(void **state)
{
    /* status, Retry-After, timed out, attempts; state, seconds until the next (-1: none), gone, slow down */
    static const struct {
        int status, retry_after;
        bool timed_out;
        int attempts;
        enum delivery_state state;
        int wait;
        bool is_gone, must_slow_down;
    } rows[] = {
        {200, -1, false, 1, DELIVERY_DONE, -1, false, false},
        {204, -1, false, 10, DELIVERY_DONE, -1, false, false},
        {299, 60, false, 3, DELIVERY_DONE, -1, false, false},
        /* a redirect is not followed, and no success */
        {301, -1, false, 1, DELIVERY_PENDING, 5, false, false},
        {302, -1, false, 2, DELIVERY_PENDING, 300, false, false},
        {400, -1, false, 3, DELIVERY_PENDING, 1800, false, false},
        {404, -1, false, 4, DELIVERY_PENDING, 7200, false, false},
        {500, -1, false, 5, DELIVERY_PENDING, 18000, false, false},
        {500, -1, false, 6, DELIVERY_PENDING, 36000, false, false},
        {500, -1, false, 7, DELIVERY_PENDING, 50400, false, false},
        {500, -1, false, 8, DELIVERY_PENDING, 72000, false, false},
        {500, -1, false, 9, DELIVERY_PENDING, 86400, false, false},
        {500, -1, false, 10, DELIVERY_EXHAUSTED, -1, false, false},
        /* asked for again after its last attempt */
        {500, -1, false, 11, DELIVERY_EXHAUSTED, -1, false, false},
        {200, -1, false, 11, DELIVERY_DONE, -1, false, false},
        {410, -1, false, 1, DELIVERY_EXHAUSTED, -1, true, false},
        {410, 60, false, 10, DELIVERY_EXHAUSTED, -1, true, false},
        {502, -1, false, 1, DELIVERY_PENDING, 5, false, true},
        {504, -1, false, 1, DELIVERY_PENDING, 5, false, true},
        {0, -1, true, 1, DELIVERY_PENDING, 5, false, true},
        {0, -1, true, 10, DELIVERY_EXHAUSTED, -1, false, true},
        {0, -1, false, 1, DELIVERY_PENDING, 5, false, false},
        /* Retry-After lengthens the wait, never shortens it, and never beyond a day */
        {429, 60, false, 1, DELIVERY_PENDING, 60, false, true},
        {503, 60, false, 1, DELIVERY_PENDING, 60, false, false},
        {429, 60, false, 2, DELIVERY_PENDING, 300, false, true},
        {429, 2000000000, false, 1, DELIVERY_PENDING, 86400, false, true},
        {500, 60, false, 1, DELIVERY_PENDING, 5, false, false},
        {429, -1, false, 1, DELIVERY_PENDING, 5, false, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct delivery_verdict verdict = delivery_judge(rows[i].status, rows[i].retry_after,
                                                         rows[i].timed_out, rows[i].attempts, NOW, 0.5);
        usec_t next_at = rows[i].wait < 0 ? NONE : NOW + rows[i].wait * USEC_PER_SEC;
        if (verdict.state != rows[i].state || verdict.next_at != next_at ||
            verdict.is_gone != rows[i].is_gone || verdict.must_slow_down != rows[i].must_slow_down)
            fail_msg("row %zu: state %d, wait %lld us", i, verdict.state, (long long)(verdict.next_at - NOW));
    }
}

static void waits_vary_by_a_fifth(void **state)
{
    (void)state;
    for (int attempts = 1; attempts < DELIVERY_ATTEMPTS_MAX; attempts++) {
        usec_t middle = delivery_judge(500, -1, false, attempts, 0, 0.5).next_at;
        assert_int_equal(delivery_judge(500, -1, false, attempts, 0, 0).next_at, middle * 4 / 5);
        assert_in_range(delivery_judge(500, -1, false, attempts, 0, 0.9999).next_at, middle * 119 / 100,
                        middle * 6 / 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_answer_means),
        cmocka_unit_test(waits_vary_by_a_fifth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
