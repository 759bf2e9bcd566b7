#include "../../../src/app/metric_shelf.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct metric_shelf *shelf;

static bool take(const char *key, struct metric_kept *kept, const char *expected)
{
    struct shared *answer = metric_shelf_take(shelf, span_of(key), kept);
    if (answer == NULL)
        return false;
    assert_true(span_is((struct span){answer->p, answer->n}, expected));
    shared_release(answer);
    return true;
}

static void put(const char *key, int64_t head, struct span bytes)
{
    struct metric_kept kept = {.basis = {.head = head}};
    struct shared *answer = shared_new(bytes);
    metric_shelf_put(shelf, span_of(key), &kept, answer);
    shared_release(answer);
}

static void an_answer_is_told_to_who_asks_the_same(void **state)
{
    (void)state;
    struct metric_kept kept;
    put("a", 7, span_of("one"));
    assert_true(take("a", &kept, "one"));
    assert_int_equal(kept.basis.head, 7);
    assert_false(take("b", &kept, ""));
    assert_false(take("", &kept, ""));
}

static void a_newer_answer_takes_the_place_of_the_older(void **state)
{
    (void)state;
    struct metric_kept kept;
    put("a", 7, span_of("one"));
    put("a", 8, span_of("another one"));
    assert_true(take("a", &kept, "another one"));
    assert_int_equal(kept.basis.head, 8);
}

static void the_one_that_nobody_asks_for_gives_way(void **state)
{
    (void)state;
    struct metric_kept kept;
    char key[32];
    put("kept", 1, span_of("x"));
    put("left", 1, span_of("x"));
    for (int i = 0; i < METRIC_SHELF_ANSWERS; i++) {
        snprintf(key, sizeof(key), "%d", i);
        put(key, 1, span_of("x"));
        assert_true(take("kept", &kept, "x"));
    }
    assert_false(take("left", &kept, ""));
    assert_true(take(key, &kept, "x"));
}

static void bytes_are_bounded_and_what_is_too_long_is_not_kept(void **state)
{
    (void)state;
    struct metric_kept kept;
    char key[32];
    char *bytes = calloc(1, METRIC_SHELF_ANSWER + 1);
    assert_non_null(bytes);
    put("long", 1, (struct span){bytes, METRIC_SHELF_ANSWER + 1});
    assert_false(take("long", &kept, ""));
    for (int i = 0; i < 2 * METRIC_SHELF_BYTES / METRIC_SHELF_ANSWER; i++) {
        snprintf(key, sizeof(key), "%d", i);
        put(key, 1, (struct span){bytes, METRIC_SHELF_ANSWER});
    }
    assert_null(metric_shelf_take(shelf, span_of("0"), &kept));
    struct shared *answer = metric_shelf_take(shelf, span_of(key), &kept);
    assert_non_null(answer);
    assert_int_equal(answer->n, METRIC_SHELF_ANSWER);
    shared_release(answer);
    free(bytes);
}

static void who_holds_an_answer_has_it_when_it_gave_way(void **state)
{
    (void)state;
    struct metric_kept kept;
    put("a", 7, span_of("one"));
    struct shared *answer = metric_shelf_take(shelf, span_of("a"), &kept);
    put("a", 8, span_of("two"));
    assert_true(span_is((struct span){answer->p, answer->n}, "one"));
    shared_release(answer);
}

static void one_makes_an_answer_anew(void **state)
{
    (void)state;
    usec_t now = 1000 * USEC_PER_SEC;
    assert_true(metric_shelf_claim(shelf, span_of("a"), now)); /* there is nothing that others could be told */
    assert_true(metric_shelf_claim(shelf, span_of("a"), now));
    put("a", 7, span_of("one"));
    assert_true(metric_shelf_claim(shelf, span_of("a"), now));
    assert_false(metric_shelf_claim(shelf, span_of("a"), now + 1));
    put("a", 8, span_of("two"));
    assert_true(metric_shelf_claim(shelf, span_of("a"), now + 2));
    assert_false(metric_shelf_claim(shelf, span_of("a"), now + 3));
    metric_shelf_disclaim(shelf, span_of("a"));
    assert_true(metric_shelf_claim(shelf, span_of("a"), now + 4));
    assert_true(metric_shelf_claim(shelf, span_of("a"), now + 60 * USEC_PER_SEC)); /* who had it takes too long */
}

static void a_head_is_known_as_of_when_it_was_looked_at(void **state)
{
    (void)state;
    struct metric_head head;
    assert_false(metric_shelf_head(shelf, 3, 0, &head));
    metric_shelf_looked(shelf, 3, &(struct metric_head){.head = 9, .looked_at = 100});
    assert_true(metric_shelf_head(shelf, 3, 100, &head));
    assert_int_equal(head.head, 9);
    assert_false(metric_shelf_head(shelf, 3, 101, &head));
    metric_shelf_looked(shelf, 3, &(struct metric_head){.head = 8, .looked_at = 90}); /* a look that came to its end later */
    assert_true(metric_shelf_head(shelf, 3, 0, &head));
    assert_int_equal(head.head, 9);
    assert_false(metric_shelf_head(shelf, 3 + 4096, 0, &head));
}

static void *ask(void *context)
{
    struct metric_kept kept;
    char key[32];
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof(key), "%d", i % 50);
        put(key, i, span_of("answer"));
        assert_true(take(key, &kept, "answer"));
    }
    return context;
}

static void many_ask_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static int set_up(void **state)
{
    (void)state;
    shelf = metric_shelf_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    metric_shelf_free(shelf);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_told_to_who_asks_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_newer_answer_takes_the_place_of_the_older, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_one_that_nobody_asks_for_gives_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_are_bounded_and_what_is_too_long_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_holds_an_answer_has_it_when_it_gave_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_makes_an_answer_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_head_is_known_as_of_when_it_was_looked_at, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_ask_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
