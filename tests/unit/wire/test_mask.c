#include "wire/mask.h"

#include "base/buf.h"

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

static void assert_masked(const char *json, const char *expected)
{
    struct span out;
    assert_true(mask_json(arena, span_of(json), MASK_BYTES_MAX, &out));
    assert_string_equal(arena_text(arena, out), expected);
}

static void what_tells_of_the_event_stays(void **state)
{
    (void)state;
    static const char *const kept[] = {
        "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"node-next-1699999999999-1b2c3d4e\"}",
        "{\"timestamp\":\"2026-11-21T18:00:00.000Z\",\"sentAt\":\"2026-11-21T18:00:01Z\"}",
        "{\"properties\":{\"order_id\":\"2026-000123\",\"revenue\":\"39.95\",\"total\":41.5,\"currency\":\"EUR\"}}",
        "{\"products\":[{\"product_id\":\"p-1\",\"name\":\"Blue shirt\",\"price\":10,\"quantity\":2}]}",
        "{\"context\":{\"campaign\":{\"name\":\"spring sale\",\"source\":\"mail\",\"medium\":\"cpc\"}}}",
        "{\"id\":820982911946154508,\"financial_status\":\"paid\",\"test\":false,\"cancelled_at\":null}",
        "{\"userId\":\"customer-17\",\"anonymousId\":\"5d0c1ff3-1aa1-4a5b-8a3c-a1b2c3d4e5f6\"}",
        "{\"a\":[],\"b\":{},\"c\":[[1],{\"d\":\"\"}]}",
    };
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        assert_masked(kept[i], kept[i]);
    }
}

static void what_tells_of_a_person_is_replaced(void **state)
{
    (void)state;
    assert_masked("{\"traits\":{\"email\":\"anna@shop.example\",\"name\":\"Anna Blum\",\"plan\":\"pro\"}}",
                  "{\"traits\":{\"email\":\"[email]\",\"name\":\"[masked]\",\"plan\":\"pro\"}}");
    assert_masked("{\"first_name\":\"Anna\",\"note\":\"ring twice\",\"nickname\":\"bo\"}",
                  "{\"first_name\":\"[masked]\",\"note\":\"[masked]\",\"nickname\":\"[masked]\"}");
    assert_masked("{\"context\":{\"ip\":\"203.0.113.9\",\"userAgent\":\"Mozilla/5.0 (X11)\",\"locale\":\"de-DE\"}}",
                  "{\"context\":{\"ip\":\"[masked]\",\"userAgent\":\"[masked]\",\"locale\":\"de-DE\"}}");
    assert_masked("{\"billing_address\":{\"zip\":10115,\"id\":\"7\",\"lines\":[\"a\",2,true,null]}}",
                  "{\"billing_address\":{\"zip\":\"[masked]\",\"id\":\"[masked]\","
                  "\"lines\":[\"[masked]\",\"[masked]\",true,null]}}");
    assert_masked("{\"date_of_birth\":\"1980-02-03\",\"age\":46,\"latitude\":52.5}",
                  "{\"date_of_birth\":\"[masked]\",\"age\":\"[masked]\",\"latitude\":\"[masked]\"}");
    assert_masked("\"a text alone\"", "\"[masked]\"");
}

static void a_shape_tells_of_a_person_under_any_name(void **state)
{
    (void)state;
    assert_masked("{\"userId\":\"anna@shop.example\",\"order_id\":\"x-anna%40shop.example\"}",
                  "{\"userId\":\"[email]\",\"order_id\":\"[email]\"}");
    assert_masked("{\"status\":\"+49 171 2345678\",\"event\":\"call (030) 123 45 67\"}",
                  "{\"status\":\"[phone]\",\"event\":\"[phone]\"}");
    assert_masked("{\"userId\":\"491712345678\",\"anonymousId\":\"Anna Blum\",\"x\":491712345678}",
                  "{\"userId\":\"[phone]\",\"anonymousId\":\"[masked]\",\"x\":\"[masked]\"}");
    assert_masked("{\"source\":\"lcw_0123456789abcdefghijklmnopqrstuvwxyz\"}", "{\"source\":\"[token]\"}");
    assert_masked("{\"anna@shop.example\":1,\"+49 171 2345678\":2}", "{\"[masked]\":1,\"[masked]\":2}");
}

static void escapes_do_not_hide_a_person(void **state)
{
    (void)state;
    assert_masked("{\"event\":\"anna\\u0040shop.example\",\"\\u0065mail\":7}",
                  "{\"event\":\"[email]\",\"email\":7}");
    assert_masked("{\"\\u0070hone\":7}", "{\"phone\":\"[masked]\"}");
}

static void what_is_no_json_is_not_shown(void **state)
{
    (void)state;
    struct span out = {"untouched", 9};
    assert_false(mask_json(arena, span_of("{\"email\":\"anna@"), MASK_BYTES_MAX, &out));
    assert_false(mask_json(arena, (struct span){"", 0}, MASK_BYTES_MAX, &out));
    assert_true(span_is(out, "untouched"));
}

static void a_long_message_is_cut_and_says_so(void **state)
{
    (void)state;
    struct buf json;
    struct span out, again;
    buf_init(&json, 0);
    buf_text(&json, "{\"products\":[");
    for (int i = 0; i < 1000; i++) {
        buf_printf(&json, "%s{\"product_id\":\"p-%d\",\"price\":%d}", i ? "," : "", i, i);
    }
    buf_text(&json, "],\"total\":1}");
    assert_true(mask_json(arena, (struct span){json.p, json.n}, MASK_BYTES_MAX, &out));
    assert_in_range(out.n, MASK_BYTES_MAX / 2, MASK_BYTES_MAX);
    assert_non_null(strstr(arena_text(arena, out), "\"...\":true}"));
    assert_true(mask_json(arena, out, MASK_BYTES_MAX, &again));
    buf_done(&json);
}

static void ids_for_the_log_lose_only_what_is_personal(void **state)
{
    (void)state;
    assert_true(span_is(mask_text(span_of("orders/create")), "orders/create"));
    assert_true(span_is(mask_text(span_of("ajs-next-1699999999999-7a9f")), "ajs-next-1699999999999-7a9f"));
    assert_true(span_is(mask_text(span_of("order of anna@shop.example")), "[email]"));
    assert_true(span_is(mask_text(span_of("+491712345678")), "[phone]"));
    char *text = arena_alloc(arena, 200);
    memset(text, 'x', 199);
    assert_true(span_is(mask_text(span_of(text)), "[masked]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_tells_of_the_event_stays),
        cmocka_unit_test(what_tells_of_a_person_is_replaced),
        cmocka_unit_test(a_shape_tells_of_a_person_under_any_name),
        cmocka_unit_test(escapes_do_not_hide_a_person),
        cmocka_unit_test(what_is_no_json_is_not_shown),
        cmocka_unit_test(a_long_message_is_cut_and_says_so),
        cmocka_unit_test(ids_for_the_log_lose_only_what_is_personal),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
