#ifndef SRC_WIRE_PRESET_H
#define SRC_WIRE_PRESET_H

#include "document.h"
#include "wire/model.h"

struct cadence {
    const char *key;
    const char *zh;
    const char *en;
};

#define X(key, zh, en) +1
enum { CADENCE_COUNT = 0 CADENCE_TABLE(X) };
#undef X

/** The first is the one that is meant when none is named. */
extern const struct cadence cadences[CADENCE_COUNT];

/** Open an embedded preset. */
void preset_open(struct document *d, struct arena *arena, struct span json);

/** A sentence of the preset's own with {NAME} replaced by that setting under ${cadence}. */
void preset_sentence(struct buf *out, const struct document *preset, struct span sentence,
                     const char *cadence);

#endif
