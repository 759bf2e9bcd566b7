/* What is decoded from a target is text, no longer than what was sent, and the same when it needed no
 * decoding. */
#include "../../src/http/router.h"
#include "../../src/http/uri.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route rows[] = {
    {.method = METHOD_GET, .path = "/v1/customers/{id}", .operation = "get_customer"},
    {.method = METHOD_GET, .path = "/v1/customers/{id}/orders/{order}", .operation = "get_order"},
    {.method = METHOD_POST, .path = "/v1/track", .operation = "track"},
};

static void check_text(struct span s)
{
    assert(text_is_valid(s));
    assert(s.n == 0 || memchr(s.p, '\0', s.n) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router;
    if (router == NULL) {
        router = router_new(rows, COUNT_OF(rows));
    }
    struct arena *arena = arena_new(4096);
    struct target target = target_split((struct span){(const char *)data, size});
    assert(target.path.n + target.query.n <= size);
    struct query_pair *pairs = NULL;
    size_t n = 0;
    struct error error = {0};
    if (query_parse(arena, target.query, "a,b,from,to,limit", &pairs, &n, &error) == STATUS_OK) {
        for (size_t i = 0; i < n; i++) {
            check_text(pairs[i].name);
            check_text(pairs[i].value);
        }
    } else {
        assert(error.status == STATUS_INVALID_PARAMETER);
        check_text(span_of(error.detail));
    }
    struct route_match match = {0};
    if (router_match(router, arena, METHOD_GET, target.path, &match) == STATUS_OK) {
        for (size_t i = 0; i < REQUEST_PARAMS_MAX; i++) {
            check_text(match.params[i]);
            assert(match.params[i].n <= target.path.n);
        }
    }
    arena_free(arena);
    return 0;
}
