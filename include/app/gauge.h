#ifndef APP_GAUGE_H
#define APP_GAUGE_H

#include "app/service.h"
#include "core/definition.h"

/**
 * Figures of the business that /metrics tells whoever watches: of each shop, when there are no more shops than the setting
 * business_gauges says. Rows: name, what labels it has beside shop (STAGE: model, stage and role; SEGMENT: segment; SHOP:
 * none), whether it is money, sentence.
 */
#define GAUGE_TABLE(X)                                                                                        \
    X(customers, STAGE, false, "Customers who stand in a stage")                                              \
    X(customers_revenue, STAGE, true, "Net revenue, of all their time, of the customers who stand in a stage") \
    X(segment_customers, SEGMENT, false, "Present members of a segment")                                      \
    X(orders_today, SHOP, false, "Counted orders of the shop's local day so far")                             \
    X(revenue_today, SHOP, true, "Net revenue of the shop's local day so far")                                \
    X(new_customers_today, SHOP, false, "Customers whose first counted order is of the shop's local day")

enum gauge_name {
#define X(name, labels, is_money, help) GAUGE_##name,
    GAUGE_TABLE(X)
#undef X
        GAUGE_COUNT
};

/** One figure. Model, stage and segment are those of its labels, else NULL; all live as long as the process. */
struct gauge {
    enum gauge_name name;
    const struct shop *shop;
    const struct model *model;
    const struct stage *stage;
    const struct segment *segment;
    int64_t value; /* money: minor units of the shop's currency */
};

typedef void (*gauge_fn)(void *context, const struct gauge *gauge);

/**
 * gauges_each(service, name, fn, context):
 * Call ${fn} for each figure of this name, as of the latest reading, and see to it that they go on being read: every 15
 * seconds, and not at all when nobody has asked for five minutes. The first time, and when the latest reading is older than a
 * minute, there are none. Thread-safe; ${fn} runs under the service's lock.
 */
void gauges_each(struct service *service, enum gauge_name name, gauge_fn fn, void *context);
/** When they were read last; NONE: not yet. */
usec_t gauges_read_at(struct service *service);

#endif
