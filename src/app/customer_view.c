#include "app/customer.h"
#include "crypto/digest.h"
#include "db/each.h"
#include "db/store.h"
#include "identities.h"
#include "view.h"
#include "wire/identity.h"
#include "wire/message.h"

#include <stdlib.h>

/*
 * One snapshot holds the customer row, the second row and the orders, so that they fit together. What is stored is
 * then folded forward in memory; a state that other definitions have decided, and one in the past, is folded anew
 * from the ledger, which never changes.
 */

enum status session_needs_db(const struct session *session, struct error *error)
{
    if (session->db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    return STATUS_OK;
}

void list_add(struct list_id *list, struct span part)
{
    list->hash = (list->hash ^ hash64(part)) * UINT64_C(0x9e3779b97f4a7c15) + part.n;
}

void list_add_number(struct list_id *list, int64_t n)
{
    list_add(list, (struct span){(const char *)&n, sizeof(n)});
}

enum status cursor_take(struct arena *arena, struct span text, const struct list_id *list, bool *has,
                        struct cursor *out, struct error *error)
{
    *has = text.n > 0;
    if (*has && !cursor_decode(arena, text, list->hash, out))
        return error_set(error, STATUS_INVALID_CURSOR, "", "the cursor is not from this list");
    return STATUS_OK;
}

/* --- loading -------------------------------------------------------------------------------------------------- */

static int compare_looks(const void *a, const void *b)
{
    return uuid_compare(&((const struct look *)a)->key, &((const struct look *)b)->key);
}

/* Several looks may be at the same customer: this is the first. */
struct look *looks_find(struct look *looks, size_t n, const struct uuid *key)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uuid_compare(&looks[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && uuid_compare(&looks[low].key, key) == 0 ? &looks[low] : NULL;
}

static bool is_same(const struct look *looks, size_t n, const struct look *look, const struct uuid *key)
{
    return look < looks + n && uuid_compare(&look->key, key) == 0;
}

static struct db_args *keys_args(struct arena *arena, const struct look *looks, size_t n,
                                 bool (*which)(const struct look *))
{
    size_t n_keys = 0;
    for (size_t i = 0; i < n; i++)
        n_keys += which(&looks[i]);
    struct db_args *args = db_args(arena, 1);
    arg_array(args, DB_UUID, n_keys);
    for (size_t i = 0; i < n; i++)
        if (which(&looks[i]))
            push_uuid(args, &looks[i].key);
    return args;
}

static bool any_look(const struct look *look)
{
    (void)look;
    return true;
}

static bool wants_ledger(const struct look *look)
{
    return look->is_found && look->is_stale;
}

static void take_customers(struct look *looks, size_t n, const struct db_result *rows, struct arena *arena)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct customer_row read;
        customer_read(arena, rows, row, &read);
        if (customer_is_empty(&read))
            continue;
        for (struct look *look = looks_find(looks, n, &read.state.key); look && is_same(looks, n, look, &read.state.key);
             look++) {
            if (read.shop_id != look->shop->id)
                continue;
            look->is_found = true;
            look->view.state = read.state;
            look->view.state.has_all_orders = true;
            look->identities_count = read.identities_count;
            look->is_stale = read.fold_version != FOLD_VERSION || fold_is_stale(look->definitions, &read.state) ||
                             (look->as_of != NONE && look->as_of < read.state.position.at);
        }
    }
}

static void take_profiles(struct look *looks, size_t n, const struct db_result *rows, struct arena *arena)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct profile profile;
        profile_read(arena, rows, row, &profile);
        for (struct look *look = looks_find(looks, n, &key); look && is_same(looks, n, look, &key); look++)
            look->view.state.profile = profile;
    }
}

static void take_orders(struct look *looks, size_t n, const struct db_result *rows, struct arena *arena)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        struct order order;
        order_read(arena, rows, row, &order);
        struct look *first = looks_find(looks, n, &key);
        if (first == NULL)
            continue;
        state_add_order(arena, &first->view.state, &order);
        for (struct look *look = first + 1; is_same(looks, n, look, &key); look++) {
            look->view.state.orders = first->view.state.orders;
            look->view.state.n_orders = first->view.state.n_orders;
        }
    }
}

/* --- folding anew --------------------------------------------------------------------------------------------- */

struct ledger {
    const struct event **events;
    size_t n;
    size_t capacity;
};

