#include "crypto/signature.h"

#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <assert.h>
#include <stdlib.h>

/* --- HMAC -------------------------------------------------------------------------------------------- */

/* Fetched once in the process's life: fetching costs more than signing. */
static CRYPTO_ONCE fetch_once = CRYPTO_ONCE_STATIC_INIT;
static EVP_MAC *hmac;

static void free_hmac(void)
{
    EVP_MAC_free(hmac);
}

static void fetch_hmac(void)
{
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    assert(hmac != NULL);
    atexit(free_hmac);
}

static void make_hmac(const char *algorithm, struct span key, struct span first, struct span second,
                      unsigned char *out, size_t size)
{
    char digest[8];
    assert(strlen(algorithm) < sizeof(digest));
    memcpy(digest, algorithm, strlen(algorithm) + 1);
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
    size_t n = 0;
    int is_fetched = CRYPTO_THREAD_run_once(&fetch_once, fetch_hmac);
    assert(is_fetched);
    (void)is_fetched;
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    /* without bytes, libcrypto takes NULL for "the key of before" */
    const unsigned char *bytes = (const unsigned char *)(key.n ? key.p : "");
    bool is_done = context != NULL && EVP_MAC_init(context, bytes, key.n, parameters) == 1 &&
                   EVP_MAC_update(context, (const unsigned char *)first.p, first.n) == 1 &&
                   EVP_MAC_update(context, (const unsigned char *)second.p, second.n) == 1 &&
                   EVP_MAC_final(context, out, &n, size) == 1 && n == size;
    EVP_MAC_CTX_free(context);
    assert(is_done);
    (void)is_done;
}

void hmac_sha256(struct span key, struct span first, struct span second, unsigned char out[32])
{
    make_hmac("SHA256", key, first, second, out, 32);
}

void hmac_sha1(struct span key, struct span text, unsigned char out[20])
{
    make_hmac("SHA1", key, text, (struct span){"", 0}, out, 20);
}

/* --- base64 ------------------------------------------------------------------------------------------ */

struct span base64_encode(struct arena *arena, struct span bytes)
{
    unsigned char *text = arena_alloc(arena, (bytes.n + 2) / 3 * 4 + 1);
    int n = EVP_EncodeBlock(text, (const unsigned char *)bytes.p, (int)bytes.n);
    return (struct span){(const char *)text, (size_t)n};
}

/** The six bits of a digit, or -1. */
static int digit_of(char c)
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

bool base64_decode(struct arena *arena, struct span text, struct span *out)
{
    *out = (struct span){"", 0};
    size_t n_digits = text.n;
    while (n_digits > 0 && text.n - n_digits < 2 && text.p[n_digits - 1] == '=') {
        n_digits--;
    }
    if (text.n % 4 != 0) {
        return false;
    }
    char *bytes = arena_alloc(arena, text.n / 4 * 3 + 1);
    size_t n = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < n_digits; i++) {
        int digit = digit_of(text.p[i]);
        if (digit < 0) {
            return false;
        }
        bits = (bits << 6 | (unsigned)digit) & 0xffffff;
        if (i % 4 != 0) {
            bytes[n++] = (char)(bits >> (6 - i % 4 * 2) & 0xff);
        }
    }
    unsigned rest = n_digits % 4 == 2 ? 15U : n_digits % 4 == 3 ? 3U : 0U;
    if (bits & rest) {
        return false; /* one text for one value */
    }
    *out = (struct span){bytes, n};
    return true;
}

/* --- signatures -------------------------------------------------------------------------------------- */

static bool texts_equal(struct span a, struct span b)
{
    return a.n == b.n && digest_equal(a.p, b.p, a.n);
}

static struct span hmac_text(struct arena *arena, struct span key, struct span first, struct span second)
{
    unsigned char mac[32];
    hmac_sha256(key, first, second, mac);
    return base64_encode(arena, (struct span){(const char *)mac, sizeof(mac)});
}

bool signature_base64_matches(struct arena *arena, struct span secret, struct span body, struct span text)
{
    return texts_equal(hmac_text(arena, secret, body, (struct span){"", 0}), text);
}

#define STANDARD_PREFIX "whsec_"
#define VERSION         "v1,"

static struct span standard_key(struct arena *arena, struct span secret)
{
    struct span prefix = span_of(STANDARD_PREFIX);
    struct span key;
    bool has_prefix = secret.n > prefix.n && memcmp(secret.p, prefix.p, prefix.n) == 0;
    if (has_prefix && base64_decode(arena, (struct span){secret.p + prefix.n, secret.n - prefix.n}, &key)) {
        return key;
    }
    return secret;
}

struct span signature_standard(struct arena *arena, struct span secret, struct span id, struct span timestamp,
                               struct span body)
{
    size_t n = id.n + timestamp.n + 2;
    char *head = arena_alloc(arena, n);
    memcpy(head, id.p, id.n);
    head[id.n] = '.';
    memcpy(head + id.n + 1, timestamp.p, timestamp.n);
    head[n - 1] = '.';
    struct span mac = hmac_text(arena, standard_key(arena, secret), (struct span){head, n}, body);
    char *text = arena_alloc(arena, strlen(VERSION) + mac.n);
    memcpy(text, VERSION, strlen(VERSION));
    memcpy(text + strlen(VERSION), mac.p, mac.n);
    return (struct span){text, strlen(VERSION) + mac.n};
}

