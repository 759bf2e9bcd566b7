#include "core/fold.h"
#include "core/contribution.h"

#include <stdlib.h>

const char *cause_name(enum cause cause)
{
    switch (cause) {
    case CAUSE_EVENT: return "event";
    case CAUSE_TIME: return "time";
    case CAUSE_DEFINITION: return "definition";
    case CAUSE_MERGE: return "merge";
    }
    return "unknown";
}

/* --- deciding -------------------------------------------------------------------------------------------- */

/* The number of the stage in which ${state} stands under ${model} at ${env}'s time; 0 when it is withdrawn. */
static int decide_stage(const struct model *model, const struct rule_env *env, int current)
{
    struct decision decision;
    if (model->is_withdrawn)
        return 0;
    model_decide(model, env, current, &decision);
    return decision.stage->number;
}

static bool decide_segment(const struct segment *segment, const struct rule_env *env)
{
    return !segment->is_withdrawn && rule_holds(segment->rule, env);
}

static void note_transition(struct effects *effects, const struct transition *transition)
{
    effects->transitions = arena_grow(effects->arena, effects->transitions, effects->n_transitions,
                                      &effects->transitions_capacity, sizeof(*transition));
    effects->transitions[effects->n_transitions++] = *transition;
}

static void note_membership(struct effects *effects, const struct membership *membership)
{
    effects->memberships = arena_grow(effects->arena, effects->memberships, effects->n_memberships,
                                      &effects->memberships_capacity, sizeof(*membership));
    effects->memberships[effects->n_memberships++] = *membership;
}

/* What a rule looked at. */
struct telling {
    const struct rule_env *env;
    struct told told[TOLD_MAX];
    size_t n;
};

static void tell_fact(void *context, const struct fact_ref *ref, const char *op, const struct value *literal)
{
    struct telling *telling = context;
    (void)literal;
    if (op || telling->n == TOLD_MAX)
        return;
    for (size_t i = 0; i < telling->n; i++)
        if (telling->told[i].ref.fact == ref->fact && span_equal(telling->told[i].ref.name, ref->name))
            return;
    telling->told[telling->n++] = (struct told){.ref = *ref, .value = telling->env->read(telling->env->context, ref)};
}

static const struct told *tell_facts(struct effects *effects, const struct rule_env *env, const struct rule *first,
                               const struct rule *second, size_t *n)
{
    struct telling telling = {.env = env};
    *n = 0;
    if (!effects->has_told)
        return NULL;
    if (first)
        rule_visit(first, tell_fact, &telling);
    if (second)
        rule_visit(second, tell_fact, &telling);
    *n = telling.n;
    return arena_copy(effects->arena, telling.told, telling.n * sizeof(*telling.told));
}

static const struct rule *rule_of_stage(const struct model *model, int number)
{
    const struct stage *stage = number ? model_stage(model, number) : NULL;
    return stage ? stage->rule : NULL;
}

/* Decide every model and segment at ${at}, note what moved. */
static bool decide_all(const struct definitions *definitions, struct state *state, usec_t at, enum cause cause,
                       const struct event *event, struct effects *effects)
{
    static const struct uuid nobody;
    const struct uuid *event_id = event ? &event->event_id : &nobody;
    struct fact_view view = definitions_view(definitions, state, at);
    struct rule_env env = fact_env(&view);
    bool moved = false;
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], at);
        if (model == NULL)
            continue;
        struct standing *standing = &state->standing[i];
        int to = decide_stage(model, &env, standing->stage);
        if (to == standing->stage)
            continue;
        struct transition moving = {.model = i + 1,
                                    .version = model->version,
                                    .from = standing->stage,
                                    .to = to,
                                    .at = at,
                                    .cause = cause,
                                    .event_id = *event_id};
        moving.told = tell_facts(effects, &env, rule_of_stage(model, to), rule_of_stage(model, standing->stage),
                           &moving.n_told);
        note_transition(effects, &moving);
        *standing = (struct standing){.stage = to, .since = at};
        moved = true;
    }
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_at(&definitions->segments[i], at);
        if (segment == NULL)
            continue;
        bool member = decide_segment(segment, &env);
        if (member == state_is_member(state, i + 1))
            continue;
        struct membership turn = {.segment = i + 1,
                                  .version = segment->version,
                                  .entered = member,
                                  .at = at,
                                  .cause = cause,
                                  .event_id = *event_id};
        turn.told = tell_facts(effects, &env, segment->is_withdrawn ? NULL : segment->rule, NULL, &turn.n_told);
        note_membership(effects, &turn);
        state_set_member(state, i + 1, member);
        moved = true;
    }
    return moved;
}

