#!/usr/bin/env bash
# What holds for the whole API: requests that can be sent again, keys that may send so much, traces, patches.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736
readonly SOURCE='{"type":"standard-webhooks","name":"bus"}'

export LIFECYCLED_SECRET_KEY=a-key-of-the-tests
shop conventions EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

once() { # KEY PATH BODY [curl's options...]: with the admin key
    local key=$1 path=$2 body=$3
    shift 3
    post "$path" "$body" -H "Idempotency-Key: $key" "$@"
}

replayed() { # what the request before was answered with, byte for byte
    local before=$reply was=$status
    once "$@"
    [ "$status" = "$was" ] || fail "the status was $was"
    [ "$reply" = "$before" ] || fail "the reply was $before"
    expect_header Idempotent-Replayed '^true$'
}

key() { # SCOPE [OPTION VALUE]...
    "$LIFECYCLED_BIN" keys create --shop conventions --scope "$@"
}

# --- traces ---

step "a request belongs to the trace that traceparent names"
get /v1/customers/nobody -H "traceparent: 00-$TRACE-00f067aa0ba902b7-01"
refused 404 not_found
expect 404 .trace_id "$TRACE"
grep -q "\"status\":404.*\"trace_id\":\"$TRACE\"" "$work/log" || fail "the log does not name the trace"
for header in traceparent tracestate; do
    [ -z "$(header $header)" ] || fail "$header came back"
done

step "what happened to a customer is of that trace, too"
track '{"userId":"anna","event":"Order Completed","properties":{"order_id":"1","revenue":20}}' \
    -H "traceparent: 00-$TRACE-00f067aa0ba902b7-01"
expect 200
[ "$(sql "SELECT count(*) > 0 AND bool_and(replace(trace_id::text, '-', '') = '$TRACE') FROM change")" = t ] ||
    fail "the changes are of another trace"

step "without a valid traceparent a request begins a trace"
for wrong in "00-$TRACE-0000000000000000-01" "ff-$TRACE-00f067aa0ba902b7-01" nonsense; do
    get /v1/customers/nobody -H "traceparent: $wrong"
    [[ $(value .trace_id) =~ ^[0-9a-f]{32}$ ]] || fail "no trace"
    [ "$(value .trace_id)" != "$TRACE" ] || fail "the trace of what is no traceparent"
done

# --- sent again ---

step "a source that is made twice with one Idempotency-Key is made once, and its secret is shown again"
once '"make-1"' /v1/sources "$SOURCE"
expect 201
source=$(value .id)
secret=$(value .secret)
etag=$(header ETag)
[ -z "$(header Idempotent-Replayed)" ] || fail "the first is no repeat"
replayed '"make-1"' /v1/sources "$SOURCE"
expect_header Location "^/v1/sources/$source$"
expect_header Accept-Patch '^application/merge-patch\+json$'
[ "$(header ETag)" = "$etag" ] || fail "the ETag was $etag"
get /v1/sources
expect 200 '.data | length' 1

step "a bare token is the same key, and another credential has keys of its own"
once make-1 /v1/sources "$SOURCE"
expect 201 .id "$source"
other=$(key admin)
request POST /v1/sources -u "$other:" -H "$JSON" -H 'Idempotency-Key: make-1' -d "$SOURCE"
expect 201
[ "$(value .id)" != "$source" ] || fail "the reply of another credential"

step "another request with the same key is refused: another body, another path, another query"
once make-1 /v1/sources '{"type":"segment","name":"site"}'
refused 422 key_reused
once make-1 "/v1/sources/$source/rotate" "$SOURCE"
refused 422 key_reused
once make-1 '/v1/sources?lang=en' "$SOURCE"
refused 422 key_reused

step "what is no key is refused, and where no key is understood it is ignored"
for wrong in '"' '""' '"a"b' 'a b' "$(printf 'k%.0s' {1..256})"; do
    once "$wrong" /v1/sources "$SOURCE"
    refused 400 bad_request
done
get /v1/sources -H 'Idempotency-Key: "'
expect 200 '.data | length' 2

step "a refusal is kept like any reply, and a failure of ours is not"
once refused-1 /v1/sources '{"type":"nothing","name":"x"}'
refused 422 invalid_source
replayed refused-1 /v1/sources '{"type":"nothing","name":"x"}'
expect_header Content-Type '^application/problem\+json$'
expect_header Cache-Control '^no-store$'

step "nothing of what is kept is in clear"
[ "$(sql "SELECT count(*) FROM idempotency WHERE position(convert_to('$secret', 'UTF8') IN reply) > 0")" = 0 ] ||
    fail "the secret is stored in clear"

