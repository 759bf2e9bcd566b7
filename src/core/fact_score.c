#include "fact_score.h"

#include <math.h>

#define DAYS_AHEAD_MOST 36525 /* a silence of a hundred years is scored as it was then, and no order is expected later */

/* --- what scores are made of ----------------------------------------------------------------------------------- */

/* Of the local day ${today}. */
static void purchases_on(const struct state *state, const struct calendar *calendar, int64_t today, struct purchases *out)
{
    const struct accumulators *a = &state->a;
    int64_t first = calendar_day_begun(calendar, a->first_order_at), last = calendar_day_begun(calendar, a->last_order_at);
    double x = (double)(a->purchase_days - 1);
    int64_t repeated = a->revenue_gross - a->revenue_refunded - a->first_day_value;
    last = last > first && x > 0 ? last : first;
    today = today < last ? last : today > last + DAYS_AHEAD_MOST ? last + DAYS_AHEAD_MOST : today;
    *out = (struct purchases){.x = x,
                              .t_x = (double)(last - first) / DAYS_PER_WEEK,
                              .T = (double)(today - first) / DAYS_PER_WEEK,
                              .ln_gaps = (double)a->gaps_ln * 1e-9 - x * log(DAYS_PER_WEEK),
                              .value = x > 0 ? (double)repeated / x : 0};
}

bool fact_purchases(const struct state *state, const struct calendar *calendar, usec_t now, struct purchases *out)
{
    if (state->a.purchase_days == 0)
        return false;
    purchases_on(state, calendar, calendar_day_begun(calendar, now), out);
    return true;
}

static double order_value_avg(const struct accumulators *a)
{
    return a->orders_count ? (double)(a->revenue_gross - a->revenue_refunded) / (double)a->orders_count : 0;
}

/* --- scores ---------------------------------------------------------------------------------------------------- */

/* A SCORE fact on one local day. */
static double score_on(const struct fact_view *view, enum fact fact, int64_t day)
{
    const struct scores *scores = view->scores;
    struct purchases c;
    purchases_on(view->state, view->calendar, day, &c);
    if (fact == FACT_p_active_30d)
        return scores_active(scores, &c, HORIZON_30D);
    if (fact == FACT_p_active_90d)
        return scores_active(scores, &c, HORIZON_90D);
    if (fact == FACT_churn_risk)
        return 1 - scores_active(scores, &c, HORIZON_90D);
    if (fact == FACT_expected_orders_90d)
        return scores_expected_orders(scores, &c, 90);
    if (fact == FACT_expected_orders_365d)
        return scores_expected_orders(scores, &c, 365);
    return scores_lifetime_value(scores, &c, order_value_avg(&view->state->a));
}

/* The midnight of the day by which the share ${q} of those who come back have done so, seen from the last order. */
static struct value next_order(const struct fact_view *view, double q)
{
    const struct state *state = view->state;
    int64_t last = calendar_day_begun(view->calendar, state->a.last_order_at);
    struct purchases c;
    purchases_on(state, view->calendar, last, &c);
    double days = ceil(btyd_next_within(&view->scores->model, &c, q) * DAYS_PER_WEEK);
    if (!(days <= DAYS_AHEAD_MOST))
        return value_null();
    usec_t at = calendar_midnight(view->calendar, last + (int64_t)days);
    return at <= TIME_MAX ? value_time(at) : value_null();
}

static double whole_minor(double amount)
{
    return floor(amount + 0.5);
}

struct value score_read(const struct fact_view *view, enum fact fact)
{
    const struct accumulators *a = &view->state->a;
    struct purchases c;
    if (view->scores && fact == FACT_clv_historic)
        return value_money(whole_minor((double)(a->revenue_gross - a->revenue_refunded) * view->scores->margin));
    if (view->scores == NULL || a->purchase_days == 0)
        return fact == FACT_clv_historic ? value_money(0) : value_null();
    if (fact == FACT_next_order_at)
        return next_order(view, 0.5);
    if (fact == FACT_next_order_at_low)
        return next_order(view, 0.1);
    if (fact == FACT_next_order_at_high)
        return next_order(view, 0.9);
    if (fact == FACT_expected_order_value) {
        purchases_on(view->state, view->calendar, calendar_day_begun(view->calendar, a->last_order_at), &c);
        return value_money(whole_minor(scores_expected_value(view->scores, &c, order_value_avg(a))));
    }
    double score = score_on(view, fact, calendar_day_begun(view->calendar, view->now));
    return fact == FACT_clv_365d ? value_money(whole_minor(score)) : value_number(score);
}

