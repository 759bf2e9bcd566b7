#ifndef CORE_BLEND_H
#define CORE_BLEND_H

#include "core/btyd.h"

/**
 * A small logistic regression over what the models say and what they do not see. Features that move with time have
 * weights of the sign with which the probability falls as a customer is silent: it never rises between orders.
 * The features and the snapshots by which it is fitted are the same for all shops.
 *
 * Rows: name, sign that the weight must have (1 not negative, -1 not positive, 0 any), moves with time?, label zh,
 * label en.
 */
#define BLEND_FEATURE_TABLE(X)                                                                                \
    X(model_exponential, 1, 1, "指数间隔模型的判断", "purchase model, exponential gaps")                       \
    X(model_regular, 1, 1, "规律间隔模型的判断", "purchase model, regular gaps")                               \
    X(silence, -1, 1, "沉默时间", "time since the last order")                                                \
    X(own_rhythm, -1, 1, "相对自身节奏的沉默", "silence against the customer's own rhythm")                    \
    X(silence_of_regulars, -1, 1, "老客户的沉默", "silence of a customer with many orders")                    \
    X(orders, 0, 0, "复购次数", "repeat orders")                                                              \
    X(is_repeat, 0, 0, "是否复购过", "has ordered again")                                                     \
    X(spend, 0, 0, "消费水平", "spend of an order")                                                           \
    X(history, 0, 0, "购买历史长度", "time from first to last order")

enum blend_feature {
#define X(name, sign, moves, zh, en) BLEND_##name,
    BLEND_FEATURE_TABLE(X)
#undef X
        BLEND_FEATURES
};

struct blend_feature_info {
    const char *name;
    int sign;
    bool moves;
    const char *zh;
    const char *en;
};
extern const struct blend_feature_info blend_features[BLEND_FEATURES];

/** What the features are made of besides the customer. */
struct blend_basis {
    struct btyd exponential;  /* MBG/NBD */
    struct btyd regular;      /* MBG/CNBD-k; of k = 1: the same, and its feature is 0 */
    double usual_gap;         /* weeks: the mean gap between purchase days over the shop */
    double usual_value;       /* minor units: the mean value of a purchase day over the shop; 0: not known */
};

struct blend {
    bool is_used; /* false: the purchase model alone serves */
    double intercept;
    double weight[BLEND_FEATURES];
};

/** The features of a customer for buying within ${horizon} weeks. All finite. */
void blend_look(const struct blend_basis *basis, const struct purchases *c, double horizon,
                double features[BLEND_FEATURES]);
/** The logistic function of intercept + sum of weight x feature. */
double blend_probability(const struct blend *blend, const double features[BLEND_FEATURES]);
/** Do the weights have their signs? */
bool blend_is_monotone(const struct blend *blend);

#endif
