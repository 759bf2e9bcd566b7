/* What becomes of webhooks: by the real service, to a receiver that behaves as receivers do. */
#include "../support/one_shop.h"
#include "../support/receiver.h"
#include "app/shop.h"
#include "base/log.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "wire/endpoint.h"
#include "wire/webhook.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET_KEY   "the key of this test"
#define ALLOW      "127.0.0.0/8"
#define SECRET       "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define SHIFT        (6 * USEC_PER_SEC + 1) /* beyond the first wait of the schedule */
#define OUTLET_TAKES 16                     /* requests of an endpoint at first */

static struct receiver *receiver;
static struct service *service;

static int set_up(void **state)
{
    struct error error = {0};
    (void)state;
    arena = arena_new(1 << 16);
    clock_set(&now, NONE);
    receiver = receiver_new(0);
    database_make(&database);
    snprintf(database.config.secret_key, sizeof(database.config.secret_key), SECRET_KEY);
    snprintf(database.config.webhook_allow, sizeof(database.config.webhook_allow), ALLOW);
    session = database_session(&database, &now);
    return shop_create(session, "shop", "EUR", "UTC", &shop, &error) == STATUS_OK ? 0 : -1;
}

static struct service *start(void)
{
    struct service *out;
    struct error error = {0};
    if (service_new(&database.config, &now, &out, &error) != STATUS_OK ||
        service_start(out, &error) != STATUS_OK)
        fail_msg("%s", error.detail);
    return out;
}

static void stop(struct service **running)
{
    if (*running == NULL)
        return;
    service_drain(*running);
    service_free(*running);
    *running = NULL;
}

static int tear_down(void **state)
{
    (void)state;
    stop(&service);
    session_close(session);
    database_drop(&database);
    receiver_free(receiver);
    arena_free(arena);
    return 0;
}

/* Time passes between two services, never under one. */
static void pass(usec_t us)
{
    stop(&service);
    now.shift += us;
    now.shifted = true;
    service = start();
}

/* --- what a shop does ----------------------------------------------------------------------------------- */

static void order(int customer, int number)
{
    tell_whole("{\"type\":\"track\",\"event\":\"Order "
         "Completed\",\"userId\":\"buyer%d\",\"properties\":{\"order_id\":\"o%d-%d\","
         "\"revenue\":1}}",
         customer, customer, number);
}

static const char *hex(struct span bytes)
{
    char *text = arena_alloc(arena, bytes.n * 2 + 1);
    for (size_t i = 0; i < bytes.n; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned char)bytes.p[i]);
    return text;
}

/* An endpoint at a path of the receiver, which follows orders from here on; its id. */
static const char *endpoint_at(const char *path, enum endpoint_format format)
{
    static int minute;
    char *id = arena_alloc(arena, UUID_TEXT);
    struct uuid uuid;
    struct span sealed;
    struct error error = {0};
    struct buf settings;
    struct endpoint endpoint = {
        .url = span_of(arena_printf(arena, "http://127.0.0.1:%d%s", receiver_port(receiver), path)),
        .event_types = format == ENDPOINT_SEGMENT ? span_of("stage.changed") : span_of("order.completed"),
        .format = format};
    random_uuid(&uuid);
    uuid_print(&uuid, id);
    buf_init(&settings, 0);
    endpoint_settings_print(&settings, &endpoint);
    if (seal(arena, span_of(SECRET_KEY), span_of(id), span_of(SECRET), &sealed, &error) != STATUS_OK)
        fail_msg("%s", error.detail);
    database_run(&database,
                 "INSERT INTO webhook_endpoint (endpoint_id, shop_id, settings, status, reason, status_at, "
                 "version, asked, "
                 "created_at) VALUES ('%s', %d, '%.*s', 1, 0, now(), 1, 0, now() + interval '%d minutes')",
                 id, shop->id, (int)settings.n, settings.p, minute++);
    database_run(&database,
                 "INSERT INTO webhook_secret (endpoint_id, secret_id, shop_id, sealed, created_at) VALUES "
                 "('%s', '%s', %d, "
                 "'\\x%s', now())",
                 id, id, shop->id, hex(sealed));
    database_run(&database,
                 "INSERT INTO webhook_progress (endpoint_id, shop_id, position) SELECT '%s', shop_id, head "
                 "FROM feed_head "
                 "WHERE shop_id = %d",
                 id, shop->id);
    buf_done(&settings);
    return id;
}

