#include "base/time.h"
#include "base/uuid.h"
#include "batch.h"
#include "batch_feed.h"

#include <stdlib.h>

/*
 * Everything in key order, the heads of the feeds and then those of the journals last: no two writers wait for each
 * other in a circle, and for a head only as long as a commit takes.
 */

struct rows {
    struct arena *arena;
    struct transition_row *transitions;
    size_t n_transitions, transitions_capacity;
    struct {
        struct uuid customer_key;
        int seq;
    } *superseded;
    size_t n_superseded, superseded_capacity;
    struct {
        struct uuid customer_key;
        int segment;
        int shop_id;
        usec_t entered_at;
    } *entered, *left;
    size_t n_entered, entered_capacity, n_left, left_capacity;
    struct feed feed;
    struct order_row *new_orders, *orders;
    size_t n_new_orders, new_orders_capacity, n_orders, orders_capacity;
    struct profile_row *profiles;
    size_t n_profiles, profiles_capacity;
    const struct customer_row **inserts, **updates;
    size_t n_inserts, n_updates;
};

#define ADD(rows, list, ...)                                                                                  \
    do {                                                                                                      \
        (rows)->list = arena_grow((rows)->arena, (rows)->list, (rows)->n_##list, &(rows)->list##_capacity,    \
                                  sizeof(*(rows)->list));                                                     \
        *(&(rows)->list[(rows)->n_##list++]) = __VA_ARGS__;                                                   \
    } while (0)

/* --- transitions and memberships ------------------------------------------------------------------------------ */

static void write_transition(struct rows *rows, struct batch *batch, struct slot *slot, const struct transition *t)
{
    ADD(rows, transitions,
        (struct transition_row){.customer_key = slot->row.state.key,
                                .seq = ++slot->row.transition_seq,
                                .shop_id = slot->shop->id,
                                .transition = *t,
                                .recorded_at = batch->now});
    tally_move(batch, slot, t, 1);
    batch->n_transitions++;
}

static void supersede(struct rows *rows, struct batch *batch, const struct slot *slot, const struct transition *t)
{
    for (size_t i = 0; i < slot->n_old_transitions; i++)
        if (&slot->old_transitions[i].transition == t) {
            rows->superseded = arena_grow(rows->arena, rows->superseded, rows->n_superseded,
                                          &rows->superseded_capacity, sizeof(*rows->superseded));
            rows->superseded[rows->n_superseded].customer_key = slot->row.state.key;
            rows->superseded[rows->n_superseded++].seq = slot->old_transitions[i].seq;
        }
    tally_move(batch, slot, t, -1);
    batch->n_superseded++;
}

static void add_member(struct rows *rows, const struct slot *slot, int segment, usec_t at)
{
    rows->entered =
        arena_grow(rows->arena, rows->entered, rows->n_entered, &rows->entered_capacity, sizeof(*rows->entered));
    rows->entered[rows->n_entered].customer_key = slot->row.state.key;
    rows->entered[rows->n_entered].segment = segment;
    rows->entered[rows->n_entered].shop_id = slot->shop->id;
    rows->entered[rows->n_entered++].entered_at = at;
}

static void remove_member(struct rows *rows, const struct slot *slot, int segment)
{
    rows->left = arena_grow(rows->arena, rows->left, rows->n_left, &rows->left_capacity, sizeof(*rows->left));
    rows->left[rows->n_left].customer_key = slot->row.state.key;
    rows->left[rows->n_left++].segment = segment;
}

static bool was_member(const struct slot *slot, int segment)
{
    return slot->old_segments[(segment - 1) / 8] >> ((segment - 1) % 8) & 1;
}

/* The last word of this batch on a segment: the membership that holds now, if any. */
static const struct membership *last_word(const struct effects *effects, size_t i)
{
    for (size_t k = i + 1; k < effects->n_memberships; k++)
        if (effects->memberships[k].segment == effects->memberships[i].segment)
            return NULL;
    return &effects->memberships[i];
}

static void write_forward(struct rows *rows, struct batch *batch, struct slot *slot)
{
    const struct effects *effects = &slot->effects;
    for (size_t i = 0; i < effects->n_transitions; i++) {
        write_transition(rows, batch, slot, &effects->transitions[i]);
        feed_transition(&rows->feed, slot, CHANGE_STAGE, &effects->transitions[i], NONE);
    }
    for (size_t i = 0; i < effects->n_memberships; i++) {
        const struct membership *m = last_word(effects, i);
        feed_membership(&rows->feed, slot, &effects->memberships[i]);
        if (m && m->entered)
            add_member(rows, slot, m->segment, m->at);
        else if (m && was_member(slot, m->segment))
            remove_member(rows, slot, m->segment);
    }
}

static bool is_mentioned(const struct effects *effects, int segment)
{
    for (size_t i = 0; i < effects->n_memberships; i++)
        if (effects->memberships[i].segment == segment)
            return true;
    return false;
}

/* A re-fold: what differs between the history that was stored and the one that holds. */
static void write_anew(struct rows *rows, struct batch *batch, struct slot *slot)
{
    const struct effects *effects = &slot->effects;
    struct transition *old = ARENA_ARRAY(rows->arena, struct transition, slot->n_old_transitions);
    struct refold_change *changes;
    size_t n;
    contributions_sort_history(slot);
    for (size_t i = 0; i < slot->n_old_transitions; i++)
        old[i] = slot->old_transitions[i].transition;
    fold_compare(rows->arena, old, slot->n_old_transitions, effects->transitions, effects->n_transitions, &changes, &n);
    for (size_t i = 0; i < n; i++) {
        const struct refold_change *c = &changes[i];
        if (c->before)
            supersede(rows, batch, slot, &slot->old_transitions[c->before - old].transition);
        if (c->after)
            write_transition(rows, batch, slot, c->after);
        switch (c->kind) {
        case REFOLD_MOVED: feed_transition(&rows->feed, slot, CHANGE_MOVED, c->after, c->before->at); break;
        case REFOLD_WITHDRAWN: feed_transition(&rows->feed, slot, CHANGE_WITHDRAWN, c->before, NONE); break;
        case REFOLD_ADDED: feed_transition(&rows->feed, slot, CHANGE_ADDED, c->after, NONE); break;
        case REFOLD_LATE: feed_transition(&rows->feed, slot, CHANGE_LATE, c->after, NONE); break;
        case REFOLD_RESTATED: break;
        }
    }
    for (size_t i = 0; i < slot->n_old_memberships; i++) {
        int segment = slot->old_memberships[i].segment;
        bool is_known = segment >= 1 && segment <= slot->definitions->n_segments;
        if (is_known && state_is_member(&slot->row.state, segment))
            continue;
        remove_member(rows, slot, segment);
        if (!is_known)
            continue;
        if (was_member(slot, segment) && !is_mentioned(effects, segment))
            feed_never(&rows->feed, slot, segment, slot->old_memberships[i].entered_at);
    }
    for (size_t i = 0; i < effects->n_memberships; i++) {
        const struct membership *m = last_word(effects, i);
        if (m == NULL)
            continue;
        if (m->entered != was_member(slot, m->segment))
            feed_membership(&rows->feed, slot, m);
        if (m->entered)
            add_member(rows, slot, m->segment, m->at);
    }
}

/* Of somebody who is somebody else now: their history no longer holds, and followers learn who they are. */
static void write_absorbed(struct rows *rows, struct batch *batch, struct slot *slot)
{
    struct slot *heir = batch_slot(batch, &slot->row.merged_into);
    slot->is_silent = slot->is_repair || heir->is_silent;
    contributions_sort_history(slot);
    contributions_of_stays(batch, slot);
    for (size_t i = 0; i < slot->n_old_transitions; i++)
        supersede(rows, batch, slot, &slot->old_transitions[i].transition);
    for (size_t i = 0; i < slot->n_old_memberships; i++) {
        int segment = slot->old_memberships[i].segment;
        remove_member(rows, slot, segment);
        if (segment >= 1 && segment <= slot->definitions->n_segments && was_member(slot, segment))
            feed_membership(&rows->feed, slot,
                            &(struct membership){
                                .segment = segment,
                                .version = segment_at(&slot->definitions->segments[segment - 1], TIME_MAX)->version,
                                .at = batch->now,
                                .cause = CAUSE_MERGE});
    }
    tally_standing(batch, slot);
    if (slot->is_silent && slot->had_state && !slot->is_repair)
        feed_synced(&rows->feed, slot);
    if (slot->had_state && !slot->is_repair)
        feed_identity(&rows->feed, heir, CHANGE_MERGED, &slot->row.state.key);
    if (slot->exists && !slot->is_repair)
        rows->updates[rows->n_updates++] = &slot->row;
}

/* Of somebody who is gone: rows are deleted by batch_save_erasure(). */
static void write_erased(struct rows *rows, struct batch *batch, struct slot *slot)
{
    contributions_sort_history(slot);
    tally_erased(batch, slot);
    if (slot->had_state)
        feed_erased(&rows->feed, slot);
    slot->row.transition_seq = 0;
    rows->updates[rows->n_updates++] = &slot->row;
}

static void write_slot(struct rows *rows, struct batch *batch, struct slot *slot)
{
    struct state *state = &slot->row.state;
    if (slot->is_erased) {
        write_erased(rows, batch, slot);
        return;
    }
    if (slot->is_absorbed) {
        write_absorbed(rows, batch, slot);
        return;
    }
    if (slot->must_refold)
        write_anew(rows, batch, slot);
    else
        write_forward(rows, batch, slot);
    contributions_of_stays(batch, slot);
    feed_orders(&rows->feed, slot);
    if (slot->is_silent)
        feed_synced(&rows->feed, slot);
    tally_standing(batch, slot);
    if (state->profile.is_changed)
        ADD(rows, profiles,
            (struct profile_row){
                .customer_key = state->key, .shop_id = slot->shop->id, .profile = &state->profile});
    for (size_t i = 0; i < state->n_orders; i++) {
        const struct order *order = &state->orders[i];
        struct order_row row = {.customer_key = state->key, .shop_id = slot->shop->id, .order = order};
        if (!order->is_changed)
            continue;
        if (order->is_stored)
            ADD(rows, orders, row);
        else
            ADD(rows, new_orders, row);
    }
    if (slot->exists && !slot->is_repair)
        rows->updates[rows->n_updates++] = &slot->row;
    else
        rows->inserts[rows->n_inserts++] = &slot->row;
}

/* --- statements ------------------------------------------------------------------------------------------------ */

#define EACH(args, type, push, n, expression)                                                                 \
    do {                                                                                                      \
        arg_array((args), (type), (n));                                                                       \
        for (size_t i = 0; i < (n); i++)                                                                      \
            push((args), (expression));                                                                       \
    } while (0)

static void send_events(struct batch *batch)
{
    const struct entry **fresh = ARENA_ARRAY(batch->arena, const struct entry *, batch->n_entries);
    size_t n = 0;
    for (size_t i = 0; i < batch->n_slots; i++)
        for (size_t k = 0; k < batch->slots[i].n_entries; k++)
            if (batch->slots[i].entries[k]->is_new)
                fresh[n++] = batch->slots[i].entries[k];
    if (n == 0)
        return;
    struct db_args *args = db_args(batch->arena, 8);
    EACH(args, DB_UUID, push_uuid, n, &fresh[i]->item->message.event.identity_key);
    EACH(args, DB_UUID, push_uuid, n, &fresh[i]->item->message.event.event_id);
    EACH(args, DB_INT4, push_int, n, fresh[i]->shop->id);
    EACH(args, DB_TIME, push_time, n, fresh[i]->item->message.event.occurred_at);
    EACH(args, DB_TIME, push_time, n, fresh[i]->item->message.event.received_at);
    EACH(args, DB_INT2, push_int, n, fresh[i]->item->message.event.kind);
    EACH(args, DB_JSON, push_span, n, fresh[i]->item->message.payload);
    EACH(args, DB_BYTEA, push_span, n, outcome_encode(batch->arena, &fresh[i]->item->outcome));
    db_send(batch->db, SQL_EVENT_INSERT, args);
}

static void send_claims(struct batch *batch)
{
    struct claim *claims = batch->new_claims;
    size_t n = batch->n_claims;
    if (n == 0)
        return;
    qsort(claims, n, sizeof(*claims), claim_compare);
    struct db_args *args = db_args(batch->arena, 3);
    EACH(args, DB_UUID, push_uuid, n, &claims[i].order_key);
    EACH(args, DB_INT4, push_int, n, claims[i].shop_id);
    EACH(args, DB_UUID, push_uuid, n, &claims[i].customer_key);
    db_send(batch->db, SQL_CLAIM_INSERT, args);
}

/* What a repair writes anew goes first; claims of its orders are put right. */
static void send_repairs(struct batch *batch)
{
    static const enum sql_id deletes[] = {SQL_VERIFY_DELETE_CUSTOMERS, SQL_VERIFY_DELETE_PROFILES,
                                          SQL_VERIFY_DELETE_ORDERS, SQL_VERIFY_DELETE_MEMBERSHIPS};
    size_t n = 0, n_orders = 0;
    for (size_t i = 0; i < batch->n_slots; i++)
        if (batch->slots[i].is_repair && batch->slots[i].is_dirty) {
            n++;
            n_orders += batch->slots[i].row.state.n_orders;
        }
    if (n == 0)
        return;
    const struct slot **slots = ARENA_ARRAY(batch->arena, const struct slot *, n);
    n = 0;
    for (size_t i = 0; i < batch->n_slots; i++)
        if (batch->slots[i].is_repair && batch->slots[i].is_dirty)
            slots[n++] = &batch->slots[i];
    struct db_args *args = db_args(batch->arena, 1);
    EACH(args, DB_UUID, push_uuid, n, &slots[i]->row.state.key);
    for (size_t i = 0; i < COUNT_OF(deletes); i++)
        db_send(batch->db, deletes[i], args);
    args = db_args(batch->arena, 2);
    EACH(args, DB_UUID, push_uuid, n, &slots[i]->row.state.key);
    EACH(args, DB_INT4, push_int, n, slots[i]->shop->id);
    db_send(batch->db, SQL_TRANSITION_RESTORE_SHOP, args);
    if (n_orders == 0)
        return;
    args = db_args(batch->arena, 3);
    arg_array(args, DB_UUID, n_orders);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < slots[i]->row.state.n_orders; k++)
            push_uuid(args, &slots[i]->row.state.orders[k].key);
    arg_array(args, DB_INT4, n_orders);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < slots[i]->row.state.n_orders; k++)
            push_int(args, slots[i]->shop->id);
    arg_array(args, DB_UUID, n_orders);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < slots[i]->row.state.n_orders; k++)
            push_uuid(args, &slots[i]->row.state.key);
    db_send(batch->db, SQL_CLAIM_UPSERT, args);
}

