#include "import_private.h"
#include "wire/elements.h"

#include <errno.h>
#include <unistd.h>

/* More of the input behind what is there. */
static enum status fill(struct import *import)
{
    if (import->start > 0) {
        memmove(import->buffer, import->buffer + import->start, import->end - import->start);
        import->end -= import->start;
        import->start = 0;
    }
    size_t room = IMPORT_ROW_MAX + IMPORT_READ_BYTES - import->end;
    for (;;) {
        ssize_t n = read(import->source->fd, import->buffer + import->end,
                         room < IMPORT_READ_BYTES ? room : IMPORT_READ_BYTES);
        if (n < 0 && errno == EINTR && !import_must_stop(import))
            continue;
        if (n < 0 && errno == EINTR)
            return import_stopped(import);
        if (n < 0)
            return error_set(import->error, STATUS_INTERNAL, "", "cannot read the input: %s",
                             strerror(errno));
        import->is_at_end = n == 0;
        import->end += (size_t)n;
        import->figures->bytes += n;
        return STATUS_OK;
    }
}

/* A line of JSON as a record: line ends cannot stand in it. */
static bool take_line(struct span *text, bool is_last, struct csv_record *out)
{
    const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
    if (end == NULL && (!is_last || text->n == 0))
        return false;
    size_t n = end ? (size_t)(end - text->p) : text->n;
    *out = (struct csv_record){.text = {text->p, n - (n > 0 && text->p[n - 1] == '\r')}, .lines = 1};
    text->p += n + (end != NULL);
    text->n -= n + (end != NULL);
    return true;
}

static bool take(struct import *import, bool is_last, struct csv_record *out)
{
    struct span text = {import->buffer + import->start, import->end - import->start};
    bool is_taken = false;
    import->before = 0;
    switch (import->source->format) {
    case IMPORT_CSV: is_taken = csv_take(&text, is_last, out); break;
    case IMPORT_NDJSON: is_taken = take_line(&text, is_last, out); break;
    case IMPORT_WOOCOMMERCE: is_taken = elements_take(&text, is_last, out, &import->before); break;
    }
    if (is_taken)
        import->start = import->end - text.n;
    return is_taken;
}

/* A row that is too long is let go of to the end of its line. */
static enum status skip_line(struct import *import, struct csv_record *out)
{
    *out = (struct csv_record){.text = {"", 0}, .lines = 1}; /* its text is not kept */
    for (;;) {
        char *begin = import->buffer + import->start;
        char *end = memchr(begin, '\n', import->end - import->start);
        if (end) {
            import->start += (size_t)(end - begin) + 1;
            return STATUS_OK;
        }
        import->start = import->end;
        if (import->is_at_end)
            return STATUS_OK;
        enum status status = fill(import);
        if (status != STATUS_OK)
            return status;
    }
}

static enum status next_record(struct import *import, struct csv_record *out, enum import_taken *taken)
{
    *taken = IMPORT_TAKEN_ROW;
    while (!take(import, import->is_at_end, out)) {
        if (import->is_at_end) {
            *taken = IMPORT_TAKEN_NONE;
            return STATUS_OK;
        }
        if (import->end - import->start >= IMPORT_ROW_MAX) {
            /* a quote or object that is not closed takes its line with it; a line this long is let go of */
            size_t start = import->start;
            if (import->source->format != IMPORT_NDJSON && take(import, true, out) && out->is_broken &&
                import->start < import->end)
                return STATUS_OK;
            import->start = start;
            *taken = IMPORT_TAKEN_TOO_LONG;
            return skip_line(import, out);
        }
        enum status status = fill(import);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void skip_mark(struct import *import)
{
    static const char mark[] = {'\xEF', '\xBB', '\xBF'};
    if (import->end - import->start >= sizeof(mark) &&
        memcmp(import->buffer + import->start, mark, sizeof(mark)) == 0)
        import->start += sizeof(mark);
}

bool import_is_blank(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && text.p[i] != '\t')
            return false;
    return true;
}

enum status import_next(struct import *import, struct csv_record *out, enum import_taken *taken)
{
    enum status status = next_record(import, out, taken);
    if (status == STATUS_OK && *taken != IMPORT_TAKEN_NONE) {
        import->line = import->next_line + (uint32_t)import->before;
        import->next_line = import->line + (uint32_t)out->lines;
    }
    return status;
}

enum status import_begin(struct import *import)
{
    struct csv_record record;
    enum import_taken taken = IMPORT_TAKEN_NONE;
    import->next_line = 1;
    enum status status = fill(import);
    if (status != STATUS_OK)
        return status;
    skip_mark(import);
    if (import->source->format == IMPORT_WOOCOMMERCE)
        return STATUS_OK;
    if (import->source->format == IMPORT_NDJSON)
        return row_map_bind(import->source->map, (struct span){"", 0}, import->error);
    do {
        status = import_next(import, &record, &taken);
        if (status != STATUS_OK)
            return status;
    } while (taken == IMPORT_TAKEN_ROW && import_is_blank(record.text));
    if (taken != IMPORT_TAKEN_ROW)
        return error_set(import->error, STATUS_BAD_REQUEST, "",
                         "the input is empty: a table begins with a header");
    return row_map_bind(import->source->map, record.text, import->error);
}
