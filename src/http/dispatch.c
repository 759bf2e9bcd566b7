#include "base/log.h"
#include "base/trace.h"
#include "door.h"
#include "header.h"
#include "loop.h"
#include "poll.h"
#include "uri.h"

#include <assert.h>

/* --- the headers ---------------------------------------------------------------------------------------- */

/** Sixteen bytes that no other request has. */
static struct uuid next_id(struct server *server)
{
    struct uuid id;
    uint64_t parts[2] = {server->id_prefix, ++server->id_count};
    for (size_t i = 0; i < sizeof(id.b); i++) {
        id.b[i] = (unsigned char)(parts[i / 8] >> (56 - 8 * (i % 8)));
    }
    return id;
}

/** The caller's X-Request-Id and trace, or ones of our own. */
static void choose_ids(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct uuid own = next_id(exchange->server);
    struct span sent = request_header(request, "X-Request-Id");
    if (request_id_is_valid(sent)) {
        memcpy(request->id, sent.p, sent.n);
        request->id[sent.n] = '\0';
    } else {
        trace_print(&own, request->id);
    }
    request->trace_id = own;
    request->is_traced = traceparent_parse(trim(request_header(request, "traceparent")), &request->trace_id);
}

static enum status find_route(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct target target = target_split(request->path);
    request->path = target.path;
    exchange->raw_query = target.query;
    struct route_match match = {0};
    enum status status =
        router_match(exchange->server->router, request->arena, request->method, target.path, &match);
    exchange->allowed = match.methods;
    request->route = match.route;
    memcpy(request->params, match.params, sizeof(request->params));
    if (request->method == METHOD_HEAD && status == STATUS_OK) {
        request->method = METHOD_GET;
        request->is_head = true;
    }
    switch (status_http(status)) {
    case 404: return error_set(&exchange->error, status, "", "there is nothing at this path");
    case 405: return error_set(&exchange->error, status, "", "the path does not take this method");
    case 400: return error_set(&exchange->error, status, "", "the path is not valid percent-encoded UTF-8");
    default: return status;
    }
}

static enum status check_query(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    request->language = language_choose(request_header(request, "Accept-Language"));
    if (request->route->query == NULL) {
        return STATUS_OK;
    }
    enum status status = query_parse(request->arena, exchange->raw_query, request->route->query,
                                     &request->query, &request->n_query, &exchange->error);
    struct span language;
    if (status != STATUS_OK || !request_query(request, "lang", &language)) {
        return status;
    }
    if (!span_is(language, "zh") && !span_is(language, "en")) {
        return error_set(&exchange->error, STATUS_INVALID_PARAMETER, "", "lang is zh or en");
    }
    request->language = span_is(language, "zh") ? LANGUAGE_ZH : LANGUAGE_EN;
    return STATUS_OK;
}

void exchange_head(struct exchange *exchange)
{
    exchange->phase = PHASE_BODY;
    choose_ids(exchange);
    if (!request_has_one_length(&exchange->call.request)) {
        (void)error_set(&exchange->error, STATUS_BAD_REQUEST, "", "the length of the body is told twice");
        exchange->must_close = true;
        return;
    }
    exchange->body_expected = exchange_length(&exchange->call.request);
    if (find_route(exchange) != STATUS_OK) {
        return;
    }
    auth_head(exchange);
    if (exchange->error.status != STATUS_OK || check_query(exchange) != STATUS_OK) {
        return;
    }
    if (exchange_check_body(exchange) == STATUS_OK) {
        (void)once_head(exchange);
    }
}

bool exchange_is_hopeless(const struct exchange *exchange)
{
    if (exchange->error.status == STATUS_OK) {
        return false;
    }
    if (exchange->must_close) {
        return true;
    }
    if (exchange->body_expected == 0) {
        return false;
    }
    struct span expect = request_header(&exchange->call.request, "Expect");
    return same_word(expect, "100-continue") ||
           (exchange->body_expected != SIZE_MAX && exchange->body_expected > DROP_MAX);
}

/* --- the work ------------------------------------------------------------------------------------------- */

void exchange_answer(struct exchange *exchange)
{
    exchange->phase = PHASE_ANSWERED;
}

void exchange_refuse(struct exchange *exchange, const struct error *error)
{
    struct reply *reply = &exchange->call.reply;
    struct request *request = &exchange->call.request;
    reply_problem(reply, error);
    if (error->status == STATUS_METHOD_NOT_ALLOWED) {
        char *allow = arena_alloc(request->arena, 64);
        methods_print(exchange->allowed, allow, 64);
        reply_header(reply, "Allow", allow);
    } else if (error->status == STATUS_UNAUTHORIZED) {
        bool is_ingest = request->route != NULL && request->route->kind == ROUTE_INGEST;
        reply_header(reply, "WWW-Authenticate",
                     is_ingest ? "Basic realm=\"lifecycled\"" : "Bearer realm=\"lifecycled\"");
    }
    if (error->status == STATUS_UNSUPPORTED_MEDIA_TYPE && request->method == METHOD_PATCH) {
        reply_header(reply, "Accept-Patch", "application/merge-patch+json");
    }
    if (reply->status >= 500) {
        LOG(LOG_WARN, "request failed", LOG_TEXT("code", status_code(error->status)),
            LOG_TEXT("sqlstate", error->sqlstate), LOG_TEXT("request_id", request->id));
    }
    exchange_answer(exchange);
}

