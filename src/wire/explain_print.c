#include "wire/explain.h"

#include "core/money.h"
#include "crypto/digest.h"
#include "wire/customer.h"
#include "wire/message.h"
#include "wire/value.h"

/** Where it is printed, and how. */
struct printer {
    struct buf *buf;
    const struct explanation *explanation;
    enum language language;
};

static void name_key(const struct printer *p, const char *name, struct span key)
{
    buf_printf(p->buf, "\"%s\":", name);
    buf_json_string(p->buf, key);
}

static void member(const struct printer *p, const char *name, const char *text)
{
    buf_char(p->buf, ',');
    name_key(p, name, span_of(text));
}

static void flag(const struct printer *p, const char *name, bool value)
{
    buf_printf(p->buf, ",\"%s\":%s", name, value ? "true" : "false");
}

static void value(const struct printer *p, const char *name, const struct value *v)
{
    buf_printf(p->buf, ",\"%s\":", name);
    value_print(p->buf, v, p->explanation->shop->exponent);
}

static void names(const struct printer *p, const char *zh, const char *en)
{
    buf_text(p->buf, ",\"name\":");
    names_print(p->buf, zh, en);
}

/** A sentence that was put into ${text}, which is done with. */
static void sentence(const struct printer *p, struct buf *text)
{
    buf_json_string(p->buf, (struct span){text->n ? text->p : "", text->n});
    buf_done(text);
}

/* ---- rules ---- */

static void rule_members(const struct printer *p, const struct rule *rule)
{
    buf_text(p->buf, "\"formula\":");
    formula_print(p->buf, rule);
    buf_text(p->buf, ",\"text\":");
    words_print(p->buf, rule, p->language);
}

static void fact(const struct printer *p, const struct fact_use *use)
{
    buf_char(p->buf, '{');
    name_key(p, "fact", use->name);
    if (use->ref.fact < FACT_TRAIT) {
        const struct fact_info *info = fact_info((enum fact)use->ref.fact);
        member(p, "label", p->language == LANGUAGE_ZH ? info->label_zh : info->label_en);
        member(p, "type", value_type_key(info->type));
        member(p, "unit", info->unit);
    } else {
        member(p, "type", value_type_key(use->ref.fact == FACT_COUNTER ? VALUE_NUMBER : use->value.type));
    }
    value(p, "value", &use->value);
    buf_char(p->buf, '}');
}

static void condition(const struct printer *p, const struct condition *c)
{
    buf_char(p->buf, '{');
    if (c->kind == CONDITION_TEST) {
        rule_members(p, &c->rule);
        flag(p, "holds", c->holds);
        flag(p, "missing", c->is_missing);
        if (c->fact.n) {
            buf_char(p->buf, ',');
            name_key(p, "fact", c->fact);
            value(p, "value", &c->value);
        }
        if (c->wanted.type != VALUE_NULL) {
            value(p, "wanted", &c->wanted);
        }
        if (c->difference.type != VALUE_NULL) {
            value(p, "difference", &c->difference);
        }
    } else {
        buf_text(p->buf, c->kind == CONDITION_ALL ? "\"all\":[" : "\"any\":[");
        for (size_t i = 0; i < c->n_parts; i++) {
            buf_text(p->buf, i ? "," : "");
            condition(p, &c->parts[i]);
        }
        buf_char(p->buf, ']');
        flag(p, "holds", c->holds);
    }
    buf_char(p->buf, '}');
}

static void verdict(const struct printer *p, const struct verdict *v)
{
    const struct condition *missing;
    buf_char(p->buf, '{');
    rule_members(p, v->rule);
    flag(p, "holds", v->holds);
    buf_text(p->buf, ",\"facts\":[");
    for (size_t i = 0; i < v->n_facts; i++) {
        buf_text(p->buf, i ? "," : "");
        fact(p, &v->facts[i]);
    }
    buf_text(p->buf, "],\"condition\":");
    condition(p, &v->condition);
    buf_text(p->buf, ",\"missing\":[");
    for (size_t i = 0; (missing = verdict_missing(v, i)) != NULL; i++) {
        struct buf text;
        buf_init(&text, 0);
        condition_missing_text(missing, p->language, &text);
        buf_text(p->buf, i ? "," : "");
        sentence(p, &text);
    }
    buf_text(p->buf, "]}");
}

/* ---- ways ---- */

static void money(const struct printer *p, int64_t minor)
{
    char text[MONEY_TEXT];
    buf_char(p->buf, '"');
    buf_append(p->buf, text, money_print(minor, p->explanation->shop->exponent, text));
    buf_char(p->buf, '"');
}

