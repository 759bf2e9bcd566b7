#include "base/arena.h"

#include "memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define GAP 16 /* poisoned bytes after each allocation */
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define GAP 0
#endif

#define ALIGNMENT sizeof(max_align_t)
#define LEAST_BLOCK 256

struct block {
    struct block *next;
    size_t size; /* of ${bytes} */
    size_t used;
    max_align_t bytes[];
};

/** The first block is the kept one; the newest of the others, if any, is next in the list. */
struct arena {
    struct block *kept;
    struct block *current;
    size_t block_size;
    size_t bytes;
};

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

static struct block *block_new(size_t size)
{
    struct block *block = memory_resize(NULL, sizeof(*block) + size);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    POISON(block->bytes, size);
    return block;
}

static void block_free(struct block *block)
{
    UNPOISON(block->bytes, block->size);
    free(block);
}

struct arena *arena_new(size_t block_size)
{
    struct arena *arena = memory_resize(NULL, sizeof(*arena));
    arena->block_size = aligned(block_size < LEAST_BLOCK ? LEAST_BLOCK : block_size);
    arena->kept = block_new(arena->block_size);
    arena->current = arena->kept;
    arena->bytes = 0;
    return arena;
}

static void free_all_but_kept(struct arena *arena)
{
    struct block *block = arena->kept->next;
    while (block != NULL) {
        struct block *next = block->next;
        block_free(block);
        block = next;
    }
    arena->kept->next = NULL;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    free_all_but_kept(arena);
    block_free(arena->kept);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    free_all_but_kept(arena);
    POISON(arena->kept->bytes, arena->kept->size);
    arena->kept->used = 0;
    arena->current = arena->kept;
    arena->bytes = 0;
}

/** A large allocation gets a block of its own, so that the rest of the current block stays in use. */
static struct block *block_with_room(struct arena *arena, size_t need)
{
    struct block *current = arena->current;
    if (current->size - current->used >= need) {
        return current;
    }
    bool is_large = need > arena->block_size / 2;
    struct block *block = block_new(is_large ? need : arena->block_size);
    block->next = arena->kept->next;
    arena->kept->next = block;
    if (!is_large) {
        arena->current = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        memory_end(size);
    }
    size_t need = aligned((size ? size : 1) + GAP);
    struct block *block = block_with_room(arena, need);
    char *p = (char *)block->bytes + block->used;
    block->used += need;
    arena->bytes += size;
    UNPOISON(p, size);
    memset(p, 0, size);
    return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        memory_end(SIZE_MAX);
    }
    return arena_alloc(arena, count * size);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    void *p = arena_alloc(arena, size);
    if (size != 0) {
        memcpy(p, bytes, size);
    }
    return p;
}

struct span arena_span(struct arena *arena, struct span s)
{
    return (struct span){arena_copy(arena, s.p, s.n), s.n};
}

char *arena_text(struct arena *arena, struct span s)
{
    char *p = arena_alloc(arena, s.n + 1);
    if (s.n != 0) {
        memcpy(p, s.p, s.n);
    }
    return p;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    char *p = arena_alloc(arena, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

size_t arena_bytes(const struct arena *arena)
{
    return arena->bytes;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return array;
    }
    size_t doubled = *capacity < 4 ? 8 : *capacity * 2;
    void *grown = arena_array(arena, doubled, size);
    if (count != 0) {
        memcpy(grown, array, count * size);
    }
    *capacity = doubled;
    return grown;
}
