/*
 * Scores with a database: parameters are fitted to the shop's own orders and put in force as definitions, rules over
 * scores move customers at local midnights, and the worker follows schedule, growth and settings.
 */
#include "../support/customers.h"
#include "../support/one_shop.h"
#include "app/publish.h"
#include "app/score.h"
#include "app/settings.h"
#include "app/verify.h"
#include "base/buf.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY      400
#define FIRST_DAY 20089 /* 2025-01-01 */
#define DAYS      400
#define BATCH     200

static void set_day(int64_t day, int64_t hour)
{
    clock_set(&now, day * USEC_PER_DAY + hour * 3600 * USEC_PER_SEC);
}

/* --- what the shop is told ------------------------------------------------------------------------------------- */

struct telling_orders {
    struct buf text;
    size_t n;
};

static void send_orders(struct telling_orders *t)
{
    struct ingest_item *items;
    if (t->n == 0)
        return;
    buf_text(&t->text, "]}");
    buf_char(&t->text, '\0');
    assert_int_equal(tell_batch(t->text.p, t->n, &items), STATUS_OK);
    buf_reset(&t->text);
    t->n = 0;
}

static void add_order(struct telling_orders *t, int customer, int64_t day, int number, int64_t minor)
{
    char at[TIME_TEXT];
    time_print(day * USEC_PER_DAY + 10 * 3600 * USEC_PER_SEC, at);
    buf_text(&t->text, t->n ? "," : "{\"batch\":[");
    buf_printf(&t->text,
               "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"c%d\",\"messageId\":\"m-%d-%d\",\"timestamp\":\"%s\","
               "\"properties\":{\"order_id\":\"o-%d-%d\",\"revenue\":%" PRId64 ".%02d}}",
               customer, customer, number, at, customer, number, minor / 100, (int)(minor % 100));
    if (++t->n == BATCH)
        send_orders(t);
}

/* Customers who buy and leave by a known model, from 2025-01-01 on. The clock stands at the noon after the last day. */
static void tell_simulated(int n)
{
    struct chance chance = {7};
    struct btyd truth = {.k = 1, .r = 0.8, .alpha = 4, .a = 0.7, .b = 2};
    struct purchase_log log;
    struct telling_orders t = {.n = 0};
    buf_init(&t.text, 0);
    purchase_log_init(&log);
    customers_fill(&chance, &truth, (size_t)n, FIRST_DAY, DAYS, &log);
    set_day(FIRST_DAY + DAYS, 12);
    for (size_t i = 0; i < log.n_customers; i++)
        for (size_t k = log.first[i]; k < log.first[i + 1]; k++)
            add_order(&t, (int)i, log.days[k], (int)(k - log.first[i]), 1000 + (int64_t)(i % 50) * 40 + (int64_t)(k % 7) * 100);
    send_orders(&t);
    buf_done(&t.text);
    purchase_log_done(&log);
}

static void publish_segment(const char *key, const char *rule)
{
    struct error error = {0};
    int version;
    struct publication publication = {.kind = KIND_SEGMENT,
                                      .key = span_of(key),
                                      .document = span_of(arena_printf(arena, "{\"rule\":%s}", rule)),
                                      .if_match = VERSION_ABSENT};
    if (definition_publish(session, shop, &publication, &version, &error) != STATUS_OK)
        fail_msg("%s %s", error.pointer, error.detail);
}

/* Every customer is folded to now, as the crawl does. */
static void tick_all(void)
{
    struct error error = {0};
    const struct db_result *rows =
        database_rows(&database, "SELECT customer_key FROM customer WHERE events_count > 0 ORDER BY customer_key");
    size_t n = (size_t)db_rows(rows);
    struct uuid *keys = ARENA_ARRAY(arena, struct uuid, n);
    for (size_t i = 0; i < n; i++)
        keys[i] = db_uuid(rows, (int)i, 0);
    assert_int_equal(session_tick(session, shop, keys, n, false, &error), STATUS_OK);
    database_run(&database, "UPDATE crawl SET finished_at = now()");
}

