#!/usr/bin/env bash
# Tables of all customers: what is in them, for whom, and what becomes of them when a client is slow or goes away, when
# the database dies, and when the service is told to end.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

readonly MANY=20000
readonly WIDE=id,identity,stage.purchase,since.purchase,role.purchase,segments,events_count,orders_count,revenue,revenue_gross,\
revenue_refunded,order_value_avg,order_value_last,first_seen_at,last_seen_at,first_order_at,last_order_at,avg_days_between_orders,\
days_since_first_seen,days_since_last_seen,days_since_first_order,days_since_last_order,currency,products_count,channels_count,\
discounts_total,points_balance,first_channel,last_channel,traits.email,traits.name,traits.long

column() { # NUMBER: of the rows of the last reply
    sed 1d <<< "$reply" | tr -d '\r' | cut -d, -f"$1" | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'
}

identify() { # CUSTOMER TRAITS
    send identify "{\"userId\":\"$1\",\"messageId\":\"who-$1\",\"timestamp\":\"2026-05-01T10:00:00Z\",\"traits\":$2}"
    expect 200
}

order() { # CUSTOMER ORDER TIME VALUE
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":$4}}"
    expect 200
}

shop export EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T00:00:00Z
order anna a-1 2026-05-05T10:00:00Z 80.5
order anna a-2 2026-05-20T10:00:00Z 10
order bob b-1 2025-01-07T10:00:00Z 20
order '=1+1' f-1 2026-05-30T10:00:00Z 9
send page '{"anonymousId":"visitor, \"the first\"","messageId":"p-1","timestamp":"2026-05-30T10:00:00Z"}'
expect 200

step "everybody as CSV: who, where they stand, what they are worth"
get '/v1/customers?format=csv'
expect 200
expect_header Content-Type '^text/csv; charset=utf-8; header=present$'
expect_header Content-Disposition '^attachment; filename="customers.csv"$'
expect_header X-As-Of '^2026-06-01T'
expect_header Vary '^Accept$'
[ "$(head -n 1 <<< "$reply" | tr -d '\r')" = "id,identity,stage.purchase,since.purchase,segments,orders_count,revenue,currency,\
first_order_at,last_order_at,first_seen_at,last_seen_at,days_since_last_order" ] || fail "the names: $reply"
[ "$(grep -c $'\r$' <<< "$reply")" = 5 ] || fail "lines end in CR LF"
grep -q $'^anna,user,repeat_purchase,2026-05-20T10:00:00.000Z,,2,90.50,EUR,2026-05-05T10:00:00.000Z,2026-05-20T10:00:00.000Z,2026-05-05T10:00:00.000Z,2026-05-20T10:00:00.000Z,11\r$' <<< "$reply" ||
    fail "anna: $reply"
grep -q "^'=1+1,user," <<< "$reply" || fail "no guard against formulas"
grep -q '^"visitor, ""the first""",anonymous,' <<< "$reply" || fail "a quote is not doubled"

step "as JSON lines, by Accept too; without the guard; with a mark for Excel"
get /v1/customers -H 'Accept: application/x-ndjson'
expect_header Content-Type '^application/x-ndjson$'
expect_header Content-Disposition 'customers.ndjson'
[ "$(jq -rs 'map(select(.id == "anna")) | .[0] | [.orders_count, .revenue, (.segments | length)] | join(" ")' <<< "$reply")" = "2 90.50 0" ] ||
    fail "$reply"
get /v1/customers -H 'Accept: text/csv' -H 'Accept-Language: en'
expect_header Content-Type '^text/csv'
get '/v1/customers?format=csv&guard=off&columns=id'
grep -q '^=1+1' <<< "$reply" || fail "a guard that was not asked for"
get '/v1/customers?format=csv&bom=on&columns=id'
[ "$(head -c 3 <<< "$reply")" = $'\xef\xbb\xbf' ] || fail "no byte order mark"
get '/v1/customers?format=json&limit=2'
expect 200 '.data | length' 2

