#!/usr/bin/env bash
# One customer by many names: joined by what is sent, joined and separated by hand, handed out, erased.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

readonly NOBODY=00000000-0000-4000-8000-000000000000
readonly CUSTOMER=/v1/customers/anna

shop people EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z LIFECYCLED_SECRET_KEY=a-key-of-the-tests

admin_get() { # PATH [curl's options...]
    local path=$1
    shift
    request GET "$path" -H "Authorization: Bearer $admin_key" "$@"
}

# What a customer is: all that is told of them but when it was asked.
facts_of() { # ID
    get "/v1/customers/$1"
    value 'del(.as_of, .facts.silence_ratio) | tojson'
}

order() { # MEMBER VALUE ORDER AT
    track "{\"$1\":\"$2\",\"messageId\":\"m-$3\",\"event\":\"Order Completed\",\"timestamp\":\"$4\",\"properties\":{\"order_id\":\"$3\",\"revenue\":20}}"
    expect 200
}

step "who may read may look, only an administrator changes who is who"
for call in "GET $CUSTOMER/identities" "POST $CUSTOMER/merge" "POST $CUSTOMER/unmerge" "DELETE $CUSTOMER" "GET $CUSTOMER/export" \
    'GET /v1/erasures' "GET /v1/erasures/$NOBODY" 'GET /v1/privacy-requests'; do
    # shellcheck disable=SC2086  # a method and a path
    request $call
    refused 401 unauthorized
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $write_key"
    refused 403 forbidden
done
for call in "POST $CUSTOMER/merge" "POST $CUSTOMER/unmerge" "DELETE $CUSTOMER" "GET $CUSTOMER/export" 'GET /v1/privacy-requests'; do
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $read_key"
    refused 403 forbidden
done

step "an identify joins what the browser did before, and says where the customer stands now"
order anonymousId browser-1 1001 2026-02-01T10:00:00Z
send identify '{"userId":"anna","anonymousId":"browser-1","messageId":"m-i1","timestamp":"2026-02-01T11:00:00Z","traits":{"email":" Anna@Shop.Example ","phone":"+49 171 2345678"}}'
expect 200 .success true
get "$CUSTOMER"
expect 200 .id anna .facts.orders_count 1 .facts.events_count 2
request POST /v1/track -u "$write_key:" -H "$JSON" \
    -d '{"userId":"anna","messageId":"m-mem","event":"Product Viewed","timestamp":"2026-02-01T12:00:00Z","context":{"externalIds":[{"type":"member","id":"M-1"}]}}'
expect 200

step "they are found by each of their names, e-mail and telephone however they are written"
for who in 'anna?by=user_id' 'anna?by=user' 'browser-1?by=anonymous_id' 'browser-1' 'member:M-1' 'M-1?by=member' \
    'ANNA@shop.example?by=email' '0049%20171-2345678?by=phone' \
    "$(printf anna@shop.example | sha256sum | cut -c 1-64)?by=email"; do
    get "/v1/customers/$who"
    expect 200 .id anna .facts.orders_count 1
done
for rest in events orders transitions explain identities; do
    get "/v1/customers/anna@SHOP.example/$rest?by=email"
    expect 200
    get "/v1/customers/nobody@shop.example/$rest?by=email"
    refused 404 not_found
    get "/v1/customers/anna/$rest?by=colour"
    refused 400 invalid_parameter
    get "/v1/customers/anna/$rest?by=email"
    refused 400 invalid_parameter
done
get "$CUSTOMER?by=phone"
refused 400 invalid_parameter
get "/v1/customers/anna?by=anonymous_id"
refused 404 not_found

step "all of their names, and what joined them; of what is personal the hash alone"
get "$CUSTOMER/identities"
expect 200 '.data | length' 5 '[.data[].type] | sort | join(" ")' 'anonymous email member phone user' \
    '.data[] | select(.type == "email").value' "$(printf anna@shop.example | sha256sum | cut -c 1-64)" \
    '[.data[] | select(.used).value] | sort | join(" ")' 'anna browser-1' '.links | length' 4 '.links[0].from.value' anna \
    '.links[0].cause' message '.separated | length' 0
get "$CUSTOMER/identities" -H "If-None-Match: $(header ETag)"
expect 304

step "an alias joins, along chains"
order anonymousId browser-2 1002 2026-02-02T10:00:00Z
send alias '{"previousId":"browser-2","userId":"interim","timestamp":"2026-02-02T11:00:00Z"}'
expect 200
order userId dora 1003 2026-02-02T11:30:00Z
send alias '{"previousId":"interim","userId":"dora","timestamp":"2026-02-02T12:00:00Z"}'
expect 200
get /v1/customers/browser-2
expect 200 .facts.orders_count 2
chain=$(value .id)
[[ $chain =~ ^(dora|interim)$ ]] || fail "the customer bears the name $chain"
for who in interim dora; do
    get "/v1/customers/$who"
    expect 200 .id "$chain" .facts.orders_count 2
