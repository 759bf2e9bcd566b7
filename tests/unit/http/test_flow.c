#include "../../../src/http/flow.h"
#include "base/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE (10 * USEC_PER_SEC)

static void count(void *context)
{
    ++*(int *)context;
}

static struct span text(const char *s)
{
    return span_of(s);
}

static enum flow_reading read_text(struct flow *flow, size_t most, char out[64])
{
    size_t n;
    enum flow_reading reading = flow_read(flow, out, most, &n);
    out[n] = '\0';
    return reading;
}

static void test_comes_out_as_it_went_in(void **state)
{
    (void)state;
    char out[64];
    struct flow *flow = flow_new(FLOW_WHOLE, 8, PATIENCE);
    assert_true(flow_write(flow, text("abcdef")));
    assert_int_equal(read_text(flow, 4, out), FLOW_BYTES);
    assert_string_equal(out, "abcd");
    assert_true(flow_write(flow, text("ghijkl"))); /* around the end of the ring */
    assert_int_equal(read_text(flow, 63, out), FLOW_BYTES);
    assert_string_equal(out, "efghijkl");
    assert_true(flow_write(flow, text("m")));
    flow_end(flow);
    assert_int_equal(read_text(flow, 63, out), FLOW_BYTES);
    assert_string_equal(out, "m");
    assert_int_equal(read_text(flow, 63, out), FLOW_ENDED);
    assert_false(flow_was_broken(flow));
    flow_leave(flow);
}

static void test_wakes_once_when_it_was_found_empty(void **state)
{
    (void)state;
    char out[64];
    int woken = 0;
    struct flow *flow = flow_new(FLOW_WHOLE, 64, PATIENCE);
    flow_attach(flow, count, &woken);
    assert_true(flow_write(flow, text("a")));
    assert_int_equal(woken, 0);
    assert_int_equal(read_text(flow, 63, out), FLOW_BYTES);
    assert_int_equal(read_text(flow, 63, out), FLOW_EMPTY);
    assert_true(flow_try_write(flow, text("")));
    assert_int_equal(woken, 0);
    assert_true(flow_try_write(flow, text("b")));
    assert_true(flow_write(flow, text("c")));
    assert_int_equal(woken, 1);
    assert_int_equal(read_text(flow, 63, out), FLOW_BYTES);
    assert_int_equal(read_text(flow, 63, out), FLOW_EMPTY);
    flow_end(flow);
    assert_int_equal(woken, 2);
    assert_int_equal(read_text(flow, 63, out), FLOW_ENDED);
    flow_leave(flow);
}

static void test_try_write_takes_all_or_nothing(void **state)
{
    (void)state;
    char out[64];
    struct flow *flow = flow_new(FLOW_ENDLESS, 8, PATIENCE);
    assert_true(flow_try_write(flow, text("abcde")));
    assert_false(flow_try_write(flow, text("fghi")));
    assert_false(flow_is_gone(flow));
    assert_true(flow_try_write(flow, text("fgh")));
    assert_int_equal(read_text(flow, 63, out), FLOW_BYTES);
    assert_string_equal(out, "abcdefgh");
    flow_leave(flow);
    assert_true(flow_is_gone(flow));
    assert_false(flow_try_write(flow, text("x")));
    assert_false(flow_write(flow, text("x")));
    flow_end(flow);
}

static void test_broken_off_is_not_ended(void **state)
{
    (void)state;
    char out[64];
    int woken = 0;
    struct flow *flow = flow_new(FLOW_WHOLE, 8, PATIENCE);
    flow_attach(flow, count, &woken);
    assert_int_equal(read_text(flow, 63, out), FLOW_EMPTY);
    assert_true(flow_write(flow, text("abc")));
    flow_abort(flow);
    assert_int_equal(woken, 1);
    assert_int_equal(read_text(flow, 63, out), FLOW_BROKEN);
    assert_true(flow_was_broken(flow));
    flow_leave(flow);
}

