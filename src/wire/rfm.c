#include "wire/rfm.h"

#include "core/money.h"
#include "rfm_bounds.h"

#define RECENCY_MOST   4000000 /* days: all of the time that there is */
#define FREQUENCY_MOST INT32_MAX

/* --- bounds --------------------------------------------------------------------------------------------- */

/** Reads one entry. */
typedef enum status (*bound_reader)(const struct document *d, size_t token, const char *pointer, int exponent,
                                    int64_t *out);

static enum status read_recency(const struct document *d, size_t token, const char *pointer, int exponent,
                                int64_t *out)
{
    (void)exponent;
    return document_whole(d, token, pointer, 0, RECENCY_MOST, out);
}

static enum status read_frequency(const struct document *d, size_t token, const char *pointer, int exponent,
                                  int64_t *out)
{
    (void)exponent;
    return document_whole(d, token, pointer, 0, FREQUENCY_MOST, out);
}

/** Exact: an amount between two minor units is none of the shop's currency. Sums are larger than one order
 * may be. */
static bool minor_of(struct span text, int exponent, int64_t *out)
{
    struct decimal decimal;
    bool has_exponent = memchr(text.p, 'e', text.n) != NULL || memchr(text.p, 'E', text.n) != NULL;
    if (has_exponent || !decimal_parse(text, &decimal) || decimal.scale > exponent) {
        return false;
    }
    __extension__ __int128 minor = decimal.digits;
    for (int i = decimal.scale; i < exponent; i++) {
        minor *= 10;
    }
    if (minor > MONEY_SUM_MAX || minor < -MONEY_SUM_MAX) {
        return false;
    }
    *out = (int64_t)minor;
    return true;
}

static enum status read_monetary(const struct document *d, size_t token, const char *pointer, int exponent,
                                 int64_t *out)
{
    struct span text;
    enum status status = document_text(d, token, pointer, &text);
    if (status == STATUS_OK && !minor_of(text, exponent, out)) {
        return document_refuse(d, pointer, "must be an amount with at most %d decimals, as a string",
                               exponent);
    }
    return status;
}

/** ${sign} is 1 when the best bound is the greatest, -1 when it is the least. */
static enum status read_list(const struct document *d, size_t list, const char *pointer, bound_reader read,
                             int exponent, int sign, int64_t bounds[RFM_BOUNDS])
{
    if (list == 0) {
        return document_refuse(d, pointer, "is missing");
    }
    size_t n = 0;
    bool is_list = scan_type(&d->scan, list) == TOKEN_ARRAY;
    for (size_t item = list + 1; is_list && item < scan_next(&d->scan, list);
         item = scan_next(&d->scan, item)) {
        n++;
    }
    if (!is_list || n != RFM_BOUNDS) {
        return document_refuse(d, pointer, "must be a list of %d bounds", RFM_BOUNDS);
    }
    enum status status = STATUS_OK;
    size_t item = list + 1;
    for (size_t i = 0; i < n && status == STATUS_OK; i++, item = scan_next(&d->scan, item)) {
        const char *place = arena_printf(d->arena, "%s/%zu", pointer, i);
        status = read(d, item, place, exponent, &bounds[i]);
        if (status == STATUS_OK && i > 0 && sign * bounds[i] < sign * bounds[i - 1]) {
            return document_refuse(d, place, "must not be %s than the bound before it",
                                   sign > 0 ? "less" : "greater");
        }
    }
    return status;
}

enum status rfm_bounds_read(const struct document *d, const struct rfm_lists *lists, const char *pointer,
                            int exponent, struct rfm *rfm)
{
    int64_t recency[RFM_BOUNDS], frequency[RFM_BOUNDS], monetary[RFM_BOUNDS];
    const char *place = arena_printf(d->arena, "%s/recency", pointer);
    enum status status = read_list(d, lists->recency, place, read_recency, exponent, -1, recency);
    if (status == STATUS_OK) {
        place = arena_printf(d->arena, "%s/frequency", pointer);
        status = read_list(d, lists->frequency, place, read_frequency, exponent, 1, frequency);
    }
    if (status == STATUS_OK) {
        place = arena_printf(d->arena, "%s/monetary", pointer);
        status = read_list(d, lists->monetary, place, read_monetary, exponent, 1, monetary);
    }
    for (int i = 0; i < RFM_BOUNDS && status == STATUS_OK; i++) {
        rfm->recency[i] = (int32_t)recency[i];
        rfm->frequency[i] = (int32_t)frequency[i];
        rfm->monetary[i] = monetary[i];
    }
    return status;
}

