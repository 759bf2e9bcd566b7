#include "wire/webhook.h"

#include "webhook_fixture.h"

static const char *body(enum endpoint_format format, int part, const struct change_line *line)
{
    struct buf buf;
    buf_init(&buf, 0);
    webhook_body_print(&buf, format, part, &definitions, line, span_of("msg_1"));
    const char *text = arena_text(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return text;
}

static struct change_line line_of(struct change change)
{
    struct change_line line = {.seq = 17, .change = change, .recorded_at = 2 * USEC_PER_SEC, .customer = span_of("anna"), .kind = IDENTITY_USER};
    line.change.at = USEC_PER_SEC;
    line.change.before_at = NONE;
    line.change.customer_key.b[0] = 1;
    return line;
}

static void a_delivery_has_one_name(void **state)
{
    (void)state;
    struct webhook_id id = {.endpoint_id = {{0x2f, 0x1c, 0x9b}}, .seq = -1772366403971751, .part = 1}, again;
    char text[WEBHOOK_ID_TEXT];
    webhook_id_print(&id, text);
    assert_string_equal(text, "msg_2f1c9b00000000000000000000000000_-1772366403971751_1");
    assert_null(strchr(text, '.'));
    assert_true(webhook_id_parse(span_of(text), &again));
    assert_int_equal(again.seq, id.seq);
    assert_int_equal(again.part, 1);
    assert_int_equal(uuid_compare(&again.endpoint_id, &id.endpoint_id), 0);
}

static void what_is_no_name_of_a_delivery_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "msg_",
                                        "msg_2f1c9b00000000000000000000000000_1",
                                        "msg_2f1c9b00000000000000000000000000_1_2",
                                        "msg_2f1c9b00000000000000000000000000_01_0",
                                        "msg_2f1c9b00000000000000000000000000_-0_0",
                                        "msg_2f1c9b00000000000000000000000000_1_0x",
                                        "msg_2F1C9B00000000000000000000000000_1_0",
                                        "msg_2f1c9b0000000000000000000000000g_1_0",
                                        "msg_2f1c9b00000000000000000000000000_1234567890123456789_0"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct webhook_id id;
        assert_false(webhook_id_parse(span_of(wrong[i]), &id));
    }
}

static void a_standard_body_holds_the_change_as_the_feed_tells_it(void **state)
{
    (void)state;
    struct change_line line = line_of((struct change){.type = CHANGE_ENTERED, .number = 1, .version = 1});
    const char *text = body(ENDPOINT_STANDARD, 0, &line);
    static const char head[] = "{\"type\":\"segment.entered\",\"timestamp\":\"1970-01-01T00:00:02.000Z\",\"data\":{\"sequence\":17,";
    assert_int_equal(strncmp(text, head, sizeof(head) - 1), 0);
    assert_non_null(strstr(text, "\"segment\":\"vip\""));
}

static void a_membership_is_an_audience_to_segment(void **state)
{
    (void)state;
    struct change_line line = line_of((struct change){.type = CHANGE_ENTERED, .number = 1});
    assert_string_equal(body(ENDPOINT_SEGMENT, 0, &line),
                        "{\"type\":\"identify\",\"userId\":\"anna\",\"messageId\":\"msg_1\",\"timestamp\":\"1970-01-01T00:00:02.000Z\","
                        "\"traits\":{\"vip\":true},\"context\":{\"personas\":{\"computation_class\":\"audience\",\"computation_key\":\"vip\"}}}");
    line.change.type = CHANGE_LEFT;
    line.kind = IDENTITY_ANONYMOUS;
    assert_string_equal(body(ENDPOINT_SEGMENT, 1, &line),
                        "{\"type\":\"track\",\"anonymousId\":\"anna\",\"messageId\":\"msg_1\",\"timestamp\":\"1970-01-01T00:00:02.000Z\","
                        "\"event\":\"Audience Exited\",\"properties\":{\"audience_key\":\"vip\",\"vip\":false,\"sequence\":17,"
                        "\"effective_at\":\"1970-01-01T00:00:01.000Z\"},"
                        "\"context\":{\"personas\":{\"computation_class\":\"audience\",\"computation_key\":\"vip\"}}}");
}

