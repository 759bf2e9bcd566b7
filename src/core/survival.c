#include "core/survival.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define NORMAL_975 1.959963984540054
/* A product of fractions may miss the simple fraction that it equals by some of its last bits. */
#define ROUNDING 1e-12

static int compare_stays(const void *a, const void *b)
{
    const struct stays *x = a, *y = b;
    return (x->days > y->days) - (x->days < y->days);
}

size_t stays_sort(struct stays *stays, size_t n)
{
    size_t kept = 0;
    if (n)
        qsort(stays, n, sizeof(*stays), compare_stays);
    for (size_t i = 0; i < n;) {
        struct stays sum = stays[i];
        for (i++; i < n && stays[i].days == sum.days; i++) {
            sum.ended += stays[i].ended;
            sum.censored += stays[i].censored;
        }
        if (sum.ended || sum.censored)
            stays[kept++] = sum;
    }
    return kept;
}

/* ${variance}: of ln S, Greenwood's sum. */
static void take_interval(struct survival *step, double variance)
{
    step->error = step->left > 0 ? step->left * sqrt(variance) : NAN;
    step->lower = step->upper = NAN;
    if (step->left <= 0 || step->left >= 1)
        return;
    double spread = NORMAL_975 * sqrt(variance) / -log(step->left);
    step->lower = pow(step->left, exp(spread));
    step->upper = pow(step->left, exp(-spread));
}

void survival_estimate(const struct stays *stays, size_t n, struct survival *out)
{
    int64_t at_risk = 0;
    double left = 1, variance = 0;
    for (size_t i = 0; i < n; i++)
        at_risk += stays[i].ended + stays[i].censored;
    for (size_t i = 0; i < n; i++) {
        double r = (double)at_risk, d = (double)stays[i].ended;
        assert(stays[i].ended >= 0 && stays[i].censored >= 0 && (i == 0 || stays[i - 1].days < stays[i].days));
        left = stays[i].ended == at_risk ? 0 : left * ((r - d) / r);
        if (stays[i].ended < at_risk)
            variance += d / (r * (r - d));
        out[i] = (struct survival){.days = stays[i].days,
                                   .at_risk = at_risk,
                                   .ended = stays[i].ended,
                                   .censored = stays[i].censored,
                                   .left = left};
        take_interval(&out[i], variance);
        at_risk -= stays[i].ended + stays[i].censored;
    }
}

int64_t survival_quantile(const struct survival *steps, size_t n, int percent)
{
    double left = (double)(100 - percent) / 100;
    for (size_t i = 0; i < n; i++)
        if (steps[i].ended && steps[i].left <= left + ROUNDING)
            return steps[i].days;
    return NONE;
}

static int compare_weights(const void *a, const void *b)
{
    const struct weight *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

int64_t weights_quantile(struct weight *weights, size_t n, int percent)
{
    int64_t all = 0, seen = 0;
    assert(percent > 0 && percent <= 100);
    if (n)
        qsort(weights, n, sizeof(*weights), compare_weights);
    for (size_t i = 0; i < n; i++)
        all += weights[i].n;
    int64_t place = all / 100 * percent + (all % 100 * percent + 99) / 100;
    for (size_t i = 0; i < n; i++) {
        seen += weights[i].n;
        if (weights[i].n && seen >= place)
            return weights[i].value;
    }
    return NONE;
}
