#include "metric_job.h"

#include <math.h>
#include <stdlib.h>

/* Customers by when they ordered first, and what became of them. */

/* --- cohorts ----------------------------------------------------------------------------------------------------- */

struct cohort_cell {
    int64_t customers, orders, revenue;
};

/* A row for each cohort, a column for each period from the first cohort's on. */
struct cohort_grid {
    size_t n_cohorts, n_periods;
    struct cohort_cell *cells;
};

static struct cohort_cell *cell_at(const struct cohort_grid *grid, size_t cohort, size_t period)
{
    return &grid->cells[cohort * grid->n_periods + period];
}

static void fill_grid(const struct metric_job *job, const struct tallies *tallies, struct cohort_grid *grid)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *t = &tallies->rows[i];
        if (t->key.b < job->from_day || t->key.b >= job->to_day)
            continue;
        struct cohort_cell *at = cell_at(grid, (size_t)period_between(job->grain, job->from_day, t->key.b),
                                         (size_t)period_between(job->grain, job->from_day, t->key.day));
        at->customers += t->n[0];
        at->orders += t->n[1];
        at->revenue += t->n[2];
    }
}

static enum status put_cohort(struct metric_job *job, const struct cohort_grid *grid, size_t cohort, size_t period,
                              struct error *error)
{
    struct metric_table *table = job->table;
    const struct cohort_cell *first = cell_at(grid, cohort, cohort), *at = cell_at(grid, cohort, period);
    int64_t day = period_add(job->grain, job->from_day, (int64_t)period);
    cell_date(table, "cohort", period_add(job->grain, job->from_day, (int64_t)cohort));
    metric_row_day(job, "period", day);
    cell_int(table, "age", (int64_t)(period - cohort));
    cell_bool(table, "complete", period_add(job->grain, day, 1) <= job->today);
    cell_int(table, "customers", at->customers);
    cell_rate(table, "rate", at->customers, first->customers);
    cell_int(table, "orders", at->orders);
    cell_money(table, "revenue", at->revenue);
    cell_rate(table, "revenue_rate", at->revenue, first->revenue);
    return metric_row_end(table, error);
}