static void patch_settings(const char *patch)
{
    struct buf out;
    struct error error = {0};
    int version;
    buf_init(&out, 0);
    if (settings_patch(session, shop, span_of(patch), VERSION_ANY, &out, &version, &error) != STATUS_OK)
        fail_msg("%s %s", error.pointer, error.detail);
    buf_done(&out);
}

static void step(void)
{
    struct scorer_shop state = {0};
    struct error error = {0};
    if (scorer_step(session, shop, &state, &error) != STATUS_OK)
        fail_msg("%s %s", status_code(error.status), error.detail);
}

static const struct definitions *definitions(void)
{
    const struct definitions *out;
    struct error error = {0};
    assert_int_equal(session_definitions(session, shop, true, &out, &error), STATUS_OK);
    return out;
}

static const struct scores *in_force(void)
{
    return scores_at(definitions(), clock_now(&now));
}

static struct score_fitting fit(bool is_dry)
{
    struct score_fitting fitting;
    struct score_fit_wish wish = {.is_dry = is_dry, .has_preview = true};
    struct error error = {0};
    if (score_fit(session, shop, &wish, &fitting, &error) != STATUS_OK)
        fail_msg("%s %s", status_code(error.status), error.detail);
    return fitting;
}

static int64_t members(const char *key)
{
    return database_number(&database,
                           "SELECT count(*) FROM membership m JOIN definition d ON d.kind = 2 AND d.number = m.segment "
                           "WHERE d.key = '%s' AND d.version = 1",
                           key);
}

/* --- tests ----------------------------------------------------------------------------------------------------- */

static void the_fit_is_put_in_force_and_moves_whom_its_preview_named(void **state)
{
    (void)state;
    tell_simulated(MANY);
    publish_segment("slipping", "{\">=\":[{\"var\":\"churn_risk\"},0.7]}");
    tick_all();
    assert_int_equal(in_force()->version, 0);
    int64_t before = members("slipping");
    assert_true(before > 0 && before < MANY);

    struct score_fitting dry = fit(true);
    assert_int_equal(dry.fit.report.verdict, FIT_OK);
    assert_false(dry.is_published);
    assert_int_equal(in_force()->version, 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM score_fit"), 0);
    assert_int_equal(dry.preview.customers, MANY);

    struct score_fitting done = fit(false);
    assert_true(done.is_published);
    assert_int_equal(done.version, 1);
    assert_int_equal(in_force()->version, 1);
    assert_true(in_force()->is_fitted);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM change WHERE type = 18 AND version = 1"), 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM crawl WHERE finished_at IS NULL"), 1);
    int64_t entered = 0, left = 0;
    for (size_t i = 0; i < done.preview.n; i++)
        *(done.preview.moves[i].to ? &entered : &left) += done.preview.moves[i].customers;
    assert_true(entered + left > 0);
    assert_int_equal(dry.preview.n, done.preview.n);
    now.shift += 2;
    tick_all();
    assert_int_equal(members("slipping"), before + entered - left);
}

static void the_same_orders_give_the_same_parameters(void **state)
{
    (void)state;
    tell_simulated(MANY);
    assert_true(fit(false).is_published);
    struct score_fitting again = fit(false);
    assert_false(again.is_published);
    assert_int_equal(again.version, 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM definition WHERE kind = 3"), 1);
}

static void a_customer_who_is_silent_slips_at_a_local_midnight_and_an_order_brings_them_back(void **state)
{
    (void)state;
    const char *slipped = "SELECT count(*) FROM membership";
    publish_segment("slipping", "{\">=\":[{\"var\":\"churn_risk\"},0.7]}");
    set_day(FIRST_DAY, 12);
    tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"anna\",\"properties\":{\"order_id\":\"1\",\"revenue\":10}}");
    assert_int_equal(database_number(&database, "%s", slipped), 0);
    int64_t deadline = db_time(database_rows(&database, "SELECT deadline FROM customer"), 0, 0);
    assert_int_equal(deadline % USEC_PER_DAY, 0);
    assert_true(deadline > clock_now(&now));
    clock_set(&now, deadline - 60 * USEC_PER_SEC);
    tick_all();
    assert_int_equal(database_number(&database, "%s", slipped), 0);
    clock_set(&now, deadline);
    tick_all();
    assert_int_equal(database_number(&database, "%s", slipped), 1);
    assert_int_equal(db_time(database_rows(&database, "SELECT entered_at FROM membership"), 0, 0), deadline);
    clock_set(&now, deadline + 5 * USEC_PER_DAY);
    tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"anna\",\"properties\":{\"order_id\":\"2\",\"revenue\":10}}");
    assert_int_equal(database_number(&database, "%s", slipped), 0);
}

