#ifndef APP_REGISTRY_H
#define APP_REGISTRY_H

#include "app/service.h"
#include "core/definition.h"
#include "db/db.h"

/**
 * What a process knows of shops, keys and definitions. Shops, versions of definitions and their snapshots are
 * immutable and live until registry_free(), so that every thread may hold on to them. Thread-safe.
 */
struct registry;

struct registry *registry_new(void);
void registry_free(struct registry *registry);

/** Read shops and keys when they have changed since (or always, with ${force}). */
enum status registry_load(struct registry *registry, struct db *db, bool force, struct error *error) MUST_CHECK;
bool registry_is_loaded(const struct registry *registry);

const struct shop *registry_shop(struct registry *registry, int id);
const struct shop *registry_shop_by_key(struct registry *registry, struct span key);
/** Shops in order of their ids; n beyond the last gives NULL. */
const struct shop *registry_shop_at(struct registry *registry, size_t n);

/** Errors   UNAUTHORIZED: revoked; RETRY: unknown here. */
enum status registry_access(struct registry *registry, struct span key, struct access *out) MUST_CHECK;

/** The newest definitions that this process knows of ${shop}; NULL before the first definitions_load(). */
const struct definitions *definitions_known(struct registry *registry, const struct shop *shop);

/**
 * definitions_load(registry, db, shop, out, error):
 * Read what was published since, so that definitions_known() is as new as the database at the time of the call.
 * Not within a transaction that holds locks.
 */
enum status definitions_load(struct registry *registry, struct db *db, const struct shop *shop,
                             const struct definitions **out, struct error *error) MUST_CHECK;

#endif
