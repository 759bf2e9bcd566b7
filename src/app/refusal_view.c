#include "app/refusal_view.h"
#include "db/db.h"
#include "view.h"

enum status refusals_list(struct session *session, const struct shop *shop, size_t limit, struct refusal_line **lines,
                          size_t *n, struct error *error)
{
    const struct db_result *rows;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT4, (int64_t)limit);
    status = db_run(session->db, SQL_REFUSAL_ROWS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *n = (size_t)db_rows(rows);
    *lines = ARENA_ARRAY(session->arena, struct refusal_line, *n);
    for (int row = 0; row < (int)*n; row++)
        (*lines)[row] = (struct refusal_line){.received_at = db_time(rows, row, 0),
                                              .code = arena_span(session->arena, db_span(rows, row, 1)),
                                              .pointer = arena_span(session->arena, db_span(rows, row, 2)),
                                              .detail = arena_span(session->arena, db_span(rows, row, 3))};
    return STATUS_OK;
}
