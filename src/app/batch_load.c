#include "batch.h"

#include <stdlib.h>

/*
 * One round trip for new orders and other new messages: it locks the definitions and the customers, and reads whose
 * the orders are that the messages name. An order that nobody has claimed is new, and so is the message that reports it:
 * neither is looked for. (A message that is sent again with another order meets its own key on insertion; the batch is
 * then tried again warily.) A second round looks at claimed orders; a third, only when needed, reads the ledger of
 * those to be folded anew and all orders of those whose orders change.
 */

static const struct uuid nobody;

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
    int c = uuid_compare(&x->key, &y->key);
    return c ? c : (x->order > y->order) - (x->order < y->order);
}

struct slot *batch_slot(const struct batch *batch, const struct uuid *key)
{
    size_t low = 0, high = batch->n_slots;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = uuid_compare(&batch->slots[middle].row.state.key, key);
        if (c == 0)
            return &batch->slots[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool is_order(const struct entry *entry)
{
    return entry->item && event_is_order(entry->item->message.event.kind);
}

static void slot_init(struct slot *slot, const struct uuid *key, const struct shop *shop)
{
    *slot = (struct slot){.shop = shop, .is_silent = true};
    state_init(&slot->row.state, key, (struct span){"", 0}, IDENTITY_NONE);
    slot->row.identities_count = 1;
    slot->row.is_used = true;
    slot->row.erased_at = NONE;
}

/* Each slot's entries in the order of arrival; entries without a slot are none of the customers here. */
static void assign_entries(struct batch *batch)
{
    struct entry **sorted = ARENA_ARRAY(batch->arena, struct entry *, batch->n_entries);
    for (size_t i = 0; i < batch->n_entries; i++)
        sorted[i] = &batch->entries[i];
    qsort(sorted, batch->n_entries, sizeof(struct entry *), compare_entries);
    for (size_t i = 0; i < batch->n_slots; i++)
        batch->slots[i].n_entries = 0;
    for (size_t i = 0; i < batch->n_entries;) {
        struct slot *slot = batch_slot(batch, &sorted[i]->key);
        size_t end = i;
        slot->entries = &sorted[i];
        slot->is_silent = true;
        slot->wants_profile = slot->wants_profile || (slot->definitions && slot->definitions->needs_profile);
        for (; end < batch->n_entries && uuid_compare(&sorted[end]->key, &sorted[i]->key) == 0; end++) {
            const struct entry *entry = sorted[end];
            slot->is_silent = slot->is_silent && entry->is_silent;
            slot->is_repair = slot->is_repair || entry->is_repair;
            slot->wants_profile = slot->wants_profile || entry->is_repair ||
                                  (entry->item && event_needs_profile(&entry->item->message.event));
        }
        slot->n_entries = end - i;
        i = end;
    }
}

/* One slot a customer, in key order. */
static void make_slots(struct batch *batch)
{
    struct entry **sorted = ARENA_ARRAY(batch->arena, struct entry *, batch->n_entries);
    for (size_t i = 0; i < batch->n_entries; i++) {
        struct entry *entry = &batch->entries[i];
        entry->order = i;
        entry->is_new = false;
        entry->first = NULL;
        if (entry->item)
            entry->key = entry->item->message.event.identity_key;
        else if (entry->op)
            entry->key = entry->op->subject.key;
        sorted[i] = entry;
    }
    qsort(sorted, batch->n_entries, sizeof(struct entry *), compare_entries);
    batch->slots = ARENA_ARRAY(batch->arena, struct slot, batch->n_entries);
    batch->n_slots = 0;
    for (size_t i = 0; i < batch->n_entries; i++) {
        if (batch->n_slots && uuid_compare(&batch->slots[batch->n_slots - 1].row.state.key, &sorted[i]->key) == 0)
            continue;
        struct slot *slot = &batch->slots[batch->n_slots++];
        slot_init(slot, &sorted[i]->key, sorted[i]->shop);
        slot->definitions = definitions_known(batch->registry, slot->shop);
        slot->row.shop_id = slot->shop->id;
    }
    assign_entries(batch);
    for (size_t i = 0; i < batch->n_slots; i++)
        batch->slots[i].must_refold = batch->slots[i].is_repair;
}

static int compare_slots(const void *a, const void *b)
{
    return uuid_compare(&((const struct slot *)a)->row.state.key, &((const struct slot *)b)->row.state.key);
}

/* Slots for more customers; those that are there already stay as they are. */
static void add_slots(struct batch *batch, const struct uuid *keys, size_t n)
{
    struct slot *all = ARENA_ARRAY(batch->arena, struct slot, batch->n_slots + n);
    const struct shop *shop = batch->entries[0].shop;
    size_t kept = batch->n_slots;
    memcpy(all, batch->slots, batch->n_slots * sizeof(*all));
    for (size_t i = 0; i < n; i++)
        slot_init(&all[kept++], &keys[i], shop);
    qsort(all, kept, sizeof(*all), compare_slots);
    batch->n_slots = 0;
    for (size_t i = 0; i < kept; i++) {
        if (batch->n_slots && compare_slots(&all[batch->n_slots - 1], &all[i]) == 0) {
            if (all[i].is_loaded)
                all[batch->n_slots - 1] = all[i];
            continue;
        }
        all[batch->n_slots++] = all[i];
    }
    batch->slots = all;
}

/* --- the first round ---------------------------------------------------------------------------------------- */

static struct db_args *keys_args(struct batch *batch, bool (*which)(const struct slot *))
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n_slots; i++)
        n += which(&batch->slots[i]);
    if (n == 0)
        return NULL;
    struct db_args *args = db_args(batch->arena, 1);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < batch->n_slots; i++)
        if (which(&batch->slots[i]))
            push_uuid(args, &batch->slots[i].row.state.key);
    return args;
}

