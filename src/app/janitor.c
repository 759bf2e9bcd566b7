#include "app/janitor.h"
#include "app/endpoint.h"
#include "app/settings.h"
#include "base/log.h"
#include "service_private.h"

/* What is kept for a time only goes when that is over: a little at a time, so that nobody waits for it. */

#define JANITOR_PAUSE (10 * USEC_PER_SEC)
#define TRIM_PAGE     5000

/* The number up to which changes of ${shop} may go; NONE: none may. */
static enum status find_end(struct session *session, const struct shop *shop, usec_t before, int64_t *out,
                            struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_time(args, before);
    arg_int(args, DB_INT8, TRIM_PAGE);
    enum status status = db_run(session->db, SQL_FEED_TRIM_TO, args, &rows, error);
    if (status == STATUS_OK)
        *out = db_is_null(rows, 0, 0) ? NONE : db_int8(rows, 0, 0);
    return status;
}

/* A page of the feed's oldest changes. The head's row is locked last, and shortly: whoever appends waits for it. */
static enum status trim_feed(struct session *session, const struct shop *shop, usec_t before, bool *has_more,
                             struct error *error)
{
    int64_t end;
    enum status status = find_end(session, shop, before, &end, error);
    *has_more = status == STATUS_OK && end != NONE;
    if (!*has_more)
        return status;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT8, end);
    db_send(session->db, SQL_BEGIN, NULL);
    db_send(session->db, SQL_FEED_TRIM, args);
    db_send(session->db, SQL_FEED_TRIM_MARK, args);
    db_send(session->db, SQL_COMMIT, NULL);
    status = db_sync(session->db, error);
    if (status != STATUS_OK) {
        struct error ignored = *error;
        db_rollback(session->db);
        *error = ignored;
    }
    return status;
}

/* What became of deliveries goes with the changes that they told of. */
static enum status trim_deliveries(struct session *session, const struct shop *shop, usec_t before,
                                   struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_FEED_HEAD, args, &rows, error);
    if (status != STATUS_OK || db_rows(rows) == 0)
        return status;
    return deliveries_trim(session, shop, db_int8(rows, 0, 1), before, error);
}

enum status janitor_once(struct session *session, bool *is_busy, struct error *error)
{
    const struct shop *shop;
    usec_t now = clock_now(session->clock);
    enum status status = STATUS_OK;
    *is_busy = false;
    for (size_t i = 0; status == STATUS_OK && (shop = session_shop_at(session, i)) != NULL; i++) {
        bool has_more;
        usec_t before = now - settings_known(session->registry, shop)->feed_days * USEC_PER_DAY;
        status = trim_feed(session, shop, before, &has_more, error);
        *is_busy = *is_busy || has_more;
        if (status == STATUS_OK)
            status = trim_deliveries(session, shop, before, error);
    }
    if (status != STATUS_OK)
        return status;
    struct db_args *args = db_args(session->arena, 1);
    arg_time(args, now);
    return db_run(session->db, SQL_TICKET_TRIM, args, NULL, error);
}

void *janitor_main(void *context)
{
    struct service *service = context;
    struct session session;
    usec_t pause = JANITOR_PAUSE;
    session_init(&session, service->config, service->clock, service->registry, service);
    while (service_sleep(service, pause)) {
        struct error error;
        bool is_busy = false;
        arena_reset(session.arena);
        pause = JANITOR_PAUSE;
        if (session_ready(&session, &error) != STATUS_OK)
            continue;
        enum status status = janitor_once(&session, &is_busy, &error);
        if (status != STATUS_OK)
            LOG(LOG_WARN, "old rows could not be removed and will be tried again",
                LOG_TEXT("code", status_code(status)), LOG_TEXT("sqlstate", error.sqlstate));
        else if (is_busy)
            pause = 0;
    }
    session_done(&session);
    return NULL;
}
