#include "../../support/receiver.h"
#include "base/clock.h"
#include "net/courier.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct receiver *receiver;
static struct guard *guard;
static struct courier *courier;

static int set_up(void **state)
{
    struct error error;
    (void)state;
    receiver = receiver_new(0);
    return guard_new(span_of("127.0.0.1"), &guard, &error) == STATUS_OK &&
                   courier_new(guard, 256, &courier, &error) == STATUS_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    courier_free(courier);
    guard_free(guard);
    receiver_free(receiver);
    return 0;
}

struct outcome {
    struct receipt receipt;
    char reply[COURIER_REPLY_MAX + 1];
    int n_done;
};

static void on_done(struct parcel *parcel, const struct receipt *receipt)
{
    struct outcome *outcome = parcel->context;
    outcome->receipt = *receipt;
    memcpy(outcome->reply, receipt->reply.p, receipt->reply.n);
    outcome->reply[receipt->reply.n] = 0;
    outcome->n_done++;
}

static struct outcome post_to(const char *url, int timeout_ms)
{
    struct outcome outcome = {.n_done = 0};
    struct parcel parcel = {.url = url,
                            .headers = {"Content-Type: application/json", "webhook-id: msg_1"},
                            .n_headers = 2,
                            .body = span_of("{\"a\":1}"),
                            .timeout_ms = timeout_ms,
                            .done = on_done,
                            .context = &outcome};
    usec_t until = clock_monotonic() + 20 * USEC_PER_SEC;
    courier_send(courier, &parcel);
    assert_int_equal(outcome.n_done, 0);
    while (outcome.n_done == 0 && clock_monotonic() < until)
        courier_run(courier, 100);
    assert_int_equal(outcome.n_done, 1);
    return outcome;
}

static struct outcome post(const char *host, const char *path, int timeout_ms)
{
    char url[128];
    snprintf(url, sizeof(url), "http://%s:%d%s", host, receiver_port(receiver), path);
    return post_to(url, timeout_ms);
}

static struct outcome post_acting(enum receiver_act act, int timeout_ms)
{
    receiver_do(receiver, "/act", act);
    return post("127.0.0.1", "/act", timeout_ms);
}

static void a_body_arrives_as_it_was_given_and_the_reply_is_told(void **state)
{
    (void)state;
    struct outcome outcome = post("127.0.0.1", "/hook", 5000);
    const struct received *received = receiver_at(receiver, "/hook", 0);
    assert_int_equal(outcome.receipt.status, 200);
    assert_int_equal(outcome.receipt.failure, COURIER_NONE);
    assert_int_equal(outcome.receipt.retry_after_s, -1);
    assert_string_equal(outcome.reply, "ok");
    assert_in_range(outcome.receipt.duration, 1, 5 * USEC_PER_SEC);
    assert_string_equal(received->body, "{\"a\":1}");
    assert_string_equal(received->id, "msg_1");
}

static void a_connection_serves_again(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(post("127.0.0.1", "/hook", 5000).receipt.status, 200);
    post_acting(RECEIVER_WORDY, 5000);
    post_acting(RECEIVER_OK, 5000);
    assert_int_equal(receiver_connections(receiver), 1);
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    assert_int_equal(post_acting(RECEIVER_REDIRECT, 5000).receipt.status, 302);
    assert_int_equal(receiver_count(receiver, "/redirected"), 0);
}

static void a_refusal_is_told_with_when_to_come_again(void **state)
{
    (void)state;
    assert_int_equal(post_acting(RECEIVER_GONE, 5000).receipt.status, 410);
    struct outcome outcome = post_acting(RECEIVER_BUSY, 5000);
    assert_int_equal(outcome.receipt.status, 429);
    assert_int_equal(outcome.receipt.retry_after_s, 2);
    outcome = post_acting(RECEIVER_FAIL, 5000);
    assert_int_equal(outcome.receipt.status, 500);
    assert_string_equal(outcome.reply, "oops");
}

static void what_is_no_whole_reply_is_none(void **state)
{
    static const struct {
        enum receiver_act act;
        enum courier_failure failure;
    } rows[] = {{RECEIVER_HANG, COURIER_TIMEOUT},
                {RECEIVER_DROP, COURIER_BROKEN},
                {RECEIVER_HALF, COURIER_BROKEN},
                {RECEIVER_GARBAGE, COURIER_MALFORMED}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outcome outcome = post_acting(rows[i].act, 300);
        assert_int_equal(outcome.receipt.status, 0);
        assert_string_equal(courier_failure_code(outcome.receipt.failure),
                            courier_failure_code(rows[i].failure));
    }
}

static void of_a_giant_reply_the_beginning_is_kept_and_the_rest_is_not_read(void **state)
{
    (void)state;
    struct outcome outcome = post_acting(RECEIVER_GIANT, 5000);
    assert_int_equal(outcome.receipt.status, 200);
    assert_int_equal(outcome.receipt.reply.n, COURIER_REPLY_MAX);
}

