-- One person by many names: each name (identity) has a row in customer, and one row of a person's holds their state.

ALTER TABLE customer ADD COLUMN identity_kind smallint;
UPDATE customer SET identity_kind = CASE WHEN is_anonymous THEN 5 ELSE 1 END;
ALTER TABLE customer ALTER COLUMN identity_kind SET NOT NULL;
ALTER TABLE customer DROP COLUMN is_anonymous;
ALTER TABLE customer ADD COLUMN merged_into uuid;
ALTER TABLE customer ADD COLUMN identities_count integer NOT NULL DEFAULT 1;
ALTER TABLE customer ADD COLUMN is_used boolean NOT NULL DEFAULT true;
ALTER TABLE customer ADD COLUMN erased_at timestamptz;
COMMENT ON COLUMN customer.external_id IS 'The identity: userId or anonymousId as sent, else KIND:VALUE, of an e-mail or phone with its SHA-256; empty once it was erased.';
COMMENT ON COLUMN customer.identity_kind IS '1 user, 2 shopify, 3 woocommerce, 4 member, 5 anonymous, 6 email, 7 phone, 8 order.';
COMMENT ON COLUMN customer.merged_into IS 'The row that holds the state of this identity''s customer; null: this one. A row that points elsewhere has no state: events_count is 0.';
COMMENT ON COLUMN customer.identities_count IS 'Rows of this customer: this one and those that point to it.';
COMMENT ON COLUMN customer.is_used IS 'Messages of the ledger name this identity first; false: others only mention it.';
COMMENT ON COLUMN customer.erased_at IS 'The person was erased then: what happened until then is refused.';
CREATE INDEX customer_merged ON customer (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE identity_link (
    identity_key uuid NOT NULL,
    link_id uuid NOT NULL,
    shop_id integer NOT NULL,
    identity_kind smallint NOT NULL,
    identity_value text COLLATE "C" NOT NULL,
    other_key uuid NOT NULL,
    other_kind smallint NOT NULL,
    other_value text COLLATE "C" NOT NULL,
    cause smallint NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (identity_key, link_id)
);
COMMENT ON TABLE identity_link IS
    'The ledger of identities: each row joined two customers that were apart. Those not withdrawn form a forest; a customer is one of its trees.';
COMMENT ON COLUMN identity_link.cause IS '1 a message named both, 2 alias, 3 an order, 4 somebody asked for it.';
COMMENT ON COLUMN identity_link.event_id IS 'Of the message that joined them, under identity_key; zero: somebody asked for it.';
CREATE INDEX identity_link_other ON identity_link (other_key);

CREATE TABLE identity_separation (
    identity_key uuid NOT NULL,
    other_key uuid NOT NULL,
    shop_id integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (identity_key, other_key)
);
COMMENT ON TABLE identity_separation IS 'Identities that were separated by hand, in both directions: messages never join them again.';

CREATE TABLE identity_conflict (
    identity_key uuid NOT NULL,
    other_key uuid NOT NULL,
    shop_id integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (identity_key, other_key)
);
COMMENT ON TABLE identity_conflict IS
    'Joins that were not made since both sides are known customers: an e-mail or phone with too many of them joins nobody.';

CREATE TABLE tally_remainder (
    shop_id integer NOT NULL,
    kind smallint NOT NULL,
    number smallint NOT NULL,
    day integer NOT NULL,
    from_stage smallint NOT NULL,
    to_stage smallint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (shop_id, kind, number, day, from_stage, to_stage)
);
COMMENT ON TABLE tally_remainder IS 'What erased customers contributed to tally: totals stay as they were.';

CREATE TABLE erasure (
    shop_id integer NOT NULL,
    erasure_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    cause smallint NOT NULL,
    receipt json NOT NULL,
    PRIMARY KEY (shop_id, erasure_id)
);
COMMENT ON TABLE erasure IS 'Receipts: what was erased and when, without any name.';
COMMENT ON COLUMN erasure.cause IS '1 the API, 2 a request of a shop system.';
CREATE INDEX erasure_shop ON erasure (shop_id, erased_at);

COMMENT ON COLUMN change.type IS
    '1 stage.changed, 2 segment.entered, 3 segment.left, 4 transition.corrected (moved), 5 (withdrawn), 6 (added), 7 stage.changed by a late event, 8 customer.synced, 9 customer.merged (event_id: the customer that is no more), 10 customer.unmerged (event_id: the customer that came out), 11 customer.erased, 12 blank: of an erased customer.';
COMMENT ON COLUMN change.cause IS '1 event, 2 time, 3 definition, 4 merge or its undoing.';
