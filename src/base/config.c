#include "base/config.h"

#include "base/time.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX "LIFECYCLED_"

enum kind { KIND_TEXT, KIND_LISTEN, KIND_QUOTA, KIND_TIME, KIND_LEVEL, KIND_NUMBER, KIND_POWER, KIND_SWITCH };

struct setting {
    enum kind kind;
    const char *key;
    const char *name; /* of the environment variable, without the prefix */
    const char *standard;
    int64_t least, most;
    bool is_secret;
    size_t offset; /* in struct config */
    const char *sentence;
};

static const struct setting settings[] = {
#define X(kind, field, name, standard, least, most, secret, sentence)                                         \
    {KIND_##kind, #field, name, standard, least, most, secret, offsetof(struct config, field), sentence},
    CONFIG_TABLE(X)
#undef X
};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

/** Where a value came from; a later source wins, and one source may name a setting once. */
enum source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_CREDENTIAL, SOURCE_ENVIRONMENT };

struct loading {
    struct config config;
    enum source source[COUNT_OF(settings)];
    struct error *error;
};

static bool parse_number(struct span text, int64_t least, int64_t most, int64_t *out)
{
    if (text.n == 0 || text.n > 18) {
        return false;
    }
    int64_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        value = value * 10 + (text.p[i] - '0');
    }
    if (value < least || value > most) {
        return false;
    }
    *out = value;
    return true;
}

/** Splits "host:port" or "[v6]:port"; the host may be empty for none of them. */
static bool parse_listen(struct span text, struct span *host, unsigned *port)
{
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':') {
        colon--;
    }
    int64_t number;
    if (colon < 2 || !parse_number((struct span){text.p + colon, text.n - colon}, 0, 65535, &number)) {
        return false;
    }
    *host = (struct span){text.p, colon - 1};
    if (host->p[0] == '[') {
        if (host->n < 3 || host->p[host->n - 1] != ']') {
            return false;
        }
        *host = (struct span){host->p + 1, host->n - 2};
    } else if (memchr(host->p, ':', host->n) != NULL) {
        return false;
    }
    *port = (unsigned)number;
    return true;
}

static void expectation(const struct setting *setting, char *out, size_t size)
{
    switch (setting->kind) {
    case KIND_TEXT: snprintf(out, size, "%" PRId64 " to %" PRId64 " bytes", setting->least, setting->most); break;
    case KIND_LISTEN: snprintf(out, size, "host:port"); break;
    case KIND_QUOTA: snprintf(out, size, "%s", QUOTA_EXPECTED); break;
    case KIND_TIME: snprintf(out, size, "an ISO 8601 time with a zone"); break;
    case KIND_LEVEL: snprintf(out, size, "debug, info, warn or error"); break;
    case KIND_NUMBER: snprintf(out, size, "%" PRId64 " to %" PRId64, setting->least, setting->most); break;
    case KIND_POWER:
        snprintf(out, size, "a power of two from %" PRId64 " to %" PRId64, setting->least, setting->most);
        break;
    case KIND_SWITCH: snprintf(out, size, "on or off"); break;
    }
}

/** Puts the value into its field of ${config}, if it may be one. */
static bool store(const struct setting *setting, struct span value, struct config *config)
{
    void *field = (char *)config + setting->offset;
    int64_t number;
    switch (setting->kind) {
    case KIND_LISTEN: {
        struct span host;
        unsigned port;
        if (!parse_listen(value, &host, &port)) {
            return false;
        }
    }
        /* fall through */
    case KIND_TEXT:
        if ((int64_t)value.n < setting->least || (int64_t)value.n > setting->most) {
            return false;
        }
        memset(field, 0, CONFIG_TEXT_SIZE);
        if (value.n != 0) {
            memcpy(field, value.p, value.n);
        }
        return true;
    case KIND_QUOTA: return quota_parse(value, field);
    case KIND_TIME: {
        usec_t at = NONE;
        if (value.n != 0 && !time_parse(value, &at)) {
            return false;
        }
        *(usec_t *)field = at;
        return true;
    }
    case KIND_LEVEL:
        for (size_t i = 0; i < COUNT_OF(level_names); i++) {
            if (span_is(value, level_names[i])) {
                *(enum log_level *)field = (enum log_level)i;
                return true;
            }
        }
        return false;
    case KIND_NUMBER:
    case KIND_POWER:
        if (!parse_number(value, setting->least, setting->most, &number) ||
            (setting->kind == KIND_POWER && (number & (number - 1)) != 0)) {
            return false;
        }
        *(int64_t *)field = number;
        return true;
    case KIND_SWITCH:
        if (!span_is(value, "on") && !span_is(value, "off")) {
            return false;
        }
        *(bool *)field = span_is(value, "on");
        return true;
    }
    return false;
}

