#include "app/metric_view.h"
#include "db/store.h"
#include "range.h"
#include "view.h"

struct asked {
    const struct definitions *definitions;
    int model; /* number; 0: all */
    struct range range;
    usec_t now;
};

static enum status begin(struct session *session, const struct metric_query *query, struct asked *asked,
                         struct error *error)
{
    *asked = (struct asked){.now = clock_now(session->clock)};
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, query->shop, false, &asked->definitions, error);
    if (status == STATUS_OK)
        status = range_read(query->shop, query->from, query->to, asked->now, &asked->range, error);
    if (status == STATUS_OK && query->model.n) {
        const struct model *model = definitions_model(asked->definitions, query->model, asked->now);
        if (model == NULL)
            return error_set(error, STATUS_INVALID_PARAMETER, "", "model: no model in force has this key");
        asked->model = model->number;
    }
    return status;
}

/* The model with this number, if it is in force and asked for. */
static const struct model *model_of(const struct asked *asked, int number)
{
    if (number < 1 || number > asked->definitions->n_models || (asked->model && asked->model != number))
        return NULL;
    const struct model *model = model_at(&asked->definitions->models[number - 1], asked->now);
    return model && !model->is_withdrawn ? model : NULL;
}

/* Time has passed over these and nobody has moved them yet. */
static void take_lag(const struct asked *asked, const struct metric_query *query, const struct db_result *first,
                     struct metric_head *head)
{
    usec_t deadline = db_rows(first) ? db_time(first, 0, 0) : NONE;
    *head = (struct metric_head){.shop = query->shop, .as_of = asked->now};
    if (deadline != NONE && deadline < asked->now)
        head->lag = asked->now - deadline;
}

/* --- stages ---------------------------------------------------------------------------------------------------- */

#define STAGE_NUMBERS 256

/* Customers by model and stage number. */
struct counts {
    int64_t n[MODEL_SLOTS][STAGE_NUMBERS];
};

static void count(struct counts *counts, int model, int stage, int64_t n)
{
    if (model >= 1 && model <= MODEL_SLOTS && stage >= 0 && stage < STAGE_NUMBERS)
        counts->n[model - 1][stage] += n;
}

/* The stages of the present version in their order, then those of older ones in which somebody still stands. */
static void add_rows(struct session *session, const struct asked *asked, const struct counts *counts, int64_t day,
                     struct stage_metrics *out, size_t *capacity)
{
    for (int number = 1; number <= asked->definitions->n_models; number++) {
        const struct model *model = model_of(asked, number);
        for (size_t k = 0; model && k < model->n_stages; k++) {
            out->rows = arena_grow(session->arena, out->rows, out->n, capacity, sizeof(*out->rows));
            out->rows[out->n++] =
                (struct stage_metric){.day = day,
                                      .model = model,
                                      .stage = &model->stages[k],
                                      .customers = counts->n[number - 1][model->stages[k].number]};
        }
        for (int stage = 1; model && stage < STAGE_NUMBERS; stage++) {
            if (counts->n[number - 1][stage] == 0 || model_stage(model, stage))
                continue;
            const struct stage *old = history_stage(&asked->definitions->models[number - 1], stage);
            if (old == NULL)
                continue;
            out->rows = arena_grow(session->arena, out->rows, out->n, capacity, sizeof(*out->rows));
            out->rows[out->n++] = (struct stage_metric){
                .day = day, .model = model, .stage = old, .customers = counts->n[number - 1][stage]};
        }
    }
}

static void count_now(struct session *session, const struct asked *asked, const struct db_result *rows,
                      struct stage_metrics *out)
{
    struct counts *counts = ARENA_NEW(session->arena, struct counts);
    size_t capacity = 0;
    for (int row = 0; row < db_rows(rows); row++)
        count(counts, db_int(rows, row, 0), db_int(rows, row, 1), db_int8(rows, row, 2));
    add_rows(session, asked, counts, NONE, out, &capacity);
}

/* Who has come into a stage and not left it by the end of a day is in it then. */
static void count_days(struct session *session, const struct asked *asked, const struct db_result *rows, int64_t to_day,
                       struct stage_metrics *out)
{
    int64_t from_day = asked->range.from_day;
    size_t n_days = to_day > from_day ? (size_t)(to_day - from_day) : 0;
    size_t n_rows = (size_t)db_rows(rows), capacity = 0;
    struct counts *counts = ARENA_NEW(session->arena, struct counts);
    size_t *order = ARENA_ARRAY(session->arena, size_t, n_rows);
    size_t *first = ARENA_ARRAY(session->arena, size_t, n_days + 2); /* rows by day; day 0 is all before */
    for (size_t i = 0; i < n_rows; i++)
        first[db_int8(rows, (int)i, 1) - (from_day - 1) + 1]++;
    for (size_t d = 1; d < n_days + 2; d++)
        first[d] += first[d - 1];
    size_t *place = arena_copy(session->arena, first, (n_days + 2) * sizeof(*first));
    for (size_t i = 0; i < n_rows; i++)
        order[place[db_int8(rows, (int)i, 1) - (from_day - 1)]++] = i;
    for (size_t d = 0; d <= n_days; d++) {
        for (size_t i = first[d]; i < first[d + 1]; i++) {
            int row = (int)order[i], model = db_int(rows, row, 0);
            int64_t n = db_int8(rows, row, 4);
            count(counts, model, db_int(rows, row, 2), -n);
            count(counts, model, db_int(rows, row, 3), n);
        }
        if (d > 0)
            add_rows(session, asked, counts, from_day + (int64_t)d - 1, out, &capacity);
    }
}

