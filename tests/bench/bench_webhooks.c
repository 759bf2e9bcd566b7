/*
 * bench_webhooks: how fast webhooks leave, against a receiver in a process of its own that answers at once.
 *
 *   (nothing)       the rate to one endpoint, the time from commit to arrival, what hanging endpoints cost
 * others receive PORT    be that receiver on PORT; prints how many requests came each second seal KEY ID a
 * secret of endpoint ID as it is stored, in hexadecimal
 */
#include "../support/database.h"
#include "../support/receiver.h"
#include "app/shop.h"
#include "base/log.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "wire/endpoint.h"
#include "wire/message.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET_KEY "bench"
#define SECRET     "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define ENDPOINTS  10
#define RATE_N     30000
#define HANGING    3
#define HANG_N     4000
#define PACE       200 /* events a second */
#define PACE_N     2000
#define BATCH      500

/* What both processes see. */
struct board {
    _Atomic long port;
    _Atomic int64_t n[ENDPOINTS];
    _Atomic usec_t first_at[ENDPOINTS], last_at[ENDPOINTS]; /* monotonic */
    _Atomic bool hangs[ENDPOINTS];
    _Atomic usec_t arrived_at[PACE_N];
};

static struct board *board;
static struct database database;
static struct clock now;
static struct session *session;
static const struct shop *shop;
static struct arena *arena;

static void check(enum status status, const struct error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", status_code(status), error->detail);
    exit(1);
}

/* --- the receiver --------------------------------------------------------------------------------------- */

static void note_arrival(struct span body, usec_t at)
{
    const char *found = memmem(body.p, body.n, "\"pace-", 6);
    int number = found ? atoi(found + 6) : -1;
    if (number >= 0 && number < PACE_N && board->arrived_at[number] == 0)
        board->arrived_at[number] = at;
}

static enum receiver_act on_request(void *context, struct span path, struct span body)
{
    usec_t at = clock_monotonic();
    int i = path.n > 1 ? path.p[1] - '0' : 0;
    (void)context;
    i = i >= 0 && i < ENDPOINTS ? i : 0;
    if (board->hangs[i])
        return RECEIVER_HANG;
    if (board->n[i]++ == 0)
        board->first_at[i] = at;
    board->last_at[i] = at;
    note_arrival(body, at);
    return RECEIVER_OK;
}

static void receive(int port)
{
    struct receiver *receiver = receiver_new(port);
    receiver_measure(receiver, on_request, NULL);
    board->port = receiver_port(receiver);
    for (int64_t before = 0;; sleep(1)) {
        int64_t n = 0;
        for (int i = 0; i < ENDPOINTS; i++)
            n += board->n[i];
        if (port) {
            printf("%lld\n", (long long)(n - before));
            fflush(stdout);
        }
        before = n;
    }
}

static pid_t start_receiver(void)
{
    pid_t child = fork();
    if (child == 0)
        receive(0);
    while (board->port == 0)
        usleep(1000);
    return child;
}

/* --- the shop ------------------------------------------------------------------------------------------- */

static struct ingest_item item_of(struct arena *into, const char *text)
{
    struct envelope *envelope;
    struct ingest_item item = {0};
    struct error error = {0};
    check(envelope_parse(into, arena_span(into, span_of(text)), false, &envelope, &error), &error);
    check(message_decode(into, envelope, 0, NULL, shop, clock_now(&now), &item.message, &error), &error);
    return item;
}

static const char *order_text(struct arena *into, const char *name, int number)
{
    return arena_printf(
        into,
        "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s-%d\",\"properties\":"
        "{\"order_id\":\"%s-%d\",\"revenue\":12.5}}",
        name, number, name, number);
}

