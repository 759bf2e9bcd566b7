#include "message_fixture.h"

/* --- when: everything is received at 2026-11-21T18:00:00Z --- */

static usec_t at(const char *text)
{
    usec_t t = NONE;
    assert_true(time_parse(span_of(text), &t));
    return t;
}

static usec_t occurred(const char *members)
{
    return decoded("page", arena_printf(arena, "{\"userId\":\"u\",%s}", members)).event.occurred_at;
}

static void no_time(const char *members, enum status expected, const char *pointer)
{
    refused("page", arena_printf(arena, "{\"userId\":\"u\",%s}", members), expected, pointer);
}

static void the_time_of_receipt_is_what_these_tests_say(void **state)
{
    (void)state;
    assert_int_equal(RECEIVED, at("2026-11-21T18:00:00Z"));
}

static void timestamp_comes_before_original_timestamp(void **state)
{
    (void)state;
    assert_int_equal(
        occurred(
            "\"timestamp\":\"2026-11-21T17:00:00.123456Z\",\"originalTimestamp\":\"2020-01-01T00:00:00Z\""),
        at("2026-11-21T17:00:00.123456Z"));
    assert_int_equal(occurred("\"timestamp\":null,\"originalTimestamp\":\"2020-01-01T00:00:00+01:00\""),
                     at("2019-12-31T23:00:00Z"));
    assert_int_equal(occurred("\"x\":1"), RECEIVED);
    assert_int_equal(occurred("\"timestamp\":\"2026-11-21T17:00:00Z\",\"originalTimestamp\":\"nonsense\""),
                     at("2026-11-21T17:00:00Z"));
}

static void dates_are_read_leniently(void **state)
{
    (void)state;
    assert_int_equal(occurred("\"timestamp\":\"2015-2-02T00:30:12.984Z\""), at("2015-02-02T00:30:12.984Z"));
    assert_int_equal(occurred("\"timestamp\":\"2026-11-21T17\\u003a00:00Z\""), at("2026-11-21T17:00:00Z"));
    assert_int_equal(occurred("\"timestamp\":\"0001-01-01T00:00:00Z\""), TIME_MIN);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    no_time("\"timestamp\":\"yesterday\"", STATUS_INVALID_TIMESTAMP, "/timestamp");
    no_time("\"timestamp\":\"\"", STATUS_INVALID_TIMESTAMP, "/timestamp");
    no_time("\"timestamp\":1795284000", STATUS_INVALID_TIMESTAMP, "/timestamp");
    no_time("\"timestamp\":\"0000-12-31T23:59:59Z\"", STATUS_INVALID_TIMESTAMP, "/timestamp");
    no_time("\"timestamp\":{}", STATUS_INVALID_TIMESTAMP, "/timestamp");
    no_time("\"originalTimestamp\":true", STATUS_INVALID_TIMESTAMP, "/originalTimestamp");
    refused_item("{\"batch\":[{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":\"x\"}]}", 0,
                 STATUS_INVALID_TIMESTAMP, "/batch/0/timestamp");
}

static void nothing_happens_after_its_receipt(void **state)
{
    (void)state;
    assert_int_equal(occurred("\"timestamp\":\"2026-11-21T18:00:00.000001Z\""), RECEIVED);
    assert_int_equal(occurred("\"timestamp\":\"2026-11-22T18:00:00Z\""), RECEIVED);
    no_time("\"timestamp\":\"2026-11-22T18:00:00.000001Z\"", STATUS_TIMESTAMP_IN_FUTURE, "/timestamp");
    no_time("\"originalTimestamp\":\"9999-12-31T23:59:59Z\"", STATUS_TIMESTAMP_IN_FUTURE,
            "/originalTimestamp");
}

