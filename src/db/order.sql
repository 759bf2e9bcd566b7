-- name: order_rows
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
-- Single orders, by customer and order.
SELECT o.customer_key, o.order_key, o.order_id, o.completed_at, o.cancelled_at, o.value, o.discount, o.has_coupon,
    o.refunds, o.ordinal, o.circumstances, o.lines
FROM unnest($1::uuid[], $2::uuid[]) AS k (customer_key, order_key)
JOIN customer_order o ON o.customer_key = k.customer_key AND o.order_key = k.order_key

-- name: order_all
-- All orders of some customers.
SELECT customer_key, order_key, order_id, completed_at, cancelled_at, value, discount, has_coupon, refunds, ordinal,
    circumstances, lines, refunded, is_counted
FROM customer_order
WHERE customer_key = ANY ($1::uuid[])

-- name: order_insert
INSERT INTO customer_order (customer_key, order_key, shop_id, order_id, completed_at, cancelled_at, value, discount,
    has_coupon, refunds, refunded, is_counted, ordinal, circumstances, lines)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::int8[],
            $8::int8[], $9::bool[], $10::bytea[], $11::int8[], $12::bool[],
            $13::int4[], $14::bytea[], $15::bytea[])

-- name: order_upsert
-- Orders that may have a row.
INSERT INTO customer_order (customer_key, order_key, shop_id, order_id, completed_at, cancelled_at, value, discount,
    has_coupon, refunds, refunded, is_counted, ordinal, circumstances, lines)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::int8[],
            $8::int8[], $9::bool[], $10::bytea[], $11::int8[], $12::bool[],
            $13::int4[], $14::bytea[], $15::bytea[])
ON CONFLICT (customer_key, order_key) DO UPDATE SET
    order_id = excluded.order_id, completed_at = excluded.completed_at, cancelled_at = excluded.cancelled_at,
    value = excluded.value, discount = excluded.discount, has_coupon = excluded.has_coupon,
    refunds = excluded.refunds, refunded = excluded.refunded, is_counted = excluded.is_counted,
    ordinal = excluded.ordinal, circumstances = excluded.circumstances, lines = excluded.lines

-- name: claim_rows
-- Who has claimed some orders, and who that is by now. One look by its key for each claim: a plan that was made while tables
-- were small must not read all customers.
SELECT o.order_key, o.customer_key, o.shop_id, coalesce(c.merged_into, o.customer_key),
    c.erased_at IS NOT NULL AND c.events_count = 0 AND c.merged_into IS NULL
FROM order_claim o
LEFT JOIN LATERAL (
    SELECT merged_into, erased_at, events_count FROM customer WHERE customer_key = o.customer_key LIMIT 1
) AS c ON true
WHERE o.order_key = ANY ($1::uuid[])

-- name: claim_insert
-- A claim that somebody else has made meanwhile is an error, and the batch is tried again.
INSERT INTO order_claim (order_key, shop_id, customer_key)
SELECT *
FROM unnest($1::uuid[], $2::int4[], $3::uuid[])

-- name: claim_upsert
-- Rebuild: the claims that the ledger implies.
INSERT INTO order_claim (order_key, shop_id, customer_key)
SELECT *
FROM unnest($1::uuid[], $2::int4[], $3::uuid[])
ON CONFLICT (order_key) DO UPDATE SET customer_key = excluded.customer_key, shop_id = excluded.shop_id
