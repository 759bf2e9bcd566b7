#include "core/btyd.h"
#include "verb/verb.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 1e6 /* of the numbers of a row */

enum column { COLUMN_X, COLUMN_T_X, COLUMN_T, COLUMN_TIME, COLUMNS };

struct arguments {
    struct btyd model;
    const char *name;
    const char *k;
    const char *params;
    const char *file; /* NULL: standard input */
};

/* A plain decimal number, alone in ${text}. */
static bool read_number(struct span text, double *out)
{
    char copy[64], *end;
    text = span_trim(text);
    if (text.n == 0 || text.n >= sizeof(copy))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (strspn(copy, "+-.0123456789eE") != text.n)
        return false;
    *out = strtod(copy, &end);
    return *end == '\0' && isfinite(*out);
}

/* Exactly ${n} numbers between commas. */
static bool read_numbers(struct span text, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_last = memchr(text.p, ',', text.n) == NULL;
        if (is_last != (i + 1 == n) || !read_number(span_take(&text, ','), &out[i]))
            return false;
    }
    return true;
}

/* --- arguments
 * ------------------------------------------------------------------------------------------------- */

static bool take_option(struct arguments *arguments, const char *name, const char *value)
{
    const char **out = strcmp(name, "--model") == 0    ? &arguments->name
                       : strcmp(name, "--k") == 0      ? &arguments->k
                       : strcmp(name, "--params") == 0 ? &arguments->params
                                                       : NULL;
    if (out == NULL || *out != NULL)
        return false;
    *out = value;
    return true;
}

static bool read_model(struct arguments *arguments)
{
    double numbers[4], k = 1;
    if (!arguments->name || !arguments->params ||
        !read_numbers(span_of(arguments->params), numbers, COUNT_OF(numbers)))
        return false;
    bool is_regular = strcmp(arguments->name, "cnbd") == 0, is_bg = strcmp(arguments->name, "bg") == 0;
    if (!is_regular && !is_bg && strcmp(arguments->name, "mbg") != 0)
        return false;
    if (arguments->k && (!read_number(span_of(arguments->k), &k) || k != floor(k) || k < 1 || k > BTYD_K_MAX))
        return false;
    arguments->model = (struct btyd){
        .k = (int)k, .is_bg = is_bg, .r = numbers[0], .alpha = numbers[1], .a = numbers[2], .b = numbers[3]};
    return (is_regular || k == 1) && btyd_is_valid(&arguments->model);
}

static bool read_arguments(int argc, char **argv, struct arguments *arguments)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            if (i + 1 == argc || !take_option(arguments, argv[i], argv[i + 1]))
                return false;
            i++;
        } else if (arguments->file) {
            return false;
        } else {
            arguments->file = argv[i];
        }
    }
    if (arguments->file && strcmp(arguments->file, "-") == 0)
        arguments->file = NULL;
    return read_model(arguments);
}

/* --- rows
 * ------------------------------------------------------------------------------------------------------ */

/* What is wrong with a row; NULL: nothing. */
static const char *check_row(const double row[COLUMNS])
{
    for (int i = 0; i < COLUMNS; i++)
        if (row[i] < 0 || row[i] > MOST)
            return "the numbers are from 0 to 1000000";
    if (row[COLUMN_X] != floor(row[COLUMN_X]))
        return "x is a whole number";
    if (row[COLUMN_X] == 0 && row[COLUMN_T_X] > 0)
        return "without a repeat purchase (x = 0) t_x is 0";
    return row[COLUMN_T_X] > row[COLUMN_T] ? "t_x is not greater than T" : NULL;
}

static bool is_header(struct span line)
{
    static const char *const names[COLUMNS] = {"x", "t_x", "T", "t"};
    for (int i = 0; i < COLUMNS; i++)
        if (!span_is(span_trim(span_take(&line, ',')), names[i]))
            return false;
    return line.n == 0;
}

static void print_row(const struct btyd *model, const double row[COLUMNS])
{
    struct purchases c = {.x = row[COLUMN_X], .t_x = row[COLUMN_T_X], .T = row[COLUMN_T]};
    double t = row[COLUMN_TIME];
    printf("%.17g,%.17g,%.17g\n", btyd_alive(model, &c), btyd_active_exact(model, &c, t),
           btyd_expected(model, &c, t));
}

static int print_rows(const struct btyd *model, FILE *in)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    double row[COLUMNS];
    const char *wrong = NULL;
    bool is_first = true;
    puts("palive,p_active,expected");
    for (long n = 1; wrong == NULL && (length = getline(&text, &capacity, in)) >= 0; n++) {
        struct span line = span_trim((struct span){text, (size_t)length});
        if (line.n == 0 || (is_first && is_header(line))) {
            is_first = is_first && line.n == 0;
            continue;
        }
        is_first = false;
        wrong = read_numbers(line, row, COLUMNS) ? check_row(row) : "a row is four numbers: x,t_x,T,t";
        if (wrong == NULL)
            print_row(model, row);
        else
            fprintf(stderr, "lifecycled score: line %ld: %s\n", n, wrong);
    }
    free(text);
    return wrong ? EXIT_DATA : ferror(in) ? EXIT_NO_INPUT : 0;
}

int verb_score(struct verb_context *context, int argc, char **argv)
{
    struct arguments arguments = {0};
    (void)context;
    if (!read_arguments(argc, argv, &arguments))
        return verb_usage("score");
    FILE *in = arguments.file ? fopen(arguments.file, "rbe") : stdin;
    if (in == NULL) {
        fprintf(stderr, "lifecycled score: %s: %s\n", arguments.file, strerror(errno));
        return EXIT_NO_INPUT;
    }
    int code = print_rows(&arguments.model, in);
    if (in != stdin)
        fclose(in);
    return fflush(stdout) == 0 ? code : EXIT_SOFTWARE;
}