static bool any_slot(const struct slot *slot)
{
    (void)slot;
    return true;
}

static bool wants_profile(const struct slot *slot)
{
    return slot->wants_profile;
}

static bool wants_orders(const struct slot *slot)
{
    return slot->definitions && slot->definitions->needs_orders;
}

static bool is_unloaded(const struct slot *slot)
{
    return !slot->is_loaded;
}

static bool lacks_profile(const struct slot *slot)
{
    return slot->wants_profile && !slot->has_profile && slot->exists && !slot->must_refold;
}

/* Pairs (customer, something) of the entries for which ${pick} gives something. */
static struct db_args *pairs_args(struct batch *batch, bool (*which)(const struct batch *, const struct entry *),
                                  const struct uuid *(*pick)(const struct entry *))
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n_entries; i++)
        n += which(batch, &batch->entries[i]);
    if (n == 0)
        return NULL;
    struct db_args *args = db_args(batch->arena, 2);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < batch->n_entries; i++)
        if (which(batch, &batch->entries[i]))
            push_uuid(args, &batch->entries[i].key);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < batch->n_entries; i++)
        if (which(batch, &batch->entries[i]))
            push_uuid(args, pick(&batch->entries[i]));
    return args;
}

/* Messages that the first round looks for in the ledger. */
static bool may_be_repeat(const struct batch *batch, const struct entry *entry)
{
    return entry->item && (batch->is_wary || !is_order(entry));
}

static const struct uuid *event_of(const struct entry *entry)
{
    return &entry->item->message.event.event_id;
}

static const struct uuid *order_of(const struct entry *entry)
{
    return &entry->item->message.event.order_key;
}

static struct db_args *order_keys_args(struct batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n_entries; i++)
        n += is_order(&batch->entries[i]);
    if (n == 0)
        return NULL;
    struct db_args *args = db_args(batch->arena, 1);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < batch->n_entries; i++)
        if (is_order(&batch->entries[i]))
            push_uuid(args, order_of(&batch->entries[i]));
    return args;
}

int claim_compare(const void *a, const void *b)
{
    return uuid_compare(&((const struct claim *)a)->order_key, &((const struct claim *)b)->order_key);
}

static void take_claims(struct batch *batch, const struct db_result *rows)
{
    batch->n_old_claims = (size_t)db_rows(rows);
    batch->claims = ARENA_ARRAY(batch->arena, struct claim, batch->n_old_claims);
    for (size_t i = 0; i < batch->n_old_claims; i++)
        batch->claims[i] = (struct claim){.order_key = db_uuid(rows, (int)i, 0),
                                          .customer_key = db_uuid(rows, (int)i, 1),
                                          .shop_id = db_int(rows, (int)i, 2),
                                          .owner = db_uuid(rows, (int)i, 3),
                                          .is_erased = db_bool(rows, (int)i, 4)};
    if (batch->n_old_claims > 1)
        qsort(batch->claims, batch->n_old_claims, sizeof(*batch->claims), claim_compare);
}

