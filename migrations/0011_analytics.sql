-- Views for whoever speaks SQL alone: Grafana, Metabase, Superset, reverse ETL (docs/analytics.md). Their names, columns and
-- meanings stay; what they read does not. No JSON, no erased persons, money as decimals of the shop's currency.

CREATE SCHEMA analytics;
COMMENT ON SCHEMA analytics IS 'Views of lifecycled to be read by other tools: docs/analytics.md.';

-- What is known by name -------------------------------------------------------------------------------------------------

CREATE VIEW analytics.shops AS
SELECT s.shop_key, s.currency, d.minor_digits, (10 ^ d.minor_digits)::integer AS minor_unit, s.timezone, s.created_at,
    s.shop_id
FROM shop s
CROSS JOIN LATERAL (SELECT CASE
    WHEN s.currency IN ('BIF', 'BYR', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV',
                        'XAF', 'XOF', 'XPF') THEN 0
    WHEN s.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
    WHEN s.currency IN ('CLF', 'UYW') THEN 4
    ELSE 2 END AS minor_digits) d;
COMMENT ON VIEW analytics.shops IS 'One row a shop.';
COMMENT ON COLUMN analytics.shops.shop_key IS 'Key of the shop; in every view.';
COMMENT ON COLUMN analytics.shops.currency IS 'ISO 4217 code: all money of the shop is in it.';
COMMENT ON COLUMN analytics.shops.minor_digits IS 'Digits after the point in amounts of the currency.';
COMMENT ON COLUMN analytics.shops.minor_unit IS 'How many of the smallest unit make one: 100 cents a euro.';
COMMENT ON COLUMN analytics.shops.timezone IS 'IANA time zone: its days, weeks (from Monday) and months are those of all views.';
COMMENT ON COLUMN analytics.shops.created_at IS 'When the shop was made.';
COMMENT ON COLUMN analytics.shops.shop_id IS 'Number of the shop within this database.';

CREATE VIEW analytics.stages AS
WITH newest AS (
    SELECT DISTINCT ON (shop_id, number) shop_id, number, version, key, is_withdrawn, document
    FROM definition
    WHERE kind = 1
    ORDER BY shop_id, number, version DESC
), named AS (
    SELECT DISTINCT ON (d.shop_id, d.number, s.stage->>'key') d.shop_id, d.number, d.version, d.document, d.recorded_at,
        s.stage, s.place
    FROM definition d
    CROSS JOIN LATERAL json_array_elements(d.document->'stages') WITH ORDINALITY AS s (stage, place)
    WHERE d.kind = 1
    ORDER BY d.shop_id, d.number, s.stage->>'key', d.version DESC
)
SELECT h.shop_key, m.key AS model_key, coalesce(n.document->'name'->>'en', m.key) AS model_name,
    coalesce(n.document->'name'->>'zh', m.key) AS model_name_zh, g.key AS stage_key,
    coalesce(n.stage->'name'->>'en', g.key) AS stage_name, coalesce(n.stage->'name'->>'zh', g.key) AS stage_name_zh,
    n.stage->>'role' AS role, n.place::integer AS stage_order, n.version = m.version AND NOT m.is_withdrawn AS is_current,
    n.recorded_at AS updated_at, g.shop_id, g.model AS model_number, g.stage AS stage_number
FROM definition_stage g
JOIN analytics.shops h ON h.shop_id = g.shop_id
JOIN newest m ON m.shop_id = g.shop_id AND m.number = g.model
LEFT JOIN named n ON n.shop_id = g.shop_id AND n.number = g.model AND n.stage->>'key' = g.key;
COMMENT ON VIEW analytics.stages IS 'One row a stage of a model, those included that its newest version no longer has. Key: shop_key, model_key, stage_key.';
COMMENT ON COLUMN analytics.stages.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.stages.model_key IS 'Key of the lifecycle model.';
COMMENT ON COLUMN analytics.stages.model_name IS 'Name of the model in English.';
COMMENT ON COLUMN analytics.stages.model_name_zh IS 'Name of the model in Chinese.';
COMMENT ON COLUMN analytics.stages.stage_key IS 'Key of the stage within the model.';
COMMENT ON COLUMN analytics.stages.stage_name IS 'Name of the stage in English.';
COMMENT ON COLUMN analytics.stages.stage_name_zh IS 'Name of the stage in Chinese.';
COMMENT ON COLUMN analytics.stages.role IS 'What the stage is in any lifecycle: prospect, new, active, loyal, advocate, at_risk or lost.';
COMMENT ON COLUMN analytics.stages.stage_order IS 'Place within the version that has the stage last: rules are tried in this order.';
COMMENT ON COLUMN analytics.stages.is_current IS 'The newest version of the model has it, and the model is not withdrawn.';
COMMENT ON COLUMN analytics.stages.updated_at IS 'Publication of the version from which this row is.';
COMMENT ON COLUMN analytics.stages.shop_id IS 'Number of the shop within this database.';
COMMENT ON COLUMN analytics.stages.model_number IS 'Permanent number of the model within the shop.';
COMMENT ON COLUMN analytics.stages.stage_number IS 'Permanent number of the stage within the model.';

CREATE VIEW analytics.segments AS
SELECT h.shop_key, d.key AS segment_key, coalesce(d.document->'name'->>'en', d.key) AS segment_name,
    coalesce(d.document->'name'->>'zh', d.key) AS segment_name_zh, coalesce(t.s1, 0) AS customers, NOT d.is_withdrawn AS is_current,
    d.recorded_at AS updated_at, d.shop_id, d.number AS segment_number
FROM (
    SELECT DISTINCT ON (shop_id, number) shop_id, number, key, is_withdrawn, document, recorded_at
    FROM definition
    WHERE kind = 2
    ORDER BY shop_id, number, version DESC
) d
JOIN analytics.shops h ON h.shop_id = d.shop_id
LEFT JOIN tally t ON t.shop_id = d.shop_id AND t.cube = 3 AND t.day = 0 AND t.a = d.number AND t.b = 0 AND t.c = 0;
COMMENT ON VIEW analytics.segments IS 'One row a segment, withdrawn ones included. Key: shop_key, segment_key.';
COMMENT ON COLUMN analytics.segments.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.segments.segment_key IS 'Key of the segment.';
COMMENT ON COLUMN analytics.segments.segment_name IS 'Name of the segment in English.';
COMMENT ON COLUMN analytics.segments.segment_name_zh IS 'Name of the segment in Chinese.';
COMMENT ON COLUMN analytics.segments.customers IS 'Present members, as fresh as analytics.freshness says.';
COMMENT ON COLUMN analytics.segments.is_current IS 'It is not withdrawn.';
COMMENT ON COLUMN analytics.segments.updated_at IS 'Publication of its newest version.';
COMMENT ON COLUMN analytics.segments.shop_id IS 'Number of the shop within this database.';
COMMENT ON COLUMN analytics.segments.segment_number IS 'Permanent number of the segment within the shop.';

CREATE VIEW analytics.freshness AS
SELECT h.shop_key, p.head - t.done AS waiting, e.recorded_at AS oldest_at, p.head
FROM analytics.shops h
JOIN tally_head p ON p.shop_id = h.shop_id
JOIN tally_turn t ON t.shop_id = h.shop_id
LEFT JOIN tally_entry e ON e.shop_id = h.shop_id AND e.seq = t.done + 1;
COMMENT ON VIEW analytics.freshness IS
    'One row a shop: what the views of sums (all but customers, customer_stages, orders, order_lines, transitions, memberships, spend) have not yet. A service that runs adds it up within seconds; the API''s metrics have it at once.';
COMMENT ON COLUMN analytics.freshness.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.freshness.waiting IS 'Commits that are not in the sums yet; 0: the sums are exact.';
COMMENT ON COLUMN analytics.freshness.oldest_at IS 'When the oldest of them was recorded: the sums have all that was recorded before. Null: none waits.';
COMMENT ON COLUMN analytics.freshness.head IS 'Number of the latest commit that changed a sum.';

