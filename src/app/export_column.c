#include "export_column.h"

#include <math.h>

#define STANDING_BYTES 9 /* of customer.standing: the stage, and since when */

/* --- names ------------------------------------------------------------------------------------------------------ */

static bool begins(struct span text, const char *with, struct span *rest)
{
    size_t n = strlen(with);
    if (text.n <= n || memcmp(text.p, with, n) != 0)
        return false;
    *rest = (struct span){text.p + n, text.n - n};
    return true;
}

static enum status read_model(const struct customer_filter *filter, struct span key, struct column *out,
                              struct error *error)
{
    const struct model *model = definitions_model(filter->definitions, key, filter->search.now);
    if (model == NULL)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "columns: no model in force has the key %.*s", (int)key.n,
                         key.p);
    out->model = model->number;
    return STATUS_OK;
}

static enum status read_fact(struct arena *arena, struct column *out, struct error *error)
{
    if (!fact_resolve(NULL, arena, out->name, &out->ref, error))
        return error_set(error, STATUS_INVALID_PARAMETER, "", "columns: there is no column %.*s", (int)out->name.n,
                         out->name.p);
    out->kind = COLUMN_FACT;
    if (out->ref.fact == FACT_TRAIT)
        return STATUS_OK;
    enum fact_kind kind = out->ref.fact < FACT_TRAIT ? fact_info((enum fact)out->ref.fact)->kind : FACT_KIND_RATIO;
    out->is_of_state = kind == FACT_KIND_WINDOW || kind == FACT_KIND_RATIO || fact_kind_is_scored(kind);
    out->is_float = !out->is_of_state && strstr(fact_info((enum fact)out->ref.fact)->sql, "float8") != NULL;
    return STATUS_OK;
}

static enum status read_column(struct arena *arena, const struct customer_filter *filter, struct span name,
                               struct column *out, struct error *error)
{
    static const struct {
        const char *name;
        enum column_kind kind;
    } plain[] = {{"id", COLUMN_ID},
                 {"identity", COLUMN_IDENTITY},
                 {"currency", COLUMN_CURRENCY},
                 {"segments", COLUMN_SEGMENTS},
                 {"entered_at", COLUMN_ENTERED}};
    static const struct {
        const char *prefix;
        enum column_kind kind;
    } of_model[] = {{"stage.", COLUMN_STAGE}, {"role.", COLUMN_ROLE}, {"since.", COLUMN_SINCE}};
    struct span key;
    *out = (struct column){.name = name};
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (span_is(name, plain[i].name)) {
            out->kind = plain[i].kind;
            if (out->kind == COLUMN_ENTERED && filter->search.segment == 0)
                return error_set(error, STATUS_INVALID_PARAMETER, "", "columns: entered_at needs a segment");
            return STATUS_OK;
        }
    for (size_t i = 0; i < COUNT_OF(of_model); i++)
        if (begins(name, of_model[i].prefix, &key)) {
            out->kind = of_model[i].kind;
            return read_model(filter, key, out, error);
        }
    return read_fact(arena, out, error);
}

/* The usual ones: who, where they stand, and what they are worth. */
static struct span usual(struct arena *arena, const struct customer_filter *filter, bool is_membership)
{
    struct buf text;
    buf_init(&text, 0);
    buf_text(&text, is_membership ? "id,identity,entered_at" : "id,identity");
    for (int i = 0; i < filter->definitions->n_models; i++) {
        const struct model *model = model_at(&filter->definitions->models[i], filter->search.now);
        if (model && !model->is_withdrawn && (filter->model == 0 || filter->model == i + 1))
            buf_printf(&text, ",stage.%s,since.%s", model->key, model->key);
    }
    buf_text(&text, ",segments,orders_count,revenue,currency,first_order_at,last_order_at,first_seen_at,last_seen_at,"
                    "days_since_last_order");
    struct span names = arena_span(arena, (struct span){text.p, text.n});
    buf_done(&text);
    return names;
}

/* --- what the statement must give ------------------------------------------------------------------------------- */

