#ifndef APP_REFUSAL_VIEW_H
#define APP_REFUSAL_VIEW_H

#include "app/session.h"
#include "wire/refusal.h"

/** The messages that were refused last, the latest first. They are written within a second of their refusal. */
enum status refusals_list(struct session *session, const struct shop *shop, size_t limit, struct refusal_line **lines,
                          size_t *n, struct error *error) MUST_CHECK;

#endif
