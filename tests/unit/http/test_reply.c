#include "../../../src/http/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct route ingest_route = {.method = METHOD_POST, .path = "/v1/track", .kind = ROUTE_INGEST};
static const struct route read_route = {.method = METHOD_GET, .path = "/v1/facts", .kind = ROUTE_READ};
static struct request request;
static struct reply reply;

static int make_reply(void **state)
{
    (void)state;
    request = (struct request){.route = &read_route, .path = span_of("/v1/facts"), .id = "id-1"};
    memset(&reply, 0, sizeof(reply));
    buf_init(&reply.body, 0);
    reply_init(&reply, &request);
    return 0;
}

static int free_reply(void **state)
{
    (void)state;
    buf_done(&reply.body);
    return 0;
}

static void a_reply_begins_as_json_with_status_200(void **state)
{
    (void)state;
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.content_type, "application/json");
}

static void a_problem_replaces_what_was_printed(void **state)
{
    (void)state;
    struct error error = {0};
    buf_text(&reply.body, "half a reply");
    reply_etag_version(&reply, 3);
    (void)error_set(&error, STATUS_NOT_FOUND, "", "no segment has this key");
    reply_problem(&reply, &error);
    assert_int_equal(reply.status, 404);
    assert_string_equal(reply.content_type, "application/problem+json");
    assert_string_equal(reply.etag, "");
    assert_string_equal(
        reply.body.p,
        "{\"type\":\"/problems/not_found\",\"title\":\"There is no such thing here\",\"status\":404,"
        "\"detail\":\"no segment has this key\",\"instance\":\"/v1/facts\",\"code\":\"not_found\","
        "\"request_id\":\"id-1\",\"trace_id\":\"00000000000000000000000000000000\"}");
}

static void a_quota_that_is_used_up_is_a_problem_of_its_own_type(void **state)
{
    (void)state;
    struct error error = {0};
    (void)error_set(&error, STATUS_RATE_LIMITED, "", "later");
    reply_problem(&reply, &error);
    assert_int_equal(reply.status, 429);
    assert_non_null(strstr(reply.body.p,
                           "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\","));
    assert_non_null(strstr(reply.body.p, ",\"violated-policies\":[\"default\"]}"));
}

static void a_problem_with_a_pointer_lists_it_as_a_fragment(void **state)
{
    (void)state;
    struct error error = {0};
    (void)error_set(&error, STATUS_INVALID_RULE, "/rule/and/1/ä~1 \"", "unknown fact");
    reply_problem(&reply, &error);
    assert_int_equal(reply.status, 422);
    assert_non_null(strstr(reply.body.p,
                           "\"errors\":[{\"pointer\":\"#/rule/and/1/%C3%A4~1%20%22\",\"detail\":"
                           "\"unknown fact\"}]"));
}

static void a_problem_on_an_ingest_path_says_that_it_was_no_success(void **state)
{
    (void)state;
    struct error error = {0};
    request.route = &ingest_route;
    (void)error_set(&error, STATUS_MALFORMED_JSON, "", "no JSON");
    reply_problem(&reply, &error);
    assert_int_equal(reply.status, 400);
    assert_non_null(strstr(reply.body.p, ",\"success\":false}"));
}

static void a_503_and_a_429_say_when_to_come_back(void **state)
{
    (void)state;
    for (int s = STATUS_OK + 1; s < STATUS_COUNT; s++) {
        struct error error = {0};
        (void)error_set(&error, (enum status)s, "", "why");
        reply_problem(&reply, &error);
        assert_int_equal(reply.status == 503 || reply.status == 429, reply.retry_after > 0);
    }
}

static void bytes_that_are_not_fit_for_a_uri_are_not_repeated(void **state)
{
    (void)state;
    struct error error = {0};
    request.path = span_of("/v1/\xff");
    (void)error_set(&error, STATUS_NOT_FOUND, "", "nothing");
    reply_problem(&reply, &error);
    assert_null(strstr(reply.body.p, "instance"));
}

static void equal_content_has_an_equal_etag(void **state)
{
    (void)state;
    struct reply other = {0};
    reply_etag_of(&reply, span_of("{\"a\":1}"));
    reply_etag_of(&other, span_of("{\"a\":1}"));
    assert_string_equal(reply.etag, other.etag);
    reply_etag_of(&other, span_of("{\"a\":2}"));
    assert_string_not_equal(reply.etag, other.etag);
    assert_int_equal(reply.etag[0], '"');
    reply_etag_version(&other, 7);
    assert_string_equal(other.etag, "\"7\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reply_begins_as_json_with_status_200, make_reply, free_reply),
        cmocka_unit_test_setup_teardown(a_problem_replaces_what_was_printed, make_reply, free_reply),
        cmocka_unit_test_setup_teardown(a_quota_that_is_used_up_is_a_problem_of_its_own_type, make_reply, free_reply),
        cmocka_unit_test_setup_teardown(a_problem_with_a_pointer_lists_it_as_a_fragment, make_reply, free_reply),
        cmocka_unit_test_setup_teardown(a_problem_on_an_ingest_path_says_that_it_was_no_success, make_reply, free_reply),
        cmocka_unit_test_setup_teardown(a_503_and_a_429_say_when_to_come_back, make_reply, free_reply),
        cmocka_unit_test_setup_teardown(bytes_that_are_not_fit_for_a_uri_are_not_repeated, make_reply, free_reply),
        cmocka_unit_test_setup_teardown(equal_content_has_an_equal_etag, make_reply, free_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
