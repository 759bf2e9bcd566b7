#include "metric_info.h"

static const struct metric_column rfm[] = {
    {"r", CELL_INT, "", "", "最近一次下单的得分，1 到 5。", "The score of recency, 1 to 5.", PART_SCORES},
    {"f", CELL_INT, "", "", "下单次数的得分，1 到 5。", "The score of frequency, 1 to 5.", PART_SCORES},
    {"name", CELL_NAMES, "", "", "RFM 人群的名称。", "The name of the RFM segment.", PART_NAME},
    {"customers", CELL_INT, "customers", "", "有有效订单的客户数。", "Customers with a counted order.", 0},
    {"revenue", CELL_MONEY, "money", "", "他们的有效订单扣除退款后的收入。", "Of their counted orders, after refunds.", 0},
};

const struct metric_info metric_info_rfm = {
    .name = "rfm",
    .title_zh = "RFM 分布",
    .title_en = "Customers by recency, frequency and monetary value",
    .zh = "有有效订单的客户按最近一次下单和下单次数的得分分布，按人群分组时是 11 个 RFM 人群；现在，或在时刻 at。给出 from 时，movement 是从 from 到 to 在人群之间的移动。"
          "一律用现在生效的分界值；还没有分界值时没有行，note 说明缺什么。直接统计客户，最多每 METRIC_AGE_MS 统计一次。",
    .en = "Customers with a counted order by their scores of recency and frequency, or, by segment, in each of the 11 RFM segments: now, or at the "
          "instant `at`. With `from`, `movement` tells how they moved between segments from then to `to`. All by the bounds that are in "
          "force now; as long as there are none there are no rows, and `note` says what is missing. It counts the customers themselves, at "
          "most once in METRIC_AGE_MS.",
    .source = "A. M. Hughes: Strategic Database Marketing, 4th edition, 2012",
    COLUMNS(rfm),
    .parameters = "at",
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_NOW,
    .groups = {BY_SEGMENT},
    .flags = METRIC_TAKES_INSTANTS | METRIC_OWN_CLOCK,
};
