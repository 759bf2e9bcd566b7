#include "app/settings.h"
#include "batch.h"
#include "crypto/digest.h"
#include "db/each.h"

#include <stdlib.h>

/*
 * Who is who. Most batches need not ask: each message names one customer, whose row is locked, and the other
 * identities that it mentions point to that row already. Only when something is otherwise are the identities of all
 * customers concerned gathered under their locks, joined in the order of arrival, and their rows settled.
 */

static const struct uuid nil;

static bool is_nil(const struct uuid *key)
{
    return uuid_compare(key, &nil) == 0;
}

static bool same(const struct uuid *a, const struct uuid *b)
{
    return uuid_compare(a, b) == 0;
}

#define PUSH(batch, list)                                                                                              \
    ((batch)->list = arena_grow((batch)->arena, (batch)->list, (batch)->n_##list, &(batch)->list##_capacity,           \
                                sizeof(*(batch)->list)),                                                               \
     &(batch)->list[(batch)->n_##list++])

/* --- does it matter? ---------------------------------------------------------------------------------------------- */

/* A row of customer_pointers. */
struct pointer {
    struct uuid key;
    struct uuid owner;
    enum identity_kind owner_kind;
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
                                       .owner_kind = (enum identity_kind)db_int(batch->pointers, row, points ? 7 : 1),
                                       .is_erased = !db_is_null(batch->pointers, row, 4)};
    }
    if (*n > 1)
        qsort(pointers, *n, sizeof(*pointers), compare_pointers);
    return pointers;
}

static bool may_join_by(const struct settings *settings, const struct identity *identity)
{
    return identity->is_alias || settings->joins >> identity->kind & 1;
}

/* Is what a message mentions of its customer already, or of somebody whom no message can join to them? */
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
    /* of an anonymous identity of another known customer nobody keeps a record; of an e-mail the conflict is kept */
    return same(&p->owner, &message->event.identity_key) ||
           (!other->is_alias && other->kind == IDENTITY_ANONYMOUS && p->owner_kind == message->identities[0].kind &&
            identity_most(p->owner_kind) == 1);
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

static int compare_members(const void *a, const void *b)
{
    return uuid_compare(&((const struct member *)a)->key, &((const struct member *)b)->key);
}

static struct member *find_among(const struct batch *batch, size_t n, const struct uuid *key)
{
    struct member wanted = {.key = *key};
    return n ? bsearch(&wanted, batch->members, n, sizeof(wanted), compare_members) : NULL;
}

static struct member *find_member(const struct batch *batch, const struct uuid *key)
{
    return find_among(batch, batch->n_members, key);
}

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

static size_t root(const struct batch *batch, const struct member *m)
{
    size_t i = (size_t)(m - batch->members);
    while (batch->members[i].parent != i)
        i = batch->members[i].parent = batch->members[batch->members[i].parent].parent;
    return i;
}

static void unite(struct batch *batch, const struct member *a, const struct member *b)
{
    batch->members[root(batch, b)].parent = root(batch, a);
}

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

/* --- joining, in the order of arrival -------------------------------------------------------------------------------- */

