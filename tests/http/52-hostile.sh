#!/usr/bin/env bash
# What careless and hostile senders make of the samples, at every door, between good events: never a reply that blames the
# service, never a good event lost, never a word in the log that is anybody's.
# HOSTILE_SEED and HOSTILE_MUTANTS choose another run, or a longer one.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/http/shops.sh
. "$(dirname "$0")/shops.sh"

has_samples || exit 77

shop hostile USD America/New_York
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z LIFECYCLED_LOG_LEVEL=debug "$SECRET_KEY"

step "sources of every kind"
sources=''
add_source() { # NAME TYPE [SETTINGS]
    make_source "$2" "$1" "${3:-{\}}"
    sources="$sources${sources:+,}\"$1\":{\"place\":\"$place\",\"secret\":\"$secret\"}"
}
add_source shopify shopify
add_source goodShopify shopify
add_source woocommerce woocommerce
add_source inbound standard-webhooks
add_source cloudevents cloudevents
export SERVICE_URL=$direct WRITE_KEY=$write_key READ_KEY=$read_key SOURCES="{$sources}" PLANTED=$work/planted
CLOCK=$(date -d "$(service_time)" +%s)
export CLOCK

step "mutants of every sample, and good events between them"
node "$(dirname "$0")/hostile.mjs" "${HOSTILE_SEED:-1}" "${HOSTILE_MUTANTS:-4000}" > "$work/answers" 2>&1 ||
    fail "$(head -c 4000 "$work/answers")"
sed 's/^/    /' "$work/answers"

step "keys and addresses in the path and the query, where nothing is or nothing is allowed"
for path in "/v1/customers/planted.person@private.example?email=planted.person@private.example" \
    "/v1/customers?q=planted.person@private.example" "/nowhere/planted.person@private.example?access_token=$secret" \
    "/v1/cloudevents?access_token=planted$secret" "/v1/projects/$write_key/settings?planted=1" "/webhooks/shopify/planted"; do
    get "$path"
    request POST "$path" -H "$JSON" -H "Authorization: Basic planted" -H 'Cookie: planted=1' -H 'Referer: https://planted/' -d '{"planted":1}'
done

step "the log tells nobody's name and no key, and neither do the metrics"
kill -0 "$service" || fail "the service is gone"
mapfile -t planted < "$work/planted"
silent "${planted[@]}" "$write_key" "$read_key" "$admin_key"
! grep -q '"level":"error"' "$work/log" || fail "errors: $(grep -m 3 '"level":"error"' "$work/log")"

finish
