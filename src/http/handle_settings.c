#include "app/settings.h"
#include "handle.h"

#define PATCH_TYPE "application/merge-patch+json"

enum status get_settings(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error)
{
    int version;
    enum status status = settings_read(session, request->access.shop, &reply->body, &version, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_etag_version(reply, version);
    reply_header(reply, "Accept-Patch", PATCH_TYPE);
    return STATUS_OK;
}

enum status patch_settings(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error)
{
    int version;
    enum status status = settings_patch(session, request->access.shop, request->body,
                                        request_version(request), &reply->body, &version, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_etag_version(reply, version);
    return STATUS_OK;
}
