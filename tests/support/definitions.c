#include "definitions.h"

static const char *const orderings[] = {"<", "<=", ">", ">="};
static const char *const comparisons[] = {"<", "<=", ">", ">=", "==", "!="};

static void stored_atom(struct chance *c, struct buf *out)
{
    static const char *const counts[] = {"events_count",    "orders_count",        "sessions_count",
                                         "refunds_count",   "product_views_count", "carts_count",
                                         "complaints_open", "reviews_count",       "orders_cancelled_count",
                                         "channels_count",  "categories_count",    "points_balance",
                                         "renewals_count",  "coupons_used_count",  "nps_last"};
    static const char *const amounts[] = {"revenue",         "revenue_gross",    "order_value_last",
                                          "order_value_avg", "revenue_refunded", "discounts_total"};
    if (one_in(c, 4))
        buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},\"%d.50\"]}", ONE_OF(c, orderings), ONE_OF(c, amounts),
                   (int)chance_of(c, 120));
    else if (one_in(c, 8))
        buf_printf(out, "{\"==\":[{\"var\":\"subscription_status\"},\"%s\"]}",
                   one_in(c, 2) ? "active" : "cancelled");
    else
        buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},%d]}", ONE_OF(c, comparisons), ONE_OF(c, counts),
                   (int)chance_of(c, 5));
}

static void profile_atom(struct chance *c, struct buf *out)
{
    static const char *const channels[] = {"first_channel", "last_channel", "last_campaign_medium"};
    static const char *const campaigns[] = {"first_campaign", "last_campaign", "first_campaign_source"};
    static const char *const names[] = {"Page Turned", "Order Refunded", "Referral Made", "Order Completed"};
    switch (chance_of(c, 6)) {
    case 0: buf_printf(out, "{\"==\":[{\"var\":\"traits.vip\"},true]}"); break;
    case 1: buf_printf(out, "{\">=\":[{\"var\":\"traits.age\"},%d]}", (int)(18 + chance_of(c, 3))); break;
    case 2: buf_printf(out, "{\"!!\":[{\"var\":\"churn_reason\"}]}"); break;
    case 3: buf_printf(out, "{\"==\":[{\"var\":\"%s\"},\"email\"]}", ONE_OF(c, channels)); break;
    case 4: buf_printf(out, "{\"startsWith\":[{\"var\":\"%s\"},\"s\"]}", ONE_OF(c, campaigns)); break;
    default:
        buf_printf(out, "{\">=\":[{\"var\":\"events.%s.count\"},%d]}", ONE_OF(c, names),
                   (int)(1 + chance_of(c, 3)));
    }
}

static void elapsed_atom(struct chance *c, struct buf *out)
{
    static const int days[] = RULE_DAYS;
    static const char *const facts[] = {"days_since_last_seen", "days_since_last_order",
                                        "days_since_first_seen", "days_since_first_order"};
    const char *fact = ONE_OF(c, facts);
    int first = ONE_OF(c, days), second = ONE_OF(c, days);
    switch (chance_of(c, 5)) {
    case 0: buf_printf(out, "{\"<=\":[%d,{\"var\":\"%s\"},%d]}", first, fact, first + second); break;
    case 1:
        buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},{\"*\":[%d,{\"var\":\"usual_gap_days\"}]}]}",
                   ONE_OF(c, orderings), fact, 1 + first % 3);
        break;
    case 2: buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},%d.5]}", ONE_OF(c, orderings), fact, first); break;
    default: buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},%d]}", ONE_OF(c, comparisons), fact, first);
    }
}

static void ratio_atom(struct chance *c, struct buf *out)
{
    static const double ratios[] = RULE_RATIOS;
    buf_printf(out, "{\"%s\":[{\"var\":\"silence_ratio\"},%g]}", ONE_OF(c, comparisons), ONE_OF(c, ratios));
}

static void window_atom(struct chance *c, struct buf *out)
{
    const char *days = one_in(c, 3) ? "90d" : "30d";
    if (one_in(c, 3))
        buf_printf(out, "{\"%s\":[{\"var\":\"revenue_%s\"},\"%d.50\"]}", ONE_OF(c, orderings), days,
                   (int)chance_of(c, 120));
    else
        buf_printf(out, "{\"%s\":[{\"var\":\"orders_count_%s\"},%d]}", ONE_OF(c, comparisons), days,
                   (int)chance_of(c, 4));
}

static void score_atom(struct chance *c, struct buf *out)
{
    static const char *const probabilities[] = {"p_active_30d", "p_active_90d", "churn_risk"};
    static const char *const expected[] = {"expected_orders_90d", "expected_orders_365d"};
    static const char *const amounts[] = {"clv_365d", "clv_historic", "expected_order_value"};
    static const char *const scores[] = {"rfm_r", "rfm_f", "rfm_m"};
    switch (chance_of(c, 8)) {
    case 0: buf_printf(out, "{\"==\":[{\"var\":\"rfm_segment\"},\"%s\"]}", rfm_segments[chance_of(c, RFM_SEGMENTS)].key); break;
    case 1:
        buf_printf(out, "{\"in\":[{\"var\":\"rfm_code\"},[\"%d%d%d\",\"111\",\"555\"]]}", (int)chance_of(c, 5) + 1,
                   (int)chance_of(c, 5) + 1, (int)chance_of(c, 5) + 1);
        break;
    case 2: buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},%d]}", ONE_OF(c, comparisons), ONE_OF(c, scores), (int)chance_of(c, 5) + 1); break;
    case 3: buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},\"%d.50\"]}", ONE_OF(c, orderings), ONE_OF(c, amounts), (int)chance_of(c, 200)); break;
    case 4:
        buf_printf(out, "{\"<\":[{\"var\":\"next_order_at\"},\"2026-0%d-01T00:00:00Z\"]}", (int)chance_of(c, 4) + 1);
        break;
    case 5:
        buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},%.2f]}", ONE_OF(c, orderings), ONE_OF(c, expected), (double)chance_of(c, 400) / 100);
        break;
    default:
        buf_printf(out, "{\"%s\":[{\"var\":\"%s\"},%.2f]}", ONE_OF(c, comparisons), ONE_OF(c, probabilities), (double)chance_of(c, 101) / 100);
    }
}

