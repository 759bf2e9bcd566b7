#include "wire/source.h"

#include "base/uuid.h"

static void print_id(struct buf *buf, const struct uuid *id)
{
    char text[UUID_TEXT];
    uuid_print(id, text);
    buf_json_string(buf, span_of(text));
}

static void print_counters(struct buf *buf, const struct source_line *line)
{
    buf_text(buf, ",\"counters\":{\"accepted\":");
    buf_int(buf, line->accepted);
    buf_text(buf, ",\"duplicate\":");
    buf_int(buf, line->duplicate);
    buf_text(buf, ",\"ignored\":");
    buf_int(buf, line->ignored);
    buf_text(buf, ",\"refused\":{");
    for (size_t i = 0; i < line->n_refused; i++) {
        buf_text(buf, i ? "," : "");
        buf_json_string(buf, line->refused[i].code);
        buf_char(buf, ':');
        buf_int(buf, line->refused[i].n);
    }
    buf_text(buf, "}}");
}

/** Without the closing brace. */
static void print_open(struct buf *buf, struct arena *arena, const struct source_line *line)
{
    buf_text(buf, "{\"id\":");
    print_id(buf, &line->id);
    buf_printf(buf, ",\"type\":\"%s\",\"name\":", source_type_word(line->type));
    buf_json_string(buf, line->name);
    buf_text(buf, ",\"url\":");
    buf_json_string(buf, span_of(source_url(arena, line->type, &line->id)));
    buf_text(buf, ",\"settings\":");
    buf_span(buf, line->settings);
    print_counters(buf, line);
    secret_lives_print(buf, &line->secrets);
    buf_text(buf, ",\"last_heard_at\":");
    buf_json_time(buf, line->last_heard_at);
    buf_text(buf, ",\"created_at\":");
    buf_json_time(buf, line->created_at);
    buf_text(buf, ",\"version\":");
    buf_int(buf, line->version);
}

void source_print(struct buf *buf, struct arena *arena, const struct source_line *line)
{
    print_open(buf, arena, line);
    buf_char(buf, '}');
}

void source_created_print(struct buf *buf, struct arena *arena, const struct source_line *line,
                          struct span secret)
{
    print_open(buf, arena, line);
    if (secret.n != 0) {
        buf_text(buf, source_has_key(line->type) ? ",\"key\":" : ",\"secret\":");
        buf_json_string(buf, secret);
    }
    buf_char(buf, '}');
}

void source_list_print(struct buf *buf, struct arena *arena, const struct source_line *lines, size_t n)
{
    buf_text(buf, "{\"data\":[");
    for (size_t i = 0; i < n; i++) {
        buf_text(buf, i ? "," : "");
        source_print(buf, arena, &lines[i]);
    }
    buf_text(buf, "],\"has_more\":false,\"next_cursor\":null}");
}

/* --- the log ----------------------------------------------------------------------------------------- */

static void print_text(struct buf *buf, const char *name, struct span text)
{
    buf_printf(buf, ",\"%s\":", name);
    if (text.n == 0) {
        buf_text(buf, "null");
    } else {
        buf_json_string(buf, text);
    }
}

static void print_json(struct buf *buf, const char *name, struct span json)
{
    buf_printf(buf, ",\"%s\":", name);
    buf_span(buf, json.n ? json : span_of("null"));
}

static void print_reason(struct buf *buf, const struct source_entry *entry)
{
    if (entry->result == RESULT_IGNORED) {
        print_text(buf, "reason", entry->detail);
        return;
    }
    if (entry->result != RESULT_REFUSED) {
        return;
    }
    buf_text(buf, ",\"error\":{\"code\":");
    buf_json_string(buf, entry->code);
    buf_text(buf, ",\"pointer\":");
    buf_json_string(buf, entry->pointer);
    buf_text(buf, ",\"detail\":");
    buf_json_string(buf, entry->detail);
    buf_char(buf, '}');
}

void source_entry_print(struct buf *buf, const struct source_entry *entry)
{
    buf_text(buf, "{\"received_at\":");
    buf_json_time(buf, entry->received_at);
    buf_printf(buf, ",\"result\":\"%s\"", source_result_word(entry->result));
    print_reason(buf, entry);
    print_text(buf, "subject", entry->subject);
    print_json(buf, "message", entry->message);
    print_text(buf, "event", entry->kind);
    print_text(buf, "messageId", entry->message_id);
    buf_text(buf, ",\"customer_key\":");
    if (entry->has_customer) {
        print_id(buf, &entry->customer_key);
    } else {
        buf_text(buf, "null");
    }
    print_json(buf, "outcome", entry->outcome);
    buf_char(buf, '}');
}
