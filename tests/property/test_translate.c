/*
 * Good payloads damaged in every way that a seeded mutator knows, through the translators and the decoder: a
 * clear outcome each time, and never a good neighbour lost. No database.
 *
 * Samples are those of the fuzz targets' corpora, and the shared ones where they are. PROPERTY_SEED repeats a
 * run, PROPERTY_CASES (1000) is the number of mutations of each sample.
 */
#include "../support/mutate.h"
#include "../support/translated.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SAMPLE_MAX 262144

static const struct shop shop = {
    .id = 1, .key = "shop", .space = {{1, 2, 3}}, .currency = "USD", .exponent = 2};
static struct arena *samples; /* of a test */
static struct arena *arena;   /* of one case */
static uint64_t seed;         /* of one case */

static const struct translate_settings settings[] = {
    {.currency = {"", 0}},
    {.currency = {"USD", 3}, .channel = {"outlet", 6}, .order_prefix = {"n-", 2}, .user_id = {"id", 2}},
    {.currency = {"USD", 3}, .user_id = {"email", 5}},
};

static int set_up(void **state)
{
    (void)state;
    samples = arena_new(65536);
    arena = arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(samples);
    arena_free(arena);
    return 0;
}

static void fail_at(const char *what, const char *path, struct span body)
{
    fail_msg("%s: %s, case %" PRIu64 ": %.*s", path, what, seed, (int)(body.n < 4000 ? body.n : 4000),
             body.p);
}

/* --- samples -------------------------------------------------------------------------------------------- */

struct sample {
    const char *path;
    struct span topic;
    struct span body;
};

struct sample_list {
    struct sample *all;
    size_t n, capacity;
};

static void add_sample(struct sample_list *list, const char *path, struct span topic, struct span body)
{
    list->all = arena_grow(samples, list->all, list->n, &list->capacity, sizeof(*list->all));
    list->all[list->n++] = (struct sample){path, topic, body};
}

static struct span file_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = arena_alloc(samples, SAMPLE_MAX);
    size_t n = fread(bytes, 1, SAMPLE_MAX, file);
    fclose(file);
    return (struct span){bytes, n};
}

/* Calls ${add} for each file of ${folder}; false: there is no such folder. */
static bool each_file(const char *folder, struct sample_list *list,
                      void (*add)(struct sample_list *list, const char *path, const char *name,
                                  struct span text))
{
    DIR *files = opendir(folder);
    if (files == NULL) {
        print_message("%s is not here: skipped\n", folder);
        return false;
    }
    for (const struct dirent *entry = readdir(files); entry; entry = readdir(files)) {
        if (entry->d_name[0] == '.')
            continue;
        const char *path = arena_printf(samples, "%s/%s", folder, entry->d_name);
        add(list, path, strrchr(path, '/') + 1, file_text(path));
    }
    closedir(files);
    return true;
}

/** A file of a corpus: the topic is its first line. */
static void add_own(struct sample_list *list, const char *path, const char *name, struct span text)
{
    const char *end = memchr(text.p, '\n', text.n);
    (void)name;
    assert_non_null(end);
    size_t n = (size_t)(end - text.p);
    add_sample(list, path, (struct span){text.p, n}, (struct span){end + 1, text.n - n - 1});
}

static struct span replaced(struct span text, const char *from, const char *to)
{
    char *copy = arena_text(samples, text);
    char *at = strstr(copy, from);
    return at == NULL
               ? text
               : span_of(arena_printf(samples, "%.*s%s%s", (int)(at - copy), copy, to, at + strlen(from)));
}

/** orders_create.json: orders/create; and the same as an order that counts. */
static void add_shopify(struct sample_list *list, const char *path, const char *name, struct span text)
{
    char *topic = arena_printf(samples, "%.*s", (int)(strlen(name) - strlen(".json")), name);
    *strchr(topic, '_') = '/';
    add_sample(list, path, span_of(topic), text);
    struct span paid =
        replaced(replaced(text, "\"test\": true", "\"test\": false"), "\"voided\"", "\"paid\"");
    if (paid.n != text.n)
        add_sample(list, path, span_of(topic), paid);
}

static void add_woocommerce(struct sample_list *list, const char *path, const char *name, struct span text)
{
    const char *topic = strncmp(name, "customer", 8) == 0 ? "customer.updated" : "order.updated";
    add_sample(list, path, span_of(topic), text);
}

