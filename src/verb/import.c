#include "app/import.h"
#include "app/shop.h"
#include "app/tallier.h"
#include "verb/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define BAR_EVERY (USEC_PER_SEC / 8)
#define LINE_EVERY (5 * USEC_PER_SEC)
#define PATH_SIZE 4096

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

/* --- arguments ------------------------------------------------------------------------------------------------- */

struct arguments {
    const char *shop;
    const char *format;
    const char *refused;
    const char *file; /* NULL: standard input */
    struct row_map *map; /* NULL: of orders */
    enum import_format import_format;
    struct translate_settings settings;
    int n_settings; /* how many of them are given */
    int n_maps;
};

/* Which of the options takes ${value}; false: there is no such option. */
static bool take_option(struct arguments *arguments, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **value;
    } texts[] = {{"--shop", &arguments->shop}, {"--format", &arguments->format}, {"--refused", &arguments->refused}};
    const struct {
        const char *name;
        struct span *value;
    } settings[] = {{"--order-prefix", &arguments->settings.order_prefix},
                    {"--user-id", &arguments->settings.user_id},
                    {"--currency", &arguments->settings.currency},
                    {"--channel", &arguments->settings.channel}};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].value = value;
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(name, settings[i].name) == 0) {
            *settings[i].value = span_of(value);
            arguments->n_settings++;
            return true;
        }
    bool is_map = strcmp(name, "--map") == 0;
    arguments->n_maps += is_map;
    return is_map;
}

static bool read_format(const char *text, enum import_format *out)
{
    static const char *const formats[] = {
        [IMPORT_CSV] = "csv", [IMPORT_NDJSON] = "ndjson", [IMPORT_WOOCOMMERCE] = "woocommerce"};
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (text && strcmp(text, formats[i]) == 0) {
            *out = (enum import_format)i;
            return true;
        }
    return false;
}

/* Columns are of rows; how a shop's ids are made, of orders. */
static bool do_options_fit(const struct arguments *arguments)
{
    struct span user_id = arguments->settings.user_id;
    if (arguments->import_format != IMPORT_WOOCOMMERCE)
        return arguments->n_settings == 0;
    return arguments->n_maps == 0 && (user_id.n == 0 || span_is(user_id, "none") || span_is(user_id, "id") ||
                                      span_is(user_id, "email"));
}

static int read_arguments(int argc, char **argv, struct arguments *arguments)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            if (i + 1 == argc || !take_option(arguments, argv[i], argv[i + 1]))
                return verb_usage("import");
            i++;
        } else if (arguments->file) {
            return verb_usage("import");
        } else {
            arguments->file = argv[i];
        }
    }
    if (!arguments->shop || !read_format(arguments->format, &arguments->import_format) || !do_options_fit(arguments))
        return verb_usage("import");
    if (arguments->file && strcmp(arguments->file, "-") == 0)
        arguments->file = NULL;
    return 0;
}

static int read_map(int argc, char **argv, struct arguments *arguments)
{
    struct error error;
    if (arguments->import_format == IMPORT_WOOCOMMERCE)
        return 0;
    arguments->map = row_map_new(arguments->import_format == IMPORT_CSV ? ROW_CSV : ROW_NDJSON);
    for (int i = 1; i + 1 < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0)
            continue;
        if (strcmp(argv[i], "--map") == 0 && row_map_add(arguments->map, argv[i + 1], &error) != STATUS_OK) {
            fprintf(stderr, "lifecycled import: %s\n", error.detail);
            return EXIT_USAGE;
        }
        i++;
    }
    return 0;
}

/* --- progress --------------------------------------------------------------------------------------------------- */

struct watcher {
    bool is_terminal;
    usec_t begin;
    usec_t told_at;
    usec_t committing_since;
};

static void print_bar(double part)
{
    char bar[BAR_WIDTH + 1];
    int full = (int)(part * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "[%s] %3d%%  ", bar, (int)(part * 100));
}

static void print_progress(const struct import_figures *figures, const struct watcher *watcher, usec_t now)
{
    double seconds = (double)(now - watcher->committing_since) / (double)USEC_PER_SEC;
    int64_t all = figures->messages;
    double rate = seconds > 0 ? (double)figures->done / seconds : 0;
    switch (figures->phase) {
    case IMPORT_READING:
        if (watcher->is_terminal && figures->bytes_all > 0)
            print_bar((double)figures->bytes / (double)figures->bytes_all);
        fprintf(stderr, "reading: %lld rows, %lld refused", (long long)figures->rows, (long long)figures->refused);
        break;
    case IMPORT_SORTING: fprintf(stderr, "sorting %lld messages", (long long)all); break;
    case IMPORT_COMMITTING:
        if (watcher->is_terminal && all > 0)
            print_bar((double)figures->done / (double)all);
        fprintf(stderr, "importing: %lld of %lld rows, %.0f rows/s", (long long)figures->done, (long long)all, rate);
        if (rate > 0)
            fprintf(stderr, ", %.0f s left", (double)(all - figures->done) / rate);
        break;
    }
}

