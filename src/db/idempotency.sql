-- Requests with an Idempotency-Key, and their replies. One row a key; who inserts it, or takes it over, carries the request out.

-- name: once_begin
-- Taken over: a row that is no longer kept (began by $6), and one of the same request that nobody works on any more ($7).
INSERT INTO idempotency (shop_id, once_hash, attempt, fingerprint, began_at)
VALUES ($1::int4, $2::bytea, $3::uuid, $4::bytea, $5::timestamptz)
ON CONFLICT (shop_id, once_hash) DO UPDATE
SET attempt = excluded.attempt, fingerprint = excluded.fingerprint, began_at = excluded.began_at, reply = NULL
WHERE idempotency.began_at <= $6::timestamptz
    OR (idempotency.reply IS NULL AND idempotency.began_at <= $7::timestamptz
        AND idempotency.fingerprint = excluded.fingerprint)

-- name: once_row
SELECT fingerprint, reply FROM idempotency WHERE shop_id = $1::int4 AND once_hash = $2::bytea

-- name: once_keep
UPDATE idempotency SET reply = $4::bytea WHERE shop_id = $1::int4 AND once_hash = $2::bytea AND attempt = $3::uuid

-- name: once_forget
DELETE FROM idempotency WHERE shop_id = $1::int4 AND once_hash = $2::bytea AND attempt = $3::uuid

-- name: once_trim
-- What began by $1, and replies of a shop beyond its latest $2.
-- Materialized, or each row would count its shop's.
WITH kept AS MATERIALIZED (
    SELECT shop_id, (SELECT began_at FROM idempotency latest WHERE latest.shop_id = shop.shop_id
                     ORDER BY began_at DESC OFFSET $2::int4 LIMIT 1) AS last_at
    FROM shop
)
DELETE FROM idempotency
USING kept
WHERE idempotency.shop_id = kept.shop_id
    AND (idempotency.began_at <= $1::timestamptz
         OR (idempotency.began_at <= kept.last_at AND idempotency.reply IS NOT NULL))
