#include "definition_shelf.h"
#include "app/publish.h"
#include "wire/model.h"
#include "wire/rfm.h"
#include "wire/scores.h"

static void keep(struct definition_shelf *shelf, struct version_list *list, void *item)
{
    list->items = arena_grow(shelf->arena, list->items, list->n, &list->capacity, sizeof(*list->items));
    list->items[list->n++] = item;
}

static void copy_key(char out[DEFINITION_KEY_MAX + 1], struct span key)
{
    size_t n = key.n < DEFINITION_KEY_MAX ? key.n : DEFINITION_KEY_MAX;
    memcpy(out, key.p, n);
    out[n] = 0;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

/* Numbers of stages as the database has them. */
struct stage_numbers {
    const struct db_result *rows;
    int model;
};

static int stage_number(void *context, struct span key)
{
    const struct stage_numbers *numbers = context;
    for (int row = 0; row < db_rows(numbers->rows); row++)
        if (db_int(numbers->rows, row, 0) == numbers->model && span_equal(db_span(numbers->rows, row, 2), key))
            return db_int(numbers->rows, row, 1);
    return 0;
}

/* Columns of SQL_DEFINITION_ROWS. */
enum { KIND, NUMBER, VERSION, KEY, REVISION, APPLIES_FROM, RECORDED_AT, IS_WITHDRAWN, IS_SILENT, DOCUMENT };

/* What all kinds of versions have. */
#define SET_VERSION(item, rows, row)                                                                          \
    do {                                                                                                      \
        (item)->version = db_int(rows, row, VERSION);                                                         \
        (item)->revision = db_int(rows, row, REVISION);                                                       \
        (item)->applies_from = db_time(rows, row, APPLIES_FROM);                                              \
        (item)->is_silent = db_bool(rows, row, IS_SILENT);                                                    \
    } while (0)

static enum status take_model(struct definition_shelf *shelf, const struct db_result *rows, int row, struct span document,
                              const struct db_result *stages, struct error *error)
{
    char key[DEFINITION_KEY_MAX + 1];
    struct model *model = NULL;
    struct stage_numbers numbers = {.rows = stages, .model = db_int(rows, row, NUMBER)};
    copy_key(key, db_span(rows, row, KEY));
    enum status status =
        model_load(shelf->arena, document, key, stage_number, &numbers, shelf->shop->exponent, &model, error);
    if (status != STATUS_OK)
        return status;
    model->number = numbers.model;
    model->is_withdrawn = db_bool(rows, row, IS_WITHDRAWN);
    SET_VERSION(model, rows, row);
    keep(shelf, &shelf->models, model);
    return STATUS_OK;
}

static enum status take_segment(struct definition_shelf *shelf, const struct db_result *rows, int row, struct span document,
                                struct error *error)
{
    char key[DEFINITION_KEY_MAX + 1];
    struct segment *segment = NULL;
    copy_key(key, db_span(rows, row, KEY));
    enum status status = segment_parse(shelf->arena, document, key, shelf->shop->exponent, &segment, error);
    if (status != STATUS_OK)
        return status;
    segment->number = db_int(rows, row, NUMBER);
    segment->is_withdrawn = db_bool(rows, row, IS_WITHDRAWN);
    SET_VERSION(segment, rows, row);
    keep(shelf, &shelf->segments, segment);
    return STATUS_OK;
}

static enum status take_scores(struct definition_shelf *shelf, const struct db_result *rows, int row, struct span document,
                               struct error *error)
{
    struct scores *scores = ARENA_NEW(shelf->arena, struct scores);
    enum status status = scores_parse(shelf->arena, document, scores, error);
    if (status != STATUS_OK)
        return status;
    SET_VERSION(scores, rows, row);
    keep(shelf, &shelf->scores, scores);
    return STATUS_OK;
}

static enum status take_rfm(struct definition_shelf *shelf, const struct db_result *rows, int row, struct span document,
                            struct error *error)
{
    struct rfm *rfm = NULL;
    enum status status = rfm_parse(shelf->arena, document, shelf->shop->exponent, &rfm, error);
    if (status != STATUS_OK)
        return status;
    SET_VERSION(rfm, rows, row);
    keep(shelf, &shelf->rfm, rfm);
    return STATUS_OK;
}

static bool has_version(const struct definition_shelf *shelf, int kind, int number, int version)
{
    const struct version_list *models = &shelf->models, *segments = &shelf->segments;
    for (size_t i = 0; kind == KIND_MODEL && i < models->n; i++) {
        const struct model *model = models->items[i];
        if (model->number == number && model->version == version)
            return true;
    }
    for (size_t i = 0; kind == KIND_SEGMENT && i < segments->n; i++) {
        const struct segment *segment = segments->items[i];
        if (segment->number == number && segment->version == version)
            return true;
    }
    /* of these there is one, and its versions are read in order */
    if (kind == KIND_SCORES)
        return shelf->scores.n >= (size_t)version;
    return kind == KIND_RFM && shelf->rfm.n >= (size_t)version;
}

enum status definition_shelf_take(struct definition_shelf *shelf, const struct db_result *rows,
                                  const struct db_result *stages, struct error *error)
{
    enum status status = STATUS_OK;
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        int kind = db_int(rows, row, KIND);
        if (has_version(shelf, kind, db_int(rows, row, NUMBER), db_int(rows, row, VERSION)))
            continue;
        struct span document = arena_span(shelf->arena, db_span(rows, row, DOCUMENT));
        switch ((enum definition_kind)kind) {
        case KIND_MODEL: status = take_model(shelf, rows, row, document, stages, error); break;
        case KIND_SEGMENT: status = take_segment(shelf, rows, row, document, error); break;
        case KIND_SCORES: status = take_scores(shelf, rows, row, document, error); break;
        case KIND_RFM: status = take_rfm(shelf, rows, row, document, error); break;
        default: status = error_set(error, STATUS_BAD_SCHEMA, "", "there is a definition of kind %d", kind);
        }
    }
    return status;
}