static void properties(const struct printer *p, const struct way *way, int number)
{
    const struct way_info *info = way_info(way->kind);
    buf_text(p->buf, ",\"properties\":{");
    if (info->event == EVENT_ORDER_COMPLETED) {
        buf_text(p->buf, "\"revenue\":");
        money(p, way->amount);
        member(p, "currency", p->explanation->shop->currency);
        if (way->kind == WAY_ORDER_IN_CATEGORY) {
            buf_printf(p->buf, ",\"products\":[{\"category\":\"new category %d\"}]", number);
        }
    } else if (event_is_order(info->event)) {
        name_key(p, "order_id", way->name);
    } else if (info->event == EVENT_SURVEY_ANSWERED) {
        name_key(p, "kind", span_of(info->survey));
        buf_printf(p->buf, ",\"score\":%d", info->score);
    } else if (info->how == WAY_AMOUNT) {
        buf_text(p->buf, "\"points\":");
        buf_int(p->buf, way->amount);
    }
    buf_char(p->buf, '}');
}

static void messages(const struct printer *p, const struct way *way)
{
    enum event_kind event = way_info(way->kind)->event;
    int n = way->kind == WAY_ORDER_IN_CATEGORY ? way->times : 1;
    buf_char(p->buf, '[');
    for (int i = 1; i <= n; i++) {
        buf_text(p->buf, i > 1 ? "," : "");
        if (event == EVENT_PAGE) {
            buf_text(p->buf, "{\"type\":\"page\"");
        } else {
            buf_text(p->buf, "{\"type\":\"track\",");
            name_key(p, "event", way->kind == WAY_NAMED ? way->name : span_of(event_kind_name(event)));
        }
        properties(p, way, i);
        buf_char(p->buf, '}');
    }
    buf_char(p->buf, ']');
}

const struct order *explain_order(const struct shop *shop, const struct state *state)
{
    const struct order *order = way_latest_order(state);
    struct uuid key;
    if (order == NULL) {
        return NULL;
    }
    message_order_key(shop, order->id, &key);
    return uuid_compare(&key, &order->key) == 0 ? order : NULL;
}

void way_messages_print(struct buf *buf, const struct explanation *explanation, const struct way *way)
{
    struct printer p = {.buf = buf, .explanation = explanation};
    messages(&p, way);
}

/** After the members that say where it leads. */
static void way_members(const struct printer *p, const struct way *way)
{
    const struct way_info *info = way_info(way->kind);
    buf_printf(p->buf, ",\"times\":%d", way->times);
    if (info->event == EVENT_ORDER_COMPLETED) {
        buf_text(p->buf, ",\"amount\":");
        money(p, way->amount);
    } else if (info->how == WAY_AMOUNT) {
        buf_text(p->buf, ",\"amount\":");
        buf_int(p->buf, way->amount);
    }
    buf_text(p->buf, ",\"messages\":");
    messages(p, way);
}

/* ---- models ---- */

static int64_t days_until(usec_t now, usec_t at)
{
    return (at - now) / USEC_PER_DAY + ((at - now) % USEC_PER_DAY > 0);
}

static void stage(const struct printer *p, const struct stage_reason *reason)
{
    buf_char(p->buf, '{');
    name_key(p, "stage", span_of(reason->stage->key));
    member(p, "role", role_name(reason->stage->role));
    names(p, reason->stage->name_zh, reason->stage->name_en);
    const char *description = p->language == LANGUAGE_ZH ? reason->stage->sentence_zh : reason->stage->sentence_en;
    if (description) {
        member(p, "description", description);
    } else {
        buf_text(p->buf, ",\"description\":null");
    }
    flag(p, "current", reason->is_current);
    flag(p, "overruled", reason->is_overruled);
    buf_text(p->buf, ",\"rule\":");
    verdict(p, &reason->rule);
    buf_text(p->buf, ",\"hold\":");
    if (reason->hold.rule) {
        verdict(p, &reason->hold);
    } else {
        buf_text(p->buf, "null");
    }
    buf_char(p->buf, '}');
}

static void move(const struct printer *p, const struct stage_move *next)
{
    usec_t now = p->explanation->now;
    struct buf text;
    buf_init(&text, 0);
    buf_char(p->buf, '{');
    name_key(p, "stage", span_of(next->stage->key));
    buf_text(p->buf, ",\"at\":");
    buf_json_time(p->buf, next->at);
    buf_printf(p->buf, ",\"days\":%lld,\"text\":", (long long)days_until(now, next->at));
    explain_move_text(next, now, p->language, &text);
    sentence(p, &text);
    buf_char(p->buf, '}');
}

