#include "wire/row.h"

#include "base/buf.h"
#include "base/time.h"
#include "base/uuid.h"
#include "core/event.h"
#include "crypto/digest.h"
#include "scan.h"
#include "wire/csv.h"

#include <assert.h>
#include <stdlib.h>

/** A random name space, fixed for ever: ids made of it are stored. */
static const struct uuid row_space = {
    {0x3d, 0x9a, 0x51, 0x0e, 0x7c, 0x42, 0x4f, 0x8b, 0xb0, 0x66, 0x1d, 0xe5, 0x94, 0x2f, 0xa8, 0x73}};
#define ROW_ID_PREFIX "row-"
#define ROW_ID_TEXT   (sizeof(ROW_ID_PREFIX) - 1 + UUID_TEXT)

enum { NO_COLUMN = -1 };

struct field {
    struct span path[ROW_DEPTH_MAX]; /* in the message */
    size_t depth;
    struct span name;   /* as the user writes it */
    struct span column; /* n = 0: none */
    int at;             /* of a CSV table: which column */
    bool is_mapped;     /* by the user: it must be there */
    struct span value;  /* of this row, as JSON; n = 0: none */
};

struct row_map {
    enum row_format format;
    struct arena *arena; /* as long as the map */
    struct field fields[ROW_FIELDS_MAX];
    size_t n_fields;
    const struct span *columns;
    size_t n_columns;
    struct buf json;
    struct buf content;
    /* fields that are looked at */
    struct field *type, *event, *message_id, *timestamp, *order_id, *user_id, *anonymous_id;
};

static const struct standard {
    const char *name;
    const char *path;
    bool from_csv;
} standards[] = {
#define X(name, path, from_csv) {name, path, from_csv},
    ROW_FIELD_TABLE(X)
#undef X
};

static const char *const roots[] = {"properties", "traits", "context"};

/* --- the map ------------------------------------------------------------------------------------------------- */

/** Cuts ${text} at its dots; false when there are too many parts, or an empty one. */
static bool split(struct span text, struct span path[ROW_DEPTH_MAX], size_t *depth)
{
    for (*depth = 0; *depth < ROW_DEPTH_MAX;) {
        const char *dot = memchr(text.p, '.', text.n);
        size_t n = dot ? (size_t)(dot - text.p) : text.n;
        if (n == 0 || n > 100) {
            return false;
        }
        path[(*depth)++] = (struct span){text.p, n};
        if (dot == NULL) {
            return true;
        }
        text = (struct span){dot + 1, text.n - n - 1};
        if (text.n == 0) {
            return false;
        }
    }
    return false;
}

static bool is_path(struct span name, struct span path[ROW_DEPTH_MAX], size_t *depth)
{
    if (!split(name, path, depth) || *depth < 2) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(roots); i++) {
        if (span_is(path[0], roots[i])) {
            return true;
        }
    }
    return false;
}

static bool same_path(const struct field *field, const struct span *path, size_t depth)
{
    bool is_same = field->depth == depth;
    for (size_t i = 0; i < depth && is_same; i++) {
        is_same = span_equal(field->path[i], path[i]);
    }
    return is_same;
}

static struct field *find_field(struct row_map *map, const struct span *path, size_t depth)
{
    for (size_t i = 0; i < map->n_fields; i++) {
        if (same_path(&map->fields[i], path, depth)) {
            return &map->fields[i];
        }
    }
    return NULL;
}

static struct field *add_field(struct row_map *map, struct span name, const struct span *path, size_t depth)
{
    assert(map->n_fields < ROW_FIELDS_MAX);
    struct field *field = &map->fields[map->n_fields++];
    *field = (struct field){.depth = depth, .name = name, .at = NO_COLUMN};
    memcpy(field->path, path, depth * sizeof(*path));
    return field;
}

