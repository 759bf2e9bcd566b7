#include "wire/elements.h"

static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '[' || c == ']';
}

enum end { END_MISSING, END_FOUND, END_BROKEN };

/* Where the object at the start of ${text} ends. */
static enum end find_end(struct span text, size_t *n)
{
    size_t depth = 0;
    bool is_string = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        *n = i + 1;
        if (is_string && c == '\n') {
            *n = i;
            return END_BROKEN;
        }
        if (is_string) {
            i += c == '\\';
            is_string = c != '"';
        } else if (c == '"') {
            is_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return END_FOUND;
        }
    }
    return END_MISSING;
}

/* Up to the next line that begins with an object; all of it when there is none. */
static size_t up_to_next(struct span text)
{
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.p[i] == '\n' && text.p[i + 1] == '{')
            return i;
    return text.n;
}

/* What is no object: the rest of its line. */
static enum end find_line_end(struct span text, size_t *n)
{
    const char *end = memchr(text.p, '\n', text.n);
    *n = end ? (size_t)(end - text.p) : text.n;
    return end ? END_BROKEN : END_MISSING;
}

static size_t count_lines(struct span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

bool elements_take(struct span *text, bool is_last, struct csv_record *out, size_t *before)
{
    size_t start = 0, n = 0;
    while (start < text->n && is_between(text->p[start]))
        start++;
    struct span rest = {text->p + start, text->n - start};
    if (rest.n == 0)
        return false;
    enum end end = rest.p[0] == '{' ? find_end(rest, &n) : find_line_end(rest, &n);
    if (end == END_MISSING && !is_last)
        return false;
    if (end == END_MISSING)
        n = up_to_next(rest);
    struct span taken = {rest.p, n};
    *before = count_lines((struct span){text->p, start});
    *out = (struct csv_record){.text = taken, .lines = count_lines(taken), .is_broken = end != END_FOUND};
    *text = (struct span){rest.p + n, rest.n - n};
    return true;
}
