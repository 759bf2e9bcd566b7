#include "naive.h"
#include "definitions.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define DAYS_LOOKED_AT         130
#define DAYS_LOOKED_AT_CLOSELY 35

/* --- facts --- */

struct naive_order {
    struct uuid key;
    usec_t completed_at;
    bool is_cancelled;
    int64_t value, discount;
    bool has_coupon;
    int64_t n_refunds;
    int64_t refunded; /* at most the value */
    bool is_void;     /* as much was refunded as it was worth, and something was */
};

/* The order with this key as the first ${n} events tell it. */
static struct naive_order join_order(const struct event **events, size_t n, const struct uuid *key)
{
    struct naive_order order = {.key = *key, .completed_at = NONE};
    bool is_whole = false;
    for (size_t i = 0; i < n; i++) {
        const struct event *e = events[i];
        if (!event_is_order(e->kind) || uuid_compare(&e->order_key, key) != 0)
            continue;
        if (e->kind == EVENT_ORDER_COMPLETED && order.completed_at == NONE)
            order.completed_at = e->occurred_at;
        if (e->kind == EVENT_ORDER_CANCELLED)
            order.is_cancelled = true;
        if (e->is_reinstated)
            order.is_cancelled = false;
        if (e->has_value)
            order.value = e->value;
        if (e->has_discount)
            order.discount = e->discount;
        if (e->has_coupon)
            order.has_coupon = true;
        bool is_repeat = e->kind != EVENT_ORDER_REFUNDED;
        for (size_t k = 0; k < i && !is_repeat; k++)
            is_repeat = events[k]->kind == EVENT_ORDER_REFUNDED &&
                        uuid_compare(&events[k]->order_key, key) == 0 &&
                        uuid_compare(&events[k]->refund_key, &e->refund_key) == 0;
        if (is_repeat)
            continue;
        order.n_refunds++;
        if (e->refund_whole)
            is_whole = true;
        else
            order.refunded += e->refund_amount;
    }
    order.is_void = is_whole || (order.refunded > 0 && order.refunded >= order.value);
    if (order.is_void)
        order.refunded = order.value;
    return order;
}

static bool is_counted(const struct naive_order *order)
{
    return order->completed_at != NONE && !order->is_cancelled && !order->is_void;
}

/* Is the order that event ${i} names named first by it? */
static bool names_first(const struct event **events, size_t i)
{
    if (!event_is_order(events[i]->kind))
        return false;
    for (size_t k = 0; k < i; k++)
        if (event_is_order(events[k]->kind) &&
            uuid_compare(&events[k]->order_key, &events[i]->order_key) == 0)
            return false;
    return true;
}

static int compare_orders(const void *a, const void *b)
{
    const struct naive_order *x = a, *y = b;
    return (x->completed_at > y->completed_at) - (x->completed_at < y->completed_at);
}

/* Days, weeks from Monday and months of UTC since 1970. */
static int64_t period_number(enum grain grain, usec_t at)
{
    time_t seconds = at / USEC_PER_SEC;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    if (grain == GRAIN_MONTH)
        return 12 * (int64_t)tm.tm_year + tm.tm_mon;
    int64_t day = seconds / 86400;
    return grain == GRAIN_WEEK ? (day - (tm.tm_wday + 6) % 7) / 7 : day;
}

/* What the customer was in the period of order ${i}: new when none lies before that period. */
static int64_t growth_class(const struct naive_order *orders, size_t i, enum grain grain)
{
    int64_t period = period_number(grain, orders[i].completed_at), before = -1;
    for (size_t k = 0; k < i; k++)
        if (period_number(grain, orders[k].completed_at) < period)
            before = period_number(grain, orders[k].completed_at);
    return before == -1 ? GROWTH_NEW : before == period - 1 ? GROWTH_RETAINED : GROWTH_RESURRECTED;
}

/* Days are those of UTC. */
static void purchase_facts(struct naive_order *orders, size_t n, struct accumulators *a)
{
    int64_t last = 0;
    if (n > 1)
        qsort(orders, n, sizeof(*orders), compare_orders);
    for (size_t i = 0; i < n; i++) {
        int64_t day = orders[i].completed_at / USEC_PER_DAY;
        if (i == 0 || day != last)
            a->purchase_days++;
        if (i > 0 && day != last)
            a->gaps_ln += llround(log((double)(day - last)) * 1e9);
        if (a->purchase_days == 1)
            a->first_day_value += orders[i].value - orders[i].refunded;
        last = day;
    }
    for (enum grain grain = GRAIN_DAY; n && grain <= GRAIN_MONTH; grain++)
        a->growth |= growth_class(orders, n - 1, grain) << 2 * grain;
}

