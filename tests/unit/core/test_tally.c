#include "core/tally.h"
#include "../../support/chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

static struct tally random_row(struct chance *chance)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN + 1, 63, 64, -64, -65, 20000, 8191, 8192};
    static const int64_t sums[] = {0, 1, -1, TALLY_MAX, -TALLY_MAX, 63, 64, -64, -65, 20000, 8191, 8192};
    struct tally row = {.key = {.shop_id = 1 + (int)chance_of(chance, 3),
                                .cube = (enum cube)(1 + chance_of(chance, CUBE_MAX)),
                                .day = chance_of(chance, 50000) - 20000,
                                .a = edges[chance_of(chance, COUNT_OF(edges))],
                                .b = (int64_t)chance_next(chance),
                                .c = edges[chance_of(chance, COUNT_OF(edges))]}};
    for (size_t k = 0; k < TALLY_SUMS; k++)
        row.n[k] = chance_of(chance, 2) ? sums[chance_of(chance, COUNT_OF(sums))] : 0;
    return row;
}

static void sums_are_kept_by_key(void **state)
{
    struct tallies tallies;
    struct tally_key key = {.shop_id = 1, .cube = CUBE_SALES, .day = 7, .a = 1};
    (void)state;
    tallies_init(&tallies, arena);
    for (int i = 0; i < 10000; i++) {
        key.b = i % 1000;
        tallies_at(&tallies, &key)[0]++;
        tallies_at(&tallies, &key)[5] += i;
    }
    assert_int_equal(tallies.n, 1000);
    tallies_sort(&tallies);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(tallies.rows[i].key.b, (int64_t)i);
        assert_int_equal(tallies.rows[i].n[0], 10);
        assert_int_equal(tallies.rows[i].n[5], 10 * (int64_t)i + 45000);
    }
}

static void a_sum_stops_where_two_of_it_fit_a_bigint(void **state)
{
    static const struct {
        int64_t a, times, b, sum;
    } cases[] = {
        {TALLY_MAX - 1, 1, 1, TALLY_MAX},   {TALLY_MAX, 1, 1, TALLY_MAX},        {TALLY_MAX, 1, INT64_MAX, TALLY_MAX},
        {TALLY_MAX, -1, 1, TALLY_MAX - 1},  {-TALLY_MAX, -1, 1, -TALLY_MAX},     {-1, -1, INT64_MAX, -TALLY_MAX},
        {1, -1, INT64_MIN, TALLY_MAX},      {0, 1, INT64_MIN, -TALLY_MAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tallies tallies;
        struct tally row = {.key = {.shop_id = 1, .cube = CUBE_SALES}, .n = {cases[i].b}};
        tallies_init(&tallies, arena);
        tallies_at(&tallies, &row.key)[0] = cases[i].a;
        tallies_add(&tallies, &row, 1, cases[i].times);
        assert_int_equal(tallies_at(&tallies, &row.key)[0], cases[i].sum);
    }
}

static void what_cancels_out_is_dropped(void **state)
{
    struct tallies tallies;
    struct tally rows[] = {{.key = {.shop_id = 2, .cube = CUBE_SOLD, .a = 1}, .n = {1, 0, 3}},
                           {.key = {.shop_id = 1, .cube = CUBE_SOLD, .a = 2}, .n = {0, 5}}};
    (void)state;
    tallies_init(&tallies, arena);
    tallies_add(&tallies, rows, 2, 2);
    tallies_add(&tallies, rows, 1, -2);
    tallies_sort(&tallies);
    assert_int_equal(tallies.n, 1);
    assert_int_equal(tallies.rows[0].key.shop_id, 1);
    assert_int_equal(tallies.rows[0].n[1], 10);
    tallies_init(&tallies, arena);
    tallies_sort(&tallies);
    assert_int_equal(tallies.n, 0);
}

static void rows_are_in_the_order_of_the_stored_key(void **state)
{
    struct chance chance = {7};
    struct tallies tallies;
    (void)state;
    tallies_init(&tallies, arena);
    for (int i = 0; i < 3000; i++) {
        struct tally row = random_row(&chance);
        row.n[0] = 1;
        *tallies_at(&tallies, &row.key) = 1;
    }
    tallies_sort(&tallies);
    for (size_t i = 1; i < tallies.n; i++)
        assert_true(tally_key_compare(&tallies.rows[i - 1].key, &tallies.rows[i].key) < 0);
}

static void an_entry_reads_back_as_it_was_written(void **state)
{
    struct chance chance = {11};
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct tallies written, read;
        arena_reset(arena);
        tallies_init(&written, arena);
        for (int64_t i = chance_of(&chance, 40); i > 0; i--) {
            struct tally row = random_row(&chance);
            row.key.shop_id = 5;
            memcpy(tallies_at(&written, &row.key), row.n, sizeof(row.n));
        }
        tallies_sort(&written);
        struct span bytes = tallies_encode(arena, written.rows, written.n);
        tallies_init(&read, arena);
        assert_true(tallies_decode(5, bytes, &read, 1));
        tallies_sort(&read);
        assert_int_equal(read.n, written.n);
        for (size_t i = 0; i < read.n; i++) {
            assert_int_equal(tally_key_compare(&read.rows[i].key, &written.rows[i].key), 0);
            assert_memory_equal(read.rows[i].n, written.rows[i].n, sizeof(read.rows[i].n));
        }
    }
}

