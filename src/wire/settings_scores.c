#include "settings_reading.h"

#include "preset.h"
#include "rfm_bounds.h"

#include <assert.h>
#include <stdlib.h>

#define DAYS_MOST 365

enum status settings_read_cadence(struct settings_reading *r, size_t token, const char *pointer)
{
    struct span text;
    enum status status = document_text(&r->d, token, pointer, &text);
    if (status != STATUS_OK) {
        return status;
    }
    for (int i = 0; i < CADENCE_COUNT; i++) {
        if (span_is(text, cadences[i].key)) {
            assert(text.n <= SETTINGS_CADENCE_MAX);
            memcpy(r->settings->cadence, cadences[i].key, text.n + 1);
            return STATUS_OK;
        }
    }
#define X(key, zh, en) " " key
    return document_refuse(&r->d, pointer, "the cadences are:" CADENCE_TABLE(X));
#undef X
}

static enum status read_share(const struct document *d, size_t token, const char *pointer, double *out)
{
    double share = -1;
    if (scan_type(&d->scan, token) == TOKEN_NUMBER) {
        share = strtod(arena_text(d->arena, scan_raw(&d->scan, token)), NULL);
    }
    if (!(share >= 0 && share <= 1)) {
        return document_refuse(d, pointer, "must be a number from 0 to 1");
    }
    *out = share;
    return STATUS_OK;
}

enum status settings_read_margin(struct settings_reading *r, size_t token, const char *pointer)
{
    return read_share(&r->d, token, pointer, &r->settings->margin);
}

enum status settings_read_discount(struct settings_reading *r, size_t token, const char *pointer)
{
    return read_share(&r->d, token, pointer, &r->settings->discount);
}

static enum status read_days(const struct document *d, size_t token, const char *pointer, int *out)
{
    int64_t days;
    enum status status = document_whole(d, token, pointer, 0, DAYS_MOST, &days);
    if (status == STATUS_OK) {
        *out = (int)days;
    }
    return status;
}

enum status settings_read_fit_days(struct settings_reading *r, size_t token, const char *pointer)
{
    return read_days(&r->d, token, pointer, &r->settings->fit_days);
}

enum status settings_read_rfm_days(struct settings_reading *r, size_t token, const char *pointer)
{
    return read_days(&r->d, token, pointer, &r->settings->rfm_days);
}

enum status settings_read_rfm_bounds(struct settings_reading *r, size_t token, const char *pointer)
{
    static const struct span names[] = {SCAN_NAME("recency"), SCAN_NAME("frequency"), SCAN_NAME("monetary")};
    size_t values[COUNT_OF(names)];
    struct rfm rfm;
    enum status status = document_members(&r->d, token, pointer, names, COUNT_OF(names), values);
    if (status == STATUS_OK) {
        struct rfm_lists lists = {values[0], values[1], values[2]};
        status = rfm_bounds_read(&r->d, &lists, pointer, r->shop->exponent, &rfm);
    }
    if (status == STATUS_OK) {
        struct settings *settings = r->settings;
        settings->has_rfm_bounds = true;
        memcpy(settings->rfm_recency, rfm.recency, sizeof(rfm.recency));
        memcpy(settings->rfm_frequency, rfm.frequency, sizeof(rfm.frequency));
        memcpy(settings->rfm_monetary, rfm.monetary, sizeof(rfm.monetary));
    }
    return status;
}
