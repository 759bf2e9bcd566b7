#include "core/basket.h"

#include <assert.h>
#include <stdlib.h>

#define LEAST 2 /* what happened once is chance */
#define LAST  (UINT32_C(1) << 31)

double basket_support(const struct basket_pair *pair, int64_t orders)
{
    return (double)pair->orders / (double)orders;
}

double basket_confidence(const struct basket_pair *pair)
{
    return (double)pair->orders / (double)pair->a_orders;
}

double basket_lift(const struct basket_pair *pair, int64_t orders)
{
    return (double)pair->orders * (double)orders / ((double)pair->a_orders * (double)pair->b_orders);
}

struct basket_pair basket_turned(const struct basket_pair *pair)
{
    return (struct basket_pair){.a = pair->b,
                                .b = pair->a,
                                .orders = pair->orders,
                                .a_orders = pair->b_orders,
                                .b_orders = pair->a_orders};
}

/* --- the orders ------------------------------------------------------------------------------------------------- */

void baskets_init(struct baskets *baskets)
{
    *baskets = (struct baskets){.arena = arena_new(1 << 20)};
}

void baskets_done(struct baskets *baskets)
{
    arena_free(baskets->arena);
    *baskets = (struct baskets){0};
}

static size_t place_of(const struct baskets *b, int64_t item)
{
    uint64_t h = (uint64_t)item * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (h ^ h >> 32) & (b->n_places - 1);
    while (b->places[at] && b->items[b->places[at] - 1] != item)
        at = (at + 1) & (b->n_places - 1);
    return at;
}

static void make_places(struct baskets *b)
{
    b->n_places = b->n_places ? 2 * b->n_places : 1024;
    b->places = ARENA_ARRAY(b->arena, uint32_t, b->n_places);
    for (uint32_t i = 0; i < b->n_items; i++)
        b->places[place_of(b, b->items[i])] = i + 1;
}

/* The number of ${item}, which has one from now on. */
static uint32_t number_of(struct baskets *b, int64_t item)
{
    if (2 * (size_t)b->n_items >= b->n_places)
        make_places(b);
    size_t at = place_of(b, item);
    if (b->places[at] == 0) {
        b->items = arena_grow(b->arena, b->items, b->n_items, &b->items_capacity, sizeof(*b->items));
        b->with = arena_grow(b->arena, b->with, b->n_items, &b->with_capacity, sizeof(*b->with));
        b->items[b->n_items] = item;
        b->with[b->n_items] = 0;
        b->places[at] = ++b->n_items;
    }
    return b->places[at] - 1;
}

static int compare_items(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorted, each once, without 0. */
static size_t tidy(int64_t *items, size_t n)
{
    size_t kept = 0;
    qsort(items, n, sizeof(*items), compare_items);
    for (size_t i = 0; i < n; i++)
        if (items[i] && (kept == 0 || items[kept - 1] != items[i]))
            items[kept++] = items[i];
    return kept;
}

bool baskets_add(struct baskets *b, int64_t *items, size_t n)
{
    n = n ? tidy(items, n) : 0;
    if (n > 1 && b->n_members + n > BASKETS_ROOM)
        return false;
    b->orders += n > 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t number = number_of(b, items[i]);
        b->with[number]++;
        if (n == 1)
            break;
        b->members = arena_grow(b->arena, b->members, b->n_members, &b->members_capacity, sizeof(*b->members));
        b->members[b->n_members++] = i + 1 < n ? number : number | LAST;
    }
    return true;
}

/* --- what is left ----------------------------------------------------------------------------------------------- */

/* Drop the items that are in no pair that counts, and orders of which one item or none is left. */
static void prune(struct baskets *b)
{
    size_t kept = 0, begin = 0;
    for (size_t i = 0; i < b->n_members; i++) {
        uint32_t number = b->members[i] & ~LAST;
        bool is_last = b->members[i] & LAST;
        if (b->with[number] >= LEAST)
            b->members[kept++] = number;
        if (!is_last)
            continue;
        if (kept - begin < 2)
            kept = begin;
        else
            b->members[kept - 1] |= LAST;
        begin = kept;
    }
    b->n_members = kept;
}

/* Where each item is: places[first[number]] to places[first[number + 1] - 1] among the members. */
struct occurrences {
    size_t *first;
    uint32_t *places;
};

