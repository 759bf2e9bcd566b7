/* Whoever reads the feed from its first change on knows the history that holds, and only they can be asked. */
#include "../support/one_shop.h"
#include "../support/stored.h"
#include "app/janitor.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void order(const char *id, const char *at)
{
    tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"anna\",\"timestamp\":\"%s\","
               "\"properties\":{\"order_id\":\"%s\",\"revenue\":10}}",
               at, id);
}

/* The first order is told at once; 45 days later an earlier one comes late, and moves what was told. */
static void tell_and_correct(void)
{
    order("second", "2026-02-20T12:00:00Z");
    clock_set(&now, clock_now(&now) + 45 * USEC_PER_DAY);
    order("first", "2026-02-10T12:00:00Z");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM change WHERE type = %d", CHANGE_MOVED), 1);
}

static void clean_feed(void)
{
    struct error error = {0};
    for (bool is_busy = true; is_busy;)
        assert_int_equal(janitor_once(session, &is_busy, &error), STATUS_OK);
}

static const char *feed_difference(void)
{
    struct stored stored;
    stored_read(arena, &database, &stored);
    return stored_feed_difference(arena, &database, &stored);
}

static void a_follower_from_the_first_change_on_knows_what_holds(void **state)
{
    (void)state;
    stored_keep_feed(session, shop);
    tell_and_correct();
    clean_feed();
    assert_int_equal(database_number(&database, "SELECT oldest FROM feed_head"), 1);
    assert_null(feed_difference());
}

static void a_correction_outlives_what_it_corrects(void **state)
{
    (void)state;
    tell_and_correct();
    assert_null(feed_difference());
    clean_feed();
    assert_int_equal(database_number(&database, "SELECT count(*) FROM change WHERE type = %d", CHANGE_MOVED), 1);
    const char *difference = feed_difference();
    assert_non_null(difference);
    assert_non_null(strstr(difference, "what was told before is gone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_follower_from_the_first_change_on_knows_what_holds, one_shop_open,
                                        one_shop_close),
        cmocka_unit_test_setup_teardown(a_correction_outlives_what_it_corrects, one_shop_open, one_shop_close),
    };
    database_server();
    log_open(LOG_ERROR);
    return cmocka_run_group_tests(tests, one_shop_make, one_shop_drop);
}
