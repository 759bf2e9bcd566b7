#ifndef CORE_CONDITION_H
#define CORE_CONDITION_H

#include "core/fact.h"
#include "core/rule_tree.h"

/**
 * What a rule asks of one customer, part by part: `and`, `or` and `not` taken apart, so that only tests are left, each
 * with its answer. A `not` is pushed inwards to the tests; an `if` is one test.
 */
enum condition_kind { CONDITION_TEST, CONDITION_ALL, CONDITION_ANY };

struct condition {
    enum condition_kind kind;
    bool holds;
    bool is_missing; /* a test that does not hold, and that the whole does not hold for */
    struct condition *parts; /* of ALL and ANY */
    size_t n_parts;
    /* of a TEST */
    struct rule rule;         /* it alone, its `not` included: for rule_text() and rule_formula() */
    struct span fact;         /* the variable that is tested; n = 0: none, or several */
    struct value value;       /* what it is */
    struct value wanted;      /* what a comparison holds it against; VALUE_NULL: something else than one value */
    struct value difference;  /* of a comparison that does not hold: wanted - value; VALUE_NULL: it says nothing */
};

/** A fact that a rule uses, with its value. */
struct fact_use {
    struct span name; /* as a rule writes it */
    struct fact_ref ref;
    struct value value;
};

/** A rule, applied to one customer at one time. */
struct verdict {
    const struct rule *rule;
    bool holds;
    struct condition condition;
    struct fact_use *facts; /* in the order of their mention */
    size_t n_facts;
};

/**
 * verdict_find(arena, rule, env, out):
 * Apply ${rule} and take it apart.
 * Owns     ${out} lives in ${arena}; it borrows from the rule, and values from what ${env} reads.
 */
void verdict_find(struct arena *arena, const struct rule *rule, const struct rule_env *env, struct verdict *out);

struct buf;

/** What is missing, one sentence after another, each with the present value: NULL past the last. */
const struct condition *verdict_missing(const struct verdict *verdict, size_t index);
/** "orders is at least 4 (now 3) or ..." of what verdict_missing() gave. */
void condition_missing_text(const struct condition *condition, enum language language, struct buf *out);

/** A value as words have it: 12.50, 2026-11-21T18:00:00.000Z, "text". */
void condition_value_text(const struct value *value, int money_exponent, struct buf *out);

#endif
