#include "wire/endpoint.h"

#include "endpoint_value.h"
#include "patch.h"
#include "wire/change.h"

/* --- members ----------------------------------------------------------------------------------------- */

/* clang-format off */
/* What an endpoint has: name, and who may send it: N when it is made, P in a patch, S it is stored. */
#define N 1u
#define P 2u
#define S 4u
#define MEMBER_TABLE(X)                                                                                       \
    X(URL, "url", N | P | S)                                                                                  \
    X(EVENT_TYPES, "event_types", N | P | S)                                                                  \
    X(MODELS, "models", N | P | S)                                                                            \
    X(SEGMENTS, "segments", N | P | S)                                                                        \
    X(STAGES, "stages", N | P | S)                                                                            \
    X(FORMAT, "format", N | P | S)                                                                            \
    X(DESCRIPTION, "description", N | P | S)                                                                  \
    X(INCLUDE_SILENT, "include_silent", N | P | S)                                                            \
    X(AUTHORIZATION, "authorization", N | P)                                                                  \
    X(STATUS, "status", P)                                                                                    \
    X(SECRET, "secret", N)                                                                                    \
    /* the same by the names that REST-hook clients use */                                                    \
    X(TARGET_URL, "target_url", N)                                                                            \
    X(TARGET_URL_CAMEL, "targetUrl", N)                                                                       \
    X(HOOK_URL, "hookUrl", N)                                                                                 \
    X(HOOK_URL_SNAKE, "hook_url", N)                                                                          \
    X(EVENT, "event", N)                                                                                      \
    X(EVENTS, "events", N)                                                                                    \
    /* what they tell of themselves: passed over */                                                           \
    X(SUBSCRIPTION_URL, "subscription_url", N)                                                                \
    X(HOOK_ID, "hookId", N)                                                                                   \
    X(ZAP_ID, "zapId", N)                                                                                     \
    X(ZAP, "zap", N)
/* clang-format on */

enum member {
#define X(name, text, who) name,
    MEMBER_TABLE(X)
#undef X
        MEMBER_COUNT
};

static const struct span members[MEMBER_COUNT] = {
#define X(name, text, who) [name] = SCAN_NAME(text),
    MEMBER_TABLE(X)
#undef X
};

static const unsigned senders[MEMBER_COUNT] = {
#define X(name, text, who) [name] = (who),
    MEMBER_TABLE(X)
#undef X
};

static const char *pointer_of(const struct document *d, enum member member)
{
    return document_pointer(d, "", members[member]);
}

/** The members that ${who} may send; any other is refused. */
static enum status take_members(const struct document *d, unsigned who, size_t values[MEMBER_COUNT])
{
    enum status status = document_members(d, 0, "", members, MEMBER_COUNT, values);
    for (int i = 0; status == STATUS_OK && i < MEMBER_COUNT; i++) {
        if (!(senders[i] & who) && document_find(d, 0, members[i]) != 0) {
            status = document_refuse(d, pointer_of(d, (enum member)i), "there is no member \"%s\" here",
                                     members[i].p);
        }
    }
    return status;
}

/** The one of several names of the same that is there; the first when none is. Errors: two are. */
static enum status choose(const struct document *d, const size_t values[MEMBER_COUNT], const enum member *names,
                          size_t n, enum member *out)
{
    *out = names[0];
    for (size_t i = 1; i < n; i++) {
        if (values[names[i]] == 0) {
            continue;
        }
        if (values[*out] != 0) {
            return document_refuse(d, pointer_of(d, names[i]), "says the same as \"%s\": send one of them",
                                   members[*out].p);
        }
        *out = names[i];
    }
    return STATUS_OK;
}

/* --- lists ------------------------------------------------------------------------------------------- */

/** Who reads, and what its names are held against. */
struct looking {
    const struct document *d;
    const struct definitions *definitions; /* NULL: the names were checked before they were stored */
};

static bool has_stage(const struct looking *l, struct span name)
{
    const char *dot = memchr(name.p, '.', name.n);
    struct span key = dot ? (struct span){dot + 1, (size_t)(name.p + name.n - dot - 1)} : name;
    for (int i = 0; i < l->definitions->n_models; i++) {
        const struct model *model = model_at(&l->definitions->models[i], TIME_MAX);
        bool is_meant = model && !model->is_withdrawn &&
                        (!dot || span_is((struct span){name.p, (size_t)(dot - name.p)}, model->key));
        if (is_meant && model_stage_by_key(model, key)) {
            return true;
        }
    }
    return false;
}

