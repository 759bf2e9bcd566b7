-- Views of sums: what was taken back is no row, and the days of one shop are no work for the others'. And of each shop by which
-- version of the fold all of its customers have been added to the sums.

ALTER TABLE tally_head ADD COLUMN fold_version integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN tally_head.fold_version IS
    'All customers were folded by this version or a newer one when their share came into the sums: less than the program''s own, the sums are partial until rebuild.';
UPDATE tally_head SET fold_version = 4;
UPDATE tally_head h SET fold_version = c.oldest
FROM (SELECT shop_id, min(fold_version) AS oldest FROM customer WHERE events_count > 0 GROUP BY shop_id) c
WHERE c.shop_id = h.shop_id;

CREATE OR REPLACE VIEW analytics.daily_stages AS
WITH stage AS MATERIALIZED (SELECT * FROM analytics.stages)
SELECT h.shop_key, s.model_key, date '1970-01-01' + c.day AS day, s.stage_key, s.stage_name, s.stage_name_zh, s.role, s.stage_order,
    c.n::bigint AS customers
FROM analytics.shops h
CROSS JOIN LATERAL (
    WITH moved AS MATERIALIZED (
        SELECT a AS model, stage, day, sum(n) AS n
        FROM (
            SELECT a, c AS stage, day, s1 AS n FROM tally WHERE shop_id = h.shop_id AND cube = 2 AND c <> 0 AND s1 <> 0
            UNION ALL
            SELECT a, b, day, -s1 FROM tally WHERE shop_id = h.shop_id AND cube = 2 AND b <> 0 AND s1 <> 0
        ) each
        GROUP BY a, stage, day
    ), span AS MATERIALIZED (
        SELECT greatest(d.first_day, d.last_day - 3660) AS first_day, d.last_day
        FROM (
            SELECT min(day) AS first_day, greatest(max(day), (now() AT TIME ZONE h.timezone)::date - date '1970-01-01') AS last_day
            FROM moved
            HAVING count(*) > 0
        ) d
    )
    SELECT model, stage, day, sum(sum(n)) OVER (PARTITION BY model, stage ORDER BY day) AS n
    FROM (
        SELECT m.model, m.stage, greatest(m.day, p.first_day) AS day, m.n
        FROM moved m
        CROSS JOIN span p
        UNION ALL
        SELECT k.model_number, k.stage_number, d.day, 0
        FROM stage k
        CROSS JOIN span p
        CROSS JOIN LATERAL generate_series(p.first_day, p.last_day) AS d (day)
        WHERE k.shop_id = h.shop_id
    ) each
    GROUP BY model, stage, day
) c
JOIN stage s ON s.shop_id = h.shop_id AND s.model_number = c.model AND s.stage_number = c.stage;
COMMENT ON VIEW analytics.daily_stages IS
    'One row a day and stage: who stood there at the end of the day, as it is known now, from the first move, but of at most the last 3,661 days, until today. Key: shop_key, model_key, day, stage_key.';

CREATE OR REPLACE VIEW analytics.daily_sales AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, t.s1 AS orders,
    round(t.s2::numeric / h.minor_unit, h.minor_digits) AS revenue, round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue_gross,
    round(t.s4::numeric / h.minor_unit, h.minor_digits) AS discounts, t.s5 AS coupon_orders, t.s6 AS new_customers,
    round(t.s2::numeric / h.minor_unit / nullif(t.s1, 0), h.minor_digits) AS average_order_value, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 6 AND t.a = 0 AND (t.s1, t.s2, t.s3, t.s4, t.s5, t.s6) <> (0, 0, 0, 0, 0, 0);

CREATE OR REPLACE VIEW analytics.daily_channels AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS orders,
    round(t.s2::numeric / h.minor_unit, h.minor_digits) AS revenue, round(t.s4::numeric / h.minor_unit, h.minor_digits) AS discounts,
    t.s5 AS coupon_orders, t.s6 AS new_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.c
WHERE t.cube = 6 AND t.a = 1 AND (t.s1, t.s2, t.s3, t.s4, t.s5, t.s6) <> (0, 0, 0, 0, 0, 0);

