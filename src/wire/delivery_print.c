#include "base/uuid.h"
#include "wire/webhook.h"

static const char *const states[] = {[DELIVERY_PENDING] = "pending",
                                     [DELIVERY_DONE] = "delivered",
                                     [DELIVERY_EXHAUSTED] = "exhausted",
                                     [DELIVERY_CANCELLED] = "cancelled"};

const char *delivery_state_word(enum delivery_state state)
{
    return states[state];
}

bool delivery_state_of(struct span word, enum delivery_state *out)
{
    for (size_t i = DELIVERY_PENDING; i < COUNT_OF(states); i++) {
        if (span_is(word, states[i])) {
            *out = (enum delivery_state)i;
            return true;
        }
    }
    return false;
}

static void print_status(struct buf *buf, int status)
{
    if (status) {
        buf_printf(buf, ",\"status\":%d", status);
    } else {
        buf_text(buf, ",\"status\":null");
    }
}

static void print_failure(struct buf *buf, const char *failure)
{
    buf_text(buf, ",\"failure\":");
    if (failure) {
        buf_json_string(buf, span_of(failure));
    } else {
        buf_text(buf, "null");
    }
}

static void print_number(struct buf *buf, const char *name, int64_t number)
{
    buf_printf(buf, ",\"%s\":", name);
    if (number == NONE) {
        buf_text(buf, "null");
    } else {
        buf_int(buf, number);
    }
}

static void print_time(struct buf *buf, const char *name, usec_t at)
{
    buf_printf(buf, ",\"%s\":", name);
    buf_json_time(buf, at);
}

void webhook_attempt_print(struct buf *buf, const struct webhook_attempt *attempt)
{
    buf_text(buf, "{\"at\":");
    buf_json_time(buf, attempt->at);
    print_status(buf, attempt->status);
    print_number(buf, "duration_ms", attempt->duration_ms);
    print_failure(buf, attempt->failure);
    buf_text(buf, ",\"reply\":");
    buf_json_string(buf, attempt->reply);
    buf_char(buf, '}');
}

void delivery_print(struct buf *buf, const struct delivery_line *line)
{
    char id[WEBHOOK_ID_TEXT], endpoint[UUID_TEXT];
    webhook_id_print(&line->id, id);
    uuid_print(&line->id.endpoint_id, endpoint);
    buf_printf(buf, "{\"id\":\"%s\",\"endpoint\":\"%s\",\"type\":\"%s\",\"is_test\":%s", id, endpoint,
               change_type_name(line->type), line->id.seq < 0 ? "true" : "false");
    print_number(buf, "sequence", line->id.seq < 0 ? NONE : line->id.seq);
    buf_printf(buf, ",\"part\":%d,\"state\":\"%s\",\"attempts_count\":%d", line->id.part, states[line->state],
               line->attempts_count);
    print_time(buf, "created_at", line->created_at);
    print_time(buf, "attempted_at", line->attempted_at);
    print_time(buf, "next_at", line->next_at);
    print_status(buf, line->status);
    print_number(buf, "duration_ms", line->duration_ms);
    print_failure(buf, line->failure);
    if (line->attempts.n) {
        buf_text(buf, ",\"attempts\":");
        buf_span(buf, line->attempts);
    }
    buf_char(buf, '}');
}
