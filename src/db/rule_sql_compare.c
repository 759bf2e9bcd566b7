#include "rule_sql_writer.h"

#include "base/time.h"

#include <math.h>

/* ---- comparisons ---- */

/** ${node} has a value: the truth of a comparison that every value passes. */
static void put_has_value(struct sql_writer *w, const struct rule_node *node)
{
    if (!node->ref.is_nullable) {
        sql_put(w, "true");
        return;
    }
    sql_put_fact(w, node);
    sql_put(w, " IS NOT NULL");
}

/** A whole fact against any number: the nearest whole bound, so that the column is compared as it is. */
static void put_whole(struct sql_writer *w, const struct rule_node *node, enum rule_op op, double bound)
{
    bool is_equality = op == RULE_EQ || op == RULE_NE;
    double whole = op == RULE_GE || op == RULE_LT ? ceil(bound) : floor(bound);
    bool is_far = fabs(whole) >= 0x1p63;
    if (is_far || (is_equality && whole != bound)) {
        bool passes = is_equality ? op == RULE_NE : (op == RULE_LT || op == RULE_LE) == (bound > 0);
        if (passes) {
            put_has_value(w, node);
        } else {
            sql_put(w, "false");
        }
        return;
    }
    struct value zero = value_number(0), limit = value_number(whole);
    if (w->null_is_false && sql_kind_of(node) == FACT_KIND_WINDOW && !rule_compared(op, &zero, &limit)) {
        /* Who has no order in the window fails anyway: without coalesce() the planner makes it an inner join.
         */
        sql_put_window(w, fact_info((enum fact)node->ref.fact));
    } else {
        sql_put_fact(w, node);
    }
    buf_printf(w->out, " %s ", sql_op(op));
    sql_put_int(w, (int64_t)whole);
}

/** The instant ${days} before now, or just outside of the times that there are. */
static usec_t days_ago(const struct sql_writer *w, double days)
{
    double clamped = fmax(-4e6, fmin(4e6, days));
    usec_t at = w->now - (usec_t)clamped * USEC_PER_DAY;
    return at < TIME_MIN ? TIME_MIN - 1 : at > TIME_MAX ? TIME_MAX + 1 : at;
}

/** `time <= now - n days` is `days >= n`. */
static void put_elapsed_bound(struct sql_writer *w, const struct rule_node *node, bool is_at_least,
                              double days)
{
    sql_put_fact(w, node);
    sql_put(w, is_at_least ? " <= " : " > ");
    sql_put_time(w, days_ago(w, days));
}

static void put_elapsed(struct sql_writer *w, const struct rule_node *node, enum rule_op op, double bound)
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
            sql_put(w, "false");
        } else {
            put_has_value(w, node);
        }
        return;
    }
    sql_put(w, "(");
    put_elapsed_bound(w, node, is_equal, least);
    sql_put(w, is_equal ? " AND " : " OR ");
    put_elapsed_bound(w, node, !is_equal, beyond);
    sql_put(w, ")");
}

/** Could ${text} be the JSON of something that is no string? If not, equality with it tells a string. */
static bool could_be_json(struct span text)
{
    return text.n != 0 &&
           (strchr("-0123456789{[", *text.p) != NULL || span_is(text, "true") || span_is(text, "false"));
}

/** A variable without its default against a literal. */
static void put_bare_comparison(struct sql_writer *w, const struct rule_node *node, enum rule_op op,
                                const struct value *bound)
{
    struct rule_node bare = *node;
    bare.value = value_null();
    if (!sql_is_json(node) && sql_kind_of(node) == FACT_KIND_ELAPSED) {
        put_elapsed(w, &bare, op, bound->number);
    } else if (sql_is_json(node) && bound->type == VALUE_BOOL) {
        sql_put_json_raw(w, node);
        sql_put(w, bound->boolean == (op == RULE_EQ) ? " = 'true'" : " = 'false'");
    } else if (sql_is_json(node) && bound->type == VALUE_STRING) {
        sql_put(w, "(");
        sql_put_json_text(w, node);
        buf_printf(w->out, " COLLATE \"C\" %s ", sql_op(op));
        sql_put_value(w, bound);
        if (op != RULE_EQ || could_be_json(bound->string)) {
            sql_put_json_is_string(w, node);
        }
        sql_put(w, ")");
    } else if (node->op == RULE_VAR && sql_is_whole(node)) {
        put_whole(w, &bare, op, bound->number);
    } else {
        sql_put_operand(w, &bare, bound->type);
        buf_printf(w->out, " %s ", sql_op(op));
        sql_put_value(w, bound);
    }
}

void sql_put_is_null(struct sql_writer *w, const struct rule_node *node)
{
    if (sql_is_json(node)) {
        sql_put_json_is_null(w, node, false);
    } else if (!node->ref.is_nullable) {
        sql_put(w, "false");
    } else if (sql_kind_of(node) == FACT_KIND_RATIO) {
        buf_printf(w->out, "%s IS NULL", fact_info(FACT_usual_gap_days)->sql);
    } else {
        sql_put_fact(w, node);
        sql_put(w, " IS NULL");
    }
}

