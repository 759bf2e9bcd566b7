#include "base/quota.h"

#include <stdio.h>

/** A whole number from 1 to ${most}; 0 for anything else. */
static int number_of(struct span text, int most)
{
    int64_t n = 0;
    if (text.n == 0 || text.n > 10) {
        return 0;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return 0;
        }
        n = n * 10 + (text.p[i] - '0');
    }
    return n <= most ? (int)n : 0;
}

bool quota_parse(struct span text, struct quota *out)
{
    if (span_is(text, "0")) {
        *out = (struct quota){0};
        return true;
    }
    const char *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
    if (slash == NULL) {
        return false;
    }
    size_t n = (size_t)(slash - text.p);
    struct quota quota = {
        .requests = number_of((struct span){text.p, n}, QUOTA_REQUESTS_MAX),
        .window_s = number_of((struct span){slash + 1, text.n - n - 1}, QUOTA_WINDOW_MAX),
    };
    if (quota.requests == 0 || quota.window_s == 0) {
        return false;
    }
    *out = quota;
    return true;
}

void quota_print(const struct quota *quota, char out[QUOTA_TEXT])
{
    if (quota->requests == 0) {
        snprintf(out, QUOTA_TEXT, "0");
        return;
    }
    snprintf(out, QUOTA_TEXT, "%d/%d", quota->requests, quota->window_s);
}