struct row_map *row_map_new(enum row_format format)
{
    struct row_map *map = calloc(1, sizeof(*map));
    if (map == NULL) {
        abort();
    }
    map->format = format;
    map->arena = arena_new(4096);
    buf_init(&map->json, 0);
    buf_init(&map->content, 0);
    for (size_t i = 0; i < COUNT_OF(standards); i++) {
        struct span path[ROW_DEPTH_MAX];
        size_t depth;
        bool is_good = split(span_of(standards[i].path), path, &depth);
        assert(is_good);
        struct field *field = add_field(map, span_of(standards[i].name), path, depth);
        if (standards[i].from_csv || format == ROW_NDJSON) {
            field->column = field->name;
        }
    }
    return map;
}

void row_map_free(struct row_map *map)
{
    if (map == NULL) {
        return;
    }
    buf_done(&map->json);
    buf_done(&map->content);
    arena_free(map->arena);
    free(map);
}

enum status row_map_add(struct row_map *map, const char *text, struct error *error)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0') {
        return error_set(error, STATUS_INVALID_VALUE, "", "--map is followed by FIELD=COLUMN");
    }
    struct span name = arena_span(map->arena, (struct span){text, (size_t)(equals - text)});
    struct span path[ROW_DEPTH_MAX];
    size_t depth = 0;
    struct field *field = NULL;
    for (size_t i = 0; i < COUNT_OF(standards); i++) {
        if (span_is(name, standards[i].name)) {
            field = &map->fields[i];
        }
    }
    if (field == NULL) {
        if (!is_path(name, path, &depth)) {
            return error_set(error, STATUS_INVALID_VALUE, "",
                             "there is no field %.*s: a field is event, userId, anonymousId, messageId, timestamp, "
                             "order_id, revenue, currency, type, or a path that begins with properties., traits. or "
                             "context.",
                             (int)(name.n < 100 ? name.n : 100), name.p);
        }
        field = find_field(map, path, depth);
    }
    if (field == NULL) {
        if (map->n_fields == ROW_FIELDS_MAX) {
            return error_set(error, STATUS_TOO_MANY, "", "more than %d fields", ROW_FIELDS_MAX);
        }
        field = add_field(map, name, path, depth);
    }
    if (field->is_mapped) {
        return error_set(error, STATUS_INVALID_VALUE, "", "the field %.*s is mapped twice", (int)name.n, name.p);
    }
    field->column = arena_span(map->arena, span_of(equals + 1));
    field->is_mapped = true;
    return STATUS_OK;
}

static bool is_mapped_column(const struct row_map *map, struct span column)
{
    for (size_t i = 0; i < map->n_fields; i++) {
        if (map->fields[i].is_mapped && span_equal(map->fields[i].column, column)) {
            return true;
        }
    }
    return false;
}

/** Columns whose names are paths are fields without being mapped. */
static enum status add_paths(struct row_map *map, struct error *error)
{
    for (size_t i = 0; i < map->n_columns; i++) {
        struct span path[ROW_DEPTH_MAX];
        size_t depth;
        if (!is_path(map->columns[i], path, &depth) || is_mapped_column(map, map->columns[i])) {
            continue;
        }
        struct field *field = find_field(map, path, depth);
        if (field != NULL && field->is_mapped) {
            continue;
        }
        if (field == NULL) {
            if (map->n_fields == ROW_FIELDS_MAX) {
                return error_set(error, STATUS_TOO_MANY, "", "more than %d fields", ROW_FIELDS_MAX);
            }
            field = add_field(map, map->columns[i], path, depth);
        }
        field->column = map->columns[i];
    }
    return STATUS_OK;
}

static enum status find_columns(struct row_map *map, struct error *error)
{
    for (size_t i = 0; i < map->n_fields; i++) {
        struct field *field = &map->fields[i];
        if (field->column.n == 0 || (!field->is_mapped && is_mapped_column(map, field->column))) {
            continue;
        }
        for (size_t k = 0; k < map->n_columns; k++) {
            if (!span_equal(map->columns[k], field->column)) {
                continue;
            }
            if (field->at != NO_COLUMN) {
                return error_set(error, STATUS_INVALID_VALUE, "", "two columns have the name %.*s",
                                 (int)field->column.n, field->column.p);
            }
            field->at = (int)k;
        }
        if (field->at == NO_COLUMN && field->is_mapped) {
            return error_set(error, STATUS_NOT_FOUND, "", "the file has no column %.*s", (int)field->column.n,
                             field->column.p);
        }
    }
    return STATUS_OK;
}