static void a_stage_is_a_computed_trait_to_segment(void **state)
{
    (void)state;
    struct change_line line = line_of((struct change){.type = CHANGE_STAGE, .number = 1, .from = 0, .to = 2});
    static const char end[] = ",\"context\":{\"personas\":{\"computation_class\":\"computed_trait\",\"computation_key\":\"lifecycle_stage_purchase\"}}}";
    const char *text = body(ENDPOINT_SEGMENT, 0, &line);
    assert_non_null(strstr(text, "\"traits\":{\"lifecycle_stage_purchase\":\"loyal\"}"));
    assert_string_equal(text + strlen(text) - (sizeof(end) - 1), end);
    text = body(ENDPOINT_SEGMENT, 1, &line);
    assert_non_null(strstr(text, "\"event\":\"Lifecycle Stage Changed\",\"properties\":{\"model\":\"purchase\",\"from\":null,"
                                 "\"from_role\":null,\"to\":\"loyal\",\"to_role\":\"loyal\",\"sequence\":17,"));
}

static void segment_is_told_of_nothing_else(void **state)
{
    (void)state;
    for (int type = 1; type < CHANGE_COUNT; type++) {
        struct change change = {.type = (enum change_type)type};
        bool is_told = type == CHANGE_STAGE || type == CHANGE_LATE || type == CHANGE_ENTERED || type == CHANGE_LEFT;
        assert_int_equal(webhook_parts(ENDPOINT_SEGMENT, &change), is_told ? 2 : 0);
        assert_int_equal(webhook_parts(ENDPOINT_STANDARD, &change), 1);
    }
}

static void there_is_an_example_of_every_type_also_in_a_shop_without_segments(void **state)
{
    (void)state;
    struct definitions bare = definitions;
    bare.n_segments = 0;
    for (int type = 1; type < CHANGE_COUNT; type++) {
        struct webhook_example example;
        struct buf buf;
        if (type == CHANGE_BLANK) {
            continue;
        }
        webhook_example(arena, &bare, (enum change_type)type, -5, USEC_PER_SEC, &example);
        buf_init(&buf, 0);
        webhook_body_print(&buf, ENDPOINT_STANDARD, 0, example.definitions, &example.line, span_of("msg_1"));
        const char *text = arena_text(arena, (struct span){buf.p, buf.n});
        assert_non_null(strstr(text, change_type_name((enum change_type)type)));
        assert_non_null(strstr(text, "\"sequence\":-5"));
        if (type == CHANGE_ENTERED) {
            assert_non_null(strstr(text, "\"segment\":\"example_segment\""));
        }
        buf_done(&buf);
    }
}

static void an_attempt_is_told_with_what_came_back(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    webhook_attempt_print(&buf, &(struct webhook_attempt){.at = USEC_PER_SEC, .duration_ms = 12, .failure = "timeout", .reply = span_of("")});
    webhook_attempt_print(&buf, &(struct webhook_attempt){.at = USEC_PER_SEC, .status = 500, .duration_ms = 3, .reply = span_of("a\"b")});
    assert_string_equal(arena_text(arena, (struct span){buf.p, buf.n}),
                        "{\"at\":\"1970-01-01T00:00:01.000Z\",\"status\":null,\"duration_ms\":12,\"failure\":\"timeout\",\"reply\":\"\"}"
                        "{\"at\":\"1970-01-01T00:00:01.000Z\",\"status\":500,\"duration_ms\":3,\"failure\":null,\"reply\":\"a\\\"b\"}");
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivery_has_one_name),
        cmocka_unit_test(what_is_no_name_of_a_delivery_is_none),
        cmocka_unit_test(a_standard_body_holds_the_change_as_the_feed_tells_it),
        cmocka_unit_test(a_membership_is_an_audience_to_segment),
        cmocka_unit_test(a_stage_is_a_computed_trait_to_segment),
        cmocka_unit_test(segment_is_told_of_nothing_else),
        cmocka_unit_test(there_is_an_example_of_every_type_also_in_a_shop_without_segments),
        cmocka_unit_test(an_attempt_is_told_with_what_came_back),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
