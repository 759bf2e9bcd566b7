/*
 * Rules and what becomes of them, as text files to which anyone can add a line: rules/ (formula, words, SQL)
 * and jsonlogic.txt (the public cases of json-logic). LIFECYCLED_GOLDEN=write writes the files anew.
 */
#include "base/buf.h"
#include "core/fact.h"
#include "db/rule_sql.h"
#include "wire/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#define NOW          (INT64_C(1795219200) * USEC_PER_SEC) /* 2026-11-21T00:00:00Z */
#define PUBLIC_CASES "../shared/samples/json-logic/compatible.json"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    char *text = arena_alloc(arena, 1 << 20);
    size_t n = fread(text, 1, (1 << 20) - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

/** Compare ${made} with the file, or write it there when asked to. */
static void assert_golden(const char *path, struct buf *made)
{
    buf_append(made, "", 1);
    const char *golden = read_file(path);
    const char *asked = getenv("LIFECYCLED_GOLDEN");
    if (asked != NULL && strcmp(asked, "write") == 0) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs(made->p, file) >= 0);
        assert_int_equal(fclose(file), 0);
        return;
    }
    if (golden == NULL) {
        fail_msg("%s cannot be read", path);
    }
    int line = 1;
    const char *a = golden, *b = made->p;
    for (; *a == *b && *a != '\0'; a++, b++) {
        line += *a == '\n';
    }
    if (*a != *b) {
        while (a > golden && a[-1] != '\n') {
            a--;
            b--;
        }
        fail_msg("%s:%d\nfile: %.*s\nnow:  %.*s", path, line, (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"),
                 b);
    }
}

/* ---- rules/ ---- */

static void put_params(struct buf *out, const struct rule_sql *sql)
{
    for (size_t i = 0; i < sql->n_params; i++) {
        const struct rule_param *param = &sql->params[i];
        char text[NUMBER_TEXT];
        buf_printf(out, "%s$%zu=", i ? " " : "", i + 2);
        switch (param->type) {
        case DB_BOOL: buf_text(out, param->boolean ? "true" : "false"); break;
        case DB_FLOAT8: buf_append(out, text, value_number_print(param->number, text)); break;
        case DB_TIME: buf_json_time(out, param->time); break;
        case DB_TEXT: buf_json_string(out, param->text); break;
        case DB_INT8: buf_int(out, param->integer); break;
        case DB_INT2:
        case DB_INT4:
        case DB_UUID:
        case DB_JSON:
        case DB_BYTEA: fail();
        }
    }
}

static void put_rule(struct buf *out, const char *json)
{
    static const struct rule_schema schema = {.resolve = fact_resolve, .money_exponent = 2};
    struct rule *rule;
    struct error error = {0};
    buf_printf(out, "rule %s\n", json);
    if (rule_parse(arena, span_of(json), &schema, &rule, &error) != STATUS_OK) {
        buf_printf(out, "  refused %s: %s\n", error.pointer, error.detail);
        return;
    }
    struct rule_sql sql;
    rule_to_sql(arena, rule, 7, NOW, 2, &sql);
    buf_text(out, "  formula ");
    rule_formula(rule, out);
    buf_text(out, "\n  en      ");
    rule_text(rule, LANGUAGE_EN, out);
    buf_text(out, "\n  zh      ");
    rule_text(rule, LANGUAGE_ZH, out);
    buf_printf(out, "\n  %s   %s\n", sql.is_exact ? "exact" : "wider", sql.where);
    if (*sql.joins) {
        buf_printf(out, "  joins  %s\n", sql.joins);
    }
    if (sql.n_params) {
        buf_text(out, "  params  ");
        put_params(out, &sql);
        buf_char(out, '\n');
    }
}

static void check_rules(const char *path)
{
    char *golden = read_file(path);
    if (golden == NULL) {
        fail_msg("%s cannot be read", path);
    }
    struct buf made;
    buf_init(&made, 0);
    char *rest = arena_text(arena, span_of(golden));
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "rule ", 5) == 0) {
            put_rule(&made, line + 5);
        } else if (line[0] != ' ' && (*line != '\0' || rest != NULL)) {
            buf_printf(&made, "%s\n", line);
        }
    }
    assert_golden(path, &made);
    buf_done(&made);
}

