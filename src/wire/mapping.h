#ifndef SRC_WIRE_MAPPING_H
#define SRC_WIRE_MAPPING_H

#include "base/arena.h"
#include "base/status.h"

/**
 * What the events of a system mean, as its shop has written it down (docs/cloudevents.md):
 *
 *   {"types": {"TYPE": null | "EVENT" | {"event": "EVENT", and any of the members below}, "*": ...},
 *    "user_id": VALUE, "anonymous_id": VALUE, "channel": VALUE,
 *    "properties": {"NAME": VALUE | {"each": POINTER, "as": {"NAME": VALUE}}}, "traits": {"NAME": VALUE}}
 *
 * VALUE is a JSON Pointer into the event, a list of them of which the first that leads somewhere counts, or
 * {"value": a string, number or boolean}. EVENT is the name of a track event, or identify, page or screen.
 */

#define MAPPING_BYTES_MAX   16384
#define MAPPING_TYPES_MAX   200
#define MAPPING_MEMBERS_MAX 100
#define MAPPING_CHOICES_MAX 8
#define MAPPING_POINTER_MAX 255

struct mapped_members;

/** Where a value is taken from. Nowhere: all empty. */
struct mapped {
    const struct span *pointers;
    size_t n_pointers;
    struct span constant; /* JSON text */
    const struct mapped_members
        *each; /* the value is a list, and its items are made of these, from each of its own */
};

struct mapped_member {
    struct span name;
    struct mapped value;
};

struct mapped_members {
    struct mapped_member *p;
    size_t n;
    bool is_given;
};

/** What to make of the events of one type. */
struct mapping_rule {
    bool is_ignored;
    struct span event; /* n = 0: as its type says */
    struct mapped user_id;
    struct mapped anonymous_id;
    struct mapped channel;
    struct mapped_members properties;
    struct mapped_members traits;
};

struct mapping_type {
    struct span type;
    struct mapping_rule rule; /* with what it leaves out taken from the mapping's own */
};

struct mapping {
    struct mapping_rule rule; /* of types that are not listed */
    const struct mapping_type *types;
    size_t n_types;
};

/**
 * mapping_read(arena, json, out, error):
 * Owns     ${out} borrows from ${json} and ${arena}. An empty ${json} is an empty mapping.
 * Errors   INVALID_SOURCE: pointer into the source's document.
 */
enum status mapping_read(struct arena *arena, struct span json, struct mapping *out,
                         struct error *error) MUST_CHECK;

/** What to make of events of this type. */
const struct mapping_rule *mapping_rule_of(const struct mapping *mapping, struct span type);

static inline bool mapped_is_given(const struct mapped *mapped)
{
    return mapped->n_pointers != 0 || mapped->constant.n != 0;
}

#endif
