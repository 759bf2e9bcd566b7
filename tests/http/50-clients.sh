#!/usr/bin/env bash
# The SDKs that shops have, unchanged: they send orders, repeats, who is who, more than goes into one request, and with a
# bad key; what has arrived is what was sent, and what could not be taken at once comes again where the SDK can.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

tests/clients/install || exit 77

shop clients EUR Europe/Berlin
serve LIFECYCLED_COMMIT_TIMEOUT_MS=300
export SERVICE_URL=$url READ_KEY=$read_key WRITE_KEY=$write_key

try() { # CLIENT TRIAL
    timeout 120 node "tests/clients/$1.mjs" "$2" > "$work/client" 2>&1 || fail "$1 $2: $(cat "$work/client")"
}

for client in segment-node rudder-node posthog-node jitsu; do
    step "$client: what it sends arrives, once, as it was sent"
    try "$client" sends
    step "$client: a bad key is told, and what it sent is dropped"
    try "$client" isRefused
done

step "posthog-node: a batch that is too large comes in halves"
try posthog-node halves

is_refused_again() {
    [ "$(grep -c '"code":"timed_out"' "$work/log")" -gt "$refused" ]
}
for client in segment-node rudder-node posthog-node; do
    step "$client: what cannot be taken now comes again, and counts once"
    refused=$(grep -c '"code":"timed_out"' "$work/log") || true
    hold
    try "$client" isPatient &
    trial=$!
    eventually 60 is_refused_again
    release
    wait "$trial" || fail "$(cat "$work/client")"
done

finish
