#include "app/rfm_view.h"
#include "core/money.h"
#include "db/db.h"
#include "range.h"
#include "view.h"

/* --- what is asked for ---------------------------------------------------------------------------------------- */

struct asked {
    const struct shop *shop;
    const struct rfm *rfm; /* when there are no bounds yet, some that nobody reads the scores of */
    bool is_past;          /* the state at ${out}->as_of is not that of the customers' rows */
};

static enum status read_query(const struct rfm_query *query, usec_t now, struct asked *asked, struct rfm_metrics *out,
                              struct error *error)
{
    struct range range;
    enum status status = range_read(query->shop, query->from, query->to, now, &range, error);
    if (status != STATUS_OK)
        return status;
    out->has_movement = range.is_given && out->rfm != NULL;
    out->from = range.from;
    out->to = range.to;
    out->as_of = now;
    asked->is_past = query->at.n != 0;
    if (asked->is_past && (!instant_read(query->shop, query->at, &out->as_of) || out->as_of > now))
        return error_set(error, STATUS_INVALID_PARAMETER, "", "at is a date or an RFC 3339 time with a zone that has come");
    return STATUS_OK;
}

/* --- thresholds ------------------------------------------------------------------------------------------------ */

/* Fewer whole days than a bound have passed by ${at} when the last order is no older than this midnight. */
static void arg_recency(struct db_args *args, const struct asked *asked, usec_t at)
{
    const struct calendar *calendar = asked->shop->calendar;
    int64_t today = calendar_day(calendar, at), first = day_from_date(1, 1, 2);
    arg_array(args, DB_TIME, RFM_BOUNDS);
    for (int i = 0; i < RFM_BOUNDS; i++) {
        int64_t day = today - asked->rfm->recency[i] + 1;
        push_time(args, calendar_midnight(calendar, day > first ? day : first));
    }
}

static void arg_orders_and_revenue(struct db_args *args, const struct asked *asked)
{
    arg_array(args, DB_INT8, RFM_BOUNDS);
    for (int i = 0; i < RFM_BOUNDS; i++)
        push_int(args, (int64_t)asked->rfm->frequency[i] + 1);
    arg_array(args, DB_INT8, RFM_BOUNDS);
    for (int i = 0; i < RFM_BOUNDS; i++)
        push_int(args, asked->rfm->monetary[i] + 1);
}

static struct db_args *thresholds(struct session *session, const struct asked *asked, usec_t at)
{
    struct db_args *args = db_args(session->arena, 7);
    arg_int(args, DB_INT4, asked->shop->id);
    arg_recency(args, asked, at);
    arg_orders_and_revenue(args, asked);
    return args;
}

/* --- sums ------------------------------------------------------------------------------------------------------ */

static void add(struct rfm_count *count, int64_t customers, int64_t revenue)
{
    count->customers += customers;
    count->revenue = money_add(count->revenue, revenue);
}

/* The segment of the scores, each less 1, that stand in three columns; null: ${none}. */
static int take_segment(const struct db_result *rows, int row, int column, int none)
{
    if (db_is_null(rows, row, column))
        return none;
    return (int)rfm_segment_of(db_int(rows, row, column) + 1, db_int(rows, row, column + 1) + 1,
                               db_int(rows, row, column + 2) + 1);
}

static void take_counts(const struct db_result *rows, struct rfm_metrics *out)
{
    for (int row = 0; row < db_rows(rows); row++) {
        int64_t customers = db_int8(rows, row, 3), revenue = db_int8(rows, row, 4);
        add(&out->all, customers, revenue);
        add(&out->grid[db_int(rows, row, 0)][db_int(rows, row, 1)], customers, revenue);
        add(&out->segments[take_segment(rows, row, 0, 0)], customers, revenue);
    }
}

static void take_moves(const struct db_result *rows, struct rfm_metrics *out)
{
    for (int row = 0; row < db_rows(rows); row++)
        out->moves[take_segment(rows, row, 0, RFM_SEGMENTS)][take_segment(rows, row, 3, 0)] += db_int8(rows, row, 6);
}

static enum status count(struct session *session, const struct asked *asked, usec_t now, struct rfm_metrics *out,
                         struct error *error)
{
    struct db *db;
    enum status status = session_scan(session, &db, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = thresholds(session, asked, out->as_of);
    if (asked->is_past)
        arg_time(args, out->as_of);
    size_t counts = db_send(db, asked->is_past ? SQL_RFM_AT : SQL_RFM_NOW, args), moves = 0;
    if (out->has_movement) {
        usec_t from = out->from < now ? out->from : now, to = out->to < now ? out->to : now;
        args = thresholds(session, asked, to);
        arg_recency(args, asked, from);
        arg_time(args, from);
        arg_time(args, to);
        moves = db_send(db, SQL_RFM_MOVES, args);
    }
    status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    take_counts(db_result(db, counts), out);
    if (out->has_movement)
        take_moves(db_result(db, moves), out);
    return STATUS_OK;
}

enum status rfm_count(struct session *session, const struct rfm_query *query, struct rfm_metrics *out, struct error *error)
{
    static const struct rfm no_bounds = {.as_of = NONE};
    const struct definitions *definitions;
    struct asked asked = {.shop = query->shop};
    usec_t now = clock_now(session->clock);
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, query->shop, false, &definitions, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct rfm_metrics){.shop = query->shop, .rfm = rfm_at(definitions, now)};
    asked.rfm = out->rfm ? out->rfm : &no_bounds;
    status = read_query(query, now, &asked, out, error);
    return status == STATUS_OK ? count(session, &asked, now, out, error) : status;
}
