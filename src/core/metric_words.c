#include "core/metric.h"

/* What the catalogue's words are called: units in both languages, formulas that are told in words in Chinese. */

const struct metric_unit metric_units[] = {
    {"answers", "次回答", "answers"},
    {"channels", "个渠道", "channels"},
    {"clicks", "次点击", "clicks"},
    {"complaints", "件投诉", "complaints"},
    {"complaints per order", "件投诉/单", "complaints for each order"},
    {"customers", "位客户", "customers"},
    {"days", "天", "days"},
    {"events", "个事件", "events"},
    {"impressions", "次展示", "impressions"},
    {"money", "店铺货币", "the shop's currency"},
    {"money per money", "倍", "times what was spent"},
    {"orders", "单", "orders"},
    {"periods", "期", "periods"},
    {"points", "分", "points"},
    {"referrals", "次推荐", "referrals"},
    {"requests", "件求助或投诉", "requests and complaints"},
    {"reviews", "条评价", "reviews"},
    {"seconds", "秒", "seconds"},
    {"share", "占比", "a share: 1 is all"},
    {"stays", "次停留", "stays"},
    {"touches", "次触达", "touches"},
    {"units", "件", "units"},
};
const size_t n_metric_units = COUNT_OF(metric_units);

#define OF_ITEMS_EN "counted orders that tell a product (a category)"
#define OF_ITEMS_ZH "含有商品（品类）信息的有效订单数"

static const struct {
    const char *en, *zh;
} formulas[] = {
    {"customers / customers of all reasons of the period", "customers / 该期全部原因的 customers 之和"},
    {"customers / customers of all stages of the model", "customers / 该模型全部阶段的 customers 之和"},
    {"customers / customers of all moves with the same from", "customers / from 相同的全部移动的 customers 之和"},
    {"customers / customers of the first step", "customers / 第一步的 customers"},
    {"customers / customers of the step before", "customers / 上一步的 customers"},
    {"customers / customers of age 0", "customers / age 为 0 的 customers"},
    {"revenue / revenue of age 0", "revenue / age 为 0 的 revenue"},
    {"retained_revenue / revenue of the period before", "retained_revenue / 上一期的 revenue"},
    {"reordered / all reordered", "reordered / 全部 reordered 之和"},
    {"returned_units / units sold, those of wholly refunded orders too", "returned_units / 售出件数（含已全额退款的订单）"},
    {"orders / " OF_ITEMS_EN, "orders / " OF_ITEMS_ZH},
    {"confidence / (b_orders / " OF_ITEMS_EN ")", "confidence / (b_orders / " OF_ITEMS_ZH ")"},
    {"sum of scores / csat_answers", "得分之和 / csat_answers"},
    {"the first day t with S(t) <= 0.75", "使 S(t) <= 0.75 的最早一天 t"},
    {"the first day t with S(t) <= 0.5", "使 S(t) <= 0.5 的最早一天 t"},
    {"the first day t with S(t) <= 0.25", "使 S(t) <= 0.25 的最早一天 t"},
    {"the first day t with S(t) <= 0.1", "使 S(t) <= 0.1 的最早一天 t"},
    {"product over days t up to this one of 1 - ended(t) / at_risk(t)", "截至该天的各天 t 的 1 - ended(t) / at_risk(t) 之积"},
    {"survival * sqrt(sum of ended / (at_risk * (at_risk - ended)))", "survival * sqrt(ended / (at_risk * (at_risk - ended)) 之和)"},
};

const char *metric_formula_zh(const char *formula)
{
    for (size_t i = 0; i < COUNT_OF(formulas); i++)
        if (strcmp(formulas[i].en, formula) == 0)
            return formulas[i].zh;
    return formula;
}

const char *metric_source_zh(const struct metric_info *info)
{
    return info->source_zh ? info->source_zh : info->source;
}
