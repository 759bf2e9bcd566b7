#include "net/guard.h"
#include "resolve.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

/* Addresses that lead to nobody, or to whoever runs the service. Each row: network, what it is. */
#define REFUSED_TABLE(X)                                                                                     \
    X("0.0.0.0/8", "this network")                                                                           \
    X("10.0.0.0/8", "private")                                                                               \
    X("100.64.0.0/10", "behind a carrier's NAT")                                                             \
    X("127.0.0.0/8", "loopback")                                                                             \
    X("169.254.0.0/16", "link-local; metadata of clouds")                                                    \
    X("172.16.0.0/12", "private")                                                                            \
    X("192.0.0.0/24", "protocol assignments")                                                                \
    X("192.0.2.0/24", "documentation")                                                                       \
    X("192.88.99.0/24", "6to4 relays")                                                                       \
    X("192.168.0.0/16", "private")                                                                           \
    X("198.18.0.0/15", "benchmarks")                                                                         \
    X("198.51.100.0/24", "documentation")                                                                    \
    X("203.0.113.0/24", "documentation")                                                                     \
    X("224.0.0.0/4", "multicast")                                                                            \
    X("240.0.0.0/4", "reserved, and broadcast")                                                              \
    X("::/96", "unspecified, loopback, IPv4-compatible")                                                     \
    X("64:ff9b::/96", "NAT64")                                                                               \
    X("64:ff9b:1::/48", "NAT64 of a network's own")                                                          \
    X("100::/64", "discard")                                                                                 \
    X("2001::/32", "Teredo")                                                                                 \
    X("2001:db8::/32", "documentation")                                                                      \
    X("2002::/16", "6to4")                                                                                   \
    X("3fff::/20", "documentation")                                                                          \
    X("5f00::/16", "segment routing")                                                                        \
    X("fc00::/7", "private")                                                                                 \
    X("fe80::/10", "link-local")                                                                             \
    X("fec0::/10", "site-local")                                                                             \
    X("ff00::/8", "multicast")

static const char *const refused_networks[] = {
#define X(network, what) network,
    REFUSED_TABLE(X)
#undef X
};

struct place {
    int family;
    unsigned char bytes[16];
};

struct network {
    struct place place;
    unsigned bits;
};

struct guard {
    struct network refused[COUNT_OF(refused_networks)];
    struct network *allowed;
    size_t n_allowed;
};

/* --- networks ------------------------------------------------------------------------------------------- */

static bool bits_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned rest = bits % 8;
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

static bool is_within(const struct network *network, const struct place *place)
{
    return network->place.family == place->family &&
           bits_equal(network->place.bytes, place->bytes, network->bits);
}

/* ::ffff:a.b.c.d is a.b.c.d */
static void unmap(struct place *place)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (place->family != AF_INET6 || memcmp(place->bytes, mapped, sizeof(mapped)) != 0)
        return;
    place->family = AF_INET;
    memmove(place->bytes, place->bytes + 12, 4);
}

/* "10.0.0.0/8", "fd00::/8", "127.0.0.1". No bit behind the prefix is set. */
static bool network_read(struct span text, struct network *out)
{
    static const unsigned char zeros[16];
    char address[INET6_ADDRSTRLEN + 1];
    const char *slash = memchr(text.p, '/', text.n);
    size_t n = slash ? (size_t)(slash - text.p) : text.n;
    if (n == 0 || n >= sizeof(address))
        return false;
    memcpy(address, text.p, n);
    address[n] = 0;
    *out = (struct network){.place.family = memchr(address, ':', n) ? AF_INET6 : AF_INET};
    if (inet_pton(out->place.family, address, out->place.bytes) != 1)
        return false;
    unsigned most = out->place.family == AF_INET6 ? 128 : 32;
    out->bits = slash ? 0 : most;
    size_t n_digits = slash ? text.n - n - 1 : 0;
    if (slash && (n_digits == 0 || n_digits > 3))
        return false;
    for (size_t i = 0; i < n_digits; i++) {
        if (slash[1 + i] < '0' || slash[1 + i] > '9')
            return false;
        out->bits = out->bits * 10 + (unsigned)(slash[1 + i] - '0');
    }
    if (out->bits > most)
        return false;
    unsigned char masked[17] = {0};
    memcpy(masked, out->place.bytes, out->bits / 8);
    masked[out->bits / 8] = (unsigned char)(out->place.bytes[out->bits / 8 % 16] & ~(0xffU >> out->bits % 8));
    return out->bits == most || memcmp(masked, out->place.bytes, sizeof(zeros)) == 0;
}

