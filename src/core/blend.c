#include "core/blend.h"

#include <math.h>

const struct blend_feature_info blend_features[BLEND_FEATURES] = {
#define X(name, sign, moves, zh, en) {#name, sign, moves, zh, en},
    BLEND_FEATURE_TABLE(X)
#undef X
};

/** Beyond these odds what a model says is not worth more. */
#define LOGIT_MAX 8.0
/** A purchase day is taken to be at its middle. */
#define HALF_A_DAY (.5 / DAYS_PER_WEEK)
/** So many gaps of the usual length are added to a customer's own. */
#define USUAL_GAPS 1.0

static double logit(double p)
{
    double odds = p < 1 ? log(p) - log1p(-p) : LOGIT_MAX;
    return fmin(fmax(odds, -LOGIT_MAX), LOGIT_MAX);
}

/** The customer's usual time between purchases, weeks, > 0. */
static double own_gap(const struct blend_basis *basis, const struct purchases *c)
{
    double gap = (c->t_x + USUAL_GAPS * basis->usual_gap) / (c->x + USUAL_GAPS);
    return fmax(gap, 1 / DAYS_PER_WEEK);
}

void blend_look(const struct blend_basis *basis, const struct purchases *c, double horizon,
                double features[BLEND_FEATURES])
{
    double silence = log((c->T - c->t_x + HALF_A_DAY) / horizon);
    double spend = basis->usual_value > 0 && c->value > 0 ? log1p(c->value / basis->usual_value) : 0;
    bool is_regular = basis->regular.k > 1;
    features[BLEND_model_exponential] = logit(btyd_active(&basis->exponential, c, horizon));
    features[BLEND_model_regular] = is_regular ? logit(btyd_active(&basis->regular, c, horizon)) : 0;
    features[BLEND_silence] = silence;
    features[BLEND_own_rhythm] = log((c->T - c->t_x + HALF_A_DAY) / own_gap(basis, c));
    features[BLEND_silence_of_regulars] = log1p(c->x) * silence;
    features[BLEND_orders] = log1p(c->x);
    features[BLEND_is_repeat] = c->x > 0;
    features[BLEND_spend] = spend;
    features[BLEND_history] = log((c->t_x + 1) / horizon);
}

double blend_probability(const struct blend *blend, const double features[BLEND_FEATURES])
{
    double log_odds = blend->intercept;
    for (int i = 0; i < BLEND_FEATURES; i++)
        log_odds += blend->weight[i] * features[i];
    return 1 / (1 + exp(-log_odds));
}

bool blend_is_monotone(const struct blend *blend)
{
    for (int i = 0; i < BLEND_FEATURES; i++) {
        if (blend->weight[i] * blend_features[i].sign < 0)
            return false;
    }
    return true;
}
