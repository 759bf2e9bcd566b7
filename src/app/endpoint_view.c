#include "app/endpoint.h"

#include "db/db.h"
#include "owned.h"
#include "secrets.h"
#include "view.h"

static enum status take_line(struct session *session, const struct shop *shop, const struct db_result *rows, int row,
                             struct endpoint_line *out, struct error *error)
{
    struct arena *arena = session->arena;
    *out = (struct endpoint_line){.endpoint = {.id = db_uuid(rows, row, 0),
                                               .shop_id = shop->id,
                                               .status = (enum endpoint_status)db_int(rows, row, 3),
                                               .reason = (enum endpoint_reason)db_int(rows, row, 4),
                                               .status_at = db_time(rows, row, 5),
                                               .created_at = db_time(rows, row, 6),
                                               .version = db_int(rows, row, 7)},
                                  .has_authorization = db_bool(rows, row, 2),
                                  .position = db_is_null(rows, row, 8) ? 0 : db_int8(rows, row, 8),
                                  .failing_since = db_time(rows, row, 9),
                                  .last_success_at = db_time(rows, row, 10),
                                  .head = db_int8(rows, row, 11),
                                  .n_pending = db_int8(rows, row, 12),
                                  .n_replays = db_int8(rows, row, 13)};
    return endpoint_settings_read(arena, arena_span(arena, db_span(rows, row, 1)), &out->endpoint, error);
}

enum status endpoints_read(struct session *session, const struct shop *shop, const struct uuid *id,
                           struct endpoint_line **lines, size_t *n, struct error *error)
{
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *secrets = owned_args_of_read(session, shop, id, 3);
    arg_time(secrets, clock_now(session->clock));
    size_t at = db_send(session->db, SQL_ENDPOINT_READ, owned_args_of_read(session, shop, id, 2));
    size_t secrets_at = db_send(session->db, SQL_ENDPOINT_READ_SECRETS, secrets);
    status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(session->db, at);
    if (id && db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "no webhook endpoint of this shop has this id");
    *n = (size_t)db_rows(rows);
    *lines = ARENA_ARRAY(session->arena, struct endpoint_line, *n);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++)
        status = take_line(session, shop, rows, row, &(*lines)[row], error);
    for (size_t i = 0; status == STATUS_OK && i < *n; i++)
        (*lines)[i].secrets = secret_lives_of(db_result(session->db, secrets_at), &(*lines)[i].endpoint.id);
    return status;
}
