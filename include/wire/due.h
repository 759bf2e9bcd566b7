#ifndef WIRE_DUE_H
#define WIRE_DUE_H

#include "core/model.h"
#include "core/shop.h"
#include "wire/table.h"

/** A move that time alone will make. */
struct due_line {
    struct span customer;
    const struct shop *shop;
    const struct model *model; /* the version that will be in force */
    const struct stage *from;  /* NULL: nowhere */
    const struct stage *to;
    usec_t at;
    int64_t value; /* the customer's revenue, minor units */
};

/** A line of GET /v1/due. */
void due_print(struct buf *buf, const struct due_line *line);
/** The same as a row of a table. */
const struct span *due_columns(size_t *n);
void due_row(struct table *table, const struct due_line *line);

#endif
