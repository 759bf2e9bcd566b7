#include "core/explain.h"

#include <math.h>

/** The definitions with a single model or segment in them: the others neither move nor cost. */
struct only {
    struct definitions definitions;
    struct model_history *models;
    struct segment_history *segments;
};

static void only_none(struct arena *arena, const struct definitions *all, struct only *only)
{
    only->models = ARENA_ARRAY(arena, struct model_history, (size_t)all->n_models);
    only->segments = ARENA_ARRAY(arena, struct segment_history, (size_t)all->n_segments);
    only->definitions = *all;
    only->definitions.models = only->models;
    only->definitions.segments = only->segments;
}

/* ---- by time ---- */

/** Fold a copy to its next deadline; false when there is none. */
static bool step(const struct definitions *definitions, struct state *state, usec_t *at, struct effects *effects)
{
    usec_t deadline = fold_outlook(definitions, state, *at, NULL);
    if (deadline == NONE) {
        return false;
    }
    fold_advance(definitions, state, deadline, effects);
    *at = deadline;
    return true;
}

static void find_moves(struct arena *arena, const struct definitions *only, const struct state *from, usec_t now,
                       struct model_reason *reason)
{
    const struct model_history *history = &only->models[reason->model->number - 1];
    struct state state = *from;
    struct effects effects = {.arena = arena};
    while (effects.n_transitions < EXPLAIN_MOVES_MAX && step(only, &state, &now, &effects)) {
    }
    for (size_t i = 0; i < effects.n_transitions && i < EXPLAIN_MOVES_MAX; i++) {
        const struct transition *transition = &effects.transitions[i];
        if (transition->to == 0) {
            break; /* the model is withdrawn */
        }
        reason->moves[reason->n_moves++] = (struct stage_move){
            .at = transition->at, .stage = model_stage(model_at(history, transition->at), transition->to)};
    }
}

static usec_t find_flip(struct arena *arena, const struct definitions *only, const struct state *from, usec_t now)
{
    struct state state = *from;
    struct effects effects = {.arena = arena};
    while (effects.n_memberships == 0 && step(only, &state, &now, &effects)) {
    }
    return effects.n_memberships ? effects.memberships[0].at : NONE;
}

/* ---- one model, one segment ---- */

static void explain_stages(struct arena *arena, const struct rule_env *env, struct model_reason *reason)
{
    const struct model *model = reason->model;
    reason->n_stages = model->n_stages;
    reason->stages = ARENA_ARRAY(arena, struct stage_reason, model->n_stages);
    for (size_t i = 0; i < model->n_stages; i++) {
        struct stage_reason *stage = &reason->stages[i];
        stage->stage = &model->stages[i];
        stage->is_current = stage->stage == reason->stage;
        verdict_find(arena, stage->stage->rule, env, &stage->rule);
        stage->is_overruled = stage->rule.holds && !stage->is_current;
        reason->has_no_condition = reason->has_no_condition || (stage->is_current && stage->rule.n_facts == 0);
        if (stage->stage->hold) {
            verdict_find(arena, stage->stage->hold, env, &stage->hold);
        }
    }
}

static size_t place_of(const struct model *model, int number)
{
    size_t i = 0;
    while (i < model->n_stages && model->stages[i].number != number) {
        i++;
    }
    return i;
}

static bool comes_before(const struct model *model, const struct way *a, const struct way *b)
{
    size_t place_a = place_of(model, a->stage), place_b = place_of(model, b->stage);
    return place_a != place_b ? place_a < place_b : a->times != b->times ? a->times < b->times : a->kind < b->kind;
}

/** Ways are few: by insertion. */
static void sort_ways(const struct model *model, struct ways *ways)
{
    for (size_t i = 1; i < ways->n; i++) {
        struct way way = ways->list[i];
        size_t place = i;
        while (place > 0 && comes_before(model, &way, &ways->list[place - 1])) {
            ways->list[place] = ways->list[place - 1];
            place--;
        }
        ways->list[place] = way;
    }
}

