#include "contribution_orders.h"

/* What counted orders contribute: a walk over them in timeline order, each with what was before it. */

__extension__ typedef __int128 int128;

#define EARLY (30 * USEC_PER_DAY) /* orders_30d, converted_30d */

/* What of the customer and of the orders before one its contributions depend on. */
struct walk {
    const struct marks *marks;
    int64_t n;
    usec_t first_at, last_at; /* NONE: there were none */
    int64_t growth;
};

void contribute_funnel(const struct contributor *by, usec_t first_seen_at, enum funnel_step step, usec_t at)
{
    int64_t seen = contribution_day(by, first_seen_at), days = contribution_day(by, at) - seen;
    if (days > FUNNEL_DAYS)
        days = FUNNEL_DAYS;
    contribute(by, CUBE_FUNNEL, period_begin(GRAIN_MONTH, seen), step, days > 0 ? days : 0, 0)[0] += by->times;
}

/* --- sales ------------------------------------------------------------------------------------------------------- */

static void add_sale(const struct contributor *by, const struct walk *walk, const struct order *order, int64_t day,
                     enum dimension dimension, uint64_t x, uint64_t y)
{
    int64_t *sums = contribute(by, CUBE_SALES, day, dimension, (int64_t)x, (int64_t)y);
    sums[0] += by->times;
    sums[1] += by->times * (order->value - order_refunded(order));
    sums[2] += by->times * order->value;
    sums[3] += by->times * order->discount;
    sums[4] += order->has_coupon ? by->times : 0;
    sums[5] += walk->n == 0 ? by->times : 0;
}

static bool has_category_before(const struct order *order, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (order->lines[k].category == order->lines[i].category)
            return true;
    return false;
}

static void add_lines(const struct contributor *by, const struct order *order, int64_t day)
{
    int64_t month = period_begin(GRAIN_MONTH, day);
    for (size_t i = 0; i < order->n_lines; i++) {
        const struct order_line *line = &order->lines[i];
        int64_t *sums = contribute(by, CUBE_SOLD, day, (int64_t)line->category, 0, 0);
        sums[0] += has_category_before(order, i) ? 0 : by->times;
        sums[1] += by->times * line->units;
        sums[2] += by->times * line->value;
        if (line->product == 0)
            continue;
        sums = contribute(by, CUBE_PRODUCT, month, (int64_t)line->product, (int64_t)line->category, 0);
        sums[0] += i && line[-1].product == line->product ? 0 : by->times;
        sums[1] += by->times * line->units;
        sums[2] += by->times * line->value;
    }
}

/* --- goods that left, and came back -------------------------------------------------------------------------------- */

/* Of ${value} for ${units}: what those from ${from} to ${to} are worth. The parts add up to it. */
static int64_t part(int64_t value, int64_t units, int64_t from, int64_t to)
{
    return (int64_t)((int128)value * to / units - (int128)value * from / units);
}

static int64_t *product_sums(const struct contributor *by, usec_t at, const struct order_line *line)
{
    return contribute(by, CUBE_PRODUCT, period_begin(GRAIN_MONTH, contribution_day(by, at)), (int64_t)line->product,
                      (int64_t)line->category, 0);
}

/* The first line of a product; they are sorted. */
static size_t first_line(const struct order *order, uint64_t product)
{
    size_t low = 0, high = order->n_lines;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order->lines[middle].product < product)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What a refund tells of a product, onto the order's lines of it: those of the category told first. */
static void give_back(const struct contributor *by, const struct order *order, int64_t *back, usec_t at,
                      const struct order_line *told)
{
    int64_t given = 0;
    for (int of_others = 0; of_others < 2; of_others++)
        for (size_t i = first_line(order, told->product); i < order->n_lines && order->lines[i].product == told->product; i++) {
            const struct order_line *line = &order->lines[i];
            int64_t left = line->units - back[i], n = told->units - given < left ? told->units - given : left;
            if ((line->category != told->category) != of_others || n <= 0)
                continue;
            int64_t *sums = product_sums(by, at, line);
            sums[3] += by->times * n;
            sums[4] += by->times * (told->value ? part(told->value, told->units, given, given + n)
                                                : part(line->value, line->units, back[i], back[i] + n));
            given += n;
            back[i] += n;
        }
}

static void give_back_rest(const struct contributor *by, const struct order *order, int64_t *back, usec_t at)
{
    for (size_t i = 0; i < order->n_lines; i++) {
        const struct order_line *line = &order->lines[i];
        if (line->product == 0 || line->units <= back[i])
            continue;
        int64_t *sums = product_sums(by, at, line);
        sums[3] += by->times * (line->units - back[i]);
        sums[4] += by->times * part(line->value, line->units, back[i], line->units);
        back[i] = line->units;
    }
}

