#include "wire/refusal.h"

#include "wire/cursor.h"

void refusal_list_print(struct buf *buf, const struct refusal_line *lines, size_t n)
{
    buf_text(buf, "{\"data\":[");
    for (size_t i = 0; i < n; i++) {
        buf_text(buf, i ? ",{\"received_at\":" : "{\"received_at\":");
        buf_json_time(buf, lines[i].received_at);
        buf_text(buf, ",\"code\":");
        buf_json_string(buf, lines[i].code);
        buf_text(buf, ",\"pointer\":");
        buf_json_string(buf, lines[i].pointer);
        buf_text(buf, ",\"detail\":");
        buf_json_string(buf, lines[i].detail);
        buf_char(buf, '}');
    }
    buf_text(buf, "],");
    page_print(buf, (struct span){NULL, 0});
    buf_char(buf, '}');
}
