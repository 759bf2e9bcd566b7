#!/usr/bin/env bash
# SDKs call the service by paths of their own, and say who they are in ways of their own: all lead to the same ledger.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop paths EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

# The paths of one message, and of many; what a path says of a message that was taken.
readonly ONE='/v1/t /v1/i /v1/p /v1/s /v1/g /v1/a /api/s/track /api/s/s2s/track'
readonly MANY='/v1/b /batch /batch/'
readonly MESSAGE='{"anonymousId":"visitor","userId":"anna","event":"Product Viewed","groupId":"g","previousId":"visitor"}'
readonly BATCH='{"batch":[{"type":"track","userId":"anna","event":"Product Viewed","distinct_id":"anna"}]}'

body_of() { # PATH
    case " $ONE " in
    *" $1 "*) printf '%s' "$MESSAGE" ;;
    *) printf '%s' "$BATCH" ;;
    esac
}

step "each path of an SDK takes messages"
for path in $ONE; do
    request POST "$path" -u "$write_key:" -d "$(body_of "$path")"
    expect 200 .customer anna .duplicate false
done
for path in $MANY; do
    request POST "$path" -u "$write_key:" -d "$(body_of "$path")"
    expect 200 .accepted 1 .refused 0
done
get /v1/customers/anna/events
expect 200 '[.data[].type] | sort | join(" ")' 'alias group identify page screen track track track track track track'

step "each begins its answer with the word that its SDK knows"
request POST /v1/t -u "$write_key:" -d "$MESSAGE"
expect 200 .success true
request POST /batch/ -u "$write_key:" -d "$BATCH"
expect 200 .status 1 .success null
request POST /api/s/s2s/identify -H "X-Write-Key: $write_key:secret" -d "$MESSAGE"
expect 200 .ok true .success null
for type in page screen group alias; do
    request POST "/api/s/$type" -H "X-Write-Key: $write_key:secret" -d "$MESSAGE"
    expect 200 .ok true
done

step "what is wrong is refused as the SDK understands it, and never by a redirection"
for path in $ONE $MANY; do
    request POST "$path" -u "$write_key:" -d '{"batch":'
    refused 400 malformed_json
    expect 400 .success false
    request POST "$path" -d "$(body_of "$path")"
    refused 401 unauthorized
    expect_header WWW-Authenticate '^Basic '
    request POST "$path" -u nobody_has_this: -d "$(body_of "$path")"
    refused 401 unauthorized
    request POST "$path" -u "$read_key:" -d "$(body_of "$path")"
    refused 403 forbidden
    request POST "$path" -u "$write_key:" -d "$(body_of "$path")" -H 'Content-Encoding: br'
    refused 415 unsupported_media_type
    request POST "$path/" -u "$write_key:" -d '{}'
    case $path in
    /batch) expect 400 ;;
    *) refused 404 not_found ;;
    esac
done
request POST /api/s/s2s/purchase -u "$write_key:" -d "$MESSAGE"
refused 400 unknown_type
request POST /v1/batch/ -u "$write_key:" -d "$BATCH"
refused 404 not_found

step "a body over the limit is halved where the SDK can, and dropped where it cannot"
head -c 600000 /dev/zero | tr '\0' x > "$work/large"
for path in /batch /batch/; do
    request POST "$path" -u "$write_key:" --data-binary @"$work/large"
    refused 413 body_too_large
    # shellcheck disable=SC2016 # jq has variables of its own
    jq -cn --arg big "$(head -c 2000 "$work/large")" '{batch: [range(300) |
        {event: "Big", distinct_id: "anna", uuid: "big-\(.)", properties: {"$current_url": $big, big: $big}}]}' > "$work/translated"
    request POST "$path" -u "$write_key:" --data-binary @"$work/translated"
    refused 413 body_too_large
    gzip < "$work/translated" > "$work/packed"
    request POST "$path" -u "$write_key:" -H 'Content-Encoding: gzip' --data-binary @"$work/packed"
    refused 413 body_too_large
    request POST "$path" -H 'Content-Encoding: gzip' --data-binary @"$work/packed" # the key is in the body
    refused 413 body_too_large
done
request POST /v1/b -u "$write_key:" --data-binary @"$work/large"
refused 400 too_large
request POST /v1/t -u "$write_key:" --data-binary "$(head -c 40000 "$work/large")"
refused 400 too_large

