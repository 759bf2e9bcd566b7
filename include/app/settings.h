#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "app/session.h"
#include "base/buf.h"
#include "core/settings.h"

/** What the owner of a shop has chosen (column shop.settings; wire/settings.h has its members). */

/** The newest that this process knows; the defaults before the first load. Lives as long as the registry. Thread-safe. */
const struct settings *settings_known(struct registry *registry, const struct shop *shop);

/**
 * May a page of ${origin} send to ${shop}? NULL: to some shop (a preflight carries no key). Thread-safe.
 */
bool settings_allow_origin(struct service *service, const struct shop *shop, struct span origin);

/** The document with its defaults, and its version. Errors DATABASE_AWAY. */
enum status settings_read(struct session *session, const struct shop *shop, struct buf *out, int *version,
                          struct error *error) MUST_CHECK;

/**
 * settings_patch(session, shop, patch, if_match, out, version, error):
 * Merge ${patch} (RFC 7396) into the document; what it then says is in force in this process at once, in others with their
 * next look at the registry. ${if_match} is the version that the caller has read, or a constant of app/publish.h. Prints
 * the document as settings_read() does. A patch that changes nothing makes no version.
 * Errors   INVALID_SETTINGS, MALFORMED_JSON, INVALID_UTF8, PRECONDITION_REQUIRED, PRECONDITION_FAILED.
 */
enum status settings_patch(struct session *session, const struct shop *shop, struct span patch, int64_t if_match,
                           struct buf *out, int *version, struct error *error) MUST_CHECK;

#endif