static struct field *field_named(struct row_map *map, const char *name)
{
    struct span path[ROW_DEPTH_MAX];
    size_t depth;
    bool is_good = split(span_of(name), path, &depth);
    assert(is_good);
    return find_field(map, path, depth);
}

/** A customer and a time must come from somewhere. */
static enum status check_columns(struct row_map *map, struct error *error)
{
    if (field_named(map, "userId")->at == NO_COLUMN && field_named(map, "anonymousId")->at == NO_COLUMN) {
        return error_set(error, STATUS_NOT_FOUND, "",
                         "the file has no column userId: name the customer's column with --map userId=COLUMN");
    }
    if (field_named(map, "timestamp")->at == NO_COLUMN && field_named(map, "type")->at == NO_COLUMN) {
        return error_set(error, STATUS_NOT_FOUND, "",
                         "the file has no column timestamp: name the column of the time with --map timestamp=COLUMN");
    }
    return STATUS_OK;
}

static int compare_fields(const void *a, const void *b)
{
    const struct field *x = a, *y = b;
    for (size_t i = 0; i < x->depth && i < y->depth; i++) {
        int c = span_compare(x->path[i], y->path[i]);
        if (c != 0) {
            return c;
        }
    }
    return (x->depth > y->depth) - (x->depth < y->depth);
}

/** In order of their paths, so that the members of one object stand together. */
static enum status sort_fields(struct row_map *map, struct error *error)
{
    qsort(map->fields, map->n_fields, sizeof(map->fields[0]), compare_fields);
    for (size_t i = 0; i + 1 < map->n_fields; i++) {
        const struct field *one = &map->fields[i], *next = &map->fields[i + 1];
        if (one->depth < next->depth && same_path(one, next->path, one->depth)) {
            return error_set(error, STATUS_INVALID_VALUE, "", "the field %.*s is a part of %.*s", (int)next->name.n,
                             next->name.p, (int)one->name.n, one->name.p);
        }
    }
    map->type = field_named(map, "type");
    map->event = field_named(map, "event");
    map->message_id = field_named(map, "messageId");
    map->timestamp = field_named(map, "timestamp");
    map->order_id = field_named(map, "properties.order_id");
    map->user_id = field_named(map, "userId");
    map->anonymous_id = field_named(map, "anonymousId");
    return STATUS_OK;
}

enum status row_map_bind(struct row_map *map, struct span header, struct error *error)
{
    enum status status = STATUS_OK;
    if (map->format == ROW_CSV) {
        struct span *columns;
        status = csv_fields(map->arena, arena_span(map->arena, header), &columns, &map->n_columns, error);
        if (status == STATUS_OK) {
            map->columns = columns;
            status = add_paths(map, error);
        }
        if (status == STATUS_OK) {
            status = find_columns(map, error);
        }
        if (status == STATUS_OK) {
            status = check_columns(map, error);
        }
    }
    return status == STATUS_OK ? sort_fields(map, error) : status;
}

const struct span *row_map_columns(const struct row_map *map, size_t *n)
{
    *n = map->n_columns;
    return map->columns;
}

/* --- values of one row --------------------------------------------------------------------------------------- */

static struct span json_text(struct arena *arena, struct span text)
{
    struct buf buf;
    buf_init(&buf, 0);
    buf_json_string(&buf, text);
    struct span copy = arena_span(arena, (struct span){buf.p, buf.n});
    buf_done(&buf);
    return copy;
}

