#include "base/log.h"
#include "base/uuid.h"
#include "crypto/signature.h"
#include "db/each.h"
#include "db/store.h"
#include "dispatcher.h"
#include "wire/endpoint.h"

#include <stdlib.h>

/* --- an outlet from its rows ---------------------------------------------------------------------------- */

/* n = 0: it is closed to us. */
static struct span opened(struct outlet *outlet, struct span sealed)
{
    char name[UUID_TEXT];
    struct span secret;
    uuid_print(&outlet->id, name);
    const char *key = outlet->dispatcher->service->config->secret_key;
    if (seal_open(outlet->arena, span_of(key), span_of(name), sealed, &secret, NULL) == STATUS_OK)
        return secret;
    LOG(LOG_ERROR,
        "the secret of a webhook endpoint cannot be opened: LIFECYCLED_SECRET_KEY is not the one that sealed "
        "it",
        LOG_TEXT("endpoint", name));
    return (struct span){NULL, 0};
}

static void load_secrets(struct outlet *outlet, const struct db_result *rows)
{
    outlet->n_secrets = 0;
    for (int row = 0; row < db_rows(rows) && outlet->n_secrets < SECRETS_VALID; row++) {
        struct span secret = opened(outlet, db_span(rows, row, 0));
        if (secret.n == 0)
            continue;
        outlet->secrets[outlet->n_secrets].secret = secret;
        outlet->secrets[outlet->n_secrets++].expires_at = db_time(rows, row, 1);
    }
}

static enum status load_row(struct outlet *outlet, const struct db_result *rows, struct error *error)
{
    struct span settings = arena_span(outlet->arena, db_span(rows, 0, 0));
    outlet->endpoint = (struct endpoint){.id = outlet->id,
                                         .shop_id = outlet->shop->id,
                                         .status_at = db_time(rows, 0, 2),
                                         .version = db_int(rows, 0, 3),
                                         .asked = db_int8(rows, 0, 4)};
    enum status status = endpoint_settings_read(outlet->arena, settings, &outlet->endpoint, error);
    if (status != STATUS_OK)
        return status;
    outlet->filter_of = NULL;
    outlet->authorization =
        db_is_null(rows, 0, 1) ? (struct span){NULL, 0} : opened(outlet, db_span(rows, 0, 1));
    outlet->position = outlet->read_after = db_int8(rows, 0, 5);
    outlet->failing_since = db_time(rows, 0, 6);
    outlet->last_success_at = db_time(rows, 0, 7);
    outlet->rows_until = db_is_null(rows, 0, 8) ? 0 : db_int8(rows, 0, 8);
    if (outlet->last && outlet->last->seq > outlet->rows_until)
        outlet->rows_until = outlet->last->seq;
    return STATUS_OK;
}

enum status outlet_load(struct outlet *outlet, struct error *error)
{
    struct db *db = outlet->dispatcher->session.db;
    struct db_args *args = db_args(outlet->dispatcher->session.arena, 3);
    arg_int(args, DB_INT4, outlet->shop->id);
    arg_uuid(args, &outlet->id);
    size_t secrets = db_send(db, SQL_OUTLET_SECRETS, args);
    arg_uuid(args, &outlet->dispatcher->owner);
    size_t row = db_send(db, SQL_OUTLET_OPEN, args);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(db_result(db, row)) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "the endpoint is not ours to deliver to");
    arena_reset(outlet->arena);
    outlet_unread(outlet);
    status = load_row(outlet, db_result(db, row), error);
    if (status == STATUS_OK)
        load_secrets(outlet, db_result(db, secrets));
    outlet->is_behind = outlet->must_look = true;
    return status;
}

/* --- results -------------------------------------------------------------------------------------------- */

