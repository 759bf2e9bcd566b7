#include "batch_who.h"
#include "db/each.h"

/* Whose row holds what once all is joined, and what is written of it. */

static const struct uuid nil;

/* --- settling: whose row holds what ------------------------------------------------------------------------------------ */

/* Who bears the name of all. */
static bool is_better(const struct member *a, const struct member *b)
{
    int x = identity_rank(a->kind, a->is_used), y = identity_rank(b->kind, b->is_used);
    return x != y ? x < y : uuid_compare(&a->key, &b->key) < 0;
}

/* Mentioned, and nothing came of it: there is no row, nor will be. */
static bool is_nothing(const struct batch *batch, const size_t *sizes, const struct member *m)
{
    return !m->exists && !m->is_used && sizes[root(batch, m)] == 1;
}

static void choose_owners(struct batch *batch, size_t *sizes)
{
    size_t n = batch->n_members;
    const struct member **best = ARENA_ARRAY(batch->arena, const struct member *, n);
    for (size_t i = 0; i < n; i++) {
        size_t r = root(batch, &batch->members[i]);
        sizes[r]++;
        if (best[r] == NULL || is_better(&batch->members[i], best[r]))
            best[r] = &batch->members[i];
    }
    for (size_t i = 0; i < n; i++)
        batch->members[i].owner = best[root(batch, &batch->members[i])]->key;
}

/* A row that held a state, or whose ledger waited for a customer. */
static bool held_state(const struct slot *slot)
{
    return slot->exists && is_nil(&slot->row.merged_into) &&
           (slot->had_state || slot->row.state.kind == IDENTITY_ORDER);
}

static void settle_slot(struct batch *batch, struct slot *slot, const size_t *sizes)
{
    const struct member *m = find_member(batch, &slot->row.state.key);
    struct customer_row *row = &slot->row;
    if (m == NULL || is_nothing(batch, sizes, m)) {
        slot->is_pointer = true;
        return;
    }
    slot->is_erased = m->is_erased;
    bool is_owner = same(&m->owner, &m->key);
    int count = is_owner ? (int)sizes[root(batch, m)] : 1;
    const struct uuid *into = is_owner ? &nil : &m->owner;
    if (!is_owner) {
        slot->is_absorbed = slot->is_repair || held_state(slot);
        slot->must_refold = slot->is_absorbed;
        slot->is_pointer = !slot->is_absorbed;
    } else {
        slot->is_pointer = false;
        /* it comes out of another customer, or somebody came out of it */
        slot->is_reduced = slot->exists && row->identities_count > count;
        slot->must_refold = slot->must_refold || slot->is_erased;
        if (!is_nil(&row->merged_into) || slot->is_reduced)
            slot->must_refold = true;
    }
    if (slot->exists && (!same(&row->merged_into, into) || row->identities_count != count || row->is_used != m->is_used))
        slot->has_new_identity = true;
    row->merged_into = *into;
    row->identities_count = count;
    row->is_used = m->is_used;
    row->state.kind = m->kind;
    row->state.external_id = m->value;
    if (row->erased_at != NONE && m->is_used && !m->was_used)
        slot->has_new_identity = true;
}

static void hand_over(struct batch *batch)
{
    for (size_t i = 0; i < batch->n_slots; i++) {
        struct slot *slot = &batch->slots[i];
        if (!slot->is_absorbed)
            continue;
        struct slot *heir = batch_slot(batch, &slot->row.merged_into);
        heir->must_refold = true;
        if (!heir->had_state && heir->heir_of == NULL && slot->had_state)
            heir->heir_of = slot;
    }
}

static enum status load_owners(struct batch *batch, struct error *error)
{
    size_t n = 0;
    struct uuid *keys = ARENA_ARRAY(batch->arena, struct uuid, batch->n_members);
    for (size_t i = 0; i < batch->n_members; i++) {
        const struct member *m = &batch->members[i];
        bool is_concerned = m->exists || m->is_used || !same(&m->owner, &m->key);
        if (is_concerned && batch_slot(batch, &m->owner) == NULL)
            keys[n++] = m->owner;
    }
    return n ? batch_load_slots(batch, keys, n, error) : STATUS_OK;
}

enum status identities_settle(struct batch *batch, struct error *error)
{
    if (!batch->has_members)
        return STATUS_OK;
    size_t *sizes = ARENA_ARRAY(batch->arena, size_t, batch->n_members);
    choose_owners(batch, sizes);
    enum status status = load_owners(batch, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < batch->n_slots; i++)
        settle_slot(batch, &batch->slots[i], sizes);
    hand_over(batch);
    for (size_t i = 0; i < batch->n_entries; i++) {
        struct entry *entry = &batch->entries[i];
        const struct member *m = find_member(batch, &entry->key);
        if (m && (entry->item || entry->op))
            entry->key = m->owner;
    }
    for (size_t i = 0; i < batch->n_members; i++)
        if (is_nothing(batch, sizes, &batch->members[i]))
            batch->members[i].kind = IDENTITY_NONE;
    return STATUS_OK;
}

struct slot *identities_slot(const struct batch *batch, const struct uuid *identity_key)
{
    const struct member *m = find_member(batch, identity_key);
    return batch_slot(batch, m ? &m->owner : identity_key);
}

/* --- what is written --------------------------------------------------------------------------------------------------- */

