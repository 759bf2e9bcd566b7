#include "base/uuid.h"

#include <assert.h>

void uuid_print(const struct uuid *uuid, char out[UUID_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    char *p = out;
    for (size_t i = 0; i < sizeof(uuid->b); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *p++ = '-';
        }
        *p++ = hex[uuid->b[i] >> 4];
        *p++ = hex[uuid->b[i] & 15];
    }
    *p = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool uuid_parse(struct span text, struct uuid *out)
{
    if (text.n != UUID_TEXT - 1) {
        return false;
    }
    struct uuid uuid;
    const char *p = text.p;
    for (size_t i = 0; i < sizeof(uuid.b); i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-') {
            return false;
        }
        int high = hex_digit(p[0]);
        int low = hex_digit(p[1]);
        if (high < 0 || low < 0) {
            return false;
        }
        uuid.b[i] = (unsigned char)(high << 4 | low);
        p += 2;
    }
    *out = uuid;
    return true;
}

static uint32_t rotate(uint32_t x, unsigned k)
{
    return x << k | x >> (32 - k);
}

static uint32_t word(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/** PostgreSQL's uuid_hash(): hash_any() of 16 bytes, which is Bob Jenkins' lookup3 (public domain). */
static uint32_t token(const unsigned char u[16])
{
    uint32_t a = 0x9e3779b9U + 16U + 3923095U;
    uint32_t b = a;
    uint32_t c = a;
    a += word(u);
    b += word(u + 4);
    c += word(u + 8);
    a -= c, a ^= rotate(c, 4), c += b;
    b -= a, b ^= rotate(a, 6), a += c;
    c -= b, c ^= rotate(b, 8), b += a;
    a -= c, a ^= rotate(c, 16), c += b;
    b -= a, b ^= rotate(a, 19), a += c;
    c -= b, c ^= rotate(b, 4), b += a;
    a += word(u + 12);
    c ^= b, c -= rotate(b, 14);
    a ^= c, a -= rotate(c, 11);
    b ^= a, b -= rotate(a, 25);
    c ^= b, c -= rotate(b, 16);
    a ^= c, a -= rotate(c, 4);
    b ^= a, b -= rotate(a, 14);
    c ^= b, c -= rotate(b, 24);
    return c;
}

unsigned uuid_lane(const struct uuid *key, unsigned lanes)
{
    assert(lanes != 0 && (lanes & (lanes - 1)) == 0);
    return (unsigned)((uint64_t)(token(key->b) + 0x80000000U) * lanes >> 32);
}
