#include "wire/settings.h"

#include "patch.h"
#include "settings_reading.h"
#include "wire/identity.h"

#include <assert.h>
#include <stdlib.h>

#define IDENTITIES_MAX_MOST 10000
#define SHARERS_MAX_MOST    1000
#define FEED_DAYS_LEAST     7 /* longer than an endpoint may fail before it is disabled */
#define FEED_DAYS_MOST      3650

/* --- values --------------------------------------------------------------------------------------------- */

static enum status read_number(const struct document *d, size_t token, const char *pointer, int least,
                               int most, int *out)
{
    int64_t n;
    enum status status = document_whole(d, token, pointer, least, most, &n);
    if (status == STATUS_OK) {
        *out = (int)n;
    }
    return status;
}

static enum status read_identities_max(struct settings_reading *r, size_t token, const char *pointer)
{
    return read_number(&r->d, token, pointer, 2, IDENTITIES_MAX_MOST, &r->settings->identities_max);
}

static enum status read_sharers_max(struct settings_reading *r, size_t token, const char *pointer)
{
    return read_number(&r->d, token, pointer, 1, SHARERS_MAX_MOST, &r->settings->sharers_max);
}

/** One text of a list. */
typedef enum status (*text_reader)(struct settings_reading *r, struct span text, const char *pointer);

static enum status read_texts(struct settings_reading *r, size_t list, const char *pointer, size_t most,
                              text_reader read)
{
    const struct document *d = &r->d;
    if (scan_type(&d->scan, list) != TOKEN_ARRAY) {
        return document_refuse(d, pointer, "must be a list");
    }
    enum status status = STATUS_OK;
    size_t n = 0;
    for (size_t item = list + 1; item < scan_next(&d->scan, list) && status == STATUS_OK;
         item = scan_next(&d->scan, item)) {
        const char *place = arena_printf(d->arena, "%s/%zu", pointer, n);
        struct span text = {"", 0};
        if (n++ == most) {
            return document_refuse(d, pointer, "has at most %zu entries", most);
        }
        status = document_text(d, item, place, &text);
        if (status == STATUS_OK && (text.n == 0 || text.n > SETTINGS_TEXT_MAX)) {
            return document_refuse(d, place, "must have from 1 to %d bytes", SETTINGS_TEXT_MAX);
        }
        if (status == STATUS_OK) {
            status = read(r, text, place);
        }
    }
    return status;
}

static size_t count(const struct settings_reading *r, size_t list)
{
    size_t n = 0;
    if (scan_type(&r->d.scan, list) == TOKEN_ARRAY) {
        for (size_t item = list + 1; item < scan_next(&r->d.scan, list); item = scan_next(&r->d.scan, item)) {
            n++;
        }
    }
    return n;
}

/** userIds are not in the list: two of them are one customer only by an alias or a merge. */
static enum status read_join(struct settings_reading *r, struct span word, const char *pointer)
{
    enum identity_kind kind = identity_kind_of(word);
    if (kind == IDENTITY_NONE || kind == IDENTITY_USER) {
        return document_refuse(&r->d, pointer,
                               "must be shopify, woocommerce, member, anonymous, email, phone or order");
    }
    r->settings->joins |= 1U << kind;
    return STATUS_OK;
}

static enum status read_joins(struct settings_reading *r, size_t token, const char *pointer)
{
    r->settings->joins = 1U << IDENTITY_USER;
    return read_texts(r, token, pointer, IDENTITY_KIND_COUNT, read_join);
}

/* --- blocked identities --------------------------------------------------------------------------------- */

static int compare_uuids(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

static enum status read_blocked(struct settings_reading *r, size_t token, const char *pointer)
{
    struct uuid *blocked = ARENA_ARRAY(r->d.arena, struct uuid, count(r, token) + 1);
    r->settings->blocked = blocked;
    enum status status = read_texts(r, token, pointer, SETTINGS_BLOCKED_MAX, settings_read_block);
    qsort(blocked, r->settings->n_blocked, sizeof(*blocked), compare_uuids);
    return status;
}

/* --- origins -------------------------------------------------------------------------------------------- */

/** "*", "null" (a page without one), or SCHEME://HOST[:PORT]. */
static bool has_origin_form(struct span text)
{
    if (span_is(text, "*") || span_is(text, "null")) {
        return true;
    }
    size_t n = 0;
    while (n < text.n && text.p[n] != ':') {
        n++;
    }
    if (n == 0 || text.n < n + 4 || memcmp(text.p + n, "://", 3) != 0) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        bool is_visible = text.p[i] > ' ' && text.p[i] <= '~';
        if (!is_visible || (i >= n + 3 && memchr("/?#*@", text.p[i], 5) != NULL)) {
            return false;
        }
    }
    return true;
}

