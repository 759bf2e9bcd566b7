#include "core/outcome.h"

/*
 * Byte 0 the version of the encoding, then counts and fields as variable-length integers (7 bits a byte, low first;
 * signed ones zigzag). Times are differences to the time before, so that most take few bytes.
 */
#define ENCODING 1

static size_t put(unsigned char *p, int64_t value)
{
    uint64_t n = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    size_t i = 0;
    while (n >= 0x80) {
        p[i++] = (unsigned char)(n | 0x80);
        n >>= 7;
    }
    p[i++] = (unsigned char)n;
    return i;
}

struct reader {
    const unsigned char *p;
    const unsigned char *end;
    bool ok;
};

static int64_t get(struct reader *r)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (r->p == r->end)
            break;
        unsigned char byte = *r->p++;
        n |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
    }
    r->ok = false;
    return 0;
}

static int get_int(struct reader *r, int most)
{
    int64_t n = get(r);
    if (n < 0 || n > most) {
        r->ok = false;
        return 0;
    }
    return (int)n;
}

#define VARINT_MAX 10
#define NEXT_NEVER 0

struct span outcome_encode(struct arena *arena, const struct outcome *outcome)
{
    size_t room = 1 + VARINT_MAX * (3 + outcome->n_models * 8 + outcome->n_entered + outcome->n_left);
    unsigned char *p = arena_alloc(arena, room);
    size_t n = 0;
    usec_t last = 0;
    p[n++] = ENCODING;
    n += put(p + n, (int64_t)outcome->n_models);
    for (size_t i = 0; i < outcome->n_models; i++) {
        const struct outcome_model *m = &outcome->models[i];
        n += put(p + n, m->model);
        n += put(p + n, m->version);
        n += put(p + n, m->from);
        n += put(p + n, m->to);
        n += put(p + n, m->is_held);
        n += put(p + n, m->since - last);
        last = m->since;
        n += put(p + n, m->next_at == NONE ? NEXT_NEVER : m->next_stage + 1);
        if (m->next_at != NONE)
            n += put(p + n, m->next_at - m->since);
    }
    n += put(p + n, (int64_t)outcome->n_entered);
    for (size_t i = 0; i < outcome->n_entered; i++)
        n += put(p + n, outcome->entered[i]);
    n += put(p + n, (int64_t)outcome->n_left);
    for (size_t i = 0; i < outcome->n_left; i++)
        n += put(p + n, outcome->left[i]);
    return (struct span){(char *)p, n};
}

static int *get_segments(struct arena *arena, struct reader *r, size_t *n)
{
    *n = (size_t)get_int(r, SEGMENT_SLOTS);
    int *list = ARENA_ARRAY(arena, int, *n);
    for (size_t i = 0; i < *n; i++)
        list[i] = get_int(r, SEGMENT_SLOTS);
    return list;
}

bool outcome_decode(struct arena *arena, struct span bytes, struct outcome *out)
{
    struct reader r = {.p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n, .ok = true};
    if (bytes.n == 0 || *r.p++ != ENCODING)
        return false;
    struct outcome result = {.n_models = (size_t)get_int(&r, MODEL_SLOTS)};
    result.models = ARENA_ARRAY(arena, struct outcome_model, result.n_models);
    usec_t last = 0;
    for (size_t i = 0; i < result.n_models; i++) {
        struct outcome_model *m = &result.models[i];
        m->model = get_int(&r, MODEL_SLOTS);
        m->version = get_int(&r, INT32_MAX);
        m->from = get_int(&r, INT32_MAX);
        m->to = get_int(&r, INT32_MAX);
        m->is_held = get_int(&r, 1) == 1;
        if (__builtin_add_overflow(last, get(&r), &m->since))
            r.ok = false;
        last = m->since;
        int next = get_int(&r, INT32_MAX);
        m->next_at = NONE;
        if (next != NEXT_NEVER) {
            m->next_stage = next - 1;
            if (__builtin_add_overflow(m->since, get(&r), &m->next_at))
                r.ok = false;
        }
    }
    result.entered = get_segments(arena, &r, &result.n_entered);
    result.left = get_segments(arena, &r, &result.n_left);
    if (!r.ok || r.p != r.end)
        return false;
    *out = result;
    return true;
}
