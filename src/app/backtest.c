#include "app/backtest.h"
#include "fit_part.h"

#define ARENA_BLOCK (1 << 20)

/** The customers of a back-test: their statistics as of the calibration's end, and what came after it. */
struct subjects {
    size_t n;
    int32_t until;
    int days;
    double horizon; /* weeks */
    struct purchases *at;
    int *silent;    /* days */
    double *before; /* repeat purchases in the days before of the same length */
    double *actual;
    double *p, *expected; /* of the method that is being compared */
};

static struct subjects find_subjects(struct arena *arena, const struct purchase_log *log, int32_t until,
                                     int days)
{
    size_t max = log->n_customers;
    struct subjects s = {.until = until,
                         .days = days,
                         .horizon = days / DAYS_PER_WEEK,
                         .at = ARENA_ARRAY(arena, struct purchases, max),
                         .silent = ARENA_ARRAY(arena, int, max),
                         .before = ARENA_ARRAY(arena, double, max),
                         .actual = ARENA_ARRAY(arena, double, max),
                         .p = ARENA_ARRAY(arena, double, max),
                         .expected = ARENA_ARRAY(arena, double, max)};
    for (size_t i = 0; i < max; i++) {
        struct purchases *c = &s.at[s.n];
        if (!purchase_log_look(log, i, until, c))
            continue;
        int32_t first = log->days[log->first[i]], from = first > until - days ? first : until - days;
        s.silent[s.n] = (int)((c->T - c->t_x) * DAYS_PER_WEEK + .5);
        s.before[s.n] = (double)purchase_log_between(log, i, from, until, NULL);
        s.actual[s.n++] = (double)purchase_log_between(log, i, until, until + days, NULL);
    }
    return s;
}

static void judge(struct arena *arena, const struct subjects *s, struct accuracy *out)
{
    accuracy_of(arena, s->n, s->p, s->expected, s->actual, out);
}

static void judge_ours(struct arena *arena, const struct purchase_log *log, const struct fit_part *part,
                       struct subjects *s, struct holdout *out)
{
    struct blend blend;
    struct blend_trial trial;
    fit_part_blend(arena, log, part, s->days, &blend, &trial);
    for (size_t i = 0; i < s->n; i++) {
        double features[BLEND_FEATURES];
        if (blend.is_used)
            blend_look(&part->basis, &s->at[i], s->horizon, features);
        s->p[i] = blend.is_used ? blend_probability(&blend, features)
                                : btyd_active(&part->model, &s->at[i], s->horizon);
        s->expected[i] = btyd_expected(&part->model, &s->at[i], s->horizon);
    }
    out->verdict = part->verdict;
    out->k = part->model.k;
    out->is_blend = blend.is_used;
    judge(arena, s, &out->ours);
}

/** Those who had been silent for at most N days, and those for longer: how many there are, bought, and how
 * often. */
struct side {
    double n, buyers, purchases;
};

static struct side add_sides(struct side a, struct side b)
{
    return (struct side){a.n + b.n, a.buyers + b.buyers, a.purchases + b.purchases};
}

/** N by which the rule would have been right most often, and the two sides by it: the near one first. */
static int learn_hiatus(struct arena *arena, const struct subjects *inner, struct side sides[2])
{
    int longest = 0, best = 0;
    for (size_t i = 0; i < inner->n; i++)
        longest = inner->silent[i] > longest ? inner->silent[i] : longest;
    struct side *by_silence = ARENA_ARRAY(arena, struct side, (size_t)longest + 1), all = {0}, near = {0};
    for (size_t i = 0; i < inner->n; i++) {
        struct side one = {1, inner->actual[i] > 0, inner->actual[i]};
        by_silence[inner->silent[i]] = add_sides(by_silence[inner->silent[i]], one);
        all = add_sides(all, one);
    }
    double most = -1;
    for (int days = 0; days <= longest; days++) {
        near = add_sides(near, by_silence[days]);
        double right = near.buyers + (all.n - near.n) - (all.buyers - near.buyers);
        if (right > most) {
            most = right;
            best = days;
            sides[0] = near;
            sides[1] =
                (struct side){all.n - near.n, all.buyers - near.buyers, all.purchases - near.purchases};
        }
    }
    return best;
}

static void judge_hiatus(struct arena *arena, const struct purchase_log *log, const struct fit_part *part,
                         struct subjects *s, struct holdout *out)
{
    int half = (part->until - part->first + 1) / 2, days = s->days < half ? s->days : half;
    struct side sides[2] = {{0}};
    struct subjects inner = find_subjects(arena, log, part->until - days, days);
    out->hiatus_days = learn_hiatus(arena, &inner, sides);
    for (size_t i = 0; i < s->n; i++) {
        const struct side *side = &sides[s->silent[i] > out->hiatus_days];
        s->p[i] = side->n > 0 ? side->buyers / side->n : 0;
        s->expected[i] = side->n > 0 ? side->purchases / side->n : 0;
    }
    judge(arena, s, &out->baseline[BASELINE_hiatus]);
}

static void judge_counts(struct arena *arena, struct subjects *s, struct holdout *out)
{
    for (size_t i = 0; i < s->n; i++) {
        s->p[i] = s->before[i] > 0;
        s->expected[i] = s->before[i];
    }
    judge(arena, s, &out->baseline[BASELINE_naive_same]);
    for (size_t i = 0; i < s->n; i++)
        s->p[i] = s->expected[i] = 0;
    judge(arena, s, &out->baseline[BASELINE_zero]);
}

static void judge_bg_nbd(struct arena *arena, const struct fit_part *part, struct subjects *s,
                         struct holdout *out)
{
    struct fit_of_model fit;
    struct btyd bg = {.k = 1, .is_bg = true};
    fit_model(arena, &part->sample, &bg, &fit);
    for (size_t i = 0; i < s->n; i++) {
        s->p[i] = fit.model.k ? btyd_active(&fit.model, &s->at[i], s->horizon) : 0;
        s->expected[i] = fit.model.k ? btyd_expected(&fit.model, &s->at[i], s->horizon) : 0;
    }
    judge(arena, s, &out->baseline[BASELINE_bg_nbd]);
}

void backtest_run(const struct purchase_log *log, int32_t calibrate_to, int horizon_days,
                  const struct fit_options *options, struct holdout *out)
{
    int32_t first, last;
    *out = (struct holdout){.calibrated_to = calibrate_to, .horizon_days = horizon_days};
    if (!purchase_log_span(log, &first, &last) || first > calibrate_to || last <= calibrate_to ||
        horizon_days < 1)
        return;
    struct arena *arena = arena_new(ARENA_BLOCK);
    struct fit_part part;
    struct subjects s = find_subjects(arena, log, calibrate_to, horizon_days);
    out->is_known = true;
    out->is_short = last - calibrate_to < horizon_days;
    fit_part(arena, log, calibrate_to, options->cadence, &part);
    judge_ours(arena, log, &part, &s, out);
    judge_hiatus(arena, log, &part, &s, out);
    judge_counts(arena, &s, out);
    judge_bg_nbd(arena, &part, &s, out);
    arena_free(arena);
}
