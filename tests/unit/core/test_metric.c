#include "core/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The catalogue is whole: what a product person reads is there for every metric, in both languages. */

static bool ends_like_a_sentence(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && memcmp(text + n - m, end, m) == 0;
}

static void each_metric_is_found_by_its_name_alone(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++)
        assert_int_equal(metric_of(span_of(metric_info((enum metric)i)->name)), i);
    assert_int_equal(metric_of(span_of("sale")), METRICS);
    assert_int_equal(metric_of(span_of("")), METRICS);
}

static void each_definition_is_a_sentence_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        bool is_whole = info->title_zh[0] && info->title_en[0] && info->source[0] && ends_like_a_sentence(info->zh, "。") &&
                        (ends_like_a_sentence(info->en, ".") || ends_like_a_sentence(info->en, "?"));
        if (!is_whole)
            fail_msg("%s", info->name);
    }
}

static void each_column_says_what_it_is_and_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        assert_true(info->n_columns > 0);
        for (size_t k = 0; k < info->n_columns; k++) {
            const struct metric_column *column = &info->columns[k];
            if (column->zh[0] == '\0' || column->en[0] == '\0' || column->type >= METRIC_TYPES)
                fail_msg("%s.%s", info->name, column->name);
            for (size_t other = 0; other < k; other++)
                if (strcmp(info->columns[other].name, column->name) == 0)
                    fail_msg("%s.%s is there twice", info->name, column->name);
        }
    }
}

static void the_interval_unless_told_is_one_that_the_metric_knows(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        if (info->intervals && !(info->intervals >> info->interval & 1))
            fail_msg("%s", info->name);
    }
}

static void a_set_of_dimensions_is_read_as_it_is_printed(void **state)
{
    (void)state;
    char text[METRIC_SET_TEXT];
    unsigned set;
    for (int i = 0; i < METRIC_DIMENSIONS; i++) {
        unsigned wanted = 1u << i | BY_CHANNEL;
        metric_set_print(wanted, text);
        assert_true(metric_set_read(span_of(text), &set));
        assert_int_equal(set, wanted);
    }
    metric_set_print((1u << METRIC_DIMENSIONS) - 1, text);
    assert_true(metric_set_read(span_of(text), &set));
    assert_int_equal(set, (1u << METRIC_DIMENSIONS) - 1);
    assert_true(metric_set_read(span_of(""), &set));
    assert_int_equal(set, 0);
}

static void a_word_that_is_no_dimension_or_is_there_twice_is_no_set(void **state)
{
    (void)state;
    static const char *const texts[] = {"weather", "channel,", ",channel", "channel,,campaign", "channel,channel", "Channel"};
    unsigned set;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (metric_set_read(span_of(texts[i]), &set))
            fail_msg("%s", texts[i]);
}

static void the_currency_goes_with_every_set_and_others_only_as_listed(void **state)
{
    (void)state;
    const struct metric_info *sales = metric_info(METRIC_OF_SALES);
    assert_true(metric_can_group(sales, 0));
    assert_true(metric_can_group(sales, BY_CURRENCY));
    assert_true(metric_can_group(sales, BY_CHANNEL | BY_CAMPAIGN | BY_CURRENCY));
    assert_false(metric_can_group(sales, BY_CHANNEL | BY_COUNTRY));
    assert_false(metric_can_group(metric_info(METRIC_OF_COHORTS), BY_CHANNEL));
}

static void a_parameter_is_known_by_its_whole_name(void **state)
{
    (void)state;
    const struct metric_info *marketing = metric_info(METRIC_OF_MARKETING);
    assert_true(metric_has_parameter(marketing, span_of("attribution")));
    assert_true(metric_has_parameter(marketing, span_of("from")));
    assert_false(metric_has_parameter(marketing, span_of("attrib")));
    assert_false(metric_has_parameter(marketing, span_of("model")));
    assert_false(metric_has_parameter(metric_info(METRIC_OF_OVERVIEW), span_of("interval")));
}

static void what_is_told_by_models_moves_by_time(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        if (metric_has_parameter(info, span_of("model")) && !(info->flags & METRIC_MOVES_BY_TIME))
            fail_msg("%s", info->name);
    }
}

static bool is_column(const struct metric_info *info, struct span word)
{
    for (size_t i = 0; i < info->n_columns; i++)
        if (span_is(word, info->columns[i].name))
            return true;
    return span_is(word, "sqrt") || span_is(word, "exp") || span_is(word, "ln");
}

/* Of columns, numbers and signs alone? */
static bool is_of_columns(const struct metric_info *info, const char *formula)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    for (const char *p = formula; *p;) {
        size_t n = strspn(p, letters);
        size_t length = n ? n + strspn(p + n, "0123456789abcdefghijklmnopqrstuvwxyz_") : 1;
        if (n && !is_column(info, (struct span){p, length}))
            return false;
        p += length;
    }
    return true;
}

static void what_a_formula_says_in_words_it_says_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        for (size_t k = 0; k < info->n_columns; k++) {
            const char *formula = info->columns[k].formula;
            if (is_of_columns(info, formula) != (strcmp(metric_formula_zh(formula), formula) == 0))
                fail_msg("%s.%s: %s", info->name, info->columns[k].name, formula);
        }
    }
}

static void a_source_that_is_no_book_is_told_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        if (strstr(info->source, "sual practice") && strcmp(metric_source_zh(info), info->source) == 0)
            fail_msg("%s", info->name);
    }
}

static void each_unit_has_a_name_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        for (size_t k = 0; k < info->n_columns; k++) {
            size_t unit = 0;
            while (unit < n_metric_units && strcmp(metric_units[unit].name, info->columns[k].unit) != 0)
                unit++;
            if (info->columns[k].unit[0] && unit == n_metric_units)
                fail_msg("%s.%s: %s", info->name, info->columns[k].name, info->columns[k].unit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_metric_is_found_by_its_name_alone),
        cmocka_unit_test(each_definition_is_a_sentence_in_both_languages),
        cmocka_unit_test(each_column_says_what_it_is_and_has_a_name_of_its_own),
        cmocka_unit_test(the_interval_unless_told_is_one_that_the_metric_knows),
        cmocka_unit_test(a_set_of_dimensions_is_read_as_it_is_printed),
        cmocka_unit_test(a_word_that_is_no_dimension_or_is_there_twice_is_no_set),
        cmocka_unit_test(the_currency_goes_with_every_set_and_others_only_as_listed),
        cmocka_unit_test(a_parameter_is_known_by_its_whole_name),
        cmocka_unit_test(what_is_told_by_models_moves_by_time),
        cmocka_unit_test(what_a_formula_says_in_words_it_says_in_both_languages),
        cmocka_unit_test(a_source_that_is_no_book_is_told_in_both_languages),
        cmocka_unit_test(each_unit_has_a_name_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
