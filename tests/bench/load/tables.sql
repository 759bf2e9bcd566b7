-- The hand-written service's own copy of the rows, in the same cluster.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE TABLE bench.event (LIKE public.event INCLUDING ALL);
CREATE TABLE bench.customer (LIKE public.customer INCLUDING ALL) WITH (fillfactor = 70);
CREATE TABLE bench.customer_profile (LIKE public.customer_profile INCLUDING ALL);
CREATE TABLE bench.customer_order (LIKE public.customer_order INCLUDING ALL);
CREATE TABLE bench.transition (LIKE public.transition INCLUDING ALL);
CREATE TABLE bench.change (LIKE public.change INCLUDING ALL);
DO $$
DECLARE
    columns text := (SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) FROM information_schema.columns
                     WHERE table_schema = 'public' AND table_name = 'customer' AND column_name <> 'customer_key');
BEGIN
    EXECUTE format('INSERT INTO bench.customer (customer_key, %1$s) SELECT md5(external_id)::uuid, %1$s FROM public.customer',
                   columns);
END $$;
INSERT INTO bench.customer_order
SELECT md5(c.external_id)::uuid, o.order_key, o.shop_id, o.order_id, o.completed_at, o.cancelled_at, o.value, o.discount,
    o.has_coupon, o.refunds, o.refunded, o.is_counted
FROM public.customer_order o JOIN public.customer c USING (customer_key);
INSERT INTO bench.event
SELECT md5(c.external_id)::uuid, e.event_id, e.shop_id, e.occurred_at, e.received_at, e.kind, e.payload, e.outcome
FROM public.event e JOIN public.customer c ON c.customer_key = e.identity_key;
VACUUM ANALYZE bench.customer, bench.customer_order, bench.event;
VACUUM ANALYZE public.customer, public.customer_order, public.event, public.order_claim;