static void order_facts(const struct event **events, size_t n, struct accumulators *a)
{
    struct naive_order *counted = malloc((n + 1) * sizeof(*counted));
    size_t n_counted = 0;
    if (counted == NULL)
        abort();
    for (size_t i = 0; i < n; i++) {
        if (!names_first(events, i))
            continue;
        struct naive_order order = join_order(events, n, &events[i]->order_key);
        if (order.completed_at == NONE)
            continue;
        a->refunds_count += order.n_refunds;
        if (order.is_cancelled) {
            a->orders_cancelled_count++;
            continue;
        }
        a->revenue_gross += order.value;
        a->revenue_refunded += order.refunded;
        if (!is_counted(&order))
            continue;
        int64_t net = order.value - order.refunded;
        counted[n_counted++] = order;
        a->orders_count++;
        a->orders_coupon_count += order.has_coupon;
        a->discounts_total += order.discount;
        if (a->first_order_at == NONE || order.completed_at < a->first_order_at)
            a->first_order_at = order.completed_at;
        if (a->last_order_at == NONE || order.completed_at > a->last_order_at ||
            (order.completed_at == a->last_order_at && net > a->order_value_last))
            a->order_value_last = net;
        if (a->last_order_at == NONE || order.completed_at > a->last_order_at)
            a->last_order_at = order.completed_at;
    }
    purchase_facts(counted, n_counted, a);
    free(counted);
}

/* How many different hashes the first ${n} events have in one of their sets. */
static int64_t distinct(const struct event **events, size_t n, int which)
{
    int64_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct event *e = events[i];
        size_t m = which == 0 ? e->n_products : which == 1 ? e->n_categories : e->channel != 0;
        if (which < 2 && e->kind != EVENT_ORDER_COMPLETED)
            continue;
        for (size_t k = 0; k < m; k++) {
            uint64_t hash = which == 0 ? e->products[k] : which == 1 ? e->categories[k] : e->channel;
            bool is_known = false;
            for (size_t j = 0; j < i && !is_known; j++) {
                const struct event *f = events[j];
                size_t l = which == 0 ? f->n_products : which == 1 ? f->n_categories : f->channel != 0;
                if (which < 2 && f->kind != EVENT_ORDER_COMPLETED)
                    continue;
                for (size_t x = 0; x < l; x++)
                    is_known = is_known || hash == (which == 0   ? f->products[x]
                                                    : which == 1 ? f->categories[x]
                                                                 : f->channel);
            }
            count += !is_known;
        }
    }
    return count;
}

static void seen_facts(const struct event *e, struct accumulators *a)
{
    if (!e->seen)
        return;
    if (a->last_seen_at == NONE || e->occurred_at > a->last_seen_at + 30 * 60 * USEC_PER_SEC)
        a->sessions_count++;
    if (a->first_seen_at == NONE)
        a->first_seen_at = e->occurred_at;
    a->last_seen_at = e->occurred_at;
}

