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

static void order_add_refund(struct arena *arena, struct order *order, const struct event *event)
{
    for (size_t i = 0; i < order->n_refunds; i++)
        if (uuid_compare(&order->refunds[i].key, &event->refund_key) == 0)
            return;
    size_t room = refund_room(order->n_refunds);
    struct refund *refunds = (struct refund *)(uintptr_t)order->refunds;
    if (order->n_refunds == 0 || order->n_refunds == room) {
        refunds = ARENA_ARRAY(arena, struct refund, order->n_refunds ? 2 * room : 1);
        if (order->n_refunds)
            memcpy(refunds, order->refunds, order->n_refunds * sizeof(*refunds));
    }
    refunds[order->n_refunds] =
        (struct refund){.key = event->refund_key, .amount = event->refund_whole ? -1 : event->refund_amount};
    order->refunds = refunds;
    order->n_refunds++;
}

/* Add one order to the sums and extremes. The result does not depend on the order of calls. */
static void count_order(struct accumulators *a, const struct order *order)
{
    if (order->completed_at == NONE)
        return;
    a->refunds_count += (int64_t)order->n_refunds;
    if (order->cancelled_at != NONE) {
        a->orders_cancelled_count++;
        return;
    }
    int64_t refunded = order_refunded(order);
    a->revenue_gross = money_add(a->revenue_gross, order->value);
    a->revenue_refunded = money_add(a->revenue_refunded, refunded);
    if (!order_is_counted(order))
        return;
    int64_t net = order->value - refunded;
    a->orders_count++;
    a->orders_coupon_count += order->has_coupon;
    a->discounts_total = money_add(a->discounts_total, order->discount);
    if (a->first_order_at == NONE || order->completed_at < a->first_order_at)
        a->first_order_at = order->completed_at;
    if (a->last_order_at == NONE || order->completed_at > a->last_order_at) {
        a->last_order_at = order->completed_at;
        a->order_value_last = net;
    } else if (order->completed_at == a->last_order_at && net > a->order_value_last) {
        a->order_value_last = net;
    }
}

static void add_counted(struct arena *arena, struct state *state, const struct order *order)
{
    int64_t net = order->value - order_refunded(order);
    int64_t before = state->n_counted ? state->counted[state->n_counted - 1].sum : 0;
    state->counted =
        arena_grow(arena, state->counted, state->n_counted, &state->counted_capacity, sizeof(*state->counted));
    state->counted[state->n_counted++] = (struct counted){.at = order->completed_at, .net = net, .sum = before + net};
}

static int compare_counted(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

void state_keep_counted(struct arena *arena, struct state *state)
{
    int64_t sum = 0;
    bool is_sorted = true;
    state->n_counted = 0;
    for (size_t i = 0; i < state->n_orders; i++)
        if (order_is_counted(&state->orders[i])) {
            add_counted(arena, state, &state->orders[i]);
            is_sorted = is_sorted && (state->n_counted == 1 || state->counted[state->n_counted - 2].at <=
                                                                   state->counted[state->n_counted - 1].at);
        }
    if (!is_sorted)
        qsort(state->counted, state->n_counted, sizeof(*state->counted), compare_counted);
    for (size_t i = 0; i < state->n_counted; i++)
        state->counted[i].sum = sum += state->counted[i].net;
    state->has_counted = true;
}

/* --- purchase days ----------------------------------------------------------------------------------------- */

/* A counted order, not before those that were added: the counted orders of one local day are one purchase. */
static void add_purchase(const struct calendar *calendar, struct accumulators *a, usec_t last, usec_t at, int64_t net)
{
    int64_t gap = last == NONE ? 0 : calendar_day_begun(calendar, at) - calendar_day_begun(calendar, last);
    if (last == NONE || gap > 0)
        a->purchase_days++;
    if (gap > 0)
        a->gaps_ln += llround(log((double)gap) * 1e9);
    if (a->purchase_days == 1)
        a->first_day_value = money_add(a->first_day_value, net);
}

int64_t growth_after(const struct calendar *calendar, int64_t growth, usec_t last, usec_t at)
{
    if (last == NONE)
        return GROWTH_NEW | GROWTH_NEW << 2 * GRAIN_WEEK | GROWTH_NEW << 2 * GRAIN_MONTH;
    int64_t before = calendar_day_begun(calendar, last), day = calendar_day_begun(calendar, at), after = 0;
    for (enum grain grain = GRAIN_DAY; grain <= GRAIN_MONTH; grain++) {
        int64_t gap = period_between(grain, before, day);
        int64_t is = gap == 0 ? (int64_t)growth_of(growth, grain) : gap == 1 ? GROWTH_RETAINED : GROWTH_RESURRECTED;
        after |= is << 2 * grain;
    }
    return after;
}

static void recount_purchases(const struct calendar *calendar, struct state *state)
{
    struct accumulators *a = &state->a;
    usec_t last = NONE;
    a->purchase_days = a->first_day_value = a->gaps_ln = a->growth = 0;
    for (size_t i = 0; i < state->n_counted; i++) {
        a->growth = growth_after(calendar, a->growth, last, state->counted[i].at);
        add_purchase(calendar, a, last, state->counted[i].at, state->counted[i].net);
        last = state->counted[i].at;
    }
}

static void recount_orders(struct state *state)
{
    struct accumulators *a = &state->a;
    a->orders_count = a->orders_cancelled_count = a->orders_coupon_count = a->refunds_count = 0;
    a->revenue_gross = a->revenue_refunded = a->discounts_total = 0;
    a->order_value_last = a->first_order_at = a->last_order_at = NONE;
    for (size_t i = 0; i < state->n_orders; i++)
        count_order(a, &state->orders[i]);
}
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
                                .landing = marks->landing};
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
    if (!is_new) {
        bool has_counted = state->has_counted;
        recount_orders(state);
        state_keep_counted(arena, state);
        recount_purchases(calendar, state);
        state->has_counted = has_counted;
        return;
    }
    /* the timeline's order is that of completion */
    if (order_is_counted(order)) {
        struct accumulators *a = &state->a;
        a->growth = growth_after(calendar, a->growth, a->last_order_at, order->completed_at);
        add_purchase(calendar, a, a->last_order_at, order->completed_at, order->value - order_refunded(order));
    }
    count_order(&state->a, order);
    if (state->has_counted && order_is_counted(order))
        add_counted(arena, state, order);
}