/** On a reader thread: the handler has ended with ${status}. */
static void seal(struct exchange *exchange, enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        assert(error->status == status);
        exchange->error = *error;
        return;
    }
    if (exchange->call.reply.wait_until != 0) {
        return;
    }
    if (exchange->call.reply.body.overflow) {
        (void)error_set(&exchange->error, STATUS_INTERNAL, "", "the reply grew larger than its limit");
        return;
    }
    reply_seal(&exchange->call.reply);
}

static void read_one(struct task *task, struct session *session)
{
    struct exchange *exchange = task->context;
    struct call *call = &exchange->call;
    if (call->request.route->kind == ROUTE_GROUP) {
        call->request.route->handler.together(session, &call, 1);
        seal(exchange, STATUS_OK, NULL);
        return;
    }
    struct error error = {0};
    enum status status = exchange->once_key.n != 0
                             ? once_run(exchange, session, &error)
                             : call->request.route->handler.on_reader.run(session, &call->request, &call->reply, &error);
    seal(exchange, status, &error);
}

#define TOGETHER_MAX 256

static struct call *call_of(const struct task *task)
{
    struct exchange *exchange = task->context;
    return &exchange->call;
}

/**
 * Calls of several routes may wait together: each route's are brought to the front and handed over at once.
 */
static void read_together(struct task **tasks, size_t n, struct session *session)
{
    struct call *calls[TOGETHER_MAX];
    size_t n_answered = 0;
    while (n_answered < n) {
        const struct route *route = call_of(tasks[n_answered])->request.route;
        size_t n_calls = 0;
        for (size_t i = n_answered; i < n && n_calls < TOGETHER_MAX; i++) {
            struct task *task = tasks[i];
            if (call_of(task)->request.route == route) {
                tasks[i] = tasks[n_answered + n_calls];
                tasks[n_answered + n_calls] = task;
                calls[n_calls++] = call_of(task);
            }
        }
        route->handler.together(session, calls, n_calls);
        for (size_t i = 0; i < n_calls; i++) {
            seal(exchange_of(&calls[i]->request), STATUS_OK, NULL);
        }
        n_answered += n_calls;
    }
}

static void read_done(struct task *task)
{
    exchange_wake(task->context);
}

static void run_again(struct exchange *exchange);

static void read_answered(struct exchange *exchange)
{
    if (exchange->error.status == STATUS_OK && exchange->call.reply.wait_until != 0) {
        poll_begin(exchange, run_again);
    } else if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
    } else {
        exchange_answer(exchange);
    }
}

/** Let a reader call the handler, the first time or after it has waited. */
static void run_again(struct exchange *exchange)
{
    struct error error = {0};
    bool is_group = exchange->call.request.route->kind == ROUTE_GROUP;
    exchange->task = (struct task){
        .run = read_one,
        .run_many = is_group ? read_together : NULL,
        .done = read_done,
        .context = exchange,
    };
    exchange_wait(exchange, read_answered);
    bool is_long = exchange->call.request.route->kind == ROUTE_LONG;
    if ((is_long ? service_export : service_read)(exchange->server->service, &exchange->task, &error) != STATUS_OK) {
        exchange->error = error;
        exchange_wake(exchange);
    }
}

static void run_read(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct error error = {0};
    if (exchange_body(exchange, request->route->body_limit, &request->body, &error) != STATUS_OK) {
        if (error.status == STATUS_TOO_LARGE) {
            error.status = STATUS_BODY_TOO_LARGE;
        }
        exchange_refuse(exchange, &error);
        return;
    }
    run_again(exchange);
}

static void run_inline(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    struct error error = {0};
    if (call->request.route->handler.on_loop(&call->request, &call->reply, &error) != STATUS_OK) {
        exchange_refuse(exchange, &error);
        return;
    }
    reply_seal(&call->reply);
    exchange_answer(exchange);
}

/** Does the loop know the answer already? */
static bool is_kept(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    kept_handler *kept = call->request.route->handler.on_reader.kept;
    if (kept == NULL || !kept(&call->request, &call->reply)) {
        return false;
    }
    reply_seal(&call->reply);
    exchange_answer(exchange);
    return true;
}

/** The caller is known, or was asked of the database. */
static void run_route(struct exchange *exchange)
{
    if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
        return;
    }
    switch (exchange->call.request.route->kind) {
    case ROUTE_INLINE: run_inline(exchange); return;
    case ROUTE_INGEST: ingest_run(exchange); return;
    case ROUTE_READ:
        if (is_kept(exchange)) {
            return;
        }
        run_read(exchange);
        return;
    case ROUTE_LONG:
    case ROUTE_GROUP: run_read(exchange); return;
    }
}

void exchange_run(struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    exchange->phase = PHASE_WORK;
    connection_deadline(exchange->connection, NONE);
    if (request->method == METHOD_OPTIONS && exchange->allowed != 0) {
        cors_preflight(exchange);
        return;
    }
    bool is_work = request->route != NULL && request->route->kind != ROUTE_INLINE;
    if (exchange->error.status == STATUS_OK && is_work && exchange->server->is_draining) {
        (void)error_set(&exchange->error, STATUS_DRAINING, "", "the service is shutting down");
    }
    if (exchange->error.status == STATUS_OK && exchange->key_state == KEY_UNKNOWN &&
        !auth_key(exchange, exchange->key, run_route)) {
        return;
    }
    run_route(exchange);
}
