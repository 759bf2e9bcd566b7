#include "core/contribution.h"
#include "contribution_orders.h"
#include "marks.h"

#include <stdlib.h>

/* Of events, stays and where customers stand; contribution_orders.c has what follows from orders. */

int64_t *contribute(const struct contributor *by, enum cube cube, int64_t day, int64_t a, int64_t b, int64_t c)
{
    return tallies_at(by->tallies,
                      &(struct tally_key){.shop_id = by->shop->id, .cube = cube, .day = day, .a = a, .b = b, .c = c});
}

int64_t contribution_day(const struct contributor *by, usec_t at)
{
    return calendar_day_begun(by->shop->calendar, at);
}

static void count(const struct contributor *by, enum cube cube, int64_t day, int64_t a, int64_t b, int64_t c)
{
    contribute(by, cube, day, a, b, c)[0] += by->times;
}

/* --- events ----------------------------------------------------------------------------------------------------- */

/* What of a state an event's contributions depend on, as it was before the event. */
struct before {
    struct accumulators a;
    struct marks marks;
    const uint64_t *products, *categories;
    size_t n_products, n_categories;
    bool is_first_completion;
    const struct inquiry *inquiry;
};

static struct before remember(const struct state *state, const struct event *event)
{
    const struct order *order = event_is_order(event->kind) ? state_order(state, &event->order_key) : NULL;
    const struct profile *profile = &state->profile;
    return (struct before){.a = state->a,
                           .marks = profile->marks,
                           .products = profile->products,
                           .categories = profile->categories,
                           .n_products = profile->n_products,
                           .n_categories = profile->n_categories,
                           .is_first_completion = event->kind == EVENT_ORDER_COMPLETED &&
                                                  (order == NULL || order->completed_at == NONE),
                           .inquiry = state_inquiry(state, event)};
}

static void step(const struct contributor *by, const struct state *state, enum funnel_step step, usec_t at)
{
    if (state->a.first_seen_at != NONE)
        contribute_funnel(by, state->a.first_seen_at, step, at);
}

static void contribute_steps(const struct contributor *by, const struct before *was, const struct state *state, usec_t at)
{
    const struct accumulators *a = &state->a;
    if (was->a.first_seen_at == NONE)
        step(by, state, STEP_SEEN, at);
    if (was->a.product_views_count == 0 && a->product_views_count)
        step(by, state, STEP_LOOKED, at);
    if (was->a.carts_count == 0 && a->carts_count)
        step(by, state, STEP_CARTED, at);
    if (was->a.checkouts_count == 0 && a->checkouts_count)
        step(by, state, STEP_CHECKOUT, at);
}

static void contribute_touches(const struct contributor *by, const struct before *was, const struct marks *marks,
                               int64_t day)
{
    if (was->marks.landing.at == NONE && marks->landing.at != NONE)
        count(by, CUBE_LANDED, day, (int64_t)marks->landing.channel, (int64_t)marks->landing.campaign, 0);
    if (marks->n_touches && marks->touches != was->marks.touches) {
        const struct touched *last = &marks->touches[marks->n_touches - 1];
        count(by, CUBE_TOUCHED, day, (int64_t)last->channel, (int64_t)last->campaign, 0);
    }
}

static void contribute_participation(const struct contributor *by, const struct before *was, int64_t day)
{
    for (enum grain grain = GRAIN_DAY; grain <= GRAIN_MONTH; grain++) {
        int64_t period = period_begin(grain, day);
        if (was->a.participated_at == NONE ||
            period_begin(grain, contribution_day(by, was->a.participated_at)) != period)
            count(by, CUBE_PARTICIPANTS, period, grain, 0, 0);
    }
}

static void contribute_answer(const struct contributor *by, const struct before *was, const struct event *event,
                              int64_t day)
{
    int64_t seconds = answer_seconds((event->occurred_at - was->inquiry->at) / USEC_PER_SEC);
    if (event->kind == EVENT_SUPPORT_ANSWERED)
        count(by, CUBE_ANSWERS, day, 1, seconds, 0);
    else
        count(by, CUBE_ANSWERS, day, 2, seconds, 0);
}

/* What one event bought of products, or of categories; ${turn}: how these stand in marks.again. */
struct bought {
    enum dimension dimension;
    uint64_t turn;
    const uint64_t *now, *had, *have;
    size_t n_now, n_had, n_have;
};

static void contribute_buyers(const struct contributor *by, const struct bought *b, const struct marks *was,
                              const struct marks *is)
{
    for (size_t i = 0; i < b->n_now; i++) {
        uint64_t hash = b->now[i], again = hash ^ b->turn;
        int64_t *sums = contribute(by, CUBE_BUYERS, 0, b->dimension, (int64_t)hash, 0);
        if (!hash_is_in(b->had, b->n_had, hash) && hash_is_in(b->have, b->n_have, hash))
            sums[0] += by->times;
        if (!hash_is_in(was->again, was->n_again, again) && hash_is_in(is->again, is->n_again, again))
            sums[1] += by->times;
    }
}

