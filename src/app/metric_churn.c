#include "metric_stage.h"

/* The metric churn: who is lost and who is won back, by the roles of stages. */

/* --- counting
 * ------------------------------------------------------------------------------------------------------ */

/* What one bin has to do with it; bin 0: those who were nowhere before. */
struct count {
    int64_t customers; /* at the start, neither prospects nor lost */
    int64_t lost;      /* at the start */
    int64_t churned;   /* from here */
    int64_t came;      /* churned, to here */
    int64_t won_back;  /* from here */
    int64_t at_risk;   /* at the end */
    int64_t revenue;   /* of those who are at risk now */
};

static bool is_customer(enum role role)
{
    return role != ROLE_NONE && role != ROLE_PROSPECT && role != ROLE_LOST;
}

static void count_start(const struct bins *bins, const struct headcount *standing, struct count *counts)
{
    for (int stage = 1; stage < STAGE_NUMBERS; stage++) {
        int64_t n = standing->n[bins->model->number - 1][stage];
        enum role role = bins_role(bins, stage);
        counts[bins_of(bins, stage)].customers += is_customer(role) ? n : 0;
        counts[bins_of(bins, stage)].lost += role == ROLE_LOST ? n : 0;
    }
}

/* Who comes from nowhere is of the model, too, when that is what the row tells. */
static size_t bin_left(const struct bins *bins, int64_t stage)
{
    return bins->level == LEVEL_MODEL ? 1 : bins_of(bins, stage);
}

static void count_move(const struct bins *bins, const struct tally *move, struct count *counts)
{
    enum role from = bins_role(bins, move->key.b), to = bins_role(bins, move->key.c);
    if (to == ROLE_LOST && from != ROLE_LOST) {
        counts[bin_left(bins, move->key.b)].churned += move->n[0];
        counts[bins_of(bins, move->key.c)].came += move->n[0];
    }
    if (from == ROLE_LOST && to != ROLE_LOST && to != ROLE_NONE)
        counts[bins_of(bins, move->key.b)].won_back += move->n[0];
}

static void count_end(const struct bins *bins, const struct flow *flow, struct count *counts)
{
    int model = bins->model->number;
    for (size_t i = 0; i < flow->n_moves; i++)
        if (flow->moves[i].key.a == model)
            count_move(bins, &flow->moves[i], counts);
    for (int stage = 1; stage < STAGE_NUMBERS; stage++)
        if (bins_role(bins, stage) == ROLE_AT_RISK)
            counts[bins_of(bins, stage)].at_risk += flow->standing.n[model - 1][stage];
}

static void count_revenue(const struct bins *bins, const struct tallies *tallies, struct count *counts)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *tally = &tallies->rows[i];
        if (tally->key.cube == CUBE_STANDING && tally->key.a == bins->model->number &&
            bins_role(bins, tally->key.b) == ROLE_AT_RISK)
            counts[bins_of(bins, tally->key.b)].revenue += tally->n[1];
    }
}

/* --- rows
 * ------------------------------------------------------------------------------------------------------------
 */

/* Which parts of a count a row tells: a stage has those of its role. */
struct telling {
    bool leavers, customers, lost, at_risk, revenue;
};

static struct telling telling_of(const struct bins *bins, size_t bin, bool is_now)
{
    enum role role = bins->bins[bin].role;
    if (bins->level == LEVEL_MODEL)
        return (struct telling){true, true, true, true, is_now};
    return (struct telling){.leavers = role != ROLE_LOST,
                            .customers = is_customer(role),
                            .lost = role == ROLE_LOST,
                            .at_risk = role == ROLE_AT_RISK,
                            .revenue = role == ROLE_AT_RISK && is_now};
}

static void cell_count(struct metric_table *table, const struct telling *tells, const struct count *count)
{
    if (tells->leavers)
        cell_int(table, "churned", count->churned);
    if (tells->customers) {
        cell_int(table, "customers_at_start", count->customers);
        cell_rate(table, "churn_rate", count->churned, count->customers);
    }
    if (tells->lost) {
        cell_int(table, "lost_at_start", count->lost);
        cell_int(table, "won_back", count->won_back);
        cell_rate(table, "win_back_rate", count->won_back, count->lost + count->came);
    }
    if (tells->at_risk)
        cell_int(table, "at_risk", count->at_risk);
    if (tells->revenue)
        cell_money(table, "revenue_at_risk", count->revenue);
}

static bool is_empty(const struct count *count)
{
    return count->customers == 0 && count->lost == 0 && count->churned == 0 && count->came == 0 &&
           count->won_back == 0 && count->at_risk == 0;
}

static enum status put_model(struct metric_job *job, const struct bins *bins, const struct count *counts,
                             size_t period, bool is_now, struct error *error)
{
    for (size_t bin = 0; bin <= bins->n; bin++) {
        if ((bin == 0 || bin > bins->n_present) && is_empty(&counts[bin]))
            continue;
        struct telling tells = telling_of(bins, bin, is_now);
        metric_row_period(job, period);
        cell_bin(job->table, bins, bin);
        cell_count(job->table, &tells, &counts[bin]);
        enum status status = metric_row_end(job->table, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status put_periods(struct metric_job *job, const struct models *models, struct flow *flow,
                               const struct tallies *tallies, struct error *error)
{
    struct headcount *before = ARENA_NEW(job->arena, struct headcount);
    size_t n = metric_periods(job);
    enum status status = STATUS_OK;
    for (size_t period = 0; period < n; period++) {
        bool is_now = period + 1 == n && job->to_day > job->today;
        *before = flow->standing;
        metric_flow_advance(job, flow, period);
        for (int i = 0; i < MODEL_SLOTS && status == STATUS_OK; i++) {
            struct count counts[STAGE_NUMBERS] = {{0}};
            const struct bins *bins = models->of[i];
            if (bins == NULL)
                continue;
            count_start(bins, before, counts);
            count_end(bins, flow, counts);
            count_revenue(bins, tallies, counts);
            status = put_model(job, bins, counts, period, is_now, error);
        }
    }
    return status;
}

enum status evaluate_churn(struct metric_job *job, struct error *error)
{
    struct models models;
    struct tallies tallies;
    struct flow *flow = ARENA_NEW(job->arena, struct flow);
    models_begin(job, LEVEL_MODEL, &models);
    enum status status = models_with_lost(job, &models, error);
    if (status != STATUS_OK)
        return status;
    metric_columns(job, models.level == LEVEL_STAGE ? PART_STAGE : 0);
    status = metric_flow_begin(job, flow, &tallies, error);
    return status == STATUS_OK ? put_periods(job, &models, flow, &tallies, error) : status;
}
