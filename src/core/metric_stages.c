#include "metric_info.h"

/* The metrics of stages: who stands where, who moves, how long they stay. */

#define LIFECYCLE_REPORTS                                                                                    \
    "Usual practice of lifecycle reporting: customers by stage, and the moves between stages"
#define LIFECYCLE_REPORTS_ZH "生命周期报表的通行做法：各阶段的客户数，以及阶段之间的移动"
#define KAPLAN_MEIER                                                                                         \
    "E. L. Kaplan, P. Meier: Nonparametric Estimation from Incomplete Observations, Journal of the "         \
    "American "                                                                                              \
    "Statistical Association 53, 1958"

/* --- stages
 * ----------------------------------------------------------------------------------------------------- */

static const struct metric_column stages[] = {
    {"role", CELL_TEXT, "", "", "阶段的角色。", "The role of the stage.", PART_STAGE},
    {"name", CELL_NAMES, "", "", "阶段的名称。", "The name of the stage.", PART_NAME},
    {"customers", CELL_INT, "customers", "", "处于该阶段的客户数：当前，或该期结束时。",
     "The customers who stand in the stage: now, or at the end of the period.", 0},
    {"share", CELL_RATE, "share", "customers / customers of all stages of the model",
     "占该模型全部客户的比例。", "Their share of all customers who stand anywhere in the model.", 0},
    {"revenue", CELL_MONEY, "money", "", "这些客户迄今为止的全部收入，已扣除退款。",
     "What these customers have brought in all their time, after refunds.", PART_NOW},
    {"entered", CELL_INT, "customers", "", "该期进入的次数；同一位客户可以多次进入。",
     "How often somebody came in during the period; a customer may come more than once.", PART_TIME},
    {"left", CELL_INT, "customers", "", "该期离开的次数。", "How often somebody left during the period.",
     PART_TIME},
};

const struct metric_info metric_info_stages = {
    .name = "stages",
    .title_zh = "各阶段客户数",
    .title_en = "Customers by stage",
    .zh = "每个模型的每个阶段有多少客户。时间范围和 interval "
          "都不给时是当前的人数和他们迄今的收入；给出范围时是每天、每周（"
          "周一起）或每月结束时的人数"
          "（正在进行的一期是到现在为止），以及该期进入和离开的次数。按角色分组时，同一角色的阶段之间的移动不"
          "算进入或离开。"
          "迟到的事件会更正过去的日子；被删除的客户仍留在总数里。",
    .en = "How many customers stand in each stage of each model. Without a range and an interval: now, with "
          "what they have "
          "brought so far. With one: at the "
          "end of each day, week from Monday, or month (of the running one: by now), and how often somebody "
          "came in and left "
          "during it. By role, moves between stages of one role are neither. Late events correct past days; "
          "customers who "
          "were erased stay in the totals.",
    .source = LIFECYCLE_REPORTS,
    .source_zh = LIFECYCLE_REPORTS_ZH,
    COLUMNS(stages),
    .parameters = "model",
    .intervals = IN_PERIODS,
    .interval = INTERVAL_DAY,
    .range = DEFAULT_NOW,
    .groups = {BY_STAGE, BY_MODEL | BY_STAGE, BY_ROLE, BY_MODEL | BY_ROLE, BY_MODEL},
    .flags = METRIC_MOVES_BY_TIME,
};

/* --- transitions
 * ------------------------------------------------------------------------------------------------ */

static const struct metric_column transitions[] = {
    {"from", CELL_TEXT, "", "", "离开的阶段；null 表示此前不在任何阶段。",
     "The stage that was left; null: nowhere before.", 0},
    {"to", CELL_TEXT, "", "", "进入的阶段；null 表示模型已停用。",
     "The stage that was entered; null: the model was withdrawn.", 0},
    {"from_role", CELL_TEXT, "", "", "离开的阶段的角色。", "The role of the stage that was left.", 0},
    {"to_role", CELL_TEXT, "", "", "进入的阶段的角色。", "The role of the stage that was entered.", 0},
    {"customers", CELL_INT, "customers", "", "移动的次数；同一位客户可以多次移动。",
     "How often somebody moved so; a customer may do so more than once.", 0},
    {"share", CELL_RATE, "share", "customers / customers of all moves with the same from",
     "占离开同一阶段的全部移动的比例；各行相加为 1。",
     "Its share of all moves that leave the same stage: those of one stage add up to 1.", 0},
};