static void a_shop_with_too_few_orders_has_the_prior_of_its_cadence(void **state)
{
    (void)state;
    struct scores prior;
    tell_simulated(20);
    struct score_fitting few = fit(false);
    assert_int_equal(few.fit.report.verdict, FIT_TOO_FEW);
    assert_false(few.is_published);
    patch_settings("{\"scores\":{\"cadence\":\"coffee\",\"margin\":0.4}}");
    step();
    scores_prior(span_of("coffee"), &prior);
    assert_int_equal(in_force()->version, 1);
    assert_false(in_force()->is_fitted);
    assert_true(in_force()->model.alpha == prior.model.alpha && in_force()->margin == 0.4);
    step();
    assert_int_equal(in_force()->version, 1);
}

static void a_fit_that_finds_nothing_leaves_what_is_in_force(void **state)
{
    (void)state;
    struct telling_orders t = {.n = 0};
    tell_simulated(MANY);
    assert_true(fit(false).is_published);
    double alpha = in_force()->model.alpha;
    buf_init(&t.text, 0);
    for (int i = 0; i < MANY; i++) /* every order of theirs is taken back */
        add_order(&t, i, FIRST_DAY + DAYS - 1, 1000, 100);
    send_orders(&t);
    buf_done(&t.text);
    database_run(&database, "CREATE TABLE kept AS SELECT * FROM customer_order; DELETE FROM customer_order WHERE "
                            "order_id NOT LIKE '%%-1000'");
    struct score_fitting nothing = fit(false);
    database_run(&database, "DELETE FROM customer_order; INSERT INTO customer_order SELECT * FROM kept; DROP TABLE kept");
    assert_int_not_equal(nothing.fit.report.verdict, FIT_OK);
    assert_non_null(nothing.fit.report.reason);
    assert_false(nothing.is_published);
    assert_true(in_force()->is_fitted && in_force()->model.alpha == alpha);
    assert_int_equal(database_number(&database, "SELECT verdict FROM score_fit ORDER BY fitted_at DESC LIMIT 1"),
                     nothing.fit.report.verdict);
}

static void the_worker_fits_at_first_by_schedule_and_when_there_is_much_more(void **state)
{
    (void)state;
    const char *fits = "SELECT count(*) FROM score_fit";
    tell_simulated(MANY);
    step();
    assert_int_equal(database_number(&database, "%s", fits), 1);
    assert_int_equal(in_force()->version, 1);
    assert_non_null(rfm_at(definitions(), clock_now(&now)));
    step();
    assert_int_equal(database_number(&database, "%s", fits), 1);
    now.shift += 7 * USEC_PER_DAY;
    step(); /* not one more order */
    assert_int_equal(database_number(&database, "%s", fits), 1);
    tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"c1\",\"properties\":{\"order_id\":\"new\",\"revenue\":10}}");
    step();
    assert_int_equal(database_number(&database, "%s", fits), 2);
    struct telling_orders t = {.n = 0};
    buf_init(&t.text, 0);
    for (int i = 0; i < 2 * MANY; i++)
        add_order(&t, i, FIRST_DAY + DAYS + 3, 2000, 500);
    send_orders(&t);
    buf_done(&t.text);
    step();
    assert_int_equal(database_number(&database, "%s", fits), 2); /* within ten minutes */
    now.shift += 11 * 60 * USEC_PER_SEC;
    step();
    assert_int_equal(database_number(&database, "%s", fits), 3);
    patch_settings("{\"scores\":{\"fit_every_days\":0,\"rfm_every_days\":0}}");
    now.shift += 30 * USEC_PER_DAY;
    step();
    assert_int_equal(database_number(&database, "%s", fits), 3);
}

