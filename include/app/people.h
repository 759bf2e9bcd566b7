#ifndef APP_PEOPLE_H
#define APP_PEOPLE_H

#include "app/session.h"
#include "wire/people.h"

/** Who is who: reading, joining, separating, erasing and handing out what is held about one. On a session. */

/** A customer, as struct customer_wish has it. */
struct people_query {
    const struct shop *shop;
    struct span id;
    enum identity_kind by;
};

/** All names of a customer, and what joined them. Errors   NOT_FOUND. */
enum status people_identities(struct session *session, const struct people_query *query, struct identities_view *out,
                              struct error *error) MUST_CHECK;

/** What came of a merge or its undoing: ids, in the session's arena. */
struct people_change {
    struct span customer; /* of whom it was asked */
    struct span other;    /* merged: the id that is no more; unmerged: who came out */
    bool is_changed;      /* false: they were one already */
};

/**
 * people_merge(session, query, json, out, error):
 * ${json} as people_merge_parse() has it. A transaction of its own, in the ledger of identities for ever.
 * people_unmerge(...): the same the other way, as people_unmerge_parse() has it; messages never join the two again.
 * Errors   NOT_FOUND (the pointer tells whether it is the other one), CANNOT_MERGE and the parsers' own.
 */
enum status people_merge(struct session *session, const struct people_query *query, struct span json,
                         struct people_change *out, struct error *error) MUST_CHECK;
enum status people_unmerge(struct session *session, const struct people_query *query, struct span json,
                           struct people_change *out, struct error *error) MUST_CHECK;

/** Erase a person: with the return nothing of them is there but the receipt. Errors   NOT_FOUND. */
enum status people_erase(struct session *session, const struct people_query *query, struct erasure_line *out,
                         struct error *error) MUST_CHECK;

struct erasure_page {
    const struct erasure_line *lines; /* newest first */
    size_t n;
    struct span next; /* a cursor; n = 0: that was all */
};
/** Receipts. Errors   INVALID_CURSOR. */
enum status people_erasures(struct session *session, const struct shop *shop, struct span cursor, size_t limit,
                            struct erasure_page *out, struct error *error) MUST_CHECK;
/** Errors   NOT_FOUND. */
enum status people_erasure(struct session *session, const struct shop *shop, const struct uuid *id,
                           struct erasure_line *out, struct error *error) MUST_CHECK;

/**
 * people_export(session, query, cursor, most, buf, next, error):
 * Everything that is held about one, as a JSON document in ${buf}. Lists end soon after the document has passed ${most}
 * bytes; ${next} is then a cursor for the document that goes on there (n = 0: this is the last).
 * Errors   NOT_FOUND, INVALID_CURSOR, TIMED_OUT.
 * Cost     one pass over the shop's feed of changes; else a few rows of an index for each item.
 */
enum status people_export(struct session *session, const struct people_query *query, struct span cursor, size_t most,
                          struct buf *buf, struct span *next, struct error *error) MUST_CHECK;

#endif
