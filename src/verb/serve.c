#include "app/service.h"
#include "base/log.h"
#include "http/server.h"
#include "net/guard.h"
#include "verb/verb.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>

static struct server *running;

static void on_signal(int signal)
{
    (void)signal;
    server_stop(running);
}

int verb_serve(struct verb_context *context, int argc, char **argv)
{
    struct service *service;
    struct error error = {0};
    (void)argv;
    if (argc != 1)
        return verb_usage("serve");
    if (service_new(&context->config, &context->clock, &service, &error) != STATUS_OK)
        return verb_fail("serve", &error);
    if (server_new(service, &running, &error) != STATUS_OK) {
        service_free(service);
        return verb_fail("serve", &error);
    }
    /* large blocks go back to the system when they are freed, and threads share what is left */
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int code = 0;
    if (service_start(service, &error) != STATUS_OK) {
        code = verb_fail("serve", &error);
    } else {
        LOG(LOG_INFO, "serving", LOG_TEXT("listen", context->config.listen), LOG_NUMBER("port", server_port(running)));
        server_run(running);
        LOG(LOG_INFO, "stopping", LOG_TEXT("listen", context->config.listen));
    }
    service_drain(service);
    server_free(running);
    service_free(service);
    LOG(LOG_INFO, "stopped", LOG_NUMBER("code", code));
    return code;
}

enum status verb_settings_check(const struct config *config, struct error *error)
{
    struct guard *guard;
    enum status status = guard_new(span_of(config->webhook_allow), &guard, error);
    if (status == STATUS_OK)
        guard_free(guard);
    return status;
}

int verb_healthcheck(struct verb_context *context, int argc, char **argv)
{
    (void)argv;
    if (argc != 1)
        return verb_usage("healthcheck");
    return healthcheck_run(context->config.listen);
}
