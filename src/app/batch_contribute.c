#include "batch_who.h"

#include <stdlib.h>

/*
 * What a batch adds to the tallies beside moves and standing (batch_tally.c): events tell as they are folded. Whoever is
 * folded anew contributes once more, so that what they, or those whom they were until now, contributed is taken away first.
 */

/* Events of somebody whose history is folded anew, by whose it was. */
struct told_event {
    struct uuid owner; /* whose row held the state when it was loaded */
    const struct event *event;
};

static struct uuid owner_of(const struct batch *batch, const struct slot *slot, const struct event *event)
{
    const struct member *m = batch->has_members ? find_member(batch, &event->identity_key) : NULL;
    return m ? m->old_owner : slot->row.state.key;
}

static int compare_owners(const void *a, const void *b)
{
    const struct told_event *x = a, *y = b;
    return uuid_compare(&x->owner, &y->owner);
}

/* Of an erased customer the share stays in the tallies, and nobody's ledger implies it any more. */
static void take_back(struct batch *batch, struct slot *slot, const struct event **events, size_t n)
{
    struct contributor by = {.shop = slot->shop, .tallies = &batch->tallies, .times = -1};
    if (slot->is_erased) {
        tallies_init(&slot->remainder, batch->arena);
        by.tallies = &slot->remainder;
        by.times = 1;
    }
    contribute_ledger(batch->arena, &by, events, n);
}

static void take_back_all(struct batch *batch, struct told_event *all, size_t n)
{
    const struct event **events = ARENA_ARRAY(batch->arena, const struct event *, n);
    if (n > 1)
        qsort(all, n, sizeof(*all), compare_owners);
    for (size_t i = 0, count; i < n; i += count) {
        struct slot *slot = batch_slot(batch, &all[i].owner);
        for (count = 0; i + count < n && uuid_compare(&all[i + count].owner, &all[i].owner) == 0; count++)
            events[count] = all[i + count].event;
        if (slot && slot->has_contributed && !slot->is_repair)
            take_back(batch, slot, events, count);
    }
}

void contributions_begin(struct batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n_slots; i++) {
        struct slot *slot = &batch->slots[i];
        slot->has_contributed = slot->had_state && slot->row.fold_version >= FOLD_VERSION_CONTRIBUTES;
        n += slot->n_ledger;
    }
    if (n == 0)
        return;
    struct told_event *all = ARENA_ARRAY(batch->arena, struct told_event, n);
    n = 0;
    for (size_t i = 0; i < batch->n_slots; i++) {
        const struct slot *slot = &batch->slots[i];
        for (size_t k = 0; k < slot->n_ledger; k++)
            all[n++] = (struct told_event){owner_of(batch, slot, slot->ledger[k]), slot->ledger[k]};
    }
    take_back_all(batch, all, n);
}

struct contributor *contributions_ask(struct batch *batch, struct slot *slot)
{
    if (slot->is_repair)
        return NULL; /* verify restates the sums once all rows are right */
    slot->contributor = (struct contributor){
        .shop = slot->shop, .tallies = &batch->tallies, .times = 1, .orders_are_out = slot->must_refold};
    return &slot->contributor;
}

void contributions_of_stays(struct batch *batch, const struct slot *slot)
{
    struct contributor by = {.shop = slot->shop, .tallies = &batch->tallies, .times = 1};
    const struct effects *effects = &slot->effects;
    if (!slot->must_refold) {
        contribute_stays(&by, slot->old_standing, effects->transitions, effects->n_transitions);
        return;
    }
    contribute_stays(&by, NULL, effects->transitions, effects->n_transitions);
    if (!slot->has_contributed)
        return;
    struct transition *old = ARENA_ARRAY(batch->arena, struct transition, slot->n_old_transitions);
    for (size_t i = 0; i < slot->n_old_transitions; i++)
        old[i] = slot->old_transitions[i].transition;
    by.times = -1;
    contribute_stays(&by, NULL, old, slot->n_old_transitions);
}

static int compare_places(const void *a, const void *b)
{
    const struct transition_row *x = a, *y = b;
    if (x->transition.at != y->transition.at)
        return x->transition.at < y->transition.at ? -1 : 1;
    return x->seq - y->seq;
}

/* Of moves at one instant the one that leaves where the customer stands: what came late has the larger number. */
static void put_next(struct transition_row *rows, size_t n, int stage)
{
    for (size_t i = 0; i < n && rows[i].transition.at == rows[0].transition.at; i++) {
        struct transition_row found = rows[i];
        if (found.transition.model != rows[0].transition.model || found.transition.from != stage)
            continue;
        memmove(rows + 1, rows, i * sizeof(*rows));
        rows[0] = found;
        return;
    }
}

void contributions_sort_history(struct slot *slot)
{
    int stage[MODEL_SLOTS] = {0};
    size_t n = slot->n_old_transitions;
    if (n > 1)
        qsort(slot->old_transitions, n, sizeof(*slot->old_transitions), compare_places);
    for (size_t i = 0; i < n; i++) {
        int model = slot->old_transitions[i].transition.model;
        if (model < 1 || model > MODEL_SLOTS)
            continue; /* what is stored may be damaged: that is why it is repaired */
        put_next(slot->old_transitions + i, n - i, stage[model - 1]);
        stage[model - 1] = slot->old_transitions[i].transition.to;
    }
}