static void atom(struct chance *c, unsigned flavours, struct buf *out)
{
    static void (*const atoms[])(struct chance *, struct buf *) = {stored_atom, profile_atom, elapsed_atom,
                                                                   ratio_atom, window_atom, score_atom};
    int64_t i;
    do
        i = chance_of(c, COUNT_OF(atoms));
    while (!(flavours >> i & 1));
    atoms[i](c, out);
}

void some_rule(struct chance *c, unsigned flavours, int depth, struct buf *out)
{
    int64_t form = depth == 0 ? 9 : chance_of(c, 8);
    if (form > 3) {
        atom(c, flavours, out);
        return;
    }
    if (form == 0) {
        buf_text(out, "{\"!\":[");
        some_rule(c, flavours, depth - 1, out);
        buf_text(out, "]}");
        return;
    }
    int64_t n = 2 + chance_of(c, 2);
    buf_printf(out, "{\"%s\":[", form == 1 ? "or" : "and");
    for (int64_t i = 0; i < n; i++) {
        if (i)
            buf_char(out, ',');
        some_rule(c, flavours, depth - 1, out);
    }
    buf_text(out, "]}");
}

void some_model(struct chance *c, unsigned flavours, struct buf *out)
{
    static const char *const roles[] = {"prospect", "new", "active", "loyal", "advocate", "at_risk", "lost"};
    /* keys are drawn from a few, so that versions of a model share stages */
    const char *keys[] = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"};
    int64_t n = 3 + chance_of(c, 4);
    chance_shuffle(c, (void **)(uintptr_t)keys, COUNT_OF(keys));
    buf_text(out, "{\"name\":{\"zh\":\"模型\",\"en\":\"Model\"},\"stages\":[");
    for (int64_t i = 0; i < n; i++) {
        buf_printf(out, "%s{\"key\":\"%s\",\"name\":{\"zh\":\"%s\",\"en\":\"%s\"},\"role\":\"%s\",\"rule\":",
                   i ? "," : "", keys[i], keys[i], keys[i], ONE_OF(c, roles));
        if (i + 1 == n)
            buf_text(out, "true");
        else
            some_rule(c, flavours, 2, out);
        if (one_in(c, 3)) {
            buf_text(out, ",\"hold\":");
            some_rule(c, flavours, 1, out);
        }
        buf_char(out, '}');
    }
    buf_text(out, "]}");
}

void some_segment(struct chance *c, unsigned flavours, struct buf *out)
{
    buf_text(out, "{\"rule\":");
    some_rule(c, flavours, 2, out);
    buf_char(out, '}');
}

/* --- parameters ------------------------------------------------------------------------------------------------ */

static double some_size(struct chance *c, double most)
{
    return 0.01 + most * (double)chance_of(c, 1000) / 1000;
}

void some_scores(struct chance *c, struct scores *out)
{
    static const struct blend none;
    struct btyd exponential = {.k = 1, .r = some_size(c, 4), .alpha = some_size(c, 20), .a = some_size(c, 3), .b = some_size(c, 6)};
    struct btyd regular = exponential;
    regular.k = 1 + (int)chance_of(c, BTYD_K_MAX);
    regular.r = some_size(c, 3);
    *out = (struct scores){.is_fitted = true,
                           .model = one_in(c, 2) ? exponential : regular,
                           .basis = {.exponential = exponential,
                                     .regular = regular,
                                     .usual_gap = some_size(c, 10),
                                     .usual_value = (double)chance_of(c, 3) * 1000},
                           .has_spend = one_in(c, 2),
                           .spend = {.p = some_size(c, 6), .q = 1 + some_size(c, 4), .v = some_size(c, 3000)},
                           .margin = some_size(c, 0.9),
                           .discount = some_size(c, 0.3)};
    for (int i = 0; i < HORIZON_COUNT; i++) {
        struct blend *blend = &out->blends[i];
        *blend = none;
        if (one_in(c, 2))
            continue;
        blend->is_used = true;
        blend->intercept = some_size(c, 4) - 2;
        for (int k = 0; k < BLEND_FEATURES; k++) {
            int sign = blend_features[k].sign;
            blend->weight[k] = (sign ? sign : one_in(c, 2) ? 1 : -1) * some_size(c, 0.8);
        }
    }
}

void some_rfm(struct chance *c, struct rfm *out)
{
    *out = (struct rfm){.customers = 1 + chance_of(c, 100)};
    int32_t days = 0, orders = 0;
    int64_t value = -100;
    for (int i = 0; i < RFM_BOUNDS; i++) {
        out->recency[RFM_BOUNDS - 1 - i] = days += (int32_t)chance_of(c, 15);
        out->frequency[i] = orders += (int32_t)chance_of(c, 3);
        out->monetary[i] = value += chance_of(c, 5000);
    }
}
