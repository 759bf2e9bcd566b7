#include "wire/source.h"

#include "base/uuid.h"
#include "core/money.h"
#include "document.h"
#include "patch.h"
#include "wire/translate.h"

#include <stdio.h>

/* --- types ------------------------------------------------------------------------------------------- */

static const struct row {
    const char *word;
    bool has_key;
    const char *url;
} rows[SOURCE_TYPE_COUNT] = {
#define X(name, word, has_key, url, sentence) [SOURCE_##name] = {word, has_key, url},
    SOURCE_TYPE_TABLE(X)
#undef X
};

static const char *const results[RESULT_COUNT] = {
#define X(name, word) [RESULT_##name] = word,
    SOURCE_RESULT_TABLE(X)
#undef X
};

const char *source_type_word(enum source_type type)
{
    return rows[type].word;
}

enum source_type source_type_of(struct span word)
{
    for (int type = SOURCE_NONE + 1; type < SOURCE_TYPE_COUNT; type++) {
        if (span_is(word, rows[type].word)) {
            return (enum source_type)type;
        }
    }
    return SOURCE_NONE;
}

bool source_has_key(enum source_type type)
{
    return rows[type].has_key;
}

const char *source_url(struct arena *arena, enum source_type type, const struct uuid *id)
{
    char text[UUID_TEXT];
    uuid_print(id, text);
    const char *place = strstr(rows[type].url, "%s");
    return place == NULL ? rows[type].url
                         : arena_printf(arena, "%.*s%s", (int)(place - rows[type].url), rows[type].url, text);
}

const char *source_result_word(enum source_result result)
{
    return results[result];
}

enum source_result source_result_of(struct span word)
{
    for (int result = RESULT_ANY + 1; result < RESULT_COUNT; result++) {
        if (span_is(word, results[result])) {
            return (enum source_result)result;
        }
    }
    return RESULT_ANY;
}

/* --- the settings ------------------------------------------------------------------------------------ */

enum setting { CURRENCY, CHANNEL, ORDER_PREFIX, USER_ID, MAPPING, ROTATION_HOURS, SECRET, SETTING_COUNT };

static const struct span settings_names[SETTING_COUNT] = {
    [CURRENCY] = SCAN_NAME("currency"),
    [CHANNEL] = SCAN_NAME("channel"),
    [ORDER_PREFIX] = SCAN_NAME("order_prefix"),
    [USER_ID] = SCAN_NAME("user_id"),
    [MAPPING] = SCAN_NAME("mapping"),
    [ROTATION_HOURS] = SCAN_NAME("rotation_hours"),
    [SECRET] = SCAN_NAME("secret"),
};

static const char *const settings_pointers[SETTING_COUNT] = {
    [CURRENCY] = "/settings/currency",
    [CHANNEL] = "/settings/channel",
    [ORDER_PREFIX] = "/settings/order_prefix",
    [USER_ID] = "/settings/user_id",
    [MAPPING] = "/settings/mapping",
    [ROTATION_HOURS] = "/settings/rotation_hours",
    [SECRET] = "/settings/secret",
};

/** Does the setting mean something to sources of this type? */
static bool is_of(enum setting setting, enum source_type type)
{
    bool is_shop = type == SOURCE_SHOPIFY || type == SOURCE_WOOCOMMERCE;
    switch (setting) {
    case CURRENCY:
    case CHANNEL:
    case ROTATION_HOURS: return true;
    case ORDER_PREFIX: return type != SOURCE_SEGMENT;
    case USER_ID: return is_shop;
    case MAPPING: return type == SOURCE_CLOUDEVENTS || type == SOURCE_STANDARD_WEBHOOKS;
    case SECRET: return !source_has_key(type);
    case SETTING_COUNT: break;
    }
    return false;
}

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

/** Text of 1 to ${most} bytes without control characters; absent: n = 0. */
static enum status take_text(const struct document *d, size_t token, const char *pointer, size_t most,
                             struct span *out)
{
    if (token == 0) {
        *out = (struct span){"", 0};
        return STATUS_OK;
    }
    enum status status = document_text(d, token, pointer, out);
    if (status == STATUS_OK && (out->n == 0 || out->n > most || !is_printable(*out))) {
        return document_refuse(d, pointer, "must have 1 to %zu bytes and no control characters", most);
    }
    return status;
}

static enum status take_currency(const struct document *d, size_t token, struct span *out)
{
    enum status status = take_text(d, token, settings_pointers[CURRENCY], SOURCE_TEXT_MAX, out);
    if (status == STATUS_OK && out->n != 0 && currency_exponent(arena_text(d->arena, *out)) < 0) {
        return document_refuse(d, settings_pointers[CURRENCY],
                               "must be an ISO 4217 code in capitals, such as EUR");
    }
    return status;
}

