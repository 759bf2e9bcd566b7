#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test-config-XXXXXX";
static char path[64];
static char other_path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/settings", folder);
    snprintf(other_path, sizeof(other_path), "%s/secret_key", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(other_path);
    return rmdir(folder);
}

static void write_file(const char *to, const char *content)
{
    FILE *file = fopen(to, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

#define ENVIRONMENT(...) ((char *const[]){__VA_ARGS__, NULL})
#define EMPTY ((char *const[]){NULL})

static struct config loaded(const char *file, char *const *environment)
{
    struct config config;
    struct error error;
    if (config_load(&config, file, environment, &error) != STATUS_OK) {
        fail_msg("%s", error.detail);
    }
    return config;
}

static void assert_refused(const char *file, char *const *environment, const char *detail)
{
    struct config config;
    memset(&config, 0x5a, sizeof(config));
    struct error error = {0};
    assert_int_equal(config_load(&config, file, environment, &error), STATUS_BAD_CONFIG);
    assert_string_equal(error.detail, detail);
    assert_int_equal(((unsigned char *)&config)[0], 0x5a); /* untouched */
}

static void without_sources_the_defaults_hold(void **state)
{
    (void)state;
    struct config config = loaded(NULL, EMPTY);
    assert_string_equal(config.database_url, "postgresql:///lifecycled");
    assert_string_equal(config.listen, "127.0.0.1:8080");
    assert_string_equal(config.secret_key, "");
    assert_true(config.clock == NONE);
    assert_int_equal(config.log_level, LOG_INFO);
    assert_int_equal(config.lanes, 1);
    assert_int_equal(config.batch_max, 512);
    assert_int_equal(config.queue_max, 8192);
    assert_true(config.prepared_statements);
}

static void the_environment_wins_over_the_file(void **state)
{
    (void)state;
    write_file(path, "# a comment\n\n  lanes = 4 \nbatch_max=100\r\nlog_level = debug");
    struct config config = loaded(path, ENVIRONMENT("LIFECYCLED_LANES=8", "HOME=/"));
    assert_int_equal(config.lanes, 8);
    assert_int_equal(config.batch_max, 100);
    assert_int_equal(config.log_level, LOG_DEBUG);
}

static void the_clock_is_a_time(void **state)
{
    (void)state;
    struct config config = loaded(NULL, ENVIRONMENT("LIFECYCLED_CLOCK=1970-01-02T00:00:00Z"));
    assert_true(config.clock == USEC_PER_DAY);
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_CLOCK=noon"),
                   "LIFECYCLED_CLOCK is \"noon\"; it must be an ISO 8601 time with a zone");
}

static void a_value_out_of_range_is_named_with_its_range(void **state)
{
    (void)state;
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_BATCH_MAX=4097"), "LIFECYCLED_BATCH_MAX is \"4097\"; it must be 1 to 4096");
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_BATCH_MAX="), "LIFECYCLED_BATCH_MAX is \"\"; it must be 1 to 4096");
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_READERS=2x"), "LIFECYCLED_READERS is \"2x\"; it must be 1 to 64");
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_READERS=-1"), "LIFECYCLED_READERS is \"-1\"; it must be 1 to 64");
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_READERS=99999999999999999999"),
                   "LIFECYCLED_READERS is \"99999999999999999999\"; it must be 1 to 64");
}

static void lanes_are_a_power_of_two(void **state)
{
    (void)state;
    assert_int_equal(loaded(NULL, ENVIRONMENT("LIFECYCLED_LANES=1024")).lanes, 1024);
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_LANES=3"), "LIFECYCLED_LANES is \"3\"; it must be a power of two from 1 to 1024");
}

static void a_switch_is_on_or_off(void **state)
{
    (void)state;
    assert_false(loaded(NULL, ENVIRONMENT("LIFECYCLED_PREPARED_STATEMENTS=off")).prepared_statements);
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_PREPARED_STATEMENTS=yes"),
                   "LIFECYCLED_PREPARED_STATEMENTS is \"yes\"; it must be on or off");
}

static void an_unknown_variable_is_refused(void **state)
{
    (void)state;
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_LANE=2"),
                   "LIFECYCLED_LANE is no setting; `lifecycled print settings` lists them");
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_LANES_FILE=x"),
                   "LIFECYCLED_LANES_FILE is no setting; `lifecycled print settings` lists them");
}

static void the_variables_of_the_tests_are_passed_over(void **state)
{
    (void)state;
    struct config config = loaded(NULL, ENVIRONMENT("LIFECYCLED_TEST_DATABASE_URL=x", "LIFECYCLED_BIN=y"));
    assert_int_equal(config.lanes, 1);
}

static void an_unknown_key_is_refused_with_its_line(void **state)
{
    (void)state;
    char detail[256];
    write_file(path, "lanes = 2\nlane = 2\n");
    snprintf(detail, sizeof(detail), "%s, line 2: lane is no setting; `lifecycled print settings` lists them", path);
    assert_refused(path, EMPTY, detail);
}

static void a_line_without_a_value_is_refused(void **state)
{
    (void)state;
    char detail[256];
    write_file(path, "lanes\n");
    snprintf(detail, sizeof(detail), "%s, line 1: a line is `key = value`", path);
    assert_refused(path, EMPTY, detail);
}

