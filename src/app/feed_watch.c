#include "dispatcher.h"

#include <stdlib.h>
#include <unistd.h>

struct watch *watch_of(struct dispatcher *dispatcher, const struct shop *shop)
{
    struct watch *watch = dispatcher->watches;
    while (watch && watch->shop != shop)
        watch = watch->next;
    if (watch)
        return watch;
    watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        abort();
    watch->dispatcher = dispatcher;
    watch->shop = shop;
    watch->next = dispatcher->watches;
    dispatcher->watches = watch;
    return watch;
}

static void on_grown(struct feed_waiter *waiter)
{
    struct watch *watch = waiter->context;
    atomic_store(&watch->has_grown, true);
    courier_poke(watch->dispatcher->courier);
    atomic_store(&watch->is_awake, true);
}

void watch_feeds(struct dispatcher *d)
{
    for (struct watch *watch = d->watches; watch; watch = watch->next) {
        bool has_grown = atomic_exchange(&watch->has_grown, false), is_read = false, is_behind = false;
        for (struct outlet *outlet = d->outlets; outlet; outlet = outlet->next) {
            if (outlet->shop != watch->shop)
                continue;
            outlet->is_behind |= has_grown;
            is_read = true;
            is_behind |= outlet->is_behind;
        }
        if (watch->is_waiting && atomic_load(&watch->is_awake))
            watch->is_waiting = false;
        if (watch->is_waiting || is_behind || !is_read)
            continue;
        watch->is_waiting = true;
        atomic_store(&watch->is_awake, false);
        watch->waiter = (struct feed_waiter){
            .shop = watch->shop, .after = watch->head, .wake = on_grown, .context = watch};
        feed_wait(d->service, &watch->waiter);
    }
}

void free_watches(struct dispatcher *d)
{
    while (d->watches) {
        struct watch *watch = d->watches;
        if (watch->is_waiting && !feed_forget(d->service, &watch->waiter))
            while (!atomic_load(&watch->is_awake))
                usleep(100);
        d->watches = watch->next;
        free(watch);
    }
}
