/* Any bytes as an entry of the journal: what is read is written again and read alike. */
#include "core/tally.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sums of fuzzed numbers may overflow; entries of ours hold each key once. */
static bool has_repeats(const struct tallies *tallies)
{
    for (size_t i = 1; i < tallies->n; i++)
        if (tally_key_compare(&tallies->rows[i - 1].key, &tallies->rows[i].key) == 0)
            return true;
    return false;
}

static bool is_new(const void *context, struct tally_key *key)
{
    struct tallies *seen = *(struct tallies *const *)context;
    int64_t *n = tallies_at(seen, key);
    return ++n[0] == 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct tallies seen, *at = &seen, read, again;
    tallies_init(&seen, arena);
    tallies_init(&read, arena);
    tallies_init(&again, arena);
    if (tallies_decode_some(1, (struct span){(const char *)data, size}, &read, 1, UINT32_MAX, is_new, &at)) {
        tallies_sort(&read);
        assert(!has_repeats(&read));
        assert(tallies_decode(1, tallies_encode(arena, read.rows, read.n), &again, 1));
        tallies_sort(&again);
        assert(again.n == read.n);
        for (size_t i = 0; i < read.n; i++)
            assert(tally_key_compare(&read.rows[i].key, &again.rows[i].key) == 0 &&
                   memcmp(read.rows[i].n, again.rows[i].n, sizeof(read.rows[i].n)) == 0);
    }
    arena_free(arena);
    return 0;
}
