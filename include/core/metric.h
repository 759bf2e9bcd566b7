#ifndef CORE_METRIC_H
#define CORE_METRIC_H

#include "base/types.h"
#include "core/period.h"

/**
 * The catalogue of metrics: what GET /v1/metrics lists, what docs/generated/metrics.md is printed from, and what the frame
 * (app/metric.h) holds every request to. A row here, a description in src/core/metric_*.c (metric_info_NAME) and an
 * evaluator in src/app/metric_*.c (evaluate_NAME) make a metric.
 */
#define METRICS_OF_ORDERS(X)                                                                                  \
    X(OVERVIEW, overview)                                                                                     \
    X(SALES, sales)                                                                                           \
    X(GROWTH, growth)                                                                                         \
    X(COHORTS, cohorts)                                                                                       \
    X(ACQUISITION, acquisition)                                                                               \
    X(REACH, reach)                                                                                           \
    X(MARKETING, marketing)                                                                                   \
    X(CLV, clv)                                                                                               \
    X(LOYALTY, loyalty)                                                                                       \
    X(SECOND_ORDER, second_order)                                                                             \
    X(CROSS_SELL, cross_sell)                                                                                 \
    X(REFERRALS, referrals)
#define METRICS_OF_STAGES(X)                                                                                  \
    X(STAGES, stages)                                                                                         \
    X(TRANSITIONS, transitions)                                                                               \
    X(FLOWS, flows)                                                                                           \
    X(TIME_IN_STAGE, time_in_stage)                                                                           \
    X(SURVIVAL, survival)                                                                                     \
    X(CHURN, churn)                                                                                           \
    X(CHURN_REASONS, churn_reasons)                                                                           \
    X(WIN_BACK, win_back)                                                                                     \
    X(FUNNEL, funnel)                                                                                         \
    X(SATISFACTION, satisfaction)                                                                             \
    X(PARTICIPATION, participation)                                                                           \
    X(SUBSCRIPTIONS, subscriptions)                                                                           \
    X(SERVICE, service)                                                                                       \
    X(SEGMENTS, segments)                                                                                     \
    X(RFM, rfm)
#define METRICS_OF_PRODUCTS(X)                                                                                \
    X(PRODUCTS, products)                                                                                     \
    X(CATEGORIES, categories)                                                                                 \
    X(BOUGHT_TOGETHER, bought_together)                                                                       \
    X(COUPON_HUNTERS, coupon_hunters)

#define METRIC_TABLE(X) METRICS_OF_ORDERS(X) METRICS_OF_STAGES(X) METRICS_OF_PRODUCTS(X)

enum metric {
#define X(NAME, name) METRIC_OF_##NAME,
    METRIC_TABLE(X)
#undef X
        METRICS
};

/** By what rows may be told apart: ?group_by= takes these words, and the columns bear them. */
#define METRIC_DIMENSION_TABLE(X)                                                                             \
    X(MODEL, model, "模型", "model of stages")                                                                \
    X(STAGE, stage, "阶段", "stage")                                                                          \
    X(ROLE, role, "角色", "role of the stage")                                                                \
    X(SEGMENT, segment, "人群", "segment")                                                                    \
    X(CHANNEL, channel, "渠道", "channel")                                                                    \
    X(CAMPAIGN, campaign, "营销活动", "campaign")                                                             \
    X(COUNTRY, country, "国家或地区", "country")                                                              \
    X(CATEGORY, category, "品类", "category of products")                                                     \
    X(PRODUCT, product, "商品", "product")                                                                    \
    X(COHORT, cohort, "首单月份", "month of the first order")                                                 \
    X(REASON, reason, "原因", "reason")                                                                       \
    X(KIND, kind, "种类", "kind")                                                                             \
    X(DAYS, days, "天数", "number of days")                                                                   \
    X(CURRENCY, currency, "货币", "currency: a shop has one")

enum metric_dimension {
#define X(NAME, name, zh, en) BY_##NAME##_AT,
    METRIC_DIMENSION_TABLE(X)
#undef X
        METRIC_DIMENSIONS
};
/** Sets of dimensions are bits: BY_CHANNEL | BY_CAMPAIGN. */
enum {
#define X(NAME, name, zh, en) BY_##NAME = 1 << BY_##NAME##_AT,
    METRIC_DIMENSION_TABLE(X)
#undef X
};

/** What a cell holds, and so how it is printed; each may be null. */
#define METRIC_TYPE_TABLE(X)                                                                                  \
    X(TIME, "time")       /* RFC 3339 */                                                                      \
    X(DATE, "date")       /* of the shop */                                                                   \
    X(TEXT, "text")                                                                                           \
    X(NAMES, "names")     /* {"zh","en"}; in CSV the one of the language that was asked for */                \
    X(BOOL, "boolean")                                                                                        \
    X(INT, "integer")                                                                                         \
    X(MONEY, "money")     /* of the shop's currency: a decimal string */                                      \
    X(RATE, "rate")       /* at most 6 decimals; null where the denominator is 0 */                           \
    X(NUMBER, "number")   /* at most 6 decimals */                                                            \
    X(ANY, "any")         /* what the row says that it is */

