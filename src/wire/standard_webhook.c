#include "address.h"
#include "base/time.h"
#include "foreign.h"
#include "wire/message.h"

/* The body that Standard Webhooks recommends: {"type","timestamp","data"}. */

enum field { TYPE, TIMESTAMP, DATA, FIELD_COUNT };

static const struct span fields[FIELD_COUNT] = {
    [TYPE] = SCAN_NAME("type"),
    [TIMESTAMP] = SCAN_NAME("timestamp"),
    [DATA] = SCAN_NAME("data"),
};

#define TYPE_BYTES_MAX 255

static enum status event_read(struct foreign *event, const struct translate_request *request,
                              struct error *error)
{
    size_t tokens[FIELD_COUNT];
    usec_t unused;
    if (scan_type(event->scan, 0) != TOKEN_OBJECT) {
        return error_set(error, STATUS_WRONG_TYPE, "", "the body must be an object");
    }
    scan_members(event->scan, 0, fields, FIELD_COUNT, tokens);
    if (tokens[TYPE] == 0) {
        return error_set(error, STATUS_MISSING_MEMBER, "/type", "type is missing");
    }
    if (scan_type(event->scan, tokens[TYPE]) != TOKEN_STRING) {
        return error_set(error, STATUS_WRONG_TYPE, "/type", "type must be a string");
    }
    event->type = scan_string(event->arena, event->scan, tokens[TYPE]);
    if (event->type.n == 0 || event->type.n > TYPE_BYTES_MAX || !address_is_text(event->type)) {
        return error_set(error, STATUS_INVALID_VALUE, "/type", "type must have from 1 to %d bytes, all text",
                         TYPE_BYTES_MAX);
    }
    if (tokens[TIMESTAMP] != 0) {
        bool is_string = scan_type(event->scan, tokens[TIMESTAMP]) == TOKEN_STRING;
        event->time =
            is_string ? scan_string(event->arena, event->scan, tokens[TIMESTAMP]) : (struct span){"", 0};
        if (!time_parse(event->time, &unused)) {
            return error_set(error, STATUS_INVALID_TIMESTAMP, "/timestamp",
                             "timestamp must be an ISO 8601 time");
        }
    }
    event->data = tokens[DATA];
    event->has_data = tokens[DATA] != 0;
    struct span id = request->header(request->context, "webhook-id");
    if (id.n == 0) {
        return error_set(error, STATUS_MISSING_MEMBER, "", "the header webhook-id is missing");
    }
    if (!address_is_text(id)) {
        return error_set(error, STATUS_INVALID_UTF8, "", "the header webhook-id is not UTF-8 text");
    }
    event->message_id = foreign_message_id(event->arena, "webhook", (struct span){"", 0}, id);
    return STATUS_OK;
}

enum status standard_webhook_translate(struct arena *arena, const struct translate_request *request,
                                       const struct translate_settings *settings, struct translation *out,
                                       struct error *error)
{
    struct foreign_batch batch;
    struct scan *scan = ARENA_NEW(arena, struct scan);
    struct foreign event = {
        .arena = arena, .settings = settings, .scan = scan, .data_scan = scan, .data_place = "/data"};
    enum status status = scan_parse(arena, request->body, FOREIGN_DEPTH_MAX, scan, error);
    if (status == STATUS_OK) {
        status = event_read(&event, request, error);
    }
    if (status == STATUS_OK) {
        status = foreign_batch_init(&batch, arena, settings, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = foreign_batch_add(&batch, &event, 0, error);
    if (status == STATUS_OK) {
        status = foreign_batch_finish(&batch, out, error);
    }
    if (status == STATUS_OK) {
        out->subject = arena_span(arena, event.type);
    }
    foreign_batch_done(&batch);
    return status;
}
