#ifndef NET_GUARD_H
#define NET_GUARD_H

#include "base/status.h"
#include "base/types.h"

/**
 * Where webhooks may go: not into the networks of whoever runs the service (server-side request forgery). An address is
 * judged where it is dialled, so that a name which changes its mind between two looks gains nothing.
 */
struct guard;
struct sockaddr;

/**
 * guard_new(allow, out, error):
 * ${allow} is LIFECYCLED_WEBHOOK_ALLOW: networks in CIDR form, separated by commas, that are allowed although they are private;
 * plain http and any port are allowed there, and only there.
 * Errors   BAD_CONFIG naming the part that is no network.
 */
enum status guard_new(struct span allow, struct guard **out, struct error *error) MUST_CHECK;
void guard_free(struct guard *guard);

/** How far an address is trusted. */
enum guard_verdict { GUARD_REFUSED, GUARD_PUBLIC, GUARD_ALLOWED /* named in the list */ };
enum guard_verdict guard_judge(const struct guard *guard, const struct sockaddr *address);

/**
 * guard_check_url(guard, url, error):
 * May ${url} be an endpoint? Its form, scheme, port and host; literal addresses are judged, names are resolved (bounded by
 * GUARD_RESOLVE_MS) and every address of theirs is judged. Blocks.
 * Errors   INVALID_ENDPOINT, pointer "/url".
 */
#define GUARD_RESOLVE_MS 3000
enum status guard_check_url(const struct guard *guard, struct span url, struct error *error) MUST_CHECK;

#endif
