#ifndef CORE_DRIVER_H
#define CORE_DRIVER_H

#include "core/rule.h"
#include "core/scores.h"

/**
 * What drove a probability of an order: in log-odds, against a customer who has ordered once, and today.
 *
 *     ln(p / (1 - p)) = base + the sum of the contributions
 *
 * Of a blend: its features, each contributing weight x (value - value of that customer). Of the purchase model, which is
 * no sum: first the orders so far, as if the last were today's, then the silence since.
 */
struct driver {
    const char *key;   /* of the feature */
    const char *label; /* in the language that was asked for */
    double value;
    double reference; /* of the customer who has ordered once, and today */
    bool has_weight;
    double weight;
    double contribution;
};

#define DRIVERS_MOST BLEND_FEATURES

struct drivers {
    bool is_blend;
    double probability; /* scores_active() */
    double base;
    struct driver items[DRIVERS_MOST]; /* the largest contribution first, whatever its sign */
    int n;
};

/**
 * Of the horizon that serves (scores_serving()).
 * Probabilities within 1e-12 of 0 and 1 count as if they were so far away: contributions are finite.
 */
void drivers_of(const struct scores *scores, const struct purchases *c, enum score_horizon horizon,
                enum language language, struct drivers *out);

#endif
