#include "app/publish.h"
#include "db/store.h"
#include "registry.h"
#include "wire/change.h"
#include "wire/model.h"
#include "wire/rfm.h"
#include "wire/scores.h"

#include <stdlib.h>

#define TRIES_MOST 10 /* while others publish too */

/* What the shop has, read while its head is locked. */
struct present {
    const struct db_result *rows;
    const struct db_result *stages;
    int revision;
    int number;           /* of the key; 0: the key is new */
    int version;          /* the latest of the key; 0: none */
    bool is_withdrawn;
    int latest;           /* the row of that version, or -1 */
    int highest_number;
    usec_t last_boundary; /* NONE: none */
};

static bool is_definition_key(struct span key)
{
    if (key.n < 1 || key.n > DEFINITION_KEY_MAX)
        return false;
    for (size_t i = 0; i < key.n; i++)
        if (!((key.p[i] >= 'a' && key.p[i] <= 'z') || (key.p[i] >= '0' && key.p[i] <= '9') || key.p[i] == '_'))
            return false;
    return true;
}

static struct present look(const struct db_result *rows, const struct db_result *stages, int revision,
                           enum definition_kind kind, struct span key)
{
    struct present present = {
        .rows = rows, .stages = stages, .revision = revision, .latest = -1, .last_boundary = NONE};
    for (int row = 0; row < db_rows(rows); row++) {
        usec_t applies_from = db_time(rows, row, 5);
        if (applies_from > present.last_boundary)
            present.last_boundary = applies_from;
        if (db_int(rows, row, 0) != (int)kind)
            continue;
        if (db_int(rows, row, 1) > present.highest_number)
            present.highest_number = db_int(rows, row, 1);
        if (span_equal(db_span(rows, row, 3), key) && db_int(rows, row, 2) > present.version) {
            present.latest = row;
            present.number = db_int(rows, row, 1);
            present.version = db_int(rows, row, 2);
            present.is_withdrawn = db_bool(rows, row, 7);
        }
    }
    return present;
}

static bool is_in_force(const struct present *present)
{
    return present->version > 0 && !present->is_withdrawn;
}

static enum status check_match(const struct present *present, const struct publication *p, struct error *error)
{
    if (!is_in_force(present)) {
        if (p->is_withdrawn)
            return error_set(error, STATUS_NOT_FOUND, "", "no definition in force has this key");
        if (p->if_match > 0)
            return error_set(error, STATUS_PRECONDITION_FAILED, "", "no definition in force has this key");
        return STATUS_OK;
    }
    if (p->if_match == VERSION_ABSENT)
        return error_set(error, STATUS_PRECONDITION_REQUIRED, "",
                         "version %d is in force: send If-Match: \"%d\" to replace it", present->version,
                         present->version);
    if (p->if_match != VERSION_ANY && p->if_match != present->version)
        return error_set(error, STATUS_PRECONDITION_FAILED, "", "version %d is in force", present->version);
    return STATUS_OK;
}

/* Of models and segments there are many, and their first version applies from the beginning. */
static bool is_by_key(enum definition_kind kind)
{
    return kind == KIND_MODEL || kind == KIND_SEGMENT;
}

/* Numbers of stages: those that the database has, then new ones. */
struct numbering {
    struct arena *arena;
    const struct db_result *rows;
    int model;
    int highest;
    struct {
        struct span key;
        int number;
    } *added;
    size_t n_added;
    size_t capacity;
};

static int number_of(void *context, struct span key)
{
    struct numbering *n = context;
    for (int row = 0; row < db_rows(n->rows); row++) {
        if (db_int(n->rows, row, 0) != n->model)
            continue;
        if (db_int(n->rows, row, 1) > n->highest)
            n->highest = db_int(n->rows, row, 1);
        if (span_equal(db_span(n->rows, row, 2), key))
            return db_int(n->rows, row, 1);
    }
    for (size_t i = 0; i < n->n_added; i++)
        if (span_equal(n->added[i].key, key))
            return n->added[i].number;
    n->added = arena_grow(n->arena, n->added, n->n_added, &n->capacity, sizeof(*n->added));
    n->added[n->n_added].key = arena_span(n->arena, key);
    n->added[n->n_added].number = ++n->highest;
    return n->added[n->n_added++].number;
}