-- Customer by customer --------------------------------------------------------------------------------------------------

CREATE VIEW analytics.customers AS
WITH stage AS MATERIALIZED (SELECT * FROM analytics.stages)
SELECT h.shop_key, c.customer_key, c.external_id AS customer_id,
    CASE c.identity_kind WHEN 1 THEN 'user' WHEN 2 THEN 'shopify' WHEN 3 THEN 'woocommerce' WHEN 4 THEN 'member'
        WHEN 5 THEN 'anonymous' WHEN 6 THEN 'email' WHEN 7 THEN 'phone' WHEN 8 THEN 'order' END AS customer_kind,
    c.identities_count, s.model_key, s.stage_key, s.stage_name, s.role,
    CASE WHEN s.stage_key IS NOT NULL THEN 'epoch'::timestamptz + interval '1 microsecond' *
        ('x' || encode(substr(c.standing, f.number * 9 - 7, 8), 'hex'))::bit(64)::bigint END AS stage_since,
    c.first_seen_at, c.last_seen_at, c.first_order_at, c.last_order_at,
    c.orders_count, c.orders_cancelled_count, c.orders_coupon_count, c.refunds_count, c.purchase_days,
    round((c.revenue_gross - c.revenue_refunded)::numeric / h.minor_unit, h.minor_digits) AS revenue,
    round(c.revenue_gross::numeric / h.minor_unit, h.minor_digits) AS revenue_gross,
    round(c.revenue_refunded::numeric / h.minor_unit, h.minor_digits) AS revenue_refunded,
    round(c.discounts_total::numeric / h.minor_unit, h.minor_digits) AS discounts,
    round((c.revenue_gross - c.revenue_refunded)::numeric / h.minor_unit / nullif(c.orders_count, 0), h.minor_digits)
        AS average_order_value,
    round(c.order_value_last::numeric / h.minor_unit, h.minor_digits) AS last_order_value,
    c.events_count, c.sessions_count, c.pages_count, c.product_views_count, c.carts_count, c.checkouts_count,
    c.categories_count, c.products_count, c.channels_count, c.reviews_count, c.shares_count, c.referrals_count,
    c.complaints_count, c.complaints_open, c.survey_answers_count, c.nps_last, c.csat_last, c.renewals_count,
    CASE c.subscription WHEN 0 THEN 'none' WHEN 1 THEN 'active' WHEN 2 THEN 'cancelled' END AS subscription_status,
    c.points_balance, c.churned = 1 AS is_churned, c.churned_at,
    CASE WHEN c.churned = 1 THEN p.churn_reason END AS churn_reason,
    p.first_channel, p.last_channel, p.first_campaign, p.last_campaign, p.first_campaign_source, p.last_campaign_source,
    p.first_campaign_medium, p.last_campaign_medium, p.last_locale, h.currency, c.folded_at AS updated_at
FROM customer c
JOIN analytics.shops h ON h.shop_id = c.shop_id
LEFT JOIN customer_profile p ON p.customer_key = c.customer_key
LEFT JOIN (
    SELECT shop_id, min(model_number) AS number FROM stage WHERE is_current GROUP BY shop_id
) f ON f.shop_id = c.shop_id
LEFT JOIN stage s ON s.shop_id = c.shop_id AND s.model_number = f.number
    AND s.stage_number = CASE WHEN octet_length(c.standing) >= f.number * 9 THEN get_byte(c.standing, f.number * 9 - 9) END
WHERE c.events_count > 0;
COMMENT ON VIEW analytics.customers IS
    'One row a customer, whatever names they have; erased ones are not there. Facts as of updated_at; traits (e-mail, name, ...) are left out: ask the API. Key: customer_key; also shop_key, customer_id.';
COMMENT ON COLUMN analytics.customers.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.customers.customer_key IS 'Key of the customer, in all views; the survivor''s when customers were merged.';
COMMENT ON COLUMN analytics.customers.customer_id IS 'The id by which the shop knows them (userId or anonymousId as sent), else KIND:VALUE; of an e-mail or phone its SHA-256.';
COMMENT ON COLUMN analytics.customers.customer_kind IS 'What customer_id is: user, shopify, woocommerce, member, anonymous, email, phone, or order (a guest''s).';
COMMENT ON COLUMN analytics.customers.identities_count IS 'By how many ids they are known.';
COMMENT ON COLUMN analytics.customers.model_key IS 'The shop''s oldest model that is in force; for all models see customer_stages.';
COMMENT ON COLUMN analytics.customers.stage_key IS 'Their stage in it; null: none.';
COMMENT ON COLUMN analytics.customers.stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.customers.role IS 'Its role: prospect, new, active, loyal, advocate, at_risk or lost.';
COMMENT ON COLUMN analytics.customers.stage_since IS 'Since when they are in it.';
COMMENT ON COLUMN analytics.customers.first_seen_at IS 'First event.';
COMMENT ON COLUMN analytics.customers.last_seen_at IS 'Latest event.';
COMMENT ON COLUMN analytics.customers.first_order_at IS 'Completion of the first counted order.';
COMMENT ON COLUMN analytics.customers.last_order_at IS 'Completion of the latest counted order.';
COMMENT ON COLUMN analytics.customers.orders_count IS 'Counted orders: completed, neither cancelled nor wholly refunded.';
COMMENT ON COLUMN analytics.customers.orders_cancelled_count IS 'Orders completed and then cancelled.';
COMMENT ON COLUMN analytics.customers.orders_coupon_count IS 'Counted orders that carry a coupon.';
COMMENT ON COLUMN analytics.customers.refunds_count IS 'Refunds of completed orders, whole and partial.';
COMMENT ON COLUMN analytics.customers.purchase_days IS 'Local days with a counted order.';
COMMENT ON COLUMN analytics.customers.revenue IS 'Net: revenue_gross less revenue_refunded.';
COMMENT ON COLUMN analytics.customers.revenue_gross IS 'Value of completed and not cancelled orders before refunds.';
COMMENT ON COLUMN analytics.customers.revenue_refunded IS 'Refunded of those orders, at most their value.';
COMMENT ON COLUMN analytics.customers.discounts IS 'Discounts on counted orders.';
COMMENT ON COLUMN analytics.customers.average_order_value IS 'revenue by orders_count; null without orders.';
COMMENT ON COLUMN analytics.customers.last_order_value IS 'Value of the latest counted order less its refunds.';
COMMENT ON COLUMN analytics.customers.events_count IS 'Accepted events.';
COMMENT ON COLUMN analytics.customers.sessions_count IS 'Sessions: a session ends after 30 minutes without an event.';
COMMENT ON COLUMN analytics.customers.pages_count IS 'Page and screen views.';
COMMENT ON COLUMN analytics.customers.product_views_count IS 'Product views.';
COMMENT ON COLUMN analytics.customers.carts_count IS 'Times that something was put into a cart.';
COMMENT ON COLUMN analytics.customers.checkouts_count IS 'Checkouts started.';
COMMENT ON COLUMN analytics.customers.categories_count IS 'Distinct categories of products in completed orders.';
COMMENT ON COLUMN analytics.customers.products_count IS 'Distinct products in completed orders.';
COMMENT ON COLUMN analytics.customers.channels_count IS 'Distinct channels.';
COMMENT ON COLUMN analytics.customers.reviews_count IS 'Product reviews.';
COMMENT ON COLUMN analytics.customers.shares_count IS 'Products and carts shared.';
COMMENT ON COLUMN analytics.customers.referrals_count IS 'Referrals made.';
COMMENT ON COLUMN analytics.customers.complaints_count IS 'Complaints opened.';
COMMENT ON COLUMN analytics.customers.complaints_open IS 'Complaints opened and not yet resolved.';
COMMENT ON COLUMN analytics.customers.survey_answers_count IS 'Surveys answered.';
COMMENT ON COLUMN analytics.customers.nps_last IS 'Latest NPS answer, 0 to 10; null: none.';
COMMENT ON COLUMN analytics.customers.csat_last IS 'Latest CSAT answer, 1 to 5; null: none.';
COMMENT ON COLUMN analytics.customers.renewals_count IS 'Subscription renewals.';
COMMENT ON COLUMN analytics.customers.subscription_status IS 'none, active or cancelled.';
COMMENT ON COLUMN analytics.customers.points_balance IS 'Points earned less points redeemed.';
COMMENT ON COLUMN analytics.customers.is_churned IS 'Said to have left, and neither ordered nor subscribed since.';
COMMENT ON COLUMN analytics.customers.churned_at IS 'When they were said to have left; null: is_churned is false.';
COMMENT ON COLUMN analytics.customers.churn_reason IS 'The reason that was told; null: is_churned is false, or none was.';
COMMENT ON COLUMN analytics.customers.first_channel IS 'Channel of the first event that told one.';
COMMENT ON COLUMN analytics.customers.last_channel IS 'Channel of the latest event that told one.';
COMMENT ON COLUMN analytics.customers.first_campaign IS 'Campaign of the first event that told one.';
COMMENT ON COLUMN analytics.customers.last_campaign IS 'Campaign of the latest event that told one.';
COMMENT ON COLUMN analytics.customers.first_campaign_source IS 'utm_source of the first event that told one.';
COMMENT ON COLUMN analytics.customers.last_campaign_source IS 'utm_source of the latest event that told one.';
COMMENT ON COLUMN analytics.customers.first_campaign_medium IS 'utm_medium of the first event that told one.';
COMMENT ON COLUMN analytics.customers.last_campaign_medium IS 'utm_medium of the latest event that told one.';
COMMENT ON COLUMN analytics.customers.last_locale IS 'Language and region of the latest event that told them.';
COMMENT ON COLUMN analytics.customers.currency IS 'Currency of all amounts in the row.';
COMMENT ON COLUMN analytics.customers.updated_at IS 'The instant in the customer''s history of what changed the row last. What comes late changes the past and does not raise it: to copy every change, follow the API''s /v1/changes.';

