#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "wire/cursor.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct cursor place = {
    .list = 77, .number = -5, .text = {"Zoë", 4}, .key = {{1, 2, 3, 255, 254, 0, 0, 0, 9, 8, 7, 6, 5, 4, 3, 2}}};

static void a_cursor_reads_back_as_the_place_that_it_was_made_of(void **state)
{
    (void)state;
    for (size_t n = 0; n <= place.text.n; n++) {
        struct cursor cursor = place, read;
        cursor.text.n = n;
        cursor.is_null = n == 0;
        assert_true(cursor_decode(arena, cursor_encode(arena, &cursor), cursor.list, &read));
        assert_int_equal(read.number, cursor.number);
        assert_int_equal(read.is_null, cursor.is_null);
        assert_true(span_equal(read.text, cursor.text));
        assert_memory_equal(read.key.b, cursor.key.b, sizeof(cursor.key.b));
    }
}

static void a_cursor_is_made_of_characters_that_a_query_takes_as_they_are(void **state)
{
    (void)state;
    struct span text = cursor_encode(arena, &place);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        assert_true((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_');
    }
}

static void a_cursor_of_another_list_is_refused(void **state)
{
    (void)state;
    struct cursor read;
    assert_false(cursor_decode(arena, cursor_encode(arena, &place), place.list + 1, &read));
}

static void a_cursor_that_was_cut_or_changed_in_its_head_is_refused(void **state)
{
    (void)state;
    struct cursor read, plain = place;
    plain.text.n = 0;
    struct span text = cursor_encode(arena, &plain);
    for (size_t n = 0; n < text.n; n++)
        assert_false(cursor_decode(arena, (struct span){text.p, n}, plain.list, &read));
    for (size_t i = 0; i < 12; i++) { /* version and list */
        char *changed = arena_text(arena, text);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_false(cursor_decode(arena, (struct span){changed, text.n}, plain.list, &read));
        changed[i] = '+';
        assert_false(cursor_decode(arena, (struct span){changed, text.n}, plain.list, &read));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_reads_back_as_the_place_that_it_was_made_of),
        cmocka_unit_test(a_cursor_is_made_of_characters_that_a_query_takes_as_they_are),
        cmocka_unit_test(a_cursor_of_another_list_is_refused),
        cmocka_unit_test(a_cursor_that_was_cut_or_changed_in_its_head_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
