#ifndef CORE_RULE_TREE_H
#define CORE_RULE_TREE_H

#include "core/rule.h"

/** The typed tree of a compiled rule, for those that give it a meaning: evaluation, words, SQL. */

#define RULE_ARGS_ANY 500

/**
 * The operators: the only list. Rows: enum name, JsonLogic name, least and most arguments, family, words in English
 * and Chinese.
 *
 * Families  LOGIC       arguments are taken for their truth; the deciding one is the value
 *           COMPARE     all arguments have one type; null makes it false; ordering not for booleans
 *           ARITHMETIC  numbers and money; null makes it null
 *           MEMBER      needle and haystack
 *           AFFIX       two strings
 *           MISSING     names of variables
 *           QUANTIFIER  a list-valued variable, and a test of {"var": ""}
 *           LEAF        variables (and literals, which have no name)
 */
#define RULE_OP_TABLE(X)                                                                                      \
    X(AND, "and", 1, RULE_ARGS_ANY, LOGIC, "and", "，且")                                                       \
    X(OR, "or", 1, RULE_ARGS_ANY, LOGIC, "or", "，或")                                                          \
    X(NOT, "!", 1, 1, LOGIC, "not", "并非")                                                                   \
    X(TRUTH, "!!", 1, 1, LOGIC, "", "")                                                                       \
    X(IF, "if", 0, RULE_ARGS_ANY, LOGIC, "if", "若")                                                          \
    X(EQ, "==", 2, 2, COMPARE, "is", "为")                                                                    \
    X(NE, "!=", 2, 2, COMPARE, "is not", "不为")                                                              \
    X(LT, "<", 2, 3, COMPARE, "is less than", "小于")                                                         \
    X(LE, "<=", 2, 3, COMPARE, "is at most", "不超过")                                                        \
    X(GT, ">", 2, 2, COMPARE, "is more than", "大于")                                                         \
    X(GE, ">=", 2, 2, COMPARE, "is at least", "至少为")                                                       \
    X(IN, "in", 2, 2, MEMBER, "is one of", "属于")                                                            \
    X(STARTS, "startsWith", 2, 2, AFFIX, "starts with", "开头是")                                             \
    X(ENDS, "endsWith", 2, 2, AFFIX, "ends with", "结尾是")                                                   \
    X(ADD, "+", 1, RULE_ARGS_ANY, ARITHMETIC, "+", "+")                                                       \
    X(SUB, "-", 1, 2, ARITHMETIC, "-", "-")                                                                   \
    X(MUL, "*", 1, RULE_ARGS_ANY, ARITHMETIC, "*", "*")                                                       \
    X(DIV, "/", 2, 2, ARITHMETIC, "/", "/")                                                                   \
    X(MISSING, "missing", 0, RULE_ARGS_ANY, MISSING, "has no value", "没有值")                                \
    X(MISSING_SOME, "missing_some", 2, 2, MISSING, "of these are known", "已知")                              \
    X(SOME, "some", 2, 2, QUANTIFIER, "some item of", "有一项")                                               \
    X(ALL, "all", 2, 2, QUANTIFIER, "every item of", "每一项")                                                \
    X(NONE_OF, "none", 2, 2, QUANTIFIER, "no item of", "没有一项")                                            \
    X(VAR, "var", 0, 2, LEAF, "", "")                                                                         \
    X(ELEMENT, "", 0, 0, LEAF, "the item", "该项")                                                            \
    X(LITERAL, "", 0, 0, LEAF, "", "")

enum rule_op {
#define X(name, text, least, most, family, en, zh) RULE_##name,
    RULE_OP_TABLE(X)
#undef X
        RULE_OP_COUNT
};

enum rule_family {
    FAMILY_LOGIC,
    FAMILY_COMPARE,
    FAMILY_ARITHMETIC,
    FAMILY_MEMBER,
    FAMILY_AFFIX,
    FAMILY_MISSING,
    FAMILY_QUANTIFIER,
    FAMILY_LEAF
};

struct rule_op_info {
    const char *name;
    size_t least;
    size_t most;
    enum rule_family family;
    const char *en;
    const char *zh;
};

const struct rule_op_info *rule_op_info(enum rule_op op);
/** The operator of this JsonLogic name or alias (===, !==, ?:); RULE_OP_COUNT: none. */
enum rule_op rule_op_of(struct span name);
/** Why an operator that JsonLogic knows is not in the language; NULL: it is unknown altogether. */
const char *rule_op_refusal(struct span name);
/** Does ${a} ${op} ${b} hold? False when either is null or they have different types. */
bool rule_compared(enum rule_op op, const struct value *a, const struct value *b);
/** The comparison with its sides exchanged: < becomes >. */
enum rule_op rule_op_turned(enum rule_op op);

struct rule_node {
    enum rule_op op;
    enum value_type type; /* VALUE_NULL: always null, or known only at evaluation */
    bool is_nullable;
    bool is_mixed; /* its branches have several types: good for its truth and as the result, not as an operand */
    bool is_soft;  /* made of literals, so it takes the type that the other side has */
    const char *pointer;
    struct value value; /* RULE_LITERAL; RULE_VAR: what stands for null; RULE_MISSING_SOME: how many are needed */
    struct span source; /* RULE_LITERAL: the number as it was written */
    struct fact_ref ref; /* RULE_VAR */
    struct span name;    /* RULE_VAR: as it was written */
    struct rule_node **args;
    size_t n_args;
};

struct rule {
    struct rule_node *root;
    int money_exponent;
    bool is_untyped;
};

static inline bool rule_node_is_null(const struct rule_node *node)
{
    return node->op == RULE_LITERAL && node->value.type == VALUE_NULL;
}

/** Is the type of ${node} known only at evaluation (a trait, an item of one, an `if` of these)? */
static inline bool rule_node_is_dynamic(const struct rule_node *node)
{
    return node->type == VALUE_NULL && !node->is_mixed && !rule_node_is_null(node);
}

#endif
