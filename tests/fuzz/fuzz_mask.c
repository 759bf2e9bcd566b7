/* Any bytes as a message: what is shown of it is valid JSON, short enough, and stays as it is when masked again. */
#include "wire/mask.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t limits[] = {512, 1500, MASK_BYTES_MAX};
    struct arena *arena = arena_new(4096);
    struct span json = {(const char *)data, size};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct span once, twice;
        if (!mask_json(arena, json, limits[i], &once)) {
            continue;
        }
        assert(once.n <= limits[i]);
        assert(memchr(once.p, '@', once.n) == NULL);
        assert(mask_json(arena, once, 4 * MASK_BYTES_MAX, &twice));
    }
    struct span text = mask_text(json);
    assert(text.n <= 128);
    arena_free(arena);
    return 0;
}
