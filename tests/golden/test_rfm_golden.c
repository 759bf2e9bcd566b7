#include "core/rfm.h"

#include "../support/real_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * The segments of the public data sets: each customer scored by bounds that were taken of all of them. The counts are those of a
 * reference that counts, for each customer, the strictly worse ones: equal values have equal scores.
 */

/** Of each customer. */
struct figures {
    size_t n;
    int64_t *days;
    int64_t *orders;
    int64_t *revenue;
};

static void measure(const struct real_orders *list, int32_t as_of, struct figures *out)
{
    out->n = 0;
    out->days = calloc(list->n, sizeof(*out->days));
    out->orders = calloc(list->n, sizeof(*out->orders));
    out->revenue = calloc(list->n, sizeof(*out->revenue));
    assert_true(out->days != NULL && out->orders != NULL && out->revenue != NULL);
    for (size_t i = 0; i < list->n; i++) {
        out->n += i == 0 || list->orders[i].customer != list->orders[i - 1].customer;
        out->days[out->n - 1] = as_of - list->orders[i].day;
        out->orders[out->n - 1]++;
        out->revenue[out->n - 1] += list->orders[i].value;
    }
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int descending(const void *a, const void *b)
{
    return ascending(b, a);
}

static void take_bounds(const int64_t *values, size_t n, int (*compare)(const void *, const void *), int64_t *bounds)
{
    int64_t *sorted = malloc(n * sizeof(*sorted));
    assert_non_null(sorted);
    memcpy(sorted, values, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare);
    rfm_bounds(sorted, n, bounds);
    free(sorted);
}

static struct rfm take(const struct figures *f)
{
    struct rfm rfm = {.customers = (int64_t)f->n, .as_of = NONE};
    int64_t days[RFM_BOUNDS], orders[RFM_BOUNDS];
    take_bounds(f->days, f->n, descending, days);
    take_bounds(f->orders, f->n, ascending, orders);
    take_bounds(f->revenue, f->n, ascending, rfm.monetary);
    for (int i = 0; i < RFM_BOUNDS; i++) {
        rfm.recency[i] = (int32_t)days[i];
        rfm.frequency[i] = (int32_t)orders[i];
    }
    return rfm;
}

static void assert_segments(enum real_data which, const char *as_of, const int expected[RFM_SEGMENTS])
{
    struct real_orders list;
    struct figures f;
    int counts[RFM_SEGMENTS] = {0};
    if (!real_orders_load(which, &list)) {
        skip();
    }
    measure(&list, real_day(as_of), &f);
    struct rfm rfm = take(&f);
    for (size_t i = 0; i < f.n; i++) {
        counts[rfm_segment_of(rfm_r(&rfm, f.days[i]), rfm_f(&rfm, f.orders[i]), rfm_m(&rfm, f.revenue[i]))]++;
    }
    for (int s = 0; s < RFM_SEGMENTS; s++) {
        print_message("%s: %s %d\n", real_data_name(which), rfm_segments[s].en, counts[s]);
        assert_int_equal(counts[s], expected[s]);
    }
    free(f.days);
    free(f.orders);
    free(f.revenue);
    free(list.orders);
}

static void cdnow_has_the_segments_of_the_reference(void **state)
{
    (void)state;
    static const int expected[RFM_SEGMENTS] = {5432, 1680, 1844, 1438, 937, 1583, 1849, 495, 1717, 3498, 3097};
    assert_segments(CDNOW_FULL, "1998-07-01", expected);
}

static void online_retail_has_the_segments_of_the_reference(void **state)
{
    (void)state;
    static const int expected[RFM_SEGMENTS] = {788, 402, 299, 402, 234, 254, 231, 359, 125, 672, 572};
    assert_segments(ONLINE_RETAIL, "2011-12-10", expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cdnow_has_the_segments_of_the_reference),
        cmocka_unit_test(online_retail_has_the_segments_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
