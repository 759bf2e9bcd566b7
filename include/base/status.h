#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "base/types.h"

/**
 * Every outcome that is not success: name, code in replies, HTTP status, title.
 * The table is the only list: openapi.yaml and docs/errors.md are checked against it.
 */
#define STATUS_TABLE(X)                                                                                   \
    /* the caller's fault: the request as a whole */                                                      \
    X(BAD_REQUEST, "bad_request", 400, "The request is not valid")                                        \
    X(MALFORMED_JSON, "malformed_json", 400, "The body is not valid JSON")                                \
    X(MALFORMED_GZIP, "malformed_gzip", 400, "The body is not valid gzip")                                \
    X(INVALID_CURSOR, "invalid_cursor", 400, "The cursor is not one of ours")                             \
    X(INVALID_PARAMETER, "invalid_parameter", 400, "A query parameter is not valid")                      \
    X(TOO_LARGE, "too_large", 400, "The message is larger than the limit")                                \
    X(TOO_DEEP, "too_deep", 400, "The document is nested too deeply")                                     \
    X(TOO_MANY, "too_many", 400, "The list is longer than the limit")                                     \
    X(UNAUTHORIZED, "unauthorized", 401, "The key is missing or unknown")                                 \
    X(BAD_SIGNATURE, "bad_signature", 401, "The signature is missing, too old or wrong")                  \
    X(FORBIDDEN, "forbidden", 403, "The key may not do this")                                             \
    X(NOT_FOUND, "not_found", 404, "There is no such thing here")                                         \
    X(METHOD_NOT_ALLOWED, "method_not_allowed", 405, "The method is not allowed here")                    \
    X(REQUEST_TIMEOUT, "request_timeout", 408, "The request took too long to arrive")                     \
    X(CONFLICT, "conflict", 409, "The request conflicts with the present state")                          \
    X(CURSOR_TOO_OLD, "cursor_too_old", 410, "What the cursor points to is no longer kept")               \
    X(PRECONDITION_FAILED, "precondition_failed", 412, "It has changed since it was read")                \
    X(BODY_TOO_LARGE, "body_too_large", 413, "The body is larger than the limit")                         \
    X(UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415, "The media type is not supported")           \
    X(PRECONDITION_REQUIRED, "precondition_required", 428, "If-Match must say which version is changed")  \
    X(KEY_REUSED, "key_reused", 422, "The Idempotency-Key was used for another request")                  \
    X(RATE_LIMITED, "rate_limited", 429, "The key has used up its requests for now")                      \
    /* the caller's fault: one message */                                                                 \
    X(WRONG_TYPE, "wrong_type", 400, "A member has the wrong type")                                       \
    X(MISSING_MEMBER, "missing_member", 400, "A required member is missing")                              \
    X(INVALID_VALUE, "invalid_value", 400, "A member has a value that is not allowed")                    \
    X(UNKNOWN_TYPE, "unknown_type", 400, "The message type is unknown")                                   \
    X(MISSING_IDENTITY, "missing_identity", 400, "The message names neither userId nor anonymousId")      \
    X(INVALID_TIMESTAMP, "invalid_timestamp", 400, "The timestamp is not an ISO 8601 time with a zone")   \
    X(TIMESTAMP_IN_FUTURE, "timestamp_in_future", 400, "The timestamp is more than 24 hours ahead")       \
    X(INVALID_AMOUNT, "invalid_amount", 400, "The amount is not a decimal number in range")               \
    X(CURRENCY_MISMATCH, "currency_mismatch", 400, "The amount is in another currency than the shop's")   \
    X(INVALID_UTF8, "invalid_utf8", 400, "The text is not valid UTF-8")                                   \
    X(ORDER_CLAIMED, "order_claimed", 400, "The order belongs to another customer")                       \
    X(CUSTOMER_ERASED, "customer_erased", 400, "The customer was erased after this happened")             \
    X(POISON, "poison", 400, "The message was refused by the database")                                   \
    /* the caller's fault: a definition */                                                                \
    X(INVALID_RULE, "invalid_rule", 422, "The rule is not valid")                                         \
    X(INVALID_MODEL, "invalid_model", 422, "The model is not valid")                                      \
    X(TOO_MANY_DEFINITIONS, "too_many_definitions", 422, "The shop has as many definitions as it may")    \
    X(INVALID_SOURCE, "invalid_source", 422, "The source is not valid")                                   \
    X(INVALID_ENDPOINT, "invalid_endpoint", 422, "The webhook endpoint is not valid")                     \
    X(INVALID_SETTINGS, "invalid_settings", 422, "The settings are not valid")                            \
    X(CANNOT_MERGE, "cannot_merge", 422, "The customers cannot be joined or separated so")                \
    /* the caller's fault: a question to the metrics */                                                   \
    X(CANNOT_COMBINE, "cannot_combine", 422, "The metric cannot be broken down so")                       \
    X(CANNOT_ANSWER, "cannot_answer", 422, "The metric cannot tell this")                                 \
    X(TOO_MANY_GROUPS, "too_many_groups", 422, "The answer would have too many rows")                     \
    /* ours */                                                                                            \
    X(SECRET_KEY_MISSING, "secret_key_missing", 503, "LIFECYCLED_SECRET_KEY is not set")                  \
    X(QUEUE_FULL, "queue_full", 503, "The service is at its limit; try again")                            \
    X(DATABASE_AWAY, "database_away", 503, "The database cannot be reached; try again")                   \
    X(DRAINING, "draining", 503, "The service is shutting down")                                          \
    X(TIMED_OUT, "timed_out", 503, "The database took too long; try again")                               \
    X(RETRY, "retry", 503, "The transaction must be tried again")                                         \
    X(NO_MEMORY, "no_memory", 503, "The service is short of memory")                                      \
    X(INTERNAL, "internal", 500, "The service failed")                                                    \
    X(BAD_CONFIG, "bad_config", 500, "A setting is not valid")                                            \
    X(BAD_SCHEMA, "bad_schema", 500, "The database schema does not fit this binary")

enum status {
    STATUS_OK = 0,
#define X(name, code, http, title) STATUS_##name,
    STATUS_TABLE(X)
#undef X
        STATUS_COUNT
};

/** What went wrong, for the caller. Fixed size, filled only on failure. */
struct error {
    enum status status;
    char pointer[256];  /* RFC 6901 pointer into the caller's document, or "" */
    char detail[512];   /* one sentence; never holds the caller's data beyond names and literals of a definition */
    char sqlstate[6];   /* of our own failures, for the log */
    int64_t oldest;     /* of CURSOR_TOO_OLD: the oldest number that is kept */
};

const char *status_code(enum status status);
const char *status_title(enum status status);
int status_http(enum status status);

/**
 * error_set(error, status, pointer, format, ...):
 * Fill ${error} (which may be NULL) and return ${status}, so that a failing line reads
 * `return error_set(error, STATUS_NOT_FOUND, "", "no customer has this id");`.
 */
enum status error_set(struct error *error, enum status status, const char *pointer, const char *format, ...)
    PRINTF_LIKE(4, 5);

#endif