const struct metric_info metric_info_transitions = {
    .name = "transitions",
    .title_zh = "转移矩阵",
    .title_en = "Transition matrix",
    .zh = "在一段时间里从每个阶段移动到每个阶段的次数，以及去向的比例：已按迟到的事件更正，按移动发生的时刻统"
          "计。没有发生过的移动不列出；"
          "留在原阶段的客户不算移动。不给时间范围时统计全部时间。",
    .en = "How often customers moved from each stage to each other one in a range of time, and where those "
          "who left went, as shares: corrected "
          "by what came late, at the instant of the move. Moves that nobody made are left out; those who "
          "stay where they are "
          "do not move. Without a range: of all time.",
    .source = LIFECYCLE_REPORTS,
    .source_zh = LIFECYCLE_REPORTS_ZH,
    COLUMNS(transitions),
    .parameters = "model",
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_ALL,
    .groups = {BY_MODEL},
    .flags = METRIC_MOVES_BY_TIME | METRIC_TAKES_INSTANTS,
};

/* --- flows
 * ------------------------------------------------------------------------------------------------------ */

static const struct metric_column flows[] = {
    {"from", CELL_TEXT, "", "", "离开的阶段，或角色；null 表示此前不在任何阶段。",
     "The stage, or role, that was left; null: nowhere before.", 0},
    {"to", CELL_TEXT, "", "", "进入的阶段，或角色；null 表示模型已停用。",
     "The stage, or role, that was entered; null: the model was withdrawn.", 0},
    {"from_role", CELL_TEXT, "", "", "离开的阶段的角色。", "The role of the stage that was left.",
     PART_STAGE},
    {"to_role", CELL_TEXT, "", "", "进入的阶段的角色。", "The role of the stage that was entered.",
     PART_STAGE},
    {"customers", CELL_INT, "customers", "", "该期移动的次数。", "How often somebody moved so in the period.",
     0},
};

const struct metric_info metric_info_flows = {
    .name = "flows",
    .title_zh = "阶段流动",
    .title_en = "Flows between stages",
    .zh = "每天、每周或每月从一个阶段移动到另一个阶段的次数；按角色分组时是角色之间的移动，同一角色的阶段之间"
          "的移动不计。范围内出现过的每一对"
          "在每一期都有一行，没有移动的为 0。",
    .en = "How often customers moved from one stage to another by day, week or month; by role: from one role "
          "to another, moves between "
          "stages of one role left out. Each pair that occurs in the range has a row in each period, 0 where "
          "nobody moved.",
    .source = LIFECYCLE_REPORTS,
    .source_zh = LIFECYCLE_REPORTS_ZH,
    COLUMNS(flows),
    .parameters = "model",
    .intervals = IN_PERIODS | IN_TOTAL,
    .interval = INTERVAL_DAY,
    .groups = {BY_STAGE, BY_MODEL | BY_STAGE, BY_ROLE, BY_MODEL | BY_ROLE},
    .flags = METRIC_MOVES_BY_TIME,
};

/* --- time in stage
 * ---------------------------------------------------------------------------------------------- */

static const struct metric_column time_in_stage[] = {
    {"role", CELL_TEXT, "", "", "阶段的角色。", "The role of the stage.", 0},
    {"median_days", CELL_INT, "days", "the first day t with S(t) <= 0.5",
     "停留天数的中位数；还看不出时为 null。", "The median stay; null while it cannot be known yet.", 0},
    {"stays", CELL_INT, "stays", "ended + going_on", "在范围内开始的停留次数；同一位客户可以有多次。",
     "The stays that began in the range; a customer may have several.", 0},
    {"ended", CELL_INT, "stays", "", "其中已经结束的。", "Of these, those that have ended.", 0},
    {"going_on", CELL_INT, "stays", "", "其中仍在继续的，或因模型停用、客户被删除而中断的。",
     "Of these, those that go on, or were cut off when the model was withdrawn or the customer erased.", 0},
    {"mean_days_of_ended", CELL_NUMBER, "days", "",
     "已结束的停留的平均天数；长的停留还没有结束，所以这个数偏短。",
     "How long those that have ended took on average: too short a figure, since the long ones go on.", 0},
    {"p25_days", CELL_INT, "days", "the first day t with S(t) <= 0.75", "到第几天，四分之一的停留已经结束。",
     "By which day a quarter of the stays has ended.", 0},
    {"p75_days", CELL_INT, "days", "the first day t with S(t) <= 0.25", "到第几天，四分之三的停留已经结束。",
     "By which day three quarters have ended.", 0},
    {"p90_days", CELL_INT, "days", "the first day t with S(t) <= 0.1", "到第几天，十分之九的停留已经结束。",
     "By which day nine tenths have ended.", 0},
};

