#include "wire/message.h"

#include "crypto/digest.h"
#include "message_parts.h"

#include <assert.h>
#include <stdio.h>

/* --- keys --- */

/* Random name spaces, fixed for ever: event ids are stored. */
static const struct uuid message_id_space = {
    {0xef, 0x65, 0x9e, 0xed, 0x01, 0x5b, 0x4a, 0x30, 0xa2, 0x21, 0x98, 0x8a, 0xc1, 0xbd, 0x38, 0xc3}};
static const struct uuid content_space = {
    {0x7c, 0xf0, 0x61, 0xe3, 0xb2, 0xea, 0x47, 0xa9, 0xad, 0x93, 0x02, 0x0c, 0x48, 0xd3, 0xc0, 0x6c}};

void message_key(const struct uuid *space, const char *prefix, struct span name, struct uuid *out)
{
    char text[ID_BYTES_MAX + 16];
    size_t n = strlen(prefix);
    if (n + name.n <= sizeof(text)) {
        memcpy(text, prefix, n);
        memcpy(text + n, name.p, name.n);
        digest_uuid5(space, (struct span){text, n + name.n}, out);
        return;
    }
    struct buf buf; /* an id that no message may have, of a reader's URL */
    buf_init(&buf, 0);
    buf_append(&buf, prefix, n);
    buf_span(&buf, name);
    digest_uuid5(space, (struct span){buf.p, buf.n}, out);
    buf_done(&buf);
}

void message_order_key(const struct shop *shop, struct span order_id, struct uuid *out)
{
    message_key(&shop->space, "order:", order_id, out);
}

/* --- what every message has --- */

static const struct type {
    struct span name;
    enum event_kind kind; /* EVENT_CUSTOM: by the event's name */
} types[] = {
    {SCAN_NAME("track"), EVENT_CUSTOM}, {SCAN_NAME("identify"), EVENT_IDENTIFY},
    {SCAN_NAME("page"), EVENT_PAGE},    {SCAN_NAME("screen"), EVENT_SCREEN},
    {SCAN_NAME("group"), EVENT_GROUP},  {SCAN_NAME("alias"), EVENT_ALIAS},
};

static const struct type *type_of(struct span name)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (span_equal(types[i].name, name)) {
            return &types[i];
        }
    }
    return NULL;
}

/** The type that the path names, else that of the message. */
static enum status type_read(const struct reading *r, const char *path_type, const struct type **out)
{
    struct span name;
    if (path_type != NULL) {
        name = span_of(path_type);
    } else {
        static const struct span type_name[] = {SCAN_NAME("type")};
        size_t token;
        scan_members(r->scan, r->message, type_name, 1, &token);
        if (token == 0) {
            return reading_refuse(r, STATUS_MISSING_MEMBER, "/type", "type is missing");
        }
        if (scan_type(r->scan, token) != TOKEN_STRING) {
            return reading_refuse(r, STATUS_WRONG_TYPE, "/type", "type must be a string");
        }
        name = scan_string(r->arena, r->scan, token);
    }
    *out = type_of(name);
    if (*out == NULL) {
        return reading_refuse(r, STATUS_UNKNOWN_TYPE, "/type",
                              "type must be track, identify, page, screen, group or alias");
    }
    return STATUS_OK;
}

static void event_id_make(const struct reading *r, struct span type, struct uuid *out)
{
    if (r->message_id.n != 0) {
        digest_uuid5(&message_id_space, r->message_id, out);
    } else if (r->members[MEMBER_TIMESTAMP] != 0 || r->members[MEMBER_ORIGINAL_TIMESTAMP] != 0) {
        struct buf canonical;
        buf_init(&canonical, 0);
        message_canonical(r, type, &canonical);
        digest_uuid5(&content_space, (struct span){canonical.p, canonical.n}, out);
        buf_done(&canonical);
    } else {
        random_uuid(out);
    }
}

/* --- the meaning --- */

static enum status name_read(const struct reading *r, struct event *event)
{
    size_t token = r->members[MEMBER_EVENT];
    if (token == 0) {
        return reading_refuse(r, STATUS_MISSING_MEMBER, "/event", "event is missing");
    }
    if (scan_type(r->scan, token) != TOKEN_STRING) {
        return reading_refuse(r, STATUS_WRONG_TYPE, "/event", "event must be a string");
    }
    struct span text = scan_string(r->arena, r->scan, token);
    char *name = arena_alloc(r->arena, text.n);
    size_t n = event_name_normalise(text, name, text.n);
    if (n == 0 || text.n > 255) {
        return reading_refuse(r, STATUS_INVALID_VALUE, "/event", "event must have from 1 to 255 bytes");
    }
    event->kind = event_kind_of((struct span){name, n});
    event->name = event->kind == EVENT_CUSTOM ? (struct span){name, n} : event_kind_normalised(event->kind);
    return STATUS_OK;
}

/** What only some kinds of track events tell. */
static const struct part {
    enum event_kind kind;
    enum status (*read)(const struct reading *r, struct event *event);
} parts[] = {
    {EVENT_ORDER_COMPLETED, message_order_read},     {EVENT_ORDER_UPDATED, message_order_read},
    {EVENT_ORDER_REFUNDED, message_order_read},      {EVENT_ORDER_CANCELLED, message_order_read},
    {EVENT_ORDER_CANCELLED, message_reason_read},    {EVENT_SUBSCRIPTION_CANCELLED, message_reason_read},
    {EVENT_CUSTOMER_CHURNED, message_reason_read},   {EVENT_SURVEY_ANSWERED, message_survey_read},
    {EVENT_POINTS_EARNED, message_points_read},      {EVENT_POINTS_REDEEMED, message_points_read},
    {EVENT_CAMPAIGN_TOUCHED, message_campaign_read},
};