static const struct claim *old_claim(const struct batch *batch, const struct uuid *order_key)
{
    struct claim wanted = {.order_key = *order_key};
    if (batch->n_old_claims == 0)
        return NULL;
    return bsearch(&wanted, batch->claims, batch->n_old_claims, sizeof(wanted), claim_compare);
}

static int compare_ids(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static struct db_args *shops_args(struct batch *batch)
{
    int *ids = ARENA_ARRAY(batch->arena, int, batch->n_slots);
    size_t n = 0;
    for (size_t i = 0; i < batch->n_slots; i++)
        if (n == 0 || ids[n - 1] != batch->slots[i].shop->id)
            ids[n++] = batch->slots[i].shop->id;
    qsort(ids, n, sizeof(int), compare_ids);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || ids[kept - 1] != ids[i])
            ids[kept++] = ids[i];
    struct db_args *args = db_args(batch->arena, 1);
    arg_array(args, DB_INT4, kept);
    for (size_t i = 0; i < kept; i++)
        push_int(args, ids[i]);
    return args;
}

/* Are the definitions that this process knows the ones that are in force? */
static bool definitions_are_current(struct batch *batch, const struct db_result *rows)
{
    for (size_t i = 0; i < batch->n_slots; i++) {
        const struct slot *slot = &batch->slots[i];
        bool found = false;
        for (int row = 0; row < db_rows(rows) && !found; row++)
            found = db_int(rows, row, 0) == slot->shop->id && slot->definitions &&
                    db_int(rows, row, 1) == slot->definitions->revision;
        if (!found)
            return false;
    }
    return true;
}

static enum status take_customers(struct batch *batch, const struct db_result *rows, struct error *error)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct customer_row read;
        customer_read(batch->arena, rows, row, &read);
        struct slot *slot = batch_slot(batch, &read.state.key);
        if (slot == NULL)
            continue;
        if (read.fold_version > FOLD_VERSION)
            return error_set(error, STATUS_BAD_SCHEMA, "", "rows were folded by a newer version of this program");
        slot->row = read;
        if (slot->definitions == NULL) {
            const struct shop *shop = registry_shop(batch->registry, read.shop_id);
            slot->shop = shop ? shop : slot->shop;
            slot->definitions = definitions_known(batch->registry, slot->shop);
        }
        slot->exists = true;
        slot->is_pointer = uuid_compare(&read.merged_into, &nobody) != 0;
        slot->had_state = !customer_is_empty(&read);
        if (!slot->had_state) {
            state_init(&slot->row.state, &read.state.key, read.state.external_id, read.state.kind);
            slot->row.fold_version = FOLD_VERSION;
            continue;
        }
        slot->is_stale = read.fold_version < FOLD_VERSION || fold_is_stale(slot->definitions, &slot->row.state);
        slot->must_refold = slot->must_refold || slot->is_stale;
    }
    return STATUS_OK;
}

static void take_profiles(struct batch *batch, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct slot *slot = batch_slot(batch, &key);
        if (slot)
            profile_read(batch->arena, rows, row, &slot->row.state.profile);
    }
}

static void take_orders(struct batch *batch, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct slot *slot = batch_slot(batch, &key);
        struct order order;
        order_read(batch->arena, rows, row, &order);
        if (slot && state_order(&slot->row.state, &order.key) == NULL)
            state_add_order(batch->arena, &slot->row.state, &order);
    }
}

/* --- which messages are new ---------------------------------------------------------------------------------- */

/* A message that is in the ledger gets the answer that it got then. */
static void take_repeats(struct batch *batch, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0), event_id = db_uuid(rows, row, 1);
        struct slot *slot = batch_slot(batch, &key);
        for (size_t i = 0; slot && i < slot->n_entries; i++) {
            struct entry *entry = slot->entries[i];
            if (entry->item == NULL || uuid_compare(event_of(entry), &event_id) != 0)
                continue;
            if (!outcome_decode(entry->arena, db_span(rows, row, 2), &entry->item->outcome))
                entry->item->outcome = (struct outcome){0};
            entry->item->result = batch->may_have_committed ? INGEST_ACCEPTED : INGEST_DUPLICATE;
        }
    }
}

