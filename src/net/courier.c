#include "net/courier.h"
#include "base/clock.h"
#include "reply_text.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64

/* A request on its way. Its handle, with all settings but those of the request, is used again and again. */
struct transfer {
    struct courier *courier;
    CURL *easy;
    struct curl_slist *headers;
    struct parcel *parcel; /* NULL: idle */
    char reply[COURIER_REPLY_MAX];
    size_t n_reply;
    size_t n_read;
    bool is_https;
    bool is_forbidden; /* the guard refused an address */
    bool is_permitted; /* and let another one through */
    bool is_cut;       /* the reply was longer than is read */
    struct transfer *next_idle;
    struct transfer *next; /* of all */
};

struct courier {
    const struct guard *guard;
    CURLM *multi;
    int events;      /* epoll */
    int poke;        /* eventfd */
    usec_t deadline; /* monotonic: when libcurl wants to be called; NONE: not */
    struct transfer *all;
    struct transfer *idle;
};

static const char *const failure_codes[] = {
#define X(name, number, code, sentence) [number] = code,
    COURIER_FAILURE_TABLE(X)
#undef X
};

const char *courier_failure_code(enum courier_failure failure)
{
    return failure_codes[failure];
}

/* --- what libcurl asks ---------------------------------------------------------------------------------- */

/* Whether a socket is known to epoll already is kept with libcurl. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *is_known)
{
    struct courier *courier = context;
    struct epoll_event event = {.data.fd = fd};
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(courier->events, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    epoll_ctl(courier->events, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (!is_known)
        curl_multi_assign(courier->multi, fd, courier);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct courier *courier = context;
    (void)multi;
    courier->deadline = timeout_ms < 0 ? NONE : clock_monotonic() + timeout_ms * 1000;
    return 0;
}

/* The last word on where a connection goes: the address is the one that is dialled. */
static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        !guard_permits(transfer->courier->guard, &address->addr, transfer->is_https)) {
        transfer->is_forbidden = true;
        return CURL_SOCKET_BAD;
    }
    transfer->is_permitted = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_body(char *bytes, size_t one, size_t n, void *context)
{
    struct transfer *transfer = context;
    size_t room = COURIER_REPLY_MAX - transfer->n_reply, kept = n < room ? n : room;
    (void)one; /* is 1 */
    memcpy(transfer->reply + transfer->n_reply, bytes, kept);
    transfer->n_reply += kept;
    transfer->n_read += n;
    transfer->is_cut = transfer->n_read > COURIER_SKIP_MAX;
    return transfer->is_cut ? 0 : n;
}

/* --- transfers ------------------------------------------------------------------------------------------ */

static void set_up(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

static struct transfer *take_idle(struct courier *courier)
{
    struct transfer *transfer = courier->idle;
    if (transfer) {
        courier->idle = transfer->next_idle;
        return transfer;
    }
    transfer = calloc(1, sizeof(*transfer));
    if (transfer == NULL || (transfer->easy = curl_easy_init()) == NULL)
        abort();
    transfer->courier = courier;
    transfer->next = courier->all;
    courier->all = transfer;
    set_up(transfer);
    return transfer;
}

static void add_header(struct transfer *transfer, const char *header)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, header);
    if (longer == NULL)
        abort();
    transfer->headers = longer;
}

void courier_send(struct courier *courier, struct parcel *parcel)
{
    struct transfer *transfer = take_idle(courier);
    transfer->parcel = parcel;
    transfer->n_reply = transfer->n_read = 0;
    transfer->is_forbidden = transfer->is_permitted = transfer->is_cut = false;
    transfer->is_https = strncasecmp(parcel->url, "https:", 6) == 0;
    for (size_t i = 0; i < parcel->n_headers; i++)
        add_header(transfer, parcel->headers[i]);
    add_header(transfer, "Expect:"); /* none: a body is sent at once, whatever its size */
    curl_easy_setopt(transfer->easy, CURLOPT_URL, parcel->url);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, parcel->body.p);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE, (long)parcel->body.n);
    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, (long)parcel->timeout_ms);
    if (curl_multi_add_handle(courier->multi, transfer->easy) != CURLM_OK)
        abort();
}

static enum courier_failure failure_of(const struct transfer *transfer, CURLcode result)
{
    switch ((int)result) {
    case CURLE_OK: return COURIER_NONE;
    case CURLE_WRITE_ERROR: return transfer->is_cut ? COURIER_NONE : COURIER_INTERNAL;
    case CURLE_COULDNT_RESOLVE_HOST: return COURIER_UNRESOLVED;
    case CURLE_COULDNT_CONNECT: return transfer->is_forbidden && !transfer->is_permitted ? COURIER_FORBIDDEN : COURIER_REFUSED;
    case CURLE_OPERATION_TIMEDOUT: return COURIER_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION: return COURIER_TLS;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return COURIER_BROKEN;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING: return COURIER_MALFORMED;
    default: return COURIER_INTERNAL;
    }
}