step "the key may stand where an SDK puts it, and the first place wins"
basic() { # TEXT
    printf 'Authorization: Basic %s' "$(printf '%s' "$1" | base64 -w 0)"
}
taken() { # [curl's options...]: the message is taken
    request POST /v1/track -H "$JSON" "$@"
    expect 200 .success true
}
readonly PLAIN='{"userId":"keys","event":"Product Viewed"}'
taken -d "$PLAIN" -H "$(basic "$write_key:")"
taken -d "$PLAIN" -H "$(basic "$write_key")"
taken -d "$PLAIN" -H "$(basic "$write_key:secret")"
taken -d "$PLAIN" -H "X-Write-Key: $write_key"
taken -d "$PLAIN" -H "X-Write-Key: $write_key:secret"
taken -d "$PLAIN" -H "Authorization: Bearer $write_key"
taken -d "{\"writeKey\":\"$write_key\",${PLAIN#\{}"
taken -d "{\"api_key\":\"$write_key\",${PLAIN#\{}"
taken -d "$PLAIN" -H "Authorization: Bearer $admin_key"
taken -d "$PLAIN" -H "$(basic "$write_key:")" -H 'X-Write-Key: nobody_has_this'
taken -d '{"writeKey":"lcw_masked:***","userId":"keys","event":"Product Viewed"}' -H "X-Write-Key: $write_key:secret"
taken -d "{\"writeKey\":\"$write_key\",${PLAIN#\{}" -H 'Authorization: Bearer a.token.of-another-service'
taken -d "$PLAIN" -H "X-Write-Key: $write_key" -H 'Authorization: Bearer a.token.of-another-service'
request POST "/v1/track?a=1&writeKey=$write_key" -d "$PLAIN"
expect 200
request POST "/v1/track?writeKey=nobody" -d "{\"writeKey\":\"$write_key\",${PLAIN#\{}"
expect 200
request POST "/v1/track?writeKey=$write_key" -d "{\"writeKey\":\"nobody\",${PLAIN#\{}"
refused 401 unauthorized
for option in 'Authorization: Bearer nobody_has_this' 'X-Write-Key: nobody_has_this:secret' "$(basic :)" "X-Write-Key: :secret" \
    'Authorization: Digest abc'; do
    request POST /v1/track -d "$PLAIN" -H "$option"
    refused 401 unauthorized
done
request POST "/v1/track?writeKey=" -d "$PLAIN"
refused 401 unauthorized
request POST "/v1/track?writeKey=%zz" -d "$PLAIN"
refused 401 unauthorized
request POST /batch/ -d "{\"api_key\":\"$write_key\",\"batch\":[{\"event\":\"x\",\"distinct_id\":\"keys\"}]}"
expect 200 .accepted 1
request POST /batch/ -d '{"batch":[]}'
refused 401 unauthorized

step "what PostHog sends means the same as what Segment sends"
# shellcheck disable=SC2016 # a name, not a variable
request POST /batch/ -H "$JSON" -d '{"api_key":"'"$write_key"'","sent_at":"2026-03-01T12:00:00Z","batch":[
    {"event":"Order Completed","distinct_id":"rosa","uuid":"ph-1","timestamp":"2026-03-01T09:00:00Z",
     "properties":{"order_id":"ph-1","revenue":12.5,"$set":{"email":"rosa@shop.example"},"$lib":"posthog-node"}},
    {"event":"$identify","distinct_id":"rosa","uuid":"ph-2","properties":{"$set":{"country":"DE"},"$anon_distinct_id":"dev-1"}},
    {"event":"$create_alias","distinct_id":"rosa","uuid":"ph-3","properties":{"distinct_id":"rosa","alias":"dev-2"}},
    {"event":"$pageview","distinct_id":"rosa","uuid":"ph-4","properties":{"$current_url":"https://shop.example/","title":"Home"}},
    {"event":"$groupidentify","distinct_id":"$company_acme","uuid":"ph-5",
     "properties":{"$group_type":"company","$group_key":"acme","$group_set":{"size":3}}},
    {"event":"Product Viewed","distinct_id":"dev-3","uuid":"ph-6","properties":{"$is_identified":false}},
    null, {"distinct_id":"rosa"}]}'
expect 200 .accepted 5 .duplicates 0 .refused 3 '[.errors[] | "\(.index) \(.code)"] | join(", ")' \
    '4 missing_identity, 6 wrong_type, 7 missing_member' '.errors[2].pointer' /batch/7/event
get /v1/customers/rosa
expect 200 .facts.orders_count 1 .facts.revenue 12.50 .traits.country DE
get /v1/customers/dev-3
expect 200 .facts.product_views_count 1

step "Segment's SDK for browsers is told where to send"
request GET "/v1/projects/$write_key/settings" -H 'Host: events.shop.example'
expect 200 . "$(jq -cn --arg key "$write_key" '{integrations: {"Segment.io": {apiKey: $key, apiHost: "events.shop.example/v1",
    protocol: "http"}}, plan: {}, metrics: {sampleRate: 0}}')"
request GET "/v1/projects/$write_key/settings" -H 'Host: events.shop.example:8443' -H 'X-Forwarded-Proto: https, http'
expect 200 '.integrations."Segment.io".apiHost' events.shop.example:8443/v1 '.integrations."Segment.io".protocol' https
request GET "/v1/projects/$write_key/settings" -H 'Host: "><script>'
refused 400 bad_request
request GET "/v1/projects/$write_key/settings" -d '{}'
refused 400 bad_request
for key in nobody_has_this "$read_key" "$write_key:x"; do
    request GET "/v1/projects/$key/settings"
    refused 404 not_found
done
late_key=$("$LIFECYCLED_BIN" keys create --shop paths --scope write)
request GET "/v1/projects/$late_key/settings"
expect 200 '.integrations."Segment.io".apiKey' "$late_key"

step "what the SDK counts of itself is dropped, without a key"
request POST /v1/m -H 'Content-Type: text/plain' -d '{"series":[{"type":"Counter","metric":"x"}]}'
expect 200 .success true
request POST /v1/m -d 'no JSON'
expect 200
request POST /v1/m --data-binary @"$work/large"
refused 413 body_too_large
request POST /v1/m -d x -H 'Content-Encoding: br'
refused 415 unsupported_media_type

finish
