#include "../support/translated.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** The first line is the topic, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct shop shop = {.id = 1, .space = {{1, 2, 3}}, .currency = "EUR", .exponent = 2};
    static const struct translate_settings settings[] = {
        {.currency = {"", 0}},
        {.currency = {"EUR", 3},
         .channel = {"outlet", 6},
         .order_prefix = {"n-", 2},
         .user_id = {"email", 5}},
    };
    struct span text = {(const char *)data, size};
    const char *end = size ? memchr(text.p, '\n', size) : NULL;
    if (end == NULL)
        return 0;
    size_t n = (size_t)(end - text.p);
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        struct arena *arena = arena_new(4096);
        enum status status;
        const char *fault =
            translated_fault(arena, shopify_translate, (struct span){text.p, n},
                             (struct span){end + 1, size - n - 1}, &settings[i], &shop, &status);
        if (fault) {
            fprintf(stderr, "%s\n", fault);
            abort();
        }
        arena_free(arena);
    }
    return 0;
}
