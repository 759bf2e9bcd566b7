#include "reply_text.h"

/* Bytes of the character that begins with ${c}; 0: none does. */
static size_t length_of(unsigned char c)
{
    if (c < 0x80)
        return c != 0;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Not in a longer form than needed, no half of a surrogate pair, not beyond U+10FFFF: the second byte tells.
 */
static int is_second(unsigned char first, unsigned char second)
{
    unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= most;
}

/* How many of the ${wanted} bytes are there and right. */
static size_t right_bytes(const unsigned char *p, size_t n, size_t wanted)
{
    size_t have = 1;
    while (have < wanted && have < n &&
           (have == 1 ? is_second(p[0], p[1]) : p[have] >= 0x80 && p[have] <= 0xbf))
        have++;
    return have;
}

size_t reply_text(char *bytes, size_t n)
{
    unsigned char *p = (unsigned char *)bytes;
    for (size_t i = 0; i < n;) {
        size_t wanted = length_of(p[i]);
        size_t have = wanted ? right_bytes(p + i, n - i, wanted) : 0;
        if (wanted && have == wanted) {
            i += wanted;
            continue;
        }
        if (wanted && i + have == n)
            return i;
        p[i++] = '?';
    }
    return n;
}
