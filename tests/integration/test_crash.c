/*
 * Crashes under load: the service and PostgreSQL are killed with SIGKILL at random moments, connections are
 * cut, the database goes away and comes back. What was acknowledged is there exactly once, and what was sent
 * again is not counted twice. PostgreSQL here is the test's own, with the settings of a durable one.
 */
#include "../support/chance.h"
#include "../support/database.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CLIENTS       6
#define CUSTOMERS     100
#define ATTEMPTS_MOST 1000000

static char folder[128];  /* of PostgreSQL */
static char server[1024]; /* its URL */
static struct database database;
static struct chance chance;
static int port;
static pid_t service;
static char key[128];
static char log_file[256];

/* --- processes --- */

static void run_command(const char *format, ...) PRINTF_LIKE(1, 2);
static void run_command(const char *format, ...)
{
    char command[2048];
    va_list list;
    va_start(list, format);
    vsnprintf(command, sizeof(command), format, list);
    va_end(list);
    fflush(stdout);
    int status = system(command);
    if (status != 0)
        fail_msg("%s: status %d", command, status);
}

/* The first line that a command prints. */
static void read_command(char *out, size_t size, const char *command)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    bool has_line = fgets(out, (int)size, pipe) != NULL;
    int status = pclose(pipe);
    if (!has_line || status != 0)
        fail_msg("%s: status %d", command, status);
    out[strcspn(out, "\n")] = 0;
}

static void start_postgres(void)
{
    char command[512];
    snprintf(command, sizeof(command), "tools/private-postgres start %s", folder);
    read_command(server, sizeof(server), command);
}

static pid_t postmaster(void)
{
    char command[512], line[64];
    snprintf(command, sizeof(command),
             "head -n 1 $(readlink -e %s/cluster 2>/dev/null || echo %s)/data/postmaster.pid", folder,
             folder);
    read_command(line, sizeof(line), command);
    return (pid_t)atoi(line);
}