/** ${as} is how the source names the setting, for the error. */
static enum status set(struct loading *loading, size_t i, enum source source, const char *as, struct span value)
{
    const struct setting *setting = &settings[i];
    if (source != SOURCE_DEFAULT && loading->source[i] == source) {
        return error_set(loading->error, STATUS_BAD_CONFIG, "", "%s is set twice, here and by another name or line", as);
    }
    bool holds_nul = value.n != 0 && memchr(value.p, '\0', value.n) != NULL;
    if (holds_nul || !store(setting, value, &loading->config)) {
        char expected[128];
        expectation(setting, expected, sizeof(expected));
        if (setting->is_secret || holds_nul) {
            return error_set(loading->error, STATUS_BAD_CONFIG, "", "%s must be %s", as, expected);
        }
        return error_set(loading->error, STATUS_BAD_CONFIG, "", "%s is \"%.*s\"; it must be %s", as,
                         (int)(value.n < 100 ? value.n : 100), value.p, expected);
    }
    loading->source[i] = source;
    return STATUS_OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trimmed(struct span s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

/** Reads the whole of a small file into ${out}; false, with errno, when it cannot be read or is too large. */
static bool read_file(const char *path, char *out, size_t size, size_t *n)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return false;
    }
    errno = 0;
    *n = fread(out, 1, size, file);
    bool is_whole = feof(file) && !ferror(file);
    int reason = errno ? errno : EFBIG;
    fclose(file);
    errno = reason;
    return is_whole;
}

static enum status set_from_file(struct loading *loading, size_t i, enum source source, const char *as, const char *path)
{
    char content[CONFIG_TEXT_SIZE];
    size_t n;
    if (!read_file(path, content, sizeof(content), &n)) {
        return error_set(loading->error, STATUS_BAD_CONFIG, "", "%s names the file \"%s\", which cannot be read: %s", as,
                         path, strerror(errno));
    }
    enum status status = set(loading, i, source, as, trimmed((struct span){content, n}));
    explicit_bzero(content, sizeof(content));
    return status;
}

/**
 * Which setting ${key} names; ${is_file} when it names a secret's file instead. COUNT_OF(settings): none.
 */
static size_t find_setting(struct span key, bool in_environment, bool *is_file)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const char *name = in_environment ? settings[i].name : settings[i].key;
        const char *suffix = in_environment ? "_FILE" : "_file";
        size_t n = strlen(name);
        if (key.n < n || memcmp(key.p, name, n) != 0) {
            continue;
        }
        *is_file = settings[i].is_secret && span_is((struct span){key.p + n, key.n - n}, suffix);
        if (key.n == n || *is_file) {
            return i;
        }
    }
    return COUNT_OF(settings);
}

static enum status set_named(struct loading *loading, enum source source, const char *as, struct span key, struct span value)
{
    bool is_file = false;
    size_t i = find_setting(key, source == SOURCE_ENVIRONMENT, &is_file);
    if (i == COUNT_OF(settings)) {
        return error_set(loading->error, STATUS_BAD_CONFIG, "", "%s is no setting; `lifecycled print settings` lists them", as);
    }
    if (!is_file) {
        return set(loading, i, source, as, value);
    }
    char path[4096];
    if (value.n == 0 || value.n >= sizeof(path)) {
        return error_set(loading->error, STATUS_BAD_CONFIG, "", "%s must name a file", as);
    }
    snprintf(path, sizeof(path), "%.*s", (int)value.n, value.p);
    return set_from_file(loading, i, source, as, path);
}

static enum status load_line(struct loading *loading, const char *file, size_t number, struct span line)
{
    line = trimmed(line);
    if (line.n == 0 || line.p[0] == '#') {
        return STATUS_OK;
    }
    const char *equals = memchr(line.p, '=', line.n);
    if (equals == NULL) {
        return error_set(loading->error, STATUS_BAD_CONFIG, "", "%s, line %zu: a line is `key = value`", file, number);
    }
    struct span key = trimmed((struct span){line.p, (size_t)(equals - line.p)});
    struct span value = trimmed((struct span){equals + 1, line.n - (size_t)(equals + 1 - line.p)});
    char as[300];
    snprintf(as, sizeof(as), "%.120s, line %zu: %.*s", file, number, (int)(key.n < 100 ? key.n : 100), key.p);
    return set_named(loading, SOURCE_FILE, as, key, value);
}

