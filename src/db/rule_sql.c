#include "db/rule_sql.h"

#include "base/buf.h"
#include "base/time.h"
#include "core/fact.h"
#include "core/rule_tree.h"

#include <assert.h>
#include <math.h>

/*
 * Conditions are written by condition(), which also knows the polarity: a part without exact SQL becomes the constant
 * that lets more customers pass. Operands are written by operand() as float8, text, timestamptz or boolean; whether
 * they can be is asked first, with is_operand() and is_test(), so that nothing is ever half written.
 *
 * SQL's null and the evaluator's agree because a comparison with null filters its row out like a false one; only
 * below a negation it has to be made false first.
 */

struct name {
    struct span text;
    size_t param;
};

struct writer {
    struct buf *out;
    struct arena *arena;
    usec_t now;
    int shop_id;
    size_t first_param;
    struct rule_param *params;
    size_t n_params;
    size_t params_capacity;
    size_t now_param; /* number of the parameter that holds ${now}; 0: none yet */
    struct name *names; /* of traits and counters, each one parameter */
    size_t n_names;
    size_t names_capacity;
    bool needs_profile;
    bool needs_window[3];
    bool null_is_false; /* the place of the atom that is being written */
    bool is_exact;
};

static const int windows[3] = {30, 90, 365};

/** How a part of the tree stands in the condition. */
struct place {
    bool is_negated; /* an odd number of negations above: widening means false here */
    bool null_is_false; /* null would pass as false anyway */
};

static void condition(struct writer *w, const struct rule_node *node, struct place place);
static void operand(struct writer *w, const struct rule_node *node, enum value_type as);
static bool is_test(const struct rule_node *node);

/* ---- parameters ---- */

static size_t add_param(struct writer *w, struct rule_param param)
{
    w->params = arena_grow(w->arena, w->params, w->n_params, &w->params_capacity, sizeof(*w->params));
    w->params[w->n_params++] = param;
    return w->first_param + w->n_params - 1;
}

/** Parameters carry their type in the text: what stands beside them does not decide it. */
static void put_number_of(struct writer *w, size_t number)
{
    static const char *const types[] = {
        [DB_BOOL] = "bool",        [DB_INT8] = "int8", [DB_FLOAT8] = "float8",
        [DB_TIME] = "timestamptz", [DB_TEXT] = "text",
    };
    buf_printf(w->out, "$%zu::%s", number, types[w->params[number - w->first_param].type]);
}

static void put_param(struct writer *w, struct rule_param param)
{
    put_number_of(w, add_param(w, param));
}

static void put_int(struct writer *w, int64_t n)
{
    put_param(w, (struct rule_param){.type = DB_INT8, .integer = n});
}

static void put_time(struct writer *w, usec_t t)
{
    put_param(w, (struct rule_param){.type = DB_TIME, .time = t});
}

static void put_value(struct writer *w, const struct value *v)
{
    switch (v->type) {
    case VALUE_BOOL:
        put_param(w, (struct rule_param){.type = DB_BOOL, .boolean = v->boolean});
        return;
    case VALUE_NUMBER:
    case VALUE_MONEY:
        put_param(w, (struct rule_param){.type = DB_FLOAT8, .number = v->number});
        return;
    case VALUE_TIME:
        put_time(w, v->time);
        return;
    case VALUE_STRING:
        put_param(w, (struct rule_param){.type = DB_TEXT, .text = v->string});
        return;
    case VALUE_NULL:
    case VALUE_LIST:
        break;
    }
    assert(false);
}

static void put_now(struct writer *w)
{
    if (w->now_param == 0) {
        w->now_param = add_param(w, (struct rule_param){.type = DB_TIME, .time = w->now});
    }
    put_number_of(w, w->now_param);
}

static void put(struct writer *w, const char *text)
{
    buf_text(w->out, text);
}

static void put_constant(struct writer *w, bool value)
{
    put(w, value ? "true" : "false");
}

static const char *sql_op(enum rule_op op)
{
    return op == RULE_EQ ? "=" : op == RULE_NE ? "<>" : rule_op_info(op)->name;
}

static bool compared(enum rule_op op, const struct value *a, const struct value *b)
{
    if (!value_is_comparable(a, b)) {
        return false;
    }
    int order = value_compare(a, b);
    return op == RULE_EQ   ? order == 0
           : op == RULE_NE ? order != 0
           : op == RULE_LT ? order < 0
           : op == RULE_LE ? order <= 0
           : op == RULE_GT ? order > 0
                           : order >= 0;
}

/* ---- facts ---- */

static bool is_trait(const struct rule_node *node)
{
    return node->op == RULE_VAR && node->ref.fact == FACT_TRAIT;
}

/** A trait, or an item of one: JSON whose type is looked at in SQL. */
static bool is_json(const struct rule_node *node)
{
    return is_trait(node) || node->op == RULE_ELEMENT;
}

static enum fact_kind kind_of(const struct rule_node *node)
{
    int fact = node->ref.fact;
    return fact < FACT_TRAIT ? fact_info((enum fact)fact)->kind : FACT_KIND_STORED;
}

static bool has_default(const struct rule_node *node)
{
    return node->op == RULE_VAR && node->value.type != VALUE_NULL;
}

static void put_window(struct writer *w, const struct fact_info *info)
{
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        w->needs_window[i] |= windows[i] == info->window_days;
    }
    buf_printf(w->out, "w%d.%s", info->window_days, info->type == VALUE_MONEY ? "v" : "n");
}

