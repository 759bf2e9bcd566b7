/*
 * What an explanation says would move a customer moves them when it is done: random histories, all presets, random
 * models and segments, some with a version that is still to come. The oracle knows nothing of explanations: it reads the
 * messages that the reply proposes, puts them into the ledger, and folds the whole of it.
 *
 * PROPERTY_SEED repeats a run, PROPERTY_CASES (150) is the number of customers.
 */
#include "../support/chance.h"
#include "../support/definitions.h"
#include "../support/ledger.h"
#include "../../src/wire/scan.h"
#include "base/time.h"
#include "wire/explain.h"
#include "wire/message.h"
#include "wire/model.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BEGIN      (INT64_C(1767225600) * USEC_PER_SEC) /* 2026-01-01 */
#define DAYS       400
#define EVENTS     14
#define CUSTOMERS  20 /* that have the same definitions */
#define MODELS     4  /* random ones of each source, besides the presets */
#define SEGMENTS   12
#define EXPONENT   2
#define EVENTS_MAX 512

static struct shop shop = {.id = 1, .key = "shop", .currency = "EUR", .exponent = EXPONENT, .space = {{7}}};

struct counts {
    int64_t ways;
    int64_t amounts;
    int64_t entries;
    int64_t moves;
    int64_t flips;
    int64_t nothing; /* kinds of events, and spans of time, that were told to move nobody */
};

struct world {
    struct chance chance;
    struct arena *arena;   /* definitions */
    struct arena *scratch; /* a customer */
    struct definitions definitions;
    usec_t now;
    const struct event *ledger[EVENTS_MAX];
    size_t n_ledger;
    struct state state;
    struct explanation explanation;
    struct counts counts;
    uint64_t seed;
    int64_t number;
};

#define CHECK(world, condition, ...)                                                                          \
    do {                                                                                                      \
        if (!(condition)) {                                                                                   \
            complain((world), __VA_ARGS__);                                                                   \
        }                                                                                                     \
    } while (0)

static void complain(const struct world *w, const char *format, ...) PRINTF_LIKE(2, 3);

static void complain(const struct world *w, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fail_msg("PROPERTY_SEED=%" PRIu64 ", customer %" PRId64 ": %s", w->seed, w->number, text);
}

/* ---- definitions ---- */

/** Numbers of stages are the same in all versions of a model. */
static int stage_number(void *context, struct span key)
{
    char (*known)[DEFINITION_KEY_MAX + 1] = context;
    for (int i = 0; i < STAGES_MAX; i++) {
        if (known[i][0] == '\0') {
            memcpy(known[i], key.p, key.n);
        }
        if (span_is(key, known[i])) {
            return i + 1;
        }
    }
    return 0;
}

static struct span take_text(struct arena *arena, struct buf *text)
{
    struct span copy = arena_span(arena, (struct span){text->p, text->n});
    buf_done(text);
    return copy;
}

static struct span random_document(struct world *w, bool is_model)
{
    struct buf text;
    buf_init(&text, 0);
    if (is_model) {
        some_model(&w->chance, FLAVOUR_ALL, &text);
    } else {
        some_segment(&w->chance, FLAVOUR_ALL, &text);
    }
    return take_text(w->arena, &text);
}

/** A model that asks for money and points, of which the random ones say little. */
static struct span money_document(struct world *w)
{
    static const char *const facts[] = {"revenue", "revenue_365d", "order_value_avg", "order_value_last", "points_balance"};
    static const char *const operators[] = {">", ">=", "<", "=="};
    struct buf text;
    buf_init(&text, 0);
    buf_text(&text, "{\"name\":{\"zh\":\"钱\",\"en\":\"Money\"},\"stages\":[");
    for (int i = 0; i < 4; i++) {
        buf_printf(&text, "{\"key\":\"s%d\",\"name\":{\"zh\":\"阶段%d\",\"en\":\"S%d\"},\"role\":\"active\",\"rule\":", i, i, i);
        if (i < 3) {
            buf_printf(&text, "{\"%s\":[{\"var\":\"%s\"},%d]}},", ONE_OF(&w->chance, operators),
                       ONE_OF(&w->chance, facts), (int)chance_of(&w->chance, 400));
        }
    }
    buf_text(&text, "true}]}");
    return take_text(w->arena, &text);
}

