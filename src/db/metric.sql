-- What metrics read beside the tallies.

-- name: metric_spend
SELECT day, channel, campaign, amount, impressions, clicks
FROM spend
WHERE shop_id = $1::int4 AND day >= $2::int4 AND day < $3::int4
