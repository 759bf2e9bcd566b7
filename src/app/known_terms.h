#ifndef APP_KNOWN_TERMS_H
#define APP_KNOWN_TERMS_H

#include "db/store.h"

/**
 * The texts of which a writer knows that the database has them. Bounded: when it is full it forgets all, and they are
 * told to the database once more, which changes nothing there.
 */
struct known_terms;

struct known_terms *known_terms_new(void);
void known_terms_free(struct known_terms *known);
/** What another connection wrote the database of this one need not have. */
void known_terms_forget(struct known_terms *known);
/** Has the database this text, with a label if this one has one? ${known} may be NULL: nothing is known. */
bool known_terms_has(const struct known_terms *known, const struct shop_term *term);
/** Once the transaction that wrote them has been committed. */
void known_terms_add(struct known_terms *known, const struct shop_term *terms, size_t n);

#endif