CREATE OR REPLACE VIEW analytics.daily_countries AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS country, t.s1 AS orders,
    round(t.s2::numeric / h.minor_unit, h.minor_digits) AS revenue, t.s6 AS new_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
WHERE t.cube = 6 AND t.a = 2 AND (t.s1, t.s2, t.s3, t.s4, t.s5, t.s6) <> (0, 0, 0, 0, 0, 0);

CREATE OR REPLACE VIEW analytics.daily_categories AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS category, t.s1 AS orders, round(t.s2::numeric / 1000, 3) AS units,
    round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
WHERE t.cube = 7 AND (t.s1, t.s2, t.s3) <> (0, 0, 0);

CREATE OR REPLACE VIEW analytics.product_months AS
SELECT h.shop_key, date '1970-01-01' + t.day AS month, p.text AS product_id, nullif(p.label, '') AS product_name, g.text AS category,
    t.s1 AS orders, round(t.s2::numeric / 1000, 3) AS units, round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue,
    round(t.s4::numeric / 1000, 3) AS returned_units, round(t.s5::numeric / h.minor_unit, h.minor_digits) AS returned_value, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term p ON p.shop_id = t.shop_id AND p.hash = t.a
LEFT JOIN term g ON g.shop_id = t.shop_id AND g.hash = t.b
WHERE t.cube = 8 AND (t.s1, t.s2, t.s3, t.s4, t.s5) <> (0, 0, 0, 0, 0);

CREATE OR REPLACE VIEW analytics.products AS
SELECT h.shop_key, p.text AS product_id, nullif(p.label, '') AS product_name, sum(t.s1)::bigint AS orders,
    round(sum(t.s2) / 1000, 3) AS units, round(sum(t.s3) / h.minor_unit, h.minor_digits) AS revenue,
    round(sum(t.s4) / 1000, 3) AS returned_units, round(sum(t.s5) / h.minor_unit, h.minor_digits) AS returned_value,
    coalesce(b.s1, 0) AS buyers, coalesce(b.s2, 0) AS repeat_buyers, round(b.s2::numeric / nullif(b.s1, 0), 4) AS repeat_rate,
    date '1970-01-01' + max(t.day) FILTER (WHERE t.s1 > 0) AS last_sold_month, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
JOIN term p ON p.shop_id = t.shop_id AND p.hash = t.a
LEFT JOIN tally b ON b.shop_id = t.shop_id AND b.cube = 9 AND b.day = 0 AND b.a = 4 AND b.b = t.a AND b.c = 0
WHERE t.cube = 8 AND (t.s1, t.s2, t.s3, t.s4, t.s5) <> (0, 0, 0, 0, 0)
GROUP BY h.shop_key, p.text, p.label, h.minor_unit, h.minor_digits, h.currency, b.s1, b.s2;

CREATE OR REPLACE VIEW analytics.cohorts AS
SELECT h.shop_key, CASE t.a WHEN 0 THEN 'day' WHEN 1 THEN 'week' WHEN 2 THEN 'month' END AS grain,
    date '1970-01-01' + t.b::integer AS cohort, date '1970-01-01' + t.day AS period,
    CASE t.a WHEN 0 THEN t.day - t.b WHEN 1 THEN (t.day - t.b) / 7
        ELSE extract(year FROM age(date '1970-01-01' + t.day, date '1970-01-01' + t.b::integer)) * 12
            + extract(month FROM age(date '1970-01-01' + t.day, date '1970-01-01' + t.b::integer)) END::integer AS period_number,
    t.s1 AS customers, z.s1 AS cohort_customers, round(t.s1::numeric / nullif(z.s1, 0), 4) AS rate, t.s2 AS orders,
    round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN tally z ON z.shop_id = t.shop_id AND z.cube = 10 AND z.day = t.b AND z.a = t.a AND z.b = t.b AND z.c = 0
WHERE t.cube = 10 AND (t.s1, t.s2, t.s3) <> (0, 0, 0);

