#include "wire/model.h"

#include "core/money.h"
#include "document.h"
#include "gen/assets.h"
#include "preset.h"

#include <assert.h>

const struct cadence cadences[CADENCE_COUNT] = {
#define X(key, zh, en) {key, zh, en},
    CADENCE_TABLE(X)
#undef X
};

#define SUFFIX ".json"

bool preset_at(size_t index, struct span *key, struct span *json)
{
    for (size_t i = 0; i <= index; i++) {
        if (asset_presets[i].name == NULL) {
            return false;
        }
    }
    const struct asset *asset = &asset_presets[index];
    *key = (struct span){asset->name, strlen(asset->name) - strlen(SUFFIX)};
    *json = (struct span){asset->data, asset->size};
    return true;
}

bool preset_find(struct span key, struct span *json)
{
    struct span found;
    for (size_t i = 0; preset_at(i, &found, json); i++) {
        if (span_equal(found, key)) {
            return true;
        }
    }
    return false;
}

/** A preset document is part of the program: it is valid. */
void preset_open(struct document *d, struct arena *arena, struct span json)
{
    struct error error;
    enum status status = document_open(d, arena, json, STATUS_INTERNAL, &error);
    assert(status == STATUS_OK);
    d->error = NULL;
}

/* ---- settings ---- */

/** Where the numbers of a preset come from. */
struct settings {
    const struct document *preset;
    struct span cadence;
    const struct document *replaced; /* NULL: none */
};

static struct span setting_value(const struct settings *settings, struct span name)
{
    const struct document *preset = settings->preset;
    size_t token = settings->replaced ? document_find(settings->replaced, 0, name) : 0;
    if (token) {
        return scan_raw(&settings->replaced->scan, token);
    }
    size_t all = document_find(preset, 0, span_of("settings"));
    size_t one = document_find(preset, all, name);
    assert(one);
    token = document_find(preset, one, settings->cadence);
    assert(token);
    return scan_raw(&preset->scan, token);
}

/** The text of a JSON string with {NAME} replaced by the value of that setting. */
static void put_sentence(struct buf *out, struct span raw, const struct settings *settings)
{
    while (raw.n) {
        const char *open = memchr(raw.p, '{', raw.n);
        size_t before = open ? (size_t)(open - raw.p) : raw.n;
        buf_append(out, raw.p, before);
        raw = (struct span){raw.p + before, raw.n - before};
        if (open) {
            const char *close = memchr(raw.p, '}', raw.n);
            assert(close);
            size_t n = (size_t)(close - raw.p) + 1;
            buf_span(out, setting_value(settings, (struct span){raw.p + 1, n - 2}));
            raw = (struct span){raw.p + n, raw.n - n};
        }
    }
}

/** The name in {"setting":NAME}; n = 0: ${token} is something else. */
static struct span setting_name(const struct document *d, size_t token)
{
    const struct scan *scan = &d->scan;
    size_t key = token + 1;
    if (scan_type(scan, token) != TOKEN_OBJECT || scan_next(scan, token) == key ||
        !span_is(scan_string(d->arena, scan, key), "setting")) {
        return (struct span){0};
    }
    return scan_string(d->arena, scan, key + 1);
}

/** Any part of the preset with the settings replaced; nested no deeper than our own documents are. */
static void put_value(struct buf *out, const struct settings *settings, size_t token, bool is_sentence)
{
    const struct document *d = settings->preset;
    const struct scan *scan = &d->scan;
    enum token_type type = scan_type(scan, token);
    struct span name = setting_name(d, token);
    if (name.n) {
        buf_span(out, setting_value(settings, name));
    } else if (type == TOKEN_ARRAY) {
        buf_char(out, '[');
        for (size_t item = token + 1; item < scan_next(scan, token); item = scan_next(scan, item)) {
            if (item != token + 1) {
                buf_char(out, ',');
            }
            put_value(out, settings, item, is_sentence);
        }
        buf_char(out, ']');
    } else if (type == TOKEN_OBJECT) {
        buf_char(out, '{');
        for (size_t key = token + 1; key < scan_next(scan, token); key = scan_next(scan, key + 1)) {
            if (key != token + 1) {
                buf_char(out, ',');
            }
            buf_span(out, scan_raw(scan, key));
            buf_char(out, ':');
            put_value(out, settings, key + 1, is_sentence || span_is(scan_raw(scan, key), "\"description\""));
        }
        buf_char(out, '}');
    } else if (type == TOKEN_STRING && is_sentence) {
        put_sentence(out, scan_raw(scan, token), settings);
    } else {
        buf_span(out, scan_raw(scan, token));
    }
}

void preset_sentence(struct buf *out, const struct document *preset, struct span sentence,
                     const char *cadence)
{
    struct settings settings = {.preset = preset, .cadence = span_of(cadence)};
    put_sentence(out, sentence, &settings);
}

/* ---- expanding ---- */

static bool cadence_exists(struct span key)
{
    for (size_t i = 0; i < CADENCE_COUNT; i++) {
        if (span_is(key, cadences[i].key)) {
            return true;
        }
    }
    return false;
}

