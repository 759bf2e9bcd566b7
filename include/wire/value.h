#ifndef WIRE_VALUE_H
#define WIRE_VALUE_H

#include "base/buf.h"
#include "core/value.h"

/** A value as JSON: money as a decimal string of the shop's ${exponent}, times as RFC 3339. */
void value_print(struct buf *buf, const struct value *value, int exponent);

/** Its type as the API says it: number, money, time, string, boolean, list, null. */
const char *value_type_key(enum value_type type);

#endif
