#include "metric_shelf.h"

#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>

#define SHOPS_MOST 4096

struct answer {
    uint64_t key_hash; /* 0: free */
    char *bytes;       /* the key, then the answer */
    size_t n_key, n;
    usec_t used; /* a counter */
    struct metric_kept kept;
};

struct shop_head {
    int shop_id;
    struct metric_head head;
};

struct metric_shelf {
    pthread_mutex_t lock;
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
    shelf->bytes -= answer->n_key + answer->n;
    free(answer->bytes);
    *answer = (struct answer){0};
}

void metric_shelf_free(struct metric_shelf *shelf)
{
    if (shelf == NULL)
        return;
    for (size_t i = 0; i < METRIC_SHELF_ANSWERS; i++)
        free(shelf->answers[i].bytes);
    pthread_mutex_destroy(&shelf->lock);
    free(shelf);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static struct answer *find(struct metric_shelf *shelf, struct span key)
{
    uint64_t hash = hash64(key) | 1;
    for (size_t i = 0; i < METRIC_SHELF_ANSWERS; i++) {
        struct answer *answer = &shelf->answers[i];
        if (answer->key_hash == hash && span_equal((struct span){answer->bytes, answer->n_key}, key))
            return answer;
    }
    return NULL;
}

bool metric_shelf_take(struct metric_shelf *shelf, struct span key, struct metric_kept *kept, struct buf *out)
{
    pthread_mutex_lock(&shelf->lock);
    struct answer *answer = find(shelf, key);
    if (answer) {
        *kept = answer->kept;
        answer->used = ++shelf->uses;
        buf_append(out, answer->bytes + answer->n_key, answer->n);
    }
    pthread_mutex_unlock(&shelf->lock);
    return answer != NULL;
}

/* Called with the lock held: a free place, and room for ${n} bytes. */
static struct answer *make_room(struct metric_shelf *shelf, size_t n)
{
    for (;;) {
        struct answer *free_one = NULL, *oldest = NULL;
        for (size_t i = 0; i < METRIC_SHELF_ANSWERS; i++) {
            struct answer *answer = &shelf->answers[i];
            if (answer->key_hash == 0)
                free_one = answer;
            else if (oldest == NULL || answer->used < oldest->used)
                oldest = answer;
        }
        if (free_one && shelf->bytes + n <= METRIC_SHELF_BYTES)
            return free_one;
        drop(shelf, oldest);
    }
}

void metric_shelf_put(struct metric_shelf *shelf, struct span key, const struct metric_kept *kept, struct span answer)
{
    if (answer.n > METRIC_SHELF_ANSWER)
        return;
    char *bytes = malloc(key.n + answer.n);
    if (bytes == NULL)
        return;
    memcpy(bytes, key.p, key.n);
    memcpy(bytes + key.n, answer.p, answer.n);
    pthread_mutex_lock(&shelf->lock);
    struct answer *place = find(shelf, key);
    if (place)
        drop(shelf, place);
    place = make_room(shelf, key.n + answer.n);
    *place = (struct answer){.key_hash = hash64(key) | 1,
                             .bytes = bytes,
                             .n_key = key.n,
                             .n = answer.n,
                             .used = ++shelf->uses,
                             .kept = *kept};
    shelf->bytes += key.n + answer.n;
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
