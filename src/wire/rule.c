#include "wire/rule.h"

#include "base/buf.h"
#include "core/rule_tree.h"

#include <jansson.h>

#define JSON_DEPTH_MAX (2 * RULE_DEPTH_MAX + 4) /* an operation is an object around a list */

/*
 * jansson keeps a number's value, not its text, and amounts of money are compared exactly: so the numbers are
 * found in the text first and then handed out in the order of the document, which the tree has, too (jansson
 * keeps the order of members, and repeated ones are refused).
 */
struct reading {
    struct arena *arena;
    struct error *error;
    struct span *numbers;
    size_t n_numbers;
    size_t next_number;
};

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/** Find the numbers and the depth of ${json}, which need not be valid yet. */
static size_t scan(struct reading *r, struct span json)
{
    size_t capacity = 0, depth = 0, deepest = 0;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (c == '"') {
            for (i++; i < json.n && json.p[i] != '"'; i++) {
                i += json.p[i] == '\\';
            }
        } else if (c == '[' || c == '{') {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if (c == ']' || c == '}') {
            depth -= depth != 0;
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            size_t start = i;
            while (i + 1 < json.n && is_number_char(json.p[i + 1])) {
                i++;
            }
            r->numbers = arena_grow(r->arena, r->numbers, r->n_numbers, &capacity, sizeof(*r->numbers));
            r->numbers[r->n_numbers++] = (struct span){json.p + start, i + 1 - start};
        }
    }
    return deepest;
}

static const char *pointer_index(struct arena *arena, const char *pointer, size_t index)
{
    return arena_printf(arena, "%s/%zu", pointer, index);
}

/** ${pointer} and a member's name, escaped as RFC 6901 has it. */
static const char *pointer_member(struct arena *arena, const char *pointer, const char *name)
{
    size_t n = strlen(pointer);
    char *out = arena_alloc(arena, n + 2 * strlen(name) + 2);
    memcpy(out, pointer, n);
    out[n++] = '/';
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            out[n++] = '~';
            out[n++] = *name == '~' ? '0' : '1';
        } else {
            out[n++] = *name;
        }
    }
    return out;
}

static struct expr *read_expr(struct reading *r, json_t *json, const char *pointer);

static bool read_items(struct reading *r, json_t *array, const char *pointer, struct expr ***out, size_t *n)
{
    *n = json_array_size(array);
    *out = ARENA_ARRAY(r->arena, struct expr *, *n);
    for (size_t i = 0; i < *n; i++) {
        (*out)[i] = read_expr(r, json_array_get(array, i), pointer_index(r->arena, pointer, i));
        if ((*out)[i] == NULL) {
            return false;
        }
    }
    return true;
}

static struct expr *read_operation(struct reading *r, json_t *json, const char *pointer)
{
    if (json_object_size(json) != 1) {
        (void)error_set(r->error, STATUS_INVALID_RULE, pointer, "an operation is an object with one member");
        return NULL;
    }
    void *member = json_object_iter(json);
    struct span op = {json_object_iter_key(member), json_object_iter_key_len(member)};
    json_t *value = json_object_iter_value(member);
    if (rule_op_of(op) == RULE_OP_COUNT) {
        struct span cut = {op.p, op.n < 64 ? op.n : 64};
        const char *place = pointer_member(r->arena, pointer, arena_text(r->arena, cut));
        return expr_operation(r->arena, place, arena_span(r->arena, op), NULL, 0); /* refused when compiled */
    }
    const char *place = pointer_member(r->arena, pointer, op.p);
    struct expr **args = NULL;
    size_t n = 0;
    if (json_is_array(value)) {
        if (!read_items(r, value, place, &args, &n)) {
            return NULL;
        }
    } else {
        args = ARENA_NEW(r->arena, struct expr *);
        args[0] = read_expr(r, value, place);
        n = 1;
        if (args[0] == NULL) {
            return NULL;
        }
    }
    return expr_operation(r->arena, place, arena_span(r->arena, op), args, n);
}

