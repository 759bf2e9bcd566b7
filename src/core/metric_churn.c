#include "metric_info.h"

/* The metrics of churn: who is lost, why, and who comes back. */

#define MARKETING_METRICS                                                                                    \
    "P. Farris, N. Bendle, P. Pfeifer, D. Reibstein: Marketing Metrics, 3rd edition, 2016"

/* --- churn
 * ------------------------------------------------------------------------------------------------------ */

static const struct metric_column churn[] = {
    {"role", CELL_TEXT, "", "", "阶段的角色。", "The role of the stage.", PART_STAGE},
    {"churned", CELL_INT, "customers", "",
     "该期进入角色为 lost 的阶段的次数，从其他角色或从无到有进入；角色同为 lost 的阶段之间不计。",
     "How often a customer came into a stage with the role lost, from another role or from nowhere; not from "
     "one stage of that role to another.",
     0},
    {"customers_at_start", CELL_INT, "customers", "",
     "该期开始时角色既非 prospect 也非 lost 的客户数；按阶段时，是处于该阶段的客户数。",
     "The customers whose role is neither prospect nor lost when the period begins; by stage: those who "
     "stand in it.",
     0},
    {"churn_rate", CELL_RATE, "share", "churned / customers_at_start", "流失率：流失次数与期初客户数之比。",
     "The churn rate: the churned in proportion to the customers at the start.", 0},
    {"lost_at_start", CELL_INT, "customers", "", "该期开始时角色为 lost 的客户数。",
     "The customers whose role is lost when the period begins.", 0},
    {"won_back", CELL_INT, "customers", "", "该期从角色 lost 回到其他角色的次数。",
     "How often a customer came from the role lost to another role.", 0},
    {"win_back_rate", CELL_RATE, "share", "won_back / (lost_at_start + churned)",
     "赢回率：赢回次数与可以赢回的客户之比。",
     "The win-back rate: the won back in proportion to all who could have been.", 0},
    {"at_risk", CELL_INT, "customers", "", "该期结束时（正在进行的一期是现在）角色为 at_risk 的客户数。",
     "The customers whose role is at_risk at the end of the period, or now while it is running.", 0},
    {"revenue_at_risk", CELL_MONEY, "money", "",
     "这些客户迄今的全部收入，已扣除退款；只在包含现在的一期给出，其余为 null。",
     "What these customers have brought in all their time, after refunds; known now alone, so null but in "
     "the period that is running.",
     0},
};

const struct metric_info metric_info_churn = {
    .name = "churn",
    .title_zh = "流失与赢回",
    .title_en = "Churn and win-back",
    .zh = "每个模型在一期内流失和赢回了多少客户：按阶段的角色（lost）统计，按移动发生的日子，已按迟到的事件更"
          "正。同一位客户在一期内可以多次流失或赢回。"
          "按阶段时：流失记在离开的阶段，赢回记在离开的 lost 阶段；角色为 prospect "
          "的阶段没有期初客户数和流失率。没有 lost 阶段的模型不能回答。",
    .en = "How many customers each model lost and won back in a period: by the role lost of its stages, on "
          "the day of the move, corrected by "
          "what came late. A customer may be lost or won back more than once. By stage, churn counts in the "
          "stage that was left, "
          "win-back in the lost stage that was left; stages of prospects have no customers at the start and "
          "no rate. "
          "Models without a lost stage cannot tell.",
    .source = MARKETING_METRICS,
    COLUMNS(churn),
    .parameters = "model",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_MONTH,
    .groups = {BY_MODEL, BY_STAGE, BY_MODEL | BY_STAGE},
    .flags = METRIC_MOVES_BY_TIME,
};

/* --- reasons
 * ---------------------------------------------------------------------------------------------------- */

