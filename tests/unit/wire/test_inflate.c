#include "wire/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <zlib.h>

static unsigned char packed[1 << 16];
static struct buf out;

static int make_buf(void **state)
{
    (void)state;
    buf_init(&out, 0);
    return 0;
}

static int free_buf(void **state)
{
    (void)state;
    buf_done(&out);
    return 0;
}

/** gzip (${window} 15 + 16) or zlib (15) of ${n} bytes, behind what ${packed} holds already. */
static size_t pack(const void *bytes, size_t n, size_t at, int window)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)n;
    stream.next_out = packed + at;
    stream.avail_out = (uInt)(sizeof(packed) - at);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t size = at + stream.total_out;
    deflateEnd(&stream);
    return size;
}

static enum status unpack(size_t n, size_t limit)
{
    struct error error = {0};
    enum status status = inflate_gzip((struct span){(const char *)packed, n}, limit, &out, &error);
    assert_int_equal(error.status, status);
    return status;
}

static void what_was_packed_comes_back(void **state)
{
    (void)state;
    size_t n = pack("{\"a\":1}", 7, 0, 31);
    assert_int_equal(unpack(n, 7), STATUS_OK);
    assert_string_equal(out.p, "{\"a\":1}");
}

static void nothing_packed_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(unpack(pack("", 0, 0, 31), 100), STATUS_OK);
    assert_int_equal(out.n, 0);
}

static void it_is_appended_to_what_is_there(void **state)
{
    (void)state;
    buf_text(&out, "12345");
    assert_int_equal(unpack(pack("678", 3, 0, 31), 3), STATUS_OK);
    assert_string_equal(out.p, "12345678");
}

static void several_members_are_one_body(void **state)
{
    (void)state;
    size_t n = pack("abc", 3, 0, 31);
    n = pack("def", 3, n, 31);
    assert_int_equal(unpack(n, 6), STATUS_OK);
    assert_string_equal(out.p, "abcdef");
}

static void one_byte_above_the_limit_is_too_large(void **state)
{
    (void)state;
    size_t n = pack("12345678", 8, 0, 31);
    assert_int_equal(unpack(n, 7), STATUS_TOO_LARGE);
    buf_reset(&out);
    assert_int_equal(unpack(n, 8), STATUS_OK);
    assert_int_equal(unpack(n, 0), STATUS_TOO_LARGE);
}

static void a_bomb_costs_no_more_than_its_limit(void **state)
{
    (void)state;
    size_t size = 32U << 20;
    void *zeroes = calloc(1, size);
    assert_non_null(zeroes);
    size_t n = pack(zeroes, size, 0, 31);
    free(zeroes);
    assert_int_equal(unpack(n, 100000), STATUS_TOO_LARGE);
    assert_true(out.capacity <= 262144);
}

static void each_place_at_which_it_is_cut_short_is_noticed(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(i * i % 251);
    }
    size_t n = pack(text, sizeof(text), 0, 31);
    for (size_t cut = 0; cut < n; cut++) {
        buf_reset(&out);
        assert_int_equal(unpack(cut, 5000), STATUS_MALFORMED_GZIP);
    }
}

static void a_flipped_bit_is_noticed(void **state)
{
    (void)state;
    size_t n = pack("a text that is long enough", 26, 0, 31);
    packed[n - 6] ^= 1; /* in the checksum */
    assert_int_equal(unpack(n, 5000), STATUS_MALFORMED_GZIP);
}

static void what_stands_behind_it_is_refused(void **state)
{
    (void)state;
    size_t n = pack("abc", 3, 0, 31);
    packed[n] = 'x';
    assert_int_equal(unpack(n + 1, 5000), STATUS_MALFORMED_GZIP);
}

static void another_form_is_refused(void **state)
{
    (void)state;
    assert_int_equal(unpack(pack("abc", 3, 0, 15), 5000), STATUS_MALFORMED_GZIP);
    memcpy(packed, "{\"plain\":true}", 14);
    assert_int_equal(unpack(14, 5000), STATUS_MALFORMED_GZIP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_packed_comes_back, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(nothing_packed_is_nothing, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(it_is_appended_to_what_is_there, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(several_members_are_one_body, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(one_byte_above_the_limit_is_too_large, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(a_bomb_costs_no_more_than_its_limit, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(each_place_at_which_it_is_cut_short_is_noticed, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(a_flipped_bit_is_noticed, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(what_stands_behind_it_is_refused, make_buf, free_buf),
        cmocka_unit_test_setup_teardown(another_form_is_refused, make_buf, free_buf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
