#include "metric_spread.h"

/* The metric funnel: how far customers come who were first seen in the months of the range. */

static const struct {
    enum funnel_step step;
    const char *key, *zh, *en;
} steps[] = {
    {STEP_SEEN, "seen", "首次出现", "First seen"},
    {STEP_LOOKED, "looked", "看过商品", "Looked at a product"},
    {STEP_CARTED, "carted", "加入购物车", "Put something into a cart"},
    {STEP_CHECKOUT, "checkout", "开始结账", "Started a checkout"},
    {STEP_ORDERED, "ordered", "首次下单", "First order"},
    {STEP_ORDERED_AGAIN, "ordered_again", "再次下单", "Second order"},
};

/* Have all who were first seen in the period had so many days? */
static bool is_mature(const struct metric_job *job, size_t period, int64_t days)
{
    bool is_total = job->interval == INTERVAL_TOTAL;
    int64_t end = is_total ? job->to_day : period_add(GRAIN_MONTH, metric_period_day(job, period), 1);
    return end - 1 + days < job->today;
}

static enum status put_period(struct metric_job *job, const struct spreads *days, size_t period,
                              int64_t within, struct error *error)
{
    struct metric_table *table = job->table;
    int64_t first = 0, previous = 0;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct spread spread = spreads_at(days, (int64_t)period, steps[i].step);
        first = i ? first : spread.n;
        metric_row_period(job, period);
        cell_text(table, "step", span_of(steps[i].key));
        cell_names(table, "name", steps[i].zh, steps[i].en);
        cell_int(table, "customers", spread.n);
        cell_rate(table, "rate", spread.n, first);
        if (i)
            cell_rate(table, "rate_of_previous", spread.n, previous);
        cell_known(table, "median_days", spread.median);
        cell_known(table, "p90_days", spread.p90);
        cell_bool(table, "mature", is_mature(job, period, within));
        enum status status = metric_row_end(table, error);
        if (status != STATUS_OK)
            return status;
        previous = spread.n;
    }
    return STATUS_OK;
}

enum status evaluate_funnel(struct metric_job *job, struct error *error)
{
    int64_t within;
    struct tallies tallies;
    struct spreads days = {.arena = job->arena};
    struct tally_range range = {.cube = CUBE_FUNNEL,
                                .from = job->from_day,
                                .to = job->to_day,
                                .sums_days = job->interval == INTERVAL_TOTAL};
    metric_columns(job, 0);
    enum status status = metric_parameter_int(job, "within", 0, FUNNEL_DAYS - 1, FUNNEL_DAYS, &within, error);
    if (status == STATUS_OK)
        status = metric_read(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tallies.n; i++) {
        const struct tally *tally = &tallies.rows[i];
        if (tally->key.b <= within)
            spreads_add(&days, (int64_t)metric_period_of(job, tally->key.day), tally->key.a, tally->key.b,
                        tally->n[0]);
    }
    spreads_sort(&days);
    for (size_t period = 0; period < metric_periods(job) && status == STATUS_OK; period++)
        status = put_period(job, &days, period, within, error);
    return status;
}
