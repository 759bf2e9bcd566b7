#include "base/log.h"
#include "base/time.h"
#include "verb/verb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct verb {
    const char *name;
    const char *usage;
    const char *sentence;
    int (*run)(struct verb_context *context, int argc, char **argv);
} verbs[] = {
#define X(name, text, usage, sentence) {text, usage, sentence, verb_##name},
    VERB_TABLE(X)
#undef X
};

static int help(FILE *out, int code)
{
    fputs("usage: lifecycled [--config FILE] [--check-config] VERB [ARGUMENT ...]\n\n", out);
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        fprintf(out, "  %-12s %s\n%s%s%s", verbs[i].name, verbs[i].sentence, *verbs[i].usage ? "               " : "",
                verbs[i].usage, *verbs[i].usage ? "\n" : "");
    fputs("\nSettings come from the environment (LIFECYCLED_...) and the file: `lifecycled print settings`.\n", out);
    return code;
}

int verb_usage(const char *verb)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strcmp(verbs[i].name, verb) == 0)
            fprintf(stderr, "usage: lifecycled %s %s\n", verb, verbs[i].usage);
    return EXIT_USAGE;
}

int verb_fail(const char *verb, const struct error *error)
{
    /* never the setting's value: it may hold a password */
    fprintf(stderr, "lifecycled %s: %s%s%s%s\n", verb, error->pointer, *error->pointer ? ": " : "", error->detail,
            error->status == STATUS_DATABASE_AWAY ? " (LIFECYCLED_DATABASE_URL says where it is)" : "");
    if (error->status == STATUS_BAD_CONFIG || error->status == STATUS_BAD_SCHEMA)
        return EXIT_CONFIG;
    if (error->status == STATUS_DATABASE_AWAY)
        return EXIT_AWAY;
    return status_http(error->status) < 500 ? EXIT_DATA : EXIT_SOFTWARE;
}

int main(int argc, char **argv)
{
    static struct verb_context context;
    const char *file = NULL;
    bool only_check = false;
    struct error error = {0};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            file = argv[++i];
        else if (strcmp(argv[i], "--check-config") == 0)
            only_check = true;
        else if (strcmp(argv[i], "--version") == 0)
            return puts("lifecycled " LIFECYCLED_VERSION) < 0;
        else if (strcmp(argv[i], "--help") == 0)
            return help(stdout, 0);
        else
            return help(stderr, EXIT_USAGE);
    }
    if (config_load(&context.config, file, environ, &error) != STATUS_OK ||
        verb_settings_check(&context.config, &error) != STATUS_OK) {
        fprintf(stderr, "lifecycled: %s\n", error.detail);
        return EXIT_CONFIG;
    }
    if (only_check || (i < argc && argc - i == 1 && strcmp(argv[i], "--check-config") == 0))
        return puts("The settings are valid.") < 0;
    if (i == argc)
        return help(stderr, EXIT_USAGE);
    log_open(context.config.log_level);
    clock_set(&context.clock, context.config.clock);
    if (context.clock.shifted) {
        char text[TIME_TEXT];
        time_print(context.config.clock, text);
        LOG(LOG_WARN, "the clock is not the system's: LIFECYCLED_CLOCK is set", LOG_TEXT("clock", text));
    }
    for (size_t k = 0; k < COUNT_OF(verbs); k++)
        if (strcmp(argv[i], verbs[k].name) == 0)
            return verbs[k].run(&context, argc - i, argv + i);
    fprintf(stderr, "lifecycled: there is no verb %s\n", argv[i]);
    return help(stderr, EXIT_USAGE);
}