CREATE VIEW analytics.customer_stages AS
WITH stage AS MATERIALIZED (SELECT * FROM analytics.stages)
SELECT s.shop_key, c.customer_key, s.model_key, s.stage_key, s.stage_name, s.stage_name_zh, s.role,
    'epoch'::timestamptz + interval '1 microsecond' *
        ('x' || encode(substr(c.standing, s.model_number * 9 - 7, 8), 'hex'))::bit(64)::bigint AS since,
    c.folded_at AS updated_at
FROM customer c
JOIN stage s ON s.shop_id = c.shop_id
    AND s.stage_number = CASE WHEN octet_length(c.standing) >= s.model_number * 9
        THEN get_byte(c.standing, s.model_number * 9 - 9) END
WHERE c.events_count > 0;
COMMENT ON VIEW analytics.customer_stages IS
    'One row a customer and model: where they stand. Whom only time moves is moved by the service when it is due. Key: customer_key, model_key.';
COMMENT ON COLUMN analytics.customer_stages.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.customer_stages.customer_key IS 'The customer: analytics.customers.';
COMMENT ON COLUMN analytics.customer_stages.model_key IS 'The model: analytics.stages.';
COMMENT ON COLUMN analytics.customer_stages.stage_key IS 'The stage: analytics.stages.';
COMMENT ON COLUMN analytics.customer_stages.stage_name IS 'Name of the stage in English.';
COMMENT ON COLUMN analytics.customer_stages.stage_name_zh IS 'Name of the stage in Chinese.';
COMMENT ON COLUMN analytics.customer_stages.role IS 'Role of the stage: prospect, new, active, loyal, advocate, at_risk or lost.';
COMMENT ON COLUMN analytics.customer_stages.since IS 'Since when they are in it.';
COMMENT ON COLUMN analytics.customer_stages.updated_at IS 'As of customers.';

CREATE VIEW analytics.orders AS
SELECT h.shop_key, o.order_key, o.customer_key, o.order_id, o.completed_at,
    (o.completed_at AT TIME ZONE h.timezone)::date AS day, o.cancelled_at, o.ordinal AS order_number,
    CASE WHEN o.cancelled_at IS NOT NULL THEN 'cancelled' WHEN o.is_counted THEN 'counted' ELSE 'refunded' END AS status,
    o.is_counted, round(o.value::numeric / h.minor_unit, h.minor_digits) AS value,
    round(o.refunded::numeric / h.minor_unit, h.minor_digits) AS refunded,
    CASE WHEN o.cancelled_at IS NULL THEN round((o.value - o.refunded)::numeric / h.minor_unit, h.minor_digits) ELSE 0 END AS net_value,
    round(o.discount::numeric / h.minor_unit, h.minor_digits) AS discount, o.has_coupon,
    ch.text AS channel, ca.text AS campaign, co.text AS country, h.currency, c.folded_at AS updated_at
FROM customer_order o
JOIN analytics.shops h ON h.shop_id = o.shop_id
JOIN customer c ON c.customer_key = o.customer_key
LEFT JOIN term ch ON ch.shop_id = o.shop_id AND ch.hash = ('x' || encode(substr(o.circumstances, 10, 8), 'hex'))::bit(64)::bigint
LEFT JOIN term ca ON ca.shop_id = o.shop_id AND ca.hash = ('x' || encode(substr(o.circumstances, 18, 8), 'hex'))::bit(64)::bigint
LEFT JOIN term co ON co.shop_id = o.shop_id AND co.hash = ('x' || encode(substr(o.circumstances, 26, 8), 'hex'))::bit(64)::bigint
WHERE o.completed_at IS NOT NULL AND c.events_count > 0;
COMMENT ON VIEW analytics.orders IS 'One row a completed order. Revenue is the sum of net_value. Key: order_key; also shop_key, order_id.';
COMMENT ON COLUMN analytics.orders.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.orders.order_key IS 'Key of the order.';
COMMENT ON COLUMN analytics.orders.customer_key IS 'Whose it is: analytics.customers.';
COMMENT ON COLUMN analytics.orders.order_id IS 'Its id as it was sent.';
COMMENT ON COLUMN analytics.orders.completed_at IS 'When it was completed.';
COMMENT ON COLUMN analytics.orders.day IS 'The shop''s local day of completed_at, on which all metrics count it.';
COMMENT ON COLUMN analytics.orders.cancelled_at IS 'When it was cancelled; null: it was not.';
COMMENT ON COLUMN analytics.orders.order_number IS 'Place among the customer''s completions: 1 the first.';
COMMENT ON COLUMN analytics.orders.status IS 'counted; cancelled; refunded: wholly.';
COMMENT ON COLUMN analytics.orders.is_counted IS 'It counts as an order: neither cancelled nor wholly refunded.';
COMMENT ON COLUMN analytics.orders.value IS 'As sold, before refunds.';
COMMENT ON COLUMN analytics.orders.refunded IS 'Refunded of it, at most its value.';
COMMENT ON COLUMN analytics.orders.net_value IS 'value less refunded; 0 when it was cancelled.';
COMMENT ON COLUMN analytics.orders.discount IS 'Discount on it.';
COMMENT ON COLUMN analytics.orders.has_coupon IS 'It carries a coupon.';
COMMENT ON COLUMN analytics.orders.channel IS 'Channel of the completing event, else of the latest touch before; null: none was told.';
COMMENT ON COLUMN analytics.orders.campaign IS 'Campaign of the same; null: none was told.';
COMMENT ON COLUMN analytics.orders.country IS 'Country of the completing event; null: none was told.';
COMMENT ON COLUMN analytics.orders.currency IS 'Currency of all amounts in the row.';
COMMENT ON COLUMN analytics.orders.updated_at IS 'As of customers: of whatever changed the customer last.';

