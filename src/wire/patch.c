#include "patch.h"

#include "base/buf.h"
#include "scan.h"

#define DEPTH_MAX 64

struct merging {
    struct arena *arena;
    struct scan target;
    struct scan patch;
    struct buf out;
};

/** The value of the last member of ${object} with this name; 0: none. */
static size_t find(struct arena *arena, const struct scan *scan, size_t object, struct span name)
{
    size_t found = 0;
    for (size_t key = object + 1; key < scan_next(scan, object); key = scan_next(scan, key + 1)) {
        if (span_equal(scan_string(arena, scan, key), name)) {
            found = key + 1;
        }
    }
    return found;
}

static void put_name(struct merging *m, char *before, struct span name)
{
    buf_char(&m->out, *before);
    buf_json_string(&m->out, name);
    buf_char(&m->out, ':');
    *before = ',';
}

static void put_patched(struct merging *m, size_t target, size_t patch);

/** Members of the target that the patch does not name. */
static void put_kept(struct merging *m, size_t target, size_t patch, char *before)
{
    const struct scan *scan = &m->target;
    for (size_t key = target + 1; key < scan_next(scan, target); key = scan_next(scan, key + 1)) {
        struct span name = scan_string(m->arena, scan, key);
        if (find(m->arena, &m->patch, patch, name) == 0 && find(m->arena, scan, target, name) == key + 1) {
            put_name(m, before, name);
            buf_span(&m->out, scan_raw(scan, key + 1));
        }
    }
}

/** ${target}: 0 when there is no object to be changed, or 1 + its token. Recursion is bounded by DEPTH_MAX.
 */
static void put_patched(struct merging *m, size_t target, size_t patch)
{
    const struct scan *scan = &m->patch;
    if (scan_type(scan, patch) != TOKEN_OBJECT) {
        buf_span(&m->out, scan_raw(scan, patch));
        return;
    }
    char before = '{';
    if (target != 0) {
        put_kept(m, target - 1, patch, &before);
    }
    for (size_t key = patch + 1; key < scan_next(scan, patch); key = scan_next(scan, key + 1)) {
        struct span name = scan_string(m->arena, scan, key);
        if (scan_type(scan, key + 1) == TOKEN_NULL || find(m->arena, scan, patch, name) != key + 1) {
            continue;
        }
        size_t old = target != 0 ? find(m->arena, &m->target, target - 1, name) : 0;
        bool is_object = old != 0 && scan_type(&m->target, old) == TOKEN_OBJECT;
        put_name(m, &before, name);
        put_patched(m, is_object ? old + 1 : 0, key + 1);
    }
    buf_text(&m->out, before == '{' ? "{}" : "}");
}

enum status patch_merge(struct arena *arena, struct span target, struct span patch, struct span *out,
                        struct error *error)
{
    struct merging m = {.arena = arena};
    enum status status = scan_parse(arena, target, DEPTH_MAX, &m.target, error);
    if (status == STATUS_OK) {
        status = scan_parse(arena, patch, DEPTH_MAX, &m.patch, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_init(&m.out, 0);
    put_patched(&m, scan_type(&m.target, 0) == TOKEN_OBJECT ? 1 : 0, 0);
    *out = arena_span(arena, (struct span){m.out.p, m.out.n});
    buf_done(&m.out);
    return STATUS_OK;
}
