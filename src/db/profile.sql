-- name: profile_rows
SELECT customer_key, traits, counters, categories, products, channels, churn_reason
FROM customer_profile
WHERE customer_key = ANY ($1::uuid[])

-- name: profile_upsert
INSERT INTO customer_profile (customer_key, shop_id, traits, counters, categories, products, channels, churn_reason)
SELECT *
FROM unnest($1::uuid[], $2::int4[], $3::json[], $4::json[], $5::bytea[], $6::bytea[], $7::bytea[], $8::text[])
ON CONFLICT (customer_key) DO UPDATE SET
    traits = excluded.traits, counters = excluded.counters, categories = excluded.categories,
    products = excluded.products, channels = excluded.channels, churn_reason = excluded.churn_reason
