#include "app/pairs.h"
#include "db/db.h"
#include "db/each.h"

enum status pair_count_read(struct session *session, const struct shop *shop, enum pair_kind kind,
                            struct pair_count *out, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, kind);
    enum status status = db_run(session->db, SQL_PAIR_COUNT, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct pair_count){.counted_at = NONE, .least = 2};
    if (db_rows(rows))
        *out = (struct pair_count){.counted_at = db_time(rows, 0, 0),
                                   .orders = db_int8(rows, 0, 1),
                                   .least = db_int(rows, 0, 2),
                                   .cut = db_int8(rows, 0, 3),
                                   .is_current = db_bool(rows, 0, 4)};
    return STATUS_OK;
}

static void take_pairs(struct session *session, const struct db_result *rows, struct basket_pair **out, size_t *n)
{
    *n = (size_t)db_rows(rows);
    *out = ARENA_ARRAY(session->arena, struct basket_pair, *n);
    for (int row = 0; row < (int)*n; row++)
        (*out)[row] = (struct basket_pair){.a = db_int8(rows, row, 0),
                                           .b = db_int8(rows, row, 1),
                                           .orders = db_int8(rows, row, 2),
                                           .a_orders = db_int8(rows, row, 3),
                                           .b_orders = db_int8(rows, row, 4)};
}

static struct db_args *args_of(struct session *session, const struct pair_query *query)
{
    struct db_args *args = db_args(session->arena, 6);
    arg_int(args, DB_INT4, query->shop->id);
    arg_int(args, DB_INT2, query->kind);
    return args;
}

static enum status read_of_one(struct session *session, const struct pair_query *query, struct basket_pair **out,
                               size_t *n, int64_t *total, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = args_of(session, query);
    arg_int(args, DB_INT8, query->of);
    arg_int(args, DB_INT4, query->least);
    arg_int(args, DB_INT4, (int64_t)query->limit);
    arg_bool(args, query->sort == PAIRS_BY_LIFT);
    enum status status = db_run(session->db, SQL_PAIRS_OF, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    take_pairs(session, rows, out, n);
    *total = *n ? db_int8(rows, 0, 5) : 0;
    return STATUS_OK;
}

enum status pairs_read(struct session *session, const struct pair_query *query, struct basket_pair **out, size_t *n,
                       int64_t *total, struct error *error)
{
    if (query->of)
        return read_of_one(session, query, out, n, total, error);
    struct db_args *args = args_of(session, query);
    arg_int(args, DB_INT4, query->least);
    size_t counted = db_send(session->db, SQL_PAIRS_TOTAL, args);
    args = args_of(session, query);
    arg_int(args, DB_INT4, query->least);
    arg_int(args, DB_INT4, (int64_t)query->limit);
    if (query->sort != PAIRS_BY_ORDERS)
        arg_bool(args, query->sort == PAIRS_BY_LIFT);
    size_t read =
        db_send(session->db, query->sort == PAIRS_BY_ORDERS ? SQL_PAIRS_BY_ORDERS : SQL_PAIRS_BY_STRENGTH, args);
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *totals = db_result(session->db, counted);
    *total = db_rows(totals) ? db_int8(totals, 0, 0) : 0;
    take_pairs(session, db_result(session->db, read), out, n);
    return STATUS_OK;
}

enum status pairs_of_some(struct session *session, const struct shop *shop, enum pair_kind kind, const int64_t *items,
                          size_t n, size_t most, struct basket_pair **out, size_t *n_out, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 4);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, kind);
    EACH(args, DB_INT8, push_int, items[i]);
    arg_int(args, DB_INT4, (int64_t)most);
    enum status status = db_run(session->db, SQL_PAIRS_OF_SOME, args, &rows, error);
    if (status == STATUS_OK)
        take_pairs(session, rows, out, n_out);
    return status;
}
