#!/usr/bin/env bash
# The feed: everything that happens to customers, numbered without gaps; by pages, by waiting, and live.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

export LIFECYCLED_CLOCK=2026-04-01T00:00:00Z # the shop's own changes are older than all others
shop feed EUR Europe/Berlin
unset LIFECYCLED_CLOCK
serve LIFECYCLED_CLOCK=2026-06-01T12:00:00Z

order() { # USER ID TIME [REVENUE]
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"order-$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":${4:-10},\"currency\":\"EUR\"}}"
    expect 200 .success true
}
line() { # NUMBER FILTER
    jq -r ".data[] | select(.sequence == $1) | $2" <<< "$reply"
}

step "a shop's feed begins with its model; a first order makes a stage and tells of itself"
order anna a1 2026-05-01T10:00:00Z 12.50
get /v1/changes
expect 200 '[.data[] | "\(.sequence) \(.type)"] | join(", ")' '1 model.changed, 2 stage.changed, 3 order.completed' \
    .has_more false .next_cursor 3 .head 3 .oldest 1
[ "$(line 2 '"\(.customer) \(.model) \(.from) \(.from_role) \(.to) \(.to_role) \(.late) \(.silent)"')" = \
    "anna purchase null null first_purchase new false false" ] || fail "who moved where: $(line 2 .)"
[ "$(line 2 '"\(.effective_at) \(.cause.type) \(.cause.message_id) \(.facts.orders_count)"')" = \
    "2026-05-01T10:00:00.000Z event order-a1 1" ] || fail "when and why: $(line 2 .)"
[ "$(line 3 '"\(.order.order_id) \(.order.value) \(.currency) \(.cause.message_id)"')" = "a1 12.50 EUR order-a1" ] ||
    fail "the order: $(line 3 .)"
expect_header Link 'after=3>; rel="next"'
etag=$(header ETag)
get /v1/changes -H "If-None-Match: $etag"
expect 304

step "the same message again changes nothing; the same order told again is no new order"
order anna a1 2026-05-01T10:00:00Z 12.50
track '{"userId":"anna","event":"Order Completed","messageId":"again","timestamp":"2026-05-01T10:00:01Z",
    "properties":{"order_id":"a1","revenue":12.5,"currency":"EUR"}}'
expect 200
get '/v1/changes?after=3'
expect 200 '.data | length' 0 .next_cursor 3

step "a refund tells its amount; the rest of it later is another one; cancelling is none"
track '{"userId":"anna","event":"Order Refunded","messageId":"r1","timestamp":"2026-05-02T10:00:00Z","properties":{"order_id":"a1","total":2.5,"currency":"EUR","refund_id":"r1"}}'
expect 200
get '/v1/changes?after=3'
expect 200 '[.data[] | "\(.sequence) \(.type) \(.amount) \(.order.refunded) \(.order.net)"] | join(", ")' \
    '4 order.refunded 2.50 2.50 10.00'

step "a late order moves what was: a correction, never a second welcome"
order bob b2 2026-05-20T10:00:00Z
order bob b1 2026-05-10T10:00:00Z
get '/v1/changes?after=4&types=stage.changed,transition.corrected'
expect 200 '[.data[] | "\(.type) \(.correction) \(.to) \(.late)"] | join(", ")' \
    'stage.changed null first_purchase false, transition.corrected moved first_purchase null, stage.changed null repeat_purchase true' \
    '.data[1].previously_at' 2026-05-20T10:00:00.000Z '.data[1].effective_at' 2026-05-10T10:00:00.000Z \
    '.data[1].cause.type' late_event '.data[1].cause.message_id' order-b1

step "segments: entered and left, with the rule and the facts; definitions are in the feed; what they move is silent"
put /v1/segments/buyers '{"rule":{">=":[{"var":"orders_count"},2]},"name":{"en":"Buyers","zh":"买家"}}'
expect 201
eventually 10 eval "get '/v1/changes?types=segment.*&silent=true'; [ \"\$(value '.data | length')\" = 2 ]"
expect 200 '[.data[] | "\(.type) \(.segment) \(.customer) \(.silent) \(.cause.type)"] | join(", ")' \
    'segment.changed buyers null false null, segment.entered buyers bob true definition' '.data[1].rule' 'orders_count >= 2' \
    '.data[1].facts.orders_count' 2
