#include "limiter.h"

#include <stdlib.h>

#define SLOTS_LEAST 64

struct window {
    struct uuid key;
    usec_t ends_at; /* NONE: the slot is free */
    int used;
};

struct limiter {
    struct window *slots; /* open addressing; a power of two of them, at most half of them taken */
    size_t n_slots;
    size_t n_taken;
};

static struct window *slots_new(size_t n)
{
    struct window *slots = calloc(n, sizeof(*slots));
    if (slots == NULL) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        slots[i].ends_at = NONE;
    }
    return slots;
}

struct limiter *limiter_new(void)
{
    struct limiter *limiter = calloc(1, sizeof(*limiter));
    if (limiter == NULL) {
        abort();
    }
    limiter->n_slots = SLOTS_LEAST;
    limiter->slots = slots_new(limiter->n_slots);
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    if (limiter != NULL) {
        free(limiter->slots);
        free(limiter);
    }
}

/** The slot of ${key}, or the free one where it belongs. Keys are random: their bytes are their hash. */
static struct window *find(struct window *slots, size_t n_slots, const struct uuid *key)
{
    size_t place;
    memcpy(&place, key->b, sizeof(place));
    for (;; place++) {
        struct window *slot = &slots[place & (n_slots - 1)];
        if (slot->ends_at == NONE || uuid_compare(&slot->key, key) == 0) {
            return slot;
        }
    }
}

/** Forget the windows that have ended, and make room if that is not enough. */
static void make_room(struct limiter *limiter, usec_t now)
{
    size_t n_live = 0;
    for (size_t i = 0; i < limiter->n_slots; i++) {
        n_live += limiter->slots[i].ends_at != NONE && limiter->slots[i].ends_at > now;
    }
    size_t n_slots = SLOTS_LEAST;
    while (n_slots < 4 * (n_live + 1)) {
        n_slots *= 2;
    }
    struct window *slots = slots_new(n_slots);
    for (size_t i = 0; i < limiter->n_slots; i++) {
        const struct window *window = &limiter->slots[i];
        if (window->ends_at != NONE && window->ends_at > now) {
            *find(slots, n_slots, &window->key) = *window;
        }
    }
    free(limiter->slots);
    *limiter = (struct limiter){.slots = slots, .n_slots = n_slots, .n_taken = n_live};
}

bool limiter_take(struct limiter *limiter, const struct uuid *key, const struct quota *quota, usec_t now,
                  struct allowance *out)
{
    usec_t length = quota->window_s * USEC_PER_SEC;
    struct window *window = find(limiter->slots, limiter->n_slots, key);
    if (window->ends_at == NONE && 2 * (limiter->n_taken + 1) > limiter->n_slots) {
        make_room(limiter, now);
        window = find(limiter->slots, limiter->n_slots, key);
    }
    limiter->n_taken += window->ends_at == NONE;
    /* A window that ends later than a new one would is of a quota that was in force before. */
    if (window->ends_at == NONE || window->ends_at <= now || window->ends_at > now + length) {
        *window = (struct window){.key = *key, .ends_at = now + length};
    }
    bool has_room = window->used < quota->requests;
    window->used += has_room;
    out->remaining = quota->requests - window->used > 0 ? quota->requests - window->used : 0;
    out->reset_s = (int)((window->ends_at - now + USEC_PER_SEC - 1) / USEC_PER_SEC);
    return has_room;
}
