#include "db/store.h"
#include "metric_stage.h"

#include <stdlib.h>

/* The metrics transitions and flows: who moves from where to where. */

/* A pair of bins of one model between which somebody moved. */
struct pair {
    const struct bins *bins;
    size_t from, to;
    int64_t *customers; /* by period */
};

struct pairs {
    struct arena *arena;
    size_t n_periods;
    struct pair *rows;
    size_t n, capacity;
};

static int compare(const struct pair *a, const struct pair *b)
{
    int c = (a->bins > b->bins) - (a->bins < b->bins); /* of one array, in order of models */
    c = c ? c : (a->from > b->from) - (a->from < b->from);
    return c ? c : (a->to > b->to) - (a->to < b->to);
}

static int compare_pairs(const void *a, const void *b)
{
    return compare(a, b);
}

/* The pair is found from the end: moves of one day and the next are mostly between the same stages. */
static void add(struct pairs *pairs, const struct models *models, const struct tally *move, size_t period)
{
    const struct bins *bins = models_bins(models, move->key.a);
    if (bins == NULL)
        return;
    struct pair pair = {.bins = bins, .from = bins_of(bins, move->key.b), .to = bins_of(bins, move->key.c)};
    if (pair.from == pair.to)
        return;
    size_t at = pairs->n;
    while (at && compare(&pairs->rows[at - 1], &pair) != 0)
        at--;
    if (at == 0) {
        pairs->rows = arena_grow(pairs->arena, pairs->rows, pairs->n, &pairs->capacity, sizeof(pair));
        pair.customers = ARENA_ARRAY(pairs->arena, int64_t, pairs->n_periods);
        pairs->rows[pairs->n++] = pair;
        at = pairs->n;
    }
    pairs->rows[at - 1].customers[period] += move->n[0];
}

static void sort(struct pairs *pairs)
{
    if (pairs->n)
        qsort(pairs->rows, pairs->n, sizeof(*pairs->rows), compare_pairs);
}

static void put_pair(struct metric_table *table, const struct pair *pair, size_t period)
{
    cell_text(table, "model", span_of(pair->bins->model->key));
    cell_bin_key(table, "from", pair->bins, pair->from);
    cell_bin_key(table, "to", pair->bins, pair->to);
    cell_bin_role(table, "from_role", pair->bins, pair->from);
    cell_bin_role(table, "to_role", pair->bins, pair->to);
    cell_int(table, "customers", pair->customers[period]);
}

/* --- transitions
 * ---------------------------------------------------------------------------------------------------- */

/* Moves of days, which the tallies have. */
static enum status read_days(struct metric_job *job, int64_t from, int64_t to, const struct models *models, struct pairs *pairs,
                             struct error *error)
{
    struct tallies tallies;
    struct tally_range range = metric_model_range(job, CUBE_MOVES, from, to);
    range.sums_days = true;
    enum status status = metric_read(job, &range, 1, &tallies, error);
    for (size_t i = 0; i < tallies.n && status == STATUS_OK; i++)
        add(pairs, models, &tallies.rows[i], 0);
    return status;
}

/* Moves from one instant to another, within days: from the transitions themselves. */
static enum status read_instants(struct metric_job *job, usec_t from, usec_t to, const struct models *models,
                                 struct pairs *pairs, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(job->arena, 4);
    if (from >= to)
        return STATUS_OK;
    arg_int(args, DB_INT4, job->shop->id);
    arg_int(args, DB_INT2, job->model ? job->model->number : 0);
    arg_time(args, from);
    arg_time(args, to);
    enum status status = db_run(job->session->db, SQL_READ_MOVES, args, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct tally move = {.key = {.a = db_int(rows, row, 0), .b = db_int(rows, row, 1), .c = db_int(rows, row, 2)},
                             .n = {db_int8(rows, row, 3)}};
        add(pairs, models, &move, 0);
    }
    return status;
}

/* The days that lie wholly in the range, and what is left at its ends. */
static enum status read_moves(struct metric_job *job, const struct models *models, struct pairs *pairs, struct error *error)
{
    const struct calendar *calendar = job->shop->calendar;
    int64_t first = job->from_day, end = job->to_day;
    if (!job->is_all && calendar_midnight(calendar, first) < job->from)
        first++;
    if (calendar_midnight(calendar, end) > job->to)
        end--;
    if (first >= end && !job->is_exact)
        return read_instants(job, job->from, job->to, models, pairs, error);
    /* the sums first: an answer may hold more than its basis says, and not less */
    enum status status = read_days(job, first, end, models, pairs, error);
    if (status == STATUS_OK && !job->is_exact)
        status = read_instants(job, job->from, calendar_midnight(calendar, first), models, pairs, error);
    if (status == STATUS_OK && !job->is_exact)
        status = read_instants(job, calendar_midnight(calendar, end), job->to, models, pairs, error);
    return status;
}

/* Of all that leave the stage that ${pair} leaves. */
static int64_t leaving(const struct pairs *pairs, const struct pair *pair)
{
    int64_t sum = 0;
    for (size_t i = 0; i < pairs->n; i++)
        if (pairs->rows[i].bins == pair->bins && pairs->rows[i].from == pair->from)
            sum += pairs->rows[i].customers[0];
    return sum;
}

enum status evaluate_transitions(struct metric_job *job, struct error *error)
{
    struct models models;
    struct pairs pairs = {.arena = job->arena, .n_periods = 1};
    job->groups &= ~(unsigned)BY_MODEL;
    models_begin(job, LEVEL_STAGE, &models);
    job->groups &= ~(unsigned)BY_STAGE;
    metric_columns(job, 0);
    enum status status = read_moves(job, &models, &pairs, error);
    sort(&pairs);
    for (size_t i = 0; i < pairs.n && status == STATUS_OK; i++) {
        if (pairs.rows[i].customers[0] == 0)
            continue;
        put_pair(job->table, &pairs.rows[i], 0);
        cell_rate(job->table, "share", pairs.rows[i].customers[0], leaving(&pairs, &pairs.rows[i]));
        status = metric_row_end(job->table, error);
    }
    return status;
}

/* --- flows
 * ------------------------------------------------------------------------------------------------------------
 */

static enum status put_flows(struct metric_job *job, const struct pairs *pairs, struct error *error)
{
    for (size_t period = 0; period < pairs->n_periods; period++) {
        for (size_t i = 0; i < pairs->n; i++) {
            metric_row_period(job, period);
            put_pair(job->table, &pairs->rows[i], period);
            enum status status = metric_row_end(job->table, error);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

enum status evaluate_flows(struct metric_job *job, struct error *error)
{
    struct models models;
    struct tallies tallies;
    struct pairs pairs = {.arena = job->arena, .n_periods = metric_periods(job)};
    models_begin(job, LEVEL_STAGE, &models);
    job->groups &= ~(unsigned)(BY_STAGE | BY_ROLE);
    metric_columns(job, models.level == LEVEL_STAGE ? PART_STAGE : 0);
    struct tally_range range = metric_model_range(job, CUBE_MOVES, job->from_day, job->to_day);
    range.sums_days = job->interval == INTERVAL_TOTAL;
    enum status status = metric_read(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tallies.n; i++)
        add(&pairs, &models, &tallies.rows[i], metric_period_of(job, tallies.rows[i].key.day));
    sort(&pairs);
    return put_flows(job, &pairs, error);
}
