/*
 * Published numbers of the purchase models, as text files to which anyone can add a line: btyd/customers.txt
 * (single customers) and btyd/data.txt (public data sets, where ../shared/data has them).
 */
#include "base/time.h"
#include "core/btyd.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#define WORDS_MAX 16
#define LINE_SIZE 1024

/* ---- rows: words = value ---- */

struct row {
    const char *file;
    int line;
    const char *words[WORDS_MAX];
    int n;
    int next; /* the first word that is not taken */
    const char *value;
};

static const char *take(struct row *row)
{
    if (row->next == row->n) {
        fail_msg("%s:%d: something is missing", row->file, row->line);
    }
    return row->words[row->next++];
}

static double take_number(struct row *row)
{
    const char *word = take(row);
    char *end;
    double number = strtod(word, &end);
    if (*end != '\0') {
        fail_msg("%s:%d: %s is no number", row->file, row->line, word);
    }
    return number;
}

/** One unit of the last digit of ${text}. */
static double last_digit(const char *text)
{
    const char *point = strchr(text, '.'), *exponent = strpbrk(text, "eE");
    size_t digits = point ? (exponent ? (size_t)(exponent - point) : strlen(point)) - 1 : 0;
    return pow(10, (exponent ? atoi(exponent + 1) : 0) - (double)digits);
}

static void assert_holds(struct row *row, double made)
{
    double value = strtod(row->value, NULL);
    if (row->next != row->n) {
        fail_msg("%s:%d: %s is too much", row->file, row->line, row->words[row->next]);
    }
    if (strcmp(row->value, "blank") == 0 ? isnan(made)
                                         : fabs(made - value) <= 1.0001 * last_digit(row->value)) {
        return;
    }
    fail_msg("%s:%d: %.12g, not %s", row->file, row->line, made, row->value);
}

static bool row_read(FILE *file, struct row *row, char line[LINE_SIZE])
{
    while (fgets(line, LINE_SIZE, file) != NULL) {
        char *rest = line, *value = strchr(line, '='), *word;
        row->line++;
        row->n = row->next = 0;
        if (line[0] == '#' || line[strspn(line, " \n")] == '\0') {
            continue;
        }
        if (value == NULL) {
            fail_msg("%s:%d: there is no =", row->file, row->line);
        }
        *value++ = '\0';
        value[strcspn(value, "\n")] = '\0';
        row->value = value + strspn(value, " ");
        while ((word = strtok_r(rest, " ", &rest)) != NULL) {
            assert_true(row->n < WORDS_MAX);
            row->words[row->n++] = word;
        }
        return true;
    }
    return false;
}

static void each_row(const char *path, void check(struct row *row))
{
    char line[LINE_SIZE];
    struct row row = {.file = path};
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int n = 0;
    for (; row_read(file, &row, line); n++) {
        check(&row);
    }
    assert_true(n > 0);
    fclose(file);
}

static struct btyd take_model(struct row *row)
{
    const char *name = take(row);
    struct btyd p = {.k = 1, .is_bg = strcmp(name, "bg") == 0};
    if (strncmp(name, "cnbd", 4) == 0) {
        p.k = atoi(name + 4);
    } else if (!p.is_bg && strcmp(name, "mbg") != 0) {
        fail_msg("%s:%d: there is no model %s", row->file, row->line, name);
    }
    p.r = take_number(row);
    p.alpha = take_number(row);
    p.a = take_number(row);
    p.b = take_number(row);
    assert_true(btyd_is_valid(&p));
    return p;
}

/* ---- customers ---- */

static double of_customer(struct row *row, const struct btyd *p, const char *quantity)
{
    struct purchases c = {.x = take_number(row)};
    c.t_x = take_number(row);
    c.T = take_number(row);
    if (strcmp(quantity, "likelihood") == 0) {
        c.ln_gaps = p->k > 1 ? take_number(row) : 0;
        return btyd_log_likelihood(p, &c, NULL);
    }
    if (strcmp(quantity, "alive") == 0) {
        return btyd_alive(p, &c);
    }
    if (strcmp(quantity, "active") == 0) {
        return btyd_active_exact(p, &c, take_number(row));
    }
    if (strcmp(quantity, "expected") == 0) {
        return btyd_expected(p, &c, take_number(row));
    }
    if (strcmp(quantity, "value") != 0) {
        fail_msg("%s:%d: there is no %s", row->file, row->line, quantity);
    }
    int n = (int)take_number(row);
    double period = take_number(row), rate = take_number(row);
    return btyd_lifetime_value(p, &c, 1, n, period, rate);
}

