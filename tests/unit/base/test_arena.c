#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_new(1024);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void memory_is_zeroed_also_after_a_reset(void **state)
{
    for (int round = 0; round < 2; round++) {
        unsigned char *p = arena_alloc(*state, 700);
        for (size_t i = 0; i < 700; i++) {
            assert_int_equal(p[i], 0);
            p[i] = 0xaa;
        }
        arena_reset(*state);
    }
}

static void memory_is_aligned_for_any_type(void **state)
{
    for (size_t size = 0; size < 40; size++) {
        assert_int_equal((uintptr_t)arena_alloc(*state, size) % _Alignof(max_align_t), 0);
    }
}

static void allocations_do_not_overlap(void **state)
{
    unsigned char *pieces[500];
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        pieces[i] = arena_alloc(*state, 1 + i * 7 % 300);
        memset(pieces[i], (int)(i & 0xff), 1 + i * 7 % 300);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        assert_int_equal(pieces[i][0], i & 0xff);
        assert_int_equal(pieces[i][i * 7 % 300], i & 0xff);
    }
}

static void an_allocation_may_be_larger_than_a_block(void **state)
{
    char *small = arena_alloc(*state, 16);
    char *large = arena_alloc(*state, 100000);
    char *next = arena_alloc(*state, 16);
    memset(large, 'x', 100000);
    memset(small, 's', 16);
    memset(next, 'n', 16);
    assert_int_equal(large[0], 'x');
    assert_int_equal(large[99999], 'x');
}

static void bytes_counts_what_was_asked_for_since_the_reset(void **state)
{
    arena_reset(*state);
    arena_alloc(*state, 10);
    arena_alloc(*state, 5000);
    assert_int_equal(arena_bytes(*state), 5010);
    arena_reset(*state);
    assert_int_equal(arena_bytes(*state), 0);
}

static void a_text_ends_with_a_nul(void **state)
{
    assert_string_equal(arena_text(*state, (struct span){"orders!", 6}), "orders");
    assert_string_equal(arena_text(*state, (struct span){NULL, 0}), "");
}

static void a_span_is_copied(void **state)
{
    char bytes[] = {'a', 0, 'b'};
    struct span copy = arena_span(*state, (struct span){bytes, 3});
    bytes[0] = 'z';
    assert_int_equal(copy.n, 3);
    assert_memory_equal(copy.p, "a\0b", 3);
}

static void printf_prints_any_length(void **state)
{
    const char *text = arena_printf(*state, "%s %0*d", "n", 3000, 7);
    assert_int_equal(strlen(text), 3002);
    assert_int_equal(text[3001], '7');
}

static void a_grown_array_keeps_its_elements(void **state)
{
    uint64_t *array = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < 1000; i++) {
        array = arena_grow(*state, array, i, &capacity, sizeof(*array));
        array[i] = i;
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(array[i], i);
    }
    assert_true(capacity >= 1000 && capacity < 2001);
}

static void an_array_with_room_stays_where_it_is(void **state)
{
    size_t capacity = 4;
    int *array = ARENA_ARRAY(*state, int, 4);
    assert_ptr_equal(arena_grow(*state, array, 3, &capacity, sizeof(int)), array);
    assert_int_equal(capacity, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memory_is_zeroed_also_after_a_reset),
        TEST(memory_is_aligned_for_any_type),
        TEST(allocations_do_not_overlap),
        TEST(an_allocation_may_be_larger_than_a_block),
        TEST(bytes_counts_what_was_asked_for_since_the_reset),
        TEST(a_text_ends_with_a_nul),
        TEST(a_span_is_copied),
        TEST(printf_prints_any_length),
        TEST(a_grown_array_keeps_its_elements),
        TEST(an_array_with_room_stays_where_it_is),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
