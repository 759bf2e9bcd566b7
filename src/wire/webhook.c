#include "wire/webhook.h"

#include "base/uuid.h"
#include "wire/change.h"
#include "wire/customer.h"

#include <inttypes.h>
#include <stdio.h>

/* --- names of deliveries ----------------------------------------------------------------------------- */

void webhook_id_print(const struct webhook_id *id, char out[WEBHOOK_ID_TEXT])
{
    char text[UUID_TEXT];
    char hex[33];
    size_t n = 0;
    uuid_print(&id->endpoint_id, text);
    for (const char *p = text; *p; p++) {
        if (*p != '-') {
            hex[n++] = *p;
        }
    }
    hex[n] = 0;
    snprintf(out, WEBHOOK_ID_TEXT, "msg_%s_%" PRId64 "_%d", hex, id->seq, id->part);
}

/** The digits of ${text} up to ${end}, which is taken too; NONE: there is none, or too many. */
static int64_t take_digits(struct span *text, char end)
{
    int64_t number = 0;
    size_t i = 0;
    while (i < text->n && i < 18 && text->p[i] >= '0' && text->p[i] <= '9') {
        number = number * 10 + (text->p[i++] - '0');
    }
    bool is_ended = end ? i < text->n && text->p[i] == end : i == text->n;
    if (i == 0 || !is_ended) {
        return NONE;
    }
    i += end ? 1 : 0;
    *text = (struct span){text->p + i, text->n - i};
    return number;
}

bool webhook_id_parse(struct span text, struct webhook_id *out)
{
    static const char prefix[] = "msg_";
    const size_t begin = sizeof(prefix) - 1, end = begin + 32;
    struct webhook_id id;
    char again[WEBHOOK_ID_TEXT];
    if (text.n <= end + 1 || memcmp(text.p, prefix, begin) != 0 || text.p[end] != '_') {
        return false;
    }
    char dashed[UUID_TEXT];
    const char *hex = text.p + begin;
    snprintf(dashed, sizeof(dashed), "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    if (!uuid_parse(span_of(dashed), &id.endpoint_id)) {
        return false;
    }
    struct span rest = {text.p + end + 1, text.n - end - 1};
    bool is_test = rest.p[0] == '-';
    rest = is_test ? (struct span){rest.p + 1, rest.n - 1} : rest;
    int64_t seq = take_digits(&rest, '_');
    int64_t part = seq == NONE ? NONE : take_digits(&rest, 0);
    if (part < 0 || part > 1) {
        return false;
    }
    id.seq = is_test ? -seq : seq;
    id.part = (int)part;
    webhook_id_print(&id, again);
    *out = id;
    return span_is(text, again); /* one text for one delivery */
}

/* --- bodies ------------------------------------------------------------------------------------------ */

static bool is_membership(enum change_type type)
{
    return type == CHANGE_ENTERED || type == CHANGE_LEFT;
}

int webhook_parts(enum endpoint_format format, const struct change *change)
{
    if (format == ENDPOINT_STANDARD) {
        return 1;
    }
    return is_membership(change->type) || change->type == CHANGE_STAGE || change->type == CHANGE_LATE ? 2 : 0;
}

static const struct model_history *model_of(const struct definitions *definitions, int number)
{
    bool exists = number >= 1 && number <= definitions->n_models && definitions->models[number - 1].n;
    return exists ? &definitions->models[number - 1] : NULL;
}

static struct span segment_key(const struct definitions *definitions, int number)
{
    bool exists = number >= 1 && number <= definitions->n_segments && definitions->segments[number - 1].n;
    return exists ? span_of(definitions->segments[number - 1].versions[0]->key) : (struct span){"", 0};
}

/** Begins a message: who, its id, when. */
static void begin_message(struct buf *buf, const char *type, const struct change_line *line, struct span message_id)
{
    buf_printf(buf, "{\"type\":\"%s\",\"%s\":", type, line->kind == IDENTITY_ANONYMOUS ? "anonymousId" : "userId");
    buf_json_string(buf, line->customer);
    buf_text(buf, ",\"messageId\":");
    buf_json_string(buf, message_id);
    buf_text(buf, ",\"timestamp\":");
    buf_json_time(buf, line->recorded_at);
}

