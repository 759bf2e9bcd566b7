#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include "base/types.h"

/** The types of rules and facts. Money is a whole number of minor units; a list is of strings or of numbers. */
enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_MONEY, VALUE_TIME, VALUE_STRING, VALUE_LIST };

struct value {
    enum value_type type;
    union {
        bool boolean;
        double number; /* VALUE_NUMBER; VALUE_MONEY: minor units, not always whole after a division */
        usec_t time;
        struct span string;
        struct {
            const struct value *items;
            size_t n;
        } list;
    };
};

/** "number", "amount of money", ...: as messages say it. */
const char *value_type_name(enum value_type type);

/** JsonLogic's truth: null, false, 0, "" and [] are not true, all else is. */
bool value_is_true(const struct value *v);

/** Can ${a} and ${b} be compared: neither is null nor a list, and both have one type? */
bool value_is_comparable(const struct value *a, const struct value *b);
/** The order of two comparable values: < 0, 0, > 0. Strings bytewise, false before true. */
int value_compare(const struct value *a, const struct value *b);

/** The shortest decimal text that reads back as ${n} (finite): "3", "0.1", "1e+300". Returns the length. */
#define NUMBER_TEXT 32
size_t value_number_print(double n, char out[NUMBER_TEXT]);

static inline struct value value_null(void)
{
    return (struct value){.type = VALUE_NULL};
}
static inline struct value value_bool(bool b)
{
    return (struct value){.type = VALUE_BOOL, .boolean = b};
}
static inline struct value value_number(double n)
{
    return (struct value){.type = VALUE_NUMBER, .number = n};
}
static inline struct value value_money(double minor)
{
    return (struct value){.type = VALUE_MONEY, .number = minor};
}
static inline struct value value_time(usec_t t)
{
    return (struct value){.type = VALUE_TIME, .time = t};
}
static inline struct value value_list(const struct value *items, size_t n)
{
    return (struct value){.type = VALUE_LIST, .list = {items, n}};
}
static inline struct value value_string(struct span s)
{
    return (struct value){.type = VALUE_STRING, .string = s};
}

#endif
