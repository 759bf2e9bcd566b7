#!/usr/bin/env bash
# Webhooks as receivers see them: signed so that the public verifiers agree, once or more, in order for each customer; and what becomes
# of them when receivers misbehave.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

tests/clients/install || exit 77

shop webhooks EUR Europe/Berlin
"$LIFECYCLED_BIN" shops create target --currency EUR --timezone Europe/Berlin 2> /dev/null
target_key=$("$LIFECYCLED_BIN" keys create --shop target --scope write)
serve LIFECYCLED_SECRET_KEY=a-key-of-the-tests LIFECYCLED_WEBHOOK_ALLOW=127.0.0.1/32

: > "$work/deliveries"
node tests/clients/webhooks.mjs "$work/receiver" "$work/deliveries" 2> "$work/receiver-errors" &
eventually 10 test -s "$work/receiver"
receiver=http://127.0.0.1:$(cat "$work/receiver")

behave() { # PATH JSON
    curl -sS -X PUT "$receiver$1" -d "$2"
}

make_endpoint() { # PATH [MEMBERS [BEHAVIOUR]]: sets endpoint, id and secret, which the receiver knows
    post /v1/webhook-endpoints "{\"url\":\"$receiver$1\"${2:+,$2}}"
    expect 201
    id=$(value .id)
    endpoint=/v1/webhook-endpoints/$id
    secret=$(value .secret)
    behave "$1" "{\"secrets\":[\"$secret\"],\"behaviour\":${3:-[]}}"
}

act() { # PATH: a POST without a body
    post "$1" ''
}

look() { # PATH: with the admin key
    request GET "$1" -H "Authorization: Bearer $admin_key"
}

at() { # PATH FILTER: jq over the list of deliveries that came there
    jq -s -c "[.[] | select(.path == \"$1\")] | $2" "$work/deliveries"
}

got() { # PATH FILTER VALUE
    [ "$(at "$1" "$2")" = "$3" ]
}

must() { # PATH FILTER VALUE: now
    got "$@" || fail "$1: $2 is $(at "$1" "$2"), not $3"
}

buy() { # CUSTOMER ORDER
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"properties\":{\"order_id\":\"$2\",\"revenue\":20}}"
    expect 200
}

step "what happens is told once, as the feed tells it, signed so that both public verifiers agree"
put /v1/segments/buyers '{"rule":{">=":[{"var":"orders_count"},1]}}'
expect 201
make_endpoint /good '"authorization":"Basic c2VjcmV0"'
good=$endpoint
good_id=$id
good_secret=$secret
buy anna 1
eventually 10 got /good 'map(.body.type) | sort' '["order.completed","segment.entered","stage.changed"]'
must /good 'map(.verified) | unique' '[[true]]'
must /good 'map([.type, .authorization, .signatures]) | unique' '[["application/json","Basic c2VjcmV0",1]]'
must /good 'map(.body.data.customer) | unique' '["anna"]'
must /good 'map(.body.type == .body.data.type and .body.timestamp == .body.data.recorded_at) | unique' '[true]'
must /good 'map(.id) | unique | length' 3
get '/v1/changes?after=0'
expect 200
for change in $(value '.data[] | @base64'); do
    base64 -d <<< "$change" | jq -c 'select(.customer == "anna")'
done | jq -s -c 'map(select(.type != "segment.changed")) | sort_by(.sequence)' > "$work/feed"
[ "$(at /good 'map(.body.data) | sort_by(.sequence)' | jq -S -c .)" = "$(jq -S -c . "$work/feed")" ] ||
    fail "the feed says $(cat "$work/feed")"

step "the log has each delivery under the id that the receiver saw"
is_logged() {
    get "/v1/webhook-deliveries?endpoint=$good_id&state=delivered"
    [ "$(value '.data | length')" = 3 ]
}
eventually 10 is_logged
first=$(at /good '.[0].id' | tr -d '"')
get "/v1/webhook-deliveries/$first"
expect 200 .state delivered .status 200 .attempts_count 1 '.attempts | length' 1 '.attempts[0].status' 200 '.attempts[0].failure' null
[ "$(value '.attempts[0].reply | length')" = 1024 ] || fail "not the first KB of the reply"

step "filters let through what they name"
make_endpoint /filtered '"event_types":["stage.*","segment.left"],"stages":["repeat_purchase"]'
filtered=$endpoint
buy bert 2
buy bert 3
eventually 10 got /good 'map(select(.body.data.customer == "bert")) | length' 5
eventually 10 got /filtered 'map(.body.data.to)' '["repeat_purchase"]'

step "one customer's changes come in the order of the feed"
for i in $(seq 10 40); do
    buy "order-$((i % 3))" "$i"
done
head=$(sql 'SELECT head FROM feed_head JOIN shop USING (shop_id) WHERE shop_key = '"'webhooks'")
is_told() { # up to the head
    look "$good"
    [ "$(value .progress.lag)" = 0 ] && [ "$(value .progress.pending)" = 0 ]
}
eventually 20 is_told
got_all() {
    [ "$(at /good 'map(.body.data.sequence) | max')" = "$head" ]
}
eventually 10 got_all
must /good '[group_by(.body.data.customer)[] | map(.body.data.sequence) | . == sort] | unique' '[true]'
must /good '(map(.id) | length) == (map(.id) | unique | length)' true

