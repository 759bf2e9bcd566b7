/*
 * The fold, without a database: against a naive evaluator that decides at every instant; in steps of any
 * size; the comparison of two histories; the sets and sums of a state.
 *
 * PROPERTY_SEED repeats a run, PROPERTY_CASES (4000) is the number of ledgers of the first test.
 */
#include "../support/chance.h"
#include "../support/definitions.h"
#include "../support/ledger.h"
#include "../support/naive.h"
#include "base/time.h"
#include "core/outcome.h"
#include "wire/message.h"
#include "wire/model.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BEGIN  (INT64_C(1767225600) * USEC_PER_SEC) /* 2026-01-01 */
#define DAYS   42
#define END    (BEGIN + 80 * USEC_PER_DAY)
#define BEYOND (BEGIN + 120 * USEC_PER_DAY)

static struct shop shop = {.id = 1, .key = "shop", .space = {{1, 2, 3}}, .currency = "EUR", .exponent = 2};
static struct arena *arena; /* of one case */
static struct chance chance;
static uint64_t seed; /* of the case */

static void begin_case(struct chance *seeds)
{
    seed = chance_next(seeds);
    chance = (struct chance){seed};
    arena_reset(arena);
}

/* --- random definitions and events --- */

static int stage_number(void *context, struct span key)
{
    static const char *const keys[] = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"};
    (void)context;
    for (int i = 0; i < (int)COUNT_OF(keys); i++)
        if (span_is(key, keys[i]))
            return i + 1;
    return 0;
}

static usec_t some_boundary(void)
{
    return BEGIN + chance_of(&chance, DAYS + 20) * USEC_PER_DAY;
}

static struct model *random_model(void)
{
    struct buf text;
    struct model *model;
    struct error error = {0};
    buf_init(&text, 0);
    some_model(&chance, FLAVOUR_ALL, &text);
    struct span json = arena_span(arena, (struct span){text.p, text.n});
    buf_done(&text);
    if (model_load(arena, json, "model", stage_number, NULL, shop.exponent, &model, &error) != STATUS_OK)
        fail_msg("%s %s: %.*s", error.pointer, error.detail, (int)json.n, json.p);
    return model;
}

static struct segment *random_segment(void)
{
    struct buf text;
    struct segment *out;
    struct error error = {0};
    buf_init(&text, 0);
    some_segment(&chance, FLAVOUR_ALL, &text);
    struct span json = arena_span(arena, (struct span){text.p, text.n});
    buf_done(&text);
    if (segment_parse(arena, json, "segment", shop.exponent, &out, &error) != STATUS_OK)
        fail_msg("%s %s: %.*s", error.pointer, error.detail, (int)json.n, json.p);
    return out;
}

static size_t some_versions(void)
{
    return one_in(&chance, 3) ? 2 + (size_t)chance_of(&chance, 2) : 1;
}

/* Three models and two segments; some have later versions, restated ones, withdrawn ones. */
static struct definitions *random_definitions(void)
{
    struct definitions *d = ARENA_NEW(arena, struct definitions);
    *d = (struct definitions){.shop = &shop, .n_models = 3, .n_segments = 2};
    d->models = ARENA_ARRAY(arena, struct model_history, 3);
    d->segments = ARENA_ARRAY(arena, struct segment_history, 2);
    for (int i = 0; i < d->n_models; i++) {
        size_t n = some_versions();
        d->models[i].versions = ARENA_ARRAY(arena, const struct model *, n);
        for (size_t v = 0; v < n; v++) {
            struct model *model = random_model();
            model->number = i + 1;
            model->version = (int)v + 1;
            model->revision = ++d->revision;
            model->applies_from = v == 0 || one_in(&chance, 5) ? NONE : some_boundary();
            model->is_withdrawn = v > 0 && one_in(&chance, 4);
            d->models[i].versions[d->models[i].n++] = model;
        }
    }
    for (int i = 0; i < d->n_segments; i++) {
        size_t n = some_versions();
        d->segments[i].versions = ARENA_ARRAY(arena, const struct segment *, n);
        for (size_t v = 0; v < n; v++) {
            struct segment *one = random_segment();
            one->number = i + 1;
            one->version = (int)v + 1;
            one->revision = ++d->revision;
            one->applies_from = v == 0 || one_in(&chance, 5) ? NONE : some_boundary();
            one->is_withdrawn = v > 0 && one_in(&chance, 4);
            d->segments[i].versions[d->segments[i].n++] = one;
        }
    }
    size_t n_scores = (size_t)chance_of(&chance, 3), n_rfm = (size_t)chance_of(&chance, 3);
    d->scores.versions = ARENA_ARRAY(arena, const struct scores *, n_scores);
    d->rfm.versions = ARENA_ARRAY(arena, const struct rfm *, n_rfm);
    for (size_t v = 0; v < n_scores; v++) {
        struct scores *scores = ARENA_NEW(arena, struct scores);
        some_scores(&chance, scores);
        scores->version = (int)v + 1;
        scores->revision = ++d->revision;
        scores->applies_from = some_boundary();
        d->scores.versions[d->scores.n++] = scores;
    }
    for (size_t v = 0; v < n_rfm; v++) {
        struct rfm *rfm = ARENA_NEW(arena, struct rfm);
        some_rfm(&chance, rfm);
        rfm->version = (int)v + 1;
        rfm->revision = ++d->revision;
        rfm->applies_from = some_boundary();
        d->rfm.versions[d->rfm.n++] = rfm;
    }
    definitions_seal(arena, d);
    return d;
}

