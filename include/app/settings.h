#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "app/session.h"
#include "core/identity.h"

/**
 * What the owner of a shop has chosen (column shop.settings, a JSON document; what it does not say has its default).
 * A snapshot is immutable and lives as long as the registry.
 *
 * {"identity": {"join": ["anonymous","email","phone","order","shopify","woocommerce","member"],
 *               "identities_max": 200, "sharers_max": 1, "blocked": ["info@shop.example", "user:kiosk-7"]},
 *  "ingest":   {"allowed_origins": ["*"]}}
 */
#define SETTINGS_IDENTITIES_MAX_DEFAULT 200
#define SETTINGS_SHARERS_MAX_DEFAULT    1
#define SETTINGS_BLOCKED_MAX            1000
#define SETTINGS_ORIGINS_MAX            100

struct settings {
    unsigned joins;          /* bit (1 << enum identity_kind): messages that name such an identity join it. All */
    int identities_max;      /* a customer of so many identities is joined to no more by messages */
    int sharers_max;         /* an e-mail or phone that more than so many known customers gave joins nobody more */
    const struct uuid *blocked; /* keys of identities that never join; sorted */
    size_t n_blocked;
    const char *const *origins; /* that may send from a browser; "*": any */
    size_t n_origins;
    int version;             /* for If-Match */
};

/** The newest that this process knows; the defaults before the first load. Thread-safe. */
const struct settings *settings_known(struct registry *registry, const struct shop *shop);

/** May a page of ${origin} send to ${shop}; may it send to some shop (a preflight carries no key)? Thread-safe. */
bool settings_allow_origin(struct registry *registry, const struct shop *shop, struct span origin);
bool settings_allow_origin_somewhere(struct registry *registry, struct span origin);

/** Read, and merge-patch (RFC 7396), the document. Errors of patch: INVALID_SETTINGS, PRECONDITION_FAILED, REQUIRED. */
enum status settings_read(struct session *session, const struct shop *shop, struct buf *out, int *version,
                          struct error *error) MUST_CHECK;
enum status settings_patch(struct session *session, const struct shop *shop, struct span patch, int64_t if_match,
                           struct buf *out, int *version, struct error *error) MUST_CHECK;

#endif
