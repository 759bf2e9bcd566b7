#ifndef SRC_WIRE_NUMBER_H
#define SRC_WIRE_NUMBER_H

#include "base/buf.h"

/** The shortest decimal text that reads back as ${n}; null when it is not finite. */
void number_print(struct buf *buf, double n);
/** "2026-11-21" in quotes, of a day since 1970-01-01. */
void day_print(struct buf *buf, int64_t day);

#endif
