#include "app/metric_view.h"
#include "db/store.h"
#include "range.h"
#include "tally_read.h"
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

/* All time, as days that the table can hold. */
#define FIRST_DAY (-1000000)
#define LAST_DAY 4000000

/* Of the model that is asked for, or of all. */
static struct tally_range range_of(const struct asked *asked, enum cube cube, int64_t from, int64_t to, bool sums_days)
{
    return (struct tally_range){
        .cube = cube, .from = from, .to = to, .has_a = asked->model != 0, .a = asked->model, .sums_days = sums_days};
}

/* What came before ${from} as one day, and each day from there up to but without ${to}. */
static size_t days_of(const struct asked *asked, int64_t from, int64_t to, struct tally_range out[2])
{
    out[0] = range_of(asked, CUBE_MOVES, FIRST_DAY, from, true);
    out[1] = range_of(asked, CUBE_MOVES, from, to, false);
    return 2;
}

/* Time has passed over these and nobody has moved them yet; or the journal is longer than was read. */
static void take_lag(const struct asked *asked, const struct metric_query *query, const struct db_result *first,
                     usec_t behind, struct metric_head *head)
{
    usec_t deadline = db_rows(first) ? db_time(first, 0, 0) : NONE;
    *head = (struct metric_head){.shop = query->shop, .as_of = asked->now};
    if (behind != NONE && (deadline == NONE || behind < deadline))
        deadline = behind;
    if (deadline != NONE && deadline < asked->now)
        head->lag = asked->now - deadline;
}

static enum status read_tallies(struct session *session, const struct metric_query *query, const struct asked *asked,
                                const struct tally_range *ranges, size_t n, struct tallies *out,
                                struct metric_head *head, struct error *error)
{
    struct tally_state state;
    size_t first = db_send(session->db, SQL_SWEEP_FIRST, NULL);
    enum status status = tallies_read(session, query->shop, ranges, n, out, &state, error);
    if (status == STATUS_OK)
        take_lag(asked, query, db_result(session->db, first), state.behind, head);
    return status;
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

static enum status count_now(struct session *session, const struct metric_query *query, const struct asked *asked,
                             struct stage_metrics *out, struct error *error)
{
    struct tallies tallies;
    struct tally_range range = range_of(asked, CUBE_STANDING, 0, 1, false);
    struct counts *counts = ARENA_NEW(session->arena, struct counts);
    size_t capacity = 0;
    enum status status = read_tallies(session, query, asked, &range, 1, &tallies, &out->head, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tallies.n; i++)
        count(counts, (int)tallies.rows[i].key.a, (int)tallies.rows[i].key.b, tallies.rows[i].n[0]);
    add_rows(session, asked, counts, NONE, out, &capacity);
    return STATUS_OK;
}

/* Who has come into a stage and not left it by the end of a day is in it then. */
static enum status count_days(struct session *session, const struct metric_query *query, const struct asked *asked,
                              struct stage_metrics *out, struct error *error)
{
    struct tallies tallies;
    struct tally_range ranges[2];
    int64_t from = asked->range.from_day, to = calendar_day(query->shop->calendar, asked->now) + 1;
    if (to > asked->range.to_day)
        to = asked->range.to_day;
    size_t n = days_of(asked, from, to, ranges), capacity = 0;
    struct counts *counts = ARENA_NEW(session->arena, struct counts);
    enum status status = read_tallies(session, query, asked, ranges, n, &tallies, &out->head, error);
    if (status != STATUS_OK)
        return status;
    const struct tally *row = tallies.rows, *end = row + tallies.n; /* by day: first all that came before */
    for (int64_t day = from; day < to; day++) {
        for (; row < end && row->key.day <= day; row++) {
            count(counts, (int)row->key.a, (int)row->key.b, -row->n[0]);
            count(counts, (int)row->key.a, (int)row->key.c, row->n[0]);
        }
        add_rows(session, asked, counts, day, out, &capacity);
    }
    return STATUS_OK;
}

enum status stages_count(struct session *session, const struct metric_query *query, struct stage_metrics *out,
                         struct error *error)
{
    struct asked asked;
    enum status status = begin(session, query, &asked, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct stage_metrics){.n = 0};
    return asked.range.is_given ? count_days(session, query, &asked, out, error)
                                : count_now(session, query, &asked, out, error);
}

/* --- transitions ------------------------------------------------------------------------------------------------ */

static void add_moves(struct session *session, const struct asked *asked, int number, int from, int to, int64_t n,
                      struct transition_metrics *out, size_t *capacity)
{
    const struct model *model = model_of(asked, number);
    if (model == NULL)
        return;
    const struct model_history *history = &asked->definitions->models[model->number - 1];
    out->rows = arena_grow(session->arena, out->rows, out->n, capacity, sizeof(*out->rows));
    out->rows[out->n++] = (struct transition_metric){.model = model,
                                                     .from = history_stage(history, from),
                                                     .to = history_stage(history, to),
                                                     .customers = n};
}

static enum status by_days(struct session *session, const struct metric_query *query, const struct asked *asked,
                           struct transition_metrics *out, struct error *error)
{
    struct tallies tallies;
    size_t capacity = 0;
    struct tally_range range =
        range_of(asked, CUBE_MOVES, asked->range.is_given ? asked->range.from_day : FIRST_DAY,
                 asked->range.is_given ? asked->range.to_day : LAST_DAY, true);
    enum status status = read_tallies(session, query, asked, &range, 1, &tallies, &out->head, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tallies.n; i++) {
        const struct tally *row = &tallies.rows[i];
        add_moves(session, asked, (int)row->key.a, (int)row->key.b, (int)row->key.c, row->n[0], out, &capacity);
    }
    return STATUS_OK;
}

static enum status by_instants(struct session *session, const struct metric_query *query, const struct asked *asked,
                               struct transition_metrics *out, struct error *error)
{
    struct db *db;
    size_t capacity = 0;
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
    take_lag(asked, query, db_result(db, first), NONE, &out->head);
    const struct db_result *moves = db_result(db, rows);
    for (int row = 0; row < db_rows(moves); row++)
        add_moves(session, asked, db_int(moves, row, 0), db_int(moves, row, 1), db_int(moves, row, 2),
                  db_int8(moves, row, 3), out, &capacity);
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