/* --- looking ahead --------------------------------------------------------------------------------------- */

static int compare_instants(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

#define INSTANTS_INLINE 64

/* A list of instants on the stack that falls back on an arena of its own when it grows. */
struct horizon {
    usec_t inline_at[INSTANTS_INLINE];
    struct instants instants;
};

static void horizon_init(struct horizon *horizon)
{
    horizon->instants = (struct instants){.at = horizon->inline_at, .capacity = INSTANTS_INLINE};
}

static void horizon_done(struct horizon *horizon)
{
    if (horizon->instants.arena)
        arena_free(horizon->instants.arena);
}

/* Leave only what lies in (after, until], in order. */
static void horizon_sort(struct horizon *horizon, usec_t after, usec_t until)
{
    struct instants *list = &horizon->instants;
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->at[i] > after && list->at[i] <= until)
            list->at[n++] = list->at[i];
    list->n = n;
    if (n > 1)
        qsort(list->at, n, sizeof(usec_t), compare_instants);
}

void instants_add(struct instants *instants, usec_t at)
{
    if (instants->n == instants->capacity) {
        usec_t *old = instants->at;
        if (instants->arena == NULL)
            instants->arena = arena_new(4096);
        instants->capacity = instants->capacity ? instants->capacity * 2 : 16;
        instants->at = ARENA_ARRAY(instants->arena, usec_t, instants->capacity);
        if (instants->n)
            memcpy(instants->at, old, instants->n * sizeof(usec_t));
    }
    instants->at[instants->n++] = at;
}

/*
 * When, in (after, until], does the stage under ${model} change if nothing happens, under the parameters in force at
 * ${after}? Into which?
 */
static struct next model_flip(const struct definitions *definitions, const struct model *model, const struct state *state,
                              int current, usec_t after, usec_t until)
{
    struct next next = {.at = NONE};
    if (model->is_withdrawn)
        return next;
    struct fact_view view = definitions_view(definitions, state, after);
    struct rule_env env = fact_env(&view);
    struct horizon horizon;
    horizon_init(&horizon);
    for (size_t i = 0; i < model->n_stages; i++) {
        rule_flips(model->stages[i].rule, &env, after, &horizon.instants);
        if (model->stages[i].hold && model->stages[i].number == current)
            rule_flips(model->stages[i].hold, &env, after, &horizon.instants);
    }
    horizon_sort(&horizon, after, until);
    for (size_t i = 0; i < horizon.instants.n; i++) {
        view.now = horizon.instants.at[i];
        int to = decide_stage(model, &env, current);
        if (to != current) {
            next = (struct next){.at = view.now, .stage = to};
            break;
        }
    }
    horizon_done(&horizon);
    return next;
}

static usec_t segment_flip(const struct definitions *definitions, const struct segment *segment,
                           const struct state *state, bool member, usec_t after, usec_t until)
{
    usec_t at = NONE;
    if (segment->is_withdrawn)
        return at;
    struct fact_view view = definitions_view(definitions, state, after);
    struct rule_env env = fact_env(&view);
    struct horizon horizon;
    horizon_init(&horizon);
    rule_flips(segment->rule, &env, after, &horizon.instants);
    horizon_sort(&horizon, after, until);
    for (size_t i = 0; i < horizon.instants.n; i++) {
        view.now = horizon.instants.at[i];
        if (decide_segment(segment, &env) != member) {
            at = view.now;
            break;
        }
    }
    horizon_done(&horizon);
    return at;
}