static struct expr *read_expr(struct reading *r, json_t *json, const char *pointer)
{
    struct span none = {0};
    struct expr **items;
    size_t n;
    switch (json_typeof(json)) {
    case JSON_OBJECT: return read_operation(r, json, pointer);
    case JSON_ARRAY:
        return read_items(r, json, pointer, &items, &n) ? expr_list(r->arena, pointer, items, n) : NULL;
    case JSON_STRING: {
        struct span s = {json_string_value(json), json_string_length(json)};
        return expr_literal(r->arena, pointer, value_string(arena_span(r->arena, s)), none);
    }
    case JSON_INTEGER:
    case JSON_REAL: {
        if (r->next_number == r->n_numbers) {
            (void)error_set(r->error, STATUS_INVALID_RULE, pointer, "the number cannot be read");
            return NULL;
        }
        struct span source = arena_span(r->arena, r->numbers[r->next_number++]);
        return expr_literal(r->arena, pointer, value_number(json_number_value(json)), source);
    }
    case JSON_TRUE:
    case JSON_FALSE: return expr_literal(r->arena, pointer, value_bool(json_is_true(json)), none);
    case JSON_NULL: return expr_literal(r->arena, pointer, value_null(), none);
    }
    return NULL;
}

#define LOAD_FLAGS (JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES)

static json_t *load(struct span text, const char *what, struct error *error)
{
    json_error_t reason;
    json_t *json = json_loadb(text.p, text.n, LOAD_FLAGS, &reason);
    if (json == NULL) {
        (void)error_set(error, STATUS_MALFORMED_JSON, "", "the %s is not valid JSON: line %d, column %d: %s",
                        what, reason.line, reason.column, reason.text);
    }
    return json;
}

enum status rule_parse(struct arena *arena, struct span json, const struct rule_schema *schema,
                       struct rule **out, struct error *error)
{
    struct error reason;
    struct reading r = {.arena = arena, .error = error ? error : &reason};
    if (json.n > RULE_BYTES_MAX) {
        return error_set(error, STATUS_INVALID_RULE, "", "the rule is longer than %d bytes", RULE_BYTES_MAX);
    }
    if (scan(&r, json) > JSON_DEPTH_MAX) {
        return error_set(error, STATUS_INVALID_RULE, "", "the rule is nested more than %d levels deep",
                         RULE_DEPTH_MAX);
    }
    json_t *tree = load(json, "rule", r.error);
    if (tree == NULL) {
        return STATUS_MALFORMED_JSON;
    }
    struct expr *expr = read_expr(&r, tree, "");
    json_decref(tree);
    if (expr == NULL) {
        return STATUS_INVALID_RULE;
    }
    return rule_compile(arena, expr, schema, out, error);
}

/* ---- rules over any data ---- */

struct data {
    struct arena *arena;
    json_t *root;
    struct value *values; /* of the variables, by the number that resolve() gave them */
    size_t n;
    size_t capacity;
};

/** One step of a path. Gives NULL for what JavaScript has undefined; false for what the language does not
 * know. */
static bool step(json_t **at, struct span part)
{
    bool is_index = part.n != 0 && part.n < 10 && (part.p[0] != '0' || part.n == 1);
    size_t index = 0;
    for (size_t i = 0; i < part.n && is_index; i++) {
        is_index = part.p[i] >= '0' && part.p[i] <= '9';
        index = index * 10 + (size_t)(part.p[i] - '0');
    }
    json_t *json = *at;
    *at = NULL;
    if (json_is_object(json)) {
        *at = json_object_getn(json, part.p, part.n);
    } else if (json_is_array(json)) {
        *at = is_index ? json_array_get(json, index) : NULL;
        return !span_is(part, "length");
    } else if (json_is_string(json)) {
        return !is_index && !span_is(part, "length");
    }
    return true;
}

static bool find(json_t *root, struct span name, json_t **out)
{
    *out = root;
    if (name.n == 0) {
        return true;
    }
    for (size_t start = 0; start <= name.n;) {
        size_t end = start;
        while (end < name.n && name.p[end] != '.') {
            end++;
        }
        if (!step(out, (struct span){name.p + start, end - start})) {
            return false;
        }
        start = end + 1;
    }
    return true;
}

