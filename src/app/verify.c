#include "base/time.h"
#include "app/publish.h"
#include "app/tallier.h"
#include "registry.h"
#include "verify_private.h"
#include "db/each.h"
#include "wire/identity.h"
#include "wire/message.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Page by page over the keys of the ledger: fold each customer, read what is stored in the same range of keys, and
 * pair them up. Rows in the range that belong to no customer of the ledger are strangers.
 */

#define PAGE 256
#define REPAIR_PAGE 128

static const struct uuid before_all;

void *verify_more(void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 64;
    array = realloc(array, *capacity * size);
    if (array == NULL)
        abort();
    return array;
}

static struct expected *expected_of(struct verify *v, const struct uuid *key)
{
    size_t low = 0, high = v->n_page;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = uuid_compare(&v->page[middle].state.key, key);
        if (c == 0)
            return &v->page[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A row of a customer of whom the ledger knows nothing. */
static void stranger(struct verify *v, const char *table, const struct uuid *key)
{
    if (v->options->shop)
        return;
    verify_found(v, table, "row", key, "the ledger knows nothing of this customer");
    v->strangers = verify_more(v->strangers, v->n_strangers, &v->strangers_capacity, sizeof(*v->strangers));
    v->strangers[v->n_strangers++] = *key;
}

/* --- the ledger of a page ------------------------------------------------------------------------------------------ */

/* The payload is read in memory of its own: only its meaning is kept. */
static void take_event(struct verify *v, const struct db_result *rows, int row)
{
    struct event read = {.identity_key = db_uuid(rows, row, 0),
                         .event_id = db_uuid(rows, row, 1),
                         .occurred_at = db_time(rows, row, 2),
                         .received_at = db_time(rows, row, 3)};
    struct uuid key = read.identity_key;
    struct span payload = db_span(rows, row, 4);
    struct identity identity;
    struct outcome outcome;
    struct error unused;
    struct expected *own = expected_of(v, &key), *e = expected_of(v, verify_owner(v, &key));
    if (e == NULL || e->shop == NULL)
        return;
    arena_reset(v->scratch);
    if (message_recall(v->scratch, payload, e->shop, &read, &unused) != STATUS_OK ||
        !message_identity(v->scratch, payload, e->shop, &identity)) {
        verify_found(v, "event", "payload", &key, "it cannot be read");
        e->is_skipped = true;
        return;
    }
    if (uuid_compare(&identity.key, &key) != 0)
        verify_found(v, "event", "identity_key", &key, "the message is somebody else's");
    if (db_int(rows, row, 5) != (int)read.kind)
        verify_found(v, "event", "kind", &key, "the payload says another");
    if (db_int(rows, row, 6) != e->shop->id)
        verify_found(v, "event", "shop_id", &key, "other events of the customer are of another shop");
    if (read.occurred_at > read.received_at)
        verify_found(v, "event", "received_at", &key, "it lies before occurred_at");
    if (!outcome_decode(v->scratch, db_span(rows, row, 7), &outcome))
        verify_found(v, "event", "outcome", &key, "it cannot be read");
    verify_terms(v, e->shop, &read);
    if (own && own->who == NULL && own->n_events == 0) {
        own->state.external_id = arena_span(v->arena, identity.value);
        own->state.kind = identity.kind;
    }
    e->events = arena_grow(v->arena, e->events, e->n_events, &e->events_capacity, sizeof(*e->events));
    e->events[e->n_events++] = event_copy(v->arena, &read);
}

static int compare_keys(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

static bool is_between(const struct uuid *key, const struct uuid *after, const struct uuid *until)
{
    return uuid_compare(key, after) > 0 && uuid_compare(key, until) <= 0;
}

/* What is left of somebody who came out of another customer or was erased: a row of nobody. */
static bool is_nobodys_row(const struct db_result *customers, int row)
{
    struct customer_row read;
    struct arena *arena = arena_new(4096);
    customer_read(arena, customers, row, &read);
    arena_free(arena);
    return !read.is_used || read.erased_at != NONE;
}

/* All identities with a key in the range of the page: of messages, of links, and rows of nobody. */
static struct uuid *page_keys(struct verify *v, const struct db_result *events, const struct db_result *customers,
                              const struct uuid *after, const struct uuid *until, size_t *n)
{
    size_t low = 0, high = v->n_who;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uuid_compare(&v->who[middle].key, after) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < v->n_who && is_between(&v->who[end].key, after, until))
        end++;
    struct uuid *keys =
        ARENA_ARRAY(v->arena, struct uuid, (size_t)db_rows(events) + (size_t)db_rows(customers) + end - low);
    *n = 0;
    for (int row = 0; row < db_rows(events); row++)
        keys[(*n)++] = db_uuid(events, row, 0);
    for (size_t i = low; i < end; i++)
        keys[(*n)++] = v->who[i].key;
    for (int row = 0; row < db_rows(customers); row++)
        if (is_nobodys_row(customers, row))
            keys[(*n)++] = db_uuid(customers, row, 0);
    if (*n > 1)
        qsort(keys, *n, sizeof(*keys), compare_keys);
    return keys;
}

static void find_shops(struct verify *v, const struct db_result *events, const struct db_result *customers)
{
    for (int row = 0; row < db_rows(events); row++) {
        struct uuid key = db_uuid(events, row, 0);
        struct expected *e = expected_of(v, &key);
        const struct shop *shop = registry_shop(v->session->registry, db_int(events, row, 6));
        e->is_used = true;
        if (shop == NULL)
            verify_found(v, "event", "shop_id", &key, "there is no such shop");
        else if (e->shop == NULL || shop->id < e->shop->id)
            e->shop = shop;
    }
    for (int row = 0; row < db_rows(customers); row++) {
        struct uuid key = db_uuid(customers, row, 0);
        struct expected *e = expected_of(v, &key);
        if (e == NULL || e->is_used || e->who)
            continue;
        e->is_nobody = true;
        e->shop = registry_shop(v->session->registry, db_int(customers, row, 1));
    }
}

/* One place an identity, by key. The shop is that of any of the events: the others are held against it. */
static enum status open_page(struct verify *v, const struct db_result *events, const struct db_result *customers,
                             const struct uuid *after, const struct uuid *until, struct error *error)
{
    size_t n;
    const struct uuid *keys = page_keys(v, events, customers, after, until, &n);
    v->n_page = 0;
    v->page = ARENA_ARRAY(v->arena, struct expected, n);
    for (size_t i = 0; i < n; i++) {
        if (i && uuid_compare(&keys[i], &keys[i - 1]) == 0)
            continue;
        struct expected *e = &v->page[v->n_page++];
        state_init(&e->state, &keys[i], (struct span){"", 0}, IDENTITY_NONE);
        e->effects.arena = v->arena;
        e->due = NONE;
        e->who = verify_who(v, &keys[i]);
        if (e->who == NULL)
            continue;
        e->shop = e->who->shop;
        e->is_used = e->who->is_used;
        e->state.kind = e->who->kind;
        e->state.external_id = e->who->value;
    }
    find_shops(v, events, customers);
    for (size_t i = 0; i < v->n_page; i++) {
        struct expected *e = &v->page[i];
        if (v->options->shop && e->shop != v->options->shop)
            e->shop = NULL;
        if (e->shop == NULL)
            continue;
        enum status status = session_definitions(v->session, e->shop, false, &e->definitions, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Events of identities whose keys lie elsewhere, but whose customer's row is on this page. */
static enum status take_events_elsewhere(struct verify *v, const struct uuid *after, const struct uuid *until,
                                         struct error *error)
{
    struct uuid *keys = NULL;
    size_t n = 0, capacity = 0;
    for (size_t i = 0; i < v->n_page; i++) {
        const struct who *who = v->page[i].who, *const *all;
        if (who == NULL || &v->who[who->owner] != who)
            continue;
        size_t n_all = verify_identities(v, who, &all);
        for (size_t k = 0; k < n_all; k++) {
            if (!all[k]->is_used || is_between(&all[k]->key, after, until))
                continue;
            keys = arena_grow(v->arena, keys, n, &capacity, sizeof(*keys));
            keys[n++] = all[k]->key;
        }
    }
    if (n == 0)
        return STATUS_OK;
    const struct db_result *rows;
    struct db_args *args = db_args(v->arena, 1);
    EACH(args, DB_UUID, push_uuid, &keys[i]);
    enum status status = db_run(v->db, SQL_VERIFY_EVENTS_OF, args, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++)
        take_event(v, rows, row);
    return status;
}

/* --- what is stored in the same range -------------------------------------------------------------------------------- */

bool verify_is_crawling(const struct verify *v, const struct shop *shop)
{
    for (size_t i = 0; i < v->n_crawling; i++)
        if (v->crawling[i] == shop->id)
            return true;
    return false;
}

bool verify_is_pending(const struct verify *v, int shop_id)
{
    for (size_t i = 0; i < v->n_pending; i++)
        if (v->pending[i] == shop_id)
            return true;
    return false;
}

static void note_pending(struct verify *v, int shop_id)
{
    v->report->pending++;
    if (verify_is_pending(v, shop_id))
        return;
    v->pending = verify_more(v->pending, v->n_pending, &v->pending_capacity, sizeof(*v->pending));
    v->pending[v->n_pending++] = shop_id;
}

/* The shops whose customers are still to be re-decided, in the same view as all else. */
static enum status find_crawls(struct verify *v, struct error *error)
{
    const struct shop *shop;
    v->n_crawling = 0;
    for (size_t i = 0; (shop = session_shop_at(v->session, i)) != NULL; i++) {
        const struct db_result *rows;
        struct db_args *args = db_args(v->arena, 1);
        arg_int(args, DB_INT4, shop->id);
        enum status status = db_run(v->db, SQL_CRAWL_GET, args, &rows, error);
        if (status != STATUS_OK)
            return status;
        if (db_rows(rows) == 0 || db_time(rows, 0, 4) != NONE)
            continue;
        v->crawling = verify_more(v->crawling, v->n_crawling, &v->crawling_capacity, sizeof(*v->crawling));
        v->crawling[v->n_crawling++] = shop->id;
    }
    return STATUS_OK;
}

/* When something next happens by time alone: not every boundary of definitions moves this customer. */
static usec_t first_move(struct verify *v, const struct expected *e)
{
    struct state later = e->state;
    struct effects effects = {.arena = v->arena};
    usec_t at = e->state.position.at;
    while (at != NONE && effects.n_transitions == 0 && effects.n_memberships == 0) {
        at = fold_outlook(e->definitions, &later, at, NULL);
        if (at != NONE)
            fold_advance(e->definitions, &later, at, &effects);
    }
    return at;
}

/* Fold up to where the row was folded: what time alone did since is lag. */
static void fold_expected(struct verify *v, struct expected *e, usec_t stored_at)
{
    usec_t to = NONE;
    for (size_t i = 0; i < e->n_events; i++)
        if (e->events[i]->occurred_at > to)
            to = e->events[i]->occurred_at;
    if (stored_at != NONE && stored_at > to)
        to = stored_at;
    fold_ledger(e->definitions, &e->state, e->events, e->n_events, to, &e->effects);
    e->due = first_move(v, e);
    v->report->lagging += e->due != NONE && e->due <= v->now;
    v->report->customers++;
    v->report->events += (int64_t)e->n_events;
    v->n_orders += (int64_t)e->state.n_orders;
}

static void compare_customers(struct verify *v, const struct db_result *rows, struct customer_row **out)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct customer_row *stored = ARENA_NEW(v->arena, struct customer_row);
        customer_read(v->arena, rows, row, stored);
        struct expected *e = expected_of(v, &stored->state.key);
        if (e == NULL) {
            stranger(v, "customer", &stored->state.key);
            continue;
        }
        if (e->shop == NULL)
            continue;
        if (e->is_nobody && e->who == NULL) {
            /* nothing says whose identity it was */
            e->state.kind = stored->state.kind;
            e->state.external_id = stored->erased_at == NONE ? stored->state.external_id : (struct span){"", 0};
        }
        e->has_row = true;
        out[e - v->page] = stored;
        if (stored->fold_version == FOLD_VERSION && !customer_is_empty(stored) && fold_is_stale(e->definitions, &stored->state) &&
            verify_is_crawling(v, e->shop)) {
            e->is_skipped = true;
            note_pending(v, e->shop->id);
        }
    }
}

static void compare_profiles(struct verify *v, const struct db_result *rows)
{
    bool *seen = ARENA_ARRAY(v->arena, bool, v->n_page);
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct expected *e = expected_of(v, &key);
        if (e == NULL) {
            stranger(v, "customer_profile", &key);
        } else if (e->shop && !e->is_skipped) {
            seen[e - v->page] = true;
            verify_profile(v, rows, row, e);
        }
    }
    for (size_t i = 0; i < v->n_page; i++) {
        if (v->page[i].shop && !v->page[i].is_skipped && !seen[i] && !profile_is_empty(&v->page[i].state.profile))
            verify_found(v, "customer_profile", "row", &v->page[i].state.key, "it is missing");
    }
}

static void compare_orders(struct verify *v, const struct db_result *rows)
{
    size_t *seen = ARENA_ARRAY(v->arena, size_t, v->n_page);
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0), order_key = db_uuid(rows, row, 1);
        struct expected *e = expected_of(v, &key);
        if (e == NULL) {
            stranger(v, "customer_order", &key);
            continue;
        }
        if (e->shop == NULL || e->is_skipped)
            continue;
        const struct order *implied = state_order(&e->state, &order_key);
        if (implied == NULL) {
            verify_found(v, "customer_order", "order_key", &key, "the ledger knows nothing of this order");
            continue;
        }
        seen[e - v->page]++;
        verify_order(v, rows, row, e, implied);
    }
    for (size_t i = 0; i < v->n_page; i++)
        if (v->page[i].shop && !v->page[i].is_skipped && seen[i] < v->page[i].state.n_orders)
            verify_found(v, "customer_order", "row", &v->page[i].state.key, "an order is missing");
}