/* The first instant in (after, until] at which anything moves under the versions in force at ${after}. */
static usec_t first_flip(const struct definitions *definitions, const struct state *state, usec_t after, usec_t until)
{
    usec_t first = NONE;
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], after);
        if (model == NULL)
            continue;
        struct next next = model_flip(definitions, model, state, state->standing[i].stage, after, until);
        if (next.at != NONE)
            first = until = next.at;
    }
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_at(&definitions->segments[i], after);
        if (segment == NULL)
            continue;
        usec_t at = segment_flip(definitions, segment, state, state_is_member(state, i + 1), after, until);
        if (at != NONE)
            first = until = at;
    }
    return first;
}

/* The first boundary of definitions after ${at}; NONE when there is none. */
static usec_t boundary_after(const struct definitions *definitions, usec_t at)
{
    for (size_t i = 0; i < definitions->n_boundaries; i++)
        if (definitions->boundaries[i] > at)
            return definitions->boundaries[i];
    return NONE;
}

/* --- the fold -------------------------------------------------------------------------------------------- */

/*
 * Through all boundaries in (position, last_boundary] and all deadlines in (position, to]. The two differ
 * for the instant of an event, where a definition comes before it and a deadline after it.
 */
static void advance(const struct definitions *definitions, struct state *state, usec_t to, usec_t last_boundary,
                    struct effects *effects)
{
    state->definitions = definitions->revision;
    if (state->position.at == NONE)
        return;
    usec_t at = state->position.at;
    for (;;) {
        usec_t boundary = boundary_after(definitions, at);
        bool crosses = boundary != NONE && boundary <= last_boundary;
        usec_t until = crosses && boundary - 1 < to ? boundary - 1 : to;
        usec_t flip = until > at ? first_flip(definitions, state, at, until) : NONE;
        if (flip != NONE) {
            at = flip;
            if (decide_all(definitions, state, at, CAUSE_TIME, NULL, effects))
                state->position = (struct position){.at = at, .rank = RANK_DEADLINE};
        } else if (crosses) {
            at = boundary;
            if (decide_all(definitions, state, at, CAUSE_DEFINITION, NULL, effects))
                state->position = (struct position){.at = at, .rank = RANK_DEFINITION};
        } else {
            return;
        }
    }
}

void fold_advance(const struct definitions *definitions, struct state *state, usec_t to, struct effects *effects)
{
    advance(definitions, state, to, to, effects);
}

void fold_event(const struct definitions *definitions, struct state *state, const struct event *event,
                struct effects *effects)
{
    usec_t at = event->occurred_at;
    advance(definitions, state, at - 1, at, effects);
    if (effects->contributor)
        contribute_event(effects->arena, effects->contributor, state, event);
    else
        state_apply(effects->arena, definitions->shop ? definitions->shop->calendar : NULL, state, event);
    decide_all(definitions, state, at, CAUSE_EVENT, event, effects);
    state->position =
        (struct position){.at = at, .rank = event_kind_rank(event->kind), .event_id = event->event_id};
}

bool fold_is_late(const struct state *state, const struct event *event)
{
    struct position position = {
        .at = event->occurred_at, .rank = event_kind_rank(event->kind), .event_id = event->event_id};
    return position_compare(&position, &state->position) <= 0;
}

bool fold_is_stale(const struct definitions *definitions, const struct state *state)
{
    return state->position.at != NONE && definitions_restart(definitions, state->definitions, state->position.at);
}

static int compare_events(const void *a, const void *b)
{
    return event_compare(*(const struct event *const *)a, *(const struct event *const *)b);
}

void fold_ledger(const struct definitions *definitions, struct state *state, const struct event **events, size_t n,
                 usec_t to, struct effects *effects)
{
    if (n > 1)
        qsort(events, n, sizeof(*events), compare_events);
    for (size_t i = 0; i < n && events[i]->occurred_at <= to; i++)
        fold_event(definitions, state, events[i], effects);
    fold_advance(definitions, state, to, effects);
}

usec_t fold_outlook(const struct definitions *definitions, const struct state *state, usec_t now, struct next *next)
{
    usec_t boundary = boundary_after(definitions, now);
    usec_t deadline = boundary;
    for (int i = 0; i < MODEL_SLOTS && next; i++)
        next[i] = (struct next){.at = NONE};
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], now);
        if (model == NULL)
            continue;
        usec_t until = next || deadline == NONE ? TIME_MAX : deadline;
        struct next flip = model_flip(definitions, model, state, state->standing[i].stage, now, until);
        if (flip.at != NONE && (deadline == NONE || flip.at < deadline))
            deadline = flip.at;
        if (next)
            next[i] = flip;
    }
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_at(&definitions->segments[i], now);
        if (segment == NULL)
            continue;
        usec_t flip = segment_flip(definitions, segment, state, state_is_member(state, i + 1), now,
                                   deadline == NONE ? TIME_MAX : deadline);
        if (flip != NONE)
            deadline = flip;
    }
    return deadline;
}

