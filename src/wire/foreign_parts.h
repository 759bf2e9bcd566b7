#ifndef SRC_WIRE_FOREIGN_PARTS_H
#define SRC_WIRE_FOREIGN_PARTS_H

#include "core/event.h"
#include "foreign.h"

/** The parts of foreign.h: finding values in an event, and what its type says. */

/** What a pointer leads to: a value of a document, or the text of a header. */
struct found {
    const struct scan *scan; /* NULL: ${text} */
    size_t token;
    struct span text;
    bool is_there; /* and not null */
};

/** In the event, by a JSON Pointer; in a value, by one that starts there. */
struct found found_at(const struct foreign *event, struct span pointer);
struct found found_inside(struct arena *arena, const struct scan *scan, size_t token, struct span pointer);

/** By what a mapping says: in the event, or (${item}) in an item of one of its lists. Constants are not
 * found. */
struct found found_by_mapping(const struct foreign *event, const struct found *item,
                              const struct mapped *mapped);

/** A string, or an integer as its text; n = 0 for anything else. */
struct span found_text(const struct foreign *event, const struct found *found);

/** The text of the first of ${n} pointers that leads to one; n = 0: none does. */
struct span foreign_id(const struct foreign *event, const char *const *pointers, size_t n);

/** What message an event makes: track (with a name), identify, page or screen. */
struct meaning {
    const char *type;
    struct span event;
    enum event_kind kind; /* EVENT_CUSTOM: none of ours */
};

/** Of an event by the name that a mapping gives it, and by its type. */
struct meaning meaning_named(struct span event);
struct meaning meaning_of(struct span type);

#endif
