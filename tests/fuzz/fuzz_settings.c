/* Whatever an owner sends, what is merged and taken can be read again, and is told as a document that is
 * taken. */
#include "wire/settings.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct shop shop = {.id = 1, .space = {{1, 2, 3}}, .currency = "EUR", .exponent = 2};

static void tell(struct arena *arena, struct span document)
{
    struct buf out;
    struct error error = {0};
    const struct settings *settings;
    buf_init(&out, 0);
    settings_print(&out, arena, document);
    enum status status = settings_parse(arena, &shop, (struct span){out.p, out.n}, 1, &settings, &error);
    assert(status == STATUS_OK);
    assert(settings->n_blocked <= SETTINGS_BLOCKED_MAX && settings->n_origins <= SETTINGS_ORIGINS_MAX);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char present[] = "{\"identity\":{\"sharers_max\":3,\"blocked\":[\"a@b.example\"]}}";
    struct arena *arena = arena_new(16384);
    struct span patch = {(const char *)data, size};
    struct span merged;
    struct error error = {0};
    const struct settings *settings;
    enum status status = settings_merge(arena, span_of(present), patch, &merged, &error);
    assert(status == error.status);
    if (status == STATUS_OK && settings_parse(arena, &shop, merged, 1, &settings, &error) == STATUS_OK) {
        tell(arena, merged);
    }
    arena_free(arena);
    return 0;
}
