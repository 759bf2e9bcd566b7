#ifndef WIRE_RFM_METRIC_H
#define WIRE_RFM_METRIC_H

#include "core/rfm.h"
#include "core/shop.h"
#include "wire/metric_table.h"

/** Customers with a counted order, by their RFM scores. */

#define RFM_SCORES (RFM_BOUNDS + 1)

/** Some of them, and what is left of their revenue after refunds. */
struct rfm_count {
    int64_t customers;
    int64_t revenue; /* minor units */
};

struct rfm_metrics {
    const struct shop *shop;
    const struct rfm *rfm; /* NULL: no bounds yet, and of what follows only ${all} is known */
    usec_t as_of;
    struct rfm_count all;
    struct rfm_count grid[RFM_SCORES][RFM_SCORES]; /* by recency and frequency, each less 1 */
    struct rfm_count segments[RFM_SEGMENTS];
    bool has_movement;
    usec_t from, to;
    int64_t moves[RFM_SEGMENTS + 1][RFM_SEGMENTS]; /* customers by segment at ${from} (the last one: none yet) and at ${to} */
};

/** Members of the head of ${table}: all of it but as_of. */
void rfm_metrics_tell(struct metric_table *table, const struct rfm_metrics *metrics);

#endif
