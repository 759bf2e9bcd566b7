#include "base/clock.h"
#include "base/config.h"
#include "loop.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define BACKLOG 4096

static enum status resolve(const char *listen_at, int flags, struct addrinfo **out, struct error *error)
{
    char host[CONFIG_TEXT_SIZE];
    unsigned port;
    config_listen(listen_at, host, &port);
    char service[16];
    snprintf(service, sizeof(service), "%u", port);
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    int result = getaddrinfo(host[0] ? host : NULL, service, &hints, out);
    if (result != 0) {
        return error_set(error, STATUS_BAD_CONFIG, "", "LISTEN: the address \"%.200s\" is not known: %s",
                         listen_at, gai_strerror(result));
    }
    return STATUS_OK;
}

/** A listening socket at ${address}, or -1 with errno. Accepted sockets inherit TCP_NODELAY. */
static int open_at(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int saved_errno = errno;
        close(fd);
        errno = saved_errno;
        return -1;
    }
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t n = sizeof(address);
    char port[16] = "0";
    if (getsockname(fd, (struct sockaddr *)&address, &n) == 0) {
        (void)getnameinfo((struct sockaddr *)&address, n, NULL, 0, port, sizeof(port), NI_NUMERICSERV);
    }
    int value = 0;
    (void)sscanf(port, "%d", &value);
    return value;
}

enum status listen_open(const char *listen_at, int *fd, int *port, struct error *error)
{
    struct addrinfo *addresses;
    enum status status = resolve(listen_at, AI_PASSIVE, &addresses, error);
    if (status != STATUS_OK) {
        return status;
    }
    int opened = -1;
    for (struct addrinfo *address = addresses; address != NULL && opened < 0; address = address->ai_next) {
        opened = open_at(address);
    }
    int saved_errno = errno;
    freeaddrinfo(addresses);
    if (opened < 0) {
        return error_set(error, STATUS_BAD_CONFIG, "", "LISTEN: cannot listen at \"%.200s\": %s", listen_at,
                         strerror(saved_errno));
    }
    *fd = opened;
    *port = port_of(opened);
    return STATUS_OK;
}

/* --- the other side ------------------------------------------------------------------------------------- */

#define HEALTHCHECK_SECONDS 3

/**
 * Who listens at all addresses is asked at the loopback one, which is what connect() makes of the wildcard.
 */
static int connect_to(const char *listen_at, struct error *error)
{
    struct addrinfo *addresses;
    if (resolve(listen_at, 0, &addresses, error) != STATUS_OK) {
        return -1;
    }
    int fd = -1;
    const struct timeval limit = {.tv_sec = HEALTHCHECK_SECONDS};
    for (struct addrinfo *address = addresses; address != NULL && fd < 0; address = address->ai_next) {
        fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            continue;
        }
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
            connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(addresses);
    if (fd < 0) {
        (void)error_set(error, STATUS_INTERNAL, "", "nothing answers at %.200s", listen_at);
    }
    return fd;
}

/** The status of the reply to GET /readyz, 0 when there is none. */
static int ask_readyz(int fd)
{
    static const char request[] = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1) {
        return 0;
    }
    char reply[64] = "";
    size_t n = 0;
    while (n < 12) {
        ssize_t got = recv(fd, reply + n, sizeof(reply) - 1 - n, 0);
        if (got <= 0) {
            return 0;
        }
        n += (size_t)got;
    }
    int status = 0;
    return sscanf(reply, "HTTP/1.%*1d %3d", &status) == 1 ? status : 0;
}

int healthcheck_run(const char *listen_at)
{
    struct error error = {0};
    int fd = connect_to(listen_at, &error);
    if (fd < 0) {
        fprintf(stderr, "healthcheck: %s\n", error.detail);
        return 1;
    }
    int status = ask_readyz(fd);
    close(fd);
    if (status != 200) {
        fprintf(stderr, "healthcheck: /readyz answered %d\n", status);
        return 1;
    }
    return 0;
}
