#include "wire/change.h"

#include "base/trace.h"
#include "base/uuid.h"
#include "core/money.h"
#include "wire/customer.h"
#include "wire/history.h"
#include "wire/value.h"

static struct span take(struct arena *arena, struct buf *buf)
{
    struct span out = buf->n ? arena_span(arena, (struct span){buf->p, buf->n}) : (struct span){NULL, 0};
    buf_done(buf);
    return out;
}

/* --- what is stored of the reasons -------------------------------------------------------------------------------- */

/* A change stays small, whatever traits hold. */
static bool is_short(const struct value *value)
{
    if (value->type == VALUE_STRING)
        return value->string.n <= CHANGE_TEXT_MOST;
    if (value->type != VALUE_LIST)
        return true;
    size_t n = 0;
    for (size_t i = 0; i < value->list.n; i++)
        n += value->list.items[i].type == VALUE_STRING ? value->list.items[i].string.n + 3 : 8;
    return n <= CHANGE_TEXT_MOST;
}

static void print_told(struct buf *buf, struct arena *arena, const struct change_detail *detail, int exponent)
{
    buf_text(buf, "\"facts\":{");
    for (size_t i = 0; i < detail->n_told; i++) {
        if (i)
            buf_char(buf, ',');
        buf_json_string(buf, fact_name(arena, &detail->told[i].ref));
        buf_char(buf, ':');
        if (is_short(&detail->told[i].value))
            value_print(buf, &detail->told[i].value, exponent);
        else
            buf_text(buf, "null");
    }
    buf_char(buf, '}');
}

static void separate(struct buf *buf)
{
    if (buf->p[buf->n - 1] != '{')
        buf_char(buf, ',');
}

struct span change_detail_print(struct arena *arena, const struct change_detail *detail, const struct shop *shop)
{
    struct buf buf;
    if (!detail->because && !detail->n_told && !detail->order)
        return (struct span){NULL, 0};
    buf_init(&buf, 0);
    buf_char(&buf, '{');
    if (detail->because) {
        buf_text(&buf, "\"because\":");
        buf_json_string(&buf, span_of(detail->because));
    }
    if (detail->n_told) {
        separate(&buf);
        print_told(&buf, arena, detail, shop->exponent);
    }
    if (detail->order) {
        separate(&buf);
        buf_text(&buf, "\"order\":");
        order_print(&buf, detail->order, shop->exponent);
        buf_text(&buf, ",\"currency\":");
        buf_json_string(&buf, span_of(shop->currency));
    }
    if (detail->refunded != NONE) {
        char text[MONEY_TEXT];
        buf_text(&buf, ",\"amount\":\"");
        buf_append(&buf, text, money_print(detail->refunded, shop->exponent, text));
        buf_char(&buf, '"');
    }
    buf_char(&buf, '}');
    return take(arena, &buf);
}

struct span change_definition(struct arena *arena, bool is_withdrawn, bool is_restated)
{
    return span_of(arena_printf(arena, "{\"withdrawn\":%s,\"restated\":%s}", is_withdrawn ? "true" : "false",
                                is_restated ? "true" : "false"));
}

/* --- a line ------------------------------------------------------------------------------------------------------- */

static void print_name(struct buf *buf, const char *name)
{
    buf_text(buf, ",\"");
    buf_text(buf, name);
    buf_text(buf, "\":");
}

static void print_text(struct buf *buf, const char *name, struct span text)
{
    print_name(buf, name);
    if (text.n)
        buf_json_string(buf, text);
    else
        buf_text(buf, "null");
}

static void print_uuid(struct buf *buf, const char *name, const struct uuid *uuid)
{
    char text[UUID_TEXT];
    uuid_print(uuid, text);
    print_text(buf, name, uuid_is_nil(uuid) ? (struct span){NULL, 0} : span_of(text));
}

static void print_time(struct buf *buf, const char *name, usec_t at)
{
    print_name(buf, name);
    buf_json_time(buf, at);
}

static const struct model_history *history_of(const struct definitions *definitions, int number)
{
    bool exists = number >= 1 && number <= definitions->n_models && definitions->models[number - 1].n;
    return exists ? &definitions->models[number - 1] : NULL;
}

static const struct segment_history *segment_of(const struct definitions *definitions, int number)
{
    bool exists = number >= 1 && number <= definitions->n_segments && definitions->segments[number - 1].n;
    return exists ? &definitions->segments[number - 1] : NULL;
}

static const struct model *model_version(const struct model_history *history, int version)
{
    for (size_t i = 0; i < history->n; i++)
        if (history->versions[i]->version == version)
            return history->versions[i];
    return NULL;
}

/* By the version that decided, else by any that has the number. */
static const struct stage *stage_of(const struct model_history *history, const struct model *version, int number)
{
    const struct stage *stage = version && number ? model_stage(version, number) : NULL;
    return stage ? stage : history_stage(history, number);
}

