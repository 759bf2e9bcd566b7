/* What SQL counts is what each customer's orders say, one by one: at any instant, in a zone with summer time, after merges. */
#include "../support/chance.h"
#include "../support/one_shop.h"
#include "app/publish.h"
#include "app/rfm_view.h"
#include "app/shop.h"
#include "base/time.h"
#include "wire/rfm.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CUSTOMERS 60
#define MESSAGES 500
#define LOOKS 60

static struct chance chance;
static usec_t today; /* at the beginning of the test */

static int open_berlin(void **state)
{
    struct error error = {0};
    uint64_t seed = chance_seed();
    chance = (struct chance){seed};
    print_message("PROPERTY_SEED=%" PRIu64 "\n", seed);
    int result = one_shop_open(state);
    today = clock_now(&now);
    return result == 0 && shop_create(session, "berlin", "EUR", "Europe/Berlin", &shop, &error) == STATUS_OK ? 0 : -1;
}

/* --- what happened ---------------------------------------------------------------------------------------------- */

/* Some time in the last 500 days: at a midnight of the shop, just beside one, or anywhere. */
static usec_t some_time(void)
{
    usec_t t = today - chance_of(&chance, 500 * USEC_PER_DAY) / 1000 * 1000;
    usec_t midnight = calendar_midnight(shop->calendar, calendar_day(shop->calendar, t));
    return one_in(&chance, 3) ? t : midnight + (chance_of(&chance, 3) - 1) * 1000;
}

static const char *some_time_text(char out[TIME_TEXT])
{
    time_print(some_time(), out);
    return out;
}

static void tell_something(int i)
{
    char time[TIME_TEXT];
    int who = (int)chance_of(&chance, CUSTOMERS), order = (int)chance_of(&chance, MESSAGES);
    const char *id = who % 4 ? "userId" : "anonymousId";
    some_time_text(time);
    if (one_in(&chance, 12))
        (void)tell("\"type\":\"identify\",\"userId\":\"c%d\",\"anonymousId\":\"c%d\",\"messageId\":\"m%d\",\"timestamp\":\"%s\"",
                   who | 1, who / 4 * 4, i, time);
    else if (one_in(&chance, 6))
        (void)tell("\"type\":\"track\",\"event\":\"Order %s\",\"%s\":\"c%d\",\"messageId\":\"m%d\",\"timestamp\":\"%s\","
                   "\"properties\":{\"order_id\":\"o%d-%d\"%s}",
                   one_in(&chance, 2) ? "Cancelled" : "Refunded", id, who, i, time, who, order % 12,
                   one_in(&chance, 2) ? ",\"total\":3.5" : "");
    else
        (void)tell("\"type\":\"track\",\"event\":\"Order Completed\",\"%s\":\"c%d\",\"messageId\":\"m%d\",\"timestamp\":\"%s\","
                   "\"properties\":{\"order_id\":\"o%d-%d\",\"revenue\":%d}",
                   id, who, i, time, who, order % 12, (int)chance_of(&chance, 8) * 5);
}

static void publish_some_bounds(void)
{
    struct rfm rfm = {.is_fixed = true, .as_of = NONE};
    int64_t days = chance_of(&chance, 40), orders = chance_of(&chance, 2), money = chance_of(&chance, 4) * 500;
    for (int i = 0; i < RFM_BOUNDS; i++) {
        rfm.recency[RFM_BOUNDS - 1 - i] = (int32_t)days;
        rfm.frequency[i] = (int32_t)orders;
        rfm.monetary[i] = money;
        days += chance_of(&chance, 120);
        orders += chance_of(&chance, 3);
        money += chance_of(&chance, 5) * 500;
    }
    if (one_in(&chance, 4))
        rfm.recency[0] = 4000000;
    struct buf document;
    struct error error = {0};
    int version;
    buf_init(&document, 0);
    rfm_print(&document, &rfm, shop->exponent);
    struct publication publication = {
        .kind = KIND_RFM, .key = span_of(RFM_KEY), .document = {document.p, document.n}, .if_match = VERSION_ANY};
    if (definition_publish(session, shop, &publication, &version, &error) != STATUS_OK)
        fail_msg("%s %s", error.pointer, error.detail);
    buf_done(&document);
}

/* --- counted one by one ------------------------------------------------------------------------------------------ */

struct figures {
    usec_t last;
    int64_t orders;
    int64_t revenue;
};

