#include "core/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct decimal parsed(const char *text)
{
    struct decimal d = {0, 0};
    if (!decimal_parse(span_of(text), &d)) {
        fail_msg("\"%s\" was refused", text);
    }
    return d;
}

static void assert_decimal(const char *text, int64_t digits, int scale)
{
    struct decimal d = parsed(text);
    if (d.digits != digits || d.scale != scale) {
        fail_msg("\"%s\" was read as %lld * 10^-%d", text, (long long)d.digits, d.scale);
    }
}

static void assert_refused(const char *text)
{
    struct decimal d = {42, 7};
    if (decimal_parse(span_of(text), &d)) {
        fail_msg("\"%s\" was taken as %lld * 10^-%d", text, (long long)d.digits, d.scale);
    }
    assert_int_equal(d.digits, 42);
    assert_int_equal(d.scale, 7);
}

static int64_t minor_of(const char *text, int exponent)
{
    int64_t minor = NONE;
    assert_true(money_from_decimal(parsed(text), exponent, &minor));
    return minor;
}

static void assert_printed(int64_t minor, int exponent, const char *expected)
{
    char text[MONEY_TEXT];
    assert_int_equal(money_print(minor, exponent, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void currencies_have_their_minor_digits(void **state)
{
    (void)state;
    assert_int_equal(currency_exponent("EUR"), 2);
    assert_int_equal(currency_exponent("USD"), 2);
    assert_int_equal(currency_exponent("CNY"), 2);
    assert_int_equal(currency_exponent("JPY"), 0);
    assert_int_equal(currency_exponent("KWD"), 3);
    assert_int_equal(currency_exponent("CLF"), 4);
    assert_int_equal(currency_exponent("AED"), 2);
    assert_int_equal(currency_exponent("ZWL"), 2);
    assert_int_equal(currency_exponent("XCG"), 2);
}

static void a_code_that_is_no_currency_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(currency_exponent("EUX"), -1);
    assert_int_equal(currency_exponent("eur"), -1);
    assert_int_equal(currency_exponent("XAU"), -1);
    assert_int_equal(currency_exponent("XTS"), -1);
    assert_int_equal(currency_exponent(""), -1);
    assert_int_equal(currency_exponent("EURO"), -1);
}

/* Each code between AAA and ZZZ is found or not as a walk over the alphabet finds it: the table is in order.
 */
static void the_table_of_currencies_is_in_order(void **state)
{
    (void)state;
    int known = 0;
    for (char a = 'A'; a <= 'Z'; a++) {
        for (char b = 'A'; b <= 'Z'; b++) {
            for (char c = 'A'; c <= 'Z'; c++) {
                char code[4] = {a, b, c, '\0'};
                known += currency_exponent(code) >= 0;
            }
        }
    }
    assert_int_equal(known, 179);
}

static void decimals_are_read_exactly(void **state)
{
    (void)state;
    assert_decimal("12.50", 125, 1);
    assert_decimal("-3", -3, 0);
    assert_decimal("1e3", 1000, 0);
    assert_decimal("27.1", 271, 1);
    assert_decimal("27.100000000000001", INT64_C(27100000000000001), 15);
    assert_decimal("0", 0, 0);
    assert_decimal("-0.00", 0, 0);
    assert_decimal("0e999999999", 0, 0);
    assert_decimal("1.5E-3", 15, 4);
    assert_decimal("1200e-2", 12, 0);
    assert_decimal("100", 100, 0);
    assert_decimal("10.10", 101, 1);
    assert_decimal("0007.5", 75, 1);
    assert_decimal("999999999999999999", INT64_C(999999999999999999), 0);
    assert_decimal("0.000000000000000001", 1, 18);
}

static void zeros_that_say_nothing_are_not_digits(void **state)
{
    (void)state;
    assert_decimal("12.5000000000000000000000000000", 125, 1);
    assert_decimal("00000000000000000000000000001", 1, 0);
}

static void decimals_past_the_eighteenth_are_cut(void **state)
{
    (void)state;
    assert_decimal("5.551115123125783e-17", 55, 18);
    assert_decimal("1e-19", 0, 0);
    assert_decimal("-1e-999999999999", 0, 0);
}

static void what_is_no_decimal_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        ".5",
                                        "5.",
                                        "+5",
                                        "1,5",
                                        " 1",
                                        "1 ",
                                        "0x10",
                                        "NaN",
                                        "1e",
                                        "1e+",
                                        "--1",
                                        "1.2.3",
                                        "1e1.5",
                                        "e5",
                                        "-.1",
                                        "1-",
                                        "∞",
                                        "1e18",
                                        "1234567890123456789",
                                        "0.1234567890123456789",
                                        "1e9999999999"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_refused(texts[i]);
    }
}

static void halves_are_rounded_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(minor_of("1.005", 2), 101);
    assert_int_equal(minor_of("-1.005", 2), -101);
    assert_int_equal(minor_of("1.00499999999999999", 2), 100);
    assert_int_equal(minor_of("0.5", 0), 1);
    assert_int_equal(minor_of("0.4", 0), 0);
    assert_int_equal(minor_of("12.3456", 3), 12346);
}

static void an_amount_keeps_the_digits_of_its_currency(void **state)
{
    (void)state;
    assert_int_equal(minor_of("27.1", 2), 2710);
    assert_int_equal(minor_of("500", 0), 500);
    assert_int_equal(minor_of("1", 4), 10000);
    assert_int_equal(minor_of("1.234", 3), 1234);
}