void naive_facts(const struct event **events, size_t n, struct accumulators *out)
{
    struct accumulators a = {0};
    a.nps_last = a.csat_last = a.order_value_last = NONE;
    a.first_seen_at = a.last_seen_at = a.first_order_at = a.last_order_at = NONE;
    a.churned_at = a.participated_at = NONE;
    a.events_count = (int64_t)n;
    for (size_t i = 0; i < n; i++) {
        const struct event *e = events[i];
        enum event_kind kind = e->kind;
        seen_facts(e, &a);
        a.pages_count += kind == EVENT_PAGE || kind == EVENT_SCREEN;
        a.product_views_count += kind == EVENT_PRODUCT_VIEWED;
        a.carts_count += kind == EVENT_PRODUCT_ADDED || kind == EVENT_WISHLIST_TO_CART;
        a.checkouts_count += kind == EVENT_CHECKOUT_STARTED;
        a.orders_reported_count += kind == EVENT_ORDER_COMPLETED;
        a.coupons_applied_count += kind == EVENT_COUPON_APPLIED;
        a.renewals_count += kind == EVENT_SUBSCRIPTION_RENEWED;
        a.reviews_count += kind == EVENT_PRODUCT_REVIEWED;
        a.shares_count += kind == EVENT_PRODUCT_SHARED || kind == EVENT_CART_SHARED;
        a.referrals_count += kind == EVENT_REFERRAL_MADE;
        a.complaints_count += kind == EVENT_COMPLAINT_OPENED;
        a.complaints_open += kind == EVENT_COMPLAINT_OPENED;
        a.complaints_open -= kind == EVENT_COMPLAINT_RESOLVED && a.complaints_open > 0;
        if (kind == EVENT_SURVEY_ANSWERED) {
            a.survey_answers_count++;
            *(e->score_is_nps ? &a.nps_last : &a.csat_last) = e->score;
            *(e->score_is_nps ? &a.nps_sum : &a.csat_sum) += e->score;
            *(e->score_is_nps ? &a.nps_count : &a.csat_count) += 1;
        }
        if (kind == EVENT_SUBSCRIPTION_STARTED || kind == EVENT_SUBSCRIPTION_RENEWED)
            a.subscription = 1;
        if (kind == EVENT_SUBSCRIPTION_CANCELLED)
            a.subscription = 2;
        if (kind == EVENT_SUBSCRIPTION_CANCELLED || kind == EVENT_CUSTOMER_CHURNED)
            a.churned = 1, a.churned_at = e->occurred_at;
        if (kind == EVENT_SUBSCRIPTION_STARTED || kind == EVENT_SUBSCRIPTION_RENEWED ||
            kind == EVENT_ORDER_COMPLETED)
            a.churned = 0, a.churned_at = NONE;
        if (event_is_participation(kind))
            a.participated_at = e->occurred_at;
        a.points_balance += kind == EVENT_POINTS_EARNED     ? e->points
                            : kind == EVENT_POINTS_REDEEMED ? -e->points
                                                            : 0;
    }
    a.products_count = distinct(events, n, 0);
    a.categories_count = distinct(events, n, 1);
    a.channels_count = distinct(events, n, 2);
    order_facts(events, n, &a);
    *out = a;
}

/* --- traits and counters --- */

static bool has_no_counter(const struct event *e)
{
    static const enum event_kind kinds[] = {EVENT_IDENTIFY,
                                            EVENT_PAGE,
                                            EVENT_SCREEN,
                                            EVENT_GROUP,
                                            EVENT_ALIAS,
                                            EVENT_ORDER_COMPLETED,
                                            EVENT_CHECKOUT_STARTED,
                                            EVENT_PRODUCT_VIEWED,
                                            EVENT_PRODUCT_ADDED};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (e->kind == kinds[i])
            return true;
    return false;
}

static int compare_traits(const void *a, const void *b)
{
    return span_compare(((const struct trait *)a)->name, ((const struct trait *)b)->name);
}

static int compare_counters(const void *a, const void *b)
{
    return span_compare(((const struct counter *)a)->name, ((const struct counter *)b)->name);
}

/* The first, or the last, of the texts that are not empty. */
static struct span told(const struct event **events, size_t n, bool is_first, size_t member)
{
    struct span found = {"", 0};
    for (size_t i = 0; i < n; i++) {
        struct span text;
        memcpy(&text, (const char *)&events[i]->touch + member, sizeof(text));
        if (text.n && (found.n == 0 || !is_first))
            found = text;
    }
    return found;
}

