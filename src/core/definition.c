#include "core/definition.h"

#include <stdlib.h>

/* Versions are few: a scan from the newest is the quickest. */
const struct model *model_at(const struct model_history *history, usec_t at)
{
    for (size_t i = history->n; i > 0; i--)
        if (history->versions[i - 1]->applies_from <= at)
            return history->versions[i - 1];
    return NULL;
}

const struct segment *segment_at(const struct segment_history *history, usec_t at)
{
    for (size_t i = history->n; i > 0; i--)
        if (history->versions[i - 1]->applies_from <= at)
            return history->versions[i - 1];
    return NULL;
}

static int compare_instants(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

const struct scores *scores_at(const struct definitions *definitions, usec_t at)
{
    const struct scores_history *history = &definitions->scores;
    for (size_t i = history->n; i > 0; i--)
        if (history->versions[i - 1]->applies_from <= at)
            return history->versions[i - 1];
    return &history->prior;
}

const struct rfm *rfm_at(const struct definitions *definitions, usec_t at)
{
    const struct rfm_history *history = &definitions->rfm;
    for (size_t i = history->n; i > 0; i--)
        if (history->versions[i - 1]->applies_from <= at)
            return history->versions[i - 1];
    return NULL;
}

const struct scores *scores_latest(const struct definitions *definitions)
{
    const struct scores_history *history = &definitions->scores;
    return history->n ? history->versions[history->n - 1] : &history->prior;
}

const struct rfm *rfm_latest(const struct definitions *definitions)
{
    return definitions->rfm.n ? definitions->rfm.versions[definitions->rfm.n - 1] : NULL;
}

struct fact_view definitions_view(const struct definitions *definitions, const struct state *state, usec_t at)
{
    return (struct fact_view){.state = state,
                              .now = at,
                              .calendar = definitions->shop ? definitions->shop->calendar : NULL,
                              .scores = scores_at(definitions, at),
                              .rfm = rfm_at(definitions, at)};
}

static void need(struct definitions *definitions, const struct rule *rule)
{
    if (rule == NULL)
        return;
    definitions->needs_orders = definitions->needs_orders || rule_mentions(rule, fact_needs_orders);
    definitions->needs_profile = definitions->needs_profile || rule_mentions(rule, fact_needs_profile);
    definitions->needs_scores = definitions->needs_scores || rule_mentions(rule, fact_needs_scores);
    definitions->needs_rfm = definitions->needs_rfm || rule_mentions(rule, fact_needs_rfm);
}

static void notice(struct definitions *definitions, usec_t applies_from, int revision)
{
    if (applies_from != NONE)
        definitions->boundaries[definitions->n_boundaries++] = applies_from;
    if (revision > definitions->decisive)
        definitions->decisive = revision;
}

typedef bool needs_fn(const struct fact_ref *ref);

static bool model_mentions(const struct model *model, needs_fn *needs)
{
    for (size_t k = 0; k < model->n_stages; k++)
        if (rule_mentions(model->stages[k].rule, needs) ||
            (model->stages[k].hold && rule_mentions(model->stages[k].hold, needs)))
            return true;
    return false;
}

/* Does a rule that is in force at ${at} look at such a fact? */
static bool is_noticed(const struct definitions *definitions, usec_t at, needs_fn *needs)
{
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], at);
        if (model && model_mentions(model, needs))
            return true;
    }
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_at(&definitions->segments[i], at);
        if (segment && segment->rule && rule_mentions(segment->rule, needs))
            return true;
    }
    return false;
}

/*
 * New parameters are a boundary only where a rule notices them at once: one that applies later looks at them from its own
 * boundary on, and what was decided before it does not change.
 */
static void add_parameters(struct definitions *definitions)
{
    for (size_t i = 0; i < definitions->scores.n && definitions->needs_scores; i++) {
        const struct scores *scores = definitions->scores.versions[i];
        bool is_boundary = is_noticed(definitions, scores->applies_from, fact_needs_scores);
        notice(definitions, is_boundary ? scores->applies_from : NONE, scores->revision);
    }
    for (size_t i = 0; i < definitions->rfm.n && definitions->needs_rfm; i++) {
        const struct rfm *rfm = definitions->rfm.versions[i];
        bool is_boundary = is_noticed(definitions, rfm->applies_from, fact_needs_rfm);
        notice(definitions, is_boundary ? rfm->applies_from : NONE, rfm->revision);
    }
}

