#ifndef WIRE_METRIC_H
#define WIRE_METRIC_H

#include "base/buf.h"
#include "core/definition.h"

/** Rows of the metrics, made of tallies. */

/** How many stand in a stage; ${day}: at the end of that day of the shop, or NONE: now. */
struct stage_metric {
    int64_t day;
    const struct model *model;
    const struct stage *stage; /* of any version */
    int64_t customers;
};

/** How many moved from one stage to another; NULL: nowhere. */
struct transition_metric {
    const struct model *model;
    const struct stage *from;
    const struct stage *to;
    int64_t customers;
};

struct metric_head {
    const struct shop *shop;
    usec_t as_of;
    usec_t lag; /* how far what is stored is behind */
};

/** Both return a hash of what they say apart from as_of and lag. */
uint64_t stage_metrics_print(struct buf *buf, const struct metric_head *head, const struct stage_metric *rows, size_t n);
uint64_t transition_metrics_print(struct buf *buf, const struct metric_head *head, const struct transition_metric *rows,
                                  size_t n);

#endif
