#!/usr/bin/env bash
# Who will move by time alone: in order of time and of value, page by page, as a table, and never what is merely stored.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

everyone() { # QUERY: the customers of all pages of two
    local query=$1 cursor='' all=''
    for _ in $(seq 50); do
        get "/v1/due?limit=2&$query$cursor"
        expect 200
        all="$all$(value '.data[].customer') "
        [ "$(value .has_more)" = true ] || break
        cursor="&cursor=$(value .next_cursor)"
    done
    tr '\n' ' ' <<< "$all" | tr -s ' ' | sed 's/ $//'
}

order() { # CUSTOMER ORDER TIME VALUE
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":$4}}"
    expect 200
}

shop due EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T00:00:00Z
put /v1/models/purchase '{"name":{"zh":"购买","en":"Purchase"},"stages":[
    {"key":"visitor","role":"prospect","name":{"zh":"访客","en":"Visitor"},"rule":{"==":[{"var":"orders_count"},0]}},
    {"key":"fresh","role":"active","name":{"zh":"活跃","en":"Fresh"},"rule":{"<":[{"var":"days_since_last_order"},30]}},
    {"key":"cooling","role":"at_risk","name":{"zh":"降温","en":"Cooling"},"rule":{"<":[{"var":"days_since_last_order"},60]}},
    {"key":"gone","role":"lost","name":{"zh":"流失","en":"Gone"},"rule":true}]}' -H 'If-Match: *'
[ "$status" = 200 ] || [ "$status" = 201 ] || fail "the model was not taken"

step "nobody has anything before them"
get /v1/due
expect 200 '.data | length' 0 .has_more false .next_cursor null

step "each move tells who, from where to where, when, by which rule, and what is at stake"
order anna a-1 2026-05-05T10:00:00Z 80.5 # cooling on the 4th of June
order bob b-1 2026-05-07T10:00:00Z 20    # on the 6th
order carl c-1 2026-04-10T10:00:00Z 500  # gone on the 9th
order dora d-1 2026-05-30T10:00:00Z 9    # cooling on the 29th
get '/v1/due?model=purchase'
expect 200 '.data | length' 2 '.data[0].customer' anna '.data[0].model' purchase '.data[0].from' fresh \
    '.data[0].from_role' active '.data[0].to' cooling '.data[0].to_role' at_risk \
    '.data[0].at' 2026-06-04T10:00:00.000Z '.data[0].rule' 'days_since_last_order < 60' '.data[0].value' 80.50 \
    '.data[0].currency' EUR '.data[1].customer' bob
expect_header Vary '^Accept$'
etag=$(header ETag)
get '/v1/due?model=purchase' -H "If-None-Match: $etag"
expect 304

step "in order of time, in order of value, page by page"
[ "$(everyone 'within=P30D&model=purchase')" = "anna bob carl dora" ] || fail "by time: $(everyone 'within=P30D&model=purchase')"
[ "$(everyone 'within=30d&model=purchase&sort=value')" = "carl anna bob dora" ] || fail "by value"
[ "$(everyone 'within=240h&model=purchase')" = "anna bob carl" ] || fail "in hours"
[ "$(everyone 'within=1w&model=purchase')" = "anna bob" ] || fail "in weeks"

step "only those who go to a stage, or to a role"
[ "$(everyone 'within=30d&model=purchase&to=gone')" = carl ] || fail "to a stage"
[ "$(everyone 'within=30d&model=purchase&to=at_risk')" = "anna bob dora" ] || fail "to a role"
[ "$(everyone 'within=30d&model=purchase&to=at_risk&sort=value')" = "anna bob dora" ] || fail "to a role, by value"
[ "$(everyone 'within=30d&model=purchase&to=prospect')" = '' ] || fail "nobody becomes a prospect"