static struct span preset_document(struct world *w, struct span key)
{
    static const char *const cadences[] = {
#define X(cadence, zh, en) cadence,
        CADENCE_TABLE(X)
#undef X
    };
    struct span json;
    struct error error;
    enum status status =
        preset_expand(w->arena, key, span_of(ONE_OF(&w->chance, cadences)), (struct span){0}, &json, &error);
    CHECK(w, status == STATUS_OK, "%s", error.detail);
    return json;
}

/** Sometimes there is a version that applies only some days from now. */
static size_t some_versions(struct world *w, usec_t applies_from[2])
{
    applies_from[0] = NONE;
    applies_from[1] = w->now + (1 + chance_of(&w->chance, 30)) * USEC_PER_DAY;
    return one_in(&w->chance, 4) ? 2 : 1;
}

enum source { SOURCE_PRESET, SOURCE_RANDOM, SOURCE_MONEY };

static void add_model(struct world *w, enum source source, struct span preset)
{
    char known[STAGES_MAX][DEFINITION_KEY_MAX + 1] = {{0}};
    usec_t applies_from[2];
    size_t n = some_versions(w, applies_from);
    int number = ++w->definitions.n_models;
    const struct model **versions = ARENA_ARRAY(w->arena, const struct model *, n);
    const char *key = arena_printf(w->arena, "model_%d", number);
    for (size_t i = 0; i < n; i++) {
        struct model *model;
        struct error error;
        struct span json = source == SOURCE_PRESET   ? preset_document(w, preset)
                           : source == SOURCE_RANDOM ? random_document(w, true)
                                                     : money_document(w);
        enum status status = model_load(w->arena, json, key, stage_number, known, EXPONENT, &model, &error);
        CHECK(w, status == STATUS_OK, "%s: %s", error.pointer, error.detail);
        model->number = number;
        model->version = (int)i + 1;
        model->applies_from = applies_from[i];
        model->is_withdrawn = i == 1 && one_in(&w->chance, 6);
        versions[i] = model;
    }
    w->definitions.models[number - 1] = (struct model_history){.versions = versions, .n = n};
}

static void add_segment(struct world *w)
{
    usec_t applies_from[2];
    size_t n = some_versions(w, applies_from);
    int number = ++w->definitions.n_segments;
    const struct segment **versions = ARENA_ARRAY(w->arena, const struct segment *, n);
    const char *key = arena_printf(w->arena, "segment_%d", number);
    for (size_t i = 0; i < n; i++) {
        struct segment *segment;
        struct error error;
        enum status status = segment_parse(w->arena, random_document(w, false), key, EXPONENT, &segment, &error);
        CHECK(w, status == STATUS_OK, "%s: %s", error.pointer, error.detail);
        segment->number = number;
        segment->version = (int)i + 1;
        segment->applies_from = applies_from[i];
        versions[i] = segment;
    }
    w->definitions.segments[number - 1] = (struct segment_history){.versions = versions, .n = n};
}

static void define(struct world *w)
{
    struct span key, json;
    arena_reset(w->arena);
    /* beside the instants of deadlines, which lie whole days after those of events */
    w->now = BEGIN + (DAYS + chance_of(&w->chance, 40)) * USEC_PER_DAY + 12345678901 + chance_of(&w->chance, 1000000);
    w->definitions = (struct definitions){.shop = &shop, .revision = 1};
    w->definitions.models = ARENA_ARRAY(w->arena, struct model_history, MODEL_SLOTS);
    w->definitions.segments = ARENA_ARRAY(w->arena, struct segment_history, SEGMENT_SLOTS);
    for (size_t i = 0; preset_at(i, &key, &json); i++) {
        add_model(w, SOURCE_PRESET, key);
    }
    for (int i = 0; i < MODELS; i++) {
        add_model(w, SOURCE_RANDOM, (struct span){0});
    }
    for (int i = 0; i < MODELS; i++) {
        add_model(w, SOURCE_MONEY, (struct span){0});
    }
    for (int i = 0; i < SEGMENTS; i++) {
        add_segment(w);
    }
    definitions_seal(w->arena, &w->definitions);
}

