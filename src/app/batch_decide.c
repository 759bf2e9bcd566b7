#include "batch.h"

#include <stdlib.h>

/* Pure: from what was loaded to what is to be written. Each customer is folded on their own. */

/* Where a customer stands, as replies tell it. */
struct standpoint {
    struct standing standing[MODEL_SLOTS];
    unsigned char segments[SEGMENT_SLOTS / 8];
};

static void remember(struct standpoint *point, const struct state *state)
{
    memcpy(point->standing, state->standing, sizeof(point->standing));
    memcpy(point->segments, state->segments, sizeof(point->segments));
}

/* ${state} as it will be at ${now} if nothing more happens; facts are shared with it. */
static struct state look_at(const struct definitions *definitions, const struct state *state, usec_t now,
                            struct arena *arena)
{
    struct state live = *state;
    struct effects unused = {.arena = arena};
    fold_advance(definitions, &live, now, &unused);
    return live;
}

static bool bit(const unsigned char *bits, int number)
{
    return bits[(number - 1) / 8] >> ((number - 1) % 8) & 1;
}

/* The reply to a message that moved a customer from ${before} to ${live}. */
static void tell(const struct definitions *definitions, const struct standpoint *before, const struct state *live,
                 usec_t now, const struct next *next, struct arena *arena, struct outcome *out)
{
    struct fact_view view = definitions_view(definitions, live, now);
    struct rule_env env = fact_env(&view);
    *out = (struct outcome){.models = ARENA_ARRAY(arena, struct outcome_model, (size_t)definitions->n_models)};
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], now);
        if (model == NULL || (model->is_withdrawn && before->standing[i].stage == 0))
            continue;
        const struct stage *stage = model_stage(model, live->standing[i].stage);
        struct decision decision = {0};
        /* by a restated withdrawal they never stood anywhere: that is so from now on */
        usec_t since = live->standing[i].since == NONE ? now : live->standing[i].since;
        if (stage && stage->hold)
            model_decide(model, &env, live->standing[i].stage, &decision);
        out->models[out->n_models++] = (struct outcome_model){.model = i + 1,
                                                              .version = model->version,
                                                              .from = before->standing[i].stage,
                                                              .to = live->standing[i].stage,
                                                              .is_held = decision.is_held,
                                                              .since = since,
                                                              .next_stage = next[i].stage,
                                                              .next_at = next[i].at};
    }
    if (memcmp(before->segments, live->segments, sizeof(live->segments)) == 0)
        return;
    out->entered = ARENA_ARRAY(arena, int, (size_t)definitions->n_segments);
    out->left = ARENA_ARRAY(arena, int, (size_t)definitions->n_segments);
    for (int number = 1; number <= definitions->n_segments; number++) {
        bool was = bit(before->segments, number), is = bit(live->segments, number);
        if (is && !was)
            out->entered[out->n_entered++] = number;
        if (was && !is)
            out->left[out->n_left++] = number;
    }
}

static void accept(struct batch *batch, struct entry *entry, const struct definitions *definitions,
                   const struct standpoint *before, const struct state *live, usec_t now, const struct next *next)
{
    tell(definitions, before, live, now, next, entry->arena, &entry->item->outcome);
    entry->item->result = INGEST_ACCEPTED;
    batch->n_accepted++;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
    return event_compare(&x->item->message.event, &y->item->message.event);
}

/* New messages in timeline order, each folded onto the one before. */
static void fold_forward(struct batch *batch, struct slot *slot, struct entry **fresh, size_t n, usec_t now)
{
    struct state *state = &slot->row.state;
    const struct definitions *definitions = slot->definitions;
    struct standpoint before;
    struct next next[MODEL_SLOTS];
    struct state live = look_at(definitions, state, now, batch->arena);
    remember(&before, &live);
    if (n > 1)
        qsort(fresh, n, sizeof(*fresh), compare_entries);
    for (size_t i = 0; i < n; i++) {
        fold_event(definitions, state, &fresh[i]->item->message.event, &slot->effects);
        if (i + 1 == n)
            break;
        live = look_at(definitions, state, now, batch->arena);
        fold_outlook(definitions, &live, now, next);
        accept(batch, fresh[i], definitions, &before, &live, now, next);
        remember(&before, &live);
    }
    fold_advance(definitions, state, now, &slot->effects);
    usec_t deadline = fold_outlook(definitions, state, now, n ? next : NULL);
    if (n)
        accept(batch, fresh[n - 1], definitions, &before, state, now, next);
    state->deadline = deadline;
}