done

step "two are joined by hand, and separated as if it had not been"
order userId bert 2001 2026-02-10T10:00:00Z
order userId bert 2002 2026-02-11T10:00:00Z
before_anna=$(facts_of anna)
before_bert=$(facts_of bert)
post "$CUSTOMER/merge" '{"identity":{"type":"user_id","value":"bert"}}'
expect 200 .changed true '[.customer, .merged] | sort | join(" ")' 'anna bert'
one=$(value .customer)
get /v1/customers/bert
expect 200 .id "$one" .facts.orders_count 3 .facts.revenue 60.00
post "$CUSTOMER/merge" '{"identity":{"type":"user","value":"bert"}}'
expect 200 .customer "$one" .merged null .changed false
get "$CUSTOMER/identities"
expect 200 '.links[-1].cause' request '.links[-1].to.value' bert
link=$(value '.links[-1].id')
order userId bert 2003 2026-02-12T10:00:00Z
get "$CUSTOMER"
expect 200 .facts.orders_count 4
post "$CUSTOMER/unmerge" "{\"link\":\"$link\"}"
expect 200 .customer anna .apart bert
[ "$(facts_of anna)" = "$before_anna" ] || fail "anna is another than before: $(facts_of anna), and was $before_anna"
get /v1/customers/bert
expect 200 .id bert .facts.orders_count 3
get "$CUSTOMER/identities"
expect 200 '.separated | length' 1 '.separated[0].to.value' bert
post "$CUSTOMER/merge" '{"identity":{"type":"user_id","value":"bert"}}'
expect 200 .changed true
post "$CUSTOMER/unmerge" '{"identity":{"type":"user_id","value":"bert"}}'
expect 200 .apart bert
post "$CUSTOMER/merge" '{"identity":{"type":"user_id","value":"bert"}}'
expect 200 .changed true
post "$CUSTOMER/unmerge" ''
expect 200 .customer anna .apart bert

step "what was separated by hand no message joins again"
post "/v1/customers/$(printf ANNA@shop.example)/unmerge?by=email" '{"identity":{"type":"anonymous","value":"browser-1"}}'
expect 200 .customer anna .apart browser-1
send identify '{"userId":"anna","anonymousId":"browser-1","timestamp":"2026-02-13T10:00:00Z"}'
expect 200
get /v1/customers/browser-1
expect 200 .id browser-1 .facts.orders_count 1
post "$CUSTOMER/merge" '{"identity":{"type":"anonymous_id","value":"browser-1"}}'
expect 200 .customer anna .merged browser-1

step "what cannot be is told with its place"
wrong() { # OPERATION BODY [POINTER]
    post "$CUSTOMER/$1" "$2"
    refused 422 cannot_merge ${3:+"#$3"}
}
for operation in merge unmerge; do
    wrong "$operation" '[]'
    wrong "$operation" '{"colour":"blue"}' /colour
    wrong "$operation" '{"identity":"bert"}' /identity
    wrong "$operation" '{"identity":{"type":"user_id"}}' /identity/value
    wrong "$operation" '{"identity":{"type":"colour","value":"bert"}}' /identity/type
    wrong "$operation" '{"identity":{"type":"email","value":"bert"}}' /identity/value
    post "$CUSTOMER/$operation" '{"identity":'
    refused 400 malformed_json
    post "$CUSTOMER/$operation" '{"identity":{"type":"user_id","value":"nobody"}}'
    refused 404 not_found '#/identity'
    post "/v1/customers/nobody/$operation" '{"identity":{"type":"user_id","value":"bert"}}'
    refused 404 not_found
    post "$CUSTOMER/$operation?by=colour" '{"identity":{"type":"user_id","value":"bert"}}'
    refused 400 invalid_parameter
    request POST "$CUSTOMER/$operation" -H "Authorization: Bearer $admin_key" -H 'Content-Type: text/xml' -d '<x/>'
    refused 415 unsupported_media_type
    head -c 40000 /dev/zero | tr '\0' ' ' > "$work/large"
    post "$CUSTOMER/$operation" "@$work/large"
    refused 413 body_too_large
done
wrong merge '{}' /identity
wrong unmerge '{"link":"one"}' /link
wrong unmerge "{\"link\":\"$NOBODY\"}"
wrong unmerge "{\"link\":\"$NOBODY\",\"identity\":{\"type\":\"user_id\",\"value\":\"bert\"}}" /link
wrong unmerge '{"identity":{"type":"user_id","value":"bert"}}' /identity
post /v1/customers/bert/unmerge '{}'
refused 422 cannot_merge