/* --- what the receiver got ------------------------------------------------------------------------------ */

static int64_t sequence_of(const struct received *r)
{
    const char *found = strstr(r->body, "\"sequence\":");
    if (found == NULL)
        fail_msg("no sequence: %s", r->body);
    return atoll(found + strlen("\"sequence\":"));
}

static void customer_of(const struct received *r, char out[32])
{
    const char *found = strstr(r->body, "\"buyer");
    size_t n = found ? strcspn(found + 1, "\"") : 0;
    if (found == NULL || n > 31)
        fail_msg("no customer: %s", r->body);
    memcpy(out, found + 1, n);
    out[n] = 0;
}

static void assert_signed(const struct received *r)
{
    assert_true(signature_standard_matches(arena, span_of(SECRET), span_of(r->id), span_of(r->timestamp),
                                           (struct span){r->body, r->n_body}, span_of(r->signature)));
}

/* Changes of one customer arrived in their order; a repeat of one is none. */
static void assert_in_order(const char *path)
{
    size_t n = receiver_count(receiver, path);
    for (size_t i = 0; i < n; i++) {
        char one[32], other[32];
        const struct received *a = receiver_at(receiver, path, i);
        customer_of(a, one);
        for (size_t k = i + 1; k < n; k++) {
            const struct received *b = receiver_at(receiver, path, k);
            customer_of(b, other);
            if (strcmp(one, other) == 0 && sequence_of(b) < sequence_of(a))
                fail_msg("%s: %" PRId64 " after %" PRId64, one, sequence_of(b), sequence_of(a));
        }
    }
}

static int64_t rows_in(const char *id, enum delivery_state delivery_state)
{
    return database_number(&database,
                           "SELECT count(*) FROM webhook_delivery WHERE endpoint_id = '%s' AND state = %d",
                           id, delivery_state);
}

static void wait_for(int64_t wanted, const char *format, ...) PRINTF_LIKE(2, 3);
static void wait_for(int64_t wanted, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    usec_t until = clock_monotonic() + 20 * USEC_PER_SEC;
    int64_t number;
    while ((number = database_number(&database, "%s", text)) != wanted && clock_monotonic() < until)
        usleep(10000);
    if (number != wanted)
        fail_msg("%s: %" PRId64 ", not %" PRId64, text, number, wanted);
}

static void wait_for_rows(const char *id, enum delivery_state delivery_state, int64_t n)
{
    wait_for(n, "SELECT count(*) FROM webhook_delivery WHERE endpoint_id = '%s' AND state = %d", id,
             delivery_state);
}

static void wait_for_position(const char *id)
{
    wait_for(1,
             "SELECT count(*) FROM webhook_progress p JOIN feed_head h USING (shop_id) WHERE p.endpoint_id = "
             "'%s' AND "
             "p.position = h.head",
             id);
}

/* --- the tests ------------------------------------------------------------------------------------------ */

static void each_change_arrives_once_signed_and_in_the_order_of_its_customer(void **state)
{
    (void)state;
    order(1, 0); /* before the endpoint is there */
    const char *id = endpoint_at("/ok", ENDPOINT_STANDARD);
    service = start();
    for (int number = 1; number <= 6; number++)
        for (int customer = 0; customer < 20; customer++)
            order(customer, number);
    assert_true(receiver_wait(receiver, "/ok", 120, 20000));
    wait_for_rows(id, DELIVERY_DONE, 120);
    wait_for_position(id);
    stop(&service);
    assert_int_equal(receiver_count(receiver, "/ok"), 120);
    for (size_t i = 0; i < 120; i++) {
        struct webhook_id name;
        const struct received *r = receiver_at(receiver, "/ok", i);
        assert_signed(r);
        assert_true(webhook_id_parse(span_of(r->id), &name));
        assert_int_equal(name.seq, sequence_of(r));
        assert_non_null(strstr(r->body, "\"type\":\"order.completed\""));
    }
    assert_in_order("/ok");
    assert_int_equal(
        database_number(&database,
                        "SELECT count(*) FROM webhook_delivery WHERE attempts <> 1 OR status <> 200 OR "
                        "json_array_length(attempt_log) <> 1 OR next_at IS NOT NULL"),
        0);
    assert_int_equal(
        database_number(&database, "SELECT count(*) FROM webhook_progress WHERE lease_owner IS NOT NULL"), 0);
}

