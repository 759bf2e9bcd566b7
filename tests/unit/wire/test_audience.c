#include "wire/audience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    buf_init(&out, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&out);
    arena_free(arena);
    return 0;
}

/** The row of somebody with these traits; NULL: left out. */
static const char *row(enum audience audience, const char *traits, bool is_vouched)
{
    struct table table;
    size_t n;
    const struct span *names = audience_columns(audience, &n);
    struct audience_person person = {
        .traits = span_of(traits), .revenue = 12050, .exponent = 2, .is_vouched = is_vouched};
    buf_reset(&out);
    table_init(&table, arena, &out, TABLE_CSV, false, names, n);
    bool is_in = audience_row(audience, arena, &person, &table);
    buf_char(&out, '\0');
    return is_in ? out.p : NULL;
}

/* What each must be was computed with another implementation of SHA-256. */
static const char full[] = "{\"email\":\" Anna.Smith@Gmail.com \",\"phone\":\"+1 (234) 567-8910\",\"firstName\":\"\\u00c9milie\",\"lastName\":\"O'Neil\",\"address\":{\"city\":\"San Francisco 2\",\"state\":\"CA\",\"postalCode\":\"94016-1234\",\"country\":\"US\"},\"birthday\":\"1990-06-21\",\"gender\":\"Female\",\"tags\":[\"vip\",\"a, b\"],\"accepts_marketing\":true,\"sms_marketing_consent\":{\"state\":\"subscribed\"}}";

static void test_files(void **state)
{
    (void)state;
    static const struct {
        enum audience audience;
        const char *row;
    } rows[] = {
        {AUDIENCE_META, "0c2e6a786eeb12db74402a91530bfa222becf21f068b4d9f44d27047565ec03d,63640264849a87c90356129d99ea165e37aa5fabc1fea46906df1a7ca50db492,2863487194ad92314c0d76b8e4fe04d127789e79c94081329c682b7beea2bf6c,eb1aed4f494ca276a88d3161252e48e0fe703f32666fe44fe4652f660b82cda4,ea49a862bf6e195fe92e0886ed8a89c6565137f3e90c0742d2a00952b307dd55,1a6bd4d9d79dc0a79b53795c70d3349fa9e38968a3fbefbfe8783efb1d2b6aac,6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126,79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621,932b1938989eb31da79a7004081000565c87a801718f5c135722aec99d98b7b4,252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111,120.50\r\n"},
        {AUDIENCE_GOOGLE, "bd9459e2e79c792ba5478eb937976e830abac10ddc3f5725cdcc93acfe2e69a1,0ff8782b13eb11cbcabdcf9550482f5c202733d7221ae2fed1ae837b134dc3ad,2863487194ad92314c0d76b8e4fe04d127789e79c94081329c682b7beea2bf6c,eb1aed4f494ca276a88d3161252e48e0fe703f32666fe44fe4652f660b82cda4,US,94016-1234\r\n"},
        {AUDIENCE_TIKTOK, "0c2e6a786eeb12db74402a91530bfa222becf21f068b4d9f44d27047565ec03d,0ff8782b13eb11cbcabdcf9550482f5c202733d7221ae2fed1ae837b134dc3ad\r\n"},
        {AUDIENCE_MAILCHIMP, "anna.smith@gmail.com,Émilie,O'Neil,+12345678910,06/21,\"vip,a, b\"\r\n"},
        {AUDIENCE_KLAVIYO, "anna.smith@gmail.com,+12345678910,Émilie,O'Neil,San Francisco 2,CA,US,94016-1234,1990-06-21\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *text = row(rows[i].audience, full, false);
        assert_non_null(text);
        assert_string_equal(text, rows[i].row);
    }
}

static void test_names(void **state)
{
    (void)state;
    size_t n;
    assert_int_equal(audience_of(span_of("meta")), AUDIENCE_META);
    assert_int_equal(audience_of(span_of("Meta")), AUDIENCE_NONE);
    assert_string_equal(audience_columns(AUDIENCE_MAILCHIMP, &n)[0].p, "Email Address");
    assert_null(audience_columns(AUDIENCE_NONE, &n));
    assert_int_equal(n, 0);
}

static bool is_in(enum audience audience, const char *traits)
{
    return row(audience, traits, false) != NULL;
}

static void test_only_those_who_agreed(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "{\"email\":\"a@b.cd\",\"accepts_marketing\":true}",
        "{\"email\":\"a@b.cd\",\"email_marketing_consent\":{\"state\":\"subscribed\"}}",
        "{\"email\":\"a@b.cd\",\"emailMarketingConsent\":{\"marketingState\":\"SUBSCRIBED\"}}",
        "{\"email\":\"a@b.cd\",\"newsletter\":\"Yes\",\"unsubscribed\":false}",
        "{\"email\":\"a@b.cd\",\"email_subscribe\":\"opted_in\"}",
        "{\"email\":\"a@b.cd\",\"marketing_opt_in\":1}",
    };
    static const char *const no[] = {
        "{\"email\":\"a@b.cd\"}",
        "{\"email\":\"a@b.cd\",\"accepts_marketing\":false}",
        "{\"email\":\"a@b.cd\",\"accepts_marketing\":null}",
        "{\"email\":\"a@b.cd\",\"accepts_marketing\":true,\"unsubscribed\":true}",
        "{\"email\":\"a@b.cd\",\"accepts_marketing\":true,\"newsletter\":\"no\"}",
        "{\"email\":\"a@b.cd\",\"email_marketing_consent\":{\"state\":\"unsubscribed\"}}",
        "{\"email\":\"a@b.cd\",\"email_marketing_consent\":{\"state\":\"pending\"}}",
        "{\"email\":\"a@b.cd\",\"email_marketing_consent\":{}}",
        "{\"email\":\"a@b.cd\",\"sms_opt_in\":true}",
        "{\"accepts_marketing\":true}",
        "{\"accepts_marketing\":true,\"email\":\"nobody\"}",
        "{\"accepts_marketing\":true,\"email\":\"a@b@c\"}",
        "[]", "", "{",
    };
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        assert_true(is_in(AUDIENCE_MAILCHIMP, yes[i]));
        assert_true(is_in(AUDIENCE_META, yes[i]));
    }
    for (size_t i = 0; i < COUNT_OF(no); i++) {
        assert_false(is_in(AUDIENCE_MAILCHIMP, no[i]));
        assert_false(is_in(AUDIENCE_TIKTOK, no[i]));
    }
    assert_non_null(row(AUDIENCE_MAILCHIMP, no[0], true));
    assert_null(row(AUDIENCE_MAILCHIMP, "{}", true));
}

