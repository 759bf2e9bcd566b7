-- What an explanation asks for besides the customer.

-- name: explain_typical_order
-- What an order is worth to the middle one of some hundred customers of a shop: always the same ones, whose keys are
-- hashes, so that they are chosen by chance.
SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY value), 0)::int8
FROM (
    SELECT (revenue_gross - revenue_refunded) / orders_count AS value
    FROM (
        SELECT revenue_gross, revenue_refunded, orders_count
        FROM customer
        WHERE shop_id = $1::int4 AND events_count > 0
        ORDER BY customer_key
        LIMIT 500
    ) AS first_ones
    WHERE orders_count > 0
) AS ordering_ones