step "rotating a secret, joining and separating customers can be sent again, too"
track '{"userId":"bert","event":"Product Viewed"}'
expect 200
rotate="/v1/sources/$source/rotate"
once rotate-1 "$rotate" '{}'
expect 200
replayed rotate-1 "$rotate" '{}'
join='{"identity":{"type":"user_id","value":"bert"}}'
once join-1 '/v1/customers/anna/merge?by=user_id' "$join"
expect 200 .changed true
replayed join-1 '/v1/customers/anna/merge?by=user_id' "$join"
once part-1 /v1/customers/anna/unmerge "$join"
expect 200
replayed part-1 /v1/customers/anna/unmerge "$join"

step "and so can what makes, tries and repeats webhooks, and a ticket for a stream"
again=() # each as "KEY PATH BODY"
for request in 'hook-1 201 /v1/webhook-endpoints {"url":"https://93.184.215.14/hook"}' 'test-1 202 ENDPOINT/test' \
    'resend-1 202 DELIVERY/resend' 'recover-1 202 ENDPOINT/recover {"since":1}' 'renew-1 200 ENDPOINT/rotate' \
    'ticket-1 201 /v1/stream/tickets' 'fit-1 200 /v1/scores/fit' 'spend-1 200 /v1/spend {"day":"2026-01-01","amount":1}'; do
    read -r key expected path body <<< "$request"
    path=${path/ENDPOINT/${endpoint:-}}
    path=${path/DELIVERY/${delivery:-}}
    once "$key" "$path" "$body"
    expect "$expected"
    [ "$key" != hook-1 ] || endpoint=/v1/webhook-endpoints/$(value .id)
    [ "$key" != test-1 ] || delivery=/v1/webhook-deliveries/$(value .id)
    replayed "$key" "$path" "$body"
    once make-1 "$path" "$body"
    refused 422 key_reused
    again+=("$key $path $body")
done

step "while the first is being carried out, the second is told to come back"
sql 'UPDATE idempotency SET reply = NULL' > /dev/null
for repeat in "make-1 /v1/sources $SOURCE" "rotate-1 $rotate {}" "join-1 /v1/customers/anna/merge?by=user_id $join" \
    "part-1 /v1/customers/anna/unmerge $join" "${again[@]}"; do
    read -r key path body <<< "$repeat"
    once "$key" "$path" "$body"
    refused 409 conflict
    expect_header Retry-After '^1$'
done

step "and when it never ends, because its process died, the key is free after a while"
mkfifo "$work/lock"
psql -qX "$LIFECYCLED_DATABASE_URL" < "$work/lock" > "$work/locked" &
exec 6> "$work/lock"
printf "BEGIN;\nSELECT 'locked' FROM shop FOR UPDATE;\n" >&6
eventually 10 grep -q locked "$work/locked"
n=$(sql 'SELECT count(*) FROM idempotency')
curl -sS -o /dev/null -X POST "$direct/v1/sources" -u "$admin_key:" -H "$JSON" -H 'Idempotency-Key: crash-1' -d "$SOURCE" \
    2> /dev/null &
is_begun() {
    [ "$(sql 'SELECT count(*) FROM idempotency')" -gt "$n" ]
}
eventually 10 is_begun
once crash-1 /v1/sources "$SOURCE"
refused 409 conflict
kill -KILL "$service"
wait "$service" 2> /dev/null || true
printf 'ROLLBACK;\n\\q\n' >&6
exec 6>&-
serve LIFECYCLED_CLOCK=2026-03-01T12:01:00Z
once crash-1 /v1/sources "$SOURCE"
refused 409 conflict
stop
serve LIFECYCLED_CLOCK=2026-03-01T12:05:00Z
once crash-1 /v1/sources "$SOURCE"
expect 201
replayed crash-1 /v1/sources "$SOURCE"

step "after a day a key is forgotten"
stop
serve LIFECYCLED_CLOCK=2026-03-02T12:06:00Z
is_trimmed() {
    [ "$(sql 'SELECT count(*) FROM idempotency')" = 0 ]
}
eventually 15 is_trimmed

# --- quotas ---

step "a key without a quota is told of none"
get /v1/facts
expect 200
[ -z "$(header RateLimit)$(header RateLimit-Policy)" ] || fail "there is no quota"

step "a key with a quota is told what is left of it, and then to wait"
limited=$(key write --quota 3/3600)
for left in 2 1 0; do
    request POST /v1/track -u "$limited:" -H "$JSON" -d '{"userId":"cleo","event":"Product Viewed"}'
    expect 200
    expect_header RateLimit-Policy '^"default";q=3;w=3600$'
    expect_header RateLimit "^\"default\";r=$left;t=3[0-9]{3}$"
    [ -z "$(header X-RateLimit-Reset)" ] || fail "there is no need to wait"
