#ifndef CORE_PERIOD_H
#define CORE_PERIOD_H

#include "base/types.h"

/** Days, weeks (from Monday, ISO 8601) and months of a calendar: what metrics count by. Days are since 1970-01-01. */
enum grain { GRAIN_DAY, GRAIN_WEEK, GRAIN_MONTH };
#define GRAINS 3

/** The first day of the period in which ${day} lies. */
int64_t period_begin(enum grain grain, int64_t day);
/** The first day of the period ${n} periods after (before) the one in which ${day} lies. */
int64_t period_add(enum grain grain, int64_t day, int64_t n);
/** How many periods the one of ${day} comes after the one of ${since}. */
int64_t period_between(enum grain grain, int64_t since, int64_t day);

#endif
