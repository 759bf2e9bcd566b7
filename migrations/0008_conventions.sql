-- Conventions of the API: how often a key may call, and replies that are given again.

ALTER TABLE api_key ADD COLUMN quota integer;
ALTER TABLE api_key ADD COLUMN quota_seconds integer;
COMMENT ON COLUMN api_key.quota IS 'Requests that it may send in quota_seconds; 0: any number; null: what LIFECYCLED_RATE_LIMIT says.';

CREATE TABLE idempotency (
    shop_id integer NOT NULL,
    once_hash bytea NOT NULL,
    attempt uuid NOT NULL,
    fingerprint bytea NOT NULL,
    began_at timestamptz NOT NULL,
    reply bytea,
    PRIMARY KEY (shop_id, once_hash)
);
COMMENT ON TABLE idempotency IS 'Requests with an Idempotency-Key of the last 24 hours, and what was replied to them.';
COMMENT ON COLUMN idempotency.once_hash IS 'SHA-256 of the API key and the Idempotency-Key.';
COMMENT ON COLUMN idempotency.attempt IS 'Of the request that is carried out, or was: another that took its place is told apart.';
COMMENT ON COLUMN idempotency.fingerprint IS 'SHA-256 of method, path, query and body.';
COMMENT ON COLUMN idempotency.reply IS
    'Status, headers and body, sealed with the API key, of which we keep only the hash: nobody can open it but who sends the key again. Null: the request is being carried out.';
CREATE INDEX idempotency_began ON idempotency (shop_id, began_at);
