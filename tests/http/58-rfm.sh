#!/usr/bin/env bash
# Customers by recency, frequency and monetary value: a ledger of fifteen events, counted by hand.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop rfm EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-31T12:00:00Z

order() { # USER ID TIME EUROS
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"order-$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":$4,\"currency\":\"EUR\"}}"
    expect 200 .success true
}

choose() { # PATCH of the settings
    request PATCH /v1/settings -u "$admin_key:" -H 'Content-Type: application/merge-patch+json' -H 'If-Match: *' --data-binary "$1"
    expect 200
}

grid() { # the cells where somebody is: "RF customers revenue"
    value '[.grid[] | select(.customers > 0) | "\(.r)\(.f) \(.customers) \(.revenue)"] | join(", ")'
}

segments() {
    value '[.segments[] | select(.customers > 0) | "\(.segment) \(.customers) \(.revenue)"] | join(", ")'
}

moves() {
    value '[.movement.data[] | "\(.from)>\(.to) \(.customers)"] | join(", ")'
}

is() { # WHAT EXPECTED
    [ "$("$1")" = "$2" ] || fail "$1: $("$1")"
}

has_fixed_bounds() {
    get /v1/metrics/rfm
    [ "$(value .bounds.mode)" = fixed ]
}

choose '{"scores":{"rfm_every_days":0}}'

step "nobody has ordered: nothing to count"
get /v1/metrics/rfm
expect 200 .currency EUR .customers 0 .revenue 0.00 .bounds null .grid '[]' .segments '[]' .movement null

step "without bounds there are customers, but no scores, and it is said why"
order anna a1 2026-01-10T10:00:00Z 30
order anna a2 2026-02-20T10:00:00Z 30
order anna a3 2026-03-10T10:00:00Z 30
order anna a4 2026-03-20T10:00:00Z 30
order anna a5 2026-03-30T10:00:00Z 30
order bob b1 2026-03-29T22:30:00Z 15 # half past midnight on March 30 in Berlin
order carl c1 2026-01-05T10:00:00Z 40
order carl c2 2026-01-20T10:00:00Z 20
order dora d1 2026-03-01T22:30:00Z 10 # before midnight in Berlin
order emil e1 2026-03-15T10:00:00Z 500
track '{"userId":"emil","event":"Order Cancelled","timestamp":"2026-03-16T10:00:00Z","properties":{"order_id":"e1"}}'
track '{"userId":"carl","event":"Order Refunded","timestamp":"2026-03-25T10:00:00Z","properties":{"order_id":"c2","total":5,"refund_id":"r1"}}'
track '{"userId":"fay","event":"Product Viewed","timestamp":"2026-03-30T10:00:00Z"}'
get '/v1/metrics/rfm?from=2026-03-01&to=2026-03-31'
expect 200 .customers 4 .revenue 230.00 .bounds null .grid '[]' .segments '[]' .movement null
value .note.en | grep -q scores.rfm_bounds || fail "the note does not say what is missing"
get '/v1/metrics/rfm?format=csv'
expect_header X-Note scores.rfm_bounds

step "with bounds of the owner each has three scores: 1, and one more for each bound that is passed"
choose '{"scores":{"rfm_bounds":{"recency":[60,30,10,5],"frequency":[1,2,3,4],"monetary":["10.00","20.00","50.00","100.00"]}}}'
eventually 20 has_fixed_bounds
# anna 1 day, 5 orders, 150.00: 555. bob 1, 1, 15.00: 512. carl 70, 2, 55.00: 124. dora 30, 1, 10.00: 211.
expect 200 .customers 4 .revenue 230.00 '.grid | length' 25 '.segments | length' 11 .note null .movement null \
    .bounds.version 1 .bounds.monetary[0] 10.00 .bounds.recency '[60,30,10,5]' .bounds.customers null .bounds.as_of null \
    '.segments[0].name.zh' 冠军客户 '.grid[0].r' 5 '.grid[24].f' 1
