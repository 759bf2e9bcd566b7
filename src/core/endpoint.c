#include "core/endpoint.h"

/* Seconds after attempt 1, 2, ... */
static const int schedule[DELIVERY_ATTEMPTS_MAX - 1] = {5,     300,   1800,  7200, 18000,
                                                        36000, 50400, 72000, 86400};
#define JITTER     0.2
#define RETRY_MOST (86400 * USEC_PER_SEC)

struct delivery_verdict delivery_judge(int status, int retry_after_s, bool timed_out, int attempts,
                                       usec_t now, double chance)
{
    struct delivery_verdict verdict = {
        .state = DELIVERY_DONE,
        .next_at = NONE,
        .must_slow_down = timed_out || status == 429 || status == 502 || status == 504,
    };
    if (status >= 200 && status < 300)
        return verdict;
    verdict.is_gone = status == 410;
    verdict.state = DELIVERY_EXHAUSTED;
    if (verdict.is_gone || attempts >= DELIVERY_ATTEMPTS_MAX)
        return verdict;
    double seconds = schedule[attempts > 0 ? attempts - 1 : 0];
    usec_t wait = (usec_t)(seconds * (1 - JITTER + 2 * JITTER * chance) * (double)USEC_PER_SEC);
    usec_t asked = status == 429 || status == 503 ? retry_after_s * USEC_PER_SEC : 0;
    if (asked > wait)
        wait = asked < RETRY_MOST ? asked : RETRY_MOST;
    verdict.state = DELIVERY_PENDING;
    verdict.next_at = now + wait;
    return verdict;
}
