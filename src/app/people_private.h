#ifndef APP_PEOPLE_PRIVATE_H
#define APP_PEOPLE_PRIVATE_H

#include "db/db.h"
#include "wire/people.h"

struct session;

/* Private to app/: who is who. */

/** Who asked for an erasure. Stored in erasure.cause: append only. */
enum erasure_cause { ERASURE_API = 1, ERASURE_SHOP_SYSTEM };

/** The names of the customer with this key, what joined them, and what separated them. In the session's arena. */
enum status people_read(struct session *session, const struct shop *shop, const struct uuid *customer,
                        bool wants_withdrawn, struct identities_view *out, struct error *error) MUST_CHECK;

/** Parameters, ${most} of them, of which the keys of the names are the first. */
struct db_args *people_keys(struct arena *arena, const struct identities_view *view, size_t most);

#endif