static const struct metric_column churn_reasons[] = {
    {"customers", CELL_INT, "customers", "", "该期因这个原因离开的次数。",
     "How often a customer left for this reason in the period.", 0},
    {"share", CELL_RATE, "share", "customers / customers of all reasons of the period",
     "占该期全部离开的比例。", "Its share of all who left in the period.", 0},
    {"won_back", CELL_INT, "customers", "", "其中后来又下单或订阅的，不论何时。",
     "Of these, those who have ordered or subscribed again since, whenever that was.", 0},
    {"win_back_rate", CELL_RATE, "share", "won_back / customers", "其中后来回来的比例。",
     "The share of these who came back.", 0},
};

const struct metric_info metric_info_churn_reasons = {
    .name = "churn_reasons",
    .title_zh = "流失原因",
    .title_en = "Reasons of churn",
    .zh = "客户为什么离开：事件 Customer Churned 和 Subscription Cancelled "
          "所说的原因，按事件发生的日子统计；没有说明原因的记为 unspecified。"
          "还有这些离开中后来又下单或开始订阅的有多少：多次离开的每次都计，回来只记在最近一次离开上。仅凭沉默"
          "而判定的流失没有原因，见指标 churn。",
    .en = "Why customers left: the reasons that the events Customer Churned and Subscription Cancelled told, "
          "on the day of the event; "
          "unspecified where none was told. And how many have ordered or started a subscription since: who "
          "left several times counts each time, a return belongs to the latest of them. Who was "
          "lost by silence alone has no reason: see churn.",
    .source = MARKETING_METRICS,
    COLUMNS(churn_reasons),
    .parameters = "",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_MONTHS,
    .groups = {BY_REASON},
};

/* --- win-back
 * --------------------------------------------------------------------------------------------------- */

static const struct metric_column win_back[] = {
    {"role", CELL_TEXT, "", "", "阶段的角色。", "The role of the stage.", PART_STAGE},
    {"won_back", CELL_INT, "customers", "", "赢回的次数。", "How often a customer was won back.", 0},
    {"lost", CELL_INT, "stays", "", "在范围内的月份进入该 lost 阶段的次数。",
     "How often a customer came into this stage, whose role is lost, in the months of the range.",
     PART_STAGE},
    {"win_back_rate", CELL_RATE, "share", "won_back / lost", "其中迄今已回来的比例；最近的月份还会上升。",
     "The share of these who have come back by now; of late months it still grows.", PART_STAGE},
    {"median_days", CELL_INT, "days", "", "从离开到回来的天数的中位数（最近秩），只算已回来的。",
     "The median of the days from leaving to coming back, by nearest rank, of those who did.", 0},
    {"p90_days", CELL_INT, "days", "", "这些天数的第 90 百分位数。", "Their 90th percentile.", 0},
    {"mean_days", CELL_NUMBER, "days", "", "这些天数的平均值。", "Their mean.", 0},
};

const struct metric_info metric_info_win_back = {
    .name = "win_back",
    .title_zh = "赢回所需时间",
    .title_en = "Time to win-back",
    .zh = "表示离开或取消订阅（Customer Churned、Subscription "
          "Cancelled）的客户，过了多少当地整天又下单或开始订阅：按回来的日子统计，可按原因分组。"
          "按阶段时改为按模型统计：在范围内的月份（必须是整月）进入角色为 lost "
          "的阶段的停留，其中有多少结束于回到其他角色，各用了多少天。",
    .en = "After how many whole local days customers who said that they leave or cancelled a subscription "
          "(Customer Churned, Subscription "
          "Cancelled) ordered or subscribed again: on the day on which they came back, by reason if asked. "
          "By stage it is told "
          "by models: of the stays in stages with the role lost that began in the months of the range, which "
          "must be whole, how "
          "many ended in another role, and after how many days.",
    .source = MARKETING_METRICS,
    COLUMNS(win_back),
    .parameters = "model",
    .intervals = IN_MONTHS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_MONTHS,
    .groups = {BY_REASON, BY_STAGE, BY_MODEL | BY_STAGE},
    .flags = METRIC_MOVES_BY_TIME,
};
