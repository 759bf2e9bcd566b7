#include "base/buf.h"
#include "core/explain.h"
#include "core/money.h"

/* The sentences of an explanation, in the two languages. */

#define USEC_PER_HOUR (INT64_C(3600) * USEC_PER_SEC)

static void put(struct buf *out, enum language language, const char *en, const char *zh)
{
    buf_text(out, language == LANGUAGE_ZH ? zh : en);
}

static int64_t rounded_up(usec_t span, usec_t unit)
{
    return span / unit + (span % unit > 0);
}

/* ---- stages ---- */

/** Names that say what a customer is, not where: "makes this customer Loyal". */
static const char *const adjectives[] = {"Active",   "At risk",       "Churned", "Declining", "Dormant",
                                         "Inactive", "Long-standing", "Lost",    "Loyal",     "Mature",
                                         "New"};

static bool is_adjective(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(adjectives); i++) {
        if (strcmp(name, adjectives[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/** 成为忠诚客户, 进入稳定期, 进入“首次购买”阶段. */
static void put_arrival_zh(struct buf *out, const char *name, const char *becomes)
{
    if (ends_with(name, "客户") || ends_with(name, "会员") || ends_with(name, "用户")) {
        buf_text(out, becomes);
        buf_text(out, name);
    } else if (ends_with(name, "期") || ends_with(name, "阶段")) {
        buf_text(out, "进入");
        buf_text(out, name);
    } else {
        buf_printf(out, "进入“%s”阶段", name);
    }
}

static const char *name_of(const struct segment *segment, enum language language)
{
    const char *name = language == LANGUAGE_ZH ? segment->name_zh : segment->name_en;
    return name && *name ? name : segment->key;
}

void explain_stage_text(const struct model_reason *reason, enum language language, struct buf *out)
{
    const struct stage *stage = reason->stage;
    put(out, language, stage->name_en, stage->name_zh);
    if (!reason->is_held && reason->has_no_condition) {
        put(out, language, ", because no earlier stage's rule holds", "，因为不符合前面任何阶段的条件");
        return;
    }
    put(out, language, reason->is_held ? ", and kept there as long as " : ", because ",
        reason->is_held ? "，只要仍满足保留条件：" : "，因为：");
    rule_text(reason->is_held ? stage->hold : stage->rule, language, out);
}

/* ---- by time ---- */

static void put_span(struct buf *out, enum language language, usec_t span)
{
    int64_t hours = rounded_up(span, USEC_PER_HOUR), days = rounded_up(span, USEC_PER_DAY);
    if (span < USEC_PER_HOUR) {
        put(out, language, "Less than an hour", "不到 1 小时后");
    } else if (span <= USEC_PER_DAY - USEC_PER_HOUR) {
        buf_int(out, hours);
        put(out, language, hours == 1 ? " hour" : " hours", " 小时后");
    } else {
        buf_int(out, days);
        put(out, language, days == 1 ? " day" : " days", " 天后");
    }
}

void explain_move_text(const struct stage_move *move, usec_t now, enum language language, struct buf *out)
{
    put_span(out, language, move->at - now);
    if (language == LANGUAGE_ZH) {
        buf_text(out, "将");
        put_arrival_zh(out, move->stage->name_zh, "变为");
    } else {
        buf_printf(out, " from %s if nothing happens", move->stage->name_en);
    }
}

void explain_flip_text(const struct segment_reason *reason, usec_t now, enum language language, struct buf *out)
{
    const char *name = name_of(reason->segment, language);
    put_span(out, language, reason->flips_at - now);
    if (language == LANGUAGE_ZH) {
        buf_printf(out, reason->is_member ? "将离开“%s”" : "将加入“%s”", name);
    } else {
        buf_printf(out, reason->is_member ? " from leaving %s if nothing happens" : " from entering %s if nothing happens",
                   name);
    }
}

/* ---- by event ---- */

static void put_amount(struct buf *out, const struct explanation *explanation, const struct way *way)
{
    char text[MONEY_TEXT];
    if (way_info(way->kind)->event != EVENT_ORDER_COMPLETED) {
        buf_int(out, way->amount);
        return;
    }
    buf_append(out, text, money_print(way->amount, explanation->shop->exponent, text));
    buf_char(out, ' ');
    buf_text(out, explanation->shop->currency);
}

/** The words, with the number of events or the amount for '%'. */
static void put_words(struct buf *out, const struct explanation *explanation, const struct way *way, const char *words)
{
    for (; *words; words++) {
        if (*words != '%') {
            buf_char(out, *words);
        } else if (way_info(way->kind)->how == WAY_AMOUNT) {
            put_amount(out, explanation, way);
        } else {
            buf_int(out, way->times);
        }
    }
}

/** Has the customer had such an event before, as far as a fact counts it? */
static bool is_more(const struct explanation *explanation, const struct way_info *info)
{
    struct fact_view view = {.state = explanation->state, .now = explanation->now};
    struct fact_ref ref = {.fact = (int)info->fact};
    return info->fact != FACT_COUNT && fact_read(&view, &ref).number > 0;
}

static void put_way_zh(struct buf *out, const struct explanation *explanation, const struct way *way)
{
    const struct way_info *info = way_info(way->kind);
    buf_text(out, is_more(explanation, info) ? "再" : "");
    put_words(out, explanation, way, info->zh);
    if (info->how == WAY_DEED && way->times > 1) {
        buf_printf(out, " %d 次", way->times);
    }
    if (way->kind == WAY_NAMED) {
        buf_text(out, "“");
        buf_span(out, way->name);
        buf_text(out, "”");
    }
}

static void put_way_en(struct buf *out, const struct explanation *explanation, const struct way *way)
{
    const struct way_info *info = way_info(way->kind);
    bool is_noun = info->how == WAY_TIMES || info->fact != FACT_COUNT;
    if (is_noun) {
        if (way->times == 1) {
            buf_text(out, "One");
        } else {
            buf_int(out, way->times);
        }
        buf_text(out, is_more(explanation, info) ? " more " : " ");
    }
    if (way->kind == WAY_NAMED) {
        buf_char(out, '"');
        buf_span(out, way->name);
        buf_text(out, "\" ");
    }
    put_words(out, explanation, way, is_noun && way->times > 1 ? info->many : info->one);
    if (info->how == WAY_DEED && way->times > 1) {
        buf_printf(out, " %d times", way->times);
    }
}

static bool is_plural(const struct way *way)
{
    return way->times > 1 && way_info(way->kind)->how == WAY_TIMES;
}

void explain_way_text(const struct explanation *explanation, const struct way *way, const struct stage *stage,
                      enum language language, struct buf *out)
{
    if (language == LANGUAGE_ZH) {
        put_way_zh(out, explanation, way);
        buf_text(out, "即");
        put_arrival_zh(out, stage->name_zh, "成为");
        return;
    }
    const char *s = is_plural(way) ? "" : "s";
    put_way_en(out, explanation, way);
    if (is_adjective(stage->name_en)) {
        buf_printf(out, " make%s this customer %s", s, stage->name_en);
    } else {
        buf_printf(out, " move%s this customer to %s", s, stage->name_en);
    }
}

void explain_entry_text(const struct explanation *explanation, const struct way *way,
                        const struct segment_reason *reason, enum language language, struct buf *out)
{
    const char *name = name_of(reason->segment, language);
    if (language == LANGUAGE_ZH) {
        put_way_zh(out, explanation, way);
        buf_printf(out, reason->is_member ? "即离开“%s”" : "即加入“%s”", name);
        return;
    }
    put_way_en(out, explanation, way);
    buf_printf(out, is_plural(way) ? " %s" : " %ss", reason->is_member ? "take" : "bring");
    buf_printf(out, reason->is_member ? " this customer out of %s" : " this customer into %s", name);
}
