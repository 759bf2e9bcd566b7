/* What is held about one is handed out whole, in pieces of any size; what shop systems ask for is done once. */
#include "../support/one_shop.h"
#include "app/people.h"
#include "app/privacy.h"
#include "base/uuid.h"
#include "wire/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- the export ------------------------------------------------------------------------------------------------- */

static struct span export_page(const struct people_query *query, struct span cursor, size_t most, struct buf *buf)
{
    struct span next;
    struct error error = {0};
    arena_reset(session->arena);
    if (people_export(session, query, cursor, most, buf, &next, &error) != STATUS_OK)
        fail_msg("%s", error.detail);
    return arena_span(arena, next);
}

static int count_in(const struct buf *buf, const char *text)
{
    int n = 0;
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= buf->n; i++)
        n += memcmp(buf->p + i, text, length) == 0;
    return n;
}

#define EVENTS 1203 /* of three names, the pieces of none of which come out even */

static void tell_history(void)
{
    struct buf batch;
    struct ingest_item *unused;
    buf_init(&batch, 0);
    buf_text(&batch, "{\"batch\":[");
    for (int i = 0; i < EVENTS - 2; i++)
        buf_printf(&batch,
                   "%s{\"type\":\"track\",\"event\":\"Order Completed\",\"%s\":\"%s\",\"messageId\":\"m%04d\","
                   "\"timestamp\":\"2026-02-01T00:%02d:%02dZ\",\"properties\":{\"order_id\":\"o%04d\",\"revenue\":1}}",
                   i ? "," : "", i % 5 ? "userId" : "anonymousId", i % 5 ? "anna" : i % 10 ? "one" : "two", i, i / 60, i % 60,
                   i);
    buf_text(&batch, "]}");
    tell_batch(arena_text(arena, (struct span){batch.p, batch.n}), EVENTS - 2, &unused);
    buf_done(&batch);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tell("\"type\":\"identify\",\"userId\":\"anna\",\"anonymousId\":\"%s\",\"messageId\":\"m%04d\"",
                              i ? "one" : "two", EVENTS - 2 + i),
                         STATUS_OK);
}

static void assert_whole(const struct buf *all)
{
    char text[32];
    for (int i = 0; i < EVENTS; i++) {
        snprintf(text, sizeof(text), "\"messageId\":\"m%04d\"", i);
        assert_int_equal(count_in(all, text), 1);
    }
    for (int i = 0; i < EVENTS - 2; i += 7) {
        snprintf(text, sizeof(text), "{\"order_id\":\"o%04d\"", i);
        assert_int_equal(count_in(all, text), 3); /* as an order, in its event's properties, and in the feed */
    }
    assert_int_equal(count_in(all, "\"superseded_at\":"), database_number(&database, "SELECT count(*) FROM transition"));
    assert_int_equal(count_in(all, "{\"sequence\":"),
                     database_number(&database, "SELECT count(*) FROM change WHERE type <> 13"));
}

static void an_export_is_whole_in_pieces_of_any_size(void **state)
{
    static const size_t sizes[] = {1 << 30, 100000, 1};
    struct people_query query = {.shop = shop, .id = span_of("one"), .by = IDENTITY_ANONYMOUS};
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* one thread is at work, and the history takes it minutes */
#endif
    tell_history();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct buf all;
        struct span cursor = {"", 0};
        int n = 0;
        buf_init(&all, 0);
        do {
            cursor = export_page(&query, cursor, sizes[i], &all);
            n++;
        } while (cursor.n);
        assert_whole(&all);
        assert_true(i == 0 ? n == 1 : n > 1);
        buf_done(&all);
    }
}

static void a_cursor_is_good_for_its_customer_only(void **state)
{
    struct people_query query = {.shop = shop, .id = span_of("anna")};
    struct span next;
    struct buf buf;
    struct error error = {0};
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip();
#endif
    tell_history();
    assert_int_equal(tell("\"type\":\"page\",\"userId\":\"bert\""), STATUS_OK);
    buf_init(&buf, 0);
    struct span cursor = export_page(&query, (struct span){"", 0}, 1, &buf);
    assert_true(cursor.n > 0);
    query.id = span_of("bert");
    assert_int_equal(people_export(session, &query, cursor, 1, &buf, &next, &error), STATUS_INVALID_CURSOR);
    buf_done(&buf);
}

/* --- what shop systems ask for ------------------------------------------------------------------------------------ */

static const char *key_of(enum identity_kind kind, const char *value)
{
    struct uuid key;
    char text[UUID_TEXT];
    identity_key(shop, kind, span_of(value), &key);
    uuid_print(&key, text);
    return arena_printf(arena, "%s", text);
}

/* A request of ${kind} of ${people}, a list of keys with commas; the ${number}th that came. */
static void ask(int number, int kind, const char *people)
{
    database_run(&database,
                 "INSERT INTO privacy_request (shop_id, request_id, source_id, kind, people, received_at) VALUES "
                 "(%d, '00000000-0000-4000-8000-%012d', gen_random_uuid(), %d, '{%s}', "
                 "timestamptz '2026-03-01' + interval '%d s')",
                 shop->id, number, kind, people, number);
}