/** A member of ${object} that is not null; 0: none. */
static size_t member(const struct scan *scan, struct arena *arena, size_t object, struct span name)
{
    size_t found = 0;
    if (scan_type(scan, object) != TOKEN_OBJECT) {
        return 0;
    }
    for (size_t key = object + 1; key < scan_next(scan, object); key = scan_next(scan, key + 1)) {
        if (span_equal(scan_string(arena, scan, key), name)) {
            found = scan_type(scan, key + 1) == TOKEN_NULL ? 0 : key + 1;
        }
    }
    return found;
}

static size_t walk(const struct scan *scan, struct arena *arena, const struct span *path, size_t depth)
{
    size_t token = 0;
    for (size_t i = 0; i < depth; i++) {
        token = member(scan, arena, token, path[i]);
        if (token == 0) {
            return 0;
        }
    }
    return token;
}

/** Where the column of ${field} is in the line: a member of that name, else a path. */
static size_t find_source(const struct scan *scan, struct arena *arena, const struct field *field)
{
    struct span path[ROW_DEPTH_MAX];
    size_t depth;
    size_t token = member(scan, arena, 0, field->column);
    if (token == 0 && split(field->column, path, &depth)) {
        token = walk(scan, arena, path, depth);
    }
    return token;
}

static enum status csv_values(struct row_map *map, struct arena *arena, struct span text, struct error *error)
{
    struct span *cells;
    size_t n;
    enum status status = csv_fields(arena, text, &cells, &n, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (n != map->n_columns) {
        return error_set(error, STATUS_INVALID_VALUE, "", "the row has %zu columns, the header %zu", n, map->n_columns);
    }
    for (size_t i = 0; i < map->n_fields; i++) {
        struct field *field = &map->fields[i];
        if (field->at != NO_COLUMN && cells[field->at].n != 0) {
            field->value = json_text(arena, cells[field->at]);
        }
    }
    buf_reset(&map->content);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&map->content, "%zu:", cells[i].n); /* no two rows join to one text */
        buf_span(&map->content, cells[i]);
    }
    return STATUS_OK;
}

static enum status json_values(struct row_map *map, struct arena *arena, struct span text, struct scan *scan,
                               struct error *error)
{
    enum status status = scan_parse(arena, text, SCAN_DEPTH_MAX, scan, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (scan_type(scan, 0) != TOKEN_OBJECT) {
        return error_set(error, STATUS_WRONG_TYPE, "", "a line must be an object");
    }
    for (size_t i = 0; i < map->n_fields; i++) {
        struct field *field = &map->fields[i];
        size_t own = walk(scan, arena, field->path, field->depth);
        if (own != 0 && !field->is_mapped) {
            field->value = scan_raw(scan, own);
            continue;
        }
        size_t token = field->column.n != 0 ? find_source(scan, arena, field) : 0;
        if (token != 0 || own != 0) {
            field->value = scan_raw(scan, token != 0 ? token : own);
        }
    }
    buf_reset(&map->content);
    buf_span(&map->content, text);
    return STATUS_OK;
}

/* --- what the row leaves open -------------------------------------------------------------------------------- */

/** A string's text, or a number as it stands. */
static struct span plain(struct arena *arena, struct span value)
{
    struct scan scan;
    struct error ignored;
    if (value.n == 0 || value.p[0] != '"') {
        return value;
    }
    if (scan_parse(arena, value, 1, &scan, &ignored) != STATUS_OK) {
        return (struct span){"", 0};
    }
    return scan_string(arena, &scan, 0);
}

static bool is_digits(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
    }
    return true;
}

/** Dates as YYYYMMDD and times without a zone become what message_decode() reads. */
static void settle_time(struct row_map *map, struct arena *arena)
{
    struct span text = plain(arena, map->timestamp->value);
    usec_t t;
    if (text.n == 0 || time_parse(text, &t)) {
        return;
    }
    char *told = text.n == 8 && is_digits(text)
                     ? arena_printf(arena, "%.4s-%.2s-%.2s", text.p, text.p + 4, text.p + 6)
                     : arena_printf(arena, "%.*sZ", (int)(text.n < TIME_TEXT ? text.n : TIME_TEXT), text.p);
    if (time_parse(span_of(told), &t)) {
        map->timestamp->value = json_text(arena, span_of(told));
    }
}

