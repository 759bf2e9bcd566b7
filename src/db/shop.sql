-- name: registry_revision
SELECT revision FROM registry WHERE registry_id = 1

-- name: registry_raise
UPDATE registry SET revision = revision + 1 WHERE registry_id = 1

-- name: shop_rows
SELECT shop_id, shop_key, space, currency, timezone, created_at, settings, settings_version FROM shop ORDER BY shop_id

-- name: shop_insert
INSERT INTO shop (shop_id, shop_key, space, currency, timezone, created_at)
SELECT coalesce(max(shop_id), 0) + 1, $1::text, $2::uuid, $3::text, $4::text, $5::timestamptz FROM shop
RETURNING shop_id

-- name: settings_row
SELECT settings, settings_version FROM shop WHERE shop_id = $1::int4

-- name: settings_lock
SELECT settings, settings_version FROM shop WHERE shop_id = $1::int4 FOR NO KEY UPDATE

-- name: settings_save
UPDATE shop SET settings = $2::json, settings_version = $3::int4 WHERE shop_id = $1::int4

-- name: shop_start_head
INSERT INTO definition_head (shop_id, revision) VALUES ($1::int4, 0)

-- name: shop_start_feed
INSERT INTO feed_head (shop_id, head) VALUES ($1::int4, 0)

-- name: shop_start_tally
INSERT INTO tally_head (shop_id, head, fold_version) VALUES ($1::int4, 0, $2::int4)

-- name: shop_start_turn
INSERT INTO tally_turn (shop_id, done) VALUES ($1::int4, 0)

-- name: key_rows
SELECT key_hash, key_id, shop_id, scope, label, created_at, revoked_at, quota, quota_seconds FROM api_key ORDER BY created_at

-- name: key_insert
INSERT INTO api_key (key_hash, key_id, shop_id, scope, label, created_at, quota, quota_seconds)
VALUES ($1::bytea, $2::uuid, $3::int4, $4::int2, $5::text, $6::timestamptz, $7::int4, $8::int4)

-- name: key_revoke
UPDATE api_key SET revoked_at = $3::timestamptz WHERE shop_id = $1::int4 AND key_id = $2::uuid AND revoked_at IS NULL

-- name: refusal_insert
INSERT INTO refusal (shop_id, received_at, refusal_id, code, pointer, detail)
SELECT *
FROM unnest($1::int4[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING

-- name: refusal_rows
SELECT received_at, code, pointer, detail
FROM refusal
WHERE shop_id = $1::int4
ORDER BY received_at DESC, refusal_id
LIMIT $2::int4

-- name: refusal_trim
-- Keep the latest ones of a shop.
DELETE FROM refusal
WHERE shop_id = $1::int4
    AND received_at < (SELECT received_at FROM refusal WHERE shop_id = $1::int4
                       ORDER BY received_at DESC OFFSET $2::int4 LIMIT 1)
