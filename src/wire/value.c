#include "wire/value.h"

#include "core/money.h"

#include <math.h>

#define WHOLE_MAX 9007199254740992.0

static void print_number(struct buf *buf, double n)
{
    char text[NUMBER_TEXT];
    if (n == floor(n) && fabs(n) < WHOLE_MAX) {
        buf_int(buf, (int64_t)n);
    } else {
        buf_append(buf, text, value_number_print(n, text));
    }
}

static void print_money(struct buf *buf, double minor, int exponent)
{
    char text[MONEY_TEXT];
    double bounded = fmin(fmax(minor, (double)-MONEY_SUM_MAX), (double)MONEY_SUM_MAX);
    buf_char(buf, '"');
    buf_append(buf, text, money_print((int64_t)llround(bounded), exponent, text));
    buf_char(buf, '"');
}

void value_print(struct buf *buf, const struct value *value, int exponent)
{
    switch (value->type) {
    case VALUE_NULL:
        buf_text(buf, "null");
        return;
    case VALUE_BOOL:
        buf_text(buf, value->boolean ? "true" : "false");
        return;
    case VALUE_NUMBER:
        print_number(buf, value->number);
        return;
    case VALUE_MONEY:
        print_money(buf, value->number, exponent);
        return;
    case VALUE_TIME:
        buf_json_time(buf, value->time);
        return;
    case VALUE_STRING:
        buf_json_string(buf, value->string);
        return;
    case VALUE_LIST:
        buf_char(buf, '[');
        for (size_t i = 0; i < value->list.n; i++) {
            buf_text(buf, i ? "," : "");
            value_print(buf, &value->list.items[i], exponent);
        }
        buf_char(buf, ']');
        return;
    }
}

const char *value_type_key(enum value_type type)
{
    switch (type) {
    case VALUE_NULL:
        return "null";
    case VALUE_BOOL:
        return "boolean";
    case VALUE_NUMBER:
        return "number";
    case VALUE_MONEY:
        return "money";
    case VALUE_TIME:
        return "time";
    case VALUE_STRING:
        return "string";
    case VALUE_LIST:
        return "list";
    }
    return "";
}
