#include "core/purchase.h"

#include <assert.h>
#include <math.h>

void purchase_log_init(struct purchase_log *log)
{
    *log = (struct purchase_log){.arena = arena_new(1 << 16), .is_begun = true};
    log->first = arena_grow(log->arena, NULL, 0, &log->first_capacity, sizeof(*log->first));
}

void purchase_log_done(struct purchase_log *log)
{
    arena_free(log->arena);
    *log = (struct purchase_log){0};
}

void purchase_log_begin(struct purchase_log *log)
{
    log->is_begun = true;
}

static void begin_customer(struct purchase_log *log)
{
    log->is_begun = false;
    log->n_customers++;
    log->first =
        arena_grow(log->arena, log->first, log->n_customers, &log->first_capacity, sizeof(*log->first));
}

void purchase_log_add(struct purchase_log *log, int32_t day, int64_t value)
{
    if (!log->is_begun && log->days[log->n_days - 1] == day) {
        log->values[log->n_days - 1] += value;
        return;
    }
    if (log->is_begun)
        begin_customer(log);
    else
        assert(log->days[log->n_days - 1] < day);
    log->days = arena_grow(log->arena, log->days, log->n_days, &log->days_capacity, sizeof(*log->days));
    log->values =
        arena_grow(log->arena, log->values, log->n_days, &log->values_capacity, sizeof(*log->values));
    log->days[log->n_days] = day;
    log->values[log->n_days] = value;
    log->first[log->n_customers] = ++log->n_days;
}

bool purchase_log_span(const struct purchase_log *log, int32_t *first, int32_t *last)
{
    if (log->n_customers == 0)
        return false;
    *first = INT32_MAX;
    *last = INT32_MIN;
    for (size_t i = 0; i < log->n_customers; i++) {
        int32_t begin = log->days[log->first[i]], end = log->days[log->first[i + 1] - 1];
        *first = begin < *first ? begin : *first;
        *last = end > *last ? end : *last;
    }
    return true;
}

/** The entry after the last one of customer ${i} that is not after ${day}. */
static size_t end_at(const struct purchase_log *log, size_t i, int32_t day)
{
    size_t low = log->first[i], high = log->first[i + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->days[middle] <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool purchase_log_look(const struct purchase_log *of, size_t i, int32_t day, struct purchases *out)
{
    assert(i < of->n_customers);
    size_t first = of->first[i], end = end_at(of, i, day);
    if (end == first)
        return false;
    double value = 0;
    *out = (struct purchases){.x = (double)(end - first - 1),
                              .t_x = (double)(of->days[end - 1] - of->days[first]) / DAYS_PER_WEEK,
                              .T = ((double)day - of->days[first]) / DAYS_PER_WEEK};
    for (size_t k = first + 1; k < end; k++) {
        out->ln_gaps += log((double)(of->days[k] - of->days[k - 1]) / DAYS_PER_WEEK);
        value += (double)of->values[k];
    }
    out->value = out->x > 0 ? value / out->x : 0;
    return true;
}

size_t purchase_log_between(const struct purchase_log *log, size_t i, int32_t after, int32_t until,
                            int64_t *value)
{
    assert(i < log->n_customers);
    size_t begin = end_at(log, i, after), end = end_at(log, i, until);
    if (value != NULL) {
        *value = 0;
        for (size_t k = begin; k < end; k++)
            *value += log->values[k];
    }
    return end > begin ? end - begin : 0;
}
