#ifndef CORE_SCORES_H
#define CORE_SCORES_H

#include "core/blend.h"
#include "base/time.h"

/** Of whose probability of an order there are facts, in days. Rows: the enum's name, days. */
#define SCORE_HORIZON_TABLE(X) X(30D, 30) X(90D, 90)
enum score_horizon {
#define X(name, days) HORIZON_##name,
    SCORE_HORIZON_TABLE(X)
#undef X
        HORIZON_COUNT
};
int score_horizon_days(enum score_horizon horizon);

/**
 * One version of the parameters by which a shop's customers are scored. Immutable. Version 0 is the prior of the
 * cadence and applies from the beginning; later ones are fitted and apply from their publication.
 */
struct scores {
    int version;
    int revision;       /* of the shop's definitions */
    usec_t applies_from; /* NONE: from the beginning */
    bool is_silent;
    bool is_fitted;      /* false: the prior of a cadence */
    struct btyd model;   /* what p_active, the expectations and the next order come from when no blend serves */
    struct blend_basis basis;
    struct blend blends[HORIZON_COUNT];
    bool has_spend;
    struct gamma_gamma spend; /* minor units */
    double margin;            /* of revenue, 0 to 1 */
    double discount;          /* a year, 0.1: 10 % */
};

/** Of one local day of one customer who has bought. Probabilities 0 to 1, money in minor units. */
double scores_active(const struct scores *scores, const struct purchases *c, enum score_horizon horizon);
/** The horizon whose blend or model gives scores_active(): the longer one where it says less. */
enum score_horizon scores_serving(const struct scores *scores, const struct purchases *c, enum score_horizon horizon);
double scores_expected_orders(const struct scores *scores, const struct purchases *c, int days);
double scores_expected_value(const struct scores *scores, const struct purchases *c, double order_value_avg);
double scores_lifetime_value(const struct scores *scores, const struct purchases *c, double order_value_avg);

/** The prior of a cadence ("default" when it has none of that name): applies from the beginning. */
void scores_prior(struct span cadence, struct scores *out);

#endif