static enum status take_user_id(const struct document *d, size_t token, struct span *out)
{
    enum status status = take_text(d, token, settings_pointers[USER_ID], SOURCE_TEXT_MAX, out);
    if (status == STATUS_OK && out->n != 0 && !span_is(*out, "none") && !span_is(*out, "id") &&
        !span_is(*out, "email")) {
        return document_refuse(d, settings_pointers[USER_ID], "must be none, id or email");
    }
    return status;
}

static enum status take_mapping(const struct document *d, size_t token, struct span *out)
{
    const char *pointer = settings_pointers[MAPPING];
    *out = (struct span){"", 0};
    if (token == 0) {
        return STATUS_OK;
    }
    if (scan_type(&d->scan, token) != TOKEN_OBJECT) {
        return document_refuse(d, pointer, "must be an object");
    }
    *out = scan_raw(&d->scan, token);
    return mapping_check(*out, d->error);
}

static enum status take_hours(const struct document *d, size_t token, int *out)
{
    *out = SOURCE_ROTATION_HOURS;
    if (token == 0) {
        return STATUS_OK;
    }
    struct span raw = scan_raw(&d->scan, token);
    int hours = 0;
    bool is_valid =
        scan_type(&d->scan, token) == TOKEN_NUMBER && d->scan.tokens[token].is_integer && raw.n <= 3;
    for (size_t i = 0; is_valid && i < raw.n; i++) {
        is_valid = raw.p[i] != '-';
        hours = hours * 10 + (raw.p[i] - '0');
    }
    if (!is_valid || hours > SOURCE_ROTATION_MOST) {
        return document_refuse(d, settings_pointers[ROTATION_HOURS], "must be a whole number from 0 to %d",
                               SOURCE_ROTATION_MOST);
    }
    *out = hours;
    return STATUS_OK;
}

static enum status take_secret(const struct document *d, size_t token, const char *pointer, struct span *out)
{
    enum status status = take_text(d, token, pointer, SOURCE_SECRET_MAX, out);
    if (status == STATUS_OK && out->n != 0 && out->n < SOURCE_SECRET_MIN) {
        return document_refuse(d, pointer, "must have at least %d bytes", SOURCE_SECRET_MIN);
    }
    return status;
}

static enum status take_settings(const struct document *d, const size_t values[SETTING_COUNT],
                                 enum source_type type, struct source_settings *out)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < SETTING_COUNT; i++) {
        if (values[i] != 0 && !is_of((enum setting)i, type)) {
            status = document_refuse(d, settings_pointers[i], "means nothing to a source of type %s",
                                     source_type_word(type));
        }
    }
    if (status == STATUS_OK) {
        status = take_currency(d, values[CURRENCY], &out->currency);
    }
    if (status == STATUS_OK) {
        status = take_text(d, values[CHANNEL], settings_pointers[CHANNEL], SOURCE_TEXT_MAX, &out->channel);
    }
    if (status == STATUS_OK) {
        status = take_text(d, values[ORDER_PREFIX], settings_pointers[ORDER_PREFIX], SOURCE_TEXT_MAX,
                           &out->order_prefix);
    }
    if (status == STATUS_OK) {
        status = take_user_id(d, values[USER_ID], &out->user_id);
    }
    if (status == STATUS_OK) {
        status = take_mapping(d, values[MAPPING], &out->mapping);
    }
    if (status == STATUS_OK) {
        status = take_hours(d, values[ROTATION_HOURS], &out->rotation_hours);
    }
    return status == STATUS_OK ? take_secret(d, values[SECRET], settings_pointers[SECRET], &out->secret)
                               : status;
}

/* --- documents --------------------------------------------------------------------------------------- */

enum member { TYPE, NAME, SETTINGS, MEMBER_COUNT };

static const struct span members[MEMBER_COUNT] = {
    [TYPE] = SCAN_NAME("type"),
    [NAME] = SCAN_NAME("name"),
    [SETTINGS] = SCAN_NAME("settings"),
};

static enum status take_type(const struct document *d, size_t token, enum source_type *out)
{
    struct span word;
    enum status status = document_text(d, token, "/type", &word);
    if (status != STATUS_OK) {
        return status;
    }
    *out = source_type_of(word);
    if (*out == SOURCE_NONE) {
        return document_refuse(d, "/type",
                               "must be segment, shopify, woocommerce, cloudevents or standard-webhooks");
    }
    return STATUS_OK;
}