CREATE OR REPLACE VIEW analytics.growth AS
SELECT h.shop_key, CASE t.a WHEN 0 THEN 'day' WHEN 1 THEN 'week' WHEN 2 THEN 'month' END AS grain,
    date '1970-01-01' + t.day AS period, t.s1 AS new_customers, t.s2 AS retained_customers, t.s3 AS resurrected_customers,
    t.s4 AS dormant_customers, t.s1 + t.s2 + t.s3 AS active_customers,
    round(t.s5::numeric / h.minor_unit, h.minor_digits) AS retained_revenue,
    round(t.s6::numeric / h.minor_unit, h.minor_digits) AS resurrected_revenue, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 11 AND date '1970-01-01' + t.day <= (now() AT TIME ZONE h.timezone)::date
    AND (t.s1, t.s2, t.s3, t.s4, t.s5, t.s6) <> (0, 0, 0, 0, 0, 0);

CREATE OR REPLACE VIEW analytics.acquisition AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS customers, t.s2 AS orders,
    round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue, t.s4 AS orders_30d,
    round(t.s5::numeric / h.minor_unit, h.minor_digits) AS revenue_30d, t.s6 AS repeat_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.c
WHERE t.cube = 12 AND t.a = 1 AND (t.s1, t.s2, t.s3, t.s4, t.s5, t.s6) <> (0, 0, 0, 0, 0, 0);

CREATE OR REPLACE VIEW analytics.attribution AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, CASE t.a WHEN 1 THEN 'first' WHEN 2 THEN 'last' WHEN 3 THEN 'linear' END AS attribution,
    x.text AS channel, y.text AS campaign, round(t.s1::numeric / 720720, 6) AS orders,
    round(t.s2::numeric / 720720 / h.minor_unit, h.minor_digits) AS revenue, round(t.s3::numeric / 720720, 6) AS new_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.c
WHERE t.cube = 14 AND (t.s1, t.s2, t.s3) <> (0, 0, 0);

CREATE OR REPLACE VIEW analytics.landings AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS customers, t.s2 AS converted,
    t.s3 AS converted_30d, round(t.s2::numeric / nullif(t.s1, 0), 4) AS conversion_rate
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.b
WHERE t.cube = 15 AND (t.s1, t.s2, t.s3) <> (0, 0, 0);

CREATE OR REPLACE VIEW analytics.touches AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS touches
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.b
WHERE t.cube = 16 AND t.s1 <> 0;

CREATE OR REPLACE VIEW analytics.funnel AS
SELECT h.shop_key, date '1970-01-01' + t.day AS month, t.a::integer AS step_order,
    CASE t.a WHEN 0 THEN 'seen' WHEN 1 THEN 'looked' WHEN 2 THEN 'carted' WHEN 3 THEN 'checkout' WHEN 4 THEN 'ordered'
        WHEN 5 THEN 'ordered_again' END AS step, t.b::integer AS days, t.s1 AS customers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 17 AND t.s1 <> 0;

CREATE OR REPLACE VIEW analytics.surveys AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, CASE t.a WHEN 1 THEN 'nps' WHEN 2 THEN 'csat' END AS survey, t.b::integer AS score,
    t.s1 AS answers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 18 AND t.s1 <> 0;

CREATE OR REPLACE VIEW analytics.churn_reasons AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS reason, t.s1 AS customers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
WHERE t.cube = 22 AND t.s1 <> 0;

CREATE OR REPLACE VIEW analytics.win_backs AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS reason, t.b::integer AS days, t.s1 AS customers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
WHERE t.cube = 23 AND t.s1 <> 0;

CREATE OR REPLACE VIEW analytics.service_answers AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, CASE t.a WHEN 1 THEN 'first_answer' WHEN 2 THEN 'resolution' END AS what,
    t.b AS seconds, t.s1 AS requests
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 21 AND t.s1 <> 0;

CREATE OR REPLACE VIEW analytics.stays AS
WITH stage AS MATERIALIZED (SELECT * FROM analytics.stages)
SELECT s.shop_key, s.model_key, s.stage_key, s.stage_name, s.role, date '1970-01-01' + t.day AS month, (t.c / 256)::integer AS days,
    e.stage_key AS to_stage_key, t.s1 AS customers
FROM tally t
JOIN stage s ON s.shop_id = t.shop_id AND s.model_number = t.a AND s.stage_number = t.b
LEFT JOIN stage e ON e.shop_id = t.shop_id AND e.model_number = t.a AND e.stage_number = t.c % 256
WHERE t.cube = 4 AND t.s1 <> 0;
