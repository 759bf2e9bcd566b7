#include "metric_info.h"

/* The metrics of the way to an order, of what customers do besides ordering, and of service. */

#define MARKETING_METRICS                                                                                    \
    "P. Farris, N. Bendle, P. Pfeifer, D. Reibstein: Marketing Metrics, 3rd edition, 2016"
#define NET_PROMOTER "F. Reichheld: The One Number You Need to Grow, Harvard Business Review, December 2003"

/* --- funnel
 * ----------------------------------------------------------------------------------------------------- */

static const struct metric_column funnel[] = {
    {"step", CELL_TEXT, "", "", "步骤：seen、looked、carted、checkout、ordered、ordered_again。",
     "The step: seen, looked, carted, checkout, ordered, ordered_again.", 0},
    {"name", CELL_NAMES, "", "", "步骤的名称。", "The step in words.", 0},
    {"customers", CELL_INT, "customers", "", "走到这一步的客户数。", "The customers who took this step.", 0},
    {"rate", CELL_RATE, "share", "customers / customers of the first step", "占首次出现的客户的比例。",
     "Their share of those who were first seen.", 0},
    {"rate_of_previous", CELL_RATE, "share", "customers / customers of the step before",
     "与上一步人数之比；步骤可以跳过，所以可能大于 1。",
     "In proportion to the step before: more than 1 is possible, since steps can be left out.", 0},
    {"median_days", CELL_INT, "days", "", "从首次出现到第一次走这一步的天数的中位数（最近秩），只算走到的；366 表示 366 天或更久。",
     "The median of the days from first seen to the step, by nearest rank, of those who took it; 366 "
     "stands for 366 days and more.", 0},
    {"p90_days", CELL_INT, "days", "", "这些天数的第 90 百分位数。", "Their 90th percentile.", 0},
    {"mature", CELL_BOOL, "", "",
     "是否所有这些客户都已有过 within 天（未给出时为 366 天）的时间；否则人数还会增加。未给出 within 时，更晚走的步骤也计入，所以满 366 天后仍可能增加。",
     "Have all of these customers had `within` days, or 366 when none are told? Else the numbers still grow; "
     "without `within` later steps count, too, so that they may grow after 366 days.",
     0},
};

const struct metric_info metric_info_funnel = {
    .name = "funnel",
    .title_zh = "转化漏斗",
    .title_en = "Funnel to the first and second order",
    .zh = "在范围内的月份首次出现的客户，有多少看过商品、加过购物车、开始过结账、下过单、再次下单。每位客户在"
          "每一步最多计一次，在首次出现的月份；"
          "只看他是否做过这一步，不要求做过前面的步骤。within=N 只算首次出现后 N 个当地整天以内做到的（0 "
          "为当天）；不给 within 时不论多久以后做到都算。",
    .en = "Of the customers first seen in the months of the range, how many looked at a product, put one "
          "into a cart, started a checkout, "
          "ordered, and ordered again. Each counts at most once in each step, in the month in which they "
          "were first seen, and in each "
          "step that they took, whether they took those before or not. within=N: only steps at most N whole "
          "local days after "
          "first seen (0: on the same day); without it, however late they were taken.",
    .source = MARKETING_METRICS,
    COLUMNS(funnel),
    .parameters = "within",
    .intervals = IN_MONTHS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_MONTHS,
    .flags = METRIC_WHOLE_MONTHS,
};

/* --- satisfaction
 * ----------------------------------------------------------------------------------------------- */

static const struct metric_column satisfaction[] = {
    {"nps", CELL_NUMBER, "points", "100 * (promoters - detractors) / nps_answers",
     "净推荐值，-100 到 100；没有回答时为 null。",
     "The net promoter score, from -100 to 100; null without answers.", 0},
    {"nps_answers", CELL_INT, "answers", "", "NPS 回答数。", "The answers to NPS surveys.", 0},
    {"promoters", CELL_INT, "answers", "", "推荐者：9 或 10 分。", "Promoters: 9 and 10.", 0},
    {"passives", CELL_INT, "answers", "", "被动者：7 或 8 分。", "Passives: 7 and 8.", 0},
    {"detractors", CELL_INT, "answers", "", "贬损者：0 到 6 分。", "Detractors: 0 to 6.", 0},
    {"promoter_share", CELL_RATE, "share", "promoters / nps_answers", "推荐者的比例。",
     "The share of promoters.", 0},
    {"passive_share", CELL_RATE, "share", "passives / nps_answers", "被动者的比例。",
     "The share of passives.", 0},
    {"detractor_share", CELL_RATE, "share", "detractors / nps_answers", "贬损者的比例。",
     "The share of detractors.", 0},
    {"csat_answers", CELL_INT, "answers", "", "满意度（CSAT）回答数。",
     "The answers to satisfaction (CSAT) surveys.", 0},
    {"csat_mean", CELL_NUMBER, "points", "sum of scores / csat_answers", "平均满意度，1 到 5 分。",
     "The mean score, from 1 to 5.", 0},
    {"csat_satisfied", CELL_INT, "answers", "", "满意的回答：4 或 5 分。", "The satisfied: 4 and 5.", 0},
    {"csat_share", CELL_RATE, "share", "csat_satisfied / csat_answers", "满意的比例。",
     "The share of the satisfied.", 0},
};

