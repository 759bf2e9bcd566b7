#ifndef NET_GUARD_H
#define NET_GUARD_H

#include "base/status.h"
#include "base/types.h"

/**
 * Where webhooks may go: not into the networks of whoever runs the service (server-side request forgery). An address is
 * judged where it is dialled, so that a name which changes its mind between two looks gains nothing. Immutable, thus
 * thread-safe.
 */
struct guard;
struct sockaddr;

/**
 * guard_new(allow, out, error):
 * ${allow} is LIFECYCLED_WEBHOOK_ALLOW: networks in CIDR form, separated by commas, that are allowed although they are
 * private; plain http and any port are allowed there, and only there. An address alone is a network of one.
 *
 * Owns     ${out}, guard_free().
 * Errors   BAD_CONFIG naming the part that is no network.
 */
enum status guard_new(struct span allow, struct guard **out, struct error *error) MUST_CHECK;
void guard_free(struct guard *guard);

/** How far an address is trusted. IPv4 within IPv6 (::ffff:0:0/96) is judged as IPv4; a scope id is refused. */
enum guard_verdict { GUARD_REFUSED, GUARD_PUBLIC, GUARD_ALLOWED /* named in the list */ };
enum guard_verdict guard_judge(const struct guard *guard, const struct sockaddr *address);

/** May a connection go there? A public address by https on port 443 only; one that is named in the list anyhow. */
bool guard_permits(const struct guard *guard, const struct sockaddr *address, bool is_https);

/**
 * guard_check_url(guard, url, error):
 * May ${url} be an endpoint? Its form, scheme, port and host. A literal address, in whatever notation the system reads it,
 * is judged; a name is resolved, and every address of its must be permitted.
 *
 * Cost     blocks, up to GUARD_RESOLVE_MS when the host is a name.
 * Errors   INVALID_ENDPOINT, pointer "/url".
 */
#define GUARD_RESOLVE_MS 3000
enum status guard_check_url(const struct guard *guard, struct span url, struct error *error) MUST_CHECK;

#endif
