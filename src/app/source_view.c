#include "app/source.h"

#include "owned.h"
#include "secrets.h"
#include "view.h"

/* --- sources -------------------------------------------------------------------------------------------------- */

static struct source_line *line_of(struct source_line *lines, size_t n, struct uuid id)
{
    for (size_t i = 0; i < n; i++)
        if (uuid_compare(&lines[i].id, &id) == 0)
            return &lines[i];
    return NULL;
}

static void take_tallies(struct arena *arena, struct source_line *lines, size_t n, const struct db_result *rows)
{
    for (int row = 0; row < db_rows(rows); row++) {
        struct source_line *line = line_of(lines, n, db_uuid(rows, row, 0));
        struct span code = db_span(rows, row, 1);
        int64_t count = db_int8(rows, row, 2);
        if (line == NULL)
            continue;
        switch (source_result_of(code)) {
        case RESULT_ACCEPTED: line->accepted = count; continue;
        case RESULT_DUPLICATE: line->duplicate = count; continue;
        case RESULT_IGNORED: line->ignored = count; continue;
        case RESULT_ANY:
        case RESULT_REFUSED:
        case RESULT_COUNT: break;
        }
        if (line->refused == NULL)
            line->refused = arena_array(arena, STATUS_COUNT, sizeof(*line->refused));
        if (line->n_refused < STATUS_COUNT) {
            line->refused[line->n_refused].code = arena_span(arena, code);
            line->refused[line->n_refused++].n = count;
        }
    }
}

enum status sources_read(struct session *session, const struct shop *shop, const struct uuid *id,
                         struct source_line **lines, size_t *n, struct error *error)
{
    struct arena *arena = session->arena;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = owned_args_of_read(session, shop, id, 3);
    arg_time(args, clock_now(session->clock));
    size_t sources_at = db_send(session->db, SQL_SOURCE_READ, owned_args_of_read(session, shop, id, 2));
    size_t secrets_at = db_send(session->db, SQL_SOURCE_READ_SECRETS, args);
    size_t tallies_at = db_send(session->db, SQL_SOURCE_READ_TALLIES, owned_args_of_read(session, shop, id, 2));
    status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(session->db, sources_at);
    if (id && db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "no source of this shop has this id");
    *n = (size_t)db_rows(rows);
    *lines = ARENA_ARRAY(arena, struct source_line, *n);
    for (int row = 0; row < db_rows(rows); row++)
        (*lines)[row] = (struct source_line){.id = db_uuid(rows, row, 0),
                                             .type = (enum source_type)db_int(rows, row, 1),
                                             .name = arena_span(arena, db_span(rows, row, 2)),
                                             .settings = arena_span(arena, db_span(rows, row, 3)),
                                             .version = db_int(rows, row, 4),
                                             .created_at = db_time(rows, row, 5),
                                             .last_heard_at = db_time(rows, row, 6)};
    for (size_t i = 0; i < *n; i++)
        (*lines)[i].secrets = secret_lives_of(db_result(session->db, secrets_at), &(*lines)[i].id);
    take_tallies(arena, *lines, *n, db_result(session->db, tallies_at));
    return STATUS_OK;
}

/* --- the log -------------------------------------------------------------------------------------------------- */

static struct source_entry entry_of(const struct db_result *rows, int row)
{
    return (struct source_entry){.received_at = db_time(rows, row, 0),
                                 .id = db_uuid(rows, row, 1),
                                 .result = (enum source_result)db_int(rows, row, 2),
                                 .code = db_span(rows, row, 3),
                                 .pointer = db_span(rows, row, 4),
                                 .detail = db_span(rows, row, 5),
                                 .subject = db_span(rows, row, 6),
                                 .message = db_span(rows, row, 7),
                                 .kind = db_span(rows, row, 8),
                                 .message_id = db_span(rows, row, 9),
                                 .has_customer = !db_is_null(rows, row, 10),
                                 .customer_key =
                                     db_is_null(rows, row, 10) ? (struct uuid){{0}} : db_uuid(rows, row, 10),
                                 .outcome = db_span(rows, row, 11)};
}

static void take_page(struct session *session, const struct db_result *rows, const struct list_id *list, size_t limit,
                      struct source_page *out)
{
    *out = (struct source_page){.next = {"", 0}};
    size_t n = (size_t)db_rows(rows);
    out->n = n < limit ? n : limit;
    out->entries = ARENA_ARRAY(session->arena, struct source_entry, out->n);
    for (size_t i = 0; i < out->n; i++)
        out->entries[i] = entry_of(rows, (int)i);
    if (n > limit) {
        const struct source_entry *last = &out->entries[limit - 1];
        struct cursor cursor = {.list = list->hash, .number = last->received_at, .key = last->id};
        out->next = cursor_encode(session->arena, &cursor);
    }
}

enum status source_recent(struct session *session, const struct shop *shop, const struct uuid *id,
                          enum source_result result, struct span cursor, size_t limit, struct source_page *out,
                          struct error *error)
{
    struct list_id list = {0};
    struct cursor place = {.number = NONE};
    bool has_place = false;
    list_add(&list, span_of("source recent"));
    list_add(&list, (struct span){(const char *)id->b, sizeof(id->b)});
    list_add_number(&list, (int64_t)result);
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = cursor_take(session->arena, cursor, &list, &has_place, &place, error);
    if (status != STATUS_OK)
        return status;
    size_t sources_at = db_send(session->db, SQL_SOURCE_READ, owned_args_of_read(session, shop, id, 2));
    struct db_args *args = db_args(session->arena, 6);
    arg_uuid(args, id);
    arg_int(args, DB_INT2, result);
    arg_time(args, has_place ? place.number : NONE);
    arg_uuid(args, &place.key);
    arg_int(args, DB_INT4, (int64_t)limit + 1);
    arg_int(args, DB_INT4, shop->id);
    size_t rows_at = db_send(session->db, SQL_SOURCE_READ_LOG, args);
    status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(db_result(session->db, sources_at)) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "no source of this shop has this id");
    take_page(session, db_result(session->db, rows_at), &list, limit, out);
    return STATUS_OK;
}