static struct occurrences find_occurrences(const struct baskets *b)
{
    struct occurrences o = {.first = ARENA_ARRAY(b->arena, size_t, (size_t)b->n_items + 2),
                            .places = ARENA_ARRAY(b->arena, uint32_t, b->n_members)};
    for (size_t i = 0; i < b->n_members; i++)
        o.first[(b->members[i] & ~LAST) + 2]++;
    for (size_t i = 2; i < (size_t)b->n_items + 2; i++)
        o.first[i] += o.first[i - 1];
    for (size_t i = 0; i < b->n_members; i++)
        o.places[o.first[(b->members[i] & ~LAST) + 1]++] = (uint32_t)i;
    return o;
}

/* --- the best ones ---------------------------------------------------------------------------------------------- */

/* A heap: the one that goes first is at the top. */
struct best {
    struct basket_pair *pairs;
    size_t n, most, capacity;
    int64_t cut;
    struct arena *arena;
};

/* Does ${a} go before ${b}? */
static bool is_worse(const struct basket_pair *a, const struct basket_pair *b)
{
    if (a->orders != b->orders)
        return a->orders < b->orders;
    int64_t x = a->a_orders * a->b_orders, y = b->a_orders * b->b_orders;
    if (x != y)
        return x > y;
    return a->a != b->a ? a->a > b->a : a->b > b->b;
}

static void sink(struct best *best, const struct basket_pair *pair)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < best->n; at = child) {
        if (child + 1 < best->n && is_worse(&best->pairs[child + 1], &best->pairs[child]))
            child++;
        if (!is_worse(&best->pairs[child], pair))
            break;
        best->pairs[at] = best->pairs[child];
    }
    best->pairs[at] = *pair;
}

static void rise(struct best *best, const struct basket_pair *pair)
{
    size_t at = best->n++;
    for (; at && is_worse(pair, &best->pairs[(at - 1) / 2]); at = (at - 1) / 2)
        best->pairs[at] = best->pairs[(at - 1) / 2];
    best->pairs[at] = *pair;
}

static void offer(struct best *best, const struct basket_pair *pair)
{
    if (best->n < best->most) {
        best->pairs = arena_grow(best->arena, best->pairs, best->n, &best->capacity, sizeof(*best->pairs));
        rise(best, pair);
        return;
    }
    best->cut++;
    if (is_worse(&best->pairs[0], pair))
        sink(best, pair);
}

/* --- counting --------------------------------------------------------------------------------------------------- */

static struct basket_pair pair_of(const struct baskets *b, uint32_t x, uint32_t y, int32_t orders)
{
    struct basket_pair pair = {
        .a = b->items[x], .b = b->items[y], .orders = orders, .a_orders = b->with[x], .b_orders = b->with[y]};
    return pair.a < pair.b ? pair : basket_turned(&pair);
}

/* All pairs of one item and those that come after it in their orders. ${together}: zeros, as they are again afterwards. */
static void count_item(const struct baskets *b, const struct occurrences *o, uint32_t number, int32_t *together,
                       uint32_t *met, struct best *best)
{
    size_t n_met = 0;
    for (size_t i = o->first[number]; i < o->first[number + 1]; i++) {
        size_t at = o->places[i];
        while (!(b->members[at] & LAST)) {
            uint32_t other = b->members[++at] & ~LAST;
            if (together[other]++ == 0)
                met[n_met++] = other;
        }
    }
    for (size_t i = 0; i < n_met; i++) {
        if (together[met[i]] >= LEAST) {
            struct basket_pair pair = pair_of(b, number, met[i], together[met[i]]);
            offer(best, &pair);
        }
        together[met[i]] = 0;
    }
}

static int compare_pairs(const void *a, const void *b)
{
    const struct basket_pair *x = a, *y = b;
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

void baskets_count(struct baskets *b, size_t most, struct basket_count *out)
{
    struct best best = {.most = most, .arena = b->arena};
    assert(most > 0);
    prune(b);
    struct occurrences occurrences = find_occurrences(b);
    int32_t *together = ARENA_ARRAY(b->arena, int32_t, b->n_items);
    uint32_t *met = ARENA_ARRAY(b->arena, uint32_t, b->n_items);
    for (uint32_t i = 0; i < b->n_items; i++)
        count_item(b, &occurrences, i, together, met, &best);
    *out = (struct basket_count){
        .pairs = best.pairs, .n = best.n, .orders = b->orders, .least = LEAST, .cut = best.cut};
    if (best.cut)
        out->least = best.pairs[0].orders;
    if (best.n)
        qsort(best.pairs, best.n, sizeof(*best.pairs), compare_pairs);
}
