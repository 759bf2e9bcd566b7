#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/types.h"

/**
 * An arena: allocations of one request or one batch, freed together by one reset.
 *
 * Errors   allocation never returns NULL: running out of memory ends the process with a log line.
 *          Callers bound what they ask for (every size has a limit at the door).
 */
struct arena;

struct arena *arena_new(size_t block_size);
void arena_free(struct arena *arena);

/** Forget everything allocated; keeps one block for the next round. Poisons the memory under ASan. */
void arena_reset(struct arena *arena);

/** Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/** Zeroed memory for ${count} elements of ${size} bytes; overflow of the product ends the process. */
void *arena_array(struct arena *arena, size_t count, size_t size);
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
struct span arena_span(struct arena *arena, struct span s);
/** A NUL-terminated copy. */
char *arena_text(struct arena *arena, struct span s);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
size_t arena_bytes(const struct arena *arena);

/**
 * arena_grow(arena, array, count, capacity, size):
 * Make room for one more element: returns ${array} or a copy of it with twice the ${capacity}.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