static void finish(struct courier *courier, struct transfer *transfer, CURLcode result)
{
    struct parcel *parcel = transfer->parcel;
    struct receipt receipt = {.failure = failure_of(transfer, result), .retry_after_s = -1};
    curl_off_t duration = 0, retry_after = 0;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &duration);
    receipt.duration = duration;
    if (receipt.failure == COURIER_NONE) {
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
        receipt.status = (int)status;
        if (retry_after > 0)
            receipt.retry_after_s = retry_after < INT32_MAX ? (int)retry_after : INT32_MAX;
    }
    receipt.reply = (struct span){transfer->reply, reply_text(transfer->reply, transfer->n_reply)};
    curl_multi_remove_handle(courier->multi, transfer->easy);
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    transfer->parcel = NULL;
    parcel->done(parcel, &receipt);
    transfer->next_idle = courier->idle;
    courier->idle = transfer;
}

static void finish_all(struct courier *courier)
{
    const CURLMsg *message;
    int n_left;
    while ((message = curl_multi_info_read(courier->multi, &n_left))) {
        void *transfer;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        finish(courier, transfer, message->data.result);
    }
}

/* --- the loop ------------------------------------------------------------------------------------------- */

static int wait_ms(const struct courier *courier, int timeout_ms)
{
    if (courier->deadline == NONE)
        return timeout_ms;
    usec_t left = courier->deadline - clock_monotonic();
    usec_t ms = left > 0 ? (left + 999) / 1000 : 0;
    return ms < timeout_ms ? (int)ms : timeout_ms;
}

void courier_run(struct courier *courier, int timeout_ms)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int running;
    int n = epoll_wait(courier->events, events, EVENTS_AT_ONCE, wait_ms(courier, timeout_ms));
    for (int i = 0; i < n; i++) {
        uint64_t pokes;
        uint32_t what = events[i].events;
        if (events[i].data.fd == courier->poke) {
            while (read(courier->poke, &pokes, sizeof(pokes)) < 0 && errno == EINTR)
                ;
            continue;
        }
        curl_multi_socket_action(courier->multi, events[i].data.fd,
                                 (what & EPOLLIN ? CURL_CSELECT_IN : 0) |
                                     (what & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                                     (what & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
                                 &running);
    }
    if (courier->deadline != NONE && clock_monotonic() >= courier->deadline) {
        courier->deadline = NONE;
        curl_multi_socket_action(courier->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    finish_all(courier);
}

void courier_poke(struct courier *courier)
{
    uint64_t one = 1;
    while (write(courier->poke, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

enum status courier_new(const struct guard *guard, size_t connections_max, struct courier **out,
                        struct error *error)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, STATUS_NO_MEMORY, "", "libcurl cannot be used");
    struct courier *courier = calloc(1, sizeof(*courier));
    if (courier == NULL || (courier->multi = curl_multi_init()) == NULL)
        abort();
    courier->guard = guard;
    courier->deadline = NONE;
    courier->events = epoll_create1(EPOLL_CLOEXEC);
    courier->poke = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = courier->poke};
    curl_multi_setopt(courier->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(courier->multi, CURLMOPT_SOCKETDATA, courier);
    curl_multi_setopt(courier->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(courier->multi, CURLMOPT_TIMERDATA, courier);
    curl_multi_setopt(courier->multi, CURLMOPT_MAXCONNECTS, (long)connections_max);
    if (courier->events < 0 || courier->poke < 0 ||
        epoll_ctl(courier->events, EPOLL_CTL_ADD, courier->poke, &event) != 0) {
        courier_free(courier);
        return error_set(error, STATUS_NO_MEMORY, "", "no more files can be opened");
    }
    *out = courier;
    return STATUS_OK;
}

void courier_free(struct courier *courier)
{
    if (courier == NULL)
        return;
    while (courier->all) {
        struct transfer *next = courier->all->next;
        if (courier->all->parcel)
            curl_multi_remove_handle(courier->multi, courier->all->easy);
        curl_easy_cleanup(courier->all->easy);
        curl_slist_free_all(courier->all->headers);
        free(courier->all);
        courier->all = next;
    }
    curl_multi_cleanup(courier->multi);
    if (courier->events >= 0)
        close(courier->events);
    if (courier->poke >= 0)
        close(courier->poke);
    free(courier);
    curl_global_cleanup();
}
