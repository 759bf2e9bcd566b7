#include "wire/settings.h"

#include "message_fixture.h"
#include "wire/identity.h"

static enum status parse(const char *document, const struct settings **out, struct error *error)
{
    return settings_parse(arena, &shop, span_of(document), 5, out, error);
}

static const struct settings *parsed(const char *document)
{
    const struct settings *settings;
    struct error error;
    if (parse(document, &settings, &error) != STATUS_OK) {
        fail_msg("%s: %s %s", document, error.pointer, error.detail);
    }
    return settings;
}

static void assert_refused(const char *document, const char *pointer)
{
    const struct settings *settings;
    struct error error;
    if (parse(document, &settings, &error) != STATUS_INVALID_SETTINGS ||
        strcmp(error.pointer, pointer) != 0) {
        fail_msg("%s: %s %s", document, error.pointer, error.detail);
    }
}

static const char *merged(const char *document, const char *patch)
{
    struct span out;
    struct error error;
    if (settings_merge(arena, span_of(document), span_of(patch), &out, &error) != STATUS_OK) {
        fail_msg("%s: %s %s", patch, error.pointer, error.detail);
    }
    return arena_text(arena, out);
}

static void what_is_not_said_has_its_default(void **state)
{
    (void)state;
    const struct settings *settings = parsed("{\"identity\":null,\"ingest\":{\"allowed_origins\":null}}");
    assert_int_equal(settings->joins, settings_default.joins);
    assert_int_equal(settings->identities_max, 200);
    assert_int_equal(settings->sharers_max, 1);
    assert_int_equal(settings->n_blocked, 0);
    assert_int_equal(settings->version, 5);
    assert_true(settings_allow(settings, span_of("https://any.example")));
}

static void the_document_is_told_with_the_defaults_that_are_in_force(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    settings_print(&out, arena, span_of("{}"));
    const char *text = arena_text(arena, (struct span){out.p, out.n});
    const struct settings *settings = parsed(text);
    assert_int_equal(settings->joins | 1U, settings_default.joins | 1U);
    assert_int_equal(settings->identities_max, settings_default.identities_max);
    assert_int_equal(settings->sharers_max, settings_default.sharers_max);
    assert_int_equal(settings->n_origins, settings_default.n_origins);
    buf_done(&out);
}

static void only_the_kinds_that_are_named_join_besides_user_ids(void **state)
{
    (void)state;
    const struct settings *settings = parsed("{\"identity\":{\"join\":[\"email\",\"order\",\"email\"]}}");
    assert_int_equal(settings->joins, 1U << IDENTITY_USER | 1U << IDENTITY_EMAIL | 1U << IDENTITY_ORDER);
    assert_int_equal(parsed("{\"identity\":{\"join\":[]}}")->joins, 1U << IDENTITY_USER);
}

static bool is_blocked(const struct settings *settings, enum identity_kind kind, const char *value)
{
    struct uuid key;
    identity_key(&shop, kind, span_of(value), &key);
    for (size_t i = 0; i < settings->n_blocked; i++) {
        if (uuid_compare(&settings->blocked[i], &key) == 0) {
            return true;
        }
    }
    return false;
}

static void blocked_texts_are_the_keys_of_identities(void **state)
{
    (void)state;
    char email[IDENTITY_HASH_TEXT];
    char phone[IDENTITY_HASH_TEXT];
    assert_true(identity_email(span_of("info@shop.example"), email));
    assert_true(identity_phone(span_of("+49891234567"), phone));
    const struct settings *settings = parsed(
        arena_printf(arena,
                     "{\"identity\":{\"blocked\":[\"Info@Shop.example\",\"+49 89 1234567\",\"user:kiosk:7\","
                     "\"member:1\",\"test@test.com\",\"1111111\",\"email:%s\"]}}",
                     email));
    assert_int_equal(settings->n_blocked, 5);
    assert_true(is_blocked(settings, IDENTITY_EMAIL, email));
    assert_true(is_blocked(settings, IDENTITY_PHONE, phone));
    assert_true(is_blocked(settings, IDENTITY_USER, "kiosk:7"));
    assert_true(is_blocked(settings, IDENTITY_MEMBER, "1"));
    for (size_t i = 1; i < settings->n_blocked; i++) {
        assert_true(uuid_compare(&settings->blocked[i - 1], &settings->blocked[i]) <= 0);
    }
}

