/* Any bytes as a webhook endpoint, and, after a line break, a patch of it: what is taken can be stored and read again. */
#include "wire/endpoint.h"
#include "wire/webhook.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span stored(struct arena *arena, const struct endpoint *endpoint)
{
    struct buf buf;
    buf_init(&buf, 0);
    endpoint_settings_print(&buf, endpoint);
    struct span text = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

static void check(struct arena *arena, const struct definitions *definitions, const struct endpoint *endpoint)
{
    struct endpoint again = {0};
    struct change_filter filter;
    struct span text = stored(arena, endpoint);
    enum status status = endpoint_settings_read(arena, text, &again, NULL);
    assert(status == STATUS_OK && span_equal(stored(arena, &again), text));
    (void)status;
    endpoint_filter(definitions, &again, &filter);
}

/** The same bytes as what may be asked of it. */
static void ask(struct arena *arena, struct span json)
{
    struct error error;
    struct endpoint_rotation rotation;
    struct endpoint_recovery recovery;
    struct webhook_id id;
    enum change_type type;
    (void)!endpoint_rotation_parse(arena, json, &rotation, &error);
    (void)!endpoint_recovery_parse(arena, json, &recovery, &error);
    (void)!endpoint_test_parse(arena, json, &type, &error);
    if (webhook_id_parse(json, &id)) {
        char text[WEBHOOK_ID_TEXT];
        webhook_id_print(&id, text);
        assert(span_is(json, text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct definitions none;
    struct arena *arena = arena_new(4096);
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;
    size_t n = end ? (size_t)(end - text) : size;
    struct endpoint_document made, changed;
    struct error error;
    ask(arena, (struct span){text, n});
    if (endpoint_parse(arena, &none, (struct span){text, n}, &made, &error) == STATUS_OK) {
        check(arena, &none, &made.endpoint);
        struct span patch = end ? (struct span){end + 1, size - n - 1} : (struct span){"{}", 2};
        if (endpoint_patch(arena, &none, &made.endpoint, patch, &changed, &error) == STATUS_OK) {
            check(arena, &none, &changed.endpoint);
        }
    }
    arena_free(arena);
    return 0;
}
