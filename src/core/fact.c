#include "fact_score.h"

#include "base/time.h"

#include <assert.h>
#include <math.h>

#define COUNTER_NAME_MAX 255

static const struct fact_info facts[FACT_TRAIT] = {
#define X(fact_name, value_type, nullable, fact_kind, sql_text, unit_text, zh, en, text)                     \
    [FACT_##fact_name] = {.name = #fact_name,                                                                \
                          .type = VALUE_##value_type,                                                        \
                          .is_nullable = nullable,                                                           \
                          .kind = FACT_KIND_##fact_kind,                                                     \
                          .sql = sql_text,                                                                   \
                          .unit = unit_text,                                                                 \
                          .label_zh = zh,                                                                    \
                          .label_en = en,                                                                    \
                          .sentence = text},
    FACT_TABLE(X)
#undef X
        [FACT_orders_count_30d]
            .window_days = 30,
    [FACT_orders_count_90d].window_days = 90,
    [FACT_orders_count_365d].window_days = 365,
    [FACT_revenue_30d].window_days = 30,
    [FACT_revenue_90d].window_days = 90,
    [FACT_revenue_365d].window_days = 365,
};

/** Kinds of events that the customer row counts itself. */
static const struct {
    const char *name;
    const char *sql;
    size_t offset; /* in struct accumulators */
} counted[] = {
    {"order completed", "c.orders_reported_count", offsetof(struct accumulators, orders_reported_count)},
    {"product viewed", "c.product_views_count", offsetof(struct accumulators, product_views_count)},
    {"product added", "c.carts_count", offsetof(struct accumulators, carts_count)},
    {"checkout started", "c.checkouts_count", offsetof(struct accumulators, checkouts_count)},
};

const struct fact_info *fact_info(enum fact fact)
{
    assert(fact < FACT_TRAIT);
    return &facts[fact];
}

/* ---- names ---- */

static bool strip(struct span *name, const char *prefix, const char *suffix)
{
    size_t before = strlen(prefix), after = strlen(suffix);
    if (name->n <= before + after || memcmp(name->p, prefix, before) != 0 ||
        memcmp(name->p + name->n - after, suffix, after) != 0) {
        return false;
    }
    *name = (struct span){name->p + before, name->n - before - after};
    return true;
}

/** The name under which events of this name are counted: aliases are counted under the canonical one. */
static bool counter_name(struct arena *arena, struct span name, struct span *out)
{
    char text[COUNTER_NAME_MAX + 1];
    size_t n = event_name_normalise(name, text, COUNTER_NAME_MAX);
    if (n == 0) {
        return false;
    }
    enum event_kind kind = event_kind_of((struct span){text, n});
    if (kind != EVENT_CUSTOM) {
        n = event_name_normalise(span_of(event_kind_name(kind)), text, COUNTER_NAME_MAX);
    }
    *out = arena_span(arena, (struct span){text, n});
    return true;
}

bool fact_resolve(const void *context, struct arena *arena, struct span name, struct fact_ref *out,
                  struct error *error)
{
    (void)context;
    for (int i = 0; i < FACT_TRAIT; i++) {
        if (span_is(name, facts[i].name)) {
            enum fact_kind kind = facts[i].kind;
            *out = (struct fact_ref){.fact = i,
                                     .type = facts[i].type,
                                     .is_nullable = facts[i].is_nullable,
                                     .moves = kind != FACT_KIND_STORED && kind != FACT_KIND_PROFILE &&
                                              kind != FACT_KIND_OUTLOOK && i != FACT_rfm_f && i != FACT_rfm_m};
            return true;
        }
    }
    struct span inner = name;
    if (strip(&inner, "traits.", "")) {
        *out = (struct fact_ref){.fact = FACT_TRAIT, .name = inner, .type = VALUE_NULL, .is_nullable = true};
        return true;
    }
    struct span counter;
    if (strip(&inner, "events.", ".count") && counter_name(arena, inner, &counter)) {
        *out = (struct fact_ref){.fact = FACT_COUNTER, .name = counter, .type = VALUE_NUMBER};
        return true;
    }
    int n = (int)(name.n < 60 ? name.n : 60);
    (void)error_set(
        error, STATUS_INVALID_RULE, "",
        "there is no fact %.*s; facts are those of GET /v1/facts, traits.NAME and events.NAME.count", n,
        name.p);
    return false;
}

