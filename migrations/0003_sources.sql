-- Sources: what sends to a shop, and what became of what they sent. Nothing here is on the path of a commit: counters and
-- the log are written afterwards, by a worker.

CREATE TABLE source (
    source_id uuid PRIMARY KEY,
    shop_id integer NOT NULL,
    type smallint NOT NULL,
    name text NOT NULL,
    settings json NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    last_heard_at timestamptz
);
COMMENT ON TABLE source IS 'What sends messages to a shop: an SDK''s key, a shop system''s or a service''s webhooks.';
COMMENT ON COLUMN source.type IS '1 segment, 2 shopify, 3 woocommerce, 4 cloudevents, 5 standard-webhooks.';
COMMENT ON COLUMN source.settings IS 'What its owner chose: currency, channel, order_prefix, user_id, rotation_hours, mapping. No secret.';
COMMENT ON COLUMN source.version IS 'Raised by every change of the row or of its secrets.';
COMMENT ON COLUMN source.last_heard_at IS 'The latest message, accepted or not; written within a second or so.';
CREATE INDEX source_shop ON source (shop_id, created_at);

CREATE TABLE source_secret (
    source_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    shop_id integer NOT NULL,
    sealed bytea,
    key_hash bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (source_id, secret_id)
);
COMMENT ON TABLE source_secret IS 'What a source proves itself by: at most two, while one takes the other''s place.';
COMMENT ON COLUMN source_secret.sealed IS 'The secret of signatures, sealed with LIFECYCLED_SECRET_KEY; null: it is a key.';
COMMENT ON COLUMN source_secret.key_hash IS 'SHA-256 of a key that is sent with each message; null: it is a secret.';
COMMENT ON COLUMN source_secret.expires_at IS 'Null: valid until it is rotated.';

CREATE TABLE source_tally (
    source_id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    shop_id integer NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (shop_id, source_id, code)
);
COMMENT ON TABLE source_tally IS 'How many messages of a source were answered how.';
COMMENT ON COLUMN source_tally.code IS 'accepted, duplicate, ignored (nothing in it concerns us), or the code of a refusal.';

CREATE TABLE source_message (
    source_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    entry_id uuid NOT NULL,
    shop_id integer NOT NULL,
    result smallint NOT NULL,
    code text COLLATE "C",
    pointer text NOT NULL,
    detail text NOT NULL,
    subject text NOT NULL,
    message json,
    kind text COLLATE "C",
    message_id text,
    customer_key uuid,
    outcome json,
    PRIMARY KEY (shop_id, source_id, received_at, entry_id)
);
COMMENT ON TABLE source_message IS 'The latest messages of a source, for whoever looks for a fault: a sample at high rates.';
COMMENT ON COLUMN source_message.result IS '1 accepted, 2 duplicate, 3 ignored, 4 refused.';
COMMENT ON COLUMN source_message.code IS 'Of a refusal.';
COMMENT ON COLUMN source_message.detail IS 'Why it was refused or ignored.';
COMMENT ON COLUMN source_message.subject IS 'The topic of a webhook, the event''s name or the type of a message.';
COMMENT ON COLUMN source_message.message IS 'As it arrived, personal values masked, cut to 8 KB; null: it was no JSON.';
COMMENT ON COLUMN source_message.kind IS 'What we took it for: the name of a kind of event.';
COMMENT ON COLUMN source_message.outcome IS 'What it changed, as its reply said.';

CREATE TABLE privacy_request (
    shop_id integer NOT NULL,
    request_id uuid NOT NULL,
    source_id uuid NOT NULL,
    kind smallint NOT NULL,
    people uuid[] NOT NULL,
    received_at timestamptz NOT NULL,
    done_at timestamptz,
    receipt json,
    PRIMARY KEY (shop_id, request_id)
);
COMMENT ON TABLE privacy_request IS 'What shop systems ask for in the name of their customers: kept before it is answered, carried out by a worker.';
COMMENT ON COLUMN privacy_request.kind IS '1 erase, 2 disclose, 3 erase all that came from the source.';
COMMENT ON COLUMN privacy_request.people IS 'Keys of the identities by which the person is named.';
COMMENT ON COLUMN privacy_request.done_at IS 'Null: still to be carried out.';
CREATE INDEX privacy_request_open ON privacy_request (received_at) WHERE done_at IS NULL;
