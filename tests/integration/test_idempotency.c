/* A request with an Idempotency-Key is carried out once, by whichever process has it first, and its reply is given again. */
#include "../support/database.h"
#include "app/idempotency.h"
#include "app/shop.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BEGIN (INT64_C(1767225600) * USEC_PER_SEC) /* 2026-01-01 */
#define HOUR  (3600 * USEC_PER_SEC)
#define REPLY "201\n\n{\"secret\":\"whsec_shown-once\"}"

static struct database database;
static struct clock now;
static struct session *session, *other; /* of two processes */
static const struct shop *shop;

static int set_up_all(void **state)
{
    (void)state;
    database_make(&database);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    database_drop(&database);
    return 0;
}

static int set_up(void **state)
{
    struct error error = {0};
    (void)state;
    database_clear(&database);
    clock_set(&now, BEGIN);
    session = database_session(&database, &now);
    if (shop_create(session, "shop", "EUR", "UTC", &shop, &error) != STATUS_OK)
        return -1;
    other = database_session(&database, &now);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_close(session);
    session_close(other);
    return 0;
}

static struct once request(const char *api_key, const char *key, char fingerprint)
{
    struct once once = {.shop = shop, .api_key = span_of(api_key), .key = span_of(key)};
    memset(once.fingerprint, fingerprint, sizeof(once.fingerprint));
    return once;
}

static enum status begin(struct session *in, struct once *once, struct span *kept)
{
    struct error error = {0};
    enum status status = once_begin(in, once, kept, &error);
    assert_int_equal(status, error.status);
    return status;
}

static void assert_begun(struct session *in, struct once *once)
{
    struct span kept;
    assert_int_equal(begin(in, once, &kept), STATUS_OK);
    assert_int_equal(kept.n, 0);
}

static void assert_kept(struct session *in, struct once *once)
{
    struct span kept;
    assert_int_equal(begin(in, once, &kept), STATUS_OK);
    assert_true(span_is(kept, REPLY));
}

static void assert_refused(struct session *in, struct once *once, enum status status)
{
    struct span kept;
    assert_int_equal(begin(in, once, &kept), status);
}

static void keep(struct session *in, const struct once *once)
{
    struct error error = {0};
    assert_int_equal(once_keep(in, once, span_of(REPLY), &error), STATUS_OK);
}

static void a_repeat_has_the_reply_of_the_first(void **state)
{
    struct once first = request("lca_1", "k", 1), again = first;
    (void)state;
    assert_begun(session, &first);
    assert_refused(other, &again, STATUS_CONFLICT);
    keep(session, &first);
    assert_kept(other, &again);
    assert_kept(session, &again);
}

static void another_request_with_the_same_key_is_refused(void **state)
{
    struct once first = request("lca_1", "k", 1), next = request("lca_1", "k", 2);
    (void)state;
    assert_begun(session, &first);
    assert_refused(other, &next, STATUS_KEY_REUSED);
    keep(session, &first);
    assert_refused(session, &next, STATUS_KEY_REUSED);
}

static void each_api_key_has_keys_of_its_own(void **state)
{
    struct once first = request("lca_1", "k", 1), second = request("lca_2", "k", 1), third = request("lca_1", "K", 1);
    (void)state;
    assert_begun(session, &first);
    keep(session, &first);
    assert_begun(session, &second);
    assert_begun(session, &third);
}

static void what_was_not_carried_out_frees_its_key(void **state)
{
    struct error error = {0};
    struct once first = request("lca_1", "k", 1), again = first, next = request("lca_1", "k", 2);
    (void)state;
    assert_begun(session, &first);
    assert_int_equal(once_forget(session, &first, &error), STATUS_OK);
    assert_begun(other, &again);
    assert_int_equal(once_forget(other, &again, &error), STATUS_OK);
    assert_begun(other, &next);
}

static void what_a_dead_process_has_left_is_free_after_a_while(void **state)
{
    struct error error = {0};
    struct once dead = request("lca_1", "k", 1), again = dead, next = request("lca_1", "k", 2);
    usec_t patience = ONCE_GRACE + (database.config.read_timeout_ms + database.config.commit_timeout_ms) * 1000;
    (void)state;
    assert_begun(session, &dead);
    clock_set(&now, BEGIN + patience - 2 * USEC_PER_SEC);
    assert_refused(other, &again, STATUS_CONFLICT);
    clock_set(&now, BEGIN + patience + USEC_PER_SEC);
    assert_refused(other, &next, STATUS_KEY_REUSED);
    assert_begun(other, &again);
    /* Should the first still live, it takes nothing away from the second. */
    assert_int_equal(once_keep(session, &dead, span_of("404\n\n"), &error), STATUS_OK);
    assert_int_equal(once_forget(session, &dead, &error), STATUS_OK);
    keep(other, &again);
    assert_kept(session, &dead);
}