static void end_message(struct buf *buf, const char *class, struct span key)
{
    buf_printf(buf, ",\"context\":{\"personas\":{\"computation_class\":\"%s\",\"computation_key\":", class);
    buf_json_string(buf, key);
    buf_text(buf, "}}}");
}

static void print_membership(struct buf *buf, int part, const struct definitions *definitions,
                             const struct change_line *line, struct span message_id)
{
    struct span key = segment_key(definitions, line->change.number);
    bool is_in = line->change.type == CHANGE_ENTERED;
    begin_message(buf, part ? "track" : "identify", line, message_id);
    if (part) {
        buf_printf(buf, ",\"event\":\"Audience %s\",\"properties\":{\"audience_key\":", is_in ? "Entered" : "Exited");
        buf_json_string(buf, key);
        buf_char(buf, ',');
    } else {
        buf_text(buf, ",\"traits\":{");
    }
    buf_json_string(buf, key);
    buf_text(buf, is_in ? ":true" : ":false");
    if (part) {
        buf_printf(buf, ",\"sequence\":%" PRId64 ",\"effective_at\":", line->seq);
        buf_json_time(buf, line->change.at);
    }
    buf_char(buf, '}');
    end_message(buf, "audience", key);
}

static void print_role(struct buf *buf, const char *name, const struct stage *stage)
{
    buf_printf(buf, ",\"%s\":", name);
    if (stage == NULL || stage->role == ROLE_NONE) {
        buf_text(buf, "null");
    } else {
        buf_json_string(buf, span_of(role_name(stage->role)));
    }
}

static void print_move(struct buf *buf, const struct model_history *history, const struct change_line *line)
{
    const struct change *change = &line->change;
    buf_text(buf, ",\"event\":\"Lifecycle Stage Changed\",\"properties\":{\"model\":");
    buf_json_string(buf, span_of(history->versions[0]->key));
    buf_text(buf, ",\"from\":");
    stage_key_print(buf, history, change->from);
    print_role(buf, "from_role", change->from ? history_stage(history, change->from) : NULL);
    buf_text(buf, ",\"to\":");
    stage_key_print(buf, history, change->to);
    print_role(buf, "to_role", change->to ? history_stage(history, change->to) : NULL);
    buf_printf(buf, ",\"sequence\":%" PRId64 ",\"effective_at\":", line->seq);
    buf_json_time(buf, change->at);
    buf_char(buf, '}');
}

static void print_stage(struct buf *buf, int part, const struct definitions *definitions,
                        const struct change_line *line, struct span message_id)
{
    const struct model_history *history = model_of(definitions, line->change.number);
    struct buf key;
    buf_init(&key, 0);
    buf_printf(&key, "lifecycle_stage_%s", history ? history->versions[0]->key : "");
    begin_message(buf, part ? "track" : "identify", line, message_id);
    if (part && history) {
        print_move(buf, history, line);
    } else if (history) {
        buf_text(buf, ",\"traits\":{");
        buf_json_string(buf, (struct span){key.p, key.n});
        buf_char(buf, ':');
        stage_key_print(buf, history, line->change.to);
        buf_char(buf, '}');
    }
    end_message(buf, "computed_trait", (struct span){key.p, key.n});
    buf_done(&key);
}

void webhook_body_print(struct buf *buf, enum endpoint_format format, int part, const struct definitions *definitions,
                        const struct change_line *line, struct span message_id)
{
    if (format == ENDPOINT_SEGMENT) {
        (is_membership(line->change.type) ? print_membership : print_stage)(buf, part, definitions, line, message_id);
        return;
    }
    buf_printf(buf, "{\"type\":\"%s\",\"timestamp\":", change_type_name(line->change.type));
    buf_json_time(buf, line->recorded_at);
    buf_text(buf, ",\"data\":");
    change_print(buf, definitions, line);
    buf_char(buf, '}');
}
