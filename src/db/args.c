#include "connection.h"

#include <endian.h>
#include <limits.h>

/* PostgreSQL counts from 2000-01-01. */
#define EPOCH_2000 INT64_C(946684800000000)

static const struct {
    uint32_t oid;
    int size; /* -1: of any length */
} types[] = {
    [DB_BOOL] = {16, 1}, [DB_INT2] = {21, 2},    [DB_INT4] = {23, 4},  [DB_INT8] = {20, 8},  [DB_FLOAT8] = {701, 8},
    [DB_TIME] = {1184, 8}, [DB_UUID] = {2950, 16}, [DB_TEXT] = {25, -1}, [DB_JSON] = {114, -1}, [DB_BYTEA] = {17, -1},
};

struct db_args *db_args(struct arena *arena, size_t most)
{
    struct db_args *args = ARENA_NEW(arena, struct db_args);
    args->arena = arena;
    args->most = most;
    args->values = ARENA_ARRAY(arena, const char *, most);
    args->lengths = ARENA_ARRAY(arena, int, most);
    args->formats = ARENA_ARRAY(arena, int, most);
    return args;
}

static void add(struct db_args *args, const void *bytes, size_t n)
{
    if (args->n == args->most || n > INT_MAX)
        __builtin_trap();
    args->values[args->n] = bytes;
    args->lengths[args->n] = (int)n;
    args->formats[args->n] = 1;
    args->n++;
}

/* A number in network order; returns its size. */
static size_t encode(enum db_type type, int64_t value, unsigned char out[8])
{
    size_t size = (size_t)types[type].size;
    uint64_t bits = (uint64_t)value;
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(bits >> (8 * (size - 1 - i)));
    return size;
}

void arg_bool(struct db_args *args, bool value)
{
    char byte = value;
    add(args, arena_copy(args->arena, &byte, 1), 1);
}

void arg_int(struct db_args *args, enum db_type type, int64_t value)
{
    unsigned char bytes[8];
    size_t n = encode(type, value, bytes);
    add(args, value == NONE ? NULL : arena_copy(args->arena, bytes, n), value == NONE ? 0 : n);
}

void arg_float8(struct db_args *args, double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    unsigned char bytes[8];
    size_t n = encode(DB_FLOAT8, bits, bytes);
    add(args, arena_copy(args->arena, bytes, n), n);
}

void arg_time(struct db_args *args, usec_t value)
{
    arg_int(args, DB_TIME, value == NONE ? NONE : value - EPOCH_2000);
}

void arg_uuid(struct db_args *args, const struct uuid *value)
{
    add(args, arena_copy(args->arena, value->b, sizeof(value->b)), sizeof(value->b));
}

void arg_span(struct db_args *args, enum db_type type, struct span value)
{
    (void)type;
    add(args, value.p, value.p ? value.n : 0);
}

/* --- arrays ---------------------------------------------------------------------------------------------- */

static void array_bytes(struct db_args *args, const void *bytes, size_t n)
{
    if (args->array_n + n > args->array_capacity) {
        size_t capacity = args->array_capacity * 2 + n;
        char *larger = arena_alloc(args->arena, capacity);
        memcpy(larger, args->array, args->array_n);
        args->array = larger;
        args->array_capacity = capacity;
    }
    memcpy(args->array + args->array_n, bytes, n);
    args->array_n += n;
}

static void array_int4(struct db_args *args, int32_t value)
{
    uint32_t network = htobe32((uint32_t)value);
    array_bytes(args, &network, sizeof(network));
}

void arg_array(struct db_args *args, enum db_type type, size_t n)
{
    if (args->array_left != 0 || n > INT32_MAX)
        __builtin_trap();
    size_t size = types[type].size < 0 ? 32 : (size_t)types[type].size;
    args->element = type;
    args->array_left = n;
    args->array_n = 0;
    args->array_capacity = 20 + n * (4 + size);
    args->array = arena_alloc(args->arena, args->array_capacity);
    array_int4(args, n ? 1 : 0); /* dimensions */
    array_int4(args, 1);         /* there may be nulls */
    array_int4(args, (int32_t)types[type].oid);
    if (n) {
        array_int4(args, (int32_t)n);
        array_int4(args, 1); /* lower bound */
    } else {
        add(args, args->array, args->array_n);
    }
}

static void push(struct db_args *args, const void *bytes, size_t n)
{
    if (args->array_left == 0 || n > INT32_MAX)
        __builtin_trap();
    array_int4(args, bytes ? (int32_t)n : -1);
    if (bytes)
        array_bytes(args, bytes, n);
    if (--args->array_left == 0)
        add(args, args->array, args->array_n);
}

void push_bool(struct db_args *args, bool value)
{
    char byte = value;
    push(args, &byte, 1);
}

void push_int(struct db_args *args, int64_t value)
{
    unsigned char bytes[8];
    size_t n = encode(args->element, value, bytes);
    push(args, value == NONE ? NULL : bytes, n);
}

void push_time(struct db_args *args, usec_t value)
{
    push_int(args, value == NONE ? NONE : value - EPOCH_2000);
}

void push_uuid(struct db_args *args, const struct uuid *value)
{
    push(args, value ? value->b : NULL, sizeof(value->b));
}

void push_span(struct db_args *args, struct span value)
{
    push(args, value.p, value.n);
}

/* --- results --------------------------------------------------------------------------------------------- */

static int64_t decode(const char *bytes, int n)
{
    uint64_t bits = 0;
    for (int i = 0; i < n; i++)
        bits = bits << 8 | (unsigned char)bytes[i];
    switch (n) {
    case 1: return (int8_t)bits;
    case 2: return (int16_t)bits;
    case 4: return (int32_t)bits;
    default: return (int64_t)bits;
    }
}

int db_rows(const struct db_result *result)
{
    return PQntuples(result_pg(result));
}

bool db_is_null(const struct db_result *result, int row, int column)
{
    return PQgetisnull(result_pg(result), row, column);
}

struct span db_span(const struct db_result *result, int row, int column)
{
    const PGresult *pg = result_pg(result);
    return (struct span){PQgetvalue(pg, row, column), (size_t)PQgetlength(pg, row, column)};
}

int64_t db_int8(const struct db_result *result, int row, int column)
{
    if (db_is_null(result, row, column))
        return NONE;
    struct span s = db_span(result, row, column);
    return decode(s.p, (int)s.n);
}

int db_int(const struct db_result *result, int row, int column)
{
    int64_t value = db_int8(result, row, column);
    return value == NONE ? 0 : (int)value;
}

bool db_bool(const struct db_result *result, int row, int column)
{
    return !db_is_null(result, row, column) && *db_span(result, row, column).p != 0;
}

double db_float8(const struct db_result *result, int row, int column)
{
    int64_t bits = db_int8(result, row, column);
    double value = 0;
    if (bits != NONE)
        memcpy(&value, &bits, sizeof(value));
    return value;
}

usec_t db_time(const struct db_result *result, int row, int column)
{
    int64_t value = db_int8(result, row, column);
    return value == NONE ? NONE : value + EPOCH_2000;
}

struct uuid db_uuid(const struct db_result *result, int row, int column)
{
    struct uuid uuid = {{0}};
    struct span s = db_span(result, row, column);
    if (s.n == sizeof(uuid.b))
        memcpy(uuid.b, s.p, sizeof(uuid.b));
    return uuid;
}
