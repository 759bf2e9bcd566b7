#include "tally_read.h"

#include "db/each.h"
#include "db/store.h"
#include "view.h"

#include <stdlib.h>

/* How much of the journal a reader goes through; what lies behind is not in what it tells. */
#define ENTRIES_MOST 2048
#define BYTES_MOST   (4 << 20)

/* Of a row of tally_read: after the columns of a row of tally. */
enum { COLUMN_SEQ = 11, COLUMN_RECORDED_AT, COLUMN_SUMS };

struct ranges {
    const struct tally_range *ranges;
    size_t n;
    uint32_t cubes; /* of them */
};

static bool is_wanted(const void *context, struct tally_key *key)
{
    const struct ranges *all = context;
    for (size_t i = 0; i < all->n; i++) {
        const struct tally_range *r = &all->ranges[i];
        if (r->cube != key->cube || key->day < r->from || key->day >= r->to || (r->has_a && r->a != key->a))
            continue;
        key->day = r->sums_days ? r->from : key->day;
        return true;
    }
    return false;
}

static struct db_args *read_args(struct arena *arena, const struct shop *shop, const struct tally_range *ranges, size_t n)
{
    struct db_args *args = db_args(arena, 8);
    arg_int(args, DB_INT4, shop->id);
    EACH(args, DB_INT2, push_int, ranges[i].cube);
    EACH(args, DB_INT4, push_int, ranges[i].from);
    EACH(args, DB_INT4, push_int, ranges[i].to);
    EACH(args, DB_INT8, push_int, ranges[i].has_a ? ranges[i].a : NONE);
    EACH(args, DB_BOOL, push_bool, ranges[i].sums_days);
    arg_int(args, DB_INT4, ENTRIES_MOST);
    arg_int(args, DB_INT8, BYTES_MOST);
    return args;
}

/* Where the journal stands: its head, and the last of the entries that were read. */
struct journal {
    int64_t head;
    int64_t last;
    usec_t last_at;
};

static enum status take_row(const struct shop *shop, const struct ranges *ranges, const struct db_result *rows, int row,
                            struct tallies *out, struct journal *journal, struct error *error)
{
    struct tally tally;
    if (db_is_null(rows, row, COLUMN_SEQ)) {
        tally_read(rows, row, shop->id, &tally);
        tallies_add(out, &tally, 1, 1);
        return STATUS_OK;
    }
    int64_t seq = db_int8(rows, row, COLUMN_SEQ);
    if (db_is_null(rows, row, COLUMN_SUMS)) {
        journal->head = seq;
        return STATUS_OK;
    }
    if (seq > journal->last) {
        journal->last = seq;
        journal->last_at = db_time(rows, row, COLUMN_RECORDED_AT);
    }
    if (!tallies_decode_some(shop->id, db_span(rows, row, COLUMN_SUMS), out, 1, ranges->cubes, is_wanted,
                             ranges))
        return error_set(error, STATUS_INTERNAL, "", "an entry of the journal of tallies cannot be read");
    return STATUS_OK;
}

static enum status read_head(struct session *session, const struct shop *shop, struct tally_state *state,
                             struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_TALLY_HEAD, args, &rows, error);
    if (status == STATUS_OK)
        *state = (struct tally_state){.head = db_rows(rows) ? db_int8(rows, 0, 0) : 0, .behind = NONE};
    return status;
}

enum status tallies_read(struct session *session, const struct shop *shop, const struct tally_range *ranges, size_t n,
                         struct tallies *out, struct tally_state *state, struct error *error)
{
    struct ranges all = {.ranges = ranges, .n = n};
    struct journal journal = {.last_at = NONE};
    const struct db_result *rows;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    tallies_init(out, session->arena);
    for (size_t i = 0; i < n; i++)
        all.cubes |= CUBE_BIT(ranges[i].cube);
    if (n == 0)
        return read_head(session, shop, state, error);
    status = db_run(session->db, SQL_TALLY_READ, read_args(session->arena, shop, ranges, n), &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++)
        status = take_row(shop, &all, rows, row, out, &journal, error);
    if (status != STATUS_OK)
        return status;
    tallies_sort(out);
    bool is_behind = journal.last && journal.last < journal.head;
    *state = (struct tally_state){.head = is_behind ? journal.last : journal.head,
                                  .behind = is_behind ? journal.last_at : NONE};
    return STATUS_OK;
}

/* --- texts ------------------------------------------------------------------------------------------------------ */

static int compare_hashes(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum status terms_read(struct session *session, const struct shop *shop, const int64_t *hashes, size_t n,
                       struct term *out, struct error *error)
{
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    int64_t *sorted = ARENA_ARRAY(session->arena, int64_t, n);
    struct term *terms = ARENA_ARRAY(session->arena, struct term, n);
    size_t n_asked = n, n_distinct = 0;
    for (size_t i = 0; i < n_asked; i++) {
        sorted[i] = hashes[i];
        terms[i] = (struct term){0};
    }
    if (n_asked > 1)
        qsort(sorted, n_asked, sizeof(*sorted), compare_hashes);
    for (size_t i = 0; i < n_asked; i++)
        if (sorted[i] && (n_distinct == 0 || sorted[i] != sorted[n_distinct - 1]))
            sorted[n_distinct++] = sorted[i];
    memset(out, 0, n_asked * sizeof(*out));
    if (n_distinct == 0)
        return STATUS_OK;
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    n = n_distinct;
    EACH(args, DB_INT8, push_int, sorted[i]);
    status = db_run(session->db, SQL_TERM_READ, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < db_rows(rows); row++) {
        int64_t hash = db_int8(rows, row, 0);
        const int64_t *at = bsearch(&hash, sorted, n_distinct, sizeof(*sorted), compare_hashes);
        terms[at - sorted] = (struct term){.hash = (uint64_t)hash,
                                           .text = arena_span(session->arena, db_span(rows, row, 1)),
                                           .label = arena_span(session->arena, db_span(rows, row, 2))};
    }
    for (size_t i = 0; i < n_asked; i++) {
        const int64_t *at = hashes[i] ? bsearch(&hashes[i], sorted, n_distinct, sizeof(*sorted), compare_hashes) : NULL;
        if (at)
            out[i] = terms[at - sorted];
    }
    return STATUS_OK;
}
