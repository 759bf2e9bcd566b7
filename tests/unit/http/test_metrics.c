#include "../../../src/http/metrics.h"
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_status_of_a_refusal_is_counted_as_what_it_is(void **state)
{
    static const int all[] = {
#define X(name, code, http, title) http,
        STATUS_TABLE(X)
#undef X
    };
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_int_equal(metrics_code(all[i]), all[i]);
    }
}

static void what_no_reply_has_is_counted_as_our_fault(void **state)
{
    (void)state;
    assert_int_equal(metrics_code(418), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_of_a_refusal_is_counted_as_what_it_is),
        cmocka_unit_test(what_no_reply_has_is_counted_as_our_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
