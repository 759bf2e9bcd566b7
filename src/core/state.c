#include "core/state.h"
#include "core/money.h"
#include "marks.h"

#include <math.h>
#include <stdlib.h>

#define SESSION_GAP (30 * 60 * USEC_PER_SEC)

int position_compare(const struct position *a, const struct position *b)
{
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return uuid_compare(&a->event_id, &b->event_id);
}

void state_init(struct state *state, const struct uuid *key, struct span external_id,
                enum identity_kind kind)
{
    *state = (struct state){.key = *key, .external_id = external_id, .kind = kind};
#define X(name, type, null, comment) state->a.name = (null) ? NONE : 0;
    ACCUMULATOR_TABLE(X)
#undef X
    state->profile.marks.landing.at = NONE;
    state->has_all_orders = true;
    state->has_counted = true;
    state->position.at = NONE;
    state->deadline = NONE;
    for (size_t i = 0; i < MODEL_SLOTS; i++)
        state->standing[i].since = NONE;
}

/* --- orders ---------------------------------------------------------------------------------------------- */

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

/* The customer who had left is here again. */
static void come_back(struct state *state)
{
    state->a.churned = 0;
    state->a.churned_at = NONE;
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

static void apply_order(struct arena *arena, const struct calendar *calendar, struct state *state,
                        const struct event *event)
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
        come_back(state);
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

/* --- the second row -------------------------------------------------------------------------------------- */

/* Merge sorted ${added} into a sorted set, up to SET_MAX; true when something was new. */
static bool set_merge(struct arena *arena, uint64_t **set, size_t *n, const uint64_t *added, size_t n_added)
{
    size_t i = 0, fresh = 0;
    for (size_t k = 0; k < n_added; k++) {
        while (i < *n && (*set)[i] < added[k])
            i++;
        fresh += i == *n || (*set)[i] != added[k];
    }
    if (fresh > SET_MAX - *n)
        fresh = SET_MAX - *n;
    if (fresh == 0)
        return false;
    uint64_t *merged = ARENA_ARRAY(arena, uint64_t, *n + fresh);
    size_t total = *n + fresh, out = 0, k = 0;
    for (i = 0; out < total;) {
        if (k < n_added && fresh > 0 && (i == *n || added[k] < (*set)[i])) {
            merged[out++] = added[k++];
            fresh--;
        } else if (i < *n) {
            if (k < n_added && added[k] == (*set)[i])
                k++;
            else if (k < n_added && added[k] < (*set)[i]) {
                k++; /* the set is full */
                continue;
            }
            merged[out++] = (*set)[i++];
        }
    }
    *set = merged;
    *n = total;
    return true;
}

static void count_name(struct arena *arena, struct profile *profile, struct span name)
{
    size_t low = 0, high = profile->n_counters;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(profile->counters[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == profile->n_counters || !span_equal(profile->counters[low].name, name)) {
        if (profile->n_counters == COUNTERS_MAX)
            return;
        struct counter *counters = ARENA_ARRAY(arena, struct counter, profile->n_counters + 1);
        if (profile->n_counters) {
            memcpy(counters, profile->counters, low * sizeof(*counters));
            memcpy(counters + low + 1, profile->counters + low, (profile->n_counters - low) * sizeof(*counters));
        }
        counters[low] = (struct counter){.name = arena_span(arena, name)};
        profile->counters = counters;
        profile->n_counters++;
    }
    profile->counters[low].count++;
    profile->is_changed = true;
}

/* What a trait takes of TRAITS_BYTES_MAX: as a member of a JSON object. */
static size_t trait_bytes(const struct trait *trait)
{
    return trait->name.n + trait->json.n + 6;
}

/* Where the trait with this name is, or would be. */
static size_t trait_place(const struct profile *profile, struct span name)
{
    size_t low = 0, high = profile->n_traits;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(profile->traits[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/*
 * One trait into an array that has room for it. ${bytes} is what all traits take. What would pass a bound is left out.
 */
static void set_trait(struct arena *arena, struct profile *profile, const struct trait *trait, size_t *bytes)
{
    size_t i = trait_place(profile, trait->name);
    struct trait *at = &profile->traits[i];
    bool found = i < profile->n_traits && span_equal(at->name, trait->name);
    if (found && trait->json.n == 0) {
        *bytes -= trait_bytes(at);
        memmove(at, at + 1, (--profile->n_traits - i) * sizeof(*at));
        return;
    }
    size_t old = found ? trait_bytes(at) : 0;
    if (trait->json.n == 0 || *bytes - old + trait_bytes(trait) > TRAITS_BYTES_MAX ||
        (!found && profile->n_traits == TRAITS_MAX))
        return;
    if (!found) {
        memmove(at + 1, at, (profile->n_traits++ - i) * sizeof(*at));
        at->name = arena_span(arena, trait->name);
    }
    at->json = arena_span(arena, trait->json);
    trait_value(arena, at);
    *bytes += trait_bytes(trait) - old;
}

/* Does the customer have this trait with this value, or lack the one that is removed? */
static bool trait_stands(const struct profile *profile, const struct trait *trait)
{
    size_t i = trait_place(profile, trait->name);
    bool found = i < profile->n_traits && span_equal(profile->traits[i].name, trait->name);
    return found ? span_equal(profile->traits[i].json, trait->json) : trait->json.n == 0;
}

/* The array is copied once for an event that changes something: other states may share it. */
static void set_traits(struct arena *arena, struct profile *profile, const struct event *event)
{
    size_t first = 0, bytes = 0;
    while (first < event->n_traits && trait_stands(profile, &event->traits[first]))
        first++;
    if (first == event->n_traits)
        return;
    struct trait *traits = ARENA_ARRAY(arena, struct trait, profile->n_traits + event->n_traits - first);
    if (profile->n_traits)
        memcpy(traits, profile->traits, profile->n_traits * sizeof(*traits));
    profile->traits = traits;
    for (size_t i = 0; i < profile->n_traits; i++)
        bytes += trait_bytes(&traits[i]);
    for (size_t i = first; i < event->n_traits; i++)
        set_trait(arena, profile, &event->traits[i], &bytes);
    profile->is_changed = true;
}

/* The customer left, or said why: remembered until they order or subscribe again. */
static void leave(struct arena *arena, struct state *state, const struct event *event)
{
    struct span reason = event->reason.n ? event->reason : span_of("unspecified");
    state->a.churned = 1;
    state->a.churned_at = event->occurred_at;
    state->profile.marks.churn_reason = event->by_reason;
    if (span_equal(state->profile.churn_reason, reason))
        return;
    state->profile.churn_reason = arena_span(arena, reason);
    state->profile.is_changed = true;
}

enum touch_which { FIRST, LAST };

static void set_touch(struct arena *arena, struct profile *profile, enum touch_which which, struct span told,
                      struct span *known)
{
    if (told.n == 0 || (which == FIRST && known->n != 0) || span_equal(*known, told))
        return;
    *known = arena_span(arena, told);
    profile->is_changed = true;
}

static void set_touches(struct arena *arena, struct profile *profile, const struct touch *touch)
{
#define X(name, member, which) set_touch(arena, profile, which, touch->member, &profile->name);
    TOUCH_TABLE(X)
#undef X
}

static bool touch_is_told(const struct touch *touch)
{
#define X(name, member, which) touch->member.n != 0 ||
    return TOUCH_TABLE(X) false;
#undef X
}

bool profile_is_empty(const struct profile *profile)
{
#define X(name, member, which) profile->name.n == 0 &&
    return TOUCH_TABLE(X) profile->n_traits == 0 && profile->n_counters == 0 && profile->n_categories == 0 &&
           profile->n_products == 0 && profile->n_channels == 0 && profile->churn_reason.n == 0 &&
           marks_are_empty(&profile->marks);
#undef X
}

/* Events that are counted by an accumulator of their own, or have no name. */
static bool is_counted_by_name(enum event_kind kind)
{
    switch (kind) {
    case EVENT_NONE:
    case EVENT_IDENTIFY:
    case EVENT_PAGE:
    case EVENT_SCREEN:
    case EVENT_GROUP:
    case EVENT_ALIAS:
    case EVENT_ORDER_COMPLETED:
    case EVENT_CHECKOUT_STARTED:
    case EVENT_PRODUCT_VIEWED:
    case EVENT_PRODUCT_ADDED:
    case EVENT_KIND_COUNT:
        return false;
    case EVENT_CUSTOM:
    case EVENT_ORDER_UPDATED:
    case EVENT_ORDER_REFUNDED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_PRODUCT_REMOVED:
    case EVENT_PRODUCT_LIST_VIEWED:
    case EVENT_PRODUCTS_SEARCHED:
    case EVENT_CART_VIEWED:
    case EVENT_COUPON_APPLIED:
    case EVENT_PRODUCT_SHARED:
    case EVENT_CART_SHARED:
    case EVENT_PRODUCT_REVIEWED:
    case EVENT_WISHLIST_ADDED:
    case EVENT_WISHLIST_REMOVED:
    case EVENT_WISHLIST_TO_CART:
    case EVENT_SURVEY_ANSWERED:
    case EVENT_COMPLAINT_OPENED:
    case EVENT_COMPLAINT_RESOLVED:
    case EVENT_SUPPORT_REQUESTED:
    case EVENT_SUPPORT_ANSWERED:
    case EVENT_REFERRAL_MADE:
    case EVENT_SUBSCRIPTION_STARTED:
    case EVENT_SUBSCRIPTION_RENEWED:
    case EVENT_SUBSCRIPTION_CANCELLED:
    case EVENT_CUSTOMER_CHURNED:
    case EVENT_POINTS_EARNED:
    case EVENT_POINTS_REDEEMED:
    case EVENT_CAMPAIGN_TOUCHED:
        return true;
    }
    return false;
}

bool event_needs_profile(const struct event *event)
{
    return touch_is_told(&event->touch) || event->n_traits || is_counted_by_name(event->kind) ||
           event->kind == EVENT_ORDER_COMPLETED;
}

/* Known events are counted under their canonical name, whatever alias was sent. */
static void count_event(struct arena *arena, struct state *state, const struct event *event)
{
    if (!is_counted_by_name(event->kind))
        return;
    if (event->kind == EVENT_CUSTOM) {
        count_name(arena, &state->profile, event->name);
        return;
    }
    char name[64];
    size_t n = event_name_normalise(span_of(event_kind_name(event->kind)), name, sizeof(name));
    count_name(arena, &state->profile, (struct span){name, n});
}

/* --- all of it ------------------------------------------------------------------------------------------- */

static void answer_survey(struct accumulators *a, const struct event *event)
{
    a->survey_answers_count++;
    if (event->score_is_nps) {
        a->nps_count++;
        a->nps_sum += event->score;
        a->nps_last = event->score;
    } else {
        a->csat_count++;
        a->csat_sum += event->score;
        a->csat_last = event->score;
    }
}

static void apply_kind(struct arena *arena, const struct calendar *calendar, struct state *state,
                       const struct event *event)
{
    struct accumulators *a = &state->a;
    switch (event->kind) {
    case EVENT_IDENTIFY:
        set_traits(arena, &state->profile, event);
        break;
    case EVENT_PAGE:
    case EVENT_SCREEN: a->pages_count++; break;
    case EVENT_ORDER_COMPLETED:
        mark_bought_again(arena, state, event);
        if (set_merge(arena, &state->profile.products, &state->profile.n_products, event->products,
                      event->n_products))
            state->profile.is_changed = true;
        if (set_merge(arena, &state->profile.categories, &state->profile.n_categories, event->categories,
                      event->n_categories))
            state->profile.is_changed = true;
        if (event->n_products)
            a->products_count = (int64_t)state->profile.n_products;
        if (event->n_categories)
            a->categories_count = (int64_t)state->profile.n_categories;
        apply_order(arena, calendar, state, event);
        break;
    case EVENT_ORDER_UPDATED:
    case EVENT_ORDER_REFUNDED:
    case EVENT_ORDER_CANCELLED: apply_order(arena, calendar, state, event); break;
    case EVENT_CHECKOUT_STARTED: a->checkouts_count++; break;
    case EVENT_PRODUCT_VIEWED: a->product_views_count++; break;
    case EVENT_PRODUCT_ADDED: a->carts_count++; break;
    case EVENT_WISHLIST_TO_CART: a->carts_count++; break;
    case EVENT_COUPON_APPLIED: a->coupons_applied_count++; break;
    case EVENT_PRODUCT_SHARED:
    case EVENT_CART_SHARED: a->shares_count++; break;
    case EVENT_PRODUCT_REVIEWED: a->reviews_count++; break;
    case EVENT_SURVEY_ANSWERED: answer_survey(a, event); break;
    case EVENT_COMPLAINT_OPENED:
        a->complaints_count++;
        a->complaints_open++;
        open_inquiry(arena, state, event);
        break;
    case EVENT_COMPLAINT_RESOLVED:
        if (a->complaints_open > 0)
            a->complaints_open--;
        settle_inquiry(arena, state, event);
        break;
    case EVENT_SUPPORT_REQUESTED: open_inquiry(arena, state, event); break;
    case EVENT_SUPPORT_ANSWERED: settle_inquiry(arena, state, event); break;
    case EVENT_REFERRAL_MADE: a->referrals_count++; break;
    case EVENT_SUBSCRIPTION_RENEWED: a->renewals_count++; /* fallthrough */
    case EVENT_SUBSCRIPTION_STARTED:
        a->subscription = 1;
        come_back(state);
        break;
    case EVENT_SUBSCRIPTION_CANCELLED: a->subscription = 2; /* fallthrough */
    case EVENT_CUSTOMER_CHURNED: leave(arena, state, event); break;
    case EVENT_POINTS_EARNED: a->points_balance = money_add(a->points_balance, event->points); break;
    case EVENT_POINTS_REDEEMED: a->points_balance = money_add(a->points_balance, -event->points); break;
    case EVENT_NONE:
    case EVENT_GROUP:
    case EVENT_ALIAS:
    case EVENT_CUSTOM:
    case EVENT_PRODUCT_REMOVED:
    case EVENT_PRODUCT_LIST_VIEWED:
    case EVENT_PRODUCTS_SEARCHED:
    case EVENT_CART_VIEWED:
    case EVENT_WISHLIST_ADDED:
    case EVENT_WISHLIST_REMOVED:
    case EVENT_CAMPAIGN_TOUCHED:
    case EVENT_KIND_COUNT: break;
    }
}

void state_apply(struct arena *arena, const struct calendar *calendar, struct state *state, const struct event *event)
{
    struct accumulators *a = &state->a;
    a->events_count++;
    if (event->seen) {
        if (a->last_seen_at == NONE || event->occurred_at - a->last_seen_at > SESSION_GAP)
            a->sessions_count++;
        if (a->first_seen_at == NONE)
            a->first_seen_at = event->occurred_at;
        a->last_seen_at = event->occurred_at;
    }
    if (event->channel && set_merge(arena, &state->profile.channels, &state->profile.n_channels, &event->channel, 1)) {
        state->profile.is_changed = true;
        a->channels_count = (int64_t)state->profile.n_channels;
    }
    set_touches(arena, &state->profile, &event->touch);
    mark_touch(arena, state, event);
    if (event_is_participation(event->kind))
        a->participated_at = event->occurred_at;
    count_event(arena, state, event);
    apply_kind(arena, calendar, state, event);
}
