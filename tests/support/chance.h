#ifndef TESTS_SUPPORT_CHANCE_H
#define TESTS_SUPPORT_CHANCE_H

#include "base/types.h"

/** Chance that can be repeated: splitmix64 from a printed seed. */
struct chance {
    uint64_t state;
};

/** PROPERTY_SEED of the environment, else another one each time. */
uint64_t chance_seed(void);
/** PROPERTY_CASES of the environment, else ${standard}; an eighth of that under a sanitizer. */
int64_t chance_cases(int64_t standard);

uint64_t chance_next(struct chance *chance);
/** 0 to ${n} - 1. */
int64_t chance_of(struct chance *chance, int64_t n);
bool one_in(struct chance *chance, int64_t n);
/** Shuffle an array of pointers. */
void chance_shuffle(struct chance *chance, void **array, size_t n);

#define ONE_OF(chance, array) ((array)[chance_of((chance), (int64_t)COUNT_OF(array))])

#endif
