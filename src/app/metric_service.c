#include "core/event.h"
#include "metric_spread.h"

/* The metrics service and segments. */

/* --- service
 * ---------------------------------------------------------------------------------------------------------
 */

enum { FIRST_ANSWER = 1, RESOLUTION };

struct served {
    int64_t complaints, resolved, requests, answered, orders;
};

static void add_act(struct served *served, enum event_kind kind, int64_t n)
{
    served->complaints += kind == EVENT_COMPLAINT_OPENED ? n : 0;
    served->resolved += kind == EVENT_COMPLAINT_RESOLVED ? n : 0;
    served->requests += kind == EVENT_SUPPORT_REQUESTED ? n : 0;
    served->answered += kind == EVENT_SUPPORT_ANSWERED ? n : 0;
}

static enum status read_served(struct metric_job *job, struct served *served, struct spreads *seconds,
                               struct error *error)
{
    struct tallies tallies;
    struct tally_range ranges[] = {
        {.cube = CUBE_SALES, .from = job->from_day, .to = job->to_day, .has_a = true, .a = DIMENSION_TOTAL},
        {.cube = CUBE_ACTS, .from = job->from_day, .to = job->to_day},
        {.cube = CUBE_ANSWERS, .from = job->from_day, .to = job->to_day}};
    enum status status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    for (size_t i = 0; i < tallies.n && status == STATUS_OK; i++) {
        const struct tally *tally = &tallies.rows[i];
        size_t period = metric_period_of(job, tally->key.day);
        if (tally->key.cube == CUBE_SALES)
            served[period].orders += tally->n[0];
        else if (tally->key.cube == CUBE_ACTS)
            add_act(&served[period], (enum event_kind)tally->key.a, tally->n[0]);
        else
            spreads_add(seconds, (int64_t)period, tally->key.a, tally->key.b, tally->n[0]);
    }
    spreads_sort(seconds);
    return status;
}

static enum status put_served(struct metric_job *job, size_t period, const struct served *served,
                              const struct spreads *seconds, struct error *error)
{
    struct metric_table *table = job->table;
    struct spread answer = spreads_at(seconds, (int64_t)period, FIRST_ANSWER);
    struct spread resolution = spreads_at(seconds, (int64_t)period, RESOLUTION);
    metric_row_period(job, period);
    cell_rate(table, "complaint_rate", served->complaints, served->orders);
    cell_int(table, "complaints", served->complaints);
    cell_int(table, "complaints_resolved", served->resolved);
    cell_int(table, "orders", served->orders);
    cell_int(table, "requests", served->requests);
    cell_int(table, "requests_answered", served->answered);
    cell_int(table, "first_answers", answer.n);
    cell_known(table, "first_answer_median_seconds", answer.median);
    cell_known(table, "first_answer_p90_seconds", answer.p90);
    cell_int(table, "resolutions", resolution.n);
    cell_known(table, "resolution_median_seconds", resolution.median);
    cell_known(table, "resolution_p90_seconds", resolution.p90);
    return metric_row_end(table, error);
}

enum status evaluate_service(struct metric_job *job, struct error *error)
{
    size_t n = metric_periods(job);
    struct served *served = ARENA_ARRAY(job->arena, struct served, n);
    struct spreads seconds = {.arena = job->arena};
    metric_columns(job, 0);
    enum status status = read_served(job, served, &seconds, error);
    for (size_t period = 0; period < n && status == STATUS_OK; period++)
        status = put_served(job, period, &served[period], &seconds, error);
    return status;
}

/* --- segments
 * ----------------------------------------------------------------------------------------------------------
 */

static int64_t members(const struct tallies *tallies, int segment)
{
    int64_t n = 0;
    for (size_t i = 0; i < tallies->n; i++)
        n += tallies->rows[i].key.a == segment ? tallies->rows[i].n[0] : 0;
    return n;
}

enum status evaluate_segments(struct metric_job *job, struct error *error)
{
    struct tallies tallies;
    struct tally_range range = {.cube = CUBE_MEMBERS, .from = 0, .to = 1};
    job->groups |= BY_SEGMENT;
    metric_columns(job, 0);
    enum status status = metric_read(job, &range, 1, &tallies, error);
    for (int number = 1; number <= job->definitions->n_segments && status == STATUS_OK; number++) {
        const struct segment *segment = segment_at(&job->definitions->segments[number - 1], job->now);
        if (segment == NULL || segment->is_withdrawn || (job->segment && job->segment->number != number))
            continue;
        cell_text(job->table, "segment", span_of(segment->key));
        cell_names(job->table, "name", segment->name_zh, segment->name_en);
        cell_int(job->table, "customers", members(&tallies, number));
        status = metric_row_end(job->table, error);
    }
    return status;
}
