#include "message_parts.h"

#include <stdlib.h>

/* --- the payload --- */

struct writer {
    char *start;
    char *p;
};

static void put(struct writer *w, struct span s)
{
    memcpy(w->p, s.p, s.n);
    w->p += s.n;
}

/** A comma before every member but the first of its object. */
static void put_separator(struct writer *w)
{
    if (w->p[-1] != '{') {
        *w->p++ = ',';
    }
}

/** A member as it was sent: its name, what stands around the colon, its value. */
static void put_member(struct writer *w, const struct scan *scan, size_t key)
{
    const char *start = scan_raw(scan, key).p;
    struct span value = scan_raw(scan, key + 1);
    put_separator(w);
    put(w, (struct span){start, (size_t)(value.p + value.n - start)});
}

static bool is_kept(size_t member)
{
    return member != MEMBER_TYPE && member != MEMBER_WRITE_KEY && member != MEMBER_API_KEY &&
           member != MEMBER_SENT_AT && member != MEMBER_RECEIVED_AT;
}

/** Writes the members of ${own} (an object, or 0) and those of ${shared} that it lacks. */
static void put_merged(struct writer *w, const struct reading *r, size_t own, const struct shared *shared)
{
    bool *is_told = ARENA_ARRAY(r->arena, bool, shared->n);
    *w->p++ = '{';
    if (own != 0) {
        for (size_t key = own + 1; key < scan_next(r->scan, own); key = scan_next(r->scan, key + 1)) {
            put_member(w, r->scan, key);
            size_t i = envelope_shared_find(shared, scan_string(r->arena, r->scan, key));
            if (i < shared->n) {
                is_told[i] = true;
            }
        }
    }
    for (size_t i = 0; i < shared->n; i++) {
        if (!is_told[i]) {
            put_member(w, r->scan, shared->members[i].key);
        }
    }
    *w->p++ = '}';
}

/** Appends a member of the batch merged with the item's; one that is no object stays as it is. */
static void put_shared(struct writer *w, const struct reading *r, enum member member,
                       const struct shared *shared)
{
    size_t own = r->members[member];
    if (shared->n == 0) {
        return;
    }
    put_separator(w);
    *w->p++ = '"';
    put(w, member_names[member]);
    put(w, span_of("\":"));
    if (own != 0 && scan_type(r->scan, own) != TOKEN_OBJECT) {
        put(w, scan_raw(r->scan, own));
    } else {
        put_merged(w, r, own, shared);
    }
}

/** From now on ${r} reads its own ${payload}, which is valid JSON. */
static enum status read_payload(struct reading *r, struct span payload)
{
    struct scan *scan = ARENA_NEW(r->arena, struct scan);
    enum status status = scan_parse(r->arena, payload, SCAN_DEPTH_MAX, scan, r->error);
    if (status != STATUS_OK) {
        return status;
    }
    r->scan = scan;
    r->message = 0;
    scan_members(scan, 0, member_names, MEMBER_COUNT, r->members);
    return STATUS_OK;
}

