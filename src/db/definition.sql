-- name: definition_lock
-- By which definitions a batch is folded: share-locked until it commits.
SELECT shop_id, revision
FROM definition_head
WHERE shop_id = ANY ($1::int4[])
ORDER BY shop_id
FOR SHARE

-- name: definition_publish
-- Waits for the batches in flight, and is waited for by the next ones.
SELECT revision
FROM definition_head
WHERE shop_id = $1::int4
FOR UPDATE

-- name: definition_raise
UPDATE definition_head SET revision = $2::int4 WHERE shop_id = $1::int4

-- name: definition_rows
-- Of the parameters of scores (kind 3) only what a fold reads.
SELECT kind, number, version, key, revision, applies_from, recorded_at, is_withdrawn, is_silent,
    CASE WHEN kind = 3 THEN (document::jsonb - 'diagnostics' - 'holdout')::json ELSE document END
FROM definition
WHERE shop_id = $1::int4
ORDER BY kind, number, version

-- name: definition_insert
INSERT INTO definition (shop_id, kind, number, version, key, revision, applies_from, recorded_at, is_withdrawn,
    is_silent, document)
VALUES ($1::int4, $2::int2, $3::int2, $4::int4, $5::text, $6::int4, $7::timestamptz, $8::timestamptz, $9::bool,
    $10::bool, $11::json)

-- name: definition_stages
SELECT model, stage, key FROM definition_stage WHERE shop_id = $1::int4 ORDER BY model, stage

-- name: definition_stage_insert
INSERT INTO definition_stage (shop_id, model, stage, key) VALUES ($1::int4, $2::int2, $3::int2, $4::text)

-- name: crawl_start
INSERT INTO crawl (shop_id, revision, customer_key, done, total, started_at, finished_at)
SELECT $1::int4, $2::int4, NULL, 0, (SELECT count(*) FROM customer WHERE shop_id = $1::int4 AND events_count > 0), $3::timestamptz, NULL
ON CONFLICT (shop_id) DO UPDATE SET
    revision = excluded.revision, customer_key = NULL, done = 0, total = excluded.total,
    started_at = excluded.started_at, finished_at = NULL

-- name: crawl_progress
-- Only by whoever crawls for the newest revision and went on from where it stands.
UPDATE crawl SET customer_key = $3::uuid, done = done + $4::int8, finished_at = $5::timestamptz
WHERE shop_id = $1::int4 AND revision = $2::int4 AND finished_at IS NULL
    AND customer_key IS NOT DISTINCT FROM $6::uuid

-- name: crawl_open
SELECT shop_id, revision, customer_key, done, total, started_at
FROM crawl
WHERE finished_at IS NULL
ORDER BY shop_id
LIMIT 1

-- name: crawl_get
SELECT revision, done, total, started_at, finished_at FROM crawl WHERE shop_id = $1::int4

-- name: crawl_keys
SELECT customer_key
FROM customer
WHERE shop_id = $1::int4 AND customer_key > $2::uuid AND events_count > 0
ORDER BY customer_key
LIMIT $3::int4

-- name: definition_heads
SELECT shop_id, revision FROM definition_head
