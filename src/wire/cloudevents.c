#include "address.h"
#include "base/time.h"
#include "crypto/signature.h"
#include "foreign.h"
#include "wire/message.h"

/*
 * CloudEvents 1.0 over HTTP. Structured and batched events are JSON documents with their data inside or, as
 * base64, a document of its own; of a binary one the body is the data, and the headers are the attributes.
 */

#define ATTRIBUTE_TABLE(X)                                                                                   \
    X(ID, "id", true)                                                                                        \
    X(SOURCE, "source", true)                                                                                \
    X(SPECVERSION, "specversion", true)                                                                      \
    X(TYPE, "type", true)                                                                                    \
    X(SUBJECT, "subject", false)                                                                             \
    X(TIME, "time", false)                                                                                   \
    X(DATACONTENTTYPE, "datacontenttype", false)

enum attribute {
#define X(name, text, required) ATTRIBUTE_##name,
    ATTRIBUTE_TABLE(X)
#undef X
        ATTRIBUTE_COUNT
};

static const struct {
    const char *name;
    const char *pointer; /* in an event that is a document */
    const char *header;
    bool is_required;
} attributes[ATTRIBUTE_COUNT] = {
#define X(name, text, required) [ATTRIBUTE_##name] = {text, "/" text, "ce-" text, required},
    ATTRIBUTE_TABLE(X)
#undef X
};

#define TYPE_BYTES_MAX 255

/** An event while it is read: the attributes as texts; n = 0: absent. */
struct reader {
    struct foreign event;
    struct span values[ATTRIBUTE_COUNT];
    struct error *error;
};

static enum status refuse(const struct reader *r, enum status status, enum attribute attribute,
                          const char *reason)
{
    bool is_document = r->event.scan != NULL;
    return error_set(r->error, status, is_document ? attributes[attribute].pointer : "", "%s %s",
                     is_document ? attributes[attribute].name : attributes[attribute].header, reason);
}

/* --- attributes --- */

static enum status object_read(struct reader *r)
{
    static const struct span names[] = {
#define X(name, text, required) SCAN_NAME(text),
        ATTRIBUTE_TABLE(X)
#undef X
    };
    size_t tokens[ATTRIBUTE_COUNT];
    const struct scan *scan = r->event.scan;
    scan_members(scan, r->event.object, names, ATTRIBUTE_COUNT, tokens);
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        size_t token = tokens[i];
        if (token == 0) {
            continue;
        }
        bool is_string = scan_type(scan, token) == TOKEN_STRING;
        if (!is_string && !scan->tokens[token].is_integer) {
            return refuse(r, STATUS_WRONG_TYPE, (enum attribute)i, "must be a string");
        }
        r->values[i] = is_string ? scan_string(r->event.arena, scan, token) : scan_raw(scan, token);
        if (!address_is_text(r->values[i])) {
            return refuse(r, STATUS_INVALID_VALUE, (enum attribute)i, "must not hold control characters");
        }
    }
    return STATUS_OK;
}

static enum status headers_read(struct reader *r, const struct translate_request *request)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        struct span value = request->header(request->context, attributes[i].header);
        if (value.n != 0 && i == ATTRIBUTE_DATACONTENTTYPE) {
            return refuse(r, STATUS_INVALID_VALUE, ATTRIBUTE_DATACONTENTTYPE,
                          "must not be sent: Content-Type says it");
        }
        if (!foreign_header(r->event.arena, value, &r->values[i])) {
            return refuse(r, STATUS_INVALID_UTF8, (enum attribute)i, "is not UTF-8 text, percent-encoded");
        }
    }
    r->values[ATTRIBUTE_DATACONTENTTYPE] = request->header(request->context, "content-type");
    return STATUS_OK;
}