step "the columns that are asked for"
identify anna '{"email":"anna@example.org","level":"gold","address":{"city":"Berlin"}}'
get '/v1/customers?format=csv&columns=revenue,id,traits.level,traits.address,role.purchase,orders_count_30d,days_since_first_order'
grep -q $'^90.50,anna,gold,"{""city"":""Berlin""}",active,2,26\r$' <<< "$reply" || fail "$reply"
get '/v1/customers?format=ndjson&columns=id,traits.address,silence_ratio,events.order_completed.count'
[ "$(jq -c 'select(.id == "anna")' <<< "$reply")" = '{"id":"anna","traits.address":{"city":"Berlin"},"silence_ratio":null,"events.order_completed.count":2}' ] ||
    fail "$reply"

step "only those who answer to what is asked"
get '/v1/customers?format=csv&columns=id&role=active'
[ "$(column 1)" = anna ] || fail "by role: $reply"
get '/v1/customers?format=csv&columns=id&model=purchase&stage=churned'
[ "$(column 1)" = bob ] || fail "by stage: $reply"
get "/v1/customers?format=csv&columns=id&rule=%7B%22%3E%3D%22%3A%5B%7B%22var%22%3A%22revenue%22%7D%2C20%5D%7D"
[ "$(column 1)" = "anna bob" ] || fail "by rule: $reply"
get "/v1/customers?format=csv&columns=id,orders_count_30d&rule=%7B%22%3E%3D%22%3A%5B%7B%22var%22%3A%22orders_count_30d%22%7D%2C1%5D%7D"
[ "$(column 1)" = "'=1+1 anna" ] || fail "by a window: $reply"
get '/v1/customers?format=csv&columns=id&limit=2'
[ "$(wc -l <<< "$reply")" = 3 ] || fail "two rows"

step "the members of a segment, from the moment at which it is told"
put /v1/segments/rich '{"rule":{">=":[{"var":"revenue"},20]}}'
expect 201
get '/v1/segments/rich/customers?format=csv'
expect_header Content-Disposition '^attachment; filename="customers-rich.csv"$'
[ "$(column 1)" = "anna bob" ] || fail "$reply"
get '/v1/customers?format=ndjson&segment=rich&columns=id,segments'
[ "$(jq -rs 'map(.id + " " + (.segments | join(","))) | sort | join("; ")' <<< "$reply")" = "anna rich; bob rich" ] || fail "$reply"
get '/v1/segments/rich/customers?format=csv&guard=off&bom=on&columns=id'
expect 200
[ "$(head -c 3 "$work/body" | od -An -tx1 | tr -d ' ')" = efbbbf ] || fail "no mark for Excel"
request GET '/v1/segments/rich/customers?preset=klaviyo&consent=any' -u "$admin_key:"
expect 200
get '/v1/segments/none/customers?format=csv'
refused 404 not_found

step "what no table has is refused"
for wrong in format=xml 'format=csv&columns=nothing' 'format=csv&columns=id,id' 'format=csv&columns=' 'format=csv&columns=id,' \
    'format=csv&columns=stage.nothing' 'format=csv&columns=entered_at' 'format=csv&sort=id' 'format=csv&cursor=abc' \
    'format=csv&due_within=7d' 'format=csv&limit=0' 'format=csv&guard=1' 'format=csv&bom=yes' 'preset=excel' \
    'preset=meta&columns=id' 'preset=meta&consent=some' 'format=csv&rule=%7B' 'format=csv&stage=churned' \
    'format=csv&consent=given' 'format=ndjson&bom=on' 'format=ndjson&guard=on'; do
    get "/v1/customers?$wrong"
    if [ "$wrong" = 'format=csv&columns=' ]; then
        expect 200
    else
        [ "$status" = 400 ] || fail "$wrong was answered $status"
    fi
    [ "$(header Content-Disposition)" = '' ] || [ "$status" = 200 ] || fail "a problem is no file"
done
get '/v1/customers?format=csv&rule=%7B%22no%22%3A1%7D'
refused 422 invalid_rule

step "what only tables have is refused on a page, by its name"
for wrong in columns=id 'preset=meta&format=json' consent=given guard=off bom=on; do
    get "/v1/customers?$wrong"
    refused 400 invalid_parameter
    [ "$(value .detail)" = "${wrong%%=*} is of tables: ask with format=csv or ndjson" ] || fail "$wrong: $reply"
done
get '/v1/customers?consent=any'
refused 403 forbidden
get '/v1/segments/rich/customers?columns=id'
refused 400 invalid_parameter
get '/v1/customers?format=ndjson&guard=off&bom=off&columns=id&limit=1'
expect 200

