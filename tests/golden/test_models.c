#include "core/fold.h"
#include "core/money.h"
#include "wire/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

/*
 * tests/golden/models/PRESET.txt tells how customers walk through a preset. A line is
 *
 *     +OFFSET [xN] [EVENT [ARGUMENT...]] = STAGE
 *
 * OFFSET is the time since the line before: "+0d", "+179d23h59m59s". Without an event only time passes. xN
 * does the line N times; '#' in an argument is then 1, 2, ... EVENT is a name of core/event.h, page, screen
 * or identify:
 *
 *     Order Completed ID VALUE [CATEGORY...]    Order Refunded ID [AMOUNT]    Order Cancelled ID
 *     Survey Answered nps|csat SCORE            Customer Churned, Subscription Cancelled [REASON...]
 *
 * "cadence NAME" and "customer" begin with a new customer; '#' begins a comment. Under each cadence all
 * stages must be walked through, and some customer must go back to an earlier one; there are two cadences or
 * more.
 */

#define START     INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define WORDS_MAX 16

struct walk {
    struct arena *arena;
    const char *file;
    int line;
    const struct model *model;
    struct definitions *definitions;
    struct state *state;
    struct effects effects;
    usec_t now;
    unsigned events;
    bool visited[STAGES_MAX];
    bool went_back;
    int cadences;
};

static void complain(const struct walk *walk, const char *format, ...) PRINTF_LIKE(2, 3);

static void complain(const struct walk *walk, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fail_msg("%s:%d: %s", walk->file, walk->line, text);
}

/* ---- the model ---- */

static int stage_number(void *context, struct span key)
{
    (void)key;
    return ++*(int *)context;
}

static void begin_customer(struct walk *walk)
{
    struct uuid key = {{1}};
    walk->state = ARENA_NEW(walk->arena, struct state);
    state_init(walk->state, &key, span_of("customer"), IDENTITY_USER);
    walk->state->has_all_orders = true;
    walk->effects = (struct effects){.arena = walk->arena};
    walk->now = START;
}

static void begin_cadence(struct walk *walk, const char *preset, struct span cadence)
{
    static struct shop shop = {.id = 1, .currency = "EUR", .exponent = 2};
    struct span json;
    struct model *model = NULL;
    struct error error;
    int stages = 0;
    if (preset_expand(walk->arena, span_of(preset), cadence, (struct span){0}, &json, &error) != STATUS_OK ||
        model_parse(walk->arena, json, preset, stage_number, &stages, 2, &model, &error) != STATUS_OK) {
        complain(walk, "%s", error.detail);
    }
    model->number = 1;
    model->version = 1;
    struct definitions *definitions = ARENA_NEW(walk->arena, struct definitions);
    const struct model **versions = ARENA_ARRAY(walk->arena, const struct model *, 1);
    versions[0] = walk->model = model;
    definitions->shop = &shop;
    definitions->models = ARENA_NEW(walk->arena, struct model_history);
    definitions->models[0] = (struct model_history){.versions = versions, .n = 1};
    definitions->n_models = 1;
    definitions_seal(walk->arena, definitions);
    walk->definitions = definitions;
    memset(walk->visited, 0, sizeof(walk->visited));
    walk->went_back = false;
    walk->cadences++;
    begin_customer(walk);
}

static void end_cadence(const struct walk *walk)
{
    for (size_t i = 0; walk->model && i < walk->model->n_stages; i++) {
        if (!walk->visited[i]) {
            complain(walk, "nobody has been in the stage %s", walk->model->stages[i].key);
        }
    }
    if (walk->model && !walk->went_back) {
        complain(walk, "nobody has gone back to an earlier stage");
    }
}

/* ---- lines ---- */

static size_t split(char *line, char *words[WORDS_MAX])
{
    size_t n = 0;
    for (char *word = strtok(line, " \n"); word && n < WORDS_MAX; word = strtok(NULL, " \n")) {
        words[n++] = word;
    }
    return n;
}

static usec_t read_offset(const struct walk *walk, const char *text)
{
    static const struct {
        char unit;
        usec_t size;
    } units[] = {
        {'d', USEC_PER_DAY}, {'h', 3600 * USEC_PER_SEC}, {'m', 60 * USEC_PER_SEC}, {'s', USEC_PER_SEC}};
    usec_t offset = 0;
    if (*text++ != '+') {
        complain(walk, "a line begins with +OFFSET, cadence or customer");
    }
    while (*text) {
        char *end;
        long n = strtol(text, &end, 10);
        size_t i = 0;
        while (i < COUNT_OF(units) && units[i].unit != *end) {
            i++;
        }
        if (end == text || i == COUNT_OF(units)) {
            complain(walk, "an offset is like +1d2h3m4s");
        }
        offset += n * units[i].size;
        text = end + 1;
    }
    return offset;
}