/* Orders and profiles of customers who are no more, and of those from whom somebody came out. */
static void send_removals(struct batch *batch)
{
    struct uuid *orders = ARENA_ARRAY(batch->arena, struct uuid, batch->n_slots);
    struct uuid *profiles = ARENA_ARRAY(batch->arena, struct uuid, batch->n_slots);
    size_t n_orders = 0, n_profiles = 0;
    for (size_t i = 0; i < batch->n_slots; i++) {
        const struct slot *slot = &batch->slots[i];
        bool is_gone = slot->is_dirty && customer_is_empty(&slot->row) && slot->exists;
        if (is_gone || slot->is_reduced)
            orders[n_orders++] = slot->row.state.key;
        if (is_gone)
            profiles[n_profiles++] = slot->row.state.key;
    }
    if (n_orders) {
        struct db_args *args = db_args(batch->arena, 1);
        EACH(args, DB_UUID, push_uuid, n_orders, &orders[i]);
        db_send(batch->db, SQL_VERIFY_DELETE_ORDERS, args);
    }
    if (n_profiles) {
        struct db_args *args = db_args(batch->arena, 1);
        EACH(args, DB_UUID, push_uuid, n_profiles, &profiles[i]);
        db_send(batch->db, SQL_VERIFY_DELETE_PROFILES, args);
    }
}

