/* Who is who: what joins customers and what must not, orders that wait for their customer, erasure, many mergers. */
#include "../support/chance.h"
#include "../support/ledger.h"
#include "../support/one_shop.h"
#include "app/customer.h"
#include "app/identity.h"
#include "app/publish.h"
#include "wire/identity.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#define MERGERS_MOST 2000
#elif defined(__SANITIZE_THREAD__)
#define MERGERS_MOST 1000
#else
#define MERGERS_MOST 100000
#endif

/* --- telling and asking ----------------------------------------------------------------------------------------- */

static const struct state *find(const char *id, enum identity_kind by)
{
    struct customer_wish *wish = ARENA_NEW(arena, struct customer_wish);
    *wish = (struct customer_wish){.shop = shop, .id = span_of(id), .by = by, .as_of = NONE};
    arena_reset(session->arena);
    customers_find(session, wish, 1);
    return wish->status == STATUS_OK ? &wish->view.state : NULL;
}

static void is(const char *id, const char *customer)
{
    const struct state *state = find(id, IDENTITY_NONE);
    if (state == NULL)
        fail_msg("%s is nobody", id);
    if (!span_equal(state->external_id, span_of(customer)))
        fail_msg("%s is %.*s, not %s", id, (int)state->external_id.n, state->external_id.p, customer);
}

static void has(const char *id, int64_t events, int64_t orders, int64_t revenue)
{
    const struct state *state = find(id, IDENTITY_NONE);
    if (state == NULL)
        fail_msg("%s is nobody", id);
    assert_int_equal(state->a.events_count, events);
    assert_int_equal(state->a.orders_count, orders);
    assert_int_equal(state->a.revenue_gross - state->a.revenue_refunded, revenue);
}

static enum status ask(enum identity_op_kind kind, enum identity_kind subject, const char *id,
                       enum identity_kind other, const char *other_id, struct identity_op *out)
{
    struct error error = {0};
    *out = (struct identity_op){.kind = kind, .subject = {.kind = subject, .value = span_of(id)}};
    identity_key(shop, subject, span_of(id), &out->subject.key);
    if (other_id) {
        out->other = (struct identity){.kind = other, .value = span_of(other_id)};
        identity_key(shop, other, span_of(other_id), &out->other.key);
    }
    return session_operate(session, shop, out, &error);
}

#define ORDER(id, value)                                                                                               \
    "\"type\":\"track\",\"event\":\"Order Completed\",\"properties\":{\"order_id\":\"" id "\",\"revenue\":" value "}"

/* --- joining ------------------------------------------------------------------------------------------------------ */

static void an_identify_joins_what_came_before_it(void **state)
{
    (void)state;
    tell(ORDER("o1", "10") ",\"anonymousId\":\"a\",\"timestamp\":\"2026-02-01T00:00:00Z\"");
    is("a", "a");
    tell("\"type\":\"identify\",\"userId\":\"u\",\"anonymousId\":\"a\",\"timestamp\":\"2026-02-02T00:00:00Z\"");
    is("a", "u");
    has("u", 2, 1, 1000);
    tell(ORDER("o2", "5") ",\"anonymousId\":\"a\",\"timestamp\":\"2026-01-01T00:00:00Z\""); /* late, by the other name */
    has("u", 3, 2, 1500);
    /* a device that somebody else uses next stays with the first */
    tell("\"type\":\"page\",\"userId\":\"v\",\"anonymousId\":\"a\",\"timestamp\":\"2026-02-03T00:00:00Z\"");
    is("a", "u");
    has("v", 1, 0, 0);
}

