#include "naive_sales.h"

#include <stdlib.h>

#define DAYS_30 (30 * USEC_PER_DAY)
#define DAYS_90 (90 * USEC_PER_DAY)

static bool same_order(const struct event *a, const struct event *b)
{
    return event_is_order(a->kind) && event_is_order(b->kind) && uuid_compare(&a->order_key, &b->order_key) == 0;
}

/* Is event ${i} the first that completes its order? */
static bool completes(const struct naive_ledger *l, size_t i)
{
    if (l->events[i]->kind != EVENT_ORDER_COMPLETED)
        return false;
    for (size_t k = 0; k < i; k++)
        if (l->events[k]->kind == EVENT_ORDER_COMPLETED && same_order(l->events[k], l->events[i]))
            return false;
    return true;
}

/* Is event ${i} a refund that was not told before? */
static bool refunds(const struct naive_ledger *l, size_t i)
{
    if (l->events[i]->kind != EVENT_ORDER_REFUNDED)
        return false;
    for (size_t k = 0; k < i; k++)
        if (l->events[k]->kind == EVENT_ORDER_REFUNDED && same_order(l->events[k], l->events[i]) &&
            uuid_compare(&l->events[k]->refund_key, &l->events[i]->refund_key) == 0)
            return false;
    return true;
}

/* --- touches --- */

static bool tells_where_from(const struct event *e)
{
    return e->by_channel || e->by_campaign;
}

static bool is_touch(const struct event *e)
{
    return tells_where_from(e) && (e->by_campaign || e->touch.source.n || e->kind == EVENT_CAMPAIGN_TOUCHED);
}

/* Events that are touches of the first ${n}, less those that say within 30 minutes what the touch before them said. */
static size_t touches_of(const struct naive_ledger *l, size_t n, size_t *out)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        const struct event *e = l->events[i], *before = m ? l->events[out[m - 1]] : NULL;
        if (is_touch(e) && !(before && before->by_channel == e->by_channel && before->by_campaign == e->by_campaign &&
                             e->occurred_at - before->occurred_at < 1800 * USEC_PER_SEC))
            out[m++] = i;
    }
    return m;
}

/* Those of the 90 days before event ${i}, with it. Whenever there are more than 16 in 90 days the second is forgotten. */
static size_t touches_before(const struct naive_ledger *l, size_t i, size_t *out)
{
    size_t n = touches_of(l, i + 1, out), kept = 0, first = 0;
    for (size_t k = 0; k < n; k++) {
        out[kept++] = out[k];
        while (l->events[out[first]]->occurred_at < l->events[out[k]]->occurred_at - DAYS_90)
            first++;
        if (kept - first <= TOUCHES_MAX)
            continue;
        for (size_t j = first + 1; j + 1 < kept; j++)
            out[j] = out[j + 1];
        kept--;
    }
    while (first < kept && l->events[out[first]]->occurred_at < l->events[i]->occurred_at - DAYS_90)
        first++;
    for (size_t k = first; k < kept; k++)
        out[k - first] = out[k];
    return kept - first;
}

/* --- orders --- */

/* What the first ${n} events say was bought with the order of ${e}. */
static const struct event *lines_of(const struct naive_ledger *l, size_t n, const struct event *e)
{
    const struct event *found = NULL;
    for (size_t i = 0; i < n; i++)
        if (same_order(l->events[i], e) && l->events[i]->kind != EVENT_ORDER_REFUNDED && l->events[i]->n_lines)
            found = l->events[i];
    return found;
}