#define STAGE_NUMBERS_MAX 255 /* a byte of customer.standing */

static enum status check_document(struct session *session, const struct shop *shop, const struct publication *p,
                                  struct numbering *numbering, struct error *error)
{
    char *key = arena_text(session->arena, p->key);
    if (p->kind == KIND_SCORES) {
        struct scores scores;
        return scores_parse(session->arena, p->document, &scores, error);
    }
    if (p->kind == KIND_RFM) {
        struct rfm *rfm;
        return rfm_parse(session->arena, p->document, shop->exponent, &rfm, error);
    }
    if (p->kind == KIND_SEGMENT) {
        struct segment *segment;
        return segment_parse(session->arena, p->document, key, shop->exponent, &segment, error);
    }
    struct model *model;
    enum status status =
        model_parse(session->arena, p->document, key, number_of, numbering, shop->exponent, &model, error);
    if (status == STATUS_OK && numbering->highest > STAGE_NUMBERS_MAX)
        return error_set(error, STATUS_TOO_MANY_DEFINITIONS, "/stages",
                         "over all its versions a model may have %d stages", STAGE_NUMBERS_MAX);
    return status;
}

static enum change_type change_type_of(enum definition_kind kind)
{
    switch (kind) {
    case KIND_MODEL: return CHANGE_MODEL;
    case KIND_SEGMENT: return CHANGE_SEGMENT;
    case KIND_SCORES: return CHANGE_SCORES;
    case KIND_RFM: return CHANGE_RFM;
    }
    return CHANGE_MODEL;
}

/* ${is_noticed}: what is published may move customers. */
static void send_version(struct session *session, const struct shop *shop, const struct publication *p,
                         const struct present *present, const struct numbering *numbering, bool is_noticed, usec_t now)
{
    struct db *db = session->db;
    struct arena *arena = session->arena;
    int number = present->number ? present->number : present->highest_number + 1;
    usec_t applies_from = now > present->last_boundary ? now : present->last_boundary + 1;
    if ((present->version == 0 && is_by_key(p->kind)) || p->restate)
        applies_from = NONE;
    struct db_args *args = db_args(arena, 11);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, p->kind);
    arg_int(args, DB_INT2, number);
    arg_int(args, DB_INT4, present->version + 1);
    arg_span(args, DB_TEXT, p->key);
    arg_int(args, DB_INT4, present->revision + 1);
    arg_time(args, applies_from);
    arg_time(args, now);
    arg_bool(args, p->is_withdrawn);
    arg_bool(args, !p->notify);
    arg_span(args, DB_JSON, p->document);
    db_send(db, SQL_DEFINITION_INSERT, args);
    for (size_t i = 0; i < numbering->n_added; i++) {
        args = db_args(arena, 4);
        arg_int(args, DB_INT4, shop->id);
        arg_int(args, DB_INT2, number);
        arg_int(args, DB_INT2, numbering->added[i].number);
        arg_span(args, DB_TEXT, numbering->added[i].key);
        db_send(db, SQL_DEFINITION_STAGE_INSERT, args);
    }
    args = db_args(arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT4, present->revision + 1);
    db_send(db, SQL_DEFINITION_RAISE, args);
    if (is_noticed) {
        args = db_args(arena, 3);
        arg_int(args, DB_INT4, shop->id);
        arg_int(args, DB_INT4, present->revision + 1);
        arg_time(args, now);
        db_send(db, SQL_CRAWL_START, args);
    }
    struct change change = {.type = change_type_of(p->kind),
                            .number = number,
                            .version = present->version + 1,
                            .at = applies_from == NONE ? now : applies_from,
                            .before_at = NONE,
                            .detail = is_by_key(p->kind) ? change_definition(arena, p->is_withdrawn, p->restate)
                                                         : (struct span){NULL, 0}};
    db_send(db, SQL_CHANGE_APPEND, change_args(arena, shop->id, &change, 1, now));
    db_send(db, SQL_COMMIT, NULL);
}

