#include "gate.h"

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

void gate_leave(struct gate *gate, struct exchange *exchange)
{
    gate->used -= exchange->held[gate->name];
    exchange->held[gate->name] = 0;
    while (gate->first != NULL && has_room(gate, gate->first->held[gate->name])) {
        struct exchange *next = gate->first;
        gate->first = next->next;
        hold(gate, next, next->held[gate->name]);
        exchange_wake(next);
    }
}