CREATE VIEW analytics.order_lines AS
SELECT h.shop_key, o.order_key, n.line + 1 AS line_number, o.customer_key, o.completed_at,
    (o.completed_at AT TIME ZONE h.timezone)::date AS day, o.is_counted, p.text AS product_id, nullif(p.label, '') AS product_name,
    g.text AS category, round(l.units::numeric / 1000, 3) AS units, round(l.value::numeric / h.minor_unit, h.minor_digits) AS value,
    h.currency, c.folded_at AS updated_at
FROM customer_order o
JOIN analytics.shops h ON h.shop_id = o.shop_id
JOIN customer c ON c.customer_key = o.customer_key
CROSS JOIN LATERAL generate_series(0, octet_length(o.lines) / 32 - 1) AS n (line)
CROSS JOIN LATERAL (
    SELECT ('x' || encode(substr(o.lines, n.line * 32 + 1, 8), 'hex'))::bit(64)::bigint AS product,
        ('x' || encode(substr(o.lines, n.line * 32 + 9, 8), 'hex'))::bit(64)::bigint AS category,
        ('x' || encode(substr(o.lines, n.line * 32 + 17, 8), 'hex'))::bit(64)::bigint AS units,
        ('x' || encode(substr(o.lines, n.line * 32 + 25, 8), 'hex'))::bit(64)::bigint AS value
) l
LEFT JOIN term p ON p.shop_id = o.shop_id AND p.hash = l.product
LEFT JOIN term g ON g.shop_id = o.shop_id AND g.hash = l.category
WHERE o.completed_at IS NOT NULL AND c.events_count > 0;
COMMENT ON VIEW analytics.order_lines IS 'One row a product and category of a completed order, as they were told last. Key: order_key, line_number.';
COMMENT ON COLUMN analytics.order_lines.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.order_lines.order_key IS 'The order: analytics.orders.';
COMMENT ON COLUMN analytics.order_lines.line_number IS 'Place within the order, from 1.';
COMMENT ON COLUMN analytics.order_lines.customer_key IS 'Whose order it is: analytics.customers.';
COMMENT ON COLUMN analytics.order_lines.completed_at IS 'When the order was completed.';
COMMENT ON COLUMN analytics.order_lines.day IS 'The shop''s local day of completed_at.';
COMMENT ON COLUMN analytics.order_lines.is_counted IS 'The order counts: neither cancelled nor wholly refunded.';
COMMENT ON COLUMN analytics.order_lines.product_id IS 'Id of the product as it was sent; null: none was, only a category.';
COMMENT ON COLUMN analytics.order_lines.product_name IS 'Its name as it was first told; null: none was.';
COMMENT ON COLUMN analytics.order_lines.category IS 'Category of the product in this order; null: none was told.';
COMMENT ON COLUMN analytics.order_lines.units IS 'How many; 1 when it was not told.';
COMMENT ON COLUMN analytics.order_lines.value IS 'Price times units; 0 when no price was told.';
COMMENT ON COLUMN analytics.order_lines.currency IS 'Currency of value.';
COMMENT ON COLUMN analytics.order_lines.updated_at IS 'As of customers: of whatever changed the customer last.';

CREATE VIEW analytics.transitions AS
WITH stage AS MATERIALIZED (SELECT * FROM analytics.stages)
SELECT h.shop_key, t.customer_key, t.seq AS transition_number, m.model_key, m.model_name, t.at AS moved_at,
    (t.at AT TIME ZONE h.timezone)::date AS day, f.stage_key AS from_stage_key, f.stage_name AS from_stage_name, f.role AS from_role,
    s.stage_key AS to_stage_key, s.stage_name AS to_stage_name, s.role AS to_role,
    CASE t.cause WHEN 1 THEN 'event' WHEN 2 THEN 'time' WHEN 3 THEN 'definition' WHEN 4 THEN 'merge' END AS cause,
    t.version AS model_version, t.recorded_at AS updated_at
FROM transition t
JOIN analytics.shops h ON h.shop_id = t.shop_id
JOIN customer c ON c.customer_key = t.customer_key
JOIN (SELECT DISTINCT shop_id, model_number, model_key, model_name FROM stage) m
    ON m.shop_id = t.shop_id AND m.model_number = t.model
LEFT JOIN stage s ON s.shop_id = t.shop_id AND s.model_number = t.model AND s.stage_number = t.to_stage
LEFT JOIN stage f ON f.shop_id = t.shop_id AND f.model_number = t.model AND f.stage_number = t.from_stage
WHERE t.superseded_at IS NULL AND c.events_count > 0;
COMMENT ON VIEW analytics.transitions IS
    'One row a move of a customer between stages, as it is known now: moves that late events or new definitions withdrew are not there. Key: customer_key, transition_number.';
COMMENT ON COLUMN analytics.transitions.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.transitions.customer_key IS 'Who moved: analytics.customers.';
COMMENT ON COLUMN analytics.transitions.transition_number IS 'Number within the customer, in the order in which moves became known; order by moved_at.';
COMMENT ON COLUMN analytics.transitions.model_key IS 'The model: analytics.stages.';
COMMENT ON COLUMN analytics.transitions.model_name IS 'Name of the model in English.';
COMMENT ON COLUMN analytics.transitions.moved_at IS 'When.';
COMMENT ON COLUMN analytics.transitions.day IS 'The shop''s local day of moved_at.';
COMMENT ON COLUMN analytics.transitions.from_stage_key IS 'Out of which stage; null: the customer stood nowhere.';
COMMENT ON COLUMN analytics.transitions.from_stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.transitions.from_role IS 'Its role.';
COMMENT ON COLUMN analytics.transitions.to_stage_key IS 'Into which stage; null: nowhere, the model was withdrawn.';
COMMENT ON COLUMN analytics.transitions.to_stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.transitions.to_role IS 'Its role.';
COMMENT ON COLUMN analytics.transitions.cause IS 'What moved them: event, time, definition (a version that was published) or merge.';
COMMENT ON COLUMN analytics.transitions.model_version IS 'Version of the model that was in force.';
COMMENT ON COLUMN analytics.transitions.updated_at IS 'When the move was recorded. One that is withdrawn later disappears: copy the last days anew, or follow /v1/changes.';

CREATE VIEW analytics.memberships AS
SELECT g.shop_key, m.customer_key, g.segment_key, g.segment_name, g.segment_name_zh, m.entered_at, m.entered_at AS updated_at
FROM membership m
JOIN analytics.segments g ON g.shop_id = m.shop_id AND g.segment_number = m.segment;
COMMENT ON VIEW analytics.memberships IS 'One row a present member of a segment; who leaves disappears. Key: customer_key, segment_key.';
COMMENT ON COLUMN analytics.memberships.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.memberships.customer_key IS 'The member: analytics.customers.';
COMMENT ON COLUMN analytics.memberships.segment_key IS 'The segment: analytics.segments.';
COMMENT ON COLUMN analytics.memberships.segment_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.memberships.segment_name_zh IS 'Its name in Chinese.';
COMMENT ON COLUMN analytics.memberships.entered_at IS 'Since when.';
COMMENT ON COLUMN analytics.memberships.updated_at IS 'The same as entered_at.';

-- Sums ------------------------------------------------------------------------------------------------------------------

CREATE VIEW analytics.stage_counts AS
SELECT s.shop_key, s.model_key, s.stage_key, s.stage_name, s.stage_name_zh, s.role, s.stage_order, coalesce(t.s1, 0) AS customers,
    round(coalesce(t.s2, 0)::numeric / h.minor_unit, h.minor_digits) AS revenue, h.currency
