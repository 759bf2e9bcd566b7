#ifndef WIRE_DEFINITION_H
#define WIRE_DEFINITION_H

#include "base/buf.h"
#include "core/definition.h"

/** Models and segments as the API tells them. */

/** How far deciding all customers by the newest definitions has come. */
struct progress {
    bool is_open;
    int64_t done;
    int64_t total;
    usec_t started_at;
};

struct model_line {
    const struct model *model;
    struct span document; /* as published; n = 0: not asked for */
};
/** {"data":[{"key","version","name","stages":[...]}]}: rules in short, `text` in words of ${language}. */
void model_list_print(struct buf *buf, const struct model_line *lines, size_t n, enum language language);
/** {"key","version","document","stages","applies_from","progress"} */
void model_reply_print(struct buf *buf, const struct model_line *line, const struct progress *progress,
                       enum language language);

struct segment_line {
    const struct segment *segment;
    struct span rule; /* JSON as published */
    int64_t count;
};
void segment_list_print(struct buf *buf, const struct segment_line *lines, size_t n, enum language language);
void segment_reply_print(struct buf *buf, const struct segment_line *line, const struct progress *progress, usec_t as_of,
                         enum language language);

/** {"count","as_of","sample":[ids]} */
void preview_print(struct buf *buf, int64_t count, const struct span *sample, size_t n, usec_t as_of);

#endif
