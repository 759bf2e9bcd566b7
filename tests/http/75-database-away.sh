#!/usr/bin/env bash
# The database goes away and comes back. Meanwhile nothing is taken that could be lost, everybody is told to try again, and
# afterwards all is well without anybody's help.
set -euo pipefail

# It will be stopped: a cluster of its own.
cluster=$(mktemp -d)
chmod 755 "$cluster"
LIFECYCLED_TEST_DATABASE_URL=$(tools/private-postgres start --fast "$cluster/postgres")
also_at_exit() {
    tools/private-postgres delete "$cluster/postgres"
    rm -rf "$cluster"
}
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

is_ready() { # STATUS of /readyz
    request GET /readyz
    [ "$status" = "$1" ]
}

readonly READ='/v1/customers /v1/customers/anna /v1/customers/anna/events /v1/customers/anna/orders
    /v1/customers/anna/transitions /v1/customers/anna/explain /v1/customers/anna/scores /v1/customers/anna/recommendations /v1/spend
    /v1/scores/parameters /v1/scores/accuracy /v1/segments /v1/segments/buyers /v1/segments/buyers/customers
    /v1/customers?format=csv /v1/segments/buyers/customers?format=ndjson /v1/due /v1/due?format=csv
    /v1/models /v1/models/purchase /v1/metrics/stages /v1/metrics/transitions /v1/metrics/rfm /v1/refusals'
readonly DOORS='/v1/identify /v1/page /v1/screen /v1/group /v1/alias /v1/batch /v1/import /v1/t /v1/i /v1/p /v1/s /v1/g /v1/a
    /v1/b /batch /batch/ /api/s/track /api/s/s2s/track'
readonly FROM_MEMORY='/v1/facts /v1/models/presets /v1/metrics'
readonly ANY=00000000-0000-4000-8000-000000000000
readonly DELIVERY=/v1/webhook-deliveries/msg_00000000000040008000000000000000_1_0
readonly ORDER='{"messageId":"o-2","userId":"anna","event":"Order Completed","properties":{"order_id":"2","revenue":5}}'

shop away EUR Europe/Berlin
serve LIFECYCLED_COMMIT_TIMEOUT_MS=500 LIFECYCLED_READ_TIMEOUT_MS=1000 LIFECYCLED_SECRET_KEY=a-key-of-the-tests
post /v1/sources '{"type":"segment","name":"the site"}'
expect 201
source=/v1/sources/$(value .id)
track '{"messageId":"o-1","userId":"anna","event":"Order Completed","properties":{"order_id":"1","revenue":5}}'
expect 200
put /v1/segments/buyers '{"rule":{">=":[{"var":"orders_count"},1]}}'
expect 201
eventually 10 is_ready 200

step "when the database goes away, the service says that it is not ready, and that it lives"
tools/private-postgres stop "$cluster/postgres"
eventually 10 is_ready 503
expect 503 .status 'not ready' .checks.database failing
expect_header Retry-After '^5$'
expect_header Cache-Control '^no-store$'
request GET /healthz
expect 200 .status ok
request GET /metrics
expect 200

step "no message is taken, and who sent it is told to send it again"
track "$ORDER"
refused 503 database_away
expect 503 .success false
expect_header Retry-After '^5$'
request POST /v1/cloudevents -H 'Content-Type: application/cloudevents+json' -u "$write_key:" \
    -d '{"specversion":"1.0","id":"1","source":"/bus","type":"order.completed","data":{"userId":"anna","order_id":"3","revenue":5}}'
