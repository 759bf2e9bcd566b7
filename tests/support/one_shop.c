#include "one_shop.h"

#include "app/shop.h"
#include "app/tallier.h"
#include "app/verify.h"
#include "base/time.h"
#include "wire/message.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct database database;
struct clock now;
struct session *session;
const struct shop *shop;
struct arena *arena;

int one_shop_make(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    database_make(&database);
    return 0;
}

int one_shop_drop(void **state)
{
    (void)state;
    database_drop(&database);
    arena_free(arena);
    return 0;
}

int one_shop_open(void **state)
{
    struct error error = {0};
    usec_t at;
    (void)state;
    database_clear(&database);
    arena_reset(arena);
    assert_true(time_parse(span_of("2026-03-01T00:00:00Z"), &at));
    clock_set(&now, at);
    session = database_session(&database, &now);
    return shop_create(session, "shop", "EUR", "UTC", &shop, &error) == STATUS_OK ? 0 : -1;
}

int one_shop_close(void **state)
{
    struct verify_options options = {0};
    struct verify_report report;
    struct error error = {0};
    (void)state;
    if (verify_run(session, &options, &report, &error) != STATUS_OK || report.drifts)
        fail_msg("verify: %" PRId64 " drifts %s", report.drifts, error.detail);
    session_close(session);
    return 0;
}

static enum status ingest(const char *text, bool is_batch, size_t n, struct ingest_item **out)
{
    struct envelope *envelope;
    struct ingest_job job = {.shop = shop, .n_items = n, .arena = arena};
    struct error error = {0};
    job.items = ARENA_ARRAY(arena, struct ingest_item, n);
    if (envelope_parse(arena, arena_span(arena, span_of(text)), is_batch, &envelope, &error) != STATUS_OK)
        fail_msg("%s: %s", text, error.detail);
    for (size_t i = 0; i < n; i++)
        if (message_decode(arena, envelope, i, NULL, shop, clock_now(&now), &job.items[i].message, &error) != STATUS_OK)
            fail_msg("message %zu: %s %s", i, error.pointer, error.detail);
    if (session_ingest(session, &job, &error) != STATUS_OK)
        fail_msg("%s %s", error.detail, error.sqlstate);
    *out = job.items;
    return job.items[0].result == INGEST_REFUSED ? job.items[0].error.status : STATUS_OK;
}

enum status tell_batch(const char *batch, size_t n, struct ingest_item **out)
{
    return ingest(batch, true, n, out);
}

enum status tell(const char *format, ...)
{
    char text[1024];
    struct ingest_item *unused;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    return tell_batch(arena_printf(arena, "{\"batch\":[{%s}]}", text), 1, &unused);
}

void tell_whole(const char *format, ...)
{
    char text[1024];
    struct ingest_item *item;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (ingest(text, false, 1, &item) != STATUS_OK)
        fail_msg("%s: %s", text, item->error.detail);
    assert_int_equal(item->result, INGEST_ACCEPTED);
}

void add_up(void)
{
    struct tallier_report report = {.is_busy = true};
    struct error error = {0};
    while (report.is_busy)
        if (tallier_once(session, &report, &error) != STATUS_OK)
            fail_msg("%s %s", error.detail, error.sqlstate);
}

int64_t sum_of(enum cube cube)
{
    add_up();
    return database_number(&database, "SELECT sum(s1)::int8 FROM tally WHERE cube = %d", cube);
}
