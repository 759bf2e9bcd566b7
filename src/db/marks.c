#include "db/store.h"

/*
 * Bytes of columns that only the fold reads. Numbers are big-endian; what a customer or an order has nothing of is no
 * bytes at all, so that a shop that tells no campaigns stores none.
 */

#define MARKS_VERSION         1
#define CIRCUMSTANCES_VERSION 2
#define LINE_BYTES            32
#define TOUCHED_BYTES         24
#define INQUIRY_BYTES         18
#define RETURNED_BYTES        12 /* and its lines */

struct writer {
    unsigned char *p;
};

static void put(struct writer *w, uint64_t value, unsigned bytes)
{
    while (bytes--)
        *w->p++ = (unsigned char)(value >> (8 * bytes));
}

static void put_touched(struct writer *w, const struct touched *t)
{
    put(w, (uint64_t)t->at, 8);
    put(w, t->channel, 8);
    put(w, t->campaign, 8);
}

static struct span written(const struct writer *w, unsigned char *bytes)
{
    return (struct span){(char *)bytes, (size_t)(w->p - bytes)};
}

/* What would lie behind the end is 0. */
struct reader {
    const unsigned char *p, *end;
};

static struct reader reader_of(struct span bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    return (struct reader){p, p + bytes.n};
}

static uint64_t take(struct reader *r, unsigned bytes)
{
    uint64_t value = 0;
    if ((size_t)(r->end - r->p) < bytes) {
        r->p = r->end;
        return 0;
    }
    while (bytes--)
        value = value << 8 | *r->p++;
    return value;
}

static struct touched take_touched(struct reader *r)
{
    struct touched t = {.at = (usec_t)take(r, 8)};
    t.channel = take(r, 8);
    t.campaign = take(r, 8);
    return t;
}

/* How many entries of ${size} bytes may follow, of ${n} that are told. */
static size_t fitting(const struct reader *r, size_t n, size_t size)
{
    size_t room = (size_t)(r->end - r->p) / size;
    return n < room ? n : room;
}

static const struct touched *take_touches(struct arena *arena, struct reader *r, size_t *n)
{
    size_t n_told = (size_t)take(r, 1);
    *n = fitting(r, n_told, TOUCHED_BYTES);
    struct touched *touches = ARENA_ARRAY(arena, struct touched, *n);
    for (size_t i = 0; i < *n; i++)
        touches[i] = take_touched(r);
    if (*n < n_told)
        r->p = r->end;
    return touches;
}

/* --- marks ---------------------------------------------------------------------------------------------------- */

struct span marks_encode(struct arena *arena, const struct marks *marks)
{
    if (marks_are_empty(marks))
        return (struct span){"", 0};
    size_t most = 16 + (marks->n_touches + 1) * TOUCHED_BYTES + marks->n_inquiries * INQUIRY_BYTES + marks->n_again * 8;
    unsigned char *bytes = arena_alloc(arena, most);
    struct writer w = {bytes};
    put(&w, MARKS_VERSION, 1);
    put_touched(&w, &marks->landing);
    put(&w, marks->landing_is_late, 1);
    put(&w, marks->n_touches, 1);
    for (size_t i = 0; i < marks->n_touches; i++)
        put_touched(&w, &marks->touches[i]);
    put(&w, marks->n_inquiries, 1);
    for (size_t i = 0; i < marks->n_inquiries; i++) {
        put(&w, (uint64_t)marks->inquiries[i].kind, 1);
        put(&w, marks->inquiries[i].is_answered, 1);
        put(&w, marks->inquiries[i].key, 8);
        put(&w, (uint64_t)marks->inquiries[i].at, 8);
    }
    put(&w, marks->churn_reason, 8);
    for (size_t i = 0; i < marks->n_again; i++)
        put(&w, marks->again[i], 8);
    return written(&w, bytes);
}

void marks_decode(struct arena *arena, struct span bytes, struct marks *out)
{
    struct reader r = reader_of(bytes);
    *out = (struct marks){.landing.at = NONE};
    if (take(&r, 1) != MARKS_VERSION)
        return;
    out->landing = take_touched(&r);
    out->landing_is_late = take(&r, 1) != 0;
    out->touches = take_touches(arena, &r, &out->n_touches);
    out->n_inquiries = fitting(&r, (size_t)take(&r, 1), INQUIRY_BYTES);
    struct inquiry *inquiries = ARENA_ARRAY(arena, struct inquiry, out->n_inquiries);
    for (size_t i = 0; i < out->n_inquiries; i++) {
        inquiries[i].kind = (enum event_kind)take(&r, 1);
        inquiries[i].is_answered = take(&r, 1) != 0;
        inquiries[i].key = take(&r, 8);
        inquiries[i].at = (usec_t)take(&r, 8);
    }
    out->inquiries = inquiries;
    out->churn_reason = take(&r, 8);
    out->n_again = fitting(&r, SIZE_MAX, 8);
    out->again = ARENA_ARRAY(arena, uint64_t, out->n_again);
    for (size_t i = 0; i < out->n_again; i++)
        out->again[i] = take(&r, 8);
}

