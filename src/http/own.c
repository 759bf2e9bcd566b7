#include "own.h"

#include "gen/assets.h"
#include "header.h"
#include "loop.h"

enum status get_healthz(const struct request *request, struct reply *reply, struct error *error)
{
    (void)request;
    (void)error;
    reply->cache_control = "no-store";
    buf_text(&reply->body, "{\"status\":\"ok\"}");
    return STATUS_OK;
}

static void print_check(struct buf *out, const char *name, bool is_ok)
{
    buf_printf(out, "%s\"%s\":\"%s\"", out->p[out->n - 1] == '{' ? "" : ",", name, is_ok ? "ok" : "failing");
}

enum status get_readyz(const struct request *request, struct reply *reply, struct error *error)
{
    (void)error;
    struct health health = {0};
    service_health(request->service, &health);
    bool is_draining = health.is_draining || exchange_of(request)->server->is_draining;
    bool is_ready = health.is_ready && !is_draining;
    reply->status = is_ready ? 200 : 503;
    reply->retry_after = is_ready ? 0 : 5;
    reply->cache_control = "no-store";
    buf_printf(&reply->body, "{\"status\":\"%s\",\"checks\":{",
               is_ready      ? "ready"
               : is_draining ? "draining"
                             : "not ready");
    print_check(&reply->body, "database", health.database);
    print_check(&reply->body, "schema", health.schema);
    print_check(&reply->body, "clock", health.clock);
    buf_text(&reply->body, "}}");
    return STATUS_OK;
}

enum status get_metrics(const struct request *request, struct reply *reply, struct error *error)
{
    (void)error;
    const struct server *server = exchange_of(request)->server;
    struct span accept = request_header(request, "Accept");
    int open_metrics = accept.n ? accept_quality(accept, "application/openmetrics-text") : 0;
    bool is_open_metrics = open_metrics > accept_quality(accept, "text/plain");
    reply->cache_control = "no-store";
    reply->content_type = is_open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                          : "text/plain; version=0.0.4; charset=utf-8";
    metrics_print(server->metrics, request->service, server->n_connections, is_open_metrics, &reply->body);
    return STATUS_OK;
}

enum status get_openapi(const struct request *request, struct reply *reply, struct error *error)
{
    (void)request;
    if (asset_openapi.name == NULL) {
        return error_set(error, STATUS_NOT_FOUND, "", "this build holds no description of the API");
    }
    reply->content_type = "application/yaml";
    reply->constant = (struct span){asset_openapi.data, asset_openapi.size};
    reply_etag_of(reply, reply->constant);
    return STATUS_OK;
}

/** The page that `type` of a problem points to. */
enum status get_problem(const struct request *request, struct reply *reply, struct error *error)
{
    struct span code = request_param(request, "code");
    for (int s = STATUS_OK + 1; s < STATUS_COUNT; s++) {
        enum status status = (enum status)s;
        if (!span_is(code, status_code(status))) {
            continue;
        }
        buf_text(&reply->body, "{\"type\":\"/problems/");
        buf_text(&reply->body, status_code(status));
        buf_text(&reply->body, "\",\"title\":");
        buf_json_string(&reply->body, span_of(status_title(status)));
        buf_printf(&reply->body, ",\"status\":%d}", status_http(status));
        reply_etag_of(reply, (struct span){reply->body.p, reply->body.n});
        return STATUS_OK;
    }
    return error_set(error, STATUS_NOT_FOUND, "", "there is no problem with this code");
}