static void fold_anew(struct look *look, const struct ledger *ledger, usec_t to, struct arena *arena)
{
    struct state *state = &look->view.state, fresh;
    struct effects effects = {.arena = arena};
    const struct event **events = ARENA_ARRAY(arena, const struct event *, ledger->n);
    if (ledger->n)
        memcpy(events, ledger->events, ledger->n * sizeof(*events));
    for (size_t i = 0; look->as_of == NONE && i < ledger->n; i++)
        if (events[i]->occurred_at > to)
            to = events[i]->occurred_at;
    state_init(&fresh, &state->key, state->external_id, state->kind);
    fold_ledger(look->definitions, &fresh, events, ledger->n, to, &effects);
    look->is_before = fresh.position.at == NONE;
    *state = fresh;
    look->view.as_of = to;
}

static enum status load_ledgers(struct session *session, struct arena *arena, struct look *looks, size_t n,
                                usec_t now, struct error *error)
{
    const struct db_result *rows;
    struct identities identities = {0};
    for (size_t i = 0; i < n; i++)
        if (wants_ledger(&looks[i]))
            identities_want(&identities, arena, &looks[i].key, looks[i].identities_count);
    enum status status = identities_find(session->db, arena, &identities, error);
    if (status == STATUS_OK)
        status = db_run(session->db, SQL_EVENT_LEDGER, identities_args(arena, &identities), &rows, error);
    if (status != STATUS_OK)
        return status;
    struct ledger *ledgers = ARENA_ARRAY(arena, struct ledger, n);
    for (int row = 0; row < db_rows(rows); row++) {
        struct event *event = ARENA_NEW(arena, struct event);
        event->identity_key = db_uuid(rows, row, 0);
        event->event_id = db_uuid(rows, row, 1);
        event->occurred_at = db_time(rows, row, 2);
        event->received_at = db_time(rows, row, 3);
        struct look *look = looks_find(looks, n, identities_customer(&identities, &event->identity_key));
        if (look == NULL)
            continue;
        status = message_recall(arena, arena_span(arena, db_span(rows, row, 4)), look->shop, event, error);
        if (status != STATUS_OK)
            return status;
        struct ledger *ledger = &ledgers[look - looks];
        ledger->events = arena_grow(arena, ledger->events, ledger->n, &ledger->capacity, sizeof(*ledger->events));
        ledger->events[ledger->n++] = event;
    }
    for (size_t i = 0; i < n; i++)
        if (wants_ledger(&looks[i]))
            fold_anew(&looks[i], &ledgers[looks_find(looks, n, &looks[i].key) - looks],
                      looks[i].as_of == NONE ? now : looks[i].as_of, arena);
    return STATUS_OK;
}

/* --- folding forward ------------------------------------------------------------------------------------------ */

static void fold_forward(struct look *look, usec_t now, struct arena *arena)
{
    struct state *state = &look->view.state;
    usec_t to = look->as_of == NONE ? now : look->as_of;
    if (look->as_of == NONE && state->position.at > to)
        to = state->position.at;
    /* a deadline may be early, never late: before it nothing moves by the definitions that the row has met */
    bool is_settled = state->definitions >= look->definitions->decisive &&
                      state->definitions <= look->definitions->revision &&
                      (state->deadline == NONE || state->deadline > to);
    struct effects unused = {.arena = arena};
    if (!is_settled)
        fold_advance(look->definitions, state, to, &unused);
    look->view.as_of = to;
}

/* Rows that have met definitions which this process has not seen yet: another one has published them just now. */
static enum status catch_up(struct session *session, struct look *looks, size_t n, bool *again, struct error *error)
{
    *again = false;
    for (size_t i = 0; i < n; i++) {
        struct look *look = &looks[i];
        if (!look->is_found || look->view.state.definitions <= look->definitions->revision)
            continue;
        const struct definitions *newer;
        enum status status = session_definitions(session, look->shop, true, &newer, error);
        if (status != STATUS_OK)
            return status;
        for (size_t k = 0; k < n; k++)
            if (looks[k].shop == look->shop)
                looks[k].definitions = newer;
        *again = true;
    }
    return STATUS_OK;
}

