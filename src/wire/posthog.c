#include "scan.h"
#include "wire/translate.h"

/*
 * PostHog's events in the words of the Segment spec: one message for each item of the batch, in the same
 * place, so that what is refused is told by the index that the sender knows. An item that is not understood
 * is left as it is, for message_decode() to refuse. Values are copied as they were written.
 *
 * Who it is: distinct_id is the userId, as in PostHog every id is a person's, unless the event says that it
 * is only the device's ($is_identified or $process_person_profile is false, or $device_id is the same): then
 * it is the anonymousId. $identify joins $anon_distinct_id, $create_alias and $merge_dangerously join
 * `alias`. $set_once has no like in the spec and is no trait.
 */

#define FIELD_TABLE(X)                                                                                       \
    X(EVENT, "event")                                                                                        \
    X(DISTINCT_ID, "distinct_id")                                                                            \
    X(PROPERTIES, "properties")                                                                              \
    X(TIMESTAMP, "timestamp")                                                                                \
    X(UUID, "uuid")                                                                                          \
    X(SET, "$set")

#define DETAIL_TABLE(X)                                                                                      \
    X(DISTINCT_ID, "distinct_id")                                                                            \
    X(SET, "$set")                                                                                           \
    X(ALIAS, "alias")                                                                                        \
    X(ANON_DISTINCT_ID, "$anon_distinct_id")                                                                 \
    X(IS_IDENTIFIED, "$is_identified")                                                                       \
    X(PROCESS_PERSON, "$process_person_profile")                                                             \
    X(DEVICE_ID, "$device_id")                                                                               \
    X(GROUP_TYPE, "$group_type")                                                                             \
    X(GROUP_KEY, "$group_key")                                                                               \
    X(GROUP_SET, "$group_set")                                                                               \
    X(SCREEN_NAME, "$screen_name")                                                                           \
    X(TITLE, "title")                                                                                        \
    X(URL, "$current_url")                                                                                   \
    X(PATH, "$pathname")                                                                                     \
    X(REFERRER, "$referrer")                                                                                 \
    X(UTM_SOURCE, "utm_source")                                                                              \
    X(UTM_MEDIUM, "utm_medium")                                                                              \
    X(UTM_CAMPAIGN, "utm_campaign")                                                                          \
    X(UTM_TERM, "utm_term")                                                                                  \
    X(UTM_CONTENT, "utm_content")                                                                            \
    X(LIB, "$lib")                                                                                           \
    X(LIB_VERSION, "$lib_version")                                                                           \
    X(LANGUAGE, "$browser_language")

enum field {
#define X(name, text) FIELD_##name,
    FIELD_TABLE(X)
#undef X
        FIELD_COUNT
};

enum detail {
#define X(name, text) DETAIL_##name,
    DETAIL_TABLE(X)
#undef X
        DETAIL_COUNT
};

static const struct span field_names[FIELD_COUNT] = {
#define X(name, text) [FIELD_##name] = SCAN_NAME(text),
    FIELD_TABLE(X)
#undef X
};

static const struct span detail_names[DETAIL_COUNT] = {
#define X(name, text) [DETAIL_##name] = SCAN_NAME(text),
    DETAIL_TABLE(X)
#undef X
};

/** One event while it is translated. Tokens; 0: absent or null. */
struct event_reading {
    struct arena *arena;
    const struct scan *scan;
    struct buf *out;
    size_t fields[FIELD_COUNT];
    size_t details[DETAIL_COUNT];
};

/* --- writing -------------------------------------------------------------------------------------------- */

static void begin_member(struct buf *out, const char *name)
{
    char last = out->p[out->n - 1];
    if (last != '{' && last != '[') {
        buf_char(out, ',');
    }
    buf_json_string(out, span_of(name));
    buf_char(out, ':');
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    begin_member(out, name);
    buf_json_string(out, span_of(text));
}

/** The value at ${token} as it was written; nothing when it is absent. */
static void put(const struct event_reading *e, const char *name, size_t token)
{
    if (token != 0) {
        begin_member(e->out, name);
        buf_span(e->out, scan_raw(e->scan, token));
    }
}

/** An object of those of its members that are there; nothing when none is. */
static void put_object(const struct event_reading *e, const char *name, const char *const *names,
                       const enum detail *details, size_t n)
{
    size_t before = e->out->n;
    begin_member(e->out, name);
    buf_char(e->out, '{');
    size_t empty = e->out->n;
    for (size_t i = 0; i < n; i++) {
        put(e, names[i], e->details[details[i]]);
    }
    if (e->out->n == empty) {
        e->out->n = before;
        return;
    }
    buf_char(e->out, '}');
}

/* --- reading -------------------------------------------------------------------------------------------- */

static struct span text_at(const struct event_reading *e, size_t token)
{
    bool is_string = token != 0 && scan_type(e->scan, token) == TOKEN_STRING;
    return is_string ? scan_string(e->arena, e->scan, token) : (struct span){"", 0};
}

