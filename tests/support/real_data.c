#include "real_data.h"

#include "base/time.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>

static const struct {
    const char *name;
    const char *file;
} sources[] = {
    [CDNOW_SAMPLE] = {"CDNOW sample", "CDNOW_sample.txt"},
    [CDNOW_FULL] = {"CDNOW full", "CDNOW_master.txt"},
    [ONLINE_RETAIL] = {"Online Retail", "online_retail.csv.gz"},
};

const char *real_data_name(enum real_data which)
{
    return sources[which].name;
}

int32_t real_day(const char *date)
{
    int64_t day = 0;
    bool is_date = day_parse((struct span){date, 10}, &day);
    assert(is_date);
    return (int32_t)day;
}

static void add(struct real_orders *list, size_t *capacity, struct real_order order)
{
    if (list->n == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 4096;
        list->orders = realloc(list->orders, *capacity * sizeof(*list->orders));
        assert(list->orders != NULL);
    }
    list->orders[list->n++] = order;
}

static int32_t day_of_number(long yyyymmdd)
{
    return (int32_t)day_from_date((int)(yyyymmdd / 10000), (int)(yyyymmdd / 100 % 100),
                                  (int)(yyyymmdd % 100));
}

/** A line of CDNOW: [the number in the whole set,] customer, date, number of CDs, dollars. */
static bool read_cdnow(const char *line, bool has_number, struct real_order *out)
{
    long customer, date, discs, in_whole;
    double dollars;
    bool is_read =
        has_number ? sscanf(line, "%ld %ld %ld %ld %lf", &in_whole, &customer, &date, &discs, &dollars) == 5
                   : sscanf(line, "%ld %ld %ld %lf", &customer, &date, &discs, &dollars) == 4;
    if (is_read)
        *out = (struct real_order){(int32_t)customer, day_of_number(date), 0, llround(dollars * 100)};
    return is_read;
}

/** The fields of a CSV line, quotes taken off in place. */
static size_t split_csv(char *line, char *fields[], size_t max)
{
    size_t n = 0;
    char *from = line;
    while (n < max) {
        bool is_quoted = false;
        char *to = from;
        fields[n++] = to;
        for (; *from && (is_quoted || (*from != ',' && *from != '\n' && *from != '\r')); from++) {
            if (*from == '"')
                is_quoted = !is_quoted;
            else
                *to++ = *from;
        }
        bool is_last = *from != ',';
        *to = '\0';
        if (is_last)
            break;
        from++;
    }
    return n;
}

/** A line of an invoice: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID,
 * Country. */
static bool read_online_retail(char *line, struct real_order *out)
{
    char *f[8];
    if (split_csv(line, f, COUNT_OF(f)) != COUNT_OF(f) || f[0][0] < '0' || f[0][0] > '9' || f[6][0] == '\0')
        return false;
    long quantity = strtol(f[3], NULL, 10);
    double price = strtod(f[5], NULL);
    if (quantity <= 0 || price <= 0)
        return false;
    *out = (struct real_order){(int32_t)strtol(f[6], NULL, 10), real_day(f[4]), strtoll(f[0], NULL, 10),
                               quantity * llround(price * 1000)};
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct real_order *a = left, *b = right;
    if (a->customer != b->customer)
        return a->customer < b->customer ? -1 : 1;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

/** The lines of an invoice become one order: the day is that of its first line. */
static void join_lines(struct real_orders *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct real_order *last = n ? &list->orders[n - 1] : NULL, line = list->orders[i];
        if (last && line.number && last->number == line.number && last->customer == line.customer)
            last->value += line.value;
        else
            list->orders[n++] = line;
    }
    list->n = n;
}

bool real_orders_load(enum real_data which, struct real_orders *out)
{
    const char *folder = getenv("LIFECYCLED_DATA");
    char path[1024], line[1024];
    snprintf(path, sizeof(path), "%s/%s", folder ? folder : "../shared/data", sources[which].file);
    gzFile file = gzopen(path, "rb"); /* reads plain files too */
    *out = (struct real_orders){0};
    if (file == NULL) {
        printf("%s is not there: skipped\n", path);
        return false;
    }
    size_t capacity = 0;
    while (gzgets(file, line, sizeof(line)) != NULL) {
        struct real_order order = {0};
        if (which == ONLINE_RETAIL ? read_online_retail(line, &order)
                                   : read_cdnow(line, which == CDNOW_SAMPLE, &order))
            add(out, &capacity, order);
    }
    gzclose(file);
    qsort(out->orders, out->n, sizeof(*out->orders), compare);
    join_lines(out);
    return true;
}

bool real_data_load(enum real_data which, struct purchase_log *out)
{
    struct real_orders list;
    if (!real_orders_load(which, &list))
        return false;
    purchase_log_init(out);
    for (size_t i = 0; i < list.n; i++) {
        if (i == 0 || list.orders[i].customer != list.orders[i - 1].customer)
            purchase_log_begin(out);
        purchase_log_add(out, list.orders[i].day, list.orders[i].value);
    }
    free(list.orders);
    return true;
}
