#ifndef SRC_DB_RULE_SQL_WRITER_H
#define SRC_DB_RULE_SQL_WRITER_H

#include "base/buf.h"
#include "core/fact.h"
#include "core/rule_tree.h"
#include "db/rule_sql.h"

/**
 * What the parts of the rule compiler share: rule_sql.c writes conditions, rule_sql_compare.c comparisons and
 * memberships, rule_sql_operand.c values, rule_sql_fact.c facts, JSON and parameters.
 */
#define SQL_WINDOWS 3

/** The name of a trait or counter: one parameter; as a number, the trait's JSON is read once, as t<param>.r.
 */
struct sql_name {
    struct span text;
    size_t param;
    bool is_read_once;
};

struct sql_writer {
    struct buf *out;
    struct arena *arena;
    usec_t now;
    int shop_id;
    size_t first_param;
    struct rule_param *params;
    size_t n_params;
    size_t params_capacity;
    size_t now_param;       /* number of the parameter that holds ${now}; 0: none yet */
    struct sql_name *names; /* of traits and counters, each one parameter */
    size_t n_names;
    size_t names_capacity;
    bool needs_profile;
    bool needs_window[SQL_WINDOWS];
    bool null_is_false; /* the place of the atom that is being written */
    bool is_exact;
};

/** The windows of days over which orders are summed. */
extern const int sql_windows[SQL_WINDOWS];

/** How a part of the tree stands in the condition. */
struct sql_place {
    bool is_negated;    /* an odd number of negations above: widening means false here */
    bool null_is_false; /* null would pass as false anyway */
};

/* ---- rule_sql_fact.c: facts, JSON and parameters ---- */

/** Add a parameter; its number. */
size_t sql_add_param(struct sql_writer *w, struct rule_param param);
/** Parameters carry their type in the text: what stands beside them does not decide it. */
void sql_put_param_number(struct sql_writer *w, size_t number);
void sql_put_int(struct sql_writer *w, int64_t n);
void sql_put_time(struct sql_writer *w, usec_t t);
void sql_put_value(struct sql_writer *w, const struct value *v);
void sql_put_now(struct sql_writer *w);
void sql_put(struct sql_writer *w, const char *text);
void sql_put_constant(struct sql_writer *w, bool value);
const char *sql_op(enum rule_op op);
bool sql_is_trait(const struct rule_node *node);
/** A trait, or an item of one: JSON whose type is looked at in SQL. */
bool sql_is_json(const struct rule_node *node);
enum fact_kind sql_kind_of(const struct rule_node *node);
/** Has the variable a value that stands for null? */
bool sql_has_default(const struct rule_node *node);
/** The column of a window fact: null for who has no order in it. */
void sql_put_window(struct sql_writer *w, const struct fact_info *info);
/** Is the fact a whole number or amount, compared as its column is? */
bool sql_is_whole(const struct rule_node *node);
/** The column or expression of a fact that is neither trait nor ratio, without its default. */
void sql_put_fact(struct sql_writer *w, const struct rule_node *node);
/** The same double arithmetic as the evaluator's, in the same order. */
void sql_put_ratio(struct sql_writer *w);
/** The JSON of a trait or item, and the text of a string (or of any other scalar). */
void sql_put_json(struct sql_writer *w, const struct rule_node *node);
void sql_put_json_text(struct sql_writer *w, const struct rule_node *node);
/** A trait or item as ${type}: null when it has another one. */
void sql_put_json_as(struct sql_writer *w, const struct rule_node *node, enum value_type type);
/** The JSON text itself: a string keeps its quotes, so any other scalar is known by it. */
void sql_put_json_raw(struct sql_writer *w, const struct rule_node *node);
/** ` AND it is a string`, after a test of the text: looked up only for the rows that pass that. */
void sql_put_json_is_string(struct sql_writer *w, const struct rule_node *node);
/** Is the value null (or, if ${or_empty}, an empty string)? */
void sql_put_json_is_null(struct sql_writer *w, const struct rule_node *node, bool or_empty);
void sql_put_json_truth(struct sql_writer *w, const struct rule_node *node);

/* ---- rule_sql_operand.c: values ---- */

/** Can ${node} be written as a value of type ${as}? */
bool sql_is_operand(const struct rule_node *node, enum value_type as);
/** ${node} as a value of ${as}; sql_is_operand() holds. */
void sql_put_operand(struct sql_writer *w, const struct rule_node *node, enum value_type as);

/* ---- rule_sql_compare.c: comparisons and memberships ---- */

/** Does the variable itself (not its default) have no value? */
void sql_put_is_null(struct sql_writer *w, const struct rule_node *node);
bool sql_is_leaf(const struct rule_node *node);
bool sql_is_variable(const struct rule_node *node);
/** Has a comparison of the two exact SQL? */
bool sql_is_pair(const struct rule_node *a, const struct rule_node *b);
void sql_put_comparison(struct sql_writer *w, const struct rule_node *node);
/** Has the `in` exact SQL? */
bool sql_is_member_test(const struct rule_node *node);
void sql_put_member(struct sql_writer *w, const struct rule_node *node);

/* ---- rule_sql.c: conditions ---- */

/** Has the condition ${node} exact SQL? */
bool sql_is_test(const struct rule_node *node);
/** ${node} as a condition; what has no exact SQL becomes the constant that lets more customers pass. */
void sql_put_condition(struct sql_writer *w, const struct rule_node *node, struct sql_place place);

#endif