step "receivers misbehave, each in its own way; others do not notice"
make_endpoint /fails '"event_types":["order.completed"]' '["500"]'
fails_id=$id
make_endpoint /hangs '"event_types":["order.completed"]' '["hang"]'
make_endpoint /slow '"event_types":["order.completed"]' '["slow"]'
make_endpoint /half '"event_types":["order.completed"]' '["half"]'
make_endpoint /waits '"event_types":["order.completed"]' '["wait"]'
make_endpoint /redirects '"event_types":["order.completed"]' '["redirect"]'
make_endpoint /gone '"event_types":["order.completed"]' '["410"]'
gone=$endpoint
gone_id=$id
post /v1/webhook-endpoints '{"url":"http://127.0.0.1:1/","event_types":["order.completed"]}'
expect 201
nobody_id=$(value .id)
buy carl 50
eventually 5 got /good 'map(select(.body.data.customer == "carl")) | length' 3
for path in /fails /half /redirects; do
    eventually 15 got "$path" 'length' 2
done
eventually 15 got /waits 'length' 2
eventually 30 got /hangs 'length' 2
for path in /fails /hangs /half /waits /redirects; do
    must "$path" 'map(.id) | unique | length' 1
    must "$path" 'map(.verified) | unique' '[[true]]'
    must "$path" '(.[1].at - .[0].at) >= 4000' true
done
must /waits '(.[1].at - .[0].at) >= 5900' true
must /elsewhere 'length' 0
must /slow 'length' 1
is_known() { # ENDPOINT FILTER VALUE: of its one delivery
    get "/v1/webhook-deliveries?endpoint=$1"
    [ "$(value '.data | length')" = 1 ] && [ "$(value ".data[0]$2")" = "$3" ]
}
eventually 10 is_known "$fails_id" .state delivered
get "/v1/webhook-deliveries/$(value '.data[0].id')"
expect 200 .attempts_count 2 '[.attempts[].status] | tojson' '[500,200]'
eventually 10 is_known "$nobody_id" .failure connection_refused
expect 200 '.data[0].state' pending '.data[0].status' null

step "who answers 410 is left alone, and the feed says so"
is_disabled() {
    look "$gone"
    [ "$(value .status)" = disabled ]
}
eventually 10 is_disabled
expect 200 .status_reason gone
eventually 10 got /good "map(select(.body.type == \"endpoint.disabled\") | [.body.data.endpoint, .body.data.reason])" "[[\"$gone_id\",\"gone\"]]"
buy carl 51
eventually 5 got /good 'map(select(.body.data.customer == "carl" and .body.type == "order.completed")) | length' 2
must /gone 'length' 1
act "$gone/resume"
expect 200 .status enabled .status_reason null
eventually 10 got /gone 'map(.body.data.order.order_id)' '["50","51"]'
get "/v1/webhook-deliveries?endpoint=$gone_id&state=exhausted"
expect 200 '.data | map(.status) | tojson' '[410]'

step "what is paused goes on where it stopped"
act "$good/pause"
expect 200 .status paused
buy dora 60
eventually 10 got /fails 'map(.body.data.order.order_id) | .[-1]' '"60"'
must /good 'map(select(.body.data.customer == "dora")) | length' 0
act "$good/resume"
expect 200
eventually 10 got /good 'map(select(.body.data.customer == "dora")) | length' 3

step "a new secret and the old one sign side by side"
act "$good/rotate"
expect 200
new_secret=$(value .secret)
behave /good "{\"secrets\":[\"$new_secret\",\"$good_secret\"]}"
buy emil 70
eventually 10 got /good 'map(select(.body.data.customer == "emil")) | length' 3
must /good 'map(select(.body.data.customer == "emil") | [.signatures, .verified]) | unique' '[[2,[true,true]]]'
post "$good/rotate" '{"hours":0}'
expect 200
newest=$(value .secret)
behave /good "{\"secrets\":[\"$newest\",\"$new_secret\",\"$good_secret\"]}"
buy emil 71
eventually 10 got /good 'map(select(.body.data.order.order_id == "71")) | length' 1
must /good 'map(select(.body.data.order.order_id == "71") | [.signatures, .verified])' '[[1,[true,false,false]]]'

step "an example is delivered on demand, whatever the filters say"
post "$filtered/test" '{"type":"segment.entered"}'
expect 202
test_id=$(value .id)
eventually 10 got /filtered "map(select(.id == \"$test_id\") | [.body.type, .body.data.customer, (.body.data.sequence < 0), .verified])" \
    '[["segment.entered","example-customer",true,[true]]]'

step "one delivery is made again under its id"
act "/v1/webhook-deliveries/$first/resend"
expect 202 .state pending
eventually 10 got /good "map(select(.id == \"$first\")) | length" 2
must /good "map(select(.id == \"$first\") | .body) | unique | length" 1

