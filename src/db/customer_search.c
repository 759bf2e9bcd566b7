#include "db/customer_search.h"

#include "base/buf.h"
#include "db/rule_sql.h"

#define STANDING_BYTES 9 /* of customer.standing: the stage, and since when */
#define FIXED_PARAMS 10

struct builder {
    struct arena *arena;
    struct buf text;
    struct db_args *args;
    size_t n_args;
};

static const char *finish(struct builder *b)
{
    const char *text = arena_text(b->arena, (struct span){b->text.p, b->text.n});
    buf_done(&b->text);
    return text;
}

static size_t next_param(struct builder *b)
{
    return ++b->n_args;
}

bool search_may_sort(enum fact fact)
{
    return fact < FACT_TRAIT && fact_info(fact)->kind == FACT_KIND_STORED;
}

/* --- conditions ----------------------------------------------------------------------------------------------- */

/* A CASE, because SQL may look at the byte before it looks at the length. */
static void add_stages(struct builder *b, const struct search_stages *stages)
{
    int offset = STANDING_BYTES * (stages->model - 1);
    buf_printf(&b->text, "CASE WHEN length(c.standing) > %d THEN get_byte(c.standing, %d) END = ANY ($%zu::int4[])",
               offset, offset, next_param(b));
    arg_array(b->args, DB_INT4, stages->n);
    for (size_t i = 0; i < stages->n; i++)
        push_int(b->args, stages->stages[i]);
}

static void add_standing(struct builder *b, const struct customer_search *search)
{
    if (search->n_any_of == 0)
        return;
    buf_text(&b->text, " AND (");
    for (size_t i = 0; i < search->n_any_of; i++) {
        if (i)
            buf_text(&b->text, " OR ");
        add_stages(b, &search->any_of[i]);
    }
    buf_char(&b->text, ')');
}

static void add_until(struct builder *b, const struct customer_search *search)
{
    if (search->until == 0)
        return;
    buf_printf(&b->text, " AND c.deadline <= $%zu::timestamptz", next_param(b));
    arg_time(b->args, search->until);
}

static void add_rule(struct builder *b, const struct rule_sql *rule)
{
    buf_printf(&b->text, " AND (%s)", rule->where);
    rule_sql_bind(rule, b->args);
    b->n_args += rule->n_params;
}

/* --- order ---------------------------------------------------------------------------------------------------- */

enum sort_type { SORT_NUMBER, SORT_TIME, SORT_TEXT };

struct sort {
    const char *expression; /* NULL: by key alone */
    enum sort_type type;
};

static struct sort sort_of(struct arena *arena, const struct customer_search *search)
{
    switch (search->order) {
    case ORDER_KEY:
    case ORDER_MEMBER: break;
    case ORDER_ID: return (struct sort){"c.external_id", SORT_TEXT};
    case ORDER_DEADLINE: return (struct sort){"c.deadline", SORT_TIME};
    case ORDER_FACT: {
        const struct fact_info *info = fact_info(search->fact);
        if (info->type == VALUE_TIME)
            return (struct sort){info->sql, SORT_TIME};
        if (info->type == VALUE_STRING)
            return (struct sort){arena_printf(arena, "(%s COLLATE \"C\")", info->sql), SORT_TEXT};
        return (struct sort){arena_printf(arena, "(%s)::float8", info->sql), SORT_NUMBER};
    }
    }
    return (struct sort){NULL, SORT_TEXT};
}

static void add_value(struct builder *b, enum sort_type type, const struct search_place *place)
{
    double number;
    switch (type) {
    case SORT_NUMBER:
        memcpy(&number, &place->number, sizeof(number));
        arg_float8(b->args, number);
        return;
    case SORT_TIME: arg_time(b->args, place->number); return;
    case SORT_TEXT: arg_span(b->args, DB_TEXT, place->text); return;
    }
}

