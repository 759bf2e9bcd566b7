#include "core/contribution.h"
#include "registry.h"
#include "verify_private.h"

#include <inttypes.h>

/*
 * The sums that metrics read: what is stored (tally, and what the journal has yet to add to it) is what all ledgers
 * contribute and what the erased have left behind. Every sum is in v->tallies as what the ledger implies less what is
 * stored; a repair adds that as an entry of the journal: sums commute, so that live commits may go on meanwhile.
 */

static const struct uuid nobody;

void verify_add_tallies(struct verify *v, const struct expected *e)
{
    struct contributor by = {.shop = e->shop, .tallies = &v->tallies, .times = 1};
    contribute_standing(&by, e->state.standing, e->state.segments, e->state.a.revenue_gross - e->state.a.revenue_refunded);
    for (size_t i = 0; i < e->effects.n_transitions; i++)
        contribute_move(&by, &e->effects.transitions[i]);
    contribute_stays(&by, NULL, e->effects.transitions, e->effects.n_transitions);
    if (e->state.a.events_count)
        contribute_ledger(v->arena, &by, e->events, e->n_events);
}

/* Of another shop than the one that is asked for, or of one whose customers were not all looked at. */
static bool is_left_out(const struct verify *v, int shop_id)
{
    return (v->options->shop && v->options->shop->id != shop_id) || verify_is_pending(v, shop_id);
}

/* --- what is stored --------------------------------------------------------------------------------------------- */

enum { COLUMN_SHOP = 11, COLUMN_TIMES };

/* A row that no version of this program has written. */
static void take_strange(struct verify *v, const struct tally *tally)
{
    struct db_args *args = db_args(v->arena, 2);
    arg_int(args, DB_INT4, tally->key.shop_id);
    arg_int(args, DB_INT2, tally->key.cube);
    if (v->tallies_differ)
        db_send(v->session->db, SQL_TALLY_FORGET_CUBE, args);
    else
        verify_found(v, "tally", "cube", &nobody,
                     arena_printf(v->arena, "shop %d: there is no cube %d", tally->key.shop_id, (int)tally->key.cube));
}

static bool take_sums(void *context, const struct db_result *rows, int row)
{
    struct verify *v = context;
    struct tally tally;
    tally_read(rows, row, db_int(rows, row, COLUMN_SHOP), &tally);
    if (is_left_out(v, tally.key.shop_id))
        return true;
    if (cube_name((int)tally.key.cube))
        tallies_add(&v->tallies, &tally, 1, -db_int8(rows, row, COLUMN_TIMES));
    else
        take_strange(v, &tally);
    return true;
}

static void drop_entry(struct verify *v, int shop_id, int64_t seq)
{
    struct db_args *args = db_args(v->arena, 2);
    arg_int(args, DB_INT4, shop_id);
    arg_int(args, DB_INT8, seq);
    db_send(v->session->db, SQL_TALLY_ENTRY_DELETE, args);
}

static bool take_entry(void *context, const struct db_result *rows, int row)
{
    struct verify *v = context;
    struct tallies sums;
    int shop_id = db_int(rows, row, 0);
    if (is_left_out(v, shop_id))
        return true;
    arena_reset(v->scratch);
    tallies_init(&sums, v->scratch);
    if (tallies_decode(shop_id, db_span(rows, row, 2), &sums, 1)) {
        tallies_add(&v->tallies, sums.rows, sums.n, -1);
    } else if (v->tallies_differ) {
        drop_entry(v, shop_id, db_int8(rows, row, 1));
    } else {
        verify_found(v, "tally_entry", "sums", &nobody,
                     arena_printf(v->arena, "shop %d, entry %" PRId64 ": it cannot be read", shop_id, db_int8(rows, row, 1)));
    }
    return true;
}

/* --- the journal's numbers -------------------------------------------------------------------------------------- */

/* What is stored of the numbers of a shop's journal, and what that makes of them. */
struct numbers {
    int shop_id;
    bool has_head, has_turn;
    int64_t head, done;
    int64_t n, first, last; /* entries behind ${done} */
    int64_t n_old;          /* and others */
    int fold_version;       /* of the sums */
};

