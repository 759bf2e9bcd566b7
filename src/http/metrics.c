#include "metrics.h"

#include "app/service.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Upper bounds of the duration histogram, in microseconds and as they are printed. */
#define BUCKETS(X)                                                                                           \
    X(500, "0.0005")                                                                                         \
    X(1000, "0.001")                                                                                         \
    X(2500, "0.0025") X(5000, "0.005") X(10000, "0.01") X(25000, "0.025") X(50000, "0.05") X(100000, "0.1")  \
        X(250000, "0.25") X(500000, "0.5") X(1000000, "1.0") X(2500000, "2.5") X(5000000, "5.0")             \
            X(10000000, "10.0")

static const struct {
    usec_t most;
    const char *text;
} buckets[] = {
#define X(most, text) {most, text},
    BUCKETS(X)
#undef X
};

#define N_BUCKETS (sizeof(buckets) / sizeof(buckets[0]))

/** Every status that a reply can have; what is not listed is counted as the last one. */
static const int codes[] = {200, 201, 202, 204, 207, 304, 400, 401, 403, 404, 405, 408,
                            409, 410, 412, 413, 415, 422, 428, 429, 499, 501, 503, 500};

#define N_CODES (sizeof(codes) / sizeof(codes[0]))

struct series {
    uint64_t by_code[N_CODES];
    uint64_t by_duration[N_BUCKETS + 1];
    usec_t duration;
};

struct metrics {
    struct series *routes; /* one for each row of the route table */
    struct series unmatched[METHOD_COUNT];
    uint64_t stripped;
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));
    struct series *series = calloc(n_routes, sizeof(*series));
    if (metrics == NULL || series == NULL) {
        free(metrics);
        free(series);
        return NULL;
    }
    metrics->routes = series;
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (metrics != NULL) {
        free(metrics->routes);
        free(metrics);
    }
}

static size_t code_place(int status)
{
    size_t place = 0;
    while (place + 1 < N_CODES && codes[place] != status) {
        place++;
    }
    return place;
}

int metrics_code(int status)
{
    return codes[code_place(status)];
}

void metrics_count(struct metrics *metrics, const struct route *route, enum method method, int status,
                   usec_t duration)
{
    struct series *series = route ? &metrics->routes[route - routes] : &metrics->unmatched[method];
    series->by_code[code_place(status)]++;
    size_t bucket = 0;
    while (bucket < N_BUCKETS && duration > buckets[bucket].most) {
        bucket++;
    }
    series->by_duration[bucket]++;
    series->duration += duration;
}

void metrics_stripped(struct metrics *metrics, size_t n)
{
    metrics->stripped += n;
}

/* --- printing ------------------------------------------------------------------------------------------- */

struct page {
    struct buf *out;
    bool is_open_metrics;
};

/**
 * OpenMetrics names the family of a counter without the _total that its samples have; the older format with
 * it.
 */
static void print_family(const struct page *page, const char *name, const char *type, const char *help)
{
    bool is_counter = strcmp(type, "counter") == 0;
    const char *suffix = is_counter && !page->is_open_metrics ? "_total" : "";
    buf_printf(page->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix, type);
}

static void print_requests(const struct page *page, const char *path, enum method method,
                           const struct series *series)
{
    for (size_t i = 0; i < N_CODES; i++) {
        if (series->by_code[i] != 0) {
            buf_printf(page->out, PREFIX "http_requests_total{route=\"%s\",method=\"%s\",code=\"%d\"} %llu\n",
                       path, method_name(method), codes[i], (unsigned long long)series->by_code[i]);
        }
    }
}

