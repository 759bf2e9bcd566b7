#ifndef CORE_SURVIVAL_H
#define CORE_SURVIVAL_H

#include "base/types.h"

/**
 * How long stays last when some have not ended yet. What goes on is censored: it is known to have lasted so many days
 * and nothing more, which is neither left out nor taken for an end.
 *
 * Source   E. L. Kaplan, P. Meier, "Nonparametric Estimation from Incomplete Observations" (1958); M. Greenwood (1926)
 *          for the standard error; J. D. Kalbfleisch, R. L. Prentice, "The Statistical Analysis of Failure Time Data"
 *          for the interval on the scale of log(-log S).
 */

/** Stays of a whole number of days: how many ended then, and how many were last seen going on. Neither is negative. */
struct stays {
    int64_t days;
    int64_t ended;
    int64_t censored;
};

/** A step of the curve, NAN: not known. Those who are censored at ${days} are at risk then. */
struct survival {
    int64_t days;
    int64_t at_risk; /* whose stay lasted at least so long */
    int64_t ended;
    int64_t censored;
    double left;  /* S(days): the share of stays that last longer than ${days} */
    double error; /* Greenwood's; NAN once nobody is left */
    double lower; /* 95 of 100 on the scale of log(-log S): never below 0 or above 1; NAN where S is 0 or 1 */
    double upper;
};

/**
 * stays_sort(stays, n):
 * By days, those of equal length as one, without those of nobody. Returns how many are left.
 */
size_t stays_sort(struct stays *stays, size_t n);

/** The curve of sorted stays: a step for each, into ${out} with room for ${n}. */
void survival_estimate(const struct stays *stays, size_t n, struct survival *out);

/**
 * survival_quantile(steps, n, percent):
 * The first day by whose end at least ${percent} of 100 stays have ended: the least t with S(t) <= 1 - percent / 100.
 * NONE: the curve does not come down that far, so that nobody can know it yet.
 */
int64_t survival_quantile(const struct survival *steps, size_t n, int percent);

/** ${n} times the same value. */
struct weight {
    int64_t value;
    int64_t n; /* not negative */
};

/**
 * weights_quantile(weights, n, percent):
 * The quantile by nearest rank of ${weights}, which it sorts: the value at place ceil(percent / 100 * N) of N in order, always
 * one that occurs. NONE: there are none.
 */
int64_t weights_quantile(struct weight *weights, size_t n, int percent);

#endif
