#ifndef SRC_APP_METRIC_SPREAD_H
#define SRC_APP_METRIC_SPREAD_H

#include "core/survival.h"
#include "metric_job.h"

/** Private to app/: how values are spread, by period and one further key. */

struct spread_row {
    int64_t period, x;
    struct weight weight;
};

struct spreads {
    struct arena *arena;
    struct spread_row *rows;
    size_t n, capacity;
};

void spreads_add(struct spreads *spreads, int64_t period, int64_t x, int64_t value, int64_t n);
/** Nothing is added afterwards. */
void spreads_sort(struct spreads *spreads);

struct spread {
    int64_t n;
    int64_t median; /* with p90: by nearest rank; NONE: of nothing */
    int64_t p90;
    double mean;    /* NAN: of nothing */
};
struct spread spreads_at(const struct spreads *spreads, int64_t period, int64_t x);

/** An INT cell; null when ${n} is NONE. */
void cell_known(struct metric_table *table, const char *name, int64_t n);

#endif
