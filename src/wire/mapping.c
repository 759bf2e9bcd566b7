#include "mapping.h"

#include "core/event.h"
#include "escape.h"
#include "scan.h"
#include "wire/message.h"
#include "wire/translate.h"

#include <stdarg.h>
#include <stdio.h>

#define PLACE        "/settings/mapping"
#define DEPTH_MAX    8
#define CONSTANT_MAX 255
#define NAME_SHOWN   64 /* bytes of a name in the pointer of a refusal: three of them fit */

struct reader {
    struct arena *arena;
    const struct scan *scan;
    struct error *error;
};

static enum status refuse(const struct reader *r, const char *place, const char *format, ...)
    PRINTF_LIKE(3, 4);

static enum status refuse(const struct reader *r, const char *place, const char *format, ...)
{
    char detail[sizeof(r->error->detail)];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    return error_set(r->error, STATUS_INVALID_SOURCE, place, "%s", detail);
}

/** ${place}/NAME, with NAME escaped as RFC 6901 has it and cut between characters, so that a refusal holds
 * it. */
static const char *inside(const struct reader *r, const char *place, struct span name)
{
    char text[NAME_SHOWN];
    size_t n = 0;
    for (size_t i = 0; i < name.n;) {
        char c = name.p[i];
        bool is_escaped = c == '~' || c == '/';
        size_t size = (unsigned char)c < 0x80 ? 1 : escape_utf8_size(name.p + i, name.p + name.n);
        if (n + size + is_escaped > sizeof(text)) {
            break;
        }
        if (is_escaped) {
            text[n++] = '~';
            text[n++] = c == '~' ? '0' : '1';
        } else {
            memcpy(text + n, name.p + i, size);
            n += size;
        }
        i += size;
    }
    return arena_printf(r->arena, "%s/%.*s", place, (int)n, text);
}