/* --- comparing two histories ------------------------------------------------------------------------------- */

static bool same_move(const struct transition *a, const struct transition *b)
{
    return a->model == b->model && a->at == b->at && a->to == b->to;
}

static bool same_origin(const struct transition *a, const struct transition *b)
{
    return a->from == b->from && a->version == b->version && a->cause == b->cause &&
           uuid_compare(&a->event_id, &b->event_id) == 0;
}

static bool is_current(const struct transition *list, size_t n, size_t i)
{
    for (size_t k = i + 1; k < n; k++)
        if (list[k].model == list[i].model)
            return false;
    return true;
}

#define UNMATCHED SIZE_MAX

/* For each entry of ${after} the equal one of ${before}. Both ascend in time. */
static size_t *match(struct arena *arena, const struct transition *before, size_t n_before,
                     const struct transition *after, size_t n_after, bool *gone)
{
    size_t *matches = ARENA_ARRAY(arena, size_t, n_after);
    size_t start = 0;
    for (size_t k = 0; k < n_after; k++)
        matches[k] = UNMATCHED;
    for (size_t i = 0; i < n_before; i++) {
        gone[i] = true;
        /* what is too early for this entry is too early for the next */
        while (start < n_after && after[start].at < before[i].at)
            start++;
        for (size_t k = start; gone[i] && k < n_after && after[k].at == before[i].at; k++)
            if (matches[k] == UNMATCHED && same_move(&before[i], &after[k])) {
                matches[k] = i;
                gone[i] = false;
            }
    }
    return matches;
}

/*
 * Rows of one instant stand in the order in which they were written: an entry stays only when all that come before it
 * at its instant stay too, in their order.
 */
static bool stays(const struct transition *before, const struct transition *after, const size_t *matches,
                  const bool *rewritten, size_t k)
{
    if (!same_origin(&before[matches[k]], &after[k]))
        return false;
    for (size_t i = k; i > 0 && after[i - 1].at == after[k].at; i--)
        if (after[i - 1].model == after[k].model)
            return !rewritten[i - 1] && matches[i - 1] < matches[k];
    return true;
}

void fold_compare(struct arena *arena, const struct transition *before, size_t n_before,
                  const struct transition *after, size_t n_after, struct refold_change **out, size_t *n)
{
    bool *gone = ARENA_ARRAY(arena, bool, n_before);
    bool *rewritten = ARENA_ARRAY(arena, bool, n_after);
    size_t *matches = match(arena, before, n_before, after, n_after, gone);
    struct refold_change *changes = ARENA_ARRAY(arena, struct refold_change, n_before + n_after);
    size_t count = 0;
    for (size_t k = 0; k < n_after; k++) {
        struct refold_change change = {.after = &after[k]};
        if (matches[k] != UNMATCHED) {
            rewritten[k] = !stays(before, after, matches, rewritten, k);
            if (rewritten[k])
                changes[count++] = (struct refold_change){
                    .kind = REFOLD_RESTATED, .before = &before[matches[k]], .after = &after[k]};
            continue;
        }
        rewritten[k] = true;
        for (size_t i = 0; i < n_before && change.before == NULL; i++)
            if (gone[i] && before[i].model == after[k].model && before[i].to == after[k].to) {
                gone[i] = false;
                change.before = &before[i];
            }
        change.kind = change.before                    ? REFOLD_MOVED
                      : is_current(after, n_after, k) ? REFOLD_LATE
                                                      : REFOLD_ADDED;
        changes[count++] = change;
    }
    for (size_t i = 0; i < n_before; i++)
        if (gone[i])
            changes[count++] = (struct refold_change){.kind = REFOLD_WITHDRAWN, .before = &before[i]};
    *out = changes;
    *n = count;
}
