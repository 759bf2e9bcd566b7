#include "app/endpoint.h"

#include "app/feed.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "endpoint_private.h"
#include "net/guard.h"
#include "owned.h"
#include "secrets.h"

#include <stdio.h>

/* Each change is a transaction that holds the row of the endpoint, or, when one is made, of the shop; whoever delivers is
 * then told to look. */

static const struct secret_table secrets = {
    .insert = SQL_ENDPOINT_SECRET_INSERT, .expire = SQL_ENDPOINT_SECRET_EXPIRE, .trim = SQL_ENDPOINT_SECRET_TRIM};

/* --- transactions --------------------------------------------------------------------------------------------- */

enum status endpoint_end(struct session *session, enum status status, struct error *error)
{
    status = owned_end(session, status, error);
    if (status == STATUS_OK)
        service_endpoints_poke(session->service);
    return status;
}

enum status endpoint_begin(struct session *session, const struct shop *shop, const struct uuid *id,
                           struct endpoint *out, struct error *error)
{
    db_send(session->db, SQL_BEGIN, NULL);
    size_t at = db_send(session->db, SQL_ENDPOINT_LOCK, owned_args_of_shop(session, shop, id));
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(session->db, at);
    if (db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "no webhook endpoint of this shop has this id");
    *out = (struct endpoint){.id = *id,
                             .shop_id = shop->id,
                             .status = (enum endpoint_status)db_int(rows, 0, 1),
                             .reason = (enum endpoint_reason)db_int(rows, 0, 2),
                             .version = db_int(rows, 0, 3)};
    return endpoint_settings_read(session->arena, arena_span(session->arena, db_span(rows, 0, 0)), out, error);
}

static struct span settings_text(struct arena *arena, const struct endpoint *endpoint)
{
    struct buf buf;
    buf_init(&buf, 0);
    endpoint_settings_print(&buf, endpoint);
    struct span text = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

/* Where the caller's document has the url, whatever they call it. */
static enum status check_url(struct session *session, const struct endpoint_document *document, struct error *error)
{
    enum status status = guard_check_url(service_guard(session->service), document->endpoint.url, error);
    if (status == STATUS_INVALID_ENDPOINT)
        snprintf(error->pointer, sizeof(error->pointer), "%s", document->url_pointer);
    return status;
}

/* --- making --------------------------------------------------------------------------------------------------- */

static enum status send_endpoint(struct session *session, const struct shop *shop, const struct uuid *id,
                                 const struct endpoint_document *document, struct error *error)
{
    struct span sealed;
    enum status status = secret_seal(session, id, document->authorization, &sealed, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = db_args(session->arena, 5);
    arg_uuid(args, id);
    arg_int(args, DB_INT4, shop->id);
    arg_span(args, DB_JSON, settings_text(session->arena, &document->endpoint));
    arg_span(args, DB_BYTEA, sealed);
    arg_time(args, clock_now(session->clock));
    db_send(session->db, SQL_ENDPOINT_INSERT, args);
    db_send(session->db, SQL_ENDPOINT_START, owned_args_of_shop(session, shop, id));
    return STATUS_OK;
}

/* Everything that can be said against it without a lock. */
static enum status check_new(struct session *session, const struct shop *shop, struct span json,
                             struct endpoint_document *out, struct error *error)
{
    const struct definitions *definitions;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, true, &definitions, error);
    if (status == STATUS_OK)
        status = endpoint_parse(session->arena, definitions, json, out, error);
    if (status == STATUS_OK)
        status = secrets_check_key(session, error);
    return status == STATUS_OK ? check_url(session, out, error) : status;
}

enum status endpoint_create(struct session *session, const struct shop *shop, struct span json, struct uuid *id,
                            struct span *secret, struct error *error)
{
    struct endpoint_document document;
    enum status status = check_new(session, shop, json, &document, error);
    if (status != STATUS_OK)
        return status;
    random_uuid(id);
    status = owned_begin_new(session, shop, SQL_ENDPOINT_COUNT, ENDPOINTS_MAX, "webhook endpoints", error);
    if (status == STATUS_OK)
        status = send_endpoint(session, shop, id, &document, error);
    if (status == STATUS_OK) {
        struct span next = secret_next(session, SECRET_SIGNING, document.secret, secret);
        status = secret_send(session, &secrets, shop, id, SECRET_SIGNING, next, error);
    }
    return endpoint_end(session, status, error);
}

/* --- changing ------------------------------------------------------------------------------------------------- */

/* ${is_all}: nothing else is changed with it, so that it makes the version. */
static void send_switch(struct session *session, const struct uuid *id, enum endpoint_status status, bool is_all)
{
    struct db_args *args = db_args(session->arena, 4);
    arg_uuid(args, id);
    arg_int(args, DB_INT2, status);
    arg_time(args, clock_now(session->clock));
    arg_bool(args, is_all);
    db_send(session->db, SQL_ENDPOINT_SWITCH, args);
    if (status == ENDPOINT_ENABLED)
        db_send(session->db, SQL_ENDPOINT_FORGIVE, owned_args(session, id));
}

static enum status send_change(struct session *session, const struct endpoint *locked,
                               const struct endpoint_document *document, struct error *error)
{
    struct span sealed;
    enum status status = STATUS_OK;
    if (document->authorization.n)
        status = secrets_check_key(session, error);
    if (status == STATUS_OK)
        status = secret_seal(session, &locked->id, document->authorization, &sealed, error);
    if (status != STATUS_OK)
        return status;
    struct span settings = settings_text(session->arena, &document->endpoint);
    bool is_new = document->names_authorization || !span_equal(settings, settings_text(session->arena, locked));
    if (document->names_status && document->endpoint.status != locked->status)
        send_switch(session, &locked->id, document->endpoint.status, !is_new);
    if (!is_new)
        return STATUS_OK; /* a patch that changes nothing makes no version */
    struct db_args *args = db_args(session->arena, 4);
    arg_uuid(args, &locked->id);
    arg_span(args, DB_JSON, settings);
    arg_bool(args, document->names_authorization);
    arg_span(args, DB_BYTEA, sealed);
    db_send(session->db, SQL_ENDPOINT_UPDATE, args);
    return STATUS_OK;
}

/* A host is resolved before anything is locked: then its endpoint is read once more. */
static enum status check_patch(struct session *session, const struct shop *shop, const struct definitions *definitions,
                               const struct uuid *id, struct span patch, int64_t if_match, struct error *error)
{
    struct endpoint present;
    struct endpoint_document document;
    enum status status = endpoint_begin(session, shop, id, &present, error);
    if (status == STATUS_OK)
        status = owned_check_match(present.version, if_match, true, error);
    if (status == STATUS_OK)
        status = endpoint_patch(session->arena, definitions, &present, patch, &document, error);
    struct error keep = *error;
    db_rollback(session->db);
    *error = keep;
    return status == STATUS_OK && document.names_url ? check_url(session, &document, error) : status;
}

enum status endpoint_change(struct session *session, const struct shop *shop, const struct uuid *id, struct span patch,
                            int64_t if_match, struct error *error)
{
    struct endpoint locked;
    struct endpoint_document document;
    const struct definitions *definitions;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, true, &definitions, error);
    if (status == STATUS_OK)
        status = check_patch(session, shop, definitions, id, patch, if_match, error);
    if (status != STATUS_OK)
        return status;
    status = endpoint_begin(session, shop, id, &locked, error);
    if (status == STATUS_OK)
        status = owned_check_match(locked.version, if_match, true, error);
    if (status == STATUS_OK)
        status = endpoint_patch(session->arena, definitions, &locked, patch, &document, error);
    if (status == STATUS_OK)
        status = send_change(session, &locked, &document, error);
    return endpoint_end(session, status, error);
}

