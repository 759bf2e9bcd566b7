#include "rule_sql_writer.h"

#include <assert.h>
#include <math.h>

/*
 * Conditions are written by sql_put_condition(), which also knows the polarity: a part without exact SQL
 * becomes the constant that lets more customers pass. Operands are written by sql_put_operand() as float8,
 * text, timestamptz or boolean; whether they can be is asked first, with sql_is_operand() and sql_is_test(),
 * so that nothing is ever half written.
 *
 * SQL's null and the evaluator's agree because a comparison with null filters its row out like a false one;
 * only below a negation it has to be made false first.
 */

static void put_affix(struct sql_writer *w, const struct rule_node *node)
{
    const struct rule_node *text = node->args[0], *part = node->args[1];
    if (node->op == RULE_STARTS) {
        sql_put(w, "starts_with(");
        sql_put_operand(w, text, VALUE_STRING);
        sql_put(w, ", ");
        sql_put_operand(w, part, VALUE_STRING);
        sql_put(w, ")");
        return;
    }
    sql_put(w, "right(");
    sql_put_operand(w, text, VALUE_STRING);
    sql_put(w, ", length(");
    sql_put_operand(w, part, VALUE_STRING);
    sql_put(w, ")) = ");
    sql_put_operand(w, part, VALUE_STRING);
}

static void put_is_missing(struct sql_writer *w, const struct rule_node *node)
{
    if (sql_is_trait(node)) {
        sql_put_json_is_null(w, node, true);
        return;
    }
    sql_put_is_null(w, node);
    if (node->type == VALUE_STRING) {
        sql_put(w, " OR ");
        sql_put_fact(w, node);
        sql_put(w, " = ''");
    }
}

