#!/usr/bin/env bash
# A shop of Shopify, with the payloads that Shopify publishes: what its orders, refunds, customers, checkouts and carts say
# is what the customer's facts say, to the cent, however often and in whatever order they come.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/http/shops.sh
. "$(dirname "$0")/shops.sh"

has_samples || exit 77

shop doors USD America/New_York
serve LIFECYCLED_CLOCK=2022-02-01T12:00:00Z "$SECRET_KEY"
make_source shopify 'our shop' '{"secret":"hush hush hush","currency":"USD"}'
secret='hush hush hush'
readonly JOHN=shopify:115310627314723954

# order TOPIC STATUS UPDATED [MEMBER VALUE]...: the sample order, no test, not cancelled, made on January 1st in UTC
order() {
    local topic=$1 state=$2 updated=$3
    shift 3
    edited shopify/orders_create.json test false cancelled_at null cancel_reason null financial_status "\"$state\"" \
        updated_at "\"$updated\"" "$@" > "$work/order"
    deliver_shopify "$topic" "$work/order"
}

john() { # [FILTER VALUE]...
    get "/v1/customers/$JOHN"
    expect 200 "$@"
}

step "a test order is nothing, and an order that nobody has paid is nothing yet"
deliver_shopify orders/create "$SAMPLES/shopify/orders_create.json"
expect 200 .success true .accepted 0 .refused 0
order orders/create pending 2021-12-31T19:00:00-05:00
expect 200 .accepted 0
get "/v1/customers/$JOHN"
refused 404 not_found

step "paid: it counts, at its subtotal, from its own date; its id is whole, and so is the customer's"
order orders/paid paid 2021-12-31T19:05:00-05:00
expect 200 .accepted 2 .duplicates 0
john .id $JOHN .facts.orders_count 1 .facts.revenue 404.95 .facts.first_order_at 2022-01-01T00:00:00.000Z
get "/v1/customers/$JOHN/orders"
expect 200 '.data | length' 1 .data[0].order_id 820982911946154508

step "delivered again, and told by another topic, it is what was told already"
deliver_shopify orders/paid "$work/order"
expect 200 .accepted 0 .duplicates 2
deliver_shopify orders/create "$work/order"
expect 200 .accepted 0 .duplicates 2
order orders/fulfilled paid 2021-12-31T19:05:00-05:00 fulfillment_status '"fulfilled"'
expect 200 .accepted 0 .duplicates 2
john .facts.orders_count 1 .facts.revenue 404.95

step "both spellings of the headers are one"
signature=$(hmac "$secret" < "$work/order")
request POST "$place" -H "$JSON" -H 'shopify-topic: orders/updated' -H "shopify-hmac-sha256: $signature" \
    --data-binary "@$work/order"
expect 200 .duplicates 2

step "a wrong signature is refused, be the body what it may"
request POST "$place" -H "$JSON" -H 'X-Shopify-Topic: orders/paid' -H "X-Shopify-Hmac-Sha256: $signature" \
    --data-binary "@$SAMPLES/shopify/orders_create.json"
refused 401 bad_signature
request POST "$place" -H "$JSON" -H 'X-Shopify-Topic: orders/paid' --data-binary "@$work/order"
refused 401 bad_signature

step "a later state changes the order, an earlier one that comes late does not"
order orders/updated paid 2022-01-03T10:00:00-05:00 subtotal_price '"400.00"'
expect 200 .accepted 1 .duplicates 1
order orders/updated paid 2022-01-02T10:00:00-05:00 subtotal_price '"123.45"'
expect 200 .accepted 1 .duplicates 1
john .facts.orders_count 1 .facts.revenue 400.00

step "what was paid back is taken off once, whether refunds/create or the order itself tells it"
deliver_shopify refunds/create "$SAMPLES/shopify/refunds_create.json"
expect 200 .accepted 2
john .facts.revenue 315.00 .facts.orders_count 1
deliver_shopify refunds/create "$SAMPLES/shopify/refunds_create.json"
expect 200 .accepted 0 .duplicates 2
order orders/updated partially_refunded 2022-01-03T10:00:00-05:00 subtotal_price '"400.00"' \
    refunds "[$(tr -d '\n' < "$SAMPLES/shopify/refunds_create.json")]" current_subtotal_price '"315.00"'
expect 200 .accepted 0 .duplicates 4
john .facts.revenue 315.00

step "cancelled, it counts no longer"
order orders/cancelled refunded 2022-01-04T10:00:00-05:00 subtotal_price '"400.00"' \
    cancelled_at '"2022-01-04T10:00:00-05:00"' cancel_reason '"customer"'
expect 200 .refused 0
john .facts.orders_count 0 .facts.orders_cancelled_count 1 .facts.revenue 0.00

