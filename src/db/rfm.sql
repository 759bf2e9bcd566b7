-- Customers with a counted order by their RFM scores. A score less 1 is the number of thresholds that are reached: instants of
-- the last order, counts of orders, minor units of revenue.

-- name: rfm_now
SELECT width_bucket(last_order_at, $2::timestamptz[]), width_bucket(orders_count::int8, $3::int8[]),
    width_bucket(revenue_gross - revenue_refunded, $4::int8[]), count(*),
    least(sum(revenue_gross - revenue_refunded), 9007199254740991)::int8
FROM customer
WHERE shop_id = $1::int4 AND events_count > 0 AND orders_count > 0
GROUP BY 1, 2, 3

-- name: rfm_at
-- At $5, of the orders as they are known now.
SELECT width_bucket(last_at, $2::timestamptz[]), width_bucket(orders, $3::int8[]), width_bucket(revenue, $4::int8[]),
    count(*), least(sum(revenue), 9007199254740991)::int8
FROM (
    SELECT max(completed_at) AS last_at, count(*) AS orders, least(sum(value - refunded), 9007199254740991)::int8 AS revenue
    FROM customer_order
    WHERE shop_id = $1::int4 AND is_counted AND completed_at <= $5::timestamptz
    GROUP BY customer_key
) AS o
GROUP BY 1, 2, 3

-- name: rfm_moves
-- The scores at $6, whose thresholds of the last order are $5, and at $7, whose are $2. Nulls: there was no order by $6.
SELECT width_bucket(last_from, $5::timestamptz[]), width_bucket(orders_from, $3::int8[]),
    width_bucket(revenue_from, $4::int8[]), width_bucket(last_to, $2::timestamptz[]),
    width_bucket(orders_to, $3::int8[]), width_bucket(revenue_to, $4::int8[]), count(*)
FROM (
    SELECT max(completed_at) FILTER (WHERE completed_at <= $6::timestamptz) AS last_from,
        nullif(count(*) FILTER (WHERE completed_at <= $6::timestamptz), 0) AS orders_from,
        least(sum(value - refunded) FILTER (WHERE completed_at <= $6::timestamptz), 9007199254740991)::int8 AS revenue_from,
        max(completed_at) AS last_to, count(*) AS orders_to,
        least(sum(value - refunded), 9007199254740991)::int8 AS revenue_to
    FROM customer_order
    WHERE shop_id = $1::int4 AND is_counted AND completed_at <= $7::timestamptz
    GROUP BY customer_key
) AS o
GROUP BY 1, 2, 3, 4, 5, 6