static void put_literal_comparison(struct sql_writer *w, const struct rule_node *node, enum rule_op op,
                                   const struct value *bound)
{
    if (!sql_has_default(node) || !node->ref.is_nullable) {
        put_bare_comparison(w, node, op, bound);
        return;
    }
    sql_put(w, "CASE WHEN ");
    sql_put_is_null(w, node);
    sql_put(w, " THEN ");
    sql_put_constant(w, rule_compared(op, &node->value, bound));
    sql_put(w, " ELSE ");
    put_bare_comparison(w, node, op, bound);
    sql_put(w, " END");
}

/** Two JSON values: compared when they have one type. */
static void put_json_comparison(struct sql_writer *w, const struct rule_node *a, enum rule_op op,
                                const struct rule_node *b)
{
    static const enum value_type types[] = {VALUE_NUMBER, VALUE_STRING, VALUE_BOOL};
    bool has_order = op != RULE_EQ && op != RULE_NE;
    sql_put(w, "coalesce(");
    for (size_t i = 0; i < COUNT_OF(types) - has_order; i++) {
        sql_put(w, i ? ", " : "");
        sql_put_operand(w, a, types[i]);
        buf_printf(w->out, " %s ", sql_op(op));
        sql_put_operand(w, b, types[i]);
    }
    sql_put(w, ")");
}

bool sql_is_leaf(const struct rule_node *node)
{
    return node->op == RULE_VAR || node->op == RULE_ELEMENT || node->op == RULE_LITERAL;
}

static bool is_plain_literal(const struct rule_node *node)
{
    return node->op == RULE_LITERAL && node->value.type != VALUE_LIST;
}

bool sql_is_variable(const struct rule_node *node)
{
    return node->op == RULE_VAR || node->op == RULE_ELEMENT;
}

/** The type in which two sides are compared; VALUE_NULL: both are JSON. */
static enum value_type common_type(const struct rule_node *a, const struct rule_node *b)
{
    return a->type != VALUE_NULL ? a->type : b->type;
}

bool sql_is_pair(const struct rule_node *a, const struct rule_node *b)
{
    if (rule_node_is_null(a) || rule_node_is_null(b)) {
        return true;
    }
    if ((is_plain_literal(a) && (sql_is_variable(b) || is_plain_literal(b))) ||
        (is_plain_literal(b) && sql_is_variable(a))) {
        return true;
    }
    enum value_type type = common_type(a, b);
    if (type == VALUE_NULL) {
        return sql_is_json(a) && sql_is_json(b) && !sql_has_default(a) && !sql_has_default(b);
    }
    return sql_is_operand(a, type) && sql_is_operand(b, type);
}

static void put_pair(struct sql_writer *w, const struct rule_node *a, enum rule_op op,
                     const struct rule_node *b)
{
    if (rule_node_is_null(a) || rule_node_is_null(b)) {
        sql_put(w, "false");
    } else if (is_plain_literal(a) && is_plain_literal(b)) {
        sql_put_constant(w, rule_compared(op, &a->value, &b->value));
    } else if (is_plain_literal(b) && sql_is_variable(a)) {
        put_literal_comparison(w, a, op, &b->value);
    } else if (is_plain_literal(a) && sql_is_variable(b)) {
        put_literal_comparison(w, b, rule_op_turned(op), &a->value);
    } else if (common_type(a, b) == VALUE_NULL) {
        put_json_comparison(w, a, op, b);
    } else {
        sql_put_operand(w, a, common_type(a, b));
        buf_printf(w->out, " %s ", sql_op(op));
        sql_put_operand(w, b, common_type(a, b));
    }
}

void sql_put_comparison(struct sql_writer *w, const struct rule_node *node)
{
    put_pair(w, node->args[0], node->op, node->args[1]);
    if (node->n_args == 3) {
        sql_put(w, " AND ");
        put_pair(w, node->args[1], node->op, node->args[2]);
    }
}

/* ---- in ---- */

static bool is_list_member(const struct rule_node *node)
{
    return node->args[1]->op == RULE_LITERAL && node->args[1]->type == VALUE_LIST;
}

static void put_elapsed_list(struct sql_writer *w, const struct rule_node *needle, const struct value *list)
{
    for (size_t i = 0; i < list->list.n; i++) {
        sql_put(w, i ? " OR " : "(");
        put_elapsed(w, needle, RULE_EQ, list->list.items[i].number);
    }
    sql_put(w, ")");
}

static void put_whole_list(struct sql_writer *w, const struct rule_node *needle, const struct value *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->list.n; i++) {
        double item = list->list.items[i].number;
        if (item != floor(item) || fabs(item) >= 0x1p63) {
            continue; /* no whole fact has this value */
        }
        if (n == 0) {
            sql_put_fact(w, needle);
        }
        sql_put(w, n++ ? ", " : " IN (");
        sql_put_int(w, (int64_t)item);
    }
    sql_put(w, n ? ")" : "false");
}

