#include "app/definition_view.h"
#include "handle.h"
#include "wire/cursor.h"
#include "wire/model.h"

enum status list_models(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error)
{
    struct model_line *lines;
    size_t n;
    enum status status = models_list(session, request->access.shop, &lines, &n, error);
    if (status != STATUS_OK) {
        return status;
    }
    model_list_print(&reply->body, lines, n, request->language);
    return STATUS_OK;
}

enum status list_model_presets(const struct request *request, struct reply *reply, struct error *error)
{
    (void)request;
    (void)error;
    buf_text(&reply->body, "{\"data\":");
    preset_list(&reply->body);
    buf_char(&reply->body, ',');
    page_print(&reply->body, (struct span){NULL, 0});
    buf_char(&reply->body, '}');
    reply_etag_of(reply, (struct span){reply->body.p, reply->body.n});
    return STATUS_OK;
}

static enum status tell(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error)
{
    struct model_reply model;
    enum status status = model_get(session, request->access.shop, request_param(request, "key"), &model, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_etag_version(reply, model.line.model->version);
    model_reply_print(&reply->body, &model.line, &model.progress, request->language);
    return STATUS_OK;
}

enum status get_model(struct session *session, const struct request *request, struct reply *reply, struct error *error)
{
    return tell(session, request, reply, error);
}

enum status put_model(struct session *session, const struct request *request, struct reply *reply, struct error *error)
{
    struct publication publication = {
        .kind = KIND_MODEL,
        .key = request_param(request, "key"),
        .if_match = request_version(request),
    };
    int version;
    bool is_created;
    enum status status = model_document(request->arena, request->body, &publication.document, error);
    if (status == STATUS_OK) {
        status = request_query_bool(request, "notify", false, &publication.notify, error);
    }
    if (status == STATUS_OK) {
        status = request_query_bool(request, "restate", false, &publication.restate, error);
    }
    if (status == STATUS_OK) {
        status = definition_put(session, request->access.shop, &publication, &version, &is_created, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    reply->status = is_created ? 201 : 200;
    return tell(session, request, reply, error);
}

enum status delete_model(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error)
{
    struct publication publication = {
        .kind = KIND_MODEL,
        .key = request_param(request, "key"),
        .if_match = request_version(request),
        .is_withdrawn = true,
    };
    int version;
    reply->status = 204;
    reply->content_type = NULL;
    return definition_publish(session, request->access.shop, &publication, &version, error);
}