/* ---- ledgers ---- */

static void add_message(struct world *w, const char *json, usec_t received_at)
{
    struct envelope *envelope;
    struct error error;
    struct message *message = ARENA_NEW(w->scratch, struct message);
    struct span body = span_of(arena_printf(w->scratch, "{\"batch\":[%s]}", json));
    enum status status = envelope_parse(w->scratch, body, true, &envelope, &error);
    if (status == STATUS_OK) {
        status = message_decode(w->scratch, envelope, 0, NULL, &shop, received_at, message, &error);
    }
    CHECK(w, status == STATUS_OK, "%s: %s %s", json, error.pointer, error.detail);
    for (size_t i = 0; i < w->n_ledger; i++) {
        if (uuid_compare(&w->ledger[i]->event_id, &message->event.event_id) == 0) {
            return;
        }
    }
    CHECK(w, w->n_ledger < EVENTS_MAX, "the ledger is full");
    w->ledger[w->n_ledger++] = &message->event;
}

/** The fold of the ledger at ${to}. */
static void fold(struct world *w, usec_t to, struct state *out)
{
    static const struct uuid key;
    const struct event *events[EVENTS_MAX];
    struct effects effects = {.arena = w->scratch};
    memcpy(events, w->ledger, w->n_ledger * sizeof(events[0]));
    state_init(out, &key, span_of("c1"), IDENTITY_USER);
    fold_ledger(&w->definitions, out, events, w->n_ledger, to, &effects);
}

static void make_customer(struct world *w)
{
    struct ledger_shape shape = {.begin = BEGIN, .days = DAYS, .events = (int)(1 + chance_of(&w->chance, EVENTS))};
    struct telling *tellings;
    size_t n = ledger_make(w->scratch, &w->chance, &shape, 1, &tellings);
    w->n_ledger = 0;
    for (size_t i = 0; i < n; i++) {
        add_message(w, tellings[i].json, tellings[i].at + USEC_PER_SEC);
    }
    fold(w, w->now, &w->state);
    struct explain_question question = {
        .now = w->now, .typical_value = 4200, .order = explain_order(&shop, &w->state)};
    explain_customer(w->scratch, &w->definitions, &w->state, &question, &w->explanation);
}

/** What the reply proposes is sent, ${times} times; the messages of a way are objects without id and time. */
static void send_messages(struct world *w, const struct way *way, int times)
{
    struct buf text;
    char time[TIME_TEXT];
    time_print(w->now, time);
    buf_init(&text, 0);
    way_messages_print(&text, &w->explanation, way);
    const char *list = arena_text(w->scratch, take_text(w->scratch, &text));
    struct span parts[WAY_TIMES_MAX] = {{0}};
    size_t n = 0;
    for (const char *p = strstr(list, "{\"type\""); p; n++) {
        const char *next = strstr(p + 1, "{\"type\"");
        parts[n] = (struct span){p + 1, (size_t)((next ? next : list + strlen(list)) - p) - 2};
        p = next;
    }
    CHECK(w, n == 1 || n == (size_t)way->times, "%d times, and %zu messages: %s", way->times, n, list);
    for (int i = 0; i < times; i++) {
        struct span part = parts[n == 1 ? 0 : i];
        const char *json = arena_printf(w->scratch, "{\"userId\":\"c1\",\"messageId\":\"way %d\",\"timestamp\":\"%s\",%.*s",
                                        i, time, (int)part.n, part.p);
        add_message(w, json, w->now);
    }
}

