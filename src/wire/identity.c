#include "wire/identity.h"

#include "crypto/digest.h"
#include "message_parts.h"

#include <stdio.h>

#define EMAIL_MAX  254
#define PHONE_LEAST 7
#define PHONE_MOST 16

static void lower(struct span text, char *out)
{
    for (size_t i = 0; i < text.n; i++)
        out[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'Z' ? text.p[i] + 'a' - 'A' : text.p[i]);
}

static void hash(const char *text, size_t n, char out[IDENTITY_HASH_TEXT])
{
    unsigned char digest[32];
    digest_sha256(text, n, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static bool is_in(struct span text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (span_equal(text, span_of(words[i])))
            return true;
    return false;
}

bool identity_is_nobody(struct span value)
{
    static const char *const words[] = {"",     "null",  "undefined", "none",      "nil",     "nan",
                                        "n/a",  "na",    "0",         "-1",        "false",   "true",
                                        "test", "guest", "anonymous", "anonymus",  "unknown", "user",
                                        "(null)", "[object object]", "00000000-0000-0000-0000-000000000000"};
    char text[64];
    value = span_trim(value);
    if (value.n > sizeof(text))
        return false;
    lower(value, text);
    return is_in((struct span){text, value.n}, words, COUNT_OF(words));
}

bool identity_email(struct span text, char out[IDENTITY_HASH_TEXT])
{
    static const char *const nobody[] = {"test@test.com",     "test@test.test",     "test@example.com",
                                         "a@a.com",           "a@b.com",            "email@example.com",
                                         "user@example.com",  "noreply@example.com", "none@none.com",
                                         "no@email.com",      "noemail@noemail.com", "null@null.com",
                                         "asdf@asdf.com",     "guest@guest.com",    "example@example.com"};
    char email[EMAIL_MAX];
    size_t n_at = 0, at = 0;
    text = span_trim(text);
    if (text.n > EMAIL_MAX)
        return false;
    lower(text, email);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '@') {
            n_at++;
            at = i;
        } else if ((unsigned char)text.p[i] <= ' ') {
            return false;
        }
    }
    if (n_at != 1 || at == 0 || at + 1 == text.n ||
        is_in((struct span){email, text.n}, nobody, COUNT_OF(nobody)))
        return false;
    hash(email, text.n, out);
    return true;
}

bool identity_phone(struct span text, char out[IDENTITY_HASH_TEXT])
{
    char digits[PHONE_MOST];
    size_t n = 0;
    bool is_varied = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c < '0' || c > '9') {
            if (c != '+' && c != '-' && c != '.' && c != '/' && c != '(' && c != ')' && c != ' ')
                return false;
            continue;
        }
        if (n == 0 && c == '0')
            continue;
        if (n == PHONE_MOST)
            return false;
        is_varied = is_varied || (n && c != digits[n - 1]);
        digits[n++] = c;
    }
    if (n < PHONE_LEAST || !is_varied || span_equal((struct span){digits, n}, span_of("1234567")) ||
        span_equal((struct span){digits, n}, span_of("12345678")) ||
        span_equal((struct span){digits, n}, span_of("123456789")) ||
        span_equal((struct span){digits, n}, span_of("1234567890")))
        return false;
    hash(digits, n, out);
    return true;
}

struct span identity_hashed(struct arena *arena, enum identity_kind kind, struct span text)
{
    char hash[IDENTITY_HASH_TEXT];
    bool is_one = kind == IDENTITY_EMAIL ? identity_email(text, hash) : identity_phone(text, hash);
    return is_one ? arena_span(arena, span_of(hash)) : (struct span){"", 0};
}

void identity_key(const struct shop *shop, enum identity_kind kind, struct span value, struct uuid *out)
{
    char prefix[16];
    snprintf(prefix, sizeof(prefix), "%s:", identity_word(kind));
    message_key(&shop->space, prefix, value, out);
}

struct span identity_text(struct arena *arena, enum identity_kind kind, struct span value)
{
    if (kind == IDENTITY_USER || kind == IDENTITY_ANONYMOUS)
        return value;
    return span_of(arena_printf(arena, "%s:%.*s", identity_word(kind), (int)value.n, value.p));
}
