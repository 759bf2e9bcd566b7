-- The second row. Column order: key, what are sets and JSON, churn_reason, marks, then the touches in the order of
-- TOUCH_TABLE (core/state.h); db/profile.c binds by position.

-- name: profile_rows
SELECT customer_key, traits, counters, categories, products, channels, churn_reason, marks, first_channel, last_channel,
    first_campaign, last_campaign, first_campaign_source, last_campaign_source, first_campaign_medium,
    last_campaign_medium, last_locale
FROM customer_profile
WHERE customer_key = ANY ($1::uuid[])

-- name: profile_upsert
INSERT INTO customer_profile (
    customer_key, shop_id, traits, counters, categories, products, channels, churn_reason, marks, first_channel,
    last_channel, first_campaign, last_campaign, first_campaign_source, last_campaign_source,
    first_campaign_medium, last_campaign_medium, last_locale
)
SELECT *
FROM unnest(
    $1::uuid[], $2::int4[], $3::json[], $4::json[], $5::bytea[], $6::bytea[], $7::bytea[], $8::text[],
    $9::bytea[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
    $17::text[], $18::text[]
)
ON CONFLICT (customer_key) DO UPDATE SET
    traits = excluded.traits, counters = excluded.counters, categories = excluded.categories,
    products = excluded.products, channels = excluded.channels, churn_reason = excluded.churn_reason,
    marks = excluded.marks, first_channel = excluded.first_channel, last_channel = excluded.last_channel,
    first_campaign = excluded.first_campaign, last_campaign = excluded.last_campaign,
    first_campaign_source = excluded.first_campaign_source, last_campaign_source = excluded.last_campaign_source,
    first_campaign_medium = excluded.first_campaign_medium, last_campaign_medium = excluded.last_campaign_medium,
    last_locale = excluded.last_locale
