#include "db/db.h"
#include "db/each.h"
#include "metric_job.h"

#include <stdlib.h>

/* What evaluators read: tallies, texts, and what was spent. */

enum status metric_read(struct metric_job *job, const struct tally_range *ranges, size_t n, struct tallies *out,
                        struct error *error)
{
    struct tally_state state;
    enum status status = tallies_read(job->session, job->shop, ranges, n, out, &state, error);
    if (status != STATUS_OK)
        return status;
    /* of several reads, what all of them have seen */
    if (!job->has_read || state.head < job->state.head)
        job->state.head = state.head;
    if (!job->has_read || (state.behind != NONE && (job->state.behind == NONE || state.behind < job->state.behind)))
        job->state.behind = state.behind;
    job->has_read = true;
    return STATUS_OK;
}

/* The days of each period: of days all at once, of longer ones each as a sum. */
static size_t period_ranges(const struct metric_job *job, const struct tally_range *cube, struct tally_range *out)
{
    size_t n = job->interval == INTERVAL_DAY ? 1 : metric_periods(job);
    for (size_t i = 0; i < n; i++) {
        int64_t from = metric_period_day(job, i), to = metric_period_day(job, i + 1);
        out[i] = *cube;
        out[i].from = i == 0 ? job->from_day : from;
        out[i].to = i + 1 == n ? job->to_day : to;
        out[i].sums_days = job->interval != INTERVAL_DAY;
    }
    return n;
}

enum status metric_read_periods(struct metric_job *job, const struct tally_range *cubes, size_t n, struct tallies *out,
                                struct error *error)
{
    struct tally_range *ranges = ARENA_ARRAY(job->arena, struct tally_range, n * metric_periods(job));
    size_t n_ranges = 0;
    for (size_t i = 0; i < n; i++)
        n_ranges += period_ranges(job, &cubes[i], ranges + n_ranges);
    return metric_read(job, ranges, n_ranges, out, error);
}

/* --- texts ------------------------------------------------------------------------------------------------------ */

static int compare_terms(const void *a, const void *b)
{
    const struct known_term *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

enum status metric_terms_load(struct metric_job *job, const int64_t *hashes, size_t n, struct metric_terms *out,
                              struct error *error)
{
    struct known_term *rows = ARENA_ARRAY(job->arena, struct known_term, n);
    int64_t *distinct = ARENA_ARRAY(job->arena, int64_t, n);
    struct term *terms = ARENA_ARRAY(job->arena, struct term, n);
    size_t n_distinct = 0;
    for (size_t i = 0; i < n; i++)
        rows[i].hash = hashes[i];
    if (n > 1)
        qsort(rows, n, sizeof(*rows), compare_terms);
    for (size_t i = 0; i < n; i++)
        if (rows[i].hash && (n_distinct == 0 || rows[i].hash != distinct[n_distinct - 1]))
            distinct[n_distinct++] = rows[i].hash;
    enum status status = terms_read(job->session, job->shop, distinct, n_distinct, terms, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < n_distinct; i++)
        rows[i] = (struct known_term){.hash = distinct[i], .term = terms[i]};
    *out = (struct metric_terms){.rows = rows, .n = n_distinct};
    return STATUS_OK;
}

static const struct term *find(const struct metric_terms *terms, int64_t hash)
{
    struct known_term key = {.hash = hash};
    const struct known_term *found =
        terms->n ? bsearch(&key, terms->rows, terms->n, sizeof(*terms->rows), compare_terms) : NULL;
    return found ? &found->term : NULL;
}

struct span metric_term(const struct metric_terms *terms, int64_t hash)
{
    const struct term *term = find(terms, hash);
    return term && term->text.n ? term->text : (struct span){NULL, 0};
}

struct span metric_term_label(const struct metric_terms *terms, int64_t hash)
{
    const struct term *term = find(terms, hash);
    return term && term->label.n ? term->label : (struct span){NULL, 0};
}

/* --- spend ------------------------------------------------------------------------------------------------------ */

enum status metric_spend_read(struct metric_job *job, struct metric_spend **out, size_t *n_out, struct error *error)
{
    struct tally_range none = {.cube = CUBE_NONE};
    struct tally_range *ranges = ARENA_ARRAY(job->arena, struct tally_range, metric_periods(job));
    size_t n = period_ranges(job, &none, ranges);
    const struct db_result *rows;
    struct db_args *args = db_args(job->arena, 4);
    arg_int(args, DB_INT4, job->shop->id);
    EACH(args, DB_INT4, push_int, ranges[i].from);
    EACH(args, DB_INT4, push_int, ranges[i].to);
    EACH(args, DB_BOOL, push_bool, ranges[i].sums_days);
    enum status status = db_run(job->session->db, SQL_METRIC_SPEND, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *n_out = (size_t)db_rows(rows);
    *out = ARENA_ARRAY(job->arena, struct metric_spend, *n_out);
    for (int row = 0; row < db_rows(rows); row++)
        (*out)[row] = (struct metric_spend){.day = db_int8(rows, row, 0),
                                            .channel = db_int8(rows, row, 1),
                                            .campaign = db_int8(rows, row, 2),
                                            .amount = db_int8(rows, row, 3),
                                            .impressions = db_int8(rows, row, 4),
                                            .clicks = db_int8(rows, row, 5)};
    return STATUS_OK;
}
