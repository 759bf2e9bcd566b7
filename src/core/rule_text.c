#include "rule_formula.h"

#include "base/buf.h"
#include "core/fact.h"

/* A rule in words. Reading it back is not intended. */

#define ITEMS_SHOWN 12 /* of a list */

struct writer {
    struct buf *out;
    int money_exponent;
    bool is_untyped;
    enum language language;
};

static const char *word(const struct writer *w, const char *en, const char *zh)
{
    return w->language == LANGUAGE_ZH ? zh : en;
}

static void put(const struct writer *w, const char *en, const char *zh)
{
    buf_text(w->out, word(w, en, zh));
}

static void condition(const struct writer *w, const struct rule_node *node, enum precedence around);

/** The name of a variable as a product person says it. */
static void subject(const struct writer *w, const struct rule_node *node)
{
    if (w->is_untyped) {
        buf_span(w->out, node->name);
    } else if (node->ref.fact == FACT_TRAIT) {
        put(w, "trait ", "属性“");
        buf_span(w->out, node->ref.name);
        put(w, "", "”");
    } else if (node->ref.fact == FACT_COUNTER) {
        put(w, "number of \"", "“");
        buf_span(w->out, node->ref.name);
        put(w, "\" events", "”事件数");
    } else {
        const struct fact_info *info = fact_info((enum fact)node->ref.fact);
        buf_text(w->out, word(w, info->label_en, info->label_zh));
    }
    if (node->value.type != VALUE_NULL) {
        put(w, " (or ", "（无则取 ");
        formula_put_value(w->out, w->money_exponent, &node->value, ITEMS_SHOWN);
        put(w, ")", "）");
    }
}

/** An operand: a value, not a statement. */
static void operand(const struct writer *w, const struct rule_node *node)
{
    switch (rule_op_info(node->op)->family) {
    case FAMILY_LEAF:
        if (node->op == RULE_VAR) {
            subject(w, node);
        } else if (node->op == RULE_ELEMENT) {
            put(w, rule_op_info(RULE_ELEMENT)->en, rule_op_info(RULE_ELEMENT)->zh);
        } else {
            formula_put_value(w->out, w->money_exponent, &node->value, ITEMS_SHOWN);
        }
        return;
    case FAMILY_ARITHMETIC:
        buf_text(w->out, node->n_args == 1 && node->op == RULE_SUB ? "-" : "");
        buf_char(w->out, '(');
        for (size_t i = 0; i < node->n_args; i++) {
            if (i) {
                buf_printf(w->out, " %s ", word(w, rule_op_info(node->op)->en, rule_op_info(node->op)->zh));
            }
            operand(w, node->args[i]);
        }
        buf_char(w->out, ')');
        return;
    case FAMILY_LOGIC:
        if (node->op == RULE_IF) {
            buf_char(w->out, '(');
            size_t i = 0;
            for (; i + 1 < node->n_args; i += 2) {
                put(w, i ? ", else if " : "if ", i ? "，否则若" : "若");
                condition(w, node->args[i], PREC_NONE);
                put(w, " then ", "，则为 ");
                operand(w, node->args[i + 1]);
            }
            if (i < node->n_args) {
                put(w, i ? " else " : "", i ? "，否则为 " : "");
                operand(w, node->args[i]);
            }
            buf_char(w->out, ')');
            return;
        }
        break;
    case FAMILY_COMPARE:
    case FAMILY_MEMBER:
    case FAMILY_AFFIX:
    case FAMILY_MISSING:
    case FAMILY_QUANTIFIER: break;
    }
    put(w, "(", "（");
    condition(w, node, PREC_NONE);
    put(w, ")", "）");
}

/** Times are compared in other words than numbers. */
static const struct {
    const char *en;
    const char *zh;
} time_words[RULE_OP_COUNT] = {
    [RULE_EQ] = {"is", "为"},          [RULE_NE] = {"is not", "不为"},
    [RULE_LT] = {"is before", "早于"}, [RULE_LE] = {"is not after", "不晚于"},
    [RULE_GT] = {"is after", "晚于"},  [RULE_GE] = {"is not before", "不早于"},
};

