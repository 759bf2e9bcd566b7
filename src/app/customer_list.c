#include "app/customer_list.h"
#include "customer_filter.h"
#include "wire/duration.h"

/*
 * SQL narrows by what is stored; each row that comes is folded to now in memory and asked again, so that a list never
 * shows a customer in a stage that they have left. A page that loses rows in this way is filled up from the next ones.
 */

#define CHUNK_LEAST 256
#define CHUNK_MOST 1001
#define CHUNKS_MOST 20 /* a page that is not full by then ends early, with a cursor */

/* --- what is asked for ---------------------------------------------------------------------------------------- */

struct filter {
    struct customer_filter of;
    struct list_id list;
    struct search_place place;
};

static enum status read_sort(const struct customer_query *query, struct filter *f, struct error *error)
{
    struct span name = query->sort;
    f->of.search.is_descending = name.n > 0 && name.p[0] == '-';
    name.p += f->of.search.is_descending;
    name.n -= f->of.search.is_descending;
    if (span_is(name, "id")) {
        f->of.search.order = ORDER_ID;
        return STATUS_OK;
    }
    for (int i = 0; i < FACT_TRAIT; i++)
        if (span_is(name, fact_info((enum fact)i)->name) && search_may_sort((enum fact)i)) {
            f->of.search.order = ORDER_FACT;
            f->of.search.fact = (enum fact)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_INVALID_PARAMETER, "", "sort is id or a stored fact, with - before it to turn it round");
}

static enum status read_cursor(struct session *session, const struct customer_query *query, struct filter *f,
                               struct error *error)
{
    struct cursor cursor;
    bool has_cursor;
    const struct span parts[] = {query->model, query->stage, query->role, query->segment,
                                 query->rule,  query->sort,  query->due_within};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        list_add(&f->list, parts[i]);
    list_add_number(&f->list, query->shop->id);
    list_add_number(&f->list, query->is_membership);
    enum status status = cursor_take(session->arena, query->cursor, &f->list, &has_cursor, &cursor, error);
    if (status == STATUS_OK && has_cursor) {
        f->place = (struct search_place){
            .is_null = cursor.is_null, .number = cursor.number, .text = cursor.text, .key = cursor.key};
        f->of.search.after = &f->place;
    }
    return status;
}

static enum status read_query(struct session *session, const struct customer_query *query, usec_t now,
                              struct filter *f, struct error *error)
{
    *f = (struct filter){0};
    enum status status = customer_filter_read(session, session->arena, query, now, &f->of, error);
    if (status == STATUS_OK && query->sort.n && query->due_within.n == 0)
        status = read_sort(query, f, error);
    if (status == STATUS_OK && query->due_within.n) {
        if (query->sort.n)
            return error_set(error, STATUS_INVALID_PARAMETER, "", "due_within has an order of its own: leave sort out");
        f->of.search.order = ORDER_DEADLINE;
    }
    if (status == STATUS_OK && query->is_membership)
        f->of.search.order = ORDER_MEMBER;
    return status == STATUS_OK ? read_cursor(session, query, f, error) : status;
}

/* --- loading ---------------------------------------------------------------------------------------------------- */

/* The customers of a statement's rows, in its order in ${places} and sorted by key in ${looks}. */
struct chunk {
    struct search_place *places;
    struct look *looks;
    size_t n;
};

static enum status load_chunk(struct session *session, struct arena *arena, const struct filter *f,
                              const struct customer_search *search, unsigned what, struct chunk *chunk,
                              struct error *error)
{
    struct db *db;
    struct db_args *args;
    enum status status = session_scan(session, &db, error);
    if (status != STATUS_OK)
        return status;
    const char *sql = search_sql(arena, search, &args);
    size_t at = db_send_text(db, sql, args);
    status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(db, at);
    chunk->n = (size_t)db_rows(rows);
    chunk->places = ARENA_ARRAY(arena, struct search_place, chunk->n);
    chunk->looks = ARENA_ARRAY(arena, struct look, chunk->n);
    for (int row = 0; row < (int)chunk->n; row++) {
        search_place(arena, search, rows, row, &chunk->places[row]);
        chunk->looks[row] = (struct look){.key = chunk->places[row].key,
                                          .shop = f->of.definitions->shop,
                                          .definitions = f->of.definitions,
                                          .as_of = NONE};
    }
    return looks_load(session, arena, chunk->looks, chunk->n, what | customer_filter_needs(&f->of), error);
}

static struct span encode_place(struct arena *arena, const struct filter *f, const struct search_place *place)
{
    struct cursor cursor = {.list = f->list.hash,
                            .is_null = place->is_null,
                            .number = place->number,
                            .text = place->text,
                            .key = place->key};
    return cursor_encode(arena, &cursor);
}

/* --- in the order of the database ------------------------------------------------------------------------------ */

/* A page on its way out. */
struct output {
    customer_line_fn line;
    void *context;
    size_t limit;
    struct customer_page *page;
};

/* Those of a chunk who answer, up to the limit; ${last} is the place up to which the page has come. True: it is full. */
static bool tell_chunk(struct session *session, const struct filter *f, const struct chunk *chunk,
                       struct output *out, struct search_place *last)
{
    for (size_t k = 0; k < chunk->n; k++) {
        const struct search_place *place = &chunk->places[k];
        const struct look *look = looks_find(chunk->looks, chunk->n, &place->key);
        if (customer_filter_admits(&f->of, look)) {
            if (out->page->n == out->limit) {
                out->page->next = encode_place(session->arena, f, last);
                return true;
            }
            struct customer_line line = {.view = look->view,
                                         .entered_at = f->of.search.order == ORDER_MEMBER ? place->number : NONE};
            out->line(out->context, &line);
            out->page->n++;
        }
        *last = *place;
    }
    last->text = arena_span(session->arena, last->text); /* the chunk goes, its last place is needed */
    return false;
}

