#include "core/money.h"
#include "core/way.h"

/* ---- trying ---- */

/** What is found, and where: a copy of the customer on which events are tried. */
struct trial {
    const struct way_search *search;
    struct arena *arena; /* what is found */
    struct arena *scratch;
    struct ways *models;
    struct ways *segments;
    struct state state;
};

/** What folding an event changes in place is copied; position: nothing moves by time until now. */
static void start_over(struct trial *t)
{
    const struct state *from = t->search->state;
    arena_reset(t->scratch);
    t->state = *from;
    t->state.orders = arena_copy(t->scratch, from->orders, from->n_orders * sizeof(*from->orders));
    t->state.orders_capacity = from->n_orders;
    t->state.has_counted = false; /* the array is the other's */
    t->state.profile.counters =
        arena_copy(t->scratch, from->profile.counters, from->profile.n_counters * sizeof(*from->profile.counters));
    if (t->state.position.at < t->search->now) {
        t->state.position = (struct position){.at = t->search->now};
    }
}

static void do_once(struct trial *t, const struct way *way, unsigned ordinal)
{
    struct effects effects = {.arena = t->scratch};
    struct event event;
    way_event(t->scratch, t->search, way, ordinal, &event);
    fold_event(t->search->definitions, &t->state, &event, &effects);
}

static void add(struct trial *t, struct ways *ways, const struct way *way)
{
    ways->list = arena_grow(t->arena, ways->list, ways->n, &ways->capacity, sizeof(*ways->list));
    ways->list[ways->n++] = *way;
}

static bool has(const struct ways *ways, const struct way *way)
{
    for (size_t i = 0; i < ways->n; i++) {
        const struct way *known = &ways->list[i];
        if (known->kind == way->kind && known->stage == way->stage && span_equal(known->name, way->name)) {
            return true;
        }
    }
    return false;
}

/** The model in force, and the customer stands in it. */
static const struct model *model_of(const struct way_search *search, int i)
{
    const struct model *model = model_at(&search->definitions->models[i], search->now);
    return model && !model->is_withdrawn && search->state->standing[i].stage != 0 ? model : NULL;
}

static const struct segment *segment_of(const struct way_search *search, int i)
{
    const struct segment *segment = segment_at(&search->definitions->segments[i], search->now);
    return segment && !segment->is_withdrawn ? segment : NULL;
}

/** Note where ${way} has led for the first time. */
static void note(struct trial *t, struct way *way)
{
    const struct way_search *search = t->search;
    for (int i = 0; i < search->definitions->n_models; i++) {
        way->stage = t->state.standing[i].stage;
        if (way->stage != search->state->standing[i].stage && model_of(search, i) && !has(&t->models[i], way)) {
            add(t, &t->models[i], way);
        }
    }
    way->stage = 0;
    for (int i = 0; i < search->definitions->n_segments; i++) {
        if (state_is_member(&t->state, i + 1) != state_is_member(search->state, i + 1) && segment_of(search, i) &&
            !has(&t->segments[i], way)) {
            add(t, &t->segments[i], way);
        }
    }
}

static void try_repeated(struct trial *t, struct way way)
{
    int most = way_info(way.kind)->how == WAY_ONCE ? 1 : WAY_TIMES_MAX;
    start_over(t);
    for (way.times = 1; way.times <= most; way.times++) {
        do_once(t, &way, (unsigned)way.times - 1);
        note(t, &way);
    }
}

/* ---- events that only rules know by name ---- */

static bool is_in_table(enum event_kind kind)
{
    for (enum way_kind way = 0; way < WAY_NAMED; way++) {
        if (way_info(way)->event == kind) {
            return true;
        }
    }
    return false;
}

struct names {
    struct arena *arena;
    struct span *list;
    size_t n;
    size_t capacity;
};

static void add_name(void *context, const struct fact_ref *ref, const char *op, const struct value *literal)
{
    struct names *names = context;
    (void)literal;
    if (ref->fact != FACT_COUNTER || op) {
        return;
    }
    enum event_kind kind = event_kind_of(ref->name);
    if (is_in_table(kind) || event_is_order(kind)) {
        return;
    }
    for (size_t i = 0; i < names->n; i++) {
        if (span_equal(names->list[i], ref->name)) {
            return;
        }
    }
    names->list = arena_grow(names->arena, names->list, names->n, &names->capacity, sizeof(*names->list));
    names->list[names->n++] = ref->name;
}