static void one_bad_endpoint_does_not_delay_another(void **state)
{
    static const struct {
        const char *path;
        enum receiver_act act;
    } bad[] = {{"/fail", RECEIVER_FAIL}, {"/hang", RECEIVER_HANG},         {"/busy", RECEIVER_BUSY},
               {"/slow", RECEIVER_SLOW}, {"/redirect", RECEIVER_REDIRECT}, {"/half", RECEIVER_HALF},
               {"/drop", RECEIVER_DROP}, {"/garbage", RECEIVER_GARBAGE}};
    const char *ids[COUNT_OF(bad)];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        receiver_do(receiver, bad[i].path, bad[i].act);
        ids[i] = endpoint_at(bad[i].path, ENDPOINT_STANDARD);
    }
    const char *good = endpoint_at("/ok", ENDPOINT_STANDARD);
    service = start();
    for (int customer = 0; customer < 60; customer++)
        order(customer, 1);
    assert_true(receiver_wait(receiver, "/ok", 60, 10000));
    wait_for_rows(good, DELIVERY_DONE, 60);
    wait_for_rows(ids[0], DELIVERY_PENDING, 60);
    wait_for_rows(ids[3], DELIVERY_DONE, 60);
    wait_for_rows(ids[4], DELIVERY_PENDING, 60);
    assert_int_equal(receiver_count(receiver, "/redirected"), 0);
    /* it asked for two seconds: not all are sent at once, and fewer at a time */
    assert_in_range(receiver_count(receiver, "/busy"), 1, OUTLET_TAKES);
    assert_in_range(receiver_count(receiver, "/hang"), 1, OUTLET_TAKES);
    assert_int_equal(
        database_number(&database,
                        "SELECT count(DISTINCT failure) FROM webhook_delivery WHERE endpoint_id IN "
                        "('%s', '%s') AND status IS NULL",
                        ids[5], ids[6]),
        1);
    assert_int_equal(
        database_number(&database, "SELECT max(json_array_length(attempt_log)) FROM webhook_delivery"), 1);
    assert_int_equal(
        database_number(&database,
                        "SELECT count(*) FROM webhook_progress WHERE failing_since IS NOT NULL AND "
                        "endpoint_id = '%s'",
                        ids[0]),
        1);
    stop(&service);
}

static void a_later_change_of_a_customer_waits_for_an_earlier_one_and_then_overtakes_it(void **state)
{
    (void)state;
    receiver_do(receiver, "/once", RECEIVER_ONCE);
    receiver_do(receiver, "/fail", RECEIVER_FAIL);
    const char *once = endpoint_at("/once", ENDPOINT_STANDARD);
    const char *fails = endpoint_at("/fail", ENDPOINT_STANDARD);
    service = start();
    for (int number = 1; number <= 3; number++)
        for (int customer = 0; customer < 2; customer++)
            order(customer, number);
    wait_for_rows(once, DELIVERY_PENDING, 2);
    wait_for_rows(fails, DELIVERY_PENDING, 2);
    usleep(300000);
    assert_int_equal(receiver_count(receiver, "/once"), 2); /* the first of each customer, and no other */
    assert_int_equal(receiver_count(receiver, "/fail"), 2);
    for (int round = 0; round < 3; round++) {
        pass(SHIFT);
        wait_for_rows(once, DELIVERY_DONE, 2 * (round + 1));
        if (round < 2)
            wait_for_rows(once, DELIVERY_PENDING, 2);
    }
    assert_int_equal(receiver_count(receiver, "/once"), 12);
    assert_in_order("/once");
    for (size_t i = 0; i < 12; i++)
        assert_signed(receiver_at(receiver, "/once", i));
    assert_int_equal(receiver_count(receiver, "/fail"),
                     4); /* the second attempt of the first ones; then 5 minutes */
    pass(300 * USEC_PER_SEC);
    wait_for_rows(fails, DELIVERY_PENDING,
                  4); /* the second of each customer overtakes, and holds back the third */
    pass(300 * USEC_PER_SEC);
    wait_for_rows(fails, DELIVERY_PENDING, 6);
    wait_for_position(fails);
}

