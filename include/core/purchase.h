#ifndef CORE_PURCHASE_H
#define CORE_PURCHASE_H

#include "base/arena.h"
#include "base/types.h"

/**
 * What prediction knows of the past. The counted orders of one local day are one purchase, their net values summed.
 * The letters are those of the literature (Fader, Hardie and Lee 2005): x repeat purchases, t_x their recency, T the
 * age. The unit of time is the week of 7 days, as published parameters have it.
 */
struct purchases {
    double x;      /* purchase days after the first one */
    double t_x;    /* weeks from the first purchase day to the last; 0 when x = 0 */
    double T;      /* weeks from the first purchase day to the day for which this is said; >= t_x */
    double ln_gaps; /* sum of ln(weeks between neighbouring purchase days); 0 when x = 0 */
    double value;  /* mean value of the repeat days, minor units; 0 when x = 0 */
};

#define DAYS_PER_WEEK 7.0

/**
 * The purchase days of all customers of a shop, for fitting and back-testing: days are local, since 1970-01-01, and
 * ascend within a customer without repeats. Customer i owns entries first[i] to first[i + 1] - 1.
 */
struct purchase_log {
    size_t n_customers;
    size_t n_days;   /* of all customers */
    size_t *first;   /* n_customers + 1 of them */
    int32_t *days;
    int64_t *values; /* minor units */
    struct arena *arena;
    size_t first_capacity, days_capacity, values_capacity;
    bool is_begun; /* the next purchase is another customer's */
};

void purchase_log_init(struct purchase_log *log);
void purchase_log_done(struct purchase_log *log);
/** The purchases that are added from now on are another customer's. One without any is none. */
void purchase_log_begin(struct purchase_log *log);
/** A counted order of the present customer: ${day} is not before the one that was added last; one day is one purchase. */
void purchase_log_add(struct purchase_log *log, int32_t day, int64_t value);
/** The first and last day of the whole log; false: it is empty. */
bool purchase_log_span(const struct purchase_log *log, int32_t *first, int32_t *last);

/** The statistics of customer ${i} at the end of ${day}; false: they had not bought by then. */
bool purchase_log_look(const struct purchase_log *log, size_t i, int32_t day, struct purchases *out);
/** Purchase days of customer ${i} in (after, until], and their value when ${value} is not NULL. */
size_t purchase_log_between(const struct purchase_log *log, size_t i, int32_t after, int32_t until, int64_t *value);

#endif