/* So many changes order.completed, and as many of the stage. */
static void make_changes(const char *name, int n)
{
    for (int from = 0; from < n; from += BATCH) {
        struct ingest_item items[BATCH];
        struct ingest_job job = {.shop = shop, .items = items, .n_items = BATCH, .arena = arena};
        struct error error = {0};
        arena_reset(arena);
        for (int i = 0; i < BATCH; i++)
            items[i] = item_of(arena, order_text(arena, name, from + i));
        check(session_ingest(session, &job, &error), &error);
    }
}

static struct span sealed_secret(const char *id)
{
    struct span sealed;
    struct error error = {0};
    check(seal(arena, span_of(SECRET_KEY), span_of(id), span_of(SECRET), &sealed, &error), &error);
    char *text = arena_alloc(arena, sealed.n * 2 + 1);
    for (size_t i = 0; i < sealed.n; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned char)sealed.p[i]);
    return span_of(text);
}

/* Endpoint number ${i} of the receiver, which follows orders from the present head on. */
static void make_endpoint(int i)
{
    char id[UUID_TEXT], url[64];
    struct uuid uuid;
    struct buf settings;
    snprintf(url, sizeof(url), "http://127.0.0.1:%ld/%d", board->port, i);
    struct endpoint endpoint = {.url = span_of(url), .event_types = span_of("order.completed")};
    random_uuid(&uuid);
    uuid_print(&uuid, id);
    buf_init(&settings, 0);
    endpoint_settings_print(&settings, &endpoint);
    database_run(&database,
                 "INSERT INTO webhook_endpoint (endpoint_id, shop_id, settings, status, reason, status_at, "
                 "version, asked, "
                 "created_at) VALUES ('%s', %d, '%.*s', 1, 0, now(), 1, 0, now());"
                 "INSERT INTO webhook_secret (endpoint_id, secret_id, shop_id, sealed, created_at) VALUES "
                 "('%s', '%s', %d, "
                 "'\\x%s', now());"
                 "INSERT INTO webhook_progress (endpoint_id, shop_id, position) SELECT '%s', shop_id, head "
                 "FROM feed_head "
                 "WHERE shop_id = %d",
                 id, shop->id, (int)settings.n, settings.p, id, id, shop->id, sealed_secret(id).p,
                 id, shop->id);
    buf_done(&settings);
    board->n[i] = 0;
}

static void forget_endpoints(void)
{
    database_run(&database, "TRUNCATE webhook_endpoint, webhook_secret, webhook_progress, webhook_delivery");
    for (int i = 0; i < ENDPOINTS; i++)
        board->hangs[i] = false;
}

static struct service *start(void)
{
    struct service *service;
    struct error error = {0};
    check(service_new(&database.config, &now, &service, &error), &error);
    check(service_start(service, &error), &error);
    return service;
}

static void stop(struct service *service)
{
    service_drain(service);
    service_free(service);
}

static void wait_for(int i, int64_t n)
{
    while (board->n[i] < n)
        usleep(1000);
}

/* --- measuring ------------------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

static double ms_at(const usec_t *sorted, size_t n, double share)
{
    return (double)sorted[(size_t)((double)(n - 1) * share)] / 1000;
}

static void measure_rate(void)
{
    make_endpoint(0);
    make_changes("rate", RATE_N);
    struct service *service = start();
    wait_for(0, RATE_N);
    stop(service);
    printf("deliveries to one fast endpoint: %.0f a second\n",
           (double)RATE_N * 1e6 / (double)(board->last_at[0] - board->first_at[0]));
    forget_endpoints();
}

static double seconds_of_healthy(int n_hanging)
{
    usec_t last = 0;
    for (int i = HANGING - n_hanging; i < ENDPOINTS; i++) {
        make_endpoint(i);
        board->hangs[i] = i < HANGING;
    }
    make_changes(n_hanging ? "hanging" : "healthy", HANG_N);
    usec_t from = clock_monotonic();
    struct service *service = start();
    for (int i = HANGING; i < ENDPOINTS; i++) {
        wait_for(i, HANG_N);
        last = board->last_at[i] > last ? board->last_at[i] : last;
    }
    stop(service);
    forget_endpoints();
    return (double)(last - from) / 1e6;
}

static void measure_hanging(void)
{
    double alone = seconds_of_healthy(0), beside = seconds_of_healthy(HANGING);
    printf("%d endpoints, %d changes each: %.2f s alone, %.2f s beside %d that hang: %.2f times\n",
           ENDPOINTS - HANGING, HANG_N, alone, beside, HANGING, beside / alone);
}

/* Its commit is told on the committer's thread. */
struct paced {
    struct ingest_job job;
    struct ingest_item item;
    _Atomic usec_t committed_at;
};