static enum status track_read(const struct reading *r, struct event *event)
{
    enum status status = name_read(r, event);
    for (size_t i = 0; i < COUNT_OF(parts) && status == STATUS_OK; i++) {
        if (parts[i].kind == event->kind) {
            status = parts[i].read(r, event);
        }
    }
    return status;
}

/** All of ${event} that the payload tells; keys and times are there already. */
static enum status meaning_read(struct reading *r, const struct type *type, struct event *event)
{
    event->kind = type->kind;
    event->seen = true;
    event->name = event->order_id = event->reason = (struct span){"", 0};
    if (type->kind == EVENT_CUSTOM) {
        enum status status = track_read(r, event);
        message_touch_read(r, event);
        message_groups_read(r, event);
        return status;
    }
    message_touch_read(r, event);
    message_groups_read(r, event);
    if (type->kind == EVENT_IDENTIFY) {
        size_t active = r->context[CONTEXT_ACTIVE];
        event->seen = active == 0 || scan_type(r->scan, active) != TOKEN_FALSE;
        return message_traits_read(r, event);
    }
    return STATUS_OK;
}

/* --- the two ways in --- */

enum status message_decode(struct arena *arena, const struct envelope *envelope, size_t index,
                           const char *type, const struct shop *shop, usec_t received_at, struct message *out,
                           struct error *error)
{
    assert(index < envelope->n_items);
    struct reading r = {.arena = arena, .shop = shop, .error = error, .scan = &envelope->scan};
    r.message = envelope->items[index];
    if (envelope->is_batch) {
        snprintf(r.place, sizeof(r.place), "/batch/%zu", index);
    }
    if (scan_type(r.scan, r.message) != TOKEN_OBJECT) {
        return reading_refuse(&r, STATUS_WRONG_TYPE, "", "a message must be an object");
    }
    if (scan_raw(r.scan, r.message).n > MESSAGE_BYTES_MAX) {
        return reading_refuse(&r, STATUS_TOO_LARGE, "", "a message has at most %d bytes", MESSAGE_BYTES_MAX);
    }
    size_t id_token;
    scan_members(r.scan, r.message, &member_names[MEMBER_MESSAGE_ID], 1, &id_token);
    enum status status = reading_id(&r, id_token, "/messageId", &r.message_id);
    if (status != STATUS_OK) {
        return status;
    }
    out->message_id = r.message_id; /* a refused message is told by it */
    struct message m = {.event = {.received_at = received_at}, .message_id = r.message_id};
    const struct type *known;
    status = type_read(&r, type, &known);
    if (status == STATUS_OK) {
        status = message_payload_build(&r, envelope, known->name, &m.payload);
    }
    if (status == STATUS_OK) {
        status = reading_open(&r);
    }
    if (status == STATUS_OK) {
        status = message_identities_read(&r, known->kind, &m);
    }
    if (status != STATUS_OK) {
        return status;
    }
    event_id_make(&r, known->name, &m.event.event_id);
    status = meaning_read(&r, known, &m.event);
    if (status == STATUS_OK && m.identities[0].kind == IDENTITY_ORDER && !event_is_order(m.event.kind)) {
        status = reading_refuse(&r, STATUS_MISSING_IDENTITY, "", "userId or anonymousId is needed");
    }
    if (status == STATUS_OK) {
        status = message_time_read(&r, received_at, &m.event.occurred_at);
    }
    if (status == STATUS_OK) {
        *out = m;
    }
    return status;
}

static enum status payload_read(struct reading *r, struct scan *scan, struct span payload,
                                struct event *event)
{
    enum status status = scan_parse(r->arena, arena_span(r->arena, payload), SCAN_DEPTH_MAX, scan, r->error);
    if (status != STATUS_OK) {
        return status;
    }
    if (scan_type(scan, 0) != TOKEN_OBJECT) {
        return reading_refuse(r, STATUS_WRONG_TYPE, "", "a message must be an object");
    }
    r->scan = scan;
    scan_members(scan, 0, member_names, MEMBER_COUNT, r->members);
    const struct type *type;
    status = type_read(r, NULL, &type);
    if (status == STATUS_OK) {
        status = reading_id(r, r->members[MEMBER_MESSAGE_ID], "/messageId", &r->message_id);
    }
    if (status == STATUS_OK) {
        status = reading_open(r);
    }
    return status == STATUS_OK ? meaning_read(r, type, event) : status;
}

enum status message_recall(struct arena *arena, struct span payload, const struct shop *shop,
                           struct event *event, struct error *error)
{
    struct error reason;
    struct scan scan;
    struct reading r = {.arena = arena, .shop = shop, .error = &reason};
    struct event recalled = {
        .identity_key = event->identity_key,
        .event_id = event->event_id,
        .occurred_at = event->occurred_at,
        .received_at = event->received_at,
    };
    if (payload_read(&r, &scan, payload, &recalled) != STATUS_OK) {
        return error_set(error, STATUS_INTERNAL, "", "a message of the ledger cannot be read: %s %s: %s",
                         status_code(reason.status), reason.pointer, reason.detail);
    }
    *event = recalled;
    return STATUS_OK;
}
