#include "app/delivery.h"
#include "app/feed.h"
#include "base/uuid.h"
#include "view.h"

#include <stdio.h>

/* Latest changes that are looked at. */
#define SAMPLE_LOOK FEED_PAGE_MOST

/** An array that is being printed. */
struct samples {
    struct buf *out;
    enum endpoint_format format;
    size_t n, limit;
};

static void tell(struct samples *s, const struct definitions *definitions, const struct change_line *line)
{
    char id[WEBHOOK_ID_TEXT];
    int n_parts = webhook_parts(s->format, &line->change);
    for (int part = 0; part < n_parts && s->n < s->limit; part++) {
        webhook_id_print(&(struct webhook_id){.seq = line->seq, .part = part}, id);
        buf_text(s->out, s->n++ ? "," : "");
        webhook_body_print(s->out, s->format, part, definitions, line, span_of(id));
    }
}

/* A sample of a customer who was erased tells nothing. */
static bool is_telling(const struct change_line *line)
{
    return uuid_is_nil(&line->change.customer_key) || line->customer.n != 0;
}

static enum status tell_latest(struct session *session, const struct shop *shop, uint32_t types, struct samples *s,
                               struct error *error)
{
    const struct change_filter filter = {.types = types, .has_silent = true};
    struct feed_page page;
    enum status status = feed_read(session, shop, -1, &filter, 0, &page, error);
    if (status != STATUS_OK)
        return status;
    int64_t after = page.head - SAMPLE_LOOK;
    after = after < page.oldest - 1 ? page.oldest - 1 : after;
    status = feed_read(session, shop, after, &filter, SAMPLE_LOOK, &page, error);
    for (size_t i = page.n; status == STATUS_OK && i-- > 0;)
        if (is_telling(&page.lines[i]))
            tell(s, page.definitions, &page.lines[i]);
    return status;
}

/* Of each type that a follower can tell from others, one. */
static void tell_examples(struct arena *arena, uint32_t types, const struct definitions *definitions, usec_t now,
                          struct samples *s)
{
    uint32_t told = 0;
    for (int type = 1; type < CHANGE_COUNT; type++) {
        struct webhook_example example;
        if (type == CHANGE_BLANK || !(types >> type & 1) || (told >> type & 1))
            continue;
        told |= change_types_of(span_of(change_type_name((enum change_type)type)));
        webhook_example(arena, definitions, (enum change_type)type, -type, now, &example);
        tell(s, example.definitions, &example.line);
    }
}

enum status webhook_samples(struct session *session, const struct shop *shop, uint32_t types,
                            enum endpoint_format format, size_t limit, struct buf *out, struct error *error)
{
    const struct definitions *definitions;
    struct samples s = {.out = out, .format = format, .limit = limit};
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, false, &definitions, error);
    if (status != STATUS_OK)
        return status;
    buf_char(out, '[');
    status = tell_latest(session, shop, types, &s, error);
    if (status == STATUS_OK && s.n == 0)
        tell_examples(session->arena, types, definitions, clock_now(session->clock), &s);
    buf_char(out, ']');
    return status;
}
