#include "wire/people.h"

#include "base/uuid.h"
#include "document.h"
#include "wire/identity.h"

#define DIGEST_TEXT (IDENTITY_HASH_TEXT - 1)

enum identity_kind people_kind_of(struct span word)
{
    if (span_is(word, "user_id"))
        return IDENTITY_USER;
    if (span_is(word, "anonymous_id"))
        return IDENTITY_ANONYMOUS;
    return identity_kind_of(word);
}

/* 64 hexadecimal digits are neither an address nor a number that can be called. */
static bool take_hash(struct span text, char out[IDENTITY_HASH_TEXT])
{
    if (text.n != DIGEST_TEXT)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        out[i] = c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c;
        if (!((out[i] >= '0' && out[i] <= '9') || (out[i] >= 'a' && out[i] <= 'f')))
            return false;
    }
    out[DIGEST_TEXT] = '\0';
    return true;
}

bool people_value(struct arena *arena, enum identity_kind kind, struct span text, struct span *out)
{
    char hash[IDENTITY_HASH_TEXT];
    bool is_hashed = kind == IDENTITY_EMAIL || kind == IDENTITY_PHONE;
    if (!is_hashed) {
        *out = text;
        return text.n > 0;
    }
    bool is_good = take_hash(text, hash);
    if (!is_good && kind == IDENTITY_EMAIL)
        is_good = identity_email(text, hash);
    else if (!is_good)
        is_good = identity_phone(text, hash);
    if (is_good)
        *out = arena_span(arena, span_of(hash));
    return is_good;
}

/* --- bodies ----------------------------------------------------------------------------------------------------- */

static enum status parse_identity(const struct document *d, size_t token, const struct shop *shop,
                                  struct identity *out)
{
    static const struct span names[] = {SCAN_NAME("type"), SCAN_NAME("value")};
    size_t members[COUNT_OF(names)];
    struct span word, text, value;
    enum status status = document_members(d, token, "/identity", names, COUNT_OF(names), members);
    if (status == STATUS_OK)
        status = document_text(d, members[0], "/identity/type", &word);
    if (status == STATUS_OK)
        status = document_text(d, members[1], "/identity/value", &text);
    if (status != STATUS_OK)
        return status;
    out->kind = people_kind_of(word);
    if (out->kind == IDENTITY_NONE)
        return document_refuse(d, "/identity/type", "type is %s", PEOPLE_WORDS);
    if (!people_value(d->arena, out->kind, text, &value))
        return document_refuse(d, "/identity/value", "this names nobody");
    out->value = identity_text(d->arena, out->kind, value);
    identity_key(shop, out->kind, value, &out->key);
    return STATUS_OK;
}

enum status people_merge_parse(struct arena *arena, const struct shop *shop, struct span json, struct identity *out,
                               struct error *error)
{
    static const struct span names[] = {SCAN_NAME("identity")};
    struct document d;
    size_t members[COUNT_OF(names)];
    *out = (struct identity){.kind = IDENTITY_NONE};
    enum status status = document_open(&d, arena, json, STATUS_CANNOT_MERGE, error);
    if (status == STATUS_OK)
        status = document_members(&d, 0, "", names, COUNT_OF(names), members);
    if (status == STATUS_OK && members[0] == 0)
        return document_refuse(&d, "/identity", "whom to join is missing");
    return status == STATUS_OK ? parse_identity(&d, members[0], shop, out) : status;
}

enum status people_unmerge_parse(struct arena *arena, const struct shop *shop, struct span json,
                                 struct people_unmerge *out, struct error *error)
{
    static const struct span names[] = {SCAN_NAME("identity"), SCAN_NAME("link")};
    struct document d;
    size_t members[COUNT_OF(names)];
    struct span link;
    *out = (struct people_unmerge){.identity = {.kind = IDENTITY_NONE}};
    if (json.n == 0)
        return STATUS_OK;
    enum status status = document_open(&d, arena, json, STATUS_CANNOT_MERGE, error);
    if (status == STATUS_OK)
        status = document_members(&d, 0, "", names, COUNT_OF(names), members);
    if (status != STATUS_OK)
        return status;
    if (members[0] && members[1])
        return document_refuse(&d, "/link", "name an identity or a link, not both");
    if (members[0])
        return parse_identity(&d, members[0], shop, &out->identity);
    if (members[1] == 0)
        return STATUS_OK;
    status = document_text(&d, members[1], "/link", &link);
    if (status == STATUS_OK && !uuid_parse(link, &out->link_id))
        return document_refuse(&d, "/link", "this is not the id of a link");
    return status;
}
