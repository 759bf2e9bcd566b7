#ifndef APP_METRIC_H
#define APP_METRIC_H

#include "app/service.h"
#include "app/session.h"
#include "base/shared.h"
#include "wire/metric_table.h"

/**
 * Metrics: GET /v1/metrics/{name}. What is asked for is checked against the catalogue (core/metric.h), answered from the
 * tallies by the metric's evaluator (src/app/metric_*.c), and kept for who asks next (src/app/metric_shelf.h).
 */

struct metric_parameter {
    struct span name;
    struct span value; /* n = 0: as if it were not there */
};

struct metric_request {
    const struct shop *shop;
    struct span name;
    const struct metric_parameter *parameters; /* without those of the format */
    size_t n_parameters;
    enum metric_format format;
    enum language language; /* of CSV's cells that have two */
    bool guards;
};

struct metric_answer {
    usec_t as_of;   /* the instant as of which all is known ... */
    usec_t lag;     /* ... but for what time alone has changed and nobody has moved yet */
    uint64_t hash;  /* of all but these two */
    struct metric_told told;
};

/**
 * metric_answer(session, request, rest, answer, error):
 * Answer: what metric_head_print() prints, and then ${rest}, which the caller holds from then on.
 * Errors   NOT_FOUND: no such metric; INVALID_PARAMETER: what is told cannot be read, or the metric does not know it;
 *          CANNOT_COMBINE: a set of dimensions; CANNOT_ANSWER: a range, an interval; TOO_MANY_GROUPS; those of db_sync().
 * Cost     nothing, of an answer that is kept and still true; else rows of the tallies in the range, never of events.
 */
enum status metric_answer(struct session *session, const struct metric_request *request, struct shared **rest,
                          struct metric_answer *answer, struct error *error) MUST_CHECK;

/**
 * metric_kept_answer(service, arena, request, answer):
 * The same of an answer that is kept and may be told, without asking the database: does not block. NULL: there is none, or it is
 * not known whether it still holds.
 */
struct shared *metric_kept_answer(struct service *service, struct arena *arena, const struct metric_request *request,
                                  struct metric_answer *answer) MUST_CHECK;

/** What comes before the rest: of JSON the instant and the lag, which change without it. */
void metric_head_print(struct buf *out, const struct metric_request *request, const struct metric_answer *answer);

#endif