static void put_items(struct sql_writer *w, const struct value *list)
{
    for (size_t i = 0; i < list->list.n; i++) {
        sql_put(w, i ? ", " : " IN (");
        sql_put_value(w, &list->list.items[i]);
    }
    sql_put(w, ")");
}

static void put_json_list(struct sql_writer *w, const struct rule_node *needle, const struct value *list)
{
    bool is_ambiguous = false;
    for (size_t i = 0; i < list->list.n; i++) {
        is_ambiguous = is_ambiguous || could_be_json(list->list.items[i].string);
    }
    sql_put(w, "(");
    sql_put_json_text(w, needle);
    sql_put(w, " COLLATE \"C\"");
    put_items(w, list);
    if (is_ambiguous) {
        sql_put_json_is_string(w, needle);
    }
    sql_put(w, ")");
}

/** A variable without its default in a list that is not empty. */
static void put_bare_list(struct sql_writer *w, const struct rule_node *needle, const struct value *list)
{
    struct rule_node bare = *needle;
    bare.value = value_null();
    enum value_type type = list->list.items[0].type;
    if (sql_is_json(needle) && type == VALUE_STRING) {
        put_json_list(w, &bare, list);
    } else if (!sql_is_json(needle) && sql_kind_of(needle) == FACT_KIND_ELAPSED) {
        put_elapsed_list(w, &bare, list);
    } else if (!sql_is_json(needle) && sql_is_whole(needle)) {
        put_whole_list(w, &bare, list);
    } else {
        sql_put_operand(w, &bare, type);
        put_items(w, list);
    }
}

static bool is_in(const struct value *needle, const struct value *list)
{
    for (size_t i = 0; i < list->list.n; i++) {
        if (rule_compared(RULE_EQ, needle, &list->list.items[i])) {
            return true;
        }
    }
    return false;
}

static void put_list_member(struct sql_writer *w, const struct rule_node *needle, const struct value *list)
{
    if (list->list.n == 0) {
        sql_put(w, "false");
    } else if (needle->op == RULE_LITERAL) {
        sql_put_constant(w, is_in(&needle->value, list));
    } else if (needle->op == RULE_VAR && sql_has_default(needle) && needle->ref.is_nullable) {
        sql_put(w, "CASE WHEN ");
        sql_put_is_null(w, needle);
        sql_put(w, " THEN ");
        sql_put_constant(w, is_in(&needle->value, list));
        sql_put(w, " ELSE ");
        put_bare_list(w, needle, list);
        sql_put(w, " END");
    } else if (sql_is_variable(needle)) {
        put_bare_list(w, needle, list);
    } else {
        sql_put_operand(w, needle, list->list.items[0].type);
        put_items(w, list);
    }
}

bool sql_is_member_test(const struct rule_node *node)
{
    const struct rule_node *needle = node->args[0], *hay = node->args[1];
    if (is_list_member(node)) {
        const struct value *list = &hay->value;
        return list->list.n == 0 || sql_is_variable(needle) ||
               sql_is_operand(needle, list->list.items[0].type);
    }
    if (sql_is_trait(hay)) {
        return !sql_has_default(hay) && needle->type != VALUE_NULL && sql_is_operand(needle, needle->type);
    }
    return hay->type == VALUE_STRING && sql_is_operand(hay, VALUE_STRING) &&
           sql_is_operand(needle, VALUE_STRING);
}

void sql_put_member(struct sql_writer *w, const struct rule_node *node)
{
    const struct rule_node *needle = node->args[0], *hay = node->args[1];
    if (is_list_member(node)) {
        put_list_member(w, needle, &hay->value);
        return;
    }
    if (!sql_is_trait(hay)) {
        sql_put(w, "strpos(");
        sql_put_operand(w, hay, VALUE_STRING);
        sql_put(w, ", ");
        sql_put_operand(w, needle, VALUE_STRING);
        sql_put(w, ") > 0");
        return;
    }
    static const struct rule_node item = {.op = RULE_ELEMENT};
    sql_put(w, "CASE json_typeof(");
    sql_put_json(w, hay);
    sql_put(w, ") WHEN 'string' THEN ");
    if (needle->type == VALUE_STRING) {
        sql_put(w, "strpos(");
        sql_put_json_text(w, hay);
        sql_put(w, " COLLATE \"C\", ");
        sql_put_operand(w, needle, VALUE_STRING);
        sql_put(w, ") > 0");
    } else {
        sql_put(w, "false");
    }
    sql_put(w, " WHEN 'array' THEN EXISTS (SELECT FROM json_array_elements(");
    sql_put_json(w, hay);
    sql_put(w, ") AS e (v) WHERE ");
    sql_put_operand(w, &item, needle->type);
    sql_put(w, " = ");
    sql_put_operand(w, needle, needle->type);
    sql_put(w, ") ELSE false END");
}
