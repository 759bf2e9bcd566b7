#ifndef APP_IDENTITIES_H
#define APP_IDENTITIES_H

#include "base/arena.h"
#include "db/db.h"

/** Private to app/: the identities of some customers, for readers of their ledgers. */

struct identity_of {
    struct uuid key;
    struct uuid customer;
};

struct identities {
    struct identity_of *all; /* by key once they are found */
    size_t n, capacity;
    size_t n_several; /* customers of more than one identity */
};

/** Ask for those of a customer, who has ${count} of them. */
void identities_want(struct identities *identities, struct arena *arena, const struct uuid *customer, int count);
/** Cost     nothing when each customer has one; else one round. */
enum status identities_find(struct db *db, struct arena *arena, struct identities *identities,
                            struct error *error) MUST_CHECK;
/** All keys, as one array parameter. */
struct db_args *identities_args(struct arena *arena, const struct identities *identities);
/** Whose identity this is; itself when it is none of them. */
const struct uuid *identities_customer(const struct identities *identities, const struct uuid *key);

#endif
