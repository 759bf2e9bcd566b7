#include "core/money.h"
#include "db/db.h"
#include "metric_job.h"
#include "view.h"

/* Coupon hunters: customers nearly all of whose orders carry a coupon. Of the rows of all customers, not of tallies. */

#define ROWS_DEFAULT    100
#define ROWS_MOST       1000
#define SHARE_DIGITS    6 /* a share is kept in millionths, so that 11 of 20 are 0.55 */
#define SHARE_ONE       1000000
#define SHARE_USUAL     800000
#define ORDERS_USUAL    3

struct hunt {
    int64_t orders, share, channels, limit;
    struct list_id list;
    bool has_place;
    struct cursor place;
};

static enum status read_share(const struct metric_job *job, int64_t *out, struct error *error)
{
    struct span text = metric_parameter(job, "share");
    struct decimal share;
    *out = SHARE_USUAL;
    if (text.n == 0)
        return STATUS_OK;
    if (!decimal_parse(text, &share) || !money_from_decimal(share, SHARE_DIGITS, out) || *out <= 0 || *out > SHARE_ONE)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "share is a number above 0 and at most 1, such as 0.8");
    return STATUS_OK;
}

static enum status read_hunt(const struct metric_job *job, struct hunt *out, struct error *error)
{
    enum status status = read_share(job, &out->share, error);
    if (status == STATUS_OK)
        status = metric_parameter_int(job, "orders", 1, 1000000, ORDERS_USUAL, &out->orders, error);
    if (status == STATUS_OK)
        status = metric_parameter_int(job, "channels", 0, 1000, 0, &out->channels, error);
    if (status == STATUS_OK)
        status = metric_parameter_int(job, "limit", 1, ROWS_MOST, ROWS_DEFAULT, &out->limit, error);
    if (status != STATUS_OK)
        return status;
    list_add(&out->list, span_of("coupon hunters"));
    list_add_number(&out->list, job->shop->id);
    list_add_number(&out->list, out->orders);
    list_add_number(&out->list, out->share);
    list_add_number(&out->list, out->channels);
    return cursor_take(job->arena, metric_parameter(job, "cursor"), &out->list, &out->has_place, &out->place, error);
}

static struct db_args *args_of(const struct metric_job *job, const struct hunt *hunt)
{
    struct db_args *args = db_args(job->arena, 7);
    arg_int(args, DB_INT4, job->shop->id);
    arg_int(args, DB_INT4, hunt->orders);
    arg_int(args, DB_INT8, hunt->share);
    arg_int(args, DB_INT4, hunt->channels);
    return args;
}

static enum status put_row(struct metric_table *table, const struct db_result *rows, int row, struct error *error)
{
    cell_text(table, "id", db_span(rows, row, 0));
    cell_int(table, "orders", db_int8(rows, row, 1));
    cell_int(table, "coupon_orders", db_int8(rows, row, 2));
    cell_rate(table, "share", db_int8(rows, row, 2), db_int8(rows, row, 1));
    cell_money(table, "discounts", db_int8(rows, row, 3));
    cell_money(table, "revenue", db_int8(rows, row, 4));
    cell_int(table, "channels", db_int8(rows, row, 5));
    cell_int(table, "coupons_applied", db_int8(rows, row, 6));
    cell_time(table, "first_order_at", db_time(rows, row, 7));
    cell_time(table, "last_order_at", db_time(rows, row, 8));
    return metric_row_end(table, error);
}

static struct span next_of(const struct metric_job *job, const struct hunt *hunt, const struct db_result *rows)
{
    int last = (int)hunt->limit - 1;
    if (db_rows(rows) <= (int)hunt->limit)
        return (struct span){NULL, 0};
    struct cursor cursor = {.list = hunt->list.hash, .number = db_int8(rows, last, 3), .key = db_uuid(rows, last, 9)};
    return cursor_encode(job->arena, &cursor);
}

enum status evaluate_coupon_hunters(struct metric_job *job, struct error *error)
{
    struct hunt hunt = {.has_place = false};
    struct db *db;
    enum status status = read_hunt(job, &hunt, error);
    if (status == STATUS_OK)
        status = session_scan(job->session, &db, error);
    if (status != STATUS_OK)
        return status;
    size_t counted = db_send(db, SQL_COUPON_HUNTERS_TOTAL, args_of(job, &hunt));
    struct db_args *args = args_of(job, &hunt);
    arg_int(args, DB_INT8, hunt.has_place ? hunt.place.number : NONE);
    arg_uuid(args, &hunt.place.key);
    arg_int(args, DB_INT4, hunt.limit + 1);
    size_t found = db_send(db, SQL_COUPON_HUNTERS, args);
    status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(db, found);
    struct span next = next_of(job, &hunt, rows);
    metric_columns(job, 0);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows) && row < (int)hunt.limit; row++)
        status = put_row(job->table, rows, row, error);
    metric_member_next(job->table, next);
    metric_member_total(job->table, db_int8(db_result(db, counted), 0, 0), next.n > 0);
    return status;
}