step "an order puts a move off: what is told is decided now, whatever deadline is stored"
order anna a-2 2026-05-20T10:00:00Z 10
get '/v1/due?model=purchase'
expect 200 '.data | length' 1 '.data[0].customer' bob
get '/v1/due?model=purchase&within=30d'
expect 200 '.data | map(.customer) | join(" ")' 'bob carl anna dora' '.data[2].at' 2026-06-19T10:00:00.000Z '.data[2].value' 90.50

step "all of them as a table, in the same order"
get '/v1/due?model=purchase&within=30d&format=csv'
expect 200
expect_header Content-Type '^text/csv'
expect_header Content-Disposition 'filename="due.csv"'
expect_header X-As-Of '^2026-06-01T'
[ "$(head -n 1 <<< "$reply" | tr -d '\r')" = customer,model,from,from_role,to,to_role,at,rule,value,currency ] || fail "the names"
[ "$(cut -d, -f1,5,7,9 <<< "$reply" | sed 1d | tr '\n' ' ')" = "bob,cooling,2026-06-06T10:00:00.000Z,20.00 \
carl,gone,2026-06-09T10:00:00.000Z,500.00 anna,cooling,2026-06-19T10:00:00.000Z,90.50 dora,cooling,2026-06-29T10:00:00.000Z,9.00 " ] ||
    fail "the rows: $reply"
get '/v1/due?model=purchase&within=30d&format=csv&guard=off&bom=on'
expect 200
[ "$(head -c 3 "$work/body" | od -An -tx1 | tr -d ' ')" = efbbbf ] || fail "no mark for Excel"
get '/v1/due?model=purchase&within=30d&sort=value&limit=2' -H 'Accept: application/x-ndjson'
expect_header Content-Type '^application/x-ndjson'
[ "$(jq -rs 'map(.customer) | join(" ")' <<< "$reply")" = "carl anna" ] || fail "by value: $reply"

step "the addresses of those whom time will move, for the tool that writes to them"
for who in anna bob dora; do
    send identify "{\"userId\":\"$who\",\"messageId\":\"who-$who\",\"timestamp\":\"2026-05-31T10:00:00Z\",
        \"traits\":{\"email\":\"$who@example.org\",\"newsletter\":$([ "$who" = dora ] && echo false || echo true)}}"
    expect 200
done
get '/v1/customers?due_within=P30D&model=purchase&preset=mailchimp'
expect 200
expect_header Content-Disposition 'filename="customers-mailchimp.csv"'
[ "$(sed 1d <<< "$reply" | cut -d, -f1 | LC_ALL=C sort | tr '\n' ' ')" = "anna@example.org bob@example.org " ] || fail "$reply"
get '/v1/customers?due_within=P7D&model=purchase&format=csv&columns=id,stage.purchase'
[ "$(sed 1d <<< "$reply" | tr -d '\r')" = bob,fresh ] || fail "$reply"
get '/v1/customers?due_within=P30D&model=purchase&role=at_risk&format=csv&columns=id'
[ "$(sed 1d <<< "$reply" | tr -d '\r')" = carl ] || fail "$reply"

step "what is no time, no stage, no order or no place is refused"
for wrong in within=7 within=soon within=367d within=P1Y to=nowhere model=none sort=id limit=0 limit=1001 cursor=abc format=xml \
    'format=csv&cursor=abc' 'format=csv&guard=maybe' 'format=csv&limit=0' guard=off bom=on 'format=ndjson&bom=on'; do
    get "/v1/due?$wrong"
    [ "$status" = 400 ] || fail "$wrong was answered $status"
done
get '/v1/due?within=30d&model=purchase&limit=1'
next=$(value .next_cursor)
get '/v1/due?within=soon'
[[ $(value .detail) == *'a number and w, d, h, m or s (7d, 12h), or an ISO 8601 duration (P7D, PT12H)' ]] || fail "$reply"
get "/v1/due?within=31d&model=purchase&limit=1&cursor=$next"
refused 400 invalid_cursor
request GET /v1/due -H "Authorization: Bearer $write_key"
refused 403 forbidden
request GET /v1/due
refused 401 unauthorized
finish
