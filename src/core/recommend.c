#include "core/recommend.h"

#include <math.h>
#include <stdlib.h>

double recommend_score(const struct basket_pair *pair, int64_t orders, usec_t age)
{
    double lift = basket_lift(pair, orders);
    double halves = age > 0 ? (double)(age / USEC_PER_DAY) / RECOMMEND_HALF_LIFE : 0;
    return basket_confidence(pair) * lift / (1 + lift) * exp2(-halves);
}

const struct owned_item *recommend_owned(const struct owned_item *owned, size_t n, int64_t item)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (owned[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && owned[low].item == item ? &owned[low] : NULL;
}

/* By score, then by how often, then by item: one order for one set of pairs. */
static int compare_scores(const struct suggestion *x, const struct suggestion *y)
{
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    if (x->pair.orders != y->pair.orders)
        return x->pair.orders < y->pair.orders ? 1 : -1;
    return (x->pair.a > y->pair.a) - (x->pair.a < y->pair.a);
}

static int compare_by_item(const void *a, const void *b)
{
    const struct suggestion *x = a, *y = b;
    if (x->pair.b != y->pair.b)
        return x->pair.b > y->pair.b ? 1 : -1;
    return compare_scores(x, y);
}

static int compare_by_score(const void *a, const void *b)
{
    const struct suggestion *x = a, *y = b;
    int c = compare_scores(x, y);
    return c ? c : (x->pair.b > y->pair.b) - (x->pair.b < y->pair.b);
}

size_t recommend(struct arena *arena, const struct owned_item *owned, size_t n_owned, const struct basket_pair *pairs,
                 size_t n_pairs, int64_t orders, usec_t now, struct suggestion **out)
{
    struct suggestion *all = ARENA_ARRAY(arena, struct suggestion, n_pairs);
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < n_pairs; i++) {
        const struct owned_item *reason = recommend_owned(owned, n_owned, pairs[i].a);
        if (reason == NULL || recommend_owned(owned, n_owned, pairs[i].b))
            continue;
        all[n++] = (struct suggestion){.pair = pairs[i],
                                       .bought_at = reason->at,
                                       .score = recommend_score(&pairs[i], orders, now - reason->at)};
    }
    if (n)
        qsort(all, n, sizeof(*all), compare_by_item);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || all[i].pair.b != all[i - 1].pair.b)
            all[kept++] = all[i];
    if (kept)
        qsort(all, kept, sizeof(*all), compare_by_score);
    *out = all;
    return kept;
}
