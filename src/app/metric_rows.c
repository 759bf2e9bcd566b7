#include "metric_job.h"

#include <stdlib.h>

/* Periods, columns and sums: from tallies to rows. */

/* --- periods ----------------------------------------------------------------------------------------------------- */

size_t metric_periods(const struct metric_job *job)
{
    if (job->interval == INTERVAL_TOTAL)
        return 1;
    return (size_t)period_between(job->grain, job->from_day, job->to_day - 1) + 1;
}

int64_t metric_period_day(const struct metric_job *job, size_t n)
{
    return job->interval == INTERVAL_TOTAL ? job->from_day : period_add(job->grain, job->from_day, (int64_t)n);
}

size_t metric_period_of(const struct metric_job *job, int64_t day)
{
    return job->interval == INTERVAL_TOTAL ? 0 : (size_t)period_between(job->grain, job->from_day, day);
}

bool metric_period_is_complete(const struct metric_job *job, size_t n)
{
    if (job->interval == INTERVAL_TOTAL)
        return job->to_day <= job->today;
    int64_t begin = metric_period_day(job, n), end = period_add(job->grain, begin, 1);
    return begin >= job->from_day && end <= job->to_day && end <= job->today;
}

/* --- columns ----------------------------------------------------------------------------------------------------- */

void metric_columns_own(struct metric_job *job, unsigned parts)
{
    const struct metric_info *info = job->metric;
    for (size_t i = 0; i < info->n_columns; i++)
        if (info->columns[i].parts == 0 || info->columns[i].parts & parts)
            metric_table_column(job->table, info->columns[i].name, info->columns[i].type);
}

void metric_columns_groups(struct metric_job *job)
{
    for (int i = 0; i < METRIC_DIMENSIONS; i++) {
        enum metric_type type = i == BY_COHORT_AT ? CELL_DATE : i == BY_DAYS_AT ? CELL_INT : CELL_TEXT;
        if (job->groups >> i & 1)
            metric_table_column(job->table, metric_dimension_name((enum metric_dimension)i), type);
    }
}

void metric_columns(struct metric_job *job, unsigned parts)
{
    if (job->interval != INTERVAL_TOTAL) {
        metric_table_column(job->table, "time", CELL_TIME);
        metric_table_column(job->table, job->interval == INTERVAL_DAY ? "day" : "period", CELL_DATE);
        metric_table_column(job->table, "complete", CELL_BOOL);
    }
    metric_columns_groups(job);
    metric_columns_own(job, parts);
}

enum status metric_rows_check(size_t n, struct error *error)
{
    if (n <= METRIC_ROWS_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_TOO_MANY_GROUPS, "",
                     "the answer would have %zu rows, more than %d: ask for a shorter range, a longer interval or fewer "
                     "dimensions in group_by",
                     n, METRIC_ROWS_MAX);
}

void metric_row_day(struct metric_job *job, const char *name, int64_t day)
{
    cell_time(job->table, "time", calendar_midnight(job->shop->calendar, day));
    cell_date(job->table, name, day);
}

void metric_row_period(struct metric_job *job, size_t n)
{
    if (job->interval == INTERVAL_TOTAL)
        return;
    metric_row_day(job, job->interval == INTERVAL_DAY ? "day" : "period", metric_period_day(job, n));
    cell_bool(job->table, "complete", metric_period_is_complete(job, n));
}

void metric_row_sum(struct metric_job *job, const struct metric_sum *sum)
{
    static const enum metric_dimension texts[] = {BY_CHANNEL_AT,  BY_CAMPAIGN_AT, BY_COUNTRY_AT,
                                                  BY_CATEGORY_AT, BY_PRODUCT_AT,  BY_REASON_AT};
    const struct span *values[] = {&sum->x_text, &sum->y_text};
    size_t n = 0;
    if (!(job->groups & BY_COHORT))
        metric_row_period(job, (size_t)sum->period);
    for (size_t i = 0; i < COUNT_OF(texts) && n < COUNT_OF(values); i++)
        if (job->groups >> texts[i] & 1)
            cell_text(job->table, metric_dimension_name(texts[i]), *values[n++]);
}

/* --- sums -------------------------------------------------------------------------------------------------------- */

void metric_sums_init(struct metric_sums *sums, struct arena *arena)
{
    *sums = (struct metric_sums){.arena = arena};
}

static uint64_t hash_key(int64_t period, int64_t x, int64_t y)
{
    uint64_t h = (uint64_t)period * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ (uint64_t)x) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 29 ^ (uint64_t)y) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

static size_t place_of(const struct metric_sums *sums, int64_t period, int64_t x, int64_t y)
{
    size_t at = hash_key(period, x, y) & (sums->n_places - 1);
    while (sums->places[at]) {
        const struct metric_sum *row = &sums->rows[sums->places[at] - 1];
        if (row->period == period && row->x == x && row->y == y)
            break;
        at = (at + 1) & (sums->n_places - 1);
    }
    return at;
}