/* How much two transitions have in common: of an altered row most is as it was. */
static int likeness(const struct transition *a, const struct transition *b)
{
    return 4 * (a->model == b->model) + 3 * (a->at == b->at) + 2 * (a->to == b->to) + (a->from == b->from) +
           (a->version == b->version) + (a->cause == b->cause) + (uuid_compare(&a->event_id, &b->event_id) == 0);
}

#define EQUAL 13
#define ALTERED 7

/* The stored transition that is most like ${implied} and belongs to none yet; ${n}: none is at least so much. */
static size_t most_alike(const struct transition_row *stored, const bool *used, size_t n,
                         const struct transition *implied, int least)
{
    size_t best = n;
    for (size_t k = 0; k < n; k++) {
        int alike = used[k] ? -1 : likeness(&stored[k].transition, implied);
        if (alike >= least) {
            best = k;
            least = alike + 1;
        }
    }
    return best;
}

static void compare_history(struct verify *v, struct expected *e, const struct transition_row *stored, size_t n)
{
    size_t n_implied = e->effects.n_transitions;
    const struct transition *implied = e->effects.transitions;
    bool *used = ARENA_ARRAY(v->arena, bool, n), *found = ARENA_ARRAY(v->arena, bool, n_implied);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < n_implied; i++) {
            size_t k = found[i] ? n : most_alike(stored, used, n, &implied[i], round == 0 ? EQUAL : ALTERED);
            if (k == n)
                continue;
            used[k] = found[i] = true;
            verify_transition(v, &stored[k], &implied[i], &e->state.key);
        }
    for (size_t i = 0; i < n_implied; i++)
        if (!found[i])
            verify_found(v, "transition", "row", &e->state.key, "a transition is missing");
    for (size_t k = 0; k < n; k++)
        if (!used[k])
            verify_found(v, "transition", "superseded_at", &e->state.key,
                         "a transition holds that the ledger does not imply");
}

