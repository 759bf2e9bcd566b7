#include "crypto/digest.h"
#include "metric_job.h"

#include <math.h>

/* Channels and campaigns: what they cost, whom they reached and what they brought. */

static bool has_source(const struct metric_job *job)
{
    return (job->groups & (BY_CHANNEL | BY_CAMPAIGN)) != 0;
}

/* Sums of spend into n[${at}]: amount, impressions, clicks. */
static enum status add_spend(struct metric_job *job, struct metric_sums *sums, int at, struct error *error)
{
    struct metric_spend *rows;
    size_t n;
    enum status status = metric_spend_read(job, &rows, &n, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        int64_t *sum =
            metric_sums_source(job, sums, (int64_t)metric_period_of(job, rows[i].day), rows[i].channel, rows[i].campaign);
        sum[at] += rows[i].amount;
        sum[at + 1] += rows[i].impressions;
        sum[at + 2] += rows[i].clicks;
    }
    return status;
}

/* The first ${n} sums of each row of ${cube}, whose channel and campaign are in the key, into n[${at}] and on. */
static void add_rows(struct metric_job *job, const struct tallies *tallies, enum cube cube, int at, int n,
                     struct metric_sums *sums)
{
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *t = &tallies->rows[i];
        if (t->key.cube != cube)
            continue;
        bool is_first = cube == CUBE_LANDED || cube == CUBE_TOUCHED; /* else the dimension or attribution is */
        int64_t *sum = metric_sums_source(job, sums, (int64_t)metric_period_of(job, t->key.day),
                                          is_first ? t->key.a : t->key.b, is_first ? t->key.b : t->key.c);
        for (int k = 0; k < n; k++)
            sum[at + k] += t->n[k];
    }
}

/* --- acquisition ------------------------------------------------------------------------------------------------- */

/* Parts of the columns: core/metric_orders.c. */
#define OF_SPEND 1u

/* As ACQUIRED has them, then spend. */
enum { CUSTOMERS, ORDERS, REVENUE, ORDERS_30D, REVENUE_30D, REPEAT_CUSTOMERS, SPEND, IMPRESSIONS, CLICKS };

