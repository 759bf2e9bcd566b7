#include "../../../src/app/service_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void count(void *context, const struct gauge *gauge)
{
    (void)gauge;
    ++*(int *)context;
}

static int n_told(struct service *service)
{
    int n = 0;
    gauges_each(service, GAUGE_orders_today, count, &n);
    return n;
}

static void figures_are_told_for_a_minute_and_then_only_when_they_were_read(void **state)
{
    struct service *service = calloc(1, sizeof(*service));
    struct gauge row = {.name = GAUGE_orders_today, .value = 3};
    (void)state;
    assert_non_null(service);
    pthread_mutex_init(&service->lock, NULL);
    service->gauges = (struct gauges){.rows = &row, .n = 1, .read_at = 5 * USEC_PER_SEC, .taken_at = clock_monotonic()};
    assert_int_equal(n_told(service), 1);
    service->gauges.taken_at -= 61 * USEC_PER_SEC;
    assert_int_equal(n_told(service), 0);
    assert_int_equal(gauges_read_at(service), 5 * USEC_PER_SEC);
    assert_true(service->gauges.asked_at > 0); /* so that they are read again */
    pthread_mutex_destroy(&service->lock);
    free(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_told_for_a_minute_and_then_only_when_they_were_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