static enum status settle_meaning(struct row_map *map, struct arena *arena, const struct scan *scan,
                                  struct error *error)
{
    static const struct span original = SCAN_NAME("originalTimestamp");
    bool has_type = map->type->value.n != 0;
    if (map->event->value.n == 0 && (map->format == ROW_NDJSON ? !has_type : true)) {
        struct span told = has_type ? plain(arena, map->type->value) : span_of("track");
        if (span_is(told, "track")) {
            map->event->value = span_of("\"Order Completed\"");
        }
    }
    if (!has_type) {
        map->type->value = span_of("\"track\"");
    }
    struct span type = plain(arena, map->type->value);
    bool needs_time = span_is(type, "track") || span_is(type, "page") || span_is(type, "screen");
    bool has_time = map->timestamp->value.n != 0 || (scan && member(scan, arena, 0, original) != 0);
    if (needs_time && !has_time) {
        return error_set(error, STATUS_MISSING_MEMBER, "/timestamp", "timestamp is missing");
    }
    settle_time(map, arena);
    return STATUS_OK;
}

static bool is_order_completed(struct row_map *map, struct arena *arena)
{
    struct span text = plain(arena, map->event->value);
    char *name = arena_alloc(arena, text.n + 1);
    size_t n = event_name_normalise(text, name, text.n);
    return span_is(plain(arena, map->type->value), "track") && n != 0 &&
           event_kind_of((struct span){name, n}) == EVENT_ORDER_COMPLETED;
}

static bool is_told_by(const struct field *field)
{
    return field->value.n != 0 && !span_is(field->value, "null");
}

/** An order of nobody, under an id that nobody else knows, could never become anybody's. */
static bool may_tell_whose(const struct row_map *map, struct arena *arena, const struct scan *scan)
{
    static const struct span context = SCAN_NAME("context");
    return is_told_by(map->user_id) || is_told_by(map->anonymous_id) ||
           (scan && member(scan, arena, 0, context) != 0);
}

/** Ids of the row's content and its ordinal. */
static uint64_t settle_ids(struct row_map *map, struct arena *arena, const struct scan *scan, uint64_t ordinal)
{
    struct uuid content, id;
    uint64_t short_content;
    unsigned char place[sizeof(content.b) + sizeof(uint64_t)];
    digest_uuid5(&row_space, (struct span){map->content.p, map->content.n}, &content);
    memcpy(&short_content, content.b, sizeof(short_content));
    if (map->message_id->value.n != 0) {
        return short_content;
    }
    memcpy(place, content.b, sizeof(content.b));
    for (size_t i = 0; i < sizeof(uint64_t); i++) {
        place[sizeof(content.b) + i] = (unsigned char)(ordinal >> (8 * i));
    }
    digest_uuid5(&row_space, (struct span){(const char *)place, sizeof(place)}, &id);
    char text[ROW_ID_TEXT] = ROW_ID_PREFIX;
    uuid_print(&id, text + sizeof(ROW_ID_PREFIX) - 1);
    map->message_id->value = json_text(arena, span_of(text));
    if (map->order_id->value.n == 0 && is_order_completed(map, arena) && may_tell_whose(map, arena, scan)) {
        map->order_id->value = map->message_id->value;
    }
    return short_content;
}

/* --- the message --------------------------------------------------------------------------------------------- */

struct composer {
    struct row_map *map;
    struct arena *arena;
    const struct scan *scan; /* NULL: there is no line to take members from */
};

/** The end of the fields from ${i} on that have their part ${depth} in common. */
static size_t group_end(const struct row_map *map, size_t i, size_t end, size_t depth)
{
    size_t k = i + 1;
    while (k < end && span_equal(map->fields[k].path[depth], map->fields[i].path[depth])) {
        k++;
    }
    return k;
}

