/*
 * The weights of a blend: logistic regression on standardised features of snapshots of the past, shrunk
 * towards the purchase model alone, each weight within its sign.
 */
#include "fit_blend.h"
#include "fit_minimum.h"

#include <assert.h>
#include <math.h>

/** The snapshots lie within these parts of the history before its end. */
#define NEAREST  .26
#define FARTHEST .62
/** So many snapshot rows are learnt from at most: of more, every n-th customer's. */
#define ROWS_MAX 200000
/** Fewer rows of either kind teach nothing. */
#define ROWS_OF_A_KIND_MIN 30
/**
 * The weight of one squared standard deviation of distance from the purchase model alone: that of one row a
 * snapshot, for a customer is in all of them and says little new in the next.
 */
#define PENALTY ((double)FIT_SNAPSHOTS)

int fit_trial_days(int32_t first, int32_t until, int days)
{
    int part = (int)(NEAREST * (until - first + 1));
    return days < part ? days : part;
}

int fit_snapshots(int32_t first, int32_t until, int days, struct fit_snapshot out[FIT_SNAPSHOTS])
{
    int history = until - first + 1, nearest = fit_trial_days(first, until, days),
        farthest = (int)(FARTHEST * history);
    int n = 0;
    for (int i = 0; i < FIT_SNAPSHOTS; i++) {
        int back = nearest + (farthest - nearest) * i / (FIT_SNAPSHOTS - 1);
        if (back < 1 || (n > 0 && out[n - 1].origin == until - back))
            continue;
        out[n++] = (struct fit_snapshot){until - back, days < back ? days : back};
    }
    return n;
}

struct lesson {
    double features[BLEND_FEATURES];
    bool has_bought;
};

struct lessons {
    size_t n, bought;
    struct lesson *at;
    double mean[BLEND_FEATURES], deviation[BLEND_FEATURES]; /* 0: the feature is constant */
    double anchor[BLEND_FEATURES]; /* the weights of the purchase model alone, standardised */
};

static void add_snapshot(struct lessons *lessons, const struct purchase_log *log,
                         const struct blend_basis *basis, const struct fit_snapshot *snapshot, size_t stride)
{
    for (size_t i = 0; i < log->n_customers; i += stride) {
        struct purchases c;
        struct lesson *lesson = &lessons->at[lessons->n];
        if (!purchase_log_look(log, i, snapshot->origin, &c))
            continue;
        blend_look(basis, &c, snapshot->days / DAYS_PER_WEEK, lesson->features);
        lesson->has_bought =
            purchase_log_between(log, i, snapshot->origin, snapshot->origin + snapshot->days, NULL) > 0;
        lessons->bought += lesson->has_bought;
        lessons->n++;
    }
}

static void standardize(struct lessons *lessons, bool is_regular)
{
    double n = (double)lessons->n;
    for (int j = 0; j < BLEND_FEATURES; j++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < lessons->n; i++)
            sum += lessons->at[i].features[j];
        lessons->mean[j] = sum / n;
        for (size_t i = 0; i < lessons->n; i++) {
            double off = lessons->at[i].features[j] -= lessons->mean[j];
            squares += off * off;
        }
        double deviation = sqrt(squares / n);
        lessons->deviation[j] = deviation > 1e-9 ? deviation : 0;
        for (size_t i = 0; i < lessons->n; i++)
            lessons->at[i].features[j] = deviation > 1e-9 ? lessons->at[i].features[j] / deviation : 0;
    }
    enum blend_feature alone = is_regular ? BLEND_model_regular : BLEND_model_exponential;
    lessons->anchor[alone] = lessons->deviation[alone];
}

/** Of weights for standardised features and, last, the intercept. */
static double blend_loss(unsigned n, const double *weight, double *gradient, void *data)
{
    const struct lessons *lessons = data;
    double sum = 0;
    for (unsigned j = 0; j < n; j++)
        gradient[j] = 0;
    for (size_t i = 0; i < lessons->n; i++) {
        const struct lesson *lesson = &lessons->at[i];
        double log_odds = weight[BLEND_FEATURES];
        for (int j = 0; j < BLEND_FEATURES; j++)
            log_odds += weight[j] * lesson->features[j];
        /* ln(1 + e^z) and its derivative without overflow */
        double small = exp(-fabs(log_odds)), p = log_odds > 0 ? 1 / (1 + small) : small / (1 + small);
        sum += fmax(log_odds, 0) + log1p(small) - (lesson->has_bought ? log_odds : 0);
        double off = p - lesson->has_bought;
        for (int j = 0; j < BLEND_FEATURES; j++)
            gradient[j] += off * lesson->features[j];
        gradient[BLEND_FEATURES] += off;
    }
    for (int j = 0; j < BLEND_FEATURES; j++) {
        double off = weight[j] - lessons->anchor[j];
        sum += PENALTY * off * off / 2;
        gradient[j] += PENALTY * off;
    }
    for (unsigned j = 0; j < n; j++)
        gradient[j] /= (double)lessons->n;
    return sum / (double)lessons->n;
}

static void search_weights(struct lessons *lessons, struct blend *out)
{
    double lower[BLEND_FEATURES + 1], upper[BLEND_FEATURES + 1], weight[BLEND_FEATURES + 1];
    int evaluations;
    for (int j = 0; j <= BLEND_FEATURES; j++) {
        int sign = j < BLEND_FEATURES ? blend_features[j].sign : 0;
        lower[j] = sign > 0 ? 0 : -100;
        upper[j] = sign < 0 ? 0 : 100;
        weight[j] = j < BLEND_FEATURES ? lessons->anchor[j] : 0;
    }
    fit_minimum(blend_loss, lessons, BLEND_FEATURES + 1, lower, upper, weight, &evaluations);
    *out = (struct blend){.intercept = weight[BLEND_FEATURES]};
    for (int j = 0; j < BLEND_FEATURES; j++) {
        if (lessons->deviation[j] == 0)
            continue;
        out->weight[j] = weight[j] / lessons->deviation[j];
        out->intercept -= out->weight[j] * lessons->mean[j];
    }
}

bool fit_blend(struct arena *arena, const struct purchase_log *log, const struct blend_basis *basis,
               int32_t until, int days, struct blend *out)
{
    struct fit_snapshot snapshots[FIT_SNAPSHOTS];
    struct lessons lessons = {0};
    int32_t first, last;
    *out = (struct blend){0};
    if (!purchase_log_span(log, &first, &last) || first > until)
        return false;
    int n = fit_snapshots(first, until, days, snapshots);
    size_t rows = log->n_customers * (size_t)n, stride = 1 + rows / ROWS_MAX;
    lessons.at = ARENA_ARRAY(arena, struct lesson, rows / stride + (size_t)n);
    for (int i = 0; i < n; i++)
        add_snapshot(&lessons, log, basis, &snapshots[i], stride);
    if (lessons.bought < ROWS_OF_A_KIND_MIN || lessons.n - lessons.bought < ROWS_OF_A_KIND_MIN)
        return false;
    standardize(&lessons, basis->regular.k > 1);
    search_weights(&lessons, out);
    out->is_used = true;
    assert(blend_is_monotone(out));
    return true;
}
