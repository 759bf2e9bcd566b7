#include "app/verify.h"
#include "base/uuid.h"
#include "verb/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PRINTED_MOST 1000

struct printer {
    int64_t n;
    usec_t last;
    bool is_terminal;
    bool repairs;
};

static void print_drift(void *context, const struct drift *drift)
{
    struct printer *printer = context;
    char key[UUID_TEXT];
    uuid_print(&drift->key, key);
    if (printer->n++ < PRINTED_MOST)
        printf("%s.%s\t%s\t%s\n", drift->table, drift->column, key, drift->detail);
    else if (printer->n == PRINTED_MOST + 1)
        puts("... more differences are counted, not printed");
}

static void print_progress(void *context, int64_t customers, int64_t total)
{
    struct printer *printer = context;
    usec_t now = clock_monotonic();
    if (now - printer->last < (printer->is_terminal ? USEC_PER_SEC / 5 : 10 * USEC_PER_SEC))
        return;
    printer->last = now;
    fprintf(stderr, printer->is_terminal ? "\r%" PRId64 " of %" PRId64 " customers " : "%" PRId64 " of %" PRId64 " customers\n",
            customers, total);
}

static void print_left_out(void *context, const struct shop *shop)
{
    struct printer *printer = context;
    if (printer->repairs)
        printf("the sums of shop %s were not restated: run rebuild --shop %s again\n", shop->key, shop->key);
    else
        printf("the sums of shop %s were not compared: some of its customers are still to be re-decided\n", shop->key);
}

static int run(struct verb_context *context, int argc, char **argv, bool repairs)
{
    struct printer printer = {.repairs = repairs, .is_terminal = isatty(STDERR_FILENO) == 1, .last = clock_monotonic()};
    struct verify_options options = {
        .repairs = repairs, .found = print_drift, .left_out = print_left_out, .progress = print_progress, .context = &printer};
    struct verify_report report;
    struct session *session;
    struct error error = {0};
    const char *shop = NULL, *customer = NULL;
    for (int i = 1; i < argc; i++) {
        if (i + 1 < argc && strcmp(argv[i], "--shop") == 0)
            shop = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--customer") == 0)
            customer = argv[++i];
        else
            return verb_usage(argv[0]);
    }
    if (session_open(&context->config, &context->clock, &session, &error) != STATUS_OK)
        return verb_fail(argv[0], &error);
    if (customer && shop == NULL && session_shop_at(session, 0) && session_shop_at(session, 1) == NULL)
        options.shop = session_shop_at(session, 0); /* the only one */
    enum status status = STATUS_OK;
    if (shop)
        status = session_shop(session, span_of(shop), &options.shop, &error);
    else if (customer && options.shop == NULL)
        status = error_set(&error, STATUS_BAD_REQUEST, "", "there are several shops: name one with --shop");
    if (customer)
        options.customer = span_of(customer);
    if (status == STATUS_OK)
        status = verify_run(session, &options, &report, &error);
    session_close(session);
    if (printer.is_terminal)
        fputs("\r\033[K", stderr);
    if (status != STATUS_OK)
        return verb_fail(argv[0], &error);
    fprintf(stderr,
            "%" PRId64 " customers, %" PRId64 " events: %" PRId64 " differences, %" PRId64
            " lagging, %" PRId64 " pending%s",
            report.customers, report.events, report.drifts, report.lagging, report.pending, repairs ? "" : "\n");
    if (repairs)
        fprintf(stderr, ", %" PRId64 " folded anew, %" PRId64 " differences remain\n", report.repaired, report.remaining);
    return (repairs ? report.remaining + report.left_out : report.drifts) ? 1 : 0;
}

int verb_verify(struct verb_context *context, int argc, char **argv)
{
    return run(context, argc, argv, false);
}

int verb_rebuild(struct verb_context *context, int argc, char **argv)
{
    return run(context, argc, argv, true);
}
