-- What metrics read beside the tallies.

-- name: metric_spend
-- Of some ranges of days, of which some take all days as one.
SELECT CASE WHEN r.sums_days THEN r.from_day ELSE s.day END, s.channel, s.campaign, sum(s.amount)::int8, sum(s.impressions)::int8,
    sum(s.clicks)::int8
FROM unnest($2::int4[], $3::int4[], $4::bool[]) AS r (from_day, to_day, sums_days)
JOIN spend s ON s.shop_id = $1::int4 AND s.day >= r.from_day AND s.day < r.to_day
GROUP BY 1, 2, 3
