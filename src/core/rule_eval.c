#include "core/rule_tree.h"

#include <assert.h>
#include <math.h>

/** What one evaluation knows. ${scratch} is needed only where a list of missing names is the result. */
struct evaluation {
    const struct rule_env *env;
    const struct value *element; /* inside some, all, none */
    struct arena *scratch;
};

static struct value value_of(const struct evaluation *e, const struct rule_node *node);
static bool holds(const struct evaluation *e, const struct rule_node *node);

static struct value variable(const struct evaluation *e, const struct rule_node *node)
{
    struct value v = e->env->read(e->env->context, &node->ref);
    return v.type == VALUE_NULL ? node->value : v;
}

bool rule_compared(enum rule_op op, const struct value *a, const struct value *b)
{
    if (!value_is_comparable(a, b)) {
        return false;
    }
    if (a->type == VALUE_BOOL && op != RULE_EQ && op != RULE_NE) {
        return false;
    }
    int order = value_compare(a, b);
    return op == RULE_EQ   ? order == 0
           : op == RULE_NE ? order != 0
           : op == RULE_LT ? order < 0
           : op == RULE_LE ? order <= 0
           : op == RULE_GT ? order > 0
                           : order >= 0;
}

static bool compare(const struct evaluation *e, const struct rule_node *node)
{
    struct value a = value_of(e, node->args[0]);
    struct value b = value_of(e, node->args[1]);
    if (!rule_compared(node->op, &a, &b)) {
        return false;
    }
    if (node->n_args == 2) {
        return true;
    }
    struct value c = value_of(e, node->args[2]);
    return rule_compared(node->op, &b, &c);
}

static bool string_contains(struct span hay, struct span needle)
{
    return needle.n == 0 || (hay.n >= needle.n && memmem(hay.p, hay.n, needle.p, needle.n) != NULL);
}

static bool member(const struct evaluation *e, const struct rule_node *node)
{
    struct value needle = value_of(e, node->args[0]);
    struct value hay = value_of(e, node->args[1]);
    if (hay.type == VALUE_STRING) {
        return needle.type == VALUE_STRING && string_contains(hay.string, needle.string);
    }
    if (hay.type == VALUE_LIST) {
        for (size_t i = 0; i < hay.list.n; i++) {
            if (rule_compared(RULE_EQ, &needle, &hay.list.items[i])) {
                return true;
            }
        }
    }
    return false;
}

static bool affix(const struct evaluation *e, const struct rule_node *node)
{
    struct value text = value_of(e, node->args[0]);
    struct value part = value_of(e, node->args[1]);
    if (text.type != VALUE_STRING || part.type != VALUE_STRING || text.string.n < part.string.n) {
        return false;
    }
    size_t skipped = node->op == RULE_STARTS ? 0 : text.string.n - part.string.n;
    return span_equal((struct span){text.string.p + skipped, part.string.n}, part.string);
}

/** Of the three quantifiers, `all` of nothing is false, as JsonLogic has it. What is not a list has no items.
 */
static bool quantifier(const struct evaluation *e, const struct rule_node *node)
{
    struct value list = value_of(e, node->args[0]);
    size_t n = list.type == VALUE_LIST ? list.list.n : 0;
    size_t n_true = 0;
    for (size_t i = 0; i < n; i++) {
        struct evaluation inner = *e;
        inner.element = &list.list.items[i];
        n_true += holds(&inner, node->args[1]);
    }
    return node->op == RULE_SOME ? n_true > 0 : node->op == RULE_ALL ? n != 0 && n_true == n : n_true == 0;
}

/** JsonLogic counts the empty string as missing, too. */
static bool is_missing(const struct evaluation *e, const struct rule_node *node)
{
    struct value v = variable(e, node);
    return v.type == VALUE_NULL || (v.type == VALUE_STRING && v.string.n == 0);
}

static size_t count_missing(const struct evaluation *e, const struct rule_node *node)
{
    size_t n = 0;
    for (size_t i = 0; i < node->n_args; i++) {
        n += is_missing(e, node->args[i]);
    }
    bool is_enough = node->op == RULE_MISSING_SOME && (double)(node->n_args - n) >= node->value.number;
    return is_enough ? 0 : n;
}

static struct value missing_list(const struct evaluation *e, const struct rule_node *node)
{
    size_t n = count_missing(e, node);
    assert(e->scratch != NULL || n == 0);
    struct value *items = n ? ARENA_ARRAY(e->scratch, struct value, n) : NULL;
    size_t k = 0;
    for (size_t i = 0; i < node->n_args && k < n; i++) {
        if (is_missing(e, node->args[i])) {
            items[k++] = value_string(node->args[i]->name);
        }
    }
    return value_list(items, n);
}

