#include "core/stay.h"
#include "metric_spread.h"
#include "metric_stage.h"

/* The metrics churn_reasons and win_back: why customers leave, who comes back, and after how long. */

/* --- reasons
 * ------------------------------------------------------------------------------------------------------- */

enum { LEFT, CAME_BACK };

/* A return belongs to the day on which the customer had left, whenever it was. */
static void add_reasons(const struct metric_job *job, const struct tallies *tallies, struct metric_sums *sums)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *tally = &tallies->rows[i];
        bool is_return = tally->key.cube == CUBE_WONBACK;
        int64_t day = tally->key.day - (is_return ? tally->key.b : 0);
        if (day < job->from_day || day >= job->to_day)
            continue;
        int64_t period = (int64_t)metric_period_of(job, day);
        metric_sums_at(sums, period, tally->key.a, 0)[is_return ? CAME_BACK : LEFT] += tally->n[0];
    }
}

static enum status put_reasons(struct metric_job *job, const struct metric_sums *sums, struct error *error)
{
    int64_t *all = ARENA_ARRAY(job->arena, int64_t, metric_periods(job));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sums->n; i++)
        all[sums->rows[i].period] += sums->rows[i].n[LEFT];
    for (size_t i = 0; i < sums->n && status == STATUS_OK; i++) {
        const struct metric_sum *sum = &sums->rows[i];
        metric_row_sum(job, sum);
        cell_int(job->table, "customers", sum->n[LEFT]);
        cell_rate(job->table, "share", sum->n[LEFT], all[sum->period]);
        cell_int(job->table, "won_back", sum->n[CAME_BACK]);
        cell_rate(job->table, "win_back_rate", sum->n[CAME_BACK], sum->n[LEFT]);
        status = metric_row_end(job->table, error);
    }
    return status;
}

enum status evaluate_churn_reasons(struct metric_job *job, struct error *error)
{
    struct tallies tallies;
    struct metric_sums sums;
    struct tally_range ranges[] = {{.cube = CUBE_REASON, .from = job->from_day, .to = job->to_day},
                                   {.cube = CUBE_WONBACK, .from = job->from_day, .to = DAY_MOST}};
    job->groups |= BY_REASON;
    metric_columns(job, 0);
    metric_sums_init(&sums, job->arena);
    enum status status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    add_reasons(job, &tallies, &sums);
    status = metric_sums_finish(job, &sums, true, error);
    return status == STATUS_OK ? put_reasons(job, &sums, error) : status;
}

/* --- win-back of who said that they leave
 * ---------------------------------------------------------------------------- */

static void cell_days(struct metric_table *table, const struct spread *days)
{
    cell_int(table, "won_back", days->n);
    cell_known(table, "median_days", days->median);
    cell_known(table, "p90_days", days->p90);
    cell_number(table, "mean_days", days->mean);
}

static enum status tell_reasons(struct metric_job *job, struct error *error)
{
    struct tallies tallies;
    struct metric_sums sums;
    struct spreads days = {.arena = job->arena};
    struct tally_range range = {.cube = CUBE_WONBACK, .from = job->from_day, .to = job->to_day};
    metric_columns(job, 0);
    metric_sums_init(&sums, job->arena);
    enum status status = metric_read(job, &range, 1, &tallies, error);
    for (size_t i = 0; i < tallies.n && status == STATUS_OK; i++) {
        const struct tally *tally = &tallies.rows[i];
        int64_t period = (int64_t)metric_period_of(job, tally->key.day);
        int64_t reason = job->groups & BY_REASON ? tally->key.a : 0;
        metric_sums_at(&sums, period, reason, 0)[CAME_BACK] += tally->n[0];
        spreads_add(&days, period, reason, tally->key.b, tally->n[0]);
    }
    spreads_sort(&days);
    if (status == STATUS_OK)
        status = metric_sums_finish(job, &sums, true, error);
    for (size_t i = 0; i < sums.n && status == STATUS_OK; i++) {
        struct spread spread = spreads_at(&days, sums.rows[i].period, sums.rows[i].x);
        metric_row_sum(job, &sums.rows[i]);
        cell_days(job->table, &spread);
        status = metric_row_end(job->table, error);
    }
    return status;
}

/* --- win-back from lost stages
 * ---------------------------------------------------------------------------------------- */

/* Stays in lost stages by period and (model, stage): how many there were, and after how long those that ended
 * in win-back did. */
static void add_stays(const struct metric_job *job, const struct models *models,
                      const struct tallies *tallies, struct metric_sums *lost, struct spreads *days)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *tally = &tallies->rows[i];
        const struct bins *bins = models_bins(models, tally->key.a);
        if (bins == NULL || bins_role(bins, tally->key.b) != ROLE_LOST)
            continue;
        int64_t period = (int64_t)metric_period_of(job, tally->key.day);
        int64_t x = tally->key.a * STAGE_NUMBERS + tally->key.b;
        metric_sums_at(lost, period, x, 0)[LEFT] += tally->n[0];
        enum role to = tally->key.cube == CUBE_SPELL ? bins_role(bins, spell_to(tally)) : ROLE_NONE;
        if (to != ROLE_NONE && to != ROLE_LOST)
            spreads_add(days, period, x, spell_days(tally), tally->n[0]);
    }
}

static enum status put_stages(struct metric_job *job, const struct bins *bins, size_t period,
                              struct metric_sums *lost, const struct spreads *days, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t bin = 1; bin <= bins->n && status == STATUS_OK; bin++) {
        int64_t x = bins->model->number * STAGE_NUMBERS + bins->bins[bin].stage->number;
        int64_t n = metric_sums_at(lost, (int64_t)period, x, 0)[LEFT];
        if (bins->bins[bin].role != ROLE_LOST || (bin > bins->n_present && n == 0))
            continue;
        struct spread spread = spreads_at(days, (int64_t)period, x);
        metric_row_period(job, period);
        cell_bin(job->table, bins, bin);
        cell_int(job->table, "lost", n);
        cell_rate(job->table, "win_back_rate", spread.n, n);
        cell_days(job->table, &spread);
        status = metric_row_end(job->table, error);
    }
    return status;
}

static enum status tell_stages(struct metric_job *job, struct error *error)
{
    struct models models;
    struct tallies tallies;
    struct metric_sums lost;
    struct spreads days = {.arena = job->arena};
    struct tally_range ranges[] = {metric_model_range(job, CUBE_SPELL, job->from_day, job->to_day),
                                   metric_model_range(job, CUBE_OPEN, job->from_day, job->to_day)};
    ranges[0].sums_days = ranges[1].sums_days = job->interval == INTERVAL_TOTAL;
    models_begin(job, LEVEL_STAGE, &models);
    metric_columns(job, PART_STAGE);
    metric_sums_init(&lost, job->arena);
    enum status status = metric_months_check(job, "by stage", error);
    if (status == STATUS_OK)
        status = models_with_lost(job, &models, error);
    if (status == STATUS_OK)
        status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    add_stays(job, &models, &tallies, &lost, &days);
    spreads_sort(&days);
    for (size_t period = 0; period < metric_periods(job); period++)
        for (int i = 0; i < MODEL_SLOTS && status == STATUS_OK; i++)
            if (models.of[i])
                status = put_stages(job, models.of[i], period, &lost, &days, error);
    return status;
}

enum status evaluate_win_back(struct metric_job *job, struct error *error)
{
    if (job->groups & BY_STAGE)
        return tell_stages(job, error);
    if (job->model)
        return error_set(error, STATUS_CANNOT_COMBINE, "",
                         "model goes with group_by=stage: what customers say is not of one model");
    return tell_reasons(job, error);
}
