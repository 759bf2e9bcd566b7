#include "app/import.h"

#include "base/buf.h"
#include "wire/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)

/** Where an accepted row is, and where it belongs. */
struct place {
    struct uuid customer;
    usec_t occurred_at;
    uint64_t content; /* equal for equal rows */
    int64_t offset;   /* in the spool */
    uint32_t size;
    uint32_t line;
};
_Static_assert(sizeof(struct place) == 48, "what include/app/import.h promises");

struct import {
    struct session *session;
    const struct shop *shop;
    const struct import_source *source;
    struct import_figures *figures;
    struct error *error;
    struct arena *arena; /* of a row, or of a batch */
    usec_t received_at;  /* of all rows */
    /* input */
    char *buffer;
    size_t start, end;
    bool is_at_end;
    uint32_t line;
    bool is_broken; /* the row at hand is no CSV */
    /* accepted rows */
    FILE *spool;
    int64_t spooled;
    struct place *places;
    size_t n_places, capacity;
    /* refused rows */
    FILE *refused;
    struct buf row;
};

static enum status file_error(struct import *import, const char *what, const char *path)
{
    return error_set(import->error, STATUS_INTERNAL, "", "%s %s: %s", what, path, strerror(errno));
}

/* --- refused rows ---------------------------------------------------------------------------------------------- */

/* The first line: why, then the columns that the rows have. */
static void put_refused_header(struct import *import)
{
    struct buf *row = &import->row;
    size_t n;
    const struct span *columns = row_map_columns(import->source->map, &n);
    buf_text(row, "line,code,pointer,detail");
    if (import->source->format == ROW_NDJSON)
        buf_text(row, ",row");
    for (size_t i = 0; i < n; i++) {
        buf_char(row, ',');
        csv_put(row, columns[i]);
    }
    buf_char(row, '\n');
}

/* The rows are personal data: only their owner may read them. */
static enum status open_refused(struct import *import)
{
    const char *path = import->source->refused_path;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    import->refused = fd < 0 ? NULL : fdopen(fd, "w");
    if (import->refused == NULL)
        return file_error(import, "cannot write", path);
    put_refused_header(import);
    return STATUS_OK;
}

static enum status refuse(struct import *import, uint32_t line, struct span text, const struct error *reason)
{
    struct buf *row = &import->row;
    import->figures->refused++;
    buf_reset(row);
    if (import->refused == NULL) {
        enum status status = open_refused(import);
        if (status != STATUS_OK)
            return status;
    }
    buf_printf(row, "%u,%s,", line, status_code(reason->status));
    csv_put(row, span_of(reason->pointer));
    buf_char(row, ',');
    csv_put(row, span_of(reason->detail));
    buf_char(row, ',');
    if (import->source->format == ROW_NDJSON || import->is_broken)
        csv_put(row, text);
    else
        buf_span(row, text);
    buf_char(row, '\n');
    if (fwrite(row->p, 1, row->n, import->refused) != row->n)
        return file_error(import, "cannot write", import->source->refused_path);
    return STATUS_OK;
}

/* --- the first pass: read -------------------------------------------------------------------------------------- */

static bool must_stop(const struct import *import)
{
    return import->source->must_stop && *import->source->must_stop;
}

static enum status stopped(struct import *import)
{
    return error_set(import->error, STATUS_RETRY, "", "stopped; the same command goes on where this one ended");
}

static void tell(struct import *import, enum import_phase phase)
{
    import->figures->phase = phase;
    if (import->source->progress)
        import->source->progress(import->figures, import->source->context);
}

