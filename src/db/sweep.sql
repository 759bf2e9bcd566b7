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

-- name: sweep_overdue
-- Since when the shop's customer waits who has waited longest to be moved by time, as of $2: looked for among the $3 of all
-- shops who have waited longest. If none of so many is the shop's, no customer of it waits longer than the last.
SELECT coalesce(min(deadline) FILTER (WHERE shop_id = $1::int4), CASE WHEN count(*) = $3::int4 THEN max(deadline) END)
FROM (SELECT shop_id, deadline
      FROM customer
      WHERE deadline <= $2::timestamptz
      ORDER BY deadline
      LIMIT $3::int4) overdue
