#include "wire/people.h"

#include "message_fixture.h"
#include "wire/identity.h"

#define HASH "1add7f5415d97550c5c3bb7f2eab072c48dcc77d5b66d1ff41ee466cbd01530d" /* of anna@shop.example */

static struct span value_of(enum identity_kind kind, const char *text)
{
    struct span out = {"", 0};
    return people_value(arena, kind, span_of(text), &out) ? out : (struct span){"", 0};
}

static void kinds_have_the_words_of_messages_too(void **state)
{
    (void)state;
    assert_int_equal(people_kind_of(span_of("user_id")), IDENTITY_USER);
    assert_int_equal(people_kind_of(span_of("user")), IDENTITY_USER);
    assert_int_equal(people_kind_of(span_of("anonymous_id")), IDENTITY_ANONYMOUS);
    assert_int_equal(people_kind_of(span_of("member")), IDENTITY_MEMBER);
    assert_int_equal(people_kind_of(span_of("")), IDENTITY_NONE);
    assert_int_equal(people_kind_of(span_of("User")), IDENTITY_NONE);
}

static void an_address_is_hashed_however_it_is_given(void **state)
{
    (void)state;
    assert_true(span_is(value_of(IDENTITY_EMAIL, "anna@shop.example"), HASH));
    assert_true(span_is(value_of(IDENTITY_EMAIL, " ANNA@Shop.Example "), HASH));
    assert_true(span_is(value_of(IDENTITY_EMAIL, HASH), HASH));
    assert_true(span_is(value_of(IDENTITY_EMAIL, "1ADD7f5415d97550c5c3bb7f2eab072c48dcc77d5b66d1ff41ee466cbd01530d"), HASH));
    assert_int_equal(value_of(IDENTITY_EMAIL, "1zdd7f5415d97550c5c3bb7f2eab072c48dcc77d5b66d1ff41ee466cbd01530d").n, 0);
    assert_int_equal(value_of(IDENTITY_EMAIL, "anna").n, 0);
    assert_int_equal(value_of(IDENTITY_EMAIL, "test@test.com").n, 0);
    assert_int_equal(value_of(IDENTITY_PHONE, "+49 171 2345678").n, 64);
    assert_int_equal(value_of(IDENTITY_PHONE, "anna@shop.example").n, 0);
    assert_true(span_is(value_of(IDENTITY_USER, HASH), HASH));
    assert_int_equal(value_of(IDENTITY_USER, "").n, 0);
}

static void a_merge_names_an_identity(void **state)
{
    struct identity out;
    struct error error;
    struct uuid key;
    (void)state;
    assert_int_equal(people_merge_parse(arena, &shop, span_of("{\"identity\":{\"type\":\"email\",\"value\":\"Anna@shop.example\"}}"),
                                        &out, &error),
                     STATUS_OK);
    identity_key(&shop, IDENTITY_EMAIL, span_of(HASH), &key);
    assert_int_equal(out.kind, IDENTITY_EMAIL);
    assert_memory_equal(&out.key, &key, sizeof(key));
    assert_true(span_is(out.value, "email:" HASH));
}

static void an_unmerge_names_an_identity_a_link_or_nothing(void **state)
{
    static const struct uuid nil;
    struct people_unmerge out;
    struct error error;
    (void)state;
    assert_int_equal(people_unmerge_parse(arena, &shop, span_of(""), &out, &error), STATUS_OK);
    assert_int_equal(out.identity.kind, IDENTITY_NONE);
    assert_memory_equal(&out.link_id, &nil, sizeof(nil));
    assert_int_equal(people_unmerge_parse(arena, &shop, span_of("{}"), &out, &error), STATUS_OK);
    assert_int_equal(people_unmerge_parse(arena, &shop, span_of("{\"link\":\"6d1f0a52-3c8e-4f3e-9a3b-2f7f1f0d9c11\"}"), &out, &error),
                     STATUS_OK);
    assert_int_equal(out.link_id.b[0], 0x6d);
    assert_int_equal(people_unmerge_parse(arena, &shop, span_of("{\"identity\":{\"type\":\"user_id\",\"value\":\"bert\"}}"), &out, &error),
                     STATUS_OK);
    assert_int_equal(out.identity.kind, IDENTITY_USER);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    static const struct {
        const char *json, *pointer;
    } cases[] = {
        {"[]", ""},
        {"{\"who\":1}", "/who"},
        {"{\"identity\":7}", "/identity"},
        {"{\"identity\":{\"value\":\"x\"}}", "/identity/type"},
        {"{\"identity\":{\"type\":\"user_id\"}}", "/identity/value"},
        {"{\"identity\":{\"type\":\"user_id\",\"value\":7}}", "/identity/value"},
        {"{\"identity\":{\"type\":\"user_id\",\"value\":\"\"}}", "/identity/value"},
        {"{\"identity\":{\"type\":\"colour\",\"value\":\"x\"}}", "/identity/type"},
        {"{\"identity\":{\"type\":\"phone\",\"value\":\"1111111\"}}", "/identity/value"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct identity identity;
        struct people_unmerge unmerge;
        struct error error;
        assert_int_equal(people_merge_parse(arena, &shop, span_of(cases[i].json), &identity, &error), STATUS_CANNOT_MERGE);
        assert_string_equal(error.pointer, cases[i].pointer);
        assert_int_equal(people_unmerge_parse(arena, &shop, span_of(cases[i].json), &unmerge, &error), STATUS_CANNOT_MERGE);
        assert_string_equal(error.pointer, cases[i].pointer);
    }
}

static void assert_printed(struct buf *buf, const char *wanted)
{
    assert_string_equal(arena_text(arena, (struct span){buf->p, buf->n}), wanted);
    buf_done(buf);
}

static void names_are_told_without_their_word(void **state)
{
    struct identity_line lines[] = {{.name = {IDENTITY_USER, span_of("user:1")}, .is_used = true},
                                    {.name = {IDENTITY_MEMBER, span_of("member:M:1")}},
                                    {.name = {IDENTITY_EMAIL, span_of("")}}};
    struct identities_view view = {.lines = lines, .n_lines = COUNT_OF(lines)};
    struct buf buf;
    (void)state;
    buf_init(&buf, 0);
    identities_print(&buf, "data", &view);
    assert_printed(&buf, "\"data\":[{\"type\":\"user\",\"value\":\"user:1\",\"used\":true},"
                         "{\"type\":\"member\",\"value\":\"M:1\",\"used\":false},"
                         "{\"type\":\"email\",\"value\":\"\",\"used\":false}],\"links\":[],\"separated\":[]");
}

static void the_way_to_an_export_is_a_path(void **state)
{
    const struct span ids[] = {span_of("a/b?c=ä .")};
    struct privacy_line line = {.kind = PRIVACY_DISCLOSE, .done_at = NONE, .customers = ids, .n_customers = 1};
    struct buf buf;
    (void)state;
    buf_init(&buf, 0);
    privacy_print(&buf, &line);
    assert_non_null(strstr(arena_text(arena, (struct span){buf.p, buf.n}),
                           "\"export\":\"/v1/customers/a%2Fb%3Fc%3D%C3%A4%20%2E/export\""));
    assert_non_null(strstr(arena_text(arena, (struct span){buf.p, buf.n}), "\"state\":\"open\""));
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kinds_have_the_words_of_messages_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_is_hashed_however_it_is_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_merge_names_an_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unmerge_names_an_identity_a_link_or_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told_with_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_told_without_their_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_way_to_an_export_is_a_path, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
