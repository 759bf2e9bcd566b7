/* Any bytes as a source, and, after a line break, a patch of it: what is taken can be stored and read again. */
#include "wire/source.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span stored(struct arena *arena, const struct source_settings *settings)
{
    struct buf buf;
    buf_init(&buf, 0);
    source_settings_print(&buf, settings);
    struct span text = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

static void check(struct arena *arena, const struct source_document *source)
{
    struct source_settings again;
    struct span text = stored(arena, &source->settings);
    enum status status = source_settings_read(arena, source->type, text, &again, NULL);
    assert(status == STATUS_OK && span_equal(stored(arena, &again), text));
    (void)status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;
    size_t n = end ? (size_t)(end - text) : size;
    struct source_document source, changed;
    struct error error;
    if (source_parse(arena, (struct span){text, n}, &source, &error) == STATUS_OK) {
        check(arena, &source);
        if (end && source_patch(arena, &source, (struct span){end + 1, size - n - 1}, &changed, &error) == STATUS_OK) {
            check(arena, &changed);
        }
    }
    arena_free(arena);
    return 0;
}