refused 503 database_away
senders=()
for path in $DOORS; do
    name=${path//\//-}
    curl -sS -D "$work/headers$name" -o "$work/reply$name" -w '%{http_code}' -u "$write_key:" "$url$path" \
        -d '{"userId":"anna","event":"x","batch":[{"type":"page","userId":"anna","event":"x","distinct_id":"anna"}]}' > "$work/status$name" &
    senders+=($!)
done
wait "${senders[@]}"
for path in $DOORS; do
    name=${path//\//-}
    [ "$(cat "$work/status$name")" = 503 ] || fail "$path was answered $(cat "$work/status$name"): $(cat "$work/reply$name")"
    grep -qi '^retry-after: ' "$work/headers$name" || fail "$path has no Retry-After"
done

step "nothing can be read or changed, and it does not take long to say so"
begin=$(date +%s)
for path in $READ /v1/sources "$source" "$source/recent" /v1/changes /v1/segments/buyers/changes /v1/stream; do
    get "$path"
    refused 503 database_away
    expect_header Retry-After '^5$'
done
post /v1/segments/preview '{"rule":true}'
refused 503 database_away
post /v1/scores/fit ''
refused 503 database_away
post /v1/spend '{"day":"2026-01-01","amount":1}'
refused 503 database_away
put /v1/segments/x '{"rule":true}'
refused 503 database_away
put /v1/models/x '{"preset":"crm"}'
refused 503 database_away
delete /v1/segments/buyers -H 'If-Match: *'
refused 503 database_away
delete /v1/models/purchase -H 'If-Match: *'
refused 503 database_away
request PATCH "$source" -H "Authorization: Bearer $admin_key" -H "$JSON" -d '{}'
refused 503 database_away
post "$source/rotate" ''
refused 503 database_away
delete "$source" -H 'If-Match: *'
refused 503 database_away
post /v1/stream/tickets ''
refused 503 database_away
request GET /v1/settings -u "$admin_key:"
refused 503 database_away
request PATCH /v1/settings -u "$admin_key:" -H "$JSON" -H 'If-Match: *' -d '{"ingest":null}'
refused 503 database_away
for path in /identities /export; do
    request GET "/v1/customers/anna$path" -u "$admin_key:"
    refused 503 database_away
done
for path in /v1/erasures /v1/erasures/00000000-0000-4000-8000-000000000000 /v1/privacy-requests; do
    request GET "$path" -u "$admin_key:"
    refused 503 database_away
done
for path in '' "/$ANY"; do
    request GET "/v1/webhook-endpoints$path" -u "$admin_key:"
    refused 503 database_away
done
for call in "POST /v1/webhook-endpoints" "PATCH /v1/webhook-endpoints/$ANY" "DELETE /v1/webhook-endpoints/$ANY" \
    "POST /v1/webhook-endpoints/$ANY/rotate" "POST /v1/webhook-endpoints/$ANY/test" "POST /v1/webhook-endpoints/$ANY/recover"; do
    # shellcheck disable=SC2086  # a method and a path
    request $call -u "$admin_key:" -H "$JSON" -H 'If-Match: *' -d '{"url":"https://93.184.215.14/","since":1}'
    refused 503 database_away
done
for path in "/v1/webhook-endpoints/$ANY/pause" "/v1/webhook-endpoints/$ANY/resume" "$DELIVERY/resend"; do
    post "$path" ''
    refused 503 database_away
done
for path in /v1/webhook-deliveries "$DELIVERY" /v1/webhook-samples; do
    get "$path"
    refused 503 database_away
done
post /v1/customers/anna/merge '{"identity":{"type":"user_id","value":"bert"}}'
refused 503 database_away
post /v1/customers/anna/unmerge ''
refused 503 database_away
request DELETE /v1/customers/anna -u "$admin_key:"
refused 503 database_away
[ $(($(date +%s) - begin)) -lt 15 ] || fail "it took $(($(date +%s) - begin)) s"

step "what the program itself knows is told, but not to a key that cannot be asked for now"
for path in $FROM_MEMORY; do
    get "$path"
    expect 200
    request GET "$path" -H 'Authorization: Bearer made_a_moment_ago'
    refused 503 database_away
done

request GET "/v1/projects/$write_key/settings"
expect 200
request GET /v1/projects/made_a_moment_ago/settings
refused 503 database_away

step "verbs of the command line say that the database is away"
code=0
"$LIFECYCLED_BIN" verify > /dev/null 2> "$work/said" || code=$?
[ "$code" = 69 ] || fail "verify ended with $code: $(cat "$work/said")"

step "when the database is back, so is the service, by itself"
tools/private-postgres start --fast "$cluster/postgres" > /dev/null
eventually 20 is_ready 200
can_read() { # PATH
    get "$1"
    [ "$status" = 200 ]
}
for path in $READ /v1/sources "$source" "$source/recent"; do
    eventually 10 can_read "$path"
done

step "the message that is sent again counts once, whatever became of it before"
track "$ORDER"
expect 200 '.models[0].to' repeat_purchase
track "$ORDER"
expect 200 .duplicate true
get /v1/customers/anna
expect 200 .facts.orders_count 2

step "connections that are cut while messages come by the dozen lose none of those that were answered"
cut() {
    psql -qXAt "$LIFECYCLED_DATABASE_URL" -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()" > /dev/null
}
for i in $(seq 60); do
    [ $((i % 15)) != 0 ] || cut
    curl -sS -o /dev/null -w "%{http_code} m-$i\n" -u "$write_key:" "$url/v1/track" \
        -d "{\"userId\":\"u-$((i % 7))\",\"event\":\"Product Viewed\",\"messageId\":\"m-$i\"}" >> "$work/sent" &
    senders+=($!)
done
wait "${senders[@]}" || true
taken=$(grep -c '^200' "$work/sent") || true
stored=$(sql "SELECT count(*) FROM event WHERE payload->>'messageId' LIKE 'm-%'")
[ "$stored" -ge "$taken" ] || fail "$taken messages were answered 200, and $stored are in the ledger"
grep -vE '^(200|503) ' "$work/sent" && fail "a message was answered otherwise"
seq 60 | jq -cs '{batch: map({type: "track", userId: "u-\(. % 7)", event: "Product Viewed", messageId: "m-\(.)"})}' > "$work/all"
is_taken() {
    send batch @"$work/all"
    [ "$status" = 200 ]
}
eventually 10 is_taken
expect 200 .refused 0 '.accepted + .duplicates' 60 ".duplicates >= $taken" true
[ "$(sql "SELECT count(*) FROM event WHERE payload->>'messageId' LIKE 'm-%'")" = 60 ] || fail "not every message is there once"

finish
