#include "wire/model.h"

#include "document.h"
#include "wire/rule.h"

#define NAME_CHARACTERS_MAX     100
#define SENTENCE_CHARACTERS_MAX 1000

/* ---- texts in two languages ---- */

static size_t character_count(struct span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    }
    return n;
}

static bool is_blank(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != ' ') {
            return false;
        }
    }
    return true;
}

/** {"zh","en"}, both of them. */
static enum status read_languages(const struct document *d, size_t token, const char *pointer, size_t limit,
                                  const char **zh, const char **en)
{
    static const struct span names[] = {SCAN_NAME("zh"), SCAN_NAME("en")};
    const char **out[] = {zh, en};
    size_t values[COUNT_OF(names)];
    if (token == 0) {
        return document_refuse(d, pointer, "is missing");
    }
    enum status status = document_members(d, token, pointer, names, COUNT_OF(names), values);
    for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(names); i++) {
        struct span text;
        const char *place = document_pointer(d, pointer, names[i]);
        status = document_text(d, values[i], place, &text);
        if (status != STATUS_OK) {
            break;
        }
        if (is_blank(text)) {
            return document_refuse(d, place, "must not be empty");
        }
        if (character_count(text) > limit) {
            return document_refuse(d, place, "has more than %zu characters", limit);
        }
        *out[i] = arena_text(d->arena, text);
    }
    return status;
}

/* ---- rules ---- */

static enum status read_rule(const struct document *d, size_t token, const char *pointer, int money_exponent,
                             const struct rule **out)
{
    struct rule_schema schema = {.resolve = fact_resolve, .money_exponent = money_exponent};
    struct error error = {0};
    struct rule *rule;
    enum status status = rule_parse(d->arena, scan_raw(&d->scan, token), &schema, &rule, &error);
    if (status != STATUS_OK) {
        const char *place = arena_printf(d->arena, "%s%s", pointer, error.pointer);
        return error_set(d->error, status, place, "%s", error.detail);
    }
    *out = rule;
    return STATUS_OK;
}

/* ---- stages ---- */

/* clang-format off */
#define STAGE_MEMBER_TABLE(X)                                                                                 \
    X(KEY, "key") X(NAME, "name") X(ROLE, "role") X(DESCRIPTION, "description") X(RULE, "rule") X(HOLD, "hold")
/* clang-format on */

enum stage_member {
#define X(name, text) STAGE_##name,
    STAGE_MEMBER_TABLE(X)
#undef X
        STAGE_MEMBER_COUNT
};

static const struct span stage_members[] = {
#define X(name, text) SCAN_NAME(text),
    STAGE_MEMBER_TABLE(X)
#undef X
};

static bool is_key(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') {
            return false;
        }
    }
    return text.n != 0 && text.n <= DEFINITION_KEY_MAX;
}

static enum status read_stage_key(const struct document *d, size_t token, const char *pointer,
                                  struct model *model, struct stage *stage)
{
    struct span key;
    enum status status = document_text(d, token, pointer, &key);
    if (status != STATUS_OK) {
        return status;
    }
    if (!is_key(key)) {
        return document_refuse(d, pointer, "a key has 1 to %d of the characters a-z, 0-9 and _",
                               DEFINITION_KEY_MAX);
    }
    if (model_stage_by_key(model, key)) {
        return document_refuse(d, pointer, "an earlier stage has the key \"%.*s\"", (int)key.n, key.p);
    }
    memcpy(stage->key, key.p, key.n);
    return STATUS_OK;
}

static enum status read_role(const struct document *d, size_t token, const char *pointer, struct stage *stage)
{
    struct span name;
    enum status status = document_text(d, token, pointer, &name);
    if (status != STATUS_OK) {
        return status;
    }
    stage->role = role_of(name);
    if (stage->role == ROLE_NONE) {
        return document_refuse(d, pointer,
                               "the roles are prospect, new, active, loyal, advocate, at_risk and lost");
    }
    return STATUS_OK;
}

/** Adds a stage to ${model}; its number comes later. */
static enum status read_stage(const struct document *d, size_t token, const char *pointer, int money_exponent,
                              struct model *model)
{
    size_t values[STAGE_MEMBER_COUNT];
    const char *places[STAGE_MEMBER_COUNT];
    struct stage *stage = &model->stages[model->n_stages];
    enum status status = document_members(d, token, pointer, stage_members, STAGE_MEMBER_COUNT, values);
    for (int i = 0; i < STAGE_MEMBER_COUNT; i++) {
        places[i] = document_pointer(d, pointer, stage_members[i]);
    }
    if (status == STATUS_OK) {
        status = read_stage_key(d, values[STAGE_KEY], places[STAGE_KEY], model, stage);
    }
    if (status == STATUS_OK) {
        status = read_languages(d, values[STAGE_NAME], places[STAGE_NAME], NAME_CHARACTERS_MAX,
                                &stage->name_zh, &stage->name_en);
    }
    if (status == STATUS_OK) {
        status = read_role(d, values[STAGE_ROLE], places[STAGE_ROLE], stage);
    }
    if (status == STATUS_OK && values[STAGE_DESCRIPTION]) {
        status = read_languages(d, values[STAGE_DESCRIPTION], places[STAGE_DESCRIPTION],
                                SENTENCE_CHARACTERS_MAX, &stage->sentence_zh, &stage->sentence_en);
    }
    if (status == STATUS_OK && values[STAGE_RULE] == 0) {
        status = document_refuse(d, places[STAGE_RULE], "is missing");
    }
    if (status == STATUS_OK) {
        status = read_rule(d, values[STAGE_RULE], places[STAGE_RULE], money_exponent, &stage->rule);
    }
    if (status == STATUS_OK && values[STAGE_HOLD]) {
        status = read_rule(d, values[STAGE_HOLD], places[STAGE_HOLD], money_exponent, &stage->hold);
    }
    if (status == STATUS_OK) {
        model->n_stages++;
    }
    return status;
}