/* --- orders ----------------------------------------------------------------------------------------------------- */

static void put_lines(struct writer *w, const struct order_line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(w, lines[i].product, 8);
        put(w, lines[i].category, 8);
        put(w, (uint64_t)lines[i].units, 8);
        put(w, (uint64_t)lines[i].value, 8);
    }
}

static const struct order_line *take_lines(struct arena *arena, struct reader *r, size_t n)
{
    struct order_line *lines = ARENA_ARRAY(arena, struct order_line, n);
    for (size_t i = 0; i < n; i++) {
        lines[i].product = take(r, 8);
        lines[i].category = take(r, 8);
        lines[i].units = (int64_t)take(r, 8);
        lines[i].value = (int64_t)take(r, 8);
    }
    return lines;
}

struct span lines_encode(struct arena *arena, const struct order_line *lines, size_t n)
{
    unsigned char *bytes = arena_alloc(arena, n * LINE_BYTES + 1);
    struct writer w = {bytes};
    put_lines(&w, lines, n);
    return written(&w, bytes);
}

const struct order_line *lines_decode(struct arena *arena, struct span bytes, size_t *n)
{
    struct reader r = reader_of(bytes);
    *n = bytes.n / LINE_BYTES;
    return take_lines(arena, &r, *n);
}

static size_t circumstances_most(const struct circumstances *c)
{
    size_t most = 38 + (c->n_touches + 1) * TOUCHED_BYTES + c->n_returned * RETURNED_BYTES;
    for (size_t i = 0; i < c->n_returned; i++)
        most += c->returned[i].n_lines * LINE_BYTES;
    return most;
}

/* A customer who did not land has no touches; most orders have no refunds. */
struct span circumstances_encode(struct arena *arena, const struct circumstances *c)
{
    unsigned char *bytes = arena_alloc(arena, circumstances_most(c));
    struct writer w = {bytes};
    bool has_landed = c->landing.at != NONE || c->n_touches;
    put(&w, CIRCUMSTANCES_VERSION, 1);
    put(&w, (uint64_t)c->first_seen_at, 8);
    put(&w, c->channel, 8);
    put(&w, c->campaign, 8);
    put(&w, c->country, 8);
    put(&w, has_landed, 1);
    if (has_landed) {
        put_touched(&w, &c->landing);
        put(&w, c->n_touches, 1);
        for (size_t i = 0; i < c->n_touches; i++)
            put_touched(&w, &c->touches[i]);
    }
    for (size_t i = 0; i < c->n_returned; i++) {
        put(&w, (uint64_t)c->returned[i].at, 8);
        put(&w, c->returned[i].n_lines, 4);
        put_lines(&w, c->returned[i].lines, c->returned[i].n_lines);
    }
    return written(&w, bytes);
}

static void take_returned(struct arena *arena, struct reader *r, struct circumstances *out)
{
    struct reader count = *r;
    for (; count.p < count.end; out->n_returned++) {
        take(&count, 8);
        size_t n = (size_t)take(&count, 4), n_fitting = fitting(&count, n, LINE_BYTES);
        count.p = n_fitting < n ? count.end : count.p + n_fitting * LINE_BYTES;
    }
    if (out->n_returned == 0)
        return;
    struct returned *returned = ARENA_ARRAY(arena, struct returned, refund_room(out->n_returned));
    for (size_t i = 0; i < out->n_returned; i++) {
        returned[i].at = (usec_t)take(r, 8);
        returned[i].n_lines = fitting(r, (size_t)take(r, 4), LINE_BYTES);
        returned[i].lines = take_lines(arena, r, returned[i].n_lines);
    }
    out->returned = returned;
}

void circumstances_decode(struct arena *arena, struct span bytes, struct circumstances *out)
{
    struct reader r = reader_of(bytes);
    *out = (struct circumstances){.first_seen_at = NONE, .landing.at = NONE};
    if (take(&r, 1) != CIRCUMSTANCES_VERSION)
        return;
    out->first_seen_at = (usec_t)take(&r, 8);
    out->channel = take(&r, 8);
    out->campaign = take(&r, 8);
    out->country = take(&r, 8);
    if (take(&r, 1)) {
        out->landing = take_touched(&r);
        out->touches = take_touches(arena, &r, &out->n_touches);
    }
    take_returned(arena, &r, out);
}