static void a_browsers_clock_is_corrected(void **state)
{
    (void)state;
    /* two hours fast, and the event waited an hour to be sent */
    static const char *const contexts[] = {
        "{\"channel\":\"browser\"}",
        "{\"channel\":\" Mobile\"}",
        "{\"channel\":\"client\"}",
        "{\"channel\":\"web\"}",
        "{\"channel\":\"ios\"}",
        "{\"channel\":\"android\"}",
        "{\"library\":{\"name\":\"analytics.js\",\"version\":\"npm:next-1.84.3\"}}",
        "{\"library\":{\"name\":\"analytics-ios\"}}",
        "{\"library\":{\"name\":\"analytics-android\"}}",
        "{\"library\":{\"name\":\"@jitsu/js\",\"env\":\"browser\"}}",
    };
    for (size_t i = 0; i < COUNT_OF(contexts); i++) {
        const char *members = arena_printf(
            arena,
            "\"timestamp\":\"2026-11-21T19:00:00Z\",\"sentAt\":\"2026-11-21T20:00:00Z\",\"context\":%s",
            contexts[i]);
        assert_int_equal(occurred(members), at("2026-11-21T17:00:00Z"));
    }
    assert_int_equal(
        occurred("\"originalTimestamp\":\"2026-11-21T19:00:00Z\",\"sentAt\":\"2026-11-21T20:00:00Z\","
                 "\"channel\":\"web\""),
        at("2026-11-21T17:00:00Z"));
}

static void a_servers_clock_is_believed(void **state)
{
    (void)state;
    static const char *const contexts[] = {"null",
                                           "{}",
                                           "{\"channel\":\"server\"}",
                                           "{\"channel\":7}",
                                           "{\"library\":\"analytics.js\"}",
                                           "{\"library\":{\"name\":\"@jitsu/js\",\"env\":\"node\"}}",
                                           "{\"library\":{\"name\":\"@segment/analytics-node\"}}"};
    for (size_t i = 0; i < COUNT_OF(contexts); i++) {
        const char *members = arena_printf(
            arena,
            "\"timestamp\":\"2026-11-21T17:00:00Z\",\"sentAt\":\"2026-11-21T20:00:00Z\",\"context\":%s",
            contexts[i]);
        assert_int_equal(occurred(members), at("2026-11-21T17:00:00Z"));
    }
}

static void a_clock_without_or_with_a_bad_sent_at_is_not_corrected(void **state)
{
    (void)state;
    usec_t expected = at("2026-11-21T17:00:00Z");
    assert_int_equal(occurred("\"timestamp\":\"2026-11-21T17:00:00Z\",\"context\":{\"channel\":\"web\"}"),
                     expected);
    assert_int_equal(
        occurred("\"timestamp\":\"2026-11-21T17:00:00Z\",\"sentAt\":\"x\",\"context\":{\"channel\":\"web\"}"),
        expected);
    assert_int_equal(
        occurred("\"timestamp\":\"2026-11-21T17:00:00Z\",\"sentAt\":9,\"context\":{\"channel\":\"web\"}"),
        expected);
}

static void a_time_that_was_corrected_on_its_way_stays(void **state)
{
    (void)state;
    assert_int_equal(
        occurred("\"timestamp\":\"2026-11-21T16:00:00Z\",\"originalTimestamp\":\"2026-11-21T15:00:00Z\","
                 "\"sentAt\":\"2026-11-21T15:00:01Z\",\"context\":{\"channel\":\"web\"}"),
        at("2026-11-21T16:00:00Z"));
    assert_int_equal(
        occurred("\"timestamp\":\"2026-11-21T15:00:00Z\",\"originalTimestamp\":\"2026-11-21T15:00:00Z\","
                 "\"sentAt\":\"2026-11-21T15:00:01Z\",\"context\":{\"channel\":\"web\"}"),
        at("2026-11-21T17:59:59Z"));
}

static void the_corrected_time_is_what_is_checked(void **state)
{
    (void)state;
    const char *fast = "\"timestamp\":\"2030-01-01T00:00:00Z\",\"sentAt\":\"2030-01-01T00:00:10Z\","
                       "\"context\":{\"channel\":\"web\"}";
    assert_int_equal(occurred(fast), RECEIVED - 10 * USEC_PER_SEC);
    const char *early = "\"timestamp\":\"2026-11-21T18:00:10Z\",\"sentAt\":\"2026-11-21T18:00:00Z\","
                        "\"context\":{\"channel\":\"web\"}";
    assert_int_equal(occurred(early), RECEIVED);
    no_time("\"timestamp\":\"2026-11-23T18:00:00Z\",\"sentAt\":\"2026-11-21T18:00:00Z\",\"context\":{"
            "\"channel\":\"web\"}",
            STATUS_TIMESTAMP_IN_FUTURE, "/timestamp");
    no_time("\"timestamp\":\"0001-01-01T00:00:00Z\",\"sentAt\":\"9999-01-01T00:00:00Z\",\"context\":{"
            "\"channel\":\"web\"}",
            STATUS_INVALID_TIMESTAMP, "/timestamp");
}

