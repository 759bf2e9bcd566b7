-- The rows from which one customer is answered.
\set c random(1, 100000)
SELECT * FROM bench.customer WHERE customer_key = md5('customer-' || :c)::uuid;
SELECT * FROM bench.customer_profile WHERE customer_key = md5('customer-' || :c)::uuid;
SELECT * FROM bench.customer_order WHERE customer_key = md5('customer-' || :c)::uuid;
