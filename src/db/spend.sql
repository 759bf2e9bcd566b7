-- What a shop paid for campaigns.

-- name: spend_upsert
-- Rows come in key order, one each.
INSERT INTO spend (shop_id, day, channel, campaign, amount, impressions, clicks, recorded_at)
SELECT $1::int4, v.day, v.channel, v.campaign, v.amount, v.impressions, v.clicks, $8::timestamptz
FROM unnest($2::int4[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[])
    AS v (day, channel, campaign, amount, impressions, clicks)
ON CONFLICT (shop_id, day, channel, campaign) DO UPDATE SET amount = excluded.amount, impressions = excluded.impressions,
    clicks = excluded.clicks, recorded_at = excluded.recorded_at

-- name: spend_rows
SELECT day, channel, campaign, amount, impressions, clicks, recorded_at
FROM spend
WHERE shop_id = $1::int4 AND day >= $2::int4 AND day < $3::int4
    AND ($4::int4 IS NULL OR (day, channel, campaign) > ($4::int4, $5::int8, $6::int8))
ORDER BY day, channel, campaign
LIMIT $7::int4