static bool has_value(const struct row_map *map, size_t i, size_t end)
{
    for (; i < end; i++) {
        if (map->fields[i].value.n != 0) {
            return true;
        }
    }
    return false;
}

/** Is the line's member ${name} said by a field, or, at the top, the place that a field was taken from? */
static bool is_told(const struct row_map *map, struct span name, size_t i, size_t end, size_t depth)
{
    for (size_t k = i; k < end;) {
        size_t next = group_end(map, k, end, depth);
        if (span_equal(map->fields[k].path[depth], name)) {
            return has_value(map, k, next);
        }
        k = next;
    }
    if (depth != 0) {
        return false;
    }
    if (span_is(name, "sentAt")) {
        return true;
    }
    for (size_t k = i; k < end; k++) {
        if (map->fields[k].value.n != 0 && span_equal(map->fields[k].column, name)) {
            return true;
        }
    }
    return false;
}

static void put_separator(struct buf *json)
{
    if (json->p[json->n - 1] != '{') {
        buf_char(json, ',');
    }
}

/** An object of the fields from ${i} to ${end} and of what else the line's ${object} (0 below the top: none) has. */
static void put_object(const struct composer *c, size_t object, bool has_object, size_t i, size_t end, size_t depth)
{
    struct buf *json = &c->map->json;
    buf_char(json, '{');
    for (size_t key = object + 1; has_object && key < scan_next(c->scan, object); key = scan_next(c->scan, key + 1)) {
        if (!is_told(c->map, scan_string(c->arena, c->scan, key), i, end, depth)) {
            put_separator(json);
            buf_span(json, scan_raw(c->scan, key));
            buf_char(json, ':');
            buf_span(json, scan_raw(c->scan, key + 1));
        }
    }
    for (size_t k = i; k < end;) {
        size_t next = group_end(c->map, k, end, depth);
        const struct field *field = &c->map->fields[k];
        if (has_value(c->map, k, next)) {
            put_separator(json);
            buf_json_string(json, field->path[depth]);
            buf_char(json, ':');
            size_t inner = has_object ? member(c->scan, c->arena, object, field->path[depth]) : 0;
            if (field->depth == depth + 1) {
                buf_span(json, field->value);
            } else if (inner != 0 && scan_type(c->scan, inner) != TOKEN_OBJECT) {
                buf_span(json, scan_raw(c->scan, inner)); /* message_decode() says what is wrong with it */
            } else {
                put_object(c, inner, inner != 0, k, next, depth + 1);
            }
        }
        k = next;
    }
    buf_char(json, '}');
}

static struct span trim(struct span text)
{
    while (text.n != 0 && strchr(" \t\r\n", text.p[text.n - 1]) && text.p[text.n - 1] != '\0') {
        text.n--;
    }
    while (text.n != 0 && strchr(" \t\r\n", text.p[0]) && text.p[0] != '\0') {
        text = (struct span){text.p + 1, text.n - 1};
    }
    return text;
}

enum status row_read(struct row_map *map, struct arena *arena, struct span text, uint64_t ordinal,
                     struct row *out, struct error *error)
{
    assert(map->type != NULL); /* row_map_bind() was called */
    struct scan scan;
    bool is_json = map->format == ROW_NDJSON;
    for (size_t i = 0; i < map->n_fields; i++) {
        map->fields[i].value = (struct span){"", 0};
    }
    enum status status =
        is_json ? json_values(map, arena, trim(text), &scan, error) : csv_values(map, arena, text, error);
    if (status == STATUS_OK) {
        status = settle_meaning(map, arena, is_json ? &scan : NULL, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t content = settle_ids(map, arena, is_json ? &scan : NULL, ordinal);
    struct composer composer = {.map = map, .arena = arena, .scan = is_json ? &scan : NULL};
    buf_reset(&map->json);
    put_object(&composer, 0, is_json, 0, map->n_fields, 0);
    *out = (struct row){.json = {map->json.p, map->json.n}, .content = content};
    return STATUS_OK;
}
