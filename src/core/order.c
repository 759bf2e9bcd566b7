#include "core/money.h"
#include "state_parts.h"

#include <math.h>
#include <stdlib.h>

/* A customer's orders, and what is counted of them. */

static int64_t refunds_sum(const struct order *order, bool *whole)
{
    int64_t sum = 0;
    *whole = false;
    for (size_t i = 0; i < order->n_refunds; i++) {
        if (order->refunds[i].amount < 0)
            *whole = true;
        else
            sum = money_add(sum, order->refunds[i].amount);
    }
    return sum;
}

int64_t order_refunded(const struct order *order)
{
    bool whole;
    int64_t sum = refunds_sum(order, &whole);
    return whole || sum > order->value ? order->value : sum;
}

bool order_came_back(const struct order *order)
{
    bool whole;
    int64_t sum = refunds_sum(order, &whole);
    return whole || (sum > 0 && sum >= order->value);
}

bool order_is_counted(const struct order *order)
{
    return order->completed_at != NONE && order->cancelled_at == NONE && !order_came_back(order);
}

/* Where the order with this key is, or would be. */
static size_t order_place(const struct state *state, const struct uuid *key)
{
    size_t low = 0, high = state->n_orders;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uuid_compare(&state->orders[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct order *state_order(const struct state *state, const struct uuid *order_key)
{
    size_t i = order_place(state, order_key);
    if (i < state->n_orders && uuid_compare(&state->orders[i].key, order_key) == 0)
        return &state->orders[i];
    return NULL;
}

struct order *state_add_order(struct arena *arena, struct state *state, const struct order *order)
{
    size_t i = order_place(state, &order->key);
    state->orders = arena_grow(arena, state->orders, state->n_orders, &state->orders_capacity, sizeof(*order));
    memmove(&state->orders[i + 1], &state->orders[i], (state->n_orders - i) * sizeof(*order));
    state->orders[i] = *order;
    state->n_orders++;
    return &state->orders[i];
}

size_t refund_room(size_t n)
{
    size_t room = 1;
    while (room < n)
        room *= 2;
    return room;
}

/* ${array}, or a copy of it with room for one more. */
static void *with_room(struct arena *arena, const void *array, size_t n, size_t size)
{
    size_t room = refund_room(n);
    if (n && n < room)
        return (void *)(uintptr_t)array;
    void *out = arena_array(arena, n ? 2 * room : 1, size);
    if (n)
        memcpy(out, array, n * size);
    return out;
}

static void order_add_refund(struct arena *arena, struct order *order, const struct event *event)
{
    for (size_t i = 0; i < order->n_refunds; i++)
        if (uuid_compare(&order->refunds[i].key, &event->refund_key) == 0)
            return;
    struct circumstances *c = &order->circumstances;
    struct refund *refunds = with_room(arena, order->refunds, order->n_refunds, sizeof(*refunds));
    struct returned *returned = with_room(arena, c->returned, c->n_returned, sizeof(*returned));
    refunds[order->n_refunds++] =
        (struct refund){.key = event->refund_key, .amount = event->refund_whole ? -1 : event->refund_amount};
    returned[c->n_returned++] =
        (struct returned){.at = event->occurred_at,
                          .lines = event->n_lines
                                       ? arena_copy(arena, event->lines, event->n_lines * sizeof(*event->lines))
                                       : NULL,
                          .n_lines = event->n_lines};
    order->refunds = refunds;
    c->returned = returned;
}

/* What one order adds to the accumulators. */
struct share {
    int64_t refunds, cancelled, coupons, discounts, gross, refunded;
    bool is_counted;
    struct counted counted; /* of those that count */
};

static struct share share_of(const struct order *order)
{
    struct share share = {.refunds = (int64_t)order->n_refunds, .counted.at = order->completed_at};
    if (order->completed_at == NONE)
        return (struct share){.is_counted = false};
    if (order->cancelled_at != NONE) {
        share.cancelled = 1;
        return share;
    }
    share.gross = order->value;
    share.refunded = order_refunded(order);
    share.is_counted = !order_came_back(order);
    if (share.is_counted) {
        share.coupons = order->has_coupon;
        share.discounts = order->discount;
        share.counted.net = share.gross - share.refunded;
    }
    return share;
}

/* The sums do not depend on the order of calls, as long as nothing is taken away from one that has come to its bound. */
static void add_share(struct accumulators *a, const struct share *share, int64_t times)
{
    a->refunds_count += times * share->refunds;
    a->orders_cancelled_count += times * share->cancelled;
    a->orders_count += times * share->is_counted;
    a->orders_coupon_count += times * share->coupons;
    a->revenue_gross = money_add(a->revenue_gross, times * share->gross);
    a->revenue_refunded = money_add(a->revenue_refunded, times * share->refunded);
    a->discounts_total = money_add(a->discounts_total, times * share->discounts);
}

static bool is_at_bound(const struct accumulators *a)
{
    return a->revenue_gross == MONEY_SUM_MAX || a->revenue_refunded == MONEY_SUM_MAX || a->discounts_total == MONEY_SUM_MAX;
}

static void recount_sums(struct state *state)
{
    struct accumulators *a = &state->a;
    a->orders_count = a->orders_cancelled_count = a->orders_coupon_count = a->refunds_count = 0;
    a->revenue_gross = a->revenue_refunded = a->discounts_total = 0;
    for (size_t i = 0; i < state->n_orders; i++) {
        struct share share = share_of(&state->orders[i]);
        add_share(a, &share, 1);
    }
}

/* --- counted orders by time -------------------------------------------------------------------------------- */

static void add_counted(struct arena *arena, struct state *state, const struct counted *one)
{
    int64_t before = state->n_counted ? state->counted[state->n_counted - 1].sum : 0;
    state->counted =
        arena_grow(arena, state->counted, state->n_counted, &state->counted_capacity, sizeof(*state->counted));
    state->counted[state->n_counted++] = (struct counted){.at = one->at, .net = one->net, .sum = before + one->net};
}

static int compare_counted(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void sum_counted(struct state *state, size_t from)
{
    int64_t sum = from ? state->counted[from - 1].sum : 0;
    for (size_t i = from; i < state->n_counted; i++)
        state->counted[i].sum = sum += state->counted[i].net;
}

void state_keep_counted(struct arena *arena, struct state *state)
{
    if (!state->has_counted) { /* the array is another state's */
        state->counted = NULL;
        state->counted_capacity = 0;
    }
    state->n_counted = 0;
    for (size_t i = 0; i < state->n_orders; i++) {
        struct share share = share_of(&state->orders[i]);
        if (share.is_counted)
            add_counted(arena, state, &share.counted);
    }
    if (state->n_counted > 1)
        qsort(state->counted, state->n_counted, sizeof(*state->counted), compare_counted);
    sum_counted(state, 0);
    state->has_counted = true;
}

/* The first that is not before ${at}. */
static size_t counted_place(const struct state *state, usec_t at)
{
    size_t low = 0, high = state->n_counted;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (state->counted[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void take_counted(struct state *state, const struct counted *one)
{
    size_t i = counted_place(state, one->at);
    while (i + 1 < state->n_counted && state->counted[i].net != one->net)
        i++;
    if (i == state->n_counted)
        return; /* it was not among them */
    state->n_counted--;
    memmove(&state->counted[i], &state->counted[i + 1], (state->n_counted - i) * sizeof(*state->counted));
}

static void put_counted(struct arena *arena, struct state *state, const struct counted *one)
{
    size_t i = counted_place(state, one->at);
    add_counted(arena, state, one);
    memmove(&state->counted[i + 1], &state->counted[i], (state->n_counted - 1 - i) * sizeof(*state->counted));
    state->counted[i] = *one;
}

/* --- purchase days ----------------------------------------------------------------------------------------- */

static int64_t growth_between(int64_t growth, int64_t before, int64_t day)
{
    int64_t after = 0;
    for (enum grain grain = GRAIN_DAY; grain <= GRAIN_MONTH; grain++) {
        int64_t gap = period_between(grain, before, day);
        int64_t is = gap == 0 ? (int64_t)growth_of(growth, grain) : gap == 1 ? GROWTH_RETAINED : GROWTH_RESURRECTED;
        after |= is << 2 * grain;
    }
    return after;
}

int64_t growth_after(const struct calendar *calendar, int64_t growth, usec_t last, usec_t at)
{
    if (last == NONE)
        return GROWTH_NEW | GROWTH_NEW << 2 * GRAIN_WEEK | GROWTH_NEW << 2 * GRAIN_MONTH;
    return growth_between(growth, calendar_day_begun(calendar, last), calendar_day_begun(calendar, at));
}

/*
 * A counted order, not before those that were added, of which the last was on the local day ${last}: the counted orders
 * of one local day are one purchase.
 */
static void add_purchase(struct accumulators *a, int64_t last, int64_t day, int64_t net)
{
    if (a->purchase_days == 0)
        a->growth = growth_after(NULL, 0, NONE, 0);
    else if (day != last)
        a->growth = growth_between(a->growth, last, day);
    if (a->purchase_days == 0 || day > last)
        a->purchase_days++;
    if (a->purchase_days > 1 && day > last)
        a->gaps_ln += llround(log((double)(day - last)) * 1e9);
    if (a->purchase_days == 1)
        a->first_day_value = money_add(a->first_day_value, net);
}

static void recount_purchases(const struct calendar *calendar, struct state *state)
{
    struct accumulators *a = &state->a;
    int64_t last = 0;
    a->purchase_days = a->first_day_value = a->gaps_ln = a->growth = 0;
    for (size_t i = 0; i < state->n_counted; i++) {
        int64_t day = calendar_day_begun(calendar, state->counted[i].at);
        add_purchase(a, last, day, state->counted[i].net);
        last = day;
    }
}

/* Of orders at one instant the last is the most valuable. */
static void find_extremes(struct state *state)
{
    struct accumulators *a = &state->a;
    size_t n = state->n_counted;
    a->first_order_at = n ? state->counted[0].at : NONE;
    a->last_order_at = n ? state->counted[n - 1].at : NONE;
    a->order_value_last = n ? state->counted[n - 1].net : NONE;
    for (size_t i = n; i-- > 0 && state->counted[i].at == a->last_order_at;)
        if (state->counted[i].net > a->order_value_last)
            a->order_value_last = state->counted[i].net;
}

/* --- after an event of an order -------------------------------------------------------------------------------- */

/* An order that no earlier event told of: the timeline's order is that of completion. */
static void count_new(struct arena *arena, const struct calendar *calendar, struct state *state, const struct share *is)
{
    struct accumulators *a = &state->a;
    add_share(a, is, 1);
    if (!is->is_counted)
        return;
    usec_t at = is->counted.at, last = a->last_order_at;
    add_purchase(a, last == NONE ? 0 : calendar_day_begun(calendar, last), calendar_day_begun(calendar, at), is->counted.net);
    if (a->first_order_at == NONE || at < a->first_order_at)
        a->first_order_at = at;
    if (last == NONE || at > last || (at == last && is->counted.net > a->order_value_last))
        a->order_value_last = is->counted.net;
    if (last == NONE || at > last)
        a->last_order_at = at;
    if (state->has_counted)
        add_counted(arena, state, &is->counted);
}

/* One that was something else before: all others are as they were, and it was completed when it was. */
static void count_changed(struct arena *arena, const struct calendar *calendar, struct state *state,
                          const struct share *was, const struct share *is)
{
    struct accumulators *a = &state->a;
    bool counts_as_before = was->is_counted == is->is_counted;
    if (is_at_bound(a)) {
        recount_sums(state);
    } else {
        add_share(a, was, -1);
        add_share(a, is, 1);
    }
    if (counts_as_before && was->counted.net == is->counted.net)
        return;
    if (state->has_counted) {
        if (was->is_counted)
            take_counted(state, &was->counted);
        if (is->is_counted)
            put_counted(arena, state, &is->counted);
        sum_counted(state, counted_place(state, was->is_counted ? was->counted.at : is->counted.at));
    } else {
        state_keep_counted(arena, state);
    }
    find_extremes(state);
    if (!counts_as_before || a->first_day_value == MONEY_SUM_MAX)
        recount_purchases(calendar, state);
    else if (calendar_day_begun(calendar, is->counted.at) == calendar_day_begun(calendar, a->first_order_at))
        a->first_day_value = money_add(a->first_day_value, is->counted.net - was->counted.net);
}

/* --- events ------------------------------------------------------------------------------------------------------ */

/* What was before ${at}, and may have brought the order. */
static const struct touched *touches_before(const struct marks *marks, usec_t at, size_t *n)
{
    size_t first = 0;
    while (first < marks->n_touches && marks->touches[first].at < at - TOUCH_DAYS * USEC_PER_DAY)
        first++;
    *n = marks->n_touches - first;
    return marks->touches + first;
}

static void complete(struct arena *arena, struct state *state, struct order *order, const struct event *event)
{
    const struct marks *marks = &state->profile.marks;
    struct circumstances *c = &order->circumstances;
    order->completed_at = event->occurred_at;
    order->ordinal = (int)state->a.orders_reported_count;
    *c = (struct circumstances){.channel = event->by_channel,
                                .campaign = event->by_campaign,
                                .country = event->by_country,
                                .first_seen_at = state->a.first_seen_at,
                                .landing = marks->landing,
                                .returned = c->returned,
                                .n_returned = c->n_returned};
    if (marks->n_touches) {
        const struct touched *touches = touches_before(marks, event->occurred_at, &c->n_touches);
        c->touches = arena_copy(arena, touches, c->n_touches * sizeof(*touches));
    }
    if (c->n_touches && c->channel == 0 && c->campaign == 0) {
        c->channel = c->touches[c->n_touches - 1].channel;
        c->campaign = c->touches[c->n_touches - 1].campaign;
    }
}

static int compare_ordinals(const void *a, const void *b)
{
    const struct order *const *x = a, *const *y = b;
    return ((*x)->ordinal > (*y)->ordinal) - ((*x)->ordinal < (*y)->ordinal);
}

const struct order **state_counted_orders(struct arena *arena, const struct state *state, size_t *n)
{
    const struct order **orders = ARENA_ARRAY(arena, const struct order *, state->n_orders);
    *n = 0;
    for (size_t i = 0; i < state->n_orders; i++)
        if (order_is_counted(&state->orders[i]))
            orders[(*n)++] = &state->orders[i];
    if (*n > 1)
        qsort(orders, *n, sizeof(*orders), compare_ordinals);
    return orders;
}

void apply_order(struct arena *arena, const struct calendar *calendar, struct state *state, const struct event *event)
{
    struct order *order = state_order(state, &event->order_key);
    bool is_new = order == NULL;
    if (is_new) {
        struct order blank = {.key = event->order_key,
                              .id = arena_span(arena, event->order_id),
                              .completed_at = NONE,
                              .cancelled_at = NONE,
                              .circumstances = {.first_seen_at = NONE, .landing.at = NONE}};
        order = state_add_order(arena, state, &blank);
    }
    struct share was = share_of(order);
    order->is_changed = true;
    if (event->has_value)
        order->value = event->value;
    if (event->has_discount)
        order->discount = event->discount;
    order->has_coupon = order->has_coupon || event->has_coupon;
    if (event->n_lines && event->kind != EVENT_ORDER_REFUNDED) {
        order->lines = arena_copy(arena, event->lines, event->n_lines * sizeof(*event->lines));
        order->n_lines = event->n_lines;
    }
    if (event->is_reinstated)
        order->cancelled_at = NONE;
    if (event->kind == EVENT_ORDER_COMPLETED) {
        state->a.orders_reported_count++;
        if (order->completed_at == NONE)
            complete(arena, state, order, event);
    } else if (event->kind == EVENT_ORDER_CANCELLED) {
        if (order->cancelled_at == NONE)
            order->cancelled_at = event->occurred_at;
    } else if (event->kind == EVENT_ORDER_REFUNDED) {
        order_add_refund(arena, order, event);
    }
    struct share is = share_of(order);
    if (is_new)
        count_new(arena, calendar, state, &is);
    else
        count_changed(arena, calendar, state, &was, &is);
}