static enum status load_rows(struct session *session, struct arena *arena, struct look *looks, size_t n, unsigned what,
                             struct error *error)
{
    struct db *db = session->db;
    bool profiles = (what & LOOK_PROFILE) != 0, orders = (what & LOOK_ORDERS) != 0;
    size_t profiles_at = 0, orders_at = 0;
    for (size_t i = 0; i < n; i++) {
        profiles = profiles || looks[i].definitions->needs_profile;
        orders = orders || looks[i].definitions->needs_orders;
        looks[i].is_found = looks[i].is_before = false;
    }
    struct db_args *keys = keys_args(arena, looks, n, any_look);
    db_send(db, SQL_BEGIN_SNAPSHOT, NULL);
    size_t customers_at = db_send(db, SQL_CUSTOMER_GET, keys);
    if (profiles)
        profiles_at = db_send(db, SQL_PROFILE_ROWS, keys);
    if (orders)
        orders_at = db_send(db, SQL_ORDER_ALL, keys);
    db_send(db, SQL_COMMIT, NULL);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK) {
        db_rollback(db);
        return status;
    }
    take_customers(looks, n, db_result(db, customers_at), arena);
    if (profiles)
        take_profiles(looks, n, db_result(db, profiles_at), arena);
    if (orders)
        take_orders(looks, n, db_result(db, orders_at), arena);
    return STATUS_OK;
}

enum status looks_load(struct session *session, struct arena *arena, struct look *looks, size_t n, unsigned what,
                       struct error *error)
{
    bool again = false, anew = false;
    if (n == 0)
        return STATUS_OK;
    qsort(looks, n, sizeof(*looks), compare_looks);
    enum status status = load_rows(session, arena, looks, n, what, error);
    if (status == STATUS_OK)
        status = catch_up(session, looks, n, &again, error);
    if (status == STATUS_OK && again)
        status = load_rows(session, arena, looks, n, what, error);
    if (status != STATUS_OK)
        return status;
    usec_t now = clock_now(session->clock);
    for (size_t i = 0; i < n; i++) {
        anew = anew || wants_ledger(&looks[i]);
        if (looks[i].is_found && !wants_ledger(&looks[i]))
            fold_forward(&looks[i], now, arena);
    }
    if (anew)
        status = load_ledgers(session, arena, looks, n, now, error);
    for (size_t i = 0; i < n; i++) {
        looks[i].view.definitions = looks[i].definitions;
        if (looks[i].is_found && what & LOOK_NEXT)
            fold_outlook(looks[i].definitions, &looks[i].view.state, looks[i].view.as_of, looks[i].view.next);
    }
    return status;
}

/* --- by id ---------------------------------------------------------------------------------------------------- */

#define CANDIDATES 3

/* The keys that ${id} may mean: of the kind that was named; else a user, an anonymous customer, or "WORD:VALUE". */
static size_t candidates(const struct shop *shop, struct span id, enum identity_kind by, struct uuid keys[CANDIDATES])
{
    size_t n = 0;
    if (by != IDENTITY_NONE) {
        identity_key(shop, by, id, &keys[n++]);
        return n;
    }
    identity_key(shop, IDENTITY_USER, id, &keys[n++]);
    identity_key(shop, IDENTITY_ANONYMOUS, id, &keys[n++]);
    const char *colon = memchr(id.p, ':', id.n);
    if (colon) {
        struct span word = {id.p, (size_t)(colon - id.p)}, value = {colon + 1, id.n - word.n - 1};
        enum identity_kind kind = identity_kind_of(word);
        if (kind != IDENTITY_NONE)
            identity_key(shop, kind, value, &keys[n++]);
    }
    return n;
}

/* Whose state it is that each of these identities leads to: pairs of (identity, customer). */
static enum status resolve(struct session *session, const struct uuid *keys, size_t n, const struct db_result **rows,
                           struct error *error)
{
    struct db_args *args = db_args(session->arena, 1);
    EACH(args, DB_UUID, push_uuid, &keys[i]);
    return db_run(session->db, SQL_READ_CUSTOMER_KEYS, args, rows, error);
}

/* The customer of the first of ${keys} that leads to somebody: by their own messages, else by being mentioned. */
static bool pick(const struct db_result *rows, const struct shop *shop, const struct uuid *keys, size_t n,
                 struct uuid *out)
{
    for (size_t i = 0; i < 2 * n; i++)
        for (int row = 0; row < db_rows(rows); row++) {
            struct uuid key = db_uuid(rows, row, 0);
            if (uuid_compare(&key, &keys[i % n]) == 0 && db_int(rows, row, 2) == shop->id &&
                db_bool(rows, row, 3) == (i < n)) {
                *out = db_uuid(rows, row, 1);
                return true;
            }
        }
    return false;
}

