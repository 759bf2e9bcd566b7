#include "wire/outcome.h"

/* The version that decided: a reply is told in the words of its own time. */
static const struct model *version_of(const struct definitions *definitions, int number, int version)
{
    if (number < 1 || number > definitions->n_models)
        return NULL;
    const struct model_history *history = &definitions->models[number - 1];
    for (size_t i = 0; i < history->n; i++)
        if (history->versions[i]->version == version)
            return history->versions[i];
    return history->n ? history->versions[history->n - 1] : NULL;
}

/* A stage of any version: numbers are permanent. */
static const struct stage *stage_of(const struct definitions *definitions, const struct model *model, int number)
{
    const struct stage *stage = number ? model_stage(model, number) : NULL;
    const struct model_history *history = &definitions->models[model->number - 1];
    for (size_t i = history->n; stage == NULL && number && i > 0; i--)
        stage = model_stage(history->versions[i - 1], number);
    return stage;
}

static void print_stage(struct buf *buf, const struct stage *stage)
{
    if (stage)
        buf_json_string(buf, span_of(stage->key));
    else
        buf_text(buf, "null");
}

static void print_rule(struct buf *buf, const struct rule *rule)
{
    struct buf text;
    buf_init(&text, 0);
    rule_formula(rule, &text);
    buf_json_string(buf, (struct span){text.p, text.n});
    buf_done(&text);
}

static void print_model(struct buf *buf, const struct definitions *definitions, const struct model *model,
                        const struct outcome_model *m)
{
    const struct stage *to = stage_of(definitions, model, m->to);
    buf_text(buf, "{\"model\":");
    buf_json_string(buf, span_of(model->key));
    buf_text(buf, ",\"from\":");
    print_stage(buf, stage_of(definitions, model, m->from));
    buf_text(buf, ",\"to\":");
    print_stage(buf, to);
    buf_text(buf, m->from == m->to ? ",\"changed\":false,\"rule\":" : ",\"changed\":true,\"rule\":");
    if (to)
        print_rule(buf, m->is_held && to->hold ? to->hold : to->rule);
    else
        buf_text(buf, "null");
    buf_text(buf, ",\"since\":");
    buf_json_time(buf, m->since);
    buf_text(buf, ",\"next\":");
    if (m->next_at != NONE) {
        buf_text(buf, "{\"stage\":");
        print_stage(buf, stage_of(definitions, model, m->next_stage));
        buf_text(buf, ",\"at\":");
        buf_json_time(buf, m->next_at);
        buf_char(buf, '}');
    } else {
        buf_text(buf, "null");
    }
    buf_char(buf, '}');
}

static void print_segments(struct buf *buf, const struct definitions *definitions, const int *numbers, size_t n)
{
    bool first = true;
    buf_char(buf, '[');
    for (size_t i = 0; i < n; i++) {
        if (numbers[i] < 1 || numbers[i] > definitions->n_segments || definitions->segments[numbers[i] - 1].n == 0)
            continue;
        if (!first)
            buf_char(buf, ',');
        first = false;
        buf_json_string(buf, span_of(definitions->segments[numbers[i] - 1].versions[0]->key));
    }
    buf_char(buf, ']');
}

void outcome_print(struct buf *buf, const struct definitions *definitions, const struct outcome *outcome)
{
    bool first = true;
    buf_text(buf, "\"models\":[");
    for (size_t i = 0; i < outcome->n_models; i++) {
        const struct model *model = version_of(definitions, outcome->models[i].model, outcome->models[i].version);
        if (model == NULL)
            continue;
        if (!first)
            buf_char(buf, ',');
        first = false;
        print_model(buf, definitions, model, &outcome->models[i]);
    }
    buf_text(buf, "],\"segments\":{\"entered\":");
    print_segments(buf, definitions, outcome->entered, outcome->n_entered);
    buf_text(buf, ",\"left\":");
    print_segments(buf, definitions, outcome->left, outcome->n_left);
    buf_char(buf, '}');
}
