#!/usr/bin/env bash
# Segment's SDK for browsers, in a browser, on a page of another origin: it is told by the service where to send, asks
# before it sends, and what has arrived is what the page did.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

tests/clients/install || exit 77

shop browser EUR Europe/Berlin
serve LIFECYCLED_COMMIT_TIMEOUT_MS=300
export SERVICE_URL=$url READ_KEY=$read_key WRITE_KEY=$write_key

try() { # TRIAL
    timeout 120 node tests/clients/browser.mjs "$1" > "$work/client" 2>&1 || fail "$1: $(cat "$work/client")"
}

step "each message is sent by itself, to the paths of one letter"
try single

step "messages are sent in batches"
try batching

step "a bad key is told, and what it sent is dropped"
try refused

step "what cannot be taken now comes again, and counts once"
hold
try patient &
trial=$!
eventually 60 grep -q '"code":"timed_out"' "$work/log"
release
wait "$trial" || fail "$(cat "$work/client")"

step "a page of another origin than those that the shop has chosen cannot send"
request PATCH /v1/settings -u "$admin_key:" -H 'Content-Type: application/merge-patch+json' -H 'If-Match: *' \
    -d '{"ingest":{"allowed_origins":["https://shop.example"]}}'
expect 200
try shutOut

finish
