-- name: score_orders
-- Counted orders by customer, in order of completion. Read row by row.
SELECT customer_key, completed_at, value - refunded
FROM customer_order
WHERE shop_id = $1::int4 AND is_counted
ORDER BY customer_key, completed_at

-- name: score_recency
-- What RFM bounds are taken of. Read row by row.
SELECT last_order_at, orders_count::int8, revenue_gross - revenue_refunded
FROM customer
WHERE shop_id = $1::int4 AND events_count > 0 AND orders_count > 0

-- name: score_counts
-- Whether there is anything new to learn.
SELECT count(*), coalesce(sum(purchase_days), 0)::int8
FROM customer
WHERE shop_id = $1::int4 AND events_count > 0 AND orders_count > 0

-- name: score_fit_insert
-- Two fits at one instant are one.
INSERT INTO score_fit (shop_id, fitted_at, verdict, version, orders, document)
VALUES ($1::int4, $2::timestamptz, $3::int2, $4::int4, $5::int8, $6::json)
ON CONFLICT (shop_id, fitted_at) DO NOTHING

-- name: score_fit_trim
-- Of each shop the latest are kept.
DELETE FROM score_fit
WHERE shop_id = $1::int4 AND fitted_at < (
    SELECT min(k.fitted_at)
    FROM (SELECT fitted_at FROM score_fit WHERE shop_id = $1::int4 ORDER BY fitted_at DESC LIMIT $2::int4) AS k
)

-- name: score_fit_last
SELECT fitted_at, verdict, version, orders, document
FROM score_fit
WHERE shop_id = $1::int4
ORDER BY fitted_at DESC
LIMIT 1
