#include "wire/score.h"

#include "document.h"

enum status score_fit_ask(struct arena *arena, struct span body, bool *is_dry_run, struct error *error)
{
    static const struct span names[] = {SCAN_NAME("dry_run")};
    struct document d;
    size_t values[COUNT_OF(names)];
    *is_dry_run = false;
    if (body.n == 0)
        return STATUS_OK;
    enum status status = document_open(&d, arena, body, STATUS_INVALID_VALUE, error);
    if (status == STATUS_OK)
        status = document_members(&d, 0, "", names, COUNT_OF(names), values);
    if (status != STATUS_OK || values[0] == 0)
        return status;
    enum token_type type = scan_type(&d.scan, values[0]);
    if (type != TOKEN_TRUE && type != TOKEN_FALSE)
        return document_refuse(&d, "/dry_run", "must be true or false");
    *is_dry_run = type == TOKEN_TRUE;
    return STATUS_OK;
}
