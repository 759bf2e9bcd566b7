#ifndef CORE_RULE_H
#define CORE_RULE_H

#include "base/arena.h"
#include "base/status.h"
#include "core/value.h"

/**
 * Rules: a typed subset of JsonLogic. wire/rule.h reads JSON into a syntax tree (struct expr); rule_compile
 * checks it against a schema and gives a typed tree with two meanings: evaluated here, and SQL (db/rule_sql.h).
 * Null: a comparison with null is false, also !=. Source: docs/rules.md.
 */
#define RULE_DEPTH_MAX 64
#define RULE_NODES_MAX 500
#define RULE_LIST_MAX 1000
#define RULE_BYTES_MAX 65536

struct expr; /* untyped syntax tree, built by the functions below */
struct rule; /* typed, compiled, immutable; lives in the arena that it was compiled in */

/** What a variable refers to, as the schema resolved it. */
struct fact_ref {
    int fact;         /* enum fact, or the schema's own number */
    struct span name; /* of a trait or of a counter; else empty */
    enum value_type type;   /* VALUE_NULL: not known before evaluation (a trait): the comparison decides */
    bool is_nullable;
    bool moves;       /* its value may change with time alone */
    enum value_type element; /* of a VALUE_LIST: the type of its items; VALUE_NULL: not known, or there are none */
};

/** Where variables come from. */
struct rule_schema {
    /** Resolve a variable; false: unknown (the reason goes to ${error}). ${out} may borrow from ${name} and ${arena}. */
    bool (*resolve)(const void *context, struct arena *arena, struct span name, struct fact_ref *out,
                    struct error *error);
    const void *context;
    int money_exponent; /* minor-unit digits of the shop: literals in major units become minor */
    bool is_untyped;    /* `lifecycled rule --data`: types come from the data, results may be any value */
};

/** Sorted list of instants, bounded. */
struct instants {
    usec_t *at;
    size_t n;
    size_t capacity;
    struct arena *arena;
};
void instants_add(struct instants *instants, usec_t at);

/** The values of one customer at one time. */
struct rule_env {
    /** The value of a fact; type VALUE_NULL when it has none. */
    struct value (*read)(const void *context, const struct fact_ref *ref);
    /**
     * All instants > ${after} at which `fact OP bound` may change its truth for any comparison OP, if nothing
     * happens. Only called for facts that move; may add too many, never too few.
     */
    void (*flips)(const void *context, const struct fact_ref *ref, const struct value *bound, usec_t after,
                  struct instants *out);
    const void *context;
};

/* building a syntax tree (used by wire/rule.c; ${pointer} is the place in the caller's document) */
struct expr *expr_literal(struct arena *arena, const char *pointer, struct value value, struct span source);
struct expr *expr_list(struct arena *arena, const char *pointer, struct expr **items, size_t n);
struct expr *expr_operation(struct arena *arena, const char *pointer, struct span op, struct expr **args, size_t n);

/**
 * rule_compile(arena, expr, schema, out, error):
 * Check and compile. ${expr} and ${out} live in ${arena}.
 * Errors   STATUS_INVALID_RULE with the pointer and the reason.
 */
enum status rule_compile(struct arena *arena, const struct expr *expr, const struct rule_schema *schema,
                         struct rule **out, struct error *error) MUST_CHECK;

/** The value of a rule; allocates from ${scratch} only for lists (missing, missing_some, and/or of lists). */
struct value rule_value(const struct rule *rule, const struct rule_env *env, struct arena *scratch);
/** Does it hold: is the value truthy (JsonLogic: false null 0 "" [] are not). No allocation. */
bool rule_holds(const struct rule *rule, const struct rule_env *env);
/** All instants > ${after} at which the rule may change if nothing happens, unsorted, with repeats. */
void rule_flips(const struct rule *rule, const struct rule_env *env, usec_t after, struct instants *out);

/** Does the rule mention a fact for which ${match} is true? */
bool rule_mentions(const struct rule *rule, bool (*match)(const struct fact_ref *ref));
/**
 * Call ${visit} for each variable (${op} and ${literal} NULL), and again for each test of a variable against a
 * literal: a comparison (the variable on the left: ${op} is turned round where it stood on the right), an item of an
 * `in` list, startsWith, endsWith.
 */
void rule_visit(const struct rule *rule,
                void (*visit)(void *context, const struct fact_ref *ref, const char *op, const struct value *literal),
                void *context);

enum language { LANGUAGE_EN, LANGUAGE_ZH };
struct buf;
/** The rule in words ("orders in the last 90 days is at least 3 and ..."). */
void rule_text(const struct rule *rule, enum language language, struct buf *out);
/** The rule in short, language-neutral: `orders_count >= 2 and days_since_last_order < 60`. */
void rule_formula(const struct rule *rule, struct buf *out);

#endif
