#include "rule_sql_writer.h"

#include <math.h>

/** Bounds of log2 of the absolute value of all that is not 0: float8 raises errors where C gives infinity or
 * 0. */
struct range {
    double low;
    double high;
};
#define RANGE_MAX 1000

static bool range_of(const struct rule_node *node, struct range *out);

static bool range_of_var(const struct rule_node *node, struct range *out)
{
    *out = sql_is_trait(node)   ? (struct range){-470, 470}
           : sql_is_whole(node) ? (struct range){0, 63}
                                : (struct range){-100, 70};
    if (sql_has_default(node) && node->value.type != VALUE_STRING && node->value.number != 0) {
        double size = log2(fabs(node->value.number));
        *out = (struct range){fmin(out->low, size), fmax(out->high, size)};
    }
    return true;
}

static bool range_of_arithmetic(const struct rule_node *node, struct range *out)
{
    for (size_t i = 0; i < node->n_args; i++) {
        struct range r;
        if (!range_of(node->args[i], &r)) {
            return false;
        }
        if (i == 0) {
            *out = r;
        } else if (node->op == RULE_MUL) {
            *out = (struct range){out->low + r.low, out->high + r.high};
        } else if (node->op == RULE_DIV) {
            *out = (struct range){out->low - r.high, out->high - r.low};
        } else {
            *out = (struct range){fmin(out->low, r.low) - 53, fmax(out->high, r.high) + 1};
        }
        if (out->low < -RANGE_MAX || out->high > RANGE_MAX) {
            return false;
        }
    }
    return true;
}

static bool range_of(const struct rule_node *node, struct range *out)
{
    *out = (struct range){0, 0};
    if (node->op == RULE_LITERAL) {
        if (node->value.number != 0) {
            out->low = out->high = log2(fabs(node->value.number));
        }
        return fabs(out->low) <= RANGE_MAX;
    }
    if (node->op == RULE_VAR) {
        return range_of_var(node, out);
    }
    if (node->op == RULE_ELEMENT) {
        *out = (struct range){-470, 470};
        return true;
    }
    if (node->op == RULE_IF) {
        struct range r;
        for (size_t i = 0; i < node->n_args; i++) {
            bool is_condition = i % 2 == 0 && i + 1 < node->n_args;
            if (!is_condition) {
                if (!range_of(node->args[i], &r)) {
                    return false;
                }
                *out = (struct range){fmin(out->low, r.low), fmax(out->high, r.high)};
            }
        }
        return true;
    }
    return range_of_arithmetic(node, out);
}

bool sql_is_operand(const struct rule_node *node, enum value_type as)
{
    bool is_number = as == VALUE_NUMBER || as == VALUE_MONEY;
    switch (node->op) {
    case RULE_LITERAL: return node->value.type != VALUE_NULL && node->value.type != VALUE_LIST;
    case RULE_ELEMENT: return true;
    case RULE_VAR:
        return node->type != VALUE_LIST && sql_kind_of(node) != FACT_KIND_ELAPSED &&
               (!sql_is_trait(node) || !sql_has_default(node) || node->value.type == as ||
                (is_number && node->value.type == VALUE_NUMBER));
    case RULE_ADD:
    case RULE_SUB:
    case RULE_MUL:
    case RULE_DIV: {
        struct range range;
        for (size_t i = 0; i < node->n_args; i++) {
            if (!sql_is_operand(node->args[i], VALUE_NUMBER)) {
                return false;
            }
        }
        return is_number && range_of(node, &range);
    }
    case RULE_IF:
        if (as == VALUE_BOOL) {
            return !node->is_nullable && sql_is_test(node);
        }
        if (node->type == VALUE_NULL || node->n_args == 0) {
            return false;
        }
        for (size_t i = 0; i < node->n_args; i++) {
            bool is_condition = i % 2 == 0 && i + 1 < node->n_args;
            if (is_condition ? !sql_is_test(node->args[i]) : !sql_is_operand(node->args[i], as)) {
                return false;
            }
        }
        return true;
    case RULE_AND:
    case RULE_OR:
    case RULE_NOT:
    case RULE_TRUTH:
    case RULE_EQ:
    case RULE_NE:
    case RULE_LT:
    case RULE_LE:
    case RULE_GT:
    case RULE_GE:
    case RULE_IN:
    case RULE_STARTS:
    case RULE_ENDS:
    case RULE_SOME:
    case RULE_ALL:
    case RULE_NONE_OF:
        return as == VALUE_BOOL && node->type == VALUE_BOOL && !node->is_nullable && sql_is_test(node);
    case RULE_MISSING:
    case RULE_MISSING_SOME:
    case RULE_OP_COUNT: break;
    }
    return false;
}