const struct metric_info metric_info_satisfaction = {
    .name = "satisfaction",
    .title_zh = "满意度",
    .title_en = "Satisfaction",
    .zh = "事件 Survey Answered "
          "的回答：净推荐值（NPS）和满意度（CSAT），按回答的日子统计；同一位客户的每次回答都计入。",
    .en = "The answers that Survey Answered tells of, to NPS and to CSAT surveys, on the day of the answer; "
          "each answer of a customer "
          "counts.",
    .source = NET_PROMOTER,
    COLUMNS(satisfaction),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_DAY,
};

/* --- participation
 * ---------------------------------------------------------------------------------------------- */

static const struct metric_column participation[] = {
    {"participants", CELL_INT, "customers", "",
     "该期至少参与过一次的客户数；对整个范围（total）没有保存，为 null。",
     "The customers who took part at least once in the period; not kept, so null, of a whole range (total).",
     PART_KINDS},
    {"events", CELL_INT, "events", "", "这种事件的次数。", "How often this happened.", PART_KIND},
    {"reviews", CELL_INT, "events", "", "商品评价。", "Products reviewed.", PART_KINDS},
    {"shares", CELL_INT, "events", "", "分享商品和购物车。", "Products and carts shared.", PART_KINDS},
    {"survey_answers", CELL_INT, "events", "", "回答调查。", "Surveys answered.", PART_KINDS},
    {"referrals", CELL_INT, "events", "", "推荐他人。", "Referrals made.", PART_KINDS},
};

const struct metric_info metric_info_participation = {
    .name = "participation",
    .title_zh = "参与度",
    .title_en = "Participation",
    .zh = "客户在下单之外的参与：评价、分享、回答调查、推荐他人，按事件发生的日子统计。参与的客户每期只计一次"
          "。按种类分组时，列出全部所统计的互动事件的次数，"
          "包括心愿单、优惠券、积分、投诉、求助、订阅和营销触达。",
    .en = "What customers do besides ordering: reviews, shares, answers to surveys and referrals, on the day "
          "of the event. A customer is one "
          "participant in a period. By kind: how often each of the acts that are counted happened, also wish "
          "lists, coupons, points, "
          "complaints, requests, subscriptions and touches of campaigns.",
    .source = MARKETING_METRICS,
    COLUMNS(participation),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_DAY,
    .groups = {BY_KIND},
    .flags = METRIC_WHOLE_PERIODS,
};

/* --- subscriptions
 * ---------------------------------------------------------------------------------------------- */

static const struct metric_column subscriptions[] = {
    {"renewal_rate", CELL_RATE, "share", "renewed / (renewed + cancelled)",
     "续订率：续订次数占续订和取消之和的比例。",
     "The renewal rate: renewals as a share of renewals and cancellations.", 0},
    {"started", CELL_INT, "events", "", "开始的订阅。", "Subscriptions that began.", 0},
    {"renewed", CELL_INT, "events", "", "续订次数。", "Renewals.", 0},
    {"cancelled", CELL_INT, "events", "", "取消次数。", "Cancellations.", 0},
};

const struct metric_info metric_info_subscriptions = {
    .name = "subscriptions",
    .title_zh = "订阅与续订",
    .title_en = "Subscriptions and renewals",
    .zh =
        "订阅的开始、续订和取消，按事件发生的日子统计。到期而既未续订也未取消的订阅没有事件，不计入续订率。",
    .en = "Subscriptions started, renewed and cancelled, on the day of the event. One that ran out and was "
          "neither renewed nor cancelled has "
          "no event and is not in the rate.",
    .source = MARKETING_METRICS,
    COLUMNS(subscriptions),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_DAY,
};