/** Are all members of ${given} settings of ${preset}, and numbers? */
static enum status check_settings(const struct document *preset, const struct document *given)
{
    const struct scan *scan = &given->scan;
    size_t known = document_find(preset, 0, span_of("settings"));
    for (size_t key = 1; key < scan_next(scan, 0); key = scan_next(scan, key + 1)) {
        struct span name = scan_string(given->arena, scan, key);
        const char *pointer = document_pointer(given, "/settings", name);
        struct decimal number;
        if (!document_find(preset, known, name)) {
            int shown = (int)(name.n < DEFINITION_KEY_MAX ? name.n : DEFINITION_KEY_MAX);
            return document_refuse(given, pointer, "the preset has no setting \"%.*s\"", shown, name.p);
        }
        if (scan_type(scan, key + 1) != TOKEN_NUMBER || !decimal_parse(scan_raw(scan, key + 1), &number) ||
            number.digits < 0) {
            return document_refuse(given, pointer, "must be a number of 0 or more");
        }
    }
    return STATUS_OK;
}

static const char *const expanded_members[] = {"name", "description", "stages"};

enum status preset_expand(struct arena *arena, struct span preset, struct span cadence, struct span settings,
                          struct span *out, struct error *error)
{
    struct span json;
    if (!preset_find(preset, &json)) {
        int shown = (int)(preset.n < DEFINITION_KEY_MAX ? preset.n : DEFINITION_KEY_MAX);
        return error_set(error, STATUS_NOT_FOUND, "/preset", "there is no preset \"%.*s\"", shown, preset.p);
    }
    if (cadence.n == 0) {
        cadence = span_of(cadences[0].key);
    }
    if (!cadence_exists(cadence)) {
#define X(key, zh, en) " " key
        return error_set(error, STATUS_INVALID_MODEL, "/cadence", "the cadences are:" CADENCE_TABLE(X));
#undef X
    }
    struct document d, given;
    preset_open(&d, arena, json);
    struct settings values = {.preset = &d, .cadence = cadence};
    if (settings.n) {
        enum status status = document_open(&given, arena, settings, STATUS_INVALID_MODEL, error);
        if (status == STATUS_OK) {
            status = check_settings(&d, &given);
        }
        if (status != STATUS_OK) {
            return status;
        }
        values.replaced = &given;
    }
    struct buf text;
    buf_init(&text, 0);
    buf_text(&text, "{\"preset\":");
    buf_json_string(&text, preset);
    buf_text(&text, ",\"cadence\":");
    buf_json_string(&text, cadence);
    for (size_t i = 0; i < COUNT_OF(expanded_members); i++) {
        buf_printf(&text, ",\"%s\":", expanded_members[i]);
        put_value(&text, &values, document_find(&d, 0, span_of(expanded_members[i])), false);
    }
    buf_char(&text, '}');
    *out = arena_span(arena, (struct span){text.p, text.n});
    buf_done(&text);
    return STATUS_OK;
}

enum status model_document(struct arena *arena, struct span body, struct span *out, struct error *error)
{
    static const struct span names[] = {SCAN_NAME("preset"), SCAN_NAME("cadence"), SCAN_NAME("settings")};
    size_t values[COUNT_OF(names)];
    struct span preset, cadence = {0}, settings = {0};
    struct document d;
    enum status status = document_open(&d, arena, body, STATUS_INVALID_MODEL, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (document_find(&d, 0, span_of("stages"))) {
        *out = body;
        return STATUS_OK;
    }
    if (!document_find(&d, 0, names[0])) {
        return document_refuse(&d, "", "a model has \"stages\", or names a \"preset\"");
    }
    status = document_members(&d, 0, "", names, COUNT_OF(names), values);
    if (status == STATUS_OK) {
        status = document_text(&d, values[0], "/preset", &preset);
    }
    if (status == STATUS_OK && values[1]) {
        status = document_text(&d, values[1], "/cadence", &cadence);
    }
    if (status == STATUS_OK && values[2]) {
        settings = scan_raw(&d.scan, values[2]);
        if (scan_type(&d.scan, values[2]) != TOKEN_OBJECT) {
            status = document_refuse(&d, "/settings", "must be an object");
        }
    }
    return status == STATUS_OK ? preset_expand(arena, preset, cadence, settings, out, error) : status;
}

/* ---- listing ---- */

static void put_members(struct buf *out, const struct document *d, size_t object, const char *const *names,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%s\"%s\":", i ? "," : "", names[i]);
        buf_span(out, scan_raw(&d->scan, document_find(d, object, span_of(names[i]))));
    }
}

static void put_cadences(struct buf *out)
{
    for (size_t i = 0; i < CADENCE_COUNT; i++) {
        buf_printf(out, "%s{\"key\":\"%s\",\"name\":{\"zh\":\"%s\",\"en\":\"%s\"}}", i ? "," : "",
                   cadences[i].key, cadences[i].zh, cadences[i].en);
    }
}

void preset_list(struct buf *out)
{
    static const char *const members[] = {"key", "name", "description", "settings"};
    static const char *const stage_members[] = {"key", "name", "role", "description"};
    struct arena *arena = arena_new(65536);
    struct span key, json;
    buf_char(out, '[');
    for (size_t i = 0; preset_at(i, &key, &json); i++) {
        struct document d;
        preset_open(&d, arena, json);
        buf_text(out, i ? ",{" : "{");
        put_members(out, &d, 0, members, COUNT_OF(members));
        buf_text(out, ",\"cadences\":[");
        put_cadences(out);
        buf_text(out, "],\"stages\":[");
        size_t stages = document_find(&d, 0, span_of("stages"));
        for (size_t stage = stages + 1; stage < scan_next(&d.scan, stages);
             stage = scan_next(&d.scan, stage)) {
            buf_text(out, stage == stages + 1 ? "{" : ",{");
            put_members(out, &d, stage, stage_members, COUNT_OF(stage_members));
            buf_char(out, '}');
        }
        buf_text(out, "]}");
        arena_reset(arena);
    }
    buf_char(out, ']');
    arena_free(arena);
}
