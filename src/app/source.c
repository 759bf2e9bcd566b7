#include "app/source.h"

#include "base/uuid.h"
#include "crypto/digest.h"
#include "owned.h"
#include "registry.h"
#include "secrets.h"
#include "view.h"
#include "wire/identity.h"

/* Each change is a transaction that raises the registry's revision, so that all services notice; it holds the row of
 * the source, or, when one is made, of the shop. */

static const struct secret_table secrets = {.insert = SQL_SOURCE_SECRET_INSERT,
                                            .expire = SQL_SOURCE_SECRET_EXPIRE,
                                            .trim = SQL_SOURCE_SECRET_TRIM,
                                            .has_keys = true};

static enum secret_form form_of(enum source_type type)
{
    if (source_has_key(type))
        return SECRET_KEY;
    return type == SOURCE_STANDARD_WEBHOOKS ? SECRET_SIGNING : SECRET_WORD;
}

/* --- transactions --------------------------------------------------------------------------------------------- */

/* Commit what was sent, unless ${status} says otherwise, and let this process know. */
static enum status end(struct session *session, enum status status, struct error *error)
{
    if (status == STATUS_OK)
        db_send(session->db, SQL_REGISTRY_RAISE, NULL);
    status = owned_end(session, status, error);
    return status == STATUS_OK ? registry_load(session->registry, session->db, false, error) : status;
}

/* Begin, and lock the source at the version that the caller has read. */
static enum status begin(struct session *session, const struct shop *shop, const struct uuid *id, int64_t if_match,
                         bool must_match, struct source_document *out, struct error *error)
{
    struct arena *arena = session->arena;
    db_send(session->db, SQL_BEGIN, NULL);
    size_t at = db_send(session->db, SQL_SOURCE_LOCK, owned_args_of_shop(session, shop, id));
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(session->db, at);
    if (db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "no source of this shop has this id");
    status = owned_check_match(db_int(rows, 0, 3), if_match, must_match, error);
    if (status != STATUS_OK)
        return status;
    out->type = (enum source_type)db_int(rows, 0, 0);
    out->name = arena_span(arena, db_span(rows, 0, 1));
    return source_settings_read(arena, out->type, arena_span(arena, db_span(rows, 0, 2)), &out->settings, error);
}

static struct span settings_text(struct arena *arena, const struct source_settings *settings)
{
    struct buf buf;
    buf_init(&buf, 0);
    source_settings_print(&buf, settings);
    struct span text = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

/* --- making --------------------------------------------------------------------------------------------------- */

static void send_source(struct session *session, const struct shop *shop, const struct uuid *id,
                        const struct source_document *document)
{
    struct db_args *args = db_args(session->arena, 6);
    arg_uuid(args, id);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, document->type);
    arg_span(args, DB_TEXT, document->name);
    arg_span(args, DB_JSON, settings_text(session->arena, &document->settings));
    arg_time(args, clock_now(session->clock));
    db_send(session->db, SQL_SOURCE_INSERT, args);
}

enum status source_create(struct session *session, const struct shop *shop, struct span json, struct uuid *id,
                          struct span *secret, struct error *error)
{
    struct source_document document;
    enum status status = source_parse(session->arena, json, &document, error);
    if (status == STATUS_OK)
        status = secrets_check_key(session, error);
    if (status == STATUS_OK)
        status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    random_uuid(id);
    status = owned_begin_new(session, shop, SQL_SOURCE_COUNT, SOURCES_MAX, "sources", error);
    if (status == STATUS_OK) {
        send_source(session, shop, id, &document);
        enum secret_form form = form_of(document.type);
        struct span next = secret_next(session, form, document.settings.secret, secret);
        status = secret_send(session, &secrets, shop, id, form, next, error);
    }
    return end(session, status, error);
}

/* --- changing ------------------------------------------------------------------------------------------------- */

static void send_update(struct session *session, const struct uuid *id, const struct source_document *document)
{
    struct db_args *args = db_args(session->arena, 3);
    arg_uuid(args, id);
    arg_span(args, DB_TEXT, document->name);
    arg_span(args, DB_JSON, settings_text(session->arena, &document->settings));
    db_send(session->db, SQL_SOURCE_UPDATE, args);
}

/* The present secret goes on for a while, the one before it ends. */
static enum status send_rotation(struct session *session, const struct shop *shop, const struct uuid *id,
                                 const struct source_document *document, struct span next, struct error *error)
{
    enum status status = secrets_check_key(session, error);
    if (status != STATUS_OK)
        return status;
    return secret_send_next(session, &secrets, shop, id, form_of(document->type), next,
                            document->settings.rotation_hours, error);
}

enum status source_change(struct session *session, const struct shop *shop, const struct uuid *id, struct span patch,
                          int64_t if_match, struct error *error)
{
    struct source_document locked;
    struct source_document document;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    status = begin(session, shop, id, if_match, true, &locked, error);
    if (status == STATUS_OK)
        status = source_patch(session->arena, &locked, patch, &document, error);
    if (status == STATUS_OK && document.settings.secret.n)
        status = send_rotation(session, shop, id, &document, document.settings.secret, error);
    if (status == STATUS_OK)
        send_update(session, id, &document);
    return end(session, status, error);
}

enum status source_rotate(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                          int64_t if_match, struct span *secret, struct error *error)
{
    struct source_document locked;
    struct span dictated;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    status = begin(session, shop, id, if_match, false, &locked, error);
    if (status == STATUS_OK)
        status = source_rotation_parse(session->arena, locked.type, json, &dictated, error);
    if (status == STATUS_OK) {
        struct span next = secret_next(session, form_of(locked.type), dictated, secret);
        status = send_rotation(session, shop, id, &locked, next, error);
    }
    if (status == STATUS_OK)
        send_update(session, id, &locked);
    return end(session, status, error);
}

enum status source_delete(struct session *session, const struct shop *shop, const struct uuid *id, int64_t if_match,
                          struct error *error)
{
    struct source_document locked;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    status = begin(session, shop, id, if_match, true, &locked, error);
    if (status == STATUS_OK) {
        struct db_args *args = db_args(session->arena, 2);
        arg_uuid(args, id);
        arg_time(args, clock_now(session->clock));
        db_send(session->db, SQL_SOURCE_DELETE, args);
        db_send(session->db, SQL_SOURCE_SECRET_DELETE, owned_args(session, id));
        db_send(session->db, SQL_SOURCE_LOG_DELETE, owned_args_of_shop(session, shop, id));
    }
    return end(session, status, error);
}

/* --- what shop systems ask for ---------------------------------------------------------------------------------- */

enum status privacy_request_keep(struct session *session, const struct source *source,
                                 const struct translation *translation, usec_t now, struct error *error)
{
    static const int kinds[] = {
        [TRANSLATION_ERASE] = 1, [TRANSLATION_DISCLOSE] = 2, [TRANSLATION_ERASE_SHOP] = 3};
    struct uuid id;
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    random_uuid(&id);
    struct db_args *args = db_args(session->arena, 6);
    arg_uuid(args, &id);
    arg_int(args, DB_INT4, source->shop->id);
    arg_uuid(args, &source->id);
    arg_int(args, DB_INT2, kinds[translation->kind]);
    arg_array(args, DB_UUID, translation->n_people);
    for (size_t i = 0; i < translation->n_people; i++) {
        struct uuid key;
        identity_key(source->shop, translation->people[i].kind, translation->people[i].value, &key);
        push_uuid(args, &key);
    }
    arg_time(args, now);
    return db_run(session->db, SQL_PRIVACY_REQUEST_INSERT, args, NULL, error);
}