static void after_a_day_the_key_is_free(void **state)
{
    struct once first = request("lca_1", "k", 1), next = request("lca_1", "k", 2);
    (void)state;
    assert_begun(session, &first);
    keep(session, &first);
    clock_set(&now, BEGIN + 23 * HOUR);
    assert_kept(session, &first);
    clock_set(&now, BEGIN + 24 * HOUR + USEC_PER_SEC);
    assert_begun(session, &next);
}

static void nothing_of_a_reply_is_stored_in_clear(void **state)
{
    struct once first = request("lca_1", "a-key-of-the-client", 1);
    (void)state;
    assert_begun(session, &first);
    keep(session, &first);
    static const char *const secrets[] = {"shown-once", "whsec_", "a-key-of-the-client", "lca_1"};
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        assert_int_equal(database_number(&database,
                                         "SELECT count(*) FROM idempotency WHERE position(convert_to('%s', 'UTF8') IN "
                                         "coalesce(reply, '') || once_hash || fingerprint) > 0",
                                         secrets[i]),
                         0);
    /* What was altered is not given. */
    database_run(&database, "UPDATE idempotency SET reply = set_byte(reply, 14, get_byte(reply, 14) # 1)");
    assert_refused(session, &first, STATUS_INTERNAL);
}

static void old_replies_are_dropped_and_so_are_those_beyond_the_most(void **state)
{
    struct error error = {0};
    struct once old = request("lca_1", "old", 1), running = request("lca_1", "running", 1);
    (void)state;
    assert_begun(session, &old);
    keep(session, &old);
    clock_set(&now, BEGIN + 12 * HOUR);
    assert_begun(session, &running);
    database_run(&database,
                 "INSERT INTO idempotency SELECT %d, decode(lpad(to_hex(n), 8, '0'), 'hex'), gen_random_uuid(), '', "
                 "timestamptz '2026-01-01 13:00Z' + n * interval '1 ms', '' FROM generate_series(1, %d) n",
                 shop->id, ONCE_MOST + 5);
    assert_int_equal(once_trim(session, &error), STATUS_OK);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM idempotency WHERE reply IS NOT NULL"), ONCE_MOST);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM idempotency WHERE reply IS NULL"), 1);
    clock_set(&now, BEGIN + 36 * HOUR + USEC_PER_SEC);
    assert_int_equal(once_trim(session, &error), STATUS_OK);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM idempotency WHERE reply IS NULL"), 0);
    clock_set(&now, BEGIN + 48 * HOUR);
    assert_int_equal(once_trim(session, &error), STATUS_OK);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM idempotency"), 0);
}

/* --- at the same time ------------------------------------------------------------------------------------------- */

#define RUNNERS 8

struct runner {
    pthread_t thread;
    struct session *session;
    struct once once;
    struct span kept;
    struct error error;
    enum status status;
};

static void *run(void *context)
{
    struct runner *runner = context;
    runner->status = once_begin(runner->session, &runner->once, &runner->kept, &runner->error);
    return NULL;
}

static void of_many_at_the_same_time_one_is_carried_out(void **state)
{
    struct runner runners[RUNNERS];
    (void)state;
    for (int i = 0; i < RUNNERS; i++)
        runners[i] = (struct runner){.session = database_session(&database, &now)};
    for (int round = 0; round < 20; round++) {
        char key[16];
        int n_begun = 0;
        snprintf(key, sizeof(key), "key-%d", round);
        for (int i = 0; i < RUNNERS; i++) {
            runners[i].once = request("lca_1", key, 1);
            runners[i].error = (struct error){0};
            assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
        }
        for (int i = 0; i < RUNNERS; i++)
            pthread_join(runners[i].thread, NULL);
        for (int i = 0; i < RUNNERS; i++) {
            n_begun += runners[i].status == STATUS_OK;
            assert_true(runners[i].status == STATUS_OK || runners[i].status == STATUS_CONFLICT);
        }
        assert_int_equal(n_begun, 1);
    }
    for (int i = 0; i < RUNNERS; i++)
        session_close(runners[i].session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_repeat_has_the_reply_of_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_request_with_the_same_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_api_key_has_keys_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_carried_out_frees_its_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_dead_process_has_left_is_free_after_a_while, set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_a_day_the_key_is_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_of_a_reply_is_stored_in_clear, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_replies_are_dropped_and_so_are_those_beyond_the_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_many_at_the_same_time_one_is_carried_out, set_up, tear_down),
    };
    (void)database_server();
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
