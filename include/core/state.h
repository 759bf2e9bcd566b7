#ifndef CORE_STATE_H
#define CORE_STATE_H

#include "base/arena.h"
#include "base/time.h"
#include "core/event.h"
#include "core/identity.h"
#include "core/period.h"
#include "core/value.h"

/** Definitions of a shop have small permanent numbers; these bound them. */
#define MODEL_SLOTS 32
#define SEGMENT_SLOTS 512

/** Raised whenever a fold gives another result for the same ledger: older rows are folded anew on touch. */
#define FOLD_VERSION 5

/** Bounds of what one customer's second row holds; reaching one is counted, never silent. */
#define SET_MAX 4096      /* hashes of products, categories, channels */
#define COUNTERS_MAX 256  /* distinct event names counted */
#define TRAITS_MAX 256
#define TRAITS_BYTES_MAX 32768

/**
 * The accumulators: what the customer row stores of the past. One row an accumulator:
 * name, SQL type (I4 integer, I8 bigint, TS timestamptz), null at first?, comment of the column.
 * The struct, the SQL column lists, the binding and verify are all made from this table.
 */
#define ACCUMULATOR_TABLE(X)                                                                                  \
    X(events_count, I4, 0, "Accepted events")                                                                 \
    X(sessions_count, I4, 0, "Sessions: a session ends after 30 minutes without an event")                    \
    X(pages_count, I4, 0, "Page and screen views")                                                            \
    X(product_views_count, I4, 0, "Product Viewed events")                                                    \
    X(carts_count, I4, 0, "Times that something was put into a cart")                                         \
    X(checkouts_count, I4, 0, "Checkouts started")                                                            \
    X(orders_reported_count, I4, 0, "Order Completed events, repeats of an order included")                   \
    X(orders_count, I4, 0, "Orders completed, neither cancelled nor wholly refunded")                         \
    X(orders_cancelled_count, I4, 0, "Orders completed and then cancelled")                                   \
    X(orders_coupon_count, I4, 0, "Counted orders that carry a coupon")                                       \
    X(refunds_count, I4, 0, "Refunds of completed orders, whole and partial")                                 \
    X(coupons_applied_count, I4, 0, "Coupon Applied events")                                                  \
    X(renewals_count, I4, 0, "Subscription renewals")                                                         \
    X(reviews_count, I4, 0, "Product reviews")                                                                \
    X(shares_count, I4, 0, "Products and carts shared")                                                       \
    X(referrals_count, I4, 0, "Referrals made")                                                               \
    X(complaints_count, I4, 0, "Complaints opened")                                                           \
    X(complaints_open, I4, 0, "Complaints opened and not yet resolved")                                       \
    X(survey_answers_count, I4, 0, "Surveys answered")                                                        \
    X(nps_count, I4, 0, "NPS answers")                                                                        \
    X(nps_sum, I4, 0, "Sum of NPS answers")                                                                   \
    X(nps_last, I4, 1, "Latest NPS answer, 0 to 10")                                                          \
    X(csat_count, I4, 0, "CSAT answers")                                                                      \
    X(csat_sum, I4, 0, "Sum of CSAT answers")                                                                 \
    X(csat_last, I4, 1, "Latest CSAT answer, 1 to 5")                                                         \
    X(categories_count, I4, 0, "Distinct categories of products in completed orders")                         \
    X(products_count, I4, 0, "Distinct products in completed orders")                                         \
    X(channels_count, I4, 0, "Distinct channels")                                                             \
    X(subscription, I4, 0, "Subscription: 0 none, 1 active, 2 cancelled")                                     \
    X(churned, I4, 0, "1: said to have left, and neither ordered nor subscribed since")                       \
    X(purchase_days, I4, 0, "Local days with a counted order")                                                \
    X(growth, I4, 0, "Of the latest period with a counted order, two bits a grain: new 1, retained 2, resurrected 3") \
    X(revenue_gross, I8, 0, "Value of completed and not cancelled orders before refunds, minor units")        \
    X(revenue_refunded, I8, 0, "Refunded of those orders, at most their value, minor units")                  \
    X(discounts_total, I8, 0, "Discounts on counted orders, minor units")                                     \
    X(order_value_last, I8, 1, "Value of the latest counted order less its refunds, minor units")             \
    X(points_balance, I8, 0, "Points earned less points redeemed")                                            \
    X(first_day_value, I8, 0, "Net value of the counted orders of the first purchase day, minor units")       \
    X(gaps_ln, I8, 0, "Sum over the gaps between neighbouring purchase days of ln(days), billionths")         \
    X(first_seen_at, TS, 1, "First event")                                                                    \
    X(last_seen_at, TS, 1, "Latest event")                                                                    \
    X(first_order_at, TS, 1, "Completion of the first counted order")                                         \
    X(last_order_at, TS, 1, "Completion of the latest counted order")                                         \
    X(churned_at, TS, 1, "When they were last said to have left, while churned is 1")                         \
    X(participated_at, TS, 1, "Latest event by which the customer took part: a review, share, survey, referral")