static void a_key_that_stands_twice_is_refused(void **state)
{
    (void)state;
    char detail[256];
    write_file(path, "lanes = 2\nlanes = 4\n");
    snprintf(detail, sizeof(detail), "%s, line 2: lanes is set twice, here and by another name or line", path);
    assert_refused(path, EMPTY, detail);
}

static void a_file_that_is_missing_is_refused(void **state)
{
    (void)state;
    assert_refused("/nonexistent/settings", EMPTY,
                   "the settings file \"/nonexistent/settings\" cannot be read: No such file or directory");
}

static void a_secret_may_stand_in_a_file(void **state)
{
    (void)state;
    char entry[128];
    write_file(other_path, "hush hush\n");
    snprintf(entry, sizeof(entry), "LIFECYCLED_SECRET_KEY_FILE=%s", other_path);
    assert_string_equal(loaded(NULL, ENVIRONMENT(entry)).secret_key, "hush hush");
    char content[128];
    snprintf(content, sizeof(content), "secret_key_file = %s\n", other_path);
    write_file(path, content);
    assert_string_equal(loaded(path, EMPTY).secret_key, "hush hush");
}

static void a_secret_may_not_stand_in_both(void **state)
{
    (void)state;
    char entry[128];
    write_file(other_path, "hush\n");
    snprintf(entry, sizeof(entry), "LIFECYCLED_SECRET_KEY_FILE=%s", other_path);
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_SECRET_KEY=x", entry),
                   "LIFECYCLED_SECRET_KEY_FILE is set twice, here and by another name or line");
}

static void a_credential_of_systemd_is_read(void **state)
{
    (void)state;
    char entry[128];
    write_file(other_path, "sealed\n");
    snprintf(entry, sizeof(entry), "CREDENTIALS_DIRECTORY=%s", folder);
    assert_string_equal(loaded(NULL, ENVIRONMENT(entry)).secret_key, "sealed");
    assert_string_equal(loaded(NULL, ENVIRONMENT("LIFECYCLED_SECRET_KEY=mine", entry)).secret_key, "mine");
}

static void an_error_does_not_show_a_secret(void **state)
{
    (void)state;
    assert_refused(NULL, ENVIRONMENT("LIFECYCLED_DATABASE_URL="), "LIFECYCLED_DATABASE_URL must be 1 to 1023 bytes");
}

static void a_listen_address_is_split(void **state)
{
    (void)state;
    char host[CONFIG_TEXT_SIZE];
    unsigned port;
    config_listen("0.0.0.0:80", host, &port);
    assert_string_equal(host, "0.0.0.0");
    assert_int_equal(port, 80);
    config_listen("[::1]:0", host, &port);
    assert_string_equal(host, "::1");
    assert_int_equal(port, 0);
}

static void a_listen_address_has_a_host_and_a_port(void **state)
{
    (void)state;
    static char *const entries[] = {
        "LIFECYCLED_LISTEN=8080", "LIFECYCLED_LISTEN=:8080", "LIFECYCLED_LISTEN=localhost", "LIFECYCLED_LISTEN=localhost:",
        "LIFECYCLED_LISTEN=localhost:70000", "LIFECYCLED_LISTEN=::1:80", "LIFECYCLED_LISTEN=[::1:80", "LIFECYCLED_LISTEN=[]:80",
    };
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        struct config config;
        struct error error;
        assert_int_equal(config_load(&config, NULL, ENVIRONMENT(entries[i]), &error), STATUS_BAD_CONFIG);
    }
}

static void the_printed_table_names_every_setting(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    config_print(&buf);
    buf_char(&buf, '\0');
#define X(kind, field, name, standard, least, most, secret, sentence) assert_non_null(strstr(buf.p, "`LIFECYCLED_" name "`"));
    CONFIG_TABLE(X)
#undef X
    assert_non_null(strstr(buf.p, "| `LIFECYCLED_SECRET_KEY` (or `_FILE`) | `secret_key` |  | 0 to 1023 bytes |"));
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_sources_the_defaults_hold),
        cmocka_unit_test(the_environment_wins_over_the_file),
        cmocka_unit_test(the_clock_is_a_time),
        cmocka_unit_test(a_value_out_of_range_is_named_with_its_range),
        cmocka_unit_test(lanes_are_a_power_of_two),
        cmocka_unit_test(a_switch_is_on_or_off),
        cmocka_unit_test(an_unknown_variable_is_refused),
        cmocka_unit_test(the_variables_of_the_tests_are_passed_over),
        cmocka_unit_test(an_unknown_key_is_refused_with_its_line),
        cmocka_unit_test(a_line_without_a_value_is_refused),
        cmocka_unit_test(a_key_that_stands_twice_is_refused),
        cmocka_unit_test(a_file_that_is_missing_is_refused),
        cmocka_unit_test(a_secret_may_stand_in_a_file),
        cmocka_unit_test(a_secret_may_not_stand_in_both),
        cmocka_unit_test(a_credential_of_systemd_is_read),
        cmocka_unit_test(an_error_does_not_show_a_secret),
        cmocka_unit_test(a_listen_address_is_split),
        cmocka_unit_test(a_listen_address_has_a_host_and_a_port),
        cmocka_unit_test(the_printed_table_names_every_setting),
    };
    return cmocka_run_group_tests_name("config", tests, make_folder, remove_folder);
}