/* --- service
 * ---------------------------------------------------------------------------------------------------- */

static const struct metric_column service[] = {
    {"complaint_rate", CELL_RATE, "complaints per order", "complaints / orders", "投诉率：每单的投诉数。",
     "Complaints in proportion to orders.", 0},
    {"complaints", CELL_INT, "events", "", "该期提出的投诉。", "Complaints opened in the period.", 0},
    {"complaints_resolved", CELL_INT, "events", "", "该期解决的投诉。", "Complaints resolved in the period.",
     0},
    {"orders", CELL_INT, "orders", "", "该期完成的订单，不含已取消和已全额退款的。",
     "Orders completed in the period that are neither cancelled nor wholly refunded.", 0},
    {"requests", CELL_INT, "events", "", "该期的求助。", "Requests for help in the period.", 0},
    {"requests_answered", CELL_INT, "events", "", "该期的答复：事件 Support Answered，对求助和投诉的都计入。",
     "Answers in the period: events Support Answered, to requests and to complaints.", 0},
    {"first_answers", CELL_INT, "requests", "", "该期第一次得到答复的求助和投诉。",
     "Requests and complaints that were answered for the first time in the period.", 0},
    {"first_answer_median_seconds", CELL_INT, "seconds", "",
     "求助或投诉从提出到第一次答复的秒数的中位数（最近秩）。",
     "The median of the seconds from a request or complaint to its first answer, by nearest rank.", 0},
    {"first_answer_p90_seconds", CELL_INT, "seconds", "", "其第 90 百分位数。", "Their 90th percentile.", 0},
    {"resolutions", CELL_INT, "complaints", "", "该期解决的投诉中，提出的时间已知的。",
     "Of the complaints resolved in the period, those of which it is known when they were opened.", 0},
    {"resolution_median_seconds", CELL_INT, "seconds", "", "投诉从提出到解决的秒数的中位数（最近秩）。",
     "The median of the seconds from a complaint to its resolution, by nearest rank.", 0},
    {"resolution_p90_seconds", CELL_INT, "seconds", "", "其第 90 百分位数。", "Their 90th percentile.", 0},
};

const struct metric_info metric_info_service = {
    .name = "service",
    .title_zh = "服务",
    .title_en = "Service",
    .zh = "投诉（Complaint Opened、Complaint Resolved）和求助（Support Requested、Support "
          "Answered），按事件发生的日子统计；投诉率是同期投诉数与订单数之比。求助和投诉都可以得到答复，只有投"
          "诉才有解决。事件写明编号（complaint_id、ticket_id、request_id 或 "
          "id）的按编号对应，否则对应同一客户最早的一个。答复和解决所用的时间记在答复或解决的日子：100 "
          "分钟以内精确到秒，"
          "100 小时以内舍到整分钟，更长的舍到整小时。",
    .en = "Complaints (Complaint Opened, Complaint Resolved) and requests for help (Support Requested, "
          "Support Answered), on the day of the event; the complaint rate is in proportion to the orders of "
          "the same period. "
          "Both can be answered, complaints alone are resolved: the one that the event names by its id, else "
          "the oldest of the customer. Times until an answer or resolution count on the day of that: exact "
          "below 100 minutes, rounded down to minutes below "
          "100 hours and to hours above.",
    .source = MARKETING_METRICS,
    COLUMNS(service),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_DAY,
};

/* --- segments
 * --------------------------------------------------------------------------------------------------- */

static const struct metric_column segments[] = {
    {"name", CELL_NAMES, "", "", "人群的名称。", "The name of the segment.", 0},
    {"customers", CELL_INT, "customers", "", "当前的成员数。", "The members now.", 0},
};

const struct metric_info metric_info_segments = {
    .name = "segments",
    .title_zh = "人群规模",
    .title_en = "Sizes of segments",
    .zh = "每个人群当前有多少成员。过去的人数没有保存，所以不接受时间范围。",
    .en = "How many members each segment has now. What it had in the past is not kept: there is no range.",
    .source = "Usual practice of customer-relationship management",
    .source_zh = "客户关系管理的通行做法",
    COLUMNS(segments),
    .parameters = "segment",
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_NOW,
    .groups = {BY_SEGMENT},
    .flags = METRIC_MOVES_BY_TIME | METRIC_NO_RANGE,
};
