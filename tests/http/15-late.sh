#!/usr/bin/env bash
# What comes late is put where it belongs: the answer is as if it had come in time, and what it proves wrong is told.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop late EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T12:00:00Z

order() { # USER ID TIME [REVENUE]
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":${4:-10}}}"
    expect 200
}

about() { # USER EVENT ID TIME PROPERTIES: something that is told of an order
    track "{\"userId\":\"$1\",\"event\":\"$2\",\"messageId\":\"$3\",\"timestamp\":\"$4\",\"properties\":{$5}}"
    expect 200
}

step "an order of last year that arrives today moves nobody who has bought since, but the past"
order anna a2 2026-05-01T10:00:00Z
expect 200 '.models[0].from' null '.models[0].to' first_purchase '.models[0].since' 2026-05-01T10:00:00.000Z
order anna a1 2025-06-01T10:00:00Z
expect 200 '.models[0].from' first_purchase '.models[0].to' repeat_purchase '.models[0].changed' true \
    '.models[0].since' 2026-05-01T10:00:00.000Z '.models[0].next.at' 2026-10-28T10:00:00.000Z
get /v1/customers/anna/transitions
expect 200 '[.data[] | "\(.from)>\(.to) \(.at[:10]) \(.cause)"] | join(", ")' \
    'churned>repeat_purchase 2026-05-01 event, first_purchase>churned 2025-11-28 time, null>first_purchase 2025-06-01 event'
get '/v1/customers/anna/transitions?superseded=true'
expect 200 '.data | length' 4 '[.data[] | select(.superseded_at) | "\(.from)>\(.to) \(.at[:10])"] | join(", ")' \
    'null>first_purchase 2026-05-01'

step "what was known when can still be told"
get '/v1/customers/anna?as_of=2025-12-24'
expect 200 '.stages[0].stage' churned .facts.orders_count 1
get '/v1/metrics/stages?from=2025-12-24&to=2025-12-25'
expect 200 '[.data[] | select(.customers > 0) | "\(.day) \(.stage) \(.customers)"] | join(", ")' '2025-12-24 churned 1'

step "an order that arrives after the customer was told lost brings them back, at its own time"
order bob b1 2025-10-01T00:00:00Z
expect 200 '.models[0].to' churned '.models[0].since' 2026-03-30T00:00:00.000Z '.models[0].next' null
order bob b2 2026-03-29T00:00:00Z
expect 200 '.models[0].from' churned '.models[0].to' repeat_purchase '.models[0].since' 2026-03-29T00:00:00.000Z

step "a refund and a cancellation that come before their orders wait for them"
about carl 'Order Refunded' c-r 2026-05-03T00:00:00Z '"order_id":"c1","amount":4'
expect 200 '.models[0].to' prospect
about carl 'Order Cancelled' c-c 2026-05-03T00:00:00Z '"order_id":"c2"'
get /v1/customers/carl
expect 200 .facts.orders_count 0 .facts.revenue 0.00
order carl c1 2026-05-01T00:00:00Z
expect 200 '.models[0].to' first_purchase
order carl c2 2026-05-02T00:00:00Z
expect 200 '.models[0].to' first_purchase
get /v1/customers/carl
expect 200 .facts.orders_count 1 .facts.revenue 6.00 .facts.orders_cancelled_count 1 .facts.refunds_count 1

step "an update of an order that was told later and happened earlier changes nothing"
order dora d1 2026-05-01T00:00:00Z 10
about dora 'Order Updated' d-u2 2026-05-03T00:00:00Z '"order_id":"d1","revenue":30'
about dora 'Order Updated' d-u1 2026-05-02T00:00:00Z '"order_id":"d1","revenue":20'
get /v1/customers/dora
expect 200 .facts.revenue 30.00 .facts.revenue_gross 30.00

step "traits are those that were true last, in whatever order they come"
for day in 03 01 02; do
    send identify "{\"userId\":\"emil\",\"timestamp\":\"2026-05-${day}T00:00:00Z\",\"traits\":{\"tier\":\"$day\"}}"
    expect 200
done
get /v1/customers/emil
expect 200 .traits.tier 03
get '/v1/customers/emil?as_of=2026-05-02T12:00:00Z'
expect 200 .traits.tier 02

# told USER ORDER...: the story of ten events, in this order
readonly STORY=(
    '{"type":"track","event":"Product Viewed","timestamp":"2025-09-01T08:00:00Z"'
    '{"type":"track","event":"Order Completed","timestamp":"2025-09-01T09:00:00Z","properties":{"order_id":"U-1","revenue":"10.10"}'
    '{"type":"track","event":"Order Completed","timestamp":"2025-09-20T09:00:00Z","properties":{"order_id":"U-2","revenue":20}'
    '{"type":"track","event":"Order Refunded","timestamp":"2025-09-25T09:00:00Z","properties":{"order_id":"U-2"}'
    '{"type":"identify","timestamp":"2025-10-01T00:00:00Z","traits":{"vip":true}'
    '{"type":"track","event":"Order Completed","timestamp":"2026-05-01T09:00:00Z","properties":{"order_id":"U-3","revenue":5}'
    '{"type":"track","event":"Customer Churned","timestamp":"2026-05-02T09:00:00Z","properties":{"reason":"price"}'
    '{"type":"track","event":"Order Completed","timestamp":"2026-05-03T09:00:00Z","properties":{"order_id":"U-4","revenue":7}'
    '{"type":"track","event":"Survey Answered","timestamp":"2026-05-04T09:00:00Z","properties":{"kind":"nps","score":9}'
    '{"type":"track","event":"Order Cancelled","timestamp":"2026-05-05T09:00:00Z","properties":{"order_id":"U-3"}')
told() {
    local user=$1 i
    shift
    for i in "$@"; do
        send batch "{\"batch\":[${STORY[i]//U-/$user-},\"userId\":\"$user\",\"messageId\":\"$user-$i\"}]}"
        expect 200 .accepted 1
    done
}

step "a story that is told backwards, or all mixed up, is the same story"
put /v1/segments/vip '{"rule":{"and":[{"==":[{"var":"traits.vip"},true]},{">=":[{"var":"orders_count_365d"},2]}]}}'
expect 201
told forth 0 1 2 3 4 5 6 7 8 9
told back 9 8 7 6 5 4 3 2 1 0
told mixed 5 1 9 0 7 3 2 8 4 6
story_of() { # USER: facts, stages and moves, without what names the customer, and without what moves with the clock
    get "/v1/customers/$1?as_of=2026-06-02"
    expect 200 .id "$1" .facts.orders_count 2 .facts.revenue 17.10
    local state
    state=$(jq -S 'del(.id, .as_of)' <<< "$reply")
    get "/v1/customers/$1/transitions"
    printf '%s\n%s\n' "$state" "$(jq -S '[.data[] | del(.recorded_at)]' <<< "$reply")"
}
story_of forth > "$work/forth"
for user in back mixed; do
    story_of "$user" > "$work/$user"
    diff "$work/forth" "$work/$user" || fail "$user is another story"
done

finish
