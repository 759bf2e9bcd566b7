#include "core/scores.h"

#include <math.h>

#define MONTHS 12
#define DAYS_PER_YEAR 365.0

int score_horizon_days(enum score_horizon horizon)
{
    static const int days[HORIZON_COUNT] = {
#define X(name, n) n,
        SCORE_HORIZON_TABLE(X)
#undef X
    };
    return days[horizon];
}

static double active_within(const struct scores *scores, const struct purchases *c, enum score_horizon horizon)
{
    const struct blend *blend = &scores->blends[horizon];
    double weeks = score_horizon_days(horizon) / DAYS_PER_WEEK, features[BLEND_FEATURES];
    if (!blend->is_used)
        return btyd_active(&scores->model, c, weeks);
    blend_look(&scores->basis, c, weeks, features);
    return blend_probability(blend, features);
}

/* Blends are fitted one by one: who buys within 30 days does so within 90. */
static double least_active(const struct scores *scores, const struct purchases *c, enum score_horizon horizon,
                           enum score_horizon *serving)
{
    double least = active_within(scores, c, horizon);
    *serving = horizon;
    for (enum score_horizon longer = horizon + 1; longer < HORIZON_COUNT; longer++) {
        double p = active_within(scores, c, longer);
        if (p < least) {
            least = p;
            *serving = longer;
        }
    }
    return least;
}

double scores_active(const struct scores *scores, const struct purchases *c, enum score_horizon horizon)
{
    enum score_horizon unused;
    return least_active(scores, c, horizon, &unused);
}

enum score_horizon scores_serving(const struct scores *scores, const struct purchases *c, enum score_horizon horizon)
{
    enum score_horizon serving;
    least_active(scores, c, horizon, &serving);
    return serving;
}

double scores_expected_orders(const struct scores *scores, const struct purchases *c, int days)
{
    return btyd_expected(&scores->model, c, days / DAYS_PER_WEEK);
}

double scores_expected_value(const struct scores *scores, const struct purchases *c, double order_value_avg)
{
    return scores->has_spend ? gamma_gamma_expected(&scores->spend, c->x, fmax(c->value, 0)) : order_value_avg;
}

double scores_lifetime_value(const struct scores *scores, const struct purchases *c, double order_value_avg)
{
    double monthly = pow(1 + scores->discount, 1.0 / MONTHS) - 1;
    double value = scores_expected_value(scores, c, order_value_avg) * scores->margin;
    return btyd_lifetime_value(&scores->model, c, value, MONTHS, DAYS_PER_YEAR / MONTHS / DAYS_PER_WEEK, monthly);
}

/* --- before there is a fit ------------------------------------------------------------------------------------- */

/*
 * What a trade is expected to be like: judgement, not measurement. The mean gap between purchases of a customer of the
 * trade, with purchase rates spread widely (r = 1); one in four leaves after a purchase (a / (a + b)).
 */
static const struct {
    const char *cadence;
    double gap_days;
} priors[] = {
    {"default", 30}, {"coffee", 3},    {"grocery", 7}, {"fashion", 45},
    {"electronics", 180}, {"telecom", 30}, {"bank", 30},   {"property", 1500},
};
#define PRIOR_R 1.0
#define PRIOR_A 1.0
#define PRIOR_B 3.0
#define PRIOR_DISCOUNT 0.1

void scores_prior(struct span cadence, struct scores *out)
{
    double days = priors[0].gap_days;
    for (size_t i = 0; i < COUNT_OF(priors); i++)
        if (span_is(cadence, priors[i].cadence))
            days = priors[i].gap_days;
    double gap = days / DAYS_PER_WEEK;
    struct btyd model = {.k = 1, .r = PRIOR_R, .alpha = PRIOR_R * gap, .a = PRIOR_A, .b = PRIOR_B};
    *out = (struct scores){.applies_from = NONE,
                           .model = model,
                           .basis = {.exponential = model, .regular = model, .usual_gap = gap},
                           .margin = 1,
                           .discount = PRIOR_DISCOUNT};
}