static void an_endpoint_that_is_gone_is_disabled_and_the_feed_says_so(void **state)
{
    (void)state;
    receiver_do(receiver, "/gone", RECEIVER_GONE);
    const char *id = endpoint_at("/gone", ENDPOINT_STANDARD);
    service = start();
    order(1, 1);
    wait_for(3, "SELECT status FROM webhook_endpoint WHERE endpoint_id = '%s'", id);
    order(2, 1);
    usleep(700000);
    assert_int_equal(receiver_count(receiver, "/gone"), 1);
    assert_int_equal(
        database_number(&database, "SELECT reason FROM webhook_endpoint WHERE endpoint_id = '%s'", id), 1);
    assert_int_equal(database_number(&database,
                                     "SELECT count(*) FROM change WHERE type = 17 AND event_id = '%s' AND "
                                     "detail ->> 'reason' = 'gone'",
                                     id),
                     1);
    assert_int_equal(rows_in(id, DELIVERY_EXHAUSTED), 1);
    /* enabled again it goes on where it stopped */
    receiver_do(receiver, "/gone", RECEIVER_OK);
    database_run(&database,
                 "UPDATE webhook_endpoint SET status = 1, version = version + 1 WHERE endpoint_id = '%s'",
                 id);
    wait_for_rows(id, DELIVERY_DONE, 1);
    assert_int_equal(receiver_count(receiver, "/gone"), 2);
}

static void nothing_but_failure_for_five_days_disables(void **state)
{
    (void)state;
    receiver_do(receiver, "/fail", RECEIVER_FAIL);
    const char *id = endpoint_at("/fail", ENDPOINT_STANDARD);
    service = start();
    order(1, 1);
    wait_for_rows(id, DELIVERY_PENDING, 1);
    pass(119 * 3600 * USEC_PER_SEC);
    wait_for(2, "SELECT attempts FROM webhook_delivery");
    assert_int_equal(database_number(&database, "SELECT status FROM webhook_endpoint"), 1);
    pass(2 * 3600 * USEC_PER_SEC);
    wait_for(3, "SELECT status FROM webhook_endpoint");
    assert_int_equal(database_number(&database, "SELECT reason FROM webhook_endpoint"), 2);
    assert_int_equal(database_number(&database,
                                     "SELECT count(*) FROM change WHERE type = 17 AND detail ->> 'reason' = "
                                     "'failing'"),
                     1);
    assert_int_equal(rows_in(id, DELIVERY_PENDING), 1);
}

static void a_delivery_is_given_up_after_its_last_attempt(void **state)
{
    (void)state;
    receiver_do(receiver, "/fail", RECEIVER_FAIL);
    endpoint_at("/fail", ENDPOINT_STANDARD);
    service = start();
    order(1, 1);
    for (int attempt = 1; attempt < DELIVERY_ATTEMPTS_MAX; attempt++) {
        wait_for(attempt, "SELECT attempts FROM webhook_delivery");
        database_run(&database, "UPDATE webhook_progress SET failing_since = NULL");
        stop(&service);
        /* what the schedule says is told by its own test */
        database_run(&database, "UPDATE webhook_progress SET failing_since = NULL");
        database_run(&database, "UPDATE webhook_delivery SET next_at = created_at");
        service = start();
    }
    wait_for(DELIVERY_EXHAUSTED, "SELECT state FROM webhook_delivery");
    assert_int_equal(database_number(&database, "SELECT attempts FROM webhook_delivery"),
                     DELIVERY_ATTEMPTS_MAX);
    assert_int_equal(
        database_number(&database, "SELECT json_array_length(attempt_log) FROM webhook_delivery"),
        DELIVERY_ATTEMPTS_MAX);
    assert_int_equal(receiver_count(receiver, "/fail"), DELIVERY_ATTEMPTS_MAX);
    for (size_t i = 1; i < DELIVERY_ATTEMPTS_MAX; i++)
        assert_string_equal(receiver_at(receiver, "/fail", i)->id, receiver_at(receiver, "/fail", 0)->id);
}