static struct db_args *result_args(struct dispatcher *dispatcher, struct delivery *const *d, size_t n)
{
    struct arena *arena = dispatcher->session.arena;
    struct db_args *args = db_args(arena, 17);
    struct span *logs = ARENA_ARRAY(arena, struct span, n);
    for (size_t i = 0; i < n; i++)
        logs[i] = span_of(arena_printf(arena, "[%.*s]", (int)d[i]->log.n, d[i]->log.n ? d[i]->log.p : ""));
    arg_uuid(args, &dispatcher->owner);
    EACH(args, DB_INT4, push_int, d[i]->outlet->shop->id);
    EACH(args, DB_UUID, push_uuid, &d[i]->outlet->id);
    EACH(args, DB_INT8, push_int, d[i]->seq);
    EACH(args, DB_INT2, push_int, d[i]->part);
    EACH(args, DB_INT2, push_int, d[i]->type);
    EACH(args, DB_UUID, push_uuid, &d[i]->customer);
    EACH(args, DB_INT2, push_int, d[i]->state);
    EACH(args, DB_INT4, push_int, d[i]->attempts);
    EACH(args, DB_TIME, push_time, d[i]->created_at);
    EACH(args, DB_TIME, push_time, d[i]->attempted_at);
    EACH(args, DB_TIME, push_time, d[i]->next_at);
    EACH(args, DB_INT2, push_int, d[i]->status ? d[i]->status : NONE);
    EACH(args, DB_INT4, push_int, d[i]->attempted_at == NONE ? NONE : d[i]->duration_ms);
    EACH(args, DB_INT2, push_int, d[i]->failure);
    EACH(args, DB_JSON, push_span, logs[i]);
    arg_int(args, DB_INT4, ATTEMPTS_LOGGED);
    return args;
}

static struct db_args *progress_args(struct dispatcher *dispatcher, struct outlet *const *outlets, size_t n)
{
    struct db_args *args = db_args(dispatcher->session.arena, 5);
    arg_uuid(args, &dispatcher->owner);
    EACH(args, DB_UUID, push_uuid, &outlets[i]->id);
    EACH(args, DB_INT8, push_int, outlet_position(outlets[i]));
    EACH(args, DB_TIME, push_time, outlets[i]->failing_since);
    EACH(args, DB_TIME, push_time, outlets[i]->last_success_at);
    return args;
}

static void note_lost(const struct db_result *kept, struct outlet **outlets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_kept = false;
        for (int row = 0; row < db_rows(kept) && !is_kept; row++) {
            struct uuid id = db_uuid(kept, row, 0);
            is_kept = uuid_compare(&id, &outlets[i]->id) == 0;
        }
        if (!is_kept)
            outlets[i]->is_closing = outlets[i]->is_lost = true;
    }
}

/* The results are written: settled ones leave the window. */
static void forget_results(struct dispatcher *dispatcher, struct delivery **results, size_t n)
{
    dispatcher->results = NULL;
    dispatcher->n_results = 0;
    for (size_t i = 0; i < n; i++) {
        struct delivery *d = results[i];
        struct outlet *outlet = d->outlet;
        bool was_pending = d->is_stored, is_pending = d->state == DELIVERY_PENDING;
        outlet->n_pending += is_pending - was_pending;
        d->is_result = false;
        d->is_stored = true;
        buf_done(&d->log);
        if (!is_pending)
            outlet_drop(outlet, d);
    }
}

static enum status write_all(struct dispatcher *dispatcher, struct delivery **results, size_t n_results,
                             struct outlet **outlets, size_t n_outlets, struct error *error)
{
    struct db *db = dispatcher->session.db;
    db_send(db, SQL_BEGIN, NULL);
    size_t kept = db_send(db, SQL_OUTLET_PROGRESS, progress_args(dispatcher, outlets, n_outlets));
    if (n_results)
        db_send(db, SQL_DELIVERY_WRITE, result_args(dispatcher, results, n_results));
    db_send(db, SQL_COMMIT, NULL);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK) {
        struct error keep = *error;
        db_rollback(db);
        *error = keep;
        return status;
    }
    for (size_t i = 0; i < n_outlets; i++) {
        outlets[i]->position = outlet_position(outlets[i]);
        outlets[i]->has_moved = false;
    }
    note_lost(db_result(db, kept), outlets, n_outlets);
    forget_results(dispatcher, results, n_results);
    return STATUS_OK;
}

/* --- an endpoint that is no more, or fails for days ----------------------------------------------------- */

static struct db_args *disabled_args(struct outlet *outlet, usec_t now)
{
    static const char *const reasons[] = {
        [ENDPOINT_AS_CHOSEN] = "", [ENDPOINT_GONE] = "gone", [ENDPOINT_FAILING] = "failing"};
    struct arena *arena = outlet->dispatcher->session.arena;
    struct change change = {.type = CHANGE_DISABLED,
                            .at = now,
                            .before_at = NONE,
                            .event_id = outlet->id,
                            .detail = span_of(arena_printf(arena, "{\"reason\":\"%s\"}",
                                                           reasons[outlet->disabled_for]))};
    return change_args(arena, outlet->shop->id, &change, 1, now);
}