step "as other tools take them: only those who agreed, hashed where they take hashes"
identify carol '{"email":" Carol@Example.org","phone":"+49 30 123456","firstName":"Carol","accepts_marketing":true,"tags":["vip"]}'
identify dave '{"email":"dave@example.org","accepts_marketing":false}'
get '/v1/customers?preset=mailchimp'
expect 200
[ "$reply" = $'Email Address,First Name,Last Name,SMS Phone Number,Birthday,Tags\r\ncarol@example.org,Carol,,,,vip\r' ] || fail "$reply"
grep -q '"msg":"exported","rows":1,"left_out":5' "$work/log" || fail "who was left out is not counted"
hash=$(printf carol@example.org | sha256sum | cut -d' ' -f1)
get '/v1/customers?preset=tiktok'
[ "$reply" = "Email_SHA256,Phone_SHA256"$'\r\n'"$hash,$(printf +4930123456 | sha256sum | cut -d' ' -f1)"$'\r' ] || fail "$reply"
get '/v1/customers?preset=google&format=ndjson'
[ "$(jq -r .Email <<< "$reply")" = "$hash" ] || fail "$reply"
get '/v1/customers?preset=meta'
grep -q "^$hash,$(printf 4930123456 | sha256sum | cut -d' ' -f1)," <<< "$reply" || fail "$reply"
get '/v1/customers?preset=klaviyo'
grep -q '^carol@example.org,,Carol,' <<< "$reply" || fail "$reply"
get '/v1/customers?preset=klaviyo&consent=any'
refused 403 forbidden
request GET '/v1/customers?preset=klaviyo&consent=any' -H "Authorization: Bearer $admin_key"
[ "$(column 1)" = "anna@example.org carol@example.org" ] || fail "dave said no: $reply"
expect_header Content-Disposition 'filename="customers-klaviyo.csv"'
identify fritz '{"email":"fritz@example.org","firstName":"=1+1","accepts_marketing":true}'
get '/v1/customers?preset=klaviyo'
grep -q '^fritz@example.org,,=1+1,' <<< "$reply" || fail "a guard that was not asked for: $reply"
get '/v1/customers?preset=klaviyo&guard=on'
grep -q "^fritz@example.org,,'=1+1," <<< "$reply" || fail "no guard: $reply"
get '/v1/segments/rich/customers?preset=meta'
expect_header Content-Disposition 'filename="customers-rich-meta.csv"'
[ "$(wc -l <<< "$reply")" = 1 ] || fail "nobody of them agreed: $reply"

step "HEAD tells the headers, HTTP/1.0 gets the same body"
request HEAD '/v1/customers?format=csv' -H "Authorization: Bearer $read_key"
expect 200
expect_header Content-Disposition customers.csv
url=$direct get '/v1/customers?format=csv&columns=id' --http1.0
expect 200
[ "$(wc -l <<< "$reply")" = 8 ] || fail "$reply"

# --- many ------------------------------------------------------------------------------------------------------

fetch() { # FILE [curl's options...]: the wide table of all customers, straight from the service
    local file=$1
    shift
    curl -sS -o "$file" -H "Authorization: Bearer $read_key" "$direct/v1/customers?format=csv&columns=$WIDE" "$@" 2> "$file.errors"
}

hang() { # DESCRIPTOR: ask for it and read nothing
    eval "exec $1<> /dev/tcp/127.0.0.1/${direct##*:}"
    printf 'GET /v1/customers?format=csv&columns=%s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n' "$WIDE" "$read_key" >&"$1"
}

logged() { # TIMES TEXT
    [ "$(grep -c "$2" "$work/log")" -ge "$1" ]
}

memory() {
    sed -nE 's/^VmHWM:[[:space:]]*([0-9]+) kB/\1/p' "/proc/$service/status"
}

