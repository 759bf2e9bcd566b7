-- Metrics: sums by the keys of cubes (core/tally.h), kept by a journal that is written in the commit of the events and
-- folded into the sums by a worker; what orders and profiles must remember for them.

ALTER TABLE customer
    ADD COLUMN growth integer NOT NULL DEFAULT 0,
    ADD COLUMN churned_at timestamptz,
    ADD COLUMN participated_at timestamptz;
ALTER TABLE customer ALTER COLUMN growth DROP DEFAULT;
COMMENT ON COLUMN customer.growth IS
    'Of the latest day, week and month with a counted order two bits each, day first: 1 new, 2 retained, 3 resurrected.';
COMMENT ON COLUMN customer.churned_at IS 'When they were last said to have left, while churned is 1.';
COMMENT ON COLUMN customer.participated_at IS 'Latest event by which the customer took part: a review, share, survey, referral.';

ALTER TABLE customer_profile ADD COLUMN marks bytea NOT NULL DEFAULT '';
ALTER TABLE customer_profile ALTER COLUMN marks DROP DEFAULT;
COMMENT ON COLUMN customer_profile.marks IS
    'For metrics: what brought the customer, requests that wait, what was bought more than once (db/marks.c).';

ALTER TABLE customer_order
    ADD COLUMN ordinal integer NOT NULL DEFAULT 0,
    ADD COLUMN circumstances bytea NOT NULL DEFAULT '',
    ADD COLUMN lines bytea NOT NULL DEFAULT '';
ALTER TABLE customer_order ALTER COLUMN ordinal DROP DEFAULT;
ALTER TABLE customer_order ALTER COLUMN circumstances DROP DEFAULT;
ALTER TABLE customer_order ALTER COLUMN lines DROP DEFAULT;
COMMENT ON COLUMN customer_order.ordinal IS 'Place among the customer''s completions in timeline order; 0: not completed.';
COMMENT ON COLUMN customer_order.circumstances IS
    'For metrics: channel, campaign, country and what brought the customer, as of the completion (db/marks.c).';
COMMENT ON COLUMN customer_order.lines IS
    '32 bytes each, big-endian: hash of the product, of its category, units in thousandths, value in minor units.';

CREATE TABLE term (
    shop_id integer NOT NULL,
    hash bigint NOT NULL,
    text text COLLATE "C" NOT NULL,
    label text COLLATE "C" NOT NULL,
    PRIMARY KEY (shop_id, hash)
);
COMMENT ON TABLE term IS 'The texts behind the hashes of tally, orders and profiles: products, categories, channels, campaigns, countries, reasons.';
COMMENT ON COLUMN term.label IS 'Of a product: its name as it was first told; else empty.';

ALTER TABLE tally RENAME TO tally_before;
ALTER TABLE tally_before RENAME CONSTRAINT tally_pkey TO tally_before_pkey;
ALTER TABLE tally_remainder RENAME TO tally_remainder_before;
ALTER TABLE tally_remainder_before RENAME CONSTRAINT tally_remainder_pkey TO tally_remainder_before_pkey;

CREATE TABLE tally (
    shop_id integer NOT NULL,
    cube smallint NOT NULL,
    day integer NOT NULL,
    a bigint NOT NULL,
    b bigint NOT NULL,
    c bigint NOT NULL,
    s1 bigint NOT NULL,
    s2 bigint NOT NULL,
    s3 bigint NOT NULL,
    s4 bigint NOT NULL,
    s5 bigint NOT NULL,
    s6 bigint NOT NULL,
    PRIMARY KEY (shop_id, cube, day, a, b, c)
) WITH (fillfactor = 70);
COMMENT ON TABLE tally IS 'Sums that metrics read, without what is still in tally_entry: the cubes of core/tally.h.';
COMMENT ON COLUMN tally.day IS 'A local day since 1970-01-01, or the first of a period; 0 where the cube has none.';

CREATE TABLE tally_remainder (
    shop_id integer NOT NULL,
    cube smallint NOT NULL,
    day integer NOT NULL,
    a bigint NOT NULL,
    b bigint NOT NULL,
    c bigint NOT NULL,
    s1 bigint NOT NULL,
    s2 bigint NOT NULL,
    s3 bigint NOT NULL,
    s4 bigint NOT NULL,
    s5 bigint NOT NULL,
    s6 bigint NOT NULL,
    PRIMARY KEY (shop_id, cube, day, a, b, c)
);
COMMENT ON TABLE tally_remainder IS 'What erased customers contributed to tally: totals stay as they were.';