enum status message_payload_build(struct reading *r, const struct envelope *envelope, struct span type,
                                  struct span *out)
{
    bool is_shared = envelope_is_shared(envelope);
    size_t most = scan_raw(r->scan, r->message).n + sizeof("{\"type\":\"\",}") + type.n;
    if (is_shared) {
        most += sizeof(",\"context\":{},\"integrations\":{}") + envelope->context.size +
                envelope->integrations.size;
    }
    struct writer w;
    w.start = w.p = arena_alloc(r->arena, most);
    put(&w, span_of("{\"type\":\""));
    put(&w, type);
    put(&w, span_of("\""));
    for (size_t key = r->message + 1; key < scan_next(r->scan, r->message);
         key = scan_next(r->scan, key + 1)) {
        size_t member = scan_name(r->scan, key, member_names, MEMBER_COUNT);
        if (member < MEMBER_COUNT) {
            r->members[member] = scan_type(r->scan, key + 1) == TOKEN_NULL ? 0 : key + 1;
        }
        bool is_merged = (member == MEMBER_CONTEXT && envelope->context.n != 0) ||
                         (member == MEMBER_INTEGRATIONS && envelope->integrations.n != 0);
        if (is_kept(member) && !is_merged) {
            put_member(&w, r->scan, key);
        }
    }
    if (is_shared) {
        put_shared(&w, r, MEMBER_CONTEXT, &envelope->context);
        put_shared(&w, r, MEMBER_INTEGRATIONS, &envelope->integrations);
    }
    *w.p++ = '}';
    size_t sent_at = r->members[MEMBER_SENT_AT] != 0 ? r->members[MEMBER_SENT_AT] : envelope->sent_at;
    r->sent_at = message_sent_at(r->arena, r->scan, sent_at);
    struct span payload = {w.start, (size_t)(w.p - w.start)};
    if (is_shared) {
        if (payload.n > MESSAGE_BYTES_MAX) {
            return reading_refuse(r, STATUS_TOO_LARGE, "",
                                  "with the batch's context the message has more than %d bytes",
                                  MESSAGE_BYTES_MAX);
        }
        enum status status = read_payload(r, payload);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *out = payload;
    return STATUS_OK;
}

/* --- the canonical form --- */

struct pair {
    struct span name;
    size_t value;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *one = a;
    const struct pair *other = b;
    int c = span_compare(one->name, other->name);
    return c != 0 ? c : (one->value > other->value) - (one->value < other->value);
}

static void put_canonical(const struct reading *r, size_t token, struct buf *out);

static void put_canonical_object(const struct reading *r, size_t object, struct buf *out)
{
    size_t end = scan_next(r->scan, object);
    size_t n = 0;
    for (size_t key = object + 1; key < end; key = scan_next(r->scan, key + 1)) {
        n++;
    }
    struct pair *pairs = ARENA_ARRAY(r->arena, struct pair, n);
    n = 0;
    for (size_t key = object + 1; key < end; key = scan_next(r->scan, key + 1)) {
        pairs[n++] = (struct pair){scan_string(r->arena, r->scan, key), key + 1};
    }
    qsort(pairs, n, sizeof(*pairs), compare_pairs);
    char before = '{';
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && span_equal(pairs[i].name, pairs[i + 1].name)) {
            continue; /* of repeated members the last wins */
        }
        buf_char(out, before);
        buf_json_string(out, pairs[i].name);
        buf_char(out, ':');
        put_canonical(r, pairs[i].value, out);
        before = ',';
    }
    if (before == '{') {
        buf_char(out, '{');
    }
    buf_char(out, '}');
}

static void put_canonical_array(const struct reading *r, size_t array, struct buf *out)
{
    buf_char(out, '[');
    for (size_t item = array + 1; item < scan_next(r->scan, array); item = scan_next(r->scan, item)) {
        if (item != array + 1) {
            buf_char(out, ',');
        }
        put_canonical(r, item, out);
    }
    buf_char(out, ']');
}

/** Recursion is bounded by the depth that the scanner allows. */
static void put_canonical(const struct reading *r, size_t token, struct buf *out)
{
    switch (scan_type(r->scan, token)) {
    case TOKEN_OBJECT: put_canonical_object(r, token, out); return;
    case TOKEN_ARRAY: put_canonical_array(r, token, out); return;
    case TOKEN_STRING: buf_json_string(out, scan_string(r->arena, r->scan, token)); return;
    case TOKEN_NULL:
    case TOKEN_FALSE:
    case TOKEN_TRUE:
    case TOKEN_NUMBER: buf_span(out, scan_raw(r->scan, token)); return;
    }
}

void message_canonical(const struct reading *r, struct span type, struct buf *out)
{
    /* sorted by name; "type" would come last but one and is put first, for it is always there */
    static const enum member told[] = {
        MEMBER_ANONYMOUS_ID, MEMBER_CATEGORY,   MEMBER_EVENT,
        MEMBER_GROUP_ID,     MEMBER_NAME,       MEMBER_ORIGINAL_TIMESTAMP,
        MEMBER_PREVIOUS_ID,  MEMBER_PROPERTIES, MEMBER_TIMESTAMP,
        MEMBER_TRAITS,       MEMBER_USER_ID,
    };
    buf_text(out, "{\"type\":");
    buf_json_string(out, type);
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        size_t token = r->members[told[i]];
        if (token == 0) {
            continue;
        }
        buf_char(out, ',');
        buf_json_string(out, member_names[told[i]]);
        buf_char(out, ':');
        if (told[i] == MEMBER_USER_ID || told[i] == MEMBER_ANONYMOUS_ID) {
            buf_json_string(out, reading_text(r, token)); /* 7 and "7" are one customer */
        } else {
            put_canonical(r, token, out);
        }
    }
    buf_char(out, '}');
}