FROM analytics.stages s
JOIN analytics.shops h ON h.shop_id = s.shop_id
LEFT JOIN tally t ON t.shop_id = s.shop_id AND t.cube = 1 AND t.day = 0 AND t.a = s.model_number AND t.b = s.stage_number AND t.c = 0
WHERE s.is_current OR t.s1 <> 0;
COMMENT ON VIEW analytics.stage_counts IS 'One row a stage: who stands there now. Key: shop_key, model_key, stage_key.';
COMMENT ON COLUMN analytics.stage_counts.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.stage_counts.model_key IS 'The model.';
COMMENT ON COLUMN analytics.stage_counts.stage_key IS 'The stage.';
COMMENT ON COLUMN analytics.stage_counts.stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.stage_counts.stage_name_zh IS 'Its name in Chinese.';
COMMENT ON COLUMN analytics.stage_counts.role IS 'Its role.';
COMMENT ON COLUMN analytics.stage_counts.stage_order IS 'Its place in the model.';
COMMENT ON COLUMN analytics.stage_counts.customers IS 'Customers who stand in it now; erased ones count where they stood.';
COMMENT ON COLUMN analytics.stage_counts.revenue IS 'Net revenue of these customers, of all their time.';
COMMENT ON COLUMN analytics.stage_counts.currency IS 'Currency of revenue.';

CREATE VIEW analytics.daily_moves AS
WITH stage AS MATERIALIZED (SELECT * FROM analytics.stages)
SELECT h.shop_key, m.model_key, date '1970-01-01' + t.day AS day, f.stage_key AS from_stage_key, f.stage_name AS from_stage_name,
    f.role AS from_role, s.stage_key AS to_stage_key, s.stage_name AS to_stage_name, s.role AS to_role, t.s1 AS customers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
JOIN (SELECT DISTINCT shop_id, model_number, model_key FROM stage) m ON m.shop_id = t.shop_id AND m.model_number = t.a
LEFT JOIN stage f ON f.shop_id = t.shop_id AND f.model_number = t.a AND f.stage_number = t.b
LEFT JOIN stage s ON s.shop_id = t.shop_id AND s.model_number = t.a AND s.stage_number = t.c
WHERE t.cube = 2 AND t.s1 <> 0;
COMMENT ON VIEW analytics.daily_moves IS
    'One row a day, model and pair of stages between which customers moved, erased ones included. Key: shop_key, model_key, day, from_stage_key, to_stage_key.';
COMMENT ON COLUMN analytics.daily_moves.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.daily_moves.model_key IS 'The model.';
COMMENT ON COLUMN analytics.daily_moves.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.daily_moves.from_stage_key IS 'Out of which stage; null: from nowhere, as a new customer.';
COMMENT ON COLUMN analytics.daily_moves.from_stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.daily_moves.from_role IS 'Its role.';
COMMENT ON COLUMN analytics.daily_moves.to_stage_key IS 'Into which stage; null: nowhere, the model was withdrawn.';
COMMENT ON COLUMN analytics.daily_moves.to_stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.daily_moves.to_role IS 'Its role.';
COMMENT ON COLUMN analytics.daily_moves.customers IS 'How many moves.';

CREATE VIEW analytics.daily_stages AS
WITH stage AS MATERIALIZED (
    SELECT * FROM analytics.stages
), moved AS MATERIALIZED (
    SELECT shop_id, a AS model, stage, day, sum(n) AS n
    FROM (
        SELECT shop_id, a, c AS stage, day, s1 AS n FROM tally WHERE cube = 2 AND c <> 0
        UNION ALL
        SELECT shop_id, a, b, day, -s1 FROM tally WHERE cube = 2 AND b <> 0
    ) each
    GROUP BY shop_id, a, stage, day
), span AS (
    SELECT m.shop_id, min(m.day) AS first_day,
        greatest(max(m.day), (now() AT TIME ZONE max(h.timezone))::date - date '1970-01-01') AS last_day
    FROM moved m
    JOIN analytics.shops h ON h.shop_id = m.shop_id
    GROUP BY m.shop_id
), counted AS (
    SELECT shop_id, model, stage, day, sum(sum(n)) OVER (PARTITION BY shop_id, model, stage ORDER BY day) AS n
    FROM (
        SELECT shop_id, model, stage, day, n FROM moved
        UNION ALL
        SELECT s.shop_id, s.model_number, s.stage_number, d.day, 0
        FROM stage s
        JOIN span p ON p.shop_id = s.shop_id
        CROSS JOIN LATERAL generate_series(p.first_day, p.last_day) AS d (day)
    ) each
    GROUP BY shop_id, model, stage, day
)
SELECT s.shop_key, s.model_key, date '1970-01-01' + c.day AS day, s.stage_key, s.stage_name, s.stage_name_zh, s.role, s.stage_order,
    c.n::bigint AS customers
FROM counted c
JOIN stage s ON s.shop_id = c.shop_id AND s.model_number = c.model AND s.stage_number = c.stage;
COMMENT ON VIEW analytics.daily_stages IS
    'One row a day and stage: who stood there at the end of the day, as it is known now, from the first move until today. Key: shop_key, model_key, day, stage_key.';
COMMENT ON COLUMN analytics.daily_stages.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.daily_stages.model_key IS 'The model.';
COMMENT ON COLUMN analytics.daily_stages.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.daily_stages.stage_key IS 'The stage.';
COMMENT ON COLUMN analytics.daily_stages.stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.daily_stages.stage_name_zh IS 'Its name in Chinese.';
COMMENT ON COLUMN analytics.daily_stages.role IS 'Its role.';
COMMENT ON COLUMN analytics.daily_stages.stage_order IS 'Its place in the model.';
COMMENT ON COLUMN analytics.daily_stages.customers IS 'Customers who stood in it when the day ended; erased ones count where they stood last.';

CREATE VIEW analytics.daily_sales AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, t.s1 AS orders,
    round(t.s2::numeric / h.minor_unit, h.minor_digits) AS revenue, round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue_gross,
    round(t.s4::numeric / h.minor_unit, h.minor_digits) AS discounts, t.s5 AS coupon_orders, t.s6 AS new_customers,
    round(t.s2::numeric / h.minor_unit / nullif(t.s1, 0), h.minor_digits) AS average_order_value, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 6 AND t.a = 0;
COMMENT ON VIEW analytics.daily_sales IS 'One row a day with orders: what was sold, each order on the day of its completion, less all refunds until now. Key: shop_key, day.';
COMMENT ON COLUMN analytics.daily_sales.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.daily_sales.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.daily_sales.orders IS 'Counted orders: completed, neither cancelled nor wholly refunded.';
COMMENT ON COLUMN analytics.daily_sales.revenue IS 'Net: value of counted orders less their refunds.';
COMMENT ON COLUMN analytics.daily_sales.revenue_gross IS 'Value of counted orders before refunds.';
COMMENT ON COLUMN analytics.daily_sales.discounts IS 'Discounts on counted orders.';
COMMENT ON COLUMN analytics.daily_sales.coupon_orders IS 'Counted orders that carry a coupon.';
COMMENT ON COLUMN analytics.daily_sales.new_customers IS 'Counted orders that are the first of their customer.';
COMMENT ON COLUMN analytics.daily_sales.average_order_value IS 'revenue by orders.';
COMMENT ON COLUMN analytics.daily_sales.currency IS 'Currency of all amounts in the row.';

CREATE VIEW analytics.daily_channels AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS orders,
    round(t.s2::numeric / h.minor_unit, h.minor_digits) AS revenue, round(t.s4::numeric / h.minor_unit, h.minor_digits) AS discounts,
    t.s5 AS coupon_orders, t.s6 AS new_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.c
