#include "message_parts.h"
#include "wire/identity.h"

#include <ctype.h>

/* By what names a message calls its customer. */

enum personal { PERSONAL_EMAIL, PERSONAL_PHONE, PERSONAL_COUNT };

static const struct span personal_names[PERSONAL_COUNT] = {
    [PERSONAL_EMAIL] = SCAN_NAME("email"),
    [PERSONAL_PHONE] = SCAN_NAME("phone"),
};

enum external { EXTERNAL_TYPE, EXTERNAL_ID, EXTERNAL_COUNT };

static const struct span external_names[EXTERNAL_COUNT] = {
    [EXTERNAL_TYPE] = SCAN_NAME("type"),
    [EXTERNAL_ID] = SCAN_NAME("id"),
};

struct found {
    const struct reading *r;
    struct identity all[IDENTITIES_MAX];
    size_t n;
};

static void find(struct found *found, enum identity_kind kind, struct span value, bool is_alias)
{
    struct identity identity = {.kind = kind, .value = value, .is_alias = is_alias};
    if (value.n == 0 || found->n == IDENTITIES_MAX)
        return;
    identity_key(found->r->shop, kind, value, &identity.key);
    for (size_t i = 0; i < found->n; i++)
        if (uuid_compare(&found->all[i].key, &identity.key) == 0)
            return;
    identity.value = identity_text(found->r->arena, kind, value);
    found->all[found->n++] = identity;
}

/* What other messages call the same person only when it is a name at all. */
static void find_other(struct found *found, enum identity_kind kind, struct span value, bool is_alias)
{
    if (!identity_is_nobody(value))
        find(found, kind, value, is_alias);
}

static void find_email(struct found *found, struct span text)
{
    char hash[IDENTITY_HASH_TEXT];
    if (text.n && identity_email(text, hash))
        find(found, IDENTITY_EMAIL, arena_span(found->r->arena, span_of(hash)), false);
}

static void find_phone(struct found *found, struct span text)
{
    char hash[IDENTITY_HASH_TEXT];
    if (text.n && identity_phone(text, hash))
        find(found, IDENTITY_PHONE, arena_span(found->r->arena, span_of(hash)), false);
}

/* A hash that the sender has made: 64 hexadecimal digits. */
static void find_hash(struct found *found, enum identity_kind kind, struct span text)
{
    struct span lower = reading_lower(found->r, text);
    for (size_t i = 0; i < lower.n; i++)
        if (!isxdigit((unsigned char)lower.p[i]))
            return;
    if (lower.n == IDENTITY_HASH_TEXT - 1)
        find(found, kind, lower, false);
}

static void find_external(struct found *found, struct span type, struct span id)
{
    enum identity_kind kind = identity_kind_of(type);
    if (span_equal(type, span_of("email_sha256")))
        find_hash(found, IDENTITY_EMAIL, id);
    else if (span_equal(type, span_of("phone_sha256")))
        find_hash(found, IDENTITY_PHONE, id);
    else if (kind == IDENTITY_EMAIL)
        find_email(found, id);
    else if (kind == IDENTITY_PHONE)
        find_phone(found, id);
    else if ((kind == IDENTITY_SHOPIFY || kind == IDENTITY_WOOCOMMERCE || kind == IDENTITY_MEMBER) &&
             id.n <= ID_BYTES_MAX)
        find_other(found, kind, id, false);
}

/* Other software writes externalIds too: what is not of ours is passed over. */
static void find_externals(struct found *found)
{
    const struct reading *r = found->r;
    size_t array = r->context[CONTEXT_EXTERNAL_IDS];
    if (array == 0 || scan_type(r->scan, array) != TOKEN_ARRAY)
        return;
    for (size_t item = array + 1; item < scan_next(r->scan, array); item = scan_next(r->scan, item)) {
        size_t tokens[EXTERNAL_COUNT];
        if (scan_type(r->scan, item) != TOKEN_OBJECT)
            continue;
        scan_members(r->scan, item, external_names, EXTERNAL_COUNT, tokens);
        find_external(found, reading_text(r, tokens[EXTERNAL_TYPE]), reading_text(r, tokens[EXTERNAL_ID]));
    }
}