step "all that is held about one, in one document"
admin_get "$CUSTOMER/export"
expect 200 .customer.id anna '.identities | length' 5 '.events | length' "$(get "$CUSTOMER"; value .facts.events_count)" \
    '.events[] | select(.id != null and .message.messageId == "m-i1").message.traits.phone' '+49 171 2345678' \
    '.orders | length' 1 '.links | map(select(.withdrawn_at != null)) | length > 0' true .has_more false .next_cursor null \
    '.currency' EUR '.transitions | type' array '.changes | type' array
admin_get '/v1/customers/Anna@shop.example/export?by=email'
expect 200 .customer.id anna
admin_get /v1/customers/nobody/export
refused 404 not_found
admin_get "$CUSTOMER/export?cursor=xyz"
refused 400 invalid_cursor
admin_get "$CUSTOMER/export"
admin_get "$CUSTOMER/export" -H "If-None-Match: $(header ETag)"

step "a person is erased: nothing of them is left but a receipt and the totals"
order userId clara 3001 2026-02-01T10:00:00Z
order userId clara 3002 2026-02-02T10:00:00Z
send identify '{"userId":"clara","anonymousId":"browser-3","timestamp":"2026-02-02T11:00:00Z","traits":{"email":"clara@shop.example"}}'
expect 200
get '/v1/metrics/stages'
stages=$(value 'del(.as_of) | tojson')
get '/v1/metrics/transitions?from=2026-02-01&to=2026-03-02'
moves=$(value 'del(.as_of) | tojson')
delete '/v1/customers/clara?by=colour'
refused 400 invalid_parameter
delete '/v1/customers/CLARA@shop.example?by=email'
expect 200 .cause api .identities 3 .events 3 .orders 2
receipt=$(value .id)
[[ $reply != *clara* && $reply != *browser* ]] || fail "the receipt names somebody"
for path in clara browser-3 'clara@shop.example?by=email' clara/events clara/orders clara/transitions clara/explain clara/identities; do
    get "/v1/customers/$path"
    refused 404 not_found
done
admin_get /v1/customers/clara/export
refused 404 not_found
delete /v1/customers/clara
refused 404 not_found
get /v1/customers
expect 200 '[.data[].id | select(. == "clara" or . == "browser-3")] | length' 0
get /v1/metrics/stages
[ "$(value 'del(.as_of) | tojson')" = "$stages" ] || fail "the stages are others than before: $stages"
get '/v1/metrics/transitions?from=2026-02-01&to=2026-03-02'
[ "$(value 'del(.as_of) | tojson')" = "$moves" ] || fail "the transitions are others than before: $moves"
get "/v1/erasures/$receipt"
expect 200 .id "$receipt" .events 3
get "/v1/erasures/$receipt" -H "If-None-Match: $(header ETag)"
expect 304
get "/v1/erasures/$NOBODY"
refused 404 not_found
get /v1/erasures/none
refused 404 not_found
get "/v1/erasures/$receipt?colour=blue"
refused 400 invalid_parameter
[ "$(sql "SELECT count(*) FROM event WHERE payload::text LIKE '%clara%'")" = 0 ] || fail "the ledger still has events of clara"
[ "$(sql "SELECT count(*) FROM customer WHERE external_id LIKE '%clara%' OR external_id LIKE '%$(printf clara@shop.example | sha256sum | cut -c 1-64)%'")" = 0 ] ||
    fail "a row still names clara"

step "nor does the log of a source show them"
post /v1/sources '{"type":"segment","name":"site"}'
expect 201
request POST /v1/track -u "$(value .key):" -H "$JSON" -d '{"userId":"erin","event":"Product Viewed"}'
expect 200
logged() {
    [ "$(sql "SELECT count(*) FROM source_message WHERE message::text LIKE '%erin%'")" = 1 ]
}
eventually 10 logged
delete /v1/customers/erin
expect 200 .events 1
[ "$(sql "SELECT count(*) FROM source_message WHERE message::text LIKE '%erin%'")" = 0 ] || fail "the log still shows erin"

