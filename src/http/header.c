#include "header.h"

#include "uri.h"

#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span trim(struct span s)
{
    while (s.n > 0 && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

bool same_word(struct span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/** Cut the next piece off ${rest} at ${separator}; false when nothing is left. */
static bool next_piece(struct span *rest, char separator, struct span *piece)
{
    if (rest->n == 0) {
        return false;
    }
    *piece = trim(span_take(rest, separator));
    return true;
}

int64_t digits_parse(struct span s, int64_t most)
{
    int64_t n = 0;
    if (s.n == 0 || s.n > 18) {
        return -1;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return -1;
        }
        n = n * 10 + (s.p[i] - '0');
    }
    return n <= most ? n : -1;
}

/* --- keys ----------------------------------------------------------------------------------------------- */

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool base64_decode(struct arena *arena, struct span text, struct span *out)
{
    while (text.n > 0 && text.p[text.n - 1] == '=') {
        text.n--;
    }
    if (text.n == 0 || text.n % 4 == 1) {
        return false;
    }
    char *bytes = arena_alloc(arena, text.n);
    size_t n = 0;
    unsigned held = 0;
    int bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        int value = base64_value(text.p[i]);
        if (value < 0) {
            return false;
        }
        held = (held << 6 | (unsigned)value) & 0xFFFF;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[n++] = (char)(held >> bits & 0xFF);
        }
    }
    *out = (struct span){bytes, n};
    return true;
}

struct span key_of_write_key(struct span value)
{
    struct span rest = value;
    struct span key = {value.p, 0};
    return next_piece(&rest, ':', &key) ? key : value;
}

/** What follows ${scheme} in an Authorization value; false when it is of another scheme. */
static bool credentials(struct span value, const char *scheme, struct span *out)
{
    struct span rest = trim(value);
    struct span name;
    if (!next_piece(&rest, ' ', &name) || !same_word(name, scheme)) {
        return false;
    }
    *out = trim(rest);
    return out->n != 0;
}

bool key_of_basic(struct arena *arena, struct span value, struct span *out)
{
    struct span text;
    struct span user;
    if (!credentials(value, "Basic", &text) || !base64_decode(arena, text, &user)) {
        return false;
    }
    const char *colon = memchr(user.p, ':', user.n);
    *out = (struct span){user.p, colon ? (size_t)(colon - user.p) : user.n};
    return out->n != 0;
}

bool key_of_bearer(struct span value, struct span *out)
{
    return credentials(value, "Bearer", out);
}

/* --- ids ------------------------------------------------------------------------------------------------ */

bool request_id_is_valid(struct span id)
{
    if (id.n == 0 || id.n > REQUEST_ID_MAX) {
        return false;
    }
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

/** The text between the quotes of ${s}, which begins with one. False when the string does not end where ${s} does. */
static bool unquote(struct arena *arena, struct span s, struct span *out)
{
    char *text = arena_alloc(arena, s.n);
    size_t n = 0;
    for (size_t i = 1; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"') {
            *out = (struct span){text, n};
            return i + 1 == s.n;
        }
        if (c == '\\') {
            i++;
            if (i == s.n || (s.p[i] != '"' && s.p[i] != '\\')) {
                return false;
            }
            c = s.p[i];
        }
        if (c < ' ' || c > '~') {
            return false;
        }
        text[n++] = c;
    }
    return false;
}

static bool is_bare_key(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("\"\\,;", s.p[i]) != NULL) {
            return false;
        }
    }
    return true;
}

bool idempotency_key_parse(struct arena *arena, struct span value, struct span *out)
{
    struct span key = trim(value);
    bool is_quoted = key.n != 0 && key.p[0] == '"';
    if (is_quoted ? !unquote(arena, key, &key) : !is_bare_key(key)) {
        return false;
    }
    if (key.n == 0 || key.n > ONCE_KEY_MAX) {
        return false;
    }
    *out = key;
    return true;
}

/* --- what the caller would like ------------------------------------------------------------------------- */

/** "0.75" as 750, "1" as 1000 (RFC 9110, 12.4.2); anything else counts as 0. */
static int quality_value(struct span s)
{
    if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.')) {
        return 0;
    }
    int value = (s.p[0] - '0') * 1000;
    int unit = 100;
    for (size_t i = 2; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return 0;
        }
        value += (s.p[i] - '0') * unit;
        unit /= 10;
    }
    return value > 1000 ? 0 : value;
}