static struct search_column search_column(const struct column *column)
{
    switch (column->kind) {
    case COLUMN_ID: return (struct search_column){.sql = "c.external_id"};
    case COLUMN_IDENTITY: return (struct search_column){.sql = "c.identity_kind"};
    case COLUMN_STAGE:
    case COLUMN_ROLE:
    case COLUMN_SINCE: return (struct search_column){.sql = "c.standing"};
    case COLUMN_SEGMENTS: return (struct search_column){.sql = "c.segments"};
    case COLUMN_ENTERED: return (struct search_column){.sql = "m.entered_at", .needs_entry = true};
    case COLUMN_CURRENCY: break;
    case COLUMN_FACT:
        if (column->ref.fact == FACT_TRAIT)
            return (struct search_column){.trait = column->ref.name, .needs_profile = true};
        if (column->is_of_state)
            break;
        return (struct search_column){.sql = fact_info((enum fact)column->ref.fact)->sql,
                                      .needs_profile = fact_info((enum fact)column->ref.fact)->kind == FACT_KIND_PROFILE};
    }
    return (struct search_column){0};
}

/* Columns of the statement that are the same are asked for once. */
static int place(struct columns *out, const struct search_column *wanted)
{
    for (size_t i = 0; i < out->n_sql; i++)
        if (wanted->sql && out->sql[i].sql && strcmp(out->sql[i].sql, wanted->sql) == 0)
            return SEARCH_COLUMNS + (int)i;
    out->sql[out->n_sql] = *wanted;
    return SEARCH_COLUMNS + (int)out->n_sql++;
}

enum status columns_read(struct arena *arena, const struct customer_filter *filter, struct span text,
                         bool is_membership, struct columns *out, struct error *error)
{
    struct column *columns = ARENA_ARRAY(arena, struct column, COLUMNS_MOST);
    struct span *names = ARENA_ARRAY(arena, struct span, COLUMNS_MOST);
    *out = (struct columns){
        .columns = columns, .names = names, .sql = ARENA_ARRAY(arena, struct search_column, COLUMNS_MOST)};
    struct span rest = text.n ? arena_span(arena, text) : usual(arena, filter, is_membership);
    for (bool goes_on = true; goes_on;) {
        const char *comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
        struct span name = {rest.p, comma ? (size_t)(comma - rest.p) : rest.n};
        goes_on = comma != NULL;
        rest = (struct span){name.p + name.n + goes_on, rest.n - name.n - goes_on};
        if (out->n == COLUMNS_MOST)
            return error_set(error, STATUS_INVALID_PARAMETER, "", "columns: at most %d", COLUMNS_MOST);
        struct column *column = &columns[out->n];
        enum status status = read_column(arena, filter, name, column, error);
        if (status != STATUS_OK)
            return status;
        for (size_t i = 0; i < out->n; i++)
            if (span_equal(names[i], name))
                return error_set(error, STATUS_INVALID_PARAMETER, "", "columns: %.*s comes twice", (int)name.n, name.p);
        struct search_column sql = search_column(column);
        column->at = sql.sql || sql.trait.n ? place(out, &sql) : COLUMN_NOWHERE;
        out->are_of_state = out->are_of_state || column->is_of_state;
        names[out->n++] = name;
    }
    return STATUS_OK;
}

/* --- cells ------------------------------------------------------------------------------------------------------ */

static struct standing standing_of(const struct column *column, const struct column_source *s)
{
    if (s->look)
        return s->look->view.state.standing[column->model - 1];
    struct span bytes = db_span(s->rows, s->row, column->at);
    size_t from = (size_t)(column->model - 1) * STANDING_BYTES;
    struct standing standing = {.stage = 0, .since = NONE};
    if (bytes.n < from + STANDING_BYTES)
        return standing;
    const unsigned char *p = (const unsigned char *)bytes.p + from;
    uint64_t since = 0;
    for (int i = 1; i < STANDING_BYTES; i++)
        since = since << 8 | p[i];
    return (struct standing){.stage = p[0], .since = (usec_t)since};
}

static void print_standing(const struct column *column, const struct column_source *s, struct table *table)
{
    struct standing standing = standing_of(column, s);
    const struct definitions *definitions = s->look ? s->look->definitions : s->definitions;
    const struct model *model = model_at(&definitions->models[column->model - 1], s->as_of);
    const struct stage *stage = NULL;
    if (standing.stage && model && !model->is_withdrawn)
        stage = model_stage(model, standing.stage);
    if (stage == NULL)
        table_null(table);
    else if (column->kind == COLUMN_SINCE)
        table_time(table, standing.since);
    else
        table_text(table, span_of(column->kind == COLUMN_STAGE ? stage->key : role_name(stage->role)));
}

