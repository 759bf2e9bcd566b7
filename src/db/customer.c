#include "db/store.h"
#include "db/each.h"

/* Column order: customer.sql. */

#define SINCE_BYTES 8
#define STANDING_BYTES (1 + SINCE_BYTES)

struct span standing_encode(struct arena *arena, const struct state *state)
{
    size_t n = MODEL_SLOTS;
    while (n > 0 && state->standing[n - 1].since == NONE)
        n--;
    unsigned char *bytes = arena_alloc(arena, n * STANDING_BYTES + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char *p = bytes + i * STANDING_BYTES;
        p[0] = (unsigned char)state->standing[i].stage;
        for (size_t k = 0; k < SINCE_BYTES; k++)
            p[1 + k] = (unsigned char)((uint64_t)state->standing[i].since >> (8 * (SINCE_BYTES - 1 - k)));
    }
    return (struct span){(char *)bytes, n * STANDING_BYTES};
}

static void standing_decode(struct span s, struct state *state)
{
    for (size_t i = 0; i < MODEL_SLOTS; i++)
        state->standing[i] = (struct standing){.stage = 0, .since = NONE};
    for (size_t i = 0; i < MODEL_SLOTS && (i + 1) * STANDING_BYTES <= s.n; i++) {
        const unsigned char *p = (const unsigned char *)s.p + i * STANDING_BYTES;
        uint64_t since = 0;
        for (size_t k = 0; k < SINCE_BYTES; k++)
            since = since << 8 | p[1 + k];
        state->standing[i] = (struct standing){.stage = p[0], .since = (usec_t)since};
    }
}

struct span segments_encode(struct arena *arena, const struct state *state)
{
    size_t n = sizeof(state->segments);
    while (n > 0 && state->segments[n - 1] == 0)
        n--;
    return (struct span){arena_copy(arena, state->segments, n ? n : 1), n};
}

void customer_read(struct arena *arena, const struct db_result *result, int row, struct customer_row *out)
{
    int column = 0;
    struct state *s = &out->state;
    *out = (struct customer_row){.state.profile.marks.landing.at = NONE};
    s->key = db_uuid(result, row, column++);
    out->shop_id = db_int(result, row, column++);
    s->external_id = arena_span(arena, db_span(result, row, column++));
    s->kind = (enum identity_kind)db_int(result, row, column++);
    if (!db_is_null(result, row, column))
        out->merged_into = db_uuid(result, row, column);
    column++;
    out->identities_count = db_int(result, row, column++);
    out->is_used = db_bool(result, row, column++);
    out->erased_at = db_time(result, row, column++);
#define READ_I4 db_int8
#define READ_I8 db_int8
#define READ_TS db_time
#define X(name, type, null, comment) s->a.name = READ_##type(result, row, column++);
    ACCUMULATOR_TABLE(X)
#undef X
    standing_decode(db_span(result, row, column++), s);
    struct span segments = db_span(result, row, column++);
    memcpy(s->segments, segments.p, segments.n < sizeof(s->segments) ? segments.n : sizeof(s->segments));
    s->position.at = db_time(result, row, column++);
    s->position.rank = db_int(result, row, column++);
    s->position.event_id = db_uuid(result, row, column++);
    s->deadline = db_time(result, row, column++);
    s->definitions = db_int(result, row, column++);
    out->fold_version = db_int(result, row, column++);
    out->transition_seq = db_int(result, row, column++);
}

#define TYPE_I4 DB_INT4
#define TYPE_I8 DB_INT8
#define TYPE_TS DB_TIME
#define PUSH_I4 push_int
#define PUSH_I8 push_int
#define PUSH_TS push_time

#define FIXED_COLUMNS 17

static void add_facts(struct db_args *args, const struct customer_row *const *rows, size_t n)
{
#define X(name, type, null, comment) EACH(args, TYPE_##type, PUSH_##type, rows[i]->state.a.name);
    ACCUMULATOR_TABLE(X)
#undef X
}

static void add_fold(struct arena *arena, struct db_args *args, const struct customer_row *const *rows, size_t n)
{
    EACH(args, DB_BYTEA, push_span, standing_encode(arena, &rows[i]->state));
    EACH(args, DB_BYTEA, push_span, segments_encode(arena, &rows[i]->state));
    EACH(args, DB_TIME, push_time, rows[i]->state.position.at == NONE ? 0 : rows[i]->state.position.at);
    EACH(args, DB_INT2, push_int, rows[i]->state.position.rank);
    EACH(args, DB_UUID, push_uuid, &rows[i]->state.position.event_id);
    EACH(args, DB_TIME, push_time, rows[i]->state.deadline);
    EACH(args, DB_INT4, push_int, rows[i]->state.definitions);
    EACH(args, DB_INT2, push_int, rows[i]->fold_version);
    EACH(args, DB_INT4, push_int, rows[i]->transition_seq);
}

struct db_args *customer_insert_args(struct arena *arena, const struct customer_row *const *rows, size_t n)
{
    struct db_args *args = db_args(arena, ACCUMULATOR_COUNT + FIXED_COLUMNS);
    EACH(args, DB_UUID, push_uuid, &rows[i]->state.key);
    EACH(args, DB_INT4, push_int, rows[i]->shop_id);
    EACH(args, DB_TEXT, push_span, rows[i]->state.external_id);
    EACH(args, DB_INT2, push_int, rows[i]->state.kind);
    EACH(args, DB_UUID, push_uuid, uuid_is_nil(&rows[i]->merged_into) ? NULL : &rows[i]->merged_into);
    EACH(args, DB_INT4, push_int, rows[i]->identities_count);
    EACH(args, DB_BOOL, push_bool, rows[i]->is_used);
    EACH(args, DB_TIME, push_time, rows[i]->erased_at);
    add_facts(args, rows, n);
    add_fold(arena, args, rows, n);
    return args;
}

struct db_args *customer_update_args(struct arena *arena, const struct customer_row *const *rows, size_t n)
{
    struct db_args *args = db_args(arena, ACCUMULATOR_COUNT + FIXED_COLUMNS);
    EACH(args, DB_UUID, push_uuid, &rows[i]->state.key);
    add_facts(args, rows, n);
    add_fold(arena, args, rows, n);
    return args;
}