static enum status take_document(const struct document *d, struct source_document *out)
{
    size_t values[MEMBER_COUNT];
    size_t settings[SETTING_COUNT] = {0};
    struct source_document source = {0};
    enum status status = document_members(d, 0, "", members, MEMBER_COUNT, values);
    if (status == STATUS_OK) {
        status = take_type(d, values[TYPE], &source.type);
    }
    if (status == STATUS_OK && values[NAME] == 0) {
        status = document_refuse(d, "/name", "is missing");
    }
    if (status == STATUS_OK) {
        status = take_text(d, values[NAME], "/name", SOURCE_NAME_MAX, &source.name);
    }
    if (status == STATUS_OK && values[SETTINGS] != 0) {
        status = document_members(d, values[SETTINGS], "/settings", settings_names, SETTING_COUNT, settings);
    }
    if (status == STATUS_OK) {
        status = take_settings(d, settings, source.type, &source.settings);
    }
    if (status == STATUS_OK) {
        *out = source;
    }
    return status;
}

enum status source_parse(struct arena *arena, struct span json, struct source_document *out,
                         struct error *error)
{
    struct document d;
    enum status status = document_open(&d, arena, json, STATUS_INVALID_SOURCE, error);
    return status == STATUS_OK ? take_document(&d, out) : status;
}

/** What a patch may change: an object, and not the type. */
static enum status check_patch(struct arena *arena, struct span patch, struct error *error)
{
    struct document d;
    size_t values[MEMBER_COUNT];
    enum status status = document_open(&d, arena, patch, STATUS_INVALID_SOURCE, error);
    if (status == STATUS_OK) {
        status = document_members(&d, 0, "", members, MEMBER_COUNT, values);
    }
    if (status == STATUS_OK && document_find(&d, 0, members[TYPE]) != 0) {
        return document_refuse(&d, "/type", "of a source does not change: make another one");
    }
    return status;
}

enum status source_patch(struct arena *arena, const struct source_document *stored, struct span patch,
                         struct source_document *out, struct error *error)
{
    struct buf before;
    struct span after;
    enum status status = check_patch(arena, patch, error);
    if (status != STATUS_OK) {
        return status;
    }
    buf_init(&before, 0);
    buf_printf(&before, "{\"type\":\"%s\",\"name\":", source_type_word(stored->type));
    buf_json_string(&before, stored->name);
    buf_text(&before, ",\"settings\":");
    source_settings_print(&before, &stored->settings);
    buf_char(&before, '}');
    status = patch_merge(arena, (struct span){before.p, before.n}, patch, &after, error);
    buf_done(&before);
    return status == STATUS_OK ? source_parse(arena, after, out, error) : status;
}

enum status source_rotation_parse(struct arena *arena, enum source_type type, struct span json,
                                  struct span *secret, struct error *error)
{
    static const struct span names[] = {SCAN_NAME("secret")};
    struct document d;
    size_t value = 0;
    *secret = (struct span){"", 0};
    if (json.n == 0) {
        return STATUS_OK;
    }
    enum status status = document_open(&d, arena, json, STATUS_INVALID_SOURCE, error);
    if (status == STATUS_OK) {
        status = document_members(&d, 0, "", names, 1, &value);
    }
    if (status == STATUS_OK && value != 0 && source_has_key(type)) {
        return document_refuse(&d, "/secret", "means nothing to a source of type %s", source_type_word(type));
    }
    return status == STATUS_OK ? take_secret(&d, value, "/secret", secret) : status;
}

/* --- what is stored ---------------------------------------------------------------------------------- */

static void print_member(struct buf *buf, enum setting setting, struct span text)
{
    if (text.n == 0) {
        return;
    }
    buf_json_string(buf, settings_names[setting]);
    buf_char(buf, ':');
    if (setting == MAPPING) {
        buf_span(buf, text);
    } else {
        buf_json_string(buf, text);
    }
    buf_char(buf, ',');
}

void source_settings_print(struct buf *buf, const struct source_settings *settings)
{
    buf_char(buf, '{');
    print_member(buf, CURRENCY, settings->currency);
    print_member(buf, CHANNEL, settings->channel);
    print_member(buf, ORDER_PREFIX, settings->order_prefix);
    print_member(buf, USER_ID, settings->user_id);
    print_member(buf, MAPPING, settings->mapping);
    buf_printf(buf, "\"rotation_hours\":%d}", settings->rotation_hours);
}

enum status source_settings_read(struct arena *arena, enum source_type type, struct span json,
                                 struct source_settings *out, struct error *error)
{
    struct document d;
    struct error reason;
    size_t values[SETTING_COUNT];
    if (document_open(&d, arena, json, STATUS_INVALID_SOURCE, &reason) != STATUS_OK ||
        document_members(&d, 0, "/settings", settings_names, SETTING_COUNT, values) != STATUS_OK ||
        take_settings(&d, values, type, out) != STATUS_OK) {
        return error_set(error, STATUS_INTERNAL, "", "the settings of a source cannot be read");
    }
    return STATUS_OK;
}