static void comparison(const struct writer *w, const struct rule_node *node)
{
    const struct rule_node *left = node->args[0], *right = node->args[1];
    enum rule_op op = node->op;
    if (node->n_args == 3) {
        bool is_inclusive = op == RULE_LE;
        operand(w, right);
        put(w, is_inclusive ? " is between " : " is more than ", is_inclusive ? "介于 " : "大于 ");
        operand(w, left);
        put(w, is_inclusive ? " and " : " and less than ", is_inclusive ? " 与 " : " 且小于 ");
        operand(w, node->args[2]);
        put(w, "", is_inclusive ? " 之间（含）" : "");
        return;
    }
    if (left->op == RULE_LITERAL && right->op != RULE_LITERAL) {
        const struct rule_node *other = left;
        left = right;
        right = other;
        op = rule_op_turned(op);
    }
    operand(w, left);
    put(w, " ", "");
    if (left->type == VALUE_TIME) {
        put(w, time_words[op].en, time_words[op].zh);
    } else {
        put(w, rule_op_info(op)->en, rule_op_info(op)->zh);
    }
    put(w, " ", right->op == RULE_LITERAL ? " " : "");
    operand(w, right);
}

static void membership(const struct writer *w, const struct rule_node *node, bool is_negated)
{
    const struct rule_node *needle = node->args[0], *hay = node->args[1];
    bool is_list = hay->op == RULE_LITERAL && hay->type == VALUE_LIST;
    const struct rule_node *first = is_list ? needle : hay, *second = is_list ? hay : needle;
    operand(w, first);
    if (is_list) {
        put(w, is_negated ? " is not one of " : " is one of ", is_negated ? "不属于 " : "属于 ");
    } else {
        put(w, is_negated ? " does not contain " : " contains ", is_negated ? "不包含 " : "包含 ");
    }
    operand(w, second);
}

static void missing(const struct writer *w, const struct rule_node *node, bool is_negated)
{
    bool is_some = node->op == RULE_MISSING_SOME;
    if (node->n_args == 0) {
        put(w, is_negated ? "always" : "never", is_negated ? "总是" : "从不");
        return;
    }
    if (is_some && is_negated) {
        put(w, "not (", "并非（");
    }
    if (is_some) {
        put(w, "fewer than ", "");
        if (w->language == LANGUAGE_EN) {
            formula_put_value(w->out, w->money_exponent, &node->value, ITEMS_SHOWN);
        }
        put(w, " of ", "");
    } else if (node->n_args > 1 && !is_negated) {
        put(w, "one of ", "");
    }
    for (size_t i = 0; i < node->n_args; i++) {
        put(w, i ? ", " : "", i ? "、" : "");
        subject(w, node->args[i]);
    }
    if (!is_some) {
        bool is_one = node->n_args == 1;
        put(w, is_negated ? (is_one ? " has a value" : " all have a value") : " has no value",
            is_negated ? (is_one ? "有值" : "都有值") : (is_one ? "没有值" : "之一没有值"));
        return;
    }
    put(w, " have a value", "中有值的少于 ");
    if (w->language == LANGUAGE_ZH) {
        formula_put_value(w->out, w->money_exponent, &node->value, ITEMS_SHOWN);
    }
    put(w, is_negated ? ")" : "", is_negated ? " 项）" : " 项");
}

static void quantifier(const struct writer *w, const struct rule_node *node)
{
    const struct rule_op_info *info = rule_op_info(node->op);
    if (w->language == LANGUAGE_EN) {
        buf_printf(w->out, "%s ", info->en);
        operand(w, node->args[0]);
        buf_text(w->out, " satisfies (");
    } else {
        operand(w, node->args[0]);
        buf_printf(w->out, "中%s满足（", info->zh);
    }
    condition(w, node->args[1], PREC_NONE);
    put(w, ")", "）");
}

