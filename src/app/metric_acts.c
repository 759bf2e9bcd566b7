#include "core/event.h"
#include "metric_job.h"

/* The metrics satisfaction, participation and subscriptions: what customers do and say besides ordering. */

/* --- satisfaction
 * -------------------------------------------------------------------------------------------------- */

enum survey_kind { SURVEY_NPS = 1, SURVEY_CSAT };

struct answers {
    int64_t nps, promoters, detractors;
    int64_t csat, satisfied, scores;
};

static void add_answer(struct answers *answers, const struct tally *tally)
{
    int64_t score = tally->key.b, n = tally->n[0];
    if (tally->key.a == SURVEY_NPS) {
        answers->nps += n;
        answers->promoters += score >= 9 ? n : 0;
        answers->detractors += score <= 6 ? n : 0;
    }
    if (tally->key.a == SURVEY_CSAT) {
        answers->csat += n;
        answers->satisfied += score >= 4 ? n : 0;
        answers->scores += score * n;
    }
}

static void cell_answers(struct metric_table *table, const struct answers *a)
{
    int64_t passives = a->nps - a->promoters - a->detractors;
    cell_rate(table, "nps", 100 * (a->promoters - a->detractors), a->nps);
    cell_int(table, "nps_answers", a->nps);
    cell_int(table, "promoters", a->promoters);
    cell_int(table, "passives", passives);
    cell_int(table, "detractors", a->detractors);
    cell_rate(table, "promoter_share", a->promoters, a->nps);
    cell_rate(table, "passive_share", passives, a->nps);
    cell_rate(table, "detractor_share", a->detractors, a->nps);
    cell_int(table, "csat_answers", a->csat);
    cell_rate(table, "csat_mean", a->scores, a->csat);
    cell_int(table, "csat_satisfied", a->satisfied);
    cell_rate(table, "csat_share", a->satisfied, a->csat);
}

enum status evaluate_satisfaction(struct metric_job *job, struct error *error)
{
    struct tallies tallies;
    struct tally_range range = {.cube = CUBE_SURVEY, .from = job->from_day, .to = job->to_day};
    size_t n = metric_periods(job);
    struct answers *answers = ARENA_ARRAY(job->arena, struct answers, n);
    metric_columns(job, 0);
    enum status status = metric_read(job, &range, 1, &tallies, error);
    for (size_t i = 0; i < tallies.n && status == STATUS_OK; i++)
        add_answer(&answers[metric_period_of(job, tallies.rows[i].key.day)], &tallies.rows[i]);
    for (size_t period = 0; period < n && status == STATUS_OK; period++) {
        metric_row_period(job, period);
        cell_answers(job->table, &answers[period]);
        status = metric_row_end(job->table, error);
    }
    return status;
}

/* --- acts
 * ----------------------------------------------------------------------------------------------------------
 */

/* What was done in a period. */
struct acts {
    int64_t n[EVENT_KIND_COUNT];
    int64_t participants;
};

static enum status read_acts(struct metric_job *job, struct acts **out, struct error *error)
{
    struct tallies tallies;
    struct tally_range ranges[] = {{.cube = CUBE_ACTS, .from = job->from_day, .to = job->to_day},
                                   {.cube = CUBE_PARTICIPANTS,
                                    .from = job->from_day,
                                    .to = job->to_day,
                                    .has_a = true,
                                    .a = job->grain}};
    *out = ARENA_ARRAY(job->arena, struct acts, metric_periods(job));
    enum status status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    for (size_t i = 0; i < tallies.n && status == STATUS_OK; i++) {
        const struct tally *tally = &tallies.rows[i];
        struct acts *acts = &(*out)[metric_period_of(job, tally->key.day)];
        if (tally->key.cube == CUBE_PARTICIPANTS)
            acts->participants += tally->n[0];
        else if (tally->key.a > 0 && tally->key.a < EVENT_KIND_COUNT)
            acts->n[tally->key.a] += tally->n[0];
    }
    return status;
}

static enum status put_kinds(struct metric_job *job, size_t period, const struct acts *acts,
                             struct error *error)
{
    enum status status = STATUS_OK;
    for (enum event_kind kind = EVENT_NONE; kind < EVENT_KIND_COUNT && status == STATUS_OK; kind++) {
        if (!event_is_act(kind))
            continue;
        metric_row_period(job, period);
        cell_text(job->table, "kind", span_of(event_kind_name(kind)));
        cell_int(job->table, "events", acts->n[kind]);
        status = metric_row_end(job->table, error);
    }
    return status;
}

static enum status put_all(struct metric_job *job, size_t period, const struct acts *acts,
                           struct error *error)
{
    struct metric_table *table = job->table;
    metric_row_period(job, period);
    if (job->interval != INTERVAL_TOTAL)
        cell_int(table, "participants", acts->participants);
    cell_int(table, "reviews", acts->n[EVENT_PRODUCT_REVIEWED]);
    cell_int(table, "shares", acts->n[EVENT_PRODUCT_SHARED] + acts->n[EVENT_CART_SHARED]);
    cell_int(table, "survey_answers", acts->n[EVENT_SURVEY_ANSWERED]);
    cell_int(table, "referrals", acts->n[EVENT_REFERRAL_MADE]);
    return metric_row_end(table, error);
}

enum status evaluate_participation(struct metric_job *job, struct error *error)
{
    struct acts *acts;
    bool by_kind = job->groups & BY_KIND;
    metric_columns(job, by_kind ? PART_KIND : PART_KINDS);
    enum status status = read_acts(job, &acts, error);
    for (size_t period = 0; period < metric_periods(job) && status == STATUS_OK; period++)
        status = by_kind ? put_kinds(job, period, &acts[period], error)
                         : put_all(job, period, &acts[period], error);
    return status;
}

/* --- subscriptions
 * --------------------------------------------------------------------------------------------------- */

enum status evaluate_subscriptions(struct metric_job *job, struct error *error)
{
    struct acts *acts;
    metric_columns(job, 0);
    enum status status = read_acts(job, &acts, error);
    for (size_t period = 0; period < metric_periods(job) && status == STATUS_OK; period++) {
        const int64_t *n = acts[period].n;
        int64_t renewed = n[EVENT_SUBSCRIPTION_RENEWED], cancelled = n[EVENT_SUBSCRIPTION_CANCELLED];
        metric_row_period(job, period);
        cell_rate(job->table, "renewal_rate", renewed, renewed + cancelled);
        cell_int(job->table, "started", n[EVENT_SUBSCRIPTION_STARTED]);
        cell_int(job->table, "renewed", renewed);
        cell_int(job->table, "cancelled", cancelled);
        status = metric_row_end(job->table, error);
    }
    return status;
}
