#include "core/rfm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct rfm rfm = {
    .recency = {90, 60, 30, 7}, .frequency = {1, 1, 2, 4}, .monetary = {1000, 2500, 2500, 9900}};

static void a_score_is_one_more_than_the_bounds_that_are_strictly_worse(void **state)
{
    (void)state;
    assert_int_equal(rfm_r(&rfm, 91), 1);
    assert_int_equal(rfm_r(&rfm, 90), 1);
    assert_int_equal(rfm_r(&rfm, 89), 2);
    assert_int_equal(rfm_r(&rfm, 30), 3);
    assert_int_equal(rfm_r(&rfm, 7), 4);
    assert_int_equal(rfm_r(&rfm, 6), 5);
    assert_int_equal(rfm_r(&rfm, 0), 5);
    assert_int_equal(rfm_f(&rfm, 1), 1);
    assert_int_equal(rfm_f(&rfm, 2), 3);
    assert_int_equal(rfm_f(&rfm, 4), 4);
    assert_int_equal(rfm_f(&rfm, 5), 5);
    assert_int_equal(rfm_m(&rfm, 0), 1);
    assert_int_equal(rfm_m(&rfm, 2500), 2);
    assert_int_equal(rfm_m(&rfm, 2501), 4);
    assert_int_equal(rfm_m(&rfm, INT64_MAX), 5);
}

static void each_of_the_125_codes_is_of_one_segment(void **state)
{
    (void)state;
    static const char *const codes[RFM_SEGMENTS] = {
#define X(key, zh, en, list) list,
        RFM_SEGMENT_TABLE(X)
#undef X
    };
    int seen[6][6][6] = {{{0}}};
    for (int s = 0; s < RFM_SEGMENTS; s++) {
        size_t n = strlen(codes[s]);
        assert_int_equal(n % 4, 3);
        for (const char *code = codes[s]; code < codes[s] + n; code += 4) {
            int r = code[0] - '0', f = code[1] - '0', m = code[2] - '0';
            assert_true(code[3] == ' ' || code[3] == '\0');
            assert_in_range(r, 1, 5);
            assert_in_range(f, 1, 5);
            assert_in_range(m, 1, 5);
            assert_int_equal(rfm_segment_of(r, f, m), s);
            seen[r][f][m]++;
        }
    }
    for (int code = 0; code < 125; code++) {
        assert_int_equal(seen[code / 25 + 1][code / 5 % 5 + 1][code % 5 + 1], 1);
    }
    assert_string_equal(rfm_segments[rfm_segment_of(1, 5, 5)].key, "cant_lose");
    assert_string_equal(rfm_segments[rfm_segment_of(5, 1, 1)].en, "New Customers");
}

/* --- bounds --------------------------------------------------------------------------------------------- */

static void take(const int64_t *sorted, size_t n, struct rfm *out)
{
    int64_t bounds[RFM_BOUNDS];
    *out = (struct rfm){.as_of = NONE};
    rfm_bounds(sorted, n, bounds);
    for (int i = 0; i < RFM_BOUNDS; i++) {
        out->frequency[i] = (int32_t)bounds[i];
    }
}

static void assert_scores(const int64_t *sorted, size_t n, const char *scores)
{
    struct rfm taken;
    take(sorted, n, &taken);
    for (size_t i = 0; i < n; i++) {
        if (rfm_f(&taken, sorted[i]) != scores[i] - '0') {
            fail_msg("%s: %lld has %d", scores, (long long)sorted[i], rfm_f(&taken, sorted[i]));
        }
    }
}

static void few_and_equal_customers_have_the_scores_of_the_rule(void **state)
{
    (void)state;
    assert_scores((const int64_t[]){7}, 1, "1");
    assert_scores((const int64_t[]){1, 7}, 2, "13");
    assert_scores((const int64_t[]){1, 2, 3}, 3, "124");
    assert_scores((const int64_t[]){1, 2, 3, 4}, 4, "1234");
    assert_scores((const int64_t[]){1, 2, 3, 4, 5}, 5, "12345");
    assert_scores((const int64_t[]){4, 4, 4, 4, 4, 4, 4}, 7, "1111111");
    assert_scores((const int64_t[]){1, 1, 1, 1, 1, 1, 1, 2, 2, 3}, 10, "1111111445");
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void scores_by_bounds_are_those_that_count_the_strictly_worse(void **state)
{
    (void)state;
    int64_t values[200];
    unsigned seed = 20261122;
    for (size_t n = 1; n <= COUNT_OF(values); n++) {
        int64_t spread = 1 + (int64_t)(n * 7 % 61);
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245u + 12345u;
            values[i] = (int64_t)(seed >> 8) % spread;
        }
        qsort(values, n, sizeof(*values), compare);
        struct rfm taken;
        take(values, n, &taken);
        for (size_t i = 0, worse = 0; i < n; i++) {
            worse = i > 0 && values[i] == values[i - 1] ? worse : i;
            assert_int_equal(rfm_f(&taken, values[i]), 1 + 5 * worse / n);
        }
    }
}

static void recency_runs_the_other_way(void **state)
{
    (void)state;
    static const int64_t days[] = {400, 200, 30, 30, 2};
    int64_t bounds[RFM_BOUNDS];
    struct rfm taken = {.as_of = NONE};
    rfm_bounds(days, COUNT_OF(days), bounds);
    for (int i = 0; i < RFM_BOUNDS; i++) {
        taken.recency[i] = (int32_t)bounds[i];
    }
    assert_int_equal(rfm_r(&taken, 400), 1);
    assert_int_equal(rfm_r(&taken, 200), 2);
    assert_int_equal(rfm_r(&taken, 30), 3);
    assert_int_equal(rfm_r(&taken, 2), 5);
    assert_int_equal(rfm_r(&taken, 0), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_is_one_more_than_the_bounds_that_are_strictly_worse),
        cmocka_unit_test(each_of_the_125_codes_is_of_one_segment),
        cmocka_unit_test(few_and_equal_customers_have_the_scores_of_the_rule),
        cmocka_unit_test(scores_by_bounds_are_those_that_count_the_strictly_worse),
        cmocka_unit_test(recency_runs_the_other_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