static bool is_known(const struct looking *l, enum member list, struct span name)
{
    if (name.n == 0 || memchr(name.p, ',', name.n)) {
        return false;
    }
    if (list == EVENT_TYPES) {
        return change_types_of(name) != 0;
    }
    return l->definitions == NULL || (list == MODELS     ? definitions_model(l->definitions, name, TIME_MAX) != NULL
                                      : list == SEGMENTS ? definitions_segment(l->definitions, name, TIME_MAX) != NULL
                                                         : has_stage(l, name));
}

static const char *what_is_meant(enum member list)
{
    return list == EVENT_TYPES ? "type of changes, such as segment.entered or segment.*"
           : list == MODELS    ? "model of this shop"
           : list == SEGMENTS  ? "segment of this shop"
                               : "stage of this shop, such as loyal or purchase.loyal";
}

static enum status take_item(const struct looking *l, enum member list, size_t token, const char *pointer,
                             struct buf *out)
{
    struct span name;
    enum status status = document_text(l->d, token, pointer, &name);
    if (status != STATUS_OK) {
        return status;
    }
    if (!is_known(l, list, name)) {
        return document_refuse(l->d, pointer, "is no %s", what_is_meant(list));
    }
    if (out->n > 0) {
        buf_char(out, ',');
    }
    buf_span(out, name);
    return STATUS_OK;
}

static enum status take_items(const struct looking *l, enum member list, size_t token, const char *pointer,
                              struct buf *out)
{
    const struct scan *scan = &l->d->scan;
    enum status status = STATUS_OK;
    int n = 0;
    if (scan_type(scan, token) == TOKEN_STRING) {
        return take_item(l, list, token, pointer, out);
    }
    if (scan_type(scan, token) != TOKEN_ARRAY) {
        return document_refuse(l->d, pointer, "must be a list of names");
    }
    for (size_t i = token + 1; status == STATUS_OK && i < scan_next(scan, token); i = scan_next(scan, i)) {
        if (n == ENDPOINT_LIST_MAX) {
            return document_refuse(l->d, pointer, "must have at most %d names", ENDPOINT_LIST_MAX);
        }
        status = take_item(l, list, i, arena_printf(l->d->arena, "%s/%d", pointer, n++), out);
    }
    if (status == STATUS_OK && n == 0) {
        return document_refuse(l->d, pointer, "names nothing: leave it out, or null, for all");
    }
    return status;
}

/** Names in the order in which they were sent; one name may come as a text. */
static enum status take_list(const struct looking *l, enum member list, size_t token, const char *pointer,
                             struct span *out)
{
    struct buf names;
    *out = (struct span){"", 0};
    if (token == 0) {
        return STATUS_OK;
    }
    buf_init(&names, 0);
    enum status status = take_items(l, list, token, pointer, &names);
    if (status == STATUS_OK) {
        *out = arena_span(l->d->arena, (struct span){names.p, names.n});
    }
    buf_done(&names);
    return status;
}

/** The lists that ${unchecked} (bit 1 << member) has are as they were stored. */
static enum status take_lists(struct looking l, const size_t values[MEMBER_COUNT], unsigned unchecked,
                              struct endpoint *out)
{
    const struct definitions *definitions = l.definitions;
    static const enum member lists[] = {MODELS, SEGMENTS, STAGES};
    struct span *const places[] = {&out->models, &out->segments, &out->stages};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(lists); i++) {
        l.definitions = unchecked >> lists[i] & 1 ? NULL : definitions;
        status = take_list(&l, lists[i], values[lists[i]], pointer_of(l.d, lists[i]), places[i]);
    }
    return status;
}

/* --- documents --------------------------------------------------------------------------------------- */