static void a_paused_endpoint_gets_nothing_and_then_goes_on_where_it_stopped(void **state)
{
    (void)state;
    const char *id = endpoint_at("/ok", ENDPOINT_STANDARD);
    service = start();
    order(1, 1);
    wait_for_rows(id, DELIVERY_DONE, 1);
    database_run(&database, "UPDATE webhook_endpoint SET status = 2, version = version + 1");
    wait_for(0, "SELECT count(*) FROM webhook_progress WHERE lease_owner IS NOT NULL");
    for (int i = 2; i < 10; i++)
        order(1, i);
    usleep(600000);
    assert_int_equal(receiver_count(receiver, "/ok"), 1);
    database_run(&database, "UPDATE webhook_endpoint SET status = 1, version = version + 1");
    service_endpoints_poke(service);
    wait_for_rows(id, DELIVERY_DONE, 9);
    assert_int_equal(receiver_count(receiver, "/ok"), 9);
    assert_in_order("/ok");
}

static void what_is_asked_for_again_is_delivered_again_under_the_same_name(void **state)
{
    (void)state;
    const char *id = endpoint_at("/ok", ENDPOINT_STANDARD);
    int64_t first = database_number(&database, "SELECT head + 1 FROM feed_head");
    service = start();
    for (int i = 1; i <= 5; i++)
        order(1, i);
    wait_for_rows(id, DELIVERY_DONE, 5);
    /* one */
    database_run(
        &database,
        "UPDATE webhook_delivery SET state = 1, next_at = now() - interval '1 second' WHERE seq = (SELECT "
        "min(seq) FROM webhook_delivery)");
    database_run(&database, "UPDATE webhook_endpoint SET asked = asked + 1");
    wait_for(2, "SELECT max(attempts) FROM webhook_delivery WHERE state = 2");
    assert_int_equal(receiver_count(receiver, "/ok"), 6);
    assert_string_equal(receiver_at(receiver, "/ok", 5)->id, receiver_at(receiver, "/ok", 0)->id);
    assert_string_equal(receiver_at(receiver, "/ok", 5)->body, receiver_at(receiver, "/ok", 0)->body);
    assert_int_equal(
        database_number(&database, "SELECT max(json_array_length(attempt_log)) FROM webhook_delivery"), 2);
    /* a test */
    database_run(
        &database,
        "INSERT INTO webhook_delivery (shop_id, endpoint_id, seq, part, type, customer_key, state, attempts, "
        "created_at, "
        "next_at, failure, attempt_log) VALUES (%d, '%s', -7, 0, 15, '%s', 1, 0, now(), now(), 0, '[]')",
        shop->id, id, id);
    database_run(&database, "UPDATE webhook_endpoint SET asked = asked + 1");
    wait_for(2, "SELECT state FROM webhook_delivery WHERE seq = -7");
    assert_signed(receiver_at(receiver, "/ok", 6));
    /* a range: first what was not delivered, which is nothing; then all */
    for (int is_all = 0; is_all < 2; is_all++) {
        database_run(&database,
                     "INSERT INTO webhook_replay (shop_id, endpoint_id, replay_id, position, until_seq, "
                     "is_all, n_sent, created_at) "
                     "SELECT %d, '%s', gen_random_uuid(), %" PRId64 ", head, %s, 0, now() FROM feed_head",
                     shop->id, id, first - 1, is_all ? "true" : "false");
        database_run(&database, "UPDATE webhook_endpoint SET asked = asked + 1");
        wait_for(is_all + 1, "SELECT count(*) FROM webhook_replay WHERE done_at IS NOT NULL");
        wait_for_rows(id, DELIVERY_DONE, 6);
        assert_true(receiver_wait(receiver, "/ok", is_all ? 12 : 7, 5000));
    }
    wait_for(1, "SELECT count(*) FROM webhook_replay WHERE is_all AND n_sent = 5");
    assert_int_equal(receiver_count(receiver, "/ok"), 12);
}

