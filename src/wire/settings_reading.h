#ifndef SRC_WIRE_SETTINGS_READING_H
#define SRC_WIRE_SETTINGS_READING_H

#include "core/settings.h"
#include "core/shop.h"
#include "document.h"

/** What is read into, and for whom. */
struct settings_reading {
    struct document d;
    const struct shop *shop;
    struct settings *settings;
};

/** One entry of the identities that never join: into the list that has room for it. */
enum status settings_read_block(struct settings_reading *r, struct span text, const char *pointer) MUST_CHECK;

/** The members of the section "scores": each reads its value, which is not null. */
enum status settings_read_cadence(struct settings_reading *r, size_t token, const char *pointer) MUST_CHECK;
enum status settings_read_margin(struct settings_reading *r, size_t token, const char *pointer) MUST_CHECK;
enum status settings_read_discount(struct settings_reading *r, size_t token, const char *pointer) MUST_CHECK;
enum status settings_read_fit_days(struct settings_reading *r, size_t token, const char *pointer) MUST_CHECK;
enum status settings_read_rfm_days(struct settings_reading *r, size_t token, const char *pointer) MUST_CHECK;
enum status settings_read_rfm_bounds(struct settings_reading *r, size_t token, const char *pointer) MUST_CHECK;

#endif