static struct span trimmed(struct span s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s = (struct span){s.p + 1, s.n - 1};
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static enum status read_allowed(struct guard *guard, struct span list, struct error *error)
{
    if (trimmed(list).n == 0)
        return STATUS_OK;
    for (size_t at = 0; at <= list.n;) {
        const char *comma = at < list.n ? memchr(list.p + at, ',', list.n - at) : NULL;
        size_t end = comma ? (size_t)(comma - list.p) : list.n;
        struct span part = trimmed((struct span){list.p + at, end - at});
        if (!network_read(part, &guard->allowed[guard->n_allowed]))
            return error_set(
                error, STATUS_BAD_CONFIG, "",
                "LIFECYCLED_WEBHOOK_ALLOW names \"%.*s\", which is no network like 10.0.0.0/8 or fd00::/8",
                part.n > 64 ? 64 : (int)part.n, part.p);
        guard->n_allowed++;
        at = end + 1;
    }
    return STATUS_OK;
}

enum status guard_new(struct span allow, struct guard **out, struct error *error)
{
    struct guard *guard = calloc(1, sizeof(*guard));
    if (guard == NULL || (guard->allowed = calloc(allow.n / 2 + 1, sizeof(*guard->allowed))) == NULL)
        abort();
    for (size_t i = 0; i < COUNT_OF(refused_networks); i++)
        if (!network_read(span_of(refused_networks[i]), &guard->refused[i]))
            abort();
    enum status status = read_allowed(guard, allow, error);
    if (status != STATUS_OK) {
        guard_free(guard);
        return status;
    }
    *out = guard;
    return STATUS_OK;
}

void guard_free(struct guard *guard)
{
    if (guard == NULL)
        return;
    free(guard->allowed);
    free(guard);
}

/* --- addresses ------------------------------------------------------------------------------------------ */

/* Copies, for a borrowed address may lie anywhere. False: not of the Internet, or with a scope id. */
static bool place_of(const struct sockaddr *address, struct place *place, unsigned *port)
{
    *place = (struct place){.family = address->sa_family};
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        memcpy(place->bytes, &in.sin_addr, 4);
        *port = ntohs(in.sin_port);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof(in6));
    memcpy(place->bytes, &in6.sin6_addr, 16);
    *port = ntohs(in6.sin6_port);
    unmap(place);
    return in6.sin6_scope_id == 0;
}

enum guard_verdict guard_judge(const struct guard *guard, const struct sockaddr *address)
{
    struct place place;
    unsigned port;
    if (!place_of(address, &place, &port))
        return GUARD_REFUSED;
    for (size_t i = 0; i < guard->n_allowed; i++)
        if (is_within(&guard->allowed[i], &place))
            return GUARD_ALLOWED;
    for (size_t i = 0; i < COUNT_OF(guard->refused); i++)
        if (is_within(&guard->refused[i], &place))
            return GUARD_REFUSED;
    return GUARD_PUBLIC;
}

bool guard_permits(const struct guard *guard, const struct sockaddr *address, bool is_https)
{
    struct place place;
    unsigned port;
    enum guard_verdict verdict = guard_judge(guard, address);
    return verdict == GUARD_ALLOWED ||
           (verdict == GUARD_PUBLIC && place_of(address, &place, &port) && is_https && port == 443);
}

/* --- URLs ----------------------------------------------------------------------------------------------- */

static enum status refuse(struct error *error, const char *detail)
{
    return error_set(error, STATUS_INVALID_ENDPOINT, "/url", "%s", detail);
}

static enum status check_addresses(const struct guard *guard, const char *host, const char *port,
                                   bool is_https, struct error *error)
{
    struct resolution resolution;
    switch (resolve(host, port, GUARD_RESOLVE_MS, &resolution)) {
    case RESOLVED: break;
    case RESOLVE_NONE: return refuse(error, "the host has no address");
    case RESOLVE_LATE: return refuse(error, "the address of the host could not be found out in time");
    }
    for (size_t i = 0; i < resolution.n; i++) {
        const struct sockaddr *address = (const struct sockaddr *)&resolution.addresses[i];
        if (guard_judge(guard, address) == GUARD_REFUSED)
            return refuse(
                error,
                "the host's address is private or reserved, and LIFECYCLED_WEBHOOK_ALLOW does not name it");
        if (!guard_permits(guard, address, is_https))
            return refuse(error, is_https ? "the port of a public host must be 443"
                                          : "a public host must be reached by https");
    }
    return STATUS_OK;
}

static char *part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) == CURLUE_OK
               ? text
               : NULL;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = part_of(url, part);
    curl_free(text);
    return text != NULL;
}

static enum status check_parts(const struct guard *guard, CURLU *url, struct error *error)
{
    char *scheme = part_of(url, CURLUPART_SCHEME), *host = part_of(url, CURLUPART_HOST);
    char *port = part_of(url, CURLUPART_PORT);
    bool is_https = scheme && strcmp(scheme, "https") == 0;
    enum status status = STATUS_OK;
    if (!is_https && (scheme == NULL || strcmp(scheme, "http") != 0))
        status = refuse(error, "the scheme must be https");
    else if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        status = refuse(
            error, "a name or password before the host is not allowed; `authorization` is sent as a header");
    else if (host == NULL || port == NULL || *host == 0)
        status = refuse(error, "a host is missing");
    else if (has_part(url, CURLUPART_FRAGMENT))
        status = refuse(error, "what stands after # is not sent");
    else if (has_part(url, CURLUPART_ZONEID))
        status = refuse(error, "an address with a zone is not allowed");
    else
        status = check_addresses(guard, host, port, is_https, error);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return status;
}

enum status guard_check_url(const struct guard *guard, struct span url, struct error *error)
{
    char *text = malloc(url.n + 1);
    CURLU *parsed = curl_url();
    if (text == NULL || parsed == NULL)
        abort();
    if (url.n)
        memcpy(text, url.p, url.n);
    text[url.n] = 0;
    enum status status = strlen(text) == url.n && curl_url_set(parsed, CURLUPART_URL, text,
                                                               CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK
                             ? check_parts(guard, parsed, error)
                             : refuse(error, "it is no absolute URL like https://example.com/hooks");
    curl_url_cleanup(parsed);
    free(text);
    return status;
}