/* Rows after a place, nulls last in either direction. */
static void add_after(struct builder *b, const struct customer_search *search, const struct sort *sort)
{
    static const char *const types[] = {
        [SORT_NUMBER] = "float8", [SORT_TIME] = "timestamptz", [SORT_TEXT] = "text"};
    const struct search_place *after = search->after;
    const char *bound = "";
    if (after == NULL)
        return;
    size_t key = next_param(b);
    arg_uuid(b->args, &after->key);
    if (sort->expression == NULL) {
        buf_printf(&b->text, " AND c.customer_key > $%zu::uuid", key);
    } else if (after->is_null) {
        buf_printf(&b->text, " AND %s IS NULL AND c.customer_key > $%zu::uuid", sort->expression, key);
    } else {
        size_t value = next_param(b);
        add_value(b, sort->type, after);
        buf_printf(&b->text, " AND (%s %s $%zu::%s OR (%s = $%zu::%s AND c.customer_key > $%zu::uuid)", sort->expression,
                   search->is_descending ? "<" : ">", value, types[sort->type], sort->expression, value,
                   types[sort->type], key);
        /* of a deadline also said so that the index begins there */
        if (search->order == ORDER_DEADLINE)
            bound = arena_printf(b->arena, " AND %s >= $%zu::%s", sort->expression, value, types[sort->type]);
        else
            buf_printf(&b->text, " OR %s IS NULL", sort->expression);
        buf_printf(&b->text, ")%s", bound);
    }
}

static void add_order(struct builder *b, const struct customer_search *search, const struct sort *sort)
{
    buf_text(&b->text, " ORDER BY ");
    if (sort->expression)
        buf_printf(&b->text, "%s %s, ", sort->expression, search->is_descending ? "DESC NULLS LAST" : "ASC NULLS LAST");
    buf_printf(&b->text, "c.customer_key LIMIT $%zu::int8", next_param(b));
    arg_int(b->args, DB_INT8, (int64_t)search->limit);
}

const char *search_sql(struct arena *arena, const struct customer_search *search, struct db_args **args)
{
    struct rule_sql rule = {.joins = "", .where = "true"};
    struct sort sort = sort_of(arena, search);
    struct builder b = {.arena = arena};
    bool is_member = search->order == ORDER_MEMBER;
    if (search->rule)
        rule_to_sql(arena, search->rule, search->shop_id, search->now, 2, &rule);
    b.args = *args = db_args(arena, FIXED_PARAMS + search->n_any_of + rule.n_params);
    buf_init(&b.text, 0);
    buf_printf(&b.text, "SELECT c.customer_key, %s FROM %scustomer c%s %s WHERE c.events_count > 0 AND c.shop_id = $%zu::int4",
               is_member          ? "m.entered_at"
               : sort.expression ? sort.expression
                                  : "NULL::text",
               is_member ? "membership m JOIN " : "", is_member ? " ON c.customer_key = m.customer_key" : "", rule.joins,
               next_param(&b));
    arg_int(b.args, DB_INT4, search->shop_id);
    if (search->rule)
        add_rule(&b, &rule);
    if (search->segment) {
        buf_text(&b.text, is_member ? " AND m.shop_id = $1::int4"
                                    : " AND EXISTS (SELECT 1 FROM membership m WHERE m.customer_key = c.customer_key "
                                      "AND m.shop_id = $1::int4");
        buf_printf(&b.text, " AND m.segment = $%zu::int2%s", next_param(&b), is_member ? "" : ")");
        arg_int(b.args, DB_INT2, search->segment);
    }
    add_standing(&b, search);
    add_until(&b, search);
    add_after(&b, search, &sort);
    add_order(&b, search, &sort);
    return finish(&b);
}

void search_place(struct arena *arena, const struct customer_search *search, const struct db_result *result, int row,
                  struct search_place *out)
{
    struct sort sort = sort_of(arena, search);
    *out = (struct search_place){.key = db_uuid(result, row, 0), .is_null = db_is_null(result, row, 1)};
    if (search->order == ORDER_MEMBER)
        out->number = db_time(result, row, 1);
    if (out->is_null || sort.expression == NULL)
        return;
    double number;
    switch (sort.type) {
    case SORT_NUMBER:
        number = db_float8(result, row, 1);
        memcpy(&out->number, &number, sizeof(number));
        return;
    case SORT_TIME: out->number = db_time(result, row, 1); return;
    case SORT_TEXT: out->text = arena_span(arena, db_span(result, row, 1)); return;
    }
}