/** The kind that the first words name, the longest name first; EVENT_NONE: none does. */
static enum event_kind read_kind(char *const *words, size_t n, size_t *taken)
{
    static const struct {
        const char *word;
        enum event_kind kind;
    } calls[] = {{"page", EVENT_PAGE}, {"screen", EVENT_SCREEN}, {"identify", EVENT_IDENTIFY}};
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        if (strcmp(words[0], calls[i].word) == 0) {
            *taken = 1;
            return calls[i].kind;
        }
    }
    for (*taken = n; *taken; --*taken) {
        char text[256] = "", name[256];
        for (size_t i = 0; i < *taken; i++) {
            strncat(text, words[i], sizeof(text) - strlen(text) - 1);
            strncat(text, " ", sizeof(text) - strlen(text) - 1);
        }
        size_t size = event_name_normalise(span_of(text), name, sizeof(name));
        enum event_kind kind = event_kind_of((struct span){name, size});
        if (size && kind != EVENT_CUSTOM) {
            return kind;
        }
    }
    return EVENT_NONE;
}

static uint64_t hash(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text; text++) {
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return h;
}

static struct uuid key_of(uint64_t n)
{
    struct uuid key = {{0}};
    for (size_t i = 0; i < sizeof(n); i++) {
        key.b[i] = (unsigned char)(n >> (8 * (7 - i)));
    }
    return key;
}