enum status evaluate_cohorts(struct metric_job *job, struct error *error)
{
    struct tally_range range = {.cube = CUBE_COHORT,
                                .from = job->from_day,
                                .to = job->today + 1,
                                .has_a = true,
                                .a = (int64_t)job->grain};
    struct tallies tallies;
    struct cohort_grid grid = {.n_cohorts = metric_periods(job),
                               .n_periods = (size_t)period_between(job->grain, job->from_day, job->today) + 1};
    size_t n_later = grid.n_periods - grid.n_cohorts;
    metric_columns_groups(job);
    metric_columns_own(job, 0);
    enum status status = metric_rows_check(grid.n_cohorts * (grid.n_cohorts + 1) / 2 + grid.n_cohorts * n_later, error);
    if (status == STATUS_OK)
        status = metric_read(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    grid.cells = ARENA_ARRAY(job->arena, struct cohort_cell, grid.n_cohorts * grid.n_periods);
    fill_grid(job, &tallies, &grid);
    for (size_t cohort = 0; cohort < grid.n_cohorts; cohort++)
        for (size_t period = cohort; status == STATUS_OK && period < grid.n_periods; period++)
            status = put_cohort(job, &grid, cohort, period, error);
    return status;
}

/* --- customers acquired: lifetime value and loyalty -------------------------------------------------------------- */

/* As ACQUIRED has them. */
enum { CUSTOMERS, ORDERS, REVENUE, ORDERS_30D, REVENUE_30D, REPEAT_CUSTOMERS };

/* ACQUIRED by what is asked for; a cohort is the period of its row: its first day. */
static enum status read_acquired(struct metric_job *job, struct metric_sums *sums, struct error *error)
{
    bool has_source = (job->groups & (BY_CHANNEL | BY_CAMPAIGN)) != 0, has_cohort = (job->groups & BY_COHORT) != 0;
    struct tally_range range = {.cube = CUBE_ACQUIRED,
                                .from = job->from_day,
                                .to = job->to_day,
                                .has_a = true,
                                .a = has_source ? DIMENSION_CHANNEL : DIMENSION_TOTAL,
                                .sums_days = !has_cohort};
    struct tallies tallies;
    metric_sums_init(sums, job->arena);
    enum status status = has_cohort ? metric_months_check(job, "by cohort", error) : STATUS_OK;
    if (status == STATUS_OK)
        status = metric_read(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tallies.n; i++) {
        const struct tally *t = &tallies.rows[i];
        int64_t period = has_cohort ? period_begin(GRAIN_MONTH, t->key.day) : 0;
        int64_t *n = metric_sums_source(job, sums, period, t->key.b, t->key.c);
        for (int k = 0; k < TALLY_SUMS; k++)
            n[k] += t->n[k];
    }
    if (!has_source && !has_cohort)
        (void)metric_sums_at(sums, 0, 0, 0);
    return metric_sums_finish(job, sums, false, error);
}

/* All of whom have gone: their orders were cancelled or refunded. */
static bool is_nobody(const struct metric_job *job, const struct metric_sum *sum)
{
    return (job->groups & ~(unsigned)BY_CURRENCY) != 0 && sum->n[CUSTOMERS] == 0 && sum->n[ORDERS] == 0;
}

static void put_acquired_keys(struct metric_job *job, const struct metric_sum *sum)
{
    metric_row_sum(job, sum);
    if (job->groups & BY_COHORT)
        cell_date(job->table, "cohort", sum->period);
}

enum status evaluate_clv(struct metric_job *job, struct error *error)
{
    struct metric_sums sums;
    metric_columns(job, 0);
    enum status status = read_acquired(job, &sums, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++) {
        const int64_t *n = sums.rows[i].n;
        if (is_nobody(job, &sums.rows[i]))
            continue;
        put_acquired_keys(job, &sums.rows[i]);
        cell_int(job->table, "customers", n[CUSTOMERS]);
        cell_money_per(job->table, "revenue_per_customer", n[REVENUE], n[CUSTOMERS]);
        cell_rate(job->table, "orders_per_customer", n[ORDERS], n[CUSTOMERS]);
        cell_money(job->table, "revenue", n[REVENUE]);
        cell_int(job->table, "orders", n[ORDERS]);
        status = metric_row_end(job->table, error);
    }
    return status;
}

enum status evaluate_loyalty(struct metric_job *job, struct error *error)
{
    struct metric_sums sums;
    metric_columns(job, 0);
    enum status status = read_acquired(job, &sums, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++) {
        const int64_t *n = sums.rows[i].n;
        if (is_nobody(job, &sums.rows[i]))
            continue;
        put_acquired_keys(job, &sums.rows[i]);
        cell_int(job->table, "customers", n[CUSTOMERS]);
        cell_int(job->table, "repeat_customers", n[REPEAT_CUSTOMERS]);
        cell_rate(job->table, "repeat_rate", n[REPEAT_CUSTOMERS], n[CUSTOMERS]);
        cell_int(job->table, "orders", n[ORDERS]);
        cell_rate(job->table, "orders_per_customer", n[ORDERS], n[CUSTOMERS]);
        status = metric_row_end(job->table, error);
    }
    return status;
}

/* --- the second order -------------------------------------------------------------------------------------------- */

/* Parts of the columns: core/metric_orders.c. */
#define OF_ALL  1u
#define OF_DAYS 2u

struct gap {
    int64_t cohort; /* 0: all as one */
    int64_t days;
    int64_t customers;
};

struct gaps {
    struct gap *rows; /* by cohort and days */
    size_t n;
    struct metric_sums acquired; /* by cohort: customers */
};

static int compare_gaps(const void *a, const void *b)
{
    const struct gap *x = a, *y = b;
    if (x->cohort != y->cohort)
        return x->cohort < y->cohort ? -1 : 1;
    return (x->days > y->days) - (x->days < y->days);
}

static enum status read_gaps(struct metric_job *job, struct gaps *gaps, struct error *error)
{
    bool has_cohort = (job->groups & BY_COHORT) != 0;
    struct tally_range ranges[] = {
        {.cube = CUBE_SECOND, .from = job->from_day, .to = job->to_day, .sums_days = !has_cohort},
        {.cube = CUBE_ACQUIRED,
         .from = job->from_day,
         .to = job->to_day,
         .has_a = true,
         .a = DIMENSION_TOTAL,
         .sums_days = !has_cohort},
    };
    struct tallies tallies;
    enum status status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    metric_sums_init(&gaps->acquired, job->arena);
    gaps->rows = ARENA_ARRAY(job->arena, struct gap, tallies.n);
    for (size_t i = 0; i < tallies.n; i++) {
        const struct tally *t = &tallies.rows[i];
        int64_t cohort = has_cohort ? period_begin(GRAIN_MONTH, t->key.day) : 0;
        if (t->key.cube == CUBE_ACQUIRED)
            metric_sums_at(&gaps->acquired, cohort, 0, 0)[0] += t->n[0];
        else if (t->n[0])
            gaps->rows[gaps->n++] = (struct gap){.cohort = cohort, .days = t->key.a, .customers = t->n[0]};
    }
    if (!has_cohort)
        (void)metric_sums_at(&gaps->acquired, 0, 0, 0);
    if (gaps->n > 1)
        qsort(gaps->rows, gaps->n, sizeof(*gaps->rows), compare_gaps);
    return metric_sums_finish(job, &gaps->acquired, false, error);
}

/* Nearest rank: the least number of days within which the share ${q} of them have ordered. */
static int64_t quantile(const struct gap *rows, size_t n, int64_t all, double q)
{
    int64_t rank = (int64_t)ceil(q * (double)all), sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += rows[i].customers;
        if (sum >= rank)
            return rows[i].days;
    }
    return rows[n - 1].days;
}

