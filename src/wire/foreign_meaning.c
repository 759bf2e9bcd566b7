#include "foreign_parts.h"

/* What an event is by its type alone: the last words of a type are often the name of an event that we know.
 */

/** Names by which systems call what the Segment spec has another word for. */
static const struct {
    const char *words;
    const char *type;
    const char *event;
} usual[] = {
    {"order placed", "track", "Order Completed"},
    {"order paid", "track", "Order Completed"},
    {"customer identified", "identify", ""},
    {"customer created", "identify", ""},
    {"customer updated", "identify", ""},
    {"customer registered", "identify", ""},
    {"user identified", "identify", ""},
    {"user created", "identify", ""},
    {"user updated", "identify", ""},
    {"user registered", "identify", ""},
    {"page viewed", "page", ""},
    {"screen viewed", "screen", ""},
};

#define TYPE_BYTES_MAX 255
#define TYPE_WORDS_MAX 5 /* of the longest name that we know */

/** A type's words in lower case, one space between them: "com.acme.OrderCompleted.v1" is "com acme order
 * completed". */
static size_t words_of(struct span type, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < type.n; i++) {
        char c = type.p[i];
        bool is_upper = c >= 'A' && c <= 'Z';
        bool is_lower = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
        bool begins = is_upper && i > 0 && type.p[i - 1] >= 'a' && type.p[i - 1] <= 'z';
        if ((begins || (!is_upper && !is_lower)) && n > 0 && out[n - 1] != ' ') {
            out[n++] = ' ';
        }
        if (is_upper || is_lower) {
            out[n++] = (char)(is_upper ? c + ('a' - 'A') : c);
        }
    }
    while (n > 0 && out[n - 1] == ' ') {
        n--;
    }
    size_t version = n; /* "v1" at the end is of the format, not of the event */
    while (version > 0 && out[version - 1] >= '0' && out[version - 1] <= '9') {
        version--;
    }
    return version < n && version > 1 && out[version - 1] == 'v' && out[version - 2] == ' ' ? version - 2 : n;
}

struct meaning meaning_named(struct span event)
{
    static const char *const types[] = {"identify", "page", "screen"};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (span_is(event, types[i])) {
            return (struct meaning){.type = types[i], .kind = EVENT_CUSTOM};
        }
    }
    char name[TYPE_BYTES_MAX];
    size_t n = event_name_normalise(event, name, sizeof(name));
    return (struct meaning){.type = "track", .event = event, .kind = event_kind_of((struct span){name, n})};
}

/** What the last words of a type say; false when they say nothing to us. */
static bool words_mean(struct span words, struct meaning *out)
{
    for (size_t i = 0; i < COUNT_OF(usual); i++) {
        if (span_is(words, usual[i].words)) {
            *out = usual[i].event[0] != 0 ? meaning_named(span_of(usual[i].event))
                                          : (struct meaning){.type = usual[i].type, .kind = EVENT_CUSTOM};
            return true;
        }
    }
    enum event_kind kind = event_kind_of(words);
    if (kind == EVENT_CUSTOM) {
        return false;
    }
    *out = (struct meaning){.type = "track", .event = span_of(event_kind_name(kind)), .kind = kind};
    return true;
}

struct meaning meaning_of(struct span type)
{
    struct meaning meaning;
    char text[2 * TYPE_BYTES_MAX];
    if (type.n > TYPE_BYTES_MAX) {
        return (struct meaning){.type = "track", .event = type, .kind = EVENT_CUSTOM};
    }
    size_t n = words_of(type, text);
    size_t starts[TYPE_WORDS_MAX];
    size_t n_starts = 0;
    for (size_t i = n; i > 0 && n_starts < TYPE_WORDS_MAX; i--) {
        if (i == 1 || text[i - 2] == ' ') {
            starts[n_starts++] = i - 1;
        }
    }
    while (n_starts > 0) { /* the most words first */
        size_t start = starts[--n_starts];
        if (words_mean((struct span){text + start, n - start}, &meaning)) {
            return meaning;
        }
    }
    return (struct meaning){.type = "track", .event = type, .kind = EVENT_CUSTOM};
}
