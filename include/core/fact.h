#ifndef CORE_FACT_H
#define CORE_FACT_H

#include "core/rfm.h"
#include "core/rule.h"
#include "core/scores.h"
#include "core/shop.h"
#include "core/state.h"

/**
 * The fact catalogue: the only list of what is known about a customer and may stand in a rule.
 * Rows: name, type, nullable, kind, SQL over the row c of customer (p of customer_profile), unit, zh label,
 * en label, sentence.
 *
 * Kinds: STORED   read from the row, or computed from it; constant between events;
 *        PROFILE  needs the second row;
 *        WINDOW   computed from order rows; falls when an order leaves the window;
 *        ELAPSED  whole days since a stored time: floor((now - time) / 86,400 s);
 *        RATIO    silence over the usual gap;
 *        SCORE    computed from the parameters in force; moves at local midnights;
 *        OUTLOOK  computed from them, and constant between events;
 *        RFM      computed from the RFM bounds in force; moves at local midnights.
 * SQL of WINDOW facts is w<days>.n or w<days>.v of a joined sum over customer_order (db/rule_sql.c);
 * SCORE, OUTLOOK and RFM facts have none: SQL narrows, and the core decides row by row.
 * SQL of ELAPSED facts names the stored time, that of RATIO the usual gap. An expression is whole unless it says float8.
 */
