#include "app/service.h"
#include "net/guard.h"

const struct guard *service_guard(struct service *service)
{
    static struct guard *guard;
    struct error error;
    if (!guard && guard_new(span_of(service_config(service)->webhook_allow), &guard, &error) != STATUS_OK)
        return NULL;
    return guard;
}

void service_endpoints_poke(struct service *service)
{
    (void)service;
}