struct accumulators {
#define X(name, type, null, comment) int64_t name;
    ACCUMULATOR_TABLE(X)
#undef X
};
#define ACCUMULATOR_COUNT (sizeof(struct accumulators) / sizeof(int64_t))

/** One reversal of an order. amount < 0: the whole of it. */
struct refund {
    struct uuid key;
    int64_t amount;
};

/** Something that brought the customer: an event that told a campaign or its source, or was a Campaign Touched. */
struct touched {
    usec_t at; /* NONE: nothing did */
    uint64_t channel;
    uint64_t campaign;
};
#define TOUCHES_MAX 16
#define TOUCH_DAYS  90 /* how long before an order a touch counts for it */

/** What a refund told of goods that came back. */
struct returned {
    usec_t at;
    const struct order_line *lines;
    size_t n_lines;
};

/** What metrics must know of an order beside its values: as it was at its completion, but for the refunds. */
struct circumstances {
    uint64_t channel;  /* of the completing event; if it told neither, both of the latest touch */
    uint64_t campaign;
    uint64_t country;
    usec_t first_seen_at;   /* the customer's; NONE: not seen until then */
    struct touched landing; /* the customer's */
    const struct touched *touches; /* of the TOUCH_DAYS before, oldest first */
    size_t n_touches;
    const struct returned *returned; /* with each of the order's refunds, and with the same room */
    size_t n_returned;
};

/** One order of one customer: the join of its events. */
struct order {
    struct uuid key;
    struct span id;
    usec_t completed_at; /* NONE: only reported on, not completed */
    usec_t cancelled_at; /* NONE: not cancelled */
    int64_t value;       /* minor units, before refunds */
    int64_t discount;
    bool has_coupon;
    const struct refund *refunds; /* with room for refund_room(n_refunds) of them */
    size_t n_refunds;
    int ordinal;         /* of completion: orders_reported_count as it was then; 0: not completed */
    struct circumstances circumstances;
    const struct order_line *lines; /* of the latest event that told some, completing or updating */
    size_t n_lines;
    bool is_changed; /* since it was loaded */
    bool is_stored;  /* a row exists */
};

/** The room of an array of ${n} refunds: it grows by doubling, in place. */
size_t refund_room(size_t n);
/** Refunded of an order: at most its value. */
int64_t order_refunded(const struct order *order);
/** Wholly refunded: as such, or its value in parts. */
bool order_came_back(const struct order *order);
/** Completed, neither cancelled nor wholly refunded. */
bool order_is_counted(const struct order *order);

struct counter {
    struct span name; /* normalised event name */
    int64_t count;
};

/**
 * What first and last brought the customer: texts of the second row, each a fact of the same name. Rows: name, member
 * of struct touch, FIRST or LAST of the events that told one, in timeline order.
 */
#define TOUCH_TABLE(X)                                                                                        \
    X(first_channel, channel, FIRST)                                                                          \
    X(last_channel, channel, LAST)                                                                            \
    X(first_campaign, campaign, FIRST)                                                                        \
    X(last_campaign, campaign, LAST)                                                                          \
    X(first_campaign_source, source, FIRST)                                                                   \
    X(last_campaign_source, source, LAST)                                                                     \
    X(first_campaign_medium, medium, FIRST)                                                                   \
    X(last_campaign_medium, medium, LAST)                                                                     \
    X(last_locale, locale, LAST)

/** A complaint or a request for support that is not settled. */
struct inquiry {
    enum event_kind kind; /* COMPLAINT_OPENED, SUPPORT_REQUESTED */
    uint64_t key;         /* 0: it told none */
    usec_t at;
    bool is_answered;     /* a complaint that waits for its resolution */
};
#define INQUIRIES_MAX 64 /* then the oldest is forgotten */

/**
 * What the second row keeps for metrics alone.
 * landing  the first event that told a channel or campaign. landing_is_late: when it came an order counted that was completed at
 *          the same instant
 * touches  of the TOUCH_DAYS before the latest of them, oldest first; when full the second gives way. The same again
 *          within 30 minutes is one.
 * again    products and categories that an order was completed with after an earlier completion told them: sorted
 *          hashes, those of categories ^ AGAIN_CATEGORY
 */
struct marks {
    struct touched landing;
    bool landing_is_late;
    const struct touched *touches;
    size_t n_touches;
    const struct inquiry *inquiries; /* oldest first */
    size_t n_inquiries;
    uint64_t *again;
    size_t n_again;
    uint64_t churn_reason; /* hash of profile.churn_reason; 0: none */
};

bool marks_are_empty(const struct marks *marks);

/** A category in marks.again is its hash ^ this: a product may be called what a category is called. */
#define AGAIN_CATEGORY UINT64_MAX

