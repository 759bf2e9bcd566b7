#include "base/uuid.h"
#include "wire/endpoint.h"

static void print_names(struct buf *buf, const char *member, struct span names)
{
    buf_printf(buf, ",\"%s\":", member);
    if (names.n == 0) {
        buf_text(buf, "null");
        return;
    }
    buf_char(buf, '[');
    while (names.n) {
        buf_json_string(buf, span_take(&names, ','));
        buf_text(buf, names.n ? "," : "");
    }
    buf_char(buf, ']');
}

static void print_chosen(struct buf *buf, const struct endpoint *endpoint)
{
    char id[UUID_TEXT];
    uuid_print(&endpoint->id, id);
    buf_printf(buf, "{\"id\":\"%s\",\"url\":", id);
    buf_json_string(buf, endpoint->url);
    buf_text(buf, ",\"description\":");
    buf_json_string(buf, endpoint->description);
    buf_printf(buf, ",\"format\":\"%s\"", endpoint_format_word(endpoint->format));
    print_names(buf, "event_types", endpoint->event_types);
    print_names(buf, "models", endpoint->models);
    print_names(buf, "segments", endpoint->segments);
    print_names(buf, "stages", endpoint->stages);
    buf_printf(buf, ",\"include_silent\":%s", endpoint->has_silent ? "true" : "false");
}

static void print_status(struct buf *buf, const struct endpoint *endpoint)
{
    static const char *const reasons[] = {
        [ENDPOINT_AS_CHOSEN] = "null", [ENDPOINT_GONE] = "\"gone\"", [ENDPOINT_FAILING] = "\"failing\""};
    buf_printf(buf, ",\"status\":\"%s\",\"status_reason\":%s,\"status_at\":", endpoint_status_word(endpoint->status),
               reasons[endpoint->reason]);
    buf_json_time(buf, endpoint->status_at);
    buf_text(buf, ",\"created_at\":");
    buf_json_time(buf, endpoint->created_at);
    buf_printf(buf, ",\"version\":%d", endpoint->version);
}

static void print_progress(struct buf *buf, const struct endpoint_line *line)
{
    int64_t lag = line->head > line->position ? line->head - line->position : 0;
    buf_text(buf, ",\"progress\":{\"position\":");
    buf_int(buf, line->position);
    buf_text(buf, ",\"head\":");
    buf_int(buf, line->head);
    buf_text(buf, ",\"lag\":");
    buf_int(buf, lag);
    buf_text(buf, ",\"pending\":");
    buf_int(buf, line->n_pending);
    buf_text(buf, ",\"recovering\":");
    buf_int(buf, line->n_replays);
    buf_text(buf, ",\"failing_since\":");
    buf_json_time(buf, line->failing_since);
    buf_text(buf, ",\"last_success_at\":");
    buf_json_time(buf, line->last_success_at);
    buf_char(buf, '}');
}

void endpoint_print(struct buf *buf, const struct endpoint_line *line, struct span secret)
{
    print_chosen(buf, &line->endpoint);
    buf_printf(buf, ",\"has_authorization\":%s", line->has_authorization ? "true" : "false");
    print_status(buf, &line->endpoint);
    secret_lives_print(buf, &line->secrets);
    print_progress(buf, line);
    if (secret.n) {
        buf_text(buf, ",\"secret\":");
        buf_json_string(buf, secret);
    }
    buf_char(buf, '}');
}

void endpoint_list_print(struct buf *buf, const struct endpoint_line *lines, size_t n)
{
    buf_text(buf, "{\"data\":[");
    for (size_t i = 0; i < n; i++) {
        buf_text(buf, i ? "," : "");
        endpoint_print(buf, &lines[i], (struct span){"", 0});
    }
    buf_text(buf, "],\"has_more\":false,\"next_cursor\":null}");
}
