#include "metric_info.h"

/* The metrics of orders, and of what brings them. */

#define MARKETING_METRICS "P. Farris, N. Bendle, P. Pfeifer, D. Reibstein: Marketing Metrics, 3rd edition, 2016"
#define BY_SOURCE BY_CHANNEL, BY_CAMPAIGN, BY_CHANNEL | BY_CAMPAIGN

/* --- sales ------------------------------------------------------------------------------------------------------ */

#define OF_ORDERS 1u
#define OF_LINES  2u

static const struct metric_column sales[] = {
    {"orders", CELL_INT, "orders", "", "当天完成的订单数，不含已取消和已全额退款的订单；按品类时，是含有该品类商品的订单数。",
     "Orders that were completed on the day and are neither cancelled nor wholly refunded; by category, those with a product of it.", 0},
    {"revenue", CELL_MONEY, "money", "gross - refunded", "这些订单扣除退款后的金额；按品类时，是订单行的单价乘以数量之和，不扣退款。",
     "The value of these orders after refunds; by category, price times quantity of the lines, before refunds.", 0},
    {"gross", CELL_MONEY, "money", "", "这些订单退款前的金额。", "The value of these orders before refunds.", OF_ORDERS},
    {"refunded", CELL_MONEY, "money", "", "仍然计入的订单的退款，记在下单当天；全额退款的订单不再计入，其退款也不在其中。",
     "What was refunded of orders that still count, on the day of the order; wholly refunded ones do not.", OF_ORDERS},
    {"discounts", CELL_MONEY, "money", "", "这些订单的优惠金额。", "The discounts on these orders.", OF_ORDERS},
    {"average_order_value", CELL_MONEY, "money", "revenue / orders", "平均每单金额，四舍五入到最小货币单位。",
     "The value of an order on average, rounded to the currency's smallest unit.", 0},
    {"coupon_orders", CELL_INT, "orders", "", "使用了优惠券的订单数。", "The orders that carry a coupon.", OF_ORDERS},
    {"coupon_share", CELL_RATE, "share", "coupon_orders / orders", "使用优惠券的订单占比。", "The share of orders that carry a coupon.",
     OF_ORDERS},
    {"new_customers", CELL_INT, "customers", "", "当天完成首个订单的客户数。",
     "The customers whose first order is among these.", OF_ORDERS},
    {"units", CELL_NUMBER, "units", "", "售出的件数。", "The units that were sold.", OF_LINES},
};

const struct metric_info metric_info_sales = {
    .name = "sales",
    .title_zh = "销售",
    .title_en = "Sales",
    .zh = "订单与收入，按订单完成的日期统计。退款、取消和迟到的事件会更正订单所属的那一天。按渠道和活动时，取完成订单的事件所说的；两者都没有说时，取此前 90 天内最近一次触达；按品类时，一个订单计入它所含的每个品类。",
    .en = "Orders and revenue by the day on which an order was completed. Refunds, cancellations and late events correct the day of "
          "their order. Channel and campaign are what the completing event tells; if it tells neither, those of the latest touch of the "
          "90 days before. By category an order counts in each category that it has.",
    .source = MARKETING_METRICS,
    COLUMNS(sales),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_DAY,
    .groups = {BY_SOURCE, BY_COUNTRY, BY_CATEGORY},
};

/* --- growth ----------------------------------------------------------------------------------------------------- */

