-- Who is who for readers, what is held about one, and the requests of shop systems. Each is of one shop.

-- name: people_identities
SELECT customer_key, identity_kind, external_id, is_used
FROM customer
WHERE (customer_key = $1::uuid OR merged_into = $1::uuid) AND shop_id = $2::int4
ORDER BY customer_key

-- name: people_links
-- Those between some identities; $2: also those that were withdrawn.
SELECT link_id, identity_kind, identity_value, other_kind, other_value, cause, recorded_at, withdrawn_at
FROM identity_link
WHERE identity_key = ANY ($1::uuid[]) AND (withdrawn_at IS NULL OR $2::bool)
UNION
SELECT link_id, identity_kind, identity_value, other_kind, other_value, cause, recorded_at, withdrawn_at
FROM identity_link
WHERE other_key = ANY ($1::uuid[]) AND (withdrawn_at IS NULL OR $2::bool)
ORDER BY recorded_at, link_id

-- name: people_separations
SELECT c.identity_kind, c.external_id, o.identity_kind, o.external_id, s.recorded_at
FROM identity_separation s
JOIN customer c ON c.customer_key = s.identity_key
JOIN customer o ON o.customer_key = s.other_key
WHERE s.identity_key = ANY ($1::uuid[])
ORDER BY s.recorded_at, s.identity_key, s.other_key

-- name: people_names
-- Whose customer some identities are now, and what that customer is called.
SELECT c.customer_key, o.customer_key, o.external_id, c.external_id
FROM customer c
JOIN customer o ON o.customer_key = coalesce(c.merged_into, c.customer_key)
WHERE c.customer_key = ANY ($1::uuid[])

-- name: people_erasures
-- Newest first, before the place ($2, $3).
SELECT erasure_id, erased_at, cause, (receipt ->> 'identities')::int8, (receipt ->> 'events')::int8,
    (receipt ->> 'orders')::int8, (receipt ->> 'transitions')::int8
FROM erasure
WHERE shop_id = $1::int4 AND ($2::timestamptz IS NULL OR (erased_at, erasure_id) < ($2::timestamptz, $3::uuid))
ORDER BY erased_at DESC, erasure_id DESC
LIMIT $4::int4

-- name: people_erasure
SELECT erasure_id, erased_at, cause, (receipt ->> 'identities')::int8, (receipt ->> 'events')::int8,
    (receipt ->> 'orders')::int8, (receipt ->> 'transitions')::int8
FROM erasure
WHERE erasure_id = $2::uuid AND shop_id = $1::int4

-- name: export_orders
-- Of one identity, in the order of keys; so are the events and transitions below.
SELECT customer_key, order_key, order_id, completed_at, cancelled_at, value, discount, has_coupon, refunds, ordinal,
    circumstances, lines
FROM customer_order
WHERE customer_key = $1::uuid AND shop_id = $2::int4 AND order_key > $3::uuid
ORDER BY order_key
LIMIT $4::int4

-- name: export_transitions
SELECT customer_key, seq, model, version, from_stage, to_stage, at, cause, event_id, recorded_at, superseded_at
FROM transition
WHERE customer_key = $1::uuid AND shop_id = $2::int4 AND seq > $3::int4
ORDER BY seq
LIMIT $4::int4

-- name: export_events
SELECT event_id, occurred_at, received_at, kind, payload
FROM event
WHERE identity_key = $1::uuid AND shop_id = $2::int4 AND event_id > $3::uuid
ORDER BY event_id
LIMIT $4::int4

-- name: privacy_list
-- Newest first, before the place ($2, $3).
SELECT request_id, source_id, kind, received_at, done_at, receipt -> 'erasures', (receipt ->> 'erased')::int8
FROM privacy_request
WHERE shop_id = $1::int4 AND ($2::timestamptz IS NULL OR (received_at, request_id) < ($2::timestamptz, $3::uuid))
ORDER BY received_at DESC, request_id DESC
LIMIT $4::int4

-- name: privacy_people
-- Those whom requests name and who are there now: (request, what the customer is called).
SELECT DISTINCT r.request_id, o.external_id
FROM privacy_request r
CROSS JOIN LATERAL unnest(r.people) AS p (identity_key)
JOIN customer c ON c.customer_key = p.identity_key
JOIN customer o ON o.customer_key = coalesce(c.merged_into, c.customer_key)
WHERE r.shop_id = $1::int4 AND r.request_id = ANY ($2::uuid[]) AND o.shop_id = $1::int4 AND o.events_count > 0
ORDER BY 1, 2

-- name: privacy_open
-- The oldest that is still to be carried out; those of $1 have just failed.
SELECT shop_id, request_id
FROM privacy_request
WHERE done_at IS NULL AND NOT (request_id = ANY ($1::uuid[]))
ORDER BY received_at, request_id
LIMIT 1

-- name: privacy_lock
-- Nobody else carries it out meanwhile.
SELECT r.kind, s.type, (r.receipt ->> 'after')::uuid, r.receipt -> 'erasures', (r.receipt ->> 'erased')::int8
FROM privacy_request r
LEFT JOIN source s ON s.source_id = r.source_id
WHERE r.shop_id = $1::int4 AND r.request_id = $2::uuid AND r.done_at IS NULL
FOR UPDATE OF r SKIP LOCKED

-- name: privacy_whom
-- Identities that a request names and whose customer each is, where there still is something to erase.
SELECT c.customer_key, coalesce(c.merged_into, c.customer_key)
FROM privacy_request r
CROSS JOIN LATERAL unnest(r.people) AS p (identity_key)
JOIN customer c ON c.customer_key = p.identity_key
WHERE r.shop_id = $1::int4 AND r.request_id = $2::uuid AND c.shop_id = $1::int4
    AND (c.erased_at IS NULL OR c.is_used)
ORDER BY 1

-- name: privacy_whom_source
-- The same of all identities of one kind beyond $3.
SELECT customer_key, coalesce(merged_into, customer_key)
FROM customer
WHERE shop_id = $1::int4 AND identity_kind = $2::int2 AND customer_key > $3::uuid AND (erased_at IS NULL OR is_used)
ORDER BY customer_key
LIMIT $4::int4

-- name: privacy_progress
UPDATE privacy_request SET receipt = $3::json, done_at = $4::timestamptz
WHERE shop_id = $1::int4 AND request_id = $2::uuid