get '/v1/changes?types=segment.*&silent=false'
expect 200 '[.data[].type] | join(" ")' segment.changed
order anna a2 2026-05-21T10:00:00Z
get /v1/segments/buyers/changes
expect 200 '[.data[] | "\(.type) \(.customer)"] | join(", ")' 'segment.entered bob, segment.entered anna'
next=$(value .next_cursor)
get "/v1/segments/buyers/changes?after=$next"
expect 200 '.data | length' 0 .next_cursor "$next"
get /v1/segments/nobody/changes
refused 404 not_found
get '/v1/segments/buyers/changes?limit=1&wait=1'
expect 200 '.data | length' 1 .has_more true
get '/v1/segments/buyers/changes?limit=1&wait=1' -H "If-None-Match: $(header ETag)"
expect 304

step "filters: by model, stage and segment; with types, what they do not concern passes by its type alone"
get '/v1/changes?stage=purchase.repeat_purchase'
expect 200 '[.data[] | "\(.customer) \(.to)"] | join(", ")' 'bob repeat_purchase, anna repeat_purchase'
get '/v1/changes?model=purchase&segment=buyers&types=stage.changed,segment.entered&limit=3'
expect 200 '.data | length' 3 .has_more true
get '/v1/changes?after=latest'
expect 200 '.data | length' 0

step "bad questions are told apart"
for query in types=stage.moved model=none segment=none stage=none stage=purchase.none wait=61 wait=-1 limit=0 limit=1001 \
    silent=maybe who=me; do
    get "/v1/changes?$query"
    refused 400 invalid_parameter
done
for query in after=x after=-1 after=999999 after=99999999999999999999; do
    get "/v1/changes?$query"
    refused 400 invalid_cursor
done
request GET /v1/changes
refused 401 unauthorized
request GET /v1/changes -u "$write_key:"
refused 403 forbidden
request GET /v1/segments/buyers/changes -u "$write_key:"
refused 403 forbidden
request GET /v1/segments/buyers/changes
refused 401 unauthorized
get '/v1/segments/buyers/changes?after=x'
refused 400 invalid_cursor

step "long poll: answered as soon as there is something that passes, or when the time is over"
get '/v1/changes?after=latest'
next=$(value .next_cursor)
(
    sleep 0.7
    curl -sS -u "$write_key:" "$direct/v1/track" -d '{"userId":"carl","event":"Product Viewed"}' > /dev/null
    sleep 0.7
    curl -sS -u "$write_key:" "$direct/v1/track" -d '{"userId":"carl","event":"Order Completed","properties":{"revenue":1}}' > /dev/null
) &
get "/v1/changes?after=$next&types=order.completed&wait=20"
expect 200 '[.data[] | "\(.type) \(.customer)"] | join(", ")' 'order.completed carl'
wait $!
next=$(value .next_cursor)
began=$(date +%s)
get "/v1/changes?after=$next&wait=1"
expect 200 '.data | length' 0 .next_cursor "$next"
[ $(($(date +%s) - began)) -ge 1 ] || fail "it did not wait"

# Streams do not end: they go past the proxy, which waits for the end of a reply.
listen() { # SECONDS FILE [curl's options...]
    local seconds=$1 file=$2
    shift 2
    timeout "$seconds" curl -sSN "$@" > "$file" 2> /dev/null &
    listener=$!
}
step "live: server-sent events from a number on, and from the next change on"
listen 30 "$work/from" -H "Authorization: Bearer $read_key" -H 'Last-Event-ID: 2' "$direct/v1/stream"
from=$listener
listen 30 "$work/live" -H "Authorization: Bearer $read_key" "$direct/v1/stream?types=order.*"
live=$listener
eventually 15 grep -q '^id: 3$' "$work/from"
eventually 15 grep -q '^retry: 3000$' "$work/live"
order dora d1 2026-06-01T10:00:00Z
eventually 15 grep -q '"customer":"dora"' "$work/live"
eventually 15 grep -q 'order.completed.*"customer":"dora"' "$work/from"
! grep -q 'stage.changed' "$work/live" || fail "the filter lets stages through"
grep '^id: [0-9]*$' "$work/from" | sed 's/id: //' | awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }' ||
    fail "numbers are missing, or not in order: $(grep '^id' "$work/from" | tr '\n' ' ')"