static bool is_blocked(const struct settings *settings, const struct uuid *key)
{
    size_t low = 0, high = settings->n_blocked;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = uuid_compare(&settings->blocked[middle], key);
        if (c == 0)
            return true;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool are_separated(const struct batch *batch, size_t a, size_t b)
{
    for (size_t i = 0; i < batch->n_separations; i++) {
        const struct member *x = find_member(batch, &batch->separations[i].a);
        const struct member *y = find_member(batch, &batch->separations[i].b);
        if (x && y && root(batch, x) == a && root(batch, y) == b)
            return true;
    }
    return false;
}

/* Would the two together have more of a kind than one person has? */
static bool are_two(const struct batch *batch, size_t a, size_t b, int *n)
{
    int counts[IDENTITY_KIND_COUNT] = {0};
    bool in_a[IDENTITY_KIND_COUNT] = {false}, in_b[IDENTITY_KIND_COUNT] = {false};
    *n = 0;
    for (size_t i = 0; i < batch->n_members; i++) {
        const struct member *m = &batch->members[i];
        size_t r = root(batch, m);
        if (r != a && r != b)
            continue;
        ++*n;
        counts[m->kind]++;
        in_a[m->kind] = in_a[m->kind] || r == a;
        in_b[m->kind] = in_b[m->kind] || r == b;
    }
    for (int kind = IDENTITY_NONE + 1; kind < IDENTITY_KIND_COUNT; kind++)
        if (in_a[kind] && in_b[kind] && identity_most((enum identity_kind)kind) &&
            counts[kind] > identity_most((enum identity_kind)kind))
            return true;
    return false;
}

static bool is_shared(const struct batch *batch, const struct settings *settings, const struct identity *identity)
{
    int n = 1; /* the customer who has it */
    if (identity->kind != IDENTITY_EMAIL && identity->kind != IDENTITY_PHONE)
        return false;
    for (size_t i = 0; i < batch->n_conflicts; i++)
        n += same(&batch->conflicts[i].a, &identity->key);
    return n > settings->sharers_max;
}

static void note_conflict(struct batch *batch, const struct identity *identity, const struct uuid *other, int shop_id)
{
    if (identity->kind != IDENTITY_EMAIL && identity->kind != IDENTITY_PHONE)
        return;
    for (size_t i = 0; i < batch->n_conflicts; i++)
        if (same(&batch->conflicts[i].a, &identity->key) && same(&batch->conflicts[i].b, other))
            return;
    *PUSH(batch, conflicts) = (struct pair){identity->key, *other, shop_id};
}

/* A message says that two identities are one person: may that be believed? */
static bool may_join(struct batch *batch, const struct entry *entry, const struct identity *from,
                     const struct identity *to, struct member *a, struct member *b)
{
    const struct settings *settings = settings_known(batch->registry, entry->shop);
    int n;
    if (!may_join_by(settings, to) || is_blocked(settings, &from->key) || is_blocked(settings, &to->key))
        return false;
    size_t x = root(batch, a), y = root(batch, b);
    if (are_separated(batch, x, y) || are_separated(batch, y, x))
        return false;
    if (are_two(batch, x, y, &n) && !to->is_alias) {
        note_conflict(batch, to, &from->key, entry->shop->id);
        return false;
    }
    return n <= settings->identities_max && (!b->exists || !is_shared(batch, settings, to));
}

static void add_link(struct batch *batch, const struct entry *entry, const struct identity *from,
                     const struct identity *to, enum link_cause cause)
{
    struct link *link = PUSH(batch, links);
    *link = (struct link){.from = *from, .to = *to, .shop = entry->shop, .cause = cause, .recorded_at = batch->now};
    random_uuid(&link->link_id);
    if (entry->item)
        link->event_id = entry->item->message.event.event_id;
}

bool identities_are_erased(const struct batch *batch, const struct entry *entry)
{
    const struct message *message = &entry->item->message;
    for (size_t i = 0; batch->has_members && i < message->n_identities; i++) {
        const struct member *m = find_member(batch, &message->identities[i].key);
        if (m->erased_at != NONE && message->event.occurred_at <= m->erased_at)
            return true;
    }
    return false;
}

void identities_join(struct batch *batch, struct entry *entry)
{
    const struct message *message = &entry->item->message;
    const struct identity *first = &message->identities[0];
    if (!batch->has_members)
        return;
    struct member *own = find_member(batch, &first->key);
    own->is_used = true;
    for (size_t i = 1; i < message->n_identities; i++) {
        const struct identity *other = &message->identities[i];
        struct member *m = find_member(batch, &other->key);
        if (root(batch, own) == root(batch, m) || !may_join(batch, entry, first, other, own, m))
            continue;
        add_link(batch, entry, first, other, other->is_alias ? LINK_ALIAS : LINK_MESSAGE);
        unite(batch, own, m);
    }
}

static struct identity identity_of(const struct member *m)
{
    return (struct identity){.kind = m->kind, .key = m->key, .value = m->value};
}

/* Nothing but orders that nobody has claimed. */
static bool is_nobody_yet(const struct batch *batch, const struct member *m)
{
    for (size_t i = 0; i < batch->n_members; i++)
        if (batch->members[i].kind != IDENTITY_ORDER && root(batch, &batch->members[i]) == root(batch, m))
            return false;
    return true;
}

bool identities_claim(struct batch *batch, struct entry *entry, const struct claim *claim)
{
    const struct identity *first = &entry->item->message.identities[0];
    if (claim->is_erased)
        return false;
    if (!batch->has_members)
        return same(&claim->owner, &entry->key);
    struct member *own = find_member(batch, &first->key);
    struct member *claimant = find_member(batch, &claim->customer_key);
    struct identity other = identity_of(claimant);
    if (root(batch, own) == root(batch, claimant))
        return true;
    /* an order that was only reported on waits for its customer, and a report on it goes to whoever has it */
    bool is_waiting = is_nobody_yet(batch, claimant) || is_nobody_yet(batch, own);
    if (!is_waiting) {
        const struct settings *settings = settings_known(batch->registry, entry->shop);
        if (!(settings->joins >> IDENTITY_ORDER & 1))
            return false;
        struct identity as_order = other;
        as_order.kind = IDENTITY_ORDER; /* the setting and the guards of an order: both are known by other names */
        if (!may_join(batch, entry, first, &as_order, own, claimant))
            return false;
    }
    add_link(batch, entry, first, &other, LINK_ORDER);
    unite(batch, own, claimant);
    return true;
}

/* --- what somebody asks for ------------------------------------------------------------------------------------------- */

static void refuse(struct identity_op *op, enum status status, const char *pointer, const char *detail)
{
    error_set(&op->error, status, pointer, "%s", detail);
}

static void merge(struct batch *batch, struct entry *entry, struct member *a, struct member *b)
{
    struct identity_op *op = entry->op;
    op->customer = a->owner;
    op->apart = b->owner;
    op->is_unchanged = root(batch, a) == root(batch, b);
    if (op->is_unchanged)
        return;
    struct identity from = identity_of(a), to = identity_of(b);
    add_link(batch, entry, &from, &to, LINK_REQUEST);
    unite(batch, a, b);
    for (size_t i = 0; i < batch->n_members; i++)
        if (root(batch, &batch->members[i]) == root(batch, a))
            *PUSH(batch, rejoined) = batch->members[i].key;
    batch->n_old_separations = batch->n_separations = 0;
}

static bool is_of(const struct batch *batch, const struct link *link, const struct member *m)
{
    const struct member *from = find_member(batch, &link->from.key);
    return from && !link->is_withdrawn && root(batch, from) == root(batch, m);
}

/* Is ${m} on the same side as ${with} once ${without} is gone? By what is left of the links. */
static bool hang_together(struct batch *batch, const struct link *without, const struct member *m,
                          const struct member *with)
{
    size_t n = batch->n_members;
    bool *seen = ARENA_ARRAY(batch->arena, bool, n);
    seen[m - batch->members] = true;
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < batch->n_links; i++) {
            const struct link *link = &batch->links[i];
            const struct member *x = find_member(batch, &link->from.key), *y = find_member(batch, &link->to.key);
            if (link == without || link->is_withdrawn || x == NULL || y == NULL)
                continue;
            bool *one = &seen[x - batch->members], *other = &seen[y - batch->members];
            if (*one != *other)
                *one = *other = again = true;
        }
    }
    return seen[with - batch->members];
}

