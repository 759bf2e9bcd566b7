#include "core/condition.h"

#include "base/buf.h"
#include "core/money.h"
#include "rule_formula.h"

#include <math.h>

#define ITEMS_SHOWN 12 /* of a list */

/* ---- taking apart ---- */

struct surgeon {
    struct arena *arena;
    const struct rule *rule;
    const struct rule_env *env;
};

static struct rule rule_of(const struct surgeon *s, struct rule_node *node)
{
    struct rule part = *s->rule;
    part.root = node;
    return part;
}

static struct value value_of(const struct surgeon *s, struct rule_node *node)
{
    struct rule part = rule_of(s, node);
    return rule_value(&part, s->env, s->arena);
}

static struct rule_node *negation(const struct surgeon *s, struct rule_node *node)
{
    struct rule_node *not = ARENA_NEW(s->arena, struct rule_node);
    *not = (struct rule_node){.op = RULE_NOT, .type = VALUE_BOOL, .pointer = node->pointer, .n_args = 1};
    not->args = ARENA_ARRAY(s->arena, struct rule_node *, 1);
    not->args[0] = node;
    return not;
}

/** Does it tell how far the value is from the test that the two differ by so much? */
static bool is_distance(enum rule_op op, bool is_negated)
{
    return op != RULE_NE && op != RULE_EQ ? true : (op == RULE_NE) == is_negated;
}

static void compare(const struct surgeon *s, const struct rule_node *node, bool is_negated, struct condition *out)
{
    bool is_turned = node->args[0]->op != RULE_VAR;
    struct rule_node *fact = node->args[is_turned], *bound = node->args[!is_turned];
    if (node->n_args != 2 || fact->op != RULE_VAR) {
        return;
    }
    out->fact = fact->name;
    out->value = value_of(s, fact);
    out->wanted = value_of(s, bound);
    bool is_number = out->value.type == VALUE_NUMBER || out->value.type == VALUE_MONEY;
    if (!out->holds && is_number && out->wanted.type == out->value.type && is_distance(node->op, is_negated)) {
        out->difference = out->value;
        out->difference.number = out->wanted.number - out->value.number;
    }
}

static void test(const struct surgeon *s, struct rule_node *node, bool is_negated, struct condition *out)
{
    out->kind = CONDITION_TEST;
    out->rule = rule_of(s, is_negated ? negation(s, node) : node);
    out->holds = rule_holds(&out->rule, s->env);
    enum rule_family family = rule_op_info(node->op)->family;
    if (family == FAMILY_COMPARE) {
        compare(s, node, is_negated, out);
    } else if (node->op == RULE_VAR) {
        out->fact = node->name;
        out->value = value_of(s, node);
    } else if ((family == FAMILY_AFFIX || family == FAMILY_MEMBER || family == FAMILY_QUANTIFIER) &&
               node->args[0]->op == RULE_VAR && node->args[1]->op != RULE_VAR) {
        out->fact = node->args[0]->name;
        out->value = value_of(s, node->args[0]);
    } else if (family == FAMILY_MEMBER && node->args[1]->op == RULE_VAR && node->args[0]->op != RULE_VAR) {
        out->fact = node->args[1]->name;
        out->value = value_of(s, node->args[1]);
    }
}

static void take_apart(const struct surgeon *s, struct rule_node *node, bool is_negated, struct condition *out)
{
    bool is_joint = node->op == RULE_AND || node->op == RULE_OR;
    *out = (struct condition){0};
    if (node->op == RULE_NOT) {
        take_apart(s, node->args[0], !is_negated, out);
    } else if (node->op == RULE_TRUTH || (is_joint && node->n_args == 1)) {
        take_apart(s, node->args[0], is_negated, out);
    } else if (is_joint) {
        struct condition *parts = ARENA_ARRAY(s->arena, struct condition, node->n_args);
        out->kind = (node->op == RULE_AND) != is_negated ? CONDITION_ALL : CONDITION_ANY;
        out->holds = out->kind == CONDITION_ALL;
        for (size_t i = 0; i < node->n_args; i++) {
            take_apart(s, node->args[i], is_negated, &parts[i]);
            out->holds = out->kind == CONDITION_ALL ? out->holds && parts[i].holds : out->holds || parts[i].holds;
        }
        out->parts = parts;
        out->n_parts = node->n_args;
    } else {
        test(s, node, is_negated, out);
    }
}