WHERE t.cube = 6 AND t.a = 1;
COMMENT ON VIEW analytics.daily_channels IS 'One row a day, channel and campaign with orders: daily_sales by what the completing event told. Key: shop_key, day, channel, campaign.';
COMMENT ON COLUMN analytics.daily_channels.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.daily_channels.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.daily_channels.channel IS 'Channel of the order; null: none was told.';
COMMENT ON COLUMN analytics.daily_channels.campaign IS 'Campaign of the order; null: none was told.';
COMMENT ON COLUMN analytics.daily_channels.orders IS 'Counted orders.';
COMMENT ON COLUMN analytics.daily_channels.revenue IS 'Net: value of counted orders less their refunds.';
COMMENT ON COLUMN analytics.daily_channels.discounts IS 'Discounts on counted orders.';
COMMENT ON COLUMN analytics.daily_channels.coupon_orders IS 'Counted orders that carry a coupon.';
COMMENT ON COLUMN analytics.daily_channels.new_customers IS 'Counted orders that are the first of their customer.';
COMMENT ON COLUMN analytics.daily_channels.currency IS 'Currency of all amounts in the row.';

CREATE VIEW analytics.daily_countries AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS country, t.s1 AS orders,
    round(t.s2::numeric / h.minor_unit, h.minor_digits) AS revenue, t.s6 AS new_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
WHERE t.cube = 6 AND t.a = 2;
COMMENT ON VIEW analytics.daily_countries IS 'One row a day and country with orders. Key: shop_key, day, country.';
COMMENT ON COLUMN analytics.daily_countries.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.daily_countries.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.daily_countries.country IS 'Country of the order as it was told, in upper case; null: none was.';
COMMENT ON COLUMN analytics.daily_countries.orders IS 'Counted orders.';
COMMENT ON COLUMN analytics.daily_countries.revenue IS 'Net: value of counted orders less their refunds.';
COMMENT ON COLUMN analytics.daily_countries.new_customers IS 'Counted orders that are the first of their customer.';
COMMENT ON COLUMN analytics.daily_countries.currency IS 'Currency of revenue.';

CREATE VIEW analytics.daily_categories AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS category, t.s1 AS orders, round(t.s2::numeric / 1000, 3) AS units,
    round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
WHERE t.cube = 7;
COMMENT ON VIEW analytics.daily_categories IS 'One row a day and category of what was sold, by the lines of counted orders. Key: shop_key, day, category.';
COMMENT ON COLUMN analytics.daily_categories.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.daily_categories.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.daily_categories.category IS 'Category of the product; null: none was told.';
COMMENT ON COLUMN analytics.daily_categories.orders IS 'Counted orders with the category.';
COMMENT ON COLUMN analytics.daily_categories.units IS 'Units sold.';
COMMENT ON COLUMN analytics.daily_categories.revenue IS 'Price times units of the lines, before discounts on the order and refunds.';
COMMENT ON COLUMN analytics.daily_categories.currency IS 'Currency of revenue.';

CREATE VIEW analytics.product_months AS
SELECT h.shop_key, date '1970-01-01' + t.day AS month, p.text AS product_id, nullif(p.label, '') AS product_name, g.text AS category,
    t.s1 AS orders, round(t.s2::numeric / 1000, 3) AS units, round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue,
    round(t.s4::numeric / 1000, 3) AS returned_units, round(t.s5::numeric / h.minor_unit, h.minor_digits) AS returned_value, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term p ON p.shop_id = t.shop_id AND p.hash = t.a
LEFT JOIN term g ON g.shop_id = t.shop_id AND g.hash = t.b
WHERE t.cube = 8;
COMMENT ON VIEW analytics.product_months IS 'One row a month, product and category: what was sold in it, and what was returned in it, whenever it was sold. Key: shop_key, month, product_id, category.';
COMMENT ON COLUMN analytics.product_months.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.product_months.month IS 'First day of the local month.';
COMMENT ON COLUMN analytics.product_months.product_id IS 'Id of the product as it was sent.';
COMMENT ON COLUMN analytics.product_months.product_name IS 'Its name as it was first told; null: none was.';
COMMENT ON COLUMN analytics.product_months.category IS 'Category that was told with it; null: none was.';
COMMENT ON COLUMN analytics.product_months.orders IS 'Counted orders with the product.';
COMMENT ON COLUMN analytics.product_months.units IS 'Units sold.';
COMMENT ON COLUMN analytics.product_months.revenue IS 'Price times units of the lines, before discounts on the order and returns.';
COMMENT ON COLUMN analytics.product_months.returned_units IS 'Units that were returned.';
COMMENT ON COLUMN analytics.product_months.returned_value IS 'Value of what was returned.';
COMMENT ON COLUMN analytics.product_months.currency IS 'Currency of all amounts in the row.';

CREATE VIEW analytics.products AS
SELECT h.shop_key, p.text AS product_id, nullif(p.label, '') AS product_name, sum(t.s1)::bigint AS orders,
    round(sum(t.s2) / 1000, 3) AS units, round(sum(t.s3) / h.minor_unit, h.minor_digits) AS revenue,
    round(sum(t.s4) / 1000, 3) AS returned_units, round(sum(t.s5) / h.minor_unit, h.minor_digits) AS returned_value,
    coalesce(b.s1, 0) AS buyers, coalesce(b.s2, 0) AS repeat_buyers, round(b.s2::numeric / nullif(b.s1, 0), 4) AS repeat_rate,
    date '1970-01-01' + max(t.day) FILTER (WHERE t.s1 > 0) AS last_sold_month, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
JOIN term p ON p.shop_id = t.shop_id AND p.hash = t.a
LEFT JOIN tally b ON b.shop_id = t.shop_id AND b.cube = 9 AND b.day = 0 AND b.a = 4 AND b.b = t.a AND b.c = 0
WHERE t.cube = 8
GROUP BY h.shop_key, p.text, p.label, h.minor_unit, h.minor_digits, h.currency, b.s1, b.s2;
COMMENT ON VIEW analytics.products IS 'One row a product that was sold or returned, of all time. Key: shop_key, product_id.';
COMMENT ON COLUMN analytics.products.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.products.product_id IS 'Id of the product as it was sent.';
COMMENT ON COLUMN analytics.products.product_name IS 'Its name as it was first told; null: none was.';
COMMENT ON COLUMN analytics.products.orders IS 'Counted orders with the product; with two categories in one order, both count.';
COMMENT ON COLUMN analytics.products.units IS 'Units sold.';
COMMENT ON COLUMN analytics.products.revenue IS 'Price times units of the lines, before discounts on the order and returns.';
COMMENT ON COLUMN analytics.products.returned_units IS 'Units that were returned.';
COMMENT ON COLUMN analytics.products.returned_value IS 'Value of what was returned.';
COMMENT ON COLUMN analytics.products.buyers IS 'Customers with a completed order of it.';
COMMENT ON COLUMN analytics.products.repeat_buyers IS 'Customers with more than one.';
COMMENT ON COLUMN analytics.products.repeat_rate IS 'repeat_buyers by buyers, 0 to 1.';
COMMENT ON COLUMN analytics.products.last_sold_month IS 'First day of the latest month in which it was sold.';
COMMENT ON COLUMN analytics.products.currency IS 'Currency of all amounts in the row.';

CREATE VIEW analytics.cohorts AS
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
WHERE t.cube = 10;
COMMENT ON VIEW analytics.cohorts IS
    'One row a cohort and period in which some of it ordered. A cohort is the customers whose first counted order is in the same week or month. Key: shop_key, grain, cohort, period.';