static void a_character_that_is_cut_off_is_left_out(void **state)
{
    (void)state;
    struct outcome outcome = post_acting(RECEIVER_WORDY, 5000);
    assert_int_equal(outcome.receipt.status, 200);
    assert_int_equal(outcome.receipt.reply.n, COURIER_REPLY_MAX - 1);
    assert_int_equal(outcome.reply[0], 'x');
}

static void nobody_there_and_no_such_host_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(post_to("http://127.0.0.1:1/", 5000).receipt.failure, COURIER_REFUSED);
    assert_int_equal(post_to("http://nobody.invalid/", 10000).receipt.failure, COURIER_UNRESOLVED);
}

static void an_address_that_is_not_permitted_is_never_dialled(void **state)
{
    struct guard *strict;
    struct error error;
    char url[128];
    (void)state;
    courier_free(courier);
    assert_int_equal(guard_new(span_of(""), &strict, &error), STATUS_OK);
    assert_int_equal(courier_new(strict, 16, &courier, &error), STATUS_OK);
    assert_int_equal(post("127.0.0.1", "/hook", 5000).receipt.failure, COURIER_FORBIDDEN);
    /* a name is whatever it resolves to when it is dialled, and so is an odd literal */
    assert_int_equal(post("localhost", "/hook", 5000).receipt.failure, COURIER_FORBIDDEN);
    assert_int_equal(post("0x7f.1", "/hook", 5000).receipt.failure, COURIER_FORBIDDEN);
    assert_int_equal(post("[::ffff:127.0.0.1]", "/hook", 5000).receipt.failure, COURIER_FORBIDDEN);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", receiver_port(receiver));
    assert_int_equal(post_to(url, 5000).receipt.failure, COURIER_FORBIDDEN);
    assert_int_equal(post_to("file:///etc/passwd", 5000).receipt.failure, COURIER_MALFORMED);
    assert_int_equal(receiver_count(receiver, NULL), 0);
    courier_free(courier);
    courier = NULL;
    guard_free(strict);
}

static void no_proxy_of_the_environment_is_asked(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    assert_int_equal(post("127.0.0.1", "/hook", 5000).receipt.status, 200);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

/* --- many at a time --- */

struct crowd {
    int n_done, n_ok;
};

static void on_one_of_many(struct parcel *parcel, const struct receipt *receipt)
{
    struct crowd *crowd = parcel->context;
    crowd->n_done++;
    crowd->n_ok += receipt->status == 200;
}

static void those_that_hang_do_not_delay_the_others(void **state)
{
    struct crowd crowd = {0};
    static struct parcel parcels[100];
    char fine[64], hanging[64];
    (void)state;
    snprintf(fine, sizeof(fine), "http://127.0.0.1:%d/fine", receiver_port(receiver));
    snprintf(hanging, sizeof(hanging), "http://127.0.0.1:%d/hang", receiver_port(receiver));
    receiver_do(receiver, "/hang", RECEIVER_HANG);
    for (size_t i = 0; i < COUNT_OF(parcels); i++) {
        parcels[i] = (struct parcel){.url = i % 2 ? fine : hanging,
                                     .body = span_of("{}"),
                                     .timeout_ms = 60000,
                                     .done = on_one_of_many,
                                     .context = &crowd};
        courier_send(courier, &parcels[i]);
    }
    usec_t until = clock_monotonic() + 10 * USEC_PER_SEC;
    while (crowd.n_done < 50 && clock_monotonic() < until)
        courier_run(courier, 100);
    assert_int_equal(crowd.n_done, 50);
    assert_int_equal(crowd.n_ok, 50);
    /* freed with 50 of them under way */
}

static void *poke_soon(void *context)
{
    usleep(50000);
    courier_poke(context);
    return NULL;
}

static void a_poke_ends_the_wait(void **state)
{
    pthread_t thread;
    (void)state;
    usec_t from = clock_monotonic();
    pthread_create(&thread, NULL, poke_soon, courier);
    courier_run(courier, 20000);
    pthread_join(thread, NULL);
    assert_in_range(clock_monotonic() - from, 0, 10 * USEC_PER_SEC);
    from = clock_monotonic();
    courier_run(courier, 50); /* and only one */
    assert_in_range(clock_monotonic() - from, 40000, 10 * USEC_PER_SEC);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_body_arrives_as_it_was_given_and_the_reply_is_told),
        TEST(a_connection_serves_again),
        TEST(a_redirect_is_not_followed),
        TEST(a_refusal_is_told_with_when_to_come_again),
        TEST(what_is_no_whole_reply_is_none),
        TEST(of_a_giant_reply_the_beginning_is_kept_and_the_rest_is_not_read),
        TEST(a_character_that_is_cut_off_is_left_out),
        TEST(nobody_there_and_no_such_host_are_told_apart),
        TEST(an_address_that_is_not_permitted_is_never_dialled),
        TEST(no_proxy_of_the_environment_is_asked),
        TEST(those_that_hang_do_not_delay_the_others),
        TEST(a_poke_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
