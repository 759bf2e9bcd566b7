-- What a hand-written service runs for each order: the same rows, one transaction an event.
\set c random(1, 100000)
\set a random(1, 9000000000000000)
\set b random(1, 9000000000000000)
\set value random(500, 20000)
\set move random(1, 1000)
BEGIN;
INSERT INTO bench.event (identity_key, event_id, shop_id, occurred_at, received_at, kind, payload, outcome)
VALUES (md5('customer-' || :c)::uuid, md5(:a || '-' || :b)::uuid, 1, now(), now(), 7,
    json_build_object('type', 'track', 'event', 'Order Completed', 'userId', 'customer-' || :c, 'messageId', :a || '-' || :b,
        'properties', json_build_object('order_id', :a || '-' || :b, 'revenue', :value::int, 'currency', 'EUR')), '\x01');
SELECT * FROM bench.customer WHERE customer_key = md5('customer-' || :c)::uuid FOR UPDATE;
INSERT INTO bench.customer_order (customer_key, order_key, shop_id, order_id, completed_at, cancelled_at, value, discount,
    has_coupon, refunds, refunded, is_counted)
VALUES (md5('customer-' || :c)::uuid, md5(:a || 'o' || :b)::uuid, 1, :a || '-' || :b, now(), NULL, :value, 0, false, '', 0, true)
ON CONFLICT (customer_key, order_key) DO UPDATE SET value = excluded.value;
UPDATE bench.customer SET events_count = events_count + 1, orders_count = orders_count + 1,
    orders_reported_count = orders_reported_count + 1, revenue_gross = revenue_gross + :value, order_value_last = :value,
    last_seen_at = now(), last_order_at = now(), folded_at = now()
WHERE customer_key = md5('customer-' || :c)::uuid;
\if :move <= :moved
INSERT INTO bench.transition (customer_key, seq, shop_id, model, version, from_stage, to_stage, at, cause, event_id, recorded_at)
VALUES (md5('customer-' || :c)::uuid, (:a::bigint % 2000000000)::int, 1, 1, 1, 2, 3, now(), 1, md5(:a || '-' || :b)::uuid, now());
INSERT INTO bench.change (shop_id, seq, type, customer_key, number, version, from_stage, to_stage, at, cause, event_id, is_silent,
    recorded_at)
VALUES (1, :a, 1, md5('customer-' || :c)::uuid, 1, 1, 2, 3, now(), 1, md5(:a || '-' || :b)::uuid, false, now());
\endif
COMMIT;