/* The order that event ${i} completes, as the first ${n} events tell it; false when it does not count. */
static bool join_sale(struct naive_tallies *t, const struct naive_ledger *l, size_t n, size_t i, struct naive_sale *out)
{
    const struct event *e = l->events[i], *lines = lines_of(l, n, e);
    struct naive_sale s = {.i = i, .at = e->occurred_at, .country = e->by_country};
    bool is_whole = false;
    int64_t refunded = 0;
    for (size_t k = 0; k < n; k++) {
        const struct event *f = l->events[k];
        if (!same_order(e, f))
            continue;
        s.is_cancelled = (s.is_cancelled || f->kind == EVENT_ORDER_CANCELLED) && !f->is_reinstated;
        s.value = f->has_value ? f->value : s.value;
        s.discount = f->has_discount ? f->discount : s.discount;
        s.has_coupon = s.has_coupon || f->has_coupon;
        is_whole = is_whole || (refunds(l, k) && f->refund_whole);
        refunded += refunds(l, k) && !f->refund_whole ? f->refund_amount : 0;
    }
    s.net = s.value - refunded;
    s.lines = lines ? lines->lines : NULL;
    s.n_lines = lines ? lines->n_lines : 0;
    s.channel = e->by_channel;
    s.campaign = e->by_campaign;
    size_t *touches = ARENA_ARRAY(t->arena, size_t, i + 1), n_touches = touches_before(l, i, touches);
    if (!tells_where_from(e) && n_touches) {
        s.channel = l->events[touches[n_touches - 1]]->by_channel;
        s.campaign = l->events[touches[n_touches - 1]]->by_campaign;
    }
    s.is_void = is_whole || (refunded > 0 && refunded >= s.value);
    *out = s;
    return !s.is_cancelled && !s.is_void;
}

static void find_sales(struct naive_tallies *t, struct naive_ledger *l)
{
    l->sales = ARENA_ARRAY(t->arena, struct naive_sale, l->n);
    for (size_t i = 0; i < l->n; i++)
        if (completes(l, i) && join_sale(t, l, l->n, i, &l->sales[l->n_sales]))
            l->n_sales++;
}

static void sale(struct naive_tallies *t, const struct naive_ledger *l, size_t k, enum dimension dimension, uint64_t x,
                 uint64_t y)
{
    const struct naive_sale *s = &l->sales[k];
    int64_t *row = naive_row(t, CUBE_SALES, l->day[s->i], dimension, (int64_t)x, (int64_t)y);
    row[0]++;
    row[1] += s->net;
    row[2] += s->value;
    row[3] += s->discount;
    row[4] += s->has_coupon;
    row[5] += k == 0;
}

static void sold(struct naive_tallies *t, const struct naive_sale *s, int64_t day)
{
    for (size_t i = 0; i < s->n_lines; i++) {
        const struct order_line *line = &s->lines[i];
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first = is_first && s->lines[k].category != line->category;
        int64_t *category = naive_row(t, CUBE_SOLD, day, (int64_t)line->category, 0, 0);
        category[0] += is_first;
        category[1] += line->units;
        category[2] += line->value;
        if (line->product == 0)
            continue;
        int64_t *product = naive_row(t, CUBE_PRODUCT, naive_period(GRAIN_MONTH, day), (int64_t)line->product,
                                     (int64_t)line->category, 0);
        is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first = is_first && s->lines[k].product != line->product;
        product[0] += is_first;
        product[1] += line->units;
        product[2] += line->value;
    }
}

/* What was sold of products, also with orders that came back wholly. */
static void sold_units(struct naive_tallies *t, const struct naive_ledger *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct naive_sale s = {.n_lines = 0};
        if (!completes(l, i) || (!join_sale(t, l, l->n, i, &s) && s.is_cancelled))
            continue;
        for (size_t k = 0; k < s.n_lines; k++)
            if (s.lines[k].product)
                naive_row(t, CUBE_PRODUCT, naive_period(GRAIN_MONTH, l->day[i]), (int64_t)s.lines[k].product,
                          (int64_t)s.lines[k].category, 0)[5] += s.lines[k].units;
    }
}

/* A thing that was bought, as a heap of units from which refunds take. */
struct heap {
    const struct order_line *line;
    int64_t taken; /* units */
};

static void take_from(struct naive_tallies *t, struct heap *heap, int64_t day, int64_t units, int64_t value)
{
    int64_t *product = naive_row(t, CUBE_PRODUCT, naive_period(GRAIN_MONTH, day), (int64_t)heap->line->product,
                                 (int64_t)heap->line->category, 0);
    heap->taken += units;
    product[3] += units;
    product[4] += value;
}

