#include "core/stay.h"

#include <stdlib.h>

struct stay {
    int64_t since;
    int model, stage;
    struct stays stays;
};

static int compare_groups(const struct stay *a, const struct stay *b)
{
    int c = (a->since > b->since) - (a->since < b->since);
    c = c ? c : (a->model > b->model) - (a->model < b->model);
    return c ? c : (a->stage > b->stage) - (a->stage < b->stage);
}

static int compare_stays(const void *a, const void *b)
{
    return compare_groups(a, b);
}

static struct stays stays_of(const struct tally *tally, int64_t today)
{
    int64_t n = tally->n[0] > 0 ? tally->n[0] : 0;
    if (tally->key.cube == CUBE_OPEN)
        return (struct stays){.days = today > tally->key.day ? today - tally->key.day : 0, .censored = n};
    bool has_left = spell_to(tally) != 0;
    return (struct stays){.days = spell_days(tally), .ended = has_left ? n : 0, .censored = has_left ? 0 : n};
}

/* The stays of one group, of ${n} that are. */
static struct stay_group group_of(struct arena *arena, const struct stay *stays, size_t n)
{
    struct stay_group group = {.model = stays[0].model, .stage = stays[0].stage, .since = stays[0].since};
    group.stays = ARENA_ARRAY(arena, struct stays, n);
    for (size_t i = 0; i < n; i++)
        group.stays[i] = stays[i].stays;
    group.n = stays_sort(group.stays, n);
    return group;
}

size_t stay_groups(struct arena *arena, const struct tally *tallies, size_t n, int64_t today, bool by_month,
                   struct stay_group **out)
{
    struct stay *stays = ARENA_ARRAY(arena, struct stay, n);
    size_t n_stays = 0, n_groups = 0, capacity = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tally *tally = &tallies[i];
        if (tally->key.cube != CUBE_SPELL && tally->key.cube != CUBE_OPEN)
            continue;
        stays[n_stays++] = (struct stay){.since = by_month ? period_begin(GRAIN_MONTH, tally->key.day) : NONE,
                                         .model = (int)tally->key.a,
                                         .stage = (int)tally->key.b,
                                         .stays = stays_of(tally, today)};
    }
    if (n_stays)
        qsort(stays, n_stays, sizeof(*stays), compare_stays);
    *out = NULL;
    for (size_t i = 0, end; i < n_stays; i = end) {
        for (end = i + 1; end < n_stays && compare_groups(&stays[i], &stays[end]) == 0;)
            end++;
        struct stay_group group = group_of(arena, &stays[i], end - i);
        if (group.n == 0)
            continue;
        *out = arena_grow(arena, *out, n_groups, &capacity, sizeof(**out));
        (*out)[n_groups++] = group;
    }
    return n_groups;
}