/** A value taken for its truth. */
static void truth(const struct writer *w, const struct rule_node *node)
{
    if (node->op == RULE_LITERAL) {
        bool is_true = value_is_true(&node->value);
        put(w, is_true ? "always" : "never", is_true ? "总是" : "从不");
        return;
    }
    operand(w, node);
    switch (node->type) {
    case VALUE_NUMBER:
    case VALUE_MONEY: put(w, " is not 0", "不为 0"); return;
    case VALUE_TIME: put(w, " has a value", "有值"); return;
    case VALUE_STRING:
    case VALUE_LIST: put(w, " is not empty", "不为空"); return;
    case VALUE_BOOL: put(w, " is true", "为真"); return;
    case VALUE_NULL: put(w, " is set", "已设置"); return;
    }
}

static void negation(const struct writer *w, const struct rule_node *inner)
{
    if (inner->op == RULE_IN) {
        membership(w, inner, true);
    } else if (inner->op == RULE_MISSING || inner->op == RULE_MISSING_SOME) {
        missing(w, inner, true);
    } else {
        put(w, "not (", "并非（");
        condition(w, inner, PREC_NONE);
        put(w, ")", "）");
    }
}

static void branches(const struct writer *w, const struct rule_node *node)
{
    size_t i = 0;
    for (; i + 1 < node->n_args; i += 2) {
        put(w, i ? ", else if " : "if ", i ? "，否则若" : "若");
        condition(w, node->args[i], PREC_NONE);
        put(w, " then ", "，则");
        condition(w, node->args[i + 1], PREC_NONE);
    }
    if (i < node->n_args) {
        put(w, i ? ", else " : "", i ? "，否则" : "");
        condition(w, node->args[i], PREC_NONE);
    }
    if (node->n_args == 0) {
        put(w, "never", "从不");
    }
}

static void condition_inside(const struct writer *w, const struct rule_node *node, enum precedence own)
{
    const struct rule_op_info *info = rule_op_info(node->op);
    switch (info->family) {
    case FAMILY_LOGIC:
        if (node->op == RULE_NOT) {
            negation(w, node->args[0]);
        } else if (node->op == RULE_TRUTH) {
            condition(w, node->args[0], PREC_NONE);
        } else if (node->op == RULE_IF) {
            branches(w, node);
        } else {
            for (size_t i = 0; i < node->n_args; i++) {
                if (i) {
                    buf_printf(w->out, w->language == LANGUAGE_ZH ? "%s" : " %s ",
                               word(w, info->en, info->zh));
                }
                condition(w, node->args[i], own);
            }
        }
        return;
    case FAMILY_COMPARE: comparison(w, node); return;
    case FAMILY_MEMBER: membership(w, node, false); return;
    case FAMILY_AFFIX:
        operand(w, node->args[0]);
        put(w, " ", "");
        put(w, info->en, info->zh);
        buf_char(w->out, ' ');
        operand(w, node->args[1]);
        return;
    case FAMILY_MISSING: missing(w, node, false); return;
    case FAMILY_QUANTIFIER: quantifier(w, node); return;
    case FAMILY_ARITHMETIC:
    case FAMILY_LEAF: truth(w, node); return;
    }
}

static void condition(const struct writer *w, const struct rule_node *node, enum precedence around)
{
    enum precedence own = node->op == RULE_IF ? PREC_OR : formula_precedence(node);
    bool is_group = own < around && own <= PREC_AND;
    put(w, is_group ? "(" : "", is_group ? "（" : "");
    condition_inside(w, node, own);
    put(w, is_group ? ")" : "", is_group ? "）" : "");
}

void rule_text(const struct rule *rule, enum language language, struct buf *out)
{
    struct writer w = {.out = out,
                       .money_exponent = rule->money_exponent,
                       .is_untyped = rule->is_untyped,
                       .language = language};
    condition(&w, rule->root, PREC_NONE);
}