static void compare_transitions(struct verify *v, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows);) {
        struct uuid key = db_uuid(rows, row, 0);
        struct expected *e = expected_of(v, &key);
        size_t capacity = 0, n = 0;
        struct transition_row *live = NULL;
        int seq = 0;
        for (; row < db_rows(rows); row++) {
            struct transition_row read;
            transition_read(rows, row, &read);
            usec_t superseded_at = db_time(rows, row, 10);
            if (uuid_compare(&read.customer_key, &key) != 0)
                break;
            if (e == NULL || e->shop == NULL || e->is_skipped)
                continue;
            if (read.seq != ++seq)
                verify_found(v, "transition", "seq", &key, "the numbers have a gap");
            seq = read.seq;
            if (db_int(rows, row, 11) != e->shop->id)
                verify_found(v, "transition", "shop_id", &key, "the customer is of another shop");
            if (superseded_at == NONE) {
                live = arena_grow(v->arena, live, n, &capacity, sizeof(*live));
                live[n++] = read;
            }
        }
        if (e == NULL) {
            stranger(v, "transition", &key);
        } else if (e->shop && !e->is_skipped) {
            e->n_transition_rows = seq;
            compare_history(v, e, live, n);
        }
    }
    for (size_t i = 0; i < v->n_page; i++)
        if (v->page[i].shop && !v->page[i].is_skipped && v->page[i].n_transition_rows == 0 &&
            v->page[i].effects.n_transitions)
            verify_found(v, "transition", "row", &v->page[i].state.key, "all transitions are missing");
}

