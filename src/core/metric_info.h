#ifndef SRC_CORE_METRIC_INFO_H
#define SRC_CORE_METRIC_INFO_H

#include "core/metric.h"

/** Private to core/: the descriptions, in metric_orders.c and its like. */
#define X(NAME, name) extern const struct metric_info metric_info_##name;
METRIC_TABLE(X)
#undef X

/** The columns of a description. */
#define COLUMNS(list) .columns = (list), .n_columns = COUNT_OF(list)

#define IN_PERIODS (IN_DAYS | IN_WEEKS | IN_MONTHS)

#endif