/* More of the input behind what is there. */
static enum status fill(struct import *import)
{
    if (import->start > 0) {
        memmove(import->buffer, import->buffer + import->start, import->end - import->start);
        import->end -= import->start;
        import->start = 0;
    }
    size_t room = IMPORT_ROW_MAX + READ_BYTES - import->end;
    for (;;) {
        ssize_t n = read(import->source->fd, import->buffer + import->end, room < READ_BYTES ? room : READ_BYTES);
        if (n < 0 && errno == EINTR && !must_stop(import))
            continue;
        if (n < 0 && errno == EINTR)
            return stopped(import);
        if (n < 0)
            return error_set(import->error, STATUS_INTERNAL, "", "cannot read the input: %s", strerror(errno));
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
    bool is_taken = import->source->format == ROW_CSV ? csv_take(&text, is_last, out) : take_line(&text, is_last, out);
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

enum taken { TAKEN_NONE, TAKEN_RECORD, TAKEN_TOO_LONG };

/* The next record; its text lives until the next call. */
static enum status next_record(struct import *import, struct csv_record *out, enum taken *taken)
{
    *taken = TAKEN_RECORD;
    while (!take(import, import->is_at_end, out)) {
        if (import->is_at_end) {
            *taken = TAKEN_NONE;
            return STATUS_OK;
        }
        if (import->end - import->start >= IMPORT_ROW_MAX) {
            /* a quote that is not closed takes one line with it; a line this long is let go of */
            size_t start = import->start;
            if (import->source->format == ROW_CSV && take(import, true, out) && out->is_broken &&
                import->start < import->end)
                return STATUS_OK;
            import->start = start;
            *taken = TAKEN_TOO_LONG;
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
    if (import->end - import->start >= sizeof(mark) && memcmp(import->buffer + import->start, mark, sizeof(mark)) == 0)
        import->start += sizeof(mark);
}

/* The row as a message: the same in both passes but for its ordinal. */
static enum status decode(struct import *import, struct arena *arena, struct span text, uint64_t ordinal,
                          struct message *message, uint64_t *content, struct error *error)
{
    struct row row;
    struct envelope *envelope;
    enum status status = row_read(import->source->map, arena, text, ordinal, &row, error);
    if (status != STATUS_OK)
        return status;
    status = envelope_parse(arena, row.json, false, &envelope, error);
    if (status != STATUS_OK)
        return status;
    *content = row.content;
    return message_decode(arena, envelope, 0, NULL, import->shop, import->received_at, message, error);
}

static enum status keep(struct import *import, struct span text, const struct message *message, uint64_t content)
{
    if (import->n_places == import->capacity) {
        size_t capacity = import->capacity ? import->capacity * 2 : 1 << 14;
        struct place *places = realloc(import->places, capacity * sizeof(*places));
        if (places == NULL)
            return error_set(import->error, STATUS_NO_MEMORY, "", "no memory for the index of %zu rows", capacity);
        import->places = places;
        import->capacity = capacity;
    }
    if (fwrite(text.p, 1, text.n, import->spool) != text.n)
        return file_error(import, "cannot write", "the temporary file");
    import->places[import->n_places++] = (struct place){.customer = message->event.identity_key,
                                                        .occurred_at = message->event.occurred_at,
                                                        .content = content,
                                                        .offset = import->spooled,
                                                        .size = (uint32_t)text.n,
                                                        .line = import->line};
    import->spooled += (int64_t)text.n;
    return STATUS_OK;
}

static enum status read_row(struct import *import, struct span text)
{
    struct message message;
    struct error reason;
    uint64_t content;
    arena_reset(import->arena);
    if (decode(import, import->arena, text, 0, &message, &content, &reason) == STATUS_OK)
        return keep(import, text, &message, content);
    return refuse(import, import->line, text, &reason);
}

static bool is_blank(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && text.p[i] != '\t')
            return false;
    return true;
}

static enum status read_header(struct import *import)
{
    struct csv_record record = {.lines = 0};
    enum taken taken = TAKEN_NONE;
    enum status status = fill(import);
    if (status != STATUS_OK)
        return status;
    skip_mark(import);
    if (import->source->format == ROW_NDJSON)
        return row_map_bind(import->source->map, (struct span){"", 0}, import->error);
    do {
        import->line += (uint32_t)record.lines;
        status = next_record(import, &record, &taken);
        if (status != STATUS_OK)
            return status;
    } while (taken == TAKEN_RECORD && is_blank(record.text));
    if (taken != TAKEN_RECORD)
        return error_set(import->error, STATUS_BAD_REQUEST, "", "the input is empty: a table begins with a header");
    import->line += (uint32_t)record.lines;
    return row_map_bind(import->source->map, record.text, import->error);
}

static enum status read_all(struct import *import)
{
    enum status status = read_header(import);
    while (status == STATUS_OK) {
        struct csv_record record;
        enum taken taken;
        status = next_record(import, &record, &taken);
        if (status != STATUS_OK || taken == TAKEN_NONE)
            break;
        import->line++;
        import->is_broken = record.is_broken;
        if (taken == TAKEN_TOO_LONG) {
            struct error reason;
            import->figures->rows++;
            error_set(&reason, STATUS_TOO_LARGE, "", "a row has at most %d bytes", IMPORT_ROW_MAX);
            status = refuse(import, import->line, record.text, &reason);
        } else if (!is_blank(record.text)) {
            import->figures->rows++;
            status = read_row(import, record.text);
        }
        import->line += (uint32_t)record.lines - 1;
        if (import->figures->rows % 1024 == 0)
            tell(import, IMPORT_READING);
        if (status == STATUS_OK && must_stop(import))
            return stopped(import);
    }
    if (status == STATUS_OK && fflush(import->spool) != 0)
        return file_error(import, "cannot write", "the temporary file");
    return status;
}

/* --- between: sort --------------------------------------------------------------------------------------------- */

/* Equal rows are of one customer and one instant: they end up side by side. */
static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int c = uuid_compare(&x->customer, &y->customer);
    if (c == 0)
        c = (x->occurred_at > y->occurred_at) - (x->occurred_at < y->occurred_at);
    if (c == 0)
        c = (x->content > y->content) - (x->content < y->content);
    return c ? c : (x->offset > y->offset) - (x->offset < y->offset);
}

static bool is_same_customer(const struct place *a, const struct place *b)
{
    return uuid_compare(&a->customer, &b->customer) == 0;
}

static void sort(struct import *import)
{
    tell(import, IMPORT_SORTING);
    if (import->n_places > 1)
        qsort(import->places, import->n_places, sizeof(*import->places), compare_places);
    for (size_t i = 0; i < import->n_places; i++)
        import->figures->customers += i == 0 || !is_same_customer(&import->places[i - 1], &import->places[i]);
}

/* --- the second pass: commit ------------------------------------------------------------------------------------ */

/* How many places from ${i} on make a batch: whole customers, or a piece of one with too many events. */
static size_t batch_size(const struct import *import, size_t i, size_t most)
{
    size_t n = 0;
    while (i + n < import->n_places) {
        size_t of_one = 1;
        while (i + n + of_one < import->n_places && n + of_one <= most &&
               is_same_customer(&import->places[i + n], &import->places[i + n + of_one]))
            of_one++;
        if (n + of_one > most)
            return n ? n : most;
        n += of_one;
    }
    return n;
}

static enum status read_back(struct import *import, struct arena *arena, const struct place *place, struct span *out)
{
    char *text = arena_alloc(arena, place->size + 1);
    for (size_t n = 0; n < place->size;) {
        ssize_t more = pread(fileno(import->spool), text + n, place->size - n, place->offset + (int64_t)n);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return file_error(import, "cannot read", "the temporary file");
        n += (size_t)more;
    }
    *out = (struct span){text, place->size};
    return STATUS_OK;
}

static bool is_same_row(const struct place *a, const struct place *b)
{
    return is_same_customer(a, b) && a->occurred_at == b->occurred_at && a->content == b->content;
}

static enum status commit_batch(struct import *import, size_t first, size_t n, uint64_t *ordinal)
{
    struct arena *arena = import->arena;
    arena_reset(arena);
    struct ingest_item *items = ARENA_ARRAY(arena, struct ingest_item, n);
    struct span *texts = ARENA_ARRAY(arena, struct span, n);
    for (size_t i = 0; i < n; i++) {
        const struct place *place = &import->places[first + i];
        uint64_t content;
        *ordinal = first + i > 0 && is_same_row(place - 1, place) ? *ordinal + 1 : 0;
        enum status status = read_back(import, arena, place, &texts[i]);
        if (status == STATUS_OK)
            status = decode(import, arena, texts[i], *ordinal, &items[i].message, &content, import->error);
        if (status != STATUS_OK)
            return status;
    }
    struct ingest_job job = {.shop = import->shop, .items = items, .n_items = n, .arena = arena, .is_silent = true};
    enum status status = session_ingest(import->session, &job, import->error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        import->figures->accepted += items[i].result == INGEST_ACCEPTED;
        import->figures->duplicates += items[i].result == INGEST_DUPLICATE;
        if (items[i].result == INGEST_REFUSED)
            status = refuse(import, import->places[first + i].line, texts[i], &items[i].error);
    }
    import->figures->done += (int64_t)n;
    return status;
}

static enum status commit_all(struct import *import)
{
    size_t most = (size_t)import->session->config->batch_max;
    uint64_t ordinal = 0;
    for (size_t i = 0; i < import->n_places;) {
        size_t n = batch_size(import, i, most);
        if (must_stop(import))
            return stopped(import);
        enum status status = commit_batch(import, i, n, &ordinal);
        if (status != STATUS_OK)
            return status;
        tell(import, IMPORT_COMMITTING);
        i += n;
    }
    return STATUS_OK;
}

/* --- both ------------------------------------------------------------------------------------------------------- */

/* A file that has no name: it is gone when the process is, however it ends. */
static FILE *open_spool(void)
{
    const char *folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        char path[4096];
        if (folders[i] == NULL || *folders[i] == '\0' ||
            snprintf(path, sizeof(path), "%s/lifecycled-import-XXXXXX", folders[i]) >= (int)sizeof(path))
            continue;
        int fd = mkostemp(path, O_CLOEXEC);
        if (fd < 0)
            continue;
        unlink(path);
        return fdopen(fd, "w+");
    }
    return NULL;
}

enum status import_run(struct session *session, const struct shop *shop, const struct import_source *source,
                       struct import_figures *figures, struct error *error)
{
    struct import import = {.session = session,
                            .shop = shop,
                            .source = source,
                            .figures = figures,
                            .error = error,
                            .received_at = clock_now(session->clock)};
    enum status status = STATUS_OK;
    *figures = (struct import_figures){.bytes_all = source->bytes_all};
    import.spool = open_spool();
    if (import.spool == NULL)
        return file_error(&import, "cannot make", "a temporary file");
    import.buffer = malloc(IMPORT_ROW_MAX + READ_BYTES);
    if (import.buffer == NULL)
        abort();
    import.arena = arena_new(1 << 16);
    buf_init(&import.row, 0);
    status = read_all(&import);
    if (status == STATUS_OK) {
        import.is_broken = false;
        sort(&import);
        status = commit_all(&import);
    }
    fclose(import.spool);
    if (import.refused && fclose(import.refused) != 0 && status == STATUS_OK)
        status = file_error(&import, "cannot write", source->refused_path);
    buf_done(&import.row);
    arena_free(import.arena);
    free(import.buffer);
    free(import.places);
    return status;
}
