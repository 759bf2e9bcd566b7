/* What a state keeps for metrics alone, and the bytes of it that are stored. */
#include "core/state.h"
#include "db/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE (60 * USEC_PER_SEC)

static struct arena *arena;
static struct state customer;

static int set_up(void **state)
{
    static const struct uuid key = {{7}};
    (void)state;
    arena = arena_new(1 << 16);
    state_init(&customer, &key, span_of("c"), IDENTITY_USER);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct marks *marks_after(const struct event *event)
{
    state_apply(arena, NULL, &customer, event);
    return &customer.profile.marks;
}

/* --- touches --- */

static const struct marks *touch(usec_t at, uint64_t channel, uint64_t campaign)
{
    return marks_after(&(struct event){
        .kind = EVENT_CAMPAIGN_TOUCHED, .occurred_at = at, .by_channel = channel, .by_campaign = campaign});
}

static void the_same_touch_within_thirty_minutes_is_one(void **state)
{
    (void)state;
    assert_int_equal(touch(0, 1, 2)->n_touches, 1);
    assert_int_equal(touch(30 * MINUTE - 1, 1, 2)->n_touches, 1);
    assert_int_equal(touch(30 * MINUTE, 1, 2)->n_touches, 2);
    assert_int_equal(touch(31 * MINUTE, 1, 3)->n_touches, 3);
    assert_int_equal(touch(32 * MINUTE, 1, 2)->n_touches, 4);
}

static void when_there_are_too_many_touches_the_second_gives_way(void **state)
{
    const struct marks *marks = NULL;
    (void)state;
    for (uint64_t i = 1; i <= TOUCHES_MAX + 3; i++)
        marks = touch((usec_t)i, 1, i);
    assert_int_equal(marks->n_touches, TOUCHES_MAX);
    assert_int_equal(marks->touches[0].campaign, 1);
    assert_int_equal(marks->touches[1].campaign, 5);
    assert_int_equal(marks->touches[TOUCHES_MAX - 1].campaign, TOUCHES_MAX + 3);
}

static void a_touch_counts_for_ninety_days(void **state)
{
    (void)state;
    touch(0, 1, 1);
    assert_int_equal(touch(TOUCH_DAYS * USEC_PER_DAY, 1, 2)->n_touches, 2);
    assert_int_equal(touch(TOUCH_DAYS * USEC_PER_DAY + 1, 1, 3)->n_touches, 2);
}

static void a_channel_alone_is_where_one_landed_but_no_touch(void **state)
{
    (void)state;
    const struct marks *marks = marks_after(&(struct event){.kind = EVENT_PAGE, .occurred_at = 5, .by_channel = 3});
    assert_int_equal(marks->landing.at, 5);
    assert_int_equal(marks->landing.channel, 3);
    assert_int_equal(marks->n_touches, 0);
    marks = touch(6, 4, 4);
    assert_int_equal(marks->landing.at, 5);
    assert_int_equal(marks->n_touches, 1);
}

static void an_order_knows_the_touches_of_the_ninety_days_before_it(void **state)
{
    (void)state;
    struct event order = {.kind = EVENT_ORDER_COMPLETED,
                          .occurred_at = TOUCH_DAYS * USEC_PER_DAY + 1,
                          .order_key = {{1}},
                          .has_value = true};
    touch(0, 1, 1);
    touch(1, 2, 2);
    marks_after(&order);
    const struct circumstances *c = &state_order(&customer, &order.order_key)->circumstances;
    assert_int_equal(c->n_touches, 1);
    assert_int_equal(c->channel, 2);
    assert_int_equal(c->campaign, 2);
    assert_int_equal(c->landing.at, 0);
    order.order_key.b[0] = 2;
    order.by_channel = 9;
    marks_after(&order);
    assert_int_equal(state_order(&customer, &order.order_key)->circumstances.channel, 9);
    assert_int_equal(state_order(&customer, &order.order_key)->circumstances.campaign, 0);
}

/* --- bought again --- */

static const struct marks *buy(unsigned char order, uint64_t product, uint64_t category)
{
    struct event e = {.kind = EVENT_ORDER_COMPLETED,
                      .order_key = {{order}},
                      .products = &product,
                      .n_products = product != 0,
                      .categories = &category,
                      .n_categories = category != 0};
    return marks_after(&e);
}

static void what_a_further_order_has_is_bought_again(void **state)
{
    (void)state;
    assert_int_equal(buy(1, 5, 6)->n_again, 0);
    assert_int_equal(buy(1, 5, 6)->n_again, 0); /* the same order, told twice */
    assert_int_equal(buy(2, 5, 7)->n_again, 1);
    assert_int_equal(buy(3, 5, 7)->n_again, 2);
    assert_int_equal(customer.profile.marks.again[0], 5);
    assert_int_equal(customer.profile.marks.again[1], 7 ^ AGAIN_CATEGORY);
}

static void a_product_that_is_called_like_a_category_is_another_thing(void **state)
{
    (void)state;
    buy(1, 0, 5);
    assert_int_equal(buy(2, 5, 5)->n_again, 1);
    assert_int_equal(customer.profile.marks.again[0], 5 ^ AGAIN_CATEGORY);
    assert_int_equal(buy(3, 5, 5)->n_again, 2);
}

/* --- requests --- */

static const struct marks *ask(enum event_kind kind, usec_t at, uint64_t name)
{
    return marks_after(&(struct event){.kind = kind, .occurred_at = at, .inquiry = name});
}

static void an_answer_goes_to_what_it_names_then_to_the_oldest_without_a_name(void **state)
{
    (void)state;
    ask(EVENT_SUPPORT_REQUESTED, 1, 0);
    ask(EVENT_SUPPORT_REQUESTED, 2, 7);
    ask(EVENT_SUPPORT_REQUESTED, 3, 8);
    struct event answer = {.kind = EVENT_SUPPORT_ANSWERED, .occurred_at = 4, .inquiry = 8};
    assert_int_equal(state_inquiry(&customer, &answer)->at, 3);
    answer.inquiry = 9;
    assert_int_equal(state_inquiry(&customer, &answer)->at, 1);
    assert_int_equal(marks_after(&answer)->n_inquiries, 2);
    assert_null(state_inquiry(&customer, &answer));
    answer.inquiry = 0;
    assert_int_equal(state_inquiry(&customer, &answer)->at, 2);
}

static void a_complaint_is_answered_once_and_then_waits_to_be_resolved(void **state)
{
    (void)state;
    struct event answer = {.kind = EVENT_SUPPORT_ANSWERED}, resolution = {.kind = EVENT_COMPLAINT_RESOLVED};
    ask(EVENT_COMPLAINT_OPENED, 1, 0);
    ask(EVENT_SUPPORT_REQUESTED, 2, 0);
    assert_int_equal(marks_after(&answer)->n_inquiries, 2);
    assert_int_equal(state_inquiry(&customer, &answer)->at, 2);
    assert_int_equal(state_inquiry(&customer, &resolution)->at, 1);
    assert_int_equal(marks_after(&resolution)->n_inquiries, 1);
    assert_null(state_inquiry(&customer, &resolution));
}

static void when_too_many_wait_the_oldest_is_forgotten(void **state)
{
    const struct marks *marks = NULL;
    (void)state;
    for (int i = 0; i < INQUIRIES_MAX + 2; i++)
        marks = ask(EVENT_SUPPORT_REQUESTED, i, 0);
    assert_int_equal(marks->n_inquiries, INQUIRIES_MAX);
    assert_int_equal(marks->inquiries[0].at, 2);
}

/* --- bytes --- */

static void nothing_is_no_bytes(void **state)
{
    struct marks marks;
    (void)state;
    assert_int_equal(marks_encode(arena, &customer.profile.marks).n, 0);
    marks_decode(arena, span_of(""), &marks);
    assert_true(marks_are_empty(&marks));
}

static void marks_are_read_as_they_were_written(void **state)
{
    struct marks read;
    (void)state;
    touch(-7, 1, UINT64_MAX);
    touch(5, 2, 2);
    buy(1, 5, UINT64_MAX);
    buy(2, 5, UINT64_MAX);
    ask(EVENT_COMPLAINT_OPENED, 6, 9);
    ask(EVENT_SUPPORT_ANSWERED, 7, 9);
    marks_after(&(struct event){.kind = EVENT_CUSTOMER_CHURNED, .by_reason = 77});
    struct marks *marks = &customer.profile.marks;
    marks->landing_is_late = true;
    struct span bytes = marks_encode(arena, marks);
    marks_decode(arena, bytes, &read);
    assert_int_equal(read.landing.at, -7);
    assert_int_equal(read.landing.campaign, UINT64_MAX);
    assert_true(read.landing_is_late);
    assert_int_equal(read.n_touches, 2);
    assert_memory_equal(read.touches, marks->touches, 2 * sizeof(*read.touches));
    assert_int_equal(read.n_inquiries, 1);
    assert_int_equal(read.inquiries[0].kind, EVENT_COMPLAINT_OPENED);
    assert_int_equal(read.inquiries[0].key, 9);
    assert_int_equal(read.inquiries[0].at, 6);
    assert_true(read.inquiries[0].is_answered);
    assert_int_equal(read.churn_reason, 77);
    assert_int_equal(read.n_again, 2);
    assert_memory_equal(read.again, marks->again, 2 * sizeof(*read.again));
    assert_true(span_equal(marks_encode(arena, &read), bytes));
}

static void circumstances_and_lines_are_read_as_they_were_written(void **state)
{
    static const struct touched touches[] = {{1, 2, 3}, {4, UINT64_MAX, 0}};
    static const struct order_line lines[] = {{0, 1, 1000, 5}, {UINT64_MAX, 0, 0, INT64_C(10000000000000)}};
    static const struct returned returned[] = {{7, NULL, 0}, {8, lines, 2}};
    struct circumstances some = {4, 5, 6, -1, {1, 2, 3}, touches, 2, returned, 2}, read;
    struct circumstances none = {0, 0, 0, NONE, {.at = NONE}, NULL, 0, returned, 1};
    size_t n;
    (void)state;
    circumstances_decode(arena, circumstances_encode(arena, &some), &read);
    assert_int_equal(read.channel, 4);
    assert_int_equal(read.campaign, 5);
    assert_int_equal(read.country, 6);
    assert_int_equal(read.first_seen_at, -1);
    assert_int_equal(read.landing.at, 1);
    assert_int_equal(read.n_touches, 2);
    assert_memory_equal(read.touches, touches, sizeof(touches));
    assert_int_equal(read.n_returned, 2);
    assert_int_equal(read.returned[0].at, 7);
    assert_int_equal(read.returned[0].n_lines, 0);
    assert_int_equal(read.returned[1].at, 8);
    assert_int_equal(read.returned[1].n_lines, 2);
    assert_memory_equal(read.returned[1].lines, lines, sizeof(lines));
    circumstances_decode(arena, circumstances_encode(arena, &none), &read);
    assert_int_equal(read.first_seen_at, NONE);
    assert_int_equal(read.landing.at, NONE);
    assert_int_equal(read.n_touches, 0);
    assert_int_equal(read.n_returned, 1);
    assert_memory_equal(lines_decode(arena, lines_encode(arena, lines, 2), &n), lines, sizeof(lines));
    assert_int_equal(n, 2);
}

static void give_back_some(void)
{
    static const struct order_line lines[] = {{5, 6, 1000, 0}, {6, 6, 1000, 0}};
    state_apply(arena, NULL, &customer,
                &(struct event){.kind = EVENT_ORDER_REFUNDED, .occurred_at = 3, .order_key = {{1}}, .refund_amount = 1,
                                .lines = lines, .n_lines = 2});
}

/* A column that somebody cut is read to its end, and no further: the tests under a sanitizer see to it. */
static void bytes_that_end_early_are_read_to_their_end(void **state)
{
    struct marks marks;
    struct circumstances c;
    (void)state;
    touch(1, 1, 1);
    buy(1, 5, 6);
    buy(2, 5, 6);
    ask(EVENT_COMPLAINT_OPENED, 6, 9);
    give_back_some();
    struct span bytes = marks_encode(arena, &customer.profile.marks);
    struct span other = circumstances_encode(arena, &state_order(&customer, &(struct uuid){{1}})->circumstances);
    for (size_t n = 0; n < bytes.n || n < other.n; n++) {
        char *cut = malloc(n + 1);
        size_t n_marks = n < bytes.n ? n : bytes.n;
        memcpy(cut, bytes.p, n_marks);
        marks_decode(arena, (struct span){cut, n_marks}, &marks);
        assert_true(marks.n_again <= 2);
        circumstances_decode(arena, (struct span){memcpy(cut, other.p, n < other.n ? n : other.n), n < other.n ? n : other.n},
                             &c);
        assert_true(c.n_touches <= 1 && c.n_returned <= 1);
        free(cut);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_same_touch_within_thirty_minutes_is_one),
        TEST(when_there_are_too_many_touches_the_second_gives_way),
        TEST(a_touch_counts_for_ninety_days),
        TEST(a_channel_alone_is_where_one_landed_but_no_touch),
        TEST(an_order_knows_the_touches_of_the_ninety_days_before_it),
        TEST(what_a_further_order_has_is_bought_again),
        TEST(a_product_that_is_called_like_a_category_is_another_thing),
        TEST(an_answer_goes_to_what_it_names_then_to_the_oldest_without_a_name),
        TEST(a_complaint_is_answered_once_and_then_waits_to_be_resolved),
        TEST(when_too_many_wait_the_oldest_is_forgotten),
        TEST(nothing_is_no_bytes),
        TEST(marks_are_read_as_they_were_written),
        TEST(circumstances_and_lines_are_read_as_they_were_written),
        TEST(bytes_that_end_early_are_read_to_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
