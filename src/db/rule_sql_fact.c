#include "rule_sql_writer.h"

#include <assert.h>

const int sql_windows[SQL_WINDOWS] = {30, 90, 365};

/* ---- parameters ---- */

size_t sql_add_param(struct sql_writer *w, struct rule_param param)
{
    w->params = arena_grow(w->arena, w->params, w->n_params, &w->params_capacity, sizeof(*w->params));
    w->params[w->n_params++] = param;
    return w->first_param + w->n_params - 1;
}

void sql_put_param_number(struct sql_writer *w, size_t number)
{
    static const char *const types[] = {
        [DB_BOOL] = "bool",        [DB_INT8] = "int8", [DB_FLOAT8] = "float8",
        [DB_TIME] = "timestamptz", [DB_TEXT] = "text",
    };
    buf_printf(w->out, "$%zu::%s", number, types[w->params[number - w->first_param].type]);
}

static void put_param(struct sql_writer *w, struct rule_param param)
{
    sql_put_param_number(w, sql_add_param(w, param));
}

void sql_put_int(struct sql_writer *w, int64_t n)
{
    put_param(w, (struct rule_param){.type = DB_INT8, .integer = n});
}

void sql_put_time(struct sql_writer *w, usec_t t)
{
    put_param(w, (struct rule_param){.type = DB_TIME, .time = t});
}

void sql_put_value(struct sql_writer *w, const struct value *v)
{
    switch (v->type) {
    case VALUE_BOOL: put_param(w, (struct rule_param){.type = DB_BOOL, .boolean = v->boolean}); return;
    case VALUE_NUMBER:
    case VALUE_MONEY: put_param(w, (struct rule_param){.type = DB_FLOAT8, .number = v->number}); return;
    case VALUE_TIME: sql_put_time(w, v->time); return;
    case VALUE_STRING: put_param(w, (struct rule_param){.type = DB_TEXT, .text = v->string}); return;
    case VALUE_NULL:
    case VALUE_LIST: break;
    }
    assert(false);
}

void sql_put_now(struct sql_writer *w)
{
    if (w->now_param == 0) {
        w->now_param = sql_add_param(w, (struct rule_param){.type = DB_TIME, .time = w->now});
    }
    sql_put_param_number(w, w->now_param);
}

void sql_put(struct sql_writer *w, const char *text)
{
    buf_text(w->out, text);
}

void sql_put_constant(struct sql_writer *w, bool value)
{
    sql_put(w, value ? "true" : "false");
}

const char *sql_op(enum rule_op op)
{
    return op == RULE_EQ ? "=" : op == RULE_NE ? "<>" : rule_op_info(op)->name;
}

/* ---- facts ---- */

bool sql_is_trait(const struct rule_node *node)
{
    return node->op == RULE_VAR && node->ref.fact == FACT_TRAIT;
}

bool sql_is_json(const struct rule_node *node)
{
    return sql_is_trait(node) || node->op == RULE_ELEMENT;
}

enum fact_kind sql_kind_of(const struct rule_node *node)
{
    int fact = node->ref.fact;
    return fact < FACT_TRAIT ? fact_info((enum fact)fact)->kind : FACT_KIND_STORED;
}

bool sql_has_default(const struct rule_node *node)
{
    return node->op == RULE_VAR && node->value.type != VALUE_NULL;
}

void sql_put_window(struct sql_writer *w, const struct fact_info *info)
{
    for (size_t i = 0; i < SQL_WINDOWS; i++) {
        w->needs_window[i] |= sql_windows[i] == info->window_days;
    }
    buf_printf(w->out, "w%d.%s", info->window_days, info->type == VALUE_MONEY ? "v" : "n");
}

bool sql_is_whole(const struct rule_node *node)
{
    if (node->ref.fact >= FACT_TRAIT) {
        return node->ref.fact == FACT_COUNTER;
    }
    const struct fact_info *info = fact_info((enum fact)node->ref.fact);
    return (info->type == VALUE_NUMBER || info->type == VALUE_MONEY) && strstr(info->sql, "float8") == NULL &&
           info->kind != FACT_KIND_RATIO;
}

static struct sql_name *name_of(struct sql_writer *w, struct span text)
{
    for (size_t i = 0; i < w->n_names; i++) {
        if (span_equal(w->names[i].text, text)) {
            return &w->names[i];
        }
    }
    w->names = arena_grow(w->arena, w->names, w->n_names, &w->names_capacity, sizeof(*w->names));
    struct sql_name *name = &w->names[w->n_names++];
    *name = (struct sql_name){.text = text,
                              .param = sql_add_param(w, (struct rule_param){.type = DB_TEXT, .text = text})};
    return name;
}

static void put_name(struct sql_writer *w, struct span text)
{
    sql_put_param_number(w, name_of(w, text)->param);
}

void sql_put_fact(struct sql_writer *w, const struct rule_node *node)
{
    if (node->ref.fact == FACT_COUNTER) {
        const char *column = fact_counter_sql(node->ref.name);
        if (column != NULL) {
            sql_put(w, column);
            return;
        }
        w->needs_profile = true;
        sql_put(w, "coalesce((p.counters ->> ");
        put_name(w, node->ref.name);
        sql_put(w, ")::int8, 0)");
        return;
    }
    const struct fact_info *info = fact_info((enum fact)node->ref.fact);
    if (info->kind == FACT_KIND_WINDOW) {
        sql_put(w, "coalesce(");
        sql_put_window(w, info);
        sql_put(w, ", 0)");
        return;
    }
    w->needs_profile |= info->kind == FACT_KIND_PROFILE;
    sql_put(w, info->sql);
}