static void find_personal(struct found *found, size_t object)
{
    const struct reading *r = found->r;
    size_t tokens[PERSONAL_COUNT];
    if (object == 0 || scan_type(r->scan, object) != TOKEN_OBJECT)
        return;
    scan_members(r->scan, object, personal_names, PERSONAL_COUNT, tokens);
    find_email(found, reading_text(r, tokens[PERSONAL_EMAIL]));
    find_phone(found, reading_text(r, tokens[PERSONAL_PHONE]));
}

/* previousId is a user id or an anonymous one: nobody says which, so that it stands for both. */
static enum status find_previous(struct found *found)
{
    struct span previous;
    enum status status =
        reading_id(found->r, found->r->members[MEMBER_PREVIOUS_ID], "/previousId", &previous);
    if (status != STATUS_OK)
        return status;
    find_other(found, IDENTITY_ANONYMOUS, previous, true);
    find_other(found, IDENTITY_USER, previous, true);
    return STATUS_OK;
}

/* Whose message it is stands first: userId, anonymousId, then the others by the order of their kinds. */
static void put_first(struct found *found)
{
    size_t best = 0;
    for (size_t i = 1; i < found->n; i++)
        if (found->all[i].kind < found->all[best].kind)
            best = i;
    struct identity first = found->all[best];
    for (size_t i = best; i > 0; i--)
        found->all[i] = found->all[i - 1];
    found->all[0] = first;
}

static enum status find_all(struct found *found, enum event_kind kind)
{
    const struct reading *r = found->r;
    struct span user, anonymous;
    enum status status = reading_id(r, r->members[MEMBER_USER_ID], "/userId", &user);
    if (status == STATUS_OK)
        status = reading_id(r, r->members[MEMBER_ANONYMOUS_ID], "/anonymousId", &anonymous);
    if (status != STATUS_OK)
        return status;
    find(found, IDENTITY_USER, user, false);
    if (user.n == 0)
        find(found, IDENTITY_ANONYMOUS, anonymous, false);
    else
        find_other(found, IDENTITY_ANONYMOUS, anonymous, false);
    bool is_named = found->n > 0;
    find_externals(found);
    find_personal(found, r->context[CONTEXT_TRAITS]);
    if (kind == EVENT_IDENTIFY)
        find_personal(found, r->members[MEMBER_TRAITS]);
    if (!is_named && found->n)
        put_first(found);
    if (!is_named && found->n == 0 && kind == EVENT_CUSTOM)
        find(found, IDENTITY_ORDER, reading_text(r, r->properties[PROPERTY_ORDER_ID]), false);
    return kind == EVENT_ALIAS ? find_previous(found) : STATUS_OK;
}

enum status message_identities_read(const struct reading *r, enum event_kind kind, struct message *out)
{
    struct found found = {.r = r};
    enum status status = find_all(&found, kind);
    if (status != STATUS_OK)
        return status;
    if (found.n == 0 || found.all[0].is_alias)
        return reading_refuse(r, STATUS_MISSING_IDENTITY, "", "userId or anonymousId is needed");
    out->identities = arena_copy(r->arena, found.all, found.n * sizeof(*found.all));
    out->n_identities = found.n;
    out->customer_id = found.all[0].value;
    out->event.identity_key = found.all[0].key;
    return STATUS_OK;
}

bool message_identity(struct arena *arena, struct span payload, const struct shop *shop, struct identity *out)
{
    struct error unused;
    struct scan scan;
    struct reading r = {.arena = arena, .shop = shop, .error = &unused, .scan = &scan};
    struct message message;
    static const struct span type_name[] = {SCAN_NAME("type")};
    size_t type;
    if (scan_parse(arena, arena_span(arena, payload), SCAN_DEPTH_MAX, &scan, &unused) != STATUS_OK ||
        scan_type(&scan, 0) != TOKEN_OBJECT)
        return false;
    scan_members(&scan, 0, member_names, MEMBER_COUNT, r.members);
    scan_members(&scan, 0, type_name, 1, &type);
    struct span word = reading_text(&r, type);
    enum event_kind kind = span_equal(word, span_of("track"))      ? EVENT_CUSTOM
                           : span_equal(word, span_of("identify")) ? EVENT_IDENTIFY
                                                                   : EVENT_NONE;
    if (reading_open(&r) != STATUS_OK || message_identities_read(&r, kind, &message) != STATUS_OK)
        return false;
    *out = message.identities[0];
    return true;
}
