#include "message_fixture.h"

#include "base/buf.h"

/* The ledger's payload means what the message meant: random messages from a fixed seed, alone and in batches.
 */

static uint64_t random_state = 20261121;

static size_t random_below(size_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % n);
}

static const char *const values[] = {
    "null",
    "true",
    "false",
    "7",
    "-3",
    "0",
    "12.50",
    "\"39.95\"",
    "1e3",
    "1e-20",
    "\"\"",
    "\"EUR\"",
    "\"usd\"",
    "\"a\"",
    "\"\\u0000b\"",
    "\"\\ud800\"",
    "\"\xe4\xb9\xb0\"",
    "{}",
    "[]",
    "{\"name\":\"analytics.js\"}",
    "\"web\"",
    "\"nps\"",
    "[{\"product_id\":\"p\",\"price\":1.5,\"quantity\":2,\"category\":\"A\"},{\"sku\":7,\"price\":\"2\"}]",
    "[{}]",
    "[7]",
    "\"2026-11-21T17:00:00Z\"",
    "\"2026-11-21T19:00:00.5+02:00\"",
    "\"o1\"",
    "10",
    "\"Churn \\n reason\""};

static const char *const events[] = {"Order Completed",        "Order Updated",    "Order Refunded",
                                     "order_cancelled",        "Survey Answered",  "Points Earned",
                                     "Points Redeemed",        "Product Viewed",   "Customer Churned",
                                     "Subscription Cancelled", "Campaign Touched", "my Event"};

static const char *const properties[] = {"order_id", "revenue",  "subtotal", "total",         "discount",
                                         "coupon",   "currency", "products", "exchange_rate", "refund_id",
                                         "amount",   "channel",  "kind",     "score",         "points",
                                         "reason",   "campaign", "other"};
static const char *const contexts[] = {"channel", "active", "library", "ip", "\\u0069p", "traits"};
static const char *const members[] = {"anonymousId", "timestamp", "originalTimestamp", "sentAt", "messageId",
                                      "traits",      "writeKey",  "integrations",      "other",  "channel"};

static void put_object(struct buf *buf, const char *const *names, size_t n_names, size_t most)
{
    char before = '{';
    for (size_t n = random_below(most + 1); n > 0; n--) {
        buf_char(buf, before);
        buf_printf(buf, "\"%s\": %s", names[random_below(n_names)], values[random_below(COUNT_OF(values))]);
        before = ',';
    }
    buf_text(buf, before == '{' ? "{}" : "}");
}

static void put_message(struct buf *buf)
{
    static const char *const types[] = {"track", "track", "track", "track", "identify", "page", "group"};
    buf_printf(buf, "{\"type\":\"%s\",\"event\":\"%s\",\"userId\":\"u\"",
               types[random_below(COUNT_OF(types))], events[random_below(COUNT_OF(events))]);
    for (size_t n = random_below(3); n > 0; n--) {
        buf_printf(buf, ",\"%s\":%s", members[random_below(COUNT_OF(members))],
                   values[random_below(COUNT_OF(values))]);
    }
    if (random_below(3) != 0) {
        buf_text(buf, ",\"properties\":");
        put_object(buf, properties, COUNT_OF(properties), 5);
    }
    if (random_below(3) == 0) {
        buf_text(buf, ",\"context\":");
        put_object(buf, contexts, COUNT_OF(contexts), 3);
    }
    if (random_below(4) == 0) {
        buf_text(buf, ",\"traits\":");
        put_object(buf, properties, COUNT_OF(properties), 5);
    }
    buf_char(buf, '}');
}

static void a_recalled_message_means_what_it_meant(void **state)
{
    (void)state;
    size_t understood = 0;
    struct buf buf;
    buf_init(&buf, 0);
    for (int round = 0; round < 20000; round++) {
        bool is_batch = round % 2 != 0;
        arena_reset(arena);
        buf_reset(&buf);
        if (is_batch) {
            buf_text(&buf, "{\"sentAt\":\"2026-11-21T18:01:00Z\",\"context\":");
            put_object(&buf, contexts, COUNT_OF(contexts), 4);
            buf_text(&buf, ",\"batch\":[");
        }
        put_message(&buf);
        buf_text(&buf, is_batch ? "]}" : "");
        struct message m;
        if (decode((struct span){buf.p, buf.n}, is_batch, 0, NULL, &m, NULL) == STATUS_OK) {
            understood++;
            assert_recalled(&m);
        }
    }
    buf_done(&buf);
    assert_true(understood > 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_recalled_message_means_what_it_meant)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