static bool is_numeric(const struct value *v)
{
    return v->type == VALUE_NUMBER || v->type == VALUE_MONEY;
}

/** Sums, products: from the left, in doubles; null when an argument is not a number or the result not finite.
 */
static struct value arithmetic(const struct evaluation *e, const struct rule_node *node)
{
    struct value first = value_of(e, node->args[0]);
    if (!is_numeric(&first)) {
        return value_null();
    }
    double sum = node->n_args == 1 && node->op == RULE_SUB ? -first.number : first.number;
    for (size_t i = 1; i < node->n_args; i++) {
        struct value v = value_of(e, node->args[i]);
        if (!is_numeric(&v) || (node->op == RULE_DIV && v.number == 0)) {
            return value_null();
        }
        sum = node->op == RULE_ADD   ? sum + v.number
              : node->op == RULE_SUB ? sum - v.number
              : node->op == RULE_MUL ? sum * v.number
                                     : sum / v.number;
    }
    if (!isfinite(sum)) {
        return value_null();
    }
    return node->type == VALUE_MONEY ? value_money(sum) : value_number(sum);
}

/** The branch that an `if` takes; NULL: none. */
static const struct rule_node *branch(const struct evaluation *e, const struct rule_node *node)
{
    size_t i = 0;
    for (; i + 1 < node->n_args; i += 2) {
        if (holds(e, node->args[i])) {
            return node->args[i + 1];
        }
    }
    return i < node->n_args ? node->args[i] : NULL;
}

static bool holds(const struct evaluation *e, const struct rule_node *node)
{
    switch (node->op) {
    case RULE_AND:
        for (size_t i = 0; i < node->n_args; i++) {
            if (!holds(e, node->args[i])) {
                return false;
            }
        }
        return true;
    case RULE_OR:
        for (size_t i = 0; i < node->n_args; i++) {
            if (holds(e, node->args[i])) {
                return true;
            }
        }
        return false;
    case RULE_NOT: return !holds(e, node->args[0]);
    case RULE_TRUTH: return holds(e, node->args[0]);
    case RULE_IF: {
        const struct rule_node *taken = branch(e, node);
        return taken != NULL && holds(e, taken);
    }
    case RULE_EQ:
    case RULE_NE:
    case RULE_LT:
    case RULE_LE:
    case RULE_GT:
    case RULE_GE: return compare(e, node);
    case RULE_IN: return member(e, node);
    case RULE_STARTS:
    case RULE_ENDS: return affix(e, node);
    case RULE_MISSING:
    case RULE_MISSING_SOME: return count_missing(e, node) != 0;
    case RULE_SOME:
    case RULE_ALL:
    case RULE_NONE_OF: return quantifier(e, node);
    case RULE_ADD:
    case RULE_SUB:
    case RULE_MUL:
    case RULE_DIV:
    case RULE_VAR:
    case RULE_ELEMENT:
    case RULE_LITERAL: {
        struct value v = value_of(e, node);
        return value_is_true(&v);
    }
    case RULE_OP_COUNT: break;
    }
    return false;
}

/** The deciding operand of `and`: the first that is not true, else the last; of `or` the first that is true.
 */
static struct value deciding(const struct evaluation *e, const struct rule_node *node)
{
    size_t i = 0;
    while (i + 1 < node->n_args && holds(e, node->args[i]) == (node->op == RULE_AND)) {
        i++;
    }
    return value_of(e, node->args[i]);
}

static struct value value_of(const struct evaluation *e, const struct rule_node *node)
{
    switch (node->op) {
    case RULE_LITERAL: return node->value;
    case RULE_VAR: return variable(e, node);
    case RULE_ELEMENT: return *e->element;
    case RULE_ADD:
    case RULE_SUB:
    case RULE_MUL:
    case RULE_DIV: return arithmetic(e, node);
    case RULE_AND:
    case RULE_OR: return deciding(e, node);
    case RULE_IF: {
        const struct rule_node *taken = branch(e, node);
        return taken == NULL ? value_null() : value_of(e, taken);
    }
    case RULE_MISSING:
    case RULE_MISSING_SOME: return missing_list(e, node);
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
    case RULE_NONE_OF: return value_bool(holds(e, node));
    case RULE_OP_COUNT: break;
    }
    return value_null();
}

struct value rule_value(const struct rule *rule, const struct rule_env *env, struct arena *scratch)
{
    struct evaluation e = {.env = env, .scratch = scratch};
    return value_of(&e, rule->root);
}

bool rule_holds(const struct rule *rule, const struct rule_env *env)
{
    struct evaluation e = {.env = env};
    return holds(&e, rule->root);
}