/** Of what does not hold: the tests that have to change. Of `any`, each of them would do. */
static void mark_missing(struct condition *condition)
{
    if (condition->holds) {
        return;
    }
    condition->is_missing = condition->kind == CONDITION_TEST;
    for (size_t i = 0; i < condition->n_parts; i++) {
        mark_missing(&condition->parts[i]);
    }
}

/* ---- the facts ---- */

struct collection {
    struct arena *arena;
    const struct rule_env *env;
    struct verdict *out;
    size_t capacity;
};

static void collect(void *context, const struct fact_ref *ref, const char *op, const struct value *literal)
{
    struct collection *c = context;
    struct verdict *out = c->out;
    (void)literal;
    if (op) {
        return;
    }
    for (size_t i = 0; i < out->n_facts; i++) {
        if (out->facts[i].ref.fact == ref->fact && span_equal(out->facts[i].ref.name, ref->name)) {
            return;
        }
    }
    out->facts = arena_grow(c->arena, out->facts, out->n_facts, &c->capacity, sizeof(*out->facts));
    out->facts[out->n_facts++] =
        (struct fact_use){.name = fact_name(c->arena, ref), .ref = *ref, .value = c->env->read(c->env->context, ref)};
}

void verdict_find(struct arena *arena, const struct rule *rule, const struct rule_env *env, struct verdict *out)
{
    struct surgeon s = {.arena = arena, .rule = rule, .env = env};
    struct collection c = {.arena = arena, .env = env, .out = out};
    *out = (struct verdict){.rule = rule};
    take_apart(&s, rule->root, false, &out->condition);
    mark_missing(&out->condition);
    out->holds = out->condition.holds;
    rule_visit(rule, collect, &c);
}

/* ---- words ---- */

const struct condition *verdict_missing(const struct verdict *verdict, size_t index)
{
    const struct condition *whole = &verdict->condition;
    if (whole->holds) {
        return NULL;
    }
    if (whole->kind != CONDITION_ALL) {
        return index == 0 ? whole : NULL;
    }
    for (size_t i = 0; i < whole->n_parts; i++) {
        if (!whole->parts[i].holds && index-- == 0) {
            return &whole->parts[i];
        }
    }
    return NULL;
}

void condition_value_text(const struct value *value, int money_exponent, struct buf *out)
{
    char text[MONEY_TEXT];
    if (value->type == VALUE_MONEY && fabs(value->number) <= (double)MONEY_SUM_MAX) {
        buf_append(out, text, money_print((int64_t)llround(value->number), money_exponent, text));
    } else if (value->type == VALUE_NUMBER && value->number != floor(value->number)) {
        buf_printf(out, "%.2f", value->number);
    } else {
        formula_put_value(out, money_exponent, value, ITEMS_SHOWN);
    }
}

void condition_missing_text(const struct condition *condition, enum language language, struct buf *out)
{
    bool is_zh = language == LANGUAGE_ZH, is_first = true;
    if (condition->kind == CONDITION_TEST) {
        rule_text(&condition->rule, language, out);
        if (condition->fact.n && condition->value.type == VALUE_NULL) {
            buf_text(out, is_zh ? "（现无）" : " (now none)");
        } else if (condition->fact.n) {
            buf_text(out, is_zh ? "（现为 " : " (now ");
            condition_value_text(&condition->value, condition->rule.money_exponent, out);
            buf_text(out, is_zh ? "）" : ")");
        }
        return;
    }
    for (size_t i = 0; i < condition->n_parts; i++) {
        const struct condition *part = &condition->parts[i];
        if (part->holds) {
            continue;
        }
        if (!is_first && condition->kind == CONDITION_ALL) {
            buf_text(out, is_zh ? "，且" : ", and ");
        } else if (!is_first) {
            buf_text(out, is_zh ? "，或" : ", or ");
        }
        is_first = false;
        bool is_group = part->kind != CONDITION_TEST;
        buf_text(out, !is_group ? "" : is_zh ? "（" : "(");
        condition_missing_text(part, language, out);
        buf_text(out, !is_group ? "" : is_zh ? "）" : ")");
    }
}