is grid '55 1 150.00, 51 1 15.00, 21 1 10.00, 12 1 55.00'
is segments 'champions 1 150.00, new_customers 1 15.00, at_risk 1 55.00, hibernating 1 10.00'
etag=$(header ETag)
get /v1/metrics/rfm -H "If-None-Match: $etag"
expect 304

step "as rows, of scores or of segments, also in a table"
get /v1/metrics/rfm
expect 200 .metric rfm '[.data[] | select(.customers > 0) | "\(.r)\(.f) \(.customers) \(.revenue)"] | join(", ")' "$(grid)"
get '/v1/metrics/rfm?group_by=segment'
expect 200 '[.data[] | select(.customers > 0) | "\(.segment) \(.customers) \(.revenue)"] | join(", ")' "$(segments)" '.data | length' 11
get '/v1/metrics/rfm?format=csv'
expect 200
[ "$(head -n 2 <<< "$reply" | tr -d '\r' | paste -sd ' ')" = "r,f,customers,revenue 5,5,1,150.00" ] || fail "the first lines of the table"
get '/v1/metrics/rfm?group_by=channel'
refused 422 cannot_combine

step "what is counted is what the customers' own facts say"
for pair in anna:555 bob:512 carl:124 dora:211; do
    get "/v1/customers/${pair%:*}"
    expect 200 .facts.rfm_code "${pair#*:}"
done
get /v1/customers/fay
expect 200 .facts.rfm_code null

step "at the beginning of a date of the shop: by the same bounds, and the orders as they are known now"
# anna 9 days, 2 orders, 60.00: 424. carl 40, 2, 55.00: 224, though the refund came later.
get '/v1/metrics/rfm?at=2026-03-01'
expect 200 .as_of 2026-02-28T23:00:00.000Z .customers 2 .revenue 115.00
is grid '42 1 60.00, 22 1 55.00'
is segments 'promising 1 60.00, at_risk 1 55.00'
get '/v1/metrics/rfm?at=2026-01-05T09:59:59Z'
expect 200 .customers 0 '.grid | length' 25
get '/v1/metrics/rfm?at=2026-01-05T10:00:00Z'
expect 200 .customers 1 .revenue 40.00

step "movement: from the end of February to the end of a day in March"
get '/v1/metrics/rfm?from=2026-03-01&to=2026-03-31'
is moves 'promising>champions 1, at_risk>at_risk 1, null>new_customers 1, null>hibernating 1'
expect 200 .customers 4 .movement.from 2026-02-28T23:00:00.000Z .movement.to 2026-03-30T22:00:00.000Z
# When March 29 ended bob had not ordered yet; anna: 10 days, 4 orders, 120.00: 345; dora: 29 days: 311.
get '/v1/metrics/rfm?from=2026-03-01&to=2026-03-30'
is moves 'promising>loyal 1, at_risk>at_risk 1, null>new_customers 1'
get '/v1/metrics/rfm?from=2026-03-30&at=2026-03-01'
is moves 'loyal>champions 1, new_customers>hibernating 1, at_risk>at_risk 1, null>new_customers 1'
expect 200 .customers 2
etag=$(header ETag)
get '/v1/metrics/rfm?from=2026-03-30&at=2026-03-01' -H "If-None-Match: $etag"
expect 304
get '/v1/metrics/rfm?from=2026-03-31&to=2026-06-01' # nobody moves in what has not come
is moves 'champions>champions 1, new_customers>new_customers 1, at_risk>at_risk 1, hibernating>hibernating 1'
get '/v1/metrics/rfm?from=2026-05-01&to=2026-06-01'
refused 422 cannot_answer

step "an order that comes late is counted at its date"
order fay f1 2026-02-10T10:00:00Z 60
order dora d0 2026-02-28T22:59:59.999Z 10 # February 28 ends in Berlin
get '/v1/metrics/rfm?at=2026-03-01'
expect 200 .customers 4 .revenue 185.00

step "what is no instant that has come is refused"
for query in at=spring at=2026-04-01 at=2026-03-31T23:00:00Z to=2026-03-01 from=2026-03-02\&to=2026-03-01 from=x model=purchase; do
    get "/v1/metrics/rfm?$query"
    refused 400 invalid_parameter
done

finish
