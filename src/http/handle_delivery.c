#include "app/delivery.h"
#include "base/uuid.h"
#include "handle.h"
#include "wire/endpoint.h"

#define SAMPLES_DEFAULT 3
#define SAMPLES_MOST    100

/** A comma-separated list of types of changes; all when it was not sent. */
static enum status query_types(const struct request *request, const char *name, uint32_t *out, struct error *error)
{
    struct span list = query_text(request, name);
    *out = list.n ? 0 : CHANGE_TYPES_ALL;
    while (list.n) {
        struct span word = span_take(&list, ',');
        uint32_t some = change_types_of(word);
        if (some == 0) {
            return error_set(error, STATUS_INVALID_PARAMETER, "", "%s: there is no type of changes %.*s", name,
                             (int)(word.n < 100 ? word.n : 100), word.p);
        }
        *out |= some;
    }
    return STATUS_OK;
}

static enum status query_state(const struct request *request, struct delivery_query *out, struct error *error)
{
    struct span word = query_text(request, "state");
    out->has_state = word.n != 0;
    if (word.n != 0 && !delivery_state_of(word, &out->state)) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "state is pending, delivered, exhausted or cancelled");
    }
    return STATUS_OK;
}

/** ${room} is where the id lives. */
static enum status query_endpoint(const struct request *request, struct uuid *room, struct delivery_query *out,
                                  struct error *error)
{
    struct span word = query_text(request, "endpoint");
    if (word.n == 0) {
        return STATUS_OK;
    }
    if (!uuid_parse(word, room)) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "endpoint is the id of a webhook endpoint");
    }
    out->endpoint = room;
    return STATUS_OK;
}

static enum status read_query(const struct request *request, struct uuid *room, struct delivery_query *out,
                              struct error *error)
{
    *out = (struct delivery_query){.cursor = query_text(request, "cursor")};
    enum status status = query_endpoint(request, room, out, error);
    if (status == STATUS_OK) {
        status = query_state(request, out, error);
    }
    if (status == STATUS_OK) {
        status = query_types(request, "type", &out->types, error);
    }
    if (status == STATUS_OK) {
        status = request_query_time(request, "since", &out->since, error);
    }
    return status == STATUS_OK ? query_limit(request, PAGE_DEFAULT, PAGE_MOST, &out->limit, error) : status;
}

enum status list_webhook_deliveries(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error)
{
    struct uuid room;
    struct delivery_query query;
    struct delivery_page page;
    enum status status = read_query(request, &room, &query, error);
    if (status == STATUS_OK) {
        status = deliveries_read(session, request->access.shop, &query, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_text(&reply->body, "{\"data\":[");
    for (size_t i = 0; i < page.n; i++) {
        reply_separate(reply);
        delivery_print(&reply->body, &page.lines[i]);
    }
    reply_page_end(reply, page.next, clock_now(session->clock));
    return STATUS_OK;
}

static enum status delivery_id(const struct request *request, struct webhook_id *out, struct error *error)
{
    if (!webhook_id_parse(request_param(request, "id"), out)) {
        return error_set(error, STATUS_NOT_FOUND, "", "no delivery of this shop has this id");
    }
    return STATUS_OK;
}

static enum status tell(struct session *session, const struct request *request, const struct webhook_id *id,
                        struct reply *reply, struct error *error)
{
    struct delivery_line line;
    enum status status = delivery_read(session, request->access.shop, id, &line, error);
    if (status == STATUS_OK) {
        delivery_print(&reply->body, &line);
    }
    return status;
}

enum status get_webhook_delivery(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    struct webhook_id id;
    enum status status = delivery_id(request, &id, error);
    return status == STATUS_OK ? tell(session, request, &id, reply, error) : status;
}

enum status resend_webhook_delivery(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error)
{
    struct webhook_id id;
    enum status status = delivery_id(request, &id, error);
    if (status == STATUS_OK) {
        status = delivery_resend(session, request->access.shop, &id, error);
    }
    reply->status = 202;
    return status == STATUS_OK ? tell(session, request, &id, reply, error) : status;
}

enum status list_webhook_samples(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    uint32_t types;
    size_t limit;
    enum endpoint_format format = ENDPOINT_STANDARD;
    struct span word = query_text(request, "format");
    if (word.n && !endpoint_format_of(word, &format)) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "format is standard or segment");
    }
    enum status status = query_types(request, "types", &types, error);
    if (status == STATUS_OK) {
        status = query_limit(request, SAMPLES_DEFAULT, SAMPLES_MOST, &limit, error);
    }
    return status == STATUS_OK
               ? webhook_samples(session, request->access.shop, types, format, limit, &reply->body, error)
               : status;
}
