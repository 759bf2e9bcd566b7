#ifndef CORE_CHANGE_H
#define CORE_CHANGE_H

#include "core/fold.h"

/**
 * The change feed: what followers of a shop are told, numbered without gaps in the order of commit.
 * Rows: name, number in the table `change`, type that followers see.
 */
#define CHANGE_TABLE(X)                                                                                       \
    X(STAGE, 1, "stage.changed")                                                                              \
    X(ENTERED, 2, "segment.entered")                                                                          \
    X(LEFT, 3, "segment.left")                                                                                \
    X(MOVED, 4, "transition.corrected")     /* it was at another instant */                                   \
    X(WITHDRAWN, 5, "transition.corrected") /* it never was */                                                \
    X(ADDED, 6, "transition.corrected")     /* it was, and is over */                                         \
    X(LATE, 7, "stage.changed")             /* it was, and still holds */                                     \
    X(SYNCED, 8, "customer.synced")         /* an import was taken in silently */                             \
    X(MERGED, 9, "customer.merged")         /* event_id: the customer that is no more */                      \
    X(UNMERGED, 10, "customer.unmerged")    /* event_id: the customer that came out */                        \
    X(ERASED, 11, "customer.erased")                                                                          \
    X(BLANK, 12, "blank")                   /* of an erased customer */                                       \
    X(MODEL, 13, "model.changed")                                                                             \
    X(SEGMENT, 14, "segment.changed")                                                                         \
    X(ORDERED, 15, "order.completed")                                                                         \
    X(REFUNDED, 16, "order.refunded")                                                                         \
    X(DISABLED, 17, "endpoint.disabled")    /* event_id: the endpoint */                                      \
    X(SCORES, 18, "scores.changed")         /* parameters were published */                                   \
    X(RFM, 19, "rfm.changed")               /* bounds were published */

enum change_type {
    CHANGE_NONE,
#define X(name, number, type) CHANGE_##name,
    CHANGE_TABLE(X)
#undef X
        CHANGE_COUNT
};

/** The type that followers see. */
const char *change_type_name(enum change_type type);
/** The set (bit 1 << enum change_type) of all that followers see as ${name}, which may be "segment.*" or "*"; 0: none is. */
uint32_t change_types_of(struct span name);
#define CHANGE_TYPES_ALL (~UINT32_C(0))

/** A change as it is written. */
struct change {
    enum change_type type;
    struct uuid customer_key; /* all zero: of no customer */
    int number;               /* of the model or the segment; 0: of neither */
    int version;
    int from;
    int to;
    usec_t at;        /* since when it holds */
    usec_t before_at; /* NONE unless moved */
    enum cause cause; /* 0: none */
    struct uuid event_id;
    bool is_silent;
    struct span detail;     /* JSON object; n = 0: none */
    struct span message_id; /* of the event, when its commit brought it; n = 0: none */
    struct uuid trace_id;   /* all zero: none */
};

/** And as it is read. */
struct change_line {
    int64_t seq;
    struct change change;
    usec_t recorded_at;
    struct span customer; /* the id by which the customer is known; n = 0: erased, or of no customer */
    enum identity_kind kind; /* of that id */
    struct span other;    /* of MERGED, UNMERGED: the other customer's */
};

/** Which changes somebody wants. Definitions by number, so that it is ready before they are. */
struct change_filter {
    uint32_t types;                 /* bit 1 << enum change_type; CHANGE_TYPES_ALL */
    bool has_models, has_segments, has_stages;
    uint32_t models;                /* bit number - 1, of stage changes and of model.changed */
    unsigned char segments[SEGMENT_SLOTS / 8];
    unsigned char stages[MODEL_SLOTS][32]; /* by model - 1: bit number - 1 of the stage that is entered or left */
    bool has_silent;                /* also what nobody was to be told */
};

/** Whose types were not named: a filter by models, segments or stages is for changes of these alone. */
void change_filter_narrow(struct change_filter *filter);

/**
 * Is ${line} among them? BLANK never is; changes that a filter cannot concern (an order, and a filter by model) pass it
 * by their type alone.
 */
bool change_matches(const struct change_filter *filter, const struct change *change);

#endif
