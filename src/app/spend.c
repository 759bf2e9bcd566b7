#include "app/spend.h"

#include "db/each.h"
#include "db/store.h"
#include "range.h"
#include "tally_read.h"
#include "view.h"

#include <endian.h>
#include <stdlib.h>

#define DAYS 30 /* of a list that names no range */

/* --- saving ------------------------------------------------------------------------------------------------------ */

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_rows(const void *a, const void *b)
{
    const struct spend *x = a, *y = b;
    int c = compare(x->day, y->day);
    c = c ? c : compare((int64_t)x->channel.hash, (int64_t)y->channel.hash);
    return c ? c : compare((int64_t)x->campaign.hash, (int64_t)y->campaign.hash);
}

static int compare_terms(const void *a, const void *b)
{
    const struct shop_term *x = a, *y = b;
    return compare((int64_t)x->term.hash, (int64_t)y->term.hash);
}

static void send_terms(struct session *session, const struct shop *shop, const struct spend *rows, size_t n)
{
    struct shop_term *terms = ARENA_ARRAY(session->arena, struct shop_term, 2 * n);
    size_t n_terms = 0, n_distinct = 0;
    for (size_t i = 0; i < n; i++) {
        const struct term *both[] = {&rows[i].channel, &rows[i].campaign};
        for (size_t k = 0; k < COUNT_OF(both); k++)
            if (both[k]->hash)
                terms[n_terms++] = (struct shop_term){.shop_id = shop->id, .term = *both[k]};
    }
    if (n_terms > 1)
        qsort(terms, n_terms, sizeof(*terms), compare_terms);
    for (size_t i = 0; i < n_terms; i++)
        if (n_distinct == 0 || terms[i].term.hash != terms[n_distinct - 1].term.hash)
            terms[n_distinct++] = terms[i];
    if (n_distinct)
        db_send(session->db, SQL_TERM_INSERT, term_args(session->arena, terms, n_distinct));
}

enum status spend_save(struct session *session, const struct shop *shop, struct spend *rows, size_t n,
                       struct error *error)
{
    usec_t now = clock_now(session->clock);
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    if (n > 1)
        qsort(rows, n, sizeof(*rows), compare_rows);
    struct db_args *args = db_args(session->arena, 8);
    arg_int(args, DB_INT4, shop->id);
    EACH(args, DB_INT4, push_int, rows[i].day);
    EACH(args, DB_INT8, push_int, (int64_t)rows[i].channel.hash);
    EACH(args, DB_INT8, push_int, (int64_t)rows[i].campaign.hash);
    EACH(args, DB_INT8, push_int, rows[i].amount);
    EACH(args, DB_INT8, push_int, rows[i].impressions);
    EACH(args, DB_INT8, push_int, rows[i].clicks);
    arg_time(args, now);
    db_send(session->db, SQL_BEGIN, NULL);
    send_terms(session, shop, rows, n);
    db_send(session->db, SQL_SPEND_UPSERT, args);
    tally_raise(session->db, session->arena, shop->id, now);
    db_send(session->db, SQL_COMMIT, NULL);
    status = db_sync(session->db, error);
    if (status != STATUS_OK)
        db_rollback(session->db);
    return status;
}

/* --- listing ----------------------------------------------------------------------------------------------------- */

/* The key of a row behind its day, as the key of a cursor. */
static struct uuid key_of(const struct spend *row)
{
    struct uuid key;
    uint64_t parts[] = {htobe64(row->channel.hash), htobe64(row->campaign.hash)};
    memcpy(key.b, parts, sizeof(key.b));
    return key;
}

static struct db_args *list_args(struct arena *arena, const struct spend_query *query, const struct range *range,
                                 const struct cursor *place)
{
    struct db_args *args = db_args(arena, 7);
    uint64_t parts[2] = {0, 0};
    if (place)
        memcpy(parts, place->key.b, sizeof(parts));
    arg_int(args, DB_INT4, query->shop->id);
    arg_int(args, DB_INT4, range->from_day);
    arg_int(args, DB_INT4, range->to_day);
    arg_int(args, DB_INT4, place ? place->number : NONE);
    arg_int(args, DB_INT8, (int64_t)be64toh(parts[0]));
    arg_int(args, DB_INT8, (int64_t)be64toh(parts[1]));
    arg_int(args, DB_INT4, (int64_t)query->limit + 1);
    return args;
}

static enum status read_range(const struct spend_query *query, usec_t now, struct range *out, struct error *error)
{
    const struct calendar *calendar = query->shop->calendar;
    enum status status = range_read(query->shop, query->from, query->to, now, out, error);
    if (status != STATUS_OK)
        return status;
    if (!out->is_given) {
        out->to_day = calendar_day(calendar, now) + 2; /* tomorrow's may be told already */
        out->from_day = out->to_day - 1 - DAYS;
    } else if (!out->is_exact) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "from and to are dates, or instants at which a day of the shop begins");
    }
    return STATUS_OK;
}

static enum status take_rows(struct session *session, const struct shop *shop, const struct db_result *rows,
                             struct spend_page *out, struct error *error)
{
    int64_t *hashes = ARENA_ARRAY(session->arena, int64_t, 2 * out->n);
    struct term *terms = ARENA_ARRAY(session->arena, struct term, 2 * out->n);
    out->rows = ARENA_ARRAY(session->arena, struct spend, out->n);
    for (size_t i = 0; i < out->n; i++) {
        int row = (int)i;
        hashes[2 * i] = db_int8(rows, row, 1);
        hashes[2 * i + 1] = db_int8(rows, row, 2);
        out->rows[i] = (struct spend){.day = db_int8(rows, row, 0),
                                      .amount = db_int8(rows, row, 3),
                                      .impressions = db_int8(rows, row, 4),
                                      .clicks = db_int8(rows, row, 5),
                                      .recorded_at = db_time(rows, row, 6)};
    }
    enum status status = terms_read(session, shop, hashes, 2 * out->n, terms, error);
    for (size_t i = 0; status == STATUS_OK && i < out->n; i++) {
        out->rows[i].channel = terms[2 * i];
        out->rows[i].campaign = terms[2 * i + 1];
    }
    return status;
}

enum status spend_list(struct session *session, const struct spend_query *query, struct spend_page *out,
                       struct error *error)
{
    const struct db_result *rows;
    struct list_id list = {0};
    struct cursor place;
    struct range range;
    bool has_place;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = read_range(query, clock_now(session->clock), &range, error);
    list_add(&list, span_of("spend"));
    list_add_number(&list, query->shop->id);
    list_add(&list, query->from);
    list_add(&list, query->to);
    if (status == STATUS_OK)
        status = cursor_take(session->arena, query->cursor, &list, &has_place, &place, error);
    if (status == STATUS_OK)
        status = db_run(session->db, SQL_SPEND_ROWS, list_args(session->arena, query, &range, has_place ? &place : NULL),
                        &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    *out = (struct spend_page){.n = n < query->limit ? n : query->limit};
    status = take_rows(session, query->shop, rows, out, error);
    if (status == STATUS_OK && n > query->limit) {
        const struct spend *last = &out->rows[out->n - 1];
        struct cursor next = {.list = list.hash, .number = last->day, .key = key_of(last)};
        out->next = cursor_encode(session->arena, &next);
    }
    return status;
}
