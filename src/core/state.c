#include "core/state.h"

#include "core/money.h"
#include "marks.h"
#include "state_parts.h"

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

/* The customer who had left is here again. */
static void come_back(struct state *state)
{
    state->a.churned = 0;
    state->a.churned_at = NONE;
}

/* The customer left, or said why: remembered until they order or subscribe again. */
static void leave(struct arena *arena, struct state *state, const struct event *event)
{
    struct span reason = event->reason.n ? event->reason : span_of(REASON_UNSPECIFIED);
    state->a.churned = 1;
    state->a.churned_at = event->occurred_at;
    state->profile.marks.churn_reason = event->by_reason;
    if (span_equal(state->profile.churn_reason, reason))
        return;
    state->profile.churn_reason = arena_span(arena, reason);
    state->profile.is_changed = true;
}

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
        come_back(state);
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