static void test_a_shutdown_ends_what_is_endless_and_waits_for_the_rest(void **state)
{
    (void)state;
    char out[64];
    int woken = 0;
    struct flow *endless = flow_new(FLOW_ENDLESS, 8, PATIENCE);
    struct flow *whole = flow_new(FLOW_WHOLE, 8, PATIENCE);
    flow_attach(endless, count, &woken);
    assert_int_equal(read_text(endless, 63, out), FLOW_EMPTY);
    assert_true(flow_write(whole, text("abc")));
    flow_stop(endless, false);
    flow_stop(whole, false);
    assert_int_equal(woken, 1);
    assert_true(flow_is_gone(endless));
    assert_int_equal(read_text(endless, 63, out), FLOW_ENDED);
    assert_false(flow_is_gone(whole));
    flow_stop(whole, true);
    assert_true(flow_is_gone(whole));
    assert_int_equal(read_text(whole, 63, out), FLOW_BROKEN);
    flow_leave(endless);
    flow_leave(whole);
    flow_abort(endless);
    flow_abort(whole);
}

static void test_a_writer_loses_patience(void **state)
{
    (void)state;
    struct flow *flow = flow_new(FLOW_WHOLE, 4, USEC_PER_SEC / 100);
    assert_true(flow_write(flow, text("abcd")));
    assert_false(flow_write(flow, text("e")));
    flow_abort(flow);
    flow_leave(flow);
}

/* --- two threads ---------------------------------------------------------------------------------------------- */

#define BYTES 4000000
#define PIECE 1777

struct stream {
    struct flow *flow;
    pthread_mutex_t lock;
    pthread_cond_t ring;
    bool has_rung;
    bool was_taken;
};

static void ring(void *context)
{
    struct stream *stream = context;
    pthread_mutex_lock(&stream->lock);
    stream->has_rung = true;
    pthread_cond_signal(&stream->ring);
    pthread_mutex_unlock(&stream->lock);
}

static void *produce(void *context)
{
    struct stream *stream = context;
    char piece[PIECE];
    bool goes_on = true;
    for (size_t at = 0; at < BYTES && goes_on; at += PIECE) {
        size_t n = BYTES - at < PIECE ? BYTES - at : PIECE;
        for (size_t i = 0; i < n; i++) {
            piece[i] = (char)((at + i) % 251);
        }
        goes_on = flow_write(stream->flow, (struct span){piece, n});
    }
    stream->was_taken = goes_on;
    flow_end(stream->flow);
    return NULL;
}

static void wait_for_ring(struct stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    while (!stream->has_rung) {
        pthread_cond_wait(&stream->ring, &stream->lock);
    }
    stream->has_rung = false;
    pthread_mutex_unlock(&stream->lock);
}

/** Returns how many bytes came before ${most} were read; all must be the right ones. */
static size_t consume(struct stream *stream, size_t most)
{
    char out[3001];
    size_t seen = 0;
    while (seen < most) {
        size_t n;
        switch (flow_read(stream->flow, out, sizeof(out), &n)) {
        case FLOW_BYTES: break;
        case FLOW_EMPTY: wait_for_ring(stream); continue;
        case FLOW_ENDED:
        case FLOW_BROKEN: return seen;
        }
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(out[i], (char)((seen + i) % 251));
        }
        seen += n;
    }
    return seen;
}

static void run(struct stream *stream, size_t size, size_t most, size_t *seen)
{
    pthread_t thread;
    *stream = (struct stream){.flow = flow_new(FLOW_WHOLE, size, PATIENCE)};
    pthread_mutex_init(&stream->lock, NULL);
    pthread_cond_init(&stream->ring, NULL);
    flow_attach(stream->flow, ring, stream);
    assert_int_equal(pthread_create(&thread, NULL, produce, stream), 0);
    *seen = consume(stream, most);
    flow_leave(stream->flow);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&stream->ring);
    pthread_mutex_destroy(&stream->lock);
}

static void test_between_two_threads(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 4096, 262144};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct stream stream;
        size_t seen, most = sizes[i] < 100 ? BYTES / 100 : SIZE_MAX;
        run(&stream, sizes[i], most, &seen);
        assert_int_equal(stream.was_taken, most == SIZE_MAX);
        assert_true(most == SIZE_MAX ? seen == BYTES : seen >= most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_out_as_it_went_in),
        cmocka_unit_test(test_wakes_once_when_it_was_found_empty),
        cmocka_unit_test(test_try_write_takes_all_or_nothing),
        cmocka_unit_test(test_broken_off_is_not_ended),
        cmocka_unit_test(test_a_shutdown_ends_what_is_endless_and_waits_for_the_rest),
        cmocka_unit_test(test_a_writer_loses_patience),
        cmocka_unit_test(test_between_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
