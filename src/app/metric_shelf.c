#include "metric_shelf.h"

#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHOPS_MOST 4096
/* Whoever makes an answer for longer than this is not waited for. */
#define CLAIM_LONGEST (30 * USEC_PER_SEC)

struct answer {
    char *key;
    size_t n_key;
    struct shared *bytes; /* NULL: the place is free */
    usec_t used;          /* a counter */
    usec_t claimed_at;    /* monotonic; 0: nobody makes it anew */
    struct metric_kept kept;
};

struct shop_head {
    int shop_id;
    struct metric_head head;
};

struct metric_shelf {
    pthread_mutex_t lock;
    uint64_t hashes[METRIC_SHELF_ANSWERS]; /* of the keys of ${answers}; 0: free */
    struct answer answers[METRIC_SHELF_ANSWERS];
    size_t bytes;
    usec_t uses;
    struct shop_head heads[SHOPS_MOST]; /* by shop_id % SHOPS_MOST: a shop that shares a place is looked at anew */
};

struct metric_shelf *metric_shelf_new(void)
{
    struct metric_shelf *shelf = calloc(1, sizeof(*shelf));
    if (shelf == NULL)
        abort();
    pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

static void drop(struct metric_shelf *shelf, struct answer *answer)
{
    shelf->bytes -= answer->n_key + answer->bytes->n;
    shelf->hashes[answer - shelf->answers] = 0;
    shared_release(answer->bytes);
    free(answer->key);
    *answer = (struct answer){0};
}

void metric_shelf_free(struct metric_shelf *shelf)
{
    if (shelf == NULL)
        return;
    for (size_t i = 0; i < METRIC_SHELF_ANSWERS; i++)
        if (shelf->answers[i].bytes)
            drop(shelf, &shelf->answers[i]);
    pthread_mutex_destroy(&shelf->lock);
    free(shelf);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static struct answer *find(struct metric_shelf *shelf, struct span key)
{
    uint64_t hash = hash64(key) | 1;
    for (size_t i = 0; i < METRIC_SHELF_ANSWERS; i++) {
        struct answer *answer = &shelf->answers[i];
        if (shelf->hashes[i] == hash && span_equal((struct span){answer->key, answer->n_key}, key))
            return answer;
    }
    return NULL;
}

struct shared *metric_shelf_take(struct metric_shelf *shelf, struct span key, struct metric_kept *kept)
{
    struct shared *bytes = NULL;
    pthread_mutex_lock(&shelf->lock);
    struct answer *answer = find(shelf, key);
    if (answer) {
        *kept = answer->kept;
        answer->used = ++shelf->uses;
        bytes = shared_hold(answer->bytes);
    }
    pthread_mutex_unlock(&shelf->lock);
    return bytes;
}

/* Called with the lock held: a free place, and room for ${n} bytes. */
static struct answer *make_room(struct metric_shelf *shelf, size_t n)
{
    for (;;) {
        struct answer *free_one = NULL, *oldest = NULL;
        for (size_t i = 0; i < METRIC_SHELF_ANSWERS; i++) {
            struct answer *answer = &shelf->answers[i];
            if (answer->bytes == NULL)
                free_one = answer;
            else if (oldest == NULL || answer->used < oldest->used)
                oldest = answer;
        }
        if (free_one && shelf->bytes + n <= METRIC_SHELF_BYTES)
            return free_one;
        drop(shelf, oldest);
    }
}

void metric_shelf_put(struct metric_shelf *shelf, struct span key, const struct metric_kept *kept, struct shared *answer)
{
    pthread_mutex_lock(&shelf->lock);
    struct answer *place = find(shelf, key);
    if (place)
        drop(shelf, place);
    char *copy = answer->n > METRIC_SHELF_ANSWER ? NULL : malloc(key.n);
    if (copy) {
        memcpy(copy, key.p, key.n);
        place = make_room(shelf, key.n + answer->n);
        *place = (struct answer){
            .key = copy, .n_key = key.n, .bytes = shared_hold(answer), .used = ++shelf->uses, .kept = *kept};
        shelf->hashes[place - shelf->answers] = hash64(key) | 1;
        shelf->bytes += key.n + answer->n;
    }
    pthread_mutex_unlock(&shelf->lock);
}

bool metric_shelf_claim(struct metric_shelf *shelf, struct span key, usec_t now)
{
    pthread_mutex_lock(&shelf->lock);
    struct answer *answer = find(shelf, key);
    bool is_free = answer == NULL || answer->claimed_at == 0 || now - answer->claimed_at > CLAIM_LONGEST;
    if (answer && is_free)
        answer->claimed_at = now;
    pthread_mutex_unlock(&shelf->lock);
    return is_free;
}

void metric_shelf_disclaim(struct metric_shelf *shelf, struct span key)
{
    pthread_mutex_lock(&shelf->lock);
    struct answer *answer = find(shelf, key);
    if (answer)
        answer->claimed_at = 0;
    pthread_mutex_unlock(&shelf->lock);
}

/* --- heads -------------------------------------------------------------------------------------------------------- */

static struct shop_head *place_of(struct metric_shelf *shelf, int shop_id)
{
    return &shelf->heads[(unsigned)shop_id % SHOPS_MOST];
}

bool metric_shelf_head(struct metric_shelf *shelf, int shop_id, usec_t since, struct metric_head *out)
{
    pthread_mutex_lock(&shelf->lock);
    const struct shop_head *place = place_of(shelf, shop_id);
    bool is_known = place->shop_id == shop_id && place->head.looked_at >= since;
    if (is_known)
        *out = place->head;
    pthread_mutex_unlock(&shelf->lock);
    return is_known;
}

void metric_shelf_looked(struct metric_shelf *shelf, int shop_id, const struct metric_head *head)
{
    pthread_mutex_lock(&shelf->lock);
    struct shop_head *place = place_of(shelf, shop_id);
    if (place->shop_id != shop_id || place->head.looked_at < head->looked_at)
        *place = (struct shop_head){.shop_id = shop_id, .head = *head};
    pthread_mutex_unlock(&shelf->lock);
}