/* A customer's orders are neighbours. False: there is no counted one by ${at}. */
static bool look(const struct db_result *rows, int *row, usec_t at, struct figures *out)
{
    struct uuid key = db_uuid(rows, *row, 0);
    *out = (struct figures){.last = NONE};
    for (; *row < db_rows(rows); ++*row) {
        struct uuid other = db_uuid(rows, *row, 0);
        if (uuid_compare(&key, &other) != 0)
            break;
        if (!db_bool(rows, *row, 1) || db_time(rows, *row, 2) > at)
            continue;
        if (db_time(rows, *row, 2) > out->last)
            out->last = db_time(rows, *row, 2);
        out->orders++;
        out->revenue += db_int8(rows, *row, 3);
    }
    return out->orders > 0;
}

static int segment_of(const struct figures *f, const struct rfm *rfm, usec_t at, int *r, int *o)
{
    *r = rfm_r(rfm, calendar_day(shop->calendar, at) - calendar_day(shop->calendar, f->last));
    *o = rfm_f(rfm, f->orders);
    return (int)rfm_segment_of(*r, *o, rfm_m(rfm, f->revenue));
}

static void count_at(const struct db_result *rows, usec_t at, struct rfm_metrics *m)
{
    for (int row = 0; row < db_rows(rows);) {
        struct figures f;
        int r, o;
        if (!look(rows, &row, at, &f))
            continue;
        int s = segment_of(&f, m->rfm, at, &r, &o);
        struct rfm_count *counts[] = {&m->all, &m->grid[r - 1][o - 1], &m->segments[s]};
        for (size_t i = 0; i < COUNT_OF(counts); i++) {
            counts[i]->customers++;
            counts[i]->revenue += f.revenue;
        }
    }
}

static void count_moves(const struct db_result *rows, usec_t from, usec_t to, struct rfm_metrics *m)
{
    for (int row = 0; row < db_rows(rows);) {
        struct figures before, after;
        int again = row, r, o, was = RFM_SEGMENTS;
        if (look(rows, &again, from, &before))
            was = segment_of(&before, m->rfm, from, &r, &o);
        if (look(rows, &row, to, &after))
            m->moves[was][segment_of(&after, m->rfm, to, &r, &o)]++;
    }
}

static void assert_counted(const char *what, const struct rfm_metrics *told, const struct rfm_metrics *counted)
{
    if (memcmp(&told->all, &counted->all, sizeof(told->all)) != 0)
        fail_msg("%s: %" PRId64 " customers, not %" PRId64, what, told->all.customers, counted->all.customers);
    if (memcmp(told->grid, counted->grid, sizeof(told->grid)) != 0)
        fail_msg("%s: the grid", what);
    if (memcmp(told->segments, counted->segments, sizeof(told->segments)) != 0)
        fail_msg("%s: the segments", what);
    if (memcmp(told->moves, counted->moves, sizeof(told->moves)) != 0)
        fail_msg("%s: the moves", what);
}

static void compare(bool is_now)
{
    char at[TIME_TEXT], from[TIME_TEXT], to[TIME_TEXT], what[128];
    usec_t a = is_now ? clock_now(&now) : some_time(), b = some_time(), c = some_time();
    time_print(a, at);
    time_print(b < c ? b : c, from);
    time_print(b < c ? c : b, to);
    snprintf(what, sizeof(what), "at %s, from %s to %s", is_now ? "now" : at, from, to);
    struct rfm_query query = {
        .shop = shop, .at = span_of(is_now ? "" : at), .from = span_of(from), .to = span_of(to)};
    struct rfm_metrics told, counted;
    struct error error = {0};
    arena_reset(session->arena);
    if (rfm_count(session, &query, &told, &error) != STATUS_OK)
        fail_msg("%s: %s", what, error.detail);
    assert_non_null(told.rfm);
    counted = (struct rfm_metrics){.rfm = told.rfm};
    const struct db_result *rows = database_rows(
        &database, "SELECT customer_key, is_counted, completed_at, value - refunded FROM customer_order WHERE shop_id = %d "
                   "ORDER BY customer_key", shop->id);
    count_at(rows, a, &counted);
    count_moves(rows, b < c ? b : c, b < c ? c : b, &counted);
    assert_true(counted.all.customers > 0 || !is_now);
    assert_counted(what, &told, &counted);
}

static void sql_counts_what_the_orders_of_each_customer_say(void **state)
{
    (void)state;
    for (int i = 0; i < MESSAGES; i++)
        tell_something(i);
    for (int i = 0; i < LOOKS; i++) {
        if (i % 6 == 0)
            publish_some_bounds();
        compare(i % 3 == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sql_counts_what_the_orders_of_each_customer_say, open_berlin, one_shop_close),
    };
    return cmocka_run_group_tests(tests, one_shop_make, one_shop_drop);
}