/* The key by which each wish is looked up. */
static enum status look_up(struct session *session, struct customer_wish *wishes, const struct uuid *keys, size_t n,
                           struct error *error)
{
    struct look *looks = ARENA_ARRAY(session->arena, struct look, n);
    size_t n_looks = 0;
    for (size_t i = 0; i < n; i++) {
        if (wishes[i].status != STATUS_NOT_FOUND)
            continue;
        struct look *look = &looks[n_looks];
        look->shop = wishes[i].shop;
        look->as_of = wishes[i].as_of;
        look->key = keys[i];
        enum status status = session_definitions(session, look->shop, false, &look->definitions, error);
        if (status != STATUS_OK)
            return status;
        n_looks++;
    }
    enum status status = looks_load(session, session->arena, looks, n_looks, LOOK_ALL, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        if (wishes[i].status != STATUS_NOT_FOUND)
            continue;
        for (struct look *look = looks_find(looks, n_looks, &keys[i]);
             look && is_same(looks, n_looks, look, &keys[i]); look++)
            if (look->is_found && look->as_of == wishes[i].as_of) {
                wishes[i].view = look->view;
                wishes[i].status = look->is_before ? error_set(&wishes[i].error, STATUS_NOT_FOUND, "",
                                                               "nothing of this customer had happened by then")
                                                   : STATUS_OK;
                break;
            }
    }
    return status;
}

/* Most ask by the id that the customer bears: one round finds them. */
static enum status find_directly(struct session *session, struct customer_wish *wishes, size_t n, struct error *error)
{
    struct uuid *keys = ARENA_ARRAY(session->arena, struct uuid, n);
    for (size_t i = 0; i < n; i++)
        identity_key(wishes[i].shop, wishes[i].by == IDENTITY_NONE ? IDENTITY_USER : wishes[i].by, wishes[i].id,
                     &keys[i]);
    return look_up(session, wishes, keys, n, error);
}

static enum status find_by_identity(struct session *session, struct customer_wish *wishes, size_t n,
                                    struct error *error)
{
    struct uuid *all = ARENA_ARRAY(session->arena, struct uuid, n * CANDIDATES);
    struct uuid *keys = ARENA_ARRAY(session->arena, struct uuid, n);
    const struct db_result *rows;
    size_t n_all = 0;
    for (size_t i = 0; i < n; i++)
        n_all += candidates(wishes[i].shop, wishes[i].id, wishes[i].by, all + n_all);
    enum status status = resolve(session, all, n_all, &rows, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        struct uuid mine[CANDIDATES];
        size_t n_mine = candidates(wishes[i].shop, wishes[i].id, wishes[i].by, mine);
        keys[i] = mine[0];
        pick(rows, wishes[i].shop, mine, n_mine, &keys[i]);
    }
    return status == STATUS_OK ? look_up(session, wishes, keys, n, error) : status;
}

void customers_find(struct session *session, struct customer_wish *wishes, size_t n)
{
    struct error error;
    for (size_t i = 0; i < n; i++)
        wishes[i].status = error_set(&wishes[i].error, STATUS_NOT_FOUND, "", "no customer has this id");
    enum status status = session_needs_db(session, &error);
    if (status == STATUS_OK)
        status = find_directly(session, wishes, n, &error);
    bool is_complete = true;
    for (size_t i = 0; i < n; i++)
        is_complete = is_complete && wishes[i].status != STATUS_NOT_FOUND;
    if (status == STATUS_OK && !is_complete)
        status = find_by_identity(session, wishes, n, &error);
    for (size_t i = 0; status != STATUS_OK && i < n; i++) {
        wishes[i].status = status;
        wishes[i].error = error;
    }
}

enum status customer_key_find(struct session *session, const struct shop *shop, struct span id, enum identity_kind by,
                              struct uuid *out, struct error *error)
{
    const struct db_result *rows;
    struct uuid keys[CANDIDATES];
    size_t n = candidates(shop, id, by, keys);
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = resolve(session, keys, n, &rows, error);
    if (status == STATUS_OK && !pick(rows, shop, keys, n, out))
        return error_set(error, STATUS_NOT_FOUND, "", "no customer has this id");
    return status;
}
