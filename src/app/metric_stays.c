#include "core/stay.h"
#include "metric_stage.h"

#include <math.h>

/* The metrics time_in_stage and survival: how long customers stay. */

struct asked {
    struct models models;
    size_t stage_of[MODEL_SLOTS]; /* the bin that is asked for alone; 0: all */
    bool by_month;
};

/* The stage that the query names: models without it have no rows. */
static enum status read_stage(const struct metric_job *job, struct asked *asked, struct error *error)
{
    struct span key = metric_parameter(job, "stage");
    bool is_found = key.n == 0;
    for (size_t i = 0; i < asked->models.n && key.n; i++) {
        const struct bins *bins = &asked->models.bins[i];
        size_t bin = bins->n;
        while (bin && !span_is(key, bins->bins[bin].stage->key))
            bin--;
        asked->stage_of[bins->model->number - 1] = bin ? bin : STAGE_NUMBERS;
        is_found |= bin != 0;
    }
    return is_found ? STATUS_OK
                    : error_set(error, STATUS_INVALID_PARAMETER, "",
                                "stage: no model that is asked for has a stage with this key");
}

static bool is_asked(const struct asked *asked, const struct bins *bins, size_t bin)
{
    size_t only = asked->stage_of[bins->model->number - 1];
    return bin != 0 && (only == 0 || only == bin);
}

static enum status read_groups(struct metric_job *job, struct asked *asked, struct stay_group **out,
                               size_t *n, struct error *error)
{
    struct tallies tallies;
    struct tally_range ranges[] = {metric_model_range(job, CUBE_SPELL, job->from_day, job->to_day),
                                   metric_model_range(job, CUBE_OPEN, job->from_day, job->to_day)};
    asked->by_month = job->interval == INTERVAL_MONTH;
    ranges[0].sums_days = !asked->by_month;
    enum status status = read_stage(job, asked, error);
    if (status == STATUS_OK)
        status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status == STATUS_OK)
        *n = stay_groups(job->arena, tallies.rows, tallies.n, job->today, asked->by_month, out);
    return status;
}

/* The curve of a group: ${n} steps. */
static struct survival *curve(struct arena *arena, const struct stay_group *group)
{
    struct survival *steps = ARENA_ARRAY(arena, struct survival, group->n);
    survival_estimate(group->stays, group->n, steps);
    return steps;
}

/* --- time in stage
 * ------------------------------------------------------------------------------------------------- */

static void cell_quantile(struct metric_table *table, const char *name, const struct survival *steps,
                          size_t n, int percent)
{
    int64_t days = survival_quantile(steps, n, percent);
    if (days != NONE)
        cell_int(table, name, days);
}

static void cell_stays(struct metric_job *job, const struct stay_group *group)
{
    struct metric_table *table = job->table;
    struct survival *steps = curve(job->arena, group);
    int64_t ended = 0, going_on = 0;
    double days = 0;
    for (size_t i = 0; i < group->n; i++) {
        ended += group->stays[i].ended;
        going_on += group->stays[i].censored;
        days += (double)group->stays[i].days * (double)group->stays[i].ended;
    }
    cell_int(table, "stays", ended + going_on);
    cell_int(table, "ended", ended);
    cell_int(table, "going_on", going_on);
    cell_number(table, "mean_days_of_ended", ended ? days / (double)ended : NAN);
    cell_quantile(table, "median_days", steps, group->n, 50);
    cell_quantile(table, "p25_days", steps, group->n, 25);
    cell_quantile(table, "p75_days", steps, group->n, 75);
    cell_quantile(table, "p90_days", steps, group->n, 90);
}

