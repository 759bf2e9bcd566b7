#include "stored.h"
#include "app/settings.h"
#include "app/version.h"
#include "base/time.h"
#include "base/uuid.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t place_of(const struct stored *stored, const struct uuid *key)
{
    size_t low = 0, high = stored->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uuid_compare(&stored->customers[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct stored_customer *stored_customer(const struct stored *stored, const struct uuid *key)
{
    size_t i = place_of(stored, key);
    if (i < stored->n && uuid_compare(&stored->customers[i].key, key) == 0)
        return &stored->customers[i];
    return NULL;
}

/* The customer of a row; made when there is none yet. */
static struct stored_customer *owner(struct stored *stored, const struct db_result *rows, int row)
{
    struct uuid key = db_uuid(rows, row, 0);
    size_t i = place_of(stored, &key);
    if (i < stored->n && uuid_compare(&stored->customers[i].key, &key) == 0)
        return &stored->customers[i];
    stored->customers = arena_grow(stored->arena, stored->customers, stored->n, &stored->capacity,
                                   sizeof(*stored->customers));
    memmove(&stored->customers[i + 1], &stored->customers[i], (stored->n - i) * sizeof(*stored->customers));
    stored->n++;
    stored->customers[i] = (struct stored_customer){.key = key};
    return &stored->customers[i];
}

static const struct db_result *range(struct arena *arena, struct database *database, enum sql_id sql)
{
    struct uuid first = {{0}}, last;
    struct error error = {0};
    const struct db_result *rows;
    memset(last.b, 0xff, sizeof(last.b));
    struct db_args *args = db_args(arena, 2);
    arg_uuid(args, &first);
    arg_uuid(args, &last);
    if (db_run(database->db, sql, args, &rows, &error) != STATUS_OK)
        fail_msg("%s: %s", sql_statements[sql].name, error.detail);
    return rows;
}

static int compare_moves(const void *a, const void *b)
{
    const struct transition_row *x = a, *y = b;
    if (x->transition.at != y->transition.at)
        return x->transition.at < y->transition.at ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

void stored_read(struct arena *arena, struct database *database, struct stored *out)
{
    *out = (struct stored){.arena = arena};
    const struct db_result *rows = range(arena, database, SQL_CUSTOMER_RANGE);
    for (int row = 0; row < db_rows(rows); row++) {
        struct stored_customer *c = owner(out, rows, row);
        customer_read(arena, rows, row, &c->row);
        c->has_row = true;
    }
    rows = range(arena, database, SQL_VERIFY_PROFILES);
    for (int row = 0; row < db_rows(rows); row++) {
        struct stored_customer *c = owner(out, rows, row);
        c->has_profile = true;
        c->traits = arena_span(arena, db_span(rows, row, 1));
        c->counters = arena_span(arena, db_span(rows, row, 2));
        c->categories = arena_span(arena, db_span(rows, row, 3));
        c->products = arena_span(arena, db_span(rows, row, 4));
        c->channels = arena_span(arena, db_span(rows, row, 5));
        c->churn_reason = arena_span(arena, db_span(rows, row, 6));
        int column = 8;
#define X(name, member, which) c->name = arena_span(arena, db_span(rows, row, column++));
        TOUCH_TABLE(X)
#undef X
    }
    rows = range(arena, database, SQL_VERIFY_ORDERS);
    for (int row = 0; row < db_rows(rows); row++) {
        struct stored_customer *c = owner(out, rows, row);
        c->orders = arena_grow(arena, c->orders, c->n_orders, &c->orders_capacity, sizeof(*c->orders));
        struct stored_order *order = &c->orders[c->n_orders++];
        order_read(arena, rows, row, &order->order);
        order->refunded = db_int8(rows, row, 12);
        order->is_counted = db_bool(rows, row, 13);
    }
    rows = range(arena, database, SQL_VERIFY_TRANSITIONS);
    for (int row = 0; row < db_rows(rows); row++) {
        struct stored_customer *c = owner(out, rows, row);
        c->n_transition_rows++;
        if (!db_is_null(rows, row, 10))
            continue;
        c->moves = arena_grow(arena, c->moves, c->n_moves, &c->moves_capacity, sizeof(*c->moves));
        transition_read(rows, row, &c->moves[c->n_moves++]);
    }
    rows = range(arena, database, SQL_VERIFY_MEMBERSHIPS);
    for (int row = 0; row < db_rows(rows); row++) {
        struct stored_customer *c = owner(out, rows, row);
        c->memberships = arena_grow(arena, c->memberships, c->n_memberships, &c->memberships_capacity,
                                    sizeof(*c->memberships));
        c->memberships[c->n_memberships++] =
            (struct stored_membership){.segment = db_int(rows, row, 1), .entered_at = db_time(rows, row, 2)};
    }
    for (size_t i = 0; i < out->n; i++)
        if (out->customers[i].n_moves > 1)
            qsort(out->customers[i].moves, out->customers[i].n_moves, sizeof(struct transition_row),
                  compare_moves);
}

/* --- differences --- */

static const char *time_text(struct arena *arena, usec_t at)
{
    char text[TIME_TEXT];
    if (at == NONE)
        return "never";
    if (at < TIME_MIN || at > TIME_MAX)
        return "out of range";
    time_print(at, text);
    return arena_printf(arena, "%s", text);
}

const char *transition_text(struct arena *arena, const struct transition *t)
{
    char id[UUID_TEXT];
    uuid_print(&t->event_id, id);
    return arena_printf(arena, "model %d.%d: %d -> %d at %s by %s %.8s", t->model, t->version, t->from, t->to,
                        time_text(arena, t->at), cause_name(t->cause), id);
}

static bool same_transition(const struct transition *a, const struct transition *b)
{
    return a->model == b->model && a->version == b->version && a->from == b->from && a->to == b->to &&
           a->at == b->at && a->cause == b->cause && uuid_compare(&a->event_id, &b->event_id) == 0;
}

static const char *differ(struct arena *arena, const char *what, int64_t stored, int64_t implied)
{
    return arena_printf(arena, "%s is %" PRId64 " and must be %" PRId64, what, stored, implied);
}

static const char *compare_row(struct arena *arena, const struct customer_row *row,
                               const struct definitions *definitions, const struct state *implied)
{
    const struct state *stored = &row->state;
#define X(name, type, null, comment)                                                                         \
    if (stored->a.name != implied->a.name)                                                                   \
        return differ(arena, #name, stored->a.name, implied->a.name);
    ACCUMULATOR_TABLE(X)
#undef X
    for (int i = 0; i < MODEL_SLOTS; i++) {
        if (stored->standing[i].stage != implied->standing[i].stage)
            return differ(arena, arena_printf(arena, "the stage under model %d", i + 1),
                          stored->standing[i].stage, implied->standing[i].stage);
        if (stored->standing[i].since != implied->standing[i].since)
            return arena_printf(arena, "in the stage of model %d since %s, and must be since %s", i + 1,
                                time_text(arena, stored->standing[i].since),
                                time_text(arena, implied->standing[i].since));
    }
    if (memcmp(stored->segments, implied->segments, sizeof(stored->segments)) != 0)
        return "the segments differ";
    if (position_compare(&stored->position, &implied->position) != 0)
        return arena_printf(arena, "the position is %s (rank %d) and must be %s (rank %d)",
                            time_text(arena, stored->position.at), stored->position.rank,
                            time_text(arena, implied->position.at), implied->position.rank);
    if (!span_equal(stored->external_id, implied->external_id) ||
        stored->kind != implied->kind)
        return "the id differs";
    if (row->fold_version != FOLD_VERSION || fold_is_stale(definitions, stored))
        return "the row must be folded anew";
    /* the deadline may be early: nothing moves before it */
    struct state later = *implied;
    struct effects effects = {.arena = arena};
    fold_advance(definitions, &later, stored->deadline == NONE ? TIME_MAX : stored->deadline - 1, &effects);
    if (effects.n_transitions || effects.n_memberships)
        return arena_printf(
            arena, "the deadline is %s, and must be %s", time_text(arena, stored->deadline),
            time_text(arena, effects.n_transitions ? effects.transitions[0].at : effects.memberships[0].at));
    return NULL;
}

static const char *compare_profile(struct arena *arena, const struct stored_customer *stored,
                                   const struct profile *p)
{
    if (!stored->has_profile)
        return profile_is_empty(p) ? NULL : "the profile is missing";
    if (!span_equal(stored->traits, traits_encode(arena, p)))
        return arena_printf(arena, "traits are %.*s", (int)stored->traits.n, stored->traits.p);
    if (!span_equal(stored->counters, counters_encode(arena, p)))
        return arena_printf(arena, "counters are %.*s and must be %s", (int)stored->counters.n,
                            stored->counters.p, arena_text(arena, counters_encode(arena, p)));
    if (!span_equal(stored->categories, hashes_encode(arena, p->categories, p->n_categories)))
        return "categories differ";
    if (!span_equal(stored->products, hashes_encode(arena, p->products, p->n_products)))
        return "products differ";
    if (!span_equal(stored->channels, hashes_encode(arena, p->channels, p->n_channels)))
        return "channels differ";
#define X(name, member, which)                                                                               \
    if (!span_equal(stored->name, p->name))                                                                  \
        return arena_printf(arena, #name " is \"%s\" and must be \"%s\"", arena_text(arena, stored->name),   \
                            arena_text(arena, p->name));
    TOUCH_TABLE(X)
#undef X
    return span_equal(stored->churn_reason, p->churn_reason) ? NULL : "the reason of leaving differs";
}

static const char *compare_orders(struct arena *arena, const struct stored_customer *stored,
                                  const struct state *implied)
{
    if (stored->n_orders != implied->n_orders)
        return differ(arena, "the number of orders", (int64_t)stored->n_orders, (int64_t)implied->n_orders);
    for (size_t i = 0; i < stored->n_orders; i++) {
        const struct stored_order *s = &stored->orders[i];
        const struct order *a = &s->order, *b = state_order(implied, &a->key);
        const char *id = arena_text(arena, a->id);
        if (b == NULL)
            return arena_printf(arena, "order %s should not be there", id);
        if (!span_equal(a->id, b->id) || a->completed_at != b->completed_at ||
            a->cancelled_at != b->cancelled_at || a->has_coupon != b->has_coupon)
            return arena_printf(arena, "order %s differs", id);
        if (a->value != b->value || a->discount != b->discount)
            return arena_printf(arena, "order %s is worth %" PRId64 " and must be %" PRId64, id, a->value,
                                b->value);
        if (!span_equal(refunds_encode(arena, a), refunds_encode(arena, b)) ||
            s->refunded != order_refunded(b) || s->is_counted != order_is_counted(b))
            return arena_printf(arena, "the refunds of order %s differ", id);
    }
    return NULL;
}

static const char *compare_history(struct arena *arena, const struct stored_customer *stored,
                                   const struct effects *effects)
{
    for (int model = 1; model <= MODEL_SLOTS; model++) {
        size_t k = 0;
        for (size_t i = 0; i < effects->n_transitions; i++) {
            const struct transition *t = &effects->transitions[i];
            if (t->model != model)
                continue;
            while (k < stored->n_moves && stored->moves[k].transition.model != model)
                k++;
            if (k == stored->n_moves)
                return arena_printf(arena, "missing: %s", transition_text(arena, t));
            if (!same_transition(&stored->moves[k].transition, t))
                return arena_printf(arena, "stored: %s, must be: %s",
                                    transition_text(arena, &stored->moves[k].transition),
                                    transition_text(arena, t));
            k++;
        }
        for (; k < stored->n_moves; k++)
            if (stored->moves[k].transition.model == model)
                return arena_printf(arena, "too much: %s",
                                    transition_text(arena, &stored->moves[k].transition));
    }
    if (stored->row.transition_seq != stored->n_transition_rows)
        return differ(arena, "transition_seq", stored->row.transition_seq, stored->n_transition_rows);
    return NULL;
}

static const char *compare_memberships(struct arena *arena, const struct stored_customer *stored,
                                       const struct state *implied, const struct effects *effects)
{
    size_t n = 0;
    for (int segment = 1; segment <= SEGMENT_SLOTS; segment++)
        n += state_is_member(implied, segment);
    if (stored->n_memberships != n)
        return differ(arena, "the number of memberships", (int64_t)stored->n_memberships, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        usec_t entered_at = NONE;
        for (size_t k = 0; k < effects->n_memberships; k++)
            if (effects->memberships[k].segment == stored->memberships[i].segment &&
                effects->memberships[k].entered)
                entered_at = effects->memberships[k].at;
        if (!state_is_member(implied, stored->memberships[i].segment))
            return differ(arena, "a segment", stored->memberships[i].segment, 0);
        if (stored->memberships[i].entered_at != entered_at)
            return arena_printf(
                arena, "entered segment %d at %s, and must have at %s", stored->memberships[i].segment,
                time_text(arena, stored->memberships[i].entered_at), time_text(arena, entered_at));
    }
    return NULL;
}

const char *stored_difference(struct arena *arena, const struct stored_customer *stored,
                              const struct definitions *definitions, const struct state *implied,
                              const struct effects *effects)
{
    if (stored == NULL || !stored->has_row)
        return "the customer is not stored";
    const char *text = compare_row(arena, &stored->row, definitions, implied);
    if (text == NULL)
        text = compare_orders(arena, stored, implied);
    if (text == NULL)
        text = compare_profile(arena, stored, &implied->profile);
    if (text == NULL)
        text = compare_history(arena, stored, effects);
    return text ? text : compare_memberships(arena, stored, implied, effects);
}

/* --- the feed --- */

#define MERGED_AWAY 99

struct known_move {
    struct uuid key;
    int model;
    int to;
    usec_t at;
};

static int compare_known(const void *a, const void *b)
{
    const struct known_move *x = a, *y = b;
    int c = uuid_compare(&x->key, &y->key);
    if (c)
        return c;
    if (x->model != y->model)
        return x->model - y->model;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->to - y->to;
}

void stored_keep_feed(struct session *session, const struct shop *shop)
{
    const struct span longest = span_of("{\"feed\":{\"retention_days\":3650}}");
    struct buf document;
    struct error error = {0};
    int version;
    buf_init(&document, 0);
    if (settings_patch(session, shop, longest, VERSION_ANY, &document, &version, &error) != STATUS_OK)
        fail_msg("%s %s", error.pointer, error.detail);
    buf_done(&document);
}

/* Have the oldest changes been removed? */
static const char *lost_beginning(struct arena *arena, struct database *database)
{
    const struct db_result *rows =
        database_rows(database, "SELECT shop_id, oldest FROM feed_head WHERE oldest > 1 ORDER BY shop_id");
    if (db_rows(rows) == 0)
        return NULL;
    return arena_printf(arena, "the feed of shop %d begins with change %" PRId64 ", what was told before is gone",
                        db_int(rows, 0, 0), db_int8(rows, 0, 1));
}

const char *stored_feed_difference(struct arena *arena, struct database *database,
                                   const struct stored *stored)
{
    const char *lost = lost_beginning(arena, database);
    if (lost)
        return lost;
    const struct db_result *rows = database_rows(
        database,
        "SELECT customer_key, type, number, to_stage, at, before_at, seq FROM (SELECT customer_key, type, number, "
        "to_stage, at, before_at, seq FROM change UNION ALL SELECT event_id, 99::int2, 0::int2, 0::int2, at, NULL, "
        "seq FROM change WHERE type = 9) c WHERE NOT EXISTS "
        "(SELECT 1 FROM change s WHERE s.type = 8 AND s.customer_key = c.customer_key) "
        "ORDER BY customer_key, seq");
    size_t n_rows = (size_t)db_rows(rows), n_moves = 0, n = 0;
    for (size_t i = 0; i < stored->n; i++)
        n_moves += stored->customers[i].n_moves;
    struct known_move *known = ARENA_ARRAY(arena, struct known_move, n_rows);
    struct known_move *held = ARENA_ARRAY(arena, struct known_move, n_moves);
    size_t begin = 0; /* of the present customer */
    for (int row = 0; row < (int)n_rows; row++) {
        struct known_move move = {db_uuid(rows, row, 0), db_int(rows, row, 2), db_int(rows, row, 3),
                                  db_time(rows, row, 4)};
        int type = db_int(rows, row, 1);
        if (n && uuid_compare(&known[n - 1].key, &move.key) != 0)
            begin = n;
        if (type == MERGED_AWAY)
            n = begin; /* what was known of somebody who is somebody else now */
        if (type == CHANGE_MOVED && db_time(rows, row, 5) == move.at)
            return arena_printf(arena, "change %" PRId64 " moves a transition to where it was",
                                db_int8(rows, row, 6));
        if (type == CHANGE_MOVED || type == CHANGE_WITHDRAWN) {
            usec_t at = type == CHANGE_MOVED ? db_time(rows, row, 5) : move.at;
            size_t i = begin;
            while (i < n && !(known[i].model == move.model && known[i].to == move.to && known[i].at == at))
                i++;
            if (i == n)
                return arena_printf(arena, "change %" PRId64 " corrects what was never said",
                                    db_int8(rows, row, 6));
            known[i] = known[--n];
        }
        if (type == CHANGE_MOVED || type == CHANGE_ADDED || type == CHANGE_LATE || type == CHANGE_STAGE)
            known[n++] = move;
    }
    n_moves = 0;
    rows = database_rows(database,
                         "SELECT DISTINCT customer_key FROM change WHERE type = 8 ORDER BY customer_key");
    for (size_t i = 0, row = 0; i < stored->n; i++) {
        struct uuid silent = {{0}};
        while (row < (size_t)db_rows(rows)) {
            silent = db_uuid(rows, (int)row, 0);
            if (uuid_compare(&silent, &stored->customers[i].key) >= 0)
                break;
            row++;
        }
        if (row < (size_t)db_rows(rows) && uuid_compare(&silent, &stored->customers[i].key) == 0)
            continue;
        for (size_t k = 0; k < stored->customers[i].n_moves; k++) {
            const struct transition *t = &stored->customers[i].moves[k].transition;
            held[n_moves++] = (struct known_move){stored->customers[i].key, t->model, t->to, t->at};
        }
    }
    if (n)
        qsort(known, n, sizeof(*known), compare_known);
    if (n_moves)
        qsort(held, n_moves, sizeof(*held), compare_known);
    for (size_t i = 0; i < n || i < n_moves; i++) {
        if (i < n && i < n_moves && compare_known(&known[i], &held[i]) == 0)
            continue;
        const struct known_move *odd =
            i == n_moves || (i < n && compare_known(&known[i], &held[i]) < 0) ? &known[i] : &held[i];
        char key[UUID_TEXT];
        uuid_print(&odd->key, key);
        return arena_printf(arena, "customer %s: a follower %s that model %d went to %d at %s", key,
                            odd == &held[i] ? "does not know" : "believes", odd->model, odd->to,
                            time_text(arena, odd->at));
    }
    return NULL;
}

/* --- tallies --- */

static const struct shop *shop_of(const struct shop *const *shops, size_t n, int id)
{
    for (size_t i = 0; i < n; i++)
        if (shops[i]->id == id)
            return shops[i];
    fail_msg("shop %d is not known", id);
    return NULL;
}

const char *stored_tally_difference(struct arena *arena, struct database *database,
                                    const struct stored *stored, const struct shop *const *shops,
                                    size_t n_shops)
{
    struct tallies sums;
    tallies_init(&sums, arena);
    const struct db_result *rows = database_rows(
        database, "SELECT cube, day, a, b, c, s1, s2, s3, s4, s5, s6, shop_id FROM tally WHERE cube <= %d", CUBE_MEMBERS);
    for (int row = 0; row < db_rows(rows); row++) {
        struct tally tally;
        tally_read(rows, row, db_int(rows, row, 11), &tally);
        tallies_add(&sums, &tally, 1, -1);
    }
    rows = database_rows(database, "SELECT e.shop_id, e.sums FROM tally_entry e JOIN tally_turn t USING (shop_id) "
                                   "WHERE e.seq > t.done");
    for (int row = 0; row < db_rows(rows); row++)
        assert_true(tallies_decode(db_int(rows, row, 0), db_span(rows, row, 1), &sums, -1));
    for (size_t i = 0; i < stored->n; i++) {
        const struct stored_customer *c = &stored->customers[i];
        const struct shop *shop = shop_of(shops, n_shops, c->row.shop_id);
        const struct accumulators *a = &c->row.state.a;
        struct tally_key key = {.shop_id = shop->id, .cube = CUBE_STANDING};
        for (int model = 1; model <= MODEL_SLOTS; model++) {
            key.a = model;
            key.b = c->row.state.standing[model - 1].stage;
            if (key.b == 0)
                continue;
            int64_t *n = tallies_at(&sums, &key);
            n[0]++;
            n[1] += a->revenue_gross - a->revenue_refunded;
        }
        for (size_t k = 0; k < c->n_memberships; k++)
            tallies_at(&sums, &(struct tally_key){
                                  .shop_id = shop->id, .cube = CUBE_MEMBERS, .a = c->memberships[k].segment})[0]++;
        for (size_t k = 0; k < c->n_moves; k++) {
            const struct transition *t = &c->moves[k].transition;
            tallies_at(&sums, &(struct tally_key){.shop_id = shop->id,
                                                  .cube = CUBE_MOVES,
                                                  .day = calendar_day(shop->calendar, t->at),
                                                  .a = t->model,
                                                  .b = t->from,
                                                  .c = t->to})[0]++;
        }
    }
    tallies_sort(&sums);
    for (size_t i = 0; i < sums.n; i++) {
        const struct tally *t = &sums.rows[i];
        if (t->key.cube > CUBE_MEMBERS)
            continue; /* what events contribute: verify knows */
        return arena_printf(arena,
                            "of shop %d, %s, day %" PRId64 ", %" PRId64 " %" PRId64 " %" PRId64 ", %+" PRId64
                            " customers and %+" PRId64 " are missing",
                            t->key.shop_id, cube_name((int)t->key.cube), t->key.day, t->key.a, t->key.b, t->key.c, t->n[0],
                            t->n[1]);
    }
    return NULL;
}