step "$MANY customers all come, and the service's memory does not grow with them"
awk -v n="$MANY" -v dir="$work" 'BEGIN {
    pad = sprintf("%400s", ""); gsub(/ /, "x", pad)
    for (i = 0; i < n; i++) {
        if (i % 50 == 0) { if (i) print "]}" > file; file = sprintf("%s/batch-%04d", dir, i / 50); printf "{\"batch\":[" > file }
        printf "%s{\"type\":\"identify\",\"userId\":\"c-%d\",\"messageId\":\"many-%d\",\"timestamp\":\"2026-05-01T00:00:00Z\",\"traits\":{\"email\":\"c-%d@example.org\",\"name\":\"C %d\",\"long\":\"%s\"}}", i % 50 ? "," : "", i, i, i, i, pad > file
    }
    print "]}" > file }'
options=()
for file in "$work"/batch-*; do
    options+=(--next -sS -o /dev/null -f -u "$write_key:" "$direct/v1/batch" --data-binary "@$file")
done
curl "${options[@]:1}" || fail "the customers were not taken"
rm "$work"/batch-*
before=$(memory)
fetch "$work/all" || fail "$(cat "$work/all.errors")"
[ "$(cut -d, -f1 "$work/all" | sort -u | wc -l)" = $((MANY + 8)) ] || fail "$(wc -l < "$work/all") lines"
grep -Eq 'lib[at]san' "/proc/$service/maps" || # they keep what was freed
    [ $(($(memory) - before)) -le 16384 ] || fail "the service grew by $(($(memory) - before)) KiB"

step "a client that goes away is forgotten, and one that takes nothing is cut off"
stop
serve LIFECYCLED_CLOCK=2026-06-01T00:00:00Z LIFECYCLED_REQUEST_TIMEOUT_MS=500
fetch "$work/part" --max-time 0.3 --limit-rate 100k && fail "it was fast"
eventually 20 logged 1 'nobody waits for an export\|an export was broken off'
hang 8
eventually 20 logged 2 'nobody waits for an export\|an export was broken off'
eventually 5 logged 2 '"status":499'
exec 8>&-
fetch "$work/part" --limit-rate 3M || fail "a client that takes its time was cut off"
cmp -s <(sort "$work/part") <(sort "$work/all") || [ "$(wc -l < "$work/part")" = "$(wc -l < "$work/all")" ] || fail "it did not get all"

step "two are made at a time, eight wait, and the next one is told to come again"
stop
serve LIFECYCLED_CLOCK=2026-06-01T00:00:00Z
waiting=()
for i in $(seq 10); do
    [ "$i" != 3 ] || sleep 1 # two are under way
    hang $((10 + i))
    waiting+=($((10 + i)))
done
sleep 0.5
get '/v1/customers?format=csv'
refused 503 queue_full
expect_header Retry-After '^1$'
[ "$(header Content-Disposition)" = '' ] || fail "a problem is no file"
get /v1/customers/anna
expect 200
for fd in "${waiting[@]}"; do
    eval "exec $fd>&-"
done
has_room() {
    get '/v1/customers?format=csv&columns=id'
    [ "$status" = 200 ]
}
eventually 20 has_room

step "when the database ends in the middle, the client sees that it has not got all"
for version in --http1.1 --http1.0; do
    fetch "$work/part" "$version" --limit-rate 1M &
    client=$!
    sleep 0.7
    [ "$(sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'FETCH %'")" -ge 1 ] || fail "no export was under way"
    code=0
    wait "$client" || code=$?
    [ "$code" = 18 ] || [ "$code" = 56 ] || fail "over $version curl ended with $code"
    [ "$(wc -l < "$work/part")" -lt "$(wc -l < "$work/all")" ] || fail "it got all"
done
logged 2 '"msg":"an export was broken off"' || fail "the log does not say so"
eventually 20 has_room

step "a shutdown waits for an export, but not for ever"
fetch "$work/part" --limit-rate 3M &
client=$!
sleep 0.7
stop
wait "$client" || fail "the client did not get all: $(cat "$work/part.errors")"
[ "$(wc -l < "$work/part")" = "$(wc -l < "$work/all")" ] || fail "it did not get all"
serve LIFECYCLED_CLOCK=2026-06-01T00:00:00Z LIFECYCLED_DRAIN_TIMEOUT_MS=300
fetch "$work/part" --limit-rate 100k &
client=$!
sleep 0.7
begin=$(date +%s)
stop
[ $(($(date +%s) - begin)) -le 5 ] || fail "it took $(($(date +%s) - begin)) s"
kill "$client" 2> /dev/null || true
wait "$client" && fail "the client believes that it got all"
finish