/* ${units} of a thing that costs ${value} for ${of}, after ${before} others: together they cost what all cost. */
static int64_t worth(int64_t value, int64_t of, int64_t before, int64_t units)
{
    return value * (before + units) / of - value * before / of;
}

/* The heap that units of ${told} are taken from: of its category if there is one with some left, else the first of its product. */
static struct heap *heap_for(struct heap *heaps, size_t n, const struct order_line *told)
{
    struct heap *other = NULL;
    for (size_t i = 0; i < n; i++) {
        struct heap *h = &heaps[i];
        if (h->line->product != told->product || h->taken == h->line->units)
            continue;
        if (h->line->category == told->category)
            return h;
        other = other ? other : h;
    }
    return other;
}

static void take_told(struct naive_tallies *t, struct heap *heaps, size_t n, int64_t day, const struct order_line *told)
{
    struct heap *h;
    for (int64_t i = 0; told->product && i < told->units && (h = heap_for(heaps, n, told));) {
        int64_t left = h->line->units - h->taken, units = left < told->units - i ? left : told->units - i;
        take_from(t, h, day, units,
                  told->value ? worth(told->value, told->units, i, units)
                              : worth(h->line->value, h->line->units, h->taken, units));
        i += units;
    }
}

/* Refunds of the order that event ${i} completes, against what it is in the end. */
static void returned(struct naive_tallies *t, const struct naive_ledger *l, size_t i)
{
    struct naive_sale s;
    (void)join_sale(t, l, l->n, i, &s);
    struct heap *heaps = ARENA_ARRAY(t->arena, struct heap, s.n_lines);
    for (size_t h = 0; h < s.n_lines; h++)
        heaps[h].line = &s.lines[h];
    int64_t refunded = 0;
    for (size_t k = 0; k < l->n && !s.is_cancelled; k++) {
        const struct event *e = l->events[k];
        if (!refunds(l, k) || !same_order(e, l->events[i]))
            continue;
        for (size_t x = 0; x < e->n_lines; x++)
            take_told(t, heaps, s.n_lines, l->day[k], &e->lines[x]);
        refunded += e->refund_whole ? 0 : e->refund_amount;
        if (e->refund_whole || (refunded > 0 && refunded >= s.value))
            for (size_t h = 0; h < s.n_lines; h++)
                if (s.lines[h].product && s.lines[h].units > heaps[h].taken)
                    take_from(t, &heaps[h], l->day[k], s.lines[h].units - heaps[h].taken,
                              worth(s.lines[h].value, s.lines[h].units, heaps[h].taken, s.lines[h].units - heaps[h].taken));
    }
}

/* --- what was bought before --- */

static bool is_in(const uint64_t *set, size_t n, uint64_t hash)
{
    for (size_t i = 0; i < n; i++)
        if (set[i] == hash)
            return true;
    return false;
}

/* Is ${hash} among what events that complete orders, of the first ${n}, tell? */
static bool was_bought(const struct naive_ledger *l, size_t n, enum dimension dimension, uint64_t hash)
{
    for (size_t i = 0; i < n; i++) {
        const struct event *e = l->events[i];
        if (e->kind == EVENT_ORDER_COMPLETED && (dimension == DIMENSION_PRODUCT
                                                     ? is_in(e->products, e->n_products, hash)
                                                     : is_in(e->categories, e->n_categories, hash)))
            return true;
    }
    return false;
}

static void buyers(struct naive_tallies *t, const struct naive_ledger *l, enum dimension dimension)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct event *e = l->events[i];
        size_t n = dimension == DIMENSION_PRODUCT ? e->n_products : e->n_categories;
        for (size_t k = 0; e->kind == EVENT_ORDER_COMPLETED && k < n; k++) {
            uint64_t hash = dimension == DIMENSION_PRODUCT ? e->products[k] : e->categories[k];
            int64_t *row = naive_row(t, CUBE_BUYERS, 0, dimension, (int64_t)hash, 0);
            row[0] = 1;
            if (completes(l, i) && was_bought(l, i, dimension, hash))
                row[1] = 1;
        }
    }
}

