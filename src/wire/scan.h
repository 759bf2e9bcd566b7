#ifndef SRC_WIRE_SCAN_H
#define SRC_WIRE_SCAN_H

#include "base/arena.h"
#include "base/status.h"

/**
 * A strict JSON scanner: one pass over the bytes leaves a tape of tokens. Nothing is converted: numbers stay
 * text, strings are unescaped when they are asked for, and every value knows its bytes. See
 * docs/adr/0002-own-scanner-on-the-hot-path.md.
 */

enum token_type {
    TOKEN_NULL,
    TOKEN_FALSE,
    TOKEN_TRUE,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_ARRAY,
    TOKEN_OBJECT,
};

/** One value. Those inside an array follow it; in an object keys (strings) and values take turns. */
struct token {
    uint32_t start;  /* of its bytes in the text */
    uint32_t size;   /* of its bytes, quotes and brackets included */
    uint32_t next;   /* the token after this value and all that is in it */
    uint8_t type;    /* enum token_type */
    bool has_escape; /* of a string: it holds a backslash */
    bool is_integer; /* of a number: neither '.' nor exponent */
};

/** A document that was read. Tokens are named by their place; 0 is the document itself, never a member. */
struct scan {
    const char *text; /* the caller's, or a cleaned copy in the arena */
    const struct token *tokens;
    size_t n_tokens;
    size_t stripped; /* how many "\u0000" were taken out */
    size_t replaced; /* how many lone surrogates became U+FFFD */
};

#define SCAN_DEPTH_MAX 144
#define SCAN_BYTES_MAX (UINT32_MAX / 2)

/**
 * scan_parse(arena, text, depth, out, error):
 * Read one JSON document as RFC 8259 has it, in UTF-8, nested at most ${depth} (<= SCAN_DEPTH_MAX) deep.
 * What PostgreSQL's jsonb does not take is taken out: "\u0000" in a string vanishes and a lone surrogate
 * becomes "\ufffd"; after that the tokens lie on a copy.
 * Owns     tokens are in ${arena}; ${out} borrows ${text}.
 * Errors   MALFORMED_JSON, INVALID_UTF8, TOO_DEEP; TOO_LARGE over SCAN_BYTES_MAX. The detail names the byte.
 * Cost     about 1 ns a byte.
 */
enum status scan_parse(struct arena *arena, struct span text, size_t depth, struct scan *out,
                       struct error *error) MUST_CHECK;

static inline enum token_type scan_type(const struct scan *scan, size_t token)
{
    return (enum token_type)scan->tokens[token].type;
}

static inline size_t scan_next(const struct scan *scan, size_t token)
{
    return scan->tokens[token].next;
}

/** The bytes of a value. */
static inline struct span scan_raw(const struct scan *scan, size_t token)
{
    return (struct span){scan->text + scan->tokens[token].start, scan->tokens[token].size};
}

/** The text of a string: borrowed from the document, or unescaped into ${arena}. */
struct span scan_string(struct arena *arena, const struct scan *scan, size_t token);

/** Which of ${names} the key ${token} is; ${n} when it is none of them. Names have from 1 to 32 bytes. */
size_t scan_name(const struct scan *scan, size_t token, const struct span *names, size_t n);

/** For each of ${names}: the value of the last such member of ${object} that is not null, else 0. */
void scan_members(const struct scan *scan, size_t object, const struct span *names, size_t n, size_t *values);

#define SCAN_NAME(text)                                                                                      \
    {                                                                                                        \
        (text), sizeof(text) - 1                                                                             \
    }

#endif
