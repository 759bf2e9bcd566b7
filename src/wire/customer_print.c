#include "wire/customer.h"

#include "core/money.h"
#include "crypto/digest.h"

#include <math.h>

/* --- pieces that other prints use too ---------------------------------------------------------------------- */

const struct stage *history_stage(const struct model_history *history, int number)
{
    const struct stage *stage = NULL;
    for (size_t i = history->n; stage == NULL && number && i > 0; i--)
        stage = model_stage(history->versions[i - 1], number);
    return stage;
}

void stage_key_print(struct buf *buf, const struct model_history *history, int number)
{
    const struct stage *stage = history_stage(history, number);
    if (stage)
        buf_json_string(buf, span_of(stage->key));
    else
        buf_text(buf, "null");
}

void names_print(struct buf *buf, const char *zh, const char *en)
{
    buf_text(buf, "{\"zh\":");
    buf_json_string(buf, span_of(zh ? zh : ""));
    buf_text(buf, ",\"en\":");
    buf_json_string(buf, span_of(en ? en : ""));
    buf_char(buf, '}');
}

static void print_quoted(struct buf *buf, struct buf *text)
{
    buf_json_string(buf, (struct span){text->n ? text->p : "", text->n});
    buf_done(text);
}

void formula_print(struct buf *buf, const struct rule *rule)
{
    struct buf text;
    if (rule == NULL) {
        buf_text(buf, "null");
        return;
    }
    buf_init(&text, 0);
    rule_formula(rule, &text);
    print_quoted(buf, &text);
}

void words_print(struct buf *buf, const struct rule *rule, enum language language)
{
    struct buf text;
    buf_init(&text, 0);
    rule_text(rule, language, &text);
    print_quoted(buf, &text);
}

/* --- facts -------------------------------------------------------------------------------------------------- */

#define WHOLE_MAX 9007199254740992.0

static void print_number(struct buf *buf, double n)
{
    char text[NUMBER_TEXT];
    if (n == floor(n) && fabs(n) < WHOLE_MAX)
        buf_int(buf, (int64_t)n);
    else
        buf_append(buf, text, value_number_print(n, text));
}

static void print_money(struct buf *buf, double minor, int exponent)
{
    char text[MONEY_TEXT];
    buf_append(buf, text, money_print((int64_t)llround(minor), exponent, text));
}

static void print_value(struct buf *buf, const struct value *value, int exponent)
{
    switch (value->type) {
    case VALUE_BOOL: buf_text(buf, value->boolean ? "true" : "false"); return;
    case VALUE_NUMBER: print_number(buf, value->number); return;
    case VALUE_MONEY:
        buf_char(buf, '"');
        print_money(buf, value->number, exponent);
        buf_char(buf, '"');
        return;
    case VALUE_TIME: buf_json_time(buf, value->time); return;
    case VALUE_STRING: buf_json_string(buf, value->string); return;
    case VALUE_NULL:
    case VALUE_LIST: break;
    }
    buf_text(buf, "null");
}

static struct value read_fact(const struct customer_view *view, enum fact fact)
{
    struct fact_view of = definitions_view(view->definitions, &view->state, view->as_of);
    struct fact_ref ref = {.fact = (int)fact};
    return fact_read(&of, &ref);
}

static void print_fact(struct buf *buf, const struct customer_view *view, enum fact fact)
{
    struct value value = read_fact(view, fact);
    buf_char(buf, '"');
    buf_text(buf, fact_info(fact)->name);
    buf_text(buf, "\":");
    print_value(buf, &value, view->definitions->shop->exponent);
}

/* A name of the shop's own may hold anything. */
static void print_counter(struct buf *buf, struct span name, int64_t count)
{
    struct buf text;
    buf_init(&text, 0);
    buf_text(&text, "events.");
    buf_span(&text, name);
    buf_text(&text, ".count");
    buf_char(buf, ',');
    print_quoted(buf, &text);
    buf_char(buf, ':');
    buf_int(buf, count);
}

/* Kinds that the row counts itself are facts under their event's name too. */
static void print_counters(struct buf *buf, const struct state *state)
{
    for (int kind = EVENT_NONE + 1; kind < EVENT_KIND_COUNT; kind++) {
        struct span name = event_kind_normalised((enum event_kind)kind);
        if (name.n == 0 || fact_counter_sql(name) == NULL)
            continue;
        struct fact_view of = {.state = state};
        struct fact_ref ref = {.fact = FACT_COUNTER, .name = name};
        struct value count = fact_read(&of, &ref);
        if (count.number > 0)
            print_counter(buf, name, (int64_t)count.number);
    }
    for (size_t i = 0; i < state->profile.n_counters; i++)
        print_counter(buf, state->profile.counters[i].name, state->profile.counters[i].count);
}

/* Where silence_ratio stands is told, for it changes with every tick. */
static void print_facts(struct buf *buf, const struct customer_view *view, size_t *ratio_from, size_t *ratio_to)
{
    buf_char(buf, '{');
    for (int i = 0; i < FACT_TRAIT; i++) {
        if (i)
            buf_char(buf, ',');
        if (i == FACT_silence_ratio)
            *ratio_from = buf->n;
        print_fact(buf, view, (enum fact)i);
        if (i == FACT_silence_ratio)
            *ratio_to = buf->n;
    }
    print_counters(buf, &view->state);
    buf_char(buf, '}');
}