static bool is_whole(const struct rule_node *node)
{
    if (node->ref.fact >= FACT_TRAIT) {
        return node->ref.fact == FACT_COUNTER;
    }
    const struct fact_info *info = fact_info((enum fact)node->ref.fact);
    return (info->type == VALUE_NUMBER || info->type == VALUE_MONEY) && strstr(info->sql, "float8") == NULL &&
           info->kind != FACT_KIND_RATIO;
}

static void put_name(struct writer *w, struct span text)
{
    size_t i = 0;
    while (i < w->n_names && !span_equal(w->names[i].text, text)) {
        i++;
    }
    if (i == w->n_names) {
        w->names = arena_grow(w->arena, w->names, w->n_names, &w->names_capacity, sizeof(*w->names));
        w->names[w->n_names++] =
            (struct name){.text = text, .param = add_param(w, (struct rule_param){.type = DB_TEXT, .text = text})};
    }
    put_number_of(w, w->names[i].param);
}

/** The column or expression of a fact that is neither trait nor ratio, without its default. */
static void put_fact(struct writer *w, const struct rule_node *node)
{
    if (node->ref.fact == FACT_COUNTER) {
        const char *column = fact_counter_sql(node->ref.name);
        if (column != NULL) {
            put(w, column);
            return;
        }
        w->needs_profile = true;
        put(w, "coalesce((p.counters ->> ");
        put_name(w, node->ref.name);
        put(w, ")::int8, 0)");
        return;
    }
    const struct fact_info *info = fact_info((enum fact)node->ref.fact);
    if (info->kind == FACT_KIND_WINDOW) {
        put(w, "coalesce(");
        put_window(w, info);
        put(w, ", 0)");
        return;
    }
    w->needs_profile |= info->kind == FACT_KIND_PROFILE;
    put(w, info->sql);
}

/** The same double arithmetic as the evaluator's, in the same order. */
static void put_ratio(struct writer *w)
{
    put(w, "((extract(epoch FROM ");
    put_now(w);
    buf_printf(w->out, " - c.last_order_at) * 1000000)::float8 / 86400000000 / %s)",
               fact_info(FACT_usual_gap_days)->sql);
}

/* ---- JSON of traits and their items ---- */

static void put_json(struct writer *w, const struct rule_node *node)
{
    if (node->op == RULE_ELEMENT) {
        put(w, "e.v");
        return;
    }
    w->needs_profile = true;
    put(w, "(p.traits -> ");
    put_name(w, node->ref.name);
    put(w, ")");
}

static void put_json_text(struct writer *w, const struct rule_node *node)
{
    if (node->op == RULE_ELEMENT) {
        put(w, "(e.v #>> '{}')");
        return;
    }
    w->needs_profile = true;
    put(w, "(p.traits ->> ");
    put_name(w, node->ref.name);
    put(w, ")");
}

/** The JSON text itself: a string keeps its quotes, so a number is known by its first character. */
static void put_json_raw(struct writer *w, const struct rule_node *node)
{
    put_json(w, node);
    put(w, "::text");
}

/** Numbers that float8 takes without an error: see trait_value(). */
static void put_is_number(struct writer *w, const struct rule_node *node)
{
    put_json_raw(w, node);
    put(w, " COLLATE \"C\" ~ '^[-0-9][^eE]{0,39}([eE][+-]?[0-9]{1,2})?$'");
}

/** A trait or item as ${type}: null when it has another one. */
static void put_json_as(struct writer *w, const struct rule_node *node, enum value_type type)
{
    put(w, "CASE WHEN ");
    if (type == VALUE_NUMBER) {
        put_is_number(w, node);
        put(w, " THEN ");
        put_json_raw(w, node);
        put(w, "::float8 END");
        return;
    }
    put(w, "json_typeof(");
    put_json(w, node);
    buf_printf(w->out, ") = '%s' THEN ", type == VALUE_BOOL ? "boolean" : "string");
    put_json_text(w, node);
    put(w, type == VALUE_BOOL ? "::boolean END" : " END");
}

/** The same as a condition: the text decides first, so that its type is looked up for few rows. */
static void put_json_has_type(struct writer *w, const struct rule_node *node, enum value_type type)
{
    put(w, " AND json_typeof(");
    put_json(w, node);
    buf_printf(w->out, ") = '%s'", type == VALUE_BOOL ? "boolean" : "string");
}

/** Is the value null (or, if ${or_empty}, an empty string)? */
static void put_json_is_null(struct writer *w, const struct rule_node *node, bool or_empty)
{
    put(w, "CASE json_typeof(");
    put_json(w, node);
    put(w, ") WHEN 'number' THEN NOT (");
    put_is_number(w, node);
    put(w, ") WHEN 'string' THEN ");
    if (or_empty) {
        put_json_text(w, node);
        put(w, " = ''");
    } else {
        put(w, "false");
    }
    put(w, node->op == RULE_ELEMENT ? " WHEN 'boolean' THEN false ELSE true END"
                                    : " WHEN 'boolean' THEN false WHEN 'array' THEN false ELSE true END");
}

