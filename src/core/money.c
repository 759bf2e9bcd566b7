#include "core/money.h"

#include <assert.h>

__extension__ typedef __int128 int128;

/*
 * ISO 4217 by code: those in use, the funds codes, and those withdrawn since 2010, for histories are imported
 * in the money of their time. Precious metals, test codes and others without a minor unit are not money here.
 */
static const struct currency {
    char code[4];
    int exponent;
} currencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"ANG", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2},
    {"AWG", 2}, {"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BGN", 2}, {"BHD", 3}, {"BIF", 0},
    {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BOV", 2}, {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2},
    {"BYN", 2}, {"BYR", 0}, {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHE", 2}, {"CHF", 2}, {"CHW", 2},
    {"CLF", 4}, {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"COU", 2}, {"CRC", 2}, {"CUC", 2}, {"CUP", 2},
    {"CVE", 2}, {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2}, {"DZD", 2}, {"EEK", 2}, {"EGP", 2},
    {"ERN", 2}, {"ETB", 2}, {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2},
    {"GIP", 2}, {"GMD", 2}, {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HRK", 2},
    {"HTG", 2}, {"HUF", 2}, {"IDR", 2}, {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0},
    {"JMD", 2}, {"JOD", 3}, {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2},
    {"KRW", 0}, {"KWD", 3}, {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2},
    {"LSL", 2}, {"LTL", 2}, {"LVL", 2}, {"LYD", 3}, {"MAD", 2}, {"MDL", 2}, {"MGA", 2}, {"MKD", 2},
    {"MMK", 2}, {"MNT", 2}, {"MOP", 2}, {"MRO", 2}, {"MRU", 2}, {"MUR", 2}, {"MVR", 2}, {"MWK", 2},
    {"MXN", 2}, {"MXV", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2}, {"NGN", 2}, {"NIO", 2}, {"NOK", 2},
    {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2}, {"PGK", 2}, {"PHP", 2}, {"PKR", 2},
    {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2}, {"RUB", 2}, {"RWF", 0}, {"SAR", 2},
    {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2}, {"SHP", 2}, {"SLE", 2}, {"SLL", 2},
    {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STD", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2}, {"SZL", 2},
    {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2}, {"TWD", 2},
    {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"USN", 2}, {"UYI", 0}, {"UYU", 2}, {"UYW", 4},
    {"UZS", 2}, {"VED", 2}, {"VEF", 2}, {"VES", 2}, {"VND", 0}, {"VUV", 0}, {"WST", 2}, {"XAD", 2},
    {"XAF", 0}, {"XCD", 2}, {"XCG", 2}, {"XOF", 0}, {"XPF", 0}, {"YER", 2}, {"ZAR", 2}, {"ZMK", 2},
    {"ZMW", 2}, {"ZWG", 2}, {"ZWL", 2},
};

int currency_exponent(const char *code)
{
    size_t low = 0;
    size_t high = COUNT_OF(currencies);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = strcmp(code, currencies[middle].code);
        if (c == 0) {
            return currencies[middle].exponent;
        }
        if (c < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return -1;
}

#define DIGITS_MAX 18 /* of a struct decimal, before and after the point */

static int128 power_of_ten(int n)
{
    int128 power = 1;
    while (n-- > 0) {
        power *= 10;
    }
    return power;
}

/** The same number with the smallest scale. */
static struct decimal normalised(int64_t digits, int scale)
{
    while (scale > 0 && digits % 10 == 0) {
        digits /= 10;
        scale--;
    }
    return (struct decimal){digits, scale};
}

/** Digits as they are read: the zeros at the end wait, for they may turn out not to be significant. */
struct mantissa {
    int64_t digits;
    int n_digits;
    int zeros;
    int decimals;
};

/** Takes digits from ${p}; returns their end. Past DIGITS_MAX only their number is kept. */
static const char *take_digits(const char *p, const char *end, bool is_fraction, struct mantissa *m)
{
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        m->decimals += is_fraction;
        if (*p == '0') {
            m->zeros += m->n_digits != 0;
            continue;
        }
        m->n_digits += m->zeros + 1;
        if (m->n_digits <= DIGITS_MAX) {
            m->digits = m->digits * (int64_t)power_of_ten(m->zeros + 1) + (*p - '0');
        }
        m->zeros = 0;
    }
    return p;
}

/** Takes "e+12"; a larger exponent than any that can matter stays at a bound. */
static const char *take_exponent(const char *p, const char *end, int *exponent)
{
    bool is_negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    int value = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        value = value < 100000000 ? value * 10 + (*p - '0') : value;
    }
    *exponent = is_negative ? -value : value;
    return p;
}

bool decimal_parse(struct span text, struct decimal *out)
{
    const char *p = text.p;
    const char *end = p + text.n;
    struct mantissa m = {0};
    bool is_negative = text.n != 0 && *p == '-';
    p += is_negative;
    const char *start = p;
    p = take_digits(p, end, false, &m);
    if (p == start) {
        return false;
    }
    if (p < end && *p == '.') {
        start = ++p;
        p = take_digits(p, end, true, &m);
        if (p == start) {
            return false;
        }
    }
    int exponent = 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        start = ++p;
        p = take_exponent(p, end, &exponent);
        if (p == start || p[-1] < '0' || p[-1] > '9') {
            return false;
        }
    }
    if (p != end || m.n_digits > DIGITS_MAX) {
        return false;
    }
    if (m.digits == 0) {
        *out = (struct decimal){0, 0};
        return true;
    }
    int64_t digits = is_negative ? -m.digits : m.digits;
    int power = exponent - m.decimals + m.zeros;
    if (power >= 0) {
        if (m.n_digits + power > DIGITS_MAX) {
            return false;
        }
        *out = (struct decimal){digits * (int64_t)power_of_ten(power), 0};
        return true;
    }
    int cut = -power - DIGITS_MAX;
    if (cut > 0) {
        digits = cut > DIGITS_MAX ? 0 : digits / (int64_t)power_of_ten(cut);
    }
    *out = normalised(digits, cut > 0 ? DIGITS_MAX : -power);
    return true;
}

/** ${n} * 10^-${scale}, |n| < 10^36, as minor units. */
static bool round_to_minor(int128 n, int scale, int exponent, int64_t *minor)
{
    int shift = scale - exponent;
    if (shift > 0) {
        int128 unit = power_of_ten(shift);
        n = (n < 0 ? n - unit / 2 : n + unit / 2) / unit;
    }
    if (n > MONEY_MAX || n < -MONEY_MAX) {
        return false;
    }
    if (shift < 0) {
        n *= power_of_ten(-shift);
    }
    if (n > MONEY_MAX || n < -MONEY_MAX) {
        return false;
    }
    *minor = (int64_t)n;
    return true;
}

bool money_from_product(struct decimal a, struct decimal b, int exponent, int64_t *minor)
{
    return round_to_minor((int128)a.digits * b.digits, a.scale + b.scale, exponent, minor);
}

bool money_from_decimal(struct decimal a, int exponent, int64_t *minor)
{
    return round_to_minor(a.digits, a.scale, exponent, minor);
}

bool decimal_sum_of_products(const struct decimal *a, const struct decimal *b, size_t n, struct decimal *out)
{
    /* whole + fraction * 10^-36: each product has at most 36 decimals, so that the sum is exact */
    const int places = 2 * DIGITS_MAX;
    const int128 one = power_of_ten(places);
    const int128 bound = power_of_ten(DIGITS_MAX);
    int128 whole = 0;
    int128 fraction = 0;
    for (size_t i = 0; i < n; i++) {
        if (a[i].digits < 0 || b[i].digits < 0) {
            return false;
        }
        int128 product = (int128)a[i].digits * b[i].digits;
        int scale = a[i].scale + b[i].scale;
        int128 unit = power_of_ten(scale);
        fraction += product % unit * power_of_ten(places - scale);
        whole += product / unit + fraction / one;
        fraction %= one;
        if (whole >= bound) {
            return false;
        }
    }
    int scale = DIGITS_MAX;
    for (int128 rest = whole; rest != 0; rest /= 10) {
        scale--;
    }
    int64_t digits = (int64_t)(whole * power_of_ten(scale) + fraction / power_of_ten(places - scale));
    *out = normalised(digits, scale);
    return true;
}

size_t money_print(int64_t minor, int exponent, char out[MONEY_TEXT])
{
    assert(exponent >= 0 && exponent <= 4);
    char digits[MONEY_TEXT];
    char *end = digits + sizeof(digits);
    char *p = end;
    uint64_t rest = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    for (int i = 0; i <= exponent || rest != 0; i++) {
        if (i == exponent && i != 0) {
            *--p = '.';
        }
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (minor < 0) {
        *--p = '-';
    }
    size_t n = (size_t)(end - p);
    memcpy(out, p, n);
    out[n] = '\0';
    return n;
}

int64_t money_add(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return a < 0 ? -MONEY_SUM_MAX : MONEY_SUM_MAX;
    }
    return sum > MONEY_SUM_MAX ? MONEY_SUM_MAX : sum < -MONEY_SUM_MAX ? -MONEY_SUM_MAX : sum;
}