static void check_customer(struct row *row)
{
    struct btyd p = take_model(row);
    const char *quantity = take(row);
    double made;
    if (strcmp(quantity, "expected_new") == 0) {
        made = btyd_expected_new(&p, take_number(row));
    } else if (strcmp(quantity, "probability_new") == 0) {
        int n = (int)take_number(row);
        made = btyd_probability_new(&p, n, take_number(row));
    } else {
        made = of_customer(row, &p, quantity);
    }
    assert_holds(row, made);
}

static void single_customers_are_as_published(void **state)
{
    (void)state;
    each_row("tests/golden/btyd/customers.txt", check_customer);
}

/* ---- data sets ---- */

struct order {
    int64_t customer;
    int32_t day;
    int64_t number;
    int64_t value; /* 1/1000 of the currency */
};

struct orders {
    struct order *list;
    size_t n, capacity;
};

struct data {
    const char *name;
    const char *path;
    double unit; /* values of the log in one of the currency */
    bool (*read)(char *line, struct order *out);
    int32_t until; /* the last day of what is looked at */
    struct purchase_log log;
    size_t n_by_orders; /* customers with more than one order */
};

static int32_t day_of(int64_t date)
{
    return (int32_t)day_from_date((int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100));
}

static int64_t thousandths(double value)
{
    return llround(value * 1000);
}

static bool read_sample(char *line, struct order *out)
{
    char *end = line;
    (void)strtoll(end, &end, 10); /* its number in the whole of the data */
    out->customer = strtoll(end, &end, 10);
    out->day = day_of(strtoll(end, &end, 10));
    (void)strtoll(end, &end, 10);
    out->value = thousandths(strtod(end, &end));
    return out->customer > 0;
}

static bool read_master(char *line, struct order *out)
{
    char *end = line;
    out->customer = strtoll(end, &end, 10);
    out->day = day_of(strtoll(end, &end, 10));
    (void)strtoll(end, &end, 10);
    out->value = thousandths(strtod(end, &end));
    return out->customer > 0;
}

/* InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country */
static bool read_retail(char *line, struct order *out)
{
    char *fields[8] = {line};
    int n = 1;
    bool is_quoted = false;
    for (char *p = line; *p != '\0' && n < 8; p++) {
        is_quoted = is_quoted != (*p == '"');
        if (*p == ',' && !is_quoted) {
            *p = '\0';
            fields[n++] = p + 1;
        }
    }
    if (n < 8 || fields[0][0] < '0' || fields[0][0] > '9' || fields[6][0] == '\0') {
        return false;
    }
    double quantity = strtod(fields[3], NULL), price = strtod(fields[5], NULL);
    int year, month, day;
    if (quantity <= 0 || price <= 0 || sscanf(fields[4], "%d-%d-%d", &year, &month, &day) != 3) {
        return false;
    }
    *out = (struct order){.customer = strtoll(fields[6], NULL, 10),
                          .day = (int32_t)day_from_date(year, month, day),
                          .number = strtoll(fields[0], NULL, 10),
                          .value = thousandths(quantity * price)};
    return true;
}

static struct data datas[] = {
    {.name = "sample", .path = "../shared/data/CDNOW_sample.txt", .unit = 1000, .read = read_sample},
    {.name = "cdnow", .path = "../shared/data/CDNOW_master.txt", .unit = 1000, .read = read_master},
    {.name = "retail", .path = "../shared/data/online_retail.csv.gz", .unit = 1000, .read = read_retail},
};

static int compare_orders(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->customer != y->customer) {
        return x->customer < y->customer ? -1 : 1;
    }
    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