static void put_json_truth(struct writer *w, const struct rule_node *node)
{
    put(w, "CASE json_typeof(");
    put_json(w, node);
    put(w, ") WHEN 'boolean' THEN ");
    put_json_text(w, node);
    put(w, "::boolean WHEN 'string' THEN ");
    put_json_text(w, node);
    put(w, " <> '' WHEN 'number' THEN coalesce(");
    put_json_as(w, node, VALUE_NUMBER);
    put(w, " <> 0, false)");
    if (node->op != RULE_ELEMENT) {
        put(w, " WHEN 'array' THEN json_array_length(");
        put_json(w, node);
        put(w, ") > 0");
    }
    put(w, " ELSE false END");
}

/* ---- operands ---- */

/** Bounds of log2 of the absolute value of all that is not 0: float8 raises errors where C gives infinity or 0. */
struct range {
    double low;
    double high;
};
#define RANGE_MAX 1000

static bool range_of(const struct rule_node *node, struct range *out);

static bool range_of_var(const struct rule_node *node, struct range *out)
{
    *out = is_trait(node)   ? (struct range){-470, 470}
           : is_whole(node) ? (struct range){0, 63}
                            : (struct range){-100, 70};
    if (has_default(node) && node->value.type != VALUE_STRING && node->value.number != 0) {
        double size = log2(fabs(node->value.number));
        *out = (struct range){fmin(out->low, size), fmax(out->high, size)};
    }
    return true;
}

static bool range_of_arithmetic(const struct rule_node *node, struct range *out)
{
    for (size_t i = 0; i < node->n_args; i++) {
        struct range r;
        if (!range_of(node->args[i], &r)) {
            return false;
        }
        if (i == 0) {
            *out = r;
        } else if (node->op == RULE_MUL) {
            *out = (struct range){out->low + r.low, out->high + r.high};
        } else if (node->op == RULE_DIV) {
            *out = (struct range){out->low - r.high, out->high - r.low};
        } else {
            *out = (struct range){fmin(out->low, r.low) - 53, fmax(out->high, r.high) + 1};
        }
        if (out->low < -RANGE_MAX || out->high > RANGE_MAX) {
            return false;
        }
    }
    return true;
}

static bool range_of(const struct rule_node *node, struct range *out)
{
    *out = (struct range){0, 0};
    if (node->op == RULE_LITERAL) {
        if (node->value.number != 0) {
            out->low = out->high = log2(fabs(node->value.number));
        }
        return fabs(out->low) <= RANGE_MAX;
    }
    if (node->op == RULE_VAR) {
        return range_of_var(node, out);
    }
    if (node->op == RULE_ELEMENT) {
        *out = (struct range){-470, 470};
        return true;
    }
    if (node->op == RULE_IF) {
        struct range r;
        for (size_t i = 0; i < node->n_args; i++) {
            bool is_condition = i % 2 == 0 && i + 1 < node->n_args;
            if (!is_condition) {
                if (!range_of(node->args[i], &r)) {
                    return false;
                }
                *out = (struct range){fmin(out->low, r.low), fmax(out->high, r.high)};
            }
        }
        return true;
    }
    return range_of_arithmetic(node, out);
}

/** Can ${node} be written as a value of type ${as}? */
static bool is_operand(const struct rule_node *node, enum value_type as)
{
    bool is_number = as == VALUE_NUMBER || as == VALUE_MONEY;
    switch (node->op) {
    case RULE_LITERAL:
        return node->value.type != VALUE_NULL && node->value.type != VALUE_LIST;
    case RULE_ELEMENT:
        return true;
    case RULE_VAR:
        return node->type != VALUE_LIST && kind_of(node) != FACT_KIND_ELAPSED &&
               (!is_trait(node) || !has_default(node) || node->value.type == as ||
                (is_number && node->value.type == VALUE_NUMBER));
    case RULE_ADD:
    case RULE_SUB:
    case RULE_MUL:
    case RULE_DIV: {
        struct range range;
        for (size_t i = 0; i < node->n_args; i++) {
            if (!is_operand(node->args[i], VALUE_NUMBER)) {
                return false;
            }
        }
        return is_number && range_of(node, &range);
    }
    case RULE_IF:
        if (as == VALUE_BOOL) {
            return !node->is_nullable && is_test(node);
        }
        if (node->type == VALUE_NULL || node->n_args == 0) {
            return false;
        }
        for (size_t i = 0; i < node->n_args; i++) {
            bool is_condition = i % 2 == 0 && i + 1 < node->n_args;
            if (is_condition ? !is_test(node->args[i]) : !is_operand(node->args[i], as)) {
                return false;
            }
        }
        return true;
    case RULE_AND:
    case RULE_OR:
    case RULE_NOT:
    case RULE_TRUTH:
    case RULE_EQ:
    case RULE_NE:
    case RULE_LT:
    case RULE_LE:
    case RULE_GT:
    case RULE_GE:
    case RULE_IN:
    case RULE_STARTS:
    case RULE_ENDS:
    case RULE_SOME:
    case RULE_ALL:
    case RULE_NONE_OF:
        return as == VALUE_BOOL && node->type == VALUE_BOOL && !node->is_nullable && is_test(node);
    case RULE_MISSING:
    case RULE_MISSING_SOME:
    case RULE_OP_COUNT:
        break;
    }
    return false;
}

