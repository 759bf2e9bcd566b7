#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_status_has_a_code_a_title_and_an_http_status(void **state)
{
    (void)state;
    for (enum status s = STATUS_OK; s < STATUS_COUNT; s++) {
        assert_non_null(status_code(s));
        assert_non_null(status_title(s));
        assert_in_range(status_http(s), 200, 599);
    }
    assert_string_equal(status_code(STATUS_QUEUE_FULL), "queue_full");
    assert_int_equal(status_http(STATUS_QUEUE_FULL), 503);
}

static void no_code_is_used_twice(void **state)
{
    (void)state;
    for (enum status a = STATUS_OK; a < STATUS_COUNT; a++) {
        for (enum status b = STATUS_OK; b < a; b++) {
            assert_string_not_equal(status_code(a), status_code(b));
        }
    }
}

static void setting_an_error_returns_its_status(void **state)
{
    (void)state;
    struct error error = {.sqlstate = "23505"};
    enum status status = error_set(&error, STATUS_NOT_FOUND, "/rule/0", "no %s has this id", "customer");
    assert_int_equal(status, STATUS_NOT_FOUND);
    assert_int_equal(error.status, STATUS_NOT_FOUND);
    assert_string_equal(error.pointer, "/rule/0");
    assert_string_equal(error.detail, "no customer has this id");
    assert_string_equal(error.sqlstate, "");
}

static void an_error_that_nobody_wants_is_only_its_status(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, STATUS_INTERNAL, "", "lost"), STATUS_INTERNAL);
}

static void a_long_detail_is_cut_between_characters(void **state)
{
    (void)state;
    struct error error;
    char text[600];
    for (size_t i = 0; i + 3 <= sizeof(text); i += 3) {
        memcpy(text + i, "\xe5\xae\xa2", 3);
    }
    assert_int_equal(error_set(&error, STATUS_INTERNAL, NULL, "%.*s", (int)sizeof(text), text), STATUS_INTERNAL);
    assert_int_equal(strlen(error.detail), 510);
    assert_string_equal(error.pointer, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_code_a_title_and_an_http_status),
        cmocka_unit_test(no_code_is_used_twice),
        cmocka_unit_test(setting_an_error_returns_its_status),
        cmocka_unit_test(an_error_that_nobody_wants_is_only_its_status),
        cmocka_unit_test(a_long_detail_is_cut_between_characters),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
