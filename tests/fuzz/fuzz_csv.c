/*
 * Whatever the bytes: records cover the text from its start to its end, taking them from a text that arrives in two
 * pieces gives the same ones, and fields that are written again read the same.
 */
#include "wire/csv.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_fields(struct arena *arena, struct span record)
{
    struct span *fields, *again;
    size_t n, n_again;
    struct error error;
    if (csv_fields(arena, record, &fields, &n, &error) != STATUS_OK) {
        return;
    }
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < n; i++) {
        if (i != 0) {
            buf_char(&text, ',');
        }
        csv_put(&text, fields[i]);
    }
    enum status status = csv_fields(arena, (struct span){text.p, text.n}, &again, &n_again, &error);
    assert(status == STATUS_OK && n_again == n);
    for (size_t i = 0; i < n; i++) {
        assert(span_equal(fields[i], again[i]));
    }
    buf_done(&text);
}

/* The record that a reader finds who has only the first half, and then the rest. */
static void check_pieces(struct span text, struct csv_record whole)
{
    struct span first = {text.p, text.n / 2};
    struct csv_record record;
    if (!csv_take(&first, false, &record)) {
        first = text;
        bool is_taken = csv_take(&first, true, &record);
        assert(is_taken);
    }
    assert(record.text.p == whole.text.p && record.text.n == whole.text.n && record.lines == whole.lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096);
    struct span text = {(const char *)data, size};
    struct csv_record record;
    for (;;) {
        struct span before = text;
        if (!csv_take(&text, true, &record)) {
            break;
        }
        assert(record.text.p == before.p && text.p > before.p && text.n < before.n);
        assert(text.p + text.n == before.p + before.n);
        check_pieces(before, record);
        check_fields(arena, record.text);
    }
    assert(text.n == 0);
    arena_free(arena);
    return 0;
}