/* Who has claimed an order, in this batch or before; NULL: nobody. */
static const struct claim *find_claim(const struct batch *batch, const struct uuid *order_key)
{
    const struct claim *old = old_claim(batch, order_key);
    for (size_t i = 0; old == NULL && i < batch->n_claims; i++)
        if (uuid_compare(&batch->new_claims[i].order_key, order_key) == 0)
            return &batch->new_claims[i];
    return old;
}

static void refuse(struct entry *entry, enum status status, const char *pointer, const char *detail)
{
    entry->item->result = INGEST_REFUSED;
    error_set(&entry->item->error, status, pointer, "%s", detail);
}

static void claim(struct batch *batch, struct entry *entry)
{
    const struct claim *claim = find_claim(batch, order_of(entry));
    if (claim == NULL)
        batch->new_claims[batch->n_claims++] = (struct claim){.order_key = *order_of(entry),
                                                              .customer_key = entry->key,
                                                              .shop_id = entry->shop->id,
                                                              .owner = entry->key};
    else if (claim->is_erased)
        refuse(entry, STATUS_CUSTOMER_ERASED, "/properties/order_id", "the customer of this order was erased");
    else if (!identities_claim(batch, entry, claim))
        refuse(entry, STATUS_ORDER_CLAIMED, "/properties/order_id",
               "the order was reported for another customer before");
}

/* The same message earlier in this batch. */
static const struct entry *find_first(const struct batch *batch, const struct entry *entry)
{
    const struct slot *slot = batch_slot(batch, &entry->key);
    for (size_t k = 0; k < slot->n_entries && slot->entries[k]->order < entry->order; k++)
        if (slot->entries[k]->is_new && uuid_compare(event_of(slot->entries[k]), event_of(entry)) == 0)
            return slot->entries[k];
    return NULL;
}

/* In the order of arrival: repeats within the batch, claims of orders, who is who; the rest is new. */
static void find_new(struct batch *batch)
{
    batch->new_claims = ARENA_ARRAY(batch->arena, struct claim, batch->n_entries);
    for (size_t i = 0; i < batch->n_entries; i++) {
        struct entry *entry = &batch->entries[i];
        if (entry->op)
            identities_operate(batch, entry);
        if (entry->item == NULL || entry->item->result != INGEST_PENDING)
            continue;
        entry->first = find_first(batch, entry);
        if (entry->first)
            continue;
        if (identities_are_erased(batch, entry))
            refuse(entry, STATUS_CUSTOMER_ERASED, "", "the customer was erased after this happened");
        else if (is_order(entry))
            claim(batch, entry);
        entry->is_new = entry->item->result == INGEST_PENDING;
        if (entry->is_new)
            identities_join(batch, entry);
    }
}

/* --- the second round: claimed orders ---------------------------------------------------------------------------- */

static bool is_claimed(const struct batch *batch, const struct entry *entry)
{
    return is_order(entry) && old_claim(batch, order_of(entry));
}

/* Orders by whose row has them now. */
static struct db_args *claimed_args(struct batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n_entries; i++)
        n += is_claimed(batch, &batch->entries[i]);
    if (n == 0)
        return NULL;
    struct db_args *args = db_args(batch->arena, 2);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < batch->n_entries; i++)
        if (is_claimed(batch, &batch->entries[i]))
            push_uuid(args, identities_owner(batch, &batch->entries[i].key));
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < batch->n_entries; i++)
        if (is_claimed(batch, &batch->entries[i]))
            push_uuid(args, order_of(&batch->entries[i]));
    return args;
}

static enum status load_claimed(struct batch *batch, struct error *error)
{
    struct db_args *orders = claimed_args(batch);
    if (orders == NULL)
        return STATUS_OK;
    size_t repeats_at = 0;
    size_t orders_at = db_send(batch->db, SQL_ORDER_ROWS, orders);
    if (!batch->is_wary)
        repeats_at = db_send(batch->db, SQL_EVENT_REPEATS, pairs_args(batch, is_claimed, event_of));
    enum status status = db_sync(batch->db, error);
    if (status != STATUS_OK)
        return status;
    take_orders(batch, db_result(batch->db, orders_at));
    if (!batch->is_wary)
        take_repeats(batch, db_result(batch->db, repeats_at));
    return STATUS_OK;
}