static const struct metric_column growth[] = {
    {"active", CELL_INT, "customers", "new + retained + resurrected", "本期有有效订单的客户数。",
     "Customers with a counted order in the period.", 0},
    {"new", CELL_INT, "customers", "", "本期首次下单的客户数。", "Customers whose first order is in the period.", 0},
    {"retained", CELL_INT, "customers", "", "本期和上一期都下单的客户数。", "Customers who ordered in this period and in the one before.", 0},
    {"resurrected", CELL_INT, "customers", "", "本期下单、上一期没有、更早曾下单的客户数。",
     "Customers who ordered in this period and not in the one before, but earlier.", 0},
    {"dormant", CELL_INT, "customers", "", "上一期下单而本期没有下单的客户数；本期尚未结束时，是到目前为止还没有下单的。",
     "Customers who ordered in the period before and not in this one; while it is running: not yet.", 0},
    {"net_growth", CELL_INT, "customers", "new + resurrected - dormant", "活跃客户数比上一期增加了多少。",
     "By how much the number of active customers grew.", 0},
    {"retention_rate", CELL_RATE, "share", "retained / (retained + dormant)", "上一期的活跃客户中本期也下单的占比。",
     "The share of the customers active in the period before who ordered in this one too.", 0},
    {"revenue", CELL_MONEY, "money", "new_revenue + retained_revenue + resurrected_revenue", "本期订单扣除退款后的收入。",
     "The revenue of the period after refunds.", 0},
    {"new_revenue", CELL_MONEY, "money", "", "其中来自新客户的收入。", "Of it, that of new customers.", 0},
    {"retained_revenue", CELL_MONEY, "money", "", "其中来自留存客户的收入。", "Of it, that of retained customers.", 0},
    {"resurrected_revenue", CELL_MONEY, "money", "", "其中来自回归客户的收入。", "Of it, that of resurrected customers.", 0},
    {"revenue_retention", CELL_RATE, "share", "retained_revenue / revenue of the period before",
     "留存客户的本期收入与上一期总收入之比。", "The revenue of retained customers as a share of all revenue of the period before.", 0},
    {"orders", CELL_INT, "orders", "", "本期的有效订单数。", "The counted orders of the period.", 0},
    {"orders_per_active_customer", CELL_NUMBER, "orders", "orders / active", "每位活跃客户的平均订单数。",
     "Orders of an active customer on average.", 0},
};

const struct metric_info metric_info_growth = {
    .name = "growth",
    .title_zh = "客户增长构成",
    .title_en = "Lifecycle growth",
    .zh = "每一期有订单的客户按新客、留存、回归分类，以及上一期有而本期没有订单的沉睡客户；以日、周（周一起）或月为一期。",
    .en = "The customers who ordered in a period as new, retained or resurrected, and those dormant who ordered in the one before "
          "but not in it. A period is a day, a week from Monday, or a month.",
    .source = "Growth accounting, the usual practice of growth teams; retention: " MARKETING_METRICS,
    .source_zh = "增长核算，增长团队的通行做法；留存：" MARKETING_METRICS,
    COLUMNS(growth),
    .parameters = "",
    .intervals = IN_PERIODS,
    .interval = INTERVAL_MONTH,
    .flags = METRIC_WHOLE_PERIODS,
};

/* --- cohorts ---------------------------------------------------------------------------------------------------- */

static const struct metric_column cohorts[] = {
    {"cohort", CELL_DATE, "", "", "首个订单所在周（周一）或月的第一天。", "The first day of the week or month of the first order.", 0},
    {"time", CELL_TIME, "", "", "该期开始的时刻。", "The instant at which the period begins.", 0},
    {"period", CELL_DATE, "", "", "该期的第一天。", "The first day of the period.", 0},
    {"age", CELL_INT, "periods", "", "该期是首单之后的第几期；0 是首单所在的一期。",
     "How many periods it is after that of the first order, which is 0.", 0},
    {"complete", CELL_BOOL, "", "", "该期是否已经结束。", "Is the period over?", 0},
    {"customers", CELL_INT, "customers", "", "该批客户中在该期下单的人数。", "Customers of the cohort with a counted order in the period.", 0},
    {"rate", CELL_RATE, "share", "customers / customers of age 0", "占该批客户的比例。", "Their share of the cohort.", 0},
    {"orders", CELL_INT, "orders", "", "他们在该期的有效订单数。", "Their counted orders in the period.", 0},
    {"revenue", CELL_MONEY, "money", "", "这些订单扣除退款后的收入。", "What is left of these orders after refunds.", 0},
    {"revenue_rate", CELL_RATE, "share", "revenue / revenue of age 0", "与首期收入之比。", "It as a share of the revenue of age 0.", 0},
};

const struct metric_info metric_info_cohorts = {
    .name = "cohorts",
    .title_zh = "同期群留存",
    .title_en = "Retention by cohort",
    .zh = "按首个有效订单所在的周或月把客户分批，看每一批在之后各期还有多少人下单、带来多少收入。from 与 to 指首单的时间；每批列出到今天为止的各期，没有订单的期也在内。",
    .en = "Customers by the week or month of their first counted order, and how many of them ordered in each period since, with what "
          "revenue. from and to are about the first order; each cohort has all periods up to today, those without orders included.",
    .source = "Cohort analysis, the usual practice of the field; retention: " MARKETING_METRICS,
    .source_zh = "同期群分析，业内通行做法；留存：" MARKETING_METRICS,
    COLUMNS(cohorts),
    .parameters = "",
    .intervals = IN_WEEKS | IN_MONTHS,
    .interval = INTERVAL_MONTH,
    .flags = METRIC_WHOLE_PERIODS,
};