/** False: it is not here. gzopen() reads what is not compressed, too. */
static bool read_orders(const struct data *data, struct orders *orders)
{
    char line[LINE_SIZE];
    gzFile file = gzopen(data->path, "rb");
    if (file == NULL) {
        return false;
    }
    for (int64_t n = 0; gzgets(file, line, sizeof(line)) != NULL; n++) {
        if (orders->n == orders->capacity) {
            orders->capacity = orders->capacity ? 2 * orders->capacity : 4096;
            orders->list = realloc(orders->list, orders->capacity * sizeof(*orders->list));
            assert_non_null(orders->list);
        }
        struct order *order = &orders->list[orders->n];
        order->number = n;
        orders->n += data->read(line, order);
    }
    gzclose(file);
    qsort(orders->list, orders->n, sizeof(*orders->list), compare_orders);
    return true;
}

static bool data_open(struct data *data)
{
    struct orders orders = {0};
    if (data->log.n_customers > 0) {
        return true;
    }
    if (!read_orders(data, &orders)) {
        return false;
    }
    purchase_log_init(&data->log);
    const struct order *first = NULL; /* of the customer */
    bool is_counted = false;
    for (const struct order *order = orders.list; order < orders.list + orders.n; order++) {
        if (first == NULL || first->customer != order->customer) {
            purchase_log_begin(&data->log);
            first = order;
            is_counted = false;
        }
        purchase_log_add(&data->log, order->day, order->value);
        if (!is_counted && order->number != first->number) {
            data->n_by_orders++;
            is_counted = true;
        }
    }
    free(orders.list);
    int32_t begin;
    assert_true(purchase_log_span(&data->log, &begin, &data->until));
    if (data->read != read_retail) {
        data->until = day_of(19970930);
    }
    return true;
}

/* ---- quantities of a data set ---- */

static double count(const struct data *data, bool are_repeaters)
{
    struct purchases c;
    size_t n = 0;
    for (size_t i = 0; i < data->log.n_customers; i++) {
        n += purchase_log_look(&data->log, i, data->until, &c) && (!are_repeaters || c.x > 0);
    }
    return (double)n;
}

static double likelihood(const struct data *data, const struct btyd *p)
{
    struct purchases c;
    double sum = 0;
    for (size_t i = 0; i < data->log.n_customers; i++) {
        if (purchase_log_look(&data->log, i, data->until, &c)) {
            sum += btyd_log_likelihood(p, &c, NULL);
        }
    }
    return sum;
}

static double spend_likelihood(const struct data *data, const struct gamma_gamma *g)
{
    struct purchases c;
    double sum = 0;
    for (size_t i = 0; i < data->log.n_customers; i++) {
        if (purchase_log_look(&data->log, i, data->until, &c) && c.x > 0) {
            sum += gamma_gamma_log_likelihood(g, c.x, c.value / data->unit, NULL);
        }
    }
    return sum;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double repeat_value(const struct data *data, const char *what)
{
    double *values = malloc(data->log.n_customers * sizeof(*values)), sum = 0, squares = 0;
    size_t n = 0;
    struct purchases c;
    assert_non_null(values);
    for (size_t i = 0; i < data->log.n_customers; i++) {
        if (purchase_log_look(&data->log, i, data->until, &c) && c.x > 0) {
            values[n++] = c.value / data->unit;
            sum += c.value / data->unit;
        }
    }
    qsort(values, n, sizeof(*values), compare_numbers);
    double mean = sum / (double)n, least = values[0], median = values[n / 2], most = values[n - 1];
    for (size_t i = 0; i < n; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
    }
    free(values);
    const struct {
        const char *name;
        double value;
    } known[] = {{"mean", mean},
                 {"sd", sqrt(squares / (double)(n - 1))},
                 {"least", least},
                 {"median", median},
                 {"most", most}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(what, known[i].name) == 0) {
            return known[i].value;
        }
    }
    fail_msg("there is no %s", what);
    return NAN;
}

static double repeat_rate(const struct data *data, bool is_by_orders)
{
    size_t n = 0;
    for (size_t i = 0; i < data->log.n_customers; i++) {
        n += data->log.first[i + 1] - data->log.first[i] > 1;
    }
    return (double)(is_by_orders ? data->n_by_orders : n) / (double)data->log.n_customers;
}