static const struct membership *entry_into(const struct expected *e, int segment)
{
    for (size_t i = e->effects.n_memberships; i > 0; i--)
        if (e->effects.memberships[i - 1].segment == segment)
            return &e->effects.memberships[i - 1];
    return NULL;
}

static void compare_memberships(struct verify *v, const struct db_result *rows)
{
    int *seen = ARENA_ARRAY(v->arena, int, v->n_page);
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct expected *e = expected_of(v, &key);
        int segment = db_int(rows, row, 1);
        if (e == NULL) {
            stranger(v, "membership", &key);
            continue;
        }
        if (e->shop == NULL || e->is_skipped)
            continue;
        if (segment < 1 || segment > e->definitions->n_segments || !state_is_member(&e->state, segment)) {
            verify_found(v, "membership", "segment", &key, "the customer is no member of it");
            continue;
        }
        seen[e - v->page]++;
        verify_membership(v, rows, row, e, entry_into(e, segment)->at);
    }
    for (size_t i = 0; i < v->n_page; i++) {
        const struct expected *e = &v->page[i];
        int n = 0;
        if (e->shop == NULL || e->is_skipped)
            continue;
        for (int segment = 1; segment <= e->definitions->n_segments; segment++)
            n += state_is_member(&e->state, segment);
        if (seen[i] < n)
            verify_found(v, "membership", "row", &e->state.key, "a membership is missing");
    }
}

