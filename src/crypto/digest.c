#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

/* Fetching an algorithm costs more than hashing a key, so that it is done once in the process's life. */
static CRYPTO_ONCE fetch_once = CRYPTO_ONCE_STATIC_INIT;
static EVP_MD *sha256;
static EVP_MD *sha1;

static void free_algorithms(void)
{
    EVP_MD_free(sha256);
    EVP_MD_free(sha1);
}

static void fetch_algorithms(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    assert(sha256 != NULL && sha1 != NULL);
    atexit(free_algorithms);
}

/** One digest over the two parts, one after the other. */
static void digest(EVP_MD *const *algorithm, struct span first, struct span second, unsigned char *out)
{
    int is_fetched = CRYPTO_THREAD_run_once(&fetch_once, fetch_algorithms);
    assert(is_fetched);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_done = context != NULL && EVP_DigestInit_ex2(context, *algorithm, NULL) == 1 &&
                   EVP_DigestUpdate(context, first.p, first.n) == 1 &&
                   EVP_DigestUpdate(context, second.p, second.n) == 1 &&
                   EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    assert(is_done);
}

void digest_sha256(const void *bytes, size_t n, unsigned char out[32])
{
    digest(&sha256, (struct span){bytes, n}, (struct span){"", 0}, out);
}

static void uuid_mark(struct uuid *uuid, unsigned version)
{
    uuid->b[6] = (unsigned char)((uuid->b[6] & 0x0f) | version << 4);
    uuid->b[8] = (unsigned char)((uuid->b[8] & 0x3f) | 0x80);
}

void digest_uuid5(const struct uuid *space, struct span name, struct uuid *out)
{
    unsigned char hash[20];
    digest(&sha1, (struct span){(const char *)space->b, sizeof(space->b)}, name, hash);
    memcpy(out->b, hash, sizeof(out->b));
    uuid_mark(out, 5);
}

void random_bytes(void *out, size_t n)
{
    unsigned char *p = out;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        assert(got > 0);
        p += got;
        n -= (size_t)got;
    }
}

void random_uuid(struct uuid *out)
{
    random_bytes(out->b, sizeof(out->b));
    uuid_mark(out, 4);
}

/* XXH64 with seed 0, by its specification (Yann Collet, "xxHash fast digest algorithm", version 0.1.1). */
#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t x, unsigned k)
{
    return x << k | x >> (64 - k);
}

static uint64_t little_endian(const unsigned char *p, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n; i++) {
        value |= (uint64_t)p[i] << (8 * i);
    }
    return value;
}

static uint64_t xxh_round(uint64_t accumulator, uint64_t input)
{
    return rotate(accumulator + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t xxh_merge(uint64_t hash, uint64_t lane)
{
    return (hash ^ xxh_round(0, lane)) * PRIME_1 + PRIME_4;
}

uint64_t hash64(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t rest = s.n;
    uint64_t hash = PRIME_5;
    if (rest >= 32) {
        uint64_t lane[4] = {PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1};
        for (; rest >= 32; p += 32, rest -= 32) {
            for (unsigned i = 0; i < 4; i++) {
                lane[i] = xxh_round(lane[i], little_endian(p + 8 * i, 8));
            }
        }
        hash = rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
        for (unsigned i = 0; i < 4; i++) {
            hash = xxh_merge(hash, lane[i]);
        }
    }
    hash += s.n;
    for (; rest >= 8; p += 8, rest -= 8) {
        hash = rotate(hash ^ xxh_round(0, little_endian(p, 8)), 27) * PRIME_1 + PRIME_4;
    }
    if (rest >= 4) {
        hash = rotate(hash ^ little_endian(p, 4) * PRIME_1, 23) * PRIME_2 + PRIME_3;
        p += 4;
        rest -= 4;
    }
    for (; rest > 0; p++, rest--) {
        hash = rotate(hash ^ *p * PRIME_5, 11) * PRIME_1;
    }
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}

uint64_t hash_text(struct span s)
{
    uint64_t hash = hash64(s);
    return hash == 0 || (int64_t)hash == NONE ? 1 : hash;
}

bool digest_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}
