#include "base/clock.h"
#include "door.h"
#include "header.h"
#include "loop.h"
#include "uri.h"

/** Unknown keys that may be asked of the database in a second, so that guessing keys costs it nothing. */
#define LOOKUPS_PER_SEC 20.0

/** The key of Basic, else of X-Write-Key; n = 0: neither is there. */
static struct span key_of_headers(struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    struct span key;
    if (key_of_basic(request->arena, request_header(request, "Authorization"), &key)) {
        return key;
    }
    return key_of_write_key(request_header(request, "X-Write-Key"));
}

static bool may_call(enum caller caller, enum scope scope)
{
    switch (caller) {
    case CALLER_ANYBODY: return true;
    case CALLER_NAMED:
    case CALLER_WRITE: return scope == SCOPE_WRITE || scope == SCOPE_ADMIN;
    case CALLER_TICKET:
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

/** The caller is not let in: ${status} says why, as it is told to those who sent a key. */
static void refuse_key(struct exchange *exchange, enum status status)
{
    enum caller caller = exchange->call.request.route->caller;
    struct error *error = &exchange->error;
    if (status == STATUS_DATABASE_AWAY) {
        (void)error_set(error, status, "", "the keys could not be loaded yet");
    } else if (caller == CALLER_NAMED) {
        (void)error_set(error, STATUS_NOT_FOUND, "", "no key that may send is this one");
    } else if (status == STATUS_FORBIDDEN) {
        (void)error_set(error, status, "", "this needs a key of scope %s", caller_name(caller));
    } else {
        (void)error_set(error, STATUS_UNAUTHORIZED, "",
                        exchange->key.n ? "the key is not known" : "a key is needed");
    }
}

/** Settle whose the exchange's key is from memory. False: the database must be asked. */
static bool check_key(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct span key = exchange->key;
    struct access access = {0};
    enum status status = key.n ? access_check(request->service, key, &access) : STATUS_UNAUTHORIZED;
    if (status == STATUS_RETRY) {
        return false;
    }
    exchange->key_state = KEY_SETTLED;
    if (status == STATUS_OK && !may_call(request->route->caller, access.scope)) {
        status = STATUS_FORBIDDEN;
    }
    if (status != STATUS_OK) {
        refuse_key(exchange, status);
    }
    request->access = access;
    if (status == STATUS_OK) {
        limit_take(exchange);
    }
    return true;
}

/**
 * On a door a bearer's token may be another service's (Segment's OAuth), with the key in the body: one that
 * is not known here is kept until the body is there.
 */
static bool is_key_of_body(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct access access;
    return exchange->key.n == 0 || access_check(request->service, exchange->key, &access) != STATUS_OK;
}

void auth_head(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    const struct route *route = request->route;
    bool is_door = route->kind == ROUTE_INGEST;
    if (is_door && route->handler.door->settle != NULL) {
        exchange->key_state = KEY_IN_BODY;
        return;
    }
    if (route->caller == CALLER_ANYBODY) {
        return;
    }
    bool is_bearer = false;
    if (route->caller == CALLER_NAMED) {
        exchange->key = request_param(request, "key");
    } else {
        exchange->key = key_of_headers(exchange);
    }
    if (exchange->key.n == 0) {
        is_bearer = key_of_bearer(request_header(request, "Authorization"), &exchange->key);
    }
    struct span ticket;
    if (route->caller == CALLER_TICKET && exchange->key.n == 0 &&
        query_find(request->arena, exchange->raw_query, "ticket", &ticket)) {
        return;
    }
    if (is_door && (is_bearer || exchange->key.n == 0) && is_key_of_body(exchange)) {
        exchange->key_state = KEY_IN_BODY;
    } else if (!check_key(exchange)) {
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

bool auth_ask(struct exchange *exchange, void (*resume)(struct exchange *exchange))
{
    struct server *server = exchange->server;
    if (!may_look_up(server)) {
        return false;
    }
    exchange->task = (struct task){
        .run = refresh_one,
        .run_many = refresh,
        .done = refresh_done,
        .context = exchange,
    };
    exchange_wait(exchange, resume);
    struct error error = {0};
    if (service_read(server->service, &exchange->task, &error) != STATUS_OK) {
        exchange->error = error;
        exchange_wake(exchange);
    }
    return true;
}

static void refreshed(struct exchange *exchange)
{
    if (exchange->error.status == STATUS_OK && !check_key(exchange)) {
        refuse_key(exchange, STATUS_UNAUTHORIZED);
    }
    exchange->key_state = KEY_SETTLED;
    exchange->settled(exchange);
}

bool auth_key(struct exchange *exchange, struct span key, void (*resume)(struct exchange *exchange))
{
    exchange->key = key;
    if (check_key(exchange)) {
        return true;
    }
    exchange->settled = resume;
    if (!auth_ask(exchange, refreshed)) {
        exchange->key_state = KEY_SETTLED;
        refuse_key(exchange, STATUS_UNAUTHORIZED);
        return true;
    }
    return false;
}

bool auth_token(struct exchange *exchange, void (*resume)(struct exchange *exchange))
{
    const struct request *request = &exchange->call.request;
    struct span key = key_of_headers(exchange);
    if (key.n == 0 && !key_of_bearer(request_header(request, "Authorization"), &key) &&
        !query_find(request->arena, exchange->raw_query, "access_token", &key)) {
        key = (struct span){"", 0};
    }
    return auth_key(exchange, key, resume);
}

bool auth_body(struct exchange *exchange, struct span key, void (*resume)(struct exchange *exchange))
{
    if (key.n == 0) {
        key = exchange->key;
    }
    if (key.n == 0 && !query_find(exchange->call.request.arena, exchange->raw_query, "writeKey", &key)) {
        key = (struct span){"", 0};
    }
    return auth_key(exchange, key, resume);
}
