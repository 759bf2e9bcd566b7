#ifndef SRC_CORE_RULE_EXPR_H
#define SRC_CORE_RULE_EXPR_H

#include "core/rule.h"

/** The syntax tree: JSON as it was read, without types. */
enum expr_kind { EXPR_LITERAL, EXPR_LIST, EXPR_OPERATION };

struct expr {
    enum expr_kind kind;
    const char *pointer; /* of an operation: to the member that names the operator */
    struct value value;  /* of a literal: null, boolean, number or string */
    struct span source;  /* of a number: as it was written */
    struct span op;
    struct expr **args; /* of an operation; items of a list */
    size_t n_args;
};

#endif