typedef void visit_fn(void *context, const struct fact_ref *ref, const char *op, const struct value *literal);

static void visit_model(const struct model *model, visit_fn *visit, void *context)
{
    for (size_t i = 0; i < model->n_stages; i++) {
        rule_visit(model->stages[i].rule, visit, context);
        if (model->stages[i].hold) {
            rule_visit(model->stages[i].hold, visit, context);
        }
    }
}

static void try_named(struct trial *t)
{
    const struct way_search *search = t->search;
    struct names names = {.arena = t->arena};
    for (int i = 0; i < search->definitions->n_models; i++) {
        const struct model *model = model_of(search, i);
        if (model) {
            visit_model(model, add_name, &names);
        }
    }
    for (int i = 0; i < search->definitions->n_segments; i++) {
        const struct segment *segment = segment_of(search, i);
        if (segment) {
            rule_visit(segment->rule, add_name, &names);
        }
    }
    for (size_t i = 0; i < names.n; i++) {
        try_repeated(t, (struct way){.kind = WAY_NAMED, .name = names.list[i]});
    }
}

/* ---- amounts ---- */

#define AMOUNTS_MAX 64
#define POINTS_MOST INT64_C(1000000000000)

/** The amounts of one event at which the rules of one model or segment may change. */
struct amounts {
    const struct way_search *search;
    enum way_kind kind;
    int64_t most;
    int64_t list[AMOUNTS_MAX]; /* sorted */
    size_t n;
};

static void add_amount(struct amounts *amounts, double amount)
{
    if (!(amount >= 1 && amount <= (double)amounts->most)) {
        return;
    }
    int64_t whole = (int64_t)amount;
    whole += (double)whole < amount;
    size_t place = amounts->n;
    while (place > 0 && amounts->list[place - 1] > whole) {
        place--;
    }
    if (whole > amounts->most || amounts->n == AMOUNTS_MAX || (place > 0 && amounts->list[place - 1] == whole)) {
        return;
    }
    memmove(&amounts->list[place + 1], &amounts->list[place], (amounts->n - place) * sizeof(amounts->list[0]));
    amounts->list[place] = whole;
    amounts->n++;
}

/** At this amount the fact reaches the literal, with one more it exceeds it. */
static void add_amounts(void *context, const struct fact_ref *ref, const char *op, const struct value *literal)
{
    struct amounts *amounts = context;
    const struct state *state = amounts->search->state;
    if (op == NULL || (literal->type != VALUE_NUMBER && literal->type != VALUE_MONEY)) {
        return;
    }
    bool is_order = amounts->kind == WAY_ORDER_OF_VALUE, is_money = ref->type == VALUE_MONEY;
    if (is_order ? !is_money : ref->fact != FACT_points_balance) {
        return;
    }
    struct fact_view view = {.state = state, .now = amounts->search->now};
    struct value now = fact_read(&view, ref);
    double lacks = literal->number;
    if (ref->fact == FACT_order_value_avg) {
        lacks = literal->number * (double)(state->a.orders_count + 1) - (double)(state->a.revenue_gross -
                                                                                  state->a.revenue_refunded);
    } else if (ref->fact != FACT_order_value_last && now.type != VALUE_NULL) {
        lacks = literal->number - now.number;
    }
    lacks = amounts->kind == WAY_POINTS_REDEEMED ? -lacks : lacks;
    add_amount(amounts, lacks);
    add_amount(amounts, lacks + 1);
}

/** Where ${way} leads under model or segment number ${i} + 1 with this amount: a stage, or 1 in the segment. */
static int outcome(struct trial *t, struct way way, int64_t amount, bool is_model, int i)
{
    way.amount = amount;
    start_over(t);
    do_once(t, &way, 0);
    return is_model ? t->state.standing[i].stage : state_is_member(&t->state, i + 1);
}

/** The smallest amount found that leads to ${to}: one unit less does not. */
static int64_t smallest(struct trial *t, struct way way, int64_t amount, bool is_model, int i, int to)
{
    int64_t low = 0, high = amount; /* the first does not get there, the second does */
    int64_t middle = amount - 1;
    while (high - low > 1) {
        if (outcome(t, way, middle, is_model, i) == to) {
            high = middle;
        } else {
            low = middle;
        }
        middle = low + (high - low) / 2;
    }
    return high;
}