/* What a comparison sees. */
static double compared_on(const struct fact_view *view, enum fact fact, int64_t day)
{
    double score = score_on(view, fact, day);
    return fact == FACT_clv_365d ? whole_minor(score) : score;
}

/* Add the first midnight after ${after} from which on the score, which moves one way, is beyond ${bound}. */
static void add_crossing(const struct fact_view *view, enum fact fact, double bound, bool is_reached_equal, usec_t after,
                         struct instants *out)
{
    bool rises = fact == FACT_churn_risk;
    int64_t low = calendar_day_begun(view->calendar, after),
            high = calendar_day_begun(view->calendar, view->state->a.last_order_at) + DAYS_AHEAD_MOST;
    if (high <= low)
        return;
    double at_low = compared_on(view, fact, low), at_high = compared_on(view, fact, high);
#define IS_PAST(v) (rises ? (is_reached_equal ? (v) >= bound : (v) > bound) : (is_reached_equal ? (v) <= bound : (v) < bound))
    if (IS_PAST(at_low) || !IS_PAST(at_high))
        return;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        double v = compared_on(view, fact, middle);
        if (IS_PAST(v))
            high = middle;
        else
            low = middle;
    }
#undef IS_PAST
    usec_t at = calendar_midnight(view->calendar, high);
    if (at > after && at <= TIME_MAX)
        instants_add(out, at);
}

void score_flips(const struct fact_view *view, enum fact fact, double bound, usec_t after, struct instants *out)
{
    if (view->scores == NULL || view->state->a.purchase_days == 0)
        return;
    add_crossing(view, fact, bound, true, after, out);
    add_crossing(view, fact, bound, false, after, out);
}

/* --- RFM ------------------------------------------------------------------------------------------------------- */

static int64_t days_since(const struct fact_view *view)
{
    return calendar_day_begun(view->calendar, view->now) - calendar_day_begun(view->calendar, view->state->a.last_order_at);
}

struct value rfm_read(const struct fact_view *view, enum fact fact)
{
    static const char codes[125][4] = {
#define M(r, f) {r, f, '1'}, {r, f, '2'}, {r, f, '3'}, {r, f, '4'}, {r, f, '5'}
#define F(r) M(r, '1'), M(r, '2'), M(r, '3'), M(r, '4'), M(r, '5')
        F('1'), F('2'), F('3'), F('4'), F('5')
#undef F
#undef M
    };
    const struct accumulators *a = &view->state->a;
    if (view->rfm == NULL || a->orders_count == 0)
        return value_null();
    int r = rfm_r(view->rfm, days_since(view)), f = rfm_f(view->rfm, a->orders_count),
        m = rfm_m(view->rfm, a->revenue_gross - a->revenue_refunded);
    if (fact == FACT_rfm_r)
        return value_number(r);
    if (fact == FACT_rfm_f)
        return value_number(f);
    if (fact == FACT_rfm_m)
        return value_number(m);
    if (fact == FACT_rfm_code)
        return value_string((struct span){codes[(r - 1) * 25 + (f - 1) * 5 + (m - 1)], 3});
    return value_string(span_of(rfm_segments[rfm_segment_of(r, f, m)].key));
}

void rfm_flips(const struct fact_view *view, usec_t after, struct instants *out)
{
    if (view->rfm == NULL || view->state->a.orders_count == 0)
        return;
    int64_t last = calendar_day_begun(view->calendar, view->state->a.last_order_at);
    for (int i = 0; i < RFM_BOUNDS; i++) {
        usec_t at = calendar_midnight(view->calendar, last + view->rfm->recency[i]);
        if (at > after && at <= TIME_MAX)
            instants_add(out, at);
    }
}
