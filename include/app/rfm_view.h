#ifndef APP_RFM_VIEW_H
#define APP_RFM_VIEW_H

#include "app/session.h"
#include "wire/rfm_metric.h"

struct rfm_query {
    const struct shop *shop;
    struct span at;   /* a date of the shop or an instant, which has come; n = 0: now */
    struct span from; /* the same; n = 0: no movement is asked for */
    struct span to;   /* n = 0: the end of today */
};

/**
 * rfm_count(session, query, out, error):
 * How many customers have which RFM scores, and how they moved between the segments. Everything is by the bounds that are
 * in force now, and of the past by the orders as they are known now.
 * Errors   INVALID_PARAMETER.
 * Cost     now: a pass over the customers; at another instant and for a movement: over the orders.
 */
enum status rfm_count(struct session *session, const struct rfm_query *query, struct rfm_metrics *out,
                      struct error *error) MUST_CHECK;

#endif