void naive_profile(struct arena *arena, const struct event **events, size_t n, struct profile *out)
{
    struct profile p = {0};
    size_t traits = 0;
    for (size_t i = 0; i < n; i++)
        traits += events[i]->n_traits;
    p.traits = ARENA_ARRAY(arena, struct trait, traits);
    p.counters = ARENA_ARRAY(arena, struct counter, n);
    for (size_t i = 0; i < n; i++) {
        const struct event *e = events[i];
        for (size_t k = 0; e->kind == EVENT_IDENTIFY && k < e->n_traits; k++) {
            size_t place = 0;
            while (place < p.n_traits && !span_equal(p.traits[place].name, e->traits[k].name))
                place++;
            if (place < p.n_traits)
                p.traits[place] = p.traits[--p.n_traits];
            if (e->traits[k].json.n)
                p.traits[p.n_traits++] = e->traits[k];
        }
        if ((e->kind == EVENT_SUBSCRIPTION_CANCELLED || e->kind == EVENT_CUSTOMER_CHURNED))
            p.churn_reason = e->reason.n ? e->reason : span_of("unspecified");
        if (has_no_counter(e))
            continue;
        struct span name = e->kind == EVENT_CUSTOM ? e->name : event_kind_normalised(e->kind);
        size_t place = 0;
        while (place < p.n_counters && !span_equal(p.counters[place].name, name))
            place++;
        if (place == p.n_counters)
            p.counters[p.n_counters++] = (struct counter){.name = name};
        p.counters[place].count++;
    }
    p.first_channel = told(events, n, true, offsetof(struct touch, channel));
    p.last_channel = told(events, n, false, offsetof(struct touch, channel));
    p.first_campaign = told(events, n, true, offsetof(struct touch, campaign));
    p.last_campaign = told(events, n, false, offsetof(struct touch, campaign));
    p.first_campaign_source = told(events, n, true, offsetof(struct touch, source));
    p.last_campaign_source = told(events, n, false, offsetof(struct touch, source));
    p.first_campaign_medium = told(events, n, true, offsetof(struct touch, medium));
    p.last_campaign_medium = told(events, n, false, offsetof(struct touch, medium));
    p.last_locale = told(events, n, false, offsetof(struct touch, locale));
    if (p.n_traits > 1)
        qsort(p.traits, p.n_traits, sizeof(*p.traits), compare_traits);
    if (p.n_counters > 1)
        qsort(p.counters, p.n_counters, sizeof(*p.counters), compare_counters);
    *out = p;
}

/* --- facts that time changes --- */

struct naive_view {
    struct naive *naive;
    struct state state; /* with the facts that time does not change */
    usec_t now;
};

static struct value days_since(usec_t then, usec_t now)
{
    if (then == NONE)
        return value_null();
    int64_t days = 0;
    while (then + (days + 1) * USEC_PER_DAY <= now)
        days++;
    return value_number((double)days);
}

static struct value ratio(const struct accumulators *a, usec_t now)
{
    if (a->orders_count < 3)
        return value_null();
    double gap =
        (double)(a->last_order_at - a->first_order_at) / (double)(a->orders_count - 1) / (double)USEC_PER_DAY;
    return value_number((double)(now - a->last_order_at) / (double)USEC_PER_DAY / (gap < 1 ? 1 : gap));
}

static struct value in_window(const struct naive_view *view, const struct fact_info *info)
{
    const struct naive *naive = view->naive;
    int64_t n = 0, sum = 0;
    for (size_t i = 0; i < naive->n_past; i++) {
        if (!names_first(naive->events, i))
            continue;
        struct naive_order order = join_order(naive->events, naive->n_past, &naive->events[i]->order_key);
        if (!is_counted(&order) || order.completed_at > view->now ||
            order.completed_at + info->window_days * USEC_PER_DAY <= view->now)
            continue;
        n++;
        sum += order.value - order.refunded;
    }
    return info->type == VALUE_MONEY ? value_money((double)sum) : value_number((double)n);
}

static struct value read_fact(const void *context, const struct fact_ref *ref)
{
    const struct naive_view *view = context;
    const struct accumulators *a = &view->naive->facts;
    struct fact_view still = {.state = &view->state, .now = NONE};
    if (ref->fact == FACT_days_since_first_seen)
        return days_since(a->first_seen_at, view->now);
    if (ref->fact == FACT_days_since_last_seen)
        return days_since(a->last_seen_at, view->now);
    if (ref->fact == FACT_days_since_first_order)
        return days_since(a->first_order_at, view->now);
    if (ref->fact == FACT_days_since_last_order)
        return days_since(a->last_order_at, view->now);
    if (ref->fact == FACT_silence_ratio)
        return ratio(a, view->now);
    if (ref->fact < FACT_TRAIT && fact_info((enum fact)ref->fact)->kind == FACT_KIND_WINDOW)
        return in_window(view, fact_info((enum fact)ref->fact));
    if (fact_needs_scores(ref) || fact_needs_rfm(ref)) {
        struct fact_view scored = definitions_view(view->naive->definitions, &view->state, view->now);
        return fact_read(&scored, ref);
    }
    return fact_read(&still, ref);
}

/* --- deciding --- */

