/* The values of headers, whatever they hold. The first byte chooses which. */
#include "../../src/http/header.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(struct span value)
{
    struct arena *arena = arena_new(4096);
    struct span key;
    if (key_of_basic(arena, value, &key) || key_of_bearer(value, &key)) {
        assert(key.n > 0 && key.n < value.n);
    }
    assert(key_of_write_key(value).n <= value.n);
    arena_free(arena);
}

static void check_once(struct span value)
{
    struct arena *arena = arena_new(4096);
    struct span key;
    if (idempotency_key_parse(arena, value, &key)) {
        assert(key.n > 0 && key.n <= ONCE_KEY_MAX && key.n <= value.n);
        assert(memchr(key.p, '\0', key.n) == NULL);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct span value = {(const char *)data + 1, size - 1};
    switch (data[0] % 7) {
    case 0: check_key(value); break;
    case 1: assert(language_choose(value) == LANGUAGE_EN || language_choose(value) == LANGUAGE_ZH); break;
    case 2: {
        int quality = accept_quality(value, "text/plain");
        assert(quality >= 0 && quality <= 1000);
        break;
    }
    case 3: {
        int64_t version = etag_list_version(value);
        assert(version > 0 || version == IF_MATCH_ANY || version == IF_MATCH_NONE);
        (void)etag_list_has(value, span_of("\"7\""));
        break;
    }
    case 4:
        if (request_id_is_valid(value)) {
            assert(value.n <= REQUEST_ID_MAX);
        }
        break;
    case 5: (void)media_type_is_json(value); break;
    default: check_once(value); break;
    }
    return 0;
}