static enum status put_gaps(struct metric_job *job, int64_t cohort, int64_t customers, const struct gap *rows, size_t n,
                            struct error *error)
{
    struct metric_table *table = job->table;
    int64_t all = 0, days = 0;
    for (size_t i = 0; i < n; i++) {
        all += rows[i].customers;
        days += rows[i].customers * rows[i].days;
    }
    if (job->groups & BY_COHORT)
        cell_date(table, "cohort", cohort);
    cell_int(table, "customers", customers);
    cell_int(table, "reordered", all);
    cell_rate(table, "rate", all, customers);
    if (all) {
        cell_int(table, "median_days", quantile(rows, n, all, 0.5));
        cell_int(table, "p90_days", quantile(rows, n, all, 0.9));
    }
    cell_rate(table, "mean_days", days, all);
    return metric_row_end(table, error);
}

static enum status put_distribution(struct metric_job *job, const struct gaps *gaps, struct error *error)
{
    enum status status = STATUS_OK;
    int64_t all = 0, sum = 0;
    for (size_t i = 0; i < gaps->n; i++)
        all += gaps->rows[i].customers;
    for (size_t i = 0; status == STATUS_OK && i < gaps->n; i++) {
        sum += gaps->rows[i].customers;
        cell_int(job->table, "days", gaps->rows[i].days);
        cell_int(job->table, "reordered", gaps->rows[i].customers);
        cell_rate(job->table, "share", gaps->rows[i].customers, all);
        cell_rate(job->table, "cumulative_share", sum, all);
        status = metric_row_end(job->table, error);
    }
    return status;
}

enum status evaluate_second_order(struct metric_job *job, struct error *error)
{
    struct gaps gaps = {.n = 0};
    bool has_days = (job->groups & BY_DAYS) != 0;
    metric_columns(job, has_days ? OF_DAYS : OF_ALL);
    enum status status = read_gaps(job, &gaps, error);
    if (status != STATUS_OK)
        return status;
    if (has_days)
        return put_distribution(job, &gaps, error);
    for (size_t i = 0, first = 0; status == STATUS_OK && i < gaps.acquired.n; i++) {
        const struct metric_sum *sum = &gaps.acquired.rows[i];
        while (first < gaps.n && gaps.rows[first].cohort < sum->period)
            first++;
        size_t n = 0;
        while (first + n < gaps.n && gaps.rows[first + n].cohort == sum->period)
            n++;
        if (sum->n[0] || n || !(job->groups & BY_COHORT))
            status = put_gaps(job, sum->period, sum->n[0], gaps.rows + first, n, error);
    }
    return status;
}