static void put_missing(struct sql_writer *w, const struct rule_node *node)
{
    size_t n = node->n_args;
    double least = node->op == RULE_MISSING ? 1 : fmax(1, floor((double)n - node->value.number) + 1);
    if (least > (double)n) {
        sql_put(w, "false");
        return;
    }
    if (least == 1) {
        for (size_t i = 0; i < n; i++) {
            sql_put(w, i ? " OR " : "");
            put_is_missing(w, node->args[i]);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sql_put(w, i ? " + (" : "(");
        put_is_missing(w, node->args[i]);
        sql_put(w, ")::int");
    }
    sql_put(w, " >= ");
    sql_put_int(w, (int64_t)least);
}

static void put_quantifier(struct sql_writer *w, const struct rule_node *node)
{
    const struct rule_node *list = node->args[0];
    const char *otherwise = node->op == RULE_NONE_OF ? "true" : "false";
    sql_put(w, "CASE json_typeof(");
    sql_put_json(w, list);
    sql_put(w, ") WHEN 'array' THEN ");
    if (node->op == RULE_ALL) {
        sql_put(w, "json_array_length(");
        sql_put_json(w, list);
        sql_put(w, ") > 0 AND ");
    }
    sql_put(w, node->op == RULE_SOME ? "EXISTS" : "NOT EXISTS");
    sql_put(w, " (SELECT FROM json_array_elements(");
    sql_put_json(w, list);
    sql_put(w, ") AS e (v) WHERE ");
    sql_put(w, node->op == RULE_ALL ? "NOT (" : "(");
    sql_put_condition(w, node->args[1], (struct sql_place){.null_is_false = node->op != RULE_ALL});
    buf_printf(w->out, ")) ELSE %s END", otherwise);
}

/** A value taken for its truth. */
static void put_truth(struct sql_writer *w, const struct rule_node *node)
{
    if (node->op == RULE_LITERAL) {
        sql_put_constant(w, value_is_true(&node->value));
        return;
    }
    if (sql_is_variable(node) && sql_has_default(node) && node->ref.is_nullable) {
        sql_put(w, "CASE WHEN ");
        sql_put_is_null(w, node);
        sql_put(w, " THEN ");
        sql_put_constant(w, value_is_true(&node->value));
        sql_put(w, " ELSE ");
        struct rule_node bare = *node;
        bare.value = value_null();
        put_truth(w, &bare);
        sql_put(w, " END");
        return;
    }
    if (sql_is_json(node)) {
        sql_put_json_truth(w, node);
        return;
    }
    if (node->op == RULE_VAR && sql_is_whole(node)) {
        sql_put_fact(w, node);
        sql_put(w, " <> 0");
        return;
    }
    sql_put_operand(w, node, node->type);
    sql_put(w, node->type == VALUE_STRING ? " <> ''" : node->type == VALUE_TIME ? " IS NOT NULL" : " <> 0");
}

/* Does it read what only the core computes? */
static bool is_scored(const struct rule_node *node)
{
    if (node->op == RULE_VAR && fact_kind_is_scored(sql_kind_of(node)))
        return true;
    for (size_t i = 0; i < node->n_args; i++)
        if (is_scored(node->args[i]))
            return true;
    return false;
}

bool sql_is_test(const struct rule_node *node)
{
    if (is_scored(node))
        return false;
    switch (rule_op_info(node->op)->family) {
    case FAMILY_LOGIC:
        for (size_t i = 0; i < node->n_args; i++) {
            if (!sql_is_test(node->args[i])) {
                return false;
            }
        }
        return true;
    case FAMILY_COMPARE:
        return sql_is_pair(node->args[0], node->args[1]) &&
               (node->n_args == 2 ||
                (sql_is_leaf(node->args[1]) && sql_is_pair(node->args[1], node->args[2])));
    case FAMILY_MEMBER: return sql_is_member_test(node);
    case FAMILY_AFFIX:
        return sql_is_operand(node->args[0], VALUE_STRING) && sql_is_operand(node->args[1], VALUE_STRING);
    case FAMILY_MISSING: return true;
    case FAMILY_QUANTIFIER:
        return sql_is_trait(node->args[0]) && !sql_has_default(node->args[0]) && sql_is_test(node->args[1]);
    case FAMILY_ARITHMETIC: return sql_is_operand(node, node->type);
    case FAMILY_LEAF: return true;
    }
    return false;
}

static bool may_be_null(const struct rule_node *node)
{
    if (node->op == RULE_VAR || node->op == RULE_ELEMENT ||
        rule_op_info(node->op)->family == FAMILY_ARITHMETIC) {
        return node->is_nullable || node->type == VALUE_NULL;
    }
    if (node->op == RULE_IF) {
        return true;
    }
    return false;
}

static bool atom_may_be_null(const struct rule_node *node)
{
    enum rule_family family = rule_op_info(node->op)->family;
    if (family == FAMILY_MISSING || family == FAMILY_QUANTIFIER) {
        return false;
    }
    if (family == FAMILY_LEAF || family == FAMILY_ARITHMETIC) {
        return may_be_null(node);
    }
    for (size_t i = 0; i < node->n_args; i++) {
        if (may_be_null(node->args[i])) {
            return true;
        }
    }
    return false;
}

/** A condition that is neither and, or, not nor if. */
static void put_atom(struct sql_writer *w, const struct rule_node *node)
{
    switch (rule_op_info(node->op)->family) {
    case FAMILY_COMPARE: sql_put_comparison(w, node); return;
    case FAMILY_MEMBER: sql_put_member(w, node); return;
    case FAMILY_AFFIX: put_affix(w, node); return;
    case FAMILY_MISSING: put_missing(w, node); return;
    case FAMILY_QUANTIFIER: put_quantifier(w, node); return;
    case FAMILY_LOGIC:
    case FAMILY_ARITHMETIC:
    case FAMILY_LEAF: put_truth(w, node); return;
    }
}

/* A comparison with a score that has no default holds for nobody without an order. */
static bool needs_an_order(const struct rule_node *node)
{
    if (rule_op_info(node->op)->family != FAMILY_COMPARE && rule_op_info(node->op)->family != FAMILY_MEMBER)
        return false;
    for (size_t i = 0; i < node->n_args; i++)
        if (node->args[i]->op == RULE_VAR && fact_kind_is_scored(sql_kind_of(node->args[i])) &&
            node->args[i]->ref.is_nullable && !sql_has_default(node->args[i]))
            return true;
    return false;
}

static void put_widened(struct sql_writer *w, const struct rule_node *node, struct sql_place place)
{
    w->is_exact = false;
    if (!place.is_negated && needs_an_order(node))
        sql_put(w, "(c.orders_count > 0)");
    else
        sql_put_constant(w, !place.is_negated);
}

static void put_if(struct sql_writer *w, const struct rule_node *node, struct sql_place place)
{
    size_t i = 0;
    for (; i + 1 < node->n_args; i += 2) {
        if (!sql_is_test(node->args[i])) {
            put_widened(w, node, place);
            return;
        }
    }
    sql_put(w, "CASE");
    for (i = 0; i + 1 < node->n_args; i += 2) {
        sql_put(w, " WHEN ");
        sql_put_condition(w, node->args[i], (struct sql_place){.null_is_false = true});
        sql_put(w, " THEN ");
        sql_put_condition(w, node->args[i + 1], place);
    }
    sql_put(w, i ? " ELSE " : " WHEN true THEN ");
    if (i < node->n_args) {
        sql_put_condition(w, node->args[i], place);
    } else {
        sql_put(w, "false");
    }
    sql_put(w, " END");
}

void sql_put_condition(struct sql_writer *w, const struct rule_node *node, struct sql_place place)
{
    if (node->op == RULE_AND || node->op == RULE_OR) {
        for (size_t i = 0; i < node->n_args; i++) {
            sql_put(w, i == 0 ? "(" : node->op == RULE_AND ? " AND " : " OR ");
            sql_put_condition(w, node->args[i], place);
        }
        sql_put(w, ")");
        return;
    }
    if (node->op == RULE_NOT) {
        sql_put(w, "NOT (");
        sql_put_condition(w, node->args[0], (struct sql_place){.is_negated = !place.is_negated});
        sql_put(w, ")");
        return;
    }
    if (node->op == RULE_TRUTH) {
        sql_put_condition(w, node->args[0], place);
        return;
    }
    if (node->op == RULE_IF) {
        put_if(w, node, place);
        return;
    }
    if (!sql_is_test(node)) {
        put_widened(w, node, place);
        return;
    }
    bool is_wrapped = !place.null_is_false && atom_may_be_null(node);
    sql_put(w, is_wrapped ? "coalesce(" : "(");
    w->null_is_false = place.null_is_false;
    put_atom(w, node);
    sql_put(w, is_wrapped ? ", false)" : ")");
}

static const char *joins(struct sql_writer *w)
{
    struct buf out;
    buf_init(&out, 0);
    w->out = &out;
    if (w->needs_profile) {
        sql_put(w, " LEFT JOIN customer_profile p ON p.customer_key = c.customer_key");
    }
    for (size_t i = 0; i < w->n_names; i++) {
        if (w->names[i].is_read_once) {
            sql_put(w, " LEFT JOIN LATERAL (SELECT (p.traits -> ");
            sql_put_param_number(w, w->names[i].param);
            buf_printf(&out, ")::text AS r OFFSET 0) t%zu ON true", w->names[i].param);
        }
    }
    size_t shop_param = 0;
    for (size_t i = 0; i < SQL_WINDOWS; i++) {
        if (!w->needs_window[i]) {
            continue;
        }
        if (shop_param == 0) {
            shop_param = sql_add_param(w, (struct rule_param){.type = DB_INT8, .integer = w->shop_id});
        }
        sql_put(w, " LEFT JOIN (SELECT customer_key, count(*) AS n, sum(value - refunded)::int8 AS v"
                   " FROM customer_order WHERE shop_id = ");
        sql_put_param_number(w, shop_param);
        sql_put(w, " AND completed_at > ");
        sql_put_time(w, w->now - sql_windows[i] * USEC_PER_DAY);
        sql_put(w, " AND completed_at <= ");
        sql_put_now(w);
        buf_printf(&out, " AND is_counted GROUP BY customer_key) w%d ON w%d.customer_key = c.customer_key",
                   sql_windows[i], sql_windows[i]);
    }
    const char *text = arena_text(w->arena, (struct span){out.p, out.n});
    buf_done(&out);
    return text;
}

void rule_to_sql(struct arena *arena, const struct rule *rule, int shop_id, usec_t now, size_t first_param,
                 struct rule_sql *out)
{
    assert(!rule->is_untyped && first_param > 0);
    struct buf where;
    buf_init(&where, 0);
    struct sql_writer w = {.out = &where,
                           .arena = arena,
                           .now = now,
                           .shop_id = shop_id,
                           .first_param = first_param,
                           .is_exact = true};
    sql_put_condition(&w, rule->root, (struct sql_place){.null_is_false = true});
    out->where = arena_text(arena, (struct span){where.p, where.n});
    buf_done(&where);
    out->joins = joins(&w);
    out->params = w.params;
    out->n_params = w.n_params;
    out->needs_profile = w.needs_profile;
    out->needs_orders = w.needs_window[0] || w.needs_window[1] || w.needs_window[2];
    out->is_exact = w.is_exact;
}

void rule_sql_bind(const struct rule_sql *sql, struct db_args *args)
{
    for (size_t i = 0; i < sql->n_params; i++) {
        const struct rule_param *param = &sql->params[i];
        switch (param->type) {
        case DB_BOOL: arg_bool(args, param->boolean); break;
        case DB_FLOAT8: arg_float8(args, param->number); break;
        case DB_TIME: arg_time(args, param->time); break;
        case DB_TEXT: arg_span(args, DB_TEXT, param->text); break;
        case DB_INT8: arg_int(args, DB_INT8, param->integer); break;
        case DB_INT2:
        case DB_INT4:
        case DB_UUID:
        case DB_JSON:
        case DB_BYTEA: assert(false);
        }
    }
}
