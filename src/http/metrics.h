#ifndef SRC_HTTP_METRICS_H
#define SRC_HTTP_METRICS_H

#include "base/buf.h"
#include "http/route.h"

#define PREFIX "lifecycle_"

/** What the loop counts. Used by the loop thread only. */
struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/** As which status a reply with this one is counted. */
int metrics_code(int status);
/** One request was answered; ${route} is NULL when none had its path and method. */
void metrics_count(struct metrics *metrics, const struct route *route, enum method method, int status,
                   usec_t duration);
/** NUL characters were taken out of messages. */
void metrics_stripped(struct metrics *metrics, size_t n);

/**
 * metrics_print(metrics, service, connections, is_open_metrics, out):
 * Everything as OpenMetrics 1.0, or in the text format 0.0.4 of Prometheus.
 */
void metrics_print(const struct metrics *metrics, struct service *service, size_t connections,
                   bool is_open_metrics, struct buf *out);

/** The figures of the business, in either format. */
void gauges_print(struct service *service, struct buf *out);

#endif
