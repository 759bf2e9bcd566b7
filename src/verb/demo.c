#include "app/demo.h"
#include "app/tallier.h"
#include "verb/verb.h"

#include <stdio.h>

int verb_demo(struct verb_context *context, int argc, char **argv)
{
    struct session *session;
    struct demo demo;
    struct error error = {0};
    (void)argv;
    if (argc != 1)
        return verb_usage("demo");
    if (session_open(&context->config, &context->clock, &session, &error) != STATUS_OK)
        return verb_fail("demo", &error);
    int code = 0;
    if (demo_make(session, &demo, &error) == STATUS_OK) {
        printf("write_key=%s\nread_key=%s\nadmin_key=%s\n", demo.write_key, demo.read_key, demo.admin_key);
        fprintf(stderr,
                "The shop %s was made: %lld customers, %lld events. %s slips into another stage in three minutes.\n",
                demo.shop->key, (long long)demo.customers, (long long)demo.events, DEMO_SLIPPING);
    } else {
        code = verb_fail("demo", &error);
    }
    if (code == 0 && tallier_finish(session, &error) != STATUS_OK)
        code = verb_fail("demo", &error);
    session_close(session);
    return code;
}
