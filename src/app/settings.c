#include "app/settings.h"
#include "app/publish.h"
#include "service_private.h"
#include "view.h"
#include "wire/settings.h"

bool settings_allow_origin(struct service *service, const struct shop *shop, struct span origin)
{
    if (shop != NULL)
        return settings_allow(settings_known(service->registry, shop), origin);
    for (size_t i = 0; (shop = registry_shop_at(service->registry, i)) != NULL; i++)
        if (settings_allow(settings_known(service->registry, shop), origin))
            return true;
    return false;
}

/* The document and version in the shop's row. */
static enum status look(struct session *session, const struct shop *shop, enum sql_id sql,
                        struct span *document, int *version, struct error *error)
{
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    size_t row = db_send(session->db, sql, args);
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    *document = arena_span(session->arena, db_span(db_result(session->db, row), 0, 0));
    *version = db_int(db_result(session->db, row), 0, 1);
    return STATUS_OK;
}

enum status settings_read(struct session *session, const struct shop *shop, struct buf *out, int *version,
                          struct error *error)
{
    struct span document;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = look(session, shop, SQL_SETTINGS_ROW, &document, version, error);
    if (status == STATUS_OK)
        settings_print(out, session->arena, document);
    return status;
}

static enum status check_match(int version, int64_t if_match, struct error *error)
{
    if (if_match == VERSION_ABSENT)
        return error_set(error, STATUS_PRECONDITION_REQUIRED, "", "If-Match with version %d, or *, is needed", version);
    if (if_match != VERSION_ANY && if_match != version)
        return error_set(error, STATUS_PRECONDITION_FAILED, "", "version %d is in force", version);
    return STATUS_OK;
}

static enum status save(struct session *session, const struct shop *shop, struct span document, int version,
                        struct error *error)
{
    struct db_args *args = db_args(session->arena, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_span(args, DB_JSON, document);
    arg_int(args, DB_INT4, version);
    db_send(session->db, SQL_SETTINGS_SAVE, args);
    db_send(session->db, SQL_REGISTRY_RAISE, NULL);
    db_send(session->db, SQL_COMMIT, NULL);
    return db_sync(session->db, error);
}

static enum status patch_row(struct session *session, const struct shop *shop, struct span patch, int64_t if_match,
                             struct span *merged, int *version, struct error *error)
{
    struct span document;
    const struct settings *settings;
    db_send(session->db, SQL_BEGIN, NULL);
    enum status status = look(session, shop, SQL_SETTINGS_LOCK, &document, version, error);
    if (status == STATUS_OK)
        status = check_match(*version, if_match, error);
    if (status == STATUS_OK)
        status = settings_merge(session->arena, document, patch, merged, error);
    if (status == STATUS_OK)
        status = settings_parse(session->arena, shop, *merged, *version, &settings, error);
    if (status != STATUS_OK || span_equal(*merged, document))
        return status; /* the caller rolls back: nothing is new */
    ++*version;
    return save(session, shop, *merged, *version, error);
}

enum status settings_patch(struct session *session, const struct shop *shop, struct span patch, int64_t if_match,
                           struct buf *out, int *version, struct error *error)
{
    struct span merged;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    status = patch_row(session, shop, patch, if_match, &merged, version, error);
    struct error keep = *error;
    db_rollback(session->db); /* after a COMMIT this does nothing */
    *error = keep;
    if (status == STATUS_OK)
        status = registry_load(session->registry, session->db, false, error);
    if (status == STATUS_OK)
        settings_print(out, session->arena, merged);
    return status;
}
