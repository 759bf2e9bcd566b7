#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/buf.h"
#include "base/log.h"
#include "base/quota.h"
#include "base/status.h"
#include "base/types.h"

/**
 * Every setting: kind, key in the file, name in the environment without LIFECYCLED_, default, least, most,
 * secret, sentence. For texts least and most are lengths. The table is the only list: docs are printed from it.
 * A secret may also be named by a file: KEY_file in the file, LIFECYCLED_NAME_FILE in the environment.
 */
#define CONFIG_TABLE(X)                                                                                       \
    X(TEXT, database_url, "DATABASE_URL", "postgresql:///lifecycled", 1, 1023, true,                          \
      "Connection string of PostgreSQL, as libpq reads it.")                                                  \
    X(LISTEN, listen, "LISTEN", "127.0.0.1:8080", 1, 255, false,                                              \
      "Address and port on which the service listens; an IPv6 address stands in brackets.")                   \
    X(TEXT, secret_key, "SECRET_KEY", "", 0, 1023, true, "Key that seals stored secrets.")                    \
    X(TEXT, webhook_allow, "WEBHOOK_ALLOW", "", 0, 1023, false,                                               \
      "Networks (CIDR, separated by commas) to which webhooks may go although they are private.")             \
    X(QUOTA, rate_limit, "RATE_LIMIT", "0", 0, 0, false,                                                      \
      "Requests that each key may send to each process in so many seconds, unless the key has a quota of its own.") \
    X(TIME, clock, "CLOCK", "", 0, 0, false,                                                                  \
      "Instant at which the clock starts, for tests and demos; empty is the system's clock.")                 \
    X(LEVEL, log_level, "LOG_LEVEL", "info", 0, 0, false, "Least level that is logged.")                      \
    X(POWER, lanes, "LANES", "1", 1, 1024, false, "Committers side by side; a power of two.")                 \
    X(NUMBER, batch_max, "BATCH_MAX", "512", 1, 4096, false, "Events in one transaction.")                    \
    X(NUMBER, queue_max, "QUEUE_MAX", "8192", 1, 1000000, false,                                              \
      "Events that may wait for a transaction; above it the answer is 503.")                                  \
    X(NUMBER, connections_max, "CONNECTIONS_MAX", "4096", 1, 65536, false,                                    \
      "HTTP connections at a time; more wait to be accepted.")                                                \
    X(NUMBER, readers, "READERS", "2", 1, 64, false, "Threads, each with a database connection, that read.")  \
    X(NUMBER, read_timeout_ms, "READ_TIMEOUT_MS", "5000", 1, 600000, false, "Longest a read may take.")       \
    X(NUMBER, commit_timeout_ms, "COMMIT_TIMEOUT_MS", "10000", 1, 600000, false,                              \
      "Longest a message may wait for its commit.")                                                           \
    X(NUMBER, request_timeout_ms, "REQUEST_TIMEOUT_MS", "15000", 1, 600000, false,                            \
      "Time in which a whole request must have arrived.")                                                     \
    X(NUMBER, drain_timeout_ms, "DRAIN_TIMEOUT_MS", "25000", 0, 600000, false,                                \
      "Longest that accepted work may take after SIGTERM.")                                                   \
    X(SWITCH, prepared_statements, "PREPARED_STATEMENTS", "on", 0, 0, false,                                  \
      "Off behind a connection pooler that does not keep them.")                                              \
    X(NUMBER, statement_timeout_ms, "STATEMENT_TIMEOUT_MS", "10000", 1, 600000, false,                        \
      "Longest the database may work on a preview.")                                                          \
    X(NUMBER, pairs_age_ms, "PAIRS_AGE_MS", "30000", 0, 3600000, false,                                       \
      "Time between two counts of what is bought together; of a shop of more than 20,000 orders an hour.")    \
    X(NUMBER, metric_age_ms, "METRIC_AGE_MS", "1000", 0, 60000, false,                                        \
      "How old an answer to a metric may be that is told again although something has changed; 0: it is always new.") \
    X(NUMBER, business_gauges, "BUSINESS_GAUGES", "0", 0, 100, false,                                         \
      "Shops up to which /metrics, which needs no key, tells customers, orders and revenue of each; 0: of none.") \
    X(NUMBER, max_body_bytes, "MAX_BODY_BYTES", "512000", 1024, 512000, false,                              \
      "Largest body of a request, also after unpacking.")                                                     \
    X(NUMBER, max_message_bytes, "MAX_MESSAGE_BYTES", "32768", 256, 32768, false, "Largest single message.")

#define CONFIG_TEXT_SIZE 1024
#define CONFIG_TYPE_TEXT(field) char field[CONFIG_TEXT_SIZE]
#define CONFIG_TYPE_LISTEN(field) char field[CONFIG_TEXT_SIZE]
#define CONFIG_TYPE_TIME(field) usec_t field /* NONE: not set */
#define CONFIG_TYPE_QUOTA(field) struct quota field
#define CONFIG_TYPE_LEVEL(field) enum log_level field
#define CONFIG_TYPE_NUMBER(field) int64_t field
#define CONFIG_TYPE_POWER(field) int64_t field
#define CONFIG_TYPE_SWITCH(field) bool field

struct config {
#define X(kind, field, name, standard, least, most, secret, sentence) CONFIG_TYPE_##kind(field);
    CONFIG_TABLE(X)
#undef X
};

/**
 * config_load(out, file, environment, error):
 * Read the settings: defaults < ${file} (may be NULL) < credentials of systemd < ${environment} (as environ).
 *
 * Errors   STATUS_BAD_CONFIG names the setting, its value (not a secret's) and what it may be. A key or a
 *          LIFECYCLED_ variable that is not in the table is an error; LIFECYCLED_TEST_* and LIFECYCLED_BIN,
 *          which belong to the tests, are not.
 */
enum status config_load(struct config *out, const char *file, char *const *environment, struct error *error) MUST_CHECK;

/** The parts of a checked "host:port"; the host without brackets. */
void config_listen(const char *listen, char host[CONFIG_TEXT_SIZE], unsigned *port);

/** The settings as a Markdown table, for the documentation. */
void config_print(struct buf *out);

#endif
