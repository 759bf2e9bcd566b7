#include "metric_stage.h"

/* The metric stages: who stands where, now or at the end of each period. */

struct count {
    int64_t customers;
    int64_t revenue;
    int64_t entered;
    int64_t left;
};

static bool is_empty(const struct count *count)
{
    return count->customers == 0 && count->entered == 0 && count->left == 0;
}

/* Rows of one model: bins of the present version, and of older ones those that somebody is or was in. */
static enum status put_model(struct metric_job *job, const struct bins *bins, const struct count *counts,
                             const size_t *period, struct error *error)
{
    struct metric_table *table = job->table;
    enum status status = STATUS_OK;
    int64_t all = 0;
    for (size_t i = 1; i <= bins->n; i++)
        all += counts[i].customers;
    for (size_t i = 1; i <= bins->n && status == STATUS_OK; i++) {
        if (i > bins->n_present && is_empty(&counts[i]))
            continue;
        if (period)
            metric_row_period(job, *period);
        cell_bin(table, bins, i);
        cell_int(table, "customers", counts[i].customers);
        cell_rate(table, "share", counts[i].customers, all);
        cell_money(table, "revenue", counts[i].revenue);
        cell_int(table, "entered", counts[i].entered);
        cell_int(table, "left", counts[i].left);
        status = metric_row_end(table, error);
    }
    return status;
}

/* --- now
 * -----------------------------------------------------------------------------------------------------------
 */

static void count_now(const struct bins *bins, const struct tallies *tallies, struct count *counts)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *tally = &tallies->rows[i];
        if (tally->key.a != bins->model->number)
            continue;
        struct count *count = &counts[bins_of(bins, tally->key.b)];
        count->customers += tally->n[0];
        count->revenue += tally->n[1];
    }
}

static enum status tell_now(struct metric_job *job, const struct models *models, struct error *error)
{
    struct tallies tallies;
    struct tally_range range = metric_model_range(job, CUBE_STANDING, 0, 1);
    job->interval = INTERVAL_TOTAL;
    metric_columns(job, PART_NOW | (models->level == LEVEL_STAGE ? PART_STAGE | PART_NAME : 0));
    enum status status = metric_read(job, &range, 1, &tallies, error);
    for (size_t i = 0; i < models->n && status == STATUS_OK; i++) {
        struct count counts[STAGE_NUMBERS] = {{0}};
        count_now(&models->bins[i], &tallies, counts);
        status = put_model(job, &models->bins[i], counts, NULL, error);
    }
    return status;
}

/* --- over time
 * ------------------------------------------------------------------------------------------------------ */

static void count_period(const struct bins *bins, const struct flow *flow, struct count *counts)
{
    int model = bins->model->number;
    for (size_t stage = 1; stage < STAGE_NUMBERS; stage++)
        counts[bins->of[stage]].customers += flow->standing.n[model - 1][stage];
    for (size_t i = 0; i < flow->n_moves; i++) {
        const struct tally *move = &flow->moves[i];
        size_t from = bins_of(bins, move->key.b), to = bins_of(bins, move->key.c);
        if (move->key.a != model || from == to)
            continue;
        counts[from].left += move->n[0];
        counts[to].entered += move->n[0];
    }
}

static enum status tell_periods(struct metric_job *job, const struct models *models, struct error *error)
{
    struct flow *flow = ARENA_NEW(job->arena, struct flow);
    struct tallies tallies;
    metric_columns(job, PART_TIME | (models->level == LEVEL_STAGE ? PART_STAGE : 0));
    enum status status = metric_flow_begin(job, flow, &tallies, error);
    for (size_t period = 0; period < metric_periods(job) && status == STATUS_OK; period++) {
        metric_flow_advance(job, flow, period);
        for (size_t i = 0; i < models->n && status == STATUS_OK; i++) {
            struct count counts[STAGE_NUMBERS] = {{0}};
            count_period(&models->bins[i], flow, counts);
            status = put_model(job, &models->bins[i], counts, &period, error);
        }
    }
    return status;
}

/* Who tells an interval and no range asks for the latest periods. */
static void take_latest(struct metric_job *job)
{
    const struct calendar *calendar = job->shop->calendar;
    job->has_range = true;
    job->from_day = job->interval == INTERVAL_DAY ? job->today - 29 : period_add(job->grain, job->today, -12);
    job->to_day = job->today + 1;
    job->from = calendar_midnight(calendar, job->from_day);
    job->to = calendar_midnight(calendar, job->to_day);
}

enum status evaluate_stages(struct metric_job *job, struct error *error)
{
    struct models models;
    if (!job->has_range && metric_parameter(job, "interval").n)
        take_latest(job);
    models_begin(job, LEVEL_STAGE, &models);
    return job->has_range ? tell_periods(job, &models, error) : tell_now(job, &models, error);
}
