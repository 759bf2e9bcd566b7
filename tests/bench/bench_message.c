/* How long one message takes from its bytes to its meaning: run with the number of rounds (default
 * 1,000,000). */
#include "base/clock.h"
#include "wire/message.h"

#include <stdio.h>
#include <stdlib.h>

static const char order[] =
    "{\"messageId\":\"node-next-1795284861371-4503bb08-6859-4267-b6ed-14f328297487\",\"userId\":"
    "\"019mr8mf4r\","
    "\"event\":\"Order Completed\",\"timestamp\":\"2026-11-21T18:14:21.371Z\",\"properties\":{\"order_id\":"
    "\"50314b8e9bcf\",\"revenue\":22.5,\"discount\":2.5,\"coupon\":\"hasbros\",\"currency\":\"USD\","
    "\"products\":["
    "{\"product_id\":\"507f1f77bcf8\",\"price\":19,\"quantity\":1,\"category\":\"Games\"},"
    "{\"product_id\":\"505bd76785eb\",\"price\":3,\"quantity\":2,\"category\":\"Games\"}]}}";

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
    struct shop shop = {.id = 1, .currency = "USD", .exponent = 2};
    struct arena *arena = arena_new(65536);
    struct span body = {order, sizeof(order) - 1};
    usec_t start = clock_monotonic();
    for (long i = 0; i < rounds; i++) {
        struct envelope *envelope;
        struct message message;
        struct error error;
        arena_reset(arena);
        if (envelope_parse(arena, body, false, &envelope, &error) != STATUS_OK ||
            message_decode(arena, envelope, 0, "track", &shop, INT64_C(1795284861400000), &message, &error) !=
                STATUS_OK) {
            fprintf(stderr, "refused: %s %s\n", error.pointer, error.detail);
            return EXIT_FAILURE;
        }
    }
    usec_t spent = clock_monotonic() - start;
    printf("%zu bytes: %.3f us a message\n", body.n, (double)spent / (double)rounds);
    arena_free(arena);
    return EXIT_SUCCESS;
}
