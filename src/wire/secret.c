#include "wire/secret.h"

void secret_lives_print(struct buf *buf, const struct secret_lives *lives)
{
    buf_text(buf, ",\"secrets\":[");
    for (size_t i = 0; i < lives->n; i++) {
        buf_text(buf, i ? ",{\"created_at\":" : "{\"created_at\":");
        buf_json_time(buf, lives->of[i].created_at);
        buf_text(buf, ",\"expires_at\":");
        buf_json_time(buf, lives->of[i].expires_at);
        buf_char(buf, '}');
    }
    buf_char(buf, ']');
}
