#include "db/store.h"
#include "db/each.h"

void transition_read(const struct db_result *result, int row, struct transition_row *out)
{
    *out = (struct transition_row){
        .customer_key = db_uuid(result, row, 0),
        .seq = db_int(result, row, 1),
        .transition = {.model = db_int(result, row, 2),
                       .version = db_int(result, row, 3),
                       .from = db_int(result, row, 4),
                       .to = db_int(result, row, 5),
                       .at = db_time(result, row, 6),
                       .cause = (enum cause)db_int(result, row, 7),
                       .event_id = db_uuid(result, row, 8)},
        .recorded_at = db_time(result, row, 9),
    };
}

struct db_args *transition_args(struct arena *arena, const struct transition_row *rows, size_t n)
{
    struct db_args *args = db_args(arena, 11);
    EACH(args, DB_UUID, push_uuid, &rows[i].customer_key);
    EACH(args, DB_INT4, push_int, rows[i].seq);
    EACH(args, DB_INT4, push_int, rows[i].shop_id);
    EACH(args, DB_INT2, push_int, rows[i].transition.model);
    EACH(args, DB_INT4, push_int, rows[i].transition.version);
    EACH(args, DB_INT2, push_int, rows[i].transition.from);
    EACH(args, DB_INT2, push_int, rows[i].transition.to);
    EACH(args, DB_TIME, push_time, rows[i].transition.at);
    EACH(args, DB_INT2, push_int, rows[i].transition.cause);
    EACH(args, DB_UUID, push_uuid, &rows[i].transition.event_id);
    EACH(args, DB_TIME, push_time, rows[i].recorded_at);
    return args;
}

void change_read(const struct db_result *result, int row, struct change_line *out)
{
    *out = (struct change_line){
        .seq = db_int8(result, row, 0),
        .change = {.type = (enum change_type)db_int(result, row, 1),
                   .customer_key = db_uuid(result, row, 2),
                   .number = db_int(result, row, 3),
                   .version = db_int(result, row, 4),
                   .from = db_int(result, row, 5),
                   .to = db_int(result, row, 6),
                   .at = db_time(result, row, 7),
                   .before_at = db_time(result, row, 8),
                   .cause = (enum cause)db_int(result, row, 9),
                   .event_id = db_uuid(result, row, 10),
                   .is_silent = db_bool(result, row, 11),
                   .detail = db_span(result, row, 13),
                   .message_id = db_span(result, row, 14)},
        .recorded_at = db_time(result, row, 12),
        .customer = db_span(result, row, 16),
        .kind = (enum identity_kind)db_int(result, row, 17),
        .other = db_span(result, row, 18),
    };
    if (!db_is_null(result, row, 15))
        out->change.trace_id = db_uuid(result, row, 15);
}

struct db_args *change_args(struct arena *arena, int shop_id, const struct change *changes, size_t n, usec_t now)
{
    struct db_args *args = db_args(arena, 16);
    arg_int(args, DB_INT4, shop_id);
    EACH(args, DB_INT2, push_int, changes[i].type);
    EACH(args, DB_UUID, push_uuid, &changes[i].customer_key);
    EACH(args, DB_INT2, push_int, changes[i].number);
    EACH(args, DB_INT4, push_int, changes[i].version);
    EACH(args, DB_INT2, push_int, changes[i].from);
    EACH(args, DB_INT2, push_int, changes[i].to);
    EACH(args, DB_TIME, push_time, changes[i].at);
    EACH(args, DB_TIME, push_time, changes[i].before_at);
    EACH(args, DB_INT2, push_int, changes[i].cause);
    EACH(args, DB_UUID, push_uuid, &changes[i].event_id);
    EACH(args, DB_BOOL, push_bool, changes[i].is_silent);
    arg_time(args, now);
    EACH(args, DB_JSON, push_span, changes[i].detail);
    EACH(args, DB_TEXT, push_span, changes[i].message_id);
    EACH(args, DB_UUID, push_uuid, uuid_is_nil(&changes[i].trace_id) ? NULL : &changes[i].trace_id);
    return args;
}
