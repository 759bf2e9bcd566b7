#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stddef.h>
#include <sys/socket.h>

/* Private to net/: the addresses of a host. */

#define RESOLVE_MOST 32

struct resolution {
    struct sockaddr_storage addresses[RESOLVE_MOST];
    size_t n;
};

enum resolve_result { RESOLVED, RESOLVE_NONE, RESOLVE_LATE };

/**
 * resolve(host, port, timeout_ms, out):
 * ${host} is a name or an address, in brackets when it is IPv6. The system's resolver knows no timeout: a
 * name is looked up on a thread of its own, which may outlive the call. A host with more than RESOLVE_MOST
 * addresses counts as having none.
 */
enum resolve_result resolve(const char *host, const char *port, int timeout_ms, struct resolution *out);

#endif
