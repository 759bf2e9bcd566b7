-- The ledger, what is folded from it, and the definitions by which it is folded.
-- Runs unchanged on PostgreSQL 15 and on Citus: big tables lead with customer_key (identity_key, order_key), have no
-- triggers, sequences, defaults that ask the clock, or foreign keys on the event path.

CREATE TABLE shop (
    shop_id integer PRIMARY KEY,
    shop_key text COLLATE "C" NOT NULL,
    space uuid NOT NULL,
    currency text COLLATE "C" NOT NULL,
    timezone text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT shop_key_unique UNIQUE (shop_key)
);
COMMENT ON TABLE shop IS 'Tenants. Currency and time zone are immutable once the shop has events.';
COMMENT ON COLUMN shop.space IS 'Name space of the UUIDv5 keys of its customers, orders and refunds.';

CREATE TABLE registry (
    registry_id integer PRIMARY KEY,
    revision bigint NOT NULL
);
COMMENT ON TABLE registry IS 'One row: raised with each change of shops and keys, so that services notice.';
INSERT INTO registry VALUES (1, 1);

CREATE TABLE api_key (
    key_hash bytea PRIMARY KEY,
    key_id uuid NOT NULL,
    shop_id integer NOT NULL,
    scope smallint NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
COMMENT ON TABLE api_key IS 'Keys, as SHA-256 only.';
COMMENT ON COLUMN api_key.scope IS '1 write, 2 read, 3 admin.';

CREATE TABLE definition_head (
    shop_id integer PRIMARY KEY,
    revision integer NOT NULL
);
COMMENT ON TABLE definition_head IS
    'The revision of a shop''s definitions. Writers share-lock the row, publishers change it: a batch is folded by the definitions that are in force when it commits.';

CREATE TABLE definition (
    shop_id integer NOT NULL,
    kind smallint NOT NULL,
    number smallint NOT NULL,
    version integer NOT NULL,
    key text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    applies_from timestamptz,
    recorded_at timestamptz NOT NULL,
    is_withdrawn boolean NOT NULL,
    is_silent boolean NOT NULL,
    document json NOT NULL,
    PRIMARY KEY (shop_id, kind, number, version)
);
COMMENT ON TABLE definition IS 'Versions of models (kind 1) and segments (kind 2). Append only.';
COMMENT ON COLUMN definition.number IS 'Permanent number of the key within shop and kind.';
COMMENT ON COLUMN definition.applies_from IS 'Null: from the beginning.';
COMMENT ON COLUMN definition.is_silent IS 'Moves that this version causes are not delivered.';

CREATE TABLE definition_stage (
    shop_id integer NOT NULL,
    model smallint NOT NULL,
    stage smallint NOT NULL,
    key text COLLATE "C" NOT NULL,
    PRIMARY KEY (shop_id, model, stage)
);
COMMENT ON TABLE definition_stage IS 'Permanent numbers of stage keys over all versions of a model.';

CREATE TABLE crawl (
    shop_id integer PRIMARY KEY,
    revision integer NOT NULL,
    customer_key uuid,
    done bigint NOT NULL,
    total bigint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);
COMMENT ON TABLE crawl IS 'Progress of re-deciding all customers of a shop after its definitions changed.';
COMMENT ON COLUMN crawl.customer_key IS 'The last customer that was re-decided; null: none yet.';

CREATE TABLE event (
    identity_key uuid NOT NULL,
    event_id uuid NOT NULL,
    shop_id integer NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    kind smallint NOT NULL,
    payload json NOT NULL,
    outcome bytea NOT NULL,
    PRIMARY KEY (identity_key, event_id)
);
COMMENT ON TABLE event IS 'The ledger: every accepted message, append only. All else is folded from it.';
COMMENT ON COLUMN event.event_id IS 'A hash of messageId alone: the same message is the same row for ever.';
COMMENT ON COLUMN event.outcome IS 'The reply that was given, so that a repeat is answered alike (core/outcome.h).';
ALTER TABLE event ALTER COLUMN payload SET COMPRESSION lz4;

CREATE TABLE customer (
    customer_key uuid NOT NULL,
    shop_id integer NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    is_anonymous boolean NOT NULL,
    events_count integer NOT NULL,
    sessions_count integer NOT NULL,
    pages_count integer NOT NULL,
    product_views_count integer NOT NULL,
    carts_count integer NOT NULL,
    checkouts_count integer NOT NULL,
    orders_reported_count integer NOT NULL,
    orders_count integer NOT NULL,
    orders_cancelled_count integer NOT NULL,
    orders_coupon_count integer NOT NULL,
    refunds_count integer NOT NULL,
    coupons_applied_count integer NOT NULL,
    renewals_count integer NOT NULL,
    reviews_count integer NOT NULL,
    shares_count integer NOT NULL,
    referrals_count integer NOT NULL,
    complaints_count integer NOT NULL,
    complaints_open integer NOT NULL,
    survey_answers_count integer NOT NULL,
    nps_count integer NOT NULL,
    nps_sum integer NOT NULL,
    nps_last integer,
    csat_count integer NOT NULL,
    csat_sum integer NOT NULL,
    csat_last integer,
    categories_count integer NOT NULL,
    products_count integer NOT NULL,
    channels_count integer NOT NULL,
    subscription integer NOT NULL,
    churned integer NOT NULL,
    revenue_gross bigint NOT NULL,
    revenue_refunded bigint NOT NULL,
    discounts_total bigint NOT NULL,
    order_value_last bigint,
    points_balance bigint NOT NULL,
    first_seen_at timestamptz,
    last_seen_at timestamptz,
    first_order_at timestamptz,
    last_order_at timestamptz,
    standing bytea NOT NULL,
    segments bytea NOT NULL,
    folded_at timestamptz NOT NULL,
    folded_rank smallint NOT NULL,
    folded_event uuid NOT NULL,
    deadline timestamptz,
    definitions integer NOT NULL,
    fold_version smallint NOT NULL,
    transition_seq integer NOT NULL,
    PRIMARY KEY (customer_key)
) WITH (fillfactor = 70);
COMMENT ON TABLE customer IS 'The state of each customer: a fold of the ledger, of nearly fixed width, updated in place (HOT).';
COMMENT ON COLUMN customer.events_count IS 'Accepted events.';
COMMENT ON COLUMN customer.sessions_count IS 'Sessions: a session ends after 30 minutes without an event.';
COMMENT ON COLUMN customer.pages_count IS 'Page and screen views.';
COMMENT ON COLUMN customer.product_views_count IS 'Product Viewed events.';
COMMENT ON COLUMN customer.carts_count IS 'Times that something was put into a cart.';
COMMENT ON COLUMN customer.checkouts_count IS 'Checkouts started.';
COMMENT ON COLUMN customer.orders_reported_count IS 'Order Completed events, repeats of an order included.';
COMMENT ON COLUMN customer.orders_count IS 'Orders completed, neither cancelled nor wholly refunded.';
COMMENT ON COLUMN customer.orders_cancelled_count IS 'Orders completed and then cancelled.';
COMMENT ON COLUMN customer.orders_coupon_count IS 'Counted orders that carry a coupon.';
COMMENT ON COLUMN customer.refunds_count IS 'Refunds of completed orders, whole and partial.';
COMMENT ON COLUMN customer.coupons_applied_count IS 'Coupon Applied events.';
COMMENT ON COLUMN customer.renewals_count IS 'Subscription renewals.';
COMMENT ON COLUMN customer.reviews_count IS 'Product reviews.';
COMMENT ON COLUMN customer.shares_count IS 'Products and carts shared.';
COMMENT ON COLUMN customer.referrals_count IS 'Referrals made.';
COMMENT ON COLUMN customer.complaints_count IS 'Complaints opened.';
COMMENT ON COLUMN customer.complaints_open IS 'Complaints opened and not yet resolved.';
COMMENT ON COLUMN customer.survey_answers_count IS 'Surveys answered.';
COMMENT ON COLUMN customer.nps_count IS 'NPS answers.';
COMMENT ON COLUMN customer.nps_sum IS 'Sum of NPS answers.';
COMMENT ON COLUMN customer.nps_last IS 'Latest NPS answer, 0 to 10.';
COMMENT ON COLUMN customer.csat_count IS 'CSAT answers.';
COMMENT ON COLUMN customer.csat_sum IS 'Sum of CSAT answers.';
COMMENT ON COLUMN customer.csat_last IS 'Latest CSAT answer, 1 to 5.';
COMMENT ON COLUMN customer.categories_count IS 'Distinct categories of products in completed orders.';
COMMENT ON COLUMN customer.products_count IS 'Distinct products in completed orders.';
COMMENT ON COLUMN customer.channels_count IS 'Distinct channels.';
COMMENT ON COLUMN customer.subscription IS 'Subscription: 0 none, 1 active, 2 cancelled.';
COMMENT ON COLUMN customer.churned IS '1: said to have left, and neither ordered nor subscribed since.';
COMMENT ON COLUMN customer.revenue_gross IS 'Value of completed and not cancelled orders before refunds, minor units.';
COMMENT ON COLUMN customer.revenue_refunded IS 'Refunded of those orders, at most their value, minor units.';
COMMENT ON COLUMN customer.discounts_total IS 'Discounts on counted orders, minor units.';
COMMENT ON COLUMN customer.order_value_last IS 'Value of the latest counted order less its refunds, minor units.';
COMMENT ON COLUMN customer.points_balance IS 'Points earned less points redeemed.';
COMMENT ON COLUMN customer.first_seen_at IS 'First event.';
COMMENT ON COLUMN customer.last_seen_at IS 'Latest event.';
COMMENT ON COLUMN customer.first_order_at IS 'Completion of the first counted order.';
COMMENT ON COLUMN customer.last_order_at IS 'Completion of the latest counted order.';
COMMENT ON COLUMN customer.standing IS 'Nine bytes for each model number from 1: the stage number, then the instant since when (microseconds since 1970, big-endian).';
COMMENT ON COLUMN customer.segments IS 'Bit (number - 1) of each segment of which the customer is a member; low bit first.';
COMMENT ON COLUMN customer.folded_at IS 'With folded_rank and folded_event: the position in the timeline of the last thing that changed this row.';
COMMENT ON COLUMN customer.deadline IS 'When time alone may next move this customer: may be early, never late.';
COMMENT ON COLUMN customer.definitions IS 'Revision of the shop''s definitions that this row has met.';
COMMENT ON COLUMN customer.transition_seq IS 'Number of transitions ever written for this customer.';
CREATE INDEX customer_deadline ON customer (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX customer_shop ON customer (shop_id, customer_key);

CREATE TABLE customer_profile (
    customer_key uuid NOT NULL,
    shop_id integer NOT NULL,
    traits json NOT NULL,
    counters json NOT NULL,
    categories bytea NOT NULL,
    products bytea NOT NULL,
    channels bytea NOT NULL,
    churn_reason text COLLATE "C",
    PRIMARY KEY (customer_key)
);
COMMENT ON TABLE customer_profile IS 'What is known of a customer beyond the hot row; written only when it changes.';
COMMENT ON COLUMN customer_profile.counters IS 'Events by normalised name, of kinds without a column of their own.';
COMMENT ON COLUMN customer_profile.categories IS 'Sorted 64-bit hashes of the categories bought.';

CREATE TABLE customer_order (
    customer_key uuid NOT NULL,
    order_key uuid NOT NULL,
    shop_id integer NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    completed_at timestamptz,
    cancelled_at timestamptz,
    value bigint NOT NULL,
    discount bigint NOT NULL,
    has_coupon boolean NOT NULL,
    refunds bytea NOT NULL,
    refunded bigint NOT NULL,
    is_counted boolean NOT NULL,
    PRIMARY KEY (customer_key, order_key)
);
COMMENT ON TABLE customer_order IS 'One row an order: the join of its events, whatever the order of their arrival.';
COMMENT ON COLUMN customer_order.completed_at IS 'Null: reported on, but not completed (a refund before its order).';
COMMENT ON COLUMN customer_order.value IS 'Minor units, before refunds.';
COMMENT ON COLUMN customer_order.refunds IS '24 bytes each: key, amount in minor units (negative: the whole order).';
COMMENT ON COLUMN customer_order.refunded IS 'Of refunds, at most the value.';
COMMENT ON COLUMN customer_order.is_counted IS 'Completed, neither cancelled nor wholly refunded.';

CREATE TABLE order_claim (
    order_key uuid NOT NULL,
    shop_id integer NOT NULL,
    customer_key uuid NOT NULL,
    PRIMARY KEY (order_key)
);
COMMENT ON TABLE order_claim IS 'Whose order it is: the customer of the first accepted message that named it.';

CREATE TABLE transition (
    customer_key uuid NOT NULL,
    seq integer NOT NULL,
    shop_id integer NOT NULL,
    model smallint NOT NULL,
    version integer NOT NULL,
    from_stage smallint NOT NULL,
    to_stage smallint NOT NULL,
    at timestamptz NOT NULL,
    cause smallint NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (customer_key, seq)
);
COMMENT ON TABLE transition IS 'Moves between stages, each at its own instant. Superseded ones are kept.';
COMMENT ON COLUMN transition.from_stage IS 'Stage number; 0: nowhere.';
COMMENT ON COLUMN transition.cause IS '1 event, 2 time, 3 definition.';

CREATE TABLE membership (
    customer_key uuid NOT NULL,
    segment smallint NOT NULL,
    shop_id integer NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (customer_key, segment)
);
COMMENT ON TABLE membership IS 'Present members of segments.';
CREATE INDEX membership_segment ON membership (shop_id, segment, customer_key);

CREATE TABLE tally (
    shop_id integer NOT NULL,
    lane smallint NOT NULL,
    kind smallint NOT NULL,
    number smallint NOT NULL,
    day integer NOT NULL,
    from_stage smallint NOT NULL,
    to_stage smallint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (shop_id, kind, number, day, from_stage, to_stage, lane)
) WITH (fillfactor = 70);
COMMENT ON TABLE tally IS
    'Sums kept in the commit that changes them; rows may be negative, only sums over lanes are read.';
COMMENT ON COLUMN tally.kind IS
    '1 customers now in stage to_stage of model number; 2 transitions of model number on a local day; 3 members of segment number.';
COMMENT ON COLUMN tally.day IS 'Days since 1970-01-01 in the shop''s time zone; 0 for kinds 1 and 3.';

CREATE TABLE feed_head (
    shop_id integer PRIMARY KEY,
    head bigint NOT NULL
);
COMMENT ON TABLE feed_head IS 'The number of the latest change of each shop.';

CREATE TABLE change (
    shop_id integer NOT NULL,
    seq bigint NOT NULL,
    type smallint NOT NULL,
    customer_key uuid NOT NULL,
    number smallint NOT NULL,
    version integer NOT NULL,
    from_stage smallint NOT NULL,
    to_stage smallint NOT NULL,
    at timestamptz NOT NULL,
    before_at timestamptz,
    cause smallint NOT NULL,
    event_id uuid NOT NULL,
    is_silent boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, seq)
);
COMMENT ON TABLE change IS 'The feed: numbered without gaps, in the order of commit.';
COMMENT ON COLUMN change.type IS
    '1 stage.changed, 2 segment.entered, 3 segment.left, 4 transition.corrected (moved), 5 (withdrawn), 6 (added), 7 stage.changed by a late event, 8 customer.synced.';
COMMENT ON COLUMN change.before_at IS 'Of a moved transition: when it was said to be before.';

CREATE TABLE refusal (
    shop_id integer NOT NULL,
    received_at timestamptz NOT NULL,
    refusal_id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    pointer text NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (shop_id, received_at, refusal_id)
);
COMMENT ON TABLE refusal IS 'The last refused messages of a shop: code and pointer, no content.';
