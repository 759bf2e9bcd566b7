#ifndef DB_RULE_SQL_H
#define DB_RULE_SQL_H

#include "core/rule.h"
#include "db/db.h"

/**
 * The SQL meaning of a rule: a condition over a row c of customer, for lists, counts and previews over the whole base.
 *
 *     SELECT ... FROM customer c ${joins} WHERE c.shop_id = $1 AND (${where})
 *
 * Exact: the condition is true for the customers for whom rule_holds() and for no other. Where a part of the rule has
 * no exact SQL, the condition is true for more of them (never fewer), is_exact is false, and the rows are to be
 * filtered by the evaluator. Literals of the rule are parameters and never stand in the text.
 */
struct rule_param {
    enum db_type type; /* DB_BOOL, DB_INT8, DB_FLOAT8, DB_TIME, DB_TEXT */
    union {
        bool boolean;
        int64_t integer;
        double number;
        usec_t time;
        struct span text;
    };
};

struct rule_sql {
    const char *where;
    const char *joins; /* "" or joins of p (customer_profile), t<n> (a trait), w<days> (sums over customer_order) */
    const struct rule_param *params; /* ${first_param} and following */
    size_t n_params;
    bool needs_profile;
    bool needs_orders;
    bool is_exact;
};

/**
 * rule_to_sql(arena, rule, shop_id, now, first_param, out):
 * The SQL meaning of ${rule} (of a customer's schema) at ${now}; its parameters are numbered from ${first_param}.
 * Cost     linear in the rule.
 */
void rule_to_sql(struct arena *arena, const struct rule *rule, int shop_id, usec_t now, size_t first_param,
                 struct rule_sql *out);

/** Append the parameters to ${args}. */
void rule_sql_bind(const struct rule_sql *sql, struct db_args *args);

#endif
