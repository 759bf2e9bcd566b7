#ifndef SRC_CORE_RULE_FORMULA_H
#define SRC_CORE_RULE_FORMULA_H

#include "core/rule_tree.h"

enum precedence { PREC_NONE, PREC_OR, PREC_AND, PREC_NOT, PREC_COMPARE, PREC_SUM, PREC_PRODUCT, PREC_ATOM };

/** How tightly the operator of ${node} binds what stands beside it. */
enum precedence formula_precedence(const struct rule_node *node);

/** ${v} in short; of a list at most ${most_items} items. */
void formula_put_value(struct buf *out, int money_exponent, const struct value *v, size_t most_items);

#endif
