-- What is bought together: the worker that counts, and who reads what it has counted.

-- name: pairing_due
-- Where the journal of tallies stands, and what was counted last.
SELECT h.head, c.head, c.counted_at, c.orders
FROM tally_head h
LEFT JOIN product_count c ON c.shop_id = h.shop_id AND c.kind = 1
WHERE h.shop_id = $1::int4

-- name: pairing_customers
-- A page of a shop's customers, those without orders too: their rows need not be looked at.
SELECT customer_key
FROM customer
WHERE shop_id = $1::int4 AND customer_key > $2::uuid
ORDER BY customer_key
LIMIT $3::int4

-- name: pairing_orders
-- What is in the counted orders of some customers.
SELECT lines
FROM customer_order
WHERE customer_key = ANY ($1::uuid[]) AND is_counted AND lines <> ''

-- name: pairing_note
-- First in its transaction: who else writes a count of the shop waits here.
INSERT INTO product_count (shop_id, kind, counted_at, head, orders, least, pairs, cut)
VALUES ($1::int4, $2::int2, $3::timestamptz, $4::int8, $5::int8, $6::int4, $7::int8, $8::int8)
ON CONFLICT (shop_id, kind) DO UPDATE SET
    counted_at = excluded.counted_at, head = excluded.head, orders = excluded.orders, least = excluded.least,
    pairs = excluded.pairs, cut = excluded.cut

-- name: pairing_clear
DELETE FROM product_pair WHERE shop_id = $1::int4

-- name: pairing_insert
INSERT INTO product_pair (shop_id, kind, a, b, orders, a_orders, b_orders)
SELECT $1::int4, $2::int2, v.*
FROM unnest($3::int8[], $4::int8[], $5::int4[], $6::int4[], $7::int4[]) AS v (a, b, orders, a_orders, b_orders)

-- name: pair_count
SELECT c.counted_at, c.orders, c.least, c.cut, h.head = c.head
FROM product_count c
JOIN tally_head h ON h.shop_id = c.shop_id
WHERE c.shop_id = $1::int4 AND c.kind = $2::int2

-- name: pairs_total
-- How many are in at least $3 orders. Of all of them the count knows that.
SELECT CASE WHEN c.least >= $3::int4 THEN c.pairs
    ELSE (SELECT count(*) FROM product_pair p WHERE p.shop_id = c.shop_id AND p.kind = c.kind AND p.orders >= $3::int4) END
FROM product_count c
WHERE c.shop_id = $1::int4 AND c.kind = $2::int2

-- name: pairs_by_orders
-- From the rarer item to the other: that has the greater confidence. So below.
SELECT CASE WHEN a_orders <= b_orders THEN a ELSE b END, CASE WHEN a_orders <= b_orders THEN b ELSE a END, orders,
    least(a_orders, b_orders), greatest(a_orders, b_orders)
FROM product_pair
WHERE shop_id = $1::int4 AND kind = $2::int2 AND orders >= $3::int4
ORDER BY orders DESC, a, b
LIMIT $4::int4

-- name: pairs_by_strength
-- $5: by lift, else by confidence.
SELECT CASE WHEN a_orders <= b_orders THEN a ELSE b END, CASE WHEN a_orders <= b_orders THEN b ELSE a END, orders,
    least(a_orders, b_orders), greatest(a_orders, b_orders)
FROM product_pair
WHERE shop_id = $1::int4 AND kind = $2::int2 AND orders >= $3::int4
ORDER BY orders::float8 / (least(a_orders, b_orders)::float8 * CASE WHEN $5::bool THEN greatest(a_orders, b_orders) ELSE 1 END)
    DESC, orders DESC, a, b
LIMIT $4::int4

-- name: pairs_of
-- Those with the item $3, which comes first, in at least $4 orders, and how many there are. $6: by lift, else by orders, which
-- is the order of confidence too.
SELECT $3::int8, other, orders, item_orders, other_orders, count(*) OVER ()
FROM (
    SELECT b AS other, orders, a_orders AS item_orders, b_orders AS other_orders
    FROM product_pair
    WHERE shop_id = $1::int4 AND kind = $2::int2 AND a = $3::int8
    UNION ALL
    SELECT a, orders, b_orders, a_orders
    FROM product_pair
    WHERE shop_id = $1::int4 AND kind = $2::int2 AND b = $3::int8
) AS p
WHERE orders >= $4::int4
ORDER BY orders::float8 / CASE WHEN $6::bool THEN other_orders ELSE 1 END DESC, orders DESC, other
LIMIT $5::int4

-- name: pairs_of_some
-- Of each of the items $3 its $4 most frequent pairs; the item comes first.
SELECT i.item, p.other, p.orders, p.item_orders, p.other_orders
FROM unnest($3::int8[]) AS i (item)
CROSS JOIN LATERAL (
    SELECT other, orders, item_orders, other_orders
    FROM (
        SELECT b AS other, orders, a_orders AS item_orders, b_orders AS other_orders
        FROM product_pair
        WHERE shop_id = $1::int4 AND kind = $2::int2 AND a = i.item
        UNION ALL
        SELECT a, orders, b_orders, a_orders
        FROM product_pair
        WHERE shop_id = $1::int4 AND kind = $2::int2 AND b = i.item
    ) AS both_ways
    ORDER BY orders DESC, other
    LIMIT $4::int4
) AS p

-- name: coupon_hunters_total
-- At least $2 orders, of them $3 millionths with a coupon, and $4 channels. It reads all customers of a shop; so below.
SELECT count(*)
FROM customer
WHERE shop_id = $1::int4 AND events_count > 0 AND orders_count >= $2::int4
    AND orders_coupon_count > 0 AND orders_coupon_count::int8 * 1000000 >= orders_count::int8 * $3::int8
    AND channels_count >= $4::int4

-- name: coupon_hunters
-- Those with the most discounts first, after the place ($5, $6).
SELECT external_id, orders_count, orders_coupon_count, discounts_total, revenue_gross - revenue_refunded, channels_count,
    coupons_applied_count, first_order_at, last_order_at, customer_key
FROM customer
WHERE shop_id = $1::int4 AND events_count > 0 AND orders_count >= $2::int4
    AND orders_coupon_count > 0 AND orders_coupon_count::int8 * 1000000 >= orders_count::int8 * $3::int8
    AND channels_count >= $4::int4
    AND ($5::int8 IS NULL OR discounts_total < $5::int8 OR (discounts_total = $5::int8 AND customer_key > $6::uuid))
ORDER BY discounts_total DESC, customer_key
LIMIT $7::int4