/* --- the document --------------------------------------------------------------------------------------- */

enum { MODE, RECENCY, FREQUENCY, MONETARY, CUSTOMERS, AS_OF, MEMBERS };

static const struct span names[MEMBERS] = {
    [MODE] = SCAN_NAME("mode"),           [RECENCY] = SCAN_NAME("recency"),
    [FREQUENCY] = SCAN_NAME("frequency"), [MONETARY] = SCAN_NAME("monetary"),
    [CUSTOMERS] = SCAN_NAME("customers"), [AS_OF] = SCAN_NAME("as_of"),
};

/** Whose bounds they are, and of automatic ones of whom and when. */
static enum status read_origin(const struct document *d, const size_t *values, struct rfm *rfm)
{
    struct span text;
    enum status status = document_text(d, values[MODE], "/mode", &text);
    if (status != STATUS_OK) {
        return status;
    }
    rfm->is_fixed = span_is(text, "fixed");
    if (!rfm->is_fixed && !span_is(text, "auto")) {
        return document_refuse(d, "/mode", "must be auto or fixed");
    }
    if (rfm->is_fixed && (values[CUSTOMERS] || values[AS_OF])) {
        return document_refuse(d, values[CUSTOMERS] ? "/customers" : "/as_of",
                               "is for automatic bounds only");
    }
    if (rfm->is_fixed) {
        return STATUS_OK;
    }
    status = document_whole(d, values[CUSTOMERS], "/customers", 1, MONEY_SUM_MAX, &rfm->customers);
    if (status == STATUS_OK) {
        status = document_text(d, values[AS_OF], "/as_of", &text);
    }
    if (status == STATUS_OK && !day_parse(text, &rfm->as_of)) {
        return document_refuse(d, "/as_of", "must be a date");
    }
    return status;
}

enum status rfm_parse(struct arena *arena, struct span json, int exponent, struct rfm **out,
                      struct error *error)
{
    struct document d;
    size_t values[MEMBERS];
    struct rfm rfm = {.as_of = NONE};
    enum status status = document_open(&d, arena, json, STATUS_INVALID_SETTINGS, error);
    if (status == STATUS_OK) {
        status = document_members(&d, 0, "", names, MEMBERS, values);
    }
    if (status == STATUS_OK) {
        status = read_origin(&d, values, &rfm);
    }
    if (status == STATUS_OK) {
        struct rfm_lists lists = {values[RECENCY], values[FREQUENCY], values[MONETARY]};
        status = rfm_bounds_read(&d, &lists, "", exponent, &rfm);
    }
    if (status == STATUS_OK) {
        *out = arena_copy(arena, &rfm, sizeof(rfm));
    }
    return status;
}

static void print_counts(struct buf *out, const int32_t bounds[RFM_BOUNDS])
{
    for (int i = 0; i < RFM_BOUNDS; i++) {
        buf_printf(out, "%s%d", i ? "," : "[", bounds[i]);
    }
    buf_char(out, ']');
}

void rfm_bounds_print(struct buf *out, const struct rfm *rfm, int exponent)
{
    buf_text(out, "\"recency\":");
    print_counts(out, rfm->recency);
    buf_text(out, ",\"frequency\":");
    print_counts(out, rfm->frequency);
    buf_text(out, ",\"monetary\":");
    for (int i = 0; i < RFM_BOUNDS; i++) {
        char text[MONEY_TEXT];
        money_print(rfm->monetary[i], exponent, text);
        buf_printf(out, "%s\"%s\"", i ? "," : "[", text);
    }
    buf_char(out, ']');
}

void rfm_print(struct buf *out, const struct rfm *rfm, int exponent)
{
    buf_printf(out, "{\"mode\":\"%s\",", rfm->is_fixed ? "fixed" : "auto");
    rfm_bounds_print(out, rfm, exponent);
    if (!rfm->is_fixed) {
        int year, month, mday;
        day_to_date(rfm->as_of, &year, &month, &mday);
        buf_printf(out, ",\"customers\":%lld,\"as_of\":\"%04d-%02d-%02d\"", (long long)rfm->customers, year,
                   month, mday);
    }
    buf_char(out, '}');
}
