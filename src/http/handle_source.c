#include "app/source.h"
#include "handle.h"

#define WHAT "source"

/** One source; ${secret} is shown here or never (n = 0: none). */
static enum status tell(struct session *session, const struct request *request, const struct uuid *id,
                        struct span secret, struct reply *reply, struct error *error)
{
    struct source_line *line;
    size_t n;
    enum status status = sources_read(session, request->access.shop, id, &line, &n, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_etag_version(reply, line->version);
    reply_header(reply, "Accept-Patch", "application/merge-patch+json");
    if (secret.n != 0) {
        reply->cache_control = "no-store";
    }
    source_created_print(&reply->body, session->arena, line, secret);
    return STATUS_OK;
}

enum status list_sources(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error)
{
    struct source_line *lines;
    size_t n;
    enum status status = sources_read(session, request->access.shop, NULL, &lines, &n, error);
    if (status == STATUS_OK) {
        source_list_print(&reply->body, session->arena, lines, n);
    }
    return status;
}

enum status create_source(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct uuid id;
    struct span secret;
    enum status status = source_create(session, request->access.shop, request->body, &id, &secret, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_created(reply, "/v1/sources", &id);
    return tell(session, request, &id, secret, reply, error);
}

enum status get_source(struct session *session, const struct request *request, struct reply *reply,
                       struct error *error)
{
    struct uuid id;
    enum status status = request_id(request, WHAT, &id, error);
    return status == STATUS_OK ? tell(session, request, &id, (struct span){"", 0}, reply, error) : status;
}

enum status patch_source(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error)
{
    struct uuid id;
    enum status status = request_id(request, WHAT, &id, error);
    if (status == STATUS_OK) {
        status = source_change(session, request->access.shop, &id, request->body, request_version(request), error);
    }
    return status == STATUS_OK ? tell(session, request, &id, (struct span){"", 0}, reply, error) : status;
}

enum status delete_source(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct uuid id;
    enum status status = request_id(request, WHAT, &id, error);
    reply->status = 204;
    reply->content_type = NULL;
    return status == STATUS_OK ? source_delete(session, request->access.shop, &id, request_version(request), error)
                               : status;
}

enum status rotate_source(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct uuid id;
    struct span secret;
    enum status status = request_id(request, WHAT, &id, error);
    if (status == STATUS_OK) {
        status = source_rotate(session, request->access.shop, &id, request->body, request_version(request), &secret,
                               error);
    }
    return status == STATUS_OK ? tell(session, request, &id, secret, reply, error) : status;
}

static enum status query_result(const struct request *request, enum source_result *out, struct error *error)
{
    struct span word = query_text(request, "result");
    *out = source_result_of(word);
    if (word.n != 0 && *out == RESULT_ANY) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "result is accepted, duplicate, ignored or refused");
    }
    return STATUS_OK;
}

enum status list_source_messages(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    struct uuid id;
    struct source_page page;
    enum source_result result;
    size_t limit;
    enum status status = request_id(request, WHAT, &id, error);
    if (status == STATUS_OK) {
        status = query_result(request, &result, error);
    }
    if (status == STATUS_OK) {
        status = query_limit(request, PAGE_DEFAULT, SOURCE_LOG_KEPT, &limit, error);
    }
    if (status == STATUS_OK) {
        status = source_recent(session, request->access.shop, &id, result, query_text(request, "cursor"), limit,
                               &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_text(&reply->body, "{\"data\":[");
    for (size_t i = 0; i < page.n; i++) {
        reply_separate(reply);
        source_entry_print(&reply->body, &page.entries[i]);
    }
    reply_page_end(reply, page.next, clock_now(session->clock));
    return STATUS_OK;
}