/* One step, as the worker makes it; true: something was asked for. */
static bool step(struct session *by)
{
    struct uuid request;
    struct error error = {0};
    bool is_busy;
    arena_reset(by->arena);
    if (privacy_once(by, NULL, 0, &request, &is_busy, &error) != STATUS_OK)
        fail_msg("%s %s", error.detail, error.sqlstate);
    return is_busy;
}

static int64_t erased_of(int number)
{
    return database_number(&database,
                           "SELECT (receipt ->> 'erased')::int8 FROM privacy_request WHERE done_at IS NOT NULL AND "
                           "request_id = '00000000-0000-4000-8000-%012d'",
                           number);
}

static void a_person_is_erased_once_by_any_of_their_names(void **state)
{
    (void)state;
    assert_int_equal(tell("\"type\":\"identify\",\"userId\":\"anna\",\"anonymousId\":\"one\""), STATUS_OK);
    assert_int_equal(tell("\"type\":\"page\",\"userId\":\"bert\""), STATUS_OK);
    const char *anna = key_of(IDENTITY_USER, "anna"), *one = key_of(IDENTITY_ANONYMOUS, "one");
    ask(1, 1, arena_printf(arena, "%s,%s,%s", anna, one, key_of(IDENTITY_USER, "nobody")));
    ask(2, 1, anna);
    ask(3, 2, key_of(IDENTITY_USER, "bert"));
    while (step(session))
        continue;
    assert_int_equal(erased_of(1), 1);
    assert_int_equal(erased_of(2), 0);
    assert_int_equal(erased_of(3), 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM erasure WHERE cause = 2"), 1);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE events_count > 0"), 1);
}

static void two_services_never_work_at_one_request(void **state)
{
    (void)state;
    assert_int_equal(tell("\"type\":\"page\",\"userId\":\"anna\""), STATUS_OK);
    ask(1, 1, key_of(IDENTITY_USER, "anna"));
    struct session *other = database_session(&database, &now);
    database_run(&database, "BEGIN; SELECT 1 FROM privacy_request WHERE shop_id = %d FOR UPDATE", shop->id);
    assert_true(step(other));
    database_run(&database, "COMMIT");
    assert_int_equal(database_number(&database, "SELECT count(*) FROM erasure"), 0);
    assert_true(step(other));
    assert_false(step(session));
    assert_int_equal(erased_of(1), 1);
    session_close(other);
}

#define PEOPLE 45

static void a_whole_source_is_erased_page_by_page(void **state)
{
    (void)state;
    for (int i = 0; i < PEOPLE; i++)
        assert_int_equal(tell("\"type\":\"page\",\"userId\":\"u%d\",\"context\":{\"externalIds\":"
                              "[{\"type\":\"shopify\",\"id\":\"%d\"}]}",
                              i, i + 1),
                         STATUS_OK);
    assert_int_equal(tell("\"type\":\"page\",\"userId\":\"bert\""), STATUS_OK);
    ask(1, 3, "");
    assert_true(step(session));
    assert_int_equal(database_number(&database, "SELECT count(*) FROM erasure"), 20);
    assert_int_equal(erased_of(1), NONE);
    /* another service goes on where this one was */
    struct session *other = database_session(&database, &now);
    while (step(other))
        continue;
    session_close(other);
    assert_int_equal(erased_of(1), PEOPLE);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE events_count > 0"), 1);
}

static void a_request_that_fails_does_not_hold_up_the_others(void **state)
{
    struct uuid failed, request;
    struct error error = {0};
    bool is_busy;
    (void)state;
    assert_int_equal(tell("\"type\":\"page\",\"userId\":\"anna\""), STATUS_OK);
    ask(1, 1, key_of(IDENTITY_USER, "bert"));
    ask(2, 1, key_of(IDENTITY_USER, "anna"));
    assert_true(uuid_parse(span_of("00000000-0000-4000-8000-000000000001"), &failed));
    assert_int_equal(privacy_once(session, &failed, 1, &request, &is_busy, &error), STATUS_OK);
    assert_true(is_busy);
    assert_int_equal(erased_of(2), 1);
    assert_int_equal(erased_of(1), NONE);
    while (step(session))
        continue;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, one_shop_open, one_shop_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_export_is_whole_in_pieces_of_any_size),
        TEST(a_cursor_is_good_for_its_customer_only),
        TEST(a_person_is_erased_once_by_any_of_their_names),
        TEST(two_services_never_work_at_one_request),
        TEST(a_whole_source_is_erased_page_by_page),
        TEST(a_request_that_fails_does_not_hold_up_the_others),
    };
    database_server();
    int failed = cmocka_run_group_tests(tests, one_shop_make, one_shop_drop);
    database_done();
    return failed;
}