static void put_variable(struct writer *w, const struct rule_node *node, enum value_type as)
{
    bool is_number = as == VALUE_NUMBER || as == VALUE_MONEY;
    if (is_json(node)) {
        enum value_type type = is_number ? VALUE_NUMBER : as;
        if (has_default(node)) {
            put(w, "CASE WHEN ");
            put_json_is_null(w, node, false);
            put(w, " THEN ");
            put_value(w, &node->value);
            put(w, " ELSE ");
            put_json_as(w, node, type);
            put(w, " END");
        } else {
            put_json_as(w, node, type);
        }
        return;
    }
    if (has_default(node) && node->ref.is_nullable) {
        put(w, "coalesce(");
    }
    if (kind_of(node) == FACT_KIND_RATIO) {
        put_ratio(w);
    } else {
        put_fact(w, node);
        put(w, is_number && is_whole(node) ? "::float8" : "");
    }
    if (has_default(node) && node->ref.is_nullable) {
        put(w, ", ");
        put_value(w, &node->value);
        put(w, ")");
    }
}

static void put_arithmetic(struct writer *w, const struct rule_node *node)
{
    if (node->n_args == 1) {
        put(w, node->op == RULE_SUB ? "(- " : "(");
        operand(w, node->args[0], VALUE_NUMBER);
        put(w, ")");
        return;
    }
    for (size_t i = 1; i < node->n_args; i++) {
        put(w, "(");
    }
    for (size_t i = 0; i < node->n_args; i++) {
        if (i) {
            buf_printf(w->out, " %s ", rule_op_info(node->op)->name);
            put(w, node->op == RULE_DIV ? "nullif(" : "");
        }
        operand(w, node->args[i], VALUE_NUMBER);
        put(w, i && node->op == RULE_DIV ? ", 0)" : "");
        put(w, i ? ")" : "");
    }
}

/** ${node} as a value of ${as}; is_operand() holds. */
static void operand(struct writer *w, const struct rule_node *node, enum value_type as)
{
    switch (rule_op_info(node->op)->family) {
    case FAMILY_ARITHMETIC:
        put_arithmetic(w, node);
        return;
    case FAMILY_LEAF:
        if (node->op == RULE_LITERAL) {
            put_value(w, &node->value);
        } else {
            put_variable(w, node, as);
        }
        break;
    case FAMILY_LOGIC:
    case FAMILY_COMPARE:
    case FAMILY_MEMBER:
    case FAMILY_AFFIX:
    case FAMILY_MISSING:
    case FAMILY_QUANTIFIER:
        if (node->op == RULE_IF && as != VALUE_BOOL) {
            size_t i = 0;
            put(w, "(CASE");
            for (; i + 1 < node->n_args; i += 2) {
                put(w, " WHEN ");
                condition(w, node->args[i], (struct place){.null_is_false = true});
                put(w, " THEN ");
                operand(w, node->args[i + 1], as);
            }
            if (i < node->n_args) {
                put(w, i ? " ELSE " : " WHEN true THEN ");
                operand(w, node->args[i], as);
            }
            put(w, " END)");
        } else {
            put(w, "(");
            condition(w, node, (struct place){0});
            put(w, ")");
        }
        break;
    }
    put(w, as == VALUE_STRING ? " COLLATE \"C\"" : "");
}

/* ---- comparisons ---- */

/** ${node} has a value: the truth of a comparison that every value passes. */
static void put_has_value(struct writer *w, const struct rule_node *node)
{
    if (!node->ref.is_nullable) {
        put(w, "true");
        return;
    }
    put_fact(w, node);
    put(w, " IS NOT NULL");
}

/** A whole fact against any number: the nearest whole bound, so that the column is compared as it is. */
static void put_whole(struct writer *w, const struct rule_node *node, enum rule_op op, double bound)
{
    bool is_equality = op == RULE_EQ || op == RULE_NE;
    double whole = op == RULE_GE || op == RULE_LT ? ceil(bound) : floor(bound);
    bool is_far = fabs(whole) >= 0x1p63;
    if (is_far || (is_equality && whole != bound)) {
        bool passes = is_equality ? op == RULE_NE : (op == RULE_LT || op == RULE_LE) == (bound > 0);
        if (passes) {
            put_has_value(w, node);
        } else {
            put(w, "false");
        }
        return;
    }
    struct value zero = value_number(0), limit = value_number(whole);
    if (w->null_is_false && kind_of(node) == FACT_KIND_WINDOW && !compared(op, &zero, &limit)) {
        /* Who has no order in the window fails anyway: without coalesce() the planner makes it an inner join. */
        put_window(w, fact_info((enum fact)node->ref.fact));
    } else {
        put_fact(w, node);
    }
    buf_printf(w->out, " %s ", sql_op(op));
    put_int(w, (int64_t)whole);
}

/** The instant ${days} before now, or just outside of the times that there are. */
static usec_t days_ago(const struct writer *w, double days)
{
    double clamped = fmax(-4e6, fmin(4e6, days));
    usec_t at = w->now - (usec_t)clamped * USEC_PER_DAY;
    return at < TIME_MIN ? TIME_MIN - 1 : at > TIME_MAX ? TIME_MAX + 1 : at;
}

/** `time <= now - n days` is `days >= n`. */
static void put_elapsed_bound(struct writer *w, const struct rule_node *node, bool is_at_least, double days)
{
    put_fact(w, node);
    put(w, is_at_least ? " <= " : " > ");
    put_time(w, days_ago(w, days));
}

