#ifndef TESTS_SUPPORT_LEDGER_H
#define TESTS_SUPPORT_LEDGER_H

#include "base/arena.h"
#include "base/time.h"
#include "chance.h"
#include "core/event.h"
#include "core/identity.h"
#include "core/shop.h"

/** Random ledgers: what a customer's shop would send, message by message. */

/** One message as a client sends it: an item of a batch. */
struct telling {
    const char *json;
    int customer;
    usec_t at;
    enum event_kind kind;
};

struct ledger_shape {
    usec_t begin; /* the first day */
    int days;
    int events;        /* about so many */
    int links;         /* one message in so many tells who else the customer is; 0: none */
    int shared_orders; /* one order in so many is claimed by several customers; 0: none */
    const struct calendar *calendar; /* half of the instants lie at its midnights, or just beside; NULL: at those of UTC */
};

/** Customers of one group of so many are said to be each other: five users and an anonymous one. */
#define LEDGER_GROUP 6

/** The id of customer ${number}; every sixth is anonymous. */
const char *ledger_customer_id(struct arena *arena, int customer);
bool ledger_is_anonymous(int customer);
/** USER or ANONYMOUS, and the key. */
struct identity ledger_identity(struct arena *arena, const struct shop *shop, int customer);

/**
 * ledger_make(arena, chance, shape, customer, out):
 * The history of one customer, in no order. Instants fall on whole days and just beside, so that events tie
 * with each other and with deadlines; reversals may come before their orders; some messages have no
 * messageId.
 */
size_t ledger_make(struct arena *arena, struct chance *chance, const struct ledger_shape *shape, int customer,
                   struct telling **out);

/** One more message of this customer at exactly ${at}. */
struct telling ledger_event(struct arena *arena, struct chance *chance, int customer, int number, usec_t at);

#endif
