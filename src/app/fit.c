#include "app/fit.h"
#include "app/backtest.h"
#include "fit_minimum.h"
#include "fit_part.h"

#define ARENA_BLOCK (1 << 20)
/** A holdout is at most this part of the history. */
#define HOLDOUT_PART 3

static void report_part(const struct fit_part *part, struct fit_report *out)
{
    *out = (struct fit_report){.verdict = part->verdict,
                               .reason = part->reason,
                               .until = part->until,
                               .customers = part->sample.n,
                               .repeat_customers = part->repeat_customers};
    memcpy(out->by_k, part->by_k, sizeof(out->by_k));
}

static void fit_rest(struct arena *arena, const struct purchase_log *log, const struct fit_part *part,
                     struct fit *out)
{
    struct scores *scores = &out->scores;
    struct fit_report *report = &out->report;
    scores->is_fitted = true;
    scores->model = part->model;
    scores->basis = part->basis;
    report->spend_reason =
        fit_spend(arena, &part->sample, &scores->spend, &report->spend_log_likelihood, &report->spenders);
    scores->has_spend = report->spend_reason == NULL;
    if (!scores->has_spend)
        scores->spend = (struct gamma_gamma){0};
    for (enum score_horizon h = 0; h < HORIZON_COUNT && !fit_gives_up(); h++)
        fit_part_blend(arena, log, part, score_horizon_days(h), &scores->blends[h], &report->trials[h]);
}

static void hold_out(const struct purchase_log *log, int32_t first, int32_t until,
                     const struct fit_options *options, struct holdout *out)
{
    int part_days = (until - first + 1) / HOLDOUT_PART;
    int days = part_days < FIT_HOLDOUT_DAYS ? part_days : FIT_HOLDOUT_DAYS;
    *out = (struct holdout){0};
    if (days == 0)
        return;
    backtest_run(log, until - days, days, options, out);
    out->is_short = days < FIT_HOLDOUT_DAYS;
}

void fit_scores(const struct purchase_log *log, int32_t until, const struct fit_options *options,
                struct fit *out)
{
    struct arena *arena = arena_new(ARENA_BLOCK);
    struct fit_part part;
    *out = (struct fit){0};
    fit_give_up_when(options->gives_up);
    fit_part(arena, log, until, options->cadence, &part);
    report_part(&part, &out->report);
    if (part.verdict == FIT_OK)
        fit_rest(arena, log, &part, out);
    else
        scores_prior(options->cadence, &out->scores);
    out->scores.margin = options->margin;
    out->scores.discount = options->discount;
    arena_free(arena);
    if (!options->without_holdout && !fit_gives_up())
        hold_out(log, part.first, until, options, &out->report.holdout);
    fit_give_up_when(NULL);
}
