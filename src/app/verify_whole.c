#include "app/publish.h"
#include "verify_private.h"

#include <inttypes.h>
#include <stdlib.h>

/* What is not of one customer: tallies, claims, the feed. */

#define MERGE_AT 65536

static const struct uuid nobody;

static int compare_tallies(const void *a, const void *b)
{
    return tally_compare(a, b);
}

static void merge(struct verify *v)
{
    size_t kept = 0;
    if (v->n_tallies > 1)
        qsort(v->tallies, v->n_tallies, sizeof(*v->tallies), compare_tallies);
    for (size_t i = 0; i < v->n_tallies;) {
        struct tally sum = v->tallies[i];
        for (i++; i < v->n_tallies && tally_compare(&v->tallies[i], &sum) == 0; i++)
            sum.n += v->tallies[i].n;
        v->tallies[kept++] = sum;
    }
    v->n_tallies = kept;
}

static void add(struct verify *v, const struct tally *tally)
{
    if (v->n_tallies == v->tallies_capacity) {
        merge(v);
        if (v->n_tallies + MERGE_AT > v->tallies_capacity) {
            v->tallies_capacity = v->n_tallies * 2 + MERGE_AT;
            v->tallies = realloc(v->tallies, v->tallies_capacity * sizeof(*v->tallies));
            if (v->tallies == NULL)
                abort();
        }
    }
    v->tallies[v->n_tallies++] = *tally;
}

void verify_add_tallies(struct verify *v, const struct expected *e)
{
    struct tally t = {.shop_id = e->shop->id, .n = 1};
    for (int i = 0; i < MODEL_SLOTS; i++) {
        if (e->state.standing[i].stage == 0)
            continue;
        t.kind = TALLY_STAGE;
        t.number = i + 1;
        t.to = e->state.standing[i].stage;
        add(v, &t);
    }
    t.to = 0;
    for (int segment = 1; segment <= e->definitions->n_segments; segment++) {
        if (!state_is_member(&e->state, segment))
            continue;
        t.kind = TALLY_SEGMENT;
        t.number = segment;
        add(v, &t);
    }
    for (size_t i = 0; i < e->effects.n_transitions; i++) {
        const struct transition *move = &e->effects.transitions[i];
        t = (struct tally){.shop_id = e->shop->id,
                           .kind = TALLY_TRANSITION,
                           .number = move->model,
                           .day = calendar_day(e->shop->calendar, move->at),
                           .from = move->from,
                           .to = move->to,
                           .n = 1};
        add(v, &t);
    }
}

/* The differences as contributions: sums commute, so that live commits may go on meanwhile. */
static enum status restate(struct verify *v, struct tally *differences, size_t n, struct error *error)
{
    for (size_t i = 0; i < n; i += 1024) {
        size_t page = n - i < 1024 ? n - i : 1024;
        enum status status = db_run(v->session->db, SQL_TALLY_ADD, tally_args(v->arena, differences + i, page), NULL, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status verify_tallies(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    if (v->report->pending)
        return STATUS_OK;
    enum status status = db_run(v->db, SQL_VERIFY_TALLIES, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < db_rows(rows); row++)
        add(v, &(struct tally){.shop_id = db_int(rows, row, 0),
                               .kind = (enum tally_kind)db_int(rows, row, 2),
                               .number = db_int(rows, row, 3),
                               .day = db_int8(rows, row, 4),
                               .from = db_int(rows, row, 5),
                               .to = db_int(rows, row, 6),
                               .n = -db_int8(rows, row, 7)});
    status = db_run(v->db, SQL_VERIFY_REMAINDERS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < db_rows(rows); row++)
        add(v, &(struct tally){.shop_id = db_int(rows, row, 0),
                               .kind = (enum tally_kind)db_int(rows, row, 1),
                               .number = db_int(rows, row, 2),
                               .day = db_int8(rows, row, 3),
                               .from = db_int(rows, row, 4),
                               .to = db_int(rows, row, 5),
                               .n = db_int8(rows, row, 6)});
    merge(v);
    size_t n = 0;
    for (size_t i = 0; i < v->n_tallies; i++) {
        const struct tally *t = &v->tallies[i];
        if (t->n == 0)
            continue;
        if (!v->tallies_differ)
            verify_found(v, "tally", "n", &nobody,
                         arena_printf(v->arena,
                                      "shop %d kind %d number %d day %" PRId64 " %d -> %d: the ledger implies %+" PRId64,
                                      t->shop_id, (int)t->kind, t->number, t->day, t->from, t->to, t->n));
        v->tallies[n++] = *t;
    }
    if (v->tallies_differ && n)
        return restate(v, v->tallies, n, error);
    return STATUS_OK;
}

enum status verify_claims(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, SQL_VERIFY_CLAIM_ORPHANS, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid customer = db_uuid(rows, row, 1);
        verify_found(v, "order_claim", "order_key", &customer, "the customer has no such order");
        v->stray_claims =
            verify_more(v->stray_claims, v->n_stray_claims, &v->stray_claims_capacity, sizeof(*v->stray_claims));
        v->stray_claims[v->n_stray_claims++] = db_uuid(rows, row, 0);
    }
    return status;
}

static enum status each_change(struct verify *v, enum sql_id sql, const char *column, const char *detail,
                               struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, sql, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid customer = db_uuid(rows, row, 2);
        verify_found(v, "change", column, &customer,
                     arena_printf(v->arena, "number %" PRId64 ": %s", db_int8(rows, row, 1), detail));
    }
    return status;
}

enum status verify_feed(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, SQL_VERIFY_FEED_HEADS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < db_rows(rows); row++) {
        int64_t head = db_int8(rows, row, 1), oldest = db_int8(rows, row, 2);
        int64_t n = db_int8(rows, row, 3), last = db_int8(rows, row, 4);
        if (n != last - oldest + 1 || db_int8(rows, row, 5) != oldest)
            verify_found(v, "change", "seq", &nobody, "the numbers have a gap");
        if (head != last)
            verify_found(v, "feed_head", "head", &nobody,
                         arena_printf(v->arena, "stored %" PRId64 ", the last change is %" PRId64, head, last));
    }
    status = db_run(v->db, SQL_VERIFY_FEED_SHOPS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < db_rows(rows); row++)
        verify_found(v, "change", "shop_id", &nobody, "there is no feed of this shop");
    status = each_change(v, SQL_VERIFY_CHANGES, "row", "it says what no transition says", error);
    if (status == STATUS_OK)
        status = each_change(v, SQL_VERIFY_MOVED, "before_at", "nothing was there before", error);
    if (status != STATUS_OK)
        return status;
    status = db_run(v->db, SQL_VERIFY_ANNOUNCED, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid customer = db_uuid(rows, row, 1);
        verify_found(v, "change", "type", &customer, "entries and exits of a segment do not add up");
    }
    return status;
}