static void grow(struct metric_sums *sums)
{
    sums->n_places = sums->n_places ? 2 * sums->n_places : 256;
    sums->places = ARENA_ARRAY(sums->arena, uint32_t, sums->n_places);
    for (size_t i = 0; i < sums->n; i++)
        sums->places[place_of(sums, sums->rows[i].period, sums->rows[i].x, sums->rows[i].y)] = (uint32_t)i + 1;
}

int64_t *metric_sums_at(struct metric_sums *sums, int64_t period, int64_t x, int64_t y)
{
    if (2 * sums->n >= sums->n_places)
        grow(sums);
    size_t at = place_of(sums, period, x, y);
    if (sums->places[at] == 0) {
        sums->rows = arena_grow(sums->arena, sums->rows, sums->n, &sums->capacity, sizeof(*sums->rows));
        sums->rows[sums->n++] = (struct metric_sum){.period = period, .x = x, .y = y};
        sums->places[at] = (uint32_t)sums->n;
    }
    return sums->rows[sums->places[at] - 1].n;
}

int64_t *metric_sums_source(const struct metric_job *job, struct metric_sums *sums, int64_t period, int64_t channel,
                            int64_t campaign)
{
    int64_t x = job->groups & BY_CHANNEL ? channel : 0, y = job->groups & BY_CAMPAIGN ? campaign : 0;
    return job->groups & BY_CHANNEL ? metric_sums_at(sums, period, x, y) : metric_sums_at(sums, period, y, 0);
}

/* --- the rows of an answer ---------------------------------------------------------------------------------------- */

/* None comes last. */
static int compare_texts(struct span a, struct span b)
{
    if (a.p == NULL || b.p == NULL)
        return (a.p == NULL) - (b.p == NULL);
    return span_compare(a, b);
}

static int compare_groups(const void *a, const void *b)
{
    const struct metric_sum *x = a, *y = b;
    int c = compare_texts(x->x_text, y->x_text);
    c = c ? c : (x->x > y->x) - (x->x < y->x);
    c = c ? c : compare_texts(x->y_text, y->y_text);
    return c ? c : (x->y > y->y) - (x->y < y->y);
}

static int compare_rows(const void *a, const void *b)
{
    const struct metric_sum *x = a, *y = b;
    return x->period != y->period ? (x->period > y->period) - (x->period < y->period) : compare_groups(a, b);
}

static enum status take_texts(struct metric_job *job, struct metric_sums *sums, struct error *error)
{
    struct metric_terms terms;
    int64_t *hashes = ARENA_ARRAY(job->arena, int64_t, 2 * sums->n);
    for (size_t i = 0; i < sums->n; i++) {
        hashes[2 * i] = sums->rows[i].x;
        hashes[2 * i + 1] = sums->rows[i].y;
    }
    enum status status = metric_terms_load(job, hashes, 2 * sums->n, &terms, error);
    for (size_t i = 0; status == STATUS_OK && i < sums->n; i++) {
        sums->rows[i].x_text = metric_term(&terms, sums->rows[i].x);
        sums->rows[i].y_text = metric_term(&terms, sums->rows[i].y);
    }
    return status;
}

/* A row for each period and group: the groups sorted, then those that were there in their places. */
static enum status fill(struct metric_job *job, struct metric_sums *sums, struct error *error)
{
    size_t n_periods = metric_periods(job), n_groups = 0;
    struct metric_sum *groups = arena_copy(job->arena, sums->rows, sums->n * sizeof(*groups));
    if (sums->n > 1)
        qsort(groups, sums->n, sizeof(*groups), compare_groups);
    for (size_t i = 0; i < sums->n; i++)
        if (n_groups == 0 || compare_groups(&groups[n_groups - 1], &groups[i]) != 0)
            groups[n_groups++] = groups[i];
    enum status status = metric_rows_check(n_periods * n_groups, error);
    if (status != STATUS_OK)
        return status;
    struct metric_sum *rows = ARENA_ARRAY(job->arena, struct metric_sum, n_periods * n_groups);
    for (size_t i = 0; i < n_periods * n_groups; i++) {
        rows[i] = groups[i % n_groups];
        rows[i].period = (int64_t)(i / n_groups);
        memset(rows[i].n, 0, sizeof(rows[i].n));
        size_t at = place_of(sums, rows[i].period, rows[i].x, rows[i].y);
        if (sums->places[at])
            memcpy(rows[i].n, sums->rows[sums->places[at] - 1].n, sizeof(rows[i].n));
    }
    *sums = (struct metric_sums){.arena = sums->arena, .rows = rows, .n = n_periods * n_groups};
    return STATUS_OK;
}

enum status metric_sums_finish(struct metric_job *job, struct metric_sums *sums, bool fills, struct error *error)
{
    bool is_grouped = (job->groups & ~(unsigned)(BY_CURRENCY | BY_COHORT)) != 0;
    if (fills && !is_grouped)
        (void)metric_sums_at(sums, 0, 0, 0);
    if (sums->n == 0)
        return STATUS_OK;
    enum status status = is_grouped ? take_texts(job, sums, error) : STATUS_OK;
    if (status == STATUS_OK && fills)
        return fill(job, sums, error);
    if (status == STATUS_OK && sums->n > 1)
        qsort(sums->rows, sums->n, sizeof(*sums->rows), compare_rows);
    return status;
}