static void put_elapsed(struct writer *w, const struct rule_node *node, enum rule_op op, double bound)
{
    double least = ceil(bound), beyond = floor(bound) + 1;
    if (op != RULE_EQ && op != RULE_NE) {
        bool is_least = op == RULE_GE || op == RULE_LT;
        put_elapsed_bound(w, node, op == RULE_GE || op == RULE_GT, is_least ? least : beyond);
        return;
    }
    bool is_equal = op == RULE_EQ;
    if (least == beyond) {
        if (is_equal) {
            put(w, "false");
        } else {
            put_has_value(w, node);
        }
        return;
    }
    put(w, "(");
    put_elapsed_bound(w, node, is_equal, least);
    put(w, is_equal ? " AND " : " OR ");
    put_elapsed_bound(w, node, !is_equal, beyond);
    put(w, ")");
}

/** A variable without its default against a literal. */
static void put_bare_comparison(struct writer *w, const struct rule_node *node, enum rule_op op,
                                const struct value *bound)
{
    struct rule_node bare = *node;
    bare.value = value_null();
    if (!is_json(node) && kind_of(node) == FACT_KIND_ELAPSED) {
        put_elapsed(w, &bare, op, bound->number);
    } else if (is_json(node) && bound->type != VALUE_NUMBER) {
        put(w, "(");
        put_json_text(w, node);
        buf_printf(w->out, " COLLATE \"C\" %s ", sql_op(op));
        if (bound->type == VALUE_BOOL) {
            put(w, bound->boolean ? "'true'" : "'false'");
        } else {
            put_value(w, bound);
        }
        put_json_has_type(w, node, bound->type);
        put(w, ")");
    } else if (node->op == RULE_VAR && is_whole(node)) {
        put_whole(w, &bare, op, bound->number);
    } else {
        operand(w, &bare, bound->type);
        buf_printf(w->out, " %s ", sql_op(op));
        put_value(w, bound);
    }
}

/** Does the variable itself (not its default) have no value? */
static void put_is_null(struct writer *w, const struct rule_node *node)
{
    if (is_json(node)) {
        put_json_is_null(w, node, false);
    } else if (!node->ref.is_nullable) {
        put(w, "false");
    } else if (kind_of(node) == FACT_KIND_RATIO) {
        buf_printf(w->out, "%s IS NULL", fact_info(FACT_usual_gap_days)->sql);
    } else {
        put_fact(w, node);
        put(w, " IS NULL");
    }
}

static void put_literal_comparison(struct writer *w, const struct rule_node *node, enum rule_op op,
                                   const struct value *bound)
{
    if (!has_default(node) || !node->ref.is_nullable) {
        put_bare_comparison(w, node, op, bound);
        return;
    }
    put(w, "CASE WHEN ");
    put_is_null(w, node);
    put(w, " THEN ");
    put_constant(w, compared(op, &node->value, bound));
    put(w, " ELSE ");
    put_bare_comparison(w, node, op, bound);
    put(w, " END");
}

/** Two JSON values: compared when they have one type. */
static void put_json_comparison(struct writer *w, const struct rule_node *a, enum rule_op op,
                                const struct rule_node *b)
{
    static const enum value_type types[] = {VALUE_NUMBER, VALUE_STRING, VALUE_BOOL};
    bool has_order = op != RULE_EQ && op != RULE_NE;
    put(w, "coalesce(");
    for (size_t i = 0; i < COUNT_OF(types) - has_order; i++) {
        put(w, i ? ", " : "");
        operand(w, a, types[i]);
        buf_printf(w->out, " %s ", sql_op(op));
        operand(w, b, types[i]);
    }
    put(w, ")");
}

static bool is_leaf(const struct rule_node *node)
{
    return node->op == RULE_VAR || node->op == RULE_ELEMENT || node->op == RULE_LITERAL;
}

static bool is_plain_literal(const struct rule_node *node)
{
    return node->op == RULE_LITERAL && node->value.type != VALUE_LIST;
}

static bool is_variable(const struct rule_node *node)
{
    return node->op == RULE_VAR || node->op == RULE_ELEMENT;
}

/** The type in which two sides are compared; VALUE_NULL: both are JSON. */
static enum value_type common_type(const struct rule_node *a, const struct rule_node *b)
{
    return a->type != VALUE_NULL ? a->type : b->type;
}

static bool is_pair(const struct rule_node *a, const struct rule_node *b)
{
    if (rule_node_is_null(a) || rule_node_is_null(b)) {
        return true;
    }
    if ((is_plain_literal(a) && (is_variable(b) || is_plain_literal(b))) || (is_plain_literal(b) && is_variable(a))) {
        return true;
    }
    enum value_type type = common_type(a, b);
    if (type == VALUE_NULL) {
        return is_json(a) && is_json(b) && !has_default(a) && !has_default(b);
    }
    return is_operand(a, type) && is_operand(b, type);
}

static void put_pair(struct writer *w, const struct rule_node *a, enum rule_op op, const struct rule_node *b)
{
    if (rule_node_is_null(a) || rule_node_is_null(b)) {
        put(w, "false");
    } else if (is_plain_literal(a) && is_plain_literal(b)) {
        put_constant(w, compared(op, &a->value, &b->value));
    } else if (is_plain_literal(b) && is_variable(a)) {
        put_literal_comparison(w, a, op, &b->value);
    } else if (is_plain_literal(a) && is_variable(b)) {
        put_literal_comparison(w, b, rule_op_turned(op), &a->value);
    } else if (common_type(a, b) == VALUE_NULL) {
        put_json_comparison(w, a, op, b);
    } else {
        operand(w, a, common_type(a, b));
        buf_printf(w->out, " %s ", sql_op(op));
        operand(w, b, common_type(a, b));
    }
}

