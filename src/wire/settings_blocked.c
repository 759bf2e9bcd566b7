#include "settings_reading.h"

#include "wire/identity.h"

static bool has_email_form(struct span text)
{
    const char *at = memchr(text.p, '@', text.n);
    return at != NULL && at != text.p && at != text.p + text.n - 1 && memchr(text.p, ' ', text.n) == NULL;
}

static bool has_phone_form(struct span text)
{
    bool has_digit = false;
    for (size_t i = 0; i < text.n; i++) {
        bool is_digit = text.p[i] >= '0' && text.p[i] <= '9';
        has_digit = has_digit || is_digit;
        if (!is_digit && memchr("+-./() ", text.p[i], 7) == NULL) {
            return false;
        }
    }
    return has_digit;
}

static bool has_hash_form(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!(text.p[i] >= '0' && text.p[i] <= '9') && !(text.p[i] >= 'a' && text.p[i] <= 'f')) {
            return false;
        }
    }
    return text.n == IDENTITY_HASH_TEXT - 1;
}

static void block(struct settings_reading *r, enum identity_kind kind, struct span value)
{
    struct uuid *blocked = (struct uuid *)(uintptr_t)r->settings->blocked;
    identity_key(r->shop, kind, value, &blocked[r->settings->n_blocked++]);
}

/** An address that names nobody needs no key: it joins nobody as it is. */
static bool block_address(struct settings_reading *r, enum identity_kind kind, struct span text)
{
    char hash[IDENTITY_HASH_TEXT];
    bool is_email = kind == IDENTITY_EMAIL;
    if (has_hash_form(text)) {
        block(r, kind, text);
        return true;
    }
    if (is_email ? identity_email(text, hash) : identity_phone(text, hash)) {
        block(r, kind, span_of(hash));
        return true;
    }
    return is_email ? has_email_form(text) : has_phone_form(text);
}

enum status settings_read_block(struct settings_reading *r, struct span text, const char *pointer)
{
    const char *colon = memchr(text.p, ':', text.n);
    struct span word = {text.p, colon != NULL ? (size_t)(colon - text.p) : 0};
    enum identity_kind kind = identity_kind_of(word);
    struct span value = text;
    if (kind != IDENTITY_NONE) {
        value = (struct span){colon + 1, text.n - word.n - 1};
    } else if (has_email_form(text)) {
        kind = IDENTITY_EMAIL;
    } else if (has_phone_form(text)) {
        kind = IDENTITY_PHONE;
    }
    bool is_taken = kind != IDENTITY_NONE && value.n != 0;
    if (is_taken && (kind == IDENTITY_EMAIL || kind == IDENTITY_PHONE)) {
        is_taken = block_address(r, kind, value);
    } else if (is_taken) {
        block(r, kind, value);
    }
    if (!is_taken) {
        return document_refuse(&r->d, pointer, "must be an e-mail address, a telephone number or KIND:VALUE");
    }
    return STATUS_OK;
}