/* --- acquisition ------------------------------------------------------------------------------------------------ */

#define OF_SPEND 1u

static const struct metric_column acquisition[] = {
    {"new_customers", CELL_INT, "customers", "", "首个有效订单在此期间的客户数。", "Customers whose first counted order is in the range.", 0},
    {"orders_30d", CELL_INT, "orders", "", "他们在首单及其后 30 天内的有效订单数。",
     "Their counted orders within 30 days from the first, which is one of them.", 0},
    {"frequency", CELL_NUMBER, "orders", "orders_30d / new_customers", "新客户头 30 天的购买频次。",
     "How often a new customer buys within 30 days.", 0},
    {"revenue_30d", CELL_MONEY, "money", "", "这些订单扣除退款后的收入。", "What is left of these orders after refunds.", 0},
    {"value", CELL_MONEY, "money", "revenue_30d / new_customers", "新客户头 30 天的平均消费金额。",
     "What a new customer is worth within 30 days.", 0},
    {"spend", CELL_MONEY, "money", "", "同一时间、渠道和活动上的广告花费。", "What was paid for advertising at that time, for that channel and campaign.",
     OF_SPEND},
    {"cost_per_new_customer", CELL_MONEY, "money", "spend / new_customers", "每获得一位新客户的花费；没有花费记录时为空。",
     "What a new customer cost; null where nothing was paid.",
     OF_SPEND},
};

const struct metric_info metric_info_acquisition = {
    .name = "acquisition",
    .title_zh = "获客",
    .title_en = "Acquisition",
    .zh = "新客户的数量、头 30 天的购买频次与金额、获客成本，按首单的日期统计。渠道与活动是该客户最早说明渠道或活动的事件所说的；该事件须早于首单或与首单同时，否则为空。首单不足 30 天的客户只计到目前为止的订单。",
    .en = "New customers, how often and for how much they buy within 30 days, and what they cost, by the day of the first order. "
          "Channel and campaign are those of the customer's first event that told one, if it came before the first order or with "
          "it, else none. Of customers whose 30 days are not over, the orders so far are counted.",
    .source = MARKETING_METRICS,
    COLUMNS(acquisition),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .groups = {BY_SOURCE},
};

/* --- reach ------------------------------------------------------------------------------------------------------ */

static const struct metric_column reach[] = {
    {"landed", CELL_INT, "customers", "", "在此期间首次由某个渠道或活动带来的客户数。",
     "Customers whom a channel or campaign brought for the first time then.", 0},
    {"converted", CELL_INT, "customers", "", "其中后来下单的客户数。", "Of them, those who have ordered since.", 0},
    {"landing_conversion", CELL_RATE, "share", "converted / landed", "落地转化率。", "The share of those who landed who have ordered.", 0},
    {"converted_30d", CELL_INT, "customers", "", "其中 30 天内下单的客户数。", "Of them, those who ordered within 30 days.", 0},
    {"landing_conversion_30d", CELL_RATE, "share", "converted_30d / landed", "30 天内的落地转化率。",
     "The share of those who landed who ordered within 30 days.", 0},
    {"touches", CELL_INT, "touches", "", "客户被触达的次数；与前一次计入的触达渠道和活动都相同、相隔不到 30 分钟的，不再计入。",
     "How often customers were touched; less than 30 minutes after the counted touch before it, one of the same channel and campaign is not counted.", 0},
    {"impressions", CELL_INT, "impressions", "", "广告展示次数，取自 POST /v1/spend。", "How often ads were shown, from POST /v1/spend.", 0},
    {"clicks", CELL_INT, "clicks", "", "广告点击次数，取自 POST /v1/spend。", "How often they were clicked, from POST /v1/spend.", 0},
    {"click_through_rate", CELL_RATE, "share", "clicks / impressions", "点击率。", "The share of impressions that were clicked.", 0},
};

const struct metric_info metric_info_reach = {
    .name = "reach",
    .title_zh = "曝光与落地转化",
    .title_en = "Exposure and landing",
    .zh = "广告曝光与点击、对客户的触达，以及首次被带来的客户有多少后来下单，按渠道与活动。落地按首次触达的日期统计，之后的下单计回那一天。",
    .en = "What ads were shown and clicked, how customers were touched, and how many of those who were brought have ordered, by channel "
          "and campaign. Landing is counted on the day of the first touch, and so is the order that came of it.",
    .source = MARKETING_METRICS,
    COLUMNS(reach),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .groups = {BY_SOURCE},
};