static enum status put_months(struct metric_job *job, const struct asked *asked,
                              const struct stay_group *groups, size_t n, struct error *error)
{
    for (size_t i = 0; i < n; i++) {
        const struct bins *bins = models_bins(&asked->models, groups[i].model);
        size_t bin = bins ? bins_of(bins, groups[i].stage) : 0;
        if (bins == NULL || !is_asked(asked, bins, bin))
            continue;
        metric_row_period(job, metric_period_of(job, groups[i].since));
        cell_bin(job->table, bins, bin);
        cell_stays(job, &groups[i]);
        enum status status = metric_row_end(job->table, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static const struct stay_group *group_of(const struct stay_group *groups, size_t n, const struct bins *bins,
                                         size_t bin)
{
    for (size_t i = 0; i < n; i++)
        if (groups[i].model == bins->model->number && groups[i].stage == bins->bins[bin].stage->number)
            return &groups[i];
    return NULL;
}

/* A row for each stage of the present version, and for each older one in which somebody stayed. */
static enum status put_stages(struct metric_job *job, const struct asked *asked, const struct bins *bins,
                              const struct stay_group *groups, size_t n, struct error *error)
{
    static const struct stay_group nobody;
    for (size_t bin = 1; bin <= bins->n; bin++) {
        const struct stay_group *group = group_of(groups, n, bins, bin);
        if (!is_asked(asked, bins, bin) || (group == NULL && bin > bins->n_present))
            continue;
        cell_bin(job->table, bins, bin);
        cell_stays(job, group ? group : &nobody);
        enum status status = metric_row_end(job->table, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status evaluate_time_in_stage(struct metric_job *job, struct error *error)
{
    struct asked asked = {.by_month = false};
    struct stay_group *groups;
    size_t n;
    models_begin(job, LEVEL_STAGE, &asked.models);
    metric_columns(job, 0);
    enum status status = read_groups(job, &asked, &groups, &n, error);
    if (status == STATUS_OK && asked.by_month)
        return put_months(job, &asked, groups, n, error);
    for (size_t i = 0; i < asked.models.n && status == STATUS_OK; i++)
        status = put_stages(job, &asked, &asked.models.bins[i], groups, n, error);
    return status;
}

/* --- survival
 * ------------------------------------------------------------------------------------------------------- */

static enum status put_step(struct metric_job *job, const struct bins *bins, size_t bin,
                            const struct survival *step, struct error *error)
{
    struct metric_table *table = job->table;
    cell_bin(table, bins, bin);
    cell_int(table, "days", step->days);
    cell_int(table, "at_risk", step->at_risk);
    cell_int(table, "ended", step->ended);
    cell_int(table, "censored", step->censored);
    cell_number(table, "survival", step->left);
    cell_number(table, "standard_error", step->error);
    cell_number(table, "lower", step->lower);
    cell_number(table, "upper", step->upper);
    return metric_row_end(table, error);
}

/* The steps ${from} up to ${to} as one, which are of the days up to ${days}. */
static struct survival joined(const struct survival *from, const struct survival *to, int64_t days)
{
    struct survival sum = to[-1];
    sum.days = days;
    sum.at_risk = from->at_risk;
    sum.ended = sum.censored = 0;
    for (; from < to; from++) {
        sum.ended += from->ended;
        sum.censored += from->censored;
    }
    return sum;
}

static enum status put_curve(struct metric_job *job, const struct bins *bins, size_t bin,
                             const struct stay_group *group, int64_t step, struct error *error)
{
    struct survival *steps = curve(job->arena, group);
    struct survival start = {.at_risk = steps[0].at_risk, .left = 1, .lower = NAN, .upper = NAN};
    enum status status = steps[0].days > 0 ? put_step(job, bins, bin, &start, error) : STATUS_OK;
    for (size_t i = 0, end; i < group->n && status == STATUS_OK; i = end) {
        int64_t days = (steps[i].days + step - 1) / step * step;
        for (end = i + 1; end < group->n && steps[end].days <= days;)
            end++;
        struct survival row = joined(&steps[i], &steps[end], days);
        status = put_step(job, bins, bin, &row, error);
    }
    return status;
}

/* How many days are a row: one curve is drawn in full, all of them for a glance. */
static enum status read_step(const struct metric_job *job, int64_t *step, struct error *error)
{
    return metric_parameter_int(job, "step", 1, 366, metric_parameter(job, "stage").n ? 1 : 7, step, error);
}

enum status evaluate_survival(struct metric_job *job, struct error *error)
{
    struct asked asked = {.by_month = false};
    struct stay_group *groups;
    size_t n;
    int64_t step;
    models_begin(job, LEVEL_STAGE, &asked.models);
    metric_columns(job, 0);
    enum status status = read_step(job, &step, error);
    if (status == STATUS_OK)
        status = read_groups(job, &asked, &groups, &n, error);
    for (size_t i = 0; i < asked.models.n && status == STATUS_OK; i++) {
        const struct bins *bins = &asked.models.bins[i];
        for (size_t bin = 1; bin <= bins->n && status == STATUS_OK; bin++) {
            const struct stay_group *group = group_of(groups, n, bins, bin);
            if (group && is_asked(&asked, bins, bin))
                status = put_curve(job, bins, bin, group, step, error);
        }
    }
    return status;
}
