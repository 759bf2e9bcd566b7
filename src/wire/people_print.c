#include "wire/people.h"

#include "base/uuid.h"
#include "wire/customer.h"

static void print_id(struct buf *buf, const char *name, const struct uuid *id)
{
    char text[UUID_TEXT];
    uuid_print(id, text);
    buf_printf(buf, "\"%s\":\"%s\"", name, text);
}

static void print_time(struct buf *buf, const char *name, usec_t t)
{
    buf_printf(buf, ",\"%s\":", name);
    buf_json_time(buf, t);
}

static void separate(struct buf *buf, size_t i)
{
    if (i)
        buf_char(buf, ',');
}

/* "WORD:VALUE" without its word. */
static struct span value_of(const struct identity_name *name)
{
    if (name->kind == IDENTITY_USER || name->kind == IDENTITY_ANONYMOUS)
        return name->text;
    size_t n = strlen(identity_word(name->kind)) + 1;
    return name->text.n < n ? name->text : (struct span){name->text.p + n, name->text.n - n};
}

/* Without the closing brace. */
static void print_name_open(struct buf *buf, const struct identity_name *name)
{
    buf_printf(buf, "{\"type\":\"%s\",\"value\":", identity_word(name->kind));
    buf_json_string(buf, value_of(name));
}

static void print_name(struct buf *buf, const char *member, const struct identity_name *name)
{
    buf_printf(buf, "\"%s\":", member);
    print_name_open(buf, name);
    buf_char(buf, '}');
}

static const char *link_cause_word(int cause)
{
    static const char *const words[] = {"message", "message", "alias", "order", "request"};
    return words[cause > 0 && (size_t)cause < COUNT_OF(words) ? cause : 0];
}

void identities_print(struct buf *buf, const char *name, const struct identities_view *view)
{
    buf_printf(buf, "\"%s\":[", name);
    for (size_t i = 0; i < view->n_lines; i++) {
        separate(buf, i);
        print_name_open(buf, &view->lines[i].name);
        buf_text(buf, view->lines[i].is_used ? ",\"used\":true}" : ",\"used\":false}");
    }
    buf_text(buf, "],\"links\":[");
    for (size_t i = 0; i < view->n_links; i++) {
        const struct link_line *link = &view->links[i];
        separate(buf, i);
        buf_char(buf, '{');
        print_id(buf, "id", &link->id);
        buf_char(buf, ',');
        print_name(buf, "from", &link->from);
        buf_char(buf, ',');
        print_name(buf, "to", &link->to);
        buf_printf(buf, ",\"cause\":\"%s\"", link_cause_word(link->cause));
        print_time(buf, "at", link->at);
        print_time(buf, "withdrawn_at", link->withdrawn_at);
        buf_char(buf, '}');
    }
    buf_text(buf, "],\"separated\":[");
    for (size_t i = 0; i < view->n_separations; i++) {
        separate(buf, i);
        buf_char(buf, '{');
        print_name(buf, "from", &view->separations[i].from);
        buf_char(buf, ',');
        print_name(buf, "to", &view->separations[i].to);
        print_time(buf, "at", view->separations[i].at);
        buf_char(buf, '}');
    }
    buf_char(buf, ']');
}

void erasure_print(struct buf *buf, const struct erasure_line *line)
{
    buf_char(buf, '{');
    print_id(buf, "id", &line->id);
    print_time(buf, "erased_at", line->erased_at);
    buf_printf(buf, ",\"cause\":\"%s\",\"identities\":", line->cause == 1 ? "api" : "shop_system");
    buf_int(buf, line->identities);
    buf_text(buf, ",\"events\":");
    buf_int(buf, line->events);
    buf_text(buf, ",\"orders\":");
    buf_int(buf, line->orders);
    buf_text(buf, ",\"transitions\":");
    buf_int(buf, line->transitions);
    buf_char(buf, '}');
}

/* An id as a segment of a path. */
static void print_encoded(struct buf *buf, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                        c == '_' || c == '~';
        if (is_plain)
            buf_char(buf, (char)c);
        else
            buf_printf(buf, "%%%02X", c);
    }
}

void privacy_print(struct buf *buf, const struct privacy_line *line)
{
    static const char *const words[] = {"erase", "erase", "disclose", "erase_source"};
    buf_char(buf, '{');
    print_id(buf, "id", &line->id);
    buf_printf(buf, ",\"kind\":\"%s\",", words[line->kind]);
    print_id(buf, "source", &line->source_id);
    buf_printf(buf, ",\"state\":\"%s\"", line->done_at == NONE ? "open" : "done");
    print_time(buf, "received_at", line->received_at);
    print_time(buf, "done_at", line->done_at);
    buf_text(buf, ",\"erased\":");
    buf_int(buf, line->erased);
    buf_text(buf, ",\"erasures\":");
    buf_span(buf, line->erasures.n ? line->erasures : span_of("[]"));
    buf_text(buf, ",\"customers\":[");
    for (size_t i = 0; i < line->n_customers; i++) {
        separate(buf, i);
        buf_text(buf, "{\"id\":");
        buf_json_string(buf, line->customers[i]);
        buf_text(buf, ",\"export\":\"/v1/customers/");
        print_encoded(buf, line->customers[i]);
        buf_text(buf, "/export\"}");
    }
    buf_text(buf, "]}");
}

/* --- the export ------------------------------------------------------------------------------------------------- */

void export_event_print(struct buf *buf, const struct export_event *event)
{
    struct span name = event_kind_normalised(event->kind);
    buf_char(buf, '{');
    print_id(buf, "id", &event->id);
    buf_char(buf, ',');
    print_name(buf, "identity", &event->of);
    print_time(buf, "occurred_at", event->occurred_at);
    print_time(buf, "received_at", event->received_at);
    buf_text(buf, ",\"understood_as\":");
    if (name.n)
        buf_json_string(buf, name);
    else
        buf_text(buf, "null");
    buf_text(buf, ",\"message\":");
    buf_span(buf, event->message);
    buf_char(buf, '}');
}