/* --- marketing -------------------------------------------------------------------------------------------------- */

static const struct metric_column marketing[] = {
    {"roi", CELL_RATE, "share", "(revenue - spend) / spend", "营销投资回报率；没有花费时为空。",
     "The return on what was spent; null where nothing was.", 0},
    {"spend", CELL_MONEY, "money", "", "广告花费，取自 POST /v1/spend。", "What was paid for advertising, from POST /v1/spend.", 0},
    {"revenue", CELL_MONEY, "money", "", "归因到该渠道与活动的收入，扣除退款。", "The revenue after refunds that is attributed to channel and campaign.", 0},
    {"orders", CELL_NUMBER, "orders", "", "归因到的订单数；线性归因时一个订单会分成几份。",
     "The orders that are attributed; linear attribution divides an order.", 0},
    {"new_customers", CELL_NUMBER, "customers", "", "归因到的首单客户数。", "The customers whose first order is attributed.", 0},
    {"revenue_per_spend", CELL_NUMBER, "money per money", "revenue / spend", "每花费一元带来的收入。", "The revenue for each unit of money spent.", 0},
};

const struct metric_info metric_info_marketing = {
    .name = "marketing",
    .title_zh = "营销投资回报",
    .title_en = "Return on marketing investment",
    .zh = "每个订单归因到下单前 90 天内（含下单事件本身）的触达：attribution=first 归给最早一次，last 归给最近一次，linear 在各次之间平分；没有触达的订单渠道为空。每位客户最多保留 16 次触达：90 天内最早的一次和最近的 15 次。按订单完成的日期统计；回报按收入计算，不是毛利。",
    .en = "An order is attributed to the touches of the 90 days before it, and its own: to the first, the last (unless attribution tells) or in "
          "equal parts to all (linear); an order without a touch has no channel. Of a customer at most 16 touches are kept: the "
          "earliest of 90 days and the latest 15. By the day of the order. The return is one of revenue, not of margin.",
    .source = MARKETING_METRICS,
    COLUMNS(marketing),
    .parameters = "attribution",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .groups = {BY_SOURCE},
};

/* --- customer lifetime value ------------------------------------------------------------------------------------ */

static const struct metric_column clv[] = {
    {"customers", CELL_INT, "customers", "", "首单在此期间的客户数。", "Customers whose first counted order is in the range.", 0},
    {"revenue_per_customer", CELL_MONEY, "money", "revenue / customers", "每位客户至今的平均收入，即历史生命周期价值。",
     "The revenue of a customer on average so far: the historic lifetime value.", 0},
    {"orders_per_customer", CELL_NUMBER, "orders", "orders / customers", "每位客户至今的平均订单数。", "The orders of a customer on average so far.", 0},
    {"revenue", CELL_MONEY, "money", "", "他们至今所有有效订单扣除退款后的收入。", "What is left after refunds of all their counted orders so far.", 0},
    {"orders", CELL_INT, "orders", "", "他们至今的有效订单数。", "Their counted orders so far.", 0},
};

const struct metric_info metric_info_clv = {
    .name = "clv",
    .title_zh = "客户生命周期价值（历史）",
    .title_en = "Customer lifetime value, historic",
    .zh = "客户自首单以来带来的收入，按首单月份（此时 from 与 to 须为月初）、渠道或活动（客户最早说明渠道或活动的事件所说的；须早于首单或与首单同时，否则为空）。是已经发生的收入，不是预测，也不扣成本；预测见 clv_365d。",
    .en = "What customers have brought in since their first order, by its month (from and to are first days of months then), or by "
          "channel or campaign: those of the customer's first event that told one, if it came before the first order or with it. It is revenue that has come, neither predicted nor after costs; the prediction is the fact clv_365d.",
    .source = MARKETING_METRICS,
    COLUMNS(clv),
    .parameters = "",
    .range = DEFAULT_ALL,
    .interval = INTERVAL_TOTAL,
    .groups = {BY_COHORT, BY_SOURCE, BY_COHORT | BY_CHANNEL, BY_COHORT | BY_CAMPAIGN},
};

/* --- loyalty ---------------------------------------------------------------------------------------------------- */

