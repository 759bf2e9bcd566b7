#ifndef SRC_CORE_RULE_TYPING_H
#define SRC_CORE_RULE_TYPING_H

#include "core/rule_tree.h"

/** What compilation knows; rule_compile.c makes nodes, rule_typing.c gives them types. */
struct compiler {
    struct arena *arena;
    const struct rule_schema *schema;
    struct error *error;
    size_t nodes;
    int depth;
    bool is_in_element;      /* inside the test of some, all, none */
    enum value_type element; /* of which the items have this type; VALUE_NULL: any */
};

/** Refuse the rule: the caller returns false or NULL. */
#define REFUSE(c, pointer, ...) (void)error_set((c)->error, STATUS_INVALID_RULE, (pointer), __VA_ARGS__)

/** "a" or "an" before the name of ${type}. */
const char *typing_article(enum value_type type);
/** What ${node} is, for messages: `revenue (an amount of money)`, `the string "abc"`. */
const char *typing_described(struct compiler *c, const struct rule_node *node);
/** Give ${type} to ${node} and all its soft branches; false, with the reason, when it cannot have it. */
bool typing_harden(struct compiler *c, struct rule_node *node, enum value_type type);
/** Set the type of an `if`, `and` or `or` from its branches. */
void typing_unify_branches(struct compiler *c, struct rule_node *node);
/** The one type of several operands, given to the soft ones; false, with the reason, when there is none. */
bool typing_unify(struct compiler *c, struct rule_node **nodes, size_t n, enum value_type *out);
/** Is ${node} one scalar value? Refuses lists, several types, and a null that is written out. */
bool typing_is_operand(struct compiler *c, const struct rule_node *node);
/** Is nothing known of the type of ${node}? On data given with the rule, a variable without a value is such. */
bool typing_says_nothing(const struct compiler *c, const struct rule_node *node);

#endif