static void put_variable(struct sql_writer *w, const struct rule_node *node, enum value_type as)
{
    bool is_number = as == VALUE_NUMBER || as == VALUE_MONEY;
    if (sql_is_json(node)) {
        enum value_type type = is_number ? VALUE_NUMBER : as;
        if (sql_has_default(node)) {
            sql_put(w, "CASE WHEN ");
            sql_put_json_is_null(w, node, false);
            sql_put(w, " THEN ");
            sql_put_value(w, &node->value);
            sql_put(w, " ELSE ");
            sql_put_json_as(w, node, type);
            sql_put(w, " END");
        } else {
            sql_put_json_as(w, node, type);
        }
        return;
    }
    if (sql_has_default(node) && node->ref.is_nullable) {
        sql_put(w, "coalesce(");
    }
    if (sql_kind_of(node) == FACT_KIND_RATIO) {
        sql_put_ratio(w);
    } else {
        sql_put_fact(w, node);
        sql_put(w, is_number && sql_is_whole(node) ? "::float8" : "");
    }
    if (sql_has_default(node) && node->ref.is_nullable) {
        sql_put(w, ", ");
        sql_put_value(w, &node->value);
        sql_put(w, ")");
    }
}

static void put_arithmetic(struct sql_writer *w, const struct rule_node *node)
{
    if (node->n_args == 1) {
        sql_put(w, node->op == RULE_SUB ? "(- " : "(");
        sql_put_operand(w, node->args[0], VALUE_NUMBER);
        sql_put(w, ")");
        return;
    }
    for (size_t i = 1; i < node->n_args; i++) {
        sql_put(w, "(");
    }
    for (size_t i = 0; i < node->n_args; i++) {
        if (i) {
            buf_printf(w->out, " %s ", rule_op_info(node->op)->name);
            sql_put(w, node->op == RULE_DIV ? "nullif(" : "");
        }
        sql_put_operand(w, node->args[i], VALUE_NUMBER);
        sql_put(w, i && node->op == RULE_DIV ? ", 0)" : "");
        sql_put(w, i ? ")" : "");
    }
}

void sql_put_operand(struct sql_writer *w, const struct rule_node *node, enum value_type as)
{
    switch (rule_op_info(node->op)->family) {
    case FAMILY_ARITHMETIC: put_arithmetic(w, node); return;
    case FAMILY_LEAF:
        if (node->op == RULE_LITERAL) {
            sql_put_value(w, &node->value);
        } else {
            put_variable(w, node, as);
        }
        break;
    case FAMILY_LOGIC:
    case FAMILY_COMPARE:
    case FAMILY_MEMBER:
    case FAMILY_AFFIX:
    case FAMILY_MISSING:
    case FAMILY_QUANTIFIER:
        if (node->op == RULE_IF && as != VALUE_BOOL) {
            size_t i = 0;
            sql_put(w, "(CASE");
            for (; i + 1 < node->n_args; i += 2) {
                sql_put(w, " WHEN ");
                sql_put_condition(w, node->args[i], (struct sql_place){.null_is_false = true});
                sql_put(w, " THEN ");
                sql_put_operand(w, node->args[i + 1], as);
            }
            if (i < node->n_args) {
                sql_put(w, i ? " ELSE " : " WHEN true THEN ");
                sql_put_operand(w, node->args[i], as);
            }
            sql_put(w, " END)");
        } else {
            sql_put(w, "(");
            sql_put_condition(w, node, (struct sql_place){0});
            sql_put(w, ")");
        }
        break;
    }
    sql_put(w, as == VALUE_STRING ? " COLLATE \"C\"" : "");
}
