#include "base/arena.h"
#include "base/buf.h"
#include "core/fact.h"
#include "core/model.h"
#include "gen/assets.h"
#include "http/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

/*
 * openapi.yaml and the tables of the program say the same. The document is read as lines, by their indentation: it is
 * written in blocks, one name a line.
 */

#define ITEMS_MAX 128

static struct arena *arena;

struct line {
    size_t indent;
    struct span text; /* without its indentation; n = 0: blank, or a comment */
};

/** Cuts a line off ${rest}; false at the end. */
static bool next_line(struct span *rest, struct line *out)
{
    if (rest->n == 0) {
        return false;
    }
    const char *end = memchr(rest->p, '\n', rest->n);
    assert_non_null(end);
    struct span text = {rest->p, (size_t)(end - rest->p)};
    rest->n -= text.n + 1;
    rest->p += text.n + 1;
    out->indent = 0;
    while (text.n > 0 && text.p[0] == ' ') {
        text.p++;
        text.n--;
        out->indent++;
    }
    out->text = text.n > 0 && text.p[0] == '#' ? (struct span){text.p, 0} : text;
    return true;
}

static struct span document(void)
{
    assert_non_null(asset_openapi.name);
    return (struct span){asset_openapi.data, asset_openapi.size};
}

/** What stands between ${before} and ${after} of ${text}; n = 0: something else stands there. */
static struct span between(struct span text, const char *before, const char *after)
{
    size_t n = strlen(before), m = strlen(after);
    if (text.n < n + m || memcmp(text.p, before, n) != 0 || memcmp(text.p + text.n - m, after, m) != 0) {
        return (struct span){text.p, 0};
    }
    return (struct span){text.p + n, text.n - n - m};
}

/** The block of ${name}, which stands in the block ${of} with this indentation: all lines that are indented further. */
static struct span block(struct span of, size_t indent, const char *name)
{
    struct line line;
    while (next_line(&of, &line)) {
        if (line.indent != indent || !span_is(line.text, name)) {
            continue;
        }
        const char *start = of.p;
        const char *end = start;
        while (next_line(&of, &line) && (line.text.n == 0 || line.indent > indent)) {
            end = of.p;
        }
        return (struct span){start, (size_t)(end - start)};
    }
    fail_msg("openapi.yaml has no %s", name);
    return (struct span){NULL, 0};
}

/* --- lists that are compared ------------------------------------------------------------------------------ */

struct list {
    const char *items[ITEMS_MAX];
    size_t n;
};

static void list_add(struct list *list, const char *item)
{
    assert_true(list->n < ITEMS_MAX);
    list->items[list->n++] = item;
}

static bool list_has(const struct list *list, const char *item)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->items[i], item) == 0) {
            return true;
        }
    }
    return false;
}

static void assert_same(const struct list *program, const struct list *openapi)
{
    size_t n_faults = 0;
    for (size_t i = 0; i < program->n; i++) {
        if (!list_has(openapi, program->items[i])) {
            print_error("only the program has: %s\n", program->items[i]);
            n_faults++;
        }
    }
    for (size_t i = 0; i < openapi->n; i++) {
        if (!list_has(program, openapi->items[i])) {
            print_error("only openapi.yaml has: %s\n", openapi->items[i]);
            n_faults++;
        }
    }
    assert_int_equal(n_faults, 0);
    assert_int_equal(program->n, openapi->n);
}

/* --- operations ------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/** "GET /v1/facts listFacts read lang": names of the query in the order of the alphabet. */
static const char *operation_line(const char *method, const char *path, const char *operation, const char *caller,
                                  struct list *query)
{
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text, "%s %s %s %s", method, path, operation, caller);
    qsort(query->items, query->n, sizeof(query->items[0]), compare_names);
    for (size_t i = 0; i < query->n; i++) {
        buf_printf(&text, "%c%s", i ? ',' : ' ', query->items[i]);
    }
    const char *line = arena_text(arena, (struct span){text.p, text.n});
    buf_done(&text);
    return line;
}

static void add_route(struct list *list, const struct route *route)
{
    char operation[64];
    struct list query = {.n = 0};
    route_operation_id(route, operation, sizeof(operation));
    for (const char *p = route->query ? route->query : ""; *p != '\0';) {
        size_t n = strcspn(p, ",");
        list_add(&query, arena_text(arena, (struct span){p, n}));
        p += n + (p[n] == ',');
    }
    list_add(list, operation_line(method_name(route->method), route->path, operation, caller_name(route->caller), &query));
}

/** The name of the parameter whose block this is, if it is one of the query. */
static void add_parameter(struct list *query, struct span parameter, size_t indent)
{
    struct line line;
    struct span name = {NULL, 0};
    bool is_query = false;
    while (next_line(&parameter, &line)) {
        if (line.indent == indent && between(line.text, "name: ", "").n) {
            name = between(line.text, "name: ", "");
        }
        is_query = is_query || (line.indent == indent && span_is(line.text, "in: query"));
    }
    if (is_query) {
        list_add(query, arena_text(arena, name));
    }
}

static void add_reference(struct list *query, struct span name)
{
    struct span parameters = block(block(document(), 0, "components:"), 2, "parameters:");
    const char *key = arena_printf(arena, "%.*s:", (int)name.n, name.p);
    add_parameter(query, block(parameters, 4, key), 6);
}

