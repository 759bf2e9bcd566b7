#ifndef SRC_CORE_MODEL_VALUES_H
#define SRC_CORE_MODEL_VALUES_H

#include "core/model.h"
#include "core/rule_tree.h"

/**
 * The values that facts may have so that every rule of a model may come out either way: each literal with
 * which a fact is compared, its neighbours, what lies between two literals, null. A row gives each fact one
 * of its values.
 */
struct domain {
    struct fact_ref ref;
    struct value *values;
    size_t n;
    size_t capacity;
    size_t at; /* the one it has in the present row */
};

struct model_values {
    struct arena *arena;
    struct domain *domains; /* one for each fact that a rule mentions */
    size_t n_domains;
    size_t capacity;
    size_t catalogue[FACT_TRAIT]; /* place in domains + 1 */
};

/** Collect the values from the rules of all stages of ${model} into ${values}, which has only its arena. */
void model_values_collect(struct model_values *values, const struct model *model);

/** NULL: no rule mentions the fact. */
struct domain *model_values_of(const struct model_values *values, const struct fact_ref *ref);

/** The present row: for struct rule_env, with the values as its context. */
struct value model_values_read(const void *values, const struct fact_ref *ref);

/** Is ${node} one of the operators that join conditions (and, or, !, !!, if)? */
static inline bool model_values_is_logic(const struct rule_node *node)
{
    return rule_op_info(node->op)->family == FAMILY_LOGIC;
}

/** Call ${visit} for each variable, item and literal under ${node}. */
typedef void leaf_fn(void *context, const struct rule_node *leaf);
void model_values_leaves(const struct rule_node *node, leaf_fn *visit, void *context);

#endif