static void print_traits(struct buf *buf, const struct profile *profile)
{
    buf_char(buf, '{');
    for (size_t i = 0; i < profile->n_traits; i++) {
        if (i)
            buf_char(buf, ',');
        buf_json_string(buf, profile->traits[i].name);
        buf_char(buf, ':');
        buf_span(buf, profile->traits[i].json);
    }
    buf_char(buf, '}');
}

/* --- stages and segments -------------------------------------------------------------------------------------- */

/* The model under number i + 1 and the stage in it, or NULL when the customer stands nowhere in it. */
static const struct stage *stage_in(const struct customer_view *view, int i, const struct model **model)
{
    int number = view->state.standing[i].stage;
    *model = number ? model_at(&view->definitions->models[i], view->as_of) : NULL;
    if (*model == NULL || (*model)->is_withdrawn)
        return NULL;
    return model_stage(*model, number);
}

static const struct rule *deciding_rule(const struct customer_view *view, const struct model *model,
                                        const struct stage *stage)
{
    if (stage->hold == NULL)
        return stage->rule;
    struct fact_view of = definitions_view(view->definitions, &view->state, view->as_of);
    struct rule_env env = fact_env(&of);
    struct decision decision;
    model_decide(model, &env, stage->number, &decision);
    return decision.is_held ? stage->hold : stage->rule;
}

static void print_stages(struct buf *buf, const struct customer_view *view, bool is_compact)
{
    bool first = true;
    buf_char(buf, '[');
    for (int i = 0; i < view->definitions->n_models; i++) {
        const struct model *model;
        const struct stage *stage = stage_in(view, i, &model);
        if (stage == NULL)
            continue;
        buf_text(buf, first ? "{\"model\":" : ",{\"model\":");
        first = false;
        buf_json_string(buf, span_of(model->key));
        buf_text(buf, ",\"stage\":");
        buf_json_string(buf, span_of(stage->key));
        if (!is_compact) {
            buf_text(buf, ",\"role\":");
            buf_json_string(buf, span_of(role_name(stage->role)));
            buf_text(buf, ",\"name\":");
            names_print(buf, stage->name_zh, stage->name_en);
            buf_text(buf, ",\"rule\":");
            formula_print(buf, deciding_rule(view, model, stage));
        }
        buf_text(buf, ",\"since\":");
        buf_json_time(buf, view->state.standing[i].since);
        if (!is_compact && view->next[i].at != NONE) {
            buf_text(buf, ",\"next\":{\"stage\":");
            stage_key_print(buf, &view->definitions->models[i], view->next[i].stage);
            buf_text(buf, ",\"at\":");
            buf_json_time(buf, view->next[i].at);
            buf_char(buf, '}');
        } else if (!is_compact) {
            buf_text(buf, ",\"next\":null");
        }
        buf_char(buf, '}');
    }
    buf_char(buf, ']');
}

static void print_segments(struct buf *buf, const struct customer_view *view)
{
    bool first = true;
    buf_char(buf, '[');
    for (int i = 0; i < view->definitions->n_segments; i++) {
        if (!state_is_member(&view->state, i + 1))
            continue;
        const struct segment *segment = segment_at(&view->definitions->segments[i], view->as_of);
        if (segment == NULL)
            continue;
        if (!first)
            buf_char(buf, ',');
        first = false;
        buf_json_string(buf, span_of(segment->key));
    }
    buf_char(buf, ']');
}

/* --- whole customers ------------------------------------------------------------------------------------------ */

uint64_t customer_print(struct buf *buf, const struct customer_view *view)
{
    size_t start = buf->n, ratio_from = start, ratio_to = start;
    buf_text(buf, "{\"id\":");
    buf_json_string(buf, view->state.external_id);
    buf_text(buf, ",\"facts\":");
    print_facts(buf, view, &ratio_from, &ratio_to);
    buf_text(buf, ",\"traits\":");
    print_traits(buf, &view->state.profile);
    buf_text(buf, ",\"stages\":");
    print_stages(buf, view, false);
    buf_text(buf, ",\"segments\":");
    print_segments(buf, view);
    uint64_t hash = hash64((struct span){buf->p + start, ratio_from - start}) * 31 +
                    hash64((struct span){buf->p + ratio_to, buf->n - ratio_to});
    buf_text(buf, ",\"as_of\":");
    buf_json_time(buf, view->as_of);
    buf_char(buf, '}');
    return hash;
}

static const enum fact compact[] = {FACT_orders_count, FACT_revenue, FACT_last_order_at, FACT_last_seen_at};

void customer_row_print(struct buf *buf, const struct customer_view *view, usec_t entered_at, const struct move *move)
{
    buf_text(buf, "{\"id\":");
    buf_json_string(buf, view->state.external_id);
    buf_text(buf, ",\"facts\":{");
    for (size_t i = 0; i < COUNT_OF(compact); i++) {
        if (i)
            buf_char(buf, ',');
        print_fact(buf, view, compact[i]);
    }
    buf_text(buf, "},\"stages\":");
    print_stages(buf, view, true);
    buf_text(buf, ",\"segments\":");
    print_segments(buf, view);
    if (entered_at != NONE) {
        buf_text(buf, ",\"entered_at\":");
        buf_json_time(buf, entered_at);
    }
    if (move && move->model) {
        const struct model_history *history = &view->definitions->models[move->model - 1];
        buf_text(buf, ",\"next\":{\"model\":");
        buf_json_string(buf, span_of(history->versions[0]->key));
        buf_text(buf, ",\"stage\":");
        stage_key_print(buf, history, move->stage);
        buf_text(buf, ",\"at\":");
        buf_json_time(buf, move->at);
        buf_char(buf, '}');
    }
    buf_char(buf, '}');
}
