#include "app/score_run.h"
#include "verb/verb.h"

#include <stdio.h>
#include <string.h>

static int print(const struct fit_outcome *outcome)
{
    struct buf out;
    buf_init(&out, 0);
    fit_outcome_text(&out, outcome);
    fwrite(out.p, 1, out.n, stdout);
    buf_done(&out);
    return outcome->report->verdict == FIT_OK ? 0 : EXIT_DATA;
}

int verb_fit(struct verb_context *context, int argc, char **argv)
{
    struct session *session;
    struct fit_outcome outcome;
    struct error error = {0};
    const struct shop *shop;
    const char *key = NULL;
    bool is_dry = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dry-run") == 0)
            is_dry = true;
        else if (i + 1 < argc && strcmp(argv[i], "--shop") == 0)
            key = argv[++i];
        else
            return verb_usage("fit");
    }
    if (key == NULL)
        return verb_usage("fit");
    if (session_open(&context->config, &context->clock, &session, &error) != STATUS_OK)
        return verb_fail("fit", &error);
    enum status status = session_shop(session, span_of(key), &shop, &error);
    if (status == STATUS_OK)
        status = score_run(session, shop, is_dry, &outcome, &error);
    int code = status == STATUS_OK ? print(&outcome) : verb_fail("fit", &error);
    session_close(session);
    return code;
}
