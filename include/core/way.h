#ifndef CORE_WAY_H
#define CORE_WAY_H

#include "core/fold.h"

/** How often a kind of event is repeated in search of what it would change. */
#define WAY_TIMES_MAX 20

/**
 * The kinds of events that are tried on a customer: the only list. Rows: enum name, event, score of a survey, fact that
 * counts them (FACT_COUNT: none), how, words for one, words for many, Chinese words.
 *
 * How  COUNT   repeated: "One more order", "3 more orders", "再下 3 单"
 *      DEED    repeated, said as a deed: "Starting a subscription", "开始订阅"
 *      ONCE    a deed that is tried once
 *      AMOUNT  once, with the smallest amount that makes a difference: "One more order of 120.50 EUR"
 */
#define WAY_TABLE(X)                                                                                          \
    X(PAGE, PAGE, 0, COUNT, COUNT, "page view", "page views", "浏览 %s 次页面")                               \
    X(PRODUCT_LIST, PRODUCT_LIST_VIEWED, 0, COUNT, COUNT, "look at a list of products",                       \
      "looks at lists of products", "浏览 %s 次商品列表")                                                     \
    X(SEARCH, PRODUCTS_SEARCHED, 0, COUNT, COUNT, "product search", "product searches", "搜索 %s 次商品")     \
    X(PRODUCT_VIEW, PRODUCT_VIEWED, 0, product_views_count, COUNT, "product view", "product views",           \
      "浏览 %s 次商品")                                                                                       \
    X(WISH, WISHLIST_ADDED, 0, COUNT, COUNT, "product on the wish list", "products on the wish list",         \
      "收藏 %s 件商品")                                                                                       \
    X(CART_VIEW, CART_VIEWED, 0, COUNT, COUNT, "look at the cart", "looks at the cart", "查看 %s 次购物车")   \
    X(CART, PRODUCT_ADDED, 0, carts_count, COUNT, "product in the cart", "products in the cart",              \
      "加购 %s 次")                                                                                           \
    X(CHECKOUT, CHECKOUT_STARTED, 0, checkouts_count, COUNT, "checkout", "checkouts", "发起 %s 次结账")       \
    X(ORDER, ORDER_COMPLETED, 0, orders_count, COUNT, "order", "orders", "下 %s 单")                          \
    X(ORDER_OF_VALUE, ORDER_COMPLETED, 0, orders_count, AMOUNT, "order of %s", "", "下一笔 %s 的订单")        \
    X(ORDER_IN_NEW_CATEGORY, ORDER_COMPLETED, 0, orders_count, COUNT, "order in a category not bought before", \
      "orders, each in a category not bought before", "在没买过的品类下 %s 单")                               \
    X(ORDER_CANCELLED, ORDER_CANCELLED, 0, COUNT, ONCE, "Cancelling the latest order", "", "取消最近一笔订单") \
    X(ORDER_REFUNDED, ORDER_REFUNDED, 0, COUNT, ONCE, "Refunding the latest order", "", "最近一笔订单全额退款") \
    X(COUPON, COUPON_APPLIED, 0, coupons_used_count, COUNT, "coupon", "coupons", "使用 %s 张优惠券")          \
    X(REVIEW, PRODUCT_REVIEWED, 0, reviews_count, COUNT, "review", "reviews", "评价 %s 次")                   \
    X(SHARE, PRODUCT_SHARED, 0, shares_count, COUNT, "share", "shares", "分享 %s 次")                         \
    X(REFERRAL, REFERRAL_MADE, 0, referrals_count, COUNT, "referral", "referrals", "推荐 %s 人")              \
    X(NPS_PROMOTER, NPS, 10, COUNT, COUNT, "NPS answer of 10", "NPS answers of 10", "给出 %s 次 10 分的净推荐分") \
    X(NPS_DETRACTOR, NPS, 0, COUNT, COUNT, "NPS answer of 0", "NPS answers of 0", "给出 %s 次 0 分的净推荐分") \
    X(CSAT_HIGH, CSAT, 5, COUNT, COUNT, "CSAT answer of 5", "CSAT answers of 5", "给出 %s 次 5 分的满意度")   \
    X(CSAT_LOW, CSAT, 1, COUNT, COUNT, "CSAT answer of 1", "CSAT answers of 1", "给出 %s 次 1 分的满意度")    \
    X(COMPLAINT, COMPLAINT_OPENED, 0, complaints_count, COUNT, "complaint", "complaints", "投诉 %s 次")       \
    X(COMPLAINT_RESOLVED, COMPLAINT_RESOLVED, 0, COUNT, COUNT, "resolved complaint", "resolved complaints",   \
      "解决 %s 件投诉")                                                                                       \
    X(HELP, SUPPORT_REQUESTED, 0, COUNT, COUNT, "request for help", "requests for help", "求助 %s 次")        \
    X(HELP_GIVEN, SUPPORT_ANSWERED, 0, COUNT, COUNT, "answer to a request for help",                          \
      "answers to requests for help", "得到 %s 次客服答复")                                                   \
    X(SUBSCRIPTION_STARTED, SUBSCRIPTION_STARTED, 0, COUNT, DEED, "Starting a subscription", "", "开始订阅")  \
    X(SUBSCRIPTION_RENEWED, SUBSCRIPTION_RENEWED, 0, renewals_count, COUNT, "renewal", "renewals",            \
      "续订 %s 次")                                                                                           \
    X(SUBSCRIPTION_CANCELLED, SUBSCRIPTION_CANCELLED, 0, COUNT, DEED, "Cancelling the subscription", "",      \
      "取消订阅")                                                                                             \
    X(CHURN, CUSTOMER_CHURNED, 0, COUNT, DEED, "Saying that they leave", "", "表示离开")                      \
    X(POINTS_EARNED, POINTS_EARNED, 0, COUNT, AMOUNT, "Earning %s points", "", "获得 %s 积分")                \
    X(POINTS_REDEEMED, POINTS_REDEEMED, 0, COUNT, AMOUNT, "Redeeming %s points", "", "兑换 %s 积分")          \
    X(CAMPAIGN, CAMPAIGN_TOUCHED, 0, COUNT, COUNT, "campaign contact", "campaign contacts", "触达 %s 次")     \
    X(NAMED, CUSTOM, 0, COUNT, COUNT, "\"%s\" event", "\"%s\" events", "发生 %s 次“%s”")