static void rules_over_facts_have_their_formula_words_and_sql(void **state)
{
    (void)state;
    check_rules("tests/golden/rules/facts.txt");
}

static void rules_over_moving_facts_have_their_formula_words_and_sql(void **state)
{
    (void)state;
    check_rules("tests/golden/rules/moving.txt");
}

static void rules_over_traits_have_their_formula_words_and_sql(void **state)
{
    (void)state;
    check_rules("tests/golden/rules/traits.txt");
}

static void rules_of_logic_have_their_formula_words_and_sql(void **state)
{
    (void)state;
    check_rules("tests/golden/rules/logic.txt");
}

/* ---- the public cases ---- */

static char *dumped(json_t *json)
{
    return json ? json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("null");
}

/** Numbers of JSON are equal by value, whether written with a fraction or not. */
static bool is_same(json_t *a, json_t *b)
{
    if (json_is_number(a) && json_is_number(b)) {
        return json_number_value(a) == json_number_value(b);
    }
    if (json_is_array(a) && json_is_array(b) && json_array_size(a) == json_array_size(b)) {
        for (size_t i = 0; i < json_array_size(a); i++) {
            if (!is_same(json_array_get(a, i), json_array_get(b, i))) {
                return false;
            }
        }
        return true;
    }
    return json_equal(a, b);
}

/** Evaluated as published, or refused with the reason: nothing else. Returns whether it was evaluated. */
static bool put_case(struct buf *out, size_t number, json_t *public_case)
{
    char *rule = dumped(json_object_get(public_case, "rule"));
    char *data = dumped(json_object_get(public_case, "data"));
    struct span result;
    struct error error = {0};
    enum status status = rule_run(arena, span_of(rule), span_of(data), &result, &error);
    if (status == STATUS_OK) {
        json_t *json = json_loadb(result.p, result.n, JSON_DECODE_ANY, NULL);
        if (!is_same(json, json_object_get(public_case, "result"))) {
            fail_msg("case %zu: %s on %s gives %.*s", number, rule, data, (int)result.n, result.p);
        }
        json_decref(json);
        buf_printf(out, "%zu evaluated %s\n", number, rule);
    } else {
        assert_int_equal(status, STATUS_INVALID_RULE);
        assert_true(*error.detail);
        buf_printf(out, "%zu refused   %s\n              %s: %s\n", number, rule, error.pointer,
                   error.detail);
    }
    free(rule);
    free(data);
    return status == STATUS_OK;
}

static void each_public_case_gives_the_published_result_or_is_refused_with_the_reason(void **state)
{
    (void)state;
    json_t *cases = json_load_file(PUBLIC_CASES, 0, NULL);
    if (cases == NULL) {
        printf("%s is not there: its cases were not run\n", PUBLIC_CASES);
        skip();
    }
    struct buf made;
    buf_init(&made, 0);
    buf_text(
        &made,
        "# The verdict on each of the cases of jsonlogic.com's classic suite (compatible.json of "
        "json-logic/compat-tables).\n"
        "# evaluated: with the published result; refused: outside of the typed subset, where and why.\n");
    size_t number = 0, evaluated = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        json_t *item = json_array_get(cases, i);
        if (json_is_object(item)) {
            evaluated += put_case(&made, ++number, item);
        }
    }
    buf_printf(&made, "# %zu cases, %zu evaluated\n", number, evaluated);
    json_decref(cases);
    assert_true(number == 278);
    assert_true(evaluated >= 130);
    assert_golden("tests/golden/jsonlogic.txt", &made);
    buf_done(&made);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rules_over_facts_have_their_formula_words_and_sql),
        TEST(rules_over_moving_facts_have_their_formula_words_and_sql),
        TEST(rules_over_traits_have_their_formula_words_and_sql),
        TEST(rules_of_logic_have_their_formula_words_and_sql),
        TEST(each_public_case_gives_the_published_result_or_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