void sql_put_ratio(struct sql_writer *w)
{
    sql_put(w, "((extract(epoch FROM ");
    sql_put_now(w);
    buf_printf(w->out, " - c.last_order_at) * 1000000)::float8 / 86400000000 / %s)",
               fact_info(FACT_usual_gap_days)->sql);
}

/* ---- JSON of traits and their items ---- */

void sql_put_json(struct sql_writer *w, const struct rule_node *node)
{
    if (node->op == RULE_ELEMENT) {
        sql_put(w, "e.v");
        return;
    }
    w->needs_profile = true;
    sql_put(w, "(p.traits -> ");
    put_name(w, node->ref.name);
    sql_put(w, ")");
}

void sql_put_json_text(struct sql_writer *w, const struct rule_node *node)
{
    if (node->op == RULE_ELEMENT) {
        sql_put(w, "(e.v #>> '{}')");
        return;
    }
    w->needs_profile = true;
    sql_put(w, "(p.traits ->> ");
    put_name(w, node->ref.name);
    sql_put(w, ")");
}

void sql_put_json_raw(struct sql_writer *w, const struct rule_node *node)
{
    sql_put_json(w, node);
    sql_put(w, "::text");
}

/* Numbers that float8 takes without an error: see trait_value(). */
#define MODERATE_NUMBER "'^[-0-9][^eE]{0,39}(?:[eE][+-]?[0-9]{1,2})?$'"

/**
 * Reading the JSON is what a preview costs: as a number a trait is read once, by a join. Its first character
 * tells a number; the pattern, which costs as much, is left to unusual ones.
 */
static void put_trait_number(struct sql_writer *w, const struct rule_node *node)
{
    struct sql_name *name = name_of(w, node->ref.name);
    name->is_read_once = w->needs_profile = true;
    size_t n = name->param;
    buf_printf(w->out,
               "CASE WHEN t%zu.r COLLATE \"C\" >= '-' AND t%zu.r COLLATE \"C\" < ':' THEN CASE WHEN "
               "length(t%zu.r) <= 15"
               " AND strpos(t%zu.r, 'e') = 0 AND strpos(t%zu.r, 'E') = 0 THEN t%zu.r::float8"
               " ELSE substring(t%zu.r COLLATE \"C\", " MODERATE_NUMBER ")::float8 END END",
               n, n, n, n, n, n, n);
}

/* The JSON is read once for each row, where that can be: what previews over traits cost is mostly that. */
void sql_put_json_as(struct sql_writer *w, const struct rule_node *node, enum value_type type)
{
    if (type == VALUE_NUMBER && node->op == RULE_VAR) {
        put_trait_number(w, node);
    } else if (type == VALUE_NUMBER) {
        sql_put(w, "substring(");
        sql_put_json_raw(w, node);
        sql_put(w, " COLLATE \"C\", " MODERATE_NUMBER ")::float8");
    } else if (type == VALUE_BOOL) {
        sql_put(w, "CASE ");
        sql_put_json_raw(w, node);
        sql_put(w, " WHEN 'true' THEN true WHEN 'false' THEN false END");
    } else {
        sql_put(w, "CASE WHEN json_typeof(");
        sql_put_json(w, node);
        sql_put(w, ") = 'string' THEN ");
        sql_put_json_text(w, node);
        sql_put(w, " END");
    }
}

void sql_put_json_is_string(struct sql_writer *w, const struct rule_node *node)
{
    sql_put(w, " AND json_typeof(");
    sql_put_json(w, node);
    sql_put(w, ") = 'string'");
}

void sql_put_json_is_null(struct sql_writer *w, const struct rule_node *node, bool or_empty)
{
    sql_put(w, "CASE json_typeof(");
    sql_put_json(w, node);
    sql_put(w, ") WHEN 'number' THEN ");
    sql_put_json_raw(w, node);
    sql_put(w, " COLLATE \"C\" !~ " MODERATE_NUMBER " WHEN 'string' THEN ");
    if (or_empty) {
        sql_put_json_text(w, node);
        sql_put(w, " = ''");
    } else {
        sql_put(w, "false");
    }
    sql_put(w, node->op == RULE_ELEMENT ? " WHEN 'boolean' THEN false ELSE true END"
                                        : " WHEN 'boolean' THEN false WHEN 'array' THEN false ELSE true END");
}

void sql_put_json_truth(struct sql_writer *w, const struct rule_node *node)
{
    sql_put(w, "CASE json_typeof(");
    sql_put_json(w, node);
    sql_put(w, ") WHEN 'boolean' THEN ");
    sql_put_json_text(w, node);
    sql_put(w, "::boolean WHEN 'string' THEN ");
    sql_put_json_text(w, node);
    sql_put(w, " <> '' WHEN 'number' THEN coalesce(");
    sql_put_json_as(w, node, VALUE_NUMBER);
    sql_put(w, " <> 0, false)");
    if (node->op != RULE_ELEMENT) {
        sql_put(w, " WHEN 'array' THEN json_array_length(");
        sql_put_json(w, node);
        sql_put(w, ") > 0");
    }
    sql_put(w, " ELSE false END");
}
