#include "core/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_EXACT  (100 * 60)
#define SECONDS_MINUTE (100 * 3600)

int64_t answer_seconds(int64_t seconds)
{
    if (seconds < SECONDS_EXACT)
        return seconds;
    return seconds < SECONDS_MINUTE ? seconds - seconds % 60 : seconds - seconds % 3600;
}

const char *cube_name(int number)
{
    switch (number) {
#define X(name, number, day, key, sums)                                                                       \
    case number: return #name;
        CUBE_TABLE(X)
#undef X
    }
    return NULL;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int tally_key_compare(const struct tally_key *a, const struct tally_key *b)
{
    int c = compare(a->shop_id, b->shop_id);
    c = c ? c : compare((int64_t)a->cube, (int64_t)b->cube);
    c = c ? c : compare(a->day, b->day);
    c = c ? c : compare(a->a, b->a);
    c = c ? c : compare(a->b, b->b);
    return c ? c : compare(a->c, b->c);
}

/* --- the map ------------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t hash(const struct tally_key *key)
{
    uint64_t h = mix((uint64_t)key->shop_id << 8 ^ (uint64_t)key->cube, (uint64_t)key->day);
    return mix(mix(mix(h, (uint64_t)key->a), (uint64_t)key->b), (uint64_t)key->c);
}

void tallies_init(struct tallies *tallies, struct arena *arena)
{
    *tallies = (struct tallies){.arena = arena};
}

static void place(struct tallies *tallies, size_t row)
{
    size_t at = hash(&tallies->rows[row].key) & (tallies->n_places - 1);
    while (tallies->places[at])
        at = (at + 1) & (tallies->n_places - 1);
    tallies->places[at] = (uint32_t)row + 1;
}

static void grow(struct tallies *tallies)
{
    tallies->n_places = tallies->n_places ? 2 * tallies->n_places : 256;
    tallies->places = ARENA_ARRAY(tallies->arena, uint32_t, tallies->n_places);
    for (size_t i = 0; i < tallies->n; i++)
        place(tallies, i);
}

int64_t *tallies_at(struct tallies *tallies, const struct tally_key *key)
{
    assert(!tallies->is_sorted);
    if (2 * tallies->n >= tallies->n_places)
        grow(tallies);
    size_t at = hash(key) & (tallies->n_places - 1);
    for (; tallies->places[at]; at = (at + 1) & (tallies->n_places - 1)) {
        struct tally *row = &tallies->rows[tallies->places[at] - 1];
        if (tally_key_compare(&row->key, key) == 0)
            return row->n;
    }
    tallies->rows = arena_grow(tallies->arena, tallies->rows, tallies->n, &tallies->capacity, sizeof(*tallies->rows));
    tallies->rows[tallies->n] = (struct tally){.key = *key};
    tallies->places[at] = (uint32_t)tallies->n + 1;
    return tallies->rows[tallies->n++].n;
}

static int64_t add(int64_t sum, int64_t times, int64_t n)
{
    int64_t more, out;
    if (__builtin_mul_overflow(times, n, &more) || __builtin_add_overflow(sum, more, &out))
        return (times < 0) == (n < 0) ? TALLY_MAX : -TALLY_MAX;
    return out > TALLY_MAX ? TALLY_MAX : out < -TALLY_MAX ? -TALLY_MAX : out;
}

void tallies_add(struct tallies *tallies, const struct tally *rows, size_t n, int64_t times)
{
    for (size_t i = 0; i < n; i++) {
        int64_t *sums = tallies_at(tallies, &rows[i].key);
        for (size_t k = 0; k < TALLY_SUMS; k++)
            sums[k] = add(sums[k], times, rows[i].n[k]);
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    return tally_key_compare(&x->key, &y->key);
}

static bool is_zero(const struct tally *row)
{
    for (size_t k = 0; k < TALLY_SUMS; k++)
        if (row->n[k])
            return false;
    return true;
}

void tallies_sort(struct tallies *tallies)
{
    size_t kept = 0;
    for (size_t i = 0; i < tallies->n; i++)
        if (!is_zero(&tallies->rows[i]))
            tallies->rows[kept++] = tallies->rows[i];
    tallies->n = kept;
    tallies->is_sorted = true;
    if (kept > 1)
        qsort(tallies->rows, kept, sizeof(*tallies->rows), compare_rows);
}

/* --- entries of the journal ------------------------------------------------------------------------------------ */

/*
 * One byte of version; then a section a cube, so that whoever looks for one passes over the others: the cube, the length
 * of its rows in four bytes, and those: day less that of the row before, a, b, c, one byte that has a bit for each sum
 * that is not 0, and those. Numbers are zigzag varints.
 */
#define VERSION       1
#define SECTION_BYTES 5
#define ROW_MOST      (4 * 10 + 1 + TALLY_SUMS * 10)

static unsigned char *put(unsigned char *p, int64_t value)
{
    uint64_t v = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    for (; v >= 0x80; v >>= 7)
        *p++ = (unsigned char)(v | 0x80);
    *p++ = (unsigned char)v;
    return p;
}

static unsigned char *put_row(unsigned char *p, const struct tally *row, int64_t day)
{
    unsigned char bits = 0;
    p = put(p, row->key.day - day);
    p = put(put(put(p, row->key.a), row->key.b), row->key.c);
    for (size_t k = 0; k < TALLY_SUMS; k++)
        bits |= (unsigned char)((row->n[k] != 0) << k);
    *p++ = bits;
    for (size_t k = 0; k < TALLY_SUMS; k++)
        if (row->n[k])
            p = put(p, row->n[k]);
    return p;
}

/* The rows of one cube from ${rows} on; how many. */
static size_t put_section(unsigned char **p, const struct tally *rows, size_t n)
{
    unsigned char *begin = *p + SECTION_BYTES, *end = begin;
    int64_t day = 0;
    size_t i = 0;
    for (; i < n && rows[i].key.cube == rows[0].key.cube; i++) {
        end = put_row(end, &rows[i], day);
        day = rows[i].key.day;
    }
    uint64_t length = (uint64_t)(end - begin);
    (*p)[0] = (unsigned char)rows[0].key.cube;
    for (int k = 0; k < 4; k++)
        (*p)[1 + k] = (unsigned char)(length >> (8 * k));
    *p = end;
    return i;
}

struct span tallies_encode(struct arena *arena, const struct tally *rows, size_t n)
{
    unsigned char *bytes = arena_alloc(arena, 1 + CUBE_MAX * SECTION_BYTES + n * ROW_MOST), *p = bytes;
    *p++ = VERSION;
    for (size_t i = 0; i < n;)
        i += put_section(&p, rows + i, n - i);
    return (struct span){(char *)bytes, (size_t)(p - bytes)};
}

struct reader {
    const unsigned char *p, *end;
    bool is_bad;
};

static int64_t take(struct reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (r->p == r->end)
            break;
        unsigned char byte = *r->p++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return (int64_t)(v >> 1 ^ (0 - (v & 1)));
    }
    r->is_bad = true;
    return 0;
}

