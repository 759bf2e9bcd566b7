#include "app/idempotency.h"
#include "app/pairs.h"
#include "base/log.h"
#include "db/db.h"
#include "db/each.h"
#include "shop_worker.h"

#include <stdlib.h>

/*
 * The worker that counts what is bought together. It reads a page of customers at a time, so that no statement and no
 * snapshot is long; an order that changes meanwhile moves the journal's head, and is right at the next count.
 */
#define PAIRING_PAUSE   USEC_PER_SEC
#define PAIRING_PAGE    2000
#define PAIRING_PART    20000 /* pairs of one statement */
#define FEW_ORDERS      20000
#define MANY_PAUSE      (60 * 60 * USEC_PER_SEC)
#define TOOK_SHARE      50 /* of the time that goes by, counting takes at most one part in so many */
#define FAILED_PAUSE    (60 * USEC_PER_SEC)
#define TURN_PATIENCE   (60 * 60 * USEC_PER_SEC)
#define LINE_BYTES      32

/* --- is it due? -------------------------------------------------------------------------------------------------- */

struct due {
    bool is_due;
    int64_t head; /* of the journal: what is counted is at least as new */
};

static enum status find_due(struct session *session, const struct shop *shop, const struct pairing_shop *state,
                            struct due *out, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_PAIRING_DUE, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct due){.is_due = false};
    if (db_rows(rows) == 0)
        return STATUS_OK;
    out->head = db_int8(rows, 0, 0);
    bool is_first = db_is_null(rows, 0, 1);
    usec_t least = session->config->pairs_age_ms * (USEC_PER_SEC / 1000);
    usec_t pause = !is_first && db_int8(rows, 0, 3) > FEW_ORDERS && least < MANY_PAUSE ? MANY_PAUSE : least;
    pause = state->took * TOOK_SHARE > pause ? state->took * TOOK_SHARE : pause;
    usec_t age = is_first ? 0 : clock_now(session->clock) - db_time(rows, 0, 2);
    out->is_due = is_first ? out->head > 0 : db_int8(rows, 0, 1) != out->head && (age < 0 || age >= pause);
    return STATUS_OK;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

struct counting {
    struct baskets products, categories;
    struct basket_count of_products, of_categories;
    struct arena *scratch; /* of a page */
    bool is_full;
};

static int64_t number_at(const char *p)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | (unsigned char)p[i];
    return (int64_t)n;
}

static void add_order(struct counting *c, struct span lines)
{
    size_t n = lines.n / LINE_BYTES;
    int64_t *products = ARENA_ARRAY(c->scratch, int64_t, n);
    int64_t *categories = ARENA_ARRAY(c->scratch, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        products[i] = number_at(lines.p + i * LINE_BYTES);
        categories[i] = number_at(lines.p + i * LINE_BYTES + 8);
    }
    c->is_full = !baskets_add(&c->products, products, n) || !baskets_add(&c->categories, categories, n) || c->is_full;
}

