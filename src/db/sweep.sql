-- name: sweep_due
-- Customers whose stored deadline has come, earliest first.
SELECT customer_key, shop_id, deadline
FROM customer
WHERE deadline <= $1::timestamptz
ORDER BY deadline
LIMIT $2::int4

-- name: sweep_first
-- The earliest deadline of all.
SELECT deadline FROM customer WHERE deadline IS NOT NULL ORDER BY deadline LIMIT 1