static enum status take_settings(const struct looking *l, const size_t values[MEMBER_COUNT], unsigned unchecked,
                                 struct endpoint *out, const char **url_pointer)
{
    static const enum member urls[] = {URL, TARGET_URL, TARGET_URL_CAMEL, HOOK_URL, HOOK_URL_SNAKE};
    static const enum member types[] = {EVENT_TYPES, EVENT, EVENTS};
    const struct document *d = l->d;
    enum member url = URL, type = EVENT_TYPES;
    enum status status = choose(d, values, urls, COUNT_OF(urls), &url);
    if (status == STATUS_OK) {
        *url_pointer = pointer_of(d, url);
        status = endpoint_take_url(d, values[url], *url_pointer, &out->url);
    }
    if (status == STATUS_OK) {
        status = choose(d, values, types, COUNT_OF(types), &type);
    }
    if (status == STATUS_OK) {
        status = take_list(l, EVENT_TYPES, values[type], pointer_of(d, type), &out->event_types);
    }
    if (status == STATUS_OK) {
        status = take_lists(*l, values, unchecked, out);
    }
    if (status == STATUS_OK) {
        status = endpoint_take_format(d, values[FORMAT], &out->format);
    }
    if (status == STATUS_OK) {
        status = endpoint_take_description(d, values[DESCRIPTION], &out->description);
    }
    return status == STATUS_OK ? endpoint_take_bool(d, values[INCLUDE_SILENT], "/include_silent", &out->has_silent) : status;
}

static enum status take_document(const struct looking *l, unsigned who, unsigned unchecked,
                                 struct endpoint_document *out)
{
    size_t values[MEMBER_COUNT];
    struct endpoint_document document = {.endpoint.status = ENDPOINT_ENABLED};
    enum status status = take_members(l->d, who, values);
    if (status == STATUS_OK) {
        status = take_settings(l, values, unchecked, &document.endpoint, &document.url_pointer);
    }
    if (status == STATUS_OK) {
        status = endpoint_take_authorization(l->d, values[AUTHORIZATION], &document.authorization);
    }
    if (status == STATUS_OK) {
        status = endpoint_take_status(l->d, values[STATUS], &document.endpoint.status);
    }
    if (status == STATUS_OK) {
        status = endpoint_take_secret(l->d, values[SECRET], &document.secret);
    }
    if (status == STATUS_OK) {
        *out = document;
    }
    return status;
}

enum status endpoint_parse(struct arena *arena, const struct definitions *definitions, struct span json,
                           struct endpoint_document *out, struct error *error)
{
    struct document d;
    enum status status = document_open(&d, arena, json, STATUS_INVALID_ENDPOINT, error);
    struct looking l = {.d = &d, .definitions = definitions};
    return status == STATUS_OK ? take_document(&l, N, 0, out) : status;
}

/** Which members ${patch} names, as bits. */
static enum status read_patch(struct arena *arena, struct span patch, unsigned *named, struct error *error)
{
    struct document d;
    size_t values[MEMBER_COUNT];
    *named = 0;
    enum status status = document_open(&d, arena, patch, STATUS_INVALID_ENDPOINT, error);
    if (status == STATUS_OK) {
        status = take_members(&d, P, values);
    }
    for (int i = 0; status == STATUS_OK && i < MEMBER_COUNT; i++) {
        *named |= document_find(&d, 0, members[i]) != 0 ? 1u << i : 0;
    }
    return status;
}

enum status endpoint_patch(struct arena *arena, const struct definitions *definitions,
                           const struct endpoint *stored, struct span patch, struct endpoint_document *out,
                           struct error *error)
{
    struct document d;
    struct buf before;
    struct span after;
    unsigned named;
    enum status status = read_patch(arena, patch, &named, error);
    if (status != STATUS_OK) {
        return status;
    }
    buf_init(&before, 0);
    endpoint_settings_print(&before, stored);
    status = patch_merge(arena, (struct span){before.p, before.n}, patch, &after, error);
    buf_done(&before);
    if (status == STATUS_OK) {
        status = document_open(&d, arena, after, STATUS_INVALID_ENDPOINT, error);
    }
    struct looking l = {.d = &d, .definitions = definitions};
    if (status == STATUS_OK) {
        status = take_document(&l, N | P, ~named, out);
    }
    if (status == STATUS_OK) {
        out->names_url = named >> URL & 1;
        out->names_authorization = named >> AUTHORIZATION & 1;
        out->names_status = named >> STATUS & 1;
    }
    return status;
}