static enum status disable(struct outlet *outlet, struct error *error)
{
    struct dispatcher *dispatcher = outlet->dispatcher;
    struct db *db = dispatcher->session.db;
    usec_t now = clock_now(dispatcher->service->clock);
    struct db_args *args = db_args(dispatcher->session.arena, 5);
    arg_uuid(args, &dispatcher->owner);
    arg_int(args, DB_INT4, outlet->shop->id);
    arg_uuid(args, &outlet->id);
    arg_int(args, DB_INT2, outlet->disabled_for);
    arg_time(args, now);
    db_send(db, SQL_BEGIN, NULL);
    size_t at = db_send(db, SQL_OUTLET_DISABLE, args);
    enum status status = db_sync(db, error);
    bool is_disabled = status == STATUS_OK && db_rows(db_result(db, at)) > 0;
    if (is_disabled) {
        db_send(db, SQL_CHANGE_APPEND, disabled_args(outlet, now));
        db_send(db, SQL_COMMIT, NULL);
        status = db_sync(db, error);
    }
    struct error keep = *error;
    db_rollback(db); /* after a COMMIT this does nothing */
    *error = keep;
    if (status != STATUS_OK)
        return status;
    outlet->disabled_for = ENDPOINT_AS_CHOSEN;
    if (is_disabled) {
        LOG(LOG_WARN, "a webhook endpoint was disabled", LOG_TEXT("shop", outlet->shop->key));
        follower_poke(dispatcher->service);
    }
    return STATUS_OK;
}

enum status outlets_write(struct dispatcher *dispatcher, struct error *error)
{
    struct arena *arena = dispatcher->session.arena;
    size_t n_results = 0, n_outlets = 0, most = 0;
    enum status status = STATUS_OK;
    for (const struct outlet *outlet = dispatcher->outlets; outlet; outlet = outlet->next)
        most++;
    struct delivery **results = ARENA_ARRAY(arena, struct delivery *, dispatcher->n_results);
    struct outlet **outlets = ARENA_ARRAY(arena, struct outlet *, most);
    for (struct delivery *d = dispatcher->results; d; d = d->next_result)
        results[n_results++] = d;
    for (struct outlet *outlet = dispatcher->outlets; outlet; outlet = outlet->next)
        if (!outlet->is_lost && (outlet->has_moved || outlet_position(outlet) != outlet->position))
            outlets[n_outlets++] = outlet;
    if (n_results || n_outlets)
        status = write_all(dispatcher, results, n_results, outlets, n_outlets, error);
    for (struct outlet *outlet = dispatcher->outlets; outlet && status == STATUS_OK; outlet = outlet->next)
        if (outlet->disabled_for != ENDPOINT_AS_CHOSEN && !outlet->is_lost)
            status = disable(outlet, error);
    return status;
}

/* --- counting, and what is no longer kept --------------------------------------------------------------- */

enum status outlets_count(struct dispatcher *dispatcher, struct error *error)
{
    const struct db_result *rows;
    size_t n = 0;
    for (struct outlet *outlet = dispatcher->outlets; outlet; outlet = outlet->next)
        n++;
    struct outlet **outlets = ARENA_ARRAY(dispatcher->session.arena, struct outlet *, n);
    n = 0;
    for (struct outlet *outlet = dispatcher->outlets; outlet; outlet = outlet->next)
        outlets[n++] = outlet;
    struct db_args *args = db_args(dispatcher->session.arena, 1);
    EACH(args, DB_UUID, push_uuid, &outlets[i]->id);
    enum status status = db_run(dispatcher->session.db, SQL_OUTLET_PENDING, args, &rows, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        outlets[i]->n_pending = 0;
        outlets[i]->oldest_at = NONE;
        for (int row = 0; row < db_rows(rows); row++) {
            struct uuid id = db_uuid(rows, row, 0);
            if (uuid_compare(&id, &outlets[i]->id) != 0)
                continue;
            outlets[i]->n_pending = db_int8(rows, row, 1);
            outlets[i]->oldest_at = db_time(rows, row, 2);
        }
    }
    return status;
}

enum status deliveries_trim(struct session *session, const struct shop *shop, int64_t oldest, usec_t before,
                            struct error *error)
{
    struct db_args *args = db_args(session->arena, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT8, oldest);
    arg_time(args, before);
    return db_run(session->db, SQL_DELIVERY_TRIM, args, NULL, error);
}
