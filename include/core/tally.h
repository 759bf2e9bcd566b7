#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "base/arena.h"
#include "core/period.h"

/**
 * What metrics read: sums, kept by the key of a cube. A customer contributes to them what follows from their ledger
 * (core/contribution.h), so that a sum over all customers, and the remainder of those that were erased, is what is stored.
 *
 * The table: a row a cube, whose number is stored: append only. Name, number, what `day` is, what a, b and c are, what
 * the sums are. Days are local days of the shop since 1970-01-01; "period" is the first day of a period of grain a.
 * Texts are known by hash_text (their names: table term); 0: none was told. Money is in minor units.
 *
 * Orders, where nothing else is said, are those that count: completed, neither cancelled nor wholly refunded. They stand
 * at the day of their completion as the whole ledger tells them then: revenue is net of refunds, gross is not; the first
 * is the first of these. Lines are those told last; SOLD and PRODUCT know neither discounts nor refunds, but:
 *
 *   PRODUCT   an order with two lines of one product, of two categories, counts with the first. Sold: of orders that are
 *             completed and not cancelled, also of those that came back wholly. Returned, of the same: at the day of a
 *             refund the lines that it tells, of each product at most what the order has and did not come back before;
 *             with the refund by which the order, valued as it is in the end, comes back wholly all the rest. The
 *             category is the order's, and so is the price unless the refund tells one
 *   CROSSED, BUYERS  of all orders completed, also if they were cancelled: repeat_orders are those with a category, of
 *             customers who had one already; crossing_orders those of them with a further one; a buyer is a repeat buyer
 *             when an order is completed with what an earlier completion told
 *   GROWTH    of customers active in a period, which is: with an order. New: for the first time; retained: also in the period
 *             before; resurrected: neither; dormant: active in the period before, and not in this one
 *   ACQUIRED  the channel is that of the landing if it came before the first order or with it, else 0
 *   LANDED    the first event that tells a channel or a campaign; converted: the first order came then or later
 *   FUNNEL    a customer is seen by an event whose context is active; steps before that do not count, nor orders
 *   WONBACK   by the reason told last; days since
 */
#define CUBE_TABLE(X)                                                                                                     \
    X(STANDING, 1, "", "model,stage", "customers,revenue")            /* now; revenue: net, of all their time */           \
    X(MOVES, 2, "day", "model,from,to", "customers")                  /* 0: nowhere */                                     \
    X(MEMBERS, 3, "", "segment", "customers")                         /* now */                                            \
    X(SPELL, 4, "month entered", "model,stage,days*256+to", "customers") /* stays that ended, by whole local days */       \
    X(OPEN, 5, "day entered", "model,stage", "customers")             /* stays that go on */                               \
    X(SALES, 6, "day", "dimension,x,y", "orders,revenue,gross,discount,coupon_orders,new_customers")                       \
    X(SOLD, 7, "day", "category", "orders,units,revenue")             /* by lines; units in thousandths */                 \
    X(PRODUCT, 8, "month", "product,category",                                                                             \
      "orders,units,revenue,returned_units,returned_value,sold_units") /* sold: before whole refunds, of what returns are a share */ \
    X(BUYERS, 9, "", "dimension,x", "buyers,repeat_buyers")           /* of a product (4) or category (3) */               \
    X(COHORT, 10, "period", "grain,cohort", "customers,orders,revenue") /* cohort: first day of the period of the first */ \
    X(GROWTH, 11, "period", "grain", "new,retained,resurrected,dormant,retained_revenue,resurrected_revenue")              \
    X(ACQUIRED, 12, "day of first order", "dimension,x,y",                                                                 \
      "customers,orders,revenue,orders_30d,revenue_30d,repeat_customers")                                                  \
    X(SECOND, 13, "month of first order", "days", "customers")        /* whole local days to the second order */           \
    X(ATTRIBUTED, 14, "day", "attribution,channel,campaign", "orders,revenue,new_customers") /* in SHARES of an order */   \
    X(LANDED, 15, "day landed", "channel,campaign", "customers,converted,converted_30d")                                   \
    X(TOUCHED, 16, "day", "channel,campaign", "touches")                                                                   \
    X(FUNNEL, 17, "month first seen", "step,days", "customers")       /* days since first seen, at most FUNNEL_DAYS */     \
    X(SURVEY, 18, "day", "kind,score", "answers")                     /* kind 1 NPS, 2 CSAT */                             \
    X(ACTS, 19, "day", "event kind", "events")                        /* of the kinds of event_is_act() */                 \
    X(PARTICIPANTS, 20, "period", "grain", "customers")                                                                    \
    X(ANSWERS, 21, "day answered", "what,seconds", "requests")        /* what: 1 first answer, 2 resolution */             \
    X(REASON, 22, "day", "reason", "customers")                       /* said to have left, or cancelled */                \
    X(WONBACK, 23, "day", "reason,days", "customers")                 /* of those, who bought or subscribed again */       \
    X(CROSSED, 24, "day", "", "repeat_orders,crossing_orders,broad_customers,customers")