static const struct metric_column loyalty[] = {
    {"customers", CELL_INT, "customers", "", "首单在此期间的客户数。", "Customers whose first counted order is in the range.", 0},
    {"repeat_customers", CELL_INT, "customers", "", "其中至今有两个或更多有效订单的客户数。", "Of them, those with two or more counted orders so far.", 0},
    {"repeat_rate", CELL_RATE, "share", "repeat_customers / customers", "复购率。", "The share who have ordered again.", 0},
    {"orders", CELL_INT, "orders", "", "他们至今的有效订单数。", "Their counted orders so far.", 0},
    {"orders_per_customer", CELL_NUMBER, "orders", "orders / customers", "每位客户的平均订单数。", "Their orders on average.", 0},
};

const struct metric_info metric_info_loyalty = {
    .name = "loyalty",
    .title_zh = "忠诚度",
    .title_en = "Loyalty",
    .zh = "客户再次购买的倾向：首单在此期间的客户中有多少至今买过两次以上，平均买过几次。按首单月份时，from 与 to 须为月初；渠道与活动是客户最早说明渠道或活动的事件所说的，须早于首单或与首单同时，否则为空。",
    .en = "The tendency to buy again: of the customers whose first order is in the range, how many have ordered again so far, and "
          "how often they have ordered on average. By cohort, from and to are first days of months; channel and campaign are those of "
          "the customer's first event that told one, if it came before the first order or with it.",
    .source = MARKETING_METRICS,
    COLUMNS(loyalty),
    .parameters = "",
    .range = DEFAULT_ALL,
    .interval = INTERVAL_TOTAL,
    .groups = {BY_COHORT, BY_SOURCE, BY_COHORT | BY_CHANNEL, BY_COHORT | BY_CAMPAIGN},
};

/* --- the second order ------------------------------------------------------------------------------------------- */

#define OF_ALL  1u
#define OF_DAYS 2u

static const struct metric_column second_order[] = {
    {"customers", CELL_INT, "customers", "", "首单在此期间的客户数。", "Customers whose first counted order is in the range.", OF_ALL},
    {"reordered", CELL_INT, "customers", "", "其中已有第二个有效订单的客户数；按天数时，是恰好在这么多天后下第二单的。",
     "Of them, those who have a second; by days: after exactly so many.", OF_ALL | OF_DAYS},
    {"rate", CELL_RATE, "share", "reordered / customers", "已有第二单的客户占比。", "The share who have a second order.", OF_ALL},
    {"median_days", CELL_INT, "days", "", "从首单到第二单天数的中位数（最近秩法），只计已有第二单的客户。",
     "The median (nearest rank) of the whole local days from the first order to the second, of those who have one.", OF_ALL},
    {"p90_days", CELL_INT, "days", "", "第 90 百分位数。", "The 90th percentile.", OF_ALL},
    {"mean_days", CELL_NUMBER, "days", "", "平均天数。", "The mean.", OF_ALL},
    {"share", CELL_RATE, "share", "reordered / all reordered", "占已有第二单的客户的比例。", "Their share of those who have a second order.", OF_DAYS},
    {"cumulative_share", CELL_RATE, "share", "", "到这么多天为止的累计占比。", "The share of those who ordered again within so many days.", OF_DAYS},
};

const struct metric_info metric_info_second_order = {
    .name = "second_order",
    .title_zh = "第二单间隔",
    .title_en = "Time to the second order",
    .zh = "客户从首单到第二单要多少个店铺自然日。按首单月份统计，from 与 to 是月初；group_by=days 给出分布。",
    .en = "How many whole local days it takes from the first counted order to the second, by months of the first order (from and to are "
          "first days of months); group_by=days tells the distribution.",
    .source = MARKETING_METRICS,
    COLUMNS(second_order),
    .parameters = "",
    .range = DEFAULT_ALL,
    .interval = INTERVAL_TOTAL,
    .groups = {BY_COHORT, BY_DAYS},
    .flags = METRIC_WHOLE_MONTHS,
};

/* --- cross-sell ------------------------------------------------------------------------------------------------- */

static const struct metric_column cross_sell[] = {
    {"cross_sell_rate", CELL_RATE, "share", "crossing_orders / repeat_orders", "交叉销售率：再次购买的订单中带来新品类的占比。",
     "The share of repeat orders with a category that the customer had not bought before.", 0},
    {"repeat_orders", CELL_INT, "orders", "", "此前已买过某个品类的客户所完成的、说明了品类的订单数。",
     "Completed orders that tell categories, of customers who had bought one before.", 0},
    {"crossing_orders", CELL_INT, "orders", "", "其中含有该客户此前未买过的品类的订单数。",
     "Of them, those with a category that the customer had not bought before.", 0},
    {"customers", CELL_INT, "customers", "", "首次买到某个品类的客户数。", "Customers who bought their first category.", 0},
    {"broad_customers", CELL_INT, "customers", "", "买到第二个品类的客户数。", "Customers who bought their second category.", 0},
};

