#include "owned.h"

struct db_args *owned_args(struct session *session, const struct uuid *id)
{
    struct db_args *args = db_args(session->arena, 1);
    arg_uuid(args, id);
    return args;
}

struct db_args *owned_args_of_shop(struct session *session, const struct shop *shop, const struct uuid *id)
{
    struct db_args *args = db_args(session->arena, 2);
    arg_uuid(args, id);
    arg_int(args, DB_INT4, shop->id);
    return args;
}

struct db_args *owned_args_of_read(struct session *session, const struct shop *shop, const struct uuid *id, size_t most)
{
    struct db_args *args = db_args(session->arena, most);
    arg_int(args, DB_INT4, shop->id);
    if (id)
        arg_uuid(args, id);
    else
        arg_span(args, DB_BYTEA, (struct span){NULL, 0});
    return args;
}

enum status owned_begin_new(struct session *session, const struct shop *shop, enum sql_id count, int most,
                            const char *what, struct error *error)
{
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    db_send(session->db, SQL_BEGIN, NULL);
    db_send(session->db, SQL_SOURCE_SHOP_LOCK, args);
    size_t at = db_send(session->db, count, args);
    enum status status = db_sync(session->db, error);
    if (status == STATUS_OK && db_int8(db_result(session->db, at), 0, 0) >= most)
        return error_set(error, STATUS_TOO_MANY_DEFINITIONS, "", "a shop may have %d %s", most, what);
    return status;
}

enum status owned_check_match(int version, int64_t if_match, bool must_match, struct error *error)
{
    if (if_match == VERSION_ABSENT && must_match)
        return error_set(error, STATUS_PRECONDITION_REQUIRED, "", "send If-Match: \"%d\", which is the present version",
                         version);
    if (if_match != VERSION_ABSENT && if_match != VERSION_ANY && if_match != version)
        return error_set(error, STATUS_PRECONDITION_FAILED, "", "version %d is the present one", version);
    return STATUS_OK;
}

enum status owned_end(struct session *session, enum status status, struct error *error)
{
    if (status == STATUS_OK) {
        db_send(session->db, SQL_COMMIT, NULL);
        status = db_sync(session->db, error);
    }
    struct error keep = *error;
    db_rollback(session->db); /* after a COMMIT this does nothing */
    if (status != STATUS_OK)
        *error = keep;
    return status;
}