COMMENT ON COLUMN analytics.cohorts.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.cohorts.grain IS 'week (from Monday) or month: choose one.';
COMMENT ON COLUMN analytics.cohorts.cohort IS 'First day of the period of the first order.';
COMMENT ON COLUMN analytics.cohorts.period IS 'First day of the period that the row tells of.';
COMMENT ON COLUMN analytics.cohorts.period_number IS 'How many periods after the first: 0 is the cohort''s own.';
COMMENT ON COLUMN analytics.cohorts.customers IS 'Customers of the cohort with a counted order in the period.';
COMMENT ON COLUMN analytics.cohorts.cohort_customers IS 'Customers of the cohort.';
COMMENT ON COLUMN analytics.cohorts.rate IS 'Retention: customers by cohort_customers, 0 to 1.';
COMMENT ON COLUMN analytics.cohorts.orders IS 'Their counted orders in the period.';
COMMENT ON COLUMN analytics.cohorts.revenue IS 'Net revenue of these orders.';
COMMENT ON COLUMN analytics.cohorts.currency IS 'Currency of revenue.';

CREATE VIEW analytics.growth AS
SELECT h.shop_key, CASE t.a WHEN 0 THEN 'day' WHEN 1 THEN 'week' WHEN 2 THEN 'month' END AS grain,
    date '1970-01-01' + t.day AS period, t.s1 AS new_customers, t.s2 AS retained_customers, t.s3 AS resurrected_customers,
    t.s4 AS dormant_customers, t.s1 + t.s2 + t.s3 AS active_customers,
    round(t.s5::numeric / h.minor_unit, h.minor_digits) AS retained_revenue,
    round(t.s6::numeric / h.minor_unit, h.minor_digits) AS resurrected_revenue, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 11 AND date '1970-01-01' + t.day <= (now() AT TIME ZONE h.timezone)::date;
COMMENT ON VIEW analytics.growth IS 'One row a period: who buys, by whether they did before. Key: shop_key, grain, period.';
COMMENT ON COLUMN analytics.growth.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.growth.grain IS 'day, week (from Monday) or month: choose one.';
COMMENT ON COLUMN analytics.growth.period IS 'First day of the period.';
COMMENT ON COLUMN analytics.growth.new_customers IS 'Their first counted order is in the period.';
COMMENT ON COLUMN analytics.growth.retained_customers IS 'They ordered in the period and in the one before.';
COMMENT ON COLUMN analytics.growth.resurrected_customers IS 'They ordered in the period and some time before, but not in the period before.';
COMMENT ON COLUMN analytics.growth.dormant_customers IS 'They ordered in the period before and not in this one; not until now, while it lasts.';
COMMENT ON COLUMN analytics.growth.active_customers IS 'All with a counted order in the period: new, retained and resurrected.';
COMMENT ON COLUMN analytics.growth.retained_revenue IS 'Net revenue of the retained in the period.';
COMMENT ON COLUMN analytics.growth.resurrected_revenue IS 'Net revenue of the resurrected in the period.';
COMMENT ON COLUMN analytics.growth.currency IS 'Currency of all amounts in the row.';

CREATE VIEW analytics.acquisition AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS customers, t.s2 AS orders,
    round(t.s3::numeric / h.minor_unit, h.minor_digits) AS revenue, t.s4 AS orders_30d,
    round(t.s5::numeric / h.minor_unit, h.minor_digits) AS revenue_30d, t.s6 AS repeat_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.c
WHERE t.cube = 12 AND t.a = 1;
COMMENT ON VIEW analytics.acquisition IS
    'One row a day, channel and campaign that brought buyers: what those whose first counted order was then have been worth since. Key: shop_key, day, channel, campaign.';
COMMENT ON COLUMN analytics.acquisition.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.acquisition.day IS 'Local day of the first counted order.';
COMMENT ON COLUMN analytics.acquisition.channel IS 'Channel of the customer''s first event that told a channel or campaign, up to that order; null: none did.';
COMMENT ON COLUMN analytics.acquisition.campaign IS 'Campaign of the same event; null: none was told.';
COMMENT ON COLUMN analytics.acquisition.customers IS 'New customers.';
COMMENT ON COLUMN analytics.acquisition.orders IS 'All their counted orders until now.';
COMMENT ON COLUMN analytics.acquisition.revenue IS 'All their net revenue until now.';
COMMENT ON COLUMN analytics.acquisition.orders_30d IS 'Their counted orders of the first 30 days.';
COMMENT ON COLUMN analytics.acquisition.revenue_30d IS 'Their net revenue of the first 30 days.';
COMMENT ON COLUMN analytics.acquisition.repeat_customers IS 'Those of them with more than one counted order until now.';
COMMENT ON COLUMN analytics.acquisition.currency IS 'Currency of all amounts in the row.';

CREATE VIEW analytics.attribution AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, CASE t.a WHEN 1 THEN 'first' WHEN 2 THEN 'last' WHEN 3 THEN 'linear' END AS attribution,
    x.text AS channel, y.text AS campaign, round(t.s1::numeric / 720720, 6) AS orders,
    round(t.s2::numeric / 720720 / h.minor_unit, h.minor_digits) AS revenue, round(t.s3::numeric / 720720, 6) AS new_customers, h.currency
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.b
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.c
WHERE t.cube = 14;
COMMENT ON VIEW analytics.attribution IS
    'One row a day, way of attributing, channel and campaign: orders shared among the touches of the 90 days before them. Key: shop_key, day, attribution, channel, campaign.';
COMMENT ON COLUMN analytics.attribution.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.attribution.day IS 'Local day of the order.';
COMMENT ON COLUMN analytics.attribution.attribution IS 'first touch, last touch, or linear (equal shares): choose one.';
COMMENT ON COLUMN analytics.attribution.channel IS 'Channel of the touch; null: none was told.';
COMMENT ON COLUMN analytics.attribution.campaign IS 'Campaign of the touch; null: none was told.';
COMMENT ON COLUMN analytics.attribution.orders IS 'Its share of counted orders.';
COMMENT ON COLUMN analytics.attribution.revenue IS 'Its share of net revenue.';
COMMENT ON COLUMN analytics.attribution.new_customers IS 'Its share of first orders.';
COMMENT ON COLUMN analytics.attribution.currency IS 'Currency of revenue.';

CREATE VIEW analytics.landings AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS customers, t.s2 AS converted,
    t.s3 AS converted_30d, round(t.s2::numeric / nullif(t.s1, 0), 4) AS conversion_rate
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.b
WHERE t.cube = 15;
COMMENT ON VIEW analytics.landings IS 'One row a day, channel and campaign by which customers came first, and how many of them have ordered since. Key: shop_key, day, channel, campaign.';
COMMENT ON COLUMN analytics.landings.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.landings.day IS 'Local day of the customer''s first event that told a channel or campaign.';
COMMENT ON COLUMN analytics.landings.channel IS 'Its channel; null: none was told.';
COMMENT ON COLUMN analytics.landings.campaign IS 'Its campaign; null: none was told.';
COMMENT ON COLUMN analytics.landings.customers IS 'Customers who came.';
COMMENT ON COLUMN analytics.landings.converted IS 'Of them, who have ordered since.';
COMMENT ON COLUMN analytics.landings.converted_30d IS 'Of them, who ordered within 30 days.';
COMMENT ON COLUMN analytics.landings.conversion_rate IS 'converted by customers, 0 to 1.';

CREATE VIEW analytics.touches AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS channel, y.text AS campaign, t.s1 AS touches
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
LEFT JOIN term y ON y.shop_id = t.shop_id AND y.hash = t.b
WHERE t.cube = 16;
COMMENT ON VIEW analytics.touches IS 'One row a day, channel and campaign that reached known customers. Key: shop_key, day, channel, campaign.';
COMMENT ON COLUMN analytics.touches.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.touches.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.touches.channel IS 'The channel; null: none was told.';
COMMENT ON COLUMN analytics.touches.campaign IS 'The campaign; null: none was told.';
COMMENT ON COLUMN analytics.touches.touches IS 'How often: events that told a campaign or its source, and Campaign Touched; the same again within 30 minutes is one.';

CREATE VIEW analytics.spend AS
SELECT h.shop_key, date '1970-01-01' + p.day AS day, x.text AS channel, y.text AS campaign,
    round(p.amount::numeric / h.minor_unit, h.minor_digits) AS amount, p.impressions, p.clicks, h.currency, p.recorded_at AS updated_at
