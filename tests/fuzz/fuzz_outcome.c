/* Any bytes as a stored reply: what is read is written again and read alike. */
#include "core/outcome.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct outcome outcome, again;
    if (outcome_decode(arena, (struct span){(const char *)data, size}, &outcome)) {
        assert(outcome_decode(arena, outcome_encode(arena, &outcome), &again));
        assert(again.n_models == outcome.n_models && again.n_entered == outcome.n_entered &&
               again.n_left == outcome.n_left);
        for (size_t i = 0; i < outcome.n_models; i++)
            assert(again.models[i].since == outcome.models[i].since &&
                   again.models[i].next_at == outcome.models[i].next_at && again.models[i].to == outcome.models[i].to);
    }
    arena_free(arena);
    return 0;
}