/** The quality among the parameters of an item ("; version=1.0.0; q=0.5"); 1000 when it has none. */
static int quality_of(struct span parameters)
{
    struct span parameter;
    while (next_piece(&parameters, ';', &parameter)) {
        if (parameter.n >= 2 && (parameter.p[0] == 'q' || parameter.p[0] == 'Q') && parameter.p[1] == '=') {
            return quality_value((struct span){parameter.p + 2, parameter.n - 2});
        }
    }
    return 1000;
}

/** "zh", "zh-CN", "zh_Hans" for zh; "*" for neither. */
static bool is_language(struct span tag, const char *language)
{
    return tag.n >= 2 && strncasecmp(tag.p, language, 2) == 0 &&
           (tag.n == 2 || tag.p[2] == '-' || tag.p[2] == '_');
}

enum language language_choose(struct span accept_language)
{
    int zh = -1;
    int en = -1;
    int other = 0;
    struct span item;
    while (next_piece(&accept_language, ',', &item)) {
        struct span tag = item;
        (void)next_piece(&item, ';', &tag);
        int quality = quality_of(item);
        if (is_language(tag, "zh")) {
            zh = quality > zh ? quality : zh;
        } else if (is_language(tag, "en")) {
            en = quality > en ? quality : en;
        } else if (span_is(tag, "*")) {
            other = quality;
        }
    }
    zh = zh < 0 ? other : zh;
    en = en < 0 ? other : en;
    return zh > en ? LANGUAGE_ZH : LANGUAGE_EN;
}

int accept_quality(struct span accept, const char *type)
{
    if (trim(accept).n == 0) {
        return 1000;
    }
    size_t family = strcspn(type, "/") + 1;
    int best = 0;
    int best_rank = 0;
    struct span item;
    while (next_piece(&accept, ',', &item)) {
        struct span range = item;
        (void)next_piece(&item, ';', &range);
        int rank = 0;
        if (same_word(range, type)) {
            rank = 3;
        } else if (range.n == family + 1 && range.p[family] == '*' &&
                   strncasecmp(range.p, type, family) == 0) {
            rank = 2;
        } else if (span_is(range, "*/*")) {
            rank = 1;
        }
        int quality = quality_of(item);
        if (rank > best_rank || (rank != 0 && rank == best_rank && quality > best)) {
            best_rank = rank;
            best = quality;
        }
    }
    return best;
}

bool media_type_is_patch(struct span content_type)
{
    struct span type = content_type;
    (void)next_piece(&content_type, ';', &type);
    return same_word(type, "application/merge-patch+json") || same_word(type, "application/json");
}

bool media_type_is_json(struct span content_type)
{
    struct span type = content_type;
    (void)next_piece(&content_type, ';', &type);
    return type.n == 0 || same_word(type, "application/json") || same_word(type, "text/plain") ||
           same_word(type, "application/x-www-form-urlencoded") ||
           (type.n > 5 && same_word((struct span){type.p + type.n - 5, 5}, "+json"));
}

/* --- entity tags ---------------------------------------------------------------------------------------- */

/** The next tag of a list, with its quotes; false at the end or at something that is no tag. */
static bool next_tag(struct span *rest, struct span *tag, bool *is_weak)
{
    while (rest->n > 0 && (is_blank(rest->p[0]) || rest->p[0] == ',')) {
        rest->p++;
        rest->n--;
    }
    *is_weak = rest->n > 2 && rest->p[0] == 'W' && rest->p[1] == '/';
    if (*is_weak) {
        rest->p += 2;
        rest->n -= 2;
    }
    if (rest->n < 2 || rest->p[0] != '"') {
        return false;
    }
    const char *end = memchr(rest->p + 1, '"', rest->n - 1);
    if (end == NULL) {
        return false;
    }
    size_t n = (size_t)(end + 1 - rest->p);
    *tag = (struct span){rest->p, n};
    rest->p += n;
    rest->n -= n;
    return true;
}

bool etag_list_has(struct span list, struct span etag)
{
    list = trim(list);
    if (span_is(list, "*")) {
        return true;
    }
    struct span tag;
    bool is_weak;
    while (next_tag(&list, &tag, &is_weak)) {
        if (span_equal(tag, etag)) {
            return true;
        }
    }
    return false;
}

int64_t etag_list_version(struct span list)
{
    list = trim(list);
    if (span_is(list, "*")) {
        return IF_MATCH_ANY;
    }
    struct span tag;
    bool is_weak;
    while (next_tag(&list, &tag, &is_weak)) {
        int64_t version = is_weak ? -1 : digits_parse((struct span){tag.p + 1, tag.n - 2}, INT64_MAX);
        if (version > 0) {
            return version;
        }
    }
    return IF_MATCH_NONE;
}
