#ifndef APP_VIEW_H
#define APP_VIEW_H

#include "app/session.h"
#include "db/db.h"
#include "wire/customer.h"
#include "wire/cursor.h"

/** Private to app/: customers as readers see them. */

/** A customer to be loaded. */
struct look {
    struct uuid key;
    const struct shop *shop;
    const struct definitions *definitions;
    usec_t as_of; /* NONE: now */
    bool is_found;
    int identities_count;
    bool is_stale;  /* what is stored is not the state at ${as_of}: the ledger has it */
    bool is_before; /* nothing had happened by ${as_of} */
    struct customer_view view;
};

#define LOOK_PROFILE 1u /* load the second row even if no definition needs it */
#define LOOK_ORDERS 2u  /* load the orders even if no definition needs them */
#define LOOK_NEXT 4u    /* fill in view.next */
#define LOOK_ALL (LOOK_PROFILE | LOOK_ORDERS | LOOK_NEXT)

/**
 * looks_load(session, arena, looks, n, what, error):
 * Load customers and fold each to its instant. Those of another shop, or unknown, are not found. Views live in
 * ${arena}; ${looks} is sorted by key.
 * Cost     one round; a second one for those whose state must be folded anew from the ledger.
 */
enum status looks_load(struct session *session, struct arena *arena, struct look *looks, size_t n, unsigned what,
                       struct error *error) MUST_CHECK;

/** The look at this customer after looks_load() has sorted them, or NULL. */
struct look *looks_find(struct look *looks, size_t n, const struct uuid *key);

/** Errors   DATABASE_AWAY: this reader has no connection. */
enum status session_needs_db(const struct session *session, struct error *error) MUST_CHECK;

/**
 * customer_key_find(session, shop, id, by, out, error):
 * The key of the customer with this id: of this kind; IDENTITY_NONE: a user, an anonymous customer, "WORD:VALUE".
 * Errors   NOT_FOUND.
 */
enum status customer_key_find(struct session *session, const struct shop *shop, struct span id, enum identity_kind by,
                              struct uuid *out, struct error *error) MUST_CHECK;

/** The identity of a list: a hash of its parts. */
struct list_id {
    uint64_t hash;
};
void list_add(struct list_id *list, struct span part);
void list_add_number(struct list_id *list, int64_t n);

/** Read a cursor of this list; ${has} is false when ${text} is empty. Errors INVALID_CURSOR. */
enum status cursor_take(struct arena *arena, struct span text, const struct list_id *list, bool *has,
                        struct cursor *out, struct error *error) MUST_CHECK;

#endif