static bool is_false(const struct event_reading *e, enum detail detail)
{
    size_t token = e->details[detail];
    return token != 0 && scan_type(e->scan, token) == TOKEN_FALSE;
}

static size_t first_of(size_t one, size_t other)
{
    return one != 0 ? one : other;
}

static size_t distinct_id(const struct event_reading *e)
{
    return first_of(e->fields[FIELD_DISTINCT_ID], e->details[DETAIL_DISTINCT_ID]);
}

static bool is_anonymous(const struct event_reading *e)
{
    struct span device = text_at(e, e->details[DETAIL_DEVICE_ID]);
    return is_false(e, DETAIL_IS_IDENTIFIED) || is_false(e, DETAIL_PROCESS_PERSON) ||
           (device.n != 0 && span_equal(device, text_at(e, distinct_id(e))));
}

/** A group's event that no person sent: the SDK then makes an id of the group's type and key. */
static bool is_of_group_alone(const struct event_reading *e)
{
    struct span type = text_at(e, e->details[DETAIL_GROUP_TYPE]);
    struct span key = text_at(e, e->details[DETAIL_GROUP_KEY]);
    const char *made = arena_printf(e->arena, "$%.*s_%.*s", (int)type.n, type.p, (int)key.n, key.p);
    return span_is(text_at(e, distinct_id(e)), made);
}

/* --- the kinds of events -------------------------------------------------------------------------------- */

static void put_person(const struct event_reading *e)
{
    put(e, is_anonymous(e) ? "anonymousId" : "userId", distinct_id(e));
}

static size_t traits_of(const struct event_reading *e)
{
    return first_of(e->fields[FIELD_SET], e->details[DETAIL_SET]);
}

static void write_identify(const struct event_reading *e)
{
    put_text(e->out, "type", "identify");
    put(e, "userId", distinct_id(e));
    put(e, "anonymousId", e->details[DETAIL_ANON_DISTINCT_ID]);
    put(e, "traits", traits_of(e));
}

/** `$set`: traits without a word on who is who. */
static void write_traits(const struct event_reading *e)
{
    put_text(e->out, "type", "identify");
    put_person(e);
    put(e, "traits", traits_of(e));
}

static void write_alias(const struct event_reading *e)
{
    put_text(e->out, "type", "alias");
    put(e, "userId", distinct_id(e));
    put(e, "previousId", e->details[DETAIL_ALIAS]);
}

static void write_group(const struct event_reading *e)
{
    put_text(e->out, "type", "group");
    if (!is_of_group_alone(e)) {
        put_person(e);
    }
    put(e, "groupId", e->details[DETAIL_GROUP_KEY]);
    put(e, "traits", e->details[DETAIL_GROUP_SET]);
}

static void write_page(const struct event_reading *e)
{
    put_text(e->out, "type", "page");
    put_person(e);
    put(e, "name", e->details[DETAIL_TITLE]);
    put(e, "properties", e->fields[FIELD_PROPERTIES]);
}

static void write_screen(const struct event_reading *e)
{
    put_text(e->out, "type", "screen");
    put_person(e);
    put(e, "name", e->details[DETAIL_SCREEN_NAME]);
    put(e, "properties", e->fields[FIELD_PROPERTIES]);
}

static void write_track(const struct event_reading *e)
{
    put_text(e->out, "type", "track");
    put_person(e);
    put(e, "event", e->fields[FIELD_EVENT]);
    put(e, "properties", e->fields[FIELD_PROPERTIES]);
}

static const struct kind {
    const char *event;
    void (*write)(const struct event_reading *e);
    bool has_traits; /* $set is in them, not in the context */
} kinds[] = {
    {"$identify", write_identify, true},    {"$set", write_traits, true},
    {"$create_alias", write_alias, false},  {"$merge_dangerously", write_alias, false},
    {"$groupidentify", write_group, false}, {"$pageview", write_page, false},
    {"$screen", write_screen, false},       {NULL, write_track, false}, /* any other */
};

static const struct kind *kind_of(struct span event)
{
    size_t i = 0;
    while (kinds[i].event != NULL && !span_is(event, kinds[i].event)) {
        i++;
    }
    return &kinds[i];
}

/* --- the context ---------------------------------------------------------------------------------------- */

/** What runs at the customer's: its clock may be wrong. Servers' libraries have no channel. */
static const struct {
    const char *library;
    const char *channel;
} channels[] = {
    {"web", "web"},
    {"posthog-js-lite", "web"},
    {"posthog-ios", "mobile"},
    {"posthog-android", "mobile"},
    {"posthog-react-native", "mobile"},
    {"posthog-flutter", "mobile"},
};

static void put_channel(const struct event_reading *e)
{
    struct span library = text_at(e, e->details[DETAIL_LIB]);
    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        if (span_is(library, channels[i].library)) {
            put_text(e->out, "channel", channels[i].channel);
        }
    }
}