/* The link to be withdrawn: the one that was named; that by which ${other} hangs on; the latest. */
static struct link *choose_link(struct batch *batch, const struct identity_op *op, const struct member *subject,
                                const struct member *other)
{
    struct link *chosen = NULL;
    const struct member *holder = find_member(batch, &subject->owner);
    if (other && same(&other->key, &holder->key))
        other = NULL;
    for (size_t i = 0; i < batch->n_links; i++) {
        struct link *link = &batch->links[i];
        if (!is_of(batch, link, subject))
            continue;
        if (!is_nil(&op->link_id)) {
            if (same(&link->link_id, &op->link_id))
                return link;
        } else if (other) {
            bool touches = same(&link->from.key, &other->key) || same(&link->to.key, &other->key);
            if (touches && !hang_together(batch, link, other, holder))
                return link;
        } else if (chosen == NULL || link->recorded_at >= chosen->recorded_at) {
            chosen = link;
        }
    }
    return chosen;
}

static void unmerge(struct batch *batch, struct entry *entry, struct member *subject, struct member *other)
{
    struct identity_op *op = entry->op;
    if (other && root(batch, other) != root(batch, subject)) {
        refuse(op, STATUS_CANNOT_MERGE, "/identity", "the identity is not one of this customer's");
        return;
    }
    struct link *link = choose_link(batch, op, subject, other);
    if (link == NULL) {
        refuse(op, STATUS_CANNOT_MERGE, "", "nothing was joined to this customer so");
        return;
    }
    size_t old = root(batch, subject), n = batch->n_members;
    bool *is_in = ARENA_ARRAY(batch->arena, bool, n);
    for (size_t i = 0; i < n; i++)
        is_in[i] = root(batch, &batch->members[i]) == old;
    link->is_withdrawn = true;
    for (size_t i = 0; i < n; i++)
        if (is_in[i])
            batch->members[i].parent = i;
    for (size_t i = 0; i < batch->n_links; i++)
        if (!batch->links[i].is_withdrawn)
            unite(batch, find_member(batch, &batch->links[i].from.key), find_member(batch, &batch->links[i].to.key));
    *PUSH(batch, separations) = (struct pair){link->from.key, link->to.key, entry->shop->id};
    *PUSH(batch, separations) = (struct pair){link->to.key, link->from.key, entry->shop->id};
    op->customer = link->from.key;
    op->apart = link->to.key;
}