step "what is sent again does not bring them back, what is new starts anew"
order_again() { # STATUS
    track '{"userId":"clara","messageId":"m-3001","event":"Order Completed","timestamp":"2026-02-01T10:00:00Z","properties":{"order_id":"3001","revenue":20}}'
    refused 400 customer_erased
}
order_again
verify
sleep 1.1
track '{"userId":"clara","messageId":"m-new","event":"Product Viewed"}'
expect 200
get /v1/customers/clara
expect 200 .id clara .facts.events_count 1 .facts.orders_count 0
order_again
delete /v1/customers/clara
expect 200 .events 1
get '/v1/erasures?limit=1'
expect 200 '.data | length' 1 .data[0].events 1 .has_more true
get "/v1/erasures?limit=2&cursor=$(value .next_cursor)"
expect 200 '.data | length' 2 .data[1].id "$receipt" .has_more false
get '/v1/erasures' -H "If-None-Match: $(get /v1/erasures; header ETag)"
expect 304
get '/v1/erasures?cursor=xyz'
refused 400 invalid_cursor

step "what Shopify asks for in the name of its customers is carried out"
post /v1/sources '{"type":"shopify","name":"shop","settings":{"secret":"murmur murmur"}}'
expect 201
place=$(value .url)
shopify() { # TOPIC BODY
    request POST "$place" -H "$JSON" -H "X-Shopify-Topic: $1" -H 'X-Shopify-Shop-Domain: people.myshopify.com' \
        -H "X-Shopify-Webhook-Id: w-$RANDOM$RANDOM" \
        -H "X-Shopify-Hmac-Sha256: $(printf %s "$2" | openssl dgst -sha256 -hmac 'murmur murmur' -binary | base64)" \
        --data-binary "$2"
    expect 200
}
done_requests() { # NUMBER
    admin_get /v1/privacy-requests
    [ "$status" = 200 ] && [ "$(value '[.data[] | select(.state == "done")] | length')" = "$1" ]
}
customer_of() { # NUMBER: of Shopify, with an e-mail
    track "{\"context\":{\"externalIds\":[{\"type\":\"shopify\",\"id\":\"$1\"},{\"type\":\"email\",\"id\":\"c$1@shop.example\"}]},\"event\":\"Order Completed\",\"properties\":{\"order_id\":\"S-$1\",\"revenue\":10}}"
    expect 200
}
for number in 71 72 73; do
    customer_of "$number"
done
shopify customers/data_request '{"shop_id":1,"shop_domain":"people.myshopify.com","orders_requested":[1],"customer":{"id":71,"email":"C71@shop.example"},"data_request":{"id":9}}'
eventually 10 done_requests 1
expect 200 .data[0].kind disclose '.data[0].customers | length' 1 .data[0].customers[0].id shopify:71 .data[0].erased 0
export=$(value .data[0].customers[0].export)
admin_get "$export"
expect 200 .customer.id shopify:71 '.events | length' 1 '.orders[0].order_id' S-71
shopify customers/redact '{"shop_id":1,"shop_domain":"people.myshopify.com","customer":{"id":71,"email":"c71@shop.example","phone":"555-625-1199"},"orders_to_redact":[1]}'
eventually 10 done_requests 2
expect 200 .data[0].kind erase .data[0].erased 1 '.data[0].erasures | length' 1 '.data[1].customers | length' 0
get "/v1/erasures/$(value .data[0].erasures[0])"
expect 200 .cause shop_system .orders 1
get '/v1/customers/71?by=shopify'
refused 404 not_found
get '/v1/customers/72?by=shopify'
expect 200
shopify customers/redact '{"shop_id":1,"shop_domain":"people.myshopify.com","customer":{"id":71,"email":"c71@shop.example"},"orders_to_redact":[]}'
eventually 10 done_requests 3
expect 200 .data[0].erased 0 '.data[0].erasures | length' 0
for number in $(seq 100 130); do
    customer_of "$number"
done
shopify shop/redact '{"shop_id":1,"shop_domain":"people.myshopify.com"}'
eventually 20 done_requests 4
expect 200 .data[0].kind erase_source .data[0].erased 33 '.data[0].erasures | length' 33
get /v1/customers
expect 200 '[.data[].id | select(startswith("shopify"))] | length' 0 '[.data[].id | select(. != "'"$chain"'")] | sort | join(" ")' 'anna bert'
admin_get '/v1/privacy-requests?limit=3'
expect 200 .has_more true
admin_get "/v1/privacy-requests?limit=3&cursor=$(value .next_cursor)"
expect 200 '.data | length' 1 .data[0].kind disclose
admin_get /v1/privacy-requests -H "If-None-Match: $(admin_get /v1/privacy-requests; header ETag)"
expect 304
admin_get '/v1/privacy-requests?cursor=xyz'
refused 400 invalid_cursor

step "no name stands in the log"
! grep -iqE 'shop\.example|171.?2345678|browser-|clara|by=' "$work/log" || fail "$(grep -iE 'shop\.example|171.?2345678|browser-|clara|by=' "$work/log" | head -n 3)"

finish