/* What somebody asked for is told to followers once it is done. */
static void write_operations(struct rows *rows, struct batch *batch)
{
    for (size_t i = 0; i < batch->n_entries; i++) {
        struct identity_op *op = batch->entries[i].op;
        if (op == NULL || op->error.status != STATUS_OK || op->kind == OP_ERASE)
            continue;
        if (op->kind == OP_MERGE) {
            op->customer = *identities_holder(batch, &op->subject.key);
            continue;
        }
        op->customer = *identities_holder(batch, &op->customer);
        op->apart = *identities_holder(batch, &op->apart);
        const struct slot *slot = batch_slot(batch, &op->customer);
        feed_identity(&rows->feed, slot, CHANGE_UNMERGED, &op->apart);
    }
}

static void send_standing(struct batch *batch, struct rows *rows)
{
    struct arena *arena = batch->arena;
    struct db *db = batch->db;
    if (rows->n_superseded) {
        struct db_args *args = db_args(arena, 3);
        EACH(args, DB_UUID, push_uuid, rows->n_superseded, &rows->superseded[i].customer_key);
        EACH(args, DB_INT4, push_int, rows->n_superseded, rows->superseded[i].seq);
        EACH(args, DB_TIME, push_time, rows->n_superseded, batch->now);
        db_send(db, SQL_TRANSITION_SUPERSEDE, args);
    }
    if (rows->n_transitions)
        db_send(db, SQL_TRANSITION_INSERT, transition_args(arena, rows->transitions, rows->n_transitions));
    if (rows->n_left) {
        struct db_args *args = db_args(arena, 2);
        EACH(args, DB_UUID, push_uuid, rows->n_left, &rows->left[i].customer_key);
        EACH(args, DB_INT2, push_int, rows->n_left, rows->left[i].segment);
        db_send(db, SQL_MEMBERSHIP_DELETE, args);
    }
    if (rows->n_entered) {
        struct db_args *args = db_args(arena, 4);
        EACH(args, DB_UUID, push_uuid, rows->n_entered, &rows->entered[i].customer_key);
        EACH(args, DB_INT2, push_int, rows->n_entered, rows->entered[i].segment);
        EACH(args, DB_INT4, push_int, rows->n_entered, rows->entered[i].shop_id);
        EACH(args, DB_TIME, push_time, rows->n_entered, rows->entered[i].entered_at);
        db_send(db, SQL_MEMBERSHIP_UPSERT, args);
    }
}

