#include "range.h"

#define DAYS_MOST 3660

bool instant_read(const struct shop *shop, struct span text, usec_t *out)
{
    int64_t day;
    if (!day_parse(text, &day))
        return time_parse(text, out);
    *out = calendar_midnight(shop->calendar, day);
    return true;
}

enum status range_read(const struct shop *shop, struct span from, struct span to, usec_t now, struct range *out,
                       struct error *error)
{
    const struct calendar *calendar = shop->calendar;
    *out = (struct range){.is_given = from.n || to.n};
    if (!out->is_given)
        return STATUS_OK;
    if (from.n == 0 || !instant_read(shop, from, &out->from))
        return error_set(error, STATUS_INVALID_PARAMETER, "", "from is a date or an RFC 3339 time with a zone");
    out->to = calendar_midnight(calendar, calendar_day(calendar, now) + 1);
    if (to.n && !instant_read(shop, to, &out->to))
        return error_set(error, STATUS_INVALID_PARAMETER, "", "to is a date or an RFC 3339 time with a zone");
    if (out->to < out->from)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "to comes before from");
    out->from_day = calendar_day(calendar, out->from);
    out->to_day = calendar_day(calendar, out->to);
    bool ends_at_midnight = calendar_midnight(calendar, out->to_day) == out->to;
    out->to_day += !ends_at_midnight;
    out->is_exact = ends_at_midnight && calendar_midnight(calendar, out->from_day) == out->from;
    if (out->to_day - out->from_day > DAYS_MOST)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "from and to are at most %d days apart", DAYS_MOST);
    return STATUS_OK;
}
