#include "../../../src/http/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct route rows[] = {
    {.method = METHOD_POST, .path = "/v1/track", .operation = "track"},
    {.method = METHOD_GET, .path = "/v1/customers", .operation = "list_customers"},
    {.method = METHOD_GET, .path = "/v1/customers/{id}", .operation = "get_customer"},
    {.method = METHOD_DELETE, .path = "/v1/customers/{id}", .operation = "erase_customer"},
    {.method = METHOD_GET, .path = "/v1/customers/{id}/orders/{order}", .operation = "get_order"},
    {.method = METHOD_PUT, .path = "/v1/segments/{key}", .operation = "put_segment"},
    {.method = METHOD_POST, .path = "/v1/segments/preview", .operation = "preview_segment"},
    {.method = METHOD_GET, .path = "/v1/segments/{key}/customers", .operation = "list_members"},
    {.method = METHOD_GET, .path = "/", .operation = "get_root"},
};

static struct arena *arena;
static struct router *router;
static struct route_match match;

static int make_router(void **state)
{
    (void)state;
    arena = arena_new(4096);
    router = router_new(rows, COUNT_OF(rows));
    return 0;
}

static int free_router(void **state)
{
    (void)state;
    router_free(router);
    arena_free(arena);
    return 0;
}

static enum status find(enum method method, const char *path)
{
    return router_match(router, arena, method, span_of(path), &match);
}

static void assert_finds(enum method method, const char *path, const char *operation)
{
    assert_int_equal(find(method, path), STATUS_OK);
    assert_string_equal(match.route->operation, operation);
}

static void a_path_and_a_method_find_their_route(void **state)
{
    (void)state;
    assert_finds(METHOD_POST, "/v1/track", "track");
    assert_finds(METHOD_GET, "/v1/customers", "list_customers");
    assert_finds(METHOD_DELETE, "/v1/customers/a", "erase_customer");
    assert_finds(METHOD_GET, "/", "get_root");
}

static void parameters_are_decoded_in_order(void **state)
{
    (void)state;
    assert_finds(METHOD_GET, "/v1/customers/a%2Fb%20c/orders/%E4%BD%A0", "get_order");
    assert_true(span_is(match.params[0], "a/b c"));
    assert_true(span_is(match.params[1], "你"));
}

static void a_literal_wins_over_a_parameter(void **state)
{
    (void)state;
    assert_finds(METHOD_POST, "/v1/segments/preview", "preview_segment");
    assert_finds(METHOD_PUT, "/v1/segments/vip", "put_segment");
}

static void a_literal_that_leads_nowhere_gives_way_to_a_parameter(void **state)
{
    (void)state;
    assert_finds(METHOD_GET, "/v1/segments/preview/customers", "list_members");
    assert_true(span_is(match.params[0], "preview"));
}

static void other_paths_are_not_found(void **state)
{
    (void)state;
    assert_int_equal(find(METHOD_GET, "/v1"), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_GET, "/v1/customers/"), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_GET, "/v1/customers/a/orders"), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_POST, "/v1/track/"), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_POST, "/V1/track"), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_POST, "v1/track"), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_POST, ""), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_POST, "*"), STATUS_NOT_FOUND);
    assert_int_equal(find(METHOD_GET, "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"), STATUS_NOT_FOUND);
}

static void an_encoded_slash_does_not_part_segments(void **state)
{
    (void)state;
    assert_int_equal(find(METHOD_POST, "/v1%2Ftrack"), STATUS_NOT_FOUND);
    assert_finds(METHOD_POST, "/v1/%74rack", "track");
}

static void another_method_is_not_allowed_and_the_right_ones_are_named(void **state)
{
    (void)state;
    char allow[64];
    assert_int_equal(find(METHOD_POST, "/v1/customers/a"), STATUS_METHOD_NOT_ALLOWED);
    methods_print(match.methods, allow, sizeof(allow));
    assert_string_equal(allow, "GET, HEAD, DELETE");
    assert_int_equal(find(METHOD_OTHER, "/v1/track"), STATUS_METHOD_NOT_ALLOWED);
    methods_print(match.methods, allow, sizeof(allow));
    assert_string_equal(allow, "POST");
}

static void head_finds_the_route_of_get(void **state)
{
    (void)state;
    assert_finds(METHOD_HEAD, "/v1/customers/a", "get_customer");
    assert_int_equal(find(METHOD_HEAD, "/v1/track"), STATUS_METHOD_NOT_ALLOWED);
}

static void a_broken_escape_is_a_bad_request(void **state)
{
    (void)state;
    assert_int_equal(find(METHOD_GET, "/v1/customers/%zz"), STATUS_BAD_REQUEST);
    assert_int_equal(find(METHOD_GET, "/v1/customers/a%00"), STATUS_BAD_REQUEST);
}

static void methods_have_the_names_of_http(void **state)
{
    (void)state;
    for (int m = 0; m < METHOD_OTHER; m++) {
        assert_int_equal(method_of(method_name((enum method)m)), m);
    }
    assert_int_equal(method_of("get"), METHOD_OTHER);
    assert_int_equal(method_of("TRACE"), METHOD_OTHER);
}

static void an_operation_id_is_the_handlers_name_in_camel_case(void **state)
{
    (void)state;
    char id[32];
    route_operation_id(&rows[2], id, sizeof(id));
    assert_string_equal(id, "getCustomer");
    route_operation_id(&rows[0], id, sizeof(id));
    assert_string_equal(id, "track");
    route_operation_id(&rows[1], id, 5);
    assert_string_equal(id, "list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_and_a_method_find_their_route),
        cmocka_unit_test(parameters_are_decoded_in_order),
        cmocka_unit_test(a_literal_wins_over_a_parameter),
        cmocka_unit_test(a_literal_that_leads_nowhere_gives_way_to_a_parameter),
        cmocka_unit_test(other_paths_are_not_found),
        cmocka_unit_test(an_encoded_slash_does_not_part_segments),
        cmocka_unit_test(another_method_is_not_allowed_and_the_right_ones_are_named),
        cmocka_unit_test(head_finds_the_route_of_get),
        cmocka_unit_test(a_broken_escape_is_a_bad_request),
        cmocka_unit_test(methods_have_the_names_of_http),
        cmocka_unit_test(an_operation_id_is_the_handlers_name_in_camel_case),
    };
    return cmocka_run_group_tests(tests, make_router, free_router);
}
