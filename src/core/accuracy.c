#include "core/accuracy.h"

#include <math.h>
#include <stdlib.h>

const struct baseline_info baselines[BASELINES] = {
#define X(key, zh, en) {#key, zh, en},
    BASELINE_TABLE(X)
#undef X
};

const char *fit_verdict_name(enum fit_verdict verdict)
{
    switch (verdict) {
    case FIT_OK: return "ok";
    case FIT_TOO_FEW: return "too_few";
    case FIT_DEGENERATE: return "degenerate";
    }
    return "";
}

#define P_MIN 1e-15

/** A customer in order of probability, the likeliest first. */
struct ranked {
    double p;
    double bought; /* 0 or 1; after share_ties() the share of those of the same probability */
    size_t i;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->p != b->p)
        return a->p > b->p ? -1 : 1;
    return a->i < b->i ? -1 : 1;
}

/** How many of the first customers from ${from} on have the same probability. */
static size_t count_ties(const struct ranked *ranked, size_t n, size_t from)
{
    size_t to = from + 1;
    while (to < n && ranked[to].p == ranked[from].p)
        to++;
    return to - from;
}

static void score_probabilities(const struct ranked *ranked, size_t n, struct accuracy *out)
{
    double loss = 0, square = 0;
    size_t right = 0;
    for (size_t i = 0; i < n; i++) {
        bool has_bought = ranked[i].bought > 0;
        double p = fmin(fmax(ranked[i].p, P_MIN), 1 - P_MIN), off = ranked[i].p - ranked[i].bought;
        loss -= has_bought ? log(p) : log1p(-p);
        square += off * off;
        right += has_bought == (ranked[i].p >= .5);
        out->buyers += has_bought;
    }
    out->log_loss = loss / (double)n;
    out->brier = square / (double)n;
    out->accuracy = (double)right / (double)n;
}

/** The share of pairs of a buyer and another customer in which the buyer has the higher probability. */
static double area_under_curve(const struct ranked *ranked, size_t n)
{
    double buyers = 0, others = 0, pairs = 0;
    for (size_t from = 0, ties; from < n; from += ties) {
        double bought = 0;
        ties = count_ties(ranked, n, from);
        for (size_t i = from; i < from + ties; i++)
            bought += ranked[i].bought;
        pairs += ((double)ties - bought) * (buyers + bought / 2);
        buyers += bought;
        others += (double)ties - bought;
    }
    return buyers > 0 && others > 0 ? pairs / (buyers * others) : .5;
}

static void share_ties(struct ranked *ranked, size_t n)
{
    for (size_t from = 0, ties; from < n; from += ties) {
        double bought = 0;
        ties = count_ties(ranked, n, from);
        for (size_t i = from; i < from + ties; i++)
            bought += ranked[i].bought;
        for (size_t i = from; i < from + ties; i++)
            ranked[i].bought = bought / (double)ties;
    }
}

static void tell_groups(struct ranked *ranked, size_t n, struct accuracy *out)
{
    share_ties(ranked, n);
    for (size_t g = 0; g < ACCURACY_GROUPS; g++) {
        struct accuracy_group *group = &out->groups[g];
        size_t from = n * g / ACCURACY_GROUPS, to = n * (g + 1) / ACCURACY_GROUPS;
        double bought = 0;
        group->n = to - from;
        for (size_t i = from; i < to; i++) {
            group->predicted += ranked[i].p / (double)group->n;
            bought += ranked[i].bought;
        }
        if (group->n)
            group->bought = bought / (double)group->n;
        if (out->buyers)
            group->lift = group->bought * (double)n / (double)out->buyers;
        if (g == 0 && out->buyers)
            out->top_capture = bought / (double)out->buyers;
    }
}

static void score_counts(size_t n, const double *expected, const double *actual, struct accuracy *out)
{
    double absolute = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        double off = expected[i] - actual[i];
        absolute += fabs(off);
        square += off * off;
        out->expected += expected[i];
        out->actual += actual[i];
    }
    out->mae = absolute / (double)n;
    out->rmse = sqrt(square / (double)n);
    out->bias = out->actual > 0 ? 100 * (out->expected / out->actual - 1) : 0;
}

void accuracy_of(struct arena *arena, size_t n, const double *p, const double *expected, const double *actual,
                 struct accuracy *out)
{
    *out = (struct accuracy){.customers = n};
    if (n == 0)
        return;
    struct ranked *ranked = ARENA_ARRAY(arena, struct ranked, n);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (struct ranked){p[i], actual[i] > 0, i};
    qsort(ranked, n, sizeof(*ranked), compare_ranked);
    score_probabilities(ranked, n, out);
    out->auc = area_under_curve(ranked, n);
    tell_groups(ranked, n, out);
    score_counts(n, expected, actual, out);
}
