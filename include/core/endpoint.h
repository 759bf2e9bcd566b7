#ifndef CORE_ENDPOINT_H
#define CORE_ENDPOINT_H

#include "core/change.h"

/** An endpoint of a shop's webhooks, as its owner chose it. Immutable. */

#define ENDPOINTS_MAX          50 /* of a shop */
#define ENDPOINT_URL_MAX       2048
#define ENDPOINT_LIST_MAX      64 /* models, segments or stages of a filter */
#define ENDPOINT_TEXT_MAX      512

enum endpoint_status { ENDPOINT_ENABLED = 1, ENDPOINT_PAUSED, ENDPOINT_DISABLED };
enum endpoint_reason { ENDPOINT_AS_CHOSEN, ENDPOINT_GONE, ENDPOINT_FAILING };
enum endpoint_format { ENDPOINT_STANDARD, ENDPOINT_SEGMENT };

struct endpoint {
    struct uuid id;
    int shop_id;
    enum endpoint_status status;
    enum endpoint_reason reason;
    usec_t status_at;
    usec_t created_at;
    int version;
    int64_t asked;
    struct span url;
    struct span description;
    enum endpoint_format format;
    /* comma-separated, as change_filter_decode() takes them; n = 0: all */
    struct span event_types, models, segments, stages;
    bool has_silent;
};

/** What became of an attempt, and what follows (pure; Standard Webhooks 1.0). */

#define DELIVERY_TIMEOUT_MS     15000
#define DELIVERY_ATTEMPTS_MAX   10
#define ENDPOINT_PATIENCE       (120 * 3600 * USEC_PER_SEC) /* of nothing but failure */
#define DELIVERY_OVERTAKE_AFTER (300 * USEC_PER_SEC)

enum delivery_state { DELIVERY_PENDING = 1, DELIVERY_DONE, DELIVERY_EXHAUSTED, DELIVERY_CANCELLED };

struct delivery_verdict {
    enum delivery_state state; /* PENDING: once more at next_at */
    usec_t next_at;
    bool is_gone;              /* 410: the endpoint is to be disabled */
    bool must_slow_down;       /* 429, 502, 504, a timeout: fewer at a time */
};

/**
 * delivery_judge(status, retry_after_s, timed_out, attempts, now, chance):
 * After attempt number ${attempts} (from 1). Schedule of the spec: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h after
 * the attempts 1 to 9, each varied by up to 20 % by ${chance} in [0, 1); a Retry-After (429, 503) lengthens it, up to 24 h.
 */
struct delivery_verdict delivery_judge(int status, int retry_after_s, bool timed_out, int attempts, usec_t now,
                                       double chance);

#endif