static void test_telephones_need_their_own_yes_for_messages(void **state)
{
    (void)state;
    const char *both = "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"accepts_marketing\":true}";
    assert_string_equal(row(AUDIENCE_KLAVIYO, both, false), "a@b.cd,,,,,,,,\r\n");
    const char *sms = "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"sms_consent\":true}";
    assert_string_equal(row(AUDIENCE_KLAVIYO, sms, false), ",+4930123456,,,,,,,\r\n");
    assert_null(row(AUDIENCE_MAILCHIMP, sms, false)); /* it needs an e-mail address */
    const char *out_of_all = "{\"phone\":\"+4930123456\",\"sms_consent\":true,\"do_not_contact\":true}";
    assert_null(row(AUDIENCE_KLAVIYO, out_of_all, false));
}

static void test_who_said_no_is_never_vouched_for(void **state)
{
    (void)state;
    static const char *const no[] = {
        "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"unsubscribed\":true}",
        "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"accepts_marketing\":false}",
        "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"email_marketing_consent\":{\"state\":\"unsubscribed\"}}",
        "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"email_opt_out\":\"yes\"}",
    };
    for (size_t i = 0; i < COUNT_OF(no); i++) {
        for (enum audience audience = AUDIENCE_MAILCHIMP; audience <= AUDIENCE_KLAVIYO; audience++) {
            assert_null(row(audience, no[i], true));
        }
    }
    assert_string_equal(row(AUDIENCE_KLAVIYO, "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\"}", true),
                        "a@b.cd,+4930123456,,,,,,,\r\n");
    assert_string_equal(
        row(AUDIENCE_KLAVIYO, "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"sms_consent\":false}", true),
        "a@b.cd,,,,,,,,\r\n");
    assert_string_equal(row(AUDIENCE_KLAVIYO,
                            "{\"email\":\"a@b.cd\",\"phone\":\"+4930123456\",\"sms_consent\":true,\"newsletter\":false}",
                            true),
                        ",+4930123456,,,,,,,\r\n");
}

static void test_telephones_tell_their_country(void **state)
{
    (void)state;
    assert_string_equal(row(AUDIENCE_KLAVIYO, "{\"phone\":\"0049 30/123-456\"}", true), ",+4930123456,,,,,,,\r\n");
    assert_string_equal(row(AUDIENCE_KLAVIYO, "{\"phone\":\"+86 138 0013 8000\"}", true),
                        ",+8613800138000,,,,,,,\r\n");
    assert_null(row(AUDIENCE_KLAVIYO, "{\"phone\":\"030 123456\"}", true));
    assert_null(row(AUDIENCE_KLAVIYO, "{\"phone\":\"13800138000\"}", true));
    assert_null(row(AUDIENCE_KLAVIYO, "{\"phone\":\"+12\"}", true));
    assert_null(row(AUDIENCE_KLAVIYO, "{\"phone\":\"+1234567890123456\"}", true));
    assert_null(row(AUDIENCE_KLAVIYO, "{\"phone\":\"+0304567890\"}", true));
    assert_null(row(AUDIENCE_KLAVIYO, "{\"phone\":\"+1 CALL ME NOW\"}", true));
}

static void test_what_is_not_in_form_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(row(AUDIENCE_GOOGLE, "{\"email\":\"a@b.cd\",\"country\":\"Germany\",\"zip\":10115}", true) + 64,
                        ",,,,,10115\r\n");
    assert_string_equal(
        row(AUDIENCE_MAILCHIMP, "{\"email\":\"a@b.cd\",\"birthday\":\"21.6.1990\",\"tags\":\"x, y,,z\"}", true),
        "a@b.cd,,,,,\"x,y,z\"\r\n");
    /* Shopify's state of an account is no part of a country */
    assert_string_equal(row(AUDIENCE_KLAVIYO, "{\"email\":\"a@b.cd\",\"state\":\"enabled\"}", true),
                        "a@b.cd,,,,,,,,\r\n");
    assert_string_equal(row(AUDIENCE_KLAVIYO, "{\"email\":\"a@b.cd\",\"state\":\"Bavaria\"}", true),
                        "a@b.cd,,,,,Bavaria,,,\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_only_those_who_agreed),
        cmocka_unit_test(test_telephones_need_their_own_yes_for_messages),
        cmocka_unit_test(test_who_said_no_is_never_vouched_for),
        cmocka_unit_test(test_telephones_tell_their_country),
        cmocka_unit_test(test_what_is_not_in_form_is_left_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
