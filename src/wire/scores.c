#include "wire/scores.h"

#include "document.h"

#include <math.h>
#include <stdlib.h>

const char *scores_horizon_name(enum score_horizon horizon)
{
    static const char *const names[HORIZON_COUNT] = {
#define X(name, days) [HORIZON_##name] = #days "d",
        SCORE_HORIZON_TABLE(X)
#undef X
    };
    return names[horizon];
}

/* --- members ---------------------------------------------------------------------------------------------------- */

static enum status read_number(const struct document *d, size_t token, const char *pointer, double *out)
{
    if (token == 0 || scan_type(&d->scan, token) != TOKEN_NUMBER)
        return document_refuse(d, pointer, "must be a number");
    double n = strtod(arena_text(d->arena, scan_raw(&d->scan, token)), NULL);
    if (!isfinite(n))
        return document_refuse(d, pointer, "must be a finite number");
    *out = n;
    return STATUS_OK;
}

static enum status read_between(const struct document *d, size_t token, const char *pointer, double least, double most,
                                double *out)
{
    double n = 0;
    enum status status = read_number(d, token, pointer, &n);
    if (status == STATUS_OK && (n < least || n > most))
        return document_refuse(d, pointer, "must be from %g to %g", least, most);
    if (status == STATUS_OK)
        *out = n;
    return status;
}

/** The members of ${object} that are ${names}, all of them numbers. */
static enum status read_numbers(const struct document *d, size_t object, const char *pointer, const struct span *names,
                                size_t n, double *out)
{
    size_t values[BLEND_FEATURES + BTYD_K_MAX];
    if (object == 0)
        return document_refuse(d, pointer, "is missing");
    enum status status = document_members(d, object, pointer, names, n, values);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        status = read_number(d, values[i], document_pointer(d, pointer, names[i]), &out[i]);
    return status;
}

static enum status read_model_name(const struct document *d, size_t token, const char *pointer, bool *is_bg)
{
    struct span name;
    enum status status = document_text(d, token, pointer, &name);
    if (status != STATUS_OK)
        return status;
    *is_bg = span_is(name, "bg_nbd");
    if (!*is_bg && !span_is(name, "mbg_cnbd_k"))
        return document_refuse(d, pointer, "must be mbg_cnbd_k or bg_nbd");
    return STATUS_OK;
}

static enum status read_model(const struct document *d, size_t object, const char *pointer, struct btyd *out)
{
    static const struct span names[] = {SCAN_NAME("name"),  SCAN_NAME("k"), SCAN_NAME("r"),
                                        SCAN_NAME("alpha"), SCAN_NAME("a"), SCAN_NAME("b")};
    size_t values[COUNT_OF(names)];
    double numbers[COUNT_OF(names)] = {0};
    bool is_bg = false;
    if (object == 0)
        return document_refuse(d, pointer, "is missing");
    enum status status = document_members(d, object, pointer, names, COUNT_OF(names), values);
    if (status == STATUS_OK)
        status = read_model_name(d, values[0], document_pointer(d, pointer, names[0]), &is_bg);
    for (size_t i = 1; i < COUNT_OF(names) && status == STATUS_OK; i++)
        status = read_number(d, values[i], document_pointer(d, pointer, names[i]), &numbers[i]);
    if (status != STATUS_OK)
        return status;
    if (!(numbers[1] >= 1 && numbers[1] <= BTYD_K_MAX) || numbers[1] != floor(numbers[1]))
        return document_refuse(d, document_pointer(d, pointer, names[1]), "must be a whole number from 1 to %d", BTYD_K_MAX);
    struct btyd model = {(int)numbers[1], is_bg, numbers[2], numbers[3], numbers[4], numbers[5]};
    if (!btyd_is_valid(&model))
        return document_refuse(d, pointer, "must have parameters from %g to %g, and k = 1 when it is bg_nbd", BTYD_LEAST,
                               BTYD_MOST);
    *out = model;
    return STATUS_OK;
}

static enum status read_blend(const struct document *d, size_t object, const char *pointer, struct blend *out)
{
    static const struct span names[] = {SCAN_NAME("intercept"), SCAN_NAME("weights")};
    struct span features[BLEND_FEATURES];
    size_t values[COUNT_OF(names)];
    struct blend blend = {.is_used = object != 0};
    if (object == 0) {
        *out = blend;
        return STATUS_OK;
    }
    for (int i = 0; i < BLEND_FEATURES; i++)
        features[i] = span_of(blend_features[i].name);
    enum status status = document_members(d, object, pointer, names, COUNT_OF(names), values);
    if (status == STATUS_OK)
        status = read_number(d, values[0], document_pointer(d, pointer, names[0]), &blend.intercept);
    if (status == STATUS_OK)
        status = read_numbers(d, values[1], document_pointer(d, pointer, names[1]), features, BLEND_FEATURES, blend.weight);
    if (status != STATUS_OK)
        return status;
    if (!blend_is_monotone(&blend))
        return document_refuse(d, document_pointer(d, pointer, names[1]), "must not let a score rise with silence");
    *out = blend;
    return STATUS_OK;
}

