#include "batch_who.h"
#include "db/each.h"

#include <stdlib.h>

/*
 * Who is who. Most batches need not ask: each message names one customer, whose row is locked, and the other
 * identities that it mentions point to that row already. Only when something is otherwise are the identities of all
 * customers concerned gathered under their locks, joined in the order of arrival, and their rows settled.
 */

/* --- members --- */

static int compare_members(const void *a, const void *b)
{
    return uuid_compare(&((const struct member *)a)->key, &((const struct member *)b)->key);
}

static struct member *find_among(const struct batch *batch, size_t n, const struct uuid *key)
{
    struct member wanted = {.key = *key};
    return n ? bsearch(&wanted, batch->members, n, sizeof(wanted), compare_members) : NULL;
}

struct member *find_member(const struct batch *batch, const struct uuid *key)
{
    return find_among(batch, batch->n_members, key);
}

size_t root(const struct batch *batch, const struct member *m)
{
    size_t i = (size_t)(m - batch->members);
    while (batch->members[i].parent != i)
        i = batch->members[i].parent = batch->members[batch->members[i].parent].parent;
    return i;
}

void unite(struct batch *batch, const struct member *a, const struct member *b)
{
    batch->members[root(batch, b)].parent = root(batch, a);
}

/* --- does it matter? ---------------------------------------------------------------------------------------------- */

/* A row of customer_pointers. */
struct pointer {
    struct uuid key;
    struct uuid owner;
    bool is_erased;
};

static int compare_pointers(const void *a, const void *b)
{
    return uuid_compare(&((const struct pointer *)a)->key, &((const struct pointer *)b)->key);
}

struct db_args *identities_mentioned(const struct batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n_entries; i++)
        if (batch->entries[i].item)
            n += batch->entries[i].item->message.n_identities - 1;
    if (n == 0)
        return NULL;
    struct db_args *args = db_args(batch->arena, 1);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < batch->n_entries; i++)
        for (size_t k = 1; batch->entries[i].item && k < batch->entries[i].item->message.n_identities; k++)
            push_uuid(args, &batch->entries[i].item->message.identities[k].key);
    return args;
}

static struct pointer *read_pointers(const struct batch *batch, size_t *n)
{
    *n = batch->pointers ? (size_t)db_rows(batch->pointers) : 0;
    struct pointer *pointers = ARENA_ARRAY(batch->arena, struct pointer, *n);
    for (size_t i = 0; i < *n; i++) {
        int row = (int)i;
        bool points = !db_is_null(batch->pointers, row, 2);
        pointers[i] = (struct pointer){.key = db_uuid(batch->pointers, row, 0),
                                       .owner = db_uuid(batch->pointers, row, points ? 2 : 0),
                                       .is_erased = !db_is_null(batch->pointers, row, 4)};
    }
    if (*n > 1)
        qsort(pointers, *n, sizeof(*pointers), compare_pointers);
    return pointers;
}

bool may_join_by(const struct settings *settings, const struct identity *identity)
{
    return identity->is_alias || settings->joins >> identity->kind & 1;
}

/* Is what a message mentions of its customer already, or nothing that joins? */
static bool is_settled(const struct settings *settings, const struct message *message, const struct identity *other,
                       const struct pointer *pointers, size_t n)
{
    struct pointer wanted = {.key = other->key};
    const struct pointer *p = n ? bsearch(&wanted, pointers, n, sizeof(*pointers), compare_pointers) : NULL;
    if (p && p->is_erased)
        return false;
    if (!may_join_by(settings, other))
        return true;
    if (p == NULL)
        return false;
    return same(&p->owner, &message->event.identity_key);
}

static int compare_order_entries(const void *a, const void *b)
{
    const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;
    return uuid_compare(&x->item->message.event.order_key, &y->item->message.event.order_key);
}