/** The second row: written only when it changes. All arrays are sorted and without repeats. */
struct profile {
    struct trait *traits; /* by name */
    size_t n_traits;
    struct counter *counters; /* by name: kinds without an accumulator of their own, and custom events */
    size_t n_counters;
    uint64_t *categories;
    size_t n_categories;
    uint64_t *products;
    size_t n_products;
    uint64_t *channels;
    size_t n_channels;
    struct marks marks;
    struct span churn_reason; /* the latest that was told; counts while accumulators.churned is 1 */
#define X(name, member, which) struct span name; /* n = 0: never told */
    TOUCH_TABLE(X)
#undef X
    bool is_changed;
    bool is_stored;
};
/** Is nothing known that the second row would hold? */
bool profile_is_empty(const struct profile *profile);

/** Where a customer stands in one model. stage 0: nowhere (the model is new or was withdrawn). */
struct standing {
    int stage;
    usec_t since;
};

/** A point of a timeline: (instant, rank, event). */
struct position {
    usec_t at; /* NONE: before everything */
    int rank;  /* 0 definition, 1..9 event, 255 deadline */
    struct uuid event_id;
};
#define RANK_DEFINITION 0
#define RANK_DEADLINE 255
int position_compare(const struct position *a, const struct position *b);

/** A counted order among all of a customer's, in order of completion: what windows are computed from. */
struct counted {
    usec_t at;
    int64_t net;
    int64_t sum; /* of net, up to and including this one */
};

/** All that is known about one customer at one position of the timeline. */
struct state {
    struct uuid key;
    struct span external_id;
    enum identity_kind kind; /* of the identity whose name the customer bears */
    struct accumulators a;
    struct profile profile; /* empty when not loaded: see definitions_needs */
    struct order *orders;   /* all of them, or those that the batch needs; by key */
    size_t n_orders;
    size_t orders_capacity;
    bool has_all_orders;
    struct counted *counted; /* kept while has_counted; else windows look through ${orders} */
    size_t n_counted;
    size_t counted_capacity;
    bool has_counted;
    struct standing standing[MODEL_SLOTS]; /* by model number - 1 */
    unsigned char segments[SEGMENT_SLOTS / 8]; /* bit (number - 1): is a member */
    struct position position; /* the last thing that changed this state */
    usec_t deadline;          /* stored: may be early, never late; NONE: nothing will happen by time alone */
    int definitions;          /* revision of the shop's definitions that this state has met */
};

/** A customer of whom nothing is known yet. */
void state_init(struct state *state, const struct uuid *key, struct span external_id,
                enum identity_kind kind);

static inline bool state_is_member(const struct state *s, int segment)
{
    return s->segments[(segment - 1) / 8] >> ((segment - 1) % 8) & 1;
}
static inline void state_set_member(struct state *s, int segment, bool member)
{
    unsigned char bit = (unsigned char)(1u << ((segment - 1) % 8));
    if (member)
        s->segments[(segment - 1) / 8] |= bit;
    else
        s->segments[(segment - 1) / 8] &= (unsigned char)~bit;
}

/**
 * state_apply(arena, calendar, state, event):
 * Fold one event into the facts of ${state} (not its stages). The caller keeps timeline order. Days are those of
 * ${calendar}; NULL: of UTC.
 * Needs    the order that the event names, if a row of it exists, in ${state}->orders; when that order was
 *          stored or applied before, all orders (has_all_orders).
 */
void state_apply(struct arena *arena, const struct calendar *calendar, struct state *state, const struct event *event);

/** The order with this key, or NULL. */
struct order *state_order(const struct state *state, const struct uuid *order_key);
/** Put a loaded order into ${state}, which has none with its key. */
struct order *state_add_order(struct arena *arena, struct state *state, const struct order *order);

/** Keep the counted orders of a loaded state, all of whose orders are there, in order of completion from now on. */
void state_keep_counted(struct arena *arena, struct state *state);

/** Orders that count: by their completion, in timeline order; ${n} of them, in ${arena}. Needs all orders. */
const struct order **state_counted_orders(struct arena *arena, const struct state *state, size_t *n);

/**
 * growth_after(calendar, growth, last, at):
 * The accumulator growth after a counted order at ${at}, where the one before was at ${last}, NONE: it is the first.
 */
int64_t growth_after(const struct calendar *calendar, int64_t growth, usec_t last, usec_t at);
enum growth { GROWTH_NEW = 1, GROWTH_RETAINED, GROWTH_RESURRECTED };
static inline enum growth growth_of(int64_t growth, enum grain grain)
{
    return (enum growth)(growth >> (2 * grain) & 3);
}

/**
 * The open inquiry that ${event} settles; NULL: none. Of those that wait for it (an answer: those not answered; a
 * resolution: complaints) the oldest of the name that it tells, else the oldest that told none; if it tells none the oldest.
 */
const struct inquiry *state_inquiry(const struct state *state, const struct event *event);

/** Does folding ${event} read or write the second row? */
bool event_needs_profile(const struct event *event);

#endif