static void send_orders(struct batch *batch, struct rows *rows)
{
    if (rows->n_new_orders)
        db_send(batch->db, SQL_ORDER_INSERT, order_args(batch->arena, rows->new_orders, rows->n_new_orders));
    if (rows->n_orders)
        db_send(batch->db, SQL_ORDER_UPSERT, order_args(batch->arena, rows->orders, rows->n_orders));
}

enum status batch_save(struct batch *batch, struct error *error)
{
    struct rows rows = {.arena = batch->arena, .feed = {.batch = batch}};
    rows.inserts = ARENA_ARRAY(batch->arena, const struct customer_row *, batch->n_slots);
    rows.updates = ARENA_ARRAY(batch->arena, const struct customer_row *, batch->n_slots);
    for (size_t i = 0; i < batch->n_slots; i++)
        if (batch->slots[i].is_dirty)
            write_slot(&rows, batch, &batch->slots[i]);
    write_operations(&rows, batch);
    send_repairs(batch);
    send_removals(batch);
    identities_save(batch);
    batch_save_erasure(batch);
    send_claims(batch);
    send_events(batch);
    if (rows.n_inserts)
        db_send(batch->db, SQL_CUSTOMER_INSERT, customer_insert_args(batch->arena, rows.inserts, rows.n_inserts));
    if (rows.n_updates)
        db_send(batch->db, SQL_CUSTOMER_UPDATE, customer_update_args(batch->arena, rows.updates, rows.n_updates));
    if (rows.n_profiles)
        db_send(batch->db, SQL_PROFILE_UPSERT, profile_args(batch->arena, rows.profiles, rows.n_profiles));
    send_orders(batch, &rows);
    send_standing(batch, &rows);
    batch_save_terms(batch);
    feed_send(&rows.feed);
    batch_save_tallies(batch);
    db_send(batch->db, SQL_COMMIT, NULL);
    return db_sync(batch->db, error);
}

enum status batch_commit(struct batch *batch, struct error *error)
{
    tallies_init(&batch->tallies, batch->arena);
    enum status status = batch_load(batch, error);
    if (status != STATUS_OK)
        return status;
    batch_decide(batch);
    return batch_save(batch, error);
}
