#!/usr/bin/env bash
# SIGTERM: what was accepted is answered, nothing new is begun, and the service ends well.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

is_logged() {
    grep -q "\"msg\":\"$1\"" "$work/log"
}

shop drain EUR Europe/Berlin
serve
track '{"userId":"anna","event":"Product Viewed","messageId":"before"}'
expect 200

step "messages that wait for the database when the signal comes are answered when it lets them"
hold
senders=()
for i in $(seq 20); do
    curl -sS -o /dev/null -w '%{http_code}\n' -u "$write_key:" "$direct/v1/track" \
        -d "{\"userId\":\"c-$i\",\"event\":\"Product Viewed\",\"messageId\":\"waiting-$i\"}" >> "$work/statuses" &
    senders+=($!)
done
are_waiting() {
    request GET /metrics
    grep -q '^lifecycle_queue_events 20$' <<< "$reply"
}
eventually 10 are_waiting
exec 8<> "/dev/tcp/127.0.0.1/${direct##*:}" # a connection that is open already
kill -TERM "$service"
eventually 5 is_logged draining

step "meanwhile new messages on open connections are told to go elsewhere"
track '{"userId":"anna","event":"Product Viewed","messageId":"too-late"}'
refused 503 draining
expect_header Retry-After '^5$'
printf 'POST /v1/track HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}' "$write_key" >&8
answer=$(timeout 5 cat <&8) || fail "the connection stays open"
exec 8>&-
grep -q '^HTTP/1.1 503' <<< "$answer" || fail "$answer"
grep -qi '^connection: close' <<< "$answer" || fail "$answer"

step "and new connections are not taken"
url=$direct request GET /healthz
[ "$status" = 000 ] || fail "it was $status"

step "then all that was accepted is committed and answered, and the exit status is 0"
release
wait "${senders[@]}"
[ "$(sort "$work/statuses" | uniq -c | tr -s ' ')" = ' 20 200' ] || fail "$(sort "$work/statuses" | uniq -c)"
code=0
wait "$service" || code=$?
service=''
[ "$code" = 0 ] || fail "it ended with $code"
is_logged stopped || fail "it did not say so"
[ "$(sql 'SELECT count(*) FROM event')" = 21 ] || fail "the ledger has $(sql 'SELECT count(*) FROM event') events"

step "a drain does not last for ever: what cannot be finished in time gets a 503"
serve LIFECYCLED_DRAIN_TIMEOUT_MS=500 LIFECYCLED_COMMIT_TIMEOUT_MS=1000
hold
curl -sS -o /dev/null -w '%{http_code}' -u "$write_key:" "$direct/v1/track" \
    -d '{"userId":"anna","event":"Product Viewed","messageId":"unlucky"}' > "$work/unlucky" &
sender=$!
is_waiting() {
    request GET /metrics
    grep -q '^lifecycle_queue_events 1$' <<< "$reply"
}
eventually 10 is_waiting
begin=$(date +%s)
kill -TERM "$service"
code=0
wait "$service" || code=$?
service=''
[ $(($(date +%s) - begin)) -le 10 ] || fail "it took $(($(date +%s) - begin)) s"
[ "$code" = 0 ] || fail "it ended with $code"
wait "$sender" || true
[ "$(cat "$work/unlucky")" = 503 ] || fail "it was answered $(cat "$work/unlucky")"
release

finish
