#include "known_terms.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 131072 /* a power of two */
#define MOST   (PLACES / 2)

struct known_terms {
    uint64_t keys[PLACES]; /* 0: free */
    size_t n;
};

struct known_terms *known_terms_new(void)
{
    struct known_terms *known = calloc(1, sizeof(*known));
    if (known == NULL)
        abort();
    return known;
}

void known_terms_free(struct known_terms *known)
{
    free(known);
}

void known_terms_forget(struct known_terms *known)
{
    memset(known, 0, sizeof(*known));
}

static uint64_t key_of(int shop_id, uint64_t hash, bool has_label)
{
    uint64_t key = hash ^ ((uint64_t)shop_id << 1 | has_label) * UINT64_C(0x9e3779b97f4a7c15);
    key = (key ^ key >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return key ? key : 1;
}

/* Where ${key} is, or the free place where it would be. */
static size_t place_of(const struct known_terms *known, uint64_t key)
{
    size_t at = key & (PLACES - 1);
    while (known->keys[at] && known->keys[at] != key)
        at = (at + 1) & (PLACES - 1);
    return at;
}

bool known_terms_has(const struct known_terms *known, const struct shop_term *term)
{
    if (known == NULL)
        return false;
    uint64_t labelled = key_of(term->shop_id, term->term.hash, true), bare = key_of(term->shop_id, term->term.hash, false);
    return known->keys[place_of(known, labelled)] || (term->term.label.n == 0 && known->keys[place_of(known, bare)]);
}

void known_terms_add(struct known_terms *known, const struct shop_term *terms, size_t n)
{
    for (size_t i = 0; known && i < n; i++) {
        uint64_t key = key_of(terms[i].shop_id, terms[i].term.hash, terms[i].term.label.n > 0);
        size_t at = place_of(known, key);
        if (known->keys[at])
            continue;
        if (known->n == MOST) {
            known_terms_forget(known);
            at = place_of(known, key);
        }
        known->keys[at] = key;
        known->n++;
    }
}