static void on_committed(struct ingest_job *job)
{
    ((struct paced *)job->context)->committed_at = clock_monotonic();
}

static void measure_fsync(void)
{
    usec_t times[200];
    char page[8192] = {0};
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    for (size_t i = 0; fd >= 0 && i < COUNT_OF(times); i++) {
        usec_t from = clock_monotonic();
        if (pwrite(fd, page, sizeof(page), 0) < 0 || fdatasync(fd) < 0)
            return;
        times[i] = clock_monotonic() - from;
    }
    if (fd < 0)
        return;
    close(fd);
    qsort(times, COUNT_OF(times), sizeof(*times), compare);
    printf("an fdatasync of one page: p50 %.2f ms, p99 %.2f ms\n", ms_at(times, COUNT_OF(times), 0.5),
           ms_at(times, COUNT_OF(times), 0.99));
}

static void measure_latency(void)
{
    static struct paced paced[PACE_N];
    static usec_t times[PACE_N];
    make_endpoint(0);
    struct service *service = start();
    sleep(1);
    arena_reset(arena);
    usec_t from = clock_monotonic();
    for (int i = 0; i < PACE_N; i++) {
        struct error error = {0};
        paced[i].item = item_of(arena, order_text(arena, "pace", i));
        paced[i].job = (struct ingest_job){.shop = shop,
                                           .items = &paced[i].item,
                                           .n_items = 1,
                                           .arena = arena_new(4096),
                                           .done = on_committed,
                                           .context = &paced[i]};
        usec_t left = from + i * (USEC_PER_SEC / PACE) - clock_monotonic();
        if (left > 0)
            usleep((useconds_t)left);
        check(service_ingest(service, &paced[i].job, &error), &error);
    }
    for (int i = 0; i < PACE_N; i++) {
        while (board->arrived_at[i] == 0 || paced[i].committed_at == 0)
            usleep(1000);
        times[i] = board->arrived_at[i] - paced[i].committed_at;
    }
    stop(service);
    for (int i = 0; i < PACE_N; i++)
        arena_free(paced[i].job.arena);
    qsort(times, PACE_N, sizeof(*times), compare);
    printf("from the commit of an event to its webhook, %d a second: p50 %.1f ms, p99 %.1f ms\n", PACE,
           ms_at(times, PACE_N, 0.5), ms_at(times, PACE_N, 0.99));
    forget_endpoints();
}

static int measure_all(void)
{
    struct error error = {0};
    database_server();
    pid_t child = start_receiver();
    database_make(&database);
    snprintf(database.config.secret_key, sizeof(database.config.secret_key), SECRET_KEY);
    snprintf(database.config.webhook_allow, sizeof(database.config.webhook_allow), "127.0.0.0/8");
    session = database_session(&database, &now);
    check(shop_create(session, "bench", "EUR", "UTC", &shop, &error), &error);
    measure_fsync();
    measure_latency();
    measure_rate();
    measure_hanging();
    session_close(session);
    database_drop(&database);
    database_done();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}

int main(int argc, char **argv)
{
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        return 1;
    arena = arena_new(1 << 20);
    log_open(LOG_ERROR);
    clock_set(&now, NONE);
    if (argc == 3 && strcmp(argv[1], "receive") == 0)
        receive(atoi(argv[2]));
    return measure_all();
}
