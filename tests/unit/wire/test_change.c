#include "wire/change.h"

#include "webhook_fixture.h"

static struct change_line line_of(struct change change)
{
    struct change_line line = {.seq = 17,
                               .change = change,
                               .recorded_at = 2 * USEC_PER_SEC,
                               .customer = span_of("anna"),
                               .kind = IDENTITY_USER};
    line.change.at = USEC_PER_SEC;
    line.change.before_at = NONE;
    return line;
}

static const char *printed(const struct change_line *line)
{
    struct buf buf;
    buf_init(&buf, 0);
    change_print(&buf, &definitions, line);
    const char *text = arena_text(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("%s has no %s", text, part);
}



static void the_reason_and_the_facts_are_members_of_the_line(void **state)
{
    (void)state;
    const struct told told[] = {
        {.ref = {.fact = FACT_orders_count}, .value = value_number(3)},
        {.ref = {.fact = FACT_revenue}, .value = value_money(1250)},
        {.ref = {.fact = FACT_TRAIT, .name = span_of("a \"name\"")}, .value = value_string(span_of("x"))},
        {.ref = {.fact = FACT_COUNTER, .name = span_of("spin")}, .value = value_null()},
    };
    struct change_detail detail = {.told = told, .n_told = COUNT_OF(told), .because = "late_event", .refunded = NONE};
    struct change_line line = line_of((struct change){.type = CHANGE_LATE, .number = 1, .version = 1, .to = 1, .cause = CAUSE_EVENT});
    line.change.detail = change_detail_print(arena, &detail, &shop);
    const char *text = printed(&line);
    assert_has(text, "\"type\":\"stage.changed\"");
    assert_has(text, "\"late\":true");
    assert_has(text, "\"cause\":{\"type\":\"late_event\",\"event_id\":null,\"message_id\":null}");
    assert_has(text, ",\"facts\":{\"orders_count\":3,\"revenue\":\"12.50\",\"traits.a \\\"name\\\"\":\"x\",\"events.spin.count\":null},\"silent\":false");
    assert_null(strstr(text, "because"));
}

static void a_fact_that_is_too_long_is_told_as_null(void **state)
{
    (void)state;
    char *text = arena_alloc(arena, CHANGE_TEXT_MOST + 1);
    memset(text, 'a', CHANGE_TEXT_MOST + 1);
    struct value item = value_string((struct span){text, CHANGE_TEXT_MOST});
    const struct told told[] = {
        {.ref = {.fact = FACT_TRAIT, .name = span_of("long")}, .value = value_string((struct span){text, CHANGE_TEXT_MOST + 1})},
        {.ref = {.fact = FACT_TRAIT, .name = span_of("list")}, .value = value_list(&item, 1)},
    };
    struct change_detail detail = {.told = told, .n_told = COUNT_OF(told), .refunded = NONE};
    struct span stored = change_detail_print(arena, &detail, &shop);
    assert_string_equal(arena_text(arena, stored), "{\"facts\":{\"traits.long\":null,\"traits.list\":null}}");
}

static void a_reason_alone_is_no_member(void **state)
{
    (void)state;
    struct change_detail detail = {.because = "merge", .refunded = NONE};
    struct change_line line = line_of((struct change){.type = CHANGE_WITHDRAWN, .number = 1, .version = 1, .to = 1});
    line.change.detail = change_detail_print(arena, &detail, &shop);
    const char *text = printed(&line);
    assert_has(text, "\"cause\":{\"type\":\"merge\",\"event_id\":null,\"message_id\":null},\"silent\":false}");
    assert_has(text, "\"correction\":\"withdrawn\"");
}

static void a_refund_tells_the_order_and_what_was_given_back(void **state)
{
    (void)state;
    struct order order = {.id = span_of("o-1"), .completed_at = 0, .cancelled_at = NONE, .value = 1000};
    struct change_detail detail = {.order = &order, .refunded = 250};
    struct change_line line = line_of((struct change){.type = CHANGE_REFUNDED, .cause = CAUSE_EVENT});
    line.change.detail = change_detail_print(arena, &detail, &shop);
    line.change.message_id = span_of("m");
    const char *text = printed(&line);
    assert_has(text, "\"type\":\"order.refunded\"");
    assert_has(text, "\"order\":{\"order_id\":\"o-1\"");
    assert_has(text, "\"currency\":\"EUR\",\"amount\":\"2.50\"");
    assert_has(text, "\"message_id\":\"m\"");
}

static void what_has_no_detail_has_none(void **state)
{
    (void)state;
    struct change_detail detail = {.refunded = NONE};
    assert_int_equal(change_detail_print(arena, &detail, &shop).n, 0);
    struct change_line line = line_of((struct change){.type = CHANGE_ERASED});
    line.change.customer_key.b[0] = 1;
    line.customer.n = 0;
    const char *text = printed(&line);
    assert_has(text, "\"customer\":null,\"customer_key\":\"01000000-0000-0000-0000-000000000000\"");
    assert_has(text, "\"cause\":null");
}

static void a_trace_is_told_as_traceparent_has_it(void **state)
{
    (void)state;
    struct change_line line = line_of((struct change){.type = CHANGE_SYNCED, .is_silent = true});
    for (int i = 0; i < 16; i++)
        line.change.trace_id.b[i] = (unsigned char)(i * 17);
    assert_has(printed(&line), "\"silent\":true,\"trace_id\":\"00112233445566778899aabbccddeeff\"}");
}

static enum status decode(const char *of_types, const char *of_models, const char *of_segments, const char *of_stages,
                          struct change_filter *out, struct error *error)
{
    return change_filter_decode(&definitions, span_of(of_types), span_of(of_models), span_of(of_segments), span_of(of_stages), out,
                                error);
}

static void nothing_said_is_everything_wanted(void **state)
{
    (void)state;
    struct change_filter filter;
    struct error error;
    assert_int_equal(decode("", "", "", "", &filter, &error), STATUS_OK);
    assert_int_equal(filter.types, CHANGE_TYPES_ALL);
    assert_false(filter.has_models || filter.has_segments || filter.has_stages || filter.has_silent);
}

static void a_family_of_types_is_told_by_a_star(void **state)
{
    (void)state;
    struct change_filter filter;
    struct error error;
    assert_int_equal(decode("segment.*,order.completed", "", "", "", &filter, &error), STATUS_OK);
    assert_int_equal(filter.types, 1u << CHANGE_ENTERED | 1u << CHANGE_LEFT | 1u << CHANGE_SEGMENT | 1u << CHANGE_ORDERED);
}

static void what_is_unknown_is_named_with_its_list(void **state)
{
    (void)state;
    static const struct {
        const char *types, *models, *segments, *stages, *pointer;
    } wrong[] = {
        {"stage.moved", "", "", "", "/types"}, {"stage.changed,", "", "", "", NULL},   {",stage.changed", "", "", "", "/types"},
        {"", "nothing", "", "", "/models"},    {"", "", "nobody", "", "/segments"},    {"", "", "", "nowhere", "/stages"},
        {"", "", "", "nothing.x", "/stages"},  {"blank", "", "", "", "/types"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct change_filter filter;
        struct error error = {0};
        enum status status = decode(wrong[i].types, wrong[i].models, wrong[i].segments, wrong[i].stages, &filter, &error);
        if (wrong[i].pointer == NULL) {
            assert_int_equal(status, STATUS_OK);
            continue;
        }
        assert_int_equal(status, STATUS_INVALID_PARAMETER);
        assert_string_equal(error.pointer, wrong[i].pointer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reason_and_the_facts_are_members_of_the_line),
        cmocka_unit_test(a_fact_that_is_too_long_is_told_as_null),
        cmocka_unit_test(a_reason_alone_is_no_member),
        cmocka_unit_test(a_refund_tells_the_order_and_what_was_given_back),
        cmocka_unit_test(what_has_no_detail_has_none),
        cmocka_unit_test(a_trace_is_told_as_traceparent_has_it),
        cmocka_unit_test(nothing_said_is_everything_wanted),
        cmocka_unit_test(a_family_of_types_is_told_by_a_star),
        cmocka_unit_test(what_is_unknown_is_named_with_its_list),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
