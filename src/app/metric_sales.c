#include "metric_job.h"

/* What was sold, to whom it was new, and what it grew to. */

/* Parts of the columns of sales: core/metric_orders.c. */
#define OF_ORDERS 1u
#define OF_LINES  2u

/* --- sales ------------------------------------------------------------------------------------------------------- */

enum { ORDERS, REVENUE, GROSS, DISCOUNTS, COUPON_ORDERS, NEW_CUSTOMERS, UNITS };

static enum dimension sales_dimension(const struct metric_job *job)
{
    if (job->groups & (BY_CHANNEL | BY_CAMPAIGN))
        return DIMENSION_CHANNEL;
    return job->groups & BY_COUNTRY ? DIMENSION_COUNTRY : DIMENSION_TOTAL;
}

static void add_sales(struct metric_job *job, const struct tallies *tallies, struct metric_sums *sums)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *t = &tallies->rows[i];
        int64_t period = (int64_t)metric_period_of(job, t->key.day);
        int64_t *n = job->groups & BY_COUNTRY ? metric_sums_at(sums, period, t->key.b, 0)
                                              : metric_sums_source(job, sums, period, t->key.b, t->key.c);
        for (int k = 0; k < TALLY_SUMS; k++)
            n[ORDERS + k] += t->n[k];
    }
}

static void add_sold(struct metric_job *job, const struct tallies *tallies, struct metric_sums *sums)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *t = &tallies->rows[i];
        int64_t *n = metric_sums_at(sums, (int64_t)metric_period_of(job, t->key.day), t->key.a, 0);
        n[ORDERS] += t->n[0];
        n[UNITS] += t->n[1];
        n[REVENUE] += t->n[2];
    }
}

static enum status put_sales(struct metric_job *job, const struct metric_sum *sum, struct error *error)
{
    struct metric_table *table = job->table;
    const int64_t *n = sum->n;
    metric_row_sum(job, sum);
    cell_int(table, "orders", n[ORDERS]);
    cell_money(table, "revenue", n[REVENUE]);
    cell_money(table, "gross", n[GROSS]);
    cell_money(table, "refunded", n[GROSS] - n[REVENUE]);
    cell_money(table, "discounts", n[DISCOUNTS]);
    cell_money_per(table, "average_order_value", n[REVENUE], n[ORDERS]);
    cell_int(table, "coupon_orders", n[COUPON_ORDERS]);
    cell_rate(table, "coupon_share", n[COUPON_ORDERS], n[ORDERS]);
    cell_int(table, "new_customers", n[NEW_CUSTOMERS]);
    cell_rate(table, "units", n[UNITS], 1000);
    return metric_row_end(table, error);
}