struct span fact_name(struct arena *arena, const struct fact_ref *ref)
{
    if (ref->fact == FACT_TRAIT) {
        return span_of(arena_printf(arena, "traits.%.*s", (int)ref->name.n, ref->name.p));
    }
    if (ref->fact == FACT_COUNTER) {
        return span_of(arena_printf(arena, "events.%.*s.count", (int)ref->name.n, ref->name.p));
    }
    return span_of(fact_info((enum fact)ref->fact)->name);
}

const char *fact_counter_sql(struct span name)
{
    for (size_t i = 0; i < COUNT_OF(counted); i++) {
        if (span_is(name, counted[i].name)) {
            return counted[i].sql;
        }
    }
    return NULL;
}

/* ---- values ---- */

static struct value number_or_null(int64_t n)
{
    return n == NONE ? value_null() : value_number((double)n);
}

static struct value money_or_null(int64_t minor)
{
    return minor == NONE ? value_null() : value_money((double)minor);
}

static struct value time_or_null(usec_t t)
{
    return t == NONE ? value_null() : value_time(t);
}

static struct value string_or_null(struct span s)
{
    return s.n == 0 ? value_null() : value_string(s);
}

static struct value mean(int64_t sum, int64_t count)
{
    return count == 0 ? value_null() : value_number((double)sum / (double)count);
}

static int64_t revenue(const struct accumulators *a)
{
    return a->revenue_gross - a->revenue_refunded;
}

static struct value order_value_avg(const struct accumulators *a)
{
    return a->orders_count == 0 ? value_null() : value_money((double)revenue(a) / (double)a->orders_count);
}

static struct value avg_days_between_orders(const struct accumulators *a)
{
    if (a->orders_count < 2 || a->first_order_at == NONE || a->last_order_at == NONE) {
        return value_null();
    }
    double span = (double)(a->last_order_at - a->first_order_at);
    return value_number(span / (double)(a->orders_count - 1) / (double)USEC_PER_DAY);
}

static struct value usual_gap_days(const struct accumulators *a)
{
    struct value gap = a->orders_count < 3 ? value_null() : avg_days_between_orders(a);
    if (gap.type == VALUE_NUMBER && gap.number < 1) {
        gap.number = 1;
    }
    return gap;
}

/** Rises with ${now}: each of its operations rounds monotonically. */
static double silence(usec_t last, double gap, usec_t now)
{
    return (double)(now - last) / (double)USEC_PER_DAY / gap;
}

static struct value silence_ratio(const struct accumulators *a, usec_t now)
{
    struct value gap = usual_gap_days(a);
    return gap.type == VALUE_NULL ? gap : value_number(silence(a->last_order_at, gap.number, now));
}

static struct value elapsed_days(usec_t since, usec_t now)
{
    if (since == NONE) {
        return value_null();
    }
    int64_t d = now - since;
    return value_number((double)(d / USEC_PER_DAY - (d % USEC_PER_DAY < 0)));
}

static bool is_in_window(const struct order *order, int days, usec_t now)
{
    return order->completed_at <= now && order->completed_at > now - days * USEC_PER_DAY &&
           order_is_counted(order);
}

