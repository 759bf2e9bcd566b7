#!/usr/bin/env bash
# Who a customer is, was and will be; what happened to them; and the lists in which they stand.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # USER ID TIME REVENUE
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"order-$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":$4,\"currency\":\"EUR\"}}"
    expect 200 .success true
}

# everyone PATH: the ids of all pages, in order; each page must hold at most two
everyone() {
    local path=$1 next='' ids=''
    for _ in $(seq 20); do
        get "$path&limit=2${next:+&cursor=$next}"
        expect 200 '.data | length <= 2' true
        ids="$ids$(value '.data[].id')"$'\n'
        next=$(value '.next_cursor // ""')
        [ "$(value .has_more)" = "$([ -n "$next" ] && echo true || echo false)" ] || fail "has_more and next_cursor disagree"
        [ -n "$next" ] || break
        expect_header Link "cursor=$next>; rel=\"next\""
    done
    tr -s '\n' ' ' <<< "$ids" | sed 's/^ //; s/ $//'
}

shop reads EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T12:00:00Z
order anna a1 2026-03-01T10:00:00Z 100.50
order anna a2 2026-04-01T10:00:00Z 50
order anna a3 2026-05-01T10:00:00Z 20.25
order bob b1 2025-12-10T10:00:00Z 10
order carl c1 2026-05-20T10:00:00Z 50
send identify '{"userId":"anna","traits":{"vip":true,"points":12345678901234567890.5,"name":"An\"na"}}'
track '{"userId":"anna","event":"Quiz Taken"}'
track '{"anonymousId":"visitor","event":"Product Viewed"}'
track '{"anonymousId":"bob","event":"Product Viewed"}'

step "all that is known of a customer is told, money as decimal strings and traits as they were sent"
get /v1/customers/anna
expect 200 .id anna .facts.orders_count 3 .facts.revenue 170.75 .facts.order_value_avg 56.92 \
    .facts.first_order_at 2026-03-01T10:00:00.000Z .facts.orders_count_90d 2 .facts.revenue_90d 70.25 \
    .facts.days_since_last_order 31 .facts.nps_last null '.facts."events.quiz taken.count"' 1 \
    '.facts."events.order completed.count"' 3 .traits.vip true .traits.name 'An"na' \
    '.stages | length' 1 '.stages[0].model' purchase '.stages[0].stage' repeat_purchase '.stages[0].role' active \
    '.stages[0].name.en' 'Repeat purchase' '.stages[0].since' 2026-04-01T10:00:00.000Z \
    '.stages[0].next.stage' churned '.stages[0].next.at' 2026-10-28T10:00:00.000Z .segments '[]'
grep -q '"points":12345678901234567890.5' <<< "$reply" || fail "a number lost digits"

step "an id is a user's first and an anonymous customer's after that; nobody else's is 404"
get /v1/customers/visitor
expect 200 .id visitor '.stages[0].stage' prospect '.stages[0].next' null
get /v1/customers/bob
expect 200 .facts.orders_count 1
get /v1/customers/nobody
refused 404 not_found

step "the same answer has the same ETag, whatever the clock says, and another after an event"
get /v1/customers/anna
etag=$(header ETag)
get /v1/customers/anna -H "If-None-Match: $etag"
expect 304
track '{"userId":"anna","event":"Quiz Taken","messageId":"again"}'
get /v1/customers/anna -H "If-None-Match: $etag"
expect 200 '.facts."events.quiz taken.count"' 2

step "a customer is told as they were at an instant"
get '/v1/customers/anna?as_of=2026-03-15T00:00:00Z'
expect 200 .facts.orders_count 1 .facts.revenue 100.50 '.stages[0].stage' first_purchase .traits '{}' \
    '.stages[0].next.at' 2026-08-28T10:00:00.000Z .as_of 2026-03-15T00:00:00.000Z
get '/v1/customers/anna?as_of=2026-02-28'
refused 404 not_found
get '/v1/customers/anna?as_of=yesterday'
refused 400 invalid_parameter

step "and as they will be if nothing happens"
get '/v1/customers/anna?as_of=2027-01-01T00:00:00Z'
expect 200 '.stages[0].stage' churned '.stages[0].since' 2026-10-28T10:00:00.000Z .facts.orders_count_90d 0 \
    .facts.revenue_365d 170.75

step "what happened comes newest first, a page at a time"
get '/v1/customers/anna/events?limit=3'
expect 200 '.data | length' 3 '.data[0].event' 'Quiz Taken' '.data[0].messageId' again .has_more true
next=$(value .next_cursor)
get "/v1/customers/anna/events?limit=3&cursor=$next"
expect 200 '.data | length' 3 '.data[0].properties.order_id' a3 '.data[2].properties.revenue' 100.5 \
    '.data[0].type' track '.data[0].received_at | startswith("2026-06-01T12:0")' true .has_more false .next_cursor null
