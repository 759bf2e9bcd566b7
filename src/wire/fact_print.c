#include "wire/fact.h"

#include "core/fact.h"
#include "wire/cursor.h"

/* react-querybuilder's operators: name, Chinese, English, the types that have it. */
#define NUMBERS (1u << VALUE_NUMBER | 1u << VALUE_MONEY)
#define ORDERED (NUMBERS | 1u << VALUE_TIME)
#define TEXTS (1u << VALUE_STRING)

static const struct {
    const char *name;
    const char *zh;
    const char *en;
    unsigned types;
} operators[] = {
    {"=", "等于", "is", NUMBERS | TEXTS | 1u << VALUE_TIME},
    {"!=", "不等于", "is not", NUMBERS | TEXTS | 1u << VALUE_TIME},
    {"<", "小于", "is less than", ORDERED},
    {"<=", "不超过", "is at most", ORDERED},
    {">", "大于", "is more than", ORDERED},
    {">=", "至少为", "is at least", ORDERED},
    {"between", "介于", "is between", ORDERED},
    {"in", "属于", "is one of", NUMBERS | TEXTS},
    {"notIn", "不属于", "is none of", NUMBERS | TEXTS},
    {"beginsWith", "开头是", "begins with", TEXTS},
    {"endsWith", "结尾是", "ends with", TEXTS},
    {"contains", "包含", "contains", TEXTS},
};

/* Facts that have few values: name, value, Chinese, English. */
static const struct {
    enum fact fact;
    const char *value;
    const char *zh;
    const char *en;
} values[] = {
    {FACT_subscription_status, "active", "有效", "active"},
    {FACT_subscription_status, "cancelled", "已取消", "cancelled"},
};

static void print_text(struct buf *buf, const char *name, const char *text)
{
    buf_text(buf, ",\"");
    buf_text(buf, name);
    buf_text(buf, "\":");
    buf_json_string(buf, span_of(text));
}

static void print_choice(struct buf *buf, bool *first, const char *name, const char *label)
{
    buf_text(buf, *first ? "{\"name\":" : ",{\"name\":");
    *first = false;
    buf_json_string(buf, span_of(name));
    print_text(buf, "label", label);
    buf_char(buf, '}');
}

static void print_operators(struct buf *buf, enum value_type type, enum language language)
{
    bool first = true;
    buf_text(buf, ",\"operators\":[");
    for (size_t i = 0; i < COUNT_OF(operators); i++)
        if (operators[i].types >> type & 1)
            print_choice(buf, &first, operators[i].name, language == LANGUAGE_ZH ? operators[i].zh : operators[i].en);
    buf_char(buf, ']');
}

static void print_values(struct buf *buf, enum fact fact, enum language language)
{
    bool first = true;
    buf_text(buf, ",\"values\":[");
    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (values[i].fact == fact)
            print_choice(buf, &first, values[i].value, language == LANGUAGE_ZH ? values[i].zh : values[i].en);
    buf_char(buf, ']');
}

static const char *type_name(enum value_type type)
{
    switch (type) {
    case VALUE_BOOL: return "boolean";
    case VALUE_NUMBER: return "number";
    case VALUE_MONEY: return "money";
    case VALUE_TIME: return "time";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "list";
    case VALUE_NULL: break;
    }
    return "any";
}

static bool has_values(enum fact fact)
{
    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (values[i].fact == fact)
            return true;
    return false;
}

void fact_list_print(struct buf *buf, enum language language)
{
    buf_text(buf, "{\"data\":[");
    for (int i = 0; i < FACT_TRAIT; i++) {
        enum fact fact = (enum fact)i;
        const struct fact_info *info = fact_info(fact);
        buf_text(buf, i ? ",{\"name\":" : "{\"name\":");
        buf_json_string(buf, span_of(info->name));
        print_text(buf, "label", language == LANGUAGE_ZH ? info->label_zh : info->label_en);
        print_text(buf, "type", type_name(info->type));
        buf_text(buf, info->is_nullable ? ",\"nullable\":true" : ",\"nullable\":false");
        print_text(buf, "unit", info->unit);
        print_text(buf, "description", info->sentence);
        print_operators(buf, info->type, language);
        if (has_values(fact))
            print_values(buf, fact, language);
        /* a time is typed as RFC 3339: a date picker would leave out the zone */
        print_text(buf, "inputType", info->type == VALUE_NUMBER || info->type == VALUE_MONEY ? "number" : "text");
        print_text(buf, "valueEditorType", has_values(fact) ? "select" : "text");
        buf_char(buf, '}');
    }
    buf_text(buf, "],");
    page_print(buf, (struct span){NULL, 0});
    buf_char(buf, '}');
}
