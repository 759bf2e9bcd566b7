#include "core/flow.h"

static void add(struct headcount *count, int64_t model, int64_t stage, int64_t n)
{
    if (model >= 1 && model <= MODEL_SLOTS && stage >= 0 && stage < STAGE_NUMBERS)
        count->n[model - 1][stage] += n;
}

static void move(struct headcount *count, const struct tally *move, int64_t times)
{
    add(count, move->key.a, move->key.b, -times * move->n[0]);
    add(count, move->key.a, move->key.c, times * move->n[0]);
}

void flow_begin(struct flow *flow, const struct tally *tallies, size_t n, int64_t day)
{
    size_t first = n, end = 0;
    *flow = (struct flow){.n_moves = 0};
    for (size_t i = 0; i < n; i++) {
        const struct tally *tally = &tallies[i];
        if (tally->key.cube == CUBE_STANDING)
            add(&flow->standing, tally->key.a, tally->key.b, tally->n[0]);
        if (tally->key.cube != CUBE_MOVES || tally->key.day < day)
            continue;
        move(&flow->standing, tally, -1);
        first = first < i ? first : i;
        end = i + 1;
    }
    flow->moves = tallies + (first < n ? first : 0);
    flow->left = first < n ? end - first : 0;
}

void flow_advance(struct flow *flow, int64_t day)
{
    flow->moves += flow->n_moves;
    flow->n_moves = 0;
    while (flow->left && flow->moves[flow->n_moves].key.day < day) {
        move(&flow->standing, &flow->moves[flow->n_moves++], 1);
        flow->left--;
    }
}