static bool is_even(const void *context, struct tally_key *key)
{
    (void)context;
    key->day = 0;
    return key->a % 2 == 0;
}

static void only_the_rows_that_are_wanted_are_added(void **state)
{
    struct tallies written, read;
    (void)state;
    tallies_init(&written, arena);
    for (int i = 0; i < 100; i++)
        for (enum cube cube = CUBE_SURVEY; cube <= CUBE_PARTICIPANTS; cube++)
            tallies_at(&written, &(struct tally_key){.shop_id = 1, .cube = cube, .day = i / 10, .a = i % 10})[0] = 1;
    tallies_sort(&written);
    tallies_init(&read, arena);
    assert_true(tallies_decode_some(1, tallies_encode(arena, written.rows, written.n), &read, -3, CUBE_BIT(CUBE_ACTS), is_even, NULL));
    tallies_sort(&read);
    assert_int_equal(read.n, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(read.rows[i].n[0], -30);
}

static void what_is_no_entry_is_refused(void **state)
{
    static const struct span bad[] = {
        {"", 0},                                           /* nothing, not even a version */
        {"\x02", 1},                                       /* of another version */
        {"\x01\x01\x05\x00\x00", 5},                       /* cut off */
        {"\x01\x01\x06\x00\x00\x00\x00\x00\x00\x00\x00", 11}, /* longer than there is */
        {"\x01\x00\x00\x00\x00\x00", 6},                   /* no cube 0 */
        {"\x01\x19\x00\x00\x00\x00", 6},                   /* nor 25 */
        {"\x01\x01\x05\x00\x00\x00\x00\x00\x00\x00\x40", 11}, /* a seventh sum */
        {"\x01\x01\x05\x00\x00\x00\x00\x00\x00\x00\x01", 11}, /* a sum is missing */
        {"\x01\x01\x0b\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 17}, /* a number without an end */
    };
    struct tallies tallies;
    (void)state;
    tallies_init(&tallies, arena);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(tallies_decode(1, bad[i], &tallies, 1));
    assert_true(tallies_decode(1, (struct span){"\x01", 1}, &tallies, 1)); /* a number without sums */
}

static void an_answer_is_told_in_seconds_then_minutes_then_hours(void **state)
{
    (void)state;
    assert_int_equal(answer_seconds(0), 0);
    assert_int_equal(answer_seconds(5999), 5999);
    assert_int_equal(answer_seconds(6059), 6000);
    assert_int_equal(answer_seconds(359999), 359940);
    assert_int_equal(answer_seconds(363599), 360000);
    assert_int_equal(answer_seconds(363600), 363600);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(sums_are_kept_by_key),
        TEST(a_sum_stops_where_two_of_it_fit_a_bigint),
        TEST(what_cancels_out_is_dropped),
        TEST(rows_are_in_the_order_of_the_stored_key),
        TEST(an_entry_reads_back_as_it_was_written),
        TEST(only_the_rows_that_are_wanted_are_added),
        TEST(what_is_no_entry_is_refused),
        TEST(an_answer_is_told_in_seconds_then_minutes_then_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