static void put_context(const struct event_reading *e, bool has_traits)
{
    static const char *const page[] = {"url", "path", "referrer", "title"};
    static const enum detail page_of[] = {DETAIL_URL, DETAIL_PATH, DETAIL_REFERRER, DETAIL_TITLE};
    static const char *const campaign[] = {"source", "medium", "name", "term", "content"};
    static const enum detail campaign_of[] = {DETAIL_UTM_SOURCE, DETAIL_UTM_MEDIUM, DETAIL_UTM_CAMPAIGN,
                                              DETAIL_UTM_TERM, DETAIL_UTM_CONTENT};
    static const char *const library[] = {"name", "version"};
    static const enum detail library_of[] = {DETAIL_LIB, DETAIL_LIB_VERSION};
    size_t before = e->out->n;
    begin_member(e->out, "context");
    buf_char(e->out, '{');
    size_t empty = e->out->n;
    put_channel(e);
    put_object(e, "library", library, library_of, COUNT_OF(library));
    put_object(e, "page", page, page_of, COUNT_OF(page));
    put_object(e, "campaign", campaign, campaign_of, COUNT_OF(campaign));
    put(e, "locale", e->details[DETAIL_LANGUAGE]);
    if (!has_traits) {
        put(e, "traits", traits_of(e));
    }
    if (e->out->n == empty) {
        e->out->n = before;
        return;
    }
    buf_char(e->out, '}');
}

/* --- the batch ------------------------------------------------------------------------------------------ */

static void write_event(struct event_reading *e, size_t item)
{
    const struct scan *scan = e->scan;
    if (scan_type(scan, item) != TOKEN_OBJECT) {
        buf_span(e->out, scan_raw(scan, item));
        return;
    }
    scan_members(scan, item, field_names, FIELD_COUNT, e->fields);
    memset(e->details, 0, sizeof(e->details));
    size_t properties = e->fields[FIELD_PROPERTIES];
    if (properties != 0 && scan_type(scan, properties) == TOKEN_OBJECT) {
        scan_members(scan, properties, detail_names, DETAIL_COUNT, e->details);
    }
    const struct kind *kind = kind_of(text_at(e, e->fields[FIELD_EVENT]));
    buf_char(e->out, '{');
    kind->write(e);
    put(e, "messageId", e->fields[FIELD_UUID]);
    put(e, "timestamp", e->fields[FIELD_TIMESTAMP]);
    put_context(e, kind->has_traits);
    buf_char(e->out, '}');
}

enum { BODY_API_KEY, BODY_BATCH, BODY_SENT_AT, BODY_COUNT };

static size_t write_batch(struct arena *arena, const struct scan *scan, const size_t *body, struct buf *out)
{
    struct event_reading e = {.arena = arena, .scan = scan, .out = out};
    size_t n = 0;
    buf_char(out, '{');
    put(&e, "api_key", body[BODY_API_KEY]);
    put(&e, "sentAt", body[BODY_SENT_AT]);
    begin_member(out, "batch");
    buf_char(out, '[');
    for (size_t item = body[BODY_BATCH] + 1; item < scan_next(scan, body[BODY_BATCH]);
         item = scan_next(scan, item)) {
        if (n++ != 0) {
            buf_char(out, ',');
        }
        write_event(&e, item);
    }
    buf_text(out, "]}");
    return n;
}

enum status posthog_translate(struct arena *arena, const struct translate_request *request,
                              const struct translate_settings *settings, struct translation *out,
                              struct error *error)
{
    (void)settings; /* PostHog's SDKs send with a key of the shop, not of a source */
    static const struct span names[BODY_COUNT] = {
        [BODY_API_KEY] = SCAN_NAME("api_key"),
        [BODY_BATCH] = SCAN_NAME("batch"),
        [BODY_SENT_AT] = SCAN_NAME("sent_at"),
    };
    struct scan scan;
    enum status status = scan_parse(arena, request->body, SCAN_DEPTH_MAX, &scan, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (scan_type(&scan, 0) != TOKEN_OBJECT) {
        return error_set(error, STATUS_WRONG_TYPE, "", "the body must be an object");
    }
    size_t body[BODY_COUNT];
    scan_members(&scan, 0, names, BODY_COUNT, body);
    if (body[BODY_BATCH] == 0) {
        return error_set(error, STATUS_MISSING_MEMBER, "/batch", "batch is missing");
    }
    if (scan_type(&scan, body[BODY_BATCH]) != TOKEN_ARRAY) {
        return error_set(error, STATUS_WRONG_TYPE, "/batch", "batch must be an array");
    }
    struct buf json;
    buf_init(&json, 0);
    *out = (struct translation){.kind = TRANSLATION_MESSAGES, .n = write_batch(arena, &scan, body, &json)};
    out->body = arena_span(arena, (struct span){json.p, json.n});
    buf_done(&json);
    return STATUS_OK;
}