static void the_owner_may_fix_the_bounds_of_rfm(void **state)
{
    (void)state;
    tell_simulated(MANY);
    step();
    const struct rfm *first = rfm_at(definitions(), clock_now(&now));
    assert_false(first->is_fixed);
    assert_int_equal(first->customers, MANY);
    patch_settings("{\"scores\":{\"rfm_bounds\":{\"recency\":[90,60,30,7],\"frequency\":[1,2,3,5],"
                   "\"monetary\":[\"10.00\",\"20.00\",\"50.00\",\"100.00\"]}}}");
    now.shift += USEC_PER_SEC;
    step();
    const struct rfm *fixed = rfm_at(definitions(), clock_now(&now));
    assert_true(fixed->is_fixed && fixed->version == 2 && fixed->recency[3] == 7 && fixed->monetary[0] == 1000);
    publish_segment("best", "{\"==\":[{\"var\":\"rfm_code\"},\"555\"]}");
    publish_segment("asleep", "{\"==\":[{\"var\":\"rfm_r\"},1]}");
    tick_all();
    assert_int_equal(members("best"),
                     database_number(&database, "SELECT count(*) FROM customer WHERE orders_count > 5 AND "
                                                "revenue_gross - revenue_refunded > 10000 AND last_order_at >= "
                                                "timestamptz '1970-01-01 00:00+00' + interval '1 day' * %d",
                                     FIRST_DAY + DAYS - 6));
    assert_int_equal(members("asleep"),
                     database_number(&database, "SELECT count(*) FROM customer WHERE last_order_at < "
                                                "timestamptz '1970-01-01 00:00+00' + interval '1 day' * %d",
                                     FIRST_DAY + DAYS - 89));
    patch_settings("{\"scores\":{\"rfm_bounds\":null}}");
    now.shift += USEC_PER_SEC;
    step();
    assert_false(rfm_at(definitions(), clock_now(&now))->is_fixed);
    assert_int_equal(rfm_at(definitions(), clock_now(&now))->version, 3);
}

static void fixed_bounds_stay_until_there_are_customers_enough_for_others(void **state)
{
    (void)state;
    struct scorer_shop scorer = {0};
    struct error error = {0};
    tell_simulated(3);
    patch_settings("{\"scores\":{\"rfm_bounds\":{\"recency\":[90,60,30,7],\"frequency\":[1,2,3,5],"
                   "\"monetary\":[\"10.00\",\"20.00\",\"50.00\",\"100.00\"]}}}");
    step();
    assert_int_equal(rfm_latest(definitions())->version, 1);
    patch_settings("{\"scores\":{\"rfm_bounds\":null}}");
    assert_int_equal(scorer_step(session, shop, &scorer, &error), STATUS_OK);
    usec_t next = scorer.look_at;
    assert_int_equal(scorer_step(session, shop, &scorer, &error), STATUS_OK);
    assert_int_equal(scorer.look_at, next); /* the customers were not counted again */
    assert_true(rfm_latest(definitions())->is_fixed);
    now.shift += USEC_PER_SEC;
    tell_simulated(10);
    step();
    assert_false(rfm_latest(definitions())->is_fixed);
    assert_int_equal(rfm_latest(definitions())->version, 2);
}

