#include "core/stay.h"

#include <math.h>
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

#define SPELL(since, model, stage, days, to, customers)                                                       \
    {                                                                                                         \
        .key = {.cube = CUBE_SPELL, .day = (since), .a = (model), .b = (stage), .c = (days) * 256 + (to)},    \
        .n = { customers }                                                                                    \
    }
#define OPEN(since, model, stage, customers)                                                                  \
    {                                                                                                         \
        .key = {.cube = CUBE_OPEN, .day = (since), .a = (model), .b = (stage)}, .n = { customers }            \
    }
#define JANUARY  20454 /* 2026-01-01 */
#define FEBRUARY 20485

static void assert_stays(const struct stays *stays, int64_t days, int64_t ended, int64_t censored)
{
    assert_int_equal(stays->days, days);
    assert_int_equal(stays->ended, ended);
    assert_int_equal(stays->censored, censored);
}

static const struct tally rows[] = {
    SPELL(JANUARY, 1, 2, 10, 3, 4),  SPELL(JANUARY, 1, 2, 10, 4, 1), SPELL(JANUARY, 1, 2, 0, 3, 2),
    SPELL(JANUARY, 1, 2, 7, 0, 5),   SPELL(JANUARY, 1, 3, 1, 2, 1),  SPELL(FEBRUARY, 1, 2, 10, 3, 1),
    OPEN(JANUARY + 30, 1, 2, 6),     OPEN(FEBRUARY + 9, 1, 2, 3),    OPEN(FEBRUARY + 10, 1, 2, 1),
    OPEN(FEBRUARY + 11, 2, 255, 1), {.key = {.cube = CUBE_STANDING, .a = 1, .b = 2}, .n = {11}},
};

static void stays_that_ended_and_that_go_on_are_told_apart(void **state)
{
    (void)state;
    struct stay_group *groups;
    assert_int_equal(stay_groups(arena, rows, COUNT_OF(rows), FEBRUARY + 10, false, &groups), 3);
    assert_int_equal(groups[0].model, 1);
    assert_int_equal(groups[0].stage, 2);
    assert_int_equal(groups[0].since, NONE);
    assert_int_equal(groups[0].n, 5);
    assert_stays(&groups[0].stays[0], 0, 2, 1); /* one came today */
    assert_stays(&groups[0].stays[1], 1, 0, 3);
    assert_stays(&groups[0].stays[2], 7, 0, 5); /* the model was withdrawn: nobody knows how long they would have stayed */
    assert_stays(&groups[0].stays[3], 10, 6, 0);
    assert_stays(&groups[0].stays[4], 11, 0, 6);
    assert_int_equal(groups[1].stage, 3);
    assert_stays(&groups[1].stays[0], 1, 1, 0);
    assert_int_equal(groups[2].model, 2);
    assert_int_equal(groups[2].stage, 255);
    assert_stays(&groups[2].stays[0], 0, 0, 1); /* an instant ahead of whoever asks: not a negative time */
}

static void by_month_of_entry_each_stays_on_its_own(void **state)
{
    (void)state;
    struct stay_group *groups;
    assert_int_equal(stay_groups(arena, rows, COUNT_OF(rows), FEBRUARY + 10, true, &groups), 4);
    assert_int_equal(groups[0].since, JANUARY);
    assert_int_equal(groups[0].stage, 2);
    assert_int_equal(groups[0].n, 4);
    assert_int_equal(groups[1].stage, 3);
    assert_int_equal(groups[2].since, FEBRUARY);
    assert_int_equal(groups[2].n, 3);
    assert_stays(&groups[2].stays[2], 10, 1, 0);
    assert_int_equal(groups[3].model, 2);
}

/* Five stays that began today, two of which have ended; as in a shop that has just opened. */
static void the_first_day_has_a_curve(void **state)
{
    (void)state;
    static const struct tally today[] = {SPELL(JANUARY, 1, 1, 0, 2, 2), OPEN(JANUARY + 4, 1, 1, 3)};
    struct stay_group *groups;
    struct survival step;
    assert_int_equal(stay_groups(arena, today, 2, JANUARY + 4, false, &groups), 1);
    assert_int_equal(groups[0].n, 1);
    survival_estimate(groups[0].stays, 1, &step);
    assert_int_equal(step.at_risk, 5);
    assert_true(fabs(step.left - .6) < 1e-15);
}

static void nobody_makes_no_group(void **state)
{
    (void)state;
    static const struct tally nobody[] = {SPELL(JANUARY, 1, 1, 0, 2, 0), OPEN(JANUARY, 1, 1, 0)};
    struct stay_group *groups;
    assert_int_equal(stay_groups(arena, nobody, 2, JANUARY, true, &groups), 0);
    assert_int_equal(stay_groups(arena, NULL, 0, JANUARY, true, &groups), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_that_ended_and_that_go_on_are_told_apart),
        cmocka_unit_test(by_month_of_entry_each_stays_on_its_own),
        cmocka_unit_test(the_first_day_has_a_curve),
        cmocka_unit_test(nobody_makes_no_group),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
