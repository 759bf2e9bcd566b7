#include "metric_stage.h"
#include "wire/customer.h"

#include <math.h>

/* The key figures of a range and of as many days before it. */

enum sum {
    NOTHING, /* 0 */
    ORDERS,  /* these six as SALES has them */
    REVENUE,
    GROSS,
    DISCOUNTS,
    COUPON_ORDERS,
    NEW_CUSTOMERS,
    SPEND,
    REFERRALS,
    REVIEWS,
    COMPLAINTS,
    NPS_ANSWERS,
    NPS_NET, /* hundred times promoters less detractors */
    CHURNED,
    WON_BACK,
    SUMS
};

/* Name, Chinese, English, unit: (part - less) / whole; whole NOTHING: not divided. */
static const struct figure {
    const char *name, *zh, *en, *unit;
    enum sum part, less, whole;
} figures[] = {
    {"revenue", "收入", "Revenue", "money", REVENUE, NOTHING, NOTHING},
    {"orders", "订单数", "Orders", "orders", ORDERS, NOTHING, NOTHING},
    {"average_order_value", "平均订单金额", "Average order value", "money", REVENUE, NOTHING, ORDERS},
    {"new_customers", "新客户数", "New customers", "customers", NEW_CUSTOMERS, NOTHING, NOTHING},
    {"repeat_order_share", "老客户订单占比", "Share of orders that are not a customer's first", "share", ORDERS, NEW_CUSTOMERS, ORDERS},
    {"refunded", "退款", "Refunded", "money", GROSS, REVENUE, NOTHING},
    {"discounts", "优惠", "Discounts", "money", DISCOUNTS, NOTHING, NOTHING},
    {"coupon_share", "用券订单占比", "Share of orders with a coupon", "share", COUPON_ORDERS, NOTHING, ORDERS},
    {"spend", "广告花费", "Spend on advertising", "money", SPEND, NOTHING, NOTHING},
    {"cost_per_new_customer", "获客成本", "Cost of a new customer", "money", SPEND, NOTHING, NEW_CUSTOMERS},
    {"churned", "流失客户数", "Churned customers", "customers", CHURNED, NOTHING, NOTHING},
    {"won_back", "赢回客户数", "Customers won back", "customers", WON_BACK, NOTHING, NOTHING},
    {"referrals", "推荐次数", "Referrals", "referrals", REFERRALS, NOTHING, NOTHING},
    {"reviews", "评价数", "Reviews", "reviews", REVIEWS, NOTHING, NOTHING},
    {"complaints", "投诉数", "Complaints", "complaints", COMPLAINTS, NOTHING, NOTHING},
    {"nps", "净推荐值", "Net promoter score", "points", NPS_NET, NOTHING, NPS_ANSWERS},
};

/* --- sums ------------------------------------------------------------------------------------------------------- */

/* As the metric churn counts: between roles, not between stages of one role; who comes from nowhere is lost, too. */
static void add_move(const struct model_history *history, const struct tally *t, int64_t *n)
{
    const struct stage *from = history_stage(history, (int)t->key.b), *to = history_stage(history, (int)t->key.c);
    bool was_lost = from && from->role == ROLE_LOST, is_lost = to && to->role == ROLE_LOST;
    n[CHURNED] += !was_lost && is_lost ? t->n[0] : 0;
    n[WON_BACK] += was_lost && to && !is_lost ? t->n[0] : 0;
}

static void add(const struct metric_job *job, const struct tally *t, int64_t *n)
{
    switch ((int)t->key.cube) {
    case CUBE_SALES:
        for (int k = 0; k < TALLY_SUMS; k++)
            n[ORDERS + k] += t->n[k];
        return;
    case CUBE_MOVES: add_move(&job->definitions->models[job->model->number - 1], t, n); return;
    case CUBE_SURVEY: /* promoters answer 9 or 10, detractors at most 6 */
        n[NPS_ANSWERS] += t->n[0];
        n[NPS_NET] += t->key.b >= 9 ? 100 * t->n[0] : t->key.b <= 6 ? -100 * t->n[0] : 0;
        return;
    case CUBE_ACTS:
        n[REFERRALS] += t->key.a == EVENT_REFERRAL_MADE ? t->n[0] : 0;
        n[REVIEWS] += t->key.a == EVENT_PRODUCT_REVIEWED ? t->n[0] : 0;
        n[COMPLAINTS] += t->key.a == EVENT_COMPLAINT_OPENED ? t->n[0] : 0;
        return;
    }
}

/* The model by which customers churn unless one is asked for: the first in force by which they can. */
static void choose_model(struct metric_job *job)
{
    for (int i = 0; job->model == NULL && i < job->definitions->n_models; i++) {
        const struct model *model = model_at(&job->definitions->models[i], job->now);
        job->model = model && !model->is_withdrawn && model_has_lost(model) ? model : NULL;
    }
}