static enum status compare_claims(struct verify *v, struct error *error)
{
    size_t n = 0;
    const struct db_result *rows;
    for (size_t i = 0; i < v->n_page; i++)
        n += v->page[i].state.n_orders;
    if (n == 0)
        return STATUS_OK;
    struct db_args *args = db_args(v->arena, 1);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < v->n_page; i++)
        for (size_t k = 0; k < v->page[i].state.n_orders; k++)
            push_uuid(args, &v->page[i].state.orders[k].key);
    enum status status = db_run(v->db, SQL_CLAIM_ROWS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    struct claim_of {
        struct uuid order_key, customer_key;
        int shop_id;
    } *claims = ARENA_ARRAY(v->arena, struct claim_of, (size_t)db_rows(rows));
    size_t n_claims = (size_t)db_rows(rows);
    for (size_t i = 0; i < n_claims; i++)
        claims[i] = (struct claim_of){db_uuid(rows, (int)i, 0), db_uuid(rows, (int)i, 1), db_int(rows, (int)i, 2)};
    if (n_claims > 1)
        qsort(claims, n_claims, sizeof(*claims), compare_keys);
    for (size_t i = 0; i < v->n_page; i++)
        for (size_t k = 0; v->page[i].shop && k < v->page[i].state.n_orders; k++) {
            const struct uuid *key = &v->page[i].state.key;
            const struct claim_of *claim =
                n_claims ? bsearch(&v->page[i].state.orders[k].key, claims, n_claims, sizeof(*claims), compare_keys)
                         : NULL;
            /* of two who were one, and both knew the order, one has claimed it: verify_claims() looks at that one */
            if (claim == NULL || (uuid_compare(verify_owner(v, &claim->customer_key), key) != 0 &&
                                  !verify_is_separated(v, &v->page[i])))
                verify_found(v, "order_claim", "customer_key", key, "an order is not claimed for its customer");
            else if (claim->shop_id != v->page[i].shop->id)
                verify_found(v, "order_claim", "shop_id", key, "the customer is of another shop");
        }
    return STATUS_OK;
}