enum metric_type {
#define X(NAME, name) CELL_##NAME,
    METRIC_TYPE_TABLE(X)
#undef X
        METRIC_TYPES
};

/** A column of a metric beside those of time and of group_by, which the frame adds. */
struct metric_column {
    const char *name;
    enum metric_type type;
    const char *unit;    /* "customers", "orders", "money", "share", "days"; "": a column that tells rows apart */
    const char *formula; /* of other columns, or, in English, of what is counted (metric_formula_zh()); "": it is counted */
    const char *zh;      /* what it is: a full sentence */
    const char *en;
    unsigned parts; /* 0: always there; else only when the evaluator asks for one of these bits */
};

/** `parts` of the metrics of stages, churn and service. */
#define PART_NOW   1u  /* how things are now */
#define PART_TIME  2u  /* what happened in a period */
#define PART_STAGE 4u  /* a stage is told, and not all of a role or model together */
#define PART_NAME  8u  /* with its name */
#define PART_KIND  16u /* a kind of event is told */
#define PART_KINDS 32u /* all kinds together */
#define PART_SCORES 64u /* a pair of scores is told */

enum metric_interval { INTERVAL_DAY, INTERVAL_WEEK, INTERVAL_MONTH, INTERVAL_TOTAL, METRIC_INTERVALS };
#define IN_DAYS   (1u << INTERVAL_DAY)
#define IN_WEEKS  (1u << INTERVAL_WEEK)
#define IN_MONTHS (1u << INTERVAL_MONTH)
#define IN_TOTAL  (1u << INTERVAL_TOTAL) /* one row for the whole range */

/** The range of a query that tells none. */
enum metric_default {
    DEFAULT_RECENT, /* days: 30; weeks and months: 13; total: 30 days; all with the running one */
    DEFAULT_MONTHS, /* 13 months with the running one, whatever the interval */
    DEFAULT_ALL,    /* from the first day that there is */
    DEFAULT_NOW,    /* none: how things are now */
};

/** What the frame must know of a metric. */
#define METRIC_TAKES_INSTANTS 1u /* from and to may be any instants, not only the beginnings of days */
#define METRIC_WHOLE_PERIODS  2u /* from and to must be first days of periods of the interval (to: or in the future) */
#define METRIC_WHOLE_MONTHS   4u /* ... of months, whatever the interval */
#define METRIC_MOVES_BY_TIME  8u /* time alone changes it: lag_seconds tells how far the sweeper is behind */
#define METRIC_OWN_CLOCK     16u /* reads what the journal's head says nothing of: kept by age alone */
#define METRIC_NO_RANGE      32u /* from and to are not known: of a past range nothing is kept */

#define METRIC_GROUPS_MAX 12

struct metric_info {
    const char *name;
    const char *title_zh, *title_en;
    const char *zh, *en; /* the definition: full sentences, what the code does to the last cent */
    const char *source;    /* where the definition comes from */
    const char *source_zh; /* the same; NULL: a book or paper, which is told as it is */
    const struct metric_column *columns; /* the first that has a unit is what the metric is about */
    size_t n_columns;
    const char *parameters; /* beside from, to, interval, group_by: "model,stage"; commas between them */
    unsigned intervals;     /* bits: IN_DAYS and so on; 0: interval is not known */
    enum metric_interval interval; /* unless told */
    enum metric_default range;
    unsigned groups[METRIC_GROUPS_MAX]; /* the sets of dimensions that it can be broken down by; 0 ends them */
    unsigned flags;
};

/** Never NULL. */
const struct metric_info *metric_info(enum metric metric);
/** The metric with this name; METRICS: none. */
enum metric metric_of(struct span name);

/** What columns, and the figures of the overview, are told in. */
struct metric_unit {
    const char *name, *zh, *en;
};
extern const struct metric_unit metric_units[];
extern const size_t n_metric_units;
/** A formula in Chinese; one of columns alone is itself. */
const char *metric_formula_zh(const char *formula);
const char *metric_source_zh(const struct metric_info *info);

const char *metric_type_name(enum metric_type type);
const char *metric_dimension_name(enum metric_dimension dimension);
/** What it is called. */
const char *metric_dimension_zh(enum metric_dimension dimension);
const char *metric_dimension_en(enum metric_dimension dimension);
const char *metric_interval_name(enum metric_interval interval);
/** Names, divided by commas, of a set of dimensions into ${out}. */
#define METRIC_SET_TEXT 160
void metric_set_print(unsigned set, char out[METRIC_SET_TEXT]);
/** Read "channel,campaign"; false: a word is no dimension, or is there twice. */
bool metric_set_read(struct span text, unsigned *out) MUST_CHECK;
/** May the metric be broken down by this set? The currency, of which there is one, goes with all. */
bool metric_can_group(const struct metric_info *info, unsigned set);
/** Does the metric know the query parameter ${name}? */
bool metric_has_parameter(const struct metric_info *info, struct span name);

#endif
