#!/usr/bin/env bash
# There is more than the service can take, and there are clients that mean no good: it says no, and goes on with the others.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

readonly BODY='{"userId":"anna","event":"Product Viewed"}'

in_background() { # NAME BODY: send a message; its status will be in $work/NAME
    curl -sS -o /dev/null -w '%{http_code}' -u "$write_key:" -d "$2" "$url/v1/track" > "$work/$1" &
    senders+=($!)
}
senders=()

is_waiting() { # NUMBER of messages
    request GET /metrics
    grep -q "^lifecycle_queue_events $1\$" <<< "$reply"
}

# raw TEXT: what the service answers to these bytes, until it closes the connection; at most 10 seconds
raw() {
    exec 8<> "/dev/tcp/127.0.0.1/${direct##*:}"
    printf '%b' "$1" > "$work/raw" # at once: printf would write line by line
    cat "$work/raw" >&8
    timeout 10 cat <&8 || fail "the connection stays open"
    exec 8>&-
}

still_answers() {
    request GET /healthz
    expect 200 .status ok
}

text() { # LENGTH
    head -c "$1" /dev/zero | tr '\0' x
}

shop limits EUR Europe/Berlin
serve LIFECYCLED_QUEUE_MAX=1 LIFECYCLED_REQUEST_TIMEOUT_MS=700

step "more messages than may wait are not taken, and told to come back"
hold
in_background first "$BODY"
eventually 10 is_waiting 1
in_background second "$BODY"
eventually 10 is_waiting 2
track "$BODY"
refused 503 queue_full
expect 503 .success false
expect_header Retry-After '^1$'
send batch "{\"batch\":[{\"type\":\"page\",\"userId\":\"anna\"},{\"type\":\"page\",\"userId\":\"anna\"}]}"
refused 503 queue_full

step "those that were taken are answered, and then there is room again"
release
wait "${senders[@]}"
[ "$(cat "$work/first") $(cat "$work/second")" = "200 200" ] || fail "they were answered $(cat "$work/first" "$work/second")"
track "$BODY"
expect 200
get /v1/customers/anna
expect 200 .facts.product_views_count 3

step "a client that sends its headers a byte at a time is cut off, and keeps nobody waiting"
begin=$(date +%s%N)
exec 8<> "/dev/tcp/127.0.0.1/${direct##*:}"
(
    printf 'GET /healthz HTTP/1.1\r\nHost: a\r\n'
    for _ in $(seq 100); do
        printf 'X'
        sleep 0.1
    done
) 2> /dev/null >&8 &
slow=$!
still_answers
timeout 10 cat <&8 > /dev/null || fail "it is still connected"
[ $((($(date +%s%N) - begin) / 1000000)) -lt 4000 ] || fail "it stayed for too long"
exec 8>&-
kill "$slow" 2> /dev/null || true
wait "$slow" 2> /dev/null || true

step "so is one whose body does not come"
begin=$(date +%s%N)
[ -z "$(raw "POST /v1/track HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")" ] || fail "it was answered"
[ $((($(date +%s%N) - begin) / 1000000)) -lt 4000 ] || fail "it stayed for too long"

step "two hundred connections that say nothing do not disturb the others"
silent=()
for _ in $(seq 200); do
    exec {fd}<> "/dev/tcp/127.0.0.1/${direct##*:}"
    silent+=("$fd")
done
still_answers
track "$BODY"
expect 200
for fd in "${silent[@]}"; do
    exec {fd}>&-
done

step "a header block that is too large is refused, whatever is in it"
url=$direct request GET /healthz -H "X-Large: $(text 9000)"
[ "$status" = 431 ] || fail "it was $status"
many=()
for i in $(seq 400); do
    many+=(-H "X-$i: $(text 20)")
done
url=$direct request GET /healthz "${many[@]}"
[ "$status" = 431 ] || fail "it was $status"
url=$direct request GET "/problems/$(text 9000)"
[[ $status == 4?? ]] || fail "it was $status"
still_answers

step "what is no HTTP, or two things at once, is refused"
for wrong in 'hello\r\n\r\n' 'GET /healthz\r\n\r\n' 'GET /healthz HTTP/9.9\r\n\r\n' \
    'POST /v1/track HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n{}' \
    'POST /v1/track HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}' \
    'POST /v1/track HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' \
    'POST /v1/track HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'; do
    answer=$(raw "$wrong" | head -n 1)
    [[ -z $answer || $answer == HTTP/1.?\ [45]* ]] || fail "$wrong was answered $answer"
done
still_answers

step "a body that is far too large is not read to its end"
head -c 20000000 /dev/zero > "$work/large"
url=$direct request POST /v1/track -u "$write_key:" -H 'Expect: 100-continue' --data-binary @"$work/large"
refused 400 too_large
url=$direct request PUT /v1/segments/x -u "$admin_key:" -H 'Content-Type: application/json' --data-binary @"$work/large"
[ "$status" = 413 ] || [ "$status" = 000 ] || fail "it was $status"
url=$direct request POST /v1/track -u "$write_key:" -H 'Transfer-Encoding: chunked' --data-binary @"$work/large"
[ "$status" = 400 ] || [ "$status" = 000 ] || fail "it was $status"
still_answers
stop

step "the limits can be set lower"
serve LIFECYCLED_MAX_BODY_BYTES=1024 LIFECYCLED_MAX_MESSAGE_BYTES=256
track "{\"userId\":\"anna\",\"event\":\"Product Viewed\",\"properties\":{\"a\":\"$(text 200)\"}}"
refused 400 too_large
send batch "{\"batch\":[],\"context\":{\"a\":\"$(text 1000)\"}}"
refused 400 too_large
put /v1/segments/x "{\"rule\":true,\"name\":{\"zh\":\"$(text 1000)\",\"en\":\"x\"}}"
refused 413 body_too_large

finish
