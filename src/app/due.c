#include "due_find.h"
#include "wire/duration.h"

#include <stdlib.h>

/* --- what is asked for ---------------------------------------------------------------------------------------- */

static bool is_stage(const struct due_filter *filter, struct span key, usec_t now)
{
    for (int i = 0; i < filter->of.definitions->n_models; i++) {
        const struct model *model = model_at(&filter->of.definitions->models[i], now);
        if (model && (filter->of.model == 0 || filter->of.model == i + 1) && model_stage_by_key(model, key))
            return true;
    }
    return false;
}

static enum status read_query(struct session *session, struct arena *arena, const struct due_query *query,
                              struct due_filter *out, struct error *error)
{
    usec_t now = clock_now(session->clock), span;
    struct customer_query customers = {.shop = query->shop, .model = query->model};
    *out = (struct due_filter){.to = arena_span(arena, query->to), .is_by_value = span_is(query->sort, "value")};
    enum status status = customer_filter_read(session, arena, &customers, now, &out->of, error);
    if (status != STATUS_OK)
        return status;
    if (!duration_parse_short(query->within.n ? query->within : span_of(DUE_USUAL), &span) ||
        span > DUE_MOST_DAYS * USEC_PER_DAY)
        return error_set(error, STATUS_INVALID_PARAMETER, "",
                         "within is a time of at most %d days: a number and w, d, h, m or s (7d, 12h), or an ISO 8601 duration (P7D, PT12H)", DUE_MOST_DAYS);
    if (query->sort.n && !out->is_by_value && !span_is(query->sort, "time"))
        return error_set(error, STATUS_INVALID_PARAMETER, "", "sort is time or value");
    out->until = now + span;
    out->role = role_of(query->to);
    if (query->to.n && out->role == ROLE_NONE && !is_stage(out, query->to, now))
        return error_set(error, STATUS_INVALID_PARAMETER, "", "to: there is no stage or role of this name");
    return STATUS_OK;
}

/* The place of a move in its list: the time asked for is counted anew for each page. */
static void list_of(const struct due_query *query, struct list_id *list)
{
    const struct span parts[] = {query->within, query->model, query->to, query->sort};
    *list = (struct list_id){0};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        list_add(list, parts[i]);
    list_add_number(list, query->shop->id);
}

static enum status read_cursor(struct session *session, const struct due_query *query, const struct due_filter *filter,
                               struct due *after, bool *has, struct error *error)
{
    struct list_id list;
    struct cursor cursor;
    list_of(query, &list);
    enum status status = cursor_take(session->arena, query->cursor, &list, has, &cursor, error);
    if (status != STATUS_OK || !*has)
        return status;
    if (cursor.text.n != 1)
        return error_set(error, STATUS_INVALID_CURSOR, "", "the cursor is not from this list");
    *after = (struct due){.key = cursor.key, .model = (unsigned char)cursor.text.p[0]};
    *(filter->is_by_value ? &after->value : &after->at) = cursor.number;
    return STATUS_OK;
}

static struct span place_of(struct session *session, const struct due_query *query, const struct due_filter *filter,
                            const struct due *due)
{
    struct list_id list;
    char model = (char)due->model;
    list_of(query, &list);
    struct cursor cursor = {.list = list.hash,
                            .number = filter->is_by_value ? due->value : due->at,
                            .text = {&model, 1},
                            .key = due->key};
    return cursor_encode(session->arena, &cursor);
}

/* --- a page ----------------------------------------------------------------------------------------------------- */

struct teller {
    due_line_fn line;
    void *context;
    size_t n;
};

static void tell(void *context, const struct due_line *line)
{
    struct teller *teller = context;
    teller->line(teller->context, line);
    teller->n++;
}

static enum status tell_all(struct session *session, const struct due_filter *filter, const struct due *dues, size_t n,
                            struct teller *teller, struct error *error)
{
    enum status status = STATUS_OK;
    struct arena *scratch = arena_new(1 << 16);
    for (size_t i = 0; status == STATUS_OK && i < n; i += DUE_CHUNK) {
        arena_reset(scratch);
        status = due_tell(session, scratch, filter, dues + i, n - i < DUE_CHUNK ? n - i : DUE_CHUNK, tell, teller, error);
    }
    arena_free(scratch);
    return status;
}

