#include "core/way.h"

#include <assert.h>

static const struct way_info infos[WAY_KIND_COUNT] = {
#define X(name, event_kind, survey_kind, points, counter, mode, en_one, en_many, words)                       \
    [WAY_##name] = {.event = EVENT_##event_kind,                                                              \
                    .survey = survey_kind,                                                                    \
                    .score = points,                                                                          \
                    .fact = FACT_##counter,                                                                   \
                    .how = WAY_##mode,                                                                        \
                    .one = en_one,                                                                            \
                    .many = en_many,                                                                          \
                    .zh = words},
    WAY_TABLE(X)
#undef X
};

const struct way_info *way_info(enum way_kind kind)
{
    assert(kind < WAY_KIND_COUNT);
    return &infos[kind];
}

/* ---- the events of a way ---- */

/** Keys that no customer has: orders and events of this search. */
static struct uuid synthetic_key(unsigned ordinal)
{
    struct uuid key = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    for (int i = 0; i < 4; i++) {
        key.b[12 + i] = (unsigned char)(ordinal >> (8 * (3 - i)));
    }
    return key;
}

const struct order *way_latest_order(const struct state *state)
{
    const struct order *latest = NULL;
    for (size_t i = 0; i < state->n_orders; i++) {
        const struct order *order = &state->orders[i];
        if (order_is_counted(order) && (latest == NULL || order->completed_at >= latest->completed_at)) {
            latest = order;
        }
    }
    return latest;
}

/** The (${ordinal} + 1)th number that is not in the set. */
static uint64_t number_outside(const uint64_t *set, size_t n, unsigned ordinal)
{
    uint64_t number = 1;
    for (size_t i = 0;; number++) {
        while (i < n && set[i] < number) {
            i++;
        }
        if ((i == n || set[i] != number) && ordinal-- == 0) {
            return number;
        }
    }
}

static void order_event(struct arena *arena, const struct way_search *search, const struct way *way, unsigned ordinal,
                        struct event *out)
{
    const struct profile *profile = &search->state->profile;
    out->order_key = out->event_id;
    out->order_id = span_of("next");
    out->has_value = true;
    out->value = way->amount;
    if (way->kind == WAY_ORDER_IN_CATEGORY) {
        uint64_t *category = ARENA_NEW(arena, uint64_t);
        *category = number_outside(profile->categories, profile->n_categories, ordinal);
        out->categories = category;
        out->n_categories = 1;
    }
}

static void reversal_event(const struct order *order, struct event *out)
{
    assert(order != NULL);
    out->order_key = order->key;
    out->order_id = order->id;
    out->refund_key = out->event_id;
    out->refund_whole = true;
}

void way_event(struct arena *arena, const struct way_search *search, const struct way *way, unsigned ordinal,
               struct event *out)
{
    const struct way_info *info = way_info(way->kind);
    *out = (struct event){.identity_key = search->state->key,
                          .event_id = synthetic_key(ordinal),
                          .occurred_at = search->now,
                          .received_at = search->now,
                          .kind = info->event,
                          .seen = true,
                          .score = info->score,
                          .score_is_nps = strcmp(info->survey, "nps") == 0,
                          .points = way->amount};
    if (way->kind == WAY_NAMED) {
        out->kind = event_kind_of(way->name);
        out->name = way->name;
    } else if (info->event == EVENT_ORDER_COMPLETED) {
        order_event(arena, search, way, ordinal, out);
    } else if (event_is_order(info->event)) {
        reversal_event(search->order, out);
    }
}
