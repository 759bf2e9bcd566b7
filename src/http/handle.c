#include "handle.h"

#include "app/version.h"
#include "base/uuid.h"
#include "uri.h"
#include "wire/cursor.h"
#include "wire/people.h"

struct span query_text(const struct request *request, const char *name)
{
    struct span text;
    return request_query(request, name, &text) ? text : (struct span){"", 0};
}

enum status query_limit(const struct request *request, int64_t fallback, int64_t most, size_t *out,
                        struct error *error)
{
    int64_t limit;
    enum status status = request_query_int(request, "limit", 1, most, fallback, &limit, error);
    if (status == STATUS_OK) {
        *out = (size_t)limit;
    }
    return status;
}

enum status request_id(const struct request *request, const char *what, struct uuid *out, struct error *error)
{
    if (!uuid_parse(request_param(request, "id"), out)) {
        return error_set(error, STATUS_NOT_FOUND, "", "no %s of this shop has this id", what);
    }
    return STATUS_OK;
}

enum status request_customer(const struct request *request, struct span *id, enum identity_kind *by,
                             struct error *error)
{
    struct span word, text = request_param(request, "id");
    *id = text;
    *by = IDENTITY_NONE;
    if (!request_query(request, "by", &word)) {
        return STATUS_OK;
    }
    *by = people_kind_of(word);
    if (*by == IDENTITY_NONE) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "by is %s", PEOPLE_WORDS);
    }
    if (!people_value(request->arena, *by, text, id)) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "by this value nobody can be found: %s is expected",
                         *by == IDENTITY_EMAIL   ? "an e-mail address"
                         : *by == IDENTITY_PHONE ? "a telephone number"
                                                 : "a value");
    }
    return STATUS_OK;
}

void reply_created(struct reply *reply, const char *path, const struct uuid *id)
{
    char text[UUID_TEXT];
    uuid_print(id, text);
    reply->status = 201;
    reply_header(reply, "Location", arena_printf(reply->request->arena, "%s/%s", path, text));
}

void reply_next(struct reply *reply, struct span cursor)
{
    const struct request *request = reply->request;
    struct buf link;
    if (cursor.n == 0) {
        return;
    }
    buf_init(&link, 0);
    buf_char(&link, '<');
    buf_span(&link, request->path);
    buf_char(&link, '?');
    for (size_t i = 0; i < request->n_query; i++) {
        if (span_is(request->query[i].name, "cursor")) {
            continue;
        }
        uri_encode(&link, request->query[i].name);
        buf_char(&link, '=');
        uri_encode(&link, request->query[i].value);
        buf_char(&link, '&');
    }
    buf_text(&link, "cursor=");
    buf_span(&link, cursor);
    buf_text(&link, ">; rel=\"next\"");
    reply_header(reply, "Link", arena_text(request->arena, (struct span){link.p, link.n}));
    buf_done(&link);
}

void reply_separate(struct reply *reply)
{
    if (reply->body.p[reply->body.n - 1] != '[') {
        buf_char(&reply->body, ',');
    }
}

void reply_page_end(struct reply *reply, struct span next, usec_t as_of)
{
    buf_text(&reply->body, "],");
    page_print(&reply->body, next);
    reply_etag_of(reply, (struct span){reply->body.p, reply->body.n});
    buf_text(&reply->body, ",\"as_of\":");
    buf_json_time(&reply->body, as_of);
    buf_char(&reply->body, '}');
    reply_next(reply, next);
}

int64_t request_version(const struct request *request)
{
    int64_t match = request_if_match(request);
    if (match == IF_MATCH_ABSENT) {
        return VERSION_ABSENT;
    }
    if (match == IF_MATCH_ANY) {
        return VERSION_ANY;
    }
    return match == IF_MATCH_NONE ? INT64_MAX : match; /* no version is that high: it never fits */
}
