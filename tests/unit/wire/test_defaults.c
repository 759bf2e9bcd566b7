#include "wire/defaults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;
static const struct message_defaults both = {{"web", 3}, {"USD", 3}};
static const struct message_defaults neither = {{"", 0}, {"", 0}};

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

static void assert_applied(bool is_batch, const char *body, const char *expected)
{
    struct span out = defaults_apply(arena, span_of(body), is_batch, &both);
    assert_string_equal(arena_text(arena, out), expected);
    assert_true(span_is(defaults_apply(arena, span_of(body), is_batch, &neither), body));
}

static void what_a_message_does_not_say_is_written_into_it(void **state)
{
    (void)state;
    assert_applied(false, "{\"context\":{},\"properties\":{\"revenue\":1}}",
                   "{\"context\":{\"channel\":\"web\"},\"properties\":{\"revenue\":1,\"currency\":\"USD\"}}");
    assert_applied(false, "{\"properties\":{\"total\":\"1\",\"a\":[{}]}, \"context\": {\"ip\":1 } }",
                   "{\"properties\":{\"total\":\"1\",\"a\":[{}],\"currency\":\"USD\"}, \"context\": {\"ip\":1 ,"
                   "\"channel\":\"web\"} }");
    assert_applied(false, "{}", "{\"context\":{\"channel\":\"web\"}}");
    assert_applied(false, "{\"event\":\"x\",\"context\":null}",
                   "{\"event\":\"x\",\"context\":null,\"context\":{\"channel\":\"web\"}}");
    assert_applied(false, "{\"channel\":\"app\",\"properties\":{\"currency\":null,\"amount\":2}}",
                   "{\"channel\":\"app\",\"properties\":{\"currency\":null,\"amount\":2,\"currency\":\"USD\"}}");
}

static void what_a_message_says_stays(void **state)
{
    (void)state;
    static const char *const said[] = {
        "{\"context\":{\"channel\":\"app\"},\"properties\":{\"revenue\":1,\"currency\":\"EUR\"}}",
        "{\"channel\":\"app\",\"properties\":{\"order_id\":\"1\"}}",
        "{\"properties\":{\"channel\":\"app\"}}",
        "{\"context\":[],\"properties\":7}",
        "[]",
        "7",
        "{\"context\":",
    };
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        assert_applied(false, said[i], said[i]);
    }
}

static void each_item_of_a_batch_is_asked(void **state)
{
    (void)state;
    assert_applied(true, "{\"batch\":[{\"a\":1},7,{\"channel\":\"app\"},null],\"sentAt\":1}",
                   "{\"batch\":[{\"a\":1,\"context\":{\"channel\":\"web\"}},7,{\"channel\":\"app\"},null],\"sentAt\":1}");
    assert_applied(true, "{\"context\":{\"channel\":\"app\"},\"batch\":[{\"properties\":{\"revenue\":1}}]}",
                   "{\"context\":{\"channel\":\"app\"},\"batch\":[{\"properties\":{\"revenue\":1,\"currency\":\"USD\"}}]}");
    assert_applied(true, "{\"batch\":{}}", "{\"batch\":{}}");
    assert_applied(true, "{}", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_message_does_not_say_is_written_into_it),
        cmocka_unit_test(what_a_message_says_stays),
        cmocka_unit_test(each_item_of_a_batch_is_asked),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
