#include "poll.h"

#include "app/feed.h"
#include "base/clock.h"
#include "loop.h"

struct poll {
    struct exchange *exchange;
    struct feed_waiter waiter;
    void (*again)(struct exchange *exchange);
    usec_t until; /* monotonic */
    struct poll *next, *previous;
};

static void unlink_poll(struct server *server, struct poll *poll)
{
    if (poll->previous != NULL) {
        poll->previous->next = poll->next;
    } else {
        server->polls = poll->next;
    }
    if (poll->next != NULL) {
        poll->next->previous = poll->previous;
    }
}

static void grown(struct feed_waiter *waiter)
{
    exchange_wake(waiter->context);
}

/** On the loop: the feed has grown, or the time is over. */
static void go_on(struct exchange *exchange)
{
    struct poll *poll = exchange->poll;
    exchange->poll = NULL;
    unlink_poll(exchange->server, poll);
    poll->again(exchange);
}

void poll_begin(struct exchange *exchange, void (*again)(struct exchange *exchange))
{
    struct server *server = exchange->server;
    struct reply *reply = &exchange->call.reply;
    struct request *request = &exchange->call.request;
    struct poll *poll = ARENA_NEW(request->arena, struct poll);
    *poll = (struct poll){.exchange = exchange,
                          .waiter = {.shop = request->access.shop,
                                     .after = reply->wait_after,
                                     .wake = grown,
                                     .context = exchange},
                          .again = again,
                          .until = reply->wait_until,
                          .next = server->polls};
    if (server->polls != NULL) {
        server->polls->previous = poll;
    }
    server->polls = poll;
    request->has_waited = true;
    request->seen = reply->wait_after;
    reply->wait_until = 0;
    buf_reset(&reply->body);
    exchange->poll = poll;
    exchange_wait(exchange, go_on);
    feed_wait(server->service, &poll->waiter);
}

usec_t polls_check(struct server *server, usec_t now)
{
    usec_t earliest = NONE;
    for (struct poll *poll = server->polls, *next; poll != NULL; poll = next) {
        next = poll->next;
        if (poll->until > now && !server->is_draining) {
            earliest = earliest == NONE || poll->until < earliest ? poll->until : earliest;
        } else if (feed_forget(server->service, &poll->waiter)) {
            poll->exchange->call.request.must_answer = true;
            exchange_wake(poll->exchange);
        }
    }
    return earliest;
}