get "/v1/customers/bob/events?cursor=$next"
refused 400 invalid_cursor
get /v1/customers/nobody/events
refused 404 not_found

step "orders are told net of their refunds"
track '{"userId":"anna","event":"Order Refunded","properties":{"order_id":"a2","revenue":20,"refund_id":"r1"}}'
track '{"userId":"anna","event":"Order Cancelled","properties":{"order_id":"a3"}}'
get '/v1/customers/anna/orders?limit=2'
expect 200 .currency EUR '.data[0].order_id' a3 '.data[0].is_counted' false '.data[0].net' 0.00 \
    '.data[1].order_id' a2 '.data[1].value' 50.00 '.data[1].refunded' 20.00 '.data[1].net' 30.00 \
    '.data[1].refunds_count' 1 .has_more true
get "/v1/customers/anna/orders?limit=2&cursor=$(value .next_cursor)"
expect 200 '.data | length' 1 '.data[0].order_id' a1 '.data[0].cancelled_at' null .has_more false

step "a late event supersedes moves; those are told when they are asked for"
get /v1/customers/carl/transitions
expect 200 '.data | length' 1 '.data[0].from' null '.data[0].to' first_purchase '.data[0].at' 2026-05-20T10:00:00.000Z \
    '.data[0].cause' event '.data[0].version' 1 '.data[0].superseded_at' null
order carl c0 2026-05-01T10:00:00Z 50
get /v1/customers/carl/transitions
expect 200 '[.data[] | .to] | join(" ")' 'repeat_purchase first_purchase' '.data[1].at' 2026-05-01T10:00:00.000Z
get '/v1/customers/carl/transitions?superseded=true'
expect 200 '[.data[] | select(.superseded_at != null)] | length' 1 '.data | length' 3

step "every customer is on one page of a list, in the order that is asked for, those without a value last"
everyone '/v1/customers?sort=id' > "$work/ids"
[ "$(cat "$work/ids")" = "anna bob bob carl visitor" ] || fail "by id: $(cat "$work/ids")"
[ "$(everyone '/v1/customers?sort=-id')" = "visitor carl bob bob anna" ] || fail "by id downwards"
[ "$(everyone '/v1/customers?sort=-revenue&role=new')" = "bob" ] || fail "by revenue, of a role"
ids=$(everyone '/v1/customers?sort=-last_order_at')
[ "${ids% * *}" = "carl anna bob" ] || fail "by last order downwards: $ids"
ids=$(everyone '/v1/customers?sort=revenue')
[ "${ids#* * }" = "bob carl anna" ] || [ "${ids#* * }" = "bob anna carl" ] || fail "by revenue: $ids"

step "a list holds those of a stage, a role, a rule"
get '/v1/customers?model=purchase&stage=prospect'
expect 200 '[.data[].id] | sort | join(" ")' 'bob visitor' '.data[0].stages[0].stage' prospect
get '/v1/customers?role=active&sort=id'
expect 200 '[.data[].id] | join(" ")' 'anna carl'
get '/v1/customers' -G --data-urlencode 'rule={"and":[{"==":[{"var":"traits.vip"},true]},{">":[{"var":"revenue"},"130.49"]}]}'
expect 200 '[.data[].id] | join(" ")' anna '.data[0].facts.revenue' 130.50
get '/v1/customers' -G --data-urlencode 'rule={">":[{"var":"orders"},1]}'
refused 422 invalid_rule
get '/v1/customers?rule=zzz'
refused 400 invalid_parameter
[[ $(value .detail) == "rule: the rule is not valid JSON: "* ]] || fail "$reply"

step "those whom time will move are told with their next move, soonest first"
get '/v1/customers?due_within=P30D'
expect 200 '[.data[].id] | join(" ")' bob '.data[0].next.stage' churned '.data[0].next.at' 2026-06-08T10:00:00.000Z
[ "$(everyone '/v1/customers?due_within=P400D')" = "bob anna carl" ] || fail "in the order of their moves"
get '/v1/customers?due_within=P5D'
expect 200 '.data | length' 0
get '/v1/customers?due_within=1%20week'
refused 400 invalid_parameter

step "a cursor belongs to its list, and other texts are none"
get '/v1/customers?sort=id&limit=1'
next=$(value .next_cursor)
get "/v1/customers?sort=-id&cursor=$next"
refused 400 invalid_cursor
get '/v1/customers?cursor=%27%3B--'
refused 400 invalid_cursor
get '/v1/customers?limit=1001'
refused 400 invalid_parameter
get '/v1/customers?stage=prospect'
refused 400 invalid_parameter
get '/v1/customers?sort=silence_ratio'
refused 400 invalid_parameter

step "a write key may not read"
request GET /v1/customers/anna -u "$write_key:"
refused 403 forbidden

finish
