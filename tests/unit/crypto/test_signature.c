#include "crypto/signature.h"

#include "crypto/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* --- HMAC -------------------------------------------------------------------------------------------- */

static struct span repeated(char c, size_t n)
{
    char *text = arena_alloc(arena, n);
    memset(text, c, n);
    return (struct span){text, n};
}

static void assert_hmac(struct span key, struct span data, const char *expected)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t cut = 0; cut <= data.n; cut += data.n ? data.n : 1) {
        unsigned char mac[32];
        char text[65];
        hmac_sha256(key, (struct span){data.p, cut}, (struct span){data.p + cut, data.n - cut}, mac);
        for (size_t i = 0; i < 32; i++) {
            text[2 * i] = digits[mac[i] >> 4];
            text[2 * i + 1] = digits[mac[i] & 15];
        }
        text[64] = '\0';
        assert_string_equal(text, expected);
    }
}

static void hmac_is_that_of_rfc_4231(void **state)
{
    (void)state;
    char counted[25];
    for (size_t i = 0; i < sizeof(counted); i++) {
        counted[i] = (char)(i + 1);
    }
    assert_hmac(repeated(0x0b, 20), span_of("Hi There"),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_hmac(span_of("Jefe"), span_of("what do ya want for nothing?"),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_hmac(repeated((char)0xaa, 20), repeated((char)0xdd, 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    assert_hmac((struct span){counted, sizeof(counted)}, repeated((char)0xcd, 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    assert_hmac(repeated((char)0xaa, 131), span_of("Test Using Larger Than Block-Size Key - Hash Key First"),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hmac(
        repeated((char)0xaa, 131),
        span_of(
            "This is a test using a larger than block-size key and a larger than block-size data. The key "
            "needs to be hashed before being used by the HMAC algorithm."),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

static void an_empty_key_is_a_key(void **state)
{
    (void)state;
    assert_hmac((struct span){NULL, 0}, (struct span){"", 0},
                "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* --- base64 ------------------------------------------------------------------------------------------ */

static void base64_is_that_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct span back;
        assert_true(span_is(base64_encode(arena, span_of(pairs[i][0])), pairs[i][1]));
        assert_true(base64_decode(arena, span_of(pairs[i][1]), &back));
        assert_true(span_is(back, pairs[i][0]));
    }
    struct span bytes;
    assert_true(base64_decode(arena, span_of("+/8A"), &bytes));
    assert_int_equal(bytes.n, 3);
    assert_memory_equal(bytes.p, "\xfb\xff\x00", 3);
}

static void what_is_no_base64_is_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=", "Zg==Zg==", "Z-8=", "Zm9v ", " Zm9v", "Zm=v"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct span bytes = {"x", 1};
        assert_false(base64_decode(arena, span_of(wrong[i]), &bytes));
        assert_int_equal(bytes.n, 0);
    }
}

/* --- signatures -------------------------------------------------------------------------------------- */

static void a_shop_signs_the_body_with_its_secret(void **state)
{
    (void)state;
    struct span secret = span_of("hush"), body = span_of("{\"id\":820982911946154508}");
    unsigned char mac[32];
    hmac_sha256(secret, body, (struct span){"", 0}, mac);
    struct span text = base64_encode(arena, (struct span){(const char *)mac, sizeof(mac)});
    assert_true(signature_base64_matches(arena, secret, body, text));
    assert_false(signature_base64_matches(arena, span_of("hush!"), body, text));
    assert_false(signature_base64_matches(arena, secret, (struct span){body.p, body.n - 1}, text));
    assert_false(signature_base64_matches(arena, secret, body, (struct span){text.p, text.n - 1}));
    assert_false(signature_base64_matches(arena, secret, body, (struct span){"", 0}));
    for (size_t i = 0; i < text.n; i++) {
        char *other = arena_copy(arena, text.p, text.n);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_false(signature_base64_matches(arena, secret, body, (struct span){other, text.n}));
    }
}

#define EXAMPLE_SECRET    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define EXAMPLE_ID        "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define EXAMPLE_TIME      "1614265330"
#define EXAMPLE_BODY      "{\"test\": 2432232314}"
#define EXAMPLE_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static bool example_matches(const char *secret, const char *id, const char *time, const char *body,
                            const char *text)
{
    return signature_standard_matches(arena, span_of(secret), span_of(id), span_of(time), span_of(body),
                                      span_of(text));
}

static void a_standard_webhook_is_signed_as_its_specification_shows(void **state)
{
    (void)state;
    struct span text = signature_standard(arena, span_of(EXAMPLE_SECRET), span_of(EXAMPLE_ID),
                                          span_of(EXAMPLE_TIME), span_of(EXAMPLE_BODY));
    assert_true(span_is(text, EXAMPLE_SIGNATURE));
    assert_true(example_matches(EXAMPLE_SECRET, EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY, EXAMPLE_SIGNATURE));
    assert_true(example_matches(EXAMPLE_SECRET, EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY,
                                "v1,Zm9v v1a,x " EXAMPLE_SIGNATURE " v1,YmFy"));
}

static void a_standard_webhook_covers_its_id_and_its_time(void **state)
{
    (void)state;
    assert_false(
        example_matches(EXAMPLE_SECRET, EXAMPLE_ID "x", EXAMPLE_TIME, EXAMPLE_BODY, EXAMPLE_SIGNATURE));
    assert_false(example_matches(EXAMPLE_SECRET, EXAMPLE_ID, "1614265331", EXAMPLE_BODY, EXAMPLE_SIGNATURE));
    assert_false(example_matches(EXAMPLE_SECRET, EXAMPLE_ID, EXAMPLE_TIME, "{}", EXAMPLE_SIGNATURE));
    assert_false(example_matches("whsec_Zm9v", EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY, EXAMPLE_SIGNATURE));
    assert_false(example_matches(EXAMPLE_SECRET, EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY, ""));
    assert_false(
        example_matches(EXAMPLE_SECRET, EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY, EXAMPLE_SIGNATURE "x"));
    assert_false(example_matches(EXAMPLE_SECRET, EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY,
                                 "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
}

static void a_secret_of_another_form_is_taken_as_it_is(void **state)
{
    (void)state;
    static const char *const secrets[] = {"a plain secret", "whsec_", "whsec_no base64"};
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        unsigned char mac[32];
        hmac_sha256(span_of(secrets[i]), span_of("1.2."), span_of("{}"), mac);
        struct span text =
            signature_standard(arena, span_of(secrets[i]), span_of("1"), span_of("2"), span_of("{}"));
        struct span expected = base64_encode(arena, (struct span){(const char *)mac, sizeof(mac)});
        assert_true(span_equal((struct span){text.p + 3, text.n - 3}, expected));
    }
}

/* --- sealing ----------------------------------------------------------------------------------------- */

static struct span sealed_of(const char *key, const char *name, const char *secret)
{
    struct span sealed;
    assert_int_equal(seal(arena, span_of(key), span_of(name), span_of(secret), &sealed, NULL), STATUS_OK);
    return sealed;
}

static enum status opened(const char *key, const char *name, struct span sealed, struct span *out)
{
    struct error error;
    enum status status = seal_open(arena, span_of(key), span_of(name), sealed, out, &error);
    assert_true(status == STATUS_OK || error.status == status);
    return status;
}

static void what_was_sealed_opens_with_its_key_and_name(void **state)
{
    (void)state;
    static const char *const secrets[] = {"", "x", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        struct span sealed = sealed_of("key", "name", secrets[i]), secret;
        assert_int_equal(sealed.n, strlen(secrets[i]) + 29);
        assert_int_equal(opened("key", "name", sealed, &secret), STATUS_OK);
        assert_true(span_is(secret, secrets[i]));
    }
}

static void two_seals_of_one_secret_differ(void **state)
{
    (void)state;
    assert_false(span_equal(sealed_of("key", "name", "secret"), sealed_of("key", "name", "secret")));
}

static void another_key_or_name_does_not_open_it(void **state)
{
    (void)state;
    struct span sealed = sealed_of("key", "name", "secret"), secret = {"untouched", 9};
    assert_int_equal(opened("kez", "name", sealed, &secret), STATUS_INTERNAL);
    assert_int_equal(opened("key", "nams", sealed, &secret), STATUS_INTERNAL);
    assert_int_equal(opened("key", "", sealed, &secret), STATUS_INTERNAL);
    assert_true(span_is(secret, "untouched"));
}

static void a_sealed_value_with_any_byte_changed_does_not_open(void **state)
{
    (void)state;
    struct span sealed = sealed_of("key", "name", "secret"), secret;
    for (size_t i = 0; i < sealed.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            char *other = arena_copy(arena, sealed.p, sealed.n);
            other[i] = (char)(other[i] ^ (1 << bit));
            assert_int_equal(opened("key", "name", (struct span){other, sealed.n}, &secret), STATUS_INTERNAL);
        }
        assert_int_equal(opened("key", "name", (struct span){sealed.p, i}, &secret), STATUS_INTERNAL);
    }
}

static void without_a_key_nothing_is_sealed_or_opened(void **state)
{
    (void)state;
    struct span out;
    struct error error;
    assert_int_equal(seal(arena, (struct span){"", 0}, span_of("name"), span_of("secret"), &out, &error),
                     STATUS_SECRET_KEY_MISSING);
    assert_int_equal(opened("", "name", sealed_of("key", "name", "secret"), &out), STATUS_SECRET_KEY_MISSING);
}

/* RFC 2202, test case 2 */
static void a_signature_by_sha1_is_what_the_rfc_has(void **state)
{
    (void)state;
    struct span text = signature_sha1(arena, span_of("Jefe"), span_of("what do ya want for nothing?"));
    assert_true(span_is(text, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_is_that_of_rfc_4231),
        cmocka_unit_test(an_empty_key_is_a_key),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(what_is_no_base64_is_told),
        cmocka_unit_test(a_shop_signs_the_body_with_its_secret),
        cmocka_unit_test(a_standard_webhook_is_signed_as_its_specification_shows),
        cmocka_unit_test(a_standard_webhook_covers_its_id_and_its_time),
        cmocka_unit_test(a_secret_of_another_form_is_taken_as_it_is),
        cmocka_unit_test(what_was_sealed_opens_with_its_key_and_name),
        cmocka_unit_test(two_seals_of_one_secret_differ),
        cmocka_unit_test(another_key_or_name_does_not_open_it),
        cmocka_unit_test(a_sealed_value_with_any_byte_changed_does_not_open),
        cmocka_unit_test(without_a_key_nothing_is_sealed_or_opened),
        cmocka_unit_test(a_signature_by_sha1_is_what_the_rfc_has),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