enum status due_list(struct session *session, const struct due_query *query, due_line_fn line, void *context,
                     struct due_page *page, struct error *error)
{
    struct due_filter filter;
    struct due after;
    bool has_cursor;
    size_t n;
    enum status status = read_query(session, session->arena, query, &filter, error);
    if (status == STATUS_OK)
        status = read_cursor(session, query, &filter, &after, &has_cursor, error);
    if (status != STATUS_OK)
        return status;
    *page = (struct due_page){.as_of = filter.of.search.now};
    struct due *dues = ARENA_ARRAY(session->arena, struct due, query->limit + 1);
    status = due_find(session, &filter, has_cursor ? &after : NULL, query->limit + 1, dues, &n, error);
    if (status != STATUS_OK)
        return status;
    if (n > query->limit) {
        n = query->limit;
        page->next = place_of(session, query, &filter, &dues[n - 1]);
    }
    struct teller teller = {.line = line, .context = context};
    status = tell_all(session, &filter, dues, n, &teller, error);
    page->n = teller.n;
    return status;
}

/* --- all of them ------------------------------------------------------------------------------------------------ */

#define WRITE_BYTES 32768

struct due_export {
    struct arena *arena;
    struct due_filter filter;
    enum table_format format;
    bool guards;
    bool has_bom;
    size_t limit; /* 0: all */
};

enum status due_export_new(struct session *session, const struct due_query *query, enum table_format format,
                           bool guards, bool has_bom, struct due_export **out, struct error *error)
{
    struct due_export *export = calloc(1, sizeof(*export));
    if (export == NULL)
        abort();
    *export = (struct due_export){
        .arena = arena_new(4096), .format = format, .guards = guards, .has_bom = has_bom, .limit = query->limit};
    enum status status = read_query(session, export->arena, query, &export->filter, error);
    if (status != STATUS_OK) {
        due_export_free(export);
        return status;
    }
    *out = export;
    return STATUS_OK;
}

void due_export_free(struct due_export *export)
{
    arena_free(export->arena);
    free(export);
}

usec_t due_export_as_of(const struct due_export *export)
{
    return export->filter.of.search.now;
}

struct run {
    struct buf out;
    struct table table;
    export_write_fn write;
    void *context;
    bool is_over;
};

static void hand_on(struct run *run)
{
    if (run->out.n && !run->is_over && !run->write(run->context, (struct span){run->out.p, run->out.n}))
        run->is_over = true;
    buf_reset(&run->out);
}

static void write_line(void *context, const struct due_line *line)
{
    struct run *run = context;
    due_row(&run->table, line);
    if (run->out.n >= WRITE_BYTES)
        hand_on(run);
}

/* As many passes as it takes: each finds the moves after those of the one before. */
static enum status run_passes(struct due_export *export, struct session *session, struct run *run, struct due *dues,
                              struct export_count *count, struct error *error)
{
    struct due after;
    bool has_after = false;
    while (export->limit == 0 || (size_t)count->rows < export->limit) {
        size_t n, found = 0, most = DUE_AT_ONCE;
        if (export->limit && export->limit - (size_t)count->rows < most)
            most = export->limit - (size_t)count->rows;
        enum status status = due_find(session, &export->filter, has_after ? &after : NULL, most, dues, &n, error);
        struct teller teller = {.line = write_line, .context = run};
        for (; status == STATUS_OK && found < n && !run->is_over; found += DUE_CHUNK)
            status = tell_all(session, &export->filter, dues + found, n - found < DUE_CHUNK ? n - found : DUE_CHUNK,
                              &teller, error);
        count->rows += (int64_t)teller.n;
        if (status != STATUS_OK || run->is_over || n < most)
            return status;
        after = dues[n - 1];
        has_after = true;
    }
    return STATUS_OK;
}

enum status due_export_run(struct due_export *export, struct session *session, export_write_fn write, void *context,
                           struct export_count *count, struct error *error)
{
    size_t n_columns;
    const struct span *columns = due_columns(&n_columns);
    struct run run = {.write = write, .context = context};
    *count = (struct export_count){0};
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    struct due *dues = malloc(DUE_AT_ONCE * sizeof(*dues));
    if (dues == NULL)
        return error_set(error, STATUS_NO_MEMORY, "", "there is no memory for the list");
    buf_init(&run.out, 0);
    table_init(&run.table, export->arena, &run.out, export->format, export->guards, columns, n_columns);
    if (export->has_bom && export->format == TABLE_CSV)
        buf_text(&run.out, "\xef\xbb\xbf");
    table_head(&run.table);
    status = run_passes(export, session, &run, dues, count, error);
    if (status == STATUS_OK)
        hand_on(&run);
    buf_done(&run.out);
    free(dues);
    return status;
}