static void contribute_bought(const struct contributor *by, const struct before *was, const struct state *state,
                              const struct event *event, int64_t day)
{
    const struct profile *profile = &state->profile;
    const struct bought products = {DIMENSION_PRODUCT,  0,
                                    event->products,    was->products,
                                    profile->products,  event->n_products,
                                    was->n_products,    profile->n_products};
    const struct bought categories = {DIMENSION_CATEGORY,  AGAIN_CATEGORY,
                                      event->categories,   was->categories,
                                      profile->categories, event->n_categories,
                                      was->n_categories,   profile->n_categories};
    contribute_buyers(by, &products, &was->marks, &profile->marks);
    contribute_buyers(by, &categories, &was->marks, &profile->marks);
    if (event->n_categories == 0)
        return;
    int64_t *sums = contribute(by, CUBE_CROSSED, day, 0, 0, 0);
    if (was->is_first_completion && was->n_categories) {
        sums[0] += by->times;
        sums[1] += profile->n_categories > was->n_categories ? by->times : 0;
    }
    sums[2] += was->n_categories < 2 && profile->n_categories >= 2 ? by->times : 0;
    sums[3] += was->n_categories == 0 && profile->n_categories ? by->times : 0;
}

static void contribute_rest(const struct contributor *by, const struct before *was, const struct state *state,
                            const struct event *event)
{
    int64_t day = contribution_day(by, event->occurred_at);
    contribute_steps(by, was, state, event->occurred_at);
    contribute_touches(by, was, &state->profile.marks, day);
    if (event_is_act(event->kind))
        count(by, CUBE_ACTS, day, event->kind, 0, 0);
    if (event_is_participation(event->kind))
        contribute_participation(by, was, day);
    if (event->kind == EVENT_SURVEY_ANSWERED)
        count(by, CUBE_SURVEY, day, event->score_is_nps ? 1 : 2, event->score, 0);
    if (was->inquiry)
        contribute_answer(by, was, event, day);
    if (event->by_reason)
        count(by, CUBE_REASON, day, (int64_t)event->by_reason, 0, 0);
    if (was->a.churned && !state->a.churned)
        count(by, CUBE_WONBACK, day, (int64_t)was->marks.churn_reason, day - contribution_day(by, was->a.churned_at), 0);
    if (event->kind == EVENT_ORDER_COMPLETED)
        contribute_bought(by, was, state, event, day);
}

void contribute_event(struct arena *arena, struct contributor *by, struct state *state, const struct event *event)
{
    struct before was = remember(state, event);
    bool is_order = event_is_order(event->kind);
    if (is_order && !by->orders_are_out && state_order(state, &event->order_key)) {
        contribute_orders(arena, &(struct contributor){.shop = by->shop, .tallies = by->tallies, .times = -by->times}, state);
        by->orders_are_out = true;
    }
    state_apply(arena, by->shop->calendar, state, event);
    contribute_rest(by, &was, state, event);
    if (is_order && !by->orders_are_out)
        contribute_new_order(arena, by, &was.a, &state->profile.marks, state_order(state, &event->order_key));
}

void contribute_end(struct arena *arena, struct contributor *by, const struct state *state)
{
    if (by->orders_are_out)
        contribute_orders(arena, by, state);
    by->orders_are_out = false;
}

static int compare_events(const void *a, const void *b)
{
    return event_compare(*(const struct event *const *)a, *(const struct event *const *)b);
}

void contribute_ledger(struct arena *arena, const struct contributor *by, const struct event **events, size_t n)
{
    static const struct uuid nobody;
    struct contributor once = *by;
    struct state state;
    once.orders_are_out = true;
    state_init(&state, &nobody, (struct span){"", 0}, IDENTITY_NONE);
    if (n > 1)
        qsort(events, n, sizeof(*events), compare_events);
    for (size_t i = 0; i < n; i++)
        contribute_event(arena, &once, &state, events[i]);
    contribute_end(arena, &once, &state);
}

/* --- stages ------------------------------------------------------------------------------------------------------- */

void contribute_move(const struct contributor *by, const struct transition *t)
{
    count(by, CUBE_MOVES, contribution_day(by, t->at), t->model, t->from, t->to);
}

void contribute_stays(const struct contributor *by, const struct standing *before, const struct transition *transitions,
                      size_t n)
{
    struct standing open[MODEL_SLOTS];
    for (int i = 0; i < MODEL_SLOTS; i++)
        open[i] = before ? before[i] : (struct standing){.since = NONE};
    for (size_t i = 0; i < n; i++) {
        const struct transition *t = &transitions[i];
        if (t->model < 1 || t->model > MODEL_SLOTS)
            continue; /* of a row that is damaged */
        struct standing *stay = &open[t->model - 1];
        int64_t day = contribution_day(by, t->at);
        if (stay->stage && stay->since != NONE) {
            int64_t since = contribution_day(by, stay->since), days = day > since ? day - since : 0;
            contribute(by, CUBE_OPEN, since, t->model, stay->stage, 0)[0] -= by->times;
            count(by, CUBE_SPELL, period_begin(GRAIN_MONTH, since), t->model, stay->stage, days * 256 + t->to);
        }
        *stay = (struct standing){.stage = t->to, .since = t->at};
        if (t->to)
            count(by, CUBE_OPEN, day, t->model, t->to, 0);
    }
}

void contribute_standing(const struct contributor *by, const struct standing *standing, const unsigned char *segments,
                         int64_t revenue)
{
    for (int i = 0; i < MODEL_SLOTS; i++) {
        if (standing[i].stage == 0)
            continue;
        int64_t *sums = contribute(by, CUBE_STANDING, 0, i + 1, standing[i].stage, 0);
        sums[0] += by->times;
        sums[1] += by->times * revenue;
    }
    for (int byte = 0; byte < SEGMENT_SLOTS / 8; byte++)
        for (int k = 0; segments[byte] >> k; k++)
            if (segments[byte] >> k & 1)
                count(by, CUBE_MEMBERS, 0, byte * 8 + k + 1, 0, 0);
}