const struct metric_info metric_info_time_in_stage = {
    .name = "time_in_stage",
    .title_zh = "阶段停留时间",
    .title_en = "Time in stage",
    .zh = "客户在一个阶段停留多少天：从进入到离开经过的当地整天数，当天离开为 "
          "0。仍在继续的停留不当作结束，也不丢弃：分位数取自 Kaplan-Meier "
          "生存曲线，曲线还没有降到那里时为 null。范围是进入阶段的月份，按月时每个月一行。",
    .en = "How many days customers stay in a stage: whole local days from entering to leaving, 0 for who "
          "leaves on the same day. Stays "
          "that go on are neither taken for ended nor left out: the quantiles are those of the Kaplan-Meier "
          "curve, null where it has not "
          "come down that far. The range is of the months in which stages were entered; by month each of "
          "these has a row.",
    .source = KAPLAN_MEIER,
    COLUMNS(time_in_stage),
    .parameters = "model,stage",
    .intervals = IN_MONTHS | IN_TOTAL,
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_ALL,
    .groups = {BY_STAGE, BY_MODEL | BY_STAGE},
    .flags = METRIC_MOVES_BY_TIME | METRIC_WHOLE_MONTHS,
};

/* --- survival
 * --------------------------------------------------------------------------------------------------- */

static const struct metric_column survival[] = {
    {"role", CELL_TEXT, "", "", "阶段的角色。", "The role of the stage.", 0},
    {"survival", CELL_RATE, "share", "product over days t up to this one of 1 - ended(t) / at_risk(t)",
     "停留超过这么多天的比例（Kaplan-Meier 估计）。",
     "The share of stays that last longer than so many days, as Kaplan and Meier estimate it.", 0},
    {"days", CELL_INT, "days", "", "进入阶段后的当地整天数；step 大于 1 时，行中是到这一天为止的 step 天。",
     "Whole local days since the stage was entered; with a step, the row is of so many days up to this one.", 0},
    {"at_risk", CELL_INT, "stays", "", "至少持续到行中第一天的停留。",
     "The stays known to have lasted until the first day of the row that is told.", 0},
    {"ended", CELL_INT, "stays", "", "在行中这些天结束的停留。", "The stays that ended in the days of the row.", 0},
    {"censored", CELL_INT, "stays", "", "目前持续到行中这些天、仍未结束的停留。",
     "The stays that have lasted as long as the days of the row by now and go on.", 0},
    {"standard_error", CELL_NUMBER, "share", "survival * sqrt(sum of ended / (at_risk * (at_risk - ended)))",
     "标准误（Greenwood）。", "The standard error, by Greenwood's formula.", 0},
    {"lower", CELL_RATE, "share", "survival ^ exp(1.96 * standard_error / (survival * -ln survival))",
     "95% 置信区间的下限；生存比例为 0 或 1 时为 null。",
     "The lower end of the 95 % confidence interval; null where the share is 0 or 1.", 0},
    {"upper", CELL_RATE, "share", "survival ^ exp(-1.96 * standard_error / (survival * -ln survival))",
     "95% 置信区间的上限。", "The upper end of the 95 % confidence interval.", 0},
};

const struct metric_info metric_info_survival = {
    .name = "survival",
    .title_zh = "阶段生存曲线",
    .title_en = "Survival in a stage",
    .zh = "进入一个阶段的客户，多少天后还有多大比例留在那里。仍在继续的停留按删失处理；在同一天，先算离开的，"
          "后算删失的。离开去了哪个阶段不区分。"
          "置信区间在 log(-log S) 尺度上计算。每个模型每个阶段的第一行是第 0 "
          "天；没有人离开、也没有停留正好持续这么久的日子不列出。step 是每行的天数：给出 stage 时默认 1，否则 7，"
          "曲线本身总是按天估计。范围是进入阶段的月份。",
    .en = "Of those who entered a stage, the share who are still there after so many days. Stays that go on "
          "are censored; those that "
          "ended after as many days come before them. Wherever it leads, leaving is leaving. The interval is "
          "on the scale of "
          "log(-log S). The first row of a stage is of day 0; days on which nobody left and which no stay "
          "has come to are "
          "left out. A row is of step days: 1 where a stage is told, else 7, unless told; the curve is estimated by "
          "days all the same. The range is of the months in which stages were entered.",
    .source = KAPLAN_MEIER,
    COLUMNS(survival),
    .parameters = "model,stage,step",
    .interval = INTERVAL_TOTAL,
    .range = DEFAULT_ALL,
    .groups = {BY_STAGE, BY_MODEL | BY_STAGE},
    .flags = METRIC_MOVES_BY_TIME | METRIC_WHOLE_MONTHS,
};
