#include "base/time.h"
#include "wire/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_iso(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        usec_t length;
    } good[] = {{"P7D", 7 * USEC_PER_DAY},
                {"PT12H", USEC_PER_DAY / 2},
                {"P1DT1H1M1S", USEC_PER_DAY + INT64_C(3661) * USEC_PER_SEC},
                {"P2W", 14 * USEC_PER_DAY},
                {"PT0S", 0}};
    static const char *const bad[] = {"", "P", "PT", "P1", "7D", "P1M", "P1Y", "PT1D", "P1DT", "P1H", "P-1D", "P1.5D", "p1d"};
    usec_t length;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(duration_parse(span_of(good[i].text), &length));
        assert_int_equal(length, good[i].length);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(duration_parse(span_of(bad[i]), &length));
    }
}

static void test_short(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        usec_t length;
    } good[] = {{"7d", 7 * USEC_PER_DAY}, {"12h", USEC_PER_DAY / 2}, {"2w", 14 * USEC_PER_DAY},
                {"30m", INT64_C(1800) * USEC_PER_SEC}, {"90s", 90 * USEC_PER_SEC}, {"P7D", 7 * USEC_PER_DAY}};
    static const char *const bad[] = {"", "d", "7", "7 d", "7dd", "7y", "-7d", "123456789d", "7D"};
    usec_t length;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(duration_parse_short(span_of(good[i].text), &length));
        assert_int_equal(length, good[i].length);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(duration_parse_short(span_of(bad[i]), &length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_iso), cmocka_unit_test(test_short)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