static void a_batch_tells_once_when_it_was_sent(void **state)
{
    (void)state;
    const char *body =
        "{\"sentAt\":\"2026-11-21T20:00:00Z\",\"context\":{\"channel\":\"browser\"},\"batch\":["
        "{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":\"2026-11-21T19:00:00Z\"},"
        "{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":\"2026-11-21T19:00:00Z\",\"sentAt\":\"2026-11-"
        "21T19:30:00Z\"}]}";
    assert_int_equal(decoded_item(body, 0).event.occurred_at, at("2026-11-21T17:00:00Z"));
    assert_int_equal(decoded_item(body, 1).event.occurred_at, at("2026-11-21T17:30:00Z"));
}

/* --- traits --- */

static void traits_keep_their_json(void **state)
{
    (void)state;
    struct event e =
        decoded("identify",
                "{\"userId\":\"u\",\"traits\":{\"vip\":true,\"n\\u0061me\":\"J\\u00e9\",\"age\":1.50,"
                "\"gone\":null,\"address\":{\"city\": \"Bonn\"},\"tags\":[1,2]}}")
            .event;
    static const struct {
        const char *name;
        const char *json;
    } expected[] = {{"address", "{\"city\": \"Bonn\"}"},
                    {"age", "1.50"},
                    {"gone", ""},
                    {"name", "\"J\\u00e9\""},
                    {"tags", "[1,2]"},
                    {"vip", "true"}};
    assert_int_equal(e.n_traits, COUNT_OF(expected));
    for (size_t i = 0; i < e.n_traits; i++) {
        assert_span(e.traits[i].name, expected[i].name);
        assert_span(e.traits[i].json, expected[i].json);
    }
    assert_int_equal(e.traits[5].value.type, VALUE_BOOL);
}

static void the_last_of_repeated_traits_wins(void **state)
{
    (void)state;
    struct event e =
        decoded("identify", "{\"userId\":\"u\",\"traits\":{\"a\":1,\"b\":2,\"\\u0061\":3,\"b\":null}}").event;
    assert_int_equal(e.n_traits, 2);
    assert_span(e.traits[0].json, "3");
    assert_span(e.traits[1].json, "");
}

static void only_identify_sets_traits(void **state)
{
    (void)state;
    assert_int_equal(
        decoded("track", "{\"userId\":\"u\",\"event\":\"a\",\"context\":{\"traits\":{\"vip\":true}}}")
            .event.n_traits,
        0);
    assert_int_equal(
        decoded("group", "{\"userId\":\"u\",\"groupId\":\"g\",\"traits\":{\"vip\":true}}").event.n_traits, 0);
    assert_int_equal(
        decoded("identify", "{\"userId\":\"u\",\"context\":{\"traits\":{\"vip\":true}}}").event.n_traits, 0);
    assert_int_equal(decoded("identify", "{\"userId\":\"u\",\"traits\":{}}").event.n_traits, 0);
}

static void traits_are_bounded(void **state)
{
    (void)state;
    for (size_t n = 256; n <= 257; n++) {
        char *body = arena_alloc(arena, n * 16 + 64);
        size_t p = (size_t)sprintf(body, "{\"userId\":\"u\",\"traits\":{");
        for (size_t i = 0; i < n; i++) {
            p += (size_t)sprintf(body + p, "\"t%zu\":%zu,", i, i);
        }
        strcpy(body + p - 1, "}}");
        if (n <= 256) {
            assert_int_equal(decoded("identify", body).event.n_traits, 256);
        } else {
            refused("identify", body, STATUS_TOO_MANY, "/traits");
        }
    }
    decoded("identify", arena_printf(arena, "{\"userId\":\"u\",\"traits\":{\"%0100d\":1}}", 1));
    refused("identify", arena_printf(arena, "{\"userId\":\"u\",\"traits\":{\"%0101d\":1}}", 1),
            STATUS_TOO_LARGE, "/traits");
}