/* The whole history once more, with the new messages in their places. */
static void fold_anew(struct batch *batch, struct slot *slot, struct entry **fresh, size_t n, usec_t now)
{
    struct state *state = &slot->row.state, folded;
    const struct definitions *definitions = slot->definitions;
    struct standpoint before;
    struct next next[MODEL_SLOTS];
    /* what was promised: of a row that other definitions have decided, as it stands; else as of now */
    if (slot->heir_of) {
        memcpy(before.standing, slot->heir_of->old_standing, sizeof(before.standing));
        memcpy(before.segments, slot->heir_of->old_segments, sizeof(before.segments));
    } else if (!slot->is_stale) {
        struct state live = look_at(definitions, state, now, batch->arena);
        remember(&before, &live);
    } else {
        remember(&before, state);
    }
    const struct event **events = ARENA_ARRAY(batch->arena, const struct event *, slot->n_ledger + n);
    if (slot->n_ledger)
        memcpy(events, slot->ledger, slot->n_ledger * sizeof(*events));
    for (size_t i = 0; i < n; i++)
        events[slot->n_ledger + i] = &fresh[i]->item->message.event;
    for (size_t i = 0; i < slot->n_ledger; i++)
        if (slot->ledger[i]->occurred_at > now)
            now = slot->ledger[i]->occurred_at; /* by the clock of another replica */
    for (size_t i = 0; i < slot->n_ledger && slot->is_repair; i++)
        if (slot->ledger[i]->occurred_at <= slot->row.erased_at)
            slot->row.erased_at = NONE; /* the ledger knows better */
    state_init(&folded, &state->key, state->external_id, state->kind);
    fold_ledger(definitions, &folded, events, slot->n_ledger + n, now, &slot->effects);
    folded.deadline = fold_outlook(definitions, &folded, now, next);
    folded.profile.is_stored = state->profile.is_stored;
    folded.profile.is_changed = folded.profile.is_stored || !profile_is_empty(&folded.profile);
    for (size_t i = 0; i < folded.n_orders; i++) {
        const struct order *old = state_order(state, &folded.orders[i].key);
        folded.orders[i].is_stored = old != NULL && !slot->is_repair && !slot->is_reduced;
        folded.orders[i].is_changed = true;
    }
    *state = folded;
    for (size_t i = 0; i < n; i++) {
        accept(batch, fresh[i], definitions, &before, state, now, next);
        remember(&before, state);
    }
    slot->row.fold_version = FOLD_VERSION;
    batch->n_refolds++;
}

/* A deadline that is stored and early enough stays: its column is indexed, and moving it costs more than a look. */
static void settle_deadline(struct slot *slot, usec_t now)
{
    usec_t *deadline = &slot->row.state.deadline;
    if (slot->exists && slot->old_deadline != NONE && slot->old_deadline > now &&
        (*deadline == NONE || slot->old_deadline < *deadline))
        *deadline = slot->old_deadline;
}

/* Of a repair the row may be wrong, or gone: what followers were told is what stands in the table of members. */
static void take_memberships(struct slot *slot)
{
    struct state known = {0};
    for (size_t i = 0; i < slot->n_old_memberships; i++)
        if (slot->old_memberships[i].segment >= 1 && slot->old_memberships[i].segment <= SEGMENT_SLOTS)
            state_set_member(&known, slot->old_memberships[i].segment, true);
    memcpy(slot->old_segments, known.segments, sizeof(slot->old_segments));
}

static void remember_old(struct slot *slot)
{
    struct state *state = &slot->row.state;
    memcpy(slot->old_standing, state->standing, sizeof(slot->old_standing));
    memcpy(slot->old_segments, state->segments, sizeof(slot->old_segments));
    slot->old_revenue = state->a.revenue_gross - state->a.revenue_refunded;
    slot->old_deadline = state->deadline;
    if (slot->is_repair) {
        slot->row.shop_id = slot->shop->id;
        take_memberships(slot);
    }
}

