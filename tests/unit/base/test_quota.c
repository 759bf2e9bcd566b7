#include "base/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_quota_is_a_number_of_requests_and_of_seconds(void **state)
{
    (void)state;
    static const char *const texts[] = {"0", "1/1", "600/60", "1000000000/86400"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct quota quota;
        char text[QUOTA_TEXT];
        assert_true(quota_parse(span_of(texts[i]), &quota));
        quota_print(&quota, text);
        assert_string_equal(text, texts[i]);
    }
}

static void what_is_no_quota_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",     "1",    "00",      "/",     "600/",         "/60",     "0/60",      "600/0",
                                        "-1/1", "1/-1", "600/60s", "6 /60", "1000000001/1", "1/86401", "1/1/1", "99999999999/1"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct quota quota = {7, 7};
        assert_false(quota_parse(span_of(texts[i]), &quota));
        assert_int_equal(quota.requests, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quota_is_a_number_of_requests_and_of_seconds),
        cmocka_unit_test(what_is_no_quota_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
