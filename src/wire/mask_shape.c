#include "mask_shape.h"

#include "base/time.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** An '@', also as a URL writes it. */
static bool has_email(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '@' || (i + 2 < text.n && memcmp(text.p + i, "%40", 3) == 0)) {
            return true;
        }
    }
    return false;
}

/** Digits as people write a telephone number: 7 and more after a '+', or (${in_groups}) 7 to 15 in groups. */
static bool has_phone(struct span text, bool in_groups)
{
    size_t n_digits = 0;
    size_t n_groups = 0;
    bool has_plus = false;
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : '\0';
        if (is_digit(c)) {
            n_groups += n_digits == 0 || !is_digit(text.p[i - 1]);
            n_digits++;
            continue;
        }
        if (c != '\0' && strchr(" -./()", c) != NULL) {
            continue;
        }
        if (n_digits >= 7 && (has_plus || (in_groups && n_groups >= 2 && n_digits <= 15))) {
            return true;
        }
        n_digits = 0;
        n_groups = 0;
        has_plus = c == '+';
    }
    return false;
}

static bool is_hex_uuid(struct span text)
{
    if (text.n != 36) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (is_dash ? c != '-' : !is_hex) {
            return false;
        }
    }
    return true;
}

/** A run of 32 and more letters and digits, both among them: a key, a hash, a session. */
static bool has_token(struct span text)
{
    size_t n = 0;
    bool has_digits = false;
    bool has_letters = false;
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : ' ';
        if (is_digit(c) || is_letter(c) || (c == '_' && n > 0)) {
            n++;
            has_digits |= is_digit(c);
            has_letters |= is_letter(c);
            continue;
        }
        if (n >= 32 && has_digits && has_letters) {
            return true;
        }
        n = 0;
        has_digits = false;
        has_letters = false;
    }
    return false;
}

bool shape_is_time(struct span text)
{
    usec_t t;
    return text.n >= 10 && text.n <= 40 && text.p[4] == '-' && time_parse(text, &t);
}

bool shape_is_amount(struct span text)
{
    size_t i = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+');
    size_t n_whole = 0;
    size_t n_part = 0;
    for (; i < text.n && is_digit(text.p[i]); i++) {
        n_whole++;
    }
    bool has_point = i < text.n && text.p[i] == '.';
    for (i += has_point; i < text.n && is_digit(text.p[i]); i++) {
        n_part++;
    }
    return i == text.n && n_whole > 0 &&
           (has_point ? n_part > 0 && n_part <= 3 && n_whole <= 9 : n_whole < 7);
}

const char *shape_of(struct span text)
{
    if (has_email(text)) {
        return EMAIL;
    }
    if (shape_is_time(text) || is_hex_uuid(text) || shape_is_amount(text)) {
        return NULL;
    }
    if (has_phone(text, true)) {
        return PHONE;
    }
    return has_token(text) ? TOKEN : NULL;
}

const char *shape_of_id(struct span text)
{
    return has_email(text) ? EMAIL : has_phone(text, false) ? PHONE : NULL;
}

bool shape_is_digits(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!is_digit(text.p[i])) {
            return false;
        }
    }
    return text.n > 0;
}