static const struct model *model_then(const struct model_history *history, usec_t at)
{
    const struct model *found = NULL;
    for (size_t i = 0; i < history->n; i++)
        if (history->versions[i]->applies_from == NONE || history->versions[i]->applies_from <= at)
            found = history->versions[i];
    return found;
}

static const struct segment *segment_then(const struct segment_history *history, usec_t at)
{
    const struct segment *found = NULL;
    for (size_t i = 0; i < history->n; i++)
        if (history->versions[i]->applies_from == NONE || history->versions[i]->applies_from <= at)
            found = history->versions[i];
    return found;
}

static int decide(const struct model *model, const struct rule_env *env, int current)
{
    if (model->is_withdrawn)
        return 0;
    for (size_t i = 0; i < model->n_stages; i++)
        if (model->stages[i].number == current && model->stages[i].hold &&
            rule_holds(model->stages[i].hold, env))
            return current;
    for (size_t i = 0; i < model->n_stages; i++)
        if (rule_holds(model->stages[i].rule, env))
            return model->stages[i].number;
    abort();
}

static void decide_all(struct naive *naive, usec_t at, enum cause cause, const struct event *event)
{
    struct naive_view view = {.naive = naive, .now = at};
    struct rule_env env = {.read = read_fact, .context = &view};
    view.state.a = naive->facts;
    view.state.profile = *naive->profile;
    for (int i = 0; i < naive->definitions->n_models; i++) {
        const struct model *model = model_then(&naive->definitions->models[i], at);
        int to = model ? decide(model, &env, naive->stages[i]) : 0;
        if (to == naive->stages[i])
            continue;
        naive->moves = arena_grow(naive->arena, naive->moves, naive->n_moves, &naive->moves_capacity,
                                  sizeof(*naive->moves));
        naive->moves[naive->n_moves++] = (struct naive_move){.number = i + 1,
                                                             .version = model->version,
                                                             .from = naive->stages[i],
                                                             .to = to,
                                                             .at = at,
                                                             .cause = cause};
        if (event)
            naive->moves[naive->n_moves - 1].event_id = event->event_id;
        naive->stages[i] = to;
    }
    for (int i = 0; i < naive->definitions->n_segments; i++) {
        const struct segment *segment = segment_then(&naive->definitions->segments[i], at);
        bool is_member = segment && !segment->is_withdrawn && rule_holds(segment->rule, &env);
        if (is_member == naive->members[i])
            continue;
        naive->memberships = arena_grow(naive->arena, naive->memberships, naive->n_memberships,
                                        &naive->memberships_capacity, sizeof(*naive->memberships));
        naive->memberships[naive->n_memberships++] = (struct naive_move){
            .number = i + 1, .version = segment->version, .to = is_member, .at = at, .cause = cause};
        if (event)
            naive->memberships[naive->n_memberships - 1].event_id = event->event_id;
        naive->members[i] = is_member;
    }
}

/* --- instants --- */

struct instants_seen {
    struct arena *arena;
    usec_t *at;
    size_t n, capacity;
    usec_t after, until; /* what lies in (after, until] is kept */
};

static void look_at(struct instants_seen *seen, usec_t at)
{
    if (at <= seen->after || at > seen->until)
        return;
    seen->at = arena_grow(seen->arena, seen->at, seen->n, &seen->capacity, sizeof(*seen->at));
    seen->at[seen->n++] = at;
}

static int compare_instants(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

/* Every whole day since anything that happened, and just beside it; where the ratio is about what rules name.
 */
static void find_instants(const struct naive *naive, struct instants_seen *seen)
{
    static const double ratios[] = RULE_RATIOS;
    const struct accumulators *a = &naive->facts;
    for (size_t i = 0; i < naive->n_past; i++) {
        usec_t then = naive->events[i]->occurred_at;
        for (int day = 0; day <= DAYS_LOOKED_AT; day++)
            for (int beside = -1; beside <= 1; beside++)
                if (beside == 0 || day <= DAYS_LOOKED_AT_CLOSELY || day == 90)
                    look_at(seen, then + day * USEC_PER_DAY + beside);
    }
    for (usec_t day = seen->after - USEC_PER_DAY; a->orders_count && day <= seen->until + USEC_PER_DAY; day += USEC_PER_DAY)
        for (int beside = -1; beside <= 1; beside++)
            look_at(seen, day / USEC_PER_DAY * USEC_PER_DAY + beside);
    if (a->orders_count >= 3) {
        double gap = (double)(a->last_order_at - a->first_order_at) / (double)(a->orders_count - 1);
        if (gap < (double)USEC_PER_DAY)
            gap = (double)USEC_PER_DAY;
        for (size_t i = 0; i < COUNT_OF(ratios); i++)
            for (int beside = -3; beside <= 3; beside++)
                look_at(seen, a->last_order_at + (usec_t)(ratios[i] * gap) + beside);
    }
}

/* Does a definition that is the latest at ${at} have a rule of such facts? */
static bool looks_at(const struct definitions *definitions, usec_t at, bool (*needs)(const struct fact_ref *ref))
{
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_then(&definitions->models[i], at);
        for (size_t k = 0; model && k < model->n_stages; k++)
            if (rule_mentions(model->stages[k].rule, needs) ||
                (model->stages[k].hold && rule_mentions(model->stages[k].hold, needs)))
                return true;
    }
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_then(&definitions->segments[i], at);
        if (segment && segment->rule && rule_mentions(segment->rule, needs))
            return true;
    }
    return false;
}