/* Two customers report one order in this batch, or one that somebody else has claimed. */
static bool orders_matter(const struct batch *batch)
{
    const struct entry **orders = ARENA_ARRAY(batch->arena, const struct entry *, batch->n_entries);
    size_t n = 0;
    for (size_t i = 0; i < batch->n_entries; i++)
        if (batch->entries[i].item && event_is_order(batch->entries[i].item->message.event.kind))
            orders[n++] = &batch->entries[i];
    if (n > 1)
        qsort(orders, n, sizeof(*orders), compare_order_entries);
    for (size_t i = 0; i < n; i++) {
        const struct event *event = &orders[i]->item->message.event;
        struct claim wanted = {.order_key = event->order_key};
        const struct claim *claim =
            batch->n_old_claims
                ? bsearch(&wanted, batch->claims, batch->n_old_claims, sizeof(wanted), claim_compare)
                : NULL;
        if (claim && !same(&claim->owner, &orders[i]->key))
            return true;
        if (i && same(&event->order_key, &orders[i - 1]->item->message.event.order_key) &&
            !same(&orders[i]->key, &orders[i - 1]->key))
            return true;
    }
    return false;
}

bool identities_matter(const struct batch *batch)
{
    size_t n;
    const struct pointer *pointers = read_pointers(batch, &n);
    for (size_t i = 0; i < batch->n_slots; i++) {
        const struct slot *slot = &batch->slots[i];
        bool has_message = false;
        for (size_t k = 0; k < slot->n_entries; k++)
            has_message = has_message || slot->entries[k]->item;
        if (slot->is_repair || (has_message && slot->exists &&
                                (!is_nil(&slot->row.merged_into) || !slot->row.is_used || slot->row.erased_at != NONE)))
            return true;
    }
    for (size_t i = 0; i < batch->n_entries; i++) {
        const struct entry *entry = &batch->entries[i];
        if (entry->op)
            return true;
        if (entry->item == NULL)
            continue;
        const struct message *message = &entry->item->message;
        const struct settings *settings =
            message->n_identities > 1 ? settings_known(batch->registry, entry->shop) : NULL;
        if (message->identities[0].kind == IDENTITY_ORDER)
            return true;
        for (size_t k = 1; k < message->n_identities; k++)
            if (!is_settled(settings, message, &message->identities[k], pointers, n))
                return true;
    }
    return orders_matter(batch);
}

/* --- gathering ------------------------------------------------------------------------------------------------------ */

static void mention(struct batch *batch, const struct uuid *key, enum identity_kind kind, struct span value,
                    const struct shop *shop)
{
    *PUSH(batch, members) = (struct member){
        .key = *key, .kind = kind, .value = value, .shop = shop, .owner = *key, .erased_at = NONE};
}

/* In key order, one each; what names the value wins over what knows only the key. */
static void sort_members(struct batch *batch)
{
    size_t kept = 0;
    if (batch->n_members > 1)
        qsort(batch->members, batch->n_members, sizeof(*batch->members), compare_members);
    for (size_t i = 0; i < batch->n_members; i++) {
        struct member *m = &batch->members[i];
        if (kept && same(&batch->members[kept - 1].key, &m->key)) {
            if (batch->members[kept - 1].kind == IDENTITY_NONE)
                batch->members[kept - 1] = *m;
            continue;
        }
        batch->members[kept++] = *m;
    }
    batch->n_members = kept;
}

static void mention_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->n_entries; i++) {
        const struct entry *entry = &batch->entries[i];
        if (entry->item) {
            const struct message *message = &entry->item->message;
            for (size_t k = 0; k < message->n_identities; k++)
                mention(batch, &message->identities[k].key, message->identities[k].kind,
                        message->identities[k].value, entry->shop);
        } else if (entry->op) {
            const struct identity_op *op = entry->op;
            mention(batch, &op->subject.key, op->subject.kind, op->subject.value, entry->shop);
            if (op->other.kind != IDENTITY_NONE)
                mention(batch, &op->other.key, op->other.kind, op->other.value, entry->shop);
        }
    }
    for (size_t i = 0; i < batch->n_old_claims; i++) {
        const struct claim *claim = &batch->claims[i];
        const struct shop *shop = registry_shop(batch->registry, claim->shop_id);
        mention(batch, &claim->customer_key, IDENTITY_NONE, (struct span){"", 0}, shop);
        mention(batch, &claim->owner, IDENTITY_NONE, (struct span){"", 0}, shop);
    }
    for (size_t i = 0; i < batch->n_slots; i++)
        mention(batch, &batch->slots[i].row.state.key, IDENTITY_NONE, (struct span){"", 0}, batch->slots[i].shop);
}

