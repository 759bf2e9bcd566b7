#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/types.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/**
 * One JSON object a line on stderr: ts, level, msg, then the fields. Thread-safe, one write(2) a line.
 * Never pass bodies, e-mails, keys, customer ids or query strings.
 */
struct log_field {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t number;
};

void log_open(enum log_level least);
void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t n_fields);

#define LOG_TEXT(field, value) ((struct log_field){(field), (value), 0})
#define LOG_NUMBER(field, value) ((struct log_field){(field), NULL, (int64_t)(value)})
#define LOG(level, msg, ...)                                                                                  \
    log_write((level), (msg), (const struct log_field[]){__VA_ARGS__},                                        \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
