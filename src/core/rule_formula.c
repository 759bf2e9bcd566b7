#include "rule_formula.h"

#include "base/buf.h"
#include "base/time.h"
#include "core/money.h"

#include <math.h>

/* A rule in short. Reading it back is not intended. */

struct writer {
    struct buf *out;
    int money_exponent;
};

static void put_money(struct buf *out, int money_exponent, double minor)
{
    char text[MONEY_TEXT > NUMBER_TEXT ? MONEY_TEXT : NUMBER_TEXT];
    if (minor == floor(minor) && fabs(minor) <= (double)MONEY_SUM_MAX) {
        buf_append(out, text, money_print((int64_t)minor, money_exponent, text));
    } else {
        buf_append(out, text, value_number_print(minor / pow(10, money_exponent), text));
    }
}

void formula_put_value(struct buf *out, int money_exponent, const struct value *v, size_t most_items)
{
    char text[NUMBER_TEXT > TIME_TEXT ? NUMBER_TEXT : TIME_TEXT];
    switch (v->type) {
    case VALUE_NULL: buf_text(out, "null"); return;
    case VALUE_BOOL: buf_text(out, v->boolean ? "true" : "false"); return;
    case VALUE_NUMBER: buf_append(out, text, value_number_print(v->number, text)); return;
    case VALUE_MONEY: put_money(out, money_exponent, v->number); return;
    case VALUE_TIME: buf_append(out, text, time_print(v->time, text)); return;
    case VALUE_STRING: buf_json_string(out, v->string); return;
    case VALUE_LIST:
        for (size_t i = 0; i < v->list.n; i++) {
            buf_text(out, i ? ", " : "");
            if (i == most_items) {
                buf_printf(out, "... (%zu)", v->list.n);
                return;
            }
            formula_put_value(out, money_exponent, &v->list.items[i], most_items);
        }
        return;
    }
}

enum precedence formula_precedence(const struct rule_node *node)
{
    bool is_alone = node->n_args == 1;
    switch (rule_op_info(node->op)->family) {
    case FAMILY_LOGIC:
        return node->op == RULE_NOT              ? PREC_NOT
               : is_alone || node->op == RULE_IF ? PREC_ATOM
               : node->op == RULE_OR             ? PREC_OR
                                                 : PREC_AND;
    case FAMILY_COMPARE:
    case FAMILY_MEMBER:
    case FAMILY_AFFIX: return PREC_COMPARE;
    case FAMILY_ARITHMETIC:
        return is_alone ? PREC_ATOM : node->op == RULE_MUL || node->op == RULE_DIV ? PREC_PRODUCT : PREC_SUM;
    case FAMILY_MISSING:
    case FAMILY_QUANTIFIER:
    case FAMILY_LEAF: break;
    }
    return PREC_ATOM;
}

static void formula(const struct writer *w, const struct rule_node *node, enum precedence around);

static void formula_joined(const struct writer *w, const struct rule_node *node, const char *between,
                           enum precedence inside)
{
    for (size_t i = 0; i < node->n_args; i++) {
        buf_text(w->out, i ? between : "");
        formula(w, node->args[i], i && (node->op == RULE_SUB || node->op == RULE_DIV) ? inside + 1 : inside);
    }
}

static void formula_call(const struct writer *w, const struct rule_node *node)
{
    buf_text(w->out, rule_op_info(node->op)->name);
    buf_char(w->out, '(');
    if (node->op == RULE_MISSING_SOME) {
        formula_put_value(w->out, w->money_exponent, &node->value, SIZE_MAX);
        buf_text(w->out, node->n_args ? ", " : "");
    }
    formula_joined(w, node, ", ", PREC_NONE);
    buf_char(w->out, ')');
}

static void formula_leaf(const struct writer *w, const struct rule_node *node)
{
    bool has_default = node->op == RULE_VAR && node->value.type != VALUE_NULL;
    if (node->op == RULE_LITERAL) {
        buf_text(w->out, node->type == VALUE_LIST ? "[" : "");
        formula_put_value(w->out, w->money_exponent, &node->value, SIZE_MAX);
        buf_text(w->out, node->type == VALUE_LIST ? "]" : "");
        return;
    }
    buf_text(w->out, has_default ? "(" : "");
    if (node->op == RULE_ELEMENT) {
        buf_text(w->out, "item");
    } else {
        buf_span(w->out, node->name);
    }
    if (has_default) {
        buf_text(w->out, " ?? ");
        formula_put_value(w->out, w->money_exponent, &node->value, SIZE_MAX);
        buf_char(w->out, ')');
    }
}

static void formula_inside(const struct writer *w, const struct rule_node *node, enum precedence own)
{
    const struct rule_op_info *info = rule_op_info(node->op);
    switch (info->family) {
    case FAMILY_LOGIC:
        if (node->op == RULE_NOT) {
            buf_text(w->out, "not ");
            formula(w, node->args[0], PREC_ATOM);
        } else if (node->op == RULE_IF) {
            formula_call(w, node);
        } else if (node->n_args == 1) {
            buf_text(w->out, node->op == RULE_TRUTH ? "!!" : "");
            formula(w, node->args[0], PREC_ATOM);
        } else {
            formula_joined(w, node, node->op == RULE_AND ? " and " : " or ", own);
        }
        return;
    case FAMILY_ARITHMETIC:
        if (node->n_args == 1) {
            buf_text(w->out, info->name);
            formula(w, node->args[0], PREC_ATOM);
            return;
        }
        formula_joined(w, node,
                       node->op == RULE_ADD   ? " + "
                       : node->op == RULE_SUB ? " - "
                       : node->op == RULE_MUL ? " * "
                                              : " / ",
                       own);
        return;
    case FAMILY_COMPARE:
    case FAMILY_MEMBER:
    case FAMILY_AFFIX:
        for (size_t i = 0; i < node->n_args; i++) {
            if (i) {
                buf_printf(w->out, " %s ", info->name);
            }
            formula(w, node->args[i], PREC_SUM);
        }
        return;
    case FAMILY_MISSING:
    case FAMILY_QUANTIFIER: formula_call(w, node); return;
    case FAMILY_LEAF: formula_leaf(w, node); return;
    }
}

static void formula(const struct writer *w, const struct rule_node *node, enum precedence around)
{
    enum precedence own = formula_precedence(node);
    buf_text(w->out, own < around ? "(" : "");
    formula_inside(w, node, own);
    buf_text(w->out, own < around ? ")" : "");
}

void rule_formula(const struct rule *rule, struct buf *out)
{
    struct writer w = {.out = out, .money_exponent = rule->money_exponent};
    formula(&w, rule->root, PREC_NONE);
}
