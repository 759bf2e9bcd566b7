#ifndef SRC_CORE_CONTRIBUTION_ORDERS_H
#define SRC_CORE_CONTRIBUTION_ORDERS_H

#include "core/contribution.h"

/** The sums of one key, to be added to. Borrowed until the next call. */
int64_t *contribute(const struct contributor *by, enum cube cube, int64_t day, int64_t a, int64_t b, int64_t c);
int64_t contribution_day(const struct contributor *by, usec_t at);
void contribute_funnel(const struct contributor *by, usec_t first_seen_at, enum funnel_step step, usec_t at);

/** What all orders of a customer contribute. Needs all orders. */
void contribute_orders(struct arena *arena, const struct contributor *by, const struct state *state);
/** The same for one that came after all others: ${before}: the accumulators without it; ${marks}: with it. */
void contribute_new_order(struct arena *arena, const struct contributor *by, const struct accumulators *before,
                          const struct marks *marks, const struct order *order);

#endif