static void an_inactive_identify_does_not_see_the_customer(void **state)
{
    (void)state;
    assert_false(decoded("identify", "{\"userId\":\"u\",\"context\":{\"active\":false}}").event.seen);
    assert_true(decoded("identify", "{\"userId\":\"u\",\"context\":{\"active\":true}}").event.seen);
    assert_true(decoded("identify", "{\"userId\":\"u\",\"context\":{\"active\":null}}").event.seen);
    assert_true(decoded("identify", "{\"userId\":\"u\"}").event.seen);
    assert_true(
        decoded("track", "{\"userId\":\"u\",\"event\":\"a\",\"context\":{\"active\":false}}").event.seen);
}

/* --- channels, answers, points, reasons --- */

static void a_channel_is_told_by_context_or_properties(void **state)
{
    (void)state;
    uint64_t mail = hash64(span_of("e-mail"));
    assert_true(
        decoded("track", "{\"userId\":\"u\",\"event\":\"a\",\"properties\":{\"channel\":\" E-Mail\"}}")
            .event.channel == mail);
    assert_true(
        decoded("page",
                "{\"userId\":\"u\",\"properties\":{\"channel\":\"x\"},\"context\":{\"channel\":\"e-mail\"}}")
            .event.channel == mail);
    assert_true(
        decoded("page",
                "{\"userId\":\"u\",\"properties\":{\"channel\":\"e-mail\"},\"context\":{\"channel\":\" \"}}")
            .event.channel == mail);
    assert_true(decoded("page", "{\"userId\":\"u\",\"context\":{\"channel\":7}}").event.channel == 0);
    assert_true(decoded("page", "{\"userId\":\"u\"}").event.channel == 0);
}

static void not_tracked(const char *event, const char *properties, enum status expected, const char *pointer)
{
    refused("track", track(event, properties), expected, pointer);
}

static void a_survey_is_nps_or_csat(void **state)
{
    (void)state;
    struct event e = tracked("Survey Answered", "{\"kind\":\"nps\",\"score\":0}");
    assert_true(e.score_is_nps);
    assert_int_equal(e.score, 0);
    e = tracked("Survey Answered", "{\"kind\":\"CSAT\",\"score\":\"5\"}");
    assert_false(e.score_is_nps);
    assert_int_equal(e.score, 5);
    assert_int_equal(tracked("Survey Answered", "{\"kind\":\"nps\",\"score\":10.0}").score, 10);
    not_tracked("Survey Answered", "{\"score\":5}", STATUS_MISSING_MEMBER, "/properties/kind");
    not_tracked("Survey Answered", "{\"kind\":7,\"score\":5}", STATUS_WRONG_TYPE, "/properties/kind");
    not_tracked("Survey Answered", "{\"kind\":\"ces\",\"score\":5}", STATUS_INVALID_VALUE,
                "/properties/kind");
    not_tracked("Survey Answered", "{\"kind\":\"nps\"}", STATUS_MISSING_MEMBER, "/properties/score");
    not_tracked("Survey Answered", "{\"kind\":\"nps\",\"score\":11}", STATUS_INVALID_VALUE,
                "/properties/score");
    not_tracked("Survey Answered", "{\"kind\":\"nps\",\"score\":-1}", STATUS_INVALID_VALUE,
                "/properties/score");
    not_tracked("Survey Answered", "{\"kind\":\"nps\",\"score\":7.5}", STATUS_INVALID_VALUE,
                "/properties/score");
    not_tracked("Survey Answered", "{\"kind\":\"csat\",\"score\":0}", STATUS_INVALID_VALUE,
                "/properties/score");
    not_tracked("Survey Answered", "{\"kind\":\"csat\",\"score\":6}", STATUS_INVALID_VALUE,
                "/properties/score");
    not_tracked("Survey Answered", "{\"kind\":\"csat\",\"score\":[]}", STATUS_WRONG_TYPE,
                "/properties/score");
    not_tracked("Survey Answered", "{\"kind\":\"csat\",\"score\":\"good\"}", STATUS_INVALID_VALUE,
                "/properties/score");
}

