#include "scan.h"

#include "escape.h"

#include <assert.h>

struct scanner {
    struct arena *arena;
    const char *text;
    const char *p;
    const char *end;
    struct token *tokens;
    size_t n;
    size_t capacity;
    size_t depth;
    size_t depth_max;
    size_t stripped;
    size_t replaced;
    enum status status;
    const char *problem;
    uint32_t open[SCAN_DEPTH_MAX]; /* the arrays and objects around p */
};

static bool fail(struct scanner *s, enum status status, const char *problem)
{
    s->status = status;
    s->problem = problem;
    return false;
}

static bool malformed(struct scanner *s, const char *problem)
{
    return fail(s, STATUS_MALFORMED_JSON, s->p == s->end ? "the text ends too early" : problem);
}

static inline struct token *add_token(struct scanner *s, enum token_type type, const char *start)
{
    if (s->n == s->capacity) {
        s->tokens = arena_grow(s->arena, s->tokens, s->n, &s->capacity, sizeof(*s->tokens));
    }
    struct token *token = &s->tokens[s->n++];
    *token = (struct token){.start = (uint32_t)(start - s->text), .type = (uint8_t)type};
    return token;
}

/** Ends a value: it reaches up to p. */
static inline void close_token(struct scanner *s, struct token *token)
{
    token->size = (uint32_t)(s->p - s->text) - token->start;
    token->next = (uint32_t)s->n;
}

static inline void skip_space(struct scanner *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t')) {
        s->p++;
    }
}

/* --- strings --- */

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/** The first byte from ${p} on that is not plain: a quote, a backslash, a control character or not ASCII. */
static inline const char *plain_end(const char *p, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* eight at a time; a borrow can only mark a byte above one that is marked rightly, so the lowest is right
     */
    for (; end - p >= 8; p += 8) {
        uint64_t x;
        memcpy(&x, p, sizeof(x));
        uint64_t quote = x ^ EACH_BYTE('"');
        uint64_t backslash = x ^ EACH_BYTE('\\');
        uint64_t marks = ((quote - EACH_BYTE(1)) & ~quote) | ((backslash - EACH_BYTE(1)) & ~backslash) |
                         ((x - EACH_BYTE(0x20)) & ~x) | x;
        marks &= EACH_BYTE(0x80);
        if (marks != 0) {
            return p + __builtin_ctzll(marks) / 8;
        }
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80) {
        p++;
    }
    return p;
}

static bool take_escape(struct scanner *s)
{
    if (s->end - s->p >= 2 && s->p[1] != 'u') {
        if (s->p[1] == '\0' || strchr("\"\\/bfnrt", s->p[1]) == NULL) {
            return malformed(s, "unknown escape");
        }
        s->p += 2;
        return true;
    }
    size_t size;
    int32_t c = escape_read(s->p, s->end, &size);
    if (c == ESCAPE_NONE) {
        return malformed(s, "\\u needs four hexadecimal digits");
    }
    s->stripped += c == 0;
    s->replaced += c == ESCAPE_LONE;
    s->p += size;
    return true;
}

/** The rest of a string that is not plain from p on. */
static bool take_marked(struct scanner *s, struct token *token)
{
    for (;; s->p = plain_end(s->p, s->end)) {
        if (s->p == s->end) {
            return malformed(s, "");
        }
        unsigned char c = (unsigned char)*s->p;
        if (c == '"') {
            s->p++;
            close_token(s, token);
            return true;
        }
        if (c == '\\') {
            token->has_escape = true;
            if (!take_escape(s)) {
                return false;
            }
        } else if (c < 0x20) {
            return malformed(s, "a control character in a string must be escaped");
        } else {
            size_t size = escape_utf8_size(s->p, s->end);
            if (size == 0) {
                return fail(s, STATUS_INVALID_UTF8, "not valid UTF-8");
            }
            s->p += size;
        }
    }
}

static inline bool take_string(struct scanner *s)
{
    struct token *token = add_token(s, TOKEN_STRING, s->p);
    s->p = plain_end(s->p + 1, s->end);
    if (s->p < s->end && *s->p == '"') {
        s->p++;
        close_token(s, token);
        return true;
    }
    return take_marked(s, token);
}

/* --- other values --- */

static bool take_digits(struct scanner *s, const char *problem)
{
    const char *start = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9') {
        s->p++;
    }
    return s->p != start || malformed(s, problem);
}

static bool take_number(struct scanner *s)
{
    struct token *token = add_token(s, TOKEN_NUMBER, s->p);
    token->is_integer = true;
    s->p += *s->p == '-';
    if (s->p < s->end && *s->p == '0') {
        s->p++;
    } else if (!take_digits(s, "not a value")) {
        return false;
    }
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        token->is_integer = false;
        if (!take_digits(s, "a digit is missing")) {
            return false;
        }
    }
    if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        token->is_integer = false;
        s->p += s->p < s->end && (*s->p == '+' || *s->p == '-');
        if (!take_digits(s, "a digit is missing")) {
            return false;
        }
    }
    close_token(s, token);
    return true;
}

static bool take_word(struct scanner *s, const char *word, size_t n, enum token_type type)
{
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0) {
        return malformed(s, "not a value");
    }
    struct token *token = add_token(s, type, s->p);
    s->p += n;
    close_token(s, token);
    return true;
}

static bool take_open(struct scanner *s, enum token_type type)
{
    if (s->depth == s->depth_max) {
        return fail(s, STATUS_TOO_DEEP, "nested too deeply");
    }
    s->open[s->depth++] = (uint32_t)s->n;
    add_token(s, type, s->p);
    s->p++;
    return true;
}