/** What the values of attributes must be, and the event's own members from them. */
static enum status attributes_take(struct reader *r)
{
    const struct span *values = r->values;
    usec_t unused;
    if (values[ATTRIBUTE_ID].n != 0 && values[ATTRIBUTE_SOURCE].n != 0) {
        r->event.message_id =
            foreign_message_id(r->event.arena, "ce", values[ATTRIBUTE_SOURCE], values[ATTRIBUTE_ID]);
    }
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (attributes[i].is_required && values[i].n == 0) {
            return refuse(r, STATUS_MISSING_MEMBER, (enum attribute)i, "is missing");
        }
    }
    if (!span_is(values[ATTRIBUTE_SPECVERSION], "1.0")) {
        return refuse(r, STATUS_INVALID_VALUE, ATTRIBUTE_SPECVERSION, "must be 1.0");
    }
    if (values[ATTRIBUTE_TYPE].n > TYPE_BYTES_MAX) {
        return refuse(r, STATUS_INVALID_VALUE, ATTRIBUTE_TYPE, "is longer than 255 bytes");
    }
    if (values[ATTRIBUTE_TIME].n != 0 && !time_parse(values[ATTRIBUTE_TIME], &unused)) {
        return refuse(r, STATUS_INVALID_TIMESTAMP, ATTRIBUTE_TIME, "must be an RFC 3339 time");
    }
    r->event.type = values[ATTRIBUTE_TYPE];
    r->event.subject = values[ATTRIBUTE_SUBJECT];
    r->event.time = values[ATTRIBUTE_TIME];
    if (!foreign_is_json(foreign_media_type(r->event.arena, values[ATTRIBUTE_DATACONTENTTYPE]))) {
        return error_set(r->error, STATUS_UNSUPPORTED_MEDIA_TYPE,
                         r->event.scan != NULL ? attributes[ATTRIBUTE_DATACONTENTTYPE].pointer : "",
                         "the data must be JSON");
    }
    return STATUS_OK;
}

/* --- data --- */

/** The data is a document of its own. */
static enum status document_take(struct reader *r, struct span text, const char *place)
{
    struct scan *scan = ARENA_NEW(r->event.arena, struct scan);
    struct error reason;
    enum status status = scan_parse(r->event.arena, text, FOREIGN_DEPTH_MAX, scan, &reason);
    if (status != STATUS_OK) {
        return error_set(r->error, status, place, "the data: %s", reason.detail);
    }
    r->event.data_scan = scan;
    r->event.data = 0;
    r->event.has_data = scan_type(scan, 0) != TOKEN_NULL;
    r->event.data_place = place;
    return STATUS_OK;
}

static enum status members_take(struct reader *r)
{
    static const struct span names[] = {SCAN_NAME("data"), SCAN_NAME("data_base64")};
    size_t tokens[COUNT_OF(names)];
    const struct scan *scan = r->event.scan;
    scan_members(scan, r->event.object, names, COUNT_OF(names), tokens);
    if (tokens[0] != 0 && tokens[1] != 0) {
        return error_set(r->error, STATUS_INVALID_VALUE, "/data_base64", "there is data beside it");
    }
    if (tokens[1] != 0) {
        struct span bytes;
        if (scan_type(scan, tokens[1]) != TOKEN_STRING) {
            return error_set(r->error, STATUS_WRONG_TYPE, "/data_base64", "data_base64 must be a string");
        }
        if (!base64_decode(r->event.arena, scan_string(r->event.arena, scan, tokens[1]), &bytes)) {
            return error_set(r->error, STATUS_INVALID_VALUE, "/data_base64", "data_base64 is not base64");
        }
        return document_take(r, bytes, "/data_base64");
    }
    r->event.data_scan = scan;
    r->event.data = tokens[0];
    r->event.has_data = tokens[0] != 0;
    r->event.data_place = "/data";
    return STATUS_OK;
}

/* --- the modes --- */

/** A document, or one of a batch. The error's pointer starts at the event. */
static enum status document_add(struct foreign_batch *batch, const struct translate_settings *settings,
                                const struct scan *scan, size_t object, size_t index, struct reader *r)
{
    r->event = (struct foreign){.arena = batch->arena, .settings = settings, .scan = scan, .object = object};
    if (scan_type(scan, object) != TOKEN_OBJECT) {
        return error_set(r->error, STATUS_WRONG_TYPE, "", "an event must be an object");
    }
    enum status status = object_read(r);
    if (status == STATUS_OK) {
        status = attributes_take(r);
    }
    if (status == STATUS_OK) {
        status = members_take(r);
    }
    return status == STATUS_OK ? foreign_batch_add(batch, &r->event, index, r->error) : status;
}