/* --- the third round --------------------------------------------------------------------------------------------- */

static bool must_refold(const struct slot *slot)
{
    return slot->must_refold && (slot->exists || slot->is_repair);
}

/* Is the ledger of this customer to be read? Of one who is no more it is read for another; of an erased one it tells their share. */
static bool needs_ledger(const struct slot *slot)
{
    return slot->must_refold && !slot->is_absorbed;
}

static bool is_repair(const struct slot *slot)
{
    return slot->is_repair;
}

static bool must_have_all_orders(const struct slot *slot)
{
    return slot->must_have_all_orders && !slot->must_refold;
}

/* Does a new message before number ${k} of its customer name the same order? */
static bool is_named_before(const struct slot *slot, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (slot->entries[i]->is_new && is_order(slot->entries[i]) &&
            uuid_compare(order_of(slot->entries[i]), order_of(slot->entries[k])) == 0)
            return true;
    return false;
}

/* What the new messages need that is not there yet: all orders, when an order changes that has a row or will have. */
static void find_needs(struct batch *batch)
{
    for (size_t i = 0; i < batch->n_slots; i++) {
        struct slot *slot = &batch->slots[i];
        struct state *state = &slot->row.state;
        state->has_all_orders = !slot->exists || slot->has_orders;
        for (size_t k = 0; k < slot->n_entries; k++) {
            const struct entry *entry = slot->entries[k];
            if (!entry->is_new)
                continue;
            if (slot->exists && fold_is_late(state, &entry->item->message.event))
                slot->must_refold = true;
            if (is_order(entry) && !state->has_all_orders &&
                (state_order(state, order_of(entry)) || is_named_before(slot, k)))
                slot->must_have_all_orders = true;
        }
    }
}

/* Payloads are read in memory of their own: of each only its meaning is kept. */
static enum status take_ledger(struct batch *batch, const struct db_result *rows, struct error *error)
{
    struct arena *scratch = arena_new(1 << 16);
    enum status status = STATUS_OK;
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct event event = {.identity_key = db_uuid(rows, row, 0),
                              .event_id = db_uuid(rows, row, 1),
                              .occurred_at = db_time(rows, row, 2),
                              .received_at = db_time(rows, row, 3)};
        struct slot *slot = identities_slot(batch, &event.identity_key);
        if (slot == NULL || !needs_ledger(slot))
            continue;
        arena_reset(scratch);
        status = message_recall(scratch, db_span(rows, row, 4), slot->shop, &event, error);
        if (status != STATUS_OK)
            break;
        slot->ledger =
            arena_grow(batch->arena, slot->ledger, slot->n_ledger, &slot->ledger_capacity, sizeof(*slot->ledger));
        slot->ledger[slot->n_ledger++] = event_copy(batch->arena, &event);
    }
    arena_free(scratch);
    return status;
}

static void take_transitions(struct batch *batch, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct transition_row read;
        transition_read(rows, row, &read);
        struct slot *slot = batch_slot(batch, &read.customer_key);
        if (slot == NULL)
            continue;
        slot->old_transitions = arena_grow(batch->arena, slot->old_transitions, slot->n_old_transitions,
                                           &slot->old_transitions_capacity, sizeof(*slot->old_transitions));
        slot->old_transitions[slot->n_old_transitions++] = read;
    }
}

/* Of a repair: the numbers go on from the last transition that was ever written. */
static void take_last_numbers(struct batch *batch, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct slot *slot = batch_slot(batch, &key);
        if (slot)
            slot->row.transition_seq = db_int(rows, row, 1);
    }
}

static void take_memberships(struct batch *batch, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct slot *slot = batch_slot(batch, &key);
        if (slot == NULL)
            continue;
        slot->old_memberships = arena_grow(batch->arena, slot->old_memberships, slot->n_old_memberships,
                                           &slot->old_memberships_capacity, sizeof(*slot->old_memberships));
        slot->old_memberships[slot->n_old_memberships].segment = db_int(rows, row, 1);
        slot->old_memberships[slot->n_old_memberships].entered_at = db_time(rows, row, 2);
        slot->n_old_memberships++;
    }
}

