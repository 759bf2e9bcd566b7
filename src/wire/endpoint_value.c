#include "endpoint_value.h"

#include "crypto/signature.h"

/* --- words ------------------------------------------------------------------------------------------- */

static const char *const formats[] = {[ENDPOINT_STANDARD] = "standard", [ENDPOINT_SEGMENT] = "segment"};
static const char *const statuses[] = {
    [ENDPOINT_ENABLED] = "enabled", [ENDPOINT_PAUSED] = "paused", [ENDPOINT_DISABLED] = "disabled"};

const char *endpoint_status_word(enum endpoint_status status)
{
    return statuses[status];
}

const char *endpoint_format_word(enum endpoint_format format)
{
    return formats[format];
}

bool endpoint_format_of(struct span word, enum endpoint_format *out)
{
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        if (span_is(word, formats[i])) {
            *out = (enum endpoint_format)i;
            return true;
        }
    }
    return false;
}

/* --- values ------------------------------------------------------------------------------------------ */

static bool is_text(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

/** Printable ASCII: what a line of HTTP may hold. */
static bool is_ascii(struct span text, char least)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < least || text.p[i] > '~') {
            return false;
        }
    }
    return true;
}

static bool starts_with(struct span text, const char *start)
{
    size_t n = strlen(start);
    return text.n > n && memcmp(text.p, start, n) == 0;
}

enum status endpoint_take_url(const struct document *d, size_t token, const char *pointer, struct span *out)
{
    enum status status = document_text(d, token, pointer, out);
    if (status != STATUS_OK) {
        return status;
    }
    if (out->n > ENDPOINT_URL_MAX || !is_ascii(*out, '!')) {
        return document_refuse(d, pointer, "must have at most %d characters, all of them printable ASCII",
                               ENDPOINT_URL_MAX);
    }
    if (!starts_with(*out, "https://") && !starts_with(*out, "http://")) {
        return document_refuse(d, pointer, "must begin with https://");
    }
    return STATUS_OK;
}

enum status endpoint_take_description(const struct document *d, size_t token, struct span *out)
{
    *out = (struct span){"", 0};
    if (token == 0) {
        return STATUS_OK;
    }
    enum status status = document_text(d, token, "/description", out);
    if (status == STATUS_OK && (out->n > ENDPOINT_TEXT_MAX || !is_text(*out))) {
        return document_refuse(d, "/description", "must have at most %d bytes and no control characters",
                               ENDPOINT_TEXT_MAX);
    }
    return status;
}

enum status endpoint_take_format(const struct document *d, size_t token, enum endpoint_format *out)
{
    struct span word;
    *out = ENDPOINT_STANDARD;
    if (token == 0) {
        return STATUS_OK;
    }
    enum status status = document_text(d, token, "/format", &word);
    if (status == STATUS_OK && !endpoint_format_of(word, out)) {
        return document_refuse(d, "/format", "must be standard or segment");
    }
    return status;
}

enum status endpoint_take_bool(const struct document *d, size_t token, const char *pointer, bool *out)
{
    *out = token != 0 && scan_type(&d->scan, token) == TOKEN_TRUE;
    if (token != 0 && !*out && scan_type(&d->scan, token) != TOKEN_FALSE) {
        return document_refuse(d, pointer, "must be true or false");
    }
    return STATUS_OK;
}

enum status endpoint_take_authorization(const struct document *d, size_t token, struct span *out)
{
    *out = (struct span){"", 0};
    if (token == 0) {
        return STATUS_OK;
    }
    enum status status = document_text(d, token, "/authorization", out);
    if (status == STATUS_OK && (out->n == 0 || out->n > ENDPOINT_AUTHORIZATION_MAX || !is_ascii(*out, ' '))) {
        return document_refuse(d, "/authorization", "must have 1 to %d characters, all of them printable ASCII",
                               ENDPOINT_AUTHORIZATION_MAX);
    }
    return status;
}

enum status endpoint_take_status(const struct document *d, size_t token, enum endpoint_status *out)
{
    struct span word;
    if (token == 0) {
        return STATUS_OK;
    }
    enum status status = document_text(d, token, "/status", &word);
    if (status != STATUS_OK) {
        return status;
    }
    if (!span_is(word, statuses[ENDPOINT_ENABLED]) && !span_is(word, statuses[ENDPOINT_PAUSED])) {
        return document_refuse(d, "/status", "must be enabled or paused");
    }
    *out = span_is(word, statuses[ENDPOINT_PAUSED]) ? ENDPOINT_PAUSED : ENDPOINT_ENABLED;
    return STATUS_OK;
}

enum status endpoint_take_secret(const struct document *d, size_t token, struct span *out)
{
    static const char prefix[] = "whsec_";
    const size_t n = sizeof(prefix) - 1;
    struct span bytes = {"", 0};
    *out = (struct span){"", 0};
    if (token == 0) {
        return STATUS_OK;
    }
    enum status status = document_text(d, token, "/secret", out);
    if (status != STATUS_OK) {
        return status;
    }
    bool is_secret = out->n <= n + ENDPOINT_SECRET_MAX * 2 && starts_with(*out, prefix) &&
                     base64_decode(d->arena, (struct span){out->p + n, out->n - n}, &bytes);
    if (!is_secret || bytes.n < ENDPOINT_SECRET_MIN || bytes.n > ENDPOINT_SECRET_MAX) {
        return document_refuse(d, "/secret", "must be whsec_ and the base64 of %d to %d bytes", ENDPOINT_SECRET_MIN,
                               ENDPOINT_SECRET_MAX);
    }
    return STATUS_OK;
}

/** A whole number as it stands in the text: false when it is none, or out of range. */
static bool read_number(struct span raw, int64_t least, int64_t most, int64_t *out)
{
    int64_t number = 0;
    if (raw.n == 0 || raw.n > 18) {
        return false;
    }
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] < '0' || raw.p[i] > '9') {
            return false;
        }
        number = number * 10 + (raw.p[i] - '0');
    }
    *out = number;
    return number >= least && number <= most;
}

enum status endpoint_take_number(const struct document *d, size_t token, const char *pointer, int64_t least,
                                 int64_t most, int64_t *out)
{
    int64_t number;
    if (token == 0) {
        return STATUS_OK;
    }
    if (scan_type(&d->scan, token) != TOKEN_NUMBER ||
        !read_number(scan_raw(&d->scan, token), least, most, &number)) {
        return document_refuse(d, pointer, "must be a whole number from %lld to %lld", (long long)least,
                               (long long)most);
    }
    *out = number;
    return STATUS_OK;
}