static void crossed(struct naive_tallies *t, const struct naive_ledger *l)
{
    size_t n_had = 0, most = 0;
    for (size_t i = 0; i < l->n; i++)
        most += l->events[i]->n_categories;
    uint64_t *had = ARENA_ARRAY(t->arena, uint64_t, most);
    for (size_t i = 0; i < l->n; i++) {
        const struct event *e = l->events[i];
        size_t before = n_had;
        if (e->kind != EVENT_ORDER_COMPLETED || e->n_categories == 0)
            continue;
        for (size_t k = 0; k < e->n_categories; k++)
            if (!is_in(had, n_had, e->categories[k]))
                had[n_had++] = e->categories[k];
        int64_t *row = naive_row(t, CUBE_CROSSED, l->day[i], 0, 0, 0);
        row[0] += completes(l, i) && before > 0;
        row[1] += completes(l, i) && before > 0 && n_had > before;
        row[2] += before < 2 && n_had >= 2;
        row[3] += before == 0;
    }
}

/* --- customers over time --- */

/* Does one of the first ${n} sales lie in this period? */
static bool bought_in(const struct naive_ledger *l, size_t n, enum grain grain, int64_t period)
{
    for (size_t k = 0; k < n; k++)
        if (naive_period(grain, l->day[l->sales[k].i]) == period)
            return true;
    return false;
}

static void cohort(struct naive_tallies *t, const struct naive_ledger *l, size_t k, enum grain grain)
{
    int64_t period = naive_period(grain, l->day[l->sales[k].i]);
    int64_t *row = naive_row(t, CUBE_COHORT, period, grain, naive_period(grain, l->day[l->sales[0].i]), 0);
    row[0] = 1;
    row[1]++;
    row[2] += l->sales[k].net;
}

/* Active: with a counted order. New: active for the first time; retained: active in the period before, too; resurrected:
   the other active ones; dormant: active in the period before, and not in this one. */
static void growth(struct naive_tallies *t, const struct naive_ledger *l, size_t k, enum grain grain)
{
    int64_t period = naive_period(grain, l->day[l->sales[k].i]);
    bool is_new = period == naive_period(grain, l->day[l->sales[0].i]);
    bool is_retained = bought_in(l, l->n_sales, grain, naive_period(grain, period - 1));
    int64_t *row = naive_row(t, CUBE_GROWTH, period, grain, 0, 0);
    row[0] = is_new;
    row[1] = !is_new && is_retained;
    row[2] = !is_new && !is_retained;
    row[4] += row[1] ? l->sales[k].net : 0;
    row[5] += row[2] ? l->sales[k].net : 0;
    int64_t next = naive_next_period(grain, period);
    if (!bought_in(l, l->n_sales, grain, next))
        naive_row(t, CUBE_GROWTH, next, grain, 0, 0)[3] = 1;
}

/* The first event that told where the customer came from; n: none did. */
static size_t landing_of(const struct naive_ledger *l)
{
    size_t i = 0;
    while (i < l->n && !tells_where_from(l->events[i]))
        i++;
    return i;
}

/* What the customer was acquired by. NULL: nothing, the first order was there before; of those of the same instant the
   ones that counted when the customer landed were. */
static const struct event *acquired_by(struct naive_tallies *t, const struct naive_ledger *l)
{
    size_t i = landing_of(l);
    struct naive_sale unused;
    if (l->n_sales == 0 || i == l->n || l->events[i]->occurred_at > l->sales[0].at)
        return NULL;
    for (size_t k = 0; k < i && l->events[i]->occurred_at == l->sales[0].at; k++)
        if (l->events[k]->occurred_at == l->sales[0].at && completes(l, k) && join_sale(t, l, i, k, &unused))
            return NULL;
    return l->events[i];
}

static void acquired(struct naive_tallies *t, const struct naive_ledger *l, size_t k, enum dimension dimension,
                     const struct event *landing)
{
    const struct naive_sale *s = &l->sales[k], *first = &l->sales[0];
    int64_t *row = naive_row(t, CUBE_ACQUIRED, l->day[first->i], dimension, landing ? (int64_t)landing->by_channel : 0,
                             landing ? (int64_t)landing->by_campaign : 0);
    bool is_early = s->at - first->at < DAYS_30;
    row[0] += k == 0;
    row[1]++;
    row[2] += s->net;
    row[3] += is_early;
    row[4] += is_early ? s->net : 0;
    row[5] += k == 1;
}