static void aliases_join_in_chains_and_circles(void **state)
{
    (void)state;
    tell("\"type\":\"alias\",\"userId\":\"b\",\"previousId\":\"c\"");
    tell(ORDER("o1", "1") ",\"userId\":\"a\"");
    tell(ORDER("o2", "2") ",\"userId\":\"c\"");
    tell("\"type\":\"alias\",\"userId\":\"a\",\"previousId\":\"b\"");
    tell("\"type\":\"alias\",\"userId\":\"c\",\"previousId\":\"a\"");
    tell("\"type\":\"alias\",\"userId\":\"a\",\"previousId\":\"a\"");
    const struct state *one = find("a", IDENTITY_NONE);
    assert_int_equal(one->a.orders_count, 2);
    assert_true(uuid_compare(&one->key, &find("b", IDENTITY_NONE)->key) == 0);
    assert_true(uuid_compare(&one->key, &find("c", IDENTITY_NONE)->key) == 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE events_count > 0"), 1);
}

static void an_email_joins_a_guest_to_a_customer_but_never_two_customers(void **state)
{
    char hash[IDENTITY_HASH_TEXT];
    (void)state;
    assert_true(identity_email(span_of("anna@shop.example"), hash));
    tell(ORDER("o1", "10") ",\"context\":{\"traits\":{\"email\":\"Anna@Shop.example \"}}");
    is(arena_printf(arena, "email:%s", hash), arena_printf(arena, "email:%s", hash));
    tell("\"type\":\"identify\",\"userId\":\"anna\",\"traits\":{\"email\":\"anna@shop.example\"}");
    has("anna", 2, 1, 1000);
    assert_non_null(find(hash, IDENTITY_EMAIL));
    /* a second account with the same address: two people, and from now on the address joins nobody */
    tell("\"type\":\"identify\",\"userId\":\"bert\",\"traits\":{\"email\":\"anna@shop.example\"}");
    has("bert", 1, 0, 0);
    tell("\"type\":\"page\",\"anonymousId\":\"x\",\"context\":{\"traits\":{\"email\":\"anna@shop.example\"}}");
    is("x", "x");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM identity_conflict"), 1);
    /* an address that names nobody joins nobody */
    tell("\"type\":\"identify\",\"userId\":\"c\",\"traits\":{\"email\":\"test@test.com\"}");
    tell("\"type\":\"page\",\"anonymousId\":\"y\",\"context\":{\"traits\":{\"email\":\"test@test.com\"}}");
    is("y", "y");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE external_id LIKE '%%@%%'"), 0);
}

static void ids_of_shop_systems_are_names_too(void **state)
{
    (void)state;
    tell(ORDER("o1", "10") ",\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"820982911946154508\"},"
                           "{\"type\":\"other\",\"id\":\"7\"}],\"traits\":{\"phone\":\"+49 (30) 123456\"}}");
    is("shopify:820982911946154508", "shopify:820982911946154508");
    tell("\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"phone\":\"0049 30 123456\"}");
    is("shopify:820982911946154508", "u");
    has("u", 2, 1, 1000);
    /* who has a name goes by it, although messages put another first */
    tell("\"type\":\"page\",\"anonymousId\":\"cart:7\",\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"8\"}]}");
    is("cart:7", "shopify:8");
    tell("\"type\":\"page\",\"anonymousId\":\"cart:9\",\"messageId\":\"c1\"");
    tell("\"type\":\"page\",\"anonymousId\":\"cart:9\",\"context\":{\"externalIds\":[{\"type\":\"member\",\"id\":\"5\"}]}");
    is("cart:9", "member:5");
    has("member:5", 2, 0, 0);
    tell("\"type\":\"page\",\"context\":{\"externalIds\":[{\"type\":\"member\",\"id\":\"5\"}]}");
    has("cart:9", 3, 0, 0);
    /* two ids of one shop system are two people, whatever else they share */
    tell(ORDER("o2", "7") ",\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"9\"}],\"traits\":"
                          "{\"phone\":\"4930123456\"}}");
    is("shopify:9", "shopify:9");
}

static void a_refund_waits_for_its_order(void **state)
{
    (void)state;
    tell("\"type\":\"track\",\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"o1\",\"total\":\"4.00\"},"
         "\"messageId\":\"r\",\"timestamp\":\"2026-02-02T00:00:00Z\"");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE events_count > 0"), 0);
    tell(ORDER("o1", "10") ",\"userId\":\"u\",\"timestamp\":\"2026-02-01T00:00:00Z\"");
    has("u", 2, 1, 600);
    tell("\"type\":\"track\",\"event\":\"Order Cancelled\",\"properties\":{\"order_id\":\"o1\"}");
    has("u", 3, 0, 0);
    /* an order has one customer; a guest who names it is that customer */
    assert_int_equal(tell(ORDER("o1", "10") ",\"userId\":\"v\""), STATUS_ORDER_CLAIMED);
    assert_int_equal(tell(ORDER("o1", "10") ",\"anonymousId\":\"a\""), STATUS_OK);
    is("a", "u");
    /* and only orders can stand for somebody */
    struct envelope *envelope;
    struct message message;
    struct error error = {0};
    assert_int_equal(envelope_parse(arena, span_of("{\"event\":\"Seen\",\"properties\":{\"order_id\":\"o1\"}}"), false,
                                    &envelope, &error),
                     STATUS_OK);
    assert_int_equal(message_decode(arena, envelope, 0, "track", shop, clock_now(&now), &message, &error),
                     STATUS_MISSING_IDENTITY);
}

static void what_was_joined_by_mistake_comes_apart_for_good(void **state)
{
    struct identity_op op;
    (void)state;
    tell(ORDER("o1", "10") ",\"anonymousId\":\"a\",\"timestamp\":\"2026-02-01T00:00:00Z\"");
    tell(ORDER("o2", "20") ",\"userId\":\"u\",\"anonymousId\":\"a\",\"timestamp\":\"2026-02-02T00:00:00Z\"");
    has("u", 2, 2, 3000);
    assert_int_equal(ask(OP_UNMERGE, IDENTITY_USER, "u", IDENTITY_ANONYMOUS, "a", &op), STATUS_OK);
    has("u", 1, 1, 2000);
    has("a", 1, 1, 1000);
    /* the SDK goes on to send both names */
    tell("\"type\":\"page\",\"userId\":\"u\",\"anonymousId\":\"a\"");
    is("a", "a");
    tell("\"type\":\"alias\",\"userId\":\"u\",\"previousId\":\"a\"");
    is("a", "a");
    assert_int_equal(ask(OP_UNMERGE, IDENTITY_USER, "u", IDENTITY_ANONYMOUS, "a", &op), STATUS_CANNOT_MERGE);
    assert_int_equal(ask(OP_MERGE, IDENTITY_USER, "u", IDENTITY_ANONYMOUS, "a", &op), STATUS_OK);
    is("a", "u");
    has("u", 4, 2, 3000);
    assert_int_equal(ask(OP_MERGE, IDENTITY_USER, "u", IDENTITY_ANONYMOUS, "a", &op), STATUS_OK);
    assert_true(op.is_unchanged);
    assert_int_equal(ask(OP_MERGE, IDENTITY_USER, "u", IDENTITY_USER, "nobody", &op), STATUS_NOT_FOUND);
}

/* --- erasure ------------------------------------------------------------------------------------------------------- */

static void an_erased_person_is_gone_and_stays_gone(void **state)
{
    struct identity_op op;
    (void)state;
    tell("\"type\":\"page\",\"userId\":\"other\"");
    tell(ORDER("o1", "10") ",\"anonymousId\":\"a\",\"messageId\":\"m1\",\"timestamp\":\"2026-02-01T00:00:00Z\"");
    tell("\"type\":\"identify\",\"userId\":\"u\",\"anonymousId\":\"a\",\"traits\":{\"email\":\"u@shop.example\"},"
         "\"timestamp\":\"2026-02-02T00:00:00Z\"");
    tell("\"type\":\"track\",\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"o1\",\"total\":\"4.00\"},"
         "\"timestamp\":\"2026-02-03T00:00:00Z\"");
    int64_t total = sum_of(CUBE_MOVES);
    int64_t standing = sum_of(CUBE_STANDING);
    int64_t changes = database_number(&database, "SELECT head FROM feed_head");
    assert_int_equal(ask(OP_ERASE, IDENTITY_ANONYMOUS, "a", IDENTITY_NONE, NULL, &op), STATUS_OK);
    assert_int_equal(op.n_events, 3);
    assert_int_equal(op.n_orders, 1);
    assert_true(op.n_identities >= 3);
    assert_null(find("u", IDENTITY_NONE));
    assert_null(find("a", IDENTITY_NONE));
    assert_int_equal(database_number(&database, "SELECT count(*) FROM event"), 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM identity_link"), 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer_order"), 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE external_id <> ''"), 1);
    assert_int_equal(sum_of(CUBE_MOVES), total);
    assert_int_equal(sum_of(CUBE_STANDING), standing);
    assert_int_equal(database_number(&database, "SELECT head FROM feed_head"), changes + 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM erasure"), 1);
    /* retries, late messages, other names of the same person */
    assert_int_equal(tell(ORDER("o1", "10") ",\"anonymousId\":\"a\",\"messageId\":\"m1\",\"timestamp\":"
                                            "\"2026-02-01T00:00:00Z\""),
                     STATUS_CUSTOMER_ERASED);
    assert_int_equal(tell("\"type\":\"page\",\"anonymousId\":\"b\",\"timestamp\":\"2026-02-01T00:00:00Z\",\"context\":"
                          "{\"traits\":{\"email\":\"u@shop.example\"}}"),
                     STATUS_CUSTOMER_ERASED);
    assert_int_equal(tell("\"type\":\"track\",\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"o1\"}"),
                     STATUS_CUSTOMER_ERASED);
    assert_int_equal(ask(OP_ERASE, IDENTITY_USER, "u", IDENTITY_NONE, NULL, &op), STATUS_NOT_FOUND);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM event"), 1);
    assert_int_equal(ask(OP_MERGE, IDENTITY_USER, "other", IDENTITY_USER, "u", &op), STATUS_NOT_FOUND);
    /* somebody who comes back is somebody new */
    clock_set(&now, clock_now(&now) + USEC_PER_DAY);
    assert_int_equal(tell(ORDER("o9", "3") ",\"userId\":\"u\",\"anonymousId\":\"a\""), STATUS_OK);
    has("u", 1, 1, 300);
    is("a", "u");
    assert_int_equal(ask(OP_ERASE, IDENTITY_USER, "u", IDENTITY_NONE, NULL, &op), STATUS_OK);
    assert_int_equal(op.n_events, 1);
}

/* --- what the erased leave behind --- */

#define PEOPLE (2 * LEDGER_GROUP)

/* Everything of every kind, of people some of whom are each other; shuffled, so that much of it is late. */
static void tell_at_random(struct chance *chance)
{
    struct ledger_shape shape = {
        .begin = clock_now(&now) - 59 * USEC_PER_DAY, .days = 55, .events = 20, .links = 8, .calendar = shop->calendar};
    for (int person = 0; person < PEOPLE; person++) {
        struct telling *tellings;
        struct ingest_item *items;
        struct buf body;
        size_t n = ledger_make(arena, chance, &shape, person, &tellings);
        const char **texts = ARENA_ARRAY(arena, const char *, n);
        for (size_t i = 0; i < n; i++)
            texts[i] = tellings[i].json;
        chance_shuffle(chance, (void **)texts, n);
        buf_init(&body, 0);
        buf_text(&body, "{\"batch\":[");
        for (size_t i = 0; i < n; i++)
            buf_printf(&body, "%s%s", i ? "," : "", texts[i]);
        buf_text(&body, "]}");
        tell_batch(arena_text(arena, (struct span){body.p, body.n}), n, &items);
        buf_done(&body);
    }
}

/* Members leave their segments, stays that went on are cut off: a stay is a stay still; and reasons are no longer told. */
#define SUMS                                                                                                           \
    "SELECT cube, day, CASE WHEN cube NOT IN (22, 23) THEN a END AS a, b, c, sum(s1) s1, sum(s2) s2, sum(s3) s3, " \
    "sum(s4) s4, sum(s5) s5, sum(s6) s6 FROM tally WHERE cube NOT IN (3, 4, 5) GROUP BY 1, 2, 3, 4, 5 "                 \
    "HAVING (sum(s1), sum(s2), sum(s3), sum(s4), sum(s5), sum(s6)) <> (0, 0, 0, 0, 0, 0)"
#define STAYS "SELECT sum(s1)::int8 FROM tally WHERE cube IN (4, 5)"

static void no_total_changes_when_people_are_erased(void **state)
{
    struct chance chance = {chance_seed()};
    struct identity_op op;
    int64_t erased = 0;
    (void)state;
    printf("PROPERTY_SEED=%" PRIu64 "\n", chance.state);
    tell_at_random(&chance);
    add_up();
    database_run(&database, "CREATE TABLE before AS " SUMS);
    int64_t stays = database_number(&database, STAYS);
    for (int cube = CUBE_SALES; cube <= CUBE_MAX; cube++)
        if (cube != CUBE_ANSWERS && cube != CUBE_WONBACK && cube != CUBE_SURVEY) /* may not have come up */
            assert_true(database_number(&database, "SELECT count(*) FROM before WHERE cube = %d", cube) > 0);
    for (int person = 0; person < PEOPLE; person++)
        if (!one_in(&chance, 3))
            erased += ask(OP_ERASE, ledger_is_anonymous(person) ? IDENTITY_ANONYMOUS : IDENTITY_USER,
                          ledger_customer_id(arena, person), IDENTITY_NONE, NULL, &op) == STATUS_OK;
    assert_true(erased > 0);
    add_up();
    assert_int_equal(database_number(&database, "SELECT count(*) FROM ((" SUMS " EXCEPT SELECT * FROM before) UNION ALL "
                                                "(SELECT * FROM before EXCEPT " SUMS ")) d"),
                     0);
    assert_int_equal(database_number(&database, STAYS), stays);
    /* what they say later is of somebody new, and adds to it */
    clock_set(&now, clock_now(&now) + USEC_PER_DAY);
    tell_at_random(&chance);
    database_run(&database, "DROP TABLE before");
}

/* How many are said to have left, or to have come back, by a reason. */
static int64_t by_reason(int cube, const char *reason)
{
    return database_number(&database,
                           "SELECT coalesce(sum(s1), 0)::int8 FROM tally JOIN term USING (shop_id) "
                           "WHERE cube = %d AND hash = a AND text = '%s'",
                           cube, reason);
}

static void why_an_erased_person_left_is_no_longer_told(void **state)
{
    static const char *const said[] = {
        "\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s\",\"timestamp\":\"2026-02-01T00:00:00Z\","
        "\"properties\":{\"order_id\":\"1%s\",\"revenue\":5}",
        "\"type\":\"track\",\"event\":\"Customer Churned\",\"userId\":\"%s\",\"timestamp\":\"2026-02-03T00:00:00Z\","
        "\"properties\":{\"reason\":\"my divorce\"},\"messageId\":\"2%s\"",
        "\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s\",\"timestamp\":\"2026-02-09T00:00:00Z\","
        "\"properties\":{\"order_id\":\"3%s\",\"revenue\":5}",
    };
    struct identity_op op;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        assert_int_equal(tell(said[i], "anna", "anna"), STATUS_OK);
        assert_int_equal(tell(said[i], "bert", "bert"), STATUS_OK);
    }
    add_up();
    assert_int_equal(by_reason(CUBE_REASON, "my divorce"), 2);
    assert_int_equal(by_reason(CUBE_WONBACK, "my divorce"), 2);
    assert_int_equal(ask(OP_ERASE, IDENTITY_USER, "anna", IDENTITY_NONE, NULL, &op), STATUS_OK);
    add_up();
    assert_int_equal(by_reason(CUBE_REASON, "my divorce"), 1);
    assert_int_equal(by_reason(CUBE_WONBACK, "my divorce"), 1);
    assert_int_equal(by_reason(CUBE_REASON, "unspecified"), 1);
    assert_int_equal(by_reason(CUBE_WONBACK, "unspecified"), 1);
    assert_int_equal(ask(OP_ERASE, IDENTITY_USER, "bert", IDENTITY_NONE, NULL, &op), STATUS_OK);
    add_up();
    assert_int_equal(by_reason(CUBE_REASON, "my divorce"), 0);
    assert_int_equal(by_reason(CUBE_WONBACK, "unspecified"), 2);
}

/* --- many ------------------------------------------------------------------------------------------------------------ */

#define BATCH 250

static void tell_many(int from, const char *format)
{
    struct buf body;
    struct ingest_item *items;
    buf_init(&body, 0);
    buf_text(&body, "{\"batch\":[");
    for (int i = 0; i < BATCH; i++) {
        if (i)
            buf_char(&body, ',');
        buf_printf(&body, format, from + i, from + i, from + i);
    }
    buf_text(&body, "]}");
    tell_batch(arena_text(arena, (struct span){body.p, body.n}), BATCH, &items);
    for (int i = 0; i < BATCH; i++)
        assert_int_equal(items[i].result, INGEST_ACCEPTED);
    buf_done(&body);
    arena_reset(arena);
}

static void many_mergers_leave_no_drift(void **state)
{
    (void)state;
    const char *asked = getenv("IDENTITY_MERGERS"); /* for docs/benchmarks.md */
    int n_mergers = asked ? atoi(asked) : MERGERS_MOST;
    usec_t begin = clock_monotonic();
    for (int i = 0; i < n_mergers; i += BATCH)
        tell_many(i, "{\"type\":\"track\",\"event\":\"Order Completed\",\"anonymousId\":\"a%d\",\"timestamp\":"
                     "\"2026-02-01T00:00:00Z\",\"messageId\":\"o%d\",\"properties\":{\"order_id\":\"o%d\",\"revenue\":10}}");
    for (int i = 0; i < n_mergers; i += BATCH)
        tell_many(i, "{\"type\":\"page\",\"userId\":\"u%d\",\"timestamp\":\"2026-02-02T00:00:00Z\",\"messageId\":\"p%d %d\"}");
    for (int i = 0; i < n_mergers; i += BATCH)
        tell_many(i, "{\"type\":\"identify\",\"userId\":\"u%d\",\"anonymousId\":\"a%d\",\"timestamp\":"
                     "\"2026-02-03T00:00:00Z\",\"messageId\":\"i%d\"}");
    printf("%d mergers among %d messages in %.1f s\n", n_mergers, 3 * n_mergers,
           (double)(clock_monotonic() - begin) / USEC_PER_SEC);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE events_count = 3"), n_mergers);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE events_count > 0"), n_mergers);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM change WHERE type = 9"), n_mergers);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, one_shop_open, one_shop_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_identify_joins_what_came_before_it),
        TEST(aliases_join_in_chains_and_circles),
        TEST(an_email_joins_a_guest_to_a_customer_but_never_two_customers),
        TEST(ids_of_shop_systems_are_names_too),
        TEST(a_refund_waits_for_its_order),
        TEST(what_was_joined_by_mistake_comes_apart_for_good),
        TEST(an_erased_person_is_gone_and_stays_gone),
        TEST(no_total_changes_when_people_are_erased),
        TEST(why_an_erased_person_left_is_no_longer_told),
        TEST(many_mergers_leave_no_drift),
    };
    database_server();
    int failed = cmocka_run_group_tests(tests, one_shop_make, one_shop_drop);
    database_done();
    return failed;
}
