#include "app/score.h"
#include "db/db.h"
#include "score_private.h"

#include <stdlib.h>

/* --- the orders ------------------------------------------------------------------------------------------------ */

struct log_reader {
    struct purchase_log *log;
    const struct calendar *calendar;
    struct uuid customer;
    bool has_begun;
};

static bool take_order(void *context, const struct db_result *result, int row)
{
    struct log_reader *reader = context;
    struct uuid customer = db_uuid(result, row, 0);
    if (!reader->has_begun || uuid_compare(&customer, &reader->customer) != 0) {
        purchase_log_begin(reader->log);
        reader->customer = customer;
        reader->has_begun = true;
    }
    purchase_log_add(reader->log, (int32_t)calendar_day_begun(reader->calendar, db_time(result, row, 1)),
                     db_int8(result, row, 2));
    return true;
}

static enum status stream(struct session *session, const struct shop *shop, enum sql_id sql, db_row_fn row, void *context,
                          struct error *error)
{
    struct db *db;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = session_scan(session, &db, error);
    return status == STATUS_OK ? db_stream(db, sql_statements[sql].text, args, row, context, error) : status;
}

enum status score_read_log(struct session *session, const struct shop *shop, struct purchase_log *log,
                           struct error *error)
{
    struct log_reader reader = {.log = log, .calendar = shop->calendar};
    purchase_log_init(log);
    return stream(session, shop, SQL_SCORE_ORDERS, take_order, &reader, error);
}

/* --- what bounds are taken of ---------------------------------------------------------------------------------- */

struct values {
    const struct calendar *calendar;
    int64_t today;
    int64_t *of[3]; /* days since the last order, orders, revenue */
    size_t n, capacity;
};

static bool take_values(void *context, const struct db_result *result, int row)
{
    struct values *v = context;
    if (v->n == v->capacity) {
        v->capacity = v->capacity ? 2 * v->capacity : 1024;
        for (int i = 0; i < 3; i++) {
            v->of[i] = realloc(v->of[i], v->capacity * sizeof(**v->of));
            if (v->of[i] == NULL)
                abort();
        }
    }
    int64_t days = v->today - calendar_day_begun(v->calendar, db_time(result, row, 0));
    v->of[0][v->n] = days > 0 ? days : 0;
    v->of[1][v->n] = db_int8(result, row, 1);
    v->of[2][v->n++] = db_int8(result, row, 2);
    return true;
}

static int compare_up(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_down(const void *a, const void *b)
{
    return compare_up(b, a);
}

static void take_bounds(struct values *v, struct rfm *out)
{
    int64_t bounds[3][RFM_BOUNDS];
    for (int i = 0; i < 3; i++) {
        qsort(v->of[i], v->n, sizeof(**v->of), i == 0 ? compare_down : compare_up);
        rfm_bounds(v->of[i], v->n, bounds[i]);
    }
    *out = (struct rfm){.customers = (int64_t)v->n, .as_of = v->today};
    for (int i = 0; i < RFM_BOUNDS; i++) {
        out->recency[i] = (int32_t)bounds[0][i];
        out->frequency[i] = (int32_t)bounds[1][i];
        out->monetary[i] = bounds[2][i];
    }
}

enum status score_read_bounds(struct session *session, const struct shop *shop, struct rfm *out, struct error *error)
{
    struct values v = {.calendar = shop->calendar,
                       .today = calendar_day_begun(shop->calendar, clock_now(session->clock))};
    *out = (struct rfm){.customers = 0};
    enum status status = stream(session, shop, SQL_SCORE_RECENCY, take_values, &v, error);
    if (status == STATUS_OK && v.n >= RFM_CUSTOMERS_MIN)
        take_bounds(&v, out);
    for (int i = 0; i < 3; i++)
        free(v.of[i]);
    return status;
}

enum status score_read_counts(struct session *session, const struct shop *shop, struct score_counts *out,
                              struct error *error)
{
    struct db *db;
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = session_scan(session, &db, error);
    if (status == STATUS_OK)
        status = db_run(db, SQL_SCORE_COUNTS, args, &rows, error);
    if (status == STATUS_OK)
        *out = (struct score_counts){.customers = db_int8(rows, 0, 0), .purchase_days = db_int8(rows, 0, 1)};
    return status;
}