static enum status read_stages(const struct document *d, size_t token, int money_exponent,
                               struct model *model)
{
    const struct scan *scan = &d->scan;
    if (token == 0) {
        return document_refuse(d, "/stages", "is missing");
    }
    if (scan_type(scan, token) != TOKEN_ARRAY) {
        return document_refuse(d, "/stages", "must be a list");
    }
    size_t n = 0;
    for (size_t item = token + 1; item < scan_next(scan, token); item = scan_next(scan, item)) {
        n++;
    }
    if (n == 0 || n > STAGES_MAX) {
        return document_refuse(d, "/stages", "a model has 1 to %d stages", STAGES_MAX);
    }
    model->stages = ARENA_ARRAY(d->arena, struct stage, n);
    for (size_t item = token + 1; item < scan_next(scan, token); item = scan_next(scan, item)) {
        const char *pointer = arena_printf(d->arena, "/stages/%zu", model->n_stages);
        enum status status = read_stage(d, item, pointer, money_exponent, model);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* ---- documents ---- */

/* clang-format off */
#define MODEL_MEMBER_TABLE(X)                                                                                 \
    X(NAME, "name") X(DESCRIPTION, "description") X(PRESET, "preset") X(CADENCE, "cadence") X(STAGES, "stages")
/* clang-format on */

enum model_member {
#define X(name, text) MODEL_##name,
    MODEL_MEMBER_TABLE(X)
#undef X
        MODEL_MEMBER_COUNT
};

static const struct span model_members[] = {
#define X(name, text) SCAN_NAME(text),
    MODEL_MEMBER_TABLE(X)
#undef X
};

static void copy_key(char out[DEFINITION_KEY_MAX + 1], const char *key)
{
    size_t n = strnlen(key, DEFINITION_KEY_MAX);
    memcpy(out, key, n);
    out[n] = '\0';
}

/** The document as a model whose stages have no numbers yet. */
static enum status read_model(struct arena *arena, struct span json, const char *key, int money_exponent,
                              struct model **out, struct error *error)
{
    struct document d;
    enum status status = document_open(&d, arena, json, STATUS_INVALID_MODEL, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct model *model = ARENA_NEW(arena, struct model);
    copy_key(model->key, key);
    model->applies_from = NONE;
    size_t values[MODEL_MEMBER_COUNT];
    const char *unused;
    struct span text;
    status = document_members(&d, 0, "", model_members, MODEL_MEMBER_COUNT, values);
    if (status == STATUS_OK) {
        status = read_languages(&d, values[MODEL_NAME], "/name", NAME_CHARACTERS_MAX, &model->name_zh,
                                &model->name_en);
    }
    if (status == STATUS_OK && values[MODEL_DESCRIPTION]) {
        status = read_languages(&d, values[MODEL_DESCRIPTION], "/description", SENTENCE_CHARACTERS_MAX,
                                &unused, &unused);
    }
    if (status == STATUS_OK && values[MODEL_PRESET]) {
        status = document_text(&d, values[MODEL_PRESET], "/preset", &text);
    }
    if (status == STATUS_OK && values[MODEL_CADENCE]) {
        status = document_text(&d, values[MODEL_CADENCE], "/cadence", &text);
    }
    if (status == STATUS_OK) {
        status = read_stages(&d, values[MODEL_STAGES], money_exponent, model);
    }
    if (status == STATUS_OK) {
        *out = model;
    }
    return status;
}

static void number_stages(struct model *model, stage_number_fn number, void *context)
{
    for (size_t i = 0; i < model->n_stages; i++) {
        model->stages[i].number = number(context, span_of(model->stages[i].key));
    }
}

enum status model_parse(struct arena *arena, struct span json, const char *key, stage_number_fn number,
                        void *context, int money_exponent, struct model **out, struct error *error)
{
    struct model *model;
    enum status status = read_model(arena, json, key, money_exponent, &model, error);
    if (status == STATUS_OK) {
        status = model_check(arena, model, error);
    }
    if (status == STATUS_OK) {
        number_stages(model, number, context);
        *out = model;
    }
    return status;
}

enum status model_load(struct arena *arena, struct span json, const char *key, stage_number_fn number,
                       void *context, int money_exponent, struct model **out, struct error *error)
{
    struct model *model;
    enum status status = read_model(arena, json, key, money_exponent, &model, error);
    if (status == STATUS_OK) {
        number_stages(model, number, context);
        *out = model;
    }
    return status;
}

enum status segment_parse(struct arena *arena, struct span json, const char *key, int money_exponent,
                          struct segment **out, struct error *error)
{
    static const struct span names[] = {SCAN_NAME("rule"), SCAN_NAME("name")};
    size_t values[COUNT_OF(names)];
    struct document d;
    enum status status = document_open(&d, arena, json, STATUS_INVALID_RULE, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct segment *segment = ARENA_NEW(arena, struct segment);
    copy_key(segment->key, key);
    segment->applies_from = NONE;
    status = document_members(&d, 0, "", names, COUNT_OF(names), values);
    if (status == STATUS_OK && values[0] == 0) {
        status = document_refuse(&d, "/rule", "is missing");
    }
    if (status == STATUS_OK) {
        status = read_rule(&d, values[0], "/rule", money_exponent, &segment->rule);
    }
    if (status == STATUS_OK && values[1]) {
        status =
            read_languages(&d, values[1], "/name", NAME_CHARACTERS_MAX, &segment->name_zh, &segment->name_en);
    }
    if (status == STATUS_OK) {
        *out = segment;
    }
    return status;
}