static void explain_model(struct arena *arena, const struct definitions *only, const struct state *state, usec_t now,
                          struct model_reason *reason)
{
    struct fact_view view = definitions_view(only, state, now);
    struct rule_env env = fact_env(&view);
    struct decision decision;
    model_decide(reason->model, &env, reason->stage->number, &decision);
    reason->is_held = decision.is_held;
    explain_stages(arena, &env, reason);
    find_moves(arena, only, state, now, reason);
    sort_ways(reason->model, &reason->ways);
}

static void explain_segment(struct arena *arena, const struct definitions *only, const struct state *state, usec_t now,
                            struct segment_reason *reason)
{
    struct fact_view view = definitions_view(only, state, now);
    struct rule_env env = fact_env(&view);
    verdict_find(arena, reason->segment->rule, &env, &reason->rule);
    reason->flips_at = find_flip(arena, only, state, now);
}

/* ---- all of it ---- */

/** What an order of this customer is usually worth. */
static int64_t usual_value(const struct state *state, int64_t typical)
{
    struct fact_view view = {.state = state};
    struct fact_ref average = {.fact = FACT_order_value_avg};
    struct value value = fact_read(&view, &average);
    return value.type == VALUE_NULL ? typical : (int64_t)llround(value.number);
}

/** What is asked for, in force and, of models, one in which the customer stands. */
static void choose(const struct definitions *all, const struct state *state, const struct explain_question *question,
                   struct only *chosen)
{
    for (int i = 0; i < all->n_models; i++) {
        const struct model *model = model_at(&all->models[i], question->now);
        bool is_asked = question->model == NULL || question->model->number == i + 1;
        if (is_asked && model && !model->is_withdrawn && model_stage(model, state->standing[i].stage)) {
            chosen->models[i] = all->models[i];
        }
    }
    for (int i = 0; i < all->n_segments && question->model == NULL; i++) {
        const struct segment *segment = segment_at(&all->segments[i], question->now);
        if (segment && !segment->is_withdrawn) {
            chosen->segments[i] = all->segments[i];
        }
    }
}

void explain_customer(struct arena *arena, const struct definitions *definitions, const struct state *state,
                      const struct explain_question *question, struct explanation *out)
{
    struct only chosen, one;
    usec_t now = question->now;
    only_none(arena, definitions, &chosen);
    only_none(arena, definitions, &one);
    choose(definitions, state, question, &chosen);
    *out = (struct explanation){.shop = definitions->shop,
                                .state = state,
                                .now = now,
                                .usual_value = usual_value(state, question->typical_value)};
    size_t n_models = (size_t)definitions->n_models, n_segments = (size_t)definitions->n_segments;
    struct ways *models = ARENA_ARRAY(arena, struct ways, n_models);
    struct ways *segments = ARENA_ARRAY(arena, struct ways, n_segments);
    struct way_search search = {.definitions = &chosen.definitions,
                                .state = state,
                                .now = now,
                                .usual_value = out->usual_value,
                                .order = question->order};
    ways_find(arena, &search, models, segments);
    out->models = ARENA_ARRAY(arena, struct model_reason, n_models);
    for (size_t i = 0; i < n_models; i++) {
        const struct model *model = model_at(&chosen.models[i], now);
        if (model == NULL) {
            continue;
        }
        struct model_reason *reason = &out->models[out->n_models++];
        *reason = (struct model_reason){.model = model,
                                        .stage = model_stage(model, state->standing[i].stage),
                                        .since = state->standing[i].since,
                                        .ways = models[i]};
        one.models[i] = chosen.models[i];
        explain_model(arena, &one.definitions, state, now, reason);
        one.models[i] = (struct model_history){0};
    }
    out->segments = ARENA_ARRAY(arena, struct segment_reason, n_segments);
    for (size_t i = 0; i < n_segments; i++) {
        const struct segment *segment = segment_at(&chosen.segments[i], now);
        if (segment == NULL) {
            continue;
        }
        struct segment_reason *reason = &out->segments[out->n_segments++];
        *reason = (struct segment_reason){
            .segment = segment, .is_member = state_is_member(state, (int)i + 1), .ways = segments[i]};
        one.segments[i] = chosen.segments[i];
        explain_segment(arena, &one.definitions, state, now, reason);
        one.segments[i] = (struct segment_history){0};
    }
}
