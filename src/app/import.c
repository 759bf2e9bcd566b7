#include "import_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum status import_file_error(struct import *import, const char *what, const char *path)
{
    return error_set(import->error, STATUS_INTERNAL, "", "%s %s: %s", what, path, strerror(errno));
}

bool import_must_stop(const struct import *import)
{
    return import->source->must_stop && *import->source->must_stop;
}

enum status import_stopped(struct import *import)
{
    return error_set(import->error, STATUS_RETRY, "", "stopped; the same command goes on where this one ended");
}

/* --- the first pass: read -------------------------------------------------------------------------------------- */

static void tell(struct import *import, enum import_phase phase)
{
    import->figures->phase = phase;
    if (import->source->progress)
        import->source->progress(import->figures, import->source->context);
}

static enum status read_all(struct import *import)
{
    enum status status = import_begin(import);
    while (status == STATUS_OK) {
        struct csv_record record;
        enum import_taken taken;
        status = import_next(import, &record, &taken);
        if (status != STATUS_OK || taken == IMPORT_TAKEN_NONE)
            break;
        import->is_broken = record.is_broken;
        if (taken == IMPORT_TAKEN_TOO_LONG) {
            struct error reason;
            import->figures->rows++;
            error_set(&reason, STATUS_TOO_LARGE, "", "a row has at most %d bytes", IMPORT_ROW_MAX);
            status = import_refuse(import, import->line, record.text, &reason);
        } else if (!import_is_blank(record.text)) {
            import->figures->rows++;
            status = import_row(import, record.text);
        }
        if (import->figures->rows % 1024 == 0)
            tell(import, IMPORT_READING);
        if (status == STATUS_OK && import_must_stop(import))
            return import_stopped(import);
    }
    if (status == STATUS_OK && fflush(import->spool) != 0)
        return import_file_error(import, "cannot write", "the temporary file");
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
            return import_file_error(import, "cannot read", "the temporary file");
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
            status = import_decode(import, arena, texts[i], *ordinal, &items[i].message, &content, import->error);
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
            status = import_refuse(import, import->places[first + i].line, texts[i], &items[i].error);
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
        if (import_must_stop(import))
            return import_stopped(import);
        enum status status = commit_batch(import, i, n, &ordinal);
        if (status != STATUS_OK)
            return status;
        tell(import, IMPORT_COMMITTING);
        i += n;
    }
    return STATUS_OK;
}

/* --- both ------------------------------------------------------------------------------------------------------- */

FILE *import_spool(void)
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
    import.spool = import_spool();
    if (import.spool == NULL)
        return import_file_error(&import, "cannot make", "a temporary file");
    import.buffer = malloc(IMPORT_ROW_MAX + IMPORT_READ_BYTES);
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
        status = import_file_error(&import, "cannot write", source->refused_path);
    buf_done(&import.row);
    arena_free(import.arena);
    free(import.buffer);
    free(import.places);
    return status;
}
