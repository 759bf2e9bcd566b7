#ifndef TESTS_SUPPORT_CUSTOMERS_H
#define TESTS_SUPPORT_CUSTOMERS_H

#include "chance.h"
#include "core/btyd.h"

/** Simulated customers, who buy and leave as the model of ${truth} says. */

/** 0 < u < 1. */
double customers_uniform(struct chance *chance);
double customers_gamma(struct chance *chance, double shape, double rate);
double customers_beta(struct chance *chance, double a, double b);

/** The statistics of one who bought first ${T} weeks ago, in continuous time; of no value. */
void customers_draw(struct chance *chance, const struct btyd *truth, double T, struct purchases *out);
/** The mean value of ${x} purchases of one. */
double customers_draw_spend(struct chance *chance, const struct gamma_gamma *truth, double x);

/** ${n} customers who buy first on any of the ${days} days from ${first} on, and are seen until the last of
 * these. */
void customers_fill(struct chance *chance, const struct btyd *truth, size_t n, int32_t first, int days,
                    struct purchase_log *log);

#endif
