#ifndef SRC_APP_METRIC_QUERY_H
#define SRC_APP_METRIC_QUERY_H

#include "metric_job.h"

/**
 * metric_query_read(job, error):
 * Read the request of a job that has its metric, shop, definitions and time, and hold it to the catalogue.
 * Errors   INVALID_PARAMETER, CANNOT_ANSWER, CANNOT_COMBINE.
 */
enum status metric_query_read(struct metric_job *job, struct error *error) MUST_CHECK;

#endif