static int compare_events(const void *a, const void *b)
{
    return event_compare(*(const struct event *const *)a, *(const struct event *const *)b);
}

/* The events of one customer, in order, each message once. */
static const struct event **random_events(size_t *n, const char *const **texts)
{
    struct ledger_shape shape = {.begin = BEGIN, .days = DAYS, .events = 5};
    struct telling *tellings;
    size_t n_tellings = ledger_make(arena, &chance, &shape, 1, &tellings);
    const struct event **events = ARENA_ARRAY(arena, const struct event *, n_tellings);
    const char **lines = ARENA_ARRAY(arena, const char *, n_tellings);
    *n = 0;
    for (size_t i = 0; i < n_tellings; i++) {
        struct envelope *envelope;
        struct error error = {0};
        struct message *message = ARENA_NEW(arena, struct message);
        bool is_repeat = false;
        if (envelope_parse(arena, span_of(tellings[i].json), false, &envelope, &error) != STATUS_OK ||
            message_decode(arena, envelope, 0, NULL, &shop, BEYOND, message, &error) != STATUS_OK)
            fail_msg("%s %s: %s", error.pointer, error.detail, tellings[i].json);
        for (size_t k = 0; k < *n; k++)
            is_repeat = is_repeat || uuid_compare(&events[k]->event_id, &message->event.event_id) == 0;
        if (is_repeat)
            continue;
        lines[*n] = tellings[i].json;
        events[(*n)++] = &message->event;
    }
    if (*n > 1)
        qsort(events, *n, sizeof(*events), compare_events);
    if (texts)
        *texts = lines;
    return events;
}

static void new_state(struct state *state)
{
    static const struct uuid key = {{7}};
    state_init(state, &key, span_of("c1"), IDENTITY_USER);
}

/* --- differences --- */

static const char *time_text(usec_t at)
{
    char text[TIME_TEXT];
    if (at == NONE)
        return "never";
    time_print(at, text);
    return arena_printf(arena, "%s", text);
}

#define MISMATCH(...)                                                                                        \
    fail_msg("PROPERTY_SEED of the case %" PRIu64 ": %s", seed, arena_printf(arena, __VA_ARGS__))