static void watch(const struct import_figures *figures, void *context)
{
    struct watcher *watcher = context;
    usec_t now = clock_monotonic();
    if (figures->phase != IMPORT_COMMITTING)
        watcher->committing_since = now;
    if (now - watcher->told_at < (watcher->is_terminal ? BAR_EVERY : LINE_EVERY))
        return;
    watcher->told_at = now;
    if (watcher->is_terminal)
        fputs("\r\033[K", stderr);
    print_progress(figures, watcher, now);
    if (!watcher->is_terminal)
        fputc('\n', stderr);
}

/* What was accepted and repeated are messages: of a row there is one, of an order one for all that it says. */
static void print_summary(const struct import_figures *figures, const struct watcher *watcher, bool is_of_orders)
{
    double seconds = (double)(clock_monotonic() - watcher->begin) / (double)USEC_PER_SEC;
    if (watcher->is_terminal)
        fputs("\r\033[K", stderr);
    printf("%lld rows: %lld accepted, %lld duplicates, %lld refused", (long long)figures->rows,
           (long long)figures->accepted, (long long)figures->duplicates, (long long)figures->refused);
    if (is_of_orders)
        printf(", %lld not paid", (long long)figures->skipped);
    printf("; %lld customers; %.1f s, %.0f rows/s\n", (long long)figures->customers, seconds,
           (double)figures->rows / seconds);
    fflush(stdout);
}

/* --- the verb --------------------------------------------------------------------------------------------------- */

static int open_input(const char *path, struct import_source *source)
{
    struct stat about;
    source->fd = path ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (source->fd < 0 || fstat(source->fd, &about) != 0) {
        fprintf(stderr, "lifecycled import: cannot read %s: %s\n", path ? path : "standard input", strerror(errno));
        return EXIT_NO_INPUT;
    }
    if (S_ISDIR(about.st_mode)) {
        fprintf(stderr, "lifecycled import: cannot read %s: it is a folder\n", path ? path : "standard input");
        return EXIT_NO_INPUT;
    }
    source->bytes_all = S_ISREG(about.st_mode) ? about.st_size : 0;
    return 0;
}

static int fail(const struct error *error, enum status status)
{
    if (status == STATUS_RETRY && caught) {
        fprintf(stderr, "lifecycled import: %s\n", error->detail);
        return 128 + (int)caught;
    }
    int code = verb_fail("import", error);
    bool is_usage = status == STATUS_NOT_FOUND || status == STATUS_INVALID_VALUE || status == STATUS_TOO_MANY;
    return is_usage ? EXIT_USAGE : code;
}

static int run(struct session *session, struct arguments *arguments, struct import_source *source)
{
    const struct shop *shop;
    struct error error = {0};
    struct import_figures figures = {0};
    struct watcher watcher = {.is_terminal = isatty(STDERR_FILENO), .begin = clock_monotonic()};
    struct error problem = {0};
    enum status status = session_shop(session, span_of(arguments->shop), &shop, &error);
    if (status != STATUS_OK)
        return fail(&error, status);
    struct tallier *tallier = tallier_begin(session);
    watcher.told_at = watcher.begin;
    source->progress = watch;
    source->context = &watcher;
    status = import_run(session, shop, source, &figures, &error);
    enum status added = tallier_end(tallier, &caught, &problem);
    if (status == STATUS_OK) {
        status = added;
        error = problem;
    }
    if (status == STATUS_OK || figures.rows > 0)
        print_summary(&figures, &watcher, source->format == IMPORT_WOOCOMMERCE);
    if (figures.refused > 0)
        fprintf(stderr, "Refused rows are in %s, with the reasons.\n", source->refused_path);
    if (status != STATUS_OK)
        return fail(&error, status);
    return figures.refused > 0 ? EXIT_DATA : 0;
}

/* Signals are noticed between batches; a wait for input is cut short. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int verb_import(struct verb_context *context, int argc, char **argv)
{
    struct arguments arguments = {0};
    struct import_source source = {.must_stop = &caught};
    struct session *session;
    struct error error = {0};
    char refused[PATH_SIZE];
    int code = read_arguments(argc, argv, &arguments);
    if (code == 0)
        code = read_map(argc, argv, &arguments);
    if (code == 0)
        code = open_input(arguments.file, &source);
    if (code != 0) {
        row_map_free(arguments.map);
        return code;
    }
    snprintf(refused, sizeof(refused), "%s.refused.csv", arguments.file ? arguments.file : "import");
    source.map = arguments.map;
    source.format = arguments.import_format;
    source.settings = arguments.settings;
    source.refused_path = arguments.refused ? arguments.refused : refused;
    catch_signals();
    if (session_open(&context->config, &context->clock, &session, &error) == STATUS_OK) {
        code = run(session, &arguments, &source);
        session_close(session);
    } else {
        code = verb_fail("import", &error);
    }
    row_map_free(arguments.map);
    if (source.fd != STDIN_FILENO)
        close(source.fd);
    return code;
}