/* The identities of those to be folded anew, whose events their ledger is. */
static struct db_args *ledger_args(struct batch *batch)
{
    size_t n = 0;
    struct uuid *keys = ARENA_ARRAY(batch->arena, struct uuid, batch->n_slots + batch->n_members);
    for (size_t i = 0; i < batch->n_slots; i++)
        if (needs_ledger(&batch->slots[i]))
            keys[n++] = batch->slots[i].row.state.key;
    for (size_t i = 0; i < batch->n_members; i++) {
        const struct member *m = &batch->members[i];
        const struct slot *slot = batch_slot(batch, &m->owner);
        if (uuid_compare(&m->owner, &m->key) != 0 && slot && needs_ledger(slot))
            keys[n++] = m->key;
    }
    if (n == 0)
        return NULL;
    struct db_args *args = db_args(batch->arena, 1);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < n; i++)
        push_uuid(args, &keys[i]);
    return args;
}

static enum status load_identities(struct batch *batch, struct error *error)
{
    size_t n = 0;
    struct uuid *keys = ARENA_ARRAY(batch->arena, struct uuid, batch->n_slots);
    if (batch->has_members)
        return STATUS_OK;
    for (size_t i = 0; i < batch->n_slots; i++)
        if (needs_ledger(&batch->slots[i]) && batch->slots[i].row.identities_count > 1)
            keys[n++] = batch->slots[i].row.state.key;
    return n ? identities_load(batch, keys, n, error) : STATUS_OK;
}

static enum status load_more(struct batch *batch, struct error *error)
{
    enum status status = load_identities(batch, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *ledger = ledger_args(batch);
    struct db_args *refolds = keys_args(batch, must_refold);
    struct db_args *orders = keys_args(batch, must_have_all_orders);
    struct db_args *profiles = keys_args(batch, lacks_profile);
    struct db_args *repairs = keys_args(batch, is_repair);
    size_t ledger_at = 0, transitions_at = 0, memberships_at = 0, refold_profiles_at = 0, refold_orders_at = 0;
    size_t orders_at = 0, profiles_at = 0, numbers_at = 0;
    if (!ledger && !refolds && !orders && !profiles)
        return STATUS_OK;
    if (ledger)
        ledger_at = db_send(batch->db, SQL_EVENT_LEDGER, ledger);
    if (refolds) {
        transitions_at = db_send(batch->db, SQL_TRANSITION_ROWS, refolds);
        memberships_at = db_send(batch->db, SQL_MEMBERSHIP_ROWS, refolds);
        refold_profiles_at = db_send(batch->db, SQL_PROFILE_ROWS, refolds);
        refold_orders_at = db_send(batch->db, SQL_ORDER_ALL, refolds);
    }
    if (orders)
        orders_at = db_send(batch->db, SQL_ORDER_ALL, orders);
    if (profiles)
        profiles_at = db_send(batch->db, SQL_PROFILE_ROWS, profiles);
    if (repairs)
        numbers_at = db_send(batch->db, SQL_TRANSITION_LAST, repairs);
    status = db_sync(batch->db, error);
    if (status == STATUS_OK && ledger)
        status = take_ledger(batch, db_result(batch->db, ledger_at), error);
    if (status != STATUS_OK)
        return status;
    if (refolds) {
        take_transitions(batch, db_result(batch->db, transitions_at));
        take_memberships(batch, db_result(batch->db, memberships_at));
        take_profiles(batch, db_result(batch->db, refold_profiles_at));
        take_orders(batch, db_result(batch->db, refold_orders_at));
    }
    if (orders)
        take_orders(batch, db_result(batch->db, orders_at));
    if (profiles)
        take_profiles(batch, db_result(batch->db, profiles_at));
    if (repairs)
        take_last_numbers(batch, db_result(batch->db, numbers_at));
    for (size_t i = 0; i < batch->n_slots; i++) {
        struct slot *slot = &batch->slots[i];
        slot->row.state.has_all_orders =
            slot->row.state.has_all_orders || slot->must_have_all_orders || slot->must_refold;
    }
    return status;
}

/* --- all rounds ----------------------------------------------------------------------------------------------------- */

static enum status load_first(struct batch *batch, struct error *error)
{
    struct db_args *repeats = pairs_args(batch, may_be_repeat, event_of);
    struct db_args *profiles = keys_args(batch, wants_profile);
    struct db_args *orders = keys_args(batch, wants_orders);
    struct db_args *claims = order_keys_args(batch);
    struct db_args *mentioned = identities_mentioned(batch);
    size_t repeats_at = 0, profiles_at = 0, orders_at = 0, claims_at = 0, pointers_at = 0;

