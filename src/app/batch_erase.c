#include "batch.h"
#include "db/each.h"

/*
 * What an erasure writes: the ledger, the state and the names of a person are gone with the transaction. What is
 * left are the keys of their identities, which are hashes, so that late deliveries are known and refused; who claimed
 * which order; their share of the totals; and a receipt without any name.
 */

static const struct identity_op *erasure_of(const struct batch *batch)
{
    for (size_t i = 0; i < batch->n_entries; i++) {
        const struct identity_op *op = batch->entries[i].op;
        if (op && op->kind == OP_ERASE && op->error.status == STATUS_OK)
            return op;
    }
    return NULL;
}

static void send_receipt(struct batch *batch, const struct slot *slot, const struct identity_op *op)
{
    struct db_args *args = db_args(batch->arena, 5);
    arg_uuid(args, &op->erasure_id);
    arg_int(args, DB_INT4, slot->shop->id);
    arg_time(args, batch->now);
    arg_int(args, DB_INT2, op->erasure_cause);
    arg_span(args, DB_JSON,
             span_of(arena_printf(batch->arena,
                                  "{\"identities\":%lld,\"events\":%lld,\"orders\":%lld,\"transitions\":%lld}",
                                  (long long)op->n_identities, (long long)op->n_events, (long long)op->n_orders,
                                  (long long)op->n_transitions)));
    db_send(batch->db, SQL_ERASURE_INSERT, args);
}

void batch_save_erasure(struct batch *batch)
{
    static const enum sql_id deletes[] = {
        SQL_ERASE_EVENTS,      SQL_ERASE_LINKS,    SQL_ERASE_SEPARATIONS,
        SQL_ERASE_CONFLICTS,   SQL_VERIFY_DELETE_PROFILES, SQL_VERIFY_DELETE_ORDERS,
        SQL_VERIFY_DELETE_TRANSITIONS, SQL_VERIFY_DELETE_MEMBERSHIPS,
    };
    const struct identity_op *op = erasure_of(batch);
    if (op == NULL)
        return;
    size_t n = 0;
    struct uuid *keys = ARENA_ARRAY(batch->arena, struct uuid, batch->n_members);
    for (size_t i = 0; i < batch->n_members; i++)
        if (batch->members[i].is_erased)
            keys[n++] = batch->members[i].key;
    struct db_args *args = db_args(batch->arena, 1);
    EACH(args, DB_UUID, push_uuid, &keys[i]);
    for (size_t i = 0; i < COUNT_OF(deletes); i++)
        db_send(batch->db, deletes[i], args);
    const struct slot *slot = batch_slot(batch, &op->customer);
    args = db_args(batch->arena, 2);
    arg_int(args, DB_INT4, slot->shop->id);
    EACH(args, DB_UUID, push_uuid, &keys[i]);
    db_send(batch->db, SQL_ERASE_CHANGES, args);
    db_send(batch->db, SQL_ERASE_DELIVERIES, args);
    db_send(batch->db, SQL_ERASE_SOURCE_LOG, args);
    batch_save_remainder(batch, slot);
    send_receipt(batch, slot, op);
}

void batch_count_erased(const struct batch *batch)
{
    for (size_t i = 0; i < batch->n_entries; i++) {
        struct identity_op *op = batch->entries[i].op;
        if (op == NULL || op->kind != OP_ERASE || op->error.status != STATUS_OK)
            continue;
        const struct slot *slot = batch_slot(batch, &op->customer);
        op->n_events = slot->row.state.a.events_count;
        op->n_orders = (int64_t)slot->row.state.n_orders;
        op->n_transitions = slot->row.transition_seq;
    }
}