step "a range is delivered again: what was not delivered, or all of it, also to an endpoint that is new"
post "$good/recover" '{"since":1}'
expect 202
is_recovered() { # ENDPOINT
    look "$1"
    [ "$(value .progress.recovering)" = 0 ] && [ "$(value .progress.pending)" = 0 ]
}
eventually 20 is_recovered "$good"
must /good '[group_by(.id)[] | length] | max' 2
missed='map(select(.body.data.order.order_id == "1")) | length'
n_missed=$(at /good "$missed")
n_before=$(at /good length)
sql "UPDATE webhook_delivery SET state = 3 WHERE endpoint_id = '$good_id' AND seq = (SELECT min(seq) FROM change WHERE type = 15)" > "$work/out"
post "$good/recover" '{"since":"2020-01-01T00:00:00Z"}'
expect 202
eventually 20 got /good "$missed" $((n_missed + 1))
eventually 20 is_recovered "$good"
must /good length $((n_before + 1))
make_endpoint /new
post "$endpoint/recover" '{"since":1,"all":true}'
expect 202
last=$(value .until)
is_whole() {
    [ "$(at /new 'map(.body.data.sequence) | unique')" = "$(sql "SELECT json_agg(seq ORDER BY seq) FROM change JOIN shop USING (shop_id)
        WHERE shop_key = 'webhooks' AND seq <= $last AND NOT is_silent" | tr -d ' \n')" ]
}
eventually 30 is_whole
must /new '[group_by(.body.data.customer)[] | map(.body.data.sequence) | . == sort] | unique' '[true]'

step "in the format of Segment, what comes is taken by those who take Segment's messages: we do"
make_endpoint /segment '"format":"segment"'
buy fred 80
eventually 10 got /segment 'map([.body.type, .body.event // null, .body.userId]) | sort' \
    '[["identify",null,"fred"],["identify",null,"fred"],["track","Audience Entered","fred"],["track","Lifecycle Stage Changed","fred"]]'
must /segment 'map([.verified, .xSignature]) | unique' '[[[true],true]]'
must /segment 'map(select(.body.type == "identify") | .body.traits) | add == {lifecycle_stage_purchase: "first_purchase", buyers: true}' true
must /segment 'map(.body.context.personas.computation_class) | unique' '["audience","computed_trait"]'
must /segment 'map(.id == .body.messageId) | unique' '[true]'
while read -r line; do
    request POST "/v1/$(jq -r .body.type <<< "$line")" -u "$target_key:" -H "$JSON" -d "$(jq -c .body <<< "$line")"
    expect 200 .success true .customer fred
done < <(jq -c 'select(.path == "/segment")' "$work/deliveries")

step "Zapier subscribes, sees samples in the same shape, and unsubscribes, however often"
post /v1/webhook-endpoints "{\"hookUrl\":\"$receiver/zap\",\"event\":\"stage.changed\",\"zap\":{\"id\":1}}"
expect 201
zap=/v1/webhook-endpoints/$(value .id)
behave /zap "{\"secrets\":[\"$(value .secret)\"]}"
get '/v1/webhook-samples?types=stage.changed&limit=1'
expect 200 '.[0].type' stage.changed
shape=$(value '[.[0] | keys, (.data | keys)] | tojson')
buy gina 90
eventually 10 got /zap 'length' 1
must /zap '[.[0].body | keys, (.data | keys)]' "$shape"
for _ in 1 2; do
    request DELETE "$zap" -H "Authorization: Bearer $admin_key" -H "$JSON" -d "{\"hookUrl\":\"$receiver/zap\"}"
    expect 204
done
buy gina 91
eventually 10 got /good 'map(select(.body.data.order.order_id == "91")) | length' 1
must /zap 'length' 1

step "with another LIFECYCLED_SECRET_KEY nothing is sent unsigned: it waits for a new secret"
stop
serve LIFECYCLED_SECRET_KEY=another-key LIFECYCLED_WEBHOOK_ALLOW=127.0.0.1/32
buy hugo 100
is_behind() {
    look "$good"
    [ "$(value .progress.lag)" -gt 0 ]
}
eventually 5 is_behind
sleep 2
must /good 'map(select(.body.data.customer == "hugo")) | length' 0
request PATCH "$good" -H "Authorization: Bearer $admin_key" -H "$JSON" -H 'If-Match: *' -d '{"authorization":null}'
expect 200
readonly DICTATED=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
behave /good "{\"secrets\":[\"$DICTATED\"]}"
post "$good/rotate" "{\"secret\":\"$DICTATED\"}"
expect 200
eventually 10 got /good 'map(select(.body.data.customer == "hugo")) | length' 3
must /good 'map(select(.body.data.customer == "hugo") | [.signatures, .verified, .authorization]) | unique' '[[1,[true],null]]'

! grep -q -E "whsec_|c2VjcmV0|$receiver" "$work/log" || fail "the log holds what it must not"
finish
