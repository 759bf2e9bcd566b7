#include "reading.h"
#include "wire/message.h"

bool message_identity(struct arena *arena, struct span payload, struct span *id, bool *is_anonymous)
{
    struct error unused;
    struct scan scan;
    struct reading r = {.arena = arena, .error = &unused, .scan = &scan};
    struct span user, anonymous;
    if (scan_parse(arena, arena_span(arena, payload), SCAN_DEPTH_MAX, &scan, &unused) != STATUS_OK ||
        scan_type(&scan, 0) != TOKEN_OBJECT)
        return false;
    scan_members(&scan, 0, member_names, MEMBER_COUNT, r.members);
    if (reading_id(&r, r.members[MEMBER_USER_ID], "", &user) != STATUS_OK ||
        reading_id(&r, r.members[MEMBER_ANONYMOUS_ID], "", &anonymous) != STATUS_OK)
        return false;
    *is_anonymous = user.n == 0;
    *id = *is_anonymous ? anonymous : user;
    return id->n > 0;
}
