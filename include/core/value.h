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

const char *value_type_name(enum value_type type);

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
static inline struct value value_string(struct span s)
{
    return (struct value){.type = VALUE_STRING, .string = s};
}

#endif