struct span signature_sha1(struct arena *arena, struct span secret, struct span body)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char mac[20];
    char *text = arena_alloc(arena, 2 * sizeof(mac));
    hmac_sha1(secret, body, mac);
    for (size_t i = 0; i < sizeof(mac); i++) {
        text[2 * i] = digits[mac[i] >> 4];
        text[2 * i + 1] = digits[mac[i] & 15];
    }
    return (struct span){text, 2 * sizeof(mac)};
}

bool signature_standard_matches(struct arena *arena, struct span secret, struct span id,
                                struct span timestamp, struct span body, struct span signatures)
{
    struct span expected = signature_standard(arena, secret, id, timestamp, body);
    bool matches = false;
    size_t start = 0;
    for (size_t i = 0; i <= signatures.n; i++) {
        if (i == signatures.n || signatures.p[i] == ' ') {
            matches |= texts_equal(expected, (struct span){signatures.p + start, i - start});
            start = i + 1;
        }
    }
    return matches;
}

/* --- sealing ----------------------------------------------------------------------------------------- */

#define SEAL_VERSION 1
#define NONCE_BYTES  12
#define TAG_BYTES    16
#define SEAL_BYTES   (1 + NONCE_BYTES + TAG_BYTES) /* that a sealed value is longer than the value */
#define SEALED_MAX   65536

static enum status key_missing(struct error *error)
{
    return error_set(error, STATUS_SECRET_KEY_MISSING, "",
                     "LIFECYCLED_SECRET_KEY is not set: no secret can be kept");
}

/** The version and the name are part of what is sealed. */
static bool start_aead(EVP_CIPHER_CTX *context, struct span key, struct span name, const unsigned char *nonce,
                       bool is_sealing)
{
    unsigned char hash[32];
    unsigned char version = SEAL_VERSION;
    int n;
    digest_sha256(key.p, key.n, hash);
    bool is_done =
        EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, hash, nonce, is_sealing) == 1 &&
        EVP_CipherUpdate(context, NULL, &n, &version, 1) == 1 &&
        (name.n == 0 || EVP_CipherUpdate(context, NULL, &n, (const unsigned char *)name.p, (int)name.n) == 1);
    OPENSSL_cleanse(hash, sizeof(hash));
    return is_done;
}

enum status seal(struct arena *arena, struct span key, struct span name, struct span secret, struct span *out,
                 struct error *error)
{
    if (key.n == 0) {
        return key_missing(error);
    }
    assert(secret.n <= SEALED_MAX && name.n <= SEALED_MAX);
    unsigned char *sealed = arena_alloc(arena, SEAL_BYTES + secret.n);
    unsigned char *nonce = sealed + 1;
    unsigned char *text = nonce + NONCE_BYTES;
    int n = 0;
    int rest = 0;
    sealed[0] = SEAL_VERSION;
    random_bytes(nonce, NONCE_BYTES);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_done = context != NULL && start_aead(context, key, name, nonce, true) &&
                   (secret.n == 0 || EVP_CipherUpdate(context, text, &n, (const unsigned char *)secret.p,
                                                      (int)secret.n) == 1) &&
                   EVP_CipherFinal_ex(context, text + n, &rest) == 1 &&
                   EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, text + secret.n) == 1;
    EVP_CIPHER_CTX_free(context);
    assert(is_done && (size_t)(n + rest) == secret.n);
    (void)is_done;
    *out = (struct span){(const char *)sealed, SEAL_BYTES + secret.n};
    return STATUS_OK;
}

enum status seal_open(struct arena *arena, struct span key, struct span name, struct span sealed,
                      struct span *out, struct error *error)
{
    if (key.n == 0) {
        return key_missing(error);
    }
    bool is_sealed =
        sealed.n >= SEAL_BYTES && sealed.n <= SEALED_MAX + SEAL_BYTES && sealed.p[0] == SEAL_VERSION;
    if (!is_sealed) {
        return error_set(error, STATUS_INTERNAL, "", "the value is not a sealed one");
    }
    size_t size = sealed.n - SEAL_BYTES;
    const unsigned char *nonce = (const unsigned char *)sealed.p + 1;
    const unsigned char *text = nonce + NONCE_BYTES;
    unsigned char tag[TAG_BYTES];
    unsigned char *secret = arena_alloc(arena, size + 1);
    int n = 0;
    int rest = 0;
    memcpy(tag, text + size, TAG_BYTES);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_done = context != NULL && start_aead(context, key, name, nonce, false) &&
                   (size == 0 || EVP_CipherUpdate(context, secret, &n, text, (int)size) == 1) &&
                   EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1 &&
                   EVP_CipherFinal_ex(context, secret + n, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!is_done) {
        OPENSSL_cleanse(secret, size);
        return error_set(error, STATUS_INTERNAL, "",
                         "the value was sealed with another key, or for another name");
    }
    *out = (struct span){(const char *)secret, size};
    return STATUS_OK;
}
