/* Faults that are planted in copies of the engine: the property tests must see each of them. The table is
 * faults.sh. */
#include "../support/database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static void must_be_caught(const char *fault)
{
    (void)fault;
    skip(); /* once is enough, without sanitizers */
}
#else
/* The folder of the build that this program belongs to. */
static void build_folder(char out[512])
{
    ssize_t n = readlink("/proc/self/exe", out, 511);
    assert_true(n > 0);
    out[n] = 0;
    char *end = strstr(out, "/tests/property/");
    assert_non_null(end);
    *end = 0;
}

static void must_be_caught(const char *fault)
{
    char build[512], command[1024];
    build_folder(build);
    snprintf(command, sizeof(command), "tests/property/faults.sh '%s' %s", build, fault);
    fflush(stdout);
    assert_int_equal(system(command), 0);
}
#endif

#define FAULTS(X)                                                                                            \
    X(repeats_counted)                                                                                       \
    X(lateness_ignored)                                                                                      \
    X(deadline_off_by_one)                                                                                   \
    X(window_edge)                                                                                           \
    X(orders_not_loaded)                                                                                     \
    X(definition_ignored)                                                                                    \
    X(deadline_late)                                                                                         \
    X(tally_kept)                                                                                            \
    X(order_of_ties)

#define X(fault)                                                                                             \
    static void the_fault_##fault##_is_caught(void **state)                                                  \
    {                                                                                                        \
        (void)state;                                                                                         \
        must_be_caught(#fault);                                                                              \
    }
FAULTS(X)
#undef X

int main(void)
{
    const struct CMUnitTest tests[] = {
#define X(fault) cmocka_unit_test(the_fault_##fault##_is_caught),
        FAULTS(X)
#undef X
    };
    database_server();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
