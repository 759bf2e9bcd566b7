#include "wire/cursor.h"

#define VERSION 1
#define HEAD (1 + 8 + 1 + 8 + 16) /* version, list, is_null, number, key; the text follows */
#define TEXT_MAX 1024

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void put8(unsigned char *p, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        p[i] = (unsigned char)(n >> (8 * (7 - i)));
}

static uint64_t get8(const unsigned char *p)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | p[i];
    return n;
}

struct span cursor_encode(struct arena *arena, const struct cursor *cursor)
{
    size_t n = HEAD + cursor->text.n;
    unsigned char *bytes = arena_alloc(arena, n + 3); /* zeroed: the last group may lack two */
    bytes[0] = VERSION;
    put8(bytes + 1, cursor->list);
    bytes[9] = cursor->is_null;
    put8(bytes + 10, (uint64_t)cursor->number);
    memcpy(bytes + 18, cursor->key.b, 16);
    if (cursor->text.n)
        memcpy(bytes + HEAD, cursor->text.p, cursor->text.n);
    char *out = arena_alloc(arena, n / 3 * 4 + 5);
    size_t length = 0;
    for (size_t i = 0; i < n; i += 3) {
        unsigned group = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];
        for (int k = 0; k < 4; k++)
            out[length++] = digits[group >> (6 * (3 - k)) & 63];
    }
    return (struct span){out, length - (3 - n % 3) % 3};
}

static int digit_value(char c)
{
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

static bool decode64(struct arena *arena, struct span text, unsigned char **out, size_t *n)
{
    unsigned char *bytes = arena_alloc(arena, text.n + 1);
    unsigned group = 0, n_bits = 0;
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int value = digit_value(text.p[i]);
        if (value < 0)
            return false;
        group = (group << 6 | (unsigned)value) & 0xffff;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            bytes[(*n)++] = (unsigned char)(group >> n_bits);
        }
    }
    *out = bytes;
    return n_bits < 6 && (group & ((1u << n_bits) - 1)) == 0;
}

bool cursor_decode(struct arena *arena, struct span text, uint64_t list, struct cursor *out)
{
    unsigned char *bytes;
    size_t n;
    if (text.n > (HEAD + TEXT_MAX) * 2 || !decode64(arena, text, &bytes, &n) || n < HEAD || bytes[0] != VERSION ||
        bytes[9] > 1 || get8(bytes + 1) != list)
        return false;
    *out = (struct cursor){.list = list,
                           .is_null = bytes[9],
                           .number = (int64_t)get8(bytes + 10),
                           .text = {(const char *)bytes + HEAD, n - HEAD}};
    memcpy(out->key.b, bytes + 18, 16);
    return true;
}

void page_print(struct buf *buf, struct span next)
{
    if (next.n == 0) {
        buf_text(buf, "\"has_more\":false,\"next_cursor\":null");
        return;
    }
    buf_text(buf, "\"has_more\":true,\"next_cursor\":\"");
    buf_span(buf, next);
    buf_char(buf, '"');
}