static void a_new_endpoint_may_be_told_of_the_past(void **state)
{
    (void)state;
    for (int i = 1; i <= 300; i++)
        order(i, 1);
    const char *id = endpoint_at("/late", ENDPOINT_STANDARD);
    database_run(&database,
                 "INSERT INTO webhook_replay (shop_id, endpoint_id, replay_id, position, until_seq, is_all, "
                 "n_sent, created_at) "
                 "SELECT %d, '%s', gen_random_uuid(), 0, head, false, 0, now() FROM feed_head",
                 shop->id, id);
    service = start();
    wait_for_rows(id, DELIVERY_DONE, 300);
    wait_for(300, "SELECT n_sent FROM webhook_replay WHERE done_at IS NOT NULL");
    assert_int_equal(receiver_count(receiver, "/late"), 300);
}

static void what_told_of_somebody_who_was_erased_is_not_sent_again(void **state)
{
    (void)state;
    receiver_do(receiver, "/fail", RECEIVER_FAIL);
    const char *id = endpoint_at("/fail", ENDPOINT_STANDARD);
    service = start();
    order(1, 1);
    wait_for_rows(id, DELIVERY_PENDING, 1);
    stop(&service);
    database_run(&database, "UPDATE change SET type = 12 WHERE type = 15");
    pass(SHIFT);
    usleep(1500000);
    assert_int_equal(receiver_count(receiver, "/fail"), 1);
}

static void what_waits_to_tell_of_somebody_who_is_erased_meanwhile_is_not_sent(void **state)
{
    (void)state;
    receiver_do(receiver, "/later", RECEIVER_FAIL);
    const char *id = endpoint_at("/later", ENDPOINT_STANDARD);
    service = start();
    order(1, 1);
    wait_for_rows(id, DELIVERY_PENDING, 1);
    order(1, 2); /* waits for the first one */
    usleep(1500000);
    database_run(&database, "UPDATE change SET type = 12 WHERE seq = (SELECT max(seq) FROM change WHERE type = 15)");
    receiver_do(receiver, "/later", RECEIVER_OK);
    wait_for_rows(id, DELIVERY_DONE, 1);
    wait_for_position(id);
    assert_int_equal(receiver_count(receiver, "/later"), 2);
}

static void the_format_segment_makes_two_requests_in_order(void **state)
{
    (void)state;
    const char *id = endpoint_at("/segment", ENDPOINT_SEGMENT);
    service = start();
    order(1, 1);
    wait_for_rows(id, DELIVERY_DONE, 2);
    assert_int_equal(receiver_count(receiver, "/segment"), 2);
    assert_non_null(strstr(receiver_at(receiver, "/segment", 0)->body, "\"type\":\"identify\""));
    assert_non_null(strstr(receiver_at(receiver, "/segment", 1)->body, "\"type\":\"track\""));
}

static void a_change_of_the_endpoint_counts_from_then_on(void **state)
{
    (void)state;
    const char *id = endpoint_at("/old", ENDPOINT_STANDARD);
    service = start();
    order(1, 1);
    wait_for_rows(id, DELIVERY_DONE, 1);
    database_run(
        &database,
        "UPDATE webhook_endpoint SET version = version + 1, settings = replace(settings::text, '/old', "
        "'/new')::json");
    service_endpoints_poke(service);
    usleep(300000);
    order(1, 2);
    wait_for_rows(id, DELIVERY_DONE, 2);
    assert_int_equal(receiver_count(receiver, "/old"), 1);
    assert_int_equal(receiver_count(receiver, "/new"), 1);
}

/* --- several services, and dying ones ------------------------------------------------------------------- */

