#include "wire/spend.h"

#include "base/time.h"
#include "core/money.h"
#include "crypto/digest.h"
#include "document.h"
#include "reading.h"

#include <stdlib.h>

#define COUNT_MOST INT64_C(1000000000000)

static const struct span members[] = {SCAN_NAME("day"),      SCAN_NAME("channel"),     SCAN_NAME("campaign"), SCAN_NAME("amount"),
                                      SCAN_NAME("currency"), SCAN_NAME("impressions"), SCAN_NAME("clicks")};
enum { DAY, CHANNEL, CAMPAIGN, AMOUNT, CURRENCY, IMPRESSIONS, CLICKS };

/** One row while it is read. */
struct row {
    const struct document *d;
    const char *pointer;
    size_t values[COUNT_OF(members)];
};

static const char *pointer_of(const struct row *row, int member)
{
    return document_pointer(row->d, row->pointer, members[member]);
}

static enum status parse_day(const struct row *row, int64_t today, int64_t *out)
{
    struct span text;
    enum status status = document_text(row->d, row->values[DAY], pointer_of(row, DAY), &text);
    if (status != STATUS_OK)
        return status;
    if (!day_parse(text, out) || *out < 0)
        return document_refuse(row->d, pointer_of(row, DAY), "must be a date from 1970 on, as 2026-11-21");
    if (*out > today + 1)
        return document_refuse(row->d, pointer_of(row, DAY), "has not come yet: this tells what was spent");
    return STATUS_OK;
}

/* Trimmed, and of a channel in lower case: as message_touch_read() reads those of events. */
static enum status parse_term(const struct row *row, int member, bool is_lower, struct term *out)
{
    struct span text;
    struct reading reading = {.arena = row->d->arena};
    *out = (struct term){.hash = 0};
    if (row->values[member] == 0)
        return STATUS_OK;
    enum status status = document_text(row->d, row->values[member], pointer_of(row, member), &text);
    if (status != STATUS_OK)
        return status;
    text = is_lower ? reading_lower(&reading, text) : reading_trim(text);
    text = reading_start(text, TOUCH_BYTES_MAX);
    if (text.n)
        *out = (struct term){.hash = hash_text(text), .text = text};
    return STATUS_OK;
}

static enum status parse_amount(const struct row *row, const struct shop *shop, int64_t *out)
{
    const struct scan *scan = &row->d->scan;
    size_t token = row->values[AMOUNT];
    struct decimal decimal;
    if (token == 0)
        return document_refuse(row->d, pointer_of(row, AMOUNT), "is missing");
    bool is_text = scan_type(scan, token) == TOKEN_STRING;
    if (!is_text && scan_type(scan, token) != TOKEN_NUMBER)
        return document_refuse(row->d, pointer_of(row, AMOUNT), "must be a number or a string that holds one");
    struct span text = is_text ? scan_string(row->d->arena, scan, token) : scan_raw(scan, token);
    if (!decimal_parse(text, &decimal) || !money_from_decimal(decimal, shop->exponent, out) || *out < 0)
        return document_refuse(row->d, pointer_of(row, AMOUNT), "must be a decimal number in range, and not negative");
    return STATUS_OK;
}

static enum status parse_currency(const struct row *row, const struct shop *shop)
{
    struct span text;
    if (row->values[CURRENCY] == 0)
        return STATUS_OK;
    enum status status = document_text(row->d, row->values[CURRENCY], pointer_of(row, CURRENCY), &text);
    if (status == STATUS_OK && !span_is(text, shop->currency))
        return error_set(row->d->error, STATUS_CURRENCY_MISMATCH, pointer_of(row, CURRENCY),
                         "the shop's currency is %s: convert what was paid in another", shop->currency);
    return status;
}

static enum status parse_count(const struct row *row, int member, int64_t *out)
{
    *out = 0;
    if (row->values[member] == 0)
        return STATUS_OK;
    return document_whole(row->d, row->values[member], pointer_of(row, member), 0, COUNT_MOST, out);
}

static enum status parse_row(const struct document *d, size_t token, const char *pointer, const struct shop *shop,
                             int64_t today, struct spend *out)
{
    struct row row = {.d = d, .pointer = pointer};
    *out = (struct spend){.recorded_at = NONE};
    enum status status = document_members(d, token, pointer, members, COUNT_OF(members), row.values);
    if (status == STATUS_OK)
        status = parse_day(&row, today, &out->day);
    if (status == STATUS_OK)
        status = parse_term(&row, CHANNEL, true, &out->channel);
    if (status == STATUS_OK)
        status = parse_term(&row, CAMPAIGN, false, &out->campaign);
    if (status == STATUS_OK)
        status = parse_amount(&row, shop, &out->amount);
    if (status == STATUS_OK)
        status = parse_currency(&row, shop);
    if (status == STATUS_OK)
        status = parse_count(&row, IMPRESSIONS, &out->impressions);
    if (status == STATUS_OK)
        status = parse_count(&row, CLICKS, &out->clicks);
    return status;
}

