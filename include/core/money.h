#ifndef CORE_MONEY_H
#define CORE_MONEY_H

#include "base/status.h"
#include "base/types.h"

/** The largest amount of one order or refund, and the bound at which sums saturate, in minor units. */
#define MONEY_MAX INT64_C(10000000000000)
#define MONEY_SUM_MAX INT64_C(9007199254740991)

/** A decimal number exactly as written: digits * 10^-scale. Bounded, so that products fit __int128. */
struct decimal {
    int64_t digits;
    int scale; /* 0..18 */
};

/**
 * currency_exponent(code):
 * Minor-unit digits of an ISO 4217 currency (EUR 2, JPY 0, KWD 3), or -1 for an unknown code.
 * ${code} is upper case, three letters.
 */
int currency_exponent(const char *code);

/**
 * Read "12.50", "-3", "1e3", "27.1"; at most 18 significant digits; false otherwise. The result has the smallest
 * scale that holds it (12.5, a whole number has scale 0); decimals past the 18th are cut.
 */
bool decimal_parse(struct span text, struct decimal *out) MUST_CHECK;

/**
 * decimal_sum_of_products(a, b, n, out):
 * The sum of ${a}[i] * ${b}[i], exact, then cut to 18 digits (which never changes a later rounding half away from
 * zero to minor units). False when a factor is negative or the sum is 10^18 or more.
 */
bool decimal_sum_of_products(const struct decimal *a, const struct decimal *b, size_t n,
                             struct decimal *out) MUST_CHECK;

/** ${a} * ${b} as minor units of ${exponent}, half away from zero; false when out of +-MONEY_MAX. */
bool money_from_product(struct decimal a, struct decimal b, int exponent, int64_t *minor) MUST_CHECK;
/** ${a} as minor units of ${exponent}, half away from zero; false when out of +-MONEY_MAX. */
bool money_from_decimal(struct decimal a, int exponent, int64_t *minor) MUST_CHECK;

/** "1234.50" of 123450 at exponent 2. Returns the length. */
#define MONEY_TEXT 32
size_t money_print(int64_t minor, int exponent, char out[MONEY_TEXT]);

/** ${a} + ${b}, saturating at +-MONEY_SUM_MAX. */
int64_t money_add(int64_t a, int64_t b);

#endif