/* Does a rule of ${known} read what versions of ${kind} hold? */
static bool is_noticed_by(const struct definitions *known, enum definition_kind kind)
{
    return is_by_key(kind) || (kind == KIND_SCORES ? known->needs_scores : known->needs_rfm);
}

/* ${known}: the definitions just before. Errors RETRY: others were published since. */
static enum status publish(struct session *session, const struct shop *shop, const struct definitions *known,
                           struct publication p, int *version, struct error *error)
{
    struct db *db = session->db;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    db_send(db, SQL_BEGIN, NULL);
    size_t head_at = db_send(db, SQL_DEFINITION_PUBLISH, args);
    size_t rows_at = db_send(db, SQL_DEFINITION_ROWS, args);
    size_t stages_at = db_send(db, SQL_DEFINITION_STAGES, args);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    struct present present = look(db_result(db, rows_at), db_result(db, stages_at),
                                  db_int(db_result(db, head_at), 0, 0), p.kind, p.key);
    if (known->revision < present.revision)
        return error_set(error, STATUS_RETRY, "", "the definitions are being changed");
    status = check_match(&present, &p, error);
    if (status != STATUS_OK)
        return status;
    struct numbering numbering = {.arena = session->arena,
                                  .rows = present.stages,
                                  .model = present.number ? present.number : present.highest_number + 1};
    int most = p.kind == KIND_MODEL ? MODEL_SLOTS : SEGMENT_SLOTS;
    if (present.number == 0 && present.highest_number >= most)
        return error_set(error, STATUS_TOO_MANY_DEFINITIONS, "", "a shop may have %d of them over its life", most);
    if (p.is_withdrawn) {
        p.document = arena_span(session->arena, db_span(present.rows, present.latest, 9));
    } else {
        status = check_document(session, shop, &p, &numbering, error);
        if (status != STATUS_OK)
            return status;
        if (is_in_force(&present) && !p.restate && span_equal(db_span(present.rows, present.latest, 9), p.document)) {
            *version = present.version;
            return STATUS_OK; /* the caller rolls back: nothing is new */
        }
    }
    *version = present.version + 1;
    /* the clock is read while the head is locked: no batch has folded beyond it under the old definitions */
    send_version(session, shop, &p, &present, &numbering, is_noticed_by(known, p.kind), clock_now(session->clock));
    return db_sync(db, error);
}

enum status definition_publish(struct session *session, const struct shop *shop, const struct publication *publication,
                               int *version, struct error *error)
{
    const struct definitions *definitions;
    if (session->db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    if (!is_definition_key(publication->key))
        return error_set(error, STATUS_INVALID_VALUE, "", "a key is 1 to %d characters of a-z, 0-9 and _",
                         DEFINITION_KEY_MAX);
    enum status status = STATUS_RETRY;
    for (int i = 0; i < TRIES_MOST && status == STATUS_RETRY; i++) {
        status = definitions_load(session->registry, session->db, shop, &definitions, error);
        if (status != STATUS_OK)
            return status;
        status = publish(session, shop, definitions, *publication, version, error);
        struct error keep = error ? *error : (struct error){0};
        db_rollback(session->db); /* after a COMMIT this does nothing */
        if (error)
            *error = keep;
    }
    return status == STATUS_OK ? definitions_load(session->registry, session->db, shop, &definitions, error) : status;
}

enum status crawl_progress(struct session *session, const struct shop *shop, struct crawl_progress *out,
                           struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_CRAWL_GET, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "nothing was published yet");
    *out = (struct crawl_progress){.revision = db_int(rows, 0, 0),
                                   .done = db_int8(rows, 0, 1),
                                   .total = db_int8(rows, 0, 2),
                                   .started_at = db_time(rows, 0, 3),
                                   .finished_at = db_time(rows, 0, 4)};
    return STATUS_OK;
}

enum status definition_document(struct session *session, const struct shop *shop, enum definition_kind kind,
                                struct span key, struct span *out, int *version, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_DEFINITION_ROWS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    struct present present = look(rows, NULL, 0, kind, key);
    if (!is_in_force(&present))
        return error_set(error, STATUS_NOT_FOUND, "", "no definition in force has this key");
    *out = arena_span(session->arena, db_span(rows, present.latest, 9));
    *version = present.version;
    return STATUS_OK;
}