/** How many of the counted orders were completed at ${at} or before. */
static size_t counted_until(const struct state *state, usec_t at)
{
    size_t low = 0;
    size_t high = state->n_counted;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (state->counted[middle].at <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct value window(const struct fact_view *view, enum fact fact)
{
    const struct fact_info *info = &facts[fact];
    const struct state *state = view->state;
    int64_t n = 0, sum = 0;
    if (state->has_counted) {
        size_t from = counted_until(state, view->now - info->window_days * USEC_PER_DAY);
        size_t to = counted_until(state, view->now);
        n = (int64_t)(to - from);
        sum = (to ? state->counted[to - 1].sum : 0) - (from ? state->counted[from - 1].sum : 0);
    }
    for (size_t i = 0; i < state->n_orders && !state->has_counted; i++) {
        const struct order *order = &state->orders[i];
        if (is_in_window(order, info->window_days, view->now)) {
            n++;
            sum += order->value - order_refunded(order);
        }
    }
    return info->type == VALUE_MONEY ? value_money((double)sum) : value_number((double)n);
}

static struct value trait(const struct profile *profile, struct span name)
{
    size_t low = 0, high = profile->n_traits;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_compare(name, profile->traits[middle].name);
        if (order == 0) {
            return profile->traits[middle].value;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return value_null();
}

static int64_t counter(const struct state *state, struct span name)
{
    for (size_t i = 0; i < COUNT_OF(counted); i++) {
        if (span_is(name, counted[i].name)) {
            int64_t n;
            memcpy(&n, (const char *)&state->a + counted[i].offset, sizeof(n));
            return n;
        }
    }
    const struct profile *profile = &state->profile;
    for (size_t low = 0, high = profile->n_counters; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = span_compare(name, profile->counters[middle].name);
        if (order == 0) {
            return profile->counters[middle].count;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return 0;
}

struct value fact_read(const void *context, const struct fact_ref *ref)
{
    const struct fact_view *view = context;
    const struct state *state = view->state;
    const struct accumulators *a = &state->a;
    usec_t now = view->now;
    enum fact fact = (enum fact)ref->fact;
    switch (fact) {
    case FACT_events_count: return number_or_null(a->events_count);
    case FACT_sessions_count: return number_or_null(a->sessions_count);
    case FACT_product_views_count: return number_or_null(a->product_views_count);
    case FACT_carts_count: return number_or_null(a->carts_count);
    case FACT_checkouts_count: return number_or_null(a->checkouts_count);
    case FACT_orders_count: return number_or_null(a->orders_count);
    case FACT_orders_cancelled_count: return number_or_null(a->orders_cancelled_count);
    case FACT_refunds_count: return number_or_null(a->refunds_count);
    case FACT_renewals_count: return number_or_null(a->renewals_count);
    case FACT_reviews_count: return number_or_null(a->reviews_count);
    case FACT_shares_count: return number_or_null(a->shares_count);
    case FACT_referrals_count: return number_or_null(a->referrals_count);
    case FACT_complaints_count: return number_or_null(a->complaints_count);
    case FACT_complaints_open: return number_or_null(a->complaints_open);
    case FACT_survey_answers_count: return number_or_null(a->survey_answers_count);
    case FACT_points_balance: return number_or_null(a->points_balance);
    case FACT_orders_coupon_count: return number_or_null(a->orders_coupon_count);
    case FACT_categories_count: return number_or_null(a->categories_count);
    case FACT_products_count: return number_or_null(a->products_count);
    case FACT_channels_count: return number_or_null(a->channels_count);
    case FACT_nps_last: return number_or_null(a->nps_last);
    case FACT_csat_last: return number_or_null(a->csat_last);
    case FACT_revenue_gross: return money_or_null(a->revenue_gross);
    case FACT_revenue_refunded: return money_or_null(a->revenue_refunded);
    case FACT_discounts_total: return money_or_null(a->discounts_total);
    case FACT_order_value_last: return money_or_null(a->order_value_last);
    case FACT_first_seen_at: return time_or_null(a->first_seen_at);
    case FACT_last_seen_at: return time_or_null(a->last_seen_at);
    case FACT_first_order_at: return time_or_null(a->first_order_at);
    case FACT_last_order_at: return time_or_null(a->last_order_at);
    case FACT_coupons_used_count:
        return value_number((double)(a->coupons_applied_count > a->orders_coupon_count
                                         ? a->coupons_applied_count
                                         : a->orders_coupon_count));
    case FACT_revenue: return value_money((double)revenue(a));
    case FACT_order_value_avg: return order_value_avg(a);
    case FACT_avg_days_between_orders: return avg_days_between_orders(a);
    case FACT_usual_gap_days: return usual_gap_days(a);
    case FACT_silence_ratio: return silence_ratio(a, now);
    case FACT_nps_mean: return mean(a->nps_sum, a->nps_count);
    case FACT_csat_mean: return mean(a->csat_sum, a->csat_count);
    case FACT_subscription_status:
        return a->subscription == 1   ? value_string(span_of("active"))
               : a->subscription == 2 ? value_string(span_of("cancelled"))
                                      : value_null();
    case FACT_churn_reason: return a->churned ? string_or_null(state->profile.churn_reason) : value_null();
#define X(name, member, which) case FACT_##name: return string_or_null(state->profile.name);
        TOUCH_TABLE(X)
#undef X
    case FACT_orders_count_30d:
    case FACT_orders_count_90d:
    case FACT_orders_count_365d:
    case FACT_revenue_30d:
    case FACT_revenue_90d:
    case FACT_revenue_365d: return window(view, fact);
    case FACT_p_active_30d:
    case FACT_p_active_90d:
    case FACT_churn_risk:
    case FACT_expected_orders_90d:
    case FACT_expected_orders_365d:
    case FACT_expected_order_value:
    case FACT_clv_365d:
    case FACT_clv_historic:
    case FACT_next_order_at:
    case FACT_next_order_at_low:
    case FACT_next_order_at_high: return score_read(view, fact);
    case FACT_rfm_r:
    case FACT_rfm_f:
    case FACT_rfm_m:
    case FACT_rfm_code:
    case FACT_rfm_segment: return rfm_read(view, fact);
    case FACT_days_since_first_seen: return elapsed_days(a->first_seen_at, now);
    case FACT_days_since_last_seen: return elapsed_days(a->last_seen_at, now);
    case FACT_days_since_first_order: return elapsed_days(a->first_order_at, now);
    case FACT_days_since_last_order: return elapsed_days(a->last_order_at, now);
    case FACT_TRAIT: return trait(&state->profile, ref->name);
    case FACT_COUNTER: return value_number((double)counter(state, ref->name));
    case FACT_COUNT: break;
    }
    return value_null();
}

/* ---- when they change ---- */

/** Add ${since} + ${days} when it lies after ${after} and within the times that there are. */
static void add_day(usec_t since, double days, usec_t after, struct instants *out)
{
    if (!(fabs(days) < 4e6)) {
        return; /* beyond TIME_MAX - TIME_MIN */
    }
    usec_t at = since + (usec_t)days * USEC_PER_DAY;
    if (at > after && at <= TIME_MAX) {
        instants_add(out, at);
    }
}

static void elapsed_flips(usec_t since, double bound, usec_t after, struct instants *out)
{
    if (since == NONE) {
        return;
    }
    double first = ceil(bound), beyond = floor(bound) + 1;
    add_day(since, first, after, out);
    if (beyond != first) {
        add_day(since, beyond, after, out);
    }
}

/** Add the first instant > ${after} at which the ratio reaches ${bound} (${is_beyond}: exceeds it). */
static void ratio_flip(usec_t last, double gap, double bound, bool is_beyond, usec_t after,
                       struct instants *out)
{
    usec_t low = after < TIME_MIN ? TIME_MIN - 1 : after;
    usec_t high = TIME_MAX;
    if (low >= high) {
        return;
    }
    double at_low = silence(last, gap, low), at_high = silence(last, gap, high);
    bool is_past = is_beyond ? at_low > bound : at_low >= bound;
    bool is_reached = is_beyond ? at_high > bound : at_high >= bound;
    if (is_past || !is_reached) {
        return;
    }
    while (high - low > 1) {
        usec_t middle = low + (high - low) / 2;
        double ratio = silence(last, gap, middle);
        if (is_beyond ? ratio > bound : ratio >= bound) {
            high = middle;
        } else {
            low = middle;
        }
    }
    instants_add(out, high);
}

/** An order that is counted changes a window when it leaves it (and when it enters it, were it in the
 * future). */
static void window_flips(const struct fact_view *view, int days, usec_t after, struct instants *out)
{
    const struct state *state = view->state;
    if (state->has_counted) {
        for (size_t i = counted_until(state, after - days * USEC_PER_DAY); i < state->n_counted; i++) {
            add_day(state->counted[i].at, 0, after, out);
            add_day(state->counted[i].at, days, after, out);
        }
        return;
    }
    for (size_t i = 0; i < state->n_orders; i++) {
        const struct order *order = &state->orders[i];
        if (order_is_counted(order)) {
            add_day(order->completed_at, 0, after, out);
            add_day(order->completed_at, days, after, out);
        }
    }
}

void fact_flips(const void *context, const struct fact_ref *ref, const struct value *bound, usec_t after,
                struct instants *out)
{
    const struct fact_view *view = context;
    const struct accumulators *a = &view->state->a;
    enum fact fact = (enum fact)ref->fact;
    if (fact < FACT_TRAIT && facts[fact].kind == FACT_KIND_RFM) {
        rfm_flips(view, after, out);
        return;
    }
    if (bound->type != VALUE_NUMBER && bound->type != VALUE_MONEY) {
        return;
    }
    if (fact == FACT_days_since_first_seen) {
        elapsed_flips(a->first_seen_at, bound->number, after, out);
    } else if (fact == FACT_days_since_last_seen) {
        elapsed_flips(a->last_seen_at, bound->number, after, out);
    } else if (fact == FACT_days_since_first_order) {
        elapsed_flips(a->first_order_at, bound->number, after, out);
    } else if (fact == FACT_days_since_last_order) {
        elapsed_flips(a->last_order_at, bound->number, after, out);
    } else if (fact == FACT_silence_ratio) {
        struct value gap = usual_gap_days(a);
        if (gap.type != VALUE_NULL) {
            ratio_flip(a->last_order_at, gap.number, bound->number, false, after, out);
            ratio_flip(a->last_order_at, gap.number, bound->number, true, after, out);
        }
    } else if (fact < FACT_TRAIT && facts[fact].kind == FACT_KIND_WINDOW) {
        window_flips(view, facts[fact].window_days, after, out);
    } else if (fact < FACT_TRAIT && facts[fact].kind == FACT_KIND_SCORE) {
        score_flips(view, fact, bound->number, after, out);
    }
}

struct rule_env fact_env(const struct fact_view *view)
{
    return (struct rule_env){.read = fact_read, .flips = fact_flips, .context = view};
}

bool fact_needs_orders(const struct fact_ref *ref)
{
    return ref->fact < FACT_TRAIT && facts[ref->fact].kind == FACT_KIND_WINDOW;
}

bool fact_needs_profile(const struct fact_ref *ref)
{
    if (ref->fact == FACT_COUNTER) {
        return fact_counter_sql(ref->name) == NULL;
    }
    return ref->fact == FACT_TRAIT || facts[ref->fact].kind == FACT_KIND_PROFILE;
}

bool fact_moves(const struct fact_ref *ref)
{
    return ref->moves;
}

bool fact_needs_scores(const struct fact_ref *ref)
{
    return ref->fact < FACT_TRAIT &&
           (facts[ref->fact].kind == FACT_KIND_SCORE || facts[ref->fact].kind == FACT_KIND_OUTLOOK);
}

bool fact_needs_rfm(const struct fact_ref *ref)
{
    return ref->fact < FACT_TRAIT && facts[ref->fact].kind == FACT_KIND_RFM;
}