static void same_facts(const struct accumulators *a, const struct accumulators *b, size_t n_events)
{
#define X(name, type, null, comment)                                                                         \
    if (a->name != b->name)                                                                                  \
        MISMATCH("after %zu events " #name " is %" PRId64 ", naively %" PRId64, n_events, a->name, b->name);
    ACCUMULATOR_TABLE(X)
#undef X
}

static void same_profile(const struct profile *a, const struct profile *b)
{
    if (a->n_traits != b->n_traits || a->n_counters != b->n_counters ||
        !span_equal(a->churn_reason, b->churn_reason))
        MISMATCH("%zu traits and %zu counters, naively %zu and %zu", a->n_traits, a->n_counters, b->n_traits,
                 b->n_counters);
#define X(name, member, which)                                                                               \
    if (!span_equal(a->name, b->name))                                                                       \
        MISMATCH(#name " is \"%s\", naively \"%s\"", arena_text(arena, a->name), arena_text(arena, b->name));
    TOUCH_TABLE(X)
#undef X
    for (size_t i = 0; i < a->n_traits; i++)
        if (!span_equal(a->traits[i].name, b->traits[i].name) ||
            !span_equal(a->traits[i].json, b->traits[i].json))
            MISMATCH("trait %.*s differs", (int)a->traits[i].name.n, a->traits[i].name.p);
    for (size_t i = 0; i < a->n_counters; i++)
        if (!span_equal(a->counters[i].name, b->counters[i].name) ||
            a->counters[i].count != b->counters[i].count)
            MISMATCH("the counter of %.*s differs", (int)a->counters[i].name.n, a->counters[i].name.p);
}

static struct naive_move move_of_transition(const struct transition *t)
{
    return (struct naive_move){t->model, t->version, t->from, t->to, t->at, t->cause, t->event_id};
}

static struct naive_move move_of_membership(const struct membership *m)
{
    return (struct naive_move){m->segment, m->version, 0, m->entered, m->at, m->cause, m->event_id};
}

static void same_move(const char *what, const struct naive_move *a, const struct naive_move *b)
{
    if (a->number != b->number || a->version != b->version || a->from != b->from || a->to != b->to ||
        a->at != b->at || a->cause != b->cause || uuid_compare(&a->event_id, &b->event_id) != 0)
        MISMATCH("%s %d.%d: %d -> %d at %s by %s, naively %d.%d: %d -> %d at %s by %s", what, a->number,
                 a->version, a->from, a->to, time_text(a->at), cause_name(a->cause), b->number, b->version,
                 b->from, b->to, time_text(b->at), cause_name(b->cause));
}

static void same_moves(const struct effects *effects, const struct naive *naive)
{
    for (size_t i = 0; i < effects->n_transitions && i < naive->n_moves; i++) {
        struct naive_move move = move_of_transition(&effects->transitions[i]);
        same_move("model", &move, &naive->moves[i]);
    }
    if (effects->n_transitions != naive->n_moves)
        MISMATCH("%zu transitions, naively %zu", effects->n_transitions, naive->n_moves);
    for (size_t i = 0; i < effects->n_memberships && i < naive->n_memberships; i++) {
        struct naive_move move = move_of_membership(&effects->memberships[i]);
        same_move("segment", &move, &naive->memberships[i]);
    }
    if (effects->n_memberships != naive->n_memberships)
        MISMATCH("%zu entries and exits, naively %zu", effects->n_memberships, naive->n_memberships);
}

/* --- the tests --- */

static int64_t counts[EVENT_KIND_COUNT];

/* What the outlook promises must be what happens. */
static void same_outlook(const struct definitions *definitions, const struct state *state,
                         struct naive *naive)
{
    struct next next[MODEL_SLOTS];
    usec_t first = NONE;
    bool is_told[MODEL_SLOTS] = {false};
    usec_t deadline = fold_outlook(definitions, state, END, next);
    size_t n_moves = naive->n_moves, n_memberships = naive->n_memberships;
    naive_advance(naive, END, BEYOND);
    for (size_t i = n_moves; i < naive->n_moves; i++) {
        const struct naive_move *move = &naive->moves[i];
        if (is_told[move->number - 1])
            continue;
        is_told[move->number - 1] = true;
        if (next[move->number - 1].at != move->at || next[move->number - 1].stage != move->to)
            MISMATCH("model %d will go to %d at %s, naively to %d at %s", move->number,
                     next[move->number - 1].stage, time_text(next[move->number - 1].at), move->to,
                     time_text(move->at));
        if (first == NONE || move->at < first)
            first = move->at;
    }
    for (int i = 0; i < definitions->n_models; i++)
        if (!is_told[i] && next[i].at != NONE && next[i].at <= BEYOND)
            MISMATCH("model %d will move at %s, naively never", i + 1, time_text(next[i].at));
    if (naive->n_memberships > n_memberships &&
        (first == NONE || naive->memberships[n_memberships].at < first))
        first = naive->memberships[n_memberships].at;
    if (deadline != first && (first != NONE || deadline <= BEYOND))
        MISMATCH("the deadline is %s, naively %s", time_text(deadline), time_text(first));
}

static void the_fold_moves_customers_as_one_who_looks_at_every_instant(void **state)
{
    struct chance seeds = {chance_seed()};
    int64_t cases = chance_cases(4000), n_moves = 0, n_by_time = 0, n_by_definition = 0, n_memberships = 0;
    (void)state;
    printf("PROPERTY_SEED=%" PRIu64 " PROPERTY_CASES=%" PRId64 "\n", seeds.state, cases);
    for (int64_t i = 0; i < cases; i++) {
        struct state folded;
        struct naive naive;
        size_t n;
        begin_case(&seeds);
        struct definitions *definitions = random_definitions();
        const struct event **events = random_events(&n, NULL);
        struct effects effects = {.arena = arena};
        new_state(&folded);
        for (size_t k = 0; k < n; k++) {
            struct accumulators facts;
            struct profile profile;
            fold_event(definitions, &folded, events[k], &effects);
            naive_facts(events, k + 1, &facts);
            naive_profile(arena, events, k + 1, &profile);
            same_facts(&folded.a, &facts, k + 1);
            same_profile(&folded.profile, &profile);
            counts[events[k]->kind]++;
        }
        fold_advance(definitions, &folded, END, &effects);
        naive_fold(arena, definitions, events, n, END, &naive);
        same_moves(&effects, &naive);
        for (int m = 0; m < definitions->n_models; m++)
            assert_int_equal(folded.standing[m].stage, naive.stages[m]);
        same_outlook(definitions, &folded, &naive);
        n_moves += (int64_t)effects.n_transitions;
        n_memberships += (int64_t)effects.n_memberships;
        for (size_t k = 0; k < effects.n_transitions; k++) {
            n_by_time += effects.transitions[k].cause == CAUSE_TIME;
            n_by_definition += effects.transitions[k].cause == CAUSE_DEFINITION;
        }
    }
    printf("%" PRId64 " ledgers: %" PRId64 " transitions, %" PRId64 " of them by time and %" PRId64
           " by definitions; %" PRId64 " entries and exits\n",
           cases, n_moves, n_by_time, n_by_definition, n_memberships);
    for (int kind = EVENT_NONE + 1; kind < EVENT_KIND_COUNT; kind++)
        printf("%8" PRId64 " %s\n", counts[kind], event_kind_name((enum event_kind)kind));
}

static void same_effects(const struct effects *a, const struct effects *b)
{
    assert_int_equal(a->n_transitions, b->n_transitions);
    assert_int_equal(a->n_memberships, b->n_memberships);
    for (size_t i = 0; i < a->n_transitions; i++) {
        struct naive_move x = move_of_transition(&a->transitions[i]),
                          y = move_of_transition(&b->transitions[i]);
        same_move("model", &x, &y);
    }
    for (size_t i = 0; i < a->n_memberships; i++) {
        struct naive_move x = move_of_membership(&a->memberships[i]),
                          y = move_of_membership(&b->memberships[i]);
        same_move("segment", &x, &y);
    }
}

static void looking_at_a_customer_in_between_changes_nothing(void **state)
{
    struct chance seeds = {chance_seed()};
    (void)state;
    for (int64_t i = 0; i < chance_cases(4000) / 2; i++) {
        struct state at_once, stepwise;
        size_t n;
        begin_case(&seeds);
        struct definitions *definitions = random_definitions();
        const struct event **events = random_events(&n, NULL);
        struct effects one = {.arena = arena}, other = {.arena = arena};
        new_state(&at_once);
        new_state(&stepwise);
        for (size_t k = 0; k < n; k++) {
            usec_t before = k ? events[k - 1]->occurred_at : events[0]->occurred_at - 1;
            while (k && events[k]->occurred_at > before + 1 && one_in(&chance, 2)) {
                before += 1 + chance_of(&chance, events[k]->occurred_at - before - 1);
                fold_advance(definitions, &stepwise, before, &other);
            }
            fold_event(definitions, &stepwise, events[k], &other);
            assert_true(fold_is_late(&stepwise, events[k]));
        }
        for (usec_t at = events[n - 1]->occurred_at; at < END; at += chance_of(&chance, 9 * USEC_PER_DAY))
            fold_advance(definitions, &stepwise, at, &other);
        fold_advance(definitions, &stepwise, END, &other);
        /* in any order */
        chance_shuffle(&chance, (void **)events, n);
        fold_ledger(definitions, &at_once, events, n, END, &one);
        same_effects(&one, &other);
        same_facts(&at_once.a, &stepwise.a, n);
        assert_int_equal(position_compare(&at_once.position, &stepwise.position), 0);
        assert_memory_equal(at_once.segments, stepwise.segments, sizeof(at_once.segments));
    }
}

static void an_event_before_the_position_is_late_and_no_other(void **state)
{
    struct chance seeds = {chance_seed()};
    (void)state;
    for (int64_t i = 0; i < 500; i++) {
        struct state folded;
        size_t n;
        begin_case(&seeds);
        struct definitions *definitions = random_definitions();
        const struct event **events = random_events(&n, NULL);
        struct effects effects = {.arena = arena};
        size_t split = (size_t)chance_of(&chance, (int64_t)n);
        new_state(&folded);
        for (size_t k = 0; k < split; k++)
            fold_event(definitions, &folded, events[k], &effects);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(fold_is_late(&folded, events[k]), k < split);
    }
}

/* --- comparing histories --- */

struct row {
    struct transition transition;
    int seq;
    bool is_gone;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->is_gone != y->is_gone)
        return x->is_gone - y->is_gone;
    if (x->transition.at != y->transition.at)
        return x->transition.at < y->transition.at ? -1 : 1;
    return x->seq - y->seq;
}

static bool is_last_of_model(const struct effects *effects, const struct transition *t)
{
    for (const struct transition *k = t + 1; k < effects->transitions + effects->n_transitions; k++)
        if (k->model == t->model)
            return false;
    return true;
}

/* As the store does it: rows are superseded, others are added at the end; read back in the order of (at,
 * seq). */
static void apply_changes(const struct effects *before, const struct refold_change *changes, size_t n,
                          const struct effects *after)
{
    struct row *rows = ARENA_ARRAY(arena, struct row, before->n_transitions + n);
    size_t n_rows = before->n_transitions;
    for (size_t i = 0; i < n_rows; i++)
        rows[i] = (struct row){.transition = before->transitions[i], .seq = (int)i};
    for (size_t i = 0; i < n; i++) {
        const struct refold_change *c = &changes[i];
        if (c->before) {
            assert_false(rows[c->before - before->transitions].is_gone);
            rows[c->before - before->transitions].is_gone = true;
        }
        if (c->after) {
            rows[n_rows] = (struct row){.transition = *c->after, .seq = (int)n_rows};
            n_rows++;
        }
        switch (c->kind) {
        case REFOLD_MOVED:
            assert_int_equal(c->before->to, c->after->to);
            assert_int_equal(c->before->model, c->after->model);
            assert_true(c->before->at != c->after->at);
            break;
        case REFOLD_RESTATED:
            assert_int_equal(c->before->to, c->after->to);
            assert_int_equal(c->before->model, c->after->model);
            assert_true(c->before->at == c->after->at);
            break;
        case REFOLD_WITHDRAWN: assert_null(c->after); break;
        case REFOLD_ADDED:
            assert_null(c->before);
            assert_false(is_last_of_model(after, c->after));
            break;
        case REFOLD_LATE:
            assert_null(c->before);
            assert_true(is_last_of_model(after, c->after));
            break;
        }
    }
    if (n_rows > 1)
        qsort(rows, n_rows, sizeof(*rows), compare_rows);
    for (int model = 1; model <= 3; model++) {
        size_t k = 0;
        for (size_t i = 0; i < after->n_transitions; i++) {
            if (after->transitions[i].model != model)
                continue;
            while (k < n_rows && (rows[k].is_gone || rows[k].transition.model != model))
                k++;
            if (k == n_rows)
                MISMATCH("applying the changes gives no transition to %d", after->transitions[i].to);
            struct naive_move x = move_of_transition(&rows[k].transition);
            struct naive_move y = move_of_transition(&after->transitions[i]);
            same_move("applied: model", &x, &y);
            k++;
        }
        for (; k < n_rows; k++)
            if (!rows[k].is_gone && rows[k].transition.model == model)
                MISMATCH("applying the changes leaves a transition too much");
    }
}

static void applying_the_changes_of_a_refold_to_the_old_history_gives_the_new_one(void **state)
{
    struct chance seeds = {chance_seed()};
    int64_t kinds[REFOLD_RESTATED + 1] = {0};
    (void)state;
    for (int64_t i = 0; i < chance_cases(4000); i++) {
        struct state folded;
        size_t n, n_before = 0, n_changes;
        begin_case(&seeds);
        struct definitions *definitions = random_definitions();
        const struct event **events = random_events(&n, NULL);
        const struct event **some = ARENA_ARRAY(arena, const struct event *, n);
        struct effects before = {.arena = arena}, after = {.arena = arena};
        struct refold_change *changes;
        for (size_t k = 0; k < n; k++)
            if (!one_in(&chance, 3))
                some[n_before++] = events[k];
        new_state(&folded);
        fold_ledger(definitions, &folded, some, n_before, END - chance_of(&chance, 40) * USEC_PER_DAY,
                    &before);
        new_state(&folded);
        fold_ledger(one_in(&chance, 4) ? random_definitions() : definitions, &folded, events, n, END, &after);
        fold_compare(arena, before.transitions, before.n_transitions, after.transitions, after.n_transitions,
                     &changes, &n_changes);
        apply_changes(&before, changes, n_changes, &after);
        for (size_t k = 0; k < n_changes; k++)
            kinds[changes[k].kind]++;
        fold_compare(arena, after.transitions, after.n_transitions, after.transitions, after.n_transitions,
                     &changes, &n_changes);
        assert_int_equal(n_changes, 0);
    }
    printf("%" PRId64 " moved, %" PRId64 " withdrawn, %" PRId64 " added, %" PRId64 " late, %" PRId64
           " restated\n",
           kinds[REFOLD_MOVED], kinds[REFOLD_WITHDRAWN], kinds[REFOLD_ADDED], kinds[REFOLD_LATE],
           kinds[REFOLD_RESTATED]);
    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        assert_true(kinds[k] > 0);
}

/* --- answers --- */

static int64_t some_instant(void)
{
    static const usec_t edges[] = {0, 1, -1, TIME_MIN, TIME_MAX, BEGIN};
    return one_in(&chance, 3) ? ONE_OF(&chance, edges) : BEGIN + chance_of(&chance, 1000 * USEC_PER_DAY);
}

static void an_answer_is_kept_whole(void **state)
{
    struct chance seeds = {chance_seed()};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct outcome out = {0}, back;
        begin_case(&seeds);
        out.n_models = (size_t)chance_of(&chance, MODEL_SLOTS + 1);
        out.models = ARENA_ARRAY(arena, struct outcome_model, out.n_models);
        for (size_t k = 0; k < out.n_models; k++) {
            out.models[k] = (struct outcome_model){.model = (int)k + 1,
                                                   .version = (int)chance_of(&chance, INT32_MAX),
                                                   .from = (int)chance_of(&chance, 256),
                                                   .to = (int)chance_of(&chance, 256),
                                                   .is_held = one_in(&chance, 2),
                                                   .since = some_instant(),
                                                   .next_at = NONE};
            if (one_in(&chance, 2)) {
                out.models[k].next_at = some_instant();
                out.models[k].next_stage = (int)chance_of(&chance, 256);
            }
        }
        out.n_entered = (size_t)chance_of(&chance, 9);
        out.n_left = (size_t)chance_of(&chance, 9);
        out.entered = ARENA_ARRAY(arena, int, out.n_entered);
        out.left = ARENA_ARRAY(arena, int, out.n_left);
        for (size_t k = 0; k < out.n_entered; k++)
            out.entered[k] = (int)(1 + chance_of(&chance, SEGMENT_SLOTS));
        for (size_t k = 0; k < out.n_left; k++)
            out.left[k] = (int)(1 + chance_of(&chance, SEGMENT_SLOTS));
        struct span bytes = outcome_encode(arena, &out);
        assert_true(outcome_decode(arena, bytes, &back));
        assert_int_equal(back.n_models, out.n_models);
        for (size_t k = 0; k < out.n_models; k++) {
            const struct outcome_model *a = &out.models[k], *b = &back.models[k];
            assert_true(a->model == b->model && a->version == b->version && a->from == b->from &&
                        a->to == b->to);
            assert_true(a->is_held == b->is_held && a->since == b->since && a->next_at == b->next_at);
            assert_true(a->next_at == NONE || a->next_stage == b->next_stage);
        }
        assert_int_equal(back.n_entered, out.n_entered);
        assert_int_equal(back.n_left, out.n_left);
        assert_true(out.n_entered == 0 ||
                    memcmp(out.entered, back.entered, out.n_entered * sizeof(int)) == 0);
        assert_true(out.n_left == 0 || memcmp(out.left, back.left, out.n_left * sizeof(int)) == 0);
        /* what is cut short or longer is not one of ours */
        assert_false(outcome_decode(arena, (struct span){bytes.p, bytes.n - 1}, &back));
        char *longer = arena_alloc(arena, bytes.n + 1);
        memcpy(longer, bytes.p, bytes.n);
        assert_false(outcome_decode(arena, (struct span){longer, bytes.n + 1}, &back));
    }
}

