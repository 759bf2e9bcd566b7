#include "chance.h"

#include <stdlib.h>
#include <time.h>

uint64_t chance_seed(void)
{
    const char *text = getenv("PROPERTY_SEED");
    struct timespec now;
    if (text && *text)
        return strtoull(text, NULL, 0);
    clock_gettime(CLOCK_REALTIME, &now);
    struct chance chance = {(uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec};
    return chance_next(&chance) >> 24; /* short enough to be typed */
}

int64_t chance_cases(int64_t standard)
{
    const char *text = getenv("PROPERTY_CASES");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    standard /= 8;
#endif
    return text && *text ? strtoll(text, NULL, 10) : standard;
}

uint64_t chance_next(struct chance *chance)
{
    uint64_t z = (chance->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t chance_of(struct chance *chance, int64_t n)
{
    return (int64_t)(chance_next(chance) % (uint64_t)n);
}

bool one_in(struct chance *chance, int64_t n)
{
    return chance_of(chance, n) == 0;
}

void chance_shuffle(struct chance *chance, void **array, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)chance_of(chance, (int64_t)i);
        void *other = array[k];
        array[k] = array[i - 1];
        array[i - 1] = other;
    }
}