static void points_are_whole_and_not_negative(void **state)
{
    (void)state;
    assert_int_equal(tracked("Points Earned", "{\"points\":1000000000000}").points, INT64_C(1000000000000));
    assert_int_equal(tracked("Points Redeemed", "{\"amount\":\"20\"}").points, 20);
    assert_int_equal(tracked("Points Redeemed", "{\"points\":1,\"amount\":2}").points, 1);
    not_tracked("Points Earned", "{}", STATUS_MISSING_MEMBER, "/properties/points");
    not_tracked("Points Earned", "{\"points\":-1}", STATUS_INVALID_VALUE, "/properties/points");
    not_tracked("Points Earned", "{\"points\":0.5}", STATUS_INVALID_VALUE, "/properties/points");
    not_tracked("Points Redeemed", "{\"amount\":1000000000001}", STATUS_INVALID_VALUE, "/properties/amount");
    not_tracked("Points Redeemed", "{\"amount\":false}", STATUS_WRONG_TYPE, "/properties/amount");
}

static void a_reason_is_cut_between_characters(void **state)
{
    (void)state;
    assert_span(tracked("Subscription Cancelled", "{\"reason\":\"too expensive\"}").reason, "too expensive");
    assert_span(tracked("Customer Churned", "{\"reason\":null}").reason, "");
    assert_int_equal(tracked("Customer Churned", arena_printf(arena, "{\"reason\":\"%0300d\"}", 1)).reason.n,
                     255);
    struct span reason =
        tracked("Customer Churned", arena_printf(arena, "{\"reason\":\"%0253d\xe4\xb9\xb0\"}", 1)).reason;
    assert_int_equal(reason.n, 253);
    reason =
        tracked("Customer Churned", arena_printf(arena, "{\"reason\":\"%0252d\xe4\xb9\xb0x\"}", 1)).reason;
    assert_int_equal(reason.n, 255);
    not_tracked("Customer Churned", "{\"reason\":7}", STATUS_WRONG_TYPE, "/properties/reason");
    assert_span(tracked("Product Removed", "{\"reason\":\"x\"}").reason, "");
}

static void a_campaign_is_named_by_strings(void **state)
{
    (void)state;
    struct event e = tracked("Campaign Touched", "{\"campaign\":\"spring\",\"channel\":\"SMS\"}");
    assert_true(e.channel == hash64(span_of("sms")));
    tracked("Campaign Touched", "{}");
    not_tracked("Campaign Touched", "{\"campaign\":7}", STATUS_WRONG_TYPE, "/properties/campaign");
    not_tracked("Campaign Touched", "{\"channel\":[]}", STATUS_WRONG_TYPE, "/properties/channel");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_of_receipt_is_what_these_tests_say),
        cmocka_unit_test(timestamp_comes_before_original_timestamp),
        cmocka_unit_test(dates_are_read_leniently),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(nothing_happens_after_its_receipt),
        cmocka_unit_test(a_browsers_clock_is_corrected),
        cmocka_unit_test(a_servers_clock_is_believed),
        cmocka_unit_test(a_clock_without_or_with_a_bad_sent_at_is_not_corrected),
        cmocka_unit_test(a_time_that_was_corrected_on_its_way_stays),
        cmocka_unit_test(the_corrected_time_is_what_is_checked),
        cmocka_unit_test(a_batch_tells_once_when_it_was_sent),
        cmocka_unit_test(traits_keep_their_json),
        cmocka_unit_test(the_last_of_repeated_traits_wins),
        cmocka_unit_test(only_identify_sets_traits),
        cmocka_unit_test(traits_are_bounded),
        cmocka_unit_test(an_inactive_identify_does_not_see_the_customer),
        cmocka_unit_test(a_channel_is_told_by_context_or_properties),
        cmocka_unit_test(a_survey_is_nps_or_csat),
        cmocka_unit_test(points_are_whole_and_not_negative),
        cmocka_unit_test(a_reason_is_cut_between_characters),
        cmocka_unit_test(a_campaign_is_named_by_strings),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
