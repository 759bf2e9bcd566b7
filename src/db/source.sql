-- Sources, their secrets, counters and log. Rows are read by shop or by source; none is touched by a batch.

-- name: source_rows
-- Those in force, for the registry.
SELECT source_id, shop_id, type, settings, version
FROM source
WHERE deleted_at IS NULL
ORDER BY source_id

-- name: source_secrets
SELECT source_id, sealed, key_hash, created_at, expires_at
FROM source_secret
ORDER BY source_id, expires_at DESC NULLS FIRST

-- name: source_shop_lock
-- Two who make a source at the same time wait for each other, so that both see how many there are.
SELECT shop_id FROM shop WHERE shop_id = $1::int4 FOR UPDATE

-- name: source_count
SELECT count(*) FROM source WHERE shop_id = $1::int4 AND deleted_at IS NULL

-- name: source_insert
INSERT INTO source (source_id, shop_id, type, name, settings, version, created_at)
VALUES ($1::uuid, $2::int4, $3::int2, $4::text, $5::json, 1, $6::timestamptz)

-- name: source_lock
SELECT type, name, settings, version
FROM source
WHERE source_id = $1::uuid AND shop_id = $2::int4 AND deleted_at IS NULL
FOR UPDATE

-- name: source_update
UPDATE source SET name = $2::text, settings = $3::json, version = version + 1 WHERE source_id = $1::uuid

-- name: source_delete
UPDATE source SET deleted_at = $2::timestamptz, version = version + 1 WHERE source_id = $1::uuid

-- name: source_secret_insert
INSERT INTO source_secret (source_id, secret_id, shop_id, sealed, created_at, key_hash)
VALUES ($1::uuid, $2::uuid, $3::int4, $4::bytea, $5::timestamptz, $6::bytea)

-- name: source_secret_expire
-- The present one is valid until $2.
UPDATE source_secret SET expires_at = $2::timestamptz WHERE source_id = $1::uuid

-- name: source_secret_trim
-- One that is on its way out makes room for the next.
DELETE FROM source_secret WHERE source_id = $1::uuid AND expires_at IS NOT NULL

-- name: source_secret_delete
DELETE FROM source_secret WHERE source_id = $1::uuid

-- name: source_log_delete
DELETE FROM source_message WHERE source_id = $1::uuid AND shop_id = $2::int4

-- name: source_read
-- One of a shop ($2), or (null) all of them.
SELECT source_id, type, name, settings, version, created_at, last_heard_at
FROM source
WHERE shop_id = $1::int4 AND ($2::uuid IS NULL OR source_id = $2::uuid) AND deleted_at IS NULL
ORDER BY created_at, source_id

-- name: source_read_secrets
SELECT source_id, created_at, expires_at
FROM source_secret
WHERE shop_id = $1::int4 AND ($2::uuid IS NULL OR source_id = $2::uuid)
    AND (expires_at IS NULL OR expires_at > $3::timestamptz)
ORDER BY source_id, expires_at DESC NULLS FIRST

-- name: source_read_tallies
SELECT source_id, code, n
FROM source_tally
WHERE shop_id = $1::int4 AND ($2::uuid IS NULL OR source_id = $2::uuid)
ORDER BY source_id, code

-- name: source_read_log
-- Newest first, before the place ($3, $4); of one result, or (0) of all.
SELECT received_at, entry_id, result, code, pointer, detail, subject, message, kind, message_id, customer_key, outcome
FROM source_message
WHERE shop_id = $6::int4 AND source_id = $1::uuid AND ($2::int2 = 0 OR result = $2::int2)
    AND ($3::timestamptz IS NULL OR (received_at, entry_id) < ($3::timestamptz, $4::uuid))
ORDER BY received_at DESC, entry_id DESC
LIMIT $5::int4

-- name: source_tally_add
-- In the order of the rows, so that two services do not wait for each other.
INSERT INTO source_tally (source_id, shop_id, code, n)
SELECT *
FROM unnest($1::uuid[], $2::int4[], $3::text[], $4::int8[])
ON CONFLICT (shop_id, source_id, code) DO UPDATE SET n = source_tally.n + excluded.n

-- name: source_heard
UPDATE source SET last_heard_at = heard.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS heard (source_id, at)
WHERE source.source_id = ANY ($1::uuid[]) AND source.source_id = heard.source_id
    AND (source.last_heard_at IS NULL OR source.last_heard_at < heard.at)

-- name: source_log_insert
INSERT INTO source_message (source_id, received_at, entry_id, shop_id, result, code, pointer, detail, subject, message,
    kind, message_id, customer_key, outcome)
SELECT *
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::int4[], $5::int2[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::json[], $11::text[], $12::text[], $13::uuid[], $14::json[])
ON CONFLICT DO NOTHING

-- name: source_log_trim
-- Keep the latest ones of a source.
DELETE FROM source_message
WHERE source_id = $1::uuid AND shop_id = $3::int4
    AND received_at < (SELECT received_at FROM source_message WHERE source_id = $1::uuid AND shop_id = $3::int4
                       ORDER BY received_at DESC OFFSET $2::int4 LIMIT 1)

-- name: privacy_request_insert
INSERT INTO privacy_request (request_id, shop_id, source_id, kind, people, received_at)
VALUES ($1::uuid, $2::int4, $3::uuid, $4::int2, $5::uuid[], $6::timestamptz)
