#!/usr/bin/env bash
# A person comes by the site, by two shop systems, by the till and by a service that sends webhooks: one customer, whatever
# the order in which it is learnt who is who.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/http/shops.sh
. "$(dirname "$0")/shops.sh"

shop doors EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z "$SECRET_KEY"

# standard ID BODY [SIGNATURE]: a Standard Webhook of now, with a signature before the true one
standard() {
    local timestamp hex
    timestamp=$(date -d "$(service_time)" +%s)
    hex=$(base64 -d <<< "${secret#whsec_}" | od -An -tx1 | tr -d ' \n')
    request POST "$place" -H "$JSON" -H "webhook-id: $1" -H "webhook-timestamp: $timestamp" -H "webhook-signature: ${3:+$3 }v1,$(
        printf '%s.%s.%s' "$1" "$timestamp" "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$hex" -binary | base64)" \
        --data-binary "$2"
}

hash_of() { # TEXT
    printf %s "$1" | sha256sum | cut -d' ' -f1
}

step "Shopify: an order of a customer with an e-mail"
make_source shopify 'our shop'
cat > "$work/order" << 'END'
{"id": 9007199254740993, "financial_status": "paid", "created_at": "2026-02-01T10:00:00Z", "updated_at": "2026-02-01T10:00:00Z",
 "currency": "EUR", "subtotal_price": "20.01", "customer": {"id": 9007199254740995, "email": "Eva@Shop.Example", "phone": "+49 171 2345678"}}
END
deliver_shopify orders/paid "$work/order"
expect 200 .accepted 1

step "WooCommerce: a guest's order, known by the same e-mail in other letters"
make_source woocommerce 'the other shop' '{"order_prefix":"wc-"}'
cat > "$work/order" << 'END'
{"id": 1, "status": "processing", "currency": "EUR", "total": "30.02", "total_tax": "0.00", "shipping_total": "0.00", "customer_id": 0,
 "date_created_gmt": "2026-02-02T10:00:00", "date_modified_gmt": "2026-02-02T10:00:00", "date_paid_gmt": "2026-02-02T10:00:00",
 "billing": {"email": "eva@shop.example"}}
END
deliver_woocommerce order.created "$work/order"
expect 200 .accepted 1
get /v1/customers/shopify:9007199254740995
expect 200 .facts.orders_count 2 .facts.revenue 50.03

step "a service: Standard Webhooks, of which each counts once, with the e-mail's hash; the site's name for her comes with it"
make_source standard-webhooks 'a service' "{\"mapping\":{\"types\":{\"sale\":{\"event\":\"Order Completed\",
    \"properties\":{\"order_id\":\"/data/no\",\"revenue\":\"/data/sum\"},\"traits\":{\"email\":\"/data/mail\"}}}}}"
body='{"type":"sale","timestamp":"2026-02-03T10:00:00Z","data":{"user_id":"eva","no":"s-1","sum":"40.03","mail":" EVA@shop.example "}}'
standard msg_1 "$body"
expect 200 .accepted 1
standard msg_1 "$body" v1,AAAA
expect 200 .accepted 0 .duplicates 1
get /v1/customers/shopify:9007199254740995
expect 200 .id eva .facts.orders_count 3 .facts.revenue 90.06

step "the till: a CloudEvent of a member number, which a later message joins"
make_source cloudevents 'the till'
event='{"specversion":"1.0","id":"1","source":"/till","type":"order.completed","subject":"card-7","time":"2026-02-04T10:00:00Z",
    "data":{"order_id":"t-1","total":"50.04","currency":"EUR"}}'
request POST /v1/cloudevents -H 'Content-Type: application/cloudevents+json' -H "Authorization: Bearer $secret" -d "$event"
expect 200 .accepted 1
send alias '{"userId":"eva","previousId":"card-7"}'
expect 200

step "the site: what a browser did before she signed in is hers"
send page '{"anonymousId":"browser-1","name":"Home","timestamp":"2026-02-05T10:00:00Z"}'
expect 200 .customer browser-1
send identify '{"anonymousId":"browser-1","userId":"eva","traits":{"plan":"gold"}}'
expect 200
get /v1/customers/eva
her=$(value .id) # of two user ids, which is hers is not for the messages to say
[ "$her" = eva ] || [ "$her" = card-7 ] || fail "she is called $her"

step "an order of hers is nobody else's, and what the site knew of before is imported under any of her names"
track '{"userId":"adam","event":"Order Completed","properties":{"order_id":"t-1","revenue":1,"currency":"EUR"}}'
refused 400 order_claimed
send import '{"batch":[{"type":"screen","anonymousId":"browser-1","name":"Basket","timestamp":"2026-01-05T10:00:00Z","messageId":"i-1"}]}'
expect 200 .success true

step "by each of her names she is found, with all that she did, and her e-mail is known by its hash only"
for id in eva shopify:9007199254740995 card-7 browser-1 "email:$(hash_of eva@shop.example)" "phone:$(hash_of 491712345678)"; do
    get "/v1/customers/$id"
    expect 200 .id "$her" .facts.orders_count 4 .facts.revenue 140.10 .traits.plan gold .facts.first_order_at 2026-02-01T10:00:00.000Z
done
[ "$(sql "SELECT count(*) FROM customer WHERE external_id ILIKE '%@%'")" = 0 ] || fail "an address names a customer"
[ "$(sql "SELECT count(*) FROM event WHERE payload::text LIKE '%@%'")" = 0 ] || fail "an event holds an address"
[ "$(sql 'SELECT count(*) FROM customer WHERE merged_into IS NULL')" = 1 ] || fail "there are others"
get '/v1/customers'
expect 200 '.data | length' 1 .data[0].id "$her"

step "neither log nor metrics tell of her"
silent eva@ EVA@ 2345678 9007199254740995 browser-1 card-7 whsec_ lcs_

finish
