#include "base/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char example[] = "550e8400-e29b-41d4-a716-446655440000";

static struct uuid parsed(const char *text)
{
    struct uuid uuid;
    assert_true(uuid_parse(span_of(text), &uuid));
    return uuid;
}

static void a_uuid_is_printed_as_it_was_read(void **state)
{
    (void)state;
    char text[UUID_TEXT];
    struct uuid uuid = parsed(example);
    uuid_print(&uuid, text);
    assert_string_equal(text, example);
}

static void capitals_are_read_and_not_printed(void **state)
{
    (void)state;
    char text[UUID_TEXT];
    struct uuid uuid = parsed("ABCDEF00-E29B-41D4-A716-446655440000");
    uuid_print(&uuid, text);
    assert_string_equal(text, "abcdef00-e29b-41d4-a716-446655440000");
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "550e8400", "550e8400e29b41d4a716446655440000", "{550e8400-e29b-41d4-a716-44665544000}",
        "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-4466554400000",
        "550e8400-e29b-41d4-a716-44665544000g", "550e8400-e29b-41d4-a716_446655440000", "550e84000e29b-41d4-a716-446655440000",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct uuid uuid;
        assert_false(uuid_parse(span_of(texts[i]), &uuid));
    }
}

/* SELECT uuid_hash('550e8400-e29b-41d4-a716-446655440000') is -379807113: token + 2^31 = 1767676535. */
static void a_lane_is_the_top_of_the_uuid_hash_of_postgresql(void **state)
{
    (void)state;
    struct uuid uuid = parsed(example);
    assert_int_equal(uuid_lane(&uuid, 1U << 31), 1767676535U >> 1);
    assert_int_equal(uuid_lane(&uuid, 1024), 1767676535U >> 22);
    assert_int_equal(uuid_lane(&uuid, 64), 1767676535U >> 26);
}

static void with_one_lane_every_key_is_in_lane_0(void **state)
{
    (void)state;
    struct uuid uuid = parsed(example);
    assert_int_equal(uuid_lane(&uuid, 1), 0);
    memset(uuid.b, 0xff, sizeof(uuid.b));
    assert_int_equal(uuid_lane(&uuid, 1), 0);
}

static void keys_spread_over_the_lanes(void **state)
{
    (void)state;
    unsigned count[64] = {0};
    for (unsigned i = 0; i < 64000; i++) {
        struct uuid uuid = {{(unsigned char)i, (unsigned char)(i >> 8)}};
        unsigned lane = uuid_lane(&uuid, 64);
        assert_true(lane < 64);
        count[lane]++;
    }
    for (size_t i = 0; i < 64; i++) {
        assert_in_range(count[i], 800, 1200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uuid_is_printed_as_it_was_read),
        cmocka_unit_test(capitals_are_read_and_not_printed),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(a_lane_is_the_top_of_the_uuid_hash_of_postgresql),
        cmocka_unit_test(with_one_lane_every_key_is_in_lane_0),
        cmocka_unit_test(keys_spread_over_the_lanes),
    };
    return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
