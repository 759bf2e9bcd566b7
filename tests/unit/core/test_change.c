#include "core/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct change_filter all = {.types = CHANGE_TYPES_ALL, .has_silent = true};

static void a_type_has_the_name_that_followers_see(void **state)
{
    (void)state;
    assert_string_equal(change_type_name(CHANGE_LATE), "stage.changed");
    assert_string_equal(change_type_name(CHANGE_DISABLED), "endpoint.disabled");
    assert_int_equal(change_types_of(span_of("stage.changed")), 1u << CHANGE_STAGE | 1u << CHANGE_LATE);
    assert_int_equal(change_types_of(span_of("transition.corrected")),
                     1u << CHANGE_MOVED | 1u << CHANGE_WITHDRAWN | 1u << CHANGE_ADDED);
    assert_int_equal(change_types_of(span_of("stage")), 0);
    assert_int_equal(change_types_of(span_of("")), 0);
    assert_int_equal(change_types_of(span_of("none")), 0);
}

static void what_is_left_of_an_erased_customer_is_for_nobody(void **state)
{
    struct change blank = {.type = CHANGE_BLANK, .is_silent = true};
    (void)state;
    assert_int_equal(change_types_of(span_of("blank")), 0);
    assert_false(change_matches(&all, &blank));
}

static void silence_is_kept_unless_it_is_asked_for(void **state)
{
    struct change synced = {.type = CHANGE_SYNCED, .is_silent = true};
    struct change_filter loud = all;
    (void)state;
    loud.has_silent = false;
    assert_true(change_matches(&all, &synced));
    assert_false(change_matches(&loud, &synced));
}

static void a_filter_by_model_lets_through_what_is_of_no_model(void **state)
{
    struct change_filter filter = all;
    (void)state;
    filter.has_models = true;
    filter.models = 1u << 1; /* number 2 */
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_STAGE, .number = 2, .to = 1}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_STAGE, .number = 1, .to = 1}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_MODEL, .number = 1}));
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_ENTERED, .number = 1}));
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_ORDERED}));
}

static void a_filter_by_stage_takes_who_enters_and_who_leaves(void **state)
{
    struct change_filter filter = all;
    (void)state;
    filter.has_stages = true;
    filter.stages[0][(9 - 1) / 8] = 1u << ((9 - 1) % 8); /* stage 9 of model 1 */
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_STAGE, .number = 1, .from = 0, .to = 9}));
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_LATE, .number = 1, .from = 9, .to = 2}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_STAGE, .number = 1, .from = 1, .to = 2}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_STAGE, .number = 2, .from = 9, .to = 9}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_WITHDRAWN, .number = 1, .from = 0, .to = 8}));
}

static void a_filter_by_segment_takes_its_members_and_its_versions(void **state)
{
    struct change_filter filter = all;
    (void)state;
    filter.has_segments = true;
    filter.segments[(SEGMENT_SLOTS - 1) / 8] = 1u << ((SEGMENT_SLOTS - 1) % 8);
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_LEFT, .number = SEGMENT_SLOTS}));
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_SEGMENT, .number = SEGMENT_SLOTS}));
    assert_false(change_matches(&filter, &(struct change){.type = CHANGE_ENTERED, .number = 1}));
    assert_true(change_matches(&filter, &(struct change){.type = CHANGE_MERGED}));
}

static void a_filter_without_types_is_for_what_it_names(void **state)
{
    struct change_filter filter = all;
    (void)state;
    change_filter_narrow(&filter);
    assert_int_equal(filter.types, CHANGE_TYPES_ALL);
    filter.has_segments = true;
    change_filter_narrow(&filter);
    assert_int_equal(filter.types, 1u << CHANGE_ENTERED | 1u << CHANGE_LEFT | 1u << CHANGE_SEGMENT);
    filter.has_stages = true;
    change_filter_narrow(&filter);
    assert_true(filter.types >> CHANGE_LATE & 1);
    assert_true(filter.types >> CHANGE_ENTERED & 1);
    assert_false(filter.types >> CHANGE_MODEL & 1);
    assert_false(filter.types >> CHANGE_SYNCED & 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_has_the_name_that_followers_see),
        cmocka_unit_test(what_is_left_of_an_erased_customer_is_for_nobody),
        cmocka_unit_test(silence_is_kept_unless_it_is_asked_for),
        cmocka_unit_test(a_filter_by_model_lets_through_what_is_of_no_model),
        cmocka_unit_test(a_filter_by_stage_takes_who_enters_and_who_leaves),
        cmocka_unit_test(a_filter_by_segment_takes_its_members_and_its_versions),
        cmocka_unit_test(a_filter_without_types_is_for_what_it_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