/* The orders of some customers; ${last} becomes the last of these. */
static enum status read_page(struct session *session, const struct shop *shop, struct counting *c, struct uuid *last,
                             bool *has_more, struct error *error)
{
    const struct db_result *rows;
    arena_reset(c->scratch);
    struct db_args *args = db_args(c->scratch, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_uuid(args, last);
    arg_int(args, DB_INT4, PAIRING_PAGE);
    enum status status = db_run(session->db, SQL_PAIRING_CUSTOMERS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    *has_more = n == PAIRING_PAGE;
    if (n == 0)
        return STATUS_OK;
    args = db_args(c->scratch, 1);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < n; i++) {
        *last = db_uuid(rows, (int)i, 0);
        push_uuid(args, last);
    }
    status = db_run(session->db, SQL_PAIRING_ORDERS, args, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++)
        add_order(c, db_span(rows, row, 0));
    return status;
}

static enum status read_orders(struct session *session, const struct shop *shop, struct counting *c, struct error *error)
{
    struct uuid last = {{0}};
    enum status status = STATUS_OK;
    for (bool has_more = true; status == STATUS_OK && has_more && !c->is_full;) {
        status = session_goes_on(session, error);
        if (status == STATUS_OK)
            status = read_page(session, shop, c, &last, &has_more, error);
    }
    return status;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

static void send_note(struct session *session, struct db *db, const struct shop *shop, enum pair_kind kind,
                      const struct basket_count *count, int64_t head, usec_t now)
{
    struct db_args *args = db_args(session->arena, 8);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, kind);
    arg_time(args, now);
    arg_int(args, DB_INT8, head);
    arg_int(args, DB_INT8, count->orders);
    arg_int(args, DB_INT4, count->least);
    arg_int(args, DB_INT8, (int64_t)count->n);
    arg_int(args, DB_INT8, count->cut);
    db_send(db, SQL_PAIRING_NOTE, args);
}

static void send_pairs(struct session *session, struct db *db, const struct shop *shop, enum pair_kind kind,
                       const struct basket_count *count)
{
    for (size_t at = 0; at < count->n; at += PAIRING_PART) {
        const struct basket_pair *pairs = count->pairs + at;
        size_t n = count->n - at < PAIRING_PART ? count->n - at : PAIRING_PART;
        struct db_args *args = db_args(session->arena, 7);
        arg_int(args, DB_INT4, shop->id);
        arg_int(args, DB_INT2, kind);
        EACH(args, DB_INT8, push_int, pairs[i].a);
        EACH(args, DB_INT8, push_int, pairs[i].b);
        EACH(args, DB_INT4, push_int, pairs[i].orders);
        EACH(args, DB_INT4, push_int, pairs[i].a_orders);
        EACH(args, DB_INT4, push_int, pairs[i].b_orders);
        db_send(db, SQL_PAIRING_INSERT, args);
    }
}

static enum status write_pairs(struct session *session, const struct shop *shop, const struct counting *c, int64_t head,
                               usec_t now, struct error *error)
{
    struct db *db;
    enum status status = session_scan(session, &db, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    db_send(db, SQL_BEGIN, NULL);
    send_note(session, db, shop, PAIR_PRODUCTS, &c->of_products, head, now);
    send_note(session, db, shop, PAIR_CATEGORIES, &c->of_categories, head, now);
    db_send(db, SQL_PAIRING_CLEAR, args);
    send_pairs(session, db, shop, PAIR_PRODUCTS, &c->of_products);
    send_pairs(session, db, shop, PAIR_CATEGORIES, &c->of_categories);
    db_send(db, SQL_COMMIT, NULL);
    status = db_sync(db, error);
    if (status != STATUS_OK) {
        struct error first = *error;
        db_rollback(db);
        *error = first;
    }
    return status;
}

static enum status count(struct session *session, const struct shop *shop, struct counting *c, int64_t head,
                         struct error *error)
{
    usec_t now = clock_now(session->clock);
    enum status status = read_orders(session, shop, c, error);
    if (status != STATUS_OK || c->is_full)
        return status;
    baskets_count(&c->products, PAIRS_MOST, &c->of_products);
    baskets_count(&c->categories, PAIRS_MOST, &c->of_categories);
    return write_pairs(session, shop, c, head, now, error);
}

/* --- one shop ---------------------------------------------------------------------------------------------------- */

static void tell_full(const struct shop *shop, struct pairing_shop *state)
{
    if (!state->is_full)
        LOG(LOG_WARN, "the orders of a shop have too many lines to count what is bought together",
            LOG_TEXT("shop", shop->key), LOG_NUMBER("lines", (int64_t)BASKETS_ROOM));
    state->is_full = true;
}

static enum status count_in_turn(struct session *session, const struct shop *shop, struct pairing_shop *state,
                                 int64_t head, struct error *error)
{
    struct span kept;
    struct counting counting = {.scratch = arena_new(1 << 16)};
    struct error ignored;
    struct once turn = {
        .shop = shop, .api_key = span_of(""), .key = span_of("a count of pairs"), .patience = TURN_PATIENCE};
    enum status status = once_begin(session, &turn, &kept, error);
    if (status == STATUS_OK) {
        usec_t begun = clock_monotonic();
        baskets_init(&counting.products);
        baskets_init(&counting.categories);
        status = count(session, shop, &counting, head, error);
        baskets_done(&counting.products);
        baskets_done(&counting.categories);
        state->took = clock_monotonic() - begun;
        if (counting.is_full)
            tell_full(shop, state);
        if (once_forget(session, &turn, &ignored) != STATUS_OK)
            LOG(LOG_INFO, "a turn will end by itself", LOG_TEXT("shop", shop->key));
    }
    arena_free(counting.scratch);
    return status;
}

enum status pairing_step(struct session *session, const struct shop *shop, struct pairing_shop *state,
                         struct error *error)
{
    struct due due;
    if (clock_monotonic() < state->look_at)
        return STATUS_OK;
    enum status status = find_due(session, shop, state, &due, error);
    if (status == STATUS_OK && due.is_due)
        status = count_in_turn(session, shop, state, due.head, error);
    if (status != STATUS_OK || state->is_full)
        state->look_at = clock_monotonic() + FAILED_PAUSE;
    return status == STATUS_CONFLICT ? STATUS_OK : status;
}

/* --- the thread -------------------------------------------------------------------------------------------------- */

static enum status step(struct session *session, const struct shop *shop, void *state, struct error *error)
{
    return pairing_step(session, shop, state, error);
}

void *pairing_main(void *service)
{
    static const struct shop_worker worker = {
        .pause = PAIRING_PAUSE,
        .state_size = sizeof(struct pairing_shop),
        .step = step,
        .trouble = "what is bought together could not be counted and will be tried again",
    };
    shop_worker_run(service, &worker);
    return NULL;
}
