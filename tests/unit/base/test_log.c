#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *captured;
static int real_stderr;

static int begin(void **state)
{
    (void)state;
    captured = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
    log_open(LOG_INFO);
    return 0;
}

/** What was logged since begin(). */
static char *logged(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    static char text[65536];
    rewind(captured);
    size_t n = fread(text, 1, sizeof(text) - 1, captured);
    text[n] = '\0';
    fclose(captured);
    return text;
}

static const char *after_time(const char *line)
{
    assert_memory_equal(line, "{\"ts\":\"20", 9);
    return strstr(line, "Z\",") + 3;
}

static void a_line_is_a_json_object(void **state)
{
    (void)state;
    LOG(LOG_WARN, "it is late", LOG_TEXT("route", "track"), LOG_NUMBER("status", 503));
    assert_string_equal(after_time(logged()),
                        "\"level\":\"warn\",\"msg\":\"it is late\",\"route\":\"track\",\"status\":503}\n");
}

static void a_message_may_have_no_fields(void **state)
{
    (void)state;
    log_write(LOG_ERROR, "gone", NULL, 0);
    assert_string_equal(after_time(logged()), "\"level\":\"error\",\"msg\":\"gone\"}\n");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    LOG(LOG_INFO, "a\"b\\c\n", LOG_NUMBER("n", -1));
    assert_string_equal(after_time(logged()), "\"level\":\"info\",\"msg\":\"a\\\"b\\\\c\\u000a\",\"n\":-1}\n");
}

static void what_is_below_the_level_is_not_written(void **state)
{
    (void)state;
    log_write(LOG_DEBUG, "detail", NULL, 0);
    assert_string_equal(logged(), "");
}

static void a_line_that_is_too_long_keeps_its_form(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    LOG(LOG_INFO, "long", LOG_NUMBER("n", 1), LOG_TEXT("text", text), LOG_NUMBER("m", 2));
    assert_string_equal(after_time(logged()), "\"level\":\"info\",\"msg\":\"long\",\"n\":1,\"cut\":true}\n");
}

static void *write_lines(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++) {
        LOG(LOG_INFO, "from a thread", LOG_NUMBER("i", i));
    }
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        pthread_create(&threads[i], NULL, write_lines, NULL);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        pthread_join(threads[i], NULL);
    }
    int lines = 0;
    for (char *line = strtok(logged(), "\n"); line != NULL; line = strtok(NULL, "\n")) {
        static const char start[] = "\"level\":\"info\",\"msg\":\"from a thread\",\"i\":";
        assert_memory_equal(after_time(line), start, strlen(start));
        lines++;
    }
    assert_int_equal(lines, 400);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_is_a_json_object),
        TEST(a_message_may_have_no_fields),
        TEST(texts_are_escaped),
        TEST(what_is_below_the_level_is_not_written),
        TEST(a_line_that_is_too_long_keeps_its_form),
        TEST(lines_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
