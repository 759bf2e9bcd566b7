#include "app/endpoint.h"
#include "base/uuid.h"
#include "handle.h"
#include "wire/webhook.h"

#define WHAT "webhook endpoint"

/** One endpoint; ${secret} is shown here or never (n = 0: none). */
static enum status tell(struct session *session, const struct request *request, const struct uuid *id,
                        struct span secret, struct reply *reply, struct error *error)
{
    struct endpoint_line *line;
    size_t n;
    enum status status = endpoints_read(session, request->access.shop, id, &line, &n, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_etag_version(reply, line->endpoint.version);
    reply_header(reply, "Accept-Patch", "application/merge-patch+json");
    if (secret.n != 0) {
        reply->cache_control = "no-store";
    }
    endpoint_print(&reply->body, line, secret);
    return STATUS_OK;
}

enum status list_webhook_endpoints(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error)
{
    struct endpoint_line *lines;
    size_t n;
    enum status status = endpoints_read(session, request->access.shop, NULL, &lines, &n, error);
    if (status == STATUS_OK) {
        endpoint_list_print(&reply->body, lines, n);
    }
    return status;
}

enum status create_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error)
{
    struct uuid id;
    struct span secret;
    enum status status = endpoint_create(session, request->access.shop, request->body, &id, &secret, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_created(reply, "/v1/webhook-endpoints", &id);
    return tell(session, request, &id, secret, reply, error);
}

enum status get_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    struct uuid id;
    enum status status = request_id(request, WHAT, &id, error);
    return status == STATUS_OK ? tell(session, request, &id, (struct span){"", 0}, reply, error) : status;
}

enum status patch_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error)
{
    struct uuid id;
    enum status status = request_id(request, WHAT, &id, error);
    if (status == STATUS_OK) {
        status =
            endpoint_change(session, request->access.shop, &id, request->body, request_version(request), error);
    }
    return status == STATUS_OK ? tell(session, request, &id, (struct span){"", 0}, reply, error) : status;
}

enum status delete_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error)
{
    struct uuid id;
    reply->status = 204;
    reply->content_type = NULL;
    if (!uuid_parse(request_param(request, "id"), &id)) {
        return STATUS_OK; /* what is not there is gone, whatever it is called */
    }
    return endpoint_delete(session, request->access.shop, &id, request_version(request), error);
}

enum status rotate_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error)
{
    struct uuid id;
    struct span secret;
    enum status status = request_id(request, WHAT, &id, error);
    if (status == STATUS_OK) {
        status = endpoint_rotate(session, request->access.shop, &id, request->body, request_version(request), &secret,
                                 error);
    }
    return status == STATUS_OK ? tell(session, request, &id, secret, reply, error) : status;
}

static enum status turn(struct session *session, const struct request *request, bool is_on, struct reply *reply,
                        struct error *error)
{
    struct uuid id;
    enum status status = request_id(request, WHAT, &id, error);
    if (status == STATUS_OK) {
        status = endpoint_switch(session, request->access.shop, &id, is_on, error);
    }
    return status == STATUS_OK ? tell(session, request, &id, (struct span){"", 0}, reply, error) : status;
}

enum status pause_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error)
{
    return turn(session, request, false, reply, error);
}

enum status resume_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error)
{
    return turn(session, request, true, reply, error);
}

enum status test_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                  struct error *error)
{
    struct webhook_id id = {.part = 0};
    char text[WEBHOOK_ID_TEXT];
    enum status status = request_id(request, WHAT, &id.endpoint_id, error);
    if (status == STATUS_OK) {
        status = endpoint_test(session, request->access.shop, &id.endpoint_id, request->body, &id.seq, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    webhook_id_print(&id, text);
    reply->status = 202;
    reply_header(reply, "Location", arena_printf(request->arena, "/v1/webhook-deliveries/%s", text));
    buf_printf(&reply->body, "{\"id\":\"%s\",\"state\":\"pending\"}", text);
    return STATUS_OK;
}

enum status recover_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                     struct error *error)
{
    struct uuid id;
    struct endpoint_replay replay;
    enum status status = request_id(request, WHAT, &id, error);
    if (status == STATUS_OK) {
        status = endpoint_recover(session, request->access.shop, &id, request->body, &replay, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    char text[UUID_TEXT];
    uuid_print(&replay.id, text);
    reply->status = 202;
    buf_printf(&reply->body, "{\"id\":\"%s\",\"since\":", text);
    buf_int(&reply->body, replay.since);
    buf_text(&reply->body, ",\"until\":");
    buf_int(&reply->body, replay.until);
    buf_printf(&reply->body, ",\"all\":%s,\"created_at\":", replay.is_all ? "true" : "false");
    buf_json_time(&reply->body, replay.created_at);
    buf_char(&reply->body, '}');
    return STATUS_OK;
}