/* By the order as it is told in the end: of no line comes back more than was sold. */
static void add_returned(struct arena *arena, const struct contributor *by, const struct order *order)
{
    const struct circumstances *c = &order->circumstances;
    struct order until = *order; /* with the refunds so far */
    bool has_come_back = false;
    int64_t *back = ARENA_ARRAY(arena, int64_t, order->n_lines);
    until.n_refunds = 0;
    while (until.n_refunds < order->n_refunds && until.n_refunds < c->n_returned) {
        const struct returned *returned = &c->returned[until.n_refunds++];
        for (size_t k = 0; k < returned->n_lines; k++)
            if (returned->lines[k].product)
                give_back(by, order, back, returned->at, &returned->lines[k]);
        if (!has_come_back && order_came_back(&until)) {
            give_back_rest(by, order, back, returned->at);
            has_come_back = true;
        }
    }
}

static void add_goods(struct arena *arena, const struct contributor *by, const struct order *order)
{
    if (order->completed_at == NONE || order->cancelled_at != NONE)
        return;
    for (size_t i = 0; i < order->n_lines; i++)
        if (order->lines[i].product)
            product_sums(by, order->completed_at, &order->lines[i])[5] += by->times * order->lines[i].units;
    if (order->n_refunds && order->n_lines)
        add_returned(arena, by, order);
}

/* --- customers over time --------------------------------------------------------------------------------------- */

static void add_cohorts(const struct contributor *by, const struct walk *walk, int64_t first, int64_t last, int64_t day,
                        int64_t net)
{
    for (enum grain grain = GRAIN_WEEK; grain <= GRAIN_MONTH; grain++) {
        int64_t period = period_begin(grain, day);
        int64_t *sums = contribute(by, CUBE_COHORT, period, grain, period_begin(grain, first), 0);
        sums[0] += walk->n == 0 || period_begin(grain, last) != period ? by->times : 0;
        sums[1] += by->times;
        sums[2] += by->times * net;
    }
}

/* A customer who is active in a period is dormant in the next one until they are active in it, too. */
static void add_growth(const struct contributor *by, const struct walk *walk, int64_t growth, int64_t last, int64_t day,
                       int64_t net)
{
    for (enum grain grain = GRAIN_DAY; grain <= GRAIN_MONTH; grain++) {
        int64_t period = period_begin(grain, day);
        enum growth class = growth_of(growth, grain);
        int64_t *sums = contribute(by, CUBE_GROWTH, period, grain, 0, 0);
        bool is_first = walk->n == 0 || period_begin(grain, last) != period;
        if (class == GROWTH_RETAINED)
            sums[4] += by->times * net;
        if (class == GROWTH_RESURRECTED)
            sums[5] += by->times * net;
        if (!is_first)
            continue;
        sums[class - GROWTH_NEW] += by->times;
        if (class == GROWTH_RETAINED)
            sums[3] -= by->times;
        contribute(by, CUBE_GROWTH, period_add(grain, day, 1), grain, 0, 0)[3] += by->times;
    }
}

static void add_acquired(const struct contributor *by, const struct walk *walk, const struct order *order, usec_t first_at,
                         enum dimension dimension, const struct touched *landing)
{
    bool is_early = order->completed_at - first_at < EARLY;
    int64_t net = order->value - order_refunded(order);
    int64_t *sums = contribute(by, CUBE_ACQUIRED, contribution_day(by, first_at), dimension, (int64_t)landing->channel,
                               (int64_t)landing->campaign);
    sums[0] += walk->n == 0 ? by->times : 0;
    sums[1] += by->times;
    sums[2] += by->times * net;
    sums[3] += is_early ? by->times : 0;
    sums[4] += is_early ? by->times * net : 0;
    sums[5] += walk->n == 1 ? by->times : 0;
}

static void add_conversion(const struct contributor *by, const struct order *order)
{
    const struct touched *landing = &order->circumstances.landing;
    if (landing->at == NONE)
        return;
    int64_t *sums = contribute(by, CUBE_LANDED, contribution_day(by, landing->at), (int64_t)landing->channel,
                               (int64_t)landing->campaign, 0);
    sums[1] += by->times;
    sums[2] += order->completed_at - landing->at < EARLY ? by->times : 0;
}

