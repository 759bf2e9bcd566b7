#include "loop.h"

#include "base/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

/** The deadlines are looked at no more often than this. */
#define CHECK_INTERVAL (USEC_PER_SEC / 4)

struct connection *connection_new(struct server *server, struct MHD_Connection *mhd, int fd)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        return NULL;
    }
    connection->server = server;
    connection->mhd = mhd;
    connection->fd = fd;
    connection->next = server->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    server->connections = connection;
    server->n_connections++;
    connection_deadline(connection, clock_monotonic() + server->config->request_timeout_ms * 1000);
    return connection;
}

void connection_free(struct connection *connection)
{
    struct server *server = connection->server;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        server->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    server->n_connections--;
    server->n_closed++;
    free(connection);
}

void connection_deadline(struct connection *connection, usec_t deadline)
{
    struct server *server = connection->server;
    connection->deadline = deadline;
    if (deadline != NONE && (server->next_check == NONE || deadline < server->next_check)) {
        server->next_check = deadline;
    }
}

/*
 * libmicrohttpd's own timeouts are for inactivity: a client that sends a byte a second would stay for ever.
 * After the shutdown it finds the end of the stream and closes the connection itself.
 */
usec_t connections_check(struct server *server, usec_t now)
{
    usec_t earliest = NONE;
    for (struct connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        if (connection->deadline == NONE) {
            continue;
        }
        if (connection->deadline <= now) {
            (void)shutdown(connection->fd, SHUT_RDWR);
            connection->deadline = NONE;
        } else if (earliest == NONE || connection->deadline < earliest) {
            earliest = connection->deadline;
        }
    }
    return earliest != NONE && earliest < now + CHECK_INTERVAL ? now + CHECK_INTERVAL : earliest;
}
