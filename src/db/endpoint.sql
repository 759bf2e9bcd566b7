-- Webhook endpoints as their owners make and change them, and the log of deliveries as they read it. Whoever delivers has
-- statements of its own.

-- name: endpoint_count
SELECT count(*) FROM webhook_endpoint WHERE shop_id = $1::int4 AND deleted_at IS NULL

-- name: endpoint_insert
INSERT INTO webhook_endpoint (endpoint_id, shop_id, settings, authorization_sealed, status, reason, status_at, version,
    asked, created_at)
VALUES ($1::uuid, $2::int4, $3::json, $4::bytea, 1, 0, $5::timestamptz, 1, 0, $5::timestamptz)

-- name: endpoint_start
-- It follows the feed from where that stands now.
INSERT INTO webhook_progress (endpoint_id, shop_id, position)
SELECT $1::uuid, $2::int4, coalesce((SELECT head FROM feed_head WHERE shop_id = $2::int4), 0)

-- name: endpoint_lock
SELECT settings, status, reason, version
FROM webhook_endpoint
WHERE endpoint_id = $1::uuid AND shop_id = $2::int4 AND deleted_at IS NULL
FOR UPDATE

-- name: endpoint_update
-- The authorization stays as it is unless $3 says that $4 takes its place.
UPDATE webhook_endpoint
SET settings = $2::json, authorization_sealed = CASE WHEN $3::bool THEN $4::bytea ELSE authorization_sealed END,
    version = version + 1, asked = asked + 1
WHERE endpoint_id = $1::uuid

-- name: endpoint_switch
-- Enabled or paused by its owner; with $4 that is a version of its own.
UPDATE webhook_endpoint
SET status = $2::int2, reason = 0, status_at = $3::timestamptz, version = version + $4::bool::int4, asked = asked + 1
WHERE endpoint_id = $1::uuid

-- name: endpoint_forgive
-- Enabled again, it has its time to fail anew.
UPDATE webhook_progress SET failing_since = NULL WHERE endpoint_id = $1::uuid

-- name: endpoint_ask
UPDATE webhook_endpoint SET asked = asked + 1 WHERE endpoint_id = $1::uuid

-- name: endpoint_touch
-- Its secrets have changed.
UPDATE webhook_endpoint SET version = version + 1, asked = asked + 1 WHERE endpoint_id = $1::uuid

-- name: endpoint_delete
UPDATE webhook_endpoint
SET deleted_at = $2::timestamptz, authorization_sealed = NULL, version = version + 1, asked = asked + 1
WHERE endpoint_id = $1::uuid

-- name: endpoint_delete_secrets
DELETE FROM webhook_secret WHERE endpoint_id = $1::uuid

-- name: endpoint_delete_progress
DELETE FROM webhook_progress WHERE endpoint_id = $1::uuid

-- name: endpoint_delete_replays
DELETE FROM webhook_replay WHERE shop_id = $2::int4 AND endpoint_id = $1::uuid

-- name: endpoint_cancel
-- The log stays; what waited does so no longer.
UPDATE webhook_delivery SET state = 4, next_at = NULL
WHERE shop_id = $2::int4 AND endpoint_id = $1::uuid AND state = 1

-- name: endpoint_secret_insert
INSERT INTO webhook_secret (endpoint_id, secret_id, shop_id, sealed, created_at)
VALUES ($1::uuid, $2::uuid, $3::int4, $4::bytea, $5::timestamptz)

-- name: endpoint_secret_expire
-- The present one is valid until $2.
UPDATE webhook_secret SET expires_at = $2::timestamptz WHERE endpoint_id = $1::uuid

-- name: endpoint_secret_trim
-- One that is on its way out makes room for the next.
DELETE FROM webhook_secret WHERE endpoint_id = $1::uuid AND expires_at IS NOT NULL

-- name: endpoint_read
-- One of a shop ($2), or (null) all of them.
SELECT e.endpoint_id, e.settings, e.authorization_sealed IS NOT NULL, e.status, e.reason, e.status_at, e.created_at,
    e.version, p.position, p.failing_since, p.last_success_at, coalesce(f.head, 0),
    (SELECT count(*) FROM webhook_delivery d WHERE d.shop_id = e.shop_id AND d.endpoint_id = e.endpoint_id AND d.state = 1),
    (SELECT count(*) FROM webhook_replay r
     WHERE r.shop_id = e.shop_id AND r.endpoint_id = e.endpoint_id AND r.done_at IS NULL)
