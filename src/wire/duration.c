#include "wire/duration.h"

#include "base/time.h"

/* The units of ISO 8601 that have one length; T stands between days and hours. */
bool duration_parse(struct span text, usec_t *out)
{
    static const struct {
        char unit;
        bool is_time;
        usec_t length;
    } units[] = {{'W', false, 7 * USEC_PER_DAY},
                 {'D', false, USEC_PER_DAY},
                 {'H', true, 3600 * USEC_PER_SEC},
                 {'M', true, 60 * USEC_PER_SEC},
                 {'S', true, USEC_PER_SEC}};
    size_t unit = 0;
    bool is_time = false, is_empty = true;
    usec_t sum = 0;
    if (text.n < 3 || text.p[0] != 'P')
        return false;
    for (size_t i = 1; i < text.n;) {
        if (text.p[i] == 'T' && !is_time) {
            is_time = true;
            is_empty = true;
            i++;
            continue;
        }
        int64_t n = 0;
        size_t n_digits = 0;
        for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && n_digits < 8; i++, n_digits++)
            n = n * 10 + (text.p[i] - '0');
        while (i < text.n && unit < COUNT_OF(units) && (units[unit].unit != text.p[i] || units[unit].is_time != is_time))
            unit++;
        if (n_digits == 0 || i == text.n || unit == COUNT_OF(units))
            return false;
        sum += n * units[unit].length;
        unit++;
        i++;
        is_empty = false;
    }
    *out = sum;
    return !is_empty;
}

bool duration_parse_short(struct span text, usec_t *out)
{
    static const struct {
        char unit;
        usec_t length;
    } units[] = {{'w', 7 * USEC_PER_DAY},
                 {'d', USEC_PER_DAY},
                 {'h', 3600 * USEC_PER_SEC},
                 {'m', 60 * USEC_PER_SEC},
                 {'s', USEC_PER_SEC}};
    int64_t n = 0;
    size_t i = 0;
    for (; i < text.n && i < 8 && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        n = n * 10 + (text.p[i] - '0');
    for (size_t k = 0; i > 0 && i + 1 == text.n && k < COUNT_OF(units); k++)
        if (units[k].unit == text.p[i]) {
            *out = n * units[k].length;
            return true;
        }
    return duration_parse(text, out);
}
