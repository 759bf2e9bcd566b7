#ifndef APP_SHOP_WORKER_H
#define APP_SHOP_WORKER_H

#include "service_private.h"

/** A thread that goes round all shops and remembers something of each. */
struct shop_worker {
    usec_t pause;      /* between two rounds */
    size_t state_size; /* of what is remembered of a shop; all zero at first */
    enum status (*step)(struct session *session, const struct shop *shop, void *state, struct error *error);
    const char *trouble; /* what is logged when a step fails: it will be tried again */
};

/** Rounds until the service stops. Its statements take as long as they take, and end then. */
void shop_worker_run(struct service *service, const struct shop_worker *worker);

#endif
