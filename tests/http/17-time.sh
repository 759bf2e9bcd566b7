#!/usr/bin/env bash
# Time alone moves customers, at the very instant that was foretold, whether anybody reads or not, and whether or not the
# service was running then.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # USER ID TIME
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"timestamp\":\"$3\",\"properties\":{\"order_id\":\"$2\",\"revenue\":10}}"
    expect 200
}

moves_of() { # USER
    sql "SELECT count(*) FROM transition t JOIN customer c USING (customer_key)
        WHERE c.external_id = '$1' AND t.superseded_at IS NULL"
}

has_moves() { # USER NUMBER
    [ "$(moves_of "$1")" = "$2" ]
}

shop time EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z
step "the reply tells when a customer will slip"
order anna a1 2026-03-01T00:00:00Z
expect 200 '.models[0].to' first_purchase '.models[0].next.stage' churned '.models[0].next.at' 2026-08-28T00:00:00.000Z
put /v1/segments/recent '{"rule":{"<":[{"var":"days_since_last_order"},180]}}'
expect 201
put /v1/segments/gone '{"rule":{">=":[{"var":"days_since_last_seen"},180]}}'
expect 201
is_decided() {
    get /v1/segments/gone
    [ "$(value .progress)" = null ]
}
eventually 10 is_decided
get '/v1/customers?due_within=P180D'
expect 200 '.data[0].id' anna '.data[0].next.at' 2026-08-28T00:00:00.000Z
stop

step "nothing happens a moment before"
serve LIFECYCLED_CLOCK=2026-08-27T23:59:55Z
has_moves anna 1 || fail "it has happened before its time"

step "and at that instant it does, though nobody reads"
eventually 15 has_moves anna 2
[ "$(sql "SELECT recorded_at - at < interval '3 seconds' FROM transition ORDER BY seq DESC LIMIT 1")" = t ] ||
    fail "it was noticed late: $(sql 'SELECT at, recorded_at FROM transition')"
get /v1/customers/anna/transitions
expect 200 '.data[0].from' first_purchase '.data[0].to' churned '.data[0].at' 2026-08-28T00:00:00.000Z '.data[0].cause' time
get /v1/customers/anna
expect 200 '.stages[0].stage' churned '.stages[0].role' lost '.stages[0].since' 2026-08-28T00:00:00.000Z '.stages[0].next' null \
    '.segments | join(" ")' gone
get /v1/segments/recent
expect 200 .count 0
get /v1/segments/gone/customers
expect 200 '.data[0].entered_at' 2026-08-28T00:00:00.000Z
stop

step "a service that was away for a year catches up, and nothing is dated by its return"
serve LIFECYCLED_CLOCK=2026-09-01T00:00:00Z
order bob b1 2026-09-01T00:00:00Z
order carl c1 2026-09-01T00:00:00Z
stop
serve LIFECYCLED_CLOCK=2027-09-01T00:00:00Z
eventually 15 has_moves bob 2
eventually 15 has_moves carl 2
get /v1/customers/bob/transitions
expect 200 '.data[0].to' churned '.data[0].at' 2027-02-28T00:00:00.000Z '.data[0].recorded_at[:10]' 2027-09-01
is_level() {
    get '/v1/metrics/stages?from=2027-02-27&to=2027-03-01'
    [ "$(value .lag_seconds)" = 0 ]
}
eventually 10 is_level
expect 200 '[.data[] | select(.stage == "churned") | "\(.day) \(.customers)"] | join(", ")' '2027-02-27 1, 2027-02-28 3'
get /v1/segments/gone
expect 200 .count 3

step "who buys again is won back, and that is counted as a move between roles"
order bob b2 2027-08-31T22:30:00Z
expect 200 '.models[0].from' churned '.models[0].to' repeat_purchase '.segments.left[0]' gone '.segments.entered[0]' recent
get '/v1/metrics/transitions?from=2027-09-01&to=2027-09-02'
expect 200 '[.data[] | "\(.from_role)>\(.to_role) \(.customers)"] | join(", ")' 'lost>active 1'

step "somebody who is asked about before the service has caught up is told right all the same"
stop
serve LIFECYCLED_CLOCK=2030-01-01T00:00:00Z
get /v1/customers/bob
expect 200 '.stages[0].stage' churned '.stages[0].since' 2028-02-27T22:30:00.000Z .facts.days_since_last_order 853
eventually 15 has_moves bob 4

finish
