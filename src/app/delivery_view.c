#include "app/delivery.h"
#include "app/endpoint.h"
#include "db/each.h"
#include "endpoint_private.h"
#include "net/courier.h"

#include <inttypes.h>
#include <stdio.h>

static struct delivery_line line_of(const struct db_result *rows, int row)
{
    enum courier_failure failure = (enum courier_failure)db_int(rows, row, 11);
    return (struct delivery_line){
        .id = {.endpoint_id = db_uuid(rows, row, 0), .seq = db_int8(rows, row, 1), .part = db_int(rows, row, 2)},
        .type = (enum change_type)db_int(rows, row, 3),
        .state = (enum delivery_state)db_int(rows, row, 4),
        .attempts_count = db_int(rows, row, 5),
        .created_at = db_time(rows, row, 6),
        .attempted_at = db_time(rows, row, 7),
        .next_at = db_time(rows, row, 8),
        .status = db_int(rows, row, 9),
        .duration_ms = db_int8(rows, row, 10),
        .failure = failure == COURIER_NONE ? NULL : courier_failure_code(failure)};
}

static void id_push(struct db_args *args, const struct webhook_id *id)
{
    arg_uuid(args, &id->endpoint_id);
    arg_int(args, DB_INT8, id->seq);
    arg_int(args, DB_INT2, id->part);
}

/* (shop, endpoint, seq, part) */
static struct db_args *id_args(struct session *session, const struct shop *shop, const struct webhook_id *id)
{
    struct db_args *args = db_args(session->arena, 5);
    arg_int(args, DB_INT4, shop->id);
    id_push(args, id);
    return args;
}

/* --- pages ---------------------------------------------------------------------------------------------------- */

static void push_types(struct db_args *args, uint32_t types)
{
    int numbers[CHANGE_COUNT];
    size_t n = 0;
    for (int i = 1; i < CHANGE_COUNT; i++)
        if (types != CHANGE_TYPES_ALL && types >> i & 1)
            numbers[n++] = i;
    EACH(args, DB_INT2, push_int, numbers[i]);
}

static struct db_args *page_args(struct session *session, const struct shop *shop, const struct delivery_query *query,
                                 usec_t before, const struct webhook_id *last)
{
    struct db_args *args = db_args(session->arena, 10);
    arg_int(args, DB_INT4, shop->id);
    if (query->endpoint)
        arg_uuid(args, query->endpoint);
    else
        arg_span(args, DB_BYTEA, (struct span){NULL, 0});
    arg_int(args, DB_INT2, query->has_state ? query->state : 0);
    push_types(args, query->types);
    arg_time(args, query->since);
    arg_time(args, before);
    id_push(args, last);
    arg_int(args, DB_INT4, (int64_t)query->limit + 1);
    return args;
}

static void take_page(struct session *session, const struct db_result *rows, const struct list_id *list, size_t limit,
                      struct delivery_page *out)
{
    size_t n = (size_t)db_rows(rows);
    *out = (struct delivery_page){.n = n < limit ? n : limit, .next = {"", 0}};
    out->lines = ARENA_ARRAY(session->arena, struct delivery_line, out->n);
    for (size_t i = 0; i < out->n; i++)
        out->lines[i] = line_of(rows, (int)i);
    if (n > limit) {
        char id[WEBHOOK_ID_TEXT];
        const struct delivery_line *last = &out->lines[limit - 1];
        webhook_id_print(&last->id, id);
        struct cursor cursor = {.list = list->hash, .number = last->created_at, .text = span_of(id)};
        out->next = cursor_encode(session->arena, &cursor);
    }
}

static struct list_id list_of(const struct shop *shop, const struct delivery_query *query)
{
    struct list_id list = {0};
    list_add(&list, span_of("deliveries"));
    list_add_number(&list, shop->id);
    list_add(&list, query->endpoint ? (struct span){(const char *)query->endpoint->b, sizeof(query->endpoint->b)}
                                    : (struct span){"", 0});
    list_add_number(&list, query->has_state ? (int64_t)query->state : 0);
    list_add_number(&list, query->types);
    list_add_number(&list, query->since);
    return list;
}

enum status deliveries_read(struct session *session, const struct shop *shop, const struct delivery_query *query,
                            struct delivery_page *out, struct error *error)
{
    struct list_id list = list_of(shop, query);
    struct cursor place;
    struct webhook_id last = {.seq = 0};
    const struct db_result *rows;
    bool has_place = false;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = cursor_take(session->arena, query->cursor, &list, &has_place, &place, error);
    if (status == STATUS_OK && has_place && !webhook_id_parse(place.text, &last))
        status = error_set(error, STATUS_INVALID_CURSOR, "", "the cursor is not one of this list");
    if (status != STATUS_OK)
        return status;
    bool is_open = query->has_state && query->state != DELIVERY_DONE;
    struct db_args *args = page_args(session, shop, query, has_place ? place.number : NONE, &last);
    status = db_run(session->db, is_open ? SQL_DELIVERY_LIST_OPEN : SQL_DELIVERY_LIST, args, &rows, error);
    if (status == STATUS_OK)
        take_page(session, rows, &list, query->limit, out);
    return status;
}

/* --- one ------------------------------------------------------------------------------------------------------ */

static enum status no_such(struct error *error)
{
    return error_set(error, STATUS_NOT_FOUND, "", "no delivery of this shop has this id");
}

enum status delivery_read(struct session *session, const struct shop *shop, const struct webhook_id *id,
                          struct delivery_line *out, struct error *error)
{
    const struct db_result *rows;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = db_run(session->db, SQL_DELIVERY_READ, id_args(session, shop, id), &rows, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(rows) == 0)
        return no_such(error);
    *out = line_of(rows, 0);
    out->attempts = arena_span(session->arena, db_span(rows, 0, 12));
    return STATUS_OK;
}

enum status delivery_resend(struct session *session, const struct shop *shop, const struct webhook_id *id,
                            struct error *error)
{
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    db_send(session->db, SQL_BEGIN, NULL);
    size_t at = db_send(session->db, SQL_DELIVERY_LOCK, id_args(session, shop, id));
    status = db_sync(session->db, error);
    const struct db_result *rows = status == STATUS_OK ? db_result(session->db, at) : NULL;
    if (rows && db_rows(rows) == 0)
        status = no_such(error);
    else if (rows && db_int(rows, 0, 0) == DELIVERY_CANCELLED)
        status = error_set(error, STATUS_CONFLICT, "", "what it told of is gone");
    if (status == STATUS_OK) {
        struct db_args *args = id_args(session, shop, id);
        arg_time(args, clock_now(session->clock));
        db_send(session->db, SQL_DELIVERY_RESEND, args);
        args = db_args(session->arena, 1);
        arg_uuid(args, &id->endpoint_id);
        db_send(session->db, SQL_ENDPOINT_ASK, args);
    }
    return endpoint_end(session, status, error);
}