enum status stages_count(struct session *session, const struct metric_query *query, struct stage_metrics *out,
                         struct error *error)
{
    struct asked asked;
    struct db *db = session->db;
    enum status status = begin(session, query, &asked, error);
    if (status != STATUS_OK)
        return status;
    int64_t today = calendar_day(query->shop->calendar, asked.now), to_day = asked.range.to_day;
    if (to_day > today + 1)
        to_day = today + 1;
    if (to_day < asked.range.from_day)
        to_day = asked.range.from_day;
    struct db_args *args = db_args(session->arena, 4);
    size_t rows;
    arg_int(args, DB_INT4, query->shop->id);
    if (asked.range.is_given) {
        arg_int(args, DB_INT2, asked.model);
        arg_int(args, DB_INT4, asked.range.from_day);
        arg_int(args, DB_INT4, to_day);
        rows = db_send(db, SQL_READ_TALLY_DAYS, args);
    } else {
        arg_int(args, DB_INT2, TALLY_STAGE);
        rows = db_send(db, SQL_READ_TALLY_NOW, args);
    }
    size_t first = db_send(db, SQL_SWEEP_FIRST, NULL);
    status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct stage_metrics){.n = 0};
    take_lag(&asked, query, db_result(db, first), &out->head);
    if (asked.range.is_given)
        count_days(session, &asked, db_result(db, rows), to_day, out);
    else
        count_now(session, &asked, db_result(db, rows), out);
    return STATUS_OK;
}

/* --- transitions ------------------------------------------------------------------------------------------------ */

static void take_moves(struct session *session, const struct asked *asked, const struct db_result *rows,
                       struct transition_metrics *out)
{
    out->rows = ARENA_ARRAY(session->arena, struct transition_metric, (size_t)db_rows(rows));
    for (int row = 0; row < db_rows(rows); row++) {
        const struct model *model = model_of(asked, db_int(rows, row, 0));
        if (model == NULL)
            continue;
        const struct model_history *history = &asked->definitions->models[model->number - 1];
        out->rows[out->n++] = (struct transition_metric){.model = model,
                                                         .from = history_stage(history, db_int(rows, row, 1)),
                                                         .to = history_stage(history, db_int(rows, row, 2)),
                                                         .customers = db_int8(rows, row, 3)};
    }
}

/* All time, as days that the table can hold. */
#define FIRST_DAY (-1000000)
#define LAST_DAY 4000000

static enum status by_days(struct session *session, const struct metric_query *query, const struct asked *asked,
                           struct transition_metrics *out, struct error *error)
{
    struct db *db = session->db;
    struct db_args *args = db_args(session->arena, 4);
    arg_int(args, DB_INT4, query->shop->id);
    arg_int(args, DB_INT2, asked->model);
    arg_int(args, DB_INT4, asked->range.is_given ? asked->range.from_day : FIRST_DAY);
    arg_int(args, DB_INT4, asked->range.is_given ? asked->range.to_day : LAST_DAY);
    size_t rows = db_send(db, SQL_READ_TALLY_MOVES, args);
    size_t first = db_send(db, SQL_SWEEP_FIRST, NULL);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    take_lag(asked, query, db_result(db, first), &out->head);
    take_moves(session, asked, db_result(db, rows), out);
    return STATUS_OK;
}

static enum status by_instants(struct session *session, const struct metric_query *query, const struct asked *asked,
                               struct transition_metrics *out, struct error *error)
{
    struct db *db;
    enum status status = session_scan(session, &db, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = db_args(session->arena, 4);
    arg_int(args, DB_INT4, query->shop->id);
    arg_int(args, DB_INT2, asked->model);
    arg_time(args, asked->range.from);
    arg_time(args, asked->range.to);
    size_t rows = db_send(db, SQL_READ_MOVES, args);
    size_t first = db_send(db, SQL_SWEEP_FIRST, NULL);
    status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    take_lag(asked, query, db_result(db, first), &out->head);
    take_moves(session, asked, db_result(db, rows), out);
    return STATUS_OK;
}

enum status transitions_count(struct session *session, const struct metric_query *query, struct transition_metrics *out,
                              struct error *error)
{
    struct asked asked;
    enum status status = begin(session, query, &asked, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct transition_metrics){.n = 0};
    return asked.range.is_given && !asked.range.is_exact ? by_instants(session, query, &asked, out, error)
                                                         : by_days(session, query, &asked, out, error);
}