static void amounts_out_of_range_are_refused(void **state)
{
    (void)state;
    int64_t minor = 42;
    assert_int_equal(minor_of("100000000000.00", 2), MONEY_MAX);
    assert_false(money_from_decimal(parsed("100000000000.01"), 2, &minor));
    assert_false(money_from_decimal(parsed("-100000000000.01"), 2, &minor));
    assert_false(money_from_decimal(parsed("999999999999999999"), 4, &minor));
    assert_false(money_from_decimal(parsed("10000000000001"), 0, &minor));
    assert_int_equal(minor, 42);
}

static void a_product_is_rounded_once(void **state)
{
    (void)state;
    int64_t minor;
    assert_true(money_from_product(parsed("10.01"), parsed("0.5"), 2, &minor));
    assert_int_equal(minor, 501);
    assert_true(money_from_product(parsed("999999999999999999"), parsed("0.000000000000000001"), 2, &minor));
    assert_int_equal(minor, 100);
    assert_true(money_from_product(parsed("1.085"), parsed("100"), 2, &minor));
    assert_int_equal(minor, 10850);
    assert_false(money_from_product(parsed("999999999999999999"), parsed("999999999999999999"), 4, &minor));
}

static void a_sum_of_products_is_exact(void **state)
{
    (void)state;
    struct decimal prices[] = {parsed("0.1"), parsed("0.2"), parsed("0.30000000000000004")};
    struct decimal quantities[] = {parsed("1"), parsed("1"), parsed("3")};
    struct decimal sum;
    assert_true(decimal_sum_of_products(prices, quantities, 3, &sum));
    assert_int_equal(sum.digits, INT64_C(120000000000000012));
    assert_int_equal(sum.scale, 17);
    struct decimal thirds[] = {parsed("0.333333333333333333"), parsed("0.333333333333333333"),
                               parsed("0.333333333333333334")};
    struct decimal ones[] = {parsed("1"), parsed("1"), parsed("1")};
    assert_true(decimal_sum_of_products(thirds, ones, 3, &sum));
    assert_int_equal(sum.digits, 1);
    assert_int_equal(sum.scale, 0);
    assert_true(decimal_sum_of_products(NULL, NULL, 0, &sum));
    assert_int_equal(sum.digits, 0);
}

static void a_sum_with_a_negative_factor_or_too_many_digits_is_refused(void **state)
{
    (void)state;
    struct decimal large[] = {parsed("999999999999999999"), parsed("1")};
    struct decimal ones[] = {parsed("1"), parsed("1")};
    struct decimal minus[] = {parsed("1"), parsed("-1")};
    struct decimal sum;
    assert_false(decimal_sum_of_products(large, ones, 2, &sum));
    assert_false(decimal_sum_of_products(ones, minus, 2, &sum));
    assert_true(decimal_sum_of_products(large, ones, 1, &sum));
}

static void a_thousand_largest_products_do_not_overflow(void **state)
{
    (void)state;
    static struct decimal small[1000];
    static struct decimal large[1000];
    for (size_t i = 0; i < 1000; i++) {
        small[i] = parsed("0.999999999999999999");
        large[i] = parsed("999999999999999.999");
    }
    struct decimal sum;
    assert_true(decimal_sum_of_products(small, large, 1000, &sum));
    assert_int_equal(sum.digits, INT64_C(999999999999999998));
    assert_int_equal(sum.scale, 0);
}

static void money_is_printed_with_its_digits(void **state)
{
    (void)state;
    assert_printed(123450, 2, "1234.50");
    assert_printed(5, 2, "0.05");
    assert_printed(-5, 2, "-0.05");
    assert_printed(0, 2, "0.00");
    assert_printed(0, 0, "0");
    assert_printed(-120, 0, "-120");
    assert_printed(1234, 3, "1.234");
    assert_printed(10000, 4, "1.0000");
    assert_printed(INT64_MIN, 4, "-922337203685477.5808");
}

static void sums_stay_within_their_bound(void **state)
{
    (void)state;
    assert_int_equal(money_add(1, 2), 3);
    assert_int_equal(money_add(MONEY_SUM_MAX, 1), MONEY_SUM_MAX);
    assert_int_equal(money_add(-MONEY_SUM_MAX, -1), -MONEY_SUM_MAX);
    assert_int_equal(money_add(INT64_MAX, INT64_MAX), MONEY_SUM_MAX);
    assert_int_equal(money_add(INT64_MIN, INT64_MIN), -MONEY_SUM_MAX);
    assert_int_equal(money_add(MONEY_SUM_MAX, -1), MONEY_SUM_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_have_their_minor_digits),
        cmocka_unit_test(a_code_that_is_no_currency_is_unknown),
        cmocka_unit_test(the_table_of_currencies_is_in_order),
        cmocka_unit_test(decimals_are_read_exactly),
        cmocka_unit_test(zeros_that_say_nothing_are_not_digits),
        cmocka_unit_test(decimals_past_the_eighteenth_are_cut),
        cmocka_unit_test(what_is_no_decimal_is_refused),
        cmocka_unit_test(halves_are_rounded_away_from_zero),
        cmocka_unit_test(an_amount_keeps_the_digits_of_its_currency),
        cmocka_unit_test(amounts_out_of_range_are_refused),
        cmocka_unit_test(a_product_is_rounded_once),
        cmocka_unit_test(a_sum_of_products_is_exact),
        cmocka_unit_test(a_sum_with_a_negative_factor_or_too_many_digits_is_refused),
        cmocka_unit_test(a_thousand_largest_products_do_not_overflow),
        cmocka_unit_test(money_is_printed_with_its_digits),
        cmocka_unit_test(sums_stay_within_their_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