static void print_durations(const struct page *page, const char *path, enum method method,
                            const struct series *series)
{
    uint64_t sum = 0;
    for (size_t i = 0; i <= N_BUCKETS; i++) {
        sum += series->by_duration[i];
    }
    if (sum == 0) {
        return;
    }
    uint64_t below = 0;
    for (size_t i = 0; i <= N_BUCKETS; i++) {
        below += series->by_duration[i];
        buf_printf(page->out,
                   PREFIX "http_request_duration_seconds_bucket{route=\"%s\",method=\"%s\",le=\"%s\"} %llu\n",
                   path, method_name(method), i < N_BUCKETS ? buckets[i].text : "+Inf",
                   (unsigned long long)below);
    }
    buf_printf(page->out,
               PREFIX "http_request_duration_seconds_sum{route=\"%s\",method=\"%s\"} %lld.%06lld\n", path,
               method_name(method), (long long)(series->duration / USEC_PER_SEC),
               (long long)(series->duration % USEC_PER_SEC));
    buf_printf(page->out, PREFIX "http_request_duration_seconds_count{route=\"%s\",method=\"%s\"} %llu\n",
               path, method_name(method), (unsigned long long)sum);
}

static void print_series(const struct page *page, const struct metrics *metrics,
                         void (*print)(const struct page *, const char *, enum method, const struct series *))
{
    for (size_t i = 0; i < n_routes; i++) {
        print(page, routes[i].path, routes[i].method, &metrics->routes[i]);
    }
    for (int m = 0; m < METHOD_COUNT; m++) {
        print(page, "", (enum method)m, &metrics->unmatched[m]);
    }
}

static void print_gauge(const struct page *page, const char *name, const char *help, int64_t value)
{
    print_family(page, name, "gauge", help);
    buf_printf(page->out, "%s %lld\n", name, (long long)value);
}

/** A metric in microseconds is published in seconds, the base unit. */
static void print_service_metric(const struct page *page, const char *name, const char *type,
                                 const char *help, int64_t value)
{
    static const char unit[] = "_microseconds";
    char full[128];
    size_t n = strlen(name);
    bool is_time = n > sizeof(unit) - 1 && strcmp(name + n - (sizeof(unit) - 1), unit) == 0;
    int shown = (int)(is_time ? n - (sizeof(unit) - 1) : n);
    snprintf(full, sizeof(full), PREFIX "%.*s%s", shown, name, is_time ? "_seconds" : "");
    print_family(page, full, type, help);
    const char *suffix = strcmp(type, "counter") == 0 ? "_total" : "";
    if (is_time) {
        buf_printf(page->out, "%s%s %.6f\n", full, suffix, (double)value / 1e6);
    } else {
        buf_printf(page->out, "%s%s %lld\n", full, suffix, (long long)value);
    }
}

static void print_service(const struct page *page, struct service *service)
{
    int64_t values[METRIC_COUNT] = {0};
    service_metrics(service, values);
#define X(name, type, help) print_service_metric(page, #name, type, help, values[METRIC_##name]);
    SERVICE_METRIC_TABLE(X)
#undef X
}

static int64_t resident_bytes(void)
{
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        if (fscanf(file, "%*d %lld", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

static int64_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL) {
        return 0;
    }
    int64_t n = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        n += entry->d_name[0] != '.';
    }
    closedir(dir);
    return n - 1; /* the folder itself */
}

void metrics_print(const struct metrics *metrics, struct service *service, size_t connections,
                   bool is_open_metrics, struct buf *out)
{
    struct page page = {out, is_open_metrics};
    print_family(&page, PREFIX "http_requests", "counter", "Requests answered");
    print_series(&page, metrics, print_requests);
    print_family(&page, PREFIX "http_request_duration_seconds", "histogram",
                 "Time from the request line to the end of the reply");
    print_series(&page, metrics, print_durations);
    print_gauge(&page, PREFIX "http_connections", "Open connections", (int64_t)connections);
    print_family(&page, PREFIX "nul_characters_stripped", "counter", "NUL characters taken out of messages");
    buf_printf(out, PREFIX "nul_characters_stripped_total %llu\n", (unsigned long long)metrics->stripped);
    print_service(&page, service);
    gauges_print(service, out);
    print_family(&page, PREFIX "build_info", "gauge", "The version of this binary");
    buf_text(out, PREFIX "build_info{version=\"" LIFECYCLED_VERSION "\"} 1\n");
    print_gauge(&page, "process_resident_memory_bytes", "Resident memory", resident_bytes());
    print_gauge(&page, "process_open_fds", "Open file descriptors", open_files());
    if (is_open_metrics) {
        buf_text(out, "# EOF\n");
    }
}
