#ifndef SRC_WIRE_ENDPOINT_VALUE_H
#define SRC_WIRE_ENDPOINT_VALUE_H

#include "document.h"
#include "wire/endpoint.h"

/**
 * The values of an endpoint's members. Each takes the token of the value, 0 when it is absent: then ${out} is what an endpoint
 * has by itself. Errors: the document's, at the member's pointer.
 */
enum status endpoint_take_url(const struct document *d, size_t token, const char *pointer, struct span *out) MUST_CHECK;
enum status endpoint_take_description(const struct document *d, size_t token, struct span *out) MUST_CHECK;
enum status endpoint_take_format(const struct document *d, size_t token, enum endpoint_format *out) MUST_CHECK;
enum status endpoint_take_bool(const struct document *d, size_t token, const char *pointer, bool *out) MUST_CHECK;
enum status endpoint_take_authorization(const struct document *d, size_t token, struct span *out) MUST_CHECK;
/** Absent: ${out} stays as it is. */
enum status endpoint_take_status(const struct document *d, size_t token, enum endpoint_status *out) MUST_CHECK;
enum status endpoint_take_secret(const struct document *d, size_t token, struct span *out) MUST_CHECK;
/** A whole number from ${least} to ${most}; absent: ${out} stays as it is. */
enum status endpoint_take_number(const struct document *d, size_t token, const char *pointer, int64_t least,
                                 int64_t most, int64_t *out) MUST_CHECK;

#endif
