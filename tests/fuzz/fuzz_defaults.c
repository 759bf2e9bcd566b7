/* Any bytes as a message or batch that lacks what its source says: what was JSON stays JSON, and then lacks nothing. */
#include "wire/defaults.h"

#include <assert.h>

#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct message_defaults defaults = {{"web", 3}, {"EUR", 3}};
    struct arena *arena = arena_new(4096);
    struct span body = {(const char *)data, size};
    for (int is_batch = 0; is_batch < 2; is_batch++) {
        struct envelope *before, *after;
        struct span once = defaults_apply(arena, body, is_batch, &defaults);
        assert(span_equal(defaults_apply(arena, once, is_batch, &defaults), once));
        if (envelope_parse(arena, body, is_batch, &before, NULL) == STATUS_OK &&
            envelope_parse(arena, once, is_batch, &after, NULL) == STATUS_OK) {
            assert(envelope_count(before) == envelope_count(after));
        }
    }
    arena_free(arena);
    return 0;
}