static void note_damage(struct verify *v, size_t i)
{
    size_t capacity = v->damaged_capacity;
    v->damaged = verify_more(v->damaged, v->n_damaged, &v->damaged_capacity, sizeof(*v->damaged));
    v->damaged_shops = verify_more(v->damaged_shops, v->n_damaged, &capacity, sizeof(*v->damaged_shops));
    v->damaged[v->n_damaged] = v->page[i].state.key;
    v->damaged_shops[v->n_damaged++] = v->page[i].shop;
}

static enum status verify_page(struct verify *v, const struct uuid *after, const struct uuid *until, struct error *error)
{
    struct db_args *args = db_args(v->arena, 2);
    arg_uuid(args, after);
    arg_uuid(args, until);
    size_t events = db_send(v->db, SQL_VERIFY_EVENTS, args);
    size_t customers = db_send(v->db, SQL_CUSTOMER_RANGE, args);
    enum status status = db_sync(v->db, error);
    v->page_drifts = 0;
    if (status == STATUS_OK)
        status = open_page(v, db_result(v->db, events), db_result(v->db, customers), after, until, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(db_result(v->db, events)); row++)
        take_event(v, db_result(v->db, events), row);
    if (status != STATUS_OK)
        return status;
    struct customer_row **stored = ARENA_ARRAY(v->arena, struct customer_row *, v->n_page);
    compare_customers(v, db_result(v->db, customers), stored);
    status = take_events_elsewhere(v, after, until, error);
    if (status != STATUS_OK)
        return status;
    size_t profiles = db_send(v->db, SQL_VERIFY_PROFILES, args);
    size_t orders = db_send(v->db, SQL_VERIFY_ORDERS, args);
    size_t transitions = db_send(v->db, SQL_VERIFY_TRANSITIONS, args);
    size_t memberships = db_send(v->db, SQL_VERIFY_MEMBERSHIPS, args);
    status = db_sync(v->db, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < v->n_page; i++)
        if (v->page[i].shop && v->page[i].n_events && v->page[i].state.kind != IDENTITY_ORDER)
            fold_expected(v, &v->page[i], stored[i] ? stored[i]->state.position.at : NONE);
    compare_transitions(v, db_result(v->db, transitions));
    for (size_t i = 0; i < v->n_page; i++) {
        const struct expected *e = &v->page[i];
        if (e->shop == NULL || e->is_skipped)
            continue;
        if (stored[i])
            verify_customer(v, stored[i], e);
        else
            verify_found(v, "customer", "row", &e->state.key, "it is missing");
        verify_add_tallies(v, e);
    }
    compare_profiles(v, db_result(v->db, profiles));
    compare_orders(v, db_result(v->db, orders));
    compare_memberships(v, db_result(v->db, memberships));
    status = compare_claims(v, error);
    /* a page with a difference is repaired as a whole: folding anew what is right changes nothing */
    for (size_t i = 0; v->page_drifts && v->options->repairs && i < v->n_page; i++)
        if (v->page[i].shop)
            note_damage(v, i);
    return status;
}

/* Where slice ${i} of ${n} equal slices of the keys begins: keys are hashes, so that slices are of equal size. */
static struct uuid slice_start(uint64_t i, uint64_t n)
{
    struct uuid key = before_all;
    if (i == n) {
        memset(key.b, 0xff, sizeof(key.b));
        return key;
    }
    /* i * 2^64 / n, for i < n */
    uint64_t prefix = UINT64_MAX / n * i;
    for (size_t k = 0; k < 8; k++)
        key.b[k] = (unsigned char)(prefix >> (8 * (7 - k)));
    return key;
}