/* Rows of other identities: (key, kind, merged_into, is_used, erased_at, external_id, shop). */
static void take_identities(struct batch *batch, const struct db_result *rows, bool is_list)
{
    size_t n_sorted = batch->n_members;
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct member *m = find_among(batch, n_sorted, &key);
        struct member read = {.key = key,
                              .kind = (enum identity_kind)db_int(rows, row, 1),
                              .value = arena_span(batch->arena, db_span(rows, row, 5)),
                              .shop = registry_shop(batch->registry, db_int(rows, row, 6)),
                              .owner = db_uuid(rows, row, db_is_null(rows, row, 2) ? 0 : 2),
                              .exists = true,
                              .is_used = db_bool(rows, row, 3),
                              .erased_at = db_time(rows, row, 4)};
        if (read.erased_at != NONE && m)
            read.value = m->value;
        if (m)
            *m = read;
        else if (is_list)
            *PUSH(batch, members) = read;
    }
}

/* What the locked rows themselves say. */
static void take_slots(struct batch *batch)
{
    for (size_t i = 0; i < batch->n_slots; i++) {
        const struct slot *slot = &batch->slots[i];
        struct member *m = find_member(batch, &slot->row.state.key);
        if (m == NULL || !slot->exists)
            continue;
        m->exists = true;
        m->is_used = slot->row.is_used;
        m->erased_at = slot->row.erased_at;
        m->owner = is_nil(&slot->row.merged_into) ? m->key : slot->row.merged_into;
        if (m->kind == IDENTITY_NONE || slot->row.state.external_id.n) {
            m->kind = slot->row.state.kind;
            m->value = slot->row.state.external_id;
        }
    }
}

/* Somebody has made a row since we found none to lock. */
static bool is_overtaken(const struct batch *batch)
{
    for (size_t i = 0; i < batch->n_slots; i++) {
        const struct slot *slot = &batch->slots[i];
        const struct member *m = slot->exists ? NULL : find_member(batch, &slot->row.state.key);
        if (m && m->exists)
            return true;
    }
    return false;
}

static struct db_args *member_keys(struct batch *batch, bool only_owners)
{
    size_t n = 0;
    struct uuid *keys = ARENA_ARRAY(batch->arena, struct uuid, batch->n_members);
    for (size_t i = 0; i < batch->n_members; i++)
        if (!only_owners || same(&batch->members[i].owner, &batch->members[i].key))
            keys[n++] = batch->members[i].key;
    struct db_args *args = db_args(batch->arena, 1);
    EACH(args, DB_UUID, push_uuid, &keys[i]);
    return args;
}

static struct db_args *separation_args(struct batch *batch)
{
    size_t n = batch->n_members;
    struct db_args *args = db_args(batch->arena, 2);
    EACH(args, DB_UUID, push_uuid, &batch->members[i].key);
    EACH(args, DB_UUID, push_uuid, &batch->members[i].owner);
    return args;
}

static void take_pairs(struct batch *batch, const struct db_result *separations, const struct db_result *conflicts)
{
    batch->n_separations = batch->n_conflicts = 0;
    for (int row = 0; row < db_rows(separations); row++)
        *PUSH(batch, separations) = (struct pair){.a = db_uuid(separations, row, 0), .b = db_uuid(separations, row, 1)};
    for (int row = 0; row < db_rows(conflicts); row++)
        *PUSH(batch, conflicts) = (struct pair){.a = db_uuid(conflicts, row, 0), .b = db_uuid(conflicts, row, 1)};
    batch->n_old_separations = batch->n_separations;
    batch->n_old_conflicts = batch->n_conflicts;
}