/* --- sets --- */

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorted, without repeats. */
static size_t random_set(uint64_t **out, size_t most, int64_t range)
{
    size_t n = (size_t)chance_of(&chance, (int64_t)most + 1), kept = 0;
    uint64_t *set = ARENA_ARRAY(arena, uint64_t, n);
    for (size_t i = 0; i < n; i++)
        set[i] = (uint64_t)(1 + chance_of(&chance, range));
    if (n > 1)
        qsort(set, n, sizeof(*set), compare_hashes);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || set[kept - 1] != set[i])
            set[kept++] = set[i];
    *out = set;
    return kept;
}

static bool contains(const uint64_t *set, size_t n, uint64_t hash)
{
    for (size_t i = 0; i < n; i++)
        if (set[i] == hash)
            return true;
    return false;
}

static void sets_are_sorted_unions_up_to_their_limit(void **state)
{
    struct chance seeds = {chance_seed()};
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct state folded;
        uint64_t *known = NULL;
        size_t n_known = 0;
        begin_case(&seeds);
        bool is_large = one_in(&chance, 10);
        known = ARENA_ARRAY(arena, uint64_t, 20000);
        new_state(&folded);
        for (int k = 0; k < 12; k++) {
            struct event event = {.kind = EVENT_ORDER_COMPLETED, .occurred_at = BEGIN + k, .seen = true};
            uint64_t *added;
            event.order_key.b[0] = (unsigned char)k;
            event.n_products = random_set(&added, is_large ? 1000 : 8, is_large ? 1000000 : 20);
            event.products = added;
            size_t n_before = folded.profile.n_products;
            state_apply(arena, NULL, &folded, &event);
            for (size_t j = 0; j < event.n_products; j++)
                if (!contains(known, n_known, added[j]))
                    known[n_known++] = added[j];
            const struct profile *p = &folded.profile;
            assert_int_equal(p->n_products, n_known < SET_MAX ? n_known : SET_MAX);
            assert_int_equal(folded.a.products_count, p->n_products);
            assert_true(p->n_products >= n_before);
            for (size_t j = 0; j < p->n_products; j++) {
                assert_true(j == 0 || p->products[j - 1] < p->products[j]);
                assert_true(contains(known, n_known, p->products[j]));
            }
        }
    }
}