/* The next row; ${day} is that of the row before. */
static bool take_row(struct reader *r, int64_t *day, struct tally *row)
{
    *day = (int64_t)((uint64_t)*day + (uint64_t)take(r));
    row->key.day = *day;
    row->key.a = take(r);
    row->key.b = take(r);
    row->key.c = take(r);
    if (r->is_bad || r->p == r->end)
        return false;
    unsigned bits = *r->p++;
    for (size_t k = 0; k < TALLY_SUMS; k++)
        row->n[k] = bits >> k & 1 ? take(r) : 0;
    return !r->is_bad && bits >> TALLY_SUMS == 0;
}

/* Which cube the next section is of, and its rows. */
static bool take_section(struct reader *all, enum cube *cube, struct reader *rows)
{
    if (all->end - all->p < SECTION_BYTES || all->p[0] < 1 || all->p[0] > CUBE_MAX)
        return false;
    size_t length = 0;
    *cube = (enum cube)all->p[0];
    for (int k = 0; k < 4; k++)
        length |= (size_t)all->p[1 + k] << (8 * k);
    all->p += SECTION_BYTES;
    if (length > (size_t)(all->end - all->p))
        return false;
    *rows = (struct reader){.p = all->p, .end = all->p + length};
    all->p += length;
    return true;
}

bool tallies_decode_some(int shop_id, struct span bytes, struct tallies *tallies, int64_t times, uint32_t cubes,
                         tally_wish_fn wants, const void *context)
{
    struct reader all = {.p = (const unsigned char *)bytes.p, .end = (const unsigned char *)bytes.p + bytes.n};
    if (bytes.n == 0 || *all.p++ != VERSION)
        return false;
    while (all.p < all.end) {
        struct tally row = {.key.shop_id = shop_id};
        struct reader rows;
        int64_t day = 0;
        if (!take_section(&all, &row.key.cube, &rows))
            return false;
        if (!(cubes & CUBE_BIT(row.key.cube)))
            continue;
        while (rows.p < rows.end) {
            if (!take_row(&rows, &day, &row))
                return false;
            if (wants == NULL || wants(context, &row.key))
                tallies_add(tallies, &row, 1, times);
        }
    }
    return true;
}

bool tallies_decode(int shop_id, struct span bytes, struct tallies *tallies, int64_t times)
{
    return tallies_decode_some(shop_id, bytes, tallies, times, UINT32_MAX, NULL, NULL);
}