/** ${json} as a value: a scalar, or a list of strings or of numbers; else false. */
static bool read_value(struct arena *arena, json_t *json, struct value *out)
{
    if (json == NULL || json_is_null(json)) {
        *out = value_null();
    } else if (json_is_boolean(json)) {
        *out = value_bool(json_is_true(json));
    } else if (json_is_number(json)) {
        *out = value_number(json_number_value(json));
    } else if (json_is_string(json)) {
        *out = value_string((struct span){json_string_value(json), json_string_length(json)});
    } else if (json_is_array(json)) {
        size_t n = json_array_size(json);
        struct value *items = ARENA_ARRAY(arena, struct value, n);
        for (size_t i = 0; i < n; i++) {
            json_t *item = json_array_get(json, i);
            if (!(json_is_string(item) || json_is_number(item)) || !read_value(arena, item, &items[i]) ||
                items[i].type != items[0].type) {
                return false;
            }
        }
        *out = value_list(items, n);
    } else {
        return false;
    }
    return true;
}

static bool data_resolve(const void *context, struct arena *arena, struct span name, struct fact_ref *out,
                         struct error *error)
{
    struct data *data = *(struct data *const *)context;
    (void)arena;
    json_t *json;
    struct value v;
    int n = (int)(name.n < 60 ? name.n : 60);
    if (!find(data->root, name, &json)) {
        (void)error_set(error, STATUS_INVALID_RULE, "", "%.*s looks into a string, or asks for a length", n,
                        name.p);
        return false;
    }
    if (!read_value(data->arena, json, &v)) {
        (void)error_set(
            error, STATUS_INVALID_RULE, "",
            "the data has an object or a list of several types at \"%.*s\"; rules read strings, numbers, "
            "booleans, and lists of strings or of numbers",
            n, name.p);
        return false;
    }
    data->values = arena_grow(data->arena, data->values, data->n, &data->capacity, sizeof(*data->values));
    data->values[data->n] = v;
    *out = (struct fact_ref){.fact = (int)data->n++, .type = v.type, .is_nullable = v.type == VALUE_NULL};
    if (v.type == VALUE_LIST && v.list.n != 0) {
        out->element = v.list.items[0].type;
    }
    return true;
}

static struct value data_read(const void *context, const struct fact_ref *ref)
{
    const struct data *data = context;
    return data->values[ref->fact];
}

static void write_value(struct buf *out, const struct value *v)
{
    char text[NUMBER_TEXT];
    switch (v->type) {
    case VALUE_NULL: buf_text(out, "null"); return;
    case VALUE_BOOL: buf_text(out, v->boolean ? "true" : "false"); return;
    case VALUE_NUMBER:
    case VALUE_MONEY: buf_append(out, text, value_number_print(v->number, text)); return;
    case VALUE_TIME: buf_json_time(out, v->time); return;
    case VALUE_STRING: buf_json_string(out, v->string); return;
    case VALUE_LIST:
        buf_char(out, '[');
        for (size_t i = 0; i < v->list.n; i++) {
            buf_text(out, i ? "," : "");
            write_value(out, &v->list.items[i]);
        }
        buf_char(out, ']');
        return;
    }
}

enum status rule_run(struct arena *arena, struct span rule_json, struct span data_json, struct span *out,
                     struct error *error)
{
    struct data data = {.arena = arena};
    struct data *context = &data;
    data.root = load(data_json.n == 0 ? span_of("null") : data_json, "data", error);
    if (data.root == NULL) {
        return STATUS_MALFORMED_JSON;
    }
    struct rule_schema schema = {.resolve = data_resolve, .context = &context, .is_untyped = true};
    struct rule *rule;
    enum status status = rule_parse(arena, rule_json, &schema, &rule, error);
    if (status == STATUS_OK) {
        struct rule_env env = {.read = data_read, .context = &data};
        struct value v = rule_value(rule, &env, arena);
        struct buf text;
        buf_init(&text, 0);
        write_value(&text, &v);
        *out = arena_span(arena, (struct span){text.p, text.n});
        buf_done(&text);
    }
    json_decref(data.root);
    return status;
}