done
request POST /v1/track -u "$limited:" -H "$JSON" -d '{"userId":"cleo","event":"Product Viewed"}'
refused 429 rate_limited
expect 429 .type https://iana.org/assignments/http-problem-types#quota-exceeded '."violated-policies"[0]' default \
    .success false
expect_header Retry-After '^3[0-9]{3}$'
expect_header X-RateLimit-Reset '^3[0-9]{3}$'
expect_header RateLimit '^"default";r=0;t=3[0-9]{3}$'
track '{"userId":"cleo","event":"Product Viewed"}'
expect 200

step "when the window has ended there is room again"
soon=$(key read --quota 1/2)
request GET /v1/facts -u "$soon:"
expect 200
request GET /v1/facts -u "$soon:"
refused 429 rate_limited
[ -z "$(header X-RateLimit-Reset)" ] || fail "that is for the SDKs"
sleep "$(header Retry-After)"
request GET /v1/facts -u "$soon:"
expect 200

step "every operation that needs a key refuses one that has used up its quota"
declare -A spent
for scope in write read admin; do
    spent[$scope]=$(key "$scope" --quota 1/86400)
done
request POST /v1/track -u "${spent[write]}:" -H "$JSON" -d '{"userId":"cleo","event":"Product Viewed"}'
request GET /v1/facts -u "${spent[read]}:"
request GET /v1/settings -u "${spent[admin]}:"
expect 200
expect_header RateLimit '^"default";r=0;'
while IFS='|' read -r _ method path _ scope _; do
    method=${method// /}
    scope=${scope// /}
    path=$(tr -d ' `' <<< "$path" | sed -E "s/\{type\}/track/; s/\{[a-z_]+\}/x/g")
    [ -n "${spent[$scope]:-}" ] || continue
    request "$method" "$path" -u "${spent[$scope]}:" -H "$JSON"
    refused 429 rate_limited
done < <("$LIFECYCLED_BIN" print routes | grep '/')
request GET "/v1/projects/${spent[write]}/settings"
refused 429 rate_limited

step "LIFECYCLED_RATE_LIMIT is the quota of keys that have none of their own"
stop
serve LIFECYCLED_CLOCK=2026-03-02T13:00:00Z LIFECYCLED_RATE_LIMIT=2/3600
free=$(key read --quota 0)
for left in 1 0; do
    get /v1/facts
    expect 200
    expect_header RateLimit "^\"default\";r=$left;t="
done
get /v1/facts
refused 429 rate_limited
request GET /v1/facts -u "$free:"
expect 200
[ -z "$(header RateLimit)" ] || fail "this key has no quota"
"$LIFECYCLED_BIN" keys list --shop conventions > "$work/keys"
grep -q $'\t3/3600$' "$work/keys" || fail "the quota is not listed: $(cat "$work/keys")"

# --- patches, and whatever is asked for ---

stop
serve LIFECYCLED_CLOCK=2026-03-02T14:00:00Z

step "an id that the caller gives a request is that of the reply"
get /v1/facts -H 'X-Request-Id: checkout-7f3a'
expect 200
expect_header X-Request-Id '^checkout-7f3a$'

step "a list goes on where its page ended, with whatever else was asked for"
track '{"userId":"dora","event":"Order Completed","properties":{"order_id":"d-1","revenue":20}}'
track '{"userId":"dora","event":"Order Completed","properties":{"order_id":"d-2","revenue":20}}'
get '/v1/customers/dora/transitions?limit=1&by=user_id'
expect 200 '.data | length' 1 .has_more true
expect_header Link "^</v1/customers/dora/transitions\\?limit=1&by=user_id&cursor=$(value .next_cursor)>; rel=\"next\"$"
get "/v1/customers/dora/transitions?limit=1&by=user_id&cursor=$(value .next_cursor)"
expect 200 '.data | length' 1

step "the new version of a definition is told of, and applied to the past, where that is asked for"
for query in 'notify=true&restate=false' 'notify=false&restate=true'; do
    put "/v1/segments/buyers?$query" '{"rule":{">=":[{"var":"orders_count"},1]}}' -H 'If-Match: *'
    [[ $status == 20[01] ]] || fail "it was not published"
done
put '/v1/models/purchase?notify=true' '{"preset":"purchase"}' -H 'If-Match: *'
expect 200
get /v1/metrics/transitions?model=purchase
expect 200

step "a patch is a merge patch"
for type in text/plain application/xml application/json-patch+json; do
    request PATCH /v1/settings -u "$admin_key:" -H "Content-Type: $type" -H 'If-Match: *' -d '{}'
    refused 415 unsupported_media_type
    expect_header Accept-Patch '^application/merge-patch\+json$'
done
for type in application/merge-patch+json 'application/json; charset=utf-8'; do
    request PATCH /v1/settings -u "$admin_key:" -H "Content-Type: $type" -H 'If-Match: *' -d '{}'
    expect 200
done

finish