static enum status read_origin(struct settings_reading *r, struct span text, const char *pointer)
{
    if (!has_origin_form(text)) {
        return document_refuse(&r->d, pointer, "must be *, null or an origin such as https://shop.example");
    }
    const char **origins = (const char **)(uintptr_t)r->settings->origins;
    origins[r->settings->n_origins++] = arena_text(r->d.arena, text);
    return STATUS_OK;
}

static enum status read_origins(struct settings_reading *r, size_t token, const char *pointer)
{
    r->settings->origins = ARENA_ARRAY(r->d.arena, const char *, count(r, token) + 1);
    r->settings->n_origins = 0;
    return read_texts(r, token, pointer, SETTINGS_ORIGINS_MAX, read_origin);
}

/* --- the feed ------------------------------------------------------------------------------------------- */

static enum status read_feed_days(struct settings_reading *r, size_t token, const char *pointer)
{
    return read_number(&r->d, token, pointer, FEED_DAYS_LEAST, FEED_DAYS_MOST, &r->settings->feed_days);
}

static enum status read_order_changes(struct settings_reading *r, size_t token, const char *pointer)
{
    struct span text = scan_raw(&r->d.scan, token);
    if (!span_is(text, "true") && !span_is(text, "false")) {
        return document_refuse(&r->d, pointer, "must be true or false");
    }
    r->settings->has_order_changes = span_is(text, "true");
    return STATUS_OK;
}

/* --- the document --------------------------------------------------------------------------------------- */

enum { SECTION_IDENTITY, SECTION_INGEST, SECTION_FEED, SECTION_SCORES, SECTION_COUNT };

static const struct span section_names[SECTION_COUNT] = {
    [SECTION_IDENTITY] = SCAN_NAME("identity"),
    [SECTION_INGEST] = SCAN_NAME("ingest"),
    [SECTION_FEED] = SCAN_NAME("feed"),
    [SECTION_SCORES] = SCAN_NAME("scores"),
};

/** The members of the sections, in their order; equal sections stand together. */
static const struct member {
    int section;
    struct span name;
    const char *fallback; /* what is told when the document does not say it */
    enum status (*read)(struct settings_reading *r, size_t token, const char *pointer);
} members[] = {
    {SECTION_IDENTITY, SCAN_NAME("join"),
     "[\"shopify\",\"woocommerce\",\"member\",\"anonymous\",\"email\",\"phone\",\"order\"]", read_joins},
    {SECTION_IDENTITY, SCAN_NAME("identities_max"), "200", read_identities_max},
    {SECTION_IDENTITY, SCAN_NAME("sharers_max"), "1", read_sharers_max},
    {SECTION_IDENTITY, SCAN_NAME("blocked"), "[]", read_blocked},
    {SECTION_INGEST, SCAN_NAME("allowed_origins"), "[\"*\"]", read_origins},
    {SECTION_FEED, SCAN_NAME("retention_days"), "30", read_feed_days},
    {SECTION_FEED, SCAN_NAME("orders"), "true", read_order_changes},
    {SECTION_SCORES, SCAN_NAME("cadence"), "\"default\"", settings_read_cadence},
    {SECTION_SCORES, SCAN_NAME("margin"), "1", settings_read_margin},
    {SECTION_SCORES, SCAN_NAME("discount_rate"), "0.1", settings_read_discount},
    {SECTION_SCORES, SCAN_NAME("fit_every_days"), "7", settings_read_fit_days},
    {SECTION_SCORES, SCAN_NAME("rfm_every_days"), "7", settings_read_rfm_days},
    {SECTION_SCORES, SCAN_NAME("rfm_bounds"), "null", settings_read_rfm_bounds},
};

#define MEMBERS COUNT_OF(members)

/** A document cut into its members: tokens, null included; 0: absent. */
struct cut {
    struct document d;
    size_t sections[SECTION_COUNT];
    size_t values[MEMBERS];
};

static const char *section_pointer(int section)
{
    static const char *const pointers[SECTION_COUNT] = {"/identity", "/ingest", "/feed", "/scores"};
    return pointers[section];
}

static enum status cut_section(struct cut *cut, int section)
{
    struct span names[MEMBERS];
    size_t ignored[MEMBERS];
    size_t n = 0;
    for (size_t i = 0; i < MEMBERS; i++) {
        if (members[i].section == section) {
            names[n++] = members[i].name;
        }
    }
    size_t object = cut->sections[section];
    enum status status = document_members(&cut->d, object, section_pointer(section), names, n, ignored);
    for (size_t i = 0; i < MEMBERS && status == STATUS_OK; i++) {
        if (members[i].section == section) {
            cut->values[i] = document_find(&cut->d, object, members[i].name);
        }
    }
    return status;
}

