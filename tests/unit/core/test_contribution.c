/* What customers contribute that random ledgers do not meet (tests/property/test_contribution.c has those). */
#include "core/contribution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR (3600 * USEC_PER_SEC)

static struct arena *arena;
static struct shop shop = {.id = 1, .key = "shop", .currency = "EUR", .exponent = 2};
static struct tallies sums;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    tallies_init(&sums, arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void contribute_all(const struct event **events, size_t n)
{
    contribute_ledger(arena, &(struct contributor){.shop = &shop, .tallies = &sums, .times = 1}, events, n);
}

static const int64_t *sums_of(enum cube cube, int64_t day, int64_t a, int64_t b)
{
    return tallies_at(&sums, &(struct tally_key){.shop_id = shop.id, .cube = cube, .day = day, .a = a, .b = b});
}

/* --- goods that come back --- */

#define DAY(n) ((n) * 24 * HOUR)

enum { TEA = 1, MUG, POT, SPOON }; /* products; categories are others */
enum { FOOD = 11, GOODS };

/* Two of tea at 10.00 and three mugs at 5.00. */
static const struct order_line tea_and_mugs[] = {{TEA, FOOD, 2000, 2000}, {MUG, GOODS, 3000, 1500}};

static struct event events_told[8];
static size_t n_told;

static struct event *tell(enum event_kind kind, int day)
{
    struct event *e = &events_told[n_told++];
    *e = (struct event){.kind = kind, .order_key = {{1}}, .occurred_at = DAY(day), .event_id = {{(unsigned char)n_told}},
                        .refund_key = {{(unsigned char)n_told}}};
    return e;
}

static void order(int64_t value, const struct order_line *lines, size_t n)
{
    struct event *e;
    n_told = 0;
    e = tell(EVENT_ORDER_COMPLETED, 0);
    e->has_value = true;
    e->value = value;
    e->lines = lines;
    e->n_lines = n;
}

static void update(int day, int64_t value)
{
    struct event *e = tell(EVENT_ORDER_UPDATED, day);
    e->has_value = true;
    e->value = value;
}

/* ${amount} < 0: the whole order. */
static void refund(int day, int64_t amount, const struct order_line *lines, size_t n)
{
    struct event *e = tell(EVENT_ORDER_REFUNDED, day);
    e->refund_whole = amount < 0;
    e->refund_amount = amount < 0 ? 0 : amount;
    e->lines = lines;
    e->n_lines = n;
}

static void contribute_told(void)
{
    const struct event *list[COUNT_OF(events_told)];
    for (size_t i = 0; i < n_told; i++)
        list[i] = &events_told[i];
    contribute_all(list, n_told);
}

/* In the month that begins on ${month}, from 1970-01-01 on. */
static void assert_goods(int month, int product, int category, int64_t returned_units, int64_t returned_value, int64_t sold_units)
{
    const int64_t *n = sums_of(CUBE_PRODUCT, month, product, category);
    assert_int_equal(n[3], returned_units);
    assert_int_equal(n[4], returned_value);
    assert_int_equal(n[5], sold_units);
}

static void what_came_back_in_part_does_not_come_back_with_the_whole(void **state)
{
    static const struct order_line one_tea[] = {{TEA, FOOD, 1000, 1000}};
    (void)state;
    order(3500, tea_and_mugs, 2);
    refund(1, 1000, one_tea, 1);
    refund(40, -1, NULL, 0);
    contribute_told();
    assert_goods(0, TEA, FOOD, 1000, 1000, 2000);
    assert_goods(31, TEA, FOOD, 1000, 1000, 0);
    assert_goods(0, MUG, GOODS, 0, 0, 3000);
    assert_goods(31, MUG, GOODS, 3000, 1500, 0);
}

static void an_order_that_comes_back_twice_brings_its_goods_once(void **state)
{
    (void)state;
    order(3500, tea_and_mugs, 2);
    refund(1, 3500, NULL, 0);
    update(2, 4000);
    refund(3, 500, NULL, 0);
    contribute_told();
    assert_goods(0, TEA, FOOD, 2000, 2000, 2000);
    assert_goods(0, MUG, GOODS, 3000, 1500, 3000);
}

static void nothing_comes_back_of_an_order_that_is_cancelled_then_or_later(void **state)
{
    (void)state;
    order(3500, tea_and_mugs, 2);
    refund(1, -1, NULL, 0);
    tell(EVENT_ORDER_CANCELLED, 2);
    contribute_told();
    assert_goods(0, TEA, FOOD, 0, 0, 0);
    assert_goods(0, MUG, GOODS, 0, 0, 0);
}

static void what_a_refund_does_not_tell_of_a_line_is_the_orders(void **state)
{
    static const struct order_line told[] = {{TEA, 0, 1000, 0}, {MUG, 0, 1000, 400}, {SPOON, 0, 1000, 100}};
    (void)state;
    order(3500, tea_and_mugs, 2);
    refund(1, 1400, told, 3);
    contribute_told();
    assert_goods(0, TEA, FOOD, 1000, 1000, 2000);
    assert_goods(0, MUG, GOODS, 1000, 400, 3000);
    assert_goods(0, TEA, 0, 0, 0, 0);
    assert_goods(0, SPOON, 0, 0, 0, 0);
}

static void no_more_comes_back_than_was_sold(void **state)
{
    static const struct order_line pots[] = {{POT, FOOD, 1000, 100}, {POT, GOODS, 2000, 100}};
    static const struct order_line two[] = {{POT, GOODS, 2000, 100}}, five[] = {{POT, GOODS, 5000, 250}};
    (void)state;
    order(1000, pots, 2);
    refund(1, 100, two, 1);
    refund(2, 100, five, 1);
    contribute_told();
    assert_goods(0, POT, GOODS, 2000, 100, 2000);
    assert_goods(0, POT, FOOD, 1000, 50, 1000);
}

static void an_order_counts_once_for_a_product_in_two_categories(void **state)
{
    static const struct order_line pots[] = {{POT, FOOD, 1000, 100}, {POT, GOODS, 2000, 100}};
    (void)state;
    order(1000, pots, 2);
    contribute_told();
    assert_int_equal(sums_of(CUBE_PRODUCT, 0, POT, FOOD)[0], 1);
    assert_int_equal(sums_of(CUBE_PRODUCT, 0, POT, GOODS)[0], 0);
    assert_int_equal(sums_of(CUBE_PRODUCT, 0, POT, GOODS)[1], 2000);
    assert_int_equal(sums_of(CUBE_SOLD, 0, GOODS, 0)[0], 1);
}

/* --- cost --- */

#define ORDERS  1000
#define UPDATES 4

/* Each order changes four times while others are placed; nothing may be remembered for each change and each order. */
static void a_customer_whose_many_orders_change_takes_memory_once(void **state)
{
    static struct event events[ORDERS * (1 + UPDATES)];
    static const struct event *list[COUNT_OF(events)];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        size_t order = i / (1 + UPDATES), update = i % (1 + UPDATES);
        events[i] = (struct event){.kind = update ? EVENT_ORDER_UPDATED : EVENT_ORDER_COMPLETED,
                                   .order_key = {{(unsigned char)(order * 7), (unsigned char)(order >> 8), (unsigned char)order}},
                                   .has_value = true,
                                   .value = (int64_t)(100 * order + update),
                                   .occurred_at = (usec_t)order * 6 * HOUR + (usec_t)update * 30 * HOUR};
        list[i] = &events[i];
    }
    contribute_all(list, COUNT_OF(list));
    assert_int_equal(sums_of(CUBE_SALES, ORDERS / 4 - 1, DIMENSION_TOTAL, 0)[1],
                     4 * 100 * (ORDERS - 4) + 100 * (1 + 2 + 3) + 4 * UPDATES);
    assert_true(arena_bytes(arena) < 8 << 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_came_back_in_part_does_not_come_back_with_the_whole),
        TEST(an_order_that_comes_back_twice_brings_its_goods_once),
        TEST(nothing_comes_back_of_an_order_that_is_cancelled_then_or_later),
        TEST(what_a_refund_does_not_tell_of_a_line_is_the_orders),
        TEST(no_more_comes_back_than_was_sold),
        TEST(an_order_counts_once_for_a_product_in_two_categories),
        TEST(a_customer_whose_many_orders_change_takes_memory_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
