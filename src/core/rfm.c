#include "core/rfm.h"

#include <assert.h>

const struct rfm_segment_info rfm_segments[RFM_SEGMENTS] = {
#define X(key, zh, en, codes) {#key, zh, en},
    RFM_SEGMENT_TABLE(X)
#undef X
};

static const char *const segment_codes[RFM_SEGMENTS] = {
#define X(key, zh, en, codes) codes,
    RFM_SEGMENT_TABLE(X)
#undef X
};

int rfm_r(const struct rfm *rfm, int64_t days_since_last_order)
{
    int score = 1;
    for (int i = 0; i < RFM_BOUNDS; i++) {
        score += rfm->recency[i] > days_since_last_order;
    }
    return score;
}

int rfm_f(const struct rfm *rfm, int64_t orders)
{
    int score = 1;
    for (int i = 0; i < RFM_BOUNDS; i++) {
        score += rfm->frequency[i] < orders;
    }
    return score;
}

int rfm_m(const struct rfm *rfm, int64_t revenue)
{
    int score = 1;
    for (int i = 0; i < RFM_BOUNDS; i++) {
        score += rfm->monetary[i] < revenue;
    }
    return score;
}

enum rfm_segment rfm_segment_of(int r, int f, int m)
{
    const char code[] = {(char)('0' + r), (char)('0' + f), (char)('0' + m), '\0'};
    int segment = 0;
    while (segment < RFM_SEGMENTS && strstr(segment_codes[segment], code) == NULL) {
        segment++;
    }
    assert(segment < RFM_SEGMENTS);
    return (enum rfm_segment)segment;
}

void rfm_bounds(const int64_t *sorted, size_t n, int64_t bounds[RFM_BOUNDS])
{
    assert(n > 0);
    for (size_t j = 1; j <= RFM_BOUNDS; j++) {
        bounds[j - 1] = sorted[(j * n + RFM_BOUNDS) / (RFM_BOUNDS + 1) - 1];
    }
}
