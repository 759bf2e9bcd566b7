#include "metric_info.h"

/* The metrics of what is sold, and of who buys it only with a coupon. */

#define RETAIL_METRICS "P. Farris, N. Bendle, P. Pfeifer, D. Reibstein: Marketing Metrics, 3rd edition, 2016"
#define RULE_MINING                                                                                           \
    "R. Agrawal, T. Imielinski, A. Swami: Mining Association Rules between Sets of Items, SIGMOD 1993 (support, confidence); " \
    "S. Brin, R. Motwani, J. Ullman, S. Tsur: Dynamic Itemset Counting and Implication Rules, SIGMOD 1997 (lift, there: interest)"
#define RULE_MINING_ZH                                                                                        \
    "R. Agrawal, T. Imielinski, A. Swami: Mining Association Rules between Sets of Items, SIGMOD 1993（支持度、置信度）；" \
    "S. Brin, R. Motwani, J. Ullman, S. Tsur: Dynamic Itemset Counting and Implication Rules, SIGMOD 1997（提升度，文中称 interest）"

/* --- products and categories -------------------------------------------------------------------------------------- */

#define OF_PRODUCT                                                                                            \
    {"product", CELL_TEXT, "", "", "商品编号：product_id，没有则为 sku。", "The product's id: its product_id, else its sku.", 0}, \
        {"name", CELL_TEXT, "", "", "商品首次出现时的名称。", "Its name, as it was first told.", 0}
#define OF_CATEGORY {"category", CELL_TEXT, "", "", "品类（首次出现时的写法，不区分大小写）；空值：没有品类的商品。", "The category, as it was first told; letter case does not matter. Null: products without one.", 0}

static const struct metric_column products[] = {
    OF_PRODUCT,
    {"orders", CELL_INT, "orders", "", "期内含有该商品的有效订单数。", "Counted orders with the product.", 0},
    {"units", CELL_NUMBER, "units", "", "这些订单中的件数。", "Units in these orders.", 0},
    {"revenue", CELL_MONEY, "money", "", "这些订单行的单价乘以数量之和，不扣整单优惠和部分退款。",
     "Price times quantity of their lines, before discounts on the whole order and partial refunds.", 0},
    {"returned_units", CELL_NUMBER, "units", "", "期内退回的件数，按退款日期统计：退款所列商品的件数，不超过订单中尚未退回的件数；订单因某次退款而全额退款时，其余件数计入该次退款。已取消的订单不计。",
     "Units that came back in the range, by the day of the refund: those that refunds tell, as far as the order has them and "
     "they have not come back before; the rest with the refund by which the order comes back wholly. Cancelled orders are left out.", 0},
    {"returned_value", CELL_MONEY, "money", "", "退回商品的单价乘以数量之和。", "Price times quantity of what came back.", 0},
    {"return_rate", CELL_RATE, "share", "returned_units / units sold, those of wholly refunded orders too",
     "期内退回件数与期内售出件数之比；售出件数含已全额退款订单，不含已取消订单。退回的可能是此前售出的，所以可能大于 1。",
     "What came back in the range in proportion to what was sold in it: the units of orders not cancelled, wholly refunded ones too. "
     "What comes back may have been sold before, so more than 1 is possible.", 0},
    {"buyers", CELL_INT, "customers", "", "有史以来完成过含该商品订单的客户数。",
     "Customers who ever completed an order with the product.", 0},
    {"repeat_buyers", CELL_INT, "customers", "", "其中在两个以上订单中购买过的客户数。", "Of them, those who did so in two orders and more.", 0},
    {"repeat_rate", CELL_RATE, "share", "repeat_buyers / buyers", "复购客户占比。", "The share of buyers who bought it again.", 0},
};

const struct metric_info metric_info_products = {
    .name = "products",
    .title_zh = "商品表现",
    .title_en = "Products",
    .zh = "每个曾经售出的商品一行：期内的订单数、件数、收入和退货，以及有史以来的购买客户与复购率。期间为整月；有效订单指已完成、未取消且未全额退款的订单。sort 决定排序，order=asc 列出滞销商品（期内没有售出的也在内）；limit 之外还有多少行见 total。",
    .en = "A row for each product that was ever sold: its orders, units, revenue and returns in the range, and its buyers of all time. "
          "Ranges are whole months; counted orders are completed, not cancelled and not wholly refunded. sort says by what, order=asc "
          "lists the slow sellers first, those that were not sold in the range too. total says how many rows there are beyond limit.",
    .source = RETAIL_METRICS,
    COLUMNS(products),
    .parameters = "category,sort,order,limit",
    .intervals = IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_MONTHS,
    .flags = METRIC_WHOLE_MONTHS,
};