const struct metric_info metric_info_cross_sell = {
    .name = "cross_sell",
    .title_zh = "交叉销售",
    .title_en = "Cross-sell",
    .zh = "老客户的订单中有多少买了此前没有买过的品类，按订单完成的日期统计。之后的取消和退款不改变这里的数字：买过就是买过。",
    .en = "How many orders of customers who had ordered before hold a category that they had not bought before, by the day of the order. "
          "A cancellation or refund that follows changes nothing here: the category was bought.",
    .source = MARKETING_METRICS,
    COLUMNS(cross_sell),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
};

/* --- referrals -------------------------------------------------------------------------------------------------- */

static const struct metric_column referrals[] = {
    {"referrals", CELL_INT, "referrals", "", "Referral Made 事件数。", "Events Referral Made.", 0},
    {"new_customers", CELL_INT, "customers", "", "最早说明渠道或活动的事件（早于首单或与首单同时）说的是渠道 referral 的客户数，按首单日期。",
     "Customers with a first order whose first event that told a channel or campaign, before that order or with it, told the channel `referral`.", 0},
    {"orders", CELL_INT, "orders", "", "他们至今的有效订单数。", "Their counted orders so far.", 0},
    {"revenue", CELL_MONEY, "money", "", "他们至今的收入，扣除退款：推荐带来的价值。",
     "What they have brought in so far, after refunds: the value of referrals.", 0},
    {"value_per_customer", CELL_MONEY, "money", "revenue / new_customers", "每位被推荐来的客户至今的平均收入。",
     "What such a customer has brought in on average.", 0},
};

const struct metric_info metric_info_referrals = {
    .name = "referrals",
    .title_zh = "推荐",
    .title_en = "Referrals",
    .zh = "客户推荐了多少次，以及通过渠道 referral 获得的客户带来的价值。推荐次数按推荐的日期、客户按首单的日期统计；两者之间没有一一对应。",
    .en = "How many referrals customers made, and what the customers brought who came by the channel `referral`: referrals by their day, "
          "customers by the day of the first order. Which referral brought which customer is not known.",
    .source = MARKETING_METRICS,
    COLUMNS(referrals),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
};

/* --- overview --------------------------------------------------------------------------------------------------- */

static const struct metric_column overview[] = {
    {"figure", CELL_TEXT, "", "", "指标的名称。", "The name of the figure.", 0},
    {"name", CELL_NAMES, "", "", "中英文名称。", "Its name for people.", 0},
    {"unit", CELL_TEXT, "", "", "单位；money 是店铺货币的十进制字符串。", "Its unit; money is a decimal string of the shop's currency.", 0},
    {"value", CELL_ANY, "", "", "在所选时间内的值；不能计算时为空。", "Its value in the range; null where it cannot be told.", 0},
    {"before", CELL_ANY, "", "", "在此前同样天数内的值。", "Its value in as many days before.", 0},
    {"change", CELL_RATE, "share", "(value - before) / before", "变化率；此前的值不大于零时为空。", "By how much it has changed; null where it was zero or less before.", 0},
};

const struct metric_info metric_info_overview = {
    .name = "overview",
    .title_zh = "总览",
    .title_en = "Overview",
    .zh = "关键指标一览：在所选时间内的值，以及与此前同样天数的比较。各指标的定义见其各自的条目；流失与赢回是所选模型（未指定则为第一个有角色 lost 的生效模型）中进入和离开角色 lost 的次数，模型没有这样的阶段时为空；净推荐值是推荐者占比减去贬损者占比，乘以 100。",
    .en = "The key figures at a glance: in the range, and in as many days before it. Each is defined with the metric that it is of; "
          "churned and won back are moves into and out of the role `lost` of the model (unless told the first in force that has such "
          "a stage), null by a model without one; the net promoter score is the share of promoters less that of detractors, times 100.",
    .source = "The usual practice of the field",
    .source_zh = "业内通行做法",
    COLUMNS(overview),
    .parameters = "model",
    .interval = INTERVAL_TOTAL,
    .flags = METRIC_MOVES_BY_TIME,
};
