#ifndef CORE_RFM_H
#define CORE_RFM_H

#include "base/arena.h"
#include "base/time.h"

/**
 * Recency, frequency, monetary value: scores 1 (worst) to 5, by quintiles. Tie rule "cut": a score is
 * 1 + floor(5 x number of strictly worse customers / n), so that equal values have equal scores.
 * So few customers as 1 to 4 leave scores out (one alone has 1 1 1), and so do many equal ones.
 * The 125 codes are a partition into 11 segments. Rows: key, zh, en, codes.
 */
#define RFM_SEGMENT_TABLE(X)                                                                                  \
    X(champions, "冠军客户", "Champions", "555 554 544 545 454 455 445")                                       \
    X(loyal, "忠诚客户", "Loyal", "543 444 435 355 354 345 344 335")                                           \
    X(potential_loyalist, "潜在忠诚客户", "Potential Loyalist",                                                 \
      "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323")     \
    X(new_customers, "新客户", "New Customers", "512 511 422 421 412 411 311")                                 \
    X(promising, "有潜力客户", "Promising", "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313") \
    X(need_attention, "需要关注", "Need Attention", "535 534 443 434 343 334 325 324")                          \
    X(about_to_sleep, "即将沉睡", "About To Sleep", "331 321 312 221 213 231 241 251")                          \
    X(at_risk, "有流失风险", "At Risk",                                                                        \
      "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124")             \
    X(cant_lose, "不能失去", "Can't Lose Them", "155 154 144 214 215 115 114 113")                             \
    X(hibernating, "沉睡客户", "Hibernating", "332 322 233 232 223 222 132 123 122 212 211")                   \
    X(lost, "已流失", "Lost", "111 112 121 131 141 151")

enum rfm_segment {
#define X(key, zh, en, codes) RFM_##key,
    RFM_SEGMENT_TABLE(X)
#undef X
        RFM_SEGMENTS
};

struct rfm_segment_info {
    const char *key;
    const char *zh;
    const char *en;
};
extern const struct rfm_segment_info rfm_segments[RFM_SEGMENTS];

#define RFM_BOUNDS 4

/** One version of the bounds. Immutable. Before the first one customers have no RFM scores. */
struct rfm {
    int version;
    int revision;
    usec_t applies_from;
    bool is_silent;
    bool is_fixed; /* by the owner of the shop: not refreshed */
    /* a score is 1 + the number of bounds that are strictly worse */
    int32_t recency[RFM_BOUNDS];   /* whole local days since the last order, descending */
    int32_t frequency[RFM_BOUNDS]; /* counted orders, ascending */
    int64_t monetary[RFM_BOUNDS];  /* revenue, minor units, ascending */
    int64_t customers;             /* of whom the bounds were taken; 0 when they are fixed */
    int64_t as_of;                 /* the local day on which they were taken; NONE when they are fixed */
};

int rfm_r(const struct rfm *rfm, int64_t days_since_last_order);
int rfm_f(const struct rfm *rfm, int64_t orders);
int rfm_m(const struct rfm *rfm, int64_t revenue);
/** Of three scores from 1 to 5. */
enum rfm_segment rfm_segment_of(int r, int f, int m);

/**
 * rfm_bounds(sorted, n, bounds):
 * The bounds of ${n} > 0 values in order from the worst to the best: bound j is the value at place ceil(j n / 5), as a value
 * has at least so many strictly worse ones if and only if that one is strictly worse.
 */
void rfm_bounds(const int64_t *sorted, size_t n, int64_t bounds[RFM_BOUNDS]);

#endif