static void put_comparison(struct writer *w, const struct rule_node *node)
{
    put_pair(w, node->args[0], node->op, node->args[1]);
    if (node->n_args == 3) {
        put(w, " AND ");
        put_pair(w, node->args[1], node->op, node->args[2]);
    }
}

/* ---- in ---- */

static bool is_list_member(const struct rule_node *node)
{
    return node->args[1]->op == RULE_LITERAL && node->args[1]->type == VALUE_LIST;
}

static void put_list_bare(struct writer *w, const struct rule_node *needle, const struct value *list)
{
    struct rule_node bare = *needle;
    bare.value = value_null();
    bool is_elapsed = needle->op == RULE_VAR && kind_of(needle) == FACT_KIND_ELAPSED;
    bool is_whole_fact = needle->op == RULE_VAR && is_whole(needle);
    bool is_text = is_json(needle) && list->list.items[0].type == VALUE_STRING;
    size_t n = 0;
    for (size_t i = 0; i < list->list.n; i++) {
        const struct value *item = &list->list.items[i];
        if (is_elapsed) {
            put(w, n++ ? " OR " : "(");
            put_elapsed(w, &bare, RULE_EQ, item->number);
            continue;
        }
        if (is_whole_fact && (item->number != floor(item->number) || fabs(item->number) >= 0x1p63)) {
            continue;
        }
        if (n == 0 && is_whole_fact) {
            put_fact(w, &bare);
        } else if (n == 0 && is_text) {
            put(w, "(");
            put_json_text(w, &bare);
            put(w, " COLLATE \"C\"");
        } else if (n == 0) {
            operand(w, &bare, item->type);
        }
        put(w, n++ ? ", " : " IN (");
        if (is_whole_fact) {
            put_int(w, (int64_t)item->number);
        } else {
            put_value(w, item);
        }
    }
    put(w, n ? ")" : "false");
    if (is_text) {
        put_json_has_type(w, needle, VALUE_STRING);
        put(w, ")");
    }
}

static bool is_in(const struct value *needle, const struct value *list)
{
    for (size_t i = 0; i < list->list.n; i++) {
        if (compared(RULE_EQ, needle, &list->list.items[i])) {
            return true;
        }
    }
    return false;
}

static void put_list_member(struct writer *w, const struct rule_node *needle, const struct value *list)
{
    if (list->list.n == 0) {
        put(w, "false");
    } else if (needle->op == RULE_LITERAL) {
        put_constant(w, is_in(&needle->value, list));
    } else if (needle->op == RULE_VAR && has_default(needle) && needle->ref.is_nullable) {
        put(w, "CASE WHEN ");
        put_is_null(w, needle);
        put(w, " THEN ");
        put_constant(w, is_in(&needle->value, list));
        put(w, " ELSE ");
        put_list_bare(w, needle, list);
        put(w, " END");
    } else if (is_variable(needle)) {
        put_list_bare(w, needle, list);
    } else {
        operand(w, needle, list->list.items[0].type);
        for (size_t i = 0; i < list->list.n; i++) {
            put(w, i ? ", " : " IN (");
            put_value(w, &list->list.items[i]);
        }
        put(w, ")");
    }
}

static bool is_member_test(const struct rule_node *node)
{
    const struct rule_node *needle = node->args[0], *hay = node->args[1];
    if (is_list_member(node)) {
        const struct value *list = &hay->value;
        return list->list.n == 0 || is_variable(needle) || is_operand(needle, list->list.items[0].type);
    }
    if (is_trait(hay)) {
        return !has_default(hay) && needle->type != VALUE_NULL && is_operand(needle, needle->type);
    }
    return hay->type == VALUE_STRING && is_operand(hay, VALUE_STRING) && is_operand(needle, VALUE_STRING);
}

static void put_member(struct writer *w, const struct rule_node *node)
{
    const struct rule_node *needle = node->args[0], *hay = node->args[1];
    if (is_list_member(node)) {
        put_list_member(w, needle, &hay->value);
        return;
    }
    if (!is_trait(hay)) {
        put(w, "strpos(");
        operand(w, hay, VALUE_STRING);
        put(w, ", ");
        operand(w, needle, VALUE_STRING);
        put(w, ") > 0");
        return;
    }
    static const struct rule_node item = {.op = RULE_ELEMENT};
    put(w, "CASE json_typeof(");
    put_json(w, hay);
    put(w, ") WHEN 'string' THEN ");
    if (needle->type == VALUE_STRING) {
        put(w, "strpos(");
        put_json_text(w, hay);
        put(w, " COLLATE \"C\", ");
        operand(w, needle, VALUE_STRING);
        put(w, ") > 0");
    } else {
        put(w, "false");
    }
    put(w, " WHEN 'array' THEN EXISTS (SELECT FROM json_array_elements(");
    put_json(w, hay);
    put(w, ") AS e (v) WHERE ");
    operand(w, &item, needle->type);
    put(w, " = ");
    operand(w, needle, needle->type);
    put(w, ") ELSE false END");
}

/* ---- the others ---- */

