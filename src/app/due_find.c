#include "due_find.h"

#include <stdlib.h>

/*
 * Stored deadlines may be early, never late, and time does not change what a customer is worth. So candidates are gone
 * through in the order of their deadlines, or of their value among those whose deadline is within the time: no
 * candidate that is yet to come is before the place at which the search is, and it ends when it holds enough moves
 * before that place.
 */

int due_compare(const struct due_filter *filter, const struct due *a, const struct due *b)
{
    if (filter->is_by_value && a->value != b->value)
        return a->value < b->value ? 1 : -1;
    if (!filter->is_by_value && a->at != b->at)
        return a->at > b->at ? 1 : -1;
    int order = uuid_compare(&a->key, &b->key);
    return order ? order : (a->model > b->model) - (a->model < b->model);
}

/* --- the first ones so far: a heap, the last of them on top ------------------------------------------------------ */

struct first {
    const struct due_filter *filter;
    struct due *dues;
    size_t n;
    size_t most;
};

static bool is_later(const struct first *first, size_t a, size_t b)
{
    return due_compare(first->filter, &first->dues[a], &first->dues[b]) > 0;
}

static void swap(struct first *first, size_t a, size_t b)
{
    struct due due = first->dues[a];
    first->dues[a] = first->dues[b];
    first->dues[b] = due;
}

static void sink(struct first *first, size_t at)
{
    for (;;) {
        size_t last = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < first->n; child++)
            if (is_later(first, child, last))
                last = child;
        if (last == at)
            return;
        swap(first, at, last);
        at = last;
    }
}

static void keep(struct first *first, const struct due *due)
{
    if (first->n == first->most) {
        if (due_compare(first->filter, due, &first->dues[0]) < 0) {
            first->dues[0] = *due;
            sink(first, 0);
        }
        return;
    }
    size_t at = first->n++;
    first->dues[at] = *due;
    for (; at && is_later(first, at, (at - 1) / 2); at = (at - 1) / 2)
        swap(first, at, (at - 1) / 2);
}

static void put_in_order(struct first *first)
{
    size_t n = first->n;
    while (first->n > 1) {
        first->n--;
        swap(first, 0, first->n);
        sink(first, 0);
    }
    first->n = n;
}

/* --- candidates --------------------------------------------------------------------------------------------------- */

bool due_line_of(const struct due_filter *filter, const struct look *look, int model, struct due_line *out)
{
    const struct customer_view *view = &look->view;
    const struct next *next = &view->next[model - 1];
    if (next->at == NONE || next->at > filter->until || (filter->of.model && filter->of.model != model))
        return false;
    const struct model_history *history = &look->definitions->models[model - 1];
    const struct stage *to = history_stage(history, next->stage);
    if (to == NULL)
        return false;
    if (filter->to.n && !span_is(filter->to, to->key) && (filter->role == ROLE_NONE || to->role != filter->role))
        return false;
    *out = (struct due_line){.customer = view->state.external_id,
                             .shop = look->shop,
                             .model = model_at(history, next->at),
                             .from = history_stage(history, view->state.standing[model - 1].stage),
                             .to = to,
                             .at = next->at,
                             .value = view->state.a.revenue_gross - view->state.a.revenue_refunded};
    return true;
}

static void weigh(struct first *first, const struct look *look, const struct due *after)
{
    if (!look->is_found)
        return;
    for (int model = 1; model <= look->definitions->n_models && model <= MODEL_SLOTS; model++) {
        struct due_line line;
        if (!due_line_of(first->filter, look, model, &line))
            continue;
        struct due due = {.key = look->key, .model = model, .at = line.at, .value = line.value};
        if (after == NULL || due_compare(first->filter, &due, after) > 0)
            keep(first, &due);
    }
}