static enum status structured_add(struct foreign_batch *batch, const struct translate_request *request,
                                  const struct translate_settings *settings, struct span *subject,
                                  struct error *error)
{
    struct scan *scan = ARENA_NEW(batch->arena, struct scan);
    enum status status = scan_parse(batch->arena, request->body, FOREIGN_DEPTH_MAX, scan, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct reader r = {.error = error};
    status = document_add(batch, settings, scan, 0, 0, &r);
    *subject = r.event.type;
    return status;
}

static enum status batch_add(struct foreign_batch *batch, const struct translate_request *request,
                             const struct translate_settings *settings, struct error *error)
{
    struct scan *scan = ARENA_NEW(batch->arena, struct scan);
    enum status status = scan_parse(batch->arena, request->body, FOREIGN_DEPTH_MAX + 1, scan, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (scan_type(scan, 0) != TOKEN_ARRAY) {
        return error_set(error, STATUS_WRONG_TYPE, "", "a batch must be an array");
    }
    size_t index = 0;
    for (size_t item = 1; item < scan_next(scan, 0); item = scan_next(scan, item)) {
        struct error reason = {.status = STATUS_OK};
        struct reader r = {.error = &reason};
        if (index == BATCH_ITEMS_MAX) {
            return error_set(error, STATUS_TOO_MANY, "", "a batch has at most %d events", BATCH_ITEMS_MAX);
        }
        if (document_add(batch, settings, scan, item, index, &r) != STATUS_OK) {
            foreign_batch_refuse(batch, index, r.event.message_id, &reason);
        }
        index++;
    }
    return STATUS_OK;
}

static enum status binary_add(struct foreign_batch *batch, const struct translate_request *request,
                              const struct translate_settings *settings, struct span *subject,
                              struct error *error)
{
    struct reader r = {
        .event = {.arena = batch->arena, .settings = settings, .headers = request, .data_place = ""},
        .error = error};
    enum status status = headers_read(&r, request);
    if (status == STATUS_OK) {
        status = attributes_take(&r);
    }
    if (status == STATUS_OK && request->body.n != 0) {
        status = document_take(&r, request->body, "");
    }
    *subject = r.event.type;
    return status == STATUS_OK ? foreign_batch_add(batch, &r.event, 0, error) : status;
}

static enum status any_add(struct foreign_batch *batch, const struct translate_request *request,
                           const struct translate_settings *settings, struct span *subject,
                           struct error *error)
{
    static const char prefix[] = "application/cloudevents";
    struct span type = foreign_media_type(batch->arena, request->header(request->context, "content-type"));
    if (span_is(type, "application/cloudevents-batch+json")) {
        *subject = span_of("batch");
        return batch_add(batch, request, settings, error);
    }
    if (span_is(type, "application/cloudevents+json")) {
        return structured_add(batch, request, settings, subject, error);
    }
    if (type.n >= strlen(prefix) && memcmp(type.p, prefix, strlen(prefix)) == 0) {
        return error_set(error, STATUS_UNSUPPORTED_MEDIA_TYPE, "", "events are read as JSON only");
    }
    return binary_add(batch, request, settings, subject, error);
}

enum status cloudevents_translate(struct arena *arena, const struct translate_request *request,
                                  const struct translate_settings *settings, struct translation *out,
                                  struct error *error)
{
    struct foreign_batch batch;
    struct span subject = {"", 0};
    enum status status = foreign_batch_init(&batch, arena, settings, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = any_add(&batch, request, settings, &subject, error);
    if (status == STATUS_OK) {
        status = foreign_batch_finish(&batch, out, error);
    }
    if (status == STATUS_OK) {
        out->subject = arena_span(arena, subject);
    }
    foreign_batch_done(&batch);
    return status;
}
