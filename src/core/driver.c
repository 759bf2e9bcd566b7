#include "core/driver.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define NEAREST 1e-12

/* A customer who has ordered once, and today. */
static const struct purchases newcomer = {0};

static double log_odds(double p)
{
    p = fmin(fmax(p, NEAREST), 1 - NEAREST);
    return log(p) - log1p(-p);
}

static int compare_drivers(const void *a, const void *b)
{
    const struct driver *left = a, *right = b;
    double l = fabs(left->contribution), r = fabs(right->contribution);
    return l != r ? (l < r ? 1 : -1) : strcmp(left->key, right->key);
}

static void look_at_blend(const struct scores *scores, const struct purchases *c, enum score_horizon horizon,
                          enum language language, struct drivers *out)
{
    const struct blend *blend = &scores->blends[horizon];
    double weeks = score_horizon_days(horizon) / DAYS_PER_WEEK, values[BLEND_FEATURES], references[BLEND_FEATURES];
    blend_look(&scores->basis, c, weeks, values);
    blend_look(&scores->basis, &newcomer, weeks, references);
    out->base = blend->intercept;
    out->n = BLEND_FEATURES;
    for (int i = 0; i < BLEND_FEATURES; i++) {
        const struct blend_feature_info *feature = &blend_features[i];
        out->base += blend->weight[i] * references[i];
        out->items[i] = (struct driver){.key = feature->name,
                                        .label = language == LANGUAGE_ZH ? feature->zh : feature->en,
                                        .value = values[i],
                                        .reference = references[i],
                                        .has_weight = true,
                                        .weight = blend->weight[i],
                                        .contribution = blend->weight[i] * (values[i] - references[i])};
    }
}

static void look_at_model(const struct scores *scores, const struct purchases *c, enum score_horizon horizon,
                          enum language language, struct drivers *out)
{
    bool is_zh = language == LANGUAGE_ZH;
    struct purchases at_last_order = *c;
    at_last_order.T = c->t_x;
    double then = log_odds(scores_active(scores, &at_last_order, horizon));
    out->base = log_odds(scores_active(scores, &newcomer, horizon));
    out->n = 2;
    out->items[0] = (struct driver){.key = "orders_so_far",
                                    .label = is_zh ? "以往订单" : "the orders so far",
                                    .value = c->x,
                                    .contribution = then - out->base};
    out->items[1] = (struct driver){.key = "silence_weeks",
                                    .label = is_zh ? "距上次下单的周数" : "weeks since the last order",
                                    .value = c->T - c->t_x,
                                    .contribution = log_odds(out->probability) - then};
}

void drivers_of(const struct scores *scores, const struct purchases *c, enum score_horizon horizon,
                enum language language, struct drivers *out)
{
    assert(horizon >= 0 && horizon < HORIZON_COUNT);
    horizon = scores_serving(scores, c, horizon);
    *out = (struct drivers){.is_blend = scores->blends[horizon].is_used,
                            .probability = scores_active(scores, c, horizon)};
    if (out->is_blend)
        look_at_blend(scores, c, horizon, language, out);
    else
        look_at_model(scores, c, horizon, language, out);
    qsort(out->items, (size_t)out->n, sizeof(*out->items), compare_drivers);
}