static void bounds_that_are_as_before_make_no_version(void **state)
{
    (void)state;
    int version;
    struct error error = {0};
    tell_simulated(MANY);
    assert_int_equal(rfm_refresh(session, shop, &version, &error), STATUS_OK);
    assert_int_equal(version, 1);
    assert_int_equal(rfm_refresh(session, shop, &version, &error), STATUS_OK);
    assert_int_equal(version, 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM change WHERE type = 19"), 1);
}

static void what_came_of_the_latest_fits_is_kept(void **state)
{
    (void)state;
    struct score_fit_note note;
    struct error error = {0};
    assert_int_equal(score_last_fit(session, shop, &note, &error), STATUS_NOT_FOUND);
    for (int i = 0; i < 25; i++) {
        now.shift += USEC_PER_SEC;
        (void)fit(false);
    }
    assert_int_equal(database_number(&database, "SELECT count(*) FROM score_fit"), 20);
    assert_int_equal(score_last_fit(session, shop, &note, &error), STATUS_OK);
    assert_int_equal(note.verdict, FIT_TOO_FEW);
    assert_int_equal(note.purchase_days, 0);
}

static void rows_of_an_earlier_version_are_folded_anew_when_they_are_met(void **state)
{
    (void)state;
    tell_simulated(MANY);
    const char *sum = "SELECT sum(purchase_days + first_day_value + gaps_ln)::int8 FROM customer";
    int64_t right = database_number(&database, "%s", sum);
    add_up();
    database_run(&database, "UPDATE customer SET purchase_days = 0, first_day_value = 0, gaps_ln = 0, fold_version = 2");
    /* such a version summed up stages, moves and members alone */
    database_run(&database, "DELETE FROM tally WHERE cube > 3");
    database_run(&database, "UPDATE tally SET s2 = 0");
    tick_all();
    assert_int_equal(database_number(&database, "%s", sum), right);
}

static void refunds_take_a_purchase_back(void **state)
{
    (void)state;
    set_day(FIRST_DAY, 12);
    tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"anna\",\"properties\":{\"order_id\":\"1\",\"revenue\":10}}");
    set_day(FIRST_DAY + 10, 12);
    tell_whole("{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"anna\",\"properties\":{\"order_id\":\"2\",\"revenue\":20}}");
    assert_int_equal(database_number(&database, "SELECT purchase_days FROM customer"), 2);
    assert_int_equal(database_number(&database, "SELECT gaps_ln FROM customer"), INT64_C(2302585093));
    set_day(FIRST_DAY + 11, 12);
    tell_whole("{\"type\":\"track\",\"event\":\"Order Refunded\",\"userId\":\"anna\",\"properties\":{\"order_id\":\"2\"}}");
    assert_int_equal(database_number(&database, "SELECT purchase_days FROM customer"), 1);
    assert_int_equal(database_number(&database, "SELECT gaps_ln FROM customer"), 0);
    assert_int_equal(database_number(&database, "SELECT first_day_value FROM customer"), 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_shop_open, one_shop_close)
    const struct CMUnitTest tests[] = {
        TEST(the_fit_is_put_in_force_and_moves_whom_its_preview_named),
        TEST(the_same_orders_give_the_same_parameters),
        TEST(a_customer_who_is_silent_slips_at_a_local_midnight_and_an_order_brings_them_back),
        TEST(a_shop_with_too_few_orders_has_the_prior_of_its_cadence),
        TEST(a_fit_that_finds_nothing_leaves_what_is_in_force),
        TEST(the_worker_fits_at_first_by_schedule_and_when_there_is_much_more),
        TEST(the_owner_may_fix_the_bounds_of_rfm),
        TEST(fixed_bounds_stay_until_there_are_customers_enough_for_others),
        TEST(bounds_that_are_as_before_make_no_version),
        TEST(what_came_of_the_latest_fits_is_kept),
        TEST(rows_of_an_earlier_version_are_folded_anew_when_they_are_met),
        TEST(refunds_take_a_purchase_back),
    };
    return cmocka_run_group_tests(tests, one_shop_make, one_shop_drop);
}