static enum status cut_open(struct cut *cut, struct arena *arena, struct span json, struct error *error)
{
    size_t ignored[SECTION_COUNT];
    *cut = (struct cut){.sections = {0}};
    enum status status = document_open(&cut->d, arena, json, STATUS_INVALID_SETTINGS, error);
    if (status == STATUS_OK) {
        status = document_members(&cut->d, 0, "", section_names, SECTION_COUNT, ignored);
    }
    for (int i = 0; i < SECTION_COUNT && status == STATUS_OK; i++) {
        cut->sections[i] = document_find(&cut->d, 0, section_names[i]);
        if (cut->sections[i] != 0 && scan_type(&cut->d.scan, cut->sections[i]) != TOKEN_NULL) {
            status = cut_section(cut, i);
        }
    }
    return status;
}

static bool is_said(const struct cut *cut, size_t member)
{
    size_t token = cut->values[member];
    return token != 0 && scan_type(&cut->d.scan, token) != TOKEN_NULL;
}

enum status settings_parse(struct arena *arena, const struct shop *shop, struct span document, int version,
                           const struct settings **out, struct error *error)
{
    struct cut cut;
    enum status status = cut_open(&cut, arena, document, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct settings *settings = ARENA_NEW(arena, struct settings);
    *settings = settings_default;
    settings->version = version;
    struct settings_reading r = {.d = cut.d, .shop = shop, .settings = settings};
    for (size_t i = 0; i < MEMBERS && status == STATUS_OK; i++) {
        if (is_said(&cut, i)) {
            const char *pointer =
                document_pointer(&cut.d, section_pointer(members[i].section), members[i].name);
            status = members[i].read(&r, cut.values[i], pointer);
        }
    }
    if (status == STATUS_OK) {
        *out = settings;
    }
    return status;
}

/** The value of member ${i} as JSON; n = 0: it is left out. */
typedef struct span (*choose)(const void *context, size_t i);

static void write_document(struct buf *out, choose value, const void *context)
{
    buf_char(out, '{');
    int section = -1;
    bool is_first = true;
    for (size_t i = 0; i < MEMBERS; i++) {
        struct span json = value(context, i);
        if (json.n == 0) {
            continue;
        }
        if (members[i].section != section) {
            buf_text(out, section >= 0 ? "},\"" : "\"");
            section = members[i].section;
            buf_span(out, section_names[section]);
            buf_text(out, "\":{");
            is_first = true;
        }
        buf_text(out, is_first ? "\"" : ",\"");
        is_first = false;
        buf_span(out, members[i].name);
        buf_text(out, "\":");
        buf_span(out, json);
    }
    buf_text(out, section >= 0 ? "}}" : "}");
}

struct merge {
    struct cut document;
    struct cut patch;
};

/** What the document and the patch say of one member: two objects are merged. */
static struct span merged_value(const struct merge *merge, size_t i)
{
    const struct scan *old = &merge->document.d.scan, *new = &merge->patch.d.scan;
    size_t from = merge->document.values[i], to = merge->patch.values[i];
    struct span value = scan_raw(new, to);
    struct error error;
    if (from != 0 && scan_type(old, from) == TOKEN_OBJECT && scan_type(new, to) == TOKEN_OBJECT &&
        patch_merge(merge->patch.d.arena, scan_raw(old, from), value, &value, &error) != STATUS_OK) {
        return scan_raw(new, to); /* nested too deeply: no reader takes it */
    }
    return value;
}

static struct span merged(const void *context, size_t i)
{
    const struct merge *merge = context;
    size_t section = merge->patch.sections[members[i].section];
    bool is_reset = section != 0 && scan_type(&merge->patch.d.scan, section) == TOKEN_NULL;
    if (is_reset || (merge->patch.values[i] != 0 && !is_said(&merge->patch, i))) {
        return (struct span){NULL, 0};
    }
    if (is_said(&merge->patch, i)) {
        return merged_value(merge, i);
    }
    const struct cut *from = &merge->document;
    return is_said(from, i) ? scan_raw(&from->d.scan, from->values[i]) : (struct span){NULL, 0};
}

enum status settings_merge(struct arena *arena, struct span document, struct span patch, struct span *out,
                           struct error *error)
{
    struct merge merge;
    enum status status = cut_open(&merge.document, arena, document, error);
    if (status == STATUS_OK) {
        status = cut_open(&merge.patch, arena, patch, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct buf json;
    buf_init(&json, 0);
    write_document(&json, merged, &merge);
    *out = arena_span(arena, (struct span){json.p, json.n});
    buf_done(&json);
    return STATUS_OK;
}

static struct span said_or_default(const void *context, size_t i)
{
    const struct cut *cut = context;
    return is_said(cut, i) ? scan_raw(&cut->d.scan, cut->values[i]) : span_of(members[i].fallback);
}

void settings_print(struct buf *out, struct arena *arena, struct span document)
{
    struct cut cut;
    struct error error;
    enum status status = cut_open(&cut, arena, document, &error);
    assert(status == STATUS_OK);
    (void)status;
    write_document(out, said_or_default, &cut);
}
