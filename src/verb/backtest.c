#include "app/backtest.h"
#include "app/score.h"
#include "app/settings.h"
#include "base/time.h"
#include "verb/verb.h"
#include "wire/accuracy.h"
#include "wire/duration.h"

#include <stdio.h>
#include <string.h>

#define HORIZON_DAYS_MOST 3660

struct arguments {
    const char *shop;
    int64_t calibrate_to; /* local day of the shop, inclusive */
    int horizon_days;
    bool is_json;
};

static bool read_horizon(const char *text, int *days)
{
    usec_t span;
    if (!duration_parse_short(span_of(text), &span) || span < USEC_PER_DAY || span % USEC_PER_DAY != 0 ||
        span > HORIZON_DAYS_MOST * USEC_PER_DAY)
        return false;
    *days = (int)(span / USEC_PER_DAY);
    return true;
}

static bool read_format(const char *text, bool *is_json)
{
    *is_json = strcmp(text, "json") == 0;
    return *is_json || strcmp(text, "text") == 0;
}

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
    bool is_dated = false;
    *out = (struct arguments){.horizon_days = FIT_HOLDOUT_DAYS};
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        bool is_taken = false;
        if (strcmp(name, "--shop") == 0)
            is_taken = (out->shop = value) != NULL;
        else if (strcmp(name, "--calibrate-to") == 0)
            is_taken = is_dated = day_parse(span_of(value), &out->calibrate_to);
        else if (strcmp(name, "--horizon") == 0)
            is_taken = read_horizon(value, &out->horizon_days);
        else if (strcmp(name, "--format") == 0)
            is_taken = read_format(value, &out->is_json);
        if (!is_taken)
            return false;
    }
    return argc % 2 == 1 && out->shop && is_dated;
}

static void print(const struct arguments *arguments, const struct holdout *holdout)
{
    struct buf out;
    buf_init(&out, 0);
    if (arguments->is_json) {
        buf_text(&out, "{\"shop\":");
        buf_json_string(&out, span_of(arguments->shop));
        buf_char(&out, ',');
        holdout_members(&out, holdout);
        buf_text(&out, "}\n");
    } else {
        holdout_text(&out, holdout);
    }
    fwrite(out.p, 1, out.n, stdout);
    buf_done(&out);
}

static enum status run(struct session *session, const struct arguments *arguments, struct holdout *holdout,
                       struct error *error)
{
    const struct shop *shop;
    struct purchase_log log;
    enum status status = session_shop(session, span_of(arguments->shop), &shop, error);
    if (status != STATUS_OK)
        return status;
    const struct settings *settings = settings_known(session->registry, shop);
    struct fit_options options = {
        .cadence = span_of(settings->cadence), .margin = settings->margin, .discount = settings->discount};
    status = score_read_log(session, shop, &log, error);
    if (status == STATUS_OK)
        backtest_run(&log, (int32_t)arguments->calibrate_to, arguments->horizon_days, &options, holdout);
    purchase_log_done(&log);
    return status;
}

int verb_backtest(struct verb_context *context, int argc, char **argv)
{
    struct arguments arguments;
    struct session *session;
    struct holdout holdout = {0};
    struct error error = {0};
    if (!read_arguments(argc, argv, &arguments))
        return verb_usage("backtest");
    if (session_open(&context->config, &context->clock, &session, &error) != STATUS_OK)
        return verb_fail("backtest", &error);
    enum status status = run(session, &arguments, &holdout, &error);
    session_close(session);
    if (status != STATUS_OK)
        return verb_fail("backtest", &error);
    if (!holdout.is_known) {
        fputs("lifecycled backtest: nobody had ordered by that date, or nothing is known of the days after it\n", stderr);
        return EXIT_DATA;
    }
    print(&arguments, &holdout);
    return 0;
}