step "a refund that comes before its order is kept under the order, until it is known whose that is"
sed -e 's/820982911946154508/820982911946154509/g; s/245135271310201194/245135271310201195/; s/839212141605670573/839212141605670574/' \
    "$SAMPLES/shopify/refunds_create.json" > "$work/refund"
deliver_shopify refunds/create "$work/refund"
expect 200 .accepted 2 .refused 0
order orders/paid paid 2021-12-31T19:05:00-05:00 id 820982911946154509
expect 200 .accepted 2
john .facts.orders_count 1 .facts.revenue 319.95

step "ids that differ in their last digit only, where JavaScript sees none, are two orders"
order orders/paid paid 2021-12-31T19:00:00-05:00 id 9007199254740993 subtotal_price '"1.00"'
expect 200 .accepted 1
order orders/paid paid 2021-12-31T19:00:00-05:00 id 9007199254740992 subtotal_price '"2.00"'
expect 200 .accepted 1
john .facts.orders_count 3 .facts.revenue 322.95

step "a guest is known by the e-mail that they left with the order; letter case does not matter"
order orders/paid paid 2021-12-31T19:00:00-05:00 id 31 customer.id null customer.email null email '"Guest@Example.com"'
[ "$status" = 200 ] || fail "a guest's order"
GUEST=email:$(printf guest@example.com | sha256sum | cut -d' ' -f1)
get "/v1/customers/$GUEST"
expect 200 .facts.orders_count 1 .facts.revenue 404.95

step "who buys in Shopify and signs in on the site with one e-mail is one customer, with the orders of both"
send identify '{"userId":"john-of-the-site","anonymousId":"john-browser","traits":{"email":" JOHN@example.com"}}'
expect 200 .success true
track '{"userId":"john-of-the-site","event":"Order Completed","properties":{"order_id":"site-1","revenue":"10.05","currency":"USD"}}'
expect 200
for id in john-of-the-site john-browser "$JOHN" "email:$(printf john@example.com | sha256sum | cut -d' ' -f1)"; do
    get "/v1/customers/$id"
    expect 200 .id john-of-the-site .facts.orders_count 4 .facts.revenue 333.00
done

step "of e-mail addresses the ledger of orders holds hashes only"
unhashed=$(sql "SELECT count(*) FROM event WHERE payload::text LIKE '%@%' AND payload->>'type' <> 'identify'")
[ "$unhashed" = 0 ] || fail "$unhashed events hold an address"
[ "$(sql "SELECT count(*) > 0 FROM event WHERE payload::text LIKE '%email_sha256%'")" = t ] || fail "no event holds a hash"

step "a customer's record is theirs, whatever it is that changes"
deliver_shopify customers/create "$SAMPLES/shopify/customers_create.json"
expect 200 .accepted 1
deliver_shopify customers/update "$SAMPLES/shopify/customers_update.json"
expect 200 .accepted 1
get /v1/customers/shopify:706405506930370084
expect 200 .traits.country CA .traits.verified_email true .facts.orders_count 0

step "a cart is somebody's as soon as a checkout has it"
sed 's/exampleCartId/eeafa272cebfd4b22385bc4b645e762c/' "$SAMPLES/shopify/carts_create.json" > "$work/cart"
deliver_shopify carts/create "$work/cart"
expect 200 .accepted 1
get /v1/customers/cart:eeafa272cebfd4b22385bc4b645e762c
expect 200 .id cart:eeafa272cebfd4b22385bc4b645e762c
deliver_shopify checkouts/create "$SAMPLES/shopify/checkouts_create.json"
expect 200 .accepted 1
deliver_shopify checkouts/update "$SAMPLES/shopify/checkouts_create.json"
expect 200 .duplicates 1
get /v1/customers/shopify:603851970716743426
expect 200 .facts.carts_count 1 .facts.checkouts_count 1
same=$(value .id)
get /v1/customers/cart:eeafa272cebfd4b22385bc4b645e762c
expect 200 .id "$same"

step "an e-mail of two customers of Shopify joins them not"
john .id john-of-the-site .facts.checkouts_count 0

step "a topic that is of no use, and the end of the app, are taken"
deliver_shopify app/uninstalled "$SAMPLES/shopify/app_uninstalled.json"
expect 200 .success true .accepted 0
deliver_shopify never/heard "$SAMPLES/shopify/app_uninstalled.json"
expect 200 .success true .accepted 0

step "the source's counters say so, and the log of what came shows nobody"
eventually 10 counted .refused.bad_signature 2
expect 200 '.counters.refused | keys | join(" ")' bad_signature
get "/v1/sources/$source/recent?limit=100"
expect 200
for personal in john@ jon@ example.com bob@ Smith 'Elm St' 'Connor' 555-; do
    [[ $reply != *"$personal"* ]] || fail "the log of the source holds $personal"
done
silent john@ jon@ example.com john-of-the-site 115310627314723954 820982911946154508 hush "$write_key" "$read_key" "$admin_key" \
    'Elm St' "$source"

finish
