#include "import_private.h"

#include <fcntl.h>
#include <unistd.h>

/* The first line: why, then the columns that the rows have. */
static void put_refused_header(struct import *import)
{
    struct buf *row = &import->row;
    size_t n = 0;
    const struct span *columns = import->source->map ? row_map_columns(import->source->map, &n) : NULL;
    buf_text(row, "line,code,pointer,detail");
    if (import->source->format != IMPORT_CSV)
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
        return import_file_error(import, "cannot write", path);
    put_refused_header(import);
    return STATUS_OK;
}

enum status import_refuse(struct import *import, uint32_t line, struct span text, const struct error *reason)
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
    if (import->source->format != IMPORT_CSV || import->is_broken)
        csv_put(row, text);
    else
        buf_span(row, text);
    buf_char(row, '\n');
    if (fwrite(row->p, 1, row->n, import->refused) != row->n)
        return import_file_error(import, "cannot write", import->source->refused_path);
    return STATUS_OK;
}
