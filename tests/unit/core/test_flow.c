#include "core/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A ledger by hand, of model 2: two come into stage 1 on day 10, one of them goes to 3 on day 12, another comes on day 12, and on day 15
 * the one in 3 comes back to 1. Now: three in 1. Model 1 has one customer, who came on day 11. */
static struct tallies *history(void)
{
    static const struct tally rows[] = {
        {.key = {.cube = CUBE_STANDING, .a = 2, .b = 1}, .n = {3}},
        {.key = {.cube = CUBE_STANDING, .a = 1, .b = 7}, .n = {1}},
        {.key = {.cube = CUBE_MOVES, .day = 15, .a = 2, .b = 3, .c = 1}, .n = {1}},
        {.key = {.cube = CUBE_MOVES, .day = 12, .a = 2, .b = 1, .c = 3}, .n = {1}},
        {.key = {.cube = CUBE_MOVES, .day = 12, .a = 2, .b = 0, .c = 1}, .n = {1}},
        {.key = {.cube = CUBE_MOVES, .day = 11, .a = 1, .b = 0, .c = 7}, .n = {1}},
        {.key = {.cube = CUBE_MOVES, .day = 10, .a = 2, .b = 0, .c = 1}, .n = {2}},
        {.key = {.cube = CUBE_OPEN, .day = 10, .a = 2, .b = 1}, .n = {2}},
    };
    struct tallies *out = ARENA_NEW(arena, struct tallies);
    tallies_init(out, arena);
    tallies_add(out, rows, COUNT_OF(rows), 1);
    tallies_sort(out);
    return out;
}

static struct flow *begin(const struct tallies *tallies, int64_t day)
{
    struct flow *flow = ARENA_NEW(arena, struct flow);
    flow_begin(flow, tallies->rows, tallies->n, day);
    return flow;
}

static void who_stands_somewhere_on_a_day_follows_from_now_and_the_moves_since(void **state)
{
    (void)state;
    struct flow *flow = begin(history(), 10);
    assert_int_equal(flow->standing.n[1][1], 0);
    assert_int_equal(flow->n_moves, 0);
    flow_advance(flow, 11);
    assert_int_equal(flow->standing.n[1][1], 2);
    assert_int_equal(flow->standing.n[0][7], 0);
    assert_int_equal(flow->n_moves, 1);
    flow_advance(flow, 13);
    assert_int_equal(flow->standing.n[1][1], 2);
    assert_int_equal(flow->standing.n[1][3], 1);
    assert_int_equal(flow->standing.n[0][7], 1);
    assert_int_equal(flow->n_moves, 3);
    assert_int_equal(flow->moves[0].key.day, 11);
    flow_advance(flow, 15);
    assert_int_equal(flow->n_moves, 0);
    assert_int_equal(flow->standing.n[1][3], 1);
    flow_advance(flow, 16);
    assert_int_equal(flow->standing.n[1][1], 3);
    assert_int_equal(flow->standing.n[1][3], 0);
    assert_int_equal(flow->left, 0);
    flow_advance(flow, 99);
    assert_int_equal(flow->n_moves, 0);
}

static void a_range_that_begins_later_needs_no_earlier_moves(void **state)
{
    (void)state;
    struct flow *all = begin(history(), 13), *alone = ARENA_NEW(arena, struct flow);
    struct tallies few;
    tallies_init(&few, arena);
    for (size_t i = 0; i < history()->n; i++)
        if (history()->rows[i].key.cube != CUBE_MOVES || history()->rows[i].key.day >= 13)
            tallies_add(&few, &history()->rows[i], 1, 1);
    tallies_sort(&few);
    flow_begin(alone, few.rows, few.n, 13);
    assert_memory_equal(&all->standing, &alone->standing, sizeof(all->standing));
    assert_int_equal(all->standing.n[1][1], 2);
    assert_int_equal(all->standing.n[1][3], 1);
    assert_int_equal(all->left, 1);
}

static void without_moves_nothing_changes(void **state)
{
    (void)state;
    struct flow *flow = begin(history(), 16);
    assert_int_equal(flow->standing.n[1][1], 3);
    flow_advance(flow, 17);
    assert_int_equal(flow->standing.n[1][1], 3);
    struct tallies none;
    tallies_init(&none, arena);
    flow = begin(&none, 0);
    flow_advance(flow, 1);
    assert_int_equal(flow->n_moves, 0);
}

static void what_is_no_model_or_stage_is_not_counted(void **state)
{
    (void)state;
    static const struct tally rows[] = {
        {.key = {.cube = CUBE_STANDING, .a = 33, .b = 1}, .n = {1}},
        {.key = {.cube = CUBE_STANDING, .a = 0, .b = 1}, .n = {1}},
        {.key = {.cube = CUBE_STANDING, .a = 1, .b = 256}, .n = {1}},
        {.key = {.cube = CUBE_MOVES, .day = 1, .a = 1, .b = -1, .c = 255}, .n = {1}},
    };
    struct headcount none = {0};
    struct flow *flow = ARENA_NEW(arena, struct flow);
    flow_begin(flow, rows, COUNT_OF(rows), 1);
    assert_int_equal(flow->standing.n[0][255], -1);
    flow_advance(flow, 2);
    assert_memory_equal(&flow->standing, &none, sizeof(none));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_stands_somewhere_on_a_day_follows_from_now_and_the_moves_since),
        cmocka_unit_test(a_range_that_begins_later_needs_no_earlier_moves),
        cmocka_unit_test(without_moves_nothing_changes),
        cmocka_unit_test(what_is_no_model_or_stage_is_not_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