/** Where the customer is after ${times} events of a way. */
static void follow(struct world *w, const struct way *way, int times, struct state *out)
{
    size_t before = w->n_ledger;
    send_messages(w, way, times);
    fold(w, w->now, out);
    w->n_ledger = before;
}

static const char *described(struct world *w, const struct way *way)
{
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text, "%d times %" PRId64 " ", way->times, way->amount);
    way_messages_print(&text, &w->explanation, way);
    return arena_text(w->scratch, take_text(w->scratch, &text));
}

/* ---- by event ---- */

/** The same with one event less, or one unit less of the amount; false: there is no less. */
static void follow_less(struct world *w, const struct way *way, struct state *out)
{
    struct way less = *way;
    if (way_info(way->kind)->how == WAY_AMOUNT) {
        less.amount--;
        follow(w, &less, 1, out);
    } else {
        follow(w, way, way->times - 1, out);
    }
}

static void check_ways_of_model(struct world *w, const struct model_reason *reason)
{
    int i = reason->model->number - 1;
    struct state *after = ARENA_NEW(w->scratch, struct state);
    for (size_t k = 0; k < reason->ways.n; k++) {
        const struct way *way = &reason->ways.list[k];
        follow(w, way, way->times, after);
        CHECK(w, after->standing[i].stage == way->stage, "model %d: %s leads to %d, not %d", i + 1, described(w, way),
              after->standing[i].stage, way->stage);
        follow_less(w, way, after);
        CHECK(w, after->standing[i].stage != way->stage, "model %d: less than %s leads to %d", i + 1, described(w, way),
              way->stage);
        CHECK(w, way->stage != reason->stage->number, "model %d: a way to where the customer is", i + 1);
        w->counts.ways++;
        w->counts.amounts += way_info(way->kind)->how == WAY_AMOUNT;
    }
}

static void check_ways_of_segment(struct world *w, const struct segment_reason *reason)
{
    int number = reason->segment->number;
    struct state *after = ARENA_NEW(w->scratch, struct state);
    for (size_t k = 0; k < reason->ways.n; k++) {
        const struct way *way = &reason->ways.list[k];
        follow(w, way, way->times, after);
        CHECK(w, state_is_member(after, number) != reason->is_member, "segment %d: %s changes nothing", number,
              described(w, way));
        follow_less(w, way, after);
        CHECK(w, state_is_member(after, number) == reason->is_member, "segment %d: less than %s does it", number,
              described(w, way));
        w->counts.entries++;
    }
}

/** Is a way told to ${stage} that is as quick as ${times} events of ${kind}, and no more special? */
static bool is_told(const struct ways *ways, enum way_kind kind, int times, int stage)
{
    for (size_t i = 0; i < ways->n; i++) {
        const struct way *way = &ways->list[i];
        bool is_as_good = way->kind == kind || way->kind == WAY_PAGE ||
                          (way->kind == WAY_ORDER && kind == WAY_ORDER_IN_CATEGORY);
        if (is_as_good && way->times <= times && way->stage == stage) {
            return true;
        }
    }
    return false;
}