static void save_links(struct batch *batch)
{
    const struct link **new = ARENA_ARRAY(batch->arena, const struct link *, batch->n_links);
    const struct link **old = ARENA_ARRAY(batch->arena, const struct link *, batch->n_links);
    size_t n = 0, n_old = 0;
    for (size_t i = 0; i < batch->n_links; i++) {
        if (!batch->links[i].is_stored)
            new[n++] = &batch->links[i];
        else if (batch->links[i].is_withdrawn)
            old[n_old++] = &batch->links[i];
    }
    if (n) {
        struct db_args *args = db_args(batch->arena, 11);
        EACH(args, DB_UUID, push_uuid, &new[i]->from.key);
        EACH(args, DB_UUID, push_uuid, &new[i]->link_id);
        EACH(args, DB_INT4, push_int, new[i]->shop->id);
        EACH(args, DB_INT2, push_int, new[i]->from.kind);
        EACH(args, DB_TEXT, push_span, new[i]->from.value);
        EACH(args, DB_UUID, push_uuid, &new[i]->to.key);
        EACH(args, DB_INT2, push_int, new[i]->to.kind);
        EACH(args, DB_TEXT, push_span, new[i]->to.value);
        EACH(args, DB_INT2, push_int, new[i]->cause);
        EACH(args, DB_UUID, push_uuid, &new[i]->event_id);
        EACH(args, DB_TIME, push_time, new[i]->recorded_at);
        db_send(batch->db, SQL_LINK_INSERT, args);
    }
    n = n_old;
    if (n) {
        struct db_args *args = db_args(batch->arena, 3);
        EACH(args, DB_UUID, push_uuid, &old[i]->from.key);
        EACH(args, DB_UUID, push_uuid, &old[i]->link_id);
        arg_time(args, batch->now);
        db_send(batch->db, SQL_LINK_WITHDRAW, args);
    }
}

static void save_pairs(struct batch *batch, enum sql_id sql, const struct pair *pairs, size_t n)
{
    if (n == 0)
        return;
    struct db_args *args = db_args(batch->arena, 4);
    EACH(args, DB_UUID, push_uuid, &pairs[i].a);
    EACH(args, DB_UUID, push_uuid, &pairs[i].b);
    EACH(args, DB_INT4, push_int, pairs[i].shop_id);
    EACH(args, DB_TIME, push_time, batch->now);
    db_send(batch->db, sql, args);
}

/* Rows of identities that hold no state, and whose row is not one of the batch's customers. */
static void save_pointers(struct batch *batch)
{
    const struct customer_row **rows = ARENA_ARRAY(batch->arena, const struct customer_row *, batch->n_members);
    size_t n = 0;
    for (size_t i = 0; i < batch->n_members; i++) {
        const struct member *m = &batch->members[i];
        const struct slot *slot = batch_slot(batch, &m->key);
        bool is_new = !m->exists || (slot && slot->is_repair);
        if (m->kind == IDENTITY_NONE || !is_new || same(&m->owner, &m->key))
            continue;
        struct customer_row *row = ARENA_NEW(batch->arena, struct customer_row);
        state_init(&row->state, &m->key, m->value, m->kind);
        row->shop_id = m->shop->id;
        row->fold_version = FOLD_VERSION;
        row->merged_into = m->owner;
        row->identities_count = 1;
        row->is_used = m->is_used;
        row->erased_at = m->erased_at;
        row->transition_seq = slot ? slot->row.transition_seq : 0;
        rows[n++] = row;
    }
    if (n)
        db_send(batch->db, SQL_CUSTOMER_INSERT, customer_insert_args(batch->arena, rows, n));
}

/* Whose identity a row is, where that has changed. */
static void save_owners(struct batch *batch)
{
    struct changed {
        const struct member *member;
        int count;
        struct uuid into;
    } *rows = ARENA_ARRAY(batch->arena, struct changed, batch->n_members);
    size_t n = 0;
    for (size_t i = 0; i < batch->n_members; i++) {
        const struct member *m = &batch->members[i];
        const struct slot *slot = batch_slot(batch, &m->key);
        if (m->kind == IDENTITY_NONE || !m->exists || (slot && slot->is_repair))
            continue;
        bool has_moved = !same(&m->owner, &m->old_owner) || m->is_used != m->was_used || m->is_erased;
        if (!has_moved && !(slot && slot->has_new_identity))
            continue;
        rows[n++] = (struct changed){.member = m,
                                     .count = slot ? slot->row.identities_count : 1,
                                     .into = same(&m->owner, &m->key) ? nil : m->owner};
    }
    if (n == 0)
        return;
    struct db_args *args = db_args(batch->arena, 7);
    EACH(args, DB_UUID, push_uuid, &rows[i].member->key);
    EACH(args, DB_TEXT, push_span, rows[i].member->value);
    EACH(args, DB_INT2, push_int, rows[i].member->kind);
    EACH(args, DB_UUID, push_uuid, uuid_is_nil(&rows[i].into) ? NULL : &rows[i].into);
    EACH(args, DB_INT4, push_int, rows[i].count);
    EACH(args, DB_BOOL, push_bool, rows[i].member->is_used);
    EACH(args, DB_TIME, push_time, rows[i].member->erased_at);
    db_send(batch->db, SQL_CUSTOMER_IDENTIFY, args);
}

void identities_save(struct batch *batch)
{
    if (!batch->has_members)
        return;
    save_pointers(batch);
    save_owners(batch);
    save_links(batch);
    save_pairs(batch, SQL_SEPARATION_INSERT, batch->separations + batch->n_old_separations,
               batch->n_separations - batch->n_old_separations);
    save_pairs(batch, SQL_CONFLICT_INSERT, batch->conflicts + batch->n_old_conflicts,
               batch->n_conflicts - batch->n_old_conflicts);
    size_t n = batch->n_rejoined;
    if (n) {
        struct db_args *args = db_args(batch->arena, 1);
        EACH(args, DB_UUID, push_uuid, &batch->rejoined[i]);
        db_send(batch->db, SQL_SEPARATION_DELETE, args);
    }
}
