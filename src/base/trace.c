#include "base/trace.h"

/* "00-" and 32, 16 and 2 digits with a "-" between them. */
#define TRACE_AT  3
#define PARENT_AT 36
#define FLAGS_AT  53
#define LENGTH    55

/** Only small letters are digits. */
static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** ${n} bytes from twice as many digits. */
static bool parse_bytes(const char *p, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++) {
        int high = digit(p[2 * i]);
        int low = digit(p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool is_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

bool traceparent_parse(struct span value, struct uuid *out)
{
    unsigned char version;
    unsigned char parent[8];
    unsigned char flags;
    struct uuid trace;
    if (value.n < LENGTH || value.p[TRACE_AT - 1] != '-' || value.p[PARENT_AT - 1] != '-' ||
        value.p[FLAGS_AT - 1] != '-' || !parse_bytes(value.p, 1, &version) ||
        !parse_bytes(value.p + TRACE_AT, sizeof(trace.b), trace.b) ||
        !parse_bytes(value.p + PARENT_AT, sizeof(parent), parent) || !parse_bytes(value.p + FLAGS_AT, 1, &flags)) {
        return false;
    }
    /* Later versions may add fields behind those of the first. */
    bool has_length = value.n == LENGTH || (version != 0 && value.p[LENGTH] == '-');
    if (version == 0xff || !has_length || is_zero(trace.b, sizeof(trace.b)) || is_zero(parent, sizeof(parent))) {
        return false;
    }
    *out = trace;
    return true;
}

void trace_print(const struct uuid *trace, char out[TRACE_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof(trace->b); i++) {
        out[2 * i] = digits[trace->b[i] >> 4];
        out[2 * i + 1] = digits[trace->b[i] & 15];
    }
    out[TRACE_TEXT - 1] = '\0';
}