enum status evaluate_sales(struct metric_job *job, struct error *error)
{
    bool is_sold = (job->groups & BY_CATEGORY) != 0;
    struct tally_range range = {.cube = is_sold ? CUBE_SOLD : CUBE_SALES,
                                .has_a = !is_sold,
                                .a = (int64_t)sales_dimension(job)};
    struct tallies tallies;
    struct metric_sums sums;
    metric_columns(job, is_sold ? OF_LINES : OF_ORDERS);
    metric_sums_init(&sums, job->arena);
    enum status status = metric_read_periods(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    if (is_sold)
        add_sold(job, &tallies, &sums);
    else
        add_sales(job, &tallies, &sums);
    status = metric_sums_finish(job, &sums, true, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++)
        status = put_sales(job, &sums.rows[i], error);
    return status;
}

/* --- growth ------------------------------------------------------------------------------------------------------ */

/* As GROWTH has them, then those of SALES. */
enum { NEW, RETAINED, RESURRECTED, DORMANT, RETAINED_REVENUE, RESURRECTED_REVENUE, SOLD_ORDERS, SOLD_REVENUE };

static enum status put_growth(struct metric_job *job, size_t period, const int64_t *before, const int64_t *n,
                              struct error *error)
{
    struct metric_table *table = job->table;
    int64_t active = n[NEW] + n[RETAINED] + n[RESURRECTED];
    metric_row_period(job, period);
    cell_int(table, "active", active);
    cell_int(table, "new", n[NEW]);
    cell_int(table, "retained", n[RETAINED]);
    cell_int(table, "resurrected", n[RESURRECTED]);
    cell_int(table, "dormant", n[DORMANT]);
    cell_int(table, "net_growth", n[NEW] + n[RESURRECTED] - n[DORMANT]);
    cell_rate(table, "retention_rate", n[RETAINED], n[RETAINED] + n[DORMANT]);
    cell_money(table, "revenue", n[SOLD_REVENUE]);
    cell_money(table, "new_revenue", n[SOLD_REVENUE] - n[RETAINED_REVENUE] - n[RESURRECTED_REVENUE]);
    cell_money(table, "retained_revenue", n[RETAINED_REVENUE]);
    cell_money(table, "resurrected_revenue", n[RESURRECTED_REVENUE]);
    cell_rate(table, "revenue_retention", n[RETAINED_REVENUE], before[SOLD_REVENUE]);
    cell_int(table, "orders", n[SOLD_ORDERS]);
    cell_rate(table, "orders_per_active_customer", n[SOLD_ORDERS], active);
    return metric_row_end(table, error);
}

enum status evaluate_growth(struct metric_job *job, struct error *error)
{
    int64_t before = period_add(job->grain, job->from_day, -1);
    struct tally_range ranges[] = {
        {.cube = CUBE_GROWTH, .from = job->from_day, .to = job->to_day, .has_a = true, .a = (int64_t)job->grain},
        {.cube = CUBE_SALES, .from = before, .to = job->to_day, .has_a = true, .a = DIMENSION_TOTAL},
    };
    struct tallies tallies;
    size_t n_periods = metric_periods(job);
    metric_columns(job, 0);
    enum status status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    int64_t(*sums)[8] = arena_array(job->arena, n_periods + 1, sizeof(*sums)); /* with the period before */
    for (size_t i = 0; i < tallies.n; i++) {
        const struct tally *t = &tallies.rows[i];
        int64_t *n = sums[period_between(job->grain, before, t->key.day)];
        for (int k = 0; k < TALLY_SUMS && t->key.cube == CUBE_GROWTH; k++)
            n[NEW + k] += t->n[k];
        if (t->key.cube == CUBE_SALES) {
            n[SOLD_ORDERS] += t->n[0];
            n[SOLD_REVENUE] += t->n[1];
        }
    }
    for (size_t i = 0; status == STATUS_OK && i < n_periods; i++)
        status = put_growth(job, i, sums[i], sums[i + 1], error);
    return status;
}

/* --- cross-sell -------------------------------------------------------------------------------------------------- */

enum status evaluate_cross_sell(struct metric_job *job, struct error *error)
{
    struct tally_range range = {.cube = CUBE_CROSSED};
    struct tallies tallies;
    struct metric_sums sums;
    metric_columns(job, 0);
    metric_sums_init(&sums, job->arena);
    enum status status = metric_read_periods(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tallies.n; i++) {
        int64_t *n = metric_sums_at(&sums, (int64_t)metric_period_of(job, tallies.rows[i].key.day), 0, 0);
        for (int k = 0; k < 4; k++)
            n[k] += tallies.rows[i].n[k];
    }
    status = metric_sums_finish(job, &sums, true, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++) {
        const int64_t *n = sums.rows[i].n;
        metric_row_sum(job, &sums.rows[i]);
        cell_rate(job->table, "cross_sell_rate", n[1], n[0]);
        cell_int(job->table, "repeat_orders", n[0]);
        cell_int(job->table, "crossing_orders", n[1]);
        cell_int(job->table, "customers", n[3]);
        cell_int(job->table, "broad_customers", n[2]);
        status = metric_row_end(job->table, error);
    }
    return status;
}