static enum status add_spend(const struct metric_job *job, int64_t from, int64_t to, int64_t *n, struct error *error)
{
    struct metric_job part = *job;
    struct metric_spend *rows;
    size_t n_rows;
    part.from_day = from;
    part.to_day = to;
    enum status status = metric_spend_read(&part, &rows, &n_rows, error);
    for (size_t i = 0; status == STATUS_OK && i < n_rows; i++)
        n[SPEND] += rows[i].amount;
    return status;
}

/* Sums of the range, and of as many days before it. */
static enum status read_sums(struct metric_job *job, int64_t now[SUMS], int64_t before[SUMS], struct error *error)
{
    int64_t since = job->from_day - (job->to_day - job->from_day), from = job->from_day, to = job->to_day;
    const struct tally_range cubes[] = {
        {.cube = CUBE_SALES, .has_a = true, .a = DIMENSION_TOTAL, .sums_days = true},
        {.cube = CUBE_SURVEY, .has_a = true, .a = 1, .sums_days = true},
        {.cube = CUBE_ACTS, .sums_days = true},
        {.cube = CUBE_MOVES, .has_a = true, .a = job->model ? job->model->number : 0, .sums_days = true},
    };
    struct tally_range ranges[2 * COUNT_OF(cubes)];
    struct tallies tallies;
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        ranges[i] = cubes[i / 2];
        ranges[i].from = i % 2 ? from : since;
        ranges[i].to = i % 2 ? to : from;
    }
    enum status status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    for (size_t i = 0; status == STATUS_OK && i < tallies.n; i++)
        add(job, &tallies.rows[i], tallies.rows[i].key.day >= from ? now : before);
    if (status != STATUS_OK)
        return status;
    status = add_spend(job, since, from, before, error);
    return status == STATUS_OK ? add_spend(job, from, to, now, error) : status;
}

/* --- rows ------------------------------------------------------------------------------------------------------- */

/* By what is divided: 0, so that it is null, where nothing was paid. */
static int64_t whole_of(const struct figure *figure, const int64_t *n)
{
    return figure->part == SPEND && n[SPEND] == 0 ? 0 : n[figure->whole];
}

static void put_value(struct metric_table *table, const char *name, const struct figure *figure, const int64_t *n)
{
    int64_t part = n[figure->part] - n[figure->less];
    if (figure->whole == NOTHING && strcmp(figure->unit, "money") == 0)
        cell_money(table, name, part);
    else if (figure->whole == NOTHING)
        cell_int(table, name, part);
    else if (strcmp(figure->unit, "money") == 0)
        cell_money_per(table, name, part, whole_of(figure, n));
    else
        cell_rate(table, name, part, n[figure->whole]);
}

static double value_of(const struct figure *figure, const int64_t *n)
{
    double part = (double)(n[figure->part] - n[figure->less]);
    if (figure->whole == NOTHING)
        return part;
    return whole_of(figure, n) ? part / (double)whole_of(figure, n) : NAN;
}

/* That a model without lost customers lost none would be no answer. */
static bool is_known(const struct metric_job *job, const struct figure *figure)
{
    bool is_of_model = figure->part == CHURNED || figure->part == WON_BACK;
    return !is_of_model || (job->model && model_has_lost(job->model));
}

/* By how much: of what was nothing or less there is no share. */
static double change_of(const struct figure *figure, const int64_t *now, const int64_t *before)
{
    double was = value_of(figure, before);
    return was > 0 ? (value_of(figure, now) - was) / was : NAN;
}

enum status evaluate_overview(struct metric_job *job, struct error *error)
{
    int64_t now[SUMS] = {0}, before[SUMS] = {0};
    choose_model(job);
    enum status status = read_sums(job, now, before, error);
    if (status != STATUS_OK)
        return status;
    metric_member_date(job->table, "before_from", job->from_day - (job->to_day - job->from_day));
    metric_member_text(job->table, "model", job->model ? span_of(job->model->key) : (struct span){NULL, 0});
    metric_columns(job, 0);
    for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(figures); i++) {
        const struct figure *figure = &figures[i];
        cell_text(job->table, "figure", span_of(figure->name));
        cell_names(job->table, "name", figure->zh, figure->en);
        cell_text(job->table, "unit", span_of(figure->unit));
        if (is_known(job, figure)) {
            put_value(job->table, "value", figure, now);
            put_value(job->table, "before", figure, before);
            cell_number(job->table, "change", change_of(figure, now, before));
        }
        status = metric_row_end(job->table, error);
    }
    return status;
}