static void try_amounts(struct trial *t, struct amounts *amounts, bool is_model, int i)
{
    struct ways *ways = is_model ? &t->models[i] : &t->segments[i];
    const struct state *state = t->search->state;
    int from = is_model ? state->standing[i].stage : state_is_member(state, i + 1);
    struct way way = {.kind = amounts->kind, .times = 1};
    int by_itself = amounts->n ? outcome(t, way, 0, is_model, i) : from;
    for (size_t k = 0; k < amounts->n; k++) {
        int to = outcome(t, way, amounts->list[k], is_model, i);
        way.stage = is_model ? to : 0;
        if (to != from && to != by_itself && !has(ways, &way)) {
            struct way found = way;
            found.amount = smallest(t, way, amounts->list[k], is_model, i, to);
            add(t, ways, &found);
        }
    }
}

static void try_all_amounts(struct trial *t, enum way_kind kind)
{
    const struct way_search *search = t->search;
    struct amounts blank = {.search = search, .kind = kind, .most = POINTS_MOST};
    if (kind == WAY_ORDER_OF_VALUE) {
        blank.most = search->usual_value > 0 && search->usual_value < MONEY_MAX / WAY_TIMES_MAX
                         ? search->usual_value * WAY_TIMES_MAX
                         : MONEY_MAX;
    }
    for (int i = 0; i < search->definitions->n_models; i++) {
        const struct model *model = model_of(search, i);
        struct amounts amounts = blank;
        if (model) {
            visit_model(model, add_amounts, &amounts);
            try_amounts(t, &amounts, true, i);
        }
    }
    for (int i = 0; i < search->definitions->n_segments; i++) {
        const struct segment *segment = segment_of(search, i);
        struct amounts amounts = blank;
        if (segment) {
            rule_visit(segment->rule, add_amounts, &amounts);
            try_amounts(t, &amounts, false, i);
        }
    }
}

/* ---- all of it ---- */

/** Does ${other}, which is slighter, get to the same place as quickly as ${way}? */
static bool is_slighter(const struct way *other, const struct way *way)
{
    bool is_order = way->kind == WAY_ORDER_OF_VALUE || way->kind == WAY_ORDER_IN_CATEGORY;
    bool is_base = (other->kind == WAY_PAGE && way->kind != WAY_PAGE) || (other->kind == WAY_ORDER && is_order);
    return is_base && other->stage == way->stage && other->times <= way->times;
}

static void leave_out(struct ways *ways)
{
    size_t kept = 0;
    for (size_t i = 0; i < ways->n; i++) {
        struct way way = ways->list[i];
        bool is_needless = false;
        for (size_t k = 0; k < kept && !is_needless; k++) {
            is_needless = is_slighter(&ways->list[k], &way);
        }
        if (!is_needless) {
            ways->list[kept++] = way;
        }
    }
    ways->n = kept;
}

void ways_find(struct arena *arena, const struct way_search *search, struct ways *models, struct ways *segments)
{
    struct trial t = {.search = search,
                      .arena = arena,
                      .scratch = arena_new(65536),
                      .models = models,
                      .segments = segments};
    const struct order *order = search->order;
    for (enum way_kind kind = 0; kind < WAY_KIND_COUNT; kind++) {
        const struct way_info *info = way_info(kind);
        struct way way = {.kind = kind};
        bool is_reversal = info->how == WAY_ONCE;
        if (info->event == EVENT_ORDER_COMPLETED) {
            way.amount = search->usual_value;
        } else if (is_reversal && order) {
            way.name = order->id;
        }
        if (kind == WAY_NAMED) {
            try_named(&t);
        } else if (info->how == WAY_AMOUNT) {
            try_all_amounts(&t, kind);
        } else if (!is_reversal || order) {
            try_repeated(&t, way);
        }
    }
    arena_free(t.scratch);
    for (int i = 0; i < search->definitions->n_models; i++) {
        leave_out(&models[i]);
    }
    for (int i = 0; i < search->definitions->n_segments; i++) {
        leave_out(&segments[i]);
    }
}
