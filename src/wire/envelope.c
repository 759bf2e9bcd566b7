#include "envelope.h"

#include <stdlib.h>

/** The deepest place of a batch's item; a message alone may be nested as deeply as an item. */
#define BATCH_DEPTH 2

/** A batch's context is repeated in every item's payload: what all of them may take together. */
#define SHARED_BYTES_MAX (16 * (size_t)BATCH_BYTES_MAX)

enum field { BATCH, CONTEXT, INTEGRATIONS, SENT_AT, WRITE_KEY, API_KEY, FIELD_COUNT };

static const struct span fields[FIELD_COUNT] = {
    [BATCH] = SCAN_NAME("batch"),
    [CONTEXT] = SCAN_NAME("context"),
    [INTEGRATIONS] = SCAN_NAME("integrations"),
    [SENT_AT] = SCAN_NAME("sentAt"),
    [WRITE_KEY] = SCAN_NAME("writeKey"),
    [API_KEY] = SCAN_NAME("api_key"),
};

static int compare_shared(const void *a, const void *b)
{
    const struct shared_member *one = a;
    const struct shared_member *other = b;
    int c = span_compare(one->name, other->name);
    return c != 0 ? c : (one->key > other->key) - (one->key < other->key);
}

static void shared_read(struct arena *arena, const struct scan *scan, size_t object, struct shared *out)
{
    size_t capacity = 0;
    out->size = scan_raw(scan, object).n;
    for (size_t key = object + 1; key < scan_next(scan, object); key = scan_next(scan, key + 1)) {
        out->members = arena_grow(arena, out->members, out->n, &capacity, sizeof(*out->members));
        out->members[out->n++] = (struct shared_member){scan_string(arena, scan, key), key};
    }
    if (out->n == 0) {
        return;
    }
    qsort(out->members, out->n, sizeof(*out->members), compare_shared);
    size_t n = 0; /* of equal names the last one stays */
    for (size_t i = 0; i < out->n; i++) {
        if (i + 1 == out->n || !span_equal(out->members[i].name, out->members[i + 1].name)) {
            out->members[n++] = out->members[i];
        }
    }
    out->n = n;
}

size_t envelope_shared_find(const struct shared *shared, struct span name)
{
    size_t low = 0;
    size_t high = shared->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = span_compare(name, shared->members[middle].name);
        if (c == 0) {
            return middle;
        }
        if (c < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return shared->n;
}

static struct span text_of(struct arena *arena, const struct scan *scan, size_t token)
{
    bool is_string = token != 0 && scan_type(scan, token) == TOKEN_STRING;
    return is_string ? scan_string(arena, scan, token) : (struct span){"", 0};
}

static enum status batch_read(struct arena *arena, const size_t *values, struct envelope *e,
                              struct error *error)
{
    const struct scan *scan = &e->scan;
    size_t batch = values[BATCH];
    if (batch == 0) {
        return error_set(error, STATUS_MISSING_MEMBER, "/batch", "batch is missing");
    }
    if (scan_type(scan, batch) != TOKEN_ARRAY) {
        return error_set(error, STATUS_WRONG_TYPE, "/batch", "batch must be an array");
    }
    size_t n = 0;
    for (size_t item = batch + 1; item < scan_next(scan, batch); item = scan_next(scan, item)) {
        n++;
    }
    if (n > BATCH_ITEMS_MAX) {
        return error_set(error, STATUS_TOO_MANY, "/batch", "a batch has at most %d items", BATCH_ITEMS_MAX);
    }
    size_t *items = ARENA_ARRAY(arena, size_t, n);
    n = 0;
    for (size_t item = batch + 1; item < scan_next(scan, batch); item = scan_next(scan, item)) {
        items[n++] = item;
    }
    e->items = items;
    e->n_items = n;
    e->sent_at = values[SENT_AT];
    if (values[CONTEXT] != 0) {
        if (scan_type(scan, values[CONTEXT]) != TOKEN_OBJECT) {
            return error_set(error, STATUS_WRONG_TYPE, "/context", "context must be an object");
        }
        shared_read(arena, scan, values[CONTEXT], &e->context);
    }
    if (values[INTEGRATIONS] != 0 && scan_type(scan, values[INTEGRATIONS]) == TOKEN_OBJECT) {
        shared_read(arena, scan, values[INTEGRATIONS], &e->integrations);
    }
    if (n * (e->context.size + e->integrations.size) > SHARED_BYTES_MAX) {
        return error_set(error, STATUS_TOO_LARGE, "/context",
                         "the batch's context is too large for %zu items", n);
    }
    return STATUS_OK;
}

enum status envelope_parse(struct arena *arena, struct span body, bool is_batch, struct envelope **out,
                           struct error *error)
{
    size_t limit = is_batch ? BATCH_BYTES_MAX : MESSAGE_BYTES_MAX;
    if (body.n > limit) {
        return error_set(error, STATUS_TOO_LARGE, "", "the body has more than %zu bytes", limit);
    }
    struct envelope *e = ARENA_NEW(arena, struct envelope);
    size_t depth = is_batch ? MESSAGE_DEPTH_MAX + BATCH_DEPTH : MESSAGE_DEPTH_MAX;
    enum status status = scan_parse(arena, arena_span(arena, body), depth, &e->scan, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (scan_type(&e->scan, 0) != TOKEN_OBJECT) {
        return error_set(error, STATUS_WRONG_TYPE, "", "the body must be an object");
    }
    size_t values[FIELD_COUNT];
    scan_members(&e->scan, 0, fields, FIELD_COUNT, values);
    e->is_batch = is_batch;
    if (is_batch) {
        status = batch_read(arena, values, e, error);
        if (status != STATUS_OK) {
            return status;
        }
    } else {
        e->items = ARENA_NEW(arena, size_t); /* 0: the document itself */
        e->n_items = 1;
    }
    e->write_key = text_of(arena, &e->scan, values[WRITE_KEY]);
    if (e->write_key.n == 0) {
        e->write_key = text_of(arena, &e->scan, values[API_KEY]);
    }
    *out = e;
    return STATUS_OK;
}

struct span envelope_write_key(const struct envelope *envelope)
{
    return envelope->write_key;
}

size_t envelope_count(const struct envelope *envelope)
{
    return envelope->n_items;
}

struct span envelope_item(const struct envelope *envelope, size_t index)
{
    return scan_raw(&envelope->scan, envelope->items[index]);
}

size_t envelope_stripped(const struct envelope *envelope)
{
    return envelope->scan.stripped;
}