static enum status read_blends(const struct document *d, size_t object, const char *pointer, struct blend *out)
{
    struct span names[HORIZON_COUNT];
    size_t values[HORIZON_COUNT];
    for (int h = 0; h < HORIZON_COUNT; h++)
        names[h] = span_of(scores_horizon_name((enum score_horizon)h));
    if (object == 0)
        return document_refuse(d, pointer, "is missing");
    enum status status = document_members(d, object, pointer, names, HORIZON_COUNT, values);
    for (int h = 0; h < HORIZON_COUNT && status == STATUS_OK; h++)
        status = read_blend(d, values[h], document_pointer(d, pointer, names[h]), &out[h]);
    return status;
}

static enum status read_spend(const struct document *d, size_t object, const char *pointer, struct scores *out)
{
    static const struct span names[] = {SCAN_NAME("p"), SCAN_NAME("q"), SCAN_NAME("v")};
    double numbers[COUNT_OF(names)] = {0};
    out->has_spend = object != 0;
    out->spend = (struct gamma_gamma){0};
    if (object == 0)
        return STATUS_OK;
    enum status status = read_numbers(d, object, pointer, names, COUNT_OF(names), numbers);
    if (status != STATUS_OK)
        return status;
    out->spend = (struct gamma_gamma){numbers[0], numbers[1], numbers[2]};
    if (!gamma_gamma_is_valid(&out->spend))
        return document_refuse(d, pointer, "must have p and v greater than 0 and q greater than 1");
    return STATUS_OK;
}

static enum status read_source(const struct document *d, size_t token, bool *is_fitted)
{
    struct span source;
    enum status status = document_text(d, token, "/source", &source);
    if (status == STATUS_OK && !span_is(source, "fit") && !span_is(source, "prior"))
        return document_refuse(d, "/source", "must be fit or prior");
    if (status == STATUS_OK)
        *is_fitted = span_is(source, "fit");
    return status;
}

/* --- the document ----------------------------------------------------------------------------------------------- */

/* Rows: the enum's name, the member. */
#define MEMBER_TABLE(X)                                                                                                \
    X(SOURCE, "source") X(CADENCE, "cadence") X(FITTED_AT, "fitted_at") X(UNTIL, "until") X(MODEL, "model")            \
    X(EXPONENTIAL, "exponential") X(REGULAR, "regular") X(USUAL_GAP, "usual_gap_weeks") X(USUAL_VALUE, "usual_value")  \
    X(BLENDS, "blends") X(SPEND, "spend") X(MARGIN, "margin") X(DISCOUNT, "discount_rate")                             \
    X(DIAGNOSTICS, "diagnostics") X(HOLDOUT, "holdout")

enum member {
#define X(name, text) MEMBER_##name,
    MEMBER_TABLE(X)
#undef X
        MEMBER_COUNT
};

static enum status read_parameters(const struct document *d, const size_t *values, struct scores *out)
{
    enum status status = read_source(d, values[MEMBER_SOURCE], &out->is_fitted);
    if (status == STATUS_OK)
        status = read_model(d, values[MEMBER_MODEL], "/model", &out->model);
    if (status == STATUS_OK)
        status = read_model(d, values[MEMBER_EXPONENTIAL], "/exponential", &out->basis.exponential);
    if (status == STATUS_OK)
        status = read_model(d, values[MEMBER_REGULAR], "/regular", &out->basis.regular);
    if (status == STATUS_OK)
        status = read_between(d, values[MEMBER_USUAL_GAP], "/usual_gap_weeks", 0, HUGE_VAL, &out->basis.usual_gap);
    if (status == STATUS_OK)
        status = read_between(d, values[MEMBER_USUAL_VALUE], "/usual_value", 0, HUGE_VAL, &out->basis.usual_value);
    if (status == STATUS_OK)
        status = read_blends(d, values[MEMBER_BLENDS], "/blends", out->blends);
    if (status == STATUS_OK)
        status = read_spend(d, values[MEMBER_SPEND], "/spend", out);
    if (status == STATUS_OK)
        status = read_between(d, values[MEMBER_MARGIN], "/margin", 0, 1, &out->margin);
    if (status == STATUS_OK)
        status = read_between(d, values[MEMBER_DISCOUNT], "/discount_rate", 0, HUGE_VAL, &out->discount);
    return status;
}

enum status scores_parse(struct arena *arena, struct span document, struct scores *out, struct error *error)
{
    static const struct span names[MEMBER_COUNT] = {
#define X(name, text) [MEMBER_##name] = SCAN_NAME(text),
        MEMBER_TABLE(X)
#undef X
    };
    struct document d;
    size_t values[MEMBER_COUNT];
    struct scores scores = *out;
    enum status status = document_open(&d, arena, document, STATUS_INTERNAL, error);
    if (status == STATUS_OK)
        status = document_members(&d, 0, "", names, MEMBER_COUNT, values);
    if (status == STATUS_OK)
        status = read_parameters(&d, values, &scores);
    if (status == STATUS_OK)
        *out = scores;
    return status;
}

struct span scores_member(struct arena *arena, struct span document, struct span name)
{
    struct document d;
    struct error error;
    if (document_open(&d, arena, document, STATUS_INTERNAL, &error) != STATUS_OK)
        return (struct span){NULL, 0};
    size_t token = document_find(&d, 0, name);
    if (token == 0 || scan_type(&d.scan, token) == TOKEN_NULL)
        return (struct span){NULL, 0};
    return scan_raw(&d.scan, token);
}