static void check_nothing_is_left_out(struct world *w, enum way_kind kind, int times)
{
    const struct explanation *e = &w->explanation;
    struct way way = {.kind = kind, .times = times};
    const struct order *order = explain_order(&shop, &w->state);
    struct state *after = ARENA_NEW(w->scratch, struct state);
    if (way_info(kind)->how == WAY_AMOUNT || kind == WAY_NAMED || (way_info(kind)->how == WAY_ONCE && !order)) {
        return;
    }
    way.name = way_info(kind)->how == WAY_ONCE ? order->id : (struct span){0};
    way.amount = way_info(kind)->event == EVENT_ORDER_COMPLETED ? e->usual_value : 0;
    way.times = way_info(kind)->how == WAY_ONCE ? 1 : times;
    follow(w, &way, way.times, after);
    for (size_t i = 0; i < e->n_models; i++) {
        int stage = after->standing[e->models[i].model->number - 1].stage;
        CHECK(w, stage == e->models[i].stage->number || is_told(&e->models[i].ways, kind, way.times, stage),
              "model %d: %s leads to %d, and is not told", e->models[i].model->number, described(w, &way), stage);
    }
    for (size_t i = 0; i < e->n_segments; i++) {
        bool is_member = state_is_member(after, e->segments[i].segment->number);
        CHECK(w, is_member == e->segments[i].is_member || is_told(&e->segments[i].ways, kind, way.times, 0),
              "segment %d: %s is not told", e->segments[i].segment->number, described(w, &way));
    }
    w->counts.nothing++;
}

/* ---- by time ---- */

static void check_moves(struct world *w, const struct model_reason *reason)
{
    int i = reason->model->number - 1, before = reason->stage->number;
    usec_t from = w->now;
    struct state *at = ARENA_NEW(w->scratch, struct state);
    for (size_t k = 0; k < reason->n_moves; k++) {
        const struct stage_move *move = &reason->moves[k];
        int to = move->stage->number;
        fold(w, move->at, at);
        CHECK(w, at->standing[i].stage == to && to != before, "model %d: in %d, not %d, at move %zu", i + 1,
              at->standing[i].stage, to, k);
        CHECK(w, at->standing[i].since == move->at, "model %d: is there before move %zu", i + 1, k);
        fold(w, move->at - 1, at);
        CHECK(w, at->standing[i].stage == before, "model %d: in %d one microsecond before move %zu", i + 1,
              at->standing[i].stage, k);
        fold(w, from + chance_of(&w->chance, move->at - from), at);
        CHECK(w, at->standing[i].stage == before, "model %d: has moved before move %zu", i + 1, k);
        before = to;
        from = move->at;
        w->counts.moves++;
    }
    const struct model_history *history = &w->definitions.models[i];
    if (reason->n_moves < EXPLAIN_MOVES_MAX && !history->versions[history->n - 1]->is_withdrawn) {
        fold(w, from + chance_of(&w->chance, 9000) * USEC_PER_DAY, at);
        CHECK(w, at->standing[i].stage == before, "model %d: a move is not told", i + 1);
        w->counts.nothing++;
    }
}

static void check_flip(struct world *w, const struct segment_reason *reason)
{
    int number = reason->segment->number;
    struct state *at = ARENA_NEW(w->scratch, struct state);
    usec_t until = w->now + 9000 * USEC_PER_DAY;
    if (reason->flips_at != NONE) {
        fold(w, reason->flips_at, at);
        CHECK(w, state_is_member(at, number) != reason->is_member, "segment %d: does not flip", number);
        fold(w, reason->flips_at - 1, at);
        CHECK(w, state_is_member(at, number) == reason->is_member, "segment %d: flips earlier", number);
        until = reason->flips_at;
        w->counts.flips++;
    }
    fold(w, w->now + chance_of(&w->chance, until - w->now), at);
    CHECK(w, state_is_member(at, number) == reason->is_member, "segment %d: a flip is not told", number);
    w->counts.nothing++;
}

/* ---- rules ---- */

/** Does any test miss? A rule that does not hold misses one. */
static bool misses(const struct condition *condition)
{
    bool is_missing = condition->is_missing;
    for (size_t i = 0; i < condition->n_parts; i++) {
        is_missing = misses(&condition->parts[i]) || is_missing;
    }
    return is_missing;
}

static void check_verdict(struct world *w, const struct verdict *verdict)
{
    struct fact_view view = definitions_view(&w->definitions, &w->state, w->now);
    struct rule_env env = fact_env(&view);
    CHECK(w, verdict->holds == rule_holds(verdict->rule, &env), "a rule is said to hold that does not, or the reverse");
    CHECK(w, misses(&verdict->condition) != verdict->holds, "what is missing is not told");
    CHECK(w, (verdict_missing(verdict, 0) == NULL) == verdict->holds, "what is missing is not said");
}