static void print_stage(struct buf *buf, const char *name, const char *role_of, const struct stage *stage)
{
    print_text(buf, name, stage ? span_of(stage->key) : (struct span){NULL, 0});
    print_text(buf, role_of, stage && stage->role != ROLE_NONE ? span_of(role_name(stage->role)) : (struct span){NULL, 0});
}

static void print_move(struct buf *buf, const struct definitions *definitions, const struct change *change)
{
    const struct model_history *history = history_of(definitions, change->number);
    if (history == NULL)
        return;
    const struct model *version = model_version(history, change->version);
    const struct stage *to = stage_of(history, version, change->to);
    print_text(buf, "model", span_of(history->versions[0]->key));
    print_name(buf, "version");
    buf_int(buf, change->version);
    print_stage(buf, "from", "from_role", stage_of(history, version, change->from));
    print_stage(buf, "to", "to_role", to);
    print_name(buf, "rule");
    formula_print(buf, to ? to->rule : NULL);
}

static void print_membership(struct buf *buf, const struct definitions *definitions, const struct change *change)
{
    const struct segment_history *history = segment_of(definitions, change->number);
    const struct segment *version = NULL;
    if (history == NULL)
        return;
    for (size_t i = 0; i < history->n; i++)
        if (history->versions[i]->version == change->version)
            version = history->versions[i];
    print_text(buf, "segment", span_of(history->versions[0]->key));
    print_name(buf, "version");
    buf_int(buf, change->version);
    print_name(buf, "rule");
    formula_print(buf, version ? version->rule : NULL);
}

static const char *correction_name(enum change_type type)
{
    return type == CHANGE_MOVED ? "moved" : type == CHANGE_WITHDRAWN ? "withdrawn" : "added";
}

/* The value of a member of ${detail}, which we printed: a text without escapes. */
static struct span stored_reason(struct span detail)
{
    static const char begin[] = "{\"because\":\"";
    size_t at = sizeof(begin) - 1;
    if (detail.n <= at || memcmp(detail.p, begin, at) != 0)
        return (struct span){NULL, 0};
    const char *end = memchr(detail.p + at, '"', detail.n - at);
    return end ? (struct span){detail.p + at, (size_t)(end - detail.p) - at} : (struct span){NULL, 0};
}

static void print_cause(struct buf *buf, const struct change_line *line)
{
    const struct change *change = &line->change;
    struct span because = stored_reason(change->detail);
    bool has_event = change->cause == CAUSE_EVENT;
    print_name(buf, "cause");
    if (change->cause == 0 && because.n == 0) {
        buf_text(buf, "null");
        return;
    }
    buf_text(buf, "{\"type\":");
    buf_json_string(buf, because.n ? because : span_of(cause_name(change->cause)));
    print_uuid(buf, "event_id", has_event ? &change->event_id : &(struct uuid){{0}});
    print_text(buf, "message_id", change->message_id);
    buf_char(buf, '}');
}

/* What was stored, less the reason, which is told elsewhere: members of the line. */
static void print_detail(struct buf *buf, struct span detail)
{
    struct span because = stored_reason(detail);
    if (detail.n < 3)
        return;
    const char *from = because.n ? because.p + because.n + 1 : detail.p + 1;
    size_t n = (size_t)(detail.p + detail.n - 1 - from);
    if (n == 0)
        return;
    if (*from != ',')
        buf_char(buf, ',');
    buf_append(buf, from, n);
}

static void print_kind(struct buf *buf, const struct definitions *definitions, const struct change_line *line)
{
    const struct change *change = &line->change;
    switch (change->type) {
    case CHANGE_MOVED:
    case CHANGE_WITHDRAWN:
    case CHANGE_ADDED:
        print_text(buf, "correction", span_of(correction_name(change->type)));
        if (change->type == CHANGE_MOVED)
            print_time(buf, "previously_at", change->before_at);
        print_move(buf, definitions, change);
        return;
    case CHANGE_STAGE:
    case CHANGE_LATE:
        buf_text(buf, change->type == CHANGE_LATE ? ",\"late\":true" : ",\"late\":false");
        print_move(buf, definitions, change);
        return;
    case CHANGE_ENTERED:
    case CHANGE_LEFT: print_membership(buf, definitions, change); return;
    case CHANGE_MERGED:
    case CHANGE_UNMERGED:
        print_text(buf, "other", line->other);
        print_uuid(buf, "other_key", &change->event_id);
        return;
    case CHANGE_MODEL:
        if (history_of(definitions, change->number))
            print_text(buf, "model", span_of(history_of(definitions, change->number)->versions[0]->key));
        print_name(buf, "version");
        buf_int(buf, change->version);
        return;
    case CHANGE_SEGMENT:
        if (segment_of(definitions, change->number))
            print_text(buf, "segment", span_of(segment_of(definitions, change->number)->versions[0]->key));
        print_name(buf, "version");
        buf_int(buf, change->version);
        return;
    case CHANGE_SCORES:
    case CHANGE_RFM:
        print_name(buf, "version");
        buf_int(buf, change->version);
        return;
    case CHANGE_DISABLED: print_uuid(buf, "endpoint", &change->event_id); return;
    case CHANGE_NONE:
    case CHANGE_SYNCED:
    case CHANGE_ERASED:
    case CHANGE_BLANK:
    case CHANGE_ORDERED:
    case CHANGE_REFUNDED:
    case CHANGE_COUNT: return;
    }
}

