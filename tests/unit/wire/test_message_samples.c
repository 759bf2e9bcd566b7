/*
 * What real SDKs put on the wire, and the examples of the Segment spec. They are not part of this repository:
 * when
 * ../shared/samples/segment is not there, these tests are skipped and say so.
 */
#include "../../../src/wire/scan.h"
#include "message_fixture.h"
#include "wire/translate.h"

#include <dirent.h>

#define SAMPLES "../shared/samples/segment"

static struct span file_text(const char *name)
{
    FILE *file = fopen(arena_printf(arena, "%s/%s", SAMPLES, name), "rb");
    if (file == NULL) {
        print_message("%s is not here: skipped\n", SAMPLES);
        skip();
    }
    char *bytes = arena_alloc(arena, BATCH_BYTES_MAX);
    size_t n = fread(bytes, 1, BATCH_BYTES_MAX, file);
    fclose(file);
    return (struct span){bytes, n};
}

static struct span member(struct span json, const char *name)
{
    struct scan scan;
    assert_int_equal(scan_parse(arena, json, MESSAGE_DEPTH_MAX, &scan, NULL), STATUS_OK);
    struct span names[] = {span_of(name)};
    size_t value = 0;
    if (scan_type(&scan, 0) == TOKEN_OBJECT) {
        scan_members(&scan, 0, names, 1, &value);
    }
    return value == 0 ? (struct span){"", 0} : scan_raw(&scan, value);
}

/** The body that an SDK sent, as it was captured. */
static const char *captured(const char *name)
{
    struct span body = member(file_text(name), "body_after_decoding");
    assert_true(body.n != 0);
    return arena_text(arena, body);
}

static void the_documented_order_is_understood(void **state)
{
    (void)state;
    struct message m = decoded("track", arena_text(arena, file_text("order_completed.json")));
    assert_int_equal(m.event.kind, EVENT_ORDER_COMPLETED);
    assert_span(m.event.order_id, "50314b8e9bcf000000000000");
    assert_int_equal(m.event.value, 2250);
    assert_int_equal(m.event.discount, 250);
    assert_true(m.event.has_coupon);
    assert_int_equal(m.event.n_products, 2);
    assert_int_equal(m.event.n_categories, 1);
}

static void every_example_of_the_spec_is_understood(void **state)
{
    (void)state;
    struct span text = file_text("ecommerce-v2.examples.json");
    struct scan scan;
    assert_int_equal(scan_parse(arena, text, MESSAGE_DEPTH_MAX, &scan, NULL), STATUS_OK);
    size_t n = 0;
    for (size_t item = 1; item < scan_next(&scan, 0); item = scan_next(&scan, item)) {
        decoded(NULL, arena_text(arena, scan_raw(&scan, item)));
        n++;
    }
    assert_int_equal(n, 25);
    const char *batch = arena_printf(arena, "{\"batch\":%.*s}", (int)text.n, text.p);
    for (size_t i = 0; i < n; i++) {
        decoded_item(batch, i);
    }
}

static void every_event_with_products_in_the_spec_is_taken(void **state)
{
    (void)state;
    struct scan scan;
    struct span events = member(file_text("ecommerce-v2.properties.json"), "events");
    assert_int_equal(scan_parse(arena, events, MESSAGE_DEPTH_MAX, &scan, NULL), STATUS_OK);
    size_t n = 0;
    for (size_t key = 1; key < scan_next(&scan, 0); key = scan_next(&scan, key + 1)) {
        struct span name = scan_string(arena, &scan, key);
        tracked(arena_text(arena, name), "{\"order_id\":\"o\"}");
        n++;
    }
    assert_true(n >= 25);
}

static void the_browsers_messages_are_understood(void **state)
{
    (void)state;
    struct message m = decoded("identify", captured("wire-analytics-next-browser-v1-i.json"));
    assert_span(m.customer_id, "u9");
    assert_int_equal(m.event.n_traits, 1);
    m = decoded("page", captured("wire-analytics-next-browser-v1-p.json"));
    assert_int_equal(m.event.kind, EVENT_PAGE);
    m = decoded("track", captured("wire-analytics-next-browser-v1-t.json"));
    assert_true(m.is_anonymous);
    assert_int_equal(m.event.value, 100);
    /* this browser sent 42 ms after it happened */
    assert_int_equal(m.event.occurred_at, RECEIVED - 42000);
}

static void the_servers_batches_are_understood(void **state)
{
    (void)state;
    const char *node = captured("wire-analytics-node-v1-batch.json");
    assert_int_equal(decoded_item(node, 0).event.value, 2750);
    assert_int_equal(decoded_item(node, 1).event.kind, EVENT_IDENTIFY);
    struct message m = decoded_item(captured("wire-rudderstack-node-v1-batch.json"), 0);
    assert_int_equal(m.event.value, 1000);
    assert_span(m.event.order_id, "o2");
}

static void jitsus_messages_are_understood(void **state)
{
    (void)state;
    assert_int_equal(decoded("identify", captured("wire-jitsu-js-api-s-s2s-identify.json")).event.n_traits,
                     1);
    struct message m = decoded("track", captured("wire-jitsu-js-api-s-s2s-track.json"));
    assert_span(m.event.order_id, "o4");
    assert_true(m.is_anonymous);
}

static struct span no_header(void *context, const char *name)
{
    (void)context;
    (void)name;
    return (struct span){"", 0};
}

static void posthogs_batch_is_understood_once_it_is_translated(void **state)
{
    (void)state;
    const struct translate_request request = {
        .header = no_header, .body = span_of(captured("wire-posthog-node-batch.json")), .received_at = RECEIVED};
    const struct translate_settings settings = {.currency = {"", 0}};
    struct translation translation;
    struct error error;
    assert_int_equal(posthog_translate(arena, &request, &settings, &translation, &error), STATUS_OK);
    const char *body = arena_text(arena, translation.body);
    assert_int_equal(translation.n, 3);
    assert_span(decoded_item(body, 0).event.order_id, "o3");
    assert_int_equal(decoded_item(body, 1).event.n_traits, 1);
    assert_int_equal(decoded_item(body, 2).event.kind, EVENT_ALIAS);
}

/** So that a new sample does not go unnoticed. */
static void there_is_a_test_for_every_sample(void **state)
{
    (void)state;
    file_text("order_completed.json");
    DIR *folder = opendir(SAMPLES);
    assert_non_null(folder);
    size_t n = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        size_t length = strlen(entry->d_name);
        n += length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
    }
    closedir(folder);
    assert_int_equal(n, 11);
}

static int set_up_samples(void **state)
{
    strcpy(shop.currency, "USD");
    return set_up(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_order_is_understood),
        cmocka_unit_test(every_example_of_the_spec_is_understood),
        cmocka_unit_test(every_event_with_products_in_the_spec_is_taken),
        cmocka_unit_test(the_browsers_messages_are_understood),
        cmocka_unit_test(the_servers_batches_are_understood),
        cmocka_unit_test(jitsus_messages_are_understood),
        cmocka_unit_test(posthogs_batch_is_understood_once_it_is_translated),
        cmocka_unit_test(there_is_a_test_for_every_sample),
    };
    return cmocka_run_group_tests(tests, set_up_samples, tear_down);
}
