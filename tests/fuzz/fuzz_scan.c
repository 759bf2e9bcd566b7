#include "../../src/wire/scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

/** Every value lies inside the one around it; every string can be read. Returns the token after ${token}. */
static size_t walk(struct arena *arena, const struct scan *scan, size_t token, struct span around)
{
    struct span raw = scan_raw(scan, token);
    check(raw.n > 0 && raw.p >= around.p && raw.p + raw.n <= around.p + around.n);
    enum token_type type = scan_type(scan, token);
    size_t end = scan_next(scan, token);
    check(end > token && end <= scan->n_tokens);
    if (type == TOKEN_STRING) {
        struct span text = scan_string(arena, scan, token);
        check(text.n <= raw.n - 2 && memchr(text.p, '\0', text.n) == NULL);
    }
    size_t at = token + 1;
    while (at < end) {
        if (type == TOKEN_OBJECT) {
            check(scan_type(scan, at) == TOKEN_STRING);
            at = walk(arena, scan, at, raw);
        }
        at = walk(arena, scan, at, raw);
    }
    check(at == end);
    return end;
}

/** What was read is clean: read again, it is the same tape. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1024);
    struct scan scan;
    struct error error = {.status = STATUS_OK};
    enum status status = scan_parse(arena, (struct span){(const char *)data, size}, 64, &scan, &error);
    check(status == error.status);
    if (status == STATUS_OK) {
        struct span raw = scan_raw(&scan, 0);
        check(walk(arena, &scan, 0, raw) == scan.n_tokens);
        struct scan again;
        check(scan_parse(arena, raw, 64, &again, &error) == STATUS_OK);
        check(again.n_tokens == scan.n_tokens && again.stripped == 0 && again.replaced == 0);
        for (size_t i = 0; i < scan.n_tokens; i++) {
            check(span_equal(scan_raw(&scan, i), scan_raw(&again, i)));
        }
    }
    arena_free(arena);
    return 0;
}