INSERT INTO tally
SELECT shop_id, CASE kind WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 3 END, day, number,
    CASE kind WHEN 1 THEN to_stage WHEN 2 THEN from_stage ELSE 0 END, CASE kind WHEN 2 THEN to_stage ELSE 0 END,
    sum(n), 0, 0, 0, 0, 0
FROM tally_before
GROUP BY 1, 2, 3, 4, 5, 6
HAVING sum(n) <> 0;
INSERT INTO tally_remainder
SELECT shop_id, CASE kind WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 3 END, day, number,
    CASE kind WHEN 1 THEN to_stage WHEN 2 THEN from_stage ELSE 0 END, CASE kind WHEN 2 THEN to_stage ELSE 0 END,
    sum(n), 0, 0, 0, 0, 0
FROM tally_remainder_before
GROUP BY 1, 2, 3, 4, 5, 6
HAVING sum(n) <> 0;
DROP TABLE tally_before;
DROP TABLE tally_remainder_before;

CREATE TABLE tally_head (
    shop_id integer PRIMARY KEY,
    head bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE tally_head IS 'The number of the latest entry of a shop''s journal of tallies: with each change of what metrics say.';
INSERT INTO tally_head SELECT shop_id, 0 FROM shop;

CREATE TABLE tally_entry (
    shop_id integer NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    sums bytea NOT NULL,
    PRIMARY KEY (shop_id, seq)
);
COMMENT ON TABLE tally_entry IS
    'The journal: what each commit adds to tally, numbered in the order of commit; a worker adds them up and deletes them in one transaction.';
COMMENT ON COLUMN tally_entry.sums IS 'Rows as core/tally.h encodes them.';
ALTER TABLE tally_entry ALTER COLUMN sums SET STORAGE EXTERNAL;

CREATE TABLE tally_turn (
    shop_id integer PRIMARY KEY,
    done bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE tally_turn IS 'Whoever adds up the journal of a shop holds its row locked.';
COMMENT ON COLUMN tally_turn.done IS 'Entries up to this number are in tally: whoever reads begins behind it, not among what was deleted.';
INSERT INTO tally_turn SELECT shop_id, 0 FROM shop;

CREATE TABLE spend (
    shop_id integer NOT NULL,
    day integer NOT NULL,
    channel bigint NOT NULL,
    campaign bigint NOT NULL,
    amount bigint NOT NULL,
    impressions bigint NOT NULL,
    clicks bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, day, channel, campaign)
);
COMMENT ON TABLE spend IS 'What a shop paid for a campaign on a day, and what its ads were shown: as it was last told.';
COMMENT ON COLUMN spend.channel IS 'With campaign: a term; 0: none.';
COMMENT ON COLUMN spend.amount IS 'Minor units of the shop''s currency.';

CREATE TABLE product_pair (
    shop_id integer NOT NULL,
    kind smallint NOT NULL,
    a bigint NOT NULL,
    b bigint NOT NULL,
    orders integer NOT NULL,
    a_orders integer NOT NULL,
    b_orders integer NOT NULL,
    PRIMARY KEY (shop_id, kind, a, b)
);
CREATE INDEX product_pair_other ON product_pair (shop_id, kind, b);
CREATE INDEX product_pair_orders ON product_pair (shop_id, kind, orders);
COMMENT ON TABLE product_pair IS 'Products (kind 1) and categories (2) that are often in one order, as of the latest count: a < b.';
COMMENT ON COLUMN product_pair.orders IS 'Counted orders with both; a_orders and b_orders: with each.';

CREATE TABLE product_count (
    shop_id integer NOT NULL,
    kind smallint NOT NULL,
    counted_at timestamptz NOT NULL,
    head bigint NOT NULL,
    orders bigint NOT NULL,
    least integer NOT NULL,
    pairs bigint NOT NULL,
    cut bigint NOT NULL,
    PRIMARY KEY (shop_id, kind)
);
COMMENT ON TABLE product_count IS 'When a shop''s pairs were counted last, over how many orders.';
COMMENT ON COLUMN product_count.kind IS 'As of product_pair.';
COMMENT ON COLUMN product_count.head IS 'Of tally_head when they were counted.';
COMMENT ON COLUMN product_count.orders IS 'Counted orders with a product (a category).';
COMMENT ON COLUMN product_count.least IS 'Pairs in fewer orders than so many are left out.';
COMMENT ON COLUMN product_count.pairs IS 'Rows of product_pair.';
COMMENT ON COLUMN product_count.cut IS 'Pairs in two orders and more that were left out, since there are too many.';