static void sort_boundaries(struct definitions *definitions)
{
    size_t kept = 1;
    if (definitions->n_boundaries == 0)
        return;
    qsort(definitions->boundaries, definitions->n_boundaries, sizeof(usec_t), compare_instants);
    for (size_t i = 1; i < definitions->n_boundaries; i++)
        if (definitions->boundaries[i] != definitions->boundaries[kept - 1])
            definitions->boundaries[kept++] = definitions->boundaries[i];
    definitions->n_boundaries = kept;
}

void definitions_seal(struct arena *arena, struct definitions *definitions)
{
    size_t n = definitions->scores.n + definitions->rfm.n;
    for (int i = 0; i < definitions->n_models; i++)
        n += definitions->models[i].n;
    for (int i = 0; i < definitions->n_segments; i++)
        n += definitions->segments[i].n;
    definitions->boundaries = ARENA_ARRAY(arena, usec_t, n);
    definitions->n_boundaries = 0;
    definitions->decisive = 0;
    definitions->needs_orders = definitions->needs_profile = false;
    definitions->needs_scores = definitions->needs_rfm = false;
    scores_prior(span_of("default"), &definitions->scores.prior);
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model_history *history = &definitions->models[i];
        for (size_t v = 0; v < history->n; v++) {
            const struct model *model = history->versions[v];
            notice(definitions, model->applies_from, model->revision);
            for (size_t k = 0; k < model->n_stages; k++) {
                need(definitions, model->stages[k].rule);
                need(definitions, model->stages[k].hold);
            }
        }
    }
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment_history *history = &definitions->segments[i];
        for (size_t v = 0; v < history->n; v++) {
            notice(definitions, history->versions[v]->applies_from, history->versions[v]->revision);
            need(definitions, history->versions[v]->rule);
        }
    }
    add_parameters(definitions);
    sort_boundaries(definitions);
}

bool definitions_restart(const struct definitions *definitions, int revision, usec_t position)
{
    if (revision == definitions->revision)
        return false;
    for (int i = 0; i < definitions->n_models; i++)
        for (size_t v = 0; v < definitions->models[i].n; v++) {
            const struct model *model = definitions->models[i].versions[v];
            if (model->revision > revision && model->applies_from <= position)
                return true;
        }
    for (int i = 0; i < definitions->n_segments; i++)
        for (size_t v = 0; v < definitions->segments[i].n; v++) {
            const struct segment *segment = definitions->segments[i].versions[v];
            if (segment->revision > revision && segment->applies_from <= position)
                return true;
        }
    for (size_t v = 0; v < definitions->scores.n && definitions->needs_scores; v++) {
        const struct scores *scores = definitions->scores.versions[v];
        if (scores->revision > revision && scores->applies_from <= position)
            return true;
    }
    for (size_t v = 0; v < definitions->rfm.n && definitions->needs_rfm; v++) {
        const struct rfm *rfm = definitions->rfm.versions[v];
        if (rfm->revision > revision && rfm->applies_from <= position)
            return true;
    }
    return false;
}

bool definitions_notify(const struct definitions *definitions, int revision)
{
    for (int i = 0; i < definitions->n_models; i++)
        for (size_t v = 0; v < definitions->models[i].n; v++)
            if (definitions->models[i].versions[v]->revision > revision &&
                !definitions->models[i].versions[v]->is_silent)
                return true;
    for (int i = 0; i < definitions->n_segments; i++)
        for (size_t v = 0; v < definitions->segments[i].n; v++)
            if (definitions->segments[i].versions[v]->revision > revision &&
                !definitions->segments[i].versions[v]->is_silent)
                return true;
    return false;
}

const struct model *definitions_model(const struct definitions *definitions, struct span key, usec_t at)
{
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], at);
        if (model && !model->is_withdrawn && span_is(key, model->key))
            return model;
    }
    return NULL;
}

const struct segment *definitions_segment(const struct definitions *definitions, struct span key, usec_t at)
{
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_at(&definitions->segments[i], at);
        if (segment && !segment->is_withdrawn && span_is(key, segment->key))
            return segment;
    }
    return NULL;
}
