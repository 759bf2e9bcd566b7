-- Webhooks: endpoints that follow the feed, and what became of each delivery. A delivery holds no body: it is printed
-- from the feed at each attempt.

CREATE TABLE webhook_endpoint (
    endpoint_id uuid NOT NULL,
    shop_id integer NOT NULL,
    settings json NOT NULL,
    authorization_sealed bytea,
    status smallint NOT NULL,
    reason smallint NOT NULL,
    status_at timestamptz NOT NULL,
    version integer NOT NULL,
    asked bigint NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (shop_id, endpoint_id)
);
COMMENT ON TABLE webhook_endpoint IS 'Where changes of a shop are delivered.';
COMMENT ON COLUMN webhook_endpoint.settings IS 'What its owner chose: url, event_types, models, segments, stages, format, description, include_silent.';
COMMENT ON COLUMN webhook_endpoint.authorization_sealed IS 'The value of the header Authorization, sealed with LIFECYCLED_SECRET_KEY; null: none is sent.';
COMMENT ON COLUMN webhook_endpoint.status IS '1 enabled, 2 paused by its owner, 3 disabled by us.';
COMMENT ON COLUMN webhook_endpoint.reason IS 'Of a disabled one: 1 it answered 410 Gone, 2 it failed for 120 hours.';
COMMENT ON COLUMN webhook_endpoint.version IS 'Raised by every change of what its owner chose, and of its secrets.';
COMMENT ON COLUMN webhook_endpoint.asked IS 'Raised when its deliveries are asked for again, so that whoever delivers looks.';
CREATE INDEX webhook_endpoint_shop ON webhook_endpoint (shop_id, created_at);

CREATE TABLE webhook_secret (
    endpoint_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    shop_id integer NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (shop_id, endpoint_id, secret_id)
);
COMMENT ON TABLE webhook_secret IS 'What signs deliveries: at most two, while one takes the other''s place.';
COMMENT ON COLUMN webhook_secret.sealed IS 'Sealed with LIFECYCLED_SECRET_KEY.';
COMMENT ON COLUMN webhook_secret.expires_at IS 'Null: valid until it is rotated.';

CREATE TABLE webhook_progress (
    endpoint_id uuid NOT NULL,
    shop_id integer NOT NULL,
    position bigint NOT NULL,
    failing_since timestamptz,
    last_success_at timestamptz,
    lease_owner uuid,
    lease_until timestamptz,
    PRIMARY KEY (shop_id, endpoint_id)
) WITH (fillfactor = 50);
COMMENT ON TABLE webhook_progress IS 'How far an endpoint has come, and which process delivers to it.';
COMMENT ON COLUMN webhook_progress.position IS 'Each change up to this one was delivered, does not concern the endpoint, or has a row in webhook_delivery.';
COMMENT ON COLUMN webhook_progress.failing_since IS 'The first failure since the last success.';

CREATE TABLE webhook_delivery (
    shop_id integer NOT NULL,
    endpoint_id uuid NOT NULL,
    seq bigint NOT NULL,
    part smallint NOT NULL,
    type smallint NOT NULL,
    customer_key uuid NOT NULL,
    state smallint NOT NULL,
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    attempted_at timestamptz,
    next_at timestamptz,
    status smallint,
    duration_ms integer,
    failure smallint NOT NULL,
    attempt_log json NOT NULL,
    PRIMARY KEY (shop_id, endpoint_id, seq, part)
);
COMMENT ON TABLE webhook_delivery IS 'One change on its way to one endpoint.';
COMMENT ON COLUMN webhook_delivery.seq IS 'The change; below 0: a test.';
COMMENT ON COLUMN webhook_delivery.part IS '0, or 1 of a change that makes two requests (format segment: identify, then track).';
COMMENT ON COLUMN webhook_delivery.state IS '1 pending, 2 delivered, 3 exhausted, 4 cancelled: what it told of is gone.';
COMMENT ON COLUMN webhook_delivery.next_at IS 'Of a pending one: the next attempt.';
COMMENT ON COLUMN webhook_delivery.status IS 'HTTP status of the latest reply; null: none came.';
COMMENT ON COLUMN webhook_delivery.failure IS 'Of the latest attempt without a reply: a row of COURIER_FAILURE_TABLE; 0: none.';
COMMENT ON COLUMN webhook_delivery.attempt_log IS 'Each attempt: when, status, milliseconds, failure and the first KB of the reply.';
CREATE INDEX webhook_delivery_pending ON webhook_delivery (endpoint_id, next_at) WHERE state = 1;
CREATE INDEX webhook_delivery_newest ON webhook_delivery (shop_id, created_at);
CREATE INDEX webhook_delivery_open ON webhook_delivery (shop_id, created_at) WHERE state <> 2;

CREATE TABLE webhook_replay (
    shop_id integer NOT NULL,
    endpoint_id uuid NOT NULL,
    replay_id uuid NOT NULL,
    position bigint NOT NULL,
    until_seq bigint NOT NULL,
    is_all boolean NOT NULL,
    n_sent bigint NOT NULL,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (shop_id, endpoint_id, replay_id)
);
COMMENT ON TABLE webhook_replay IS 'A range of the feed that is to be delivered again.';
COMMENT ON COLUMN webhook_replay.position IS 'Each change up to this one was sent again or needed not be.';
COMMENT ON COLUMN webhook_replay.is_all IS 'Also what was delivered; else only what was not.';