static enum status verify_pages(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, SQL_VERIFY_TOTAL, NULL, &rows, error);
    int64_t total = status == STATUS_OK ? db_int8(rows, 0, 0) : 0;
    uint64_t n = (uint64_t)total / PAGE + 1;
    for (uint64_t i = 0; status == STATUS_OK && i < n; i++) {
        struct uuid after = slice_start(i, n), until = slice_start(i + 1, n);
        arena_reset(v->arena);
        status = verify_page(v, &after, &until, error);
        if (v->options->progress)
            v->options->progress(v->options->context, v->report->customers, total);
    }
    return status;
}

/* One customer: the range of keys that holds only theirs. */
static enum status verify_one(struct verify *v, struct error *error)
{
    for (int kind = IDENTITY_NONE + 1; kind < IDENTITY_KIND_COUNT; kind++) {
        struct uuid key, before;
        identity_key(v->options->shop, (enum identity_kind)kind, v->options->customer, &key);
        key = before = *verify_owner(v, &key);
        for (size_t i = sizeof(before.b); i > 0 && before.b[i - 1]-- == 0; i--)
            ;
        enum status status = verify_page(v, &before, &key, error);
        if (status != STATUS_OK || v->n_page)
            return status;
    }
    return error_set(error, STATUS_NOT_FOUND, "", "the ledger knows no customer with this id");
}

/* --- repairing ------------------------------------------------------------------------------------------------------ */

static enum status delete_strangers(struct verify *v, struct error *error)
{
    static const enum sql_id deletes[] = {SQL_VERIFY_DELETE_CUSTOMERS, SQL_VERIFY_DELETE_PROFILES,
                                          SQL_VERIFY_DELETE_ORDERS, SQL_VERIFY_DELETE_TRANSITIONS,
                                          SQL_VERIFY_DELETE_MEMBERSHIPS};
    struct db *db = v->session->db;
    if (v->n_strangers) {
        struct db_args *args = db_args(v->arena, 1);
        arg_array(args, DB_UUID, v->n_strangers);
        for (size_t i = 0; i < v->n_strangers; i++)
            push_uuid(args, &v->strangers[i]);
        for (size_t i = 0; i < COUNT_OF(deletes); i++)
            db_send(db, deletes[i], args);
        enum status status = db_sync(db, error);
        if (status != STATUS_OK)
            return status;
    }
    if (v->n_stray_claims) {
        struct db_args *args = db_args(v->arena, 1);
        arg_array(args, DB_UUID, v->n_stray_claims);
        for (size_t i = 0; i < v->n_stray_claims; i++)
            push_uuid(args, &v->stray_claims[i]);
        return db_run(db, SQL_VERIFY_DELETE_CLAIMS, args, NULL, error);
    }
    return STATUS_OK;
}

static enum status repair(struct verify *v, struct error *error)
{
    arena_reset(v->arena);
    enum status status = delete_strangers(v, error);
    if (status == STATUS_OK)
        status = verify_repair_terms(v, error);
    for (size_t i = 0; status == STATUS_OK && i < v->n_damaged;) {
        const struct shop *shop = v->damaged_shops[i];
        size_t n = 0;
        while (i + n < v->n_damaged && n < REPAIR_PAGE && v->damaged_shops[i + n] == shop)
            n++;
        status = session_tick(v->session, shop, &v->damaged[i], n, true, error);
        v->report->repaired += (int64_t)n;
        i += n;
        if (v->options->progress)
            v->options->progress(v->options->context, (int64_t)i, (int64_t)v->n_damaged);
    }
    return status;
}

/* --- all of it --------------------------------------------------------------------------------------------------------- */

/* All shops, and their definitions: those that are known already, or as new as what is read next. */
static enum status load_shops(struct verify *v, bool fresh, struct error *error)
{
    const struct shop *shop;
    const struct definitions *definitions;
    enum status status = registry_load(v->session->registry, v->session->db, false, error);
    for (size_t i = 0; status == STATUS_OK && (shop = session_shop_at(v->session, i)) != NULL; i++)
        status = session_definitions(v->session, shop, fresh, &definitions, error);
    return status;
}