static enum status fill_page(struct session *session, struct arena *scratch, const struct filter *f,
                             struct output *out, struct error *error)
{
    struct customer_search search = f->of.search;
    struct search_place last = f->place;
    size_t most = f->of.search.order == ORDER_MEMBER ? SIZE_MAX : CHUNKS_MOST;
    usec_t stop = clock_monotonic() + session->config->statement_timeout_ms * 1000;
    for (size_t i = 0; i < most && clock_monotonic() < stop; i++) {
        struct chunk chunk;
        size_t left = out->limit + 1 - out->page->n;
        search.limit = left > CHUNK_MOST ? CHUNK_MOST : i > 0 && left < CHUNK_LEAST ? CHUNK_LEAST : left;
        enum status status = load_chunk(session, scratch, f, &search, 0, &chunk, error);
        if (status != STATUS_OK)
            return status;
        if (tell_chunk(session, f, &chunk, out, &last) || chunk.n < search.limit)
            return STATUS_OK;
        search.after = &last;
        arena_reset(scratch);
    }
    out->page->next = encode_place(session->arena, f, &last);
    return STATUS_OK;
}

/* --- in the order of what will happen -------------------------------------------------------------------------- */

struct due {
    struct uuid key;
    usec_t at;
};

static int compare_due(const struct due *a, const struct due *b)
{
    return a->at != b->at ? (a->at > b->at) - (a->at < b->at) : uuid_compare(&a->key, &b->key);
}

/* The earliest ${limit} so far, in order. */
static void keep(struct due *best, size_t *n, size_t limit, const struct due *due)
{
    size_t i = *n;
    if (*n == limit && compare_due(due, &best[limit - 1]) >= 0)
        return;
    if (*n == limit)
        i--;
    else
        ++*n;
    for (; i > 0 && compare_due(due, &best[i - 1]) < 0; i--)
        best[i] = best[i - 1];
    best[i] = *due;
}

/*
 * Stored deadlines may be early, never late: going through them in order, the search ends when no later one can
 * bring an earlier move. The sweeper sets right those that it meets, so that few are early.
 */
static enum status find_due(struct session *session, struct arena *scratch, const struct filter *f, struct due *best,
                            size_t *n, size_t limit, struct error *error)
{
    struct customer_search search = f->of.search;
    struct due after = {.key = f->place.key, .at = f->of.search.after ? f->place.number : NONE};
    struct search_place last;
    usec_t stop = clock_monotonic() + session->config->statement_timeout_ms * 1000;
    search.after = NULL;
    search.limit = CHUNK_MOST;
    for (;;) {
        struct chunk chunk;
        enum status status = load_chunk(session, scratch, f, &search, LOOK_NEXT, &chunk, error);
        if (status != STATUS_OK)
            return status;
        for (size_t k = 0; k < chunk.n; k++) {
            const struct look *look = &chunk.looks[k];
            if (!customer_filter_admits(&f->of, look))
                continue;
            struct due due = {.key = look->key, .at = customer_filter_move(&f->of, &look->view).at};
            if (due.at != NONE && due.at <= f->of.search.until && compare_due(&due, &after) > 0)
                keep(best, n, limit, &due);
        }
        if (chunk.n < CHUNK_MOST)
            return STATUS_OK;
        last = chunk.places[chunk.n - 1];
        if (*n == limit && last.number > best[limit - 1].at)
            return STATUS_OK;
        if (clock_monotonic() > stop)
            return error_set(error, STATUS_TIMED_OUT, "", "too many customers may move within this time: ask for less");
        search.after = &last;
        arena_reset(scratch);
    }
}

static enum status fill_due(struct session *session, struct arena *scratch, const struct filter *f,
                            struct output *out, struct error *error)
{
    struct due *best = ARENA_ARRAY(session->arena, struct due, out->limit + 1);
    size_t n = 0;
    enum status status = find_due(session, scratch, f, best, &n, out->limit + 1, error);
    if (status != STATUS_OK)
        return status;
    if (n > out->limit) {
        n = out->limit;
        struct search_place place = {.number = best[n - 1].at, .key = best[n - 1].key};
        out->page->next = encode_place(session->arena, f, &place);
    }
    struct look *looks = ARENA_ARRAY(session->arena, struct look, n);
    for (size_t i = 0; i < n; i++)
        looks[i] = (struct look){
            .key = best[i].key, .shop = f->of.definitions->shop, .definitions = f->of.definitions, .as_of = NONE};
    status = looks_load(session, session->arena, looks, n, LOOK_NEXT, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        const struct look *look = looks_find(looks, n, &best[i].key);
        struct customer_line line = {.view = look->view, .entered_at = NONE, .move = customer_filter_move(&f->of, &look->view)};
        if (!look->is_found || line.move.model == 0)
            continue;
        out->line(out->context, &line);
        out->page->n++;
    }
    return status;
}

enum status customers_list(struct session *session, const struct customer_query *query, customer_line_fn line,
                           void *context, struct customer_page *page, struct error *error)
{
    struct filter f;
    usec_t now = clock_now(session->clock);
    enum status status = read_query(session, query, now, &f, error);
    if (status != STATUS_OK)
        return status;
    *page = (struct customer_page){.as_of = now};
    struct output out = {.line = line, .context = context, .limit = query->limit, .page = page};
    struct arena *scratch = arena_new(1 << 16);
    status = query->due_within.n ? fill_due(session, scratch, &f, &out, error) : fill_page(session, scratch, &f, &out, error);
    arena_free(scratch);
    return status;
}
