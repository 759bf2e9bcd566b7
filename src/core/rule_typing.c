#include "rule_typing.h"

#include "base/time.h"
#include "core/money.h"

/*
 * Literals are "soft": 100 is a number until it meets an amount of money, "2026-01-01" a string until it
 * meets a time. typing_unify() finds the one type of several nodes, typing_harden() gives it to the soft
 * ones.
 */

/* ---- words for messages ---- */

const char *typing_article(enum value_type type)
{
    return type == VALUE_MONEY ? "an" : "a";
}

const char *typing_described(struct compiler *c, const struct rule_node *node)
{
    const char *type = value_type_name(node->type);
    if (rule_node_is_null(node)) {
        return "null";
    }
    if (node->op == RULE_VAR) {
        int n = (int)(node->name.n < 60 ? node->name.n : 60);
        return arena_printf(c->arena, "%.*s (%s %s)", n, node->name.p, typing_article(node->type), type);
    }
    if (node->op == RULE_LITERAL && node->type == VALUE_STRING) {
        int n = (int)(node->value.string.n < 40 ? node->value.string.n : 40);
        return arena_printf(c->arena, "the string \"%.*s\"", n, node->value.string.p);
    }
    if (node->op == RULE_LITERAL && node->type == VALUE_NUMBER) {
        char text[NUMBER_TEXT];
        value_number_print(node->value.number, text);
        return arena_printf(c->arena, "the number %s", text);
    }
    return arena_printf(c->arena, "%s %s", typing_article(node->type), type);
}

/* ---- types ---- */

/** ${text} in major units as minor units, fractions of one included. */
static bool minor_units(struct span text, int exponent, double *out)
{
    struct decimal decimal;
    if (!decimal_parse(text, &decimal)) {
        return false;
    }
    long double minor = (long double)decimal.digits;
    int shift = exponent - decimal.scale;
    for (; shift > 0; shift--) {
        minor *= 10;
    }
    long double divisor = 1;
    for (; shift < 0; shift++) {
        divisor *= 10;
    }
    *out = (double)(minor / divisor);
    return true;
}

/** Give the literal ${node} the type ${type} if it can be read as one. */
static bool literal_harden(struct compiler *c, struct rule_node *node, enum value_type type)
{
    double minor;
    usec_t time;
    if (type == VALUE_MONEY && (node->type == VALUE_NUMBER || node->type == VALUE_STRING)) {
        struct span text = node->type == VALUE_STRING ? node->value.string : node->source;
        if (!minor_units(text, c->schema->money_exponent, &minor)) {
            return false;
        }
        node->value = value_money(minor);
    } else if (type == VALUE_TIME && node->type == VALUE_STRING) {
        if (!time_parse(node->value.string, &time)) {
            return false;
        }
        node->value = value_time(time);
    } else if (type != node->type) {
        return false;
    }
    node->type = type;
    return true;
}

static size_t branches(struct rule_node *node, struct rule_node *out[]);

bool typing_harden(struct compiler *c, struct rule_node *node, enum value_type type)
{
    if (rule_node_is_null(node) || type == VALUE_NULL) {
        return true;
    }
    if (node->op == RULE_LITERAL && node->type != VALUE_LIST) {
        const char *was = typing_described(c, node);
        if (!literal_harden(c, node, type)) {
            REFUSE(c, node->pointer, "%s does not stand for %s %s", was, typing_article(type),
                   value_type_name(type));
            return false;
        }
        return true;
    }
    if (node->is_soft && (node->op == RULE_IF || node->op == RULE_AND || node->op == RULE_OR)) {
        struct rule_node *values[RULE_ARGS_ANY];
        size_t n = branches(node, values);
        for (size_t i = 0; i < n; i++) {
            if (!typing_harden(c, values[i], type)) {
                return false;
            }
        }
        node->type = type;
        return true;
    }
    if (node->type != type) {
        REFUSE(c, node->pointer, "%s stands where %s %s is needed", typing_described(c, node),
               typing_article(type), value_type_name(type));
        return false;
    }
    return true;
}

/** The nodes whose value ${node} may have: an `if` has those of its branches, `and` and `or` those of all
 * arguments. */
static size_t branches(struct rule_node *node, struct rule_node *out[])
{
    size_t n = 0;
    for (size_t i = 0; i < node->n_args; i++) {
        bool is_condition = node->op == RULE_IF && i % 2 == 0 && i + 1 < node->n_args;
        if (!is_condition) {
            out[n++] = node->args[i];
        }
    }
    return n;
}

