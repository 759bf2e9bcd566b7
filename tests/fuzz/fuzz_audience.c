/* Any bytes as the traits of a person, and as a JSON cell: what comes out are rows of their columns, a line each as JSON. */
#include "wire/audience.h"
#include "wire/duration.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t lines(const struct buf *buf)
{
    size_t n = 0;
    for (size_t i = 0; i < buf->n; i++)
        n += buf->p[i] == '\n';
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span name = {"cell", 4};
    struct arena *arena = arena_new(4096);
    struct span text = {(const char *)data, size};
    struct buf out;
    struct table table;
    usec_t length;
    buf_init(&out, 0);
    for (int audience = AUDIENCE_MAILCHIMP; audience <= AUDIENCE_KLAVIYO; audience++) {
        size_t n;
        const struct span *names = audience_columns((enum audience)audience, &n);
        struct audience_person person = {.traits = text, .revenue = 1, .exponent = 2, .is_vouched = size % 2 == 0};
        buf_reset(&out);
        table_init(&table, arena, &out, TABLE_NDJSON, false, names, n);
        bool is_in = audience_row((enum audience)audience, arena, &person, &table);
        assert(lines(&out) == is_in && table.at == 0);
    }
    for (int format = TABLE_CSV; format <= TABLE_NDJSON; format++) {
        buf_reset(&out);
        table_init(&table, arena, &out, (enum table_format)format, true, &name, 1);
        table_json(&table, arena, text);
        table_row_end(&table);
        assert(format == TABLE_CSV || lines(&out) == 1);
        assert(out.n == 0 || strchr("=+@\t", out.p[0]) == NULL || format == TABLE_NDJSON);
    }
    if (duration_parse_short(text, &length))
        assert(length >= 0);
    buf_done(&out);
    arena_free(arena);
    return 0;
}