enum status evaluate_acquisition(struct metric_job *job, struct error *error)
{
    struct tally_range range = {.cube = CUBE_ACQUIRED};
    struct tallies tallies;
    struct metric_sums sums;
    range.has_a = true;
    range.a = has_source(job) ? DIMENSION_CHANNEL : DIMENSION_TOTAL;
    metric_columns(job, OF_SPEND);
    metric_sums_init(&sums, job->arena);
    enum status status = metric_read_periods(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    add_rows(job, &tallies, CUBE_ACQUIRED, CUSTOMERS, TALLY_SUMS, &sums);
    status = add_spend(job, &sums, SPEND, error);
    if (status == STATUS_OK)
        status = metric_sums_finish(job, &sums, true, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++) {
        const int64_t *n = sums.rows[i].n;
        metric_row_sum(job, &sums.rows[i]);
        cell_int(job->table, "new_customers", n[CUSTOMERS]);
        cell_int(job->table, "orders_30d", n[ORDERS_30D]);
        cell_rate(job->table, "frequency", n[ORDERS_30D], n[CUSTOMERS]);
        cell_money(job->table, "revenue_30d", n[REVENUE_30D]);
        cell_money_per(job->table, "value", n[REVENUE_30D], n[CUSTOMERS]);
        cell_money(job->table, "spend", n[SPEND]);
        cell_money_per(job->table, "cost_per_new_customer", n[SPEND], n[SPEND] ? n[CUSTOMERS] : 0);
        status = metric_row_end(job->table, error);
    }
    return status;
}

/* --- reach ------------------------------------------------------------------------------------------------------- */

enum { LANDED, CONVERTED, CONVERTED_30D, TOUCHES, REACH_SPEND, REACH_IMPRESSIONS, REACH_CLICKS };

enum status evaluate_reach(struct metric_job *job, struct error *error)
{
    struct tally_range ranges[] = {{.cube = CUBE_LANDED}, {.cube = CUBE_TOUCHED}};
    struct tallies tallies;
    struct metric_sums sums;
    metric_columns(job, 0);
    metric_sums_init(&sums, job->arena);
    enum status status = metric_read_periods(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    add_rows(job, &tallies, CUBE_LANDED, LANDED, 3, &sums);
    add_rows(job, &tallies, CUBE_TOUCHED, TOUCHES, 1, &sums);
    status = add_spend(job, &sums, REACH_SPEND, error);
    if (status == STATUS_OK)
        status = metric_sums_finish(job, &sums, true, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++) {
        const int64_t *n = sums.rows[i].n;
        metric_row_sum(job, &sums.rows[i]);
        cell_int(job->table, "landed", n[LANDED]);
        cell_int(job->table, "converted", n[CONVERTED]);
        cell_rate(job->table, "landing_conversion", n[CONVERTED], n[LANDED]);
        cell_int(job->table, "converted_30d", n[CONVERTED_30D]);
        cell_rate(job->table, "landing_conversion_30d", n[CONVERTED_30D], n[LANDED]);
        cell_int(job->table, "touches", n[TOUCHES]);
        cell_int(job->table, "impressions", n[REACH_IMPRESSIONS]);
        cell_int(job->table, "clicks", n[REACH_CLICKS]);
        cell_rate(job->table, "click_through_rate", n[REACH_CLICKS], n[REACH_IMPRESSIONS]);
        status = metric_row_end(job->table, error);
    }
    return status;
}

/* --- marketing --------------------------------------------------------------------------------------------------- */

/* As ATTRIBUTED has them, then spend. */
enum { SHARED_ORDERS, ATTRIBUTED_REVENUE, SHARED_CUSTOMERS, PAID };

static enum status put_marketing(struct metric_job *job, const struct metric_sum *sum, struct error *error)
{
    const int64_t *n = sum->n;
    metric_row_sum(job, sum);
    cell_rate(job->table, "roi", n[ATTRIBUTED_REVENUE] - n[PAID], n[PAID]);
    cell_money(job->table, "spend", n[PAID]);
    cell_money(job->table, "revenue", n[ATTRIBUTED_REVENUE]);
    cell_rate(job->table, "orders", n[SHARED_ORDERS], SHARES);
    cell_rate(job->table, "new_customers", n[SHARED_CUSTOMERS], SHARES);
    cell_rate(job->table, "revenue_per_spend", n[ATTRIBUTED_REVENUE], n[PAID]);
    return metric_row_end(job->table, error);
}

enum status evaluate_marketing(struct metric_job *job, struct error *error)
{
    static const char *const words[] = {"last", "first", "linear"};
    static const enum attribution attributions[] = {ATTRIBUTION_LAST, ATTRIBUTION_FIRST, ATTRIBUTION_LINEAR};
    struct tally_range range = {.cube = CUBE_ATTRIBUTED};
    struct tallies tallies;
    struct metric_sums sums;
    size_t word;
    enum status status = metric_parameter_word(job, "attribution", words, COUNT_OF(words), &word, error);
    if (status != STATUS_OK)
        return status;
    range.has_a = true;
    range.a = attributions[word];
    metric_member_text(job->table, "attribution", span_of(words[word]));
    metric_columns(job, 0);
    metric_sums_init(&sums, job->arena);
    status = metric_read_periods(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    add_rows(job, &tallies, CUBE_ATTRIBUTED, SHARED_ORDERS, 3, &sums);
    status = add_spend(job, &sums, PAID, error);
    if (status == STATUS_OK)
        status = metric_sums_finish(job, &sums, true, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++)
        status = put_marketing(job, &sums.rows[i], error);
    return status;
}

/* --- referrals --------------------------------------------------------------------------------------------------- */

#define REFERRAL "referral" /* the channel */

enum { REFERRALS, REFERRED, REFERRED_ORDERS, REFERRED_REVENUE };

static void add_referrals(struct metric_job *job, const struct tallies *tallies, struct metric_sums *sums)
{
    int64_t channel = (int64_t)hash_text(span_of(REFERRAL));
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *t = &tallies->rows[i];
        if (t->key.cube == CUBE_ACQUIRED && t->key.b != channel)
            continue;
        int64_t *n = metric_sums_at(sums, (int64_t)metric_period_of(job, t->key.day), 0, 0);
        if (t->key.cube == CUBE_ACTS) {
            n[REFERRALS] += t->n[0];
            continue;
        }
        n[REFERRED] += t->n[CUSTOMERS];
        n[REFERRED_ORDERS] += t->n[ORDERS];
        n[REFERRED_REVENUE] += t->n[REVENUE];
    }
}

enum status evaluate_referrals(struct metric_job *job, struct error *error)
{
    struct tally_range ranges[] = {{.cube = CUBE_ACTS}, {.cube = CUBE_ACQUIRED}};
    struct tallies tallies;
    struct metric_sums sums;
    ranges[0].has_a = ranges[1].has_a = true;
    ranges[0].a = EVENT_REFERRAL_MADE;
    ranges[1].a = DIMENSION_CHANNEL;
    metric_columns(job, 0);
    metric_sums_init(&sums, job->arena);
    enum status status = metric_read_periods(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    add_referrals(job, &tallies, &sums);
    status = metric_sums_finish(job, &sums, true, error);
    for (size_t i = 0; status == STATUS_OK && i < sums.n; i++) {
        const int64_t *n = sums.rows[i].n;
        metric_row_sum(job, &sums.rows[i]);
        cell_int(job->table, "referrals", n[REFERRALS]);
        cell_int(job->table, "new_customers", n[REFERRED]);
        cell_int(job->table, "orders", n[REFERRED_ORDERS]);
        cell_money(job->table, "revenue", n[REFERRED_REVENUE]);
        cell_money_per(job->table, "value_per_customer", n[REFERRED_REVENUE], n[REFERRED]);
        status = metric_row_end(job->table, error);
    }
    return status;
}
