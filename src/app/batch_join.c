#include "batch_who.h"
#include "crypto/digest.h"

/* Joining and separating, decided in memory, in the order of arrival. */

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
    bool is_alias_refused = false; /* as an anonymous id: then nobody is made of it as a user id */
    for (size_t i = 1; i < message->n_identities; i++) {
        const struct identity *other = &message->identities[i];
        struct member *m = find_member(batch, &other->key);
        if (root(batch, own) == root(batch, m) || (other->is_alias && is_alias_refused && !m->exists))
            continue;
        if (!may_join(batch, entry, first, other, own, m)) {
            is_alias_refused = is_alias_refused || other->is_alias;
            continue;
        }
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