static struct numbers numbers_of(const struct db_result *rows, int row)
{
    struct numbers j = {.shop_id = db_int(rows, row, 0),
                        .has_head = !db_is_null(rows, row, 1),
                        .has_turn = !db_is_null(rows, row, 2),
                        .n = db_int8(rows, row, 3),
                        .n_old = db_int8(rows, row, 4)};
    j.head = j.has_head ? db_int8(rows, row, 1) : 0;
    j.done = j.has_turn ? db_int8(rows, row, 2) : 0;
    j.fold_version = j.has_head ? db_int(rows, row, 7) : FOLD_VERSION;
    j.first = j.n ? db_int8(rows, row, 5) : j.done + 1;
    j.last = j.n ? db_int8(rows, row, 6) : j.done;
    return j;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A journal that goes on behind all of its numbers; its next entry lies behind what was added up. */
static void mend_journal(struct verify *v, const struct numbers *j)
{
    struct db *db = v->session->db;
    struct db_args *head = db_args(v->arena, 2), *done = db_args(v->arena, 2);
    arg_int(head, DB_INT4, j->shop_id);
    arg_int(head, DB_INT8, larger(j->head, larger(j->done, j->last)));
    db_send(db, SQL_TALLY_MEND_HEAD, head);
    arg_int(done, DB_INT4, j->shop_id);
    arg_int(done, DB_INT8, larger(j->done, j->first - 1));
    db_send(db, SQL_TALLY_MEND_TURN, done);
    db_send(db, SQL_TALLY_ENTRIES_DELETE, done);
    tally_raise(db, v->arena, j->shop_id, v->now);
}

static void check_version(struct verify *v, const struct numbers *j)
{
    if (j->fold_version == FOLD_VERSION || v->tallies_differ)
        return;
    verify_found(v, "tally_head", "fold_version", &nobody,
                 arena_printf(v->arena, "shop %d: the sums are of version %d, this is version %d", j->shop_id,
                              j->fold_version, FOLD_VERSION));
}

static void check_journal(struct verify *v, const struct numbers *j)
{
    bool has_gap = j->n && j->n != j->last - j->first + 1;
    if (j->has_head && j->has_turn && j->head == j->last && j->first == j->done + 1 && !j->n_old && !has_gap)
        return;
    if (v->tallies_differ) {
        mend_journal(v, j);
        return;
    }
    const char *shop = arena_printf(v->arena, "shop %d", j->shop_id);
    if (!j->has_head)
        verify_found(v, "tally_head", "row", &nobody, shop);
    else if (j->head != j->last)
        verify_found(v, "tally_head", "head", &nobody,
                     arena_printf(v->arena, "%s: stored %" PRId64 ", the last entry is %" PRId64, shop, j->head, j->last));
    if (!j->has_turn)
        verify_found(v, "tally_turn", "row", &nobody, shop);
    else if (j->first != j->done + 1)
        verify_found(v, "tally_turn", "done", &nobody,
                     arena_printf(v->arena, "%s: stored %" PRId64 ", the first entry is %" PRId64, shop, j->done, j->first));
    if (j->n_old)
        verify_found(v, "tally_turn", "done", &nobody,
                     arena_printf(v->arena, "%s: there are entries up to this number", shop));
    if (has_gap)
        verify_found(v, "tally_entry", "seq", &nobody, arena_printf(v->arena, "%s: the numbers have a gap", shop));
}

static void forget_shop(struct verify *v, int shop_id)
{
    struct db_args *args = db_args(v->arena, 1);
    arg_int(args, DB_INT4, shop_id);
    db_send(v->session->db, SQL_TALLY_FORGET_HEAD, args);
    db_send(v->session->db, SQL_TALLY_FORGET_TURN, args);
    db_send(v->session->db, SQL_TALLY_FORGET_ENTRIES, args);
    db_send(v->session->db, SQL_TALLY_FORGET_SUMS, args);
}

static enum status check_journals(struct verify *v, struct error *error)
{
    static const char *const tables[] = {"", "tally_head", "tally_turn", "tally_entry"};
    const struct db_result *rows;
    enum status status = db_run(v->db, SQL_VERIFY_TALLY_HEADS, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct numbers numbers = numbers_of(rows, row);
        if (v->options->shop && v->options->shop->id != numbers.shop_id)
            continue;
        check_version(v, &numbers);
        check_journal(v, &numbers);
    }
    if (status == STATUS_OK && v->options->shop)
        return STATUS_OK;
    if (status == STATUS_OK)
        status = db_run(v->db, SQL_VERIFY_TALLY_SHOPS, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        if (v->tallies_differ)
            forget_shop(v, db_int(rows, row, 1));
        else
            verify_found(v, tables[db_int(rows, row, 0)], "shop_id", &nobody, "there is no such shop");
    }
    return status;
}

/* --- what differs ----------------------------------------------------------------------------------------------- */

static void found(struct verify *v, const struct tally *t)
{
    for (int k = 0; k < TALLY_SUMS; k++)
        if (t->n[k]) {
            verify_found(v, "tally", arena_printf(v->arena, "s%d", k + 1), &nobody,
                         arena_printf(v->arena,
                                      "shop %d, %s, day %" PRId64 ", %" PRId64 " %" PRId64 " %" PRId64
                                      ": the ledger implies %+" PRId64,
                                      t->key.shop_id, cube_name((int)t->key.cube), t->key.day, t->key.a, t->key.b, t->key.c,
                                      t->n[k]));
            return;
        }
}

/* All customers of the shop were folded by this version, and all that they contribute is in the sums. */
static void settle(struct verify *v, const struct shop *shop)
{
    struct db_args *args = db_args(v->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT4, FOLD_VERSION);
    db_send(v->session->db, SQL_VERIFY_SETTLE_TALLIES, args);
}

static enum status restate(struct verify *v, struct error *error)
{
    const struct shop *shop;
    const struct tally *rows = v->tallies.rows;
    for (size_t i = 0, n; i < v->tallies.n; i += n) {
        for (n = 1; i + n < v->tallies.n && rows[i + n].key.shop_id == rows[i].key.shop_id; n++)
            ;
        if (registry_shop(v->session->registry, rows[i].key.shop_id))
            tally_append(v->session->db, v->arena, rows[i].key.shop_id, &rows[i], n, v->now);
        else
            forget_shop(v, rows[i].key.shop_id);
    }
    for (size_t i = 0; (shop = session_shop_at(v->session, i)) != NULL; i++)
        if (!is_left_out(v, shop->id))
            settle(v, shop);
    return db_sync(v->session->db, error);
}

/* What customers contribute whose shop is found to be left out at the end only. */
static void drop_left_out(struct verify *v)
{
    for (size_t i = 0; i < v->tallies.n; i++)
        if (is_left_out(v, v->tallies.rows[i].key.shop_id))
            memset(v->tallies.rows[i].n, 0, sizeof(v->tallies.rows[i].n)); /* dropped when they are sorted */
}

enum status verify_tallies(struct verify *v, struct error *error)
{
    enum status status = check_journals(v, error);
    if (status == STATUS_OK)
        status = db_stream(v->db, sql_statements[SQL_VERIFY_TALLIES].text, NULL, take_sums, v, error);
    if (status == STATUS_OK)
        status = db_stream(v->db, sql_statements[SQL_VERIFY_TALLY_ENTRIES].text, NULL, take_entry, v, error);
    if (status != STATUS_OK)
        return status;
    drop_left_out(v);
    tallies_sort(&v->tallies);
    if (v->tallies_differ)
        return restate(v, error);
    for (size_t i = 0; i < v->tallies.n; i++)
        found(v, &v->tallies.rows[i]);
    return STATUS_OK;
}

enum status verify_owed(struct db *db, int64_t *n_shops, struct error *error)
{
    const struct db_result *rows;
    struct arena *arena = arena_new(1 << 10);
    struct db_args *args = db_args(arena, 1);
    arg_int(args, DB_INT4, FOLD_VERSION);
    enum status status = db_run(db, SQL_VERIFY_OWED, args, &rows, error);
    if (status == STATUS_OK)
        *n_shops = db_int8(rows, 0, 0);
    arena_free(arena);
    return status;
}