/** A whole value, or the opening of an array or object. */
static bool take_value(struct scanner *s)
{
    skip_space(s);
    if (s->p == s->end) {
        return malformed(s, "");
    }
    switch (*s->p) {
    case '"': return take_string(s);
    case '{': return take_open(s, TOKEN_OBJECT);
    case '[': return take_open(s, TOKEN_ARRAY);
    case 't': return take_word(s, "true", 4, TOKEN_TRUE);
    case 'f': return take_word(s, "false", 5, TOKEN_FALSE);
    case 'n': return take_word(s, "null", 4, TOKEN_NULL);
    default: return take_number(s);
    }
}

static struct token *innermost(struct scanner *s)
{
    return &s->tokens[s->open[s->depth - 1]];
}

/** A member's name and its colon. */
static bool take_key(struct scanner *s)
{
    skip_space(s);
    if (s->p == s->end || *s->p != '"') {
        return malformed(s, "a member's name must be a string");
    }
    if (!take_string(s)) {
        return false;
    }
    skip_space(s);
    if (s->p == s->end || *s->p != ':') {
        return malformed(s, "':' is missing after a member's name");
    }
    s->p++;
    return true;
}

/** Closes the innermost array or object when its bracket is next. */
static bool take_close(struct scanner *s)
{
    skip_space(s);
    struct token *container = innermost(s);
    if (s->p == s->end || *s->p != (container->type == TOKEN_OBJECT ? '}' : ']')) {
        return false;
    }
    s->p++;
    close_token(s, container);
    s->depth--;
    return true;
}

/** From the start of the document to the end of its value. */
static bool take_document(struct scanner *s)
{
    for (;;) {
        size_t depth = s->depth;
        if (!take_value(s)) {
            return false;
        }
        bool is_first = s->depth > depth; /* of an array or object that was opened just now */
        while (s->depth != 0 && take_close(s)) {
            is_first = false;
        }
        if (s->depth == 0) {
            return true;
        }
        if (!is_first) {
            if (s->p == s->end || *s->p != ',') {
                return malformed(s, "',' or a closing bracket is missing");
            }
            s->p++;
        }
        if (innermost(s)->type == TOKEN_OBJECT && !take_key(s)) {
            return false;
        }
    }
}

static bool take_all(struct scanner *s)
{
    if (!take_document(s)) {
        return false;
    }
    skip_space(s);
    return s->p == s->end || malformed(s, "there is more after the document");
}

enum status scan_parse(struct arena *arena, struct span text, size_t depth, struct scan *out,
                       struct error *error)
{
    assert(depth <= SCAN_DEPTH_MAX);
    if (text.n > SCAN_BYTES_MAX) {
        return error_set(error, STATUS_TOO_LARGE, "", "the text has more than %u bytes", SCAN_BYTES_MAX);
    }
    struct scanner s;
    s.arena = arena;
    s.text = s.p = text.p;
    s.end = text.p + text.n;
    s.n = s.depth = s.stripped = s.replaced = 0;
    s.depth_max = depth;
    s.capacity = text.n / 8 + 8;
    s.tokens = ARENA_ARRAY(arena, struct token, s.capacity);
    if (!take_all(&s)) {
        return error_set(error, s.status, "", "byte %zu: %s", (size_t)(s.p - s.text), s.problem);
    }
    out->stripped = s.stripped;
    out->replaced = s.replaced;
    if (s.stripped + s.replaced != 0) {
        struct span clean = escape_clean(arena, text);
        s.text = s.p = clean.p;
        s.end = clean.p + clean.n;
        s.n = 0;
        bool is_valid = take_all(&s);
        assert(is_valid);
    }
    out->text = s.text;
    out->tokens = s.tokens;
    out->n_tokens = s.n;
    return STATUS_OK;
}

/* --- reading the tape --- */

/** Between the quotes. */
static struct span inside_of(const struct scan *scan, size_t token)
{
    const struct token *t = &scan->tokens[token];
    return (struct span){scan->text + t->start + 1, t->size - 2};
}

struct span scan_string(struct arena *arena, const struct scan *scan, size_t token)
{
    assert(scan_type(scan, token) == TOKEN_STRING);
    struct span inside = inside_of(scan, token);
    if (!scan->tokens[token].has_escape) {
        return inside;
    }
    char *text = arena_alloc(arena, inside.n);
    return (struct span){text, escape_undo(inside, text)};
}

#define NAME_MAX_BYTES   32
#define ESCAPED_NAME_MAX (6 * NAME_MAX_BYTES)

size_t scan_name(const struct scan *scan, size_t token, const struct span *names, size_t n)
{
    struct span key = inside_of(scan, token);
    char plain[ESCAPED_NAME_MAX];
    if (scan->tokens[token].has_escape) {
        if (key.n > sizeof(plain)) {
            return n;
        }
        key = (struct span){plain, escape_undo(key, plain)};
    }
    if (key.n == 0) {
        return n;
    }
    char first = key.p[0];
    for (size_t i = 0; i < n; i++) {
        if (names[i].n == key.n && names[i].p[0] == first && memcmp(names[i].p, key.p, key.n) == 0) {
            return i;
        }
    }
    return n;
}

void scan_members(const struct scan *scan, size_t object, const struct span *names, size_t n, size_t *values)
{
    assert(scan_type(scan, object) == TOKEN_OBJECT);
    memset(values, 0, n * sizeof(*values));
    for (size_t key = object + 1; key < scan_next(scan, object); key = scan_next(scan, key + 1)) {
        size_t i = scan_name(scan, key, names, n);
        if (i < n) {
            values[i] = scan_type(scan, key + 1) == TOKEN_NULL ? 0 : key + 1;
        }
    }
}
