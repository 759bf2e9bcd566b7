#include "address.h"
#include "foreign_parts.h"

#define HEADER_NAME_MAX 64

/** What is between the quotes of a quoted string, with its backslashes undone; any other text as it is. */
static struct span unquote(struct arena *arena, struct span value)
{
    char *text = arena_alloc(arena, value.n + 1);
    size_t n = 0;
    size_t i = 1;
    if (value.n < 2 || value.p[0] != '"') {
        return value;
    }
    for (; i < value.n && value.p[i] != '"'; i++) {
        i += value.p[i] == '\\' && i + 1 < value.n;
        text[n++] = value.p[i];
    }
    return i + 1 == value.n ? (struct span){text, n} : value;
}

bool foreign_header(struct arena *arena, struct span value, struct span *out)
{
    return address_undo(arena, unquote(arena, value), false, out);
}

/* --- finding --- */

/** The value of the last member with this name. */
static bool member_find(struct arena *arena, const struct scan *scan, size_t object, struct span name,
                        size_t *out)
{
    bool is_there = false;
    for (size_t key = object + 1; key < scan_next(scan, object); key = scan_next(scan, key + 1)) {
        if (span_equal(scan_string(arena, scan, key), name)) {
            *out = key + 1;
            is_there = true;
        }
    }
    return is_there;
}

static bool item_find(const struct scan *scan, size_t array, struct span name, size_t *out)
{
    size_t index = 0;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9' || (i == 0 && name.p[0] == '0' && name.n > 1) || i > 6) {
            return false;
        }
        index = index * 10 + (size_t)(name.p[i] - '0');
    }
    size_t item = array + 1;
    while (index > 0 && item < scan_next(scan, array)) {
        item = scan_next(scan, item);
        index--;
    }
    *out = item;
    return name.n != 0 && item < scan_next(scan, array);
}

/** The next name of ${pointer}, which begins with '/', unescaped. */
static struct span next_name(struct arena *arena, struct span *pointer)
{
    char *name = arena_alloc(arena, pointer->n);
    size_t n = 0;
    size_t i = 1;
    for (; i < pointer->n && pointer->p[i] != '/'; i++) {
        char c = pointer->p[i];
        if (c == '~' && i + 1 < pointer->n) {
            c = pointer->p[++i] == '1' ? '/' : '~';
        }
        name[n++] = c;
    }
    *pointer = (struct span){pointer->p + i, pointer->n - i};
    return (struct span){name, n};
}

struct found found_inside(struct arena *arena, const struct scan *scan, size_t token, struct span pointer)
{
    bool is_there = true;
    while (pointer.n != 0 && is_there) {
        struct span name = next_name(arena, &pointer);
        enum token_type type = scan_type(scan, token);
        is_there = type == TOKEN_OBJECT  ? member_find(arena, scan, token, name, &token)
                   : type == TOKEN_ARRAY ? item_find(scan, token, name, &token)
                                         : false;
    }
    return (struct found){
        .scan = scan, .token = token, .is_there = is_there && scan_type(scan, token) != TOKEN_NULL};
}

/** An attribute that came as a header. */
static struct found header_find(const struct foreign *event, struct span name)
{
    char header[HEADER_NAME_MAX] = "ce-";
    struct found found = {.is_there = false};
    if (name.n == 0 || name.n > sizeof(header) - 4) {
        return found;
    }
    for (size_t i = 0; i < name.n; i++) { /* attributes have no other characters */
        if (!((name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '0' && name.p[i] <= '9'))) {
            return found;
        }
    }
    memcpy(header + 3, name.p, name.n);
    struct span value = event->headers->header(event->headers->context, header);
    found.is_there = value.n != 0 && foreign_header(event->arena, value, &found.text);
    return found;
}

struct found found_at(const struct foreign *event, struct span pointer)
{
    struct span rest = pointer;
    struct span first = next_name(event->arena, &rest);
    if (span_is(first, "data")) {
        return event->has_data ? found_inside(event->arena, event->data_scan, event->data, rest)
                               : (struct found){.token = 0};
    }
    if (event->scan != NULL) {
        return found_inside(event->arena, event->scan, event->object, pointer);
    }
    return rest.n == 0 ? header_find(event, first) : (struct found){.token = 0};
}

struct found found_by_mapping(const struct foreign *event, const struct found *item,
                              const struct mapped *mapped)
{
    struct found found = {.is_there = false};
    for (size_t i = 0; i < mapped->n_pointers && !found.is_there; i++) {
        found = item == NULL ? found_at(event, mapped->pointers[i])
                             : found_inside(event->arena, item->scan, item->token, mapped->pointers[i]);
    }
    return found;
}

struct span found_text(const struct foreign *event, const struct found *found)
{
    if (!found->is_there || found->scan == NULL) {
        return found->is_there ? found->text : (struct span){"", 0};
    }
    if (scan_type(found->scan, found->token) == TOKEN_STRING) {
        return scan_string(event->arena, found->scan, found->token);
    }
    bool is_integer = found->scan->tokens[found->token].is_integer;
    return is_integer ? scan_raw(found->scan, found->token) : (struct span){"", 0};
}

struct span foreign_id(const struct foreign *event, const char *const *pointers, size_t n)
{
    struct span id = {"", 0};
    for (size_t i = 0; i < n && id.n == 0; i++) {
        struct found found = found_at(event, span_of(pointers[i]));
        id = found_text(event, &found);
    }
    return id;
}