static void origins_are_compared_without_regard_to_letter_case(void **state)
{
    (void)state;
    const struct settings *settings = parsed(
        "{\"ingest\":{\"allowed_origins\":[\"https://Shop.example\",\"null\",\"capacitor://localhost\"]}}");
    assert_true(settings_allow(settings, span_of("https://shop.example")));
    assert_true(settings_allow(settings, span_of("null")));
    assert_true(settings_allow(settings, span_of("capacitor://localhost")));
    assert_false(settings_allow(settings, span_of("http://shop.example")));
    assert_false(settings_allow(settings, span_of("https://shop.example:8443")));
    assert_false(settings_allow(settings, span_of("https://shop.exampl")));
    assert_false(settings_allow(settings, span_of("https://shop.example.org")));
    assert_false(
        settings_allow(parsed("{\"ingest\":{\"allowed_origins\":[]}}"), span_of("https://shop.example")));
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_refused("[]", "");
    assert_refused("{\"other\":1}", "/other");
    assert_refused("{\"identity\":{\"other\":1}}", "/identity/other");
    assert_refused("{\"identity\":7}", "/identity");
    assert_refused("{\"identity\":{\"join\":{}}}", "/identity/join");
    assert_refused("{\"identity\":{\"join\":[\"user\"]}}", "/identity/join/0");
    assert_refused("{\"identity\":{\"identities_max\":1}}", "/identity/identities_max");
    assert_refused("{\"identity\":{\"identities_max\":1e3}}", "/identity/identities_max");
    assert_refused("{\"identity\":{\"sharers_max\":1001}}", "/identity/sharers_max");
    assert_refused("{\"identity\":{\"blocked\":[\"@b\"]}}", "/identity/blocked/0");
    assert_refused("{\"identity\":{\"blocked\":[\"email:nobody\"]}}", "/identity/blocked/0");
    assert_refused("{\"identity\":{\"blocked\":[null]}}", "/identity/blocked/0");
    assert_refused("{\"ingest\":{\"allowed_origins\":[\"://x\"]}}", "/ingest/allowed_origins/0");
    assert_refused("{\"ingest\":{\"allowed_origins\":[\"https://\"]}}", "/ingest/allowed_origins/0");
    assert_refused("{\"ingest\":{\"allowed_origins\":[\"https://a b\"]}}", "/ingest/allowed_origins/0");
}

static void a_patch_changes_what_it_names(void **state)
{
    (void)state;
    assert_string_equal(merged("{}", "{}"), "{}");
    assert_string_equal(merged("{}", "{\"ingest\":{\"allowed_origins\":[\"*\"]}}"),
                        "{\"ingest\":{\"allowed_origins\":[\"*\"]}}");
    const char *all = "{\"identity\":{\"join\":[],\"sharers_max\":3},\"ingest\":{\"allowed_origins\":[]}}";
    assert_string_equal(merged(all, "{}"), all);
    assert_string_equal(
        merged(all, "{\"identity\":{\"join\":null,\"identities_max\":9}}"),
        "{\"identity\":{\"identities_max\":9,\"sharers_max\":3},\"ingest\":{\"allowed_origins\":[]}}");
    assert_string_equal(merged(all, "{\"identity\":null}"), "{\"ingest\":{\"allowed_origins\":[]}}");
    assert_string_equal(merged(all, "{\"ingest\":{\"allowed_origins\":null}}"),
                        "{\"identity\":{\"join\":[],\"sharers_max\":3}}");
}

#define BOUNDS \
    "{\"recency\":[90,60,30,7],\"frequency\":[1,2,3,5],\"monetary\":[\"9.00\",\"20.50\",\"50.00\",\"200.00\"]}"

static void scores_have_a_cadence_rates_and_intervals(void **state)
{
    (void)state;
    const struct settings *settings = parsed("{}");
    assert_string_equal(settings->cadence, "default");
    assert_true(settings->margin == 1.0 && settings->discount == 0.1);
    assert_int_equal(settings->fit_days, 7);
    assert_int_equal(settings->rfm_days, 7);
    assert_false(settings->has_rfm_bounds);
    settings = parsed("{\"scores\":{\"cadence\":\"coffee\",\"margin\":0.35,\"discount_rate\":8e-2,\"fit_every_days\":0,"
                      "\"rfm_every_days\":365,\"rfm_bounds\":null}}");
    assert_string_equal(settings->cadence, "coffee");
    assert_true(settings->margin == 0.35 && settings->discount == 0.08);
    assert_int_equal(settings->fit_days, 0);
    assert_int_equal(settings->rfm_days, 365);
    assert_false(settings->has_rfm_bounds);
}

