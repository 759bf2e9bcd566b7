#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/types.h"

/** 32 digits and the NUL. */
#define TRACE_TEXT 33

/**
 * traceparent_parse(value, out):
 * The trace that the header `traceparent` names (W3C Trace Context, level 1): VERSION-TRACE-PARENT-FLAGS. False when it
 * names none, and a trace of one's own is to be started; ${out} is then untouched.
 */
bool traceparent_parse(struct span value, struct uuid *out) MUST_CHECK;

/** The id as traces have it: 32 hexadecimal digits. */
void trace_print(const struct uuid *trace, char out[TRACE_TEXT]);

#endif