static void way_to_stage(const struct printer *p, const struct model_reason *reason, const struct way *way)
{
    const struct stage *to = model_stage(reason->model, way->stage);
    struct buf text;
    buf_init(&text, 0);
    buf_char(p->buf, '{');
    name_key(p, "stage", span_of(to->key));
    way_members(p, way);
    buf_text(p->buf, ",\"text\":");
    explain_way_text(p->explanation, way, to, p->language, &text);
    sentence(p, &text);
    buf_char(p->buf, '}');
}

static void model(const struct printer *p, const struct model_reason *reason)
{
    struct buf text;
    buf_init(&text, 0);
    buf_char(p->buf, '{');
    name_key(p, "model", span_of(reason->model->key));
    names(p, reason->model->name_zh, reason->model->name_en);
    member(p, "stage", reason->stage->key);
    member(p, "role", role_name(reason->stage->role));
    buf_text(p->buf, ",\"since\":");
    buf_json_time(p->buf, reason->since);
    member(p, "decided_by", reason->is_held ? "hold" : "rule");
    buf_text(p->buf, ",\"rule\":");
    formula_print(p->buf, reason->is_held ? reason->stage->hold : reason->stage->rule);
    buf_text(p->buf, ",\"text\":");
    explain_stage_text(reason, p->language, &text);
    sentence(p, &text);
    buf_text(p->buf, ",\"stages\":[");
    for (size_t i = 0; i < reason->n_stages; i++) {
        buf_text(p->buf, i ? "," : "");
        stage(p, &reason->stages[i]);
    }
    buf_text(p->buf, "],\"by_time\":[");
    for (size_t i = 0; i < reason->n_moves; i++) {
        buf_text(p->buf, i ? "," : "");
        move(p, &reason->moves[i]);
    }
    buf_text(p->buf, "],\"by_event\":[");
    for (size_t i = 0; i < reason->ways.n; i++) {
        buf_text(p->buf, i ? "," : "");
        way_to_stage(p, reason, &reason->ways.list[i]);
    }
    buf_text(p->buf, "]}");
}

/* ---- segments ---- */

static void segment(const struct printer *p, const struct segment_reason *reason)
{
    usec_t now = p->explanation->now;
    struct buf text;
    buf_char(p->buf, '{');
    name_key(p, "segment", span_of(reason->segment->key));
    if (reason->segment->name_zh || reason->segment->name_en) {
        names(p, reason->segment->name_zh, reason->segment->name_en);
    } else {
        buf_text(p->buf, ",\"name\":null");
    }
    flag(p, "member", reason->is_member);
    buf_text(p->buf, ",\"rule\":");
    verdict(p, &reason->rule);
    buf_text(p->buf, ",\"by_time\":");
    if (reason->flips_at == NONE) {
        buf_text(p->buf, "null");
    } else {
        buf_init(&text, 0);
        buf_text(p->buf, reason->is_member ? "{\"member\":false,\"at\":" : "{\"member\":true,\"at\":");
        buf_json_time(p->buf, reason->flips_at);
        buf_printf(p->buf, ",\"days\":%lld,\"text\":", (long long)days_until(now, reason->flips_at));
        explain_flip_text(reason, now, p->language, &text);
        sentence(p, &text);
        buf_char(p->buf, '}');
    }
    buf_text(p->buf, ",\"by_event\":[");
    for (size_t i = 0; i < reason->ways.n; i++) {
        const struct way *way = &reason->ways.list[i];
        buf_init(&text, 0);
        buf_text(p->buf, i ? "," : "");
        buf_text(p->buf, reason->is_member ? "{\"member\":false" : "{\"member\":true");
        way_members(p, way);
        buf_text(p->buf, ",\"text\":");
        explain_entry_text(p->explanation, way, reason, p->language, &text);
        sentence(p, &text);
        buf_char(p->buf, '}');
    }
    buf_text(p->buf, "]}");
}

/* ---- all of it ---- */

uint64_t explain_print(struct buf *buf, const struct explanation *explanation, enum language language)
{
    size_t start = buf->n;
    struct printer p = {.buf = buf, .explanation = explanation, .language = language};
    buf_char(buf, '{');
    name_key(&p, "id", explanation->state->external_id);
    buf_text(buf, ",\"models\":[");
    for (size_t i = 0; i < explanation->n_models; i++) {
        buf_text(buf, i ? "," : "");
        model(&p, &explanation->models[i]);
    }
    buf_text(buf, "],\"segments\":[");
    for (size_t i = 0; i < explanation->n_segments; i++) {
        buf_text(buf, i ? "," : "");
        segment(&p, &explanation->segments[i]);
    }
    buf_text(buf, "],\"usual_order_value\":");
    money(&p, explanation->usual_value);
    uint64_t hash = hash64((struct span){buf->p + start, buf->n - start});
    buf_text(buf, ",\"as_of\":");
    buf_json_time(buf, explanation->now);
    buf_char(buf, '}');
    return hash;
}
