/* Any bytes as a cursor: what is read is written again and read alike. */
#include "wire/cursor.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct cursor cursor, again;
    uint64_t list = 7;
    if (cursor_decode(arena, (struct span){(const char *)data, size}, list, &cursor)) {
        struct span text = cursor_encode(arena, &cursor);
        assert(cursor_decode(arena, text, list, &again));
        assert(again.number == cursor.number && again.is_null == cursor.is_null);
        assert(span_equal(again.text, cursor.text) && uuid_compare(&again.key, &cursor.key) == 0);
    }
    /* what is written is always read */
    struct cursor made = {.list = list, .number = (int64_t)size, .text = {(const char *)data, size < 64 ? size : 64}};
    assert(cursor_decode(arena, cursor_encode(arena, &made), list, &again) && span_equal(again.text, made.text));
    arena_free(arena);
    return 0;
}
