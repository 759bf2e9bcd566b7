#include "base/time.h"
#include "exchange.h"
#include "header.h"
#include "http/route.h"
#include "router.h"

#include <assert.h>
#include <microhttpd.h>

struct span request_param(const struct request *request, const char *name)
{
    size_t n = strlen(name);
    size_t index = 0;
    for (const char *p = strchr(request->route->path, '{'); p != NULL; p = strchr(p + 1, '{')) {
        if (strncmp(p + 1, name, n) == 0 && p[n + 1] == '}') {
            return request->params[index];
        }
        index++;
    }
    assert(false && "the route has this parameter");
    return (struct span){NULL, 0};
}

bool request_query(const struct request *request, const char *name, struct span *out)
{
    for (size_t i = 0; i < request->n_query; i++) {
        if (span_is(request->query[i].name, name)) {
            *out = request->query[i].value;
            return true;
        }
    }
    return false;
}

enum status request_query_int(const struct request *request, const char *name, int64_t least, int64_t most,
                              int64_t fallback, int64_t *out, struct error *error)
{
    struct span text;
    if (!request_query(request, name, &text)) {
        *out = fallback;
        return STATUS_OK;
    }
    bool is_negative = text.n > 0 && text.p[0] == '-';
    struct span digits = {text.p + is_negative, text.n - is_negative};
    int64_t n = digits_parse(digits, INT64_MAX);
    int64_t value = is_negative ? -n : n;
    if (n < 0 || value < least || value > most) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is a whole number from %lld to %lld", name,
                         (long long)least, (long long)most);
    }
    *out = value;
    return STATUS_OK;
}

enum status request_query_time(const struct request *request, const char *name, usec_t *out,
                               struct error *error)
{
    struct span text;
    usec_t t = NONE;
    if (request_query(request, name, &text) && !time_parse(text, &t)) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is a date or an RFC 3339 time with a zone",
                         name);
    }
    *out = t;
    return STATUS_OK;
}

enum status request_query_bool(const struct request *request, const char *name, bool fallback, bool *out,
                               struct error *error)
{
    struct span text;
    if (!request_query(request, name, &text)) {
        *out = fallback;
        return STATUS_OK;
    }
    if (!span_is(text, "true") && !span_is(text, "false")) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is true or false", name);
    }
    *out = span_is(text, "true");
    return STATUS_OK;
}

/* While another thread works on a request its connection is suspended, so that nobody changes its headers. */
struct span request_header(const struct request *request, const char *name)
{
    const struct exchange *exchange = exchange_of(request);
    const char *value = NULL;
    size_t n = 0;
    if (MHD_lookup_connection_value_n(exchange->mhd, MHD_HEADER_KIND, name, strlen(name), &value, &n) !=
            MHD_YES ||
        value == NULL) {
        return (struct span){"", 0};
    }
    return (struct span){value, n};
}

static enum MHD_Result count_length(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    size_t *n = cls;
    (void)kind;
    (void)value;
    *n += same_word(span_of(key), MHD_HTTP_HEADER_CONTENT_LENGTH) ||
          same_word(span_of(key), MHD_HTTP_HEADER_TRANSFER_ENCODING);
    return MHD_YES;
}

bool request_has_one_length(const struct request *request)
{
    size_t n = 0;
    (void)MHD_get_connection_values(exchange_of(request)->mhd, MHD_HEADER_KIND, count_length, &n);
    return n <= 1;
}

int64_t request_if_match(const struct request *request)
{
    struct span list = request_header(request, MHD_HTTP_HEADER_IF_MATCH);
    return list.n == 0 ? IF_MATCH_ABSENT : etag_list_version(list);
}
