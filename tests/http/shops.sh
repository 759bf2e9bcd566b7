# shellcheck shell=bash
# What the scenarios of the shops' webhooks share: sources, signatures, and deliveries made of the sample payloads.

readonly SAMPLES=../shared/samples
readonly SECRET_KEY=LIFECYCLED_SECRET_KEY=a-key-of-the-tests

has_samples() {
    [ -d "$SAMPLES" ] || printf '  %s is not here: what needs it is skipped\n' "$SAMPLES"
    [ -d "$SAMPLES" ]
}

make_source() { # TYPE NAME [SETTINGS]: sets source, secret (or key) and place
    post /v1/sources "{\"type\":\"$1\",\"name\":\"$2\",\"settings\":${3:-{\}}}"
    expect 201 .type "$1"
    source=$(value .id)
    secret=$(value '.secret // .key')
    place=$(value .url)
}

hmac() { # SECRET < BYTES: base64
    openssl dgst -sha256 -hmac "$1" -binary | base64
}

# edited FILE [MEMBER VALUE]...: the sample with these members of the document itself, which stand on a line each, and,
# as CUSTOMER.MEMBER, of the object that they name. Numbers keep all their digits, which jq would not let them.
edited() {
    local file=$SAMPLES/$1 script=(-e '') object
    shift
    while [ $# -ge 2 ]; do
        object=${1%.*}
        case $1 in
        *.*) script+=(-e "/^ \"$object\": {/,/^ }/ s|^  \"${1#*.}\": .*[^,]\(,\{0,1\}\)\$|  \"${1#*.}\": $2\1|") ;;
        *) script+=(-e "s|^ \"$1\": .*[^,]\(,\{0,1\}\)\$| \"$1\": $2\1|") ;;
        esac
        shift 2
    done
    sed "${script[@]}" "$file"
}

# deliver_shopify TOPIC FILE [curl's options...]: signed with $secret
deliver_shopify() {
    local topic=$1 file=$2
    shift 2
    request POST "$place" -H "$JSON" -H "X-Shopify-Topic: $topic" -H 'X-Shopify-Shop-Domain: doors.myshopify.com' \
        -H "X-Shopify-Webhook-Id: w-$RANDOM$RANDOM" -H 'X-Shopify-API-Version: 2026-07' \
        -H "X-Shopify-Hmac-Sha256: $(hmac "$secret" < "$file")" --data-binary "@$file" "$@"
}

# deliver_woocommerce TOPIC FILE [curl's options...]: signed with $secret
deliver_woocommerce() {
    local topic=$1 file=$2
    shift 2
    request POST "$place" -H "$JSON" -H "X-WC-Webhook-Topic: $topic" -H 'X-WC-Webhook-ID: 5' \
        -H "X-WC-Webhook-Delivery-ID: d-$RANDOM$RANDOM" -H 'User-Agent: WooCommerce/9.4 Hookshot (WordPress/6.7)' \
        -H "X-WC-Webhook-Signature: $(hmac "$secret" < "$file")" --data-binary "@$file" "$@"
}

# counted FILTER NUMBER: of the source
counted() {
    get "/v1/sources/$source"
    [ "$status" = 200 ] && [ "$(value ".counters$1")" = "$2" ]
}

# silent WORD...: none of these stands in the service's log or among its metrics
silent() {
    local word
    curl -sS "$direct/metrics" > "$work/metrics"
    for word in "$@"; do
        ! grep -q -F -- "$word" "$work/log" || fail "the log holds $word: $(grep -m 1 -F -- "$word" "$work/log")"
        ! grep -q -F -- "$word" "$work/metrics" || fail "the metrics hold $word"
    done
}
