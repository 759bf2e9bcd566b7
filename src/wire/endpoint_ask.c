#include "base/time.h"
#include "endpoint_value.h"

/* What may be asked of an endpoint: small documents, each with a few members. A body that is empty is `{}`. */

static enum status open_members(struct document *d, struct arena *arena, struct span json, const struct span *names,
                                size_t n, size_t *values, struct error *error)
{
    struct span text = json.n ? json : span_of("{}");
    enum status status = document_open(d, arena, text, STATUS_INVALID_ENDPOINT, error);
    return status == STATUS_OK ? document_members(d, 0, "", names, n, values) : status;
}

enum status endpoint_rotation_parse(struct arena *arena, struct span json, struct endpoint_rotation *out,
                                    struct error *error)
{
    enum { HOURS, SECRET, COUNT };
    static const struct span names[COUNT] = {[HOURS] = SCAN_NAME("hours"), [SECRET] = SCAN_NAME("secret")};
    struct document d;
    size_t values[COUNT];
    int64_t hours = ENDPOINT_ROTATION_HOURS;
    enum status status = open_members(&d, arena, json, names, COUNT, values, error);
    if (status == STATUS_OK) {
        status = endpoint_take_number(&d, values[HOURS], "/hours", 0, ENDPOINT_ROTATION_MOST, &hours);
    }
    if (status == STATUS_OK) {
        status = endpoint_take_secret(&d, values[SECRET], &out->secret);
    }
    if (status == STATUS_OK) {
        out->hours = (int)hours;
    }
    return status;
}

enum status endpoint_test_parse(struct arena *arena, struct span json, enum change_type *out, struct error *error)
{
    static const struct span names[] = {SCAN_NAME("type")};
    struct document d;
    struct span name;
    size_t value;
    *out = CHANGE_STAGE;
    enum status status = open_members(&d, arena, json, names, 1, &value, error);
    if (status != STATUS_OK || value == 0) {
        return status;
    }
    status = document_text(&d, value, "/type", &name);
    if (status != STATUS_OK) {
        return status;
    }
    for (int type = CHANGE_NONE + 1; type < CHANGE_COUNT; type++) {
        if (type != CHANGE_BLANK && span_is(name, change_type_name((enum change_type)type))) {
            *out = (enum change_type)type;
            return STATUS_OK;
        }
    }
    return document_refuse(&d, "/type", "is no type of changes, such as segment.entered");
}

static enum status take_place(const struct document *d, size_t token, const char *pointer, struct endpoint_place *out)
{
    struct span text;
    *out = (struct endpoint_place){.is_given = token != 0, .at = NONE};
    if (token == 0) {
        return STATUS_OK;
    }
    if (scan_type(&d->scan, token) != TOKEN_STRING) {
        return endpoint_take_number(d, token, pointer, 1, INT64_C(999999999999999999), &out->seq);
    }
    enum status status = document_text(d, token, pointer, &text);
    if (status == STATUS_OK && !time_parse(text, &out->at)) {
        return document_refuse(d, pointer, "must be the sequence number of a change, or a time with a zone");
    }
    return status;
}

enum status endpoint_recovery_parse(struct arena *arena, struct span json, struct endpoint_recovery *out,
                                    struct error *error)
{
    enum { SINCE, UNTIL, ALL, COUNT };
    static const struct span names[COUNT] = {
        [SINCE] = SCAN_NAME("since"), [UNTIL] = SCAN_NAME("until"), [ALL] = SCAN_NAME("all")};
    struct document d;
    size_t values[COUNT];
    enum status status = open_members(&d, arena, json, names, COUNT, values, error);
    if (status == STATUS_OK && values[SINCE] == 0) {
        status = document_refuse(&d, "/since", "is missing");
    }
    if (status == STATUS_OK) {
        status = take_place(&d, values[SINCE], "/since", &out->since);
    }
    if (status == STATUS_OK) {
        status = take_place(&d, values[UNTIL], "/until", &out->until);
    }
    return status == STATUS_OK ? endpoint_take_bool(&d, values[ALL], "/all", &out->is_all) : status;
}