/* --- everybody ------------------------------------------------------------------------------------------------ */

static void add_bit(struct builder *b, int segment)
{
    int byte = (segment - 1) / 8;
    buf_printf(&b->text, " AND CASE WHEN length(c.segments) > %d THEN get_byte(c.segments, %d) & %d END > 0", byte, byte,
               1 << (segment - 1) % 8);
}

static void add_columns(struct builder *b, const struct search_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (columns[i].sql) {
            buf_printf(&b->text, ", %s", columns[i].sql);
            continue;
        }
        buf_printf(&b->text, ", (p.traits -> $%zu::text)::text", next_param(b));
        arg_span(b->args, DB_TEXT, columns[i].trait);
    }
}

static bool any_needs(const struct search_column *columns, size_t n, bool profile)
{
    for (size_t i = 0; i < n; i++)
        if (profile ? columns[i].needs_profile : columns[i].needs_entry)
            return true;
    return false;
}

static const char unsettled[] = "(coalesce(c.deadline <= $2::timestamptz, false) OR c.definitions < $3::int4 OR "
                                "c.definitions > $4::int4 OR c.fold_version <> $5::int2)";

const char *search_export_sql(struct arena *arena, const struct customer_search *search, int decisive, int revision,
                              int fold_version, const struct search_column *columns, size_t n, struct db_args **args,
                              bool *is_exact)
{
    struct rule_sql rule = {.joins = "", .where = "true", .is_exact = true};
    struct builder b = {.arena = arena};
    if (search->rule)
        rule_to_sql(arena, search->rule, search->shop_id, search->now, 6, &rule);
    b.args = *args = db_args(arena, FIXED_PARAMS + search->n_any_of + rule.n_params + n);
    arg_int(b.args, DB_INT4, search->shop_id);
    arg_time(b.args, search->now);
    arg_int(b.args, DB_INT4, decisive);
    arg_int(b.args, DB_INT4, revision);
    arg_int(b.args, DB_INT2, fold_version);
    b.n_args = 5;
    rule_sql_bind(&rule, b.args);
    b.n_args += rule.n_params;
    buf_init(&b.text, 0);
    buf_printf(&b.text, "SELECT c.customer_key, %s", unsettled);
    add_columns(&b, columns, n);
    buf_printf(&b.text, " FROM customer c%s", rule.joins);
    if (!rule.needs_profile && any_needs(columns, n, true))
        buf_text(&b.text, " LEFT JOIN customer_profile p ON p.customer_key = c.customer_key");
    if (any_needs(columns, n, false)) {
        buf_printf(&b.text, " LEFT JOIN membership m ON m.customer_key = c.customer_key AND m.shop_id = $1::int4 AND "
                            "m.segment = $%zu::int2", next_param(&b));
        arg_int(b.args, DB_INT2, search->segment);
    }
    buf_printf(&b.text, " WHERE c.events_count > 0 AND c.shop_id = $1::int4 AND (%s OR ((%s)", unsettled, rule.where);
    if (search->segment)
        add_bit(&b, search->segment);
    add_standing(&b, search);
    add_until(&b, search);
    buf_text(&b.text, "))");
    *is_exact = rule.is_exact;
    return finish(&b);
}

const char *rule_select_sql(struct arena *arena, int shop_id, const struct rule *rule, usec_t now, const char *columns,
                            struct db_args **args, bool *is_exact)
{
    struct rule_sql sql;
    struct builder b = {.arena = arena};
    rule_to_sql(arena, rule, shop_id, now, 2, &sql);
    b.args = *args = db_args(arena, 1 + sql.n_params);
    buf_init(&b.text, 0);
    buf_printf(&b.text, "SELECT %s FROM customer c %s WHERE c.events_count > 0 AND c.shop_id = $%zu::int4", columns, sql.joins, next_param(&b));
    arg_int(b.args, DB_INT4, shop_id);
    add_rule(&b, &sql);
    *is_exact = sql.is_exact;
    return finish(&b);
}