/** Could the soft ${node} take ${type}? Changes nothing. */
static bool can_harden(struct compiler *c, struct rule_node *node, enum value_type type)
{
    if (rule_node_is_null(node)) {
        return true;
    }
    if (node->op == RULE_LITERAL) {
        struct rule_node copy = *node;
        return literal_harden(c, &copy, type);
    }
    struct rule_node *values[RULE_ARGS_ANY];
    size_t n = branches(node, values);
    for (size_t i = 0; i < n; i++) {
        if (!can_harden(c, values[i], type)) {
            return false;
        }
    }
    return true;
}

bool typing_says_nothing(const struct compiler *c, const struct rule_node *node)
{
    return rule_node_is_null(node) || (c->schema->is_untyped && rule_node_is_dynamic(node));
}

void typing_unify_branches(struct compiler *c, struct rule_node *node)
{
    struct rule_node *values[RULE_ARGS_ANY];
    size_t n = branches(node, values);
    enum value_type type = VALUE_NULL, soft = VALUE_NULL;
    bool has_dynamic = false;
    node->is_soft = true;
    node->is_nullable = node->op == RULE_IF && node->n_args % 2 == 0;
    for (size_t i = 0; i < n; i++) {
        struct rule_node *value = values[i];
        node->is_nullable = node->is_nullable || value->is_nullable;
        node->is_mixed = node->is_mixed || value->is_mixed;
        node->is_soft = node->is_soft && value->is_soft;
        if (typing_says_nothing(c, value)) {
            continue;
        }
        if (rule_node_is_dynamic(value)) {
            has_dynamic = true;
        } else if (value->is_soft) {
            soft = soft == VALUE_NULL ? value->type : soft;
        } else {
            node->is_mixed = node->is_mixed || (type != VALUE_NULL && value->type != type);
            type = value->type;
        }
    }
    type = type == VALUE_NULL ? soft : type;
    for (size_t i = 0; i < n && type != VALUE_NULL && !node->is_mixed; i++) {
        node->is_mixed = values[i]->is_soft && !can_harden(c, values[i], type);
    }
    node->is_mixed = node->is_mixed || (has_dynamic && (type == VALUE_MONEY || type == VALUE_TIME));
    if (node->is_mixed) {
        node->is_soft = false;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (values[i]->is_soft) {
            (void)typing_harden(c, values[i], type);
        }
    }
    node->type = has_dynamic ? VALUE_NULL : type;
}

bool typing_is_operand(struct compiler *c, const struct rule_node *node)
{
    if (node->is_mixed) {
        REFUSE(c, node->pointer,
               "the branches have several types, so this cannot be compared or calculated with");
        return false;
    }
    if (node->type == VALUE_LIST) {
        REFUSE(c, node->pointer, "a list cannot be compared or calculated with");
        return false;
    }
    if (rule_node_is_null(node) && !c->schema->is_untyped) {
        REFUSE(c, node->pointer, "nothing is ever equal to, above or below null; use missing");
        return false;
    }
    return true;
}

bool typing_unify(struct compiler *c, struct rule_node **nodes, size_t n, enum value_type *out)
{
    const struct rule_node *rigid = NULL, *soft = NULL, *dynamic = NULL;
    for (size_t i = 0; i < n; i++) {
        struct rule_node *node = nodes[i];
        if (!typing_is_operand(c, node)) {
            return false;
        }
        if (typing_says_nothing(c, node)) {
            continue;
        }
        if (rule_node_is_dynamic(node)) {
            dynamic = node;
        } else if (node->is_soft) {
            soft = soft ? soft : node;
        } else if (rigid != NULL && rigid->type != node->type) {
            REFUSE(c, node->pointer, "%s and %s have different types", typing_described(c, rigid),
                   typing_described(c, node));
            return false;
        } else {
            rigid = node;
        }
    }
    *out = rigid ? rigid->type : soft ? soft->type : VALUE_NULL;
    if (dynamic != NULL && (*out == VALUE_MONEY || *out == VALUE_TIME)) {
        REFUSE(c, dynamic->pointer, "a trait is never %s %s", typing_article(*out), value_type_name(*out));
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (nodes[i]->is_soft && !typing_harden(c, nodes[i], *out)) {
            return false;
        }
    }
    return true;
}
