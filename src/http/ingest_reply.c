#include "door.h"
#include "wire/outcome.h"

#include <assert.h>
#include <stdio.h>

void ingest_each_refusal(const struct ingest *ingest,
                         void (*each)(void *context, const struct refusal *refusal), void *context)
{
    size_t i = 0;
    size_t k = 0;
    while (i < ingest->n_refusals || k < ingest->job.n_items) {
        if (k == ingest->job.n_items ||
            (i < ingest->n_refusals && ingest->refusals[i].index < ingest->indexes[k])) {
            each(context, &ingest->refusals[i++]);
            continue;
        }
        const struct ingest_item *item = &ingest->job.items[k];
        if (item->result == INGEST_REFUSED) {
            char pointer[sizeof(item->error.pointer) + 32]; /* the committer's starts at the message */
            snprintf(pointer, sizeof(pointer), "/batch/%zu%s", ingest->indexes[k], item->error.pointer);
            each(context, &(struct refusal){ingest->indexes[k], item->message.message_id, item->error.status,
                                            pointer, item->error.detail});
        }
        k++;
    }
}

static void print_id(struct buf *out, struct span id)
{
    if (id.n == 0) {
        buf_text(out, "null");
    } else {
        buf_json_string(out, id);
    }
}

static void print_single(struct buf *out, const struct ingest *ingest)
{
    const struct ingest_item *item = &ingest->job.items[0];
    buf_text(out, ",\"messageId\":");
    print_id(out, item->message.message_id);
    buf_text(out, item->result == INGEST_DUPLICATE ? ",\"duplicate\":true" : ",\"duplicate\":false");
    buf_text(out, ",\"customer\":");
    buf_json_string(out, item->message.customer_id);
    buf_char(out, ',');
    outcome_print(out, ingest->job.definitions, &item->outcome);
}

/** The list of refusals while it is printed. */
struct refusal_list {
    struct buf *out;
    int64_t n;
};

static void print_refusal(void *context, const struct refusal *refusal)
{
    struct refusal_list *list = context;
    struct buf *out = list->out;
    buf_text(out, list->n++ ? ",{\"index\":" : "{\"index\":");
    buf_int(out, (int64_t)refusal->index);
    buf_text(out, ",\"messageId\":");
    print_id(out, refusal->message_id);
    buf_text(out, ",\"code\":");
    buf_json_string(out, span_of(status_code(refusal->status)));
    buf_text(out, ",\"pointer\":");
    buf_json_string(out, span_of(refusal->pointer));
    buf_text(out, ",\"detail\":");
    buf_json_string(out, span_of(refusal->detail));
    buf_char(out, '}');
}

static void print_batch(struct buf *out, const struct ingest *ingest)
{
    int64_t accepted = 0;
    int64_t duplicates = 0;
    for (size_t i = 0; i < ingest->job.n_items; i++) {
        accepted += ingest->job.items[i].result == INGEST_ACCEPTED;
        duplicates += ingest->job.items[i].result == INGEST_DUPLICATE;
    }
    int64_t total = (int64_t)(ingest->job.n_items + ingest->n_refusals);
    buf_text(out, ",\"accepted\":");
    buf_int(out, accepted);
    buf_text(out, ",\"duplicates\":");
    buf_int(out, duplicates);
    buf_text(out, ",\"refused\":");
    buf_int(out, total - accepted - duplicates);
    buf_text(out, ",\"errors\":[");
    struct refusal_list list = {.out = out};
    ingest_each_refusal(ingest, print_refusal, &list);
    assert(list.n == total - accepted - duplicates);
    buf_char(out, ']');
}

void ingest_print(struct buf *out, const struct door *door, const struct ingest *ingest)
{
    buf_char(out, '{');
    buf_text(out, door->taken);
    if (door->is_batch) {
        print_batch(out, ingest);
    } else {
        print_single(out, ingest);
    }
    buf_char(out, '}');
}