static void two_services_deliver_each_change_once_and_the_other_takes_over(void **state)
{
    const char *ids[4];
    struct service *other;
    (void)state;
    for (int i = 0; i < 4; i++)
        ids[i] = endpoint_at(arena_printf(arena, "/e%d", i), ENDPOINT_STANDARD);
    service = start();
    other = start();
    for (int i = 1; i <= 50; i++)
        order(i % 5, i);
    for (int i = 0; i < 4; i++)
        wait_for_rows(ids[i], DELIVERY_DONE, 50);
    stop(&service);
    for (int i = 51; i <= 100; i++)
        order(i % 5, i);
    for (int i = 0; i < 4; i++)
        wait_for_rows(ids[i], DELIVERY_DONE, 100);
    stop(&other);
    for (int i = 0; i < 4; i++) {
        const char *path = arena_printf(arena, "/e%d", i);
        assert_int_equal(receiver_count(receiver, path), 100);
        assert_in_order(path);
    }
}

/* This program in the role of a service: URL of the database, shift of the clock. */
static int serve_until_killed(char *const *arguments)
{
    struct error error;
    char url[1100];
    char *environment[] = {url, (char[]){"LIFECYCLED_SECRET_KEY=" SECRET_KEY},
                           (char[]){"LIFECYCLED_WEBHOOK_ALLOW=" ALLOW}, NULL};
    snprintf(url, sizeof(url), "LIFECYCLED_DATABASE_URL=%s", arguments[0]);
    now = (struct clock){.shift = atoll(arguments[1]), .shifted = true};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (config_load(&database.config, NULL, environment, &error) != STATUS_OK)
        return 1;
    start();
    for (;;)
        pause();
}

static pid_t start_process(void)
{
    char shift[32];
    snprintf(shift, sizeof(shift), "%" PRId64, now.shift);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_dispatcher", "serve", database.url, shift, (char *)NULL);
        _exit(1);
    }
    assert_true(child > 0);
    return child;
}

static void after_a_crash_nothing_is_missing_and_repeats_have_the_same_name(void **state)
{
    (void)state;
    receiver_do(receiver, "/slow", RECEIVER_SLOW);
    const char *id = endpoint_at("/slow", ENDPOINT_STANDARD);
    for (int i = 1; i <= 200; i++)
        order(i % 40, i);
    for (int crash = 1; crash <= 3; crash++) {
        size_t before = receiver_count(receiver, "/slow");
        pid_t child = start_process();
        assert_true(receiver_wait(receiver, "/slow", before + 30, 20000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        now.shift += 16 * USEC_PER_SEC; /* its lease is over */
    }
    service = start();
    wait_for_rows(id, DELIVERY_DONE, 200);
    wait_for_position(id);
    stop(&service);
    size_t n = receiver_count(receiver, "/slow"), n_repeats = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(receiver_at(receiver, "/slow", i)->id, receiver_at(receiver, "/slow", k)->id) == 0) {
                n_repeats++;
                break;
            }
    assert_int_equal(n - n_repeats, 200);
    printf("%zu of %zu requests were repeats\n", n_repeats, n);
    assert_in_range(n_repeats, 0, 3 * 64);
}

static int clean_up(void **state)
{
    (void)state;
    database_done();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_change_arrives_once_signed_and_in_the_order_of_its_customer),
        TEST(one_bad_endpoint_does_not_delay_another),
        TEST(a_later_change_of_a_customer_waits_for_an_earlier_one_and_then_overtakes_it),
        TEST(an_endpoint_that_is_gone_is_disabled_and_the_feed_says_so),
        TEST(nothing_but_failure_for_five_days_disables),
        TEST(a_delivery_is_given_up_after_its_last_attempt),
        TEST(a_paused_endpoint_gets_nothing_and_then_goes_on_where_it_stopped),
        TEST(what_is_asked_for_again_is_delivered_again_under_the_same_name),
        TEST(a_new_endpoint_may_be_told_of_the_past),
        TEST(what_told_of_somebody_who_was_erased_is_not_sent_again),
        TEST(what_waits_to_tell_of_somebody_who_is_erased_meanwhile_is_not_sent),
        TEST(the_format_segment_makes_two_requests_in_order),
        TEST(a_change_of_the_endpoint_counts_from_then_on),
        TEST(two_services_deliver_each_change_once_and_the_other_takes_over),
        TEST(after_a_crash_nothing_is_missing_and_repeats_have_the_same_name),
    };
    log_open(LOG_ERROR);
    if (argc == 4 && strcmp(argv[1], "serve") == 0)
        return serve_until_killed(argv + 2);
    database_server();
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