static bool is_boundary(const struct definitions *definitions, usec_t at)
{
    for (int i = 0; i < definitions->n_models; i++)
        for (size_t v = 0; v < definitions->models[i].n; v++)
            if (definitions->models[i].versions[v]->applies_from == at)
                return true;
    for (int i = 0; i < definitions->n_segments; i++)
        for (size_t v = 0; v < definitions->segments[i].n; v++)
            if (definitions->segments[i].versions[v]->applies_from == at)
                return true;
    for (size_t v = 0; v < definitions->scores.n; v++)
        if (definitions->scores.versions[v]->applies_from == at && looks_at(definitions, at, fact_needs_scores))
            return true;
    for (size_t v = 0; v < definitions->rfm.n; v++)
        if (definitions->rfm.versions[v]->applies_from == at && looks_at(definitions, at, fact_needs_rfm))
            return true;
    return false;
}

static void find_boundaries(const struct definitions *definitions, struct instants_seen *seen)
{
    for (int i = 0; i < definitions->n_models; i++)
        for (size_t v = 0; v < definitions->models[i].n; v++)
            look_at(seen, definitions->models[i].versions[v]->applies_from);
    for (int i = 0; i < definitions->n_segments; i++)
        for (size_t v = 0; v < definitions->segments[i].n; v++)
            look_at(seen, definitions->segments[i].versions[v]->applies_from);
    for (size_t v = 0; v < definitions->scores.n; v++)
        look_at(seen, definitions->scores.versions[v]->applies_from);
    for (size_t v = 0; v < definitions->rfm.n; v++)
        look_at(seen, definitions->rfm.versions[v]->applies_from);
}

void naive_advance(struct naive *naive, usec_t from, usec_t to)
{
    struct instants_seen seen = {.arena = naive->arena, .after = from, .until = to};
    find_instants(naive, &seen);
    find_boundaries(naive->definitions, &seen);
    if (seen.n > 1)
        qsort(seen.at, seen.n, sizeof(*seen.at), compare_instants);
    for (size_t i = 0; i < seen.n; i++)
        if (i == 0 || seen.at[i] != seen.at[i - 1])
            decide_all(naive, seen.at[i],
                       is_boundary(naive->definitions, seen.at[i]) ? CAUSE_DEFINITION : CAUSE_TIME, NULL);
}

void naive_fold(struct arena *arena, const struct definitions *definitions, const struct event **events,
                size_t n, usec_t to, struct naive *out)
{
    *out = (struct naive){.arena = arena, .definitions = definitions, .events = events, .n_events = n};
    for (size_t i = 0; i < n && events[i]->occurred_at <= to; i++) {
        usec_t at = events[i]->occurred_at;
        if (i > 0 && events[i - 1]->occurred_at < at) {
            naive_advance(out, events[i - 1]->occurred_at, at - 1);
            if (is_boundary(definitions, at))
                decide_all(out, at, CAUSE_DEFINITION, NULL);
        }
        struct profile *profile = ARENA_NEW(arena, struct profile);
        out->n_past = i + 1;
        naive_facts(events, out->n_past, &out->facts);
        naive_profile(arena, events, out->n_past, profile);
        out->profile = profile;
        decide_all(out, at, CAUSE_EVENT, events[i]);
    }
    if (out->n_past)
        naive_advance(out, events[out->n_past - 1]->occurred_at, to);
}
