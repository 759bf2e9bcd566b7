/* Any bytes as the mapping of a source: one that is taken makes a message of any event, or none. */
#include "wire/message.h"
#include "wire/translate.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static struct span header_of(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "webhook-id") == 0 ? span_of("1") : (struct span){"", 0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char event[] =
        "{\"type\":\"order.placed\",\"timestamp\":\"2026-11-21T17:00:00Z\",\"data\":{\"id\":7,"
        "\"customer\":{\"id\":\"ada\",\"email\":\"ada@shop.example\"},\"lines\":[{\"sku\":\"a\","
        "\"price\":1.50},null,[]],\"total\":\"1.50\",\"\":{\"/\":{\"~\":true}}}}";
    struct arena *arena = arena_new(4096);
    struct translate_settings settings = {.mapping = {(const char *)data, size}};
    settings.currency = settings.channel = settings.order_prefix = settings.user_id = span_of("");
    struct translate_request request = {.header = header_of, .body = span_of(event)};
    struct error error = {.status = STATUS_OK};
    struct translation translation;
    struct envelope *envelope;
    enum status checked = mapping_check(settings.mapping, &error);
    check(checked == error.status && (checked == STATUS_OK || checked == STATUS_INVALID_SOURCE),
          "another status");
    enum status status = standard_webhook_translate(arena, &request, &settings, &translation, &error);
    check((checked == STATUS_OK) != (status == STATUS_INTERNAL), "what was checked is read otherwise");
    if (status == STATUS_OK && translation.kind == TRANSLATION_MESSAGES) {
        check(envelope_parse(arena, translation.body, true, &envelope, &error) == STATUS_OK, error.detail);
        check(envelope_count(envelope) == 1, "another number of messages");
    }
    arena_free(arena);
    return 0;
}
