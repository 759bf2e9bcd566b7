#include "core/rule_tree.h"

/*
 * When a rule may change by time alone, and what it mentions. Compilation made sure that a fact that moves
 * stands only in comparisons, in `in` with a list, and in missing (where it makes no difference: whether it
 * has a value does not depend on the time).
 */

struct flips {
    const struct rule_env *env;
    usec_t after;
    struct instants *out;
};

static bool is_moving(const struct rule_node *node)
{
    return node->op == RULE_VAR && node->ref.moves;
}

static void flips_at(const struct flips *f, const struct rule_node *moving, const struct rule_node *bound)
{
    struct rule side = {.root = (struct rule_node *)(uintptr_t)bound};
    struct value v = rule_value(&side, f->env, NULL);
    if (v.type != VALUE_NULL) {
        f->env->flips(f->env->context, &moving->ref, &v, f->after, f->out);
    }
}

static void flips_of_comparison(const struct flips *f, const struct rule_node *node)
{
    for (size_t i = 0; i + 1 < node->n_args; i++) {
        const struct rule_node *left = node->args[i], *right = node->args[i + 1];
        if (is_moving(left)) {
            flips_at(f, left, right);
        } else if (is_moving(right)) {
            flips_at(f, right, left);
        }
    }
}

static void flips_of(const struct flips *f, const struct rule_node *node)
{
    enum rule_family family = rule_op_info(node->op)->family;
    if (family == FAMILY_COMPARE) {
        flips_of_comparison(f, node);
    } else if (node->op == RULE_IN && is_moving(node->args[0])) {
        const struct value *items = node->args[1]->value.list.items;
        for (size_t i = 0; i < node->args[1]->value.list.n; i++) {
            f->env->flips(f->env->context, &node->args[0]->ref, &items[i], f->after, f->out);
        }
    }
    if (node->op == RULE_LITERAL) {
        return;
    }
    for (size_t i = 0; i < node->n_args; i++) {
        flips_of(f, node->args[i]);
    }
}

void rule_flips(const struct rule *rule, const struct rule_env *env, usec_t after, struct instants *out)
{
    struct flips f = {.env = env, .after = after, .out = out};
    flips_of(&f, rule->root);
}

static bool mentions(const struct rule_node *node, bool (*match)(const struct fact_ref *ref))
{
    if (node->op == RULE_VAR && match(&node->ref)) {
        return true;
    }
    for (size_t i = 0; i < node->n_args; i++) {
        if (mentions(node->args[i], match)) {
            return true;
        }
    }
    return false;
}

bool rule_mentions(const struct rule *rule, bool (*match)(const struct fact_ref *ref))
{
    return mentions(rule->root, match);
}

typedef void visit_fn(void *context, const struct fact_ref *ref, const char *op, const struct value *literal);

static bool is_literal(const struct rule_node *node)
{
    return node->op == RULE_LITERAL && node->type != VALUE_LIST && !rule_node_is_null(node);
}

static void visit_tests(const struct rule_node *node, visit_fn *visit, void *context)
{
    enum rule_family family = rule_op_info(node->op)->family;
    if (family == FAMILY_COMPARE || family == FAMILY_AFFIX) {
        for (size_t i = 0; i + 1 < node->n_args; i++) {
            const struct rule_node *left = node->args[i], *right = node->args[i + 1];
            if (left->op == RULE_VAR && is_literal(right)) {
                visit(context, &left->ref, rule_op_info(node->op)->name, &right->value);
            } else if (right->op == RULE_VAR && is_literal(left) && family == FAMILY_COMPARE) {
                visit(context, &right->ref, rule_op_info(rule_op_turned(node->op))->name, &left->value);
            }
        }
    }
    if (node->op == RULE_IN && node->args[0]->op == RULE_VAR && node->args[1]->op == RULE_LITERAL &&
        node->args[1]->type == VALUE_LIST) {
        for (size_t i = 0; i < node->args[1]->value.list.n; i++) {
            visit(context, &node->args[0]->ref, "in", &node->args[1]->value.list.items[i]);
        }
    }
}

static void visit_node(const struct rule_node *node, visit_fn *visit, void *context)
{
    if (node->op == RULE_VAR) {
        visit(context, &node->ref, NULL, NULL);
    }
    visit_tests(node, visit, context);
    for (size_t i = 0; i < node->n_args; i++) {
        visit_node(node->args[i], visit, context);
    }
}

void rule_visit(const struct rule *rule,
                void (*visit)(void *context, const struct fact_ref *ref, const char *op,
                              const struct value *literal),
                void *context)
{
    visit_node(rule->root, visit, context);
}