/* Owners whose rows are not locked yet. */
static size_t missing_owners(struct batch *batch, struct uuid **out)
{
    size_t n = 0;
    *out = ARENA_ARRAY(batch->arena, struct uuid, batch->n_members);
    for (size_t i = 0; i < batch->n_members; i++)
        if (batch->members[i].exists && batch_slot(batch, &batch->members[i].owner) == NULL)
            (*out)[n++] = batch->members[i].owner;
    return n;
}

#define ROUNDS_MOST 5

static enum status gather(struct batch *batch, struct error *error)
{
    batch->n_members = 0;
    mention_all(batch);
    sort_members(batch);
    if (batch->pointers)
        take_identities(batch, batch->pointers, false);
    take_slots(batch);
    for (int round = 0; round < ROUNDS_MOST; round++) {
        struct uuid *missing;
        size_t n = missing_owners(batch, &missing);
        if (round && n == 0)
            return STATUS_OK;
        enum status status = n ? batch_load_slots(batch, missing, n, error) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
        for (size_t i = 0; i < n; i++)
            mention(batch, &missing[i], IDENTITY_NONE, (struct span){"", 0}, NULL);
        sort_members(batch);
        size_t pointers = db_send(batch->db, SQL_CUSTOMER_POINTERS, member_keys(batch, false));
        size_t lists = db_send(batch->db, SQL_CUSTOMER_IDENTITIES, member_keys(batch, true));
        size_t separations = db_send(batch->db, SQL_IDENTITY_SEPARATIONS, separation_args(batch));
        size_t conflicts = db_send(batch->db, SQL_IDENTITY_CONFLICTS, member_keys(batch, false));
        status = db_sync(batch->db, error);
        if (status != STATUS_OK)
            return status;
        take_identities(batch, db_result(batch->db, pointers), false);
        take_slots(batch);
        take_identities(batch, db_result(batch->db, lists), true);
        sort_members(batch);
        take_pairs(batch, db_result(batch->db, separations), db_result(batch->db, conflicts));
        if (is_overtaken(batch))
            break;
    }
    return error_set(error, STATUS_RETRY, "", "identities change too quickly");
}

/* --- links --------------------------------------------------------------------------------------------------------- */

static void take_links(struct batch *batch, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct link link = {
            .link_id = db_uuid(rows, row, 1),
            .shop = registry_shop(batch->registry, db_int(rows, row, 2)),
            .from = {.key = db_uuid(rows, row, 0),
                     .kind = (enum identity_kind)db_int(rows, row, 3),
                     .value = arena_span(batch->arena, db_span(rows, row, 4))},
            .to = {.key = db_uuid(rows, row, 5),
                   .kind = (enum identity_kind)db_int(rows, row, 6),
                   .value = arena_span(batch->arena, db_span(rows, row, 7))},
            .cause = (enum link_cause)db_int(rows, row, 8),
            .event_id = db_uuid(rows, row, 9),
            .is_stored = true,
            .recorded_at = db_time(rows, row, 10),
        };
        bool is_known = false;
        for (size_t i = 0; i < batch->n_links && !is_known; i++)
            is_known = same(&batch->links[i].link_id, &link.link_id);
        if (!is_known)
            *PUSH(batch, links) = link;
    }
}

static enum status load_links(struct batch *batch, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(batch->db, SQL_IDENTITY_LINKS, member_keys(batch, false), &rows, error);
    if (status == STATUS_OK)
        take_links(batch, rows);
    return status;
}