static enum status load_file(struct loading *loading, const char *file)
{
    static const size_t largest = 65536;
    char *content = malloc(largest);
    if (content == NULL) {
        return error_set(loading->error, STATUS_NO_MEMORY, "", "no memory for the settings");
    }
    size_t n;
    enum status status = STATUS_OK;
    if (!read_file(file, content, largest, &n)) {
        status = error_set(loading->error, STATUS_BAD_CONFIG, "", "the settings file \"%s\" cannot be read: %s", file,
                           strerror(errno));
        n = 0;
    }
    struct span rest = {content, n};
    for (size_t number = 1; status == STATUS_OK && rest.n > 0; number++) {
        const char *newline = memchr(rest.p, '\n', rest.n);
        size_t length = newline ? (size_t)(newline - rest.p) + 1 : rest.n;
        status = load_line(loading, file, number, (struct span){rest.p, length});
        rest.p += length;
        rest.n -= length;
    }
    explicit_bzero(content, largest);
    free(content);
    return status;
}

static const char *variable(char *const *environment, const char *name)
{
    size_t n = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=') {
            return *environment + n + 1;
        }
    }
    return NULL;
}

/** LoadCredential= of systemd: a secret is a file of its key's name in one folder. */
static enum status load_credentials(struct loading *loading, char *const *environment)
{
    const char *directory = variable(environment, "CREDENTIALS_DIRECTORY");
    if (directory == NULL) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        char path[4096];
        int n = snprintf(path, sizeof(path), "%s/%s", directory, settings[i].key);
        FILE *file = settings[i].is_secret && n < (int)sizeof(path) ? fopen(path, "rbe") : NULL;
        if (file == NULL) {
            continue; /* no credential of this name was given */
        }
        fclose(file);
        enum status status = set_from_file(loading, i, SOURCE_CREDENTIAL, settings[i].key, path);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static bool is_of_the_tests(const char *name, size_t n)
{
    static const char test[] = PREFIX "TEST_";
    return strncmp(name, test, strlen(test)) == 0 || span_is((struct span){name, n}, PREFIX "BIN");
}

static enum status load_environment(struct loading *loading, char *const *environment)
{
    for (; *environment != NULL; environment++) {
        const char *entry = *environment;
        const char *equals = strchr(entry, '=');
        if (strncmp(entry, PREFIX, strlen(PREFIX)) != 0 || equals == NULL) {
            continue;
        }
        size_t n = (size_t)(equals - entry);
        if (is_of_the_tests(entry, n)) {
            continue;
        }
        char as[128];
        snprintf(as, sizeof(as), "%.*s", (int)(n < 100 ? n : 100), entry);
        struct span key = {entry + strlen(PREFIX), n - strlen(PREFIX)};
        enum status status = set_named(loading, SOURCE_ENVIRONMENT, as, key, span_of(equals + 1));
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status config_load(struct config *out, const char *file, char *const *environment, struct error *error)
{
    struct loading loading = {.error = error};
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        enum status status = set(&loading, i, SOURCE_DEFAULT, settings[i].key, span_of(settings[i].standard));
        assert(status == STATUS_OK);
    }
    enum status status = file ? load_file(&loading, file) : STATUS_OK;
    if (status == STATUS_OK) {
        status = load_credentials(&loading, environment);
    }
    if (status == STATUS_OK) {
        status = load_environment(&loading, environment);
    }
    if (status == STATUS_OK) {
        *out = loading.config;
    }
    explicit_bzero(&loading.config, sizeof(loading.config));
    return status;
}

void config_listen(const char *listen, char host[CONFIG_TEXT_SIZE], unsigned *port)
{
    struct span part;
    bool is_listen = parse_listen(span_of(listen), &part, port);
    assert(is_listen && part.n < CONFIG_TEXT_SIZE);
    memcpy(host, part.p, part.n);
    host[part.n] = '\0';
}

void config_print(struct buf *out)
{
    buf_text(out, "| variable | key in the file | default | may be | meaning |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const struct setting *setting = &settings[i];
        char expected[128];
        expectation(setting, expected, sizeof(expected));
        buf_printf(out, "| `" PREFIX "%s`%s | `%s` | ", setting->name, setting->is_secret ? " (or `_FILE`)" : "",
                   setting->key);
        buf_printf(out, setting->standard[0] ? "`%s`" : "%s", setting->standard);
        buf_printf(out, " | %s | %s |\n", expected, setting->sentence);
    }
}
