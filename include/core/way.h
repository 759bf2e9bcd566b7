#ifndef CORE_WAY_H
#define CORE_WAY_H

#include "core/fold.h"

/** How often a kind of event is repeated in search of what it would change. */
#define WAY_TIMES_MAX 20

/**
 * What is tried on a customer: the only list, the slightest first. Rows: enum name, event, survey and its score, fact
 * that counts it (COUNT: none does), how, words for one, words for many, Chinese words ('%' is the number or amount).
 *
 * How  TIMES   repeated: "One more order", "3 more orders", "再下 3 单"
 *      DEED    repeated, but said as a deed: "Starting a subscription", "开始订阅"
 *      ONCE    a deed that is tried once
 *      AMOUNT  once, with the smallest amount that makes the difference: "One more order of 120.50 EUR"
 *
 * NAMED is any other event that a rule counts by its name.
 */
#define WAY_TABLE(X)                                                                                          \
    X(PAGE, PAGE, "", 0, COUNT, TIMES, "page view", "page views", "浏览 % 次页面")                            \
    X(PRODUCT_LIST, PRODUCT_LIST_VIEWED, "", 0, COUNT, TIMES, "look at a list of products",                   \
      "looks at lists of products", "浏览 % 次商品列表")                                                      \
    X(SEARCH, PRODUCTS_SEARCHED, "", 0, COUNT, TIMES, "product search", "product searches", "搜索 % 次商品")  \
    X(PRODUCT_VIEW, PRODUCT_VIEWED, "", 0, product_views_count, TIMES, "product view", "product views",       \
      "浏览 % 次商品")                                                                                        \
    X(WISH, WISHLIST_ADDED, "", 0, COUNT, TIMES, "product on the wish list", "products on the wish list",     \
      "收藏 % 件商品")                                                                                        \
    X(CART_VIEW, CART_VIEWED, "", 0, COUNT, TIMES, "look at the cart", "looks at the cart", "查看 % 次购物车") \
    X(CART, PRODUCT_ADDED, "", 0, carts_count, TIMES, "product in the cart", "products in the cart",          \
      "加购 % 次")                                                                                            \
    X(CHECKOUT, CHECKOUT_STARTED, "", 0, checkouts_count, TIMES, "checkout", "checkouts", "发起 % 次结账")    \
    X(ORDER, ORDER_COMPLETED, "", 0, orders_count, TIMES, "order", "orders", "下 % 单")                       \
    X(ORDER_OF_VALUE, ORDER_COMPLETED, "", 0, orders_count, AMOUNT, "order of %", "", "下一笔 % 的订单")      \
    X(ORDER_IN_CATEGORY, ORDER_COMPLETED, "", 0, orders_count, TIMES, "order in a new category",              \
      "orders in as many new categories", "购买 % 个新品类（每单一个）")                                       \
    X(ORDER_CANCELLED, ORDER_CANCELLED, "", 0, COUNT, ONCE, "Cancelling the latest order", "",                \
      "取消最近一笔订单")                                                                                     \
    X(ORDER_REFUNDED, ORDER_REFUNDED, "", 0, COUNT, ONCE, "Refunding the latest order", "",                   \
      "最近一笔订单全额退款")                                                                                 \
    X(COUPON, COUPON_APPLIED, "", 0, coupons_used_count, TIMES, "coupon", "coupons", "使用 % 张优惠券")       \
    X(REVIEW, PRODUCT_REVIEWED, "", 0, reviews_count, TIMES, "review", "reviews", "评价 % 次")                \
    X(SHARE, PRODUCT_SHARED, "", 0, shares_count, TIMES, "share", "shares", "分享 % 次")                      \
    X(REFERRAL, REFERRAL_MADE, "", 0, referrals_count, TIMES, "referral", "referrals", "推荐 % 人")           \
    X(NPS_PROMOTER, SURVEY_ANSWERED, "nps", 10, COUNT, TIMES, "NPS answer of 10", "NPS answers of 10",        \
      "给出 % 次 10 分的净推荐分")                                                                            \
    X(NPS_DETRACTOR, SURVEY_ANSWERED, "nps", 0, COUNT, TIMES, "NPS answer of 0", "NPS answers of 0",          \
      "给出 % 次 0 分的净推荐分")                                                                             \
    X(CSAT_HIGH, SURVEY_ANSWERED, "csat", 5, COUNT, TIMES, "CSAT answer of 5", "CSAT answers of 5",           \
      "给出 % 次 5 分的满意度")                                                                               \
    X(CSAT_LOW, SURVEY_ANSWERED, "csat", 1, COUNT, TIMES, "CSAT answer of 1", "CSAT answers of 1",            \
      "给出 % 次 1 分的满意度")                                                                               \
    X(COMPLAINT, COMPLAINT_OPENED, "", 0, complaints_count, TIMES, "complaint", "complaints", "投诉 % 次")    \
    X(COMPLAINT_RESOLVED, COMPLAINT_RESOLVED, "", 0, COUNT, TIMES, "resolved complaint",                      \
      "resolved complaints", "解决 % 件投诉")                                                                 \
    X(HELP, SUPPORT_REQUESTED, "", 0, COUNT, TIMES, "request for help", "requests for help", "求助 % 次")     \
    X(HELP_GIVEN, SUPPORT_ANSWERED, "", 0, COUNT, TIMES, "answer to a request for help",                      \
      "answers to requests for help", "得到 % 次客服答复")                                                    \
    X(SUBSCRIPTION_STARTED, SUBSCRIPTION_STARTED, "", 0, COUNT, DEED, "Starting a subscription", "",          \
      "开始订阅")                                                                                             \
    X(SUBSCRIPTION_RENEWED, SUBSCRIPTION_RENEWED, "", 0, renewals_count, TIMES, "renewal", "renewals",        \
      "续订 % 次")                                                                                            \
    X(SUBSCRIPTION_CANCELLED, SUBSCRIPTION_CANCELLED, "", 0, COUNT, DEED, "Cancelling the subscription", "",  \
      "取消订阅")                                                                                             \
    X(CHURN, CUSTOMER_CHURNED, "", 0, COUNT, DEED, "Saying that they leave", "", "表示离开")                  \
    X(POINTS_EARNED, POINTS_EARNED, "", 0, COUNT, AMOUNT, "Earning % points", "", "获得 % 积分")              \
    X(POINTS_REDEEMED, POINTS_REDEEMED, "", 0, COUNT, AMOUNT, "Redeeming % points", "", "兑换 % 积分")        \
    X(CAMPAIGN, CAMPAIGN_TOUCHED, "", 0, COUNT, TIMES, "campaign contact", "campaign contacts", "触达 % 次")  \
    X(NAMED, CUSTOM, "", 0, COUNT, TIMES, "event", "events", "发生 % 次")