/* --- several ----------------------------------------------------------------------------------------------------- */

/** A row and its place in the body. */
struct place {
    const struct spend *row;
    size_t at;
};

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const struct spend *x, const struct spend *y)
{
    int c = compare((uint64_t)x->day, (uint64_t)y->day);
    c = c ? c : compare(x->channel.hash, y->channel.hash);
    return c ? c : compare(x->campaign.hash, y->campaign.hash);
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int c = compare_keys(x->row, y->row);
    return c ? c : compare(x->at, y->at);
}

static enum status refuse_repeats(const struct document *d, const struct spend *rows, size_t n)
{
    struct place *places = ARENA_ARRAY(d->arena, struct place, n);
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){&rows[i], i};
    if (n > 1)
        qsort(places, n, sizeof(*places), compare_places);
    for (size_t i = 1; i < n; i++)
        if (compare_keys(places[i - 1].row, places[i].row) == 0)
            return document_refuse(d, arena_printf(d->arena, "/data/%zu", places[i].at),
                                   "tells of the same day, channel and campaign as row %zu", places[i - 1].at);
    return STATUS_OK;
}

static enum status parse_rows(const struct document *d, size_t list, const struct shop *shop, int64_t today,
                              struct spend **out, size_t *n)
{
    if (scan_type(&d->scan, list) != TOKEN_ARRAY)
        return document_refuse(d, "/data", "must be a list");
    size_t count = 0;
    for (size_t token = list + 1; token < scan_next(&d->scan, list); token = scan_next(&d->scan, token))
        count++;
    if (count > SPEND_ROWS_MAX)
        return error_set(d->error, STATUS_TOO_MANY, "/data", "at most %d rows at once", SPEND_ROWS_MAX);
    if (count == 0)
        return document_refuse(d, "/data", "is empty");
    struct spend *rows = ARENA_ARRAY(d->arena, struct spend, count);
    size_t i = 0;
    for (size_t token = list + 1; token < scan_next(&d->scan, list); token = scan_next(&d->scan, token), i++) {
        enum status status = parse_row(d, token, arena_printf(d->arena, "/data/%zu", i), shop, today, &rows[i]);
        if (status != STATUS_OK)
            return status;
    }
    *out = rows;
    *n = count;
    return refuse_repeats(d, rows, count);
}

enum status spend_parse(struct arena *arena, const struct shop *shop, int64_t today, struct span json, struct spend **out,
                        size_t *n, struct error *error)
{
    static const struct span data[] = {SCAN_NAME("data")};
    struct document d;
    size_t list;
    enum status status = document_open(&d, arena, json, STATUS_INVALID_VALUE, error);
    if (status != STATUS_OK)
        return status;
    if (document_find(&d, 0, data[0]) != 0) {
        status = document_members(&d, 0, "", data, 1, &list);
        if (status == STATUS_OK && list == 0)
            return document_refuse(&d, "/data", "must be a list");
        return status == STATUS_OK ? parse_rows(&d, list, shop, today, out, n) : status;
    }
    *out = ARENA_NEW(arena, struct spend);
    *n = 1;
    return parse_row(&d, 0, "", shop, today, *out);
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

static void print_term(struct buf *buf, const char *name, const struct term *term)
{
    buf_printf(buf, ",\"%s\":", name);
    if (term->hash)
        buf_json_string(buf, term->text);
    else
        buf_text(buf, "null");
}

void spend_print(struct buf *buf, const struct shop *shop, const struct spend *spend)
{
    int year, month, day;
    char money[MONEY_TEXT];
    day_to_date(spend->day, &year, &month, &day);
    money_print(spend->amount, shop->exponent, money);
    buf_printf(buf, "{\"day\":\"%04d-%02d-%02d\"", year, month, day);
    print_term(buf, "channel", &spend->channel);
    print_term(buf, "campaign", &spend->campaign);
    buf_printf(buf, ",\"amount\":\"%s\",\"currency\":\"%s\",\"impressions\":%lld,\"clicks\":%lld,\"recorded_at\":", money,
               shop->currency, (long long)spend->impressions, (long long)spend->clicks);
    buf_json_time(buf, spend->recorded_at);
    buf_char(buf, '}');
}