/* --- putting together ------------------------------------------------------------------------------------------ */

static void assemble_models(const struct definition_shelf *shelf, struct definitions *out)
{
    for (size_t i = 0; i < shelf->models.n; i++) {
        const struct model *model = shelf->models.items[i];
        out->n_models = model->number > out->n_models ? model->number : out->n_models;
    }
    out->models = ARENA_ARRAY(shelf->arena, struct model_history, (size_t)out->n_models);
    for (int number = 1; number <= out->n_models; number++) {
        struct model_history *history = &out->models[number - 1];
        size_t capacity = 0;
        for (size_t i = 0; i < shelf->models.n; i++) {
            const struct model *model = shelf->models.items[i];
            if (model->number != number)
                continue;
            history->versions =
                arena_grow(shelf->arena, history->versions, history->n, &capacity, sizeof(*history->versions));
            history->versions[history->n++] = model;
        }
    }
}

static void assemble_segments(const struct definition_shelf *shelf, struct definitions *out)
{
    for (size_t i = 0; i < shelf->segments.n; i++) {
        const struct segment *segment = shelf->segments.items[i];
        out->n_segments = segment->number > out->n_segments ? segment->number : out->n_segments;
    }
    out->segments = ARENA_ARRAY(shelf->arena, struct segment_history, (size_t)out->n_segments);
    for (int number = 1; number <= out->n_segments; number++) {
        struct segment_history *history = &out->segments[number - 1];
        size_t capacity = 0;
        for (size_t i = 0; i < shelf->segments.n; i++) {
            const struct segment *segment = shelf->segments.items[i];
            if (segment->number != number)
                continue;
            history->versions =
                arena_grow(shelf->arena, history->versions, history->n, &capacity, sizeof(*history->versions));
            history->versions[history->n++] = segment;
        }
    }
}

const struct definitions *definition_shelf_assemble(const struct definition_shelf *shelf, int revision)
{
    struct definitions *out = ARENA_NEW(shelf->arena, struct definitions);
    out->shop = shelf->shop;
    out->revision = revision;
    assemble_models(shelf, out);
    assemble_segments(shelf, out);
    out->scores.n = shelf->scores.n;
    out->scores.versions = arena_copy(shelf->arena, shelf->scores.items, shelf->scores.n * sizeof(void *));
    out->rfm.n = shelf->rfm.n;
    out->rfm.versions = arena_copy(shelf->arena, shelf->rfm.items, shelf->rfm.n * sizeof(void *));
    definitions_seal(shelf->arena, out);
    return out;
}