enum cube {
    CUBE_NONE = 0,
#define X(name, number, day, key, sums) CUBE_##name = (number),
    CUBE_TABLE(X)
#undef X
};
#define CUBE_MAX 24

#define TALLY_SUMS 6
/** Where a sum stops, so that one that is beyond all measure keeps nobody from adding up the others. Two of it fit bigint. */
#define TALLY_MAX (INT64_MAX / 2)

/** `dimension` of SALES, ACQUIRED and BUYERS: what x and y are. */
enum dimension {
    DIMENSION_TOTAL = 0,    /* 0, 0 */
    DIMENSION_CHANNEL = 1,  /* channel, campaign */
    DIMENSION_COUNTRY = 2,  /* country, 0 */
    DIMENSION_CATEGORY = 3, /* category, 0 */
    DIMENSION_PRODUCT = 4,  /* product, 0 */
};

/** `attribution` of ATTRIBUTED: which touches of the 90 days before an order it is shared among. */
enum attribution { ATTRIBUTION_FIRST = 1, ATTRIBUTION_LAST, ATTRIBUTION_LINEAR };
/** An order in ATTRIBUTED: divisible by any number of touches up to TOUCHES_MAX (core/state.h). */
#define SHARES 720720

/** `step` of FUNNEL, in order; all but the last two of customers who did so for the first time. */
enum funnel_step { STEP_SEEN, STEP_LOOKED, STEP_CARTED, STEP_CHECKOUT, STEP_ORDERED, STEP_ORDERED_AGAIN };
#define FUNNEL_DAYS 366

/** seconds of ANSWERS: exact below 100 minutes, whole minutes below 100 hours, then whole hours. */
int64_t answer_seconds(int64_t seconds);

struct tally_key {
    int64_t day;
    int64_t a, b, c;
    int shop_id;
    enum cube cube;
};

struct tally {
    struct tally_key key;
    int64_t n[TALLY_SUMS];
};

/** By shop, cube, day, a, b, c: the order of the stored key. */
int tally_key_compare(const struct tally_key *a, const struct tally_key *b);

/** Sums by key: a hash map in an arena. */
struct tallies {
    struct arena *arena;
    struct tally *rows;
    size_t n, capacity;
    uint32_t *places; /* of rows, by hash; 0: free, else place + 1 */
    size_t n_places;  /* a power of two */
    bool is_sorted;   /* nothing may be added any more */
};

void tallies_init(struct tallies *tallies, struct arena *arena);
/** The sums of ${key}, which are there from now on. Borrowed until the next call. */
int64_t *tallies_at(struct tallies *tallies, const struct tally_key *key);
/** Add ${times} times every row, up to TALLY_MAX. */
void tallies_add(struct tallies *tallies, const struct tally *rows, size_t n, int64_t times);
/** Sort the rows by key and drop those whose sums are all 0: nothing may be added afterwards. */
void tallies_sort(struct tallies *tallies);

/**
 * tallies_encode(arena, rows, n) / tallies_decode(shop_id, bytes, tallies, times):
 * Rows of one shop, sorted, as a compact text of bytes (an entry of the journal), and back: added ${times} times.
 * Errors   false when the bytes are not an encoding of ours; rows before the fault may have been added.
 */
struct span tallies_encode(struct arena *arena, const struct tally *rows, size_t n);
bool tallies_decode(int shop_id, struct span bytes, struct tallies *tallies, int64_t times) MUST_CHECK;

/**
 * The same of those rows of the cubes whose CUBE_BIT() is in ${cubes} that ${wants} (NULL: all) returns true for; it may
 * change day, a, b and c of the key under which the sums are added. Other cubes are passed over unread.
 */
#define CUBE_BIT(cube) (UINT32_C(1) << (cube))
typedef bool (*tally_wish_fn)(const void *context, struct tally_key *key);
bool tallies_decode_some(int shop_id, struct span bytes, struct tallies *tallies, int64_t times, uint32_t cubes,
                         tally_wish_fn wants, const void *context) MUST_CHECK;

/** Name of a cube, of its day, key and sums, as CUBE_TABLE has them; NULL: no cube has this number. */
const char *cube_name(int number);

#endif
