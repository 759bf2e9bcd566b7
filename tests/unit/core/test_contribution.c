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
        TEST(a_customer_whose_many_orders_change_takes_memory_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