/* --- what is stored ---------------------------------------------------------------------------------- */

static void print_list(struct buf *buf, const char *name, struct span names)
{
    if (names.n == 0) {
        return;
    }
    buf_printf(buf, ",\"%s\":[\"", name);
    for (size_t i = 0; i < names.n; i++) { /* names hold nothing that JSON escapes */
        buf_text(buf, names.p[i] == ',' ? "\",\"" : (char[]){names.p[i], 0});
    }
    buf_text(buf, "\"]");
}

void endpoint_settings_print(struct buf *buf, const struct endpoint *endpoint)
{
    buf_text(buf, "{\"url\":");
    buf_json_string(buf, endpoint->url);
    print_list(buf, "event_types", endpoint->event_types);
    print_list(buf, "models", endpoint->models);
    print_list(buf, "segments", endpoint->segments);
    print_list(buf, "stages", endpoint->stages);
    buf_printf(buf, ",\"format\":\"%s\"", endpoint_format_word(endpoint->format));
    if (endpoint->description.n) {
        buf_text(buf, ",\"description\":");
        buf_json_string(buf, endpoint->description);
    }
    buf_printf(buf, ",\"include_silent\":%s}", endpoint->has_silent ? "true" : "false");
}

enum status endpoint_settings_read(struct arena *arena, struct span json, struct endpoint *out, struct error *error)
{
    struct document d;
    struct error reason;
    size_t values[MEMBER_COUNT];
    struct looking l = {.d = &d};
    const char *pointer;
    if (document_open(&d, arena, json, STATUS_INVALID_ENDPOINT, &reason) != STATUS_OK ||
        take_members(&d, S, values) != STATUS_OK || take_settings(&l, values, ~0u, out, &pointer) != STATUS_OK) {
        return error_set(error, STATUS_INTERNAL, "", "the settings of a webhook endpoint cannot be read");
    }
    return STATUS_OK;
}

/* --- what it lets through ---------------------------------------------------------------------------- */

enum { FILTER_MODELS, FILTER_SEGMENTS, FILTER_STAGES, FILTER_LISTS };

static void merge_filter(struct change_filter *to, const struct change_filter *from)
{
    to->models |= from->models;
    for (size_t i = 0; i < COUNT_OF(to->segments); i++) {
        to->segments[i] |= from->segments[i];
    }
    for (size_t i = 0; i < COUNT_OF(to->stages); i++) {
        for (size_t k = 0; k < COUNT_OF(to->stages[i]); k++) {
            to->stages[i][k] |= from->stages[i][k];
        }
    }
}

/** Word by word, so that one that is no longer known takes nothing else with it. */
static void add_names(const struct definitions *definitions, int list, struct span names, struct change_filter *out)
{
    while (names.n) {
        struct span lists[FILTER_LISTS] = {{"", 0}, {"", 0}, {"", 0}};
        struct change_filter one;
        struct error unknown;
        lists[list] = span_take(&names, ',');
        if (change_filter_decode(definitions, (struct span){"", 0}, lists[FILTER_MODELS], lists[FILTER_SEGMENTS],
                                 lists[FILTER_STAGES], &one, &unknown) == STATUS_OK) {
            merge_filter(out, &one);
        }
    }
}

void endpoint_filter(const struct definitions *definitions, const struct endpoint *endpoint, struct change_filter *out)
{
    const struct span none = {"", 0};
    struct error unknown;
    if (change_filter_decode(definitions, endpoint->event_types, none, none, none, out, &unknown) != STATUS_OK) {
        *out = (struct change_filter){.types = 0};
    }
    out->has_silent = endpoint->has_silent;
    out->has_models = endpoint->models.n != 0;
    out->has_segments = endpoint->segments.n != 0;
    out->has_stages = endpoint->stages.n != 0;
    add_names(definitions, FILTER_MODELS, endpoint->models, out);
    add_names(definitions, FILTER_SEGMENTS, endpoint->segments, out);
    add_names(definitions, FILTER_STAGES, endpoint->stages, out);
    if (endpoint->event_types.n == 0) {
        change_filter_narrow(out);
    }
}
