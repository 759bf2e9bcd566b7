#include "core/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum event_kind kind_of(const char *text)
{
    char name[255];
    size_t n = event_name_normalise(span_of(text), name, sizeof(name));
    return event_kind_of((struct span){name, n});
}

static void assert_normalised(const char *text, const char *expected)
{
    char name[64];
    size_t n = event_name_normalise(span_of(text), name, sizeof(name));
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(name, expected, n);
}

static void a_name_is_lower_case_with_single_spaces(void **state)
{
    (void)state;
    assert_normalised("Order Completed", "order completed");
    assert_normalised("order_completed", "order completed");
    assert_normalised("ORDER-COMPLETED", "order completed");
    assert_normalised("  Order\t _-  Completed\n", "order completed");
    assert_normalised("Bücher", "bücher");
    assert_normalised("买了", "买了");
}

static void an_empty_name_has_no_length(void **state)
{
    (void)state;
    assert_normalised("", "");
    assert_normalised(" _- ", "");
}

static void a_name_that_does_not_fit_has_no_length(void **state)
{
    (void)state;
    char out[5];
    assert_int_equal(event_name_normalise(span_of("abcde"), out, 5), 5);
    assert_int_equal(event_name_normalise(span_of("abcdef"), out, 5), 0);
    assert_int_equal(event_name_normalise(span_of("abc ef"), out, 5), 0);
    assert_int_equal(event_name_normalise(span_of("abc  f  "), out, 5), 5);
}

static void every_name_of_the_table_is_known(void **state)
{
    (void)state;
#define X(name, text, aliases, rank, sentence)                                                               \
    assert_int_equal(kind_of(text), (text)[0] == '(' ? EVENT_CUSTOM : EVENT_##name);
    EVENT_TABLE(X)
#undef X
}

static void aliases_mean_the_same(void **state)
{
    (void)state;
    assert_int_equal(kind_of("Completed Order"), EVENT_ORDER_COMPLETED);
    assert_int_equal(kind_of("order_canceled"), EVENT_ORDER_CANCELLED);
    assert_int_equal(kind_of("Cancelled Order"), EVENT_ORDER_CANCELLED);
    assert_int_equal(kind_of("product list filtered"), EVENT_PRODUCT_LIST_VIEWED);
    assert_int_equal(kind_of("Viewed Product Category"), EVENT_PRODUCT_LIST_VIEWED);
    assert_int_equal(kind_of("subscription-canceled"), EVENT_SUBSCRIPTION_CANCELLED);
}

static void other_names_are_the_shops_own(void **state)
{
    (void)state;
    assert_int_equal(kind_of("Order Complete"), EVENT_CUSTOM);
    assert_int_equal(kind_of("Order Completed!"), EVENT_CUSTOM);
    assert_int_equal(kind_of("a"), EVENT_CUSTOM);
    assert_int_equal(kind_of("zzz"), EVENT_CUSTOM);
    assert_int_equal(kind_of("(identify)"), EVENT_CUSTOM);
}

static void a_kind_is_counted_under_its_canonical_name(void **state)
{
    (void)state;
    assert_true(span_is(event_kind_normalised(kind_of("Order Canceled")), "order cancelled"));
    assert_true(span_is(event_kind_normalised(EVENT_WISHLIST_TO_CART), "wishlist product added to cart"));
    assert_int_equal(event_kind_normalised(EVENT_CUSTOM).n, 0);
}

static void ranks_lie_between_definitions_and_deadlines(void **state)
{
    (void)state;
    for (enum event_kind kind = EVENT_NONE + 1; kind < EVENT_KIND_COUNT; kind++) {
        assert_in_range(event_kind_rank(kind), 1, 9);
        assert_true(event_kind_name(kind)[0] != '\0');
        assert_true(event_kind_sentence(kind)[0] != '\0');
    }
    assert_true(event_kind_rank(EVENT_ORDER_COMPLETED) < event_kind_rank(EVENT_ORDER_REFUNDED));
    assert_true(event_kind_rank(EVENT_COMPLAINT_OPENED) < event_kind_rank(EVENT_COMPLAINT_RESOLVED));
}

static void four_kinds_report_on_an_order(void **state)
{
    (void)state;
    int n = 0;
    for (enum event_kind kind = EVENT_NONE; kind < EVENT_KIND_COUNT; kind++) {
        n += event_is_order(kind);
    }
    assert_int_equal(n, 4);
    assert_true(event_is_order(EVENT_ORDER_REFUNDED));
    assert_false(event_is_order(EVENT_CHECKOUT_STARTED));
}

static void events_are_ordered_by_time_then_rank_then_id(void **state)
{
    (void)state;
    struct event early = {.occurred_at = 1, .kind = EVENT_ORDER_CANCELLED, .event_id = {{9}}};
    struct event late = {.occurred_at = 2, .kind = EVENT_IDENTIFY, .event_id = {{1}}};
    assert_true(event_compare(&early, &late) < 0);
    assert_true(event_compare(&late, &early) > 0);
    late.occurred_at = 1;
    assert_true(event_compare(&early, &late) > 0);
    late.kind = EVENT_ORDER_CANCELLED;
    assert_true(event_compare(&late, &early) < 0);
    late.event_id = early.event_id;
    assert_int_equal(event_compare(&late, &early), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_lower_case_with_single_spaces),
        cmocka_unit_test(an_empty_name_has_no_length),
        cmocka_unit_test(a_name_that_does_not_fit_has_no_length),
        cmocka_unit_test(every_name_of_the_table_is_known),
        cmocka_unit_test(aliases_mean_the_same),
        cmocka_unit_test(other_names_are_the_shops_own),
        cmocka_unit_test(a_kind_is_counted_under_its_canonical_name),
        cmocka_unit_test(ranks_lie_between_definitions_and_deadlines),
        cmocka_unit_test(four_kinds_report_on_an_order),
        cmocka_unit_test(events_are_ordered_by_time_then_rank_then_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