/* The row of somebody who is somebody else now, or nobody: it holds no state. */
static void empty(struct batch *batch, struct slot *slot)
{
    struct state *state = &slot->row.state;
    struct state fresh;
    remember_old(slot);
    slot->old_orders = state->orders;
    slot->n_old_orders = state->n_orders;
    slot->effects.arena = batch->arena;
    state_init(&fresh, &state->key, state->external_id, state->kind);
    *state = fresh;
    slot->row.fold_version = FOLD_VERSION;
    slot->is_dirty = true;
}

/* Events that name an order which nobody has claimed wait for its customer. */
static void wait_for_customer(struct batch *batch, struct slot *slot, struct entry **fresh, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fresh[i]->item->outcome = (struct outcome){0};
        fresh[i]->item->result = INGEST_ACCEPTED;
        batch->n_accepted++;
    }
    slot->row.fold_version = FOLD_VERSION;
    slot->is_dirty = !slot->exists || slot->is_repair;
}

static void decide_slot(struct batch *batch, struct slot *slot)
{
    struct state *state = &slot->row.state;
    struct entry **fresh = ARENA_ARRAY(batch->arena, struct entry *, slot->n_entries);
    usec_t now = batch->now;
    size_t n = 0;
    if (slot->is_pointer || slot->is_absorbed || slot->is_erased)
        return;
    for (size_t i = 0; i < slot->n_entries; i++)
        if (slot->entries[i]->is_new)
            fresh[n++] = slot->entries[i];
    if (state->kind == IDENTITY_ORDER && batch->has_members) {
        wait_for_customer(batch, slot, fresh, n);
        return;
    }
    if (slot->must_refold && n + slot->n_ledger == 0) {
        /* nothing was folded, so that nothing stands: verify deletes the row of somebody who never was */
        if (slot->exists)
            empty(batch, slot);
        return;
    }
    if (!slot->had_state && !slot->must_refold && n == 0)
        return;
    slot->effects.arena = batch->arena;
    slot->effects.has_told = !slot->is_silent;
    slot->effects.contributor = contributions_ask(batch, slot);
    remember_old(slot);
    orders_remember(batch, slot, fresh, n);
    if (state->position.at != NONE && state->position.at > now)
        now = state->position.at;
    for (size_t i = 0; i < n; i++)
        if (fresh[i]->item->message.event.occurred_at > now)
            now = fresh[i]->item->message.event.occurred_at;
    if (!slot->exists && n && !batch->has_members) {
        state->external_id = fresh[0]->item->message.identities[0].value;
        state->kind = fresh[0]->item->message.identities[0].kind;
    }
    if (!slot->had_state)
        slot->row.fold_version = FOLD_VERSION;
    slot->met = state->definitions;
    if (slot->must_refold)
        fold_anew(batch, slot, fresh, n, now);
    else
        fold_forward(batch, slot, fresh, n, now);
    if (slot->effects.contributor)
        contribute_end(batch->arena, slot->effects.contributor, state);
    settle_deadline(slot, now);
    /* the definitions that a row has met matter only with something else: fold_is_stale() */
    slot->is_dirty = n > 0 || slot->must_refold || slot->effects.n_transitions || slot->effects.n_memberships ||
                     state->deadline != slot->old_deadline;
    if (!slot->is_dirty)
        state->definitions = slot->met;
    if (state->deadline != NONE && (batch->next_deadline == NONE || state->deadline < batch->next_deadline))
        batch->next_deadline = state->deadline;
}

void batch_decide(struct batch *batch)
{
    batch->next_deadline = NONE;
    batch_count_erased(batch);
    contributions_begin(batch);
    for (size_t i = 0; i < batch->n_slots; i++)
        if (batch->slots[i].is_absorbed || batch->slots[i].is_erased)
            empty(batch, &batch->slots[i]);
    for (size_t i = 0; i < batch->n_slots; i++)
        decide_slot(batch, &batch->slots[i]);
    for (size_t i = 0; i < batch->n_entries; i++) {
        struct entry *entry = &batch->entries[i];
        if (entry->item == NULL)
            continue;
        if (entry->first) {
            entry->item->outcome = entry->first->item->outcome;
            entry->item->result = INGEST_DUPLICATE;
        }
        batch->n_duplicates += entry->item->result == INGEST_DUPLICATE;
        batch->n_refused += entry->item->result == INGEST_REFUSED;
    }
}