static void bounds_of_the_owner_are_in_the_shops_currency(void **state)
{
    (void)state;
    const struct settings *settings = parsed("{\"scores\":{\"rfm_bounds\":" BOUNDS "}}");
    assert_true(settings->has_rfm_bounds);
    assert_int_equal(settings->rfm_recency[0], 90);
    assert_int_equal(settings->rfm_frequency[3], 5);
    assert_int_equal(settings->rfm_monetary[1], 2050);
}

static void scores_that_are_wrong_are_refused_with_their_place(void **state)
{
    (void)state;
    assert_refused("{\"scores\":{\"cadence\":\"books\"}}", "/scores/cadence");
    assert_refused("{\"scores\":{\"cadence\":1}}", "/scores/cadence");
    assert_refused("{\"scores\":{\"margin\":1.01}}", "/scores/margin");
    assert_refused("{\"scores\":{\"margin\":-0.5}}", "/scores/margin");
    assert_refused("{\"scores\":{\"margin\":\"1\"}}", "/scores/margin");
    assert_refused("{\"scores\":{\"discount_rate\":1e999}}", "/scores/discount_rate");
    assert_refused("{\"scores\":{\"fit_every_days\":366}}", "/scores/fit_every_days");
    assert_refused("{\"scores\":{\"rfm_every_days\":1.5}}", "/scores/rfm_every_days");
    assert_refused("{\"scores\":{\"rfm_bounds\":[]}}", "/scores/rfm_bounds");
    assert_refused("{\"scores\":{\"rfm_bounds\":{\"mode\":\"fixed\"}}}", "/scores/rfm_bounds/mode");
    assert_refused("{\"scores\":{\"rfm_bounds\":{\"recency\":[4,3,2,1]}}}", "/scores/rfm_bounds/frequency");
    assert_refused("{\"scores\":{\"rfm_bounds\":{\"recency\":[4,3,2,3]}}}", "/scores/rfm_bounds/recency/3");
}

static void a_patch_of_bounds_is_merged_into_those_that_there_are(void **state)
{
    (void)state;
    const char *old = "{\"scores\":{\"margin\":0.5,\"rfm_bounds\":" BOUNDS "}}";
    const struct settings *settings = parsed(merged(old, "{\"scores\":{\"rfm_bounds\":{\"recency\":[8,4,2,1]}}}"));
    assert_int_equal(settings->rfm_recency[0], 8);
    assert_int_equal(settings->rfm_monetary[3], 20000);
    assert_string_equal(merged(old, "{\"scores\":{\"rfm_bounds\":null}}"), "{\"scores\":{\"margin\":0.5}}");
    assert_refused(merged(old, "{\"scores\":{\"rfm_bounds\":{\"recency\":null}}}"), "/scores/rfm_bounds/recency");
    assert_refused(merged(old, "{\"scores\":{\"rfm_bounds\":[1]}}"), "/scores/rfm_bounds");
}

static void a_copy_holds_all_that_it_points_to(void **state)
{
    (void)state;
    struct arena *other = arena_new(1024);
    const struct settings *settings = parsed(
        "{\"identity\":{\"blocked\":[\"user:a\"]},\"ingest\":{\"allowed_origins\":[\"https://a.example\"]}}");
    const struct settings *copy = settings_copy(other, settings);
    arena_reset(arena);
    assert_true(settings_allow(copy, span_of("https://a.example")));
    assert_true(is_blocked(copy, IDENTITY_USER, "a"));
    arena_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(the_document_is_told_with_the_defaults_that_are_in_force),
        cmocka_unit_test(only_the_kinds_that_are_named_join_besides_user_ids),
        cmocka_unit_test(blocked_texts_are_the_keys_of_identities),
        cmocka_unit_test(origins_are_compared_without_regard_to_letter_case),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(a_patch_changes_what_it_names),
        cmocka_unit_test(scores_have_a_cadence_rates_and_intervals),
        cmocka_unit_test(bounds_of_the_owner_are_in_the_shops_currency),
        cmocka_unit_test(scores_that_are_wrong_are_refused_with_their_place),
        cmocka_unit_test(a_patch_of_bounds_is_merged_into_those_that_there_are),
        cmocka_unit_test(a_copy_holds_all_that_it_points_to),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
