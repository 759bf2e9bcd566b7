#include "base/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *code;
    int http;
    const char *title;
} statuses[STATUS_COUNT] = {
    [STATUS_OK] = {"ok", 200, "OK"},
#define X(name, code, http, title) [STATUS_##name] = {code, http, title},
    STATUS_TABLE(X)
#undef X
};

const char *status_code(enum status status)
{
    assert(status >= STATUS_OK && status < STATUS_COUNT);
    return statuses[status].code;
}

const char *status_title(enum status status)
{
    assert(status >= STATUS_OK && status < STATUS_COUNT);
    return statuses[status].title;
}

int status_http(enum status status)
{
    assert(status >= STATUS_OK && status < STATUS_COUNT);
    return statuses[status].http;
}

/** Cut a character that snprintf() has left incomplete at the end of a full buffer. */
static void drop_partial_character(char *text)
{
    size_t n = strlen(text);
    size_t tail = 0;
    while (tail < n && tail < 4 && ((unsigned char)text[n - 1 - tail] & 0xc0) == 0x80) {
        tail++;
    }
    if (tail == n || tail == 4) {
        return;
    }
    unsigned char lead = (unsigned char)text[n - 1 - tail];
    size_t need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (tail < need) {
        text[n - 1 - tail] = '\0';
    }
}

enum status error_set(struct error *error, enum status status, const char *pointer, const char *format, ...)
{
    assert(status > STATUS_OK && status < STATUS_COUNT);
    if (error == NULL) {
        return status;
    }
    error->status = status;
    error->sqlstate[0] = '\0';
    if (snprintf(error->pointer, sizeof(error->pointer), "%s", pointer ? pointer : "") >= (int)sizeof(error->pointer)) {
        drop_partial_character(error->pointer);
    }
    va_list args;
    va_start(args, format);
    int n = vsnprintf(error->detail, sizeof(error->detail), format, args);
    va_end(args);
    if (n >= (int)sizeof(error->detail)) {
        drop_partial_character(error->detail);
    }
    return status;
}