static int32_t first_of_month(int months)
{
    return (int32_t)day_from_date(months / 12, months % 12 + 1, 1);
}

/** NAN: the month is after the end. */
static double cohort(const struct data *data, const char *month, int k)
{
    int year, one;
    assert_int_equal(sscanf(month, "%d-%d", &year, &one), 2);
    int first = year * 12 + one - 1;
    int32_t begin, end, of_first = first_of_month(first), after_first = first_of_month(first + 1);
    assert_true(purchase_log_span(&data->log, &begin, &end));
    if (first_of_month(first + k) > end) {
        return NAN;
    }
    size_t n = 0;
    for (size_t i = 0; i < data->log.n_customers; i++) {
        int32_t day = data->log.days[data->log.first[i]];
        n += day >= of_first && day < after_first &&
             purchase_log_between(&data->log, i, first_of_month(first + k) - 1,
                                  first_of_month(first + k + 1) - 1, NULL) > 0;
    }
    return (double)n;
}

static double repeat_purchases(const struct data *data, int weeks)
{
    int32_t begin, end;
    struct purchases c;
    double sum = 0;
    assert_true(purchase_log_span(&data->log, &begin, &end));
    for (size_t i = 0; i < data->log.n_customers; i++) {
        sum += purchase_log_look(&data->log, i, begin + 7 * weeks - 1, &c) ? c.x : 0;
    }
    return sum;
}

static double spend(struct row *row, const struct data *data, bool is_likelihood)
{
    struct purchases c;
    size_t i = is_likelihood ? 0 : (size_t)take_number(row) - 1;
    struct gamma_gamma g = {.p = take_number(row)};
    g.q = take_number(row);
    g.v = take_number(row);
    assert_true(gamma_gamma_is_valid(&g));
    if (is_likelihood) {
        return spend_likelihood(data, &g);
    }
    assert_true(purchase_log_look(&data->log, i, data->until, &c));
    return gamma_gamma_expected(&g, c.x, c.value / data->unit);
}

static double of_data(struct row *row, const struct data *data, const char *quantity)
{
    if (strcmp(quantity, "likelihood") == 0) {
        struct btyd p = take_model(row);
        return likelihood(data, &p);
    }
    if (strcmp(quantity, "spend_likelihood") == 0 || strcmp(quantity, "spend") == 0) {
        return spend(row, data, strcmp(quantity, "spend") != 0);
    }
    if (strcmp(quantity, "repeat_value") == 0) {
        return repeat_value(data, take(row));
    }
    if (strcmp(quantity, "repeat_rate") == 0) {
        return repeat_rate(data, strcmp(take(row), "orders") == 0);
    }
    if (strcmp(quantity, "repeat_purchases") == 0) {
        return repeat_purchases(data, (int)take_number(row));
    }
    if (strcmp(quantity, "cohort") == 0) {
        const char *month = take(row);
        return cohort(data, month, (int)take_number(row));
    }
    if (strcmp(quantity, "customers") != 0 && strcmp(quantity, "repeaters") != 0) {
        fail_msg("%s:%d: there is no %s", row->file, row->line, quantity);
    }
    return count(data, strcmp(quantity, "repeaters") == 0);
}

static void check_data(struct row *row)
{
    const char *name = take(row);
    for (size_t i = 0; i < COUNT_OF(datas); i++) {
        if (strcmp(name, datas[i].name) == 0) {
            if (data_open(&datas[i])) {
                assert_holds(row, of_data(row, &datas[i], take(row)));
            }
            return;
        }
    }
    fail_msg("%s:%d: there are no data %s", row->file, row->line, name);
}

static void data_sets_are_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(datas); i++) {
        if (!data_open(&datas[i])) {
            print_message("%s is not here: its rows are skipped\n", datas[i].path);
        }
    }
    each_row("tests/golden/btyd/data.txt", check_data);
    for (size_t i = 0; i < COUNT_OF(datas); i++) {
        if (datas[i].log.n_customers > 0) {
            purchase_log_done(&datas[i].log);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_customers_are_as_published),
        cmocka_unit_test(data_sets_are_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