#define FACT_TABLE(X)                                                                                         \
    X(events_count, NUMBER, 0, STORED, "c.events_count", "events", "事件数", "events", "Accepted events of any kind.") \
    X(sessions_count, NUMBER, 0, STORED, "c.sessions_count", "sessions", "访问次数", "sessions", "Visits: one ends after 30 minutes without an event.") \
    X(product_views_count, NUMBER, 0, STORED, "c.product_views_count", "views", "商品浏览数", "product views", "Products looked at.") \
    X(carts_count, NUMBER, 0, STORED, "c.carts_count", "times", "加购次数", "cart additions", "Times that a product was put into a cart.") \
    X(checkouts_count, NUMBER, 0, STORED, "c.checkouts_count", "checkouts", "发起结账次数", "checkouts started", "Checkouts started.") \
    X(orders_count, NUMBER, 0, STORED, "c.orders_count", "orders", "订单数", "orders", "Completed orders, without cancelled and wholly refunded ones.") \
    X(orders_cancelled_count, NUMBER, 0, STORED, "c.orders_cancelled_count", "orders", "取消订单数", "cancelled orders", "Completed orders that were cancelled.") \
    X(refunds_count, NUMBER, 0, STORED, "c.refunds_count", "refunds", "退款次数", "refunds", "Refunds of completed orders, whole and partial.") \
    X(renewals_count, NUMBER, 0, STORED, "c.renewals_count", "renewals", "续订次数", "renewals", "Subscription renewals.") \
    X(reviews_count, NUMBER, 0, STORED, "c.reviews_count", "reviews", "评价数", "reviews", "Products reviewed.") \
    X(shares_count, NUMBER, 0, STORED, "c.shares_count", "shares", "分享次数", "shares", "Products and carts shared.") \
    X(orders_coupon_count, NUMBER, 0, STORED, "c.orders_coupon_count", "orders", "用券订单数", "orders with a coupon", "Counted orders that carry a coupon.") \
    X(coupons_used_count, NUMBER, 0, STORED, "greatest(c.coupons_applied_count, c.orders_coupon_count)", "coupons", "用券次数", "coupons used", "Coupons used: the larger of Coupon Applied events and counted orders with a coupon.") \
    X(referrals_count, NUMBER, 0, STORED, "c.referrals_count", "referrals", "推荐次数", "referrals", "Referrals made.") \
    X(complaints_count, NUMBER, 0, STORED, "c.complaints_count", "complaints", "投诉数", "complaints", "Complaints opened.") \
    X(complaints_open, NUMBER, 0, STORED, "c.complaints_open", "complaints", "未解决投诉数", "open complaints", "Complaints opened and not yet resolved.") \
    X(survey_answers_count, NUMBER, 0, STORED, "c.survey_answers_count", "answers", "问卷回答数", "survey answers", "Surveys answered.") \
    X(revenue, MONEY, 0, STORED, "(c.revenue_gross - c.revenue_refunded)", "money", "净消费额", "revenue", "Net value of counted orders: refunds and cancellations taken off.") \
    X(revenue_gross, MONEY, 0, STORED, "c.revenue_gross", "money", "总消费额", "gross revenue", "Value of completed, not cancelled orders before refunds.") \
    X(revenue_refunded, MONEY, 0, STORED, "c.revenue_refunded", "money", "退款额", "refunded", "Refunded of those orders, at most their value.") \
    X(discounts_total, MONEY, 0, STORED, "c.discounts_total", "money", "折扣总额", "discounts", "Discounts on counted orders.") \
    X(order_value_avg, MONEY, 1, STORED, "((c.revenue_gross - c.revenue_refunded)::float8 / nullif(c.orders_count, 0))", "money", "平均订单额", "average order value", "Revenue by counted orders; none without an order.") \
    X(order_value_last, MONEY, 1, STORED, "c.order_value_last", "money", "最近订单额", "value of the last order", "Net value of the latest counted order.") \
    X(points_balance, NUMBER, 0, STORED, "c.points_balance", "points", "积分余额", "points balance", "Points earned less points redeemed.") \
    X(first_seen_at, TIME, 1, STORED, "c.first_seen_at", "time", "首次出现时间", "first seen", "Time of the first event.") \
    X(last_seen_at, TIME, 1, STORED, "c.last_seen_at", "time", "最近出现时间", "last seen", "Time of the latest event.") \
    X(first_order_at, TIME, 1, STORED, "c.first_order_at", "time", "首单时间", "first order", "Completion of the first counted order.") \
    X(last_order_at, TIME, 1, STORED, "c.last_order_at", "time", "最近下单时间", "last order", "Completion of the latest counted order.") \
    X(avg_days_between_orders, NUMBER, 1, STORED, "(CASE WHEN c.orders_count >= 2 THEN (extract(epoch FROM c.last_order_at - c.first_order_at) * 1000000)::float8 / (c.orders_count - 1) / 86400000000 END)", "days", "平均下单间隔天数", "average days between orders", "Days from the first to the latest order by the gaps between them; none before the second order.") \
    X(usual_gap_days, NUMBER, 1, STORED, "(CASE WHEN c.orders_count >= 3 AND c.last_order_at - c.first_order_at IS NOT NULL THEN greatest((extract(epoch FROM c.last_order_at - c.first_order_at) * 1000000)::float8 / (c.orders_count - 1) / 86400000000, 1) END)", "days", "惯常下单间隔天数", "usual gap in days", "This customer's own rhythm: the average gap once there are three orders, at least one day.") \
    X(silence_ratio, NUMBER, 1, RATIO, "", "ratio", "沉默比", "silence ratio", "Time since the last order by the usual gap.") \
    X(categories_count, NUMBER, 0, STORED, "c.categories_count", "categories", "购买品类数", "categories bought", "Distinct categories in completed orders.") \
    X(products_count, NUMBER, 0, STORED, "c.products_count", "products", "购买商品数", "products bought", "Distinct products in completed orders.") \
    X(channels_count, NUMBER, 0, STORED, "c.channels_count", "channels", "渠道数", "channels", "Distinct channels of events.") \
    X(nps_last, NUMBER, 1, STORED, "c.nps_last", "0-10", "最近净推荐分", "last NPS answer", "Latest answer to an NPS survey.") \
    X(nps_mean, NUMBER, 1, STORED, "(c.nps_sum::float8 / nullif(c.nps_count, 0))", "0-10", "平均净推荐分", "mean NPS answer", "Mean of the NPS answers.") \
    X(csat_last, NUMBER, 1, STORED, "c.csat_last", "1-5", "最近满意度", "last CSAT answer", "Latest answer to a CSAT survey.") \
    X(csat_mean, NUMBER, 1, STORED, "(c.csat_sum::float8 / nullif(c.csat_count, 0))", "1-5", "平均满意度", "mean CSAT answer", "Mean of the CSAT answers.") \
    X(subscription_status, STRING, 1, STORED, "(CASE c.subscription WHEN 1 THEN 'active' WHEN 2 THEN 'cancelled' END)", "text", "订阅状态", "subscription status", "active, cancelled, or none without a subscription.") \
    X(churn_reason, STRING, 1, PROFILE, "(CASE c.churned WHEN 1 THEN p.churn_reason END)", "text", "流失原因", "churn reason", "Reason that was told with the latest cancellation or churn; none after a later order or subscription.") \
    X(first_channel, STRING, 1, PROFILE, "p.first_channel", "text", "首次渠道", "first channel", "Channel of the first event that told one, in lower case.") \
    X(last_channel, STRING, 1, PROFILE, "p.last_channel", "text", "最近渠道", "last channel", "Channel of the latest event that told one, in lower case.") \
    X(first_campaign, STRING, 1, PROFILE, "p.first_campaign", "text", "首次营销活动", "first campaign", "Name of the first campaign that was told.") \
    X(last_campaign, STRING, 1, PROFILE, "p.last_campaign", "text", "最近营销活动", "last campaign", "Name of the latest campaign that was told.") \
    X(first_campaign_source, STRING, 1, PROFILE, "p.first_campaign_source", "text", "首次活动来源", "first campaign source", "Source of the first campaign that told one (utm_source), in lower case.") \
    X(last_campaign_source, STRING, 1, PROFILE, "p.last_campaign_source", "text", "最近活动来源", "last campaign source", "Source of the latest campaign that told one (utm_source), in lower case.") \
    X(first_campaign_medium, STRING, 1, PROFILE, "p.first_campaign_medium", "text", "首次活动媒介", "first campaign medium", "Medium of the first campaign that told one (utm_medium), in lower case.") \
    X(last_campaign_medium, STRING, 1, PROFILE, "p.last_campaign_medium", "text", "最近活动媒介", "last campaign medium", "Medium of the latest campaign that told one (utm_medium), in lower case.") \
    X(last_locale, STRING, 1, PROFILE, "p.last_locale", "text", "最近语言区域", "last locale", "Language and region of the latest event that told them, such as zh-CN.") \
    X(orders_count_30d, NUMBER, 0, WINDOW, "30 n", "orders", "近30天订单数", "orders, last 30 days", "Counted orders of the last 30 days.") \
    X(orders_count_90d, NUMBER, 0, WINDOW, "90 n", "orders", "近90天订单数", "orders, last 90 days", "Counted orders of the last 90 days.") \
    X(orders_count_365d, NUMBER, 0, WINDOW, "365 n", "orders", "近365天订单数", "orders, last 365 days", "Counted orders of the last 365 days.") \
    X(revenue_30d, MONEY, 0, WINDOW, "30 v", "money", "近30天净消费额", "revenue, last 30 days", "Net value of the counted orders of the last 30 days.") \
    X(revenue_90d, MONEY, 0, WINDOW, "90 v", "money", "近90天净消费额", "revenue, last 90 days", "Net value of the counted orders of the last 90 days.") \
    X(revenue_365d, MONEY, 0, WINDOW, "365 v", "money", "近365天净消费额", "revenue, last 365 days", "Net value of the counted orders of the last 365 days.") \
    X(p_active_30d, NUMBER, 1, SCORE, "", "probability", "30天内下单概率", "probability of an order within 30 days", "Probability that the customer orders within 30 days; falls with each local day without an order; none before the first order.") \
    X(p_active_90d, NUMBER, 1, SCORE, "", "probability", "90天内下单概率", "probability of an order within 90 days", "Probability that the customer orders within 90 days; falls with each local day without an order; none before the first order.") \
    X(churn_risk, NUMBER, 1, SCORE, "", "probability", "流失风险", "churn risk", "Probability that the customer does not order within 90 days: 1 - p_active_90d.") \
    X(expected_orders_90d, NUMBER, 1, SCORE, "", "orders", "未来90天预期下单天数", "expected orders, next 90 days", "Expected number of days with an order in the next 90 days.") \
    X(expected_orders_365d, NUMBER, 1, SCORE, "", "orders", "未来365天预期下单天数", "expected orders, next 365 days", "Expected number of days with an order in the next 365 days.") \
    X(expected_order_value, MONEY, 1, OUTLOOK, "", "money", "预期订单额", "expected order value", "Expected value of a day with an order: between the customer's own mean and that of the shop.") \
    X(clv_365d, MONEY, 1, SCORE, "", "money", "未来365天客户价值", "customer lifetime value, next 365 days", "Expected value of the orders of the next 365 days times the margin, discounted month by month.") \
    X(clv_historic, MONEY, 0, OUTLOOK, "", "money", "历史客户价值", "customer lifetime value so far", "Revenue times the margin.") \
    X(next_order_at, TIME, 1, OUTLOOK, "", "time", "预计下次下单时间", "next order expected at", "Local day by which half of those who order again after an order like the last one have done so.") \
    X(next_order_at_low, TIME, 1, OUTLOOK, "", "time", "预计下次下单时间下限", "next order expected, early", "Local day by which one in ten of them have done so.") \
    X(next_order_at_high, TIME, 1, OUTLOOK, "", "time", "预计下次下单时间上限", "next order expected, late", "Local day by which nine in ten of them have done so; none when that is more than 100 years away.") \
    X(rfm_r, NUMBER, 1, RFM, "", "1-5", "RFM近度分", "RFM recency score", "1 (longest ago) to 5: whole local days since the last order against the bounds in force.") \
    X(rfm_f, NUMBER, 1, RFM, "", "1-5", "RFM频度分", "RFM frequency score", "1 (fewest) to 5: counted orders against the bounds in force.") \
    X(rfm_m, NUMBER, 1, RFM, "", "1-5", "RFM金额分", "RFM monetary score", "1 (least) to 5: revenue against the bounds in force.") \
    X(rfm_code, STRING, 1, RFM, "", "text", "RFM编码", "RFM code", "The three scores side by side, such as 543.") \
    X(rfm_segment, STRING, 1, RFM, "", "text", "RFM分群", "RFM segment", "Which of the 11 segments the code belongs to: champions, loyal, potential_loyalist, new_customers, promising, need_attention, about_to_sleep, at_risk, cant_lose, hibernating, lost.") \
    X(days_since_first_seen, NUMBER, 1, ELAPSED, "c.first_seen_at", "days", "距首次出现天数", "days since first seen", "Whole days since the first event.") \
    X(days_since_last_seen, NUMBER, 1, ELAPSED, "c.last_seen_at", "days", "距最近出现天数", "days since last seen", "Whole days since the latest event.") \
    X(days_since_first_order, NUMBER, 1, ELAPSED, "c.first_order_at", "days", "距首单天数", "days since first order", "Whole days since the first counted order.") \
    X(days_since_last_order, NUMBER, 1, ELAPSED, "c.last_order_at", "days", "距最近下单天数", "days since last order", "Whole days since the latest counted order.")