static void add_parameters(struct list *query, struct span operation)
{
    struct line line;
    struct span name = {NULL, 0};
    while (next_line(&operation, &line)) {
        if (line.indent == 8 && between(line.text, "- name: ", "").n) {
            name = between(line.text, "- name: ", "");
        } else if (line.indent == 10 && span_is(line.text, "in: query")) {
            list_add(query, arena_text(arena, name));
        } else if (line.indent == 8 && between(line.text, "- $ref: \"#/components/parameters/", "\"").n) {
            add_reference(query, between(line.text, "- $ref: \"#/components/parameters/", "\""));
        }
    }
}

static void add_operation(struct list *list, struct span path, struct span method, struct span operation)
{
    struct line line;
    struct list query = {.n = 0};
    const char *name = "", *caller = "";
    char *upper = arena_text(arena, method);
    for (char *p = upper; *p != '\0'; p++) {
        *p = (char)(*p - 'a' + 'A');
    }
    for (struct span rest = operation; next_line(&rest, &line);) {
        if (line.indent == 6 && between(line.text, "operationId: ", "").n) {
            name = arena_text(arena, between(line.text, "operationId: ", ""));
        } else if (line.indent == 6 && between(line.text, "x-scope: ", "").n) {
            caller = arena_text(arena, between(line.text, "x-scope: ", ""));
        } else if (line.indent == 6 && span_is(line.text, "security: []")) {
            caller = "anybody";
        }
    }
    add_parameters(&query, operation);
    list_add(list, operation_line(upper, arena_text(arena, path), name, caller, &query));
}

static void every_route_is_an_operation_with_its_key_and_query_and_the_other_way_round(void **state)
{
    (void)state;
    struct list program = {.n = 0}, openapi = {.n = 0};
    for (size_t i = 0; i < n_routes; i++) {
        add_route(&program, &routes[i]);
    }
    struct span paths = block(document(), 0, "paths:");
    struct line line;
    for (struct span rest = paths; next_line(&rest, &line);) {
        struct span path = line.text;
        if (line.indent != 2 || path.n == 0) {
            continue;
        }
        path.n--; /* the colon */
        struct span methods = block(paths, 2, arena_text(arena, line.text));
        for (struct span lines = methods; next_line(&lines, &line);) {
            if (line.indent == 4 && line.text.n) {
                struct span operation = block(methods, 4, arena_text(arena, line.text));
                add_operation(&openapi, path, (struct span){line.text.p, line.text.n - 1}, operation);
            }
        }
    }
    assert_same(&program, &openapi);
}

/* --- vocabularies ----------------------------------------------------------------------------------------- */

static struct span schema(const char *name)
{
    return block(block(block(document(), 0, "components:"), 2, "schemas:"), 4, name);
}

static void every_problem_code_is_told_and_no_other(void **state)
{
    (void)state;
    struct list program = {.n = 0}, openapi = {.n = 0};
    struct line line;
    for (int i = STATUS_OK + 1; i < STATUS_COUNT; i++) {
        list_add(&program, status_code((enum status)i));
    }
    for (struct span rest = schema("ProblemCode:"); next_line(&rest, &line);) {
        struct span code = between(line.text, "- ", "");
        if (code.n) {
            list_add(&openapi, arena_text(arena, code));
        }
    }
    assert_same(&program, &openapi);
}

static void every_fact_is_told_and_no_other(void **state)
{
    (void)state;
    struct list program = {.n = 0}, openapi = {.n = 0}, required = {.n = 0};
    struct line line;
    for (int i = 0; i < FACT_TRAIT; i++) {
        list_add(&program, fact_info((enum fact)i)->name);
    }
    for (struct span rest = block(schema("Facts:"), 6, "properties:"); next_line(&rest, &line);) {
        if (line.indent == 8) {
            list_add(&openapi, arena_text(arena, between(line.text, "", ":")));
        }
    }
    for (struct span rest = block(schema("Facts:"), 6, "required:"); next_line(&rest, &line);) {
        list_add(&required, arena_text(arena, between(line.text, "- ", "")));
    }
    assert_same(&program, &openapi);
    assert_same(&program, &required);
}

static void every_role_is_told_and_no_other(void **state)
{
    (void)state;
    struct list program = {.n = 0}, openapi = {.n = 0};
    struct line line;
    for (int i = ROLE_NONE + 1; i < ROLE_COUNT; i++) {
        list_add(&program, role_name((enum role)i));
    }
    for (struct span rest = schema("Role:"); next_line(&rest, &line);) {
        struct span roles = between(line.text, "enum: [", "]");
        while (roles.n) {
            const char *comma = memmem(roles.p, roles.n, ", ", 2);
            size_t n = comma ? (size_t)(comma - roles.p) : roles.n;
            list_add(&openapi, arena_text(arena, (struct span){roles.p, n}));
            size_t used = comma ? n + 2 : n;
            roles.p += used;
            roles.n -= used;
        }
    }
    assert_same(&program, &openapi);
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(65536);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_route_is_an_operation_with_its_key_and_query_and_the_other_way_round, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(every_problem_code_is_told_and_no_other, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(every_fact_is_told_and_no_other, make_arena, free_arena),
        cmocka_unit_test_setup_teardown(every_role_is_told_and_no_other, make_arena, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
