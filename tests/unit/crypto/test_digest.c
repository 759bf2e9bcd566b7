#include "crypto/digest.h"

#include "base/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_hex(const unsigned char *bytes, size_t n, const char *expected)
{
    static const char digits[] = "0123456789abcdef";
    char text[129];
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * n] = '\0';
    assert_string_equal(text, expected);
}

static void sha256_is_that_of_fips_180_4(void **state)
{
    (void)state;
    unsigned char hash[32];
    digest_sha256("abc", 3, hash);
    assert_hex(hash, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256("", 0, hash);
    assert_hex(hash, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void assert_uuid5(const char *space, const char *name, const char *expected)
{
    struct uuid in, out;
    char text[UUID_TEXT];
    assert_true(uuid_parse(span_of(space), &in));
    digest_uuid5(&in, span_of(name), &out);
    uuid_print(&out, text);
    assert_string_equal(text, expected);
}

static void uuid5_is_that_of_rfc_4122(void **state)
{
    (void)state;
    assert_uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    assert_uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

static void a_random_uuid_has_version_4_and_is_new(void **state)
{
    (void)state;
    struct uuid a, b;
    random_uuid(&a);
    random_uuid(&b);
    assert_int_equal(a.b[6] >> 4, 4);
    assert_int_equal(a.b[8] >> 6, 2);
    assert_int_not_equal(uuid_compare(&a, &b), 0);
}

static void random_bytes_fill_all_of_a_large_buffer(void **state)
{
    (void)state;
    static unsigned char bytes[4096];
    random_bytes(bytes, sizeof(bytes));
    size_t zeros = 0;
    for (size_t i = sizeof(bytes) - 512; i < sizeof(bytes); i++) {
        zeros += bytes[i] == 0;
    }
    assert_true(zeros < 64);
}

/* Vectors of the reference implementation (xxHash 0.8.1, XXH64, seed 0). */
static void hash64_is_xxh64_with_seed_0(void **state)
{
    (void)state;
    assert_true(hash64(span_of("")) == UINT64_C(0xEF46DB3751D8E999));
    assert_true(hash64(span_of("a")) == UINT64_C(0xD24EC4F1A98C6E5B));
    assert_true(hash64(span_of("abc")) == UINT64_C(0x44BC2CF5AD770999));
    assert_true(hash64(span_of("Nobody inspects the spammish repetition")) == UINT64_C(0xFBCEA83C8A378BF1));
}

static void hash64_is_xxh64_at_every_length(void **state)
{
    (void)state;
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 131 + 7);
    }
    uint64_t all = 0;
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        all = all * UINT64_C(6364136223846793005) + hash64((struct span){(const char *)bytes, n});
    }
    assert_true(all == UINT64_C(0xB841FC7B4C1125AD));
}

static void a_text_has_no_hash_that_means_none(void **state)
{
    (void)state;
    assert_true(hash64(span_of("campaaUOO:4{P3Wg")) == UINT64_C(1) << 63);
    assert_true(hash_text(span_of("campaaUOO:4{P3Wg")) == 1);
    assert_true(hash_text(span_of("abc")) == hash64(span_of("abc")));
}

static void equal_bytes_are_equal_and_others_are_not(void **state)
{
    (void)state;
    assert_true(digest_equal("secret", "secret", 6));
    assert_false(digest_equal("secret", "secreT", 6));
    assert_true(digest_equal("a", "b", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_that_of_fips_180_4),
        cmocka_unit_test(uuid5_is_that_of_rfc_4122),
        cmocka_unit_test(a_random_uuid_has_version_4_and_is_new),
        cmocka_unit_test(random_bytes_fill_all_of_a_large_buffer),
        cmocka_unit_test(hash64_is_xxh64_with_seed_0),
        cmocka_unit_test(hash64_is_xxh64_at_every_length),
        cmocka_unit_test(a_text_has_no_hash_that_means_none),
        cmocka_unit_test(equal_bytes_are_equal_and_others_are_not),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