static int64_t read_amount(const struct walk *walk, const char *text)
{
    struct decimal decimal;
    int64_t minor = 0;
    if (!decimal_parse(span_of(text), &decimal) || !money_from_decimal(decimal, 2, &minor)) {
        complain(walk, "\"%s\" is no amount", text);
    }
    return minor;
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void read_order(const struct walk *walk, struct event *event, char **args, size_t n)
{
    if (n == 0) {
        complain(walk, "the order's id is missing");
    }
    event->order_id = span_of(args[0]);
    event->order_key = key_of(hash(args[0]));
    if (event->kind == EVENT_ORDER_COMPLETED) {
        if (n < 2) {
            complain(walk, "the order's value is missing");
        }
        event->has_value = true;
        event->value = read_amount(walk, args[1]);
        uint64_t *categories = ARENA_ARRAY(walk->arena, uint64_t, n);
        for (size_t i = 2; i < n; i++) {
            categories[event->n_categories++] = hash(args[i]);
        }
        qsort(categories, event->n_categories, sizeof(*categories), compare_hashes);
        event->categories = categories;
    } else if (event->kind == EVENT_ORDER_REFUNDED) {
        event->refund_key = event->event_id;
        event->refund_whole = n < 2;
        event->refund_amount = n < 2 ? 0 : read_amount(walk, args[1]);
    } else {
        event->refund_key = event->event_id;
    }
}

static void read_event(struct walk *walk, char **words, size_t n, struct event *event)
{
    size_t taken = 0;
    *event = (struct event){.occurred_at = walk->now, .received_at = walk->now, .seen = true};
    event->event_id = key_of(++walk->events);
    event->kind = read_kind(words, n, &taken);
    event->name = event_kind_normalised(event->kind);
    char **args = words + taken;
    n -= taken;
    if (event->kind == EVENT_NONE) {
        complain(walk, "\"%s ...\" is no event", words[0]);
    } else if (event_is_order(event->kind)) {
        read_order(walk, event, args, n);
    } else if (event->kind == EVENT_SURVEY_ANSWERED) {
        if (n != 2) {
            complain(walk, "a survey has a kind and a score");
        }
        event->score_is_nps = strcmp(args[0], "nps") == 0;
        event->score = atoi(args[1]);
    } else if (event->kind == EVENT_CUSTOMER_CHURNED || event->kind == EVENT_SUBSCRIPTION_CANCELLED) {
        event->reason = n ? span_of(args[0]) : (struct span){0};
    } else if (n) {
        complain(walk, "\"%s\" is too much", args[0]);
    }
}

/* Note the moves that the last step made. */
static void note_moves(struct walk *walk)
{
    for (size_t i = 0; i < walk->effects.n_transitions; i++) {
        const struct transition *move = &walk->effects.transitions[i];
        walk->visited[move->to - 1] = true;
        walk->went_back = walk->went_back || move->to < move->from;
    }
    walk->effects.n_transitions = 0;
}

static void assert_stage(const struct walk *walk, const char *expected)
{
    const struct stage *stage = model_stage(walk->model, walk->state->standing[0].stage);
    if (stage == NULL || strcmp(stage->key, expected) != 0) {
        complain(walk, "the customer is in %s, not in %s", stage ? stage->key : "no stage", expected);
    }
}

/** '#' becomes the number of the repetition. */
static char *numbered(const struct walk *walk, char *word, long number)
{
    char *mark = strchr(word, '#');
    return mark ? arena_printf(walk->arena, "%.*s%ld%s", (int)(mark - word), word, number, mark + 1) : word;
}

static void take_step(struct walk *walk, char **words, size_t n)
{
    usec_t offset = read_offset(walk, words[0]);
    if (n < 3 || strcmp(words[n - 2], "=") != 0) {
        complain(walk, "a line ends with = STAGE");
    }
    const char *expected = words[n - 1];
    words++;
    n -= 3;
    long times = 1;
    if (n && words[0][0] == 'x' && strspn(words[0] + 1, "0123456789") == strlen(words[0] + 1)) {
        times = atol(words[0] + 1);
        words++;
        n--;
    }
    for (long i = 1; i <= times; i++) {
        walk->now += offset;
        if (n) {
            char *args[WORDS_MAX];
            struct event event;
            for (size_t k = 0; k < n; k++) {
                args[k] = numbered(walk, words[k], i);
            }
            read_event(walk, args, n, &event);
            fold_event(walk->definitions, walk->state, &event, &walk->effects);
        } else {
            fold_advance(walk->definitions, walk->state, walk->now, &walk->effects);
        }
        note_moves(walk);
        assert_stage(walk, expected);
    }
}

static void take_line(struct walk *walk, const char *preset, char *line)
{
    char *words[WORDS_MAX];
    size_t n = line[0] == '#' ? 0 : split(line, words);
    if (n == 2 && strcmp(words[0], "cadence") == 0) {
        end_cadence(walk);
        begin_cadence(walk, preset, span_of(words[1]));
    } else if (n == 1 && strcmp(words[0], "customer") == 0) {
        begin_customer(walk);
    } else if (n) {
        if (walk->model == NULL) {
            complain(walk, "a file begins with a cadence");
        }
        take_step(walk, words, n);
    }
}

/* ---- the tests ---- */

static void a_preset_is_walked_through_and_back(void **state)
{
    const char *preset = *state;
    char file[128], line[512];
    struct walk walk = {.arena = arena_new(65536), .file = file};
    snprintf(file, sizeof(file), "tests/golden/models/%s.txt", preset);
    FILE *stream = fopen(file, "r");
    if (stream == NULL) {
        fail_msg("%s is missing", file);
        return;
    }
    while (fgets(line, sizeof(line), stream)) {
        walk.line++;
        take_line(&walk, preset, arena_text(walk.arena, span_of(line)));
    }
    fclose(stream);
    end_cadence(&walk);
    if (walk.cadences < 2) {
        complain(&walk, "the preset is walked through under one cadence only");
    }
    arena_free(walk.arena);
}

static char *read_file(const char *path)
{
    FILE *stream = fopen(path, "r");
    if (stream == NULL) {
        fail_msg("%s is missing: run make docs", path);
        return NULL;
    }
    struct buf text;
    char block[4096];
    buf_init(&text, 0);
    for (size_t n; (n = fread(block, 1, sizeof(block), stream)) > 0;) {
        buf_append(&text, block, n);
    }
    fclose(stream);
    buf_append(&text, "", 1);
    return buf_steal(&text, NULL);
}

/* The file begins with a line that says where it comes from. */
static void the_documentation_of_the_models_is_not_stale(void **state)
{
    (void)state;
    char *file = read_file("docs/generated/models.md");
    struct buf printed;
    buf_init(&printed, 0);
    model_docs(&printed);
    buf_append(&printed, "", 1);
    const char *start = strstr(file, "# Lifecycle models");
    if (start == NULL || strcmp(start, printed.p) != 0) {
        fail_msg("docs/generated/models.md is stale: run make docs");
    }
    buf_done(&printed);
    free(file);
}

int main(void)
{
    static char names[64][32];
    struct CMUnitTest tests[64];
    size_t n = 0;
    struct span key, json;
    for (; preset_at(n, &key, &json) && n + 1 < COUNT_OF(tests); n++) {
        snprintf(names[n], sizeof(names[n]), "%.*s", (int)key.n, key.p);
        tests[n] = (struct CMUnitTest){
            .name = names[n], .test_func = a_preset_is_walked_through_and_back, .initial_state = names[n]};
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_documentation_of_the_models_is_not_stale);
    return _cmocka_run_group_tests("models", tests, n, NULL, NULL);
}