static void put_affix(struct writer *w, const struct rule_node *node)
{
    const struct rule_node *text = node->args[0], *part = node->args[1];
    if (node->op == RULE_STARTS) {
        put(w, "starts_with(");
        operand(w, text, VALUE_STRING);
        put(w, ", ");
        operand(w, part, VALUE_STRING);
        put(w, ")");
        return;
    }
    put(w, "right(");
    operand(w, text, VALUE_STRING);
    put(w, ", length(");
    operand(w, part, VALUE_STRING);
    put(w, ")) = ");
    operand(w, part, VALUE_STRING);
}

static void put_is_missing(struct writer *w, const struct rule_node *node)
{
    if (is_trait(node)) {
        put_json_is_null(w, node, true);
        return;
    }
    put_is_null(w, node);
    if (node->type == VALUE_STRING) {
        put(w, " OR ");
        put_fact(w, node);
        put(w, " = ''");
    }
}

static void put_missing(struct writer *w, const struct rule_node *node)
{
    size_t n = node->n_args;
    double least = node->op == RULE_MISSING ? 1 : fmax(1, floor((double)n - node->value.number) + 1);
    if (least > (double)n) {
        put(w, "false");
        return;
    }
    if (least == 1) {
        for (size_t i = 0; i < n; i++) {
            put(w, i ? " OR " : "");
            put_is_missing(w, node->args[i]);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        put(w, i ? " + (" : "(");
        put_is_missing(w, node->args[i]);
        put(w, ")::int");
    }
    put(w, " >= ");
    put_int(w, (int64_t)least);
}

static void put_quantifier(struct writer *w, const struct rule_node *node)
{
    const struct rule_node *list = node->args[0];
    const char *otherwise = node->op == RULE_NONE_OF ? "true" : "false";
    put(w, "CASE json_typeof(");
    put_json(w, list);
    put(w, ") WHEN 'array' THEN ");
    if (node->op == RULE_ALL) {
        put(w, "json_array_length(");
        put_json(w, list);
        put(w, ") > 0 AND ");
    }
    put(w, node->op == RULE_SOME ? "EXISTS" : "NOT EXISTS");
    put(w, " (SELECT FROM json_array_elements(");
    put_json(w, list);
    put(w, ") AS e (v) WHERE ");
    put(w, node->op == RULE_ALL ? "NOT (" : "(");
    condition(w, node->args[1], (struct place){.null_is_false = node->op != RULE_ALL});
    buf_printf(w->out, ")) ELSE %s END", otherwise);
}

/** A value taken for its truth. */
static void put_truth(struct writer *w, const struct rule_node *node)
{
    if (node->op == RULE_LITERAL) {
        put_constant(w, value_is_true(&node->value));
        return;
    }
    if (is_variable(node) && has_default(node) && node->ref.is_nullable) {
        put(w, "CASE WHEN ");
        put_is_null(w, node);
        put(w, " THEN ");
        put_constant(w, value_is_true(&node->value));
        put(w, " ELSE ");
        struct rule_node bare = *node;
        bare.value = value_null();
        put_truth(w, &bare);
        put(w, " END");
        return;
    }
    if (is_json(node)) {
        put_json_truth(w, node);
        return;
    }
    if (node->op == RULE_VAR && is_whole(node)) {
        put_fact(w, node);
        put(w, " <> 0");
        return;
    }
    operand(w, node, node->type);
    put(w, node->type == VALUE_STRING ? " <> ''" : node->type == VALUE_TIME ? " IS NOT NULL" : " <> 0");
}

/** Has the condition ${node} exact SQL? */
static bool is_test(const struct rule_node *node)
{
    switch (rule_op_info(node->op)->family) {
    case FAMILY_LOGIC:
        for (size_t i = 0; i < node->n_args; i++) {
            if (!is_test(node->args[i])) {
                return false;
            }
        }
        return true;
    case FAMILY_COMPARE:
        return is_pair(node->args[0], node->args[1]) &&
               (node->n_args == 2 || (is_leaf(node->args[1]) && is_pair(node->args[1], node->args[2])));
    case FAMILY_MEMBER:
        return is_member_test(node);
    case FAMILY_AFFIX:
        return is_operand(node->args[0], VALUE_STRING) && is_operand(node->args[1], VALUE_STRING);
    case FAMILY_MISSING:
        return true;
    case FAMILY_QUANTIFIER:
        return is_trait(node->args[0]) && !has_default(node->args[0]) && is_test(node->args[1]);
    case FAMILY_ARITHMETIC:
        return is_operand(node, node->type);
    case FAMILY_LEAF:
        return true;
    }
    return false;
}

static bool may_be_null(const struct rule_node *node)
{
    if (node->op == RULE_VAR || node->op == RULE_ELEMENT || rule_op_info(node->op)->family == FAMILY_ARITHMETIC) {
        return node->is_nullable || node->type == VALUE_NULL;
    }
    if (node->op == RULE_IF) {
        return true;
    }
    return false;
}

static bool atom_may_be_null(const struct rule_node *node)
{
    enum rule_family family = rule_op_info(node->op)->family;
    if (family == FAMILY_MISSING || family == FAMILY_QUANTIFIER) {
        return false;
    }
    if (family == FAMILY_LEAF || family == FAMILY_ARITHMETIC) {
        return may_be_null(node);
    }
    for (size_t i = 0; i < node->n_args; i++) {
        if (may_be_null(node->args[i])) {
            return true;
        }
    }
    return false;
}

/** A condition that is neither and, or, not nor if. */
static void put_atom(struct writer *w, const struct rule_node *node)
{
    switch (rule_op_info(node->op)->family) {
    case FAMILY_COMPARE:
        put_comparison(w, node);
        return;
    case FAMILY_MEMBER:
        put_member(w, node);
        return;
    case FAMILY_AFFIX:
        put_affix(w, node);
        return;
    case FAMILY_MISSING:
        put_missing(w, node);
        return;
    case FAMILY_QUANTIFIER:
        put_quantifier(w, node);
        return;
    case FAMILY_LOGIC:
    case FAMILY_ARITHMETIC:
    case FAMILY_LEAF:
        put_truth(w, node);
        return;
    }
}

static void put_widened(struct writer *w, struct place place)
{
    w->is_exact = false;
    put_constant(w, !place.is_negated);
}

static void put_if(struct writer *w, const struct rule_node *node, struct place place)
{
    size_t i = 0;
    for (; i + 1 < node->n_args; i += 2) {
        if (!is_test(node->args[i])) {
            put_widened(w, place);
            return;
        }
    }
    put(w, "CASE");
    for (i = 0; i + 1 < node->n_args; i += 2) {
        put(w, " WHEN ");
        condition(w, node->args[i], (struct place){.null_is_false = true});
        put(w, " THEN ");
        condition(w, node->args[i + 1], place);
    }
    put(w, i ? " ELSE " : " WHEN true THEN ");
    if (i < node->n_args) {
        condition(w, node->args[i], place);
    } else {
        put(w, "false");
    }
    put(w, " END");
}

static void condition(struct writer *w, const struct rule_node *node, struct place place)
{
    if (node->op == RULE_AND || node->op == RULE_OR) {
        for (size_t i = 0; i < node->n_args; i++) {
            put(w, i == 0 ? "(" : node->op == RULE_AND ? " AND " : " OR ");
            condition(w, node->args[i], place);
        }
        put(w, ")");
        return;
    }
    if (node->op == RULE_NOT) {
        put(w, "NOT (");
        condition(w, node->args[0], (struct place){.is_negated = !place.is_negated});
        put(w, ")");
        return;
    }
    if (node->op == RULE_TRUTH) {
        condition(w, node->args[0], place);
        return;
    }
    if (node->op == RULE_IF) {
        put_if(w, node, place);
        return;
    }
    if (!is_test(node)) {
        put_widened(w, place);
        return;
    }
    bool is_wrapped = !place.null_is_false && atom_may_be_null(node);
    put(w, is_wrapped ? "coalesce(" : "(");
    w->null_is_false = place.null_is_false;
    put_atom(w, node);
    put(w, is_wrapped ? ", false)" : ")");
}

static const char *joins(struct writer *w)
{
    struct buf out;
    buf_init(&out, 0);
    w->out = &out;
    if (w->needs_profile) {
        put(w, " LEFT JOIN customer_profile p ON p.customer_key = c.customer_key");
    }
    size_t shop_param = 0;
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        if (!w->needs_window[i]) {
            continue;
        }
        if (shop_param == 0) {
            shop_param = add_param(w, (struct rule_param){.type = DB_INT8, .integer = w->shop_id});
        }
        put(w, " LEFT JOIN (SELECT customer_key, count(*) AS n, sum(value - refunded)::int8 AS v"
               " FROM customer_order WHERE shop_id = ");
        put_number_of(w, shop_param);
        put(w, " AND completed_at > ");
        put_time(w, w->now - windows[i] * USEC_PER_DAY);
        put(w, " AND completed_at <= ");
        put_now(w);
        buf_printf(&out, " AND is_counted GROUP BY customer_key) w%d ON w%d.customer_key = c.customer_key", windows[i],
                   windows[i]);
    }
    const char *text = arena_text(w->arena, (struct span){out.p, out.n});
    buf_done(&out);
    return text;
}

