#ifndef DB_CUSTOMER_SEARCH_H
#define DB_CUSTOMER_SEARCH_H

#include "core/fact.h"
#include "db/db.h"

/**
 * Statements over the customers of a shop whose form depends on what is asked for. All values are parameters. Each
 * narrows by what is stored, which may be a second old, and by rules that may be wider than they say: what comes out
 * is to be looked at again.
 */

enum search_order { ORDER_KEY, ORDER_ID, ORDER_FACT, ORDER_DEADLINE, ORDER_MEMBER };

/** The sort value and key of a row. */
struct search_place {
    bool is_null;
    int64_t number; /* a time, or the bits of a double */
    struct span text;
    struct uuid key;
};

/** Customers who stand in one of these stages of a model. */
struct search_stages {
    int model;
    const int *stages;
    size_t n;
};

struct customer_search {
    int shop_id;
    const struct search_stages *any_of; /* n_any_of = 0: everybody */
    size_t n_any_of;
    int segment;             /* 0: any */
    const struct rule *rule; /* NULL: any */
    usec_t now;              /* for the rule */
    usec_t until;            /* stored deadlines up to here; 0: any */
    enum search_order order;
    enum fact fact; /* ORDER_FACT: one for which search_may_sort() */
    bool is_descending;
    const struct search_place *after; /* NULL: from the beginning */
    size_t limit;
};

/** Is ${fact} stored, so that customers can be sorted by it? Nulls come last in either direction. */
bool search_may_sort(enum fact fact);

/**
 * search_sql(arena, search, args):
 * The statement: rows of (customer_key, sort value) in order. ORDER_MEMBER is ORDER_KEY over the members of a segment;
 * its sort value is when they entered.
 */
const char *search_sql(struct arena *arena, const struct customer_search *search, struct db_args **args);
/** The place of a row of it. */
void search_place(struct arena *arena, const struct customer_search *search, const struct db_result *result, int row,
                  struct search_place *out);

/** A column of an export. */
struct search_column {
    const char *sql;    /* over c of customer, p of customer_profile, m of the membership; NULL: the trait */
    struct span trait;  /* its JSON */
    bool needs_profile; /* p */
    bool needs_entry;   /* m: of the search's segment */
};

#define SEARCH_COLUMNS 2 /* customer_key and whether the row is unsettled come first */

/**
 * search_export_sql(arena, search, decisive, revision, fold_version, columns, n, args, is_exact):
 * All customers of the search in no order: key, "is unsettled", then ${columns}. A row is unsettled when at
 * ${search}->now it may not be what is stored, by its deadline or because it has met none of the revisions ${decisive} to
 * ${revision} of the definitions: such a row comes whether it answers or not. Others answer, or (unless ${is_exact}) may.
 */
const char *search_export_sql(struct arena *arena, const struct customer_search *search, int decisive, int revision,
                              int fold_version, const struct search_column *columns, size_t n, struct db_args **args,
                              bool *is_exact);

/**
 * rule_select_sql(arena, shop_id, rule, now, columns, args, is_exact):
 * `SELECT ${columns} FROM customer c ... WHERE` the rule holds, or (unless ${is_exact}) may hold.
 */
const char *rule_select_sql(struct arena *arena, int shop_id, const struct rule *rule, usec_t now, const char *columns,
                            struct db_args **args, bool *is_exact);

#endif
