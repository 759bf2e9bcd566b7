#include "app/feed.h"

#include "db/each.h"
#include "db/store.h"

#include <inttypes.h>

/** How many numbers one page looks at, so that a filter which nothing passes costs no more than that. */
#define FEED_LOOK 20000

static enum status read_head(struct session *session, const struct shop *shop, int64_t *head, int64_t *oldest,
                             struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_FEED_HEAD, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "the shop has no feed");
    *head = db_int8(rows, 0, 0);
    *oldest = db_int8(rows, 0, 1);
    return STATUS_OK;
}

static enum status too_old(int64_t oldest, struct error *error)
{
    if (error)
        error->oldest = oldest;
    return error_set(error, STATUS_CURSOR_TOO_OLD, "",
                     "the oldest change that is kept is number %" PRId64 ": read on after %" PRId64, oldest, oldest - 1);
}

static void keep(struct arena *arena, struct change_line *line)
{
    line->change.detail = line->change.detail.n ? arena_span(arena, line->change.detail) : (struct span){NULL, 0};
    line->change.message_id = arena_span(arena, line->change.message_id);
    line->customer = arena_span(arena, line->customer);
    line->other = arena_span(arena, line->other);
}

static struct db_args *page_args(struct session *session, const struct shop *shop, int64_t after, int64_t until,
                                 const struct change_filter *filter, size_t limit)
{
    struct db_args *args = db_args(session->arena, 5);
    int types[CHANGE_COUNT];
    size_t n = 0;
    for (int i = 1; i < CHANGE_COUNT; i++)
        if (i != CHANGE_BLANK && filter->types >> i & 1)
            types[n++] = i;
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT8, after);
    arg_int(args, DB_INT8, until);
    EACH(args, DB_INT2, push_int, types[i]);
    arg_int(args, DB_INT4, (int64_t)limit);
    return args;
}

/* One look: where the feed stands, up to ${limit} rows, and where it begins now that they have been read. */
struct look {
    int64_t head, oldest;
    const struct db_result *rows;
};

static enum status look_at(struct session *session, const struct shop *shop, int64_t after,
                           const struct change_filter *filter, size_t limit, struct look *out, struct error *error)
{
    struct db *db = session->db;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    size_t before_at = db_send(db, SQL_FEED_HEAD, args);
    size_t rows_at = db_send(db, SQL_FEED_ROWS, page_args(session, shop, after, after + FEED_LOOK, filter, limit));
    size_t after_at = db_send(db, SQL_FEED_HEAD, args);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(db_result(db, before_at)) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "the shop has no feed");
    *out = (struct look){.head = db_int8(db_result(db, before_at), 0, 0),
                         .oldest = db_int8(db_result(db, after_at), 0, 1),
                         .rows = db_result(db, rows_at)};
    return STATUS_OK;
}

/* Those of the rows that match, until the page is full. */
static void take_lines(struct session *session, const struct look *look, const struct change_filter *filter,
                       size_t limit, struct feed_page *out)
{
    for (int row = 0; row < db_rows(look->rows) && out->n < limit; row++) {
        struct change_line *line = &out->lines[out->n];
        change_read(look->rows, row, line);
        out->next = line->seq;
        if (!change_matches(filter, &line->change))
            continue;
        keep(session->arena, line);
        out->n++;
    }
}

static bool has_version(const struct definitions *definitions, const struct change *change)
{
    bool is_segment =
        change->type == CHANGE_ENTERED || change->type == CHANGE_LEFT || change->type == CHANGE_SEGMENT;
    if (change->number == 0 || change->type == CHANGE_SCORES || change->type == CHANGE_RFM)
        return true;
    if (change->number > (is_segment ? definitions->n_segments : definitions->n_models))
        return false;
    if (is_segment) {
        const struct segment_history *history = &definitions->segments[change->number - 1];
        return history->n && history->versions[history->n - 1]->version >= change->version;
    }
    const struct model_history *history = &definitions->models[change->number - 1];
    return history->n && history->versions[history->n - 1]->version >= change->version;
}

enum status feed_definitions(struct session *session, const struct shop *shop, const struct change_line *lines, size_t n,
                             const struct definitions **out, struct error *error)
{
    enum status status = session_definitions(session, shop, false, out, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        if (!has_version(*out, &lines[i].change))
            return session_definitions(session, shop, true, out, error);
    return status;
}

enum status feed_read(struct session *session, const struct shop *shop, int64_t after,
                      const struct change_filter *filter, size_t limit, struct feed_page *out, struct error *error)
{
    *out = (struct feed_page){0};
    if (session->db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    if (after < 0) {
        enum status status = read_head(session, shop, &out->head, &out->oldest, error);
        out->next = out->head;
        return status == STATUS_OK ? feed_definitions(session, shop, NULL, 0, &out->definitions, error) : status;
    }
    struct look look = {0};
    int64_t end = after + FEED_LOOK;
    bool is_whole = false; /* all of this look's numbers were seen */
    out->lines = ARENA_ARRAY(session->arena, struct change_line, limit);
    out->next = after;
    do {
        enum status status = look_at(session, shop, out->next, filter, limit, &look, error);
        if (status != STATUS_OK)
            return status;
        out->head = look.head;
        out->oldest = look.oldest;
        if (out->next > look.head)
            return error_set(error, STATUS_INVALID_CURSOR, "", "the newest change is number %" PRId64, look.head);
        if (out->next < look.oldest - 1)
            return too_old(look.oldest, error);
        int64_t until = out->next + FEED_LOOK;
        is_whole = (size_t)db_rows(look.rows) < limit;
        take_lines(session, &look, filter, limit, out);
        if (is_whole && out->n < limit && out->next < until)
            out->next = until < look.head ? until : look.head > out->next ? look.head : out->next;
    } while (out->n < limit && !is_whole && out->next < end);
    return feed_definitions(session, shop, out->lines, out->n, &out->definitions, error);
}

enum status feed_some(struct session *session, const struct shop *shop, const int64_t *numbers, size_t n,
                      struct change_line **lines, size_t *n_lines, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    EACH(args, DB_INT8, push_int, numbers[i]);
    enum status status = db_run(session->db, SQL_FEED_SOME, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *n_lines = (size_t)db_rows(rows);
    *lines = ARENA_ARRAY(session->arena, struct change_line, *n_lines);
    for (size_t i = 0; i < *n_lines; i++) {
        change_read(rows, (int)i, &(*lines)[i]);
        keep(session->arena, &(*lines)[i]);
    }
    return STATUS_OK;
}

enum status feed_since(struct session *session, const struct shop *shop, usec_t at, int64_t *after,
                       struct error *error)
{
    const struct db_result *rows;
    int64_t head, oldest;
    enum status status = read_head(session, shop, &head, &oldest, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_time(args, at);
    status = db_run(session->db, SQL_FEED_AT, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(rows) == 0 && oldest > 1)
        return too_old(oldest, error);
    *after = db_rows(rows) ? db_int8(rows, 0, 0) : 0;
    return STATUS_OK;
}
