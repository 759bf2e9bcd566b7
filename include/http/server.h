#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "app/service.h"
#include "base/status.h"

/** The HTTP door: one loop thread in front of a service. */
struct server;

/**
 * server_new(service, out, error):
 * Listen at config.listen and get ready; nothing is answered before server_run().
 * Ignores SIGPIPE for the whole process, and raises the soft limit of open files to what the connections
 * need.
 * Errors   BAD_CONFIG: the address is not valid, not ours or in use.
 */
enum status server_new(struct service *service, struct server **out, struct error *error) MUST_CHECK;

/** The port on which it listens (config may say 0). */
int server_port(const struct server *server);

/**
 * server_run(server):
 * Answer requests on the calling thread until server_stop(), then drain: take no new connections, answer
 * new requests with 503 `draining`, and return when all that was accepted has been answered, or after
 * config.drain_timeout.
 */
void server_run(struct server *server);

/** Ask server_run() to return. Async-signal-safe, thread-safe, any number of times. */
void server_stop(struct server *server);

/**
 * server_free(server):
 * Close everything. Call it after service_drain(), which ends the jobs that the drain could not wait for,
 * and before service_free().
 */
void server_free(struct server *server);

/**
 * healthcheck_run(listen):
 * What `lifecycled healthcheck` does: ask /readyz of the service that listens at ${listen} ("host:port") on
 * this machine. Returns an exit code: 0 ready, 1 not.
 */
int healthcheck_run(const char *listen);

#endif