[ "$(sed -nE 's/^data: //p' "$work/from" | jq -s 'map(.sequence) | (last - first + 1) == length')" = true ] ||
    fail "not every change is there once"
kill "$from" "$live" 2> /dev/null || true
wait 2> /dev/null "$from" "$live" || true

step "a browser's stream opens with a ticket, once, and may be read by a page of the shop"
post /v1/stream/tickets ''
expect 201
ticket=$(value .ticket)
request POST /v1/stream/tickets -u "$write_key:"
refused 403 forbidden
request POST /v1/stream/tickets
refused 401 unauthorized
post '/v1/stream/tickets?who=me' ''
refused 400 invalid_parameter
listen 30 "$work/ticket" -D "$work/ticket-head" -H 'Origin: https://shop.example' "$direct/v1/stream?after=0&ticket=$ticket"
eventually 15 grep -q 'model.changed' "$work/ticket"
grep -qi '^Content-Type: text/event-stream' "$work/ticket-head" || fail "$(cat "$work/ticket-head")"
grep -qi '^Access-Control-Allow-Origin: https://shop.example' "$work/ticket-head" || fail "$(cat "$work/ticket-head")"
grep -qi '^X-Accel-Buffering: no' "$work/ticket-head" || fail "$(cat "$work/ticket-head")"
kill "$listener" 2> /dev/null || true
request GET "/v1/stream?ticket=$ticket"
refused 401 unauthorized
request GET /v1/stream
refused 401 unauthorized
request GET /v1/stream -u "$write_key:"
refused 403 forbidden
get '/v1/stream?after=x'
refused 400 invalid_cursor
get '/v1/stream?types=nothing'
refused 400 invalid_parameter
# all that it understands, past a place that there is not
get '/v1/stream?after=1&types=stage.changed&model=purchase&segment=buyers&stage=churned&silent=false' -H 'Last-Event-ID: 999999'
refused 400 invalid_cursor

step "of an erased customer numbers stay and nothing else; the erasure is told"
delete /v1/customers/dora
expect 200
get '/v1/changes?types=customer.erased'
expect 200 '.data | length' 1 '.data[0].customer' null
get /v1/changes
[[ $reply != *dora* ]] || fail "the feed still tells of dora"
next=$(value .next_cursor)
track '{"userId":"dora","event":"Product Viewed","messageId":"back"}'
get "/v1/changes?after=$next"
expect 200 '[.data[] | "\(.type) \(.customer)"] | join(", ")' 'stage.changed dora' # who comes back is somebody again

step "what is older than the shop keeps it goes; a cursor before it learns from where it can go on"
request PATCH /v1/settings -u "$admin_key:" -H 'Content-Type: application/merge-patch+json' -H 'If-Match: *' \
    --data-binary '{"feed":{"retention_days":7}}'
expect 200 .feed.retention_days 7 .feed.orders true
get /v1/changes
head=$(value .head)
stop
serve LIFECYCLED_CLOCK=2026-06-09T12:00:00Z
trimmed() {
    get '/v1/changes?after=latest'
    [ "$(value .oldest)" -gt 2 ]
}
eventually 25 trimmed
oldest=$(value .oldest)
get '/v1/changes?after=0'
refused 410 cursor_too_old
expect 410 .oldest "$oldest"
get '/v1/stream?after=0'
refused 410 cursor_too_old
get '/v1/segments/buyers/changes?after=0'
refused 410 cursor_too_old
get "/v1/changes?after=$((oldest - 1))"
expect 200
[ "$(value .head)" -ge "$head" ] || fail "the head went back"

step "a shop that wants no orders in its feed"
request PATCH /v1/settings -u "$admin_key:" -H 'Content-Type: application/merge-patch+json' -H 'If-Match: *' \
    --data-binary '{"feed":{"orders":false}}'
expect 200 .feed.orders false
get '/v1/changes?after=latest'
next=$(value .next_cursor)
order emil e1 2026-06-08T10:00:00Z
get "/v1/changes?after=$next"
expect 200 '[.data[].type] | join(" ")' stage.changed
finish