static void erase(struct batch *batch, struct entry *entry, const struct member *subject)
{
    struct identity_op *op = entry->op;
    size_t whole = root(batch, subject);
    op->customer = subject->owner;
    op->n_identities = 0;
    random_uuid(&op->erasure_id);
    for (size_t i = 0; i < batch->n_members; i++)
        batch->members[i].is_erased = root(batch, &batch->members[i]) == whole;
    for (size_t i = 0; i < batch->n_members; i++) {
        struct member *m = &batch->members[i];
        if (!m->is_erased)
            continue;
        m->parent = i;
        m->is_used = false;
        m->value = (struct span){"", 0};
        m->erased_at = batch->now;
        op->n_identities++;
    }
}

void identities_operate(struct batch *batch, struct entry *entry)
{
    struct identity_op *op = entry->op;
    struct member *subject = find_member(batch, &op->subject.key);
    struct member *other = op->other.kind == IDENTITY_NONE ? NULL : find_member(batch, &op->other.key);
    op->error = (struct error){0};
    if (!subject->exists || (subject->erased_at != NONE && !subject->is_used)) {
        refuse(op, STATUS_NOT_FOUND, "", "no customer has this id");
        return;
    }
    if (other && !other->exists) {
        refuse(op, STATUS_NOT_FOUND, "/identity", "no customer has this identity");
        return;
    }
    switch (op->kind) {
    case OP_MERGE: merge(batch, entry, subject, other); break;
    case OP_UNMERGE: unmerge(batch, entry, subject, other); break;
    case OP_ERASE: erase(batch, entry, subject); break;
    }
}

/* --- settling: whose row holds what ------------------------------------------------------------------------------------ */

/* The customer bears the name of an identity that messages use, of the first kind, of the smallest key. */
static bool is_better(const struct member *a, const struct member *b)
{
    if (a->is_used != b->is_used)
        return a->is_used;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    return uuid_compare(&a->key, &b->key) < 0;
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
    EACH(args, DB_UUID, push_uuid_or_null, &rows[i].into);
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