static enum status run(struct verify *v, struct error *error)
{
    const struct db_result *unused;
    enum status status = load_shops(v, true, error);
    if (status == STATUS_OK)
        status = session_scan(v->session, &v->db, error);
    if (status != STATUS_OK)
        return status;
    status = db_run(v->db, SQL_BEGIN_SNAPSHOT, NULL, &unused, error);
    if (status == STATUS_OK)
        status = db_run(v->db, SQL_VERIFY_BY_INDEX, NULL, &unused, error);
    if (status == STATUS_OK)
        status = load_shops(v, false, error); /* the snapshot is taken: a shop of it that is not known now is none */
    if (status == STATUS_OK)
        status = verify_load_who(v, error);
    if (status == STATUS_OK)
        status = find_crawls(v, error);
    if (status == STATUS_OK)
        status = verify_load_terms(v, error);
    if (status == STATUS_OK)
        status = v->options->customer.n ? verify_one(v, error) : verify_pages(v, error);
    bool has_all = v->options->customer.n == 0 && v->options->shop == NULL;
    arena_reset(v->arena);
    if (status == STATUS_OK && v->options->customer.n == 0)
        status = db_run(v->db, SQL_VERIFY_BY_SCAN, NULL, &unused, error);
    if (status == STATUS_OK && has_all)
        status = verify_claims(v, error);
    if (status == STATUS_OK && v->options->customer.n == 0)
        status = verify_tallies(v, error);
    if (status == STATUS_OK && has_all)
        status = verify_feed(v, error);
    db_rollback(v->db);
    return status;
}

static void reset(struct verify *v)
{
    arena_reset(v->sums);
    tallies_init(&v->tallies, v->sums);
    v->n_damaged = v->n_strangers = v->n_stray_claims = v->n_pending = v->n_lost_terms = 0;
    v->n_orders = 0;
}

static void leave_out(struct verify *v, const struct shop *shop)
{
    v->report->left_out++;
    if (v->options->left_out)
        v->options->left_out(v->options->context, shop);
}

/* Whose sums nobody has looked at, or restated after a repair: folding one customer anew adds nothing to them. */
static void leave_out_all(struct verify *v)
{
    for (size_t i = 0; i < v->n_pending && v->options->customer.n == 0; i++)
        leave_out(v, registry_shop(v->session->registry, v->pending[i]));
    if (v->options->customer.n && v->report->repaired)
        leave_out(v, v->options->shop);
}

enum status verify_run(struct session *session, const struct verify_options *options, struct verify_report *report,
                       struct error *error)
{
    struct verify v = {.session = session,
                       .options = options,
                       .report = report,
                       .arena = arena_new(1 << 20),
                       .scratch = arena_new(1 << 16),
                       .names = arena_new(1 << 16),
                       .sums = arena_new(1 << 16),
                       .now = clock_now(session->clock)};
    *report = (struct verify_report){0};
    tallies_init(&v.tallies, v.sums);
    enum status status = run(&v, error);
    if (status == STATUS_OK && options->repairs && (v.n_damaged || v.n_strangers || v.n_stray_claims || v.n_lost_terms))
        status = repair(&v, error);
    if (status == STATUS_OK && options->repairs && options->customer.n == 0) {
        /* once more: sums are restated from a state that holds */
        struct verify_report found = *report;
        reset(&v);
        *report = (struct verify_report){0};
        v.tallies_differ = true;
        status = run(&v, error);
        found.remaining = report->drifts;
        found.pending = report->pending;
        *report = found;
        if (status == STATUS_OK)
            status = tallier_finish(session, error); /* what was restated */
    }
    if (status == STATUS_OK)
        leave_out_all(&v);
    free(v.damaged);
    free(v.damaged_shops);
    free(v.strangers);
    free(v.crawling);
    free(v.stray_claims);
    free(v.pending);
    free(v.lost_terms);
    verify_free_who(&v);
    arena_free(v.arena);
    arena_free(v.scratch);
    arena_free(v.sums);
    return status;
}