static void check_rules(struct world *w)
{
    const struct explanation *e = &w->explanation;
    for (size_t i = 0; i < e->n_models; i++) {
        const struct model_reason *reason = &e->models[i];
        int n_current = 0;
        for (size_t k = 0; k < reason->n_stages; k++) {
            check_verdict(w, &reason->stages[k].rule);
            n_current += reason->stages[k].is_current;
            if (reason->stages[k].hold.rule) {
                check_verdict(w, &reason->stages[k].hold);
            }
        }
        CHECK(w, n_current == 1, "a customer is in one stage");
        CHECK(w, reason->stage->number == w->state.standing[reason->model->number - 1].stage, "it is another stage");
    }
    for (size_t i = 0; i < e->n_segments; i++) {
        check_verdict(w, &e->segments[i].rule);
        CHECK(w, e->segments[i].rule.holds == e->segments[i].is_member, "whose rule holds is a member");
    }
}

/** The reply is JSON, in both languages. */
static void check_print(struct world *w, enum language language)
{
    struct buf text;
    struct scan scan;
    struct error error;
    buf_init(&text, 0);
    explain_print(&text, &w->explanation, language);
    enum status status =
        scan_parse(w->scratch, (struct span){text.p, text.n}, SCAN_DEPTH_MAX, &scan, &error);
    CHECK(w, status == STATUS_OK, "%.300s: %s", text.p, error.detail);
    buf_done(&text);
}

/* ---- the test ---- */

static void check_customer(struct world *w)
{
    const struct explanation *e = &w->explanation;
    arena_reset(w->scratch);
    make_customer(w);
    CHECK(w, e->n_models == (size_t)w->definitions.n_models, "a model is left out");
    CHECK(w, e->n_segments == (size_t)w->definitions.n_segments, "a segment is left out");
    check_rules(w);
    check_print(w, w->number % 2 ? LANGUAGE_ZH : LANGUAGE_EN);
    for (size_t i = 0; i < e->n_models; i++) {
        check_ways_of_model(w, &e->models[i]);
        check_moves(w, &e->models[i]);
    }
    for (size_t i = 0; i < e->n_segments; i++) {
        check_ways_of_segment(w, &e->segments[i]);
        check_flip(w, &e->segments[i]);
    }
    for (enum way_kind kind = 0; kind < WAY_KIND_COUNT; kind++) {
        check_nothing_is_left_out(w, kind, 1);
        check_nothing_is_left_out(w, kind, 2 + (int)chance_of(&w->chance, WAY_TIMES_MAX - 1));
    }
}

static void what_would_move_a_customer_moves_them_when_it_is_done(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof(*w));
    int64_t cases = chance_cases(150);
    assert_non_null(w);
    w->seed = chance_seed();
    w->chance.state = w->seed;
    w->arena = arena_new(1 << 20);
    w->scratch = arena_new(1 << 20);
    printf("PROPERTY_SEED=%" PRIu64 "\n", w->seed);
    for (w->number = 0; w->number < cases; w->number++) {
        if (w->number % CUSTOMERS == 0) {
            define(w);
        }
        check_customer(w);
    }
    const struct counts *c = &w->counts;
    printf("%" PRId64 " customers: %" PRId64 " ways to stages (%" PRId64 " amounts), %" PRId64
           " into or out of segments, %" PRId64 " moves and %" PRId64 " flips by time, %" PRId64 " times nothing\n",
           cases, c->ways, c->amounts, c->entries, c->moves, c->flips, c->nothing);
    assert_true(cases < 100 || (c->ways && c->amounts && c->entries && c->moves && c->flips));
    arena_free(w->arena);
    arena_free(w->scratch);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_would_move_a_customer_moves_them_when_it_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
