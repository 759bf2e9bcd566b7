#include "shop_worker.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* What is remembered of each shop, in the order of their ids. */
struct states {
    char *of_shops;
    size_t n;
};

static void *state_of(struct states *states, size_t size, size_t i)
{
    if (i == states->n) {
        size_t n = states->n ? 2 * states->n : 8;
        states->of_shops = realloc(states->of_shops, n * size);
        if (states->of_shops == NULL)
            abort();
        memset(states->of_shops + states->n * size, 0, (n - states->n) * size);
        states->n = n;
    }
    return states->of_shops + i * size;
}

static void step_all(struct session *session, const struct shop_worker *worker, struct states *states)
{
    const struct shop *shop;
    for (size_t i = 0; (shop = session_shop_at(session, i)) != NULL; i++) {
        struct error error;
        arena_reset(session->arena);
        if (session_goes_on(session, &error) != STATUS_OK || session_ready(session, &error) != STATUS_OK)
            return;
        enum status status = worker->step(session, shop, state_of(states, worker->state_size, i), &error);
        if (status != STATUS_OK && status != STATUS_DRAINING)
            LOG(LOG_WARN, worker->trouble, LOG_TEXT("shop", shop->key), LOG_TEXT("code", status_code(status)),
                LOG_TEXT("sqlstate", error.sqlstate));
    }
}

void shop_worker_run(struct service *service, const struct shop_worker *worker)
{
    struct session session;
    struct states states = {.n = 0};
    session_init(&session, service->config, service->clock, service->registry, service);
    session.scan_timeout_ms = 0;
    session.gives_up = &service->scorer_ends;
    while (service_sleep(service, worker->pause))
        if (registry_is_loaded(service->registry))
            step_all(&session, worker, &states);
    session_done(&session);
    free(states.of_shops);
}