void change_print(struct buf *buf, const struct definitions *definitions, const struct change_line *line)
{
    const struct change *change = &line->change;
    buf_text(buf, "{\"sequence\":");
    buf_int(buf, line->seq);
    print_text(buf, "type", span_of(change_type_name(change->type)));
    if (!uuid_is_nil(&change->customer_key)) {
        print_text(buf, "customer", line->customer);
        print_uuid(buf, "customer_key", &change->customer_key);
    }
    print_kind(buf, definitions, line);
    print_time(buf, "effective_at", change->at);
    print_time(buf, "recorded_at", line->recorded_at);
    print_cause(buf, line);
    print_detail(buf, change->detail);
    buf_text(buf, change->is_silent ? ",\"silent\":true" : ",\"silent\":false");
    if (!uuid_is_nil(&change->trace_id)) {
        char text[TRACE_TEXT];
        trace_print(&change->trace_id, text);
        buf_printf(buf, ",\"trace_id\":\"%s\"", text);
    }
    buf_char(buf, '}');
}

/* --- filters ------------------------------------------------------------------------------------------------------ */

/* The next of a comma-separated list. */
static bool next_word(struct span *list, struct span *word)
{
    if (list->n == 0)
        return false;
    *word = span_take(list, ',');
    return true;
}

static enum status no_such(struct error *error, const char *list, const char *what, struct span word)
{
    return error_set(error, STATUS_INVALID_PARAMETER, list, "there is no %s \"%.*s\"", what,
                     (int)(word.n < 100 ? word.n : 100), word.p);
}

static enum status decode_models(const struct definitions *definitions, struct span list, struct change_filter *out,
                                 struct error *error)
{
    struct span word;
    out->has_models = list.n != 0;
    while (next_word(&list, &word)) {
        const struct model *model = definitions_model(definitions, word, TIME_MAX);
        if (model == NULL)
            return no_such(error, "/models", "model", word);
        out->models |= UINT32_C(1) << (model->number - 1);
    }
    return STATUS_OK;
}

static enum status decode_segments(const struct definitions *definitions, struct span list, struct change_filter *out,
                                   struct error *error)
{
    struct span word;
    out->has_segments = list.n != 0;
    while (next_word(&list, &word)) {
        const struct segment *segment = definitions_segment(definitions, word, TIME_MAX);
        if (segment == NULL)
            return no_such(error, "/segments", "segment", word);
        out->segments[(segment->number - 1) / 8] |= (unsigned char)(1u << ((segment->number - 1) % 8));
    }
    return STATUS_OK;
}

/* Bits of the stages of this key over all versions of a model. */
static bool add_stage(const struct model_history *history, int number, struct span key, struct change_filter *out)
{
    bool is_known = false;
    for (size_t i = 0; i < history->n; i++) {
        const struct stage *stage = model_stage_by_key(history->versions[i], key);
        if (stage == NULL)
            continue;
        out->stages[number][(stage->number - 1) / 8] |= (unsigned char)(1u << ((stage->number - 1) % 8));
        is_known = true;
    }
    return is_known;
}

static enum status decode_stages(const struct definitions *definitions, struct span list, struct change_filter *out,
                                 struct error *error)
{
    struct span word;
    out->has_stages = list.n != 0;
    while (next_word(&list, &word)) {
        const char *dot = memchr(word.p, '.', word.n);
        struct span model = {word.p, dot ? (size_t)(dot - word.p) : 0};
        struct span key = dot ? (struct span){dot + 1, word.n - model.n - 1} : word;
        bool is_known = false;
        for (int i = 0; i < definitions->n_models; i++) {
            const struct model_history *history = &definitions->models[i];
            if (history->n && (!dot || span_is(model, history->versions[0]->key)))
                is_known = add_stage(history, i, key, out) || is_known;
        }
        if (!is_known)
            return no_such(error, "/stages", "stage", word);
    }
    return STATUS_OK;
}

enum status change_filter_decode(const struct definitions *definitions, struct span types, struct span models,
                                 struct span segments, struct span stages, struct change_filter *out,
                                 struct error *error)
{
    struct span word;
    *out = (struct change_filter){.types = types.n ? 0 : CHANGE_TYPES_ALL};
    while (next_word(&types, &word)) {
        uint32_t some = change_types_of(word);
        if (some == 0)
            return no_such(error, "/types", "type of change", word);
        out->types |= some;
    }
    enum status status = decode_models(definitions, models, out, error);
    if (status == STATUS_OK)
        status = decode_segments(definitions, segments, out, error);
    if (status == STATUS_OK)
        status = decode_stages(definitions, stages, out, error);
    if (status == STATUS_OK && out->types == CHANGE_TYPES_ALL)
        change_filter_narrow(out);
    return status;
}