enum fact {
#define X(name, type, nullable, kind, sql, unit, zh, en, sentence) FACT_##name,
    FACT_TABLE(X)
#undef X
        FACT_TRAIT, /* traits.NAME */
    FACT_COUNTER,   /* events.NAME.count */
    FACT_COUNT
};

enum fact_kind {
    FACT_KIND_STORED,
    FACT_KIND_PROFILE,
    FACT_KIND_WINDOW,
    FACT_KIND_ELAPSED,
    FACT_KIND_RATIO,
    FACT_KIND_SCORE,
    FACT_KIND_OUTLOOK,
    FACT_KIND_RFM
};

/** Is the fact made of parameters that the shop's definitions hold? Then it has no SQL. */
static inline bool fact_kind_is_scored(enum fact_kind kind)
{
    return kind == FACT_KIND_SCORE || kind == FACT_KIND_OUTLOOK || kind == FACT_KIND_RFM;
}

struct fact_info {
    const char *name;
    enum value_type type;
    bool is_nullable;
    enum fact_kind kind;
    const char *sql;
    const char *unit;
    const char *label_zh;
    const char *label_en;
    const char *sentence;
    int window_days; /* of WINDOW facts */
};

/** The catalogue row of ${fact} (< FACT_TRAIT). */
const struct fact_info *fact_info(enum fact fact);