/* Of customers to be repaired nothing is believed but the ledgers: all that links hold together is loaded. */
static enum status gather_repairs(struct batch *batch, struct error *error)
{
    size_t n_before;
    batch->n_members = 0;
    mention_all(batch);
    sort_members(batch);
    do {
        n_before = batch->n_members;
        enum status status = load_links(batch, error);
        if (status != STATUS_OK)
            return status;
        for (size_t i = 0; i < batch->n_links; i++) {
            const struct link *link = &batch->links[i];
            mention(batch, &link->from.key, link->from.kind, link->from.value, link->shop);
            mention(batch, &link->to.key, link->to.kind, link->to.value, link->shop);
        }
        sort_members(batch);
    } while (batch->n_members > n_before);
    size_t n = 0;
    struct uuid *keys = ARENA_ARRAY(batch->arena, struct uuid, batch->n_members);
    for (size_t i = 0; i < batch->n_members; i++)
        if (batch_slot(batch, &batch->members[i].key) == NULL)
            keys[n++] = batch->members[i].key;
    enum status status = n ? batch_load_slots(batch, keys, n, error) : STATUS_OK;
    const struct db_result *used = NULL;
    if (status == STATUS_OK)
        status = db_run(batch->db, SQL_IDENTITY_USED, member_keys(batch, false), &used, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < batch->n_members; i++) {
        struct member *m = &batch->members[i];
        const struct slot *slot = batch_slot(batch, &m->key);
        m->exists = slot->exists;
        if (m->kind == IDENTITY_NONE)
            m->kind = slot->row.state.kind;
        if (m->value.n == 0)
            m->value = slot->row.state.external_id;
        m->erased_at = slot->exists ? slot->row.erased_at : NONE;
    }
    for (int row = 0; row < db_rows(used); row++) {
        struct uuid key = db_uuid(used, row, 0);
        struct member *m = find_member(batch, &key);
        m->is_used = true;
        struct span payload = db_span(used, row, 1);
        struct identity identity;
        struct slot *slot = batch_slot(batch, &key);
        if (!message_identity(batch->arena, payload, slot->shop, &identity))
            return error_set(error, STATUS_INTERNAL, "", "a message of the ledger names no customer");
        m->kind = identity.kind;
        m->value = identity.value;
    }
    for (size_t i = 0; i < batch->n_slots; i++)
        batch->slots[i].is_repair = batch->slots[i].must_refold = true;
    return STATUS_OK;
}

enum status identities_gather(struct batch *batch, struct error *error)
{
    bool is_repair = false, wants_links = false;
    for (size_t i = 0; i < batch->n_entries; i++) {
        is_repair = is_repair || batch->entries[i].is_repair;
        wants_links = wants_links || batch->entries[i].op;
    }
    if (!identities_matter(batch))
        return STATUS_OK;
    batch->has_members = true;
    enum status status = is_repair ? gather_repairs(batch, error) : gather(batch, error);
    if (status == STATUS_OK && wants_links)
        status = load_links(batch, error);
    for (size_t i = 0; i < batch->n_members; i++) {
        struct member *m = &batch->members[i];
        m->parent = i;
        m->was_used = m->is_used;
        m->old_owner = m->owner;
    }
    for (size_t i = 0; i < batch->n_members && !is_repair; i++) {
        const struct member *owner = find_member(batch, &batch->members[i].owner);
        if (owner)
            unite(batch, owner, &batch->members[i]);
    }
    for (size_t i = 0; i < batch->n_links && is_repair; i++)
        unite(batch, find_member(batch, &batch->links[i].from.key), find_member(batch, &batch->links[i].to.key));
    return status;
}

const struct uuid *identities_owner(const struct batch *batch, const struct uuid *identity_key)
{
    const struct member *m = find_member(batch, identity_key);
    return m ? &m->old_owner : identity_key;
}

const struct uuid *identities_holder(const struct batch *batch, const struct uuid *identity_key)
{
    const struct member *m = find_member(batch, identity_key);
    return m ? &m->owner : identity_key;
}

/* Of customers to be folded anew when nothing else had to be known of who is who. */
enum status identities_load(struct batch *batch, const struct uuid *keys, size_t n, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(batch->arena, 1);
    EACH(args, DB_UUID, push_uuid, &keys[i]);
    enum status status = db_run(batch->db, SQL_CUSTOMER_IDENTITIES, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    batch->n_members = 0;
    take_identities(batch, rows, true);
    sort_members(batch);
    return STATUS_OK;
}
