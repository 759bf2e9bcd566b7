#include "fact_score.h"

#include <math.h>

#define DAYS_AHEAD_MOST 36525 /* a silence of a hundred years is scored as it was then, and no order is expected later */

/* --- what scores are made of ----------------------------------------------------------------------------------- */

/* A customer's purchases, and the local days that they are counted from. */
struct history {
    struct purchases c;
    int64_t first, last;
};

/* As of the day of the last order; the customer has one. */
static struct history history_of(const struct state *state, const struct calendar *calendar)
{
    const struct accumulators *a = &state->a;
    int64_t first = calendar_day_begun(calendar, a->first_order_at), last = calendar_day_begun(calendar, a->last_order_at);
    double x = (double)(a->purchase_days - 1);
    int64_t repeated = a->revenue_gross - a->revenue_refunded - a->first_day_value;
    last = last > first && x > 0 ? last : first;
    double t_x = (double)(last - first) / DAYS_PER_WEEK;
    return (struct history){.c = {.x = x,
                                  .t_x = t_x,
                                  .T = t_x,
                                  .ln_gaps = (double)a->gaps_ln * 1e-9 - x * log(DAYS_PER_WEEK),
                                  .value = x > 0 ? (double)repeated / x : 0},
                            .first = first,
                            .last = last};
}

/* And as of another one. */
static void history_move(struct history *history, int64_t day)
{
    int64_t most = history->last + DAYS_AHEAD_MOST;
    day = day < history->last ? history->last : day > most ? most : day;
    history->c.T = (double)(day - history->first) / DAYS_PER_WEEK;
}

bool fact_purchases(const struct state *state, const struct calendar *calendar, usec_t now, struct purchases *out)
{
    if (state->a.purchase_days == 0)
        return false;
    struct history history = history_of(state, calendar);
    history_move(&history, calendar_day_begun(calendar, now));
    *out = history.c;
    return true;
}

static double order_value_avg(const struct accumulators *a)
{
    return a->orders_count ? (double)(a->revenue_gross - a->revenue_refunded) / (double)a->orders_count : 0;
}

static double whole_minor(double amount)
{
    return floor(amount + 0.5);
}

/* --- scores ---------------------------------------------------------------------------------------------------- */

/* A SCORE fact on one local day, to which ${history} moves: as a comparison sees it. */
static double score_on(const struct fact_view *view, enum fact fact, struct history *history, int64_t day)
{
    const struct scores *scores = view->scores;
    const struct purchases *c = &history->c;
    history_move(history, day);
    if (fact == FACT_p_active_30d)
        return scores_active(scores, c, HORIZON_30D);
    if (fact == FACT_p_active_90d)
        return scores_active(scores, c, HORIZON_90D);
    if (fact == FACT_churn_risk)
        return 1 - scores_active(scores, c, HORIZON_90D);
    if (fact == FACT_expected_orders_90d)
        return scores_expected_orders(scores, c, 90);
    if (fact == FACT_expected_orders_365d)
        return scores_expected_orders(scores, c, 365);
    return whole_minor(scores_lifetime_value(scores, c, order_value_avg(&view->state->a)));
}

/* The midnight of the day by which the share ${q} of those who come back have done so, seen from the last order. */
static struct value next_order(const struct fact_view *view, const struct history *history, double q)
{
    double days = ceil(btyd_next_within(&view->scores->model, &history->c, q) * DAYS_PER_WEEK);
    if (!(days <= DAYS_AHEAD_MOST))
        return value_null();
    usec_t at = calendar_midnight(view->calendar, history->last + (int64_t)days);
    return at <= TIME_MAX ? value_time(at) : value_null();
}

struct value score_read(const struct fact_view *view, enum fact fact)
{
    const struct accumulators *a = &view->state->a;
    if (view->scores && fact == FACT_clv_historic)
        return value_money(whole_minor((double)(a->revenue_gross - a->revenue_refunded) * view->scores->margin));
    if (view->scores == NULL || a->purchase_days == 0)
        return fact == FACT_clv_historic ? value_money(0) : value_null();
    struct history history = history_of(view->state, view->calendar);
    if (fact == FACT_next_order_at)
        return next_order(view, &history, 0.5);
    if (fact == FACT_next_order_at_low)
        return next_order(view, &history, 0.1);
    if (fact == FACT_next_order_at_high)
        return next_order(view, &history, 0.9);
    if (fact == FACT_expected_order_value)
        return value_money(whole_minor(scores_expected_value(view->scores, &history.c, order_value_avg(a))));
    double score = score_on(view, fact, &history, calendar_day_begun(view->calendar, view->now));
    return fact == FACT_clv_365d ? value_money(score) : value_number(score);
}

/* What a score that moves one way passes. */
struct crossing {
    double bound;
    bool rises;
    bool is_inclusive; /* to reach the bound is to pass it */
};

static bool is_past(const struct crossing *crossing, double score)
{
    if (score == crossing->bound)
        return crossing->is_inclusive;
    return crossing->rises ? score > crossing->bound : score < crossing->bound;
}

/* Add the first midnight after ${after} from which on the score is past the bound. */
static void add_crossing(const struct fact_view *view, enum fact fact, struct history *history,
                         const struct crossing *crossing, usec_t after, struct instants *out)
{
    int64_t low = calendar_day_begun(view->calendar, after), high = history->last + DAYS_AHEAD_MOST;
    if (high <= low || is_past(crossing, score_on(view, fact, history, low)) ||
        !is_past(crossing, score_on(view, fact, history, high)))
        return;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (is_past(crossing, score_on(view, fact, history, middle)))
            high = middle;
        else
            low = middle;
    }
    usec_t at = calendar_midnight(view->calendar, high);
    if (at > after && at <= TIME_MAX)
        instants_add(out, at);
}

void score_flips(const struct fact_view *view, enum fact fact, double bound, usec_t after, struct instants *out)
{
    if (view->scores == NULL || view->state->a.purchase_days == 0)
        return;
    struct history history = history_of(view->state, view->calendar);
    struct crossing crossing = {.bound = bound, .rises = fact == FACT_churn_risk};
    add_crossing(view, fact, &history, &crossing, after, out);
    crossing.is_inclusive = true;
    add_crossing(view, fact, &history, &crossing, after, out);
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
