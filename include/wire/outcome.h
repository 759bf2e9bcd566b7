#ifndef WIRE_OUTCOME_H
#define WIRE_OUTCOME_H

#include "base/buf.h"
#include "core/outcome.h"

/** `"models":[{...}],"segments":{"entered":[],"left":[]}` of a reply (api.md, "Replies"). */
void outcome_print(struct buf *buf, const struct definitions *definitions, const struct outcome *outcome);

#endif
