#include "base/clock.h"
#include "flow.h"
#include "loop.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/*
 * Bodies that flow, on the loop: libmicrohttpd asks for bytes when it has sent those it had. While there are none the
 * connection is suspended; the producer's next write puts the exchange on the list of those to be resumed.
 */

/** What libmicrohttpd asks for at a time when it does not send chunks. */
#define BLOCK 8192
/**
 * Bytes that the system holds unsent. More of them would not make anything faster, and a client that reads a little
 * at a time would look as if it took nothing for long.
 */
#define UNSENT_MOST 65536
/**
 * A client has so many times ${request_timeout} to take REPLY_BYTES_PER_SEC of it: one that works on what it has read
 * pauses now and then.
 */
#define TIMES 4
/** Besides the client's time a writer that is forgotten by the loop waits so long. */
#define PATIENCE (60 * USEC_PER_SEC)

static usec_t time_to_take(const struct config *config)
{
    return TIMES * config->request_timeout_ms * 1000;
}

enum status reply_stream(struct reply *reply, enum flow_kind kind, size_t size, struct flow **out, struct error *error)
{
    usec_t patience = PATIENCE + 2 * time_to_take(service_config(reply->request->service));
    reply->flow = flow_new(kind, size, patience);
    if (reply->flow == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "", "there is no memory for the reply");
    }
    *out = reply->flow;
    return STATUS_OK;
}

/** There are bytes again: from now on the client has to take some. */
static void goes_on(struct exchange *exchange)
{
    usec_t time = time_to_take(exchange->server->config);
    exchange->flow_goal = exchange->flow_sent + REPLY_BYTES_PER_SEC * time / USEC_PER_SEC;
    connection_deadline(exchange->connection, clock_monotonic() + time);
}

static void wake(void *context)
{
    exchange_wake(context);
}

/** HTTP/1.0 ends a body by closing: only a reset, which this is, tells that it was not whole. */
static ssize_t break_off(const struct exchange *exchange)
{
    if (!exchange->takes_chunks) {
        (void)connect(exchange->connection->fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t on_wanted(void *context, uint64_t at, char *out, size_t most)
{
    (void)at;
    struct exchange *exchange = context;
    size_t n;
    switch (flow_read(exchange->call.reply.flow, out, most, &n)) {
    case FLOW_BYTES:
        exchange->flow_sent += (int64_t)n;
        if (exchange->flow_sent >= exchange->flow_goal) {
            goes_on(exchange);
        }
        return (ssize_t)n;
    case FLOW_EMPTY:
        connection_deadline(exchange->connection, NONE);
        exchange_wait(exchange, goes_on);
        return 0;
    case FLOW_ENDED: return MHD_CONTENT_READER_END_OF_STREAM;
    case FLOW_BROKEN: break;
    }
    return break_off(exchange);
}

struct MHD_Response *flowing_response(struct exchange *exchange)
{
    struct flow *flow = exchange->call.reply.flow;
    int unsent = UNSENT_MOST;
    (void)setsockopt(exchange->connection->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
    flow_attach(flow, wake, exchange);
    if (exchange->server->is_draining) {
        flow_stop(flow, exchange->server->is_over);
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_wanted, exchange, NULL);
    if (response != NULL && exchange->call.request.is_head) {
        /* libmicrohttpd sends the last chunk even to those who must get no body: no chunks, the connection ends */
        (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    }
    return response;
}

void flowing_stop(struct server *server, bool is_over)
{
    for (struct connection *connection = server->connections; connection != NULL; connection = connection->next) {
        struct exchange *exchange = connection->exchange;
        if (exchange != NULL && exchange->phase == PHASE_SENDING && exchange->call.reply.flow != NULL) {
            flow_stop(exchange->call.reply.flow, is_over);
        }
    }
}
