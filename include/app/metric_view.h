#ifndef APP_METRIC_VIEW_H
#define APP_METRIC_VIEW_H

#include "app/session.h"
#include "wire/metric.h"

/** Metrics: sums that were kept in the commits themselves. */

struct metric_query {
    const struct shop *shop;
    struct span model; /* n = 0: all in force */
    struct span from;  /* a date of the shop or an instant; n = 0: not given */
    struct span to;    /* the first that is left out; n = 0: up to now */
};

struct stage_metrics {
    struct metric_head head;
    struct stage_metric *rows;
    size_t n;
};

/**
 * stages_count(session, query, out, error):
 * How many stand in each stage: now, or at the end of each day from ${from} on. Days that have not begun are left out.
 * Errors   INVALID_PARAMETER.
 * Cost     reads the tallies of the days up to ${to}.
 */
enum status stages_count(struct session *session, const struct metric_query *query, struct stage_metrics *out,
                         struct error *error) MUST_CHECK;

struct transition_metrics {
    struct metric_head head;
    struct transition_metric *rows;
    size_t n;
};

/**
 * transitions_count(session, query, out, error):
 * How many moves from stage to stage there were, corrections applied. Dates are answered from the tallies; an instant
 * that is no midnight of the shop costs a pass over the transitions.
 */
enum status transitions_count(struct session *session, const struct metric_query *query, struct transition_metrics *out,
                              struct error *error) MUST_CHECK;

#endif
