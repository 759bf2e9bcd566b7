/* What brought a customer, as messages tell it: channel, campaign, locale. */
#include "message_fixture.h"

/** The touch of a page message of user u with this context. */
static struct touch touched(const char *context)
{
    return decoded("page", arena_printf(arena, "{\"userId\":\"u\",\"context\":%s}", context)).event.touch;
}

static void assert_campaign(const char *context, const char *name, const char *source, const char *medium)
{
    struct touch touch = touched(context);
    assert_span(touch.campaign, name);
    assert_span(touch.source, source);
    assert_span(touch.medium, medium);
}

static void a_channel_is_kept_in_lower_case_without_white_space(void **state)
{
    (void)state;
    assert_span(touched("{\"channel\":\" E-Mail\\n\"}").channel, "e-mail");
    assert_span(tracked("a", "{\"channel\":\"SMS\"}").touch.channel, "sms");
    assert_span(touched("{\"channel\":\"  \"}").channel, "");
    assert_span(touched("{\"channel\":[\"web\"]}").channel, "");
}

static void the_context_tells_a_channel_before_the_properties(void **state)
{
    (void)state;
    const char *body = "{\"userId\":\"u\",\"event\":\"a\",\"context\":{\"channel\":\"web\"},"
                       "\"properties\":{\"channel\":\"sms\"}}";
    assert_span(decoded("track", body).event.touch.channel, "web");
}

static void a_campaign_has_a_name_as_sent_and_a_source_and_medium_in_lower_case(void **state)
{
    (void)state;
    assert_campaign("{\"campaign\":{\"name\":\" Spring Sale\",\"source\":\"Google\",\"medium\":\"CPC\"}}",
                    "Spring Sale", "google", "cpc");
    assert_campaign("{\"campaign\":{\"name\":\"a\"}}", "a", "", "");
    assert_campaign("{\"campaign\":{\"name\":7,\"source\":null,\"medium\":{}}}", "", "", "");
    assert_campaign("{\"campaign\":\"spring\"}", "", "", "");
}

static void without_a_campaign_the_address_of_the_page_tells_it(void **state)
{
    (void)state;
    assert_campaign(
        "{\"page\":{\"search\":\"?utm_campaign=Spring+Sale&utm_source=Google&x=1&utm_medium=cpc\"}}",
        "Spring Sale", "google", "cpc");
    assert_campaign("{\"page\":{\"url\":\"https://shop.example/?a&utm_source=news#utm_medium=x\"}}", "",
                    "news", "");
    assert_campaign("{\"page\":{\"search\":\"\",\"url\":\"https://shop.example/?utm_source=news\"}}", "",
                    "news", "");
    assert_campaign("{\"campaign\":{},\"page\":{\"search\":\"?utm_source=news\"}}", "", "news", "");
}

static void a_campaign_that_was_told_is_not_mixed_with_the_address(void **state)
{
    (void)state;
    assert_campaign("{\"campaign\":{\"name\":\"a\"},\"page\":{\"search\":\"?utm_source=news\"}}", "a", "",
                    "");
}

static void parameters_are_decoded_once(void **state)
{
    (void)state;
    assert_campaign(
        "{\"page\":{\"search\":\"?utm_campaign=s%C3%BCmmer%2520%2&utm_source=%E6%90%9C%E7%B4%A2\"}}",
        "sümmer%20%2", "搜索", "");
}

static void the_first_of_repeated_parameters_that_says_something_counts(void **state)
{
    (void)state;
    assert_campaign("{\"page\":{\"search\":\"?utm_source=&utm_source=a&utm_source=b&utm_medium\"}}", "", "a",
                    "");
}

static void parameters_that_are_no_text_are_left_out(void **state)
{
    (void)state;
    assert_campaign("{\"page\":{\"search\":\"?utm_campaign=%FF&utm_source=a%00b&utm_medium=%0A\"}}", "", "",
                    "");
    assert_campaign("{\"page\":{\"search\":7,\"url\":[]}}", "", "", "");
    assert_campaign("{\"page\":\"?utm_source=a\"}", "", "", "");
}

static void a_campaign_touched_tells_its_own(void **state)
{
    (void)state;
    const char *body = "{\"userId\":\"u\",\"event\":\"Campaign Touched\",\"context\":{\"campaign\":{\"name\":"
                       "\"site\",\"source\":\"news\"}},\"properties\":{\"campaign\":\"mailing 7\"}}";
    struct touch touch = decoded("track", body).event.touch;
    assert_span(touch.campaign, "mailing 7");
    assert_span(touch.source, "news");
    assert_span(tracked("a", "{\"campaign\":\"mailing 7\"}").touch.campaign, "");
}

static void a_locale_is_kept_as_sent(void **state)
{
    (void)state;
    assert_span(touched("{\"locale\":\"zh-CN\"}").locale, "zh-CN");
    assert_span(touched("{\"locale\":1}").locale, "");
}

static void what_is_too_long_is_cut_between_characters(void **state)
{
    (void)state;
    char text[600] = "";
    for (size_t i = 0; i < 100; i++) {
        strcat(text, "京");
    }
    struct touch touch = touched(arena_printf(
        arena, "{\"channel\":\"%s\",\"locale\":\"a%s\",\"page\":{\"search\":\"?utm_source=ab%s\"}}", text,
        text, text));
    assert_int_equal(touch.channel.n, 255);
    assert_int_equal(touch.locale.n, 253);
    assert_int_equal(touch.source.n, 254);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_is_kept_in_lower_case_without_white_space),
        cmocka_unit_test(the_context_tells_a_channel_before_the_properties),
        cmocka_unit_test(a_campaign_has_a_name_as_sent_and_a_source_and_medium_in_lower_case),
        cmocka_unit_test(without_a_campaign_the_address_of_the_page_tells_it),
        cmocka_unit_test(a_campaign_that_was_told_is_not_mixed_with_the_address),
        cmocka_unit_test(parameters_are_decoded_once),
        cmocka_unit_test(the_first_of_repeated_parameters_that_says_something_counts),
        cmocka_unit_test(parameters_that_are_no_text_are_left_out),
        cmocka_unit_test(a_campaign_touched_tells_its_own),
        cmocka_unit_test(a_locale_is_kept_as_sent),
        cmocka_unit_test(what_is_too_long_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