/* --- sums of orders --- */

static void the_facts_of_orders_do_not_depend_on_the_order_of_their_rows(void **state)
{
    struct chance seeds = {chance_seed()};
    (void)state;
    for (int64_t i = 0; i < 2000; i++) {
        struct state one, other;
        size_t n;
        begin_case(&seeds);
        const struct event **events = random_events(&n, NULL);
        new_state(&one);
        new_state(&other);
        unsigned char mask = (unsigned char)chance_of(&chance, 256);
        for (size_t k = 0; k < n; k++) {
            struct event turned = *events[k];
            state_apply(arena, NULL, &one, events[k]);
            /* rows stand in the order of their keys */
            for (size_t b = 0; b < sizeof(turned.order_key.b); b++)
                turned.order_key.b[b] ^= mask;
            state_apply(arena, NULL, &other, &turned);
        }
        same_facts(&one.a, &other.a, n);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fold_moves_customers_as_one_who_looks_at_every_instant),
        cmocka_unit_test(looking_at_a_customer_in_between_changes_nothing),
        cmocka_unit_test(an_event_before_the_position_is_late_and_no_other),
        cmocka_unit_test(applying_the_changes_of_a_refold_to_the_old_history_gives_the_new_one),
        cmocka_unit_test(an_answer_is_kept_whole),
        cmocka_unit_test(sets_are_sorted_unions_up_to_their_limit),
        cmocka_unit_test(the_facts_of_orders_do_not_depend_on_the_order_of_their_rows),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
