#include "core/value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

const char *value_type_name(enum value_type type)
{
    switch (type) {
    case VALUE_NULL: return "null";
    case VALUE_BOOL: return "boolean";
    case VALUE_NUMBER: return "number";
    case VALUE_MONEY: return "amount of money";
    case VALUE_TIME: return "time";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "list";
    }
    return "";
}

bool value_is_true(const struct value *v)
{
    switch (v->type) {
    case VALUE_NULL: return false;
    case VALUE_BOOL: return v->boolean;
    case VALUE_NUMBER:
    case VALUE_MONEY: return v->number != 0;
    case VALUE_TIME: return true;
    case VALUE_STRING: return v->string.n != 0;
    case VALUE_LIST: return v->list.n != 0;
    }
    return false;
}

bool value_is_comparable(const struct value *a, const struct value *b)
{
    return a->type == b->type && a->type != VALUE_NULL && a->type != VALUE_LIST;
}

int value_compare(const struct value *a, const struct value *b)
{
    assert(value_is_comparable(a, b));
    switch (a->type) {
    case VALUE_BOOL: return (a->boolean > b->boolean) - (a->boolean < b->boolean);
    case VALUE_NUMBER:
    case VALUE_MONEY: return (a->number > b->number) - (a->number < b->number);
    case VALUE_TIME: return (a->time > b->time) - (a->time < b->time);
    case VALUE_STRING: return span_compare(a->string, b->string);
    case VALUE_NULL:
    case VALUE_LIST: break;
    }
    return 0;
}

size_t value_number_print(double n, char out[NUMBER_TEXT])
{
    if (n == 0) {
        n = 0; /* JSON has no use for -0 */
    }
    for (int digits = 15; digits < 17; digits++) {
        int length = snprintf(out, NUMBER_TEXT, "%.*g", digits, n);
        if (strtod(out, NULL) == n) {
            return (size_t)length;
        }
    }
    return (size_t)snprintf(out, NUMBER_TEXT, "%.17g", n);
}
