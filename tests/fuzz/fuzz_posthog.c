/* Whatever PostHog's SDKs or others send, what comes out is a batch with as many messages. */
#include "wire/message.h"
#include "wire/translate.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span no_header(void *context, const char *name)
{
    (void)context;
    (void)name;
    return (struct span){"", 0};
}

static void check(struct arena *arena, const struct translation *translation)
{
    struct envelope *envelope;
    struct error error = {0};
    enum status status = envelope_parse(arena, translation->body, true, &envelope, &error);
    assert(translation->kind == TRANSLATION_MESSAGES);
    assert(status == STATUS_OK || status == STATUS_TOO_LARGE || status == STATUS_TOO_MANY ||
           status == STATUS_TOO_DEEP);
    assert(status != STATUS_OK || envelope_count(envelope) == translation->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(16384);
    const struct translate_request request = {.header = no_header, .body = {(const char *)data, size}};
    const struct translate_settings settings = {.currency = {"", 0}};
    struct translation translation;
    struct error error = {0};
    enum status status = posthog_translate(arena, &request, &settings, &translation, &error);
    assert(status == error.status);
    if (status == STATUS_OK) {
        check(arena, &translation);
    }
    arena_free(arena);
    return 0;
}
