#include "db/db.h"
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

enum status metric_spend_read(struct metric_job *job, struct metric_spend **out, size_t *n, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(job->arena, 3);
    arg_int(args, DB_INT4, job->shop->id);
    arg_int(args, DB_INT4, job->from_day);
    arg_int(args, DB_INT4, job->to_day);
    enum status status = db_run(job->session->db, SQL_METRIC_SPEND, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *n = (size_t)db_rows(rows);
    *out = ARENA_ARRAY(job->arena, struct metric_spend, *n);
    for (int row = 0; row < db_rows(rows); row++)
        (*out)[row] = (struct metric_spend){.day = db_int8(rows, row, 0),
                                            .channel = db_int8(rows, row, 1),
                                            .campaign = db_int8(rows, row, 2),
                                            .amount = db_int8(rows, row, 3),
                                            .impressions = db_int8(rows, row, 4),
                                            .clicks = db_int8(rows, row, 5)};
    return STATUS_OK;
}
