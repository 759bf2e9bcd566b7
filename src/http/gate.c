#include "gate.h"

#include "base/clock.h"

/** One request always fits, whatever it costs. */
static bool has_room(const struct gate *gate, size_t cost)
{
    return gate->used == 0 || (gate->used < gate->limit && cost <= gate->limit - gate->used);
}

static void hold(struct gate *gate, struct exchange *exchange, size_t cost)
{
    exchange->held[gate->name] = cost;
    gate->used += cost;
}

bool gate_enter(struct gate *gate, struct exchange *exchange, size_t cost,
                void (*resume)(struct exchange *exchange))
{
    if (gate->first == NULL && has_room(gate, cost)) {
        hold(gate, exchange, cost);
        return true;
    }
    exchange->held[gate->name] = cost;
    exchange->waits_since = clock_monotonic();
    exchange->next = NULL;
    if (gate->first == NULL) {
        gate->first = exchange;
    } else {
        gate->last->next = exchange;
    }
    gate->last = exchange;
    exchange_wait(exchange, resume);
    return false;
}

static void let_in(struct gate *gate)
{
    while (gate->first != NULL && has_room(gate, gate->first->held[gate->name])) {
        struct exchange *next = gate->first;
        gate->first = next->next;
        hold(gate, next, next->held[gate->name]);
        exchange_wake(next);
    }
}

void gate_leave(struct gate *gate, struct exchange *exchange)
{
    gate->used -= exchange->held[gate->name];
    exchange->held[gate->name] = 0;
    let_in(gate);
}

usec_t gate_waits_since(const struct gate *gate)
{
    return gate->first ? gate->first->waits_since : NONE;
}

void gate_expire(struct gate *gate, usec_t before)
{
    while (gate->first != NULL && gate->first->waits_since <= before) {
        struct exchange *exchange = gate->first;
        gate->first = exchange->next;
        exchange->held[gate->name] = 0;
        (void)error_set(&exchange->error, STATUS_QUEUE_FULL, "", "the service has no room for a large body");
        exchange_wake(exchange);
    }
    let_in(gate);
}
