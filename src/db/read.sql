-- What readers ask for besides the rows of the stores. Each is of one shop.

-- name: read_customer_keys
-- Whose state it is that some identities lead to, where it leads to any.
SELECT c.customer_key, o.customer_key, o.shop_id, c.is_used
FROM customer c
CROSS JOIN LATERAL (
    SELECT customer_key, shop_id, events_count FROM customer WHERE customer_key = coalesce(c.merged_into, c.customer_key)
    LIMIT 1
) AS o
WHERE c.customer_key = ANY ($1::uuid[]) AND o.events_count > 0

-- name: read_events
-- Newest first, before the place ($3, $4).
SELECT event_id, occurred_at, received_at, kind, payload ->> 'messageId', payload ->> 'type',
    coalesce(payload ->> 'event', payload ->> 'name'), payload -> 'properties', payload -> 'traits', payload -> 'context'
FROM event
WHERE identity_key IN (SELECT customer_key FROM customer WHERE customer_key = $1::uuid OR merged_into = $1::uuid)
    AND shop_id = $2::int4
    AND ($3::timestamptz IS NULL OR (occurred_at, event_id) < ($3::timestamptz, $4::uuid))
ORDER BY occurred_at DESC, event_id DESC
LIMIT $5::int4

-- name: read_orders
-- Newest first; those that are only reported on stand by their cancellation, or at the end ($6).
SELECT customer_key, order_key, order_id, completed_at, cancelled_at, value, discount, has_coupon, refunds, ordinal,
    circumstances, lines, coalesce(completed_at, cancelled_at, $6::timestamptz)
FROM customer_order
WHERE customer_key = $1::uuid AND shop_id = $2::int4
    AND ($3::timestamptz IS NULL
        OR (coalesce(completed_at, cancelled_at, $6::timestamptz), order_key) < ($3::timestamptz, $4::uuid))
ORDER BY coalesce(completed_at, cancelled_at, $6::timestamptz) DESC, order_key DESC
LIMIT $5::int4

-- name: read_transitions
-- Newest first.
SELECT customer_key, seq, model, version, from_stage, to_stage, at, cause, event_id, recorded_at, superseded_at
FROM transition
WHERE customer_key = $1::uuid AND shop_id = $2::int4
    AND ($3::timestamptz IS NULL OR (at, seq) < ($3::timestamptz, $4::int4))
    AND (superseded_at IS NULL OR $6::bool)
ORDER BY at DESC, seq DESC
LIMIT $5::int4

-- name: read_definitions
-- Documents of one kind, all versions: of one number, or (0) of all.
SELECT number, version, document, document -> 'rule'
FROM definition
WHERE shop_id = $1::int4 AND kind = $2::int2 AND ($3::int2 = 0 OR number = $3::int2)
ORDER BY number, version

-- name: read_definition
-- The document of one version, of a kind of which a shop has one.
SELECT document
FROM definition
WHERE shop_id = $1::int4 AND kind = $2::int2 AND version = $3::int4

-- name: read_fit
-- The document of the latest fit that was put in force up to a version: those after it changed what is not fitted.
SELECT document
FROM definition
WHERE shop_id = $1::int4 AND kind = $2::int2 AND version <= $3::int4 AND document -> 'diagnostics' ->> 'verdict' = 'ok'
ORDER BY version DESC
LIMIT 1

-- name: read_moves
-- Moves from one instant to another, from the transitions themselves: of less than two days.
SELECT model, from_stage, to_stage, count(*)
FROM transition
WHERE shop_id = $1::int4 AND superseded_at IS NULL AND at >= $3::timestamptz AND at < $4::timestamptz
    AND ($2::int2 = 0 OR model = $2::int2)
GROUP BY model, from_stage, to_stage
ORDER BY model, from_stage, to_stage

-- name: export_plan
-- For a cursor of which all rows will be fetched.
SELECT set_config('cursor_tuple_fraction', '1', true)

-- name: read_parallel
-- For a statement that is likely to stop early but, if it does not, goes through a whole table.
SELECT set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true)