FROM webhook_endpoint e
    LEFT JOIN webhook_progress p ON p.endpoint_id = e.endpoint_id
    LEFT JOIN feed_head f ON f.shop_id = e.shop_id
WHERE e.shop_id = $1::int4 AND ($2::uuid IS NULL OR e.endpoint_id = $2::uuid) AND e.deleted_at IS NULL
ORDER BY e.created_at, e.endpoint_id

-- name: endpoint_read_secrets
SELECT endpoint_id, created_at, expires_at
FROM webhook_secret
WHERE shop_id = $1::int4 AND ($2::uuid IS NULL OR endpoint_id = $2::uuid)
    AND (expires_at IS NULL OR expires_at > $3::timestamptz)
ORDER BY endpoint_id, expires_at DESC NULLS FIRST

-- name: endpoint_test_insert
-- An example of type $5 in as many requests as the format makes of it.
INSERT INTO webhook_delivery (shop_id, endpoint_id, seq, part, type, customer_key, state, attempts, created_at, next_at,
    failure, attempt_log)
SELECT $1::int4, $2::uuid, $3::int8, part, $5::int2, $6::uuid, 1, 0, $7::timestamptz, $7::timestamptz, 0, '[]'
FROM generate_series(0, $4::int4 - 1) AS part

-- name: endpoint_replay_count
SELECT count(*) FROM webhook_replay WHERE shop_id = $1::int4 AND endpoint_id = $2::uuid AND done_at IS NULL

-- name: endpoint_replay_insert
INSERT INTO webhook_replay (shop_id, endpoint_id, replay_id, position, until_seq, is_all, n_sent, created_at)
VALUES ($1::int4, $2::uuid, $3::uuid, $4::int8, $5::int8, $6::bool, 0, $7::timestamptz)

-- name: delivery_list
-- Newest first, before the place ($6 to $9); of one endpoint, state and type, or (null, 0, empty) of all.
SELECT endpoint_id, seq, part, type, state, attempts, created_at, attempted_at, next_at, status, duration_ms, failure
FROM webhook_delivery
WHERE shop_id = $1::int4 AND ($2::uuid IS NULL OR endpoint_id = $2::uuid) AND ($3::int2 = 0 OR state = $3::int2)
    AND (cardinality($4::int2[]) = 0 OR type = ANY ($4::int2[]))
    AND ($5::timestamptz IS NULL OR created_at >= $5::timestamptz)
    AND ($6::timestamptz IS NULL
         OR (created_at <= $6::timestamptz
             AND (created_at, endpoint_id, seq, part) < ($6::timestamptz, $7::uuid, $8::int8, $9::int2)))
ORDER BY created_at DESC, endpoint_id DESC, seq DESC, part DESC
LIMIT $10::int4

-- name: delivery_list_open
-- The same of those that have not arrived: state 1, 3 or 4. They are few among many.
SELECT endpoint_id, seq, part, type, state, attempts, created_at, attempted_at, next_at, status, duration_ms, failure
FROM webhook_delivery
WHERE shop_id = $1::int4 AND state <> 2 AND ($2::uuid IS NULL OR endpoint_id = $2::uuid) AND state = $3::int2
    AND (cardinality($4::int2[]) = 0 OR type = ANY ($4::int2[]))
    AND ($5::timestamptz IS NULL OR created_at >= $5::timestamptz)
    AND ($6::timestamptz IS NULL
         OR (created_at <= $6::timestamptz
             AND (created_at, endpoint_id, seq, part) < ($6::timestamptz, $7::uuid, $8::int8, $9::int2)))
ORDER BY created_at DESC, endpoint_id DESC, seq DESC, part DESC
LIMIT $10::int4

-- name: delivery_read
SELECT endpoint_id, seq, part, type, state, attempts, created_at, attempted_at, next_at, status, duration_ms, failure,
    attempt_log
FROM webhook_delivery
WHERE shop_id = $1::int4 AND endpoint_id = $2::uuid AND seq = $3::int8 AND part = $4::int2

-- name: delivery_lock
SELECT d.state
FROM webhook_delivery d
    JOIN webhook_endpoint e ON e.endpoint_id = d.endpoint_id AND e.shop_id = d.shop_id AND e.deleted_at IS NULL
WHERE d.shop_id = $1::int4 AND d.endpoint_id = $2::uuid AND d.seq = $3::int8 AND d.part = $4::int2
FOR UPDATE OF d

-- name: delivery_resend
UPDATE webhook_delivery SET state = 1, next_at = $5::timestamptz
WHERE shop_id = $1::int4 AND endpoint_id = $2::uuid AND seq = $3::int8 AND part = $4::int2