static bool is_pointer(struct span text)
{
    if (text.n < 2 || text.n > MAPPING_POINTER_MAX || text.p[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '~' && (i + 1 == text.n || (text.p[i + 1] != '0' && text.p[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

static enum status pointer_read(const struct reader *r, size_t token, const char *place, struct span *out)
{
    if (scan_type(r->scan, token) != TOKEN_STRING) {
        return refuse(r, place, "must be a JSON Pointer");
    }
    *out = scan_string(r->arena, r->scan, token);
    if (!is_pointer(*out)) {
        return refuse(r, place, "must be a JSON Pointer of 2 to %d bytes, such as /data/customer/id",
                      MAPPING_POINTER_MAX);
    }
    return STATUS_OK;
}

static size_t count(const struct scan *scan, size_t token)
{
    bool is_object = scan_type(scan, token) == TOKEN_OBJECT;
    size_t n = 0;
    for (size_t at = token + 1; at < scan_next(scan, token); at = scan_next(scan, at + is_object)) {
        n++;
    }
    return n;
}

static enum status choices_read(const struct reader *r, size_t array, const char *place, struct mapped *out)
{
    size_t n = count(r->scan, array);
    if (n == 0 || n > MAPPING_CHOICES_MAX) {
        return refuse(r, place, "must have from 1 to %d JSON Pointers", MAPPING_CHOICES_MAX);
    }
    struct span *pointers = ARENA_ARRAY(r->arena, struct span, n);
    enum status status = STATUS_OK;
    size_t i = 0;
    for (size_t at = array + 1; at < scan_next(r->scan, array) && status == STATUS_OK;
         at = scan_next(r->scan, at)) {
        status = pointer_read(r, at, arena_printf(r->arena, "%s/%zu", place, i), &pointers[i]);
        i++;
    }
    out->pointers = pointers;
    out->n_pointers = n;
    return status;
}

static enum status members_read(const struct reader *r, size_t token, const char *place, bool may_list,
                                struct mapped_members *out);

/** {"value": ...} or, where lists may be, {"each": POINTER, "as": {...}}. */
static enum status made_read(const struct reader *r, size_t object, const char *place, bool may_list,
                             struct mapped *out)
{
    static const struct span names[] = {SCAN_NAME("value"), SCAN_NAME("each"), SCAN_NAME("as")};
    size_t tokens[COUNT_OF(names)];
    size_t n = count(r->scan, object);
    scan_members(r->scan, object, names, COUNT_OF(names), tokens);
    if (n == 1 && tokens[0] != 0) {
        enum token_type type = scan_type(r->scan, tokens[0]);
        out->constant = scan_raw(r->scan, tokens[0]);
        if (type == TOKEN_OBJECT || type == TOKEN_ARRAY || out->constant.n > CONSTANT_MAX) {
            return refuse(r, inside(r, place, names[0]),
                          "must be a string, a number or a boolean of at most %d bytes", CONSTANT_MAX);
        }
        return STATUS_OK;
    }
    if (!may_list || n != 2 || tokens[1] == 0 || tokens[2] == 0) {
        return refuse(r, place,
                      may_list ? "must have the one member value, or each and as"
                               : "must have the one member value");
    }
    struct span *pointer = ARENA_NEW(r->arena, struct span);
    struct mapped_members *members = ARENA_NEW(r->arena, struct mapped_members);
    enum status status = pointer_read(r, tokens[1], inside(r, place, names[1]), pointer);
    out->pointers = pointer;
    out->n_pointers = 1;
    out->each = members;
    return status == STATUS_OK ? members_read(r, tokens[2], inside(r, place, names[2]), false, members)
                               : status;
}

static enum status value_read(const struct reader *r, size_t token, const char *place, bool may_list,
                              struct mapped *out)
{
    struct mapped value = {.constant = {"", 0}};
    enum status status;
    if (scan_type(r->scan, token) == TOKEN_STRING) {
        struct span *pointer = ARENA_NEW(r->arena, struct span);
        status = pointer_read(r, token, place, pointer);
        value.pointers = pointer;
        value.n_pointers = 1;
    } else if (scan_type(r->scan, token) == TOKEN_ARRAY) {
        status = choices_read(r, token, place, &value);
    } else if (scan_type(r->scan, token) == TOKEN_OBJECT) {
        status = made_read(r, token, place, may_list, &value);
    } else {
        status = refuse(r, place, "must be a JSON Pointer, a list of them, or an object");
    }
    *out = value;
    return status;
}

static enum status members_read(const struct reader *r, size_t token, const char *place, bool may_list,
                                struct mapped_members *out)
{
    if (scan_type(r->scan, token) != TOKEN_OBJECT) {
        return refuse(r, place, "must be an object");
    }
    size_t n = count(r->scan, token);
    if (n > MAPPING_MEMBERS_MAX) {
        return refuse(r, place, "has more than %d members", MAPPING_MEMBERS_MAX);
    }
    *out = (struct mapped_members){.p = ARENA_ARRAY(r->arena, struct mapped_member, n), .is_given = true};
    for (size_t key = token + 1; key < scan_next(r->scan, token); key = scan_next(r->scan, key + 1)) {
        struct mapped_member *member = &out->p[out->n++];
        member->name = scan_string(r->arena, r->scan, key);
        const char *here = inside(r, place, member->name);
        if (member->name.n == 0 || member->name.n > ID_BYTES_MAX) {
            return refuse(r, here, "a name has from 1 to %d bytes", ID_BYTES_MAX);
        }
        enum status status = value_read(r, key + 1, here, may_list, &member->value);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status event_read(const struct reader *r, size_t token, const char *place, struct span *out)
{
    if (scan_type(r->scan, token) != TOKEN_STRING) {
        return refuse(r, place, "must be the name of an event");
    }
    struct span name = scan_string(r->arena, r->scan, token);
    char normal[ID_BYTES_MAX];
    if (name.n > sizeof(normal) || event_name_normalise(name, normal, sizeof(normal)) == 0) {
        return refuse(r, place, "an event's name has from 1 to %zu bytes", sizeof(normal));
    }
    *out = name;
    return STATUS_OK;
}

/** Who somebody is is found in the event. */
static enum status person_read(const struct reader *r, size_t token, const char *place, struct mapped *out)
{
    enum status status = value_read(r, token, place, false, out);
    return status == STATUS_OK && out->constant.n != 0
               ? refuse(r, place, "must be a JSON Pointer, or a list of them")
               : status;
}

/** The members of the mapping itself (${is_whole}: and `types`, which is left to the caller), or of a type's
 * own. */
static enum status rule_read(const struct reader *r, size_t object, const char *place, bool is_whole,
                             struct mapping_rule *rule, size_t *types)
{
    for (size_t key = object + 1; key < scan_next(r->scan, object); key = scan_next(r->scan, key + 1)) {
        struct span name = scan_string(r->arena, r->scan, key);
        const char *here = inside(r, place, name);
        size_t value = key + 1;
        enum status status = STATUS_OK;
        if (span_is(name, "user_id")) {
            status = person_read(r, value, here, &rule->user_id);
        } else if (span_is(name, "anonymous_id")) {
            status = person_read(r, value, here, &rule->anonymous_id);
        } else if (span_is(name, "channel")) {
            status = value_read(r, value, here, false, &rule->channel);
        } else if (span_is(name, "properties")) {
            status = members_read(r, value, here, true, &rule->properties);
        } else if (span_is(name, "traits")) {
            status = members_read(r, value, here, false, &rule->traits);
        } else if (span_is(name, "event") && !is_whole) {
            status = event_read(r, value, here, &rule->event);
        } else if (span_is(name, "types") && is_whole) {
            *types = value;
        } else {
            status = refuse(r, here, "is no member of a mapping");
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status type_read(const struct reader *r, size_t token, const char *place,
                             struct mapping_rule *rule)
{
    switch (scan_type(r->scan, token)) {
    case TOKEN_NULL: rule->is_ignored = true; return STATUS_OK;
    case TOKEN_STRING: return event_read(r, token, place, &rule->event);
    case TOKEN_OBJECT: return rule_read(r, token, place, false, rule, NULL);
    case TOKEN_FALSE:
    case TOKEN_TRUE:
    case TOKEN_NUMBER:
    case TOKEN_ARRAY: break;
    }
    return refuse(r, place, "must be null, the name of an event, or an object");
}

static enum status types_read(const struct reader *r, size_t object, struct mapping *out)
{
    static const char place[] = PLACE "/types";
    if (scan_type(r->scan, object) != TOKEN_OBJECT) {
        return refuse(r, place, "must be an object");
    }
    size_t n = count(r->scan, object);
    if (n > MAPPING_TYPES_MAX) {
        return refuse(r, place, "has more than %d members", MAPPING_TYPES_MAX);
    }
    struct mapping_type *types = ARENA_ARRAY(r->arena, struct mapping_type, n);
    struct mapping_rule rest = out->rule;
    size_t n_types = 0;
    for (size_t key = object + 1; key < scan_next(r->scan, object); key = scan_next(r->scan, key + 1)) {
        struct mapping_type *type = &types[n_types];
        *type = (struct mapping_type){.type = scan_string(r->arena, r->scan, key), .rule = out->rule};
        const char *here = inside(r, place, type->type);
        enum status status = type->type.n == 0 || type->type.n > ID_BYTES_MAX
                                 ? refuse(r, here, "a type has from 1 to %d bytes", ID_BYTES_MAX)
                                 : type_read(r, key + 1, here, &type->rule);
        if (status != STATUS_OK) {
            return status;
        }
        if (span_is(type->type, "*")) {
            rest = type->rule;
        } else {
            n_types++;
        }
    }
    out->rule = rest;
    out->types = types;
    out->n_types = n_types;
    return STATUS_OK;
}

enum status mapping_read(struct arena *arena, struct span json, struct mapping *out, struct error *error)
{
    struct scan scan;
    struct error reason;
    struct reader r = {.arena = arena, .scan = &scan, .error = error};
    *out = (struct mapping){.n_types = 0};
    if (json.n == 0) {
        return STATUS_OK;
    }
    if (json.n > MAPPING_BYTES_MAX) {
        return refuse(&r, PLACE, "has more than %d bytes", MAPPING_BYTES_MAX);
    }
    if (scan_parse(arena, json, DEPTH_MAX, &scan, &reason) != STATUS_OK) {
        return refuse(&r, PLACE, "%s", reason.detail);
    }
    if (scan_type(&scan, 0) != TOKEN_OBJECT) {
        return refuse(&r, PLACE, "must be an object");
    }
    size_t types = 0;
    enum status status = rule_read(&r, 0, PLACE, true, &out->rule, &types);
    return status == STATUS_OK && types != 0 ? types_read(&r, types, out) : status;
}

enum status mapping_check(struct span json, struct error *error)
{
    struct arena *arena = arena_new(MAPPING_BYTES_MAX);
    struct mapping mapping;
    enum status status = mapping_read(arena, json, &mapping, error);
    arena_free(arena);
    return status;
}

const struct mapping_rule *mapping_rule_of(const struct mapping *mapping, struct span type)
{
    for (size_t i = mapping->n_types; i > 0; i--) { /* of repeated types the last counts */
        if (span_equal(mapping->types[i - 1].type, type)) {
            return &mapping->types[i - 1].rule;
        }
    }
    return &mapping->rule;
}