/* The next candidates by their stored deadlines, decided; ${last} is the place of the last one. */
static enum status load_chunk(struct session *session, struct arena *scratch, const struct due_filter *filter,
                              const struct customer_search *search, struct look **out, size_t *n,
                              struct search_place *last, struct error *error)
{
    struct db *db;
    struct db_args *args;
    enum status status = session_scan(session, &db, error);
    if (status != STATUS_OK)
        return status;
    const char *sql = search_sql(scratch, search, &args);
    size_t at = db_send_text(db, sql, args);
    status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(db, at);
    struct look *looks = ARENA_ARRAY(scratch, struct look, (size_t)db_rows(rows));
    *n = (size_t)db_rows(rows);
    for (int row = 0; row < db_rows(rows); row++) {
        search_place(scratch, search, rows, row, last);
        looks[row] = (struct look){.key = last->key,
                                   .shop = filter->of.definitions->shop,
                                   .definitions = filter->of.definitions,
                                   .as_of = NONE};
    }
    *out = looks;
    return looks_load(session, scratch, looks, *n, LOOK_NEXT, error);
}

/* The place just before ${key}: the customer of the last move may have others. */
static struct uuid before(struct uuid key)
{
    for (size_t i = sizeof(key.b); i > 0; i--)
        if (key.b[i - 1]-- != 0)
            return key;
    return (struct uuid){0};
}

static void begin(const struct due_filter *filter, const struct due *after, struct customer_search *search,
                  struct search_place *from)
{
    *search = filter->of.search;
    search->until = filter->until;
    search->limit = DUE_CHUNK;
    search->order = filter->is_by_value ? ORDER_FACT : ORDER_DEADLINE;
    search->fact = FACT_revenue;
    search->is_descending = filter->is_by_value;
    if (filter->is_by_value && after) {
        double value = (double)after->value;
        *from = (struct search_place){.key = before(after->key)};
        memcpy(&from->number, &value, sizeof(value));
        search->after = from;
    }
}

/* Is no candidate after ${place} before the last of those that are held? */
static bool is_enough(const struct first *first, const struct search_place *place)
{
    struct due due = {.key = place->key, .at = place->number};
    double value;
    memcpy(&value, &place->number, sizeof(value));
    if (first->filter->is_by_value)
        due.value = (int64_t)value;
    return first->n == first->most && due_compare(first->filter, &due, &first->dues[0]) > 0;
}

static enum status search_all(struct session *session, struct arena *scratch, struct first *first,
                              const struct due *after, struct error *error)
{
    struct customer_search search;
    struct search_place last = {0};
    usec_t stop = session->scan_timeout_ms ? clock_monotonic() + (usec_t)session->scan_timeout_ms * 1000 : NONE;
    begin(first->filter, after, &search, &last);
    for (;;) {
        struct look *looks;
        size_t n;
        enum status status = load_chunk(session, scratch, first->filter, &search, &looks, &n, &last, error);
        for (size_t i = 0; status == STATUS_OK && i < n; i++)
            weigh(first, &looks[i], after);
        if (status != STATUS_OK || n < DUE_CHUNK || is_enough(first, &last))
            return status;
        if (stop != NONE && clock_monotonic() > stop)
            return error_set(error, STATUS_TIMED_OUT, "", "too many customers may move within this time: ask for less");
        search.after = &last;
        arena_reset(scratch);
    }
}

enum status due_find(struct session *session, const struct due_filter *filter, const struct due *after, size_t most,
                     struct due *out, size_t *n, struct error *error)
{
    struct first first = {.filter = filter, .dues = out, .most = most};
    struct arena *scratch = arena_new(1 << 16);
    enum status status = search_all(session, scratch, &first, after, error);
    arena_free(scratch);
    put_in_order(&first);
    *n = first.n;
    return status;
}

enum status due_tell(struct session *session, struct arena *scratch, const struct due_filter *filter,
                     const struct due *dues, size_t n, due_line_fn line, void *context, struct error *error)
{
    struct look *looks = ARENA_ARRAY(scratch, struct look, n);
    for (size_t i = 0; i < n; i++)
        looks[i] = (struct look){.key = dues[i].key,
                                 .shop = filter->of.definitions->shop,
                                 .definitions = filter->of.definitions,
                                 .as_of = NONE};
    enum status status = looks_load(session, scratch, looks, n, LOOK_NEXT, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        struct due_line found;
        const struct look *look = looks_find(looks, n, &dues[i].key);
        if (look->is_found && due_line_of(filter, look, dues[i].model, &found))
            line(context, &found);
    }
    return status;
}