static void print_segments(const struct column *column, const struct column_source *s, struct table *table)
{
    const struct definitions *definitions = s->look ? s->look->definitions : s->definitions;
    struct span keys[SEGMENT_SLOTS];
    size_t n = 0;
    struct span bytes = s->look ? (struct span){(const char *)s->look->view.state.segments, SEGMENT_SLOTS / 8}
                                : db_span(s->rows, s->row, column->at);
    for (int i = 0; i < definitions->n_segments && (size_t)i / 8 < bytes.n; i++) {
        if ((bytes.p[i / 8] >> (i % 8) & 1) == 0)
            continue;
        const struct segment *segment = segment_at(&definitions->segments[i], s->as_of);
        if (segment)
            keys[n++] = span_of(segment->key);
    }
    table_list(table, keys, n);
}

static void print_value(const struct value *value, int exponent, struct table *table)
{
    switch (value->type) {
    case VALUE_BOOL: table_bool(table, value->boolean); return;
    case VALUE_NUMBER: table_number(table, value->number); return;
    case VALUE_MONEY: table_money(table, (int64_t)llround(value->number), exponent); return;
    case VALUE_TIME: table_time(table, value->time); return;
    case VALUE_STRING: table_text(table, value->string); return;
    case VALUE_NULL:
    case VALUE_LIST: break;
    }
    table_null(table);
}

static void print_stored(const struct column *column, const struct column_source *s, struct table *table)
{
    const struct fact_info *info = fact_info((enum fact)column->ref.fact);
    int exponent = s->definitions->shop->exponent;
    if (db_is_null(s->rows, s->row, column->at)) {
        table_null(table);
        return;
    }
    if (info->kind == FACT_KIND_ELAPSED) {
        usec_t since = s->as_of - db_time(s->rows, s->row, column->at);
        table_int(table, since / USEC_PER_DAY - (since % USEC_PER_DAY < 0));
        return;
    }
    switch (info->type) {
    case VALUE_TIME: table_time(table, db_time(s->rows, s->row, column->at)); return;
    case VALUE_STRING: table_text(table, db_span(s->rows, s->row, column->at)); return;
    case VALUE_MONEY:
        table_money(table,
                    column->is_float ? (int64_t)llround(db_float8(s->rows, s->row, column->at))
                                     : db_int8(s->rows, s->row, column->at),
                    exponent);
        return;
    case VALUE_NUMBER:
    case VALUE_BOOL:
    case VALUE_NULL:
    case VALUE_LIST: break;
    }
    if (column->is_float)
        table_number(table, db_float8(s->rows, s->row, column->at));
    else
        table_int(table, db_int8(s->rows, s->row, column->at));
}

static void print_fact(const struct column *column, const struct column_source *s, struct table *table)
{
    if (column->ref.fact == FACT_TRAIT) {
        table_json(table, s->arena, db_span(s->rows, s->row, column->at));
    } else if (s->look) {
        struct fact_view view = definitions_view(s->definitions, &s->look->view.state, s->look->view.as_of);
        struct value value = fact_read(&view, &column->ref);
        print_value(&value, s->definitions->shop->exponent, table);
    } else {
        print_stored(column, s, table);
    }
}

static void print_column(const struct column *column, const struct column_source *s, struct table *table)
{
    switch (column->kind) {
    case COLUMN_ID: table_text(table, db_span(s->rows, s->row, column->at)); return;
    case COLUMN_IDENTITY:
        table_text(table, span_of(identity_word((enum identity_kind)db_int(s->rows, s->row, column->at))));
        return;
    case COLUMN_CURRENCY: table_text(table, span_of(s->definitions->shop->currency)); return;
    case COLUMN_STAGE:
    case COLUMN_ROLE:
    case COLUMN_SINCE: print_standing(column, s, table); return;
    case COLUMN_SEGMENTS: print_segments(column, s, table); return;
    case COLUMN_ENTERED: table_time(table, db_time(s->rows, s->row, column->at)); return;
    case COLUMN_FACT: print_fact(column, s, table); return;
    }
}

void columns_print(const struct columns *columns, const struct column_source *source, struct table *table)
{
    for (size_t i = 0; i < columns->n; i++)
        print_column(&columns->columns[i], source, table);
    table_row_end(table);
}