enum status endpoint_switch(struct session *session, const struct shop *shop, const struct uuid *id, bool is_on,
                            struct error *error)
{
    struct endpoint locked;
    enum endpoint_status wanted = is_on ? ENDPOINT_ENABLED : ENDPOINT_PAUSED;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    status = endpoint_begin(session, shop, id, &locked, error);
    if (status == STATUS_OK && locked.status != wanted)
        send_switch(session, id, wanted, true);
    return endpoint_end(session, status, error);
}

enum status endpoint_rotate(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                            int64_t if_match, struct span *secret, struct error *error)
{
    struct endpoint locked;
    struct endpoint_rotation rotation;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = endpoint_rotation_parse(session->arena, json, &rotation, error);
    if (status == STATUS_OK)
        status = secrets_check_key(session, error);
    if (status != STATUS_OK)
        return status;
    status = endpoint_begin(session, shop, id, &locked, error);
    if (status == STATUS_OK)
        status = owned_check_match(locked.version, if_match, false, error);
    if (status == STATUS_OK) {
        struct span next = secret_next(session, SECRET_SIGNING, rotation.secret, secret);
        db_send(session->db, SQL_ENDPOINT_TOUCH, owned_args(session, id));
        status = secret_send_next(session, &secrets, shop, id, SECRET_SIGNING, next, rotation.hours, error);
    }
    return endpoint_end(session, status, error);
}

enum status endpoint_delete(struct session *session, const struct shop *shop, const struct uuid *id, int64_t if_match,
                            struct error *error)
{
    struct endpoint locked;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    status = endpoint_begin(session, shop, id, &locked, error);
    if (status == STATUS_NOT_FOUND) {
        db_rollback(session->db);
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = owned_check_match(locked.version, if_match, false, error);
    if (status == STATUS_OK) {
        struct db_args *args = db_args(session->arena, 2);
        arg_uuid(args, id);
        arg_time(args, clock_now(session->clock));
        db_send(session->db, SQL_ENDPOINT_DELETE, args);
        db_send(session->db, SQL_ENDPOINT_DELETE_SECRETS, owned_args(session, id));
        db_send(session->db, SQL_ENDPOINT_DELETE_PROGRESS, owned_args(session, id));
        db_send(session->db, SQL_ENDPOINT_DELETE_REPLAYS, owned_args_of_shop(session, shop, id));
        db_send(session->db, SQL_ENDPOINT_CANCEL, owned_args_of_shop(session, shop, id));
    }
    return endpoint_end(session, status, error);
}