static void add_segment(struct sample_list *list, const char *path, const char *name, struct span text)
{
    struct span body = text;
    char *copy = arena_text(samples, text);
    const char *at = strstr(copy, "\"body_after_decoding\":");
    if (at) { /* as it was captured: the last member */
        const char *end = strrchr(copy, '}');
        at += strlen("\"body_after_decoding\":");
        body = (struct span){at, (size_t)(end - at)};
    }
    add_sample(list, path, span_of(strstr(name, "batch") || strstr(name, "examples") ? "batch" : ""), body);
}

/* --- shop systems --------------------------------------------------------------------------------------- */

static const char *const topics[] = {
    "orders/create",    "orders/updated",   "refunds/create",   "customers/create",
    "customers/redact", "checkouts/create", "carts/update",     "shop/redact",
    "order.created",    "order.deleted",    "customer.created", "order.restored",
};

static void mutate_sample(translator *function, const struct sample *sample, int64_t n, struct chance *seeds,
                          int64_t *accepted)
{
    for (int64_t i = 0; i < n; i++) {
        seed = chance_next(seeds);
        struct chance chance = {seed};
        arena_reset(arena);
        struct span body = i == 0 ? sample->body : mutate_json(arena, &chance, sample->body);
        struct span topic = one_in(&chance, 16) ? span_of(ONE_OF(&chance, topics)) : sample->topic;
        enum status status;
        const char *fault =
            translated_fault(arena, function, topic, body, &ONE_OF(&chance, settings), &shop, &status);
        if (fault)
            fail_at(fault, sample->path, body);
        *accepted += status == STATUS_OK;
    }
}

static void mutate_all(translator *function, const struct sample_list *list)
{
    struct chance seeds = {chance_seed()};
    int64_t cases = chance_cases(1000), accepted = 0, all = cases * (int64_t)list->n;
    print_message("PROPERTY_SEED=%" PRIu64 "\n", seeds.state);
    for (size_t i = 0; i < list->n; i++)
        mutate_sample(function, &list->all[i], cases, &seeds, &accepted);
    print_message("%zu samples, %" PRId64 " mutations, %" PRId64 " taken\n", list->n, all, accepted);
    assert_true(accepted > all / 20 &&
                accepted < all - all / 20); /* damage that matters, and damage that does not */
}

static void damaged_webhooks_of_shopify_are_taken_or_refused(void **state)
{
    struct sample_list list = {.n = 0};
    (void)state;
    assert_true(each_file("tests/fuzz/corpus/fuzz_shopify", &list, add_own));
    each_file("../shared/samples/shopify", &list, add_shopify);
    mutate_all(shopify_translate, &list);
}

static void damaged_webhooks_of_woocommerce_are_taken_or_refused(void **state)
{
    struct sample_list list = {.n = 0};
    (void)state;
    assert_true(each_file("tests/fuzz/corpus/fuzz_woocommerce", &list, add_own));
    each_file("../shared/samples/woocommerce", &list, add_woocommerce);
    mutate_all(woocommerce_translate, &list);
}

/* --- Segment's own -------------------------------------------------------------------------------------- */

static void damaged_messages_of_sdks_are_taken_or_refused(void **state)
{
    struct sample_list list = {.n = 0};
    struct chance seeds = {chance_seed()};
    int64_t cases = chance_cases(1000), accepted = 0;
    (void)state;
    print_message("PROPERTY_SEED=%" PRIu64 "\n", seeds.state);
    if (!each_file("../shared/samples/segment", &list, add_segment))
        skip();
    for (size_t k = 0; k < list.n; k++) {
        for (int64_t i = 0; i < cases; i++) {
            seed = chance_next(&seeds);
            struct chance chance = {seed};
            arena_reset(arena);
            struct span body = i == 0 ? list.all[k].body : mutate_json(arena, &chance, list.all[k].body);
            enum status status;
            const char *fault = decoded_fault(arena, body, list.all[k].topic.n != 0,
                                              one_in(&chance, 2) ? "track" : NULL, &shop, &status);
            if (fault)
                fail_at(fault, list.all[k].path, body);
            accepted += status == STATUS_OK;
        }
    }
    assert_true(accepted > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(damaged_webhooks_of_shopify_are_taken_or_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_webhooks_of_woocommerce_are_taken_or_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damaged_messages_of_sdks_are_taken_or_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