static const struct metric_column categories[] = {
    OF_CATEGORY,
    {"orders", CELL_INT, "orders", "", "期内含有该品类商品的有效订单数。", "Counted orders with a product of the category.", 0},
    {"units", CELL_NUMBER, "units", "", "这些订单中该品类的件数。", "Units of the category in these orders.", 0},
    {"revenue", CELL_MONEY, "money", "", "这些订单行的单价乘以数量之和，不扣整单优惠和部分退款。",
     "Price times quantity of their lines, before discounts on the whole order and partial refunds.", 0},
    {"returned_units", CELL_NUMBER, "units", "", "期内退回的件数，按退款日期统计：退款所列商品的件数，不超过订单中尚未退回的件数；订单因某次退款而全额退款时，其余件数计入该次退款。已取消的订单不计。",
     "Units that came back in the range, by the day of the refund: those that refunds tell, as far as the order has them and "
     "they have not come back before; the rest with the refund by which the order comes back wholly. Cancelled orders are left out.", 0},
    {"returned_value", CELL_MONEY, "money", "", "退回商品的单价乘以数量之和。", "Price times quantity of what came back.", 0},
    {"return_rate", CELL_RATE, "share", "returned_units / units sold, those of wholly refunded orders too",
     "期内退回件数与期内售出件数之比；售出件数含已全额退款订单，不含已取消订单，两者都不含没有编号的商品。退回的可能是此前售出的，所以可能大于 1。",
     "What came back in the range in proportion to what was sold in it: the units of orders not cancelled, wholly refunded ones too; "
     "both of products that have an id. What comes back may have been sold before, so more than 1 is possible.", 0},
    {"buyers", CELL_INT, "customers", "", "有史以来完成过含该品类订单的客户数；没有品类的商品为空值。",
     "Customers who ever completed an order with the category; null for products without one.", 0},
    {"repeat_buyers", CELL_INT, "customers", "", "其中在两个以上订单中购买过的客户数。", "Of them, those who did so in two orders and more.", 0},
    {"repeat_rate", CELL_RATE, "share", "repeat_buyers / buyers", "复购客户占比。", "The share of buyers who bought it again.", 0},
};

const struct metric_info metric_info_categories = {
    .name = "categories",
    .title_zh = "品类表现",
    .title_en = "Categories",
    .zh = "每个曾经售出的品类一行：期内的订单数、件数、收入和退货，以及有史以来的购买客户与复购率。期间为整月；含多个品类的订单计入每个品类一次。",
    .en = "A row for each category that was ever sold: its orders, units, revenue and returns in the range, and its buyers of all time. "
          "Ranges are whole months; an order with several categories counts once in each.",
    .source = RETAIL_METRICS,
    COLUMNS(categories),
    .parameters = "sort,order,limit",
    .intervals = IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_MONTHS,
    .flags = METRIC_WHOLE_MONTHS,
};

/* --- bought together ---------------------------------------------------------------------------------------------- */

#define OF_PRODUCTS   1u
#define OF_CATEGORIES 2u

static const struct metric_column bought_together[] = {
    {"a", CELL_TEXT, "", "", "一个商品（或品类）。", "A product (or category).", 0},
    {"a_name", CELL_TEXT, "", "", "它的名称。", "Its name.", OF_PRODUCTS},
    {"b", CELL_TEXT, "", "", "常与它一起购买的商品（或品类）。", "The one that is bought with it.", 0},
    {"b_name", CELL_TEXT, "", "", "它的名称。", "Its name.", OF_PRODUCTS},
    {"orders", CELL_INT, "orders", "", "同时含有 a 和 b 的有效订单数。", "Counted orders with both.", 0},
    {"a_orders", CELL_INT, "orders", "", "含有 a 的有效订单数。", "Counted orders with a.", 0},
    {"b_orders", CELL_INT, "orders", "", "含有 b 的有效订单数。", "Counted orders with b.", 0},
    {"support", CELL_RATE, "share", "orders / counted orders that tell a product (a category)",
     "支持度：在含有商品（或品类）信息的有效订单中，同时含有两者的比例。",
     "Support: of the counted orders that tell a product (or category), the share that have both.", 0},
    {"confidence", CELL_RATE, "share", "orders / a_orders", "置信度：含有 a 的订单中也含有 b 的比例。",
     "Confidence: the share of the orders with a that have b too.", 0},
    {"lift", CELL_NUMBER, "", "confidence / (b_orders / counted orders that tell a product (a category))",
     "提升度：是两者互不相关时的多少倍。",
     "Lift: how many times as often as if the one had nothing to do with the other.", 0},
};