void rule_to_sql(struct arena *arena, const struct rule *rule, int shop_id, usec_t now, size_t first_param,
                 struct rule_sql *out)
{
    assert(!rule->is_untyped && first_param > 0);
    struct buf where;
    buf_init(&where, 0);
    struct writer w = {.out = &where,
                       .arena = arena,
                       .now = now,
                       .shop_id = shop_id,
                       .first_param = first_param,
                       .is_exact = true};
    condition(&w, rule->root, (struct place){.null_is_false = true});
    out->where = arena_text(arena, (struct span){where.p, where.n});
    buf_done(&where);
    out->joins = joins(&w);
    out->params = w.params;
    out->n_params = w.n_params;
    out->needs_profile = w.needs_profile;
    out->needs_orders = w.needs_window[0] || w.needs_window[1] || w.needs_window[2];
    out->is_exact = w.is_exact;
}

void rule_sql_bind(const struct rule_sql *sql, struct db_args *args)
{
    for (size_t i = 0; i < sql->n_params; i++) {
        const struct rule_param *param = &sql->params[i];
        switch (param->type) {
        case DB_BOOL:
            arg_bool(args, param->boolean);
            break;
        case DB_FLOAT8:
            arg_float8(args, param->number);
            break;
        case DB_TIME:
            arg_time(args, param->time);
            break;
        case DB_TEXT:
            arg_span(args, DB_TEXT, param->text);
            break;
        case DB_INT8:
            arg_int(args, DB_INT8, param->integer);
            break;
        case DB_INT2:
        case DB_INT4:
        case DB_UUID:
        case DB_JSON:
        case DB_BYTEA:
            assert(false);
        }
    }
}