/* Its children notice and end by themselves. */
static void kill_postgres(void)
{
    pid_t pid = postmaster();
    assert_true(pid > 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (kill(pid, 0) == 0)
        usleep(1000);
}

static void reconnect(void)
{
    struct error error = {0};
    db_close(database.db);
    database.db = NULL;
    for (int i = 0; db_open(database.url, &(struct db_options){0}, &database.db, &error) != STATUS_OK; i++) {
        if (i == 100)
            fail_msg("%s", error.detail);
        usleep(100000);
    }
}

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void start_service(void)
{
    const char *program = getenv("LIFECYCLED_BIN");
    service = fork();
    assert_true(service >= 0);
    if (service > 0)
        return;
    FILE *log = freopen(log_file, "a", stderr);
    execl(program, program, "serve", (char *)NULL);
    _exit(log ? 126 : 127);
}

static void kill_service(void)
{
    kill(service, SIGKILL);
    waitpid(service, NULL, 0);
}

static void stop_service(void)
{
    int status;
    kill(service, SIGTERM);
    waitpid(service, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- HTTP --- */

struct answer {
    int status; /* 0: none */
    bool has_retry_after;
    char body[65536];
};

static int dial(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    struct timeval timeout = {.tv_sec = 30};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool read_answer(int fd, struct answer *out)
{
    size_t n = 0;
    *out = (struct answer){0};
    for (;;) {
        ssize_t got = recv(fd, out->body + n, sizeof(out->body) - 1 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        out->body[n] = 0;
        char *end = strstr(out->body, "\r\n\r\n");
        if (end == NULL)
            continue;
        const char *length = strcasestr(out->body, "\r\ncontent-length:");
        size_t wanted = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
        size_t head = (size_t)(end + 4 - out->body);
        if (n < head + wanted)
            continue;
        *end = 0;
        out->status = atoi(out->body + 9);
        out->has_retry_after = strcasestr(out->body, "\r\nretry-after:") != NULL;
        memmove(out->body, end + 4, n - head + 1);
        return true;
    }
}

/* One request on ${*fd}, which is opened, and closed when it is of no more use. */
static bool request(int *fd, const char *method, const char *path, const char *body, struct answer *out)
{
    char head[512];
    if (*fd < 0)
        *fd = dial();
    if (*fd < 0)
        return false;
    int n = snprintf(
        head, sizeof(head),
        "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n",
        method, path, key, strlen(body));
    bool ok = send(*fd, head, (size_t)n, MSG_NOSIGNAL | MSG_MORE) == n &&
              (*body == 0 || send(*fd, body, strlen(body), MSG_NOSIGNAL) == (ssize_t)strlen(body)) &&
              read_answer(*fd, out);
    if (!ok) {
        close(*fd);
        *fd = -1;
    }
    return ok;
}

static int get_status(const char *path)
{
    static struct answer answer;
    int fd = -1;
    bool ok = request(&fd, "GET", path, "", &answer);
    if (fd >= 0)
        close(fd);
    return ok ? answer.status : 0;
}

static void wait_until_ready(void)
{
    for (int i = 0; get_status("/readyz") != 200; i++) {
        if (i == 600)
            fail_msg("the service is not ready; its log is %s", log_file);
        usleep(50000);
    }
}

/* --- load --- */

static atomic_bool is_over;
static atomic_long n_acknowledged, n_lost, n_busy, n_wrong;

struct client {
    pthread_t thread;
    int number;
    int next; /* the message that is sent now */
    int fd;
    char wrong[512];
    struct answer answer;
};
static struct client clients[CLIENTS];

static void message(char *out, size_t size, int client, int number)
{
    int customer = (client * 7919 + number * 31) % CUSTOMERS;
    if (number % 3 == 0)
        snprintf(out, size,
                 "{\"messageId\":\"k%d-%d\",\"userId\":\"c%d\",\"event\":\"Order Completed\",\"properties\":"
                 "{\"order_id\":\"o%d-%d\",\"revenue\":1}}",
                 client, number, customer, client, number);
    else
        snprintf(out, size, "{\"messageId\":\"k%d-%d\",\"userId\":\"c%d\",\"event\":\"Product Viewed\"}",
                 client, number, customer);
}

/* Send one message after the other, each until it is acknowledged. */
static void *send_load(void *context)
{
    struct client *c = context;
    char body[512];
    while (!atomic_load(&is_over)) {
        message(body, sizeof(body), c->number, c->next);
        if (!request(&c->fd, "POST", "/v1/track", body, &c->answer)) {
            atomic_fetch_add(&n_lost, 1);
            usleep(5000);
        } else if (c->answer.status == 200) {
            atomic_fetch_add(&n_acknowledged, 1);
            c->next++;
        } else if (c->answer.status == 503 && c->answer.has_retry_after) {
            atomic_fetch_add(&n_busy, 1);
            usleep(20000);
        } else {
            if (atomic_fetch_add(&n_wrong, 1) == 0)
                snprintf(c->wrong, sizeof(c->wrong), "%d: %.400s", c->answer.status, c->answer.body);
            usleep(20000);
        }
    }
    return NULL;
}

static bool is_loading;

static void start_load(void)
{
    is_loading = true;
    atomic_store(&is_over, false);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].number = i;
        clients[i].fd = -1;
        assert_int_equal(pthread_create(&clients[i].thread, NULL, send_load, &clients[i]), 0);
    }
}

static int stop_load(void **state)
{
    (void)state;
    atomic_store(&is_over, true);
    for (int i = 0; is_loading && i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
    is_loading = false;
    return 0;
}

/* Stop, and send what is not acknowledged until it is. */
static void finish_load(void)
{
    char body[512];
    stop_load(NULL);
    for (int i = 0; i < CLIENTS; i++) {
        struct client *c = &clients[i];
        message(body, sizeof(body), i, c->next);
        for (int k = 0; !request(&c->fd, "POST", "/v1/track", body, &c->answer) || c->answer.status != 200;
             k++) {
            if (k == 300)
                fail_msg("the last message is not taken: %d %s", c->answer.status, c->answer.body);
            usleep(50000);
        }
        c->next++;
        atomic_fetch_add(&n_acknowledged, 1);
    }
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].wrong[0])
            fail_msg("client %d was answered %s", i, clients[i].wrong);
}

static void load_for(int ms)
{
    usleep((useconds_t)ms * 1000);
}

/* --- what must be so --- */

static void everything_acknowledged_is_there_once(void)
{
    int64_t sent = 0, orders = 0;
    char body[512], command[2048];
    reconnect();
    for (int i = 0; i < CLIENTS; i++) {
        struct client *c = &clients[i];
        sent += c->next;
        orders += (c->next + 2) / 3;
        /* the latest messages again: all of them are repeats */
        for (int k = c->next > 10 ? c->next - 10 : 0; k < c->next; k++) {
            message(body, sizeof(body), i, k);
            assert_true(request(&c->fd, "POST", "/v1/track", body, &c->answer));
            assert_int_equal(c->answer.status, 200);
            if (strstr(c->answer.body, "\"duplicate\":true") == NULL)
                fail_msg("%s is counted again: %s", body, c->answer.body);
        }
        close(c->fd);
        c->fd = -1;
    }
    assert_int_equal(atomic_load(&n_acknowledged), sent);
    assert_int_equal(
        database_number(&database, "SELECT count(*) FROM event WHERE payload ->> 'messageId' LIKE 'k%%'"),
        sent);
    assert_int_equal(database_number(&database, "SELECT count(DISTINCT payload ->> 'messageId') FROM event "
                                                "WHERE payload ->> 'messageId' LIKE 'k%%'"),
                     sent);
    assert_int_equal(
        database_number(&database,
                        "SELECT sum(events_count)::int8 FROM customer WHERE external_id LIKE 'c%%'"),
        sent);
    assert_int_equal(
        database_number(&database,
                        "SELECT sum(orders_count)::int8 FROM customer WHERE external_id LIKE 'c%%'"),
        orders);
    assert_int_equal(
        database_number(&database,
                        "SELECT sum(revenue_gross)::int8 FROM customer WHERE external_id LIKE 'c%%'"),
        100 * orders);
    snprintf(command, sizeof(command), "%s verify > %s.verify 2>&1", getenv("LIFECYCLED_BIN"), log_file);
    if (system(command) != 0) {
        snprintf(command, sizeof(command), "head -n 20 %s.verify", log_file);
        run_command("%s", command);
        fail_msg("verify finds drift");
    }
    printf("%" PRId64 " acknowledged once, %ld lost on their way, %ld told to come again\n", sent,
           atomic_load(&n_lost), atomic_load(&n_busy));
}

/* --- the tests --- */

static void a_service_that_is_killed_under_load_loses_and_doubles_nothing(void **state)
{
    (void)state;
    start_load();
    for (int i = 0; i < 6; i++) {
        load_for((int)(200 + chance_of(&chance, 500)));
        kill_service();
        load_for((int)chance_of(&chance, 100));
        start_service();
        wait_until_ready();
    }
    load_for(200);
    finish_load();
    everything_acknowledged_is_there_once();
}

static void a_postgres_that_is_killed_during_commits_loses_and_doubles_nothing(void **state)
{
    (void)state;
    start_load();
    for (int i = 0; i < 4; i++) {
        load_for((int)(200 + chance_of(&chance, 500)));
        kill_postgres();
        load_for((int)chance_of(&chance, 100));
        start_postgres();
        wait_until_ready();
    }
    load_for(300);
    finish_load();
    everything_acknowledged_is_there_once();
}

static void connections_that_are_cut_again_and_again_lose_and_double_nothing(void **state)
{
    (void)state;
    reconnect();
    start_load();
    for (int i = 0; i < 40; i++) {
        load_for((int)(20 + chance_of(&chance, 60)));
        database_run(&database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                                "current_database() AND pid <> pg_backend_pid()");
    }
    load_for(200);
    finish_load();
    everything_acknowledged_is_there_once();
}

static void without_a_database_the_answer_is_come_again_and_then_all_is_well_by_itself(void **state)
{
    static struct answer answer;
    int fd = -1;
    const char *body = "{\"messageId\":\"away\",\"userId\":\"away\",\"event\":\"Product Viewed\"}";
    (void)state;
    db_close(database.db);
    database.db = NULL;
    run_command("tools/private-postgres stop %s", folder);
    for (int i = 0; get_status("/readyz") != 503; i++) {
        assert_true(i < 100);
        usleep(50000);
    }
    assert_int_equal(get_status("/healthz"), 200);
    assert_true(request(&fd, "POST", "/v1/track", body, &answer));
    assert_int_equal(answer.status, 503);
    assert_true(answer.has_retry_after);
    assert_non_null(strstr(answer.body, "\"code\":\"database_away\""));
    start_postgres();
    wait_until_ready();
    assert_true(request(&fd, "POST", "/v1/track", body, &answer));
    assert_int_equal(answer.status, 200);
    close(fd);
    reconnect();
    assert_int_equal(
        database_number(&database, "SELECT events_count FROM customer WHERE external_id = 'away'"), 1);
}

/* A message that the database refuses: 255 others of its batch do not notice. */
static void a_poisonous_message_in_a_batch_sinks_no_other(void **state)
{
    static struct answer answer;
    static char body[65536];
    int fd = -1;
    size_t n = 0;
    (void)state;
    reconnect();
    database_run(&database,
                 "ALTER TABLE event ADD CONSTRAINT poison CHECK (payload::text NOT LIKE '%%arsenic%%')");
    n += (size_t)snprintf(body + n, sizeof(body) - n, "{\"batch\":[");
    for (int i = 0; i < 256; i++)
        n += (size_t)snprintf(
            body + n, sizeof(body) - n,
            "%s{\"type\":\"track\",\"messageId\":\"p%d\",\"userId\":\"p%d\",\"event\":\"%s\"}", i ? "," : "",
            i, i % 40, i == 131 ? "arsenic" : "Product Viewed");
    snprintf(body + n, sizeof(body) - n, "]}");
    for (int round = 0; round < 2; round++) {
        assert_true(request(&fd, "POST", "/v1/batch", body, &answer));
        assert_int_equal(answer.status, 200);
        if (strstr(answer.body, round == 0 ? "\"accepted\":255" : "\"accepted\":0") == NULL ||
            strstr(answer.body, "\"refused\":1") == NULL || strstr(answer.body, "\"index\":131") == NULL ||
            strstr(answer.body, "\"code\":\"poison\"") == NULL)
            fail_msg("round %d: %.600s", round, answer.body);
        assert_int_equal(
            database_number(&database,
                            "SELECT sum(events_count)::int8 FROM customer WHERE external_id LIKE 'p%%'"),
            255);
    }
    close(fd);
    database_run(&database, "ALTER TABLE event DROP CONSTRAINT poison");
}

static int set_up(void **state)
{
    char line[256], command[1024];
    (void)state;
    chance = (struct chance){chance_seed()};
    printf("PROPERTY_SEED=%" PRIu64 "\n", chance.state);
    snprintf(folder, sizeof(folder), "/tmp/lifecycled-crash-%d", (int)getpid());
    snprintf(log_file, sizeof(log_file), "/tmp/lifecycled-crash-%d.log", (int)getpid());
    start_postgres();
    setenv("LIFECYCLED_TEST_DATABASE_URL", server, 1);
    database_make(&database);
    setenv("LIFECYCLED_DATABASE_URL", database.url, 1);
    port = free_port();
    snprintf(line, sizeof(line), "127.0.0.1:%d", port);
    setenv("LIFECYCLED_LISTEN", line, 1);
    setenv("LIFECYCLED_COMMIT_TIMEOUT_MS", "2000", 1);
    run_command("%s shops create crash --currency EUR --timezone UTC 2> /dev/null", getenv("LIFECYCLED_BIN"));
    snprintf(command, sizeof(command), "%s keys create --shop crash --scope admin", getenv("LIFECYCLED_BIN"));
    read_command(key, sizeof(key), command);
    start_service();
    wait_until_ready();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop_service();
    db_close(database.db);
    run_command("tools/private-postgres delete %s", folder);
    run_command("rm -f %s %s.verify", log_file, log_file);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_service_that_is_killed_under_load_loses_and_doubles_nothing, stop_load),
        cmocka_unit_test_teardown(a_postgres_that_is_killed_during_commits_loses_and_doubles_nothing,
                                  stop_load),
        cmocka_unit_test_teardown(connections_that_are_cut_again_and_again_lose_and_double_nothing,
                                  stop_load),
        cmocka_unit_test(without_a_database_the_answer_is_come_again_and_then_all_is_well_by_itself),
        cmocka_unit_test(a_poisonous_message_in_a_batch_sinks_no_other),
    };
    database_server();
    if (getenv("LIFECYCLED_BIN") == NULL) {
        puts("LIFECYCLED_BIN is not set");
        return 77;
    }
    log_open(LOG_ERROR);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