const struct metric_info metric_info_bought_together = {
    .name = "bought_together",
    .title_zh = "一起购买",
    .title_en = "Bought together",
    .zh = "在至少两个有效订单中同时出现的商品对（kind=category：品类对），统计所有时间的订单。由后台定期重新统计，统计时间见 counted_at；统计的订单数（含有商品或品类信息的有效订单）见 orders；统计后有新数据时 lag_seconds 为距今时间。不指定 product 或 category 时每对只列一次，a 为订单较少的一个；指定时 a 就是它。最多保留 200,000 对（订单最多的），未保留的数目见 cut。",
    .en = "Pairs of products (kind=category: of categories) that are both in at least two counted orders, of all time. A worker counts "
          "them again every now and then: counted_at says when, orders over how many (the counted ones that tell a product, or a category), and lag_seconds how long ago that was if "
          "anything has changed since. Each pair is told once, a being the one in fewer orders; with product or category, a is that "
          "one. At most 200,000 pairs are kept, those in the most orders: cut says how many were left out.",
    .source = RULE_MINING,
    .source_zh = RULE_MINING_ZH,
    COLUMNS(bought_together),
    .parameters = "kind,product,category,least,sort,limit",
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_NOW,
    .flags = METRIC_OWN_CLOCK | METRIC_NO_RANGE,
};

/* --- coupon hunters ----------------------------------------------------------------------------------------------- */

static const struct metric_column coupon_hunters[] = {
    {"id", CELL_TEXT, "", "", "客户编号。", "The customer's id.", 0},
    {"orders", CELL_INT, "orders", "", "有效订单数。", "Counted orders.", 0},
    {"coupon_orders", CELL_INT, "orders", "", "其中使用优惠券的订单数。", "Of them, those that carry a coupon.", 0},
    {"share", CELL_RATE, "share", "coupon_orders / orders", "使用优惠券的订单占比。", "The share that carries a coupon.", 0},
    {"discounts", CELL_MONEY, "money", "", "有效订单的优惠总额。", "Discounts on the counted orders.", 0},
    {"revenue", CELL_MONEY, "money", "", "有效订单扣除退款后的金额。", "The value of the counted orders after refunds.", 0},
    {"channels", CELL_INT, "channels", "", "客户来自多少个不同渠道。", "Distinct channels by which the customer came.", 0},
    {"coupons_applied", CELL_INT, "events", "", "Coupon Applied 事件数。", "Coupon Applied events.", 0},
    {"first_order_at", CELL_TIME, "", "", "首个有效订单的时间。", "Completion of the first counted order.", 0},
    {"last_order_at", CELL_TIME, "", "", "最近有效订单的时间。", "Completion of the latest counted order.", 0},
};

const struct metric_info metric_info_coupon_hunters = {
    .name = "coupon_hunters",
    .title_zh = "羊毛党",
    .title_en = "Coupon hunters",
    .zh = "绝大多数订单都用优惠券的客户及其依据：至少 orders 个有效订单（默认 3），其中用券的比例至少为 share（默认 0.8）；可用 channels 要求至少来自多少个渠道。合并后的客户按合并后的身份统计，跨渠道的订单算在一起。按优惠总额从高到低排列，用 cursor 翻页，total 为总人数。它读取客户表，不适合轮询；用同样的条件建立人群即可得到实时名单。",
    .en = "Customers nearly all of whose orders carry a coupon, with the evidence: at least `orders` counted orders (3 unless told), of "
          "which at least the share `share` (0.8 unless told) carry one; channels asks for customers who came by at least so many. "
          "Customers that were joined are one, whichever channel each part came by. Those with the most discounts come first; pages by cursor, total is how many "
          "there are. It reads the table of customers and is not to be polled: a segment with the same rule is kept up to date by itself.",
    .source = "Usual practice of fraud and promotion teams: the share of orders on promotion (deal-proneness)",
    .source_zh = "反欺诈与促销团队的通行做法：促销订单的占比（deal-proneness）",
    COLUMNS(coupon_hunters),
    .parameters = "orders,share,channels,limit,cursor",
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_NOW,
    .flags = METRIC_OWN_CLOCK | METRIC_NO_RANGE,
};