static void add_attributed(const struct contributor *by, const struct walk *walk, int64_t day,
                           enum attribution attribution, const struct touched *touch, int64_t shares, int64_t net)
{
    int64_t *sums =
        contribute(by, CUBE_ATTRIBUTED, day, attribution, (int64_t)touch->channel, (int64_t)touch->campaign);
    sums[0] += by->times * shares;
    sums[1] += by->times * net;
    sums[2] += walk->n == 0 ? by->times * shares : 0;
}

/* An order that nothing brought is shared to nothing: the sums are those of all orders. */
static void attribute(const struct contributor *by, const struct walk *walk, const struct order *order, int64_t day)
{
    static const struct touched nothing;
    const struct circumstances *c = &order->circumstances;
    int64_t net = order->value - order_refunded(order), n = (int64_t)c->n_touches;
    const struct touched *first = n ? &c->touches[0] : &nothing, *last = n ? &c->touches[n - 1] : &nothing;
    add_attributed(by, walk, day, ATTRIBUTION_FIRST, first, SHARES, net);
    add_attributed(by, walk, day, ATTRIBUTION_LAST, last, SHARES, net);
    for (int64_t i = 0; i + 1 < n; i++)
        add_attributed(by, walk, day, ATTRIBUTION_LINEAR, &c->touches[i], SHARES / n, net / n);
    add_attributed(by, walk, day, ATTRIBUTION_LINEAR, last, n ? SHARES / n : SHARES, n ? net - net / n * (n - 1) : net);
}

/* What the customer is acquired by: the landing, unless it came after their first order. */
static const struct touched *landing_of(const struct marks *marks, usec_t first_at)
{
    static const struct touched nothing;
    const struct touched *landing = &marks->landing;
    bool is_before = landing->at != NONE && (landing->at < first_at || (landing->at == first_at && !marks->landing_is_late));
    return is_before ? landing : &nothing;
}

/* --- the walk ------------------------------------------------------------------------------------------------------ */

static void walk_over(const struct contributor *by, struct walk *walk, const struct order *order)
{
    static const struct touched nothing;
    const struct circumstances *c = &order->circumstances;
    usec_t at = order->completed_at, first_at = walk->n ? walk->first_at : at;
    int64_t day = contribution_day(by, at), first = contribution_day(by, first_at);
    int64_t last = walk->n ? contribution_day(by, walk->last_at) : day;
    int64_t net = order->value - order_refunded(order);
    int64_t growth = growth_after(by->shop->calendar, walk->growth, walk->n ? walk->last_at : NONE, at);
    add_sale(by, walk, order, day, DIMENSION_TOTAL, 0, 0);
    add_sale(by, walk, order, day, DIMENSION_CHANNEL, c->channel, c->campaign);
    add_sale(by, walk, order, day, DIMENSION_COUNTRY, c->country, 0);
    add_lines(by, order, day);
    add_cohorts(by, walk, first, last, day, net);
    add_growth(by, walk, growth, last, day, net);
    add_acquired(by, walk, order, first_at, DIMENSION_TOTAL, &nothing);
    add_acquired(by, walk, order, first_at, DIMENSION_CHANNEL, landing_of(walk->marks, first_at));
    attribute(by, walk, order, day);
    if (walk->n == 0)
        add_conversion(by, order);
    if (walk->n == 1)
        contribute(by, CUBE_SECOND, period_begin(GRAIN_MONTH, first), day - first, 0, 0)[0] += by->times;
    if (walk->n < 2 && c->first_seen_at != NONE)
        contribute_funnel(by, c->first_seen_at, walk->n ? STEP_ORDERED_AGAIN : STEP_ORDERED, at);
    *walk = (struct walk){walk->marks, walk->n + 1, first_at, at, growth};
}

void contribute_orders(struct arena *arena, const struct contributor *by, const struct state *state)
{
    size_t n;
    const struct order **orders = state_counted_orders(arena, state, &n);
    struct walk walk = {.marks = &state->profile.marks, .first_at = NONE, .last_at = NONE};
    for (size_t i = 0; i < n; i++)
        walk_over(by, &walk, orders[i]);
    for (size_t i = 0; i < state->n_orders; i++)
        add_goods(arena, by, &state->orders[i]);
}

void contribute_new_order(struct arena *arena, const struct contributor *by, const struct accumulators *before,
                          const struct marks *marks, const struct order *order)
{
    struct walk walk = {.marks = marks,
                        .n = before->orders_count,
                        .first_at = before->first_order_at,
                        .last_at = before->last_order_at,
                        .growth = before->growth};
    if (order_is_counted(order))
        walk_over(by, &walk, order);
    add_goods(arena, by, order);
}
