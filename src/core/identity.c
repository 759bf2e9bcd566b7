#include "core/identity.h"

static const struct kind {
    const char *word;
    int most;
} kinds[IDENTITY_KIND_COUNT] = {
#define X(name, word, most, sentence) [IDENTITY_##name] = {word, most},
    IDENTITY_TABLE(X)
#undef X
};

const char *identity_word(enum identity_kind kind)
{
    return kinds[kind].word;
}

int identity_most(enum identity_kind kind)
{
    return kinds[kind].most;
}

int identity_rank(enum identity_kind kind, bool is_used)
{
    if (kind == IDENTITY_USER && !is_used)
        return 2 * IDENTITY_KIND_COUNT;
    return 2 * (int)kind + !is_used;
}

enum identity_kind identity_kind_of(struct span word)
{
    for (int kind = IDENTITY_NONE + 1; kind < IDENTITY_KIND_COUNT; kind++)
        if (span_equal(word, span_of(kinds[kind].word)))
            return (enum identity_kind)kind;
    return IDENTITY_NONE;
}