    db_send(batch->db, SQL_BEGIN, NULL);
    size_t definitions_at = db_send(batch->db, SQL_DEFINITION_LOCK, shops_args(batch));
    size_t customers_at = db_send(batch->db, SQL_CUSTOMER_LOCK, keys_args(batch, any_slot));
    if (mentioned)
        pointers_at = db_send(batch->db, SQL_CUSTOMER_POINTERS, mentioned);
    if (repeats)
        repeats_at = db_send(batch->db, SQL_EVENT_REPEATS, repeats);
    if (profiles)
        profiles_at = db_send(batch->db, SQL_PROFILE_ROWS, profiles);
    if (orders)
        orders_at = db_send(batch->db, SQL_ORDER_ALL, orders);
    if (claims)
        claims_at = db_send(batch->db, SQL_CLAIM_ROWS, claims);
    enum status status = db_sync(batch->db, error);
    if (status != STATUS_OK)
        return status;
    batch->now = clock_now(batch->clock);
    if (!definitions_are_current(batch, db_result(batch->db, definitions_at)))
        return error_set(error, STATUS_RETRY, "/definitions", "the definitions have changed");
    status = take_customers(batch, db_result(batch->db, customers_at), error);
    if (status != STATUS_OK)
        return status;
    if (profiles)
        take_profiles(batch, db_result(batch->db, profiles_at));
    if (orders)
        take_orders(batch, db_result(batch->db, orders_at));
    if (repeats)
        take_repeats(batch, db_result(batch->db, repeats_at));
    if (claims)
        take_claims(batch, db_result(batch->db, claims_at));
    batch->pointers = mentioned ? db_result(batch->db, pointers_at) : NULL;
    for (size_t i = 0; i < batch->n_slots; i++) {
        struct slot *slot = &batch->slots[i];
        slot->is_loaded = true;
        slot->has_profile = slot->wants_profile;
        slot->has_orders = wants_orders(slot);
    }
    return STATUS_OK;
}

enum status batch_load_slots(struct batch *batch, const struct uuid *keys, size_t n, struct error *error)
{
    add_slots(batch, keys, n);
    struct db_args *args = keys_args(batch, is_unloaded);
    size_t customers_at = db_send(batch->db, SQL_CUSTOMER_LOCK_NOW, args);
    size_t profiles_at = db_send(batch->db, SQL_PROFILE_ROWS, args);
    size_t orders_at = db_send(batch->db, SQL_ORDER_ALL, args);
    enum status status = db_sync(batch->db, error);
    if (status == STATUS_OK)
        status = take_customers(batch, db_result(batch->db, customers_at), error);
    if (status != STATUS_OK)
        return status;
    take_profiles(batch, db_result(batch->db, profiles_at));
    take_orders(batch, db_result(batch->db, orders_at));
    for (size_t i = 0; i < batch->n_slots; i++) {
        struct slot *slot = &batch->slots[i];
        if (slot->is_loaded)
            continue;
        slot->is_loaded = slot->has_profile = slot->has_orders = true;
        if (!slot->exists) {
            slot->definitions = definitions_known(batch->registry, slot->shop);
            slot->row.shop_id = slot->shop->id;
        }
    }
    return STATUS_OK;
}

enum status batch_load(struct batch *batch, struct error *error)
{
    make_slots(batch);
    enum status status = load_first(batch, error);
    if (status == STATUS_OK)
        status = identities_gather(batch, error);
    if (status == STATUS_OK)
        status = load_claimed(batch, error);
    if (status != STATUS_OK)
        return status;
    find_new(batch);
    status = identities_settle(batch, error);
    if (status != STATUS_OK)
        return status;
    if (batch->has_members)
        assign_entries(batch);
    find_needs(batch);
    status = load_more(batch, error);
    for (size_t i = 0; status == STATUS_OK && i < batch->n_slots; i++) {
        struct slot *slot = &batch->slots[i];
        if (slot->must_refold)
            continue;
        /* of the orders that were read: also those of a row that another writer made after the look at it, whom the insert meets */
        slot->row.state.has_counted = false;
        if (slot->row.state.has_all_orders)
            state_keep_counted(batch->arena, &slot->row.state);
    }
    return status;
}