static void landed(struct naive_tallies *t, const struct naive_ledger *l)
{
    size_t i = landing_of(l), *touches = ARENA_ARRAY(t->arena, size_t, l->n), n = touches_of(l, l->n, touches);
    for (size_t k = 0; k < n; k++) {
        const struct event *e = l->events[touches[k]];
        naive_row(t, CUBE_TOUCHED, l->day[touches[k]], (int64_t)e->by_channel, (int64_t)e->by_campaign, 0)[0]++;
    }
    if (i == l->n)
        return;
    const struct event *e = l->events[i];
    int64_t *row = naive_row(t, CUBE_LANDED, l->day[i], (int64_t)e->by_channel, (int64_t)e->by_campaign, 0);
    row[0] = 1;
    row[1] = l->n_sales && l->sales[0].i >= i;
    row[2] = row[1] && l->sales[0].at - e->occurred_at < DAYS_30;
}

static void share(struct naive_tallies *t, const struct naive_ledger *l, size_t k, enum attribution attribution,
                  const struct event *touch, int64_t shares, int64_t net)
{
    int64_t *row = naive_row(t, CUBE_ATTRIBUTED, l->day[l->sales[k].i], attribution, touch ? (int64_t)touch->by_channel : 0,
                             touch ? (int64_t)touch->by_campaign : 0);
    row[0] += shares;
    row[1] += net;
    row[2] += k == 0 ? shares : 0;
}

/* What cannot be shared to the cent is the last touch's. */
static void attributed(struct naive_tallies *t, const struct naive_ledger *l, size_t k)
{
    int64_t net = l->sales[k].net;
    size_t *touches = ARENA_ARRAY(t->arena, size_t, l->n), n = touches_before(l, l->sales[k].i, touches);
    share(t, l, k, ATTRIBUTION_FIRST, n ? l->events[touches[0]] : NULL, SHARES, net);
    share(t, l, k, ATTRIBUTION_LAST, n ? l->events[touches[n - 1]] : NULL, SHARES, net);
    if (n == 0)
        share(t, l, k, ATTRIBUTION_LINEAR, NULL, SHARES, net);
    for (size_t i = 0; i < n; i++) {
        int64_t part = net / (int64_t)n;
        share(t, l, k, ATTRIBUTION_LINEAR, l->events[touches[i]], SHARES / (int64_t)n,
              i + 1 < n ? part : net - part * (int64_t)(n - 1));
    }
}

void naive_sales(struct naive_tallies *t, struct naive_ledger *l)
{
    find_sales(t, l);
    const struct event *landing = acquired_by(t, l);
    for (size_t k = 0; k < l->n_sales; k++) {
        const struct naive_sale *s = &l->sales[k];
        sale(t, l, k, DIMENSION_TOTAL, 0, 0);
        sale(t, l, k, DIMENSION_CHANNEL, s->channel, s->campaign);
        sale(t, l, k, DIMENSION_COUNTRY, s->country, 0);
        sold(t, s, l->day[s->i]);
        for (enum grain grain = GRAIN_DAY; grain <= GRAIN_MONTH; grain++)
            growth(t, l, k, grain);
        cohort(t, l, k, GRAIN_WEEK);
        cohort(t, l, k, GRAIN_MONTH);
        acquired(t, l, k, DIMENSION_TOTAL, NULL);
        acquired(t, l, k, DIMENSION_CHANNEL, landing);
        attributed(t, l, k);
    }
    if (l->n_sales > 1)
        naive_row(t, CUBE_SECOND, naive_period(GRAIN_MONTH, l->day[l->sales[0].i]),
                  l->day[l->sales[1].i] - l->day[l->sales[0].i], 0, 0)[0]++;
    sold_units(t, l);
    for (size_t i = 0; i < l->n; i++)
        if (completes(l, i))
            returned(t, l, i);
    buyers(t, l, DIMENSION_PRODUCT);
    buyers(t, l, DIMENSION_CATEGORY);
    crossed(t, l);
    landed(t, l);
}
