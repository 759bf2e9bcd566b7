#include "base/clock.h"
#include "door.h"
#include "header.h"
#include "loop.h"

/** Unknown keys that may be asked of the database in a second, so that guessing keys costs it nothing. */
#define LOOKUPS_PER_SEC 20.0

static struct span key_of_headers(struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    struct span key = {"", 0};
    struct span authorization = request_header(request, "Authorization");
    if (authorization.n != 0 && key_of_authorization(request->arena, authorization, &key)) {
        return key;
    }
    return key_of_write_key(request_header(request, "X-Write-Key"));
}

static bool may_call(enum caller caller, enum scope scope)
{
    switch (caller) {
    case CALLER_ANYBODY: return true;
    case CALLER_WRITE: return scope == SCOPE_WRITE || scope == SCOPE_ADMIN;
    case CALLER_READ: return scope == SCOPE_READ || scope == SCOPE_ADMIN;
    case CALLER_ADMIN: return scope == SCOPE_ADMIN;
    }
    return false;
}

void auth_init(struct server *server)
{
    server->lookups = LOOKUPS_PER_SEC;
    server->lookups_at = clock_monotonic();
}

static bool may_look_up(struct server *server)
{
    usec_t now = clock_monotonic();
    server->lookups += (double)(now - server->lookups_at) / (double)USEC_PER_SEC * LOOKUPS_PER_SEC;
    server->lookups_at = now;
    if (server->lookups > LOOKUPS_PER_SEC) {
        server->lookups = LOOKUPS_PER_SEC;
    }
    if (server->lookups < 1) {
        return false;
    }
    server->lookups -= 1;
    return true;
}

/** Settle whose ${key} it is from memory. False: the database must be asked. */
static bool check_key(struct exchange *exchange, struct span key)
{
    struct request *request = &exchange->call.request;
    struct access access = {0};
    enum status status = key.n ? access_check(request->service, key, &access) : STATUS_UNAUTHORIZED;
    if (status == STATUS_RETRY) {
        return false;
    }
    exchange->key_state = KEY_SETTLED;
    if (status == STATUS_OK && !may_call(request->route->caller, access.scope)) {
        status = error_set(&exchange->error, STATUS_FORBIDDEN, "", "this needs a key of scope %s",
                           caller_name(request->route->caller));
    } else if (status == STATUS_DATABASE_AWAY) {
        (void)error_set(&exchange->error, status, "", "the keys could not be loaded yet");
    } else if (status != STATUS_OK) {
        (void)error_set(&exchange->error, STATUS_UNAUTHORIZED, "",
                        key.n ? "the key is not known" : "a key is needed");
    }
    request->access = access;
    return true;
}

void auth_head(struct exchange *exchange)
{
    const struct route *route = exchange->call.request.route;
    if (route->kind == ROUTE_INGEST && route->handler.door->settle != NULL) {
        exchange->key_state = KEY_IN_BODY;
        return;
    }
    if (route->caller == CALLER_ANYBODY) {
        return;
    }
    exchange->key = key_of_headers(exchange);
    if (exchange->key.n == 0 && route->kind == ROUTE_INGEST) {
        exchange->key_state = KEY_IN_BODY;
    } else if (!check_key(exchange, exchange->key)) {
        exchange->key_state = KEY_UNKNOWN;
    }
}

/* --- asking the database -------------------------------------------------------------------------------- */

static void refresh(struct task **tasks, size_t n, struct session *session)
{
    struct error error = {0};
    if (access_refresh(session, &error) == STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct exchange *exchange = tasks[i]->context;
        exchange->error = error;
    }
}

static void refresh_one(struct task *task, struct session *session)
{
    refresh(&task, 1, session);
}

static void refresh_done(struct task *task)
{
    exchange_wake(task->context);
}

static void refreshed(struct exchange *exchange)
{
    if (exchange->error.status == STATUS_OK && !check_key(exchange, exchange->key)) {
        (void)error_set(&exchange->error, STATUS_UNAUTHORIZED, "", "the key is not known");
    }
    exchange->key_state = KEY_SETTLED;
    exchange->settled(exchange);
}

bool auth_key(struct exchange *exchange, struct span key, void (*resume)(struct exchange *exchange))
{
    struct server *server = exchange->server;
    exchange->key = key;
    if (check_key(exchange, key)) {
        return true;
    }
    if (!may_look_up(server)) {
        exchange->key_state = KEY_SETTLED;
        (void)error_set(&exchange->error, STATUS_UNAUTHORIZED, "", "the key is not known");
        return true;
    }
    exchange->settled = resume;
    exchange->task = (struct task){
        .run = refresh_one,
        .run_many = refresh,
        .done = refresh_done,
        .context = exchange,
    };
    exchange_wait(exchange, refreshed);
    struct error error = {0};
    if (service_read(server->service, &exchange->task, &error) != STATUS_OK) {
        exchange->error = error;
        exchange_wake(exchange);
    }
    return false;
}