enum way_kind {
#define X(name, event, survey, score, fact, how, one, many, zh) WAY_##name,
    WAY_TABLE(X)
#undef X
        WAY_KIND_COUNT
};

enum way_how { WAY_TIMES, WAY_DEED, WAY_ONCE, WAY_AMOUNT };

struct way_info {
    enum event_kind event;
    const char *survey; /* "nps", "csat" or "" */
    int score;
    enum fact fact; /* FACT_COUNT: none counts it */
    enum way_how how;
    const char *one;
    const char *many;
    const char *zh;
};
const struct way_info *way_info(enum way_kind kind);

/** A way into another stage, or into or out of a segment: so many events of one kind. */
struct way {
    enum way_kind kind;
    int times;        /* the smallest number that gets there */
    int64_t amount;   /* minor units of an order, points */
    struct span name; /* NAMED: of the event, normalised; cancelled and refunded orders: the order's id */
    int stage;        /* where it leads, under a model */
};

struct ways {
    struct way *list; /* by kind */
    size_t n;
    size_t capacity;
};

/** The latest counted order, of several at one instant the one with the largest key; NULL: there is none. */
const struct order *way_latest_order(const struct state *state);

struct way_search {
    const struct definitions *definitions;
    const struct state *state; /* with its second row and all orders, folded to ${now} */
    usec_t now;
    int64_t usual_value; /* of an order, minor units */
    const struct order *order; /* that is cancelled and refunded; NULL: none can be */
};

/** The event number ${ordinal} (from 0) of a way, as if it happened at the search's now. */
void way_event(struct arena *arena, const struct way_search *search, const struct way *way, unsigned ordinal,
               struct event *out);

/**
 * ways_find(arena, search, models, segments):
 * What would move this customer, found by doing it on copies: each kind of the table is repeated up to WAY_TIMES_MAX
 * times, and each amount tried at which a rule that names it may change. ${models}[number - 1] gets the ways into other
 * stages, ${segments}[number - 1] those into or out of the segment. Left out is what something slighter does as
 * quickly: any event where a page view does, an order of a special kind where an order does.
 * Cost     some 600 folds of one event.
 */
void ways_find(struct arena *arena, const struct way_search *search, struct ways *models, struct ways *segments);

#endif
