#ifndef APP_FIT_PART_H
#define APP_FIT_PART_H

#include "app/fit.h"

/** What is fitted to a history up to one day, apart from blends. */
struct fit_part {
    int32_t first, until;
    enum fit_verdict verdict;
    const char *reason;
    size_t repeat_customers;
    struct fit_sample sample;
    struct fit_of_model by_k[BTYD_K_MAX];
    struct btyd model; /* of FIT_OK: the chosen one; else the prior's, as the basis is */
    struct blend_basis basis;
};
void fit_part(struct arena *arena, const struct purchase_log *log, int32_t until, struct span cadence,
              struct fit_part *out);

/** The blend for ${days} days, used when it beats the plain model on a time split of the history. */
void fit_part_blend(struct arena *arena, const struct purchase_log *log, const struct fit_part *part,
                    int days, struct blend *out, struct blend_trial *trial);

#endif