FROM spend p
JOIN analytics.shops h ON h.shop_id = p.shop_id
LEFT JOIN term x ON x.shop_id = p.shop_id AND x.hash = p.channel
LEFT JOIN term y ON y.shop_id = p.shop_id AND y.hash = p.campaign;
COMMENT ON VIEW analytics.spend IS 'One row a day, channel and campaign that was paid for, as it was last told (POST /v1/spend). Key: shop_key, day, channel, campaign.';
COMMENT ON COLUMN analytics.spend.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.spend.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.spend.channel IS 'The channel; null: none was told.';
COMMENT ON COLUMN analytics.spend.campaign IS 'The campaign; null: none was told.';
COMMENT ON COLUMN analytics.spend.amount IS 'What it cost.';
COMMENT ON COLUMN analytics.spend.impressions IS 'How often it was shown.';
COMMENT ON COLUMN analytics.spend.clicks IS 'How often it was clicked.';
COMMENT ON COLUMN analytics.spend.currency IS 'Currency of amount.';
COMMENT ON COLUMN analytics.spend.updated_at IS 'When it was last told.';

CREATE VIEW analytics.funnel AS
SELECT h.shop_key, date '1970-01-01' + t.day AS month, t.a::integer AS step_order,
    CASE t.a WHEN 0 THEN 'seen' WHEN 1 THEN 'looked' WHEN 2 THEN 'carted' WHEN 3 THEN 'checkout' WHEN 4 THEN 'ordered'
        WHEN 5 THEN 'ordered_again' END AS step, t.b::integer AS days, t.s1 AS customers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 17;
COMMENT ON VIEW analytics.funnel IS
    'One row a month of first seeing, step and number of days after which customers reached it. Sum customers over days up to a limit. Key: shop_key, month, step, days.';
COMMENT ON COLUMN analytics.funnel.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.funnel.month IS 'First day of the local month in which the customers were first seen.';
COMMENT ON COLUMN analytics.funnel.step_order IS 'Order of the steps, from 0.';
COMMENT ON COLUMN analytics.funnel.step IS 'seen, looked (at a product), carted, checkout, ordered, ordered_again.';
COMMENT ON COLUMN analytics.funnel.days IS 'Local days from the first event to the step: 0 the same day; 366: so many or more.';
COMMENT ON COLUMN analytics.funnel.customers IS 'Customers who reached the step after so many days.';

CREATE VIEW analytics.surveys AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, CASE t.a WHEN 1 THEN 'nps' WHEN 2 THEN 'csat' END AS survey, t.b::integer AS score,
    t.s1 AS answers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 18;
COMMENT ON VIEW analytics.surveys IS 'One row a day, kind of survey and score that was given. Key: shop_key, day, survey, score.';
COMMENT ON COLUMN analytics.surveys.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.surveys.day IS 'Local day of the answers.';
COMMENT ON COLUMN analytics.surveys.survey IS 'nps (0 to 10) or csat (1 to 5).';
COMMENT ON COLUMN analytics.surveys.score IS 'The score.';
COMMENT ON COLUMN analytics.surveys.answers IS 'Answers with this score.';

CREATE VIEW analytics.churn_reasons AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS reason, t.s1 AS customers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
WHERE t.cube = 22;
COMMENT ON VIEW analytics.churn_reasons IS 'One row a day and reason for which customers were said to have left, or cancelled a subscription. Key: shop_key, day, reason.';
COMMENT ON COLUMN analytics.churn_reasons.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.churn_reasons.day IS 'Local day of the shop.';
COMMENT ON COLUMN analytics.churn_reasons.reason IS 'The reason that was told; unspecified: none was.';
COMMENT ON COLUMN analytics.churn_reasons.customers IS 'How many left for it.';

CREATE VIEW analytics.win_backs AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, x.text AS reason, t.b::integer AS days, t.s1 AS customers
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
LEFT JOIN term x ON x.shop_id = t.shop_id AND x.hash = t.a
WHERE t.cube = 23;
COMMENT ON VIEW analytics.win_backs IS 'One row a day, reason and time: customers who were said to have left, and bought or subscribed again. Key: shop_key, day, reason, days.';
COMMENT ON COLUMN analytics.win_backs.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.win_backs.day IS 'Local day on which they came back.';
COMMENT ON COLUMN analytics.win_backs.reason IS 'The reason for which they had left; null: none was told.';
COMMENT ON COLUMN analytics.win_backs.days IS 'Local days that they were away.';
COMMENT ON COLUMN analytics.win_backs.customers IS 'How many came back.';

CREATE VIEW analytics.service_answers AS
SELECT h.shop_key, date '1970-01-01' + t.day AS day, CASE t.a WHEN 1 THEN 'first_answer' WHEN 2 THEN 'resolution' END AS what,
    t.b AS seconds, t.s1 AS requests
FROM tally t
JOIN analytics.shops h ON h.shop_id = t.shop_id
WHERE t.cube = 21;
COMMENT ON VIEW analytics.service_answers IS 'One row a day, kind and time in which requests for support were answered and complaints resolved. Key: shop_key, day, what, seconds.';
COMMENT ON COLUMN analytics.service_answers.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.service_answers.day IS 'Local day of the answer.';
COMMENT ON COLUMN analytics.service_answers.what IS 'first_answer (to a request for support) or resolution (of a complaint).';
COMMENT ON COLUMN analytics.service_answers.seconds IS 'From the request to the answer: exact below 100 minutes, whole minutes below 100 hours, then whole hours.';
COMMENT ON COLUMN analytics.service_answers.requests IS 'How many took so long.';

CREATE VIEW analytics.stays AS
WITH stage AS MATERIALIZED (SELECT * FROM analytics.stages)
SELECT s.shop_key, s.model_key, s.stage_key, s.stage_name, s.role, date '1970-01-01' + t.day AS month, (t.c / 256)::integer AS days,
    e.stage_key AS to_stage_key, t.s1 AS customers
FROM tally t
JOIN stage s ON s.shop_id = t.shop_id AND s.model_number = t.a AND s.stage_number = t.b
LEFT JOIN stage e ON e.shop_id = t.shop_id AND e.model_number = t.a AND e.stage_number = t.c % 256
WHERE t.cube = 4;
COMMENT ON VIEW analytics.stays IS
    'One row a stage, month of entering, length and next stage of stays that ended. Those that go on are not there: for how long customers stay, ask the API for survival, which accounts for them. Key: shop_key, model_key, stage_key, month, days, to_stage_key.';
COMMENT ON COLUMN analytics.stays.shop_key IS 'The shop.';
COMMENT ON COLUMN analytics.stays.model_key IS 'The model.';
COMMENT ON COLUMN analytics.stays.stage_key IS 'The stage.';
COMMENT ON COLUMN analytics.stays.stage_name IS 'Its name in English.';
COMMENT ON COLUMN analytics.stays.role IS 'Its role.';
COMMENT ON COLUMN analytics.stays.month IS 'First day of the local month in which the stays began.';
COMMENT ON COLUMN analytics.stays.days IS 'How long they were, in whole local days.';
COMMENT ON COLUMN analytics.stays.to_stage_key IS 'Into which stage they ended; null: nowhere, the model was withdrawn.';
COMMENT ON COLUMN analytics.stays.customers IS 'How many stays.';

-- Who may read them: a group role, shared by all databases of a cluster. It is made here if we may; if not, an
-- administrator makes it and grants the same (docs/analytics.md).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lifecycled_analytics')
        AND (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        CREATE ROLE lifecycled_analytics NOLOGIN;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'lifecycled_analytics') THEN
        GRANT USAGE ON SCHEMA analytics TO lifecycled_analytics;
        GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO lifecycled_analytics;
    END IF;
END $$;