/** Resolve a variable name of a rule: a catalogue name, traits.NAME or events.NAME.count. For struct rule_schema. */
bool fact_resolve(const void *context, struct arena *arena, struct span name, struct fact_ref *out,
                  struct error *error);

/** And back: the name by which rules call it; in ${arena} when it is no name of the catalogue. */
struct span fact_name(struct arena *arena, const struct fact_ref *ref);

/** The column of customer that counts events of this normalised name ("c.carts_count"); NULL: p.counters does. */
const char *fact_counter_sql(struct span name);

/**
 * What rules over one customer read: the context of a struct rule_env. definitions_view() makes one; without scores and
 * bounds the facts that need them have no value.
 */
struct fact_view {
    const struct state *state;
    usec_t now;
    const struct calendar *calendar; /* of the shop; NULL: of UTC */
    const struct scores *scores;
    const struct rfm *rfm;
};
struct value fact_read(const void *view, const struct fact_ref *ref);
void fact_flips(const void *view, const struct fact_ref *ref, const struct value *bound, usec_t after,
                struct instants *out);
/** The rule environment of a view. */
struct rule_env fact_env(const struct fact_view *view);

/** For rule_mentions. */
bool fact_needs_orders(const struct fact_ref *ref);
bool fact_needs_profile(const struct fact_ref *ref);
bool fact_moves(const struct fact_ref *ref);
bool fact_needs_scores(const struct fact_ref *ref);
bool fact_needs_rfm(const struct fact_ref *ref);

/** What the scores of a customer are made of at this instant; false: they have no counted order. */
bool fact_purchases(const struct state *state, const struct calendar *calendar, usec_t now, struct purchases *out);

#endif
