#include "metric_spread.h"

#include <math.h>
#include <stdlib.h>

void spreads_add(struct spreads *spreads, int64_t period, int64_t x, int64_t value, int64_t n)
{
    spreads->rows =
        arena_grow(spreads->arena, spreads->rows, spreads->n, &spreads->capacity, sizeof(*spreads->rows));
    spreads->rows[spreads->n++] = (struct spread_row){.period = period, .x = x, .weight = {value, n}};
}

static int compare(const struct spread_row *a, const struct spread_row *b)
{
    int c = (a->period > b->period) - (a->period < b->period);
    return c ? c : (a->x > b->x) - (a->x < b->x);
}

static int compare_rows(const void *a, const void *b)
{
    return compare(a, b);
}

void spreads_sort(struct spreads *spreads)
{
    if (spreads->n)
        qsort(spreads->rows, spreads->n, sizeof(*spreads->rows), compare_rows);
}

static size_t first_of(const struct spreads *spreads, const struct spread_row *key)
{
    size_t low = 0, high = spreads->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&spreads->rows[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct spread spreads_at(const struct spreads *spreads, int64_t period, int64_t x)
{
    struct spread_row key = {.period = period, .x = x};
    struct spread out = {.n = 0};
    size_t first = first_of(spreads, &key), n = 0;
    double sum = 0;
    while (first + n < spreads->n && compare(&spreads->rows[first + n], &key) == 0)
        n++;
    struct weight *weights = ARENA_ARRAY(spreads->arena, struct weight, n);
    for (size_t i = 0; i < n; i++) {
        weights[i] = spreads->rows[first + i].weight;
        out.n += weights[i].n;
        sum += (double)weights[i].value * (double)weights[i].n;
    }
    out.median = weights_quantile(weights, n, 50);
    out.p90 = weights_quantile(weights, n, 90);
    out.mean = out.n ? sum / (double)out.n : NAN;
    return out;
}

void cell_known(struct metric_table *table, const char *name, int64_t n)
{
    if (n != NONE)
        cell_int(table, name, n);
}
